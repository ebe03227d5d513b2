"""The arithmetic of the study `momentum`: what k images and momentum p share with one image and p^(1/k)."""

import numpy as np
import pytest

from minifcn import tensor
from minifcn.optim import SGD
from minifcn.studies.momentum import rate

IMAGES, MOMENTUM = 20, 0.9
ONLINE = MOMENTUM ** (1 / IMAGES)
PULL = 0.3


def weights_after(gradients, images, momentum):
    """SGD's weight and velocity after each update; each takes the mean of the next `images` gradients, with the same pull."""
    weight = tensor(np.zeros(1), requires_grad=True)
    optimizer = SGD([weight], rate(PULL, images, momentum), momentum)
    track = []
    for mean in np.reshape(gradients, (-1, images)).mean(1):
        weight.grad = np.array([mean])
        optimizer.step()
        track.append((weight.item(), rate(PULL, images, momentum) * optimizer.state[weight]["momentum_buffer"].item()))
    return np.array(track)[:, 0], np.array(track)[:, 1]


def test_both_forget_a_gradient_equally_fast():
    once = np.zeros(30 * IMAGES)
    once[:IMAGES] = 1  # a batch of equal gradients, then none
    _, batch = weights_after(once, IMAGES, MOMENTUM)
    _, online = weights_after(once, 1, ONLINE)
    ends = online[IMAGES - 1 :: IMAGES]
    np.testing.assert_allclose(batch / batch[0], ends / ends[0], rtol=1e-10)
    np.testing.assert_allclose(batch / batch[0], MOMENTUM ** np.arange(30), rtol=1e-12)


@pytest.mark.parametrize(("images", "momentum"), [(IMAGES, MOMENTUM), (5, 0.974), (1, ONLINE), (1, 0.9)])
def test_the_pull_is_what_a_gradient_moves_the_weight_by_in_all(images, momentum):
    gradients = np.zeros(8000)
    gradients[3] = 1
    weights, _ = weights_after(gradients, images, momentum)
    np.testing.assert_allclose(weights[-1], -PULL, rtol=1e-10)


def test_on_a_constant_gradient_the_velocities_are_equal_after_every_batch():
    constant = np.ones(40 * IMAGES)
    _, batch = weights_after(constant, IMAGES, MOMENTUM)
    _, online = weights_after(constant, 1, ONLINE)
    np.testing.assert_allclose(batch, IMAGES * online[IMAGES - 1 :: IMAGES], rtol=1e-12)
