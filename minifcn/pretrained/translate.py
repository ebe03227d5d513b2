"""Translates other libraries' weights to this library's names and shapes, and loads them; errors name what differs.

The tables are in names.py. Read packages.py next.
"""

import math

import numpy as np

from ..suggest import list_some
from .names import NAMES_OF, STRANGERS, WINDOWS
from .wrapped import unwrap


def source_of(arrays, net):
    """The Names, from names.py, of the keys of `arrays`: those with the most matching layers.

    Raises ValueError for a net without a table, a different net of the same name, or keys in no table.
    """
    if net not in NAMES_OF:
        raise ValueError(f"translate: net is {net!r}, expected one of {', '.join(NAMES_OF)}")
    arrays = unwrap(arrays, net)
    key, stranger = STRANGERS.get(net, ("", ""))
    if key in arrays:
        raise ValueError(f"translate: these weights are of {stranger}")
    found = {key.rpartition(".")[0] for key in arrays}
    best = max(NAMES_OF[net], key=lambda names: len(found & names.layers.keys()))
    if not found & best.layers.keys():
        raise ValueError(
            f"translate: found the layers {list_some(sorted(found), 6)}, expected those of {net} from"
            f" {' or '.join(names.source for names in NAMES_OF[net])}, as {list_some(list(best.layers), 6)}"
        )
    return best


def translate(arrays, net):
    """{key: array} of read_weights() -> {this library's key: array}: renamed, as convolutions, in RGB.

    net: 'vgg16', 'alexnet', 'fcn8s', ...: the keys of names.NAMES_OF. The source is detected from the keys;
         prefixes and everything else in the file are dropped, as by unwrap()
    Raises ValueError, with the names, for a missing or surplus layer and for a fully connected layer of another size;
    and as source_of() does.
    """
    names = source_of(arrays, net)
    arrays = unwrap(arrays, net)
    arrays = {key: array for key, array in arrays.items() if not key.startswith(names.others or ("\0",))}
    check_layers(arrays, names, net)
    result, first = {}, next(iter(names.layers))
    for key, array in as_statistics(arrays, names.norms).items():
        theirs, _, parameter = key.rpartition(".")
        if theirs == first and parameter == "weight" and names.bgr:
            array = array[:, ::-1]                               # blue, green, red -> red, green, blue
        layer = names.layers[theirs]
        if layer.startswith("upscore"):
            array = diagonal(array, layer)
        result[f"{layer}.{parameter}"] = reshape_to_convolution(array, f"{layer}.{parameter}", WINDOWS.get(net, {}).get(layer))
    return without_first_bias(result) if names.norms else result


def check_layers(arrays, names, net):
    """ValueError, with the names, unless the layers of `arrays` are those of `names`, a table for `net`."""
    found = dict.fromkeys(key.rpartition(".")[0] or key for key in arrays)
    missing = [layer for layer in names.layers if layer not in found]
    surplus = [layer for layer in found if layer not in names.layers]
    if missing or surplus:
        raise ValueError(
            f"translate: these are not weights of {net} from {names.source}: missing: {list_some(missing, 6)}; surplus:"
            f" {list_some(surplus, 6)}; use weights of exactly this net, with its classifier"
        )


def as_statistics(arrays, norms):
    """The blobs of Caffe's BatchNorm layers under PyTorch's names; the keys of other layers are unchanged.

    The blobs are a sum of means, a sum of variances, and their divisor; a divisor of 0 means that all are 0.
    norms: prefixes of the names of these layers, or (). ValueError, with the name, if a layer has other blobs.
    """
    result = {key: array for key, array in arrays.items() if not key.startswith(norms or ("\0",))}
    for layer in dict.fromkeys(key.rpartition(".")[0] for key in arrays if key not in result):
        blobs = [key.rpartition(".")[2] for key in arrays if key.startswith(f"{layer}.")]
        if sorted(blobs) != ["bias", "blob2", "weight"] or arrays[f"{layer}.blob2"].size != 1:
            raise ValueError(
                f"translate: the BatchNorm layer {layer} has the blobs {', '.join(blobs)}, expected its mean, its"
                " variance and one number to divide both by; use another copy of the weights"
            )
        count = arrays[f"{layer}.blob2"].item()
        for name, blob in (("running_mean", "weight"), ("running_var", "bias")):
            result[f"{layer}.{name}"] = arrays[f"{layer}.{blob}"] * (1 / count if count else 0)
    return result


def without_first_bias(arrays):
    """Fold the bias of conv1, which only Caffe's ResNet-50 has, into the mean that bn1 subtracts: an equivalent net."""
    if "conv1.bias" in arrays and "bn1.running_mean" in arrays:
        arrays["bn1.running_mean"] = arrays["bn1.running_mean"] - arrays.pop("conv1.bias")
    return arrays


def diagonal(array, layer):
    """FCN's upsampling weight (C, C, k, k) as (C, 1, k, k): Caffe holds all pairs of classes, all but (i, i) zero."""
    i = np.arange(len(array))
    if array.shape[:2] != (len(i), len(i)) or np.count_nonzero(array) != np.count_nonzero(array[i, i]):
        raise ValueError(f"translate: {layer}.weight {array.shape} mixes classes, expected zeros between them")
    return array[i, i][:, None]


def reshape_to_convolution(array, key, window):
    """A fully connected weight (out, in) as a convolution's (out, *window); others unchanged, biases flattened."""
    if key.endswith(".bias"):
        return array.reshape(-1)                                 # old Caffe files have (1, 1, 1, out)
    if window is None or not key.endswith(".weight"):
        return array
    out = array.shape[-2] if array.shape[:2] == (1, 1) else array.shape[0]       # old Caffe files have (1, 1, out, in)
    try:
        return array.reshape(out, *window)
    except ValueError:
        wanted = " * ".join(map(str, window))
        raise ValueError(f"translate: {key} has the shape {array.shape}, expected (n, {wanted}); use others") from None


def load_pretrained(module, arrays, *, keep=(), drop=()):
    """Copy `arrays`, under this library's names, into a backbone or a classifier.

    Fully connected and convolution weights are reshaped into each other: they have the same elements in the same order.
    Batch norm's num_batches_tracked, which older files lack and evaluation does not need, may be missing.
    keep: layers of the module that are left unchanged, for lack of weights: ("fc6", "fc7") with only VGG16's
          convolutions, ("score_fr", ...)
    drop: layers of the arrays that the module does not have: ("fc8",), the 1000 classes
    Raises ValueError, with the names, for any other missing or surplus layer, and for shapes that differ, before
    anything is loaded.
    """
    own = module.state_dict()
    arrays = {key: array for key, array in arrays.items() if not belongs_to(key, drop)}
    needed = [key for key in own if not key.endswith(".num_batches_tracked")]
    missing = [key for key in needed if key not in arrays and not belongs_to(key, keep)]
    surplus = [key for key in arrays if key not in own or belongs_to(key, keep)]
    if missing or surplus:
        raise ValueError(
            f"load_pretrained: the weights do not fit this {type(module).__name__}: missing: {list_some(missing, 6)}; surplus:"
            f" {list_some(surplus, 6)}; name in keep the layers to leave unchanged, in drop those to ignore"
        )
    reshaped = {key: match_shape(array, own[key].shape) for key, array in arrays.items()}
    module.load_state_dict(reshaped, strict=False)


def match_shape(array, shape):
    """(out, C, kh, kw) as (out, C * kh * kw), or vice versa, if `shape` requires it."""
    fits = array.ndim != len(shape) and array.size == math.prod(shape) and array.shape[:1] == shape[:1]
    return array.reshape(shape) if fits else array


def belongs_to(key, layers):
    """Whether a key belongs to one of the layers: 'fc6.weight' to 'fc6'."""
    return any(key.startswith(f"{layer}.") for layer in layers)
