"""How well does one hidden layer approximate a function? The error against the width, by training and by other means.

Cybenko 1989 and Hornik, Stinchcombe and White 1989: with enough units, as well as you like. They say nothing about how many, nor
whether gradient descent finds them. Here the same layer is found in three ways: by training all weights; by drawing the hidden
weights and solving for the output weights; and, for ReLU, by construction. Read heads.py next.
"""

import numpy as np

from .. import functional as F
from .. import plot
from ..optim import Adam
from ..optim.lr_scheduler import CosineAnnealingLR
from ..tensor import tensor
from .study import Column, Study

WIDTHS = (4, 8, 16, 32, 64, 128)
TARGETS = {  # on [-1, 1]
    "smooth": lambda x: np.sin(2 * np.pi * x) * np.exp(-(x**2)),
    "jump": lambda x: np.where(x < 0.3, np.sin(3 * x), 1.0),
}
ACTIVATIONS = {"ReLU": F.relu, "sigmoid": F.sigmoid, "tanh": F.tanh}
SHOWN = 64  # the width in the table
POINTS, STEPS, RATE = 256, 2000, 0.02


class Approximation(Study):
    """One hidden layer of n units, y = sum_k v_k act(w_k x + b_k) + c, for two functions of one variable."""

    name, minutes, row = "approximation", 4, "hidden layer, function"
    question = "How fast does the error of one hidden layer fall with its width, with ReLU, sigmoid and tanh?"
    columns = tuple(Column(f"error {n}", f"error x 1000, {n} units", 1e3, 2) for n in WIDTHS[1::2])

    def cases(self, options):
        names = [*ACTIVATIONS, *(f"{name}, hidden weights drawn" for name in ACTIVATIONS), "ReLU, constructed"]
        return [f"{name}, {target}" for target in TARGETS for name in names]

    def run(self, trial):
        name, *how, target = trial.case.split(", ")
        x = np.linspace(-1, 1, POINTS)[:, None]
        y = TARGETS[target](x)
        rng, errors = np.random.default_rng(trial.seed), []
        for n in WIDTHS:
            if how == ["constructed"]:
                fit = interpolated(x, TARGETS[target], n)
            elif how:
                fit = solved(x, y, n, ACTIVATIONS[name], rng)
            else:
                fit = trained(x, y, n, ACTIVATIONS[name], rng, steps=2 if trial.quick else STEPS)
            errors.append(float(np.sqrt(np.mean((fit - y) ** 2))))
        return {trial.case: {"errors": errors} | {f"error {n}": error for n, error in zip(WIDTHS, errors)}}

    def draw(self, results):
        charts = []
        for target in TARGETS:
            curves = {}
            for row in results.rows():
                name, _, of = row.rpartition(", ")
                if of == target:
                    curves[name] = WIDTHS, results.values(row, "errors")
            charts.append({"title": KIND[target], "x": "hidden units", "y": "root mean square error",
                           "log": "xy", "markers": True, "curves": curves})  # fmt: skip
        return plot.panes(charts)


KIND = {"smooth": "A smooth function", "jump": "A function with a jump"}


def hidden_weights(n, rng):
    """Weights w (1, n) and biases b (n,) whose units turn at places spread over [-1, 1], with random slopes."""
    w = rng.choice([-1, 1], n) * rng.uniform(2, 10, n)
    return w[None], -w * rng.uniform(-1, 1, n)


def trained(x, y, n, activation, rng, steps=STEPS):
    """The values at x (N, 1) of a layer of n units, all of whose weights were trained by Adam on y (N, 1)."""
    w, b = hidden_weights(n, rng)
    weights = [tensor(a, requires_grad=True) for a in (w, b, rng.standard_normal((n, 1)) / n**0.5, np.zeros(1))]
    w, b, v, c = weights
    optimizer = Adam(weights, RATE)
    schedule = CosineAnnealingLR(optimizer, steps)
    x = tensor(x)
    for _ in range(steps):
        fit = activation(x @ w + b) @ v + c
        optimizer.zero_grad()
        F.mse_loss(fit, tensor(y)).backward()
        optimizer.step()
        schedule.step()
    return (activation(x @ w + b) @ v + c).numpy()


def solved(x, y, n, activation, rng):
    """The same with the hidden weights as they were drawn, and the best output weights: linear least squares."""
    w, b = hidden_weights(n, rng)
    hidden = np.hstack([activation(tensor(x @ w + b)).numpy(), np.ones_like(x)])
    return hidden @ np.linalg.lstsq(hidden, y, rcond=None)[0]


def interpolated(x, function, n):
    """The same by construction: n ReLUs that are a polygon through the function at n + 1 places, evenly apart.

    Left of the first place it is constant; each ReLU begins at a place and changes the slope to that of the next piece.
    Its error falls as 1/n^2 where the function is smooth.
    """
    places = np.linspace(-1, 1, n + 1)
    slopes = np.diff(function(places)) / np.diff(places)
    changes = np.diff(slopes, prepend=0)
    return function(places[0]) + np.maximum(x - places[:-1], 0) @ changes[:, None]
