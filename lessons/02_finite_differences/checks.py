"""What lesson 2's answers must do: measure a slope, measure a gradient, compare two gradients, and judge a backward.

A function is given as text, "np.tanh(x)", and made in the student's process. With large steps a central difference is far
from the derivative, so that it can be told from every other formula; with small ones it must be the derivative. The
backwards that gradcheck has to judge are right or wrong by construction. Read mistakes.py next.
"""

import math

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# central_difference -----------------------------------------------------------------------------------------------


def difference(central_difference, f, x, h):
    return central_difference(eval("lambda x: " + f, {"np": np, "math": math}), x, h)


def slope_of(f, x, h, note=""):
    """The central difference itself, for steps large enough to tell it from the derivative."""
    function = eval("lambda x: " + f, {"np": np, "math": math})
    return Case((f, x, h), (function(x + h) - function(x - h)) / (h + h), {}, note)


def cube_by_hand(rng):
    yield Case(("x**3", 2.0, 0.1), 12.01, {}, "(2.1**3 - 1.9**3) / 0.2 = (9.261 - 6.859) / 0.2")
    yield Case(("x**3", 2.0, 0.5), 12.25)
    yield Case(("x**3", 0.0, 2.0), 4.0)


def polynomials(rng):
    yield Case(("5 * x - 2", 3.0, 0.25), 5.0, {}, "a line has one slope")
    yield Case(("7 + 0 * x", 1.0, 0.5), 0.0)
    for x in -1.5, 0.0, 4.0:
        yield Case(("x * x", x, 0.5), 2 * x, {}, "a parabola: no error, whatever the step")
    for h in 2.0, 1.0, 0.125, 0.001:
        yield slope_of("x**3 - x", -1.5, h)


def other_curves(rng):
    for f in "math.exp(x)", "math.sin(3 * x)", "1 / x", "math.tanh(x)", "abs(x)":
        yield slope_of(f, float(rng.uniform(1.0, 2.0)), 0.3)
        yield slope_of(f, float(rng.uniform(-2.0, -1.0)), 0.05)


def small_steps(rng):
    for f, slope in ("math.exp(x)", math.exp), ("math.sin(x)", math.cos), ("x**4", lambda x: 4 * x**3):
        for h in 1e-4, 1e-5:
            x = float(rng.uniform(0.5, 1.2))
            yield Case((f, x, h), slope(x), {}, "a small step gives the derivative", 1e-7)


# numerical_gradient -----------------------------------------------------------------------------------------------


def measured(numerical_gradient, f, x, grad, h):
    return numerical_gradient(eval("lambda x: " + f, {"np": np}), x, grad, h)


def default_step(numerical_gradient, f, x, grad):
    return numerical_gradient(eval("lambda x: " + f, {"np": np}), x, grad)


def gradient_of(f, x, grad, h, note=""):
    """Entry by entry in plain Python, each from two arrays made for it alone."""
    function = eval("lambda x: " + f, {"np": np})
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        higher, lower = np.array(x), np.array(x)
        higher[index] += h
        lower[index] -= h
        gradient[index] = float(np.sum(grad * (function(higher) - function(lower)))) / (2 * h)
    return Case((f, x, grad, h), gradient, {}, note)


def squares_by_hand(rng):
    x, grad = np.array([1.0, 3.0]), np.array([10.0, -1.0])
    yield Case(("x * x", x, grad, 0.5), np.array([20.0, -6.0]), {}, "grad * 2x")
    yield Case(("np.sum(x * x)", x, -2.0, 0.5), np.array([-4.0, -12.0]), {}, "a result that is one number")
    yield Case(("x[0] * x", x, grad, 0.5), np.array([17.0, -1.0]), {}, "x[0] is in both results: 2 * 10 + 3 * -1")


def all_entries(rng):
    for f in "x * x", "np.exp(x)", "x**3", "x * x.sum()", "np.tanh(x) * x[::-1]":
        for shape in (1,), (3,), (2, 3), (2, 1, 4):
            x = signed(rng, *shape)
            yield gradient_of(f, x, signed(rng, *shape), 0.25)


def other_shapes(rng):
    x = signed(rng, 3, 4)
    for f in "x.sum(axis=0)", "x @ x.T", "np.outer(x[0], x[1])", "(x**2).mean()", "x[1] * x[2]", "np.stack([x, x**3])":
        y = eval("lambda x: " + f, {"np": np})(x)
        yield gradient_of(f, x, signed(rng, *np.shape(y)), 0.3, f"{f} has shape {np.shape(y)}")
    yield gradient_of("x**3", np.asarray(signed(rng)), -1.5, 0.3, "x is one number, of shape ()")


def views(rng):
    for f in "x", "x.T", "x[:, ::2]", "x.reshape(-1)", "x[::-1]":
        x = signed(rng, 2, 3)
        shape = eval("lambda x: " + f)(x).shape
        yield gradient_of(f, x, signed(rng, *shape), 0.25, f"{f} shares its memory with x")


def steps(rng):
    x, grad = signed(rng, 2, 2), signed(rng, 2, 2)
    for h in 1.0, 0.5, 0.1, 0.01:
        yield gradient_of("x**3", x, grad, h)
    x = signed(rng, 2, 3)
    yield Case(("np.exp(x)", x, np.ones((2, 3)), 1e-5), np.exp(x), {}, "a small step gives the derivative", 1e-7)


def without_step(rng):
    x, grad = signed(rng, 2, 3), signed(rng, 2, 3)
    yield Case(("np.exp(x)", x, grad), grad * np.exp(x), {}, "h is left out", 1e-7)
    yield Case(("np.sin(x).sum()", x, -1.5), -1.5 * np.cos(x), {}, "h is left out", 1e-7)


# relative_error ---------------------------------------------------------------------------------------------------


def apart(a, b):
    """The largest relative error, one pair of numbers after the other."""
    a, b = [float(v) for v in np.ravel(a)], [float(v) for v in np.ravel(b)]
    scale = max(map(abs, a + b))
    return max((abs(p - q) / max(abs(p), abs(q), 1e-3 * scale) for p, q in zip(a, b)), default=0.0) if scale else 0.0


def pair(a, b, note=""):
    a, b = np.array(a, float), np.array(b, float)
    return Case((a, b), apart(a, b), {}, note)


def errors_by_hand(rng):
    yield Case((np.array([10.0]), np.array([8.0])), 0.2, {}, "2 of 10")
    yield Case((np.array([8.0]), np.array([10.0])), 0.2, {}, "the same, the other way round")
    yield Case((np.array([4.0, 100.0]), np.array([5.0, 100.0])), 0.2, {}, "1 of 5; the 100 is right")
    yield Case((np.array([-2.0, 1.0]), np.array([2.0, 1.0])), 2.0, {}, "a wrong sign: 4 of 2")


def equal_arrays(rng):
    yield pair([1.0, -2.0], [1.0, -2.0])
    yield pair([[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]], "nothing but zeros: no error, and no 0 / 0")
    yield pair([0.0, 3.0], [0.0, 3.0], "a zero in both")
    yield pair(2.5, 2.5, "numbers of shape ()")


def worst_entry(rng):
    for shape in (4,), (2, 3), (3, 1, 2):
        a = signed(rng, *shape)
        for size in 0.5, 1e-2, 1e-5:
            b = a.copy()
            b[tuple(n - 1 for n in shape)] *= 1 + size
            b[tuple(0 for _ in shape)] *= 1 - size / 3
            yield pair(a, b)
    a = signed(rng, 3, 2)
    yield pair(a, -a, "all signs wrong")
    yield pair(a, a + signed(rng, 3, 2))
    yield pair([-5.0, 100.0], [-4.0, 100.0], "1 of 5, though -5 is below -4")
    yield pair([3.0, 0.0], [0.0, 0.0], "zeros in b only")
    yield pair([0.0, 2.0], [1.0, 2.0], "0 where 1 is right")
    yield pair([1.0, 2.0], [0.0, 2.0], "1 where 0 is right")
    yield pair([0.0, 0.0], [0.3, -0.2], "zeros throughout where there should be something")


def any_scale(rng):
    for scale in 1e-12, 1e-6, 1e6, 1e12:
        yield pair(np.array([1.0, -3.0, 2.0]) * scale, np.array([1.0, -3.0, 2.5]) * scale, f"everything times {scale:g}")


def rounding_beside_zero(rng):
    yield pair([5.0, 0.0], [5.0, 1e-11], "rounding where 0 is right: the scale is 5, so 1e-11 of 5e-3")
    yield pair([2e6, 0.0, -1.0], [2e6, 1e-5, -1.0], "the largest entry is 2e6")
    yield pair([1.0, 5e-4], [1.0, 4e-4], "a small entry, beside a thousandth of the largest")
    for a, b in (2.0, 4.0), (4.0, 2.0), (-2.0, -4.0), (-4.0, -2.0):
        yield pair([0.003, a], [-0.003, b], "the scale is 4, the largest of all |a| and |b|, so 0.006 of 4e-3")


def not_equal(rng):
    two, nan, inf = np.array([1.0, 2.0]), math.nan, math.inf
    yield Case((two, np.array([[1.0, 2.0]])), inf, {}, "shapes (2,) and (1, 2)")
    yield Case((np.array([2.0]), np.array([2.0, 2.0])), inf, {}, "shapes (1,) and (2,)")
    yield Case((np.array(2.0), np.array([2.0])), inf, {}, "shapes () and (1,)")
    yield Case((np.array([nan, 2.0]), two), inf, {}, "nan is no number: never a small error")
    yield Case((two, np.array([1.0, nan])), inf, {}, "nan is no number: never a small error")
    yield Case((np.array([nan, 1.0]), np.array([nan, 1.0])), inf, {}, "two nans agree on nothing")
    yield Case((np.array([1.0, inf]), two), inf)
    yield Case((np.array([1.0, inf]), np.array([1.0, inf])), inf, {}, "inf - inf is nan")
    yield Case((np.array([1.0, -inf]), two), inf)


# gradcheck --------------------------------------------------------------------------------------------------------


def judged(gradcheck, forward, backward, *inputs):
    softmax = lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    forward, backward = (eval(text, {"np": np, "softmax": softmax}) for text in (forward, backward))
    return gradcheck(forward, backward, *inputs)


def verdict(right):
    """A maker of cases for one verdict; forward and backward are the texts behind `lambda x:` and `lambda grad, x:`."""

    def make(forward, backward, *inputs, note=""):
        names = ", ".join("xyz"[: len(inputs)])
        return Case((f"lambda {names}: {forward}", f"lambda grad, {names}: {backward}", *inputs), right, {}, note)

    return make


right, wrong = verdict(True), verdict(False)
def first_pair(rng):
    x = signed(rng, 3)
    yield right("x * x", "[grad * 2 * x]", x)
    yield wrong("x * x", "[grad * x]", x, note="the factor 2 is missing")


def right_ones(rng):
    x = signed(rng, 3, 4)
    yield right("np.tanh(x)", "[grad * (1 - np.tanh(x) ** 2)]", x)
    yield right("np.exp(x)", "[grad * np.exp(x)]", signed(rng, 2, 1, 3))
    yield right("np.maximum(x, 0)", "[grad * (x > 0)]", x)
    yield right("x.T", "[grad.T]", x)
    yield right("softmax(x)", "[softmax(x) * (grad - (grad * softmax(x)).sum(axis=-1, keepdims=True))]", x)
    yield right("x - x.mean(axis=0)", "[grad - grad.mean(axis=0)]", x)
    yield right("x.sum()", "[np.full(x.shape, grad)]", x, note="the result is one number")
    yield right("float(x @ x)", "[grad * 2 * x]", signed(rng, 3), note="the result is a plain Python number")
    yield right("x * x", "[2 * grad * x]", np.asarray(signed(rng)), note="x is one number, of shape ()")


def several_inputs(rng):
    x, y = signed(rng, 2, 3), signed(rng, 3, 4)
    yield right("x @ y", "[grad @ y.T, x.T @ grad]", x, y)
    yield right("x + y", "[grad, grad.sum(axis=0)]", x, signed(rng, 3))
    yield right("x * y + z", "(grad * y, grad * x, grad)", *signed(rng, 3, 2), note="a tuple of three")
    square = signed(rng, 3, 3)
    yield wrong("x @ y", "[grad @ y.T, grad @ x]", square, signed(rng, 3, 3), note="the first gradient is right")
    yield wrong("x @ y", "[grad @ y, x.T @ grad]", square, signed(rng, 3, 3), note="the second gradient is right")
    yield wrong("x * y + z", "[grad * y, grad * x, 0 * grad]", *signed(rng, 3, 2), note="the third is wrong")
    yield wrong("x - y", "[grad, grad]", *signed(rng, 2, 4))


def unseen_with_ones(rng):
    x = signed(rng, 3, 4)
    square = signed(rng, 3, 3)
    yield wrong("softmax(x)", "[np.zeros(x.shape)]", x, note="with ones, its gradient is 0")
    yield wrong("softmax(x)", "[softmax(x) * (grad - grad.mean(axis=-1, keepdims=True))]", x)
    yield wrong("x - x.mean()", "[0 * x]", x, note="with ones, its gradient is 0")
    yield wrong("np.exp(x)", "[np.exp(x)]", x, note="grad is dropped")
    yield wrong("x.T", "[grad]", square, note="not transposed back; x is square")
    yield wrong("x[::-1]", "[grad]", x, note="not turned back")
    yield wrong("np.exp(x)", "[grad**2 * np.exp(x)]", x, note="grad is squared")
    yield wrong("x * x", "[grad.mean() * 2 * x]", x, note="grad is averaged")


def unseen_with_one_sign(rng):
    x = signed(rng, 3, 4)
    yield wrong("np.exp(x)", "[abs(grad) * np.exp(x)]", x)
    yield wrong("np.exp(x)", "[np.maximum(grad, 0) * np.exp(x)]", x, note="negative gradients are cut off")
    yield wrong("np.exp(x)", "[np.minimum(grad, 0) * np.exp(x)]", x, note="positive gradients are cut off")
    yield wrong("x * x", "[np.sign(grad) * 2 * x]", x, note="only the sign of grad is used")


def single_entries(rng):
    x = signed(rng, 4, 5)
    for place in (0, 0), (3, 4), (1, 2), (2, 0), (0, 4):
        marked = f"np.arange(20).reshape(4, 5) == {5 * place[0] + place[1]}"
        yield wrong("x**3", f"[grad * 3 * x**2 * np.where({marked}, -1, 1)]", x, note=f"wrong only at {place}")
    swap = "np.array([1, 0, 2, 3])"
    yield wrong("x**3", f"[(grad * 3 * x**2)[{swap}]]", x, note="two rows changed places: every sum is as it should be")
    yield wrong("x[:, ::2]", "[np.concatenate([grad, np.zeros((4, 2))], axis=1)]", x, note="the stride is forgotten")


def sizes(rng):
    x = signed(rng, 3, 2)
    for scale in "1e-9", "1e-5", "1e5", "1e9":
        yield right(f"{scale} * x**3", f"[grad * {scale} * 3 * x**2]", x)
        yield wrong(f"{scale} * x**3", f"[grad * {scale} * 2 * x**2]", x, note="2 in place of 3")
    yield wrong("np.tanh(x)", "[grad * (1 - np.tanh(x) ** 2) * 1.001]", x, note="a tenth of a percent too much")
    yield wrong("np.tanh(x)", "[grad * (1 - np.tanh(x) ** 2) * 1.00003]", x, note="0.003 percent too much")
    yield wrong("np.tanh(x)", "[grad * (1 - np.tanh(x) ** 2) - 1e-3]", x, note="a small constant too much")


def zeros_and_rounding(rng):
    x = signed(rng, 3)
    yield right("0 * x", "[0 * grad]", x, note="a gradient of zeros")
    yield right("softmax(x).sum() + 100 * x[0]", "[grad * np.array([100.0, 0, 0])]", x, note="rounding beside exact zeros")
    yield right("x[:, ::2]", "[np.repeat(grad, 2, axis=1)[:, :5] * [1, 0, 1, 0, 1]]", signed(rng, 2, 5))
    yield wrong("0 * x + 1", "[grad]", x)
    yield wrong("x * x", "[0 * grad]", x)


def not_numbers(rng):
    x = signed(rng, 3, 1)
    yield wrong("x * x", "[grad * 2 * x * np.nan]", x, note="a gradient of nan")
    yield wrong("x * x", "[np.where(x == x[0], np.nan, grad * 2 * x)]", x, note="one nan")
    yield wrong("x * x", "[np.where(x == x[0], np.inf, grad * 2 * x)]", x, note="one inf")
    yield wrong("x * x", "[(grad * 2 * x).ravel()]", x, note="the shape is lost")
    yield wrong("x + y", "[grad, grad.sum(axis=0)]", signed(rng, 2, 3), signed(rng, 1, 3), note="shape (3,) for a y of (1, 3)")
    yield wrong("x + y", "[grad, grad]", signed(rng, 2, 3), signed(rng, 3), note="shape (2, 3) for a y of (3,)")


EXERCISES = [
    Exercise(
        "central_difference",
        (
            Property("the worked example: x**3 at 2 with steps of 0.1", cube_by_hand, 1, difference),
            Property("lines and parabolas have no error, cubes have h**2", polynomials, 1, difference),
            Property("other curves, with large steps", other_curves, 1, difference),
            Property("a small step gives the derivative", small_steps, 1, difference),
        ),
        hints=(
            "Rise over run. The rise is how much f changes between the two ends; how far is it from x - h to x + h?",
            "The distance is 2h. Mind the brackets: a / 2 * h is not a / (2 * h).",
            "f(x + h) minus f(x - h), all of it divided by (2 * h).",
        ),
    ),
    Exercise(
        "numerical_gradient",
        (
            Property("the worked example: x * x at (1, 3) with grad (10, -1)", squares_by_hand, 1, measured),
            Property("every entry, in any shape", all_entries, 2, measured),
            Property("results whose shape is not that of x", other_shapes, 1, measured),
            Property("functions that return a view of their argument", views, 1, measured),
            Property("the step is h", steps, 1, measured),
            Property("h may be left out", without_step, 1, default_step),
        ),
        hints=(
            ("One entry of x at a time. Move it up by h, move it down by h, and see how ALL outputs change. Each"
             " output's change counts with its own upstream gradient."),
            ("np.ndindex(x.shape) gives every index of an array of any shape. Make two copies of x, change that one entry in each,"
            " and call f on both."),
            ("gradient[index] is np.sum(grad * (f(higher) - f(lower))) / (2 * h), where higher and lower are copies of x with"
            " h added and subtracted at index. Start from np.zeros_like(x)."),
        ),
    ),
    Exercise(
        "relative_error",
        (
            Property("worked numbers", errors_by_hand, 1),
            Property("equal arrays have the error 0, zeros too", equal_arrays, 1),
            Property("the worst entry counts", worst_entry, 1),
            Property("the same for tiny and for huge gradients", any_scale, 1),
            Property("rounding beside a zero is no error", rounding_beside_zero, 1),
            Property("a different shape, nan or inf is an infinite error", not_equal, 1),
        ),
        hints=(
            "Three steps: first whatever is not comparable (shapes, nan, inf), then the scale, then |a - b| over a size.",
            ("scale is one number, the largest of all |a| and |b|. If it is 0, both are zeros. The size is an array: the largest of"
            " |a|, |b| and 1e-3 * scale at each place."),
            ("np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale) is the size; the answer is the maximum of abs(a - b) / size."
            " np.isfinite(a).all() tells whether a has no nan and no inf."),
        ),
    ),
    Exercise(
        "gradcheck",
        (
            Property("accepts x * x with 2x, rejects it with x", first_pair, 1, judged),
            Property("accepts right backwards", right_ones, 1, judged),
            Property("looks at every input", several_inputs, 2, judged),
            Property("rejects what an upstream gradient of ones would miss", unseen_with_ones, 2, judged),
            Property("rejects what an upstream gradient of one sign would miss", unseen_with_one_sign, 1, judged),
            Property("rejects one wrong entry, anywhere", single_entries, 1, judged),
            Property("judges tiny, huge and nearly right gradients alike", sizes, 1, judged),
            Property("accepts zeros, with and without rounding", zeros_and_rounding, 1, judged),
            Property("rejects nan, inf and wrong shapes", not_numbers, 1, judged),
        ),
        uses=("02.numerical_gradient", "02.relative_error"),
        hints=(
            (
                "Make one random upstream gradient with the shape of the result, numbers of both signs. Ask backward for its"
                " gradients, measure the same ones, and compare input by input."
            ),
            (
                "To measure the gradient of input i, the others must be held fixed: only(forward, inputs, i) is that"
                " function of one argument, ready for numerical_gradient."
            ),
            (
                "grad = rng.standard_normal(np.shape(forward(*inputs))). Return True only if for EVERY i the relative_error of"
                " gradient i and numerical_gradient(only(forward, inputs, i), inputs[i], grad) is at most 1e-6."
            ),
        ),
    ),
]
