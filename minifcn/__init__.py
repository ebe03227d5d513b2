"""minifcn: fully convolutional networks for semantic segmentation, from scratch, to be read.

The floors of the house, from the ground up: kernels/, tensor.py, functional/, nn/, models/ and data/, train.py, and
__main__.py, the command line. Start reading at kernels/reference.py, or at tensor.py.
"""

from . import checkpoint, data, functional, metrics, models, nn, optim, plot, predict, train
from .autograd import is_grad_enabled, no_grad
from .function import Function
from .functional.shape import cat, stack, where
from .gradcheck import assert_gradients, gradcheck, step_errors
from .random import default_generator, manual_seed
from .tensor import Tensor, apply, tensor

__version__ = "0.1.0"

__all__ = [
    "Function",
    "Tensor",
    "apply",
    "assert_gradients",
    "cat",
    "checkpoint",
    "data",
    "default_generator",
    "functional",
    "gradcheck",
    "is_grad_enabled",
    "manual_seed",
    "metrics",
    "models",
    "nn",
    "no_grad",
    "optim",
    "plot",
    "predict",
    "stack",
    "step_errors",
    "tensor",
    "train",
    "where",
]
