"""Metrics: the paper's scores against a loop and against numbers by hand, absent classes, edges, and bad labels."""

import numpy as np
import pytest

import minifcn
from minifcn.metrics import ConfusionMatrix, Trimap, boundary_mask, format_scores, running_extreme


def counted(truth, prediction, num_classes, ignore_index=255):
    matrix = ConfusionMatrix(num_classes, ignore_index)
    matrix.update(np.array(truth), np.array(prediction))
    return matrix


def random_labels(seed, num_classes=5, shape=(3, 7, 6)):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, num_classes, shape)
    truth[rng.random(shape) < 0.2] = 255
    return truth, rng.integers(0, num_classes, shape)


def score_py(hist):
    """The arithmetic of the authors' score.py."""
    with np.errstate(invalid="ignore", divide="ignore"):
        iu = np.diag(hist) / (hist.sum(1) + hist.sum(0) - np.diag(hist))
        freq = hist.sum(1) / hist.sum()
        return {
            "pixel_accuracy": np.diag(hist).sum() / hist.sum(),
            "mean_accuracy": np.nanmean(np.diag(hist) / hist.sum(1)),
            "mean_iou": np.nanmean(iu),
            "frequency_weighted_iou": (freq[freq > 0] * iu[freq > 0]).sum(),
        }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_the_matrix_is_a_loop_over_pixels_with_rows_of_truth(seed, dtype):
    truth, prediction = random_labels(seed)
    expected = np.zeros((5, 5), np.int64)
    for t, p in zip(truth.flat, prediction.flat):
        if t != 255:
            expected[t, p] += 1
    assert np.array_equal(counted(truth.astype(dtype), prediction.astype(dtype), 5).matrix, expected)


@pytest.mark.parametrize("seed", range(4))
def test_the_scores_are_those_of_score_py_absent_classes_included(seed):
    truth, prediction = random_labels(seed, num_classes=3 + seed)
    matrix = counted(truth, prediction, 7)
    for name, value in score_py(matrix.matrix).items():
        assert np.isclose(matrix.scores()[name], value, rtol=1e-12)


def test_scores_by_hand():
    matrix = counted([0, 0, 0, 1, 1, 255], [0, 0, 1, 1, 0, 1], 2)
    assert matrix.matrix.tolist() == [[2, 1], [1, 1]]
    assert matrix.pixel_accuracy == 3 / 5
    assert np.isclose(matrix.mean_accuracy, (2 / 3 + 1 / 2) / 2)
    assert np.allclose(matrix.class_iou, [2 / 4, 1 / 3])
    assert np.isclose(matrix.mean_iou, (1 / 2 + 1 / 3) / 2)
    assert np.isclose(matrix.frequency_weighted_iou, 3 / 5 * 1 / 2 + 2 / 5 * 1 / 3)


def test_an_absent_class_that_nobody_predicts_is_left_out():
    matrix = counted([0, 0, 1], [0, 0, 1], 3)
    assert np.isnan(matrix.class_iou[2]) and matrix.mean_iou == 1 and matrix.mean_accuracy == 1


def test_an_absent_class_that_is_predicted_counts_as_zero_iou_but_has_no_accuracy():
    matrix = counted([0, 0, 1, 1], [0, 0, 1, 2], 3)
    assert matrix.class_iou.tolist() == [1, 0.5, 0] and matrix.mean_iou == 0.5
    assert np.isnan(matrix.class_accuracy[2]) and matrix.mean_accuracy == 0.75


def test_nothing_counted_gives_nan_and_no_warning(recwarn):
    scores = counted([255, 255], [0, 1], 2).scores()
    assert all(np.isnan(value) for value in scores.values()) and not recwarn


def test_updates_add_up_and_tensors_are_taken():
    truth, prediction = random_labels(0)
    matrix = ConfusionMatrix(5)
    for t, p in zip(truth, prediction):
        matrix.update(minifcn.tensor(t), p.astype(np.uint8))
    assert np.array_equal(matrix.matrix, counted(truth, prediction, 5).matrix)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint64, np.int32, ">i4"])
def test_labels_of_any_integer_type_are_counted_without_overflow(dtype):
    matrix = counted(np.array([0, 199, 200, 255], dtype), np.array([0, 200, 200, 7], dtype), 201)
    assert matrix.matrix.sum() == 3 and matrix.matrix[199, 200] == matrix.matrix[200, 200] == matrix.matrix[0, 0] == 1


def test_another_ignore_index_and_what_is_predicted_there_do_not_matter():
    assert counted([0, -1, 1], [0, 77, 1], 2, ignore_index=-1).matrix.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "truth, prediction, error, message",
    [
        ([[0, 3]], [[0, 1]], ValueError, r"truth has label 3 at \(0, 1\), expected 0 to 2"),
        ([[1, 3]], [[0, 1]], ValueError, "in the truth; subtract 1 if the classes are counted from 1, or check the number"),
        ([[0, 2]], [[0, 255]], ValueError, r"prediction has label 255 at \(0, 1\), .* in the truth; check num_classes$"),
        ([0.0, 1.0], [0, 1], TypeError, r"expected integer labels; convert it with \.astype\('int64'\)"),
        ([0, 1], [0.5, 1.0], TypeError, r"expected integer labels; take argmax\(1\) of scores"),
        ([[0, -1]], [[0, 1]], ValueError, r"truth has label -1 at \(0, 1\)"),
        ([[0], [1]], [[0], [9]], ValueError, r"prediction has label 9 at \(1, 0\)"),
        ([0, 1], [0, 1, 2], ValueError, r"truth has shape \(2,\) but prediction \(3,\)"),
        ([0.0, 1.0], [0, 1], TypeError, "truth is float64, expected integer labels"),
        ([0, 1], [0.5, 1.0], TypeError, "prediction is float64"),
    ],
)
def test_bad_labels_are_told_and_nothing_is_counted(truth, prediction, error, message):
    matrix = ConfusionMatrix(3)
    with pytest.raises(error, match=message):
        matrix.update(np.array(truth), np.array(prediction))
    assert not matrix.matrix.any()


# Edges ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 20])
def test_the_boundary_mask_is_a_loop_over_squares(width):
    rng = np.random.default_rng(width)
    label = np.kron(rng.integers(0, 3, (4, 5)), np.ones((5, 4), int))
    label[rng.random(label.shape) < 0.1] = 255
    H, W = label.shape
    expected = np.zeros((H, W), bool)
    for y in range(H):
        for x in range(W):
            square = label[max(0, y - width) : y + width + 1, max(0, x - width) : x + width + 1]
            expected[y, x] = label[y, x] != 255 and np.any((square != 255) & (square != label[y, x]))
    assert np.array_equal(boundary_mask(label.astype(np.uint8), width), expected)


def test_a_straight_edge_has_width_pixels_on_either_side():
    label = np.repeat([[0] * 10 + [1] * 10], 4, axis=0)
    assert np.array_equal(np.flatnonzero(boundary_mask(label)[0]), np.arange(7, 13))


def test_the_rim_of_an_ignored_area_is_no_edge_but_two_classes_across_a_thin_one_are():
    label = np.zeros((5, 9), np.uint8)
    label[:, 4] = 255
    assert not boundary_mask(label).any()
    label[:, 5:] = 1
    assert np.flatnonzero(boundary_mask(label, 2)[0]).tolist() == [3, 5]


@pytest.mark.parametrize("ignore_index", [-1, 255])
def test_the_value_of_the_ignore_index_does_not_matter(ignore_index):
    label = np.zeros((5, 9), int)
    label[:, 4] = ignore_index
    assert not boundary_mask(label, ignore_index=ignore_index).any()


def test_a_batch_is_masked_image_by_image():
    labels = np.random.default_rng(0).integers(0, 2, (3, 8, 8))
    assert np.array_equal(boundary_mask(labels, 1), np.stack([boundary_mask(label, 1) for label in labels]))


@pytest.mark.parametrize("shape, width, told", [((4,), 3, r"label has shape \(4,\)"), ((4, 4), 0, "width is 0"), ((4, 4), 1.5, "width is 1.5")])
def test_a_wrong_label_or_width_is_told(shape, width, told):
    label = np.zeros(shape, int)
    with pytest.raises(ValueError, match=f"boundary_mask: {told}"):
        boundary_mask(label, width)


def test_the_table_is_in_percent_with_a_line_a_row():
    rows = {"majority": {"pixel_accuracy": 0.5, "mean_iou": 1.0}, "8s": {"pixel_accuracy": 0.875, "mean_iou": 0.25}}
    assert format_scores(rows).splitlines() == [
        "          pixel accuracy  mean iou",
        "majority            50.0     100.0",
        "8s                  87.5      25.0",
    ]


# Near the boundaries --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 5), (40, 33)])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 13, 14, 32, 50])
def test_a_running_extreme_is_that_of_the_square_around_each_pixel_also_at_the_ends(shape, width):
    x = np.random.default_rng(0).integers(-99, 99, shape)
    for extreme, reduce in ((np.maximum, np.max), (np.minimum, np.min)):
        found = running_extreme(extreme, x, width)
        for i, j in np.ndindex(shape):
            assert found[i, j] == reduce(x[max(0, i - width) : i + width + 1, max(0, j - width) : j + width + 1])


def test_the_trimap_counts_the_pixels_within_each_distance():
    truth, prediction = random_labels(0, 2, (2, 30, 40))
    truth[:, :, :20] = 0                                                      # boundaries on the right only
    trimap = Trimap(2, widths=(1, 2, 8))
    for pair in zip(truth, prediction):
        trimap.update(*pair)
    for width, matrix in trimap.matrices.items():
        near = boundary_mask(truth, width)
        assert matrix.matrix.sum() == near.sum() < truth.size
        assert matrix.pixel_accuracy == (truth == prediction)[near].mean()
