"""The convolutions of FCN-8s, on VGG16 at 224 x 224 and on the demo's small backbone: forward and both backwards.

Also other kinds of convolution from other networks: dilated ones (the last layers of VGG and ResNet at stride 8, the
heads of DeepLab), AlexNet's in two groups, and one with stride 2. The kernels are called directly, on arrays in the
memory format in which the neighbouring layers produce them. Read op_cases.py next.
"""

import functools

import numpy as np

from ..kernels import cpu
from ..kernels.cpu.convolution.conv import IMPLEMENTATIONS, implementation
from ..kernels.geometry import conv_geometry
from . import rival
from .case import Case, Goal, normal, normal_images

MAPS = ("forward", "backward input", "backward weight")
VGG16 = [
    (64, 64, 224),
    (64, 128, 112),
    (128, 128, 112),
    (128, 256, 56),
    (256, 256, 56),
    (256, 512, 28),
    (512, 512, 28),
    (512, 512, 14),
]
SMALL = [(16, 16, 96), (16, 32, 48), (32, 32, 48), (32, 64, 24), (64, 64, 24), (64, 64, 12), (64, 64, 6)]
DILATED = [(512, 512, 2), (512, 512, 4), (512, 1024, 12), (2048, 256, 12), (2048, 256, 24)]  # at 28 x 28
UPSAMPLINGS = [(2, 7), (2, 14), (8, 28), (16, 14), (32, 7)]  # (factor, side of the input) in FCN-8s, 16s, 32s
CLASSES = 21
WINDOWS_OF_3 = Goal(1.0, 1.2)  # the fast algorithms are well known, and PyTorch's implementation is good
OTHERS = Goal(1.0, 2.0)


def conv_cases():
    """All of them: the 3x3 layers first, then all other layers with weights."""
    for N in (1, 4):
        yield from (layer("conv", N, C, K, side, 3, WINDOWS_OF_3) for C, K, side in VGG16)
    yield from (layer("conv", 8, C, K, side, 3, WINDOWS_OF_3) for C, K, side in SMALL)
    yield from (layer("conv", 2, C, K, 28, 3, WINDOWS_OF_3, dilation=rate) for C, K, rate in DILATED)
    yield layer("conv", 2, 96, 256, 27, 5, WINDOWS_OF_3, groups=2)
    yield layer("conv", 2, 384, 384, 13, 3, WINDOWS_OF_3, groups=2)
    yield layer("conv", 2, 128, 128, 56, 3, WINDOWS_OF_3, stride=2)
    yield layer("op", 1, 3, 64, 224, 3, OTHERS)
    yield layer("op", 8, 3, 16, 96, 3, OTHERS)
    yield layer("op", 1, 512, 4096, 7, 7, OTHERS)
    for C, K, side in (4096, 4096, 7), (4096, CLASSES, 7), (512, CLASSES, 14), (256, CLASSES, 28):
        yield layer("op", 1, C, K, side, 1, OTHERS)
    yield from (upsampling(1, CLASSES, factor, side) for factor, side in UPSAMPLINGS)


def layer(section, N, C, K, side, size, goal, stride=1, dilation=1, groups=1):
    """A convolution with "same" padding. s2, d4 and g2 in its name are stride 2, dilation 4 and two groups.

    With 3 channels, the input is an image, whose gradient is never needed.
    """
    geometry = conv_geometry(size, stride, size // 2 * dilation, dilation, groups)
    kind = "".join(f" {letter}{n}" for letter, n in (("s", stride), ("d", dilation), ("g", groups)) if n > 1)
    return Case(
        section,
        f"conv {size}x{size}{kind} {C}->{K} @{side} batch {N}",
        tuple(part for part in MAPS if C > 3 or part != "backward input"),
        goal,
        lambda dtype: conv_work(dtype, N, C, K, side, geometry),
        lambda part: chosen_algorithm(part, N, (K, C // groups, size, size), (side, side), geometry),
    )


def chosen_algorithm(part, N, weight_shape, size, geometry):
    """The name of the algorithm used for a part, forward or backward, on images of `size`."""
    size = size if part == "backward input" else geometry.output_size(size)
    chosen = implementation(part, N, size, weight_shape, geometry, np.dtype(np.float32))
    return next(name for name, algorithm in IMPLEMENTATIONS.items() if algorithm is chosen)


def conv_work(dtype, N, C, K, side, geometry):
    """Forward and both backwards. The input has the memory format of a loaded image, or of another layer's result."""
    x = (normal if C == 3 else normal_images)(N, C, side, side, dtype=dtype)
    weight = normal(K, C // geometry.groups, *geometry.kernel_size, dtype=dtype, seed=1)
    grad = normal_images(N, K, *geometry.output_size((side, side)), dtype=dtype, seed=2)
    ours = {
        "forward": lambda: cpu.conv_forward(x, weight, geometry),
        "backward input": lambda: cpu.conv_backward_input(grad, weight, geometry, (side, side)),
        "backward weight": lambda: cpu.conv_backward_weight(x, grad, geometry),
    }
    theirs = rival.contenders(functools.partial(rival.convolution, x, weight, grad, geometry))
    return {"ours": ours, **theirs}


def upsampling(N, classes, factor, side):
    """A transposed convolution that upsamples each class by `factor`."""
    return Case(
        "op",
        f"upsampling x{factor} {classes} @{side} batch {N}",
        MAPS,
        OTHERS,
        lambda dtype: upsampling_work(dtype, N, classes, factor, side),
    )


def upsampling_work(dtype, N, C, factor, side):
    """The adjoint of a convolution: its forward is that one's backward with respect to the input, and vice versa."""
    geometry = conv_geometry(2 * factor, factor, factor // 2, groups=C)
    weight = normal(C, 1, 2 * factor, 2 * factor, dtype=dtype, seed=1)
    x = normal_images(N, C, side, side, dtype=dtype)  # from a 1x1 convolution
    size = geometry.input_size((side, side))
    grad = normal(N, C, *size, dtype=dtype, seed=2)  # from the loss, in channels-first order
    ours = {
        "forward": lambda: cpu.conv_backward_input(x, weight, geometry, size),
        "backward input": lambda: cpu.conv_forward(grad, weight, geometry),
        "backward weight": lambda: cpu.conv_backward_weight(grad, x, geometry),
    }
    theirs = rival.contenders(functools.partial(rival.convolution, x, weight, grad, geometry, True))
    return {"ours": ours, **theirs}
