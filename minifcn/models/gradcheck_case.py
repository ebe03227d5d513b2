"""Whole small FCN-8s as cases for the gradient checker: the image and every parameter, in both geometries.

They stand here because the checker knows nothing of networks. Read ../gradcheck/table.py next, which runs them.
"""

import numpy as np

from ..gradcheck.catalogue import Case
from .fcn import FCN8s
from .vgg import SmallVGG

SIZES = {"aligned": (2, 3, 45, 40), "caffe": (1, 3, 21, 18)}  # images whose sides are no multiples of 32


def network_cases():
    """An FCN-8s of the geometry 'aligned', batch norm and dropout as in training, and one of the geometry 'caffe'."""
    return [network_case("aligned", batch_norm=True), network_case("caffe", batch_norm=False)]


def network_case(geometry, batch_norm, seed=0):
    """A Case: FCN-8s, three classes, a narrow backbone, upsampling learned, float64 weights drawn from `seed`."""
    rng = np.random.default_rng(seed)
    backbone = SmallVGG(geometry, widths=(4, 4, 5, 6, 6), head=8, batch_norm=batch_norm, generator=rng)
    backbone.drop6.generator = backbone.drop7.generator = (
        None  # the default one, which gradcheck starts again each time
    )
    net = FCN8s(backbone, 3, "learned").to("float64")
    for parameter in net.parameters():  # the score layers start at zero, where a gradient would vanish
        parameter.data[...] += 0.1 * rng.standard_normal(parameter.shape)
    name = f"FCN-8s, {geometry}{', batch norm' if batch_norm else ''}"
    shape = SIZES[geometry]
    parameters = dict(net.named_parameters())
    return Case(name, net, lambda rng: [rng.standard_normal(shape)], parameters, max_entries=0, step=1e-4)
