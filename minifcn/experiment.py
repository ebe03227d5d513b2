"""One training run from its options: data, model, optimiser, schedule, checkpoint.

The checkpoint records the options, so that `resume` can continue from it and `load_model` can rebuild its network.
Any segmentation network can be trained, optionally from a backbone pretrained on ImageNet (imagenet.py). Read demo.py
next, which trains three networks, each from the one before.
"""

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .checkpoint import CheckpointError, from_json, load_checkpoint
from .data import DataLoader
from .data.catalogue import open_data
from .files import make_folder
from .imagenet import check_pretrained, freeze_pretrained, load_imagenet, scale_of, who_wrote
from .models import FCN8s, FCN16s, FCN32s
from .models.catalogue import backbone_of, build, check_batch, has_fc7
from .optim import AdamW
from .optim.lr_scheduler import PolyLR
from .random import default_generator, manual_seed
from .train import fit

BEFORE = {"fcn16s": "fcn32s", "fcn8s": "fcn16s"}  # the net with one skip fewer, from which a net can start
WEIGHT_DECAY = 1e-3
NARROW_HEAD = 256  # channels of fc6 and fc7 after pretrained layers; VGG16's own 4096 would be 119 million parameters


@dataclass
class Options:
    """Everything that determines a run, bit for bit: a resumed run must have the same."""

    model: str = "fcn8s"  # this and the next three as for models.catalogue.build
    backbone: str = "small"
    geometry: str = "aligned"
    upsampling: str = "frozen"
    data: str = "landcover"  # as for data.catalogue.open_data
    size: int = 96  # of a training crop, pixels
    samples: int = 800  # training crops per epoch
    epochs: int = 10
    batch: int = 8
    lr: float = 3e-3
    seed: int = 0
    pretrained: str | None = None  # the backbone whose ImageNet weights to start from
    freeze: bool = False  # whether these weights stay fixed
    head: int | None = None  # channels of fc6 and fc7; None: the backbone's own, or NARROW_HEAD with a package's weights
    weights: str | None = None  # the file of these weights; None: a package's
    source: str | None = None  # whose layer names the file uses, detected when reading it


def run(options, out, *, start=None, resume=False, device="cpu", workers=0, quiet=False):
    """Train according to `options`; return (model, history). The checkpoint is out/checkpoint.npz.

    start:   the checkpoint of a net with the same skips, or one fewer, to start from
    resume:  continue from out/checkpoint.npz, of a run with the same options or fewer epochs: see with_more_epochs
    device:  'cpu' or 'cuda'
    workers: threads that prepare batches; the result does not depend on their number
    Raises ValueError for incompatible options and for weights that are not installed, FileError if `out` cannot be
    written.
    """
    options = checked(options)
    manual_seed(options.seed)
    data = data_of(options)
    train, validation = data.train(), data.validation()
    model = make_model(options, len(data.classes)) if start is None else grow(options, start)
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
        resume = with_more_epochs(load_checkpoint(path), options, scheduler, quiet)
    else:
        make_folder(out)
    history = fit(
        model,
        loader,
        optimizer,
        epochs=options.epochs,
        scheduler=scheduler,
        validation=DataLoader(validation, 16),
        class_weight=data.class_weights(),
        checkpoint=path,
        resume=resume,
        config=as_config(options),
        title=options.model,
        quiet=quiet,
    )
    return model, history


def with_more_epochs(checkpoint, options, scheduler, quiet=False):
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


def checked(options):
    """The options with derived values filled in; ValueError if they are incompatible."""
    options = replace(options, backbone=backbone_of(options.model, options.backbone))
    check_pretrained(options)
    options = replace(options, source=who_wrote(options))
    narrow = options.pretrained and options.weights is None and options.head is None
    return replace(options, head=NARROW_HEAD) if narrow and has_fc7(options.model, options.backbone) else options


def as_config(options):
    """The options for the checkpoint, without those that are None or False, which older checkpoints lack."""
    return {name: value for name, value in asdict(options).items() if value is not None and value is not False}


def data_of(options):
    """The DataModule to train on, its images normalised as the pretrained net, if any, expects."""
    data, scale = open_data(options.data, options.size, options.samples), scale_of(options)
    return data.rescaled(**scale) if scale else data


def make_model(options, num_classes, generator=None):
    """A new net. generator: draws its weights; None means the default one."""
    names = ("backbone", "geometry", "upsampling", "head")
    sizes = {name: getattr(options, name) for name in names}
    backbone_of(options.model, options.backbone)  # raises for a backbone or a classifier
    return build(options.model, num_classes, **sizes, generator=generator)


def grow(options, start):
    """The net given by `options`, from the checkpoint `start`: the same net, or the next one, with a zero skip."""
    net, trained = load_model(start)
    for name in ("backbone", "geometry", "upsampling", "data", "pretrained", "head", "source"):
        before, now = getattr(trained, name), getattr(options, name)
        if before != now:
            raise ValueError(f"train: the net of {start} has {name} {before!r}, but {now!r} was requested; use the same")
    if trained.model == options.model:
        return net
    if trained.model != BEFORE.get(options.model):
        expected = " or ".join(filter(None, (options.model, BEFORE.get(options.model))))
        raise ValueError(f"train: cannot make {options.model} from the {trained.model} of {start}; start from {expected}")
    return add_skip(net)


def add_skip(net):
    """FCN-16s from FCN-32s, FCN-8s from FCN-16s: copies of its weights, and a skip that is initially zero."""
    return FCN16s.from_fcn32s(net) if isinstance(net, FCN32s) else FCN8s.from_fcn16s(net)


def make_optimizer(model, lr, steps, weight_decay=WEIGHT_DECAY):
    """AdamW on the parameters that are not frozen, with a learning rate decaying to 0 as (1 - t / steps)^0.9."""
    optimizer = AdamW([p for p in model.parameters() if p.requires_grad], lr, weight_decay=weight_decay)
    return optimizer, PolyLR(optimizer, steps)


def load_model(path):
    """(model in evaluation mode, its Options) from a checkpoint written by `run`. CheckpointError for other files."""
    checkpoint = load_checkpoint(path)
    try:
        options = from_json(Options, checkpoint.config)
    except TypeError as error:
        raise CheckpointError(
            f"{path} does not say which model it holds: {error}; use a checkpoint that `minifcn train` wrote"
        ) from error
    model = model_of(checkpoint, options)
    checkpoint.restore(model=model)
    return model.eval(), options


def model_of(checkpoint, options):
    """The net given by `options`, with no layer larger than the largest array of the checkpoint.

    The options of a forged file may request any size; CheckpointError is raised before such a layer is allocated.
    """
    limited = Limited(max((array.size for array in checkpoint.model.values()), default=0))
    try:
        check_pretrained(options)
        model = make_model(options, len(data_of(options).classes), limited)
    except (ValueError, MemoryError) as error:
        raise CheckpointError(f"checkpoint {checkpoint.path} does not fit: {error}") from error
    for module in model.modules():
        if getattr(module, "generator", None) is limited:        # dropout's: as in a net built without one
            module.generator = None
    return model


class Limited:
    """The default generator, but raises ValueError for a layer of more than `largest` numbers."""

    def __init__(self, largest):
        self.largest = largest

    def random(self, shape, dtype):
        return default_generator().random(self.checked(shape), dtype)

    def standard_normal(self, shape, dtype):
        return default_generator().standard_normal(self.checked(shape), dtype)

    def checked(self, shape):
        if math.prod(shape) > self.largest:
            raise ValueError(
                f"build: the options ask for a layer of the shape {shape}, expected at most {self.largest} numbers, as"
                " many as the largest array of the checkpoint has"
            )
        return shape
