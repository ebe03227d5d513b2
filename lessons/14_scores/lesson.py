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
# # Lesson 14: What is a good segmentation?

# %%
import numpy as np

from minifcn.course import check, earlier




# %%
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The cross-entropy of the logits, over all pixels whose label is not ignore_index.

    logits: (N, C, H, W), floats;  labels: (N, H, W), ints;  weight: (C,) or None: a weight for each class
    reduction: "sum"; or "mean", which divides by the sum of the weights of the pixels that count (their number
               without weights)
    Returns a number, of the dtype of logits; 0 if no pixel counts.
    """
    ### BEGIN SOLUTION
    log_p, pick, factors = picked(logits, labels, weight, ignore_index)
    total = -(factors * np.take_along_axis(log_p, pick, axis=1)[:, 0]).sum()
    return total if reduction == "sum" else total / (factors.sum() or logits.dtype.type(1))
    ### END SOLUTION


def picked(logits, labels, weight, ignore_index):
    """The log-probabilities, the index of each pixel's class (N, 1, H, W), and each pixel's factor (N, H, W)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    counts = labels != ignore_index
    classes = np.where(counts, labels, 0)
    factors = counts * (np.ones(logits.shape[1]) if weight is None else weight)[classes]
    return log_p, classes[:, None], factors.astype(logits.dtype)


# %%
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """dL/dlogits, (N, C, H, W), given grad = dL/dloss, a number."""
    ### BEGIN SOLUTION
    log_p, pick, factors = picked(logits, labels, weight, ignore_index)
    back = np.exp(log_p)
    np.put_along_axis(back, pick, np.take_along_axis(back, pick, axis=1) - 1, axis=1)
    scale = grad if reduction == "sum" else grad / (factors.sum() or 1)
    return back * (factors * scale).astype(logits.dtype)[:, None]
    ### END SOLUTION


# %%
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    """counts (classes, classes), ints: row t, column p is the number of pixels of class t labelled p."""
    ### BEGIN SOLUTION
    counted = labels != ignore_index
    places = classes * labels[counted].astype(int) + predictions[counted]
    return np.bincount(places, minlength=classes**2).reshape(classes, classes)
    ### END SOLUTION


# %%
def scores(counts):
    """The paper's four scores of a confusion matrix: (pixel accuracy, mean accuracy, mean IoU, f.w. IoU)."""
    ### BEGIN SOLUTION
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    there = truth > 0
    total = counts.sum()
    return right.sum() / total, np.nanmean(accuracy), np.nanmean(iou), (truth * iou)[there].sum() / total
    ### END SOLUTION
