"""The loss of edges, beside equation 2 of its paper, pixel by pixel, and PyTorch's binary cross-entropy."""

import numpy as np
import pytest

from minifcn import Tensor
from minifcn import functional as F

IGNORED = 255


def sample(seed=0, n=3):
    """Scores (n, 1, 5, 6), and edges on a quarter of the pixels, of which some are ignored; none in the last image."""
    rng = np.random.default_rng(seed)
    edges = (rng.random((n, 5, 6)) < 0.25).astype(np.int64)
    edges[rng.random(edges.shape) < 0.15] = IGNORED
    edges[-1][edges[-1] == 1] = 0
    return 3 * rng.standard_normal((n, 1, 5, 6)), edges


def by_its_paper(scores, edges):
    """Equation 2, for one image: -beta sum log Pr(1) over Y+ - (1 - beta) sum log Pr(0) over Y-, beta = |Y-| / |Y|."""
    pixels = [(1 / (1 + np.exp(-score)), edge) for score, edge in zip(scores.ravel(), edges.ravel()) if edge != IGNORED]
    beta = sum(edge == 0 for _, edge in pixels) / len(pixels)
    return sum(-beta * np.log(p) if edge else -(1 - beta) * np.log(1 - p) for p, edge in pixels)


def test_the_sum_is_its_papers_with_a_balance_for_each_image():
    scores, edges = sample()
    found = F.balanced_cross_entropy(Tensor(scores), edges, IGNORED, "sum").item()
    np.testing.assert_allclose(found, sum(map(by_its_paper, scores, edges)), rtol=1e-12)


def test_the_mean_over_one_image_counts_edges_and_other_pixels_equally():
    scores, edges = sample(n=2)
    losses = np.log1p(np.exp(np.where(edges == 1, -scores[:, 0], scores[:, 0])))
    expected = (losses[0][edges[0] == 1].mean() + losses[0][edges[0] == 0].mean()) / 2
    np.testing.assert_allclose(F.balanced_cross_entropy(Tensor(scores[:1]), edges[:1], IGNORED).item(), expected, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_losses_and_gradients_are_torchs(dtype, tolerance):
    torch = pytest.importorskip("torch")
    scores, edges = sample()
    labelled = edges != IGNORED
    beta = 1 - (edges == 1).sum((1, 2)) / labelled.sum((1, 2))
    weights = np.where(edges == 1, beta[:, None, None], 1 - beta[:, None, None]) * labelled
    x, y = Tensor(scores.astype(dtype), requires_grad=True), torch.from_numpy(scores).requires_grad_()
    ours = F.balanced_cross_entropy(x, edges, IGNORED, "none")
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    theirs = bce(y[:, 0], torch.from_numpy(edges == 1).double(), weight=torch.from_numpy(weights), reduction="none")
    ours.sum().backward()
    theirs.sum().backward()
    assert ours.dtype == dtype and ours.shape == edges.shape
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=10 * tolerance, atol=tolerance)
    np.testing.assert_allclose(x.grad, y.grad.numpy(), rtol=10 * tolerance, atol=tolerance)
    assert not x.grad[:, 0][edges == IGNORED].any()


def test_an_image_without_edges_and_one_that_is_ignored_cost_nothing():
    for edges in np.zeros((1, 4, 4), np.int64), np.ones((1, 4, 4), np.int64), np.full((1, 4, 4), IGNORED):
        x = Tensor(np.random.default_rng(0).standard_normal((1, 1, 4, 4)), requires_grad=True)
        loss = F.balanced_cross_entropy(x, edges, IGNORED)
        loss.backward()
        assert loss.item() == 0 and not x.grad.any()


def test_large_scores_have_finite_losses():
    x = Tensor(np.array([[[[200.0, -200.0, 0.0]]]], np.float32), requires_grad=True)
    loss = F.balanced_cross_entropy(x, np.array([[[0, 1, 0]]]), reduction="sum")
    loss.backward()
    assert np.isfinite(loss.item()) and np.isfinite(x.grad).all()


@pytest.mark.parametrize(("shape", "label", "sentence"), [
    ((1, 2, 3, 3), 0, r"balanced_cross_entropy: input has shape \(1, 2, 3, 3\), expected one channel, \(N, 1, H, W\)"),
    ((1, 1, 3, 3), 2, "label 2 at .* expected 0 to 1"),
    ((1, 3, 3), 0, r"balanced_cross_entropy: input has shape \(1, 3, 3\), expected \(N, C, H, W\)"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(shape, label, sentence):
    with pytest.raises(ValueError, match=sentence):
        F.balanced_cross_entropy(Tensor(np.zeros(shape)), np.full((1, 3, 3), label))
