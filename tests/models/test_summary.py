"""Networks in numbers: published counts, and sizes and receptive fields that are those of the net when it runs."""

import contextlib
import itertools
import math

import numpy as np
import pytest

import minifcn
from minifcn import nn, plot
from minifcn.models import FCN8s, SmallVGG, build_classifier
from minifcn.models.catalogue import Zeros, build, kinds
from minifcn.models.crops import fit_image
from minifcn.models.receptive_field import ReceptiveField
from minifcn.models.summary import (
    coarsest_field,
    count_multiply_adds,
    count_parameters,
    fields_of,
    kind_of,
    parts,
    stage_fields,
    summary,
)
from minifcn.models.unet import UNet

from .narrow_networks import untouched, with_window_1
from .test_classifiers import PARAMETERS

NAMES = [name for names in kinds().values() for name in names]
GIGA = {  # multiply-adds of one image of 224 x 224 pixels, as torchvision gives them with its weights
    "vgg11": 7.61, "vgg13": 11.31, "vgg16": 15.47, "vgg19": 19.63, "resnet18": 1.81, "resnet34": 3.66, "resnet50": 4.09,
    "squeezenet": 0.35, "alexnet-owt": 0.71, "googlenet-bn": 1.50, "resnet101": 7.80, "resnet152": 11.51,
}


def classifier(name):
    return build_classifier(name, generator=Zeros())


def small_net():
    return FCN8s(SmallVGG(), 5)


@pytest.mark.parametrize("name", GIGA)
def test_multiply_adds_are_the_published_ones(name):
    assert round(count_multiply_adds(classifier(name)) / 1e9, 2) == GIGA[name]


def test_caffes_alexnet_has_724_million_multiply_adds():
    assert round(count_multiply_adds(classifier("alexnet"), 227) / 1e6) == 724


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_have_all_parameters(name):
    net = untouched(name)
    assert sum(row.parameters for row in summary(net)) == count_parameters(net)


@pytest.mark.parametrize("name", PARAMETERS)
def test_classifiers_of_the_catalogue_have_the_published_parameters(name):
    assert count_parameters(build(f"{name}-classifier", backbone="paper", generator=Zeros())) == PARAMETERS[name]


@pytest.mark.parametrize("layer, expected", [
    (nn.Conv2d(4, 6, 3, 2, 1, groups=2), (6 * 5 * 5) * (2 * 9)),
    (nn.ConvTranspose2d(4, 6, 4, 2, 1, groups=2), (4 * 9 * 9) * (3 * 16)),
])
def test_multiply_adds_of_a_convolution_are_windows_times_products(layer, expected):
    net = nn.Sequential(nn.Conv2d(3, 4, 1), layer)
    assert count_multiply_adds(net, 9) == 9 * 9 * 4 * 3 + expected


@pytest.mark.parametrize("size", [64, 45, 1])
def test_sizes_and_fields_are_those_of_the_maps(size):
    net = small_net()
    with minifcn.no_grad():
        x = minifcn.tensor(np.zeros((1, 3, size, size), np.float32))
        maps = net.eval().backbone(fit_image(x, net.ladder, "aligned", net.name()))
    rows = {row.name: row for row in summary(net, size)}
    for stage, field in stage_fields(net).items():
        row = rows["backbone.fc7" if stage == "head" else f"backbone.{stage}"]
        assert row.shape == maps[stage].shape[1:] and row.field == field
    assert rows["score_fr"].field == rows["backbone.fc7"].field and rows["upscore2"].field is None


def test_the_net_is_left_as_it_was():
    net = small_net().train()
    before = net.state_dict()
    summary(net, 32)
    assert net.training and net.backbone.bn1_1.training
    assert not any("forward" in vars(module) for module in net.modules())
    assert all(np.array_equal(before[name], array) for name, array in net.state_dict().items())


def test_the_net_is_left_as_it_was_after_a_size_that_it_does_not_take():
    net = UNet(2, widths=(2, 3))
    with pytest.raises(ValueError, match="a side of 5 pixels is odd"):
        summary(net, 5)
    assert not any("forward" in vars(module) for module in net.modules())


# Receptive fields -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, size, stride", [
    ("unet", 140, 16), ("hypercolumn", 404, 32), ("fcn8s", 404, 32), ("deeplab-largefov", 404, 8),
    ("deeplab-aspp", 596, 8), ("deeplab-v3", math.inf, 8), ("pspnet", math.inf, 8), ("vgg16-classifier", 212, 32),
])
def test_the_receptive_field_of_the_coarsest_map_is_that_of_the_heads_widest_branch(name, size, stride):
    field = coarsest_field(build(name, backbone="paper", generator=Zeros()))
    assert (field.size, field.stride) == (size, stride)


def test_the_branches_of_aspp_have_fields_of_their_own():
    fields = stage_fields(build("deeplab-aspp", backbone="paper", generator=Zeros()))
    assert [fields[f"branches.{i}"].size for i in range(4)] == [308, 404, 500, 596]


def light_through(net, monkeypatch):
    """The net, made to let light through: where a window sees some, a convolution gives 1, elsewhere 0."""
    forward = nn.Conv2d.forward
    monkeypatch.setattr(nn.Conv2d, "forward", lambda self, x: minifcn.tensor(1.0 * (forward(self, x).numpy() > 1e-6)))
    for name, parameter in net.to("float64").eval().named_parameters():
        parameter.data[...] = 0.0 if name.endswith("bias") else 1.0
    return net


def output_of(part, net, x):
    """What `part` gives when `net` is called, which need not get to its end: full connections want another size."""
    found, forward = [], part.forward

    def forward_and_keep(x, *others):
        found.append(forward(x, *others))
        return found[0]

    part.forward = forward_and_keep
    with minifcn.no_grad(), contextlib.suppress(ValueError):
        net(minifcn.tensor(x))
    del part.forward
    return found[0].numpy()


def seen(net, part, field, height):
    """Whether a unit of `part` sees the columns left of its field, the first and the last in it, and those right of it.

    An image for each answer, in which only these columns are lit.
    """
    whole = field.size == math.inf
    n = 301 if whole else field.size + 4 * field.stride
    unit = (n / 2 - float(field.centre)) // field.stride
    first = 0 if whole else float(field.centre) + unit * field.stride - (field.size - 1) / 2
    last = n - 1 if whole else first + field.size - 1
    assert first == int(first) and 0 <= first <= last < n
    lit = np.zeros((4, 3, height, n))
    for image, columns in zip(lit, (slice(int(first)), int(first), int(last), slice(int(last) + 1, n))):
        image[:, :, columns] = 1
    y = output_of(part, net, lit)
    y = y[:, :, :, min(int(unit), y.shape[3] - 1)]  # a mean over the image has one unit
    return (y != 0).any(axis=(1, 2)).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_the_receptive_fields_are_those_that_are_measured(name, monkeypatch):
    """Of the coarsest map, and of every map of a head."""
    with_window_1(monkeypatch)
    net = light_through(untouched(name), monkeypatch)
    fields, coarsest = fields_of(net), coarsest_field(net)
    tested = [part for part, field in fields.items() if field == coarsest][:1]
    if hasattr(net, "backbone"):
        tested += [part for key, part in parts(net) if part in fields and not key.startswith("backbone.")]
    for part in tested:
        assert seen(net, part, fields[part], 230 if "classifier" in name else 8) == [False, True, True, False]


def test_another_backbone():
    assert type(build("pspnet", backbone="resnet18", generator=Zeros()).backbone).__name__ == "ResNet18"


def test_stages_of_a_net_without_a_backbone_are_its_strides_or_those_that_are_asked_for():
    net = classifier("resnet18")
    assert list(stage_fields(net)) == ["bn1", "layer1", "layer2", "layer3", "layer4"]
    fields = stage_fields(classifier("vgg16"), ("pool1", "pool5", "head"))
    assert {name: field.size for name, field in fields.items()} == {"pool1": 6, "pool5": 212}


@pytest.mark.parametrize("layer, text", [
    (nn.Conv2d(4, 4, 3, padding=1), "Conv2d 3x3"),
    (nn.Conv2d(4, 4, 3), "Conv2d 3x3, pad 0"),
    (nn.Conv2d(4, 4, 3, padding=12, dilation=12), "Conv2d 3x3, dilation 12"),
    (nn.Conv2d(4, 4, 7, 2, 3, groups=2), "Conv2d 7x7 /2, groups 2"),
    (nn.ConvTranspose2d(4, 4, 4, 2, 1), "ConvTranspose2d 4x4 /2"),
    (nn.ConvTranspose2d(4, 4, 4, 2), "ConvTranspose2d 4x4 /2, pad 0"),
    (nn.MaxPool2d(2, 2), "MaxPool2d 2x2 /2"),
    (nn.ReLU(), "ReLU"),
])
def test_the_window_of_a_layer_is_told(layer, text):
    assert kind_of(layer) == text


def test_the_stride_and_dilation_of_a_block_are_told():
    found = {row.name: row.kind for row in summary(build("pspnet", backbone="resnet18", generator=Zeros()))}
    names = ("layer1.0", "layer2.0", "layer4.1")
    assert [found[f"backbone.{name}"] for name in names] == ["BasicBlock", "BasicBlock /2", "BasicBlock, dilation 4"]


def test_layers_come_in_the_order_in_which_they_are_called():
    names = [row.name for row in summary(build("attention-unet", generator=Zeros()), 32)]
    assert names.index("down5.conv2") < names.index("gate4.psi") < names.index("up4.enlarge") < names.index("gate3.psi")
    assert names[-1] == "score"


# The picture ----------------------------------------------------------------------------------------------------------


def test_the_picture_has_a_frame_to_scale_for_each_stage():
    fields = stage_fields(small_net())
    axes = plot.receptive_fields(fields, 100).axes[0]
    image, *frames = axes.patches
    assert image.get_width() == 100
    assert [frame.get_width() for frame in frames] == [field.size for field in fields.values()]
    for frame, field in zip(frames, fields.values()):
        unit = (frame.get_x() + field.size / 2 - float(field.centre)) / field.stride
        assert unit == round(unit)
    assert abs(frames[-1].get_x() + field.size / 2 - 49.5) <= field.stride / 2


@pytest.mark.parametrize("size", [31, 224, 227, 500])
@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet18", "googlenet", "squeezenet", "unet", "deeplab-aspp"])
def test_the_frames_of_a_net_lie_in_each_other(name, size):
    fields = stage_fields(build(name, backbone="paper", generator=Zeros()))
    _, *frames = plot.receptive_fields(fields, size).axes[0].patches
    middles = [frame.get_x() + frame.get_width() / 2 for frame in frames]
    for middle, field in zip(middles, fields.values()):
        assert abs(middle - middles[-1]) <= field.stride / 2
    for inner, outer in itertools.pairwise(frames):
        assert outer.get_x() < inner.get_x() and inner.get_x() + inner.get_width() < outer.get_x() + outer.get_width()


def test_a_field_without_end_is_the_frame_of_the_image():
    figure = plot.receptive_fields({"pool1": ReceptiveField(6, 2, 0.5), "scores": ReceptiveField(math.inf, 8, 0.5)}, 40)
    image, _, whole = figure.axes[0].patches
    assert whole.get_bbox().bounds == image.get_bbox().bounds
    assert whole.get_label() == "scores: the whole image"


def test_nothing_of_the_picture_is_clipped():
    figure = plot.receptive_fields(stage_fields(small_net()), 224, "small")
    figure.canvas.draw()
    drawn, (width, height) = figure.get_tightbbox(figure.canvas.get_renderer()), figure.get_size_inches()
    assert max(-drawn.x0, -drawn.y0, drawn.x1 - width, drawn.y1 - height) < 0.01
