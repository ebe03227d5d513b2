"""Every network that labels pixels is built, trained, saved, resumed and used for prediction in the same way."""

import numpy as np
import pytest

from minifcn import manual_seed, no_grad, tensor
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data import Shapes, shapes
from minifcn.data.images import read_image, write_image
from minifcn.models import BACKBONES
from minifcn.models.catalogue import SEGMENTATION, Zeros, build
from minifcn.predict import predict
from minifcn.runs import run as run_of_options
from minifcn.runs.options import Options, make_model
from minifcn.runs.run import run
from minifcn.runs.start import load_model

TINY = {"data": "shapes", "size": 32, "samples": 2, "batch": 2}
NAMES = list(SEGMENTATION)


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    monkeypatch.setattr(shapes, "Shapes", lambda n, *size, **seed: Shapes(min(n, 2), *size, **seed))


def same(a, b):
    return all(np.array_equal(a[key], b[key]) for key in a.keys() | b.keys())


# Built ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_over_the_small_backbone_a_network_is_small(name):
    net = build(name, 5, backbone="small", generator=Zeros())
    assert sum(p.size for p in net.parameters()) < 1e6
    with no_grad():
        assert net.eval()(tensor(np.zeros((1, 3, 32, 48), np.float32))).shape == (1, 5, 32, 48)


@pytest.mark.parametrize("name, backbone, size", [
    ("fcn8s", "VGG16", 4096), ("hypercolumn", "VGG16", 4096), ("deeplab-largefov", "VGG16", 512),
    ("deeplab-aspp", "VGG16", 512), ("deeplab-v3", "ResNet50", 2048), ("pspnet", "ResNet50", 2048),
])  # fmt: skip
def test_in_the_papers_form_it_stands_on_the_papers_backbone(name, backbone, size):
    net = build(name, 5, backbone="paper", generator=Zeros())
    assert type(net.backbone).__name__ == backbone and net.backbone.channels[net.backbone.last] == size


def test_the_u_nets_have_the_papers_widths_unless_they_are_small():
    assert [build("unet", backbone=form, generator=Zeros()).widths[-1] for form in ("paper", "small")] == [1024, 64]


def test_options_reach_the_net():
    net = build("fcn16s", 4, backbone="small", geometry="caffe", upsampling="learned", head=9, generator=Zeros())
    assert (net.backbone.geometry, net.upsampling, net.backbone.channels["head"]) == ("caffe", "learned", 9)
    net = build("hypercolumn", 4, backbone="small", geometry="caffe", head=9, generator=Zeros())
    assert (net.backbone.geometry, net.backbone.channels["head"]) == ("caffe", 9)


@pytest.mark.parametrize("name, options, told", [
    ("fcn9s", {}, "the network is 'fcn9s'; did you mean fcn8s?"),
    ("fcn8s", {"backbone": "vgg12"}, "backbone is 'vgg12'; did you mean vgg1"),
    ("unet", {"backbone": "vgg16"}, "found backbone 'vgg16' for unet, which has none; leave it out"),
    ("unet", {"geometry": "caffe"}, "geometry is 'caffe', expected 'aligned' or 'valid' for unet"),
    ("pspnet", {"geometry": "caffe"}, "geometry is 'caffe', but pspnet has only 'aligned'"),
    ("hypercolumn", {"upsampling": "learned"}, "upsampling is 'learned', but hypercolumn offers no choice"),
    ("fcn8s", {"backbone": "resnet18", "head": 8}, "head is 8, but resnet18 has no fc6 and fc7; leave head out"),
    ("deeplab-v3", {"backbone": "vgg16", "head": 8}, "head is 8, but deeplab-v3 has no fc6 and fc7"),
])  # fmt: skip
def test_an_option_that_a_net_does_not_have_is_told(name, options, told, tmp_path):
    with pytest.raises(ValueError, match=told):
        build(name, 4, **options)
    with pytest.raises(ValueError, match=told):
        run(Options(model=name, **TINY, **options), tmp_path / "out")
    assert not (tmp_path / "out").exists()


# Trained --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_two_steps_are_saved_resumed_to_the_bit_and_loaded_for_prediction(name, tmp_path):
    options = Options(model=name, epochs=2, **TINY)
    whole, history = run(options, tmp_path / "a", quiet=True)
    fit, path = run_of_options.fit, tmp_path / "b" / "checkpoint.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_of_options, "fit", lambda *args, **more: fit(*args, **{**more, "epochs": 1}))
        run(options, tmp_path / "b", quiet=True)
    resumed, again = run(options, tmp_path / "b", resume=True, quiet=True)
    assert same(whole.state_dict(), resumed.state_dict()) and history == again and len(history) == 2
    loaded, told = load_model(path)
    assert told == options and load_checkpoint(path).config["model"] == name
    picture = np.random.default_rng(0).integers(0, 256, (19, 33, 3), np.uint8)
    label = predict(loaded, picture, Shapes.mean, Shapes.std)
    np.testing.assert_array_equal(label, predict(whole, picture, Shapes.mean, Shapes.std))


def test_the_auxiliary_scores_of_pspnet_are_trained_too(tmp_path):
    options = Options(model="pspnet", epochs=1, **TINY)
    manual_seed(options.seed)
    start = make_model(options, 4)
    net, _ = run(options, tmp_path, quiet=True)
    assert np.all(net.aux.score.bias.numpy() != start.aux.score.bias.numpy())


@pytest.mark.parametrize("name", ["deeplab-v3", "pspnet"])
def test_one_image_a_batch_is_too_few_where_means_of_images_are_normalised(name, tmp_path, capsys):
    arguments = ["train", "--model", name, "--data", "shapes", "--batch", "1", "--out", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert f"a batch has 1 image, expected at least 2, since {name} normalises" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_papers_backbone_is_written_down_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setitem(BACKBONES, "resnet50", lambda **options: BACKBONES["resnet18"](width=0.07, **options))
    options = Options(model="pspnet", backbone="paper", epochs=1, **TINY)
    run(options, tmp_path, quiet=True)
    assert load_model(tmp_path / "checkpoint.npz")[1].backbone == "resnet50"
    run(options, tmp_path, resume=True, quiet=True)


def test_a_net_starts_from_the_same_net_and_from_no_other(tmp_path):
    unet = Options(model="unet", epochs=1, **TINY)
    before, _ = run(unet, tmp_path / "a", quiet=True)
    start = tmp_path / "a" / "checkpoint.npz"
    after, _ = run(Options(**{**vars(unet), "lr": 1e-12}), tmp_path / "b", start=start, quiet=True)
    np.testing.assert_allclose(after.score.weight.numpy(), before.score.weight.numpy(), atol=1e-8)
    with pytest.raises(ValueError, match=r"cannot make attention-unet from the unet of .*; start from attention-unet"):
        run(Options(model="attention-unet", epochs=1, **TINY), tmp_path / "c", start=start)


# Used -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["deeplab-aspp", "pspnet", "hypercolumn", "attention-unet"])
def test_the_command_predicts_with_nets_that_end_without_transposed_convolutions(name, tmp_path, capsys):
    run(Options(model=name, epochs=1, **TINY), tmp_path, quiet=True)
    write_image(tmp_path / "a.png", np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
    arguments = ["predict", str(tmp_path / "a.png"), "--checkpoint", str(tmp_path / "checkpoint.npz")]
    assert main([*arguments, "--out", str(tmp_path / "labels")]) == 0, capsys.readouterr().err
    assert read_image(tmp_path / "labels" / "a_label.png").shape == (40, 50, 3)


def test_every_name_of_the_catalogue_is_known_to_train(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in SEGMENTATION)
