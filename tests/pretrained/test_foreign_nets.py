"""Whole nets of others, narrow, written to files and read back: this library's nets then give what theirs give.

Torchvision's nets are written by torch.save under torchvision's names; Caffe's ResNet by the writer of protobuf.py.
"""

import copy

import numpy as np
import pytest

import minifcn
from minifcn.models import build_classifier
from minifcn.pretrained import load_pretrained, read_weights, source_of, translate
from minifcn.pretrained.names import NAMES_OF, WINDOWS

from .protobuf import blob, caffemodel

torch = pytest.importorskip("torch")
T = torch.nn.functional

NARROW = {"widths": (4, 5, 4, 6, 3), "head": 8}
NETS = {
    "alexnet-owt": NARROW, "vgg11": NARROW, "vgg11 with batch norm": NARROW | {"batch_norm": True},
    "googlenet-bn": {"width": 0.1}, "resnet50": {"width": 0.05}, "resnet101": {"width": 0.05},
}  # fmt: skip


def narrow(net, classes=5, seed=0, **options):
    """A narrow classifier in float64 and evaluation, with biases and statistics that are not those of the start."""
    rng = np.random.default_rng(seed)
    net = build_classifier(net, classes, generator=rng, **options).to("float64").eval()
    for key, tensor in (*net.named_parameters(), *net.named_buffers()):
        if tensor.ndim == 1:
            tensor.data[...] = rng.uniform(0.5, 2, tensor.shape) * (1 if "var" in key or "bn" in key else 0.1)
    return net


def image(side, seed=1):
    return np.random.default_rng(seed).standard_normal((1, 3, side, side))


def scores(net, x):
    with minifcn.no_grad():
        return net(minifcn.tensor(x)).numpy()


@pytest.fixture
def any_width(monkeypatch):
    """Full connections may be narrower than the published ones, which the tables hold."""
    for net in WINDOWS:
        monkeypatch.setitem(WINDOWS, net, {})


# Torchvision's .pth ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_a_pth_under_torchvisions_names_gives_the_torch_nets_scores(tmp_path, name, any_width):
    from models.torch_classifiers import TWINS

    net, options = name.split()[0], NETS[name]
    ours = narrow(net, **options)
    twin = TWINS[net](ours).double().eval()
    twin.load_state_dict({key: torch.from_numpy(array) for key, array in ours.state_dict().items()})
    source = NAMES_OF[net][2 if "batch_norm" in options else 0]
    theirs = {ours: theirs for theirs, ours in source.layers.items()}
    state = {f"{theirs[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
             for key, value in twin.state_dict().items()}
    torch.save(state, tmp_path / "x.pth")

    arrays = read_weights(tmp_path / "x.pth")
    assert source_of(arrays, net) is source
    other, x = narrow(net, seed=7, **options), image(224 if "head" in options else 70)
    load_pretrained(other, translate(arrays, net))
    with torch.no_grad():
        expected = twin(torch.from_numpy(x)).numpy()
    assert np.ptp(expected) > 1e-6
    np.testing.assert_allclose(scores(other, x), expected, rtol=1e-9, atol=1e-9 * np.ptp(expected))


# Caffe's ResNet -------------------------------------------------------------------------------------------------------


def caffe_arrays(net, rng, with_bias):
    """The blobs of a narrow ResNet as its authors' files hold them; conv1's channels are BGR, and so is the image."""
    state = {key: array for key, array in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    arrays = {}
    for theirs, ours in next(iter(NAMES_OF["resnet50-caffe"])).layers.items():
        if theirs.startswith("bn"):
            factor = rng.uniform(100, 1000)
            arrays[f"{theirs}.weight"] = state[f"{ours}.running_mean"] * factor
            arrays[f"{theirs}.bias"] = state[f"{ours}.running_var"] * factor
            arrays[f"{theirs}.blob2"] = np.array([factor])
            continue
        arrays[f"{theirs}.weight"] = state[f"{ours}.weight"]
        if f"{ours}.bias" in state:
            arrays[f"{theirs}.bias"] = state[f"{ours}.bias"]
        if theirs == "conv1" and with_bias:
            arrays["conv1.bias"] = rng.standard_normal(len(state["conv1.weight"]))
    return arrays


def caffe_resnet50(arrays, x):
    """He's ResNet-50 in evaluation, layer by layer as its prototxt has them: the scores of BGR images x (N, 3, H, W)."""
    arrays = {key: torch.from_numpy(array) for key, array in arrays.items()}

    def conv(name, x, stride=1, padding=0):
        x = T.conv2d(x, arrays[f"{name}.weight"], arrays.get(f"{name}.bias"), stride, padding)
        name = name.removeprefix("res") if name != "conv1" else "_conv1"
        factor = 1 / arrays[f"bn{name}.blob2"]
        mean, variance = arrays[f"bn{name}.weight"] * factor, arrays[f"bn{name}.bias"] * factor
        x = (x - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
        return x * arrays[f"scale{name}.weight"][:, None, None] + arrays[f"scale{name}.bias"][:, None, None]

    x = T.max_pool2d(conv("conv1", x, 2, 3).relu(), 3, 2, ceil_mode=True)
    for stage, letters in ((2, "abc"), (3, "abcd"), (4, "abcdef"), (5, "abc")):
        for letter in letters:
            name, stride = f"res{stage}{letter}", 2 if letter == "a" and stage > 2 else 1
            shortcut = conv(f"{name}_branch1", x, stride) if letter == "a" else x
            x = conv(f"{name}_branch2a", x, stride).relu()
            x = conv(f"{name}_branch2b", x, 1, 1).relu()
            x = (conv(f"{name}_branch2c", x) + shortcut).relu()
    return T.linear(x.mean((2, 3)), arrays["fc1000.weight"], arrays["fc1000.bias"])


@pytest.mark.parametrize("with_bias", [True, False])
def test_a_caffemodel_of_resnet50_gives_the_scores_of_caffes_net(tmp_path, with_bias, any_width):
    arrays = caffe_arrays(narrow("resnet50-caffe", width=0.06), np.random.default_rng(3), with_bias)
    (tmp_path / "x").write_bytes(caffemodel(arrays, write_blob=lambda array: blob(array, "double")))
    net, rgb = narrow("resnet50-caffe", seed=7, width=0.06), image(95)
    load_pretrained(net, translate(read_weights(tmp_path / "x"), "resnet50-caffe"))
    expected = caffe_resnet50(arrays, torch.from_numpy(rgb[:, ::-1].copy())).numpy()
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(scores(net, rgb), expected, rtol=1e-9, atol=1e-9 * np.ptp(expected))


def test_torchvisions_resnet50_of_the_same_weights_gives_other_scores(any_width):
    """The two nets have equal layers, and strides in other places: so their weights are not exchanged in silence."""
    caffe, torchvisions, x = narrow("resnet50-caffe", width=0.06), narrow("resnet50", width=0.06), image(95)
    torchvisions.load_state_dict(caffe.state_dict())
    assert abs(scores(caffe, x) - scores(torchvisions, x)).max() > 1e-3 * np.ptp(scores(caffe, x))


def test_a_batch_norm_divided_by_zero_has_statistics_of_zero(any_width):
    arrays = caffe_arrays(narrow("resnet50-caffe", width=0.05), np.random.default_rng(3), True)
    arrays["bn3a_branch1.blob2"] = np.zeros(1)
    found = translate(arrays, "resnet50-caffe")
    assert not found["layer2.0.downsample.1.running_mean"].any() and not found["layer2.0.downsample.1.running_var"].any()


@pytest.mark.parametrize("change", [{"bn4c_branch2b.blob2": None}, {"bn4c_branch2b.blob2": np.ones(3)}])
def test_a_batch_norm_with_other_blobs_is_named(change, any_width):
    arrays = caffe_arrays(narrow("resnet50-caffe", width=0.05), np.random.default_rng(3), True) | change
    with pytest.raises(ValueError, match="the BatchNorm layer bn4c_branch2b has the blobs weight, bias.*expected its mean"):
        translate({key: array for key, array in arrays.items() if array is not None}, "resnet50-caffe")


def test_the_arrays_given_are_not_written(any_width):
    arrays = caffe_arrays(narrow("resnet50-caffe", width=0.05), np.random.default_rng(3), True)
    before = copy.deepcopy(arrays)
    translate(arrays, "resnet50-caffe")
    assert list(before) == list(arrays) and all(np.array_equal(before[key], arrays[key]) for key in arrays)


# Scales ---------------------------------------------------------------------------------------------------------------


def test_torchvisions_googlenet_takes_rgb_from_minus_1_to_1():
    """Its transform_input makes that of torchvision's usual scale, (rgb - mean) / std."""
    rgb = np.random.default_rng(0).random((5, 3))
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    transformed = (rgb - mean) / std * (std / 0.5) + (mean - 0.5) / 0.5
    scale = NAMES_OF["googlenet-bn"][0].scale
    np.testing.assert_allclose((rgb - scale["mean"]) / scale["std"], transformed, rtol=1e-12, atol=1e-12)


def test_caffes_resnet_takes_rgb_minus_its_mean():
    scale = NAMES_OF["resnet50-caffe"][0].scale
    rgb = np.random.default_rng(0).integers(0, 256, (5, 3))
    expected = rgb - [123.151631, 115.902883, 103.062624]
    np.testing.assert_allclose((rgb / 255 - scale["mean"]) / scale["std"], expected, rtol=1e-12)
