"""A PNG written row by row, so that its image never has to be in memory: `PngWriter`.

Written from the PNG specification (W3C, third edition). Pillow writes whole images only. Read tiff_pages.py next.
"""

import struct
import zlib

import numpy as np

COLOUR_TYPES = {"grey": 0, "rgb": 2, "palette": 3}
LONGEST = 2**31 - 1                                        # of a side, in pixels


class PngWriter:
    """Writes to a binary file, from top to bottom: rows(), as often as necessary, then finish().

    width, height: in pixels
    palette:       uint8 (n, 3), n at most 256, the colours of an image of indices; None for other images
    text:          {keyword: str}, stored before the pixels
    The pixels are uint8 or, unless there is a palette, uint16: (h, width) are indices or greys, (h, width, 3) RGB.
    """

    def __init__(self, file, width, height, palette=None, text=()):
        if not 1 <= min(width, height) <= max(width, height) <= LONGEST:
            raise ValueError(f"PngWriter: the size is {width} x {height} pixels, expected sides from 1 to {LONGEST:,}")
        self.file, self.width, self.height, self.palette, self.text = file, width, height, palette, dict(text)
        self.compressor, self.above, self.written = zlib.compressobj(6), None, 0

    def rows(self, pixels):
        """Add rows below those already written."""
        if self.written + len(pixels) > self.height or pixels.shape[1] != self.width:
            raise ValueError(f"PngWriter: after {self.written} rows came {pixels.shape}, but the image is {self.width} x"
                             f" {self.height} pixels")  # fmt: skip
        if not self.written:
            self.start(pixels)
        self.written += len(pixels)
        lines = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">")).view(np.uint8).reshape(len(pixels), -1)
        filtered = np.empty((len(lines), 1 + lines.shape[1]), np.uint8)
        if pixels.ndim == 2 and pixels.dtype == np.uint8:  # indices: equal ones are compressed best as they are
            filtered[:, 0], filtered[:, 1:] = 0, lines
        else:  # the differences from the row above
            above = np.concatenate([np.zeros_like(lines[:1]) if self.above is None else self.above, lines[:-1]])
            filtered[:, 0], filtered[:, 1:] = 2, lines - above
            self.above = lines[-1:].copy()
        self.chunk(b"IDAT", self.compressor.compress(filtered))

    def start(self, pixels):
        """The chunks before the pixels."""
        kind = "rgb" if pixels.ndim == 3 else "grey" if self.palette is None else "palette"
        bits = 8 * pixels.dtype.itemsize
        self.file.write(b"\x89PNG\r\n\x1a\n")
        self.chunk(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, bits, COLOUR_TYPES[kind], 0, 0, 0))
        for keyword, value in self.text.items():  # iTXt: UTF-8, not compressed, of no language
            self.chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + value.encode("utf-8", "replace"))
        if self.palette is not None:
            self.chunk(b"PLTE", np.asarray(self.palette, np.uint8).tobytes())

    def finish(self):
        """Write what ends the file; ValueError if rows are missing."""
        if self.written != self.height:
            raise ValueError(f"PngWriter: {self.written} rows were written, expected {self.height}")
        self.chunk(b"IDAT", self.compressor.flush())
        self.chunk(b"IEND", b"")

    def chunk(self, kind, content):
        """A length, a kind, the content, a checksum; empty parts of the pixels are left out."""
        if content or kind != b"IDAT":
            self.file.write(struct.pack(">I", len(content)) + kind)
            self.file.write(content)
            self.file.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
