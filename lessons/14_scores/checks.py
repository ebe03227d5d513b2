"""What lesson 14's answers must do: count pixels, score the counts, and measure and differentiate the loss.

The right answers come from the loops below, which visit one pixel after the other. Read mistakes.py next.
"""

import math

import numpy as np

from minifcn.course.check_writing import check_exercise
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

# --- confusion_matrix -------------------------------------------------------------------------------------------------


def counted(labels, predictions, classes, ignore_index=255):
    counts = np.zeros((classes, classes), np.int64)
    for place in np.ndindex(labels.shape):
        if labels[place] != ignore_index:
            counts[int(labels[place]), int(predictions[place])] += 1
    return counts


def count_case(labels, predictions, classes, note, **options):
    return Case((labels, predictions, classes), counted(labels, predictions, classes, **options), options, note)


def counted_by_hand(rng):
    labels, predictions = np.array([[0, 0, 1], [0, 1, 2]]), np.array([[0, 1, 1], [0, 0, 2]])
    yield Case((labels, predictions, 3), np.array([[2, 1, 0], [1, 1, 0], [0, 0, 1]]), {}, "the two rows of this lesson")
    labels, predictions = np.array([[0, 1, 255]]), np.array([[1, 1, 0]])
    yield Case((labels, predictions, 2), np.array([[0, 1], [0, 1]]), {}, "one pixel is ignored")
    labels, predictions = np.array([[1, 1, 1]]), np.array([[0, 0, 0]])
    yield Case((labels, predictions, 2), np.array([[0, 0], [3, 0]]), {}, "three pixels of class 1, all predicted as 0")


def counted_at_random(rng):
    for shape, classes in (((1, 4, 5), 2), ((3, 4), 3), ((2, 3, 4), 4), ((3, 7, 5), 5)):
        labels, predictions = rng.integers(0, classes, (2, *shape))
        yield count_case(labels, predictions, classes, f"labels of shape {shape}")


def counted_rarely(rng):
    """Most classes occur nowhere, the last ones among them."""
    yield count_case(np.array([[0, 0, 1]]), np.array([[0, 1, 1]]), 5, "classes 2, 3 and 4 do not occur")
    yield count_case(np.array([[2, 2, 2]]), np.array([[4, 2, 4]]), 6, "only classes 2 and 4 occur")
    labels, predictions = rng.integers(0, 2, (2, 3, 4)), rng.integers(1, 4, (2, 3, 4))
    yield count_case(labels, predictions, 7, "two of seven classes in the labels")


def counted_but_ignored(rng):
    for ignore_index, classes, options in ((255, 3, {}), (-1, 4, {}), (0, 3, {}), (2, 5, {})):
        labels, predictions = rng.integers(0, classes, (2, 2, 4, 5))
        labels[rng.random(labels.shape) < 0.3] = ignore_index
        labels[0, 0, 0] = ignore_index
        options = {} if ignore_index == 255 else {"ignore_index": ignore_index}
        yield count_case(labels, predictions, classes, f"ignore_index {ignore_index}", **options)
    labels = np.full((1, 2, 3), 255)
    yield count_case(labels, rng.integers(0, 3, labels.shape), 3, "every pixel is ignored")


def counted_small_ints(rng):
    """uint8 holds 0 to 255: class 13 of 21 times 21 is 273."""
    labels = rng.integers(0, 21, (2, 6, 7))
    predictions = rng.integers(0, 21, labels.shape)
    labels[0, 0, :2] = 255, 20
    yield count_case(labels.astype(np.uint8), predictions, 21, "labels in uint8, as they come from a file")
    yield count_case(labels.astype(np.uint8), predictions.astype(np.uint8), 21, "labels and predictions in uint8")
    yield count_case(labels.astype(np.int16), predictions.astype(np.int32), 21, "int16 and int32")
    many = np.ones((1, 20, 20), np.uint8)
    yield count_case(many, many, 3, "400 pixels of one class, in uint8")


def counted_odd(rng):
    yield count_case(np.array([[[1]]]), np.array([[[0]]]), 2, "a single pixel")
    yield count_case(np.zeros((2, 1, 3), int), np.zeros((2, 1, 3), int), 1, "a single class")
    yield count_case(np.zeros((0, 3, 4), int), np.zeros((0, 3, 4), int), 2, "no pictures at all: N = 0")
    yield count_case(np.array([2, 0, 255, 2]), np.array([2, 1, 1, 0]), 3, "one row of pixels, of shape (4,)")


# --- scores -----------------------------------------------------------------------------------------------------------


def scored(counts):
    """The four scores, class by class with Python's numbers."""
    counts = [[int(n) for n in row] for row in counts]
    classes, total = range(len(counts)), sum(map(sum, counts))
    accuracies, ious, weighted = [], [], 0.0
    for c in classes:
        truth, found, right = sum(counts[c]), sum(row[c] for row in counts), counts[c][c]
        if truth:
            accuracies.append(right / truth)
            weighted += truth * right / (truth + found - right)
        if truth or found:
            ious.append(right / (truth + found - right))
    correct = sum(counts[c][c] for c in classes)
    return correct / total, sum(accuracies) / len(accuracies), sum(ious) / len(ious), weighted / total


def score_case(counts, note=""):
    return Case((np.array(counts, np.int64),), scored(counts), {}, note)


def scored_by_hand(rng):
    yield Case((np.array([[2, 1, 0], [1, 1, 0], [0, 0, 1]]),), (2 / 3, 13 / 18, 11 / 18, 19 / 36), {},
               "the matrix of this lesson")  # fmt: skip
    yield Case((np.array([[75, 0], [25, 0]]),), (0.75, 0.5, 0.375, 0.5625), {}, "all background")
    yield Case((np.array([[6, 2], [0, 8]]),), (0.875, 0.875, 0.775, 0.775), {}, "IoU 6/8 and 8/10")


def scored_at_random(rng):
    for classes in (2, 3, 4, 6):
        counts = rng.integers(1, 50, (classes, classes)) * rng.integers(1, 9, (classes, 1))
        yield score_case(counts, f"{classes} classes")


def scored_without_a_class(rng):
    yield score_case([[3, 1, 0], [2, 4, 0], [0, 0, 0]], "class 2 neither occurs nor is found")
    for classes, absent in ((4, 1), (5, 0)):
        counts = rng.integers(1, 30, (classes, classes))
        counts[absent], counts[:, absent] = 0, 0
        yield score_case(counts, f"class {absent} of {classes} neither occurs nor is found")


def scored_invented(rng):
    yield score_case([[3, 1, 2], [2, 4, 1], [0, 0, 0]], "class 2 does not occur, but was found")
    for classes, absent in ((4, 0), (5, 3)):
        counts = rng.integers(1, 30, (classes, classes))
        counts[absent] = 0
        yield score_case(counts, f"class {absent} of {classes} does not occur, but was found")


def scored_missed(rng):
    yield score_case([[3, 1, 0], [2, 4, 0], [2, 3, 0]], "class 2 was never found: 0, and it counts")
    yield score_case([[0, 3], [5, 0]], "everything wrong: all scores are 0")
    yield score_case([[4, 0, 0], [0, 7, 0], [0, 0, 2]], "everything right: all scores are 1")


def scored_large(rng):
    yield score_case([[5]], "a single class")
    yield score_case(rng.integers(1, 10**9, (3, 3)), "counts of a whole data set")
    yield score_case([[0, 0, 0], [0, 9, 0], [0, 0, 0]], "one class of three occurs")


# --- cross_entropy ----------------------------------------------------------------------------------------------------


def one_by_one(logits, labels, weight, ignore_index):
    """For each pixel that counts: its place, its label, its weight, and the exponentials and log-sum of its logits."""
    for n, u, v in np.ndindex(labels.shape):
        label = int(labels[n, u, v])
        if label != ignore_index:
            x = [float(value) for value in logits[n, :, u, v]]
            log_sum = max(x) + math.log(sum(math.exp(value - max(x)) for value in x))
            yield (n, u, v), label, 1.0 if weight is None else float(weight[label]), x, log_sum


def loss_of(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    total = weights = 0.0
    for _, label, w, x, log_sum in one_by_one(logits, labels, weight, ignore_index):
        total, weights = total + w * (log_sum - x[label]), weights + w
    return total if reduction == "sum" else total / (weights or 1.0)


def gradient_of(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    back, weights = np.zeros(logits.shape), 0.0
    for (n, u, v), label, w, x, log_sum in one_by_one(logits, labels, weight, ignore_index):
        back[n, :, u, v] = [w * (math.exp(value - log_sum) - (c == label)) for c, value in enumerate(x)]
        weights += w
    return float(grad) * back / (1.0 if reduction == "sum" else weights or 1.0)


def loss_case(grad, logits, labels, note, expected=None, **options):
    """A question to cross_entropy if grad is None, else to cross_entropy_backward."""
    if grad is None:
        expected = loss_of(logits, labels, **options) if expected is None else expected
        expected = expected if logits.dtype == np.float64 else np.array(expected, logits.dtype)
        return Case((logits, labels), expected, options, note)
    expected = gradient_of(grad, logits, labels, **options) if expected is None else expected
    return Case((grad, logits, labels), np.asarray(expected).astype(logits.dtype), options, note)


def drawn(rng, N, C, H, W, ignore_index=None):
    """Random logits and labels; with an ignore_index, the later the picture, the more of its pixels are ignored."""
    logits, labels = 2 * signed(rng, N, C, H, W), rng.integers(0, C, (N, H, W))
    if ignore_index is not None:
        labels[rng.random(labels.shape) < np.linspace(0.2, 0.6, N).reshape(N, 1, 1)] = ignore_index
        labels[0, 0, 0], labels[-1, -1, -1] = ignore_index, C - 1 if ignore_index != C - 1 else 0
    return logits, labels


def loss_by_hand(rng):
    logits = np.log(np.array([[3.0, 3], [1, 1]])).reshape(1, 2, 1, 2)
    first, second = math.log(4 / 3), math.log(4)
    yield loss_case(None, np.zeros((1, 3, 1, 1)), np.array([[[1]]]), "three equal logits: log 3", math.log(3))
    labels = np.array([[[0, 1]]])
    yield loss_case(None, logits, labels, "the mean of log 4/3 and log 4", (first + second) / 2)
    yield loss_case(None, logits, labels, "their sum", first + second, reduction="sum")
    yield loss_case(None, logits, np.array([[[0, 255]]]), "the second pixel is ignored", first)
    weight = np.array([1.0, 3.0])
    yield loss_case(None, logits, labels, "weights 1 and 3", (first + 3 * second) / 4, weight=weight)
    yield loss_case(None, logits, labels, "weights 1 and 3, summed", first + 3 * second, weight=weight, reduction="sum")


def gradient_by_hand(rng):
    logits = np.log(np.array([[3.0, 3], [1, 1]])).reshape(1, 2, 1, 2)

    def answer(*pixels):
        return np.array(pixels).T.reshape(1, 2, 1, 2)

    labels, both = np.array([[[0, 1]]]), answer((-0.25, 0.25), (0.75, -0.75))
    yield loss_case(1.0, logits, labels, "the sum: probabilities minus (1, 0) and (0, 1)", both, reduction="sum")
    yield loss_case(1.0, logits, labels, "the mean of two pixels: half of that", both / 2)
    yield loss_case(-2.0, logits, labels, "the mean, grad = -2", -both)
    ignored = answer((-0.25, 0.25), (0.0, 0.0))
    yield loss_case(1.0, logits, np.array([[[0, 255]]]), "the second pixel is ignored", ignored)
    weighted = answer((-0.0625, 0.0625), (0.5625, -0.5625))
    yield loss_case(1.0, logits, labels, "weights 1 and 3: divided by 4", weighted, weight=np.array([1.0, 3.0]))


def grads(backward):
    """The upstream gradients to ask with: none for the loss itself, one of either sign for its backward."""
    return (-0.7, 2.5) if backward else (None,)


def plain(backward):
    def cases(rng):
        for grad in grads(backward):
            for N, C, H, W in ((1, 2, 1, 3), (1, 3, 2, 4), (3, 4, 2, 5)):
                yield loss_case(grad, *drawn(rng, N, C, H, W), f"{N} pictures of {H} x {W}, {C} classes")

    return cases


def summed(backward):
    def cases(rng):
        for grad in grads(backward):
            for N, C, H, W in ((1, 3, 1, 2), (2, 4, 3, 5)):
                yield loss_case(grad, *drawn(rng, N, C, H, W), f"{N} pictures of {H} x {W}", reduction="sum")

    return cases


def ignored(backward):
    def cases(rng):
        grad = grads(backward)[0]
        logits, labels = drawn(rng, 1, 2, 1, 4, 255)
        yield loss_case(grad, logits, labels, "one picture, the ignore label is 255")
        logits, labels = drawn(rng, 3, 4, 2, 5, 255)
        yield loss_case(grad, logits, labels, "three pictures, each with another number of ignored pixels")
        yield loss_case(grad, logits, labels, "the same, summed", reduction="sum")
        yield loss_case(grad, logits, labels.astype(np.uint8), "labels in uint8, as they come from a file")
        for number in (-1, 0, 2):
            logits, labels = drawn(rng, 2, 3, 3, 4, number)
            yield loss_case(grad, logits, labels, f"ignore_index {number}", ignore_index=number)

    return cases


def weighted(backward):
    def cases(rng):
        grad = grads(backward)[0]
        for weight in (np.array([2.0, 0.5]), np.array([3.0, 0.1, 1.0]), np.array([2e-9, 1e-9, 3e-9])):
            logits, labels = drawn(rng, 1, len(weight), 2, 3)
            yield loss_case(grad, logits, labels, f"weights {weight.tolist()}", weight=weight)
        weight = rng.uniform(0.2, 3, 4)
        logits, labels = drawn(rng, 3, 4, 2, 5, 255)
        yield loss_case(grad, logits, labels, "weights and ignored pixels", weight=weight)
        yield loss_case(grad, logits, labels, "weights and ignored pixels, summed", weight=weight, reduction="sum")
        yield loss_case(grad, logits, labels.astype(np.uint8), "weights, labels in uint8", weight=weight)
        logits, labels = drawn(rng, 2, 3, 2, 2)
        labels[0, 0, 0] = 2
        yield loss_case(grad, logits, labels, "class 1 has weight 0", weight=np.array([1.5, 0.0, 2.0]))

    return cases


def nothing(backward):
    def cases(rng):
        grad, weight = grads(backward)[0], np.array([2.0, 0.5, 1.5])
        logits, labels = 2 * signed(rng, 2, 3, 2, 4), np.full((2, 2, 4), 255)
        yield loss_case(grad, logits[:1, :, :1, :1], labels[:1, :1, :1], "a single pixel, and it is ignored")
        yield loss_case(grad, logits, labels, "every pixel is ignored")
        yield loss_case(grad, logits, labels, "every pixel is ignored; the sum", reduction="sum")
        yield loss_case(grad, logits, labels, "every pixel is ignored; weights", weight=weight)
        yield loss_case(grad, logits[:0], labels[:0], "no pictures at all: N = 0")

    return cases


def huge(backward):
    def cases(rng):
        grad = grads(backward)[0]
        logits = np.array([[1000.0, 0, -800, 5], [0, 1000, -801, 4], [-1000, 2, -800, 900]]).reshape(1, 3, 2, 2)
        for labels in ([[0, 1], [2, 2]], [[1, 0], [0, 0]], [[2, 255], [1, 1]]):
            yield loss_case(grad, logits, np.array([labels]), "logits of 1000 and -1000")
        logits, labels = drawn(rng, 1, 3, 2, 3)
        yield loss_case(grad, logits - 750, labels, "logits around -750")
        logits = np.array([[27.0, 0.5], [0, 27]]).reshape(1, 2, 1, 2)
        yield loss_case(grad, logits, np.array([[[1, 0]]]), "very wrong, but p is still above 1e-12")

    return cases


def odd(backward):
    def cases(rng):
        grad = grads(backward)[0]
        for N, C, H, W in ((1, 3, 1, 1), (2, 1, 2, 3), (1, 2, 5, 1), (4, 5, 1, 1), (2, 2, 2, 2)):
            yield loss_case(grad, *drawn(rng, N, C, H, W), f"{N} pictures of {H} x {W}, {C} classes")

    return cases


def single(backward):
    def cases(rng):
        grad = grads(backward)[0]
        logits, labels = drawn(rng, 2, 3, 3, 4, 255)
        logits = logits.astype(np.float32)
        yield loss_case(grad, logits, labels, "float32")
        yield loss_case(grad, logits, labels, "float32, summed", reduction="sum")
        weight = np.array([2.0, 0.5, 1.5], np.float32)
        yield loss_case(grad, logits, labels.astype(np.uint8), "float32 with weights, labels in uint8", weight=weight)
        yield loss_case(grad, logits, labels, "float32, the weights are float64", weight=weight.astype(float))

    return cases


def differences(rng):
    for N, C, H, W, options in (
        (1, 2, 1, 2, {}),
        (2, 3, 1, 2, {"reduction": "sum"}),
        (2, 3, 2, 1, {"weight": np.array([0.5, 2.0, 3.0])}),
    ):
        logits, labels = drawn(rng, N, C, H, W, 255)
        grad = float(signed(rng))
        expected = numerical_gradient(lambda x, t=labels, o=options: loss_of(x, t, **o), logits, grad)
        yield Case((grad, logits, labels), expected, options, "finite differences of the loss", rtol=1e-7)


EXERCISES = [
    Exercise(
        "confusion_matrix",
        (
            Property("worked by hand", counted_by_hand, points=2),
            Property("counts every pixel once, at row = label, column = prediction", counted_at_random, points=2),
            Property("classes that do not occur have a row and a column, too", counted_rarely),
            Property("an ignored pixel is counted nowhere, whatever is predicted there", counted_but_ignored, points=2),
            Property("labels of any integer type", counted_small_ints),
            Property("odd shapes: one pixel, one class, no pictures", counted_odd),
        ),
        hints=(
            "Each pixel that counts is a pair (label, prediction). Which cell of the matrix does it add 1 to?",
            "One number for each pair: classes * label + prediction. Then count how often each number occurs.",
            "np.bincount counts, with minlength=classes**2; then reshape. Select with labels != ignore_index, and make"
            + " ints of the labels first: 13 * 21 does not fit into uint8.",
        ),
    ),
    Exercise(
        "scores",
        (
            Property("worked by hand", scored_by_hand, points=2),
            Property("the four formulas, on random counts", scored_at_random, points=3),
            Property("a class that neither occurs nor is found is left out", scored_without_a_class, points=2),
            Property("a class that was found but does not occur has IoU 0, which counts", scored_invented),
            Property("a class that was never found has accuracy and IoU 0", scored_missed),
            Property("a single class, and large counts", scored_large),
        ),
        hints=(
            "You need three arrays with a number for each class: the pixels it has (row sums), the pixels predicted"
            + " as it (column sums), and the pixels that are right (the diagonal).",
            "IoU = right / (truth + found - right). Where is its denominator 0, and where that of the accuracy?",
            "0 / 0 is nan in NumPy (np.errstate silences the warning) and np.nanmean leaves nan out. In the last score"
            + " sum only over classes with truth > 0: 0 times nan is nan.",
        ),
    ),
    Exercise(
        "cross_entropy",
        (
            Property("worked by hand", loss_by_hand, points=2),
            Property("the mean over all pixels of all pictures", plain(False), points=2),
            Property("the sum", summed(False)),
            Property("an ignored pixel adds nothing, and is not counted in the mean", ignored(False), points=2),
            Property("class weights; the mean divides by the sum of the weights", weighted(False), points=2),
            Property("if no pixel counts, the loss is 0", nothing(False)),
            Property("logits of any size", huge(False)),
            Property("odd shapes: 1x1, one class, one column", odd(False)),
            Property("float32 stays float32", single(False)),
        ),
        uses=("04.LogSoftmax",),
        hints=(
            "Take one pixel first: its loss, and the factor with which it counts. Which factor has an ignored pixel?",
            "Make an array of factors (N, C, H, W): the class's weight where the class is the label and the pixel"
            + " counts, else 0. np.arange(C)[:, None, None] == labels[:, None] marks the label's class.",
            "The sum is -(factors * log_p).sum() with log_p = LogSoftmax().forward(logits); the mean divides by"
            + " factors.sum(), if that is not 0. Keep factors in the dtype of logits.",
        ),
    ),
    Exercise(
        "cross_entropy_backward",
        (
            Property("worked by hand", gradient_by_hand, points=2),
            Property("the mean over all pixels of all pictures", plain(True), points=2),
            Property("the sum", summed(True)),
            Property("is the derivative of the loss: equals finite differences", differences, points=2),
            Property("an ignored pixel gets no gradient, and is not counted in the mean", ignored(True), points=2),
            Property("class weights; the mean divides by the sum of the weights", weighted(True), points=2),
            Property("if no pixel counts, the gradient is 0", nothing(True)),
            Property("logits of any size", huge(True)),
            Property("odd shapes: 1x1, one class, one column", odd(True)),
            Property("float32 stays float32", single(True)),
        ),
        uses=("04.LogSoftmax",),
        hints=(
            "For one pixel the answer is: probabilities minus (0, ..., 1, ..., 0). What does its factor do to that?",
            "With the factors (N, C, H, W) of cross_entropy: each pixel's own factor is factors.sum(axis=1,"
            + " keepdims=True); it multiplies all C probabilities.",
            "np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors, times grad; for the mean, divided by"
            + " factors.sum() if that is not 0.",
        ),
    ),
]

WRONG = {
    "counts in the wrong places": (
        "transposed",
        "both_ways",
        "rows_that_are_one_list",
        "only_what_is_right",
        "only_what_is_wrong",
        "counts_each_pair_once",
    ),
    "ignored pixels that count, and others that do not": (
        "forgets_the_ignore_label",
        "counts_only_the_ignored",
        "drops_by_the_prediction",
        "drops_by_either",
        "ignored_becomes_class_0",
        "one_row_too_many",
    ),
    "ignore labels that are taken for 255, or for no class": ("always_255", "keeps_known_labels"),
    "pictures that are left out, and shapes that are refused": ("only_two_axes", "only_the_first_picture"),
    "matrices that end at what occurs": (
        "without_minlength",
        "as_large_as_the_largest_label",
        "bins_between_the_extremes",
    ),
    "sums that overflow in uint8": ("counts_in_uint8", "overflows_uint8"),
    "what is no count: floats, or shares": (),
}

EXERCISES.append(
    check_exercise(
        "14",
        next(exercise for exercise in EXERCISES if exercise.name == "confusion_matrix"),
        WRONG,
        hints=(
            "Count in two plain loops over all pixels, and compare with np.array_equal. Then think about the inputs.",
            "What can labels look like? One axis, two or three; int or uint8; ignored pixels marked 255, -1 or 0; classes that"
            + " do not occur; no pixels at all.",
            "Loop over cases (shape, classes, ignore_index, dtype), with random labels and predictions, a fifth of them"
            + " ignored. One case with 21 classes in uint8, one with 1,000 pixels and 2 classes.",
            "Last, the type: counts are ints of any size, found.dtype.kind in \"iu\".",
        ),
    )
)
