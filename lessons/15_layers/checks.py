"""What the answers of lesson 15 must do: operations over earlier lessons, batch norm, and two ways to draw at random.

The right values come from plain loops; what is random is judged by figures that every right answer shares, whatever
numbers it draws. Read mistakes.py next.
"""

import dataclasses

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

Tensor = None  # where the probes run, this name is the course's Tensor

# Operations: the probes that several exercises share ---------------------------------------------------------------


def forward(Operation, arrays, settings, options):
    return Operation(*settings, **options).forward(*arrays)


def backward(Operation, arrays, grad, settings):
    operation = Operation(*settings)
    operation.forward(*arrays)
    return operation.backward(grad)


def one_gradient(Operation, which, arrays, grad, settings):
    operation = Operation(*settings)
    operation.forward(*arrays)
    return operation.backward(grad)[which]


def used_again(Operation, first, arrays, grad, settings):
    operation = Operation(*settings)
    operation.forward(*first)
    y = operation.forward(*arrays)
    return y, operation.backward(grad)


def two_side_by_side(Operation, one, other):
    operations = [Operation(*settings) for _, _, settings in (one, other)]
    for operation, (arrays, _, _) in zip(operations, (one, other)):
        operation.forward(*arrays)
    return [operation.backward(grad) for operation, (_, grad, _) in zip(operations, (one, other))]


def backward_twice(Operation, arrays, grad, other, settings):
    operation = Operation(*settings)
    operation.forward(*arrays)
    return operation.backward(grad), operation.backward(other)


def in_the_engine(Operation, arrays, learned, grad, settings):
    tensors = [Tensor(array, needs) for array, needs in zip(arrays, learned)]
    Tensor.apply(Operation(*settings), *tensors).backward(grad)
    return [t.grad for t in tensors]


# What a student could type to see the same -------------------------------------------------------------------------


def typed(cases, lines, *about):
    """The cases, each with its lines to type: lines(*about, *case.args)."""
    return lambda rng: (dataclasses.replace(case, typed="\n".join(lines(*about, *case.args))) for case in cases(rng))


def lines_of(names, arrays):
    """Lines that make arrays: few numbers, if they are short, as they are; else random ones of the same shape."""
    short = [0 < a.size <= 16 and np.array_equal(a, a.round(1)) for a in arrays]
    lines = [f"{name} = np.array({a.tolist()})" for name, a, told in zip(names, arrays, short) if told and a.any()]
    lines += [f"{name} = np.zeros({a.shape})" for name, a, told in zip(names, arrays, short) if told and not a.any()]
    for name, a, told in zip(names, arrays, short):
        dtype = ".astype(np.float32)" if a.dtype == np.float32 else ""
        lines += [] if told else [f"{name} = rng.normal(size={a.shape}){dtype}"]
    return lines


def names_of(arrays):
    return ("x", "weight", "bias")[: len(arrays)]


def call_of(operation, settings, options=()):
    return f"{operation}({', '.join([*map(repr, settings), *(f'{k}={v}' for k, v in dict(options).items())])})"


def lines_of_forward(operation, arrays, settings, options):
    names = names_of(arrays)
    return [*lines_of(names, arrays), f"{call_of(operation, settings, options)}.forward({', '.join(names)})"]


def lines_of_backward(operation, arrays, grad, settings, last="operation.backward(grad)"):
    names = names_of(arrays)
    return [
        *lines_of((*names, "grad"), (*arrays, grad)),
        f"operation = {call_of(operation, settings)}; y = operation.forward({', '.join(names)})",
        last,
    ]


def lines_of_gradient(operation, which, arrays, grad, settings):
    return lines_of_backward(operation, arrays, grad, settings, f"operation.backward(grad)[{which}]")


def lines_of_again(operation, first, arrays, grad, settings):
    lines = lines_of_backward(operation, arrays, grad, settings, "y, operation.backward(grad)")
    made, forward = lines[-2].split("; ")
    before = ", ".join(f"rng.normal(size={a.shape})" for a in first)
    return [*lines[:-2], made, f"operation.forward({before})", forward, lines[-1]]


def lines_of_two(operation, one, other):
    lines = []
    for number, (arrays, grad, settings) in enumerate((one, other), 1):
        inputs = ", ".join(f"rng.normal(size={a.shape})" for a in arrays)
        lines += [f"op{number} = {call_of(operation, settings)}"]
        lines += [f"op{number}.forward({inputs})"]
    grads = (f"op{i}.backward(rng.normal(size={grad.shape}))" for i, (_, grad, _) in enumerate((one, other), 1))
    return [*lines, f"[{', '.join(grads)}]"]


def lines_of_twice(operation, arrays, grad, other, settings):
    last = f"operation.backward(grad), operation.backward(rng.normal(size={other.shape}))"
    return lines_of_backward(operation, arrays, grad, settings, last)


def lines_of_engine(operation, arrays, learned, grad, settings):
    names = names_of(arrays)
    return [
        *(f"{name} = Tensor(rng.normal(size={a.shape}), requires_grad={needs})"
          for name, a, needs in zip(names, arrays, learned)),
        f"y = Tensor.apply({call_of(operation, settings)}, {', '.join(names)})",
        f"y.backward(rng.normal(size={grad.shape}))",
        f"[{', '.join(f'{name}.grad' for name in names)}]",
    ]  # fmt: skip


# Conv2d -----------------------------------------------------------------------------------------------------------


def padded(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def corners(x, weight, stride, padding):
    """(u, v, top, left) of every window."""
    H, W = x.shape[2] + 2 * padding, x.shape[3] + 2 * padding
    kh, kw = weight.shape[2:]
    for u in range((H - kh) // stride + 1):
        for v in range((W - kw) // stride + 1):
            yield u, v, u * stride, v * stride


def convolve(x, weight, bias, stride=1, padding=0):
    """The convolution with its bias, window by window."""
    kh, kw = weight.shape[2:]
    places = list(corners(x, weight, stride, padding))
    y, x = np.zeros((len(x), len(weight), places[-1][0] + 1, places[-1][1] + 1), x.dtype), padded(x, padding)
    for u, v, top, left in places:
        for k in range(len(weight)):
            window = x[:, :, top : top + kh, left : left + kw]
            y[:, k, u, v] = (window * weight[k]).sum(axis=(1, 2, 3)) + bias[k]
    return y


def convolve_back(x, weight, grad, stride=1, padding=0):
    """(dL/dx, dL/dweight, dL/dbias), window by window."""
    kh, kw = weight.shape[2:]
    grad_x, grad_weight, whole = padded(np.zeros_like(x), padding), np.zeros_like(weight), padded(x, padding)
    for u, v, top, left in corners(x, weight, stride, padding):
        for k in range(len(weight)):
            g = grad[:, k, u, v][:, None, None, None]
            grad_x[:, :, top : top + kh, left : left + kw] += g * weight[k]
            grad_weight[k] += (g * whole[:, :, top : top + kh, left : left + kw]).sum(axis=0)
    inside = slice(padding, padding + x.shape[2]), slice(padding, padding + x.shape[3])
    return grad_x[:, :, *inside], grad_weight, np.array([grad[:, k].sum() for k in range(len(weight))], grad.dtype)


TWELVE = np.arange(1.0, 13).reshape(1, 1, 3, 4)
KERNEL = np.array([[1.0, 2], [3, 4]])[None, None]
SIX = np.array([[1.0, 0, 0], [0, -2, 0]])[None, None]
CONVOLUTIONS = (  # N, C, H, W, K, kh, kw, stride, padding
    (1, 1, 2, 3, 2, 2, 2, 1, 0),
    (2, 3, 5, 4, 4, 3, 2, 1, 0),
    (2, 2, 4, 5, 3, 2, 3, 2, 1),
    (2, 3, 3, 4, 2, 1, 2, 3, 0),
)
SQUARES = (2, 2, 3, 3, 2, 2, 2, 1, 0), (3, 2, 5, 5, 3, 3, 3, 1, 0)  # K, oh and ow are equal: a wrong axis fits
ODD_CONVOLUTIONS = (
    ((1, 1, 1, 1, 1, 1, 1, 1, 0), "a single pixel"),
    ((2, 3, 3, 4, 5, 3, 4, 1, 0), "a kernel as large as the picture"),
    ((1, 2, 1, 7, 3, 1, 2, 3, 0), "stride 3, wider than the kernel"),
    ((1, 1, 2, 2, 2, 3, 3, 1, 2), "padding 2"),
    ((0, 2, 4, 3, 3, 2, 2, 1, 0), "no pictures at all: N = 0"),
)


def convolution(rng, N, C, H, W, K, kh, kw, stride, padding, dtype=np.float64):
    """((x, weight, bias), grad, (stride, padding), y)."""
    arrays = signed(rng, N, C, H, W), signed(rng, K, C, kh, kw), signed(rng, K)
    arrays = tuple(array.astype(dtype) for array in arrays)
    y = convolve(*arrays, stride, padding)
    return arrays, signed(rng, *y.shape).astype(dtype), (stride, padding), y


def conv_by_hand(rng):
    y = np.array([[54.0, 64, 74], [94, 104, 114]])[None, None]
    yield Case(((TWELVE, KERNEL, np.array([10.0])), (), {}), y, note="lesson 7's numbers, and a bias of 10")


def conv_forward_cases(rng):
    for sizes in CONVOLUTIONS:
        arrays, _, settings, y = convolution(rng, *sizes)
        yield Case((arrays, settings, {}), y)
    arrays, _, (stride, padding), y = convolution(rng, *CONVOLUTIONS[2])
    yield Case((arrays, (), {"padding": padding, "stride": stride}), y)


def conv_biases(rng):
    for sizes in SQUARES:
        (x, weight, bias), _, settings, _ = convolution(rng, *sizes)
        weight = 0 * weight
        yield Case(((x, weight, bias), settings, {}), convolve(x, weight, bias, *settings), note="all weights are 0")


def conv_back_by_hand(rng):
    grad_x = np.array([[1.0, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]])[None, None]
    grad_weight = np.array([[-11.0, -12], [-15, -16]])[None, None]
    yield Case(((TWELVE, KERNEL, np.array([10.0])), SIX, ()), (grad_x, grad_weight, np.array([-1.0])))


def conv_gradient(which, more=()):
    """Cases for one of the three gradients."""

    def cases(rng):
        for sizes in (*CONVOLUTIONS, *more):
            (x, weight, bias), grad, settings, _ = convolution(rng, *sizes)
            right = convolve_back(x, weight, grad, *settings)[which]
            yield Case((which, (x, weight, bias), grad, settings), right)

    return cases


def conv_differences(rng):
    arrays, grad, settings, _ = convolution(rng, 2, 2, 3, 4, 3, 2, 2, 2, 1)
    right = []
    for i in range(3):

        def f(a, i=i):
            return convolve(*arrays[:i], a, *arrays[i + 1 :], *settings)

        right.append(numerical_gradient(f, arrays[i], grad))
    yield Case((arrays, grad, settings), tuple(right), rtol=1e-6)


def conv_odd(rng):
    for sizes, note in ODD_CONVOLUTIONS:
        (x, weight, bias), grad, settings, _ = convolution(rng, *sizes)
        yield Case(((x, weight, bias), grad, settings), convolve_back(x, weight, grad, *settings), note=note)


def conv_float32(rng):
    first, _, _, _ = convolution(rng, 1, 2, 6, 7, 4, 3, 3, 2, 0, np.float32)
    arrays, grad, settings, y = convolution(rng, 2, 2, 4, 5, 3, 2, 3, 2, 1, np.float32)
    right = convolve_back(*arrays[:2], grad, *settings)
    yield Case((first, arrays, grad, settings), (y, right), note="float32 stays float32")


def conv_again(rng):
    first, _, _, _ = convolution(rng, 1, 2, 6, 7, 4, 3, 3, 2, 0)
    arrays, grad, settings, y = convolution(rng, 2, 3, 4, 5, 2, 2, 3, 1, 1)
    yield Case((first, arrays, grad, settings), (y, convolve_back(*arrays[:2], grad, *settings)))


def conv_two(rng):
    one, other = (convolution(rng, *sizes)[:3] for sizes in (CONVOLUTIONS[1], CONVOLUTIONS[2]))
    right = [convolve_back(*arrays[:2], grad, *settings) for arrays, grad, settings in (one, other)]
    yield Case((one, other), right)


def conv_twice(rng):
    arrays, grad, settings, _ = convolution(rng, 2, 2, 3, 4, 3, 2, 2, 1, 0)
    other = signed(rng, *grad.shape)
    yield Case((arrays, grad, other, settings), tuple(convolve_back(*arrays[:2], g, *settings) for g in (grad, other)))


def conv_engine(rng):
    for learned in ((True, True, True), (False, True, False)):
        arrays, grad, settings, _ = convolution(rng, 2, 2, 4, 5, 3, 3, 2, 1, 1)
        right = convolve_back(*arrays[:2], grad, *settings)
        right = [g if needs else None for g, needs in zip(right, learned)]
        note = "all three learn" if all(learned) else "only the weight learns"
        yield Case((arrays, learned, grad, settings), right, note=note)


CONV2D = Exercise(
    "Conv2d",
    (
        Property("forward: the worked example", typed(conv_by_hand, lines_of_forward, "Conv2d"), probe=forward),
        Property("forward: equals the loops, at any stride and padding", typed(conv_forward_cases, lines_of_forward, "Conv2d"), probe=forward),
        Property("forward: every kernel has its own bias", typed(conv_biases, lines_of_forward, "Conv2d"), probe=forward),
        Property("backward: the worked example", typed(conv_back_by_hand, lines_of_backward, "Conv2d"), probe=backward),
        Property("backward: dL/dx", typed(conv_gradient(0), lines_of_gradient, "Conv2d"), probe=one_gradient),
        Property("backward: dL/dweight", typed(conv_gradient(1), lines_of_gradient, "Conv2d"), probe=one_gradient),
        Property("backward: dL/dbias", typed(conv_gradient(2, SQUARES), lines_of_gradient, "Conv2d"), probe=one_gradient),
        Property("backward: equals finite differences", typed(conv_differences, lines_of_backward, "Conv2d"), points=2, probe=backward),
        Property("backward: odd shapes", typed(conv_odd, lines_of_backward, "Conv2d"), probe=backward),
        Property("float32 stays float32", typed(conv_float32, lines_of_again, "Conv2d"), probe=used_again),
        Property("a second picture, of another size", typed(conv_again, lines_of_again, "Conv2d"), probe=used_again),
        Property("two layers side by side do not disturb each other", typed(conv_two, lines_of_two, "Conv2d"), probe=two_side_by_side),
        Property("a second backward does not depend on the first", typed(conv_twice, lines_of_twice, "Conv2d"), probe=backward_twice),
        Property("your Tensor can use it", typed(conv_engine, lines_of_engine, "Conv2d"), probe=in_the_engine),
    ),
    uses=("07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight", "03.Tensor"),
    hints=(
        "backward(grad) gets only grad. Whatever else lesson 7's two maps ask for, forward must keep in self.",
        (
            "The bias of kernel k is added to all N * oh * ow numbers of channel k. A number that is used many times gets"
            " the sum of all their gradients."
        ),
        (
            "forward: self.x, self.weight = x, weight; conv_forward(...) + bias[:, None, None]. backward: conv_backward_input"
            " wants self.x.shape[2:], conv_backward_weight wants self.weight.shape[2:], and dL/dbias is"
            " grad.sum(axis=(0, 2, 3))."
        ),
    ),
)

# MaxPool2d --------------------------------------------------------------------------------------------------------


def count_windows(n, kernel, stride, padding, ceil_mode):
    """Walk along the axis: the windows that fit, and in ceil mode one more if pixels are left and it starts on one."""
    starts = list(range(-padding, n + padding - kernel + 1, stride))
    reached, following = starts[-1] + kernel, starts[-1] + stride
    return len(starts) + (ceil_mode and reached < n + padding and following < n)


def pool(x, grad, kernel_size, stride, padding=0, ceil_mode=False):
    """(y, dL/dx), window by window; with grad None, y alone. Of equal pixels the first in reading order gets all."""
    lengths = [count_windows(n, k, stride, padding, ceil_mode) for n, k in zip(x.shape[2:], kernel_size)]
    y, grad_x = np.zeros((*x.shape[:2], *lengths), x.dtype), np.zeros_like(x)
    for u, v in np.ndindex(*lengths):
        top, left = u * stride - padding, v * stride - padding
        rows, columns = slice(max(top, 0), top + kernel_size[0]), slice(max(left, 0), left + kernel_size[1])
        for n, c in np.ndindex(*x.shape[:2]):
            window = x[n, c, rows, columns]
            place = np.unravel_index(window.argmax(), window.shape)
            y[n, c, u, v] = window[place]
            if grad is not None:
                grad_x[n, c, rows, columns][place] += grad[n, c, u, v]
    return y if grad is None else (y, grad_x)


FOUR = np.array([[1.0, 3, 2, 1], [4, 2, 0, 5], [1, 1, 6, 8], [0, 2, 9, 7]])[None, None]
POOLS = (
    ((1, 1, 3, 4), ((2, 2), 1)),
    ((2, 3, 5, 7), ((3, 2), 2)),
    ((3, 2, 6, 5), ((2, 3), 1, 1)),
    ((2, 3, 7, 4), ((3, 3), 3, 1)),
)
CEIL_POOLS = (
    ((1, 1, 5, 5), ((2, 2), 2, 0, True)),
    ((2, 3, 5, 7), ((2, 2), 2, 0, True)),
    ((1, 2, 6, 8), ((3, 2), 2, 1, True)),
)
ODD_POOLS = (
    ((1, 1, 1, 1), ((1, 1), 1), "a picture of one pixel"),
    ((2, 1, 1, 1), ((3, 3), 1, 1), "one pixel in a window of 3 x 3"),
    ((1, 2, 1, 6), ((1, 2), 4), "stride 4, wider than the window"),
    ((0, 3, 4, 5), ((2, 2), 2), "no picture at all"),
)


def pooled(rng, shape, settings, dtype=np.float64):
    """((x,), grad, settings, y, dL/dx)."""
    x = (rng.permutation(np.prod(shape, dtype=int)).reshape(shape) / 10 - 2).astype(dtype)
    grad = signed(rng, *pool(x, None, *settings).shape).astype(dtype)
    return (x,), grad, settings, *pool(x, grad, *settings)


def pool_by_hand(rng):
    yield Case(((FOUR,), ((2, 2), 2), {}), np.array([[[[4.0, 5], [2, 9]]]]), note="lesson 10's picture")
    y = np.array([[[[6.0, 8], [9, 9]]]])
    yield Case(((FOUR,), (), {"kernel_size": (3, 3), "stride": 1}), y, note="windows that overlap")


def pool_forward(settings):
    def cases(rng):
        for shape, rest in settings:
            arrays, _, _, y, _ = pooled(rng, shape, rest)
            yield Case((arrays, rest, {}), y)

    return cases


def pool_back_by_hand(rng):
    grad = np.array([[[[1.0, -2], [3, 10]]]])
    right = np.array([[0.0, 0, 0, 0], [1, 0, 0, -2], [0, 0, 0, 0], [0, 3, 10, 0]])[None, None]
    yield Case(((FOUR,), grad, ((2, 2), 2)), right)
    right = np.array([[0.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, -2], [0, 0, 13, 0]])[None, None]
    yield Case(((FOUR,), grad, ((3, 3), 1)), right, note="9 won two windows: 3 + 10")


def pool_backward(settings):
    def cases(rng):
        for shape, rest, *note in settings:
            arrays, grad, _, _, right = pooled(rng, shape, rest)
            yield Case((arrays, grad, rest), right, note="".join(note))

    return cases


def pool_ties(rng):
    for settings in ((2, 2), 2), ((3, 2), 1, 1):
        x = np.maximum(rng.integers(-3, 3, (2, 2, 4, 5)), 0).astype(float)
        grad = signed(rng, *pool(x, None, *settings).shape)
        yield Case(((x,), grad, settings), pool(x, grad, *settings)[1], note="many zeros, as behind a ReLU")


def pool_differences(rng):
    (x,), grad, settings, _, _ = pooled(rng, (2, 2, 4, 5), ((3, 2), 2, 1))
    right = numerical_gradient(lambda a: pool(a, None, *settings), x, grad)
    yield Case(((x,), grad, settings), right, rtol=1e-6)


def pool_again(dtype, note=""):
    def cases(rng):
        first = pooled(rng, (1, 2, 8, 6), ((2, 3), 2, 1), dtype)[0]
        arrays, grad, settings, y, right = pooled(rng, (2, 3, 5, 7), ((2, 3), 2, 1), dtype)
        yield Case((first, arrays, grad, settings), (y, right), note=note)

    return cases


def pool_two(rng):
    one, other = pooled(rng, (2, 3, 5, 7), ((2, 3), 2, 1)), pooled(rng, (1, 2, 6, 4), ((3, 2), 1))
    yield Case((one[:3], other[:3]), [one[4], other[4]])


def pool_twice(rng):
    arrays, grad, settings, _, _ = pooled(rng, (1, 2, 4, 5), ((2, 2), 1))
    other = signed(rng, *grad.shape)
    yield Case((arrays, grad, other, settings), tuple(pool(arrays[0], g, *settings)[1] for g in (grad, other)))


def pool_engine(rng):
    arrays, grad, settings, _, right = pooled(rng, (2, 3, 5, 6), ((2, 2), 2))
    yield Case((arrays, (True,), grad, settings), [right])


MAXPOOL2D = Exercise(
    "MaxPool2d",
    (
        Property("forward: the worked examples", typed(pool_by_hand, lines_of_forward, "MaxPool2d"), probe=forward),
        Property("forward: equals the loops", typed(pool_forward(POOLS), lines_of_forward, "MaxPool2d"), probe=forward),
        Property("forward: ceil mode", typed(pool_forward(CEIL_POOLS), lines_of_forward, "MaxPool2d"), probe=forward),
        Property("backward: the worked examples", typed(pool_back_by_hand, lines_of_backward, "MaxPool2d"), probe=backward),
        Property("backward: equals the loops", typed(pool_backward(POOLS), lines_of_backward, "MaxPool2d"), points=2, probe=backward),
        Property("backward: ceil mode", typed(pool_backward(CEIL_POOLS), lines_of_backward, "MaxPool2d"), probe=backward),
        Property("backward: of equal pixels the first gets the gradient", typed(pool_ties, lines_of_backward, "MaxPool2d"), probe=backward),
        Property("backward: equals finite differences", typed(pool_differences, lines_of_backward, "MaxPool2d"), points=2, probe=backward),
        Property("backward: odd shapes", typed(pool_backward(ODD_POOLS), lines_of_backward, "MaxPool2d"), probe=backward),
        Property("a second picture, of another size", typed(pool_again(np.float64), lines_of_again, "MaxPool2d"), probe=used_again),
        Property("float32 stays float32", typed(pool_again(np.float32, "float32"), lines_of_again, "MaxPool2d"), probe=used_again),
        Property("two layers side by side do not disturb each other", typed(pool_two, lines_of_two, "MaxPool2d"), probe=two_side_by_side),
        Property("a second backward does not depend on the first", typed(pool_twice, lines_of_twice, "MaxPool2d"), probe=backward_twice),
        Property("your Tensor can use it", typed(pool_engine, lines_of_engine, "MaxPool2d"), probe=in_the_engine),
    ),
    uses=("10.max_pool2d", "10.max_pool2d_backward", "03.Tensor"),
    hints=(
        "max_pool2d returns two arrays, the values and the places of the winners. Who needs which?",
        "max_pool2d_backward asks for the index and for the picture's size (H, W): forward must keep both in self.",
        "y, self.index = max_pool2d(x, ...all four settings); self.size = x.shape[2:]; return y.",
    ),
)

# BatchNorm2d ------------------------------------------------------------------------------------------------------


def norm_forward(BatchNorm2d, x, weight, bias, running_mean, running_var, training, options):
    mean, var = running_mean.copy(), running_var.copy()
    y = BatchNorm2d(mean, var, training, **options).forward(x, weight, bias)
    return y, mean, var


def norm_backward(BatchNorm2d, x, weight, bias, running_mean, running_var, training, grad):
    operation = BatchNorm2d(running_mean.copy(), running_var.copy(), training)
    operation.forward(x, weight, bias)
    return operation.backward(grad)


def norm_gradient(BatchNorm2d, which, x, weight, bias, running_mean, running_var, training, grad):
    operation = BatchNorm2d(running_mean.copy(), running_var.copy(), training)
    operation.forward(x, weight, bias)
    return operation.backward(grad)[which]


def running_after(BatchNorm2d, pictures, weight, bias, momentum):
    mean, var = np.zeros(len(weight)), np.ones(len(weight))
    for x in pictures:
        operation = BatchNorm2d(mean, var, True, momentum)
        y = operation.forward(x, weight, bias)
        operation.backward(np.cos(y))
    return mean, var


def trained_then_used(BatchNorm2d, pictures, x, weight, bias):
    mean, var = np.zeros(len(weight)), np.ones(len(weight))
    for picture in pictures:
        BatchNorm2d(mean, var, True, 0.3).forward(picture, weight, bias)
    return BatchNorm2d(mean, var, False).forward(x, weight, bias)


def norms_side_by_side(BatchNorm2d, one, other):
    operations = [BatchNorm2d(mean.copy(), var.copy(), training) for _, _, _, mean, var, training, _ in (one, other)]
    for operation, (x, weight, bias, *_) in zip(operations, (one, other)):
        operation.forward(x, weight, bias)
    return [operation.backward(item[-1]) for operation, item in zip(operations, (one, other))]


def norm_again(BatchNorm2d, first, x, weight, bias, running_mean, running_var, grad):
    operation = BatchNorm2d(running_mean.copy(), running_var.copy(), True)
    operation.forward(first, weight, bias)
    y = operation.forward(x, weight, bias)
    return y, operation.backward(grad)


def norm_backward_twice(BatchNorm2d, x, weight, bias, running_mean, running_var, grad, other):
    mean, var = running_mean.copy(), running_var.copy()
    operation = BatchNorm2d(mean, var, True)
    operation.forward(x, weight, bias)
    after = mean.copy(), var.copy()
    gradients = operation.backward(grad), operation.backward(other)
    return gradients, bool(np.array_equal(mean, after[0]) and np.array_equal(var, after[1]))


def norm_in_the_engine(BatchNorm2d, x, weight, bias, grad, training):
    operation = BatchNorm2d(np.zeros(len(weight)), np.full(len(weight), 2.0), training)
    tensors = [Tensor(array, True) for array in (x, weight, bias)]
    Tensor.apply(operation, *tensors).backward(grad)
    return [t.grad for t in tensors]


def normalize(x, weight, bias, mean=None, var=None, eps=1e-5):
    """Channel by channel, in float64; without mean and var by the channel's own."""
    y = np.zeros(x.shape)
    for c in range(x.shape[1]):
        numbers = x[:, c].astype(np.float64)
        m = numbers.mean() if mean is None else mean[c]
        v = ((numbers - m) ** 2).mean() if var is None else var[c]
        y[:, c] = weight[c] * (numbers - m) / np.sqrt(v + eps) + bias[c]
    return y.astype(x.dtype)


def running(x, mean, var, momentum=0.1):
    """The running statistics after a batch, channel by channel."""
    mean, var = mean.copy(), var.copy()
    for c in range(x.shape[1]):
        numbers = x[:, c].ravel().astype(np.float64)
        mean[c] = (1 - momentum) * mean[c] + momentum * numbers.mean()
        var[c] = (1 - momentum) * var[c] + momentum * ((numbers - numbers.mean()) ** 2).sum() / (len(numbers) - 1)
    return mean, var


def normalize_back(x, weight, grad, var=None, mean=None, eps=1e-5):
    """(dL/dx, dL/dweight, dL/dbias), channel by channel, through the matrix of each channel's derivative."""
    grad_x, n = np.zeros(x.shape), x[:, 0].size
    grad_weight, grad_bias = np.zeros(len(weight)), np.zeros(len(weight))
    for c in range(x.shape[1]):
        numbers, g = x[:, c].ravel().astype(np.float64), grad[:, c].ravel().astype(np.float64)
        m = numbers.mean() if mean is None else mean[c]
        d = np.sqrt((((numbers - m) ** 2).mean() if var is None else var[c]) + eps)
        h = (numbers - m) / d
        jacobian = np.eye(n) if var is not None else np.eye(n) - 1 / n - np.outer(h, h) / n
        grad_x[:, c] = (weight[c] / d * (jacobian.T @ g)).reshape(x[:, c].shape)
        grad_weight[c], grad_bias[c] = g @ h, g.sum()
    return grad_x.astype(x.dtype), grad_weight.astype(weight.dtype), grad_bias.astype(weight.dtype)


def batch(rng, *shape, dtype=np.float64):
    """(x, weight, bias, running_mean, running_var, grad): every channel has a mean and a deviation of its own."""
    C = shape[1]
    x = signed(rng, *shape) * rng.uniform(0.5, 3, C)[:, None, None] + signed(rng, C)[:, None, None] * 2
    arrays = x, signed(rng, C), signed(rng, C), signed(rng, C), rng.uniform(0.5, 3, C), signed(rng, *shape)
    return [array.astype(dtype) for array in arrays]


ROW = np.array([0.0, 0, 4, 4]).reshape(1, 1, 1, 4)
ONE = np.array([3.0]), np.array([10.0]), np.array([0.0]), np.array([1.0])  # weight, bias, running mean and variance
SHAPES = (2, 1, 1, 2), (3, 2, 2, 2), (2, 3, 4, 5), (4, 3, 2, 3), (3, 3, 3, 3)


def typed_norm(var, mean, settings, last="y, mean, var"):
    """The four numbers of the worked example, as a student could type them."""
    return (
        f"mean, var = np.array([{mean}.0]), np.array([{var}.0])\n"
        f"norm = BatchNorm2d(mean, var, {settings})\n"
        "y = norm.forward(np.array([[[[0.0, 0, 4, 4]]]]), np.array([3.0]), np.array([10.0]))\n"
        f"{last}"
    )


def norm_by_hand(rng):
    y = np.array([7.0, 7, 13, 13]).reshape(ROW.shape)
    right = y, np.array([0.2]), np.array([0.9 + 0.1 * 16 / 3])
    note = "mean 2, variance 4; the unbiased one is 16/3"
    shown = typed_norm(1, 0, "training=True, eps=0.0")
    yield Case((ROW, *ONE, True, {"eps": 0.0}), right, note=note, typed=shown)
    right = y, np.array([1.0]), np.array([0.5 + 0.5 * 16 / 3])
    shown = typed_norm(1, 0, "training=True, momentum=0.5, eps=0.0")
    yield Case((ROW, *ONE, True, {"momentum": 0.5, "eps": 0.0}), right, note="momentum 0.5", typed=shown)


def norm_evaluation_by_hand(rng):
    arrays = ROW, np.array([3.0]), np.array([10.0]), np.array([1.0]), np.array([9.0])
    right = np.array([9.0, 9, 13, 13]).reshape(ROW.shape), np.array([1.0]), np.array([9.0])
    note = "running mean 1, running variance 9, weight 3, bias 10"
    yield Case((*arrays, False, {"eps": 0.0}), right, note=note, typed=typed_norm(9, 1, "training=False, eps=0.0"))


def norm_training(rng):
    for shape in SHAPES:
        x, weight, bias, mean, var, _ = batch(rng, *shape)
        yield Case((x, weight, bias, mean, var, True, {}), (normalize(x, weight, bias), *running(x, mean, var)))


def norm_evaluation(rng):
    for shape in (*SHAPES, (1, 3, 1, 1)):
        x, weight, bias, mean, var, _ = batch(rng, *shape)
        y = normalize(x, weight, bias, mean, var)
        yield Case((x, weight, bias, mean, var, False, {}), (y, mean, var))


def norm_running(rng):
    for momentum in 0.1, 0.3, 1.0:
        pictures = [batch(rng, 2, 3, 2, 3)[0] for _ in range(3)]
        weight, bias = signed(rng, 3), signed(rng, 3)
        mean, var = np.zeros(3), np.ones(3)
        for x in pictures:
            mean, var = running(x, mean, var, momentum)
        yield Case((pictures, weight, bias, momentum), (mean, var), note=f"momentum {momentum}")


def norm_used(rng):
    pictures, x = [batch(rng, 2, 3, 2, 3)[0] for _ in range(2)], batch(rng, 1, 3, 1, 2)[0]
    weight, bias, mean, var = signed(rng, 3), signed(rng, 3), np.zeros(3), np.ones(3)
    for picture in pictures:
        mean, var = running(picture, mean, var, 0.3)
    yield Case((pictures, x, weight, bias), normalize(x, weight, bias, mean, var))


def norm_eps(rng):
    x, weight, bias, mean, var, _ = batch(rng, 2, 3, 2, 4)
    right = normalize(x, weight, bias, eps=0.5), *running(x, mean, var)
    yield Case((x, weight, bias, mean, var, True, {"eps": 0.5}), right, note="training, eps 0.5")
    yield Case((x, weight, bias, mean, var, False, {"eps": 0.5}), (normalize(x, weight, bias, mean, var, 0.5), mean, var),
               note="evaluation, eps 0.5")  # fmt: skip
    x = np.full((2, 3, 1, 2), 7.0)
    right = normalize(x, weight, bias), *running(x, mean, var)
    yield Case((x, weight, bias, mean, var, True, {}), right, note="all numbers of a channel are equal: no deviation")


def norm_far_from_0(rng):
    x, weight, bias, mean, var, _ = batch(rng, 2, 2, 3, 4)
    x = x + 1e5
    right = normalize(x, weight, bias), *running(x, mean, var)
    yield Case((x, weight, bias, mean, var, True, {}), right, note="deviations of 1 around 100,000", rtol=1e-8)


def norm_back_by_hand(rng):
    x = ROW.copy()
    grad = np.array([1.0, 0, 0, 0]).reshape(ROW.shape)
    right = np.array([0.75, -0.75, 0, 0]).reshape(ROW.shape), np.array([-1.0]), np.array([1.0])
    shown = typed_norm(1, 0, "training=True", "norm.backward(np.array([[[[1.0, 0, 0, 0]]]]))")
    note = "the first number's result gets a gradient of 1"
    yield Case((x, *ONE, True, grad), right, note=note, rtol=1e-5, typed=shown)


def norm_back(which):
    """Cases for one of the three gradients, in training."""

    def cases(rng):
        for shape in SHAPES:
            x, weight, bias, mean, var, grad = batch(rng, *shape)
            yield Case((which, x, weight, bias, mean, var, True, grad), normalize_back(x, weight, grad)[which])

    return cases


def norm_differences(rng):
    x, weight, bias, mean, var, grad = batch(rng, 2, 2, 2, 3)
    right = (
        numerical_gradient(lambda a: normalize(a, weight, bias), x, grad),
        numerical_gradient(lambda a: normalize(x, a, bias), weight, grad),
        numerical_gradient(lambda a: normalize(x, weight, a), bias, grad),
    )
    yield Case((x, weight, bias, mean, var, True, grad), right, rtol=1e-6)


def norm_back_evaluation(rng):
    for shape in (2, 1, 1, 2), (2, 3, 4, 5), (1, 3, 1, 1):
        x, weight, bias, mean, var, grad = batch(rng, *shape)
        right = normalize_back(x, weight, grad, var, mean)
        yield Case((x, weight, bias, mean, var, False, grad), right)


def norm_empty(rng):
    x, weight, bias, mean, var, _ = batch(rng, 0, 3, 2, 4)
    yield Case((x, weight, bias, mean, var, False, {}), (x, mean, var), note="evaluation, no pictures: N = 0")


def norm_float32(rng):
    for training in True, False:
        x, weight, bias, mean, var, _ = batch(rng, 2, 3, 4, 5, dtype=np.float32)
        right = (normalize(x, weight, bias), *running(x, mean, var)) if training else (
            normalize(x, weight, bias, mean, var), mean, var)  # fmt: skip
        note = f"float32, {'training' if training else 'evaluation'}"
        yield Case((x, weight, bias, mean, var, training, {}), right, note=note)


def norm_back_float32(rng):
    for training in True, False:
        x, weight, bias, mean, var, grad = batch(rng, 2, 3, 4, 5, dtype=np.float32)
        right = normalize_back(x, weight, grad, *(() if training else (var, mean)))
        note = f"float32, {'training' if training else 'evaluation'}"
        yield Case((x, weight, bias, mean, var, training, grad), right, note=note)


def norm_two(rng):
    one, other = batch(rng, 2, 3, 4, 2), batch(rng, 3, 2, 3, 3)
    right = [normalize_back(one[0], one[1], one[-1]), normalize_back(other[0], other[1], other[-1], other[4], other[3])]
    yield Case(([*one[:5], True, one[5]], [*other[:5], False, other[5]]), right, note="one in training, one not")


def norm_second(rng):
    x, weight, bias, mean, var, grad = batch(rng, 2, 3, 4, 2)
    first = batch(rng, 3, 3, 2, 2)[0]
    right = normalize(x, weight, bias), normalize_back(x, weight, grad)
    yield Case((first, x, weight, bias, mean, var, grad), right)


def norm_twice(rng):
    x, weight, bias, mean, var, grad = batch(rng, 2, 3, 2, 4)
    other, note = signed(rng, *x.shape), "and neither moves the running statistics"
    right = normalize_back(x, weight, grad), normalize_back(x, weight, other)
    yield Case((x, weight, bias, mean, var, grad, other), (right, True), note=note)


def norm_engine(rng):
    for training in True, False:
        x, weight, bias, _, _, grad = batch(rng, 2, 3, 3, 2)
        right = normalize_back(x, weight, grad, *(() if training else (np.full(3, 2.0), np.zeros(3))))
        yield Case((x, weight, bias, grad, training), list(right), note="training" if training else "evaluation")


BATCHNORM2D = Exercise(
    "BatchNorm2d",
    (
        Property("training: the worked example", norm_by_hand, probe=norm_forward),
        Property("training: equals the loops, channel by channel", norm_training, points=2, probe=norm_forward),
        Property("evaluation: the worked example", norm_evaluation_by_hand, probe=norm_forward),
        Property("evaluation: uses the running statistics, and leaves them alone", norm_evaluation, probe=norm_forward),
        Property("training moves the arrays it was given", norm_running, probe=running_after),
        Property("what was learned in training is used in evaluation", norm_used, probe=trained_then_used),
        Property("eps is added to the variance", norm_eps, probe=norm_forward),
        Property("numbers far from 0", norm_far_from_0, probe=norm_forward),
        Property("backward: the worked example", norm_back_by_hand, probe=norm_backward),
        Property("backward in training: dL/dx", norm_back(0), points=2, probe=norm_gradient),
        Property("backward in training: dL/dweight", norm_back(1), probe=norm_gradient),
        Property("backward in training: dL/dbias", norm_back(2), probe=norm_gradient),
        Property("backward in training: equals finite differences", norm_differences, points=2, probe=norm_backward),
        Property("backward in evaluation", norm_back_evaluation, probe=norm_backward),
        Property("no pictures at all", norm_empty, probe=norm_forward),
        Property("float32 stays float32", norm_float32, probe=norm_forward),
        Property("backward: float32 stays float32", norm_back_float32, probe=norm_backward),
        Property("a second picture, of another size", norm_second, probe=norm_again),
        Property("two layers side by side do not disturb each other", norm_two, probe=norms_side_by_side),
        Property("a second backward does not depend on the first", norm_twice, probe=norm_backward_twice),
        Property("your Tensor can use it", norm_engine, probe=norm_in_the_engine),
    ),
    uses=("03.Tensor",),
    hints=(
        (
            "A channel's statistics are over the axes 0, 2 and 3. [:, None, None] gives a vector of C numbers the shape that"
            " broadcasts along the channels."
        ),
        (
            "In training: mean and var of the batch to normalize; var * n / (n - 1) for the running variance, with"
            " n = N * H * W. Change the running arrays in place: self.running_mean *= ...; self.running_mean += ..."
        ),
        (
            "Keep h = (x - mean) / sqrt(var + eps) and 1 / sqrt(var + eps). dL/dbias sums grad, dL/dweight sums grad * h,"
            " both over the axes (0, 2, 3)."
        ),
        (
            "In training dL/dx = weight / sqrt(var + eps) * (grad - dL/dbias / n - h * dL/dweight / n); in evaluation the"
            " two subtracted terms are missing, since mean and variance do not depend on x."
        ),
    ),
)

# dropout: figures that do not depend on how the random numbers are drawn ---------------------------------------------


def dropped_share(dropout, p, seed):
    x = Tensor(np.ones((20, 10, 10, 10)))
    y = dropout(x, p, True, np.random.default_rng(seed)).data
    return {"shape": list(y.shape), "share of zeros": round(float(np.mean(y == 0)), 1)}


def kept_numbers(dropout, x, p, seed):
    y = dropout(Tensor(x), p, True, np.random.default_rng(seed)).data
    ratios = (y / x)[y != 0]
    return [float(ratios.min()), float(ratios.max())], len(ratios) > 0


def means_over_draws(dropout, x, p):
    rng = np.random.default_rng(5)
    y = np.mean([dropout(Tensor(x), p, True, rng).data.mean() for _ in range(5)])
    return round(float(y), 1)


def gradient_of_kept(dropout, x, p, seed, grad):
    leaf = Tensor(x, requires_grad=True)
    y = dropout(leaf, p, True, np.random.default_rng(seed))
    y.backward(grad)
    ratios = leaf.grad / grad
    same = bool(np.allclose(ratios, y.data / x))
    return {"as forward": same, "factors": [float(ratios.min()), float(ratios.max())]}


def not_training(dropout, x, p, grad):
    leaf = Tensor(x, requires_grad=True)
    y = dropout(leaf, p, False, np.random.default_rng(3))
    y.backward(grad)
    return y.data, leaf.grad


def nothing_dropped(dropout, x, grad):
    leaf = Tensor(x, requires_grad=True)
    y = dropout(leaf, 0.0, True, np.random.default_rng(3))
    y.backward(grad)
    return y.data, leaf.grad


def same_generator(dropout, x, p):
    a, b, c = (dropout(Tensor(x), p, True, np.random.default_rng(seed)).data for seed in (3, 3, 4))
    rng = np.random.default_rng(3)
    first, second = (dropout(Tensor(x), p, True, rng).data for _ in range(2))
    return {
        "seed 3 twice": bool(np.array_equal(a, b)),
        "seeds 3 and 4": bool(np.array_equal(a, c)),
        "two calls, one generator": bool(np.array_equal(first, second)),
    }


def independent(dropout, shape, seed):
    zero = dropout(Tensor(np.ones(shape)), 0.5, True, np.random.default_rng(seed)).data == 0
    names = "pictures", "channels", "rows", "columns"
    return {name: bool(np.array_equal(zero.take(0, i), zero.take(1, i))) for i, name in enumerate(names)}


def in_a_graph(dropout, x, p, seed, grad):
    leaf = Tensor(x, requires_grad=True)
    doubled = leaf + leaf
    y = dropout(doubled, p, True, np.random.default_rng(seed))
    total = y + doubled
    total.backward(grad)
    kept = y.data != 0
    return bool(np.allclose(leaf.grad[kept], (2 + 2 / (1 - p)) * grad[kept])), bool(
        np.allclose(leaf.grad[~kept], 2 * grad[~kept])
    )


def one_number(dropout, p, draws):
    rng = np.random.default_rng(6)
    x = Tensor(np.ones(1))
    return round(sum(dropout(x, p, True, rng).data[0] == 0 for _ in range(draws)) / draws, 1)


def drop_shapes(dropout, x, p):
    y = dropout(Tensor(x), p, True, np.random.default_rng(1))
    return type(y).__name__, list(y.data.shape), y.data.dtype.name


def float32_gradient(dropout, x, p, grad):
    leaf = Tensor(x, requires_grad=True)
    y = dropout(leaf, p, True, np.random.default_rng(1))
    y.backward(grad)
    return y.data.dtype.name, leaf.grad.dtype.name


def drop_shares(rng):
    for seed, p in enumerate((0.1, 0.5, 0.8, 0.3)):
        expected = {"shape": [20, 10, 10, 10], "share of zeros": p}
        yield Case((p, seed), expected, note=f"20,000 ones, p = {p}")


def drop_kept(rng):
    for seed, p in enumerate((0.5, 0.75, 0.2)):
        factor = 1 / (1 - p)
        note = f"y / x of what is kept, p = {p}: the smallest and the largest"
        yield Case((signed(rng, 3, 4, 5, 2), p, seed), ([factor, factor], True), note=note)


def drop_means(rng):
    for p in 0.5, 0.8:
        yield Case((np.full((20, 5, 20, 20), 2.0), p), 2.0, note=f"the mean of five draws from twos, p = {p}")


def drop_gradients(rng):
    for seed, p in enumerate((0.5, 0.75)):
        right = {"as forward": True, "factors": [0.0, 1 / (1 - p)]}
        note = f"dL/dx divided by grad, p = {p}: the smallest and the largest"
        yield Case((signed(rng, 3, 4, 5, 2), p, seed, signed(rng, 3, 4, 5, 2)), right, note=note)


def drop_evaluation(rng):
    for p in 0.5, 0.9:
        x, grad = signed(rng, 2, 3, 2, 4), signed(rng, 2, 3, 2, 4)
        yield Case((x, p, grad), (x, grad), note=f"not training, p = {p}")


def drop_nothing(rng):
    x, grad = signed(rng, 2, 3, 2, 4), signed(rng, 2, 3, 2, 4)
    yield Case((x, grad), (x, grad), note="p = 0")


def drop_generator(rng):
    right = {"seed 3 twice": True, "seeds 3 and 4": False, "two calls, one generator": False}
    yield Case((signed(rng, 3, 4, 5, 6), 0.5), right, note="are the results equal?")


def drop_independent(rng):
    right = dict.fromkeys(("pictures", "channels", "rows", "columns"), False)
    yield Case(((4, 4, 8, 8), 7), right, note="are the zeros of the first two equal?")


def drop_one(rng):
    yield Case((0.5, 1500), 0.5, note="a single number, p = 0.5: how often it is dropped")


def drop_graph(rng):
    note = "L depends on 2x through dropout and past it"
    yield Case((signed(rng, 3, 4, 5, 2), 0.6, 4, signed(rng, 3, 4, 5, 2)), (True, True), note=note)


def drop_odd(rng):
    for shape in (1, 1, 1, 1), (0, 3, 4, 5), (5, 7), (3,):
        yield Case((signed(rng, *shape), 0.5), ("Tensor", list(shape), "float64"))
    x = signed(rng, 2, 3, 4, 5).astype(np.float32)
    yield Case((x, 0.5), ("Tensor", [2, 3, 4, 5], "float32"), note="float32 stays float32")


def drop_float32(rng):
    x, grad = signed(rng, 2, 3, 4, 5).astype(np.float32), signed(rng, 2, 3, 4, 5).astype(np.float32)
    yield Case((x, 0.5, grad), ("float32", "float32"), note="the result, and dL/dx")


DROPOUT = Exercise(
    "dropout",
    (
        Property("a share of p becomes 0", drop_shares, points=2, probe=dropped_share),
        Property("draws from rng, new numbers in every call", drop_generator, probe=same_generator),
        Property("what is kept is divided by 1 - p", drop_kept, points=2, probe=kept_numbers),
        Property("the mean stays as it was", drop_means, probe=means_over_draws),
        Property("the gradient is dropped and scaled as the numbers were", drop_gradients, 2, gradient_of_kept),
        Property("changes nothing unless training", drop_evaluation, points=2, probe=not_training),
        Property("p = 0 drops nothing", drop_nothing, probe=nothing_dropped),
        Property("every number is dropped by itself", drop_independent, probe=independent),
        Property("a Tensor of one number is dropped as often", drop_one, probe=one_number),
        Property("a part of a larger graph", drop_graph, probe=in_a_graph),
        Property("odd shapes, and float32", drop_odd, probe=drop_shapes),
        Property("float32 backward, too", drop_float32, probe=float32_gradient),
    ),
    uses=("03.Tensor",),
    hints=(
        "Dropout is a product with a mask of zeros and ones. Your Tensor can already multiply, and differentiate it.",
        "rng.random(x.data.shape) >= p is True with probability 1 - p.",
        "return x * Tensor(mask / (1 - p)); the mask needs x's dtype: mask.astype(x.data.dtype).",
    ),
)

# he: figures of many numbers ----------------------------------------------------------------------------------------


def deviation_of(he, shape):
    w = he(shape, np.random.default_rng(8))
    ratio = float(w.var() * np.prod(shape[1:]) / 2)
    return round(ratio, 1) if ratio > 0.1 else float(f"{ratio:.0e}")


def mean_of(he, shape):
    w = he(shape, np.random.default_rng(9))
    return abs(round(float(w.mean() / w.std()), 1))


def is_normal(he, shape):
    w = he(shape, np.random.default_rng(10))
    w = np.abs(w) / w.std()
    return {"share below 1 deviation": round(float(np.mean(w < 1)), 1), "some above 3": bool(w.max() > 3)}


def shape_and_dtype(he, shape):
    w = he(shape, np.random.default_rng(0))
    return list(w.shape), w.dtype.name


def draws_of(he, shape):
    a, b, c = (he(shape, np.random.default_rng(seed)) for seed in (3, 3, 4))
    rng = np.random.default_rng(3)
    first, second = he(shape, rng), he(shape, rng)
    return {
        "seed 3 twice": bool(np.array_equal(a, b)),
        "seeds 3 and 4": bool(np.array_equal(a, c)),
        "two calls, one generator": bool(np.array_equal(first, second)),
        "different numbers": len(np.unique(a)),
    }


def every_kernel(he, shape, axis):
    w = he(shape, np.random.default_rng(11))
    others = tuple(i for i in range(4) if i != axis)
    deviations = w.std(axis=others) * np.sqrt(np.prod(shape[1:]) / 2)
    return bool(np.all((deviations > 0.75) & (deviations < 1.25)))


def few_at_a_time(he, draws):
    rng = np.random.default_rng(12)
    w = np.array([he((1, 1, 1, 3), rng).ravel() for _ in range(draws)])
    means, deviations = w.mean(axis=1), w.std(axis=1)
    return {"all means 0": bool(np.allclose(means, 0)), "deviations equal": bool(np.allclose(deviations, deviations[0]))}


SIZES = (15000, 2, 1, 1), (4000, 8, 1, 1), (700, 3, 7, 2), (20, 200, 3, 3), (5000, 2, 3, 1)


def he_deviations(rng):
    for shape in SIZES:
        yield Case((shape,), 1.0, note=f"variance * {np.prod(shape[1:])} / 2, fan_in being {np.prod(shape[1:])}")


def he_means(rng):
    for shape in SIZES[1:3]:
        yield Case((shape,), 0.0, note="mean / deviation")


def he_normal(rng):
    for shape in SIZES[2:4]:
        yield Case((shape,), {"share below 1 deviation": 0.7, "some above 3": True})


def he_shapes(rng):
    for shape in (4, 3, 2, 5), (1, 1, 1, 1), (2, 7, 1, 1):
        yield Case((shape,), (list(shape), "float64"))


def he_draws(rng):
    right = {"seed 3 twice": True, "seeds 3 and 4": False, "two calls, one generator": False, "different numbers": 120}
    yield Case(((4, 3, 2, 5),), right, note="are the results equal?")


def he_kernels(rng):
    for axis, name in enumerate(("each kernel", "each channel", "each row", "each column")):
        yield Case(((4, 5, 6, 7), axis), True, note=f"{name} has the same deviation, within 25 %")


def he_few(rng):
    note = "twenty kernels of three numbers, drawn one after the other"
    yield Case((20,), {"all means 0": False, "deviations equal": False}, note=note)


HE = Exercise(
    "he",
    (
        Property("draws from rng, new numbers in every call", he_draws, probe=draws_of),
        Property("the variance is 2 / fan_in", he_deviations, points=3, probe=deviation_of),
        Property("the mean is 0", he_means, probe=mean_of),
        Property("a normal distribution", he_normal, points=2, probe=is_normal),
        Property("shape, and float64", he_shapes, probe=shape_and_dtype),
        Property("the same for all kernels, channels, rows and columns", he_kernels, probe=every_kernel),
        Property("every number is drawn by itself", he_few, probe=few_at_a_time),
    ),
    hints=(
        "rng.standard_normal(shape) has variance 1. What happens to the variance if all numbers are multiplied by a?",
        "fan_in is the number of products in one sum: C * kh * kw, all sizes of the shape but the first.",
        "Multiply by the DEVIATION, np.sqrt(2 / fan_in); the variance grows by its square.",
    ),
)

EXERCISES = [CONV2D, MAXPOOL2D, BATCHNORM2D, DROPOUT, HE]
