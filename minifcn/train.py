"""Training: `fit` runs the epochs over step.py's single steps, and evaluates, reports and saves after each.

A run can be stopped at any moment, by Ctrl-C or a power cut, and resumed from its checkpoint; the result is then
bit-identical to that of an uninterrupted run: batches depend only on (seed, epoch, number), and the checkpoint holds
the weights, the optimiser, the schedule, the random generator and the position in the epoch. On several ranks, all run
the same epochs on their parts of the batches, decide alike, and rank 0 prints and writes. Read progress.py next.
"""

import contextlib
import itertools
import math
import os
import signal
from dataclasses import asdict

import numpy as np
from tqdm import tqdm

from .checkpoint import load_checkpoint, save_checkpoint
from .data.balance import classes_in, count_labels, lack_of_classes
from .distributed import barrier, broadcast_object, collect, get_rank, get_world_size
from .parallel import check_loader, compile_on_each_machine, copy_from_rank_0
from .progress import Progress, best_epoch, read_progress, stale_epochs
from .random import default_generator
from .step import REPORTED, NotFinite, evaluate, pixel_loss, train_step

MAX_INSPECTED = 64  # the most label maps to check before the first step


class TrainingStopped(Exception):
    """Ctrl-C ended the run after a complete step; the checkpoint, if the run has one, is up to date."""


def fit(
    model,
    loader,
    optimizer,
    *,
    epochs,
    scheduler=None,
    validation=None,
    class_weight=None,
    ignore_index=255,
    loss=pixel_loss,
    reduction="mean",
    accumulate=1,
    checkpoint=None,
    best=None,
    patience=None,
    resume=False,
    config=None,
    after_epoch=None,
    title="train",
    quiet=False,
):
    """Train `model` on `loader` for `epochs`; return the history, a list of one record per epoch.

    loader:       a DataLoader of (images (N, 3, H, W), labels (N, H, W))
    scheduler:    stepped after every batch
    validation:   a DataLoader to score after every epoch
    class_weight: array (classes,) for the loss
    loss:         a function like pixel_loss; its value is the loss in the records
    reduction:    'mean', or 'sum' for a loss that is not divided by its pixels
    accumulate:   batches per update, whose gradients are averaged; an epoch's last update may have fewer
    checkpoint:   a path that is written before the first step, after every epoch and on Ctrl-C
    best:         a path to which the weights and `config` are written whenever an epoch has the best mean_iou so far
    patience:     end after this many epochs without a better mean_iou; None: never
    resume:       True to resume from `checkpoint`, or a Checkpoint to resume from
    config:       the options of the run, saved in the checkpoint; a resumed run must have the same
    after_epoch:  called with the history after every epoch, once that is saved, on rank 0
    A record holds epoch, lr, loss (per labelled pixel) and, with `validation`, val_loss (the cross-entropy per labelled
    pixel, whatever `loss` is), pixel_accuracy, mean_accuracy, mean_iou and class_iou, a list with None for a class that is
    neither in the truth nor predicted.
    Unless `quiet`, unusable labels are reported in a line: before the first step if the first label maps have fewer
    than two classes, after the first epoch if all of them do, or if a class occurs only in `validation`.
    Raises TrainingStopped after Ctrl-C, FileError if the checkpoint cannot be written, ValueError if it does not match,
    if a data set is empty or too small for a batch, and if the loss or a weight becomes NaN or infinite.
    """
    check_data(loader, validation)
    lines = Lines(title, epochs, quiet or get_rank() > 0)
    run = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "rng": default_generator(), "config": config or {}}
    progress = begin_run(resume, checkpoint, run, loader, ignore_index, lines)
    settings = {"weight": class_weight, "ignore_index": ignore_index} | ({"reduction": "sum"} if reduction == "sum" else {})
    with stop_at_ctrl_c() as stopped:
        while progress.epoch < epochs and not lines.out_of_patience(progress, patience):
            train_epoch(run, loader, loss, settings, accumulate, progress, lines, stopped)
            ended = progress.step >= len(loader)
            wrong = finish_epoch(run, validation, ignore_index, best, progress) if ended else []
            save(checkpoint, progress, run)
            lines.epoch(progress, wrong)  # after saving: print() fails if the output is closed
            if ended and after_epoch is not None and get_rank() == 0:
                after_epoch(progress.history)
            if stopped() and progress.epoch < epochs:
                raise TrainingStopped(f"stopped in epoch {progress.epoch + 1} after step {progress.step}")
    barrier()  # what rank 0 has written is there for all
    return progress.history


def train_epoch(run, loader, loss, settings, accumulate, progress, lines, stopped):
    """Train from where `progress` is until the end of its epoch, or until `stopped()`."""
    batches = iter(loader.batches(progress.epoch, start=progress.step))
    with lines.bar(len(loader), progress) as bar:
        while group := list(itertools.islice(batches, accumulate)):
            step_and_count(run, loss, group, settings, progress)
            for _ in group if run["scheduler"] is not None else ():
                run["scheduler"].step()
            bar.update(len(group))
            if stopped():
                break
    check_weights(run["model"], progress)


def begin_run(resume, path, run, loader, ignore_index, lines):
    """Start or resume the run of fit's arguments; return its Progress. All ranks begin with what rank 0 has."""
    progress = resume_run(resume, path, run) if resume else Progress()
    check_progress(path, collect(progress))
    compile_on_each_machine(next(run["model"].parameters()).data, lines.quiet)
    copy_from_rank_0([*run["model"].parameters(), *run["model"].buffers()])
    run["rng"].bit_generator.state = broadcast_object(run["rng"].bit_generator.state)
    if not resume:
        lines.say(None if lines.quiet else inspect_labels(loader, ignore_index))
        save(path, progress, run)  # an unwritable path must fail now, not after an epoch
    return progress


def check_progress(path, found):
    """ValueError unless all ranks have read the same Progress: each reads the checkpoint that its machine has."""
    (_, first), *others = [(rank, (progress.epoch, progress.step)) for rank, progress in enumerate(found)]
    for rank, step in others:
        if step != first:
            raise ValueError(
                f"{path} has (epochs, steps) {first} on rank 0 and {step} on rank {rank}; copy rank 0's folder to all machines"
            )


def resume_run(resume, path, run):
    """Load the checkpoint given by fit's arguments into the parts of `run`; return its Progress.

    Raises CheckpointError, and changes nothing, if it does not match.
    """
    if resume is True and path is None:
        raise ValueError("train: resume is True, but checkpoint is None; name the file to resume from")
    checkpoint = load_checkpoint(path) if resume is True else resume
    progress = read_progress(checkpoint)
    checkpoint.restore(**run)
    return progress


def step_and_count(run, loss, batches, settings, progress):
    """One train_step on the model and optimiser of `run`, counted in `progress`. ValueError if the loss is not finite.

    batches: a list of (images, labels), whose gradients are averaged. settings: options of the loss
    """
    try:
        (images, labels), *more = batches
        value = train_step(run["model"], run["optimizer"], loss, images, labels, more=more, **settings)
    except NotFinite as error:
        where = f"the loss is {error.loss} in epoch {progress.epoch + 1}, step {progress.step + 1}"
        if error.images:
            sentence = f"train: {where}, because the images of the batch hold NaN or infinity; correct the data"
        else:
            sentence = f"train: {where}; training has diverged, so start again with a smaller learning rate"
        raise ValueError(sentence) from None
    progress.step += len(batches)
    pixels = count_batches(batches, settings["ignore_index"], progress)
    progress.loss_sum += value * (len(batches) if settings.get("reduction") == "sum" else pixels)
    progress.pixels += pixels


def count_batches(batches, ignore_index, progress):
    """The labelled pixels of these batches, on all ranks; in the first epoch, `progress` counts the labels too."""
    pixels, counts = 0, {}
    for _, labels in batches:
        pixels += int(np.count_nonzero(labels != ignore_index))
        if progress.epoch == 0:
            count_labels(labels, counts)
    parts = collect((pixels, counts))
    for label, found in itertools.chain.from_iterable(counts.items() for _, counts in parts):
        progress.labels[label] = progress.labels.get(label, 0) + found
    return sum(pixels for pixels, _ in parts)


def save(path, progress, run):
    """Write the checkpoint, if the run has one, from rank 0."""
    if path is not None and get_rank() == 0:
        save_checkpoint(path, progress=asdict(progress), **run)


def check_data(loader, validation):
    """ValueError if a loader has no batch; `validation` may be None."""
    for name, given in (("data set", loader), ("validation set", validation)):
        if given is not None and not len(given.dataset):
            raise ValueError(f"train: the {name} is empty, expected at least 1 sample; check where it looks for them")
        if given is not None and not len(given):
            found = len(given.dataset)
            raise ValueError(f"train: the {name} has {found} samples, too few for a batch; use a smaller batch")
    if get_world_size() > 1:
        check_loader(loader)


def inspect_labels(loader, ignore_index):
    """The problem with the first label maps of epoch 0, or None; good labels take only a map or two to confirm."""
    counts, looked = {}, 0
    for _, label in itertools.islice(loader.samples(0), MAX_INSPECTED):
        count_labels(label, counts)
        looked += 1
        if lack_of_classes(counts, ignore_index) is None:
            return None
    of = f"the first {looked} of {len(loader.dataset)} label maps"
    return f"train: {of} have {lack_of_classes(counts, ignore_index)}; check the labels"


def check_weights(model, progress):
    """ValueError if a weight is NaN or infinite; called before writing the checkpoint, which must stay usable."""
    if name := find_non_finite(model):
        raise ValueError(
            f"train: {name} is NaN or infinite in epoch {progress.epoch + 1}, after step {progress.step};"
            " training has diverged, so start again with a smaller learning rate"
        )


def find_non_finite(model):
    """The name of the first parameter or buffer that holds NaN or infinity, None if none does."""
    return next((name for name, array in model.state_dict().items() if not np.isfinite(array).all()), None)


def finish_epoch(run, validation, ignore_index, best, progress):
    """Score the epoch that has just ended, add its record, start the next. Returns the problems with the labels.

    The weights are written to the path `best`, if there is one, if no epoch before had as good a mean IoU.
    """
    wrong = []
    record = {
        "epoch": progress.epoch + 1,
        "lr": run["optimizer"].param_groups[0]["lr"],
        "loss": progress.loss_sum / max(progress.pixels, 1),
    }
    if progress.epoch == 0 and (lack := lack_of_classes(progress.labels, ignore_index)):
        wrong.append(f"train: the label maps of the first epoch have {lack}; check the labels")
    copy_from_rank_0(run["model"].buffers())  # they differ if batch norm's statistics are those of each rank alone
    if validation is not None:
        with np.errstate(**REPORTED):
            matrix, val_loss = evaluate(run["model"], validation, ignore_index=ignore_index)
        if progress.epoch == 0:
            wrong.append(describe_unseen_classes(matrix, classes_in(progress.labels, ignore_index)))
        if not math.isfinite(val_loss):
            raise ValueError(
                f"train: the loss on the validation set is {val_loss} after epoch {progress.epoch + 1}; training has"
                " diverged, so start again with a smaller learning rate"
            )
        means = {name: getattr(matrix, name) for name in ("pixel_accuracy", "mean_accuracy", "mean_iou")}
        class_iou = [None if math.isnan(iou) else iou for iou in matrix.class_iou.tolist()]
        record |= {"val_loss": val_loss, **means, "class_iou": class_iou}
    progress.history.append(record)
    if best is not None and best_epoch(progress.history) == progress.epoch and get_rank() == 0:
        save_checkpoint(best, model=run["model"], config=run["config"], progress=record)
    progress.epoch, progress.step, progress.loss_sum, progress.pixels = progress.epoch + 1, 0, 0.0, 0
    progress.labels = {}
    return wrong


def describe_unseen_classes(matrix, trained):
    """A sentence if the truth of a ConfusionMatrix has classes that are not in `trained`, else None."""
    classes = [str(c) for c in np.flatnonzero(matrix.matrix.sum(1)) if c not in trained]
    if not classes:
        return None
    has = f"the validation set has class{'es' * (len(classes) > 1)} {', '.join(classes)}"
    return f"train: {has}, which no label map of the first epoch has; check how the data were split"


@contextlib.contextmanager
def stop_at_ctrl_c():
    """Yield a function that tells whether Ctrl-C was pressed, on any rank; a second Ctrl-C interrupts immediately.

    All ranks have to call it equally often, and so stop after the same step. Python handles signals only in its main
    thread; elsewhere Ctrl-C keeps its usual meaning.
    """
    pressed = []

    def handler(number, frame):
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)
        if get_rank() > 0:
            return
        with contextlib.suppress(OSError):  # the same Ctrl-C may have killed the reader of our output, such as tee
            # print() may be busy right now
            os.write(2, b"\nCtrl-C: stopping after this step; press it again to stop immediately\n")

    try:
        before = signal.signal(signal.SIGINT, handler)
    except ValueError:
        yield lambda: False
        return
    try:
        yield lambda: any(collect(bool(pressed)))
    finally:
        signal.signal(signal.SIGINT, before)


class Lines:
    """The output of a run: a progress bar during an epoch, a line after it, and problems with the labels."""

    def __init__(self, title, epochs, quiet):
        self.title, self.epochs, self.quiet = title, epochs, quiet

    def bar(self, steps, progress):
        return tqdm(
            total=steps,
            initial=progress.step,
            desc=f"{self.title} epoch {progress.epoch + 1}/{self.epochs}",
            unit="step",
            leave=False,
            disable=self.quiet or None,  # None: silent unless the output is a terminal
        )

    def say(self, sentence):
        """Print a sentence, which may be None."""
        if sentence and not self.quiet:
            print(sentence, flush=True)

    def out_of_patience(self, progress, patience):
        """Whether `patience` epochs, None for any number, have brought no better mean IoU; says so."""
        if patience is None or progress.step or stale_epochs(progress.history) < patience:
            return False
        record = progress.history[best_epoch(progress.history)]
        self.say(
            f"{self.title}: stopped after epoch {progress.epoch}, since {patience} epochs brought no better mean IoU than"
            f" the {record['mean_iou']:.3f} of epoch {record['epoch']}"
        )
        return True

    def epoch(self, progress, wrong=()):
        """Print the problems in `wrong` and, if an epoch has just ended, the line of the last record."""
        if self.quiet or progress.step:
            return
        for sentence in wrong:
            self.say(sentence)
        record = progress.history[-1]
        line = f"{self.title} epoch {record['epoch']:>{len(str(self.epochs))}}/{self.epochs}   loss {record['loss']:.4f}"
        if "mean_iou" in record:
            line += f"   val loss {record['val_loss']:.4f}   accuracy {record['pixel_accuracy']:.3f}"
            line += f"   mIoU {record['mean_iou']:.3f}"
        self.say(line)
