"""A convolution, its ReLU and the max pooling after it, as at the end of VGG's stages: one Function for networks that are
fused for inference (nn/fusion.py). Without gradients, one pass over memory computes all three. Read shape.py next.
"""

from ..kernels import kernels_for
from ..tensor import apply
from .common import check_output
from .conv import WINDOW, Conv2dRelu, check_conv, without_none


class Conv2dReluMaxPool(Conv2dRelu):
    """The maximum of each window of max(C x + bias, 0); its position gets the whole gradient."""

    def forward(self, x, weight, bias=None, *, geometry, pool):
        kernels = kernels_for(x, weight)
        if not any(self.needs_grad):
            return kernels.conv_forward(x, weight, geometry, bias, relu=True, pool=pool)
        y, self.pool = super().forward(x, weight, bias, geometry=geometry), pool
        pooled, self.index = kernels.max_pool_forward(y, pool)
        return pooled

    def backward(self, grad):
        return super().backward(kernels_for(grad).max_pool_backward(grad, self.index, self.pool, self.y.shape[2:]))


def conv2d_relu_max_pool2d(input, weight, bias, stride, padding, dilation, groups, pool):
    """max_pool2d(conv2d(input, ..., relu=True), ...); pool: the PoolGeometry. ValueError for shapes that do not fit."""
    geometry, shape = check_conv("conv2d", input, weight, bias, stride, padding, dilation, groups)
    check_output("max_pool2d", pool.output_size(shape[2:]), shape[2:], WINDOW, pool)
    return apply(Conv2dReluMaxPool, *without_none(input, weight, bias), geometry=geometry, pool=pool)
