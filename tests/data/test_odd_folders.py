"""Data sets of one's own that are odd, but whole: they are trained on; and one with a file that may not be read."""

import errno
import os

import pytest
from broken_data import MASK, POSIX, SIZE, TOML, TRAIN, contents, linked, moved, own, pipe, put, toml
from published_data import write_picture

from minifcn.__main__ import main


@pytest.mark.parametrize("name", ["images/c.png", "masks/c.png", "dataset.toml", "t.txt"])
def test_a_file_without_permission_is_named(name, tmp_path, capsys, monkeypatch):
    """The permission is refused here, not by the system, which lets root read everything."""

    def refuse(file, *args, **options):
        if str(file).endswith(name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
        return really(file, *args, **options)

    really = open
    for plant in own, put("t.txt", "a\nb\nc\n"), toml(TOML + '[split]\ntrain = "t.txt"'):
        plant(tmp_path)
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", refuse)
        assert main(TRAIN.replace("OUT", f"{tmp_path}/out").split() + [f"folder:{tmp_path}"]) == 1
    assert contents(tmp_path) == before
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{tmp_path}/{name}: Permission denied" in line


def odd_names(folder):
    """Names with spaces, Hangul and emoji, also of the folders, in a list with Windows line ends and a byte-order mark."""
    for old, new in zip("abcdef", ("길 위", "🙂", "naïve", "a.b", "-x", "e\u0301 2")):
        moved(f"images/{old}.png", f"사진 📷/{new}.PNG")(folder)
        moved(f"masks/{old}.png", f"masks/{new}_m.png")(folder)
    put("t.txt", "\ufeff길 위.png\r\n🙂\r\nnaïve\r\n\u00e9 2\r\n")(folder)
    places = 'images = "사진 📷"\nmask_ending = "_m"\n[split]\ntrain = "t.txt"\n'
    toml("\ufeff" + (TOML + places).replace("\n", "\r\n"))(folder)


def left_out(folder):
    """A folder and a pipe with the names of images, and links that run in a circle."""
    for name in "gh":
        put(f"masks/{name}.png", MASK)(folder)
    put("images/g.png/x.txt", "")(folder)
    pipe("images/h.png")(folder)
    linked("images/again", "images")(folder)
    linked("images/up", ".")(folder)


def links(folder):
    """Images elsewhere, and a link to one of them; the names of a list are looked up among the images, whatever their folders."""
    moved("images", "../photos")(folder)
    linked("../photos/a.png", "../photos/z.png")(folder)
    write_picture(folder / "../photos/z.png", 9, SIZE)
    put("t.txt", "/elsewhere/a.png 1\n../../b.png\nc\n")(folder)
    toml(TOML + 'images = "../photos"\n[split]\ntrain = "t.txt"\n')(folder)


@pytest.mark.parametrize("plant, words", [(odd_names, "3 train, 1 validation"), (left_out, "left out 2 files without a partner"), (links, "2 train, 1 validation")],
                         ids=["odd names", "left out", "links"])  # fmt: skip
@POSIX
def test_what_looks_odd_but_is_whole_is_trained_on(plant, words, tmp_path, capsys):
    (tmp_path / "d a t a").mkdir()
    for each in own, plant:
        each(tmp_path / "d a t a")
    words_of_command = TRAIN.replace("OUT", f"{tmp_path}/out").replace(" --quiet", "").split()
    assert main([*words_of_command, f"folder:{tmp_path}/d a t a"]) == 0
    assert words in capsys.readouterr().out and (tmp_path / "out" / "checkpoint.npz").exists()
