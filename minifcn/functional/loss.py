"""The losses: cross_entropy at every pixel, which trains every network here, nll_loss and mse_loss.

cross_entropy fuses log_softmax and nll_loss into one kernel that never stores the probabilities. Read ../nn/module.py
next.
"""

from ..function import Function
from ..kernels import array_module, device_of, kernels_for
from ..labels import wrong_label
from ..tensor import Tensor, apply, values
from .common import check_choice, check_floats, check_one_device, flat_pixels

REDUCTIONS = ("mean", "sum", "none")


class CrossEntropy(Function):
    """loss = weight[t] * (log sum_c e^x[c] - x[t])  ->  dloss/dx[c] = weight[t] * (softmax(x)[c] - [c = t])."""

    def forward(self, x, *, target, weight, ignore_index):
        self.x, self.labels = x, (flat_pixels(target[:, None])[:, 0], weight, ignore_index)  # the target is (N, P)
        loss, self.log_normalizer = kernels_for(x, target).cross_entropy_forward(flat_pixels(x), *self.labels)
        return loss.reshape(target.shape)

    def backward(self, grad):
        grad, x = grad.reshape(self.log_normalizer.shape), flat_pixels(self.x)
        grad_x = kernels_for(grad).cross_entropy_backward(grad, x, self.log_normalizer, *self.labels)
        return grad_x.reshape(self.x.shape)


def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """The negative log of the probability that softmax(input) assigns to the true class.

    loss = weight[t] * (log sum_c exp(input[c]) - input[t]), t = target, at every pixel; 0 where t is ignore_index

    input:  (N, C) or (N, C, H, W), scores of C classes
    target: (N,) or (N, H, W), integers in [0, C) or ignore_index, a tensor or an array
    weight: (C,) or None, a factor for each class
    reduction: 'mean' divides by the total weight of the pixels that are not ignored, 'sum' does not divide,
        'none' returns the losses in the target's shape. If all are ignored, the mean and its gradients are 0.
    ValueError names an out-of-range label and its position; on a GPU, where checking the labels would force a
    synchronization in every step, such a label makes the loss NaN.
    """
    target, factors = check_labels("cross_entropy", input, target, weight, ignore_index, reduction)
    if device_of(target) == "cpu":
        check_range("cross_entropy", target, input.shape[1], ignore_index)
    loss = apply(CrossEntropy, input, target=target, weight=factors, ignore_index=ignore_index)
    return reduce(loss, target, None if weight is None else factors, ignore_index, reduction)


class NllLoss(Function):
    """loss = -weight[t] * x[t]; only the true class gets a gradient."""

    def forward(self, x, *, target, weight, ignore_index):
        xp = array_module(x)
        classes = xp.arange(x.shape[1]).reshape(-1, *[1] * (x.ndim - 2))
        true_class = (classes == target[:, None]) & (target != ignore_index)[:, None]  # (N, C, ...), one-hot
        self.factor = xp.where(true_class, -weight.reshape(classes.shape), 0)
        return (xp.where(true_class, x, 0) * self.factor).sum(axis=1)

    def backward(self, grad):
        return grad[:, None] * self.factor


def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """The negative log-likelihood: loss = -weight[t] * input[t] at every pixel, where input holds log-probabilities.

    Arguments, reductions and errors are those of cross_entropy, which is nll_loss(log_softmax(input, 1), ...).
    """
    target, factors = check_labels("nll_loss", input, target, weight, ignore_index, reduction)
    check_range("nll_loss", target, input.shape[1], ignore_index)
    loss = apply(NllLoss, input, target=target, weight=factors, ignore_index=ignore_index)
    return reduce(loss, target, None if weight is None else factors, ignore_index, reduction)


def mse_loss(input, target, *, reduction="mean"):
    """(input - target)^2: its mean, its sum or (reduction 'none') all elements. Both have the same shape."""
    check_floats("mse_loss", input)
    check_choice("mse_loss", "reduction", reduction, REDUCTIONS)
    if not hasattr(target, "dtype"):
        raise TypeError(f"mse_loss: target is {type(target).__name__}, expected a tensor or an array")
    target = target if isinstance(target, Tensor) else Tensor(target)
    if input.shape != target.shape:
        raise ValueError(f"mse_loss: input has shape {input.shape} but target {target.shape}; expected the same")
    difference = input - target
    loss = difference * difference
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()


# What the losses share ------------------------------------------------------------------------------------------------


def reduce(loss, target, weight, ignore_index, reduction):
    """The losses themselves, their sum, or their mean weighted by class (None: every weight is 1)."""
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    return mean_of_sum(loss.sum(), total_weight(target, weight, ignore_index, loss.dtype))


def total_weight(target, weight, ignore_index, dtype):
    """The sum of the class weights (None: every weight is 1) over the labelled pixels, an array of no axes."""
    xp = array_module(target)
    labelled = target != ignore_index
    if weight is None:
        return xp.asarray(xp.count_nonzero(labelled), dtype)
    return xp.asarray(xp.where(labelled, weight[xp.where(labelled, target, 0)], 0).sum())


def mean_of_sum(loss, total):
    """A sum of losses divided by the total weight of its pixels; 0 where that is 0."""
    xp = array_module(total)
    return loss / Tensor(xp.where(total == 0, xp.ones_like(total), total))


def check_labels(op, input, target, weight, ignore_index, reduction):
    """Check that input, labels and class weights match; return target as int64 and weight (C,) as arrays."""
    check_floats(op, input)
    check_choice(op, "reduction", reduction, REDUCTIONS)
    if input.ndim < 2 or not input.shape[1]:
        raise ValueError(f"{op}: input has shape {input.shape}, expected (N, C) or (N, C, H, W) with C >= 1")
    xp, C = array_module(input.data), input.shape[1]
    target = values(target)
    kind = getattr(target, "dtype", None)
    if kind is None or kind.kind not in "iu":
        found, advice = kind or type(target).__name__, "convert it with .astype('int64')" if kind else "give an array"
        if kind is not None and kind.kind == "f" and (target.round() != target).any():
            advice = "it holds fractions, so do not scale label maps like images"
        raise TypeError(f"{op}: target is {found}, expected integer labels; {advice}")
    check_label_shape(op, input.shape, target.shape)
    weight = xp.ones(C, input.dtype) if weight is None else values(weight)
    if not hasattr(weight, "dtype"):
        raise TypeError(f"{op}: weight is {type(weight).__name__}, expected a tensor or an array of shape ({C},)")
    if weight.shape != (C,) or weight.dtype != input.dtype:
        raise ValueError(
            f"{op}: weight has shape {weight.shape} and dtype {weight.dtype}, expected ({C},) and {input.dtype},"
            " one factor per class"
        )
    target = target.astype("int64", copy=False)
    check_one_device(op, input, target=target, weight=weight)
    return target, weight


def check_label_shape(op, scores, found):
    """Labels have the shape of the scores without their second axis, the classes."""
    expected = scores[:1] + scores[2:]
    if found != expected:
        advice = ""
        if found == scores[:-1]:
            advice = "; if the classes come last, move them to the front, as with input.permute(0, 3, 1, 2)"
        elif found == (*expected[:1], 1, *expected[1:]):
            advice = "; drop the axis of size 1: target[:, 0]"
        elif found == scores:
            advice = "; take target.argmax(1) if it is one-hot"
        raise ValueError(f"{op}: target has shape {found} but input {scores} expects labels {expected}{advice}")


def check_range(op, target, C, ignore_index):
    """Every label is in [0, C) or equals ignore_index."""
    found = wrong_label(target, C, ignore_index)
    if found:
        label, where, advice = found
        raise ValueError(
            f"{op}: label {label} at {where} of target, expected 0 to {C - 1} or ignore_index {ignore_index}; {advice}"
        )
