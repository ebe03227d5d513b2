"""Images of any channels and bits are read without loss, upright, and scaled as photographs are."""

import numpy as np
import pytest
from PIL import Image

from minifcn import extras
from minifcn.data import images, rasters
from minifcn.data.images import read_image, to_input
from minifcn.data.rasters import raster_size, read_raster, scale_raster, to_display, turned

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (4, 6, 3)).astype(np.uint8)
DEEP = RNG.integers(0, 60000, (4, 6, 3)).astype(np.uint16)
MANY = RNG.integers(0, 256, (4, 6, 7)).astype(np.uint8)


def saved(path, array, **options):
    Image.fromarray(np.ascontiguousarray(array)).save(path, **options)
    return path


@pytest.mark.parametrize("name, array", [
    ("a.png", PICTURE), ("a.bmp", PICTURE), ("a.png", PICTURE[..., :1]), ("a.png", np.dstack([PICTURE, MANY[..., 0]])),
    ("a.png", DEEP[..., :1]), ("a.tif", DEEP[..., :1]), ("a.tif", DEEP[..., :1].astype(np.float32) / 7),
    ("a.npy", PICTURE), ("a.npy", DEEP), ("a.npy", MANY), ("a.npy", MANY.astype(np.float32) - 100)])  # fmt: skip
def test_what_is_saved_is_read_to_the_bit(tmp_path, name, array):
    path = tmp_path / name
    np.save(path, array) if name.endswith("npy") else saved(path, array[..., 0] if array.shape[2] == 1 else array)
    read = read_raster(path, array.shape[2])
    assert read.dtype == array.dtype and np.array_equal(read, array) and raster_size(path) == (4, 6)


def test_without_a_number_of_channels_a_file_keeps_its_own_and_drops_its_transparency(tmp_path):
    with_alpha = np.dstack([PICTURE, MANY[..., 0]])
    for name, array, kept in (("a.png", PICTURE, 3), ("b.png", PICTURE[..., 0], 1), ("c.png", with_alpha, 3)):
        assert read_raster(saved(tmp_path / name, array), None).shape[2] == kept
    np.save(tmp_path / "d.npy", MANY)
    assert np.array_equal(read_raster(tmp_path / "d.npy", None), MANY)


@pytest.mark.parametrize("array, options", [
    (DEEP, {"photometric": "rgb"}), (DEEP.astype(np.float32), {"photometric": "rgb"}), (DEEP, {"photometric": "rgb", "compression": "zlib"}),
    (MANY, {"planarconfig": "contig"}), (MANY, {"planarconfig": "separate"}), (MANY[..., :2], {"planarconfig": "contig"}),
    (np.stack([PICTURE, PICTURE[::-1]]), {"photometric": "rgb"})])  # fmt: skip
def test_a_tiff_of_any_channels_is_read_to_the_bit_its_first_page_only(tmp_path, array, options):
    tifffile = pytest.importorskip("tifffile")
    planes = array.transpose(2, 0, 1) if options.get("planarconfig") == "separate" else array
    tifffile.imwrite(tmp_path / "a.tif", planes, **({"photometric": "minisblack"} | options if array.ndim == 3 else options))
    first = array if array.ndim == 3 else array[0]
    read = read_raster(tmp_path / "a.tif", first.shape[2])
    assert read.dtype == first.dtype and np.array_equal(read, first) and raster_size(tmp_path / "a.tif") == (4, 6)


def test_an_rgb_png_of_16_bits_keeps_them_or_says_what_is_needed(tmp_path, monkeypatch):
    imagecodecs = pytest.importorskip("imagecodecs")
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(DEEP))
    assert np.array_equal(read_raster(tmp_path / "a.png"), DEEP)
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"a.png has 16 bits .* run: pip install tifffile imagecodecs"):
        read_raster(tmp_path / "a.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_as_pillow_does(tmp_path, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    path = saved(tmp_path / "a.png", PICTURE, exif=exif)
    assert np.array_equal(turned(PICTURE, orientation), read_image(path))
    assert raster_size(path) == read_raster(path).shape[:2] == read_image(path).shape[:2]
    assert rasters.exif_orientation(path) == orientation
    path = saved(tmp_path / "g.png", DEEP[..., 0], exif=exif)
    assert np.array_equal(read_raster(path, 1)[..., 0], turned(DEEP[..., 0], orientation))
    tifffile = pytest.importorskip("tifffile")
    for array in DEEP, DEEP[..., 0], PICTURE, PICTURE[..., 0]:
        tifffile.imwrite(tmp_path / "a.tif", array, extratags=[(274, 3, 1, orientation, True)])
        read = read_raster(tmp_path / "a.tif", 3 if array.ndim == 3 else 1)
        assert np.array_equal(np.squeeze(read), turned(array, orientation))
        assert raster_size(tmp_path / "a.tif") == read.shape[:2]


def test_grey_and_three_channels_stand_for_each_other_only_where_nothing_is_lost(tmp_path):
    grey = saved(tmp_path / "g.png", np.repeat(PICTURE[..., :1], 3, 2))
    assert np.array_equal(read_raster(grey, 1), PICTURE[..., :1])
    assert read_raster(saved(tmp_path / "l.png", DEEP[..., 0]), 3).shape == (4, 6, 3)
    with pytest.raises(ValueError, match=r"c.png has 3 channels, expected 1; convert it, or correct channels"):
        read_raster(saved(tmp_path / "c.png", PICTURE), 1)
    with pytest.raises(ValueError, match=r"l.png has 1 channel, expected 4"):
        read_raster(tmp_path / "l.png", 4)


BAD_ARRAYS = {
    "a pickle": (np.array([{}]), 1, "cannot read .*a.npy: .*Python objects"),
    "complex": (np.zeros((4, 6), complex), 1, r"it holds complex128 of shape \(4, 6\), expected numbers"),
    "empty": (np.zeros((0, 6)), 1, "a.npy"),
    "four axes": (np.zeros((1, 2, 3, 4)), 1, r"shape \(1, 2, 3, 4\), expected numbers"),
    "channels first": (np.zeros((7, 4, 6)), 7, "has 6 channels, expected 7; they come first in it"),
    "nan": (np.array([[1, np.nan], [np.inf, 2]]), 1, "2 of its values are not finite numbers, the first at row 0, column 1"),
    "too large for float32": (np.array([[1e300]]), 1, "1 of its values are not finite"),
}


@pytest.mark.parametrize("array, channels, sentence", BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_an_array_that_is_no_image_is_refused(tmp_path, array, channels, sentence):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(ValueError, match=sentence):
        read_raster(tmp_path / "a.npy", channels)


def test_files_that_are_damaged_missing_or_too_large_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", MANY)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:150])
    np.savez(tmp_path / "zip.npz", MANY)
    (tmp_path / "zip.npz").rename(tmp_path / "zip.npy")
    for name in ("cut.npy", "zip.npy", "none.npy", "none.tif", "."):
        with pytest.raises(ValueError, match="read_image: cannot read"):
            read_raster(tmp_path / name, 7)
    with pytest.raises(ValueError, match=r"a.npy has 24 pixels of 7 channels, but the limit is 30"):
        read_raster(tmp_path / "a.npy", 7, max_pixels=30)
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", MANY, planarconfig="contig", photometric="minisblack")
    with pytest.raises(ValueError, match=r"a.tif has 24 pixels of 7 channels"):
        read_raster(tmp_path / "a.tif", 7, max_pixels=30)
    (tmp_path / "cut.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:200])
    with pytest.raises(ValueError, match="cannot read .*cut.tif"):
        read_raster(tmp_path / "cut.tif", 7)


def test_a_damaged_tiff_without_its_pixels_is_refused(tmp_path, monkeypatch):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", MANY, planarconfig="contig", photometric="minisblack")
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda page, **options: np.zeros(0))
    with pytest.raises(ValueError, match=r"a.tif: its first page has \(0,\) values, expected \(4, 6, 7\)"):
        read_raster(tmp_path / "a.tif", 7)


def test_eight_bits_are_scaled_as_to_input_does_bit_for_bit():
    assert scale_raster(PICTURE, (0, 255)).tobytes() == to_input(PICTURE, (0, 0, 0), (1, 1, 1)).tobytes()
    scaled = scale_raster(DEEP, (1000, 5000))
    assert scaled.dtype == np.float32 and np.allclose(scaled, (DEEP.transpose(2, 0, 1) - 1000.0) / 4000)


def test_what_is_displayed_are_the_first_three_channels_or_grey():
    assert np.array_equal(to_display(PICTURE, (0, 255)), PICTURE)
    assert np.array_equal(to_display(MANY, (0, 255)), MANY[..., :3])
    assert np.array_equal(to_display(MANY[..., :2], (0, 255)), np.repeat(MANY[..., :1], 3, 2))
    values = np.array([[[-1.0], [0.25]], [[0.5], [9]]], np.float32)
    assert to_display(values, (0, 0.5))[..., 0].tolist() == [[0, 128], [255, 255]]


def test_raster_size_decodes_nothing(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.png", PICTURE)
    monkeypatch.setattr(images.Image.core, "new", None)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    assert raster_size(path) == (4, 6)
