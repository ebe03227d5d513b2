"""Wrong answers to lesson 14 that people really write, each with what to tell them. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

# --- Answers that are no small change of the solution: counting and scoring -------------------------------------------


def counts_each_pair_once(labels, predictions, classes, ignore_index=255):
    counts, keep = np.zeros((classes, classes), int), labels != ignore_index
    counts[labels[keep], predictions[keep]] += 1
    return counts


def counts_through_fancy_indices(labels, predictions, classes, ignore_index=255):
    counts, keep = np.zeros((classes, classes), int), labels != ignore_index
    counts[labels[keep], predictions[keep]] = counts[labels[keep], predictions[keep]] + 1
    return counts


def indexes_with_the_ignore_label(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    for a, b in zip(labels.ravel(), predictions.ravel()):
        counts[a, b] += 1
    return counts


def adds_the_ignore_label(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def compares_without_the_ignore_label(labels, predictions, classes, ignore_index=255):
    counts = [[np.sum((labels == a) & (predictions == b)) for b in range(classes)] for a in range(classes)]
    return np.array(counts)


def keeps_known_labels(labels, predictions, classes, ignore_index=255):
    keep = (labels >= 0) & (labels < classes)
    pairs = classes * labels[keep].astype(int) + predictions[keep]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def only_the_first_picture(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    for a, b in zip(labels[0].ravel() if len(labels) else (), predictions[0].ravel() if len(labels) else ()):
        if a != ignore_index:
            counts[a, b] += 1
    return counts


def only_two_axes(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    for u in range(labels.shape[0]):
        for v in range(labels.shape[1]):
            if labels[u, v] != ignore_index:
                counts[labels[u, v], predictions[u, v]] += 1
    return counts


def the_last_two_axes(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    height, width = labels.shape[-2:]
    for u in range(height):
        for v in range(width):
            if labels[u, v] != ignore_index:
                counts[labels[u, v], predictions[u, v]] += 1
    return counts


def unpacks_two_axes(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    height, width = labels.shape
    for u in range(height):
        for v in range(width):
            if labels[u, v] != ignore_index:
                counts[labels[u, v], predictions[u, v]] += 1
    return counts


def row_by_row(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), int)
    for a, b in zip(labels, predictions):
        if a != ignore_index:
            counts[a, b] += 1
    return counts


def one_row_for_the_ignored(labels, predictions, classes, ignore_index=255):
    keep, size = labels != ignore_index, classes + 1
    pairs = size * labels[keep].astype(int) + predictions[keep]
    return np.bincount(pairs, minlength=size**2).reshape(size, size)


def both_ways(labels, predictions, classes, ignore_index=255):
    counts, keep = np.zeros((classes, classes), int), labels != ignore_index
    for a, b in zip(labels[keep], predictions[keep]):
        counts[a, b] += 1
        counts[b, a] += a != b
    return counts


def rows_that_are_one_list(labels, predictions, classes, ignore_index=255):
    counts = [[0] * classes] * classes
    for a, b in zip(labels.ravel(), predictions.ravel()):
        if a != ignore_index:
            counts[a][b] += 1
    return np.array(counts)


def labels_below_classes(labels, predictions, classes, ignore_index=255):
    counts, keep = np.zeros((classes, classes), int), labels < classes
    np.add.at(counts, (labels[keep], predictions[keep]), 1)
    return counts


def only_classes_that_occur(labels, predictions, classes, ignore_index=255):
    there = np.unique(np.concatenate([labels.ravel(), predictions.ravel()]))
    there = there[there != ignore_index]
    keep = labels != ignore_index
    counts = [[np.sum((labels == a) & (predictions == b) & keep) for b in there] for a in there]
    return np.array(counts, int).reshape(len(there), len(there))


def only_labels_that_occur(labels, predictions, classes, ignore_index=255):
    there = [c for c in np.unique(labels) if c != ignore_index]
    return np.array([[np.sum((labels == a) & (predictions == b)) for b in there] for a in there])


def shares_of_each_row(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    pairs = classes * labels[keep].astype(int) + predictions[keep]
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    with np.errstate(all="ignore"):
        return counts / counts.sum(axis=1, keepdims=True)


def ignored_at_the_corner(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    pairs = np.where(keep, classes * labels.astype(int) + predictions, 0).ravel()
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def counts_in_the_type_of_the_labels(labels, predictions, classes, ignore_index=255):
    counts, keep = np.zeros((classes, classes), labels.dtype), labels != ignore_index
    np.add.at(counts, (labels[keep], predictions[keep]), 1)
    return counts


def as_large_as_the_largest_label(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    a, b = labels[keep].astype(int), predictions[keep].astype(int)
    size = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    return np.bincount(size * a + b, minlength=size**2).reshape(size, size)


def through_a_histogram(labels, predictions, classes, ignore_index=255):
    keep = labels != ignore_index
    return np.histogram2d(labels[keep].ravel(), predictions[keep].ravel(), bins=classes)[0].astype(int)


def scored(counts, union=None, accuracy_by=1, absent="skip", invented=0.0, frequency_by=1):
    """The four scores, wrong on demand: by another union, along another axis, with another rule for 0/0."""
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    whole = counts.sum(axis=accuracy_by)
    accuracy = [r / w for r, w in zip(right, whole) if w]
    pairs = [(right[c], union(truth[c], found[c], right[c])) for c in range(len(counts)) if truth[c] + found[c]]
    iou = [r / w for r, w in pairs]
    share = counts.sum(axis=frequency_by)
    weighted = sum(s * r / union(t, f, r) for s, t, f, r in zip(share, truth, found, right) if t + f) / counts.sum()
    if absent == "zero":
        return right.sum() / counts.sum(), sum(accuracy) / len(counts), sum(iou) / len(counts), weighted
    return right.sum() / counts.sum(), np.mean(accuracy), np.mean(iou), weighted


def accuracy_with_true_negatives(counts):
    pixel, _, iou, weighted = scored(counts, right_union)
    right, truth, found, total = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    return pixel, np.mean((total - truth - found + 2 * right) / total), iou, weighted


def one_for_absent_iou(counts):
    pixel, accuracy, _, weighted = scored(counts, right_union)
    return pixel, accuracy, one_for_absent_classes(counts)[2], weighted


def an_array_for_the_mean(counts):
    pixel, _, _, weighted = scored(counts, right_union)
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(all="ignore"):
        return pixel, right / truth, right / (truth + found - right), weighted


def mean_accuracy_is_pixel_accuracy(counts):
    pixel, _, iou, weighted = scored(counts, right_union)
    return pixel, pixel, iou, weighted


def cuts_out_absent_classes(counts):
    there = counts.sum(axis=1) > 0
    return scored(counts[there][:, there], right_union)


def weighted_mean_of_shares(counts):
    pixel, accuracy, iou, _ = scored(counts, right_union)
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(all="ignore"):
        return pixel, accuracy, iou, np.nanmean(truth / truth.sum() * (right / (truth + found - right)))


def right_union(truth, found, right):
    return truth + found - right


def counts_the_intersection_twice(counts):
    return scored(counts, lambda truth, found, right: truth + found)


def dice(counts):
    return scored(counts, lambda truth, found, right: (truth + found) / 2)


def union_is_the_larger(counts):
    return scored(counts, lambda truth, found, right: max(truth, found))


def union_is_all_pixels(counts):
    total = counts.sum()
    return scored(counts, lambda truth, found, right: total)


def accuracy_down_the_column(counts):
    return scored(counts, right_union, accuracy_by=0)


def frequency_of_the_predictions(counts):
    return scored(counts, right_union, frequency_by=0)


def divides_by_all_classes(counts):
    return scored(counts, right_union, absent="zero")


def one_for_absent_classes(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    union = truth + found - right
    accuracy = [r / t if t else 1.0 for r, t in zip(right, truth)]
    iou = [r / u if u else 1.0 for r, u in zip(right, union)]
    return right.sum() / truth.sum(), np.mean(accuracy), np.mean(iou), (truth * iou).sum() / truth.sum()


def iou_of_all_classes_together(counts):
    pixel, mean, _, weighted = scored(counts, right_union)
    right, total = np.diag(counts).sum(), counts.sum()
    return pixel, mean, right / (2 * total - right), weighted


def with_an_epsilon(counts, epsilon=1e-10):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    accuracy, iou = right / (truth + epsilon), right / (truth + found - right + epsilon)
    return right.sum() / truth.sum(), accuracy.mean(), iou.mean(), (truth * iou).sum() / truth.sum()


def with_a_large_epsilon(counts):
    return with_an_epsilon(counts, 1e-4)


def mean_accuracy_of_all_classes(counts):
    pixel, _, iou, weighted = scored(counts, right_union)
    return pixel, scored(counts, right_union, absent="zero")[1], iou, weighted


def mean_iou_of_all_classes(counts):
    pixel, accuracy, _, weighted = scored(counts, right_union)
    return pixel, accuracy, scored(counts, right_union, absent="zero")[2], weighted


def invented_classes_have_accuracy_0(counts):
    pixel, _, iou, weighted = scored(counts, right_union)
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    seen = truth + found > 0
    return pixel, (right[seen] / np.maximum(truth[seen], 1)).mean(), iou, weighted


def iou_before_accuracy(counts):
    pixel, accuracy, iou, weighted = scored(counts, right_union)
    return pixel, iou, accuracy, weighted


def weighted_before_mean(counts):
    pixel, accuracy, iou, weighted = scored(counts, right_union)
    return pixel, accuracy, weighted, iou


def smooth(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    accuracy, iou = (right + 1) / (truth + 1), (right + 1) / (truth + found - right + 1)
    return right.sum() / truth.sum(), accuracy.mean(), iou.mean(), (truth * iou).sum() / truth.sum()


def nan_everywhere(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(all="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    return right.sum() / truth.sum(), accuracy.mean(), iou.mean(), (truth * iou).sum() / truth.sum()


def nan_in_the_mean_iou(counts):
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(all="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    return right.sum() / truth.sum(), np.nanmean(accuracy), iou.mean(), np.nansum(truth * iou) / truth.sum()


def with_python_division(counts):
    n = range(len(counts))
    right, truth = [int(counts[c, c]) for c in n], [int(counts[c].sum()) for c in n]
    union = [int(counts[:, c].sum()) + truth[c] - right[c] for c in n]
    accuracy, iou = [r / t for r, t in zip(right, truth)], [r / u for r, u in zip(right, union)]
    weighted = sum(t * i for t, i in zip(truth, iou)) / sum(truth)
    return sum(right) / sum(truth), sum(accuracy) / len(accuracy), sum(iou) / len(iou), weighted


# --- Answers that are no small change of the solution: the loss -------------------------------------------------------


def stable(logits, axis=1):
    shifted = logits - logits.max(axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def factors_of(logits, labels, weight, ignore_index):
    """One factor for each pixel (N, H, W), 0 if it is ignored, and its class."""
    counts = labels != ignore_index
    classes = np.where(counts, labels, 0).astype(int)
    factors = counts * (np.ones(logits.shape[1]) if weight is None else weight)[classes]
    return factors.astype(logits.dtype), classes


def pick(values, classes):
    return np.take_along_axis(values, classes[:, None], axis=1)[:, 0]


def reduced(losses, factors, reduction):
    total = (losses * factors).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)


def loss_through(log_p, logits, labels, weight, ignore_index, reduction):
    """The loss with other log-probabilities."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    return reduced(-pick(log_p, classes), factors, reduction).astype(logits.dtype)


def picked(logits, labels, weight, ignore_index, reduction, log_p, divide="by weight", ignore=True):
    """As one writes it first: log-probabilities at [n, label, u, v], and nothing for the case that none counts."""
    keep = labels != ignore_index if ignore else np.ones(labels.shape, bool)
    classes = np.where(labels == ignore_index, 0, labels).astype(int)[keep]
    n, u, v = np.nonzero(keep)
    losses = -log_p[n, classes, u, v]
    w = np.ones(len(n), logits.dtype) if weight is None else weight[classes]
    total = (losses * w).sum()
    with np.errstate(all="ignore"):
        return total if reduction == "sum" else total / (w.sum() if divide == "by weight" else np.float32(len(n)))


def overflows_and_divides_by_zero(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return picked(logits, labels, weight, ignore_index, reduction, np.log(p))


def mean_of_the_weighted(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return picked(logits, labels, weight, ignore_index, reduction, stable(logits), "by number")


def class_0_for_ignored(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return picked(logits, labels, weight, ignore_index, reduction, stable(logits), "by number", ignore=False)


def subtracts_the_largest_of_all(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        exponentials = np.exp(logits - logits.max())
        log_p = np.log(exponentials / exponentials.sum(axis=1, keepdims=True))
        return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def weighted_twice(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    twice = factors if weight is None else factors * weight[classes].astype(logits.dtype)
    total = -(twice * pick(stable(logits), classes)).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)


def exchanged_reductions(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    return reduced(-pick(stable(logits), classes), factors, "sum" if reduction == "mean" else "mean")


def one_loss_for_each_picture(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    losses = -(factors * pick(stable(logits), classes)).sum(axis=(1, 2))
    return losses if reduction == "sum" else losses / (factors.sum() or 1)


def one_minus_p(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(np.exp(stable(logits)) - 1, logits, labels, weight, ignore_index, reduction)


def with_epsilon(logits, labels, weight, ignore_index, reduction, epsilon):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(factors * pick(stable(logits), classes)).sum()
    return total if reduction == "sum" else total / (factors.sum() + logits.dtype.type(epsilon))


def epsilon_1e_8(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return with_epsilon(logits, labels, weight, ignore_index, reduction, 1e-8)


def epsilon_1e_12(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return with_epsilon(logits, labels, weight, ignore_index, reduction, 1e-12)


def overflows(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        log_p = np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
        return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def overflows_in_the_log_sum(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def underflows(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        log_p = np.log(np.exp(stable(logits)))
        return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def adds_an_epsilon(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(np.log(np.exp(stable(logits)) + 1e-4), logits, labels, weight, ignore_index, reduction)


def adds_a_small_epsilon(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(np.log(np.exp(stable(logits)) + 1e-8), logits, labels, weight, ignore_index, reduction)


def adds_a_tiny_epsilon(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(np.log(np.exp(stable(logits)) + 1e-12), logits, labels, weight, ignore_index, reduction)


def clips_the_probabilities(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = np.log(np.clip(np.exp(stable(logits)), 1e-7, 1))
    return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def clips_them_at_1e_12(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    log_p = np.log(np.clip(np.exp(stable(logits)), 1e-12, 1))
    return loss_through(log_p, logits, labels, weight, ignore_index, reduction)


def softmax_along_the_last_axis(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(stable(logits, 3), logits, labels, weight, ignore_index, reduction)


def softmax_over_the_picture(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(stable(logits, (2, 3)), logits, labels, weight, ignore_index, reduction)


def softmax_over_everything(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return loss_through(stable(logits, (0, 1, 2, 3)), logits, labels, weight, ignore_index, reduction)


def binary_for_each_class(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """A sigmoid for each class instead of the softmax."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    is_class = np.arange(logits.shape[1])[:, None, None] == classes[:, None]
    losses = np.logaddexp(0, np.where(is_class, -logits, logits)).sum(axis=1)
    return reduced(losses, factors, reduction)


def indexes_with_255(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    n, u, v = np.indices(labels.shape)
    losses = -stable(logits)[n, labels, u, v]
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    return reduced(losses, factors, reduction)


def takes_with_255(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    losses = -np.take_along_axis(stable(logits), labels[:, None], axis=1)[:, 0]
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    return reduced(losses, factors, reduction)


def one_row_of_255(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    one_hot = np.eye(logits.shape[1])[labels].transpose(0, 3, 1, 2)
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    return reduced(-(one_hot * stable(logits)).sum(axis=1), factors, reduction)


def always_255_by_index(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, 255)
    return reduced(-pick(stable(logits), classes % logits.shape[1]), factors, reduction)


def below_C(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    known = np.where((labels >= 0) & (labels < logits.shape[1]), labels, 255)
    return always_255_by_index(logits, known, weight, ignore_index, reduction)


def rows_of_another_layout(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """reshape(-1, C) of an array (N, C, H, W) does not put a pixel's classes into one row."""
    log_p = stable(logits.reshape(labels.size, logits.shape[1])).reshape(*labels.shape, logits.shape[1])
    return loss_through(log_p.transpose(0, 3, 1, 2), logits, labels, weight, ignore_index, reduction)


def one_hot_of_another_layout(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[classes].reshape(logits.shape)
    return reduced(-(one_hot * stable(logits)).sum(axis=1), factors, reduction)


def hides_the_logits(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """Logits of 0 are no zero loss, but log C."""
    counts = labels != ignore_index
    hidden = logits * counts[:, None]
    return ignored_becomes_class_0(hidden, labels, weight, ignore_index, reduction)


def divides_by_the_class_weights(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(factors * pick(stable(logits), classes)).sum()
    divisor = (labels != ignore_index).sum() if weight is None else weight.sum()
    return total if reduction == "sum" else total / (divisor or 1)


def float64_of_the_weights(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    w = np.ones(logits.shape[1]) if weight is None else weight
    counts, classes = labels != ignore_index, np.where(labels == ignore_index, 0, labels).astype(int)
    return reduced(-pick(stable(logits), classes), w[classes] * counts, reduction)


def float64_if_the_weights_are(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    w = np.ones(logits.shape[1], logits.dtype) if weight is None else weight
    counts, classes = labels != ignore_index, np.where(labels == ignore_index, 0, labels).astype(int)
    return reduced(-pick(stable(logits), classes), w[classes] * counts, reduction)


def weights_only_the_divisor(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(pick(stable(logits), classes) * (labels != ignore_index)).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)


def returns_a_float(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return float(loss_through(stable(logits), logits, labels, weight, ignore_index, reduction))


def ignored_becomes_class_0(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    _, classes = factors_of(logits, labels, weight, ignore_index)
    factors = np.ones(labels.shape) if weight is None else weight[classes]
    return reduced(-pick(stable(logits), classes), factors.astype(logits.dtype), reduction)


def mean_includes_the_ignored(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The ignored pixels add nothing, but their factors, of class 0, are in the divisor."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(factors * pick(stable(logits), classes)).sum()
    full = np.ones(labels.shape) if weight is None else weight[classes]
    return total if reduction == "sum" else total / (full.sum() or 1).astype(logits.dtype)


def mean_of_losses_and_zeros(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    losses = -factors * pick(stable(logits), classes)
    with np.errstate(all="ignore"):
        return losses.sum() if reduction == "sum" else losses.sum() / logits.dtype.type(losses.size)


def mean_of_the_pictures(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    losses = -pick(stable(logits), classes)
    each = [reduced(loss, factor, reduction) for loss, factor in zip(losses, factors)]
    return (np.sum(each) if reduction == "sum" or not each else np.mean(each)).astype(logits.dtype)


def divides_by_the_batch(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(factors * pick(stable(logits), classes)).sum()
    return total if reduction == "sum" else total / (len(labels) or 1)


def weights_the_logits(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    scaled = logits if weight is None else logits * weight[:, None, None]
    factors, classes = factors_of(logits, labels, None, ignore_index)
    return reduced(-pick(stable(scaled), classes), factors, reduction)


def weight_of_the_prediction(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, None, ignore_index)
    if weight is not None:
        factors = factors * weight[logits.argmax(axis=1)]
    return reduced(-pick(stable(logits), classes), factors, reduction)


def no_reduction(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    losses = -factors * pick(stable(logits), classes)
    return losses if reduction == "sum" else losses / (factors.sum() or 1)


def wrong_class_counts(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """-log p of the predicted class."""
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    return reduced(-stable(logits).max(axis=1, initial=-np.inf), factors, reduction)


def mean_of_the_selected(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """NumPy's mean of nothing is nan."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    total = -(factors * pick(stable(logits), classes)).sum()
    with np.errstate(all="ignore"):
        return total if reduction == "sum" else total / factors.sum()


# --- Its gradient -----------------------------------------------------------------------------------------------------


def slope(grad, logits, labels, weight, ignore_index, reduction, of_pixel, divisor=None):
    """of_pixel(p, one_hot, factors) -> (N, C, H, W), scaled as the reduction wants; factors: (N, 1, H, W)."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    one_hot = (np.arange(logits.shape[1])[:, None, None] == classes[:, None]).astype(logits.dtype)
    back = of_pixel(np.exp(stable(logits)), one_hot, factors[:, None])
    scale = grad if reduction == "sum" else grad / ((factors.sum() if divisor is None else divisor) or 1)
    return (back * scale).astype(logits.dtype)


def float64_if_the_weights_are_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    w = np.ones(logits.shape[1], logits.dtype) if weight is None else weight
    counts, classes = labels != ignore_index, np.where(labels == ignore_index, 0, labels).astype(int)
    one_hot = np.arange(logits.shape[1])[:, None, None] == classes[:, None]
    factors = (w[classes] * counts)[:, None]
    back = (np.exp(stable(logits)) - one_hot) * factors
    return back * factors.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))


def subtracts_without_places(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """p[np.arange(N), labels] pairs the pictures with the last axis of the labels, or fails."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    back = np.exp(stable(logits))
    back[np.arange(len(logits)), classes] -= 1
    back = back * factors[:, None]
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))


def epsilon_1e_8_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    divisor = factors_of(logits, labels, weight, ignore_index)[0].sum() + 1e-8
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors, divisor)  # fmt: skip


def epsilon_1e_12_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    divisor = factors_of(logits, labels, weight, ignore_index)[0].sum() + 1e-12
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors, divisor)  # fmt: skip


def by_the_probabilities(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        return slope(grad, logits, labels, weight, ignore_index, reduction,
                     lambda p, one_hot, factors: np.where(one_hot > 0, -factors / p, 0))  # fmt: skip


def only_the_true_class(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - 1) * one_hot * factors)  # fmt: skip


def only_the_one_hot(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: -one_hot * factors)  # fmt: skip



def weight_of_every_class(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    each = np.ones(logits.shape[1]) if weight is None else weight
    return slope(grad, logits, labels, None, ignore_index, reduction,
                 lambda p, one_hot, counts: (p - one_hot) * counts * each[:, None, None], factors.sum())  # fmt: skip


def without_grad_in_the_sum(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad if reduction == "mean" else 1, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def divides_by_the_rows(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    share = 1 if reduction == "sum" else 1 / int((labels != ignore_index).sum())
    return slope(grad, logits, labels, weight, ignore_index, "sum",
                 lambda p, one_hot, factors: (p - one_hot) * factors * share)  # fmt: skip


def derivative_of_the_probability(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: p * (one_hot - p) * factors)  # fmt: skip


def one_from_every_class(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - 1) * factors)  # fmt: skip


def one_number_for_each_pixel(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: ((p - one_hot) * factors).sum(axis=1))  # fmt: skip


def pulls_ignored_without_weights(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    counts = (labels != ignore_index)[:, None]
    return slope(grad, logits, labels, None, ignore_index, reduction,
                 lambda p, one_hot, factors: p - one_hot * counts)  # fmt: skip


def pulls_all_alike(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The probabilities have no factor at all: neither that of an ignored pixel nor a weight."""
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: p - one_hot * factors)  # fmt: skip


def mean_includes_the_ignored_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    _, classes = factors_of(logits, labels, weight, ignore_index)
    full = labels.size if weight is None else weight[classes].sum()
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors, full)  # fmt: skip


def subtracts_the_largest_of_all_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        exponentials = np.exp(logits - logits.max())
        p = exponentials / exponentials.sum(axis=1, keepdims=True)
        return slope(grad, logits, labels, weight, ignore_index, reduction,
                     lambda _, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def exchanged_reductions_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, "sum" if reduction == "mean" else "mean",
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def weighted_twice_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    _, classes = factors_of(logits, labels, weight, ignore_index)
    each = np.ones(labels.shape) if weight is None else weight[classes]
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, m: (p - one_hot) * m * each[:, None])  # fmt: skip


def one_hot_of_the_prediction(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    found = (np.arange(logits.shape[1])[:, None, None] == logits.argmax(axis=1)[:, None]).astype(logits.dtype)
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - found) * factors)  # fmt: skip


def weight_of_every_class_by_number(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    each = np.ones(logits.shape[1]) if weight is None else weight
    return slope(grad, logits, labels, None, ignore_index, reduction,
                 lambda p, one_hot, counts: (p - one_hot) * counts * each[:, None, None])  # fmt: skip


def always_255_by_index_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, np.where(labels == -1, logits.shape[1] - 1, labels), weight, 255, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def below_C_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, np.where(labels == -1, 255, labels), weight, 255, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def softmax_twice(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * p * (1 - p) * factors)  # fmt: skip


def one_hot_of_another_layout_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, m: (p - one_hot.transpose(0, 2, 3, 1).reshape(p.shape)) * m)  # fmt: skip


def pushes_ignored_pixels(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The probabilities of an ignored pixel are set to 0, but the 1 of class 0 stays."""
    _, classes = factors_of(logits, labels, weight, ignore_index)
    everywhere = np.ones(labels.shape) if weight is None else weight[classes]
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: p * factors - one_hot * everywhere[:, None])  # fmt: skip


def pulls_them_and_counts_them(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    _, classes = factors_of(logits, labels, weight, ignore_index)
    everywhere = np.ones(labels.shape) if weight is None else weight[classes]
    counts = (labels != ignore_index)[:, None]
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, _: (p - one_hot * counts) * everywhere[:, None], labels.size)  # fmt: skip


def ignored_is_class_0_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    _, classes = factors_of(logits, labels, weight, ignore_index)
    return slope(grad, logits, classes, weight, -2, reduction, lambda p, one_hot, factors: (p - one_hot) * factors)


def pulls_ignored_pixels(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The one-hot row of an ignored pixel is 0, but its probabilities stay."""
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    everywhere = np.ones(labels.shape) if weight is None else weight[classes]
    counts = (labels != ignore_index)[:, None]
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, _: (p - one_hot * counts) * everywhere[:, None], factors.sum())  # fmt: skip


def zero_row_for_ignored(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    counts = (labels != ignore_index)[:, None]
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    pixel = np.where(counts, factors[:, None], 1)
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, _: (p - one_hot * counts) * pixel, factors.sum())  # fmt: skip


def indexes_with_255_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    n, u, v = np.indices(labels.shape)
    back = np.exp(stable(logits))
    back[n, labels, u, v] -= 1
    scale = grad if reduction == "sum" else grad / (factors.sum() or 1)
    return (back * factors[:, None] * scale).astype(logits.dtype)


def one_row_of_255_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, _ = factors_of(logits, labels, weight, ignore_index)
    one_hot = np.eye(logits.shape[1])[labels].transpose(0, 3, 1, 2)
    scale = grad if reduction == "sum" else grad / (factors.sum() or 1)
    return ((np.exp(stable(logits)) - one_hot) * factors[:, None] * scale).astype(logits.dtype)


def overflows_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return slope(grad, logits, labels, weight, ignore_index, reduction,
                     lambda _, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def other_axis_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    p = np.exp(stable(logits, 3))
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda _, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def mean_of_the_pictures_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    back = np.zeros_like(logits)
    for n in range(len(logits)):
        share = grad if reduction == "sum" else grad / len(logits)
        back[n : n + 1] = slope(share, logits[n : n + 1], labels[n : n + 1], weight, ignore_index, reduction,
                                lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip
    return back


def divides_by_the_batch_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors, len(logits))  # fmt: skip


def subtracts_in_place(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    logits -= logits.max(axis=1, keepdims=True)
    return slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip


def subtracts_in_place_forward(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    logits -= logits.max(axis=1, keepdims=True)
    return loss_through(stable(logits), logits, labels, weight, ignore_index, reduction)


def relabels_in_place(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    factors, classes = factors_of(logits, labels, weight, ignore_index)
    labels[labels == ignore_index] = 0
    return reduced(-pick(stable(logits), classes), factors, reduction)


def relabels_in_place_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    back = slope(grad, logits, labels, weight, ignore_index, reduction,
                 lambda p, one_hot, factors: (p - one_hot) * factors)  # fmt: skip
    labels[labels == ignore_index] = 0
    return back


IGNORE = "(labels != ignore_index)"
WEIGHTS = "(np.ones(C) if weight is None else weight)"
MEAN = "total / (factors.sum() or 1)"
BACK_MEAN = "grad / (factors.sum() or 1)"
PIXEL = "factors.sum(axis=1, keepdims=True)"

MISTAKES = {
    "confusion_matrix": [
        Mistake(
            "transposed",
            "Rows and columns are exchanged: the label is the row, the prediction is the column.",
            changes=(("classes * labels[counts].astype(int) + predictions[counts]",
                      "classes * predictions[counts].astype(int) + labels[counts]"),),
        ),
        Mistake(
            "forgets_the_ignore_label",
            "A pixel with the ignore label counts here, but 255 is no row of the matrix. Select labels !="
            " ignore_index first.",
            changes=(("counts = labels != ignore_index", "counts = labels == labels"),),
            also=("indexes_with_the_ignore_label", "adds_the_ignore_label"),
        ),
        Mistake(
            "always_255",
            "You compare with 255. The ignore label is an argument, ignore_index; in some data sets it is -1 or 0.",
            changes=(("labels != ignore_index", "labels != 255"),),
        ),
        Mistake(
            "counts_only_the_ignored",
            "The selection is reversed: the pixels that count are those whose label is *not* ignore_index.",
            changes=(("labels != ignore_index", "labels == ignore_index"),),
        ),
        Mistake(
            "keeps_known_labels",
            "You drop labels that are no class, but ignore_index may be a number below `classes`: pixels with that"
            " label do not count, either.",
            answer="keeps_known_labels",
            also=("compares_without_the_ignore_label", "labels_below_classes"),
        ),
        Mistake(
            "only_two_axes",
            "Your loops expect an array of two axes. Labels come in any shape, mostly (N, H, W): flatten both arrays"
            " first, with ravel().",
            answer="only_two_axes",
            also=("the_last_two_axes", "unpacks_two_axes"),
        ),
        Mistake(
            "row_by_row",
            "Your loop takes a whole row or picture in each step, not a pixel. Flatten both arrays first, with ravel().",
            answer="row_by_row",
        ),
        Mistake(
            "one_row_too_many",
            "The matrix has one row and one column too many. Ignored pixels need none of their own: drop them.",
            answer="one_row_for_the_ignored",
        ),
        Mistake(
            "both_ways",
            "A wrong pixel is counted twice, at [a, b] and at [b, a]. It belongs only in the row of its label. The"
            " matrix is not symmetric.",
            answer="both_ways",
        ),
        Mistake(
            "rows_that_are_one_list",
            "[[0] * n] * n is n times the same list, so each count goes into every row. Use np.zeros((n, n), int).",
            answer="rows_that_are_one_list",
        ),
        Mistake(
            "drops_by_the_prediction",
            "Whether a pixel counts is decided by its label alone. You look at the prediction instead.",
            changes=(("counts = labels != ignore_index", "counts = predictions != ignore_index"),),
        ),
        Mistake(
            "drops_by_either",
            "Whether a pixel counts is decided by its label alone. Where only the prediction equals ignore_index, it"
            " is simply wrong, and counts.",
            changes=(("labels != ignore_index", "(labels != ignore_index) & (predictions != ignore_index)"),),
        ),
        Mistake(
            "ignored_becomes_class_0",
            "The ignored pixels are counted as class 0. They belong in no row at all.",
            changes=(("counts = labels != ignore_index\n",
                      "labels = np.where(labels == ignore_index, 0, labels)\n    counts = labels == labels\n"),),
            also=("ignored_at_the_corner",),
        ),
        Mistake(
            "counts_in_uint8",
            "Your matrix has the type of the labels, and a count in uint8 begins again at 0 after 255. Make it with"
            " dtype=int.",
            answer="counts_in_the_type_of_the_labels",
        ),
        Mistake(
            "overflows_uint8",
            "uint8 ends at 255 and starts again at 0, so that 21 * 13 gives 17. Make ints of the labels, .astype(int),"
            " before you multiply.",
            changes=(("labels[counts].astype(int)", "labels[counts]"),),
        ),
        Mistake(
            "without_minlength",
            "np.bincount ends at the largest number that occurs. With minlength=classes**2 it has a place for every"
            " pair.",
            changes=((", minlength=classes**2", ""),),
        ),
        Mistake(
            "as_large_as_the_largest_label",
            "The size of the matrix comes from the labels that occur. It must have `classes` rows and columns, also if"
            " some classes do not occur.",
            answer="as_large_as_the_largest_label",
            also=("only_classes_that_occur", "only_labels_that_occur"),
        ),
        Mistake(
            "counts_each_pair_once",
            "With an index that occurs twice, counts[a, b] += 1 adds only once. Use np.add.at or np.bincount.",
            answer="counts_each_pair_once",
            also=("counts_through_fancy_indices",),
        ),
        Mistake(
            "a_matrix_of_floats",
            "Counts are whole numbers; your matrix holds floats. Make it with dtype=int.",
            changes=((".reshape(classes, classes)", ".reshape(classes, classes).astype(float)"),),
        ),
        Mistake(
            "shares_instead_of_counts",
            "These are shares, not counts. Divide later: only counts of several pictures can be added.",
            changes=((".reshape(classes, classes)", ".reshape(classes, classes) / max(counts.sum(), 1)"),),
            also=("shares_of_each_row",),
        ),
        Mistake(
            "only_the_first_picture",
            "You count only the first picture, or the first row. All pixels of all pictures go into the same matrix.",
            answer="only_the_first_picture",
        ),
        Mistake(
            "only_what_is_right",
            "Only the diagonal is filled. A wrong pixel counts as well: in the row of its label, in the column of"
            " its prediction.",
            changes=(("reshape(classes, classes)", "reshape(classes, classes) * np.eye(classes, dtype=int)"),),
        ),
        Mistake(
            "only_what_is_wrong",
            "The diagonal is missing. A pixel that is right counts as well, at row a, column a.",
            changes=(("reshape(classes, classes)", "reshape(classes, classes) * (1 - np.eye(classes, dtype=int))"),),
        ),
        Mistake(
            "bins_between_the_extremes",
            "np.histogram2d puts its bins between the smallest and the largest number that occur. Give it the range"
            " 0 to `classes`, or use np.bincount.",
            answer="through_a_histogram",
        ),
    ],
    "scores": [
        Mistake(
            "counts_the_intersection_twice",
            "The row sum and the column sum both contain the pixels that are right. In the union they count once:"
            " truth + found - right.",
            answer="counts_the_intersection_twice",
        ),
        Mistake(
            "dice",
            "This is the Dice coefficient, 2 right / (truth + found). IoU is right / (truth + found - right).",
            answer="dice",
        ),
        Mistake(
            "union_is_the_larger",
            "The union is not the larger of the two sets, but all pixels in either: truth + found - right.",
            answer="union_is_the_larger",
        ),
        Mistake(
            "union_is_all_pixels",
            "You divide each class by all pixels of the picture. The union of a class is truth + found - right.",
            answer="union_is_all_pixels",
        ),
        Mistake(
            "union_is_the_truth",
            "This IoU is the accuracy again: pixels wrongly called this class are missing below. The union is truth"
            " + found - right.",
            changes=(("(truth + found - right)", "truth"),),
        ),
        Mistake(
            "rows_and_columns_exchanged",
            "Rows and columns are exchanged: a row (axis=1 in the sum) holds the pixels that the class really has.",
            changes=(("counts.sum(axis=1), counts.sum(axis=0)", "counts.sum(axis=0), counts.sum(axis=1)"),),
        ),
        Mistake(
            "accuracy_down_the_column",
            "The accuracy of a class divides by the pixels that it really has, its row sum. Divided by the column"
            " sum it is the precision.",
            answer="accuracy_down_the_column",
        ),
        Mistake(
            "frequency_of_the_predictions",
            "The last score weights each class by how often it really occurs, its row sum, not by how often it was"
            " predicted.",
            answer="frequency_of_the_predictions",
        ),
        Mistake(
            "divides_by_all_classes",
            "A class that does not occur pulls your mean down as if it were 0, as it does with an epsilon in the"
            " denominator or with nan_to_num. Leave it out: np.nanmean does.",
            answer="divides_by_all_classes",
            also=("with_an_epsilon", "with_a_large_epsilon", "mean_accuracy_of_all_classes", "mean_iou_of_all_classes"),
        ),
        Mistake(
            "one_for_absent_classes",
            "You count a class that does not occur as perfect. It is left out of the mean.",
            answer="one_for_absent_classes",
            also=("one_for_absent_iou",),
        ),
        Mistake(
            "accuracy_with_true_negatives",
            "You also count pixels that rightly are not this class. The accuracy of a class is the share of its own"
            " pixels that are right: right / truth.",
            answer="accuracy_with_true_negatives",
        ),
        Mistake(
            "an_array_for_the_mean",
            "You return a number for each class. The scores are their means, one number each.",
            answer="an_array_for_the_mean",
        ),
        Mistake(
            "mean_accuracy_is_pixel_accuracy",
            "Your mean accuracy is the pixel accuracy again. Divide class by class first, right / truth, then take"
            " the mean.",
            answer="mean_accuracy_is_pixel_accuracy",
        ),
        Mistake(
            "nan_in_the_means",
            "A class without pixels makes 0/0 = nan, and a mean with nan in it is nan. np.nanmean leaves nan out.",
            changes=(("np.nanmean(accuracy), np.nanmean(iou)", "np.mean(accuracy), np.mean(iou)"),),
            also=("nan_everywhere", "nan_in_the_mean_iou"),
        ),
        Mistake(
            "nan_in_the_weighted_sum",
            "In the last score 0 times nan is nan. Sum only over classes that occur, or use np.nansum.",
            changes=(("np.nansum(truth * iou)", "np.sum(truth * iou)"),),
        ),
        Mistake(
            "crashes_on_absent_classes",
            "A class without pixels makes a division by 0. Leave it out of the means, and out of the last score.",
            answer="with_python_division",
        ),
        Mistake(
            "skips_invented_classes",
            "A class that does not occur but was predicted has a union: its IoU is 0, and it counts in the mean IoU.",
            changes=(("np.nanmean(iou)", "np.nanmean(iou[truth > 0])"),),
        ),
        Mistake(
            "cuts_out_absent_classes",
            "You cut the rows and columns of absent classes out of the matrix, and with them the pixels that were"
            " wrongly given such a class. They still count in all four scores.",
            answer="cuts_out_absent_classes",
        ),
        Mistake(
            "invented_classes_have_accuracy_0",
            "A class that does not occur has no accuracy, even if it was predicted: it is left out of the mean"
            " accuracy (not of the mean IoU).",
            answer="invented_classes_have_accuracy_0",
        ),
        Mistake(
            "whole_division",
            "// divides and rounds down, so every score is 0 or 1. Use /.",
            changes=(("right / truth,", "right / np.where(truth, truth, np.nan) // 1,"),
                     ("right / (truth + found - right)",
                      "right / np.where(truth + found, truth + found - right, np.nan) // 1"),
                     ("right.sum() / truth.sum()", "right.sum() // truth.sum()")),
        ),
        Mistake(
            "pixel_accuracy_by_class",
            "The pixel accuracy is the mean over classes here. It is the number of right pixels divided by that of"
            " all pixels.",
            changes=(("return right.sum() / truth.sum()", "return np.nanmean(accuracy)"),),
        ),
        Mistake(
            "skips_classes_never_found",
            "A class that occurs but was never right has IoU 0, and it counts. Leave out only what neither occurs"
            " nor was predicted.",
            changes=(("np.nanmean(iou)", "np.nanmean(iou[found > 0])"),),
        ),
        Mistake(
            "skips_what_is_0",
            "You leave out every class whose score is 0. A class that was missed completely counts as 0.",
            changes=(("np.nanmean(accuracy), np.nanmean(iou)",
                      "np.mean(accuracy[right > 0]) if right.any() else 0.0,"
                      + " np.mean(iou[right > 0]) if right.any() else 0.0"),),
        ),
        Mistake(
            "without_the_background",
            "You leave out class 0. In the paper the background is a class like all others.",
            changes=(("np.nanmean(accuracy), np.nanmean(iou)",
                      "np.nansum(accuracy[1:]) / max((truth[1:] > 0).sum(), 1),"
                      + " np.nansum(iou[1:]) / max(((truth + found)[1:] > 0).sum(), 1)"),),
        ),
        Mistake(
            "weighted_mean_over_classes",
            "The last score divides by the number of pixels, not by the number of classes.",
            changes=(("np.nansum(truth * iou) / truth.sum()", "np.nanmean(truth * iou)"),),
            also=("weighted_mean_of_shares",),
        ),
        Mistake(
            "weighted_without_dividing",
            "The last score is divided by the number of all pixels; a score is at most 1.",
            changes=(("np.nansum(truth * iou) / truth.sum()", "np.nansum(truth * iou)"),),
        ),
        Mistake(
            "weighted_accuracy",
            "The last score weights the IoUs. You weight the accuracies, which gives the pixel accuracy again.",
            changes=(("np.nansum(truth * iou)", "np.nansum(truth * accuracy)"),),
        ),
        Mistake(
            "iou_of_all_classes_together",
            "You add up the intersections and unions of all classes first. The mean IoU is the mean of the classes'"
            " own IoUs.",
            answer="iou_of_all_classes_together",
        ),
        Mistake(
            "adds_one",
            "You add 1 above and below (smoothing). That belongs into a loss; a score counts what is there.",
            answer="smooth",
        ),
        Mistake(
            "in_percent",
            "These are percent. The scores are numbers from 0 to 1; multiply by 100 when you print them.",
            changes=(("return right.sum() / truth.sum(), np.nanmean(accuracy), np.nanmean(iou), weighted",
                      "return 100 * right.sum() / truth.sum(), 100 * np.nanmean(accuracy), 100 * np.nanmean(iou),"
                      + " 100 * weighted"),),
        ),
        Mistake(
            "another_order",
            "The four numbers are right, but in another order: pixel accuracy, mean accuracy, mean IoU, frequency"
            " weighted IoU.",
            changes=(("right.sum() / truth.sum(), np.nanmean(accuracy)",
                      "np.nanmean(accuracy), right.sum() / truth.sum()"),),
            also=("iou_before_accuracy", "weighted_before_mean"),
        ),
        Mistake(
            "divides_by_the_entries",
            "The pixel accuracy is divided by the number of entries of the matrix. The number of pixels is the sum of"
            " the entries: counts.sum(), not counts.size.",
            changes=(("return right.sum() / truth.sum()", "return right.sum() / counts.size"),),
        ),
        Mistake(
            "union_without_parentheses",
            "right / truth + found - right divides by truth alone. Divide by the whole union: right / (truth + found -"
            " right).",
            changes=(("(truth + found - right)", "truth + found - right"),),
        ),
    ],
    "cross_entropy": [
        Mistake(
            "divides_by_all_pixels",
            "The mean divides by the pixels that count; you divide by all, the ignored ones included.",
            changes=((MEAN, "total / (labels.size or 1)"),),
            also=("mean_of_losses_and_zeros",),
        ),
        Mistake(
            "mean_includes_the_ignored",
            "Ignored pixels add nothing to your sum, but they are still in the number that you divide by. Set their"
            " factor to 0 before you add up the factors.",
            answer="mean_includes_the_ignored",
        ),
        Mistake(
            "divides_by_the_number",
            "With weights the mean divides by the sum of the weights of the pixels that count, not by their number.",
            changes=((MEAN, "total / ((labels != ignore_index).sum() or 1)"),),
            also=("mean_of_the_weighted",),
        ),
        Mistake(
            "divides_by_the_class_weights",
            "You divide by the sum of the C class weights. Each pixel that counts brings the weight of its label:"
            " add up these.",
            answer="divides_by_the_class_weights",
        ),
        Mistake(
            "another_layout",
            "reshape does not exchange axes: the C numbers of a pixel lie H * W apart. Bring the classes to the end"
            " with transpose(0, 2, 3, 1) first.",
            answer="rows_of_another_layout",
            also=("one_hot_of_another_layout",),
        ),
        Mistake(
            "hides_the_logits",
            "You set the logits of ignored pixels to 0. That leaves a loss of log C each; it is their loss that must"
            " be 0.",
            answer="hides_the_logits",
        ),
        Mistake(
            "counts_only_the_ignored",
            "The selection is reversed: the pixels that count are those whose label is *not* ignore_index.",
            changes=(("labels != ignore_index", "labels == ignore_index"),),
        ),
        Mistake(
            "counts_class_ignore_index",
            "The ignore label is an argument: it may be -1, or one of the classes, such as 0. Pixels whose label"
            " equals ignore_index must not count, though their class exists.",
            changes=((f" & {IGNORE}[:, None]", ""),),
            also=("always_255_by_index", "below_C"),
        ),
        Mistake(
            "indexes_with_255",
            "The label 255 is used as an index, and there is no class 255. Replace it by some class first, and give"
            " such pixels the factor 0.",
            answer="indexes_with_255",
            also=("takes_with_255", "one_row_of_255"),
        ),
        Mistake(
            "ignored_becomes_class_0",
            "Ignored pixels are trained to be class 0 here. They must add nothing, and must not be counted in the"
            " mean.",
            answer="ignored_becomes_class_0",
            also=("class_0_for_ignored",),
        ),
        Mistake(
            "overflows",
            "exp(1000) is inf. Subtract each pixel's largest logit first, as your LogSoftmax does.",
            answer="overflows",
            also=("overflows_in_the_log_sum", "overflows_and_divides_by_zero"),
        ),
        Mistake(
            "log_of_zero",
            "A small probability is rounded to 0, and its log is -inf. Do not take the log of a softmax; use the"
            " log-softmax.",
            answer="underflows",
        ),
        Mistake(
            "subtracts_the_largest_of_all",
            "You subtract the largest logit of the whole batch. Far below it, a pixel's exponentials are all rounded"
            " to 0. Each pixel needs its own: max(axis=1, keepdims=True).",
            answer="subtracts_the_largest_of_all",
        ),
        Mistake(
            "adds_an_epsilon",
            "The epsilon inside the log changes the loss, most where the network is most wrong. The log-softmax"
            " needs none.",
            answer="adds_an_epsilon",
            also=("adds_a_small_epsilon", "adds_a_tiny_epsilon"),
        ),
        Mistake(
            "clips_the_probabilities",
            "You cut probabilities off at a smallest value, so a pixel that is very wrong has too small a loss. Use"
            " the log-softmax.",
            answer="clips_the_probabilities",
            also=("clips_them_at_1e_12",),
        ),
        Mistake(
            "softmax_along_another_axis",
            "The softmax runs along another axis. The probabilities of one pixel's classes, axis 1, must add up to"
            " 1.",
            answer="softmax_along_the_last_axis",
            also=("softmax_over_the_picture", "softmax_over_everything"),
        ),
        Mistake(
            "binary_for_each_class",
            "This is a sigmoid for each class. Here the classes compete: one softmax over all of them.",
            answer="binary_for_each_class",
        ),
        Mistake(
            "no_softmax",
            "You take the logits as they are. First make log-probabilities of them, with LogSoftmax.",
            changes=(("LogSoftmax().forward(logits)", "logits"),),
        ),
        Mistake(
            "no_log",
            "You sum probabilities; the loss of a pixel is minus the logarithm of its true class's probability.",
            changes=(("LogSoftmax().forward(logits)", "np.exp(LogSoftmax().forward(logits))"),),
            also=("one_minus_p",),
        ),
        Mistake(
            "log2",
            "This is the logarithm to base 2. The loss takes the natural one, np.log.",
            changes=(("LogSoftmax().forward(logits)", "LogSoftmax().forward(logits) / logits.dtype.type(np.log(2))"),),
        ),
        Mistake(
            "sign",
            "The sign is missing. log p is negative, and the loss is -log p.",
            changes=(("total = -(", "total = ("),),
        ),
        Mistake(
            "predicted_class",
            "You take the log-probability of the predicted class. The loss looks at the true one, the label.",
            answer="wrong_class_counts",
        ),
        Mistake(
            "ignores_the_weights",
            "The class weights have no effect. Multiply each pixel's loss by the weight of its label.",
            changes=((WEIGHTS, "np.ones(C)"),),
        ),
        Mistake(
            "weighted_twice",
            "Each loss is multiplied by its weight twice. Once is enough.",
            answer="weighted_twice",
        ),
        Mistake(
            "exchanged_reductions",
            "Your mean is the sum, and your sum is the mean.",
            answer="exchanged_reductions",
        ),
        Mistake(
            "asks_whether_weights_are_true",
            "An array is neither true nor false, so `weight or ...` and `if weight:` fail. Ask `weight is None`.",
            changes=((WEIGHTS, "(weight or np.ones(C))"),),
        ),
        Mistake(
            "weights_only_the_divisor",
            "The weights are only in the number that you divide by. First multiply each pixel's loss by its weight.",
            answer="weights_only_the_divisor",
        ),
        Mistake(
            "weights_the_logits",
            "You multiply the logits by the weights. It is the loss of a pixel that its class's weight multiplies.",
            answer="weights_the_logits",
        ),
        Mistake(
            "weight_of_the_prediction",
            "Each pixel has the weight of its label, not of the class that was predicted.",
            answer="weight_of_the_prediction",
        ),
        Mistake(
            "always_the_mean",
            "reduction=\"sum\" asks for the sum, undivided; you return the mean.",
            changes=((f'total if reduction == "sum" else {MEAN}', MEAN),),
        ),
        Mistake(
            "always_the_sum",
            "reduction is \"mean\" unless it is given: divide by the sum of the factors.",
            changes=((f'total if reduction == "sum" else {MEAN}', "total"),),
        ),
        Mistake(
            "mean_of_the_pictures",
            "You take the mean of each picture first. The mean is over all pixels of the batch that count, together.",
            answer="mean_of_the_pictures",
        ),
        Mistake(
            "divides_by_the_batch",
            "You divide by the number of pictures N. The mean divides by the number of pixels that count, in all"
            " pictures.",
            answer="divides_by_the_batch",
        ),
        Mistake(
            "mean_over_the_classes_too",
            "You average over N, C, H and W. Each pixel has one loss, so the C classes are not part of the count.",
            changes=((MEAN, "total / (factors.size or 1)"),),
        ),
        Mistake(
            "nan_if_nothing_counts",
            "If no pixel counts, the mean is 0/0. The loss is 0 then.",
            answer="mean_of_the_selected",
        ),
        Mistake(
            "divides_by_one_at_least",
            "max(..., 1) helps if nothing counts, but the weights of the pixels may well add up to less than 1."
            " Treat only 0 specially.",
            changes=((MEAN, "total / max(factors.sum(), logits.dtype.type(1))"),),
        ),
        Mistake(
            "an_epsilon_in_the_mean",
            "The epsilon in the denominator changes every mean a little. Treat only the case in which nothing"
            " counts.",
            changes=((MEAN, "total / (factors.sum() + logits.dtype.type(1e-6))"),),
            also=("epsilon_1e_8", "epsilon_1e_12"),
        ),
        Mistake(
            "float64",
            "The logits are float32, the loss is not. Bring the factors to logits.dtype, and do not use float().",
            changes=((".astype(logits.dtype)", ".astype(float)"),),
            also=("returns_a_float", "float64_of_the_weights", "float64_if_the_weights_are"),
        ),
        Mistake(
            "no_reduction",
            "You return one loss for each pixel or picture. The result is one number: add them up.",
            answer="no_reduction",
            also=("one_loss_for_each_picture",),
        ),
        Mistake(
            "changes_the_logits",
            "You subtract the maximum from the caller's own logits (-=). Make a new array: logits = logits - ...",
            answer="subtracts_in_place_forward",
        ),
        Mistake(
            "changes_the_labels",
            "You overwrite the caller's labels. Work on a new array: np.where(labels == ignore_index, 0, labels).",
            answer="relabels_in_place",
        ),
    ],
    "cross_entropy_backward": [
        Mistake(
            "forgets_grad",
            "The upstream gradient, grad, is missing: multiply the whole result by it.",
            changes=(("grad if reduction == \"sum\" else grad /", "1 if reduction == \"sum\" else 1 /"),),
            also=("without_grad_in_the_sum",),
        ),
        Mistake(
            "sign",
            "The sign is wrong: it is the probabilities minus 1 at the true class, so a step downhill raises the"
            " true logit.",
            changes=((f"np.exp(log_p) * {PIXEL} - factors", f"factors - np.exp(log_p) * {PIXEL}"),),
        ),
        Mistake(
            "forgets_the_true_class",
            "The 1 at the true class is missing: probabilities minus (0, ..., 1, ..., 0).",
            changes=((f"np.exp(log_p) * {PIXEL} - factors", f"np.exp(log_p) * {PIXEL}"),),
        ),
        Mistake(
            "only_the_true_class",
            "Only the true class gets a gradient here. All classes of the pixel do: raising any logit lowers the"
            " others' probabilities.",
            answer="only_the_true_class",
        ),
        Mistake(
            "stops_at_the_log_probabilities",
            "This is the gradient with respect to log p, -1 at the true class. Go on through the log-softmax, to the"
            " logits.",
            answer="only_the_one_hot",
        ),
        Mistake(
            "by_the_probabilities",
            "This is the gradient with respect to the probabilities, -1/p. Go on through the softmax: what is left"
            " is p minus 1 at the true class.",
            answer="by_the_probabilities",
        ),
        Mistake(
            "log_probabilities",
            "These are log-probabilities minus 1 at the true class. Take np.exp of the log-softmax first.",
            changes=(("np.exp(log_p) *", "log_p *"),),
        ),
        Mistake(
            "no_softmax",
            "You subtract from the logits themselves. The gradient has the probabilities in it, softmax(logits).",
            changes=(("np.exp(log_p) *", "logits *"),),
        ),
        Mistake(
            "pulls_ignored_pixels",
            "Ignored pixels still get the probabilities as a gradient. All C numbers of such a pixel must be 0.",
            answer="pulls_ignored_pixels",
            also=("zero_row_for_ignored", "pulls_them_and_counts_them", "pulls_ignored_without_weights",
                  "pulls_all_alike"),
        ),
        Mistake(
            "pushes_ignored_pixels",
            "Ignored pixels have no probabilities any more, but the 1 at class 0 is still subtracted there. All C"
            " numbers of such a pixel must be 0.",
            answer="pushes_ignored_pixels",
        ),
        Mistake(
            "softmax_twice",
            "p minus 1 at the true class is already the gradient with respect to the logits. You multiply by p (1 -"
            " p) once more.",
            answer="softmax_twice",
        ),
        Mistake(
            "derivative_of_the_probability",
            "p (1 - p) and -p p are the derivatives of the probabilities. The logarithm divides them by p of the"
            " true class: p minus 1 there, p elsewhere.",
            answer="derivative_of_the_probability",
        ),
        Mistake(
            "one_from_every_class",
            "You subtract 1 from all C probabilities of a pixel. Only the true class gets it.",
            answer="one_from_every_class",
        ),
        Mistake(
            "one_number_for_each_pixel",
            "The classes are summed, which gives 0 at each pixel. The gradient has the shape of the logits, (N, C,"
            " H, W).",
            answer="one_number_for_each_pixel",
        ),
        Mistake(
            "mean_includes_the_ignored",
            "Ignored pixels get no gradient, but they are still in the number that you divide by. Set their factor"
            " to 0 before you add up the factors.",
            answer="mean_includes_the_ignored_backward",
        ),
        Mistake(
            "subtracts_the_largest_of_all",
            "You subtract the largest logit of the whole batch. Far below it, a pixel's exponentials are all rounded"
            " to 0. Each pixel needs its own: max(axis=1, keepdims=True).",
            answer="subtracts_the_largest_of_all_backward",
        ),
        Mistake(
            "exchanged_reductions",
            "You divide for the sum, and do not divide for the mean.",
            answer="exchanged_reductions_backward",
        ),
        Mistake(
            "weighted_twice",
            "Each pixel is multiplied by its weight twice. Once is enough.",
            answer="weighted_twice_backward",
        ),
        Mistake(
            "another_layout",
            "reshape does not exchange axes. np.eye(C)[labels] has the classes at the end: transpose(0, 3, 1, 2)"
            " brings them to axis 1.",
            answer="one_hot_of_another_layout_backward",
        ),
        Mistake(
            "multiplies_by_the_number",
            "You multiply by the number of pixels. The mean divides by it, and so does its gradient.",
            changes=((BACK_MEAN, "grad * (factors.sum() or 1)"),),
        ),
        Mistake(
            "ignored_becomes_class_0",
            "Ignored pixels are trained to be class 0 here. All C numbers of such a pixel must be 0, and it does not"
            " count in the mean.",
            answer="ignored_is_class_0_backward",
        ),
        Mistake(
            "indexes_with_255",
            "The label 255 is used as an index, and there is no class 255. Replace it by some class first, and give"
            " such pixels the factor 0.",
            answer="indexes_with_255_backward",
            also=("one_row_of_255_backward",),
        ),
        Mistake(
            "counts_only_the_ignored",
            "The selection is reversed: the pixels that count are those whose label is *not* ignore_index.",
            changes=(("labels != ignore_index", "labels == ignore_index"),),
        ),
        Mistake(
            "counts_class_ignore_index",
            "The ignore label is an argument: it may be -1, or one of the classes, such as 0. Pixels whose label"
            " equals ignore_index must not count, though their class exists.",
            changes=((f" & {IGNORE}[:, None]", ""),),
            also=("always_255_by_index_backward", "below_C_backward"),
        ),
        Mistake(
            "divides_by_all_pixels",
            "The mean divides by the pixels that count; you divide by all, the ignored ones included.",
            changes=((BACK_MEAN, "grad / (labels.size or 1)"),),
        ),
        Mistake(
            "divides_by_the_number",
            "With weights the mean divides by the sum of the weights of the pixels that count, not by their number.",
            changes=((BACK_MEAN, "grad / ((labels != ignore_index).sum() or 1)"),),
            also=("divides_by_the_rows",),
        ),
        Mistake(
            "asks_whether_weights_are_true",
            "An array is neither true nor false, so `weight or ...` and `if weight:` fail. Ask `weight is None`.",
            changes=((WEIGHTS, "(weight or np.ones(C))"),),
        ),
        Mistake(
            "subtracts_without_places",
            "p[np.arange(N), labels] does not pair each pixel with its label. Compare instead: np.arange(C)[:, None, None]"
            " == labels[:, None] marks each pixel's true class.",
            answer="subtracts_without_places",
        ),
        Mistake(
            "weights_only_the_true_class",
            "The weight multiplies only the 1 at the true class. The whole pixel counts w times: the probabilities,"
            " too.",
            changes=((PIXEL, "counts.sum(axis=1, keepdims=True).astype(logits.dtype)"),),
        ),
        Mistake(
            "weights_only_the_probabilities",
            "The weight multiplies only the probabilities. The whole pixel counts w times: the 1 at the true class,"
            " too.",
            changes=((f"{PIXEL} - factors", f"{PIXEL} - counts"),),
        ),
        Mistake(
            "weight_of_every_class",
            "You multiply each class's number by that class's weight. A pixel has one weight, that of its label, for"
            " all of its C numbers.",
            answer="weight_of_every_class",
            also=("weight_of_every_class_by_number",),
        ),
        Mistake(
            "one_hot_of_the_prediction",
            "You subtract 1 at the predicted class. It belongs at the true class, the label.",
            answer="one_hot_of_the_prediction",
        ),
        Mistake(
            "ignores_the_weights",
            "The class weights have no effect. Multiply all C numbers of a pixel by the weight of its label.",
            changes=((WEIGHTS, "np.ones(C)"),),
        ),
        Mistake(
            "always_the_mean",
            "You always divide. With reduction=\"sum\" nothing is divided.",
            changes=((f'grad if reduction == "sum" else {BACK_MEAN}', BACK_MEAN),),
        ),
        Mistake(
            "always_the_sum",
            "You never divide. With reduction=\"mean\", the default, divide by the sum of the factors, as the loss"
            " does.",
            changes=((f'grad if reduction == "sum" else {BACK_MEAN}', "grad"),),
        ),
        Mistake(
            "mean_of_the_pictures",
            "You divide each picture by a number of its own. The mean is over all pixels of the batch that count,"
            " together.",
            answer="mean_of_the_pictures_backward",
        ),
        Mistake(
            "divides_by_the_batch",
            "You divide by the number of pictures N. The mean divides by the number of pixels that count, in all"
            " pictures.",
            answer="divides_by_the_batch_backward",
        ),
        Mistake(
            "mean_over_the_classes_too",
            "You divide by N, C, H and W. Each pixel has one loss, so the C classes are not part of the count.",
            changes=((BACK_MEAN, "grad / (factors.size or 1)"),),
        ),
        Mistake(
            "overflows",
            "exp(1000) is inf, and inf / inf is nan. Subtract each pixel's largest logit first, or take np.exp of"
            " the log-softmax.",
            answer="overflows_backward",
        ),
        Mistake(
            "softmax_along_another_axis",
            "The softmax runs along another axis. The probabilities of one pixel's classes, axis 1, must add up to"
            " 1.",
            answer="other_axis_backward",
        ),
        Mistake(
            "nan_if_nothing_counts",
            "If no pixel counts, the mean divides by 0. All gradients are 0 then.",
            changes=((BACK_MEAN, "np.divide(grad, factors.sum())"),),
        ),
        Mistake(
            "divides_by_one_at_least",
            "max(..., 1) helps if nothing counts, but the weights of the pixels may well add up to less than 1."
            " Treat only 0 specially.",
            changes=((BACK_MEAN, "grad / max(factors.sum(), 1)"),),
        ),
        Mistake(
            "an_epsilon_in_the_mean",
            "The epsilon in the denominator changes every gradient a little. Treat only the case in which nothing"
            " counts.",
            changes=((BACK_MEAN, "grad / (factors.sum() + 1e-6)"),),
            also=("epsilon_1e_8_backward", "epsilon_1e_12_backward"),
        ),
        Mistake(
            "float64",
            "The logits are float32, the gradient is not. Bring the factors and the result to logits.dtype.",
            changes=((".astype(logits.dtype)", ".astype(float)"),),
            also=("float64_if_the_weights_are_backward",),
        ),
        Mistake(
            "changes_the_logits",
            "You subtract the maximum from the caller's own logits (-=). Make a new array: logits = logits - ...",
            answer="subtracts_in_place",
        ),
        Mistake(
            "changes_the_labels",
            "You overwrite the caller's labels. Work on a new array: np.where(labels == ignore_index, 0, labels).",
            answer="relabels_in_place_backward",
        ),
    ],
}


# Checks that let wrong answers through, or reject right ones ----------------------------------------------------------

EQUAL = 'assert np.array_equal(found, counts) and found.dtype.kind in "iu"'
DRAW = "labels, predictions = rng.integers(0, classes, (2, *shape)).astype(dtype)"
IGNORE = "        labels[rng.random(shape) < 0.2] = ignore_index\n"
NO_PICTURES = "        ((0, 4, 5), 3, 255, int),\n"
THREE = "[[2, 1, 0], [1, 1, 0], [0, 0, 1]]"


def check_nothing(confusion_matrix):
    confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2)


def check_with_parentheses(confusion_matrix):
    """assert (condition, message) asks for the truth of a pair, which is always true."""
    pair = confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist() == [[1, 0], [1, 1]], "wrong"
    assert pair


def check_by_printing(confusion_matrix):
    if not np.array_equal(confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2), [[1, 0], [1, 1]]):
        print("wrong")


def check_that_catches(confusion_matrix):
    try:
        assert np.array_equal(confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2), [[1, 0], [1, 1]])
    except Exception:  # noqa: BLE001
        print("wrong")


def check_by_returning(confusion_matrix):
    return np.array_equal(confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2), [[1, 0], [1, 1]])


def check_that_ignored_pixels_count(confusion_matrix):
    """Takes 255 for a class that is wrong."""
    labels = np.array([0, 1, 255])
    assert confusion_matrix(labels, np.array([0, 1, 0]), 2).sum() == 3


def check_symmetry(confusion_matrix):
    labels, predictions = np.random.default_rng(0).integers(0, 3, (2, 4, 5))
    counts = confusion_matrix(labels, predictions, 3)
    assert np.array_equal(counts, counts.T)


def check_with_rows_exchanged(confusion_matrix):
    assert confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [[1, 0], [1, 1]]


def check_one_dtype(confusion_matrix):
    """The package returns int64; the docstring asks for ints."""
    labels, predictions = np.random.default_rng(0).integers(0, 3, (2, 2, 4, 5))
    counts = np.zeros((3, 3), np.int64)
    np.add.at(counts, (labels, predictions), 1)
    found = confusion_matrix(labels, predictions, 3)
    assert np.array_equal(found, counts) and found.dtype == np.int64


def check_the_worked_example(confusion_matrix):
    labels, predictions = np.array([[0, 0, 255], [1, 1, 0], [2, 255, 255]]), np.array([[0, 0, 1], [0, 1, 1], [2, 0, 1]])
    assert confusion_matrix(labels, predictions, 3).tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]


def check_perfect_answers(confusion_matrix):
    rng = np.random.default_rng(0)
    for shape, classes, ignore_index in [((2, 4, 5), 3, 255), ((7,), 4, 0), ((3, 5), 3, -1)]:
        labels = rng.integers(0, classes, shape)
        predictions = labels.copy()
        labels[rng.random(shape) < 0.2] = ignore_index
        right = np.bincount(labels[labels != ignore_index], minlength=classes)
        assert np.array_equal(confusion_matrix(labels, predictions, classes, ignore_index), np.diag(right))


def check_sums(confusion_matrix):
    rng = np.random.default_rng(0)
    for shape, classes, ignore_index in [((2, 4, 5), 3, 255), ((7,), 4, 0), ((3, 5), 3, -1)]:
        labels, predictions = rng.integers(0, classes, (2, *shape))
        labels[rng.random(shape) < 0.2] = ignore_index
        assert confusion_matrix(labels, predictions, classes, ignore_index).sum() == (labels != ignore_index).sum()


def check_with_many_pixels(confusion_matrix):
    rng = np.random.default_rng(0)
    for shape, classes, ignore_index, kind in [((2, 40, 50), 3, 255, np.uint8), ((90,), 4, 0, int), ((2, 70, 60), 21, 255, np.uint8),
                                               ((50, 8), 3, -1, int)]:  # fmt: skip
        labels, predictions = rng.integers(0, classes, (2, *shape)).astype(kind)
        labels[rng.random(shape) < 0.2] = ignore_index
        counts, keep = np.zeros((classes, classes)), labels != ignore_index
        np.add.at(counts, (labels[keep], predictions[keep]), 1)
        found = confusion_matrix(labels, predictions, classes, ignore_index)
        assert np.array_equal(found, counts) and found.dtype.kind in "iu"


MISTAKES["check_confusion_matrix"] = [
    Mistake(
        "raises_nothing",
        "Your check raises nothing by itself, so only crashes are noticed. Use assert condition, \"message\", without"
        " parentheses around the two, and without try or print.",
        answer="check_with_parentheses",
        also=("check_by_printing", "check_that_catches", "check_nothing"),
    ),
    Mistake(
        "returns_its_verdict",
        "Your check returns its verdict, and nobody looks at it. It must raise an error: assert, where you return now.",
        answer="check_by_returning",
    ),
    Mistake(
        "rejects_everything",
        "Your check rejects right answers. Rows are labels, columns are predictions; the matrix is not symmetric, and ignored"
        " pixels count nowhere. Run it on your own.",
        answer="check_symmetry",
        also=("check_that_ignored_pixels_count", "check_with_rows_exchanged"),
    ),
    Mistake(
        "one_type_of_ints",
        "Your check rejects a right answer because of its kind of ints. The docstring asks for ints, of any size:"
        " dtype.kind in \"iu\".",
        answer="check_one_dtype",
    ),
    Mistake(
        "only_shapes",
        "Your check compares shape and dtype, but no counts.",
        changes=(("np.array_equal(found, counts)", "found.shape == counts.shape"),),
    ),
    Mistake(
        "sums",
        "Your check compares sums: the number of pixels that count. Pixels in the wrong place of the matrix have the same sum.",
        answer="check_sums",
    ),
    Mistake(
        "only_the_diagonal",
        "Your check looks at the diagonal only. What is wrong must be counted, too, in the right row and column.",
        changes=(("np.array_equal(found, counts)", "np.array_equal(np.diag(found), np.diag(counts))"),),
    ),
    Mistake(
        "perfect_answers_only",
        "Your predictions are all right, so the matrix is diagonal. Then rows and columns may be exchanged, or the rest missing.",
        answer="check_perfect_answers",
    ),
    Mistake(
        "only_the_worked_example",
        "One worked example has one shape, one ignore label and few pixels. Try other types, other ignore labels, more classes.",
        answer="check_the_worked_example",
    ),
    Mistake(
        "nothing_is_ignored",
        "No pixel of your labels is ignored. What people do with ignored pixels is the most frequent mistake.",
        changes=((IGNORE, "        ignore_index = 255\n"),),
    ),
    Mistake(
        "always_255",
        "Your ignore label is always 255. It is an argument: try -1, and 0, which is also a class.",
        changes=((IGNORE, "        ignore_index = 255\n" + IGNORE),),
    ),
    Mistake(
        "never_a_class",
        "Your ignore label is never below `classes`. It may be 0: then pixels of class 0 do not count.",
        changes=(("((7,), 4, 0, int)", "((7,), 4, 255, int)"),),
    ),
    Mistake(
        "classes_that_all_occur",
        "All your classes occur, in labels and predictions. With many classes and few pixels, a matrix that is too small shows.",
        answer="check_with_many_pixels",
    ),
    Mistake(
        "one_shape",
        "Your labels always have the same number of axes. Mostly they come as (N, H, W), but a row of pixels is as good.",
        changes=((DRAW, "shape = (3, int(np.prod(shape)) // 3)\n        " + DRAW),),
    ),
    Mistake(
        "no_uint8",
        "Your labels are int64. From image files they come as uint8, in which 21 * 13 is 17.",
        changes=((".astype(dtype)", ""),),
    ),
    Mistake(
        "few_pixels",
        "No pair of classes has more than 255 pixels in your labels. A count kept in uint8 begins again at 0 there.",
        changes=(("(40, 40), 2", "(10, 10), 2"),),
    ),
    Mistake(
        "any_dtype",
        "Your check compares the numbers, not their type: counts are ints. Look at dtype.kind.",
        changes=((' and found.dtype.kind in "iu"', ""),),
    ),
    Mistake(
        "ends_after_the_first_case",
        "Your check ends after its first case. Look at the indentation of `return`, or whether a later case is ever reached.",
        changes=((EQUAL, EQUAL + "\n        return"),),
    ),
]
