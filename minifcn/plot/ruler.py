"""Where the units of several maps are on a picture: one axis of it as a ruler, the maps below it (`ruler`).

Read threads.py next.
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from .cells import PAGE, number, text_width
from .style import FAINT, INK, LINES, add_axes, new_figure, styled

EDGE, TRACK, TICKS, TITLE = 0.08, 0.56, 0.42, 0.24         # inches
FEW = 10                                                   # units; more, a pixel apart, are a bar
PALE = "#f0f0f0"


@styled
def ruler(size, tracks, stamps=None, title=""):
    """Maps below each other, each unit at its pixel; the grey band is the picture, pixels 0 to size - 1.

    tracks: {name: places}, the pixels at which a map's units are, in order. The places of up to ten units are written
            above them, else that of the first. More units, a pixel apart, become a bar, pale beyond the picture
    stamps: {name: width}: draw triangles of this many pixels, centred at the units of these tracks
    """
    tracks = {name: np.asarray(places, float) for name, places in tracks.items()}
    for name, places in tracks.items():
        if places.ndim != 1 or not places.size:
            raise ValueError(f"ruler: {name} has the shape {places.shape}, expected a vector with at least one place")
    if unknown := set(stamps or {}) - set(tracks):
        raise ValueError(f"ruler: found stamps for {', '.join(sorted(unknown))}, expected names of tracks")
    reach = {name: (stamps or {}).get(name, 1) / 2 for name in tracks}
    low = min([-0.5, *(places.min() - reach[name] for name, places in tracks.items())])
    high = max([size - 0.5, *(places.max() + reach[name] for name, places in tracks.items())])
    low, high = low - 0.02 * (high - low), high + 0.02 * (high - low)
    left = 0.12 + max(map(text_width, tracks))
    tall, top = TRACK * len(tracks), EDGE + TITLE * bool(title)
    figure = new_figure(PAGE, top + tall + TICKS + EDGE)
    axes = add_axes(figure, EDGE + left, top, PAGE - left - 3 * EDGE, tall)
    axes.set(xlim=(low, high), ylim=(len(tracks), 0), title=title, xlabel="pixel of the picture")
    axes.axvspan(-0.5, size - 0.5, color=PALE, zorder=0)
    axes.vlines((-0.5, size - 0.5), 0, len(tracks), color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    for k, (name, places) in enumerate(tracks.items()):
        if len(places) > FEW and (np.diff(places) == 1).all():
            draw_bar(axes, places, k, size)
        else:
            draw_units(axes, places, k, 2 * reach[name] if name in (stamps or {}) else 0)
    axes.set_yticks(np.arange(len(tracks)) + 0.6, tracks)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.spines["left"].set_visible(False)
    return figure


def draw_units(axes, places, k, width):
    """Dots in track k, with their places, or with triangles of `width` pixels on them if it is not 0."""
    colour, foot, peak = LINES[k % len(LINES)], k + 0.78, k + 0.3
    if width:
        for place in places:
            corners = (place - width / 2, place, place + width / 2), (foot, peak, foot)
            axes.fill(*corners, facecolor=(colour, 0.12), edgecolor=colour, linewidth=0.8)
    axes.hlines(foot, *axes.get_xlim(), color=FAINT, linewidth=0.6, zorder=1)
    axes.plot(places, np.full(len(places), foot), "o", color=colour, markersize=4, clip_on=False)
    for place in () if width else places if len(places) <= FEW else places[:1]:
        axes.annotate(number(place), (place, foot - 0.05), xytext=(0, 2), textcoords="offset points", ha="center",
                      va="bottom", fontsize=8)


def draw_bar(axes, places, k, size):
    """A bar for rows a pixel apart: strong on the picture, pale beyond it, each part with its number of rows."""
    colour = LINES[k % len(LINES)]
    parts = places < -0.5, (places >= -0.5) & (places <= size - 0.5), places > size - 0.5
    for inside, part in zip((False, True, False), parts):
        if rows := int(part.sum()):
            start = places[part][0] - 0.5
            axes.barh(k + 0.6, rows, left=start, height=0.42, color=(colour, 0.75 if inside else 0.2),
                      edgecolor="white", linewidth=0.8)
            axes.text(start + rows / 2, k + 0.6, rows, ha="center", va="center", fontsize=8,
                      color="white" if inside else INK)
