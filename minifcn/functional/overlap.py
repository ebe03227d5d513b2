"""Losses that measure how well areas overlap, as the mean IoU does: dice_loss and lovasz_softmax.

Cross-entropy adds up pixels, so a class with few of them hardly counts. Here each class of the batch counts equally, by
the overlap of its predicted area with its true one. Read criterion.py next.
"""

import numpy as np

from ..function import Function
from ..kernels import array_module, device_of
from ..tensor import apply
from .common import flat_pixels
from .loss import check_labels, check_range
from .softmax import softmax


class Dice(Function):
    """1 - the mean over the classes present of 2 I / (S + T), where, over the labelled pixels, and p the probabilities,

    I = sum of p at the pixels of the class,  S = sum of p,  T = the number of its pixels.
    d/dp = (2 I / (S + T)^2 - [pixel of the class] 2 / (S + T)) / number of classes.
    """

    def forward(self, p, *, truth, labelled):
        xp = array_module(p)
        inside, predicted = (p * truth).sum((0, 2)), (p * labelled).sum((0, 2))  # (C,)
        pixels = truth.sum((0, 2)).astype(p.dtype)
        present = pixels > 0
        total = xp.where(present, predicted + pixels, 1)
        share = present.astype(p.dtype) / max(int(present.sum()), 1)
        self.everywhere, self.on_class = share * 2 * inside / total**2, -share * 2 / total
        self.masks = labelled, truth
        return (share * (1 - 2 * inside / total)).sum()

    def backward(self, grad):
        labelled, truth = self.masks
        return grad * (labelled * self.everywhere[:, None] + truth * self.on_class[:, None])


def dice_loss(input, target, ignore_index=-100):
    """1 - the Dice coefficient of softmax(input) and the true areas, averaged over the classes present in the batch.

    input:  (N, C) or (N, C, H, W), scores of C classes
    target: (N,) or (N, H, W), integers in [0, C) or ignore_index, a tensor or an array
    Returns a tensor of one number from 0 to 1; if all pixels are ignored, it and its gradients are 0. Errors are those of
    cross_entropy. Milletari et al. 2016, section 3, without the squares in the denominator, as in Drozdzal et al. 2016,
    section 2.2; over several classes and all images of the batch.
    """
    p, target, labelled = areas("dice_loss", input, target, ignore_index)
    classes = array_module(target).arange(input.shape[1])[:, None]
    return apply(Dice, p, truth=(classes == target[:, None]) & labelled[:, None], labelled=labelled[:, None])


class Lovasz(Function):
    """The mean over the classes present of sum_i g_i m_i, where m are the errors |[class] - p|, the largest first.

    g_i is the increase of 1 - IoU when the pixel of the i-th error is also misclassified: weights that do not change
    until the order does, so that d/dp_i = -g_i at a pixel of the class and g_i elsewhere. Berman et al., algorithm 1.
    """

    def forward(self, p, *, target, labelled):
        xp = array_module(p)
        seen, rows = target[labelled], p.swapaxes(0, 1)[:, labelled]  # (L,), (C, L): the L labelled pixels
        slopes, loss = xp.zeros_like(rows), xp.zeros((), p.dtype)
        present = [c for c, pixels in enumerate(xp.bincount(seen, minlength=len(rows)).tolist()) if pixels]
        for c in present:
            truth = seen == c
            errors = abs(truth - rows[c])
            order = largest_first(errors)
            slope = iou_slopes(xp, truth[order]).astype(p.dtype) / len(present)
            loss = loss + (slope * errors[order]).sum()
            slopes[c, order] = xp.where(truth[order], -slope, slope)
        self.grad_p = xp.zeros_like(p)
        self.grad_p.swapaxes(0, 1)[:, labelled] = slopes
        return loss

    def backward(self, grad):
        return grad * self.grad_p


def largest_first(errors):
    """The indices that sort errors of at least 0 in falling order; of equal ones, the last comes first.

    A float32 of at least 0 has the order of its bits, and NumPy sorts 16 bits by counting. So the lower half is sorted
    first, then the upper one, which keeps the order of equals: four times as fast as a stable argsort of the numbers.
    """
    xp = array_module(errors)
    if xp is not np or errors.dtype != np.float32:
        return xp.argsort(errors, kind="stable")[::-1]
    bits = np.ascontiguousarray(errors).view(np.uint32)
    order = np.argsort((bits & 0xFFFF).astype(np.uint16), kind="stable")
    upper = (bits >> 16).astype(np.uint16)
    return order[np.argsort(upper[order], kind="stable")][::-1]


def iou_slopes(xp, truth):
    """The increase of 1 - IoU with each further misclassified pixel: float64 (P,), for truth bool (P,), not all False."""
    pixels, misses = truth.sum(), xp.cumsum(truth)
    lost = 1 - (pixels - misses) / (pixels + xp.cumsum(~truth))  # 1 - IoU when all up to this one are wrong
    lost[1:] -= lost[:-1].copy()
    return lost


def lovasz_softmax(input, target, ignore_index=-100):
    """The Lovász extension of 1 - IoU, at the errors of softmax(input), averaged over the classes present in the batch.

    It is 1 - IoU itself where every probability is 0 or 1, and between such points the tightest convex function of the
    errors: minimising it means maximising the mean IoU. Arguments, result and errors are those of dice_loss. Berman et
    al. 2018, equation 11, with classes present, over the batch as a whole.
    """
    p, target, labelled = areas("lovasz_softmax", input, target, ignore_index)
    return apply(Lovasz, p, target=target, labelled=labelled)


def areas(op, input, target, ignore_index):
    """softmax(input), a tensor (N, C, P); the labels (N, P), and whether each counts, bool (N, P); all checked."""
    target, _ = check_labels(op, input, target, None, ignore_index, "mean")
    if device_of(target) == "cpu":
        check_range(op, target, input.shape[1], ignore_index)
    target = flat_pixels(target[:, None])[:, 0]
    scores = input.reshape(*input.shape[:2], -1) if input.ndim != 3 else input
    return softmax(scores, 1), target, target != ignore_index
