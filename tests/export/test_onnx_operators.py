"""Each operation against onnxruntime, and what is refused: then nothing is written."""

import numpy as np
import pytest

from minifcn import functional as F
from minifcn import nn
from minifcn.kernels.geometry import pool_geometry
from minifcn.models.crops import crop
from minifcn.models.unet import UNet
from minifcn.tensor import tensor

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from minifcn import extras
from minifcn.export import export_onnx, onnx_file, operators, trace
from minifcn.export.onnx_file import largest_difference
from minifcn.functional.conv_pool import conv2d_relu_max_pool2d
from minifcn.functional.elementwise import Relu
from minifcn.functional.resize import interpolate_at

RNG = np.random.default_rng(0)


def weight(*shape):
    return tensor(RNG.standard_normal(shape).astype(np.float32))


class Net(nn.Module):
    """A network that is one function of its image, which has two channels."""

    def __init__(self, function):
        self.function, self.weight = function, nn.Parameter(np.array([[2.0, -1.0], [0.5, 3.0]], np.float32))

    def forward(self, x):
        return self.function(x)


class WithBatchNorm(nn.Module):
    def __init__(self, affine, layer=nn.BatchNorm2d):
        self.bn = layer(2, affine=affine)
        self.bn.running_mean.data[:], self.bn.running_var.data[:] = (1, -2), (0.3, 4)

    def forward(self, x):
        return self.bn(x)


def beyond_edges(x, rows, columns):
    return interpolate_at(x, (np.arange(rows) + 3) / 2, (np.arange(columns) - 1) / 2)


HALVES = pool_geometry(2, ceil_mode=True)
OPERATIONS = {
    "conv2d": lambda x: F.conv2d(x, weight(4, 1, 3, 2), weight(4), (2, 1), (1, 2), (1, 2), 2),
    "conv2d and ReLU": lambda x: F.conv2d(x, weight(3, 2, 3, 3), relu=True),
    "conv2d, ReLU and max_pool2d": lambda x: conv2d_relu_max_pool2d(x, weight(3, 2, 3, 3), weight(3), *[1] * 4, HALVES),
    "conv2d, residual and ReLU": lambda x: F.conv2d(x, weight(2, 2, 3, 3), padding=1, relu=True, residual=x),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, weight(2, 2, 3, 4), weight(4), (2, 3), (1, 0), (1, 2), 2),
    "conv_transpose2d, whole strides added": lambda x: F.conv_transpose2d(x, weight(2, 1, 3, 3), None, 1, 0, 1, 1, 2),
    "linear": lambda x: F.linear(x.permute(0, 2, 3, 1), weight(5, 2), weight(5)),
    "matmul": lambda x: x.permute(0, 2, 3, 1) @ weight(2, 3),
    "max_pool2d": lambda x: F.max_pool2d(x, 3, 2, 1),
    "max_pool2d, rounded up": lambda x: F.max_pool2d(x, 2, 2, ceil_mode=True),
    "max_pool2d, rounded up in padding": lambda x: F.max_pool2d(x, (2, 3), (2, 3), 1, ceil_mode=True),
    "max_pool2d, dilated": lambda x: F.max_pool2d(F.pad(x, (2, 2, 2, 2), value=-np.inf), 3, 1, 0, 2),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 3, 2, 1),
    "avg_pool2d, without its padding": lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, (3, 2)),
    "adaptive_avg_pool2d to one": lambda x: F.adaptive_avg_pool2d(x, 1),
    "interpolate, nearest": lambda x: F.interpolate(x, scale_factor=3),
    "interpolate, bilinear": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "interpolate to another map": lambda x: F.interpolate(F.max_pool2d(x, 3, 2, 1), x.shape[2:], mode="bilinear"),
    "interpolate by corners": lambda x: F.interpolate(x[:, :, 1:], x.shape[2:], mode="bilinear", align_corners=True),
    "interpolate_at, beyond both edges": lambda x: beyond_edges(F.max_pool2d(x, 2, ceil_mode=True), *x.shape[2:]),
    "local_response_norm": lambda x: F.local_response_norm(x, 3, 0.1, 0.6, 2.0),
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "sigmoid": F.sigmoid,
    "tanh": F.tanh,
    "softmax": lambda x: F.softmax(x, 1),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    "arithmetic": lambda x: -((x + 1) * 2.5 - x * x) / (abs(x) + 1) ** 1.5,
    "exp, log, sqrt": lambda x: (x.exp() + 1).log() + (x * x + 1).sqrt(),
    "sum": lambda x: x.sum(1, keepdim=True) - x,
    "mean of channels": lambda x: x - x.mean(1, keepdim=True),
    "mean of the image": lambda x: x * x.mean((2, 3), keepdim=True),
    "sum over everything": lambda x: x / (x * x).sum((2, 3), keepdim=True),
    "cat": lambda x: F.cat([x, x * 2], 1),
    "pixel_shuffle": lambda x: F.pixel_shuffle(F.cat([x, x * 2], 1), 2),
    "flatten": lambda x: x.sum(3).flatten(1),
    "padding of all kinds": lambda x: F.pad(F.pad(x, (1, 2, 3, 0), value=5.0), (-1, 0, 0, -1)),
    "padding to a multiple": lambda x: F.pad(x, (0, -x.shape[3] % 24, 0, -x.shape[2] % 7)),
    "padding to a least size": lambda x: F.pad(x, (0, max(0, 60 - x.shape[3]), 0, 0)),
    "slices": lambda x: x[:, 1:, 1:, :-2] * x[..., :1, 2:] + x[:, :1, 1:, 1:-1],
    "a crop that some sizes do not need": lambda x: crop(F.softmax(F.pad(x, (0, max(0, 60 - x.shape[3]))), 3), 0, x),
    "a crop to another map": lambda x: F.pad(x, (3, 3, 2, 2))[:, :, 1 : 1 + x.shape[2], 4 : 4 + x.shape[3]] + x,
}
VOLUME = (4, 6, 5)
OF_VOLUMES = {
    "conv3d": lambda x: F.conv3d(x, weight(4, 1, 3, 2, 1), weight(4), (2, 1, 1), (1, 2, 0), (1, 1, 2), 2),
    "conv_transpose3d": lambda x: F.conv_transpose3d(x, weight(2, 2, 3, 4, 2), weight(4), (2, 3, 1), (1, 0, 0), (1, 2, 0), 2),
    "max_pool3d": lambda x: F.max_pool3d(x, (2, 3, 2), (1, 2, 2), (1, 1, 0), ceil_mode=True),
}
SIZES = [(1, 2, 4, 4), (2, 2, 5, 72), (1, 2, 48, 31)]


def applied_once(function):
    """The function with the random weights of its first call."""
    drawn = []

    def again(x):
        state = RNG.bit_generator.state
        if drawn:
            RNG.bit_generator.state = drawn[0]
        drawn.append(state)
        return function(x)

    return again


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_same_result_in_onnxruntime(name, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "CHECKED", ())
    net = Net(applied_once(OPERATIONS[name])).eval()
    export_onnx(net, tmp_path / "net.onnx", channels=2)
    assert largest_difference(net, (tmp_path / "net.onnx").read_bytes(), SIZES) < 1e-5


@pytest.mark.parametrize("layer", [nn.BatchNorm2d, nn.BNReLU2d])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_normalises_by_its_running_statistics(affine, layer, tmp_path):
    assert export_onnx(WithBatchNorm(affine, layer), tmp_path / "net.onnx", channels=2) < 1e-6


@pytest.mark.parametrize("name", OF_VOLUMES)
def test_an_operation_on_volumes_of_one_size_has_the_same_result_in_onnxruntime(name, tmp_path):
    net = Net(applied_once(OF_VOLUMES[name])).eval()
    assert export_onnx(net, tmp_path / "net.onnx", channels=2, size=VOLUME) < 1e-5
    assert sizes_of(onnx.load(tmp_path / "net.onnx").graph.input[0]) == ["N", 2, *VOLUME]


def test_every_translation_is_tested_here():
    used = set()
    for function in OPERATIONS.values():
        for record in trace.record_several(Net(function), 2):
            used |= {type(step[0]) for step in record.steps}
    for function in OF_VOLUMES.values():
        used |= {type(step[0]) for step in trace.record(Net(function), (1, 2, *VOLUME)).steps}
    for layer in (nn.BatchNorm2d, nn.BNReLU2d):
        used |= {type(step[0]) for step in trace.record(WithBatchNorm(True, layer), (1, 2, 3, 3)).steps}
    assert operators.OPERATORS.keys() <= used


# The file ---------------------------------------------------------------------------------------------------------------


def small_net():
    return nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU()).eval()


def test_parameters_keep_their_names_and_the_metadata_is_in_the_file(tmp_path):
    net = small_net()
    export_onnx(net, tmp_path / "net.onnx", channels=2, metadata={"classes": '["도로", "sky"]'})
    model = onnx.load(tmp_path / "net.onnx")
    found = {array.name: onnx.numpy_helper.to_array(array) for array in model.graph.initializer}
    assert found.keys() == net.state_dict().keys()
    np.testing.assert_array_equal(found["0.weight"], net.state_dict()["0.weight"])
    assert {prop.key: prop.value for prop in model.metadata_props} == {"classes": '["도로", "sky"]'}


def sizes_of(value):
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def test_the_model_says_which_sizes_it_takes(tmp_path):
    export_onnx(small_net(), tmp_path / "any.onnx", channels=2)
    graph = onnx.load(tmp_path / "any.onnx").graph
    assert sizes_of(graph.input[0]) == ["N", 2, "H", "W"] and sizes_of(graph.output[0]) == ["N", 3, "H", "W"]
    export_onnx(small_net(), tmp_path / "one.onnx", channels=2, size=(6, 9))
    graph = onnx.load(tmp_path / "one.onnx").graph
    assert sizes_of(graph.input[0]) == ["N", 2, 6, 9] and sizes_of(graph.output[0]) == ["N", 3, 6, 9]


def test_softmax_makes_probabilities_of_the_scores(tmp_path):
    import onnxruntime

    net = small_net()
    assert export_onnx(net, tmp_path / "net.onnx", channels=2, softmax=True) < 1e-6
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    (result,) = session.run(["probabilities"], {"image": RNG.standard_normal((1, 2, 5, 6)).astype(np.float32)})
    np.testing.assert_allclose(result.sum(1), 1, rtol=1e-6)


def test_the_network_keeps_its_mode_and_gets_no_gradients(tmp_path):
    net = small_net().train()
    before = net.state_dict()
    export_onnx(net, tmp_path / "net.onnx", channels=2)
    assert net.training and all(parameter.grad is None for parameter in net.parameters())
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


# Refused ----------------------------------------------------------------------------------------------------------------


def by_brightness(x):
    """What no graph shows: which branch is taken, and a number computed outside of it."""
    return x * tensor(np.float32(x.numpy().mean()))


REFUSED = {
    "positions of a pooling": (lambda: UNet(3, in_channels=2, widths=(2, 3), padded=True, upsampling="unpool"), "uses where"),
    "a number from the image": (lambda: Net(by_brightness), "that no graph links to it"),
    "pixels one by one": (lambda: Net(lambda x: F.pad(x, (1, 1), mode="replicate")), "selects pixels one by one"),
    "odd and even": (lambda: Net(lambda x: F.relu(x) if x.shape[2] % 2 else F.tanh(x)[:, :, ::1]), "onnxruntime's scores"),
    "a strange width": (lambda: Net(lambda x: F.pad(x, (0, x.shape[3] ** 2 % 11))), "pad depends on the image's size"),
    "a strange size": (lambda: Net(lambda x: F.interpolate(x, (7 + x.shape[2] // 5, 9))), "resample depends"),
    "means rounded up": (lambda: Net(lambda x: F.avg_pool2d(x, 2, ceil_mode=True)), "ceil_mode"),
    "an even window of channels": (lambda: Net(lambda x: F.local_response_norm(x, 2)), "only odd sizes"),
    "some sizes only": (lambda: UNet(3, in_channels=2, widths=(2, 3)), "does not take images of any size"),
    "several results": (lambda: Net(lambda x: {"a": x, "b": x}), "returns a dict, expected one tensor"),
    "no operation": (lambda: Net(lambda x: x), "no graph"),
    "float64": (lambda: small_net().to("float64"), "is float64 on 'cpu', expected float32"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_model_could_not_compute_is_refused_and_nothing_is_written(what, tmp_path):
    make, words = REFUSED[what]
    with pytest.raises(ValueError, match=words) as refused:
        export_onnx(make().eval(), tmp_path / "net.onnx", channels=2)
    assert "\n" not in str(refused.value) and not list(tmp_path.iterdir())


def test_a_model_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setitem(operators.OPERATORS, Relu, operators.named("Neg"))
    with pytest.raises(trace.CannotExport, match="onnxruntime's scores differ .* nothing was written"):
        export_onnx(small_net(), tmp_path / "net.onnx", channels=2)
    assert not list(tmp_path.iterdir())


def test_without_onnxruntime_the_model_is_written_and_known_to_be_unchecked(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    assert export_onnx(small_net(), tmp_path / "net.onnx", channels=2) is None
    assert onnx.load(tmp_path / "net.onnx").graph.node


def test_without_onnx_the_error_names_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="export to ONNX needs onnx, which is not installed; run: pip install onnx"):
        export_onnx(small_net(), tmp_path / "net.onnx", channels=2)
