"""A quiz on paper: numbers to compute by hand, different in every version, and a page with the answers.

The questions follow lessons 1 to 14; each is a function of a random generator that returns its text and its answer, both
in Markdown. Read start.py next.
"""

from fractions import Fraction

import numpy as np

from ...metrics import ConfusionMatrix

DL_DY, DL_DW, DL_DX = (f"$\\partial L/\\partial {name}" for name in "ywx")

HEAD = """\
# Quiz, version {version}

Name: ______________________________

No computer, no notes. Write down how you got there: a right method with a slip in the arithmetic earns most of the points.

"""


def write_quiz(folder, versions, seed):
    """Write quiz-A.md, quiz-B.md, ... and answers.md into a folder. The same seed writes the same quiz."""
    folder.mkdir(parents=True, exist_ok=True)
    answers = ["# Answers: not for students\n"]
    for number in range(versions):
        version, rng = chr(ord("A") + number), np.random.default_rng([seed, number])
        asked = [question(rng) for question in QUESTIONS]
        paper = [f"**{i}.** {text} ({points} points)\n" for i, (text, _, points) in enumerate(asked, 1)]
        (folder / f"quiz-{version}.md").write_text(HEAD.format(version=version) + "\n".join(paper), encoding="utf-8")
        answers += [f"## Version {version}\n", *(f"**{i}.** {answer}\n" for i, (_, answer, _) in enumerate(asked, 1))]
    (folder / "answers.md").write_text("\n".join(answers), encoding="utf-8")


# The questions: each returns (text, answer, points) -------------------------------------------------------------------


def chain_rule(rng):
    a, b = (int(n) for n in signed(rng, 2))
    y = a * b + a
    text = f"Let $z = (a b + a)^2$ at $a = {a}$, $b = {b}$. Draw the graph of operations, and find $dz/da$ and $dz/db$"
    by_hand = f"$dz/da = 2(ab + a)(b + 1) = {2 * y * (b + 1)}$, $dz/db = 2(ab + a)a = {2 * y * a}$"
    return f"{text} by walking back.", f"$ab + a = {y}$; {by_hand}", 3


def broadcasting(rng):
    grad = signed(rng, 2, 3)
    text = f"$y = a + b$ with $a$ of shape (2, 3), $b$ of shape (3,), and {DL_DY} = {matrix(grad)}$."
    ask = "What is $\\partial L/\\partial b$? What would it be for $b$ of shape (2, 1)?"
    answer = f"(3,): {vector(grad.sum(axis=0))}; (2, 1): ${matrix(grad.sum(axis=1, keepdims=True))}$"
    return f"{text} {ask}", answer, 2


def sizes(rng):
    n, kernel, stride, padding = (int(rng.integers(*span)) for span in ((20, 40), (2, 6), (2, 4), (0, 2)))
    steps = n + 2 * padding - kernel
    text = f"A convolution with kernels of {kernel}, stride {stride} and padding {padding} sees {n} pixels."
    smallest = stride * (steps // stride) + kernel - 2 * padding
    others = ", ".join(str(m) for m in range(smallest, smallest + stride) if m != n)
    answer = f"$\\lfloor {steps}/{stride} \\rfloor + 1 = {steps // stride + 1}$; {others}"
    return f"{text} How many results are there? Which other numbers of pixels give as many?", answer, 2


def convolution(rng):
    x, w, g = signed(rng, 4), signed(rng, 2), signed(rng, 3)
    y = np.array([(x[u : u + 2] * w).sum() for u in range(3)])
    by_picture = np.zeros(4, int)
    for u in range(3):
        by_picture[u : u + 2] += g[u] * w
    by_weight = np.array([(g * x[i : i + 3]).sum() for i in range(2)])
    text = f"Convolve $x = {vector(x)}$ with $w = {vector(w)}$ as networks do: stride 1, no padding, $w$ not turned around."
    ask = f"For {DL_DY} = {vector(g)}$, find {DL_DW}$ and {DL_DX}$."
    answer = f"$y = {vector(y)}$, {DL_DW} = {vector(by_weight)}$, {DL_DX} = {vector(by_picture)}$"
    return f"{text} {ask}", answer, 4


def pooling(rng):
    x, g = rng.permutation(16).reshape(4, 4) - 8, signed(rng, 2, 2)
    windows = x.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(2, 2, 4)
    back = np.zeros((4, 4), int)
    for u, v in np.ndindex(2, 2):
        i, j = divmod(windows[u, v].argmax(), 2)
        back[2 * u + i, 2 * v + j] = g[u, v]
    text = f"Pool $x = {matrix(x)}$ by the maximum, windows of 2 x 2 at stride 2. For {DL_DY} = {matrix(g)}$, find {DL_DX}$."
    return text, f"$y = {matrix(windows.max(axis=2))}$, {DL_DX} = {matrix(back)}$", 3


def transposed_convolution(rng):
    x, w = signed(rng, 3), signed(rng, 3)
    y = np.zeros(7, int)
    for u, value in enumerate(x):
        y[2 * u : 2 * u + 3] += value * w
    text = f"Apply the transposed convolution with $w = {vector(w)}$ and stride 2 to $x = {vector(x)}$."
    return f"{text} What is left with padding 1?", f"{vector(y)}; with padding 1: {vector(y[1:-1])}", 3


def loss(rng):
    odds = int(rng.integers(2, 8))
    text = f"Three pixels have the scores $(\\log {odds}, 0)$, $(0, 0)$ and $(5, 0)$ for two classes."
    ask = "Their labels are 0, 1 and 255, which is ignored. What is the mean cross-entropy?"
    mean = (np.log((odds + 1) / odds) + np.log(2)) / 2
    by_hand = f"\\frac12\\left(\\log\\frac{{{odds + 1}}}{{{odds}}} + \\log 2\\right)"
    return f"{text} {ask}", f"${by_hand} = {mean:.3f}$: two pixels count", 2


def four_scores(rng):
    truth = rng.integers(0, 3, (3, 4))
    truth[0, :3] = 0, 1, 2  # no class is absent
    found = np.where(rng.random((3, 4)) < 0.6, truth, rng.integers(0, 3, (3, 4)))
    truth[2, 3] = 255
    counts = ConfusionMatrix(3)
    counts.update(truth, found)
    n = [[int(one) for one in row] for row in counts.matrix]
    rows, columns = [sum(row) for row in n], [sum(column) for column in zip(*n)]
    accuracy = Fraction(sum(n[c][c] for c in range(3)), sum(rows))
    mean_accuracy = sum(Fraction(n[c][c], rows[c]) for c in range(3)) / 3
    mean_iou = sum(Fraction(n[c][c], rows[c] + columns[c] - n[c][c]) for c in range(3)) / 3
    text = f"The labels are $t = {matrix(truth)}$ (255 is ignored), the predictions $p = {matrix(found)}$."
    ask = "Give the confusion matrix (a row for each true class), the pixel accuracy, the mean accuracy and the mean IoU."
    answer = f"${matrix(counts.matrix)}$; {decimal(accuracy)}, {decimal(mean_accuracy)}, {decimal(mean_iou)}"
    return f"{text} {ask}", answer, 5


QUESTIONS = chain_rule, broadcasting, sizes, convolution, pooling, transposed_convolution, loss, four_scores


def signed(rng, *shape):
    """Whole numbers from 1 to 5 with random signs."""
    return rng.integers(1, 6, shape) * rng.choice([-1, 1], shape)


def vector(numbers):
    return "(" + ", ".join(map(str, numbers)) + ")"


def matrix(rows):
    return "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(map(str, row)) for row in rows) + " \\end{pmatrix}"


def decimal(fraction):
    return f"{fraction} = {float(fraction):.3f}"
