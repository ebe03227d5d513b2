"""Networks that are compared get the same conditions, and the command writes and prints what it promises."""

import itertools
import json

import numpy as np
import pytest
from PIL import Image

from minifcn import compare
from minifcn.__main__ import main
from minifcn.compare import Conditions, held_out, loss_of, make_network, run_comparison, train_network
from minifcn.data import Shapes
from minifcn.functional import cross_entropy
from minifcn.metrics import SCORES
from minifcn.models.catalogue import KINDS, Zeros
from minifcn.models.pspnet import PSPNet, auxiliary_loss
from minifcn.models.vgg import SmallVGG
from minifcn.optim import AdamW
from minifcn.tensor import tensor

TINY = Conditions(data="shapes", budget=0.2, size=32, batch=4)
NAMES = ["pixelwise", "fcn32s"]


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second whenever it is looked at."""
    ticks = itertools.count()
    monkeypatch.setattr(compare.time, "perf_counter", lambda: float(next(ticks)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    return out, run_comparison(NAMES, TINY, out, quiet=True)


def test_scores_json_has_the_conditions_and_every_network(made):
    report = json.loads((made[0] / "scores.json").read_text())
    assert report == made[1] and list(report["networks"]) == NAMES
    assert {name: report[name] for name in vars(TINY)} == vars(TINY) and report["test_images"] == 64
    for result in report["networks"].values():
        assert result["steps"] >= 1 and result["ms_per_step"] > 0
        assert all(0 <= result[score] <= 1 for score in SCORES)


def test_the_panel_has_a_column_for_each_network(tmp_path, made):
    run_comparison(NAMES[:1], TINY, tmp_path, quiet=True)
    with Image.open(made[0] / "panel.png") as two, Image.open(tmp_path / "panel.png") as one:
        assert two.size[0] > 1.2 * one.size[0]


def test_the_command_prints_a_line_for_each_network(tmp_path, capsys):
    options = ["--data", "shapes", "--budget", "0.2s", "--size", "32", "--batch", "4", "--out", str(tmp_path)]
    assert main(["compare", "--models", ",".join(NAMES), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0.2 s of training each")
    assert [line[:31].strip() for line in lines[1:4]] == ["network", "pixelwise", "fcn32s over small"]
    assert len({len(line) for line in lines[1:4]}) == 1 and len(lines[1]) <= 120
    assert lines[4:] == [f"panel.png and scores.json are in {tmp_path}"]


@pytest.mark.parametrize("models, told", [
    ("fcn8s,lenet", "the network is 'lenet', expected one of fcn32s"),
    ("resnet18", "the network is 'resnet18', expected one of fcn32s"),
    ("", "the network is ''"),
])  # fmt: skip
def test_a_network_that_is_not_there_is_told_before_any_training(models, told, tmp_path, capsys):
    assert main(["compare", "--models", models, "--data", "shapes", "--out", str(tmp_path / "new")]) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", KINDS["segmentation"])
def test_every_network_that_labels_pixels_is_small_over_the_small_backbone(name):
    net = make_network(name, "small", 5, Zeros())
    assert sum(p.data.size for p in net.parameters()) < 1e6
    net.eval()
    assert net(tensor(np.zeros((1, 3, 32, 48), np.float32))).shape == (1, 5, 32, 48)


def test_another_backbone_gets_the_heads_of_the_papers():
    assert make_network("deeplab-v3", "resnet18", 5, Zeros()).score.weight.shape[1] == 256


def test_the_learning_rate_falls_with_the_time_that_is_over(clock, monkeypatch):
    rates, step = [], AdamW.step

    def noted(optimizer):
        rates.append(optimizer.param_groups[0]["lr"])
        step(optimizer)

    monkeypatch.setattr(AdamW, "step", noted)
    conditions = Conditions(data="shapes", budget=4, size=32, batch=4, lr=1e-2)
    _, result = train_network("pixelwise", conditions, Shapes(8, 32), quiet=True)
    assert rates == pytest.approx([1e-2 * (1 - t / 4) ** 0.9 for t in range(4)])
    assert result["steps"] == 4 and result["ms_per_step"] == 1000


def test_a_run_begins_with_the_same_weights_and_batches_whatever_ran_before(clock):
    conditions = Conditions(data="shapes", budget=3, size=32, batch=4, seed=5)
    losses = []
    for before in (None, "fcn32s"):
        if before:
            train_network(before, conditions, Shapes(8, 32), quiet=True)
        losses.append(train_network("fcn8s", conditions, Shapes(8, 32), quiet=True)[1]["loss"])
    assert losses[0] == losses[1]


def test_the_loss_of_pspnet_is_its_auxiliary_loss():
    net = PSPNet(SmallVGG(widths=(4,) * 5, head=8), 4, bins=(1, 2), dropout=0.0)
    images, labels = np.random.default_rng(0).standard_normal((2, 3, 32, 32), np.float32), Shapes(2, 32)
    labels = np.stack([labels[i][1] for i in range(2)])
    loss = loss_of(net, images, labels, None).item()
    assert loss == pytest.approx(auxiliary_loss(net, tensor(images), labels).item(), rel=1e-6)
    assert loss != pytest.approx(cross_entropy(net(tensor(images)), labels).item())


def test_a_loss_that_is_infinite_ends_the_comparison_in_one_sentence():
    conditions = Conditions(data="shapes", budget=60, size=32, batch=4, lr=1e30)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"the loss of fcn32s is \S+ in step \d+; .* --lr"):
        train_network("fcn32s", conditions, Shapes(8, 32), quiet=True)


def test_ctrl_c_ends_with_130_and_keeps_what_was_finished(tmp_path, monkeypatch, capsys):
    def interrupted(name, *arguments):
        if name == NAMES[1]:
            raise KeyboardInterrupt
        return train_network(name, *arguments)

    monkeypatch.setattr(compare, "train_network", interrupted)
    options = ["--data", "shapes", "--budget", "0.2", "--size", "32", "--batch", "4", "--out", str(tmp_path)]
    assert main(["compare", "--models", ",".join(NAMES), *options]) == 130
    assert capsys.readouterr().err == "minifcn: interrupted\n"
    assert list(json.loads((tmp_path / "scores.json").read_text())["networks"]) == NAMES[:1]


def test_what_is_scored_is_not_what_is_trained_on():
    test, train = held_out("shapes", 32), compare.datasets("shapes", 32, 64)[0]
    assert not any(np.array_equal(test[i][0], train[i][0]) for i in range(8))
