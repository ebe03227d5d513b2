"""The options of one training run, and what they name: its data and its network.

The checkpoint records them, so that a run can be resumed and its network rebuilt (start.py). Read start.py next.
"""

import os
from dataclasses import asdict, dataclass, replace

from ..data.balance import METHODS, read_class_weights
from ..data.catalogue import open_data
from ..data.facts import DataFacts
from ..files import printable
from ..imagenet import check_pretrained, input_scale, weights_source
from ..models.catalogue import backbone_of, build, has_fc7
from ..suggest import did_you_mean

NARROW_HEAD = 256  # channels of fc6 and fc7 after pretrained layers; VGG16's own 4096 would be 119 million parameters
ALWAYS = (  # what every checkpoint holds, also where it is the default
    "model", "backbone", "geometry", "upsampling", "data", "size", "samples", "epochs", "batch", "lr", "seed",
)  # fmt: skip


@dataclass
class Options:
    """Everything that determines a run, bit for bit: a resumed run must have the same."""

    model: str = "fcn8s"  # this and the next three as for models.catalogue.build
    backbone: str = "small"
    geometry: str = "aligned"
    upsampling: str = "frozen"
    data: str = "landcover"  # as for data.catalogue.open_data
    size: int = 96  # of a training crop, pixels; 0: whole images
    samples: int = 800  # training crops per epoch; 0: one from each image
    epochs: int = 10
    batch: int = 8
    lr: float = 3e-3
    seed: int = 0
    pretrained: str | None = None  # the backbone whose ImageNet weights to start from
    freeze: bool | str = False  # whether these weights stay fixed; the name of a layer: those up to it
    backbone_rate: float = 1.0  # the learning rate of these weights, as a multiple of lr
    head: int | None = None  # channels of fc6 and fc7; None: the backbone's own, or NARROW_HEAD with a package's weights
    weights: str | None = None  # the file of these weights; None: a package's
    source: str | None = None  # whose layer names the file uses, detected when reading it
    facts: dict | None = None  # DataFacts of a data set that is read from a path; read from there
    augment: str | None = None  # as for data.augment.augmentation; None: the data set's
    loss: str = "cross-entropy"  # as for functional.criterion
    class_weights: str | dict | None = None  # a method of data.balance, or {class: weight}; None: the data set's
    optimizer: str = "adamw"  # this and the next three as for runs.optimizer
    momentum: float = 0.9  # SGD's
    weight_decay: float = 1e-3
    schedule: str = "poly"
    accumulate: int = 1  # batches per update
    bias_rate: float = 1.0  # the learning rate of biases, as a multiple of lr; with another than 1, they do not decay
    reduction: str = "mean"  # of the loss over the pixels of a batch, or "sum"
    fusion: str = "early"  # of more channels than the colours: in the first layer, or of two nets' scores, "late"
    sampling: float = 1.0  # the probability with which a pixel counts in the loss, as for functional.sampled
    batch_norm: str = "all"  # the ranks over whose images its statistics are taken, or "each" rank alone


def resolve(options):
    """The options with derived values filled in; ValueError if they are incompatible."""
    options = replace(options, backbone=backbone_of(options.model, options.backbone))
    check_pretrained(options)
    options = replace(options, source=weights_source(options))
    data = load_data(options)
    options = replace(options, facts=data.facts().as_json() if data.takes_path else None)
    options = replace(options, class_weights=weights_of(options.class_weights, data.classes))
    narrow = options.pretrained and options.weights is None and options.head is None
    return replace(options, head=NARROW_HEAD) if narrow and has_fc7(options.model, options.backbone) else options


def weights_of(chosen, classes):
    """Options.class_weights with the name of a file replaced by what it holds, since the file may change."""
    if not isinstance(chosen, str) or chosen in METHODS:
        return chosen
    if not os.path.lexists(chosen):
        known = did_you_mean(chosen, METHODS)
        raise ValueError(f"train: class weights are {printable(chosen)!r}, neither a file nor a method{known}")
    return read_class_weights(chosen, classes)


def as_config(options):
    """The options for the checkpoint: ALWAYS, and those that are not the default, so that older checkpoints still fit."""
    default = asdict(Options())
    return {name: value for name, value in asdict(options).items() if name in ALWAYS or value != default[name]}


def load_data(options):
    """The DataModule to train on, its images normalised as the pretrained net, if any, expects."""
    data, scale = open_data(options.data, options.size, options.samples), input_scale(options)
    return data.rescaled(**scale) if scale else data


def load_facts(options):
    """The DataFacts of a resolved run, for which the data themselves may be gone. ValueError if they are damaged."""
    return load_data(options).facts() if options.facts is None else DataFacts.from_json(options.facts)


def make_model(options, num_classes, generator=None, channels=3):
    """A new net. generator: draws its weights, None means the default one; channels: those of an image."""
    names = ("backbone", "geometry", "upsampling", "head", "fusion")
    sizes = {name: getattr(options, name) for name in names}
    backbone_of(options.model, options.backbone)  # raises for a backbone or a classifier
    return build(options.model, num_classes, **sizes, in_channels=channels, generator=generator)
