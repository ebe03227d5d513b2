"""What a run minimises: the weights of the classes in its loss, and the line that reports them. Read optimizer.py next."""

import numpy as np


def choose_weights(options, data, quiet=False):
    """The class weights for the loss, float32 (classes,), or None for equal ones; a line says which they are.

    options.class_weights: one of balance.METHODS, {class: weight}, or None for the data set's own choice
    """
    chosen = options.class_weights
    if isinstance(chosen, dict):
        weights, method = np.array([chosen[name] for name in data.classes], np.float32), "from the file"
    else:
        weights = data.class_weights() if chosen is None else data.class_weights(chosen)
        method = chosen or data.weighting
    if weights is not None and not quiet:
        print(f"{options.model}: class weights {method}, {describe_weights(weights, data.classes)}")
    return weights


def describe_weights(weights, classes):
    """The smallest and the largest weight with their classes, as text; then the classes of weight 0, which do not count."""
    used = [i for i, weight in enumerate(weights) if weight > 0]
    low, high = min(used, key=lambda i: weights[i]), max(used, key=lambda i: weights[i])
    text = f"from {weights[low]:.3g} ({classes[low]}) to {weights[high]:.3g} ({classes[high]})"
    unused = [name for i, name in enumerate(classes) if i not in used]
    return f"{text}; 0 for {', '.join(unused)}" if unused else text
