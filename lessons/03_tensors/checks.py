"""What the answers of lesson 3 must do: sum over repeated axes, take gradients through *, the mean and @, walk back.

The right answers come from loops over single elements, from numbers by hand, and from finite differences. Read
mistakes.py next.
"""

from functools import partial

import numpy as np

from minifcn.course.check_writing import check_exercise
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


# Tensor: small graphs of operations that the probes bring along --------------------------------------------------------


def gradients(Tensor, expression, grad, constants="", **arrays):
    leaves = {name: Tensor(array, requires_grad=name not in constants) for name, array in arrays.items()}
    y = eval(expression, {}, leaves)
    y.backward() if grad is None else y.backward(grad)
    return {name: leaf.grad for name, leaf in leaves.items()}


def walked(Tensor, graph, roots, grad, constants=""):
    class Operation:
        def __init__(self, name, slopes):
            self.name, self.slopes = name, slopes

        def forward(self, *xs):
            return sum((s * x for s, x in zip(self.slopes, xs) if s is not None), np.zeros_like(grad))

        def backward(self, grad):
            calls[self.name] += 1
            if sum(calls.values()) > 2000:
                raise RuntimeError(f"backward of {len(calls)} operations has been called 2000 times")
            parts = tuple(None if s is None else s * grad for s in self.slopes)
            return parts if len(parts) > 1 else parts[0]

    nodes, calls = {}, {}
    for name, inputs in graph.items():  # for each input of a node its name and its slope; no inputs: a leaf
        if inputs:
            operation, calls[name] = Operation(name, [slope for _, slope in inputs]), 0
            nodes[name] = Tensor.apply(operation, *(nodes[x] for x, _ in inputs))
        else:
            nodes[name] = Tensor(np.zeros_like(grad), requires_grad=name not in constants)
    for name in roots:
        nodes[name].backward(grad)
    asked = {f"calls of {name}'s backward": count for name, count in calls.items() if nodes[name].requires_grad}
    return {f"{name}.grad": node.grad for name, node in nodes.items()} | asked


def chain_of_tensors(Tensor, length):
    class Halve:
        def forward(self, x):
            return x / 2

        def backward(self, grad):
            return grad / 2

    class Double:
        def forward(self, x):
            return 2 * x

        def backward(self, grad):
            return 2 * grad

    x = y = Tensor(np.array([3.0, -1.0]), requires_grad=True)
    for k in range(length):
        y = Tensor.apply(Halve() if k % 2 else Double(), y)
    y.backward(np.array([1.0, -2.0]))
    return x.grad


def doublings(Tensor, length):
    class Sum:
        def forward(self, a, b):
            return a + b

        def backward(self, grad):
            calls.append(1)
            if len(calls) > 2000:
                raise RuntimeError(f"backward of {length} operations has been called 2000 times")
            return grad, grad

    calls, x = [], Tensor(np.array([1.0, 2.0]), requires_grad=True)
    y = x
    for _ in range(length):
        y = Tensor.apply(Sum(), y, y)
    y.backward(np.array([1.0, -3.0]))
    return {"x.grad": x.grad, "calls of backward": len(calls)}


def one_array_for_two(Tensor, x, grad):
    class Sum:
        def forward(self, a, b):
            return a + b

        def backward(self, grad):
            return grad, grad  # the same array for both

    a, b, given = Tensor(x, requires_grad=True), Tensor(x, requires_grad=True), grad.copy()
    y = Tensor.apply(Sum(), a, b)
    Tensor.apply(Sum(), Tensor.apply(Sum(), a, y), a).backward(given)
    result = {"a.grad": np.array(a.grad), "b.grad": np.array(b.grad), "grad": given.copy()}
    c, d = Tensor(x, requires_grad=True), Tensor(x, requires_grad=True)
    Tensor.apply(Sum(), c, d).backward(given)
    c.grad[...] = 0.0  # as somebody may who forgets gradients in place
    return result | {"d.grad of c + d when c.grad has been set to 0": d.grad, "grad then": given}


def parts_of_any_kind(Tensor, x, grad):
    class Copies:  # y = (x, x, x); its gradient may be looked at, not written
        def forward(self, x):
            return np.stack([x, x, x])

        def backward(self, grad):
            total = grad.sum(axis=0)
            total.flags.writeable = False
            return total

    t = Tensor(x, requires_grad=True)
    (Tensor.apply(Copies(), t) + Tensor.apply(Copies(), t)).backward(grad)
    return t.grad


def two_graphs(Tensor, x, grad):
    a, b = Tensor(x, requires_grad=True), Tensor(-2 * x, requires_grad=True)
    first, second = a * b, a + b * b
    first.backward(grad)
    once = a.grad.copy(), b.grad.copy()
    second.backward(-grad)
    third = Tensor(x, requires_grad=True)
    (third * third).backward(grad)
    return *once, a.grad, b.grad, third.grad


def slopes_of(graph, root):
    """d(root)/d(node) for each node that a gradient gets to, None for all others; slopes of None block the way."""
    reached = dict.fromkeys(graph) | {root: 1.0}
    for name in reversed(list(graph)):
        for x, slope in graph[name] if reached[name] is not None else ():
            if slope is not None:
                reached[x] = (reached[x] or 0.0) + slope * reached[name]
    return reached


def walk_by_hand(graph, roots, grad, constants):
    """What `walked` must give: leaves add over all calls, each operation is asked once a call."""
    wanted = {}
    for name, inputs in graph.items():
        wanted[name] = any(wanted[x] for x, _ in inputs) if inputs else name not in constants
    leaves = {f"{name}.grad": None for name in graph}
    calls = {f"calls of {name}'s backward": 0 for name, inputs in graph.items() if inputs and wanted[name]}
    for root in roots:
        for name, slope in slopes_of(graph, root).items():
            if slope is None or not wanted[name]:
                continue
            if graph[name]:
                calls[f"calls of {name}'s backward"] += 1
            else:
                before = leaves[f"{name}.grad"]
                leaves[f"{name}.grad"] = slope * grad if before is None else before + slope * grad
    return leaves | calls


def graph_case(rng, graph, roots=None, note="", constants="", shape=(2, 3)):
    """A case of `walked`; `graph` is {"a": "", "b": "a", "c": "ab"}, a capital letter blocks: {"c": "aB"} gives b None."""
    slopes = {}
    for name, inputs in graph.items():
        slopes[name] = [(x.lower(), None if x.isupper() else float(signed(rng).round(2))) for x in inputs]
    grad, roots = signed(rng, *shape).round(2), roots or max(graph)
    expected = walk_by_hand(slopes, roots, grad, constants)
    return Case((slopes, roots, grad, constants), expected, note=note, typed=lines_of(slopes, roots, constants))


def lines_of(graph, roots, constants):
    """What a student could type to see the same, given an operation Scale."""
    lines = ["# Scale(2.0, None) is an operation: backward(grad) gives (2.0 * grad, None)"]
    for name, inputs in graph.items():
        slopes = ", ".join(str(slope) for _, slope in inputs)
        apply = f"{name} = Tensor.apply(Scale({slopes}), {', '.join(x for x, _ in inputs)})"
        leaf = f"{name} = Tensor(np.zeros((2, 3)), requires_grad={name not in constants})"
        lines.append(apply if inputs else leaf)
    return "\n".join([*lines, *(f"{root}.backward(grad)" for root in roots)])


def tensor_by_hand(rng):
    expected = {"a": -1.0, "b": 3.0}
    numbers = {"a": np.array(3.0), "b": np.array(-2.0)}
    typed = (
        "a = Tensor(3.0, requires_grad=True); b = Tensor(-2.0, requires_grad=True)\n"
        "y = a * b + a\ny.backward()\na.grad, b.grad"
    )
    yield Case(("a * b + a", None), expected, numbers, "lesson 1's example: dy/da = -1, dy/db = 3", typed=typed)
    x, grad = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    typed = "x = Tensor(np.array([1.0, 2, 3]), requires_grad=True)\n(x * x).backward(np.array([1.0, 0, -1]))\nx.grad"
    yield Case(
        ("x * x", grad), {"x": np.array([2.0, 0.0, -6.0])}, {"x": x}, "2 x grad, from two uses of x", typed=typed
    )
    typed = "x = Tensor(np.array([1.0, 2, 3]), requires_grad=True)\nx.mean().backward()\nx.grad"
    yield Case(
        ("x.mean()", None), {"x": np.full(3, 1 / 3)}, {"x": x}, "the mean of three: a third for each", typed=typed
    )


def expression_cases(rng):
    ways = [
        ("x + y", {"x": (2, 3), "y": (3,)}),
        ("x * y", {"x": (2, 1), "y": (1, 3)}),
        ("x @ w + b", {"x": (4, 2), "w": (2, 3), "b": (3,)}),
        ("(x @ w + b) * (x @ w + b)", {"x": (2, 3), "w": (3, 2), "b": (2,)}),
        ("(x * x).mean(axis=0) * y", {"x": (4, 3), "y": (2, 1)}),
        ("x.mean(axis=1, keepdims=True) + x * y", {"x": (2, 3), "y": (2, 3)}),
    ]
    for expression, shapes in ways:
        arrays = {name: signed(rng, *shape) for name, shape in shapes.items()}
        grad = signed(rng, *eval(expression, {}, arrays).shape)
        yield expression_case(expression, arrays, grad)
    for expression, shapes in [
        ("(x @ w * x @ w).mean()", {"x": (3, 3), "w": (3, 3)}),
        ("(x + y).mean()", {"x": (2, 3), "y": ()}),
    ]:
        yield expression_case(expression, {name: signed(rng, *shape) for name, shape in shapes.items()}, None)


def expression_case(expression, arrays, grad, note=""):
    """A case of `gradients` whose answer comes from finite differences; `grad` None stands for 1."""
    up = np.ones(()) if grad is None else grad
    expected = {
        name: numerical_gradient(lambda x, name=name: eval(expression, {}, arrays | {name: x}), array, up)
        for name, array in arrays.items()
    }
    typed = "\n".join(f"{name} = Tensor(rng.normal(size={a.shape}), requires_grad=True)" for name, a in arrays.items())
    typed += f"\n({expression}).backward({'' if grad is None else 'grad'})"
    return Case((expression, grad), expected, arrays, note, rtol=1e-6, typed=typed)


def tensor_one_input(rng):
    for shape in (2, 3), (1, 3), (1,), (2, 2), (1, 1), ():
        note = f"an operation of one input returns one array, here of shape {shape}"
        yield graph_case(rng, {"a": "", "b": "a"}, note=note, shape=shape)
    yield graph_case(rng, {"a": "", "b": "a", "c": "b", "d": "c"}, note="three in a row")


def tensor_inputs(rng):
    yield graph_case(rng, {"a": "", "b": "", "c": "ab"}, note="two inputs: a tuple of two")
    yield graph_case(rng, {"a": "", "b": "", "c": "", "d": "cab"}, note="three inputs: a tuple of three")
    yield graph_case(rng, {"a": "", "b": "aa"}, note="the same input twice")


def tensor_paths(rng):
    yield graph_case(rng, {"a": "", "b": "a", "c": "ab"}, note="a short path to a, and a longer one")
    yield graph_case(rng, {"a": "", "b": "a", "c": "ba"}, note="the same, the longer path first")
    yield graph_case(rng, {"a": "", "b": "a", "c": "b", "d": "cb"}, note="b must wait for c")
    yield graph_case(rng, {"a": "", "b": "a", "c": "b", "d": "bc"}, note="b must wait for c")
    yield graph_case(rng, {"a": "", "b": "", "c": "ab", "d": "ca", "e": "bcd", "f": "ee"}, note="many paths")


def tensor_random(rng):
    for size in 5, 7, 9:
        graph = {"a": "", "b": ""}
        for name in "cdefghijk"[: size - 2]:
            graph[name] = "".join(rng.choice(list(graph), rng.integers(1, 4)))
        yield graph_case(rng, graph, note="a random graph")


def tensor_none(rng):
    yield graph_case(rng, {"a": "", "b": "", "c": "aB"}, note="the operation gives b no gradient (None)")
    yield graph_case(rng, {"a": "", "b": "", "c": "Ab"}, note="the operation gives a no gradient (None)")
    yield graph_case(rng, {"a": "", "b": "A"}, note="an operation whose only input gets None")
    yield graph_case(rng, {"a": "", "b": "a", "c": "", "d": "Bc"}, note="nothing gets to b: its operation is not asked")
    yield graph_case(rng, {"a": "", "b": "a", "c": "Ab"}, note="a gets None on one path, a gradient on the other")
    yield graph_case(rng, {"a": "", "b": "a", "c": "bA"}, note="a gets a gradient on one path, None on the other")
    yield graph_case(rng, {"a": "", "b": "A", "c": "ab"}, note="a gets a gradient first, and None later")
    yield graph_case(rng, {"a": "", "b": "", "c": "Ab", "d": "ac"}, note="the same, where None is one of two")


def tensor_constants(rng):
    yield graph_case(rng, {"a": "", "b": "", "c": "ab"}, constants="b", note="b needs no gradient: its grad stays None")
    yield graph_case(
        rng, {"a": "", "b": "", "c": "a", "d": "cb"}, constants="a", note="a needs none, and so c needs none"
    )
    yield graph_case(
        rng, {"a": "", "b": "", "c": "ab", "d": "cb"}, constants="b", note="b is used twice, and needs none"
    )


def tensor_factor(rng):
    x, y, grad = signed(rng, 2, 3), signed(rng, 3), signed(rng, 2, 3)
    typed = (
        "x = Tensor(rng.normal(size=(2, 3)), requires_grad=True); y = Tensor(rng.normal(size=3))\n"
        "(x * y).backward(grad)\nx.grad, y.grad"
    )
    yield Case(("x * y", grad, "y"), {"x": grad * y, "y": None}, {"x": x, "y": y}, "y needs no gradient", typed=typed)


def tensor_again(rng):
    yield graph_case(rng, {"a": "", "b": "a"}, "bb", "b.backward(grad) twice")
    yield graph_case(
        rng, {"a": "", "u": "a", "z": "u"}, "zz", "z.backward(grad) twice: twice the gradient, not three times"
    )
    yield graph_case(rng, {"a": "", "b": "a", "c": "ba"}, "ccc", "three times")
    yield graph_case(rng, {"a": "", "b": "a", "c": "b", "d": "bc"}, "cd", "two results of one graph")
    yield graph_case(rng, {"a": "", "b": "", "c": "ab", "d": "ca"}, "dcd", "from the result, the middle, the result")


def tensor_roots(rng):
    yield graph_case(rng, {"a": "", "b": "a", "c": "b"}, "b", "from the middle: c has no part in it")
    yield graph_case(rng, {"a": "", "b": "a"}, "a", "from a leaf: it gets grad itself")
    yield graph_case(rng, {"a": "", "b": "a"}, "aab", "from a leaf twice, then from b")


def tensor_zero(rng):
    x = np.array([1.0, -2.0])
    zero = np.zeros(2)
    typed = "x = Tensor(np.array([1.0, -2]), requires_grad=True)\n(x * x).backward(np.zeros(2))\nx.grad"
    yield Case(("x * x", zero), {"x": zero}, {"x": x}, "grad is 0: so is x.grad, and it is not None", typed=typed)
    typed = (
        "x, y = Tensor(3.0, requires_grad=True), Tensor(2.0, requires_grad=True)\n"
        "(x * y).backward(np.array(0.0))\nx.grad, y.grad"
    )
    x, y = np.array(3.0), np.array(2.0)
    yield Case(("x * y", np.array(0.0)), {"x": 0.0, "y": 0.0}, {"x": x, "y": y}, "grad is 0", typed=typed)
    typed = (
        "x, y = Tensor(np.zeros((0, 3)), requires_grad=True), Tensor(np.ones(3), requires_grad=True)\n"
        "(x + y).backward(np.zeros((0, 3)))\nx.grad, y.grad"
    )
    yield Case(
        ("x + y", np.zeros((0, 3))),
        {"x": np.zeros((0, 3)), "y": np.zeros(3)},
        {"x": np.zeros((0, 3)), "y": np.ones(3)},
        "no rows",
        typed=typed,
    )


def tensor_float32(rng):
    x, y = np.float32([[1, 2], [3, 5]]), np.float32([1, -1])
    typed = "x = Tensor(np.float32([[1, 2], [3, 5]]), requires_grad=True)\ny = Tensor(np.float32([1, -1]), requires_grad=True)\n"
    yield Case(
        ("(x * y).mean()", None),
        {"x": np.float32([[0.25, -0.25]] * 2), "y": np.float32([1.0, 1.75])},
        {"x": x, "y": y},
        "float32",
        typed=typed + "(x * y).mean().backward()\nx.grad, y.grad",
    )
    yield Case(
        ("x + y", x),
        {"x": x, "y": np.float32([4, 7])},
        {"x": x, "y": y},
        "float32",
        typed=typed + "(x + y).backward(x.data)\nx.grad, y.grad",
    )


SHARED = """\
y = Tensor.apply(Sum(), a, b)      # Sum().backward(grad) is (grad, grad)
z = Tensor.apply(Sum(), Tensor.apply(Sum(), a, y), a)
z.backward(grad)                   # a.grad is 3 * grad, b.grad is grad
Tensor.apply(Sum(), c, d).backward(grad)
c.grad[...] = 0                    # d.grad and grad stay as they are"""


def tensor_shared(rng):
    for shape in (2,), (2, 3):
        x, grad = signed(rng, *shape), signed(rng, *shape)
        zeros = "d.grad of c + d when c.grad has been set to 0"
        expected = {"a.grad": 3 * grad, "b.grad": grad, "grad": grad, zeros: grad, "grad then": grad}
        yield Case((x, grad), expected, note="Sum().backward returns one array, for both inputs", typed=SHARED)


def tensor_read_only(rng):
    x, grad = signed(rng, 2), signed(rng, 3, 2)
    yield Case((x, grad), 2 * grad.sum(axis=0), note="the operation's gradients may not be written into")


def tensor_two_graphs(rng):
    x, grad = signed(rng, 3), signed(rng, 3)
    once = -2 * x * grad, x * grad
    yield Case((x, grad), (*once, once[0] - grad, once[1] + 4 * x * grad, 2 * x * grad), note="a * b, then a + b * b")


def tensor_deep(rng):
    for length in 2, 2000:
        yield Case((length,), np.array([1.0, -2.0]), note=f"{length} operations in a row")


def tensor_doublings(rng):
    for length in 3, 8, 40:
        expected = {"x.grad": 2.0**length * np.array([1.0, -3.0]), "calls of backward": length}
        yield Case((length,), expected, note=f"y = y + y, {length} times: 2**{length} paths")


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
        (
            Property("the worked numbers: a * b + a, x * x and a mean", tensor_by_hand, probe=gradients),
            Property("operations of one input, which return one array", tensor_one_input, probe=walked),
            Property("operations of several inputs, which return a tuple", tensor_inputs, probe=walked),
            Property(
                "what arrives over several paths adds up, and each operation is asked once", tensor_paths, 2, walked
            ),
            Property("random graphs", tensor_random, probe=walked),
            Property("None is no gradient", tensor_none, probe=walked),
            Property("only leaves with requires_grad get a grad", tensor_constants, probe=walked),
            Property("a factor without requires_grad", tensor_factor, probe=gradients),
            Property("a second call adds to the leaves, and starts anew in between", tensor_again, 2, walked),
            Property("any tensor can be the root, even a leaf", tensor_roots, probe=walked),
            Property("equals finite differences, through @, *, + and the mean", expression_cases, 2, gradients),
            Property("a gradient of 0 is a gradient", tensor_zero, probe=gradients),
            Property("float32 stays float32", tensor_float32, probe=gradients),
            Property("each leaf has an array of its own; grad is left alone", tensor_shared, probe=one_array_for_two),
            Property("an operation's arrays are not written into", tensor_read_only, probe=parts_of_any_kind),
            Property("several graphs do not mix", tensor_two_graphs, probe=two_graphs),
            Property("a chain of 2000 operations", tensor_deep, probe=chain_of_tensors),
            Property("40 operations with 2**40 paths", tensor_doublings, probe=doublings),
        ),
        uses=("01.topological_order", "03.unbroadcast", "03.Mul", "03.Mean", "03.MatMul"),
        seconds=3.0,
        hints=(
            (
                "It is lesson 1's walk: go through topological_order(self) from its end. Where do you keep what each Tensor has"
                " been handed so far? A dict, {tensor: gradient}, forgets everything when the call is over."
            ),
            (
                "For each node: take its gradient out of the dict. A leaf adds it to its .grad. Any other node asks"
                " node.operation.backward(gradient), and adds each part to what the dict has for that input."
            ),
            (
                "parts = node.operation.backward(gradient); if it is no tuple, make it (parts,). Skip a part that is None,"
                " and an input without requires_grad. Add with grads[x] + part; += would write into somebody's array."
            ),
        ),
    ),
]

WRONG = {
    "answers that sum over new axes only, or over axes of size 1 only": (
        "new axes only",
        "sizes of 1 only",
        "either or",
        "one new axis",
        "first size of 1",
    ),
    "results of the wrong shape": ("axes lost", "new axes kept", "broadcasts"),
    "sums over the wrong axes": ("from the left", "last axes", "moving axes", "reshape", "one number"),
    "answers that do not sum": ("mean", "first copy", "overwrites"),
    "a wrong dtype, and axes of size 0": (),
}

EXERCISES.append(
    check_exercise(
        "03",
        next(exercise for exercise in EXERCISES if exercise.name == "unbroadcast"),
        WRONG,
        hints=(
            "Which shapes does broadcasting know? New axes in front, one or several; axes of size 1, one or several; both; none"
            + " at all. Your check needs each of them.",
            "For any x of the small shape and any grad of the large one, np.vdot(np.broadcast_to(x, large), grad) equals"
            + " np.vdot(x, unbroadcast(grad, shape)).",
            "Loop over pairs of shapes such as (3,) in (2, 3), (2, 1) in (2, 3), (3, 1) in (2, 3, 4), (1, 3, 1) in (4, 2, 3, 5),"
            + " () in (2, 3), (1, 3) in (0, 3).",
            "In the loop: random x and grad, assert on the shape, assert np.isclose on the two products, and a call with"
            + " np.float32(grad) for the dtype.",
        ),
    )
)
