"""Which dtypes meet, and what comes of it: PyTorch's rules for bool, integer and floating operands, row by row."""

import operator

import numpy as np
import pytest

import minifcn
from minifcn import Tensor, cat, stack, tensor, where

torch = pytest.importorskip("torch")

DTYPES = ["bool", "uint8", "int32", "int64", "float32", "float64"]
OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "==": operator.eq, "<": operator.lt, ">=": operator.ge,
}  # fmt: skip
NUMBERS = [2, 1, -1, 2.5, True, np.float64(2.5), np.int64(2), np.float32(0.1)]
OURS = {  # where we go another way than PyTorch, and why
    "bool ** True":  "PyTorch refuses every other power of two bools",
    "uint8 < -1":    "PyTorch compares with -1 modulo 256; here the numbers themselves are compared",
    "-1 < uint8":    "likewise",
    "uint8 >= -1":   "likewise",
    "-1 >= uint8":   "likewise",
    **{f"{dtype} - True": "a number is welcome, True too; a bool tensor is not" for dtype in DTYPES[1:]},
    **{f"True - {dtype}": "likewise" for dtype in DTYPES[1:]},
}  # fmt: skip
TWO_FLOATS = {("float32", "float64"), ("float64", "float32")}


def outcome(call):
    """(dtype, values) of a call's result; None where it raises."""
    try:
        y = call()
    except (TypeError, ValueError, RuntimeError, ZeroDivisionError):
        return None
    return str(y.dtype).removeprefix("torch."), y.numpy().tolist()


def same(ours, theirs):
    return ours == theirs or (
        None not in (ours, theirs) and ours[0] == theirs[0] and np.allclose(ours[1], theirs[1], 1e-6, 0, equal_nan=True)
    )


def differences(pairs):
    """The rows in which the outcomes of two calls are not the same."""
    with np.errstate(all="ignore"):
        found = {name: (outcome(ours), outcome(theirs)) for name, ours, theirs in pairs}
    return {name: both for name, both in found.items() if not same(*both)}


def both(values, dtype):
    array = np.array(values, dtype)
    return Tensor(array), torch.tensor(array)


@pytest.mark.parametrize("sign", OPERATORS)
def test_a_tensor_and_a_number_promote_as_pytorchs(sign):
    apply, rows = OPERATORS[sign], []
    for dtype in DTYPES:
        x, t = both([1, 0, 3], dtype)
        for k in NUMBERS:
            rows.append((f"{dtype} {sign} {k!r}", lambda x=x, k=k: apply(x, k), lambda t=t, k=k: apply(t, k)))
            rows.append((f"{k!r} {sign} {dtype}", lambda x=x, k=k: apply(k, x), lambda t=t, k=k: apply(k, t)))
    assert set(differences(rows)) == {name for name, *_ in rows if name in OURS}


@pytest.mark.parametrize("sign", OPERATORS)
def test_two_tensors_promote_as_pytorchs(sign):
    apply, rows = OPERATORS[sign], []
    for a in DTYPES:
        for b in DTYPES:
            if (a, b) in TWO_FLOATS:
                continue
            for second in ([1, 2, 2], 2):
                (x, t), (y, u) = both([1, 0, 3], a), both(second, b)
                ours, theirs = (lambda x=x, y=y: apply(x, y)), (lambda t=t, u=u: apply(t, u))
                rows.append((f"{a} {sign} {b} {second}", ours, theirs))
    assert not differences(rows)


@pytest.mark.parametrize("name", ["cat", "stack", "where"])
def test_joining_and_choosing_promote_as_pytorchs(name):
    condition = np.array([True, False, True])
    ours = {"cat": lambda x, y: cat([x, y]), "stack": lambda x, y: stack([x, y]),
            "where": lambda x, y: where(condition, x, y)}[name]  # fmt: skip
    theirs = {"cat": lambda x, y: torch.cat([x, y]), "stack": lambda x, y: torch.stack([x, y]),
              "where": lambda x, y: torch.where(torch.tensor(condition), x, y)}[name]  # fmt: skip
    rows = []
    for a in DTYPES:
        (x, t), numbers = both([1, 0, 3], a), [2, 2.5, True, -1] if name == "where" else []
        pairs = [both([1, 2, 2], b) for b in DTYPES if (a, b) not in TWO_FLOATS] + [(k, k) for k in numbers]
        rows += [(f"{a}, {y!r}", lambda x=x, y=y: ours(x, y), lambda t=t, u=u: theirs(t, u)) for y, u in pairs]
    assert not differences(rows)


@pytest.mark.parametrize("name", ["neg", "abs", "exp", "log", "sqrt", "sum", "mean", "max"])
def test_an_operation_on_one_tensor_has_pytorchs_dtype(name):
    call = (lambda x: -x) if name == "neg" else operator.methodcaller(name)
    tensors = [both([1, 0, 3], dtype) for dtype in DTYPES]
    assert not differences([(x.dtype, lambda x=x: call(x), lambda t=t: call(t)) for x, t in tensors])


def test_matmul_takes_two_tensors_of_one_dtype_but_no_bools():
    matrices = {dtype: both([[1, 2], [3, 4]], dtype) for dtype in DTYPES}
    rows = [
        (f"{a} @ {b}", lambda x=x, y=y: x @ y, lambda t=t, u=u: t @ u)
        for a, (x, t) in matrices.items()
        for b, (y, u) in matrices.items()
    ]
    assert not differences(rows)


def test_a_mask_divided_by_two_is_not_a_mask():
    x = tensor([1.0, -1.0])
    assert ((x > 0) / 2).data.tolist() == [0.5, 0]
    assert ((x > 0) * 255).data.tolist() == [255, 0] and ((x > 0) + 1).data.tolist() == [2, 1]
    assert ((x > 0) * x).data.tolist() == [1, 0] and (0.5 * (x > 0)).dtype == np.float32


def test_an_integer_wraps_around_as_in_pytorch():
    x, t = both([1, 0, 3], "uint8")
    rows = [(sign, lambda f=f: f(x, 300), lambda f=f: f(t, 300)) for sign, f in OPERATORS.items() if sign in "+-*/"]
    assert not differences(rows)


def test_comparisons_compare_the_numbers_themselves():
    x = Tensor(np.array([44, 200], np.uint8))
    assert (x == 300).data.tolist() == [False, False] and (x < 300).data.tolist() == [True, True]
    assert (tensor([0.1]) == np.float64(0.1)).item() and (tensor([1.0]) == tensor([1.0], dtype=np.float64)).item()
    assert isinstance((tensor(1.0) < 2).data, np.ndarray)


@pytest.mark.parametrize("dtype", ["bool", "int64"])
def test_a_mask_or_an_integer_as_the_other_operand_passes_the_gradient_on(dtype):
    x, other = tensor([1.0, 2.0], requires_grad=True), tensor(np.array([1, 0], dtype))
    (x * other + cat([x, other])[:2] + where(np.array([True, False]), x, other)).sum().backward()
    assert x.grad.tolist() == [3, 1]


# What is refused, and the advice ---------------------------------------------------------------------------------------

FLOAT, DOUBLE, MASK, WHOLE = tensor([1.0]), tensor([1.0], dtype="float64"), tensor([True]), tensor([2])


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: FLOAT * DOUBLE, "mul: inputs are float32 and float64; convert one with .to('float64')"),
        (lambda: DOUBLE / FLOAT.sum(), "div: inputs are float32 and float64; convert one with .to('float64')"),
        (lambda: FLOAT - DOUBLE.sum(), "sub: inputs are float32 and float64; convert one with .to('float64')"),
        (lambda: cat([FLOAT, DOUBLE]), "cat: inputs are float32 and float64; convert one with .to('float64')"),
        (lambda: MASK[None] @ FLOAT[:, None], "matmul: inputs are bool and float32; convert one with .to('float32')"),
        (lambda: WHOLE @ FLOAT, "matmul: inputs are float32 and int64; convert one with .to('float32')"),
        (lambda: MASK @ WHOLE, "matmul: inputs are bool and int64; convert one with .to('int64')"),
        (lambda: MASK @ MASK, "matmul: found a tensor of bool, expected numbers; convert it with .to('int64')"),
        (lambda: 1 - MASK, "sub: found a tensor of bool"),
        (lambda: FLOAT - MASK, "sub: found a tensor of bool"),
        (lambda: -MASK, "neg: found a tensor of bool"),
        (lambda: MASK // MASK, "floor_divide: found a tensor of bool"),
        (lambda: MASK.mean(), "mean: the tensor is bool, expected float32 or float64; use .to('float32') first"),
        (lambda: FLOAT + 1j, "add: found complex, expected a tensor, an array or a number"),
        (lambda: FLOAT + np.array(["a"]), "add: found an array of <U1"),
        (lambda: FLOAT @ 2, "matmul: input 1 is int, expected a tensor"),
        (lambda: FLOAT.to("float16"), "to: found dtype float16; expected float32, float64, an integer type or bool"),
        (lambda: where(FLOAT, FLOAT, 0), "where: condition is float32, expected an array or tensor of bool"),
        (lambda: where([True], FLOAT, 0), "where: condition is list"),
    ],
)
def test_dtypes_that_do_not_mix_are_reported(call, told):
    with pytest.raises(TypeError) as error:
        call()
    assert told in str(error.value)


@pytest.mark.parametrize("call", [lambda: WHOLE**-1, lambda: 2**-WHOLE, lambda: tensor([1], dtype="uint8") ** -1])
def test_integers_raised_to_negative_powers_are_reported(call):
    with pytest.raises(ValueError, match="pow: found an integer raised to a negative power, expected at least 0; convert it"):
        call()


@pytest.mark.parametrize("call", [lambda: WHOLE // 0, lambda: WHOLE % 0, lambda: 1 % (WHOLE - 2)])
def test_an_integer_divided_by_zero_is_reported(call):
    with pytest.raises(ZeroDivisionError, match=r"found an integer divided by 0; convert it with \.to\('float32'\)"):
        call()


@pytest.mark.parametrize("operation", [operator.add, operator.mod, operator.matmul, lambda a, b: minifcn.cat([a, b])])
def test_uint64_beside_a_signed_integer_is_refused_because_float64_would_round_both(operation):
    unsigned, signed = (minifcn.tensor(np.array([2**60 + 1], dtype)) for dtype in ("uint64", "int64"))
    with pytest.raises(TypeError, match=r"found uint64 and int64, .* convert one with .to\('int64'\) or .to\('uint64'\)"):
        operation(unsigned, signed)


def test_conv2d_advises_the_wider_dtype_as_well():
    with pytest.raises(TypeError, match=r"convert one with \.to\('float64'\)"):
        minifcn.functional.conv2d(tensor(np.ones((1, 1, 2, 2), "f")), tensor(np.ones((1, 1, 1, 1))))
