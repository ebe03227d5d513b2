"""Cross-entropy at every pixel.  The softmax is never stored; backward recomputes it from the log of its normalizer.

The pixels of a class are contiguous in memory, so every inner loop runs along pixels, with the classes in the loop
around it.  Over a whole image, that would read all logits from main memory three times: for the maximum, the sum and the
loss.  The kernels therefore work on blocks of pixels, whose classes all stay in the cache from the first pass to the
last.  Blocks are also the unit of parallelism: one large image keeps all threads busy.  Read optimizers.py next.
"""

import numpy as np

from .exponential import exp, log
from .runtime.compile import dense, inlined, share
from .runtime.launch import parallel, thread_count
from .runtime.memory import empty

BLOCK = 512  # pixels; times 21 classes they are 42 KB


def cross_entropy_forward(logits, target, class_weight, ignore_index):
    """loss = class_weight[t] * (log sum_c exp(logits[c]) - logits[t]) at every pixel, 0 where t is ignore_index.

    logits (N, C, P), target (N, P) int64, class_weight (C,); returns (loss, log_normalizer), both (N, P).
    """
    loss, log_normalizer = np.empty(target.shape, logits.dtype), np.empty(target.shape, logits.dtype)
    N, C, P = logits.shape
    rows = dense(logits).reshape(N * C, P)
    forward_blocks(rows, dense(target), dense(class_weight), ignore_index, loss, log_normalizer)
    return loss, log_normalizer


def cross_entropy_backward(grad_loss, logits, log_normalizer, target, class_weight, ignore_index):
    """grad_logits[c] = grad_loss * class_weight[t] * (softmax(logits)[c] - [c == t]), and 0 where t is ignore_index.

    grad_loss, log_normalizer, target (N, P), logits (N, C, P), class_weight (C,); returns grad_logits (N, C, P).
    """
    N, C, P = logits.shape
    grad_logits, factor = empty((N * C, P), logits.dtype), np.empty((thread_count(), BLOCK), logits.dtype)
    rows, pixels = dense(logits).reshape(N * C, P), (dense(grad_loss), dense(log_normalizer), dense(target))
    backward_blocks(rows, *pixels, dense(class_weight), ignore_index, factor, grad_logits)
    return grad_logits.reshape(N, C, P)


@parallel
def forward_blocks(thread, threads, logits, target, class_weight, ignore_index, loss, log_normalizer):
    N, P = target.shape
    blocks = (P + BLOCK - 1) // BLOCK
    first, last = share(N * blocks, thread, threads)
    for task in range(first, last):
        n, start = task // blocks, task % blocks * BLOCK
        forward_block(logits, target, class_weight, ignore_index, n, start, min(P, start + BLOCK), loss, log_normalizer)


@inlined
def forward_block(logits, target, class_weight, ignore_index, n, start, stop, loss, log_normalizer):
    """Pixels start..stop of image n.  Until the end, `loss` holds the largest logit, which keeps exp from overflowing.

    Indices are unsigned: for signed ones, Numba checks whether they are negative, counting from the end.
    """
    C, start, stop = len(class_weight), np.uint64(start), np.uint64(stop)
    for p in range(start, stop):
        loss[n, p], log_normalizer[n, p] = logits[n * C, p], 0
    for c in range(1, C):
        for p in range(start, stop):
            loss[n, p] = max(loss[n, p], logits[n * C + c, p])
    for c in range(C):
        for p in range(start, stop):
            log_normalizer[n, p] += exp(logits[n * C + c, p] - loss[n, p])
    for p in range(start, stop):
        log_normalizer[n, p] = loss[n, p] + log(log_normalizer[n, p])
    for p in range(start, stop):
        t, loss[n, p] = target[n, p], 0
        if t != ignore_index:
            loss[n, p] = class_weight[t] * (log_normalizer[n, p] - logits[n * C + t, p])


@parallel
def backward_blocks(
    thread, threads, logits, grad_loss, log_normalizer, target, class_weight, ignore_index, factor, grad_logits
):
    N, P = target.shape
    blocks = (P + BLOCK - 1) // BLOCK
    first, last = share(N * blocks, thread, threads)
    for task in range(first, last):
        n, start = task // blocks, task % blocks * BLOCK
        pixels, labels = (n, start, min(P, start + BLOCK)), (target, class_weight, ignore_index)
        backward_block(logits, grad_loss, log_normalizer, *labels, *pixels, factor[thread], grad_logits)


@inlined
def backward_block(
    logits, grad_loss, log_normalizer, target, class_weight, ignore_index, n, start, stop, factor, grad_logits
):
    """Pixels start..stop of image n; exactly 0 where the factor is 0, even for non-finite logits."""
    C, start, stop = len(class_weight), np.uint64(start), np.uint64(stop)
    for p in range(start, stop):
        t, factor[p - start] = target[n, p], 0
        if t != ignore_index:
            factor[p - start] = grad_loss[n, p] * class_weight[t]
    for c in range(n * C, (n + 1) * C):
        for p in range(start, stop):
            f = factor[p - start]
            softmax = exp(logits[c, p] - log_normalizer[n, p])
            grad_logits[c, p] = f * softmax if f != 0 else f
    for p in range(start, stop):
        t = target[n, p]
        if t != ignore_index:
            grad_logits[n * C + t, p] -= factor[p - start]
