"""Comparing plain data, and sending it over a pipe."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from minifcn.course.checking.comparison import compare
from minifcn.course.checking.hints import plain_hint
from minifcn.course.checking.verdict import WRONG, Difference, Failure, PropertyState, Report
from minifcn.course.sandbox import wire
from minifcn.course.show.html import html
from minifcn.course.show.text import as_json, text

A = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "found, expected",
    [(A + 1e-12, A), (A.astype(np.float32), A.astype(np.float32)), ([1, 2.0], (1, 2.0)), (np.float64(2), 2.0), (np.array(3), 3),
     ({"a": A}, {"a": A}), (float("nan"), float("nan")), (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])), (2, 2.0), (None, None), ("a", "a"),
     (np.arange(3, dtype=np.int32), np.arange(3)), (np.arange(3, dtype=np.uint16), np.arange(3)), (np.zeros((0, 3)), np.zeros((0, 3))), (np.float64(1), np.array(1.0))],
)  # fmt: skip
def test_equal(found, expected):
    assert compare(found, expected) is None


@pytest.mark.parametrize(
    "found, expected, words",
    [(A.T, A, "shape (3, 2), expected (2, 3)"), (A.astype(np.float32), A, "dtype float32"), (None, A, "returned None"),
     (A.tolist(), A, "is a list"), (A.astype(int), A, "dtype int64"), (1, (1, 2), "expected a tuple of 2"), ((1,), (1, 2), "has 1 values"),
     ({"a": 1}, {"b": 1}, "keys"), (3.0, 3, "float 3.0, expected the int 3"), (True, 1, "True"), ("b", "a", "'b'"), (None, 2.0, "None"),
     (wire.Other("Tensor"), A, "is a Tensor"), (1, None, "is 1"), (A > 1, A, "dtype bool")],
)  # fmt: skip
def test_told_in_words(found, expected, words):
    assert words in compare(found, expected).sentence


def test_an_int_that_no_float_can_hold():
    assert compare(10**400, 2.0) and compare(10**400, 10**400) is None


def test_told_in_numbers():
    found = A.copy()
    found[1, 2] = found[0, 1] = np.nan
    difference = compare((1, {"g": found}), (1, {"g": A}))
    assert (difference.path, difference.index, difference.wrong, difference.size) == ("[1]['g']", (0, 1), 2, 6)
    assert compare(2.0, 4.0).ratio == 0.5 and compare(2.0, 0.0).ratio is None


def test_the_tolerance_is_relative_to_the_largest_number():
    assert compare(A * 1e6 + 1e-6, A * 1e6) is None
    assert compare(A * 1e-6 + 1e-9, A * 1e-6)
    assert compare(np.array([1e-8, 0.0]), np.zeros(2))
    assert compare(A + 1e-4, A, rtol=1e-3) is None


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "text", [1, (2, [])], {"a": {"b": None}}, A, A.T, A.astype(np.float32), np.zeros((0, 4)), np.array(5), A > 2,
     np.float32(2), float("inf"), (A, A.T), 1 + 10**30, A[:, ::2], np.arange(3, dtype=">i4")],
)  # fmt: skip
def test_what_is_sent_is_received(value):
    pipe = io.BytesIO()
    wire.send(pipe, value)
    pipe.seek(0)
    received = wire.receive(pipe)
    assert type(received) is type(value)
    np.testing.assert_equal(received, value)
    if isinstance(value, np.ndarray):
        assert received.dtype == value.dtype and received.flags.writeable
        assert received.flags.f_contiguous == value.flags.f_contiguous or not value.flags.c_contiguous


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 64,
        b"\x10" + b"\0" * 7 + b"\x08" + b"\0" * 7 + b'["array"',
        b"\x09" + b"\0" * 7 + b"\1" + b"\0" * 7 + b"{",
    ],
)
def test_nonsense_is_refused(nonsense):
    with pytest.raises((EOFError, ValueError)):
        wire.receive(io.BytesIO(nonsense))


def test_an_array_that_claims_to_be_larger_than_its_bytes_is_refused():
    body = wire.encode(A)[8:].replace(b"[2, 3]", b"[9, 9]")
    with pytest.raises(ValueError):
        wire.decode(body)


def test_object_arrays_do_not_travel():
    assert wire.decode(wire.encode(np.array([None]))[8:]) == wire.Other("ndarray")
    with pytest.raises(ValueError):
        wire.decode(wire.encode(A)[8:].replace(b'"<f8"', b'"|O8"'))


# Whatever comes back is compared and shown ---------------------------------------------------------------------------

STRANGE = [0, -1, 2.5, True, None, "", "x" * 300, "\ud800", "\x1b[31m\u202e", 10**4299, -(10**400), 2**1023, 1e308, 5e-324,
           float("nan"), float("inf"), -float("inf"), b"bytes", 1j, object(), 10**15, [], (), {}]  # fmt: skip
TYPES = ["<f8", "<f4", "<f2", np.longdouble, "<c16", "<c8", np.clongdouble, "|b1", "|u1", "<i8", ">i4", "<u8", ">f8"]


def strange_value(rng, depth=0):
    """Plain data, and some that is not, by chance."""
    choice = rng.integers(10)
    if choice < 3:
        return STRANGE[rng.integers(len(STRANGE))]
    if choice < 7 or depth > 2:
        return strange_array(rng)
    items = [strange_value(rng, depth + 1) for _ in range(rng.integers(4))]
    return {7: items, 8: tuple(items), 9: dict(zip("abc", items))}[choice]


def strange_array(rng):
    """An array of a few entries, of any type; sometimes only one of its scalars."""
    shape, dtype = tuple(rng.integers(0, 4, rng.integers(0, 5))), np.dtype(TYPES[rng.integers(len(TYPES))])
    with np.errstate(all="ignore"):
        array = np.asarray(rng.choice([0, 1, -1, 1e-300, 1e300, np.nan, np.inf, 2.5], shape)).astype(dtype)
    return array[(0,) * array.ndim] if array.size and rng.integers(5) == 0 else array


def changed(rng, value):
    """A value that mostly is as another one, in type and shape."""
    if isinstance(value, np.ndarray) and value.size:
        with np.errstate(all="ignore"):
            return (value * value.dtype.type(rng.choice([-1, 0, 1, 3]))).astype(value.dtype).reshape(value.shape)
    if isinstance(value, (list, tuple)):
        return type(value)(changed(rng, item) for item in value)
    if isinstance(value, dict):
        return {key: changed(rng, item) for key, item in value.items()}
    return strange_value(rng)


def travelled(value):
    return wire.decode(wire.encode(value)[8:])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(4))
def test_no_value_stops_the_comparison_or_the_report(seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        expected = travelled(strange_value(rng))
        found = travelled(changed(rng, expected) if rng.integers(3) else strange_value(rng))
        difference = compare(found, expected)
        if difference:
            report = Report("06.x", WRONG, (PropertyState("p", 1, False),), Failure("p", "f(x)", {}, "", difference))
            assert text(report) and text(report, width=30) and html(report)
            json.dumps(as_json(report), allow_nan=False)
        question = SimpleNamespace(case=SimpleNamespace(expected=expected))
        outcome = SimpleNamespace(kind="value", value=found, type="")
        plain_hint(SimpleNamespace(outcomes=[outcome], questions=[question], differences=[difference]))


@pytest.mark.parametrize("found, expected", [(1e308, 1e-8), (5e-324, 1.0), (np.inf, 1e-8), (-1e308, 5e-324)])
def test_numbers_without_a_ratio_have_no_pattern(found, expected):
    found, expected = np.full(6, found), np.full(6, expected)
    difference = Difference(found_array=found, expected_array=expected, size=6)
    outcome = SimpleNamespace(kind="value", value=found, type="")
    question = SimpleNamespace(case=SimpleNamespace(expected=expected))
    assert "factor" not in plain_hint(SimpleNamespace(outcomes=[outcome], questions=[question], differences=[difference]))
