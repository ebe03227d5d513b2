"""Networks in numbers: published counts, and sizes and fields that are those of the net when it runs."""

import numpy as np
import pytest

import minifcn
from minifcn import nn, plot
from minifcn.models import FCN8s, SmallVGG, build_classifier
from minifcn.models.catalogue import NAMES, Zeros, make
from minifcn.models.summary import coarsest_field, count_multiply_adds, count_parameters, stage_fields, summary
from minifcn.models.unet import UNet

from .test_classifiers import PARAMETERS

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
    net = make(name, generator=Zeros())
    assert sum(row.parameters for row in summary(net)) == count_parameters(net)


@pytest.mark.parametrize("name", PARAMETERS)
def test_classifiers_of_the_catalogue_have_the_published_parameters(name):
    assert count_parameters(make(f"{name}-classifier", generator=Zeros())) == PARAMETERS[name]


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
        maps = net.eval().results(minifcn.tensor(np.zeros((1, 3, size, size), np.float32)))
    rows = {row.name: row for row in summary(net, size)}
    for stage, field in stage_fields(net).items():
        row = rows["backbone.fc7" if stage == "head" else f"backbone.{stage}"]
        assert row.shape == maps[stage].shape[1:] and row.field == field
    assert rows["score_fr"].field is None


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


def test_the_bottom_of_a_unet_sees_140_pixels_and_a_dilated_backbone_has_stride_8():
    assert coarsest_field(make("unet", generator=Zeros())).size == 140
    field = coarsest_field(make("deeplab-v3", generator=Zeros()))
    assert (field.size, field.stride) == (427, 8)


def test_another_backbone():
    assert type(make("pspnet", "resnet18", Zeros()).backbone).__name__ == "ResNet18"


def test_stages_of_a_net_without_a_backbone_are_its_strides():
    fields = stage_fields(classifier("resnet18"))
    assert list(fields) == ["relu1", "layer1.1", "layer2.1", "layer3.1", "layer4.1"]


def test_the_picture_has_a_frame_to_scale_for_each_stage():
    fields = stage_fields(small_net())
    axes = plot.receptive_fields(fields, 100).axes[0]
    image, *frames = axes.patches
    assert image.get_width() == 100
    assert [frame.get_width() for frame in frames] == [field.size for field in fields.values()]
    for frame, field in zip(frames, fields.values()):
        unit = (frame.get_x() + field.size / 2 - float(field.centre)) / field.stride
        assert unit == round(unit) and abs(frame.get_x() + field.size / 2 - 49.5) <= field.stride / 2


def test_nothing_of_the_picture_is_clipped():
    figure = plot.receptive_fields(stage_fields(small_net()), 224, "small")
    figure.canvas.draw()
    drawn, (width, height) = figure.get_tightbbox(figure.canvas.get_renderer()), figure.get_size_inches()
    assert max(-drawn.x0, -drawn.y0, drawn.x1 - width, drawn.y1 - height) < 0.01
