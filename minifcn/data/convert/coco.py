"""COCO's objects: one JSON file for many images, with polygons or run lengths for each object.

The categories are the classes, in the order of their ids, after the background. Where objects overlap, the smaller one
is on top, as it would otherwise vanish. A crowd ("iscrowd") is ignored where no single object is. Read coco_parts.py
next.
"""

from functools import partial
from pathlib import Path

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from .labels import BACKGROUND, make_labels
from .polygons import Patch, leaves, polygon
from .reading import Files, get, numbers, read_json, records, shown
from .rle import decode
from .source import Item, Source, blank, check_size, short_names

OUTSIDE = "polygon that reaches beyond its image, clipped"
EMPTY = "annotation without a segmentation, left out"
LOST = "object without a single pixel's centre in it"


def read_coco(path, wishes):
    """The Source of a COCO file of objects. ValueError, naming the file, for what cannot be read or does not fit."""
    content, where = read_json(path), printable(path)
    labels = categories_of(without_heading(content, where), wishes, where, background=True)
    images = by_id(content, "images", where)
    of_image = {number: [] for number in images}
    for number, each in enumerate(records(content, "annotations", where), start=1):
        image = get(each, "image_id", int, f"{where}: annotation {number}")
        if image not in of_image:
            raise ValueError(f"{where}: annotation {number} is of the image {image}, which is not in its list of images")
        of_image[image].append((f"{where}: annotation {shown(each.get('id', number))}", each))
    source, files = Source("COCO objects", labels, []), files_of(path, wishes)
    names = short_names([clean(get(image, "file_name", str, where)) for image in images.values()])
    for name, (number, image) in zip(names, images.items()):
        found = files.find(image["file_name"], where)
        make = partial(label_map, image, of_image[number], found, source, wishes.crowd, where)
        source.items.append(Item(name, found, make, where))
        source.notes["image without annotations, all background"] += not of_image[number]
    return source


def without_heading(content, where):
    """The content without Roboflow's first category, whose name is that of the project: the parent of all, on no object."""
    first, *others = records(content, "categories", where) or [{}]
    heading = others and first.get("supercategory") == "none" and all(
        each.get("supercategory") == first.get("name") for each in others)  # fmt: skip
    used = heading and any(each.get("category_id") == first.get("id") for each in records(content, "annotations", where))
    return content | {"categories": others} if heading and not used else content


def categories_of(content, wishes, where, background):
    """The Labels of the categories, by their ids."""
    categories = by_id(content, "categories", where)
    found = {number: get(categories[number], "name", str, where) for number in sorted(categories)}
    background = background or any(name.lower() in BACKGROUND for name in found.values())
    return make_labels(found, wishes.names, others=wishes.others, background=background, where=where)


def by_id(content, key, where):
    """{id: record} of a list of records; ValueError for an id that occurs twice."""
    found = {}
    for number, record in enumerate(records(content, key, where), start=1):
        name = get(record, "id", int, f"{where}: number {number} of {key}")
        if name in found:
            raise ValueError(f"{where}: two of its {key} have the id {name}; give each its own")
        found[name] = record
    return found


def files_of(path, wishes):
    """The image files that a COCO file may mean: below --images, else below its own folder or, in annotations/, the one above."""
    folder = Path(path).resolve().parent
    return Files([wishes.images or (folder.parent if folder.name.lower() == "annotations" else folder)])


def clean(name):
    """A file name of an annotation as a relative path without suffix."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return Path(*parts).with_suffix("") if parts else Path("image")


def label_map(image, annotations, file, source, crowd, where):
    """The label map of one image, uint8 (H, W). Each object is painted where nothing smaller is."""
    size = [get(image, side, int, f"{where}: image {image['id']}") for side in ("height", "width")]
    size = check_size(file, size, where)
    label, smallest = blank(size), np.full(size, size[0] * size[1] + 2, np.int64)
    for place, each in annotations:
        value = source.labels.of(get(each, "category_id", int, place), place)
        patch = patch_of(each, size, place, source.notes)
        if patch is None:
            source.notes[EMPTY] += 1
            continue
        area = int(np.count_nonzero(patch.inside))
        source.notes[LOST] += area == 0
        if each.get("iscrowd") == 1 and not crowd:
            value, area = IGNORE_INDEX, size[0] * size[1] + 1
        on_top = patch.inside & (patch.of(smallest) > area)
        patch.of(label)[on_top] = value
        patch.of(smallest)[on_top] = area
    return label


def patch_of(annotation, size, where, notes):
    """The Patch of an object: of its run lengths, or of all its polygons together; None if it has neither."""
    segmentation = annotation.get("segmentation")
    if segmentation in (None, []):
        return None
    if isinstance(segmentation, dict):
        return Patch(0, 0, decode(segmentation, size, where))
    pieces = []
    for flat in get(annotation, "segmentation", list, where):
        flat = numbers(flat, where)
        if len(flat) % 2:
            raise ValueError(f"{where}: a polygon of {len(flat)} numbers, expected pairs of x and y")
        points = flat.reshape(-1, 2)
        pieces.append(polygon(points, size, where))
        notes[OUTSIDE] += leaves(points, size)
    return pieces[0] if len(pieces) == 1 else union(pieces, size)


def union(patches, size):
    whole = np.zeros(size, bool)
    for patch in patches:
        patch.paint(whole, True)
    return Patch(0, 0, whole)
