"""Whatever is wrong with annotations is one sentence with the file's name, and nothing is written."""

import json
import os
import random
import struct

import numpy as np
import pytest
from scipy.io import savemat

from minifcn.__main__ import main

from .miniatures import box, coco, labelme, shape, square, write_json, write_photo, write_png

SQUARE = square("cat", 0, 0, 2)
BOX = {"category_id": 1, "segmentation": box(0, 0, 2, 2)}


def lm(shapes, **more):
    return lambda folder: labelme(folder, "a", shapes, **more)


def co(*annotations, **more):
    return lambda folder: coco(folder, annotations, **more)


def text(name, content):
    return lambda folder: write_json(folder / name, content)


def masks(*arrays, size=(2, 3), suffix=".png"):
    """Images a, b, ... of a size, and these masks."""

    def make(folder):
        for name, array in zip("abc", arrays):
            write_photo(folder / "images" / f"{name}.jpg", *size)
            write_png(folder / "masks" / f"{name}{suffix}", np.array(array, np.uint8))
        return folder

    return make


def mat(contents, size=(2, 3)):
    def make(folder):
        write_photo(folder / "a.jpg", *size)
        savemat(folder / "a.mat", contents)
        return folder

    return make


def without(make, name):
    def changed(folder):
        path = make(folder)
        (folder / name).unlink()
        return path

    return changed


def namesakes(folder):
    for place in ("x", "y"):
        write_photo(folder / "images" / place / "a.jpg", 2, 3)
        write_png(folder / "masks" / place / "a.png", np.zeros((2, 3), np.uint8))
    return folder


def twins(folder):
    for suffix in (".jpg", ".png"):
        write_photo(folder / "images" / f"a{suffix}", 2, 3)
    write_png(folder / "masks" / "a.png", np.zeros((2, 3, 3), np.uint8))
    return folder


IMAGE = {"id": 5, "file_name": "a.jpg", "height": 8, "width": 10}
RGB = [[[0, 0, 0]] * 3, [[9, 9, 9]] * 3]
CASES = {
    # name: (what to write, more options, words of the sentence)
    "missing": (lambda folder: folder / "gone", "", "gone does not exist"),
    "empty folder": (lambda folder: folder, "", "not clear what to convert"),
    "no MATLAB": (lambda folder: folder, "--from mat", "found no file that ends in .mat; name the folder that has them"),
    "no ADE20K": (lambda folder: folder, "--from ade20k-full", "found no file that ends in _seg.png"),
    "no shapes": (text("a.json", {"x": 1}), "--from labelme", "a.json: it has no shapes"),
    "not JSON": (text("a.json", "{'shapes'"), "", "a.json: it is not JSON: Expecting property name"),
    "deep JSON": (text("a.json", "[" * 100_000), "", "a.json: it is nested too deeply"),
    "huge number": (text("a.json", '{"shapes": ' + "1" * 5000 + "}"), "", "a.json: it is not JSON"),
    "shapes of text": (lm("x"), "", "a.json: shapes is 'x', expected a list"),
    "shape of text": (lm(["x"]), "", "a.json: number 1 of shapes is 'x', expected an object"),
    "label of number": (lm([SQUARE | {"label": 3}]), "", "a.json: label is 3, expected text"),
    "two points": (lm([shape("cat", (0, 0), (1, 1))]), "", "a.json: shape 1: it has 2 points, expected at least 3"),
    "no points": (lm([shape("cat")]), "", "a.json: shape 1: it has 0 points"),
    "NaN": (lm([shape("cat", (0, 0), (1, float("nan")), (2, 2))]), "", "a.json: shape 1: it has a point at nan pixels"),
    "infinite": (lm([shape("cat", (0, 0), (1, float("inf")), (2, 2))]), "", "it has a point at inf pixels"),
    "far away": (lm([shape("cat", (0, 0), (1, 10**400), (2, 2))]), "", "a.json: shape 1: it has a point at 1000"),
    "points of text": (lm([SQUARE | {"points": [["0", "1"]] * 3}]), "", "expected numbers"),
    "points of three": (lm([SQUARE | {"points": [[0, 1, 2]] * 3}]), "", "expected pairs of numbers"),
    "unknown shape": (lm([SQUARE | {"shape_type": "star"}]), "", "a.json: shape 1: its shape_type is 'star'"),
    "circle of three": (lm([shape("cat", (0, 0), (1, 1), (2, 2), kind="circle")]), "", "a circle of 3 points, expected 2"),
    "mask of nothing": (lm([shape("cat", (0, 0), (1, 1), kind="mask", mask="AAAA")]), "", "cannot read the image in"),
    "mask of no text": (lm([shape("cat", (0, 0), (1, 1), kind="mask", mask="A")]), "", "its mask is not base64"),
    "missing image": (without(lm([SQUARE]), "a.jpg"), "", "a.json: its image 'a.jpg' is not there"),
    "imagePath of number": (lm([SQUARE], imagePath=3), "", "a.json: imagePath is 3, expected text"),
    "imageData of nothing": (lm([SQUARE], imagePath="b.jpg", imageData="AAAA"), "", "cannot read the image in"),
    "other size": (lm([SQUARE], imageHeight=9), "", "a.json: it is for 10 x 9 pixels, but"),
    "turned": (lm([SQUARE], imageHeight=10, imageWidth=8), "", "a camera's note turns it"),
    "not an image": (lm([SQUARE], imagePath="a.json"), "", "is it an image, and whole?"),
    "empty label": (lm([square("", 0, 0, 2)]), "", "'' cannot be the name of a class"),
    "control characters": (lm([square("a\x1b[31m", 0, 0, 2)]), "", r"'a\x1b[31m' cannot be"),
    "too many classes": (lm([square(f"c{n}", 0, 0, 1) for n in range(300)]), "", "it has 301 classes, expected 1 to 255"),
    "classes twice": (lm([SQUARE]), "--classes cat,cat", "two classes are named 'cat'"),
    "no such list": (lm([SQUARE]), "--classes gone.txt", "gone.txt does not exist"),
    "no such folder": (co(BOX), "--images gone", "gone is no folder"),
    "unknown category": (co({"category_id": 9, "segmentation": box(0, 0, 1, 1)}), "", "annotation 1: 9 is none of the classes"),
    "unknown image": (co(BOX | {"image_id": 6}), "", "annotation 1 is of the image 6, which is not in its list"),
    "two ids": (co(BOX, images=[IMAGE, IMAGE]), "", "two of its images have the id 5"),
    "duplicate names": (co(BOX, images=[IMAGE, IMAGE | {"id": 6}]), "", "would both be a; rename one"),
    "two categories": (co(BOX, categories=[(1, "cat"), (2, "cat")]), "", "two classes are named 'cat'"),
    "no categories": (text("a.json", {"categories": [{}], "annotations": []}), "", "number 1 of categories: id is missing, expected a whole number"),
    "image gone": (without(co(BOX), "images/a.jpg"), "", "a.jpg is not below"),
    "odd numbers": (co(BOX | {"segmentation": [[0, 0, 1, 1, 2, 2, 3]]}), "", "a polygon of 7 numbers, expected pairs"),
    "polygon of two": (co(BOX | {"segmentation": [[0, 0, 1, 1]]}), "", "annotation 1: it has 2 points"),
    "segmentation of text": (co(BOX | {"segmentation": "x"}), "", "segmentation is 'x', expected a list"),
    "polygon of text": (co(BOX | {"segmentation": ["x"]}), "", "its points are 'x', expected numbers"),
    "short runs": (co(BOX | {"segmentation": {"size": [8, 10], "counts": [79]}}), "", "do not fill the image, 79 pixels in all"),
    "wrong runs": (co(BOX | {"segmentation": {"size": [10, 8], "counts": [80]}}), "", "run lengths are for [10, 8]"),
    "COCO's size": (co(BOX, images=[IMAGE | {"width": 11}]), "", "it is for 11 x 8 pixels, but"),
    "huge size": (co(BOX, images=[IMAGE | {"width": 10**12}]), "", "it is for 1000000000000 x 8 pixels"),
    "image outside": (co(BOX, images=[IMAGE | {"file_name": "../../../etc/passwd"}]), "", "is not below"),
    "stuff without names": (masks([[1]], size=(1, 1)), "--from coco-stuff", "maps of numbers do not name their classes"),
    "stuff in colour": (masks(RGB), "--from coco-stuff --classes a,b", "a.png: it has the mode RGB, expected one number"),
    "unknown number": (masks([[0, 1, 7]], size=(1, 3)), "--from coco-stuff --classes a,b", "a.png: 7 is none of the classes a, b"),
    "mask of another size": (masks(RGB, size=(3, 2)), "--from colours", "a.png: it is for 3 x 2 pixels, but"),
    "same name": (twins, "--from colours", "have the same name"),
    "mask alone": (without(masks(RGB, RGB), "images/b.jpg"), "--from colours", "b.png: this mask has no image"),
    "bad table": (masks(RGB), "--from colours --colours IN/a.txt", "cannot read"),
    "no layout": (lambda folder: folder, "--from colours", "found no images with masks"),
    "two classes": (masks([[0, 1, 1]], size=(1, 3)), "--from binary --classes a,b", "with one mask for each image"),
    "same name of two images": (namesakes, "--from binary", "a.jpg have the same name, so it is not clear whose"),
    "no folder of masks": (masks(RGB), "--from binary --masks gone", "gone is no folder"),
    "no COCO": (lm([SQUARE]), "--from coco", "a.json: categories is missing"),
    "no COCO in a folder": (lambda folder: folder, "--from coco", "in: found none, expected one JSON file of coco"),
    "background of others": (masks(RGB), "--from colours --others background", "none of its classes is called background"),
    "mat of text": (text("a.mat", "x" * 300), "", "cannot read"),
    "mat without a map": (mat({"x": "text"}), "", "a.mat: found 0 matrices of numbers"),
    "mat of two maps": (mat({"x": np.eye(2), "y": np.eye(2)}), "", "a.mat: found 2 matrices"),
    "mat of fractions": (mat({"x": np.full((2, 3), 0.5)}), "", "a.mat: its matrix does not hold whole numbers"),
    "mat of negative numbers": (mat({"x": np.full((2, 3), -1)}), "", "a.mat: it holds numbers from -1 to -1"),
    "mat without image": (without(mat({"x": np.eye(2)}), "a.jpg"), "", "a.mat: found none, expected one image called a"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(name, tmp_path, capsys, monkeypatch):
    make, options, words = CASES[name]
    (tmp_path / "in").mkdir()
    source = make(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    options = options.replace("IN", str(tmp_path / "in")).split()
    assert main(["data", "convert", str(source), "--out", "new", *options]) == 1
    out, err = capsys.readouterr()
    assert words in err and err.startswith("minifcn: ") and err.count("\n") == 1 and out == ""
    assert os.listdir(tmp_path) == ["in"]


def test_a_small_file_that_inflates_to_a_large_one_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("minifcn.data.published.mat.LARGEST", 100_000)
    savemat(tmp_path / "a.mat", {"x": np.zeros((200, 200))}, do_compression=True)
    assert (tmp_path / "a.mat").stat().st_size < 10_000
    assert main(["data", "convert", str(tmp_path / "a.mat"), "--out", str(tmp_path / "out")]) == 1
    assert "cannot read x in " in (err := capsys.readouterr().err) and "a.mat: it holds more than 100,000 bytes, which no label map needs" in err


def test_cells_in_cells_are_passed_over(tmp_path, capsys):
    """SciPy's loadmat, which reads cells one inside the other, ends the process with a full stack."""
    depth = 100_000
    heads = [struct.pack("<12I", 14, 40 + 48 * k, 6, 8, 1, 0, 5, 8, 1, 1, 1, 0) for k in reversed(range(depth))]
    (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0".ljust(124) + b"\0\1IM" + b"".join(heads))
    assert main(["data", "convert", str(tmp_path / "a.mat"), "--out", str(tmp_path / "out")]) == 1
    assert "a.mat: found 0 matrices of numbers, expected one label map" in capsys.readouterr().err


def test_a_folder_that_exists_is_not_touched(tmp_path, capsys):
    source = labelme(tmp_path / "in", "a", [SQUARE])
    (tmp_path / "out").mkdir()
    assert main(["data", "convert", str(source), "--out", str(tmp_path / "out"), "-q"]) == 0  # it is empty
    before = sorted(tmp_path.rglob("*"))
    assert main(["data", "convert", str(source), "--out", str(tmp_path / "out"), "-q"]) == 1
    assert "out already exists; choose another --out" in capsys.readouterr().err and sorted(tmp_path.rglob("*")) == before


def test_the_command_says_what_it_did_and_what_comes_next(tmp_path, capsys):
    labelme(tmp_path / "in", "a", [SQUARE])
    assert main(["data", "convert", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("in: labelme (detected; otherwise say --from labelme)")
    assert lines[1] == "1 image, 2 classes: background, cat"
    assert lines[2].endswith(f"train on it with `--data folder:{tmp_path / 'out'}`")


VALUES = [None, True, -1, 0, 1e300, float("nan"), 10**30, "", "x", "../a", "\0", [], [[]], {}, {"id": 1}, [None], "é" * 300]


def damaged(content, rng):
    """A copy of a JSON value with one of its parts, at any depth, replaced."""
    content = json.loads(json.dumps(content))
    places = []

    def visit(value):
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            visit(value[key])

    visit(content)
    parent, key = rng.choice(places)
    parent[key] = rng.choice(VALUES)
    return content


@pytest.mark.parametrize("seed", range(60))
def test_damaged_annotations_are_refused_or_converted_but_never_crash(tmp_path, capsys, seed):
    rng = random.Random(seed)
    make = rng.choice([lm([SQUARE, shape("dog", (1, 1), (3, 3), kind="circle")]),
                       co(BOX, BOX | {"segmentation": {"size": [8, 10], "counts": "0X2"}, "iscrowd": 1})])  # fmt: skip
    (tmp_path / "in").mkdir()
    path = make(tmp_path / "in")
    write_json(path, damaged(json.loads(path.read_text()), rng))
    code = main(["data", "convert", str(path), "--out", str(tmp_path / "new")])
    err = capsys.readouterr().err
    assert (code, err) == (0, "") or (code == 1 and err.count("\n") == 1 and os.listdir(tmp_path) == ["in"])
