"""The engine: tensors, their operators, and the walk back through the graph."""

import gc
import weakref

import numpy as np
import pytest

import minifcn
from minifcn import Tensor, nn, no_grad, tensor
from minifcn import functional as F
from minifcn.autograd import backward
from minifcn.function import Function, unbroadcast
from minifcn.functional.conv_pool import conv2d_relu_max_pool2d
from minifcn.kernels.geometry import pool_geometry
from minifcn.tensor import apply
from minifcn.utils.checkpoint import checkpoint


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng((seed, *shape)).standard_normal(shape).astype(dtype)


def leaf(*shape, seed=0, dtype=np.float64):
    return Tensor(normal(*shape, seed=seed, dtype=dtype), requires_grad=True)


# Operators against PyTorch --------------------------------------------------------------------------------------------

UNARY = {
    "neg": lambda x: -x,
    "abs": lambda x: abs(x),
    "remainder of a number": lambda x: x % 0.7,
    "remainder, negative": lambda x: x.abs() % -0.7,
    "exp": lambda x: x.exp(),
    "log": lambda x: (x * x + 1).log(),
    "sqrt": lambda x: (x * x + 1).sqrt(),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: (x * x + 1) ** 0.5,
    "reciprocal": lambda x: 1 / (x * x + 1),
    "scalars": lambda x: 2 - (3 * x + 1) / 4,
    "power of": lambda x: 2**x,
    "sum": lambda x: x.sum(),
    "sum of an axis": lambda x: x.sum(dim=1),
    "sum, kept": lambda x: x.sum(dim=(0, -1), keepdim=True),
    "mean": lambda x: x.mean(),
    "mean of axes": lambda x: x.mean(dim=(1, 2)),
    "max": lambda x: x.max(),
    "max of an axis": lambda x: x.max(dim=1)[0],
    "max, kept": lambda x: x.max(dim=-1, keepdim=True)[0],
    "reshape": lambda x: x.reshape(6, -1),
    "flatten": lambda x: x.flatten(1),
    "permute": lambda x: x.permute(2, 0, 1),
    "transpose": lambda x: x.transpose(0, -1),
    "an index": lambda x: x[1],
    "a slice": lambda x: x[:, ::2, None, -1],
    "a list": lambda x: x[:, [0, 2, 0]],
    "used twice": lambda x: x * x + x,
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
    "pow": lambda a, b: (a * a + 1) ** b,
    "remainder": lambda a, b: a % b,
}
BROADCASTS = [
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (4,)),
    ((3, 1), (2, 1, 4)),
    ((1,), (2, 3)),
    ((), (2, 3)),
    ((0, 3), (3,)),
]
MATRICES = [
    ((3, 4), (4, 5)),
    ((2, 3, 4), (4, 5)),
    ((4,), (4, 5)),
    ((3, 4), (4,)),
    ((4,), (4,)),
    ((2, 1, 3, 4), (5, 4, 2)),
]


def agree_with_torch(call, *arrays):
    """The same value and, for a random cotangent, the same gradients; and float32 stays float32."""
    torch = pytest.importorskip("torch")
    ours = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, expected = call(*ours), call(*theirs)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-12)
    cotangent = np.asarray(normal(*y.shape, seed=9))
    y.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)
    single = [Tensor(np.asarray(a, np.float32), requires_grad=True) for a in arrays]
    y = call(*single)
    y.sum().backward()
    assert y.dtype == np.float32 and all(x.grad.dtype == np.float32 for x in single)


@pytest.mark.parametrize("name", UNARY)
def test_operations_on_one_tensor_are_pytorchs(name):
    agree_with_torch(UNARY[name], normal(2, 3, 4))


@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_arithmetic_broadcasts_as_pytorchs(name, shapes):
    agree_with_torch(BINARY[name], np.asarray(normal(*shapes[0])), np.asarray(normal(*shapes[1], seed=1)))


@pytest.mark.parametrize("shapes", MATRICES, ids=str)
def test_matmul_is_pytorchs(shapes):
    agree_with_torch(lambda a, b: a @ b, normal(*shapes[0]), normal(*shapes[1], seed=1))


def test_the_slope_at_zero_to_a_negative_power_is_pytorchs():
    torch = pytest.importorskip("torch")
    slopes = []
    for new in tensor, torch.tensor:
        a, b = new([0.0, 0.0, 2.0], requires_grad=True), new([-1.5, 2.0, -1.5], requires_grad=True)
        with np.errstate(divide="ignore"):
            (a**b).sum().backward()
        slopes.append([np.asarray(a.grad), np.asarray(b.grad)])
    assert np.allclose(*slopes)


def test_a_tensor_made_whole_numbers_requires_no_gradient():
    x = tensor([1.5, -1.5], requires_grad=True)
    whole = x.to("int64")
    assert not whole.requires_grad and whole.is_leaf and whole.numpy().tolist() == [1, -1]
    assert x.to("float64").requires_grad


def test_the_power_zero_has_slope_zero_also_at_zero():
    x = tensor([0.0, 2.0], requires_grad=True)
    (x**0).sum().backward()
    assert x.grad.tolist() == [0, 0]


def test_abs_has_slope_zero_at_zero():
    x = tensor([-2.0, 0.0, -0.0, 3.0], requires_grad=True)
    x.abs().sum().backward()
    assert x.grad.tolist() == [-1, 0, 0, 1]


def test_floor_division_refuses_backward_as_pytorchs_does():
    x = tensor([2.5, -2.5], requires_grad=True)
    y = x // 2
    assert y.data.tolist() == [1, -2] and (5 // tensor([2, -2])).data.tolist() == [2, -3]
    with pytest.raises(RuntimeError, match=r"floor_divide: a // b has no gradient; write a\.detach\(\) // b, or use a / b"):
        y.sum().backward()
    (x - x.detach() // 2 * 2).sum().backward()
    assert x.grad.tolist() == [1, 1]


AXES = {
    "axis": lambda x: x.sum(axis=0),
    "axis, kept": lambda x: x.sum(axis=1, keepdims=True),
    "dim, keepdims": lambda x: x.mean(dim=1, keepdims=True),
    "a list": lambda x: x.sum([0, 2]),
    "a list of axes": lambda x: x.mean(axis=[0, 1], keepdim=True),
    "no axes": lambda x: x.sum(dim=()),
    "max": lambda x: x.max(axis=1, keepdims=True)[0],
}


@pytest.mark.parametrize("name", AXES)
def test_axes_may_have_numpys_names_and_come_in_lists(name):
    agree_with_torch(AXES[name], normal(2, 3, 4))


def test_argmax_cat_and_stack_take_axis():
    x = tensor(normal(2, 3))
    assert np.array_equal(x.argmax(axis=1, keepdims=True).data, x.data.argmax(1)[:, None])
    assert x.argmax(dim=0, keepdim=True).shape == (1, 3)
    assert minifcn.cat([x, x], axis=1).shape == (2, 6) and minifcn.stack([x, x], axis=-1).shape == (2, 3, 2)


@pytest.mark.parametrize(
    "call, error, told",
    [
        (lambda x: x.sum(0, axis=1), TypeError, "sum: found both dim=0 and axis=1, two names for one argument"),
        (lambda x: x.max(dim=0, axis=0), TypeError, "max: found both dim=0 and axis=0"),
        (lambda x: minifcn.cat([x, x], 1, axis=1), TypeError, "cat: found both dim=1 and axis=1"),
        (lambda x: x.sum((0, -2)), ValueError, r"sum: dim is \(0, -2\), which names an axis twice; give each once"),
        (lambda x: x.sum(1.0), TypeError, "sum: dim is 1.0, expected a whole number, one of 2 axes"),
        (lambda x: x.max((0, 1)), TypeError, r"max: dim is \(0, 1\), expected a whole number"),
        (lambda x: x.sum().sum(0), ValueError, "sum: dim is 0, but the tensor has no axes; leave dim out"),
        (lambda x: x.sum([0, 2]), ValueError, "sum: dim is 2, expected -2 to 1 for 2 axes"),
    ],
)
def test_axes_that_make_no_sense_are_reported(call, error, told):
    with pytest.raises(error, match=told):
        call(leaf(2, 3))


def test_unbroadcast_is_the_adjoint_of_broadcasting():
    x, y = normal(3, 1, 4), normal(2, 3, 5, 4)
    assert np.vdot(np.broadcast_to(x, y.shape), y) == pytest.approx(np.vdot(x, unbroadcast(y, x.shape)), rel=1e-13)


def test_non_contiguous_inputs_give_the_same():
    array = normal(4, 6)
    x, y = Tensor(array[::2, ::3], requires_grad=True), Tensor(array[::2, ::3].copy(), requires_grad=True)
    for t in (x, y):
        (t.transpose(0, 1) @ t).exp().sum().backward()
    np.testing.assert_allclose(x.grad, y.grad, rtol=1e-14)  # NumPy 2.0 multiplies them in another order


# Gradients ------------------------------------------------------------------------------------------------------------


def test_a_tensor_used_in_several_places_gets_the_sum():
    x = tensor([3.0], requires_grad=True)
    (x + x * 2 + x * x + x).sum().backward()
    assert x.grad.tolist() == [1 + 2 + 6 + 1]


def test_two_inputs_never_share_a_gradient_array():
    a, b = leaf(3), leaf(3, seed=1)
    (a + b).sum().backward()
    assert a.grad is not b.grad and not np.shares_memory(a.grad, b.grad)
    a.grad += 1
    assert b.grad.tolist() == [1, 1, 1]


def test_a_gradient_is_no_view_of_the_one_that_was_passed():
    x, start = leaf(2, 3), np.ones((3, 2))
    x.transpose(0, 1).backward(start)
    start += 5
    assert (x.grad == 1).all()


def test_accumulation_does_not_write_into_the_gradient_that_was_passed():
    x, start = leaf(3), np.ones(3)
    (x + x + x + x).backward(start)
    assert start.tolist() == [1, 1, 1] and x.grad.tolist() == [4, 4, 4]


def test_backward_adds_to_what_is_there():
    x = leaf(3)
    for _ in range(2):
        (2 * x).sum().backward()
    assert x.grad.tolist() == [4, 4, 4]


def test_backward_leaves_an_older_gradient_array_alone():
    x = leaf(3)
    x.sum().backward()
    kept = x.grad
    x.sum().backward()
    assert kept.tolist() == [1, 1, 1] and x.grad.tolist() == [2, 2, 2]


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 2)], ids=str)
def test_a_gradient_is_an_array_of_the_leafs_shape_and_dtype(shape):
    x = Tensor(np.ones(shape, np.float32), requires_grad=True)
    (x * x + x).sum().backward()
    assert isinstance(x.grad, np.ndarray) and x.grad.shape == shape and x.grad.dtype == np.float32


def test_backward_finishes_the_leaves_of_a_later_operation_before_it_goes_to_an_earlier_one():
    first, second, third = leaf(2, 2, seed=1), leaf(2, 2, seed=2), leaf(2, 2, seed=3)
    finished = []
    y = ((Tensor(normal(2, 2)) * first).exp() * second * third + second).sum()
    backward(y, on_leaf=lambda x: finished.append((x, None if x.grad is None else x.grad.copy())))
    assert [x for x, _ in finished[:3]] == [third, second, first]
    assert all(np.array_equal(x.grad, grad) for x, grad in finished), "each was complete"


def test_only_leaves_keep_a_gradient():
    x = leaf(3)
    y = x * 2
    y.sum().backward()
    assert y.grad is None and x.grad is not None


def test_retain_grad_keeps_an_intermediate_gradient():
    x = leaf(3)
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward()
    np.testing.assert_allclose(y.grad, 2 * y.data)


def test_a_tensor_that_requires_no_gradient_gets_none():
    x, constant = leaf(3), Tensor(np.ones(3))
    (x * constant).sum().backward()
    assert constant.grad is None


def test_detach_stops_backward():
    x = leaf(3)
    (x * x.detach()).sum().backward()
    assert np.array_equal(x.grad, x.data)


def test_the_gradient_may_be_a_tensor():
    x = leaf(3)
    (x * 2).backward(tensor([1.0, 2.0, 3.0], dtype=np.float64))
    assert x.grad.tolist() == [2, 4, 6]


def test_conversion_of_dtype_passes_the_gradient_back():
    x = leaf(3, dtype=np.float32)
    (x.to(np.float64) * 2).sum().backward()
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [2, 2, 2]


# The graph ------------------------------------------------------------------------------------------------------------


def test_a_second_backward_raises_and_says_what_to_do():
    loss = (leaf(3) * 2).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        loss.backward()


def test_a_new_loss_on_a_freed_graph_raises():
    x = leaf(3)
    y = x * 2
    y.sum().backward()
    with pytest.raises(RuntimeError, match="freed this graph"):
        (y * 3).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_retain_graph_allows_a_second_backward():
    x = leaf(3)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_allclose(x.grad, 4 * x.data)


def test_no_grad_builds_no_graph():
    x = leaf(3)
    with no_grad():
        y = x * 2
        assert not minifcn.is_grad_enabled()
    assert y.grad_fn is None and not y.requires_grad and minifcn.is_grad_enabled()


def test_no_grad_ends_after_an_error_and_decorates():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert minifcn.is_grad_enabled()
    assert not no_grad()(lambda x: x * 2)(leaf(3)).requires_grad


def test_no_grad_refuses_to_decorate_a_generator_whose_body_it_would_not_cover():
    def outputs(x):
        yield x * 2

    with pytest.raises(TypeError, match="no_grad: outputs is a generator function, .* iterate over it inside"):
        no_grad()(outputs)


def test_a_function_that_no_grad_decorates_may_call_itself():
    @no_grad()
    def depth(n):
        return n and depth(n - 1)

    assert depth(3) == 0 and minifcn.is_grad_enabled()


def test_a_graph_of_100_000_operations_works():
    x = tensor([0.0], requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert y.item() == 100_000 and x.grad.tolist() == [1]


def test_a_graph_of_100_000_operations_can_be_dropped_unused():
    y = tensor([0.0], requires_grad=True)
    for _ in range(100_000):
        y = y + 1
    alive = weakref.ref(y)
    del y
    assert alive() is None


def test_many_paths_are_walked_once():
    x = tensor([1.0], dtype=np.float64, requires_grad=True)
    y = x
    for _ in range(60):  # 2^60 paths
        y = y + y
    y.backward()
    assert x.grad.tolist() == [2.0**60]


@pytest.fixture
def no_garbage_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_memory_goes_with_the_last_reference(no_garbage_collector):
    x = leaf(3)
    y = (x * 2).exp()
    loss = (y @ y + y.sqrt().max()).sum()
    alive = [weakref.ref(t) for t in (y, y.grad_fn, loss, loss.grad_fn)]
    del y, loss
    assert [reference() for reference in alive] == [None] * 4


def test_backward_frees_what_operations_stored(no_garbage_collector):
    x = leaf(3)
    y = x * 2
    intermediate = weakref.ref(y)
    loss = y.exp().sum()
    del y
    loss.backward()
    assert intermediate() is None


def test_a_forward_pass_without_gradients_stores_nothing(no_garbage_collector):
    x = Tensor(normal(3))
    y = x * 2
    intermediate = weakref.ref(y)
    z = y.exp()
    del y
    assert intermediate() is None and z.grad_fn is None


# What the engine checks -----------------------------------------------------------------------------------------------


class BadBackward(Function):
    """The identity, with a gradient that is wrong in the way asked for."""

    def forward(self, x, *, wrong):
        self.wrong = wrong
        return x.copy()

    def backward(self, grad):
        return self.wrong(grad)


@pytest.mark.parametrize(
    "wrong, told",
    [
        (lambda grad: grad.sum(), r"shape \(\)"),
        (lambda grad: grad[:, None], r"shape \(3, 1\)"),
        (lambda grad: grad.astype(np.float32), "dtype float32"),
        (lambda grad: (grad, grad), "2 gradients for 1 inputs"),
        (lambda grad: None, "no gradient for input 0"),
    ],
)
def test_a_wrong_gradient_names_its_operation(wrong, told):
    y = apply(BadBackward, leaf(3), wrong=wrong)
    with pytest.raises(RuntimeError, match=f"bad_backward: .*{told}"):
        y.sum().backward()


def test_dtypes_do_not_mix():
    with pytest.raises(TypeError, match=r"mul: inputs are float32 and float64; convert one with \.to"):
        tensor([1.0]) * tensor([1.0], dtype=np.float64)


@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.int64(2), np.float32(0.1)], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_never_promote(number, dtype):
    x = Tensor(np.ones(3, dtype), requires_grad=True)
    for y in (
        x + number,
        number + x,
        x - number,
        number - x,
        x * number,
        number * x,
        x / number,
        number / x,
        x**number,
    ):
        assert isinstance(y, Tensor) and y.dtype == dtype
        y.sum().backward()
    assert x.grad.dtype == dtype


def test_an_array_and_a_tensor_make_a_tensor_in_either_order():
    array, x = np.arange(3.0), leaf(3)
    for y in (array + x, x + array):
        assert isinstance(y, Tensor) and np.array_equal(y.data, array + x.data)
    assert np.array_equal((array - x).data, array - x.data)
    assert isinstance(np.ones((2, 3)) @ x, Tensor)


def test_shapes_that_do_not_broadcast_are_told():
    with pytest.raises(ValueError, match=r"add: shapes \(2, 3\) and \(4,\) do not broadcast"):
        leaf(2, 3) + leaf(4)
    with pytest.raises(ValueError, match=r"matmul: shapes \(2, 3\) and \(4, 3\) do not fit"):
        leaf(2, 3) @ leaf(4, 3)


def test_backward_from_many_elements_asks_for_a_gradient():
    with pytest.raises(RuntimeError, match=r"shape \(3,\) needs a gradient"):
        (leaf(3) * 2).backward()


def test_backward_refuses_a_gradient_of_another_shape_or_dtype():
    with pytest.raises(ValueError, match=r"gradient has shape \(2,\)"):
        (leaf(3) * 2).backward(np.ones(2))
    with pytest.raises(ValueError, match="dtype float32"):
        (leaf(3) * 2).backward(np.ones(3, np.float32))


def test_backward_without_anything_to_reach_is_told():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor(np.ones(1)).sum().backward()


def test_integers_can_have_no_gradient():
    with pytest.raises(TypeError, match="requires_grad: only float32 and float64"):
        tensor([1, 2], requires_grad=True)


# Making and reading tensors -------------------------------------------------------------------------------------------


def test_python_floats_become_float32_and_arrays_keep_their_dtype():
    assert tensor([1.0, 2.0]).dtype == np.float32
    assert tensor(np.ones(3)).dtype == np.float64
    assert tensor([1, 2]).dtype == np.int64
    assert tensor([1.0], dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i4", "<f4", "<i8"])
def test_arrays_of_the_other_byte_order_become_native_with_the_same_values(dtype):
    x = tensor(np.array([1, 2, 300], dtype))
    assert x.dtype.isnative and x.dtype == np.dtype(dtype).newbyteorder("=") and x.numpy().tolist() == [1, 2, 300]
    assert tensor([1, 2, 300], dtype=dtype).dtype.isnative


def test_a_numpy_number_becomes_a_tensor_of_no_axes_and_learns():
    x = Tensor(np.float64(3), requires_grad=True)
    (x * x).backward()
    assert x.shape == () and type(x.data) is type(x.grad) is np.ndarray and x.grad == 6


def test_a_tensor_of_a_tensor_shares_its_array():
    x = tensor([1.0])
    assert Tensor(x).data is x.data


def test_a_sum_takes_either_byte_order():
    assert Tensor(np.array([1, 2], ">f4")).sum().item() == 3


def test_tensor_copies_and_the_class_does_not():
    array = np.ones(3)
    copied, shared = tensor(array), Tensor(array)
    array[0] = 7
    assert copied.data[0] == 1 and shared.data[0] == 7 and shared.numpy() is array


def test_ragged_lists_and_text_are_refused():
    with pytest.raises(ValueError, match="tensor: the nested lists have rows of different lengths"):
        tensor([[1, 2], [3]])
    with pytest.raises(TypeError, match="tensor: found dtype"):
        tensor("text")


def test_item_needs_one_element():
    assert tensor([[2.5]]).item() == 2.5 and float(tensor(2.5)) == 2.5
    with pytest.raises(ValueError, match="item: the tensor has 3 elements"):
        leaf(3).item()


def test_comparisons_give_bool_tensors_and_tensors_can_be_keys():
    x = tensor([1.0, 2.0])
    assert (x > 1).data.tolist() == [False, True] and (x != tensor([1.0, 3.0])).data.tolist() == [False, True]
    assert {x: "x"}[x] == "x"


def test_a_tensor_equals_none_no_more_than_any_other_object():
    x = tensor([1.0])
    assert (x == None) is False and (x != None) is True and x not in [None, "x"]
    with pytest.raises(TypeError, match="'<' not supported between instances of 'Tensor' and 'NoneType'"):
        assert x < None
    with pytest.raises(ValueError, match=r"eq: shapes \(1, 2\) and \(3,\) do not broadcast"):
        assert tensor([[1.0, 2.0]]) == np.ones(3)


def test_one_element_is_a_python_number_wherever_one_is_asked_for():
    x = tensor([2.75])
    assert int(x) == 2 and float(x) == 2.75 and bool(x) and f"{x.sum():.1f}" == "2.8" and f"{x.sum()}" == "2.75"
    assert f"{x}" == "tensor([2.75])" and [int(i) for i in tensor([3, 4])] == [3, 4]
    for convert in (int, float, bool):
        with pytest.raises(ValueError, match="item: the tensor has 2 elements, expected 1; index it or reduce it first"):
            convert(tensor([1.0, 2.0]))


def test_numpy_reads_a_tensor_as_its_array():
    x = leaf(2, 3)
    assert np.asarray(x) is x.data and np.array(x) is not x.data
    assert np.asarray(x, np.float32).dtype == np.float32 and np.stack([x, x]).shape == (2, 2, 3)


def test_elements_cannot_be_assigned_and_the_error_says_what_to_do():
    x = leaf(3)
    with pytest.raises(TypeError, match=r"cannot be assigned, .* where\(\) or cat\(\), or change the array x\.data of one"):
        x[0] = 1.0


def test_augmented_assignment_makes_a_new_tensor():
    x = y = leaf(3)
    y += 1
    y *= 2
    y.sum().backward()
    assert x is not y and x.grad.tolist() == [2, 2, 2]


def test_max_gives_values_and_positions():
    values, index = tensor([[1.0, 5.0, 5.0], [7.0, 0.0, 1.0]]).max(dim=1)
    assert values.data.tolist() == [5, 7] and index.data.tolist() == [1, 0]


def test_repr_shows_values_dtype_and_origin():
    x = tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=mul)"


def test_manual_seed_starts_the_same_numbers_again():
    first = minifcn.manual_seed(7).random(3)
    second = minifcn.manual_seed(7).random(3)
    assert np.array_equal(first, second) and minifcn.default_generator() is minifcn.manual_seed(7)


def test_a_tensor_of_no_elements_has_no_maximum_but_a_sum():
    empty = Tensor(np.zeros((0, 3)), requires_grad=True)
    assert empty.sum().item() == 0
    with pytest.raises(ValueError, match=r"max: the tensor of shape \(0, 3\) has no elements"):
        empty.max()
    values, positions = empty.max(1)  # the rows have elements, but there is no row
    assert values.shape == positions.shape == empty.argmax(1).shape == (0,)
    values.backward(np.zeros(0))
    assert empty.grad.shape == (0, 3)


def every_function(cls=Function):
    for sub in cls.__subclasses__():
        yield sub
        yield from every_function(sub)


def test_functions_that_promise_new_arrays_make_them(monkeypatch):
    """No gradient shares memory with an input, with the upstream gradient, or with another gradient."""
    generator = np.random.default_rng(0)
    made = set()

    def checked(self, grad):
        held = [x.data for x in self.inputs] + [grad]
        grads = Function.gradients(self, grad)
        for g in grads:
            assert g is None or not any(np.may_share_memory(g, other) for other in held), type(self).__name__
            held += [] if g is None else [g]
        made.add(type(self))
        return grads

    promising = [cls for cls in every_function() if cls.makes_new_arrays and cls.__module__.startswith("minifcn")]
    promising = [cls for cls in promising if cls.__name__ != "BatchNormOfRanks"]  # which needs several ranks
    for cls in promising:
        monkeypatch.setattr(cls, "gradients", checked)
    for training, bias in ((True, True), (False, True), (True, False)):
        x = Tensor(generator.normal(size=(2, 4, 5, 5)), requires_grad=True)
        for size, groups in ((1, 1), (3, 1), (3, 4)):
            layer = nn.Conv2d(4, 4, size, padding=size // 2, groups=groups, bias=bias).to(np.float64)
            up = nn.ConvTranspose2d(4, 4, size, groups=groups, bias=bias).to(np.float64)
            norm, norm_relu = (kind(4).to(np.float64).train(training) for kind in (nn.BatchNorm2d, nn.BNReLU2d))
            norm_relu(norm(up(layer(x)))).sum().backward()
            F.conv2d(x, layer.weight, layer.bias, groups=groups, relu=True).sum().backward()
            conv2d_relu_max_pool2d(x, layer.weight, layer.bias, 1, 0, 1, groups, pool_geometry(2)).sum().backward()
            volume = Tensor(generator.normal(size=(1, 4, 3, 5, 5)), requires_grad=True)
            layers = (kind(4, 4, size, groups=groups, bias=bias).to(np.float64) for kind in (nn.Conv3d, nn.ConvTranspose3d))
            nn.Sequential(*layers)(volume).sum().backward()
        nn.Linear(5, 3, bias=bias).to(np.float64)(x).sum().backward()
        checkpoint(lambda a, b: a + b, x, leaf(2, 4, 5, 5)).sum().backward()
    assert made == set(promising)
