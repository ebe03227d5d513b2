"""Losses by name, and sums of them: "cross-entropy", "focal", "cross-entropy+0.5*lovasz"; losses of sampled pixels.

Read banded.py next.
"""

import math

from ..suggest import did_you_mean
from ..tensor import values
from .common import check_choice
from .dropout import dropout
from .focal import focal_loss
from .loss import REDUCTIONS, cross_entropy, reduce
from .overlap import dice_loss, lovasz_softmax

PER_PIXEL = {"cross-entropy": cross_entropy, "focal": focal_loss}  # take class weights and a reduction
PER_AREA = {"dice": dice_loss, "lovasz": lovasz_softmax}  # one number for a batch; every class counts equally


def criterion(text):
    """The loss of a name, or the sum of several with their factors: a function with cross_entropy's arguments.

    text: names joined by +, each of them with a factor before it or none: "cross-entropy+0.5*lovasz"
    Losses of areas ignore `weight`, and have no sum over pixels: ValueError for reduction='sum'. ValueError also names
    what is no loss or no factor.
    """
    terms = parse(text)
    if text == "cross-entropy":
        return cross_entropy

    def total(input, target, weight=None, ignore_index=-100, reduction="mean"):
        losses = []
        for factor, name in terms:
            if name in PER_PIXEL:
                options = {"weight": weight, "reduction": reduction}
                loss = PER_PIXEL[name](input, target, ignore_index=ignore_index, **options)
            elif reduction == "sum":
                raise ValueError(f"{name}: reduction is 'sum', but the loss is one number for a batch; use 'mean'")
            else:
                loss = PER_AREA[name](input, target, ignore_index=ignore_index)
            losses.append(loss if factor == 1 else factor * loss)
        return sum(losses[1:], losses[0])

    return total


def parse(text):
    """[(factor, name)] of "cross-entropy+0.5*lovasz"."""
    terms = []
    for term in text.split("+"):
        factor, star, name = term.rpartition("*")
        name, known = name.strip(), (*PER_PIXEL, *PER_AREA)
        if name not in known:
            raise ValueError(f"loss is {text!r}, but there is no {name!r}{did_you_mean(name, known)}")
        try:
            value = float(factor) if star else 1.0
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ValueError(f"loss is {text!r}, but the factor {factor.strip()!r} is no number above 0")
        terms.append((value, name))
    return terms


def counts_pixels(text):
    """(whether a term of the loss takes class weights and a reduction, whether all do)."""
    kinds = [name in PER_PIXEL for _, name in parse(text)]
    return any(kinds), all(kinds)


def sampled(criterion, p, generator=None):
    """The criterion on a random sample of the pixels: each counts with probability p, and then 1 / p times.

    This is dropout of the losses, so the mean over all samples is the criterion itself, and so is the mean of the gradients.
    Training on sampled patches is training with such a loss: a patch is what one pixel of a loss depends on (Long et al.
    2015, section 3.4).

    criterion: a function like cross_entropy, with its arguments and reductions
    p:         above 0, at most 1; 1 is the criterion itself
    generator: as for dropout
    The mean divides by the total weight of all labelled pixels, not of the sampled ones. ValueError for another p.
    """
    if not 0 < p <= 1:
        raise ValueError(f"sampled: p is {p}, expected a probability above 0, at most 1")
    if p == 1:
        return criterion

    def loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
        check_choice("sampled", "reduction", reduction, REDUCTIONS)
        losses = criterion(input, target, weight=weight, ignore_index=ignore_index, reduction="none")  # checks the rest
        losses = dropout(losses, 1 - p, generator=generator)
        return reduce(losses, values(target), values(weight), ignore_index, reduction)

    return loss
