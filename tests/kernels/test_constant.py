"""Constant arrays can never be written to; what was made of one is made once, is right, and goes with it."""

import gc

import numpy as np
import pytest

from minifcn.kernels import algorithm, cpu
from minifcn.kernels.cpu.convolution import conv, panels, winograd
from minifcn.kernels.cpu.runtime import constant as module
from minifcn.kernels.cpu.runtime import memory
from minifcn.kernels.cpu.runtime.constant import constant, is_constant, made_of
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.geometry import conv_geometry

needs_simd = pytest.mark.skipif(simd() is None, reason="only the algorithms for known processors rearrange weights")


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("array", [normal(2, 3, 4), normal(2, 3, 4).T, normal(2, 0)], ids=["C", "transposed", "empty"])
def test_a_constant_is_an_equal_array_that_cannot_be_made_writeable(array):
    kept = constant(array)
    np.testing.assert_array_equal(kept, array)
    assert kept.dtype == array.dtype and kept.flags.c_contiguous and is_constant(kept) and constant(kept) is kept
    with pytest.raises(ValueError, match="WRITEABLE"):
        kept.flags.writeable = True
    with pytest.raises(ValueError, match="read-only"):
        kept[...] = 0


def read_only(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("array", [normal(3), read_only(normal(3)), read_only(normal(3)[:]), constant(normal(3)).copy(),
                                   constant(normal(3))[:]])  # fmt: skip
def test_of_an_array_that_might_change_everything_is_made_again(array):
    assert not is_constant(array)
    first, second = (made_of(array, "twice", lambda empty: 2 * array) for _ in range(2))
    assert first is not second


def test_of_a_constant_each_thing_is_made_once_and_freed_with_it():
    before, one, other = len(module._made), constant(normal(3)), constant(normal(3))
    made = [made_of(a, key, lambda empty: empty("workspace", 3, np.float32)) for a in (one, other) for key in "xy"]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(made) for b in made[:i])
    assert made_of(one, "x", None) is made[0] and made_of(other, "y", None) is made[3]
    del one, other
    gc.collect()
    assert len(module._made) == before


@needs_simd
def test_a_large_weight_of_a_small_map_is_rearranged_only_if_it_is_constant():
    names = [
        conv.chosen_name("forward", 1, (7, 7), (2048, 1024, 1, 1), conv_geometry(1, 2), np.dtype(np.float32), "auto", kept)
        for kept in (False, True)
    ]
    assert names == ["im2col", "direct"]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_large_array_gets_the_memory_of_one_that_is_gone(keeps, monkeypatch):
    monkeypatch.setattr(memory, "LARGE", 1 << 9)
    monkeypatch.setattr(memory, "LARGEST", 1 << 10)
    monkeypatch.setattr(memory, "MOST_FREE", 5 << 10)
    monkeypatch.setattr(memory, "_free", {})
    monkeypatch.setattr(memory, "_keeps_workspaces", keeps)

    def freed():
        gc.collect()
        return sorted(block.size - memory.LINE for block in memory._free.values())

    first = memory.empty((2, 256), np.float32)
    view, address = first[1:].T[::2], first.ctypes.data
    del first
    assert freed() == []  # the view needs it
    del view
    assert freed() == keeps * [2048]
    second, other = memory.empty((16, 32), np.float32), memory.empty((2, 256), np.float32)
    assert second.flags.writeable and second.flags.c_contiguous and not np.shares_memory(second, other)
    assert (second.ctypes.data == address or not keeps) and freed() == []
    larger, small = memory.empty((2048,), np.uint8), memory.empty((1023,), np.uint8)
    del second, other, larger, small
    assert freed() == keeps * [2048, 2048]  # no more than MOST_FREE, and small ones are malloc's


def test_a_large_weight_s_gradient_gets_the_memory_of_the_step_before(monkeypatch):
    monkeypatch.setattr(memory, "LARGEST", 1 << 15)
    monkeypatch.setattr(memory, "_free", {})
    x, grad, addresses = normal(1, 64, 7, 7), normal(1, 128, 5, 5), []
    with algorithm("im2col"):
        for _ in range(2):
            grad_weight = cpu.conv_backward_weight(x, grad, conv_geometry(3))
            addresses.append(grad_weight.ctypes.data)
            del grad_weight
            gc.collect()
    assert addresses[0] == addresses[1]
    assert len(memory._free) == 1


@needs_simd
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["winograd2", "winograd4", "direct", "taps"])
def test_a_constant_weight_is_rearranged_once_and_gives_the_same_bits(name, dtype, monkeypatch):
    owner, function = (winograd, "transform_weights") if name.startswith("winograd") else (panels, "rearrange")
    rearrange, calls = getattr(owner, function), []
    monkeypatch.setattr(owner, function, lambda *arguments: calls.append(1) or rearrange(*arguments))
    x, grad, weight = normal(2, 16, 9, 8, dtype=dtype), normal(2, 32, 9, 8, dtype=dtype), normal(32, 16, 3, 3, dtype=dtype)
    geometry, kept = conv_geometry(3, 1, 1), constant(weight)
    with algorithm(name):
        for _ in range(3):
            for call in (
                lambda w: cpu.conv_forward(x, w, geometry),
                lambda w: cpu.conv_backward_input(grad, w, geometry, (9, 8)),
            ):
                np.testing.assert_array_equal(call(kept), call(weight))
    assert len(calls) == 2 + 6
