"""Writes index.html, the page of a graded class: who has how many points, and which mistakes were made how often.

One file without scripts or anything to download; it follows the browser's light or dark mode. Names and messages come
from students, so all of them are escaped. Read ../publish/build.py next.
"""

from collections import defaultdict
from dataclasses import dataclass
from html import escape
from statistics import median

from ...files import atomic_write, printable
from ..checking.verdict import BORROWED, NOT_WRITTEN, RIGHT, VERDICTS

MARKS = dict(zip(VERDICTS, ("✓", "✗", "!", "⧖", "=", "○")))  # of right, wrong, crashed, timed out, borrowed, not yet written
UNKNOWN = "no known mistake"

HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root { color-scheme: light dark; --right: 0, 158, 115; --wrong: 213, 94, 0; --grey: 128, 128, 128; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } th, td { padding: 2px 9px; text-align: left; vertical-align: top; }
thead th { border-bottom: 1px solid rgba(var(--grey), 0.6); font-weight: 600; }
tbody tr:nth-child(even) { background: rgba(var(--grey), 0.08); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; } .faint { opacity: 0.7; } .bar { display: inline-block; height: 0.7em; border-radius: 2px;
background: rgba(var(--wrong), 0.75); } details { display: inline-block; } summary { cursor: pointer; white-space: nowrap; }
.tiles { display: flex; flex-wrap: wrap; gap: 1.8rem; } .tiles b { display: block; font-size: 1.6rem; }
</style>
"""


@dataclass(frozen=True)
class Row:
    """One submission on the page.

    name, note: as in grades.csv;  points, out_of: all together
    exercises:  {"06.im2col": {"verdict", "points", "out_of", "mistake", "hint"}}, as in RESULTS/NAME.json
    """

    name: str
    points: int
    out_of: int
    note: str
    exercises: dict


def write(path, title, names, rows):
    """Write the page atomically. names: of the exercises, in order;  rows: a Row for every submission. Raises FileError."""
    parts = [HEAD.replace("{title}", shown(title)), f"<h1>{shown(title)}</h1>", summary(rows), overview(names, rows)]
    parts += [mistakes_section(name, rows) for name in names]
    parts += ["<h2>Submissions</h2>", submissions(names, rows)]
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(parts) + "\n</html>\n", encoding="utf-8")


def shown(text):
    """A text that has no effect on the page."""
    return escape(printable(text))


def summary(rows):
    """How many submissions there are, and how well they did."""
    shares = sorted(row.points / max(row.out_of, 1) for row in rows)
    facts = {
        "submissions": len(rows),
        "all points": sum(share == 1 for share in shares),
        "no points": sum(share == 0 for share in shares),
        "median": f"{median(shares):.0%}",
    }
    return '<div class="tiles">' + "".join(f"<div><b>{value}</b>{name}</div>" for name, value in facts.items()) + "</div>"


def overview(names, rows):
    """A table of the exercises: how many answers have which verdict, and the mean of the points."""
    head = "".join(f'<th class="number">{verdict}</th>' for verdict in VERDICTS)
    lines = [f'<thead><tr><th>exercise</th>{head}<th class="number">mean</th></tr></thead>']
    for name in names:
        found = [row.exercises[name] for row in rows]
        counts = [sum(one["verdict"] == verdict for one in found) for verdict in VERDICTS]
        mean, out_of = sum(one["points"] for one in found) / len(found), found[0]["out_of"]
        cells = "".join(f'<td class="number">{count or ""}</td>' for count in counts)
        lines.append(f'<tr><td>{shown(name)}</td>{cells}<td class="number">{mean:.1f} of {out_of}</td></tr>')
    return "<h2>Exercises</h2>\n" + table(lines)


def mistakes_section(name, rows):
    """The mistakes made in one exercise, the most frequent first, each with its hint and who made it."""
    made = defaultdict(list)
    hints = {}
    for row in rows:
        one = row.exercises[name]
        if one["verdict"] not in (RIGHT, BORROWED, NOT_WRITTEN):
            made[one["mistake"] or UNKNOWN].append(row.name)
            hints[one["mistake"] or UNKNOWN] = one["hint"] if one["mistake"] else ""
    if not made:
        return ""
    most = max(map(len, made.values()))
    lines = ['<thead><tr><th class="number">how often</th><th></th><th>mistake</th><th>hint</th><th>who</th></tr></thead>']
    for mistake, who in sorted(made.items(), key=lambda item: (item[0] == UNKNOWN, -len(item[1]), item[0])):
        bar = f'<span class="bar" style="width: {6 * len(who) / most:.2f}em"></span>'
        people = f"<details><summary>{len(who)}</summary>{', '.join(map(shown, who))}</details>"
        about = f"<td>{shown(mistake.replace('_', ' '))}</td><td>{shown(hints[mistake])}</td><td>{people}</td>"
        lines.append(f'<tr><td class="number">{len(who)}</td><td>{bar}</td>{about}</tr>')
    return f"<h2>Mistakes in {shown(name)}</h2>\n" + table(lines)


def submissions(names, rows):
    """A table of students and exercises."""
    head = "".join(f'<th class="number">{shown(name)}</th>' for name in names)
    lines = [f'<thead><tr><th>name</th>{head}<th class="number">total</th><th>note</th></tr></thead>']
    for row in rows:
        cells = "".join(points_cell(row.exercises[name]) for name in names)
        total = f'<td class="number"><b>{row.points}</b> of {row.out_of}</td>'
        note = f'<td class="faint">{shown(row.note)[:500]}</td>'
        lines.append(f"<tr><td>{shown(row.name)}</td>{cells}{total}{note}</tr>")
    return table(lines)


def points_cell(one):
    """The points of one answer; its verdict and mistake appear on hovering."""
    share = one["points"] / max(one["out_of"], 1)
    ground = f"rgba(var(--{'right' if one['verdict'] == RIGHT else 'wrong'}), {0.35 if share == 1 else 0.3 * (1 - share):.2f})"
    words = f"{one['verdict']}: {one['mistake']}" if one["mistake"] else one["verdict"]
    mark = MARKS.get(one["verdict"], "")
    return f'<td class="number" style="background: {ground}" title="{shown(words)}">{one["points"]} {mark}</td>'


def table(lines):
    """A table that scrolls sideways where the window is narrow; the first line is its head."""
    return f'<div class="scroll"><table>{lines[0]}<tbody>\n' + "\n".join(lines[1:]) + "\n</tbody></table></div>"
