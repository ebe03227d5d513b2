"""The optimizers' steps, gradient descent with momentum and Adam, each in one pass over memory.

The arithmetic is negligible: the time is spent reading the parameter, its gradient and its velocity from memory, and
writing two of them back.  As three lines of NumPy, every line would read its arrays again and allocate another.  Here
every number is read once, by all threads, because one alone does not saturate the memory bandwidth.  Half of the arrays
are biases, which one thread finishes before the others wake up.  Read warm_up.py next.
"""

import math

import numpy as np

from .runtime.compile import dense, kernel, share, usable
from .runtime.launch import parallel


def sgd_step(p, grad, velocity, lr, momentum, weight_decay, nesterov):
    """g = grad + weight_decay p,  v = momentum v + g,  p = p - lr v,  or p - lr (g + momentum v) with nesterov.

    p and velocity are updated in place; grad has the same shape.  Without momentum, v is g and velocity is None.
    """
    if not all(usable(array) for array in (p, velocity) if array is not None):
        return in_copies(sgd_step, p, grad, (velocity,), lr, momentum, weight_decay, nesterov)
    p = p.reshape(-1)
    v = p[:0] if velocity is None else velocity.reshape(-1)
    options = float(lr), float(momentum), float(weight_decay), bool(nesterov)
    step_shares(p, dense(grad).reshape(-1), v, *options, size=p.size)


def in_copies(step, p, grad, state, *options):
    """A step for arrays that compiled code does not accept, such as transposed ones: it updates copies, which are stored back."""
    arrays = p, *state
    copies = [None if array is None else np.array(array, order="C") for array in arrays]
    step(copies[0], grad, *copies[1:], *options)
    for array, copy in zip(arrays, copies):
        if array is not None:
            array[...] = copy


@parallel
def step_shares(thread, threads, p, grad, velocity, lr, momentum, weight_decay, nesterov):
    start, stop = share(p.size, thread, threads)
    step_range(p, grad, velocity, lr, momentum, weight_decay, nesterov, start, stop)


@kernel
def step_range(p, grad, velocity, lr, momentum, weight_decay, nesterov, start, stop):
    """The elements start..stop; the options become p's dtype, or all would be computed in float64.

    The index is unsigned: Numba would have to look at every signed one, whether it counts from the end.
    """
    number = p.dtype.type
    lr, momentum, weight_decay = number(lr), number(momentum), number(weight_decay)
    for e in range(np.uint64(start), np.uint64(stop)):
        g = grad[e] + weight_decay * p[e]
        if velocity.size:
            velocity[e] = momentum * velocity[e] + g
            g = g + momentum * velocity[e] if nesterov else velocity[e]
        p[e] -= lr * g


def adam_step(p, grad, m, v, lr, beta1, beta2, eps, weight_decay, decoupled, step):
    """Adam's step number `step`, in place:

    g = grad + weight_decay p,  or g = grad and p = (1 - lr weight_decay) p  if decoupled (AdamW)
    m = m + (1 - beta1) (g - m),  v = v + (1 - beta2) (g^2 - v)
    p = p - lr m' / (sqrt(v') + eps),  m' = m / (1 - beta1^step),  v' = v / (1 - beta2^step)

    p, grad, m and v have the same shape.
    """
    if not all(map(usable, (p, m, v))):
        return in_copies(adam_step, p, grad, (m, v), lr, beta1, beta2, eps, weight_decay, decoupled, step)
    rows = [array.reshape(-1) for array in (p, dense(grad), m, v)]
    shrink, decay = (1 - lr * weight_decay, 0.0) if decoupled else (1.0, weight_decay)
    rate, correction = lr / (1 - beta1**step), 1 / math.sqrt(1 - beta2**step)
    numbers = tuple(map(float, (rate, 1 - beta1, 1 - beta2, eps, shrink, decay, correction)))
    adam_shares(*rows, numbers, size=p.size)


@parallel
def adam_shares(thread, threads, p, grad, m, v, numbers):
    start, stop = share(p.size, thread, threads)
    adam_range(p, grad, m, v, numbers, start, stop)


@kernel
def adam_range(p, grad, m, v, numbers, start, stop):
    """The elements start..stop, in p's dtype, as in step_range."""
    number = p.dtype.type
    rate, change1, change2, eps = number(numbers[0]), number(numbers[1]), number(numbers[2]), number(numbers[3])
    shrink, decay, correction = number(numbers[4]), number(numbers[5]), number(numbers[6])
    for e in range(np.uint64(start), np.uint64(stop)):
        g = grad[e] + decay * p[e]
        m[e] += change1 * (g - m[e])
        v[e] += change2 * (g * g - v[e])
        p[e] = shrink * p[e] - rate * m[e] / (np.sqrt(v[e]) * correction + eps)
