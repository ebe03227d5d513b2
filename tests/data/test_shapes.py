"""Shapes: deterministic, of the right form, and labelled to the pixel."""

import numpy as np
import pytest

from minifcn.data import Shapes
from minifcn.data.shapes import CLASSES, outline


def test_a_sample_depends_on_seed_and_index_alone():
    long, short = Shapes(50, seed=4), Shapes(5, seed=4)
    assert all((a == b).all() for i in range(5) for a, b in zip(long[i], short[i], strict=True))
    assert (Shapes(5, seed=5)[0][0] != long[0][0]).any() and (long[0][0] != long[1][0]).any()


@pytest.mark.parametrize("num_classes", [2, 4, 6])
def test_labels_are_the_classes_and_all_of_them_occur(num_classes):
    dataset = Shapes(60, size=48, num_classes=num_classes)
    assert len(dataset.classes) == len(dataset.palette) == num_classes
    assert set(np.unique([label for _, label in dataset])) == set(range(num_classes))


def test_form_of_a_sample():
    image, label = Shapes(1, size=33)[0]
    assert image.shape == (3, 33, 33) and image.dtype == np.float32
    assert label.shape == (33, 33) and label.dtype == np.int64


@pytest.mark.parametrize("kind, area", [
    ("circle", np.pi), ("square", 2.0), ("triangle", 3 * np.sqrt(3) / 4), ("ring", np.pi * (1 - 0.55 ** 2)),
    ("cross", 2 * 0.5 * 1.9 - 0.25),
])
def test_outlines_have_the_area_of_the_figure_at_any_angle(kind, area):
    for angle in 0, 0.3, 1, 2:
        assert outline(kind, 200.3, 199.6, 150, angle, 400).sum() == pytest.approx(area * 150 ** 2, rel=0.01)


def test_labels_are_exact_to_the_pixel():
    """Without noise a shape has one colour, so the colour of the image alone tells where it is."""
    for index in range(20):
        image, label = Shapes(20, noise=0, seed=1)[index]
        for kind in np.unique(label[label > 0]):
            colours = np.unique(image[:, label == kind], axis=1)
            assert colours.shape[1] <= 4, "at most one colour for each of at most four shapes"
            for colour in colours.T:
                assert (label[(image == colour[:, None, None]).all(0)] == kind).all()


@pytest.mark.parametrize("border", [1, 2])
def test_the_border_hides_what_is_near_another_class_and_nothing_else(border):
    plain, seamed = Shapes(5)[3][1], Shapes(5, border=border)[3][1]
    n = len(plain)
    for y in range(n):
        for x in range(n):
            near = plain[max(0, y - border):y + border + 1, max(0, x - border):x + border + 1]
            assert seamed[y, x] == (plain[y, x] if (near == plain[y, x]).all() else 255)


@pytest.mark.parametrize("options, sentence", [
    ({"length": 0}, "length is 0 but must be at least 1"), ({"size": 8}, "size is 8 but must be at least 16"),
    ({"num_classes": 7}, f"num_classes is 7 but must be 2 to {len(CLASSES)}"), ({"noise": -1}, "noise is -1"),
    ({"border": -1}, "border is -1"),
])
def test_wrong_arguments_are_told(options, sentence):
    with pytest.raises(ValueError, match="^Shapes: " + sentence):
        Shapes(**{"length": 3, **options})
