"""Right answers to lesson 2, written in other ways: the checks must accept them all. See also mistakes.py."""

import math

import numpy as np

VARIANTS = {
    "central_difference": ["by_two_halves", "by_a_product", "by_a_list"],
    "numerical_gradient": ["by_rows_of_eye", "by_a_flat_copy", "by_moving_and_copying", "by_half_differences"],
    "relative_error": ["in_a_loop", "by_ratio", "with_masks"],
    "gradcheck": ["check_by_all", "check_many_times", "check_without_helpers"],
}


def by_two_halves(f, x, h):
    """The mean of the two one-sided differences."""
    right, left = (f(x + h) - f(x)) / h, (f(x) - f(x - h)) / h
    return 0.5 * (right + left)


def by_a_product(f, x, h):
    return 0.5 / h * (f(x + h) - f(x - h))


def by_a_list(f, x, h):
    ends = [x - h, x + h]
    values = [f(end) for end in ends]
    return (values[1] - values[0]) / (ends[1] - ends[0])


def by_rows_of_eye(f, x, grad, h=1e-5):
    """Steps are the rows of a matrix h * 1."""
    steps = h * np.eye(x.size)
    slopes = [(np.sum(grad * f(x + s.reshape(x.shape))) - np.sum(grad * f(x - s.reshape(x.shape)))) for s in steps]
    return np.array(slopes).reshape(x.shape) / (2 * h)


def by_a_flat_copy(f, x, grad, h=1e-5):
    gradient = np.empty(x.size)
    for i in range(x.size):
        total = 0.0
        for sign in 1, -1:
            moved = x.astype(np.float64).ravel()
            moved[i] += sign * h
            total += sign * np.vdot(grad, f(moved.reshape(x.shape)))
        gradient[i] = total / (2 * h)
    return gradient.reshape(x.shape)


def by_moving_and_copying(f, x, grad, h=1e-5):
    """One copy of x, moved to and fro; what f gives is copied before the next move."""
    x, gradient = np.array(x), np.zeros(np.shape(x))
    iterator = np.nditer(x, flags=["multi_index"])
    while not iterator.finished:
        index = iterator.multi_index
        here = float(x[index])
        x[index] = here + h
        above = np.array(f(x))
        x[index] = here - h
        below = np.array(f(x))
        x[index] = here
        gradient[index] = ((above - below) * grad).sum() / (2 * h)
        iterator.iternext()
    return gradient


def by_half_differences(f, x, grad, h=1e-5):
    """The mean of the two one-sided differences."""
    middle, gradient = np.array(f(x)), np.zeros_like(x)
    for index, here in np.ndenumerate(x):
        step = np.zeros_like(x)
        step[index] = h
        right, left = f(x + step) - middle, middle - f(x - step)
        gradient[index] = np.sum(grad * (right + left)) / h / 2
    return gradient


def in_a_loop(a, b):
    if np.shape(a) != np.shape(b):
        return float("inf")
    a, b = np.ravel(a).tolist(), np.ravel(b).tolist()
    if not all(math.isfinite(v) for v in a + b):
        return float("inf")
    largest, worst = max(abs(v) for v in a + b), 0.0
    for p, q in zip(a, b):
        if p != q:
            worst = max(worst, abs(p - q) / max(abs(p), abs(q), largest / 1000))
    return worst


def by_ratio(a, b):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or not np.isfinite(np.sum(abs(a)) + np.sum(abs(b))):
        return np.inf
    both = np.abs(np.stack([a, b]))
    if not both.any():
        return 0.0
    both /= both.max()
    return (np.abs(a - b) / np.abs(np.stack([a, b])).max() / both.max(axis=0).clip(1e-3)).max()


def with_masks(a, b):
    difference = np.full(1, np.inf)
    if np.shape(a) == np.shape(b):
        with np.errstate(invalid="ignore"):
            difference = np.atleast_1d(a - b)
    if not np.all(np.isfinite(difference)):
        return math.inf
    different = difference != 0
    if not different.any():
        return 0.0
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    floor = 0.001 * np.linalg.norm(np.concatenate([a.ravel(), b.ravel()]), np.inf)
    size = np.max([abs(a), abs(b), np.full(a.shape, floor)], axis=0)
    return float(np.linalg.norm((difference[different] / size[different]).ravel(), np.inf))


def check_by_all(forward, backward, *inputs):
    signs = np.random.default_rng(1)
    shape = np.shape(forward(*inputs))
    grad = signs.uniform(0.5, 1.5, shape) * signs.choice([-1, 1], shape)

    def measure(i):
        return numerical_gradient(  # noqa: F821  (given by the exercise)
            lambda v: forward(*(v if j == i else x for j, x in enumerate(inputs))), inputs[i], grad
        )

    gradients = backward(grad, *inputs)
    return all(relative_error(g, measure(i)) < 1e-5 for i, g in enumerate(gradients))  # noqa: F821


def check_many_times(forward, backward, *inputs):
    """Three upstream gradients, and a larger step."""
    for seed in 2, 3, 4:
        grad = np.random.default_rng(seed).normal(size=np.shape(forward(*inputs)))
        found = [np.asarray(g) for g in backward(grad, *inputs)]
        for i in range(len(inputs)):
            others = list(inputs)

            def f(v, i=i, others=others):
                others[i] = v
                return forward(*others)

            measured = numerical_gradient(f, inputs[i], grad, h=1e-4)  # noqa: F821  (given by the exercise)
            if not relative_error(measured, found[i]) <= 1e-6:  # noqa: F821
                return False
    return True


def check_without_helpers(forward, backward, *inputs, h=1e-5):
    """The finite differences and the comparison written anew, by norms."""
    y = np.asarray(forward(*inputs))
    grad = np.random.default_rng(5).uniform(-2, 2, y.shape)
    for i, gradient in enumerate(backward(grad, *inputs)):
        x = inputs[i]
        measured = np.empty(x.shape)
        for k in range(x.size):
            step = np.zeros(x.size)
            step[k] = h
            step = step.reshape(x.shape)
            higher = forward(*inputs[:i], x + step, *inputs[i + 1 :])
            lower = forward(*inputs[:i], x - step, *inputs[i + 1 :])
            measured.flat[k] = ((higher - lower) * grad).sum() / (2 * h)
        if np.shape(gradient) != measured.shape:
            return False
        if not np.abs(gradient - measured).max() <= 1e-6 * np.abs(measured).max():
            return False
    return True
