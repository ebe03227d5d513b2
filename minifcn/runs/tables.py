"""The tables that a demo and a comparison print. Read examples.py next."""

import numpy as np

from ..labelling.outcome import count_noun
from ..metrics import SCORES

COLUMNS = ("parameters", "steps", "pixel acc.", "mean acc.", "mean IoU", "f.w. IoU")
WIDTHS = (12, 7, 11, 11, 11, 11)


def scores_by_class(scores, columns, classes):
    """Every net's scores in percent: the paper's four, the boundary accuracy, each class's IoU."""
    return "\n".join(
        [
            percent_row("on the held-out bands (%)", columns, 15),
            *(percent_row(name, [v for k, v in values.items() if k != "class_iou"], 15) for name, values in scores.items()),
            "",
            percent_row("IoU of each class (%)", classes, 9),
            *(percent_row(name, values["class_iou"].values(), 9) for name, values in scores.items()),
        ]
    )


def percent_row(name, cells, width):
    """One row of the demo's table; numbers are converted to percent."""
    texts = [cell if isinstance(cell, str) else f"{100 * cell:.1f}" for cell in cells]
    return f"{name:<26}" + "".join(f"{text:>{width + 1}}" for text in texts)


def comparison_table(report, names):
    """All networks: the scores in percent; for several seeds, the mean and the standard deviation."""
    results = {name: report["networks"][name] for name in names}
    spread = ", mean ± standard deviation over the seeds" if any(len(runs) > 1 for runs in results.values()) else ""
    lines = [f"scores in % on {count_noun(report['test_images'], 'held-out image')}{spread}", comparison_row("network", COLUMNS)]
    for name, runs in results.items():
        scores = [mean_and_deviation([100 * run[score] for run in runs]) for score in SCORES]
        steps = np.mean([run["steps"] for run in runs])
        lines.append(comparison_row(name, [f"{runs[0]['parameters']:,}", f"{steps:,.0f}", *scores]))
    return "\n".join(lines)


def mean_and_deviation(values):
    """The mean as text, with the standard deviation if there are several values."""
    deviation = f"±{np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{deviation}"


def comparison_row(name, cells):
    """One row of a comparison's table."""
    return f"{name:<17}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS))
