"""Wrong answers to lesson 2 that people really write, each with the hint that belongs to it. See also variants.py."""

import math

import numpy as np

from minifcn.course.exercise import Mistake

MISTAKES = {
    "central_difference": [
        Mistake(
            "one_sided_forward",
            "This is the one-sided difference, from x to x + h. Its error is of the size of h; from x - h to x + h"
            " it is h * h.",
            answer="forward_difference",
        ),
        Mistake(
            "one_sided_backward",
            "This is the one-sided difference, from x - h to x. Its error is of the size of h; from x - h to x + h"
            " it is h * h.",
            answer="backward_difference",
        ),
        Mistake(
            "divides_by_h",
            "Twice the right slope: from x - h to x + h the distance is 2h, not h.",
            changes=(("/ (2 * h)", "/ h"),),
        ),
        Mistake(
            "brackets_missing",
            "a / 2 * h is (a / 2) * h in Python. Put the 2 * h into brackets.",
            changes=(("/ (2 * h)", "/ 2 * h"),),
        ),
        Mistake(
            "not_divided",
            "This is the rise alone. A slope is rise over run: divide by the distance from x - h to x + h.",
            changes=((" / (2 * h)", ""),),
        ),
        Mistake(
            "half_steps",
            "You step half of h to either side. Step a whole h each way, and divide by 2h.",
            answer="half_step_each",
        ),
        Mistake(
            "half_steps_twice",
            "You step half of h to either side but divide by 2h, so the slope is halved.",
            answer="half_step_over_two",
        ),
        Mistake(
            "double_steps",
            "You step 2h to either side. The difference with step h goes from x - h to x + h.",
            answer="double_step_each",
        ),
        Mistake(
            "starts_at_x",
            "The interval must have x in its middle, from x - h to x + h. From x to x + 2h the difference is"
            " one-sided, with its large error.",
            answer="from_x_on",
        ),
        Mistake(
            "adds",
            "The two values must be subtracted: the rise is what f has gained between the ends.",
            changes=(("f(x + h) - f(x - h)", "f(x + h) + f(x - h)"),),
        ),
        Mistake(
            "wrong_sign",
            "The sign is wrong: it is the value on the right, at x + h, minus the value on the left.",
            answer="left_minus_right",
        ),
        Mistake(
            "own_step",
            "The step h of the call is not used. It must be, or nobody could plot the error against it.",
            answer="ignores_h",
        ),
        Mistake(
            "five_points",
            "This is a better formula, with four points, but the exercise asks for the two-point one: its error is part of the"
            " story.",
            answer="four_points",
        ),
        Mistake(
            "numerator_without_brackets",
            "f(x + h) - f(x - h) / (2 * h) divides the second value only. Put the whole rise into brackets.",
            changes=(("(f(x + h) - f(x - h)) /", "f(x + h) - f(x - h) /"),),
        ),
        Mistake(
            "double_steps_over_two",
            "You step 2h to either side, but divide by 2h, so the slope is doubled. With step h, the ends are x - h"
            " and x + h.",
            changes=(("f(x + h) - f(x - h)", "f(x + 2 * h) - f(x - 2 * h)"),),
        ),
        Mistake(
            "step_grows_with_x",
            "Your step depends on x. Use h itself, on both sides and in 2h: whoever calls this has chosen it.",
            answer="step_times_size",
            also=("step_times_x",),
        ),
        Mistake(
            "second_derivative",
            "This measures how the slope changes, the second derivative. The slope is f(x + h) - f(x - h), divided by 2h.",
            answer="curvature",
        ),
        Mistake(
            "rounded",
            "You round. The error of the formula is what this lesson measures, down to the last digits: return the number as it"
            " is.",
            changes=(("return (f(x + h) - f(x - h)) / (2 * h)", "return round((f(x + h) - f(x - h)) / (2 * h), 4)"),),
            also=("rounded_to_six", "whole_quotient"),
        ),
        Mistake(
            "absolute_value",
            "Slopes have signs: where f falls, the slope is negative. Leave out the absolute value.",
            changes=(("(f(x + h) - f(x - h)) /", "abs(f(x + h) - f(x - h)) /"),),
        ),
    ],
    "numerical_gradient": [
        Mistake(
            "grad_unused",
            "The upstream gradient is not used: this is the gradient of the plain sum of the outputs, as if it"
            " were all ones.",
            changes=(("np.sum(grad * (f(higher) - f(lower)))", "np.sum(f(higher) - f(lower))"),),
        ),
        Mistake(
            "mean_of_outputs",
            "You take the mean over the outputs. The effects of one entry on all outputs are summed.",
            changes=(("np.sum(grad * (f(higher) - f(lower)))", "np.mean(grad * (f(higher) - f(lower)))"),),
        ),
        Mistake(
            "sign_of_grad_lost",
            "Upstream gradients have signs, and they count: an output with a negative upstream gradient pulls the other way.",
            changes=(("np.sum(grad *", "np.sum(abs(grad) *"),),
        ),
        Mistake(
            "sums_apart",
            "Each output's change must be multiplied by its own upstream gradient BEFORE they are summed.",
            changes=(("np.sum(grad * (f(higher) - f(lower)))", "np.sum(grad) * np.sum(f(higher) - f(lower))"),),
        ),
        Mistake(
            "only_its_own_output",
            "One entry of x can move every output, not only the one at its own place. Sum over all outputs.",
            answer="same_place",
            also=("its_own_output",),
        ),
        Mistake(
            "all_entries_at_once",
            "All entries move together here, so each gets the sum of all effects. Move one entry at a time.",
            answer="moves_all",
        ),
        Mistake(
            "one_sided",
            "This is the one-sided difference. Move the entry down by h as well, and divide by 2h: the error falls from h to"
            " h * h.",
            changes=(("lower[index] -= h", "lower[index] -= 0"), ("/ (2 * h)", "/ h")),
        ),
        Mistake(
            "divides_by_h",
            "Twice the right slope: from x - h to x + h the distance is 2h, not h.",
            changes=(("/ (2 * h)", "/ h"),),
        ),
        Mistake(
            "brackets_missing",
            "a / 2 * h is (a / 2) * h in Python. Put the 2 * h into brackets.",
            changes=(("/ (2 * h)", "/ 2 * h"),),
        ),
        Mistake(
            "in_place",
            "f may return x itself, or a view of it. If you then move x, the result that you have kept moves as well. Give f"
            " copies.",
            answer="moves_x_itself",
        ),
        Mistake(
            "never_moved_back",
            "Entries that were moved stay moved, so later ones are measured at another place. Start each entry from the given"
            " x.",
            answer="leaves_moved",
            also=("moved_down_only", "copy_moved_down_only"),
        ),
        Mistake(
            "no_copies",
            "`higher = x` makes no copy: both names mean one array, so what goes up comes down again, and nothing changes. Use"
            " x.copy().",
            changes=(("x.copy(), x.copy()", "x, x"),),
        ),
        Mistake(
            "one_grad",
            "Each OUTPUT has an upstream gradient. Multiply the outputs' changes by them, and then sum; here only the upstream gradient at the"
            " place of the input counts.",
            answer="grad_at_index",
            also=("grad_at_the_end",),
        ),
        Mistake(
            "no_sum",
            "One entry of the gradient is one number: sum grad * change over all outputs.",
            changes=(("np.sum(grad * (f(higher) - f(lower)))", "(grad * (f(higher) - f(lower)))"),),
        ),
        Mistake(
            "matrix_product",
            "np.dot and @ of two matrices are a matrix product. Multiply element by element with *, then sum.",
            changes=(("np.sum(grad * (f(higher) - f(lower)))", "np.sum(np.dot(grad, f(higher) - f(lower)))"),),
        ),
        Mistake(
            "shape_of_the_grad",
            "The gradient has one entry for each entry of x, so it has the shape of x; the upstream gradient has"
            " that of f(x).",
            changes=(("zeros_like(x)", "zeros_like(grad)"),),
        ),
        Mistake(
            "two_loops",
            "x may have one axis, or three, or none. np.ndindex(x.shape) goes through the indices of any shape.",
            answer="rows_and_columns",
        ),
        Mistake(
            "flat_index",
            "x[7] is row 7, not entry 7. np.ndindex(x.shape) gives the indices of single entries.",
            answer="counts_entries",
        ),
        Mistake(
            "step_times_entry",
            "You multiply the entry by 1 + h. Add h to it: the step is the same for all entries.",
            changes=(("higher[index] += h", "higher[index] *= 1 + h"), ("lower[index] -= h", "lower[index] *= 1 - h")),
        ),
        Mistake(
            "returns_too_early",
            "Only the first entry is there: the return is inside the loop.",
            changes=(("    return gradient", "        return gradient"),),
        ),
        Mistake(
            "another_default",
            "When h is left out, it is 1e-5. A larger step has a larger error, a much smaller one only rounding.",
            changes=(("h=1e-5", "h=1e-2"),),
            also=("tiny_default",),
        ),
        Mistake(
            "no_default",
            "h may be left out. Give it its default, h=1e-5, in the first line.",
            changes=(("h=1e-5", "h"),),
        ),
        Mistake(
            "first_axis_only",
            "You go through the first axis only, and move whole rows. Every single entry needs its turn: np.ndindex(x.shape)"
            " gives all indices.",
            answer="row_by_row",
        ),
        Mistake(
            "flat",
            "The numbers are right, but the gradient must have the shape of x.",
            changes=(("return gradient", "return gradient.ravel()"),),
        ),
        Mistake(
            "own_step",
            "The step h of the call is not used.",
            answer="ignores_step",
        ),
        Mistake(
            "wrong_sign",
            "The sign is wrong: it is the result with the entry moved up, minus the result with it moved down.",
            changes=(("f(higher) - f(lower)", "f(lower) - f(higher)"),),
        ),
    ],
    "relative_error": [
        Mistake(
            "absolute",
            "This is the absolute error. 1e-9 is a lot if the gradient is 1e-9: divide by the size of the numbers.",
            changes=(("abs(a - b) / size", "abs(a - b)"),),
        ),
        Mistake(
            "signed",
            "Without the absolute value a difference below zero counts as less than no error. Take abs(a - b).",
            changes=(("abs(a - b) / size", "(a - b) / size"),),
        ),
        Mistake(
            "mean",
            "A mean hides one wrong entry among a thousand right ones. Take the worst.",
            changes=((".max())\n", ".mean())\n"),),
        ),
        Mistake(
            "sizes_only",
            "You compare sizes, |a| with |b|, so a wrong sign goes unseen. Subtract first, then take the absolute value.",
            changes=(("abs(a - b) / size", "abs(abs(a) - abs(b)) / size"),),
        ),
        Mistake(
            "root_of_squares",
            "All errors together make this number, so it grows with the size of the array. Only the worst entry counts: take the"
            " maximum.",
            changes=(("(abs(a - b) / size).max()", "np.sqrt((abs(a - b) ** 2 / size**2).sum())"),),
        ),
        Mistake(
            "floor_added",
            "The floor is a lower limit, not a part of the size: the larger of the two, not their sum.",
            changes=(
                ("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "np.maximum(abs(a), abs(b)) + 1e-3 * scale"),
            ),
        ),
        Mistake(
            "smaller_of_both",
            "You divide by the smaller of |a| and |b|. The size of an entry is the larger one.",
            changes=(
                (
                    "np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)",
                    "np.maximum(np.minimum(abs(a), abs(b)), 1e-3 * scale)",
                ),
            ),
        ),
        Mistake(
            "only_a",
            "You divide by the first array alone. If it is 0 where the other is not, the error is infinite; take the larger of"
            " both.",
            changes=(("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "np.maximum(abs(a), 1e-3 * scale)"),),
        ),
        Mistake(
            "sum_of_both",
            "You divide by |a| + |b|, which halves small errors. The size is the larger of the two.",
            changes=(("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "np.maximum(abs(a) + abs(b), 1e-3 * scale)"),),
        ),
        Mistake(
            "no_floor",
            "1e-11 beside an exact 0 is rounding, but here it is an error of 1. No size may be below 1e-3 of the"
            " largest entry.",
            changes=(("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "np.maximum(np.maximum(abs(a), abs(b)), 1e-300)"),),
        ),
        Mistake(
            "fixed_floor",
            "The floor must go with the scale: a thousandth of the largest entry, not a fixed number, or tiny gradients are never"
            " wrong.",
            changes=(("1e-3 * scale)", "1e-3)"),),
        ),
        Mistake(
            "norms",
            "You compare with the largest entry of the whole array, so a small entry may be quite wrong. Each entry has a size of"
            " its own.",
            changes=(("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "scale"),),
            also=("norm_of_norms",),
        ),
        Mistake(
            "only_b",
            "You divide by the second array alone. If it is 0 where the other is not, the error is infinite; take the larger of"
            " both.",
            changes=(("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)", "np.maximum(abs(b), 1e-3 * scale)"),),
        ),
        Mistake(
            "size_without_abs",
            "The larger of -5 and 2 is 2, but the size of the pair is 5. Take abs(a) and abs(b) before you compare them.",
            changes=(("np.maximum(abs(a), abs(b))", "np.maximum(a, b)"),),
        ),
        Mistake(
            "scale_without_abs",
            "The scale is the largest of all |a| and |b|. Without abs it is 0 or negative for an array of negative numbers.",
            changes=(("max(abs(a).max(), abs(b).max())", "max(a.max(), b.max())"),),
        ),
        Mistake(
            "scale_of_a",
            "The scale comes from one of the arrays only. If that one is all zeros, everything passes; take the"
            " largest of both.",
            changes=(("max(abs(a).max(), abs(b).max())", "abs(a).max()"),),
            also=("scale_of_b", "zeros_are_right"),
        ),
        Mistake(
            "an_array",
            "You return the error of every entry. Return only the largest, as a float.",
            changes=(("float((abs(a - b) / size).max())", "abs(a - b) / size"),),
        ),
        Mistake(
            "inf_slips_through",
            "You look for nan only. inf is no number either: np.isfinite finds both.",
            changes=(("not (np.isfinite(a).all() and np.isfinite(b).all())", "np.isnan(a).any() or np.isnan(b).any()"),),
        ),
        Mistake(
            "one_of_them_unchecked",
            "nan and inf can be in either array, so check both.",
            changes=(("(np.isfinite(a).all() and np.isfinite(b).all())", "np.isfinite(a).all()"),),
            also=("only_b_checked",),
        ),
        Mistake(
            "nothing_over_nothing",
            "0 / 0 is nan. Two arrays of zeros are equal: their error is 0.",
            answer="divides_zero",
        ),
        Mistake(
            "nan_is_lost",
            "nan and inf cannot be compared: every comparison with nan is False, so it slips through. Return"
            " math.inf.",
            changes=(
                ("a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all())", "a.shape != b.shape"),
                ("(abs(a - b) / size).max()", "np.nanmax(abs(a - b) / size)"),
            ),
        ),
        Mistake(
            "nan_is_returned",
            "nan is returned for what is not a number. `nan > 1e-6` is False, so a caller may take it for no error: return"
            " math.inf.",
            changes=(("a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all())", "a.shape != b.shape"),),
        ),
        Mistake(
            "broadcasts",
            "Arrays of different shapes broadcast here. A gradient of another shape is wrong: return math.inf.",
            changes=(("a.shape != b.shape or not", "not"),),
        ),
        Mistake(
            "raises",
            "A gradient of another shape has an infinite error. Return math.inf, and raise nothing.",
            answer="insists_on_shapes",
        ),
    ],
    "gradcheck": [
        Mistake(
            "ones",
            "You start backward with ones. A softmax sums to 1 whatever x is, so its gradient is then 0, and zeros pass. Use"
            " random numbers of both signs.",
            changes=(("rng.standard_normal(np.shape(forward(*inputs)))", "np.ones(np.shape(forward(*inputs)))"),),
        ),
        Mistake(
            "one_sign",
            "Your upstream gradient has one sign only, so a backward that cuts off negative gradients passes. Use random numbers of both"
            " signs.",
            changes=(("rng.standard_normal(np.shape(forward(*inputs)))", "rng.uniform(0.5, 1.5, np.shape(forward(*inputs)))"),),
        ),
        Mistake(
            "one_number",
            "All entries of your upstream gradient are the same number: that is ones again, times a factor. Draw"
            " one for each output.",
            changes=(("rng.standard_normal(np.shape(forward(*inputs)))", "np.full(np.shape(forward(*inputs)), -1.7)"),),
            also=("minus_ones",),
        ),
        Mistake(
            "plus_or_minus_one",
            "With upstream gradients of 1 and -1 only, grad and its sign are the same thing. Draw numbers of"
            " different sizes, too.",
            changes=(
                ("rng.standard_normal(np.shape(forward(*inputs)))", "rng.choice([-1.0, 1.0], np.shape(forward(*inputs)))"),
            ),
        ),
        Mistake(
            "first_input_only",
            "Only the first input is looked at. Each input has a gradient of its own, and each can be wrong.",
            changes=(("in enumerate(inputs):", "in enumerate(inputs[:1]):"),),
        ),
        Mistake(
            "last_verdict",
            "Only the last input decides. Return False as soon as one gradient is wrong, True only after all of them.",
            answer="last_input_decides",
        ),
        Mistake(
            "any_right",
            "One right gradient is enough for you to accept. All of them must be right.",
            answer="one_is_enough",
        ),
        Mistake(
            "sums",
            "You compare sums. Two entries that changed places have the same sum: compare entry by entry.",
            answer="compares_sums",
            also=("compares_plain_sums",),
        ),
        Mistake(
            "one_entry",
            "Only one entry is compared. A forgotten stride leaves the first entry right: compare all.",
            answer="compares_first_entry",
        ),
        Mistake(
            "absolute",
            "You compare by an absolute tolerance. A gradient of 1e-9 is then never wrong, and one of 1e9 never right. Use"
            " relative_error.",
            answer="absolute_tolerance",
            also=("absolute_and_broadcast",),
        ),
        Mistake(
            "too_loose",
            "The tolerance is so loose that a gradient that is off by a tenth of a percent passes. In float64 a right gradient"
            " meets 1e-6.",
            changes=(("<= 1e-6", "<= 1e-2"),),
            also=("loose",),
        ),
        Mistake(
            "too_tight",
            "Right backwards are rejected. Do both sides have the same grad, and the same x? Is the tolerance about 1e-6? No"
            " finite difference is right to 12 digits.",
            changes=(("<= 1e-6", "<= 1e-12"),),
        ),
        Mistake(
            "broadcasts",
            "A gradient of another shape passes, because it broadcasts. Compare the shapes as well; relative_error does.",
            answer="shape_unseen",
            also=("flattens",),
        ),
        Mistake(
            "nan_passes",
            "A nan passes: every comparison with it is False. Accept what is known to be small, `error <= 1e-6`, in place of"
            " rejecting what is large.",
            answer="nan_unseen",
            also=("nan_against_scale",),
        ),
        Mistake(
            "mean_of_errors",
            "A mean of absolute errors hides one wrong entry, and knows no scale. Use relative_error for each input.",
            answer="averages_errors",
        ),
        Mistake(
            "always_the_first",
            "You vary the first input each time. The gradient of input i needs only(forward, inputs, i).",
            changes=(("only(forward, inputs, i), x", "only(forward, inputs, 0), x"),),
        ),
        Mistake(
            "grad_of_input_shape",
            "The upstream gradient has the shape of the RESULT, np.shape(forward(*inputs)), not of an input.",
            changes=(("np.shape(forward(*inputs))", "inputs[0].shape"),),
        ),
        Mistake(
            "result_without_shape",
            "forward may return a plain number, which has no .shape. np.shape(forward(*inputs)) works for numbers"
            " and arrays.",
            changes=(("np.shape(forward(*inputs))", "forward(*inputs).shape"),),
        ),
        Mistake(
            "backward_without_inputs",
            "backward takes the upstream gradient AND the inputs: backward(grad, *inputs).",
            changes=(("backward(grad, *inputs)", "backward(grad)"),),
        ),
        Mistake(
            "large_step",
            "Your step is too large: the measured gradient is then itself off by more than 1e-6, and right"
            " backwards are rejected.",
            changes=(("x, grad)", "x, grad, 1e-2)"),),
        ),
        Mistake(
            "one_output",
            "Your upstream gradient is 0 but for one output, so only that output is looked at. Draw a random"
            " number for each.",
            answer="first_output_only",
        ),
        Mistake(
            "always_true",
            "Wrong backwards are accepted. Every input and every entry must count, for a random upstream gradient of both signs, with a"
            " relative error of at most 1e-6.",
            changes=(("return False", "pass"),),
        ),
        Mistake(
            "allclose",
            "np.allclose accepts every difference below its atol of 1e-8, so a gradient of 1e-9 is never wrong, and its rtol of"
            " 1e-5 is looser than 1e-6.",
            changes=(
                ("relative_error(gradients[i], measured) <= 1e-6", "np.allclose(gradients[i], measured)"),
            ),
        ),
        Mistake(
            "one_output_at_a_time",
            "With a single 1 as upstream gradient, grad squared and |grad| are grad itself, so a backward that uses"
            " these passes. Draw random numbers.",
            answer="single_ones",
        ),
        Mistake(
            "upside_down",
            "The verdict is the wrong way round: True means that the backward is right.",
            answer="says_wrong",
        ),
        Mistake(
            "returns_error",
            "You return a number. The caller wants a verdict: True or False.",
            answer="gives_the_error",
        ),
    ],
}


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


def backward_difference(f, x, h):
    return (f(x) - f(x - h)) / h


def half_step_each(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / h


def half_step_over_two(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / (2 * h)


def double_step_each(f, x, h):
    return (f(x + 2 * h) - f(x - 2 * h)) / (4 * h)


def from_x_on(f, x, h):
    return (f(x + 2 * h) - f(x)) / (2 * h)


def left_minus_right(f, x, h):
    return (f(x - h) - f(x + h)) / (2 * h)


def ignores_h(f, x, h):
    h = 1e-5
    return (f(x + h) - f(x - h)) / (2 * h)


def four_points(f, x, h):
    return (8 * (f(x + h) - f(x - h)) - f(x + 2 * h) + f(x - 2 * h)) / (12 * h)


def same_place(f, x, grad, h=1e-5):
    if np.shape(f(x)) != x.shape:
        return np.zeros_like(x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = (np.asarray(grad) * (f(higher) - f(lower)))[index] / (2 * h)
    return gradient


def its_own_output(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = grad[index] * (f(higher)[index] - f(lower)[index]) / (2 * h)
    return gradient


def moves_all(f, x, grad, h=1e-5):
    return np.full(x.shape, np.sum(grad * (f(x + h) - f(x - h))) / (2 * h))


def moves_x_itself(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        here = x[index].item()
        x[index] = here + h
        higher = f(x)
        x[index] = here - h
        lower = f(x)
        x[index] = here
        gradient[index] = np.sum(grad * (higher - lower)) / (2 * h)
    return gradient


def leaves_moved(f, x, grad, h=1e-5):
    gradient, higher, lower = np.zeros_like(x), x.copy(), x.copy()
    for index in np.ndindex(x.shape):
        higher[index] += h
        lower[index] -= h
        gradient[index] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def row_by_row(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(len(np.atleast_1d(x))):
        higher, lower = x.copy(), x.copy()
        higher[i if x.ndim else ()] += h
        lower[i if x.ndim else ()] -= h
        gradient[i if x.ndim else ()] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def ignores_step(f, x, grad, h=1e-5):
    h = 1e-5
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def divides_zero(a, b):
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    scale = max(abs(a).max(), abs(b).max())
    with np.errstate(all="ignore"):
        return float((abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)).max())


def insists_on_shapes(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    scale = max(abs(a).max(), abs(b).max())
    if scale == 0:
        return 0.0
    return float((abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)).max())


def both_gradients(forward, backward, inputs):
    """For each input what backward says and what is measured, with one random upstream gradient."""
    grad = np.random.default_rng(0).standard_normal(np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(grad, *inputs)):
        measured = numerical_gradient(  # noqa: F821  (given by the exercise)
            lambda v, i=i: forward(*inputs[:i], v, *inputs[i + 1 :]), inputs[i], grad
        )
        yield gradient, measured


def error_of(gradient, measured):
    return relative_error(gradient, measured)  # noqa: F821  (given by the exercise)


def single_ones(forward, backward, *inputs):
    shape = np.shape(forward(*inputs))
    for place in np.ndindex(*shape):
        one = np.zeros(shape)
        one[place] = 1.0
        for i, gradient in enumerate(backward(one, *inputs)):
            measured = numerical_gradient(  # noqa: F821  (given by the exercise)
                lambda v, i=i: forward(*inputs[:i], v, *inputs[i + 1 :]), inputs[i], one
            )
            if not error_of(gradient, measured) <= 1e-6:
                return False
    return True


def last_input_decides(forward, backward, *inputs):
    for gradient, measured in both_gradients(forward, backward, inputs):
        verdict = error_of(gradient, measured) <= 1e-6
    return verdict


def one_is_enough(forward, backward, *inputs):
    return any(error_of(*pair) <= 1e-6 for pair in both_gradients(forward, backward, inputs))


def compares_sums(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return all(error_of(np.sum(gradient), np.sum(measured)) <= 1e-6 for gradient, measured in pairs)


def compares_first_entry(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return all(error_of(gradient.flat[:1], measured.flat[:1]) <= 1e-6 for gradient, measured in pairs)


def absolute_tolerance(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return all(g.shape == m.shape and bool((abs(g - m) <= 1e-6).all()) for g, m in pairs)


def absolute_and_broadcast(forward, backward, *inputs):
    return not any(abs(g - m).max() > 1e-6 for g, m in both_gradients(forward, backward, inputs))


def loose(forward, backward, *inputs):
    return all(error_of(*pair) <= 1e-4 for pair in both_gradients(forward, backward, inputs))


def minus_ones(forward, backward, *inputs):
    grad = -np.ones(np.shape(forward(*inputs)))
    for i, gradient in enumerate(backward(grad, *inputs)):
        measured = numerical_gradient(  # noqa: F821  (given by the exercise)
            lambda v, i=i: forward(*inputs[:i], v, *inputs[i + 1 :]), inputs[i], grad
        )
        if not error_of(gradient, measured) <= 1e-6:
            return False
    return True


def shape_unseen(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return all(error_of(*np.broadcast_arrays(gradient, measured)) <= 1e-6 for gradient, measured in pairs)


def nan_unseen(forward, backward, *inputs):
    for gradient, measured in both_gradients(forward, backward, inputs):
        if gradient.shape != measured.shape or (abs(gradient - measured) > 1e-6 * abs(measured).max()).any():
            return False
    return True


def says_wrong(forward, backward, *inputs):
    return not all(error_of(*pair) <= 1e-6 for pair in both_gradients(forward, backward, inputs))


def gives_the_error(forward, backward, *inputs):
    return max(error_of(*pair) for pair in both_gradients(forward, backward, inputs))


def step_times_size(f, x, h):
    step = h * max(1.0, abs(x))
    return (f(x + step) - f(x - step)) / (2 * step)


def step_times_x(f, x, h):
    step = h * abs(x)
    return (f(x + step) - f(x - step)) / (2 * step)


def curvature(f, x, h):
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def rounded_to_six(f, x, h):
    return round((f(x + h) - f(x - h)) / (2 * h), 6)


def whole_quotient(f, x, h):
    return (f(x + h) - f(x - h)) // (2 * h)


def moved_down_only(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        higher = np.sum(f(x) * grad)
        x[index] -= 2 * h
        gradient[index] = (higher - np.sum(f(x) * grad)) / (2 * h)
    return gradient


def copy_moved_down_only(f, x, grad, h=1e-5):
    return moved_down_only(f, x.copy(), grad, h)


def grad_at_index(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = grad[index] * np.sum(f(higher) - f(lower)) / (2 * h)
    return gradient


def grad_at_the_end(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = np.sum(f(higher) - f(lower)) / (2 * h)
    return gradient * grad


def rows_and_columns(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            higher, lower = x.copy(), x.copy()
            higher[i, j] += h
            lower[i, j] -= h
            gradient[i, j] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def counts_entries(f, x, grad, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(x.size):
        higher, lower = x.copy(), x.copy()
        higher[i] += h
        lower[i] -= h
        gradient[i] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def tiny_default(f, x, grad, h=1e-12):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient


def error_by_scale(a, b, scale):
    """The relative error with a scale of one's own."""
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    if scale == 0:
        return 0.0
    return float((abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)).max())


def norm_of_norms(a, b):
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    size = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def scale_of_b(a, b):
    return error_by_scale(a, b, abs(b).max())


def zeros_are_right(a, b):
    return error_by_scale(a, b, a.any() and b.any() and max(abs(a).max(), abs(b).max()))


def only_b_checked(a, b):
    if a.shape != b.shape or not np.isfinite(b).all():
        return math.inf
    scale = max(abs(a).max(), abs(b).max())
    return float((abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)).max()) if scale else 0.0


def compares_plain_sums(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return all(bool(abs(np.sum(g) - np.sum(m)) <= 1e-6 * max(abs(np.sum(g)), abs(np.sum(m)), 1e-3)) for g, m in pairs)


def flattens(forward, backward, *inputs):
    return all(error_of(np.ravel(g), np.ravel(m)) <= 1e-6 for g, m in both_gradients(forward, backward, inputs))


def nan_against_scale(forward, backward, *inputs):
    for gradient, measured in both_gradients(forward, backward, inputs):
        if (abs(gradient - measured) / max(abs(measured).max(), 1e-300) > 1e-6).any():
            return False
    return True


def averages_errors(forward, backward, *inputs):
    pairs = both_gradients(forward, backward, inputs)
    return bool(np.mean([np.mean(abs(gradient - measured)) for gradient, measured in pairs]) <= 1e-6)


def first_output_only(forward, backward, *inputs):
    one = np.zeros(np.shape(forward(*inputs)))
    one[(0,) * one.ndim] = 1.0
    for i, gradient in enumerate(backward(one, *inputs)):
        measured = numerical_gradient(  # noqa: F821  (given by the exercise)
            lambda v, i=i: forward(*inputs[:i], v, *inputs[i + 1 :]), inputs[i], one
        )
        if not error_of(gradient, measured) <= 1e-6:
            return False
    return True
