"""What the answers of lesson 12 must do: sizes, transposed convolution and its backward.

The twin lays one stamp after another onto a canvas and cuts off the border at the end. The answers of the lesson do
neither, so that the two share no mistake. Read mistakes.py next.
"""

from itertools import product

import numpy as np

from minifcn.course.check_writing import check_exercise
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry

# --- The twins: loops, straight from the definitions ---------------------------------------------------------------


def stamped(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Transposed convolution: every pixel lays its value times the kernel onto a canvas; then the border is cut off."""
    (N, K, h, w), (C, kh, kw) = x.shape, weight.shape[1:]
    sides = stride * (h - 1) + kh + output_padding, stride * (w - 1) + kw + output_padding
    canvas = np.zeros((N, C, *sides))
    for k, u, v in product(range(K), range(h), range(w)):
        stamps = x[:, k, u, v].reshape(N, 1, 1, 1) * weight[k]
        canvas[:, :, stride * u : stride * u + kh, stride * v : stride * v + kw] += stamps
    y = canvas[:, :, padding : sides[0] - padding, padding : sides[1] - padding].copy()
    if bias is not None:
        y += bias.reshape(1, C, 1, 1)
    return y.astype(x.dtype)


def gradients(grad, x, weight, stride, padding):
    """The three gradients of transposed convolution; each product of its sum once more, collected by factor."""
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    (N, K, h, w), (C, kh, kw), (H, W) = x.shape, weight.shape[1:], grad.shape[2:]
    for u, v, i, j in product(range(h), range(w), range(kh), range(kw)):
        row, column = stride * u - padding + i, stride * v - padding + j
        if 0 <= row < H and 0 <= column < W:
            for n, k, c in product(range(N), range(K), range(C)):
                grad_x[n, k, u, v] += grad[n, c, row, column] * weight[k, c, i, j]
                grad_weight[k, c, i, j] += grad[n, c, row, column] * x[n, k, u, v]
    grad_bias = np.array([grad[:, c].sum() for c in range(C)], grad.dtype)
    return grad_x.astype(grad.dtype), grad_weight.astype(grad.dtype), grad_bias


def windows(length, kernel, stride, padding):
    """How many windows fit into this many pixels, counted."""
    return len(range(-padding, length + padding - kernel + 1, stride))


# --- 12.lengths_before ---------------------------------------------------------------------------------------------


def lengths(length, kernel, stride, padding, note=""):
    expected = [n for n in range(1, 200) if windows(n, kernel, stride, padding) == length]
    return Case((length, kernel), expected, {"stride": stride, "padding": padding}, note)


def lengths_worked(rng):
    yield Case((2, 3), [4], note="stride 1: only 4 pixels have 2 windows of 3")
    yield Case((2, 3), [5, 6], {"stride": 2}, "0-2 and 2-4 fit into 5 pixels, and into 6")
    yield Case((1, 2), [2, 3, 4], {"stride": 3})
    yield Case((16, 64), [544 + i for i in range(32)], {"stride": 32}, "the upsampling of FCN-32s")


def lengths_without_padding(rng):
    for length, kernel, stride in product((1, 2, 5), (1, 2, 3), (1, 2, 4)):
        yield lengths(length, kernel, stride, 0)


def lengths_with_padding(rng):
    for length, kernel, stride, padding in product((2, 5), (3, 4), (1, 2, 3), (1, 2)):
        yield lengths(length, kernel, stride, padding)


def lengths_of_nothing(rng):
    yield lengths(1, 3, 1, 1, "one pixel")
    yield lengths(1, 3, 3, 2, "the formula begins at -1")
    yield lengths(2, 1, 3, 2, "the formula begins at 0")
    yield lengths(1, 1, 2, 1, "no picture has one window: a single pixel with its padding has two")
    yield lengths(3, 5, 4, 6, "padding wider than the kernel")


# --- 12.conv_transpose2d -------------------------------------------------------------------------------------------

#        N  K  C  h  w kh kw  s  p  output_padding
PLAIN = (1, 1, 1, 1, 1, 2, 2, 1, 0, 0), (1, 1, 1, 1, 2, 1, 2, 1, 0, 0), (1, 1, 1, 2, 1, 3, 2, 1, 0, 0), \
        (1, 2, 1, 1, 1, 1, 1, 1, 0, 0), (1, 1, 2, 1, 1, 1, 1, 1, 0, 0), (1, 2, 2, 2, 2, 2, 2, 1, 0, 0), \
        (2, 3, 4, 3, 2, 2, 3, 1, 0, 0), (2, 2, 3, 2, 4, 3, 1, 1, 0, 0)
STRIDED = (1, 1, 1, 1, 2, 1, 3, 2, 0, 0), (1, 1, 1, 2, 2, 2, 2, 2, 0, 0), (1, 1, 1, 2, 3, 3, 3, 2, 0, 0), \
          (1, 1, 1, 2, 2, 1, 1, 3, 0, 0), (1, 1, 1, 3, 2, 4, 2, 3, 0, 0), (1, 2, 2, 2, 2, 3, 3, 2, 0, 0), \
          (2, 3, 2, 2, 3, 3, 2, 2, 0, 0), (2, 2, 3, 3, 2, 2, 4, 3, 0, 0)
PADDED = (1, 1, 1, 1, 1, 3, 3, 1, 1, 0), (1, 1, 1, 2, 2, 3, 3, 2, 1, 0), (1, 1, 1, 2, 3, 4, 4, 2, 1, 0), \
         (1, 1, 1, 3, 3, 5, 3, 3, 2, 0), (1, 1, 1, 4, 3, 1, 2, 2, 1, 0), (1, 1, 1, 5, 6, 1, 1, 1, 2, 0), \
         (2, 3, 2, 2, 3, 3, 4, 2, 1, 0), (2, 2, 3, 3, 2, 4, 5, 3, 2, 0)
EXTENDED = (1, 1, 1, 1, 1, 1, 1, 2, 0, 1), (1, 1, 1, 1, 1, 3, 3, 2, 1, 1), (1, 1, 1, 2, 2, 3, 3, 2, 1, 1), \
           (1, 1, 1, 2, 1, 2, 4, 3, 1, 2), (1, 1, 1, 2, 3, 5, 4, 3, 2, 1), (1, 1, 1, 2, 2, 2, 3, 3, 0, 1), \
           (1, 2, 2, 2, 2, 3, 3, 2, 1, 1), (2, 3, 2, 3, 2, 3, 4, 2, 1, 1), (2, 2, 3, 2, 3, 4, 3, 3, 2, 2)
BIASED = (1, 1, 1, 1, 1, 1, 1, 1, 0, 0), (1, 1, 2, 1, 1, 1, 2, 1, 0, 0), (2, 1, 3, 2, 2, 2, 2, 2, 0, 0), \
         (2, 3, 2, 2, 3, 3, 2, 2, 1, 1), (1, 2, 4, 3, 2, 2, 3, 3, 1, 2), (1, 3, 3, 2, 2, 2, 2, 1, 0, 0)
ODD = (1, 1, 1, 2, 2, 1, 2, 4, 0, 3), (2, 1, 3, 1, 1, 5, 4, 1, 1, 0), (1, 3, 1, 1, 4, 2, 2, 5, 0, 4), \
      (1, 2, 3, 4, 4, 1, 1, 1, 1, 0), (0, 2, 3, 2, 3, 3, 2, 2, 1, 1), (3, 1, 2, 1, 5, 3, 1, 1, 0, 0)


def question(rng, numbers, dtype=np.float64):
    """(x, weight), and the keyword arguments that are not the default."""
    N, K, C, h, w, kh, kw, stride, padding, output_padding = numbers
    keywords = {"stride": (stride, 1), "padding": (padding, 0), "output_padding": (output_padding, 0)}
    x, weight = signed(rng, N, K, h, w).astype(dtype), signed(rng, K, C, kh, kw).astype(dtype)
    return (x, weight), {name: value for name, (value, usual) in keywords.items() if value != usual}


def describe(numbers):
    """The shapes of a question in words."""
    N, K, C, h, w, kh, kw, stride, padding, extra = numbers
    return (f"x {N}x{K}x{h}x{w}, kernel {kh}x{kw}, {C} out, stride {stride}, padding {padding}, "
            f"output_padding {extra}")


def transposed(list_of_numbers, biased=False, dtype=np.float64):
    """Cases of these shapes: a function (rng), as a Property wants it."""
    def cases(rng):
        for numbers in list_of_numbers:
            (x, weight), keywords = question(rng, numbers, dtype)
            bias = signed(rng, weight.shape[1]).astype(dtype) if biased else None
            given = (x, weight, bias) if biased else (x, weight)
            yield Case(given, stamped(x, weight, bias, **keywords), keywords, describe(numbers))
    return cases


def transposed_worked(rng):
    row, stamp = np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]])
    yield Case((row[..., :1], stamp), stamp, note="a single 1 gives the kernel as it is")
    yield Case((row, stamp), np.array([[[[1.0, 12, 23, 30]]]]), note="stride 1: 1 2 3, and 10 20 30 one place further")
    yield Case((row, stamp), np.array([[[[1.0, 2, 13, 20, 30]]]]), {"stride": 2}, "3 and 10 overlap")
    yield Case((row, stamp), np.array([[[[1.0, 2, 3, 10, 20, 30]]]]), {"stride": 3}, "the stamps lie side by side")
    one, kernel = np.array([[[[1.0]]]]), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    yield Case((one, kernel), kernel, note="a single 1 gives the kernel as it is")
    yield Case((one, kernel), np.array([[[[5.0]]]]), {"stride": 2, "padding": 1}, "padding cuts off all but the middle")
    yield Case((one, kernel), np.array([[[[5.0, 6], [8, 9]]]]), {"stride": 2, "padding": 1, "output_padding": 1},
               "output_padding cuts off less below and at the right")


def size_of_the_result(conv_transpose2d, x, weight, stride, padding, output_padding):
    return conv_transpose2d(x, weight, None, stride, padding, output_padding).shape


def sizes(rng):
    for n, k, stride, padding in product((1, 3), (2, 3), (1, 2, 3), (0, 1)):
        output_padding = (n + k) % stride
        h, w, kh, kw = n, n + 2, k, k + 1
        side = stride * (h - 1) + kh - 2 * padding + output_padding
        other = stride * (w - 1) + kw - 2 * padding + output_padding
        if side >= 1 and other >= 1:
            x, weight = signed(rng, 1, 1, h, w), signed(rng, 1, 2, kh, kw)
            yield Case((x, weight, stride, padding, output_padding), (1, 2, side, other))


def inner_product(conv_transpose2d, y, weight, x, stride, padding, output_padding):
    return (x * conv_transpose2d(y, weight, None, stride, padding, output_padding)).sum()


def adjoint(rng):
    """<x, C^T y> by the answer, <C x, y> by the package's loops; every size that convolution maps to y's is tried."""
    for K, C, h, w, kh, kw, stride, padding in ((1, 1, 1, 1, 2, 2, 1, 0), (2, 2, 2, 2, 3, 3, 2, 1),
                                                (2, 3, 3, 2, 3, 4, 3, 1), (3, 2, 2, 3, 2, 1, 4, 0)):
        geometry = conv_geometry((kh, kw), stride, padding)
        for output_padding in range(stride):
            size = geometry.input_size((h, w), (output_padding,) * 2)
            weight, x, y = signed(rng, K, C, kh, kw), signed(rng, 2, C, *size), signed(rng, 2, K, h, w)
            expected = float((reference.conv_forward(x, weight, geometry) * y).sum())
            yield Case((y, weight, x, stride, padding, output_padding), expected)


# --- 12.conv_transpose2d_backward ----------------------------------------------------------------------------------


def backward_question(rng, numbers, dtype=np.float64):
    """((grad, x, weight), keywords): grad has random numbers of both signs, in the shape of the forward's result."""
    stride, padding, output_padding = numbers[-3:]
    (x, weight), keywords = question(rng, numbers, dtype)
    keywords.pop("output_padding", None)
    grad = signed(rng, *stamped(x, weight, None, stride, padding, output_padding).shape).astype(dtype)
    return (grad, x, weight), keywords


def backward(list_of_numbers, dtype=np.float64):
    """Cases of these shapes against the loops."""
    def cases(rng):
        for numbers in list_of_numbers:
            given, keywords = backward_question(rng, numbers, dtype)
            yield Case(given, gradients(*given, *numbers[-3:-1]), keywords, describe(numbers))
    return cases


def backward_worked(rng):
    grad, x, stamp = np.array([[[[1.0, 0, 0, 0, 100]]]]), np.array([[[[4.0, 5]]]]), np.array([[[[1.0, 2, 3]]]])
    expected = np.array([[[[1.0, 300]]]]), np.array([[[[4.0, 0, 500]]]]), np.array([101.0])
    yield Case((grad, x, stamp), expected, {"stride": 2}, "output 0 is 4*1, output 4 is 5*3")
    one, kernel, grad = np.array([[[[2.0]]]]), np.arange(1.0, 10).reshape(1, 1, 3, 3), np.array([[[[7.0]]]])
    middle = np.zeros((1, 1, 3, 3))
    middle[0, 0, 1, 1] = 14
    yield Case((grad, one, kernel), (np.array([[[[35.0]]]]), middle, np.array([7.0])), {"stride": 2, "padding": 1},
               "of the kernel only the 5 is left: the result is 2*5")


def gradient_of_x(backward, grad, x, weight, stride, padding):
    return backward(grad, x, weight, stride, padding)[0]


def gradient_of_weight(backward, grad, x, weight, stride, padding):
    return backward(grad, x, weight, stride, padding)[1]


def gradient_of_bias(backward, grad, x, weight, stride, padding):
    return backward(grad, x, weight, stride, padding)[2]


SMALL = (PLAIN[1], PLAIN[5], STRIDED[2], STRIDED[6], PADDED[2], PADDED[6], EXTENDED[1], EXTENDED[7])


def forward_in(which, inputs, options):
    """The forward pass as a function of one of its inputs; the others stay."""
    return lambda value: stamped(*(inputs | {which: value}).values(), *options)


def measured(which):
    """Cases whose expected gradient is measured with finite differences: which is "x", "weight" or "bias"."""
    def cases(rng):
        for numbers in SMALL:
            (grad, x, weight), _ = backward_question(rng, numbers)
            inputs, options = {"x": x, "weight": weight, "bias": signed(rng, weight.shape[1])}, numbers[-3:]

            expected = numerical_gradient(forward_in(which, inputs, options), inputs[which], grad)
            yield Case((grad, x, weight, *options[:2]), expected, note=describe(numbers), rtol=1e-6)
    return cases


def two_inner_products(backward, grad, x, weight, stride, padding, other_x, other_weight):
    grad_x, grad_weight, _ = backward(grad, x, weight, stride, padding)
    return (grad_x * other_x).sum(), (grad_weight * other_weight).sum()


def backward_adjoint(rng):
    """<grad, T(other_x, weight)> and <grad, T(x, other_weight)>, T by the loops."""
    for numbers in PLAIN[5], STRIDED[6], PADDED[7], EXTENDED[2], EXTENDED[8]:
        (grad, x, weight), _ = backward_question(rng, numbers)
        other_x, other_weight, options = signed(rng, *x.shape), signed(rng, *weight.shape), numbers[-3:]
        expected = (float((grad * stamped(other_x, weight, None, *options)).sum()),
                    float((grad * stamped(x, other_weight, None, *options)).sum()))
        yield Case((grad, x, weight, *options[:2], other_x, other_weight), expected, note=describe(numbers))


# --- The exercises -------------------------------------------------------------------------------------------------

MAPS = ("07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight")

EXERCISES = [
    Exercise(
        "lengths_before",
        (
            Property("worked by hand: 2 windows of 3 at stride 2 fit into 5 pixels, and into 6", lengths_worked),
            Property("equals trying all lengths, without padding", lengths_without_padding),
            Property("equals trying all lengths, with padding", lengths_with_padding),
            Property("a picture has at least one pixel", lengths_of_nothing),
        ),
        hints=(
            "Where does the last window start if there are `length` of them? Where does it end?",
            "The smallest picture ends where the last window ends, less the padding at both sides: s(n-1) + k - 2p.",
            "The picture may grow by stride - 1 pixels before another window fits: `stride` lengths. None is below 1.",
        ),
    ),
    Exercise(
        "conv_transpose2d",
        (
            Property("worked by hand: stamps of 1 2 3", transposed_worked),
            Property("the output size is s(n-1) + k - 2p + output_padding", sizes, probe=size_of_the_result),
            Property("equals the stamps, one by one, at stride 1", transposed(PLAIN), 2),
            Property("with stride", transposed(STRIDED)),
            Property("padding cuts off the border", transposed(PADDED)),
            Property("output_padding cuts off less below and at the right", transposed(EXTENDED)),
            Property("the bias is added once to every pixel of its channel", transposed(BIASED, biased=True)),
            Property("the adjoint identity <Cx, y> = <x, C^T y>", adjoint, 2, probe=inner_product),
            Property("odd shapes: stride beyond the kernel, padding beyond it, no images", transposed(ODD)),
            Property("float32 stays float32", transposed((STRIDED[6], EXTENDED[7]), biased=True, dtype=np.float32)),
        ),
        uses=MAPS,
        hints=(
            "You need no new loop. Which of the three maps of lesson 7 is C^T?",
            "conv_backward_input wants the size of what it makes: s(n-1) + k - 2p + output_padding, twice.",
            "The weight goes in as it is. At the end add the bias, if there is one, along axis 1.",
        ),
    ),
    Exercise(
        "conv_transpose2d_backward",
        (
            Property("worked by hand: stamps of 1 2 3", backward_worked),
            Property("equals the loops at stride 1", backward(PLAIN), 2),
            Property("equals the loops with stride", backward(STRIDED)),
            Property("equals the loops with padding", backward(PADDED)),
            Property("equals the loops with output_padding", backward(EXTENDED)),
            Property("grad_x against finite differences", measured("x"), probe=gradient_of_x),
            Property("grad_weight against finite differences", measured("weight"), probe=gradient_of_weight),
            Property("grad_bias against finite differences", measured("bias"), probe=gradient_of_bias),
            Property("the adjoint identity for x, and for weight", backward_adjoint, probe=two_inner_products),
            Property("odd shapes: stride beyond the kernel, padding beyond it, no images", backward(ODD)),
            Property("float32 stays float32", backward((STRIDED[6], EXTENDED[7]), dtype=np.float32)),
        ),
        uses=MAPS,
        hints=(
            "<grad, C^T x> = <C grad, x>. So what is the derivative by x?",
            "The same number is <C grad, x>: in it grad is the picture, and x takes the place of lesson 7's grad.",
            "conv_forward(grad, ...), conv_backward_weight(grad, x, ...), and the sum of grad over axes 0, 2 and 3.",
        ),
    ),
]

WRONG = {
    "a wrong size": (
        "output_padding forgotten",
        "output_padding for rows only",
        "padding at one side",
        "padding makes it larger",
        "size of the convolution",
        "n strides for n - 1",
        "output_padding at both ends",
        "size times stride",
        "height and width exchanged",
    ),
    "stamps that overwrite each other, or are averaged": ("stamps overwrite each other", "mean of the stamps"),
    "stamps in the wrong places": ("stride not passed on", "stride not passed to the map", "a convolution"),
    "kernels that are turned, and channels that are mixed up": (
        "kernel turned",
        "kernel's axes exchanged",
        "conv2d's layout of the weight",
        "one channel for all",
    ),
    "a border that is cut off in the wrong place": (
        "a border of zeros",
        "output_padding at the top",
        "cuts off at one end",
        "padding not passed to the map",
        "empty without padding",
        "sides exchanged at the cut",
    ),
    "a wrong bias": (
        "bias forgotten",
        "bias with every stamp",
        "one bias for all channels",
        "bias along the columns",
        "bias where stamps lie",
        "truth of an array",
        "bias always there",
    ),
    "a wrong dtype": (),
}

EXERCISES.append(
    check_exercise(
        "12",
        next(exercise for exercise in EXERCISES if exercise.name == "conv_transpose2d"),
        WRONG,
        hints=(
            "Which part of the answer is linear in x, and which is not? Test the two apart: first without a bias, then with one.",
            "For any x and any z of the result's shape, <conv_forward(z), x> = <z, conv_transpose2d(x)>. Compute the size"
            + " yourself first, s(n-1) + k - 2p + output_padding, and compare shapes.",
            "Loop over cases in which all numbers differ: several pictures, K and C, kh and kw, stride 2 with padding and"
            + " output_padding, stride 3 with kernel 1.",
            "The bias: conv_transpose2d(x, weight, bias, ...) - conv_transpose2d(x, weight, None, ...) is bias[:, None, None]"
            + " at every pixel. Last, ask for float32.",
        ),
    )
)
