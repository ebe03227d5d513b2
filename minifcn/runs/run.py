"""One training run from its options: data, model, optimiser, schedule, checkpoint.

The checkpoint records the options, so that `resume` can continue from it and `load_model` can rebuild its network. Any
segmentation network can be trained, optionally from a backbone pretrained on ImageNet (../imagenet.py). Read
history.py next.
"""

import contextlib
from dataclasses import replace
from pathlib import Path

from ..checkpoint import load_checkpoint
from ..data import DataLoader
from ..distributed import get_rank, get_world_size
from ..files import make_folder, printable
from ..imagenet import freeze_pretrained, load_imagenet
from ..models.catalogue import check_batch
from ..parallel import check_loader, over_all_ranks
from ..random import manual_seed
from ..suggest import list_some
from ..train import fit
from .history import draw_curves, write_history
from .less_memory import less_memory
from .objective import choose_weights, objective
from .optimizer import optimizer_of
from .options import as_config, make_model, resolve
from .start import begin

DONE = ("last_epoch", "base_lrs")  # what a schedule's state says of the past; the rest is its options


def run(options, out, *, start=None, resume=False, patience=None, curves=False, device="cpu", workers=1,
        recompute=False, introduce=True, quiet=False):  # fmt: skip
    """Train according to `options`; return (model, history).

    On several ranks (distributed.py), each takes its part of every batch; rank 0 prints, draws and saves.
    It writes out/checkpoint.npz; out/best.npz, the weights of the epoch with the best mean IoU; and out/history.csv.

    start:    the checkpoint of a net with the same skips, or one fewer, to start from
    resume:   continue from out/checkpoint.npz, of a run with the same options or fewer epochs: see extend_run
    patience: end after this many epochs without a better mean IoU; None: never
    curves:   also draw out/curves.png after every epoch
    device:   'cpu' or 'cuda'
    workers:  threads that prepare batches while the net computes; the result does not depend on their number
    recompute: take less memory and more time (less_memory.py); not one of the options, since it changes no result
    introduce: first print what is known of the data and of the class weights
    Raises ValueError for incompatible options and for weights that are not installed, FileError if `out` cannot be
    written.
    """
    options, quiet = resolve(options), quiet or get_rank() > 0
    manual_seed(options.seed)
    (data, options, model), path = begin(options, start), Path(out) / "checkpoint.npz"
    train, validation = data.train(options.augment), data.validation()
    model = first_model(options, data, model, quiet).to(device)
    loader = batches_of(train, options, workers)
    optimizer, scheduler = optimizer_of(model, options, options.epochs * len(loader))
    loss, (weights, sentence) = objective(options), choose_weights(options, data)
    if resume:
        resume = extend_run(load_checkpoint(path), options, scheduler, quiet)
    else:
        make_folder(out)
    for line in introduction(options, data, sentence) if introduce and not quiet else ():
        print(printable(line))

    def write(history):
        write_history(path.with_name("history.csv"), history, data.classes)
        if curves:
            draw_curves(out, {options.model: history}, loss=options.loss)

    with less_memory(model, optimizer, options.accumulate) if recompute else contextlib.nullcontext():
        return model, fit(
            model,
            loader,
            optimizer,
            epochs=options.epochs,
            scheduler=scheduler,
            validation=divided(validation, (16 if data.uniform else 1) * get_world_size(), num_workers=workers),
            class_weight=weights,
            loss=loss,
            reduction=options.reduction,
            accumulate=options.accumulate,
            checkpoint=path,
            best=path.with_name("best.npz"),
            patience=patience,
            resume=resume,
            config=as_config(options),
            after_epoch=write,
            title=options.model,
            quiet=quiet,
        )


def introduction(options, data, sentence):
    """The lines with which a run begins, about its ranks, data and class weights. sentence: about these, or None"""
    lines = [data.describe()] if data.takes_path else []
    if (ranks := get_world_size()) > 1:
        over = "over all ranks" if options.batch_norm == "all" else "on each rank alone"
        lines.append(f"{ranks} ranks share each batch of {options.batch}; batch norm's statistics are taken {over}")
    if absent := data.absent_classes():
        some = f"class {absent[0]}; its" if len(absent) == 1 else f"classes {list_some(absent)}; their"
        lines.append(f"no training mask has the {some} IoU will be 0, or undefined")
    return [*lines, sentence] if sentence else lines


def batches_of(train, options, workers):
    """The DataLoader of the training data. ValueError if its batches are too small for the net, or for the ranks."""
    batch, whole, ranks = min(options.batch, len(train)), len(train) >= options.batch, get_world_size()
    loader = divided(train, options.batch, shuffle=True, num_workers=workers, drop_last=whole, seed=options.seed)
    if ranks > 1:
        check_loader(loader)
    check_batch(options.model, batch if options.batch_norm == "all" else batch // ranks)
    return loader


def divided(dataset, batch, **options):
    """A DataLoader of this rank's part of each batch."""
    return DataLoader(dataset, batch, rank=get_rank(), num_replicas=get_world_size(), **options)


def first_model(options, data, model, quiet):
    """The net before its first step: `model`, or a new one if it is None, with ImageNet's weights; frozen as requested."""
    if model is None:
        model = make_model(options, len(data.classes), channels=data.channels)
        if options.pretrained:
            sentence = load_imagenet(model, options)
            if not quiet:
                print(sentence)
    if options.freeze:
        freeze_pretrained(model, options)
    return over_all_ranks(model) if options.batch_norm == "all" else model


def extend_run(checkpoint, options, scheduler, quiet=False):
    """The checkpoint as if its run had been planned for `options.epochs`, if those are more; prints a line about it.

    scheduler: the longer run's. Its schedule reaches 0 later, so from here on the learning rate is higher than in the
    shorter run, and after a finished one it rises from 0. The weights are therefore not those of a run with all its
    epochs from the start; resuming the longer run itself does not change a bit.
    CheckpointError if any other option differs.
    """
    before, epochs = checkpoint.config.get("epochs", options.epochs), options.epochs
    if before >= epochs:
        return checkpoint
    config, state, change = checkpoint.config | {"epochs": epochs}, checkpoint.scheduler, "stays as it is"
    if state is not None and scheduler is not None:
        state = state | {name: value for name, value in scheduler.state_dict().items() if name not in DONE}
        rate = scheduler.rate(state["base_lrs"][0], state["last_epoch"])
        change = f"changes from {checkpoint.optimizer['param_groups'][0]['lr']:.3g} to {rate:.3g}, which is on the curve of"
        change += f" the longer run, so the weights will differ from those of {epochs} epochs from the start"
    longer = replace(checkpoint, config=config, scheduler=state)
    longer.check_config(as_config(options))
    if not quiet:
        print(f"{options.model}: {epochs} epochs now instead of {before}; the learning rate {change}")
    return longer
