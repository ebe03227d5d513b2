"""Checkpoints whose checksum is right and whose contents are wrong: each is one sentence, and nothing has changed.

Metadata of every wrong form, configurations that ask for any size, and zips that would fill the memory.
test_bad_files.py has the files that are cut or damaged.
"""

import copy
import json
import math
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from small_run import SmallRun
from test_checkpoint import Run, plain

from minifcn import default_generator
from minifcn.checkpoint import (
    METADATA,
    CheckpointError,
    checksum,
    load_checkpoint,
    load_weights,
    read_arrays,
    save_checkpoint,
    save_weights,
    write_arrays,
)
from minifcn.pretrained import archive
from minifcn.runs.options import Options, as_config, make_model
from minifcn.runs.start import load_model
from minifcn.train import Progress


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(the arrays, the metadata without its checksum) of a good checkpoint."""
    path = tmp_path_factory.mktemp("good") / "run.npz"
    save_checkpoint(path, **Run().parts(), config={"lr": 0.1}, progress={"epoch": 1})
    arrays, rest = read_arrays(path)
    del rest["checksum"]
    return arrays, rest


def forged(path, arrays, rest):
    """The file of these arrays and this metadata, its checksum right wherever it can have one."""
    whole = rest | {"checksum": checksum(arrays, rest)} if isinstance(rest, dict) else rest
    write_arrays(path, arrays, whole)
    return path


def refused(call):
    with pytest.raises(CheckpointError) as caught:
        call()
    told = str(caught.value)
    assert "\n" not in told and told.isprintable() and len(told) < 700, told
    return told


DEEP = json.loads("[" * 900 + "]" * 900)
WRONG = {  # {what: (a change of the metadata, words of the error)}
    "a list": (lambda rest: [], "its metadata is a list"),
    "a text": (lambda rest: "abc", "its metadata is a str"),
    "a number": (lambda rest: 5, "its metadata is a int"),
    "true": (lambda rest: True, "its metadata is a bool"),
    "null": (lambda rest: None, "has no metadata"),
    "nothing in it": (lambda rest: {}, "version None"),
    **{f"version {version!r:.20}": (lambda rest, version=version: rest | {"version": version}, "version ")
       for version in ("1", 1.0, True, None, [1], {}, 2, -1, 10**400, "x" * 10_000)},
    **{f"without {name}": (lambda rest, name=name: {k: v for k, v in rest.items() if k != name}, f"its {name} is missing")
       for name in ("optimizer", "scheduler", "rng", "config", "progress")},
    **{f"{name} {value!r:.20}": (lambda rest, name=name, value=value: rest | {name: value}, f"its {name} is a ")
       for name in ("optimizer", "scheduler", "rng", "config", "progress") for value in ([], "abc", 1, True, DEEP)},
    "config null": (lambda rest: rest | {"config": None}, "its config is a NoneType"),
    "progress null": (lambda rest: rest | {"progress": None}, "its progress is a NoneType"),
    **{f"an array named {name!r:.20}": (lambda rest, name=name: rest | {"optimizer": {"state": [{"array": name}]}},
                                        "it lacks the array")
       for name in ("nothing", "", None, 5, [], {}, "x" * 10_000, "a\x1b[2J\n")},
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("what", WRONG)
def test_metadata_of_a_wrong_form_is_refused(what, suffix, saved, tmp_path):
    arrays, rest = saved
    change, words = WRONG[what]
    path = forged(tmp_path / f"run{suffix}", arrays, change(copy.deepcopy(rest)))
    assert words in refused(lambda: load_checkpoint(path))


def test_metadata_that_is_nested_too_deeply_is_refused(tmp_path):
    for depth in (900, 100_000):
        text = f'{{"version": 1, "config": {{"a": {"[" * depth}{"]" * depth}}}}}'
        np.savez(tmp_path / "run.npz", **{METADATA: text})
        refused(lambda: load_checkpoint(tmp_path / "run.npz"))


def at(tree, path, value):
    """A copy of a tree with one place changed; the place 'a.0.b' is tree["a"][0]["b"]."""
    tree = copy.deepcopy(tree)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner = tree
    for key in way:
        inner = inner[key]
    inner[last] = value
    return tree


STATES = [
    *(("optimizer", value) for value in ({}, {"state": []}, {"param_groups": []}, {"state": {}, "param_groups": {}},
                                         {"state": "ab", "param_groups": "cd"}, {"state": [1], "param_groups": [2]})),
    *(("optimizer.param_groups", value) for value in ({}, "x", 1, None, [], [1], [{}], ["params"], [{"params": 1}])),
    *(("optimizer.param_groups.0.params", value) for value in (None, 1, "abc", {}, [])),
    *(("optimizer.param_groups.0.lr", value) for value in (None, "0.1", -1, math.nan, math.inf, [], {})),
    *(("optimizer.param_groups.0.betas", value) for value in (None, 0.9, "ab", [0.9], [0.9, "x"], [0.9, 2], [[], []])),
    *(("optimizer.state", value) for value in (None, 1, "abcdef", {}, [], [1] * 6, [[]] * 6, ["step"] * 6)),
    *(("optimizer.state.0", value) for value in ([], 1, "x", {"step": 1}, {"a": 1})),
    *(("optimizer.state.0.step", value) for value in (None, "1", 1.5, -1, True, [], {})),
    *(("optimizer.state.0.exp_avg", value) for value in (None, 1, "x", [], {}, {"array": "model.1.running_var"})),
    *(("scheduler", value) for value in ({}, {"last_epoch": 1}, {"a": 1})),
    *(("scheduler.last_epoch", value) for value in (None, "1", 1.5, -1, [], {})),
    *(("scheduler.base_lrs", value) for value in (None, 1, "x", {}, [], ["x"], [None], [0.1, 0.1], [-1], [math.nan])),
    *(("scheduler.total_iters", value) for value in (None, "x", [], 7)),
    *(("rng", value) for value in ({}, {"bit_generator": "PCG64"}, {"state": 1}, None)),
    *(("rng.bit_generator", value) for value in (None, 1, "MT19937", "nothing", [])),
    *(("rng.state", value) for value in (None, 1, "x", [], {}, {"state": 1}, {"inc": 1})),
    *(("rng.state.state", value) for value in (None, "x", 1.5, -1, 2**128, [])),
    *(("rng.has_uint32", value) for value in (None, "x", [], 1.5, 2**40)),
    *(("rng.uinteger", value) for value in (None, "x", [], -1, 2**40)),
]  # fmt: skip


@pytest.mark.parametrize("place, value", STATES, ids=lambda x: repr(x)[:40])
def test_a_state_of_a_wrong_form_is_refused_and_nothing_changes(place, value, saved, tmp_path):
    arrays, rest = saved
    path, run = forged(tmp_path / "run.npz", arrays, at(rest, place, value)), Run(1)
    before = run.everything()
    refused(lambda: load_checkpoint(path).restore(**run.parts()))
    assert run.everything() == before


# A run's progress -----------------------------------------------------------------------------------------------------


GOOD = vars(Progress(1, 0, 0.0, 0, [{"epoch": 1, "lr": 0.1, "loss": 0.5}]))
PROGRESS = [
    {},
    {k: v for k, v in GOOD.items() if k != "history"},
    GOOD | {"more": 1},
    GOOD | {"more\n": 1},
    *(GOOD | {name: value} for name in ("epoch", "step", "pixels") for value in (None, "1", 1.5, -1, True, [], {}, 10**400)),
    *(GOOD | {"loss_sum": value} for value in (None, "1", -1, math.nan, math.inf, True, [])),
    *(GOOD | {"history": value} for value in (None, 1, "abc", {}, [1], ["abc"], [[]], [{"loss": "x"}], [{"loss": None}])),
]
PROGRESS.remove(GOOD | {"epoch": 10**400})  # a number that JSON holds, and a run that is long over
PROGRESS.remove(GOOD | {"step": 10**400})
PROGRESS.remove(GOOD | {"pixels": 10**400})


@pytest.mark.parametrize("progress", PROGRESS, ids=lambda progress: repr(progress)[:90])
def test_progress_of_a_wrong_form_is_refused_and_nothing_changes(progress, tmp_path, small_checkpoint):
    parts, config = small_checkpoint
    save_checkpoint(tmp_path / "run.npz", **parts, config=config, progress=progress)
    run = SmallRun(seed=3)
    before = state_of(run)
    refused(lambda: run.fit(tmp_path / "run.npz", resume=True))
    assert state_of(run) == before


@pytest.fixture(scope="module")
def small_checkpoint():
    run = SmallRun()
    return {"model": run.model, "optimizer": run.optimizer, "scheduler": run.scheduler, "rng": default_generator()}, {"widths": 4}


def state_of(run):
    states = [part.state_dict() for part in (run.model, run.optimizer, run.scheduler)]
    return repr(plain([*states, default_generator().bit_generator.state]))


# A configuration that asks for anything -------------------------------------------------------------------------------


TINY = Options(model="pixelwise", data="shapes")
HEADED = Options(model="fcn32s", data="shapes", head=4)
CONFIGS = {
    "another class": ({"data": "landcover"}, "does not fit"),
    **{f"{name} {value!r}": ({name: value}, "does not say which model it holds: ")
       for name, values in {
           "model": (None, 1, True, [], {}), "backbone": (None, 1, []), "data": (None, 1), "geometry": (1,),
           "size": ("96", 1.5, True, -1, None), "epochs": ([], "x"), "batch": (2.5,), "lr": ("x", math.nan, -1, True),
           "seed": (-1, "x"), "head": ("x", 1.5, True, -1, []), "freeze": (1, []), "pretrained": (1, []),
           "weights": (1,), "source": (5,), "layers": (8,), "a\x1b[2J\n": (1,)}.items() for value in values},
    **{f"{name} {value!r}": ({name: value}, "does not fit")
       for name, values in {
           "model": ("", "nothing", "fcn8s"), "backbone": ("", "nothing", "vgg16", "resnet152"), "data": ("", "nothing"),
           "geometry": ("", "nothing", "caffe"), "upsampling": ("", "nothing"), "head": (0, 1, 20_000, 10**9, 10**30),
           "pretrained": ("", "nothing", "vgg16")}.items() for value in values if (name, value) != ("model", "fcn8s")},
}  # fmt: skip


@pytest.fixture(scope="module")
def headed():
    return make_model(HEADED, 4)


@pytest.mark.parametrize("what", CONFIGS)
def test_a_configuration_that_the_arrays_are_not_of_is_refused(what, tmp_path, monkeypatch, headed):
    monkeypatch.chdir(tmp_path)
    change, words = CONFIGS[what]
    save_checkpoint("run.npz", model=headed, config=as_config(HEADED) | change)
    assert words in refused(lambda: load_model("run.npz"))


class Counted:
    """Stands for NumPy's empty(), and adds up what is asked for."""

    def __init__(self, empty):
        self.empty, self.numbers = empty, 0

    def __call__(self, shape, *arguments, **options):
        self.numbers += math.prod(shape) if isinstance(shape, tuple) else shape
        assert self.numbers < 100_000_000, f"an array of the shape {shape} was about to be made"
        return self.empty(shape, *arguments, **options)


@pytest.mark.parametrize("change", [{"head": 20_000}, {"backbone": "vgg16"}, {"backbone": "vgg16", "head": 20_000},
                                    {"model": "deeplab-v3", "backbone": "resnet152", "head": None}])
def test_nothing_of_that_size_is_built_before_the_arrays_are_compared(change, tmp_path, monkeypatch):
    """A file of a kilobyte asks for 5 GB."""
    save_checkpoint(tmp_path / "run.npz", model=make_model(TINY, 4), config=as_config(HEADED) | {"head": 4} | change)
    counted = Counted(np.empty)
    monkeypatch.setattr(np, "empty", counted)
    assert "does not fit" in refused(lambda: load_model(tmp_path / "run.npz"))
    assert counted.numbers < 1_000_000


@pytest.mark.parametrize("config", [{f"option{i}": "x" * 1_000 for i in range(1_000)}, {"a\x1b[2J\n": 1}, {"x" * 9_000: []}])
def test_a_strange_configuration_is_quoted_in_a_line(config, tmp_path):
    save_checkpoint(tmp_path / "run.npz", model=Run().model, config=config)
    assert "is of another configuration: " in refused(
        lambda: load_checkpoint(tmp_path / "run.npz").restore(model=Run().model, config={"lr": 0.1}))


def test_the_weights_and_the_generator_are_as_without_the_check(tmp_path, headed):
    save_checkpoint(tmp_path / "run.npz", model=headed, config=as_config(HEADED))
    before = copy.deepcopy(default_generator().bit_generator.state)
    make_model(HEADED, 4)
    after = default_generator().bit_generator.state
    default_generator().bit_generator.state = before
    net, options = load_model(tmp_path / "run.npz")
    assert default_generator().bit_generator.state == after and options == HEADED
    assert [module.generator for module in net.modules() if hasattr(module, "generator")] == [None, None]
    assert plain(net.state_dict()) == plain(headed.state_dict())


# Files that grow ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [load_checkpoint, load_weights])
def test_a_zip_that_grows_is_refused_before_it_is_read(read, tmp_path, monkeypatch):
    """A .npz of 2 MB that says it holds 2 GB."""
    monkeypatch.setattr(archive, "ALLOWANCE", 1 << 20)
    np.savez_compressed(tmp_path / "x.npz", weight=np.zeros(1_000_000))
    assert "claims to hold 8000" in refused(lambda: read(tmp_path / "x.npz"))


def test_weights_that_compress_to_nothing_are_read(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", weight=np.zeros(5_000_000, "f4"))
    assert (tmp_path / "x.npz").stat().st_size < 30_000
    assert load_weights(tmp_path / "x.npz")["weight"].shape == (5_000_000,)


def test_a_shape_alone_allocates_nothing(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as file, file.open("a.npy", "w") as entry:
        np.lib.format.write_array_header_1_0(entry, {"descr": "<f8", "fortran_order": False, "shape": (10**9,)})
        entry.write(b"\0" * 80)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: pytest.fail("read"))
    assert "is cut, damaged" in refused(lambda: load_weights(tmp_path / "x.npz"))


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_names_that_cannot_be_printed_are_refused(suffix, tmp_path):
    path = tmp_path / f"x{suffix}"
    save_weights(path, {"a\x1b[2Jb": np.ones(1)})
    assert "has an array named 'a" in refused(lambda: load_weights(path))


@pytest.mark.parametrize("name", ["x" * 2_000, "x" * 60_000])
def test_names_without_an_end_are_refused(name, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(safetensors.numpy.save({name: np.ones(1)}))
    assert "expected at most 1000 printable characters" in refused(lambda: load_weights(tmp_path / "x.safetensors"))
