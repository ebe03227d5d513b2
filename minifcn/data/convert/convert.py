"""convert: from annotations in any of the formats here to a data set that trains, and what is said about it."""

from collections import Counter
from pathlib import Path

from ...files import printable
from ...suggest import list_first
from .ade20k import read_ade20k
from .binary import read_alpha, read_binary
from .coco_parts import coco_parts, read_coco_files
from .colours import read_coloured
from .detect import detect, kinds_of
from .labelme import read_labelme
from .mat import read_matlab
from .panoptic import read_panoptic, read_stuff
from .write import write_source

READERS = {
    "labelme": read_labelme,
    "coco": read_coco_files,
    "coco-panoptic": read_panoptic,
    "coco-stuff": read_stuff,
    "colours": read_coloured,
    "binary": read_binary,
    "alpha": read_alpha,
    "mat": read_matlab,
    "ade20k-full": read_ade20k,
}


def convert(path, out, wishes, kind=None, quiet=False):
    """Write the annotations in `path` as a data set in the new folder `out`; returns the lines that say what was done.

    kind: one of READERS; None to detect it. wishes: source.Wishes
    Raises ValueError, naming the file, for what cannot be read or does not fit, and FileError; then nothing is written.
    """
    if not Path(path).exists():
        raise ValueError(f"{printable(path)} does not exist; name a folder, or a file of annotations")
    detected = kind is None
    if detected:
        kind, path = detect(path, READERS)
    elif Path(path).is_dir() and (kind == "coco-panoptic" or kind == "coco" and not coco_parts(path)):
        path = the_file(path, kind)
    source = READERS[kind](path, wishes)
    description = write_source(source, out, quiet)
    how = f" (detected; otherwise say --from {kind})" if detected else ""
    lines = [f"{printable(path)}: {source.kind}{how}", *summary(source, description)]
    end = f"written to {out}; look at it with `minifcn data check {out}`, train on it with `--data folder:{out}`"
    return [printable(line) for line in (*lines, end)]


def the_file(folder, kind):
    """The one file of a kind below a folder; ValueError if there is none, or several."""
    found = [file for each, file in kinds_of(Path(folder)) if each == kind]
    if len(found) != 1:
        some = " and ".join(str(file) for file in found[:2]) or "none"
        raise ValueError(f"{printable(folder)}: found {printable(some)}, expected one JSON file of {kind}; name the file itself")
    return found[0]


def summary(source, description):
    """The lines about a Source that was written."""
    names = list_first(description.classes, 12)
    yield f"{len(source.items):,} image{'s' * (len(source.items) != 1)}, {len(description.classes)} classes: {names}"
    yield from (f"  {remark}" for remark in source.remarks)
    for note, count in Counter(source.notes).items():
        if count:
            yield f"  {count:,} x {note}"
