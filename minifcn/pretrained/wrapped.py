"""Weights as people save them: inside a training checkpoint, with the prefixes of modules wrapped around the net.

    {"state_dict": {"module.features.0.weight": ...}, "optimizer": {...}, "epoch": 90}

holds the layer features.0. The layers in a net's tables determine which part of the file is the net; the rest is left
out, as the note says. Read translate.py next.
"""

from ..suggest import list_some
from .names import NAMES_OF, STRANGERS
from .tree import NamedArrays

# modules that PyTorch puts around a net or a part of it: DataParallel, torch.compile, FSDP, activation checkpointing
WRAPPERS = frozenset({"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})


class Unwrapped(NamedArrays):
    """{name: array} of just the net. note: what was stripped from its names and what was left out, or ''."""

    def __init__(self, named, note):
        super().__init__()
        self.update(named)
        self.note = note


def unwrap(arrays, net):
    """The arrays of `net`, a key of names.NAMES_OF, without prefixes: an Unwrapped. All arrays if none has a known name.

    Of two equally good matches, such as the weights and their moving average, the first is used.
    """
    prefix = best_prefix(arrays, net)
    taken = {key: without_wrappers(key.removeprefix(prefix)) for key in arrays if key.startswith(prefix)}
    if len(set(taken.values())) < len(taken):                    # two arrays would get the same name
        taken = {key: key.removeprefix(prefix) for key in taken}
    rest = [(key, "") for key in arrays if key not in taken] + list(getattr(arrays, "others", ()))
    notes = [describe_some("stripped", dict.fromkeys(describe_prefix(key, name) for key, name in taken.items())),
             describe_some("left out", describe_rest(rest, taken, prefix))]
    return Unwrapped({name: arrays[key] for key, name in taken.items()}, "; ".join(filter(None, notes)))


def without_wrappers(key):
    return ".".join(part for part in key.split(".") if part not in WRAPPERS)


def best_prefix(keys, net):
    """The prefix, '' or ending in a dot, with the most of the net's layers."""
    layers = {layer for names in NAMES_OF.get(net, ()) for layer in names.layers}
    layers.add(STRANGERS.get(net, ("", ""))[0].rpartition(".")[0])
    longest, found = max(layer.count(".") for layer in layers) + 1 + len(WRAPPERS), {"": set()}
    for key in keys:
        parts = key.split(".")[:-1]
        for start in range(max(0, len(parts) - longest), len(parts)):
            layer = without_wrappers(".".join(parts[start:]))
            if layer in layers and parts[start] not in WRAPPERS:
                found.setdefault("".join(f"{part}." for part in parts[:start]), set()).add(layer)
    return max(found, key=lambda prefix: len(found[prefix]))


def describe_prefix(key, name):
    """What was stripped from a key, for the note."""
    if key.endswith(name):
        return key.removesuffix(name)
    return "".join(f"{part}." for part in key.split(".") if part in WRAPPERS)


def describe_rest(rest, taken, prefix):
    """The parts of the file from which nothing was taken, for the note. rest: (key, kind) of everything not taken."""
    way = prefix.split(".")[:-1]
    layers = {key.removeprefix(prefix).partition(".")[0] for key in taken}
    parts = {}
    for key, kind in rest:
        path = key.split(".")
        end = next((i for i, (a, b) in enumerate(zip(path, way)) if a != b), len(way)) + 1
        if end == len(way) + 1 and path[end - 1 : end] and path[end - 1] in layers:
            end = len(path)                                      # next to the weights of a layer
        parts.setdefault(".".join(path[:end]), []).append(kind if end >= len(path) else "")
    return [f"{part} ({kinds[0]})" if kinds[0] else part for part, kinds in parts.items()]


def describe_some(what, names, count=8):
    """'left out a, b and 3 more', or '' for no names."""
    names = [name[:80] for name in names if name]
    return f"{what} {list_some(names, count)}" if names else ""
