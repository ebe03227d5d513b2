"""Right answers to lesson 14, each written in another way: the checks must accept them all."""

import math
from collections import Counter

import numpy as np

VARIANTS = {
    "confusion_matrix": [
        "count_in_loops",
        "count_by_add_at",
        "count_by_comparing",
        "count_with_counter",
        "count_one_hot",
    ],
    "check_confusion_matrix": ["check_by_add_at", "check_pair_by_pair", "check_by_examples"],
    "scores": ["scores_in_loops", "scores_by_masks", "scores_by_sets_of_classes"],
    "cross_entropy": ["loss_in_loops", "loss_of_selected", "loss_by_log_sum", "loss_by_rows", "loss_with_cases"],
    "cross_entropy_backward": ["slope_in_loops", "slope_of_selected", "slope_by_rows", "slope_through_log_softmax"],
}


def count_in_loops(labels, predictions, classes, ignore_index=255):
    counts = [[0] * classes for _ in range(classes)]
    for a, b in zip(labels.ravel().tolist(), predictions.ravel().tolist()):
        if a != ignore_index:
            counts[a][b] += 1
    return np.array(counts)


def count_by_add_at(labels, predictions, classes, ignore_index=255):
    """np.add.at adds where an index occurs twice; fancy indexing with += would not."""
    counts, keep = np.zeros((classes, classes), dtype=np.int64), labels != ignore_index
    np.add.at(counts, (labels[keep], predictions[keep]), 1)
    return counts


def count_by_comparing(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    counts = np.empty((classes, classes), dtype=np.int32)
    for a in range(classes):
        for b in range(classes):
            counts[a, b] = np.sum((labels == a) & (predictions == b) & keep)
    return counts


def count_with_counter(labels, predictions, classes, ignore_index=255):
    keep = np.where(labels.flatten() != ignore_index)[0]
    pairs = Counter(zip(labels.flatten()[keep].tolist(), predictions.flatten()[keep].tolist()))
    return np.array([[pairs[a, b] for b in range(classes)] for a in range(classes)])


def count_one_hot(labels, predictions, classes, ignore_index=255):
    """A matrix product of ones and zeros."""
    eye = np.eye(classes, dtype=np.int64)
    keep = labels != ignore_index
    return eye[labels[keep]].T @ eye[predictions[keep]]


def scores_in_loops(counts):
    n = len(counts)
    total = right = weighted = 0
    accuracies, ious = [], []
    for a in range(n):
        truth = sum(counts[a][b] for b in range(n))
        found = sum(counts[b][a] for b in range(n))
        union = truth + found - counts[a][a]
        total, right = total + truth, right + counts[a][a]
        if truth > 0:
            accuracies.append(counts[a][a] / truth)
            weighted += truth * counts[a][a] / union
        if union > 0:
            ious.append(counts[a][a] / union)
    return right / total, np.mean(accuracies), np.mean(ious), weighted / total


def scores_by_masks(counts):
    counts = counts.astype(float)
    hit = counts.diagonal()
    t, f = counts.sum(1), counts.sum(0)
    union = t + f - hit
    frequency = t / t.sum()
    there = t > 0
    return (
        float(hit.sum() / counts.sum()),
        float((hit[there] / t[there]).mean()),
        float((hit[union > 0] / union[union > 0]).mean()),
        float((frequency[there] * hit[there] / union[there]).sum()),
    )


def scores_by_sets_of_classes(counts):
    """The authors' score.py, line by line."""
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = np.diag(counts).sum() / counts.sum()
        accuracy = np.diag(counts) / counts.sum(1)
        iu = np.diag(counts) / (counts.sum(1) + counts.sum(0) - np.diag(counts))
    freq = counts.sum(1) / counts.sum()
    return [overall, np.nanmean(accuracy), np.nanmean(iu), (freq[freq > 0] * iu[freq > 0]).sum()]


def loss_in_loops(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    N, _, H, W = logits.shape
    total = divisor = 0.0
    for n in range(N):
        for u in range(H):
            for v in range(W):
                c = int(labels[n, u, v])
                if c == ignore_index:
                    continue
                x = [float(value) for value in logits[n, :, u, v]]
                top = max(x)
                w = 1.0 if weight is None else float(weight[c])
                total += w * (top + math.log(sum(math.exp(value - top) for value in x)) - x[c])
                divisor += w
    if reduction == "mean" and divisor > 0:
        total /= divisor
    return np.array(total, logits.dtype)


def loss_of_selected(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """Only the pixels that count, as rows."""
    keep = labels != ignore_index
    x, t = logits.transpose(0, 2, 3, 1)[keep], labels[keep].astype(np.int64)
    if len(t) == 0:
        return logits.dtype.type(0)
    x = x - x.max(axis=1, keepdims=True)
    losses = np.log(np.exp(x).sum(axis=1)) - x[np.arange(len(t)), t]
    w = np.ones(len(t), logits.dtype) if weight is None else weight[t].astype(logits.dtype)
    losses = losses * w
    return losses.sum() if reduction == "sum" else losses.sum() / w.sum()


def loss_by_log_sum(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """log-sum-exp minus the true logit, at every pixel; ignored ones have the weight 0."""
    keep = labels != ignore_index
    safe = np.where(keep, labels, 0).astype(int)
    top = np.max(logits, axis=1)
    log_sum = top + np.log(np.sum(np.exp(logits - top[:, None]), axis=1))
    true_logit = np.take_along_axis(logits, safe[:, None], 1).squeeze(1)
    w = keep.astype(logits.dtype)
    if weight is not None:
        w = w * np.asarray(weight, logits.dtype)[safe]
    loss = np.sum(w * (log_sum - true_logit))
    if reduction == "mean":
        return loss / np.sum(w) if np.sum(w) > 0 else np.zeros((), logits.dtype)
    return loss


def loss_by_rows(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """Every picture flattened, with the log-softmax of lesson 4."""
    N, C = logits.shape[:2]
    log_p = LogSoftmax().forward(logits.reshape(N, C, logits.shape[2] * logits.shape[3]))  # noqa: F821
    flat = labels.reshape(N, labels.shape[1] * labels.shape[2])
    n, place = np.nonzero(flat != ignore_index)
    c = flat[n, place]
    w = (np.ones(C) if weight is None else weight)[c].astype(logits.dtype)
    total = -np.dot(w, log_p[n, c, place])
    divisor = w.sum() if reduction == "mean" else 1
    return total / divisor if divisor else total * 0


def loss_with_cases(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    valid = labels != ignore_index
    if not valid.any():
        return np.zeros((), logits.dtype)
    log_p = LogSoftmax().forward(logits)  # noqa: F821
    n, u, v = np.where(valid)
    picked = -log_p[n, labels[valid], u, v]
    if weight is None:
        return picked.sum() if reduction == "sum" else picked.mean()
    w = np.asarray(weight, logits.dtype)[labels[valid]]
    total = (w * picked).sum()
    return total if reduction == "sum" else total / w.sum()


def slope_in_loops(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    back, divisor = np.zeros_like(logits), 0.0
    for n, u, v in np.ndindex(labels.shape):
        c = int(labels[n, u, v])
        if c == ignore_index:
            continue
        w = 1.0 if weight is None else float(weight[c])
        x = logits[n, :, u, v] - logits[n, :, u, v].max()
        p = np.exp(x) / np.exp(x).sum()
        p[c] -= 1
        back[n, :, u, v] = w * float(grad) * p
        divisor += w
    if reduction == "mean" and divisor:
        back /= divisor
    return back


def slope_of_selected(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """Only the pixels that count, as rows; all others stay 0."""
    keep = labels != ignore_index
    x, t = logits.transpose(0, 2, 3, 1)[keep], labels[keep].astype(np.int64)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(t)), t] -= 1
    w = np.ones(len(t)) if weight is None else np.asarray(weight)[t]
    if reduction == "mean" and len(t):
        w = w / w.sum()
    back = np.zeros((*labels.shape, logits.shape[1]), logits.dtype)
    back[keep] = p * (float(grad) * w).astype(logits.dtype)[:, None]
    return np.ascontiguousarray(back.transpose(0, 3, 1, 2))


def slope_by_rows(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """(softmax - one-hot) times a map of factors."""
    C = logits.shape[1]
    valid = labels != ignore_index
    safe = np.where(valid, labels, 0).astype(int)
    one_hot = np.eye(C, dtype=logits.dtype)[safe].transpose(0, 3, 1, 2)
    e = np.exp(logits - logits.max(1, keepdims=True))
    w = valid * (1.0 if weight is None else np.asarray(weight)[safe])
    if reduction == "mean":
        w = w / max(w.sum(), 1e-30)
    return ((e / e.sum(1, keepdims=True) - one_hot) * (w * grad)[:, None]).astype(logits.dtype)


def slope_through_log_softmax(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """Back through the pick, then through lesson 4's log-softmax."""
    function = LogSoftmax()  # noqa: F821
    function.forward(logits)
    grad_log_p = np.zeros_like(logits)
    n, u, v = np.nonzero(labels != ignore_index)
    c = labels[n, u, v]
    w = np.ones(len(c), logits.dtype) if weight is None else weight[c]
    grad_log_p[n, c, u, v] = -w * grad
    if reduction == "mean" and w.sum() > 0:
        grad_log_p /= w.sum()
    return function.backward(grad_log_p)


def check_by_add_at(confusion_matrix):
    rng = np.random.default_rng(1)
    for shape, classes, ignore_index, dtype in [
        ((2, 3, 4), 3, 255, np.uint8), ((50, 60), 2, 255, np.uint8), ((300,), 25, 255, np.uint8), ((9,), 4, 0, np.int32),
        ((2, 2, 3, 3), 5, -1, np.int64), ((1,), 1, 255, int), ((0,), 2, 255, int), ((40,), 30, 2, int)
    ]:  # fmt: skip
        labels, predictions = (rng.integers(0, classes, shape).astype(dtype) for _ in range(2))
        labels[rng.random(shape) < 0.3] = ignore_index
        expected, keep = np.zeros((classes, classes)), labels != ignore_index
        np.add.at(expected, (labels[keep].astype(int), predictions[keep].astype(int)), 1)
        found = confusion_matrix(labels, predictions, classes, ignore_index)
        np.testing.assert_array_equal(found, expected)
        assert np.issubdtype(found.dtype, np.integer)


def check_pair_by_pair(confusion_matrix):
    """Counts each pair with a comparison."""
    for seed, ignore_index in enumerate((255, -1, 0, 8)):
        labels, predictions = 4 * np.random.default_rng(seed).integers(0, 5, (2, 2, 70, 60))
        labels[:, ::3] = ignore_index
        predictions[labels == 16] = 4
        kind = np.int64 if ignore_index < 0 else np.uint8
        found = confusion_matrix(labels.astype(kind), predictions.astype(kind), 20, ignore_index=ignore_index)
        assert found.shape == (20, 20) and found.dtype.kind in "iu"
        for a, b in np.ndindex(20, 20):
            if a % 4 == b % 4 == 0 and found[a, b] != (a != ignore_index) * ((labels == a) & (predictions == b)).sum():
                raise AssertionError(f"pixels of class {a} labelled {b}")
        assert found.sum() == (labels != ignore_index).sum()
        row = confusion_matrix(labels[0, 1], predictions[0, 1], 17, ignore_index)
        assert row.sum() == (labels[0, 1] != ignore_index).sum()


def check_by_examples(confusion_matrix):
    def ask(labels, predictions, classes, *ignored, dtype=int):
        found = confusion_matrix(np.array(labels, dtype), np.array(predictions, dtype), classes, *ignored)
        assert "int" in str(found.dtype)
        return found.tolist()

    labels, predictions = [[0, 0, 255], [1, 1, 0], [2, 255, 255]], [[0, 0, 1], [0, 1, 1], [2, 0, 1]]
    assert ask(labels, predictions, 3) == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert ask(labels, predictions, 4, dtype=np.uint8) == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert ask([labels, labels], [predictions, predictions], 3) == [[4, 2, 0], [2, 2, 0], [0, 0, 2]]
    assert ask([0, 1, 2, -1, 1], [1, 0, 1, 2, 1], 3, -1) == [[0, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert ask([0, 1, 2, 1], [1, 0, 1, 1], 3, 0) == [[0, 0, 0], [1, 1, 0], [0, 1, 0]]
    assert ask([0, 1, 2, 1], [1, 2, 1, 1], 3, 2) == [[0, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert ask([1] * 600, [0] * 600, 2, dtype=np.uint8) == [[0, 0], [600, 0]]
    assert ask([13] * 3, [20] * 3, 21, dtype=np.uint8)[13][20] == 3
    assert ask([], [], 2) == [[0, 0], [0, 0]]
