"""The networks in numbers: the table that `minifcn models` prints, and the layers that `minifcn describe` prints.

Sizes and counts are computed (../models/summary.py); only the times of `models --time` are measured.
"""

import math

import numpy as np

from ..autograd import no_grad
from ..files import printable
from ..functional import cross_entropy
from ..models.catalogue import SEGMENTATION, Zeros, build, kinds
from ..models.segmentation import SegmentationNet
from ..models.summary import coarsest_field, count_multiply_adds, count_parameters, stage_fields, summary
from ..optim import SGD
from ..plot import receptive_fields, save
from ..tensor import Tensor
from .timing import compare, medians

COLUMNS = ("parameters", "stride", "receptive field", "multiply-adds")
TIMES = ("forward", "step")
NAME = 29  # columns of the terminal for a name
ROUNDS = 3


# minifcn models -------------------------------------------------------------------------------------------------------


def list_networks(only="", size=224, timed=False, markdown=False):
    """Print a table of all networks with `only` in their names, one part per kind. Returns 0."""
    chosen = {kind: [name for name in names if only in name] for kind, names in kinds().items()}
    if not any(chosen.values()):
        raise ValueError(f"models: no network has {only!r} in its name; leave out --only to see them all")
    columns = COLUMNS + (TIMES if timed else ())
    print(f"Images of {size} x {size} pixels. Stride and receptive field, in pixels, are those of the coarsest map,\n"
          "in a head by its widest branch; all: the whole image, by a mean over it. Classifiers end in full\n"
          "connections or a mean, which see everything: there they are those of the map before."
          + timed * "\nforward: a forward pass of one image; step: a training step of two.")
    for kind, names in chosen.items():
        if names:
            print("\n" + table_row(kind, columns, markdown))
            if markdown:
                print("|---|" + "---:|" * len(columns))
        for name in names:
            print(table_row(network_title(name), network_cells(name, size, timed), markdown), flush=True)
    return 0


def table_row(name, cells, markdown):
    """One line of the table."""
    if markdown:
        return f"| {' | '.join([name, *cells])} |"
    return f"{name:<{NAME}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (12, 8, 17, 15, 10, 9)))


def network_title(name, backbone="paper"):
    """The network's name, with its backbone's if it has one and there is room for both."""
    own = SEGMENTATION[name].paper if name in SEGMENTATION else None
    title = f"{name} over {own if backbone == 'paper' else backbone}"
    return name if own is None or len(title) > NAME else title


def network_cells(name, size, timed):
    """The cells of a network's row; '-' where it does not accept images of this size."""
    net = build(name, backbone="paper", generator=Zeros())
    field = coarsest_field(net)
    cells = [f"{count_parameters(net):,}", f"{field.stride}", pixels(field)]
    try:
        cells.append(giga(count_multiply_adds(net, size)))
    except ValueError:
        return cells + ["-"] * (3 if timed else 1)
    return cells + [f"{t:,.0f} ms" for t in times(build(name, backbone="paper"), size)] if timed else cells


def pixels(field):
    """The size of a receptive field as text."""
    return "all" if field.size == math.inf else f"{field.size}"


def giga(count):
    """A number of multiply-adds as text: 15.47 G, 2.11 M, 9,216."""
    if count < 1e5:
        return f"{count:,}"
    return f"{count / 1e9:.2f} G" if count >= 1e7 else f"{count / 1e6:.2f} M"


def times(net, size):
    """Median milliseconds of a forward pass of one image and a training step of two: batch norm needs more than one.

    The loss is the net's own; for a backbone, cross entropy on its last feature map, with its channels as classes.
    """
    optimizer = SGD(net.parameters(), lr=1e-5, momentum=0.9)
    one, two = (Tensor(np.random.default_rng(0).standard_normal((n, 3, size, size), np.float32)) for n in (1, 2))

    def loss(net, x):
        if isinstance(net, SegmentationNet):
            return net.loss(x, np.zeros((2, size, size), np.int64))
        result = net(x)
        scores = result[net.last] if isinstance(result, dict) else result
        return cross_entropy(scores, np.zeros((2, *scores.shape[2:]), np.int64))

    def forward():
        net.eval()
        with no_grad():
            net(one)

    def step():
        net.train()
        optimizer.zero_grad()
        loss(net, two).backward()
        optimizer.step()

    return medians(compare({"forward": forward, "step": step}, ROUNDS))[0].values()


# minifcn describe -----------------------------------------------------------------------------------------------------


def describe(name, backbone="paper", size=224, geometry="aligned", plot=None):
    """Print the layers of a network, one per line, and plot its receptive fields into the file `plot`. Returns 0."""
    net = build(name, backbone=backbone, generator=Zeros(), geometry=geometry)
    rows = summary(net, size)
    head = ("layer", "", "output", "stride", "size", "centre", "parameters", "mult-adds")
    print_table([head, *map(layer_cells, rows)])
    print(f"\n{count_parameters(net):,} parameters, {giga(sum(row.multiply_adds for row in rows))} multiply-adds for an"
          f" image of {size} x {size} pixels")
    print("receptive field: unit i of a layer sees the `size` pixels around pixel  stride * i + centre")
    print("/ is a layer's stride; `pad` is named unless it is the one that keeps the size of the map (but for the stride)")
    if hasattr(net, "crops"):
        print(f"crops, in the order of the net: {', '.join(map(str, net.crops))}")
    if plot:
        stages = build(name.removesuffix("-classifier"), generator=Zeros()).stages if name in kinds()["classifiers"] else ()
        save(receptive_fields(stage_fields(net, stages), size, network_title(name, backbone)), plot)
        print(f"drew the receptive fields of the stages in {printable(plot)}")
    return 0


def layer_cells(row):
    """The cells of a layer's row."""
    shape, field = "x".join(map(str, row.shape)), row.field
    looks = (f"{field.stride}", pixels(field), f"{float(field.centre):g}") if field else ("", "", "")
    return row.name, row.kind, shape, *looks, f"{row.parameters:,}", giga(row.multiply_adds)


def print_table(lines):
    """Print rows with each column as wide as its longest cell; all but the first two are right-aligned."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    print(" " * (sum(widths[:3]) + 6) + f"{'receptive field':^{sum(widths[3:6]) + 4}}".rstrip())
    for cells in lines:
        left = [f"{cell:<{width}}" for cell, width in zip(cells[:2], widths)]
        print("  ".join(left + [f"{cell:>{width}}" for cell, width in zip(cells[2:], widths[2:])]).rstrip())
