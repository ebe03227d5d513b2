"""What `minifcn evaluate` found, as JSON, tables and pictures. Read tables.py next."""

import csv
import json
from pathlib import Path

import numpy as np

from .. import plot
from ..files import atomic_write, make_folder, printable
from ..metrics import format_scores
from ..plot.panels import error_map
from .examples import for_the_eye

LONGEST = 24  # characters of a name beside an image


def report_of(scores, classes):
    """The Scores as JSON takes them; a score that is not defined is None."""
    return {
        "images": scores.images,
        "pixels": int(scores.matrix.matrix.sum()),
        **defined(scores.matrix.scores()),
        "classes": [{"name": name, **defined(row)} for name, row in zip(classes, rows_of_classes(scores))],
        "near_boundaries": [
            {"within": width, "pixels": int(near.matrix.sum()), **defined(near.scores())}
            for width, near in scores.trimap.matrices.items()
        ],
        "worst": [{"name": s.name, "mean_iou": s.mean_iou, "pixel_accuracy": s.pixel_accuracy} for s in scores.worst],
    }


def rows_of_classes(scores):
    """For each class its IoU, its accuracy, and its share of the labelled pixels."""
    matrix, pixels = scores.matrix, scores.matrix.matrix.sum(1)
    columns = matrix.class_iou, matrix.class_accuracy, pixels / max(1, pixels.sum())
    return [{"IoU": iou, "accuracy": accuracy, "share of pixels": share} for iou, accuracy, share in zip(*columns)]


def defined(scores):
    """{name: a float, or None instead of NaN, which JSON does not have}."""
    return {name: None if np.isnan(score) else float(score) for name, score in scores.items()}


def tables(scores, title, classes):
    """The scores as text: of all pixels, of each class, and near the boundaries."""
    names = [f"{k} {printable(name)}" for k, name in enumerate(classes)]             # no two of them are equal
    near = {f"{width} px": matrix for width, matrix in scores.trimap.matrices.items()}
    count = f"{scores.images:,} image{'s' * (scores.images != 1)}, {scores.matrix.matrix.sum():,} labelled pixels"
    return "\n\n".join([
        f"{printable(title)}: {count}; all scores in %",
        format_scores({"all pixels": scores.matrix.scores()}),
        format_scores(dict(zip(names, rows_of_classes(scores)))),
        "within this distance of a boundary:\n" + format_scores({
            name: {"pixel_accuracy": matrix.pixel_accuracy, "mean_iou": matrix.mean_iou} for name, matrix in near.items()
        }),
    ])  # fmt: skip


def write(out, scores, report, facts):
    """Write the report, the confusion matrix and the pictures into the folder `out`."""
    figures = {"confusion": plot.confusion_matrix(scores.matrix.matrix, facts.classes), "trimap": draw_trimap(scores)}
    if scores.worst:
        figures["worst"] = draw_worst(scores.worst, facts)
    make_folder(out)
    with atomic_write(out / "scores.json") as path:
        Path(path).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with atomic_write(out / "confusion.csv") as path, open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["truth \\ prediction", *facts.classes])
        table.writerows([name, *row] for name, row in zip(facts.classes, scores.matrix.matrix.tolist()))
    for name, figure in figures.items():
        plot.save(figure, out / f"{name}.png")


def draw_trimap(scores):
    """The scores of the pixels near a boundary over their distance from it, beside those of all pixels."""
    near, curves = scores.trimap.matrices, {}
    widths = list(near)
    for score in ("pixel_accuracy", "mean_iou"):
        name = {"pixel_accuracy": "pixel accuracy", "mean_iou": "mean IoU"}[score]
        curves[name] = widths, [100 * getattr(matrix, score) for matrix in near.values()]
        curves[f"{name} of all pixels"] = [widths[0], widths[-1]], 2 * [100 * getattr(scores.matrix, score)]
    figure = plot.lines(curves, "pixels at most this far from a boundary", "%", log="x", markers=True)
    figure.axes[0].set_xticks(widths, map(str, widths))
    figure.axes[0].minorticks_off()
    return figure


def draw_worst(worst, facts):
    """The worst images, a row each: image | truth | prediction | errors."""
    image, bright = for_the_eye([score.row[0] for score in worst])
    rows = [[picture, *score.row[1:], error_map(*score.row[1:])[0]] for picture, score in zip(bright, worst)]
    captions = [["", "", f"mean IoU {100 * s.mean_iou:.0f} %", f"accuracy {100 * s.pixel_accuracy:.0f} %"] for s in worst]
    names = [s.name if len(s.name) <= LONGEST else "..." + s.name[3 - LONGEST :] for s in worst]
    columns = [image, "truth", "prediction", "errors"]
    note = "mean IoU: over the classes in the truth or the prediction; errors are orange, ignored pixels dark grey"
    return plot.panel(rows, columns, facts.palette, facts.classes, [printable(name) for name in names], captions, note)
