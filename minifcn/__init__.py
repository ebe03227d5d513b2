"""minifcn: fully convolutional networks for semantic segmentation, from scratch, to be read.

The floors of the house, from the ground up: kernels/, tensor.py, functional/, nn/, models/ and data/, train.py, and
__main__.py, the command line. Start reading at tensor.py.
"""

from . import functional
from .autograd import is_grad_enabled, no_grad
from .functional.shape import cat, stack, where
from .random import default_generator, manual_seed
from .tensor import Tensor, tensor

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "cat",
    "default_generator",
    "functional",
    "is_grad_enabled",
    "manual_seed",
    "no_grad",
    "stack",
    "tensor",
    "where",
]
