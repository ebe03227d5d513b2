"""What right answers to lesson 21 do."""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property

WIDTHS = (1, 2, 3)


def blobs(rng, shape, classes, ignored=0.0, ignore_index=255):
    """Label maps of rectangles, with a share of pixels that have no class."""
    labels = np.zeros(shape, np.int64)
    for picture in labels:
        for _ in range(4):
            top, left = rng.integers(0, shape[1]), rng.integers(0, shape[2])
            bottom, right = top + rng.integers(1, shape[1]), left + rng.integers(1, shape[2])
            picture[top:bottom, left:right] = rng.integers(0, classes)
    labels[rng.random(shape) < ignored] = ignore_index
    return labels


def guesses(rng, labels, classes, right=0.6):
    """Predictions of which about a share `right` is right; never 255."""
    random = rng.integers(0, classes, labels.shape)
    return np.where((rng.random(labels.shape) < right) & (labels < classes) & (labels >= 0), labels, random)


# Near an edge ---------------------------------------------------------------------------------------------------------


def curve(labels, predictions, widths, ignore_index=255):
    """What trimap_curve must return, pixel by pixel."""
    counted = {width: [] for width in widths}
    for n, u, v in np.argwhere(labels != ignore_index):
        for width, found in counted.items():
            window = labels[n, max(u - width, 0) : u + width + 1, max(v - width, 0) : v + width + 1]
            if ((window != ignore_index) & (window != labels[n, u, v])).any():
                found.append(labels[n, u, v] == predictions[n, u, v])
    return np.array([np.mean(found) if found else np.nan for found in counted.values()])


def trimap_case(labels, predictions, widths=WIDTHS, note="", **options):
    return Case((labels, predictions, widths), curve(labels, predictions, widths, **options), options, note)


def trimap_by_hand(rng):
    labels, predictions = np.array([[[0, 0, 0, 1, 1]]]), np.array([[[1, 0, 0, 0, 1]]])
    yield Case((labels, predictions, (1, 2)), np.array([0.5, 0.75]), note="one row, one edge")
    yield Case((labels, predictions, (1,)), np.array([0.5]))
    square = np.zeros((1, 4, 4), np.int64)
    square[0, 0, 0] = 3
    found = np.array([[[3, 3, 0, 0], [0, 3, 0, 0], [3, 0, 0, 0], [0, 0, 0, 3]]])
    yield Case((square, found, (1, 2, 3)), np.array([1 / 2, 6 / 9, 12 / 16]), note="a corner counts as near")


def trimap_pictures(rng):
    for shape, widths in ((1, 5, 7), (1, 2)), ((1, 8, 6), (1, 3, 2)), ((2, 6, 9), (2, 4)):
        labels = blobs(rng, shape, 4)
        yield trimap_case(labels, guesses(rng, labels, 4), widths)


def trimap_together(rng):
    few, many = np.zeros((5, 6), np.int64), np.zeros((5, 6), np.int64)
    few[0, 0], many[:, ::2] = 1, 2
    labels = np.stack([few, many])
    yield trimap_case(labels, np.stack([few, 2 - many]), (1, 2), "a picture with a short edge and one with long ones")
    flat = np.stack([np.full((3, 4), label) for label in (2, 0, 1)])
    flat[2, 0, 0] = 4
    yield trimap_case(flat, guesses(rng, flat, 5), (1, 2), "pictures are no neighbours of each other")


def trimap_ignored(rng):
    labels = np.array([[[0, 0, 255, 1, 1, 1, 0]]])
    yield trimap_case(labels, np.array([[[1, 0, 1, 1, 0, 1, 0]]]), (1, 2), "255 is no class")
    labels, predictions = np.array([[[1, 1, 255, 1, 2, 2]]]), np.array([[[1, 0, 1, 0, 2, 1]]])
    yield Case((labels, predictions, (1, 2)), np.array([1 / 2, 1 / 3]), note="255 inside a class makes no edge")
    labels = blobs(rng, (2, 5, 8), 3, 0.2)
    yield trimap_case(labels, guesses(rng, labels, 3), (1, 2))
    labels = blobs(rng, (1, 6, 7), 3, 0.2, ignore_index=-1)
    yield trimap_case(labels, guesses(rng, labels, 3), (1, 2), "ignore_index -1", ignore_index=-1)


def trimap_odd(rng):
    labels = blobs(rng, (1, 4, 9), 3)
    yield trimap_case(labels, guesses(rng, labels, 3), (3, 1, 2), "widths in any order")
    labels = np.array([[[0], [0], [1], [1], [1], [1], [1]]])
    yield trimap_case(labels, guesses(rng, labels, 2, 0.3), (9, 2), "wider than the picture")
    yield trimap_case(np.full((1, 3, 2), 4), np.zeros((1, 3, 2), np.int64), (1, 2), "no edge")
    labels = blobs(rng, (2, 4, 5), 3).astype(np.uint8)
    yield trimap_case(labels, guesses(rng, labels, 3).astype(np.uint8), (1,), "uint8, as label maps are stored")


# The bound of a stride ------------------------------------------------------------------------------------------------


def bound(labels, stride, classes, ignore_index=255):
    """What upper_bound must return, pixel by pixel."""
    N, H, W = labels.shape
    counts = np.zeros((classes, classes))
    for n, u, v in np.ndindex(N, H, W):
        row = min(u // stride * stride + stride // 2, H - 1)
        column = min(v // stride * stride + stride // 2, W - 1)
        seen = labels[n, row, column]
        if labels[n, u, v] != ignore_index:
            counts[labels[n, u, v], 0 if seen == ignore_index else seen] += 1
    union = counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    return float(np.mean(np.diag(counts)[union > 0] / union[union > 0]))


def bound_case(labels, stride, classes, note="", **options):
    return Case((labels, stride, classes), bound(labels, stride, classes, **options), options, note)


def bound_by_hand(rng):
    yield Case((np.array([[[0, 0, 0, 1, 1]]]), 2, 2), 2 / 3, note="the predictions are 0 0 1 1 1")
    yield Case((np.array([[[0, 1, 1, 1]]]), 3, 2), 3 / 8, note="the predictions are 1 1 1 1")
    yield Case((np.array([[[2, 2, 1], [2, 0, 1], [0, 0, 0]]]), 1, 3), 1.0, note="stride 1 loses nothing")


def bound_pictures(rng):
    for shape, stride in ((1, 6, 9), 3), ((2, 8, 4), 2), ((1, 8, 12), 4):
        yield bound_case(full(blobs(rng, shape, 3)), stride, 3, "the cells fit")


def bound_rest(rng):
    labels = np.array([[[0, 0, 0, 0, 0, 1, 1, 0]]])
    yield Case((labels, 5, 2), 3 / 8, note="the last cell has 3 of its 5 pixels, and keeps the last: 0 0 0 0 0 0 0 0")
    for shape, stride in ((1, 7, 5), 3), ((1, 5, 10), 4), ((2, 9, 6), 5):
        yield bound_case(full(blobs(rng, shape, 3)), stride, 3, "smaller cells at the right and bottom")
    for stride in 5, 7:
        labels = full(rng.integers(0, 3, (2, 8, 12)))
        yield bound_case(labels, stride, 3, "smaller cells, whose middle may still be inside")


def bound_together(rng):
    labels = np.zeros((2, 4, 6), np.int64)
    labels[0, 1:3, 1:4], labels[1] = 1, 1
    labels[1, 0, 0] = 0
    yield bound_case(labels, 2, 2, "IoU of all pictures together")


def bound_ignored(rng):
    labels = np.array([[[0, 0, 255, 1, 1, 1, 0, 1, 0]]])
    yield bound_case(labels, 3, 2, "ignored pixels, but none in the middle of a cell")
    labels = np.array([[[0, 0, 0, 1, 255, 1, 1, 1, 0]]])
    yield bound_case(labels, 3, 2, "the middle pixel of a cell is ignored")
    labels = np.array([[[1, 255, 2, 2]]])
    yield Case((labels, 2, 3), 1 / 3, note="the predictions are 0 0 2 2: class 0 is in them, though not in the truth")
    yield bound_case(full(blobs(rng, (2, 6, 7), 3, 0.2)), 2, 3)
    yield bound_case(full(blobs(rng, (1, 7, 6), 3, 0.2, ignore_index=-1)), 3, 3, "ignore_index -1", ignore_index=-1)


def bound_odd(rng):
    labels = full(blobs(rng, (1, 3, 4), 2))
    yield bound_case(labels, 6, 2, "one cell, larger than the picture")
    yield bound_case(labels, 16, 2, "its middle lies outside the picture")
    yield bound_case(full(blobs(rng, (2, 6, 5), 4)).astype(np.uint8), 2, 4, "uint8, as label maps are stored")


def full(labels):
    """Labels in which the classes 0, 1, ... do occur: the first pixels of the first picture."""
    labels[0].flat[:4] = [0, 1, 2 if labels.max(initial=0) > 1 else 1, 0]
    return labels


EXERCISES = [
    Exercise(
        "trimap_curve",
        (
            Property("the worked examples: a row, and a corner", trimap_by_hand, points=2),
            Property("any pictures: all pixels within the width, on both sides of an edge", trimap_pictures, points=2),
            Property("pixels of all pictures count alike; pictures are no neighbours", trimap_together),
            Property("ignored pixels make no edge, and do not count", trimap_ignored, points=2),
            Property("widths in any order, a width too large, no edge, uint8", trimap_odd),
        ),
        hints=(
            "First find which pixels are near: a boolean array of the shape of labels. The share is then right[near].mean().",
            (
                "A square holds two classes exactly if its largest label differs from its smallest. Growing both by one"
                " pixel, width times, gives the largest and smallest of every square."
            ),
            (
                "Largest: np.where(counts, labels, -1), smallest: np.where(counts, labels, 10**6), with counts ="
                " labels != ignore_index. One pass along the rows and one along the columns grows them by one pixel."
            ),
        ),
    ),
    Exercise(
        "upper_bound",
        (
            Property("the worked examples: strides 2, 3 and 1", bound_by_hand, points=2),
            Property("pictures whose sides the stride divides", bound_pictures, points=2),
            Property("smaller cells at the right and bottom", bound_rest, points=2),
            Property("one confusion matrix of all pictures", bound_together),
            Property("an ignored middle is read as class 0; ignored pixels do not count", bound_ignored),
            Property("a cell larger than the picture, uint8", bound_odd),
        ),
        uses=("14.confusion_matrix", "14.scores"),
        hints=(
            "Make the predictions first: for each row, which row does it copy? Then lesson 14 has all the rest.",
            "Row u lies in the cell that begins at u // stride * stride; it copies the row stride // 2 further down.",
            "labels[:, rows[:, None], columns] takes these rows and columns of every picture; np.minimum keeps them inside.",
        ),
    ),
]
