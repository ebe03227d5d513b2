"""PyTorch's .pth files, written by torch.save: every tensor as it was, nothing run, nothing read that is not there."""

import io
import os
import zipfile

import numpy as np
import pytest

from minifcn.pretrained.read import read_weights

torch = pytest.importorskip("torch")


@pytest.fixture
def saved(tmp_path):
    """A function that saves an object with torch.save and returns what read_weights makes of it."""

    def save_and_read(thing, **options):
        torch.save(thing, tmp_path / "weights.pth", **options)
        return read_weights(tmp_path / "weights.pth")

    return save_and_read


def rewritten(path, **entries):
    """The .pth file with some entries replaced (data_pkl for data.pkl), or left out where None is given."""
    entries = {name.replace("_pkl", ".pkl"): content for name, content in entries.items()}
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            content = entries.get(name.split("/", 1)[1], content)
            if content is not None:
                archive.writestr(name, content)


# ------------------------------------------------------------------------------------------------------- what is read


def test_a_state_dict_comes_back_to_the_bit(saved):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(5, 2))
    state, found = net.state_dict(), saved(net.state_dict())
    assert list(found) == list(state)
    for key, tensor in state.items():
        np.testing.assert_array_equal(found[key], tensor.numpy(), strict=True)


KINDS = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]


@pytest.mark.parametrize("dtype", KINDS)
def test_every_dtype_is_kept(saved, dtype):
    tensor = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    np.testing.assert_array_equal(saved({"x": tensor})["x"], tensor.numpy(), strict=True)


def test_bfloat16_becomes_float32_exactly(saved):
    tensor = torch.randn(50).to(torch.bfloat16)
    np.testing.assert_array_equal(saved({"x": tensor})["x"], tensor.to(torch.float32).numpy(), strict=True)


def test_views_are_read_by_their_strides_and_offsets(saved):
    base = torch.arange(24.0).reshape(4, 6)
    views = {"transposed": base.t(), "middle": base[1:3, 2:5], "steps": base[::2, ::3], "number": base[2, 3],
             "channels_last": base.reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last), "none": base[:0]}
    for key, array in saved(views).items():
        np.testing.assert_array_equal(array, views[key].numpy(), strict=True)


def test_tensors_that_share_their_numbers_share_one_copy(saved):
    x = torch.ones(5)
    found = saved({"a": x, "b": x[1:], "c": torch.nn.Parameter(x)})
    assert np.shares_memory(found["a"], found["b"]) and np.shares_memory(found["a"], found["c"])


def test_a_training_checkpoint_gives_its_arrays_under_dotted_names(saved):
    found = saved({"state_dict": torch.nn.Linear(2, 1).state_dict(), "epoch": 3, "rate": 0.1, "name": "net"})
    assert list(found) == ["state_dict.weight", "state_dict.bias"]


# ------------------------------------------------------------------------------------------------------ what is refused


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_a_pickle_inside_that_calls_something_is_refused_and_not_run(tmp_path, monkeypatch):
    torch.save({"x": torch.ones(2), "evil": Evil()}, tmp_path / "x.pth")
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("os.system was called"))
    with pytest.raises(ValueError, match="asks for posix.system|asks for nt.system"):
        read_weights(tmp_path / "x.pth")


def test_a_whole_module_gives_its_parameters_and_buffers(saved):
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Sequential(torch.nn.BatchNorm2d(4)))
    found = saved(net)
    assert sorted(found) == sorted(net.state_dict())
    for key, tensor in net.state_dict().items():
        np.testing.assert_array_equal(found[key], tensor.numpy(), strict=True)


@pytest.mark.parametrize("dtype", ["complex64", "uint16", "float8_e4m3fn"])
def test_numbers_of_another_kind_are_to_be_saved_as_float32(saved, dtype):
    if not hasattr(torch, dtype):
        pytest.skip(f"this PyTorch has no {dtype}")
    with pytest.raises(ValueError, match="is not admitted.*; save .* with tensors of float32"):
        saved({"x": torch.ones(3).to(getattr(torch, dtype))})


def test_the_format_before_1_6_is_refused_with_the_way_out(saved):
    with pytest.raises(ValueError, match=r"before 1\.6.*load it in PyTorch and save it again"):
        saved({"x": torch.ones(2)}, _use_new_zipfile_serialization=False)


def test_torchscript_is_refused_with_the_way_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        for name in ("x/data.pkl", "x/code/__torch__.py", "x/constants.pkl"):
            archive.writestr(name, b"\x80\x02N.")
    with pytest.raises(ValueError, match=r"is a TorchScript program, .*; load it with torch.jit.load and save its state_dict\(\)"):
        read_weights(tmp_path / "x.pt")


@pytest.mark.parametrize("name", ["_rebuild_tensor_v3", "_rebuild_sparse_tensor", "_rebuild_qtensor"])
def test_tensors_that_could_not_be_made_are_not_lost_in_silence(tmp_path, name):
    pth_of(tensor_program(STORAGE, 0, (9,), (1,)).replace(b"_rebuild_tensor_v2", name.encode()), tmp_path / "x.pth")
    with pytest.raises(ValueError, match=f"asks for torch._utils.{name}, which is not admitted.*tensors of float32"):
        read_weights(tmp_path / "x.pth")


def test_an_expanded_tensor_is_refused(saved):
    with pytest.raises(ValueError, match=r"does not fit in its 1 numbers; save tensor.contiguous\(\)"):
        saved({"x": torch.ones(1).expand(1000, 1000)})


@pytest.mark.parametrize("missing", ["data/0", "data_pkl"])
def test_a_file_without_one_of_its_parts_is_refused(tmp_path, missing):
    path = tmp_path / "x.pth"
    torch.save({"x": torch.ones(3)}, path)
    rewritten(path, **{missing: None})
    with pytest.raises(ValueError, match=r"x\.pth"):
        read_weights(path)


def test_numbers_that_are_not_all_there_are_missed(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"x": torch.ones(3)}, path)
    rewritten(path, **{"data/0": b"\0" * 8})
    with pytest.raises(ValueError, match="has 2 numbers in data/0, expected 3"):
        read_weights(path)


def test_every_cut_of_the_file_is_refused(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"x": torch.ones(3)}, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"x\.pth"):
            read_weights(path)


def test_a_zip_that_grows_when_it_is_read_is_refused(tmp_path):
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", b"\0" * 10_000_000)
    with pytest.raises(ValueError, match="claims to hold 10000000 bytes, expected at most"):
        read_weights(path)


def tensor_program(storage, offset, size, stride):
    """data.pkl of {"x": tensor} with these numbers, all of them as the program's text."""
    def number(n):
        return b"J" + n.to_bytes(4, "little", signed=True)
    numbers = [b"(" + b"".join(map(number, ns)) + b"t" for ns in (size, stride)]
    return (b"\x80\x02}X\x01\x00\x00\x00xctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + numbers[0]
            + numbers[1] + b"\x89ccollections\nOrderedDict\n)RtRs.")


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x09tQ"
WINDOWS = {
    "as it should be": (0, (3, 3), (3, 1), True),
    "the last number": (8, (1,), (1,), True),
    "beyond the end": (9, (1,), (1,), False),
    "before the start": (-1, (1,), (1,), False),
    "a stride too long": (0, (3, 3), (4, 1), False),
    "a stride backwards": (8, (3,), (-1,), False),
    "a negative size": (0, (-3, 3), (3, 1), False),
    "too many rows": (0, (4, 3), (3, 1), False),
    "too many elements, all one": (0, (2147483647, 2147483647), (0, 0), False),
    "fewer strides": (0, (3, 3), (3,), False),
    "too many axes": (0, (1,) * 40, (1,) * 40, False),
}


def pth_of(program, path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", program)
        archive.writestr("x/data/0", np.arange(9, dtype="<f4").tobytes())
        archive.writestr("x/more", b"\0" * 100)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_tensor_is_a_window_on_numbers_that_are_there(tmp_path, window):
    offset, size, stride, fits = WINDOWS[window]
    pth_of(tensor_program(STORAGE, offset, size, stride), tmp_path / "x.pth")
    if fits:
        found = read_weights(tmp_path / "x.pth")["x"]
        np.testing.assert_array_equal(found.ravel(), np.arange(9)[offset:])
    else:
        with pytest.raises(ValueError, match=r"x\.pth has a tensor"):
            read_weights(tmp_path / "x.pth")


def test_a_tensor_is_no_window_on_another_tensor(tmp_path):
    """Nine elements that are one number, as the storage of nine numbers: reading them would leave the memory."""
    inner = tensor_program(STORAGE, 8, (9,), (0,)).removeprefix(b"\x80\x02}X\x01\x00\x00\x00x").removesuffix(b"s.")
    pth_of(tensor_program(inner, 0, (9,), (1,)), tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"x\.pth"):
        read_weights(tmp_path / "x.pth")


@pytest.mark.parametrize("key", [b"K\x00", b")" + b"\x85" * 100_000])
def test_numbers_are_asked_for_by_name(tmp_path, key):
    pth_of(tensor_program(STORAGE.replace(b"X\x01\x00\x00\x000", key), 0, (9,), (1,)), tmp_path / "x.pth")
    with pytest.raises(ValueError, match="by something other than a kind, a name"):
        read_weights(tmp_path / "x.pth")


def doubled(times):
    """A program that makes (), then a tuple of it twice, and so on: printed or compared, 2 ** times letters."""
    return b")q\0" + b"".join(b"h%c\x86q%c" % (i, i + 1) for i in range(times))


def test_a_length_is_a_number(tmp_path):
    pth_of(tensor_program(STORAGE.replace(b"K\x09", doubled(20)), 0, (9,), (1,)), tmp_path / "x.pth")
    with pytest.raises(ValueError, match="by something other than a kind, a name and a length"):
        read_weights(tmp_path / "x.pth")


def test_a_size_is_a_tuple(tmp_path):
    """As a dict it would have numbers as its keys, and anything behind them."""
    program = tensor_program(STORAGE, 1, (9,), (1,))
    size = b"(J\x09\0\0\0t"
    assert program.count(size) == 1
    pth_of(program.replace(size, b"}J\x09\0\0\0" + doubled(20) + b"s"), tmp_path / "x.pth")
    with pytest.raises(ValueError, match="size and strides are not tuples"):
        read_weights(tmp_path / "x.pth")


def test_numbers_have_one_kind(tmp_path):
    """Or ten kinds could make ten arrays of each byte."""
    one = tensor_program(STORAGE, 0, (9,), (1,))[:-1]
    other = tensor_program(STORAGE.replace(b"Float", b"Int"), 0, (9,), (1,)).removeprefix(b"\x80\x02}")
    pth_of(one + other.replace(b"X\x01\0\0\0x", b"X\x01\0\0\0y"), tmp_path / "x.pth")
    with pytest.raises(ValueError, match="the numbers in data/0 as int32 and as float32"):
        read_weights(tmp_path / "x.pth")


def test_an_ordered_dict_made_from_pairs_is_refused(tmp_path):
    """Its keys would be hashed before anybody has looked at them."""
    pth_of(b"\x80\x02ccollections\nOrderedDict\n](K\x01K\x02\x86e\x85R.", tmp_path / "x.pth")
    with pytest.raises(ValueError, match="cut, damaged"):
        read_weights(tmp_path / "x.pth")


def test_a_big_endian_file_is_refused(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"x": torch.ones(3)}, path)
    rewritten(path, byteorder=b"big")
    with pytest.raises(ValueError, match="big-endian"):
        read_weights(path)


def test_the_content_decides_not_the_suffix(tmp_path):
    buffer = io.BytesIO()
    torch.save({"x": torch.ones(3)}, buffer)
    (tmp_path / "x.caffemodel").write_bytes(buffer.getvalue())
    assert read_weights(tmp_path / "x.caffemodel")["x"].tolist() == [1, 1, 1]
