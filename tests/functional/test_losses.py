"""The focal loss, the Dice loss, the Lovász-Softmax and sums of losses, beside what their papers define, in PyTorch."""

import itertools
import re

import numpy as np
import pytest

from minifcn import Tensor
from minifcn import functional as F
from minifcn.functional.criterion import counts_pixels, criterion
from minifcn.functional.overlap import largest_first

torch = pytest.importorskip("torch")

IGNORED, C = 255, 4
SHAPES = [(2, C, 5, 4), (7, C), (1, C, 3)]
AREAS = [F.dice_loss, F.lovasz_softmax]
ALL = [F.focal_loss, *AREAS]


def sample(shape, seed=0, ignored=0.2, classes=C):
    """Scores and labels, some of which are ignored; the highest class is absent."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes - 1, (shape[0], *shape[2:]))
    return 2 * rng.standard_normal(shape), np.where(rng.random(labels.shape) < ignored, IGNORED, labels)


def probabilities(scores, labels):
    """(probabilities of the labelled pixels (P, C), labels (P,)), in PyTorch."""
    p = torch.softmax(scores, 1).movedim(1, -1).reshape(-1, C)
    labels = torch.from_numpy(labels.reshape(-1))
    return p[labels != IGNORED], labels[labels != IGNORED]


def focal_by_its_paper(scores, labels, gamma=2.0, weight=None):
    p, labels = probabilities(scores, labels)
    p_t = p.gather(1, labels[:, None])[:, 0]
    alpha = torch.ones(len(labels)) if weight is None else torch.from_numpy(weight)[labels]
    return -(alpha * (1 - p_t) ** gamma * p_t.log()).sum() / alpha.sum()


def dice_by_its_paper(scores, labels):
    p, labels = probabilities(scores, labels)
    losses = []
    for c in labels.unique():
        truth = (labels == c).double()
        losses.append(1 - 2 * (p[:, c] * truth).sum() / (p[:, c].sum() + truth.sum()))
    return torch.stack(losses).mean()


def lovasz_by_its_definition(scores, labels):
    """The integral over t of the Jaccard loss of the set of pixels whose error is above t, by classes present."""
    p, labels = probabilities(scores, labels)
    losses = []
    for c in labels.unique():
        truth = labels == c
        errors = torch.where(truth, 1 - p[:, c], p[:, c])
        levels = torch.cat([torch.zeros(1, dtype=errors.dtype), errors.sort()[0]])
        total = 0.0
        for low, high in itertools.pairwise(levels):
            wrong = errors > low                                  # the same set everywhere between two levels
            jaccard = (truth & ~wrong).sum().double() / (truth | wrong).sum()
            total = total + (high - low) * (1 - jaccard)
        losses.append(total)
    return torch.stack(losses).mean()


def agree(ours, theirs, shape, dtype=np.float64, tolerance=1e-9, **options):
    scores, labels = sample(shape)
    x, y = Tensor(scores.astype(dtype), requires_grad=True), torch.from_numpy(scores).requires_grad_()
    a, b = ours(x, labels, ignore_index=IGNORED, **options), theirs(y, labels, **options)
    a.backward()
    b.backward()
    assert a.dtype == dtype and x.grad.dtype == dtype and a.shape == ()
    np.testing.assert_allclose(a.item(), b.item(), rtol=tolerance)
    np.testing.assert_allclose(x.grad, y.grad.numpy(), atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)])
@pytest.mark.parametrize("gamma", [0, 0.5, 2.0])
def test_the_focal_loss_is_its_papers(shape, gamma, dtype, tolerance):
    agree(F.focal_loss, focal_by_its_paper, shape, dtype, tolerance, gamma=gamma)


def test_the_focal_loss_has_weights():
    agree(F.focal_loss, focal_by_its_paper, SHAPES[0], weight=np.array([0.5, 2.0, 1.5, 3.0]))


def test_the_focal_loss_of_gamma_0_is_cross_entropy():
    scores, labels = sample(SHAPES[0])
    for reduction in ("none", "sum", "mean"):
        options = {"weight": np.array([0.5, 2.0, 1.5, 3.0]), "ignore_index": IGNORED, "reduction": reduction}
        a, b = F.focal_loss(Tensor(scores), labels, 0, **options), F.cross_entropy(Tensor(scores), labels, **options)
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0, 0.5, 1.0, 2.0])
def test_the_focal_loss_of_certain_pixels_is_finite_and_so_are_its_gradients(gamma):
    scores = Tensor(np.array([[100, 0, 0.0], [-100, 100, 0], [1e-9, 0, 0]], np.float32), requires_grad=True)
    loss = F.focal_loss(scores, np.array([0, 0, 1]), gamma)
    loss.backward()
    assert np.isfinite(loss.item()) and np.isfinite(scores.grad).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_the_dice_loss_is_its_papers(shape, dtype, tolerance):
    agree(F.dice_loss, dice_by_its_paper, shape, dtype, tolerance)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_the_lovasz_softmax_is_the_extension_of_the_jaccard_loss(shape, dtype, tolerance):
    agree(F.lovasz_softmax, lovasz_by_its_definition, shape, dtype, tolerance)


def test_the_lovasz_softmax_of_certain_predictions_is_one_minus_the_mean_iou():
    labels, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    scores = 1e3 * np.eye(3)[predicted]
    assert F.lovasz_softmax(Tensor(scores), labels).item() == pytest.approx(1 - np.mean([2 / 4, 2 / 3, 0]))


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_ignored_pixels_have_no_gradient_and_do_not_count(loss):
    scores, labels = sample(SHAPES[0])
    x = Tensor(scores, requires_grad=True)
    value = loss(x, labels, ignore_index=IGNORED)
    value.backward()
    hidden = (labels == IGNORED)[:, None]
    assert not np.where(hidden, x.grad, 0).any() and np.where(~hidden, x.grad, 0).any()
    assert loss(Tensor(np.where(hidden, 9, scores)), labels, ignore_index=IGNORED).item() == value.item()


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_a_batch_that_is_all_ignored_costs_0_and_has_no_gradient(loss):
    x = Tensor(sample((2, C, 3, 3))[0], requires_grad=True)
    value = loss(x, np.full((2, 3, 3), IGNORED), ignore_index=IGNORED)
    value.backward()
    assert value.item() == 0 and not x.grad.any()


@pytest.mark.parametrize("loss", AREAS, ids=lambda loss: loss.__name__)
def test_a_perfect_prediction_costs_0_and_every_class_counts_equally(loss):
    labels = np.array([0] * 99 + [1])
    assert loss(Tensor(1e3 * np.eye(2)[labels]), labels).item() == 0
    assert loss(Tensor(1e3 * np.eye(2)[np.zeros(100, int)]), labels).item() == pytest.approx(0.5, abs=0.01)


def test_equal_errors_have_one_order_in_both_dtypes():
    errors = np.random.default_rng(0).integers(0, 50, 2000) / 64
    order = largest_first(errors.astype(np.float32))
    np.testing.assert_array_equal(order, largest_first(errors))
    assert np.all(np.diff(errors[order]) <= 0)
    ties = np.diff(errors[order]) == 0
    assert ties.any() and np.all(np.diff(order)[ties] < 0)


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize(("labels", "sentence"), [
    (np.full((2, 3, 3), C), f"label {C} at (0, 0, 0) of target, expected 0 to {C - 1}"),
    (np.zeros((2, 3), int), "target has shape (2, 3) but input"),
])  # fmt: skip
def test_labels_that_do_not_fit_are_told(loss, labels, sentence):
    with pytest.raises(ValueError, match=re.escape(f"{loss.__name__}: {sentence}")):
        loss(Tensor(np.zeros((2, C, 3, 3))), labels)


def test_a_negative_gamma_is_told():
    with pytest.raises(ValueError, match="focal_loss: gamma is -1"):
        F.focal_loss(Tensor(np.zeros((2, C))), np.zeros(2, int), gamma=-1)


# Sums by name ---------------------------------------------------------------------------------------------------------


def test_a_sum_of_losses_is_the_sum_with_its_factors():
    scores, labels = sample(SHAPES[0])
    weight = np.array([0.5, 2.0, 1.5, 3.0])
    parts = [F.cross_entropy(Tensor(scores), labels, weight, ignore_index=IGNORED), F.lovasz_softmax(Tensor(scores), labels, IGNORED)]
    total = criterion("cross-entropy + 0.5*lovasz")(Tensor(scores), labels, weight, IGNORED)
    assert total.item() == pytest.approx(parts[0].item() + 0.5 * parts[1].item())
    summed = criterion("2*focal")(Tensor(scores), labels, ignore_index=IGNORED, reduction="sum")
    once = F.focal_loss(Tensor(scores), labels, ignore_index=IGNORED, reduction="sum")
    assert summed.item() == pytest.approx(2 * once.item())
    assert criterion("cross-entropy") is F.cross_entropy


def test_which_losses_take_weights():
    for text, found in ("focal", (True, True)), ("dice", (False, False)), ("cross-entropy+dice", (True, False)):
        assert counts_pixels(text) == found


@pytest.mark.parametrize(("text", "sentence"), [
    ("lovas", "loss is 'lovas', but there is no 'lovas'; did you mean lovasz?"),
    ("dice+", "loss is 'dice+', but there is no '', expected one of cross-entropy, focal, dice, lovasz"),
    ("x*dice", "loss is 'x*dice', but the factor 'x' is no number above 0"), ("-1*dice", "the factor '-1' is"),
    ("*dice", "the factor '' is"), ("nan*dice", "the factor 'nan' is"), ("", "there is no ''"),
])  # fmt: skip
def test_names_that_are_no_loss_are_told(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        criterion(text)


# Samples of pixels ----------------------------------------------------------------------------------------------------


class Drawn:
    """A generator whose random numbers keep exactly the pixels of a mask."""

    def __init__(self, mask):
        self.mask = mask

    def random(self, shape, dtype=np.float64):
        return np.where(self.mask, 1 - 1e-6, 0).reshape(shape).astype(dtype)


@pytest.mark.parametrize("name", ["cross-entropy", "focal"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.5, 3.0])])
def test_the_mean_gradient_over_all_samples_of_pixels_is_the_full_gradient(name, reduction, weight):
    scores, labels = sample((1, C, 2, 3))
    labels[0, 1, 1] = IGNORED
    p, options = 0.25, {"weight": weight, "ignore_index": IGNORED, "reduction": reduction}
    loss, gradient = value_and_gradient(criterion(name), scores, labels, options)
    mean_loss, mean_gradient = 0.0, np.zeros_like(gradient)
    for mask in itertools.product([False, True], repeat=labels.size):
        chance = np.prod(np.where(mask, p, 1 - p))
        part = value_and_gradient(F.sampled(criterion(name), p, generator=Drawn(np.array(mask))), scores, labels, options)
        mean_loss, mean_gradient = mean_loss + chance * part[0], mean_gradient + chance * part[1]
    np.testing.assert_allclose(mean_loss, loss, rtol=1e-12)
    np.testing.assert_allclose(mean_gradient, gradient, rtol=0, atol=1e-14)


def value_and_gradient(loss, scores, labels, options):
    x = Tensor(scores, requires_grad=True)
    value = loss(x, labels, **options)
    value.backward()
    return value.item(), x.grad


def test_a_sampled_pixel_counts_1_over_p_times_and_the_others_have_no_gradient():
    scores, labels = sample((2, C, 9, 9), ignored=0)
    mask = np.random.default_rng(1).random(labels.shape) < 0.5
    options = {"ignore_index": IGNORED, "reduction": "sum"}
    _, gradient = value_and_gradient(F.sampled(F.cross_entropy, 0.5, generator=Drawn(mask)), scores, labels, options)
    _, full = value_and_gradient(F.cross_entropy, scores, labels, options)
    np.testing.assert_allclose(gradient, 2 * full * mask[:, None])
    drawn = F.sampled(F.cross_entropy, 0.1, generator=np.random.default_rng(0))
    _, gradient = value_and_gradient(drawn, *sample((1, C, 100, 100), ignored=0), options)
    assert 0.09 < gradient.any(1).mean() < 0.11


def test_a_sample_of_all_pixels_is_the_loss_itself_and_other_probabilities_are_refused():
    assert F.sampled(F.cross_entropy, 1) is F.cross_entropy
    for p in (0, -0.5, 1.5, float("nan")):
        with pytest.raises(ValueError, match=re.escape(f"sampled: p is {p}, expected a probability above 0, at most 1")):
            F.sampled(F.cross_entropy, p)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.focal_loss])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_weights_of_1_keep_every_bit(loss, reduction):
    scores, labels = sample((2, C, 33, 31))
    bits = []
    for weight in (None, np.ones(C, np.float32)):
        x = Tensor(scores.astype(np.float32), requires_grad=True)
        value = loss(x, labels, weight=weight, ignore_index=IGNORED, reduction=reduction)
        value.sum().backward()
        bits.append((value.numpy().tobytes(), x.grad.tobytes()))
    assert bits[0] == bits[1]
