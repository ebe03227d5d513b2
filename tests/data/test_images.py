"""Image files: read whole or refused in one sentence, written whole or not at all."""

import ast
import io
import logging
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image, ImageFile

import minifcn
from minifcn.data import colorize, images, overlay, read_image, to_input, to_picture, write_image, write_label
from minifcn.data.images import read_first_page, software_of
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
    with Image.open(tmp_path / "a.png") as image:
        assert (picture == np.array(image.convert("RGB"))).all()


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_photo_is_turned_upright(tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6                                                       # the camera was held sideways
    Image.fromarray(PICTURE).save(tmp_path / f"a.{suffix}", exif=exif)
    assert (read_image(tmp_path / f"a.{suffix}") == np.rot90(PICTURE, -1)).all()


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "RGBA", "CMYK"])
def test_strips_do_not_show(tmp_path, mode, monkeypatch):
    Image.fromarray(PICTURE).convert(mode).save(tmp_path / "a.tif")
    whole = read_image(tmp_path / "a.tif")
    mixed = overlay(whole, LABEL, PALETTE)
    monkeypatch.setattr(images, "STRIP", 5 * 31 + 1)                       # five rows of 24
    assert (read_image(tmp_path / "a.tif") == whole).all()
    assert (overlay(whole, LABEL, PALETTE) == mixed).all()


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


def test_pillow_logs_nothing_besides_our_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])               # pytest's; the shell has none
    (tmp_path / "a.tif").write_bytes(tiff((256, 9), (257, 9), (258, 8), (259, 5), (262, 1), (273, 8), (277, 65535)))
    with pytest.raises(ValueError, match="a.tif is not an image"):
        read_image(tmp_path / "a.tif")
    assert capsys.readouterr().err == ""


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ValueError, match="cannot read .*nowhere.png: No such file"):
        read_image(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match=f"cannot read {tmp_path}"):
        read_image(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"cannot read .*a.png: it is a pipe or a device"):
        read_image(tmp_path / "a.png")


# Formats --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", images.FORMATS)
def test_every_promised_format_is_read_whatever_its_name(tmp_path, kind):
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(PICTURE), kind))
    picture, pages = read_first_page(tmp_path / "a.png")
    assert picture.shape == PICTURE.shape and pages == 1


def test_an_eps_file_under_another_name_starts_no_program(tmp_path, monkeypatch):
    if os.name != "posix":
        pytest.skip("needs a shell script that can stand for Ghostscript")
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path / 'started'}\n")
    (tmp_path / "gs").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)                 # Pillow has not looked for it yet
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(PICTURE), "EPS"))
    with pytest.raises(ValueError, match=r"a\.png is not an image in a supported format \(PNG, JPEG, .*; convert it"):
        read_image(tmp_path / "a.png")
    assert not (tmp_path / "started").exists()


def test_every_call_that_opens_an_image_names_its_formats():
    house = Path(minifcn.__file__).parent.parent
    for path in [path for room in ("minifcn", "lessons", "benchmarks") for path in (house / room).rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "mage.open(" in text or "imread(" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Image.open", "plt.imread", "image.imread"):
                assert any(keyword.arg == "formats" for keyword in node.keywords), f"{path}, line {node.lineno}"


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG"])
def test_the_first_page_is_read_and_the_others_are_counted(tmp_path, kind):
    pages = [Image.fromarray(np.full((4, 6, 3), shade, np.uint8)) for shade in (200, 100, 0)]
    pages[0].save(tmp_path / "a", kind, save_all=True, append_images=pages[1:])
    picture, count = read_first_page(tmp_path / "a")
    assert count == 3 and (picture == 200).all()


def test_a_cameras_previews_are_not_pages(tmp_path):
    photo, preview = Image.fromarray(PICTURE), Image.fromarray(PICTURE[::2, ::2])
    photo.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[preview])
    picture, count = read_first_page(tmp_path / "a.jpg")
    assert count == 1 and picture.shape == PICTURE.shape


# Sizes ----------------------------------------------------------------------------------------------------------------


def tiff(*tags):
    """The header of a TIFF; every value is a 32-bit number."""
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)


def bomb(kind, side):
    """A few bytes that claim side x side pixels."""
    if kind == "PNG":
        chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
        packed = (struct.pack(">I", len(x)) + name + x + struct.pack(">I", zlib.crc32(name + x)) for name, x in chunks)
        return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
    if kind == "PPM":
        return b"P6 %d %d 255\n" % (side, side)
    if kind == "GIF":
        return b"GIF89a" + struct.pack("<HHBBB", side, side, 128, 0, 0) + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    if kind == "TIFF":
        return tiff((256, side), (257, side), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, side), (279, 8))
    if kind == "a TIFF's tile":
        tile = side // 16 * 16
        return tiff((256, 9), (257, 9), (258, 8), (259, 5), (262, 1), (322, tile), (323, tile), (324, 8), (325, 8))
    content = encoded(Image.new("RGB", (5, 3)), kind)                        # with another size in the header:
    old, new = {
        "JPEG": (struct.pack(">HH", 3, 5), struct.pack(">HH", side, side)),
        "BMP": (struct.pack("<ii", 5, 3), struct.pack("<ii", side, side)),
    }[kind]
    return content.replace(old, new)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "a TIFF's tile"])
def test_a_file_that_claims_too_many_pixels_is_refused_before_any_is_decoded(tmp_path, monkeypatch, kind):
    (tmp_path / "a.png").write_bytes(bomb(kind, 14000))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("it was decoded"))
    with pytest.raises(ValueError, match=r"a\.png has 19\d,\d{3},\d{3} pixels, but the limit is 125,000,000; .* predict, classify and edges .*--max-pixels"):
        read_image(tmp_path / "a.png")


def test_webp_is_refused_by_the_size_in_its_header(tmp_path):
    """Its decoder reserves memory as soon as it is made."""
    write_image(tmp_path / "a.webp", PICTURE)
    with pytest.raises(ValueError, match=r"a\.webp has 744 pixels, but the limit is 743"):
        read_image(tmp_path / "a.webp", max_pixels=743)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp", "gif"])
def test_the_limit_counts_pixels_and_can_be_raised_above_pillows(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"a.{suffix}"
    write_image(path, PICTURE)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)                    # Pillow refuses more than 200
    monkeypatch.setattr(images, "MAX_PIXELS", 150)
    monkeypatch.setattr(images, "STRIP", 100)                              # also for a strip, in Pillow 10
    assert read_image(path, max_pixels=744).shape == PICTURE.shape
    with pytest.raises(ValueError, match="has 744 pixels, but the limit is 743"):
        read_image(path, max_pixels=743)
    assert Image.MAX_IMAGE_PIXELS == 100


PEAK = """
import sys
from minifcn.bench.alone import resident_bytes
from minifcn.data.images import read_image
read_image(sys.argv[1])
before = resident_bytes(peak=True)
height, width, _ = read_image(sys.argv[2]).shape
print((resident_bytes(peak=True) - before) / (height * width))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts memory as Linux does")
@pytest.mark.parametrize("kind, options, most", [
    ("PNG", {}, 8), ("TIFF", {"compression": "tiff_lzw"}, 8), ("JPEG", {"progressive": True, "subsampling": 0}, 11),
    ("WEBP", {"lossless": True}, 16.5), ("GIF", {}, 8),
])  # fmt: skip
def test_reading_takes_no_more_bytes_a_pixel_than_promised(tmp_path, kind, options, most):
    for name, side in ("small", 100), ("large", 4000):
        Image.new("RGB", (side, side)).save(tmp_path / name, kind, **options)
    environment = os.environ | {"PYTHONPATH": str(Path(minifcn.__file__).parent.parent)}
    command = [sys.executable, "-c", PEAK, tmp_path / "small", tmp_path / "large"]
    result = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert 3 < float(result.stdout) < most


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_overlay_of_no_pixels_has_none(size):
    assert overlay(np.zeros((*size, 3), np.uint8), np.zeros(size, int), PALETTE).shape == (*size, 3)


def test_an_overlay_takes_few_bytes_a_pixel():
    picture, label = np.zeros((1000, 2000, 3), np.uint8), np.zeros((1000, 2000), np.uint8)
    tracemalloc.start()
    overlay(picture, label, PALETTE)
    peak = tracemalloc.get_traced_memory()[1] / label.size
    tracemalloc.stop()
    assert peak < 8                                                        # 3 of them are the result


# Writing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [
    lambda path, name: write_image(path, PICTURE, name),
    lambda path, name: write_label(path, LABEL, PALETTE, name),
])  # fmt: skip
def test_a_png_names_the_software_that_made_it(tmp_path, save):
    save(tmp_path / "a.png", "minifcn predict")
    assert software_of(tmp_path / "a.png") == "minifcn predict"
    save(tmp_path / "a.png", None)
    assert software_of(tmp_path / "a.png") is None


@pytest.mark.parametrize("content", [b"", b"text", encoded(Image.fromarray(PICTURE), "JPEG"), bomb("PNG", 60000)])
def test_a_file_that_is_not_a_readable_png_names_no_software(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert software_of(tmp_path / "a.png") is None and software_of(tmp_path / "none.png") is None


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


def test_of_other_channels_the_picture_shows_the_first_three_or_the_first():
    image = PICTURE.transpose(2, 0, 1) / np.float32(255)
    four = np.concatenate([image, 5 * image[:1]])
    assert (to_picture(four, (0,) * 4, (1,) * 4) == PICTURE).all()
    for few in image[:1], image[:2]:
        assert (to_picture(few, (0,) * len(few), (1,) * len(few)) == PICTURE[..., :1]).all()


@pytest.mark.parametrize("call, sentence", [
    (lambda p: write_label(p / "a.png", LABEL + 1, PALETTE),      "label map: the label 3 at row 0, column 2 has no"),
    (lambda p: write_label(p / "a.png", LABEL - 1, PALETTE),      "label map: the label -1 at row 0, column 0 has no"),
    (lambda p: write_label(p / "a.png", np.array([[-1, 0]]), PALETTE),
     "label map: the label -1 .* or 255 for ignored pixels; write 255 instead of -1 if -1 marks pixels to be left out"),
    (lambda p: write_label(p / "a.png", np.array([[3, 0]]), PALETTE),
     "label map: .* ignored pixels; check the number of classes: the largest label is 3"),
    (lambda p: write_label(p / "a.png", LABEL / 2, PALETTE),      "label map: float64 of shape"),
    (lambda p: write_label(p / "a.png", LABEL[None], PALETTE),    r"label map: int64 of shape \(1, 24, 31\)"),
    (lambda p: write_label(p / "a.unknown", LABEL, PALETTE),      "cannot write .*a.unknown: unknown file extension"),
    (lambda p: overlay(PICTURE, LABEL[1:], PALETTE),              r"overlay: the picture is \(24, 31, 3\) but"),
])
def test_wrong_arguments_are_reported_and_nothing_is_written(tmp_path, call, sentence):
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
