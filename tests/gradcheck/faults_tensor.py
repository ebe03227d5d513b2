"""Faults in the operations of Tensor: arithmetic, reductions, changes of shape."""

import numpy as np

from minifcn.functional.shape import Pad
from minifcn.operators.arithmetic import Abs, Add, Div, Exp, Log, Matmul, Mul, Pow, Remainder, Sqrt, Sub
from minifcn.operators.reduce import Max, MaxAlong, Sum
from minifcn.operators.shape import Cat, Index, Permute, Reshape, Stack, Where

from .faults import Fault, change, gradient


def t(a):
    """The transpose of a matrix, or of each in a batch."""
    return a.swapaxes(-1, -2)


ARITHMETIC = [
    Fault("second input forgotten", Add, "add", change(1, np.zeros_like)),
    Fault("one tensor twice, counted once", Add, "add, one tensor twice", change(1, np.zeros_like)),
    Fault("broadcast: first slice instead of the sum", Add, "add, broadcast", gradient(1, lambda f, g: g[0, :, :1])),
    Fault("broadcast: mean instead of the sum", Add, "add, broadcast", change(1, lambda g: g / 8)),
    Fault("broadcast: not summed at all", Add, "add, broadcast", gradient(1, lambda f, g: g)),
    Fault("second sign", Sub, "sub", change(1, np.negative)),
    Fault("a number minus x without its sign", Sub, "sub, from a number", change(1, np.negative)),
    Fault("broadcast: summed over another axis", Sub, "sub, broadcast", gradient(0, lambda f, g: g[:, 0].sum(0))),
    Fault("factors not exchanged", Mul, "mul", lambda r, f, g: (g * f.a, g * f.b)),
    Fault("both factors multiplied", Mul, "mul", gradient(0, lambda f, g: g * f.a * f.b)),
    Fault("square: 2 forgotten", Mul, "mul, one tensor twice", change(1, np.zeros_like)),
    Fault("broadcast: maximum instead of the sum", Mul, "mul, broadcast",
          gradient(1, lambda f, g: (g * f.a).max((0, 2))[:, None])),
    Fault("denominator not squared", Div, "div", gradient(1, lambda f, g: -g * f.a / f.b)),
    Fault("numerator forgotten", Div, "div", gradient(1, lambda f, g: -g / f.b**2)),
    Fault("second sign", Div, "div", change(1, np.negative)),
    Fault("multiplied instead of divided", Div, "div", gradient(0, lambda f, g: g * f.b)),
    Fault("of a number: sign", Div, "div, of a number", change(1, np.negative)),
    Fault("sign forgotten", Abs, "abs", lambda r, f, g: g),
    Fault("the value as the slope", Abs, "abs", lambda r, f, g: g * f.x),
    Fault("negative half cut off", Abs, "abs", lambda r, f, g: g * (f.x > 0)),
    Fault("second input forgotten", Remainder, "remainder", change(1, np.zeros_like)),
    Fault("quotient not rounded", Remainder, "remainder", gradient(1, lambda f, g: -g * f.a / f.b)),
    Fault("rounded to 0 and not down", Remainder, "remainder", gradient(1, lambda f, g: -g * np.trunc(f.a / f.b))),
    Fault("sign of the quotient", Remainder, "remainder", change(1, np.negative)),
    Fault("broadcast: mean instead of the sum", Remainder, "remainder, broadcast", change(1, lambda g: g / 8)),
    Fault("exponent not lowered", Pow, "pow, a square", gradient(0, lambda f, g: g * f.b * f.a**f.b)),
    Fault("exponent not multiplied", Pow, "pow, a square", gradient(0, lambda f, g: g * f.a ** (f.b - 1))),
    Fault("logarithm forgotten", Pow, "pow, two tensors", gradient(1, lambda f, g: g * f.a**f.b)),
    Fault("logarithm of the exponent", Pow, "pow, two tensors", gradient(1, lambda f, g: g * f.a**f.b * np.log(f.b))),
    Fault("slope in b as the slope in a", Pow, "pow, two tensors",
          gradient(1, lambda f, g: g * f.b * f.a ** (f.b - 1))),
    Fault("the input as the output", Exp, "exp", lambda r, f, g: g * np.log(f.y)),
    Fault("slope 1", Exp, "exp", lambda r, f, g: g),
    Fault("slope one order too high", Log, "log", lambda r, f, g: g / f.x**2),
    Fault("of base 10", Log, "log", change(0, lambda g: g / np.log(10))),
    Fault("multiplied", Log, "log", lambda r, f, g: g * f.x),
    Fault("2 forgotten", Sqrt, "sqrt", lambda r, f, g: g / f.y),
    Fault("the input's place taken by the root's", Sqrt, "sqrt", lambda r, f, g: g / (2 * f.y**2)),
    Fault("multiplied", Sqrt, "sqrt", lambda r, f, g: g * 2 * f.y),
    Fault("b not transposed", Matmul, "matmul, square", gradient(0, lambda f, g: g @ f.b)),
    Fault("a not transposed", Matmul, "matmul, square", gradient(1, lambda f, g: f.a @ g)),
    Fault("factors in the wrong order", Matmul, "matmul, square", gradient(0, lambda f, g: t(f.b) @ g)),
    Fault("result transposed", Matmul, "matmul, square", change(1, t)),
    Fault("inputs' gradients exchanged", Matmul, "matmul, square", lambda r, f, g: (t(f.a) @ g, g @ t(f.b))),
    Fault("batch reversed", Matmul, "matmul, batches", change(1, lambda g: g[::-1])),
    Fault("batch averaged", Matmul, "matmul, one matrix for a batch", change(1, lambda g: g / 2)),
    Fault("first of the batch only", Matmul, "matmul, one matrix for a batch",
          gradient(1, lambda f, g: f.a[0].T @ g[0])),
    Fault("vector: reversed", Matmul, "matmul, matrix and vector", change(1, lambda g: g[::-1])),
    Fault("two vectors: the other one", Matmul, "matmul, two vectors", lambda r, f, g: (g * f.a, g * f.b)),
]  # fmt: skip

REDUCE = [
    Fault("divided by the count", Sum, "sum, one axis", change(0, lambda g: g / 3)),
    Fault("divided by the count", Sum, "sum", change(0, lambda g: g / 12)),
    Fault("first summand only", Sum, "sum, one axis", change(0, lambda g: g * (np.arange(3) == 0)[:, None])),
    Fault("last summand forgotten", Sum, "sum, one axis", change(0, lambda g: g * (np.arange(3) < 2)[:, None])),
    Fault("along another axis", Sum, "sum, two axes kept", change(0, lambda g: np.roll(g, 1, axis=1))),
    Fault("mean over the batch not divided", Div, "mean, one axis", gradient(0, lambda f, g: g)),
    Fault("mean divided twice", Div, "mean", change(0, lambda g: g / 12)),
    Fault("to the smallest", Max, "max", change(0, lambda g: -g[::-1, ::-1])),
    Fault("to all", Max, "max", gradient(0, lambda f, g: np.broadcast_to(g, f.largest.shape))),
    Fault("to all but the largest", Max, "max", gradient(0, lambda f, g: ~f.largest * g)),
    Fault("to all of a line", MaxAlong, "max, one axis",
          gradient(0, lambda f, g: np.broadcast_to(g[:, None], f.shape))),
    Fault("index off by one", MaxAlong, "max, one axis", change(0, lambda g: np.roll(g, 1, axis=1))),
    Fault("first line's index for all", MaxAlong, "max, one axis",
          gradient(0, lambda f, g: (np.arange(4) == f.index[0]) * g[:, None])),
    Fault("kept axis: reversed", MaxAlong, "max, one axis kept", change(0, lambda g: g[:, ::-1])),
]  # fmt: skip

SHAPE = [
    Fault("columns first", Reshape, "reshape", gradient(0, lambda f, g: g.reshape(f.shape, order="F"))),
    Fault("reversed", Reshape, "flatten", change(0, lambda g: g[::-1])),
    Fault("the same permutation instead of the inverse", Permute, "permute, a cube",
          gradient(0, lambda f, g: g.transpose(1, 2, 0))),
    Fault("not permuted back", Permute, "permute, a cube", gradient(0, lambda f, g: g)),
    Fault("reshaped instead of permuted", Permute, "permute", gradient(0, lambda f, g: g.reshape(2, 3, 4))),
    Fault("reshaped instead of transposed", Permute, "transpose", gradient(0, lambda f, g: g.reshape(3, 4))),
    Fault("last write wins", Index, "index, one row twice", gradient(0, lambda f, g: assigned(f, g))),
    Fault("last write wins", Index, "index, pairs", gradient(0, lambda f, g: assigned(f, g))),
    Fault("last write wins", Index, "pad, reflect", gradient(0, lambda f, g: assigned(f, g))),
    Fault("last write wins", Index, "pad, replicate", gradient(0, lambda f, g: assigned(f, g))),
    Fault("contributions averaged", Index, "index, one row twice",
          change(0, lambda g: g / np.array([3, 1, 1])[:, None])),
    Fault("step forgotten", Index, "index, slices", gradient(0, lambda f, g: np.pad(g, ((1, 0), (0, 2))))),
    Fault("start forgotten", Index, "index, slices", change(0, lambda g: np.roll(g, -1, axis=0))),
    Fault("not turned back", Index, "index, backwards", gradient(0, lambda f, g: g)),
    Fault("another row", Index, "index, one row", change(0, lambda g: np.roll(g, 1, axis=0))),
    Fault("mask moved", Index, "index, a mask", change(0, lambda g: np.roll(g, 1, axis=1))),
    Fault("pieces exchanged", Stack, "stack", lambda r, f, g: r(g)[::-1]),
    Fault("cut along another axis", Stack, "stack, last axis", lambda r, f, g: tuple(g.reshape(2, 2, 3))),
    Fault("cut one place off", Cat, "cat", gradient(1, lambda f, g: g[1:5])),
    Fault("second piece from the start", Cat, "cat", gradient(1, lambda f, g: g[:4])),
    Fault("third piece forgotten", Cat, "cat, axis 1, three", change(2, np.zeros_like)),
    Fault("one tensor twice, counted once", Cat, "cat, one tensor twice", change(1, np.zeros_like)),
    Fault("condition inverted", Where, "where", lambda r, f, g: r(g)[::-1]),
    Fault("all to both", Where, "where", lambda r, f, g: (g, g)),
    Fault("second forgotten", Where, "where", change(1, np.zeros_like)),
    Fault("broadcast: mean instead of the sum", Where, "where, broadcast", change(1, lambda g: g / 3)),
    Fault("cut from the corner", Pad, "pad", gradient(0, lambda f, g: g[:, :, :3, :4])),
    Fault("cut one place off", Pad, "pad", gradient(0, lambda f, g: g[:, :, :3, 2:6])),
    Fault("left and right exchanged", Pad, "pad", gradient(0, lambda f, g: g[:, :, :3, 2:6])),
    Fault("frame added to the edge", Pad, "pad", gradient(0, lambda f, g: frame_added(g))),
    Fault("gradient for what was cropped", Pad, "pad, cropping", change(0, lambda g: g + (g == 0))),
]  # fmt: skip


def assigned(function, grad):
    """The gradient of an index with `=` in the place of `+=`."""
    g = np.zeros(function.shape)
    g[function.index] = grad
    return g


def frame_added(grad):
    """The gradient of pad (left 1, right 2, bottom 3) as if it had repeated the lowest row."""
    g = grad[:, :, :3, 1:5].copy()
    g[:, :, -1] += grad[:, :, 3:, 1:5].sum(2)
    return g


FAULTS = [*ARITHMETIC, *REDUCE, *SHAPE]
