"""One training run from its options: data, model, optimiser, schedule, checkpoint. What `minifcn train` does.

The run is written down in the checkpoint, so that `resume` can go on with it and `load_model` can rebuild its network.
A net may start, as the paper's did (section 4.1), from a backbone that has learned ImageNet's classes already.
Read demo.py next, which trains three networks, each from the one before.
"""

import inspect
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from .checkpoint import load_checkpoint
from .data import Compose, DataLoader, LandCover, Normalize, Shapes, class_weights
from .data.landcover import split_frequencies
from .files import make_folder
from .models import BACKBONES, FCN8s, FCN16s, FCN32s, build
from .optim import AdamW
from .optim.lr_scheduler import PolyLR
from .pretrained import PACKED, load_pretrained, pretrained
from .random import manual_seed
from .train import fit

SOURCES = ("landcover", "shapes")
BEFORE = {"fcn16s": "fcn32s", "fcn8s": "fcn16s"}  # the net with one skip fewer, from which a net can be made
WEIGHT_DECAY = 1e-3
HEAVIEST = 3.0  # the largest class weight; snow would have 3.4
PRETRAINED = {  # {backbone with ImageNet's weights: its layers that they lack, and those of theirs that it lacks}
    "vgg16": {"keep": ("fc6", "fc7"), "drop": ()},
    "squeezenet": {"keep": (), "drop": ("conv10",)},
}
NARROW_HEAD = 256  # channels of fc6 and fc7 behind pretrained layers; VGG16's own 4096 would be 119 million parameters


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
    pretrained: str | None = None  # whose ImageNet weights the backbone starts from
    freeze: bool = False  # whether these weights stay as they are
    head: int | None = None  # channels of the backbone's fc6 and fc7; None: its own, or NARROW_HEAD with `pretrained`


def run(options, out, *, start=None, resume=False, device="cpu", workers=0, quiet=False):
    """Train as `options` say; returns (model, history). The checkpoint is out/checkpoint.npz.

    start:   the checkpoint of a net with the same skips, or one fewer, to start from
    resume:  go on from out/checkpoint.npz
    device:  'cpu' or 'cuda'
    workers: threads that prepare batches; any number gives the same bits
    Raises ValueError for options that do not fit together and for weights that are not installed, FileError when `out`
    cannot be written.
    """
    options = checked(options)
    checkpoint = Path(out) / "checkpoint.npz"
    if not resume:
        make_folder(out)
    manual_seed(options.seed)
    train, validation = datasets(options.data, options.size, options.samples, options.pretrained)
    model = make_model(options, len(train.classes)) if start is None else grow(options, start)
    if options.pretrained and start is None:
        told = load_imagenet(model, options)
        if not quiet:
            print(told)
    if options.freeze:
        for layer in pretrained_layers(model, options).values():
            layer.requires_grad_(False)
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
        config=as_config(options),
        title=options.model,
        quiet=quiet,
    )
    return model, history


def checked(options):
    """The options, with a head of a known width; ValueError if they do not fit together."""
    if options.pretrained is None:
        if options.freeze:
            raise ValueError("train: freeze is given without pretrained; add --pretrained or leave out --freeze")
    elif options.pretrained not in PRETRAINED:
        raise ValueError(f"train: pretrained is {options.pretrained!r}, expected one of {', '.join(PRETRAINED)}")
    elif options.backbone != options.pretrained or options.model == "pixelwise":
        found = "no backbone" if options.model == "pixelwise" else f"the backbone {options.backbone!r}"
        wanted = options.pretrained
        raise ValueError(
            f"train: {options.model} has {found}, expected {wanted!r}; add --backbone {wanted}, or leave out --pretrained"
        )
    elif options.head is None and has_head(options):
        return replace(options, head=NARROW_HEAD)
    if options.head is not None and not has_head(options):
        raise ValueError(f"train: head is {options.head}, but {options.backbone} has no fc6 and fc7; leave head out")
    return options


def has_head(options):
    """Whether the backbone has fc6 and fc7, whose width can be chosen."""
    return options.backbone in BACKBONES and "head" in inspect.signature(BACKBONES[options.backbone]).parameters


def as_config(options):
    """The options for the checkpoint, without those that are None or False: older checkpoints do not have them."""
    return {name: value for name, value in asdict(options).items() if value is not None and value is not False}


def datasets(name, size, samples, weights=None):
    """(training set, validation set) by name; each has `classes`, `palette`, `mean` and `std`.

    weights: None or one of PRETRAINED, which wants its images scaled by a mean and std of its own
    """
    if name not in SOURCES:
        raise ValueError(f"train: data is {name!r}, expected one of {', '.join(SOURCES)}")
    if name == "shapes":
        pair = Shapes(samples, size), Shapes(64, size, seed=1)
    else:
        pair = LandCover("train", size, samples), LandCover("val", size)
    if weights is not None:
        for dataset in pair:
            rescale(dataset, **PACKED[weights].scale)
    return pair


def rescale(dataset, mean, std):
    """Let a data set give (rgb / 255 - mean) / std, with these in place of its own mean and std."""
    own = list(zip(dataset.mean, dataset.std))
    shift = [(m - own_mean) / own_std for m, (own_mean, own_std) in zip(mean, own)]
    factor = [s / own_std for s, (_, own_std) in zip(std, own)]
    before = [dataset.transform] if dataset.transform else []
    dataset.transform = Compose([*before, Normalize(shift, factor)])
    dataset.mean, dataset.std = mean, std


def source(name):
    """What a label means in the data set `name`: an object with its `classes`, `palette`, `mean` and `std`."""
    return LandCover if name == "landcover" else Shapes(1)


def scale(options):
    """(mean, std) that a net trained with these options was given its images by, and must be given them by later."""
    if options.pretrained is None:
        data = source(options.data)
        return data.mean, data.std
    return PACKED[options.pretrained].scale["mean"], PACKED[options.pretrained].scale["std"]


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
        **({} if options.head is None else {"head": options.head}),
    )


def load_imagenet(model, options):
    """Give the backbone ImageNet's weights; returns a sentence that says which layers have them, which not."""
    layers = PRETRAINED[options.pretrained]
    load_pretrained(model.backbone, pretrained(options.pretrained), **layers)
    first, *_, last = pretrained_layers(model, options)
    fate = "stay as they are" if options.freeze else "are trained on"
    anew = [f"{name} ({options.head} channels)" for name in layers["keep"]]
    anew += [name for name, _ in model.named_children() if name.startswith("score")]
    return f"{options.model}: {first} to {last} start from ImageNet's weights and {fate}; anew start {', '.join(anew)}"


def pretrained_layers(model, options):
    """{name: layer} of those layers of the backbone that ImageNet's weights are for."""
    anew = PRETRAINED[options.pretrained]["keep"]
    layers = dict(model.backbone.named_children())
    return {name: layer for name, layer in layers.items() if list(layer.parameters()) and name not in anew}


def grow(options, start):
    """The net that `options` name, from the checkpoint `start`: the same net to train on, or the next, its skip at zero."""
    net, trained = load_model(start)
    for name in ("backbone", "geometry", "upsampling", "data", "pretrained", "head"):
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
