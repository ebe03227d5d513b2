"""What a run minimises: its loss, the weights of the classes in it, and the line that reports them.

Read optimizer.py next.
"""

import functools

import numpy as np

from ..functional.criterion import counts_pixels, criterion, sampled
from ..step import pixel_loss
from ..suggest import list_some


def objective(options):
    """The loss for train.fit, a function like pixel_loss. ValueError if the options name none, or none that fits."""
    _, only_pixels = counts_pixels(options.loss)
    if options.reduction == "sum" and not only_pixels:
        raise ValueError(
            f"train: the loss {options.loss} has a part that is one number for a whole batch, so it cannot be a sum over"
            " pixels; use --reduction mean"
        )
    if options.sampling != 1 and not only_pixels:
        raise ValueError(
            f"train: the loss {options.loss} has a part that is no sum over pixels, so no pixels can be sampled; leave out"
            " --sampling"
        )
    loss = sampled(criterion(options.loss), options.sampling)
    return functools.partial(pixel_loss, criterion=loss, areas=not only_pixels)


def choose_weights(options, data):
    """(class weights for the loss, float32 (classes,), a line that says which they are); None, None for equal ones.

    options.class_weights: one of balance.METHODS, {class: weight}, or None for the data set's own choice. A loss of areas
    takes none, since it counts all classes equally anyway: ValueError if some are requested for it.
    """
    chosen = options.class_weights
    if not counts_pixels(options.loss)[0]:
        if chosen not in (None, "none"):
            raise ValueError(f"train: the loss {options.loss} takes no class weights, it counts every class equally; leave"
                             " out --class-weights")  # fmt: skip
        return None, None
    if isinstance(chosen, dict):
        weights, method = np.array([chosen[name] for name in data.classes], np.float32), "from the file"
    else:
        weights = data.class_weights() if chosen is None else data.class_weights(chosen)
        method = chosen or data.weighting
    if weights is None:
        return None, None
    return weights, f"class weights {method}, {describe_weights(weights, data.classes)}"


def describe_weights(weights, classes):
    """The smallest and the largest weight with their classes, as text; then the classes of weight 0, which do not count."""
    used = [i for i, weight in enumerate(weights) if weight > 0]
    low, high = min(used, key=lambda i: weights[i]), max(used, key=lambda i: weights[i])
    text = f"from {weights[low]:.3g} ({classes[low]}) to {weights[high]:.3g} ({classes[high]})"
    unused = [name for i, name in enumerate(classes) if i not in used]
    return f"{text}; 0 for {list_some(unused)}" if unused else text
