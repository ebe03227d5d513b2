"""Small data sets, what can be wrong with one, and `refused`: what a command says about it, and that it writes nothing.

A planter is a function of the folder of the data set, which it changes. The tables are in data/test_broken_folders.py and
data/test_broken_annotations.py.
"""

import os
import stat

import numpy as np
import pytest
from PIL import Image
from published_data import write_picture

from minifcn.__main__ import main

SIZE = 8, 10
TOML = 'classes = ["background", "crack"]\nvalues = [0, 1]\n'
MASK = np.pad(np.ones((4, 5), np.uint8), ((0, 4), (0, 5)))
TRAIN = "train --model pixelwise --size 16 --epochs 1 --batch 2 --quiet --out OUT --data"
COMMANDS = {
    "train": f"{TRAIN} folder:IN",
    "check": "data check IN --out OUT --quiet",
    "convert": "data convert IN --out OUT --quiet",
}
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")


def row(name, *plants_and_words, command="train", code=1, marks=()):
    """A row of a table: what is planted (functions), then words of the sentence that is expected (texts)."""
    plants = [each for each in plants_and_words if callable(each)]
    words = [each for each in plants_and_words if isinstance(each, str)]
    return pytest.param(command, plants, words, code, id=name, marks=marks)


def refused(command, plants, code, tmp_path, capsys, monkeypatch):
    """The one sentence on stderr about a data set; the folder that the command runs in must be the same afterwards.

    command: a word of COMMANDS with more options, or a whole command; IN and OUT stand for the folders
    """
    source = planted(plants, tmp_path)
    before = contents(tmp_path)
    name, _, more = command.partition(" ")
    words = f"{COMMANDS.get(name, name)} {more}".split()
    monkeypatch.chdir(tmp_path)
    try:
        found = main([word.replace("IN", str(source)).replace("OUT", str(tmp_path / "out")) for word in words])
    except SystemExit as exit:
        found = exit.code
    out, err = capsys.readouterr()
    assert contents(tmp_path) == before, f"something was written: {sorted(contents(tmp_path).keys() ^ before.keys())}"
    assert found == code, f"exit {found}: {err}"
    assert out == "" and err.endswith("\n") and err.count("\n") == 1, f"not one line: {out!r} {err!r}"
    assert "Error" not in err and len(err) < 900, err
    return err[:-1]


def planted(plants, tmp_path):
    """The folder of a data set, planted below tmp_path."""
    source = tmp_path / "in"
    source.mkdir()
    for plant in plants:
        plant(source)
    return source


def contents(folder):
    """{path: what is there} of everything below a folder, as far as it can change: the bytes of files, where links point."""
    found = {}
    for top, below, names in os.walk(folder):
        for name in below + names:
            path = os.path.join(top, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    found[path] = file.read()
            else:
                found[path] = os.readlink(path) if stat.S_ISLNK(mode) else stat.S_IFMT(mode)
    return found


# Planters -------------------------------------------------------------------------------------------------------------


def own(folder):
    """A whole data set of one's own: six pictures of noise, masks of 0 and 1, a description."""
    for number, name in enumerate("abcdef"):
        write_picture(folder / "images" / f"{name}.png", number, SIZE)
        put(f"masks/{name}.png", np.roll(MASK, number, axis=1))(folder)
    put("dataset.toml", TOML)(folder)


def put(name, content):
    """Write bytes, text, or an array as the format of the name says."""

    def plant(folder):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, np.ndarray):
            np.save(path, content) if path.suffix == ".npy" else Image.fromarray(content).save(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return plant


def every(place, make):
    """Replace every file in a folder by what `make` plants under its name without suffix; None leaves the folder empty."""

    def plant(folder):
        for path in sorted((folder / place).iterdir()):
            path.unlink()
            if make is not None:
                make(f"{place}/{path.stem}")(folder)

    return plant


def cut(name, share=0.5):
    """Keep this share of a file's bytes."""

    def plant(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return plant


def moved(first, second):
    """Rename a file or a folder; `second` None removes a file."""

    def plant(folder):
        if second is None:
            (folder / first).unlink()
        else:
            (folder / second).parent.mkdir(parents=True, exist_ok=True)
            (folder / first).rename(folder / second)

    return plant


def linked(name, target):
    """A link to `target`, relative to the data set; it may not exist."""

    def plant(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(folder / target)

    return plant


def pipe(name):
    """A pipe in place of a file; whoever opens it waits for ever."""

    def plant(folder):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return plant


def toml(text):
    return put("dataset.toml", text)
