"""Grades one submission and writes Gradescope's results.json, with points for every property of every exercise.

`python -m minifcn.course.grading.gradescope 06 07 --submission FOLDER --out results.json`. The file is written at the
start and again after every exercise: if the grader is stopped, it holds what has been graded so far. classroom.py
grades many submissions. Read seeds.py next.
"""

import argparse
import json
import sys
from pathlib import Path

from ...files import atomic_write, printable
from .. import ladder
from ..answers.submission import join_names
from .seeds import seed_of
from .supervisor import Grader, JudgeFailed, exit_on_sigterm

SEED = 1  # for different random questions than check() asks in the notebook
INTERRUPTED = "could not be graded: interrupted"


def grade(lessons, submission, grader, keep=lambda results: None):
    """Gradescope's results for some Lessons and a submission, a file or a folder, as plain data.

    grader: a Grader;  keep: called with the results before anything is graded, and after every exercise
    """
    exercises = [(f"{lesson.number}.{name}", one) for lesson in lessons for name, one in lesson.exercises.items()]
    entries = {name: unscored(name, exercise, INTERRUPTED) for name, exercise in exercises}
    sentences = {name: f"{name}: nothing was graded" for name in entries}
    keep(results_of(entries, sentences))
    opened = failure = None
    for name, exercise in exercises:
        try:
            opened = opened or grader.open(submission, list(entries))
            if failure:
                raise failure
            graded = grader.grade(opened, name)
            entries[name], sentences[name] = tests_of(graded, exercise), sentence_of(graded)
        except JudgeFailed as error:
            failure = error
            failed = f"the grader failed here, through no fault of the answer ({error}); tell your instructor"
            entries[name] = unscored(name, exercise, failed)
        keep(results_of(entries, sentences, opened))
    return results_of(entries, sentences, opened)


def results_of(entries, sentences, opened=None):
    """Gradescope's results, as plain data."""
    unread = [f"not read: {line}" for line in opened.unread] if opened else []
    output = "\n".join(map(printable, [*sentences.values(), *unread]))
    return {"visibility": "visible", "output": output, "tests": [one for some in entries.values() for one in some]}


def sentence_of(graded):
    """A sentence on which file was graded, and which were not."""
    if not graded.file:
        return f"{graded.exercise}: nothing was graded"
    others = f"; also handed in: {join_names(graded.others)}" if graded.others else ""
    return f"{graded.exercise}: graded {graded.file}{others}"


def tests_of(graded, exercise):
    """One entry for each property of a Graded; the first that does not hold carries the report."""
    if graded.problem:
        return unscored(graded.exercise, exercise, graded.problem)
    first_wrong = next((state for state in graded.properties if not state.holds), None)
    return [
        make_test(
            graded.exercise,
            state.says,
            state.points,
            state.holds,
            "" if state.holds else graded.shown if state is first_wrong else remark(state),
        )
        for state in graded.properties
    ]


def unscored(name, exercise, output):
    """The entries of an exercise that scores 0."""
    return [make_test(name, says, points, False, output) for says, points in exercise.graded_properties()]


def make_test(exercise, says, points, holds, output):
    """One test in Gradescope's format."""
    return {
        "name": f"{exercise}: {says}",
        "score": points if holds else 0,
        "max_score": points,
        "status": "passed" if holds else "failed",
        "output": output,
        "output_format": "text",
    }


def remark(state):
    return "does not hold" if state.holds is False else "not checked, because of the failure above"


def points_of(results):
    """(points, maximum) of Gradescope's results."""
    return tuple(sum(test[key] for test in results["tests"]) for key in ("score", "max_score"))


def write(results, path):
    """Write results as JSON, atomically. Raises FileError."""
    with atomic_write(path) as temporary:
        Path(temporary).write_text(json.dumps(results, indent=1), encoding="utf-8")


def main(argv=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m minifcn.course.grading.gradescope", description="grade one submission")
    parser.add_argument("lessons", nargs="+", help="lessons or exercises: 06 10.max_pool2d")
    parser.add_argument("--submission", required=True, help="the student's file, or the folder with the files")
    parser.add_argument("--out", required=True, help="where to write results.json")
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument("--seed", type=int, default=SEED, help="of the random questions")
    seed.add_argument("--seed-file", metavar="FILE", help="derive the seed from a file of random text")
    options = parser.parse_args(argv)
    try:
        seed = seed_of(options.seed_file) if options.seed_file else options.seed
        lessons = ladder.select(options.lessons)
        with exit_on_sigterm(), Grader(seed) as grader:
            results = grade(lessons, options.submission, grader, lambda results: write(results, options.out))
    except (ValueError, OSError) as error:
        print(f"minifcn: {printable(error)}", file=sys.stderr)
        return 1
    points, out_of = points_of(results)
    print(f"{points} of {out_of} points; wrote {printable(options.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
