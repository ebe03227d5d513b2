"""Class balance: which classes the labels have, their frequencies, and loss weights that compensate for rare ones.

The FCN paper found weights unnecessary (section 4.3); with 1 % of snow they are worth trying. Read globe.py next.
"""

import math

import numpy as np

from ..files import printable, read_regular
from ..labels import wrong_label
from ..suggest import did_you_mean
from .dataset import IGNORE_INDEX

METHODS = ("none", "median", "sqrt-median", "inverse-log")  # of class weights
HEAVIEST = 3.0  # the largest weight of sqrt-median
LARGEST = 1 << 20  # bytes of a file of weights


def class_frequencies(labels, num_classes, ignore_index=IGNORE_INDEX):
    """The frequency of each class among the pixels of some label maps that are not ignored: float64 (num_classes,).

    Raises ValueError for no labelled pixel, or a label that is not a class.
    """
    counts = np.zeros(num_classes)
    for number, label in enumerate(labels):
        wrong = wrong_label(label, num_classes, ignore_index)
        if wrong:
            raise ValueError(f"class_frequencies: label {wrong[0]} at {wrong[1]} of label map {number}, expected 0 to "
                             f"{num_classes - 1} or ignore_index {ignore_index}; {wrong[2]}")
        counts += np.bincount(label[label != ignore_index].ravel(), minlength=num_classes)
    if counts.sum() == 0:
        raise ValueError("class_frequencies: the label maps have no labelled pixel; give at least one")
    return counts / counts.sum()


def class_weights(frequencies, method="median"):
    """Weights for `cross_entropy(..., weight=)`, float32 (C,), larger for rarer classes; an absent class gets 0.

        median       w_c = median(f) / f_c            (Eigen and Fergus 2015, section 4; over classes present)
        sqrt-median  its square root, at most HEAVIEST: milder, since weights too large make rare classes too frequent
        inverse-log  w_c = 1 / log(1.02 + f_c)        (ENet, Paszke et al. 2016, section 5.2): at most 50
    """
    f = np.asarray(frequencies, np.float64)
    present = f > 0
    if not present.any() or (f < 0).any():
        raise ValueError(f"class_weights: frequencies are {f.tolist()} but must be 0 or more, and one above 0")
    weights = np.zeros(f.shape, np.float32)
    if method in ("median", "sqrt-median"):
        weights[present] = np.median(f[present]) / f[present]
    elif method in ("inverse-log", "inverse_log"):
        weights[present] = 1 / np.log(1.02 + f[present])
    else:
        raise ValueError(f"class_weights: method is {method!r} but must be 'median', 'sqrt-median' or 'inverse-log'")
    return np.minimum(np.sqrt(weights), HEAVIEST).astype(np.float32) if method == "sqrt-median" else weights


def read_class_weights(path, classes):
    """{class: weight} from a file with a line for each class: its name, and its weight after a comma or space.

    Empty lines, lines that start with # and a first line that ends in "weight" do not count.
    ValueError names the line that holds something else, or a class that has none.
    """
    weights = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip() or line.startswith("#") or (number == 1 and line.lower().endswith("weight")):
            continue
        name, comma, text = line.rpartition(",")
        if not comma:
            name, text = line.rsplit(maxsplit=1) if len(line.split()) > 1 else (line, "")
        name, where = name.strip().strip('"'), f"{printable(path)}, line {number}"
        if name not in classes:
            raise ValueError(f"{where} is about {name!r}, which is no class{did_you_mean(name, classes)}")
        if name in weights:
            raise ValueError(f"{where} is about {name!r} again; give each class one line")
        weights[name] = as_weight(text, where)
    if missing := [name for name in classes if name not in weights]:
        raise ValueError(f"{printable(path)} has no weight for {missing[0]!r}; give each class a line: its name and weight")
    if not any(weights.values()):
        raise ValueError(f"{printable(path)} has only weights of 0, expected one above 0")
    return weights


def read_lines(path):
    """The lines of a text file of at most 1 MB; ValueError for other files."""
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{printable(path)} is no text in UTF-8, expected lines of a class and its weight") from None
    return [line.strip() for line in text.splitlines()]


def as_weight(text, where):
    """A weight as a float; `where` begins the error."""
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise ValueError(f"{where} has the weight {text.strip()!r}, expected a number of at least 0")
    return weight


def count_labels(labels, counts):
    """Add the pixel count of each label in an array to `counts`, {label: pixels}; the keys are strings, for JSON."""
    labels = np.asarray(labels)
    if not labels.size or labels.dtype.kind not in "iub":  # labels that are not integers are left to the loss
        return
    lowest, highest = int(labels.min()), int(labels.max())
    if highest - lowest < 2**16 and highest < 2**63:  # true of all real labels, and 50 times as fast as np.unique
        pixels = np.bincount((labels.astype(np.int64) - lowest).ravel())
        found = np.flatnonzero(pixels)
        found, pixels = found + lowest, pixels[found]
    else:
        found, pixels = np.unique(labels, return_counts=True)
    for label, number in zip(found.tolist(), pixels.tolist()):
        counts[str(label)] = counts.get(str(label), 0) + number


def frequencies_of(counts, num_classes):
    """The frequency of each class in `counts`, {label: pixels}, where at least one occurs: float64 (num_classes,)."""
    pixels = np.array([counts.get(str(label), 0) for label in range(num_classes)], np.float64)
    return pixels / pixels.sum()


def classes_in(counts, ignore_index=IGNORE_INDEX):
    """The labels of `counts` that are classes, as sorted integers."""
    return sorted(int(label) for label in counts if label != str(ignore_index))


def lack_of_classes(counts, ignore_index=IGNORE_INDEX):
    """A description of labels with fewer than two classes, as text; None for two or more, which a net can separate.

    None also if nothing was counted. The usual cause is masks of 0 and 255, whose foreground is the ignored label.
    """
    classes, ignored = classes_in(counts, ignore_index), counts.get(str(ignore_index), 0)
    if len(classes) > 1 or not counts:
        return None
    if not ignored:
        return f"only class {classes[0]}"
    share = 100 * ignored / sum(counts.values())
    has = f"only class {classes[0]}, and" if classes else "no labelled pixel:"
    return f"{has} {share:.1f} % of their pixels are {ignore_index}, which is ignored"
