"""The CPU kernels against PyTorch on the same threads: the layers of a small FCN in training, then some of VGG16's.

Run `python benchmarks/kernels.py [--threads 2] [--vgg]`.  Both sides are timed in turn, run by run, and medians
compared: a machine that slows down slows both.  A ratio above 1 means that minifcn is faster.
"""

import argparse
import time
from statistics import median

import numba
import numpy as np
import torch
import torch.nn.functional as TF

from minifcn.kernels import cpu
from minifcn.kernels.geometry import conv_geometry, pool_geometry

SMALL_FCN = [
    (3, 16, 96),
    (16, 16, 96),
    (16, 32, 48),
    (32, 32, 48),
    (32, 64, 24),
    (64, 64, 24),
    (64, 64, 12),
    (64, 64, 6),
]
VGG16 = [(3, 64, 224), (64, 64, 224), (128, 128, 112), (256, 256, 56), (512, 512, 28), (512, 512, 14)]
BACKWARD = torch.ops.aten.convolution_backward


def normal(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def conv_rows(label, x, weight, geometry):
    """Yield (name, ours, theirs) for the three maps of one convolution."""
    g, size = geometry, x.shape[2:]
    y = cpu.conv_forward(x, weight, g)
    tx, tw, ty = map(torch.from_numpy, (x, weight, y))
    shape = None, g.stride, g.padding, g.dilation, False, (0, 0), g.groups
    yield (
        f"{label} forward",
        lambda: cpu.conv_forward(x, weight, g),
        lambda: TF.conv2d(tx, tw, None, *shape[1:4], g.groups),
    )
    if x.shape[1] != 3:  # nobody asks for the gradient of the image
        ours = lambda: cpu.conv_backward_input(y, weight, g, size)
        yield f"{label} backward input", ours, lambda: BACKWARD(ty, tx, tw, *shape, (True, False, False))
    ours = lambda: cpu.conv_backward_weight(x, y, g)
    yield f"{label} backward weight", ours, lambda: BACKWARD(ty, tx, tw, *shape, (False, True, False))


def layer_rows(N, layers):
    for C, K, size in layers:
        yield from conv_rows(
            f"conv3x3 {C}->{K} @{size}", normal(N, C, size, size), normal(K, C, 3, 3), conv_geometry(3, 1, 1)
        )


def upsample_rows(N=8, C=8, size=12, stride=8):
    """A transposed convolution's forward is a convolution's backward by its input, and the other way round."""
    g = conv_geometry(2 * stride, stride, stride // 2, 1, C)
    weight, x = normal(C, 1, 2 * stride, 2 * stride), normal(N, C, stride * size, stride * size)
    y = cpu.conv_forward(x, weight, g)
    tx, tw, ty = map(torch.from_numpy, (x, weight, y))
    shape = None, g.stride, g.padding, g.dilation, True, (0, 0), C
    label = f"upsample k{2 * stride} s{stride} {C} @{size}"
    yield (
        f"{label} forward",
        lambda: cpu.conv_backward_input(y, weight, g, x.shape[2:]),
        lambda: TF.conv_transpose2d(ty, tw, None, g.stride, g.padding, 0, C),
    )
    yield (
        f"{label} backward input",
        lambda: cpu.conv_forward(x, weight, g),
        lambda: BACKWARD(tx, ty, tw, *shape, (True, False, False)),
    )
    yield (
        f"{label} backward weight",
        lambda: cpu.conv_backward_weight(x, y, g),
        lambda: BACKWARD(tx, ty, tw, *shape, (False, True, False)),
    )


def other_rows(N=8, C=16, size=96, classes=8):
    x, grad = normal(N, C, size, size), normal(N, C, size, size) + 1
    tx, tg = torch.from_numpy(x), torch.from_numpy(grad)
    yield "relu 16 @96 forward", lambda: cpu.relu_forward(x, 0.0), lambda: TF.relu(tx)
    yield (
        "relu 16 @96 backward",
        lambda: cpu.relu_backward(grad, x, 0.0),
        lambda: torch.ops.aten.threshold_backward(tg, tx, 0),
    )

    flat, flat_grad, ones = x.reshape(N, C, -1), grad.reshape(N, C, -1), np.ones(C, np.float32)
    t_ones = torch.from_numpy(ones)

    def ours():
        mean, var = cpu.channel_moments(flat)
        return cpu.batch_norm_forward(flat, mean, 1 / np.sqrt(var + np.float32(1e-5)), ones, ones)

    yield "batch norm 16 @96 forward", ours, lambda: TF.batch_norm(tx, None, None, t_ones, t_ones, True)
    mean, var = cpu.channel_moments(flat)
    t_mean, t_invstd = torch.from_numpy(mean), torch.from_numpy(1 / np.sqrt(var + np.float32(1e-5)))
    yield (
        "batch norm 16 @96 backward",
        lambda: cpu.batch_norm_backward(flat_grad, flat, mean, t_invstd.numpy(), ones),
        lambda: torch.ops.aten.native_batch_norm_backward(
            tg, tx, t_ones, None, None, t_mean, t_invstd, True, 1e-5, [True] * 3
        ),
    )

    pool = pool_geometry(2)
    y, index = cpu.max_pool_forward(x, pool)
    t_index = torch.from_numpy(index.astype(np.int64))
    yield (
        "max pool 2x2 16 @96 forward",
        lambda: cpu.max_pool_forward(x, pool),
        lambda: TF.max_pool2d(tx, 2, return_indices=True),
    )
    yield (
        "max pool 2x2 16 @96 backward",
        lambda: cpu.max_pool_backward(y, index, pool, (size, size)),
        lambda: torch.ops.aten.max_pool2d_with_indices_backward(
            torch.from_numpy(y), tx, [2, 2], [2, 2], [0, 0], [1, 1], False, t_index
        ),
    )

    target, weights = np.random.default_rng(0).integers(0, classes, (N, size * size)), np.ones(classes, np.float32)
    logits = normal(N, classes, size * size)
    loss, log_normalizer = cpu.cross_entropy_forward(logits, target, weights, 255)
    t_logits, t_target = torch.from_numpy(logits).requires_grad_(), torch.from_numpy(target)
    t_loss = TF.cross_entropy(t_logits, t_target, ignore_index=255)
    yield (
        "cross entropy 8 @96 forward",
        lambda: cpu.cross_entropy_forward(logits, target, weights, 255).__class__,
        lambda: TF.cross_entropy(t_logits.detach(), t_target, ignore_index=255),
    )
    yield (
        "cross entropy 8 @96 backward",
        lambda: cpu.cross_entropy_backward(loss, logits, log_normalizer, target, weights, 255),
        lambda: torch.autograd.grad(t_loss, t_logits, retain_graph=True),
    )


def compare(ours, theirs, seconds=0.4):
    """Median seconds of both, run in turn for about `seconds` after a first run that counts for nothing."""
    times, until = ([], []), time.perf_counter() + seconds
    while time.perf_counter() < until or len(times[0]) < 6:
        for function, taken in zip((ours, theirs), times):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return median(times[0][1:]), median(times[1][1:])


def table(title, rows):
    print(f"\n{title:44}{'torch ms':>10}{'minifcn ms':>12}{'ratio':>8}")
    total_ours = total_theirs = 0.0
    for label, ours, theirs in rows:
        a, b = compare(ours, theirs)
        total_ours, total_theirs = total_ours + a, total_theirs + b
        print(f"{label:44}{1e3 * b:10.2f}{1e3 * a:12.2f}{b / a:8.2f}", flush=True)
    print(f"{'all':44}{1e3 * total_theirs:10.2f}{1e3 * total_ours:12.2f}{total_theirs / total_ours:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=numba.get_num_threads())
    parser.add_argument("--vgg", action="store_true", help="time VGG16's layers too (half a minute more)")
    arguments = parser.parse_args()
    numba.set_num_threads(arguments.threads)
    torch.set_num_threads(arguments.threads)
    with torch.no_grad():
        table("small FCN, batch 8: convolutions", [*layer_rows(8, SMALL_FCN), *upsample_rows()])
    table("small FCN, batch 8: the rest", other_rows())
    if arguments.vgg:
        with torch.no_grad():
            table("VGG16, batch 1", layer_rows(1, VGG16))


if __name__ == "__main__":
    main()
