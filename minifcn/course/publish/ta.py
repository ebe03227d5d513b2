"""Writes TA.md for those who hold office hours: the mistakes that the checks know, and what to ask about each.

The question comes from the smallest input at which the mistake shows: a student who works that one by hand finds the
rest alone. Read terms.py next.
"""

import dataclasses

from ..checking.check import describe_failure, first_failure, property_states
from ..checking.comparison import compare
from ..checking.planted import behaviours
from ..exercise import AGAIN, UNCHANGED
from ..show.evidence import difference_sentence
from ..show.lines import one_line

HEAD = """\
# For teaching assistants: {title}

Do not hand this out: the hints of a mistake nearly give the answer away.

Under each mistake are its hint, as the report shows it, and a question for office hours. The question names an input at
which the mistake shows, so that you can work it out on paper together. Let students find the line themselves; if a name
below fits what you see in their code, keep it to yourself for the first five minutes.

{contents}
"""
WITHOUT_HINT = "A report without any of these hints is of a mistake that nobody has planted yet: write it down, and tell the others."


def write(path, title, lessons, terms=()):
    """Write TA.md for some Lessons. Their planted mistakes are asked the questions of the public seed, if never before.

    terms: a sentence for each convention of the term
    """
    pages = [page(lesson, name) for lesson in lessons for name in lesson.exercises]
    contents = [f"- {lesson.number}.{name}: {lesson.title}" for lesson in lessons for name in lesson.exercises]
    head = HEAD.format(title=title, contents="\n".join([*terms, *([""] if terms else []), *contents]))
    path.write_text("\n".join([head, *pages, WITHOUT_HINT]) + "\n", encoding="utf-8")


def page(lesson, name):
    """The part of TA.md on one exercise."""
    exercise = lesson.exercises[name]
    lines = [f"## {lesson.number}.{name}: {exercise.points} points", "", "What a right answer does:", ""]
    lines += [f"- {says} ({points})" for says, points in exercise.graded_properties()]
    if exercise.hints:
        lines += ["", f'What `hint("{lesson.number}.{name}")` says, one sentence at a time:', ""]
        lines += [f"{number}. {says}" for number, says in enumerate(exercise.hints, 1)]
    for mistake, trial in first_ways(lesson, name):
        lines += ["", f"### {mistake.name.replace('_', ' ')}", "", f"> {mistake.hint}", "", *advice(lesson, exercise, trial)]
    return "\n".join([*lines, ""])


def first_ways(lesson, name):
    """(Mistake, Trial) of each planted mistake, in the first way of writing it."""
    found = {}
    for mistake, trial in behaviours(lesson, name):
        found.setdefault(mistake.name, (mistake, trial))
    return found.values()


def advice(lesson, exercise, trial):
    """Two lines: where a mistake shows first, and what to ask."""
    if trial.loaded.kind != "value":
        return [f"Ask: it stops before it is called, with `{one_line(trial.loaded.message)}`. What runs when a cell is run?"]
    trial = with_differences(trial)
    states = property_states(exercise, trial)
    if all(state.holds for state in states):
        return ["With this assignment's conventions it is not wrong."]
    number, says = first_failure(trial, states)
    failure = describe_failure(lesson, exercise, trial, number, says, Nowhere())
    shows = f'Shows in "{says}"' + (f", at: {failure.note}" if failure.note else "") + f": {what_is_wrong(failure)}."
    return [shows, "", *question(failure, exercise)]


class Nowhere:
    """A Source of which no line is shown."""

    def place_of(self, line):
        return ""


def with_differences(trial):
    """A Trial from the disk, with what differs where."""
    pairs = zip(trial.outcomes, trial.differences, trial.questions)
    again = tuple(compare(o.value, q.case.expected, q.case.rtol) if d and o.kind == "value" else d for o, d, q in pairs)
    return dataclasses.replace(trial, differences=again)


def what_is_wrong(failure):
    """What is wrong there, in a few words."""
    return one_line(failure.error) if failure.error else difference_sentence(failure.difference)


def question(failure, exercise):
    """The lines of a question to ask."""
    code = ["", "```python", *(f"{name} = {flat(text)}" for name, text in failure.given.items()),
            *failure.question.splitlines(), "```"]  # fmt: skip
    if failure.says == UNCHANGED:
        return ["Ask: what is in each argument after this call, and which line writes there?", *code]
    if failure.says == AGAIN:
        return ["Ask: what does a second call like this still know of the first?", *code]
    if failure.error.startswith("no answer"):
        return ["Ask: which loop does not end here, and what was to end it?", *code]
    if failure.error:
        return ["Ask: which shapes and values does the line that stops have here, one by one?", *code]
    difference = failure.difference
    if difference.sentence:
        return ["Ask: what comes out here, in words: its type, its shape, its dtype? And what comes out of yours?", *code]
    place = difference.path + (str(list(difference.index)) if difference.index else "")
    which = f"the number at `{place}`" if place.startswith("[") else f"`{place}`" if place else "the result"
    return [f"Ask: on paper, where does {which} come from? Then: which line of yours computes it?", *code]


def flat(text):
    """An argument on one line."""
    return " ".join(text.split())
