"""ADE20K as its authors distribute it, with all of its 3,688 classes, not the 150 of the challenge.

NAME_seg.png beside NAME.jpg holds the class in red and green, 256 (r // 10) + g, and the object in blue; 0 is not
labelled, and ignored. NAME.json names the classes that occur. Read detect.py next.
"""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from .labels import make_labels
from .maps import relabel
from .reading import get, loaded, read_json, records, some_below
from .source import Item, Source, check_size, short_names

ENDING = "_seg.png"


def read_ade20k(path, wishes):
    """The Source of a folder of the full ADE20K. A class is called by the first of its names, unless two share that."""
    path = Path(path)
    masks = some_below(path, ENDING)
    names = {}
    for mask in masks:
        names |= names_in(mask)
    first = Counter(name.partition(",")[0] for name in names.values())
    short = {code: name if first[name.partition(",")[0]] > 1 else name.partition(",")[0] for code, name in sorted(names.items())}
    labels = make_labels(short, wishes.names, others=wishes.others, where=printable(path))
    labels.numbers[0] = IGNORE_INDEX
    source = Source("ADE20K with all classes", labels, [])
    places = [mask.with_name(mask.name[: -len(ENDING)]) for mask in masks]
    for name, place, mask in zip(short_names([place.relative_to(path) for place in places]), places, masks):
        image = place.with_name(f"{place.name}.jpg")
        source.items.append(Item(name, image, partial(label_map, mask, image, source), printable(mask)))
    return source


def names_in(mask):
    """{number of a class: its name} of the objects in the JSON file of a mask, or of the mask's own numbers."""
    file = mask.with_name(f"{mask.name[: -len(ENDING)]}.json")
    if not file.is_file():
        return {code: f"class {code}" for code in np.unique(codes_of(mask)).tolist() if code}
    where = printable(file)
    annotation = get(read_json(file, ("utf-8-sig", "latin-1")), "annotation", dict, where)
    return {get(each, "name_ndx", int, where): get(each, "name", str, where) for each in records(annotation, "object", where)}


def codes_of(mask):
    rgb = np.asarray(loaded(mask).convert("RGB")).astype(np.int32)
    return rgb[..., 0] // 10 * 256 + rgb[..., 1]


def label_map(mask, image, source):
    where, codes = printable(mask), codes_of(mask)
    check_size(image, codes.shape, where)
    return relabel(codes, lambda code: source.labels.of(code, where), where)
