"""One training run from its options: data, model, optimiser, schedule, checkpoint. What `minifcn train` does.

The run is written down in the checkpoint, so that `resume` can go on with it and `load_model` can rebuild its network.
Read demo.py next, which trains three networks, each from the one before.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .checkpoint import load_checkpoint
from .data import DataLoader, LandCover, Shapes, class_weights
from .data.landcover import split_frequencies
from .files import make_folder
from .models import FCN8s, FCN16s, FCN32s, build
from .optim import AdamW
from .optim.lr_scheduler import PolyLR
from .random import manual_seed
from .train import fit

SOURCES = ("landcover", "shapes")
BEFORE = {"fcn16s": "fcn32s", "fcn8s": "fcn16s"}  # the net with one skip fewer, from which a net can be made
WEIGHT_DECAY = 1e-3
HEAVIEST = 3.0  # the largest class weight; snow would have 3.4


@dataclass
class Options:
    """What decides a run, to the bit: a resumed run must have the same."""

    model: str = "fcn8s"
    backbone: str = "small"
    geometry: str = "aligned"
    upsampling: str = "frozen"
    data: str = "landcover"
    size: int = 96  # of a training crop, pixels
    samples: int = 800  # training crops in an epoch
    epochs: int = 10
    batch: int = 8
    lr: float = 3e-3
    seed: int = 0


def run(options, out, *, start=None, resume=False, device="cpu", workers=0, quiet=False):
    """Train as `options` say; returns (model, history). The checkpoint is out/checkpoint.npz.

    start:   the checkpoint of a net with the same skips, or one fewer, to start from
    resume:  go on from out/checkpoint.npz
    device:  'cpu' or 'cuda'
    workers: threads that prepare batches; any number gives the same bits
    Raises ValueError for options that do not fit together, FileError when `out` cannot be written.
    """
    checkpoint = Path(out) / "checkpoint.npz"
    if not resume:
        make_folder(out)
    manual_seed(options.seed)
    train, validation = datasets(options.data, options.size, options.samples)
    model = make_model(options, len(train.classes)) if start is None else grow(options, start)
    model.to(device)
    loader = DataLoader(
        train, options.batch, shuffle=True, num_workers=workers, drop_last=len(train) >= options.batch, seed=options.seed
    )
    optimizer, scheduler = make_optimizer(model, options.lr, options.epochs * len(loader))
    history = fit(
        model,
        loader,
        optimizer,
        epochs=options.epochs,
        scheduler=scheduler,
        validation=DataLoader(validation, 16),
        class_weight=loss_weights(train),
        checkpoint=checkpoint,
        resume=resume,
        config=asdict(options),
        title=options.model,
        quiet=quiet,
    )
    return model, history


def datasets(name, size, samples):
    """(training set, validation set) by name; each has `classes`, `palette`, `mean` and `std`."""
    if name not in SOURCES:
        raise ValueError(f"train: data is {name!r}, expected one of {', '.join(SOURCES)}")
    if name == "shapes":
        return Shapes(samples, size), Shapes(64, size, seed=1)
    return LandCover("train", size, samples), LandCover("val", size)


def source(name):
    """What a label means in the data set `name`: an object with its `classes`, `palette`, `mean` and `std`."""
    return LandCover if name == "landcover" else Shapes(1)


def make_model(options, num_classes):
    """A fresh net; 'pixelwise', the colour baseline, has neither backbone nor upsampling."""
    if options.model == "pixelwise":
        return build("pixelwise", num_classes)
    return build(
        options.model,
        num_classes,
        backbone=options.backbone,
        geometry=options.geometry,
        upsampling=options.upsampling,
    )


def grow(options, start):
    """The net that `options` name, from the checkpoint `start`: the same net to train on, or the next, its skip at zero."""
    net, trained = load_model(start)
    for name in ("backbone", "geometry", "upsampling", "data"):
        before, now = getattr(trained, name), getattr(options, name)
        if before != now:
            raise ValueError(f"train: the net of {start} has {name} {before!r}, but {now!r} is asked for; give the same")
    if trained.model == options.model:
        return net
    if trained.model != BEFORE.get(options.model):
        expected = " or ".join(filter(None, (options.model, BEFORE.get(options.model))))
        raise ValueError(f"train: cannot make {options.model} from the {trained.model} of {start}; start from {expected}")
    return add_skip(net)


def add_skip(net):
    """FCN-16s from FCN-32s, FCN-8s from FCN-16s: copies of its weights, and a skip that starts at zero."""
    return FCN16s.from_fcn32s(net) if isinstance(net, FCN32s) else FCN8s.from_fcn16s(net)


def make_optimizer(model, lr, steps, weight_decay=WEIGHT_DECAY):
    """AdamW on what is not frozen, its learning rate falling to 0 over `steps` as (1 - t / steps)^0.9."""
    optimizer = AdamW([p for p in model.parameters() if p.requires_grad], lr, weight_decay=weight_decay)
    return optimizer, PolyLR(optimizer, steps)


def loss_weights(dataset):
    """Class weights for land cover, None elsewhere: the square root of median-frequency weights, at most HEAVIEST.

    The paper's classes needed none (section 4.3). Here one pixel in a hundred is snow, and nets that were trained without
    weights for this many steps never predicted it.
    """
    if not isinstance(dataset, LandCover):
        return None
    return np.minimum(np.sqrt(class_weights(split_frequencies("train"))), HEAVIEST).astype(np.float32)


def load_model(path):
    """(model, ready to predict; its Options) from a checkpoint that `run` wrote."""
    checkpoint = load_checkpoint(path)
    try:
        options = Options(**checkpoint.config)
    except TypeError:
        raise ValueError(f"{path} does not say which model it holds; use a checkpoint that `minifcn train` wrote") from None
    model = make_model(options, len(source(options.data).classes))
    checkpoint.restore(model=model)
    return model.eval(), options
