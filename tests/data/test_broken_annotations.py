"""Broken annotations and broken published data sets, in tables, like test_broken_folders.py."""

import json

import numpy as np
import pytest
from broken_data import MASK, POSIX, SIZE, TRAIN, cut, every, linked, moved, pipe, put, refused, row
from PIL import Image
from published_data import indices_of, write_indices, write_mat, write_names, write_picture

from minifcn.__main__ import main

SHAPE = {"label": "crack", "points": [[1, 1], [6, 1], [6, 5]], "shape_type": "polygon"}
IMAGE = {"id": 1, "file_name": "a.png", "height": 8, "width": 10}
OBJECT = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [[1, 1, 6, 1, 6, 5]]}
CATEGORIES = [{"id": 1, "name": "crack"}]
SETS, SCENES = "ImageSets/Segmentation", "spatial_envelope_256x256_static_8outdoorcategories"
LABELS = f"SemanticLabels/{SCENES}"


def photo(name="a.png", size=SIZE):
    return lambda folder: write_picture(folder / name, len(name), size)


def labelme(folder):
    """A whole labelme file and its picture."""
    write_picture(folder / "a.png", 1, SIZE)
    lm(shapes=[SHAPE])(folder)


def lm(**keys):
    content = {"version": "5.0", "shapes": [SHAPE], "imagePath": "a.png", "imageData": None, "imageHeight": 8, "imageWidth": 10}
    return put("a.json", json.dumps(content | keys))


def coco(**keys):
    """A COCO file and its picture."""
    content = {"images": [IMAGE], "annotations": [OBJECT], "categories": CATEGORIES} | keys
    return lambda folder: [plant(folder) for plant in (photo(), put("a.json", json.dumps(content)))]


def one(**keys):
    return coco(annotations=[OBJECT | keys])


def runs(counts, size=(8, 10)):
    return one(segmentation={"size": size, "counts": counts})


def convert(name, *parts, options="", **more):
    return row(name, *parts, command=f"convert {options}".strip(), **more)


ANNOTATIONS = [
    convert("nothing", "it is not clear what to convert"),
    convert("empty file", photo(), put("a.json", ""), "a.json: it is not JSON"),
    convert("cut file", labelme, cut("a.json"), "a.json: it is not JSON", "is the file whole?"),
    convert("UTF-16", labelme, lambda folder: put("a.json", (folder / "a.json").read_text().encode("utf-16"))(folder), "a.json"),
    convert("number", photo(), put("a.json", "1e999"), "it is not clear what to convert"),
    convert("null", photo(), put("a.json", "null"), "/in: it has no shapes, so it is not of labelme", options="--from labelme"),
    convert("NUL in a file name", lm(imagePath="a\0.png"), "a.json: its image 'a\\x00.png' is not there"),
    convert("endless file name", lm(imagePath="a" * 5000), "a.json: its image 'aaaa"),
    convert("image is a folder", lm(imagePath="x"), put("x/a.txt", ""), "a.json: its image 'x' is not there"),
    convert("image is a pipe", lm(imagePath="x.png"), pipe("x.png"), "a.json: its image 'x.png' is not there", marks=POSIX),
    convert("annotation is a pipe", photo(), pipe("b.json"), "b.json: it is a pipe or a device", marks=POSIX),
    convert("annotation is a broken link", photo(), linked("b.json", "gone"), "b.json: No such file", marks=POSIX),
    convert("annotation links to itself", photo(), linked("b.json", "b.json"), "b.json: Too many levels", marks=POSIX),
    convert("truncated image", labelme, cut("a.png", 0.1), "a.png"),
    convert("truncated pixels", labelme, cut("a.png", 0.8), "a.png"),
    convert("label in two lists", labelme, put("labels.txt", "crack\ncrack\n"), "two classes are named 'crack'"),
    convert("label on no list", labelme, put("labels.txt", "\ufeffroad\r\nwall\r\n"), "a.json: shape 1: 'crack' is none of the classes"),
    convert("list in Latin-1", labelme, put("labels.txt", b"cr\xe4ck\n"), "labels.txt: byte 2 is not UTF-8"),
    convert("object for points", lm(shapes=[SHAPE | {"points": {"x": 1}}]), photo(), "a.json: shape 1: points is {'x': 1}, expected a list"),
    convert("kind is a list", lm(shapes=[SHAPE | {"shape_type": [1]}]), photo(), "a.json: shape 1: shape_type is [1], expected text"),
    convert("COCO of text", coco(images="x"), "a.json: images is 'x', expected a list", options="--from coco"),
    convert("images that are numbers", coco(images=[3]), "a.json: number 1 of images is 3, expected an object"),
    convert("no file name", coco(images=[{"id": 1}]), "a.json: file_name is missing, expected text"),
    convert("file name outside", coco(images=[IMAGE | {"file_name": "../../../../etc/passwd"}]), "a.json: ../../../../etc/passwd is not below"),
    convert("no height", coco(images=[{"id": 1, "file_name": "a.png"}]), "a.json: image 1: height is missing, expected a whole number"),
    convert("negative height", coco(images=[IMAGE | {"height": -8}]), "a.json: it is for 10 x -8 pixels, but"),
    convert("unknown category", one(category_id=7), "a.json: annotation 1: 7 is none of the classes"),
    convert("category of text", one(category_id="1"), "category_id is '1', expected a whole number"),
    convert("list of lists of lists", one(segmentation=[[[1, 1]]]), "a.json: annotation 1: its points are [[1, 1]], expected numbers"),
    convert("infinite polygon", one(segmentation=[[1, 1, 1e999, 1, 6, 5]]), "it has a point at inf pixels"),
    convert("runs too long", runs([0, 81]), "a.json: annotation 1: its run lengths do not fill the image", "expected 80"),
    convert("runs too short", runs([0, 79]), "79 pixels in all, expected 80 pixels"),
    convert("runs below zero", runs([-1, 81]), "its run lengths do not fill the image"),
    convert("runs of another size", runs([80], (80, 1)), "its run lengths are for [80, 1], but the image has 8 rows"),
    convert("runs in no alphabet", runs("\x7f~"), "which is not in COCO's alphabet"),
    convert("runs cut off", runs("oooo"), "its run lengths end within a number"),
    convert("endless runs", runs("P" * 10**5), "a.json: annotation 1: its run lengths"),
    convert("class twice", coco(categories=CATEGORIES + [{"id": 2, "name": "crack"}]), "two classes are named 'crack'"),
    convert("classes of numbers", coco(categories=[{"id": 1, "name": 1}]), "a.json: name is 1, expected text"),
    convert("no classes", coco(categories=[], annotations=[]), "a.json: it has no class besides the background"),
    convert("nothing drawn", lm(shapes=[]), photo(), "/in: it has no class besides the background"),
    convert("no images", coco(images=[], annotations=[]), "it has no annotated images"),
    convert("two in one folder", labelme, put("b.json", json.dumps({"images": [], "annotations": [], "categories": []})), "not clear what to convert; it holds"),
    convert("panoptic without masks", coco(annotations=[{"image_id": 1, "file_name": "m.png", "segments_info": []}]), "a.json: m.png is not below"),
    convert("panoptic segment unknown", coco(annotations=[{"image_id": 1, "file_name": "m.png", "segments_info": []}]), put("m.png", np.full((*SIZE, 3), 3, np.uint8)), "m.png: some of its pixels are of the segment 197379"),
    convert("new folder exists", labelme, lambda folder: put("x", "")(folder.parent / "out"), "/out already exists; choose another --out"),
    convert("new folder is a file", labelme, lambda folder: put("out", "")(folder.parent), "/out already exists"),
    convert("new folder in a file", labelme, "cannot create the folder", options="--out IN/a.png/new"),
    convert("unknown option", labelme, "unrecognized arguments: --form", options="--form coco", code=2),
    convert("unknown kind", labelme, "invalid choice: 'yolo'", options="--from yolo", code=2),
]  # fmt: skip


@pytest.mark.parametrize("command, plants, words, code", ANNOTATIONS)
def test_annotations_are_refused_in_one_sentence(command, plants, words, code, tmp_path, capsys, monkeypatch):
    sentence = refused(command, plants, code, tmp_path, capsys, monkeypatch)
    assert [word for word in words if word not in sentence] == [], sentence


def test_what_reaches_beyond_the_image_is_cut_off_and_counted(tmp_path, capsys):
    for plant in photo(), lm(shapes=[SHAPE | {"points": [[-5, -5], [30, -5], [30, 4], [-5, 4]]}]):
        plant(tmp_path)
    assert main(["data", "convert", str(tmp_path), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "1 x shape that reaches beyond its image, clipped" in capsys.readouterr().out
    assert (np.asarray(Image.open(tmp_path / "out/masks/a.png")) == (np.arange(8) < 4)[:, None]).all()


# Published ------------------------------------------------------------------------------------------------------------


def voc(folder):
    for number, name in enumerate("abcd"):
        write_picture(folder / "JPEGImages" / f"{name}.jpg", number)
        write_indices(folder / "SegmentationClass" / f"{name}.png", indices_of(0, 20, 255, number))
    write_names(folder / "ImageSets/Segmentation/train.txt", "abc", end="\r\n")
    write_names(folder / "ImageSets/Segmentation/val.txt", "d")


def camvid(folder):
    for part in "train", "val", "test":
        write_picture(folder / part / "a.png", len(part))
        write_indices(folder / f"{part}annot" / "a.png", indices_of(0, 11, 3))


def cityscapes(folder):
    for part in "train", "val":
        write_picture(folder / "leftImg8bit" / part / "ulm" / "a_leftImg8bit.png", len(part))
        write_indices(folder / "gtFine" / part / "ulm" / "a_gtFine_labelIds.png", indices_of(7, 33))


def ade20k(folder):
    for part in "training", "validation":
        write_picture(folder / "images" / part / "a.jpg", len(part))
        write_indices(folder / "annotations" / part / "a.png", indices_of(0, 150))


def siftflow(folder):
    for number, name in enumerate("abcd"):
        write_picture(folder / "Images" / SCENES / f"{name}.jpg", number)
        write_mat(folder / LABELS / f"{name}.mat", S=indices_of(0, 33).astype(np.uint8))
    write_names(folder / "trainval.txt", "abc")
    write_names(folder / "test.txt", "d")


def nyud(folder):
    for number in range(1, 4):
        write_picture(folder / "data/images" / f"img_{number}.png", number)
        write_mat(folder / "segmentation" / f"img_{number}.mat", segmentation=indices_of(1, 40).astype(np.uint8))
    for number, part in enumerate(("train", "val", "test"), start=1):
        write_names(folder / f"{part}.txt", [str(number)])


def published(data, name, *parts, **more):
    return row(f"{data.__name__}: {name}", data, *parts, command=f"{TRAIN} {data.__name__}:IN", **more)


PUBLISHED = [
    row("voc: no folder", "voc: there is no folder", "/in/gone; expected JPEGImages", command=f"{TRAIN} voc:IN/gone"),
    row("voc: empty", "/in/VOC2012/JPEGImages; expected", command=f"{TRAIN} voc:IN"),
    row("voc: a file", put("a.zip", ""), "a.zip", command=f"{TRAIN} voc:IN/a.zip"),
    row("voc: no path", "voc: found no path", command=f"{TRAIN} voc"),
    row("unknown name", "did you mean voc", command=f"{TRAIN} vocc:IN", code=2),
    published(voc, "no masks", moved("SegmentationClass", "x"), "voc: there is no folder", "/in/SegmentationClass"),
    published(voc, "no list", moved(f"{SETS}/val.txt", None), "voc: there is no file", "Segmentation/val.txt"),
    published(voc, "empty list", put(f"{SETS}/val.txt", "\r\n"), "val.txt is empty"),
    published(voc, "name twice", put(f"{SETS}/train.txt", "a\na\n"), "train.txt names a twice"),
    published(voc, "list of bytes", put(f"{SETS}/train.txt", b"\xff\xfe"), "train.txt is not text in UTF-8"),
    published(voc, "list that is a folder", moved(f"{SETS}/val.txt", None), put(f"{SETS}/val.txt/x", ""), "val.txt"),
    published(voc, "missing image", moved("JPEGImages/b.jpg", None), "JPEGImages has no image for 1 of 3 names, the first is b"),
    published(voc, "missing mask", moved("SegmentationClass/d.png", None), "SegmentationClass has no mask for 1 of 1 names"),
    published(voc, "paths on the list", put(f"{SETS}/train.txt", "../../etc/passwd"), "has no image for 1 of 1 names, the first is passwd"),
    published(voc, "namesakes", put("JPEGImages/a.png", MASK), "JPEGImages has both a.jpg and a.png"),
    published(voc, "truncated image", cut("JPEGImages/b.jpg"), "JPEGImages/b.jpg", marks=POSIX),
    published(voc, "truncated mask of validation", cut("SegmentationClass/d.png"), "SegmentationClass/d.png"),
    published(voc, "empty image", put("JPEGImages/b.jpg", ""), "JPEGImages/b.jpg is not an image"),
    published(voc, "mask of another size", put("SegmentationClass/b.png", MASK), "b.jpg has 16 x 12 pixels, but its mask", "b.png has 10 x 8"),
    published(voc, "unknown value", put("SegmentationClass/b.png", MASK * 21), "b.png has the value 21 at row 0, column 0"),
    published(voc, "coloured masks", put("SegmentationClass/b.png", np.zeros((12, 16, 3), np.uint8)), "b.png has colours (mode RGB)"),
    published(voc, "pipe", moved("JPEGImages/b.jpg", None), pipe("JPEGImages/b.jpg"), "b.jpg: it is a pipe", marks=POSIX),
    published(voc, "link to itself", linked("JPEGImages/b.jpg", "JPEGImages/b.jpg"), "JPEGImages/b.jpg", marks=POSIX),
    published(voc, "folder called like an image", moved("JPEGImages/b.jpg", None), put("JPEGImages/b.jpg/x", ""), "JPEGImages/b.jpg"),
    published(camvid, "no annotations", moved("valannot", "x"), "camvid: there is no folder", "/in/valannot"),
    published(camvid, "one without a partner", put("train/b.png", MASK), "trainannot has no mask for 1 of 2 names, the first is b"),
    published(camvid, "a list of others", put("train.txt", "/SegNet/CamVid/train/z.png /SegNet/CamVid/trainannot/z.png\r\n"), "/train has no image for 1 of 1 names, the first is z"),
    published(cityscapes, "no city", moved("gtFine/val/ulm", "x"), "cityscapes: there is no folder", "gtFine/val/ulm"),
    published(cityscapes, "no pictures", moved("leftImg8bit/train/ulm/a_leftImg8bit.png", None), "leftImg8bit/train/ulm has no image for 1"),
    published(cityscapes, "empty", every("leftImg8bit/val/ulm", None), every("gtFine/val/ulm", None), "the validation split of", "is empty"),
    published(ade20k, "no masks", moved("annotations", "x"), "ade20k: there is no folder", "annotations/training"),
    published(ade20k, "short table", put("objectInfo150.txt", "Idx\tName\n1\twall\n"), "objectInfo150.txt has 1 lines after the headline, expected 150"),
    published(siftflow, "no list", moved("trainval.txt", None), "siftflow: there is no file", "trainval.txt"),
    published(siftflow, "text for MATLAB", every(LABELS, lambda name: put(f"{name}.mat", "x" * 500)), "cannot read S in", ".mat: it is not a MATLAB file of version 5"),
    published(siftflow, "cut MATLAB", cut(f"{LABELS}/b.mat"), "cannot read S in", "/b.mat"),
    published(siftflow, "another variable", lambda folder: write_mat(folder / LABELS / "a.mat", T=MASK), "/a.mat: it has no variable S"),
    published(nyud, "no list", moved("val.txt", None), "nyud: there is no file", "val.txt"),
    published(nyud, "old MATLAB", put("segmentation/img_1.mat", "MATLAB 7.3 MAT-file" + " " * 600), "img_1.mat: it is of version 7.3"),
    published(nyud, "no HDF5", put("nyu_depth_v2_labeled.mat", "x" * 600), "nyu_depth_v2_labeled.mat"),
]  # fmt: skip


@pytest.mark.parametrize("command, plants, words, code", PUBLISHED)
def test_a_published_data_set_is_refused_in_one_sentence(command, plants, words, code, tmp_path, capsys, monkeypatch):
    sentence = refused(command, plants, code, tmp_path, capsys, monkeypatch)
    assert [word for word in words if word not in sentence] == [], sentence
