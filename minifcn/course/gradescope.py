"""Grades one submission and writes Gradescope's results.json, with points for every property of every exercise.

`python -m minifcn.course.gradescope 06 07 --submission FOLDER --out results.json`. What is missing gets no points,
and says so; nothing that a submission does can stop the other exercises from being graded. Read check.py next.
"""

import argparse
import json
import sys
from pathlib import Path

from ..files import atomic_write, printable
from . import ladder
from .check import check_file
from .report import text

SEED = 1  # other random questions than check() asks in the notebook


def grade(lessons, submission, seed=SEED):
    """Gradescope's results for some Lessons and the file or folder that a student has handed in, as plain data."""
    tests = []
    for lesson in lessons:
        for name, exercise in lesson.exercises.items():
            tests += grade_exercise(lesson, f"{lesson.number}.{name}", exercise, Path(submission), seed)
    return {"visibility": "visible", "tests": tests}


def grade_exercise(lesson, name, exercise, submission, seed):
    """One entry for each property of an exercise."""
    try:
        path = find_answers(lesson, submission)
        report = check_file(name, path, seed)
    except (ValueError, OSError) as error:
        return [entry(name, says, points, False, str(error)) for says, points in exercise.graded()]
    shown = text(report)
    first_wrong = next((state for state in report.properties if not state.holds), None)
    return [
        entry(
            name,
            state.says,
            state.points,
            state.holds,
            "" if state.holds else shown if state is first_wrong else remark(state),
        )
        for state in report.properties
    ]


def entry(exercise, says, points, holds, output):
    """One test in Gradescope's words."""
    return {
        "name": f"{exercise}: {says}",
        "score": points if holds else 0,
        "max_score": points,
        "status": "passed" if holds else "failed",
        "output": output,
        "output_format": "text",
    }


def remark(state):
    return "does not hold" if state.holds is False else "not reached, because of what went wrong above"


def find_answers(lesson, submission):
    """The file with the answers to a lesson. Raises ValueError where there is none."""
    if submission.is_file():
        return submission
    files = sorted(p for p in submission.rglob("*") if p.suffix in (".ipynb", ".py") and "checkpoint" not in p.name)
    named = [p for p in files if p.stem == lesson.name] or [p for p in files if p.name.startswith(lesson.number)]
    if named or len(files) == 1:
        return (named or files)[0]
    raise ValueError(
        f"no file for lesson {lesson.number} was handed in; expected {lesson.name}.ipynb or {lesson.name}.py"
    )


def main(argv=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m minifcn.course.gradescope", description="grade one submission")
    parser.add_argument("lessons", nargs="+", help="numbers of lessons: 06 07")
    parser.add_argument("--submission", required=True, help="the student's file, or the folder with the files")
    parser.add_argument("--out", required=True, help="where to write results.json")
    parser.add_argument("--seed", type=int, default=SEED, help="of the random questions")
    options = parser.parse_args(argv)
    try:
        results = grade([ladder.find_lesson(number) for number in options.lessons], options.submission, options.seed)
        with atomic_write(options.out) as temporary:
            Path(temporary).write_text(json.dumps(results, indent=1), encoding="utf-8")
    except (ValueError, OSError) as error:
        print(f"minifcn: {printable(error)}", file=sys.stderr)
        return 1
    points, out_of = (sum(test[key] for test in results["tests"]) for key in ("score", "max_score"))
    print(f"{points} of {out_of} points; wrote {printable(options.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
