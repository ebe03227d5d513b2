"""Caffe's files, written by the small writer of protobuf.py: old and new layers, all forms of numbers, all damages."""

import io
import tracemalloc

import numpy as np
import pytest

from minifcn.pretrained import caffemodel as module
from minifcn.pretrained.caffemodel import read_caffemodel, varint
from minifcn.pretrained.elements import Unreadable
from minifcn.pretrained.read import read_weights

from . import protobuf
from .protobuf import blob, caffemodel, field, layer, net, old_blob, old_layer

RNG = np.random.default_rng(0)
ARRAYS = {
    "conv1.weight": RNG.standard_normal((4, 3, 2, 2)).astype("f4"),
    "conv1.bias":   RNG.standard_normal(4).astype("f4"),
    "a/b.weight":   RNG.standard_normal((200, 4)).astype("f4"),
}  # fmt: skip


def read(content):
    return read_caffemodel(io.BytesIO(content))


def same(found, wanted):
    assert list(found) == list(wanted)
    for key in wanted:
        np.testing.assert_array_equal(found[key], wanted[key], strict=True)


# ------------------------------------------------------------------------------------------------------- what is read


def test_layers_come_back_to_the_bit(tmp_path):
    (tmp_path / "x").write_bytes(caffemodel(ARRAYS))
    same(read_weights(tmp_path / "x"), ARRAYS)


def test_numbers_may_be_packed_or_single_or_doubles():
    same(read(caffemodel(ARRAYS, write_blob=lambda a: blob(a, "single"))), ARRAYS)
    doubles = {key: array.astype("f8") + 1e-12 for key, array in ARRAYS.items()}
    same(read(caffemodel(doubles, write_blob=lambda a: blob(a, "double"))), doubles)


def test_layers_of_before_2014_have_four_lengths_and_another_number():
    found = read(caffemodel(ARRAYS, old_layer, old_blob))
    assert [array.shape for array in found.values()] == [(4, 3, 2, 2), (1, 1, 1, 4), (1, 1, 200, 4)]
    same({key: array.reshape(ARRAYS[key].shape) for key, array in found.items()}, ARRAYS)


def test_what_is_not_needed_is_stepped_over_in_every_wire_type():
    weight = ARRAYS["conv1.weight"]
    strange = field(9, 7) + field(200, 1.5) + field(3000, b"bytes") + b"\x89\x01" + b"\0" * 8    # field 17, eight bytes
    part = field(5, weight.tobytes()) + field(6, weight.tobytes()) + field(7, field(1, b"\4\3\2\2")) + strange
    content = net(layer("data", kind="Data"), strange, layer("conv1", part, more=strange + field(6, field(3, 2.0))))
    same(read(content), {"conv1.weight": weight})


def test_a_shape_may_be_unpacked_and_a_blob_without_one_is_a_row():
    array = np.arange(6, dtype="f4")
    same(read(net(layer("a", field(5, array.tobytes()) + field(7, field(1, 2) + field(1, 3))))),
         {"a.weight": array.reshape(2, 3)})
    same(read(net(layer("a", field(5, array.tobytes())))), {"a.weight": array})


def test_the_third_blob_of_a_layer_has_a_number():
    assert list(read(net(layer("bn", *[blob(np.ones(1, "f4"))] * 3)))) == ["bn.weight", "bn.bias", "bn.blob2"]


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**32, 2**64 - 1])
def test_varints(value):
    content = memoryview(b"\xff" + protobuf.varint(value) + b"\xff")
    assert varint(content, 1) == (value, len(content) - 1)


# ----------------------------------------------------------------------------------------------------- what is refused

good = blob(np.ones((2, 2), "f4"))
WRONG = {
    "two layers named a": net(layer("a", good), layer("a", good)),
    "has no layer with weights": net(layer("data")),
    "has 4 numbers for a.weight, expected 6": net(layer("a", field(5, b"\0" * 16) + field(7, field(1, b"\2\3")))),
    "has 0 numbers for a.weight, expected 4": net(layer("a", field(5, b"") + field(7, field(1, b"\2\2")))),
    "an invalid shape for a.weight": net(layer("a", field(5, b"\0" * 16) + field(7, field(1, b"\2") * 40))),
    r"expected \d{19,} for the shape": net(layer("a", field(5, b"\0" * 4) + field(7, field(1, -4)))),
    "18 bytes of float32": net(layer("a", field(5, b"\0" * 18))),
    "has no numbers for a.weight": net(layer("a", field(7, field(1, b"\2")))),
    "wire type 3": net(b"\x0b\x0c"),
    "wire type 7": net(b"\x0f"),
    "ten bytes": net(b"\x80" * 11),
    "ends 96 bytes too early": net(b"\x1a\x64abcd"),
    "ends in the middle of a number": net(b"\x18\x80"),
}


def test_a_name_with_strange_letters_makes_no_second_line(tmp_path):
    (tmp_path / "x").write_bytes(net(layer("a\n\x1b[2Jb"), layer("a\n\x1b[2Jb", good), layer("a\n\x1b[2Jb", good)))
    with pytest.raises(ValueError, match=r"has two layers named a\\n\\x1b\[2Jb"):
        read_weights(tmp_path / "x")


@pytest.mark.parametrize("message", WRONG)
def test_damage_is_told_in_one_sentence(tmp_path, message):
    (tmp_path / "x").write_bytes(WRONG[message])
    with pytest.raises(ValueError, match=message) as error:
        read_weights(tmp_path / "x")
    assert "\n" not in str(error.value)


MANY = {
    "in the file": b"\x12\0" * 2000,
    "in a layer": net(layer("a", more=b"\x12\0" * 2000)),
    "in a blob": net(layer("a", b"\x2a\0" * 2000)),
    "in a shape": net(layer("a", field(5, b"\0" * 4) + field(7, b"\x12\0" * 2000))),
    "in all layers together": net(*[layer(f"a{i}", more=b"\x12\0" * 40) for i in range(50)]),
}


@pytest.mark.parametrize("where", MANY)
def test_a_file_of_empty_fields_is_refused(monkeypatch, where):
    """Two bytes for each: reading 4 GB of them would take hours."""
    monkeypatch.setattr(module, "MAX_FIELDS", 2000)
    with pytest.raises(Unreadable, match="more than 2000 fields"):
        read(b"\x0a\x01n" + MANY[where])


@pytest.mark.parametrize("part", [field(5, 1.0), b"\x2a\0", b"\x48\0"], ids=["numbers", "nothing", "other fields"])
def test_fields_that_are_many_take_no_more_memory_than_the_file(part):
    content = net(layer("a", part * (50_000 // len(part)) + field(5, 1.0)))
    tracemalloc.start()
    try:
        read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(content)


def test_every_cut_of_the_file_is_refused_or_ends_between_two_layers():
    content = caffemodel({key: array[:5] for key, array in ARRAYS.items()})
    for length in range(len(content)):
        try:
            found = read(content[:length])
        except Unreadable:
            continue
        same(found, {key: ARRAYS[key][:5] for key in list(ARRAYS)[:2]})


def test_random_bytes_never_do_worse_than_be_refused(tmp_path):
    content = bytearray(caffemodel(ARRAYS))
    for _ in range(300):
        broken = content.copy()
        for _ in range(3):
            broken[RNG.integers(len(broken))] = RNG.integers(256)
        (tmp_path / "x").write_bytes(broken)
        try:
            read_weights(tmp_path / "x")
        except ValueError as error:
            assert "\n" not in str(error)
