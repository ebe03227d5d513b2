"""Training: stopped, killed or left alone, a run ends with the same bits; what cannot be trained is reported and harms nothing."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from small_run import CONFIG, EPOCHS, STEPS, SmallRun, plain

from minifcn import manual_seed, no_grad, tensor
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.data import DataLoader, Shapes
from minifcn.models import FCN8s, SmallVGG
from minifcn.optim import AdamW
from minifcn.train import TrainingStopped, evaluate, fit, inspect_labels

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
TESTS = Path(__file__).parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(TESTS.parent)}


@pytest.fixture(autouse=True, scope="module")
def thread_count(thread_count):
    """Two threads, as in the processes that are started here: bits are the same only on the same number."""
    numba.set_num_threads(2)
    return 2


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The bits of a run that was left alone, and its checkpoint."""
    checkpoint = tmp_path_factory.mktemp("uninterrupted") / "run.npz"
    return SmallRun().fit(checkpoint).bits(), load_checkpoint(checkpoint)


def contents(checkpoint):
    """Everything a checkpoint holds but its path, comparable bit for bit."""
    return plain({name: value for name, value in vars(checkpoint).items() if name != "path"})


# The same bits --------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits(uninterrupted):
    assert SmallRun().fit().bits() == uninterrupted[0]


def test_another_seed_gives_other_bits(uninterrupted):
    assert SmallRun(seed=1).fit().bits() != uninterrupted[0]


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same_bits(workers, uninterrupted):
    assert SmallRun(workers=workers).fit().bits() == uninterrupted[0]


@pytest.mark.parametrize("name, step", [*(("run.npz", step) for step in (1, STEPS, 2 * STEPS + 2)), ("run.safetensors", STEPS + 1)])
def test_ctrl_c_after_any_step_and_resuming_gives_the_same_bits(name, step, uninterrupted, tmp_path):
    path = tmp_path / name
    with pytest.raises(TrainingStopped, match=f"stopped in epoch {step // STEPS + 1} after step {step % STEPS}$"):
        SmallRun(ctrl_c_at=step).fit(path)
    assert SmallRun().fit(path, resume=True).bits() == uninterrupted[0]
    assert contents(load_checkpoint(path)) == contents(uninterrupted[1])


def test_resuming_takes_weights_and_generator_from_the_checkpoint_alone(uninterrupted, tmp_path):
    with pytest.raises(TrainingStopped):
        SmallRun(ctrl_c_at=6).fit(tmp_path / "run.npz")
    run = SmallRun(lr=0.5)
    run.model.backbone.fc6.weight.data += 1
    manual_seed(12345)
    assert run.fit(tmp_path / "run.npz", resume=True).bits() == uninterrupted[0]


def test_ctrl_c_at_every_single_step_gives_the_same_bits(uninterrupted, tmp_path):
    run, path = SmallRun(ctrl_c_at=1), tmp_path / "run.npz"
    for _ in range(EPOCHS * STEPS - 1):
        with pytest.raises(TrainingStopped):
            run.fit(path, resume=path.exists())
        run = SmallRun(ctrl_c_at=1)
    run.fit(path, resume=True)                                     # Ctrl-C in the last step finds nothing left to stop
    assert run.bits() == uninterrupted[0]


def test_resuming_a_finished_run_changes_nothing(uninterrupted, tmp_path):
    path = tmp_path / "run.npz"
    SmallRun().fit(path)
    before = path.read_bytes()
    assert SmallRun().fit(path, resume=True).bits() == uninterrupted[0]
    assert path.read_bytes() == before


def test_a_second_ctrl_c_interrupts_at_once_and_the_old_checkpoint_stays(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(TrainingStopped):
        SmallRun(ctrl_c_at=STEPS).fit(path)
    before = path.read_bytes()
    run = SmallRun(transform=lambda image, label, rng: press_twice() or (image, label))
    with pytest.raises(KeyboardInterrupt):
        run.fit(path, resume=True)
    assert path.read_bytes() == before


def press_twice():
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


def unwritable(*args, **options):
    raise BrokenPipeError(32, "Broken pipe")


def test_ctrl_c_saves_although_it_ended_the_reader_of_the_messages_too(tmp_path, monkeypatch):
    monkeypatch.setattr("os.write", unwritable)                       # as in `minifcn train 2>&1 | tee log`
    with pytest.raises(TrainingStopped):
        SmallRun(ctrl_c_at=2).fit(tmp_path / "run.npz")
    assert load_checkpoint(tmp_path / "run.npz").progress["step"] == 2


def test_an_epoch_is_saved_before_its_line_is_printed(tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.print", unwritable)
    with pytest.raises(BrokenPipeError):
        SmallRun().fit(tmp_path / "run.npz", quiet=False)
    assert load_checkpoint(tmp_path / "run.npz").progress["epoch"] == 1


def test_ctrl_c_has_its_usual_meaning_after_training():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingStopped):
        SmallRun(ctrl_c_at=1).fit()
    assert signal.getsignal(signal.SIGINT) is before


# Real signals to real processes ---------------------------------------------------------------------------------------


def small_run(path, *call):
    """(exit code, standard output) of small_run.py, killed at this call, or left alone."""
    command = [sys.executable, str(TESTS / "small_run.py"), str(path), *map(str, call)]
    ended = subprocess.run(command, check=False, env=ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode, ended.stdout


@posix
def test_a_run_killed_twice_ends_with_the_same_bits(uninterrupted, tmp_path):
    path = tmp_path / "run.npz"
    for epoch in 1, 2:
        assert small_run(path, 37_000)[0] == -signal.SIGKILL       # in the second epoch of this process
        assert load_checkpoint(path).progress["epoch"] == epoch
    assert small_run(path)[0] == 0
    assert contents(load_checkpoint(path)) == contents(uninterrupted[1])


@posix
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_runs_killed_at_many_random_moments_end_with_the_same_bits(seed, uninterrupted, tmp_path):
    path, rng = tmp_path / "run.npz", random.Random(seed)
    calls = int(re.search(r"done in (\d+) calls", small_run(tmp_path / "another.npz")[1])[1])
    assert small_run(path, rng.randrange(1, calls))[0] == -signal.SIGKILL
    for _ in range(11):
        small_run(path, rng.randrange(1, calls))
        assert not path.exists() or contents(load_checkpoint(path))  # whole at any moment
    assert small_run(path)[0] == 0
    assert contents(load_checkpoint(path)) == contents(uninterrupted[1])


def train_words(out, *more):
    options = ["--model", "fcn16s", "--data", "shapes", "--size", "32", "--samples", "48", "--batch", "4", "--epochs", "3"]
    return ["train", *options, "--out", str(out), *more]


# `minifcn WORDS...`, whose 14th step, in the second epoch, waits for a line: until Ctrl-C has been pressed.
WAITS = """
import sys
from minifcn import __main__, train
real, steps = train.train_step, iter(range(1, 1000))

def train_step(*given, **options):
    if next(steps) == 14:
        print("waits", flush=True)
        sys.stdin.readline()
    return real(*given, **options)

train.train_step = train_step
sys.exit(__main__.main(sys.argv[1:]))
"""


@posix
def test_ctrl_c_at_the_shell_saves_says_so_exits_with_130_and_resumes_to_the_same_bits(tmp_path):
    streams = {"env": ENVIRONMENT, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WAITS, *train_words(tmp_path / "a")], **streams) as process:
        while process.stdout.readline() not in ("waits\n", ""):
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate("go on\n")
    assert process.returncode == 130, err
    lines = [line for line in err.splitlines() if line.startswith("minifcn:")]
    assert len(lines) == 1 and "Traceback" not in err
    assert "stopped in epoch" in lines[0] and "checkpoint.npz; continue with the same command and --resume" in lines[0]
    assert sorted(os.listdir(tmp_path / "a")) == ["best.npz", "checkpoint.npz", "curves.png", "history.csv"]
    progress = load_checkpoint(tmp_path / "a" / "checkpoint.npz").progress
    assert (progress["epoch"], progress["step"]) == (1, 2)

    assert main(train_words(tmp_path / "a", "--resume")) == main(train_words(tmp_path / "b")) == 0
    a, b = (load_checkpoint(tmp_path / run / "checkpoint.npz") for run in "ab")
    assert contents(a) == contents(b) and a.progress["epoch"] == 3


# What is kept and printed ---------------------------------------------------------------------------------------------


def test_the_checkpoint_holds_configuration_progress_and_history(uninterrupted):
    checkpoint = uninterrupted[1]
    assert checkpoint.config == CONFIG
    assert checkpoint.progress["epoch"] == EPOCHS and checkpoint.progress["step"] == 0
    history = checkpoint.progress["history"]
    assert [record["epoch"] for record in history] == [1, 2, 3]
    names = {"epoch", "lr", "loss", "val_loss", "pixel_accuracy", "mean_accuracy", "mean_iou"}
    for record in history:
        assert record.keys() == names | {"class_iou"} and all(isinstance(record[name], float | int) for name in names)
        assert np.mean([iou for iou in record["class_iou"] if iou is not None]) == pytest.approx(record["mean_iou"])


def test_fit_returns_the_history_that_it_saves(uninterrupted):
    assert plain(SmallRun().fit().history) == plain(uninterrupted[1].progress["history"])


def test_a_line_an_epoch_is_printed_with_loss_and_mean_iou(capsys):
    SmallRun().fit(epochs=2, quiet=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("   ")[0] for line in lines] == ["train epoch 1/2", "train epoch 2/2"]
    assert all("   loss " in line and "   mIoU 0." in line for line in lines)


def test_a_quiet_run_prints_nothing(capsys):
    SmallRun().fit(epochs=1)
    assert capsys.readouterr() == ("", "")


def test_the_loss_of_a_record_is_the_mean_over_the_labelled_pixels_of_the_epoch():
    run = SmallRun(lr=0.0, transform=hide_some_labels)
    run.model.score_fr.bias.data[:] = 0, 1, 2, 3                   # its weights are zero: all images have the same scores
    with no_grad():
        scores = run.model(tensor(np.zeros((1, 3, 32, 32), np.float32))).numpy()[0].astype(np.float64)
    losses = np.log(np.exp(scores).sum(0)) - scores                # (classes, H, W)
    pixels = [losses[label[y, x], y, x] for _, batch in run.loader.batches(0) for label in batch
              for y, x in np.argwhere(label != 255)]  # fmt: skip
    assert run.fit(epochs=1).history[0]["loss"] == pytest.approx(np.mean(pixels), rel=1e-5)


def test_every_epoch_draws_its_own_batches():
    run, seen = SmallRun(), []
    run.loader.batches = lambda epoch, start: seen.append((epoch, start)) or type(run.loader).batches(run.loader, epoch, start)
    run.fit()
    assert seen == [(0, 0), (1, 0), (2, 0)]


def hide_some_labels(image, label, rng):
    return image, np.where(rng.random(label.shape) < rng.random(), 255, label)


def test_without_validation_a_record_has_the_loss_alone():
    run = SmallRun()
    history = fit(run.model, run.loader, run.optimizer, epochs=1, quiet=True)
    assert history[0].keys() == {"epoch", "lr", "loss"}


# evaluate -------------------------------------------------------------------------------------------------------------


def test_evaluate_counts_every_pixel_as_a_plain_loop_does():
    model = SmallRun().fit(epochs=2).model
    loader = DataLoader(Shapes(5, 32, seed=2, border=1), 2)
    matrix, loss = evaluate(model, loader)
    counts, losses = np.zeros((4, 4), int), []
    model.eval()
    for image, label in (loader.dataset[i] for i in range(5)):
        with no_grad():
            scores = model(tensor(image[None])).numpy()[0].astype(np.float64)
        for y, x in np.argwhere(label != 255):
            s, truth = scores[:, y, x], label[y, x]
            counts[truth, s.argmax()] += 1
            losses.append(np.log(np.exp(s).sum()) - s[truth])
    np.testing.assert_array_equal(matrix.matrix, counts)
    assert loss == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_leaves_the_model_as_it_was(training):
    run = SmallRun()
    run.model.train(training)
    before = plain(run.model.state_dict())
    evaluate(run.model, run.validation)
    assert all(module.training is training for module in run.model.modules())
    assert plain(run.model.state_dict()) == before


def test_evaluate_leaves_mixed_modes_as_they_were():
    run = SmallRun()
    run.model.backbone.conv1_1.eval()
    run.model.backbone.drop6.eval()
    modes = [module.training for module in run.model.modules()]
    evaluate(run.model, run.validation)
    assert [module.training for module in run.model.modules()] == modes and len(set(modes)) == 2


def test_a_frozen_part_keeps_every_array_and_the_rest_learns():
    run = SmallRun()
    frozen = run.model.backbone
    frozen.freeze()
    before = plain(frozen.state_dict())
    run.fit(epochs=2)
    assert plain(frozen.state_dict()) == before and any("running_mean" in name for name in before)
    assert run.model.score_fr.bias.numpy().any()


def test_evaluate_draws_no_random_numbers(uninterrupted):
    run = SmallRun()
    run.model.train()
    evaluate(run.model, run.validation)
    assert run.fit().bits() == uninterrupted[0]


def test_validation_does_not_change_what_is_learned(uninterrupted):
    run = SmallRun()
    fit(run.model, run.loader, run.optimizer, epochs=EPOCHS, scheduler=run.scheduler, quiet=True)
    assert plain(run.model.state_dict()) == uninterrupted[0][0]


# What labels there are ------------------------------------------------------------------------------------------------


def masked(foreground, border=0):
    """A transform that leaves two labels: 0, and `foreground` for every shape; the rows above `border` are ignored."""

    def transform(image, label, rng):
        label = np.where(label > 0, foreground, 0)
        label[:border] = 255
        return image, label

    return transform


def printed(transform, capsys, epochs=2, **options):
    """The lines that a run on such labels prints, but those of its epochs."""
    run = SmallRun(transform=transform)
    run.validation.dataset.transform = options.get("validation", transform)
    run.fit(epochs=epochs, quiet=False)
    return [line for line in capsys.readouterr().out.splitlines() if not line.startswith("train epoch")]


def test_masks_of_0_and_255_are_reported_before_the_first_step_and_after_the_first_epoch(capsys):
    ignored = np.mean([Shapes(16, 32)[i][1] > 0 for i in range(16)])
    lack = f"have only class 0, and {100 * ignored:.1f} % of their pixels are 255, which is ignored; check the labels"
    maps = "the first 16 of 16 label maps", "the label maps of the first epoch"
    assert printed(masked(255), capsys) == [f"train: {which} {lack}" for which in maps]


def test_label_maps_without_a_labelled_pixel_are_reported(capsys):
    lines = printed(masked(255, border=32), capsys, epochs=1)
    assert [line.partition(" have ")[2] for line in lines] == [
        "no labelled pixel: 100.0 % of their pixels are 255, which is ignored; check the labels"
    ] * 2


def test_labels_of_two_classes_are_not_reported(capsys):
    assert printed(masked(1, border=3), capsys) == []


def test_the_look_at_the_labels_ends_at_the_second_class():
    seen = []
    run = SmallRun(transform=lambda image, label, rng: seen.append(label) or (image, label))
    inspect_labels(run.loader, 255)
    assert 1 <= len(seen) <= 3


def test_a_class_that_validation_alone_has_is_named_after_the_first_epoch(capsys):
    assert printed(masked(1), capsys, validation=masked(3)) == [
        "train: the validation set has class 3, which no label map of the first epoch has; check how the data were split"
    ]


def test_a_resumed_run_reports_labels_of_its_first_epoch_as_one_left_alone_and_never_again(tmp_path, capsys):
    expected, path = printed(masked(255), capsys), tmp_path / "run.npz"
    stopped = SmallRun(transform=masked(255), ctrl_c_at=2)
    stopped.validation.dataset.transform = masked(255)
    with pytest.raises(TrainingStopped):
        stopped.fit(path, epochs=2, quiet=False)
    lines = capsys.readouterr().out.splitlines()
    for epochs in 1, 2:
        run = SmallRun(transform=masked(255))
        run.validation.dataset.transform = masked(255)
        run.fit(path, resume=True, epochs=epochs, quiet=False)
        lines += capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith("train epoch")] == expected


# What cannot be trained -----------------------------------------------------------------------------------------------


def test_an_image_with_nan_is_told_and_the_checkpoint_stays(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(TrainingStopped):
        SmallRun(ctrl_c_at=5).fit(path)
    before = path.read_bytes()
    spoilt = SmallRun(transform=lambda image, label, rng: (image * np.float32("nan"), label))
    with pytest.raises(ValueError, match=r"train: the loss is nan in epoch 2, step 2, because the images .* hold NaN"):
        spoilt.fit(path, resume=True)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run.npz"]


@pytest.mark.parametrize("lr", [1e10, 1e30])
def test_a_learning_rate_that_diverges_is_told_and_the_checkpoint_still_loads(lr, tmp_path):
    with pytest.raises(ValueError, match="diverged, so start again with a smaller learning"):
        SmallRun(lr=lr).fit(tmp_path / "run.npz", epochs=20)
    run = SmallRun()
    load_checkpoint(tmp_path / "run.npz").restore(model=run.model, optimizer=run.optimizer)


def test_weights_that_overflow_in_the_last_step_of_an_epoch_are_not_saved(tmp_path):
    path = tmp_path / "run.npz"
    SmallRun().fit(path, epochs=1)
    before, run = path.read_bytes(), SmallRun()
    step = run.optimizer.step

    def overflow():
        step()
        if run.loader.given == STEPS:
            run.model.score_fr.bias.data[0] = np.inf

    run.optimizer.step = overflow
    with pytest.raises(ValueError, match="train: score_fr.bias is NaN or infinite in epoch 2, after step 4"):
        run.fit(path, resume=True, epochs=2)
    assert path.read_bytes() == before


def test_a_checkpoint_that_cannot_be_written_is_told_before_the_first_step(tmp_path):
    run = SmallRun()
    with pytest.raises(OSError, match="the folder .* does not exist; create it first"):
        run.fit(tmp_path / "none" / "run.npz")
    assert run.loader.given == 0


def test_resuming_from_no_checkpoint_is_reported():
    with pytest.raises(ValueError, match="train: resume is True, but checkpoint is None; name the file to resume from"):
        SmallRun().fit(None, resume=True)


def test_a_validation_set_without_a_batch_is_reported_before_the_first_step():
    run = SmallRun()
    run.validation = DataLoader(Shapes(1, 32), 2, drop_last=True)
    before = plain(run.model.state_dict())
    with pytest.raises(ValueError, match="^train: the validation set has 1 samples, too few for a batch"):
        run.fit()
    assert plain(run.model.state_dict()) == before
    with pytest.raises(ValueError, match="^evaluate: the loader gave no batch"):
        evaluate(run.model, run.validation)


def test_a_data_set_too_small_for_a_batch_is_reported():
    run = SmallRun()
    loader = DataLoader(Shapes(3, 32), 4, drop_last=True)
    with pytest.raises(ValueError, match="train: the data set has 3 samples, too few for a batch"):
        fit(run.model, loader, run.optimizer, epochs=1)


@pytest.mark.parametrize("empty, words", [("training", "train: the data set is empty"),
                                         ("validation", "train: the validation set is empty")])  # fmt: skip
def test_an_empty_data_set_is_reported_before_anything_is_written(empty, words, tmp_path):
    run = SmallRun()
    (run.loader if empty == "training" else run.validation).dataset.length = 0
    with pytest.raises(ValueError, match=words):
        run.fit(tmp_path / "run.npz")
    assert not os.listdir(tmp_path)


def test_evaluating_on_an_empty_data_set_is_refused():
    run = SmallRun()
    run.validation.dataset.length = 0
    with pytest.raises(ValueError, match="evaluate: the loader gave no batch"):
        evaluate(run.model, run.validation)


# It learns ------------------------------------------------------------------------------------------------------------


def test_four_images_are_learned_by_heart():
    manual_seed(0)
    model = FCN8s(SmallVGG(widths=(8, 16, 16, 16, 16), head=32, dropout=0.0), 4, "learned")
    loader = DataLoader(Shapes(4, 32, noise=0.02), 4)
    optimizer = AdamW(model.parameters(), 1e-2)
    history = fit(model, loader, optimizer, epochs=100, quiet=True)
    assert history[0]["loss"] > 1 and history[-1]["loss"] < 0.1
    matrix, loss = evaluate(model, loader)
    assert loss < 0.3 and matrix.mean_iou > 0.8
