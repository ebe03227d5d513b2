"""Natural answers to lesson 17: maps, receptive fields, crops, and the padding of 100."""

from . import Natural

GIVEN = '''
from fractions import Fraction

import numpy as np


def layer_map(kind, kernel, stride, padding):
    """(scale, shift) from a layer's units to its input."""
    shift = Fraction(kernel - 1, 2) - padding
    return (Fraction(1, stride), -shift / stride) if kind == "deconv" else (stride, shift)


def map_of(layers):
    """(scale, shift) from the units behind `layers` to the picture."""
    whole = (1, 0)
    for layer in layers:
        whole = compose(layer_map(*layer), whole)
    return whole


def length_after(layers, n):
    """How many units n pixels become; 0 if a window does not fit."""
    for kind, kernel, stride, padding in layers:
        if kind == "deconv":
            n = stride * (n - 1) + kernel - 2 * padding
        else:
            n = output_length(n, kernel, stride, padding, ceil_mode=kind == "pool")
        if n < 1:
            return 0
    return n

'''


def answer(name, about, source, hint=""):
    given = GIVEN if name == "smallest_padding" else "from fractions import Fraction\n\nimport numpy as np\n"
    return Natural(f"17.{name}", about, given + source, hint)


ANSWERS = [
    # Two maps ---------------------------------------------------------------------------------------------------------
    answer(
        "compose",
        "the other order",
        """
def compose(first, second):
    scale = first[0] * second[0]
    shift = first[0] * second[1] + first[1]
    return scale, shift
""",
        "the_wrong_one_first",
    ),
    answer(
        "compose",
        "the shifts are added: right for the example in the docstring",
        """
def compose(first, second):
    return first[0] * second[0], first[1] + second[1]
""",
        "shifts_only_added",
    ),
    answer(
        "compose",
        "both are added",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return a + c, b + d
""",
        "the_sum_of_both",
    ),
    answer(
        "compose",
        "the shift that is multiplied is the sum of both",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return a * c, c * (b + d)
""",
        "both_shifts_scaled",
    ),
    answer(
        "compose",
        "floats of everything",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return float(a * c), float(c * b + d)
""",
        "floats",
    ),
    answer(
        "compose",
        "the shift is made an int",
        """
def compose(first, second):
    a, b = first
    c, d = second
    return a * c, int(c * b + d)
""",
        "rounded_to_whole_pixels",
    ),
    answer(
        "compose",
        "the shift is rounded",
        """
def compose(first, second):
    a, b = first
    c, d = second
    return round(a * c), round(c * b + d)
""",
        "rounded_to_whole_pixels",
    ),
    answer(
        "compose",
        "shift first, scale second",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return c * b + d, c * a
""",
        "shift_before_scale",
    ),
    answer(
        "compose",
        "takes the value at 1 for the slope",
        """
def compose(first, second):
    def place(i):
        return second[0] * (first[0] * i + first[1]) + second[1]
    return place(1), place(0)
""",
        "place_of_unit_1_for_the_scale",
    ),
    answer(
        "compose",
        "a function instead of a pair",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return lambda i: c * (a * i + b) + d
""",
        "a_function_for_the_pair",
    ),
    answer(
        "compose",
        "the way back: subtracts and divides",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return a / c, (b - d) / c
""",
        "back_through_the_second",
    ),
    answer(
        "compose",
        "the padding is thought to be subtracted",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return a * c, c * b - d
""",
        "shift_subtracted",
    ),
    answer(
        "compose",
        "the first map's shift is multiplied by its own scale",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    return a * c, a * b + d
""",
        "scaled_by_its_own_scale",
    ),
    answer(
        "compose",
        "no return",
        """
def compose(first, second):
    (a, b), (c, d) = first, second
    composed = (a * c, c * b + d)
""",
        "pattern",
    ),
    # The receptive field ----------------------------------------------------------------------------------------------
    answer(
        "receptive_field",
        "the step already contains the layer's own stride",
        """
def receptive_field(layers):
    size, jump, centre = 1, 1, 0
    for kind, k, s, p in layers:
        centre += (Fraction(k - 1, 2) - p) * jump
        jump *= s
        size += (k - 1) * jump
    return size, jump, centre
""",
        "its_own_stride_in_its_steps",
    ),
    answer(
        "receptive_field",
        "k steps for a layer, not k - 1",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += k * stride
        centre += stride * ((k - 1) / 2 - p)
        stride *= s
    return size, stride, centre
""",
        "k_instead_of_k_-_1",
    ),
    answer(
        "receptive_field",
        "the size starts at 0",
        """
def receptive_field(layers):
    size, stride, centre = 0, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        stride *= s
    return size, stride, centre
""",
        "starts_at_size_0",
    ),
    answer(
        "receptive_field",
        "padding makes the field smaller",
        """
def receptive_field(layers):
    size, whole = 1, (1, 0)
    for _kind, kernel, stride, padding in layers:
        size += (kernel - 1 - 2 * padding) * whole[0]
        whole = compose((stride, Fraction(kernel - 1, 2) - padding), whole)
    return size, *whole
""",
        "padding_in_the_size",
    ),
    answer(
        "receptive_field",
        "a whole number for the middle of a window: (k - 1) // 2",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += stride * ((k - 1) // 2 - p)
        stride *= s
    return size, stride, centre
""",
        "whole_middles_only",
    ),
    answer(
        "receptive_field",
        "the centre moves by units of the layer, not pixels",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += (k - 1) / 2 - p
        stride *= s
    return size, stride, centre
""",
        "centre_does_not_move_in_steps",
    ),
    answer(
        "receptive_field",
        "the padding moves the centre the other way",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 + p)
        stride *= s
    return size, stride, centre
""",
        "padding_added",
    ),
    answer(
        "receptive_field",
        "the padding is left out of the centre",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, _p in layers:
        size += (k - 1) * stride
        centre += stride * (k - 1) / 2
        stride *= s
    return size, stride, centre
""",
        "padding_forgotten",
    ),
    answer(
        "receptive_field",
        "starts with the last layer",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in reversed(layers):
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        stride *= s
    return size, stride, centre
""",
        "from_the_last_layer",
    ),
    answer(
        "receptive_field",
        "composes the maps in the other order",
        """
def receptive_field(layers):
    size, whole = 1, (1, 0)
    for _, k, s, p in layers:
        size += (k - 1) * whole[0]
        whole = compose(whole, (s, Fraction(k - 1, 2) - p))
    return size, whole[0], whole[1]
""",
        "composed_the_other_way",
    ),
    answer(
        "receptive_field",
        "the recursion from the end, walked from the start",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size = (size - 1) * s + k
        centre += stride * (Fraction(k - 1, 2) - p)
        stride *= s
    return size, stride, centre
""",
        "two_rules_mixed",
    ),
    answer(
        "receptive_field",
        "only poolings have a stride",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for kind, k, s, p in layers:
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        if kind == "pool":
            stride *= s
    return size, stride, centre
""",
        "poolings_only",
    ),
    answer(
        "receptive_field",
        "poolings do not make the field larger",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for kind, k, s, p in layers:
        if kind == "conv":
            size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        stride *= s
    return size, stride, centre
""",
        "poolings_see_nothing_more",
    ),
    answer(
        "receptive_field",
        "the middle of a window is k / 2",
        """
def receptive_field(layers):
    size, whole = 1, (1, 0)
    for _, k, s, p in layers:
        size += (k - 1) * whole[0]
        whole = compose((s, Fraction(k, 2) - p), whole)
    return size, whole[0], whole[1]
""",
        "half_of_the_kernel",
    ),
    answer(
        "receptive_field",
        "returns size, centre, stride",
        """
def receptive_field(layers):
    r, j, c = 1, 1, 0
    for _, k, s, p in layers:
        r, c, j = r + (k - 1) * j, c + ((k - 1) / 2 - p) * j, j * s
    return r, c, j
""",
        "another_order",
    ),
    answer(
        "receptive_field",
        "the first pixel of the field instead of its middle",
        """
def receptive_field(layers):
    size, stride, start = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        start -= p * stride
        stride *= s
    return size, stride, start
""",
        "start_instead_of_centre",
    ),
    answer(
        "receptive_field",
        "the middle of the field is size / 2",
        """
def receptive_field(layers):
    size, stride, start = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        start -= p * stride
        stride *= s
    return size, stride, start + size / 2
""",
        "pixels_counted_from_1",
    ),
    answer(
        "receptive_field",
        "the strides are added",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        stride += s - 1
    return size, stride, centre
""",
        "strides_added",
    ),
    answer(
        "receptive_field",
        "takes the layers out of the caller's list",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    while layers:
        _, k, s, p = layers.pop(0)
        size += (k - 1) * stride
        centre += stride * ((k - 1) / 2 - p)
        stride *= s
    return size, stride, centre
""",
        "pattern",
    ),
    answer(
        "receptive_field",
        "the padding is not multiplied by the step",
        """
def receptive_field(layers):
    size, stride, centre = 1, 1, 0
    for _, k, s, p in layers:
        size += (k - 1) * stride
        centre += (k - 1) / 2 * stride - p
        stride *= s
    return size, stride, centre
""",
        "padding_in_pixels",
    ),
    # Where to crop ----------------------------------------------------------------------------------------------------
    answer(
        "crop_offset",
        "source and reference exchanged",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (b - d) / a
    if offset != int(offset) or offset < 0:
        raise ValueError("no whole number")
    return int(offset)
""",
        "the_other_way_round",
    ),
    answer(
        "crop_offset",
        "in pixels: not divided by the scale",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = d - b
    if offset % 1 or offset < 0:
        raise ValueError(f"cannot crop {offset}")
    return int(offset)
""",
        "pixels_instead_of_units",
    ),
    answer(
        "crop_offset",
        "the scales are not compared",
        """
def crop_offset(source, reference):
    (a, b), (_, d) = source, reference
    offset = (d - b) / a
    if offset % 1 != 0:
        raise ValueError("not a whole number")
    if offset < 0:
        raise ValueError("negative")
    return int(offset)
""",
        "scales_not_compared",
    ),
    answer(
        "crop_offset",
        "int() cuts the fraction off before it is noticed",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = int((d - b) / a)
    if offset < 0:
        raise ValueError("the offset is negative")
    return offset
""",
        "cut_off_instead_of_refused",
    ),
    answer(
        "crop_offset",
        "a negative offset is returned",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if offset != round(offset):
        raise ValueError("not a whole number")
    return int(offset)
""",
        "negative_offsets",
    ),
    answer(
        "crop_offset",
        "a float",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("different scales: an upsampling is missing")
    offset = float(d - b) / float(a)
    if not offset.is_integer() or offset < 0:
        raise ValueError(f"offset {offset}")
    return offset
""",
        "a_float",
    ),
    answer(
        "crop_offset",
        "rounds to the nearest",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = round((d - b) / a)
    if offset < 0:
        raise ValueError("padding is missing")
    return offset
""",
        "rounded",
    ),
    answer(
        "crop_offset",
        "// in place of /",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) // a
    if offset % 1 != 0:
        raise ValueError("not whole")
    if offset < 0:
        raise ValueError("negative")
    return int(offset)
""",
        "cut_off_instead_of_refused",
    ),
    answer(
        "crop_offset",
        "assert: an AssertionError, not a ValueError",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    assert a == c, "the scales differ"
    offset = (d - b) / a
    assert offset % 1 == 0, "the offset is not whole"
    assert offset >= 0, "the offset is negative"
    return int(offset)
""",
        "assert",
    ),
    answer(
        "crop_offset",
        "None where it should raise",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        return None
    offset = (d - b) / a
    if offset % 1 != 0 or offset < 0:
        return None
    return int(offset)
""",
        "None_for_an_error",
    ),
    answer(
        "crop_offset",
        "the absolute value",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = abs(d - b) / a
    if offset % 1:
        raise ValueError("not a whole number of units")
    return int(offset)
""",
        "absolute_value",
    ),
    answer(
        "crop_offset",
        "a float that is whole is refused",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if not isinstance(offset, int):
        raise ValueError("the offset is not an int")
    if offset < 0:
        raise ValueError("the offset is negative")
    return offset
""",
        "whole_by_its_type",
    ),
    answer(
        "crop_offset",
        "an offset of 0 is refused",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if offset <= 0 or offset != int(offset):
        raise ValueError(f"the offset {offset} is no positive whole number")
    return int(offset)
""",
        "0_refused",
    ),
    answer(
        "crop_offset",
        "negative becomes 0",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if offset % 1 != 0:
        raise ValueError("the offset is not whole")
    return max(0, int(offset))
""",
        "negative_becomes_0",
    ),
    answer(
        "crop_offset",
        "compares the scales with `is not`",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a is not c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if offset % 1 != 0 or offset < 0:
        raise ValueError("the offset is not whole")
    return int(offset)
""",
        "is_for_==",
    ),
    answer(
        "crop_offset",
        "prints and goes on",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        print("the scales differ")
    offset = (d - b) / a
    if offset % 1 != 0:
        print("the offset is not whole")
    if offset < 0:
        print("the offset is negative")
    return int(offset)
""",
        "checks_missing",
    ),
    answer(
        "crop_offset",
        "a parenthesis is missing: d - b / a",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = d - b / a
    if offset % 1 != 0 or offset < 0:
        raise ValueError("no such crop")
    return int(offset)
""",
        "only_the_source_divided",
    ),
    # The smallest padding ---------------------------------------------------------------------------------------------
    answer(
        "smallest_padding",
        "the ValueError of crop_offset is not caught",
        """
def smallest_padding(layers, sizes, limit=200):
    for padding in range(limit + 1):
        kind, kernel, stride, _ = layers[0]
        net = [(kind, kernel, stride, padding), *layers[1:]]
        offset = crop_offset(map_of(net), (1, 0))
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "stops_at_the_first_refusal",
    ),
    answer(
        "smallest_padding",
        "the padding is added to the one that is there",
        """
def smallest_padding(layers, sizes, limit=200):
    for padding in range(limit + 1):
        kind, kernel, stride, old = layers[0]
        net = [(kind, kernel, stride, old + padding)] + layers[1:]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "added_to_the_old_padding",
    ),
    answer(
        "smallest_padding",
        "tries only the largest picture",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    n = max(sizes)
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if length_after(net, n) - offset >= n:
            return padding
    raise ValueError("none works")
""",
        "the_largest_size_only",
    ),
    answer(
        "smallest_padding",
        "tries only the smallest picture",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    n = min(sizes)
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
            if length_after(net, n) >= n + offset:
                return padding
        except ValueError:
            pass
    raise ValueError("none works")
""",
        "the_smallest_size_only",
    ),
    answer(
        "smallest_padding",
        "more than n rows must be left",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset > n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "one_row_too_many",
    ),
    answer(
        "smallest_padding",
        "the crop is not subtracted",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "crop_forgotten",
    ),
    answer(
        "smallest_padding",
        "cropped on both sides",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - 2 * offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "cut_on_both_sides",
    ),
    answer(
        "smallest_padding",
        "any in place of all",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if any(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "any_size",
    ),
    answer(
        "smallest_padding",
        "the limit itself is not tried",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "limit_left_out",
    ),
    answer(
        "smallest_padding",
        "0 is not tried",
        """
def smallest_padding(layers, sizes, limit=200):
    kind, kernel, stride, _ = layers[0]
    for padding in range(1, limit + 1):
        net = [(kind, kernel, stride, padding)] + list(layers[1:])
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "starts_at_1",
    ),
    answer(
        "smallest_padding",
        "None if no padding works",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
""",
        "None_at_the_end",
    ),
    answer(
        "smallest_padding",
        "writes the padding into the caller's list",
        """
def smallest_padding(layers, sizes, limit=200):
    for padding in range(limit + 1):
        layers[0] = (*layers[0][:3], padding)
        try:
            offset = crop_offset(map_of(layers), (1, 0))
        except ValueError:
            continue
        if all(length_after(layers, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "changes_the_layers",
    ),
    answer(
        "smallest_padding",
        "a binary search, though more padding is not always enough",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers

    def works(padding):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            return False
        return all(length_after(net, n) - offset >= n for n in sizes)

    low, high = 0, limit
    if not works(limit):
        raise ValueError("none works")
    while low < high:
        middle = (low + high) // 2
        if works(middle):
            high = middle
        else:
            low = middle + 1
    return low
""",
        "by_halving",
    ),
    answer(
        "smallest_padding",
        "every layer gets the padding",
        """
def smallest_padding(layers, sizes, limit=200):
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding) for kind, kernel, stride, _ in layers]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "every_layer_padded",
    ),
    answer(
        "smallest_padding",
        "gives up at the first padding without a crop",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            break
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "stops_at_the_first_refusal",
    ),
    answer(
        "smallest_padding",
        "the crop is computed once, for the padding that is in the list",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    offset = crop_offset(map_of(layers), (1, 0))
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "crop_of_the_old_padding",
    ),
    answer(
        "smallest_padding",
        "from the largest padding down: the first that works",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit, -1, -1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "the_largest_padding",
    ),
    answer(
        "smallest_padding",
        "the limit is not used: 200 is written in",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(201):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError("none works")
""",
        "ignores_the_limit",
    ),
    answer(
        "smallest_padding",
        "a continue in the inner loop continues the wrong loop",
        """
def smallest_padding(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        for n in sizes:
            if length_after(net, n) - offset < n:
                continue
            return padding
    raise ValueError("none works")
""",
        "any_size",
    ),
]

RIGHT = [
    answer(
        "compose",
        "asks the composed map at 0 and 1",
        """
def compose(first, second):
    def place(i):
        for scale, shift in (first, second):
            i = scale * i + shift
        return i
    return place(1) - place(0), place(0)
""",
    ),
    answer(
        "compose",
        "a product of 2 x 2 matrices of Python numbers",
        """
def compose(first, second):
    A = [[second[0], second[1]], [0, 1]]
    B = [[first[0], first[1]], [0, 1]]
    AB = [[sum(A[r][k] * B[k][c] for k in range(2)) for c in range(2)] for r in range(2)]
    return AB[0][0], AB[0][1]
""",
    ),
    answer(
        "compose",
        "indices only",
        """
def compose(first, second):
    return (second[0] * first[0], second[0] * first[1] + second[1])
""",
    ),
    answer(
        "receptive_field",
        "first and last pixel of units 0 and 1, walked back from the end",
        """
def receptive_field(layers):
    def pixels(unit):
        low = high = unit
        for _, k, s, p in layers[::-1]:
            low, high = s * low - p, s * high - p + k - 1
        return low, high

    (low, high), (after, _) = pixels(0), pixels(1)
    return high - low + 1, after - low, (low + high) / 2
""",
    ),
    answer(
        "receptive_field",
        "the recursion from the end, and a reduce",
        """
from functools import reduce


def receptive_field(layers):
    size = reduce(lambda r, layer: (r - 1) * layer[2] + layer[1], reversed(layers), 1)
    stride = reduce(lambda j, layer: j * layer[2], layers, 1)
    start = reduce(lambda first, layer: first * layer[2] - layer[3], reversed(layers), 0)
    return size, stride, start + (size - 1) / 2
""",
    ),
    answer(
        "receptive_field",
        "recursive: the first layer, then the rest",
        """
def receptive_field(layers):
    if not layers:
        return 1, 1, 0
    *before, (kind, k, s, p) = layers
    size, stride, centre = receptive_field(before)
    return size + (k - 1) * stride, stride * s, centre + stride * ((k - 1) / 2 - p)
""",
    ),
    answer(
        "crop_offset",
        "exact fractions and divmod",
        """
def crop_offset(source, reference):
    (a, b), (c, d) = (tuple(map(Fraction, m)) for m in (source, reference))
    whole, rest = divmod(d - b, a)
    if a != c or rest or whole < 0:
        raise ValueError("these maps cannot be aligned by a crop")
    return int(whole)
""",
    ),
    answer(
        "crop_offset",
        "asks each unit of the source in turn",
        """
def crop_offset(source, reference):
    if source[0] != reference[0]:
        raise ValueError("scales differ")
    i = 0
    while source[0] * i + source[1] < reference[1]:
        i += 1
    if source[0] * i + source[1] != reference[1]:
        raise ValueError("no unit of the source is where the reference begins")
    return i
""",
    ),
    answer(
        "smallest_padding",
        "a generator and next",
        """
def smallest_padding(layers, sizes, limit=200):
    def works(padding):
        net = [layers[0][:3] + (padding,), *layers[1:]]
        try:
            crop = crop_offset(map_of(net), (1, 0))
        except ValueError:
            return False
        return min(length_after(net, n) - n for n in sizes) >= crop

    found = next(filter(works, range(limit + 1)), None)
    if found is None:
        raise ValueError(f"no padding from 0 to {limit}")
    return found
""",
    ),
    answer(
        "smallest_padding",
        "for and else",
        """
def smallest_padding(layers, sizes, limit=200):
    for padding in range(limit + 1):
        net = list(layers)
        net[0] = net[0][0], net[0][1], net[0][2], padding
        try:
            crop = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        for n in sizes:
            if length_after(net, n) - crop < n:
                break
        else:
            return padding
    raise ValueError("no padding works")
""",
    ),
    answer(
        "smallest_padding",
        "an array of all lengths",
        """
def smallest_padding(layers, sizes, limit=200):
    sizes = np.array(list(sizes))
    padding = 0
    while padding <= limit:
        net = [(layers[0][0], layers[0][1], layers[0][2], padding)] + layers[1:]
        try:
            left = np.array([length_after(net, int(n)) for n in sizes]) - crop_offset(map_of(net), (1, 0))
        except ValueError:
            left = -sizes
        if (left >= sizes).all():
            return padding
        padding += 1
    raise ValueError("too small a limit")
""",
    ),
]
