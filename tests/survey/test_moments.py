"""Moments of images: as exact as numpy's over all pixels, in one pass."""

import numpy as np
import pytest

from minifcn.survey import moments
from minifcn.survey.moments import Moments


def images(channels, offset=0.0):
    rng = np.random.default_rng(0)
    return [(offset + rng.normal(0, 1 + k, (11 + k, 7, channels))).astype(np.float32) for k in range(5)]


@pytest.mark.parametrize("offset", [0, 1e4])
def test_mean_and_deviation_are_those_of_all_pixels(monkeypatch, offset):
    monkeypatch.setattr(moments, "STRIP", 50)
    together, every = Moments(3), images(3, offset)
    for image in every:
        together.add(image)
    pixels = np.concatenate([image.reshape(-1, 3) for image in every]).astype(np.float64)
    np.testing.assert_allclose(together.mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(together.deviation, pixels.std(axis=0), rtol=1e-9)
    assert (together.count, together.low, together.high) == (len(pixels), pixels.min(), pixels.max())


def test_grey_images_join_coloured_ones_as_if_they_were_repeated():
    colour, grey, both = Moments(3), Moments(1), Moments(3)
    for image, single in zip(images(3), images(1, 5)):
        colour.add(image)
        grey.add(single)
        both.add(image)
        both.add(np.repeat(single, 3, axis=2))
    colour.join(grey)
    np.testing.assert_allclose(colour.mean, both.mean)
    np.testing.assert_allclose(colour.deviation, both.deviation)


def test_percentiles_come_from_a_bounded_sample_spread_over_all_images(monkeypatch):
    monkeypatch.setattr(moments, "SAMPLE", 200)
    monkeypatch.setattr(moments, "EVERY", 1)
    ramp = Moments(1)
    for start in range(0, 10_000, 500):
        ramp.add(np.arange(start, start + 500, dtype=np.float32).reshape(20, 25, 1))
    assert sum(map(len, ramp.sample)) <= 200
    np.testing.assert_allclose(ramp.percentiles(1, 50, 99), [100, 5000, 9900], atol=200)
