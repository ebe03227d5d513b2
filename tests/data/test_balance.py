"""Class frequencies and the loss weights made of them."""

import re

import numpy as np
import pytest

from minifcn import tensor
from minifcn.data import class_frequencies, class_weights
from minifcn.data.balance import count_labels, lack_of_classes, read_class_weights


def test_frequencies_count_pixels_and_leave_out_ignored_ones():
    labels = [np.array([[0, 0], [1, 255]]), np.array([[3, 255, 255, 0]])]
    assert class_frequencies(labels, 4).tolist() == [0.6, 0.2, 0, 0.2]


def test_median_weights_are_one_for_the_median_class_and_balance_the_rest():
    weights = class_weights([0.5, 0.3, 0.2])
    assert weights.dtype == np.float32 and np.allclose(weights, [0.6, 1, 1.5])


def test_inverse_log_weights_follow_the_formula():
    assert np.allclose(class_weights([0.9, 0.1], "inverse_log"), [1 / np.log(1.92), 1 / np.log(1.12)])


@pytest.mark.parametrize("method", ["median", "inverse_log"])
def test_an_absent_class_weighs_nothing(method):
    assert class_weights([0.7, 0, 0.3], method)[1] == 0


@pytest.mark.parametrize("call, sentence", [
    (lambda: class_frequencies([np.full((2, 2), 255)], 3), "class_frequencies: the label maps have no labelled pixel"),
    (lambda: class_frequencies([np.ones((2, 2), int), np.array([[0, -1]])], 3),
     r"class_frequencies: label -1 at \(0, 1\) of label map 1, expected 0 to 2 or ignore_index 255; pass ignore_index=-1"),
    (lambda: class_frequencies([np.array([[0, 5, 1]])], 3), r"class_frequencies: label 5 at \(0, 1\) of label map 0"),
    (lambda: class_weights([0, 0]),                        "class_weights: frequencies are"),
    (lambda: class_weights([2, -1]),                       "class_weights: frequencies are"),
    (lambda: class_weights([1, 1], "mean"),                "class_weights: method is 'mean'"),
])
def test_wrong_arguments_are_told(call, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        call()


@pytest.mark.parametrize("labels", [
    np.array([[0, 255, 3]], np.uint8), np.array([-100, 0, 0]), np.array([5, 10**12, 5]), np.zeros((0, 4), int),
    np.full(3, 2**64 - 1, np.uint64), np.array([-100, 100], np.int8), np.array([True, False]),
])  # fmt: skip
def test_labels_of_any_kind_are_counted(labels):
    counts = {"5": 1}
    count_labels(labels, counts)
    count_labels(labels, counts)
    expected = {str(int(label)): 2 * int((labels == label).sum()) for label in np.unique(labels)}
    assert counts == expected | {"5": expected.get("5", 0) + 1}


@pytest.mark.parametrize("labels", [np.full((2, 2), np.nan, np.float32), np.zeros((0, 4), int)])
def test_what_holds_no_labels_is_left_to_the_loss_to_refuse(labels):
    counts = {}
    count_labels(labels, counts)
    assert counts == {} and lack_of_classes(counts) is None


def test_labels_in_a_tensor_or_a_list_are_counted():
    counts = {}
    for labels in tensor([[0, 1]]), [[1, 1]]:
        count_labels(labels, counts)
    assert counts == {"0": 1, "1": 3}


def test_an_ignored_label_that_is_absent_is_not_mentioned():
    assert lack_of_classes({"0": 9}) == "only class 0"


def test_square_roots_of_median_weights_are_at_most_3():
    np.testing.assert_allclose(class_weights([0.64, 0.16, 0.01, 0.19], "sqrt-median")[[0, 2]], [(0.175 / 0.64) ** 0.5, 3], rtol=1e-6)


# Files of weights -----------------------------------------------------------------------------------------------------

SKY = ("sky", "tall tree", "road")


@pytest.mark.parametrize("text", ["sky 1\ntall tree 2.5\nroad 0\n", "\ufeffclass,weight\r\nroad,0\r\nsky,1\r\ntall tree,2.5\r\n",
                                  "# mine\n\nsky, 1\n\"tall tree\", 2.5\nroad\t0"])  # fmt: skip
def test_a_file_has_a_line_for_each_class(text, tmp_path):
    (tmp_path / "weights").write_bytes(text.encode())
    assert read_class_weights(tmp_path / "weights", SKY) == {"sky": 1, "tall tree": 2.5, "road": 0}


@pytest.mark.parametrize(("text", "sentence"), [
    ("sky 1\ntall tree 2\nroads 3", "weights.csv, line 3 is about 'roads', which is no class; did you mean road?"),
    ("sky 1\nsky 2", "weights.csv, line 2 is about 'sky' again; give each class one line"),
    ("sky 1\nroad 2", "weights.csv has no weight for 'tall tree'; give each class a line"),
    ("", "weights.csv has no weight for 'sky'"),
    ("sky one", "weights.csv, line 1 has the weight 'one', expected a number of at least 0"),
    ("sky -1", "line 1 has the weight '-1'"), ("sky nan", "line 1 has the weight 'nan'"), ("sky", "line 1 has the weight ''"),
    ("sky,inf", "line 1 has the weight 'inf'"),
    ("sky 0\ntall tree 0\nroad 0", "has only weights of 0, expected one above 0"),
    ("sk\xff", "is no text in UTF-8"),
])  # fmt: skip
def test_a_file_that_is_none_of_weights_is_told(text, sentence, tmp_path):
    (tmp_path / "weights.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_class_weights(tmp_path / "weights.csv", SKY)
