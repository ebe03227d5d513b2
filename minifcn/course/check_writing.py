"""Exercises whose answer is itself a check: `check_col2im(col2im)` raises an error for a wrong col2im, for a right one none.

Such a check is graded by the planted mistakes that it rejects, and it must accept the solution and all variants. All of
them go into the student's process as source: wrong answers are no secret, and solutions are public. There each has the
name of the right one, and a wrong one comes with a right one, in an order that is known only outside. So a check gains
nothing by guessing, nor by looking around. Read conventions.py next.
"""

from . import ladder
from .answers.solutions import planted_sources, solution, variant
from .exercise import CHECK, Case, Exercise, Property

ACCEPTED, REJECTED = "accepted", "rejected"  # what the probes should return
RIGHT_ANSWERS = "accepts every right answer, however it is written"


def check_exercise(number, about, groups, uses=(), hints=()):
    """The optional Exercise "check_NAME": to write a check that tells right answers to an exercise from wrong ones.

    number: of the lesson that has the planted mistakes and the variants, "06"
    about:  the Exercise that they answer. If the lesson does not list it, there is no solution: the variants are all
    groups: {what the wrong ones get wrong: names of planted mistakes}, the obvious first. The last group has no names;
            it gets the mistakes that the others do not name
    uses:   exercises that a check may call, besides those that `about` uses
    """
    properties = [Property(RIGHT_ANSWERS, right_cases(number, about), 2, accepts)]
    properties += [Property(f"rejects {says}", wrong_cases(number, about, groups, says), 1, rejects) for says in groups]
    used = tuple(dict.fromkeys((*about.uses, *uses)))
    return Exercise(f"{CHECK}{about.name}", tuple(properties), uses=used, optional=True, hints=hints)


def right_cases(number, about):
    """A function of rng that yields a Case for each right answer."""

    def cases(rng):
        for source in right_sources(number, about):
            yield Case((source.text, source.name, about.name), ACCEPTED, typed=f"{CHECK}{about.name}(a_right_answer)")

    return cases


def wrong_cases(number, about, groups, says):
    """A function of rng that yields a Case for each way of writing a mistake of one group."""

    def cases(rng):
        lesson, right = ladder.find_lesson(number), right_sources(number, about)[0]
        for mistake in mistakes_in(lesson.mistakes[about.name], groups, says):
            for wrong in planted_sources(lesson, about.name, mistake):
                pair = [(right.text, right.name, "a_right_one", ACCEPTED), (wrong.text, wrong.name, "a_wrong_one", REJECTED)]
                pair = pair[:: rng.choice([1, -1])]
                yield Case(
                    ([answer[:2] for answer in pair], about.name),
                    [answer[3] for answer in pair],
                    note=f'the hint for whoever wrote the wrong one: "{mistake.hint}"',
                    typed=f"[{CHECK}{about.name}(answer) for answer in ({pair[0][2]}, {pair[1][2]})]",
                )

    return cases


def right_sources(number, about):
    """The Sources of all variants, and of the solution if there is one."""
    lesson = ladder.find_lesson(number)
    solutions = [solution(lesson, about.name)] if about.name in lesson.exercises else []
    return solutions + [variant(lesson, about.name, answer) for answer in lesson.variants.get(about.name, ())]


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
    answer = names[called]
    answer.__name__ = answer.__qualname__ = name
    answer.__code__ = answer.__code__.replace(co_name=name, co_qualname=name)
    try:
        check(answer)
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever a check raises, it has rejected)
        return f"rejected: {type(error).__name__}: {error}"
    return "accepted"


def rejects(check, answers, name):
    """What the check does to each of some answers: it cannot know which of them is wrong, nor can this process."""
    verdicts = []
    for text, called in answers:
        names = dict(globals())
        exec(text, names)  # noqa: S102
        answer = names[called]
        answer.__name__ = answer.__qualname__ = name
        answer.__code__ = answer.__code__.replace(co_name=name, co_qualname=name)
        try:
            returned = check(answer)
            verdicts.append("accepted" if returned is None else f"accepted: it returned {returned}, and raised nothing")
        except NotImplementedError:
            raise
        except Exception:  # noqa: BLE001
            verdicts.append("rejected")
    return verdicts
