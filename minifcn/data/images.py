"""Image files in and out, and the way from a picture to what a network reads, and back.

A picture is uint8 (H, W, 3); a network reads float32 (3, H, W). Reading says in one sentence what is wrong with a
file; writing goes through files.py, so that no file is left half done. Read predict.py next, which uses all of it.
"""

import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..files import atomic_write
from .dataset import IGNORE_INDEX
from .transforms import normalize

IGNORE_COLOUR = (111, 111, 111)
READABLE_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")   # I;16 and F hold other units


def read_image(path):
    """An image file -> its picture, uint8 (H, W, 3), turned upright as its EXIF data say; transparency is dropped.

    Raises ValueError that names the file: missing, a folder, not an image, truncated, or not of 8 bits a channel.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                                   # of large images and of odd metadata
            with Image.open(path) as image:
                mode = image.mode
                if mode in READABLE_MODES:
                    return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except UnidentifiedImageError:
        raise ValueError(f"read_image: {path} is not an image that Pillow can read; give a PNG, JPEG or TIFF") from None
    except Exception as error:                                                # Pillow's kinds are many
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ValueError(f"read_image: cannot read {path}: {reason}; is the file there and whole?") from error
    raise ValueError(f"read_image: {path} has the mode {mode} but must have 8 bits a channel; convert it to RGB")


def write_image(path, picture):
    """Write a picture, uint8 (H, W, 3), in the format of the path's suffix; raises FileError."""
    _save(Image.fromarray(np.ascontiguousarray(picture)), path)


def write_label(path, label, palette):
    """Write a label map (H, W) as a PNG whose pixel values are the classes and whose palette colours them.

    255 (ignored) is grey. Raises ValueError for a label that the palette lacks, FileError if it cannot be written.
    """
    table = _colour_table(label, palette)
    image = Image.fromarray(np.ascontiguousarray(label, np.uint8))            # mode L
    image.putpalette(table.tobytes())                                         # mode P
    _save(image, path)


def colorize(label, palette):
    """The colours of a label map: (H, W) -> uint8 (H, W, 3); 255 (ignored) is grey."""
    return _colour_table(label, palette)[label]


def overlay(picture, label, palette, alpha=0.5):
    """A picture, uint8 (H, W, 3), tinted by its label map (H, W): (1 - alpha) picture + alpha colour.

    Ignored pixels stay as they are. Raises ValueError if the sizes differ or a label has no colour.
    """
    if picture.shape != (*label.shape, 3):
        raise ValueError(f"overlay: the picture is {picture.shape} but the label map is {label.shape}; "
                         f"the picture must be {(*label.shape, 3)}")
    mixed = (1 - alpha) * picture + alpha * colorize(label, palette)
    return np.where((label == IGNORE_INDEX)[..., None], picture, np.rint(mixed)).astype(np.uint8)


def to_input(picture, mean, std):
    """What a network reads: uint8 (H, W, 3) -> float32 (3, H, W), (rgb / 255 - mean) / std."""
    return normalize(np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255, mean, std)


def to_picture(image, mean, std):
    """The inverse of `to_input`: float32 (3, H, W) -> uint8 (H, W, 3)."""
    rgb = image.transpose(1, 2, 0) * np.asarray(std, np.float32) + np.asarray(mean, np.float32)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _colour_table(label, palette):
    """uint8 (256, 3): the palette, then black, then grey for 255; checks that each label of the map is in it."""
    if label.ndim != 2 or label.dtype.kind not in "iu":
        raise ValueError(f"label map: {label.dtype} of shape {label.shape} was given but integers (H, W) are expected")
    unknown = (label < 0) | (label >= len(palette)) & (label != IGNORE_INDEX)
    if unknown.any():
        y, x = np.argwhere(unknown)[0]
        raise ValueError(f"label map: the label {label[y, x]} at row {y}, column {x} has no colour; "
                         f"labels must be 0 to {len(palette) - 1}, or {IGNORE_INDEX} for ignored pixels")
    table = np.zeros((256, 3), np.uint8)
    table[:len(palette)] = palette
    table[IGNORE_INDEX] = IGNORE_COLOUR
    return table


def _save(image, path):
    try:
        with atomic_write(path) as temporary:
            image.save(temporary)
    except ValueError as error:                                               # Pillow: no format for this suffix
        raise ValueError(f"cannot write {path}: {error}; end the name with .png or .jpg") from error
