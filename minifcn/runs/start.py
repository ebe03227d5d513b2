"""Where a run can start from: the network of a checkpoint, or FCN-16s from FCN-32s and FCN-8s from FCN-16s.

Read published.py next.
"""

import math
from dataclasses import replace

from ..checkpoint import CheckpointError, from_json, load_checkpoint
from ..imagenet import check_pretrained
from ..models import FCN8s, FCN16s, FCN32s
from ..random import default_generator
from .options import Options, load_data, load_facts, make_model

BEFORE = {"fcn16s": "fcn32s", "fcn8s": "fcn16s"}  # the net with one skip fewer, from which a net can start


def load_model(path):
    """(model in evaluation mode, its Options) from a checkpoint written by `run`. CheckpointError for other files."""
    checkpoint = load_checkpoint(path)
    try:
        options = from_json(Options, checkpoint.config)
    except TypeError as error:
        raise CheckpointError(
            f"{path} does not say which model it holds: {error}; use a checkpoint that `minifcn train` wrote"
        ) from error
    model = build_model(checkpoint, options)
    checkpoint.restore(model=model)
    return model.eval(), options


def build_model(checkpoint, options):
    """The net given by `options`, with no layer larger than the largest array of the checkpoint.

    The options of a forged file may request any size; CheckpointError is raised before such a layer is allocated.
    """
    limited = LimitedGenerator(max((array.size for array in checkpoint.model.values()), default=0))
    try:
        check_pretrained(options)
        facts = load_facts(options)
        model = make_model(options, len(facts.classes), limited, facts.channels)
    except (ValueError, MemoryError) as error:
        raise CheckpointError(f"checkpoint {checkpoint.path} does not fit: {error}") from error
    for module in model.modules():
        if getattr(module, "generator", None) is limited:        # dropout's: as in a net built without one
            module.generator = None
    return model


class LimitedGenerator:
    """The default generator, but raises ValueError for a layer of more than `largest` numbers."""

    def __init__(self, largest):
        self.largest = largest

    def random(self, shape, dtype):
        return default_generator().random(self.check_shape(shape), dtype)

    def standard_normal(self, shape, dtype):
        return default_generator().standard_normal(self.check_shape(shape), dtype)

    def check_shape(self, shape):
        if math.prod(shape) > self.largest:
            raise ValueError(
                f"build: the options ask for a layer of the shape {shape}, expected at most {self.largest} numbers, as"
                " many as the largest array of the checkpoint has"
            )
        return shape


def begin(options, start=None):
    """(the DataModule of a run, its options, its net from the checkpoint `start`, or None without one).

    The images are normalised as the net of `start` knows them. That changes something only if it was imported: it knows the
    scale of its authors.
    """
    data = load_data(options)
    if start is None:
        return data, options, None
    net, trained = load_model(start)
    facts = load_facts(trained)
    if len(facts.mean) == data.channels:  # of other channels: grow() refuses
        data = data.rescaled(facts.mean, facts.std)
    options = replace(options, facts=data.facts().as_json() if data.takes_path else None)
    return data, options, grow(net, trained, options, start)


def grow(net, trained, options, start):
    """The net given by `options`, from that of the checkpoint `start`: the same net, or the next one, with a zero skip."""
    for name in ("backbone", "geometry", "upsampling", "data", "pretrained", "head", "source", "fusion"):
        before, now = getattr(trained, name), getattr(options, name)
        if name == "data" and ":" not in before:  # imported weights know the kind of their data, but no path
            now = now.partition(":")[0]
        if before != now:
            raise ValueError(f"train: the net of {start} has {name} {before!r}, but {now!r} was requested; use the same")
    if trained.model == options.model:
        return net
    if trained.model != BEFORE.get(options.model):
        expected = " or ".join(filter(None, (options.model, BEFORE.get(options.model))))
        raise ValueError(f"train: cannot make {options.model} from the {trained.model} of {start}; start from {expected}")
    return net.with_streams([add_skip(stream) for stream in net.streams()])


def add_skip(net):
    """FCN-16s from FCN-32s, FCN-8s from FCN-16s: copies of its weights, and a skip that is initially zero."""
    return FCN16s.from_fcn32s(net) if isinstance(net, FCN32s) else FCN8s.from_fcn16s(net)
