"""Broken data sets of one's own, in a table: each is refused in one sentence that names the file, and nothing is written."""

import io
import struct
import zlib

import numpy as np
import pytest
from broken_data import (
    MASK,
    POSIX,
    SIZE,
    TOML,
    TRAIN,
    cut,
    every,
    linked,
    moved,
    own,
    pipe,
    planted,
    put,
    refused,
    row,
    toml,
)
from PIL import Image

from minifcn.__main__ import main

NOISE = np.random.default_rng(9).integers(0, 256, (*SIZE, 3), np.uint8)
GREY = NOISE[..., 0]


def huge_png(width=10**5, height=10**5):
    """A PNG of a hundred bytes that says it is huge."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


def npy_header(shape):
    """A .npy file without its numbers."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return content.getvalue()


def palette_of_300(folder):
    """A palette file with 300 entries; PNG allows 256."""
    image = Image.fromarray(MASK)
    image.putpalette(bytes(768))
    path = folder / "masks" / "c.png"
    image.save(path)
    content = path.read_bytes()
    at = content.index(b"PLTE") - 4
    data = bytes(900)
    chunk = struct.pack(">I", 900) + b"PLTE" + data + struct.pack(">I", zlib.crc32(b"PLTE" + data))
    path.write_bytes(content[:at] + chunk + content[at + 12 + struct.unpack(">I", content[at : at + 4])[0] :])


def npy_images(make):
    return every("images", lambda name: put(f"{name}.npy", make(len(name) and ord(name[-1]))))


def masks_of(array):
    return every("masks", lambda name: put(f"{name}.png", array))


SPLIT = TOML + "[split]\n"
FOLDERS = [
    # Files
    row("no such folder", lambda folder: folder.rmdir() or folder.with_name("x").mkdir(), "/in is not there"),
    row("empty folder", "/in has no dataset.toml"),
    row("no images", own, moved("images", "elsewhere"), "/in: the folder of the images, images, is not there; found the folders elsewhere, masks"),
    row("no masks", own, moved("masks", "elsewhere"), "/in: the folder of the masks, masks, is not there"),
    row("empty folders", own, every("images", None), "dataset.toml: no image has a mask", "first mask"),
    row("swapped folders", own, moved("images", "x"), moved("masks", "images"), moved("x", "masks"), "/masks/", "3 channels (RGB)"),
    row("names differ", own, every("masks", lambda name: put(f"{name}_x.png", MASK)), "dataset.toml: no image has a mask of its name"),
    row("namesakes", own, put("images/c.jpg", NOISE), "images/c.jpg", "images/c.png have the same name"),
    row("truncated image", own, cut("images/c.png"), "images/c.png"),
    row("truncated mask", own, cut("masks/c.png"), "masks/c.png"),
    row("truncated header", own, cut("images/c.png", 0.1), "images/c.png"),
    row("empty image", own, put("images/c.png", b""), "images/c.png is not an image"),
    row("empty mask", own, put("masks/c.png", b""), "masks/c.png is not an image"),
    row("text instead of a mask", own, put("masks/c.png", "not yet\r\n"), "masks/c.png is not an image"),
    row("mask of another size", own, put("masks/c.png", MASK[:4]), "images/c.png has 10 x 8 pixels", "masks/c.png has 10 x 4"),
    row("mask on its side", own, put("masks/c.png", MASK.T.copy()), "masks/c.png has 8 x 10"),
    row("huge image", own, put("images/c.png", huge_png()), "images/c.png has 10,000,000,000 pixels"),
    row("huge mask", own, put("masks/c.png", huge_png()), "masks/c.png has 10,000,000,000 pixels"),
    row("image without pixels", own, put("images/c.png", huge_png(0, 0)), "images/c.png"),
    row("all images are folders", own, every("images", lambda name: put(f"{name}.png/x", "")), "no image has a mask of its name"),
    row("pipe as a description", own, pipe("dataset.toml"), "dataset.toml: it is a pipe or a device", marks=POSIX),
    row("broken link", own, linked("images/c.png", "gone.png"), "images/c.png: No such file", marks=POSIX),
    row("link to itself", own, linked("images/c.png", "images/c.png"), "images/c.png", marks=POSIX),
    # Masks
    row("unknown value", own, put("masks/c.png", MASK * 7), "masks/c.png: the value 7 at row 0, column 0 is no class (20 pixels, 25 %)"),
    row("0 and 255", own, masks_of(MASK * 255), "masks/", "the value 255 at row 0, column 0 is no class"),
    row("JPEG masks", own, every("masks", lambda name: put(f"{name}.jpg", MASK * 255)), toml(TOML.replace("1]", "255]")), ".jpg: the value", "nearest"),
    row("instance map", own, put("masks/c.png", np.arange(80, dtype=np.uint8).reshape(SIZE)), "masks/c.png: the value 2 at", "like 77 other values"),
    row("16-bit instance map", own, put("masks/c.png", np.arange(80, dtype=np.uint16).reshape(SIZE) * 1000), "masks/c.png: the value 1000"),
    row("coloured mask", own, put("masks/c.png", NOISE), "masks/c.png: it has 3 channels (RGB)", "colours"),
    row("unknown colour", own, masks_of(NOISE), toml('classes = ["a", "b"]\ncolours = ["#000000", "#ff0000"]\nencoding = "colours"'), "the colour #"),
    row("no transparency", own, toml(TOML.replace("1]", "255]") + 'encoding = "alpha"'), "it has no transparency (mode L)"),
    row("palette of 300 colours", own, palette_of_300, "masks/c.png: "),
    row("fractions", own, moved("masks/c.png", None), put("masks/c.npy", MASK / 2), "masks/c.npy: it holds numbers that are not whole"),
    row("NaN in a mask", own, moved("masks/c.png", None), put("masks/c.npy", MASK * np.nan), "masks/c.npy: it holds numbers that are not whole"),
    row("one-hot mask", own, moved("masks/c.png", None), put("masks/c.npy", np.stack([MASK, 1 - MASK], 2)), "masks/c.npy: it has 2 channels"),
    row("ignored altogether", own, masks_of(MASK * 0 + 9), toml(TOML + "ignore = [9]"), "dataset.toml: the training masks have no labelled pixel: 100.0 % of their pixels are 255"),
    row("foreground ignored", own, masks_of(MASK * 255), toml(TOML + "ignore = [255]"), "the training masks have only class 0, and 25.0 % of their pixels are 255"),
    row("only one class", own, masks_of(MASK * 0), "dataset.toml: the training masks have only class 0; correct"),
    # Images
    row("grey images", own, toml(TOML + "[pixels]\nchannels = 4"), "images/", "has 3 channels, expected 4"),
    row("colour for one channel", own, toml(TOML + "[pixels]\nchannels = 1"), "images/", "has 3 channels, expected 1"),
    row("16 bits without a range", own, every("images", lambda name: put(f"{name}.png", GREY.astype(np.uint16) * 100 + ord(name[-1]))), toml(TOML + "[pixels]\nchannels = 1"), "images/", "but range is [0, 255]"),
    row("NaN in an image", own, npy_images(lambda n: np.where(np.arange(240) > 100, n, np.nan).reshape(*SIZE, 3)), "images/", "101 of its values are not finite numbers, the first at row 0"),
    row("channels first", own, npy_images(lambda n: np.full((3, *SIZE), n)), "they come first in it, so save array.transpose(1, 2, 0)"),
    row("text in .npy", own, npy_images(lambda n: np.full((*SIZE, 3), str(n))), "it holds <U"),
    row("pickle in .npy", own, npy_images(lambda n: np.full(SIZE, [n], object)), "images/"),
    row(".npy of one row", own, npy_images(lambda n: np.full(9, n)), "of shape (9,), expected numbers (H, W)"),
    row(".npy without numbers", own, moved("images/c.png", None), put("images/c.npy", npy_header((8, 10, 3))), "images/c.npy"),
    row("huge .npy", own, moved("images/c.png", None), put("images/c.npy", npy_header((10**6, 10**6, 3))), "images/c.npy"),
    row(".npy of negative size", own, moved("images/c.png", None), put("images/c.npy", npy_header((-1, 10, 3))), "images/c.npy"),
    # Splits
    row("copy in two parts", own, *[put(f"images/{name}.png", NOISE) for name in "abcdef"], "dataset.toml: the files", "have the same content"),
    row("no validation", own, toml(SPLIT + "validation = 0"), "dataset.toml: validation is 0"),
    row("nothing to train on", own, toml(SPLIT + "validation = 0.5\ntest = 0.5"), "validation and test have all the images"),
    row("one image", own, *[moved(f"images/{name}.png", None) for name in "abcde"], "no image is left for validation of 1 image"),
    row("missing list", own, toml(SPLIT + 'train = "t.txt"\nvalidation = "v.txt"'), "cannot read", "/in/t.txt: No such file"),
    row("empty list", own, put("t.txt", "\r\n\r\n"), toml(SPLIT + 'train = "t.txt"'), "t.txt: it names no image"),
    row("unknown name on a list", own, put("t.txt", "a\r\nz\r\n"), toml(SPLIT + 'train = "t.txt"'), "t.txt: line 2 names 'z'"),
    row("list in Latin-1", own, put("t.txt", b"caf\xe9\n"), toml(SPLIT + 'train = "t.txt"'), "t.txt: byte 3 is not UTF-8"),
    row("list that is a folder", own, put("t.txt/a.png", b""), toml(SPLIT + 'train = "t.txt"'), "t.txt"),
    row("name on two lists", own, put("t.txt", "a\nb\nc\n"), put("v.txt", "b\n"), toml(SPLIT + 'train = "t.txt"\nvalidation = "v.txt"'), "b is in train and in validation"),
    row("paths outside on a list", own, put("t.txt", "a\r\n../../b.png\r\n/etc/passwd\r\n"), toml(SPLIT + 'train = "t.txt"'), "t.txt: line 3 names '/etc/passwd'"),
    row("missing part", own, toml(SPLIT + 'train = "train"\nvalidation = "val"'), "the folder train of the split has no image"),
    row("option", own, "expected at least 16", command=f"{TRAIN} folder:IN --size 3", code=2),
    row("no path", "folder: found no path", command=f"{TRAIN} folder"),
]  # fmt: skip
DESCRIPTIONS = [
    row("empty description", own, toml(""), "dataset.toml: it names no classes"),
    row("BOM and Windows", own, toml("\ufeff" + TOML.replace("\n", "\r\n") + 'clases = 3\r\n'), "did you mean classes"),
    row("not UTF-8", own, toml(b'classes = ["caf\xe9"]'), "dataset.toml: byte 15 is not UTF-8"),
    row("UTF-16", own, toml(TOML.encode("utf-16")), "dataset.toml: byte 0 is not UTF-8"),
    row("not TOML", own, toml("classes: [a]"), "dataset.toml: it is not TOML", "line 1"),
    row("binary", own, toml(bytes(range(128))), "dataset.toml: it is not TOML"),
    row("nested", own, toml("classes = " + "[" * 5000), "dataset.toml: it is"),
    row("large", own, toml("# " + "x" * 2**20), "dataset.toml: it has more than 1,048,576 bytes"),
    row("key twice", own, toml(TOML + "values = [0, 1]"), "dataset.toml: it is not TOML"),
    row("section that is a value", own, toml(TOML + "split = 3"), "dataset.toml: there is no key 'split'"),
    row("unknown section", own, toml(TOML + "[colors]\na = 1"), "dataset.toml: there is no key 'colors'"),
    row("class twice", own, toml('classes = ["a", "a"]'), 'dataset.toml: two classes are named "a"'),
    row("value twice", own, toml(TOML.replace("1]", "0]")), "dataset.toml: the value 0 stands for"),
    row("300 classes", own, toml(f"classes = {[str(n) for n in range(300)]}"), "dataset.toml: it has 300 classes"),
    row("300 colours", own, toml(TOML + f"colours = {['#000000'] * 300}"), "colours has 300 entries but there are 2 classes"),
    row("same place", own, toml(TOML + 'masks = "images"'), "dataset.toml: images and masks are both in"),
    row("undecided", own, toml(TOML + 'undecided = "Is 255 the foreground?"'), "dataset.toml: Is 255 the foreground?"),
    row("slow pattern", own, toml(SPLIT + 'group = "(a+)+$"'), "dataset.toml: group is"),
    row("toml that is a folder", own, moved("dataset.toml", None), put("dataset.toml/x", b""), "dataset.toml: Is a directory"),
    row("mean of two", own, toml(TOML + "[pixels]\nmean = [1, 2]"), "dataset.toml: mean has 2 numbers but channels is 3"),
    *[row(f"type of {line.partition(' ')[0]}", own, toml(f"{TOML if 'cl' not in line[:2] and 'values' not in line else ''}{line}"), f"dataset.toml: {line.split(' =')[0]} is ")
      for line in ("classes = 3", 'classes = ["a", 1]', "colours = [1]", "images = 1", 'masks = ""', "image_ending = 1", "mask_ending = []",
                   "encoding = 1", "values = 1", "values = [[]]", "ignore = 255", "unknown = true", "class_weights = 1", "undecided = true")],
    *[row(f"type of split.{line.partition(' ')[0]}", own, toml(f"{SPLIT}{line}"), f"dataset.toml: split.{line.split(' =')[0]} is ")
      for line in ("train = 0.5", "validation = 1", "test = -0.1", "seed = -1", "group = 1")],
    *[row(f"type of pixels.{line.partition(' ')[0]}", own, toml(f"{TOML}[pixels]\n{line}"), f"dataset.toml: pixels.{line.split(' =')[0]} is ")
      for line in ("channels = 0", 'range = "255"', "mean = [nan]", "std = [0]")],
]  # fmt: skip


CHECKED = [pytest.param("check", *each.values[1:], id=f"check: {each.id}") for each in DESCRIPTIONS]


@pytest.mark.parametrize("command, plants, words, code", FOLDERS + DESCRIPTIONS + CHECKED)
def test_it_is_one_sentence_and_nothing_is_written(command, plants, words, code, tmp_path, capsys, monkeypatch):
    sentence = refused(command, plants, code, tmp_path, capsys, monkeypatch)
    assert [word for word in words if word not in sentence] == [], sentence


# What `data check` says in words of its own, since it has looked at all files.
OWN_WORDS = {
    "no such folder": ["/in is not a folder"],
    "empty folder": ["/in: found no images with masks"],
    "empty folders": ["no image has a mask of its name"],
    "names differ": ["no image has a mask of its name"],
    "namesakes": ["images/c.jpg and images/c.png: rename or remove one"],
    "mask of another size": ["images/c.png is 10 x 8 but its mask 10 x 4"],
    "mask on its side": ["images/c.png is 10 x 8 but its mask 8 x 10"],
}
REFUSED = [pytest.param(plants, OWN_WORDS.get(each.id, words), id=each.id)
           for each in FOLDERS for command, plants, words, _ in [each.values] if command == "train"]  # fmt: skip


@pytest.mark.parametrize("sheet", ["left out", pytest.param("drawn", marks=pytest.mark.slow)])
@pytest.mark.parametrize("plants, words", REFUSED)
def test_check_refuses_what_training_refuses(plants, words, sheet, tmp_path, capsys, monkeypatch):
    if sheet == "left out":  # which takes most of the time
        monkeypatch.setattr("minifcn.survey.sheet.data_sheet", lambda *about: None)
        monkeypatch.setattr("minifcn.survey.sheet.save", lambda *about, **options: None)
    planted(plants, tmp_path)
    monkeypatch.chdir(tmp_path.parent)  # for short lines
    code = main(["data", "check", f"{tmp_path.name}/in", "--out", f"{tmp_path.name}/out", "--quiet"])
    out, err = capsys.readouterr()
    assert (code, bool(out)) == (1, not err)
    text = " ".join((out + err).split())
    assert [word for word in words if word not in text] == [], text
