"""The weights under PyTorch's names: loaded into PyTorch networks, which must compute the same scores."""

import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from models.narrow_networks import CLASSES, SEGMENTATION, backbone, moved, untouched

import minifcn
from minifcn.data.shapes import Shapes
from minifcn.export import export_safetensors
from minifcn.export.weights import PREFIX, describe, pytorch_names
from minifcn.models import NETS, VGG16
from minifcn.pretrained.names import NAMES_OF


def small_fcn(under, **options):
    net = NETS["fcn8s"](backbone(under, np.random.default_rng(0), **options), CLASSES)
    return moved(net).to("float32").eval()


@pytest.mark.parametrize("name", SEGMENTATION)
def test_a_pytorch_network_with_the_same_attributes_loads_the_file(name, tmp_path):
    torch = pytest.importorskip("torch")
    from models.torch_networks import twin
    from safetensors.torch import load_file

    net = moved(untouched(name)).to("float32").eval()
    export_safetensors(net, tmp_path / "net.safetensors")
    theirs = twin(net).eval()
    theirs.load_state_dict(load_file(tmp_path / "net.safetensors"))
    x = np.random.default_rng(0).standard_normal((1, 3, 37, 50), np.float32)
    with torch.no_grad(), minifcn.no_grad():
        scores = theirs(torch.from_numpy(x))
        scores = (scores[0] if isinstance(scores, list) else scores).numpy()
        np.testing.assert_allclose(net(minifcn.tensor(x)).numpy(), scores, rtol=1e-3, atol=1e-4 * np.abs(scores).max())


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_vgg_has_torchvisions_names_and_computes_the_same_in_its_layers(batch_norm, tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    net = small_fcn("vgg16", batch_norm=batch_norm)
    export_safetensors(net, tmp_path / "net.safetensors", backbone="vgg16")
    layers, channels = [], 3
    for width, depth in zip((2, 2, 3, 3, 4), VGG16.depths):  # torchvision's vgg16().features, with narrow_networks' widths
        for _ in range(depth):
            layers += [torch.nn.Conv2d(channels, width, 3, padding=1)]
            layers += [torch.nn.BatchNorm2d(width)] * batch_norm + [torch.nn.ReLU()]
            channels = width
        layers.append(torch.nn.MaxPool2d(2))
    features, start = torch.nn.Sequential(*layers).eval(), f"{PREFIX}features."
    state = load_file(tmp_path / "net.safetensors")
    features.load_state_dict({key.removeprefix(start): x for key, x in state.items() if key.startswith(start)})
    x = np.random.default_rng(0).standard_normal((1, 3, 64, 96), np.float32)
    with torch.no_grad(), minifcn.no_grad():
        expected = features(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(net.backbone(minifcn.tensor(x))["pool5"].numpy(), expected, rtol=1e-4, atol=1e-5)
    assert {f"{PREFIX}fc6.weight", f"{PREFIX}fc7.bias", "score_fr.weight"} <= state.keys()


@pytest.mark.parametrize("under", ["vgg11", "alexnet-owt", "googlenet-bn", "squeezenet", "resnet18", "resnet50"])
def test_all_layers_that_torchvision_has_get_its_names(under):
    net = small_fcn(under)
    names = pytorch_names(net.state_dict(), under)
    assert len(set(names.values())) == len(names)
    table = next(names.layers for names in NAMES_OF[under] if names.source == "torchvision")
    layers = {name.rpartition(".")[0].removeprefix(PREFIX) for name in names.values() if name.startswith(PREFIX)}
    assert layers - {"fc6", "fc7"} <= table.keys()


def test_caffes_nets_and_those_of_this_library_keep_their_names():
    for under in ("small", "alexnet", "resnet50-caffe", None):
        state = small_fcn(under or "small").state_dict()
        assert all(ours == theirs for ours, theirs in pytorch_names(state, under).items())


def test_every_number_is_in_the_file_and_so_is_what_a_program_must_know(tmp_path):
    from minifcn.data.catalogue import open_data
    from minifcn.runs.options import Options

    net, path = small_fcn("resnet18"), tmp_path / "net.safetensors"
    facts = open_data("shapes", 32, 1).facts()
    export_safetensors(net, path, metadata=describe(facts, Options(model="fcn8s", backbone="resnet18")))
    saved = safetensors.numpy.load_file(path)
    assert saved.keys() == net.state_dict().keys()
    assert all(np.array_equal(saved[name], array) and saved[name].shape == array.shape for name, array in net.state_dict().items())
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pt" and metadata["backbone"] == "resnet18"
    assert json.loads(metadata["classes"]) == list(facts.classes)
    assert json.loads(metadata["mean"]) == list(Shapes.mean) and json.loads(metadata["value_range"]) == [0, 255]
