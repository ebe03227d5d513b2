"""Renders a Report in a notebook: the same as text.py, with the error as three small coloured tables.

All styles are inline, and text keeps the notebook's own colour on translucent backgrounds, so that the report reads
well in JupyterLab's light and dark themes. Everything from a student is escaped. Read ../progress.py next.
"""

import re
from html import escape

import numpy as np

from ..checking.verdict import BORROWED, NOT_WRITTEN, RIGHT
from ..languages import of_lesson, translated
from .evidence import difference_sentence, distance, error_slice, format_entries, format_number
from .lines import clean, one_line
from .text import MARK, NO_FAILURE, UNDECIDED, points_sentence, property_count, stub, verdict_sentence

GREEN, RED, BLUE, GREY = "0, 158, 115", "213, 94, 0", "0, 114, 178", "128, 128, 128"  # as in plot/style.py
ROWS, COLS, WIDTH = 8, 12, 960  # of the error tables; WIDTH in pixels, of the whole report
CODE = "font-family: Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 12px; line-height: 1.45"
BLOCK = f"{CODE}; margin: 6px 0; padding: 6px 10px; background: rgba({GREY}, 0.12); color: inherit; "
BLOCK += "white-space: pre-wrap; word-break: normal; overflow-wrap: break-word; max-height: 240px; overflow: auto"
FAINT = "opacity: 0.7"
HINT = f"border: 1px solid rgba({BLUE}, 0.6); background: rgba({BLUE}, 0.13); padding: 4px 10px; margin: 8px 0 0"


def html(report):
    """The report as one <div> for a notebook; deterministic."""
    colour = GREY if report.verdict in UNDECIDED else GREEN if report.verdict == RIGHT else RED
    failure = report.failure or NO_FAILURE
    bodies = {RIGHT: right_body, NOT_WRITTEN: unwritten_body, BORROWED: borrowed_body}
    body = bodies.get(report.verdict, failing_body)(report, failure)
    frame = (f"border-left: 4px solid rgb({colour}); padding: 6px 14px 8px; margin: 4px 0; max-width: {WIDTH}px; "
             "font-size: 14px; line-height: 1.45; overflow-wrap: anywhere")  # fmt: skip
    return f'<div style="{frame}">{heading(report, colour)}{body}</div>'


def tag(name, style, content):
    return f'<{name} style="{style}">{content}</{name}>'


def pre(lines):
    """Code or a message on a grey background."""
    return tag("pre", BLOCK, escape("\n".join(lines)))


def heading(report, colour):
    """The verdict, the points, and where the answer was found."""
    holds = None if report.verdict in UNDECIDED else report.verdict == RIGHT
    badge = tag("b", f"background: rgba({colour}, 0.22); padding: 1px 8px; border-radius: 3px",
                f"{MARK[holds]} {escape(verdict_sentence(report))}")  # fmt: skip
    points = f" &nbsp; {points_sentence(report)}" if report.out_of else ""
    where = " &nbsp; " + tag("span", FAINT, escape(translated(one_line(report.where)))) if report.where else ""
    return tag("div", "margin: 0", badge + points + where)


def right_body(report, failure):
    """The properties, nothing else."""
    return property_list(report)


def borrowed_body(report, failure):
    """That it is the course's own, in one sentence."""
    return tag("div", "margin: 4px 0", escape(translated(one_line(failure.error))))


def unwritten_body(report, failure):
    """What to write, and how to get help."""
    told = [] if failure.error.startswith("NotImplementedError") else [translated(failure.error)]
    lines = [*stub(report), *filter(None, map(clean, told))]
    advice = translated("Write your code in place of `raise NotImplementedError`, run its cell, and check again.")
    return (pre(lines) if lines else "") + (tag("div", "margin: 4px 0", prose(advice)) if report.source else "") + hint(report)


def failing_body(report, failure):
    """What holds and what failed, the question, the answer, and the hint."""
    parts = [property_list(report)]
    if failure.question or failure.given:
        parts.append(question_block(failure))
    if failure.difference:
        sentence = escape(difference_sentence(failure.difference))
        parts += [tag("div", "margin: 4px 0; font-weight: bold", sentence), error_tables(failure)]
    told = [clean(translated(part)) for part in (failure.error, failure.line) if part]
    parts += [pre(told)] if told else []
    if report.printed:
        parts.append(tag("div", f"{FAINT}; margin: 4px 0", escape(translated(f"it printed: {one_line(report.printed)}"))))
    return "".join(parts) + hint(report)


def property_list(report):
    """All properties with marks and points: those that hold, failed, or were not checked; more than four are folded."""
    parts = []
    for state, words in (True, "hold"), (False, "failed"), (None, "were not checked"):
        group = [p for p in report.properties if p.holds is state]
        if len(group) > 4 or state and report.verdict == RIGHT and group:
            title = f"{MARK[state]} {property_count(len(group), words)}"
            parts.append(f'<details><summary style="cursor: pointer">{title}</summary>{property_rows(group)}</details>')
        else:
            parts.append(property_rows(group))
    return tag("div", "margin: 4px 0", "".join(parts))


def property_rows(states):
    """Properties, one per line."""
    colours = {True: GREEN, False: RED, None: GREY}
    styles = {True: "", False: "font-weight: bold", None: FAINT}
    lines = []
    for p in states:
        mark = tag("span", f"color: rgb({colours[p.holds]}); font-weight: bold", MARK[p.holds])
        worth = translated(f"{p.points} point{'s' * (p.points != 1)}")
        points = tag("span", f"{FAINT}; font-weight: normal; font-size: 12px", f"&nbsp; {worth}")
        lines.append(tag("div", "margin-left: 2px; " + styles[p.holds], f"{mark} {escape(of_lesson(one_line(p.says)))}{points}"))
    return "".join(lines)


def question_block(failure):
    """The call or the probe, and the arguments."""
    lines = [f"# {of_lesson(one_line(failure.note))}"] if failure.note else []
    lines += [clean(failure.question)] if failure.question else []
    for name, value in failure.given.items():
        first = f"{one_line(name)} = "
        lines.append(first + clean(value).replace("\n", "\n" + " " * len(first)))
    return pre(lines)


def hint(report):
    """The hint, or how to ask for one."""
    if not report.hint:
        stuck = translated(f'Stuck? `hint("{one_line(report.exercise)}")` gives a nudge, and more each time.')
        return tag("div", f"{FAINT}; margin: 4px 0 0", prose(stuck))
    return tag("div", HINT, f"<b>{translated('Hint:')}</b> {prose(translated(one_line(report.hint)))}")


def hints_box(sentences):
    """The hints that hint() gives, one per line, as a <div> for a notebook."""
    return tag("div", HINT, "".join(tag("div", "margin: 2px 0", prose(sentence)) for sentence in sentences))


def prose(sentence):
    """A sentence as HTML, with what stands in `backquotes` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(one_line(sentence)))


# The error tables -----------------------------------------------------------------------------------------------------


def error_tables(failure):
    """Found, expected and error side by side; "" if there is nothing to show."""
    whole = error_slice(failure.difference)
    if whole is None:
        return ""
    for cols in range(COLS, 3, -1):
        part = whole.part(ROWS, cols)
        found, expected = format_entries(part)
        if 3 * part.found.shape[1] * (8 * max(len(text) for row in found + expected for text in row) + 14) < WIDTH:
            break
    with np.errstate(all="ignore"):
        error = part.found.astype(np.float64) - part.expected.astype(np.float64)
    size = distance(part.found, part.expected)
    limit = max(size[np.isfinite(size)], default=0) or 1
    shades = [[shade(value, limit) for value in row] for row in error.tolist()]
    rows = zip(error.tolist(), part.wrong)
    texts = [[format_number(value, 3) if bad else "·" for value, bad in zip(*row)] for row in rows]
    alike = {name: [[f"rgba({colour}, 0.28)" if bad else "none" for bad in row] for row in part.wrong]
             for name, colour in (("found", RED), ("expected", GREEN))}  # fmt: skip
    tables = [number_table(translated("found") + part.place, found, part.wrong, alike["found"]),
              number_table(translated("expected") + part.place, expected, part.wrong, alike["expected"]),
              number_table(translated("error: found − expected"), texts, part.wrong, shades)]  # fmt: skip
    return tag("div", "display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 6px 0; overflow-x: auto", "".join(tables))


def shade(value, limit):
    """The background of an error: vermilion if too large, blue if too small, stronger for larger errors."""
    strength = min(abs(value) / limit, 1) if np.isfinite(value) else 1
    return f"rgba({BLUE if value < 0 else RED}, {0.08 + 0.47 * strength:.2f})"


def number_table(title, texts, wrong, grounds):
    """A titled table of numbers; wrong entries are bold and framed."""
    rows = "".join(tag("tr", "background: none; border: none", "".join(cell(*one) for one in zip(*row)))
                   for row in zip(texts, wrong, grounds))  # fmt: skip
    caption = tag("div", f"{FAINT}; font-size: 12px; margin: 0 0 2px", title)
    style = f"{CODE}; border-collapse: separate; border-spacing: 1px; border: none; margin: 0; color: inherit"
    return tag("div", "margin: 0", caption + tag("table", style, rows))


def cell(shown, bad, ground):
    style = "padding: 1px 5px; text-align: right; min-width: 20px; color: inherit; max-width: none; white-space: nowrap; "
    style += f"background: {ground if bad else 'none'}; "
    style += "border: 1.5px solid currentColor; font-weight: bold" if bad else f"border: 1.5px solid rgba({GREY}, 0.3)"
    return tag("td", style, escape(shown))
