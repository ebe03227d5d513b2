"""The backbones: their layers' names, their sizes, their stages."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.models import BACKBONES, VGG11, VGG16, SmallVGG
from minifcn.models.backbone import layers_of
from minifcn.models.receptive_field import Layer, length_after, receptive_field


def image(height, width, n=1):
    return minifcn.tensor(np.random.default_rng(0).standard_normal((n, 3, height, width)).astype(np.float32))


def narrow_vgg16(geometry="aligned"):
    return VGG16(geometry, widths=(2, 3, 4, 5, 6), head=7)


def trainable(module):
    return sum(p.size for p in module.parameters() if p.requires_grad)


@pytest.fixture
def unfilled(monkeypatch):
    """Weights are neither drawn nor written, so that VGG16 takes no time and no memory."""
    for name in ("uniform_", "kaiming_uniform_", "kaiming_normal_", "zeros_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *args, **options: tensor)


def test_vgg16_has_the_papers_parameters(unfilled):
    backbone = VGG16()
    convolutions = [getattr(backbone, f"conv{s}_{i}") for s, d in enumerate((2, 2, 3, 3, 3), 1) for i in range(1, d + 1)]
    assert sum(map(trainable, convolutions)) == 14_714_688
    assert trainable(backbone.fc6) == 102_764_544
    assert trainable(backbone.fc7) == 16_781_312


def test_vgg16s_names_are_the_papers():
    names = [name for name, _ in narrow_vgg16().named_children()]
    assert [name for name in names if name.startswith(("conv", "pool", "fc"))] == [
        "conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "conv3_1", "conv3_2", "conv3_3", "pool3",
        "conv4_1", "conv4_2", "conv4_3", "pool4", "conv5_1", "conv5_2", "conv5_3", "pool5", "fc6", "fc7",
    ]
    assert names[-4:] == ["drop6", "fc7", "relu7", "drop7"]


def test_state_dict_has_every_layers_weight_and_bias():
    state = narrow_vgg16().state_dict()
    assert len(state) == 2 * 15
    assert state["conv1_1.weight"].shape == (2, 3, 3, 3) and state["fc6.weight"].shape == (7, 6, 7, 7)


def test_caffe_pads_the_first_layer_by_100_and_fc6_by_nothing():
    aligned, caffe = narrow_vgg16(), narrow_vgg16("caffe")
    assert (aligned.conv1_1.padding, aligned.conv1_2.padding, aligned.fc6.padding) == ((1, 1), (1, 1), (3, 3))
    assert (caffe.conv1_1.padding, caffe.conv1_2.padding, caffe.fc6.padding) == ((100, 100), (1, 1), (0, 0))


def test_layers_to_are_the_very_layers():
    backbone = narrow_vgg16("caffe")
    assert backbone.layers_to("pool3") == backbone.layers_to("head")[:10]
    assert backbone.layers_to("head")[0] == Layer("conv", 3, 1, 100)
    assert backbone.layers_to("pool4")[-1] == Layer("pool", 2, 2, 0)
    assert [receptive_field(backbone.layers_to(r)).size for r in ("pool3", "pool4", "head")] == [44, 100, 404]


NARROW = {
    "small": {"widths": (2, 3, 4, 5, 6), "head": 7}, "vgg16": {"widths": (2, 3, 4, 5, 6), "head": 7},
    "alexnet": {"widths": (2, 4, 2, 4, 6), "head": 7}, "googlenet": {"width": 0.05}, "squeezenet": {"width": 0.05},
    "resnet18": {"width": 0.05}, "resnet50": {"width": 0.05}, "resnet50-caffe": {"width": 0.05},
    "alexnet-owt": {"widths": (2, 3, 2, 5, 6), "head": 7}, "googlenet-bn": {"width": 0.05},
}  # fmt: skip


@pytest.mark.parametrize("backbone", NARROW)
@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
@pytest.mark.parametrize("size", [(32, 64), (45, 33), (1, 7)])
def test_every_stage_has_the_predicted_size_and_channels(backbone, geometry, size):
    backbone = BACKBONES[backbone](geometry, **NARROW[backbone])
    with minifcn.no_grad():
        results = backbone.eval()(image(*size))
    assert tuple(results) == backbone.stages == tuple(backbone.channels)
    for stage, result in results.items():
        sizes = tuple(length_after(backbone.layers_to(stage), n) for n in size)
        assert result.shape == (1, backbone.channels[stage], *sizes), stage


@pytest.mark.parametrize("backbone", NARROW)
def test_skips_are_one_and_two_halvings_finer_than_the_last_stage(backbone):
    backbone = BACKBONES[backbone](**NARROW[backbone])
    last = backbone.stride(backbone.last)
    assert [backbone.stride(backbone.skips[s]) for s in (16, 8)] == [last // 2, last // 4]


@pytest.mark.parametrize("batch_norm, state", [(False, 20), (True, 20 + 5 * 8)])
def test_vgg_keeps_its_biases_before_batch_norm(batch_norm, state):
    backbone = VGG11(widths=(2, 3, 4, 5, 6), head=7, batch_norm=batch_norm)
    assert len(backbone.state_dict()) == state and backbone.conv1_1.bias is not None


def test_without_a_head_pool5_is_the_last_stage():
    backbone = VGG16(widths=(2, 3, 4, 5, 6), head=None)
    assert backbone.last == "pool5" and list(backbone.named_children())[-1][0] == "pool5"


def test_a_dilated_kernel_counts_the_pixels_that_it_spans():
    hole, up, pool = nn.Conv2d(1, 1, 3, 1, 2, 2), nn.ConvTranspose2d(1, 1, 4, 2, 1), nn.MaxPool2d(3, 2, ceil_mode=True)
    found = layers_of([hole, nn.ReLU(), up, pool])
    assert found == (Layer("conv", 5, 1, 2), Layer("deconv", 4, 2, 1), Layer("pool", 3, 2, 0))


def test_windows_that_are_not_square_are_refused():
    with pytest.raises(ValueError, match="differs between height and width; expected square windows"):
        layers_of([nn.Conv2d(1, 1, (3, 5))])


def test_aligned_units_sit_over_the_centres_of_their_pixels():
    centres = [receptive_field(SmallVGG().layers_to(name)).centre for name in ("pool3", "pool4", "head")]
    assert centres == [3.5, 7.5, 15.5]


def test_he_start_keeps_the_scale_of_the_values():
    backbone = VGG16(widths=(32, 32, 32, 32, 32), head=64, dropout=0.0, generator=np.random.default_rng(0))
    with minifcn.no_grad():
        result = backbone(image(64, 64))["head"].numpy()
    assert 0.1 < result.std() < 10


def test_the_same_generator_gives_the_same_weights():
    first, second = (SmallVGG(generator=np.random.default_rng(3)).state_dict() for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("options, message", [
    ({"geometry": "centred"}, "VGG: geometry is 'centred', expected one of aligned, caffe"),
    ({"first_padding": 50}, "first_padding is 50, but the geometry 'aligned' needs 1"),
    ({"widths": (8, 8)}, "widths has 2 numbers, expected 5"),
    ({"head_kernel": 4}, "head_kernel is 4, expected an odd number"),
])
def test_wrong_options_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        SmallVGG(**options)
