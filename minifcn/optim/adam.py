"""Adam and AdamW: steps scaled by the gradient's running size, as in PyTorch. Read in_backward.py next."""

from ..kernels import kernels_for
from .optimizers import Optimizer


class Adam(Optimizer):
    """Steps scaled by the gradient's size: m and v are running means of g and g^2, where g = grad + weight_decay p.

    p = p - lr m' / (sqrt(v') + eps); m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) correct the bias from m = v = 0.
    Kingma and Ba 2015, algorithm 1.
    """

    arrays = ("exp_avg", "exp_avg_sq")
    decoupled = False  # whether the weight decay is AdamW's

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, group, step, p, grad, m, v):
        numbers = group["lr"], *group["betas"], group["eps"], group["weight_decay"]
        kernels_for(p, grad).adam_step(p, grad, m, v, *numbers, self.decoupled, step)


class AdamW(Adam):
    """Adam with decoupled weight decay: p = (1 - lr weight_decay) p, then Adam's step for grad alone.

    Loshchilov and Hutter 2019, algorithm 2.
    """

    decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)
