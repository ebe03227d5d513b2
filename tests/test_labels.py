"""Labels that are not classes: where the first one is, and advice that fits the cause and hides no class."""

import numpy as np
import pytest

from minifcn.labels import wrong_label

CLASS_2 = "check the number of classes: the largest label is 2"
SMOOTHED = (
    "check the number of classes ({} different labels are here), or, if the mask was saved as JPEG or resized smoothly,"
    " which invents values between the classes, save it as PNG and resize with 'nearest'"
)
VOID = "pass ignore_index={0} if {0} marks pixels to be left out"


@pytest.mark.parametrize(
    "labels, num_classes, expected",
    [
        ([0, 1, 2], 2, CLASS_2),
        ([0, 2, 2], 2, CLASS_2),
        ([1, 2, 2], 2, "subtract 1 if the classes are counted from 1, or check the number of classes"),
        ([0, 1, 255], 2, VOID.format(255)),
        ([1, 255, 2], 21, VOID.format(255)),
        ([0, -1, 1], 2, VOID.format(-1)),
        ([-1, 0, 255], 2, "set all pixels to be left out to one value"),
        ([0, 255], 2, "divide a mask of 0 and 255 by 255 (label // 255), or " + VOID.format(255)),
        ([0, 2, 255], 2, CLASS_2),
        ([0, 300, 1], 2, "check the number of classes: the largest label is 300"),
        ([0, 1, 3, 254, 255, 252], 2, SMOOTHED.format(6)),
        (range(21), 2, SMOOTHED.format(21)),
    ],
)
def test_the_advice_fits_what_is_in_the_labels(labels, num_classes, expected):
    assert wrong_label(np.array(labels), num_classes, -100)[2] == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_the_first_wrong_label_is_named_with_its_place(dtype):
    labels = np.zeros((2, 3, 4), dtype)
    labels[1, 2, 0] = labels[1, 0, 3] = 7
    assert wrong_label(labels, 3, 255)[:2] == (7, (1, 0, 3))
    assert wrong_label(labels.transpose(2, 1, 0)[::-1], 3, 255)[:2] == (7, (0, 0, 1))


@pytest.mark.parametrize("labels", [[], [0, 2, 1], [1, 1], [0, 255, 2], [255, 255]], ids=str)
def test_valid_labels_are_accepted(labels):
    assert wrong_label(np.array(labels, np.uint8), 3, 255) is None


def test_an_ignored_class_changes_no_advice():
    assert wrong_label(np.array([0, 1, 2]), 2, 0)[2].startswith("subtract 1 if the classes are counted from 1")
    assert wrong_label(np.array([5, 9]), 2, 5, to_ignore="write 5 instead of {}")[2].endswith("the largest label is 9")


def test_the_caller_says_how_it_leaves_pixels_out():
    told = wrong_label(np.array([-1]), 2, 255, to_ignore="write 255 instead of {}")[2]
    assert told == "write 255 instead of -1 if -1 marks pixels to be left out"
