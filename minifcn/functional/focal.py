"""The focal loss: cross-entropy that counts well-classified pixels less. Read balanced.py next."""

from ..function import Function
from ..kernels import array_module, device_of
from ..tensor import Tensor, apply
from .loss import CrossEntropy, check_labels, check_range, reduce


class Focus(Function):
    """y = (1 - p)^gamma x, where p = e^-x  ->  dy/dx = (1 - p)^gamma (1 + gamma p x / (1 - p))."""

    def forward(self, x, *, gamma):
        xp = array_module(x)
        x = xp.maximum(x, 0)  # a cross-entropy may be below 0 by a rounding error
        q = -xp.expm1(-x)  # 1 - p, accurate where p is almost 1
        power = q**gamma
        ratio = xp.where(q > 0, x / xp.where(q > 0, q, 1), 1)  # x / (1 - p), which tends to 1
        self.factor = power * (1 + gamma * (1 - q) * ratio)
        return power * x

    def backward(self, grad):
        return grad * self.factor


def focal_loss(input, target, gamma=2.0, weight=None, ignore_index=-100, reduction="mean"):
    """(1 - p)^gamma times the cross-entropy -log p of each pixel, where p = softmax(input)[target].

    gamma: at least 0; 0 is cross_entropy itself. The larger, the less well-classified pixels count
    The other arguments, the reductions and the errors are those of cross_entropy: (N, C) or (N, C, H, W) scores; 'mean'
    divides by the total weight of the labelled pixels. Lin et al. 2017, equation 4; `weight` is its alpha.
    """
    if not gamma >= 0:
        raise ValueError(f"focal_loss: gamma is {gamma}, expected a number of at least 0")
    target, factors = check_labels("focal_loss", input, target, weight, ignore_index, reduction)
    if device_of(target) == "cpu":
        check_range("focal_loss", target, input.shape[1], ignore_index)
    xp = array_module(target)
    loss = apply(CrossEntropy, input, target=target, weight=xp.ones_like(factors), ignore_index=ignore_index)
    loss = apply(Focus, loss, gamma=float(gamma))
    if weight is not None:
        labelled = target != ignore_index
        loss = loss * Tensor(xp.where(labelled, factors[xp.where(labelled, target, 0)], 0))
    return reduce(loss, target, None if weight is None else factors, ignore_index, reduction)
