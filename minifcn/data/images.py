"""Read and write image files, and convert pictures to network inputs and back.

A picture is uint8 (H, W, 3); a network input is float32 (3, H, W). Reading reports in one sentence what is wrong with a
file; writing goes through files.py, so that no file is left half-written. Read rasters.py next.
"""

import contextlib
import logging
import math
import re
import threading
import warnings

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from ..files import atomic_write, require_regular
from ..labels import wrong_label
from .dataset import IGNORE_INDEX
from .transforms import normalize

IGNORE_COLOUR = (111, 111, 111)
READABLE_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")   # I;16 and F hold other units
MAX_PIXELS = 125_000_000                                                      # a Sentinel-2 tile is 10980 x 10980

SMALLER = ("make it smaller, or cut it; if you trust the file and have the memory, predict, classify and edges read it with a larger"
           " --max-pixels (max_pixels)")  # fmt: skip

# Pillow identifies a file by its content, not its name, and runs Ghostscript to read EPS. It decodes these itself.
FORMATS = {
    "PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "TIFF": (".tif", ".tiff"), "WEBP": (".webp",), "BMP": (".bmp",),
    "GIF": (".gif",), "PPM": (".ppm", ".pgm"),
}  # fmt: skip
SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)
STRIP = 2**16                                                                 # pixels converted at a time
TILE_SIDES = (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH)
SOFTWARE = 305                                                                # the tag
UNLIMITED = 2**40                                                             # pixels, where only a header is read

_changing = threading.Lock()
logging.getLogger("PIL").addHandler(logging.NullHandler())                    # else Pillow also logs to stderr


def read_image(path, max_pixels=MAX_PIXELS):
    """An image file -> its picture, uint8 (H, W, 3), rotated according to its EXIF data; transparency is dropped.

    max_pixels: larger images are refused before decoding, because a small file can hold a huge image. Reading takes up
                to 16 bytes of memory per pixel, 3 of them for the picture
    Only the first page or frame of a file is read. The formats are PNG, JPEG, TIFF, WebP, BMP, GIF and PPM.
    Raises ValueError, naming the file, if it is missing, a folder, not an image, truncated, too large, or does not have
    8 bits per channel.
    """
    return read_first_page(path, max_pixels)[0]


def read_first_page(path, max_pixels=MAX_PIXELS):
    """(the picture that `read_image` returns, the number of pages or frames in the file)."""
    return _read_page(path, 0, max_pixels)


def read_page(path, page, max_pixels=MAX_PIXELS):
    """The picture on page `page` of a file, from 0; otherwise as read_image."""
    return _read_page(path, page, max_pixels)[0]


def _read_page(path, page, max_pixels):
    with explained(path, max_pixels), open_image(path, max_pixels) as image:
        _turn_to(image, page, max_pixels)
        mode = image.mode
        if mode in READABLE_MODES:
            decode(image, max_pixels)
            return _pixels(image), _count_pages(image)
    raise ImageError(f"read_image: {path} has the mode {mode} but must have 8 bits per channel; convert it to RGB")


class ImageError(ValueError):
    """An image file cannot be used; the message is one sentence with its name, and what to do."""


@contextlib.contextmanager
def explained(path, max_pixels):
    """Turn all that is raised when a file is read into an ImageError, and silence warnings about odd metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(f"read_image: {path} is not an image in a supported format ({', '.join(FORMATS)}); convert it"
                         " to PNG, JPEG or TIFF") from None
    except Image.DecompressionBombError as error:
        found = int(re.search(r"\d+", str(error))[0])                       # "Image size (190000000 pixels) ..."
        raise ImageError(f"read_image: {path} has {found:,} pixels, but the limit is {max_pixels:,}; {SMALLER}") from None
    except Exception as error:                                                # Pillow raises many kinds
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ImageError(f"read_image: cannot read {path}: {reason}; is the file there and whole?") from error


def open_image(path, max_pixels=MAX_PIXELS, formats=tuple(FORMATS)):
    """The Pillow image of a file in one of FORMATS, not yet decoded; DecompressionBombError if it has too many pixels.

    A TIFF is decoded tile by tile, and a tile may be larger than the image.
    """
    require_regular(path)
    with _pillow_limit(max_pixels):
        image = Image.open(path, formats=list(formats))
    try:
        _check_tile(image, max_pixels)
    except Image.DecompressionBombError:
        image.close()
        raise
    return image


def is_picture(path, page, most):
    """Whether page `page` of a file, from 0, has at most `most` pixels of 8 bits per channel, so that Pillow reads it."""
    with contextlib.suppress(Exception), warnings.catch_warnings():           # Pillow raises many kinds
        warnings.simplefilter("ignore")
        with open_image(path, most) as image:
            _turn_to(image, page, most)
            return image.mode in READABLE_MODES
    return False


def _turn_to(image, page, max_pixels):
    """Go to a page of an open image; its size is checked like the first one's."""
    if page:
        image.seek(page)
        if math.prod(image.size) > max_pixels:
            raise Image.DecompressionBombError(f"Image size ({math.prod(image.size)} pixels) on page {page + 1}")
        _check_tile(image, max_pixels)


def _check_tile(image, max_pixels):
    tags = getattr(image, "tag_v2", {})
    tile = math.prod(side for tag in TILE_SIDES if isinstance(side := tags.get(tag, 0), int))
    if tile > max_pixels:
        raise Image.DecompressionBombError(f"Image size ({tile} pixels) in one tile")


@contextlib.contextmanager
def _pillow_limit(max_pixels):
    """Make Pillow itself refuse images of more pixels, since some decoders allocate memory when they open a file.

    Pillow's limit is global, so only one thread may change it at a time. It raises above twice the limit.
    """
    with _changing:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels / 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def decode(image, max_pixels):
    """Decode an open image; one above MAX_PIXELS needs Pillow's own limit raised."""
    if image.format == "TIFF":
        image.filename = ""                                                   # else Pillow 13 maps the file, and exchanges
                                                                              # the sides of a turned one too early
    limit = _pillow_limit(max_pixels) if max_pixels > MAX_PIXELS else contextlib.nullcontext()   # threads need not wait
    with limit:
        image.load()


def _pixels(image):
    """A Pillow image -> uint8 (H, W, 3), upright. In strips: converting it all at once would need a second image."""
    ImageOps.exif_transpose(image, in_place=True)
    picture = np.empty((image.height, image.width, 3), np.uint8)
    for rows in _strips(image.height, image.width):
        picture[rows] = image.crop((0, rows.start, image.width, rows.stop)).convert("RGB")
    return picture


def _strips(height, width):
    """Slices of rows, about STRIP pixels each."""
    rows = max(1, STRIP // max(1, width))
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def count_frames(path):
    """The number of pages or frames in a file; 1 if it cannot be opened."""
    with contextlib.suppress(Exception), warnings.catch_warnings():           # Pillow raises many kinds
        warnings.simplefilter("ignore")
        with open_image(path) as image:
            return _count_pages(image)
    return 1


def _count_pages(image):
    """The number of pages or frames; 1 for a camera's MPO, whose other frames are previews of the same photo."""
    return 1 if image.format == "MPO" else getattr(image, "n_frames", 1)


def write_image(path, picture, software=None):
    """Write a picture, uint8 (H, W, 3), in the format given by the suffix of the path; raises FileError.

    software: the name of the program that produced it, stored in a PNG
    """
    _save(Image.fromarray(np.ascontiguousarray(picture)), path, software)


def write_label(path, label, palette, software=None):
    """Write a label map (H, W) as a PNG whose pixel values are the classes, with a palette.

    255 (ignored) is grey; software as in write_image. Raises ValueError for a label without a colour, FileError if the
    file cannot be written.
    """
    table = _colour_table(label, palette)
    image = Image.fromarray(np.ascontiguousarray(label, np.uint8))            # mode L
    image.putpalette(table.tobytes())                                         # mode P
    _save(image, path, software)


def software_of(path):
    """The `software` recorded in a PNG or a TIFF; None if there is none, or the file is not a readable one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_image(path, UNLIMITED, ("PNG", "TIFF")) as image:
                return image.tag_v2.get(SOFTWARE) if image.format == "TIFF" else image.info.get("Software")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def colorize(label, palette):
    """The colours of a label map: (H, W) -> uint8 (H, W, 3); 255 (ignored) is grey."""
    return _colour_table(label, palette)[label]


def check_colours(label, palette):
    """ValueError unless every label of the map (H, W) is in the palette or is 255."""
    if label.ndim != 2 or label.dtype.kind not in "iu":
        raise ValueError(f"label map: {label.dtype} of shape {label.shape} was given but integers (H, W) are expected")
    unknown = wrong_label(label, len(palette), IGNORE_INDEX, to_ignore=f"write {IGNORE_INDEX} instead of {{}}")
    if unknown:
        number, (y, x), advice = unknown
        raise ValueError(f"label map: the label {number} at row {y}, column {x} has no colour; labels must be 0 to "
                         f"{len(palette) - 1}, or {IGNORE_INDEX} for ignored pixels; {advice}")


def overlay(picture, label, palette, alpha=0.5):
    """A picture, uint8 (H, W, 3), tinted by its label map (H, W): (1 - alpha) picture + alpha colour.

    Ignored pixels are unchanged. Raises ValueError if the sizes differ or a label has no colour.
    """
    if picture.shape != (*label.shape, 3):
        raise ValueError(f"overlay: the picture is {picture.shape} but the label map is {label.shape}; "
                         f"the picture must be {(*label.shape, 3)}")
    table = _colour_table(label, palette)
    mixed = np.empty(picture.shape, np.uint8)
    for rows in _strips(*label.shape):                                        # float64 takes 24 bytes per pixel
        blend = np.rint((1 - alpha) * picture[rows] + alpha * table[label[rows]])
        mixed[rows] = np.where((label[rows] == IGNORE_INDEX)[..., None], picture[rows], blend)
    return mixed


def to_input(picture, mean, std):
    """A picture as a network input: uint8 (H, W, 3) -> float32 (3, H, W), (rgb / 255 - mean) / std."""
    return normalize(np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255, mean, std)


def to_picture(image, mean, std):
    """The inverse of `to_input`: float32 (C, H, W) -> uint8 (H, W, 3), the first three channels, or the first one as grey."""
    values = image.transpose(1, 2, 0) * np.asarray(std, np.float32) + np.asarray(mean, np.float32)
    shown = values[..., :3] if len(image) >= 3 else values[..., :1].repeat(3, axis=2)
    return np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)


def _colour_table(label, palette):
    """uint8 (256, 3): the palette, then black, and grey for 255. Checks that it covers each label of the map."""
    check_colours(label, palette)
    table = np.zeros((256, 3), np.uint8)
    table[:len(palette)] = palette
    table[IGNORE_INDEX] = IGNORE_COLOUR
    return table


def _save(image, path, software):
    options = {}
    if software is not None:
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Software", software)
    try:
        with atomic_write(path) as temporary:
            image.save(temporary, **options)
    except ValueError as error:                                               # Pillow: no format for this suffix
        raise ValueError(f"cannot write {path}: {error}; end the name with .png or .jpg") from error
