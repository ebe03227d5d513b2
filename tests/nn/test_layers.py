"""Layers: PyTorch's initialisation, seeded dropout, batch norm's statistics, and the sizes they refuse."""

import math

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.nn import init


def rng():
    return np.random.default_rng(0)


# Initialisation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer, fan_in",
    [
        (lambda g: nn.Conv2d(8, 64, (3, 5), groups=2, generator=g), 4 * 15),
        (lambda g: nn.ConvTranspose2d(64, 16, 3, groups=2, generator=g), 8 * 9),
        (lambda g: nn.Linear(50, 64, generator=g), 50),
    ],
)
def test_weight_and_bias_start_even_within_one_over_the_root_of_fan_in(layer, fan_in):
    net, bound = layer(rng()), 1 / math.sqrt(fan_in)
    for p in (net.weight, net.bias):
        assert np.abs(p.numpy()).max() <= bound and np.abs(p.numpy()).max() > 0.8 * bound
    assert np.isclose(net.weight.numpy().std(), bound / math.sqrt(3), rtol=0.05)


def test_the_same_generator_gives_the_same_weights_and_manual_seed_is_the_default():
    a, b = (nn.Conv2d(2, 3, 3, generator=rng()) for _ in range(2))
    assert np.array_equal(a.weight.numpy(), b.weight.numpy())
    minifcn.manual_seed(5)
    first = nn.Linear(3, 3).weight.numpy()
    minifcn.manual_seed(5)
    assert np.array_equal(first, nn.Linear(3, 3).weight.numpy())


@pytest.mark.parametrize(
    "fill, std",
    [
        (lambda w: init.kaiming_normal_(w, generator=rng()), math.sqrt(2 / (64 * 9))),
        (lambda w: init.kaiming_normal_(w, mode="fan_out", generator=rng()), math.sqrt(2 / (128 * 9))),
        (lambda w: init.kaiming_uniform_(w, generator=rng()), math.sqrt(2 / (64 * 9))),
        (lambda w: init.kaiming_uniform_(w, 0.2, nonlinearity="tanh", generator=rng()), 5 / 3 / math.sqrt(64 * 9)),
        (lambda w: init.kaiming_normal_(w, 0.2, "fan_out", generator=rng()), math.sqrt(2 / 1.04 / (128 * 9))),
        (lambda w: init.kaiming_normal_(w, 0.2, "fan_out", "relu", rng()), math.sqrt(2 / (128 * 9))),
        (lambda w: init.xavier_uniform_(w, generator=rng()), math.sqrt(2 / (192 * 9))),
        (lambda w: init.xavier_normal_(w, 2.0, rng()), 2 * math.sqrt(2 / (192 * 9))),
        (lambda w: init.normal_(w, 0.0, 0.01, generator=rng()), 0.01),
        (lambda w: init.zeros_(w), 0.0),
    ],
)
def test_initialisers_fill_in_place_with_the_right_spread(fill, std):
    weight = nn.Parameter(np.ones((128, 64, 3, 3), np.float32))
    assert fill(weight) is weight and weight.dtype == np.float32
    assert abs(weight.numpy().mean()) < 0.02 * std + 1e-12 and np.isclose(weight.numpy().std(), std, rtol=0.02)


def test_gains_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in init.GAINS:
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name), name
        assert init.calculate_gain(name, 0.3) == torch.nn.init.calculate_gain(name, 0.3), name


def test_bilinear_matches_the_paper_code_for_odd_and_even_kernels():
    def upsample_filt(size):                                          # surgery.py of the authors' repository
        factor = (size + 1) // 2
        center = factor - 1 if size % 2 == 1 else factor - 0.5
        og = np.ogrid[:size, :size]
        return (1 - abs(og[0] - center) / factor) * (1 - abs(og[1] - center) / factor)

    for k in (1, 2, 3, 4, 5, 7, 8, 16, 63, 64):
        weight = init.bilinear_(nn.Parameter(np.ones((2, 1, k, k))))
        np.testing.assert_allclose(weight.numpy()[1, 0], upsample_filt(k), rtol=1e-15)


def test_bilinear_fills_only_the_diagonal_of_a_dense_weight():
    weight = init.bilinear_(nn.Parameter(np.ones((3, 3, 4, 4), np.float32))).numpy()
    assert weight[0, 0, 0].tolist() == [0.0625, 0.1875, 0.1875, 0.0625]
    assert np.array_equal(weight.sum((2, 3)), 4 * np.eye(3))


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("groups", [1, 3])
def test_a_bilinear_transposed_convolution_is_interpolate_inside(factor, groups):
    k = 2 * factor - factor % 2
    up = nn.ConvTranspose2d(3, 3, k, factor, (k - factor) // 2, groups=groups, bias=False).to("float64")
    init.bilinear_(up.weight)
    x = minifcn.tensor(rng().standard_normal((1, 3, 6, 5)))
    y = minifcn.functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False).numpy()
    inside = (..., slice(factor, -factor), slice(factor, -factor))
    np.testing.assert_allclose(up(x).numpy()[inside], y[inside], rtol=0, atol=1e-12)


def test_initialisers_name_what_they_cannot_fill():
    with pytest.raises(ValueError, match=r"bilinear_: weight has shape \(2, 3, 4, 4\)"):
        init.bilinear_(nn.Parameter(np.ones((2, 3, 4, 4))))
    with pytest.raises(ValueError, match=r"init: the tensor has shape \(3,\)"):
        init.kaiming_normal_(nn.Parameter(np.ones(3)))
    with pytest.raises(ValueError, match="init: mode is 'fan'"):
        init.kaiming_normal_(nn.Parameter(np.ones((3, 3))), mode="fan")
    with pytest.raises(ValueError, match="init: nonlinearity is 'gelu', expected one of 'linear', .* 'selu'"):
        init.kaiming_uniform_(nn.Parameter(np.ones((3, 3))), nonlinearity="gelu")


# Layers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "Conv2d: in_channels is 3, expected a multiple of groups"),
        (lambda: nn.ConvTranspose2d(4, 3, 3, groups=2), "ConvTranspose2d: out_channels is 3"),
        (lambda: nn.Conv2d(3, 0, 3), "Conv2d: out_channels is 0"),
        (lambda: nn.Conv2d(3, 4, 0), "Conv2d: kernel_size is 0"),
        (lambda: nn.Linear(0, 3), "Linear: in_features is 0"),
        (lambda: nn.MaxPool2d(2, padding=2), "MaxPool2d: padding"),
        (lambda: nn.MaxUnpool2d(2, padding=2), "MaxUnpool2d: padding"),
        (lambda: nn.PixelShuffle(0), "PixelShuffle: upscale_factor"),
        (lambda: nn.AvgPool2d((2, 2, 2)), "AvgPool2d: kernel_size"),
        (lambda: nn.Dropout(1.5), "Dropout: p is 1.5"),
        (lambda: nn.Dropout2d(-0.1), "Dropout2d: p is -0.1"),
        (lambda: nn.Upsample(), "Upsample: size is None"),
        (lambda: nn.BatchNorm2d(0), "BatchNorm2d: num_features is 0"),
        (lambda: nn.BatchNorm2d(4)(minifcn.tensor(np.ones((2, 3, 4, 4)))), "BatchNorm2d: input has shape"),
    ],
)
def test_a_wrong_size_is_told_with_the_layers_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_dropout_draws_from_its_generator_only_in_training():
    x = minifcn.tensor(np.ones((4, 3, 5, 5), np.float32))
    layer = nn.Dropout(0.5, generator=rng())
    first = layer(x).numpy()
    layer.generator = rng()
    assert np.array_equal(first, layer(x).numpy()) and set(np.unique(first)) == {0.0, 2.0}
    assert layer.eval()(x) is x


def test_dropout2d_drops_whole_channels():
    y = nn.Dropout2d(0.5, generator=rng())(minifcn.tensor(np.ones((4, 8, 3, 3), np.float32))).numpy()
    assert {len(np.unique(channel)) for image in y for channel in image} == {1}


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("track", [True, False])
def test_batch_norm_is_pytorchs_in_training_and_evaluation(affine, track):
    torch = pytest.importorskip("torch")
    ours = nn.BatchNorm2d(3, momentum=0.3, affine=affine, track_running_stats=track).to("float64")
    theirs = torch.nn.BatchNorm2d(3, momentum=0.3, affine=affine, track_running_stats=track).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for _ in range(3):
        x = rng().standard_normal((2, 3, 4, 5)) * 3 + 1
        y, z = ours(minifcn.tensor(x)), theirs(torch.from_numpy(x))
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), atol=1e-9)
    y, z = ours.eval()(minifcn.tensor(x)), theirs.eval()(torch.from_numpy(x))
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), atol=1e-9)
    for name, array in ours.state_dict().items():
        np.testing.assert_allclose(array, theirs.state_dict()[name].numpy(), rtol=1e-12)


def test_batch_norm_with_momentum_none_averages_all_batches_as_pytorchs():
    torch = pytest.importorskip("torch")
    layer, other = nn.BatchNorm2d(3, momentum=None), torch.nn.BatchNorm2d(3, momentum=None)
    for seed in range(4):
        x = np.random.default_rng(seed).standard_normal((2, 3, 4, 5)).astype(np.float32)
        layer(minifcn.tensor(x)), other(torch.from_numpy(x))
    for name, buffer in other.named_buffers():
        np.testing.assert_allclose(getattr(layer, name).numpy(), buffer.numpy(), rtol=1e-5, atol=1e-6)


def test_batch_norm_without_running_statistics_evaluates_with_the_batchs_as_pytorchs():
    torch = pytest.importorskip("torch")
    layer, other = nn.BatchNorm2d(3).eval(), torch.nn.BatchNorm2d(3).eval()
    for norm in (layer, other):
        norm.running_mean = norm.running_var = None
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    np.testing.assert_allclose(layer(minifcn.tensor(x)).numpy(), other(torch.from_numpy(x)).detach().numpy(), atol=1e-5)
    assert list(layer.state_dict()) == list(other.state_dict())


def test_batch_norm_with_tracking_switched_off_keeps_its_statistics_and_evaluates_with_them_as_pytorchs():
    torch = pytest.importorskip("torch")
    layer, other = nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    for tracks in (True, False):
        for norm, batch in (layer, minifcn.tensor(x + tracks)), (other, torch.from_numpy(x + tracks)):
            norm.track_running_stats = tracks
            norm(batch)
    for name, buffer in other.named_buffers():
        np.testing.assert_allclose(getattr(layer, name).numpy(), buffer.numpy(), rtol=1e-5)
    y, z = layer.eval()(minifcn.tensor(x)), other.eval()(torch.from_numpy(x))
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), atol=1e-5)


def test_bnrelu2d_is_batch_norm_and_relu_with_the_keys_of_batch_norm():
    layers = nn.BNReLU2d(3), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    for training in (True, False):
        y, expected = (layer.train(training)(minifcn.tensor(x)) for layer in layers)
        np.testing.assert_array_equal(y.data, expected.data)
        assert y.data.min() == 0
    assert layers[0].state_dict().keys() == layers[1][0].state_dict().keys()


def test_a_batch_that_batch_norm_refuses_is_not_counted():
    layer = nn.BatchNorm2d(3)
    with pytest.raises(ValueError, match="has 1 values per channel"):
        layer(minifcn.tensor(np.ones((1, 3, 1, 1), np.float32)))
    assert layer.num_batches_tracked.item() == 0


def test_cross_entropy_loss_keeps_its_class_weights_as_a_buffer():
    loss = nn.CrossEntropyLoss(weight=[1.0, 3.0], ignore_index=255)
    assert list(loss.state_dict()) == ["weight"] and not list(nn.CrossEntropyLoss().state_dict())
    value = loss(minifcn.tensor(np.zeros((1, 2, 1, 3), np.float32)), np.array([[[0, 1, 255]]])).item()
    assert math.isclose(value, math.log(2), rel_tol=1e-6)


def test_identity_and_flatten():
    x = minifcn.tensor(np.ones((2, 3, 4, 5), np.float32))
    assert nn.Identity()(x) is x and nn.Flatten()(x).shape == (2, 60)


# Pooling undone, and pixels shuffled ----------------------------------------------------------------------------------


def test_max_unpool_puts_back_what_max_pool_took():
    x = minifcn.tensor(rng().standard_normal((2, 3, 4, 6)))
    values, indices = nn.MaxPool2d(2, return_indices=True)(x)
    y = nn.MaxUnpool2d(2)(values, indices).data
    assert y.shape == x.shape
    assert np.array_equal(y[y != 0], x.data[y != 0]) and np.count_nonzero(y) == values.size


def test_pixel_shuffle_makes_pixels_of_channels():
    x = minifcn.tensor(np.arange(4.0).reshape(1, 4, 1, 1))
    assert nn.PixelShuffle(2)(x).data.tolist() == [[[[0, 1], [2, 3]]]]
    assert repr(nn.PixelShuffle(2)) == "PixelShuffle(upscale_factor=2)"
    assert repr(nn.MaxUnpool2d(3, 2)) == "MaxUnpool2d(kernel_size=3, stride=2, padding=0)"


@pytest.mark.parametrize(
    "make",
    [
        lambda lib: lib.AdaptiveAvgPool2d((None, 2)),
        lambda lib: lib.Upsample(scale_factor=1.4),
        lambda lib: lib.Upsample(scale_factor=(1.2, 2.4), mode="bilinear"),
        lambda lib: lib.ConvTranspose2d(3, 2, 3, dilation=3, padding=1, output_padding=2, bias=False),
    ],
    ids=["adaptive", "nearest", "bilinear", "transposed"],
)
def test_a_layer_is_pytorchs_where_sizes_and_factors_part(make):
    torch = pytest.importorskip("torch")
    ours, theirs = make(nn), make(torch.nn)
    x = rng().standard_normal((2, 3, 3, 4)).astype(np.float32)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        p.data[...] = q.detach().numpy()
    np.testing.assert_allclose(ours(minifcn.tensor(x)).numpy(), theirs(torch.tensor(x)).detach().numpy(), 1e-5, 1e-6)
