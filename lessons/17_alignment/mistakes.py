"""Wrong answers to lesson 17 that people really write, each with what to tell them. Read variants.py next."""

import math
from fractions import Fraction

from minifcn.course.exercise import Mistake

# --- compose -------------------------------------------------------------------------------------------------------

COMPOSED = "return a * c, c * b + d"


def composed(text):
    return ((COMPOSED, f"return {text}"),)


# --- receptive_field -----------------------------------------------------------------------------------------------

GROWS = "size += (kernel - 1) * whole[0]"
MOVES = "whole = compose((stride, Fraction(kernel - 1, 2) - padding), whole)"
FIELD = "return size, *whole"


def strides_added(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride += s - 1
    return size, stride, centre


def wide_windows_only(layers):
    """Only poolings enlarge the field and the stride."""
    size, stride, centre = 1, 1, 0
    for kind, kernel, s, padding in layers:
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        size += (kernel - 1) * stride
        if kind == "pool":
            stride *= s
    return size, stride, centre


def centre_in_own_steps(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        stride *= s
        centre += stride * (Fraction(kernel - 1, 2) - padding)
    return size, stride, centre


def padding_in_pixels(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * Fraction(kernel - 1, 2) - padding
        stride *= s
    return size, stride, centre


def last_layer_first(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers[::-1]:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def strides_twice(layers):
    """The recursion from the last layer to the first, with the stride so far besides."""
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size = size * s + kernel - s
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def no_stride_in_size(layers):
    size = 1 + sum(kernel - 1 for _, kernel, _, _ in layers)
    stride, centre = 1, 0
    for _, kernel, s, padding in layers:
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def middle_of_the_field(layers):
    """The middle of the field without the padding: half the size."""
    size, stride = 1, 1
    for _, kernel, s, _ in layers:
        size += (kernel - 1) * stride
        stride *= s
    return size, stride, Fraction(size - 1, 2)


def pixels_from_one(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel, 2) - padding)
        stride *= s
    return size, stride, centre


# --- crop_offset ---------------------------------------------------------------------------------------------------

OFFSET = "offset = (d - b) / a"
SCALES = "if a != c:"
WHOLE = "if offset % 1 != 0:"
NEGATIVE = "if offset < 0:"
RESULT = "return int(offset)"


def none_for_a_failure(source, reference):
    (a, b), (c, d) = source, reference
    if a != c or (d - b) / a % 1 or d < b:
        return None
    return int((d - b) / a)


def false_for_a_failure(source, reference):
    (a, b), (c, d) = source, reference
    return int((d - b) / a) if a == c and (d - b) / a % 1 == 0 and d >= b else False


def minus_one_for_a_failure(source, reference):
    (a, b), (c, d) = source, reference
    return int((d - b) / a) if a == c and (d - b) / a % 1 == 0 and d >= b else -1


def asserts(source, reference):
    (a, b), (c, d) = source, reference
    assert a == c, "the scales differ"
    offset = (d - b) / a
    assert offset % 1 == 0, "not whole"
    assert offset >= 0, "negative"
    return int(offset)


def whole_shifts_only(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    if b % 1 or d % 1:
        raise ValueError("a shift is not whole")
    offset = (d - b) / a
    if offset % 1 or offset < 0:
        raise ValueError("not a whole number of at least 0")
    return int(offset)


def shifts_made_whole(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (int(d) - int(b)) / a
    if offset % 1 or offset < 0:
        raise ValueError("not a whole number of at least 0")
    return int(offset)


def pixels_with_checks(source, reference):
    """Pixels, not units: no division, but all else right."""
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    if (d - b) % 1 or d < b:
        raise ValueError("not a whole number of at least 0")
    return int(d - b)


def pixels_of_whole_units(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    if (d - b) / a % 1 or d < b:
        raise ValueError("not a whole number of at least 0")
    return int(d - b)


def half_rounded_up(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = math.ceil((d - b) / a)
    if offset < 0:
        raise ValueError("negative")
    return offset


# --- smallest_padding ----------------------------------------------------------------------------------------------

ENOUGH = "if all(length_after(net, n) - offset >= n for n in sizes):"
LOOP = "for padding in range(limit + 1):"
NET = "net = [(kind, kernel, stride, padding), *rest]"
CROP = "offset = crop_offset(map_of(net), (1, 0))"
REFUSED = "            continue"
FOUND = "return padding"
SIZES_LOOP = "for n in sizes"
HOPELESS = 'raise ValueError(f"no padding up to {limit} works for all sizes")'
UNITS = "n = output_length(n, kernel, stride, padding, ceil_mode=kind == \"pool\")"


def in_place(layers, sizes, limit=200):
    for padding in range(limit + 1):
        layers[0] = (*layers[0][:3], padding)
        if works(layers, sizes):
            return padding
    raise ValueError("none works")


def works(layers, sizes):
    """As the solution asks, but without its helpers."""
    row, scale = Fraction(0), Fraction(1)
    for kind, k, s, p in layers:
        middle = Fraction(k - 1, 2) - p
        scale, row = (scale / s, row - scale / s * middle) if kind == "deconv" else (scale * s, row + scale * middle)
    if scale != 1 or row % 1 or row > 0:
        return False
    return all(rows_of(layers, n) + row >= n for n in sizes)


def rows_of(layers, n):
    for kind, k, s, p in layers:
        if n > 0 and kind == "deconv":
            n = s * (n - 1) + k - 2 * p
        elif n > 0:
            n = (-(-(n + 2 * p - k) // s) if kind == "pool" else (n + 2 * p - k) // s) + 1
    return max(n, 0)


def one_size_after_the_other(layers, sizes, limit=200):
    """The least padding of the last size."""
    (kind, kernel, stride, _), *rest = layers
    answer = None
    for n in sizes:
        for padding in range(limit + 1):
            if works([(kind, kernel, stride, padding), *rest], [n]):
                answer = padding
                break
    if answer is None:
        raise ValueError("none works")
    return answer


def by_halving(layers, sizes, limit=200):
    """Supposes that a larger padding works if a smaller one does."""
    (kind, kernel, stride, _), *rest = layers
    low, high = 0, limit + 1
    while low < high:
        middle = (low + high) // 2
        if works([(kind, kernel, stride, middle), *rest], sizes):
            high = middle
        else:
            low = middle + 1
    if low > limit:
        raise ValueError("none works")
    return low


def covers_without_crop(layers, sizes, limit=200):
    """Asks only whether the result is as large as the picture."""
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        if all(rows_of([(kind, kernel, stride, padding), *rest], n) >= n for n in sizes):
            return padding
    raise ValueError("none works")


def any_row(layers, sizes, limit=200):
    """Asks only whether there is a crop, not whether enough is left."""
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        if works(net, []):
            return padding
    raise ValueError("none works")


MISTAKES = {
    "compose": [
        Mistake(
            "the wrong one first",
            "This applies `second` before `first`. Take a unit i through `first` to a*i + b, and that place through `second`.",
            composed("a * c, a * d + b"),
        ),
        Mistake(
            "shifts only added",
            "The shifts are added as they are, but the second map also scales the first one's shift: c * b + d.",
            composed("a * c, b + d"),
        ),
        Mistake(
            "scales added",
            "The scales are added; two maps one after the other multiply them: c * (a * i) is (c * a) * i.",
            composed("a + c, c * b + d"),
        ),
        Mistake(
            "second shift lost",
            "The second map's own shift d is missing: c * (a * i + b) + d.",
            composed("a * c, c * b"),
        ),
        Mistake(
            "first shift lost",
            "The first map's shift b is missing: c * (a * i + b) + d has c * b in it.",
            composed("a * c, d"),
        ),
        Mistake(
            "scaled by its own scale",
            "b is multiplied by the scale of its own map. It is the second map, the one applied later, that scales it: c * b.",
            composed("a * c, a * b + d"),
        ),
        Mistake(
            "both shifts scaled",
            "The last shift is scaled too. d is added after the multiplication: c * (a * i + b) + d, not c * (a * i + b + d).",
            composed("a * c, c * (b + d)"),
        ),
        Mistake(
            "the other shift scaled",
            "The wrong shift is scaled: d is added last, after the multiplication by c. It is b that c multiplies.",
            composed("a * c, b + c * d"),
        ),
        Mistake(
            "shift times both scales",
            "b is multiplied by both scales. Only the second map comes after it: c * (a * i + b) + d.",
            composed("a * c, a * c * b + d"),
        ),
        Mistake(
            "first shift subtracted",
            "The first shift has the wrong sign: c * (a * i + b) + d has + c * b in it.",
            composed("a * c, d - c * b"),
        ),
        Mistake(
            "fractions everywhere",
            "Everything becomes a Fraction. That is exact, but ints must stay ints: a stride is used to count. Leave the numbers"
            " as they come.",
            answer="fractions_of_all",
        ),
        Mistake(
            "shifts multiplied",
            "The shifts are multiplied with each other. Multiply out c * (a * i + b) + d; no b * d is in it.",
            composed("a * c, b * d"),
        ),
        Mistake(
            "shift subtracted",
            "The second shift is subtracted. A map's shift is added, whichever sign it has: ... + d.",
            composed("a * c, c * b - d"),
        ),
        Mistake(
            "second scale only",
            "The scale of the first map is missing in the result: i is multiplied by a, and then by c.",
            composed("c, c * b + d"),
        ),
        Mistake(
            "first scale only",
            "The scale of the second map is missing in the result: i is multiplied by a, and then by c.",
            composed("a, c * b + d"),
        ),
        Mistake(
            "divides by the scale",
            "The shift is divided by a scale. That is Caffe's direction, from the picture to the unit. Here a map leads from"
            " the unit to the picture, and multiplies.",
            composed("a * c, b / c + d"),
        ),
        Mistake(
            "quotient of the scales",
            "The scales are divided. That would undo one of the two maps; one after the other multiplies them.",
            composed("a / c, c * b + d"),
            also=("quotient_the_other_way",),
        ),
        Mistake(
            "shift before scale",
            "The pair is the wrong way round: return (scale, shift).",
            composed("c * b + d, a * c"),
        ),
        Mistake(
            "rounded to whole pixels",
            "The shift is rounded. Units between two pixels are the point of this lesson: keep the halves.",
            composed("a * c, int(c * b + d)"),
            also=("rounds", "floors"),
        ),
        Mistake(
            "floats",
            "Everything becomes a float. Then ints are no ints any more and thirds are rounded; leave the numbers as they come.",
            composed("float(a * c), float(c * b + d)"),
        ),
        Mistake(
            "the place of unit 1",
            "The shift is the place of unit 0. This is where unit 1 is: the scale has been added once too often.",
            composed("a * c, c * (a + b) + d"),
        ),
        Mistake(
            "place of unit 1 for the scale",
            "The scale is the distance of unit 1 from unit 0, not the place of unit 1: subtract the place of unit 0.",
            composed("c * (a + b) + d, c * b + d"),
        ),
        Mistake(
            "a function for the pair",
            "This returns a function. Return the two numbers that describe the whole map: (scale, shift).",
            answer="a_function",
        ),
        Mistake(
            "back through the second",
            "Subtracting d and dividing by c goes through `second` backwards. Both maps lead towards the picture: multiply by"
            " c, then add d.",
            composed("a / c, (b - d) / c"),
        ),
        Mistake(
            "the sum of both",
            "This adds the two maps as if both started from the same unit. The second starts where the first has arrived.",
            composed("a + c, b + d"),
        ),
    ],
    "receptive_field": [
        Mistake(
            "k instead of k - 1",
            "Each layer adds its whole kernel. A window of k units has only k - 1 steps between its first and its last.",
            ((GROWS, "size += kernel * whole[0]"),),
        ),
        Mistake(
            "steps of one pixel",
            "Every step counts as one pixel. Behind a stride the units are further apart: (kernel - 1) * stride so far.",
            ((GROWS, "size += kernel - 1"),),
            also=("no_stride_in_size",),
        ),
        Mistake(
            "its own stride in its steps",
            "A layer's own stride is already in its steps. The units of its *input* count: multiply the stride in afterwards.",
            ((GROWS, "size += (kernel - 1) * whole[0] * stride"),),
        ),
        Mistake(
            "its own stride instead",
            "The steps are counted with the layer's own stride. The distance between its input's units is the stride so far.",
            ((GROWS, "size += (kernel - 1) * stride"),),
        ),
        Mistake(
            "whole kernels from 0",
            "The size starts at 0 and adds whole kernels. Windows overlap: start at 1, and add (kernel - 1) steps.",
            (("size, whole = 1, (1, 0)", "size, whole = 0, (1, 0)"), (GROWS, "size += kernel * whole[0]")),
        ),
        Mistake(
            "half of the end",
            "This is half of where the field ends, or nearly. The middle is (first + last) / 2: start + (size - 1) / 2.",
            answer="half_of_the_end",
            also=("half_of_the_end_minus_1",),
        ),
        Mistake(
            "needs a layer",
            "This starts with layers[0], which an empty list does not have. Start with a pixel: size 1, stride 1, centre 0.",
            answer="needs_a_layer",
        ),
        Mistake(
            "pair in the result",
            "The result is a number and a pair. Return three numbers: size, stride, centre.",
            ((FIELD, "return size, whole"),),
        ),
        Mistake(
            "stride for the kernel",
            "The middle of a window comes from its kernel, (kernel - 1) / 2; here the stride is in its place.",
            (("Fraction(kernel - 1, 2) - padding", "Fraction(stride - 1, 2) - padding"),),
        ),
        Mistake(
            "own stride everywhere",
            "The stride is multiplied in before size and centre are computed. Both are measured in steps of the layer's"
            " input: update the stride last.",
            answer="stride_first",
        ),
        Mistake(
            "starts at size 0",
            "The size starts at 0. Without any layer a pixel sees itself: 1.",
            (("size, whole = 1, (1, 0)", "size, whole = 0, (1, 0)"),),
        ),
        Mistake(
            "padding forgotten",
            "The padding is missing in the centre. It moves every window towards the front: (kernel - 1) / 2 - padding.",
            (("Fraction(kernel - 1, 2) - padding", "Fraction(kernel - 1, 2)"),),
            also=("middle_of_the_field",),
        ),
        Mistake(
            "padding in pixels",
            "The padding is subtracted in pixels. A layer's padding is units of its input: multiply it by the stride so far.",
            answer="padding_in_pixels",
        ),
        Mistake(
            "padding added",
            "The padding has the wrong sign. With padding, unit 0's window starts earlier: (kernel - 1) / 2 - padding.",
            (("Fraction(kernel - 1, 2) - padding", "Fraction(kernel - 1, 2) + padding"),),
        ),
        Mistake(
            "padding in the size",
            "The padding changes the size here. It moves the field, but the number of pixels that a unit sees stays the same.",
            ((GROWS, "size += (kernel - 1 + 2 * padding) * whole[0]"),),
            also=("padding_makes_it_smaller",),
        ),
        Mistake(
            "half of the kernel",
            "The middle of k units, counted from 0, is (k - 1) / 2, not k / 2: of 3 it is unit 1.",
            (("Fraction(kernel - 1, 2) - padding", "Fraction(kernel, 2) - padding"),),
            also=("pixels_from_one",),
        ),
        Mistake(
            "whole middles only",
            "A window of 2 has its middle between two pixels, at 1/2. Here it is rounded: // leaves no halves.",
            (("Fraction(kernel - 1, 2) - padding", "(kernel - 1) // 2 - padding"),),
            also=("rounds_up_the_middle", "rounds_the_centre", "rounds_the_half_field"),
        ),
        Mistake(
            "first padding only",
            "Only the first layer's padding counts here. Every layer's moves the centre, by the padding times the stride so far.",
            answer="first_padding_only",
        ),
        Mistake(
            "a pooling multiplies the size",
            "A pooling does not multiply the field's size. Like a convolution it adds (kernel - 1) steps of the stride so far.",
            answer="pooling_multiplies",
            also=("pooling_doubles",),
        ),
        Mistake(
            "poolings see nothing more",
            "Only convolutions enlarge the field here. A pooling has a window, too: it adds (kernel - 1) * stride so far.",
            answer="poolings_add_nothing",
        ),
        Mistake(
            "floats for size and stride",
            "Size and stride count pixels: return ints. Only the centre can have a half; // or int keeps the others whole.",
            ((FIELD, "return float(size), float(whole[0]), whole[1]"),),
            also=("float_size", "float_stride"),
        ),
        Mistake(
            "padding of poolings",
            "The padding of poolings is ignored. Both kinds of layers move the centre by their padding.",
            answer="poolings_without_padding",
        ),
        Mistake(
            "start instead of centre",
            "This is where unit 0's field starts. Its centre is (size - 1) / 2 pixels further.",
            (("Fraction(kernel - 1, 2) - padding", "-padding"),),
        ),
        Mistake(
            "end instead of centre",
            "This is where unit 0's field ends: each layer moves by kernel - 1 rather than by half of that.",
            (("Fraction(kernel - 1, 2) - padding", "kernel - 1 - padding"),),
        ),
        Mistake(
            "strides added",
            "The strides are added up. Two poolings of stride 2 make a stride of 4: multiply.",
            answer="strides_added",
            also=("strides_summed",),
        ),
        Mistake(
            "the last stride",
            "The stride is only the last layer's. In pixels it is the product of all of them.",
            ((FIELD, "return size, (layers[-1][2] if layers else 1), whole[1]"),),
        ),
        Mistake(
            "poolings only",
            "Only poolings change the stride here. Convolutions have strides too, as AlexNet's first has 4.",
            answer="wide_windows_only",
        ),
        Mistake(
            "from the last layer",
            "The layers are walked from the last to the first, but with the rule for the other direction. Start at the picture.",
            answer="last_layer_first",
        ),
        Mistake(
            "two rules mixed",
            "size * s + k - s is the rule for walking from the last layer to the first. From the picture on it is"
            " size + (k - 1) * stride so far.",
            answer="strides_twice",
        ),
        Mistake(
            "composed the other way",
            "compose gets the two maps in the wrong order. The new layer is nearer to the scores, so its map is applied first.",
            ((MOVES, "whole = compose(whole, (stride, Fraction(kernel - 1, 2) - padding))"),),
        ),
        Mistake(
            "centre in own steps",
            "The centre moves in steps of the layer's *input*. Here the layer's own stride is multiplied in too early.",
            answer="centre_in_own_steps",
        ),
        Mistake(
            "centre does not move in steps",
            "The centre moves by whole steps, not by pixels: ((kernel - 1) / 2 - padding) times the stride so far.",
            answer="centre_in_pixels",
        ),
        Mistake(
            "another order",
            "Return the three numbers in the order of the docstring: size, stride, centre.",
            ((FIELD, "return size, whole[1], whole[0]"),),
            also=("stride_before_size", "centre_before_stride"),
        ),
        Mistake(
            "pixels counted from 1",
            "The centre is one half too large everywhere: pixel 0's centre is at 0 here, not at 1/2.",
            ((FIELD, "return size, whole[0], whole[1] + 0.5"),),
        ),
        Mistake(
            "towards the units",
            "This centre leads from the picture to the unit, as in Caffe: it is divided by the stride, with the other sign.",
            ((FIELD, "return size, whole[0], -whole[1] / whole[0]"),),
        ),
    ],
    "crop_offset": [
        Mistake(
            "the other way round",
            "Source and reference are exchanged, or the sign is. The source begins earlier, at b; the reference at d:"
            " (d - b) / a.",
            ((OFFSET, "offset = (b - d) / a"),),
        ),
        Mistake(
            "pixels instead of units",
            "The offset is in pixels. It counts units of the source, which are a pixels apart: divide by the scale.",
            ((OFFSET, "offset = d - b"),),
            also=("pixels_of_whole_units",),
        ),
        Mistake(
            "only the source divided",
            "d - b / a divides only b by the scale. The whole distance is in pixels: (d - b) / a.",
            ((OFFSET, "offset = d - b / a"),),
        ),
        Mistake(
            "is for ==",
            "`is` asks whether two numbers are one object, and equal floats or Fractions need not be. Compare with == or !=.",
            ((SCALES, "if a is not c:"),),
        ),
        Mistake(
            "multiplied by the scale",
            "The distance in pixels is multiplied by the scale. Units are a pixels apart: divide.",
            ((OFFSET, "offset = (d - b) * a"),),
        ),
        Mistake(
            "shifts added",
            "The two shifts are added. The distance from b to d is d - b.",
            ((OFFSET, "offset = (d + b) / a"),),
        ),
        Mistake(
            "the source alone",
            "Only the source's shift is used. The reference need not begin at pixel 0: at a skip it is another map.",
            ((OFFSET, "offset = -b / a"),),
        ),
        Mistake(
            "a float",
            "The number is right, but it is no int, and a slice wants one: return int(offset), after the checks.",
            ((RESULT, "return offset"),),
            also=("always_a_float",),
        ),
        Mistake(
            "scales not compared",
            "The scales are not compared. If they differ, the maps agree in one unit and in no other: raise ValueError.",
            ((SCALES, "if False:"),),
        ),
        Mistake(
            "cut off instead of refused",
            "int() or // makes the offset whole by cutting it off. Ask first whether it is whole, and raise ValueError if"
            " it is not.",
            ((WHOLE, "if False:"),),
            also=("floor_division", "floats_by_floor_division"),
        ),
        Mistake(
            "rounded",
            "An offset between two units is rounded. That would move the scores by half a unit: raise ValueError.",
            ((OFFSET, "offset = round((d - b) / a)"),),
        ),
        Mistake(
            "rounded up",
            "An offset between two units is rounded up. That moves the scores: raise ValueError.",
            answer="half_rounded_up",
        ),
        Mistake(
            "negative offsets",
            "A negative offset is returned. In a slice it would count from the end; there is nothing to cut: raise ValueError.",
            ((NEGATIVE, "if False:"),),
        ),
        Mistake(
            "absolute value",
            "abs() hides the sign. A negative offset means that rows are missing in front, not that some are too many.",
            ((OFFSET, "offset = abs(d - b) / a"),),
        ),
        Mistake(
            "negative becomes 0",
            "A negative offset becomes 0. Then the map begins too late, and nobody notices: raise ValueError.",
            ((NEGATIVE, "if False:"), (RESULT, "return max(0, int(offset))")),
        ),
        Mistake(
            "0 refused",
            "An offset of 0 is refused. It is the best of all: nothing to cut. Only offsets below 0 are errors.",
            ((NEGATIVE, "if offset <= 0:"),),
        ),
        Mistake(
            "scale must be 1",
            "Scales other than 1 are refused. At a skip both maps have the stride 16 or 8; they only have to be equal.",
            ((SCALES, "if a != 1 or c != 1:"),),
        ),
        Mistake(
            "whole shifts only",
            "Shifts with halves are refused. Each may be between two pixels; only their *difference* in units must be whole.",
            answer="whole_shifts_only",
        ),
        Mistake(
            "shifts made whole",
            "The shifts are rounded before they are subtracted. 18.5 then becomes 18, and the half pixel goes unnoticed.",
            answer="shifts_made_whole",
        ),
        Mistake(
            "whole pixels, not whole units",
            "The test asks whether the distance is a whole number of *pixels*. It must be whole in units: (d - b) / a % 1.",
            ((WHOLE, "if (d - b) % 1 != 0:"),),
        ),
        Mistake(
            "None for an error",
            "Where the maps do not fit, this returns something instead of raising ValueError, so the caller goes on with it.",
            answer="none_for_a_failure",
            also=("false_for_a_failure", "minus_one_for_a_failure", "zero_for_a_failure", "returns_the_error"),
        ),
        Mistake(
            "assert",
            "assert raises AssertionError, and python -O switches it off. Write `raise ValueError(\"...\")`.",
            answer="asserts",
        ),
        Mistake(
            "no reason",
            "The ValueError is raised without a message. Say what is wrong, for the one who has to repair the net.",
            answer="without_a_reason",
        ),
        Mistake(
            "another exception",
            "The wrong kind of exception: the docstring asks for ValueError, which callers can catch without hiding other bugs.",
            answer="raises_exception",
            also=("raises_type_error", "raises_runtime_error", "raises_arithmetic_error"),
        ),
        Mistake(
            "checks missing",
            "More than one check is missing. Refuse scales that differ, an offset that is not whole, and one below 0.",
            answer="no_checks",
            also=("scales_checked_only", "whole_checked_only", "sign_checked_only"),
        ),
        Mistake(
            "is_integer",
            "Floats have is_integer(), but ints and Fractions do not in every Python. offset % 1 == 0 works for all of them.",
            answer="asks_is_integer",
        ),
        Mistake(
            "whole by its type",
            "This asks for the type int, but a division gives a float or Fraction even if it comes out even. Ask offset % 1 == 0.",
            answer="whole_by_type",
        ),
    ],
    "smallest_padding": [
        Mistake(
            "crop forgotten",
            "The rows that are cut off at the front are counted as well: length_after(net, n) - offset must be at least n.",
            ((ENOUGH, "if all(length_after(net, n) >= n for n in sizes):"),),
        ),
        Mistake(
            "no crop asked for",
            "This asks only whether the result is as large as the picture. Its row 0 may be anywhere: find the crop first.",
            answer="covers_without_crop",
        ),
        Mistake(
            "only the crop",
            "This stops at the first padding with a crop of at least 0. The far end must be reached too, for every size.",
            answer="any_row",
        ),
        Mistake(
            "one row too many",
            "Exactly n rows are enough: >= n, not > n.",
            ((ENOUGH, "if all(length_after(net, n) - offset > n for n in sizes):"),),
        ),
        Mistake(
            "not one row more",
            "Rows left over at the back are refused: they may simply be cut off. >= n, not == n.",
            ((ENOUGH, "if all(length_after(net, n) - offset == n for n in sizes):"),),
        ),
        Mistake(
            "padding for the crop",
            "The padding is subtracted in place of the crop. How many rows to cut is what crop_offset says.",
            ((ENOUGH, "if all(length_after(net, n) - padding >= n for n in sizes):"),),
        ),
        Mistake(
            "source and reference exchanged",
            "crop_offset has its maps the wrong way round. The net's result is the source, and (1, 0), the picture, the reference.",
            ((CROP, "offset = crop_offset((1, 0), map_of(net))"),),
        ),
        Mistake(
            "always 3 x 3",
            "The first layer becomes a 3 x 3 convolution. Keep its own kind, kernel and stride, and replace only the padding.",
            ((NET, 'net = [("conv", 3, 1, padding), *rest]'),),
        ),
        Mistake(
            "any size",
            "This stops as soon as *one* size works. All of them must: all(...), not any(...).",
            ((ENOUGH, "if any(length_after(net, n) - offset >= n for n in sizes):"),),
        ),
        Mistake(
            "the largest size only",
            "Only the largest size is tried. A small picture can be harder: a window may not fit into it at all.",
            ((ENOUGH, "if all(length_after(net, n) - offset >= n for n in [max(sizes)]):"),),
        ),
        Mistake(
            "the smallest size only",
            "Only the smallest size is tried. Where sizes are rounded, a larger one can need more.",
            ((ENOUGH, "if all(length_after(net, n) - offset >= n for n in [min(sizes)]):"),),
        ),
        Mistake(
            "the first size only",
            "Only the first size in the list is tried; a `return` inside of the loop over the sizes does this.",
            ((ENOUGH, "if all(length_after(net, n) - offset >= n for n in sizes[:1]):"),),
        ),
        Mistake(
            "the last size only",
            "The padding found for the last size overwrites the others. One padding must work for all sizes.",
            answer="one_size_after_the_other",
        ),
        Mistake(
            "starts at 1",
            "The search starts at 1. A net whose kernels are all 1 x 1 needs no padding: start at 0.",
            ((LOOP, "for padding in range(1, limit + 1):"),),
        ),
        Mistake(
            "limit left out",
            "range(limit) ends before the limit, which is still allowed: range(limit + 1).",
            ((LOOP, "for padding in range(limit):"),),
        ),
        Mistake(
            "ignores the limit",
            "The limit given is ignored: a padding above it must not be returned.",
            ((LOOP, "for padding in range(201):"),),
        ),
        Mistake(
            "one more",
            "The padding found is changed before it is returned: it is the first that works, not the next one.",
            ((FOUND, "return padding + 1"),),
        ),
        Mistake(
            "added to the old padding",
            "The padding tried is added to the one that the layer has. It must replace it.",
            (
                ("(kind, kernel, stride, _), *rest = layers", "(kind, kernel, stride, old), *rest = layers"),
                (NET, "net = [(kind, kernel, stride, old + padding), *rest]"),
            ),
        ),
        Mistake(
            "every layer padded",
            "Every layer gets the padding here. Only the first one's changes; the others stay as they are.",
            ((NET, "net = [(*layer[:3], padding) for layer in layers]"),),
        ),
        Mistake(
            "a layer more",
            "The new first layer is put in front of the old one, which is still there. Leave out layers[0].",
            ((NET, "net = [(kind, kernel, stride, padding), *layers]"),),
        ),
        Mistake(
            "crop of the old padding",
            "The crop is computed with the padding that the net had. It depends on the padding that is tried.",
            ((CROP, "offset = crop_offset(map_of(layers), (1, 0))"),),
        ),
        Mistake(
            "changes the layers",
            "The list `layers` is changed in place, so the caller's net has another padding afterwards. Make a new list.",
            answer="in_place",
        ),
        Mistake(
            "stops at the first refusal",
            "crop_offset raises ValueError for a small padding, and the search ends there. Catch it and try the next padding.",
            ((CROP, CROP), (REFUSED, "            raise")),
            also=("does_not_catch",),
        ),
        Mistake(
            "a crop of 0 for a refusal",
            "Where crop_offset refuses, this goes on with an offset of 0. A padding without a crop does not work: next one.",
            ((REFUSED, "            offset = 0"),),
        ),
        Mistake(
            "the crop itself",
            "This is the crop, not the padding. Return the padding of the first layer.",
            ((FOUND, "return offset"),),
        ),
        Mistake(
            "the largest padding",
            "This returns the last padding that works. The smallest is the first one: return as soon as one works.",
            answer="largest_that_works",
        ),
        Mistake(
            "the last layer padded",
            "The last layer's padding is replaced. It is the first layer that gets the new padding.",
            ((NET, "net = [*layers[:-1], (*layers[-1][:3], padding)]"),),
        ),
        Mistake(
            "crop of 19",
            "The crop is taken for 19, which belongs to FCN-32s with a padding of 100. Every padding and net has its own.",
            ((ENOUGH, "if all(length_after(net, n) - 19 >= n for n in sizes):"),),
        ),
        Mistake(
            "cut on both sides",
            "The crop is counted twice. It is cut off at the front only; behind, whatever is left over may be more or less.",
            ((ENOUGH, "if all(length_after(net, n) - 2 * offset >= n for n in sizes):"),),
        ),
        Mistake(
            "None at the end",
            "If no padding works, this returns something instead of raising ValueError.",
            ((HOPELESS, "return None"),),
            also=("limit_at_the_end", "minus_one_at_the_end"),
        ),
        Mistake(
            "by halving",
            "Halving supposes that every padding above a working one works. Where sizes are rounded that is not so: try them"
            " one by one.",
            answer="by_halving",
        ),
        Mistake(
            "rounds down",
            "The poolings' sizes are rounded down here. A layer of kind 'pool' rounds up; that is what makes 97 enough.",
            ((UNITS, "n = output_length(n, kernel, stride, padding)"),),
            also=("pools_round_down",),
        ),
        Mistake(
            "the formula for VGG",
            "This knows only one net. 16 (k - 1) + 1 holds for five poolings and a kernel of k behind them; other nets need a"
            " search.",
            answer="formula_of_the_paper",
        ),
    ],
}


def a_function(first, second):
    (a, b), (c, d) = first, second
    return lambda i: c * (a * i + b) + d


def quotient_the_other_way(first, second):
    (a, b), (c, d) = first, second
    return c / a, c * b + d


def rounds(first, second):
    (a, b), (c, d) = first, second
    return a * c, round(c * b + d)


def floors(first, second):
    (a, b), (c, d) = first, second
    return a * c, math.floor(c * b + d)


def stride_first(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        stride *= s
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
    return size, stride, centre


def padding_makes_it_smaller(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1 - 2 * padding) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def rounds_up_the_middle(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (kernel // 2 - padding)
        stride *= s
    return size, stride, centre


def strides_summed(layers):
    size, stride, centre = 1, 0, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * max(stride, 1)
        centre += max(stride, 1) * (Fraction(kernel - 1, 2) - padding)
        stride += s
    return size, max(stride, 1), centre


def centre_in_pixels(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += Fraction(kernel - 1, 2) - padding
        stride *= s
    return size, stride, centre


def stride_before_size(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return stride, size, centre


def centre_before_stride(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * ((kernel - 1) / 2 - padding)
        stride *= s
    return size, centre, stride


def always_a_float(source, reference):
    (a, b), (c, d) = source, reference
    offset = float((d - b) / a)
    if a != c or offset < 0 or not offset.is_integer():
        raise ValueError("the maps do not fit")
    return offset


def floor_division(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) // a
    if offset < 0:
        raise ValueError("negative")
    return int(offset)


def zero_for_a_failure(source, reference):
    (a, b), (c, d) = source, reference
    return int((d - b) / a) if a == c and (d - b) / a % 1 == 0 and d >= b else 0


def without_a_reason(source, reference):
    (a, b), (c, d) = source, reference
    if a != c or (d - b) / a % 1 or d < b:
        raise ValueError
    return int((d - b) / a)


def does_not_catch(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        if not works(net, []):
            raise ValueError("the maps do not fit")
        if works(net, sizes):
            return padding
    raise ValueError("none works")


def limit_at_the_end(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    tried = range(limit + 1)
    return next((p for p in tried if works([(kind, kernel, stride, p), *rest], sizes)), limit)


def minus_one_at_the_end(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    tried = range(limit + 1)
    return next((p for p in tried if works([(kind, kernel, stride, p), *rest], sizes)), -1)


def pools_round_down(layers, sizes, limit=200):
    first, *rest = [("conv" if kind == "pool" else kind, *numbers) for kind, *numbers in layers]
    for padding in range(limit + 1):
        if works([(*first[:3], padding), *rest], sizes):
            return padding
    raise ValueError("none works")


def formula_of_the_paper(layers, sizes, limit=200):
    """16 (k - 1) + 1 for the widest kernel behind the poolings."""
    widest = max(kernel for kind, kernel, _, _ in layers if kind != "deconv")
    return 16 * (widest - 1) + 1


def rounds_the_centre(layers):
    size, stride, centre = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, math.floor(centre)


def rounds_the_half_field(layers):
    size, stride, shift = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        shift += stride * padding
        stride *= s
    return size, stride, size // 2 - shift


def first_padding_only(layers):
    size, stride = 1, 1
    for _, kernel, s, _ in layers:
        size += (kernel - 1) * stride
        stride *= s
    return size, stride, (size - 1) / 2 - (layers[0][3] if layers else 0)


def pooling_multiplies(layers):
    size, stride, centre = 1, 1, 0
    for kind, kernel, s, padding in layers:
        size = size * kernel if kind == "pool" else size + (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def pooling_doubles(layers):
    size, stride, centre = 1, 1, 0
    for kind, kernel, s, padding in layers:
        size = size * s if kind == "pool" else size + (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def poolings_add_nothing(layers):
    size, stride, centre = 1, 1, 0
    for kind, kernel, s, padding in layers:
        size += (kernel - 1) * stride if kind == "conv" else 0
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def poolings_without_padding(layers):
    size, stride, centre = 1, 1, 0
    for kind, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - (padding if kind == "conv" else 0))
        stride *= s
    return size, stride, centre


def float_size(layers):
    size, stride, centre = 1.0, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * (Fraction(kernel - 1, 2) - padding)
        stride *= s
    return size, stride, centre


def float_stride(layers):
    size, stride, centre = 1, 1.0, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        centre += stride * ((kernel - 1) / 2 - padding)
        stride *= s
    return int(size), stride, centre


def fits(source, reference):
    (a, b), (c, d) = source, reference
    return a == c and (d - b) / a % 1 == 0 and d >= b


def raises_exception(source, reference):
    if not fits(source, reference):
        raise Exception("the maps do not fit")  # noqa: TRY002
    return int((reference[1] - source[1]) / source[0])


def raises_type_error(source, reference):
    if not fits(source, reference):
        raise TypeError("the maps do not fit")
    return int((reference[1] - source[1]) / source[0])


def raises_runtime_error(source, reference):
    if not fits(source, reference):
        raise RuntimeError("the maps do not fit")
    return int((reference[1] - source[1]) / source[0])


def raises_arithmetic_error(source, reference):
    if not fits(source, reference):
        raise ArithmeticError("the maps do not fit")
    return int((reference[1] - source[1]) / source[0])


def no_checks(source, reference):
    return int((reference[1] - source[1]) / source[0])


def scales_checked_only(source, reference):
    if source[0] != reference[0]:
        raise ValueError("the scales differ")
    return int((reference[1] - source[1]) / source[0])


def whole_checked_only(source, reference):
    offset = (reference[1] - source[1]) / source[0]
    if offset % 1:
        raise ValueError("not whole")
    return int(offset)


def sign_checked_only(source, reference):
    offset = (reference[1] - source[1]) / source[0]
    if offset < 0:
        raise ValueError("negative")
    return int(offset)


def whole_by_type(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if not isinstance(offset, int):
        raise ValueError("not whole")  # noqa: TRY004
    if offset < 0:
        raise ValueError("negative")
    return offset


def largest_that_works(layers, sizes, limit=200):
    (kind, kernel, stride, _), *rest = layers
    best = None
    for padding in range(limit + 1):
        if works([(kind, kernel, stride, padding), *rest], sizes):
            best = padding
    if best is None:
        raise ValueError("none works")
    return best


def fractions_of_all(first, second):
    (a, b), (c, d) = [[Fraction(number) for number in each] for each in (first, second)]
    return c * a, c * b + d


def half_of_the_end(layers):
    size, stride, start = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        start -= padding * stride
        stride *= s
    return size, stride, (start + size) / 2


def half_of_the_end_minus_1(layers):
    size, stride, start = 1, 1, 0
    for _, kernel, s, padding in layers:
        size += (kernel - 1) * stride
        start -= padding * stride
        stride *= s
    return size, stride, (start + size - 1) / 2


def needs_a_layer(layers):
    _, size, stride, padding = layers[0]
    centre = (size - 1) / 2 - padding
    for _, kernel, s, p in layers[1:]:
        size += (kernel - 1) * stride
        centre += stride * ((kernel - 1) / 2 - p)
        stride *= s
    return size, stride, centre


def floats_by_floor_division(source, reference):
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) // a
    if offset < 0:
        raise ValueError("negative")
    return offset


def returns_the_error(source, reference):
    if not fits(source, reference):
        return ValueError("the maps do not fit")
    return int((reference[1] - source[1]) / source[0])


def asks_is_integer(source, reference):
    """As in Python 3.11, where only floats have the method."""
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError("the scales differ")
    offset = (d - b) / a
    if isinstance(offset, Fraction):
        raise AttributeError("'Fraction' object has no attribute 'is_integer'")  # noqa: TRY004
    if not offset.is_integer() or offset < 0:
        raise ValueError("not a whole number of at least 0")
    return int(offset)
