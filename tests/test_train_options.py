"""How a run learns: optimiser, schedule, rates of parts, accumulated gradients, recipes, stages, the best epoch, patience."""

import csv
import json
from threading import current_thread

import numpy as np
import pytest

from minifcn import nn, tensor
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data import DataLoader, Shapes
from minifcn.data.module import DataModule
from minifcn.functional import cross_entropy, focal_loss, lovasz_softmax
from minifcn.models import FCN8s, FCN16s, FCN32s, PixelClassifier, SmallVGG
from minifcn.optim import SGD, Adam, AdamW
from minifcn.progress import best_epoch, stale_epochs
from minifcn.random import default_generator, manual_seed
from minifcn.runs import run as run_of_options
from minifcn.runs.history import write_history
from minifcn.runs.objective import choose_weights, objective
from minifcn.runs.optimizer import optimizer_of
from minifcn.runs.options import Options, as_config
from minifcn.runs.plan import plan
from minifcn.runs.run import run
from minifcn.runs.start import load_model
from minifcn.step import pixel_loss, train_step
from minifcn.train import fit

SMALL = {"model": "pixelwise", "data": "shapes", "size": 32, "samples": 8, "batch": 2, "epochs": 2}
TRAIN = ["train", "--data", "shapes", "--size", "32", "--samples", "4", "--batch", "2", "-q"]
GIVEN = {"model": "fcn8s", "data": "shapes"}


def bits(model):
    return {name: array.tobytes() for name, array in model.state_dict().items()}


def test_batches_are_made_in_a_thread_of_their_own_while_the_network_computes(tmp_path, monkeypatch):
    threads, sample = [], Shapes.sample

    def noted(*arguments):
        threads.append(current_thread().name.split("_")[0])
        return sample(*arguments)

    monkeypatch.setattr(Shapes, "sample", noted)
    run(Options(**SMALL), tmp_path, quiet=True)
    assert set(threads) == {"DataLoader"}


# Optimiser, schedule and rates ----------------------------------------------------------------------------------------


def test_options_name_the_optimizer_and_the_schedule():
    net = PixelClassifier(4)
    for name, kind in ("adamw", AdamW), ("adam", Adam), ("sgd", SGD):
        optimizer, _ = optimizer_of(net, Options(optimizer=name, weight_decay=0.5, lr=0.1), 10)
        assert type(optimizer) is kind and optimizer.param_groups[0]["weight_decay"] == 0.5
    rates = {}
    for name in ("poly", "cosine", "step", "constant"):
        optimizer, scheduler = optimizer_of(net, Options(schedule=name, lr=1.0), 9)
        rates[name] = []
        for _ in range(9):
            rates[name].append(optimizer.param_groups[0]["lr"])
            if scheduler is not None:
                scheduler.step()
    assert rates["constant"] == [1.0] * 9
    np.testing.assert_allclose(rates["step"], np.repeat([1, 0.1, 0.01], 3))
    np.testing.assert_allclose(rates["poly"], (1 - np.arange(9) / 9) ** 0.9)
    np.testing.assert_allclose(rates["cosine"], (1 + np.cos(np.pi * np.arange(9) / 9)) / 2)


@pytest.mark.parametrize("name", ["optimizer", "schedule"])
def test_an_unknown_optimizer_or_schedule_is_refused(name):
    with pytest.raises(ValueError, match=f"train: {name} is 'none', expected one of"):
        optimizer_of(PixelClassifier(4), Options(**{name: "none"}), 9)


def test_biases_have_their_multiple_of_the_rate_and_do_not_decay():
    net = PixelClassifier(4)
    optimizer, scheduler = optimizer_of(net, Options(bias_rate=2, lr=0.1, weight_decay=0.5), 10)
    weights, biases = optimizer.param_groups
    assert weights["params"] == [net.conv.weight, net.score.weight] and biases["params"] == [net.conv.bias, net.score.bias]
    assert (weights["lr"], weights["weight_decay"], biases["lr"], biases["weight_decay"]) == (0.1, 0.5, 0.2, 0)
    for _ in range(5):
        scheduler.step()
    assert biases["lr"] == pytest.approx(2 * weights["lr"])


def test_pretrained_layers_have_their_multiple_of_the_rate():
    net = FCN32s(SmallVGG(head=8), 4)
    options = Options(backbone_rate=0.1, bias_rate=2, lr=1.0, pretrained="small")
    groups = {p: group["lr"] for group in optimizer_of(net, options, 10)[0].param_groups for p in group["params"]}
    layers = net.backbone.conv1_1, net.backbone.fc6, net.score_fr
    assert [groups[layer.weight] for layer in layers] == pytest.approx([0.1, 1, 1])
    assert groups[net.backbone.bn1_1.bias] == pytest.approx(0.2) and groups[net.score_fr.bias] == 2
    assert set(groups) == {p for p in net.parameters() if p.requires_grad}


# Accumulated gradients ------------------------------------------------------------------------------------------------


def batches(count, size):
    return list(DataLoader(Shapes(count * size, 16), size))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_update_from_several_batches_is_that_of_their_average(reduction):
    results = []
    (first, *more), nets = batches(3, 2), [PixelClassifier(4) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    results.append(train_step(nets[0], SGD(nets[0].parameters(), 0.1), pixel_loss, *first, more=more, reduction=reduction))
    images, labels = (np.concatenate(parts) for parts in zip(first, *more))
    one = train_step(nets[1], SGD(nets[1].parameters(), 0.1 if reduction == "mean" else 0.1 / 3), pixel_loss, images, labels,
                     reduction=reduction)  # fmt: skip
    assert results[0] == pytest.approx(one if reduction == "mean" else one / 3)
    for a, b in zip(nets[0].parameters(), nets[1].parameters()):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-4, atol=1e-5)


def test_accumulation_makes_as_many_updates_as_there_are_groups_and_the_last_may_be_smaller(monkeypatch):
    sizes = []
    monkeypatch.setattr("minifcn.train.train_step", lambda *args, more, **options: sizes.append(1 + len(more)) or 1.0)
    net = PixelClassifier(4)
    history = fit(net, DataLoader(Shapes(14, 16), 2), SGD(net.parameters(), 0.1), epochs=1, accumulate=3, quiet=True)
    assert sizes == [3, 3, 1] and history[0]["loss"] == 1


def test_a_summed_loss_is_recorded_per_pixel():
    histories = []
    for reduction, lr in ("mean", 0), ("sum", 0):
        manual_seed(0)
        net = PixelClassifier(4)
        loader, optimizer = DataLoader(Shapes(8, 16), 2), SGD(net.parameters(), lr)
        histories.append(fit(net, loader, optimizer, epochs=1, reduction=reduction, accumulate=2, quiet=True))
    assert histories[0][0]["loss"] == pytest.approx(histories[1][0]["loss"], rel=1e-5)


def test_a_run_that_accumulates_resumes_bit_for_bit(tmp_path, monkeypatch):
    options = Options(**SMALL, accumulate=3, optimizer="sgd", momentum=0.5, schedule="constant", bias_rate=2.0)
    whole, history = run(options, tmp_path / "a", quiet=True)
    stop_after_epoch_1(monkeypatch, options, tmp_path / "b")
    resumed, again = run(options, tmp_path / "b", resume=True, quiet=True)
    assert bits(resumed) == bits(whole) and again == history


def stop_after_epoch_1(monkeypatch, options, out):
    monkeypatch.setattr(run_of_options, "fit", lambda *args, **how: fit(*args, **how | {"epochs": 1}))
    run(options, out, quiet=True)
    monkeypatch.undo()


def test_a_run_of_constant_rate_can_be_extended(tmp_path, capsys):
    options = Options(**SMALL, schedule="constant")
    run(options, tmp_path, quiet=True)
    _, history = run(Options(**SMALL | {"epochs": 3}, schedule="constant"), tmp_path, resume=True)
    assert [record["lr"] for record in history] == [3e-3] * 3
    assert "3 epochs now instead of 2; the learning rate stays as it is" in capsys.readouterr().out


# What a checkpoint holds of it ----------------------------------------------------------------------------------------


def test_only_options_that_differ_from_the_default_are_new_in_a_checkpoint():
    old = {"model", "backbone", "geometry", "upsampling", "data", "size", "samples", "epochs", "batch", "lr", "seed"}
    assert as_config(Options()).keys() == old
    changed = Options(optimizer="sgd", bias_rate=2.0, freeze="pool2", class_weights={"a": 1.0})
    assert as_config(changed).keys() == old | {"optimizer", "bias_rate", "freeze", "class_weights"}


def test_a_run_with_every_option_is_loaded_and_resumed_and_another_option_is_refused(tmp_path, capsys):
    options = ["--model", "pixelwise", "--optimizer", "sgd", "--momentum", "0", "--weight-decay", "0", "--schedule", "cosine",
               "--accumulate", "2", "--bias-rate", "3", "--reduction", "sum", "--lr", "1e-6", "--class-weights", "median",
               "--sampling", "0.5"]  # fmt: skip
    command = [*TRAIN, *options, "--epochs", "1", "--out", str(tmp_path)]
    assert main(command) == 0
    assert load_model(tmp_path)[1].class_weights == "median" and load_model(tmp_path)[1].sampling == 0.5
    assert main([*command, "--resume"]) == 0
    capsys.readouterr()
    assert main([*command, "--resume", "--momentum", "0.5"]) == 1
    assert "is of another configuration: momentum is 0.0, now 0.5" in capsys.readouterr().err


# Class weights --------------------------------------------------------------------------------------------------------


class Halves(DataModule):
    """Two classes: one pixel in four is of class 1."""

    name, classes, palette, weighting = "halves", ("dark", "light"), np.zeros((2, 3), np.uint8), "sqrt-median"

    def class_frequencies(self):
        return np.array([0.75, 0.25])


def test_the_default_weights_are_the_data_sets_and_a_line_says_which():
    weights, line = choose_weights(Options(), Halves())
    np.testing.assert_allclose(weights, np.sqrt([0.5 / 0.75, 2]), rtol=1e-6)
    assert weights.dtype == np.float32
    assert line == "class weights sqrt-median, from 0.816 (dark) to 1.41 (light)"
    assert choose_weights(Options(class_weights="none"), Halves()) == (None, None)
    np.testing.assert_allclose(choose_weights(Options(class_weights="median"), Halves())[0], [2 / 3, 2])


def test_weights_from_a_file_are_kept_in_the_checkpoint(tmp_path, capsys):
    (tmp_path / "w.csv").write_text("background,1\ncircle,2\nsquare,0.5\ntriangle,0\n")
    command = [*TRAIN[:-1], "--model", "pixelwise", "--epochs", "1", "--class-weights", str(tmp_path / "w.csv"), "--out", str(tmp_path)]
    assert main(command) == 0
    line = "class weights from the file, from 0.5 (square) to 2 (circle); 0 for triangle"
    assert capsys.readouterr().out.splitlines()[0] == line
    assert load_model(tmp_path)[1].class_weights == {"background": 1, "circle": 2, "square": 0.5, "triangle": 0}
    (tmp_path / "w.csv").write_text("background,1\ncircle,2\nsquare,0.5\ntriangle,3\n")
    assert main([*command, "--resume"]) == 1
    assert "is of another configuration: class_weights.triangle is 0.0, now 3.0" in capsys.readouterr().err


def test_weights_that_are_neither_a_method_nor_a_file_are_told(tmp_path):
    with pytest.raises(ValueError, match="class weights are 'medain', neither a file nor a method; did you mean median"):
        run(Options(**SMALL, class_weights="medain"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_frequencies_of_a_data_set_are_those_of_its_training_labels():
    data = DataModule(size=2)
    data.classes = ("dark", "light")
    labels = [np.array([[0, 0], [1, 255]]), np.array([[0, 255], [255, 255]])]
    data.split = lambda name: {"train": [(None, label) for label in labels]}[name]
    np.testing.assert_allclose(data.class_frequencies(), [0.75, 0.25])


# Recipes --------------------------------------------------------------------------------------------------------------


def test_a_recipe_sets_what_is_not_given():
    (paper,) = plan(GIVEN | {"momentum": 0.5, "lr": None}, "paper")
    assert (paper.optimizer, paper.lr, paper.momentum, paper.batch, paper.bias_rate) == ("sgd", 1e-14, 0.5, 1, 2)
    assert (paper.reduction, paper.weight_decay, paper.schedule, paper.accumulate) == ("sum", 5e-4, "constant", 1)
    (accumulate,) = plan(GIVEN | {"model": "fcn32s"}, "accumulate")
    assert (accumulate.lr, accumulate.momentum, accumulate.accumulate, accumulate.reduction) == (1e-4, 0.9, 20, "mean")
    (alexnet,) = plan(GIVEN | {"model": "fcn32s", "backbone": "alexnet"}, "paper")
    assert (alexnet.lr, alexnet.momentum, alexnet.accumulate, alexnet.reduction) == (1e-4, 0.9, 20, "mean")
    assert plan(GIVEN)[0] == Options(**GIVEN)


def test_a_recipe_without_a_rate_for_the_net_asks_for_one():
    with pytest.raises(ValueError, match="the recipe paper has no learning rate for unet, only for fcn32s"):
        plan(GIVEN | {"model": "unet"}, "paper")
    assert plan(GIVEN | {"model": "unet", "lr": (1e-9,)}, "paper")[0].lr == 1e-9


def test_a_run_by_a_recipe_says_what_it_is(tmp_path, capsys):
    command = ["train", "--model", "fcn32s", "--data", "shapes", "--size", "32", "--samples", "2", "--epochs", "1"]
    assert main([*command, "--recipe", "paper", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "fcn32s: recipe paper: sgd, lr 1e-10 (constant), momentum 0.99, weight decay 0.0005, biases 2 times the rate, sum of"
        " the loss over the pixels, 1 crops of 32 per update"
    )


# Stages ---------------------------------------------------------------------------------------------------------------


def test_stages_have_their_epochs_and_rates():
    stages = plan(GIVEN | {"lr": (3.0, 2.0, 1.0)}, stages=(6, 3, 5))
    assert [(o.model, o.epochs, o.lr) for o in stages] == [("fcn32s", 6, 3), ("fcn16s", 3, 2), ("fcn8s", 5, 1)]
    assert [o.lr for o in plan(GIVEN, "paper", (1, 1, 1))] == [1e-10, 1e-12, 1e-14]
    assert [o.lr for o in plan(GIVEN | {"model": "fcn16s", "lr": (0.5,)}, stages=(1, 1))] == [0.5, 0.5]


@pytest.mark.parametrize(("given", "stages", "sentence"), [
    ({}, (1, 2), "--stages has 2 numbers, expected 3, one for each of fcn32s, fcn16s, fcn8s"),
    ({"lr": (1.0, 2.0)}, (1, 2, 3), "--lr has 2 numbers, expected 3"),
    ({"lr": (1.0, 2.0)}, None, "--lr has 2 numbers, expected 1; --stages takes one for each stage"),
    ({"model": "unet"}, (1, 2, 3), "stages lead to fcn32s, fcn16s, fcn8s, but the model is unet"),
    ({"epochs": 3}, (1, 2, 3), "both --epochs and --stages are given"),
])  # fmt: skip
def test_stages_that_do_not_fit_are_told(given, stages, sentence):
    with pytest.raises(ValueError, match=sentence):
        plan(GIVEN | given, stages=stages)


def test_stages_start_from_each_other_and_resume_as_a_whole(tmp_path, capsys):
    command = [*TRAIN, "--stages", "1,1,1", "--lr", "1e-2,1e-3,1e-3"]
    assert main([*command, "--out", str(tmp_path / "a")]) == 0
    nets = [load_model(tmp_path / "a" / name)[0] for name in ("fcn32s", "fcn16s", "fcn8s")]
    assert [type(net) for net in nets] == [FCN32s, FCN16s, FCN8s]
    first = ["--model", "fcn32s", "--epochs", "1", "--lr", "1e-2"]
    assert main([*TRAIN, *first, "--out", str(tmp_path / "b" / "fcn32s")]) == 0
    assert main([*command, "--out", str(tmp_path / "b")]) == 1
    assert "fcn32s/checkpoint.npz already exists; continue with --resume" in capsys.readouterr().err.replace("\\", "/")
    assert main([*command, "--out", str(tmp_path / "b"), "--resume"]) == 0
    again = load_model(tmp_path / "b" / "fcn8s")[0]
    assert bits(again) == bits(nets[2]) and (tmp_path / "b" / "curves.png").exists()
    command[command.index("1,1,1")] = "2,1,1"
    assert main([*command, "--out", str(tmp_path / "b"), "--resume"]) == 1
    assert "has 1 epochs, now 2, but fcn16s has started from it" in capsys.readouterr().err


# The best epoch, patience, the history ---------------------------------------------------------------------------------


def records(*scores):
    return [{"epoch": i, "mean_iou": score} for i, score in enumerate(scores, start=1)]


def test_the_best_epoch_is_the_first_of_equals_and_scores_that_are_not_numbers_do_not_count():
    nan = float("nan")
    for scores, best, stale in [((1, 3, 2, 3), 1, 2), ((nan, 0.1), 1, 0), ((nan,), None, 0), ((), None, 0)]:
        assert best_epoch(records(*scores)) == best and stale_epochs(records(*scores)) == stale
    assert best_epoch([{"epoch": 1, "loss": 2.0}]) is None


class Scripted(nn.Module):
    """Predicts class 0 everywhere, with a weight that the script changes; each epoch's `score` is what it is told."""

    def __init__(self):
        self.score = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.score(x)


def scripted_fit(tmp_path, scores, monkeypatch, **options):
    """fit(), whose epochs score as given; returns the history."""
    from minifcn import train

    left = iter(scores[len(options.pop("done", ())):])

    def scored(model, loader, **how):
        matrix, loss = evaluate(model, loader, **how)
        iou = next(left)
        kind = type("Matrix", (), {"matrix": matrix.matrix, "pixel_accuracy": iou, "mean_accuracy": iou, "mean_iou": iou,
                                   "class_iou": np.array([iou, np.nan])})  # fmt: skip
        return kind(), loss

    evaluate = train.evaluate
    monkeypatch.setattr(train, "evaluate", scored)
    manual_seed(0)
    net = Scripted()
    loader, optimizer = DataLoader(Shapes(2, 16), 2), SGD(net.parameters(), 0.1)
    history = fit(net, loader, optimizer, validation=loader, checkpoint=tmp_path / "checkpoint.npz",
                  best=tmp_path / "best.npz", **options)  # fmt: skip
    monkeypatch.undo()
    return history


def test_the_best_checkpoint_is_that_of_the_best_epoch(tmp_path, monkeypatch):
    scripted_fit(tmp_path, [0.1, 0.3, 0.2], monkeypatch, epochs=3, quiet=True)
    best, last = (load_checkpoint(tmp_path / f"{name}.npz") for name in ("best", "checkpoint"))
    assert best.progress["epoch"] == 2 and best.progress["mean_iou"] == 0.3 and best.optimizer is None
    (tmp_path / "two").mkdir()
    scripted_fit(tmp_path / "two", [0.1, 0.3], monkeypatch, epochs=2, quiet=True)
    same = load_checkpoint(tmp_path / "two" / "checkpoint.npz").model
    assert all(np.array_equal(best.model[name], array) for name, array in same.items())
    assert not np.array_equal(best.model["score.weight"], last.model["score.weight"])
    assert last.progress["history"][0]["class_iou"] == [0.1, None]


def test_the_best_network_is_loaded_like_any_other(tmp_path):
    run(Options(**SMALL), tmp_path, quiet=True)
    assert load_model(tmp_path / "best.npz")[1] == Options(**SMALL)


def test_patience_ends_a_run_and_says_so_and_resuming_it_ends_it_again(tmp_path, monkeypatch, capsys):
    scores = [0.1, 0.3, 0.2, 0.3, 0.9]
    history = scripted_fit(tmp_path, scores, monkeypatch, epochs=5, patience=2, title="net")
    assert len(history) == 4
    line = "net: stopped after epoch 4, since 2 epochs brought no better mean IoU than the 0.300 of epoch 2"
    assert capsys.readouterr().out.splitlines()[-1] == line
    again = scripted_fit(tmp_path, scores, monkeypatch, done=history, epochs=5, patience=2, resume=True, title="net")
    assert again == history and capsys.readouterr().out.splitlines() == [line]
    more = scripted_fit(tmp_path, scores, monkeypatch, done=history, epochs=5, patience=3, resume=True)
    assert len(more) == 5 and load_checkpoint(tmp_path / "best.npz").progress["epoch"] == 5


def test_the_history_is_a_table_with_a_column_for_each_class_and_empty_cells_for_what_is_unknown(tmp_path):
    history = [{"epoch": 1, "lr": 0.1, "loss": 1.5}, {"epoch": 2, "lr": 0.1, "loss": 1 / 3, "val_loss": 2.0,
               "pixel_accuracy": 0.5, "mean_accuracy": 0.4, "mean_iou": float("nan"), "class_iou": [0.25, None]}]  # fmt: skip
    write_history(tmp_path / "history.csv", history, ("sky", "a, b"))
    with open(tmp_path / "history.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["epoch", "lr", "loss", "val_loss", "pixel_accuracy", "mean_accuracy", "mean_iou", "iou_sky", "iou_a, b"],
        ["1", "0.1", "1.5", "", "", "", "", "", ""],
        ["2", "0.1", repr(1 / 3), "2.0", "0.5", "0.4", "", "0.25", ""],
    ]


def test_the_history_and_the_curves_are_written_after_every_epoch(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(run_of_options, "draw_curves", lambda out, histories, loss: seen.append((len(histories["pixelwise"]), loss)))
    run(Options(**SMALL, loss="focal"), tmp_path, curves=True, quiet=True)
    assert seen == [(1, "focal"), (2, "focal")] and len((tmp_path / "history.csv").read_text().splitlines()) == 3


def test_records_of_older_runs_without_scores_of_classes_are_resumed(tmp_path, monkeypatch):
    history = scripted_fit(tmp_path, [0.5, 0.4], monkeypatch, epochs=1, quiet=True)
    checkpoint = load_checkpoint(tmp_path / "checkpoint.npz")
    for record in checkpoint.progress["history"]:
        del record["class_iou"], record["mean_accuracy"]
    again = scripted_fit(tmp_path, [0.5, 0.4], monkeypatch, done=history, epochs=2, resume=checkpoint, quiet=True)
    assert len(again) == 2 and json.loads(json.dumps(again)) == again


# Losses ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["focal", "dice", "lovasz", "cross-entropy+0.5*dice"])
@pytest.mark.parametrize("model", ["pixelwise", "pspnet"])
def test_every_net_learns_by_every_loss(loss, model, tmp_path):
    options = Options(**SMALL | {"model": model}, loss=loss)
    _, history = run(options, tmp_path, quiet=True)
    assert load_model(tmp_path)[1].loss == loss and len(history) == 2


def test_the_loss_of_a_run_is_the_one_that_is_named():
    batch = batches(1, 2)[0]
    net = PixelClassifier(4)
    for name, loss in ("lovasz", lovasz_softmax), ("focal", focal_loss):
        value = objective(Options(loss=name))(net, tensor(batch[0]), batch[1], ignore_index=255)
        assert value.item() == loss(net(tensor(batch[0])), batch[1], ignore_index=255).item()


def test_a_run_that_samples_pixels_takes_the_loss_of_a_sample():
    images, labels = batches(1, 2)[0]
    net = PixelClassifier(4)
    manual_seed(3)
    value = objective(Options(sampling=0.25))(net, tensor(images), labels, ignore_index=255)
    manual_seed(3)
    losses = cross_entropy(net(tensor(images)), labels, ignore_index=255, reduction="none").numpy()
    kept = default_generator().random(losses.shape, dtype=np.float32) >= 0.75
    np.testing.assert_allclose(value.item(), 4 * (losses * kept).sum() / (labels != 255).sum(), rtol=1e-5)


@pytest.mark.parametrize(("options", "sentence"), [
    ({"loss": "lovasz", "class_weights": "median"}, "the loss lovasz takes no class weights"),
    ({"loss": "cross-entropy+dice", "reduction": "sum"}, "has a part that is one number for a whole batch"),
    ({"loss": "cross-entropy+dice", "sampling": 0.5}, "has a part that is no sum over pixels, so no pixels can be sampled"),
    ({"sampling": 2}, "sampled: p is 2, expected a probability above 0, at most 1"),
    ({"loss": "iou"}, "loss is 'iou', but there is no 'iou'"),
])  # fmt: skip
def test_a_loss_that_does_not_fit_is_told_before_anything_is_written(options, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        run(Options(**SMALL, **options), tmp_path / "out", quiet=True)
    assert not (tmp_path / "out").exists()


def test_a_loss_that_counts_classes_equally_leaves_the_data_sets_weights_out():
    assert choose_weights(Options(loss="lovasz"), Halves()) == (None, None)
    assert choose_weights(Options(loss="lovasz+focal"), Halves())[0] is not None
