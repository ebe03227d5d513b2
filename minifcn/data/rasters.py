"""Images of any number of channels, of 8 or 16 bits or floating-point: PNG, JPEG, ..., TIFF and .npy.

A raster is (H, W, C) as it is in the file: uint8, uint16 or float32. Its value range, such as (0, 255), says which raw
values become 0 and 1. Pillow reads what it can without loss; for the rest tifffile and imagecodecs are needed, which
are extras. Read paired.py next.
"""

import contextlib
import logging
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..extras import require
from ..files import printable, require_regular
from .images import MAX_PIXELS, SMALLER, ImageError, decode, explained, open_image, read_image

SINGLE = ("1", "L", "I;16", "I;16B", "I;16L", "I", "F")  # Pillow's modes of one channel
ALPHA = (("LA", 1), ("LA", 2), ("RGBA", 4))  # modes, and the channels for which the file is not read as red, green, blue
NUMBERS = "buif"  # the kinds of dtypes that are read: bool, unsigned, integer, float
ORIENTATION, SAMPLES = 274, 277  # tags of EXIF and TIFF


def read_raster(path, channels=3, max_pixels=MAX_PIXELS):
    """An image file -> (H, W, channels), uint8, uint16 or float32, rotated according to its EXIF data.

    channels: 3: any picture as read_image reads it, so grey is repeated and transparency dropped; 1: a grey one, which
              may be stored as RGB; None: as the file has them, without transparency; otherwise it must have as many
    A .npy file holds an array (H, W) or (H, W, C). Only the first page of a TIFF is read. Integers of other types than
    uint8 and uint16 become float32.
    Raises ValueError, naming the file, if it cannot be read or has another number of channels or a value that is not
    finite, and RuntimeError with the command to run if it needs a package that is not installed.
    """
    if Path(path).suffix.lower() == ".npy":
        raster = _narrowed(path, open_npy(path, max_pixels))
    else:
        raster = _read_file(path, channels, max_pixels)
    raster = _with_channels(path, raster, channels)
    if raster.dtype == np.float32 and not (finite := np.isfinite(raster)).all():
        row, column, _ = (int(i[0]) for i in np.nonzero(~finite))
        raise ImageError(
            f"{printable(path)}: {np.count_nonzero(~finite):,} of its values are not finite numbers, the first at row {row},"
            f" column {column}; replace them"
        )
    return raster


def raster_size(path, max_pixels=MAX_PIXELS):
    """(height, width) of the raster in a file, upright; only its header is read. ValueError as for read_raster."""
    if Path(path).suffix.lower() == ".npy":
        return open_npy(path, max_pixels).shape[:2]
    with explained(path, max_pixels):
        try:
            with open_image(path, max_pixels) as image:
                size = image.height, image.width
                if image.format == "TIFF":  # some versions of Pillow have exchanged the sides already
                    size = image.tag_v2.get(257, size[0]), image.tag_v2.get(256, size[1])
                turn = Image.Image.getexif(image).get(ORIENTATION)  # a PNG's own getexif would decode it
                return size[::-1] if turn in range(5, 9) else size
        except UnidentifiedImageError:
            if not _is_tiff(path):
                raise
    with first_page(path, max_pixels) as page:
        size = tuple(page.shape[page.axes.index(axis)] for axis in "YX")
        return size[::-1] if _tiff_orientation(page) >= 5 else size


def exif_orientation(path, max_pixels=MAX_PIXELS):
    """The EXIF orientation of an image file, 1 to 8; from 5 on its sides are exchanged. 1 for files without."""
    if Path(path).suffix.lower() in (".npy", ".mat"):
        return 1
    with explained(path, max_pixels), open_image(path, max_pixels) as image:
        return orientation_of(image)


def scale_raster(raster, value_range):
    """A raster as a network input before normalisation: float32 (C, H, W), (raw - low) / (high - low)."""
    low, high = value_range
    image = np.ascontiguousarray(raster.transpose(2, 0, 1), np.float32)
    return (image - np.float32(low)) / np.float32(high - low)


def to_display(raster, value_range):
    """A raster as a picture, uint8 (H, W, 3): its first three channels, or the first one as grey if it has fewer."""
    low, high = value_range
    shown = raster[..., :3] if raster.shape[-1] >= 3 else raster[..., :1]
    if shown.dtype != np.uint8 or (low, high) != (0, 255):
        shown = np.rint(np.clip((shown.astype(np.float32) - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(shown, (*shown.shape[:2], 3)))


def require_depth(path, raster, value_range, advice):
    """ImageError, ending with what to do, if a raster of 8 bits has a range of more, in which it is black, or the other way round."""
    low, high = value_range
    if raster.dtype == np.uint16 and (low, high) == (0, 255) and raster.max() > 255:
        raise ImageError(f"{printable(path)}: its values reach {raster.max():,}, but range is [0, 255]; {advice}")
    if raster.dtype == np.uint8 and high > 2 * 255:
        raise ImageError(f"{printable(path)}: its values have 8 bits, so in the range [{low:g}, {high:g}] it is nearly black; {advice}")


# Reading --------------------------------------------------------------------------------------------------------------


def open_npy(path, max_pixels=MAX_PIXELS):
    """The array of a .npy file, (H, W) or (H, W, C), which stays on disk until it is used; pickles are not loaded."""
    with explained(path, max_pixels):
        require_regular(path)
        array = np.lib.format.open_memmap(path, mode="r")
        if array.ndim not in (2, 3) or array.size == 0 or array.dtype.kind not in NUMBERS:
            raise ImageError(
                f"{printable(path)}: it holds {array.dtype} of shape {array.shape}, expected numbers (H, W) or"
                " (H, W, channels)"
            )
        _check_size(path, array.shape[:2], math.prod(array.shape[2:]), max_pixels)
        return array


def _read_file(path, channels, max_pixels):
    """The array of an image file, by Pillow where that keeps all the bits."""
    with explained(path, max_pixels):
        try:
            with open_image(path, max_pixels) as image:
                mode, lossy = image.mode, _loses(image, channels)
                turn = orientation_of(image)  # which may decode a PNG, and empty its .tile
                if not lossy and (mode in SINGLE or (mode, channels) in ALPHA):
                    decode(image, max_pixels)
                    grey = mode == "1" or (mode, channels) == ("LA", 1)
                    image = ImageOps.exif_transpose(image)
                    return _narrowed(path, np.asarray(image.convert("L") if grey else image))
        except UnidentifiedImageError:
            if not _is_tiff(path):
                raise
            lossy = True  # floating-point or many channels
    if not lossy:
        return read_image(path, max_pixels)
    if _is_tiff(path):
        with first_page(path, max_pixels) as page:
            array = page.asarray(maxworkers=1)
            if array.shape != page.shape:  # in a damaged file
                raise ImageError(f"{printable(path)}: its first page has {array.shape} values, expected {page.shape}; save it again")
            array = np.moveaxis(array, page.axes.find("S"), -1)
            return turned(_narrowed(path, array), _tiff_orientation(page))
    require(f"{printable(path)} has 16 bits per channel: reading it", "tiff", "imagecodecs")
    from imagecodecs import png_decode

    with explained(path, max_pixels):
        return turned(_narrowed(path, png_decode(Path(path).read_bytes())), turn)


@contextlib.contextmanager
def first_page(path, max_pixels=MAX_PIXELS):
    """The first page of a TIFF, a tifffile.TiffPage with the axes YX, YXS or SYX, within the limit of pixels."""
    require(f"reading {printable(path)}, of a kind of TIFF that Pillow does not read,", "tiff", "tifffile", "imagecodecs")
    from tifffile import TiffFile

    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # else it also logs to stderr
    with explained(path, max_pixels), TiffFile(path) as file:
        page = file.pages[0]
        if page.axes not in ("YX", "YXS", "SYX") or 0 in page.shape:
            raise ImageError(f"{printable(path)}: its first page is {page.shape}, expected (H, W) or (H, W, channels)")
        sizes = dict(zip(page.axes, page.shape))
        _check_size(path, (sizes["Y"], sizes["X"]), sizes.get("S", 1), max_pixels)
        _check_size(path, (page.tilelength, page.tilewidth), sizes.get("S", 1), max_pixels)  # may be larger than the page
        yield page


def _loses(image, channels):
    """Whether Pillow drops half of the bits of an open image, or channels of a TIFF that are wanted."""
    samples = getattr(image, "tag_v2", {}).get(SAMPLES, 0)
    return (image.mode not in SINGLE and ";16" in str(image.tile)) or samples == channels != len(image.getbands())


def _is_tiff(path):
    with open(path, "rb") as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _check_size(path, size, channels, max_pixels):
    """The limit counts four channels as one picture's pixel."""
    if math.prod(size) * max(1, channels / 4) > max_pixels:
        many = f"{math.prod(size):,} pixels" + (f" of {channels} channels" if channels > 4 else "")
        raise ImageError(
            f"{printable(path)} has {many}, but the limit is {max_pixels:,}; {SMALLER}"
        )


def orientation_of(image):
    """The EXIF orientation of a Pillow image, 1 to 8; from 5 on its sides are exchanged."""
    turn = image.getexif().get(ORIENTATION, 1)
    return turn if turn in range(1, 9) else 1


def _tiff_orientation(page):
    tag = page.tags.get(ORIENTATION)
    return tag.value if tag is not None and tag.value in range(1, 9) else 1


def turned(array, orientation):
    """An array (H, W, ...) upright, from one of EXIF's orientations 1 to 8."""
    array = array.swapaxes(0, 1) if orientation >= 5 else array
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array[:, ::-1] if orientation in (2, 3, 6, 7) else array


def _narrowed(path, array):
    """Numbers of any type as uint8, uint16 or float32, the same values up to the 24 bits of a float32."""
    if array.dtype.kind not in NUMBERS:
        raise ImageError(f"{printable(path)}: it holds {array.dtype}, expected whole or floating-point numbers")
    if array.dtype == bool:
        return array.astype(np.uint8)
    kind = array.dtype.newbyteorder("=")
    with np.errstate(over="ignore"):  # what becomes infinite is reported by read_raster
        return np.asarray(array, kind if kind in (np.uint8, np.uint16) else np.float32)


def _with_channels(path, raster, channels):
    """The raster as (H, W, channels); ValueError if it has another number of them."""
    raster = raster[..., None] if raster.ndim == 2 else raster
    found = raster.shape[2]
    if channels is None or found == channels:
        return np.ascontiguousarray(raster)
    if found == 1 and channels == 3:
        return np.repeat(raster, 3, axis=2)
    if found == 4 and channels == 3 and raster.dtype.kind == "u":
        return np.ascontiguousarray(raster[..., :3])  # without its transparency
    if found >= 3 and channels == 1 and (raster[..., :1] == raster[..., 1:3]).all():
        return np.ascontiguousarray(raster[..., :1])  # a grey picture stored as RGB
    advice = "convert it, or correct channels in dataset.toml"
    if raster.shape[0] == channels:
        advice = "they come first in it, so save array.transpose(1, 2, 0)"
    raise ImageError(f"{printable(path)} has {found} channel{'s' * (found > 1)}, expected {channels}; {advice}")
