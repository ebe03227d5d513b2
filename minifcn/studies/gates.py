"""What do sigmoid and tanh do in the gates of an LSTM? The cell in thirty lines, and nets in which they change places.

Hochreiter and Schmidhuber 1997; the forget gate: Gers, Schmidhuber and Cummins 2000; a large forget bias: Jozefowicz, Zaremba
and Sutskever 2015. Read approximation.py next.
"""

import numpy as np

from .. import functional as F
from .. import nn, plot
from ..autograd import no_grad
from ..optim import Adam
from ..optim.lr_scheduler import PolyLR
from ..random import generator_for, manual_seed
from ..tensor import tensor
from .study import Column, Study, percent

STEPS = 30  # of a sequence
HIDDEN, BATCH, RATE, UPDATES = 8, 32, 0.003, 400  # at 0.01, rounding decides which seeds forget again what they had learnt
WINDOW = 10  # updates whose losses are averaged for the picture
CASES = {  # name: (activation of the gates, of the candidate, the forget gate's bias at the start)
    "sigmoid gates, bias 0": (F.sigmoid, F.tanh, 0.0),
    "sigmoid gates, bias 2": (F.sigmoid, F.tanh, 2.0),
    "sigmoid gates, bias 4": (F.sigmoid, F.tanh, 4.0),
    "tanh gates, bias 2": (F.tanh, F.tanh, 2.0),
    "tanh gates, bias -2": (F.tanh, F.tanh, -2.0),
    "sigmoid candidate, bias 4": (F.sigmoid, F.sigmoid, 4.0),
}


class LSTMCell(nn.Module):
    """One step of an LSTM, with torch.nn.LSTMCell's parameters: weight_ih (4H, I), weight_hh (4H, H), bias_ih, bias_hh (4H,).

        i, f, o = gate(...)                 what is written, kept and shown: one number for each unit
        g       = candidate(...)            what could be written
        c' = f c + i g                      the memory
        h' = o tanh(c')                     the output

    A sigmoid gate lies between 0 and 1, a share of c. A tanh gate may be negative, and turns the sign of what it keeps.
    forget_bias: added to the forget gate's bias, which starts at 0
    """

    def __init__(self, input_size, hidden_size, gate=F.sigmoid, candidate=F.tanh, forget_bias=0.0, generator=None):
        self.gate, self.candidate, self.hidden_size = gate, candidate, hidden_size
        rng, limit = generator_for(generator), hidden_size**-0.5
        shapes = (4 * hidden_size, input_size), (4 * hidden_size, hidden_size)
        self.weight_ih, self.weight_hh = (nn.Parameter(rng.uniform(-limit, limit, shape).astype(np.float32)) for shape in shapes)
        self.bias_ih, self.bias_hh = (nn.Parameter(np.zeros(4 * hidden_size, np.float32)) for _ in range(2))
        self.bias_ih.data[hidden_size : 2 * hidden_size] += forget_bias

    def forward(self, x, state):
        """x (N, I), state (h, c), both (N, H) -> the next state (h, c)."""
        h, c = state
        sums = F.linear(x, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)  # (N, 4H)
        i, f, g, o = (sums[:, k * self.hidden_size : (k + 1) * self.hidden_size] for k in range(4))
        c = self.gate(f) * c + self.gate(i) * self.candidate(g)
        return self.gate(o) * F.tanh(c), c


class Remember(nn.Module):
    """Says, after the last step of a sequence (T, N, I), what the first one showed: logits (N, 2)."""

    def __init__(self, cell):
        self.cell, self.read = cell, nn.Linear(cell.hidden_size, 2)

    def forward(self, xs):
        state = (tensor(np.zeros((xs.shape[1], self.cell.hidden_size), np.float32)),) * 2
        for x in xs:
            state = self.cell(tensor(x), state)
        return self.read(state[0])


def sequences(rng, count, steps=STEPS):
    """`count` sequences of noise, whose first input is -1 or 1, with a mark, and which of the two it was: (T, N, 2), (N,)."""
    bit = rng.integers(0, 2, count)
    xs = np.stack([rng.standard_normal((steps, count)), np.zeros((steps, count))], axis=2).astype(np.float32)
    xs[0, :, 0], xs[0, :, 1] = 2 * bit - 1, 1
    return xs, bit


def memory_kept(gate, bias, steps=STEPS):
    """d c_t / d c_0 for t = 1 ... steps, by backward(), in a cell whose gates see only their biases: an array (steps,)."""
    cell = LSTMCell(1, 1, gate=gate, forget_bias=bias, generator=np.random.default_rng(0)).to("float64")
    for weight in (cell.weight_ih, cell.weight_hh):
        weight.data[...] = 0
    kept = []
    start = tensor(np.zeros((1, 1)), requires_grad=True)
    state, x = (tensor(np.zeros((1, 1))), start), tensor(np.zeros((1, 1)))
    for _ in range(steps):
        state = cell(x, state)
        start.grad = None
        state[1].backward(retain_graph=True)
        kept.append(start.grad.item())
    return np.array(kept)


def accuracy(net, steps, count=500):
    """The share of `count` new sequences of this length of which the net says the first input right."""
    xs, bit = sequences(np.random.default_rng(1), count, steps)
    with no_grad():
        return float((net(xs).argmax(1).numpy() == bit).mean())


class Gates(Study):
    """Sigmoid and tanh, each in its place and in the other's."""

    name, minutes, row = "gates", 5, "gates, the forget gate's bias"
    question = f"What do sigmoid and tanh do in the gates of an LSTM that must remember one bit for {STEPS} steps?"
    columns = (
        Column("kept", "memory kept before training", digits=4),
        percent("accuracy", f"right after {STEPS} steps"),
        percent("twice", f"right after {2 * STEPS}"),
    )

    def cases(self, options):
        return list(CASES)

    def run(self, trial):
        gate, candidate, bias = CASES[trial.case]
        rng = np.random.default_rng(trial.seed)
        manual_seed(trial.seed)
        steps, updates = (4, 1) if trial.quick else (STEPS, UPDATES)
        net = Remember(LSTMCell(2, HIDDEN, gate, candidate, bias, rng))
        optimizer, losses = Adam(net.parameters(), RATE), []
        schedule = PolyLR(optimizer, updates)
        for _ in range(updates):
            xs, bit = sequences(rng, BATCH, steps)
            loss = F.cross_entropy(net(xs), bit)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        smooth = np.mean(np.reshape(losses, (-1, WINDOW)), 1) if len(losses) >= WINDOW else losses
        scores = {"accuracy": accuracy(net, steps), "twice": accuracy(net, 2 * steps)}
        return {trial.case: scores | {"kept": memory_kept(gate, bias)[-1], "loss": smooth}}

    def draw(self, results):
        """What the memory keeps, computed; what the nets learn."""
        ts = np.arange(1, STEPS + 1)
        kept = {row: (ts, memory_kept(gate, bias)) for row, (gate, _, bias) in CASES.items()}
        losses = {row: results.values(row, "loss") for row in results.rows()}
        learnt = {row: (WINDOW * np.arange(1, ys.shape[1] + 1), ys) for row, ys in losses.items()}
        return plot.panes([
            {"title": "What is left of the memory", "x": "steps", "y": "d c(t) / d c(0)", "curves": kept},
            {"title": "What is learnt", "x": "updates", "y": "loss (nats)", "low": 0, "curves": learnt},
        ])  # fmt: skip
