# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 20: Training on real images
#
# How do you train a net so that you can believe its score?

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import check, earlier, hint

# The parts of earlier lessons, as the course wrote them. To work with yours, add for example
# answers="15_layers.ipynb" to the line that takes them.
Tensor = earlier("03.Tensor")
Module, ReLU, SGD = earlier("04.Module", "04.ReLU", "04.SGD")

# %% [markdown]
# ### Exercise 1: a random crop
#


# %%
def random_crop(image, labels, size, rng):
    """A window of an image, at a random place, and the same window of its labels.

    image: (C, H, W); labels: (H, W), ints; size: (height, width) of the window
    rng:   a numpy Generator, the only source of random numbers; every place has the same probability

    An image that is too small in one direction is first filled up to the size, below or to the right:
    the image with 0, the labels with 255, which the loss ignores. Returns arrays
    (C, height, width) and (height, width), of the dtypes of image and labels.
    """
    ### BEGIN SOLUTION
    (height, width), (H, W) = size, labels.shape
    below, right = max(height - H, 0), max(width - W, 0)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    top = rng.integers(H + below - height + 1)
    left = rng.integers(W + right - width + 1)
    window = np.s_[..., top : top + height, left : left + width]
    return image[window], labels[window]
    ### END SOLUTION


# %%
check("20.random_crop", random_crop)

# %% [markdown]
# ### Exercise 2: a schedule
#


# %%
def schedule(step, steps, lr, warmup=0, power=0.9):
    """The learning rate of a step: a ramp up over the first steps, and a slow fall to 0.

    step:   the number of the step, from 0 on; steps: of the whole training
    lr:     the learning rate that is multiplied by both factors
    warmup: the number of steps of the ramp, whose factors are 1/warmup, 2/warmup, ..., 1; 0: no ramp
    power:  of the fall, whose factor is (1 - step / steps) ** power

    From step = steps on, the rate is 0.
    """
    ### BEGIN SOLUTION
    if step >= steps:
        return 0.0
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
    ### END SOLUTION


# %%
check("20.schedule", schedule)

# %% [markdown]
# ### Exercise 3: the whole training
#


# %%
def state_of(model):
    """All arrays that training changes: the parameters' data, and plain arrays such as running means, each once."""
    found = {}

    def walk(value):
        if isinstance(value, np.ndarray):
            found[id(value)] = value
        elif getattr(value, "requires_grad", False):
            walk(value.data)
        elif isinstance(value, (Module, list, tuple)):
            for part in vars(value).values() if isinstance(value, Module) else value:
                walk(part)

    walk(model)
    return list(found.values())


# %%
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """Train a model, and leave it as it was after its best epoch. Returns the history.

    loss_of(model(x), target): the loss of a batch, a Tensor with one number
    batches(epoch):   the pairs (x, target) of an epoch; epochs count from 0
    score_of(model):  the score on validation images, a number; larger is better
    rate(step):       the learning rate; steps count from 0, through all epochs
    momentum, decay, bias_rate: a parameter whose own name (the last part of its name) is "bias" learns with
                      bias_rate * rate(step); every other one with rate(step), and to its gradient
                      decay * parameter is added before each step. A parameter without a gradient stays as it is.
    patience:         stop as soon as the best epoch is this number of epochs ago; None: never

    The history has a dict for each epoch: {"loss": the mean of its batches' losses, "score": the score after it}.
    If several epochs have the best score, the first of them counts.
    """
    ### BEGIN SOLUTION
    named = model.named_parameters()
    biases = [p for name, p in named if name.split(".")[-1] == "bias"]
    weights = [p for name, p in named if name.split(".")[-1] != "bias"]
    optimizers = SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)
    history, best, step = [], 0, 0
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for p in weights:
                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
            for optimizer, factor in zip(optimizers, (1, bias_rate)):
                optimizer.lr = factor * rate(step)
                optimizer.step()
            losses.append(float(loss.data))
            step += 1
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            break
    for array, best_array in zip(state_of(model), kept):
        array[...] = best_array
    return history
    ### END SOLUTION


# %%
check("20.fit", fit)
