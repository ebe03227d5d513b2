"""One training step, and evaluation: how a batch becomes an update of the weights, and a network becomes scores.

`train_step` is the only place where a batch becomes an update; on several ranks, each has its part (parallel.py).
"""

import math

import numpy as np

from .autograd import backward, no_grad
from .distributed import collect
from .functional.loss import cross_entropy
from .kernels import to_device
from .metrics import ConfusionMatrix
from .models.segmentation import SegmentationNet
from .nn import evaluating
from .optim import update_and_drop
from .parallel import GradientSum, add_up, share_of_loss, whole_batch
from .tensor import Tensor

# NumPy's warnings are off where a non-finite loss or weight is reported by an error of our own.
REPORTED = {"over": "ignore", "invalid": "ignore"}


def pixel_loss(model, x, labels, criterion=cross_entropy, areas=False, **options):
    """The training objective: a SegmentationNet's own loss, else that of the scores. options: the criterion's."""
    criterion = share_of_loss(criterion, areas)  # on one rank, the criterion itself
    if isinstance(model, SegmentationNet):
        return model.loss(x, labels, criterion=criterion, **options)
    return criterion(model(x), labels, **options)


class NotFinite(ArithmeticError):
    """The loss of a batch is NaN or infinite. `images` says whether the images themselves are."""

    def __init__(self, loss, images):
        super().__init__(f"the loss is {loss}")
        self.loss, self.images = loss, images


@np.errstate(**REPORTED)
def train_step(model, optimizer, loss, images, labels, *, more=(), **options):
    """One update of the weights from one batch: forward, loss, backward, optimiser step. Returns the loss, a float.

    loss:     a function like pixel_loss; `options` are passed to it
    images:   (N, 3, H, W), labels (N, H, W); moved to the model's device, like any arrays in the options
    more:     further batches (images, labels): the update is that of the average of the losses, which is returned
    Raises NotFinite before the update.
    """
    model.train()
    device = next(model.parameters()).device
    options = {name: to_device(value, device) if isinstance(value, np.ndarray) else value for name, value in options.items()}
    batches, total, gradients = [(images, labels), *more], 0.0, GradientSum()
    ready = update_and_drop(optimizer) if optimizer.in_backward else gradients.add
    optimizer.zero_grad()
    for number, (x, truth) in enumerate(batches, 1):
        with whole_batch(x):
            result = loss(model, Tensor(to_device(x, device)), to_device(truth, device), **options)
            value = sum(collect(result.item()))
            if not math.isfinite(value):
                raise NotFinite(value, images=not all(collect(np.isfinite(x).all())))
            backward(result / len(batches), on_leaf=ready if number == len(batches) else None)  # gradients add up
        total += value
    gradients.wait()
    optimizer.step()
    return total / len(batches)


@no_grad()
@evaluating()
def evaluate(model, loader, *, ignore_index=255):
    """Score `model` in evaluation mode on every batch of `loader`: (ConfusionMatrix, loss per labelled pixel).

    If the loader divides its batches among ranks, each scores its part, and all get the scores of the whole.
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
    if getattr(loader, "num_replicas", 1) > 1:
        matrix, loss_sum, pixels = add_up(matrix, loss_sum, pixels)
    if matrix is None:
        raise ValueError("evaluate: the loader gave no batch, expected at least one; check its data set and batch_size")
    return matrix, loss_sum / max(pixels, 1)
