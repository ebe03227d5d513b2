"""Renders the list of lessons: what a student has passed, tried and borrowed, what is open, and what is next.

`minifcn lessons` prints it, from what progress.py has recorded. Read ../api.py next.
"""

from ..checking.verdict import BORROWED, NOT_WRITTEN, RIGHT
from ..languages import translated
from .lines import CODES, columns

PASSED, TRIED, TAKEN, OPEN = "✓", "~", "=", "○"
BAR = 10  # characters


def ladder_text(lessons, progress, colour=False, open_it="jupyter lab notebooks/student/{}.ipynb"):
    """The lessons with what is passed, tried, borrowed and open, and what is next, as `minifcn lessons` prints it.

    open_it: the command that opens a notebook, with {} for its name
    """
    lessons = [lesson for lesson in lessons if lesson.exercises]
    if not lessons:
        return translated("There are no lessons with exercises here.")
    states = {lesson.number: states_of(lesson, progress) for lesson in lessons}
    everything = [state for of_lesson in states.values() for state in of_lesson]
    passed = sum(mark == PASSED for _, mark, _, _ in everything)
    lines = [styled(translated(f"{passed} of {len(everything)} exercises passed"), "bold", colour)
             + f", {points_text(everything)}   ({meaning(everything)})", ""]  # fmt: skip
    widest = max(columns(translated(lesson.title)) for lesson in lessons)
    for lesson in lessons:
        lines += lesson_lines(lesson, states[lesson.number], widest, colour)
    some = any(exercise.optional for lesson in lessons for exercise in lesson.exercises.values())
    brackets = ["", translated("Exercises in brackets are optional.")] if some else [""]
    return "\n".join([*lines, *brackets, *next_exercise(lessons, states, colour, open_it)])


def states_of(lesson, progress):
    """[(name, mark, points, out of)] of a lesson's exercises."""
    states = []
    for name, exercise in lesson.exercises.items():
        entry = progress.get(f"{lesson.number}.{name}", {"verdict": NOT_WRITTEN, "points": 0})
        if entry["verdict"] == RIGHT:
            states.append((name, PASSED, exercise.points, exercise.points))
        elif entry["verdict"] == BORROWED:
            states.append((name, TAKEN, 0, exercise.points))
        else:
            untouched = entry["verdict"] == NOT_WRITTEN and not entry["points"]
            states.append((name, OPEN if untouched else TRIED, min(entry["points"], exercise.points), exercise.points))
    return states


def meaning(states):
    """What the marks mean; that of a borrowed answer only where there is one."""
    means = {PASSED: translated("passed"), TRIED: translated("tried"), TAKEN: translated("borrowed"), OPEN: translated("open")}
    used = {PASSED, TRIED, OPEN} | {mark for _, mark, _, _ in states}
    return "   ".join(f"{mark} {words}" for mark, words in means.items() if mark in used)


def lesson_lines(lesson, states, widest, colour):
    """A line with number, title, progress bar and points, and a line with the exercises. widest: columns of a title."""
    got, most = (sum(state[i] for state in states) for i in (2, 3))
    full = BAR * got // most if most else 0
    bar = styled("█" * full, "good", colour) + styled("░" * (BAR - full), "faint", colour)
    style = {PASSED: "good", TRIED: "bold", TAKEN: "bold", OPEN: "faint"}
    shown = {name: f"({name})" if exercise.optional else name for name, exercise in lesson.exercises.items()}
    marks = [styled(f"{mark} {shown[name]}", style[mark], colour) for name, mark, _, _ in states]
    number, title = lesson.number.lstrip("0"), translated(lesson.title)
    title += " " * (widest - columns(title))
    return [f"{number:>3}  {title}   {bar} {points_text(states)}", "     " + "   ".join(marks)]


def points_text(states):
    """ "7 of 52 points"."""
    got, most = (sum(state[i] for state in states) for i in (2, 3))
    return translated(f"{got} of {most} points")


def next_exercise(lessons, states, colour, open_it):
    """The exercise to go on with, and how to open its notebook: the first that is neither passed nor borrowed.

    Optional ones come after all others, and borrowed ones last.
    """
    left = [
        ((mark == TAKEN, lesson.exercises[name].optional), lesson, name)
        for lesson in lessons for name, mark, _, _ in states[lesson.number] if mark != PASSED
    ]  # fmt: skip
    if not left:
        return [translated("All exercises passed.")]
    _, lesson, name = min(left, key=lambda one: one[0])  # the first of the smallest
    place = styled(translated(f"next: lesson {lesson.number.lstrip('0')}, {name}:"), "bold", colour)
    return [f"{place} {open_it.format(lesson.name)}"]


def styled(shown, style, colour):
    return f"\x1b[{CODES[style]}m{shown}\x1b[0m" if colour and shown else shown
