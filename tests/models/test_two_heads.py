"""Two heads on one trunk: scores, the sum of the losses, and what both heads ask of the trunk.

The gradients of both heads are checked against finite differences in tests/gradcheck, as those of every network.
"""

import numpy as np
import pytest

import minifcn
from minifcn.functional import cross_entropy, focal_loss
from minifcn.models import FCN8s, FCN16s
from minifcn.models.footprint import footprint
from minifcn.models.two_heads import TwoHeads
from minifcn.models.vgg import SmallVGG
from minifcn.optim import SGD
from minifcn.step import pixel_loss, train_step

from .narrow_networks import moved

NARROW = {"widths": (3, 3, 3, 3, 3), "head": 8, "dropout": 0}
SIZE = (17, 20)


def two_heads(second_class=(0, 1, 1), seed=0, kind=FCN8s):
    """Three classes and two, over one narrow backbone; float64, every number off its start."""
    backbone = SmallVGG(generator=np.random.default_rng(seed), **NARROW)
    return moved(TwoHeads(kind(backbone, 3), kind(backbone, 2), second_class), seed)


def images(n=2, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal((n, 3, *SIZE)))


def labels(classes=3, n=2, seed=1):
    truth = np.random.default_rng(seed).integers(0, classes, (n, *SIZE))
    truth[0, :3] = 255
    return truth


def test_each_head_scores_as_its_fcn_alone():
    net, x = two_heads().eval(), images()
    with minifcn.no_grad():
        both = net.forward_both(x)
        for scores, alone in zip(both, (net.first, net.second)):
            np.testing.assert_array_equal(scores.data, alone(x).data)
        np.testing.assert_array_equal(net(x).data, both[0].data)
    assert [scores.shape[1] for scores in both] == [3, 2]


def test_the_loss_is_the_sum_and_the_class_weights_are_the_first_heads():
    net, x, truth = two_heads().eval(), images(), labels()
    second = np.where(truth == 255, 255, np.minimum(truth, 1))
    weight = np.array([0.5, 1.0, 2.0])
    with minifcn.no_grad():
        first, other = net.forward_both(x)
        for criterion in (cross_entropy, focal_loss):
            expected = criterion(first, truth, weight=weight, ignore_index=255) + criterion(other, second, ignore_index=255)
            loss = net.loss(x, truth, criterion, weight=weight, ignore_index=255)
            assert loss.item() == expected.item()
            maps = two_heads(None).eval()
            assert maps.loss(x, np.stack([truth, second], 1), criterion, weight=weight, ignore_index=255).item() == loss.item()


def test_a_pair_of_weights_has_one_for_each_heads_classes():
    net, x, truth = two_heads().eval(), images(), labels()
    second = np.where(truth == 255, 255, np.minimum(truth, 1))
    weights = np.array([0.5, 1.0, 2.0]), np.array([3.0, 0.25])
    with minifcn.no_grad():
        parts = zip(net.forward_both(x), (truth, second), weights)
        expected = sum(cross_entropy(scores, y, weight=w, ignore_index=255).item() for scores, y, w in parts)
        np.testing.assert_allclose(net.loss(x, truth, weight=weights, ignore_index=255).item(), expected, rtol=1e-12)


def test_the_trunks_gradient_is_the_sum_of_what_each_head_asks():
    net, x, truth = two_heads().eval(), images(), labels()
    second = np.where(truth == 255, 255, np.minimum(truth, 1))
    trunk = net.first.backbone.conv1_1.weight

    def gradient(loss):
        net.zero_grad()
        loss.backward()
        return trunk.grad.copy()

    together = gradient(net.loss(x, truth, ignore_index=255))
    alone = [gradient(cross_entropy(fcn(x), y, ignore_index=255)) for fcn, y in ((net.first, truth), (net.second, second))]
    assert min(np.abs(part).max() for part in alone) > 1e-6
    np.testing.assert_allclose(together, sum(alone), rtol=1e-9, atol=1e-12)


def test_a_step_trains_both_heads_through_the_same_interface():
    net = two_heads().to("float32")
    before = {name: p.data.copy() for name, p in net.named_parameters()}
    train_step(net, SGD(net.parameters(), 0.1), pixel_loss, images().data.astype("f4"), labels(), ignore_index=255)
    changed = {name for name, p in net.named_parameters() if not np.array_equal(p.data, before[name])}
    assert {"first.score_fr.weight", "second.score_fr.weight", "first.backbone.conv1_1.weight"} <= changed
    assert footprint(net) == footprint(net.first)


def test_what_does_not_fit_is_refused():
    one, other = (SmallVGG(**NARROW) for _ in range(2))
    for first, second in ((FCN8s(one, 3), FCN8s(other, 2)), (FCN8s(one, 3), FCN16s(one, 2))):
        with pytest.raises(ValueError, match="two FCNs of one kind over the same backbone"):
            TwoHeads(first, second)
    for wrong, words in (((0, 1), "expected 3 whole numbers"), ((0, 1, 2), "expected numbers from 0 to 1")):
        with pytest.raises(ValueError, match=words):
            TwoHeads(FCN8s(one, 3), FCN8s(one, 2), wrong)
    with pytest.raises(ValueError, match=r"expected \(N, 2, H, W\)"):
        two_heads(None).loss(images(), labels())
