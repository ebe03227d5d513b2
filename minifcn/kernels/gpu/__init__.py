"""The kernels in CUDA C, launched through CuPy: the names and signatures of reference.py, on GPU arrays.

Each .py file prepares arguments for the .cu file of the same name. Importing this needs neither CuPy nor a GPU.
Read launch.py next, then conv.py alongside conv.cu.
"""

from .conv import col2im, conv_backward_input, conv_backward_weight, conv_forward, im2col
from .elementwise import relu_backward, relu_forward
from .loss import cross_entropy_backward, cross_entropy_forward
from .matmul import matmul
from .norm import batch_norm_backward, batch_norm_forward, channel_moments, channel_sum
from .optimizers import adam_step, sgd_step
from .pool import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from .resize import banded_matmul

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
