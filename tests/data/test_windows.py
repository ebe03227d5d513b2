"""Windows of an image are those of the whole, in every layout; what cannot be read by windows is refused in one sentence."""

import struct

import numpy as np
import pytest
from PIL import Image

from minifcn.data import windows
from minifcn.data.images import write_image
from minifcn.data.windows import LargeArray, LargeTiff, Whole, open_windows

SOME = [(slice(0, 3), slice(0, 4)), (slice(40, 70), slice(33, 90)), (slice(69, 70), slice(0, 90)), (slice(0, 70), slice(0, 90))]
LAYOUTS = {
    "strips": {"rowsperstrip": 16}, "one strip": {"rowsperstrip": 70}, "rows": {"rowsperstrip": 1},
    "tiles": {"tile": (16, 32)}, "compressed": {"tile": (32, 32), "compression": "adobe_deflate"},
    "differences": {"tile": (32, 16), "compression": "adobe_deflate", "predictor": True},
    "planes": {"planarconfig": "separate", "tile": (16, 16)}, "planes of strips": {"planarconfig": "separate", "rowsperstrip": 9},
    "big": {"bigtiff": True}, "big-endian": {"byteorder": ">"},
}  # fmt: skip


@pytest.fixture
def tifffile(monkeypatch):
    """The package, if it is installed; every TIFF counts as large."""
    monkeypatch.setattr(windows, "LARGE", 0)
    return pytest.importorskip("tifffile")


def numbers(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random(shape) if np.dtype(dtype).kind == "f" else rng.integers(0, np.iinfo(dtype).max, shape)).astype(dtype)


def save(tifffile, path, array, **options):
    bigtiff, byteorder = options.pop("bigtiff", False), options.pop("byteorder", "<")
    kind = {"photometric": "rgb" if array.ndim == 3 and array.shape[2] in (3, 4) else "minisblack"}
    kind |= {"planarconfig": "contig"} if array.ndim == 3 else {}
    if options.get("planarconfig") == "separate":
        array = array.transpose(2, 0, 1)
    with tifffile.TiffWriter(path, bigtiff=bigtiff, byteorder=byteorder) as file:
        file.write(array, **{**kind, "metadata": None, **options})
    return path


def check(image, expected, kind):
    assert type(image) is kind and image.shape == expected.shape
    for rows, columns in SOME:
        np.testing.assert_array_equal(image.read(rows, columns), expected[rows, columns])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape, dtype", [((70, 90, 3), np.uint8), ((70, 90, 5), np.uint16), ((70, 90, 2), np.float32)])
def test_windows_of_a_tiff_are_those_of_the_whole(tmp_path, tifffile, layout, shape, dtype, monkeypatch):
    monkeypatch.setattr(windows, "KEPT", 10_000)                              # some parts are decoded again
    array = numbers(shape, dtype)
    path = save(tifffile, tmp_path / "a.tif", array, **LAYOUTS[layout])
    with open_windows(path, shape[2]) as image:
        check(image, array, LargeTiff)
        assert image.bytes <= 10_000 or len(image.parts) == 1
        assert image.bytes == sum(part.nbytes for part in image.parts.values())


def test_grey_is_one_channel_or_three_and_alpha_is_left_out(tmp_path, tifffile):
    grey, rgba = numbers((70, 90), np.uint8), numbers((70, 90, 4), np.uint8)
    save(tifffile, tmp_path / "grey.tif", grey)
    save(tifffile, tmp_path / "rgba.tif", rgba, extrasamples=["unassalpha"])
    for name, channels, expected in (
        ("grey", 1, grey[..., None]), ("grey", 3, np.repeat(grey[..., None], 3, 2)), ("rgba", 3, rgba[..., :3]), ("rgba", 4, rgba)
    ):  # fmt: skip
        with open_windows(tmp_path / f"{name}.tif", channels) as image:
            check(image, expected, LargeTiff)


def test_the_page_asked_for_is_read_by_tifffile_and_by_pillow(tmp_path, tifffile, monkeypatch):
    pages = [numbers((70, 90, 3), np.uint8, seed) for seed in range(3)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in pages:
            file.write(page, photometric="rgb", metadata=None)
    for large, kind in ((0, LargeTiff), (10**6, Whole)):
        monkeypatch.setattr(windows, "LARGE", large)
        for k, page in enumerate(pages):
            with open_windows(tmp_path / "a.tif", 3, page=k) as image:
                check(image, page, kind)


def test_without_tifffile_pillow_reads_every_page(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "LARGE", 0)
    monkeypatch.setattr(windows, "installed", lambda *names: False)
    pages = [numbers((70, 90, 3), np.uint8, seed) for seed in range(2)]
    first, second = map(Image.fromarray, pages)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    for k, page in enumerate(pages):
        with open_windows(tmp_path / "a.tif", 3, page=k) as image:
            check(image, page, Whole)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape, dtype", [((70, 90, 3), np.uint8), ((70, 90), np.float32), ((70, 90, 5), ">u2")])
def test_windows_of_an_array_are_those_of_the_whole(tmp_path, monkeypatch, order, shape, dtype):
    array = np.asarray(numbers(shape, dtype), order=order)
    np.save(tmp_path / "a.npy", array)
    expected = array.reshape(70, 90, -1)
    monkeypatch.setattr(windows, "LARGE", 70 * 90)
    with open_windows(tmp_path / "a.npy", expected.shape[2]) as image:
        check(image, expected, LargeArray)
    monkeypatch.setattr(windows, "LARGE", 70 * 90 + 1)
    with open_windows(tmp_path / "a.npy", expected.shape[2]) as image:
        assert type(image) is Whole


def test_other_images_are_read_as_a_whole(tmp_path):
    picture = numbers((70, 90, 3), np.uint8)
    write_image(tmp_path / "a.png", picture)
    with open_windows(tmp_path / "a.png", 3) as image:
        check(image, picture, Whole)


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape, dtype, options, words", [
    ((70, 90, 5), np.uint8, {}, "has 5 channels, expected 3"),
    ((70, 90, 4), np.uint8, {"extrasamples": ["unspecified"]}, "has 4 channels, expected 3"),
    ((70, 90, 3), np.complex64, {}, "holds complex64, expected numbers"),
    ((70, 90), np.uint8, {"photometric": "miniswhite"}, "has the colours MINISWHITE, expected grey or RGB"),
    ((70, 90), np.uint8, {"photometric": "palette", "colormap": np.zeros((3, 256), np.uint16)}, "has the colours PALETTE"),
    ((70, 90, 3), np.uint8, {"extratags": [(274, 3, 1, 6, True)]}, "is stored turned"),
    ((70, 90, 3), np.uint8, {"rowsperstrip": 70}, "is stored in parts of 6,300 pixels, but the limit is 6,000"),
])  # fmt: skip
def test_a_tiff_that_would_be_read_wrongly_or_needs_too_much_memory_is_refused(tmp_path, tifffile, shape, dtype, options, words):
    array = np.zeros(shape, dtype)
    path = save(tifffile, tmp_path / "a.tif", array, **options)
    with pytest.raises(ValueError, match=".*a.tif " + words), open_windows(path, 3, max_pixels=6000):
        pass


def test_a_tiff_that_claims_far_more_pixels_than_it_holds_is_refused(tmp_path, tifffile):
    content = bytearray(save(tifffile, tmp_path / "a.tif", np.zeros((70, 90, 3), np.uint8), tile=(16, 16)).read_bytes())
    for code, side in ((256, 90), (257, 70)):                                # the width and the height
        entry = struct.pack("<HHII", code, 4, 1, side)
        if entry not in content:
            entry = struct.pack("<HHIHH", code, 3, 1, side, 0)
        content[content.index(entry) : content.index(entry) + 12] = struct.pack("<HHII", code, 4, 1, 10**9)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ValueError, match="says that it has 1,000,000,000 x 1,000,000,000 pixels"), open_windows(tmp_path / "a.tif", 3):
        pass


@pytest.mark.parametrize("compression", [None, "adobe_deflate"])
def test_a_tiff_that_is_cut_is_reported_when_the_window_is_read(tmp_path, tifffile, compression):
    path = save(tifffile, tmp_path / "a.tif", numbers((70, 90, 3), np.uint8), tile=(16, 16), compression=compression)
    path.write_bytes(path.read_bytes()[:-300])
    with open_windows(path, 3) as image:
        image.read(slice(0, 16), slice(0, 16))
        with pytest.raises(ValueError, match="cannot read .*a.tif: "):
            image.read(slice(0, 70), slice(0, 90))


def test_a_part_of_more_bytes_than_pixels_is_refused_before_it_is_read(tmp_path, tifffile):
    path = save(tifffile, tmp_path / "a.tif", numbers((70, 90, 3), np.uint8), tile=(16, 16), compression="adobe_deflate")
    with open_windows(path, 3) as image:
        image.page.databytecounts = [10**6] * len(image.page.databytecounts)
        with pytest.raises(ValueError, match="cannot read .*a.tif: part 0 has 1,000,000 bytes"):
            image.read(slice(0, 16), slice(0, 16))


@pytest.mark.parametrize("content", [b"", b"II*\0", b"text " * 99, b"II*\0\x08\0\0\0" + b"\xff" * 99])
def test_a_file_that_is_no_tiff_is_reported(tmp_path, tifffile, content):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ValueError, match="cannot read .*a.tif"), open_windows(tmp_path / "a.tif", 5):
        pass


def test_an_array_that_shrinks_while_it_is_read_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "LARGE", 0)
    np.save(tmp_path / "a.npy", np.zeros((70, 90, 3), np.uint8))
    with open_windows(tmp_path / "a.npy", 3) as image:
        (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])
        with pytest.raises(ValueError, match="cannot read .*a.npy"):
            image.read(slice(0, 3), slice(0, 3))
