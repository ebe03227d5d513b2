"""Convolutionalize: turn a classifier into a dense network. The FCN paper, section 3.1, and its "net surgery".

A fully connected layer on k x k units of C channels is a convolution with a k x k window: the same weights in another
shape. A classifier of 227-pixel images thus classifies, in one pass, every such window of a larger image, except near
the windows' borders, where the classifier saw its zero padding and the dense net sees the surroundings.
benchmarks/convolutionalize.py measures the savings. Read upsampling.py next.
"""

import copy

import numpy as np

from .. import nn
from .classifier import Classifier, FlattenWindow


def convolutionalize(classifier):
    """A copy of a Classifier, weights included, for images of any size: (N, 3, H, W) -> (N, classes, h, w).

    Fully connected layers become convolutions: the first one with the window that it covered, the others 1x1. The
    global average pooling of GoogLeNet, SqueezeNet and ResNet is left out, as in the paper: the classifier's scores
    are the mean of the dense ones, since averaging and a linear layer commute. The state dict fits a backbone of the
    geometry 'caffe', except for the scores of the last layer.
    Raises TypeError for anything but a Classifier.
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
