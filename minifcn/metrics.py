"""Segmentation metrics: the confusion matrix, the paper's four scores, and a mask of the pixels near a boundary.

The rules are those of the authors' score.py, also for absent classes. Everything here works on arrays.
"""

import numpy as np

from .kernels import to_device
from .labels import wrong_label
from .tensor import values

SCORES = ("pixel_accuracy", "mean_accuracy", "mean_iou", "frequency_weighted_iou")


class ConfusionMatrix:
    """A confusion matrix, accumulated over any number of images.

    matrix: (num_classes, num_classes) int64; matrix[i, j] pixels of true class i were predicted as j.
    Pixels whose true label is ignore_index do not count, whatever is predicted there.
    A class that is neither in the truth nor predicted has no IoU (NaN) and is left out of the mean; one that is
    predicted but not in the truth has IoU 0, which counts. A class that is not in the truth has no accuracy (NaN).
    If no pixel has been counted, every score is NaN.
    """

    def __init__(self, num_classes, ignore_index=255):
        self.num_classes, self.ignore_index = num_classes, ignore_index
        self.matrix = np.zeros((num_classes, num_classes), np.int64)

    def update(self, truth, prediction):
        """Add one image or batch: two integer arrays (or tensors) of the same shape.

        Raises TypeError if one does not hold integers, ValueError for different shapes, or for a label outside
        [0, num_classes) at a pixel that counts.
        """
        truth, prediction = as_labels("truth", truth), as_labels("prediction", prediction)
        if truth.shape != prediction.shape:
            raise ValueError(
                f"ConfusionMatrix: truth has shape {truth.shape} but prediction {prediction.shape}; expected the same"
            )
        self._reject("truth", wrong_label(truth, self.num_classes, self.ignore_index))
        counted = truth != self.ignore_index
        beyond = wrong_label(np.where(counted, prediction, 0), self.num_classes, ignore_index=None)
        self._reject("prediction", beyond, "check num_classes")
        pairs = self.num_classes * truth[counted].astype(np.int64) + prediction[counted].astype(np.int64)
        self.matrix += np.bincount(pairs, minlength=self.num_classes**2).reshape(self.matrix.shape)

    def _reject(self, name, wrong, advice=None):
        if wrong:
            raise ValueError(
                f"ConfusionMatrix: {name} has label {wrong[0]} at {wrong[1]}, expected 0 to {self.num_classes - 1}"
                f" or ignore_index {self.ignore_index} in the truth; {advice or wrong[2]}"
            )

    @property
    def class_iou(self):
        """Intersection over union of each class, n_ii / (t_i + sum_j n_ji - n_ii): (num_classes,), NaN where absent."""
        hit = np.diag(self.matrix)
        return ratio(hit, self.matrix.sum(1) + self.matrix.sum(0) - hit)

    @property
    def class_accuracy(self):
        """The recall of each class, n_ii / t_i: (num_classes,), NaN where absent."""
        return ratio(np.diag(self.matrix), self.matrix.sum(1))

    @property
    def pixel_accuracy(self):
        """sum_i n_ii / sum_i t_i."""
        return float(ratio(np.trace(self.matrix), self.matrix.sum()))

    @property
    def mean_accuracy(self):
        """The mean of class_accuracy over the classes in the truth."""
        return mean_of_present(self.class_accuracy)

    @property
    def mean_iou(self):
        """The mean of class_iou over the classes in the truth or the prediction."""
        return mean_of_present(self.class_iou)

    @property
    def frequency_weighted_iou(self):
        """sum_i t_i IoU_i / sum_i t_i, over the classes in the truth."""
        pixels = self.matrix.sum(1)
        return float(ratio(np.nansum(pixels * self.class_iou), pixels.sum()))

    def scores(self):
        """{name: value} of the paper's four scores, section 5."""
        return {name: getattr(self, name) for name in SCORES}


def boundary_mask(label, width=3, ignore_index=255):
    """The pixels within `width` px of a class boundary of the truth: bool, of label's shape (..., H, W).

    A pixel qualifies if a labelled pixel of another class lies in the square of 2 width + 1 px around it (Chebyshev
    distance): `width` pixels on either side of a straight boundary. Ignored pixels are never in the mask, and the
    border of an ignored area is not a boundary.
    """
    label = as_labels("label", label).astype(np.int64)
    if label.ndim < 2 or width < 1:
        raise ValueError(
            f"boundary_mask: label has shape {label.shape} and width is {width}; expected (..., H, W) and at least 1"
        )
    labelled = label != ignore_index
    limits = np.iinfo(np.int64)
    highest = running_extreme(np.maximum, np.where(labelled, label, limits.min), width)
    lowest = running_extreme(np.minimum, np.where(labelled, label, limits.max), width)
    return labelled & (lowest < highest)


def running_extreme(extreme, x, width):
    """The running np.maximum or np.minimum over the square around each pixel, along rows and then columns."""
    for axis in (-1, -2):
        x = np.moveaxis(x, axis, 0)
        out = x.copy()
        for shift in range(1, min(width, len(x) - 1) + 1):
            extreme(out[shift:], x[:-shift], out=out[shift:])
            extreme(out[:-shift], x[shift:], out=out[:-shift])
        x = np.moveaxis(out, 0, axis)
    return x


def format_scores(rows):
    """A text table in percent. rows: {name: {score: value}}, all with the same scores."""
    header = ["", *(score.replace("_", " ") for score in next(iter(rows.values())))]
    cells = [header] + [[name, *(f"{100 * value:.1f}" for value in scores.values())] for name, scores in rows.items()]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return "\n".join(
        "  ".join([name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(numbers, widths[1:]))])
        for name, *numbers in cells
    )


def as_labels(name, labels):
    """`labels` as a NumPy array of integers; TypeError if they are not."""
    labels = np.asarray(to_device(values(labels), "cpu"))
    if labels.dtype.kind not in "iu":
        advice = "take argmax(1) of scores" if name == "prediction" else "convert it with .astype('int64')"
        raise TypeError(f"metrics: {name} is {labels.dtype}, expected integer labels; {advice}")
    return labels


def ratio(part, whole):
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) != 0)


def mean_of_present(numbers):
    """The mean of the numbers that are not NaN; NaN if all are."""
    present = numbers[~np.isnan(numbers)]
    return float(present.mean()) if present.size else float("nan")
