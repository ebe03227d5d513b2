"""Pickles: arrays come out as NumPy wrote them; a hostile program is refused in one sentence and nothing of it runs."""

import copyreg
import io
import os
import pickle
import struct
import tracemalloc

import numpy as np
import pytest

from minifcn.pretrained import unpickle as module
from minifcn.pretrained.elements import Unreadable
from minifcn.pretrained.read import read_weights
from minifcn.pretrained.unpickle import NUMPY_NAMES, named_arrays, read_pickle, unpickle

RNG = np.random.default_rng(0)


def read(program):
    return read_pickle(io.BytesIO(program))


# ---------------------------------------------------------------------------------------------------- what is admitted


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "i8", "u1", "?"])
def test_arrays_come_back_as_numpy_pickled_them(protocol, dtype):
    arrays = {"conv1": [RNG.integers(0, 2, (2, 3, 3, 4)).astype(dtype), np.asfortranarray(RNG.random((3, 5)) > 0.5)]}
    found = read(pickle.dumps(arrays, protocol=protocol))
    assert list(found) == ["conv1.0", "conv1.1"]
    for key, array in zip(found, arrays["conv1"], strict=True):
        np.testing.assert_array_equal(found[key], array)
        assert found[key].dtype == array.dtype and not found[key].flags.writeable


def test_both_module_paths_of_numpy_are_known():
    program = pickle.dumps({"a": np.arange(3.0)}, protocol=3)
    old, new = b"numpy.core.multiarray", b"numpy._core.multiarray"
    for path in (old, new):
        assert read(program.replace(new, path))["a"].tolist() == [0, 1, 2]
    program = pickle.dumps({"a": np.arange(3.0)}, protocol=5)
    old, new = b"\x8c\x12numpy.core.numeric", b"\x8c\x13numpy._core.numeric"
    frame, rest = program[:11], program[11:]                    # a frame tells its length; it may be left out
    assert frame[2:3] == b"\x95" and new in rest
    assert read(frame[:2] + rest.replace(new, old))["a"].tolist() == [0, 1, 2]


def test_nested_dicts_and_lists_have_dotted_names_and_other_values_are_left_out():
    tree = {"net": {"Conv_0": {"kernel": np.ones(2)}}, "epoch": 3, "name": "x", "list": [np.zeros(1), None]}
    assert list(read(pickle.dumps(tree, protocol=4))) == ["net.Conv_0.kernel", "list.0"]


def test_an_array_that_stands_in_two_places_is_found_in_both():
    shared = np.ones(3)
    assert list(read(pickle.dumps([shared, shared], protocol=4))) == ["0", "1"]


# ----------------------------------------------------------------------------------------------------- what is refused


class Calls:
    """An object whose pickle calls function(*arguments)."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def set_state(target, state):
    """A pickle that loads the global `target` and has BUILD set its state."""
    return b"\x80\x02c" + target + pickle.dumps(state, protocol=2)[2:-1] + b"b."


FLAG = "MINIFCN_HOSTILE_PICKLE_RAN"
SET_FLAG = f"__import__('os').environ['{FLAG}'] = '1'"
deep_key = b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s."                       # {((((...)))): 1}
HOSTILE = {
    "os.system": pickle.dumps(Calls(os.system, "true"), protocol=2),
    "builtins.eval": pickle.dumps(Calls(eval, SET_FLAG), protocol=4),
    "builtins.exec": pickle.dumps({"a": np.ones(2), "b": Calls(exec, SET_FLAG)}, protocol=4),
    "nested in the arguments of numpy's dtype": pickle.dumps(Calls(np.dtype, Calls(exec, SET_FLAG)), protocol=4),
    "getattr, for a chain": pickle.dumps(Calls(getattr, Calls(getattr, "", "join"), "__self__"), protocol=2),
    "a chain in one name": b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
    "a name in a name": b"\x80\x02cnumpy\ndtype.__class__\n.",
    "another name of numpy's": b"\x80\x02cnumpy\nload\n.",
    "a name of an admitted function's module": b"\x80\x02cnumpy.core.multiarray\nfromstring\n.",
    "numpy's loader of code": b"\x80\x02cnumpy.testing._private.utils\nrunstring\n.",
    "BUILD on a class of ours": set_state(b"numpy\ndtype\n", {"build": 1}),
    "BUILD on a class of ours, by slots": set_state(b"numpy\ndtype\n", (None, {"build": 1})),
    "BUILD on a foreign class": set_state(b"functools\npartial\n", {"func": 1}),
    "BUILD on a number": b"\x80\x02K\x01K\x02b.",
    "REDUCE of a string": b"\x80\x02X\x01\x00\x00\x00a)R.",
    "INST": b"(S'true'\nios\nsystem\n.",
    "OBJ": b"\x80\x02(cos\nsystem\nX\x04\x00\x00\x00trueo.",
    "NEWOBJ": b"\x80\x02cbuiltins\nobject\n)\x81.",
    "NEWOBJ of an admitted name": b"\x80\x02cnumpy\ndtype\n)\x81.",
    "EXT1": b"\x80\x02\x82\x01.",
    "EXT4": b"\x80\x02\x84\x01\x00\x00\x00.",
    "a persistent id": b"\x80\x02X\x01\x00\x00\x00aQ.",
    "a persistent id in text": b"Pabc\n.",
    "a buffer outside": b"\x80\x05\x97.",
    "a memo index of 4 billion": b"\x80\x02}r\xff\xff\xff\xff.",
    "a memo that is not there": b"\x80\x02h\x07.",
    "a string of 2 ** 62 bytes": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"abc.",
    "a frame of 2 ** 62 bytes": b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b".",
    "a huge array": pickle.dumps({"a": np.ones(2)}, protocol=3).replace(b"K\x02\x85", b"J\xff\xff\xff\x7f\x85"),
    "a key of tuples, a million deep": deep_key,
    "keys with one hash": b"\x80\x02}(" + b"".join(b"\x8a\x0a" + (n * ((1 << 61) - 1)).to_bytes(10, "little") + b"N"
                                                  for n in range(1, 9000)) + b"u.",
    "lists that hold themselves": b"\x80\x02]q\x00h\x00a.",
    "two to the power of fifty lists": b"\x80\x02]" + b"".join(b"q%c](h%ch%ce" % (i, i, i) for i in range(50)) + b".",
    "a set": pickle.dumps({1, 2}, protocol=4),
    "an array of objects": pickle.dumps(np.array([None, "a"], object), protocol=4),
    "an array of records": pickle.dumps(np.zeros(2, "i4,f4"), protocol=4),
    "no arrays": pickle.dumps({"a": 1}, protocol=4),
    "two arrays with one name": pickle.dumps({1: np.ones(1), "1": np.ones(1)}, protocol=4),
    "the end in the middle": pickle.dumps({"a": np.ones(9)}, protocol=4)[:-20],
    "no end": b"\x80\x02}",
    "nothing on the stack": b"\x80\x02.",
    "a mark that is not there": b"\x80\x02u.",
    "nothing": b"\x80",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_pickle_is_refused_in_one_sentence_and_runs_nothing(attack, tmp_path, monkeypatch):
    monkeypatch.delenv(FLAG, raising=False)
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("os.system was called"))
    path = tmp_path / "weights.pkl"
    path.write_bytes(HOSTILE[attack])
    with pytest.raises(ValueError, match="weights.pkl") as refusal:
        read_weights(path)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400 + len(str(path))
    assert FLAG not in os.environ


def test_python_would_have_run_it(monkeypatch):
    """The pickles above are real attacks: Python's own pickle runs them."""
    monkeypatch.setenv(FLAG, "0")
    pickle.loads(HOSTILE["builtins.eval".replace("eval", "exec")])
    assert os.environ[FLAG] == "1"


def test_the_refusal_names_what_the_pickle_asked_for():
    with pytest.raises(Unreadable, match=f"asks for {os.system.__module__}.system"):
        read(HOSTILE["os.system"])
    with pytest.raises(Unreadable, match="EXT1"):
        read(HOSTILE["EXT1"])
    with pytest.raises(Unreadable, match="sets the state of a int, which is never done here"):
        read(HOSTILE["BUILD on a number"])


def test_what_is_not_admitted_is_told_with_a_way_out():
    with pytest.raises(Unreadable, match="asks for _codecs.encode, .*; save plain NumPy arrays .* protocol 4"):
        read(pickle.dumps({"a": np.ones(2)}, protocol=2))
    with pytest.raises(Unreadable, match="keys are names or numbers"):
        read(HOSTILE["keys with one hash"])


def test_a_program_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_STEPS", 100)
    with pytest.raises(Unreadable, match="more than 100 pickle instructions"):
        read(b"\x80\x02" + b"}" * 200 + b".")


def test_a_registered_extension_is_refused_too():
    copyreg.add_extension("os", "system", 250)
    try:
        with pytest.raises(Unreadable, match="EXT1"):
            read(b"\x80\x02\x82\xfa.")
    finally:
        copyreg.remove_extension("os", "system", 250)


def test_no_attack_changes_the_table_of_names():
    before = dict(NUMPY_NAMES)
    for program in HOSTILE.values():
        with pytest.raises(Exception):  # noqa: B017
            read(program)
    assert before == NUMPY_NAMES
    assert read(pickle.dumps([np.ones(2)], protocol=4))["0"].tolist() == [1, 1]


def test_only_what_stands_in_the_table_is_called():
    called = []
    program = b"\x80\x02cours\nmake\nK\x05\x85R."
    assert unpickle(program, {"ours make": lambda n: called.append(n) or n}) == 5
    assert called == [5]


def test_named_arrays_takes_no_name_that_is_too_long():
    """Or a hundred thousand arrays could each have a name of a megabyte, which the file has once."""
    with pytest.raises(Unreadable, match="name has 5002 letters"):
        named_arrays({"a" * 5000: [np.ones(1)]})


def test_named_arrays_takes_no_list_that_is_too_long_and_copies_none_of_it():
    tree = [[]] * 300_000
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="more than 100000 items"):
            named_arrays(tree)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_named_arrays_takes_no_tree_that_is_too_deep():
    tree = np.ones(1)
    for _ in range(20):
        tree = [tree]
    with pytest.raises(Unreadable, match="deep"):
        named_arrays(tree)
