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
from minifcn.pretrained.stand_ins import NUMPY_NAMES, Foreign, PickledDict
from minifcn.pretrained.tree import named_arrays
from minifcn.pretrained.unpickle import read_pickle, unpickle

RNG = np.random.default_rng(0)


def read(program):
    return read_pickle(io.BytesIO(program))


# ---------------------------------------------------------------------------------------------------- what is admitted


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
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
deep_key = b"\x80\x02})" + b"\x85" * 300_000 + b"K\x01s."                       # {((((...)))): 1}
NAMES_BEFORE = dict(NUMPY_NAMES)
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
    "a key of tuples, 300,000 deep": deep_key,
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
    assert FLAG not in os.environ and NUMPY_NAMES == NAMES_BEFORE


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
    with pytest.raises(Unreadable, match="sets the state of a int, which is not admitted"):
        read(HOSTILE["BUILD on a number"])


def test_what_is_not_admitted_is_reported_with_a_way_out():
    with pytest.raises(Unreadable, match="asks for torch.FloatStorage, .*; save plain NumPy arrays .* protocol 4"):
        read(b"\x80\x02ctorch\nFloatStorage\n.")


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


def test_arrays_are_still_read_after_the_attacks():
    assert read(pickle.dumps([np.ones(2)], protocol=4))["0"].tolist() == [1, 1]


def test_only_what_stands_in_the_table_is_called():
    called = []
    program = b"\x80\x02cours\nmake\nK\x05\x85R."
    assert unpickle(program, {"ours make": lambda n: called.append(n) or n}) == 5
    assert called == [5]


# ----------------------------------------------------------------------------- work in proportion to the file's length


def repeated(function, argument, times):
    """A program that calls one function with one argument, both from the memo, many times."""
    return b"\x80\x02(c" + function + b"q\x00" + argument + b"q\x01" + b"h\x00h\x01R" * times + b"t."


HUGE_TUPLE = b"(" + b"K\x00" * 5_000 + b"t"
HUGE_TEXT = b"(X\x10\x27\x00\x00" + b"a" * 10_000 + b"X\x06\x00\x00\x00latin1t"


def test_calls_get_no_more_than_the_program_accounts_for():
    handed = []
    program = repeated(b"ours\nmake\n", HUGE_TUPLE, 5_000)
    with pytest.raises(Unreadable, match="more work than a file of its length can need"):
        unpickle(program, {"ours make": lambda *arguments: handed.append(len(arguments))})
    assert sum(handed) <= 8 * len(program) + 1_000               # and not 25,000,000


@pytest.mark.parametrize("argument", [HUGE_TUPLE, HUGE_TEXT])
@pytest.mark.parametrize("name", sorted(NUMPY_NAMES))
def test_no_name_of_the_table_can_be_kept_busy(name, argument, monkeypatch):
    """Whatever is called, and however often, it is handed a few times the program's length in all."""
    spent = []
    spend = module.Budget.spend
    monkeypatch.setattr(module.Budget, "spend", lambda self, values: spent.append(self.left) or spend(self, values))
    program = repeated(name.replace(" ", "\n").encode() + b"\n", argument, 5_000)
    tracemalloc.start()
    try:
        with pytest.raises((Unreadable, TypeError, AttributeError)):
            read(program)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(left >= 0 for left in spent) and peak < 40 * len(program)


def test_the_state_of_an_array_counts_too():
    array = b"cnumpy\ndtype\n(X\x02\x00\x00\x00f4K\x00K\x01tR"
    huge = HUGE_TUPLE.replace(b"(K\x00K\x00", b"(K\x03X\x01\x00\x00\x00<", 1)     # a version, a byte order, ...
    program = b"\x80\x02" + array + huge + b"q\x01b" + b"h\x01b" * 5_000 + b"."
    with pytest.raises(Unreadable, match="more work"):
        read(program)


def test_long_names_put_together_again_and_again_count():
    text = b"X\xc8\x00\x00\x00" + b"a" * 200
    with pytest.raises(Unreadable, match="more work"):
        read(b"\x80\x04" + text + b"\x94" + b"h\x00h\x00\x93" * 5_000 + b".")


class CountedList(list):
    looked_at = 0

    def __iter__(self):
        for value in super().__iter__():
            CountedList.looked_at += 1
            yield value


def test_a_list_in_many_places_is_not_visited_in_all_of_them():
    tree = [CountedList([0] * 1_000)] * 1_000                    # two thousand items, or a million
    with pytest.raises(Unreadable, match="the same lists again and again"):
        named_arrays([np.ones(1), tree], 2_000)
    assert 0 < CountedList.looked_at < 20_000


@pytest.mark.parametrize("state", [{}, {"_modules": 1}])
def test_an_objects_state_in_many_places_is_not_visited_in_all_of_them(state):
    shared = PickledDict()
    shared.pairs = [(str(i), 0) for i in range(1_000)] + list(state.items())
    objects = [Foreign("ours.Thing") for _ in range(1_000)]
    for thing in objects:
        thing.state = shared
    with pytest.raises(Unreadable, match="the same lists again and again"):
        named_arrays({i: thing for i, thing in enumerate(objects)}, 2_000)


def test_no_key_is_hashed_or_compared():
    """Numbers that collide in a dict, long texts that are equal, and what cannot be hashed at all."""
    text = b"X\x10\x27\x00\x00" + b"a" * 10_000
    keys = b"".join(b"\x8a\x08" + (n << 40).to_bytes(8, "little") + b"N" for n in range(1, 9_000))
    twice = text + b"q\x01N" + text + b"q\x02N" + b"h\x01Nh\x02N" * 1_000
    program = b"\x80\x02}(" + keys + twice + b"]N" + b"X\x01\x00\x00\x00a" + pickle.dumps(np.ones(2), protocol=3)[2:-1] + b"u."
    made = unpickle(program, NUMPY_NAMES)
    assert type(made) is PickledDict and list(named_arrays(made)) == ["a"]


def test_memo_entries_are_numbered_in_order():
    with pytest.raises(Unreadable, match="numbers a memo entry 4294967295, expected at most 8"):
        read(HOSTILE["a memo index of 4 billion"])
    assert read(b"\x80\x02}q\x01X\x01\x00\x00\x00a" + pickle.dumps(np.ones(2), protocol=3)[2:-1] + b"s.")


def test_named_arrays_takes_no_name_that_is_too_long():
    """Or a hundred thousand arrays could each have a name of a megabyte, which the file has once."""
    with pytest.raises(Unreadable, match="name has 5002 characters"):
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
