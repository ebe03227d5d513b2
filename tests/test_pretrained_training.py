"""Training from pretrained weights: what is loaded, what stays fixed, and that images are scaled as they expect.

The weights here are made up; tests/pretrained has the tests of the real ones.
"""

from dataclasses import replace

import numpy as np
import pytest

from minifcn import imagenet
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data import LandCover, Shapes
from minifcn.data.catalogue import open_data
from minifcn.data.images import to_input, to_picture
from minifcn.models import BACKBONES, VGG16, AlexNetOWT, ResNet18, SqueezeNet
from minifcn.models.catalogue import SEGMENTATION
from minifcn.pretrained import PACKED
from minifcn.pretrained.names import NAMES_OF, WINDOWS
from minifcn.runs import run as run_of_options
from minifcn.runs.options import Options, load_data
from minifcn.runs.run import run
from minifcn.runs.start import load_model

FEW = (4, 4, 4, 4, 4)  # channels
TINY = {"data": "shapes", "size": 32, "samples": 4, "batch": 2, "epochs": 1, "lr": 1e-3}
SQUEEZENET = Options(model="fcn32s", backbone="squeezenet", pretrained="squeezenet", **TINY)


@pytest.fixture(autouse=True)
def weights(monkeypatch):
    """What stands in for the packages: {name: arrays}, of nets that are as narrow as they can be."""
    made = {}
    nets = {"vgg16": VGG16(widths=FEW, head=None), "alexnet-owt": AlexNetOWT(widths=FEW, head=None),
            "squeezenet": SqueezeNet(width=1 / 64)}  # fmt: skip
    for name, net in nets.items():
        rng = np.random.default_rng(0)
        shapes = {key: array.shape for key, array in net.state_dict().items()}
        made[name] = {key: rng.normal(0, 0.3, shape).astype(np.float32) for key, shape in shapes.items()}
    made["squeezenet"] |= {"conv10.weight": np.ones((1000, 2, 1, 1), "f4"), "conv10.bias": np.ones(1000, "f4")}
    monkeypatch.setattr(imagenet, "pretrained", made.__getitem__)
    narrow = {"vgg16": lambda head=4096, **options: VGG16(widths=FEW, head=head, **options),
              "alexnet-owt": lambda head=4096, **options: AlexNetOWT(widths=FEW, head=head, **options),
              "squeezenet": lambda **options: SqueezeNet(width=1 / 64, **options)}  # fmt: skip
    for name, backbone in narrow.items():
        monkeypatch.setitem(BACKBONES, name, backbone)
    return made


def vgg16(**options):
    return Options(**{"model": "fcn32s", "backbone": "vgg16", "pretrained": "vgg16", **TINY, **options})


def same(model, arrays):
    """Of those layers that the backbone and the arrays share: {key: whether their numbers are the same}."""
    state = model.backbone.state_dict()
    return {key: np.array_equal(state[key], array) for key, array in arrays.items() if key in state}


# What is loaded, and what is trained ----------------------------------------------------------------------------------


def test_frozen_layers_keep_the_pretrained_weights_and_the_others_learn(weights, tmp_path):
    model, _ = run(vgg16(freeze=True), tmp_path, quiet=True)
    kept = same(model, weights["vgg16"])
    assert len(kept) == 26 and all(kept.values())
    assert np.any(model.score_fr.bias.numpy()) and np.any(model.backbone.fc7.bias.numpy())


def test_every_array_of_frozen_layers_stays_also_the_statistics_of_batch_norm(tmp_path, monkeypatch):
    options, arrays = frozen_resnet(tmp_path, monkeypatch)
    model, _ = run(options, tmp_path / "run", quiet=True)
    kept = same(model, arrays)
    assert all(kept.values()) and len(kept) == len(arrays) and sum("running" in key for key in kept) == 40
    assert model.score_fr.bias.numpy().any()


def frozen_resnet(tmp_path, monkeypatch):
    """(Options of a narrow FCN over a frozen ResNet-18, the arrays that it starts from)."""
    monkeypatch.setitem(BACKBONES, "resnet18", lambda **options: ResNet18(width=1 / 16, **options))
    monkeypatch.setitem(WINDOWS, "resnet18", {})  # the last layers are narrower than 512 channels
    arrays, rng = ResNet18(width=1 / 16).state_dict(), np.random.default_rng(0)
    for key, array in arrays.items():
        if "running" in key:
            array[...] = rng.uniform(0.5, 1, array.shape)
    classes = {"fc.weight": np.ones((1000, 32), np.float32), "fc.bias": np.ones(1000, np.float32)}
    np.savez(tmp_path / "w.npz", **arrays, **classes)
    options = replace(Options(model="fcn32s", pretrained="resnet18", freeze=True, **TINY), backbone="resnet18", epochs=2)
    return replace(options, weights=str(tmp_path / "w.npz")), arrays


def test_dropout_between_frozen_layers_is_off_and_the_one_before_what_learns_is_on(tmp_path, monkeypatch):
    file_of_vgg16(tmp_path / "vgg16.npz", monkeypatch)
    narrow = BACKBONES["vgg16"]
    monkeypatch.setitem(BACKBONES, "vgg16", lambda head=6, **options: narrow(head=head, **options))
    model, _ = run(vgg16(freeze=True, weights=str(tmp_path / "vgg16.npz")), tmp_path / "run", quiet=True)
    model.train()
    assert not model.backbone.drop6.training and model.backbone.drop7.training


def test_layers_are_frozen_up_to_the_one_that_is_named(weights, tmp_path, capsys):
    model, _ = run(vgg16(freeze="pool2"), tmp_path)
    kept = [key for key, unchanged in same(model, weights["vgg16"]).items() if unchanged]
    assert {key.partition(".")[0] for key in kept} == {"conv1_1", "conv1_2", "conv2_1", "conv2_2"}
    assert "are trained further, except up to pool2, which stay fixed" in capsys.readouterr().out
    assert model.backbone.conv1_1.weight.grad is None and model.backbone.conv3_1.weight.grad is not None


def test_without_freeze_they_are_where_training_starts(weights, tmp_path):
    start, _ = run(replace(SQUEEZENET, lr=1e-12), tmp_path / "a", quiet=True)
    state = start.backbone.state_dict()
    assert all(np.allclose(state[key], weights["squeezenet"][key], atol=1e-6) for key in state)
    model, _ = run(SQUEEZENET, tmp_path / "b", quiet=True)
    assert not all(same(model, weights["squeezenet"]).values())


def test_one_sentence_says_which_layers_are_loaded_and_which_are_not(tmp_path, capsys):
    run(vgg16(freeze=True), tmp_path)
    assert capsys.readouterr().out.splitlines()[0] == (
        "fcn32s: conv1_1 to conv5_3 start from ImageNet's weights and stay fixed; starting from scratch: fc6 (256 channels),"
        " fc7 (256 channels), score_fr"
    )


HEADS = [name for name, net in SEGMENTATION.items() if net.paper]
HEADS_ON_BACKBONES = [  # each head on one of the backbones, on all in slow tests
    pytest.param(head, backbone, marks=[pytest.mark.slow] * ((i - k) % 3 != 0))
    for i, head in enumerate(HEADS) for k, backbone in enumerate(["vgg16", "alexnet-owt", "squeezenet"])
]  # fmt: skip


@pytest.mark.parametrize("model, backbone", HEADS_ON_BACKBONES)
def test_any_head_stands_on_frozen_pretrained_layers_and_learns(model, backbone, weights, tmp_path):
    options = Options(model=model, backbone=backbone, pretrained=backbone, freeze=True, **TINY)
    net, _ = run(options, tmp_path, quiet=True)
    kept = same(net, weights[backbone])
    assert all(kept.values()) and len(kept) == len(weights[backbone]) - 2 * (backbone == "squeezenet")
    learned = [p for name, p in net.named_parameters() if not name.startswith(("backbone.", "upscore"))]
    assert learned and all(p.requires_grad and p.grad is not None for p in learned)


def test_the_sentence_names_the_layers_of_any_head(tmp_path, capsys):
    run(vgg16(model="deeplab-v3"), tmp_path)
    assert capsys.readouterr().out.splitlines()[0] == (
        "deeplab-v3: conv1_1 to conv5_3 start from ImageNet's weights and are trained further; starting from scratch: aspp, image_pooling,"
        " project, score"
    )


def test_the_head_is_narrow_unless_told_otherwise(tmp_path):
    assert run(vgg16(), tmp_path / "a", quiet=True)[0].backbone.channels["head"] == 256
    assert run(vgg16(head=8), tmp_path / "b", quiet=True)[0].backbone.channels["head"] == 8
    assert run(vgg16(pretrained=None, head=9), tmp_path / "c", quiet=True)[0].backbone.channels["head"] == 9


def test_the_next_net_starts_from_the_trained_one_and_not_from_the_weights_again(weights, tmp_path):
    before, _ = run(vgg16(lr=1e-2), tmp_path / "a", quiet=True)
    options = vgg16(model="fcn16s", freeze=True)
    after, _ = run(options, tmp_path / "b", start=tmp_path / "a" / "checkpoint.npz", quiet=True)
    assert not all(same(after, weights["vgg16"]).values())
    learned = before.backbone.state_dict()
    assert all(same(after, {key: learned[key] for key in weights["vgg16"]}).values())


def test_a_resumed_run_ends_with_the_same_bits(tmp_path, monkeypatch):
    options, _ = frozen_resnet(tmp_path, monkeypatch)
    whole, _ = run(options, tmp_path / "a", quiet=True)
    fit, path = run_of_options.fit, tmp_path / "b" / "checkpoint.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_of_options, "fit", lambda *args, **more: fit(*args, **{**more, "epochs": 1}))
        run(options, tmp_path / "b", quiet=True)
    assert load_checkpoint(path).progress["epoch"] == 1
    resumed, _ = run(options, tmp_path / "b", resume=True, quiet=True)
    ends = resumed.state_dict()
    assert all(np.array_equal(ends[key], array) for key, array in whole.state_dict().items())


# Weights of a file ----------------------------------------------------------------------------------------------------


def file_of_vgg16(path, monkeypatch, source="torchvision"):
    """Writes VGG16's weights, full connections and classes included, under another's names; returns them under ours."""
    monkeypatch.setitem(WINDOWS, "vgg16", {})
    names = next(names for names in NAMES_OF["vgg16"] if names.source == source)
    theirs = {ours: layer for layer, ours in names.layers.items()}
    rng, result, written = np.random.default_rng(1), {}, {}
    shapes = {key: a.shape for key, a in VGG16(widths=FEW, head=6).state_dict().items()}
    for key, shape in (shapes | {"fc8.weight": (1000, 6, 1, 1), "fc8.bias": (1000,)}).items():
        layer, _, parameter = key.rpartition(".")
        result[key] = rng.normal(0, 0.1, shape).astype(np.float32)
        first = key == "conv1_1.weight" and names.bgr
        written[f"{theirs[layer]}.{parameter}"] = result[key][:, ::-1] if first else result[key]
    np.savez(path, **written)
    return result


@pytest.mark.parametrize("source", ["torchvision", "Caffe"])
def test_a_file_gives_fc6_and_fc7_too_and_its_own_scale(source, tmp_path, monkeypatch):
    arrays = file_of_vgg16(tmp_path / "vgg16.npz", monkeypatch, source)
    narrow = BACKBONES["vgg16"]
    monkeypatch.setitem(BACKBONES, "vgg16", lambda head=6, **options: narrow(head=head, **options))
    options = vgg16(freeze=True, weights=str(tmp_path / "vgg16.npz"))
    model, _ = run(options, tmp_path / "run", quiet=True)
    kept = same(model, arrays)
    assert len(kept) == 30 and all(kept.values())
    (tmp_path / "vgg16.npz").unlink()  # the checkpoint knows the scale without it
    _, trained = load_model(tmp_path / "run" / "checkpoint.npz")
    assert trained.source == source
    expected = next(names.scale for names in NAMES_OF["vgg16"] if names.source == source)
    assert scale(trained) == tuple(expected.values())


@pytest.mark.parametrize("options", [{"head": 5}, {"model": "deeplab-largefov"}])
def test_a_files_fc6_and_fc7_are_left_out_where_the_net_has_others_or_none(options, tmp_path, monkeypatch):
    arrays = file_of_vgg16(tmp_path / "vgg16.npz", monkeypatch)
    model, _ = run(vgg16(freeze=True, weights=str(tmp_path / "vgg16.npz"), **options), tmp_path / "run", quiet=True)
    kept = same(model, {key: a for key, a in arrays.items() if not key.startswith("fc")})
    assert len(kept) == 26 and all(kept.values())


# The scale of the images ----------------------------------------------------------------------------------------------


def scale(options):
    data = load_data(options)
    return data.mean, data.std


def splits(name, samples, scale=None):
    data = open_data(name, 32, samples)
    data = data.rescaled(**scale) if scale else data
    return data.train(), data.validation()


@pytest.mark.parametrize("name", ["vgg16", "squeezenet"])
def test_images_are_scaled_as_the_weights_expect(name):
    own, told = Shapes(4, 32), PACKED[name].scale
    for ours, theirs in zip(splits("shapes", 4, told), (own, Shapes(64, 32, seed=1))):
        (image, label), (before, same_label) = ours[0], theirs[0]
        rgb = before * np.reshape(own.std, (3, 1, 1)) + np.reshape(own.mean, (3, 1, 1))
        expected = (rgb - np.reshape(told["mean"], (3, 1, 1))) / np.reshape(told["std"], (3, 1, 1))
        np.testing.assert_allclose(image, expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(label, same_label)
        assert image.dtype == np.float32 and (ours.mean, ours.std) == (told["mean"], told["std"])


def test_land_cover_is_still_mirrored_and_gives_the_same_pictures_in_the_other_scale():
    plain, scaled = splits("landcover", 6)[0], splits("landcover", 6, PACKED["vgg16"].scale)[0]
    assert (LandCover.mean, LandCover.std) == (plain.mean, plain.std)
    for i in range(6):
        (a, label_a), (b, label_b) = (dataset.sample(i, np.random.default_rng(i)) for dataset in (plain, scaled))
        np.testing.assert_array_equal(to_picture(a, plain.mean, plain.std), to_picture(b, scaled.mean, scaled.std))
        np.testing.assert_array_equal(label_a, label_b)


def test_predict_scales_a_picture_as_training_did(tmp_path, monkeypatch):
    from minifcn import predict
    from minifcn.data.images import write_image

    out, seen = tmp_path / "run", []
    run(SQUEEZENET, out, quiet=True)
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    write_image(tmp_path / "a.png", picture)
    to_network_input = predict.to_network_input
    monkeypatch.setattr(predict, "to_network_input", lambda *arguments: seen.append(to_network_input(*arguments)) or seen[-1])
    arguments = ["predict", str(tmp_path / "a.png"), "--checkpoint", str(out / "checkpoint.npz")]
    assert main([*arguments, "--out", str(tmp_path / "labels")]) == 0
    np.testing.assert_array_equal(seen[0], to_input(picture, **PACKED["squeezenet"].scale))


# Checkpoints ----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_loaded_without_the_packages(tmp_path, monkeypatch):
    model, _ = run(vgg16(freeze=True), tmp_path, quiet=True)
    monkeypatch.setattr(imagenet, "pretrained", None)
    loaded, options = load_model(tmp_path / "checkpoint.npz")
    assert options == vgg16(freeze=True, head=256) and scale(options) == tuple(PACKED["vgg16"].scale.values())
    assert all(np.array_equal(loaded.state_dict()[key], array) for key, array in model.state_dict().items())


def test_the_checkpoint_of_an_older_run_is_read_and_resumed(tmp_path):
    options = Options(model="pixelwise", **TINY)
    run(options, tmp_path, quiet=True)
    config = load_checkpoint(tmp_path / "checkpoint.npz").config
    assert not config.keys() & {"pretrained", "freeze", "head"}  # as before they existed
    assert load_model(tmp_path / "checkpoint.npz")[1] == options
    assert scale(options) == (Shapes.mean, Shapes.std)
    run(options, tmp_path, resume=True, quiet=True)


# What does not fit together -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "sentence"), [
    (Options(freeze=True), "freeze is given without pretrained; add"),
    (Options(backbone_rate=0.1), "backbone-rate is given without pretrained; add"),
    (vgg16(freeze="score_fr"), "freeze is 'score_fr', expected a layer up to which to freeze: conv1_1, .*, conv5_3$"),
    (Options(pretrained="vgg16"), "fcn8s has the backbone 'small', expected 'vgg16'"),
    (Options(model="pixelwise", pretrained="vgg16"), "pretrained is 'vgg16', but pixelwise has no backbone to start"),
    (Options(model="unet", pretrained="vgg16"), "pretrained is 'vgg16', but unet has no backbone to start"),
    (Options(backbone="small", pretrained="small"), "pretrained is 'small', expected one of vgg11, vgg13, vgg16"),
    (Options(backbone="alexnet", pretrained="alexnet"), "no package has the weights of alexnet, only those of vgg16, alex"),
    (Options(weights="a.pth"), "weights is given without pretrained; add"),
    (Options(backbone="resnet18", pretrained="resnet18", weights="a.pth"), "cannot read a.pth"),
    (Options(backbone="squeezenet", head=8), "head is 8, but squeezenet has no fc6 and fc7"),
])  # fmt: skip
def test_options_that_do_not_fit_together_are_told(options, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        run(options, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_start_that_was_scaled_otherwise_is_told(tmp_path):
    run(vgg16(pretrained=None, head=256), tmp_path / "a", quiet=True)
    with pytest.raises(ValueError, match="has pretrained None, but 'vgg16' was requested"):
        run(vgg16(), tmp_path / "b", start=tmp_path / "a" / "checkpoint.npz")
