"""Remembers what a student has passed, in the small file minifcn-progress.json beside their notebooks, and lists it.

The file is a convenience: whatever happens to it, a check goes on. An answer that was right once stays passed,
however often it is broken afterwards. ladder.py says which lessons there are; notebook.py calls `record`.
"""

import contextlib
import datetime
import json
import os
from pathlib import Path

from ..files import FileError, TooLarge, Unsuitable, atomic_write, printable, read_regular
from .checking.verdict import NOT_WRITTEN, RIGHT, VERDICTS
from .show.text import CODES

NAME = "minifcn-progress.json"
DAMAGED = "minifcn-progress-damaged.json"
OPEN_IT = ".venv/bin/jupyter lab notebooks/student/{}.ipynb"
PASSED, TRIED, OPEN = "✓", "~", "○"
BAR = 10  # characters
MOST = 10**6  # bytes of the file
DAMAGES = ValueError, TypeError, RecursionError, MemoryError
FIELDS = "verdict", "points", "out_of", "when"


def record(report, folder):
    """Write the outcome of a check into the folder's file, unless a better one of this exercise stands there already.

    Returns "", or one sentence for the student where the file was damaged or cannot be written; raises nothing for that.
    Where the environment variable MINIFCN_PROGRESS is empty, nothing is written: notebooks are built so.
    """
    if os.environ.get("MINIFCN_PROGRESS") == "":
        return ""
    path = Path(folder) / NAME
    try:
        known, complaint = read(path), ""
    except Unsuitable as error:
        return f"your progress is not kept: {printable(path)} {error.found}; remove it"
    except OSError as error:
        return f"your progress is not kept: cannot read {printable(path)}: {error.strerror or error}"
    except DAMAGES:
        known, complaint = {}, put_aside(path)
    entry = {"verdict": report.verdict, "points": report.points, "out_of": report.out_of,
             "when": datetime.date.today().isoformat()}  # fmt: skip
    known[report.exercise] = better(known.get(report.exercise), entry)
    try:
        with atomic_write(path, follow=False) as temporary:
            temporary.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except FileError as error:
        return f"your progress is not kept: {printable(error)}"
    return complaint


def put_aside(path):
    """Rename a damaged file. Returns a sentence for the student."""
    with contextlib.suppress(OSError):
        os.replace(path, path.with_name(DAMAGED))
        return f"{printable(path)} was damaged and is begun anew; what it held is kept as {DAMAGED}"
    return f"{printable(path)} was damaged and is begun anew"


def load(folder):
    """{"06.im2col": {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}}; {} where no file can be read."""
    try:
        return read(Path(folder) / NAME)
    except (OSError, *DAMAGES):
        return {}


def read(path):
    """The sound entries of a file; {} where there is none. Raises OSError, or one of DAMAGES for a file that is not ours."""
    try:
        data = json.loads(read_regular(path, MOST))
    except FileNotFoundError:
        return {}
    except TooLarge as error:
        raise ValueError(str(error)) from None
    if not isinstance(data, dict):
        raise TypeError(f"{path} holds no progress")
    return {name: {field: entry[field] for field in FIELDS} for name, entry in data.items() if is_sound(entry)}


def is_sound(entry):
    """Whether an entry has all that `record` writes."""
    return (isinstance(entry, dict) and entry.get("verdict") in VERDICTS and isinstance(entry.get("when"), str)
            and all(type(entry.get(name)) is int and 0 <= entry[name] < 10**6 for name in ("points", "out_of")))  # fmt: skip


def better(old, new):
    """The entry to keep: a pass before anything else, then the more points; of two passes the first, else the later."""
    if old is None:
        return new
    before, after = ((entry["verdict"] == RIGHT, entry["points"]) for entry in (old, new))
    return old if before > after or (before == after and before[0]) else new


# The ladder -----------------------------------------------------------------------------------------------------------


def ladder_text(lessons, progress, colour=False):
    """The lessons with what has been passed, tried and not begun, and what is next; as `minifcn lessons` prints it."""
    lessons = [lesson for lesson in lessons if lesson.exercises]
    if not lessons:
        return "There are no lessons with exercises here."
    states = {lesson.number: states_of(lesson, progress) for lesson in lessons}
    everything = [state for of_lesson in states.values() for state in of_lesson]
    passed = sum(mark == PASSED for _, mark, _, _ in everything)
    lines = [painted(f"{passed} of {len(everything)} exercises passed", "bold", colour)
             + f", {points_text(everything)}   ({PASSED} passed   {TRIED} tried   {OPEN} open)", ""]  # fmt: skip
    titles = max(len(lesson.title) for lesson in lessons)
    for lesson in lessons:
        lines += lesson_lines(lesson, states[lesson.number], titles, colour)
    return "\n".join([*lines, "", *coming(lessons), *following(lessons, states, colour)])


def states_of(lesson, progress):
    """[(name, mark, points, out of)] of a lesson's exercises."""
    states = []
    for name, exercise in lesson.exercises.items():
        entry = progress.get(f"{lesson.number}.{name}", {"verdict": NOT_WRITTEN, "points": 0})
        if entry["verdict"] == RIGHT:
            states.append((name, PASSED, exercise.points, exercise.points))
        else:
            untouched = entry["verdict"] == NOT_WRITTEN and not entry["points"]
            states.append((name, OPEN if untouched else TRIED, min(entry["points"], exercise.points), exercise.points))
    return states


def lesson_lines(lesson, states, titles, colour):
    """A line with the number, the title, a bar and the points, and one with the exercises."""
    got, most = (sum(state[i] for state in states) for i in (2, 3))
    full = BAR * got // most if most else 0
    bar = painted("█" * full, "good", colour) + painted("░" * (BAR - full), "faint", colour)
    style = {PASSED: "good", TRIED: "bold", OPEN: "faint"}
    marks = [painted(f"{mark} {name}", style[mark], colour) for name, mark, _, _ in states]
    return [f"{int(lesson.number):>3}  {lesson.title:<{titles}}   {bar} {got:>3} of {most}", "     " + "   ".join(marks)]


def points_text(states):
    """ "7 of 52 points"."""
    return f"{sum(state[2] for state in states)} of {sum(state[3] for state in states)} points"


def coming(lessons):
    """A line on the numbers that are missing between the first lesson and the last."""
    numbers = [int(lesson.number) for lesson in lessons]
    gaps = [str(n) for n in range(1, max(numbers)) if n not in numbers]
    listed = " and ".join(filter(None, [", ".join(gaps[:-1]), *gaps[-1:]]))
    return [f"{'Lessons' if len(gaps) > 1 else 'Lesson'} {listed} will follow."] if gaps else []


def following(lessons, states, colour):
    """The first exercise that is not passed, and the command that opens its notebook."""
    for lesson in lessons:
        for name, mark, _, _ in states[lesson.number]:
            if mark != PASSED:
                place = painted(f"next: lesson {int(lesson.number)}, {name}:", "bold", colour)
                return [f"{place} {OPEN_IT.format(lesson.name)}"]
    return ["All of it has been passed."]


def painted(shown, style, colour):
    return f"\x1b[{CODES[style]}m{shown}\x1b[0m" if colour and shown else shown
