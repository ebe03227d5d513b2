"""Right answers to lesson 3, each written in another way. The checks must accept them all."""

import math

import numpy as np

VARIANTS = {
    "check_unbroadcast": ["check_by_a_loop", "check_by_unit_arrays", "check_with_einsum"],
    "unbroadcast": ["unbroadcast_by_loops", "unbroadcast_axis_by_axis", "unbroadcast_padded", "unbroadcast_by_einsum"],
    "Mul": ["MulOnShapes", "MulOnCopies", "MulByLoops"],
    "Mean": ["MeanByCount", "MeanOfOnes", "MeanByRepeat"],
    "MatMul": ["MatMulByTranspose", "MatMulByEinsum", "MatMulByLoops"],
    "Tensor": ["TensorOfLists", "TensorByCounting", "TensorWithNotes", "TensorOfZeros"],
}


def unbroadcast_by_loops(grad, shape):
    result = np.zeros(shape, grad.dtype)
    for index in np.ndindex(grad.shape):
        own = index[grad.ndim - len(shape) :]
        result[tuple(0 if size == 1 else i for i, size in zip(own, shape))] += grad[index]
    return result


def unbroadcast_axis_by_axis(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(0)
    for axis in range(len(shape)):
        if shape[axis] == 1 and grad.shape[axis] != 1:
            grad = grad.sum(axis, keepdims=True)
    return grad


def unbroadcast_padded(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i in range(grad.ndim) if padded[i] == 1)
    return np.sum(grad, axis=axes, keepdims=True).reshape(shape)


def unbroadcast_by_einsum(grad, shape):
    letters = "abcdefgh"[: grad.ndim]
    own = letters[grad.ndim - len(shape) :]
    kept = "".join(letter for letter, size in zip(own, shape) if size != 1)
    return np.einsum(f"{letters}->{kept}", grad).reshape(shape)


class MulOnShapes:
    def forward(self, a, b):
        self.inputs = (a, b)
        return np.multiply(a, b)

    def backward(self, grad):
        a, b = self.inputs
        return [unbroadcast_padded(grad * other, own.shape) for own, other in ((a, b), (b, a))]


class MulOnCopies:
    """Keeps its inputs as they look after broadcasting."""

    def forward(self, a, b):
        self.shape_of_a, self.shape_of_b = a.shape, b.shape
        self.large_a, self.large_b = np.broadcast_arrays(a, b)
        return self.large_a * self.large_b

    def backward(self, grad):
        grad_a, grad_b = self.large_b * grad, self.large_a * grad
        return unbroadcast_axis_by_axis(grad_a, self.shape_of_a), unbroadcast_axis_by_axis(grad_b, self.shape_of_b)


class MulByLoops:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, grad):
        grads = np.zeros(self.a.shape, grad.dtype), np.zeros(self.b.shape, grad.dtype)
        places_of_a = np.broadcast_to(np.arange(self.a.size).reshape(self.a.shape), grad.shape)
        places_of_b = np.broadcast_to(np.arange(self.b.size).reshape(self.b.shape), grad.shape)
        for index in np.ndindex(grad.shape):
            i, j = places_of_a[index], places_of_b[index]
            grads[0].flat[i] += grad[index] * self.b.flat[j]
            grads[1].flat[j] += grad[index] * self.a.flat[i]
        return grads


class MeanByCount:
    def forward(self, x, axis=None, keepdims=False):
        self.size, self.kept = x.shape, x.mean(axis=axis, keepdims=True).shape
        self.count = math.prod(n for n, k in zip(self.size, self.kept) if k != n)
        return x.mean(axis, keepdims=keepdims)

    def backward(self, grad):
        return np.zeros(self.size, grad.dtype) + grad.reshape(self.kept) / self.count


class MeanOfOnes:
    def forward(self, x, axis=None, keepdims=False):
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        self.axes = tuple(a % x.ndim for a in axes)
        self.keepdims, self.ones = keepdims, np.ones_like(x)
        count = x.dtype.type(max(1, math.prod(x.shape[a] for a in self.axes)))
        self.share = 1 / count
        return x.sum(axis=self.axes, keepdims=keepdims) * self.share

    def backward(self, grad):
        if not self.keepdims:
            for axis in sorted(self.axes):
                grad = np.expand_dims(grad, axis)
        return self.ones * grad * self.share


class MeanByRepeat:
    def forward(self, x, axis=None, keepdims=False):
        self.x = x
        self.axes = tuple(np.arange(x.ndim)[list(np.atleast_1d(axis))]) if axis is not None else tuple(range(x.ndim))
        y = np.sum(x, axis=self.axes, keepdims=keepdims)
        self.n = x.size / y.size if y.size else 1.0
        return y / self.n

    def backward(self, grad):
        grad = np.asarray(grad).reshape([1 if i in self.axes else n for i, n in enumerate(self.x.shape)])
        for axis in self.axes:
            grad = np.repeat(grad, self.x.shape[axis], axis)
        return grad / self.n


class MatMulByTranspose:
    def forward(self, a, b):
        self.a, self.b = a, b
        return np.matmul(a, b)

    def backward(self, grad):
        grad_a = np.matmul(grad, np.moveaxis(self.b, -1, -2))
        grad_b = np.matmul(np.moveaxis(self.a, -1, -2), grad)
        return unbroadcast_axis_by_axis(grad_a, self.a.shape), unbroadcast_axis_by_axis(grad_b, self.b.shape)


class MatMulByEinsum:
    def forward(self, a, b):
        self.a, self.b = a, b
        return np.einsum("...ik,...kj->...ij", a, b)

    def backward(self, grad):
        grad_a = np.einsum("...ij,...kj->...ik", grad, self.b)
        grad_b = np.einsum("...ik,...ij->...kj", self.a, grad)
        return unbroadcast_padded(grad_a, self.a.shape), unbroadcast_padded(grad_b, self.b.shape)


class MatMulByLoops:
    """One matrix of the stack after the other, added where a matrix is shared."""

    def forward(self, a, b):
        self.a, self.b = a, b
        return a @ b

    def backward(self, grad):
        stack = grad.shape[:-2]
        grad_a, grad_b = np.zeros(self.a.shape, grad.dtype), np.zeros(self.b.shape, grad.dtype)
        views_a = np.broadcast_to(np.arange(math.prod(self.a.shape[:-2])).reshape(self.a.shape[:-2]), stack)
        views_b = np.broadcast_to(np.arange(math.prod(self.b.shape[:-2])).reshape(self.b.shape[:-2]), stack)
        flat_a, flat_b = self.a.reshape(-1, *self.a.shape[-2:]), self.b.reshape(-1, *self.b.shape[-2:])
        for index in np.ndindex(stack):
            i, j = views_a[index], views_b[index]
            grad_a.reshape(flat_a.shape)[i] += grad[index] @ flat_b[j].T
            grad_b.reshape(flat_b.shape)[j] += flat_a[i].T @ grad[index]
        return grad_a, grad_b


class SumOf:
    def forward(self, a, b):
        self.a, self.b = a, b
        return np.add(a, b)

    def backward(self, grad):
        return unbroadcast_padded(grad, self.a.shape), unbroadcast_padded(grad, self.b.shape)


class TensorWithoutBackward:
    """What the exercise gives, written once for all variants."""

    def __init__(self, data, requires_grad=False, operation=None, inputs=()):
        self.data, self.requires_grad = np.asarray(data), requires_grad
        self.operation, self.inputs, self.grad = operation, inputs, None

    @classmethod
    def apply(cls, operation, *inputs, **options):
        data = operation.forward(*(x.data for x in inputs), **options)
        return cls(data, any(x.requires_grad for x in inputs), operation, inputs)

    def __add__(self, other):
        return self.apply(SumOf(), self, other)

    def __mul__(self, other):
        return self.apply(Mul(), self, other)  # noqa: F821

    def __matmul__(self, other):
        return self.apply(MatMul(), self, other)  # noqa: F821

    def mean(self, axis=None, keepdims=False):
        return self.apply(Mean(), self, axis=axis, keepdims=keepdims)  # noqa: F821


class TensorOfLists(TensorWithoutBackward):
    """Collects all parts of a Tensor in a list, and adds them when its turn has come."""

    def backward(self, grad=None):
        arrived = {id(self): [np.ones(self.data.shape, self.data.dtype) if grad is None else grad]}
        for t in topological_order(self)[::-1]:  # noqa: F821  (given by the exercise)
            parts = arrived.get(id(t), [])
            if not t.requires_grad or len(parts) == 0:
                pass
            elif t.inputs:
                given = t.operation.backward(sum(parts[1:], parts[0]))
                if len(t.inputs) == 1:
                    given = [given]
                for x, part in zip(t.inputs, given):
                    if part is not None:
                        arrived.setdefault(id(x), []).append(part)
            else:
                t.grad = sum(parts, 0 * parts[0] if t.grad is None else t.grad)


class TensorByCounting(TensorWithoutBackward):
    """No order in advance: a Tensor is ready when all its users are done."""

    def backward(self, grad=None):
        users, nodes = {self: 0}, [self]
        for node in nodes:
            for x in node.inputs:
                if x not in users:
                    users[x] = 0
                    nodes.append(x)
                users[x] += 1
        grads = dict.fromkeys(nodes)
        grads[self] = np.array(grad) if grad is not None else np.ones_like(self.data)
        ready = [self]
        while ready:
            node = ready.pop()
            parts = ()
            if grads[node] is not None and node.requires_grad:
                if node.operation is None:
                    node.grad = 0 + grads[node] if node.grad is None else np.add(node.grad, grads[node])
                else:
                    parts = node.operation.backward(grads[node])
                    parts = parts if type(parts) is tuple else [parts]
            for x, part in zip(node.inputs, parts):
                if part is not None:
                    grads[x] = part if grads[x] is None else grads[x] + part
            for x in node.inputs:
                users[x] -= 1
                if users[x] == 0:
                    ready.append(x)


class TensorWithNotes(TensorWithoutBackward):
    """Leaves notes on the Tensors during the walk, and takes them away again."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        for t in order:
            t.note = None
        self.note = np.ones_like(self.data) if grad is None else np.asarray(grad)
        while order:
            t = order.pop()
            note = t.__dict__.pop("note")
            if note is None or t.requires_grad is False:
                continue
            if t.operation is None:
                t.grad = note.copy() if t.grad is None else t.grad + note
                continue
            found = t.operation.backward(note)
            for k, x in enumerate(t.inputs):
                part = found[k] if isinstance(found, tuple) else found
                if part is not None:
                    x.note = part if x.note is None else x.note + part


class TensorOfZeros(TensorWithoutBackward):
    """Zeros to add to, for those Tensors alone that something arrives at."""

    def backward(self, grad=None):
        grads = {self: np.zeros_like(self.data) + (1 if grad is None else grad)}
        for t in reversed(topological_order(self)):  # noqa: F821
            if t not in grads:
                continue
            if t.inputs == ():
                if t.grad is None:
                    t.grad = np.zeros_like(t.data)
                t.grad += grads[t]
                continue
            found = t.operation.backward(grads[t])
            for x, part in zip(t.inputs, found if isinstance(found, tuple) else [found]):
                if part is None or not x.requires_grad:
                    continue
                if x not in grads:
                    grads[x] = np.zeros(x.data.shape, x.data.dtype)
                grads[x] += part


def check_by_a_loop(unbroadcast):
    """Compares with a plain twin: every number goes to the place that it was copied from."""
    rng = np.random.default_rng(1)
    for shape, large in [
        ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 1), (2, 3)), ((), (2, 2)), ((3, 1), (2, 3, 4)), ((1, 2, 1), (2, 2, 2, 3)), ((2,), (2, 2, 2)),
        ((2, 3), (2, 3)), ((2, 1), (2, 2, 0)), ((1, 1, 2), (3, 1, 2)), ((2, 2), (2, 2, 2)), ((1, 3), (0, 3)),
    ]:  # fmt: skip
        grad = rng.integers(-9, 10, large).astype(np.float32)
        expected = np.zeros(shape, np.float32)
        for index in np.ndindex(large):
            own = index[len(large) - len(shape) :]
            expected[tuple(i if size > 1 else 0 for i, size in zip(own, shape))] += grad[index]
        found = unbroadcast(grad, shape)
        assert np.array_equal(found, expected) and found.shape == shape and found.dtype == expected.dtype


def check_by_unit_arrays(unbroadcast):
    """A single 1 in the small array marks its copies; the result there is the sum of the gradient over them."""
    for shape, large in [((2, 2), (2, 2, 2)), ((3, 1), (4, 3, 2)), ((1, 2, 1), (5, 3, 2, 2)), ((1, 3), (1, 3)), ((1, 2), (0, 2)), ((2,), (4, 3, 2))]:
        grad = np.random.default_rng(2).standard_normal(large)
        found = unbroadcast(grad.astype(np.float32), shape)
        if found.shape != shape or found.dtype != np.float32:
            raise AssertionError("shape or dtype")
        for index in np.ndindex(shape):
            unit = np.zeros(shape)
            unit[index] = 1
            np.testing.assert_allclose(found[index], grad[np.broadcast_to(unit, large) == 1].sum(), atol=1e-5)


def check_with_einsum(unbroadcast):
    """The sums written out, case by case."""
    rng = np.random.default_rng(3)
    big, small = rng.standard_normal((2, 3, 4)), rng.standard_normal((3, 3, 3))
    for dtype in (np.float64, np.float32):
        grad = big.astype(dtype)
        for shape, letters in [((3, 4), "ijk->jk"), ((4,), "ijk->k"), ((), "ijk->"), ((2, 1, 4), "ijk->ik"), ((1, 3, 1), "ijk->j"),
                               ((3, 1), "ijk->j"), ((1,), "ijk->"), ((2, 3, 4), "ijk->ijk")]:  # fmt: skip
            back = unbroadcast(grad, shape)
            assert back.dtype == dtype
            assert back.shape == shape
            assert np.allclose(back, np.einsum(letters, grad).reshape(shape), atol=1e-5)
    assert np.allclose(unbroadcast(small, (3, 3)), small[0] + small[1] + small[2])
    assert np.allclose(unbroadcast(small, (3, 1, 3)), small.sum(axis=1, keepdims=True))
    assert unbroadcast(np.zeros((0, 3)), (1, 3)).tolist() == [[0, 0, 0]]
