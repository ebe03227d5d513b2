"""The network's Functions in ONNX's operators: one short function for each, and the table OPERATORS.

Each takes the Graph and a Step, adds nodes, and returns the name of the result. ONNX's operators are described at
https://onnx.ai/onnx/operators; OPSET says in which version. Read resampling.py next.
"""

import numpy as np

from ..functional.banded import Resample
from ..functional.conv import Conv2d, Conv2dRelu, ConvTranspose2d, Linear
from ..functional.conv_pool import Conv2dReluMaxPool
from ..functional.elementwise import LeakyRelu, Relu, Sigmoid, Tanh
from ..functional.norm import BatchNormFixed, BatchNormFixedRelu, LocalResponseNorm
from ..functional.pool import AvgPool2d, MaxPool2d
from ..functional.shape import Pad
from ..functional.softmax import LogSoftmax, Softmax
from ..functional.volume import Conv3d, ConvTranspose3d, MaxPool3d
from ..operators.arithmetic import Abs, Add, Div, Exp, Log, Matmul, Mul, Neg, Pow, Sqrt, Sub
from ..operators.reduce import Sum
from ..operators.shape import Cat, Index, Permute, Reshape
from .graph import Graph, constant, depends_on_size
from .resampling import grid_means, resample
from .trace import CannotExport

OPSET = 18  # of onnx 1.13 (December 2022)


def translate(traces):
    """The Graph of the traces, every value of which has its name."""
    graph = Graph(traces)
    for step in graph.steps:
        if type(step.function) not in OPERATORS:
            raise CannotExport(
                f"export: the network uses {step.function.name()}, which no entry of OPERATORS in export/operators.py"
                " translates; add one, or build the network without it"
            )
    waiting = list(graph.steps)
    while waiting:
        waiting.remove(translate_next(graph, waiting))
    return graph


def translate_next(graph, waiting):
    """Translate one of the steps whose inputs have been translated; returns it.

    A crop may end where a map ends that is computed later, so crops and resizing wait until nothing else can go, and
    then for each other.
    """
    ready = [step for step in waiting if all(value in graph.names or value not in graph.makers for value in step.inputs)]
    errors = []
    for step in sorted(ready, key=lambda step: type(step.function) in (Index, Resample)):
        try:
            graph.names[step.output] = OPERATORS[type(step.function)](graph, step)
            return step
        except CannotExport as error:
            errors.append(error)
    raise errors[0]


def named(operator, **attributes):
    """The translation of a Function that ONNX has too, with the same inputs."""
    return lambda graph, step: graph.add(operator, *map(graph.name, step.inputs), **attributes)


def then_relu(translation):
    """The translation of a Function that also computes the ReLU of its result."""
    return lambda graph, step: graph.add("Relu", translation(graph, step))


# Windows --------------------------------------------------------------------------------------------------------------


def window(geometry):
    """The attributes that all windows have, of images or volumes; ONNX's pads are those before, then those after."""
    return {
        "kernel_shape": geometry.kernel_size,
        "strides": geometry.stride,
        "pads": geometry.padding * 2,
        "dilations": geometry.dilation,
    }


def convolution(graph, step):
    geometry, (x, weight, *others) = step.function.geometry, map(graph.name, step.inputs)
    bias, residual = others[:1], others[1:]
    y = graph.add("Conv", x, weight, *bias, **window(geometry), group=geometry.groups)
    return graph.add("Add", y, *residual) if residual else y


def transposed_convolution(graph, step):
    geometry = step.function.geometry
    sizes = zip(graph.shapes(step.inputs[0])[:, 2:], graph.shapes(step.output)[:, 2:])
    extra = constant((tuple(after - geometry.input_size(before)) for before, after in sizes), step)
    attributes = window(geometry) | {"group": geometry.groups, "output_padding": extra}
    return graph.add("ConvTranspose", *map(graph.name, step.inputs), **attributes)


def max_pooling(graph, step):
    return pooled(graph, graph.name(step.inputs[0]), step.function.geometry)


def pooled(graph, x, geometry):
    """The name of the max pooling of the tensor named x."""
    return graph.add("MaxPool", x, **window(geometry), ceil_mode=int(geometry.ceil_mode))


def pooled_convolution(graph, step):
    return pooled(graph, then_relu(convolution)(graph, step), step.function.pool)


def mean_pooling(graph, step):
    geometry, counts = step.function.geometry, step.function.count_include_pad
    if geometry.ceil_mode or geometry.dilation != (1, 1):
        raise CannotExport("export: avg_pool2d has ceil_mode, whose last means programs compute differently; leave it out")
    attributes = {name: value for name, value in window(geometry).items() if name != "dilations"}
    return graph.add("AveragePool", graph.name(step.inputs[0]), **attributes, count_include_pad=int(counts))


# Normalisation --------------------------------------------------------------------------------------------------------


def batch_norm(graph, step):
    """In evaluation: the mean is known, and so is the variance, epsilon included."""
    function, (x, weight, bias) = step.function, map(graph.name, step.inputs)
    layer = weight.rpartition(".")[0] or graph.add  # of a parameter
    names = (f"{layer}.mean", f"{layer}.variance") if isinstance(layer, str) else (None, None)
    variance = (1 / function.invstd.astype(np.float64) ** 2).astype(np.float32)
    statistics = [graph.constant(array, name) for array, name in zip((function.mean, variance), names)]
    return graph.add("BatchNormalization", x, weight, bias, *statistics, epsilon=0.0)


def local_response_norm(graph, step):
    f = step.function
    if f.size % 2 == 0:
        raise CannotExport(f"export: local_response_norm has the size {f.size}; ONNX centres only odd sizes as PyTorch does")
    return graph.add("LRN", graph.name(step.inputs[0]), size=f.size, alpha=f.a * f.size, beta=f.beta, bias=float(f.k))


# Arithmetic -----------------------------------------------------------------------------------------------------------


def division(graph, step):
    """x / y; or a mean, if x is a sum and y the number of its terms, which changes with the image's size."""
    total, count = step.inputs
    if count not in graph.makers and graph.varies(count) and total in graph.makers:
        maker = graph.makers[total]
        if type(maker.function) is Sum and terms(graph, maker) == [array.item() for array in graph.arrays(count)]:
            return reduction("ReduceMean")(graph, maker)
        if type(maker.function) is Resample:
            return grid_means(graph, maker, graph.arrays(count))
    return named("Div")(graph, step)


def terms(graph, step):
    """How many terms each sum has, in each trace."""
    return [before.size / after.size for before, after in zip(graph.arrays(step.inputs[0]), graph.arrays(step.output))]


def reduction(operator):
    """The translation of a sum, or of the mean with the same axes."""

    def reduce(graph, step):
        axes, keep = graph.integers(*step.function.dim), int(step.function.keepdim)
        return graph.add(operator, graph.name(step.inputs[0]), axes, keepdims=keep)

    return reduce


def linear(graph, step):
    x, weight, *bias = map(graph.name, step.inputs)
    product = graph.add("MatMul", x, graph.add("Transpose", weight, perm=(1, 0)))
    return graph.add("Add", product, *bias) if bias else product


def leaky_relu(graph, step):
    return graph.add("LeakyRelu", graph.name(step.inputs[0]), alpha=float(step.function.negative_slope))


def along(operator):
    """The translation of a Function that has an axis, `dim`."""
    return lambda graph, step: graph.add(operator, *map(graph.name, step.inputs), axis=step.function.dim)


# Shapes ---------------------------------------------------------------------------------------------------------------


def reshape(graph, step):
    shapes = graph.shapes(step.output)
    lengths = [graph.length(shapes[:, i], step, i) for i in range(shapes.shape[1])]
    return graph.add("Reshape", graph.name(step.inputs[0]), graph.join(*lengths))


def permutation(graph, step):
    return graph.add("Transpose", graph.name(step.inputs[0]), perm=tuple(np.argsort(step.function.inverse)))


def index(graph, step):
    """x[:, :, a:b, c:d] with constant starts."""
    before, after = graph.shapes(step.inputs[0]), graph.shapes(step.output)
    slices = [slices_of(f.index, shape, step) for f, shape in zip(step.functions, before)]
    axes = [axis for axis in range(before.shape[1]) if (before[:, axis] != after[:, axis]).any()]
    if not axes:
        return graph.name(step.inputs[0])
    starts = [constant((parts[axis].start for parts in slices), step) for axis in axes]
    ends = [end_of_slice(graph, step, axis, start) for axis, start in zip(axes, starts)]
    return graph.add("Slice", graph.name(step.inputs[0]), graph.integers(*starts), graph.join(*ends), graph.integers(*axes))


def end_of_slice(graph, step, axis, start):
    """The name of the end of a slice: as far from the end of the axis in all traces, or after a length that is found."""
    length = graph.shapes(step.output)[:, axis]
    left = graph.shapes(step.inputs[0])[:, axis] - start - length
    if (left == left[0]).all():
        return graph.integers(-left[0] if left[0] else np.iinfo(np.int64).max)
    end = graph.length(length, step, axis)
    return graph.add("Add", end, graph.integers(start)) if start else end


def slices_of(index, shape, step):
    """One slice for each axis of `shape`, with start and stop as numbers; CannotExport for any other index."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not all(part is ... or isinstance(part, slice) and part.step in (None, 1) for part in parts):
        raise CannotExport("export: the network selects pixels one by one (as 'unpool' does), expected slices [a:b] only")
    if ... in parts:
        i = parts.index(...)
        parts[i : i + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
    parts += [slice(None)] * (len(shape) - len(parts))
    return [slice(*part.indices(n)[:2]) for part, n in zip(parts, shape)]


def padding(graph, step):
    """Constant widths, or those that pad the far end to a multiple."""
    widths = np.array([function.widths for function in step.functions])  # (traces, axes, 2)
    axes = [axis for axis in range(widths.shape[1]) if widths[:, axis].any()]
    if not axes:
        return graph.name(step.inputs[0])
    near = [graph.integers(constant(widths[:, axis, 0], step)) for axis in axes]
    far = [far_padding(graph, step, axis, widths[:, axis, 1]) for axis in axes]
    value = graph.number(step.function.value)
    return graph.add("Pad", graph.name(step.inputs[0]), graph.join(*near, *far), value, graph.integers(*axes))


def far_padding(graph, step, axis, widths):
    """The name of the width after the end of an axis of size n: constant, or max(least - n, (least - n) % multiple).

    The second pads to the smallest size from `least` on that differs from it by a whole number of multiples. The traces
    tell both: the smallest image is padded to `least`, and only one of the smallest multiples fits all the others.
    """
    if (widths == widths[0]).all():
        return graph.integers(widths[0])
    sizes = graph.shapes(step.inputs[0])[:, axis]
    least = (sizes + widths)[sizes.argmin()]
    missing = least - sizes
    for multiple in range(1, int((sizes + widths).max()) + 1):
        if (np.maximum(missing, missing % multiple) == widths).all():
            lacks = graph.add("Sub", graph.integers(least), graph.size(step.inputs[0], axis))
            return graph.add("Max", lacks, graph.add("Mod", lacks, graph.integers(multiple)))
    raise depends_on_size(step)


# All ------------------------------------------------------------------------------------------------------------------

OPERATORS = {
    Conv2d: convolution,
    Conv2dRelu: then_relu(convolution),
    Conv2dReluMaxPool: pooled_convolution,
    ConvTranspose2d: transposed_convolution,
    Conv3d: convolution,
    ConvTranspose3d: transposed_convolution,
    Linear: linear,
    MaxPool2d: max_pooling,
    MaxPool3d: max_pooling,
    AvgPool2d: mean_pooling,
    Resample: resample,
    BatchNormFixed: batch_norm,
    BatchNormFixedRelu: then_relu(batch_norm),
    LocalResponseNorm: local_response_norm,
    Relu: named("Relu"),
    LeakyRelu: leaky_relu,
    Sigmoid: named("Sigmoid"),
    Tanh: named("Tanh"),
    Softmax: along("Softmax"),
    LogSoftmax: along("LogSoftmax"),
    Add: named("Add"),
    Sub: named("Sub"),
    Mul: named("Mul"),
    Div: division,
    Pow: named("Pow"),
    Neg: named("Neg"),
    Abs: named("Abs"),
    Exp: named("Exp"),
    Log: named("Log"),
    Sqrt: named("Sqrt"),
    Matmul: named("MatMul"),
    Sum: reduction("ReduceSum"),
    Cat: along("Concat"),
    Reshape: reshape,
    Permute: permutation,
    Index: index,
    Pad: padding,
}
