"""What the study `masking` hides."""

import numpy as np
import pytest

from minifcn.data import Shapes
from minifcn.studies.catalogue import study_of
from minifcn.studies.masking import Hidden, ground_of
from minifcn.studies.study import own_options

SHAPES = Shapes(3, 32, border=1)


@pytest.mark.parametrize("shown", ["figure", "ground"])
def test_hidden_pixels_are_grey_and_the_others_as_they_were(shown):
    for index in range(3):
        image, label = SHAPES[index]
        seen, same = Hidden(SHAPES, 0, shown)[index]
        figure = (label != 0) & (label != 255)
        kept = figure if shown == "figure" else ~figure
        assert kept.any() and not kept.all() and seen.dtype == np.float32
        np.testing.assert_array_equal(seen[:, kept], image[:, kept])
        assert not seen[:, ~kept].any()
        np.testing.assert_array_equal(same, label)


def test_an_outline_says_where_the_figure_is_and_not_what():
    image, label = Hidden(SHAPES, 0, "outline")[1]
    np.testing.assert_array_equal(image, np.broadcast_to((label != 0) & (label != 255), image.shape))


def test_all_is_the_image_itself():
    np.testing.assert_array_equal(Hidden(SHAPES, 0, "all")[2][0], SHAPES[2][0])


def test_the_ground_is_water_or_the_first_class_or_the_one_that_is_named():
    options = own_options(study_of("masking"))
    assert ground_of(options, ("forest", "water")) == 1 and ground_of(options, ("background", "cat")) == 0
    options.ground = "cat"
    assert ground_of(options, ("background", "cat")) == 1
    options.ground = "dog"
    with pytest.raises(ValueError, match="study: the ground is 'dog', expected one of background, cat"):
        ground_of(options, ("background", "cat"))
