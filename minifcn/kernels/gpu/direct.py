"""Convolution straight from its formula on the GPU: shapes and arguments for direct.cu, which says when it is best.

All arrays are in C order; the last argument is the output. Read implicit_gemm.py next.
"""

from .launch import per_block, per_element, window


def forward(x, weight, bias, geometry, y):
    """y (N, K, oh, ow) = C x + bias."""
    return per_element("direct_forward", y, x, weight, bias, window(geometry, x.shape[2:]), *_groups(weight, geometry))


def backward_input(grad_y, weight, geometry, grad_x):
    """grad_x (N, C, H, W) = C^T grad_y."""
    arguments = grad_y, weight, window(geometry, grad_x.shape[2:]), *_groups(weight, geometry)
    return per_element("direct_backward_input", grad_x, *arguments)


def backward_weight(x, grad_y, geometry, grad_weight):
    """grad_weight (K, C/groups, kh, kw) = the derivative of <grad_y, C x>."""
    groups = _groups(grad_weight, geometry)
    arguments = x, grad_y, window(geometry, x.shape[2:]), len(x), *groups, grad_weight
    per_block("direct_backward_weight", x.dtype, grad_weight.size, *arguments)
    return grad_weight


def _groups(weight, geometry):
    """The number of groups, and the channels and kernels of each."""
    return geometry.groups, weight.shape[1], len(weight) // geometry.groups
