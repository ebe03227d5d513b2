"""The fully connected CRF: the exact filter is the formula, the lattice is near it, and outlines move to those of the picture."""

import numba
import numpy as np
import pytest

from minifcn.arguments.using import DEEPLAB
from minifcn.crf import Kernels, dense_crf
from minifcn.crf.filters import ExactFilter, PositionFilter, SymmetricFilter
from minifcn.crf.lattice import LatticeFilter, enclosing_simplices, on_plane

FLOAT64 = np.dtype("float64")


def smooth(size, channels, seed=0):
    """A smooth random image (H, W, channels) with values from 0 to 255: sums of waves."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(size)[..., None] / max(size)
    waves = sum(np.sin(rng.normal(0, 6, channels) * y + rng.normal(0, 6, channels) * x + rng.normal(0, 3, channels)) for _ in range(3))
    return 127.5 + 127.5 * waves / np.abs(waves).max()


def features(size, alpha, beta, seed=0):
    """Those of the appearance kernel for a smooth picture, (pixels, 5)."""
    position = np.stack(np.indices(size), axis=-1).reshape(-1, 2)
    return np.concatenate([position / alpha, smooth(size, 3, seed).reshape(-1, 3) / beta], axis=1)


def mean_field_in_loops(scores, picture, k, iterations):
    """The formulas of crf/mean_field.py, a pair of pixels at a time."""
    classes, height, width = scores.shape
    pixels = [(y, x) for y in range(height) for x in range(width)]
    matrices = np.empty((2, len(pixels), len(pixels)))
    for i, p in enumerate(pixels):
        for j, q in enumerate(pixels):
            apart = (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2
            differ = sum((float(a) - float(b)) ** 2 for a, b in zip(picture[p], picture[q]))
            matrices[0, i, j] = np.exp(-apart / (2 * k.alpha**2) - differ / (2 * k.beta**2))
            matrices[1, i, j] = np.exp(-apart / (2 * k.gamma**2))
    kernel = 0
    for weight, matrix in zip((k.w1, k.w2), matrices):
        degree = np.sqrt(matrix.sum(1))
        kernel = kernel + weight * matrix / degree[:, None] / degree
    P = np.exp(scores.reshape(classes, -1))
    Q = P / P.sum(0)
    for _ in range(iterations):
        Q = P * np.exp(Q @ kernel)
        Q /= Q.sum(0)
    return Q.reshape(scores.shape)


def test_with_the_exact_filter_it_is_the_formula():
    rng = np.random.default_rng(0)
    scores, picture = rng.normal(size=(5, 12, 13)), rng.integers(0, 256, (12, 13, 3), dtype=np.uint8)
    kernels = Kernels(alpha=4, beta=60, gamma=2)
    expected = mean_field_in_loops(scores, picture, kernels, 10)
    np.testing.assert_allclose(dense_crf(scores, picture, kernels, filter="exact"), expected, rtol=0, atol=1e-9)
    assert abs(expected - mean_field_in_loops(scores, picture, kernels, 0)).max() > 0.5     # it had something to do


def test_the_exact_filter_does_not_depend_on_its_blocks(monkeypatch):
    f, values = features((9, 10), 4, 30), np.random.default_rng(0).random((90, 3))
    whole = ExactFilter(f, FLOAT64)(values)
    monkeypatch.setattr("minifcn.crf.filters.AT_A_TIME", 90 * 7)
    np.testing.assert_allclose(ExactFilter(f, FLOAT64)(values), whole, rtol=1e-13)


@pytest.mark.parametrize("size, deviation", [((7, 9), 2), ((1, 40), 3), ((40, 30), 1.5)])
def test_the_filter_of_positions_is_the_exact_one(size, deviation):
    values = np.random.default_rng(0).random((size[0] * size[1], 2))
    position = np.stack(np.indices(size), axis=-1).reshape(-1, 2) / deviation
    expected = ExactFilter(position, FLOAT64)(values)
    np.testing.assert_allclose(PositionFilter(size, deviation, FLOAT64)(values), expected, rtol=1e-5)


# The lattice ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_point_is_the_weighted_mean_of_the_corners_of_its_simplex(d):
    y = on_plane(np.random.default_rng(d).normal(0, 9, (500, d)))
    corners, weights = enclosing_simplices(y)
    for k, corner in enumerate(corners):
        np.testing.assert_array_equal(corner.sum(1), 0)
        np.testing.assert_array_equal(corner % (d + 1), k)
    assert weights.min() >= -1e-12
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_allclose(sum(w[:, None] * corner for w, corner in zip(weights.T, corners)), y, atol=1e-9)


def test_the_plane_keeps_distances_up_to_a_factor():
    f = np.random.default_rng(0).normal(size=(50, 5))
    distances = [np.linalg.norm(points[:, None] - points, axis=2)[np.triu_indices(50, 1)] for points in (f, on_plane(f))]
    np.testing.assert_allclose(distances[1] / distances[0], 6 * np.sqrt(2 / 3))


@pytest.mark.parametrize("alpha, beta", [(10, 30), (30, 15)])
def test_the_lattice_is_near_the_exact_filter(alpha, beta):
    f = features((48, 56), alpha, beta)
    values = smooth((48, 56), 4, seed=1).reshape(-1, 4)
    exact, near = (SymmetricFilter(kind(f, FLOAT64))(values) for kind in (ExactFilter, LatticeFilter))
    assert np.sqrt(np.mean((exact - near) ** 2) / np.mean(exact**2)) < 0.05


def test_the_number_of_threads_does_not_change_a_bit():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4, 40, 50)).astype(np.float32)
    picture = smooth((40, 50), 3).astype(np.uint8)
    threads = numba.get_num_threads()
    results = []
    for count in (1, threads):
        numba.set_num_threads(count)
        results.append(dense_crf(scores, picture))
    numba.set_num_threads(threads)
    assert results[0].dtype == np.float32 and np.array_equal(*results)


# What it does ---------------------------------------------------------------------------------------------------------


def halves(shift=0, size=(40, 40)):
    """Two classes, left and right of the middle plus `shift`: bool (H, W)."""
    return np.broadcast_to(np.arange(size[1]) >= size[1] // 2 + shift, size)


@pytest.mark.parametrize("filter", ["lattice", "exact"])
def test_an_outline_moves_to_that_of_the_picture(filter):
    picture = np.where(halves()[..., None], (200, 180, 40), (30, 60, 90)).astype(np.uint8)
    scores = np.where(halves(shift=3), 1.0, -1.0)[None] * np.array([-0.5, 0.5])[:, None, None]
    label = dense_crf(scores, picture, filter=filter).argmax(0)
    np.testing.assert_array_equal(label, halves())


def test_in_an_even_picture_an_outline_stays_and_a_speck_goes():
    picture = np.full((40, 40, 3), 90, np.uint8)
    wanted = np.where(halves(), 2.0, -2.0)
    speckled = wanted.copy()
    speckled[20, 8] = 2
    scores = speckled[None] * np.array([-0.5, 0.5])[:, None, None]
    np.testing.assert_array_equal(dense_crf(scores, picture, Kernels(w1=0)).argmax(0), wanted > 0)


def test_without_weights_it_is_the_softmax_and_classes_are_alike():
    rng = np.random.default_rng(0)
    scores, picture = rng.normal(size=(3, 20, 20)), smooth((20, 20), 3).astype(np.uint8)
    P = np.exp(scores) / np.exp(scores).sum(0)
    np.testing.assert_allclose(dense_crf(scores, picture, Kernels(w1=0, w2=0)), P, rtol=1e-12)
    np.testing.assert_allclose(dense_crf(scores[::-1], picture), dense_crf(scores, picture)[::-1], atol=1e-9)


@pytest.mark.parametrize("scores, picture, options, words", [
    (np.zeros((2, 4, 4)), np.zeros((4, 5, 3), np.uint8), {}, "(4, 4, 3), as large as the scores"),
    (np.zeros((2, 4, 4)), np.zeros((4, 4, 3)), {}, "the picture is float64"),
    (np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), {}, "expected float (classes, H, W)"),
    (np.full((2, 4, 4), -np.inf), np.zeros((4, 4, 3), np.uint8), {}, "clip probabilities"),
    (np.zeros((2, 4, 4)), np.zeros((4, 4, 3), np.uint8), {"filter": "fast"}, "expected one of lattice, exact"),
])  # fmt: skip
def test_a_wrong_argument_is_reported_in_one_sentence(scores, picture, options, words):
    with pytest.raises(ValueError) as error:
        dense_crf(scores, picture, **options)
    assert words in str(error.value)


def test_widths_of_zero_and_features_too_far_apart_are_reported():
    with pytest.raises(ValueError, match="widths above 0"):
        Kernels(beta=0)
    with pytest.raises(ValueError, match="larger widths"):
        LatticeFilter(np.random.default_rng(0).normal(0, 1e5, (10, 5)), FLOAT64)


def test_the_kernels_of_the_command_line():
    assert Kernels.from_text(DEEPLAB) == Kernels() and Kernels.from_text("1,15,10,1,0.5") == Kernels(1, 15, 10, 1, 0.5)
    for text in ("1,2,3", "1,2,3,4,x", "1,2,3,4,0", "1,2,3,4,nan", "1,2,3,4,5,6"):
        with pytest.raises(ValueError, match="five numbers"):
            Kernels.from_text(text)
