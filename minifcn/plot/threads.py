"""What parallel workers do to an array: `thread_scaling`, speed-up against threads beside the pixels that a race spoils.

Read data_sheet.py next.
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from .cells import DASHES
from .style import FAINT, INK, LINES, new_figure, styled


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
