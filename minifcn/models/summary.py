"""A network in numbers, layer by layer: map sizes, receptive fields, parameters and multiply-adds.

The net runs on a batch of zero images, which gives every map its size at no cost. The multiply-adds are those of
convolutions and fully connected layers for one image, as torchvision counts them; biases, normalisation, pooling and
interpolation are left out. Read catalogue.py next.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from .. import nn
from ..autograd import no_grad
from ..kernels.geometry import pair
from ..nn.fusion import record_calls
from ..tensor import Tensor
from .backbone import Block, layers_of
from .receptive_field import ReceptiveField, receptive_field
from .segmentation import SegmentationNet


@dataclass(frozen=True)
class Row:
    """One layer of a network.

    kind:          its class and its window, as in 'Conv2d 7x7 /2, pad 3'; / is the stride
    shape:         its output for one image: (C, H, W), or (C,) after the fully connected layers
    field:         the receptive field of its units, of size math.inf if that is the whole image; None in the decoder,
                   and for means over parts of the image
    multiply_adds: for one image
    """

    name: str
    kind: str
    shape: tuple
    field: ReceptiveField | None
    parameters: int
    multiply_adds: int


def summary(net, size=224):
    """The Rows of the layers that have weights or a window or change a size, in call order; a Block is one layer.

    size: the side of the image. ValueError, the net's own, for a size that it does not accept.
    """
    calls, fields = calls_of(net, size), fields_of(net)
    names = {part: name for name, part in parts(net)}
    rows = []
    for part, (before, after) in calls.items():
        if part not in names:
            continue
        parameters = count_parameters(part)
        if parameters or before != after or hasattr(part, "kernel_size"):
            products = sum(multiply_adds(module, *calls[module]) for module in part.modules() if module in calls)
            rows.append(Row(names[part], kind_of(part), after, fields.get(part), parameters, products))
    return rows


def count_parameters(module):
    """The number of the module's parameters, frozen ones included."""
    return sum(parameter.size for parameter in module.parameters())


def count_multiply_adds(net, size=224):
    """The sum over all layers, for one image of size x size pixels."""
    return sum(row.multiply_adds for row in summary(net, size))


def coarsest_field(net):
    """The ReceptiveField of a unit of the coarsest map, through the widest branch of the head after it.

    In a U-Net, that is the map at the bottom; in a classifier, the last before the fully connected layers or the mean.
    """
    fields = fields_of(net).values()
    return max(fields, key=lambda field: (field.stride, field.size))


def stage_fields(net, stages=()):
    """{name: ReceptiveField} of the backbone's stages, and of those branches of a head that see more than these.

    stages: for a net without a backbone, the layers of interest; by default, the last of each stride
    """
    backbone = getattr(net, "backbone", net)
    if not hasattr(backbone, "stages"):
        names, ends = {part: name.split(".")[0] for name, part in parts(net)}, {}
        for part, field in fields_of(net).items():
            if part in names:
                ends[names[part]] = field
        stages = stages or {field.stride: name for name, field in ends.items()}.values()
        return {name: field for name, field in ends.items() if name in stages}
    fields = {stage: receptive_field(backbone.layers_to(stage)) for stage in backbone.stages}
    widest = max(field.size for field in fields.values())
    for name, row in branches(net).items():
        *_, field = row.values()
        if field.size > widest:
            fields["scores" if field.size == math.inf else name] = field
    return fields


# How it is measured ---------------------------------------------------------------------------------------------------


def parts(module, prefix=""):
    """(dotted name, layer): composite modules are expanded, except for blocks, whose branches are not sequential."""
    for name, child in module.named_children():
        if isinstance(child, Block) or not any(child.children()):
            yield prefix + name, child
        else:
            yield from parts(child, f"{prefix}{name}.")


def downsampling_path(net):
    """The layers from the image to the coarsest map, in order."""
    if isinstance(net, SegmentationNet) and (modules := net.downsampling_path()) is not None:
        return modules
    row = []
    for _, part in parts(getattr(net, "backbone", net)):
        if isinstance(part, (nn.AdaptiveAvgPool2d, nn.Flatten)):   # from here on a unit sees the whole image
            break
        row.append(part)
    return row


def fields_of(net):
    """{layer: ReceptiveField} on the downsampling path and in the head after it."""
    fields = sequential_fields(downsampling_path(net))
    for row in branches(net).values():
        fields |= row
    return fields


def sequential_fields(modules, layers=()):
    """{module: ReceptiveField} of modules called in sequence, after `layers`."""
    fields = {}
    for module in modules:
        layers += layers_of([module])
        fields[module] = receptive_field(layers)
    return fields


def branches(net):
    """The parallel branches of a head on its backbone: {name: {module of the branch: ReceptiveField}}."""
    found = {}
    stages = net.head_stages() if isinstance(net, SegmentationNet) else {}
    for name, stage in stages.items():
        child = getattr(net, name)
        many = isinstance(child, nn.ModuleList) and not isinstance(child, nn.Sequential)
        for i, branch in enumerate(child if many else [child]):
            row = [part for _, part in parts(branch)] or [branch]
            fields = sequential_fields(row, net.backbone.layers_to(stage))
            if name in net.pooled:
                fields = {part: replace(field, size=math.inf) for part, field in fields.items()}
            found[f"{name}.{i}" if many else name] = fields
    return found


def kind_of(part):
    """The layer's class and window: 'Conv2d 3x3 /2, pad 0, dilation 2, groups 2'; for a Block, its stride and dilation.

    Values of 1 are left out, and so is the padding that preserves the map's size, apart from the stride.
    """
    windows = [module for module in part.modules() if hasattr(module, "kernel_size")]
    if not windows:
        return type(part).__name__
    size, stride, padding, dilation, groups = (
        max(pair(getattr(window, what, 1), what, 0, "summary")[0] for window in windows)
        for what in ("kernel_size", "stride", "padding", "dilation", "groups")
    )
    text, others = type(part).__name__, {"dilation": dilation}
    if not isinstance(part, Block):
        keeps = (size - stride) // 2 if isinstance(part, nn.ConvTranspose2d) else dilation * (size - 1) // 2
        text, others = f"{text} {size}x{size}", {"pad": padding, "dilation": dilation, "groups": groups}
        if padding == keeps:
            del others["pad"]
    text += f" /{stride}" * (stride > 1)
    return ", ".join([text, *(f"{what} {n}" for what, n in others.items() if n != 1 or what == "pad")])


def calls_of(net, size):
    """{module: (input shape, output shape)}, both for one image, of all modules that `net` calls."""
    channels = next((weight.shape[1] for weight in net.parameters()), 3)
    with no_grad(), nn.evaluating():
        calls, _ = record_calls(net, Tensor(np.zeros((0, channels, size, size), np.float32)))
    return {module: (x.shape[1:], y.shape[1:]) for module, x, y in calls if isinstance(y, Tensor)}  # not a backbone


def multiply_adds(layer, before, after):
    """Each output value is a sum over a window and its channels; transposed, each input value enters as many."""
    if isinstance(layer, nn.ConvTranspose2d):
        return math.prod(before) * math.prod(layer.weight.shape[1:])
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        return math.prod(after) * math.prod(layer.weight.shape[1:])
    return 0
