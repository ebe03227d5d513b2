"""Fusion for inference: batch norm in evaluation mode is linear, so a convolution can do its work.

    weight' = weight * scale,   bias' = (bias - mean) * scale + shift,   scale = weight_of_norm / sqrt(var + eps)

A ReLU and a max pooling after it are computed with the convolution's outputs, before these leave the cache.

Which layers follow each other is not guessed from their names or order, but seen in the graph of one forward pass. The
layers themselves know what they can do for their successor: see Module.absorb. Read capturing.py next.
"""

import copy
from collections import Counter

import numpy as np

from ..autograd import enable_grad, topological_order
from ..kernels import array_module
from ..tensor import Tensor


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """The weight and bias of a convolution that includes the batch norm after it: two arrays.

    conv_w, conv_b: the convolution's; the bias (K,) or None. bn_rm, bn_rv (K,): the running mean and variance
    bn_w, bn_b: batch norm's, (K,) or None
    transpose: whether the convolution is a transposed one, whose weight is (C, K, ...)
    Computed in float64 and rounded once. The names are torch.nn.utils.fusion's.
    """
    scale = 1 / (bn_rv.astype(np.float64) + bn_eps) ** 0.5
    scale = scale if bn_w is None else scale * bn_w
    shift = (-bn_rm if conv_b is None else conv_b - bn_rm) * scale
    shift = shift if bn_b is None else shift + bn_b
    along = [1] * conv_w.ndim
    along[1 if transpose else 0] = -1
    return (conv_w * scale.reshape(along)).astype(conv_w.dtype), shift.astype(conv_w.dtype)


def fuse_conv_bn_eval(conv, bn):
    """A copy of the convolution `conv` that includes the BatchNorm2d `bn`, with its running statistics.

    ValueError if they do not fit, or if `bn` has no running statistics. As torch.nn.utils.fusion.fuse_conv_bn_eval.
    """
    fused = copy.copy(conv)
    if fused.absorb(bn) is None:
        raise ValueError(f"fuse_conv_bn_eval: {conv!r} cannot include {bn!r}, expected as many channels, and statistics")
    return fused


def fuse(net, size=224):
    """Module.fuse: a copy of `net` in evaluation mode whose convolutions include what follows them."""
    fused = copy.deepcopy(net, {id(p): p for p in net.parameters()}).eval()  # parameters that stay are shared
    followers = followers_of(fused, size)
    for layer in list(followers):
        last = layer
        while last in followers and (left := layer.absorb(followers[last])) is not None:
            last = followers[last]
            replace(fused, last, left)
    for layer in list(fused.modules()):
        layer.settle()
    return fused


def followers_of(net, size):
    """{layer: the layer that alone uses its output}, of the layers without parts that one forward pass calls once.

    The pass is that of an empty batch of size x size pixels, which costs nothing.
    """
    channels = next((module.in_channels for module in net.modules() if hasattr(module, "in_channels")), 3)
    like = next(net.parameters(), Tensor(np.zeros(0, np.float32))).data
    image = Tensor(array_module(like).zeros((0, channels, size, size), like.dtype), requires_grad=True)
    with enable_grad():  # who uses what is seen in the graph
        calls, result = record_calls(net, image)
    calls = [(layer, x, y) for layer, x, y in calls if not any(layer.children()) and isinstance(y, Tensor)]
    outputs = list(tensors_in(result))
    functions = {tensor.grad_fn for output in outputs for tensor in topological_order(output)} - {None}
    uses = Counter(outputs) + Counter(x for function in functions for x in function.inputs)
    times = Counter(layer for layer, _, _ in calls)
    users = {}
    for layer, x, _ in calls:
        users.setdefault(x, []).append(layer)
    return {
        layer: users[y][0]
        for layer, _, y in calls
        if times[layer] == 1 and uses[y] == 1 and len(users.get(y, ())) == 1 and times[users[y][0]] == 1
    }


def tensors_in(result):
    """The tensors of what a network returns: one, or a tuple, a list or a dict of them."""
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, (tuple, list, dict)):
        for part in result.values() if isinstance(result, dict) else result:
            yield from tensors_in(part)


def record_calls(net, image):
    """([(module, its input, its output)], the net's output) of one forward pass: all modules but the net itself."""
    calls, layers = [], [module for module in net.modules() if module is not net]
    for layer in layers:
        layer.forward = recording(layer, calls)
    try:
        return calls, net(image)
    finally:
        for layer in layers:
            del layer.forward


def recording(layer, calls):
    """The layer's forward, which also appends the call to `calls`."""
    forward = layer.forward

    def forward_and_record(x, *others):
        y = forward(x, *others)
        calls.append((layer, x, y))
        return y

    return forward_and_record


def replace(net, layer, other):
    """Put `other` in the place of `layer`, in every module that has it as a part."""
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            if child is layer:
                setattr(module, name, other)
