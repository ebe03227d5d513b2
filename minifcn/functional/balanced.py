"""The cross-entropy of edges, one pixel in ten or fewer, weighted so that edges and other pixels count equally.

It trains HED (models/hed.py). Read overlap.py next.
"""

from ..kernels import array_module
from ..tensor import Tensor
from .common import check_images
from .loss import check_labels, cross_entropy, mean_of_sum
from .shape import cat


def balanced_cross_entropy(input, target, ignore_index=-100, reduction="mean"):
    """-beta log p on edges and -(1 - beta) log(1 - p) elsewhere, p = sigmoid(input); beta is the share of the other pixels.

    input:     (N, 1, H, W), scores, positive on edges
    target:    (N, H, W), integers: 1 on edges, 0 elsewhere, ignore_index where neither is wanted
    reduction: 'mean' divides by the total weight, 'sum' does not, 'none' returns the losses in the target's shape
    beta is that of each image, among its labelled pixels; an image without edges, or of edges alone, costs nothing. The
    mean over one image is thus (the mean over its edges + the mean over its other pixels) / 2. Xie and Tu 2015, equation
    2, is the sum. ValueError for another number of channels; the other errors are those of cross_entropy.
    """
    check_images("balanced_cross_entropy", input)
    if input.shape[1] != 1:
        raise ValueError(f"balanced_cross_entropy: input has shape {input.shape}, expected one channel, (N, 1, H, W)")
    both = cat([Tensor(array_module(input.data).zeros_like(input.data)), input], 1)  # softmax(0, x) is (1 - p, p)
    target, _ = check_labels("balanced_cross_entropy", both, target, None, ignore_index, reduction)
    weights = balance(target, ignore_index, input.dtype)
    loss = cross_entropy(both, target, ignore_index=ignore_index, reduction="none") * Tensor(weights)
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else mean_of_sum(loss.sum(), array_module(weights).asarray(weights.sum()))


def balance(target, ignore_index, dtype):
    """The weight of each pixel, an array like the target (N, H, W): the share of the other kind among the labelled pixels."""
    xp = array_module(target)
    edges, labelled = target == 1, target != ignore_index
    counts = [xp.count_nonzero(mask, axis=(1, 2))[:, None, None] for mask in (edges, labelled)]
    beta = 1 - counts[0] / xp.maximum(counts[1], 1)
    return xp.where(labelled, xp.where(edges, beta, 1 - beta), 0).astype(dtype)
