"""Convolution's three maps when every channel has a filter of its own and meets no other: plain loops, no matrix.

This is FCN's upsampling: a transposed convolution with a kernel 2s and stride s, channel by channel.  The innermost
loop runs along a row of the kernel, which is long there (16 for the upsampling by 8).  Read pool.py next.
"""

from numba import prange

from .compile import kernel, parallel


def fits(weight_shape, geometry):
    """True for one filter (and one output) a channel, without dilation."""
    K, group_channels = weight_shape[:2]
    return K == geometry.groups and group_channels == 1 and geometry.dilation == (1, 1)


@parallel
def forward(x, weight, window, y):
    C = x.shape[1]
    for image_channel in prange(len(x) * C):
        n, c = image_channel // C, image_channel % C
        correlate(x[n, c], weight[c, 0], window, y[n, c])


@parallel
def backward_input(grad_y, weight, window, grad_x):
    C = grad_y.shape[1]
    for image_channel in prange(len(grad_y) * C):
        n, c = image_channel // C, image_channel % C
        scatter(grad_y[n, c], weight[c, 0], window, grad_x[n, c])


@parallel
def backward_weight(x, grad_y, window, grad_weight):
    for c in prange(x.shape[1]):
        for n in range(len(x)):
            collect(x[n, c], grad_y[n, c], window, grad_weight[c, 0])


@kernel
def inside(position, stride, padding, length, size):
    """first, last, start: the taps first..last of the kernel see the image from `position`; tap 0 stands at start."""
    start = position * stride - padding
    return max(0, -start), max(0, -start, min(length, size - start)), start


@kernel
def correlate(x, weight, window, y):
    """y = sum weight * the window of x."""
    kh, kw, sh, sw, ph, pw, _, _ = window
    for oy in range(y.shape[0]):
        first_i, last_i, top = inside(oy, sh, ph, kh, x.shape[0])
        for ox in range(y.shape[1]):
            first_j, last_j, left = inside(ox, sw, pw, kw, x.shape[1])
            total = y.dtype.type(0)
            for i in range(first_i, last_i):
                taps, row = weight[i, first_j:last_j], x[top + i, left + first_j : left + last_j]
                for j in range(taps.size):
                    total += taps[j] * row[j]
            y[oy, ox] = total


@kernel
def scatter(grad_y, weight, window, grad_x):
    """grad_x += grad_y * weight, into the window."""
    kh, kw, sh, sw, ph, pw, _, _ = window
    for oy in range(grad_y.shape[0]):
        first_i, last_i, top = inside(oy, sh, ph, kh, grad_x.shape[0])
        for ox in range(grad_y.shape[1]):
            first_j, last_j, left = inside(ox, sw, pw, kw, grad_x.shape[1])
            for i in range(first_i, last_i):
                accumulate(grad_y[oy, ox], weight[i, first_j:last_j], grad_x[top + i, left + first_j : left + last_j])


@kernel
def collect(x, grad_y, window, grad_weight):
    """grad_weight += grad_y * the window of x."""
    kh, kw, sh, sw, ph, pw, _, _ = window
    for oy in range(grad_y.shape[0]):
        first_i, last_i, top = inside(oy, sh, ph, kh, x.shape[0])
        for ox in range(grad_y.shape[1]):
            first_j, last_j, left = inside(ox, sw, pw, kw, x.shape[1])
            for i in range(first_i, last_i):
                accumulate(grad_y[oy, ox], x[top + i, left + first_j : left + last_j], grad_weight[i, first_j:last_j])


@kernel
def accumulate(factor, source, target):
    """target += factor * source for two 1-D arrays."""
    for t in range(target.size):
        target[t] += factor * source[t]
