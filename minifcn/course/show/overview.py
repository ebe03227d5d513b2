"""Renders the list of lessons: what a student has passed and tried, what is open, and what is next.

`minifcn lessons` prints it, from what progress.py has recorded. Read ../api.py next.
"""

from ..checking.verdict import NOT_WRITTEN, RIGHT
from .text import CODES

PASSED, TRIED, OPEN = "✓", "~", "○"
BAR = 10  # characters


def ladder_text(lessons, progress, colour=False, open_it="jupyter lab notebooks/student/{}.ipynb"):
    """The lessons with what is passed, tried and open, and what is next, as `minifcn lessons` prints it.

    open_it: the command that opens a notebook, with {} for its name
    """
    lessons = [lesson for lesson in lessons if lesson.exercises]
    if not lessons:
        return "There are no lessons with exercises here."
    states = {lesson.number: states_of(lesson, progress) for lesson in lessons}
    everything = [state for of_lesson in states.values() for state in of_lesson]
    passed = sum(mark == PASSED for _, mark, _, _ in everything)
    lines = [styled(f"{passed} of {len(everything)} exercises passed", "bold", colour)
             + f", {points_text(everything)}   ({PASSED} passed   {TRIED} tried   {OPEN} open)", ""]  # fmt: skip
    titles = max(len(lesson.title) for lesson in lessons)
    for lesson in lessons:
        lines += lesson_lines(lesson, states[lesson.number], titles, colour)
    return "\n".join([*lines, "", *missing_lessons(lessons), *next_exercise(lessons, states, colour, open_it)])


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
    """A line with number, title, progress bar and points, and a line with the exercises."""
    got, most = (sum(state[i] for state in states) for i in (2, 3))
    full = BAR * got // most if most else 0
    bar = styled("█" * full, "good", colour) + styled("░" * (BAR - full), "faint", colour)
    style = {PASSED: "good", TRIED: "bold", OPEN: "faint"}
    marks = [styled(f"{mark} {name}", style[mark], colour) for name, mark, _, _ in states]
    return [f"{int(lesson.number):>3}  {lesson.title:<{titles}}   {bar} {got:>3} of {most}", "     " + "   ".join(marks)]


def points_text(states):
    """ "7 of 52 points"."""
    return f"{sum(state[2] for state in states)} of {sum(state[3] for state in states)} points"


def missing_lessons(lessons):
    """A line naming the missing numbers below the last lesson, if any."""
    numbers = [int(lesson.number) for lesson in lessons]
    gaps = [str(n) for n in range(1, max(numbers)) if n not in numbers]
    listed = " and ".join(filter(None, [", ".join(gaps[:-1]), *gaps[-1:]]))
    return [f"{'Lessons' if len(gaps) > 1 else 'Lesson'} {listed} will follow."] if gaps else []


def next_exercise(lessons, states, colour, open_it):
    """The first exercise not passed yet, and the command that opens its notebook."""
    for lesson in lessons:
        for name, mark, _, _ in states[lesson.number]:
            if mark != PASSED:
                place = styled(f"next: lesson {int(lesson.number)}, {name}:", "bold", colour)
                return [f"{place} {open_it.format(lesson.name)}"]
    return ["All exercises passed."]


def styled(shown, style, colour):
    return f"\x1b[{CODES[style]}m{shown}\x1b[0m" if colour and shown else shown
