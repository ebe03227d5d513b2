"""Random right configurations of random operations: shapes, axes, settings, memory layouts. None may be rejected."""

import numpy as np

from minifcn import cat, stack, where
from minifcn import functional as F


def configuration(seed):
    """(name, function, inputs) number `seed`."""
    rng = np.random.default_rng(seed)
    make = MAKERS[rng.integers(len(MAKERS))]
    function, inputs = make(rng)
    return make.__name__, function, [any_layout(rng, x) for x in inputs]


def any_layout(rng, x):
    """The same values, one time in four in another memory layout."""
    choice = rng.integers(8)
    if choice == 0:
        return np.asfortranarray(x)
    if choice == 1 and x.ndim:
        return np.repeat(x, 2, axis=-1)[..., ::2]
    return x


def shape(rng, ndim, low=1, high=4):
    return tuple(int(n) for n in rng.integers(low, high + 1, ndim))


def pair(rng, low, high):
    return shape(rng, 2, low, high)


def broadcastable(rng, full):
    """A shape that broadcasts to `full`: sizes replaced by 1, axes left out in front."""
    ones = tuple(n if rng.random() < 0.6 else 1 for n in full)
    return ones[rng.integers(len(full)) if rng.random() < 0.3 else 0 :]


def arithmetic(rng):
    full = shape(rng, int(rng.integers(1, 4)))
    a, b = rng.uniform(0.5, 2, full), rng.uniform(0.5, 2, broadcastable(rng, full))
    operators = [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b,
        lambda a, b: b - a, lambda a, b: b / a, lambda a, b: a * a + b, lambda a, b: (a * b).exp() / (a + b).sqrt(),
        lambda a, b: -(a.log() * b) - 3 / a, lambda a, b: where(a.data > 1, a * 2, b),
    ]  # fmt: skip
    return operators[rng.integers(len(operators))], [a, b]


def matmul(rng):
    n, k, m = shape(rng, 3, 1, 5)
    batch = shape(rng, int(rng.integers(0, 2)), 1, 3)
    a, b = (*batch, n, k), (*(batch if rng.random() < 0.5 else ()), k, m)
    if rng.random() < 0.2:
        b = (k,)
    return lambda a, b: a @ b, [rng.standard_normal(a), rng.standard_normal(b)]


def reduction(rng):
    full = shape(rng, int(rng.integers(1, 4)))
    dim, keepdim = int(rng.integers(-len(full), len(full))), bool(rng.integers(2))
    functions = [
        lambda x: x.sum(dim, keepdim), lambda x: x.mean(dim, keepdim), lambda x: x.max(dim, keepdim)[0],
        lambda x: x.sum(), lambda x: x.mean(), lambda x: x.max(), lambda x: F.softmax(x, dim),
        lambda x: F.log_softmax(x, dim),
    ]  # fmt: skip
    return functions[rng.integers(len(functions))], [rng.standard_normal(full)]


def moves(rng):
    full = shape(rng, 3)
    axis, dims = int(rng.integers(-3, 3)), tuple(int(d) for d in rng.permutation(3))
    rows = rng.integers(-full[0], full[0], 5)
    widths = [int(w) for w in rng.integers(0, 3, 4)]
    functions = [
        lambda x: x.reshape(-1),
        lambda x: x.permute(dims), lambda x: x[rows], lambda x: x[:, ::-1], lambda x: x[rows, ..., 0],
        lambda x: cat([x, 2 * x], axis),
        lambda x: stack([x, x * x], axis), lambda x: F.pad(x, widths), lambda x: x[0, None],
        lambda x: F.pad(x, widths, "replicate"), lambda x: x.flatten(1), lambda x: x.transpose(axis, 0),
    ]  # fmt: skip
    return functions[rng.integers(len(functions))], [rng.standard_normal(full)]


def convolution(rng):
    groups, (kh, kw) = int(rng.integers(1, 4)), pair(rng, 1, 3)
    settings = {"stride": pair(rng, 1, 3), "padding": pair(rng, 0, 2), "dilation": pair(rng, 1, 2), "groups": groups}
    size = [d * (k - 1) + 1 + int(rng.integers(0, 4)) for d, k in zip(settings["dilation"], (kh, kw))]
    channels, kernels = int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    shapes = [(int(rng.integers(1, 3)), channels * groups, *size), (kernels, channels, kh, kw), (kernels,)]
    return lambda *inputs: F.conv2d(*inputs, **settings), normal(rng, shapes[: rng.integers(2, 4)])


def transposed_convolution(rng):
    groups, kernel, stride, dilation = int(rng.integers(1, 3)), pair(rng, 1, 4), pair(rng, 1, 3), pair(rng, 1, 2)
    size = pair(rng, 2, 4)
    spans = [s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(stride, size, dilation, kernel)]
    settings = {
        "stride": stride, "dilation": dilation, "groups": groups,
        "padding": tuple(int(rng.integers(0, min(3, (span - 1) // 2 + 1))) for span in spans),
        "output_padding": tuple(int(rng.integers(0, s)) for s in stride),
    }  # fmt: skip
    channels, kernels = int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    shapes = [(int(rng.integers(1, 3)), kernels, *size), (kernels, channels, *kernel), (channels * groups,)]
    return lambda *inputs: F.conv_transpose2d(*inputs, **settings), normal(rng, shapes[: rng.integers(2, 4)])


def volumes(rng):
    stride, padding, kernel, dilation = shape(rng, 3, 1, 2), shape(rng, 3, 0, 1), shape(rng, 3, 2, 3), shape(rng, 3, 1, 2)
    size = [d * (k - 1) + 1 + int(rng.integers(0, 2)) for d, k in zip(dilation, kernel)]
    functions = [
        lambda x, w: F.conv3d(x, w, None, stride, padding, dilation),
        lambda x, w: F.conv_transpose3d(x, w, None, stride, padding, 0, 1, dilation),
        lambda x, w: F.max_pool3d(x, kernel, stride, padding, 1, bool(padding[0])) * w.sum(),
    ]  # fmt: skip
    return functions[rng.integers(3)], normal(rng, [(1, 2, *size), (2, 2, *kernel)])


def fully_connected(rng):
    n, n_in, n_out = shape(rng, 3, 1, 5)
    return lambda *inputs: F.linear(*inputs), normal(rng, [(n, n_in), (n_out, n_in), (n_out,)][: rng.integers(2, 4)])


def activation(rng):
    slope = float(rng.uniform(0, 0.5))
    functions = [F.relu, lambda x: F.leaky_relu(x, slope), F.sigmoid, F.tanh, lambda x: F.dropout(x, slope)]
    return functions[rng.integers(len(functions))], normal(rng, [shape(rng, int(rng.integers(0, 5)))])


def pooling(rng):
    kernel = pair(rng, 1, 3)
    padding, dilation = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel), pair(rng, 1, 2)
    settings = {"stride": pair(rng, 1, 3), "padding": padding, "ceil_mode": bool(rng.integers(2))}
    size = [d * (k - 1) + 1 + int(rng.integers(0, 4)) for d, k in zip(dilation, kernel)]
    include, grid = bool(rng.integers(2)), pair(rng, 1, 4)
    functions = [
        lambda x: F.max_pool2d(x, kernel, dilation=dilation, **settings),
        lambda x: F.avg_pool2d(x, kernel, count_include_pad=include, **settings),
        lambda x: F.adaptive_avg_pool2d(x, grid),
    ]
    return functions[rng.integers(3)], normal(rng, [(*pair(rng, 1, 3), *size)])


def resizing(rng):
    axes = int(rng.integers(1, 4))
    mode = ["nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]][rng.integers(2)]
    settings = {"mode": mode}
    if rng.random() < 0.5:
        settings["size"] = shape(rng, axes, 1, 6)
    else:
        settings["scale_factor"] = float(rng.uniform(1, 2.5))
    if mode != "nearest":
        settings["align_corners"] = bool(rng.integers(2))
    return lambda x: F.interpolate(x, **settings), normal(rng, [shape(rng, 2 + axes, 1, 4 if axes < 3 else 3)])


def normalisation(rng):
    n, c, h, w = *shape(rng, 2, 2, 4), *pair(rng, 1, 3)
    size, beta = int(rng.integers(1, c + 3)), float(rng.uniform(0.3, 1))
    mean, var = rng.standard_normal(c), rng.uniform(0.5, 2, c)
    functions = [
        lambda x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True, eps=1e-3),
        lambda x, weight, bias: F.batch_norm(x, mean, var, weight, bias),
        lambda x, *unused: F.local_response_norm(x, size, 1.0, beta),
    ]
    return functions[rng.integers(3)], normal(rng, [(n + 2, c, h, w), (c,), (c,)])


def loss(rng):
    n, c, h, w = *shape(rng, 2, 1, 4), *pair(rng, 1, 3)
    target = rng.integers(0, c, (n, h, w))
    target[rng.random(target.shape) < 0.2] = 255
    weight = rng.uniform(0.5, 2, c) if rng.random() < 0.5 else None
    reduction = ["mean", "sum", "none"][rng.integers(3)]
    if rng.random() < 0.2:
        other = rng.standard_normal((n, c, h, w))
        return lambda x: F.mse_loss(x, other, reduction=reduction), normal(rng, [(n, c, h, w)])
    function = [F.cross_entropy, F.nll_loss][rng.integers(2)]
    return lambda x: function(x, target, weight, ignore_index=255, reduction=reduction), normal(rng, [(n, c, h, w)])


def block(rng):
    c, k = pair(rng, 1, 3)
    size = pair(rng, 3, 6)

    def function(x, weight, bias):
        return F.log_softmax(F.max_pool2d(F.relu(F.conv2d(x, weight, bias, padding=1)), 2, ceil_mode=True), 1)

    return function, normal(rng, [(1, c, *size), (k, c, 3, 3), (k,)])


def normal(rng, shapes):
    return [rng.standard_normal(s) * rng.choice([0.3, 1, 3]) for s in shapes]


MAKERS = [
    arithmetic, matmul, reduction, moves, convolution, transposed_convolution, fully_connected, activation, pooling,
    resizing, normalisation, loss, block, volumes,
]  # fmt: skip
