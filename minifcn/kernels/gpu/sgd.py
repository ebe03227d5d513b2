"""The optimizer's step on the GPU: arguments for sgd.cu."""

from .launch import contiguous, per_element


def sgd_step(p, grad, velocity, lr, momentum, weight_decay, nesterov):
    """In place:  g = grad + weight_decay p,  velocity = momentum velocity + g,  p -= lr velocity.

    p, grad and velocity have the same shape; nesterov: p -= lr (g + momentum velocity); velocity None: p -= lr g.
    """
    state = [array for array in (velocity, p) if array is not None]
    changed = [contiguous(array) for array in state]
    if velocity is None:
        per_element("sgd_step", *changed, contiguous(grad), float(lr), float(weight_decay))
    else:
        numbers = float(lr), float(momentum), float(weight_decay), int(nesterov)
        per_element("sgd_momentum_step", changed[1], contiguous(grad), *numbers, changed[0])
    for array, new in zip(state, changed):
        if new is not array:  # was not in C order
            array[...] = new
