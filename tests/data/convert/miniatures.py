"""Writes small data sets in the formats of other tools, for the tests of this folder."""

import json

import numpy as np
from PIL import Image

from minifcn.data.convert import Wishes, convert
from minifcn.data.own.description import Description


def write_photo(path, height=8, width=10):
    """A grey image; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width, 3), 100, np.uint8)).save(path)
    return path


def write_png(path, array, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(array))
    (image.convert(mode) if mode else image).save(path)
    return path


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def shape(label, *points, kind="polygon", **more):
    return {"label": label, "points": [list(point) for point in points], "shape_type": kind, "group_id": None, "flags": {}} | more


def square(label, left, top, side):
    """A labelme polygon that covers exactly side x side pixels."""
    return shape(label, (left, top), (left + side, top), (left + side, top + side), (left, top + side))


def labelme(folder, name, shapes, size=(8, 10), **more):
    """A labelme file and its image; returns the file's path."""
    write_photo(folder / f"{name}.jpg", *size)
    content = {"version": "5.0", "flags": {}, "shapes": shapes, "imagePath": f"{name}.jpg", "imageData": None,
               "imageHeight": size[0], "imageWidth": size[1]}  # fmt: skip
    return write_json(folder / f"{name}.json", content | more)


def coco(folder, annotations, categories=((1, "cat"), (7, "dog")), size=(8, 10), **more):
    """A COCO file of one image, and the image; returns the file's path."""
    write_photo(folder / "images" / "a.jpg", *size)
    annotations = [{"id": n, "image_id": 5, "iscrowd": 0} | each for n, each in enumerate(annotations, start=1)]
    content = {
        "images": [{"id": 5, "file_name": "a.jpg", "height": size[0], "width": size[1]}],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in categories],
    }
    return write_json(folder / "annotations.json", content | more)


def box(left, top, width, height):
    """A COCO polygon."""
    return [[left, top, left + width, top, left + width, top + height, left, top + height]]


def converted(source, out, kind=None, **wishes):
    """({name: label map}, the Description, the lines) of a conversion."""
    lines = convert(source, out, Wishes(**wishes), kind, quiet=True)
    masks = {path.relative_to(out / "masks").with_suffix("").as_posix(): np.asarray(Image.open(path))
             for path in sorted((out / "masks").rglob("*.png"))}  # fmt: skip
    return masks, Description.read(out / "dataset.toml"), lines
