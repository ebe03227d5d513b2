"""A network in numbers, layer by layer: the sizes of its maps, where their units look, parameters and multiply-adds.

Nothing is computed for that. The net runs on a batch of no images: every map has its size, and costs no time. The
multiply-adds are those of convolutions and full connections for one image, as torchvision counts them; biases,
normalisation, pooling and interpolation are left out. Read catalogue.py next, which has the networks.
"""

import math
from dataclasses import dataclass

import numpy as np

from .. import nn
from ..autograd import no_grad
from ..tensor import Tensor
from .backbone import Block, layers_of
from .receptive_field import ReceptiveField, receptive_field
from .unet import UNet


@dataclass(frozen=True)
class Row:
    """One layer of a network.

    shape:         what comes out of it for one image: (C, H, W), or (C,) behind the full connections
    field:         what one of its units sees; None behind the coarsest map, in the heads and on the way up
    multiply_adds: for one image
    """

    name: str
    kind: str
    shape: tuple
    field: ReceptiveField | None
    parameters: int
    multiply_adds: int


def summary(net, size=224):
    """The Rows of the layers that have weights or a window or change a size; a block of branches is one layer.

    size: the side of the image. ValueError, the net's own, for a size that it does not take.
    """
    calls, fields = calls_of(net, size), fields_of(net)
    rows = []
    for name, part in parts(net):
        if part not in calls:
            continue
        before, after = calls[part]
        parameters = count_parameters(part)
        if parameters or before != after or hasattr(part, "kernel_size"):
            products = sum(multiply_adds(module, *calls[module]) for module in part.modules() if module in calls)
            rows.append(Row(name, type(part).__name__, after, fields.get(part), parameters, products))
    return rows


def count_parameters(module):
    """How many numbers the module's parameters are, the frozen ones too."""
    return sum(parameter.size for parameter in module.parameters())


def count_multiply_adds(net, size=224):
    """The sum over all layers, for one image of size x size pixels."""
    return sum(row.multiply_adds for row in summary(net, size))


def coarsest_field(net):
    """The ReceptiveField of the coarsest map: the backbone's last, or the one at the bottom of a U-Net."""
    return receptive_field(layers_of(way_down(net)))


def stage_fields(net):
    """{name: ReceptiveField} of the backbone's stages; in a net without one, of the last layer of each stride."""
    backbone = getattr(net, "backbone", net)
    if hasattr(backbone, "stages"):
        return {stage: receptive_field(backbone.layers_to(stage)) for stage in backbone.stages}
    names, fields = {part: name for name, part in parts(net)}, fields_of(net)
    last = {field.stride: part for part, field in fields.items() if part in names}
    return {names[part]: fields[part] for part in last.values()}


# How it is found out --------------------------------------------------------------------------------------------------


def parts(module, prefix=""):
    """(dotted name, layer): whatever is made of others is opened, but for blocks, whose branches are no row."""
    for name, child in module.named_children():
        if isinstance(child, Block) or not any(child.children()):
            yield prefix + name, child
        else:
            yield from parts(child, f"{prefix}{name}.")


def way_down(net):
    """The layers from the image to the coarsest map, in order."""
    if isinstance(net, UNet):
        levels = [getattr(net, f"down{i + 1}") for i in range(net.levels + 1)]
        return [layer for down in levels for layer in (nn.MaxPool2d(2), down.conv1, down.conv2)][1:]
    row = []
    for _, part in parts(getattr(net, "backbone", net)):
        if isinstance(part, (nn.AdaptiveAvgPool2d, nn.Flatten)):   # from here on a unit sees the whole image
            break
        row.append(part)
    return row


def fields_of(net):
    """{layer: ReceptiveField} on the way down."""
    fields, layers = {}, ()
    for part in way_down(net):
        layers += layers_of([part])
        fields[part] = receptive_field(layers)
    return fields


def calls_of(net, size):
    """{module: (shape that goes in, shape that comes out)}, both of one image, of all that `net` calls."""
    calls, training = {}, net.training
    inner = [module for module in net.modules() if module is not net]
    for module in inner:
        module.forward = recorded(module, calls)
    try:
        with no_grad():
            net.eval()(Tensor(np.zeros((0, 3, size, size), np.float32)))
    finally:
        net.train(training)
        for module in inner:
            del module.forward
    return calls


def recorded(module, calls):
    """The module's forward, which also writes down the shapes of its call; not of a backbone, which gives many maps."""
    forward = module.forward

    def forward_and_record(x, *others):
        y = forward(x, *others)
        if isinstance(y, Tensor):
            calls[module] = x.shape[1:], y.shape[1:]
        return y

    return forward_and_record


def multiply_adds(layer, before, after):
    """Each number of the output is a sum over a window and its channels; transposed, each number of the input."""
    if isinstance(layer, nn.ConvTranspose2d):
        return math.prod(before) * math.prod(layer.weight.shape[1:])
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        return math.prod(after) * math.prod(layer.weight.shape[1:])
    return 0
