"""A file's format is recognised by its content; a damaged file, or one without weights, is reported in one sentence."""

import copy
import json
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from minifcn.checkpoint import load_weights
from minifcn.pretrained import archive, read, read_weights

from .protobuf import caffemodel

ARRAYS = {"conv1.weight": np.arange(24, dtype="f4").reshape(2, 3, 2, 2), "conv1.bias": np.array([0.5, -1], "f4")}


def write(path, content):
    path.write_bytes(content)
    return path


def npz(path, **arrays):
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)
    return path


def test_each_format_is_known_by_its_content(tmp_path):
    path = tmp_path / "weights"
    for make in (lambda: npz(path, **ARRAYS), lambda: write(path, safetensors.numpy.save(ARRAYS)),
                 lambda: write(path, caffemodel(ARRAYS))):
        make()
        found = read_weights(path)
        assert sorted(found) == sorted(ARRAYS)
        for key, array in ARRAYS.items():
            np.testing.assert_array_equal(found[key], array, strict=True)


def test_safetensors_written_by_pytorch_with_every_kind_of_number(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    kinds = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    tensors = {kind: torch.arange(6).reshape(2, 3).to(getattr(torch, kind)) for kind in kinds}
    save_file(tensors, tmp_path / "x")
    found = read_weights(tmp_path / "x")
    for kind, tensor in tensors.items():
        wanted = tensor.to(torch.float32) if kind == "bfloat16" else tensor
        np.testing.assert_array_equal(found[kind], wanted.numpy(), strict=True)


def header(content, data=b"\0" * 16):
    """A .safetensors file with this header and data."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(start, end, shape=(4,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


WRONG = {
    "nothing": b"",
    "a text": b"These are no weights.",
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    "HDF5": b"\x89HDF\r\n\x1a\n" + b"\0" * 50,
    "a zip of nothing": b"PK\x05\x06" + b"\0" * 18,
    "half a zip": b"PK\x03\x04" + b"\0" * 50,
    "safetensors: cut": safetensors.numpy.save(ARRAYS)[:-1],
    "safetensors: too long": safetensors.numpy.save(ARRAYS) + b"\0",
    "safetensors: a header of 2 ** 62 bytes": struct.pack("<Q", 1 << 62) + b"{}",
    "safetensors: no JSON": header(b"{]"),
    "safetensors: beyond the end": header({"x": tensor(0, 160, (40,))}),
    "safetensors: one place twice": header({"x": tensor(0, 16), "y": tensor(0, 16)}),
    "safetensors: another length than the shape": header({"x": tensor(0, 16, (5,))}),
    "safetensors: a huge shape": header({"x": tensor(0, 16, (2**62, 2**62))}),
    "safetensors: numbers of eight bits": header({"x": tensor(0, 16, (16,), "F8_E4M3")}),
}


@pytest.mark.parametrize("what", WRONG)
def test_other_files_are_refused_in_one_sentence_with_the_path(tmp_path, what):
    path = write(tmp_path / "weights.bin", WRONG[what])
    with pytest.raises(ValueError, match="weights.bin") as error:
        read_weights(path)
    assert "\n" not in str(error.value) and len(str(error.value)) < 300 + len(str(path))


def test_numbers_of_another_kind_are_to_be_saved_as_float32(tmp_path):
    path = write(tmp_path / "x", WRONG["safetensors: numbers of eight bits"])
    with pytest.raises(ValueError, match="F8_E4M3.*; save it as float32"):
        read_weights(path)
    with pytest.raises(ValueError, match="complex128.*; save it as float32"):
        read_weights(npz(path, a=np.ones(3, complex)))


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(ValueError, match="cannot read .*nowhere.*No such file"):
        read_weights(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="cannot read .*directory"):
        read_weights(tmp_path)


def test_npz_of_objects_or_text_is_refused(tmp_path):
    with pytest.raises(ValueError, match="other things than arrays"):
        read_weights(npz(tmp_path / "x", a=np.array([None, {}], object)))
    with pytest.raises(ValueError, match="holds a of the dtype <U3"):
        read_weights(npz(tmp_path / "x", a=np.array("abc")))


def test_npz_cut_or_damaged_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", **ARRAYS)
    content = (tmp_path / "x.npz").read_bytes()
    changed = content.replace(ARRAYS["conv1.bias"].tobytes(), b"\0" * 8)
    assert changed != content
    for broken in (content[:-30], changed):
        with pytest.raises(ValueError, match="x is cut, damaged"):
            read_weights(write(tmp_path / "x", broken))


@pytest.mark.parametrize("shape", ["(12,)", "(1235,)", "(10**9,)", "(2 ** 60,)"])
def test_npz_with_a_shape_that_is_not_its_own_is_refused(tmp_path, shape):
    np.savez(tmp_path / "x.npz", a=np.zeros((1234, 1, 1)))
    content = (tmp_path / "x.npz").read_bytes()
    assert b"(1234, 1, 1)" in content
    with pytest.raises(ValueError, match="y is cut, damaged"):
        read_weights(write(tmp_path / "y", content.replace(b"(1234, 1, 1)", shape.ljust(12).encode())))


@pytest.mark.parametrize("length", [1235, 1 << 60])
def test_npz_that_promises_more_numbers_than_it_holds_is_refused(tmp_path, length):
    with zipfile.ZipFile(tmp_path / "x", "w") as archive, archive.open("a.npy", "w") as entry:
        np.lib.format.write_array_header_1_0(entry, {"descr": "<f8", "fortran_order": False, "shape": (length,)})
        entry.write(b"\0" * 8 * 1234)
    with pytest.raises(ValueError, match="x is cut, damaged"):
        read_weights(tmp_path / "x")


def test_npz_with_numbers_after_its_array_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x", "w") as archive, archive.open("a.npy", "w") as entry:
        np.lib.format.write_array(entry, np.ones(3))
        entry.write(b"\0" * 8)
    with pytest.raises(ValueError, match="holds more numbers for a than its shape"):
        read_weights(tmp_path / "x")


def test_npz_that_grows_when_it_is_read_is_refused_before(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "ALLOWANCE", 0)
    path = npz(tmp_path / "x", a=np.zeros(100_000))              # compressed: few bytes for many zeros
    with pytest.raises(ValueError, match="claims to hold 800.* expected at most .*; save it without compression"):
        read_weights(path)


def test_npz_compressed_as_weights_are_is_read(tmp_path):
    weight = np.random.default_rng(0).standard_normal(10_000).astype("f4")
    np.testing.assert_array_equal(read_weights(npz(tmp_path / "x", a=weight))["a"], weight)


def test_npz_that_lists_one_array_many_times_is_refused(tmp_path):
    """Entries of one name, all said to be empty but the last: read by name, each would be the last."""
    with zipfile.ZipFile(tmp_path / "x", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.npy", "w") as entry:
            np.lib.format.write_array(entry, np.zeros(10))
        first = copy.copy(archive.infolist()[0])
        first.file_size = 0
        archive.filelist.insert(0, first)
    with pytest.raises(ValueError, match="x is cut, damaged"):
        read_weights(tmp_path / "x")


@pytest.mark.parametrize("read", [read_weights, load_weights])
def test_headers_that_are_long_to_parse_are_refused(read, tmp_path):
    """A kilobyte of header takes NumPy three milliseconds; compressed, a thousand of ten kilobytes are a small file."""
    text = b"{'descr': '<f4', 'fortran_order': False, " + b"'shape': (1,)," * 690 + b"}"
    entry = b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + bytes(4)
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(50):
            file.writestr(f"{i}.npy", entry)
    with pytest.raises(ValueError, match="x.npz has longer headers than a file of its length can need"):
        read(path)


def test_many_small_arrays_that_are_compressed_are_read(tmp_path):
    path = npz(tmp_path / "x", **{f"{i}": np.zeros((1, 1, 1, 1, 1), "f4") for i in range(1_000)})
    assert len(read_weights(path)) == 1_000


def test_files_that_are_too_large_are_refused_before_they_are_read(tmp_path, monkeypatch):
    whole = npz(tmp_path / "x", a=np.random.default_rng(0).random(1_000) > 0.5)
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000)
    with pytest.raises(ValueError, match="expected at most 1000"):
        read_weights(whole)
    monkeypatch.setattr(read, "MAX_BYTES", 10_000)
    with pytest.raises(ValueError, match="has 20000 bytes, expected at most 10000"):
        read_weights(write(tmp_path / "y", b"\0" * 20_000))


# ----------------------------------------------------------------------------------------------------- zips, in bounds


def test_fresh_weights_and_momentum_are_read_though_they_compress_to_nothing(tmp_path):
    """A net of five million weights and its momentum, all zeros: 40 MB in 40 kB."""
    path = npz(tmp_path / "x", weight=np.zeros((5_000_000,), "f4"), momentum=np.zeros((5_000_000,), "f4"))
    assert path.stat().st_size < 50_000
    assert read_weights(path)["momentum"].shape == (5_000_000,)


@pytest.mark.parametrize("size, limit", [(0, 256 << 20), (1 << 20, 276 << 20), (1 << 30, 4 << 30), (5 << 30, 5 << 30)])
def test_an_npz_may_hold_what_its_size_accounts_for(size, limit):
    assert archive.npz_limit(size) == limit


def zip_of(path, method=zipfile.ZIP_STORED, **arrays):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array)
        return file.infolist()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_compressed_in_a_way_without_bounds_is_refused(tmp_path, method):
    zip_of(tmp_path / "x", method, a=np.zeros(1_000))
    with pytest.raises(ValueError, match="compressed in a way that neither NumPy nor PyTorch uses"):
        read_weights(tmp_path / "x")


def test_overlapping_entries_are_refused(tmp_path):
    """One place of the file as ten arrays of ten names: a file of a megabyte would fill ten."""
    with zipfile.ZipFile(tmp_path / "x", "w") as file:
        with file.open("a.npy", "w") as entry:
            np.lib.format.write_array(entry, np.zeros(10_000))
        for i in range(10):
            again = copy.copy(file.infolist()[0])
            again.filename = f"{i}.npy"
            file.filelist.append(again)
    with pytest.raises(ValueError, match="claims that its entries fill 88.* of its 8.* bytes"):
        read_weights(tmp_path / "x")


def test_two_arrays_of_one_name_are_refused(tmp_path):
    entries = zip_of(tmp_path / "x", a=np.zeros(3), b=np.ones(3))
    content = (tmp_path / "x").read_bytes()
    assert len(entries) == 2 and content.count(b"b.npy") == 2
    with pytest.raises(ValueError, match="two of its arrays are named a"):
        read_weights(write(tmp_path / "x", content.replace(b"b.npy", b"a.npy")))


@pytest.mark.parametrize("read", [read_weights, load_weights])
def test_a_zip_whose_entries_begin_before_the_file_is_damaged_and_not_its_path(read, tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(3))
    content = (tmp_path / "x.npz").read_bytes()
    start = int.from_bytes(content[-6:-2], "little") + 1_000     # where the list of entries begins
    write(tmp_path / "x.npz", content[:-6] + start.to_bytes(4, "little") + content[-2:])
    with pytest.raises(ValueError, match="is cut, damaged"):
        read(tmp_path / "x.npz")


def test_a_name_that_cannot_be_printed_is_refused(tmp_path):
    for path in (npz(tmp_path / "x", **{"a\x1b[2Jb": np.ones(1)}),
                 write(tmp_path / "y", safetensors.numpy.save({"a\nb": np.ones(1)}))):
        with pytest.raises(ValueError, match=r"has an array named 'a\\") as error:
            read_weights(path)
        assert str(error.value).isprintable()


@pytest.mark.parametrize("array", [np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(6, dtype=">f4"),
                                   np.arange(6, dtype=">i8"), np.float32(5), np.zeros((0, 3), "f4")])
def test_every_order_of_axes_and_bytes_comes_back(array, tmp_path):
    np.testing.assert_array_equal(read_weights(npz(tmp_path / "x", a=array))["a"], array)


@pytest.mark.parametrize("array", [np.zeros(3, "i4,f4"), np.zeros(3, "M8[s]"), np.zeros(3, "S4"), np.zeros(3, "V4"),
                                   np.zeros(3, "U4"), np.zeros(3, "S0"), np.array([None])])
def test_arrays_of_no_numbers_are_refused(array, tmp_path):
    with pytest.raises(ValueError, match=r"/x "):
        read_weights(npz(tmp_path / "x", a=array))
