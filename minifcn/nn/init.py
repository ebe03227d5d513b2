"""Weight initialisation: every function fills a tensor in place and returns it; the random ones take a NumPy generator.

The numbers are drawn on the CPU whatever the device, so that CPU and GPU runs start from the same weights. Read
conv.py next, which calls these.
"""

import functools
import math

import numpy as np

from ..kernels import to_device
from ..random import default_generator

LAYERS = "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"
GAINS = dict.fromkeys((*LAYERS, "sigmoid"), 1.0) | {
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": None,  # depends on its slope
    "selu": 3 / 4,
}


def zeros_(tensor):
    """Fill with 0."""
    return constant_(tensor, 0.0)


def ones_(tensor):
    """Fill with 1."""
    return constant_(tensor, 1.0)


def constant_(tensor, val):
    """Fill with `val`."""
    tensor.data[...] = val
    return tensor


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Fill with numbers drawn uniformly from [a, b)."""
    drawn = (generator or default_generator()).random(tensor.shape, dtype=tensor.dtype)
    drawn *= b - a
    drawn += a
    return fill(tensor, drawn)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Fill with numbers drawn from the normal distribution."""
    drawn = (generator or default_generator()).standard_normal(tensor.shape, dtype=tensor.dtype)
    drawn *= std
    drawn += mean
    return fill(tensor, drawn)


def kaiming_uniform_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform in [-b, b), b = gain sqrt(3 / fan): preserves the variance through layers with this nonlinearity.

    a: the slope of a leaky ReLU; 0, the default, is a ReLU's. Other nonlinearities ignore it.
    mode: 'fan_in' preserves it in the forward pass, 'fan_out' in the backward pass
    nonlinearity: the function after the layer, as in calculate_gain
    ValueError for another mode or nonlinearity. He et al. 2015, section 2.2.
    """
    bound = math.sqrt(3 / select_fan(tensor, mode)) * calculate_gain(nonlinearity, a)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal, std = gain / sqrt(fan): as kaiming_uniform_. He et al. 2015, equations 10 and 15."""
    std = calculate_gain(nonlinearity, a) / math.sqrt(select_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform in [-b, b), b = gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010, equation 16."""
    bound = gain * math.sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal, std = gain sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010, equation 12."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans(tensor))), generator)


def calculate_gain(nonlinearity, param=None):
    """By how much weights have to be larger since a function follows them: sqrt(2) for a ReLU, which halves the power.

    nonlinearity: 'linear', 'conv2d' and the other layers, 'sigmoid', 'tanh', 'relu', 'leaky_relu' or 'selu'
    param: the slope of a leaky ReLU, 0.01 if None
    The values are PyTorch's. ValueError for another name.
    """
    if nonlinearity not in GAINS:
        raise ValueError(f"init: nonlinearity is {nonlinearity!r}, expected one of {', '.join(map(repr, GAINS))}")
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    return GAINS[nonlinearity]


def bilinear_(tensor):
    """Fill a ConvTranspose2d's weight so that it upsamples bilinearly, each class separately.

    tensor: (C, 1, kh, kw) for groups=C, where every slice gets the kernel; or (C, C, kh, kw) for groups=1, where only
    the diagonal does (any other slice would mix classes). Raises ValueError for any other shape.
    The kernel is the outer product of two triangles. For stride s, use k = 2s - s % 2 or k = 2s - 1.
    Paper, section 3.3.
    """
    return fill_triangles("bilinear_", tensor, "kh, kw")


def trilinear_(tensor):
    """Fill a ConvTranspose3d's weight, (C, 1, kd, kh, kw) or (C, C, kd, kh, kw), so that it upsamples trilinearly.

    Linear interpolation acts on each axis by itself, so the depth adds a third triangle to the two of bilinear_.
    """
    return fill_triangles("trilinear_", tensor, "kd, kh, kw")


def fill_triangles(op, tensor, sizes):
    """Fill the diagonal of a weight with the outer product of triangles, one for each of the kernel's `sizes`."""
    if tensor.ndim != 3 + sizes.count(",") or tensor.shape[1] not in (1, tensor.shape[0]):
        raise ValueError(f"{op}: weight has shape {tensor.shape}, expected (C, 1, {sizes}) or (C, C, {sizes})")
    weight, diagonal = np.zeros(tensor.shape, tensor.dtype), np.arange(len(tensor))
    weight[diagonal, diagonal % tensor.shape[1]] = functools.reduce(np.multiply.outer, map(triangle, tensor.shape[2:]))
    return fill(tensor, weight)


def triangle(k):
    """The k weights 1 - |i - centre| / width of one axis: [0.25, 0.75, 0.75, 0.25] for k = 4."""
    centre, width = (k - 1) / 2, (k + 1) // 2
    return 1 - np.abs(np.arange(k) - centre) / width


def fill(tensor, array):
    """Copy a NumPy array into the tensor, whatever its device."""
    tensor.data[...] = to_device(array, tensor.device)
    return tensor


def fans(tensor):
    """(fan_in, fan_out) as PyTorch counts them: the weight's second and first sizes times the kernel's area."""
    if tensor.ndim < 2:
        raise ValueError(f"init: the tensor has shape {tensor.shape}; fan-in and fan-out need two dimensions or more")
    area = math.prod(tensor.shape[2:])
    return tensor.shape[1] * area, tensor.shape[0] * area


def select_fan(tensor, mode):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"init: mode is {mode!r}, expected 'fan_in' or 'fan_out'")
    return fans(tensor)[mode == "fan_out"]
