"""Finds the first invalid label in a label map: its value, its index, and advice on the likely cause.

It is the only such check, so every error about labels gives the same advice. Read data/balance.py next.
"""

import numpy as np

from .kernels import to_device

BETWEEN = 3  # at least this many invalid values suggest JPEG compression or smooth resizing


def wrong_label(labels, num_classes, ignore_index, to_ignore="pass ignore_index={}"):
    """The first label that is neither in [0, num_classes) nor ignore_index: (label, where, advice), or None.

    labels:    integer array of any shape
    to_ignore: how the caller can ignore a label, {}, for the advice
    where is the label's index, a tuple; advice is a fix, phrased to end a sentence.
    """
    if labels.dtype.kind != "u":
        unsigned = labels.astype("int64", copy=False).view("uint64")  # negative numbers become huge
    else:
        unsigned = labels
    wrong = (unsigned >= num_classes) & (labels != ignore_index)
    if not wrong.any():
        return None
    where = tuple(int(i[0]) for i in wrong.nonzero())
    present = set(np.unique(to_device(labels, "cpu")).tolist()) - {ignore_index}
    return int(labels[where]), where, advice(present, num_classes, to_ignore)


def advice(present, num_classes, to_ignore):
    """The most likely fix if some of the labels `present` are not classes."""
    wrong = sorted(label for label in present if not 0 <= label < num_classes)
    void = [label for label in wrong if label < 0 or label == 255]  # the usual markers of unlabelled pixels
    leave_out = f"{to_ignore.format(wrong[0])} if {wrong[0]} marks pixels to be left out"
    if void == wrong and len(wrong) > 1:
        return "set all pixels to be left out to one value"
    if wrong == [255] and present <= {0, 255}:
        return f"divide a mask of 0 and 255 by 255 (label // 255), or {leave_out}"
    if void == wrong:
        return leave_out
    if wrong == [num_classes] and 0 not in present:
        return "subtract 1 if the classes are counted from 1, or check the number of classes"
    if len(wrong) - len(void) >= BETWEEN:
        return (
            f"check the number of classes ({len(present)} different labels are here), or, if the mask was saved as JPEG"
            " or resized smoothly, which invents values between the classes, save it as PNG and resize with 'nearest'"
        )
    return f"check the number of classes: the largest label is {wrong[-1] if wrong[-1] != 255 else wrong[-2]}"
