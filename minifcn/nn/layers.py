"""The layers without weights: pooling, activations, dropout, resizing, the loss. Each stores its options and calls the
function of the same name in functional/.

They let a network be written as a list of layers and printed. Read ../optim/state.py next.
"""

import numpy as np

from .. import functional as F
from ..kernels.geometry import pair, pool_geometry, whole
from ..tensor import Tensor, values
from .module import Module


class Identity(Module):
    """y = x."""

    def forward(self, x):
        return x


class Flatten(Module):
    """Merge the axes start_dim to end_dim, inclusive, into one: (N, C, H, W) -> (N, C*H*W)."""

    def __init__(self, start_dim=1, end_dim=-1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


# Pooling and resizing: (N, C, H, W) -> (N, C, oh, ow) -----------------------------------------------------------------


class MaxPool2d(Module):
    """The maximum of each window. stride: None means kernel_size. ceil_mode: round the output size up.

    return_indices: return (values, their positions), the latter for MaxUnpool2d.
    """

    pool, axes = staticmethod(F.max_pool2d), 2

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, return_indices=False, ceil_mode=False):
        op = type(self).__name__
        pool_geometry(kernel_size, stride, padding, dilation, ceil_mode, op, self.axes)      # raises for a wrong size
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode
        self.return_indices = return_indices

    def forward(self, x):
        return self.pool(
            x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self):
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class PooledBefore(MaxPool2d):
    """Where a MaxPool2d was in a network that is fused now: the convolution before it pools, too.

    Its sizes are still those of the MaxPool2d, since they tell where units lie (models/backbone.py).
    """

    def __init__(self, pool):
        vars(self).update(vars(pool))

    def forward(self, x):
        return x


class MaxUnpool2d(Module):
    """Undoes MaxPool2d: given its values and indices, puts every value back; the other pixels are 0."""

    def __init__(self, kernel_size, stride=None, padding=0):
        pool_geometry(kernel_size, stride, padding, 1, False, op="MaxUnpool2d")              # raises for a wrong size
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, x, indices, output_size=None):
        return F.max_unpool2d(x, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of each window; count_include_pad: whether the zeros of the padding count."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        pool_geometry(kernel_size, stride, padding, 1, ceil_mode, op="AvgPool2d")            # raises for a wrong size
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, x):
        return F.avg_pool2d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The means of output_size windows that divide the image as evenly as possible: an int, or a pair; None keeps a size."""

    def __init__(self, output_size):
        sizes = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * 2
        pair([1 if size is None else size for size in sizes], "output_size", 1, type(self).__name__)  # raises for a wrong size
        self.output_size = tuple(sizes)

    def forward(self, x):
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"


class Upsample(Module):
    """Resize to `size`, or by `scale_factor`: mode 'nearest', 'bilinear' or 'trilinear', as functional.interpolate."""

    def __init__(self, size=None, scale_factor=None, mode="nearest", align_corners=None):
        if (size is None) == (scale_factor is None):
            raise ValueError(f"Upsample: size is {size} and scale_factor is {scale_factor}; expected one of the two")
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, x):
        return F.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self):
        target = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{target}, mode={self.mode!r}"


class PixelShuffle(Module):
    """Channels become pixels: (N, C*r*r, H, W) -> (N, C, r*H, r*W), r = upscale_factor, as functional.pixel_shuffle."""

    def __init__(self, upscale_factor):
        self.upscale_factor = whole(upscale_factor, "upscale_factor", 1, "PixelShuffle")

    def forward(self, x):
        return F.pixel_shuffle(x, self.upscale_factor)

    def extra_repr(self):
        return f"upscale_factor={self.upscale_factor}"


# Activations: any shape -> the same shape -----------------------------------------------------------------------------


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x):
        return F.relu(x)


class LeakyReLU(Module):
    """x where x > 0, negative_slope * x elsewhere."""

    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def forward(self, x):
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}"


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x):
        return F.sigmoid(x)


class Tanh(Module):
    """tanh(x)."""

    def forward(self, x):
        return F.tanh(x)


# Dropout --------------------------------------------------------------------------------------------------------------


class Dropout(Module):
    """In training, zero each element with probability p and divide the others by 1 - p. In evaluation, y = x.

    generator: a NumPy generator; None means minifcn.default_generator().
    """

    def __init__(self, p=0.5, *, generator=None):
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p is {p}, expected a probability from 0 to 1")
        self.p, self.generator = p, generator

    def forward(self, x):
        return F.dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self):
        return f"p={self.p}"


class Dropout2d(Dropout):
    """As Dropout, but whole channels of (N, C, H, W) are dropped."""

    def forward(self, x):
        return F.dropout2d(x, self.p, self.training, generator=self.generator)


# Loss -----------------------------------------------------------------------------------------------------------------


class CrossEntropyLoss(Module):
    """-log softmax(input)[target], as functional.cross_entropy: input (N, C, H, W), target (N, H, W) -> a number.

    weight: (C,) array, one factor per class, or None. Pixels labelled ignore_index do not count.
    reduction: 'mean' (over the weights of the labelled pixels), 'sum' or 'none'.
    """

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean"):
        self.weight, self.ignore_index, self.reduction = None, ignore_index, reduction
        if weight is not None:
            weight = values(weight)
            self.register_buffer("weight", Tensor(weight if hasattr(weight, "dtype") else np.array(weight, np.float32)))

    def forward(self, input, target):
        return F.cross_entropy(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)
