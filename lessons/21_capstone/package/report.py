"""Writes report.html: pictures, curves and scores of all runs, and who wrote what. `python -m myfcn.report`.

Given by the course. The page is one file, with its pictures inside; it needs no network and no other program.
"""

import base64
import json
import struct
import zlib
from html import escape
from pathlib import Path

import numpy as np

from .analysis import trimap_curve, upper_bound

HERE = Path(__file__).parent
COLOUR = 0.446  # mean IoU of the net that sees the colour of one pixel, in the demo: what yours has to beat
KNOWN = {  # mean IoU and pixel accuracy on the same tiles, three seeds, in percent (minifcn's docs/landcover.md)
    "the colour of one pixel": ("44.3 ± 0.4", "62.6 ± 0.6"),
    "minifcn, FCN-32s, then 16s, then 8s": ("49.7 ± 0.8", "67.3 ± 0.6"),
    "PyTorch, the same": ("49.8 ± 1.5", "67.6 ± 0.7"),
}
HUES = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --faint: #66717c; --paper: #fff; --line: #d9dee3; --soft: #f4f6f8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ec; --faint: #98a3ae; --paper: #14181c; --line: #333b43; --soft: #1d2329 } }
body { margin: 0 auto; max-width: 1040px; padding: 32px 24px 64px; background: var(--paper); color: var(--ink);
       font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
h1 { font-size: 30px; margin: 0 0 4px; line-height: 1.2 } h2 { font-size: 20px; margin: 44px 0 10px }
p { margin: 8px 0; max-width: 44em } .faint { color: var(--faint) } code { font-size: 0.9em }
table { border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; color: var(--faint); border-bottom: 2px solid var(--line) }
td, th { padding: 5px 12px 5px 0 } .n + td:not(.n), .n + th:not(.n) { padding-left: 24px } td { border-bottom: 1px solid var(--line) } .n { text-align: right }
.own td { font-weight: 600 } .verdict { padding: 10px 16px; background: var(--soft); border-left: 4px solid; max-width: none }
.panel { display: grid; gap: 6px; font-size: 13px } .panel img { width: 100%; image-rendering: pixelated; display: block }
.legend span { display: inline-block; margin-right: 16px; font-size: 14px }
.legend i { display: inline-block; width: 13px; height: 13px; margin-right: 5px; border: 1px solid var(--line); vertical-align: -2px }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 24px } .wide { overflow-x: auto }
@media (max-width: 720px) { .curves { grid-template-columns: 1fr } }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif } svg text { fill: var(--faint) }
"""


def read_runs():
    """[(name of the run without its seed, scores.json, label maps)] of all finished runs, in the order of their names."""
    runs = []
    for path in sorted(HERE.glob("runs/*/scores.json")):
        with np.load(path.parent / "predictions.npz") as file:
            labels = file["labels"]
        runs.append((path.parent.name.rpartition("-seed")[0], json.loads(path.read_text(encoding="utf-8")), labels))
    return runs


def page(title, parts, runs, data=None):
    """The page as text. data: a Satellite for the pictures, or None for none."""
    sections = [heading(title, parts), verdict(runs)]
    sections += [panel(runs, data)] if data and runs else []
    sections += [curves(runs)] if runs else []
    sections += [edges(runs, data)] if data and runs else []
    sections += [table_of_scores(runs), table_of_parts(parts)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(sections)}</body></html>\n'


def heading(title, parts):
    own = [part for part in parts if not part["borrowed"]]
    lines = sum(part["lines"] for part in own)
    borrowed = len(parts) - len(own)
    rest = f"; {borrowed} more are borrowed from the course" if borrowed else ", none borrowed"
    return (f"<h1>{escape(title)}</h1><p class='faint'>A fully convolutional network in NumPy, assembled from "
            f"{len(own)} answers of its owner, {lines} lines of code{rest}.</p>")  # fmt: skip


def groups_of(runs):
    """{name: [mean IoU of each seed]}, and the same for pixel accuracy."""
    groups = {}
    for name, about, _ in runs:
        groups.setdefault(name, []).append((about["scores"]["mean IoU"], about["scores"]["pixel accuracy"]))
    return groups


def verdict(runs):
    """Whether FCN-8s beats the colour of one pixel, by at least three seeds."""
    found = [iou for iou, _ in groups_of(runs).get("fcn8s", [])]
    colour, words = "#e69f00", "Not trained yet: <code>python -m myfcn.train</code>, then write this report again."
    if runs and not found:
        words = "No full run of FCN-8s yet, so there is no verdict: <code>python -m myfcn.train</code>, then write this report again."
    if found:
        mean, seeds = np.mean(found), f"{len(found)} seed{'s' * (len(found) > 1)}"
        beats = mean > COLOUR
        colour = "#009e73" if beats else "#d55e00"
        words = f"Mean IoU <b>{100 * mean:.1f} %</b> over {seeds}: FCN-8s {'beats' if beats else 'does not beat'} the colour of one pixel ({100 * COLOUR:.1f} %)."
        words += (
            ""
            if len(found) >= 3
            else " Three seeds make it a result: add <code>--seed 1</code> and <code>--seed 2</code>."
        )
    return f'<p class="verdict" style="border-color: {colour}">{words}</p>'


# Pictures -------------------------------------------------------------------------------------------------------------


def png(pixels):
    """A picture, uint8 (H, W, 3), as a PNG file's bytes."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, 3 * width)], axis=1)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def image(pixels, alt):
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png(pixels)).decode()}">'


def panel(runs, data):
    """Six test tiles: the image, the truth, and what the first run of each kind found."""
    images, truth = data.tiles("test")
    chosen, first = data.examples(), {}
    for name, _, labels in runs:
        first.setdefault(name, labels)
    rows = {"image": data.pictures(images[chosen]), "truth": data.palette[truth[chosen]].astype(np.uint8)}
    rows |= {name: data.palette[labels[chosen]].astype(np.uint8) for name, labels in list(first.items())[:4]}
    cells = ""
    for name, tiles in rows.items():
        cells += f'<div class="faint" style="align-self: center">{escape(name)}</div>'
        cells += "".join(image(tile, f"{name} of tile {number}") for number, tile in enumerate(tiles))
    legend = "".join(f'<span><i style="background: rgb{tuple(map(int, colour))}"></i>{escape(name)}</span>'
                     for name, colour in zip(data.classes, data.palette))  # fmt: skip
    grid = f"grid-template-columns: 92px repeat({len(chosen)}, 1fr)"
    return (f"<h2>What it sees</h2><p>One tile of each held-out band of the Earth, the one with the most varied land cover.</p>"
            f'<div class="panel" style="{grid}">{cells}</div><p class="legend">{legend}</p>')  # fmt: skip


def curves(runs):
    """Loss and validation score of every epoch, a line for each run, one colour for each kind of run."""
    hue, charts = hues_of(runs), ""
    for key, label in ("loss", "training loss"), ("mean IoU", "mean IoU on the validation tiles"):
        lines = [(hue[name], [entry[key] for entry in about["history"]]) for name, about, _ in runs]
        marks = range(1, max(len(line) for _, line in lines) + 1)
        charts += f"<div><div class='faint'>{label}, by epoch</div>{chart(lines, marks)}</div>"
    return f'<h2>How it learned</h2><div class="curves">{charts}</div>{legend(hue)}'


def edges(runs, data):
    """Accuracy near the edges of the truth, and what no net of a stride can exceed."""
    _, truth = data.tiles("test")
    hue, widths = hues_of(runs), (1, 2, 4, 8, 16, 32)
    lines = [(hue[name], list(trimap_curve(truth, labels.astype(np.int64), widths))) for name, _, labels in runs]
    bounds = "".join(f"<tr><td>one label every {stride} pixels</td><td class='n'>{100 * upper_bound(truth, stride, 8):.1f}</td></tr>"
                     for stride in (32, 16, 8, 4))  # fmt: skip
    return (f"<h2>Where it fails</h2><div class='curves'><div><div class='faint'>accuracy near the edges: within 1 to 32 pixels of one</div>"
            f"{chart(lines, widths)}{legend(hue)}</div><div><div class='faint'>mean IoU of the truth itself, seen through a grid, in %"
            f"</div><table>{bounds}</table></div></div>")  # fmt: skip


def hues_of(runs):
    """{kind of run: its colour}."""
    return {name: HUES[number % len(HUES)] for number, name in enumerate(dict.fromkeys(name for name, _, _ in runs))}


def legend(hue):
    return (
        '<p class="legend">'
        + "".join(f'<span><i style="background: {hue[name]}"></i>{escape(name)}</span>' for name in hue)
        + "</p>"
    )


def chart(lines, marks):
    """An SVG of lines [(colour, values)]; `marks` are the numbers below their points."""
    values = [value for _, line in lines for value in line]
    step = round_step(max(values) - min(values))
    low, high = np.floor(min(values) / step) * step, np.ceil(max(values) / step) * step
    high += step * (high == low)

    def x(number):
        return 44 + 440 * number / max(len(marks) - 1, 1)

    def y(value):
        return 220 - 200 * (value - low) / (high - low)

    parts = []
    for value in np.arange(low, high + step / 2, step):
        parts.append(f'<line x1="44" x2="484" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="var(--line)"/>'
                     f'<text x="36" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')  # fmt: skip
    for number in range(0, len(marks), 1 + (len(marks) - 1) // 8):
        parts.append(f'<text x="{x(number):.1f}" y="240" text-anchor="middle">{marks[number]}</text>')
    for colour, line in lines:
        points = " ".join(f"{x(number):.1f},{y(value):.1f}" for number, value in enumerate(line))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
        )
        parts.append(f'<circle cx="{x(len(line) - 1):.1f}" cy="{y(line[-1]):.1f}" r="3" fill="{colour}"/>')
    return f'<svg viewBox="0 0 500 250" role="img">{"".join(parts)}</svg>'


def round_step(span):
    """A step of 1, 2 or 5 times a power of ten, about a quarter of a span."""
    power = 10.0 ** np.floor(np.log10(span / 4)) if span > 0 else 0.1
    return next(step * power for step in (1, 2, 5, 10) if step * power >= span / 4) if span > 0 else power


# Tables ---------------------------------------------------------------------------------------------------------------


def table_of_scores(runs):
    """Scores of all kinds of runs, beside those of the library and of PyTorch."""
    rows = [(name, *values, "3", "") for name, values in KNOWN.items()]
    for name, found in groups_of(runs).items():
        iou, accuracy = (spread(column) for column in zip(*found))
        rows.append((f"this package, {name}", iou, accuracy, str(len(found)), ' class="own"'))
    body = "".join(f"<tr{kind}><td>{escape(name)}</td><td class='n'>{iou}</td><td class='n'>{accuracy}</td><td class='n'>{seeds}</td></tr>"
                   for name, iou, accuracy, seeds, kind in rows)  # fmt: skip
    return ("<h2>Scores</h2><p>On all tiles of six bands of the Earth that no net was trained on, in percent: mean and "
            "standard deviation over the seeds.</p><div class='wide'><table><tr><th></th><th class='n'>mean IoU</th>"
            f"<th class='n'>pixel accuracy</th><th class='n'>seeds</th></tr>{body}</table></div>")  # fmt: skip


def spread(values):
    """Mean and standard deviation in percent: "46.1 ± 0.5"; the mean alone for one value."""
    deviation = f" ± {100 * np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{100 * np.mean(values):.1f}{deviation}"


def table_of_parts(parts):
    """Every exercise: in which module its answer is, how many lines it has, and whose it is."""
    body = ""
    for part in parts:
        whose = "borrowed from the course" if part["borrowed"] else escape(part["file"])
        faint = ' class="faint"' if part["borrowed"] else ""
        body += (f"<tr{faint}><td><code>{escape(part['exercise'])}</code></td><td><code>{escape(part['module'])}.py</code></td>"
                 f"<td class='n'>{part['lines']}</td><td>{whose}</td></tr>")  # fmt: skip
    return ("<h2>What is whose</h2><div class='wide'><table><tr><th>answer</th><th>module</th><th class='n'>lines</th>"
            f"<th>from</th></tr>{body}</table></div>")  # fmt: skip


def main():
    record, runs, data = json.loads((HERE / "parts.json").read_text(encoding="utf-8")), read_runs(), None
    if runs:
        from .data import Satellite

        data = Satellite()
    (HERE / "report.html").write_text(page(record["title"], record["parts"], runs, data), encoding="utf-8")
    print(f"{HERE / 'report.html'}: {len(runs)} finished run{'s' * (len(runs) != 1)}")


if __name__ == "__main__":
    main()
