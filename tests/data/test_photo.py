"""The photograph: its size, its colours, the centred square."""

import numpy as np
import pytest

from minifcn.data import photograph


def test_the_photograph_is_float64_in_the_unit_range_and_really_a_photograph():
    picture = photograph()
    assert picture.shape == (600, 512, 3) and picture.dtype == np.float64
    assert picture.min() >= 0 and 0.9 < picture.max() <= 1
    assert picture.std() > 0.15                                                # not a plain colour
    assert picture[40, 300, 2] > picture[40, 300, 0] + 0.1                     # the background is blue: red comes first


def test_a_square_is_the_centre_and_each_pixel_the_mean_of_an_area():
    square = photograph()[44:556]                                              # 512 x 512 of 600 x 512
    means = square.reshape(128, 4, 128, 4, 3).mean((1, 3))
    assert photograph(side=128).shape == (128, 128, 3)
    assert abs(photograph(side=128) - means).max() < 1.01 / 255  # Pillow rounds to whole levels, twice
    np.testing.assert_array_equal(photograph(side=512), square)


def test_a_side_of_nothing_is_told():
    with pytest.raises(ValueError, match="at least one pixel"):
        photograph(side=0)
