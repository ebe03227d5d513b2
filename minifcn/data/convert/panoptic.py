"""COCO's panoptic masks, in which every pixel belongs to one segment, and its maps of things and stuff.

A panoptic PNG holds the segment's id as a colour, r + 256 g + 65536 b, and the JSON file its category; 0 is
unlabelled, and ignored. Things and stuff both are classes, and there is no background. A stuff map holds the category
itself, and a list such as COCO-Stuff's labels.txt its name. Read colours.py next.
"""

from functools import partial
from pathlib import Path

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from .coco import by_id, categories_of, clean, files_of
from .labelme import list_beside
from .labels import make_labels, read_classes
from .maps import packed, relabel
from .paired import pairs_of, source_of_pairs
from .reading import Files, get, loaded, read_json, records
from .source import Item, Source, check_size, short_names

UNUSED = "segment without a pixel"


def read_panoptic(path, wishes):
    """The Source of a COCO panoptic file. ValueError, naming the file, for what cannot be read or does not fit."""
    content, where, path = read_json(path), printable(path), Path(path)
    labels = categories_of(content, wishes, where, background=False)
    images = by_id(content, "images", where)
    photos, masks = files_of(path, wishes), Files([wishes.masks or path.resolve().parent], (".png",))
    source, wanted = Source("COCO panoptic", labels, []), records(content, "annotations", where)
    source.colours = colours_of(content["categories"], labels)
    names = short_names([clean(get(each, "file_name", str, where)) for each in wanted])
    for name, each in zip(names, wanted):
        number = get(each, "image_id", int, where)
        if number not in images:
            raise ValueError(f"{where}: an annotation is of the image {number}, which is not in its list of images")
        photo = photos.find(get(images[number], "file_name", str, where), where)
        mask = masks.find(each["file_name"], where, prefer=path.stem)
        source.items.append(Item(name, photo, partial(label_map, mask, photo, each, source, wishes.crowd), printable(mask)))
    return source


def colours_of(categories, labels):
    """The colour of each class, "#rrggbb", as the categories have it; () if one has none."""
    given = {}
    for category in categories:
        colour = category.get("color")
        if isinstance(colour, list) and len(colour) == 3 and all(type(n) is int and 0 <= n < 256 for n in colour):
            given[labels.numbers.get(category["id"])] = f"#{bytes(colour).hex()}"
    return tuple(given[n] for n in range(len(labels.names))) if given.keys() >= set(range(len(labels.names))) else ()


def label_map(mask, photo, annotation, source, crowd):
    """The label map of a panoptic PNG, uint8 (H, W)."""
    where = printable(mask)
    rgb = np.asarray(loaded(mask).convert("RGB"))
    check_size(photo, rgb.shape[:2], where)
    segments = {0: IGNORE_INDEX}
    for segment in records(annotation, "segments_info", where):
        value = source.labels.of(get(segment, "category_id", int, where), where)
        segments[get(segment, "id", int, where)] = IGNORE_INDEX if segment.get("iscrowd") == 1 and not crowd else value
    used = {0}

    def label_of(code):
        if code not in segments:
            raise ValueError(f"{where}: some of its pixels are of the segment {code}, which its JSON file does not have")
        used.add(code)
        return segments[code]

    label = relabel(packed(rgb[..., ::-1]), label_of)
    source.notes[UNUSED] += len(segments.keys() - used)
    return label


def read_stuff(path, wishes):
    """The Source of a folder of maps whose values are categories, 0 or 255 if unlabelled; their names are needed."""
    classes, numbered = wishes.classes, wishes.numbered
    if classes is None:
        place = list_beside(Path(path))
        if place is None:
            raise ValueError(f"{printable(path)}: maps of numbers do not name their classes; name them by --classes, as"
                             ' COCO-Stuff\'s labels.txt does: a line such as "3: car" for each')  # fmt: skip
        classes, numbered = read_classes(str(place))
    first = 1 if wishes.first is None else wishes.first
    shift = first - 1 if numbered else first  # COCO-Stuff's list counts from 1, also where the maps count from 0
    found = {number + shift: name for number, name in classes}
    labels = make_labels(found, [name for _, name in classes], others=wishes.others, where=printable(path))
    labels.numbers[255] = IGNORE_INDEX
    if first == 1:
        labels.numbers[0] = IGNORE_INDEX
    return source_of_pairs("COCO stuff", labels, pairs_of(path, wishes), stuff_map)


def stuff_map(pair, source):
    where = printable(pair.mask)
    image = loaded(pair.mask)
    if image.mode not in ("L", "P", "I;16", "I", "1"):
        raise ValueError(f"{where}: it has the mode {image.mode}, expected one number for each pixel; is it a map of classes?")
    return relabel(np.asarray(image).astype(np.int64), lambda code: source.labels.of(code, where), where)
