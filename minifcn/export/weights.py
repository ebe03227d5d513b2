"""A trained network's weights for PyTorch: a .safetensors file with PyTorch's names.

Modules and parameters here are named as in PyTorch, so a PyTorch network with the same attributes loads them. The
layers of a backbone that torchvision has under other names get those: `backbone.conv1_2` of a VGG becomes
`backbone.features.2`. Read command.py next.
"""

import json

import numpy as np
import safetensors.numpy

from ..files import atomic_write
from ..pretrained.names import NAMES_OF, WINDOWS

PREFIX = "backbone."


def export_safetensors(net, path, *, backbone=None, metadata=None):
    """Write the state of a network, parameters and buffers, with PyTorch's names. Returns {our name: the one written}.

    backbone: the name of the network's backbone in the catalogue; None keeps the names of this library
    metadata: {str: str} to store in the file
    Raises FileError if the file cannot be written.
    """
    state = net.state_dict()
    names = pytorch_names(state, backbone)
    content = safetensors.numpy.save(
        {names[name]: np.ascontiguousarray(array).reshape(array.shape) for name, array in state.items()},
        {"format": "pt"} | (metadata or {}),
    )
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
    return names


def pytorch_names(state, backbone):
    """{our name: PyTorch's} for the keys of a state_dict.

    Fully connected layers, convolutions here, keep their names, since torchvision's have another shape.
    """
    tables = [names.layers for names in NAMES_OF.get(backbone, ()) if names.source.startswith("torchvision")]
    layers = {key.rpartition(".")[0].removeprefix(PREFIX) for key in state if key.startswith(PREFIX)}
    table = max(tables, key=lambda table: len(layers & set(table.values())), default={})  # of a VGG, with batch norm or not
    theirs = {ours: name for name, ours in table.items() if ours not in WINDOWS.get(backbone, {})}

    def renamed(key):
        layer, _, parameter = key.removeprefix(PREFIX).rpartition(".")
        return f"{PREFIX}{theirs[layer]}.{parameter}" if key.startswith(PREFIX) and layer in theirs else key

    return {key: renamed(key) for key in state}


def describe(facts, options):
    """What a program must know to use the network, as {str: str} for the metadata of either file.

    facts: the DataFacts of the training data; options: the run's Options
    The network's input is ((raw - low) / (high - low) - mean) / std, with [low, high] the value_range.
    """
    values = facts.as_json()
    names = ("classes", "palette", "mean", "std", "channels", "value_range")
    network = {"model": options.model, "backbone": options.backbone, "data": facts.name}
    return network | {name: json.dumps(values[name], ensure_ascii=False) for name in names}
