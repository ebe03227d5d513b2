"""The study of volumes, on a brain made of two balls: it rehearses without the package, and tests on what it did not see."""

import numpy as np
import pytest

from minifcn.data import brain
from minifcn.studies import volumes
from minifcn.studies.run import report, run_study


@pytest.fixture
def balls(monkeypatch):
    """A ball of white matter in one of grey matter, 28 x 20 x 24 voxels."""
    axes = np.ogrid[-1:1:28j, -1:1:20j, -1:1:24j]
    distance = np.sqrt(sum(axis**2 for axis in axes))
    labels = np.select([distance < 0.5, distance < 0.8, distance < 0.85], [3, 2, 1], 0)
    brightness = np.array([0, 0.4, 0.7, 0.85], np.float32)[labels]
    monkeypatch.setattr(volumes, "load_brain", lambda factor: (brightness, labels))
    return brightness, labels


def test_a_rehearsal_ends_well_and_fills_the_table_and_the_picture(balls, tmp_path):
    results = run_study(volumes.Volumes(), tmp_path, seeds=1, quiet=True, quick=True)
    assert (tmp_path / "volumes.png").exists() and (tmp_path / "scores.png").exists()
    assert "–" not in report(results).split("\n\n")[1]
    flat, wider, deep = (results.mean(case, "weights") for case in volumes.NETS)
    assert flat < wider and abs(wider - deep) < 0.1 * deep


def test_no_net_is_trained_on_an_image_that_is_held_out(monkeypatch):
    """Every image is one number here, its own."""
    stack, seen = np.arange(116, dtype=np.float32)[:, None, None], set()
    monkeypatch.setattr(volumes, "train_step", lambda net, optimizer, loss, images, labels: seen.update(images.ravel()))
    learned, held_out = volumes.blocks(116)
    net = volumes.UNet3d(2, widths=(2, 2))
    volumes.train(net, stack, stack.astype(int), learned, 0.0, np.random.default_rng(0), 400)
    tested = {i for block in held_out for i in range(116)[block]}
    assert len(tested) == 3 * volumes.BLOCK
    assert seen == set(range(116)) - tested


def test_without_noise_brightness_alone_is_right(balls):
    brightness, labels = balls
    predict = volumes.table_of_brightness(brightness, labels, [slice(0, 28)], 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(predict(brightness), labels)


# The brain itself -----------------------------------------------------------------------------------------------------


def test_a_volume_shrinks_to_the_means_of_blocks():
    volume = np.arange(3 * 4 * 5.0).reshape(3, 4, 5)
    small = brain.shrink(volume, 2)
    assert small.shape == (1, 2, 2) and small[0, 1, 0] == volume[:2, 2:, :2].mean()


def test_without_the_package_the_error_names_the_command(monkeypatch):
    monkeypatch.setitem(brain.FILES, "t1", "0" * 64)
    monkeypatch.setattr(brain, "FILE", "no such file, {}")
    with pytest.raises(ValueError, match="brain: no such file, t1 of the package nilearn is not installed; run: pip install"):
        brain.load_brain(factor=64)
