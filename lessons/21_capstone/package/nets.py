"""The nets by name, their loss, and what a net is made of: its arrays, in a fixed order.

Given by the course. Everything that computes here is imported from the modules of this package.
"""

import numpy as np

from .fcn import FCN8s, FCN32s, Trunk, crop, fuse, score_layer, upscore
from .layers import set_training
from .loss import cross_entropy, cross_entropy_backward
from .network import Module
from .tensor import Tensor


class FCN16s(Module):
    """The net between the two: one skip, from pool4, and the sum enlarged 16 times."""

    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)

    def forward(self, x):
        _, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        return crop(upscore(scores, 16), 0, x.data.shape[2:])


NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s}


def make_net(name, rng, classes=8, **trunk):
    """A net with random weights. name: one of NETS;  trunk: options of Trunk: widths, head, paper."""
    return NETS[name](Trunk(rng, **trunk), classes)


class PixelLoss:
    """The operation from scores (N, C, H, W) to their cross-entropy with labels (N, H, W), a number."""

    def __init__(self, labels, weight=None):
        self.labels, self.weight = labels, weight

    def forward(self, scores):
        self.scores = scores
        return np.asarray(cross_entropy(scores, self.labels, self.weight), scores.dtype)

    def backward(self, grad):
        return cross_entropy_backward(grad, self.scores, self.labels, self.weight)


def reseed(net, seeds):
    """Let every source of random numbers in a net (dropout's) begin anew."""
    for part in vars(net).values() if isinstance(net, Module) else net:
        if isinstance(part, np.random.Generator):
            part.bit_generator.state = np.random.default_rng(seeds).bit_generator.state
        elif isinstance(part, (Module, list, tuple)):
            reseed(part, seeds)


def scores_of(net, images, batch=8):
    """The scores (N, classes, H, W) of images (N, 3, H, W), as the net computes them when it is not learning."""
    set_training(net, False)
    parts = [net(Tensor(images[i : i + batch])).data for i in range(0, len(images), batch)]
    set_training(net, True)
    return np.concatenate(parts)


def predict(net, images, batch=8):
    """The label maps (N, H, W) of images (N, 3, H, W): at each pixel the class with the highest score."""
    return np.concatenate([scores_of(net, images[i : i + batch]).argmax(axis=1) for i in range(0, len(images), batch)])


# What a net is made of ------------------------------------------------------------------------------------------------


def arrays_of(net):
    """[(name, array)] of everything that training changes: parameters and running statistics, the trunk's first."""
    found = [(name, array) for name, array in walk("", net)]
    return sorted(found, key=lambda pair: not pair[0].startswith("trunk."))


def walk(name, value, seen=None):
    """Yield the arrays inside a module, list or tuple, each once, in the order of the attributes."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    if isinstance(value, Tensor) and value.requires_grad:
        seen.add(id(value))
        yield name, value.data
    elif isinstance(value, np.ndarray):
        seen.add(id(value))
        yield name, value
    elif isinstance(value, (Module, list, tuple)):
        seen.add(id(value))
        for key, part in (vars(value) if isinstance(value, Module) else dict(enumerate(value))).items():
            yield from walk(f"{name}.{key}".lstrip("."), part, seen)


def copy_arrays(net, arrays, what):
    """Copy a list of arrays into a net, in order. Raises ValueError if their number or a shape differs.

    what: where they come from, for the message
    """
    own = arrays_of(net)
    if len(own) != len(arrays):
        raise ValueError(f"{what} has {len(arrays)} arrays, this net has {len(own)}; is it the same net?")
    for (name, array), new in zip(own, arrays):
        if array.shape != new.shape:
            raise ValueError(f"{what} has an array of shape {new.shape} where {name} has {array.shape}")
    for (_, array), new in zip(own, arrays):
        array[...] = new
