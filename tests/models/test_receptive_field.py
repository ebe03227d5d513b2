"""The coordinate arithmetic, against the paper's nets and against windows counted one by one."""

from fractions import Fraction

import pytest

from minifcn.models.crops import Ladder, crop_offset
from minifcn.models.receptive_field import IDENTITY, Layer, length_after, map_of, receptive_field


def conv(kernel_size, stride=1, padding=0):
    return Layer("conv", kernel_size, stride, padding)


def deconv(factor):
    return Layer("deconv", 2 * factor, factor, 0)


def vgg_stages(first_padding=100, pool="pool"):
    """VGG16's layers up to pool1, ..., pool5: five tuples, each the start of the next."""
    layers, stages = (), []
    for depth in (2, 2, 3, 3, 3):
        layers += tuple(conv(3, padding=1) for _ in range(depth)) + (Layer(pool, 2, 2, 0),)
        stages.append(layers)
    return [(conv(3, padding=first_padding), *stage[1:]) for stage in stages]


def vgg_ladders(first_padding=100, pool="pool"):
    """The decoders of FCN-32s, 16s and 8s on VGG16."""
    _, _, pool3, pool4, pool5 = vgg_stages(first_padding, pool)
    deep = (*pool5, conv(7), conv(1), conv(1))
    pool3, pool4 = (*pool3, conv(1)), (*pool4, conv(1))
    return {
        "fcn32s": Ladder(deep, (), (deconv(32),)),
        "fcn16s": Ladder(deep, (pool4,), (deconv(2), deconv(16))),
        "fcn8s": Ladder(deep, (pool4, pool3), (deconv(2), deconv(2), deconv(8))),
    }


CAFFENET = (conv(11, 4, 100), Layer("pool", 3, 2, 0), conv(5, padding=2), Layer("pool", 3, 2, 0), conv(3, padding=1),
            conv(3, padding=1), conv(3, padding=1), Layer("pool", 3, 2, 0), conv(6), conv(1), conv(1))

CROPS = {"fcn32s": [19], "fcn16s": [5, 27], "fcn8s": [5, 9, 31]}

# image, conv1, pool1 ... pool5, score_fr, FCN-32s's upscore, upscore2, upscore16, upscore_pool4, upscore8
SIZES = [
    (1, 199, 100, 50, 25, 13, 7, 1, 64, 4, 80, 10, 88),
    (32, 230, 115, 58, 29, 15, 8, 2, 96, 6, 112, 14, 120),
    (64, 262, 131, 66, 33, 17, 9, 3, 128, 8, 144, 18, 152),
    (224, 422, 211, 106, 53, 27, 14, 8, 288, 18, 304, 38, 312),
    (256, 454, 227, 114, 57, 29, 15, 9, 320, 20, 336, 42, 344),
    (375, 573, 287, 144, 72, 36, 18, 12, 416, 26, 432, 54, 440),
    (500, 698, 349, 175, 88, 44, 22, 16, 544, 34, 560, 70, 568),
]


@pytest.mark.parametrize("layer", [conv(3, 1, 1), conv(11, 4, 100), conv(7), conv(4, 2, 1), Layer("pool", 2, 2, 0)])
def test_a_layers_map_takes_the_centre_of_a_window_to_its_unit(layer):
    for unit in range(5):
        first = unit * layer.stride - layer.padding
        centre = Fraction(first + first + layer.kernel_size - 1, 2)
        assert layer.map(centre) == unit


@pytest.mark.parametrize("k, s, p", [(4, 2, 0), (64, 32, 16), (3, 1, 1), (63, 32, 0)])
def test_a_transposed_convolutions_map_is_the_convolutions_inverse(k, s, p):
    assert Layer("deconv", k, s, p).map == Layer("conv", k, s, p).map.inverse()


def test_a_map_then_its_inverse_is_the_identity():
    through = map_of(vgg_ladders()["fcn8s"].deep)
    assert through.then(through.inverse()) == IDENTITY == through.inverse().then(through)


@pytest.mark.parametrize("n", range(1, 40))
def test_the_length_of_a_convolution_is_its_number_of_windows(n):
    for k, s, p in [(3, 1, 1), (3, 2, 0), (7, 1, 0), (5, 3, 2)]:
        starts = [i for i in range(-p, n + p - k + 1) if (i + p) % s == 0]
        assert conv(k, s, p).length(n) == len(starts)


@pytest.mark.parametrize("name", CROPS)
def test_the_papers_crops_follow_from_the_layers(name):
    assert vgg_ladders()[name].offsets == CROPS[name]


@pytest.mark.parametrize("padding", [97, 100, 131])
def test_only_the_last_crop_depends_on_the_first_padding(padding):
    last = [ladder.offsets for ladder in vgg_ladders(padding).values()]
    assert last == [[padding - 81], [5, padding - 73], [5, 9, padding - 69]]


def test_caffenets_crop_is_18_with_a_kernel_of_63_and_no_whole_number_with_64():
    assert Ladder(CAFFENET, (), (Layer("deconv", 63, 32, 0),)).offsets == [18]
    with pytest.raises(ValueError, match="37/2 units apart"):
        Ladder(CAFFENET, (), (deconv(32),)).slack(500)


@pytest.mark.parametrize("row", SIZES, ids=lambda row: str(row[0]))
def test_sizes_of_every_map(row):
    n, stages, ladder = row[0], vgg_stages(), vgg_ladders()["fcn8s"]
    deep = ladder.deep
    paths = [
        stages[0][:1], *stages, deep, (*deep, deconv(32)), (*deep, deconv(2)), (*deep, deconv(2), deconv(16)),
        (*deep, deconv(2), deconv(2)), (*deep, deconv(2), deconv(2), deconv(8)),
    ]
    assert tuple(length_after(path, n) for path in paths) == row[1:]


@pytest.mark.parametrize("name", CROPS)
def test_pad_100_serves_every_size_to_600(name):
    ladder = vgg_ladders()[name]
    for n in range(1, 601):
        assert min(ladder.slack(n)) >= 0, f"crops of {name} do not fit an image of {n} pixels"


def test_pad_100_leaves_at_least_19_27_and_31_rows_over():
    slack = {name: [ladder.slack(n)[-1] for n in range(1, 601)] for name, ladder in vgg_ladders().items()}
    assert {name: (min(s), max(s)) for name, s in slack.items()} == {
        "fcn32s": (19, 50), "fcn16s": (27, 58), "fcn8s": (31, 62)
    }


@pytest.mark.parametrize("name", CROPS)
def test_97_is_the_least_padding_for_one_pixel(name):
    """Below it pool5 has 6 units, and fc6, which is 7 wide, does not fit."""
    assert min(vgg_ladders(97)[name].slack(1)) >= 0
    assert min(vgg_ladders(96)[name].slack(1)) < 0
    assert length_after(vgg_stages(96)[4], 1) == 6


@pytest.mark.parametrize("name, failures", [("fcn32s", 760), ("fcn16s", 269), ("fcn8s", 25)])
def test_pooling_that_rounds_down_fails(name, failures):
    """25 sizes have no fc6 at all; of FCN-32s's and 16s's others, many leave the image's last pixels without scores."""
    ladder = vgg_ladders(pool="conv")[name]
    assert sum(min(ladder.slack(n)) < 0 for n in range(1, 2001)) == failures


def test_without_padding_vgg_needs_193_pixels_and_a_negative_crop():
    ladder = vgg_ladders(1)["fcn32s"]
    assert length_after(ladder.deep, 192) == 0 and length_after(ladder.deep, 193) == 1
    with pytest.raises(ValueError, match="offset is -80"):
        ladder.slack(500)


def test_receptive_fields():
    _, _, pool3, pool4, pool5 = vgg_stages()
    fields = [receptive_field(path) for path in (pool3, pool4, pool5, vgg_ladders()["fcn32s"].deep, CAFFENET)]
    assert [(f.size, f.stride) for f in fields] == [(44, 8), (100, 16), (212, 32), (404, 32), (355, 32)]
    assert [float(f.centre) for f in fields[:4]] == [-95.5, -91.5, -83.5, 12.5]


def test_maps_of_different_strides_cannot_be_cropped():
    with pytest.raises(ValueError, match="ratio of 1/2, expected 1"):
        crop_offset(conv(3, 2, 1).map, IDENTITY)


def test_an_image_that_does_not_fit_is_told_with_the_padding():
    with pytest.raises(ValueError, match="fcn8s: an image side of 1 pixels .* first_padding=90 .* use a larger"):
        vgg_ladders(90)["fcn8s"].check(1, "fcn8s")
