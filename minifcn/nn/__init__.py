"""Layers and networks: modules with parameters, a training mode and a state_dict. The mathematics is in functional/.

Start with module.py, then conv.py, layers.py, norm.py, init.py.
"""

from . import init
from .capturing import capture
from .container import ModuleList, Sequential
from .conv import Conv2d, ConvTranspose2d, Linear
from .layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    CrossEntropyLoss,
    Dropout,
    Dropout2d,
    Flatten,
    Identity,
    LeakyReLU,
    MaxPool2d,
    MaxUnpool2d,
    PixelShuffle,
    ReLU,
    Sigmoid,
    Tanh,
    Upsample,
)
from .module import Module, Parameter, evaluating
from .norm import BatchNorm2d, BNReLU2d, LocalResponseNorm
from .sync_norm import SyncBatchNorm
from .volume import BatchNorm3d, BNReLU3d, Conv3d, ConvTranspose3d, MaxPool3d

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BNReLU2d",
    "BNReLU3d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout2d",
    "Flatten",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool2d",
    "Module",
    "ModuleList",
    "Parameter",
    "PixelShuffle",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SyncBatchNorm",
    "Tanh",
    "Upsample",
    "capture",
    "evaluating",
    "init",
]
