"""What gradcheck promises: when it says right and wrong, what its report tells, and that it leaves no traces."""

import numpy as np
import pytest

from minifcn import Tensor, default_generator, manual_seed
from minifcn import functional as F
from minifcn.function import Function
from minifcn.gradcheck import GradcheckReport, GradientError, assert_gradients, gradcheck
from minifcn.gradcheck.catalogue import Case, normal
from minifcn.gradcheck.subject import Subject
from minifcn.gradcheck.table import run_cases, run_table, step_errors
from minifcn.tensor import apply

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4))


def operation(forward, backward):
    """A function of one tensor from formulas: forward(x) and backward(x, grad)."""

    class Op(Function):
        def forward(self, x):
            self.x = x
            return forward(x)

        def backward(self, grad):
            return backward(self.x, grad)

    return lambda x: apply(Op, x)


def square(backward):
    return operation(lambda x: x * x, backward)


# Right and wrong ------------------------------------------------------------------------------------------------------


def test_a_right_gradient_is_right_to_1e_9():
    report = gradcheck(square(lambda x, g: 2 * x * g), X)
    assert report and report.ok and report.error < 1e-9


def test_a_relative_error_of_1e_5_is_wrong():
    assert not gradcheck(square(lambda x, g: 2 * x * g * (1 + 1e-5)), X)


def test_one_wrong_entry_is_found():
    def wrong(x, g):
        result = 2 * x * g
        result[2, 1] *= 1.001
        return result

    report = gradcheck(square(wrong), X)
    assert not report
    assert report.index == (2, 1) and report.where == "input 0"
    assert report.ratio == pytest.approx(1.001)


def test_one_wrong_entry_of_a_large_input_is_found():
    x = np.random.default_rng(1).standard_normal((50, 60))

    def wrong(x, g):
        result = 2 * x * g
        result[20, 30] = -result[20, 30]
        return result

    assert gradcheck(square(lambda x, g: 2 * x * g), x)
    report = gradcheck(square(wrong), x)
    assert not report and report.index is None and "along a random direction" in str(report)
    assert report.cause.startswith("one entry: the gradient is wrong at (20, 30) and right elsewhere")


def test_a_pattern_of_a_large_input_is_found_along_directions_or_a_smaller_input_is_advised():
    x = np.random.default_rng(1).standard_normal((50, 60))
    assert gradcheck(square(lambda x, g: x * g), x).cause.startswith("factor: every entry is 1/2 times")
    assert "with a smaller input" in gradcheck(square(lambda x, g: 2 * x * g * (x > 0)), x).cause


def test_zeros_in_the_place_of_softmax_s_gradient_are_found():
    """With a cotangent of ones they would pass, for the sum of a softmax does not change."""
    zeros = operation(lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True), lambda x, g: np.zeros_like(x))
    assert "zero" in gradcheck(zeros, X).cause


def test_an_error_in_the_second_input_is_found():
    report = gradcheck(lambda a, b: a * Tensor(b.data), [X, X + 1])
    assert not report and report.where == "input 1"


def test_an_error_in_a_parameter_is_found():
    weight = Tensor(RNG.standard_normal((2, 4)), requires_grad=True)
    assert gradcheck(lambda x: F.linear(x, weight), X, [weight])
    report = gradcheck(lambda x: F.linear(x, weight.detach()), X, {"weight": weight})
    assert not report and report.where == "parameter weight"


def test_a_parameter_that_needs_no_gradient_is_left_out():
    frozen = Tensor(RNG.standard_normal((2, 4)))
    assert gradcheck(lambda x: F.linear(x, frozen), X, [frozen])


def test_integer_inputs_are_passed_on():
    assert gradcheck(lambda x, target: F.cross_entropy(x, target), [X, np.array([1, 0, 3])])


@pytest.mark.parametrize(
    "inputs, names",
    [
        (3.0, ("input 0",)),
        (3, ("input 0",)),
        ([3.0, [[1.0, 2.0], [0.5, 4.0]]], ("input 0", "input 1")),
        ((np.float64(2), 3), ("input 0",)),
    ],
    ids=str,
)
def test_python_floats_and_lists_of_them_are_float64_inputs(inputs, names):
    assert gradcheck(lambda x, y=2.0: x * x * y, inputs)
    assert Subject(lambda x: x, inputs, (), 0).names == names


def test_what_is_neither_a_number_nor_an_array_is_passed_on():
    def power(x, n, how, sizes):
        assert n == 2 and how == "sum" and sizes == [1, 2]
        return (x**n).sum()

    assert gradcheck(power, [X, 2, "sum", [1, 2]])


def test_an_empty_input_and_a_scalar_are_right():
    assert gradcheck(lambda x: x * x, np.zeros((0, 3))).checked == 0
    assert gradcheck(lambda x: x * x, np.array(3.0))


@pytest.mark.parametrize("seed", range(6))
def test_a_gradient_that_is_zero_but_for_rounding_is_right(seed):
    """Batch norm takes the mean away, and with it whatever the bias before it adds."""
    rng = np.random.default_rng(seed)
    inputs = [rng.standard_normal(shape) for shape in ((2, 3, 5, 6), (4, 3, 3, 3), (4,))]
    assert gradcheck(lambda *x: F.batch_norm(F.conv2d(*x), None, None, training=True), inputs)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_the_size_of_the_values_does_not_matter(size):
    assert gradcheck(lambda x: size * x * x, X)
    assert gradcheck(lambda x: x * x, size * X)
    assert not gradcheck(square(lambda x, g: 2.001 * x * g), size * X)


def test_an_error_on_top_of_a_large_constant_is_found():
    assert gradcheck(operation(lambda x: x * x + 1e6, lambda x, g: 2 * x * g), X)
    assert not gradcheck(operation(lambda x: x * x + 1e6, lambda x, g: 2.1 * x * g), X)


# Rules apart from the numbers -----------------------------------------------------------------------------------------


def raises(x, g):
    raise IndexError("no such axis")


calls = []


def every_second_time(x, g):
    calls.append(1)
    return 2 * x * g * (1 + 1e-8 * (len(calls) % 2))


again = []


def raises_later(x, g):
    again.append(1)
    if len(again) > 1:
        raise IndexError("nothing is left")
    return 2 * x * g


def overwritten(x, g):
    g *= 2
    return x * g


def input_overwritten(x, g):
    result = 2 * x * g
    x += 1e-12
    return result


BUFFER = np.empty_like(X)


def in_one_buffer(x, g):
    return np.multiply(2 * x, g, out=BUFFER)


@pytest.mark.parametrize(
    "backward, words",
    [
        (raises, "backward() raised IndexError: no such axis"),
        (every_second_time, "run twice"),
        (raises_later, "backward() raised IndexError in the check 'repeatable': nothing is left"),
        (overwritten, "`grad`, the cotangent, was changed"),
        (input_overwritten, "input 0 was changed by backward"),
        (lambda x, g: 2 * x * g + 1e-9, "a cotangent of zeros"),
        (lambda x, g: np.where(abs(g) > 1.6, 0, 2 * x * g), "not linear in the cotangent"),
        (lambda x, g: (2 * x * g)[0], "shape (4,)"),
        (lambda x, g: (2 * x * g).tolist(), "backward gave a list, not an array, for input 0"),
        (lambda x, g: (2 * x * g).astype(np.float32), "float32"),
        (lambda x, g: np.where(abs(g) < 1e-3, 0, 2 * x * g), "not linear in the cotangent"),
        (lambda x, g: (2 * x * g).clip(-100, 100), "not linear in the cotangent"),
        (in_one_buffer, "f(x) + 3 f(x) does not have four times the gradient"),
        (lambda x, g: 2 * x * g if g.flags.c_contiguous else x * g, "not contiguous in memory but has gaps"),
        (lambda x, g: 2 * x * g * (1 if min(g.strides) >= 0 else 2), "but runs backwards"),
        (lambda x, g: 2 * x * g * (1 if g.strides[0] >= g.strides[1] else 2), "but has its axes in Fortran's order"),
        (lambda x, g: 2 * x * g * (1 if any(g.strides) else 2), "but repeats one number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_rule_is_named(backward, words):
    report = gradcheck(square(backward), X)
    assert not report
    assert words in str(report)


def test_a_gradient_that_depends_on_who_else_needs_one_is_named():
    class Product(Function):
        def forward(self, a, b):
            self.a, self.b = a, b
            return a * b

        def backward(self, grad):
            return grad * self.b, grad * self.a if self.needs_grad[0] else grad * self.b

    report = gradcheck(lambda a, b: apply(Product, a, b), [X, X + 1])
    assert not report and "input 1 gets a different gradient when it alone requires one" in report.cause


def test_a_function_that_draws_other_numbers_each_time_is_named():
    rng = np.random.default_rng(0)
    report = gradcheck(lambda x: F.dropout(x, 0.5, generator=rng), X)
    assert not report and "another result when called again" in report.cause


def test_dropout_has_one_mask():
    assert gradcheck(lambda x: F.dropout(x, 0.5) * F.dropout(x, 0.3), X)


@pytest.mark.parametrize("value", [-1.0, 0.0, np.inf, 1e308])
def test_a_function_outside_its_domain_is_named_without_warnings_of_numpy(value):
    with np.errstate(all="raise", under="ignore"):
        assert "nan or inf" in gradcheck(lambda x: (x.log() - x) * x * x, np.array([value, 1.0])).cause


def test_a_gradient_that_is_not_finite_is_named():
    report = gradcheck(square(lambda x, g: np.where(x > 1, np.inf, 2 * x * g)), X)
    assert not report and "not finite" in report.cause


def test_a_result_without_a_graph_is_named():
    assert "not linked" in gradcheck(lambda x: x.detach(), X).cause


def jumps(x):
    """Jumps everywhere, at every scale."""
    return np.sin(x * 1e9) * 43758.5453 % 1


# Kinks ----------------------------------------------------------------------------------------------------------------


def test_inputs_on_a_kink_are_nudged():
    report = gradcheck(F.relu, np.zeros((3, 4)))
    assert report and report.nudged == 12 and report.kinks == 0


def test_ties_in_a_pool_are_nudged():
    report = gradcheck(lambda x: F.max_pool2d(x, 2), np.ones((1, 2, 4, 4)))
    assert report and report.nudged and report.kinks == 0


def test_a_kink_close_by_is_stepped_over():
    x = np.array([1e-4, -3e-5, 1e-3 / 3, 2e-6, 1.0])
    report = gradcheck(F.relu, x)
    assert report and report.nudged == 0 and report.kinks == 0


def test_a_kink_does_not_excuse_a_wrong_gradient():
    for x in (np.zeros((3, 4)), np.full((3, 4), 1e-6), X):
        assert not gradcheck(operation(lambda x: np.maximum(x, 0), lambda x, g: g * (x > 0) * 1.01), x)


def test_a_kink_that_stays_is_left_out_and_named():
    flat = operation(lambda x: np.append(x[:-1] * x[:-1], jumps(x[-1])), lambda x, g: 2 * x * g * (x != x[-1]))
    report = gradcheck(flat, np.arange(1.0, 21.0) + 0.5)
    assert report.kinks == 1 and report.kinks_at == "input 0 at (19,)"
    assert report, report
    assert "1 left out, the first at input 0 at (19,)" in str(report)


def test_a_function_of_nothing_but_jumps_is_wrong():
    report = gradcheck(operation(jumps, lambda x, g: 0 * g), X)
    assert not report and "kinks" in report.cause and "does the function jump" in str(report)


def test_in_a_large_input_a_kink_is_nudged_as_well():
    report = gradcheck(F.relu, np.zeros((30, 30)))
    assert report and report.nudged and report.kinks == 0


# The report -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "backward, cause",
    [
        (lambda x, g: -2 * x * g, "sign: every entry"),
        (lambda x, g: x * g, "factor: every entry is 1/2 times"),
        (lambda x, g: 4 * x * g, "factor: every entry is 2 times"),
        (lambda x, g: -6 * x * g, "factor: every entry is -3 times"),
        (lambda x, g: 2.5 * x * g, "factor: every entry is 1.25 times"),
        (lambda x, g: 0 * x, "zero"),
        (lambda x, g: 2 * x, "cotangent dropped"),
        (lambda x, g: (2 * x * g)[::-1], "flipped: the gradient is reversed along axes (0,)"),
        (lambda x, g: np.roll(2 * x * g, 1, 1), "shifted: the gradient is one position off along axis 1"),
        (lambda x, g: 2 * x * g * (x > 0), "missing"),
        (lambda x, g: 2 * abs(x) * g, "sign: "),
        (lambda x, g: 2 * x * g * np.where(x > 0, 1, 3), "entries are 3 times too large, the others right"),
        (lambda x, g: 2 * x * g + g.sum(1, keepdims=True), "missing term: the error is the same all along axis 1"),
    ],
)
def test_the_likely_cause_is_named(backward, cause):
    report = gradcheck(square(backward), X)
    assert not report
    assert cause in report.cause
    assert cause in str(report)


def test_a_cause_is_found_where_the_first_cotangent_shows_nothing():
    first = []

    def wrong(x, g):
        first[:] = first or [g.flat[0]]
        return 2 * x * g * (1 if abs(g.flat[0]) == abs(first[0]) else 3)

    assert gradcheck(square(wrong), X).cause.startswith("factor: every entry is 3 times")


def test_a_gradient_of_steps_is_named():
    steps = operation(np.floor, lambda x, g: g)
    assert gradcheck(steps, X).cause.startswith("too much: every entry should be 0")


def test_a_transposed_gradient_is_named():
    x = np.random.default_rng(2).standard_normal((4, 4))
    report = gradcheck(square(lambda x, g: (2 * x * g).T.copy()), x)
    assert report.cause == "transposed: the gradient has its axes in the order (1, 0)"


def test_a_fault_at_the_border_is_named():
    def wrong(x, g):
        result = 2 * x * g
        result[:, :, 0] = np.random.default_rng(0).random(5) * g[:, :, 0]
        return result

    x = np.random.default_rng(3).standard_normal((1, 2, 4, 5))
    assert "rim" in gradcheck(square(wrong), x).cause


def test_the_report_of_a_wrong_gradient_reads_well():
    report = gradcheck(square(lambda x, g: 4 * x * g), X, name="square")
    assert not report
    lines = str(report).splitlines()
    assert lines[0] == f"gradcheck square: WRONG, {report.checked} numbers compared"
    assert lines[1].startswith("  largest relative error  5.0e-01  (accepted: 1e-06)")
    assert lines[2].startswith("  there                   input 0 at (")
    assert "backward() says" in lines[3]
    assert "ratio 2" in lines[4]
    assert lines[5].startswith("  likely cause            factor: every entry is 2 times")
    assert len(lines) == 6 and max(map(len, lines)) <= 120


def test_the_report_of_a_right_gradient_says_so():
    report = gradcheck(F.tanh, X)
    assert isinstance(report, GradcheckReport)
    assert str(report).startswith("gradcheck tanh: right, ")
    assert "cause" not in str(report)


def test_assert_gradients_raises_with_the_report():
    assert assert_gradients(F.tanh, X)
    with pytest.raises(GradientError, match="factor: every entry is 2 times") as caught:
        assert_gradients(square(lambda x, g: 4 * x * g), X)
    assert isinstance(caught.value, AssertionError)
    assert not caught.value.report


# No traces ------------------------------------------------------------------------------------------------------------


def test_the_inputs_are_never_written():
    x, t = X.copy(), Tensor(X.copy(), requires_grad=True)
    gradcheck(lambda a, b: F.relu(a) * b, [x, t])
    assert np.array_equal(x, X) and np.array_equal(t.data, X)
    assert t.grad is None and t.requires_grad


def test_parameters_and_their_gradients_are_put_back():
    weight = Tensor(np.zeros((2, 4)), requires_grad=True)
    weight.grad = grad = np.ones((2, 4))
    data = weight.data
    gradcheck(lambda x: F.relu(F.linear(x, weight)), X, [weight])
    assert weight.data is data and not data.any() and weight.grad is grad


def test_parameters_are_put_back_after_an_error():
    weight = Tensor(RNG.standard_normal((2, 4)), requires_grad=True)
    before = weight.data.copy()

    def fails_when_shifted(x):
        if not np.array_equal(weight.data, before):
            raise ZeroDivisionError
        return F.linear(x, weight)

    with pytest.raises(ZeroDivisionError):
        gradcheck(fails_when_shifted, X, [weight])
    assert np.array_equal(weight.data, before)


def test_the_default_generator_is_put_back():
    manual_seed(5)
    state = default_generator().bit_generator.state
    gradcheck(lambda x: F.dropout(x, 0.5), X)
    assert default_generator().bit_generator.state == state


def test_the_same_seed_gives_the_same_report():
    first, second = (str(gradcheck(F.tanh, X, seed=3)) for _ in range(2))
    assert first == second != str(gradcheck(F.tanh, X, seed=4))


def test_the_memory_layout_of_an_input_is_checked_as_it_is():
    assert Subject(F.tanh, np.asfortranarray(X), (), 0).leaves[0].data.flags.f_contiguous


# Wrong calls ----------------------------------------------------------------------------------------------------------


def test_float32_is_refused():
    with pytest.raises(TypeError, match="input 0 is float32, expected float64.*convert with .to"):
        gradcheck(F.relu, X.astype(np.float32))
    with pytest.raises(TypeError, match="parameter bias is float32"):
        gradcheck(F.relu, X, {"bias": Tensor(np.zeros(3, np.float32), requires_grad=True)})


def test_nothing_to_check_is_refused():
    with pytest.raises(ValueError, match="no float64 input and no parameter"):
        gradcheck(lambda x: x, np.arange(3))


def test_a_function_that_gives_no_tensor_is_refused():
    with pytest.raises(TypeError, match="gave tuple, expected one tensor"):
        gradcheck(lambda x: x.max(0), X)


# The table and the curve ----------------------------------------------------------------------------------------------

GOOD = Case("tanh", F.tanh, normal((3, 4)))
BAD = Case("a wrong square", square(lambda x, g: x * g), normal((2, 2)))


def test_the_table_tells_right_from_wrong(capsys):
    assert run_table([GOOD], progress=False)
    assert not run_table([GOOD, BAD], progress=False)
    printed = capsys.readouterr().out
    assert "2x2" in printed and "1 of 2 right" in printed and "likely cause            factor" in printed


def test_the_table_s_rows_carry_the_reports():
    rows = run_cases([GOOD, BAD], progress=False)
    assert [bool(row.report) for row in rows] == [True, False]
    assert [row.name for row in rows] == ["tanh", "a wrong square"]


def test_the_step_curve_is_a_v():
    steps = 10.0 ** -np.arange(1, 13)
    curve = {name: errors for name, (_, errors) in step_errors(lambda x: x.exp(), X, steps).items()}
    for name, order in (("central", 2), ("extrapolated", 4)):
        best = curve[name].argmin()
        assert 0 < best < len(steps) - 1
        assert curve[name][0] / curve[name][1] == pytest.approx(10**order, rel=0.2)
        assert curve[name][-1] > 1e3 * curve[name][best]
    assert curve["extrapolated"].min() < 1e-11
