"""Convolutionalize: a classifier, made to look everywhere. The FCN paper, section 3.1, and its "net surgery".

A full connection that sees k x k units of C channels is a convolution with a k x k window: the same numbers in another
shape. So a classifier that answers once for an image of 227 pixels answers, in one pass, for every such window of a
larger image; but for the windows' borders, where the classifier saw the zeros of its padding and the dense net sees what
is beside the window. benchmarks/convolutionalize.py measures what that saves. Read fcn.py next.
"""

import copy

import numpy as np

from .. import nn
from .classifier import Classifier, FlattenWindow


def convolutionalize(classifier):
    """A Classifier -> one with the same weights, copied, for images of any size: (N, 3, H, W) -> (N, classes, h, w).

    Full connections become convolutions: the first one with the window that it saw, the others with 1x1. The mean over
    all units, which ends GoogLeNet, SqueezeNet and ResNet, is left out (as the paper does): the classifier's scores are
    the mean of the map, since a mean and a full connection may change places. The state dict fits a backbone of the
    geometry 'caffe', but for the scores of the last layer.
    Raises TypeError for what is no Classifier.
    """
    if not isinstance(classifier, Classifier):
        found = type(classifier).__name__
        raise TypeError(f"convolutionalize: found a {found}, expected a Classifier; see build_classifier")
    layers, window = [], 1
    for name, layer in classifier.named_children():
        if isinstance(layer, FlattenWindow):
            window = layer.size
        elif isinstance(layer, nn.Linear):
            layers.append((name, as_convolution(layer, window)))
            window = 1
        elif not isinstance(layer, nn.AdaptiveAvgPool2d):
            layers.append((name, copy.deepcopy(layer)))
    result = Classifier(layers)
    result.zero_grad()
    result.training, result.frozen = classifier.training, classifier.frozen
    return result


def as_convolution(linear, window):
    """The Linear layer as a Conv2d: weight (out, C * window * window) -> (out, C, window, window), in this order."""
    channels = linear.in_features // window**2
    conv = nn.Conv2d(channels, linear.out_features, window, generator=np.random.default_rng(0))  # replaced below
    conv.weight = nn.Parameter(linear.weight.data.reshape(conv.weight.shape).copy(), linear.weight.requires_grad)
    conv.bias = nn.Parameter(linear.bias.data.copy(), linear.bias.requires_grad)
    conv.training, conv.frozen = linear.training, linear.frozen
    return conv
