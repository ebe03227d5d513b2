# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 21: Your own FCN-8s

# %%
import numpy as np

from minifcn.course import check, earlier, hint

confusion_matrix, scores = earlier("14.confusion_matrix", "14.scores")


# %%
def trimap_curve(labels, predictions, widths, ignore_index=255):
    """The share of right pixels near an edge of the truth, for several meanings of near.

    labels, predictions: (N, H, W), ints;  widths: a tuple of ints, each at least 1
    A pixel is within `width` of an edge if the square of 2*width + 1 pixels around it, as far as it
    lies in the picture, contains a pixel of another class. Pixels labelled ignore_index have no
    class: they make no edge, and they do not count.
    Returns an array, float64, with one number for each width: of all pixels within `width` of an
    edge, in all pictures together, the share whose prediction is right; nan if there is none.

    labels = [[0, 0, 0, 1, 1]], predictions = [[1, 0, 0, 0, 1]], widths (1, 2):  [0.5, 0.75]
    """
    ### BEGIN SOLUTION
    counts, right = labels != ignore_index, labels == predictions
    highest, lowest = np.where(counts, labels, -1), np.where(counts, labels, 10**6)
    curve = {}
    for width in range(1, max(widths) + 1):
        highest, lowest = grow(highest, np.maximum), grow(lowest, np.minimum)
        near = counts & (highest > lowest)
        curve[width] = right[near].mean() if near.any() else np.nan
    return np.array([curve[width] for width in widths])
    ### END SOLUTION


def grow(x, extreme):
    """Each pixel's extreme with its neighbours above and below, then with those left and right."""
    ### BEGIN SOLUTION
    for axis in (1, 2):
        before = np.moveaxis(x, axis, 0)
        x = before.copy()
        x[1:] = extreme(x[1:], before[:-1])
        x[:-1] = extreme(x[:-1], before[1:])
        x = np.moveaxis(x, 0, axis)
    return x
    ### END SOLUTION


# %%
check("21.trimap_curve", trimap_curve)


# %%
def upper_bound(labels, stride, classes, ignore_index=255):
    """The mean IoU of the truth itself, seen through a grid of one label every `stride` pixels.

    labels: (N, H, W), ints
    Cut each picture into cells of stride x stride pixels, from the top left corner; those at the
    right and bottom may be smaller. All pixels of a cell get the label of pixel (stride // 2,
    stride // 2) of the cell, or of the picture's last row or column where that is outside. A label
    ignore_index there is read as class 0.
    Returns the mean IoU of these predictions, over all pictures, as 14.scores has it.

    labels = [[0, 0, 0, 1, 1]], stride 2, 2 classes:  the predictions are [[0, 0, 1, 1, 1]],
    and the mean IoU is (2/3 + 2/3) / 2.
    """
    ### BEGIN SOLUTION
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
    ### END SOLUTION


# %%
check("21.upper_bound", upper_bound)
