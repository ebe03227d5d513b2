"""Small slips in right answers, one at a time: the checks notice all that change what an answer does.

benchmarks/course_mutants.py makes the slips. A mutant of a solution that passes must stand below, with the reason why it is
still right; of the variants, which are many, only the number is kept.
"""

from dataclasses import replace

import pytest
from course_mutants import of_solution, of_variants, passing
from mutants import mutants

from minifcn.course import ladder
from minifcn.course.exercise import CHECK

LAST = "13"  # the last lesson whose passing mutants have been read
EXERCISES = [(lesson, name) for lesson in ladder.lessons() if lesson.number[:2] <= LAST
             for name in lesson.exercises if not name.startswith(CHECK)]  # another shape makes as good a check  # fmt: skip
exercises = pytest.mark.parametrize("lesson, name", EXERCISES, ids=[f"{e[0].number}.{e[1]}" for e in EXERCISES])

FILLED = "every entry is written later"
SIGN = "0 has no sign, and two signs cancel"
ORDER = "the order does not matter here"
ROOM = "more room than needed, and zeros in it"
SEED = "another random gradient, or a tolerance close by"
GIVEN = "part of what the lesson gives"
ROWS = "there is a label for each row"
SIZE = "both have the same size"

RIGHT = {
    "01.Value": {
        "pass": GIVEN,
        "self.grad = 1.0": GIVEN,
        "self.grad = -0.0": SIGN,
        "return Value(self.data + other.data, (other, self), (1.0, 1.0))": ORDER,
        "return Value(max(self.data, -0.0), (self,), (float(self.data > 0),))": SIGN,
        "return Value(max(self.data, 0.0), (self,), (int(self.data > 0),))": "1 is as good a slope as 1.0",
        "return Value(max(self.data, 0.0), (self,), (self.data > 0,))": "True counts as 1",
        "return self / -1.0": "the same as * -1.0",
    },
    "01.topological_order": {"elif node not in order:": "right, but slow: it searches a list"},
    "01.backward": {"node.grad = -0.0": SIGN},
    "02.numerical_gradient": {
        "def numerical_gradient(f, x, grad, h=2e-05):": "a step close by",
        "def numerical_gradient(f, x, grad, h=-1e-05):": "both steps change places",
        "gradient = np.ones_like(x)": FILLED,
        "gradient = np.empty_like(x)": FILLED,
        "lower, higher = (x.copy(), x.copy())": ORDER,
        "gradient[index] += np.sum(grad * (f(higher) - f(lower))) / (2 * h)": "added to 0",
    },
    "02.relative_error": {
        "return -0.0": SIGN,
        "return (abs(a - b) / size).max()": "a NumPy number passes for a float",
        "return float((abs(b - a) / size).max())": ORDER,
    },
    "02.gradcheck": {
        "rng = np.random": SEED,
        "rng = np.random.default_rng(1)": SEED,
        "grad = -rng.standard_normal(np.shape(forward(*inputs)))": SEED,
        "if not relative_error(measured, gradients[i]) <= 1e-06:": ORDER,
        "if not relative_error(gradients[i], measured) < 1e-06:": SEED,
        "if not relative_error(gradients[i], measured) <= 2e-06:": SEED,
    },
    "03.Mean": {"self.count = x.size / max(y.size, 1)": "it divides exactly"},
    "03.MatMul": {
        "grad_a = grad @ self.b.swapaxes(-2, -1)": ORDER,
        "grad_b = self.a.swapaxes(-2, -1) @ grad": ORDER,
    },
    "03.Tensor": {
        "def __init__(self, data, requires_grad=True, operation=None, inputs=()):": GIVEN,
        "self.data, self.requires_grad = (data, requires_grad)": GIVEN,
        "return Tensor.apply(Add(), other, self)": GIVEN,
        "return Tensor.apply(Mul(), other, self)": GIVEN,
        "def mean(self, axis=None, keepdims=True):": GIVEN,
        "grads = {self: np.ones_like(self.data) if grad is None else grad}": "grad is an array",
        "if grad is None:": "nothing is passed to a node that needs no gradient",
        "if part is not None:": "a node that needs no gradient passes nothing on",
    },
    "04.Module": {
        "elif isinstance(value, (tuple, list)):": ORDER,
        "first.setdefault(parameter, (name, parameter))": "tensors are hashed by their identity",
        "return first.values()": "the same pairs in the same order",
    },
    "04.CrossEntropy": {
        "return -self.log_p[np.arange(len(self.log_p)), self.labels].mean()": ROWS,
        "grad_logits[np.arange(len(self.log_p)), self.labels] -= 1": ROWS,
        "return grad_logits * (grad / len(self.log_p)).astype(grad_logits.dtype)": ROWS,
        "return grad_logits * (grad / len(self.labels))": "grad has the dtype of the loss",
    },
    "04.SGD": {"def __init__(self, parameters, lr, momentum=-0.0):": SIGN},
    "05.conv2d": {"padded = np.pad(x, ((0, 1), (0, 0), (padding, padding), (padding, padding)))": ROOM},
    "06.col2im": {
        "padded = np.zeros((N, C, H + 3 * padding, W + 2 * padding), columns.dtype)": ROOM,
        "padded = np.zeros((N, C, H + 2 * padding, W + 3 * padding), columns.dtype)": ROOM,
    },
    "07.conv_backward_input": {"(N, _, ow, oh), (K, C, kh, kw) = (grad.shape, weight.shape)": "only oh * ow is used"},
    "07.conv_backward_weight": {
        "(N, K, ow, oh), C, (kh, kw) = (grad.shape, x.shape[1], kernel_size)": "only oh * ow is used",
        "products = grad.reshape(N, K, oh * ow) @ columns.swapaxes(2, 1)": ORDER,
    },
    "08.tiled_conv2d": {"columns = np.empty((R, count * ow))": "float64 holds a float32"},
    "09.relu_map": {"y[i] = max(x[i], -0.0)": SIGN},
    "09.relu_guarded": {"if i < y.size:": SIZE, "y[i] = max(x[i], -0.0)": SIGN},
    "09.add_bias": {
        "if row < bias.shape[0] and column < x.shape[1]:": SIZE,
        "if row < y.shape[0] and column < x.shape[1]:": SIZE,
        "if row < x.shape[0] and column < y.shape[1]:": SIZE,
    },
    "09.sum_of_three": {"tile = cuda.shared.array(THREADS + 3, np.float64)": ROOM},
    "09.conv_tiled": {
        "tile = cuda.shared.array((SIDE + 3, SIDE + 2), np.float64)": ROOM,
        "tile = cuda.shared.array((SIDE + 2, SIDE + 3), np.float64)": ROOM,
        "ty, tx = (cuda.threadIdx.x, cuda.threadIdx.y)": "a block is a square, in which threads may change places",
        "tx, ty = (cuda.threadIdx.y, cuda.threadIdx.x)": "a block is a square, in which threads may change places",
        "total = -0.0": SIGN,
    },
    "09.col2im_gather": {"total = -0.0": SIGN},
    "10.max_pool2d": {
        "place = np.pad(np.arange(H * W).reshape(H, W), (margin, margin))": "the padding never wins",
        "place = np.pad(np.arange(H * W).reshape(H, W), (margin, margin), constant_values=1)": "the padding never wins",
        "place = np.pad(np.arange(H * W).reshape(H, W), (margin, margin), constant_values=-2)": "the padding never wins",
        "place = np.pad(np.arange(H * W).reshape(H, W), (margin, margin), constant_values=-0)": "the padding never wins",
        "y = np.ones((N, C, oh, ow), x.dtype)": FILLED,
        "y = np.empty((N, C, oh, ow), x.dtype)": FILLED,
        "y[:, :, u, v] += window.max(axis=2)": "added to 0",
        "index = np.ones((N, C, oh, ow), np.int64)": FILLED,
        "index = np.empty((N, C, oh, ow), np.int64)": FILLED,
        "index[:, :, u, v] += place[rows, columns].ravel()[window.argmax(axis=2)]": "added to 0",
    },
    "10.max_pool2d_backward": {
        "N, C = index.shape[:2]": "grad has the same shape",
        "n, c, _, _ = np.indices(index.shape)": "grad has the same shape",
    },
    "10.AvgPool2d": {
        "self.count_include_pad = -count_include_pad": "-True is true, too",
        "y, self.area = (np.ones((*x.shape[:2], oh, ow), x.dtype), np.full((oh, ow), kh * kw))": FILLED,
        "y, self.area = (np.empty((*x.shape[:2], oh, ow), x.dtype), np.full((oh, ow), kh * kw))": FILLED,
        "y[:, :, u, v] += window.sum(axis=(2, 3)) / self.area[u, v]": "added to 0",
        "shares = grad / self.area": "float64 on the way",
    },
    "11.winograd_matrices": {
        "finite = [[t ** power for power in range(n)] for t in points]": "integers become floats in the array",
        "return np.array([*finite, [-0.0] * (n - 1) + [1.0]])": SIGN,
    },
    "11.winograd_conv2d": {
        "rows, columns = (--oh, -(-ow // m))": ROOM,
        "rows, columns = (-(-oh // m), --ow)": ROOM,
    },
    "12b.dense_matrix": {"unit[index] += 1": "added to 0"},
    "13.interpolate": {
        "place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0)": "both neighbours are the last pixel",
        "place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n)": "both neighbours are the last pixel",
        "place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n + 1)": "both neighbours are the last pixel",
        "place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n - 0)": "both neighbours are the last pixel",
        "left = place.astype(int)": "a place is not negative",
        "share = (place - left).astype(x.dtype).reshape(-2, *[1] * (x.ndim - axis - 1))": "NumPy takes -2 for -1",
    },
    "13.bilinear_kernel": {
        "heights = -(1 - abs(np.arange(k) - centre) / factor)": SIGN,
        "heights = abs(np.arange(k) - centre) / factor - 1": SIGN,
        "heights = 1 - abs(centre - np.arange(k)) / factor": SIGN,
    },
}  # fmt: skip

# How many mutants of the variants pass. They were read: most are right for the same reasons, some need a stranger input.
# Of lesson 6, up to four pad too little and read what lies behind the array, which may be the zeros they should have read.
OF_VARIANTS = {
    "01.Value": 24, "01.backward": 9, "01.topological_order": 14, "02.central_difference": 3, "02.gradcheck": 59,
    "02.numerical_gradient": 26, "02.relative_error": 55, "03.MatMul": 11, "03.Mean": 10, "03.Mul": 6,
    "03.Tensor": 47, "03.unbroadcast": 6, "04.CrossEntropy": 18, "04.LogSoftmax": 8, "04.Module": 6, "04.ReLU": 6,
    "04.SGD": 9, "04.train_step": 3, "05.conv2d": 8, "05.conv2d_backward": 12, "05.output_size": 3, "06.col2im": 5,
    "06.im2col": 18, "07.conv_backward_input": 7, "07.conv_backward_weight": 6, "07.conv_forward": 8,
    "08.parallel_col2im": 11, "08.tiled_conv2d": 10, "09.add_bias": 11, "09.col2im_gather": 3, "09.conv_tiled": 33,
    "09.relu_guarded": 8, "09.relu_map": 4, "09.sum_of_three": 18, "10.AvgPool2d": 8, "10.max_pool2d": 52, "10.max_pool2d_backward": 15, "11.f23": 5,
    "11.winograd_conv2d": 72, "11.winograd_matrices": 19, "12.conv_transpose2d": 27,
    "12.conv_transpose2d_backward": 15, "12.lengths_before": 2, "12b.dense_matrix": 10, "13.bilinear_kernel": 22,
    "13.interpolate": 10, "13.upsample": 25,
}  # fmt: skip


def test_mutants_are_small_changes():
    texts = {mutant.text.splitlines()[-1].strip() for mutant in mutants("def f(x, y):\n    return x - 2 * y[0]")}
    assert {"return x + 2 * y[0]", "return x - 3 * y[0]", "return 2 * y[0]", "return x - 2 * y", "return x - 2 * x[0]"} <= texts
    assert "return x - 2 * y[0]" not in texts


def test_no_mutant_of_a_short_solution_passes():
    lesson = ladder.find_lesson("12")
    assert len(of_solution(lesson, "lengths_before")) > 40
    assert not list(passing(lesson, "lengths_before", of_solution(lesson, "lengths_before")))


def test_mutants_pass_a_check_that_asks_little(monkeypatch):
    lesson = ladder.find_lesson("12")
    exercise = lesson.exercises["lengths_before"]
    monkeypatch.setitem(lesson.exercises, "lengths_before", replace(exercise, properties=exercise.properties[:1]))
    assert list(passing(lesson, "lengths_before", of_solution(lesson, "lengths_before")))


@pytest.mark.slow
@exercises
def test_mutants_of_the_solution_that_pass_are_right(lesson, name):
    found = {mutant.now for _, mutant in passing(lesson, name, of_solution(lesson, name))}
    assert found == set(RIGHT.get(f"{lesson.number}.{name}", ()))


@pytest.mark.slow
@exercises
def test_no_more_mutants_of_the_variants_pass_than_are_known(lesson, name):
    found = [f"{answer}, {mutant}" for answer, mutant in passing(lesson, name, of_variants(lesson, name))]
    assert len(found) <= OF_VARIANTS.get(f"{lesson.number}.{name}", 0), "\n".join(found)
