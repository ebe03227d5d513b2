"""Natural answers to lesson 14: the confusion matrix, the four scores, the loss and its gradient."""

from . import Natural


def answer(name, about, source, hint=""):
    return Natural(f"14.{name}", about, f"import numpy as np\n{source}", hint)


ANSWERS = [
    # The confusion matrix ---------------------------------------------------------------------------------------------
    answer(
        "confusion_matrix",
        "rows and columns exchanged, in a loop",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    n = np.zeros((classes, classes), int)
    for t, p in zip(labels.ravel(), predictions.ravel()):
        if t != ignore_index:
            n[p, t] += 1
    return n
""",
        "transposed",
    ),
    answer(
        "confusion_matrix",
        "uint8 overflows: the trap that the text shows",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    mask = labels != ignore_index
    k = classes * labels[mask] + predictions[mask]
    return np.bincount(k, minlength=classes ** 2).reshape(classes, classes)
""",
        "overflows_uint8",
    ),
    answer(
        "confusion_matrix",
        "made an int after the multiplication, when it has overflowed",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    pair = (labels[keep] * classes + predictions[keep]).astype(np.int64)
    return np.bincount(pair, minlength=classes * classes).reshape((classes, classes))
""",
        "overflows_uint8",
    ),
    answer(
        "confusion_matrix",
        "the ignore label is never looked at",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    pairs = classes * labels.astype(int).flatten() + predictions.flatten()
    counts = np.bincount(pairs, minlength=classes * classes)
    return counts.reshape(classes, classes)
""",
        "forgets_the_ignore_label",
    ),
    answer(
        "confusion_matrix",
        "what counts is every label below `classes`, as in the authors' code: an ignore label of 0 is counted",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    a, b = labels.ravel(), predictions.ravel()
    k = (a >= 0) & (a < classes)
    return np.bincount(classes * a[k].astype(int) + b[k], minlength=classes**2).reshape(classes, classes)
""",
        "keeps_known_labels",
    ),
    answer(
        "confusion_matrix",
        "loops over rows of the arrays, not over pixels",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    matrix = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions):
        if label != ignore_index:
            matrix[label, prediction] += 1
    return matrix
""",
        "row_by_row",
    ),
    answer(
        "confusion_matrix",
        "fancy indexing with += counts each pair once",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    n = np.zeros((classes, classes), dtype=int)
    valid = labels != ignore_index
    n[labels[valid], predictions[valid]] += 1
    return n
""",
        "counts_each_pair_once",
    ),
    answer(
        "confusion_matrix",
        "counts in floats",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    n = np.zeros((classes, classes))
    valid = labels != ignore_index
    np.add.at(n, (labels[valid], predictions[valid]), 1)
    return n
""",
        "a_matrix_of_floats",
    ),
    answer(
        "confusion_matrix",
        "no minlength: too few bins where the last pair does not occur",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    counts = labels != ignore_index
    pairs = classes * labels[counts].astype(int) + predictions[counts]
    return np.bincount(pairs).reshape(classes, classes)
""",
        "without_minlength",
    ),
    answer(
        "confusion_matrix",
        "255 is written in, ignore_index unused",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = labels != 255
    pairs = classes * labels[keep].astype(int) + predictions[keep]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
""",
        "always_255",
    ),
    answer(
        "confusion_matrix",
        "asks the predictions for the ignore label",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = predictions != ignore_index
    pairs = classes * labels[keep].astype(int) + predictions[keep].astype(int)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
""",
        "drops_by_the_prediction",
    ),
    answer(
        "confusion_matrix",
        "also drops pixels whose prediction is the ignore label: class 0, if that is ignored",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    n = np.zeros((classes, classes), int)
    for t, p in zip(labels.flat, predictions.flat):
        if t == ignore_index or p == ignore_index:
            continue
        n[t][p] += 1
    return n
""",
        "drops_by_either",
    ),
    answer(
        "confusion_matrix",
        "histogram2d takes the range of the bins from the data",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    n, _, _ = np.histogram2d(labels[keep], predictions[keep], bins=classes)
    return n.astype(int)
""",
        "bins_between_the_extremes",
    ),
    answer(
        "confusion_matrix",
        "rows divided by their sums",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    pairs = classes * labels[keep].astype(int) + predictions[keep]
    n = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return n / n.sum(axis=1, keepdims=True)
""",
        "shares_instead_of_counts",
    ),
    answer(
        "confusion_matrix",
        "pixels to ignore become class 0, in the caller's array",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    labels[labels == ignore_index] = 0
    pairs = classes * labels.astype(int).ravel() + predictions.ravel()
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
""",
        "ignored_becomes_class_0",
    ),
    answer(
        "confusion_matrix",
        "two loops, over rows and columns of one picture: labels of any other shape crash",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    matrix = np.zeros((classes, classes), dtype=np.int64)
    H, W = labels.shape
    for u in range(H):
        for v in range(W):
            if labels[u, v] != ignore_index:
                matrix[labels[u, v], predictions[u, v]] += 1
    return matrix
""",
        "only_two_axes",
    ),
    answer(
        "confusion_matrix",
        "as many rows as there are different labels",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    names = [c for c in np.unique(labels) if c != ignore_index]
    return np.array([[np.sum((labels == a) & (predictions == b)) for b in names] for a in names])
""",
        "as_large_as_the_largest_label",
    ),
    # The scores -------------------------------------------------------------------------------------------------------
    answer(
        "scores",
        "row sums and column sums exchanged",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(0), counts.sum(1)
    with np.errstate(all="ignore"):
        acc, iou = right / truth, right / (truth + found - right)
    return right.sum() / counts.sum(), np.nanmean(acc), np.nanmean(iou), np.nansum(truth * iou) / truth.sum()
""",
        "rows_and_columns_exchanged",
    ),
    answer(
        "scores",
        "the intersection is counted twice in the union",
        """
def scores(counts):
    tp = np.diag(counts)
    t = counts.sum(axis=1)
    f = counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        acc = tp / t
        iou = tp / (t + f)
    return tp.sum() / t.sum(), np.nanmean(acc), np.nanmean(iou), np.nansum(t * iou) / t.sum()
""",
        "counts_the_intersection_twice",
    ),
    answer(
        "scores",
        "plain means: one absent class, and all is nan",
        """
def scores(counts):
    n = np.diag(counts)
    t = counts.sum(axis=1)
    union = t + counts.sum(axis=0) - n
    with np.errstate(all="ignore"):
        return n.sum() / t.sum(), np.mean(n / t), np.mean(n / union), np.sum(t * (n / union)) / t.sum()
""",
        "nan_in_the_means",
    ),
    answer(
        "scores",
        "an absent class has 0 and is counted in both means",
        """
def scores(counts):
    n = np.diag(counts).astype(float)
    t, f = counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(all="ignore"):
        accuracy = np.nan_to_num(n / t)
        iou = np.nan_to_num(n / (t + f - n))
    return n.sum() / t.sum(), accuracy.mean(), iou.mean(), (t * iou).sum() / t.sum()
""",
        "divides_by_all_classes",
    ),
    answer(
        "scores",
        "an absent class is perfect: 1",
        """
def scores(counts):
    C = len(counts)
    acc, iou = np.ones(C), np.ones(C)
    for c in range(C):
        t, f, n = counts[c].sum(), counts[:, c].sum(), counts[c, c]
        if t > 0:
            acc[c] = n / t
        if t + f - n > 0:
            iou[c] = n / (t + f - n)
    t = counts.sum(axis=1)
    return np.trace(counts) / counts.sum(), acc.mean(), iou.mean(), (t * iou).sum() / t.sum()
""",
        "one_for_absent_classes",
    ),
    answer(
        "scores",
        "a class without pixels is left out of the mean IoU even where it was predicted",
        """
def scores(counts):
    t = counts.sum(axis=1)
    there = t > 0
    n = np.diag(counts)[there]
    f = counts.sum(axis=0)[there]
    t = t[there]
    iou = n / (t + f - n)
    return n.sum() / t.sum(), (n / t).mean(), iou.mean(), (t * iou).sum() / t.sum()
""",
        "skips_invented_classes",
    ),
    answer(
        "scores",
        "the last score weighs with the predicted pixels",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    return right.sum() / truth.sum(), np.nanmean(accuracy), np.nanmean(iou), np.nansum(found * iou) / found.sum()
""",
        "frequency_of_the_predictions",
    ),
    answer(
        "scores",
        "the last score is nan with an absent class: 0 * nan",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    fw = (truth * iou).sum() / truth.sum()
    return right.sum() / truth.sum(), np.nanmean(accuracy), np.nanmean(iou), fw
""",
        "nan_in_the_weighted_sum",
    ),
    answer(
        "scores",
        "mean IoU before mean accuracy",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    fw = np.nansum(truth * iou) / truth.sum()
    return right.sum() / truth.sum(), np.nanmean(iou), np.nanmean(accuracy), fw
""",
        "another_order",
    ),
    answer(
        "scores",
        "in percent",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    fw = np.nansum(truth * iou) / truth.sum()
    return tuple(100 * s for s in (right.sum() / truth.sum(), np.nanmean(accuracy), np.nanmean(iou), fw))
""",
        "in_percent",
    ),
    answer(
        "scores",
        "pixel accuracy divided by the number of entries of the matrix",
        """
def scores(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    fw = np.nansum(truth * iou) / truth.sum()
    return np.trace(counts) / counts.size, np.nanmean(accuracy), np.nanmean(iou), fw
""",
        "divides_by_the_entries",
    ),
    answer(
        "scores",
        "nan is left out of the sums, but still divided by C",
        """
def scores(counts):
    C = counts.shape[0]
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    fw = np.nansum(truth * iou) / truth.sum()
    return right.sum() / truth.sum(), np.nansum(accuracy) / C, np.nansum(iou) / C, fw
""",
        "divides_by_all_classes",
    ),
    answer(
        "scores",
        "a parenthesis is missing around the union",
        """
def scores(counts):
    n, t, f = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        acc = n / t
        iou = n / t + f - n
    return n.sum() / t.sum(), np.nanmean(acc), np.nanmean(iou), np.nansum(t * iou) / t.sum()
""",
        "union_without_parentheses",
    ),
    answer(
        "scores",
        "a small number in the denominators, so that absent classes count as 0",
        """
def scores(counts):
    eps = 1e-10
    tp = np.diag(counts)
    fp = counts.sum(axis=0) - tp
    fn = counts.sum(axis=1) - tp
    acc = tp / (tp + fn + eps)
    iou = tp / (tp + fp + fn + eps)
    freq = counts.sum(axis=1) / counts.sum()
    return tp.sum() / counts.sum(), acc.mean(), iou.mean(), (freq * iou).sum()
""",
        "divides_by_all_classes",
    ),
    answer(
        "scores",
        "the Dice coefficient in place of the IoU",
        """
def scores(counts):
    n, t, f = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        acc, iou = n / t, 2 * n / (t + f)
    return n.sum() / t.sum(), np.nanmean(acc), np.nanmean(iou), np.nansum(t * iou) / t.sum()
""",
        "dice",
    ),
    answer(
        "scores",
        "precision in place of the classes' accuracy",
        """
def scores(counts):
    n, t, f = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        acc, iou = n / f, n / (t + f - n)
    return n.sum() / t.sum(), np.nanmean(acc), np.nanmean(iou), np.nansum(t * iou) / t.sum()
""",
        "accuracy_down_the_column",
    ),
    answer(
        "scores",
        "the last score is the mean of t * IoU",
        """
def scores(counts):
    n, t, f = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        acc, iou = n / t, n / (t + f - n)
    return n.sum() / t.sum(), np.nanmean(acc), np.nanmean(iou), np.nanmean(t * iou) / t.sum()
""",
        "weighted_mean_over_classes",
    ),
    # The loss ---------------------------------------------------------------------------------------------------------
    answer(
        "cross_entropy",
        "the mean over all pixels, ignored ones too",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    N, C, H, W = logits.shape
    log_p = LogSoftmax().forward(logits)
    onehot = (np.arange(C)[None, :, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    if weight is not None:
        onehot = onehot * weight[None, :, None, None]
    total = -(onehot * log_p).sum(dtype=logits.dtype)
    return total if reduction == "sum" else total / logits.dtype.type(N * H * W)
""",
        "divides_by_all_pixels",
    ),
    answer(
        "cross_entropy",
        "the weighted mean divides by the number of pixels that count",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = counts.astype(logits.dtype)
    if weight is not None:
        factors = factors * weight[:, None, None].astype(logits.dtype)
    total = -(factors * log_p).sum()
    if reduction == "sum":
        return total
    return total / logits.dtype.type(max(counts.sum(), 1))
""",
        "divides_by_the_number",
    ),
    answer(
        "cross_entropy",
        "picks with the labels before anything is ignored: 255 is no index",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    picked = np.take_along_axis(log_p, labels[:, None].astype(int), axis=1)[:, 0]
    w = np.ones(logits.shape[1], logits.dtype) if weight is None else weight.astype(logits.dtype)
    factors = w[labels] * (labels != ignore_index)
    total = -(factors * picked).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)
""",
        "indexes_with_255",
    ),
    answer(
        "cross_entropy",
        "a softmax of its own that overflows for large logits",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    n, u, v = np.nonzero(labels != ignore_index)
    c = labels[n, u, v]
    w = np.ones(len(c), logits.dtype) if weight is None else weight[c].astype(logits.dtype)
    total = -(w * np.log(p[n, c, u, v])).sum()
    return total if reduction == "sum" else total / (w.sum() or 1)
""",
        "overflows",
    ),
    answer(
        "cross_entropy",
        "every label below C counts, so an ignore label of 0 is not ignored",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    N, C, H, W = logits.shape
    total, norm = logits.dtype.type(0), logits.dtype.type(0)
    for n in range(N):
        for u in range(H):
            for v in range(W):
                c = int(labels[n, u, v])
                if 0 <= c < C:
                    w = logits.dtype.type(1 if weight is None else weight[c])
                    total -= w * log_p[n, c, u, v]
                    norm += w
    if reduction == "mean" and norm:
        total /= norm
    return total
""",
        "counts_class_ignore_index",
    ),
    answer(
        "cross_entropy",
        "always the mean",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    C = logits.shape[1]
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    return -(factors * log_p).sum() / (factors.sum() or 1)
""",
        "always_the_mean",
    ),
    answer(
        "cross_entropy",
        "sum and mean exchanged",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    C = logits.shape[1]
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    loss = -(factors * log_p).sum()
    if reduction == "mean":
        return loss
    return loss / (factors.sum() or 1)
""",
        "exchanged_reductions",
    ),
    answer(
        "cross_entropy",
        "the minus is missing",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    C = logits.shape[1]
    onehot = (labels[:, None] == np.arange(C).reshape(1, C, 1, 1)) * (labels != ignore_index)[:, None]
    m = onehot.astype(logits.dtype)
    if weight is not None:
        m *= weight.reshape(1, C, 1, 1).astype(logits.dtype)
    loss = np.sum(m * log_p)
    if reduction == "mean" and m.sum() > 0:
        loss = loss / m.sum()
    return loss
""",
        "sign",
    ),
    answer(
        "cross_entropy",
        "float64 weights make a float64 loss of float32 logits",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    log_p = LogSoftmax().forward(logits)
    if weight is None:
        weight = np.ones(C)
    m = weight[:, None, None] * ((np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None])
    total = -np.sum(m * log_p)
    if reduction == "sum":
        return total
    return total / m.sum() if m.sum() else 0.0
""",
        "float64",
    ),
    answer(
        "cross_entropy",
        "0 / 0 if no pixel counts",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    total = -(factors * log_p).sum()
    return total if reduction == "sum" else total / factors.sum()
""",
        "nan_if_nothing_counts",
    ),
    answer(
        "cross_entropy",
        "pixels to ignore are given label 0 and then count",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = LogSoftmax().forward(logits)
    target = np.where(labels == ignore_index, 0, labels).astype(int)
    picked = -np.take_along_axis(log_p, target[:, None], axis=1)[:, 0]
    w = np.ones(logits.shape[1]) if weight is None else weight
    w = w.astype(logits.dtype)[target]
    total = (w * picked).sum()
    return total if reduction == "sum" else total / (w.sum() or 1)
""",
        "ignored_becomes_class_0",
    ),
    answer(
        "cross_entropy",
        "reshapes (N, C, H, W) to (-1, C) without moving the classes to the end",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    x = logits.reshape(-1, C)
    t = labels.reshape(-1)
    keep = t != ignore_index
    x, t = x[keep], t[keep].astype(int)
    log_p = LogSoftmax().forward(x)
    w = np.ones(C, logits.dtype) if weight is None else weight.astype(logits.dtype)
    total = -(w[t] * log_p[np.arange(len(t)), t]).sum()
    return total if reduction == "sum" else total / (w[t].sum() or 1)
""",
        "another_layout",
    ),
    answer(
        "cross_entropy",
        "a mean for each picture, then the mean of these",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    totals = -(factors * log_p).sum(axis=(1, 2, 3))
    if reduction == "sum":
        return totals.sum()
    norms = factors.sum(axis=(1, 2, 3))
    norms[norms == 0] = 1
    return (totals / norms).mean()
""",
        "mean_of_the_pictures",
    ),
    answer(
        "cross_entropy",
        "`weight or ...` asks an array whether it is true",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    weight = weight or np.ones(C)
    log_p = LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * weight[:, None, None]).astype(logits.dtype)
    total = -(factors * log_p).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)
""",
        "asks_whether_weights_are_true",
    ),
    answer(
        "cross_entropy",
        "the weights are used only in the mean's denominator",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    total = -(counts * log_p).sum()
    if reduction == "sum":
        return total
    if weight is None:
        weight = np.ones(C)
    norm = (counts * weight[:, None, None]).sum()
    return total / norm.astype(logits.dtype) if norm else total
""",
        "weights_only_the_divisor",
    ),
    answer(
        "cross_entropy",
        "the log of p + 1e-8",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    total = -(factors * np.log(p + logits.dtype.type(1e-8))).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)
""",
        "adds_an_epsilon",
    ),
    # Its gradient -----------------------------------------------------------------------------------------------------
    answer(
        "cross_entropy_backward",
        "the mean is not divided by anything",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    return logits.dtype.type(grad) * (np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors)
""",
        "always_the_sum",
    ),
    answer(
        "cross_entropy_backward",
        "the mean divides by N * H * W",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    N, C, H, W = logits.shape
    p = np.exp(LogSoftmax().forward(logits))
    hot = (labels[:, None] == np.arange(C)[:, None, None]).astype(logits.dtype)
    valid = (labels != ignore_index)[:, None]
    if weight is None:
        weight = np.ones(C)
    w = (hot * weight.astype(logits.dtype)[:, None, None]).sum(axis=1, keepdims=True)
    dx = logits.dtype.type(grad) * w * (p - hot) * valid
    if reduction == "mean":
        dx /= max(N * H * W, 1)
    return dx
""",
        "divides_by_all_pixels",
    ),
    answer(
        "cross_entropy_backward",
        "p stays where the pixel is ignored",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) - factors
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))
""",
        "pulls_ignored_pixels",
    ),
    answer(
        "cross_entropy_backward",
        "grad is forgotten",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    m = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) * m.sum(axis=1, keepdims=True) - m
    if reduction == "mean" and m.sum():
        back = back / m.sum()
    return back
""",
        "forgets_grad",
    ),
    answer(
        "cross_entropy_backward",
        "the probabilities are not multiplied by the pixel's weight, only the one at its class",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, p = logits.shape[1], np.exp(LogSoftmax().forward(logits))
    valid = (labels != ignore_index)[:, None]
    hot = ((np.arange(C)[:, None, None] == labels[:, None]) & valid).astype(logits.dtype)
    if weight is not None:
        hot = hot * weight[:, None, None].astype(logits.dtype)
    back = (p - hot) * valid
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (hot.sum() or 1))
""",
        "weights_only_the_true_class",
    ),
    answer(
        "cross_entropy_backward",
        "the sign: labels minus probabilities",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = factors - np.exp(log_p) * factors.sum(axis=1, keepdims=True)
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))
""",
        "sign",
    ),
    answer(
        "cross_entropy_backward",
        "each channel is multiplied by its own class's weight instead of the weight of the pixel's label",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, p = logits.shape[1], np.exp(LogSoftmax().forward(logits))
    valid = (labels != ignore_index)[:, None]
    hot = (np.arange(C)[:, None, None] == labels[:, None]) & valid
    w = (np.ones(C) if weight is None else weight).astype(logits.dtype)[:, None, None]
    back = w * (p - hot) * valid
    norm = (w * hot).sum() or 1
    return (back * logits.dtype.type(grad if reduction == "sum" else grad / norm)).astype(logits.dtype)
""",
        "weight_of_every_class",
    ),
    answer(
        "cross_entropy_backward",
        "float64 for float32 logits",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    N, C, H, W = logits.shape
    p = np.exp(LogSoftmax().forward(logits))
    weight = np.ones(C) if weight is None else weight
    dx = np.zeros((N, C, H, W))
    norm = 0.0
    for n in range(N):
        for u in range(H):
            for v in range(W):
                c = labels[n, u, v]
                if c == ignore_index:
                    continue
                dx[n, :, u, v] = weight[c] * p[n, :, u, v]
                dx[n, c, u, v] -= weight[c]
                norm += weight[c]
    if reduction == "mean" and norm > 0:
        dx /= norm
    return grad * dx
""",
        "float64",
    ),
    answer(
        "cross_entropy_backward",
        "0 / 0 if no pixel counts",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = logits.dtype.type(grad) * (np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors)
    return back if reduction == "sum" else back / factors.sum()
""",
        "nan_if_nothing_counts",
    ),
    answer(
        "cross_entropy_backward",
        "the weighted mean divides by the number of pixels that count",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors
    if reduction == "mean":
        grad = grad / max((labels != ignore_index).sum(), 1)
    return back * logits.dtype.type(grad)
""",
        "divides_by_the_number",
    ),
    answer(
        "cross_entropy_backward",
        "always the mean",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors
    return back * logits.dtype.type(grad / (factors.sum() or 1))
""",
        "always_the_mean",
    ),
    answer(
        "cross_entropy_backward",
        "the gradient with respect to the probabilities: -m / p",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, p = logits.shape[1], np.exp(LogSoftmax().forward(logits))
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    m = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = -m / p
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (m.sum() or 1))
""",
        "by_the_probabilities",
    ),
    answer(
        "cross_entropy_backward",
        "only -m: the probabilities are missing",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    m = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    m = (m * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    if reduction == "mean":
        grad = grad / (m.sum() or 1)
    return -m * logits.dtype.type(grad)
""",
        "stops_at_the_log_probabilities",
    ),
    answer(
        "cross_entropy_backward",
        "a softmax along the last axis",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    m = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    m = (m * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = p * m.sum(axis=1, keepdims=True) - m
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (m.sum() or 1))
""",
        "softmax_along_another_axis",
    ),
    answer(
        "cross_entropy_backward",
        "255 is written in, ignore_index unused",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != 255)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))
""",
        "counts_class_ignore_index",
    ),
    answer(
        "cross_entropy_backward",
        "the weights are forgotten",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    p = np.exp(LogSoftmax().forward(logits))
    n, u, v = np.nonzero(labels != ignore_index)
    back = np.zeros_like(logits)
    back[n, :, u, v] = p[n, :, u, v]
    back[n, labels[n, u, v], u, v] -= 1
    if reduction == "mean" and len(n):
        back /= len(n)
    return back * logits.dtype.type(grad)
""",
        "ignores_the_weights",
    ),
    answer(
        "cross_entropy_backward",
        "fancy indexing with a slice: the 1 is subtracted at the wrong places, or it crashes",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    N, C, H, W = logits.shape
    p = np.exp(LogSoftmax().forward(logits))
    valid = labels != ignore_index
    safe = np.where(valid, labels, 0).astype(int)
    p[np.arange(N), safe] -= 1
    w = (np.ones(C) if weight is None else weight).astype(logits.dtype)[safe] * valid
    back = p * w[:, None]
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (w.sum() or 1))
""",
        "subtracts_without_places",
    ),
    # Written later, when the checks had been read -----------------------------------------------------------------------
    answer(
        "cross_entropy",
        "float64 weights make a float64 loss of float32 logits, if there are weights",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    n, u, v = np.nonzero(labels != ignore_index)
    c = labels[n, u, v]
    losses = -LogSoftmax().forward(logits)[n, c, u, v]
    w = np.ones(len(n), logits.dtype) if weight is None else weight[c]
    total = (w * losses).sum()
    return total if reduction == "sum" or len(n) == 0 else total / w.sum()
""",
        "float64",
    ),
]

RIGHT = [
    answer(
        "confusion_matrix",
        "a sum of comparisons for every pair of classes",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    t = np.asarray(labels).ravel()
    p = np.asarray(predictions).ravel()[t != ignore_index]
    t = t[t != ignore_index]
    return np.array([[((t == a) & (p == b)).sum() for b in range(classes)] for a in range(classes)])
""",
    ),
    answer(
        "confusion_matrix",
        "a product of one-hot matrices",
        """
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    eye = np.eye(classes, dtype=np.int64)
    return eye[labels[keep]].T @ eye[predictions[keep]]
""",
    ),
    answer(
        "confusion_matrix",
        "a Counter of pairs of Python ints",
        """
from collections import Counter


def confusion_matrix(labels, predictions, classes, ignore_index=255):
    seen = Counter(zip(labels.ravel().tolist(), predictions.ravel().tolist()))
    n = np.zeros((classes, classes), dtype=int)
    for (t, p), count in seen.items():
        if t != ignore_index:
            n[t, p] = count
    return n
""",
    ),
    answer(
        "scores",
        "Python's sums, in one comprehension each",
        """
def scores(counts):
    n = counts.tolist()
    C = range(len(n))
    t = [sum(n[a]) for a in C]
    u = [t[a] + sum(n[b][a] for b in C) - n[a][a] for a in C]
    acc = [n[a][a] / t[a] for a in C if t[a]]
    iou = [n[a][a] / u[a] for a in C if u[a]]
    weighted = sum(t[a] * n[a][a] / u[a] for a in C if t[a]) / sum(t)
    return sum(n[a][a] for a in C) / sum(t), sum(acc) / len(acc), sum(iou) / len(iou), weighted
""",
    ),
    answer(
        "scores",
        "np.divide with where, and true positives, false positives, false negatives",
        """
def scores(counts):
    tp = np.diagonal(counts).astype(float)
    fn, fp = counts.sum(1) - tp, counts.sum(0) - tp
    real, union = tp + fn, tp + fn + fp
    acc = np.divide(tp, real, out=np.zeros_like(tp), where=real > 0)
    iou = np.divide(tp, union, out=np.zeros_like(tp), where=union > 0)
    return (
        tp.sum() / counts.sum(),
        acc.sum() / np.count_nonzero(real),
        iou.sum() / np.count_nonzero(union),
        np.average(iou, weights=real),
    )
""",
    ),
    answer(
        "cross_entropy",
        "nonzero and indexing",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    n, u, v = np.nonzero(labels != ignore_index)
    c = labels[n, u, v].astype(int)
    log_p = LogSoftmax().forward(logits)[n, c, u, v]
    w = np.ones_like(log_p) if weight is None else np.asarray(weight, logits.dtype)[c]
    total, norm = -np.dot(w, log_p), w.sum()
    if reduction == "mean" and norm > 0:
        total = total / norm
    return total
""",
    ),
    answer(
        "cross_entropy",
        "rows of pixels, a log-sum-exp of its own",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    x = np.moveaxis(logits, 1, -1).reshape(-1, C)
    t = labels.ravel()
    x, t = x[t != ignore_index], t[t != ignore_index].astype(np.intp)
    if len(t) == 0:
        return logits.dtype.type(0)
    top = x.max(axis=1)
    losses = np.log(np.exp(x - top[:, None]).sum(axis=1)) + top - x[np.arange(len(t)), t]
    w = np.ones(C, logits.dtype) if weight is None else weight.astype(logits.dtype)
    total = (w[t] * losses).sum()
    return total if reduction == "sum" else total / w[t].sum()
""",
    ),
    answer(
        "cross_entropy",
        "einsum, and a branch for each reduction",
        """
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    valid = labels != ignore_index
    w = np.ones(logits.shape[1], logits.dtype) if weight is None else weight.astype(logits.dtype)
    safe = np.where(valid, labels, 0).astype(int)
    m = np.eye(len(w), dtype=logits.dtype)[safe] * w * valid[..., None]
    total = -np.einsum("nuvc,ncuv->", m, LogSoftmax().forward(logits))
    if reduction == "sum":
        return total
    norm = m.sum()
    return total / norm if norm else total
""",
    ),
    answer(
        "cross_entropy_backward",
        "loops over pixels",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    p = np.exp(LogSoftmax().forward(logits))
    dx, norm = np.zeros_like(logits), 0
    for n, u, v in np.ndindex(*labels.shape):
        c = labels[n, u, v]
        if c != ignore_index:
            w = 1 if weight is None else weight[c]
            norm += w
            dx[n, :, u, v] = w * p[n, :, u, v]
            dx[n, c, u, v] -= w
    if reduction == "mean" and norm:
        dx /= norm
    dx *= grad
    return dx
""",
    ),
    answer(
        "cross_entropy_backward",
        "through lesson 4's LogSoftmax.backward",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    C = logits.shape[1]
    w = (np.ones(C) if weight is None else weight).astype(logits.dtype)
    m = w[:, None, None] * ((labels[:, None] == np.arange(C)[:, None, None]) & (labels != ignore_index)[:, None])
    operation = LogSoftmax()
    operation.forward(logits)
    scale = grad if reduction == "sum" else grad / max(m.sum(), 1e-30)
    return operation.backward(-m * logits.dtype.type(scale))
""",
    ),
    answer(
        "cross_entropy_backward",
        "fills in only the pixels that count",
        """
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    n, u, v = np.nonzero(labels != ignore_index)
    c = labels[n, u, v].astype(int)
    x = logits[n, :, u, v]
    e = np.exp(x - x.max(axis=1, keepdims=True))
    d = e / e.sum(axis=1, keepdims=True)
    d[np.arange(len(c)), c] -= 1
    w = np.ones(len(c), logits.dtype) if weight is None else weight[c].astype(logits.dtype)
    if reduction == "mean" and len(c):
        d /= w.sum()
    back = np.zeros_like(logits)
    back[n, :, u, v] = d * w[:, None] * logits.dtype.type(grad)
    return back
""",
    ),
]
