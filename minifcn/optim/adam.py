"""Adam and AdamW: steps scaled by the gradient's running size, as in PyTorch. Read lr_scheduler.py next."""

import math

import numpy as np

from ..kernels import array_module
from .optimizers import Optimizer

PIECE = 1 << 16  # elements; a few arrays of this length fit together in the cache of a core


class Adam(Optimizer):
    """Steps scaled by the gradient's size: m and v are running means of g and g^2, where g = grad + weight_decay p.

    p = p - lr m' / (sqrt(v') + eps); m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) correct the bias from m = v = 0.
    Kingma and Ba 2015, algorithm 1.
    """

    arrays = ("exp_avg", "exp_avg_sq")

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, group, step, *arrays):
        for p, grad, m, v in split_flat(*arrays):
            if group["weight_decay"]:
                grad = grad + group["weight_decay"] * p
            self.adam_step(group, step, p, grad, m, v)

    def adam_step(self, group, step, p, grad, m, v):
        """The step itself, without the weight decay, in which Adam and AdamW differ."""
        beta1, beta2 = group["betas"]
        m += (1 - beta1) * (grad - m)
        v += (1 - beta2) * (grad * grad - v)
        size = array_module(v).sqrt(v)
        size /= math.sqrt(1 - beta2**step)
        size += group["eps"]
        p -= group["lr"] / (1 - beta1**step) * m / size


class AdamW(Adam):
    """Adam with decoupled weight decay: p = (1 - lr weight_decay) p, then Adam's step for grad alone.

    Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, group, step, *arrays):
        for p, grad, m, v in split_flat(*arrays):
            p *= 1 - group["lr"] * group["weight_decay"]
            self.adam_step(group, step, p, grad, m, v)


def split_flat(*arrays):
    """Cut arrays of one shape into matching short flat views, so that a formula of many terms stays in the cache.

    Arrays on the GPU and non-contiguous arrays are not cut.
    """
    if array_module(arrays[0]) is not np or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, flat[0].size, PIECE):
        yield [array[start : start + PIECE] for array in flat]
