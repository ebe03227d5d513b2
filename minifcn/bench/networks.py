"""The networks in numbers: the list that `minifcn models` prints, and the layers that `minifcn describe` prints.

Sizes and counts are arithmetic (../models/summary.py); only the times of `models --time` are measured.
"""

import numpy as np

from ..autograd import no_grad
from ..functional import cross_entropy
from ..models.catalogue import KINDS, PAPERS, Zeros, make
from ..models.summary import coarsest_field, count_multiply_adds, count_parameters, stage_fields, summary
from ..optim import SGD
from ..plot import receptive_fields, save
from ..tensor import Tensor
from .timing import compare, medians

COLUMNS = ("parameters", "stride", "sees", "multiply-adds")
TIMES = ("forward, 1 image", "step, 2 images")
ROUNDS = 3


# minifcn models -------------------------------------------------------------------------------------------------------


def list_networks(only="", size=224, timed=False, markdown=False):
    """Print a table of all networks with `only` in their names, in three parts. Returns 0."""
    chosen = {kind: [name for name in names if only in name] for kind, names in KINDS.items()}
    if not any(chosen.values()):
        raise ValueError(f"models: no network has {only!r} in its name; leave out --only to see them all")
    columns = COLUMNS + (TIMES if timed else ())
    print(f"images of {size} x {size} pixels; stride and what a unit sees are those of the coarsest map, in pixels")
    for kind, names in chosen.items():
        if names:
            print("\n" + line(kind, columns, markdown))
            if markdown:
                print("|---|" + "---:|" * len(columns))
        for name in names:
            print(line(title(name), cells(name, size, timed), markdown), flush=True)
    return 0


def line(name, cells, markdown):
    """One line of the table."""
    if markdown:
        return f"| {' | '.join([name, *cells])} |"
    return f"{name:<31}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (14, 8, 7, 16, 19, 18)))


def title(name, backbone="paper"):
    """The network's name, with its backbone's if it stands on one."""
    own = PAPERS.get(name)
    return name if own is None else f"{name} over {own if backbone == 'paper' else backbone}"


def cells(name, size, timed):
    """The texts of a network's line; '-' for what it does not do with images of this size."""
    net = make(name, generator=Zeros())
    field = coarsest_field(net)
    texts = [f"{count_parameters(net):,}", f"{field.stride}", f"{field.size}"]
    try:
        texts.append(giga(count_multiply_adds(net, size)))
    except ValueError:
        return texts + ["-"] * (3 if timed else 1)
    return texts + [f"{t:,.0f} ms" for t in times(make(name), size)] if timed else texts


def giga(count):
    """A number of multiply-adds as text: 15.47 G, 2.11 M, 9,216."""
    if count < 1e5:
        return f"{count:,}"
    return f"{count / 1e9:.2f} G" if count >= 1e7 else f"{count / 1e6:.2f} M"


def times(net, size):
    """Median milliseconds of a forward pass of one image and of a training step of two: batch norm needs more than one.

    The loss is cross entropy, of a backbone that of its last map, whose channels are taken for classes.
    """
    optimizer = SGD(net.parameters(), lr=1e-5, momentum=0.9)

    def scores(images):
        x = np.random.default_rng(0).standard_normal((images, 3, size, size), np.float32)
        result = net(Tensor(x))
        return result[net.last] if isinstance(result, dict) else result

    def forward():
        net.eval()
        with no_grad():
            scores(1)

    def step():
        net.train()
        optimizer.zero_grad()
        result = scores(2)
        cross_entropy(result, np.zeros((2, *result.shape[2:]), np.int64)).backward()
        optimizer.step()

    return medians(compare({"forward": forward, "step": step}, ROUNDS))[0].values()


# minifcn describe -----------------------------------------------------------------------------------------------------


def describe(name, backbone="paper", size=224, plot=None):
    """Print the layers of a network, a line each, and draw what its stages see to the file `plot`. Returns 0."""
    net = make(name, backbone, Zeros())
    rows = summary(net, size)
    wide = max(len(row.name) for row in rows) + 2
    print_layer(wide, "layer", "", "output", ("stride", "sees", "centre"), "parameters", "multiply-adds")
    for row in rows:
        shape, field = " x ".join(map(str, row.shape)), row.field
        looks = (field.stride, field.size, f"{float(field.centre):g}") if field else ("", "", "")
        print_layer(wide, row.name, row.kind, shape, looks, f"{row.parameters:,}", giga(row.multiply_adds))
    print(f"\n{count_parameters(net):,} parameters, {giga(sum(row.multiply_adds for row in rows))} multiply-adds for an"
          f" image of {size} x {size} pixels")
    print("unit i of a layer sees that many pixels around pixel  stride * i + centre")
    if hasattr(net, "crops"):
        print(f"crops, in the order of the net: {', '.join(map(str, net.crops))}")
    if plot:
        save(receptive_fields(stage_fields(net), size, title(name, backbone)), plot)
        print(f"drew what the stages see in {plot}")
    return 0


def print_layer(wide, name, kind, shape, looks, parameters, multiply_adds):
    stride, sees, centre = looks
    print(f"{name:<{wide}}{kind:<17}{shape:>16}{stride:>8}{sees:>6}{centre:>8}{parameters:>13}{multiply_adds:>15}")
