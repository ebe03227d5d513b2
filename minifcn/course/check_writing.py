"""Exercises whose answer is itself a check: `check_col2im(col2im)` raises an error for a wrong col2im, for a right one none.

Such a check is graded by how many planted mistakes of the other exercise it rejects, and it must accept the solution and
all variants. All of them go into the student's process as source: wrong answers are no secret, and solutions are public.
Read convolutions.py next.
"""

from . import ladder
from .answers.solutions import planted_sources, solution, variant
from .exercise import Case, Exercise, Property

ACCEPTED, REJECTED = "accepted", "rejected"  # what the probes return


def check_exercise(number, about, groups, uses=(), hints=()):
    """The Exercise "check_NAME": to write a check that tells right answers to an exercise from wrong ones.

    number: of its lesson, "06"
    about:  the Exercise that the answers are to
    groups: {what the wrong ones get wrong: names of planted mistakes}, the obvious first. The last group has no names;
            it gets the mistakes that the others do not name
    uses:   exercises that a check may call, besides those that `about` uses
    """
    properties = [Property("accepts every right answer, however it is written", right_cases(number, about), 2, accepts)]
    properties += [Property(f"rejects {says}", wrong_cases(number, about, groups, says), 1, rejects) for says in groups]
    used = tuple(dict.fromkeys((*about.uses, *uses)))
    return Exercise(f"check_{about.name}", tuple(properties), uses=used, hints=hints)


def right_cases(number, about):
    """A function of rng that yields a Case for each right answer."""

    def cases(rng):
        for source in right_sources(number, about):
            yield Case((source.text, source.name, about.name), ACCEPTED, typed=f"check_{about.name}(a_right_answer)")

    return cases


def wrong_cases(number, about, groups, says):
    """A function of rng that yields a Case for each way of writing a mistake of one group."""

    def cases(rng):
        lesson = ladder.find_lesson(number)
        rights = right_sources(number, about)
        for mistake in mistakes_in(lesson.mistakes[about.name], groups, says):
            for wrong in planted_sources(lesson, about.name, mistake):
                right = rights[rng.integers(len(rights))]
                answers = [(right.text, right.name), (wrong.text, wrong.name)]
                yield Case(
                    (answers, about.name, bool(rng.integers(2))),
                    REJECTED,
                    note=f"its mistake: {mistake.name.replace('_', ' ')}",
                    typed=f"check_{about.name}(a_wrong_answer)",
                )

    return cases


def right_sources(number, about):
    """The Sources of the solution and of all variants."""
    lesson = ladder.find_lesson(number)
    variants = [variant(lesson, about.name, answer) for answer in lesson.variants.get(about.name, ())]
    return [solution(lesson, about.name), *variants]


def mistakes_in(mistakes, groups, says):
    """The Mistakes of one group. Raises ValueError if a group names one that does not exist."""
    named = {name: group for group, names in groups.items() for name in names}
    if unknown := set(named) - {mistake.name for mistake in mistakes}:
        raise ValueError(f"check: there is no planted mistake {', '.join(sorted(unknown))}; update checks.py")
    return [mistake for mistake in mistakes if named.get(mistake.name, list(groups)[-1]) == says]


# Both probes run in the student's process, where the answers that the exercise uses are known by their names. ---------


def accepts(check, text, called, name):
    """What the check does to one right answer."""
    names = dict(globals())
    exec(text, names)  # noqa: S102
    names[called].__name__ = names[called].__qualname__ = name
    try:
        check(names[called])
    except Exception as error:
        return f"rejected: {type(error).__name__}: {error}"
    return "accepted"


def rejects(check, answers, name, wrong_first):
    """What the check does to a wrong answer, given a right one before or after it, in an order that it cannot know."""
    outcomes = {}
    for is_right, (text, called) in zip((True, False), answers):
        names = dict(globals())
        exec(text, names)  # noqa: S102
        answer = names[called]
        answer.__name__ = answer.__qualname__ = name
        answer.__code__ = answer.__code__.replace(co_name=name, co_qualname=name)
        outcomes[is_right] = answer
    verdicts = {}
    for is_right in (False, True) if wrong_first else (True, False):
        try:
            check(outcomes[is_right])
            verdicts[is_right] = "accepted"
        except Exception:
            verdicts[is_right] = "rejected"
    return "rejected with every right answer" if verdicts[True] == "rejected" else verdicts[False]
