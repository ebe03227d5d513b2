"""Image files: read whole or refused in one sentence, written whole or not at all."""

import io

import numpy as np
import pytest
from PIL import Image

from minifcn.data import colorize, overlay, read_image, to_input, to_picture, write_image, write_label
from minifcn.files import FileError

PALETTE = np.array([(0, 0, 200), (0, 150, 0), (250, 250, 0)], np.uint8)
PICTURE = np.random.default_rng(0).integers(0, 256, (24, 31, 3), np.uint8)
LABEL = np.arange(24 * 31).reshape(24, 31) % 3


def encoded(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_what_is_written_is_read(tmp_path):
    write_image(tmp_path / "a.png", PICTURE)
    assert (read_image(tmp_path / "a.png") == PICTURE).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_common_mode_becomes_rgb(tmp_path, mode):
    Image.fromarray(PICTURE).convert(mode).save(tmp_path / "a.png")
    picture = read_image(tmp_path / "a.png")
    assert picture.shape == (24, 31, 3) and picture.dtype == np.uint8
    assert (picture == np.array(Image.open(tmp_path / "a.png").convert("RGB"))).all()


def test_a_photo_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6                                                       # the camera was held sideways
    Image.fromarray(PICTURE).save(tmp_path / "a.png", exif=exif)
    assert (read_image(tmp_path / "a.png") == np.rot90(PICTURE, -1)).all()


GRAY16 = Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000)
FLOATS = Image.fromarray(np.ones((3, 4), np.float32))

BROKEN = {
    "cut.png":     (encoded(Image.fromarray(PICTURE))[:700],          "cannot read .*cut.png: .*there and whole"),
    "cut.jpg":     (encoded(Image.fromarray(PICTURE), "JPEG")[:-300], "cannot read .*cut.jpg: .*there and whole"),
    "header.png":  (encoded(Image.fromarray(PICTURE))[:20],           "header.png"),
    "empty.png":   (b"",                                              "empty.png is not an image"),
    "text.png":    (b"this is no picture",                            "text.png is not an image"),
    "deep.png":    (encoded(GRAY16),                                  "deep.png has the mode I;16 but"),
    "float.tif":   (encoded(FLOATS, "TIFF"),                          "float.tif has the mode F but"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_one_sentence_that_names_it(tmp_path, name):
    content, sentence = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"^read_image: .*{sentence}") as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_png_cut_at_any_byte_is_refused(tmp_path):
    whole = encoded(Image.fromarray(PICTURE))
    idat_ends = len(whole) - 16                                            # after it only checksums and the end mark
    for length in range(0, idat_ends, 37):
        (tmp_path / "a.png").write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"^read_image: .*a\.png"):
            read_image(tmp_path / "a.png")


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ValueError, match="cannot read .*nowhere.png: No such file"):
        read_image(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match=f"cannot read {tmp_path}"):
        read_image(tmp_path)


def test_a_label_map_keeps_its_numbers_and_carries_its_colours(tmp_path):
    label = LABEL.copy()
    label[:3] = 255
    write_label(tmp_path / "a.png", label, PALETTE)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P" and (np.array(image) == label).all()
        assert (np.array(image.convert("RGB")) == colorize(label, PALETTE)).all()


def test_colours_of_a_label_map():
    colours = colorize(np.array([[0, 2], [255, 1]]), PALETTE)
    assert colours.tolist() == [[[0, 0, 200], [250, 250, 0]], [[111, 111, 111], [0, 150, 0]]]


def test_an_overlay_mixes_and_leaves_ignored_pixels():
    label = LABEL.copy()
    label[5] = 255
    mixed = overlay(PICTURE, label, PALETTE, alpha=0.25)
    expected = np.rint(0.75 * PICTURE + 0.25 * colorize(label, PALETTE))
    assert mixed.dtype == np.uint8 and (mixed[5] == PICTURE[5]).all()
    assert (np.delete(mixed, 5, 0) == np.delete(expected, 5, 0)).all()
    assert (overlay(PICTURE, LABEL, PALETTE, 0) == PICTURE).all()


def test_to_picture_inverts_to_input():
    mean, std = (0.3, 0.4, 0.5), (0.2, 0.1, 0.3)
    image = to_input(PICTURE, mean, std)
    assert image.shape == (3, 24, 31) and image.dtype == np.float32
    assert image[1, 2, 3] == pytest.approx((PICTURE[2, 3, 1] / 255 - 0.4) / 0.1, rel=1e-5)
    assert (to_picture(image, mean, std) == PICTURE).all()


@pytest.mark.parametrize("call, sentence", [
    (lambda p: write_label(p / "a.png", LABEL + 1, PALETTE),      "label map: the label 3 at row 0, column 2 has no"),
    (lambda p: write_label(p / "a.png", LABEL - 1, PALETTE),      "label map: the label -1 at row 0, column 0 has no"),
    (lambda p: write_label(p / "a.png", LABEL / 2, PALETTE),      "label map: float64 of shape"),
    (lambda p: write_label(p / "a.png", LABEL[None], PALETTE),    r"label map: int64 of shape \(1, 24, 31\)"),
    (lambda p: write_label(p / "a.unknown", LABEL, PALETTE),      "cannot write .*a.unknown: unknown file extension"),
    (lambda p: overlay(PICTURE, LABEL[1:], PALETTE),              r"overlay: the picture is \(24, 31, 3\) but"),
])
def test_wrong_arguments_are_told_and_nothing_is_written(tmp_path, call, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        call(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    write_image(tmp_path / "a.png", PICTURE)
    def full(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(FileError, match=r"cannot write .*a\.png: No space left on device"):
        write_label(tmp_path / "a.png", LABEL, PALETTE)
    assert (read_image(tmp_path / "a.png") == PICTURE).all() and len(list(tmp_path.iterdir())) == 1
