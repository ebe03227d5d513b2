"""MATLAB files, as SciPy writes them: the same arrays, and one sentence for a damaged or hostile file."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import savemat

from minifcn.data.published.mat import read_mat

MAP = np.arange(60, dtype=np.uint8).reshape(5, 12)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "i4", "u4", "f4", "f8", "i8"])
def test_arrays_are_those_that_scipy_wrote(tmp_path, dtype, compressed):
    for shape in (5, 12), (60, 1), (3, 4, 5), (1, 1):
        expected = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
        savemat(tmp_path / "a.mat", {"first": MAP, "S": expected}, do_compression=compressed)
        np.testing.assert_array_equal(read_mat(tmp_path / "a.mat", "S"), expected)


@pytest.mark.parametrize("compressed", [True, False])
def test_the_field_of_a_struct_is_found_among_others(tmp_path, compressed):
    cells = np.empty((2, 1), object)
    cells[:, 0] = [np.eye(3), "text"]
    fields = {"Boundaries": cells, "A": 1.5, "Segmentation": MAP, "CategoriesPresent": [3]}
    savemat(tmp_path / "a.mat", {"before": cells, "GTcls": fields}, do_compression=compressed)
    np.testing.assert_array_equal(read_mat(tmp_path / "a.mat", "GTcls", "Segmentation"), MAP)
    for name, field, reason in (("GTcls", "Segments", "GTcls has no field Segments"), ("GTcls", None, "it is no array of num"),
                                ("GTcls", "Boundaries", "it is no array of numbers"), ("before", "A", "before is not one st"),
                                ("GT", None, "it has no variable GT")):  # fmt: skip
        with pytest.raises(ValueError, match=rf"cannot read {name}\S* in \S+a.mat: {reason}"):
            read_mat(tmp_path / "a.mat", name, field)


def test_a_file_cut_off_anywhere_or_of_another_version_is_refused(tmp_path):
    path = tmp_path / "a.mat"
    for compressed in True, False:
        savemat(path, {"S": MAP}, do_compression=compressed)
        content = path.read_bytes()
        for length in range(0, len(content) - 8, 5):
            path.write_bytes(content[:length])
            with pytest.raises(ValueError, match=r"cannot read S in \S+a.mat: "):
                read_mat(path, "S")
        path.write_bytes(content[:-9])
        with pytest.raises(ValueError, match="it ends too early"):
            read_mat(path, "S")
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    with pytest.raises(ValueError, match=r"it is of version 7.3; save it again with save\(..., \"-v7\"\)"):
        read_mat(path, "S")
    savemat(path, {"S": MAP}, format="4")
    with pytest.raises(ValueError, match="it is not a MATLAB file of version 5"):
        read_mat(path, "S")
    with pytest.raises(ValueError, match=r"cannot read S in \S+none.mat: No such file"):
        read_mat(tmp_path / "none.mat", "S")


def test_every_changed_byte_gives_an_array_or_one_sentence(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"GTcls": {"Boundaries": [1.0], "Segmentation": MAP[:2, :3]}})
    content = path.read_bytes()
    for place in range(124, len(content)):
        for value in 0, 255, content[place] ^ 1:
            path.write_bytes(content[:place] + bytes([value]) + content[place + 1:])
            try:
                assert read_mat(path, "GTcls", "Segmentation").size < 100
            except ValueError as error:
                assert "cannot read GTcls.Segmentation in" in str(error)


def test_a_small_file_cannot_fill_the_memory_or_the_stack(tmp_path):
    def element(kind, content):
        return struct.pack("<II", kind, len(content)) + content + b"\0" * (-len(content) % 8)

    def array(kind, content, name=b"", dimensions=(1, 1)):
        head = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack("<2i", *dimensions)) + element(1, name)
        return element(14, head + content)

    nested = array(6, element(2, b"\5"))
    for _ in range(2000):
        nested = array(1, nested)
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 256) + b"IM"
    path = tmp_path / "a.mat"
    path.write_bytes(header + array(1, nested, b"S"))
    with pytest.raises(ValueError, match="it is no array of numbers"):
        read_mat(path, "S")
    path.write_bytes(header + array(9, element(2, b"\1" * 8), b"S", (2**30, 2**30)))
    with pytest.raises(ValueError, match="it has 8 numbers for the dimensions 1073741824 x 1073741824"):
        read_mat(path, "S")
    bomb = zlib.compress(array(9, element(2, b"\0" * 10**6), b"T", (1000, 1000)))
    path.write_bytes(header + (struct.pack("<II", 15, len(bomb)) + bomb) * 3)
    with pytest.raises(ValueError, match="it has no variable S"):
        read_mat(path, "S")
