"""A data set at a glance: images with their masks laid over, and how frequent each class is."""

import math

import numpy as np
from matplotlib.font_manager import findfont, get_font

from ..data.images import IGNORE_COLOUR, overlay
from .cells import text_width
from .style import FAINT, INK, STYLE, add_axes, new_figure, show_image, styled

PAGE = 9.6                                                 # inches, as all lengths here
EDGE, GAP, BETWEEN = 0.12, 0.03, 0.16                      # around the figure, within a pair, between pairs
NAME, HEADING = 0.2, 0.28                                  # above a pair, above the page
LINE, BAR = 0.175, 1.1                                     # height of a class, longest bar
MOST_CLASSES = 60
ACROSS, WIDEST, TALLEST = 3, 2.8, 1.5                      # pairs per row; a picture's width, its height in widths


@styled
def data_sheet(pairs, shares, palette, classes, title="", ignored=0.0, called="ignored"):
    """Pairs of an image and the same image under its mask, and below them a bar for each class.

    pairs:   [(name, uint8 (H, W, 3), integer (H, W))]; 255 in a mask is ignored, and shown as in the image
    shares:  the fraction of all pixels that are of each class; ignored: that of ignored pixels, or others that
             are no class, which are `called` so
    palette: uint8 (C, 3), the colour of each class; classes: their names
    Raises ValueError for no pair, or pictures and masks of different sizes.
    """
    if not pairs:
        raise ValueError("data_sheet: found no pairs, expected at least one image with its mask")
    across = min(ACROSS, len(pairs))
    entries = bar_entries(shares, palette, classes, ignored, called)
    width = min(WIDEST, ((PAGE - 2 * EDGE - (across - 1) * BETWEEN) / across - GAP) / 2)
    shapes = [picture.shape for _, picture, _ in pairs]
    heights = [min(width * TALLEST, max(0.2, width * h / w)) for h, w, _ in shapes]
    rows = [max(heights[start : start + across]) for start in range(0, len(pairs), across)]
    page = max(2 * EDGE + across * (2 * width + GAP) + (across - 1) * BETWEEN, PAGE if len(entries) > 8 else 4.8)
    columns, strip = bars_layout(entries, page)
    top = EDGE + (HEADING if title else 0)
    figure = new_figure(page, top + sum(rows) + len(rows) * NAME + BETWEEN + strip + EDGE)
    if title:
        figure.text(EDGE / page, 1 - EDGE / figure.get_figheight(), drawable(title), va="top", fontsize=10, parse_math=False)
    for k, (name, picture, label) in enumerate(pairs):
        row, column = divmod(k, across)
        left = EDGE + column * (2 * width + GAP + BETWEEN)
        place = top + NAME + sum(rows[:row]) + row * NAME
        draw_pair(figure, left, place, width, heights[k], name, picture, overlay(picture, label, palette))
    draw_bars(figure, entries, columns, top + sum(rows) + len(rows) * NAME + BETWEEN)
    return figure


def draw_pair(figure, left, top, width, height, name, picture, covered):
    """An image, the same under its mask, and their name above; a very tall image is drawn narrower."""
    narrow = min(width, max(0.1, height * picture.shape[1] / picture.shape[0]))
    W, H = figure.get_size_inches()
    figure.text(left / W, 1 - (top - 0.04) / H, fitting(name, 2 * width), va="bottom", fontsize=7, parse_math=False)
    for k, shown in enumerate((picture, covered)):
        show_image(add_axes(figure, left + k * (narrow + GAP), top, narrow, height), shown)


def fitting(name, room, size=7):
    """A name, its middle left out if it is wider than `room` inches in this size."""
    name = drawable(name)
    if text_width(name, size) <= room:
        return name
    keep = max(1, int(room / text_width("n", size) - 1) // 2)
    return f"{name[:keep]}…{name[-keep:]}"


def drawable(text):
    """A text in which a box replaces what the figures' font lacks, such as Hangul; matplotlib would warn of it."""
    known = get_font(findfont(STYLE["font.family"])).get_charmap()
    return "".join(character if ord(character) in known else "□" for character in text)


def bar_entries(shares, palette, classes, ignored, called):
    """[(name, colour, share)], in the order of the labels; of very many classes the most frequent."""
    order = range(len(classes))
    if len(classes) > MOST_CLASSES:
        order = sorted(np.argsort(-np.asarray(shares), kind="stable")[:MOST_CLASSES].tolist())
    entries = [(classes[k], palette[k], float(shares[k])) for k in order]
    if len(classes) > MOST_CLASSES:
        rest = 1 - ignored - sum(share for *_, share in entries)
        entries.append((f"{len(classes) - MOST_CLASSES} other classes", (255, 255, 255), max(0.0, rest)))
    return entries + ([(called, IGNORE_COLOUR, ignored)] if ignored else [])


def bars_layout(entries, page):
    """((columns, rows), height) of the bars: as many columns as fit side by side, if there are many classes."""
    wide = max(text_width(fitting(name, 1.6, 8), 8) for name, *_ in entries) + BAR + 0.95
    columns = max(1, min(int((page - 2 * EDGE) / wide), math.ceil(len(entries) / 4)))
    rows = math.ceil(len(entries) / columns)
    return (math.ceil(len(entries) / rows), rows), rows * LINE


def draw_bars(figure, entries, layout, top):
    """For each class a box in its colour, its name, a bar and its share. The longest bar is the most frequent class."""
    columns, rows = layout
    W = figure.get_figwidth()
    axes = add_axes(figure, EDGE, top, W - 2 * EDGE, rows * LINE)
    axes.set(xlim=(0, W - 2 * EDGE), ylim=(rows * LINE, 0), xticks=[], yticks=[])
    axes.axis("off")
    most = max(*(share for name, _, share in entries if not name.endswith("other classes")), 1e-9)
    names = [fitting(name, 1.6, 8) for name, *_ in entries]
    room = max(text_width(name, 8) for name in names) + 0.35
    for k, ((_, colour, share), name) in enumerate(zip(entries, names)):
        left, middle = k // rows * (W - 2 * EDGE) / columns, (k % rows + 0.5) * LINE
        fill = [value / 255 for value in colour]
        axes.barh(middle, 0.17, left=left, height=0.11, color=[fill], edgecolor="#888888", linewidth=0.5)
        shade = INK if share else "#999999"
        axes.text(left + 0.25, middle, name, va="center", fontsize=8, color=shade, parse_math=False)
        axes.barh(middle, BAR * share / most, left=left + room, height=0.1, color=[fill], edgecolor="#888888", linewidth=0.5)
        axes.plot([left + room] * 2, [middle - LINE / 2, middle + LINE / 2], color=FAINT, linewidth=0.6)
        axes.text(left + room + BAR * share / most + 0.06, middle, percent(share), va="center", fontsize=8, color=shade)


def percent(share):
    """A share as text: 12.3 %, 0.04 %, none."""
    if not share:
        return "none"
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.2g} %" if share >= 1e-5 else "< 0.001 %"
