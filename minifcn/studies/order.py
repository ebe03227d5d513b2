"""Does it matter in which order batch norm, activation, dropout and pooling follow a convolution?

Four layers have 24 orders. ReLU commutes with two of them, exactly: with dropout, since relu(a x) = a relu(x) for a >= 0, and
with max pooling, since it never falls. So 12 orders are left that compute different things. Ioffe and Szegedy 2015 put batch
norm before the activation; dropout before batch norm shifts its statistics: Li et al. 2019. Read gates.py next.
"""

import itertools

import numpy as np

from .. import nn, plot
from ..autograd import no_grad
from ..functional import interpolate, sigmoid
from ..models.segmentation import SegmentationNet
from ..random import manual_seed
from ..tensor import tensor
from .steps import land_cover, score_on, train_on
from .study import Study, percent

LAYERS = {"B": "norm", "A": "ReLU", "D": "dropout", "P": "pool"}
WIDTHS, P = (16, 32, 64), 0.2
SIZE, STEPS, TILES = 48, 300, 200


def representative(order):
    """The one of the equal orders in which the activation stands as far to the left as it can: past D and P, not past B."""
    rest = order.replace("A", "")
    return rest.replace("B", "BA") if "B" in order.partition("A")[0] else f"A{rest}"


ORDERS = tuple(dict.fromkeys(representative("".join(order)) for order in itertools.permutations("BADP")))


def title(order):
    return ", ".join(LAYERS[letter] for letter in order)


class Ordered(SegmentationNet):
    """Three blocks, each a 3x3 convolution and the layers of `order` and each half the size; 1x1 scores, interpolated.

    order: B, A, D and P in some order; p: dropout's probability
    """

    def __init__(self, order, num_classes, p=P, *, in_channels=3, generator=None):
        if sorted(order) != sorted(LAYERS):
            raise ValueError(f"Ordered: order is {order!r}, expected each of {', '.join(LAYERS)} once, such as 'BADP'")
        layers = []
        for before, width in zip((in_channels, *WIDTHS), WIDTHS):
            layers.append(nn.Conv2d(before, width, 3, padding=1, bias=False, generator=generator))
            nn.init.kaiming_normal_(layers[-1].weight, generator=generator)
            made = {"B": nn.BatchNorm2d(width), "A": nn.ReLU(), "D": nn.Dropout(p), "P": nn.MaxPool2d(2)}
            layers += [made[letter] for letter in order]
        self.blocks = nn.Sequential(*layers)
        self.score = nn.Conv2d(WIDTHS[-1], num_classes, 1, generator=generator)

    def forward(self, x):
        return interpolate(self.score(self.blocks(x)), x.shape[2:], mode="bilinear")


class Order(Study):
    """The 12 different orders after a convolution, on land cover."""

    name, minutes, row = "order", 6, "after the convolution"
    question = "Does it matter in which order batch norm, ReLU, dropout and pooling follow a convolution?"
    columns = (
        percent("mean_iou", "mean IoU"),
        percent("pixel_accuracy", "pixel accuracy"),
        percent("refreshed", "mean IoU, new statistics"),
    )

    def cases(self, options):
        return [title(order) for order in (ORDERS[:3] if options.quick else ORDERS)]

    def run(self, trial):
        order = next(order for order in ORDERS if title(order) == trial.case)
        manual_seed(trial.seed)
        data, weights, batches = land_cover(SIZE, 1 if trial.quick else STEPS, trial.seed)
        net, tiles = train_on(Ordered(order, len(data.classes)), batches, weights), 2 if trial.quick else TILES
        first = score_on(net, data.test(), tiles)
        refresh(net, [images for images, _ in batches])
        second = score_on(net, data.test(), tiles)
        return {trial.case: first.scores() | {"refreshed": second.mean_iou}}

    def draw(self, results):
        """The scores of all orders; the mean of dropout and sigmoid in both orders, against the sigmoid alone."""
        x = np.linspace(-6, 6, 121)
        before, after = means(x)
        curves = {"sigmoid": (x, sigmoid(tensor(x)).numpy()), "dropout, then sigmoid": (x, before), "sigmoid, then dropout": (x, after)}
        scores = {row: 100 * results.values(row, "mean_iou") for row in results.rows()}
        return plot.panes([
            {"title": "ReLU: 12 orders", "x": "mean IoU, %", "dots": scores},
            {"title": "Sigmoid: the mean over dropout's masks, p = 0.5", "x": "x", "curves": curves},
        ])  # fmt: skip


def refresh(net, batches):
    """Compute batch norm's running statistics anew from these batches, without dropout."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    net.eval()
    for norm in norms:
        norm.train()
    for images in batches[-50:]:
        with no_grad():
            net(tensor(images))
    net.eval()


def means(x, p=0.5):
    """The mean over dropout's two outcomes of sigmoid(dropout(x)) and of dropout(sigmoid(x)), exactly, for an array x.

    A dropped input is 0, but sigmoid(0) = 1/2: a unit that is dropped before its sigmoid is not off. In the other order the
    mean is sigmoid(x) itself.
    """
    x = tensor(np.asarray(x, float))
    before = (1 - p) * sigmoid(x / (1 - p)) + p * sigmoid(x * 0)
    after = (1 - p) * (sigmoid(x) / (1 - p)) + p * (sigmoid(x) * 0)
    return before.numpy(), after.numpy()
