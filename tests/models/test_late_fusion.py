"""Late fusion: two nets, one for the colours and one for the other channels, whose scores are averaged."""

import numpy as np
import pytest

import minifcn
from minifcn.autograd import no_grad
from minifcn.data.catalogue import DATA
from minifcn.imagenet import freeze_pretrained, load_imagenet
from minifcn.models import FCN32s
from minifcn.models.catalogue import BACKBONES, SEGMENTATION, build
from minifcn.models.footprint import footprint
from minifcn.models.late_fusion import LateFusion
from minifcn.runs.options import Options
from minifcn.runs.run import run
from minifcn.runs.start import load_model

from .narrow_networks import moved
from .test_channels import SMALL, DepthData, imagenet_weights

SIZE = (33, 40)


def images(channels, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal((2, channels, *SIZE)).astype(np.float32))


@pytest.mark.parametrize("name", ["fcn8s", "unet", "pixelwise"])
def test_the_scores_are_the_mean_of_the_two_nets(name):
    net, x = build(name, 3, in_channels=5, fusion="late").eval(), images(5)
    with no_grad():
        alone = net.colour(x[:, :3]).data, net.other(x[:, 3:]).data
        np.testing.assert_allclose(net(x).data, (alone[0] + alone[1]) / 2, rtol=1e-6, atol=1e-7)
        assert type(net.colour) is type(net.other) is SEGMENTATION[name]


def test_averaging_before_the_upsampling_is_the_same():
    """As nyud-fcn32s-color-hha does; both nets upsample by the same fixed weights."""
    net, x = moved(build("fcn32s", 3, in_channels=6, fusion="late")).eval(), images(6).to("float64")
    coarse = []
    with no_grad():
        for stream, part in ((net.colour, x[:, :3]), (net.other, x[:, 3:])):
            stream.upscore.weight.data[...] = net.colour.upscore.weight.data
            coarse.append(stream.score_fr(stream.features(part)[2]))
        fused = net.colour.upscore((coarse[0] + coarse[1]) * 0.5).data
        crop = net.colour.crops[0]
        np.testing.assert_allclose(net(x).data, fused[:, :, crop : crop + SIZE[0], crop : crop + SIZE[1]], rtol=1e-9, atol=1e-12)


def test_fused_for_inference_it_computes_the_same():
    net, x = moved(build("fcn8s", 3, in_channels=4, fusion="late")).eval(), images(4).to("float64")
    with no_grad():
        np.testing.assert_allclose(net.fuse(64)(x).data, net(x).data, rtol=1e-7, atol=1e-9)
    assert footprint(net) == footprint(net.colour)


def test_both_streams_start_from_imagenet_and_are_frozen(monkeypatch):
    monkeypatch.setattr("minifcn.imagenet.pretrained", lambda name: imagenet_weights())
    net = LateFusion(*(FCN32s(BACKBONES["squeezenet"](in_channels=n, **SMALL), 3) for n in (3, 3)), 6)
    options = Options(model="fcn32s", backbone="squeezenet", pretrained="squeezenet", fusion="late", freeze=True)
    assert "conv1 to fire9 of both streams start from ImageNet's weights" in load_imagenet(net, options)
    for stream in net.streams():
        np.testing.assert_array_equal(stream.backbone.conv1.weight.data, imagenet_weights()["conv1.weight"])
    freeze_pretrained(net, options)
    learned = {name for name, p in net.named_parameters() if p.requires_grad}
    assert learned and all("score" in name for name in learned)


def test_a_run_is_saved_loaded_and_grows_by_a_skip(tmp_path, monkeypatch):
    monkeypatch.setitem(DATA, "depth", DepthData)
    options = {"data": "depth:here", "size": 32, "samples": 4, "batch": 2, "epochs": 1, "fusion": "late"}
    trained, _ = run(Options(model="fcn32s", **options), tmp_path / "32", quiet=True)
    net, _ = load_model(tmp_path / "32" / "checkpoint.npz")
    assert isinstance(net, LateFusion)
    for key, array in trained.state_dict().items():
        np.testing.assert_array_equal(net.state_dict()[key], array)
    grown, _ = run(Options(model="fcn16s", **options), tmp_path / "16", start=tmp_path / "32" / "checkpoint.npz", quiet=True)
    assert isinstance(grown, LateFusion) and "other.score_pool4.weight" in grown.state_dict()


def test_images_without_other_channels_are_refused():
    with pytest.raises(ValueError, match="the images have 3 channels, expected at least 4: red, green, blue and others"):
        build("fcn32s", 3, in_channels=3, fusion="late")
    with pytest.raises(ValueError, match="expected 'early' or 'late'"):
        build("fcn32s", 3, in_channels=4, fusion="middle")
    with pytest.raises(ValueError, match=r"input has shape \(2, 5, 33, 40\), expected \(N, 4, H, W\)"):
        build("fcn32s", 3, in_channels=4, fusion="late")(images(5))
