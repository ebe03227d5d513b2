"""How many small slips in right answers the checks of the course do not notice, and what they say about those they do.

    python benchmarks/course_mutants.py               all exercises
    python benchmarks/course_mutants.py 06 10.AvgPool2d --hints

Every solution and every variant of an exercise is changed in one place at a time (mutants.py), and each mutant is put to
the checks. A mutant that passes is listed: either it does the same as before, or a case is missing. With --hints, the
mutants of the solutions are also told apart by the hint that a student with that answer would get.
"""

import sys
from collections import Counter
from functools import partial

from mutants import mutants
from tqdm import tqdm

from minifcn.course import ladder
from minifcn.course.answers.solutions import dependencies_of, dependency_names, solution, variant
from minifcn.course.answers.source import Chunk, NoAnswer, extract
from minifcn.course.checking.check import report_of
from minifcn.course.checking.comparison import compare
from minifcn.course.checking.planted import time_limit
from minifcn.course.checking.trial import ask_question, questions, run_trial
from minifcn.course.checking.verdict import RIGHT
from minifcn.course.sandbox.process import AnswerProcess

KINDS = ("recognised", "perhaps", "general", "none")


def main(arguments):
    wanted, hints = [a for a in arguments if a != "--hints"], "--hints" in arguments
    total = Counter()
    print(f"{'exercise':30}{'mutants':>9}{'pass':>6}" + (f"{'crash':>7}{'time':>6}" + "".join(f"{k:>12}" for k in KINDS)) * hints)
    for lesson, name in chosen(wanted):
        everything = [*of_solution(lesson, name), *of_variants(lesson, name)]
        survivors = list(passing(lesson, name, everything))
        row = Counter(mutants=len(everything), passing=len(survivors))
        if hints:
            row.update(verdicts(lesson, name))
        total += row
        print_row(f"{lesson.number}.{name}", row, hints)
        for source, mutant in survivors:
            print(f"    {source}, {mutant}", flush=True)
    print_row("all", total, hints)


def print_row(name, row, hints):
    keys = ("crashed", "timed out", *KINDS) if hints else ()
    print(f"{name:30}{row['mutants']:9}{row['passing']:6}" + "".join(f"{row[k]:{w}}" for k, w in zip(keys, (7, 6, 12, 12, 12, 12))))


def chosen(wanted):
    """[(lesson, name)] of the exercises that are named: "06", "06.im2col", or all."""
    every = [(lesson, name) for lesson in ladder.lessons() for name in lesson.exercises]
    return [e for e in every if not wanted or e[0].number in wanted or f"{e[0].number}.{e[1]}" in wanted]


def of_solution(lesson, name):
    """[(name of the right answer, Mutant)] for the solution of an exercise."""
    return [(name, mutant) for mutant in mutants(solution(lesson, name).text)]


def of_variants(lesson, name):
    """The same for all its variants."""
    answers = lesson.variants.get(name, ())
    return [(answer, mutant) for answer in answers for mutant in mutants(variant(lesson, name, answer).text)]


def passing(lesson, name, some):
    """Those of some (name of the right answer, Mutant) that the checks take for right."""
    exercise = lesson.exercises[name]
    with AnswerProcess(exercise.imports, needs=exercise.needs) as process:
        refuses = partial(is_refused, process, exercise)
        for answer, mutant in tqdm(some, desc=name, leave=False, disable=None):
            if refuses(answer, mutant):
                continue
            source = source_of(mutant, answer, exercise)
            if report_of(lesson, exercise, source, run_trial(process, exercise, source, seconds=time_limit(exercise))).verdict == RIGHT:
                yield answer, mutant


def is_refused(process, exercise, answer, mutant):
    """Whether some question finds the mutant out; the first that does is the last to be asked."""
    if process.load(answer, mutant.text, dependencies_of(exercise)).kind != "value":
        return True
    for question in questions(exercise):
        outcome = ask_question(process, question, time_limit(exercise))
        case = question.case
        if outcome.kind != "value" or compare(outcome.value, case.expected, case.rtol) is not None:
            return True
    return False


def verdicts(lesson, name):
    """A Counter of what a student is told for the mutants of the solution."""
    return Counter(word for _, report in reports(lesson, name) for word in words(report))


def words(report):
    """What kind of verdict, and what kind of hint; nothing for a mutant that passes."""
    if report.verdict == RIGHT:
        return []
    hint = "perhaps" if report.hint.startswith("Perhaps") else "recognised" if report.mistake else "general" if report.hint else "none"
    return [report.verdict, hint]


def reports(lesson, name):
    """(Mutant, Report) for the mutants of the solution."""
    exercise = lesson.exercises[name]
    with AnswerProcess(exercise.imports, needs=exercise.needs) as process:
        for _, mutant in tqdm(of_solution(lesson, name), desc=f"{name}, hints", leave=False, disable=None):
            try:
                source = source_of(mutant, name, exercise)
            except NoAnswer:
                continue
            yield mutant, report_of(lesson, exercise, source, run_trial(process, exercise, source, seconds=time_limit(exercise)))


def source_of(mutant, name, exercise):
    return extract([Chunk(mutant.text, "mutant")], name, dependency_names(exercise))


if __name__ == "__main__":
    main(sys.argv[1:])
