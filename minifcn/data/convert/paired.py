"""Folders of images and masks that are to be converted: they are paired as for training, and keep their split.

Read panoptic.py next.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from ...files import printable
from ..own.description import Description
from ..own.layout import Layout, find_layout
from ..own.pairs import find_pairs
from .source import Item, Source, check_size


def pairs_of(path, wishes):
    """(the Pairs of images and masks of a folder, its Layout, the folder); ValueError, naming the files, for what is in no pair."""
    path = Path(path)
    chosen = wishes.images or wishes.masks or wishes.image_ending or wishes.mask_ending
    places = layout_of(path, wishes) if chosen else layout_found(path)
    found = find_pairs(path, Description(**vars(places)))
    if found.unreadable:
        raise ValueError(found.unreadable[0])
    if found.duplicates:
        first, second, *_ = map(printable, found.duplicates[0])
        raise ValueError(f"{first} and {second} have the same name, so it is not clear which is meant; remove or rename one")
    if found.without_image:
        raise ValueError(f"{printable(found.without_image[0])}: this mask has no image{more(found.without_image)}; name the"
                         " folders by --images and --masks")  # fmt: skip
    if not found.pairs:
        raise ValueError(f"{printable(path)}: no image has a mask; name the folders by --images and --masks")
    return found, places, path


def layout_found(path):
    """The Layout of a folder; ValueError, with the options that say it, if there is none or several."""
    try:
        return find_layout(path)
    except ValueError as error:
        sentence = str(error).rpartition(";")[0]
        raise ValueError(f"{sentence}; name the folders by --images and --masks, or what the names end in by --image-ending"
                         " and --mask-ending") from None  # fmt: skip


def layout_of(path, wishes):
    """The Layout that the user chose. Folders are relative to the current one; without them, both are `path`."""
    images, masks = (str(Path(folder or path).resolve()) for folder in (wishes.images, wishes.masks))
    return Layout(images, masks, image_ending=wishes.image_ending, mask_ending=wishes.mask_ending)


def more(files):
    return f", nor have {len(files) - 1} others" if len(files) > 1 else ""


def source_of_pairs(kind, labels, found, make):
    """The Source of the pairs that pairs_of() found. make: a function of a Pair and the Source, which returns its label map."""
    pairs, places, root = found
    source = Source(kind, labels, [], split=places.split)
    for part, place in places.split.named().items():
        if place.lower().endswith(".txt"):
            source.lists[f"{part}.txt"] = Path(root) / place
            source.split = replace(source.split, **{part: f"{part}.txt"})
    for pair in pairs.pairs:
        source.items.append(Item(pair.name, pair.image, partial(checked, make, pair, source), printable(pair.mask)))
    if pairs.without_mask:
        source.notes["image without a mask, left out"] = len(pairs.without_mask)
    return source


def checked(make, pair, source):
    """The label map of a pair; ValueError if its size is not that of the image."""
    label = make(pair, source)
    check_size(pair.image, label.shape, printable(pair.mask))
    return label
