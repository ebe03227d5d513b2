"""A PNG written row by row holds what was written, as Pillow reads it."""

import io

import numpy as np
import pytest
from PIL import Image

from minifcn.data.png import PngWriter

PALETTE = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255)], np.uint8)


def written(pixels, steps, palette=None, text=()):
    """The image, from rows that came `steps` at a time."""
    file = io.BytesIO()
    png = PngWriter(file, pixels.shape[1], pixels.shape[0], palette, text)
    start = 0
    for step in steps:
        png.rows(pixels[start : start + step])
        start += step
    png.finish()
    with Image.open(io.BytesIO(file.getvalue())) as image:
        image.verify()                                                        # the checksums
    image = Image.open(io.BytesIO(file.getvalue()))
    image.load()
    return image


@pytest.mark.parametrize("steps", [(7,), (1, 1, 5), (3, 4)])
@pytest.mark.parametrize("shape, dtype, mode", [
    ((7, 5, 3), np.uint8, "RGB"), ((7, 5), np.uint8, "L"), ((7, 5), np.uint16, "I;16"), ((7, 1), np.uint8, "L"),
])  # fmt: skip
def test_the_rows_come_back_whatever_their_number_at_a_time(shape, dtype, mode, steps):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    image = written(pixels, steps)
    assert image.mode == mode
    np.testing.assert_array_equal(np.array(image), pixels)


def test_indices_keep_their_palette_and_the_text_is_unicode():
    label = np.random.default_rng(0).integers(0, 3, (4, 6), np.uint8)
    image = written(label, (4,), PALETTE, {"Classes": "하늘 🚗"})
    assert image.mode == "P" and image.getpalette()[:9] == PALETTE.ravel().tolist() and image.info["Classes"] == "하늘 🚗"
    np.testing.assert_array_equal(np.array(image), label)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="sides from 1"):
        PngWriter(io.BytesIO(), 0, 3)
    png = PngWriter(io.BytesIO(), 2, 3)
    png.rows(np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"after 2 rows came \(2, 2\), but the image is 2 x 3 pixels"):
        png.rows(np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match="2 rows were written, expected 3"):
        png.finish()
