"""The data sets with a drawn fourth channel: what it shows, that it moves with the image, and both ways to fuse it."""

import numpy as np
import pytest

from minifcn.data import Shapes
from minifcn.data.catalogue import open_data
from minifcn.data.globe import CLASSES, load_globe
from minifcn.data.landcover import LandCover
from minifcn.data.relief import HEIGHTS, MEAN, STD, LandCoverRelief, ShapesDepth, synthetic_relief
from minifcn.models.late_fusion import LateFusion
from minifcn.runs.evaluation import run_evaluation
from minifcn.runs.options import Options
from minifcn.runs.run import run

NAMES = ["landcover-synthetic-relief", "shapes-depth"]


def test_the_relief_follows_the_classes_but_does_not_give_them_away():
    heights, label = synthetic_relief(), load_globe()[1]
    assert heights.shape == label.shape and heights.dtype == np.float32 and not heights.flags.writeable
    means = [heights[label == c].mean() for c in range(len(CLASSES))]
    assert np.corrcoef(means, list(HEIGHTS.values()))[0, 1] > 0.9
    assert np.sqrt(np.mean([heights[label == c].var() for c in range(1, len(CLASSES))])) > 0.25


def test_a_crop_of_the_relief_is_at_the_place_of_its_image():
    with_relief, without = LandCoverRelief("test", 48), LandCover("test", 48)
    for index in 0, 7:
        image, label = with_relief[index]
        colours, same = without[index]
        np.testing.assert_array_equal(image[:3], colours)
        np.testing.assert_array_equal(label, same)
        top, left = without.tiles[index]
        np.testing.assert_allclose(image[3] * STD + MEAN, synthetic_relief()[top : top + 48, left : left + 48], atol=1e-6)


def test_shapes_stand_above_the_ground_and_a_sample_depends_on_its_number_alone():
    shapes = ShapesDepth(20, seed=3)
    image, label = shapes.sample(0, np.random.default_rng(0))
    np.testing.assert_array_equal(image, shapes.sample(0, np.random.default_rng(1))[0])
    assert image.shape == (4, *label.shape) and image.dtype == np.float32
    nearer, holes = [], []
    for k in range(20):
        image, label = shapes.sample(k, None)
        seen = image[3] != 0
        nearer.append(image[3][seen & (label > 0)].mean() - image[3][seen & (label == 0)].mean())
        holes.append(1 - seen.mean())
    assert np.mean(nearer) > 0.5 and 0.08 < np.mean(holes) < 0.2



@pytest.mark.parametrize("name", NAMES)
def test_the_fourth_channel_is_mirrored_with_the_colours(name):
    data = open_data(name, 32, 8)
    plain, mirrored, flips = data.train(augment="none"), data.train(augment="mirror"), 0
    for index in range(8):
        whole, same = plain[index], mirrored[index]
        flipped = not np.array_equal(whole[1], same[1])
        np.testing.assert_array_equal(same[0], whole[0][..., ::-1] if flipped else whole[0])
        flips += flipped
    assert 0 < flips < 8
    assert data.describe().startswith(name)


def test_noise_alone_tells_the_colours_of_shapes_with_depth_from_those_without():
    image, label = ShapesDepth(3, 32, noise=0.05).sample(2, None)
    plain, same = Shapes(3, 32).sample(2, None)
    np.testing.assert_array_equal(image[:3], plain)
    np.testing.assert_array_equal(label, same)


@pytest.mark.parametrize(("name", "fusion"), list(zip(NAMES, ["late", "early"])))
def test_both_fusions_train_and_are_scored(name, fusion, tmp_path):
    options = Options(data=name, size=96, samples=2, batch=2, epochs=1, model="pixelwise", fusion=fusion)
    net, _ = run(options, tmp_path / "run", quiet=True)
    assert isinstance(net, LateFusion) == (fusion == "late")
    report = run_evaluation(tmp_path / "run" / "checkpoint.npz", split="validation", out=tmp_path / "scores", quiet=True)
    assert report["data"] == name and 0 <= report["mean_iou"] <= 1
