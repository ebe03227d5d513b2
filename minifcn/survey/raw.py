"""Reads a mask as it is stored: numbers, palette indices or colours, without giving them a meaning.

Read values.py next.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.images import MAX_PIXELS, explained, open_image
from ..data.own.masks import read_codes
from ..data.rasters import open_npy, orientation_of

COLOURED = ("RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")


@dataclass
class RawMask:
    """What a mask file holds.

    values:  integers (H, W), numbers or colours 0xRRGGBB, upright
    format:  the file's Format
    alpha:   0 to 255 (H, W), if the file has an alpha channel
    palette: int32 (256,), the colours of the values, if these are palette indices
    """

    values: np.ndarray
    format: "Format"
    alpha: np.ndarray | None = None
    palette: np.ndarray | None = None

    @property
    def coloured(self):
        return self.format.mode in COLOURED


@dataclass
class Format:
    """What the header of a file says: its format and mode; whether EXIF data turn it; its palette; whether it has a
    fourth channel beside red, green and blue."""

    name: str
    mode: str = ""
    turned: bool = False
    palette: list | None = None
    fourth: bool = False

    def __str__(self):
        return f"{self.name} {self.mode}".strip()


def read_raw(path):
    """The RawMask in a file; ValueError, naming the file, if it cannot be read."""
    found = read_format(path)
    values = read_codes(path, "colours" if found.mode in COLOURED else "values")
    alpha = read_codes(path, "alpha") if found.mode in ("RGBA", "LA", "PA") else None
    palette = None
    if found.palette is not None:
        palette = np.zeros(256, np.int32)
        colours = np.array(found.palette, np.int32).reshape(-1, 3)[:256]
        palette[: len(colours)] = colours[:, 0] << 16 | colours[:, 1] << 8 | colours[:, 2]
    return RawMask(values, found, alpha, palette)


def read_format(path):
    """The Format of an image file; only its header is read. ValueError, naming the file, if it has none."""
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        return Format("npy", fourth=open_npy(path).shape[2:] == (4,))
    if suffix in (".tif", ".tiff"):
        try:
            return _format(path)
        except (OSError, SyntaxError, ValueError):  # some are read by tifffile instead
            return Format("TIFF")
    with explained(path, MAX_PIXELS):
        return _format(path)


def _format(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata
        with open_image(path) as image:
            palette = image.getpalette("RGB") if image.mode == "P" else None
            return Format(image.format, image.mode, orientation_of(image) > 1, palette, image.mode in ("RGBA", "RGBX"))
