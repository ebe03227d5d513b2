"""The benchmark's pictures: its rows in groups, named in words, and its curves.

    python -m minifcn.bench.pictures [benchmarks/results/bench.json]

draws them again from stored results. Read run.py next.
"""

import re
import sys
from dataclasses import replace
from pathlib import Path

from .. import plot
from . import report

GROUPS = {  # heading: (section, how the names of its rows begin)
    "one training step of FCN-8s": ("step", "step FCN-8s"),
    "inference with FCN-8s": ("inference", "inference FCN-8s"),
    "inference with fused networks": ("inference", "fused inference"),
    **report.FAMILIES,
}
AXES = {"side": "side of the image (pixels)", "batch": "batch size (images)"}
WORDS = (  # a row's name in code -> in words
    (r"^(fused )?(step |inference )(FCN-8s on )?(the demo's )?", ""),
    (r"^conv (?:3x3x3 )?(\d+) @(\d+)", r"\1 channels, \2 × \2 × \2,"),
    (r"^(conv|upsampling|bilinear|relu|max pool 2x2|batch norm|cross entropy) ", ""),
    (r"\bg2 |\bs2 ", ""),
    (r"^(\dx\d) (?=\d)", r"\1, "),
    (r"\bd(\d+) ", r"dilation \1, "),
    (r"^x(\d+) (\d+)", r"×\1, \2"),
    (r"(^|, )(\d+) @", r"\1\2 channels @"),
    (r"(\w)->(\w)", r"\1 → \2"),
    (r" @(\d+)", r", \1 × \1"),
    (r"(\d) batch ", r"\1, batch "),
)


def draw(machine, rows, curves, path):
    """Write STEM-ratios.png and STEM-scaling.png beside `path`, STEM.json, where there is something to draw.

    Returns their paths.
    """
    where, figures = subtitle(machine), {}
    timed = [row for row in rows if row.unit == "ms" and row.value is not None]
    if timed:
        figures[path.with_name(f"{path.stem}-ratios.png")] = plot.speed_ratios(grouped(timed), where)
    if curves:
        named = [curve | {"title": in_words(curve["title"]), "x_name": AXES.get(curve["x_name"], curve["x_name"])}
                 for curve in curves]
        figures[path.with_name(f"{path.stem}-scaling.png")] = plot.speed_scaling(named, where)
    for picture, figure in figures.items():
        plot.save(figure, picture)
    return list(figures)


def subtitle(machine):
    """The machine, PyTorch's version and the date, in a line."""
    torch = f"PyTorch {machine['torch']}, " if machine["torch"] else ""
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads; {torch}{machine['date'][:10]}"


def grouped(rows):
    """{heading: rows}, each row named in words; those of no group come last."""
    groups = {heading: [] for heading in (*GROUPS, "others")}
    for row in rows:
        fitting = (heading for heading, (section, start) in GROUPS.items()
                   if row.section == section and re.match(start, row.name))
        heading = next(fitting, "others")
        groups[heading].append(replace(row, name=in_words(row.name, heading)))
    return {heading: group for heading, group in groups.items() if group}


def in_words(name, heading=""):
    """A name without what its heading says: "conv 3x3 64->128 @112 batch 1" -> "64 → 128, 112 × 112"."""
    for kernel in re.findall(r"\d(?:x\d)+", heading):
        name = name.replace(f"{kernel} ", "")
    for pattern, words in WORDS:
        name = re.sub(pattern, words, name)
    return name.partition(", batch")[0] if re.search(r"batch \d", heading) else name


if __name__ == "__main__":
    stored = Path(sys.argv[1] if sys.argv[1:] else "benchmarks/results/bench.json")
    print(*draw(*report.load(stored), stored), sep="\n")
