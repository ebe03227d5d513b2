"""Clockwork: deep maps of an earlier frame, skips of this one; with the period 1 the net itself."""

import numpy as np
import pytest

from minifcn import nn, no_grad, tensor
from minifcn.models import FCN8s, FCN16s, FCN32s
from minifcn.models.clockwork import Changed, Every, clockwork
from minifcn.models.fcn import FCN8sAtOnce
from minifcn.models.pspnet import PSPNet
from minifcn.models.unet import UNet

from .narrow_networks import CLASSES, backbone


def made(net=FCN8s, under="small"):
    """A narrow net in evaluation mode, whose score layers are not zero."""
    rng = np.random.default_rng(0)
    options = {"generator": rng} if net is PSPNet else {}
    net = net(backbone(under, rng), CLASSES, **options)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data[:] += rng.normal(0, 0.1, module.weight.shape)
    return net.eval()


def video(count=7, size=(50, 67), seed=0):
    return [tensor(frame) for frame in np.random.default_rng(seed).standard_normal((count, 1, 3, *size)).astype(np.float32)]


@no_grad()
def scores(net, frames):
    return [net(frame).numpy() for frame in frames]


@pytest.mark.parametrize("net, under", [(FCN8s, "small"), (FCN16s, "small"), (FCN32s, "resnet18"), (FCN8s, "resnet18"), (FCN8sAtOnce, "small"), (PSPNet, "resnet18")])  # fmt: skip
def test_with_the_period_1_the_scores_are_those_of_the_net_to_the_bit(net, under):
    net = made(net, under)
    np.testing.assert_array_equal(scores(clockwork(net, 1), video()), scores(net, video()))


def test_the_coarse_scores_are_of_the_last_tick_and_the_skips_of_this_frame():
    net, frames = made(), video()
    found = scores(clockwork(net, 3), frames)
    maps = [net.features(frame) for frame in frames]
    for t, frame in enumerate(frames):
        mixed = (*maps[t][:2], maps[t - t % 3][2])
        net.features = lambda x, mixed=mixed: mixed
        np.testing.assert_array_equal(found[t], net(frame).numpy())
    assert not np.array_equal(found[1], scores(made(), frames)[1])


def test_each_stage_is_computed_when_its_clock_ticks():
    net = clockwork(made(), {"pool4": Every(2), "pool5": Every(4)})
    scores(net, video(9))
    assert net.backbone.computed == {"pool1": 9, "pool2": 9, "pool3": 9, "pool4": 5, "pool5": 3, "head": 3}
    net = clockwork(made(under="resnet18"), 4)
    scores(net, video(9))
    assert net.backbone.computed["layer3"] == 9 and net.backbone.computed["layer4"] == 3


def test_when_a_stage_is_not_due_nor_are_those_after_it():
    net = clockwork(made(), {"pool4": Every(4), "pool5": Every(3)})
    scores(net, video(7))
    assert net.backbone.computed["pool4"] == 2 and net.backbone.computed["head"] == 1  # at frame 4 only pool4 is due


@pytest.mark.parametrize("clocks", [5, {"pool3": Every(2), "head": Changed(0.1)}])
def test_in_a_still_video_nothing_changes(clocks):
    net, frames = made(), 5 * video(1)
    np.testing.assert_array_equal(scores(clockwork(net, clocks), frames), scores(net, frames))


@pytest.mark.parametrize("threshold, times", [(0, 5), (0.2, 2), (1e9, 1)])
def test_an_adaptive_clock_ticks_when_its_input_has_changed(threshold, times):
    first, second = video(2)
    net = clockwork(made(), {"pool5": Changed(threshold)})
    nudged = [tensor(first.numpy() * factor) for factor in (1.01, 1.02, 1.03)]
    scores(net, [first, *nudged, second])
    assert net.backbone.computed["pool5"] == times


def test_an_adaptive_clock_compares_with_the_frame_of_its_last_tick():
    first, second = video(2)
    net = clockwork(made(), {"pool5": Changed(0.2)})
    scores(net, [first, second, second, second])
    assert net.backbone.computed["pool5"] == 2


def test_a_frame_of_another_size_and_a_reset_begin_another_video():
    net = made()
    clocked = clockwork(net, 100)
    for begin in (video(2, (40, 40), seed=1), video(2, (33, 70), seed=2)):
        np.testing.assert_array_equal(scores(clocked, begin)[0], scores(net, begin)[0])
    clocked.backbone.reset()
    np.testing.assert_array_equal(scores(clocked, video(1, (33, 70), seed=3)), scores(net, video(1, (33, 70), seed=3)))


def test_the_net_stays_as_it_is_and_its_layers_are_shared():
    net = made()
    before, clocked = scores(net, video(2)), clockwork(net, 2)
    scores(clocked, video())
    np.testing.assert_array_equal(scores(net, video(2)), before)
    assert clocked.backbone.conv1_1 is net.backbone.conv1_1 and list(clocked.state_dict()) == list(net.state_dict())


def test_wrong_clocks_are_reported_in_one_sentence():
    with pytest.raises(ValueError, match="whole number of at least 1"):
        clockwork(made(), 0)
    with pytest.raises(ValueError, match="at least 0"):
        Changed(float("nan"))
    with pytest.raises(ValueError, match="one of the stages pool1, pool2"):
        clockwork(made(), {"fc7": Every(2)})
    with pytest.raises(ValueError, match="UNet has no backbone"):
        clockwork(UNet(CLASSES, widths=(2, 3)), 2)
