"""Compiles every CPU kernel by calling it once on tiny arrays; later runs load the code from disk.

Without it, the first training step would silently wait ten seconds for the compiler.  A test compares the list with
the names that the kernels export.
"""

import contextlib
import os

import numpy as np
from tqdm import tqdm

from .. import cpu
from ..algorithms import algorithm
from ..geometry import conv_geometry, pool_geometry
from .runtime.cache import begin_compilation, warm_marker
from .runtime.compile import CACHE
from .runtime.launch import thread_count

# Convolutions that each algorithm fits: its name, the geometry, the channels, and the image's height and width.
RARE = (
    ("im2col", conv_geometry(1), 2, 4),
    ("im2col_blocks", conv_geometry(3, 2, 1), 16, 4),
    ("taps", conv_geometry(3, 1, 4, 4), 16, 16),
    ("phases", conv_geometry(3, 1, 2, 2), 16, 16),
    ("groups", conv_geometry(3, 1, 1, groups=2), 32, 4),
    ("winograd2", conv_geometry(5, 1, 2), 16, 4),
    ("winograd3", conv_geometry(7, 1, 3), 16, 4),
    ("winograd2", conv_geometry(3, 1, 1), 16, 4),
)
COMMON = (("direct", conv_geometry(3, 1, 1), 16, 4), ("winograd4", conv_geometry(3, 1, 1), 16, 16))
WITH_RELU = (*RARE[-3:], *COMMON)  # those that compute a ReLU with their outputs, for predictions: nn.Module.fuse
UPSAMPLING = (("depthwise", conv_geometry(2, 2, 0, groups=2), 2, 4),)
WIDEST_VECTOR = 64  # bytes


def warm_up(dtype=np.float32, progress=None):
    """Call every kernel with arrays of `dtype`.  `progress` (tqdm, say) wraps the list of calls."""
    if CACHE:
        begin_compilation(CACHE, np.dtype(dtype).name)
    calls = all_calls(np.dtype(dtype))
    for call in progress(calls) if progress else calls:
        make(*call)
    mark(np.dtype(dtype))


def make(name, arguments, forced):
    """Call the kernel `name`, with a convolution algorithm forced."""
    with algorithm(forced):
        getattr(cpu, name)(*arguments)


def help_to_compile(dtype, part):
    """What a helper does (runtime/helpers.py): the first `part` of warm_up's calls, the last of them first.

    It ends when the process that started it has ended, even if that was killed and could not end its helpers.
    """
    calls, parent = all_calls(np.dtype(dtype)), os.getppid()
    for call in reversed(calls[: round(part * len(calls))]):
        if os.getppid() != parent:
            return
        make(*call)
    if part == 1:
        mark(np.dtype(dtype))


def mark(dtype):
    """Record that all kernels are on disk."""
    if CACHE:
        with contextlib.suppress(OSError):  # a full disk
            warm_marker(CACHE, dtype).touch()


def all_calls(dtype):
    """(name, arguments, algorithm) for every kernel: first what few networks need, last what a training step needs late.

    A helper begins at the end, so that it is ahead of a training step in the process that started it.
    """
    return [
        *tiny_fused(dtype),
        *tiny_convolutions(dtype, RARE),
        *tiny_calls(dtype),
        *tiny_convolutions(dtype, COMMON),
        tiny_pointwise(dtype),
        *tiny_losses(dtype),
        *tiny_convolutions(dtype, UPSAMPLING),
    ]


def warm_up_once(dtype=np.float32, before=None):
    """warm_up with a progress bar, unless an earlier one has left its code on disk, or nothing can be left there.

    before: a function to call first, if it does anything
    """
    if CACHE and not warm_marker(CACHE, np.dtype(dtype)).exists():
        if before is not None:
            before()
        warm_up(dtype, compilation_bar)


def compilation_bar(calls):
    """A progress bar over the calls that compile the kernels."""
    return tqdm(calls, desc="compiling the kernels, once", unit="kernel", leave=False, disable=None)


def tiny_calls(dtype):
    """(name, arguments, "auto") for every kernel except convolutions and losses."""
    image, row, channel = np.ones((1, 2, 4, 4), dtype), np.ones((1, 2, 16), dtype), np.ones(2, dtype)
    size, pool, half = (4, 4), pool_geometry(2), np.ones((1, 2, 2, 2), dtype)
    calls = [
        ("matmul", (row, np.ones((16, 1), dtype))),
        ("sgd_step", (channel.copy(), channel, channel.copy(), 0.1, 0.9, 0.0, False)),
        ("adam_step", (*[channel.copy() for _ in range(4)], 0.1, 0.9, 0.9, 0.1, 0.1, True, 1)),
        ("im2col", (image, conv_geometry(1))),
        ("col2im", (row, conv_geometry(1), size)),
        ("avg_pool_forward", (image, pool, True)),
        ("avg_pool_backward", (half, pool, size, True)),
        ("banded_matmul", (row, np.zeros(1, np.int64), np.ones((1, 2), dtype))),
        ("relu_forward", (image, 0.0)),
        ("relu_backward", (image, image, 0.0)),
        ("channel_sum", (row,)),
        ("channel_moments", (row,)),
        ("batch_norm_forward", (row, channel, channel, channel, channel)),
        ("batch_norm_backward", (row, row, channel, channel, channel)),
        ("max_pool_forward", (image, pool)),
        ("max_pool_backward", (half, np.zeros(half.shape, np.int32), pool, size)),
    ]
    return [(name, arguments, "auto") for name, arguments in calls]


def tiny_losses(dtype):
    """The same for the loss."""
    row, channel, score = np.ones((1, 2, 16), dtype), np.ones(2, dtype), np.ones((1, 16), dtype)
    target = np.zeros((1, 16), np.int64)
    return [
        ("cross_entropy_forward", (row, target, channel, 255), "auto"),
        ("cross_entropy_backward", (score, row, score, target, channel, 255), "auto"),
    ]


def tiny_fused(dtype):
    """The same for convolutions with a ReLU, without and with max pooling."""
    calls = [call for call in tiny_convolutions(dtype, WITH_RELU) if call[0] == "conv_forward"]
    pools = None, pool_geometry(2)
    return [(name, (*arrays, None, True, None, pool), forced) for name, arrays, forced in calls for pool in pools]


def tiny_pointwise(dtype):
    """The same for the weight's gradient of a 1x1 convolution from so many channels that each thread has two vectors of them."""
    channels = 2 * WIDEST_VECTOR // dtype.itemsize * thread_count()
    x, grad = np.ones((1, channels, 1, 1), dtype), np.ones((1, 2, 1, 1), dtype)
    return "conv_backward_weight", (x, grad, conv_geometry(1)), "direct"


def tiny_convolutions(dtype, shapes):
    """The same for the three maps of a convolution, in every algorithm of `shapes`."""
    calls = []
    for forced, geometry, channels, size in shapes:
        image = np.ones((1, channels, size, size), dtype)
        weight = np.ones((channels, channels // geometry.groups, *geometry.kernel_size), dtype)
        grad = np.ones((1, channels, *geometry.output_size((size, size))), dtype)
        calls += [
            ("conv_forward", (image, weight, geometry), forced),
            ("conv_backward_input", (grad, weight, geometry, (size, size)), forced),
            ("conv_backward_weight", (image, grad, geometry), forced),
        ]
    return calls
