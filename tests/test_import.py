"""`minifcn import`: miniatures of the FCN authors' .caffemodel files and of torchvision's .pth, and what comes out."""

import json

import numpy as np
import pytest
from models.narrow_networks import moved
from pretrained.protobuf import caffemodel
from published_data import make_voc

from minifcn import no_grad, tensor
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data.catalogue import open_data
from minifcn.data.images import read_image, to_picture, write_image
from minifcn.data.palette import voc_palette
from minifcn.metrics import ConfusionMatrix
from minifcn.models import BACKBONES, SEGMENTATION, VGG16, FCN8s, FCN16s, FCN32s, ResNet50, catalogue
from minifcn.models.alexnet import AlexNet
from minifcn.models.torchvision import TorchvisionFCN
from minifcn.predict import class_scores
from minifcn.pretrained import read_weights
from minifcn.pretrained.names import CAFFENET
from minifcn.runs.options import load_facts
from minifcn.runs.published import PUBLISHED
from minifcn.runs.start import load_model

NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s}
VGG = {"widths": (4, 6, 8, 10, 12), "head": 16}


@pytest.fixture
def narrow(monkeypatch):
    """The published nets' backbones, but narrow."""
    for name, options in (("vgg16", VGG), ("alexnet", {"widths": (2,) * 5, "head": 3}), ("resnet50", {"width": 1 / 32})):
        kind = BACKBONES[name]
        monkeypatch.setitem(catalogue.BACKBONES, name, lambda *place, kind=kind, options=options, **more: kind(*place, **(more | options)))


def write_caffemodel(path, net, first="conv1_1"):
    """The net as Caffe writes it: BGR, and upsampling weights for all pairs of classes, zero but for the diagonal."""
    arrays = {}
    for key, array in net.state_dict().items():
        key = key.removeprefix("backbone.")
        if key.startswith("upscore"):
            array = np.einsum("ij, ikl -> ijkl", np.eye(len(array)), array[:, 0])
        arrays[key] = array[:, ::-1] if key == f"{first}.weight" else array
    path.write_bytes(caffemodel(arrays))
    return path


def made_up(net, backbone):
    net = moved(net(backbone, 21), seed=1)
    return net.to("float32").eval()


@pytest.mark.parametrize("name", NETS)
def test_the_authors_fcn_gives_the_scores_of_their_prototxt(name, narrow, tmp_path):
    """Pictures in, scores out, by the command and by PyTorch: BGR minus the mean, padding 100, the published crops."""
    torch = pytest.importorskip("torch")
    from models.torch_twins import vgg16_fcn

    net = made_up(NETS[name], VGG16("caffe", generator=np.random.default_rng(0), **VGG))
    file = write_caffemodel(tmp_path / "x.caffemodel", net)
    assert main(["import", str(file), "--model", name, "--out", str(tmp_path / "out")]) == 0
    found, options = load_model(tmp_path / "out")
    facts = load_facts(options)
    picture = np.random.default_rng(2).integers(0, 256, (40, 33, 3), np.uint8)
    state = net.state_dict()
    state["backbone.conv1_1.weight"] = state["backbone.conv1_1.weight"][:, ::-1].copy()
    bgr = picture[:, :, ::-1].astype("f4") - np.float32([104.00699, 116.66877, 122.67892])
    expected = vgg16_fcn(state, torch.from_numpy(bgr.transpose(2, 0, 1)[None].copy())).numpy()[0]
    ours = class_scores(found, picture, facts.mean, facts.std)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * np.ptp(expected))


def test_torchvisions_pth_gives_the_scores_of_its_net(narrow, tmp_path):
    torch = pytest.importorskip("torch")
    from models.torch_networks import twin

    net = made_up(TorchvisionFCN, ResNet50(width=1 / 32, generator=np.random.default_rng(0)))
    theirs = twin(net).eval()
    theirs.load_state_dict({key: torch.from_numpy(array) for key, array in net.state_dict().items()})
    torch.save(theirs.state_dict(), tmp_path / "fcn_resnet50_coco.pth")
    assert main(["import", str(tmp_path / "fcn_resnet50_coco.pth"), "--model", "fcn-torchvision", "--out", str(tmp_path)]) == 0
    found, options = load_model(tmp_path)
    x = np.random.default_rng(2).standard_normal((1, 3, 48, 37), np.float32)
    with torch.no_grad(), no_grad():
        expected, ours = theirs(torch.from_numpy(x))[0].numpy(), found(tensor(x)).numpy()
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * np.ptp(expected))
    assert load_facts(options).mean == (0.485, 0.456, 0.406)


def test_what_was_imported_labels_photos_in_vocs_colours(narrow, tmp_path, capsys):
    net = made_up(FCN32s, AlexNet("caffe", generator=np.random.default_rng(0), widths=(2,) * 5, head=3))
    file = write_caffemodel(tmp_path / "x.caffemodel", net, "conv1")
    assert main(["import", str(file), "--model", "fcn-alexnet", "--out", str(tmp_path / "out")]) == 0
    assert f"saved {tmp_path}/out/checkpoint.npz" in capsys.readouterr().out
    write_image(tmp_path / "photo.png", np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8))
    arguments = ["predict", str(tmp_path / "photo.png"), "--checkpoint", str(tmp_path / "out"), "--out", str(tmp_path / "labels")]
    assert main(arguments) == 0
    colours = read_image(tmp_path / "labels" / "photo_label.png").reshape(-1, 3)
    assert {tuple(c) for c in np.unique(colours, axis=0)} <= {tuple(c) for c in voc_palette(21)}


@pytest.fixture
def imported(narrow, tmp_path, capsys):
    """The folder of a narrow FCN-16s of the authors, imported."""
    net = made_up(FCN16s, VGG16("caffe", generator=np.random.default_rng(0), **VGG))
    file = write_caffemodel(tmp_path / "x.caffemodel", net)
    assert main(["import", str(file), "--model", "fcn16s", "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    return tmp_path / "out"


def test_what_was_imported_is_scored_on_voc_as_it_expects_its_images(imported, tmp_path, capsys):
    root = make_voc(tmp_path / "VOCdevkit")
    scores = tmp_path / "scores"
    assert main(["evaluate", "--checkpoint", str(imported), "--data", f"voc:{root}", "--out", str(scores), "-q"]) == 0
    net, options = load_model(imported)
    facts, matrix = load_facts(options), ConfusionMatrix(21)
    for image, truth in open_data(f"voc:{root}").rescaled(facts.mean, facts.std).test():
        matrix.update(truth, class_scores(net, image).argmax(0))
    found = json.loads((scores / "scores.json").read_text())
    assert matrix.pixel_accuracy == found["pixel_accuracy"] and matrix.mean_iou == found["mean_iou"]
    assert main(["evaluate", "--checkpoint", str(imported), "--out", str(scores)]) == 1
    assert "voc: found no path; name the folder of the data set: voc:PATH" in capsys.readouterr().err


def test_what_was_imported_is_exported(imported, tmp_path):
    file = tmp_path / "net.safetensors"
    assert main(["export", "--checkpoint", str(imported), "--safetensors", str(file), "--onnx", str(tmp_path / "net.onnx")]) == 0
    net, _ = load_model(imported)
    ours, theirs = net.state_dict(), read_weights(file)
    assert len(theirs) == len(ours)
    np.testing.assert_array_equal(theirs["backbone.features.0.weight"], ours["backbone.conv1_1.weight"])
    assert (tmp_path / "net.onnx").stat().st_size > 10_000


def test_training_starts_from_what_was_imported_on_images_as_it_expects_them(imported, tmp_path, capsys):
    root = make_voc(tmp_path / "VOCdevkit")
    out = tmp_path / "trained"
    arguments = ["train", "--model", "fcn8s", "--backbone", "vgg16", "--geometry", "caffe", "--data", f"voc:{root}", "--size", "16",
                 "--batch", "2", "--lr", "1e-12", "--start", str(imported), "--out", str(out), "-q"]  # fmt: skip
    assert main([*arguments, "--epochs", "1"]) == 0
    (before, old), (after, new) = load_model(imported), load_model(out)
    assert new.model == "fcn8s" and load_facts(new).mean == load_facts(old).mean and load_facts(new).std == load_facts(old).std
    for name, array in before.state_dict().items():
        if name in after.state_dict() and not name.startswith("upscore"):
            np.testing.assert_allclose(after.state_dict()[name], array, atol=1e-9)
    assert main([*arguments, "--epochs", "2", "--resume"]) == 0
    arguments[arguments.index("--data") + 1], arguments[arguments.index("--out") + 1] = "shapes", str(tmp_path / "other")
    assert main(arguments) == 1
    assert "has data 'voc', but 'shapes' was requested" in capsys.readouterr().err


def test_another_nets_file_is_refused_and_nothing_is_written(narrow, tmp_path, capsys):
    net = made_up(FCN32s, VGG16("caffe", generator=np.random.default_rng(0), **VGG))
    file = write_caffemodel(tmp_path / "x.caffemodel", net)
    assert main(["import", str(file), "--model", "fcn8s", "--out", str(tmp_path / "out")]) == 1
    assert "these are not weights of fcn8s from Caffe: missing: upscore2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_imported_can_be_built_and_a_picture_is_normalised_as_caffe_did():
    assert {kind["model"] for kind in PUBLISHED.values()} <= SEGMENTATION.keys()
    rgb = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    bgr = (rgb - np.float64([122.67892, 116.66877, 104.00699])).astype("f4").transpose(2, 0, 1)
    np.testing.assert_array_equal(to_picture(bgr, **CAFFENET), rgb)


def test_the_checkpoint_says_what_it_holds(narrow, tmp_path):
    net = made_up(FCN8s, VGG16("caffe", generator=np.random.default_rng(0), **VGG))
    main(["import", str(write_caffemodel(tmp_path / "x", net)), "--out", str(tmp_path / "out")])
    config = load_checkpoint(tmp_path / "out").config
    assert (config["model"], config["backbone"], config["geometry"], config["data"]) == ("fcn8s", "vgg16", "caffe", "voc")
