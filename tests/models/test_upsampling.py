"""The upsampling family: sizes, gradients, PyTorch's values, and who draws checkerboards on a constant image."""

import numpy as np
import pytest

import minifcn
from minifcn import functional as F
from minifcn.gradcheck import assert_gradients
from minifcn.models.receptive_field import Layer
from minifcn.models.upsampling import UPSAMPLINGS, Upsampling, on_image


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def layer_and_inputs(kind, factor, dtype="float64", size=(3, 4)):
    """An Upsampling from 2 to 3 channels, and what it is called with."""
    layer = Upsampling(kind, 2, 3, factor, generator=np.random.default_rng(0)).to(dtype)
    indices = F.max_pool2d(images(2, 3, factor * size[0], factor * size[1]), factor, return_indices=True)[1]
    return layer, images(2, 2, *size).to(dtype), [indices] if kind == "unpool" else []


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", UPSAMPLINGS)
def test_every_kind_multiplies_the_size(kind, factor):
    for dtype in ("float32", "float64"):
        for size in ((3, 4), (1, 1)):
            layer, x, indices = layer_and_inputs(kind, factor, dtype, size)
            y = layer(x, *indices)
            assert y.shape == (2, 3, factor * size[0], factor * size[1])
            assert y.dtype == dtype


@pytest.mark.parametrize("kind", UPSAMPLINGS)
def test_gradients(kind):
    layer, x, indices = layer_and_inputs(kind, 2)
    assert_gradients(lambda x: layer(x, *indices), [x], dict(layer.named_parameters()))


def torch_upsampling(torch, layer, x, indices):
    """The same by PyTorch's functions, from the layer's state."""
    T = torch.nn.functional
    state = {name: torch.from_numpy(array) for name, array in layer.state_dict().items()}
    f, y = layer.factor, torch.from_numpy(x.numpy())
    if "before.weight" in state:
        y = T.conv2d(y, state["before.weight"], state["before.bias"], padding=1 if layer.kind == "shuffle" else 0)
    y = {
        "frozen": lambda: T.conv_transpose2d(y, state["enlarge.weight"], None, f, f // 2, groups=3),
        "learned": lambda: T.conv_transpose2d(y, state["enlarge.weight"], state["enlarge.bias"], f, f // 2),
        "upconv": lambda: T.conv_transpose2d(y, state["enlarge.weight"], state["enlarge.bias"], f),
        "nearest": lambda: T.interpolate(y, scale_factor=f),
        "bilinear": lambda: T.interpolate(y, scale_factor=f, mode="bilinear"),
        "unpool": lambda: T.max_unpool2d(y, torch.from_numpy(indices[0].numpy()).long(), f),
        "shuffle": lambda: T.pixel_shuffle(y, f),
    }[layer.kind]()
    if "after.weight" in state:
        y = T.conv2d(y, state["after.weight"], state["after.bias"], padding=1)
    return y.numpy()


@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("kind", UPSAMPLINGS)
def test_equals_torch(kind, factor):
    torch = pytest.importorskip("torch")
    layer, x, indices = layer_and_inputs(kind, factor)
    with minifcn.no_grad():
        ours = layer(x, *indices).numpy()
    np.testing.assert_allclose(ours, torch_upsampling(torch, layer, x, indices), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", UPSAMPLINGS)
def test_state_dict_there_and_back(kind):
    layer, x, indices = layer_and_inputs(kind, 2)
    other = Upsampling(kind, 2, 3, generator=np.random.default_rng(1)).to("float64")
    other.load_state_dict(layer.state_dict())
    assert np.array_equal(layer(x, *indices).data, other(x, *indices).data)


def test_frozen_and_bilinear_agree_inside():
    frozen, x, _ = layer_and_inputs("frozen", 4)
    bilinear = Upsampling("bilinear", 2, 3, 4).to("float64")
    bilinear.before = frozen.before
    inside = (..., slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(frozen(x).data[inside], bilinear(x).data[inside], rtol=1e-12)
    assert not any(p.requires_grad for p in frozen.enlarge.parameters())


@pytest.mark.parametrize("kind, draws", [("frozen", False), ("bilinear", False), ("nearest", False), ("learned", True),
                                         ("upconv", True), ("unpool", True), ("shuffle", True)])
def test_who_draws_a_pattern_on_a_constant_image(kind, draws):
    layer, x, indices = layer_and_inputs(kind, 2, size=(8, 8))
    y = layer(minifcn.tensor(np.ones(x.shape)), *indices).data[..., 4:-4, 4:-4]
    assert (y.std(axis=(2, 3)) > 1e-3).all() == draws
    assert draws or (y.std(axis=(2, 3)) < 1e-12).all()


def test_errors_are_told():
    with pytest.raises(ValueError, match="kind is 'cubic', expected one of frozen, learned"):
        Upsampling("cubic", 2, 3)
    with pytest.raises(ValueError, match="'unpool' found no indices"):
        Upsampling("unpool", 2, 3)(images(1, 2, 4, 4).to("float32"))


@pytest.mark.parametrize("factor", [0, -1, 2.5])
def test_a_factor_that_is_no_whole_number_of_at_least_1_is_refused(factor):
    with pytest.raises(ValueError, match="factor is"):
        Upsampling("nearest", 2, 2, factor)


# Onto the image -------------------------------------------------------------------------------------------------------


def test_an_aligned_map_is_laid_on_the_image_as_interpolate_does():
    x, pool = images(2, 3, 4, 5), Layer("pool", 2, 2, 0)
    np.testing.assert_allclose(
        on_image(x, [pool] * 3, (32, 40)).data, F.interpolate(x, scale_factor=8, mode="bilinear").data, rtol=1e-12
    )


@pytest.mark.parametrize("layers", [[("conv", 7, 2, 3), ("pool", 3, 2, 1)], [("conv", 3, 1, 100), ("pool", 2, 2, 0)],
                                    [("conv", 11, 4, 0), ("pool", 3, 2, 0)]])
def test_a_slope_stays_where_it_is_whatever_the_padding(layers):
    """Means over windows of a slope are the slope at the windows' centres; laid on the image, they are the image."""
    layers = [Layer(*layer) for layer in layers]
    (first, second), size = layers, (40, 51)
    start = -first.padding - second.padding * first.stride  # the slope goes on in the padding
    x = minifcn.tensor(np.add.outer(3.0 * np.arange(start, 200), np.arange(start, 200.0))[None, None])
    for layer in layers:
        x = F.avg_pool2d(x, layer.kernel_size, layer.stride)
    inside = (..., slice(9, None), slice(9, None))  # before the first unit's centre, its value is repeated
    slope = np.add.outer(3.0 * np.arange(40), np.arange(51.0))[None, None]
    np.testing.assert_allclose(on_image(x, layers, size).data[inside], slope[inside], rtol=1e-9)
