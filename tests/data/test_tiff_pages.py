"""Which pages of a TIFF are images, from its directories: found as Pillow and tifffile write them; damaged ones are refused."""

import struct

import numpy as np
import pytest
from PIL import Image

from minifcn.data.tiff_pages import GEO_KEYS, SUBFILE, TiffPage, tiff_pages

PAGE = np.zeros((4, 5), np.uint8)


def directory(start, tags, following=None):
    """A little-endian directory at address `start`, whose next one is at `following` (default: right behind it)."""
    end = start + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags.items())
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", end if following is None else following)


def chain(path, *directories, after=0):
    """A file of directories with these tags, one after the other; the last one points to `after`."""
    content = b"II*\0" + struct.pack("<I", 16) + bytes(8)
    for k, tags in enumerate(directories):
        content += directory(len(content), tags, after if k == len(directories) - 1 else None)
    path.write_bytes(content)
    return path


def numbers(path):
    return [page.number for page in tiff_pages(path)]


def test_the_pages_that_pillow_writes_are_counted(tmp_path):
    pages = [Image.fromarray(PAGE)] * 3
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert numbers(tmp_path / "a.tif") == [0, 1, 2]
    pages[0].save(tmp_path / "a.png")
    assert numbers(tmp_path / "a.png") == []


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"byteorder": ">", "bigtiff": True}], ids=str)
def test_the_pages_that_tifffile_writes_are_counted_without_copies(tmp_path, options):
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "a.tif", **options) as file:
        file.write(PAGE, metadata=None)
        file.write(PAGE[::2, ::2], subfiletype=1, metadata=None)
        file.write(PAGE, subfiletype=2, metadata=None, extratags=[(GEO_KEYS, 3, 4, (1, 1, 0, 0), True)])
    assert tiff_pages(tmp_path / "a.tif") == [TiffPage(0), TiffPage(2, georeferenced=True)]


def test_a_chain_in_a_circle_is_refused(tmp_path):
    assert numbers(chain(tmp_path / "a.tif", {SUBFILE: 0}, {SUBFILE: 1}, {SUBFILE: 4}, {})) == [0, 3]
    with pytest.raises(ValueError, match="a.tif is damaged: its pages form a circle"):
        tiff_pages(chain(tmp_path / "a.tif", {}, {}, after=16))


@pytest.mark.parametrize("after", [10**6, 2**32 - 1, 15])
def test_a_chain_that_leaves_the_file_is_refused(tmp_path, after):
    with pytest.raises(ValueError, match="a.tif is cut or damaged: it ends before the directory of page 2"):
        tiff_pages(chain(tmp_path / "a.tif", {SUBFILE: 0}, after=after))


def test_a_chain_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("minifcn.data.tiff_pages.MOST", 3)
    assert len(numbers(chain(tmp_path / "a.tif", {}, {}, {}))) == 3
    with pytest.raises(ValueError, match="or are more than 3"):
        tiff_pages(chain(tmp_path / "a.tif", {}, {}, {}, {}))


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0" + bytes(3), b"PNG" * 9])
def test_a_file_that_is_no_tiff_has_no_pages(tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)
    assert tiff_pages(tmp_path / "a.tif") == []
