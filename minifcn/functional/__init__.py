"""The operations of a network as functions of Tensors, with the names and arguments of torch.nn.functional.

Each file holds one family: a Function (forward above backward), followed by the function that applies it. Start with
conv.py.
"""

from .balanced import balanced_cross_entropy
from .conv import conv2d, conv_transpose2d, linear
from .criterion import criterion, sampled
from .dropout import dropout, dropout2d
from .elementwise import leaky_relu, relu, sigmoid, tanh
from .focal import focal_loss
from .loss import cross_entropy, mse_loss, nll_loss
from .norm import batch_norm, local_response_norm
from .overlap import dice_loss, lovasz_softmax
from .pool import adaptive_avg_pool2d, avg_pool2d, max_pool2d, max_unpool2d
from .resize import bilinear_kernel, interpolate
from .shape import cat, pad, pixel_shuffle, stack, where
from .softmax import log_softmax, softmax
from .volume import conv3d, conv_transpose3d, max_pool3d

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "balanced_cross_entropy",
    "batch_norm",
    "bilinear_kernel",
    "cat",
    "conv2d",
    "conv3d",
    "conv_transpose2d",
    "conv_transpose3d",
    "criterion",
    "cross_entropy",
    "dice_loss",
    "dropout",
    "dropout2d",
    "focal_loss",
    "interpolate",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "lovasz_softmax",
    "max_pool2d",
    "max_pool3d",
    "max_unpool2d",
    "mse_loss",
    "nll_loss",
    "pad",
    "pixel_shuffle",
    "relu",
    "sampled",
    "sigmoid",
    "softmax",
    "stack",
    "tanh",
    "where",
]
