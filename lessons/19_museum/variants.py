"""Right answers to lesson 19: of the functions that are given, and of the checks that students write.

confusion_matrix and scores are given, as in the lesson.
"""
# ruff: noqa: F821

import numpy as np

VARIANTS = {
    "upscore_weight": ["upscore_weight", "weight_as_in_the_authors_code", "weight_by_loops"],
    "max_pool": ["max_pool", "max_of_clipped_windows", "max_by_taps"],
    "crop": ["crop", "crop_by_indices", "crop_by_deleting"],
    "mean_iou": ["mean_iou", "iou_by_classes", "iou_by_sums"],
    "check_upscore_weight": ["weight_by_its_formula", "weight_by_its_laws", "weight_by_numbers"],
    "check_max_pool": ["pool_by_infinities", "pool_by_examples", "pool_by_pixels"],
    "check_crop": ["crop_by_single_pixels", "crop_by_coordinates", "crop_by_slices"],
    "check_mean_iou": ["iou_by_loops", "iou_of_one_long_row", "iou_by_hand"],
}


# What is given --------------------------------------------------------------------------------------------------------


def upscore_weight(classes, size):
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
    weight = np.zeros((classes, classes, size, size))
    weight[range(classes), range(classes)] = np.outer(heights, heights)
    return weight


def weight_as_in_the_authors_code(classes, size):
    factor = (size + 1) // 2
    center = factor - 1 if size % 2 == 1 else factor - 0.5
    og = np.ogrid[:size, :size]
    kernel = (1 - abs(og[0] - center) / factor) * (1 - abs(og[1] - center) / factor)
    return np.eye(classes)[:, :, None, None] * kernel


def weight_by_loops(classes, size):
    weight, factor = np.zeros((classes, classes, size, size)), (size + 1) // 2
    for c, i, j in np.ndindex(classes, size, size):
        weight[c, c, i, j] = (min(i, size - 1 - i) + 1 - 0.5 * (size % 2 == 0)) * (min(j, size - 1 - j) + 1 - 0.5 * (size % 2 == 0))
    return weight / factor**2


def max_pool(x, k, stride, padding):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def max_of_clipped_windows(x, k, stride, padding):
    oh, ow = ((n + 2 * padding - k) // stride + 1 for n in x.shape[2:])
    y = np.zeros((*x.shape[:2], oh, ow), x.dtype)
    for u, v in np.ndindex(oh, ow):
        top, left = u * stride - padding, v * stride - padding
        y[:, :, u, v] = x[:, :, max(top, 0) : top + k, max(left, 0) : left + k].max(axis=(2, 3))
    return y


def max_by_taps(x, k, stride, padding):
    padded = np.full((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding), -np.inf)
    padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x
    rows, columns = padded.shape[2] - k + 1, padded.shape[3] - k + 1
    taps = [padded[:, :, i : i + rows : stride, j : j + columns : stride] for i, j in np.ndindex(k, k)]
    return np.maximum.reduce(taps)


def crop(scores, size, offset):
    (H, W) = size
    return scores[:, :, offset : offset + H, offset : offset + W]


def crop_by_indices(scores, size, offset):
    rows, columns = (np.arange(n) + offset for n in size)
    return scores[:, :, rows[:, None], columns]


def crop_by_deleting(scores, size, offset):
    return np.delete(np.delete(scores, np.s_[:offset], 2), np.s_[:offset], 3)[:, :, : size[0], : size[1]].copy()


def mean_iou(labels, predictions, classes):
    both = np.zeros((classes, 2))
    for label, prediction in zip(labels, predictions):
        counts = label != 255
        for c in range(classes):
            is_label, is_found = (label == c) & counts, (prediction == c) & counts
            both[c] += (is_label & is_found).sum(), (is_label | is_found).sum()
    occurs = both[:, 1] > 0
    return (both[occurs, 0] / both[occurs, 1]).mean()


def iou_by_classes(labels, predictions, classes):
    label = np.concatenate([a.ravel() for a in labels])
    found = np.concatenate([a.ravel() for a in predictions])[label != 255]
    label, ious = label[label != 255], []
    for c in range(classes):
        union = np.sum((label == c) | (found == c))
        if union:
            ious.append(np.sum((label == c) & (found == c)) / union)
    return sum(ious) / len(ious)


def iou_by_sums(labels, predictions, classes):
    counts = np.zeros((classes, classes), int)
    for label, found in zip(labels, predictions):
        np.add.at(counts, (label[label != 255], found[label != 255]), 1)
    right, union = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    return np.mean(right[union > 0] / union[union > 0])


# Checks ---------------------------------------------------------------------------------------------------------------


def weight_by_its_formula(upscore_weight):
    for size in range(1, 9):
        weight = upscore_weight(2, size)
        factor = (size + 1) // 2
        for a, b, i, j in np.ndindex(2, 2, size, size):
            row, column = (1 - abs(2 * n - size + 1) / (2 * factor) for n in (i, j))
            assert abs(weight[a, b, i, j] - (a == b) * row * column) < 1e-12


def weight_by_its_laws(upscore_weight):
    """Symmetric, product of two triangles, steps of 1 / factor, and nothing beside the diagonal."""
    for classes, size in [(3, 3), (2, 4), (2, 6), (1, 7), (2, 8)]:
        weight, factor = upscore_weight(classes, size), (size + 1) // 2
        for a, b in np.ndindex(classes, classes):
            kernel = weight[a, b]
            if a != b:
                assert not kernel.any()
                continue
            assert np.allclose(kernel, kernel[::-1]) and np.allclose(kernel, kernel[:, ::-1])
            heights = kernel.sum(axis=0) / kernel.sum() ** 0.5
            assert np.allclose(np.outer(heights, heights), kernel)
            assert np.allclose(np.diff(heights)[: size // 2 - (size % 2 == 0)], 1 / factor)
            assert np.isclose(heights.max(), 1 if size % 2 else 1 - 0.5 / factor)


def weight_by_numbers(upscore_weight):
    for size, heights in [(2, [0.5, 0.5]), (3, [0.5, 1, 0.5]), (4, [0.25, 0.75, 0.75, 0.25]), (5, [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3]),
                          (6, [1 / 6, 3 / 6, 5 / 6, 5 / 6, 3 / 6, 1 / 6])]:  # fmt: skip
        weight = upscore_weight(3, size)
        assert np.allclose(weight[1, 1], np.outer(heights, heights)) and np.allclose(weight[2, 2], weight[0, 0])
        assert np.allclose(weight.sum(axis=1), weight[0, 0])
        assert (np.count_nonzero(weight.sum(axis=(2, 3)), axis=1) == 1).all()


def pool_by_infinities(max_pool):
    x = np.random.default_rng(4).standard_normal((2, 3, 7, 6)) - 5
    for k, stride, padding in [(2, 2, 0), (3, 2, 1), (2, 3, 1), (3, 1, 1)]:
        p = padding
        padded = np.full((2, 3, 7 + 2 * p, 6 + 2 * p), -np.inf)
        padded[:, :, p : p + 7, p : p + 6] = x
        rows, columns = range(0, 7 + 2 * p - k + 1, stride), range(0, 6 + 2 * p - k + 1, stride)
        expected = [[padded[:, :, r : r + k, c : c + k].max(axis=(2, 3)) for c in columns] for r in rows]
        np.testing.assert_array_equal(max_pool(x, k, stride, padding), np.moveaxis(np.array(expected), (0, 1), (2, 3)))


def pool_by_examples(max_pool):
    x = np.array([[[[-1.0, -9, -3, -4, -8], [-5, -2, -7, -8, -3], [-9, -6, -4, -5, -2], [-7, -7, -8, -9, -6]]]])
    assert max_pool(x, 2, 2, 0).tolist() == [[[[-1, -3], [-6, -4]]]]
    assert max_pool(x, 2, 1, 0).tolist() == [[[[-1, -2, -3, -3], [-2, -2, -4, -2], [-6, -4, -4, -2]]]]
    assert max_pool(x, 3, 2, 1).tolist() == [[[[-1, -2, -3], [-2, -2, -2]]]]
    assert max_pool(x, 2, 2, 1).tolist() == [[[[-1, -3, -4], [-5, -2, -2], [-7, -7, -6]]]]
    assert max_pool(np.concatenate([x, x - 1], axis=1), 2, 2, 0)[0, 1].tolist() == [[-2, -4], [-7, -5]]


def pool_by_pixels(max_pool):
    """A single pixel stands out; the windows that see it, and no others, give it back."""
    for k, stride, padding in [(3, 2, 1), (2, 2, 0), (2, 3, 1)]:
        for row, column in np.ndindex(5, 7):
            x = np.full((1, 2, 5, 7), -3.0)
            x[0, 1, row, column] = -2
            others, y = max_pool(x, k, stride, padding)[0]
            assert (others == -3).all()
            seen = np.array([0 <= row + padding - u * stride < k for u in range((5 + 2 * padding - k) // stride + 1)])
            across = np.array([0 <= column + padding - v * stride < k for v in range((7 + 2 * padding - k) // stride + 1)])
            assert np.array_equal(y, np.where(np.outer(seen, across), -2, -3))


def crop_by_single_pixels(crop):
    for (H, W), offset in [((4, 5), 1), ((3, 8), 2), ((5, 3), 0)]:
        for row, column in [(0, 0), (H - 1, 0), (0, W - 1), (H // 2, W // 2)]:
            scores = np.zeros((1, 2, 14, 12))
            scores[0, 1, row + offset, column + offset] = 1
            found = crop(scores, (H, W), offset)
            assert found.shape == (1, 2, H, W) and found.sum() == 1 and found[0, 1, row, column] == 1
    assert crop(np.zeros((1, 1, 5, 6)), (5, 6), 0).shape == (1, 1, 5, 6)


def crop_by_coordinates(crop):
    rows, columns = np.indices((15, 17))
    scores = np.array([[rows, columns]])
    found = crop(scores, (4, 9), 3)
    assert found.shape == (1, 2, 4, 9)
    assert (found[0, 0] == np.arange(3, 7)[:, None]).all() and (found[0, 1] == np.arange(3, 12)).all()
    assert np.array_equal(crop(scores, (15, 17), 0), scores)


def crop_by_slices(crop):
    scores = np.random.default_rng(0).standard_normal((2, 3, 11, 13))
    for (H, W), offset in [((3, 5), 2), ((6, 4), 1), ((11, 13), 0)]:
        np.testing.assert_array_equal(crop(scores, (H, W), offset), scores[..., offset:, offset:][..., :H, :W])


def iou_by_loops(mean_iou):
    rng = np.random.default_rng(2)
    labels = [rng.integers(0, 3, (4, 5)), np.zeros((6, 3), int), rng.choice([1, 2, 255], (2, 9))]
    predictions = [rng.integers(0, 4, label.shape) for label in labels]
    inside, union = [0] * 6, [0] * 6
    for label, prediction in zip(labels, predictions):
        for a, b in zip(label.ravel(), prediction.ravel()):
            if a != 255:
                union[a] += 1
                union[b] += a != b
                inside[a] += a == b
    ious = [inside[c] / union[c] for c in range(6) if union[c]]
    assert np.isclose(mean_iou(labels, predictions, 6), sum(ious) / len(ious))


def iou_of_one_long_row(mean_iou):
    """Cut in pieces or not, the score is the same; and it is that of the lesson."""
    rng = np.random.default_rng(3)
    label, found = rng.choice([0, 1, 1, 2, 255], 90), rng.choice([0, 1, 1, 3], 90)
    label[:40], found[40:60] = 1, 0
    expected = scores(confusion_matrix(label, found, 5))[2]
    for cuts in [], [40], [7, 40, 70]:
        assert np.isclose(mean_iou(np.split(label, cuts), np.split(found, cuts), 5), expected)


def iou_by_hand(mean_iou):
    labels = [np.array([[0, 0, 0, 1]]), np.array([[1, 1], [2, 255]])]
    predictions = [np.array([[0, 0, 1, 1]]), np.array([[1, 2], [0, 1]])]
    assert np.isclose(mean_iou(labels, predictions, 3), (2 / 4 + 2 / 4 + 0 / 2) / 3)
    assert np.isclose(mean_iou(labels, predictions, 5), (2 / 4 + 2 / 4 + 0 / 2) / 3)
    assert np.isclose(mean_iou([np.array([0, 0])], [np.array([0, 1])], 2), 1 / 4)
