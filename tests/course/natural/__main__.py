"""Prints the report of every natural answer of some lessons, as a student would see it, and the table.

python -m tests.course.natural 14 [part of an exercise's name or of what is wrong]
"""

import os
import sys

from minifcn.course.checking.verdict import RIGHT
from minifcn.course.show.text import text

from . import REJECTED, answers, judge, line, report_of, summary

if __name__ == "__main__":
    os.environ["MINIFCN_PROGRESS"] = ""
    number, part = sys.argv[1], " ".join(sys.argv[2:])
    wrong, right = answers(number)
    table = []
    for answer in [*wrong, *right]:
        if part in f"{answer.exercise}: {answer.about}":
            report = report_of(answer)
            outcome = judge(answer, report)
            if answer in right:
                outcome = "accepted" if report.verdict == RIGHT else REJECTED
            print(
                f"\n--- {answer.exercise}: {answer.about}\n{answer.source.strip()}\n--- {outcome}\n{text(report)}",
                flush=True,
            )
            table.append((answer, report, outcome))
    print("", *(line(*row) for row in table), sep="\n")
    print(summary([outcome for answer, _, outcome in table if answer in wrong]))
