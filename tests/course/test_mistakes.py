"""Every planted mistake is rejected and recognised by its own hint; every right answer, however written, passes.

`pytest -m slow tests/course/test_mistakes.py -s -k every_planted` prints the whole matrix; `make test` asks a part of it.
"""

import hashlib

import pytest

from minifcn.course import ladder
from minifcn.course.answers.solutions import planted_sources, solution, variant
from minifcn.course.checking import planted
from minifcn.course.checking.check import first_failure, property_states, report_of
from minifcn.course.checking.hints import rules_out, tells_alone
from minifcn.course.checking.trial import questions, run_trial
from minifcn.course.checking.verdict import RIGHT
from minifcn.course.sandbox.process import AnswerProcess

EXERCISES = [(lesson, name) for lesson in ladder.lessons() for name in lesson.exercises]
exercises = pytest.mark.parametrize("lesson, name", EXERCISES, ids=[f"{e[0].number}.{e[1]}" for e in EXERCISES])


@exercises
def test_planted_mistakes_are_rejected_and_get_their_own_hints(lesson, name, monkeypatch, answer_process):
    """Every ninth one, in the first way of writing it. All of them, in all ways, take minutes: see below."""
    chosen = lesson.mistakes[name][::9]

    def first_way(lesson, name, mistake):
        return planted_sources(lesson, name, mistake)[:1] if mistake in chosen else []

    monkeypatch.setattr(planted, "planted_sources", first_way)
    assert not unrecognised(lesson, name, answer_process)


@pytest.mark.slow
@exercises
def test_every_planted_mistake_is_rejected_and_gets_its_own_hint(lesson, name, answer_process):
    assert not unrecognised(lesson, name, answer_process)


def tried_ways(lesson, name, seed=0):
    """[(Mistake, Source, Trial)] for every way of writing a planted mistake."""
    pairs = zip(planted.ways(lesson, name), planted.behaviours(lesson, name, seed), strict=True)
    return [(mistake, source, trial) for (mistake, source), (_, trial) in pairs]


def unrecognised(lesson, name, answer_process):
    """[(mistake, verdict, hint shown)] of the planted mistakes that are accepted or taken for another."""
    planted.known.cache_clear()
    planted.ways.cache_clear()
    exercise = lesson.exercises[name]
    print(f"\n{lesson.number}.{name}")
    failures = []
    for mistake, source, tried in tried_ways(lesson, name):
        assert tried.loaded.kind == "value", f"{mistake.name} cannot be loaded: {tried.loaded}"
        accidents = {outcome.message for outcome in tried.outcomes if outcome.type in ("NameError", "UnboundLocalError")}
        assert not accidents, f"{mistake.name} is no mistake that runs: {accidents}"
        report = report_of(lesson, exercise, source, tried)
        failed = sum(bool(tried.wrong(i)) for i in range(len(tried.questions)))
        shown = report.mistake or "NO HINT"
        print(f"  {mistake.name:32} {report.verdict:10} fails {failed:3} of {len(tried.questions)}   {shown}")
        if report.verdict == RIGHT or report.mistake != mistake.name:
            failures.append((mistake.name, report.verdict, shown))
        elif answers_otherwise_alone(exercise, source, tried, answer_process):
            failures.append((mistake.name, report.verdict, "alone, the question shown gets another answer"))
    planted.known.cache_clear()
    planted.ways.cache_clear()
    return failures


def answers_otherwise_alone(exercise, source, tried, answer_process):
    """Whether the question that a report shows would rule a mistake out, asked alone, though an answer does the same."""
    number, _ = first_failure(tried, property_states(exercise, tried))
    if not tells_alone(tried, number):
        return False
    with answer_process(exercise.imports, needs=exercise.needs) as process:
        alone = run_trial(process, exercise, source, enough=lambda so_far: True, only=number)
    return rules_out(tried.only(number), alone, 0)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
@exercises
def test_the_solution_and_the_variants_are_right(lesson, name, every, answer_process):
    """Every third variant; all are slow, and so are those with private seeds."""
    exercise = lesson.exercises[name]
    sources = [solution(lesson, name), *(variant(lesson, name, answer) for answer in lesson.variants.get(name, ())[::every])]
    with answer_process(exercise.imports, needs=exercise.needs) as process:
        for source in sources:
            report = report_of(lesson, exercise, source, run_trial(process, exercise, source))
            assert report.verdict == RIGHT, f"{source.name}: {report.failure}"
            assert report.points == exercise.points


@pytest.mark.slow
@exercises
def test_private_seeds_change_no_verdict(lesson, name):
    """The questions of another seed accept the same answers, reject the same mistakes, and tell them apart."""
    exercise, seed = lesson.exercises[name], int.from_bytes(hashlib.sha256(b"private").digest(), "big")
    sources = [solution(lesson, name), *(variant(lesson, name, answer) for answer in lesson.variants.get(name, ()))]
    with AnswerProcess(exercise.imports, needs=exercise.needs) as process:
        for source in sources:
            trial = run_trial(process, exercise, source, seed)
            assert report_of(lesson, exercise, source, trial, seed).verdict == RIGHT, source.name
    for mistake, source, tried in tried_ways(lesson, name, seed):
        report = report_of(lesson, exercise, source, tried, seed)
        assert report.verdict != RIGHT and report.mistake == mistake.name


@exercises
def test_there_are_enough_of_each(lesson, name):
    mistakes = lesson.mistakes.get(name, ())
    assert len(mistakes) >= 12
    assert len({m.name for m in mistakes}) == len({m.hint for m in mistakes}) == len(mistakes)
    assert all(20 <= len(m.hint) <= 240 for m in mistakes)
    assert len(lesson.variants.get(name, ())) >= 3
    assert len(lesson.exercises[name].hints) >= 2


@exercises
def test_a_check_asks_much_and_every_property_has_points(lesson, name):
    assert len(questions(lesson.exercises[name])) >= 10
    assert all(prop.points > 0 for prop in lesson.exercises[name].properties)


def test_there_are_150_mistakes_or_more():
    count = sum(len(lesson.mistakes.get(name, ())) for lesson, name in EXERCISES)
    print(f"\n{count} planted mistakes in {len(EXERCISES)} exercises")
    assert count >= 150
