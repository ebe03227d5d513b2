"""The dataset.toml that a scan and an opinion lead to. Read columns.py next."""

import numpy as np

from ..data.own.description import Description
from ..data.own.template import listed, text
from .legend import legend_of

UNEVEN = 10  # from this ratio of two classes' pixels on, weights are proposed
DECIMALS = 4
SHORT = 60  # characters of a line that an error quotes whole


def propose(scan, layout, opinion):
    """The Description of a scanned folder; where the opinion leaves a question open, `undecided` holds it."""
    keys = vars(layout) | scale(scan.statistics, scan.dtypes) | opinion.fields
    if opinion.question:
        lines = [line for meaning, keys in opinion.choices for line in commented(meaning, keys)]
        return Description(**keys, undecided=f"{question_in_one_line(opinion)}, in place of `undecided`", choices=lines)
    description = Description(**keys)
    if opinion.trainable:
        legend = legend_of(description, scan.masks)
        shares = legend.shares(getattr(scan.masks, legend.holds))[0]
        present = shares[shares > 0]
        description.class_weights = "sqrt-median" if len(present) and present.max() > UNEVEN * present.min() else "none"
    return description


def scale(statistics, dtypes):
    """The section [pixels] of images with these Moments, or None, and dtypes."""
    if statistics is None:
        return {}
    low, high = value_range(statistics, dtypes)
    mean, std = (statistics.mean - low) / (high - low), statistics.deviation / (high - low)
    std = np.maximum(std, 10.0**-DECIMALS)  # of images of one colour
    return {"channels": len(mean), "value_range": (low, high), "mean": rounded(mean), "std": rounded(std)}


def value_range(statistics, dtypes):
    """(low, high): the raw values that become 0 and 1, from the images' dtypes and what they hold."""
    if set(dtypes) == {"uint8"}:
        return 0, 255
    if all(name.startswith("uint") for name in dtypes):
        return 0, next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if statistics.high < 2**bits)
    for low, high in ((0, 1), (-1, 1), (0, 255)):
        if low <= statistics.low and statistics.high <= high:
            return low, high
    low, high = (float(f"{value:.3g}") for value in statistics.percentiles(0.1, 99.9))
    return (low, high) if low < high else (low, low + 1)


def rounded(numbers):
    """Numbers as a tuple, rounded as far as a file needs."""
    return tuple(round(float(number), DECIMALS) for number in numbers)


def toml_lines(keys):
    """The lines of a dataset.toml with these {key: value}."""
    return [f"{key} = {text(value) if isinstance(value, str) else listed(value)}" for key, value in keys.items()]


def commented(meaning, keys):
    """The lines of an answer, each with what it means."""
    return [f"{line}  # {meaning}" for line in toml_lines(keys)]


def question_in_one_line(opinion):
    """The question and its answers in one line, for an error."""
    answers = []
    for meaning, keys in opinion.choices:
        lines = [line if len(line) <= SHORT else f"{line.partition('=')[0]}= [...]" for line in toml_lines(keys)]
        answers.append(f"{' and '.join(lines)} ({meaning})")
    return f"{opinion.question} Answer with {', or '.join(answers)}"
