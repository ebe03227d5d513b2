"""The optimizers' steps on the GPU: arguments for optimizers.cu."""

import math

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
    write_back(changed, state)


def adam_step(p, grad, m, v, lr, beta1, beta2, eps, weight_decay, decoupled, step):
    """Adam's step number `step`, in place:

    g = grad + weight_decay p,  or g = grad and p = (1 - lr weight_decay) p  if decoupled (AdamW)
    m = m + (1 - beta1) (g - m),  v = v + (1 - beta2) (g^2 - v)
    p = p - lr m' / (sqrt(v') + eps),  m' = m / (1 - beta1^step),  v' = v / (1 - beta2^step)

    p, grad, m and v have the same shape.
    """
    state = p, m, v
    changed = [contiguous(array) for array in state]
    shrink, decay = (1 - lr * weight_decay, 0.0) if decoupled else (1.0, weight_decay)
    rate, correction = lr / (1 - beta1**step), 1 / math.sqrt(1 - beta2**step)
    numbers = tuple(map(float, (rate, 1 - beta1, 1 - beta2, eps, shrink, decay, correction)))
    per_element("adam_step", changed[0], contiguous(grad), *numbers, *changed[1:])
    write_back(changed, state)


def write_back(changed, state):
    """Store what was computed in copies of arrays that are not in C order."""
    for array, new in zip(state, changed):
        if new is not array:
            array[...] = new
