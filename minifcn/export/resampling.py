"""Resizing and adaptive pooling in ONNX: from the banded matrices of each trace back to the rule that made them.

A Function holds matrices, which differ with every size. Each rule of functional/resize.py and banded.py is tried until
one gives the matrices of all traces. Read onnx_file.py next.
"""

import numpy as np

from ..functional.banded import covering_sums
from ..functional.resize import between, linear, nearest
from .graph import depends_on_size

RESIZE = {  # {ONNX's name of the coordinates: the rule, for n pixels that become m}
    "asymmetric": lambda n, m: nearest(n, m, n / m),
    "half_pixel": lambda n, m: linear(n, m, n / m, None),
    "align_corners": lambda n, m: linear(n, m, n / m, True),
}


def resample(graph, step):
    """The result of a Resample along the last two axes of images."""
    matrices = [function.matrices for function in step.functions]  # [trace][axis]
    if step.function.axis != 2 or len(matrices[0]) != 2:
        raise depends_on_size(step)
    for coordinates, rule in RESIZE.items():
        if all(same(matrix, rule(matrix.n, len(matrix.first))) for pair in matrices for matrix in pair):
            return resize(graph, step, coordinates)
    grids = [sampling_grid(axis) for axis in zip(*matrices)]
    if None not in grids and grids[0][2] == grids[1][2]:
        return sample(graph, step, grids)
    if all(same(matrix, covering_sums(matrix.n, len(matrix.first))) for pair in matrices for matrix in pair):
        return grid(graph, step, "ReduceSum")
    raise depends_on_size(step)


def same(a, b):
    """Whether two Banded are the same matrix."""
    return a.weight.shape == b.weight.shape and np.array_equal(a.first, b.first) and np.allclose(a.weight, b.weight)


# Interpolation --------------------------------------------------------------------------------------------------------


def resize(graph, step, coordinates):
    """interpolate(): to a multiple of the size, or to the size of another map."""
    before, after = graph.shapes(step.inputs[0]), graph.shapes(step.output)
    factors = after[0] // before[0]
    mode = {"coordinate_transformation_mode": coordinates}
    mode |= {"mode": "nearest", "nearest_mode": "floor"} if coordinates == "asymmetric" else {"mode": "linear"}
    if (before * factors == after).all():
        return graph.add("Resize", graph.name(step.inputs[0]), "", scales(graph, *factors[2:]), **mode)
    lengths = [graph.length(after[:, axis], step, axis) for axis in range(4)]
    return graph.add("Resize", graph.name(step.inputs[0]), "", "", graph.join(*lengths), **mode)


def scales(graph, *factors):
    """The name of the factors by which an image's four axes grow."""
    return graph.constant(np.array((1, 1, *factors), np.float32))


def sampling_grid(matrices):
    """(stride, shift, whether pixels have half-pixel centres) of interpolate_at() along an axis; None for other rules.

    Pixel p of the result samples the map at (p + shift) / stride or, with half-pixel centres,
    (p + shift + 1/2) / stride - 1/2: these are the two rules that Resize has, so a shifted crop of its result will do.
    """
    for matrix in matrices:
        if matrix.weight.shape[1] == 2:
            source = matrix.first + matrix.weight[:, 1]
            inside = np.flatnonzero((source > 0) & (source < matrix.n - 1))[:2]
            if len(inside) == 2 and inside[0] + 1 == inside[1]:
                break
    else:
        return None
    i, (first, second) = inside[0], source[inside]
    stride = max(1, round(1 / (second - first)))
    centre = round(2 * (i - stride * first)) / 2
    if not all(same(m, between(m.n, (np.arange(len(m.first)) - centre) / stride)) for m in matrices):
        return None
    half = centre % 1 != 0
    shift = ((stride - 1) / 2 if half else 0) - centre
    return (stride, int(shift), half) if shift % 1 == 0 else None


def sample(graph, step, grids):
    """Resize, then crop to the size of the result; beyond the map its edge is repeated, as far as the crop needs it."""
    before, after = graph.shapes(step.inputs[0])[:, 2:], graph.shapes(step.output)[:, 2:]
    strides, shifts, (half, _) = (np.array(numbers) for numbers in zip(*grids))
    mode = {"mode": "linear", "coordinate_transformation_mode": "half_pixel" if half else "asymmetric"}
    y = graph.add("Resize", graph.name(step.inputs[0]), "", scales(graph, *strides), **mode)
    near = np.maximum(-shifts, 0)
    far = np.maximum((after + shifts - before * strides).max(0), 0)
    if near.any() or far.any():
        y = graph.add("Pad", y, graph.integers(*near, *far), "", graph.integers(2, 3), mode="edge")
    starts = np.maximum(shifts, 0)
    lengths = [graph.length(after[:, axis], step, axis + 2) for axis in (0, 1)]
    ends = graph.add("Add", graph.join(*lengths), graph.integers(*starts))
    return graph.add("Slice", y, graph.integers(*starts), ends, graph.integers(2, 3))


# Sums and means over a grid -------------------------------------------------------------------------------------------


def grid_means(graph, step, areas):
    """adaptive_avg_pool2d: the sums of `step`, divided by `areas` in each trace."""
    for function, area in zip(step.functions, areas):
        rows, columns = (matrix.weight.sum(axis=1) for matrix in function.matrices)
        if not np.array_equal(area, np.outer(rows, columns)):
            raise depends_on_size(step)
    return grid(graph, step, "ReduceMean")


def grid(graph, step, reduction):
    """Sums or means over a grid of a fixed number of windows that cover the image."""
    x, bins = graph.name(step.inputs[0]), graph.shapes(step.output)[:, 2:]
    if (bins != bins[0]).any():
        raise depends_on_size(step)
    if (bins == 1).all():
        return graph.add(reduction, x, graph.integers(2, 3), keepdims=1)
    rows, columns = (covering(graph, step, axis, int(m), reduction) for axis, m in zip((2, 3), bins[0]))
    return graph.add("MatMul", graph.add("MatMul", rows, x), graph.add("Transpose", columns, perm=(1, 0)))


def covering(graph, step, axis, m, reduction):
    """The name of covering_sums(n, m), n being the size of an axis; for means, its rows divided by their sums."""
    n, i = graph.size(step.inputs[0], axis), np.arange(m)[:, None]
    position = graph.add("Range", scalar(graph, 0), graph.add("Squeeze", n), scalar(graph, 1))
    start = graph.add("Div", graph.add("Mul", graph.constant(i), n), graph.integers(m))
    stop = graph.add("Add", graph.add("Mul", graph.constant(i + 1), n), graph.integers(m - 1))
    stop = graph.add("Div", stop, graph.integers(m))
    inside = graph.add("And", graph.add("GreaterOrEqual", position, start), graph.add("Less", position, stop))
    sums = graph.add("Cast", inside, to=1)  # 1 is float32 in ONNX
    if reduction == "ReduceSum":
        return sums
    return graph.add("Div", sums, graph.add("ReduceSum", sums, graph.integers(1), keepdims=1))


def scalar(graph, number):
    """The name of a whole number that is no vector."""
    return graph.constant(np.array(number, np.int64))
