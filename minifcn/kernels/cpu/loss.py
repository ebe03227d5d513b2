"""Cross-entropy at every pixel.  The softmax is never stored; backward makes it again from its normalizer's logarithm.

Every loop runs along the pixels, which lie side by side in memory; the classes are the outer loop.
"""

import numpy as np
from numba import prange

from .compile import dense, kernel, parallel, share
from .exponential import exp
from .threads import thread_count


def cross_entropy_forward(logits, target, class_weight, ignore_index):
    """loss = class_weight[t] * (log sum_c exp(logits[c]) - logits[t]) at every pixel, 0 where t is ignore_index.

    logits (N, C, P), target (N, P) int64, class_weight (C,); returns (loss, log_normalizer), both (N, P).
    """
    loss, log_normalizer = np.empty(target.shape, logits.dtype), np.empty(target.shape, logits.dtype)
    logits, largest = dense(logits), np.empty(target.shape, logits.dtype)
    sum_exponentials(logits, thread_count(), largest, log_normalizer)
    np.log(log_normalizer, out=log_normalizer)
    log_normalizer += largest
    pick_losses(logits, dense(target), dense(class_weight), ignore_index, log_normalizer, loss)
    return loss, log_normalizer


def cross_entropy_backward(grad_loss, logits, log_normalizer, target, class_weight, ignore_index):
    """grad_logits[c] = grad_loss * class_weight[t] * (softmax(logits)[c] - [c == t]), and 0 where t is ignore_index.

    grad_loss, log_normalizer, target (N, P), logits (N, C, P), class_weight (C,); returns grad_logits (N, C, P).
    """
    grad_logits = np.empty(logits.shape, logits.dtype)
    losses_grad(
        dense(grad_loss),
        dense(logits),
        dense(log_normalizer),
        dense(target),
        dense(class_weight),
        ignore_index,
        thread_count(),
        grad_logits,
    )
    return grad_logits


@parallel
def sum_exponentials(logits, threads, largest, total):
    """largest = max_c logits[c];  total = sum_c exp(logits[c] - largest), so that nothing overflows."""
    N, C, P = logits.shape
    for task in prange(N * threads):
        n, (start, stop) = task // threads, share(P, task % threads, threads)
        top, sums = largest[n, start:stop], total[n, start:stop]
        maximum(logits[n, :, start:stop], top)
        sums[:] = 0
        for c in range(C):
            add_exponentials(logits[n, c, start:stop], top, sums)


@kernel
def maximum(logits, top):
    top[:] = logits[0]
    for c in range(1, len(logits)):
        row = logits[c]
        for p in range(top.size):
            top[p] = max(top[p], row[p])


@kernel
def add_exponentials(row, top, sums):
    for p in range(sums.size):
        sums[p] += exp(row[p] - top[p])


@parallel
def pick_losses(logits, target, class_weight, ignore_index, log_normalizer, loss):
    N, _, P = logits.shape
    for n in prange(N):
        for p in range(P):
            t = target[n, p]
            loss[n, p] = 0
            if t != ignore_index:
                loss[n, p] = class_weight[t] * (log_normalizer[n, p] - logits[n, t, p])


@parallel
def losses_grad(grad_loss, logits, log_normalizer, target, class_weight, ignore_index, threads, grad_logits):
    N, C, P = logits.shape
    for task in prange(N * threads):
        n, (start, stop) = task // threads, share(P, task % threads, threads)
        labels, factor = target[n, start:stop], np.zeros(stop - start, logits.dtype)
        for p in range(factor.size):
            if labels[p] != ignore_index:
                factor[p] = grad_loss[n, start + p] * class_weight[labels[p]]
        for c in range(C):
            row, out = logits[n, c, start:stop], grad_logits[n, c, start:stop]
            softmax_times(factor, row, log_normalizer[n, start:stop], out)
        for p in range(factor.size):
            if labels[p] != ignore_index:
                grad_logits[n, labels[p], start + p] -= factor[p]


@kernel
def softmax_times(factor, row, log_normalizer, out):
    """factor * softmax; exactly 0 where the factor is 0, also where the logits are not finite."""
    for p in range(out.size):
        softmax = exp(row[p] - log_normalizer[p])
        out[p] = factor[p] * softmax if factor[p] != 0 else factor[p]
