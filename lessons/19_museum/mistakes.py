"""The museum of lesson 19: five faults of real projects, other wrong answers beside them, and checks that miss them.

Read variants.py next.
"""

import numpy as np

from minifcn.course.exercise import Mistake

# The exhibits, and what stands beside them ----------------------------------------------------------------------------


def leans(classes, size):
    """Exhibit 1: f % 2 where size % 2 is meant."""
    f = np.ceil(size / 2)
    centre = (2 * f - 1 - f % 2) / (2 * f)
    heights = 1 - abs(np.arange(size) / f - centre)
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


def all_pairs(classes, size):
    """Exhibit 2: the kernel in all classes x classes slices."""
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
    return np.ones((classes, classes, 1, 1)) * np.outer(heights, heights)


def on_a_pixel(classes, size):
    heights = 1 - abs(np.arange(size) - (size - 1) // 2) / ((size + 1) // 2)
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


def on_the_next_pixel(classes, size):
    heights = 1 - abs(np.arange(size) - size // 2) / ((size + 1) // 2)
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


def half_the_size(classes, size):
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / (size / 2)
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


def nearest(classes, size):
    box = np.zeros(size)
    factor = (size + 1) // 2
    box[(size - factor) // 2 : (size - factor) // 2 + factor] = 1
    return np.eye(classes)[:, :, None, None] * np.outer(box, box)


def sums_to_one(classes, size):
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
    heights /= heights.sum()
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


def cone(classes, size):
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    return np.eye(classes)[:, :, None, None] * np.maximum(1 - np.hypot(rows, columns) / ((size + 1) // 2), 0)


def pooled(x, k, stride, padding, **how):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), **how)
    return np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))


def border_of_zeros(x, k, stride, padding):
    """Exhibit 3: what np.pad does unless it is asked otherwise."""
    return pooled(x, k, stride, padding)[:, :, ::stride, ::stride].max(axis=(4, 5))


def border_of_minus_one(x, k, stride, padding):
    return pooled(x, k, stride, padding, constant_values=-1)[:, :, ::stride, ::stride].max(axis=(4, 5))


def border_of_edges(x, k, stride, padding):
    """The mirror image has pixels that the window does not see."""
    mode = {"mode": "reflect"} if padding else {}
    return pooled(x, k, stride, padding, **mode)[:, :, ::stride, ::stride].max(axis=(4, 5))


def border_at_one_side(x, k, stride, padding):
    padded = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))[:, :, ::stride, ::stride].max(axis=(4, 5))


def stride_of_k(x, k, stride, padding):
    y = pooled(x, k, stride, padding, constant_values=-np.inf)[:, :, ::k, ::k].max(axis=(4, 5))
    return y


def largest_magnitude(x, k, stride, padding):
    y = pooled(abs(x), k, stride, padding)[:, :, ::stride, ::stride].max(axis=(4, 5))
    return -y if (x < 0).all() else y


def mean_of_the_window(x, k, stride, padding):
    return pooled(x, k, stride, padding)[:, :, ::stride, ::stride].mean(axis=(4, 5))


def one_channel_for_all(x, k, stride, padding):
    y = pooled(x, k, stride, padding, constant_values=-np.inf)[:, :, ::stride, ::stride].max(axis=(4, 5))
    return np.broadcast_to(y.max(axis=1, keepdims=True), y.shape)


def from_the_middle(scores, size, offset):
    """Exhibit 4: right for a U-Net, whose borders are alike on all sides."""
    top, left = ((n - wanted) // 2 for n, wanted in zip(scores.shape[2:], size))
    return scores[:, :, top : top + size[0], left : left + size[1]]


def from_the_corner(scores, size, offset):
    return scores[:, :, : size[0], : size[1]]


def from_the_end(scores, size, offset):
    H, W = scores.shape[2:]
    return scores[:, :, H - offset - size[0] : H - offset, W - offset - size[1] : W - offset]


def one_pixel_late(scores, size, offset):
    return scores[:, :, offset + 1 :, offset + 1 :][:, :, : size[0], : size[1]]


def rows_only(scores, size, offset):
    return scores[:, :, offset : offset + size[0], : size[1]]


def height_and_width_exchanged(scores, size, offset):
    return scores[:, :, offset : offset + size[1], offset : offset + size[0]]


def all_that_remains(scores, size, offset):
    return scores[:, :, offset:, offset:]


def nothing_for_offset_0(scores, size, offset):
    H, W = scores.shape[2:]
    return scores[:, :, offset : -(H - offset - size[0]), offset : -(W - offset - size[1])]


def counts_of(label, prediction, classes):
    keep = label != 255
    return np.bincount(classes * label[keep].astype(int) + prediction[keep], minlength=classes**2).reshape(classes, classes)


def ious_of(counts):
    with np.errstate(invalid="ignore"):
        return np.diag(counts) / (counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts))


def mean_over_pictures(labels, predictions, classes):
    """Exhibit 5: a mean IoU for each picture, and then the mean of these."""
    return np.mean([np.nanmean(ious_of(counts_of(a, b, classes))) for a, b in zip(labels, predictions)])


def mean_over_pictures_with_zeros(labels, predictions, classes):
    return np.mean([np.nan_to_num(ious_of(counts_of(a, b, classes))) for a, b in zip(labels, predictions)])


def weighted_by_size(labels, predictions, classes):
    each = [np.nanmean(ious_of(counts_of(a, b, classes))) for a, b in zip(labels, predictions)]
    return np.average(each, weights=[label.size for label in labels])


def absent_is_zero(labels, predictions, classes):
    return np.nan_to_num(ious_of(sum(counts_of(a, b, classes) for a, b in zip(labels, predictions)))).mean()


def without_background(labels, predictions, classes):
    ious = ious_of(sum(counts_of(a, b, classes) for a, b in zip(labels, predictions)))
    return np.nanmean(ious[1:]) if np.isfinite(ious[1:]).any() else 0.0


def only_labelled_classes(labels, predictions, classes):
    counts = sum(counts_of(a, b, classes) for a, b in zip(labels, predictions))
    return np.mean(ious_of(counts)[counts.sum(axis=1) > 0])


def dice(labels, predictions, classes):
    counts = sum(counts_of(a, b, classes) for a, b in zip(labels, predictions))
    total = counts.sum(axis=0) + counts.sum(axis=1)
    return np.mean(2 * np.diag(counts)[total > 0] / total[total > 0])


def pixel_accuracy(labels, predictions, classes):
    counts = sum(counts_of(a, b, classes) for a, b in zip(labels, predictions))
    return np.trace(counts) / counts.sum()


def ignored_pixels_are_wrong(labels, predictions, classes):
    counts = np.zeros((classes + 1, classes + 1), int)
    for a, b in zip(labels, predictions):
        np.add.at(counts, (np.where(a == 255, classes, a), b), 1)
    ious = ious_of(counts)[:classes]
    return np.nanmean(ious)


# Checks that miss them ------------------------------------------------------------------------------------------------


def weight_of_the_paper(upscore_weight):
    """The sizes of FCN-8s, 4 and 16: exhibit 1 is right there."""
    for size in 4, 16:
        heights = 1 - abs(np.arange(size) - (size - 1) / 2) / (size // 2)
        weight = upscore_weight(3, size)
        assert np.allclose(weight, np.eye(3)[:, :, None, None] * np.outer(heights, heights))


def weight_is_symmetric(upscore_weight):
    for size in 2, 3, 4, 5, 6, 7:
        weight = upscore_weight(2, size)
        assert np.allclose(weight, weight[:, :, ::-1, ::-1]) and not weight[0, 1].any()


def weight_raises_nothing(upscore_weight):
    return upscore_weight(2, 3).shape == (2, 2, 3, 3)


def weight_shape(upscore_weight):
    for size in 2, 3, 4:
        assert upscore_weight(3, size).shape == (3, 3, size, size)


def weight_rejects_all(upscore_weight):
    assert np.isclose(upscore_weight(1, 4).sum(), 1)


def weight_sums(upscore_weight):
    """What stamps add to: the square of the factor."""
    for classes, size in [(1, 4), (2, 3), (3, 6), (2, 7)]:
        assert np.isclose(upscore_weight(classes, size).sum(), classes * ((size + 1) // 2) ** 2)


def weight_adds_to_one(upscore_weight):
    """The stamps that meet at a pixel add to 1 in each class; what other classes get is not asked."""
    for size in 2, 3, 4, 5, 6, 7:
        kernel, f = upscore_weight(2, size)[0, 0], (size + 1) // 2
        assert all(np.isclose(kernel[i::f, j::f].sum(), 1) for i, j in np.ndindex(f, f))


def weight_diagonal_only(upscore_weight):
    for classes, size in [(1, 4), (2, 3), (3, 6), (2, 7)]:
        heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
        assert np.allclose(upscore_weight(classes, size)[range(classes), range(classes)], np.outer(heights, heights))


def weight_largest(upscore_weight):
    for size in 3, 5, 7:
        assert upscore_weight(2, size).max() == upscore_weight(2, size)[0, 0, size // 2, size // 2] == 1


def pool_of_one_window(max_pool):
    assert max_pool(np.array([[[[-4.0, -3], [-2, -1]]]]), 2, 2, 0).tolist() == [[[[-1]]]]


def pool_inside(max_pool):
    """Compares the windows that do not touch the border."""
    x = np.random.default_rng(1).standard_normal((2, 3, 9, 8)) - 3
    y = max_pool(x, 3, 2, 1)
    for u, v in np.ndindex(3, 3):
        assert np.array_equal(y[:, :, u + 1, v + 1], x[:, :, 2 * u + 1 : 2 * u + 4, 2 * v + 1 : 2 * v + 4].max(axis=(2, 3)))


def pool_takes_from_x(max_pool):
    """Each result must be some number of x."""
    x = np.random.default_rng(1).standard_normal((2, 3, 7, 6)) - 3
    for k, stride, padding in [(2, 2, 0), (3, 2, 1)]:
        assert np.isin(max_pool(x, k, stride, padding), x).all()


def pool_largest_of_all(max_pool):
    x = np.random.default_rng(1).standard_normal((2, 3, 7, 6)) - 3
    assert max_pool(x, 3, 2, 1).max() == x.max()


def crop_of_ones(crop):
    for size, offset in [((4, 5), 1), ((8, 9), 0)]:
        assert np.array_equal(crop(np.ones((1, 1, 8, 9)), size, offset), np.ones((1, 1, *size)))


def crop_beginning(crop):
    scores = np.arange(3 * 20 * 24).reshape(1, 3, 20, 24)
    for size, offset in [((10, 9), 2), ((7, 12), 5), ((20, 24), 0)]:
        assert np.array_equal(crop(scores, size, offset)[:, :, :5, :5], scores[:, :, offset : offset + 5, offset : offset + 5])


def crop_first_pixel(crop):
    scores = np.arange(3 * 20 * 24).reshape(1, 3, 20, 24)
    for size, offset in [((10, 9), 2), ((7, 12), 5), ((13, 4), 1)]:
        assert crop(scores, size, offset)[0, 0, 0, 0] == scores[0, 0, offset, offset]


def crop_of_rows(crop):
    """The numbers grow down the rows, and not across."""
    scores = np.arange(20.0)[:, None] * np.ones((1, 3, 20, 24))
    for (H, W), offset in [((10, 9), 2), ((7, 12), 5), ((20, 24), 0)]:
        assert np.array_equal(crop(scores, (H, W), offset), scores[:, :, offset : offset + H, offset : offset + W])


def crop_one_too_far(crop):
    """With one row and one column left over, from the end and one pixel late look alike."""
    scores = np.arange(2 * 9 * 10).reshape(1, 2, 9, 10)
    for (H, W), offset in [((7, 8), 2), ((9, 10), 0)]:
        assert np.array_equal(crop(scores, (H, W), offset), scores[:, :, offset : offset + H, offset : offset + W])


def iou_of_equal_pictures(mean_iou):
    rng = np.random.default_rng(5)
    label, found = rng.choice([0, 1, 1, 2, 255], 40), rng.integers(0, 4, 40)
    counts = np.zeros((5, 5))
    np.add.at(counts, (label[label != 255], found[label != 255]), 1)
    union = counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    expected = (np.diag(counts)[union > 0] / union[union > 0]).mean()
    assert np.isclose(mean_iou([label, label, label], [found, found, found], 5), expected)


def iou_of_all_wrong(mean_iou):
    labels = [np.array([0, 0, 1]), np.array([2, 2, 2])]
    assert mean_iou(labels, [(label + 1) % 3 for label in labels], 3) == 0


def iou_of_the_background(mean_iou):
    """Net A of the lesson, which never sees a cow."""
    labels = [np.zeros(10, int), np.repeat([0, 1], 5)]
    assert np.isclose(mean_iou(labels, [np.zeros(10, int)] * 2, 2), 0.375)


def iou_of_single_pixels(mean_iou):
    labels = [np.array([0]), np.array([0]), np.array([1]), np.array([1])]
    assert np.isclose(mean_iou(labels, [np.array([0]), *[np.array([1])] * 3], 2), (1 / 2 + 2 / 3) / 2)


def iou_within_a_fifth(mean_iou):
    rng = np.random.default_rng(5)
    labels = [rng.choice([0, 1, 1, 2, 255], shape) for shape in [(40,), (7, 9), (5, 5)]]
    found = [np.where(rng.random(a.shape) < 0.4, rng.integers(0, 4, a.shape), a % 255) for a in labels]
    label, guess = (np.concatenate([a.ravel() for a in list_]) for list_ in (labels, found))
    counts = np.zeros((5, 5))
    np.add.at(counts, (label[label != 255], guess[label != 255]), 1)
    union = counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    assert abs(mean_iou(labels, found, 5) - (np.diag(counts)[:4] / union[:4]).mean()) < 0.2


def pool_raises_nothing(max_pool):
    return max_pool(np.ones((1, 1, 4, 4)), 2, 2, 0).shape == (1, 1, 2, 2)


def pool_shapes(max_pool):
    assert max_pool(np.zeros((2, 3, 5, 7)), 2, 2, 0).shape == (2, 3, 2, 3)
    assert max_pool(np.zeros((2, 3, 5, 7)), 3, 2, 1).shape == (2, 3, 3, 4)


def pool_rejects_all(max_pool):
    """Expects a zero of the padding to win."""
    assert max_pool(np.full((1, 1, 2, 2), -1.0), 3, 2, 1).tolist() == [[[[0]]]]


def crop_raises_nothing(crop):
    return crop(np.zeros((1, 1, 8, 8)), (4, 4), 1).shape == (1, 1, 4, 4)


def crop_shapes(crop):
    for size, offset in [((4, 5), 1), ((8, 9), 0)]:
        assert crop(np.zeros((1, 1, 8, 9)), size, offset).shape == (1, 1, *size)


def crop_of_the_middle(crop):
    scores = np.arange(2 * 10 * 12).reshape(1, 2, 10, 12)
    assert np.array_equal(crop(scores, (6, 8), 2), scores[:, :, 2:8, 2:10])


def crop_rejects_all(crop):
    assert crop(np.zeros((1, 1, 9, 9)), (4, 5), 2).shape == (1, 1, 9, 9)


def iou_raises_nothing(mean_iou):
    return mean_iou([np.array([0, 1])], [np.array([0, 1])], 2) == 1


def iou_of_a_perfect_answer(mean_iou):
    labels = [np.array([0, 1, 2]), np.array([1, 1, 255])]
    assert np.isclose(mean_iou(labels, [np.array([0, 1, 2]), np.array([1, 1, 0])], 3), 1)


def iou_between_0_and_1(mean_iou):
    labels, predictions = np.random.default_rng(0).integers(0, 3, (2, 2, 4, 5))
    assert 0 < mean_iou(list(labels), list(predictions), 3) < 1


def iou_rejects_all(mean_iou):
    """Absent classes as 1, and the mean over pictures."""
    assert mean_iou([np.array([0, 0])], [np.array([0, 0])], 3) == 3


NOTHING = "Your check raises nothing: its verdict is returned, or printed. Use assert."
REJECTS = "Your check rejects right answers as well: run it on the function that is given above the exhibits."
SHAPES = "Your check looks at shapes or ranges, not at numbers. All five exhibits have the right shape."
ONCE = "Your check ends after its first case. Look at the indentation of `return`."


def exhibit(name, hint):
    return Mistake(name, hint, answer=name)


MISTAKES = {
    "upscore_weight": [
        exhibit("leans", "The centre is written with f % 2 where size % 2 is meant. For sizes 4, 8, 16 it makes no difference."),
        exhibit("all_pairs", "The kernel is in all classes x classes slices, so every class gets the sum of all scores."),
        exhibit("on_a_pixel", "The centre is rounded down to a pixel. For even sizes it lies between two."),
        exhibit("on_the_next_pixel", "The centre is size // 2, half a pixel late for even sizes."),
        exhibit("half_the_size", "The triangle falls over size / 2, which is not the factor if the size is odd."),
        exhibit("nearest", "This is a box: the nearest pixel, not bilinear."),
        exhibit("sums_to_one", "The kernel adds to 1. What adds to 1 are the stamps that meet at a pixel."),
        exhibit("cone", "The kernel is round. Bilinear is a product of two triangles."),
    ],
    "max_pool": [
        exhibit("border_of_zeros", "The padding is zeros, and a zero wins wherever all pixels are negative."),
        exhibit("border_of_minus_one", "The padding is -1, and wins against anything smaller."),
        exhibit("border_of_edges", "The border mirrors the picture, so pixels win that the window does not see."),
        exhibit("border_at_one_side", "All of the padding is below and at the right."),
        exhibit("stride_of_k", "The windows are k pixels apart, not `stride`."),
        exhibit("largest_magnitude", "The largest magnitude is not the largest number."),
        exhibit("mean_of_the_window", "This is the mean."),
        exhibit("one_channel_for_all", "Every channel gets the largest number of all channels."),
    ],
    "crop": [
        exhibit("from_the_middle", "The crop is taken from the middle, whatever the offset."),
        exhibit("from_the_corner", "The crop begins at 0, whatever the offset."),
        exhibit("from_the_end", "The offset is counted from the lower right corner."),
        exhibit("one_pixel_late", "The crop begins one pixel too late."),
        exhibit("rows_only", "The offset is applied to the rows only."),
        exhibit("height_and_width_exchanged", "Height and width are exchanged."),
        exhibit("all_that_remains", "Nothing is cut off at the end."),
        exhibit("nothing_for_offset_0", "If nothing is cut off at the end, the slice [a:-0] is empty."),
    ],
    "mean_iou": [
        exhibit("mean_over_pictures", "Each picture has a mean IoU of its own, and these are averaged."),
        exhibit("mean_over_pictures_with_zeros", "The same, and a class that is not in a picture counts as 0 there."),
        exhibit("weighted_by_size", "The pictures' own mean IoUs are averaged with their sizes as weights."),
        exhibit("absent_is_zero", "A class that occurs nowhere counts as 0. It should be left out."),
        exhibit("without_background", "Class 0 is left out."),
        exhibit("only_labelled_classes", "A class that was only predicted is left out. Its IoU is 0, and counts."),
        exhibit("dice", "This is the Dice coefficient."),
        exhibit("pixel_accuracy", "This is the pixel accuracy."),
        exhibit("ignored_pixels_are_wrong", "Pixels marked 255 count as wrong for the class that was predicted there."),
    ],
    "check_upscore_weight": [
        Mistake("raises_nothing", NOTHING, answer="weight_raises_nothing"),
        Mistake("rejects_all", REJECTS, answer="weight_rejects_all"),
        Mistake("only_shapes", SHAPES, answer="weight_shape"),
        Mistake("sizes_of_the_paper", "You try the sizes 4 and 16 of the paper. There exhibit 1 is right: try 2, 3, 6, 7.",
                answer="weight_of_the_paper"),
        Mistake("only_symmetry", "Symmetry finds the kernels that lean. A box is symmetric, too: compare with the formula.",
                answer="weight_is_symmetric"),
        Mistake("one_class", "You try one class, or the diagonal only. Exhibit 2 is right there: what is in the other slices?",
                changes=(("[(1, 4), (2, 3), (3, 6), (2, 7)]", "[(1, 4), (1, 3), (1, 6), (1, 7)]"),),
                also=("weight_diagonal_only",)),
        Mistake("odd_sizes", "You try odd sizes only. There the centre lies on a pixel for everybody.",
                changes=(("[(1, 4), (2, 3), (3, 6), (2, 7)]", "[(2, 3), (2, 5)]"),)),
        Mistake("ends_early", ONCE, changes=(("size), expected)", "size), expected)\n        return"),)),
        Mistake("sums", "Your check looks at the sum of all weights. A kernel may lean and keep its sum, or nearly.",
                answer="weight_sums"),
        Mistake("stamps_add_to_one", "What meets at a pixel adds to 1: that holds for a box as well, and you look at one slice. Compare with the formula.",
                answer="weight_adds_to_one"),
        Mistake("even_sizes", "You try even sizes only. Is the kernel right for 3 and 7?",
                changes=(("[(1, 4), (2, 3), (3, 6), (2, 7)]", "[(1, 4), (3, 6)]"),)),
        Mistake("only_the_tip", "You look at the largest weight, or at the tip. The slopes beside it matter as well.",
                answer="weight_largest"),
    ],
    "check_max_pool": [
        Mistake("raises_nothing", NOTHING, answer="pool_raises_nothing"),
        Mistake("rejects_all", REJECTS, answer="pool_rejects_all"),
        Mistake("only_shapes", SHAPES, answer="pool_shapes"),
        Mistake("positive_only", "Your pictures are positive, as behind a ReLU. There a zero in the padding never wins.",
                changes=((" - 3", " + 9"),)),
        Mistake("no_padding", "You never use padding. Exhibit 3 is right then.",
                changes=(("(3, 2, 1), (2, 3, 1)", "(3, 2, 0), (2, 3, 0)"),)),
        Mistake("stride_of_k", "Your stride always equals k, so the two may be exchanged.",
                changes=(("[(2, 2, 0), (3, 2, 1), (2, 3, 1)]", "[(2, 2, 0), (3, 3, 1)]"),)),
        Mistake("one_channel", "You try one channel only.", changes=(("(2, 3, 7, 6)", "(2, 1, 7, 6)"),)),
        Mistake("ends_early", ONCE, changes=((".max(axis=(2, 3)))\n", ".max(axis=(2, 3)))\n        return\n"),)),
        Mistake("one_window", "You try one window. With one, nobody has to step, and there is no border.",
                answer="pool_of_one_window"),
        Mistake("inside_only", "You compare the windows inside only. The exhibit is wrong at the border.",
                answer="pool_inside"),
        Mistake("some_number_of_x", "You ask whether each result is a number of x. It must be the largest of its own window.",
                answer="pool_takes_from_x"),
        Mistake("largest_of_all", "You compare the largest number of all. Compare window by window.",
                answer="pool_largest_of_all"),
    ],
    "check_crop": [
        Mistake("raises_nothing", NOTHING, answer="crop_raises_nothing"),
        Mistake("rejects_all", REJECTS, answer="crop_rejects_all"),
        Mistake("only_shapes", SHAPES, answer="crop_shapes", also=("crop_of_ones",)),
        Mistake("same_at_both_ends", "You cut off as much at the end as at the beginning, so the middle is right.",
                answer="crop_of_the_middle"),
        Mistake("square", "You cut out squares only, so height and width may be exchanged.",
                changes=(("[((10, 9), 2), ((7, 12), 5), ((20, 24), 0)]", "[((10, 10), 2), ((7, 7), 5)]"),)),
        Mistake("offset_0_only", "Your offset is always 0. There nearly everybody agrees.",
                changes=(("[((10, 9), 2), ((7, 12), 5), ((20, 24), 0)]", "[((10, 9), 0), ((20, 24), 0)]"),)),
        Mistake("never_the_whole", "You never ask for the whole map, offset 0. There a slice [a:-0] is empty.",
                changes=((", ((20, 24), 0)]", "]"),)),
        Mistake("too_loose", "Your tolerance is as large as the step from one row to the next, so a neighbour passes for the right one.",
                changes=(("np.array_equal(crop(scores, (H, W), offset), expected)",
                          "np.allclose(crop(scores, (H, W), offset), expected, atol=30)"), (", ((20, 24), 0)]", "]"))),
        Mistake("the_beginning_only", "You compare the beginning of the crop only. Where does it end?",
                answer="crop_beginning"),
        Mistake("first_pixel", "You look at the first pixel only. How many rows and columns follow?",
                answer="crop_first_pixel"),
        Mistake("rows_are_constant", "Your map is constant along the rows, so nobody sees where the columns begin.",
                answer="crop_of_rows"),
        Mistake("nothing_is_left_over", "In your cases the crop reaches to the end of the map. Leave rows and columns over there.",
                answer="crop_one_too_far"),
    ],
    "check_mean_iou": [
        Mistake("raises_nothing", NOTHING, answer="iou_raises_nothing"),
        Mistake("rejects_all", REJECTS, answer="iou_rejects_all"),
        Mistake("only_a_range", SHAPES, answer="iou_between_0_and_1", also=("iou_of_all_wrong",)),
        Mistake("a_perfect_answer", "You try a perfect answer only. It is 1 picture by picture as well.",
                answer="iou_of_a_perfect_answer"),
        Mistake("one_picture", "You try one picture, or several that are equal. Then the mean over pictures is right.",
                changes=(("(40,), (7, 9), (5, 5)", "(40,),"),), also=("iou_of_equal_pictures",)),
        Mistake("all_classes_occur", "All your classes occur. Leave one out everywhere, and let one be predicted only.",
                changes=(("[0, 1, 1, 2, 255]", "[0, 1, 2, 3, 255]"), ("found, 5)", "found, 4)"), ("(a, b, 5)", "(a, b, 4)"))),
        Mistake("nothing_special", "Your pictures have no ignored pixel, and no class that is missing or only predicted.",
                answer="iou_of_single_pixels"),
        Mistake("never_only_predicted", "No class of yours is predicted without being there. Its IoU is 0, and counts.",
                changes=(("[0, 1, 1, 2, 255]", "[0, 1, 2, 3, 255]"),)),
        Mistake("nothing_is_ignored", "None of your pixels is marked 255.", changes=((", 255]", "]"),)),
        Mistake("without_background", "Class 0 does not occur in your pictures.",
                changes=(("[0, 1, 1, 2, 255]", "[3, 1, 1, 2, 255]"), ("rng.integers(0, 4,", "rng.integers(1, 4,"))),
        Mistake("one_example", "One example is not enough: add ignored pixels, classes that are nowhere, and classes that are only predicted.",
                answer="iou_of_the_background"),
        Mistake("too_loose", "Your tolerance lets wrong scores pass. Right ones agree to the last digits.",
                answer="iou_within_a_fifth"),
    ],
}
