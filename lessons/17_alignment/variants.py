"""Right answers to lesson 17, each written in another way: the checks must accept them all."""

import itertools
import math
from fractions import Fraction

import numpy as np

VARIANTS = {
    "compose": ["compose_by_two_points", "compose_by_matrices", "compose_with_functions", "compose_as_list"],
    "receptive_field": ["field_by_interval", "field_by_units", "field_with_floats", "field_backwards", "field_by_compose"],
    "crop_offset": ["crop_by_search", "crop_with_floats", "crop_by_divmod", "crop_by_rounding", "crop_by_compose"],
    "smallest_padding": ["padding_by_covers", "padding_by_generator", "padding_by_count", "padding_with_formulas"],
}


def compose_by_two_points(first, second):
    """Follow the units 0 and 1."""

    def follow(i):
        return second[0] * (first[0] * i + first[1]) + second[1]

    return follow(1) - follow(0), follow(0)


def compose_by_matrices(first, second):
    """Affine maps are 2 x 2 matrices; arrays of objects keep fractions."""
    a, b = (np.array([[scale, shift], [0, 1]], dtype=object) for scale, shift in (first, second))
    whole = b.dot(a)
    return whole[0, 0], whole[0, 1]


def compose_with_functions(first, second):
    scale, shift = second
    scale, shift = scale * first[0], scale * first[1] + shift
    return scale, shift


def compose_as_list(first, second):
    result = [first[0], first[1]]
    result = [second[0] * number for number in result]
    result[1] += second[1]
    return result


def field_by_interval(layers):
    """Walk back from the units 0 and 1 to the pixels that they see."""
    ends = []
    for unit in 0, 1:
        first = last = unit
        for _, k, s, p in layers[::-1]:
            first, last = first * s - p, last * s - p + k - 1
        ends.append((first, last))
    (first, last), (following, _) = ends
    return last - first + 1, following - first, (first + last) / 2


def field_by_units(layers):
    size, stride, start = 1, 1, 0
    for layer in layers:
        start -= layer[3] * stride
        size = size + layer[1] * stride - stride
        stride = stride * layer[2]
    return size, stride, start + (size - 1) / 2


def field_with_floats(layers):
    """The recursion of the well-known blog posts: jump, receptive field, start."""
    j, r, start = 1, 1, 0.5
    for _kind, k, s, p in layers:
        start += ((k - 1) / 2 - p) * j
        r += (k - 1) * j
        j *= s
    return [r, j, start - 0.5]


def field_backwards(layers):
    """From the last layer to the first: r = s * r + (k - s)."""
    size = 1
    for _, k, s, _ in reversed(layers):
        size = s * size + (k - s)
    stride = math.prod(s for _, _, s, _ in layers)
    steps = itertools.accumulate([1, *(s for _, _, s, _ in layers)], lambda a, b: a * b)
    return size, stride, sum(((k - 1) / 2 - p) * step for (_, k, _, p), step in zip(layers, steps))


def field_by_compose(layers):
    whole, size = (1, 0), 1
    for _, k, s, p in reversed(layers):
        whole = compose(whole, (s, Fraction(k - 1, 2) - p))  # noqa: F821
        size = (size - 1) * s + k
    return size, whole[0], whole[1]


def crop_by_search(source, reference):
    """Count units of the source until one is where the reference begins."""
    if source[0] != reference[0]:
        raise ValueError("the strides differ")
    offset, (scale, place) = 0, source
    if place > reference[1]:
        raise ValueError("the source begins too late")
    while place < reference[1]:
        offset, place = offset + 1, place + scale
    if place != reference[1]:
        raise ValueError("the maps do not meet at whole units")
    return offset


def crop_with_floats(source, reference):
    a, b = map(float, source)
    c, d = map(float, reference)
    if abs(a - c) > 1e-9:
        raise ValueError(f"scales {a} and {c}")
    offset = (d - b) / c
    if abs(offset - round(offset)) > 1e-6 or offset < -0.5:
        raise ValueError(f"offset {offset}")
    return round(offset)


def crop_by_divmod(source, reference):
    if reference[0] != source[0]:
        raise ValueError("scale")
    whole, rest = divmod(Fraction(reference[1]) - Fraction(source[1]), Fraction(source[0]))
    if rest:
        raise ValueError("between two units")
    if whole < 0:
        raise ValueError("negative")
    return whole


def crop_by_rounding(source, reference):
    (a, b), (c, d) = source, reference
    offset = round((d - b) / a)
    if a != c or offset < 0 or (d - b) / a != offset:
        raise ValueError(f"cannot align {source} with {reference}")
    return offset


def crop_by_compose(source, reference):
    """The map from a unit of the reference to the picture, and on to the unit of the source there."""
    a, b = map(Fraction, source)
    scale, offset = compose(tuple(map(Fraction, reference)), (1 / a, -b / a))  # noqa: F821
    if scale != 1 or offset < 0 or offset.denominator > 1:
        raise ValueError(f"unit i of the reference is at {scale} i + {offset} of the source")
    return offset.numerator


def row_of_pixel_0(layers):
    """The row that is at pixel 0, as a Fraction, and the distance of two rows in pixels."""
    scale, shift = Fraction(1), Fraction(0)
    for kind, k, s, p in layers:
        middle = Fraction(k - 1, 2) - p
        if kind == "deconv":
            scale /= s
            shift -= scale * middle
        else:
            shift += scale * middle
            scale *= s
    return -shift / scale, scale


def length(layers, n):
    for kind, k, s, p in layers:
        if n <= 0:
            return 0
        if kind == "deconv":
            n = s * (n - 1) + k - 2 * p
        elif kind == "pool":
            n = math.ceil((n + 2 * p - k) / s) + 1
        else:
            n = math.floor((n + 2 * p - k) / s) + 1
    return max(n, 0)


def covers(layers, n):
    row, scale = row_of_pixel_0(layers)
    return scale == 1 and row >= 0 and row.denominator == 1 and length(layers, n) >= row + n


def padding_by_covers(layers, sizes, limit=200):
    padding = 0
    while padding <= limit:
        changed = list(layers)
        changed[0] = layers[0][:3] + (padding,)
        if not [n for n in sizes if not covers(changed, n)]:
            return padding
        padding += 1
    raise ValueError("none works")


def padding_by_generator(layers, sizes, limit=200):
    kind, kernel, stride, _ = layers[0]
    nets = ([(kind, kernel, stride, p)] + list(layers[1:]) for p in range(limit + 1))
    for padding, net in enumerate(nets):
        if all(covers(net, n) for n in sizes):
            return padding
    raise ValueError(f"tried {limit + 1} paddings")


def padding_by_count(layers, sizes, limit=200):
    """Uses the earlier answers, and output_length."""
    for padding in range(limit + 1):
        net = [layers[0][:-1] + (padding,)] + layers[1:]
        row, scale = row_of_pixel_0(net)
        try:
            offset = crop_offset((scale, -row), (1, 0))  # noqa: F821
        except ValueError:
            continue
        good = 0
        for n in sizes:
            rows = n
            for kind, k, s, p in net:
                rows = s * (rows - 1) + k - 2 * p if kind == "deconv" else output_length(rows, k, s, p, kind == "pool")  # noqa: F821
                if rows < 1:
                    break
            good += rows >= 1 and rows - offset >= n
        if good == len(sizes):
            return padding
    raise ValueError("no padding")


def padding_with_formulas(layers, sizes, limit=200):
    answer = next(
        (
            p
            for p in range(limit + 1)
            for net in [[(layers[0][0], layers[0][1], layers[0][2], p), *layers[1:]]]
            if min(covers(net, n) for n in sizes)
        ),
        None,
    )
    if answer is None:
        raise ValueError("limit reached")
    return answer
