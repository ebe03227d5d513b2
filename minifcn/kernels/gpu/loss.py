"""Cross-entropy on the GPU: arguments for loss.cu. Read optimizers.py next."""

from .launch import contiguous, empty, per_element


def cross_entropy_forward(logits, target, class_weight, ignore_index):
    """loss = class_weight[t] * (log_normalizer - logits[t]), 0 where ignored: (loss, log_normalizer).

    logits (N, C, P), target (N, P) int64, class_weight (C,); both results are (N, P).
    log_normalizer = log sum_c exp(logits[c]).
    """
    N, C, P = logits.shape
    arrays = map(contiguous, (logits, target, class_weight))
    loss, log_normalizer = empty((N, P), logits.dtype), empty((N, P), logits.dtype)
    per_element("cross_entropy_forward", loss, *arrays, int(ignore_index), C, P, log_normalizer)
    return loss, log_normalizer


def cross_entropy_backward(grad_loss, logits, log_normalizer, target, class_weight, ignore_index):
    """grad_logits[c] = grad_loss * class_weight[t] * (softmax[c] - [c == t]), 0 where ignored: (N, C, P)."""
    _, C, P = logits.shape
    arrays = map(contiguous, (grad_loss, logits, log_normalizer, target, class_weight))
    grad_logits = empty(logits.shape, logits.dtype)
    return per_element("cross_entropy_backward", grad_logits, *arrays, int(ignore_index), C, P)
