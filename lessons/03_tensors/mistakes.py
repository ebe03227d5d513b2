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
            "Shapes are lined up at their LAST axis: (3,) beside (2, 3) belongs under the 3. New axes stand in front.",
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
            "The axes at the end are summed away. New axes stand in FRONT: shapes are lined up at their last axis.",
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
            "The result must have the dtype of grad. np.zeros makes float64 unless it is told otherwise.",
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
            "An axis that was copied 0 times has size 0 in grad, and must come back with size 1. Ask for shape[i] == 1.",
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
            "What forward keeps stands on the class, where the next use overwrites it. Keep it on self.",
            answer="MulKeepsOnTheClass",
        ),
        Mistake(
            "slopes alone",
            "b and a are the slopes. The gradients are grad times these, brought back to the shapes of a and b.",
            changes=(("unbroadcast(grad * self.b, self.a.shape)", "self.b"), ("unbroadcast(grad * self.a, self.b.shape)", "self.a")),
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
            "What forward keeps stands on the class, where the next use overwrites it. Keep it on self.",
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
            "Each axis that comes back moves the others, so their order counts. Give np.expand_dims all the axes at once.",
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
            "The factors stand in the wrong order. grad comes first for dL/da and last for dL/db; the shapes tell.",
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
            "np.dot of stacks multiplies each matrix of one with each of the other. @ (np.matmul) goes through both together.",
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
            "What forward keeps stands on the class, where the next use overwrites it. Keep it on self.",
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
            changes=(
                ("(grad_b, self.b.shape)", "(grad_b, self.b.shape) / (grad_b.size // self.b.size)"),
            ),
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
}
