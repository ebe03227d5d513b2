"""What parallel workers do: `thread_scaling`, speed-up and the pixels that a race spoils; `thread_reads`, who reads what.

Read data_sheet.py next.
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from .cells import DASHES
from .style import FAINT, INK, LINES, new_figure, styled

FRAME = {"edgecolor": INK, "linewidth": 0.8}
SMALL = {"ha": "center", "va": "center", "fontsize": 8}


@styled
def thread_scaling(times, wrong, title=""):
    """Speed-up against the number of threads, and beside it a picture of the wrong pixels.

    times: {kernel: its times with 1, 2, ... threads}, in any unit
    wrong: (H, W) of bool, drawn dark where it is True; title: what the picture shows
    """
    lengths = {len(numbers) for numbers in times.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"thread_scaling: found {sorted(lengths)} times for the kernels; give as many for each, at least 1")
    figure = new_figure(8.4, 3.7, layout="constrained")
    left, right = figure.subplots(1, 2)
    threads = np.arange(1, lengths.pop() + 1)
    left.plot(threads, threads, color=INK, linewidth=1, linestyle=":", label="as many times as threads")
    for k, (name, numbers) in enumerate(times.items()):
        speedups = numbers[0] / np.asarray(numbers, float)
        left.plot(threads, speedups, color=LINES[k], linestyle=DASHES[k], marker="osD^"[k % 4], markersize=5, label=name)
    left.set(xlabel="threads", ylabel="times as fast as one thread", ylim=(0, None), title="Speed-up")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.grid(True)
    left.legend(loc="lower right", fontsize=8)
    right.imshow(np.asarray(wrong, bool), cmap="Greys", vmin=0, vmax=1, interpolation="nearest")
    right.set(xticks=[], yticks=[], title=title or "Wrong pixels", xlabel=f"{int(np.sum(wrong)):,} of {np.size(wrong):,} pixels")
    right.spines[:].set(visible=True, color=FAINT)
    return figure


@styled
def thread_reads(panes, size):
    """Which thread reads which element of a vector: a line for each read, and below each element how often it is read.

    panes: {title: {(block, thread): numbers of the elements it reads}}, as in the simulator's Launch.seen, below each
           other; blocks and threads are numbers, or tuples that begin with one; size: the length of the vector
    """
    figure = new_figure(9, 1.75 * len(panes), layout="constrained")
    for axes, (title, seen) in zip(figure.subplots(len(panes), 1, squeeze=False)[:, 0], panes.items()):
        counts = np.bincount([element for elements in seen.values() for element in elements], minlength=size)
        if len(counts) > size:
            raise ValueError(f"thread_reads: {title} reads element {len(counts) - 1}, and the vector has {size}")
        draw_threads(axes, seen, size)
        for element, count in enumerate(counts):
            axes.text(element, 0.08, element, bbox={"boxstyle": "square,pad=0.3", "facecolor": "white"} | FRAME, **SMALL)
            axes.text(element, -0.28, f"x{count}", **SMALL)
        axes.set(xlim=(-0.8, size - 0.2), ylim=(-0.45, 1.2), title=f"{title}: {counts.sum()} reads")
        axes.axis("off")
    return figure


def draw_threads(axes, seen, size):
    """A row of threads above the vector, in the colours of their blocks, and a line to each element that one reads."""
    blocks = sorted({block for block, _ in seen})
    for k, (block, thread) in enumerate(sorted(seen)):
        place, colour = k + (size - len(seen)) / 2, LINES[blocks.index(block) % len(LINES)]
        for element in seen[block, thread]:
            axes.plot([place, element], [0.85, 0.2], color=colour, linewidth=0.9)
        disc = {"boxstyle": "circle,pad=0.25", "facecolor": colour, "edgecolor": "none"}
        axes.text(place, 1, np.atleast_1d(thread)[0], color="white", bbox=disc, **SMALL)
