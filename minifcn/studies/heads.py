"""Two heads on one trunk, or two nets? Eight classes of land cover, and land against water.

The paper's nets for SIFT Flow learn a semantic and a geometric label together, "as well as two models" (section 5), in half the
time. Whoever has SIFT Flow can ask the same of its own two labels. Read rgbd.py next.
"""

import numpy as np

from .. import plot
from ..data.globe import CLASSES
from ..data.landcover import WATER
from ..data.loader import DataLoader
from ..data.published.siftflow import SiftFlowBothData
from ..metrics import ConfusionMatrix
from ..models import FCN8s, SmallVGG
from ..models.two_heads import TwoHeads, evaluate_heads
from ..random import manual_seed
from ..step import evaluate
from .steps import BATCH, land_cover, train_on
from .study import Column, Study, percent
from .training import Few, check_layout

SIZE, STEPS, TILES = 64, 300, 150
LAND = np.array([*(int(label != WATER) for label in range(len(CLASSES))), *[255] * (256 - len(CLASSES))])  # 0 is water
SIFT_FLOW = "SIFT Flow: "


class Heads(Study):
    """Two heads, two nets, and one net whose eight classes say land or water by themselves; equal steps."""

    name, minutes, row = "heads", 6, "for both labels"
    more = "SIFT Flow (--siftflow FOLDER)"
    question = "Do two heads on one trunk label as well as two nets of their own, after as many steps?"
    columns = (
        percent("mean_iou", "mean IoU, first label"),
        percent("land", "mean IoU, second label"),
        Column("parameters", "parameters", digits=0),
    )

    def add_options(self, add):
        add("--siftflow", metavar="FOLDER", help="SIFT Flow in its published layout (docs/data-sets.md), for its own two labels")

    def check(self, options):
        if options.siftflow:
            check_layout(SiftFlowBothData(path=options.siftflow))

    def cases(self, options):
        cases = ["two heads", "two nets"]
        return cases + [SIFT_FLOW + case for case in cases] if options.siftflow else cases

    def run(self, trial):
        manual_seed(trial.seed)
        if trial.case.startswith(SIFT_FLOW):
            return {trial.case: sift_flow(trial)}
        data, weights, batches = land_cover(SIZE, 1 if trial.quick else STEPS, trial.seed)
        tiles = DataLoader(Few(data.test(), 2 if trial.quick else TILES), 10)
        if trial.case == "two heads":
            trunk = SmallVGG()
            net = train_on(TwoHeads(FCN8s(trunk, len(CLASSES)), FCN8s(trunk, 2), LAND[: len(CLASSES)]), batches, weights)
            return {trial.case: row_of(evaluate_heads(net, tiles), net)}
        many, two = (FCN8s(SmallVGG(), n) for n in (len(CLASSES), 2))
        eight, _ = evaluate(train_on(many, batches, weights), tiles)
        land, _ = evaluate(train_on(two, land_or_water(batches)), land_or_water(tiles))
        return {
            trial.case: row_of((eight, land), many, two),
            "one net, its classes merged": row_of((eight, merged(eight, LAND[: len(CLASSES)])), many),
        }

    def draw(self, results):
        rows = [row for row in results.rows() if not row.startswith(SIFT_FLOW)]
        return plot.panes([
            {"title": "Eight classes", "x": "mean IoU, %", "dots": {row: 100 * results.values(row, "mean_iou") for row in rows}},
            {"title": "Land or water", "x": "mean IoU, %", "dots": {row: 100 * results.values(row, "land") for row in rows}},
        ])  # fmt: skip


def land_or_water(batches):
    """The same batches, labelled land or water."""
    return [(images, LAND[labels]) for images, labels in batches]


def merged(matrix, classes):
    """The ConfusionMatrix of fewer classes that a ConfusionMatrix becomes: class i counts as classes[i]."""
    fewer = ConfusionMatrix(max(classes) + 1)
    np.add.at(fewer.matrix, (classes[:, None], classes), matrix.matrix)
    return fewer


def sift_flow(trial):
    """The row of a run on SIFT Flow: 33 things and 3 directions, crops of its images, whole test images."""
    data = SiftFlowBothData(SIZE, BATCH * (1 if trial.quick else STEPS), trial.options.siftflow)
    batches = list(DataLoader(data.train(), BATCH, seed=trial.seed).batches(0))
    counts = [len(head.classes) for head in data.heads]
    if trial.case.endswith("two heads"):
        trunk = SmallVGG()
        net = train_on(TwoHeads(*(FCN8s(trunk, n) for n in counts)), batches, data.class_weights("sqrt-median"))
        return row_of(evaluate_heads(net, DataLoader(data.test())), net)
    nets, matrices = [FCN8s(SmallVGG(), n) for n in counts], []
    for k, (net, head) in enumerate(zip(nets, data.heads)):
        train_on(net, [(images, labels[:, k]) for images, labels in batches], head.class_weights("sqrt-median"))
        matrices.append(evaluate(net, DataLoader(head.test()))[0])
    return row_of(matrices, *nets)


def row_of(matrices, *nets):
    """The row of a run: the scores of both labels, and the parameters of all its nets."""
    first, second = matrices
    parameters = sum(p.size for net in nets for p in net.parameters())
    return {"mean_iou": first.mean_iou, "land": second.mean_iou, "parameters": parameters}
