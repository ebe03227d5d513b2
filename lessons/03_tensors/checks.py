"""What the answers of lesson 3 must do: sum over repeated axes, and take gradients through *, the mean and @.

The right answers come from loops over single elements, from numbers by hand, and from finite differences. Read
mistakes.py next.
"""

from functools import partial

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed


def wholes(rng, *shape, dtype=np.float64):
    """Small whole numbers of both signs, so that their sums are exact in float32, too."""
    return rng.integers(-4, 5, shape).astype(dtype)


def source(index, shape):
    """Which element of an array of `shape` stands at `index` once it has been broadcast."""
    own = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else i for i, size in zip(own, shape))


# unbroadcast ----------------------------------------------------------------------------------------------------------

SAME, STRETCHED = ((3,), (3,)), ((2, 3), (1, 3))  # (shape of the gradient, shape of the array)
NEW_AXES = [((2, 3), (3,)), ((3,), ()), ((4, 4), (4,)), ((2, 3, 4), (4,)), ((2, 3, 4), (3, 4)), ((2, 3), ())]
NEW_AXES += [((3, 3, 3, 3), (3, 3)), ((5, 2, 3, 4), (4,))]
SIZE_ONE = [STRETCHED, ((2, 3), (2, 1)), ((4, 4), (4, 1)), ((2, 3, 4), (2, 1, 1)), ((2, 3, 4), (1, 3, 1)), ((5,), (1,))]
SIZE_ONE += [((2, 3, 4, 5), (2, 1, 4, 1)), ((2, 3), (1, 1))]
BOTH = [((2, 3, 4), (3, 1)), ((3, 3, 3), (1, 3)), ((2, 3, 4, 5), (4, 1)), ((3, 3, 3, 3), (3, 1, 3))]
BOTH += [((2, 3, 4), (1, 1)), ((2, 5, 3, 4), (1, 3, 1)), ((4, 2), (1,)), ((2, 3, 4), (1,))]
ODD = [SAME, ((), ()), ((2, 3), (2, 3)), ((1, 3), (1, 3)), ((1, 3), (3,)), ((1, 1), (1,)), ((4, 1, 3), (1, 3))]
ODD += [((2, 1, 3), (1, 1, 3)), ((0, 3), (3,)), ((0, 3), (1, 3)), ((2, 0), (2, 1)), ((2, 0), (0,)), ((1, 1), ())]


def unbroadcast_by_loops(grad, shape):
    """Every element of the gradient goes back to the element that it was copied from."""
    result = np.zeros(shape, grad.dtype)
    for index in np.ndindex(grad.shape):
        result[source(index, shape)] += grad[index]
    return result


def unbroadcast_by_hand(rng):
    grad = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    yield Case((grad, (3,)), np.array([11.0, 22.0, 33.0]), note="a row that was copied to both rows")
    yield Case((grad, (2, 1)), np.array([[6.0], [60.0]]), note="a column that was copied to three columns")
    yield Case((grad, (1, 1)), np.array([[66.0]]), note="one element, but with two axes")
    yield Case((grad, ()), 66.0, note="a number, which has no axes")


def unbroadcast_cases(shapes):
    """A function that yields a case for every pair (shape of the gradient, shape of the array)."""

    def cases(rng):
        for large, small in shapes:
            grad = signed(rng, *large)
            yield Case((grad, small), unbroadcast_by_loops(grad, small), note=f"{small} was broadcast to {large}")

    return cases


def unbroadcast_float32(rng):
    for large, small in [((2, 3), (3,)), ((4, 3), (4, 1)), ((2, 3, 4), (3, 1)), ((3,), (3,)), ((3,), (1,))]:
        grad = wholes(rng, *large, dtype=np.float32)
        yield Case((grad, small), unbroadcast_by_loops(grad, small), note="float32")


def times_the_original(unbroadcast, x, grad):
    return np.vdot(x, unbroadcast(grad, x.shape))  # <x, unbroadcast(grad)> = <broadcast(x), grad>


def unbroadcast_adjoint(rng):
    for large, small in [((2, 3), (3,)), ((4, 3, 2), (3, 1)), ((3, 3, 3), (1, 3, 1)), ((2, 4, 3, 3), (4, 1, 1))]:
        x, grad = signed(rng, *small), signed(rng, *large)
        yield Case((x, grad), float(np.vdot(np.broadcast_to(x, large), grad)), note=f"{small} was broadcast to {large}")


# What the Functions share ---------------------------------------------------------------------------------------------


def forward_of_two(Operation, a, b):
    return Operation().forward(a, b)


def gradients_of_two(Operation, a, b, grad):
    f = Operation()
    f.forward(a, b)
    da, db = f.backward(grad)
    return da, db


def two_at_once(Operation, a, b, grad):
    f, g = Operation(), Operation()
    f.forward(a, b)
    g.forward(a + 1, b - 1)
    da, db = f.backward(grad)  # of the first one
    return da, db


def both_gradients(formula, a, b, grad):
    """dL/da and dL/db by finite differences, in the dtype of the inputs."""
    return numerical_gradient(lambda x: formula(x, b), a, grad), numerical_gradient(lambda x: formula(a, x), b, grad)


def by_differences(formula, shapes):
    """A function that yields, for each pair of shapes, a case whose gradients come from finite differences."""

    def cases(rng):
        for a_shape, b_shape in shapes:
            a, b = signed(rng, *a_shape), signed(rng, *b_shape)
            grad = signed(rng, *formula(a, b).shape)
            note = f"inputs of shapes {a_shape} and {b_shape}"
            yield Case((a, b, grad), both_gradients(formula, a, b, grad), note=note, rtol=1e-6)

    return cases


# Mul ------------------------------------------------------------------------------------------------------------------

ALIKE = [((2,), (2,)), ((2, 3), (2, 3)), ((2, 3, 2), (2, 3, 2))]
ONE_SMALLER = [((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 1)), ((2, 1), (2, 3)), ((2, 3), ()), ((), (4,))]
ONE_SMALLER += [((3, 3), (3,)), ((1, 3), (2, 3)), ((4, 2), (4, 1))]
BOTH_SMALLER = [((3, 1), (1, 4)), ((3, 1), (4,)), ((2, 1, 3), (4, 1)), ((1,), (3, 1)), ((3, 1), (1, 3))]


def mul_by_loops(a, b, grad):
    """The product and its two gradients, one element at a time."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    y, da, db = np.zeros(shape, a.dtype), np.zeros(a.shape, a.dtype), np.zeros(b.shape, b.dtype)
    for index in np.ndindex(shape):
        i, j = source(index, a.shape), source(index, b.shape)
        y[index] = a[i] * b[j]
        da[i] += grad[index] * b[j]
        db[j] += grad[index] * a[i]
    return y, da, db


def mul_forward(rng):
    yield Case((np.array([1.0, 2.0, 3.0]), np.array(10.0)), np.array([10.0, 20.0, 30.0]), note="a row times a number")
    for a_shape, b_shape in ALIKE + ONE_SMALLER + BOTH_SMALLER:
        a, b = signed(rng, *a_shape), signed(rng, *b_shape)
        y, _, _ = mul_by_loops(a, b, np.zeros(np.broadcast_shapes(a_shape, b_shape)))
        yield Case((a, b), y)
    yield Case((np.float32([1, 2, 3]), np.float32([[2], [-1]])), np.float32([[2, 4, 6], [-1, -2, -3]]), note="float32")


def mul_by_hand(rng):
    a, b, grad = np.array([2.0, 3.0]), np.array([5.0, 7.0]), np.array([1.0, -1.0])
    yield Case((a, b, grad), (np.array([5.0, -7.0]), np.array([2.0, -3.0])), note="dL/da = grad * b, dL/db = grad * a")


def mul_gradients(shapes):
    """A function that yields a case for every pair of shapes."""

    def cases(rng):
        for a_shape, b_shape in shapes:
            a, b = signed(rng, *a_shape), signed(rng, *b_shape)
            grad = signed(rng, *np.broadcast_shapes(a_shape, b_shape))
            yield Case((a, b, grad), mul_by_loops(a, b, grad)[1:], note=f"inputs of shapes {a_shape} and {b_shape}")

    return cases


def mul_exact(rng):
    for shapes, dtype in [(((2, 3), (3,)), np.float32), (((4, 1), (1, 3)), np.float32), (((2, 3), (2, 3)), np.float32)]:
        a, b = (wholes(rng, *shape, dtype=dtype) for shape in shapes)
        grad = wholes(rng, *np.broadcast_shapes(*shapes), dtype=dtype)
        yield Case((a, b, grad), mul_by_loops(a, b, grad)[1:], note="float32")


def mul_empty(rng):
    for a_shape, b_shape in [((0, 3), (3,)), ((0, 3), (1, 3)), ((2, 0), (2, 1)), ((1, 1), (1,))]:
        a, b = signed(rng, *a_shape), signed(rng, *b_shape)
        grad = signed(rng, *np.broadcast_shapes(a_shape, b_shape))
        yield Case((a, b, grad), mul_by_loops(a, b, grad)[1:], note=f"inputs of shapes {a_shape} and {b_shape}")


# Mean -----------------------------------------------------------------------------------------------------------------

AXES = [((3,), None), ((3,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((2, 3), None), ((3, 3), 0), ((3, 3), 1)]
AXES += [((2, 3, 4), 1), ((2, 3, 4), -3), ((2, 3, 4), (0, 2)), ((2, 3, 4), (1, 2)), ((3, 3, 3), (0, 1))]
AXES += [((2, 3, 4), None), ((2, 3, 4, 5), (-1, 0))]
AXES += [((2, 3, 4, 5), (-2, -1)), ((2, 3, 4), (-1, -3)), ((3, 3, 3), 1), ((4, 2, 2, 2), (0, 2, 3))]


def forward_of_mean(Mean, x, axis, keepdims):
    return Mean().forward(x, axis=axis, keepdims=keepdims)


def gradient_of_mean(Mean, x, axis, keepdims, grad):
    f = Mean()
    f.forward(x, axis=axis, keepdims=keepdims)
    return f.backward(grad)


def defaults_of_mean(Mean, x, grad):
    f = Mean()
    return f.forward(x), f.backward(grad)  # axis=None, keepdims=False


def two_means_at_once(Mean, x, grad):
    f, g = Mean(), Mean()
    f.forward(x, axis=0)
    g.forward(x, axis=1, keepdims=True)
    return f.backward(grad)  # of the first one


def axes_of(shape, axis):
    """The axes that a mean runs over, counted from the front."""
    if axis is None:
        return set(range(len(shape)))
    return {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}


def mean_by_loops(x, axis, keepdims):
    """The mean of each group of elements, and for each element the index of its mean."""
    axes = axes_of(x.shape, axis)
    total = np.zeros([1 if i in axes else n for i, n in enumerate(x.shape)], x.dtype)
    count = np.zeros(total.shape, int)
    for index in np.ndindex(x.shape):
        own = tuple(0 if i in axes else k for i, k in enumerate(index))
        total[own] += x[index]
        count[own] += 1
    y = total / count.astype(x.dtype)
    return y if keepdims else y.reshape([n for i, n in enumerate(x.shape) if i not in axes])


def mean_gradient_by_loops(x, axis, grad):
    """Every element gets the gradient of its mean, divided by the number of elements that share it."""
    axes = axes_of(x.shape, axis)
    grad = grad.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
    result = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        result[index] = grad[tuple(0 if i in axes else k for i, k in enumerate(index))]
    count = int(np.prod([x.shape[i] for i in axes]))
    return result / x.dtype.type(count)


def mean_forward(rng):
    x = np.array([[1.0, 2.0, 6.0], [4.0, 8.0, 0.0]])
    yield Case((x, None, False), 3.5, note="over all: 21 / 6")
    yield Case((x, 0, False), np.array([2.5, 5.0, 3.0]), note="over the rows")
    yield Case((x, 1, True), np.array([[3.0], [4.0]]), note="over the columns, the axis kept")
    for shape, axis in AXES:
        x = signed(rng, *shape)
        for keepdims in False, True:
            yield Case((x, axis, keepdims), mean_by_loops(x, axis, keepdims))
    yield Case((np.float32([[1, 2], [5, 8]]), 0, False), np.float32([3, 5]), note="float32")


def mean_by_hand(rng):
    x = np.array([[1.0, 2.0, 6.0], [4.0, 8.0, 0.0]])
    grad = np.array([3.0, -6.0])
    yield Case((x, 1, False, grad), np.array([[1.0, 1, 1], [-2, -2, -2]]), note="three elements share each gradient")


def mean_gradients(keepdims):
    """A function that yields a case for every shape and axis."""

    def cases(rng):
        for shape, axis in AXES:
            x = signed(rng, *shape)
            grad = signed(rng, *mean_by_loops(x, axis, keepdims).shape)
            note = f"mean of shape {shape} over axis {axis}"
            yield Case((x, axis, keepdims, grad), mean_gradient_by_loops(x, axis, grad), note=note)

    return cases


def mean_by_differences(rng):
    ways = [((2, 3), 0, False), ((2, 3), 1, True), ((3, 2, 2), (0, 2), False), ((2, 2), None, False)]
    for shape, axis, keepdims in ways:
        x = signed(rng, *shape)
        formula = partial(np.mean, axis=axis, keepdims=keepdims)
        grad = signed(rng, *formula(x).shape)
        expected = numerical_gradient(formula, x, grad)
        yield Case((x, axis, keepdims, grad), expected, note=f"mean of shape {shape} over axis {axis}", rtol=1e-6)


def mean_odd(rng):
    for shape, axis, keepdims in [((0, 3), 1, False), ((1, 1), 0, False), ((), None, False), ((1, 4), 0, True)]:
        x = signed(rng, *shape)
        grad = signed(rng, *x.mean(axis=axis, keepdims=keepdims).shape)
        yield Case((x, axis, keepdims, grad), mean_gradient_by_loops(x, axis, grad), note=f"x has shape {shape}")


def mean_float32(rng):
    ways = [((2, 4), 1, False), ((4, 3), 0, True), ((2, 4, 2), (0, 2), False), ((2, 4), None, False)]
    for shape, axis, keepdims in ways:
        x = wholes(rng, *shape, dtype=np.float32)
        grad = np.asarray(wholes(rng, *x.mean(axis=axis, keepdims=keepdims).shape, dtype=np.float32))
        yield Case((x, axis, keepdims, grad), mean_gradient_by_loops(x, axis, grad), note="float32")


def mean_defaults(rng):
    yield Case((np.array([1.0, 2.0, 6.0]), np.array(6.0)), (3.0, np.array([2.0, 2.0, 2.0])))
    yield Case((np.array([[1.0, 2.0], [6.0, 3.0]]), np.array(8.0)), (3.0, np.array([[2.0, 2.0], [2.0, 2.0]])))


def mean_instances(rng):
    yield Case((signed(rng, 2, 3), np.array([2.0, -4.0, 6.0])), np.array([[1.0, -2.0, 3.0], [1.0, -2.0, 3.0]]))


# MatMul ---------------------------------------------------------------------------------------------------------------

MATRICES = [((1, 2), (2, 1)), ((2, 3), (3, 4)), ((3, 2), (2, 2)), ((3, 3), (3, 3)), ((4, 1), (1, 2)), ((1, 4), (4, 3))]
STACKS = [((2, 2, 3), (2, 3, 4)), ((2, 3, 2, 2), (2, 3, 2, 2)), ((3, 3, 3), (3, 3, 3)), ((2, 4, 3, 2), (2, 4, 2, 3))]
EMPTY = [((0, 2, 3), (0, 3, 4)), ((0, 2, 3), (3, 2)), ((0, 2, 3), (1, 3, 2)), ((1, 2, 3), (0, 3, 2))]
BROADCAST = [((2, 4, 3), (3, 2)), ((4, 3), (2, 3, 2)), ((1, 2, 3), (4, 3, 2)), ((3, 3, 3), (3, 3))]
BROADCAST += [((1, 3, 2), (2, 2, 4)), ((2, 3, 2), (1, 2, 4)), ((2, 1, 3, 2), (4, 2, 3))]
BROADCAST += [((2, 5, 3, 2), (1, 2, 3)), ((5, 1, 2, 3), (1, 4, 3, 2))]


def matmul_by_loops(a, b, grad=None):
    """The product of two stacks of matrices, and, with `grad`, its two gradients, one product of numbers at a time."""
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    y, da, db = np.zeros((*stack, n, m), a.dtype), np.zeros(a.shape, a.dtype), np.zeros(b.shape, b.dtype)
    for place in np.ndindex(stack):
        p, q = source(place, a.shape[:-2]), source(place, b.shape[:-2])
        for i, j, l in np.ndindex(n, m, k):
            y[(*place, i, j)] += a[(*p, i, l)] * b[(*q, l, j)]
            if grad is not None:
                da[(*p, i, l)] += grad[(*place, i, j)] * b[(*q, l, j)]
                db[(*q, l, j)] += grad[(*place, i, j)] * a[(*p, i, l)]
    return y, da, db


def matmul_forward(rng):
    yield Case((np.array([[1.0, 2.0]]), np.array([[3.0], [10.0]])), np.array([[23.0]]), note="1 * 3 + 2 * 10")
    for a_shape, b_shape in MATRICES + STACKS[:2] + BROADCAST[:3]:
        a, b = signed(rng, *a_shape), signed(rng, *b_shape)
        yield Case((a, b), matmul_by_loops(a, b)[0])
    yield Case((np.float32([[1, 2]]), np.float32([[3], [10]])), np.float32([[23]]), note="float32")


def matmul_by_hand(rng):
    a, b, grad = np.array([[1.0, 2.0]]), np.array([[3.0], [10.0]]), np.array([[2.0]])
    yield Case((a, b, grad), (np.array([[6.0, 20.0]]), np.array([[2.0], [4.0]])), note="y = 1 * 3 + 2 * 10")
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [5.0, 0.0]])
    grad = np.array([[1.0, 0.0], [0.0, -1.0]])
    yield Case((a, b, grad), (np.array([[0.0, 5.0], [-1.0, 0.0]]), np.array([[1.0, -3.0], [2.0, -4.0]])), note="2x2")


def matmul_gradients(shapes):
    """A function that yields a case for every pair of shapes."""

    def cases(rng):
        for a_shape, b_shape in shapes:
            a, b = signed(rng, *a_shape), signed(rng, *b_shape)
            grad = signed(rng, *(a @ b).shape)
            yield Case((a, b, grad), matmul_by_loops(a, b, grad)[1:], note=f"{a_shape} @ {b_shape}")

    return cases


def matmul_float32(rng):
    for a_shape, b_shape in [((2, 3), (3, 4)), ((2, 4, 3), (3, 2)), ((4, 3), (2, 3, 2))]:
        a, b = wholes(rng, *a_shape, dtype=np.float32), wholes(rng, *b_shape, dtype=np.float32)
        grad = wholes(rng, *(a @ b).shape, dtype=np.float32)
        yield Case((a, b, grad), matmul_by_loops(a, b, grad)[1:], note="float32")


def matmul_instances(rng):
    a, b, grad = signed(rng, 2, 3), signed(rng, 3, 4), signed(rng, 2, 4)
    yield Case((a, b, grad), matmul_by_loops(a, b, grad)[1:])


def mul_instances(rng):
    a, b, grad = signed(rng, 2, 3), signed(rng, 3), signed(rng, 2, 3)
    yield Case((a, b, grad), mul_by_loops(a, b, grad)[1:])


# The exercises --------------------------------------------------------------------------------------------------------

EXERCISES = [
    Exercise(
        "unbroadcast",
        (
            Property("the worked numbers, from a gradient of 2x3", unbroadcast_by_hand),
            Property("sums over the axes that are new, which stand in front", unbroadcast_cases(NEW_AXES), 2),
            Property("sums over the axes of size 1, and keeps them", unbroadcast_cases(SIZE_ONE), 2),
            Property("does both at once", unbroadcast_cases(BOTH), 2),
            Property("equal shapes, sizes of 1 on both sides, no elements at all", unbroadcast_cases(ODD)),
            Property("float32 stays float32", unbroadcast_float32),
            Property("is the adjoint of broadcasting", unbroadcast_adjoint, probe=times_the_original),
        ),
        hints=(
            "Broadcasting lines shapes up at their last axis. Write (2, 3, 4) above (3, 1): which axes were copied?",
            "Two kinds of axes: the first grad.ndim - len(shape) ones are new and must go; those of size 1 must stay.",
            "Sum over a tuple of the new axes first. That leaves len(shape) axes: sum those of size 1 with keepdims.",
        ),
    ),
    Exercise(
        "Mul",
        (
            Property("forward multiplies and broadcasts", mul_forward, probe=forward_of_two),
            Property("the worked numbers: a = (2, 3), b = (5, 7)", mul_by_hand, probe=gradients_of_two),
            Property("backward of two inputs of one shape", mul_gradients(ALIKE), probe=gradients_of_two),
            Property("one input is smaller and was broadcast", mul_gradients(ONE_SMALLER), 2, gradients_of_two),
            Property("both inputs were broadcast", mul_gradients(BOTH_SMALLER), probe=gradients_of_two),
            Property(
                "equals finite differences",
                by_differences(np.multiply, [((2, 3), (2, 3)), ((2, 3), (2, 1)), ((3,), (2, 1))]),
                probe=gradients_of_two,
            ),
            Property("float32 stays float32", mul_exact, probe=gradients_of_two),
            Property("arrays with no elements, or with one", mul_empty, probe=gradients_of_two),
            Property("two of them in use at once do not mix", mul_instances, probe=two_at_once),
        ),
        uses=("03.unbroadcast",),
        hints=(
            "For numbers, y = a b has dy/da = b and dy/db = a. The chain rule multiplies both with grad.",
            "backward has no a and no b among its arguments. forward must leave them on self.",
            "grad * b has the shape of y. If a was smaller than y, its gradient must come back to a's shape.",
        ),
    ),
    Exercise(
        "Mean",
        (
            Property("forward is the mean over any axes", mean_forward, probe=forward_of_mean),
            Property("the worked numbers: three elements share a gradient", mean_by_hand, probe=gradient_of_mean),
            Property("backward where the axis was dropped", mean_gradients(False), 2, gradient_of_mean),
            Property("backward where the axis was kept", mean_gradients(True), 2, gradient_of_mean),
            Property("equals finite differences", mean_by_differences, probe=gradient_of_mean),
            Property("one element, no axes, no rows", mean_odd, probe=gradient_of_mean),
            Property("float32 stays float32", mean_float32, probe=gradient_of_mean),
            Property("without axis and keepdims, the mean of all", mean_defaults, probe=defaults_of_mean),
            Property("two of them in use at once do not mix", mean_instances, probe=two_means_at_once),
        ),
        hints=(
            "A mean is a sum, divided by the number of summands. If x moves by 1, by how much does the mean move?",
            "forward leaves the shape of x, the axis and keepdims on self. backward must give back x's shape.",
            "An axis that forward dropped has to come back with size 1 (np.expand_dims) before grad can broadcast.",
        ),
    ),
    Exercise(
        "MatMul",
        (
            Property("forward is the matrix product", matmul_forward, probe=forward_of_two),
            Property("the worked numbers: a row times a column, then 2x2", matmul_by_hand, probe=gradients_of_two),
            Property("backward of two matrices", matmul_gradients(MATRICES), 2, gradients_of_two),
            Property("backward of stacks of matrices", matmul_gradients(STACKS), 2, gradients_of_two),
            Property("one matrix shared by a whole stack", matmul_gradients(BROADCAST), 2, gradients_of_two),
            Property("stacks without matrices", matmul_gradients(EMPTY), probe=gradients_of_two),
            Property(
                "equals finite differences",
                by_differences(np.matmul, [((2, 3), (3, 2)), ((2, 2, 3), (3, 2)), ((2, 3), (3, 3, 2))]),
                probe=gradients_of_two,
            ),
            Property("float32 stays float32", matmul_float32, probe=gradients_of_two),
            Property("two of them in use at once do not mix", matmul_instances, probe=two_at_once),
        ),
        uses=("03.unbroadcast",),
        hints=(
            "Let the shapes guide you: grad is (n, m), b is (k, m), and dL/da must be (n, k).",
            "dL/da is grad times b transposed, dL/db is a transposed times grad. The order matters.",
            "In a stack only the last two axes are swapped, and a matrix shared by the stack needs unbroadcast.",
        ),
    ),
    Exercise(
        "Tensor",
        (),
        uses=("01.topological_order", "03.unbroadcast", "03.Mul", "03.Mean", "03.MatMul"),
    ),
]
