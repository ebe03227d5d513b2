"""Wrong answers to lesson 3 that students really write, each with the hint that it must get."""

import numpy as np

from minifcn.course.exercise import Mistake


def counts_from_the_left(grad, shape):
    padded = tuple(shape) + (1,) * (grad.ndim - len(shape))
    axes = tuple(i for i, size in enumerate(padded) if size == 1)
    return grad.sum(axis=axes, keepdims=True).reshape(shape)


def first_copy_only(grad, shape):
    grad = grad[(0,) * (grad.ndim - len(shape))]
    return grad[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)]


def overwrites(grad, shape):
    result = np.zeros(shape, grad.dtype)
    for index in np.ndindex(grad.shape):
        own = index[grad.ndim - len(shape) :]
        result[tuple(0 if size == 1 else i for i, size in zip(own, shape))] = grad[index]
    return result


def moving_axes(grad, shape):
    for axis in range(grad.ndim - len(shape)):
        grad = grad.sum(axis=axis)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


def first_one_only(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(shape).index(1), keepdims=True) if 1 in shape else grad


def either_or(grad, shape):
    if grad.ndim > len(shape):
        return grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True)


def makes_float64(grad, shape):
    result = np.zeros(shape)
    for index in np.ndindex(grad.shape):
        own = index[grad.ndim - len(shape) :]
        result[tuple(0 if size == 1 else i for i, size in zip(own, shape))] += grad[index]
    return result


class MulSumsNewAxes:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, grad):
        grad_a, grad_b = grad * self.b, grad * self.a
        grad_a = grad_a.sum(axis=tuple(range(grad_a.ndim - self.a.ndim)))
        return grad_a, grad_b.sum(axis=tuple(range(grad_b.ndim - self.b.ndim)))


class MatMulSumsNewAxes:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a @ b

    def backward(self, grad):
        grad_a, grad_b = grad @ self.b.swapaxes(-1, -2), self.a.swapaxes(-1, -2) @ grad
        grad_a = grad_a.sum(axis=tuple(range(grad_a.ndim - self.a.ndim)))
        return grad_a, grad_b.sum(axis=tuple(range(grad_b.ndim - self.b.ndim)))


class MulKeepsOnTheClass:
    def forward(self, a, b):
        MulKeepsOnTheClass.a, MulKeepsOnTheClass.b = a, b
        return a * b

    def backward(self, grad):
        def back(g, shape):
            padded = (1,) * (g.ndim - len(shape)) + shape
            return g.sum(axis=tuple(i for i, n in enumerate(padded) if n == 1), keepdims=True).reshape(shape)

        a, b = MulKeepsOnTheClass.a, MulKeepsOnTheClass.b
        return back(grad * b, a.shape), back(grad * a, b.shape)


def lined_up_in_front(grad, shape):
    axes = tuple(i for i, (large, small) in enumerate(zip(grad.shape, shape)) if large != small)
    grad = grad.sum(axis=axes, keepdims=True)
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad


def no_offset(grad, shape):
    axes = tuple(range(grad.ndim - len(shape))) + tuple(i for i, size in enumerate(shape) if size == 1)
    return grad.sum(axis=axes, keepdims=True).reshape(shape)


def sizes_of_one_reshaped(grad, shape):
    return grad.sum(axis=tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True).reshape(shape)


def sums_larger_axes(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(i for i, size in enumerate(shape) if grad.shape[i] > size), keepdims=True)


def filled_up(grad, shape):
    return np.resize(grad, shape)


def one_number(grad, shape):
    return grad if grad.shape == tuple(shape) else np.full(shape, grad.sum())


def broadcasts_again(grad, shape):
    return np.broadcast_to(grad, shape)


class MulSumsGradFirst:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, grad):
        grad_a = unbroadcast(grad, self.a.shape) * self.b  # noqa: F821  (given by the exercise)
        return grad_a, unbroadcast(grad, self.b.shape) * self.a  # noqa: F821


class MulTakesTwoAtOnce:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def forward(self):
        return self.a * self.b

    def backward(self, grad):
        return grad * self.b, grad * self.a


class MeanKeepsOnTheClass:
    def forward(self, x, axis=None, keepdims=False):
        y = x.mean(axis=axis, keepdims=keepdims)
        MeanKeepsOnTheClass.kept = x.shape, axis, keepdims, x.size // max(y.size, 1)
        return y

    def backward(self, grad):
        shape, axis, keepdims, count = MeanKeepsOnTheClass.kept
        if axis is not None and not keepdims:
            grad = np.expand_dims(grad, axis)
        return np.broadcast_to(grad / count, shape)


class MatMulKeepsOnTheClass:
    def forward(self, a, b):
        MatMulKeepsOnTheClass.a, MatMulKeepsOnTheClass.b = a, b
        return a @ b

    def backward(self, grad):
        a, b = MatMulKeepsOnTheClass.a, MatMulKeepsOnTheClass.b
        grad_a, grad_b = grad @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ grad
        return unbroadcast(grad_a, a.shape), unbroadcast(grad_b, b.shape)  # noqa: F821  (given by the exercise)


class MatMulByDot:
    def forward(self, a, b):
        self.a, self.b = a, b
        return np.dot(a, b)

    def backward(self, grad):
        grad_a, grad_b = np.dot(grad, self.b.swapaxes(-1, -2)), np.dot(self.a.swapaxes(-1, -2), grad)
        return unbroadcast(grad_a, self.a.shape), unbroadcast(grad_b, self.b.shape)  # noqa: F821


class MatMulLoops:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a @ b

    def backward(self, grad):
        if grad.ndim == 2:
            return grad @ self.b.T, self.a.T @ grad
        grad_a, grad_b = np.zeros_like(self.a), np.zeros_like(self.b)
        for i in range(len(grad)):
            grad_a[i] = grad[i] @ self.b[i].T
            grad_b[i] = self.a[i].T @ grad[i]
        return grad_a, grad_b


class AddOf:
    def forward(self, a, b):
        self.shapes = np.shape(a), np.shape(b)
        return a + b

    def backward(self, grad):
        return tuple(unbroadcast(grad, shape) for shape in self.shapes)  # noqa: F821


class TensorGiven:
    """What the exercise gives; each mistake below writes its own backward."""

    def __init__(self, data, requires_grad=False, operation=None, inputs=()):
        self.data, self.requires_grad = np.asarray(data), requires_grad
        self.operation, self.inputs, self.grad = operation, inputs, None

    @classmethod
    def apply(cls, operation, *inputs, **options):
        data = operation.forward(*(x.data for x in inputs), **options)
        return cls(data, any(x.requires_grad for x in inputs), operation, inputs)

    def __add__(self, other):
        return self.apply(AddOf(), self, other)

    def __mul__(self, other):
        return self.apply(Mul(), self, other)  # noqa: F821

    def __matmul__(self, other):
        return self.apply(MatMul(), self, other)  # noqa: F821

    def mean(self, axis=None, keepdims=False):
        return self.apply(Mean(), self, axis=axis, keepdims=keepdims)  # noqa: F821

    def parts(self, grad):
        """What the operation gives each input: pairs (input, gradient), without those that get none."""
        found = self.operation.backward(grad)
        found = found if isinstance(found, tuple) else (found,)
        return [(x, part) for x, part in zip(self.inputs, found) if part is not None and x.requires_grad]


class TensorHandsOn(TensorGiven):
    """Calls itself for every input as soon as something arrives."""

    def backward(self, grad=None):
        grad = np.ones_like(self.data) if grad is None else np.array(grad)
        if self.operation is None:
            self.grad = grad if self.grad is None else self.grad + grad
        else:
            for x, part in self.parts(grad):
                x.backward(part)


class TensorHandsOnInAQueue(TensorGiven):
    def backward(self, grad=None):
        queue = [(self, np.ones_like(self.data) if grad is None else np.array(grad))]
        for node, part in queue:
            if node.operation is None:
                node.grad = part.copy() if node.grad is None else node.grad + part
            else:
                queue += node.parts(part)


class TensorHandsOnAll(TensorGiven):
    """Passes on all that has arrived so far, each time something arrives."""

    def backward(self, grad=None):
        grads, stack = {}, [(self, np.ones_like(self.data) if grad is None else np.array(grad))]
        while stack:
            node, part = stack.pop()
            grads[node] = grads[node] + part if node in grads else part
            if node.operation is not None:
                stack += node.parts(grads[node])
        for node, part in grads.items():
            if node.operation is None and node.requires_grad:
                node.grad = part.copy() if node.grad is None else node.grad + part


class TensorByLevels(TensorGiven):
    """Serves nodes in the order in which it meets them."""

    def backward(self, grad=None):
        grads, queue = {self: np.ones_like(self.data) if grad is None else np.array(grad)}, [self]
        for node in queue:
            if node.operation is None:
                continue
            for x, part in node.parts(grads[node]):
                grads[x] = grads[x] + part if x in grads else part
                if x not in queue:
                    queue.append(x)
        for node in queue:
            if node.operation is None and node.requires_grad:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]


class TensorKeepsInner(TensorGiven):
    """Lesson 1's walk, word for word: gradients in .grad, on every node, none of them forgotten."""

    def backward(self, grad=None):
        grad = np.ones_like(self.data) if grad is None else np.array(grad)
        self.grad = grad if self.grad is None else self.grad + grad
        for node in reversed(topological_order(self)):  # noqa: F821
            if node.operation is not None and node.grad is not None and node.requires_grad:
                for x, part in node.parts(node.grad):
                    x.grad = part.copy() if x.grad is None else x.grad + part


class TensorKeepsInnerFresh(TensorGiven):
    """Lesson 1's walk, word for word, with its zeros: inner nodes keep what they were handed."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        for node in order:
            if node.operation is not None:
                node.grad = None
        grad = np.ones_like(self.data) if grad is None else np.array(grad)
        self.grad = grad if self.grad is None else self.grad + grad
        for node in reversed(order):
            if node.operation is not None and node.grad is not None and node.requires_grad:
                for x, part in node.parts(node.grad):
                    x.grad = part.copy() if x.grad is None else x.grad + part


class TensorForgetsAfterwards(TensorGiven):
    """Walks over .grad, and clears the inner nodes at the start of a call only, the leaves too."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        grads = {node: np.zeros_like(node.data) for node in order}
        grads[self] = np.ones_like(self.data) if grad is None else np.array(grad)
        for node in reversed(order):
            if node.operation is None:
                node.grad = grads[node] if node.requires_grad else None
            elif node.requires_grad:
                for x, part in node.parts(grads[node]):
                    grads[x] = grads[x] + part


class TensorZerosForAll(TensorGiven):
    """Every node starts with zeros, so that those that nothing arrives at are asked, too."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        grads = {node: np.zeros_like(node.data) for node in order}
        grads[self] = np.ones_like(self.data) if grad is None else np.array(grad)
        for node in reversed(order):
            if node.operation is not None and node.requires_grad:
                for x, part in node.parts(grads[node]):
                    grads[x] = grads[x] + part
            elif node.requires_grad:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]


class TensorZerosFloat64(TensorGiven):
    """The same, with zeros of NumPy's usual dtype."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        grads = {node: np.zeros(node.data.shape) for node in order}
        grads[self] = np.ones(self.data.shape) if grad is None else grad
        for node in reversed(order):
            if node.operation is not None and node.requires_grad:
                for x, part in node.parts(grads[node]):
                    grads[x] = grads[x] + part
            elif node.requires_grad:
                node.grad = grads[node] + 0 if node.grad is None else node.grad + grads[node]


class TensorAsksWithNone(TensorGiven):
    """Calls backward(None) where nothing has arrived."""

    def backward(self, grad=None):
        grads = {self: np.ones_like(self.data) if grad is None else np.array(grad)}
        for node in reversed(topological_order(self)):  # noqa: F821
            here = grads.get(node)
            if node.operation is not None and node.requires_grad:
                for x, part in node.parts(here):
                    grads[x] = grads[x] + part if x in grads else part
            elif node.requires_grad and here is not None:
                node.grad = here.copy() if node.grad is None else node.grad + here


class TensorAsksWithNoneOnNodes(TensorGiven):
    """The same, with gradients on the nodes, which are taken away afterwards."""

    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        self.grad = np.ones_like(self.data) if grad is None else grad
        for node in reversed(order):
            if node.operation is not None:
                for x, part in node.parts(node.grad):
                    x.grad = part if x.grad is None else x.grad + part
        for node in order:
            if node.operation is not None:
                node.grad = None


class TensorAddsInPlace(TensorGiven):
    def backward(self, grad=None):
        grads = {self: np.ones_like(self.data) if grad is None else grad}
        for node in reversed(topological_order(self)):  # noqa: F821
            if node not in grads or not node.requires_grad:
                continue
            if node.operation is None:
                node.grad = grads[node] if node.grad is None else node.grad + grads[node]
                continue
            for x, part in node.parts(grads[node]):
                if x in grads:
                    grads[x] += part
                else:
                    grads[x] = part


class TensorAddsNone(TensorGiven):
    def backward(self, grad=None):
        grads = {self: np.ones_like(self.data) if grad is None else grad}
        for node in reversed(topological_order(self)):  # noqa: F821
            if node not in grads:
                continue
            if node.operation is None:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
                continue
            parts = node.operation.backward(grads[node])
            for x, part in zip(node.inputs, parts if len(node.inputs) > 1 else [parts]):
                grads[x] = grads.get(x, 0) + part


class TensorAddsNoneIfWanted(TensorGiven):
    def backward(self, grad=None):
        grads = {self: np.ones_like(self.data) if grad is None else grad}
        for node in reversed(topological_order(self)):  # noqa: F821
            if node not in grads:
                continue
            if node.operation is None:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
                continue
            parts = node.operation.backward(grads[node])
            for x, part in zip(node.inputs, parts if len(node.inputs) > 1 else [parts]):
                if x.requires_grad:
                    grads[x] = grads.get(x, 0) + part


class TensorAddsNoneLater(TensorGiven):
    """None is no harm where nothing has arrived before it."""

    def backward(self, grad=None):
        grads = {self: np.ones_like(self.data) if grad is None else grad}
        for node in reversed(topological_order(self)):  # noqa: F821
            if grads.get(node) is None or not node.requires_grad:
                continue
            if node.operation is None:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
                continue
            parts = node.operation.backward(grads[node])
            for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else (parts,)):
                grads[x] = part if grads.get(x) is None else grads[x] + part


class TensorDictOfTheDefault(TensorGiven):
    """The dict is made once, when the method is defined."""

    def backward(self, grad=None, grads={}):  # noqa: B006
        grads[self] = np.ones_like(self.data) if grad is None else np.array(grad)
        for node in reversed(topological_order(self)):  # noqa: F821
            if node not in grads or not node.requires_grad:
                continue
            if node.operation is None:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
                continue
            for x, part in node.parts(grads[node]):
                grads[x] = grads[x] + part if x in grads else part


class TensorOfLesson1(TensorGiven):
    def backward(self, grad=None):
        order = topological_order(self)  # noqa: F821
        for node in order:
            if node.inputs:
                node.grad = 0.0
        self.grad = 1.0 if grad is None else grad
        for node in reversed(order):
            for x, slope in zip(node.inputs, node.slopes):
                x.grad = slope * node.grad if x.grad is None else x.grad + slope * node.grad


class TensorStartsWithANumber(TensorGiven):
    def backward(self, grad=None):
        grads = {self: 1.0 if grad is None else grad}
        for node in reversed(topological_order(self)):  # noqa: F821
            if node not in grads or not node.requires_grad:
                continue
            if node.operation is None:
                node.grad = 0 + grads[node] if node.grad is None else node.grad + grads[node]
                continue
            for x, part in node.parts(grads[node]):
                grads[x] = grads.get(x, 0) + part


class TensorOnTheClass(TensorGiven):
    grads = {}  # noqa: RUF012

    def backward(self, grad=None):
        grads, order = TensorOnTheClass.grads, topological_order(self)  # noqa: F821
        grads[self] = np.ones_like(self.data) if grad is None else np.array(grad)
        for node in reversed(order):
            if node in grads and node.operation is not None and node.requires_grad:
                for x, part in node.parts(grads[node]):
                    grads[x] = grads[x] + part if x in grads else part
        for node in order:
            if node in grads and node.operation is None and node.requires_grad:
                node.grad = grads[node].copy()


class TensorSearchesByRecursion(TensorGiven):
    def backward(self, grad=None):
        order, grads = [], {self: np.ones_like(self.data) if grad is None else np.array(grad)}

        def visit(node):
            if node not in order:
                for x in node.inputs:
                    visit(x)
                order.append(node)

        visit(self)
        for node in reversed(order):
            if node in grads and node.requires_grad:
                if node.operation is None:
                    node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
                    continue
                for x, part in node.parts(grads[node]):
                    grads[x] = grads[x] + part if x in grads else part


MISTAKES = {
    "unbroadcast": [
        Mistake(
            "new axes only",
            "An axis of size 1 was copied too: (2, 1) became (2, 3). Sum over it as well, and keep it.",
            changes=(("return grad.sum(axis=stretched, keepdims=True)", "return grad"),),
        ),
        Mistake(
            "sizes of 1 only",
            "Axes that the array did not have at all were copied along, too. "
            "The first grad.ndim - len(shape) axes must go.",
            changes=(("    grad = grad.sum(axis=tuple(range(new)))\n", ""),),
            also=("sizes_of_one_reshaped",),
        ),
        Mistake(
            "axes lost",
            "An axis of size 1 must stay in the result: shape (2, 1) is not (2,). Sum it with keepdims=True.",
            changes=(("grad.sum(axis=stretched, keepdims=True)", "grad.sum(axis=stretched)"),),
        ),
        Mistake(
            "new axes kept",
            "The new axes must disappear: keepdims belongs to the axes of size 1, not to the new ones.",
            changes=(("axis=tuple(range(new)))", "axis=tuple(range(new)), keepdims=True)"),),
        ),
        Mistake(
            "from the left",
            "Shapes are lined up at their LAST axis: (3,) beside (2, 3) belongs under the 3. New axes are in front.",
            answer="counts_from_the_left",
            also=("lined_up_in_front", "no_offset"),
        ),
        Mistake(
            "mean",
            "This averages over the copies. Each copy adds its own share to the loss, so their gradients add.",
            changes=(
                ("grad.sum(axis=tuple(range(new)))", "grad.mean(axis=tuple(range(new)))"),
                ("grad.sum(axis=stretched", "grad.mean(axis=stretched"),
            ),
        ),
        Mistake(
            "first copy",
            "Only the gradient of the first copy comes back. All the copies were used, so the gradients of all add.",
            answer="first_copy_only",
            also=("filled_up",),
        ),
        Mistake(
            "overwrites",
            "The copies overwrite each other, and the last one wins. Their gradients must add (+=).",
            answer="overwrites",
        ),
        Mistake(
            "moving axes",
            "After the first sum the remaining axes have moved up by one. "
            "Sum axis 0 each time, or give a tuple of axes at once.",
            answer="moving_axes",
        ),
        Mistake(
            "one new axis",
            "Only one new axis is summed. There may be several: repeat while grad.ndim > len(shape).",
            changes=(("tuple(range(new))", "tuple(range(min(new, 1)))"),),
        ),
        Mistake(
            "last axes",
            "The axes at the end are summed away. New axes are in FRONT: shapes are lined up at their last axis.",
            changes=(("tuple(range(new))", "tuple(range(-new, 0))"),),
        ),
        Mistake(
            "reshape",
            "reshape only cuts the numbers into rows of another length. It does not know which of them are copies.",
            changes=(("new = grad.ndim - len(shape)", "return grad.reshape(-1, *shape).sum(axis=0)\n    new = 0"),),
        ),
        Mistake(
            "first size of 1",
            "Only the first axis of size 1 is summed. There may be several.",
            answer="first_one_only",
        ),
        Mistake(
            "either or",
            "Both kinds of copies can meet in one array: (3, 1) in (2, 3, 4). "
            "Sum the new axes, then the ones of size 1.",
            answer="either_or",
        ),
        Mistake(
            "float64",
            "The result must have the dtype of grad. np.zeros makes float64 unless it gets a dtype.",
            answer="makes_float64",
        ),
        Mistake(
            "one number",
            "Everything is summed into one number. Only the copies of ONE element belong together: sum over the axes that were"
            " copied.",
            answer="one_number",
        ),
        Mistake(
            "broadcasts",
            "np.broadcast_to makes copies. This is the way back: the gradients of the copies are summed.",
            answer="broadcasts_again",
        ),
        Mistake(
            "larger axes only",
            "An axis that was copied 0 times has size 0 in grad, and must come back with size 1. Ask for shape[i]"
            " == 1.",
            answer="sums_larger_axes",
        ),
    ],
    "Mul": [
        Mistake(
            "no unbroadcast",
            "grad * b has the shape of y. Where a was broadcast, its gradient must come back to a's own shape.",
            changes=(
                ("unbroadcast(grad * self.b, self.a.shape)", "grad * self.b"),
                ("unbroadcast(grad * self.a, self.b.shape)", "grad * self.a"),
            ),
        ),
        Mistake(
            "only b comes back",
            "Only b's gradient is brought back to its shape. a may have been broadcast as well.",
            changes=(("unbroadcast(grad * self.b, self.a.shape)", "grad * self.b"),),
        ),
        Mistake(
            "only a comes back",
            "Only a's gradient is brought back to its shape. b may have been broadcast as well.",
            changes=(("unbroadcast(grad * self.a, self.b.shape)", "grad * self.a"),),
        ),
        Mistake(
            "own factor",
            "The slope of a * b in a is b, the OTHER factor. Here each input is multiplied with itself.",
            changes=(
                ("unbroadcast(grad * self.b,", "unbroadcast(grad * self.a,"),
                ("unbroadcast(grad * self.a, self.b.shape)", "unbroadcast(grad * self.b, self.b.shape)"),
            ),
        ),
        Mistake(
            "swapped",
            "The two gradients come in the wrong order: first dL/da, then dL/db, as forward takes its inputs.",
            changes=(("return grad_a, grad_b", "return grad_b, grad_a"),),
        ),
        Mistake(
            "grad ignored",
            "The slopes are right, but they are not multiplied with grad, the gradient that arrives from above.",
            changes=(("grad * self.b", "(0 * grad + 1) * self.b"), ("grad * self.a", "(0 * grad + 1) * self.a")),
        ),
        Mistake(
            "the other's shape",
            "Each gradient is brought to the shape of the OTHER input. dL/da has the shape of a.",
            changes=(("b, self.a.shape", "b, self.b.shape"), ("self.a, self.b.shape", "self.a, self.a.shape")),
        ),
        Mistake(
            "sums a new axis only",
            "An axis that the input did not have is summed, one of size 1 is not. unbroadcast does both.",
            answer="MulSumsNewAxes",
        ),
        Mistake(
            "one gradient",
            "backward gives one gradient. Two inputs need two: a tuple (dL/da, dL/db).",
            changes=(("return grad_a, grad_b", "return grad_a"),),
        ),
        Mistake(
            "sum, then multiply",
            "grad is summed before it is multiplied. Each copy of a met another b: multiply first, then sum.",
            changes=(
                ("unbroadcast(grad * self.b,", "unbroadcast(unbroadcast(grad, self.a.shape) * self.b,"),
                ("unbroadcast(grad * self.a,", "unbroadcast(unbroadcast(grad, self.b.shape) * self.a,"),
            ),
            also=("MulSumsGradFirst",),
        ),
        Mistake(
            "a sum",
            "These are the gradients of a + b. The slope of a * b in a is b.",
            changes=(("grad * self.b", "grad"), ("grad * self.a", "grad")),
        ),
        Mistake(
            "kept on the class",
            "What forward keeps is on the class, where the next use overwrites it. Keep it on self.",
            answer="MulKeepsOnTheClass",
        ),
        Mistake(
            "slopes alone",
            "b and a are the slopes. The gradients are grad times these, brought back to the shapes of a and b.",
            changes=(
                ("unbroadcast(grad * self.b, self.a.shape)", "self.b"),
                ("unbroadcast(grad * self.a, self.b.shape)", "self.a"),
            ),
        ),
        Mistake(
            "nothing kept",
            "backward needs a and b, but forward has not kept them: self.a, self.b = a, b.",
            changes=(("        self.a, self.b = a, b\n", ""),),
        ),
        Mistake(
            "matrix product",
            "@ is the matrix product. This one is element by element: *.",
            changes=(("return a * b", "return a @ b"),),
        ),
        Mistake(
            "float64",
            "float32 inputs become float64 on the way. Keep a and b as they are.",
            changes=(("self.a, self.b = a, b", "self.a, self.b = a.astype(float), b.astype(float)"),),
        ),
        Mistake(
            "inputs in init",
            "Mul() is made without inputs. forward takes a and b, and keeps them on self.",
            answer="MulTakesTwoAtOnce",
        ),
        Mistake(
            "grad changed",
            "backward multiplies grad in place. That array is not yours: "
            "the next one who reads it finds other numbers.",
            changes=(("grad_b = unbroadcast(grad * self.a,", "grad *= self.a\n        grad_b = unbroadcast(grad,"),),
        ),
    ],
    "Mean": [
        Mistake(
            "a sum",
            "This is the gradient of the sum. Each element moves the mean by 1/count of its own step.",
            changes=(("grad / self.count", "grad"),),
        ),
        Mistake(
            "all counted",
            "grad is divided by the number of all elements. Only those that share one mean count: x.size over y.size.",
            changes=(("x.size // max(y.size, 1)", "max(x.size, 1)"),),
        ),
        Mistake(
            "results counted",
            "grad is divided by the number of means. What counts is how many elements each mean was taken over.",
            changes=(("x.size // max(y.size, 1)", "max(y.size, 1)"),),
        ),
        Mistake(
            "first axis counted",
            "grad is divided by the size of the first axis, whichever axis the mean runs over.",
            changes=(("x.size // max(y.size, 1)", "max(x.shape[0], 1) if x.ndim else 1"),),
        ),
        Mistake(
            "axis not put back",
            "grad has lost the axis of the mean. "
            "Put it back with size 1 (np.expand_dims), or it lines up with the wrong axis.",
            changes=(("np.expand_dims(grad, self.axis)", "np.asarray(grad)"),),
        ),
        Mistake(
            "axis put last",
            "The lost axis is put back at the end. It must come back where it was: "
            "that is another place unless axis is -1.",
            changes=(("np.expand_dims(grad, self.axis)", "grad[..., None]"),),
        ),
        Mistake(
            "axis put back twice",
            "With keepdims=True the axis is still there, with size 1. Put it back only where forward has dropped it.",
            changes=(("self.axis is not None and not self.keepdims", "self.axis is not None"),),
        ),
        Mistake(
            "not spread",
            "The gradient of x has the shape of x. Every element of x gets one, so spread grad with np.broadcast_to.",
            changes=(("np.broadcast_to(grad / self.count, self.shape)", "grad / self.count"),),
        ),
        Mistake(
            "grad ignored",
            "Every element gets 1/count, whatever grad says. Multiply with the gradient that arrives from above.",
            changes=(("np.broadcast_to(grad / self.count,", "np.broadcast_to(np.ones_like(grad) / self.count,"),),
        ),
        Mistake(
            "forward sums",
            "forward gives the sum, not the mean: divide by the number of elements.",
            changes=(("y = x.mean(", "y = x.sum("),),
        ),
        Mistake(
            "float64",
            "A float32 gradient becomes float64, because np.prod and np.size give NumPy integers. "
            "Divide by a Python int.",
            changes=(("self.count = x.size // max(y.size, 1)", "self.count = np.int64(x.size // max(y.size, 1))"),),
        ),
        Mistake(
            "multiplied",
            "grad is multiplied by the count. A mean of n numbers moves by 1/n of what one of them moves: divide.",
            changes=(("grad / self.count", "grad * self.count"),),
        ),
        Mistake(
            "first of the tuple",
            "Of several axes only the first one's size is counted. The mean runs over the product of their sizes.",
            changes=(
                (
                    "self.count = x.size // max(y.size, 1)",
                    "self.count = max(x.size if axis is None else x.shape[np.atleast_1d(axis)[0]], 1)",
                ),
            ),
        ),
        Mistake(
            "keepdims dropped",
            "forward does not pass keepdims on: with keepdims=True the axis must stay, with size 1.",
            changes=(("axis=axis, keepdims=keepdims)", "axis=axis)"),),
        ),
        Mistake(
            "default axis 0",
            "Without an axis given, the mean runs over everything: axis=None, not 0.",
            changes=(("axis=None, keepdims=False", "axis=0, keepdims=False"),),
        ),
        Mistake(
            "dtype of the count",
            "Something in forward makes float64 out of float32. The mean of float32 numbers is float32.",
            changes=(("return y", "return y.astype(float)"),),
        ),
        Mistake(
            "divided twice",
            "The gradient is divided by the count twice.",
            changes=(("grad / self.count", "grad / self.count / self.count"),),
        ),
        Mistake(
            "one axis only",
            "axis may be None, for all axes, or a tuple of several. x.size over y.size counts right in every case.",
            changes=(
                ("x.size // max(y.size, 1)", "x.shape[axis]"),
                ("if self.axis is not None and not self.keepdims:", "if not self.keepdims:"),
            ),
        ),
        Mistake(
            "default keepdims",
            "Without keepdims given, the axes are dropped: keepdims=False.",
            changes=(("keepdims=False):", "keepdims=True):"),),
        ),
        Mistake(
            "kept on the class",
            "What forward keeps is on the class, where the next use overwrites it. Keep it on self.",
            answer="MeanKeepsOnTheClass",
        ),
        Mistake(
            "repeated in place",
            "np.repeat puts the copies of one number side by side, which fits the last axis alone. Put the axis back, then"
            " broadcast.",
            changes=(
                (
                    "return np.broadcast_to(grad / self.count, self.shape)",
                    "return np.repeat(np.ravel(grad) / self.count, self.count).reshape(self.shape)",
                ),
            ),
        ),
        Mistake(
            "times x",
            "A mean is linear: its slope is 1/count, whatever x is. Leave x out.",
            changes=(
                ("self.count = ", "self.x = x\n        self.count = "),
                ("np.broadcast_to(grad / self.count, self.shape)", "self.x * (grad / self.count)"),
            ),
        ),
        Mistake(
            "axes put back one by one",
            "Each axis that comes back moves the others, so their order counts. Give np.expand_dims all the axes"
            " at once.",
            changes=(
                (
                    "            grad = np.expand_dims(grad, self.axis)",
                    "            for axis in np.atleast_1d(self.axis):\n                grad = np.expand_dims(grad, axis)",
                ),
            ),
        ),
    ],
    "MatMul": [
        Mistake(
            "not transposed",
            "The matrices are not transposed. grad (n, m) times b (k, m) does not fit: "
            "b's last two axes must be swapped.",
            changes=((".swapaxes(-1, -2)\n", "\n"), ("self.a.swapaxes(-1, -2) @", "self.a @")),
        ),
        Mistake(
            "wrong order",
            "The factors are in the wrong order. grad comes first for dL/da and last for dL/db; the shapes tell.",
            changes=(
                ("grad @ self.b.swapaxes(-1, -2)", "self.b.swapaxes(-1, -2) @ grad"),
                ("self.a.swapaxes(-1, -2) @ grad", "grad @ self.a.swapaxes(-1, -2)"),
            ),
        ),
        Mistake(
            ".T",
            ".T turns ALL axes of a stack around. Only the last two are the matrix: swap those.",
            changes=(("self.b.swapaxes(-1, -2)", "self.b.T"), ("self.a.swapaxes(-1, -2)", "self.a.T")),
        ),
        Mistake(
            "no unbroadcast",
            "A matrix that the whole stack shares gets one gradient from each place. Add them up with unbroadcast.",
            changes=(
                ("unbroadcast(grad_a, self.a.shape)", "grad_a"),
                ("unbroadcast(grad_b, self.b.shape)", "grad_b"),
            ),
        ),
        Mistake(
            "only b comes back",
            "Only b's gradient is brought back to its shape. a may be the one that the stack shares.",
            changes=(("unbroadcast(grad_a, self.a.shape)", "grad_a"),),
        ),
        Mistake(
            "only a comes back",
            "Only a's gradient is brought back to its shape. "
            "b, as a layer's weight, is the one that a stack shares most often.",
            changes=(("unbroadcast(grad_b, self.b.shape)", "grad_b"),),
        ),
        Mistake(
            "swapped",
            "The two gradients come in the wrong order: first dL/da, then dL/db, as forward takes its inputs.",
            changes=(
                (
                    "return unbroadcast(grad_a, self.a.shape), unbroadcast(grad_b, self.b.shape)",
                    "return unbroadcast(grad_b, self.b.shape), unbroadcast(grad_a, self.a.shape)",
                ),
            ),
        ),
        Mistake(
            "b's gradient transposed",
            "dL/db comes out transposed: it is (m, k), but b is (k, m). It is a transposed times grad.",
            changes=(("self.a.swapaxes(-1, -2) @ grad", "grad.swapaxes(-1, -2) @ self.a"),),
        ),
        Mistake(
            "grad ignored",
            "These are the gradients of the sum of all results. Use grad, not ones.",
            changes=(("grad_a = grad", "grad = 0 * grad + 1\n        grad_a = grad"),),
        ),
        Mistake(
            "both transposed",
            "Both gradients come out transposed. Mind which factor is transposed, and the order of the two.",
            changes=(
                ("grad @ self.b.swapaxes(-1, -2)", "self.b @ grad.swapaxes(-1, -2)"),
                ("self.a.swapaxes(-1, -2) @ grad", "grad.swapaxes(-1, -2) @ self.a"),
            ),
        ),
        Mistake(
            "sums a new axis only",
            "A stack axis of size 1 is shared, too: (1, k, m) beside (4, n, k). unbroadcast sums both kinds of axes.",
            answer="MatMulSumsNewAxes",
        ),
        Mistake(
            "element by element",
            "These are the gradients of a * b, element by element. Of a @ b they are matrix products with grad.",
            changes=(
                ("grad @ self.b.swapaxes(-1, -2)", "grad * self.b"),
                ("self.a.swapaxes(-1, -2) @ grad", "self.a * grad"),
            ),
        ),
        Mistake(
            "np.dot",
            "np.dot of stacks multiplies each matrix of one with each of the other. @ (np.matmul) goes through"
            " both together.",
            answer="MatMulByDot",
        ),
        Mistake(
            "three axes only",
            "transpose(0, 2, 1) wants exactly three axes. swapaxes(-1, -2) swaps the last two of any number.",
            changes=((".swapaxes(-1, -2)", ".transpose(0, 2, 1)"),),
        ),
        Mistake(
            "first two axes",
            "The first two axes are swapped. In a stack the matrix is in the LAST two: -1 and -2.",
            changes=((".swapaxes(-1, -2)", ".swapaxes(0, 1)"),),
        ),
        Mistake(
            "kept on the class",
            "What forward keeps is on the class, where the next use overwrites it. Keep it on self.",
            answer="MatMulKeepsOnTheClass",
        ),
        Mistake(
            "loops over one axis",
            "The loop goes through one axis, and both inputs must have it. @ takes stacks of any shape; unbroadcast sums what is"
            " shared.",
            answer="MatMulLoops",
        ),
        Mistake(
            "nothing kept",
            "backward needs a and b, but forward has not kept them: self.a, self.b = a, b.",
            changes=(("        self.a, self.b = a, b\n", ""),),
        ),
        Mistake(
            "averaged",
            "The gradients of a matrix that the stack shares are averaged. They add.",
            changes=(("(grad_b, self.b.shape)", "(grad_b, self.b.shape) / (grad_b.size // self.b.size)"),),
        ),
        Mistake(
            "always sums the stack",
            "b's gradient is summed over the stack even where every place has a b of its own. "
            "Sum only what was shared.",
            changes=(
                ("unbroadcast(grad_b, self.b.shape)", "0 * self.b + grad_b.sum(axis=tuple(range(grad_b.ndim - 2)))"),
            ),
        ),
    ],
    "Tensor": [
        Mistake(
            "paths overwrite",
            "What arrives over a second path replaces what came over the first. Gradients of one input add up.",
            changes=(("grads[x] = grads[x] + part if x in grads else part", "grads[x] = part"),),
        ),
        Mistake(
            "leaves overwrite",
            "A second call of backward must ADD to what a leaf has; here the new gradient replaces the old one.",
            changes=(
                ("node.grad = grad.copy() if node.grad is None else node.grad + grad", "node.grad = grad.copy()"),
            ),
            also=("TensorForgetsAfterwards",),
        ),
        Mistake(
            "grad ignored",
            "The walk always starts with ones. If backward is given a grad, it starts with that.",
            changes=(("np.ones_like(self.data) if grad is None else np.asarray(grad)", "np.ones_like(self.data)"),),
        ),
        Mistake(
            "no start of its own",
            "loss.backward() comes without a grad: None stands for 1, in the shape and dtype of the loss.",
            changes=(("np.ones_like(self.data) if grad is None else np.asarray(grad)", "np.asarray(grad)"),),
        ),
        Mistake(
            "starts in float64",
            "np.ones makes float64, and from there all gradients are. np.ones_like(self.data) has the dtype of the"
            " loss.",
            changes=(("np.ones_like(self.data)", "np.ones(self.data.shape)"),),
        ),
        Mistake(
            "wrong way round",
            "The order has the inputs first, and the walk goes the other way: from self, the last, to the leaves.",
            changes=(("reversed(topological_order(self))", "topological_order(self)"),),
        ),
        Mistake(
            "never a tuple of one",
            "An operation of one input returns an array, not a tuple. zip then runs through its rows: put it into"
            " a tuple first, (parts,).",
            changes=(("parts if isinstance(parts, tuple) else (parts,)", "parts"),),
        ),
        Mistake(
            "always one array",
            "An operation of two inputs returns a tuple, with one array for each. Here the whole tuple goes to the"
            " first input.",
            changes=(("parts if isinstance(parts, tuple) else (parts,)", "(parts,)"),),
        ),
        Mistake(
            "None is a gradient",
            "An operation may return None for an input, which then gets nothing: skip it. None cannot be added to"
            " anything.",
            changes=(("if part is not None and x.requires_grad:", "if x.requires_grad:"),),
            also=("TensorAddsNone", "TensorAddsNoneIfWanted", "TensorAddsNoneLater"),
        ),
        Mistake(
            "None as zeros",
            "An input for which the operation returns None gets nothing, not zeros: a leaf that no gradient came"
            " to keeps None.",
            changes=(
                (
                    "            for x, part in zip",
                    "            parts = parts if isinstance(parts, tuple) else (parts,)\n            parts = tuple(np.zeros_like(x.data) if p is None else p for x, p in zip(node.inputs, parts))\n            for x, part in zip",
                ),
            ),
            also=("TensorZerosForAll", "TensorZerosFloat64"),
        ),
        Mistake(
            "asks with None",
            "An operation that no gradient came to is asked all the same: backward(None). Skip a node with nothing"
            " to pass on.",
            answer="TensorAsksWithNone",
            also=("TensorAsksWithNoneOnNodes",),
        ),
        Mistake(
            "starts with a number",
            "The walk starts with the number 1.0, and operations expect an array of the shape and dtype of their result:"
            " np.ones_like(self.data).",
            answer="TensorStartsWithANumber",
        ),
        Mistake(
            "requires_grad ignored",
            "A leaf gets a grad although its requires_grad is False. Skip such inputs, as the data and the targets.",
            changes=(
                ("if part is not None and x.requires_grad:", "if part is not None:"),
                ("if grad is None or not node.requires_grad:", "if grad is None:"),
            ),
        ),
        Mistake(
            "no copy for a leaf",
            "A leaf keeps the very array that was handed to it, and others may hold that array too. Give each leaf"
            " a copy.",
            changes=(
                (
                    "node.grad = grad.copy() if node.grad is None else node.grad + grad",
                    "node.grad = grad if node.grad is None else node.grad + grad",
                ),
            ),
        ),
        Mistake(
            "adds in place",
            "grads[x] += part writes into an array that the operation returned, and which another input may have"
            " got as well. Make a new one: grads[x] + part.",
            changes=(
                (
                    "grads[x] = grads[x] + part if x in grads else part",
                    "grads[x] = np.add(grads[x], part, out=grads[x]) if x in grads else part",
                ),
            ),
            also=("TensorAddsInPlace",),
        ),
        Mistake(
            "passes on each part",
            "Each part is passed on as soon as it arrives, so every path is walked by itself. A Tensor must wait"
            " until all has come: topological order.",
            answer="TensorHandsOn",
            also=("TensorHandsOnInAQueue",),
        ),
        Mistake(
            "passes on all so far",
            "A Tensor passes on all it has so far, each time something arrives, and so the first part several"
            " times. It must wait: topological order.",
            answer="TensorHandsOnAll",
        ),
        Mistake(
            "as they are met",
            "You ask operations in the order in which you meet them. One with a short and a long path is asked"
            " before the long one has come in.",
            answer="TensorByLevels",
        ),
        Mistake(
            "inner grads stay",
            "Tensors between the leaves and the result keep a grad here. Only leaves get one: keep the others in a"
            " dict of this call.",
            answer="TensorKeepsInnerFresh",
        ),
        Mistake(
            "inner grads add",
            "What an earlier call left in the Tensors in between is passed on again: three times the gradient"
            " instead of two. Keep it in a dict of this call.",
            answer="TensorKeepsInner",
        ),
        Mistake(
            "truth of an array",
            "`if part` asks whether an array is true, which NumPy refuses; and a gradient of 0 would count as"
            " none. Ask `part is not None`.",
            changes=(("if part is not None and x.requires_grad:", "if part and x.requires_grad:"),),
        ),
        Mistake(
            "zeros skipped",
            "A gradient of zeros is skipped, but it is a gradient: the leaf gets zeros, not None.",
            changes=(
                (
                    "if part is not None and x.requires_grad:",
                    "if part is not None and np.any(part) and x.requires_grad:",
                ),
            ),
        ),
        Mistake(
            "times the gradient again",
            "An operation's backward(grad) has multiplied by grad already. What it returns is dL/dx: pass it on as"
            " it is.",
            changes=(
                (
                    "grads[x] = grads[x] + part if x in grads else part",
                    "grads[x] = grads[x] + part * grad if x in grads else part * grad",
                ),
            ),
        ),
        Mistake(
            "times the data",
            "What an input gets is what the operation's backward returns. Its data are the operation's business.",
            changes=(
                (
                    "grads[x] = grads[x] + part if x in grads else part",
                    "grads[x] = grads[x] + part * x.data if x in grads else part * x.data",
                ),
            ),
        ),
        Mistake(
            "averaged",
            "Parts that arrive over several paths are averaged. They add.",
            changes=(
                (
                    "grads[x] = grads[x] + part if x in grads else part",
                    "grads[x] = (grads[x] + part) / 2 if x in grads else part",
                ),
            ),
        ),
        Mistake(
            "first input only",
            "Only the first input of each operation gets something. zip(node.inputs, parts) goes through all of them.",
            changes=(("zip(node.inputs, ", "zip(node.inputs[:1], "),),
        ),
        Mistake(
            "same input once",
            "In x * x the same Tensor is both inputs, and gets two parts. A dict or .index() finds one of them:"
            " use zip.",
            changes=(
                (
                    "in zip(node.inputs, parts if isinstance(parts, tuple) else (parts,))",
                    "in dict(zip(node.inputs, parts if isinstance(parts, tuple) else (parts,))).items()",
                ),
            ),
        ),
        Mistake(
            "kept on the class",
            "What was passed on is kept on the class, where the next call finds it. Make a new dict in each call.",
            answer="TensorOnTheClass",
        ),
        Mistake(
            "default argument",
            "grads={} in the def line is made once, and the next call finds what the last one left there. Make the"
            " dict inside backward.",
            answer="TensorDictOfTheDefault",
        ),
        Mistake(
            "slopes of lesson 1",
            "A Tensor has no slopes. It has an operation: node.operation.backward(gradient) gives what each input"
            " gets, multiplied already.",
            answer="TensorOfLesson1",
        ),
        Mistake(
            "stops at the first leaf",
            "The walk ends at the first leaf that it meets, and the other leaves get nothing: continue, not return.",
            changes=(
                (
                    "node.grad = grad.copy() if node.grad is None else node.grad + grad\n                continue",
                    "node.grad = grad.copy() if node.grad is None else node.grad + grad\n                return",
                ),
            ),
        ),
        Mistake(
            "search by recursion",
            "Your own search calls itself, and Python stops at about 1000 calls inside each other."
            " topological_order(self) does without.",
            answer="TensorSearchesByRecursion",
        ),
        Mistake(
            "frees the graph",
            "After the first call the graph is gone. A second call must work, and add to the leaves.",
            changes=(
                (
                    "            parts = node.operation.backward(grad)\n",
                    "            parts = node.operation.backward(grad)\n            node.operation, spent = None, node.operation\n",
                ),
            ),
        ),
        Mistake(
            "leaf as root",
            "If self is a leaf, backward(grad) adds grad to self.grad. Here the root gets nothing.",
            changes=(
                (
                    "if node.operation is None:",
                    "if node.operation is None and node is self:\n                continue\n            if node.operation is None:",
                ),
            ),
        ),
        Mistake(
            "transposed",
            "An operation's backward gets the gradient as it is, in the shape of its result; a transpose is the"
            " matrix product's own business.",
            changes=(("node.operation.backward(grad)", "node.operation.backward(grad.T)"),),
        ),
    ],
}


# Checks that let wrong answers through, or reject right ones ----------------------------------------------------------

PRODUCTS = "assert np.isclose(np.vdot(np.broadcast_to(x, large), grad), np.vdot(x, back))"
DRAWN = "x, grad = rng.standard_normal(shape), rng.standard_normal(large)"
SHAPE = "        assert back.shape == shape\n"
FLOAT32 = "        assert unbroadcast(np.float32(grad), shape).dtype == np.float32\n"


def check_nothing(unbroadcast):
    unbroadcast(np.ones((2, 3)), (3,))


def check_with_parentheses(unbroadcast):
    """assert (condition, message) asks for the truth of a pair, which is always true."""
    pair = unbroadcast(np.ones((2, 3)), (3,)).tolist() == [2, 2, 2], "wrong"
    assert pair


def check_by_printing(unbroadcast):
    if not np.array_equal(unbroadcast(np.ones((2, 3)), (3,)), [2, 2, 2]):
        print("wrong")


def check_that_catches(unbroadcast):
    try:
        assert unbroadcast(np.ones((2, 3)), (3,)).tolist() == [2, 2, 2]
    except Exception:  # noqa: BLE001
        print("wrong")


def check_by_returning(unbroadcast):
    return unbroadcast(np.ones((2, 3)), (3,)).tolist() == [2, 2, 2]


def check_the_inverse(unbroadcast):
    x = np.random.default_rng(0).standard_normal((2, 1))
    assert np.allclose(unbroadcast(np.broadcast_to(x, (2, 3)), (2, 1)), x)


def check_the_same_array(unbroadcast):
    grad = np.ones((2, 3))
    assert unbroadcast(grad, (3,)).tolist() == [2, 2, 2]
    assert unbroadcast(grad, (2, 3)) is grad


def check_to_the_last_bit(unbroadcast):
    rng = np.random.default_rng(0)
    x, grad = rng.standard_normal((3, 1)), rng.standard_normal((7, 3, 9))
    assert np.vdot(np.broadcast_to(x, (7, 3, 9)), grad) == np.vdot(x, unbroadcast(grad, (3, 1)))


def check_the_worked_examples(unbroadcast):
    grad = np.array([[1.0, 2, 3], [10, 20, 30]])
    assert np.array_equal(unbroadcast(grad, (3,)), [11, 22, 33])
    assert np.array_equal(unbroadcast(grad, (2, 1)), [[6], [60]])
    assert np.array_equal(unbroadcast(grad, (2, 3)), grad)


def check_sums(unbroadcast):
    rng = np.random.default_rng(0)
    for shape, large in [((3,), (2, 3)), ((2, 1), (2, 3)), ((3, 1), (2, 3, 4)), ((1, 3, 1), (4, 2, 3, 5)), ((), (2, 3))]:
        grad = rng.standard_normal(large)
        assert np.isclose(unbroadcast(grad, shape).sum(), grad.sum())


MISTAKES["check_unbroadcast"] = [
    Mistake(
        "raises nothing",
        "Your check raises nothing by itself, so only crashes are noticed. Use assert condition, \"message\", without"
        " parentheses around the two, and without try or print.",
        answer="check_with_parentheses",
        also=("check_by_printing", "check_that_catches", "check_nothing"),
    ),
    Mistake(
        "returns its verdict",
        "Your check returns its verdict, and nobody looks at it. It must raise an error: assert, where you return now.",
        answer="check_by_returning",
    ),
    Mistake(
        "rejects everything",
        "Your check rejects every answer. unbroadcast is no inverse: what was copied three times comes back as 3x. And floats"
        " are compared with np.isclose, not ==. Run it on your own.",
        answer="check_the_inverse",
        also=("check_to_the_last_bit",),
    ),
    Mistake(
        "the same array",
        "Your check rejects right answers, because they return a copy where yours returns grad itself. Compare numbers, not"
        " identity: no `is`.",
        answer="check_the_same_array",
    ),
    Mistake(
        "only shapes",
        "Your check compares shapes, but no numbers.",
        changes=((f"        {PRODUCTS}\n", ""),),
    ),
    Mistake(
        "no shapes",
        "Your check compares numbers, but no shapes: (2,) in the place of (2, 1) goes unnoticed.",
        changes=((SHAPE, ""),),
    ),
    Mistake(
        "sums",
        "Your check compares sums. If the wrong numbers were added, the sum of all is still the same.",
        answer="check_sums",
    ),
    Mistake(
        "gradients of ones",
        "Your gradient is all ones, so it makes no difference which of its numbers are added. Take random numbers.",
        changes=((DRAWN, DRAWN.replace("rng.standard_normal(large)", "np.ones(large)")),),
    ),
    Mistake(
        "only the worked examples",
        "The worked examples have one new axis or one of size 1. Try several of each, and both in one array.",
        answer="check_the_worked_examples",
    ),
    Mistake(
        "new axes only",
        "Your shapes have no axis of size 1. It is copied along as well: (2, 1) becomes (2, 3).",
        changes=((DRAWN, "if 1 in shape:\n            continue\n        " + DRAWN),),
    ),
    Mistake(
        "sizes of 1 only",
        "Your shapes have all axes that grad has. Those that are missing in front are new: (3,) becomes (2, 3).",
        changes=((DRAWN, "if len(shape) < len(large):\n            continue\n        " + DRAWN),),
    ),
    Mistake(
        "one kind at a time",
        "Your shapes have new axes or axes of size 1, never both. Try (3, 1) in (2, 3, 4).",
        changes=((DRAWN, "if 1 in shape and len(shape) < len(large):\n            continue\n        " + DRAWN),),
    ),
    Mistake(
        "one new axis",
        "You never add more than one axis, so nobody has to sum twice. Try (), and (3, 1) in three or four axes.",
        changes=((DRAWN, "if len(shape) < len(large) - 1:\n            continue\n        " + DRAWN),),
    ),
    Mistake(
        "copied zero times",
        "An axis may be copied 0 times: (1, 3) in (0, 3). It must come back with size 1, full of zeros.",
        changes=(("        ((1, 3), (0, 3)),\n", ""),),
    ),
    Mistake(
        "no float32",
        "You never look at the dtype. A float32 gradient should stay float32.",
        changes=((FLOAT32, ""),),
    ),
    Mistake(
        "too loose",
        "Your tolerance lets wrong numbers pass. Right answers differ by rounding only, about 1e-15.",
        changes=((PRODUCTS, PRODUCTS.replace("np.vdot(x, back))", "np.vdot(x, back), atol=8)")),),
    ),
    Mistake(
        "ends after the first case",
        "Your check ends after its first case. Look at the indentation of `return`, or whether a later case is ever reached.",
        changes=((FLOAT32, FLOAT32 + "        return\n"),),
    ),
]
