"""From outlines and run lengths to pixels: the pixel whose centre is inside, and no other."""

import numpy as np
import pytest

from minifcn.data.convert import polygons, rle
from minifcn.data.convert.polygons import circle, leaves, polygon, rectangle


def pixels(patch, size):
    whole = np.zeros(size, np.uint8)
    patch.paint(whole, 1)
    return whole


def array(*points):
    return np.array(points, np.float64)


def inside_slowly(points, size):
    """The rule once more, pixel by pixel: crossings of a ray from the centre to the left."""
    result = np.zeros(size, np.uint8)
    for row, column in np.ndindex(size):
        x, y, crossings = column + 0.5, row + 0.5, 0
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0)):
            if (y0 <= y) != (y1 <= y):
                crossings += x0 + (y - y0) / (y1 - y0) * (x1 - x0) <= x
        result[row, column] = crossings % 2
    return result


def test_a_square_on_pixel_borders_has_exactly_these_pixels():
    square = pixels(polygon(array((2, 1), (5, 1), (5, 4), (2, 4)), (6, 8)), (6, 8))
    expected = np.zeros((6, 8), np.uint8)
    expected[1:4, 2:5] = 1
    np.testing.assert_array_equal(square, expected)


def test_a_triangle_has_the_pixels_whose_centres_are_inside():
    np.testing.assert_array_equal(pixels(polygon(array((0, 0), (4, 0), (0, 4)), (4, 4)), (4, 4)),
                                  [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_any_polygon_follows_the_rule_also_crossing_itself_and_leaving_the_image(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-5, 20, (rng.integers(3, 9), 2))
    if seed % 2:
        points = np.round(points * 2) / 2  # corners and edges exactly on centres
    np.testing.assert_array_equal(pixels(polygon(points, (14, 11)), (14, 11)), inside_slowly(points, (14, 11)))


def test_polygons_that_share_edges_leave_no_gap_and_do_not_overlap():
    middle = array((7.3, 6.1))[0]
    corners = array((0, 0), (15, 0), (15, 12), (0, 12))
    parts = [polygon(np.stack([middle, a, b]), (12, 15)) for a, b in zip(corners, np.roll(corners, -1, axis=0))]
    assert (sum(pixels(part, (12, 15)) for part in parts) == 1).all()


def test_areas_are_right_on_average():
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    areas = []
    for _ in range(50):
        points = rng.uniform(20, 30, 2) + 15 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        areas.append(polygon(points, (50, 50)).inside.sum())
    assert abs(np.mean(areas) - 20 * 15**2 * np.sin(2 * np.pi / 40)) < 2  # of 704 pixels


def test_circles_and_rectangles():
    np.testing.assert_array_equal(pixels(circle(array((2, 2))[0], array((2, 0.5))[0], (4, 4)), (4, 4)),
                                  [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]])  # fmt: skip
    assert pixels(circle(array((0, 0))[0], array((3, 0))[0], (4, 4)), (4, 4)).sum() == 8  # a quarter, in the corner
    assert pixels(rectangle(array((3, 3), (1, 2)), (4, 4)), (4, 4)).sum() == 2            # corners in any order


def test_what_lies_outside_is_cut_off_and_noticed():
    beside = array((20, 20), (30, 20), (30, 30))
    assert not polygon(beside, (10, 10)).inside.any() and leaves(beside, (10, 10))
    assert not leaves(array((0, 0), (10, 0), (10, 10)), (10, 10))


def test_two_points_and_zigzags_without_end_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="a.json: shape 1: it has 2 points, expected at least 3"):
        polygon(array((0, 0), (1, 1)), (4, 4), "a.json: shape 1")
    monkeypatch.setattr(polygons, "MOST_CROSSINGS", 100)
    with pytest.raises(ValueError, match="zigzag"):
        polygon(np.tile(array((0, 0), (3, 50)), (10, 1)), (50, 4))


# Run lengths ----------------------------------------------------------------------------------------------------------


def encode(mask):
    """COCO's text of a mask, written from its description: differences, five bits a character, the sixth for more."""
    flat = np.concatenate([[False], mask.T.ravel(), [~mask.T.ravel()[-1]]])
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    counts = np.diff(ends, prepend=0).tolist()
    text = ""
    for n, count in enumerate(counts):
        value = count - counts[n - 2] if n > 2 else count
        while True:
            bits, value = value & 31, value >> 5
            more = not (value == 0 and not bits & 16 or value == -1 and bits & 16)
            text += chr(48 + (bits | 32 * more))
            if not more:
                break
    return counts, text


@pytest.mark.parametrize("seed", range(10))
def test_both_ways_of_writing_run_lengths_give_the_mask(seed):
    rng = np.random.default_rng(seed)
    mask = np.repeat(np.repeat(rng.random((5, 4)) < 0.5, rng.integers(1, 40), axis=0), rng.integers(1, 40), axis=1)
    counts, text = encode(mask)
    size = list(mask.shape)
    np.testing.assert_array_equal(rle.decode({"size": size, "counts": counts}, size, "x"), mask)
    np.testing.assert_array_equal(rle.decode({"size": size, "counts": text}, size, "x"), mask)


def test_run_lengths_go_down_the_columns():
    np.testing.assert_array_equal(rle.decode({"size": [2, 3], "counts": [1, 2, 3]}, (2, 3), "x"), [[0, 1, 0], [1, 0, 0]])


def test_run_lengths_are_those_of_pycocotools():
    reference = pytest.importorskip("pycocotools.mask")
    mask = np.random.default_rng(0).random((37, 23)) < 0.3
    theirs = reference.encode(np.asfortranarray(mask, np.uint8))
    np.testing.assert_array_equal(rle.decode({"size": [37, 23], "counts": theirs["counts"].decode()}, (37, 23), "x"), mask)


@pytest.mark.parametrize(("segmentation", "sentence"), [
    ({"size": [2, 3], "counts": [1, 2]}, "do not fill the image, 3 pixels in all, expected 6 pixels"),
    ({"size": [2, 3], "counts": [7, -1]}, "do not fill the image, expected 6"),
    ({"size": [2, 3], "counts": [1.0, 5.0]}, "do not fill"),
    ({"size": [2, 3], "counts": [10**30]}, "do not fill"),
    ({"size": [3, 2], "counts": [6]}, r"are for \[3, 2\], but the image has 2 rows and 3 columns"),
    ({"size": [2, 3]}, "do not fill"),
    ({"size": [2, 3], "counts": "6 "}, "have ' ', which is not in COCO's alphabet"),
    ({"size": [2, 3], "counts": "o" * 50}, "not in COCO's alphabet"),
    ({"size": [2, 3], "counts": "P"}, "end within a number"),
])  # fmt: skip
def test_damaged_run_lengths_are_refused(segmentation, sentence):
    with pytest.raises(ValueError, match=sentence):
        rle.decode(segmentation, (2, 3), "a.json: annotation 4")
