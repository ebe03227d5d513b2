"""Values of masks: exact counts in bounded memory, and the difference between a line and a region."""

import numpy as np

from minifcn.survey import values as values_module
from minifcn.survey.values import MOST, Values, between_others, count
from survey.planted import outlined, regions


def test_count_agrees_with_sorting_every_pixel(monkeypatch):
    monkeypatch.setattr(values_module, "STRIP", 50)
    rng = np.random.default_rng(0)
    for array in rng.integers(-3, 9, (13, 17)), np.repeat(rng.integers(0, 1 << 24, (9, 4)), 7, axis=1), np.zeros((0, 3), int):
        found, pixels = count(array)
        expected, numbers = np.unique(array, return_counts=True)
        assert found.tolist() == expected.tolist() and pixels.tolist() == numbers.tolist()


def test_pixels_and_masks_are_counted_for_each_value():
    values = Values()
    values.add(regions([0, 7]))
    values.add(regions([0, 0]))
    assert {v: (t.pixels, t.masks) for v, t in values.tallies.items()} == {0: (3 * 24 * 12, 2), 7: (24 * 12, 1)}
    assert values.share([7]) == 0.25 and values.share([0, 7]) == 1 and values.share([5]) == 0


def test_of_very_many_values_the_most_frequent_are_kept():
    values = Values()
    values.add(np.concatenate([np.arange(1000), np.full(500, 77)]).reshape(30, 50))
    assert len(values.tallies) == MOST and values.tallies[77].pixels == 501
    assert values.other == 1000 - MOST and not values.complete


def test_a_photograph_as_a_mask_takes_little_memory_and_no_pixel_is_lost(monkeypatch):
    monkeypatch.setattr(values_module, "CROWD", 400)
    values = Values()
    values.add(np.arange(900).reshape(30, 30))
    assert values.other + sum(tally.pixels for tally in values.tallies.values()) == values.pixels == 900


def test_a_border_between_regions_is_thin_and_a_region_is_not():
    values = Values()
    values.add(outlined([0, 1, 2, 0], 255, side=80, width=4), search=True)
    assert values.tallies[255].thin and not values.tallies[0].thin


def test_a_value_that_also_fills_regions_is_not_thin():
    mask = outlined([0, 1, 2, 0, 1, 2] * 3, 255, side=108, width=4)
    mask[:50, :50] = 255
    values = Values()
    values.add(mask, search=True)
    tally = values.tallies[255]
    assert tally.between > 0.3 * tally.searched and not tally.thin


def test_a_thin_line_within_one_region_is_not_between_others():
    crack = np.zeros((40, 40), int)
    crack[:, 20] = 255
    values = Values()
    values.add(crack, search=True)
    assert not values.tallies[255].thin
    assert between_others(crack, 255) == 0
    crack[:, 21:] = 1
    assert between_others(crack, 255) == 40


def test_grey_colours_become_numbers_and_others_do_not():
    values = Values()
    values.add(regions([0, 7]) * 0x010101)
    grey = values.as_grey()
    assert grey.found == [0, 7] and grey.share([7]) == 0.5
    values.add(regions([0xFF0000]))
    assert values.as_grey() is None
