"""U-Net: the paper's sizes and counts, PyTorch's values, and the weight map."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.functional import cross_entropy
from minifcn.gradcheck import assert_gradients
from minifcn.models.unet import UNet, crop_center, tile_sizes, weight_map
from minifcn.models.upsampling import UPSAMPLINGS

NARROW = (2, 3, 4)


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def small(dtype="float64", seed=0, **options):
    """Two poolings, three classes."""
    net = UNet(3, **{"widths": NARROW, "generator": np.random.default_rng(seed), **options}).to(dtype)
    rng = np.random.default_rng(seed)
    for parameter in net.parameters():
        if parameter.ndim == 1:
            parameter.data[...] = 0.1 * rng.standard_normal(parameter.shape)
    return net


def test_the_papers_sizes():
    assert tile_sizes(572) == ([568, 280, 136, 64], [392, 200, 104, 56], 388)


def test_the_papers_sizes_are_those_of_the_net(monkeypatch):
    net, cuts = UNet(2, in_channels=1, widths=(1, 1, 1, 1, 1)).eval(), []

    def noted(x, size):
        cuts.append((x.shape[2:], size))
        return crop_center(x, size)

    monkeypatch.setattr("minifcn.models.unet.crop_center", noted)
    with minifcn.no_grad():
        assert net(images(1, 1, 572, 572).to("float32")).shape == (1, 2, 388, 388)
    sides = [(before[0], after[0]) for before, after in cuts]
    assert sides == [(64, 56), (136, 104), (280, 200), (568, 392)]


def test_the_paper_has_23_convolutions():
    net = UNet(2, in_channels=1)
    convolutions = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    assert len(convolutions) == 23
    assert sum(isinstance(m, nn.ConvTranspose2d) for m in convolutions) == 4
    assert [m.kernel_size for m in convolutions].count((3, 3)) == 18
    assert sum(p.size for p in net.parameters()) == 31_030_658


def test_a_skip_is_cut_around_its_middle():
    x = minifcn.tensor(np.arange(36.0).reshape(1, 1, 6, 6))
    assert crop_center(x, (2, 4)).data.tolist() == [[[[13, 14, 15, 16], [19, 20, 21, 22]]]]


def test_188_is_the_smallest_tile():
    assert [n for n in range(1, 210) if tile_sizes(n)] == [188, 204]


@pytest.mark.parametrize("size", [(1, 1), (4, 7), (13, 8)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_padded_takes_any_size(size, dtype):
    scores = small(dtype, padded=True)(images(2, 3, *size).to(dtype))
    assert scores.shape == (2, 3, *size)
    assert scores.dtype == dtype


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind != "unpool")) for kind in UPSAMPLINGS])
def test_every_upsampling_has_gradients(kind):
    """Alone, each is checked in tests/gradcheck; unpooling takes indices from the other side of the U."""
    net = small(padded=True, upsampling=kind, widths=(2, 3), dropout=0)
    assert_gradients(net, [images(1, 3, 6, 4)], dict(net.named_parameters()), step=1e-4, max_entries=6)


def torch_unet(torch, state, x, levels, padding):
    """The net in PyTorch, written for itself."""
    T = torch.nn.functional
    state = {name: torch.from_numpy(array) for name, array in state.items()}

    def double(name, x):
        for conv in (".conv1", ".conv2"):
            x = T.relu(T.conv2d(x, state[name + conv + ".weight"], state[name + conv + ".bias"], padding=padding))
        return x

    x, skips = torch.from_numpy(x), []
    for i in range(1, levels + 1):
        skips.append(double(f"down{i}", x))
        x = T.max_pool2d(skips[-1], 2)
    x = double(f"down{levels + 1}", x)
    for i in range(levels, 0, -1):
        x = T.conv_transpose2d(x, state[f"up{i}.enlarge.weight"], state[f"up{i}.enlarge.bias"], stride=2)
        skip = skips[i - 1]
        cut = (skip.shape[2] - x.shape[2]) // 2
        skip = skip[:, :, cut : cut + x.shape[2], cut : cut + x.shape[3]]
        x = double(f"fuse{i}", torch.cat([skip, x], 1))
    return T.conv2d(x, state["score.weight"], state["score.bias"]).numpy()


@pytest.mark.parametrize("padded, side", [(False, 44), (False, 60), (True, 20)])
def test_equals_torch(padded, side):
    torch = pytest.importorskip("torch")
    net, x = small(padded=padded).eval(), images(2, 3, side, side)
    with minifcn.no_grad():
        scores = net(x).numpy()
    expected = torch_unet(torch, net.state_dict(), x.numpy(), 2, int(padded))
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)
    assert np.ptp(scores) > 0.1


def test_the_paper_sized_net_equals_torch():
    torch = pytest.importorskip("torch")
    net, x = small(widths=(2, 3, 4, 5, 6)).eval(), images(1, 3, 188, 188)
    with minifcn.no_grad():
        scores = net(x).numpy()
    assert scores.shape == (1, 3, 4, 4)
    np.testing.assert_allclose(scores, torch_unet(torch, net.state_dict(), x.numpy(), 4, 0), rtol=1e-9, atol=1e-9)


def test_state_dict_there_and_back():
    net, other, x = small(seed=0).eval(), small(seed=1).eval(), images(1, 3, 44, 44)
    other.load_state_dict(net.state_dict())
    assert np.array_equal(net(x).data, other(x).data)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: small()(images(1, 3, 45, 44)), "or too small; expected one like 48"),
        (lambda: small()(images(1, 1, 44, 44)), "expected (N, 3, H, W)"),
        (lambda: small(upsampling="unpool"), "use padded=True"),
        (lambda: small(upsampling="cubic"), "kind is 'cubic'"),
    ],
)
def test_errors_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call()
    assert told in str(error.value)


# The weight map -------------------------------------------------------------------------------------------------------


def two_cells():
    cells = np.zeros((9, 14), int)
    cells[2:7, 1:5], cells[3:8, 7:12] = 1, 2
    return cells


def distance(cells, cell, y, x):
    """By definition: from (y, x) to the nearest pixel on the other side of the cell's border."""
    other = np.argwhere((cells == cell) != (cells[y, x] == cell))
    return np.sqrt(((other - (y, x)) ** 2).sum(1)).min()


def test_weight_map_is_the_papers_formula():
    cells, weights = two_cells(), weight_map(two_cells(), w0=10, sigma=5)
    shares = {True: (cells > 0).mean(), False: (cells == 0).mean()}
    for y, x in np.ndindex(cells.shape):
        d1, d2 = distance(cells, 1, y, x), distance(cells, 2, y, x)
        expected = 0.5 / shares[bool(cells[y, x])] + 10 * np.exp(-((d1 + d2) ** 2) / (2 * 5**2))
        assert weights[y, x] == pytest.approx(expected, rel=1e-12)


def test_only_the_two_nearest_cells_count():
    cells = np.zeros((5, 40), int)
    cells[:, 30:34], cells[:, 6:10], cells[:, 0:4] = 1, 2, 3
    without = np.where(cells == 1, 0, cells)
    gap = (slice(None), slice(4, 6))
    np.testing.assert_allclose(weight_map(cells)[gap] - 0.5 / (cells == 0).mean(),
                               weight_map(without)[gap] - 0.5 / (without == 0).mean(), rtol=1e-12)


def test_the_gap_between_cells_weighs_most():
    weights, cells = weight_map(two_cells()), two_cells()
    y, x = np.unravel_index(weights.argmax(), weights.shape)
    assert cells[y, x] == 0 and 5 <= x < 7


@pytest.mark.parametrize("cells", [np.zeros((3, 4), int), np.ones((3, 4), int), np.eye(4, dtype=int)])
def test_fewer_than_two_cells_are_only_balanced(cells):
    weights = weight_map(cells)
    assert np.isfinite(weights).all()
    for inside in (True, False):
        kind = (cells > 0) == inside
        assert not kind.any() or weights[kind].sum() == pytest.approx(cells.size / 2)


def test_weight_map_takes_one_image_at_a_time():
    with pytest.raises(ValueError, match="once for each image"):
        weight_map(np.stack([two_cells()] * 2))


def test_weight_map_weighs_the_loss():
    labels = (two_cells() > 0).astype(int)[None]
    scores, weights = images(1, 2, *labels.shape[1:]), weight_map(two_cells())
    loss = (cross_entropy(scores, labels, reduction="none") * weights).mean()
    exp = np.exp(scores.data)
    chosen = np.take_along_axis(exp / exp.sum(1, keepdims=True), labels[:, None], 1)[:, 0]
    assert loss.item() == pytest.approx((-np.log(chosen) * weights).mean())
