"""Renders a Report for a terminal, in at most 15 lines, and as plain data for JSON.

If lines run short, the verdict, the question, what was found and the hint stay; the picture of the error is the first
to go. evidence.py says what differs. Read html.py next.
"""

import ast
import textwrap

import numpy as np

from ..checking.verdict import BORROWED, CRASHED, NOT_WRITTEN, RIGHT, TIMED_OUT, WRONG, Failure
from ..languages import of_lesson, translated
from .evidence import difference_sentence, error_slice, format_entries, ratio_of
from .lines import clean, columns, indent, one_line, paint, side_by_side, truncate, truncate_lines, width_of, wrap

LINES = 15
MARK = {True: "✓", False: "✗", None: "○"}
STYLE = {True: "good", False: "bad", None: "bold"}
SAYS = {RIGHT: "is right", WRONG: "is wrong", CRASHED: "crashed", TIMED_OUT: "timed out",
        NOT_WRITTEN: "is not yet written", BORROWED: "is borrowed"}  # fmt: skip
UNDECIDED = NOT_WRITTEN, BORROWED  # nothing was checked
NO_FAILURE = Failure(says="", question="", given={})


def text(report, colour=False, width=100):
    """The report as at most 15 lines of at most `width` columns, for a terminal; with ANSI colours if `colour`."""
    body = {RIGHT: right_lines, NOT_WRITTEN: unwritten_lines, BORROWED: borrowed_lines}.get(report.verdict, failing_lines)
    lines = [heading(report), *body(report, width)][:LINES]
    return "\n".join(paint(truncate(line, width), colour) for line in lines)


def as_json(report):
    """The report as plain data: dicts, lists, text, finite numbers, bools, None; arrays of at most 64 entries."""
    names = "exercise", "verdict", "points", "out_of", "where", "hint", "mistake"
    properties = [{"says": p.says, "points": p.points, "holds": p.holds} for p in report.properties]
    return plain({name: getattr(report, name) for name in names}) | {
        "properties": properties, "failure": failure_json(report.failure)}  # fmt: skip


def failure_json(failure):
    """The failure as plain data, or None."""
    if failure is None:
        return None
    data = {"property": failure.says} | {n: getattr(failure, n) for n in ("question", "given", "note", "error", "line")}
    names = "sentence", "path", "index", "found", "expected", "wrong", "size", "found_array", "expected_array"
    data |= {name: getattr(failure.difference, name, None) for name in names}
    return plain(data | {"ratio": failure.difference and ratio_of(failure.difference)})


def plain(value):
    """A value in JSON's types: arrays as lists (None above 64 entries), inf, nan and anything unknown as text."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist()) if value.size <= 64 else None
    if isinstance(value, np.generic) and not isinstance(value, (np.longdouble, np.clongdouble)):
        return plain(value.item())  # item() returns those two unchanged
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, int, str, type(None))) or isinstance(value, float) and np.isfinite(value):
        return value
    return str(value)


# The lines of each verdict --------------------------------------------------------------------------------------------


def heading(report):
    """The verdict, the points, and where the answer was found."""
    holds = None if report.verdict in UNDECIDED else report.verdict == RIGHT
    line = [(f"{MARK[holds]} {verdict_sentence(report)}", STYLE[holds])]
    if report.out_of:
        line.append((f": {points_sentence(report)}", ""))
    return [*line, (f"   {translated(one_line(report.where))}", "faint")] if report.where else line


def verdict_sentence(report):
    """ "06.col2im is wrong"."""
    return translated(f"{one_line(report.exercise)} {SAYS[report.verdict]}")


def points_sentence(report):
    """ "3 of 8 points"."""
    return translated(f"{report.points} of {report.out_of} point{'s' * (report.out_of != 1)}")


def property_count(count, words="hold"):
    """ "1 property holds", "3 properties hold"; words: "hold", "failed" or "were not checked"."""
    words = "holds" if (words, count) == ("hold", 1) else words
    return translated(f"{count} {'properties' if count > 1 else 'property'} {words}")


def right_lines(report, width):
    count = len(report.properties)
    return [[(f"  {property_count(count)}", "")]] if count else []


def borrowed_lines(report, width):
    return [[("  " + shown, "")] for shown in wrap(translated((report.failure or NO_FAILURE).error), width - 2, 4)]


def unwritten_lines(report, width):
    """What to write, where, and how to get help."""
    lines = [[("  " + shown, "")] for shown in stub(report)]
    error = (report.failure or NO_FAILURE).error
    if error and not error.startswith("NotImplementedError"):
        lines += [[("  " + shown, "")] for shown in wrap(translated(error), width - 2, 2)]
    if report.source:
        advice = translated("Write your code in place of `raise NotImplementedError`, save it, and check again.")
        lines += [[("  " + shown, "")] for shown in wrap(advice, width - 2, 3)]
    return lines + hint_lines(report, width)


def way_out(name):
    """What hint() says after the last hint for an exercise "06.im2col"."""
    called = name.rpartition(".")[2]
    call = f'from minifcn.course import borrow; {called} = borrow("{name}")'
    return translated(f"still stuck? `{call}` lets you go on, without points")


def stub(report):
    """The signature of the function to write, or the class and its methods not written yet."""
    name = report.exercise.rpartition(".")[2]
    try:
        for node in ast.parse(report.source).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return [one_line(f"def {name}({ast.unparse(node.args)})")]
            if isinstance(node, ast.ClassDef) and node.name == name:
                missing = [part.name for part in node.body if isinstance(part, ast.FunctionDef)
                           and "raise NotImplementedError" in ast.unparse(part)]  # fmt: skip
                return [translated(one_line(f"class {name}: still to write: {', '.join(missing)}"))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return []


def failing_lines(report, width):
    """What holds, what failed, the question, the answer and the hint, for wrong, crashed and timed out."""
    failure = report.failure or NO_FAILURE
    held, failed = property_lines(report, failure)
    told, hint = result_lines(failure, width - 4), hint_lines(report, width)
    room = LINES - 1 - len(failed) - len(told) - len(hint)
    asked = indent(question_lines(failure, width - 4))
    above = len(asked) - failure.question.count("\n") - 1  # a note
    focus = None if failure.focus is None else above + failure.focus
    question = truncate_lines(asked, room - bool(held), focus)
    room -= len(question) + bool(held)
    shown = truncate_lines(indent(evidence(failure, width - 4, room)), room)
    room -= len(shown)
    if 1 < len(held) and (len(held) > 4 or len(held) - 1 > room):
        held = [[("  ✓ ", "good"), (property_count(len(held)), "")]]
    if report.printed and len(held) - 1 < room:
        told.append([("    " + translated(f"it printed: {one_line(report.printed)}"), "faint")])
    return held + failed + question + shown + told + hint


def property_lines(report, failure):
    """([a line for each property that holds], [a line for the one that failed])."""
    held = [[("  ✓ ", "good"), (of_lesson(one_line(p.says)), "")] for p in report.properties if p.holds]
    if not failure.says:
        return held, []
    others = sum(p.holds is False and p.says != failure.says for p in report.properties)
    unchecked = sum(p.holds is None for p in report.properties)
    rest = [f"{others} more fail{'s' * (others == 1)}"] * bool(others) + [f"{unchecked} not checked"] * bool(unchecked)
    note = f"   ({', '.join(map(translated, rest))})" if rest else ""
    return held, [[("  ✗ ", "bad"), (of_lesson(one_line(failure.says)), "bold"), (note, "faint")]]


def question_lines(failure, width):
    """The call or the probe, with its note as a comment."""
    lines = textwrap.dedent(clean(failure.question)).strip("\n").split("\n") if failure.question else []
    if len(lines) == 1:
        lines = wrap(lines[0], width, 3)
    if not failure.note:
        return [[(shown, "")] for shown in lines]
    note = f"# {of_lesson(one_line(failure.note))}"
    if not lines or columns(lines[0]) + 3 + columns(note) > width:
        lines = ["", *lines]
    gap = " " * (3 if lines[0] else 0)
    return [[(lines[0] + gap, ""), (note, "faint")], *([(shown, "")] for shown in lines[1:])]


def evidence(failure, width, room):
    """The small arguments and, if it fits, the picture of the error."""
    given = [given_block(name, value, width) for name, value in failure.given.items()]
    whole = error_slice(failure.difference) if failure.difference else None
    height = len(whole.found) if whole else 0
    for rows in range(min(8, height, room - 1), min(2, height - 1), -1) if whole else ():
        lines = side_by_side([*given, drawing(whole, rows, width)], width)
        if len(lines) <= room:
            return lines
    return side_by_side(given, width)


def given_block(name, value, width):
    """The lines "x = [[1 2]" and the other rows, aligned below it."""
    first, lines = f"{one_line(name)} = ", clean(value).split("\n")
    if len(lines) == 1:
        return [[(shown, "")] for shown in wrap(value, width, 3, first)]
    return [[((first if i == 0 else " " * len(first)) + line, "")] for i, line in enumerate(lines)]


def drawing(whole, rows, width):
    """Found beside expected, `rows` rows and as many columns as fit, up to 12; for vectors, one above the other."""
    for cols in range(min(12, whole.found.shape[1]), 0, -1):
        part = whole.part(rows, cols)
        names = [translated(name) + part.place for name in ("found", "expected")]
        texts = dict(zip(names, format_entries(part)))
        if whole.front is None:
            widest, longest = max(len(entry) for (row,) in texts.values() for entry in row), max(map(columns, texts))
            lines = [[(name + " " * (longest - columns(name) + 1), "faint"), *row_line(row, part.wrong[0], widest)]
                     for name, (row,) in texts.items()]  # fmt: skip
        else:
            lines = side_by_side([number_table(name, rows_of, part.wrong) for name, rows_of in texts.items()], width)
        if max(map(width_of, lines)) <= width and len(lines) <= max(rows + 1, 2):
            break
    return lines


def number_table(title, texts, wrong):
    """A title, and rows of numbers aligned in columns."""
    widest = max(len(entry) for row in texts for entry in row)
    return [[(f" {title}", "faint")], *(row_line(row, bad, widest) for row, bad in zip(texts, wrong))]


def row_line(texts, wrong, widest):
    """A row of numbers; the wrong ones in brackets."""
    line = []
    for shown, bad in zip(texts, wrong):
        line += [(f"[{shown:>{widest}}]", "bad") if bad else (f" {shown:>{widest}} ", ""), (" ", "")]
    return line[:-1]


def result_lines(failure, width):
    """What was found and expected, or the error and the offending line of the student's source."""
    lines = wrap(difference_sentence(failure.difference), width, 3) if failure.difference else []
    lines += wrap(translated(failure.error), width, 3) if failure.error else []
    return indent([[(shown, "bold")] for shown in lines + [translated(one_line(failure.line))] * bool(failure.line)])


def hint_lines(report, width):
    """The hint, or how to ask for one."""
    if not report.hint:
        stuck = translated(f"Stuck? `minifcn check {one_line(report.exercise)} --hint` gives a nudge.")
        return [[("  " + stuck, "faint")]]
    title = translated("hint:")
    first, *others = wrap(translated(one_line(report.hint)), width - 2, 4, title + " ")
    return [[("  " + title, "bold"), (first[len(title) :], "")], *([("  " + line, "")] for line in others)]
