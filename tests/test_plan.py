"""The paper's recipe on VOC and SBD: `train --plan` beside the paper, and the same command for real, on a miniature."""

import json

import numpy as np
import pytest
from pretrained.protobuf import caffemodel
from published_data import indices_of, write_indices, write_mat, write_names, write_picture

from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data.palette import voc_palette
from minifcn.models import BACKBONES, catalogue
from minifcn.models.classifier import build_classifier
from minifcn.pretrained.names import WINDOWS
from minifcn.runs.paper import ours, rehearse, theirs
from minifcn.runs.plan import plan

NARROW = {"widths": (3, 4, 4, 5, 6), "head": 8}
TRAIN, VALIDATION = ["2008_000008", "2008_000015", "2008_000019"], ["2007_000033", "2007_000042"]
COMMAND = ["train", "--model", "fcn8s", "--backbone", "vgg16", "--geometry", "caffe", "--pretrained", "vgg16", "--recipe", "paper"]


@pytest.fixture
def pascal(tmp_path):
    """VOC 2011, SBD and the authors' list in their layout, with five photographs of noise."""
    voc, sbd = tmp_path / "TrainVal" / "VOCdevkit" / "VOC2011", tmp_path / "benchmark_RELEASE" / "dataset"
    for number, name in enumerate(VALIDATION):
        write_picture(voc / "JPEGImages" / f"{name}.jpg", number, (24, 30))
        write_indices(voc / "SegmentationClass" / f"{name}.png", indices_of(0, 15, 255, size=(24, 30)), voc_palette(21))
    for number, name in enumerate(TRAIN, 9):
        write_picture(sbd / "img" / f"{name}.jpg", number, (20, 26 + number))
        label = {"Boundaries": np.zeros((20, 1)), "Segmentation": indices_of(0, 15, size=(20, 26 + number)).astype(np.uint8),
                 "CategoriesPresent": 15}
        write_mat(sbd / "cls" / f"{name}.mat", GTcls=label)
    write_names(sbd / "train.txt", TRAIN)
    for name in ("train", "val"):
        write_names(voc / "ImageSets" / "Segmentation" / f"{name}.txt", VALIDATION)
    write_names(tmp_path / "seg11valid.txt", VALIDATION)
    return tmp_path


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A narrow VGG_ILSVRC_16_layers.caffemodel, and the backbone that it fits."""
    vgg16 = BACKBONES["vgg16"]
    monkeypatch.setitem(catalogue.BACKBONES, "vgg16", lambda **options: vgg16(**options | NARROW))
    monkeypatch.setitem(WINDOWS, "vgg16", {})
    net = build_classifier("vgg16", 5, generator=np.random.default_rng(0), **NARROW)
    (tmp_path / "vgg16.caffemodel").write_bytes(caffemodel(net.state_dict()))
    return tmp_path / "vgg16.caffemodel"


def command(pascal, weights, epochs):
    return [*COMMAND, "--data", f"sbd:{pascal}", "--weights", str(weights), "--stages", f"{epochs},{epochs},{epochs}",
            "--out", str(pascal / "run")]


def test_the_plan_is_the_papers_in_every_line_but_the_sizes(pascal, weights, capsys):
    """12 epochs of SBD's 8,498 images are 101,976 updates, the nearest to the solvers' 100,000."""
    assert main([*command(pascal, weights, 12), "--plan"]) == 0
    lines = capsys.readouterr().out.splitlines()
    differ = {line.split("  ")[1] for line in lines if "≠" in line}
    assert differ == {"training images", "validation images", "fc6, fc7", "pixel mean", "updates"}
    assert sum("=" in line for line in lines) == 3 * 8
    for net, start, rate in (("fcn32s", "ImageNet's vgg16", "1e-10"), ("fcn16s", "fcn32s", "1e-12"), ("fcn8s", "fcn16s", "1e-14")):
        part = lines[lines.index(f"{net} over vgg16") :]
        for what, text in (("starts from", start), ("learning rate", f"{rate}, constant")):
            said = next(line for line in part if what in line)
            assert said.endswith(f"= {text}") and said.count(text) == 2
        assert next(line for line in part if "updates" in line).split()[1] == "36"     # 3 images, 12 times
    assert not (pascal / "run").exists()


def test_the_plan_names_what_is_missing_before_anything_is_trained(pascal, weights, capsys):
    (pascal / "benchmark_RELEASE" / "dataset" / "train.txt").unlink()
    assert main([*command(pascal, weights, 1), "--plan"]) == 1
    assert "sbd: there is no file" in capsys.readouterr().err


def test_the_command_trains_the_three_stages_and_its_net_is_scored_on_the_authors_images(pascal, weights, capsys):
    assert main([*command(pascal, weights, 1), "--quiet"]) == 0
    for net, rate in (("fcn32s", 1e-10), ("fcn16s", 1e-12), ("fcn8s", 1e-14)):
        config = load_checkpoint(pascal / "run" / net).config
        assert (config["model"], config["lr"], config["momentum"], config["batch"], config["size"]) == (net, rate, 0.99, 1, 0)
        assert (config["reduction"], config["bias_rate"], config["weight_decay"]) == ("sum", 2.0, 5e-4)
    arguments = ["--checkpoint", str(pascal / "run" / "fcn8s" / "checkpoint.npz"), "--out", str(pascal / "scores"), "--quiet"]
    assert main(["evaluate", *arguments]) == 0
    assert json.loads((pascal / "scores" / "scores.json").read_text())["data"] == "sbd"


def test_another_recipe_is_beside_section_43_and_another_net_beside_nothing():
    [stage] = plan({"model": "fcn8s", "data": "shapes", "backbone": "small"}, "accumulate")
    lines = rehearse([stage], "accumulate")
    assert any("20 whole images" in line and "≠" in line for line in lines)  # shapes are cropped
    assert any("1e-08, constant" in line and "=" in line for line in lines)
    [stage] = plan({"model": "unet", "data": "shapes"})
    assert theirs(stage, "paper") == {} and not any("≠" in line for line in rehearse([stage]))


def test_what_a_stage_says_of_itself_follows_its_options():
    [stage] = plan({"model": "fcn8s", "data": "shapes", "batch": 4, "accumulate": 2, "augment": "mirror", "bias_rate": 1.0})
    said = ours(stage, "random weights")
    assert said["update"].startswith("adamw, 8 crops of ") and said["augmentation"] == "mirror"
    assert said["weight decay"] == "0.001; biases as well"
