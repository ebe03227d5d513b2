"""The kernels for the CPU: Numba for the loops, BLAS for the matrix products.  Same names and results as reference.py.

Read runtime/compile.py next; each file names the one after it.
"""

from .convolution.conv import conv_backward_input, conv_backward_weight, conv_forward
from .convolution.im2col import col2im, im2col
from .elementwise import relu_backward, relu_forward
from .loss import cross_entropy_backward, cross_entropy_forward
from .norm import batch_norm_backward, batch_norm_forward, channel_moments, channel_sum
from .optimizers import adam_step, sgd_step
from .pool import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from .resize import banded_matmul
from .runtime.blas import matmul

__all__ = [
    "adam_step",
    "avg_pool_backward",
    "avg_pool_forward",
    "banded_matmul",
    "batch_norm_backward",
    "batch_norm_forward",
    "channel_moments",
    "channel_sum",
    "col2im",
    "conv_backward_input",
    "conv_backward_weight",
    "conv_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "im2col",
    "matmul",
    "max_pool_backward",
    "max_pool_forward",
    "relu_backward",
    "relu_forward",
    "sgd_step",
]
