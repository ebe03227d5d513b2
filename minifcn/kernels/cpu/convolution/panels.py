"""A convolution's weight in the order in which the strips of tile.py read it.

A panel is two vectors of output channels.  In memory it is ordered by tap, then by input, then by output, so that a
strip reads it sequentially.  In backward input, inputs and outputs swap roles; if that is computed as a convolution of
grad_y, each kernel is rotated by 180 degrees.  Read direct.py next.
"""

import numpy as np

from ..runtime.compile import dense, share
from ..runtime.constant import made_of
from ..runtime.launch import parallel
from ..runtime.simd import simd

INPUTS = 16  # whose weights are rearranged at once


def panels_of(weight, turned):
    """The panels of the weight (K, C, kh, kw), or of the `turned` one, whose outputs are the C."""
    taps, width = weight.shape[2] * weight.shape[3], 2 * simd().lanes(weight.dtype)
    K, C = weight.shape[1::-1] if turned else weight.shape[:2]

    def make(empty):
        panels = empty("weights", (-(-K // width), taps * C * width), weight.dtype)
        rearrange(dense(weight).reshape(-1), K, C, taps, turned, width, panels, True)
        return panels

    return made_of(weight, ("panels", turned), make)


def weight_of(panels, shape):
    """The weight of `shape` (K, C, kh, kw) that has these panels."""
    weight, (K, C, kh, kw) = np.empty(shape, panels.dtype), shape
    rearrange(weight.reshape(-1), K, C, kh * kw, False, panels.shape[-1], panels.reshape(len(panels), -1), False)
    return weight


@parallel
def rearrange(thread, threads, weight, K, C, taps, turned, width, panels, load):
    """Load panels[p][tap, c, k] from weight (K, C, taps), flat, or store them there; `width` outputs k side by side.

    The last outputs are padded with zeros.  A few inputs of a panel at a time go through a block, in which they are
    close together, as in the weight.
    """
    blocks = (C + INPUTS - 1) // INPUTS
    block = np.empty(width * INPUTS * taps, weight.dtype)
    first, last = share(len(panels) * blocks, thread, threads)
    for task in range(first, last):
        p, c0 = task // blocks, task % blocks * INPUTS
        k0, outputs, inputs = p * width, min(width, K - p * width), min(INPUTS, C - c0)
        runs, run, step = (inputs, outputs * taps, K * taps) if turned else (outputs, inputs * taps, C * taps)
        start = (c0 * K + k0) * taps if turned else (k0 * C + c0) * taps
        for r in range(runs if load else 0):
            there, here = np.uint64(start + r * step), np.uint64(r * run)
            for t in range(np.uint64(run)):
                block[here + t] = weight[there + t]
        step_c, step_k = (run, np.uint64(taps)) if turned else (taps, np.uint64(run))
        for row in range(inputs * taps):
            c, tap = row // taps, row % taps
            here = np.uint64(c * step_c + (taps - 1 - tap if turned else tap))
            there = np.uint64((tap * C + c0 + c) * width)
            for k in range(np.uint64(outputs)):  # unsigned: spares Numba the check for negative indices
                if load:
                    panels[p, there + k] = block[here + k * step_k]
                else:
                    block[here + k * step_k] = panels[p, there + k]
            for k in range(np.uint64(outputs if load else width), np.uint64(width)):
                panels[p, there + k] = 0
        for r in range(0 if load else runs):
            there, here = np.uint64(start + r * step), np.uint64(r * run)
            for t in range(np.uint64(run)):
                weight[there + t] = block[here + t]
