"""Write a Source as a data set of one's own: images/, masks/ and dataset.toml. The folder appears whole, or not at all.

Images are copied as they are; masks are PNGs whose values are the classes, 255 if ignored, with a palette. Read
convert.py next.
"""

import os
import secrets
import shutil
from dataclasses import replace
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from ...files import FileError, make_folder, printable
from ..images import FORMATS, write_label
from ..own.description import FILE, Description
from .source import check_names


def write_source(source, out, quiet=False):
    """Write all of a Source below a new folder `out`; returns its Description.

    Raises ValueError for annotations that cannot be read, and FileError if `out` exists or cannot be written. After an
    error or Ctrl-C nothing is left.
    """
    check_names(source, source.kind)
    out = Path(out)
    check_out(out)
    make_folder(out.parent)
    new = out.parent / f".minifcn-{secrets.token_hex(6)}"
    description = description_of(source).check()
    try:
        make_folder(new)
        for item in tqdm(source.items, "converting", unit=" images", leave=False, disable=quiet or None):
            write_item(item, new, description.palette)
        for name, path in source.lists.items():
            shutil.copyfile(path, new / name)
        description.write(new / FILE)
        if out.exists():
            out.rmdir()  # empty, as check_out has seen
        os.replace(new, out)
    except OSError as error:
        if error.filename is None or str(new) not in f"{error.filename} {error.filename2}":
            raise
        raise FileError(f"cannot write {printable(out)}: {error.strerror}; choose another --out") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)  # after the rename it no longer exists
    return replace(description, path=str(out / FILE))


def check_out(out):
    """FileError unless `out` does not exist yet, or is an empty folder."""
    if os.path.lexists(out) and not (out.is_dir() and not out.is_symlink() and not any(out.iterdir())):
        raise FileError(f"{printable(out)} already exists; choose another --out, or remove it first")


def description_of(source):
    """The Description of the written data set."""
    rule, places = source.split, {}
    if rule.folders():
        places = {"images": "images/{split}", "masks": "masks/{split}"}
    return Description(classes=source.labels.names, colours=source.colours, ignore=(255,), split=rule, **places)


def write_item(item, folder, palette):
    """Write the image and the mask of an Item below a folder. The mask comes first: it may be refused."""
    label = item.label()
    mask = folder / "masks" / f"{item.name}.png"
    make_folder(mask.parent)
    write_label(mask, label, palette)
    image = folder / "images" / item.name
    make_folder(image.parent)
    if isinstance(item.image, Path):
        shutil.copyfile(item.image, image.with_name(image.name + item.image.suffix.lower()))
    else:
        write_bytes(image, item.image())


def write_bytes(image, content):
    """Write the bytes of an image under its name and the suffix of its format."""
    image.write_bytes(content)
    with Image.open(image, formats=list(FORMATS)) as opened:
        suffix = FORMATS[opened.format][0]
    image.rename(image.with_name(image.name + suffix))

