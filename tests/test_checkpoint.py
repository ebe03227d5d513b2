"""Checkpoints: everything comes back bit for bit, bad files are reported in one sentence, a failed save harms nothing."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from minifcn import nn, optim
from minifcn.checkpoint import CheckpointError, load_checkpoint, load_weights, save_checkpoint, save_weights
from minifcn.files import FileError
from minifcn.optim import lr_scheduler

SUFFIXES = [".npz", ".safetensors"]


class Run:
    """A model with its optimizer, scheduler and generator, after a few steps."""

    def __init__(self, seed=0, steps=3, width=4, make=optim.Adam):
        rng = np.random.default_rng(seed)
        layers = nn.Conv2d(3, width, 3, generator=rng), nn.BatchNorm2d(width), nn.Conv2d(width, 2, 1, generator=rng)
        self.model = nn.Sequential(*layers)
        self.optimizer = make(self.model.parameters(), lr=0.01)
        self.scheduler = lr_scheduler.PolyLR(self.optimizer, 20)
        self.rng = rng
        self.train(steps)

    def train(self, steps):
        for _ in range(steps):
            for p in self.model.parameters():
                p.grad = self.rng.standard_normal(p.shape, dtype=np.float32)
            self.optimizer.step()
            self.scheduler.step()

    def parts(self):
        return {"model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler, "rng": self.rng}

    def everything(self):
        """All state, as something that == compares bit for bit."""
        states = [part.state_dict() for part in (self.model, self.optimizer, self.scheduler)]
        return repr(plain([*states, self.rng.bit_generator.state]))


def plain(tree):
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [plain(value) for value in tree]
    return (tree.dtype.str, tree.shape, tree.tobytes()) if isinstance(tree, np.ndarray) else tree


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"run{request.param}"


def files_in(folder):
    return sorted(p.name for p in folder.iterdir())


# There and back -------------------------------------------------------------------------------------------------------


def test_a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one(path):
    run, other = Run(), Run(seed=7, steps=1)
    save_checkpoint(path, **run.parts(), progress={"epoch": 2, "step": 5, "history": [{"loss": 0.1}]})
    progress = load_checkpoint(path).restore(**other.parts())
    assert progress == {"epoch": 2, "step": 5, "history": [{"loss": 0.1}]}
    assert run.everything() == other.everything()
    run.train(4)
    other.train(4)
    assert run.everything() == other.everything()


@pytest.mark.parametrize("make", [optim.SGD, lambda p, lr: optim.SGD(p, lr, momentum=0.9), optim.AdamW])
def test_every_optimizer_comes_back(make, path):
    run, other = Run(make=make), Run(seed=1, steps=0, make=make)
    save_checkpoint(path, **run.parts())
    load_checkpoint(path).restore(**other.parts())
    assert run.everything() == other.everything()


def test_configuration_and_numpy_numbers_come_back_as_json_values(path):
    config = {"widths": (16, 32), "lr": np.float32(0.5), "steps": np.int64(3), "name": "fcn8s", "none": None}
    save_checkpoint(path, model=Run().model, config=config, progress={"best": float("nan"), "big": 2**127})
    checkpoint = load_checkpoint(path)
    assert checkpoint.config == {"widths": [16, 32], "lr": 0.5, "steps": 3, "name": "fcn8s", "none": None}
    assert np.isnan(checkpoint.progress["best"]) and checkpoint.progress["big"] == 2**127
    assert checkpoint.optimizer is None and checkpoint.scheduler is None and checkpoint.rng is None
    assert checkpoint.restore(model=Run(1).model, config=config) is checkpoint.progress


def test_no_pickle_is_in_the_file(path):
    save_checkpoint(path, **Run().parts())
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            assert all(archive[name].dtype != object for name in archive.files)
            json.loads(archive["__minifcn__"].item())
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        save_weights(path.with_suffix(".npz"), {"weight": np.array([{}])})


def test_weights_come_back_bare_or_from_a_checkpoint(path):
    state = Run().model.state_dict()
    save_weights(path, state)
    assert plain(load_weights(path)) == plain(state)
    save_checkpoint(path, **Run().parts())
    assert plain(load_weights(path)) == plain(state)


def test_weights_may_have_any_name(path):
    state = {name: np.arange(3.0) for name in ("file", "allow_pickle", "args", "a/b", "../c", "ü n")}
    save_weights(path, state)
    assert plain(load_weights(path)) == plain(state)


def test_weights_with_gaps_in_memory_and_without_elements_come_back(path):
    state = {"t": np.arange(6.0).reshape(2, 3).T, "none": np.zeros((0, 3), np.float32), "number": np.array(5)}
    save_weights(path, state)
    assert plain(load_weights(path)) == plain(state)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_cross_over_to_pytorch_and_back(suffix, tmp_path):
    torch = pytest.importorskip("torch")
    safetensors_torch = pytest.importorskip("safetensors.torch")
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Conv2d(4, 2, 1))
    path, ours = tmp_path / f"w{suffix}", Run(steps=0).model
    if suffix == ".npz":
        np.savez(path, **{name: t.numpy() for name, t in net.state_dict().items()})
    else:
        safetensors_torch.save_file(net.state_dict(), path)
    ours.load_state_dict(load_weights(path))
    assert all(np.array_equal(a, t.numpy()) for a, t in zip(ours.state_dict().values(), net.state_dict().values()))
    save_weights(path, Run().model.state_dict())
    if suffix == ".npz":
        net.load_state_dict({name: torch.from_numpy(array) for name, array in np.load(path).items()})
    else:
        net.load_state_dict(safetensors_torch.load_file(path))
    assert np.array_equal(net[0].weight.detach().numpy(), Run().model[0].weight.numpy())
    save_weights(path, net.state_dict())                              # torch's tensors themselves
    assert np.array_equal(load_weights(path)["2.bias"], net[2].bias.detach().numpy())


def test_weights_in_bfloat16_are_loaded_as_float32(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors.torch").save_file({"w": torch.tensor([1.0, -2.5]).bfloat16()}, tmp_path / "w.safetensors")
    assert plain(load_weights(tmp_path / "w.safetensors")) == plain({"w": np.array([1, -2.5], np.float32)})


def test_weights_in_numbers_that_numpy_lacks_are_named(tmp_path):
    torch = pytest.importorskip("torch")
    state = {"w": torch.ones(2).to(torch.float8_e4m3fn)}
    pytest.importorskip("safetensors.torch").save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="w.safetensors holds numbers of the kind F8_E4M3, .*; save it as float32"):
        load_weights(tmp_path / "w.safetensors")


# What does not fit ----------------------------------------------------------------------------------------------------


def test_a_checkpoint_of_another_model_names_what_differs_and_changes_nothing(path):
    save_checkpoint(path, **Run(width=6).parts())
    run = Run()
    before = run.everything()
    with pytest.raises(CheckpointError, match=r"not fit: .*Sequential; different: 0.weight has shape \(6, 3, 3, 3\)"):
        load_checkpoint(path).restore(**run.parts())
    assert run.everything() == before


def test_a_checkpoint_of_another_optimizer_or_schedule_changes_nothing(path):
    run, other = Run(make=optim.SGD), Run(5, make=optim.SGD)
    before = run.everything()
    save_checkpoint(path, **Run(5).parts())
    with pytest.raises(CheckpointError, match="does not fit: SGD: .* another optimizer"):
        load_checkpoint(path).restore(**run.parts())
    other.scheduler = lr_scheduler.PolyLR(other.optimizer, 99)
    save_checkpoint(path, **other.parts())
    with pytest.raises(CheckpointError, match="PolyLR: total_iters is 20, but 99"):
        load_checkpoint(path).restore(**run.parts())
    assert run.everything() == before


@pytest.mark.parametrize("part", ["optimizer", "scheduler", "rng"])
def test_a_part_that_was_not_saved_is_reported_and_nothing_is_changed(part, path):
    run = Run()
    before = run.everything()
    save_checkpoint(path, model=Run(5).model)
    with pytest.raises(CheckpointError, match="holds no"):
        load_checkpoint(path).restore(model=run.model, **{part: getattr(run, part)})
    assert run.everything() == before


def test_another_configuration_names_the_options(path):
    save_checkpoint(path, model=Run().model, config={"lr": 0.1, "facts": {"name": "a", "range": [0, 1]}, "old": 1})
    expected = r"another configuration: facts.range is \[0, 1\], now \[0, 255\], lr is 0.1, now 0.2, old is 1, now 'nothing'; use"
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(path).restore(model=Run().model, config={"lr": 0.2, "facts": {"name": "a", "range": [0, 255]}})


def test_values_that_json_cannot_hold_are_reported_and_nothing_is_written(path):
    with pytest.raises(TypeError, match="holds what JSON cannot"):
        save_checkpoint(path, model=Run().model, config={"f": print})
    assert files_in(path.parent) == []


# Bad files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [load_checkpoint, load_weights])
def test_a_file_cut_anywhere_is_rejected(read, path):
    save_checkpoint(path, **Run().parts())
    whole = path.read_bytes()
    for length in sorted({0, 1, 7, 8, 9, len(whole) - 1, *range(0, len(whole), len(whole) // 60)}):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=f"is cut, damaged, or no {path.suffix} file"):
            read(path)


def test_a_byte_changed_anywhere_is_rejected_or_harmless(path):
    save_checkpoint(path, **Run().parts())
    whole, original = path.read_bytes(), load_checkpoint(path)
    contents = repr(plain(vars(original)))
    rejected = 0
    for place in range(0, len(whole), max(1, len(whole) // 300)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            assert repr(plain(vars(load_checkpoint(path)))) == contents  # a byte that nobody reads: a date in a zip
        except CheckpointError:
            rejected += 1
    assert rejected > 100


def not_checkpoints():
    return {
        "empty": b"",
        "text": b"hello, I am a text file\n" * 50,
        "zeros": bytes(5000),
        "noise": np.random.default_rng(0).bytes(5000),
        "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
        "huge header": (2**62).to_bytes(8, "little") + b"{}",
    }


@pytest.mark.parametrize("kind", not_checkpoints())
def test_a_file_of_another_kind_is_rejected(kind, path):
    path.write_bytes(not_checkpoints()[kind])
    with pytest.raises(CheckpointError, match=f"is cut, damaged, or no {path.suffix} file"):
        load_checkpoint(path)


def test_a_single_array_or_the_other_format_under_this_suffix_is_rejected(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(CheckpointError, match="is cut, damaged, or no"):
        load_checkpoint(path)
    other = path.with_suffix(".npz" if path.suffix == ".safetensors" else ".safetensors")
    save_checkpoint(other, model=Run().model)
    os.replace(other, path)
    with pytest.raises(CheckpointError, match="is cut, damaged, or no"):
        load_checkpoint(path)


def test_bare_weights_are_no_checkpoint(path):
    save_weights(path, Run().model.state_dict())
    with pytest.raises(CheckpointError, match="is not a minifcn checkpoint, .* for bare weights use load_weights"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_version_is_reported(path, monkeypatch):
    monkeypatch.setattr("minifcn.checkpoint.VERSION", 99)
    save_checkpoint(path, model=Run().model)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="checkpoint of version 99, expected 1"):
        load_checkpoint(path)


@pytest.mark.parametrize("name", ["run.pt", "run", "run.npz.txt"])
def test_another_suffix_is_refused_in_both_directions(name, tmp_path):
    (tmp_path / name).write_bytes(b"something of somebody's")
    saves = lambda p: save_checkpoint(p, model=Run().model), lambda p: save_weights(p, {})
    for action in (load_checkpoint, load_weights, *saves):
        with pytest.raises(CheckpointError, match="has the suffix .* expected .npz or .safetensors"):
            action(tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"something of somebody's" and files_in(tmp_path) == [name]


def test_a_missing_file_and_a_folder_are_reported(path):
    with pytest.raises(CheckpointError, match="cannot read .*: No such file or directory"):
        load_checkpoint(path)
    path.mkdir()
    with pytest.raises(CheckpointError, match="cannot read .*: this folder holds no checkpoint"):
        load_checkpoint(path)


def test_a_folder_is_read_by_the_checkpoint_in_it(path):
    folder = path.parent / "run"
    folder.mkdir()
    save_checkpoint(folder / f"checkpoint{path.suffix}", model=Run().model)
    for read in load_checkpoint, load_weights:
        assert repr(plain(read(folder))) == repr(plain(read(folder / f"checkpoint{path.suffix}")))


def test_a_folder_that_does_not_exist_is_not_taken_for_a_file_of_another_kind(tmp_path):
    with pytest.raises(CheckpointError, match="cannot read .*no.such.*: no such file or folder; check the path"):
        load_checkpoint(tmp_path / "no_such")


def test_a_folder_that_does_not_say_which_checkpoint_is_meant_names_those_there_are(tmp_path):
    with pytest.raises(CheckpointError, match="cannot read .*: this folder holds no checkpoint; name the file"):
        load_checkpoint(tmp_path)
    for run in "ab":
        (tmp_path / run).mkdir()
        save_checkpoint(tmp_path / run / "checkpoint.npz", model=Run().model)
    with pytest.raises(CheckpointError, match=r"holds no checkpoint; name one below it: .*a.checkpoint.npz, .*b.checkpoint"):
        load_checkpoint(tmp_path)
    for suffix in SUFFIXES:
        save_checkpoint(tmp_path / f"checkpoint{suffix}", model=Run().model)
    with pytest.raises(CheckpointError, match="it holds checkpoint.npz and checkpoint.safetensors; name one of"):
        load_checkpoint(tmp_path)


# A save that fails ----------------------------------------------------------------------------------------------------


def save_over(path):
    """A checkpoint stands at `path`, and a newer one is saved over it."""
    save_checkpoint(path, **Run().parts())
    before = path.read_bytes()
    return before, lambda: save_checkpoint(path, **Run(steps=9).parts())


@pytest.mark.parametrize("error", [OSError("no space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["os.replace", "os.fsync", "the writer"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(where, error, path, monkeypatch):
    if where == "the writer":
        where = {".npz": "numpy.lib.format.write_array", ".safetensors": "pathlib.Path.write_bytes"}[path.suffix]
    before, save = save_over(path)

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(where, fail)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else FileError):
        save()
    monkeypatch.undo()
    assert path.read_bytes() == before and files_in(path.parent) == [path.name]


def test_a_full_disk_is_reported_and_leaves_the_old_file(path):
    resource = pytest.importorskip("resource")
    before, save = save_over(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))  # the write fails half-way
    try:
        with pytest.raises(FileError, match="cannot write .*arge"):
            save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before and files_in(path.parent) == [path.name]


def test_a_missing_folder_is_reported(path):
    with pytest.raises(FileError, match="the folder .* does not exist; create it first"):
        save_checkpoint(path.parent / "none" / path.name, model=Run().model)


KILLED = """
import sys
import numpy as np
from minifcn.checkpoint import save_weights
state = {"weight": np.zeros(200_000)}
save_weights(sys.argv[1], state)
print("saved", flush=True)
while True:
    state["weight"] += 1
    save_weights(sys.argv[1], state)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_process_killed_while_it_saves_leaves_a_whole_file(path):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        for _ in range(50):                                                       # each read finds some whole file
            weight = load_weights(path)["weight"]
            assert (weight == weight[0]).all()
        process.kill()
    weight = load_weights(path)["weight"]
    assert weight.shape == (200_000,) and (weight == weight[0]).all()
