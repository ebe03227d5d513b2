"""Networks that are compared get the same conditions, and the command writes and prints what it promises."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from minifcn.__main__ import main
from minifcn.data import Shapes
from minifcn.data.catalogue import open_data
from minifcn.data.relief import ShapesDepthData
from minifcn.data.shapes import ShapesData
from minifcn.functional import cross_entropy
from minifcn.metrics import SCORES
from minifcn.models.catalogue import SEGMENTATION, Zeros
from minifcn.models.late_fusion import LateFusion
from minifcn.models.pspnet import PSPNet, auxiliary_loss
from minifcn.models.vgg import SmallVGG
from minifcn.optim import SGD, AdamW
from minifcn.runs import compare
from minifcn.runs.compare import Conditions, make_network, run_comparison, step, train_network
from minifcn.runs.examples import example_panel, title_of
from minifcn.runs.findings import draw_worst
from minifcn.runs.tables import comparison_table, mean_and_deviation
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
    """(folder, report) of two networks and two seeds."""
    out = tmp_path_factory.mktemp("compare")
    return out, run_comparison(NAMES, TINY, out, seeds=2, quiet=True)


@pytest.fixture
def no_training(monkeypatch):
    """The (network, seed) of each run that would be trained; in its place is a network that was not."""
    runs = []

    def noted(name, conditions, data, quiet):
        runs.append((name, conditions.seed))
        figures = {"seed": conditions.seed, "parameters": 1, "steps": 2, "ms_per_step": 3.0, "loss": 4.0}
        return make_network("pixelwise", conditions, data), figures

    monkeypatch.setattr(compare, "train_network", noted)
    return runs


def test_scores_json_has_the_conditions_and_every_run(made):
    report = json.loads((made[0] / "scores.json").read_text())
    assert report == made[1] and list(report["networks"]) == NAMES
    assert {name: report[name] for name in vars(TINY)} == vars(TINY) and report["test_images"] == 64
    for runs in report["networks"].values():
        assert [run["seed"] for run in runs] == [0, 1]
        assert all(run["steps"] >= 1 and run["ms_per_step"] > 0 for run in runs)
        assert all(0 <= run[score] <= 1 for run in runs for score in SCORES)


def test_a_wrong_name_is_told_before_any_data_or_packages_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "open_data", lambda *given: pytest.fail("the data come first"))
    with pytest.raises(ValueError, match="the network is 'unett'; did you mean unet"):
        run_comparison(["unett"], TINY, tmp_path)


def test_all_ranks_resume_what_rank_0_has(made, tmp_path, monkeypatch, no_training):
    """The folder of another machine is empty, unless somebody has copied it."""
    labels = dict(np.load(made[0] / "labels.npz"))
    monkeypatch.setattr(compare, "broadcast_object", lambda mine: (made[1], labels))
    assert run_comparison(NAMES, TINY, tmp_path, seeds=2, resume=True, quiet=True)["networks"] == made[1]["networks"]
    assert not no_training


def test_the_panel_has_a_column_for_each_network(tmp_path, made):
    run_comparison(NAMES[:1], TINY, tmp_path, quiet=True)
    with Image.open(made[0] / "panel.png") as two, Image.open(tmp_path / "panel.png") as one:
        assert two.size[0] > 1.2 * one.size[0]


def test_the_panel_has_titles_names_and_scores_and_is_brightened_only_if_dark():
    data, truth = open_data("shapes", 8), np.array([[0, 1], [255, 1]])
    for value, image in (10, "image, brightened"), (200, "image"):
        figure = example_panel(data, [np.full((2, 2, 3), value, np.uint8)], [truth], {"fcn8s": [0 * truth]}, ["here"])
        assert [axes.get_title() for axes in figure.axes] == [image, "truth", "FCN-8s"]
        row = SimpleNamespace(row=(np.full((2, 2, 3), value, np.uint8), truth, 0 * truth), name="here", mean_iou=0.5, pixel_accuracy=0.3)
        assert [axes.get_title() for axes in draw_worst([row], data).axes] == [image, "truth", "prediction", "errors"]
        assert [axes.get_xlabel() for axes in figure.axes] == ["", "", "accuracy 33 %"]
        assert figure.axes[0].get_ylabel() == "here"


def test_every_network_has_a_title_of_its_own():
    titles = [title_of(name) for name in SEGMENTATION]
    assert len(set(titles)) == len(titles) and not set(titles) & set(SEGMENTATION)


def command(out, *more, names=NAMES):
    options = ["--data", "shapes", "--budget", "0.2s", "--size", "32", "--batch", "4", "--out", str(out)]
    return main(["compare", "--models", ",".join(names), *options, *more])


def test_one_image_is_one_image():
    assert comparison_table({"test_images": 1, "networks": {}}, []).startswith("scores in % on 1 held-out image\n")


def test_the_command_prints_a_line_for_each_run_and_a_table(tmp_path, capsys):
    assert command(tmp_path, "--seeds", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 networks, 2 seeds: 0.2 s of training each, over the backbone small"
    assert [line.split()[:3] for line in lines[1:5]] == [["seed", str(seed), name] for seed in (0, 1) for name in NAMES]
    assert lines[6] == "scores in % on 64 held-out images, mean ± standard deviation over the seeds"
    assert [line[:17].strip() for line in lines[7:10]] == ["network", *NAMES]
    assert len({len(line) for line in lines[7:10]}) == 1 and max(map(len, lines[:-1])) <= 80
    assert lines[8].count("±") == 4
    assert lines[10:] == [f"panel.png and scores.json are in {tmp_path}"]


def test_the_deviation_is_that_of_a_sample_and_one_seed_has_none():
    assert mean_and_deviation([1.0, 3.0]) == "2.0±1.4" and mean_and_deviation([45.67]) == "45.7"


def test_every_network_has_its_turn_before_the_next_seed(tmp_path, no_training):
    run_comparison(NAMES, Conditions(data="shapes", size=32, seed=5), tmp_path, seeds=3, quiet=True)
    assert no_training == [(name, seed) for seed in (5, 6, 7) for name in NAMES]


def test_the_panel_is_of_the_first_seed(made, no_training, tmp_path):
    with np.load(made[0] / "labels.npz") as labels:
        assert sorted(labels) == sorted(NAMES)
    conditions = Conditions(data="shapes", size=32)
    run_comparison(["pixelwise"], conditions, tmp_path, quiet=True)
    before = (tmp_path / "labels.npz").read_bytes(), (tmp_path / "panel.png").read_bytes()
    run_comparison(["pixelwise"], conditions, tmp_path, seeds=2, resume=True, quiet=True)
    assert ((tmp_path / "labels.npz").read_bytes(), (tmp_path / "panel.png").read_bytes()) == before


# Going on -------------------------------------------------------------------------------------------------------------


def test_what_is_there_is_not_trained_again(made, no_training, tmp_path, capsys):
    for name in ("scores.json", "labels.npz"):
        (tmp_path / name).write_bytes((made[0] / name).read_bytes())
    report = run_comparison([*NAMES, "unet"], TINY, tmp_path, seeds=2, resume=True, quiet=True)
    assert no_training == [("unet", 0), ("unet", 1)]
    assert {name: report["networks"][name] for name in NAMES} == made[1]["networks"]
    assert (tmp_path / "panel.png").exists()


def test_a_comparison_that_is_there_is_not_touched_without_resume(made, capsys):
    before = (made[0] / "scores.json").read_bytes()
    assert command(made[0]) == 1
    assert "scores.json already exists; continue with --resume, or choose another --out" in capsys.readouterr().err
    assert (made[0] / "scores.json").read_bytes() == before


def test_a_comparison_under_other_conditions_is_told(made, capsys):
    assert command(made[0], "--resume", "--lr", "1e-4") == 1
    assert "scores.json has lr 0.003, but 0.0001 was requested; use the same" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000, '{"networks": {"fcn8s": {"steps": 3}}}'])
def test_scores_that_are_no_comparison_are_told(content, tmp_path, capsys):
    (tmp_path / "scores.json").write_text(content)
    assert command(tmp_path, "--resume") == 1
    assert "scores.json and labels.npz are not a comparison that can be resumed" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + bytes(50)], ids=["empty", "text", "zip"])
def test_labels_that_are_damaged_are_refused_in_one_sentence(content, made, tmp_path, capsys):
    (tmp_path / "scores.json").write_bytes((made[0] / "scores.json").read_bytes())
    (tmp_path / "labels.npz").write_bytes(content)
    assert command(tmp_path, "--resume") == 1
    assert "scores.json and labels.npz are not a comparison that can be resumed" in capsys.readouterr().err


def test_a_comparison_of_an_older_version_is_continued(made, no_training, tmp_path):
    report = {name: value for name, value in made[1].items() if name != "fusion"}
    (tmp_path / "scores.json").write_text(json.dumps(report))
    (tmp_path / "labels.npz").write_bytes((made[0] / "labels.npz").read_bytes())
    assert run_comparison(NAMES, TINY, tmp_path, seeds=2, resume=True, quiet=True) == made[1] and no_training == []


# The networks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("models, told", [
    ("fcn8s,lenet", "the network is 'lenet', expected one of fcn32s"),
    ("resnet18", "the network is 'resnet18', expected one of fcn32s"),
    ("", "the network is ''"),
])  # fmt: skip
def test_a_network_that_is_not_there_is_told_before_any_training(models, told, tmp_path, capsys):
    assert main(["compare", "--models", models, "--data", "shapes", "--out", str(tmp_path / "new")]) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("backbone, widths", [("small", (64, 64)), ("resnet18", (256, 1024)), ("paper", (256, 1024))])
def test_over_another_backbone_than_small_heads_and_u_nets_are_those_of_the_papers(backbone, widths):
    heads = [make_network(name, Conditions(backbone=backbone), ShapesData(), Zeros()) for name in ("deeplab-v3", "unet")]
    assert (heads[0].score.weight.shape[1], heads[1].widths[-1]) == widths


def test_with_late_fusion_each_network_is_two(tmp_path, no_training, capsys):
    assert isinstance(make_network("pixelwise", Conditions(fusion="late"), ShapesDepthData(), Zeros()), LateFusion)
    conditions = ["--models", "pixelwise", "--size", "32", "--fusion", "late", "--out", str(tmp_path / "new")]
    assert main(["compare", *conditions, "--data", "shapes"]) == 1
    assert "the images have 3 channels, expected at least 4" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert main(["compare", *conditions, "--data", "shapes-depth"]) == 0
    heading = "1 network, 1 seed: 300 s of training each, over the backbone small, with late fusion\n"
    assert capsys.readouterr().out.startswith(heading) and no_training == [("pixelwise", 0)]


def test_the_learning_rate_falls_with_the_time_that_is_over(clock, monkeypatch):
    rates, step = [], AdamW.step

    def noted(optimizer):
        rates.append(optimizer.param_groups[0]["lr"])
        step(optimizer)

    monkeypatch.setattr(AdamW, "step", noted)
    conditions = Conditions(data="shapes", budget=4, size=32, batch=4, lr=1e-2)
    _, result = train_network("pixelwise", conditions, ShapesData(32, 8), quiet=True)
    assert rates == pytest.approx([1e-2 * (1 - t / 4) ** 0.9 for t in range(4)])
    assert result["steps"] == 4 and result["ms_per_step"] == 1000


def test_a_run_begins_with_the_same_weights_and_batches_whatever_ran_before(clock):
    conditions = Conditions(data="shapes", budget=3, size=32, batch=4, seed=5)
    losses = []
    for before in (None, "fcn32s"):
        if before:
            train_network(before, conditions, ShapesData(32, 8), quiet=True)
        losses.append(train_network("fcn8s", conditions, ShapesData(32, 8), quiet=True)[1]["loss"])
    assert losses[0] == losses[1]


def test_the_loss_of_pspnet_is_its_auxiliary_loss():
    net = PSPNet(SmallVGG(widths=(4,) * 5, head=8), 4, bins=(1, 2), dropout=0.0)
    images, labels = np.random.default_rng(0).standard_normal((2, 3, 32, 32), np.float32), Shapes(2, 32)
    labels = np.stack([labels[i][1] for i in range(2)])
    expected = auxiliary_loss(net, tensor(images), labels).item(), cross_entropy(net(tensor(images)), labels).item()
    loss = step("pspnet", net, SGD(net.parameters(), lr=1e-3), (images, labels), None)
    assert loss == pytest.approx(expected[0], rel=1e-6) != pytest.approx(expected[1])


def test_a_loss_that_is_infinite_ends_the_comparison_in_one_sentence():
    conditions = Conditions(data="shapes", budget=60, size=32, batch=4, lr=1e30)
    with np.errstate(all="raise", under="ignore"), pytest.raises(
        ValueError, match=r"the loss of fcn32s is \S+ in step \d+; .* --lr"
    ):
        train_network("fcn32s", conditions, ShapesData(32, 8), quiet=True)


def test_a_weight_that_is_infinite_after_the_last_step_is_not_scored(clock):
    conditions = Conditions(data="shapes", budget=1, size=32, batch=4, lr=1e38)
    with pytest.raises(ValueError, match=r"compare: \S+ of pixelwise is NaN or infinite after step 1; .* smaller --lr"):
        train_network("pixelwise", conditions, ShapesData(32, 8), quiet=True)


def test_a_network_whose_scores_are_not_finite_is_not_ranked(tmp_path, monkeypatch):
    def diverged(*arguments):
        net, result = train_network(*arguments)
        net.score_fr.weight.data[:] = 3e38
        return net, result

    monkeypatch.setattr(compare, "train_network", diverged)
    with np.errstate(all="raise", under="ignore"), pytest.raises(
        ValueError, match="compare: the loss of fcn32s on the held-out images is nan; training has diverged, .* --lr"
    ):
        run_comparison(["fcn32s"], Conditions(data="shapes", budget=0.01, size=32, batch=4), tmp_path, quiet=True)


def test_ctrl_c_ends_with_130_and_keeps_what_was_finished(tmp_path, monkeypatch, capsys):
    def interrupted(name, *arguments):
        if name == NAMES[1]:
            raise KeyboardInterrupt
        return train_network(name, *arguments)

    monkeypatch.setattr(compare, "train_network", interrupted)
    assert command(tmp_path) == 130
    assert capsys.readouterr().err == "minifcn: interrupted\n"
    assert list(json.loads((tmp_path / "scores.json").read_text())["networks"]) == NAMES[:1]


def test_what_is_scored_is_not_what_is_trained_on():
    data = open_data("shapes", 32, 64)
    test, train = data.test(), data.train()
    assert not any(np.array_equal(test[i][0], train[i][0]) for i in range(8))
