"""Wrong answers to lesson 21 that people really write, each with the hint that they should read."""

import numpy as np

from minifcn.course.exercise import Mistake

# --- Near an edge ---------------------------------------------------------------------------------------------------


def shifts(labels, reach, ignore_index, counts_shift, pairs=None):
    """Where a neighbour of another class lies at one of the shifts (i, j) that counts_shift accepts."""
    _, H, W = labels.shape
    known, near = labels != ignore_index, np.zeros(labels.shape, bool)
    for i in range(-min(reach, H - 1), min(reach, H - 1) + 1):
        for j in range(-min(reach, W - 1), min(reach, W - 1) + 1):
            if counts_shift(i, j):
                here = np.s_[:, max(i, 0) : H + min(i, 0), max(j, 0) : W + min(j, 0)]
                there = np.s_[:, max(-i, 0) : H + min(-i, 0), max(-j, 0) : W + min(-j, 0)]
                near[here] |= known[there] & (labels[here] != labels[there])
    return near & known


def shares(labels, predictions, nears):
    right = labels == predictions
    return np.array([right[near].mean() if near.any() else np.nan for near in nears])


def a_diamond(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j, w=w: abs(i) + abs(j) <= w) for w in widths]
    return shares(labels, predictions, nears)


def a_disc(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j, w=w: i * i + j * j <= w * w) for w in widths]
    return shares(labels, predictions, nears)


def a_cross(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: i == 0 or j == 0) for w in widths]
    return shares(labels, predictions, nears)


def only_along_rows(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: i == 0) for w in widths]
    return shares(labels, predictions, nears)


def one_side(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: i <= 0 and j <= 0) for w in widths]
    return shares(labels, predictions, nears)


def a_ring(labels, predictions, widths, ignore_index=255):
    def within(w):
        return shifts(labels, w, ignore_index, lambda i, j: True)

    return shares(labels, predictions, [within(w) & ~within(w - 1) if w > 1 else within(w) for w in widths])


def bands(labels, predictions, widths, ignore_index=255):
    result, before = [], np.zeros(labels.shape, bool)
    for w in widths:
        near = shifts(labels, w, ignore_index, lambda i, j: True)
        result.append(near & ~before)
        before = near
    return shares(labels, predictions, result)


def a_mean_of_means(labels, predictions, widths, ignore_index=255):
    rows = []
    for w in widths:
        near = shifts(labels, w, ignore_index, lambda i, j: True)
        each = [(t == p)[m].mean() for t, p, m in zip(labels, predictions, near) if m.any()]
        rows.append(np.mean(each) if each else np.nan)
    return np.array(rows)


def edges_of_the_predictions(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    nears = [known & shifts(predictions, w, ignore_index, lambda i, j: True) for w in widths]
    return shares(labels, predictions, nears)


def edges_of_both(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in widths]
    nears = [near | known & shifts(predictions, w, ignore_index, lambda i, j: True) for near, w in zip(nears, widths)]
    return shares(labels, predictions, nears)


def wraps_around(labels, predictions, widths, ignore_index=255):
    known, nears = labels != ignore_index, []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for i in range(-w, w + 1):
            for j in range(-w, w + 1):
                moved = np.roll(labels, (i, j), (1, 2))
                near |= (moved != labels) & (moved != ignore_index)
        nears.append(near & known)
    return shares(labels, predictions, nears)


def pads_with_zeros(labels, predictions, widths, ignore_index=255):
    nears = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)))
        nears.append(shifts(padded, w, ignore_index, lambda i, j: True)[:, w:-w, w:-w])
    return shares(labels, predictions, nears)


def pads_with_another_class(labels, predictions, widths, ignore_index=255):
    nears = []
    for w in widths:
        padded = np.pad(labels.astype(int), ((0, 0), (w, w), (w, w)), constant_values=-7)
        nears.append(shifts(padded, w, ignore_index, lambda i, j: True)[:, w:-w, w:-w])
    return shares(labels, predictions, nears)


def divides_by_0(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in widths]
    return np.array([int((labels == predictions)[near].sum()) / int(near.sum()) for near in nears])


def grows_what_is_left(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in np.cumsum(widths).tolist()]
    return shares(labels, predictions, nears)


def grows_on(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in np.maximum.accumulate(widths).tolist()]
    return shares(labels, predictions, nears)


def half_as_wide(labels, predictions, widths, ignore_index=255):
    return shares(labels, predictions, [shifts(labels, w // 2, ignore_index, lambda i, j: True) for w in widths])


def grows_over_pictures(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    tall = labels.reshape(1, N * H, W)
    nears = [shifts(tall, w, ignore_index, lambda i, j: True).reshape(labels.shape) for w in widths]
    return shares(labels, predictions, nears)


def all_axes(labels, predictions, widths, ignore_index=255):
    counts, right, curve = labels != ignore_index, labels == predictions, {}
    high, low = np.where(counts, labels, -1), np.where(counts, labels, 10**6)
    for width in range(1, max(widths) + 1):
        for axis in range(3):
            for x, extreme in (high, np.maximum), (low, np.minimum):
                x, old = np.moveaxis(x, axis, 0), np.moveaxis(x, axis, 0).copy()
                x[1:] = extreme(x[1:], old[:-1])
                x[:-1] = extreme(x[:-1], old[1:])
        near = counts & (high > low)
        curve[width] = right[near].mean() if near.any() else np.nan
    return np.array([curve[width] for width in widths])


def far_from_edges(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    nears = [known & ~shifts(labels, w, ignore_index, lambda i, j: True) for w in widths]
    return shares(labels, predictions, nears)


def mean_of_classes(labels, predictions, widths, ignore_index=255):
    result = []
    for w in widths:
        near = shifts(labels, w, ignore_index, lambda i, j: True)
        each = [(predictions[near & (labels == c)] == c).mean() for c in np.unique(labels[near])]
        result.append(np.mean(each) if each else np.nan)
    return np.array(result)


def share_of_all_pixels(labels, predictions, widths, ignore_index=255):
    right, known = labels == predictions, labels != ignore_index
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in widths]
    return np.array([(right & near).sum() / max(known.sum(), 1) for near in nears])


def share_of_all_or_nan(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j: True) for w in widths]
    return np.array([(near & (labels == predictions)).mean() if near.any() else np.nan for near in nears])


def windows_without_max(labels, predictions, widths, ignore_index=255):
    known, nears = labels != ignore_index, []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for n, u, v in np.argwhere(known):
            window = labels[n, u - w : u + w + 1, v - w : v + w + 1]
            near[n, u, v] = ((window != labels[n, u, v]) & (window != ignore_index)).any()
        nears.append(near)
    return shares(labels, predictions, nears)


def range_without_its_end(labels, predictions, widths, ignore_index=255):
    nears = [shifts(labels, w, ignore_index, lambda i, j, w=w: i > -w and j > -w) for w in widths]
    return shares(labels, predictions, nears)


def grown(edges, times):
    for _ in range(times):
        padded = np.pad(edges, ((0, 0), (1, 1), (1, 1)))
        _, H, W = edges.shape
        edges = np.any([padded[:, i : i + H, j : j + W] for i in range(3) for j in range(3)], axis=0)
    return edges


def edges_then_grown(labels, predictions, widths, ignore_index=255):
    edges, known = shifts(labels, 1, ignore_index, lambda i, j: True), labels != ignore_index
    return shares(labels, predictions, [grown(edges, w - 1) & known for w in widths])


def crosses_then_grown(labels, predictions, widths, ignore_index=255):
    edges, known = shifts(labels, 1, ignore_index, lambda i, j: i == 0 or j == 0), labels != ignore_index
    return shares(labels, predictions, [grown(edges, w - 1) & known for w in widths])


def edges_grown_too_far(labels, predictions, widths, ignore_index=255):
    edges, known = shifts(labels, 1, ignore_index, lambda i, j: True), labels != ignore_index
    return shares(labels, predictions, [grown(edges, w) & known for w in widths])


def half_edges_grown(labels, predictions, widths, ignore_index=255):
    edges, known = np.zeros(labels.shape, bool), labels != ignore_index
    edges[:, 1:] |= (labels[:, 1:] != labels[:, :-1]) & known[:, 1:] & known[:, :-1]
    edges[:, :, 1:] |= (labels[:, :, 1:] != labels[:, :, :-1]) & known[:, :, 1:] & known[:, :, :-1]
    return shares(labels, predictions, [grown(edges, w) & known for w in widths])


def a_diamond_grown(labels, predictions, widths, ignore_index=255):
    edges, known = shifts(labels, 1, ignore_index, lambda i, j: i == 0 or j == 0), labels != ignore_index
    nears = []
    for w in widths:
        band = edges
        for _ in range(w - 1):
            padded = np.pad(band, ((0, 0), (1, 1), (1, 1)))
            band = band | padded[:, 2:, 1:-1] | padded[:, :-2, 1:-1] | padded[:, 1:-1, 2:] | padded[:, 1:-1, :-2]
        nears.append(band & known)
    return shares(labels, predictions, nears)


def ignored_pixels_are_near(labels, predictions, widths, ignore_index=255):
    nears = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for n, u, v in np.ndindex(labels.shape):
            window = labels[n, max(u - w, 0) : u + w + 1, max(v - w, 0) : v + w + 1]
            near[n, u, v] = ((window != labels[n, u, v]) & (window != ignore_index)).any()
        nears.append(near)
    return shares(labels, predictions, nears)


def ignored_is_class_0(labels, predictions, widths, ignore_index=255):
    truth, known = np.where(labels == ignore_index, 0, labels), labels != ignore_index
    return shares(labels, predictions, [shifts(truth, w, -9, lambda i, j: True) & known for w in widths])


def one_step_a_width(labels, predictions, widths, ignore_index=255):
    steps = range(1, len(widths) + 1)
    return shares(labels, predictions, [shifts(labels, w, ignore_index, lambda i, j: True) for w in steps])


def run_on(x, extreme, backwards):
    for line in x.swapaxes(0, 1), x.transpose(2, 0, 1):
        for i in range(1, len(line)):
            line[i] = extreme(line[i], line[i - 1])
        for i in range(len(line) - 1)[:: -1 if backwards else 1]:
            line[i] = extreme(line[i], line[i + 1])


def runs_on(labels, predictions, widths, ignore_index=255, backwards=False):
    known, nears = labels != ignore_index, []
    for width in widths:
        low, high = np.where(known, labels, 10**6).astype(int), np.where(known, labels, -1).astype(int)
        for _ in range(width):
            run_on(low, np.minimum, backwards)
            run_on(high, np.maximum, backwards)
        nears.append(known & (low < high))
    return shares(labels, predictions, nears)


def runs_on_both_ways(labels, predictions, widths, ignore_index=255):
    return runs_on(labels, predictions, widths, ignore_index, True)


# --- The bound of a stride ------------------------------------------------------------------------------------------


def predictions_of(labels, stride, ignore_index=255, middle=None):
    H, W = labels.shape[1:]
    middle = stride // 2 if middle is None else middle
    rows = np.minimum(np.arange(H) // stride * stride + middle, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + middle, W - 1)
    seen = labels[:, rows[:, None], columns]
    return np.where(seen == ignore_index, 0, seen)


def mean_iou(labels, seen, classes, ignore_index=255):
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]  # noqa: F821


def majority(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen = np.zeros_like(labels)
    for n in range(len(labels)):
        for u in range(0, H, stride):
            for v in range(0, W, stride):
                cell = labels[n, u : u + stride, v : v + stride]
                known = cell[cell != ignore_index].astype(int)
                seen[n, u : u + stride, v : v + stride] = np.bincount(known).argmax() if known.size else 0
    return mean_iou(labels, seen, classes, ignore_index)


def mean_label(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen = np.zeros_like(labels)
    for n in range(len(labels)):
        for u in range(0, H, stride):
            for v in range(0, W, stride):
                cell = labels[n, u : u + stride, v : v + stride]
                known = cell[cell != ignore_index]
                seen[n, u : u + stride, v : v + stride] = round(float(known.mean())) if known.size else 0
    return mean_iou(labels, seen, classes, ignore_index)


def drops_the_rest(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    labels = labels[:, : H // stride * stride or H, : W // stride * stride or W]
    return mean_iou(labels, predictions_of(labels, stride, ignore_index), classes, ignore_index)


def rest_is_class_0(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen = predictions_of(labels, stride, ignore_index)
    seen[:, H // stride * stride :], seen[:, :, W // stride * stride :] = 0, 0
    return mean_iou(labels, seen, classes, ignore_index)


def stretched(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    small = labels[:, ::stride, ::stride]
    rows = np.arange(H) * small.shape[1] // H
    columns = np.arange(W) * small.shape[2] // W
    seen = small[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def mean_over_pictures(labels, stride, classes, ignore_index=255):
    seen = predictions_of(labels, stride, ignore_index)
    return np.mean([mean_iou(t[None], s[None], classes, ignore_index) for t, s in zip(labels, seen)])


def middle_ignored_does_not_count(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    truth = np.where(seen == ignore_index, ignore_index, labels)
    return mean_iou(truth, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def both_are_class_0(labels, stride, classes, ignore_index=255):
    labels = np.where(labels == ignore_index, 0, labels)
    return mean_iou(labels, predictions_of(labels, stride, ignore_index), classes, ignore_index)


def leaves_255(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    return mean_iou(labels, labels[:, rows[:, None], columns], classes, ignore_index)


def middle_outside_wraps(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = (np.arange(H) // stride * stride + stride // 2) % H
    columns = (np.arange(W) // stride * stride + stride // 2) % W
    seen = labels[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def middle_outside_is_class_0(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.arange(H) // stride * stride + stride // 2
    columns = np.arange(W) // stride * stride + stride // 2
    seen = np.pad(labels, ((0, 0), (0, stride), (0, stride)))[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def one_cell_too_few(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    rows = np.minimum(np.arange(H) // stride, small.shape[1] - 1)
    columns = np.minimum(np.arange(W) // stride, small.shape[2] - 1)
    seen = small[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def nearest_sample(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.round(np.arange(H) / stride).astype(int) * stride, (H - 1) // stride * stride)
    columns = np.minimum(np.round(np.arange(W) / stride).astype(int) * stride, (W - 1) // stride * stride)
    seen = labels[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def own_middle(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    starts, columns = np.arange(H) // stride * stride, np.arange(W) // stride * stride
    rows = (starts + np.minimum(stride, H - starts) // 2)[:, None]
    columns = columns + np.minimum(stride, W - columns) // 2
    seen = labels[:, rows, columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def crops_the_labels(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    labels = labels[:, : seen.shape[1], : seen.shape[2]]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def rest_is_the_truth(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen, whole = labels.copy(), predictions_of(labels, stride, ignore_index)
    h, w = H // stride * stride, W // stride * stride
    seen[:, :h, :w] = whole[:, :h, :w]
    return mean_iou(labels, seen, classes, ignore_index)


def absent_class_is_0(labels, stride, classes, ignore_index=255):
    n = confusion_matrix(labels, predictions_of(labels, stride, ignore_index), classes, ignore_index)  # noqa: F821
    union = n.sum(axis=0) + n.sum(axis=1) - np.diag(n)
    return np.mean(np.diag(n) / np.maximum(union, 1))


def float_middle(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen = np.zeros_like(labels)
    for u, v in np.ndindex(H, W):
        row, column = u // stride * stride + stride / 2, v // stride * stride + stride / 2
        seen[:, u, v] = labels[:, min(row, H - 1), min(column, W - 1)]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def float_rows(labels, stride, classes, ignore_index=255):
    return mean_iou(labels, predictions_of(labels, stride, ignore_index, stride / 2), classes, ignore_index)


def height_for_both(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, H - 1)
    seen = labels[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def nearest_inside(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.round(np.arange(H) / stride).astype(int) * stride, H - 1)
    columns = np.minimum(np.round(np.arange(W) / stride).astype(int) * stride, W - 1)
    seen = labels[:, rows[:, None], columns]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def full_cells(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    seen = np.zeros_like(labels)
    for u in range(0, H, stride):
        for v in range(0, W, stride):
            top, left = min(u, max(H - stride, 0)), min(v, max(W - stride, 0))
            label = labels[:, min(top + stride // 2, H - 1), min(left + stride // 2, W - 1)]
            seen[:, top : top + stride, left : left + stride] = label[:, None, None]
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def drops_the_rest_or_all(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    labels = labels[:, : H // stride * stride, : W // stride * stride]
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def middle_outside_is_mirrored(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    padded = np.pad(labels, ((0, 0), (0, -H % stride), (0, -W % stride)), mode="symmetric")
    seen = predictions_of(padded, stride, ignore_index)[:, :H, :W]
    return mean_iou(labels, seen, classes, ignore_index)


def pads_what_is_seen(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    seen = np.pad(seen, ((0, 0), (0, H - seen.shape[1]), (0, W - seen.shape[2])), mode="edge")
    return mean_iou(labels, np.where(seen == ignore_index, 0, seen), classes, ignore_index)


def only_classes_of_the_truth(labels, stride, classes, ignore_index=255):
    n = confusion_matrix(labels, predictions_of(labels, stride, ignore_index), classes, ignore_index)  # noqa: F821
    there, right = n.sum(axis=1) > 0, np.diag(n)
    return (right / np.maximum(n.sum(axis=0) + n.sum(axis=1) - right, 1))[there].mean()


# --- All of them ----------------------------------------------------------------------------------------------------

MISTAKES = {
    "trimap_curve": [
        Mistake(
            "diamond",
            "Near means inside a square here: a pixel one row down and one column to the right is at distance 1. You count rows plus columns.",
            answer="a_diamond",
            also=("a_diamond_grown",),
        ),
        Mistake(
            "disc",
            "Near means inside a square of 2*width + 1 pixels, corners included; you use a disc, the straight-line distance.",
            answer="a_disc",
        ),
        Mistake(
            "cross",
            "You look along the row or the column only. The whole square of 2*width + 1 pixels counts.",
            answer="a_cross",
            also=("only_along_rows", "crosses_then_grown"),
        ),
        Mistake(
            "empty windows",
            "A slice that begins at a negative number is empty or begins at the far end. Near the border take max(u - width, 0).",
            answer="windows_without_max",
        ),
        Mistake(
            "edges first",
            "You find edges between neighbours and grow them. An ignored pixel may lie between two classes: compare with all pixels of the square.",
            answer="edges_then_grown",
        ),
        Mistake(
            "grown once too often",
            "A pixel next to another class is at width 1 already: grow the edge pixels width - 1 times, not width times.",
            answer="edges_grown_too_far",
            also=("half_edges_grown",),
        ),
        Mistake(
            "one side",
            "An edge has two sides: each pixel looks as far down and to the right as up and to the left. Mind that a slice or range that ends at u + width leaves that one out.",
            answer="one_side",
            also=("range_without_its_end",),
        ),
        Mistake(
            "ring",
            "Within a width means at that distance or nearer: the pixels of width 1 belong to width 2 as well. You keep only the new ones.",
            answer="a_ring",
            also=("bands",),
        ),
        Mistake(
            "mean of means",
            "You average the shares of single pictures. A picture with long edges must weigh more: take all pixels of all pictures together.",
            answer="a_mean_of_means",
        ),
        Mistake(
            "edges of the predictions",
            "The edges are those of the truth. Where the net draws its own must not decide which pixels count.",
            answer="edges_of_the_predictions",
            also=("edges_of_both",),
        ),
        Mistake(
            "wraps around",
            "np.roll brings the left column next to the right one. Beyond the border of a picture there is nothing.",
            answer="wraps_around",
        ),
        Mistake(
            "padding makes edges",
            "You pad the labels with a number that then counts as a class: the border of the picture becomes an edge. Pad with ignore_index.",
            answer="pads_with_zeros",
            also=("pads_with_another_class",),
        ),
        Mistake(
            "over pictures",
            "The last row of one picture is no neighbour of the first row of the next: grow along the axes 1 and 2 only.",
            answer="grows_over_pictures",
            also=("all_axes",),
        ),
        Mistake(
            "far", "These are the pixels far from every edge. The curve is about the others.", answer="far_from_edges"
        ),
        Mistake(
            "ignored pixels count",
            "Pixels labelled ignore_index can never be right. Leave them out of the pixels that are near: near = counts & ...",
            (("near = counts & (highest > lowest)", "near = highest > lowest"),),
            also=("ignored_pixels_are_near",),
        ),
        Mistake(
            "ignored area has an edge",
            "Where an ignored area begins is no edge between classes; you treat 255 like a class when you look for edges.",
            (("np.where(counts, labels, -1), np.where(counts, labels, 10**6)", "labels, labels"),),
        ),
        Mistake(
            "ignored is class 0",
            "You read ignored pixels as class 0 when you look for edges. They have no class, so no edge lies between them and any other.",
            answer="ignored_is_class_0",
        ),
        Mistake(
            "always 255",
            "The label to ignore is the argument ignore_index; 255 is only its default.",
            (("labels != ignore_index", "labels != 255"),),
        ),
        Mistake(
            "one pixel short",
            "Your widths are one too small: width 1 already means the eight neighbours of a pixel.",
            (
                ("for width in range(1, max(widths) + 1):", "for width in range(2, max(widths) + 2):"),
                ("    curve = {}", "    near = np.zeros(labels.shape, bool)\n    curve = {1: np.nan}"),
            ),
        ),
        Mistake(
            "one pixel too far",
            "Your widths are one too large. The square around a pixel has 2*width + 1 pixels a side.",
            (("curve = {}", "curve = {}\n    highest, lowest = grow(highest, np.maximum), grow(lowest, np.minimum)"),),
        ),
        Mistake(
            "share of errors",
            "This is the share of wrong pixels: 1 minus what is asked for.",
            (("labels == predictions", "labels != predictions"),),
        ),
        Mistake(
            "percent",
            "Return shares between 0 and 1, not percent.",
            (("right[near].mean() if", "100 * right[near].mean() if"),),
        ),
        Mistake(
            "0 where there is nothing",
            "Where no pixel is near an edge there is no share: return nan. A 0 would say that all were wrong.",
            (("else np.nan", "else 0.0"),),
        ),
        Mistake(
            "sorted",
            "Return the numbers in the order of `widths`, whatever it is; you sort them.",
            (("for width in widths])", "for width in sorted(widths)])"),),
        ),
        Mistake(
            "all widths",
            "Return one number for each of `widths`; you return one for every width up to the largest.",
            (("np.array([curve[width] for width in widths])", "np.array(list(curve.values()))"),),
        ),
        Mistake(
            "mean over classes",
            "You average over the classes. Here every pixel counts alike: right pixels over pixels.",
            answer="mean_of_classes",
        ),
        Mistake(
            "share of all pixels",
            "Divide by the number of pixels that are near an edge, not by that of all pixels.",
            answer="share_of_all_pixels",
            also=("share_of_all_or_nan",),
        ),
        Mistake(
            "divides by 0",
            "Where no pixel is near an edge you divide 0 by 0, and Python refuses. There is no share then: return nan.",
            answer="divides_by_0",
        ),
        Mistake(
            "a list",
            "The numbers are right, but this is a list. Return an array: np.array of it.",
            (("return np.array([curve[width] for width in widths])", "return [curve[width] for width in widths]"),),
        ),
        Mistake(
            "grows what is left",
            "Each width grows what the last one has left, so (1, 2) gives the bands of 1 and 3. Start again from labels, or grow by one pixel at a time.",
            answer="grows_what_is_left",
        ),
        Mistake(
            "widths in order",
            "You grow on from one width to the next, which needs them in rising order. Keep a number for every width up to the largest, then pick.",
            answer="grows_on",
        ),
        Mistake(
            "one step a width",
            "You grow by one pixel for each entry of `widths`, whatever it says. Width w takes w steps from labels: (1, 3, 2) is not (1, 2, 3).",
            answer="one_step_a_width",
        ),
        Mistake(
            "runs on",
            "Your growing reads what it has just written, so a label runs on through a whole row in one step. Read from a copy of x, and write into x.",
            answer="runs_on",
            also=("runs_on_both_ways",),
        ),
        Mistake(
            "half as wide",
            "The square has `width` pixels on EACH side of its middle: 2*width + 1 in all, not `width`.",
            answer="half_as_wide",
        ),
        Mistake(
            "writes into labels",
            "labels[...] = -1 writes into the caller's array, and uint8 cannot hold -1. Make a new array: np.where(counts, labels, -1).",
            (
                (
                    "    highest, lowest = np.where(counts, labels, -1)",
                    "    labels[~counts] = -1\n    highest, lowest = np.where(counts, labels, -1)",
                ),
            ),
        ),
    ],
    "upper_bound": [
        Mistake(
            "corner",
            "You take the top left pixel of each cell. Its middle is stride // 2 further down and to the right.",
            (
                ("stride * stride + stride // 2, H - 1", "stride * stride, H - 1"),
                ("stride * stride + stride // 2, W - 1", "stride * stride, W - 1"),
            ),
        ),
        Mistake(
            "nearest sample",
            "You round to the nearest sample. Pixel u belongs to cell u // stride, rounded down, and copies row u // stride * stride + stride // 2.",
            answer="nearest_sample",
            also=("nearest_inside",),
        ),
        Mistake(
            "other middle",
            "For an even stride there are two middle pixels; the one asked for is stride // 2, and you take (stride - 1) // 2.",
            (
                ("stride + stride // 2, H", "stride + (stride - 1) // 2, H"),
                ("stride + stride // 2, W", "stride + (stride - 1) // 2, W"),
            ),
        ),
        Mistake(
            "last pixel",
            "You take the last pixel of each cell. The middle is stride // 2 after the first.",
            (
                ("stride + stride // 2, H", "stride + stride - 1, H"),
                ("stride + stride // 2, W", "stride + stride - 1, W"),
            ),
        ),
        Mistake(
            "majority",
            "You let the pixels of a cell vote. A grid sees only one of them, the middle one.",
            answer="majority",
        ),
        Mistake(
            "mean label",
            "Labels are names: half of class 0 and class 2 is not class 1. Take the middle pixel's label, not a mean.",
            answer="mean_label",
        ),
        Mistake(
            "drops the rest",
            "Where the stride does not divide a side, smaller cells remain at the right and bottom. They count, too.",
            answer="drops_the_rest",
            also=("rest_is_class_0", "crops_the_labels", "drops_the_rest_or_all"),
        ),
        Mistake(
            "full cells",
            "You move the last cell back until it is whole. Cells begin at multiples of the stride; the last one is smaller, not elsewhere.",
            answer="full_cells",
        ),
        Mistake(
            "rest is the truth",
            "At the right and bottom, where no whole cell fits, you leave the truth itself. The smaller cells there see one pixel, too.",
            answer="rest_is_the_truth",
        ),
        Mistake(
            "own middle",
            "You take the middle of the smaller cell itself. It is stride // 2 from the cell's first pixel, or the picture's last row or column.",
            answer="own_middle",
        ),
        Mistake(
            "stretched",
            "You stretch the small picture over the large one. Each label belongs to its own cell of stride x stride pixels, also if the last one is smaller.",
            answer="stretched",
        ),
        Mistake(
            "mean over pictures",
            "You average the mean IoU of single pictures. Fill one confusion matrix with all pictures, and score it once.",
            answer="mean_over_pictures",
        ),
        Mistake(
            "ignored middle does not count",
            "Where the middle pixel of a cell is ignored, its other pixels count still: the grid says class 0 there.",
            answer="middle_ignored_does_not_count",
        ),
        Mistake(
            "ignored pixels count",
            "Ignored pixels of the truth must not count: only the predictions turn 255 into 0, not the labels.",
            answer="both_are_class_0",
        ),
        Mistake(
            "leaves 255",
            "A cell whose middle is ignored predicts 255, which is no class: replace it by 0 before you count.",
            answer="leaves_255",
        ),
        Mistake(
            "middle outside",
            "The middle of the last cell may lie outside the picture. Take the last row or column then: np.minimum(..., H - 1).",
            (
                (
                    "np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)",
                    "np.arange(H) // stride * stride + stride // 2",
                ),
                (
                    "np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)",
                    "np.arange(W) // stride * stride + stride // 2",
                ),
            ),
            also=(
                "middle_outside_wraps",
                "middle_outside_is_class_0",
                "middle_outside_is_mirrored",
                "one_cell_too_few",
                "pads_what_is_seen",
            ),
        ),
        Mistake(
            "changed places",
            "confusion_matrix takes the truth first, then the predictions. The other way round, ignored pixels are looked for in the predictions.",
            (("confusion_matrix(labels, seen,", "confusion_matrix(seen, labels,"),),
        ),
        Mistake(
            "first picture only",
            "Only the first picture is counted. labels holds N of them, and all belong into one confusion matrix.",
            (("confusion_matrix(labels, seen,", "confusion_matrix(labels[:1], seen[:1],"),),
        ),
        Mistake(
            "absent class is 0",
            "A class that is neither in the truth nor in the predictions has no IoU; you count it as 0. scores of lesson 14 leaves it out.",
            answer="absent_class_is_0",
        ),
        Mistake(
            "only classes of the truth",
            "A class that is predicted, but nowhere in the truth, has an IoU of 0, and counts: class 0 may come from an ignored middle. scores does it right.",
            answer="only_classes_of_the_truth",
        ),
        Mistake(
            "number of the cell",
            "u // stride is the number of the cell. It begins at row u // stride * stride.",
            (
                ("np.arange(H) // stride * stride", "np.arange(H) // stride"),
                ("np.arange(W) // stride * stride", "np.arange(W) // stride"),
            ),
        ),
        Mistake(
            "no such index",
            "An index must be an int: stride // 2, not stride / 2. And labels[:, rows, columns] pairs rows with columns; every row with every column is rows[:, None], columns.",
            (("rows[:, None], columns", "rows, columns"),),
            also=("float_middle", "float_rows"),
        ),
        Mistake(
            "predictions returned",
            "These are the predictions. Score them: the mean IoU of confusion_matrix(labels, predictions, ...).",
            (("return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]", "return seen"),),
        ),
        Mistake(
            "height for both",
            "The last row is H - 1, the last column W - 1. You use the height for both.",
            answer="height_for_both",
        ),
        Mistake(
            "sides exchanged",
            "The shape of a batch of label maps is (N, H, W): rows first. You exchange the two, or take one of them for both.",
            (("H, W = labels.shape[1:]", "W, H = labels.shape[1:]"),),
        ),
        Mistake(
            "always 255",
            "The label to ignore is the argument ignore_index; 255 is only its default.",
            (("seen == ignore_index", "seen == 255"), ("classes, ignore_index)", "classes)")),
        ),
        Mistake(
            "pixel accuracy",
            "This is the pixel accuracy. The mean IoU is the third of the four scores.",
            (("[2]", "[0]"),),
        ),
        Mistake(
            "mean accuracy",
            "This is the mean accuracy. The mean IoU is the third of the four scores.",
            (("[2]", "[1]"),),
        ),
        Mistake(
            "weighted by frequency",
            "This is the IoU weighted by frequency. The mean IoU is the third of the four scores.",
            (("[2]", "[3]"),),
        ),
        Mistake(
            "all four scores",
            "Return one number, the mean IoU: the third of the four scores.",
            (("ignore_index))[2]", "ignore_index))"),),
        ),
        Mistake("percent", "Return a share between 0 and 1, not percent.", (("return scores", "return 100 * scores"),)),
    ],
}
