"""What the answers of lesson 17 must do. The right values come from windows, walked pixel by pixel, without any map."""

from dataclasses import replace
from fractions import Fraction

from minifcn.course.exercise import Case, Exercise, Property

# --- The simple twins ----------------------------------------------------------------------------------------------


def windows_that_fit(layer, n):
    """How many units a layer makes of n, counted one by one."""
    kind, kernel, stride, padding = layer
    if kind == "deconv":
        rows = {stride * j - padding + i for j in range(n) for i in range(kernel)}
        return sum(row >= 0 and row <= max(rows) - padding for row in rows) if rows else 0
    count = 0
    while count * stride + kernel <= n + 2 * padding:
        count += 1
    reached = (count - 1) * stride + kernel if count else 0
    return count + (kind == "pool" and 0 < n and reached < n + 2 * padding)


def rows_left(layers, n):
    """How many units n pixels become behind all layers."""
    for layer in layers:
        n = windows_that_fit(layer, n)
    return n


def seen(layers, unit):
    """The first and the last pixel that a unit depends on."""
    first = last = unit
    for _, kernel, stride, padding in reversed(layers):
        first, last = stride * first - padding, stride * last - padding + kernel - 1
    return first, last


def place(layers, unit):
    """The place of a unit in the picture: from layer to layer, the middle of its window or of its stamp."""
    for kind, kernel, stride, padding in reversed(layers):
        middle = Fraction(kernel - 1, 2) - padding
        unit = (unit - middle) / stride if kind == "deconv" else stride * unit + middle
    return Fraction(unit)


def works(layers, sizes):
    first = -place(layers, 0)
    one_pixel_apart = place(layers, 1) - place(layers, 0) == 1
    if not one_pixel_apart or first.denominator != 1 or first < 0:
        return False
    return all(rows_left(layers, n) - first >= n for n in sizes)


def padded(layers, padding):
    return [(*layers[0][:3], padding), *layers[1:]]


def least_padding(layers, sizes, limit=200):
    return next((p for p in range(limit + 1) if works(padded(layers, p), sizes)), "ValueError")


# --- What a report shows in place of a probe: the line that a student would type ------------------------------------


def typed(cases, line):
    """The same cases, each with its line: what `line` makes of the arguments, unless the case has one."""

    def with_lines(rng):
        for case in cases(rng):
            yield replace(case, typed=case.typed or line(*case.args))

    return with_lines


def in_fractions(each):
    return "(" + ", ".join(f"Fraction({above}, {below})" for above, below in each) + ")"


def compose_of_fractions(first, second):
    return f"compose({in_fractions(first)}, {in_fractions(second)})"


def compose_in_a_row(maps):
    line = str(maps[0])
    for each in maps[1:]:
        line = f"compose({line}, {each})"
    return line


def field_line(layers):
    return f"receptive_field({layers})"


def offset_line(source, reference):
    return f"crop_offset({source}, {reference})"


def offset_line_of_fractions(source, reference):
    return f"crop_offset({in_fractions(source)}, {in_fractions(reference)})"


def padding_line(layers, sizes, *limit):
    return f"smallest_padding({', '.join(map(str, (layers, sizes, *limit)))})"


# --- compose -------------------------------------------------------------------------------------------------------


def composed_by_hand(rng):
    yield Case(((2, 0.5), (1, -99)), (2.0, -98.5), note="a pooling, then the padding of conv1_1")
    yield Case(((1, -99), (2, 0.5)), (2.0, -197.5), note="the other way round")
    yield Case(((3, 1), (5, 2)), (15, 7))
    yield Case(((5, 2), (3, 1)), (15, 7), note="5 i + 2, and three times that plus 1")


def identities(rng):
    yield Case(((1, 0), (4, -1.5)), (4.0, -1.5))
    yield Case(((4, -1.5), (1, 0)), (4.0, -1.5))
    yield Case(((1, 0), (1, 0)), (1, 0))
    yield Case(((1, 3), (1, -5)), (1, -2), note="two shifts add")
    yield Case(((2, 0), (3, 0)), (6, 0), note="two scales multiply")


def random_maps(rng):
    for _ in range(8):
        scales = [int(s) for s in rng.choice([2, 3, 4, 5, 7], 2, replace=False)]
        shifts = [int(b) / 2 + sign * 0.25 for b, sign in zip(rng.integers(3, 40, 2), (1, -1))]
        signs = [int(s) for s in rng.choice([-1, 1], 2)]
        (a, c), (b, d) = scales, [shift * sign for shift, sign in zip(shifts, signs)]
        yield Case(((a, b), (c, d)), (float(c * a), c * b + d))


def up_and_down(rng):
    yield Case(((1 / 32, -31.5 / 32), (32, 12.5)), (1.0, -19.0), note="a row of 64/32 upsampling, then the scores")
    yield Case(((0.5, -0.75), (32, 12.5)), (16.0, -11.5))
    yield Case(((32, 12.5), (0.5, -0.75)), (16.0, 5.5))


def fraction_maps(rng):
    third = (1, 3)
    yield Case(((third, (-2, 3)), ((3, 1), (1, 2))), ["1", "-3/2"], note="thirds, three times as large")
    yield Case(((third, third), (third, third)), ["1/9", "4/9"])
    for _ in range(3):
        a, b, c, d = [Fraction(int(n), int(m)) for n, m in zip(rng.integers(2, 9, 4), rng.choice([3, 7, 11], 4))]
        b = -b
        parts = [(x.numerator, x.denominator) for x in (a, b, c, d)]
        yield Case(((parts[0], parts[1]), (parts[2], parts[3])), [str(c * a), str(c * b + d)])


def with_fractions(compose, first, second):
    from fractions import Fraction

    maps = [tuple(Fraction(*number) for number in each) for each in (first, second)]
    return [str(Fraction(number)) for number in compose(*maps)]


def three_maps(rng):
    maps = ((2, 0.5), (1, -1), (3, 4))
    yield Case((maps,), (6.0, 2.5), note="2 i + 0.5, minus 1, three times that plus 4")
    yield Case((((2, 0.5),) * 5,), (32.0, 15.5), note="five poolings")


def in_a_row(compose, maps):
    whole = maps[0]
    for each in maps[1:]:
        whole = compose(whole, each)
    return whole


# --- receptive_field -----------------------------------------------------------------------------------------------

CONV, POOL = ("conv", 3, 1, 1), ("pool", 2, 2, 0)


def vgg(first_padding, fc6_padding=0, stages=5):
    layers = []
    for convolutions in (2, 2, 3, 3, 3)[:stages]:
        layers += [CONV] * convolutions + [POOL]
    layers[0] = ("conv", 3, 1, first_padding)
    return layers + [("conv", 7, 1, fc6_padding), ("conv", 1, 1, 0)] * (stages == 5)


def alexnet():
    layers = [("conv", 11, 4, 100), ("pool", 3, 2, 0), ("conv", 5, 1, 2), ("pool", 3, 2, 0), CONV, CONV, CONV]
    return [*layers, ("pool", 3, 2, 0), ("conv", 6, 1, 0), ("conv", 1, 1, 0)]


def field_of(layers):
    first, last = seen(layers, 0)
    return last - first + 1, seen(layers, 1)[0] - first, float(Fraction(first + last, 2))


def as_floats(receptive_field, layers):
    size, stride, centre = receptive_field(layers)
    return size, stride, float(centre)


def field_by_hand(rng):
    yield Case(([CONV],), (3, 1, 0.0))
    yield Case(([POOL],), (2, 2, 0.5))
    yield Case(([CONV, POOL],), (4, 2, 0.5))
    yield Case(([CONV, POOL, CONV],), (8, 2, 0.5), note="the last layer's steps are 2 pixels")
    yield Case(([POOL, POOL],), (4, 4, 1.5))
    yield Case(([("conv", 3, 1, 100)],), (3, 1, -99.0), note="padding 100")
    yield Case(([],), (1, 1, 0.0), note="no layer: a pixel sees itself")


def fields_of_layers(rng):
    for layer in ("conv", 4, 1, 0), ("conv", 5, 3, 2), ("conv", 1, 2, 0), ("pool", 3, 2, 1), ("conv", 2, 4, 0):
        yield Case(([layer],), field_of([layer]))


def fields_of_stacks(rng):
    for count in 2, 2, 3, 4, 4, 5:
        layers = []
        for _ in range(count):
            kernel, stride = int(rng.integers(2, 7)), int(rng.integers(1, 4))
            layers.append((str(rng.choice(["conv", "pool"])), kernel, stride, int(rng.integers(0, kernel))))
        yield Case((layers,), field_of(layers))
    layers = [("pool", 2, 2, 0), ("conv", 5, 1, 3), ("conv", 4, 3, 1)]
    yield Case((layers,), field_of(layers), note="padding behind a pooling counts in steps")


def fields_of_nets(rng):
    yield Case(
        (vgg(100, stages=1),), (6, 2, -98.5), note="pool1 of VGG16", typed='receptive_field(vgg16(100)["pool1"])'
    )
    yield Case(
        (vgg(100, stages=3),), (44, 8, -95.5), note="pool3 of VGG16", typed='receptive_field(vgg16(100)["pool3"])'
    )
    yield Case((vgg(100),), (404, 32, 12.5), note="the scores of VGG16", typed='receptive_field(vgg16(100)["scores"])')
    yield Case(
        (vgg(1, 3),), (404, 32, 15.5), note="VGG16 with padding 1 and 3", typed='receptive_field(vgg16(1, 3)["scores"])'
    )
    yield Case((alexnet(),), (355, 32, 13.0), note="AlexNet", typed="receptive_field(alexnet)")


# --- crop_offset ---------------------------------------------------------------------------------------------------


def offsets_by_hand(rng):
    yield Case(((1, -19), (1, 0)), 19)
    yield Case(((1, -27), (1, 0)), 27)
    yield Case(((16, -91.5), (16, -11.5)), 5, note="pool4 and the scores enlarged by 2")
    yield Case(((8, -95.5), (8, -23.5)), 9, note="pool3")


def offsets(rng):
    yield Case(((1, 0), (1, 0)), 0, note="nothing to cut")
    yield Case(((32, 15.5), (32, 15.5)), 0, note="nothing to cut")
    for _ in range(5):
        scale, offset, start = int(rng.choice([2, 4, 8, 16])), int(rng.integers(1, 30)), int(rng.integers(-90, 90)) / 2
        yield Case(((scale, start), (scale, start + scale * offset)), offset)
    yield Case(((3, -9), (3, 6)), 5)
    yield Case(((0.5, -4.25), (0.5, -1.25)), 6, note="units half a pixel apart")


def exact_offsets(rng):
    yield Case((((1, 1), (-19, 1)), ((1, 1), (0, 1))), 19)
    yield Case((((3, 1), (-1, 3)), ((3, 1), (17, 3))), 2, note="thirds")
    yield Case((((1, 3), (-7, 3)), ((1, 3), (2, 3))), 9, note="units a third apart")
    yield Case((((4, 1), (1, 7)), ((4, 1), (85, 7))), 3, note="sevenths")


def offset_of_fractions(crop_offset, source, reference):
    from fractions import Fraction

    try:
        return crop_offset(*(tuple(Fraction(*number) for number in each) for each in (source, reference)))
    except ValueError:
        return "ValueError"


def offset_or_refusal(crop_offset, source, reference):
    try:
        return crop_offset(source, reference)
    except ValueError as error:
        return "ValueError" if str(error).strip() else "ValueError without a reason"
    except AssertionError:
        return "AssertionError"


def other_scales(rng):
    yield Case(((16, -91.5), (32, 12.5)), "ValueError", note="16 and 32: an upsampling is missing")
    yield Case(((1, -19), (2, 1)), "ValueError")
    yield Case(((2, 1), (1, 9)), "ValueError")
    yield Case(((2, 0), (1, 0)), "ValueError", note="the first units agree, the others do not")


def between_units(rng):
    yield Case(((1, -18.5), (1, 0)), "ValueError", note="AlexNet with a kernel of 64: 18.5")
    yield Case(((16, -91.5), (16, -83.5)), "ValueError", note="half a unit apart")
    yield Case(((8, 1), (8, 15)), "ValueError", note="7/4 of a unit apart")
    yield Case(((4, 0), (4, 1)), "ValueError", note="a quarter of a unit apart")
    yield Case(((1, -2.75), (1, 0)), "ValueError", note="2.75")


def negative_offsets(rng):
    yield Case(((1, 80), (1, 0)), "ValueError", note="the first row is at pixel 80")
    yield Case(((1, 1), (1, 0)), "ValueError", note="one row is missing")
    yield Case(((16, -11.5), (16, -91.5)), "ValueError", note="-5")


# --- smallest_padding ----------------------------------------------------------------------------------------------


def padding_case(layers, sizes, note="", limit=30):
    return Case((layers, sizes, limit), least_padding(layers, sizes, limit), note=note)


def paddings_by_hand(rng):
    yield Case(([("conv", 3, 1, 0)], [1, 2, 9]), 1)
    yield Case(([("conv", 5, 1, 0)], [1, 2, 9]), 2)
    yield Case(([("conv", 1, 1, 0)], [1, 4]), 0, note="a 1 x 1 kernel needs none")
    yield Case(([("conv", 3, 1, 7)], [1, 2, 9]), 1, note="the padding 7 that it has is replaced")
    yield Case(([CONV, ("conv", 3, 1, 0)], [4, 6]), 2, note="only the first layer's padding changes")


def up(factor, padding=0, odd=0):
    return ("deconv", 2 * factor - odd, factor, padding)


SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 33]


def paddings_of_nets(rng):
    for fc in 2, 3, 4, 5:
        layers = [CONV, POOL, CONV, POOL, ("conv", 2 * fc - 1, 1, 0), up(4)]
        yield padding_case(layers, SIZES, note=f"two poolings, then a kernel of {2 * fc - 1}")
    layers = [CONV, ("conv", 2, 2, 0), CONV, ("conv", 2, 2, 0), ("conv", 5, 1, 0), up(4)]
    yield padding_case(layers, SIZES, note="the same with poolings that round down")
    layers = [("conv", 5, 2, 0), ("pool", 3, 2, 0), ("conv", 4, 1, 0), up(4, odd=1)]
    yield padding_case(layers, SIZES, note="kernels of 5, 3 and 4, upsampling with 7")
    yield padding_case([("conv", 3, 1, 0), POOL, CONV, up(2, 1)], SIZES, note="upsampling with padding 1")


def sizes_that_matter(rng):
    layers = [CONV, ("conv", 2, 2, 0), CONV, ("conv", 2, 2, 0), ("conv", 3, 1, 0), up(4)]
    for sizes in [1], [40], [3, 40], [40, 3], [7, 8, 9, 10], [10, 7], [6], [2, 11]:
        yield padding_case(layers, sizes, note=f"sizes {sizes}")
    for kernel, sizes in (4, [8, 9]), (4, [9, 8]), (5, [10, 12]), (5, [12, 11, 10]):
        yield padding_case([*layers[:4], ("conv", kernel, 1, 0), up(4)], sizes, note="a larger size needs more")


def paddings_of_the_paper(rng):
    rounds_down = [("conv", 2, 2, 0) if layer == POOL else layer for layer in vgg(100)]
    yield Case(
        ([*vgg(100), up(32)], [1, 500]),
        97,
        note="FCN-32s",
        typed="smallest_padding([*vgg16(100)['scores'], ('deconv', 64, 32, 0)], [1, 500])",
    )
    yield Case(
        ([*rounds_down, up(32)], [1], 120),
        113,
        note="FCN-32s, rounding down",
        typed="smallest_padding([*vgg16(100, pool='conv')['scores'], ('deconv', 64, 32, 0)], [1], 120)",
    )
    yield Case(
        ([*vgg(1, 3), up(32, 16)], [1, 32, 500]),
        1,
        note="FCN-32s with padding 3 in fc6 and 16 above",
        typed="smallest_padding([*vgg16(1, 3)['scores'], ('deconv', 64, 32, 16)], [1, 32, 500])",
    )
    yield Case(
        ([*alexnet(), up(32, odd=1)], [1], 120),
        99,
        note="FCN-AlexNet with a kernel of 63",
        typed="smallest_padding([*alexnet, ('deconv', 63, 32, 0)], [1], 120)",
    )


def hopeless(rng):
    yield Case(([CONV, POOL, up(2, odd=1)], [4, 5], 20), "ValueError", note="half a pixel off, whatever the padding")
    yield Case(([CONV, POOL], [4, 5], 20), "ValueError", note="never as large as the picture")
    yield Case(([("conv", 9, 1, 0)], [4, 5], 3), "ValueError", note="needs 4, the limit is 3")
    yield Case(([("conv", 9, 1, 0)], [4, 5], 4), 4, note="needs 4, the limit is 4")


def padding_or_refusal(smallest_padding, layers, sizes, *limit):
    try:
        return smallest_padding(layers, sizes, *limit)
    except ValueError as error:
        return "ValueError" if str(error).strip() else "ValueError without a reason"


EXERCISES = [
    Exercise(
        "compose",
        (
            Property("the worked examples", composed_by_hand, points=2),
            Property("a map that changes nothing, two shifts, two scales", identities),
            Property("is one map after the other, with random numbers", random_maps, points=2),
            Property("upsampling: scales below 1", up_and_down),
            Property("fractions stay exact", typed(fraction_maps, compose_of_fractions), probe=with_fractions),
            Property("several maps in a row", typed(three_maps, compose_in_a_row), probe=in_a_row),
        ),
        hints=(
            "Take a unit i. The first map takes it to a * i + b. Now apply the second map to that place.",
            "c * (a * i + b) + d: multiply it out, and read off what stands before i and what is left.",
        ),
    ),
    Exercise(
        "receptive_field",
        (
            Property("the worked examples", typed(field_by_hand, field_line), points=2, probe=as_floats),
            Property(
                "one layer, of any kernel, stride and padding", typed(fields_of_layers, field_line), probe=as_floats
            ),
            Property(
                "equals a walk from unit 0 back to its pixels",
                typed(fields_of_stacks, field_line),
                points=2,
                probe=as_floats,
            ),
            Property("the paper's nets", typed(fields_of_nets, field_line), probe=as_floats),
        ),
        uses=("17.compose",),
        hints=(
            "Walk through the layers from the picture on, and keep three numbers: size 1, stride 1, centre 0.",
            (
                "The size grows by (kernel - 1) * stride so far, before this layer's own stride is multiplied in. The"
                " padding does not count here."
            ),
            (
                "The centre moves by ((kernel - 1) / 2 - padding) * stride so far. That is compose(the layer's map, the map"
                " so far)."
            ),
        ),
    ),
    Exercise(
        "crop_offset",
        (
            Property("the paper's crops", typed(offsets_by_hand, offset_line), points=2, probe=offset_or_refusal),
            Property("any scale, and an offset of 0", typed(offsets, offset_line), points=2, probe=offset_or_refusal),
            Property(
                "an int also for fractions, which stay exact",
                typed(exact_offsets, offset_line_of_fractions),
                probe=offset_of_fractions,
            ),
            Property("other scales: ValueError", typed(other_scales, offset_line), probe=offset_or_refusal),
            Property("not a whole number: ValueError", typed(between_units, offset_line), probe=offset_or_refusal),
            Property("a negative offset: ValueError", typed(negative_offsets, offset_line), probe=offset_or_refusal),
        ),
        uses=("17.compose",),
        hints=(
            "The reference's unit 0 is at pixel d. At which unit i is the source there? Solve a * i + b = d.",
            "The offset is (d - b) / a. Before that, compare the scales; after that, look whether it is whole (% 1) and >= 0.",
            "A slice needs an int: return int(offset), after the checks, since int() cuts off what is behind the point.",
        ),
    ),
    Exercise(
        "smallest_padding",
        (
            Property("the worked examples", typed(paddings_by_hand, padding_line), points=2, probe=padding_or_refusal),
            Property(
                "equals the search by hand in small nets",
                typed(paddings_of_nets, padding_line),
                points=2,
                probe=padding_or_refusal,
            ),
            Property(
                "every size counts, and only the sizes given",
                typed(sizes_that_matter, padding_line),
                points=2,
                probe=padding_or_refusal,
            ),
            Property("the paper's nets", typed(paddings_of_the_paper, padding_line), probe=padding_or_refusal),
            Property(
                "ValueError if no padding up to the limit works",
                typed(hopeless, padding_line),
                probe=padding_or_refusal,
            ),
        ),
        uses=("10.output_length", "17.compose", "17.crop_offset"),
        hints=(
            "Try 0, 1, 2, ...: make a new list in which the first layer has this padding, and ask whether it works.",
            "crop_offset(map_of(net), (1, 0)) says how many rows to cut; if it raises ValueError, try the next padding.",
            "It works if length_after(net, n) - offset >= n for all n in sizes. After the loop, raise ValueError.",
        ),
    ),
]
