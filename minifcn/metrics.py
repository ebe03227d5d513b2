"""Segmentation metrics: the confusion matrix, the paper's four scores, and the scores near the boundaries of classes.

The rules are those of the authors' score.py, also for absent classes. Everything here works on arrays.
"""

import numpy as np

from .kernels import to_device
from .kernels.geometry import whole
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
        self.num_classes, self.ignore_index = whole(num_classes, "num_classes", 1, "ConfusionMatrix"), ignore_index
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
    label = as_labels("label", label)
    width = whole(width, "width", 1, "boundary_mask")
    if label.ndim < 2:
        raise ValueError(f"boundary_mask: label has shape {label.shape}, expected (..., H, W)")
    labelled = label != ignore_index
    if label.size and 0 <= label.min() <= label.max() < 256:
        label = label.astype(np.uint8)                               # an eighth of the time
    limits = np.iinfo(label.dtype)
    highest = running_extreme(np.maximum, np.where(labelled, label, limits.min), width)
    lowest = running_extreme(np.minimum, np.where(labelled, label, limits.max), width)
    return labelled & (lowest < highest)


def running_extreme(extreme, x, width):
    """The running np.maximum or np.minimum over the square around each pixel, along rows and then columns.

    A window of `reach` pixels to each side, and the same one `step` pixels further to each side, are together one of
    reach + step, if no pixel is left out in between. So the windows grow by three times with each pass.
    """
    for axis in (-1, -2):
        x = np.moveaxis(x, axis, 0)
        reach, width_here = 0, min(width, len(x) - 1)
        while reach < width_here:
            step = min(2 * reach + 1, width_here - reach)
            out = x.copy()
            extreme(out[step:], x[:-step], out=out[step:])
            extreme(out[:-step], x[step:], out=out[:-step])
            extreme(out[:step], x[:1], out=out[:step])               # beyond an end, the window at the end
            extreme(out[-step:], x[-1:], out=out[-step:])
            x, reach = out, reach + step
        x = np.moveaxis(x, 0, axis)
    return x


class Trimap:
    """Scores near the boundaries of the truth: a ConfusionMatrix of the pixels within each of some distances.

    How sharp a net's outlines are shows in the curve of its scores over the distance (Kohli, Ladicky and Torr 2009).
    widths:   the distances in pixels, see boundary_mask
    matrices: {width: ConfusionMatrix}
    """

    def __init__(self, num_classes, widths=(1, 2, 4, 8, 16, 32), ignore_index=255):
        self.ignore_index = ignore_index
        self.matrices = {width: ConfusionMatrix(num_classes, ignore_index) for width in widths}

    def update(self, truth, prediction):
        """Add one image or batch, (..., H, W) each. Raises as ConfusionMatrix.update and boundary_mask do."""
        truth, prediction = as_labels("truth", truth), as_labels("prediction", prediction)
        if truth.shape != prediction.shape:
            raise ValueError(f"Trimap: truth has shape {truth.shape} but prediction {prediction.shape}; expected the same")
        for width, matrix in self.matrices.items():
            near = boundary_mask(truth, width, self.ignore_index)
            matrix.update(truth[near], prediction[near])


def format_scores(rows):
    """A text table in percent, with - for NaN. rows: {name: {score: value}}, all with the same scores."""
    header = ["", *(score.replace("_", " ") for score in next(iter(rows.values())))]
    cells = [header] + [[name, *("-" if np.isnan(value) else f"{100 * value:.1f}" for value in scores.values())] for name, scores in rows.items()]
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
