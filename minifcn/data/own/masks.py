"""read_mask: a mask in a file -> its label map, whatever the file holds: values, colours or transparency.

A palette file holds the numbers of its classes, not their colours. A value that dataset.toml does not name is an error
with the file, the value and the place, unless the description says otherwise. Read splits.py next.
"""

from pathlib import Path

import numpy as np
from PIL import ImageOps

from ...files import printable
from ..dataset import IGNORE_INDEX
from ..images import MAX_PIXELS, ImageError, decode, explained, open_image
from ..rasters import open_npy
from .description import shown_code

NOTHING = -1  # in a table: no class
SINGLE = ("1", "L", "P", "I;16", "I;16B", "I;16L", "I", "F")
MOST_IN_A_TABLE = 2**24  # every colour; larger values are searched for


def read_mask(path, description, max_pixels=MAX_PIXELS):
    """A mask -> its label map, uint8 (H, W), where 255 is ignored.

    Raises ValueError, naming the file, if it cannot be read, does not hold what the description says it holds, or has
    a value that the description does not name and is not to be ignored.
    """
    return to_labels(read_codes(path, description.encoding, max_pixels), description, path)


def read_codes(path, encoding="values", max_pixels=MAX_PIXELS):
    """What a mask holds, before it means anything: integers (H, W).

    encoding: "values": the numbers in the file, of a palette file the indices, 0 and 1 of a file with 1 bit; "alpha":
              how opaque each pixel is, 0 to 255; "colours": 65536 r + 256 g + b, of a grey file r = g = b
    Raises ValueError, naming the file, if the file has nothing of the kind.
    """
    if Path(path).suffix.lower() == ".npy":
        array, mode = np.array(open_npy(path, max_pixels)), "npy"
        array = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    else:
        with explained(path, max_pixels), open_image(path, max_pixels) as image:
            decode(image, max_pixels)
            image, mode = ImageOps.exif_transpose(image), image.mode
            array = _alpha(image, path) if encoding == "alpha" else np.asarray(_as_stored(image, encoding))
    if encoding == "colours":
        return _packed(array, path)
    if array.ndim == 3:
        if (array[..., :1] != array[..., 1:3]).any() or array.shape[2] < 3:
            _refuse(path, f"it has {array.shape[2]} channels ({mode}), so not one value a pixel", 'encoding = "colours"')
        array = array[..., 0]
    if array.dtype == bool:
        return array.astype(np.uint8)
    if array.dtype.kind == "f":
        whole = np.where(np.isfinite(array) & (abs(array) < 2**31), array, 0.5).astype(np.int64)
        if (whole != array).any():
            raise ImageError(f"{printable(path)}: it holds numbers that are not whole, so they are no classes; save it as PNG")
        return whole
    return array.astype(np.int64) if array.dtype.itemsize == 8 else array


def to_labels(codes, description, path):
    """The label map of what read_codes returned, uint8 (H, W)."""
    found = distinct(codes)
    known = sorted((_pack(code), label) for code, label in description.codes())
    keys, labels = (np.array(column, np.int64) for column in zip(*known))
    place = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    meant = np.where(keys[place] == found, labels[place], NOTHING)
    unknown = meant == NOTHING
    if unknown.any():
        meant[unknown] = _meaning(found[unknown], codes, description, path)
    meant = meant.astype(np.uint8)
    if found[0] < 0 or found[-1] >= MOST_IN_A_TABLE:
        return meant[np.searchsorted(found, codes)]
    table = np.zeros(found[-1] + 1, np.uint8)
    table[found] = meant
    return table[codes]


def distinct(codes):
    """The distinct values, sorted; by a table where they are small, as sorting twenty million pixels takes seconds."""
    if codes.min() < 0 or codes.max() >= MOST_IN_A_TABLE:
        return np.unique(codes)
    there = np.zeros(int(codes.max()) + 1, bool)
    there[codes] = True
    return np.flatnonzero(there)


# What a file holds ----------------------------------------------------------------------------------------------------


def _as_stored(image, encoding):
    """An image whose array has one number a pixel, or red, green, blue."""
    if encoding == "colours" or image.mode not in (*SINGLE, "LA", "PA", "RGB", "RGBA"):
        return image.convert("RGB")
    return image.getchannel(0) if image.mode in ("LA", "PA") else image


def _alpha(image, path):
    """How opaque each pixel is, uint8 (H, W)."""
    if image.mode not in ("LA", "PA", "RGBA") and "transparency" not in image.info:
        _refuse(path, f"it has no transparency (mode {image.mode})", 'encoding = "values"')
    return np.asarray(image.convert("RGBA").getchannel("A"))


def _packed(array, path):
    """65536 r + 256 g + b of an array (H, W) or (H, W, 3 or more), int32."""
    if array.ndim == 3 and array.shape[2] < 3 or array.min() < 0 or array.max() > 255 or array.dtype.kind not in "bu":
        _refuse(path, f"it holds {array.dtype} of shape {array.shape}, so no colours of 8 bits", 'encoding = "values"')
    red, green, blue = (array[..., channel] if array.ndim == 3 else array for channel in range(3))
    return red.astype(np.int32) << 16 | green.astype(np.int32) << 8 | blue


def _refuse(path, sentence, line):
    raise ImageError(f"{printable(path)}: {sentence}; correct dataset.toml, perhaps to {line}")


# What it means --------------------------------------------------------------------------------------------------------


def _pack(code):
    return int.from_bytes(bytes(code), "big") if isinstance(code, tuple) else code


def _meaning(unknown, codes, description, path):
    """The labels of values that the description does not name; ValueError if it says that they are errors."""
    if description.unknown == "ignore":
        return IGNORE_INDEX
    if description.unknown == "error":
        _refuse_unknown(unknown, codes, description, path)
    points = np.array([code if isinstance(code, tuple) else (code,) for code, _ in description.codes()], np.float32)
    labels = np.array([label for _, label in description.codes()])
    if description.encoding == "colours":
        unknown = np.stack([unknown >> 16, unknown >> 8 & 255, unknown & 255], axis=1)
    asked = unknown.reshape(len(unknown), -1).astype(np.float32)
    blocks = np.array_split(asked, -(-len(asked) // 4096))  # a JPEG may have a million colours
    return np.concatenate([labels[((block[:, None] - points) ** 2).sum(-1).argmin(1)] for block in blocks])


def _refuse_unknown(unknown, codes, description, path):
    """Name the first pixel with an unknown value, how many pixels have it, and how many more such values there are."""
    where = np.isin(codes, unknown)
    row, column = (int(i[0]) for i in np.nonzero(where))
    value = int(codes[row, column])
    colour = description.encoding == "colours"
    code = shown_code(tuple(value.to_bytes(3, "big")) if colour else value)
    count = np.count_nonzero(codes == value)
    pixels = f"{count:,} pixel{'' if count == 1 else 's'}, {100 * count / codes.size:.3g} %"
    more = len(unknown) - 1
    others = f", like {more:,} other value{'' if more == 1 else 's'}" if more else ""
    key = "colours" if colour else "values"
    advice = from_one(unknown, description) or 'say unknown = "ignore", or "nearest" for masks saved as JPEG'
    raise ImageError(
        f"{printable(path)}: {code} at row {row}, column {column} is no class ({pixels}){others}; add it"
        f" to {key} or ignore in dataset.toml, or {advice}"
    )


def from_one(unknown, description):
    """What to do if the labels begin with 1, as is likely where the only unknown value is the next one; else None."""
    count = len(description.classes)
    if description.encoding != "values" or description.values != tuple(range(count)) or list(unknown) != [count]:
        return None
    values = list(range(1, count + 1)) if count <= 8 else f"[1, 2, ..., {count}]"
    return f"if the labels begin with 1, say values = {values}"
