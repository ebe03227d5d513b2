"""One training run from its options: data, model, optimiser, schedule, checkpoint.

The checkpoint records the options, so that `resume` can continue from it and `load_model` can rebuild its network. Any
segmentation network can be trained, optionally from a backbone pretrained on ImageNet (../imagenet.py). Read
evaluation.py next.
"""

from dataclasses import replace
from pathlib import Path

from ..checkpoint import load_checkpoint
from ..data import DataLoader
from ..files import make_folder
from ..imagenet import freeze_pretrained, load_imagenet
from ..models.catalogue import check_batch
from ..optim import AdamW
from ..optim.lr_scheduler import PolyLR
from ..random import manual_seed
from ..train import fit
from .options import as_config, load_data, make_model, resolve
from .start import grow

WEIGHT_DECAY = 1e-3


def run(options, out, *, start=None, resume=False, device="cpu", workers=0, quiet=False):
    """Train according to `options`; return (model, history). The checkpoint is out/checkpoint.npz.

    start:   the checkpoint of a net with the same skips, or one fewer, to start from
    resume:  continue from out/checkpoint.npz, of a run with the same options or fewer epochs: see extend_run
    device:  'cpu' or 'cuda'
    workers: threads that prepare batches; the result does not depend on their number
    Raises ValueError for incompatible options and for weights that are not installed, FileError if `out` cannot be
    written.
    """
    options = resolve(options)
    manual_seed(options.seed)
    data = load_data(options)
    train, validation = data.train(), data.validation()
    model = make_model(options, len(data.classes), channels=data.channels) if start is None else grow(options, start)
    if options.pretrained and start is None:
        sentence = load_imagenet(model, options)
        if not quiet:
            print(sentence)
    if options.freeze:
        freeze_pretrained(model, options)
    model.to(device)
    loader = DataLoader(
        train, options.batch, shuffle=True, num_workers=workers, drop_last=len(train) >= options.batch, seed=options.seed
    )
    check_batch(options.model, min(options.batch, len(train)))
    optimizer, scheduler = make_optimizer(model, options.lr, options.epochs * len(loader))
    path = Path(out) / "checkpoint.npz"
    if resume:
        resume = extend_run(load_checkpoint(path), options, scheduler, quiet)
    else:
        make_folder(out)
    history = fit(
        model,
        loader,
        optimizer,
        epochs=options.epochs,
        scheduler=scheduler,
        validation=DataLoader(validation, 16 if data.uniform else 1),
        class_weight=data.class_weights(),
        checkpoint=path,
        resume=resume,
        config=as_config(options),
        title=options.model,
        quiet=quiet,
    )
    return model, history


def extend_run(checkpoint, options, scheduler, quiet=False):
    """The checkpoint as if its run had been planned for `options.epochs`, if those are more; prints a line about it.

    scheduler: the longer run's. Its schedule reaches 0 later, so from here on the learning rate is higher than in the
    shorter run, and after a finished one it rises from 0. The weights are therefore not those of a run with all its
    epochs from the start; resuming the longer run itself does not change a bit.
    CheckpointError if any other option differs.
    """
    before, epochs = checkpoint.config.get("epochs", options.epochs), options.epochs
    if before >= epochs or checkpoint.scheduler is None:
        return checkpoint
    state = checkpoint.scheduler | {"total_iters": scheduler.total_iters}
    longer = replace(checkpoint, config=checkpoint.config | {"epochs": epochs}, scheduler=state)
    longer.check_config(as_config(options))
    if not quiet:
        (old, *_), base = checkpoint.optimizer["param_groups"], state["base_lrs"][0]
        rates = f"from {old['lr']:.3g} to {scheduler.rate(base, state['last_epoch']):.3g}"
        print(
            f"{options.model}: {epochs} epochs now instead of {before}; the learning rate changes {rates}, which is on"
            f" the curve of the longer run, so the weights will differ from those of {epochs} epochs from the start"
        )
    return longer


def make_optimizer(model, lr, steps, weight_decay=WEIGHT_DECAY):
    """AdamW on the parameters that are not frozen, with a learning rate decaying to 0 as (1 - t / steps)^0.9."""
    optimizer = AdamW([p for p in model.parameters() if p.requires_grad], lr, weight_decay=weight_decay)
    return optimizer, PolyLR(optimizer, steps)
