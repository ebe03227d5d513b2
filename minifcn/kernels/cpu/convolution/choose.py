"""The rule that picks the algorithm for each of a convolution's three maps, from measurements on two processors.

Read conv.py next.
"""

import math

from .winograd_plan import tiles_of

FEW_PIXELS = 1024  # rearranging a weight that is larger than the images does not pay off
LARGE_WEIGHT = 1 << 20  # elements
SMALL_MAP = 6  # rows or columns; 4x4 tiles waste too much at the border of a smaller map
FEW_PIECES = 12  # tiles of 3x3 outputs of a 7x7 kernel: too little work for transforming the kernels
FEW_TILES = 40  # of 4x4 outputs; too little work for reading their weights, four times those of a 3x3 kernel
SMALL_PHASE = 5  # rows or columns; in smaller ones, most taps of a 3x3 kernel see padding
FEW_CHANNELS = 16  # fewer do not fill a vector, and are too little work for a product of their own

# Those whose summation order does not depend on the map or the batch: the rule for float64's outputs, fastest first.
ONE_ORDER = ("depthwise", "groups", "phases", "direct", "taps", "im2col_blocks")


def choose(possible, weight_shape, batch, size, exact, within, wanted, sums_pixels, kept=False):
    """The algorithm for one of the three maps of a convolution.

    possible: the names that fit it, always including "im2col"; weight_shape: (K, C/groups, kh, kw)
    batch, size: the number of images and the (height, width) of the output map, or of grad_y
    exact:  for float64's outputs: ignore batch and size, so that a dilated net equals shift-and-stitch bit for bit (no
            weight's gradient could: it sums over the batch and the map)
    within: (rows or columns, algorithm) of a phase, if "phases" is possible
    wanted: the result of forced(), used if it fits
    sums_pixels: whether the map is backward weight with stride 1, which sums over contiguous pixels
    kept: whether a rearranged weight is kept, as for a constant one: then rearranging it costs nothing
    """
    if wanted in possible:
        return wanted
    if exact:
        return next(name for name in ONE_ORDER if name in possible)
    if "depthwise" in possible:
        return "depthwise"
    enough_channels = weight_shape[1] >= FEW_CHANNELS
    if "groups" in possible and enough_channels:
        return "groups"
    if "phases" in possible:
        if within[0] > SMALL_PHASE and within[1].startswith("winograd"):
            return "phases"
        if "taps" in possible and enough_channels:
            return "taps"
    if "winograd4" in possible:
        enough_tiles = min(size) > SMALL_MAP and tiles_of((batch, *size), 4) >= FEW_TILES
        return "winograd4" if enough_tiles else "winograd2"
    if "winograd2" in possible and enough_channels:
        return "winograd2"
    if "winograd3" in possible and enough_channels and tiles_of((batch, *size), 3) >= FEW_PIECES:
        return "winograd3"
    if kept and "direct" in possible:
        return "direct"
    if math.prod(weight_shape) > LARGE_WEIGHT and batch * math.prod(size) < FEW_PIXELS:
        return "im2col"
    if sums_pixels and "taps" in possible and enough_channels and math.prod(weight_shape[2:]) > 1:
        return "taps"
    if "direct" in possible:
        return "direct"
    return "taps" if "taps" in possible and enough_channels else "im2col_blocks"
