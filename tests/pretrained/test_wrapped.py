"""Checkpoints as people save them: the weights of the net are found, whatever surrounds them, and the note says what."""

import argparse
import collections
import datetime
import enum
import pathlib
import pickle
import sys
import types

import numpy as np
import pytest

from minifcn import classify
from minifcn.classify import load_classifier
from minifcn.data.images import write_image
from minifcn.imagenet import load_imagenet
from minifcn.models import build
from minifcn.models.classifier import build_classifier
from minifcn.pretrained import read_weights, source_of, translate, unwrap
from minifcn.pretrained.names import NAMES_OF
from minifcn.runs.options import Options

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")  # in what torch.save() does here
NET = "squeezenet"
LAYERS = NAMES_OF[NET][0].layers                                  # {torchvision's layer: ours}
OURS = {f"{ours}.{p}": float(2 * i + j) for i, ours in enumerate(LAYERS.values()) for j, p in enumerate(["weight", "bias"])}


def state(offset=0.0):
    """A state dict under torchvision's names, of tiny tensors that are all different."""
    return collections.OrderedDict(
        (f"{theirs}.{p}", torch.full((2, 3, 1, 1) if p == "weight" else (2,), OURS[f"{ours}.{p}"] + offset))
        for theirs, ours in LAYERS.items()
        for p in ("weight", "bias")
    )


def prefixed(prefix, tensors=None):
    return collections.OrderedDict((prefix + key, tensor) for key, tensor in (tensors or state()).items())


def module(tensors):
    """A whole torch module whose state_dict() is `tensors`."""
    root = torch.nn.Module()
    for key, tensor in tensors.items():
        *path, name = key.split(".")
        at = root
        for part in path:
            if part not in at._modules:
                at.add_module(part, torch.nn.Module())
            at = at._modules[part]
        at.register_parameter(name, torch.nn.Parameter(tensor))
    return root


class Kind(enum.Enum):
    BEST = 1


class Settings(dict):
    """A dict with attributes, as many libraries have one."""

    def __init__(self, *items, **options):
        super().__init__(*items, **options)
        self.frozen = True


class Schedule:
    def __init__(self):
        self.last_epoch, self.base_lrs, self.shape = 3, [0.1], np.zeros(3)


def optimizer():
    """An SGD's state after a step, with a momentum buffer for each of two parameters."""
    parameters = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    sgd = torch.optim.SGD(parameters, 0.1, momentum=0.9)
    for p in parameters:
        p.grad = torch.ones(3)
    sgd.step()
    return sgd.state_dict()


def lightning():
    return {
        "epoch": 2, "global_step": 99, "pytorch-lightning_version": "2.4.0", "state_dict": prefixed("model."),
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss'}": {"best_model_score": torch.tensor(0.5),
                                                                 "dirpath": pathlib.PurePosixPath("runs/1")}},
        "optimizer_states": [optimizer()], "lr_schedulers": [{"last_epoch": 3}], "hparams_name": "kwargs",
        "hyper_parameters": Settings(lr=0.1, net=Settings(name="squeezenet")),
    }  # fmt: skip


# {what was saved: (how to make it, what the note must mention)}
FILES = {
    "a state dict": (state, []),
    "a plain dict": (lambda: dict(state()), []),
    "from DataParallel": (lambda: prefixed("module."), ["stripped module."]),
    "from torch.compile": (lambda: prefixed("_orig_mod."), ["stripped _orig_mod."]),
    "a part called net": (lambda: prefixed("net."), ["stripped net."]),
    "a part called model": (lambda: prefixed("model."), ["stripped model."]),
    "a part called backbone": (lambda: prefixed("encoder.backbone."), ["stripped encoder.backbone."]),
    "three wrappers": (lambda: prefixed("module._orig_mod.model."), ["stripped module._orig_mod.model."]),
    "DataParallel inside": (lambda: {k.replace("features.", "features.module."): t for k, t in state().items()},
                            ["stripped module."]),
    **{f"under {name}": (lambda name=name: {name: state()}, [f"stripped {name}."])
       for name in ("state_dict", "model_state_dict", "model", "net", "weights", "ema")},
    "two levels down": (lambda: {"checkpoint": {"state_dict": prefixed("module.")}, "epoch": 3},
                        ["stripped checkpoint.state_dict.module.", "left out epoch (int)"]),
    "beside an optimizer": (lambda: {"state_dict": state(), "optimizer": optimizer(), "epoch": 3, "best_acc1": 71.5},
                            ["stripped state_dict.", "left out", "optimizer", "epoch (int)", "best_acc1 (float)"]),
    "beside its moving average": (lambda: {"model": state(), "ema": state(0.5)}, ["stripped model.", "left out ema"]),
    "an averaged model": (lambda: {"n_averaged": torch.tensor(5), **prefixed("module.")}, ["left out n_averaged"]),
    "beside NumPy's scalars": (lambda: {"model": state(), "loss": np.float64(0.5), "step": np.int64(3)},
                               ["loss (numpy._core.multiarray.scalar)"]),
    "beside arrays": (lambda: {"model": state(), "mean": np.ones(3), "names": np.array(["cat", "dog"])}, ["mean", "names"]),
    "beside what has no name": (lambda: {"model": state(), "meta": {}, "names": np.array(["cat"]), "m": torch.ones(2).storage()},
                                ["meta (dict)", "names (array)", "m (numbers)"]),
    "weights as arrays": (lambda: {key: tensor.numpy() for key, tensor in state().items()}, []),
    "beside arguments": (lambda: {"model": state(), "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("a"))},
                         ["args (argparse.Namespace)"]),
    "beside a path": (lambda: {"model": state(), "path": pathlib.PurePosixPath("a/b")}, ["path (pathlib", "PurePosixPath)"]),
    "beside sets": (lambda: {"model": state(), "a": {1, 2}, "b": frozenset("ab")}, ["a (", "b ("]),
    "beside a date": (lambda: {"model": state(), "when": datetime.datetime(2026, 1, 2)}, ["when (datetime.datetime)"]),
    "beside a complex number": (lambda: {"model": state(), "z": 1 + 2j}, ["z (", "complex)"]),
    "beside torch's own": (lambda: {"model": state(), "size": torch.Size([2, 3]), "device": torch.device("cpu"),
                                    "dtype": torch.float32}, ["size", "device (torch.device)", "dtype (torch.float32)"]),
    "beside collections": (lambda: {"model": state(), "counts": collections.Counter("aab"),
                                    "found": collections.defaultdict(list, {(1, 2): [3]})}, ["counts", "found"]),
    "beside an enumeration": (lambda: {"model": state(), "kind": Kind.BEST}, ["Kind)"]),
    "beside objects": (lambda: {"model": state(), "scheduler": Schedule(), "config": Settings(lr=0.1)},
                       ["scheduler (", "Schedule)", "config"]),
    "beside a random state": (lambda: {"model": state(), "rng": torch.get_rng_state(), "np": np.random.get_state()},
                              ["rng", "np"]),
    "in a dict of another class": (lambda: {"state_dict": Settings(state())}, ["stripped state_dict."]),
    "in a defaultdict": (lambda: collections.defaultdict(dict, model=state()), ["stripped model."]),
    "tensors with attributes": (lambda: {k: torch.nn.Parameter(t) for k, t in tagged(state()).items()}, []),
    "a whole module": (lambda: module(state()), []),
    "a whole module in DataParallel": (lambda: module(prefixed("module.")), ["stripped module."]),
    "a whole module beside an epoch": (lambda: {"model": module(state()), "epoch": 3}, ["stripped model.", "epoch"]),
    "from Lightning": (lightning, ["stripped state_dict.model.", "left out", "optimizer_states", "callbacks", "epoch"]),
}  # fmt: skip


def tagged(tensors):
    for tensor in tensors.values():
        tensor.layer_group = "trunk"
    return tensors


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("what", FILES)
def test_the_weights_are_found_and_the_note_says_what_was_taken_off(what, protocol, tmp_path):
    make, words = FILES[what]
    torch.save(make(), tmp_path / "x.pth", pickle_protocol=protocol)
    arrays = read_weights(tmp_path / "x.pth")
    found, note = translate(arrays, NET), unwrap(arrays, NET).note
    assert {key: array.flat[0] for key, array in found.items()} == OURS
    assert source_of(arrays, NET).source == "torchvision"
    assert [word for word in words if word not in note] == [], note
    assert bool(note) == bool(words) and "\n" not in note and len(note) < 400


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"params": s}, lambda s: {"a": [{"params": s}], "step": np.int64(3)}])
def test_pickled_arrays_are_found_too(wrap, tmp_path):
    arrays = {key: tensor.numpy() for key, tensor in state().items()}
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(wrap(arrays), protocol=4))
    found = translate(read_weights(tmp_path / "x.pkl"), NET)
    assert {key: array.flat[0] for key, array in found.items()} == OURS


def test_an_unknown_class_is_never_imported_and_never_called(tmp_path, monkeypatch):
    """Its module is there while the file is written, and gone when it is read."""
    faraway = types.ModuleType("faraway")
    faraway.Config = type("Config", (), {"__module__": "faraway", "__setstate__": lambda *_: pytest.fail("called")})
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "faraway", faraway)
        config = faraway.Config()
        config.lr = 0.1
        torch.save({"model": state(), "config": config}, tmp_path / "x.pth")
    arrays = read_weights(tmp_path / "x.pth")
    assert "config (faraway.Config)" in unwrap(arrays, NET).note
    assert "faraway" not in sys.modules


def test_another_net_is_recognised_behind_a_prefix(tmp_path):
    torch.save({"state_dict": {"module.features.0.weight": torch.ones(64, 3, 11, 11)}}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match="these weights are of torchvision's AlexNet"):
        translate(read_weights(tmp_path / "x.pth"), "alexnet")


def test_layers_that_are_missing_or_surplus_are_named_without_the_prefix(tmp_path):
    tensors = prefixed("module.")
    del tensors["module.features.0.weight"], tensors["module.features.0.bias"]
    torch.save(tensors | {"module.extra.weight": torch.ones(1)}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"missing: features.0; surplus: extra"):
        translate(read_weights(tmp_path / "x.pth"), NET)


def test_two_arrays_never_get_one_name():
    arrays = {"layer1.module.0.conv1.weight": np.ones(1), "layer1.0.conv1.weight": np.zeros(1)}
    assert dict(unwrap(arrays, "resnet18")) == arrays


def test_an_array_of_no_layer_is_named(tmp_path):
    with pytest.raises(ValueError, match="surplus: temperature"):
        translate({key: tensor.numpy() for key, tensor in state().items()} | {"temperature": np.ones(1)}, NET)


def squeezenet_file(path):
    """A checkpoint of the true SqueezeNet under torchvision's names; returns the arrays."""
    net, theirs = build_classifier(NET), {ours: layer for layer, ours in LAYERS.items()}
    arrays = {f"module.{theirs[k.rpartition('.')[0]]}.{k.rpartition('.')[2]}": a for k, a in net.state_dict().items()}
    torch.save({"state_dict": {k: torch.from_numpy(a) for k, a in arrays.items()}, "epoch": 90}, path)
    return net.state_dict()


def test_classify_and_train_take_such_a_file_and_say_what_they_left_out(tmp_path, monkeypatch, capsys):
    arrays = squeezenet_file(tmp_path / "x.pth")
    trained = load_classifier(NET, tmp_path / "x.pth")
    assert trained.note == "stripped state_dict.module.; left out epoch (int)"
    np.testing.assert_array_equal(trained.net.state_dict()["conv10.weight"], arrays["conv10.weight"])
    write_image(tmp_path / "photo.png", np.zeros((8, 8, 3), np.uint8))
    monkeypatch.setattr(classify, "class_names", lambda: ["a class"] * 1000)
    classify.classify_photos([tmp_path / "photo.png"], top=1, weights=tmp_path / "x.pth")
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'x.pth'}: stripped state_dict.module.; left out epoch (int)\n")
    options = Options(model="fcn32s", backbone=NET, pretrained=NET, weights=str(tmp_path / "x.pth"))
    told = load_imagenet(build("fcn32s", 3, backbone=NET), options).splitlines()
    assert told[0] == f"{tmp_path / 'x.pth'}: stripped state_dict.module.; left out epoch (int)" and len(told) == 2
