"""Images of any size, read window by window: `open_windows`.

A large TIFF or .npy file is never in memory as a whole; any other image is read once, by rasters.py. PNG and JPEG can
only be decoded from their beginning, so that these formats are limited by the memory. Read folders.py next.
"""

import contextlib
import logging
import math
from pathlib import Path

import numpy as np

from ..extras import INSTALL, installed
from ..files import printable
from .images import MAX_PIXELS, ImageError, is_picture, read_page
from .rasters import read_raster

LARGE = 2**24                                              # pixels; from here on, files are read by windows if possible
KEPT = 2**27                                               # bytes of decoded parts of a TIFF that are kept for the next windows
DENSEST = 2**11                                            # bytes out of one compressed byte; deflate reaches 1032
ORIENTATION = 274                                          # a tag
ALPHA = (1, 2)                                             # values of the tag ExtraSamples
READABLE = ("MINISBLACK", "RGB", "YCBCR")                  # kinds of colour whose samples are the channels
logging.getLogger("tifffile").addHandler(logging.NullHandler())                # else it writes to stderr


@contextlib.contextmanager
def open_windows(path, channels, page=0, max_pixels=MAX_PIXELS):
    """Yield the image in a file, with `shape` (H, W, channels) and read(rows, columns), slices -> (h, w, channels).

    path:       an image file, or a .npy array (H, W, channels) or (H, W)
    page:       which page of a TIFF, from 0
    max_pixels: of an image that has to be read as a whole, and of a part that has to be
    The numbers are those in the file: uint8, uint16, float32, ...
    Raises ValueError, naming the file, if it cannot be read or has other channels; read() raises it too.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        yield open_array(path, channels, max_pixels)
    elif suffix in (".tif", ".tiff") and installed("tifffile") and not (channels == 3 and is_picture(path, page, LARGE)):
        with open_tiff(path, page, channels, max_pixels) as image:
            yield image
    else:
        yield Whole(read_page(path, page, max_pixels) if page else read_raster(path, channels, max_pixels))


class Whole:
    """An image in memory."""

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def read(self, rows, columns):
        return self.array[rows, columns]


# .npy -----------------------------------------------------------------------------------------------------------------


def open_array(path, channels, max_pixels):
    """A .npy file: by windows if it is large, else by read_raster, which also reports what is wrong with it."""
    array = None
    with contextlib.suppress(Exception):                   # of many kinds
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    numbers = array is not None and array.ndim in (2, 3) and array.dtype.kind in "uif"
    if not numbers or math.prod(array.shape[:2]) < LARGE or (*array.shape, 1)[2] != channels:
        return Whole(read_raster(path, channels, max_pixels))
    return LargeArray(path, (*array.shape, 1)[:3])


class LargeArray:
    """A .npy file, mapped anew for each window: what is mapped counts as memory of the process."""

    def __init__(self, path, shape):
        self.path, self.shape = path, shape

    def read(self, rows, columns):
        try:
            array = np.load(self.path, mmap_mode="r", allow_pickle=False)
            window = np.array(array[rows, columns])
        except (OSError, ValueError) as error:
            raise ImageError(f"cannot read {printable(self.path)}: {error}; has it changed?") from None
        return window.reshape(*window.shape[:2], self.shape[2])


# TIFF -----------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def open_tiff(path, page, channels, max_pixels):
    """Yield a page of a TIFF as a LargeTiff, checked."""
    import tifffile

    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(tifffile.TiffFile(path))
            image = LargeTiff(path, file.pages[page], channels)
            image.check(max_pixels)
        except ImageError:
            raise
        except Exception as error:                         # tifffile raises many kinds
            raise unreadable(path, error) from error
        yield image


def unreadable(path, error):
    missing = f"; run: {INSTALL['tiff']}" if "imagecodecs" in str(error) else "; is it there and whole?"
    return ImageError(f"cannot read {printable(path)}: {str(error) or type(error).__name__}{missing}")


class LargeTiff:
    """A page of a TIFF. Its parts, tiles or strips of rows, are decoded when a window needs them, and the last are kept."""

    def __init__(self, path, page, channels):
        self.path, self.page = path, page
        self.shape = (page.imagelength, page.imagewidth, channels)
        self.parts, self.bytes = {}, 0                     # the decoded ones, the last used at the end

    def check(self, max_pixels):
        """ValueError for a page that read() would not return as it looks, or could not return in bounded memory."""
        if objection := self.colours() or self.sizes(max_pixels):
            raise ImageError(f"{printable(self.path)} {objection}")

    def colours(self):
        """What is wrong with the samples of a pixel; None if nothing is."""
        page, channels, samples = self.page, self.shape[2], self.page.samplesperpixel
        alpha = samples == channels + 1 and page.extrasamples and page.extrasamples[-1] in ALPHA
        if not (samples == channels or alpha or (samples, channels) == (1, 3)):          # grey becomes RGB
            return f"has {samples} channel{'s' * (samples > 1)}, expected {channels}"
        if page.dtype is None or page.dtype.kind not in "uif":
            return f"holds {page.dtype or 'samples of an unknown type'}, expected numbers; convert it"
        if (name := getattr(page.photometric, "name", page.photometric)) not in READABLE:
            return f"has the colours {name}, expected grey or RGB; convert it"
        return None

    def sizes(self, max_pixels):
        """What is wrong with the numbers of pixels; None if nothing is."""
        page, part = self.page, math.prod(self.part)
        if page.imagedepth != 1:
            return "is a volume, expected an image; save its slices as pages"
        if page.tags.valueof(ORIENTATION, 1) != 1:
            return "is stored turned; rotate its pixels, so that its tag Orientation is 1"
        if not min(page.shape) or page.parent.filehandle.size * DENSEST < math.prod(page.shape):
            return f"says that it has {self.shape[1]:,} x {self.shape[0]:,} pixels, but holds far fewer; is it whole?"
        if part > max_pixels:
            return (
                f"is stored in parts of {part:,} pixels, but the limit is {max_pixels:,}; save it in tiles, or if you have"
                " the memory, raise max_pixels (--max-pixels)"
            )
        return None

    @property
    def part(self):
        """The rows and columns of a part; a strip has all columns."""
        page = self.page
        return (page.tilelength, page.tilewidth) if page.is_tiled else (min(page.rowsperstrip, page.imagelength), page.imagewidth)

    def read(self, rows, columns):
        height, width = self.part
        separate = self.page.planarconfig == 2 and self.page.samplesperpixel > 1
        planes = range(self.shape[2]) if separate else [slice(0, self.shape[2])]
        window = np.empty((rows.stop - rows.start, columns.stop - columns.start, self.shape[2]), self.page.dtype)
        down, across = (-(-side // part) for side, part in zip(self.shape, self.part))
        for number, plane in enumerate(planes):
            for i in range(rows.start // height, -(-rows.stop // height)):
                for k in range(columns.start // width, -(-columns.stop // width)):
                    part = self.decoded((number * down + i) * across + k)
                    (inside_y, y), (inside_x, x) = overlap(i * height, height, rows), overlap(k * width, width, columns)
                    window[inside_y, inside_x, plane] = part[y, x, 0 if isinstance(plane, int) else plane]
        return window

    def decoded(self, index):
        """Part `index` of the page, (rows, columns, samples); at the image's edge some of them may be missing."""
        part = self.parts.pop(index, None)
        if part is None:
            part = self.decode(index)
            self.bytes += part.nbytes
        self.parts[index] = part
        while self.bytes > KEPT and len(self.parts) > 1:
            self.bytes -= self.parts.pop(next(iter(self.parts))).nbytes
        return part

    def decode(self, index):
        page, size = self.page, self.page.databytecounts[index]
        samples = page.samplesperpixel if page.planarconfig == 1 else 1
        expected = math.prod(self.part) * samples
        try:
            if size > 2 * expected * page.dtype.itemsize + 4096:
                raise ValueError(f"part {index} has {size:,} bytes, more than its pixels")
            file = page.parent.filehandle
            file.seek(page.dataoffsets[index])
            data = file.read(size) if size else None       # None: left out, because all of it is the value for no data
            tables = {"jpegtables": page.jpegtables} if page.jpegtables else {}
            part = page.decode(data, index, **tables)[0]
        except Exception as error:
            raise unreadable(self.path, error) from error
        return np.full((*self.part, samples), page.nodata, page.dtype) if part is None else part[0]


def overlap(start, length, window):
    """The slices in which a part of `length` from `start` and a window overlap: (in the window, in the part)."""
    low, high = max(start, window.start), min(start + length, window.stop)
    return slice(low - window.start, high - window.start), slice(low - start, high - start)
