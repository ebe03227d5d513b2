"""Convolution without stored columns on the GPU: arguments for implicit_gemm.cu. One group only.

It has not been timed on a GPU, so it is used only on request: conv.py's rule prefers im2col and cuBLAS, which are known
to be fast. All arrays are in C order. Read matmul.py next.
"""

from .launch import contiguous, per_block, window, zeros

KERNELS, PIXELS = 64, 128  # of one block's tile, as in implicit_gemm.cu


def forward(x, weight, bias, geometry, y):
    """y (N, K, oh, ow) = C x + bias."""
    return _run(x, weight.transpose(2, 3, 1, 0), bias, geometry, y)


def backward_input(grad_y, weight, geometry, grad_x):
    """grad_x (N, C, H, W) = C^T grad_y, for stride 1.

    A pixel's gradient is then a sum over a window too: a convolution of grad_y with the kernel rotated by 180 degrees,
    padded so that the window's last tap falls where the first one did.
    """
    pairs = zip(geometry.kernel_size, geometry.dilation, geometry.padding)
    turned = geometry._replace(padding=tuple((k - 1) * d - p for k, d, p in pairs))
    bias = zeros(weight.shape[1], grad_y.dtype)
    return _run(grad_y, weight[:, :, ::-1, ::-1].transpose(2, 3, 0, 1), bias, turned, grad_x)


def _run(image, weight, bias, geometry, output):
    """weight is (kh, kw, channels of image, channels of output)."""
    K = output.shape[1]
    pixels = output.size // K
    blocks = -(-pixels // PIXELS) * -(-K // KERNELS)
    shapes = window(geometry, image.shape[2:]), image.shape[1], K, pixels
    per_block("implicit_gemm", image.dtype, blocks, image, contiguous(weight), bias, *shapes, output)
    return output
