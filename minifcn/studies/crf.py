"""Does a fully connected CRF move the outlines of a small FCN-8s to the right place? With DeepLab's kernels, and with chosen ones.

The curve is that of Kohli, Ladicky and Torr (2009): scores within a few pixels of the boundaries of the truth, where outlines
are decided. Read clockwork.py next.
"""

import itertools

import numpy as np

from .. import plot
from ..crf import Kernels, dense_crf
from ..metrics import ConfusionMatrix, Trimap
from ..predict import class_scores, likeliest
from ..runs.evaluation import picture_of
from .nets import OnCamVidToo
from .study import Column, percent
from .training import Few

WIDTHS = (1, 2, 4, 8, 16)  # pixels
GRID = [
    Kernels(w1, alpha, beta, w2, gamma=1.0)
    for (w1, w2), alpha, beta in itertools.product([(4, 3), (1, 1)], [5, 15, 50], [5, 10, 20])
]
KINDS = "net alone", "DeepLab's kernels", "chosen kernels"
NEAR = 2  # of the table
SHOWN = 3  # images in examples.png
SIDE = 64  # of the crops on which the exact filter is affordable


class DenseCrf(OnCamVidToo):
    """A net alone, with the CRF and DeepLab's kernels, and with the kernels that are best on validation images.

    Each run also draws some predictions, into examples.png of its folder, and "differs" in its results is how many labels
    the lattice gets otherwise than the exact filter.
    """

    name, minutes, row = "crf", 12, "prediction"
    question = "Does a fully connected CRF move the outlines of a small FCN-8s to the right place?"
    columns = (
        percent("mean_iou", "mean IoU"),
        percent("pixel_accuracy", "pixel accuracy"),
        percent("near", f"mean IoU {NEAR} px from edges"),
        percent("changed", "labels changed"),
        Column("kernels", "w1, α, β, w2, γ"),
    )

    def run(self, trial):
        net, data = self.trained_net(trial)
        facts = data.facts()
        chosen = choose(net, Few(data.validation(), 2 if trial.quick else 16), facts, GRID[:2] if trial.quick else GRID)
        test = Few(data.test(), 2 if trial.quick else 100)
        rows = {f"{trial.case}, {kind}": compare(net, test, facts, kernels) for kind, kernels in zip(KINDS, (None, Kernels(), chosen))}
        rows[f"{trial.case}, {KINDS[1]}"]["differs"] = lattice_error(net, Few(test, 1 if trial.quick else 6), facts)
        plot.save(examples(net, Few(test, SHOWN), data, chosen), trial.folder / "examples.png", dpi=110)
        return rows

    def draw(self, results):
        """What the CRF gains in the band around the boundaries, over the width of the band."""
        charts = []
        for case in dict.fromkeys(row.split(", ")[0] for row in results.rows()):
            alone, *others = (100 * results.values(f"{case}, {kind}", "curve") for kind in KINDS)
            curves = {kind: (WIDTHS, values - alone) for kind, values in zip(KINDS[1:], others)}
            texts = {"title": case, "x": "pixels at most this far from a boundary", "y": "gain in mean IoU, points"}
            charts.append({"curves": curves, "log": "x", "markers": True, **texts})
        figure = plot.panes(charts)
        for axes in figure.axes:
            axes.set_xticks(WIDTHS, map(str, WIDTHS))
            axes.minorticks_off()
            axes.axhline(0, color="#888888", linewidth=0.8)
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, 0), max(high, 0))
        return figure


def refine(scores, image, facts, kernels):
    """The label map of the scores, after the CRF with these kernels; None: without one."""
    return likeliest(scores if kernels is None else dense_crf(scores, picture_of(image, facts), kernels))


def choose(net, images, facts, grid):
    """The Kernels of a grid with the best mean IoU within NEAR pixels of a boundary."""
    seen = [(class_scores(net, image), image, truth) for image, truth in images]

    def near(kernels):
        trimap = Trimap(len(facts.classes), (NEAR,))
        for scores, image, truth in seen:
            trimap.update(truth, refine(scores, image, facts, kernels))
        return trimap.matrices[NEAR].mean_iou

    return max(grid, key=near)


def compare(net, images, facts, kernels):
    """The scores of the predictions, and how many labels the CRF changed."""
    matrix, trimap, changed = ConfusionMatrix(len(facts.classes)), Trimap(len(facts.classes), WIDTHS), []
    for image, truth in images:
        scores = class_scores(net, image)
        label = refine(scores, image, facts, kernels)
        matrix.update(truth, label)
        trimap.update(truth, label)
        changed.append((label != likeliest(scores)).mean())
    curve = [near.mean_iou for near in trimap.matrices.values()]
    return matrix.scores() | {
        "curve": curve,
        "near": curve[WIDTHS.index(NEAR)],
        "changed": np.mean(changed),
        "kernels": "none" if kernels is None else ", ".join(f"{value:g}" for value in vars(kernels).values()),
    }


def examples(net, images, data, chosen):
    """A row for each image: the image, the truth, and the three predictions."""
    facts, rows = data.facts(), []
    for image, truth in images:
        scores = class_scores(net, image)
        rows.append([picture_of(image, facts), truth, *(refine(scores, image, facts, kernels) for kernels in (None, Kernels(), chosen))])
    return plot.panel(rows, ["image", "truth", *KINDS], data.palette, data.classes)


def lattice_error(net, images, facts):
    """The fraction of pixels to which the lattice gives another label than the exact filter, on crops of SIDE pixels."""
    differs = []
    for image, _ in images:
        crop = np.s_[:, :SIDE, :SIDE]
        scores, picture = class_scores(net, image)[crop], picture_of(image[crop], facts)
        exact, near = (likeliest(dense_crf(scores, picture, filter=kind)) for kind in ("exact", "lattice"))
        differs.append((exact != near).mean())
    return np.mean(differs)
