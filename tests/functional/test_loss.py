"""The losses against PyTorch, with class weights, ignored labels and every reduction; and their words on labels."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F

from .against_torch import TOLERANCE, agree, assert_close, normal, torch

SHAPES = [(5, 4), (2, 3, 4, 5), (1, 1, 1, 1), (2, 8, 3), (1, 2, 7, 1)]


def labels(shape, ignore_index=None, seed=0):
    """Random labels for scores of `shape`, about a quarter of them ignored."""
    g = np.random.default_rng((seed, *shape))
    target = g.integers(0, shape[1], (shape[0], *shape[2:]))
    if ignore_index is not None:
        target[g.random(target.shape) < 0.25] = ignore_index
        target.flat[0] = 0  # at least one counts
    return target


def both(name, x, target, weight, dtype, **options):
    """The loss and the gradient, ours and PyTorch's, in that order."""
    ours = minifcn.Tensor(x.astype(dtype), requires_grad=True)
    theirs = torch.tensor(x.astype(dtype), requires_grad=True)
    theirs_weight = None if weight is None else torch.tensor(weight.astype(dtype))
    ours_weight = None if weight is None else weight.astype(dtype)
    y = getattr(F, name)(ours, target, ours_weight, **options)
    expected = getattr(torch.nn.functional, name)(theirs, torch.tensor(target), theirs_weight, **options)
    cotangent = normal(*y.shape, 3).astype(dtype)[..., 0]
    y.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    assert y.dtype == ours.grad.dtype == dtype
    return (y.data, ours.grad), (expected.detach().numpy(), theirs.grad.numpy())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("ignore_index", [None, -100, 255])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_losses_of_labels_are_pytorchs(name, shape, weighted, ignore_index, reduction, dtype):
    target = labels(shape, ignore_index)
    weight = np.random.default_rng(1).uniform(0.2, 3, shape[1]) if weighted else None
    options = {"reduction": reduction, "ignore_index": -100 if ignore_index is None else ignore_index}
    ours, theirs = both(name, 3 * normal(*shape), target, weight, dtype, **options)
    for a, b in zip(ours, theirs):
        assert_close(a, b, TOLERANCE[dtype])


def test_an_ignored_class_inside_the_range_is_pytorchs():
    ours, theirs = both("cross_entropy", normal(4, 3, 2, 2), labels((4, 3, 2, 2)), None, np.float64, ignore_index=0)
    for a, b in zip(ours, theirs):
        assert_close(a, b, 1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_all_ignored_gives_loss_zero_and_zero_gradients(name, reduction):
    x = minifcn.Tensor(normal(2, 3, 4, 4), requires_grad=True)
    loss = getattr(F, name)(x, np.full((2, 4, 4), 255), ignore_index=255, reduction=reduction)
    loss.sum().backward()
    assert (loss.data == 0).all() and (x.grad == 0).all()


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_an_infinite_weight_or_score_of_a_class_that_is_absent_does_not_matter(name, recwarn):
    scores, weight = normal(2, 3, 4, 4), np.array([1, np.inf, 2])             # the median over a frequency of 0 is infinite
    scores[:, 1] = -np.inf
    for a, b in zip(*both(name, scores, 2 * labels((2, 2, 4, 4), None), weight, np.float64)):
        assert np.isfinite(b).all()
        assert_close(a, b, 1e-9)
    assert not recwarn.list


def test_an_empty_batch_gives_loss_zero():
    x = minifcn.Tensor(np.zeros((0, 3, 2, 2)), requires_grad=True)
    loss = F.cross_entropy(x, np.zeros((0, 2, 2), int))
    loss.backward()
    assert loss.item() == 0 and x.grad.shape == x.shape


def test_cross_entropy_is_nll_loss_of_log_softmax():
    x, target = minifcn.Tensor(normal(2, 5, 3, 3)), labels((2, 5, 3, 3))
    together, apart = F.cross_entropy(x, target), F.nll_loss(F.log_softmax(x, 1), target)
    assert together.item() == pytest.approx(apart.item(), rel=1e-14)


def test_equal_scores_cost_log_c():
    x = minifcn.tensor(np.zeros((2, 8, 3, 3)))
    assert F.cross_entropy(x, np.zeros((2, 3, 3), int)).item() == pytest.approx(np.log(8), rel=1e-14)


def test_large_scores_do_not_overflow():
    x = minifcn.tensor([[1000.0, -1000.0], [1000.0, -1000.0]], requires_grad=True)
    loss = F.cross_entropy(x, np.array([0, 1]))
    loss.backward()
    assert loss.item() == 1000 and np.isfinite(x.grad).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint16])
def test_labels_may_have_any_integer_type(dtype):
    x, target = minifcn.Tensor(normal(2, 5, 3, 3)), labels((2, 5, 3, 3))
    expected = F.cross_entropy(x, target).item()
    assert F.cross_entropy(x, target.astype(dtype)).item() == expected
    assert F.cross_entropy(x, minifcn.Tensor(target.astype(dtype))).item() == expected


def test_scores_and_labels_may_be_non_contiguous():
    x, target = normal(2, 4, 5, 6), labels((2, 4, 5, 6))
    expected = F.cross_entropy(minifcn.Tensor(x), target).item()
    strided = minifcn.Tensor(np.asfortranarray(x), requires_grad=True)
    loss = F.cross_entropy(strided, np.asfortranarray(target))
    loss.backward()
    assert loss.item() == expected and strided.grad.shape == x.shape


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 1, 5), (1,)], ids=str)
def test_mse_loss_is_pytorchs(shape, reduction):
    agree(lambda F, x, y: F.mse_loss(x, y, reduction=reduction), normal(*shape), normal(*shape, seed=1))


SCORES = minifcn.tensor(np.zeros((2, 3, 4, 4), np.float32))
GOOD = np.zeros((2, 4, 4), int)


def with_label(label):
    target = GOOD.copy()
    target[1, 2, 3] = label
    return target


@pytest.mark.parametrize(
    "error, arguments, told",
    [
        (ValueError, (SCORES, with_label(3)), "label 3 at (1, 2, 3) of target, expected 0 to 2 or ignore_index -100"),
        (ValueError, (SCORES, with_label(255)), "pass ignore_index=255"),
        (ValueError, (SCORES, with_label(-1)), "label -1 at (1, 2, 3)"),
        (ValueError, (SCORES, with_label(200).astype(np.uint8)), "label 200 at (1, 2, 3)"),
        (
            ValueError,
            (SCORES, GOOD[:, None]),
            "target has shape (2, 1, 4, 4) but input (2, 3, 4, 4) expects labels (2, 4, 4)",
        ),
        (ValueError, (SCORES, np.maximum(with_label(3), 1)), "or ignore_index -100; subtract 1 if the classes are counted from 1"),
        (ValueError, (SCORES, GOOD[:, None]), "expects labels (2, 4, 4); drop the axis of size 1: target[:, 0]"),
        (
            ValueError,
            (minifcn.tensor(np.zeros((2, 4, 4, 3))), GOOD),
            "expects labels (2, 4, 3); if the classes come last, move them to the front, as with input.permute(0, 3, 1, 2)",
        ),
        (ValueError, (SCORES, np.zeros((2, 3, 4, 4), int)), "take target.argmax(1) if it is one-hot"),
        (TypeError, (SCORES, GOOD + 0.5), "it holds fractions, so do not scale label maps like images"),
        (TypeError, (SCORES, GOOD.astype(np.float32)), "integer labels; convert it with .astype('int64')"),
        (TypeError, (SCORES, GOOD.astype(np.float32)), "target is float32, expected integer labels"),
        (TypeError, (SCORES, GOOD.astype(bool)), "target is bool, expected integer labels"),
        (TypeError, (SCORES, GOOD.tolist()), "target is list, expected integer labels; give an array"),
        (ValueError, (SCORES, GOOD, np.ones(4, np.float32)), "weight has shape (4,) and dtype float32, expected (3,)"),
        (ValueError, (SCORES, GOOD, np.ones(3)), "dtype float64, expected (3,) and float32"),
        (TypeError, (minifcn.tensor([[1, 2]]), np.array([0])), "input is int64, expected float32 or float64"),
        (ValueError, (minifcn.tensor([1.0, 2.0]), np.array([0])), "input has shape (2,), expected (N, C)"),
    ],
)
def test_labels_that_do_not_fit_are_told(error, arguments, told):
    with pytest.raises(error) as raised:
        F.cross_entropy(*arguments)
    assert str(raised.value).startswith("cross_entropy: ") and told in str(raised.value)


def test_mse_loss_does_not_broadcast():
    with pytest.raises(ValueError, match="mse_loss: input has shape"):
        F.mse_loss(minifcn.tensor(np.zeros((3, 1))), minifcn.tensor(np.zeros((3, 3))))
