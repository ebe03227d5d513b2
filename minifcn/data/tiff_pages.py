"""Which pages of a TIFF are images of their own, read from its directories alone, by `tiff_pages`.

A TIFF is a chain of pages, each described by a directory of numbered tags. Some pages are only smaller copies or masks
of others, as in maps that are stored for fast zooming. Read windows.py next.
"""

import struct
from dataclasses import dataclass

from ..files import open_to_read

MOST = 10_000                                              # pages; more are taken for a forgery
SUBFILE, GEO_KEYS = 254, 34735                             # tags
COPY, MASK = 1, 4                                          # bits of SUBFILE
NUMBERS = {3: "H", 4: "I"}                                 # the types of a tag that are read here


@dataclass(frozen=True)
class TiffPage:
    """number: its place in the chain, from 0; georeferenced: whether it says where on Earth it lies."""

    number: int
    georeferenced: bool = False


def tiff_pages(path):
    """The pages of a file that are images of their own, a list of TiffPage; empty if the file is no TIFF.

    Raises ValueError for a chain of pages that leaves the file, forms a circle or is longer than MOST; OSError.
    """
    with open_to_read(path) as file:
        head = file.read(16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 16 or struct.unpack(order + "H", head[2:4])[0] not in (42, 43):
            return []
        wide = struct.unpack(order + "H", head[2:4])[0] == 43                  # BigTIFF: addresses of 8 bytes
        [start] = struct.unpack(order + ("Q" if wide else "I"), head[8:16] if wide else head[4:8])
        pages, seen = [], set()
        while start:
            if start in seen or len(seen) >= MOST:
                raise ValueError(f"{path} is damaged: its pages form a circle, or are more than {MOST:,}")
            try:
                tags, following = read_directory(file, start, order, wide)
            except (struct.error, OverflowError):
                raise ValueError(f"{path} is cut or damaged: it ends before the directory of page {len(seen) + 1}; copy"
                                 " it again") from None
            if not tags.get(SUBFILE, 0) & (COPY | MASK):
                pages.append(TiffPage(len(seen), GEO_KEYS in tags))
            seen.add(start)
            start = following
    return pages


def read_directory(file, start, order, wide):
    """({tag: its first number, or where that is stored}, the address of the next directory, 0 after the last)."""
    count, size, address = ("Q", 20, "Q") if wide else ("H", 12, "I")

    def read(kind):
        return struct.unpack(order + kind, file.read(struct.calcsize(order + kind)))[0]

    file.seek(start)
    entries = read(count)
    if entries > 65535:
        raise OverflowError
    tags = {}
    for _ in range(entries):
        entry = file.read(size)
        code, kind = struct.unpack_from(order + "HH", entry)
        if kind in NUMBERS:
            [tags[code]] = struct.unpack_from(order + NUMBERS[kind], entry, size - struct.calcsize(order + address))
    return tags, read(address)
