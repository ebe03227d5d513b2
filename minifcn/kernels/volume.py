"""Convolution and max pooling of volumes (N, C, D, H, W), by the kernels for images: a volume is a stack of D images.

A window of kd x kh x kw voxels is kd windows of kh x kw pixels, one in each of kd images. So y = C x is a sum over the
taps t along the depth, and every term convolves images:

    y[:, :, z] = sum over t of  (weight[:, :, t] convolved with x[:, :, z*s - p + t*d])

Its transpose and the weight's gradient are sums of the same terms, and so the three maps of volumes are the three maps
of images, on any device. Names and arguments are those of the kernels. Read ../functional/volume.py next.
"""

import math
from itertools import product

from . import array_module, kernels_for


def conv_forward(x, weight, geometry, bias=None):
    """y = C x + bias.

    x (N, C, D, H, W), weight (K, C/groups, kd, kh, kw), bias (K,) or None; returns y (N, K, od, oh, ow).
    """
    kernels, flat = kernels_for(x, weight), within_images(geometry)
    y = zeros(x, len(weight), geometry.output_size(x.shape[2:]))
    if bias is not None:
        y += bias[:, None, None, None]
    for n, (t, seen, out) in product(range(len(x)), taps(geometry, x.shape[2])):
        y[n, :, out] += images(kernels.conv_forward(images(x[n, :, seen]), weight[:, :, t], flat))
    return y


def conv_backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.

    grad_y (N, K, od, oh, ow), weight (K, C/groups, kd, kh, kw), size (D, H, W); returns grad_x (N, C, D, H, W).
    """
    kernels, flat = kernels_for(grad_y, weight), within_images(geometry)
    grad_x = zeros(grad_y, weight.shape[1] * geometry.groups, size)
    for n, (t, seen, out) in product(range(len(grad_y)), taps(geometry, size[0])):
        part = kernels.conv_backward_input(images(grad_y[n, :, out]), weight[:, :, t], flat, size[1:])
        grad_x[n, :, seen] += images(part)
    return grad_x


def conv_backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.

    x (N, C, D, H, W), grad_y (N, K, od, oh, ow); returns grad_weight (K, C/groups, kd, kh, kw).
    """
    kernels, flat = kernels_for(x, grad_y), within_images(geometry)
    shape = grad_y.shape[1], x.shape[1] // geometry.groups, *geometry.kernel_size
    grad_weight = array_module(x).zeros(shape, x.dtype)
    for n, (t, seen, out) in product(range(len(x)), taps(geometry, x.shape[2])):
        grad_weight[:, :, t] += kernels.conv_backward_weight(images(x[n, :, seen]), images(grad_y[n, :, out]), flat)
    return grad_weight


def max_pool_forward(x, geometry):
    """The maximum of each window of x (N, C, D, H, W) and its position: (y, index), both (N, C, od, oh, ow).

    index (int32) is (z*H + row)*W + column; ties, NaN and windows that see only padding are as in images. First each
    image is pooled, then the windows that lie above each other: of equal values, the first in this order is the first
    in the volume.
    """
    xp, (D, H, W) = array_module(x), x.shape[2:]
    size = geometry.output_size((D, H, W))
    pooled = kernels_for(x).max_pool_forward(batch_of(x), within_images(geometry))
    values, places = (stacks_of(array, D) for array in pooled)
    y, index = zeros(x, x.shape[1], size), zeros(x, x.shape[1], size, places.dtype)
    y[...], index[...] = -math.inf, -1
    for _, seen, out in taps(geometry, D):
        value, place, best, at = values[:, :, seen], places[:, :, seen], y[:, :, out], index[:, :, out]
        larger = (value > best) | (at < 0) | (xp.isnan(value) & ~xp.isnan(best))
        wins = larger & (place >= 0)
        y[:, :, out] = xp.where(wins, value, best)
        index[:, :, out] = xp.where(wins, place + depths(xp, D, seen) * (H * W), at)
    return y, index


def max_pool_backward(grad_y, index, geometry, size):
    """Send each gradient of grad_y (N, C, od, oh, ow) to the voxel that won its window: grad_x (N, C, *size).

    First to the image in which it lies: where a window has its winner in the image z, that is also the image's winner.
    """
    xp, (D, H, W) = array_module(grad_y), size
    flat, shape = within_images(geometry), (D, *grad_y.shape[3:])
    grad, place = zeros(grad_y, grad_y.shape[1], shape), zeros(grad_y, grad_y.shape[1], shape, index.dtype)
    for _, seen, out in taps(geometry, D):
        offset = index[:, :, out] - depths(xp, D, seen) * (H * W)
        is_here = (offset >= 0) & (offset < H * W)
        grad[:, :, seen] += xp.where(is_here, grad_y[:, :, out], 0)
        place[:, :, seen] = xp.where(is_here, offset, place[:, :, seen])
    return stacks_of(kernels_for(grad).max_pool_backward(batch_of(grad), batch_of(place), flat, (H, W)), D)


# Volumes as images ----------------------------------------------------------------------------------------------------


def taps(geometry, depth):
    """For each tap along the depth: (its number, the images of x that it sees, the images of y for which it sees them).

    The images are slices; those of y whose tap falls on the padding are left out. A tap that sees nothing is left out.
    """
    s, p, d = geometry.stride[0], geometry.padding[0], geometry.dilation[0]
    count, found = geometry.output_size((depth, 1, 1))[0], []
    for t in range(geometry.kernel_size[0]):
        offset = t * d - p  # image z of y sees image z*s + offset of x
        first, last = max(0, -(offset // s)), min(count - 1, (depth - 1 - offset) // s)
        if first <= last:
            found.append((t, slice(first * s + offset, last * s + offset + 1, s), slice(first, last + 1)))
    return found


def within_images(geometry):
    """The geometry without the depth."""
    names = ("kernel_size", "stride", "padding", "dilation")
    return geometry._replace(**{name: getattr(geometry, name)[1:] for name in names})


def images(volume):
    """One volume (C, D, H, W) as D images (D, C, H, W), or D images as one volume: a view."""
    return volume.swapaxes(0, 1)


def batch_of(x):
    """Volumes x (N, C, D, H, W) as a batch of images (N*D, C, H, W): a view if they are stacks in memory."""
    N, C, D, H, W = x.shape
    return x.swapaxes(1, 2).reshape(N * D, C, H, W)


def stacks_of(batch, depth):
    """A batch of images (N*depth, C, H, W) as volumes (N, C, depth, H, W): a view."""
    return batch.reshape(len(batch) // depth, depth, *batch.shape[1:]).swapaxes(1, 2)


def zeros(like, channels, size, dtype=None):
    """Volumes of zeros (N, channels, *size), with N and the dtype of `like`; each image is channels last in memory."""
    last = array_module(like).zeros((len(like), *size, channels), dtype or like.dtype)
    return last.transpose(0, 4, 1, 2, 3)


def depths(xp, depth, seen):
    """The numbers of the images in a slice of the depth, along the depth's axis of (N, C, D, H, W): int32."""
    return xp.arange(depth, dtype="int32")[seen].reshape(1, 1, -1, 1, 1)
