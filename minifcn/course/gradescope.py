"""Grades one submission and writes Gradescope's results.json, with points for every property of every exercise.

`python -m minifcn.course.gradescope 06 07 --submission FOLDER --out results.json`. What is missing gets no points,
and says so; nothing that a submission does can stop the other exercises from being graded. Read submission.py next.
"""

import argparse
import json
import sys
import traceback
from pathlib import Path

from ..files import atomic_write, printable
from . import ladder
from .check import check_file
from .report import text
from .submission import find_answer, handed_in

SEED = 1  # other random questions than check() asks in the notebook


def grade(lessons, submission, seed=SEED):
    """Gradescope's results for some Lessons and the file or folder that a student has handed in, as plain data."""
    files, tests, sentences = handed_in(submission), [], []
    for lesson in lessons:
        for name, exercise in lesson.exercises.items():
            entries, sentence = grade_exercise(lesson, f"{lesson.number}.{name}", exercise, files, seed)
            tests += entries
            sentences.append(sentence)
    return {"visibility": "visible", "output": "\n".join(sentences), "tests": tests}


def grade_exercise(lesson, name, exercise, files, seed):
    """(one entry for each property of an exercise, a sentence that names the file that was graded)."""
    graded = f"{name}: nothing was graded"
    try:
        file = find_answer(lesson, exercise, files)
        others = ", ".join(other.name for other in files if other is not file)
        graded = f"{name}: graded {file.name}" + (f"; also handed in: {others}" if others else "")
        return entries_of(check_file(name, file.path, seed)), graded
    except Exception as error:  # noqa: BLE001  (a bug in the grader must not cost the other exercises)
        output = str(error)
        if type(error) is not ValueError and not isinstance(error, OSError):  # which say what is wrong with a file
            traceback.print_exc()
            failed = f"{type(error).__name__}: {error}"
            output = f"the grader failed here, which is no fault of the answer ({failed}); tell your instructor"
    return [entry(name, says, points, False, output) for says, points in exercise.graded()], graded


def entries_of(report):
    """One entry for each property of a Report; the first that does not hold has the report."""
    shown = text(report)
    first_wrong = next((state for state in report.properties if not state.holds), None)
    return [
        entry(
            report.exercise,
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
