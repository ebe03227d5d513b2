"""What all figures share: sizes, fonts, colours, the legend of classes, and how a figure is written to a file.

Lengths are in inches, from the top left, because the figures are laid out by hand. Read panels.py next.
"""

import math
import warnings

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..data.dataset import IGNORE_INDEX
from ..data.images import IGNORE_COLOUR, check_colours
from ..files import atomic_write

DPI = 150                                                  # of a figure in a notebook
PRINT = 200                                                # of a figure in a file
INK = "#222222"
FAINT = "#c8c8c8"

# Okabe and Ito's colours, which the colour-blind can tell apart: blue, vermilion, green, purple, orange, sky.
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,                              # in the names of classes and files, a $ is a $
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}
styled = matplotlib.rc_context(STYLE)                      # a decorator that applies the style


def use_style():
    """Apply this package's style to pyplot's figures too, until matplotlib.rcdefaults()."""
    matplotlib.rcParams.update(STYLE)


def new_figure(width, height, **options):
    """An empty white Figure of width x height inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", **options)
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure, left, top, width, height):
    """Axes at a position given in inches from the figure's top left corner."""
    W, H = figure.get_size_inches()
    return figure.add_axes((left / W, 1 - (top + height) / H, width / W, height / H))


def show_image(axes, picture, extent=None, frame=True):
    """A picture that fills its axes: sharp pixels when enlarged, anti-aliased when reduced; no ticks."""
    width = axes.get_position().width * axes.figure.get_size_inches()[0] * DPI
    interpolation = "nearest" if width >= picture.shape[1] else "antialiased"
    axes.imshow(picture, interpolation=interpolation, extent=extent, aspect="auto")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=frame, color=FAINT)


def class_patches(labels, palette, classes):
    """Legend entries for the classes in some label maps, and for ignored pixels if there are any."""
    for label in labels:
        check_colours(label, palette)
    present = sorted({int(c) for label in labels for c in set(label.ravel().tolist())} - {IGNORE_INDEX})
    entries = [(palette[c], classes[c]) for c in present]
    if any((label == IGNORE_INDEX).any() for label in labels):
        entries.append((IGNORE_COLOUR, "ignored"))
    return [Patch(facecolor=[v / 255 for v in colour], edgecolor="#888888", linewidth=0.5, label=name)
            for colour, name in entries]


def legend_layout(patches, width):
    """(columns, height in inches) of a legend of these patches that is at most `width` inches wide."""
    entry = 0.55 + 0.075 * max(len(patch.get_label()) for patch in patches)
    rows = math.ceil(len(patches) / max(1, int(width / entry)))
    return math.ceil(len(patches) / rows), 0.12 + 0.165 * rows


def add_legend(figure, patches, columns):
    """A strip of classes along the bottom of the figure."""
    figure.legend(handles=patches, ncols=columns, loc="lower center", bbox_to_anchor=(0.5, 0), borderaxespad=0.3,
                  handlelength=1.2, handleheight=1.0, handletextpad=0.5, columnspacing=1.6, labelspacing=0.4)


def save(figure, path, dpi=PRINT, software=None):
    """Write a figure atomically, in the format given by the suffix of `path` (.png, .pdf, .svg).

    dpi:      pixels per inch of a .png, and of the images in a .pdf
    software: what a .png names as the program that made it, instead of matplotlib
    Raises ValueError for a suffix unknown to matplotlib, FileError for a file that cannot be written.
    """
    suffix = str(path).rpartition(".")[2].lower()
    if suffix not in figure.canvas.get_supported_filetypes():
        raise ValueError(f"save: cannot write a picture to {path}; end the name with .png, .pdf or .svg")
    with atomic_write(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")              # a name of a class in a script that the font lacks
        figure.savefig(temporary, dpi=dpi, **({"metadata": {"Software": software}} if software else {}))
