"""Split pairs into training, validation and test: by folders, by lists, or drawn by seed in groups that stay together.

Frames of one video are nearly the same picture: a network that has trained on some of them has seen the others. Names
that look like frames are therefore kept in one part. Read folder.py next.
"""

import hashlib
import math
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ...files import open_to_read, printable, read_text
from .pairs import READABLE

PARTS = ("train", "validation", "test")
FRAMES = 8  # at least so many numbered names make a video
RUNS = 20  # into how many runs a video is cut that is too long for any part
CAMERA = re.compile(r"(img|image|dsc[nf]?|dji|pxl|photo|picture)?[_\- ]*", re.IGNORECASE)  # numbers photos, not frames
MOST_BYTES = 2**26  # of a list of names
BLOCK = 2**16


@dataclass
class Split:
    """The pairs of each part, sorted by name; `kept` says in words what was kept together, or is empty."""

    train: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    test: list = field(default_factory=list)
    kept: str = ""

    def part(self, name):
        """The pairs of "train", "validation" or "test"."""
        return getattr(self, name)


def split_pairs(root, description, pairs):
    """The Split of a Description's data set, in the folder `root`.

    Raises ValueError, naming the file, if the training or the validation part is empty, a list names what is not there,
    or a picture is in two parts.
    """
    rule, split = description.split, Split()
    named = {part: _named(Path(root), place, pairs) for part, place in rule.named().items()}
    for part, members in named.items():
        setattr(split, part, members)
    _refuse_twice(description, named)
    taken = {pair.name for members in named.values() for pair in members}
    pool = split.train if "train" in named else [pair for pair in pairs if pair.name not in taken]
    shares = {part: share for part, share in rule.shares().items() if share > 0}
    groups, split.kept = group_pairs(pool, rule.group, 1 - sum(shares.values())) if shares else ({}, "")
    if shares:
        wanted = {"train": 1 - sum(shares.values()), **shares}
        for part, members in draw(groups, wanted, rule.seed).items():
            setattr(split, part, members)
    elif "train" not in named:
        split.train = pool
    for part in PARTS[:2]:
        if not split.part(part):
            what = f"{len(pairs)} image{'s' * (len(pairs) > 1)} with masks"
            what += f" in {len(groups)} group{'s' * (len(groups) > 1)}" if split.kept else ""
            description.refuse(
                f"no image is left for {part} of {what}; add images"
                + (', change [split], or set group = "none" there' if split.kept else ", or change [split]")
            )
    refuse_leaks(description, split)
    return split


# Folders and lists ----------------------------------------------------------------------------------------------------


def _named(root, place, pairs):
    """The pairs in a folder of the split, or on a list."""
    if place.lower().endswith(".txt"):
        return _listed(root / place, pairs)
    below = PurePosixPath(place).as_posix().removeprefix("./").strip("/").casefold() + "/"
    members = [pair for pair in pairs if pair.name.casefold().startswith(below)]
    if not members:
        raise ValueError(
            f"{printable(root)}: the folder {printable(place)} of the split has no image with a mask; put some there,"
            " or correct [split] in dataset.toml"
        )
    return members


def _listed(path, pairs):
    """The pairs that a list names: one on each line, with or without folders and suffix, as in PASCAL VOC's ImageSets.

    A line of VOC's lists of one class has a number after the name: 1 for yes, 0 for difficult, -1 for no.
    """
    whole = {pair.name.casefold(): pair for pair in pairs}
    stems = defaultdict(list)
    for pair in pairs:
        stem = unicodedata.normalize("NFC", pair.image.stem)  # it may have a start or an ending that the name has not
        for name in {PurePosixPath(pair.name).name.casefold(), stem.casefold()}:
            stems[name].append(pair)
    members, missing = {}, []
    listing = read_text(path, MOST_BYTES, "which is no list of images", "write it, or correct [split] in dataset.toml")
    for number, line in enumerate(listing.splitlines(), 1):
        name, pair = _find(line.strip(), whole, stems)
        if pair is not None:
            members[pair.name] = pair
        elif name:
            missing.append((number, name))
    if missing:
        number, name = missing[0]
        raise ValueError(
            f"{printable(path)}: line {number} names {printable(name)!r:.80}, which is no image with a mask"
            f" ({len(missing):,} of its lines name none); correct the list, or add the files"
        )
    if not members:
        raise ValueError(f"{printable(path)}: it names no image; write one name on each line")
    return sorted(members.values(), key=lambda pair: pair.name)


def _find(line, whole, stems):
    """(the name on a line, its pair or None); ("", None) for a line without one that counts."""
    head, _, mark = line.rpartition(" ")
    if mark in ("1", "0", "-1") and head.strip() and _lookup(line, whole, stems) is None:
        return ("", None) if mark == "-1" else (head.strip(), _lookup(head.strip(), whole, stems))
    return line, _lookup(line, whole, stems) or _lookup(line.split(" ")[0], whole, stems)  # "image mask", as CamVid's


def _lookup(text, whole, stems):
    """The pair of a name, with or without suffix; without its folders where only one pair has that name."""
    path = PurePosixPath(unicodedata.normalize("NFC", text.replace("\\", "/")))
    name = (path.with_suffix("") if path.suffix.lower() in READABLE and path.stem else path).as_posix().casefold()
    if name in whole:
        return whole[name]
    last = name.rpartition("/")[2]
    return stems[last][0] if len(stems.get(last, ())) == 1 else None


def _refuse_twice(description, named):
    """ValueError if an image is in two of the parts that folders and lists name."""
    owner = {}
    for part, members in named.items():
        for pair in members:
            if pair.name in owner:
                description.refuse(f"{pair.name} is in {owner[pair.name]} and in {part}; take it out of one of the two")
            owner[pair.name] = part


# A draw ---------------------------------------------------------------------------------------------------------------


def group_pairs(pairs, group, largest):
    """({group: its pairs}, a sentence about what is kept together, or "").

    group:   as in SplitRule
    largest: the share of the images in the largest part; a video longer than that is cut into runs of frames
    """
    if group == "video":
        return _videos(pairs, largest * len(pairs))
    groups = defaultdict(list)
    for pair in pairs:
        if group == "folder":
            key = pair.name.rpartition("/")[0]
        else:
            match = None if group == "none" else re.match(group, pair.name)
            key = pair.name if match is None else match[1 if match.re.groups else 0] or ""
        groups[key].append(pair)
    kept = "" if group == "none" else f"{len(pairs):,} images in {len(groups):,} groups by {group}, each kept together"
    return groups, kept


def _videos(pairs, most):
    """Names with the same text before a number are frames of one video, if there are many at regular intervals."""
    series = defaultdict(list)
    for pair in pairs:
        digits = re.search(r"\d{1,18}$", pair.name)
        if digits:
            series[pair.name[: digits.start()]].append((int(digits[0]), pair.name, pair))
    groups, kept, runs = {}, [], []
    for prefix, frames in sorted(series.items()):
        frames.sort(key=lambda frame: frame[:2])
        if len(frames) < FRAMES or not _regular([number for number, *_ in frames]):
            continue
        if len(frames) > most or CAMERA.fullmatch(prefix.rpartition("/")[2]):
            length = math.ceil(len(frames) / RUNS)
            groups |= {f"{prefix}{k // length}": [f[2] for f in frames[k : k + length]] for k in range(0, len(frames), length)}
            runs += [f"{len(frames):,} images {prefix}... in runs of {length} in the order of their numbers"] * (length > 1)
        else:
            groups[prefix] = [pair for *_, pair in frames]
            kept.append(prefix)
    grouped = {pair.name for members in groups.values() for pair in members}
    groups |= {pair.name: [pair] for pair in pairs if pair.name not in grouped}
    sentences = []
    if kept:
        count = sum(len(groups[prefix]) for prefix in kept)
        some = ", ".join(prefix.rstrip("_- ") for prefix in kept[:6]) + (", ..." if len(kept) > 6 else "")
        sentences.append(f"{count:,} images in {len(kept):,} groups that look like videos, each kept together: {some}")
    return groups, "; ".join(sentences + runs[:3])


def _regular(numbers):
    """Whether at least half of the steps from number to number are the same, as between frames of a video."""
    steps = Counter(after - before for before, after in pairwise(numbers))
    return 2 * max(steps.values()) >= len(numbers) - 1


def draw(groups, shares, seed):
    """{part: its pairs}: every group whole in one part, so that the parts come close to their shares.

    The largest groups come first, each to the part that lacks most; equal ones come in an order that depends on the
    seed and their names alone. No part stays empty while there are groups.
    """
    total = sum(map(len, groups.values()))
    parts = {part: [] for part in shares}
    chance = lambda name: hashlib.blake2b(f"{seed}:{name}".encode("utf-8", "surrogateescape")).digest()
    order = sorted(groups, key=lambda name: (-len(groups[name]), chance(name)))
    for number, name in enumerate(order):
        empty = [part for part in parts if not parts[part]]
        eligible = empty if len(order) - number <= len(empty) else parts
        lack = {part: shares[part] * total - len(parts[part]) for part in eligible}
        parts[max(lack, key=lack.get)] += groups[name]
    return {part: sorted(members, key=lambda pair: pair.name) for part, members in parts.items()}


# Leaks ----------------------------------------------------------------------------------------------------------------


def refuse_leaks(description, split):
    """ValueError if two parts have a file with the same content: they would be scored on what they have trained on."""
    alike = defaultdict(list)
    for part in PARTS:
        for pair in split.part(part):
            try:
                alike[pair.image.stat().st_size].append((part, pair.image))
            except OSError:
                continue  # a broken link, which is reported when it is read
    for most in (BLOCK, None):  # the beginnings first, since all files of some formats have the same size
        again = defaultdict(list)
        for key, files in alike.items():
            if len({part for part, _ in files}) > 1:
                for part, path in files:
                    again[key, _digest(path, most)].append((part, path))
        alike = again
    leaks = [files for files in alike.values() if len({part for part, _ in files}) > 1]
    if leaks:
        part, path = leaks[0][0]
        other, copy = next(file for file in leaks[0] if file[0] != part)
        description.refuse(
            f"the files {path} in {part} and {copy} in {other} have the same content ({len(leaks):,} such"
            f" case{'' if len(leaks) == 1 else 's'}), so {other} would score what was trained on; remove one of them"
        )


def _digest(path, most):
    """The hash of a file's first `most` bytes, or of all."""
    digest = hashlib.blake2b()
    try:
        with open_to_read(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                if most is not None:
                    break
    except OSError as error:
        return str(error)
    return digest.digest()
