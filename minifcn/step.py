"""One training step, and evaluation: how a batch becomes an update of the weights, and a network becomes scores.

`train_step` is the only place where a batch becomes an update.
"""

import math

import numpy as np

from .autograd import no_grad
from .functional.loss import cross_entropy
from .kernels import to_device
from .metrics import ConfusionMatrix
from .models.segmentation import SegmentationNet
from .nn import evaluating
from .tensor import Tensor

# NumPy's warnings are off where a non-finite loss or weight is reported by an error of our own.
REPORTED = {"over": "ignore", "invalid": "ignore"}


def pixel_loss(model, x, labels, criterion=cross_entropy, **options):
    """The training objective: a SegmentationNet's own loss, else that of the scores. options: the criterion's."""
    if isinstance(model, SegmentationNet):
        return model.loss(x, labels, criterion=criterion, **options)
    return criterion(model(x), labels, **options)


class NotFinite(ArithmeticError):
    """The loss of a batch is NaN or infinite. `images` says whether the images themselves are."""

    def __init__(self, loss, images):
        super().__init__(f"the loss is {loss}")
        self.loss, self.images = loss, images


@np.errstate(**REPORTED)
def train_step(model, optimizer, loss, images, labels, *, more=(), average_gradients=None, **options):
    """One update of the weights from one batch: forward, loss, backward, optimiser step. Returns the loss, a float.

    loss:     a function like pixel_loss; `options` are passed to it
    images:   (N, 3, H, W), labels (N, H, W); moved to the model's device, like any arrays in the options
    more:     further batches (images, labels): the update is that of the average of the losses, which is returned
    average_gradients: called with the parameters between backward and update, for data-parallel training
    Raises NotFinite before the update.
    """
    model.train()
    device = next(model.parameters()).device
    options = {name: to_device(value, device) if isinstance(value, np.ndarray) else value for name, value in options.items()}
    batches, total = [(images, labels), *more], 0.0
    optimizer.zero_grad()
    for x, truth in batches:
        result = loss(model, Tensor(to_device(x, device)), to_device(truth, device), **options)
        value = result.item()
        if not math.isfinite(value):
            raise NotFinite(value, images=not np.isfinite(x).all())
        (result / len(batches)).backward()  # gradients add up
        total += value
    if average_gradients is not None:
        average_gradients(model.parameters())
    optimizer.step()
    return total / len(batches)


@no_grad()
@evaluating()
def evaluate(model, loader, *, ignore_index=255):
    """Score `model` in evaluation mode on every batch of `loader`: (ConfusionMatrix, loss per labelled pixel).

    Raises ValueError if there is no batch.
    """
    device = next(model.parameters()).device
    matrix, loss_sum, pixels = None, 0.0, 0
    for images, labels in loader:
        scores = model(Tensor(to_device(images, device)))
        if matrix is None:
            matrix = ConfusionMatrix(scores.shape[1], ignore_index)
        loss = cross_entropy(scores, to_device(labels, device), ignore_index=ignore_index, reduction="sum")
        loss_sum += loss.item()
        pixels += int(np.count_nonzero(labels != ignore_index))
        matrix.update(labels, scores.argmax(1).numpy())
    if matrix is None:
        raise ValueError("evaluate: the loader gave no batch, expected at least one; check its data set and batch_size")
    return matrix, loss_sum / max(pixels, 1)
