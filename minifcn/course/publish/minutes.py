"""How long a lesson takes: the minutes that its header promises.

Counted is what a student reads and writes: prose, the code that the notebook shows, and the solutions that it does not.
The rates are rough, but a rule that is the same for all lessons is better than a guess for each.
Read assignment.py next.
"""

import re

from .stubs import is_exercise, solution_lines, stub

WORDS, LINES = 140, 10  # of prose and of shown code that are read in a minute
EXERCISE, SOLUTION_LINE = 6, 1.5  # minutes for an exercise, and for each line of its solution
STEP = 5  # minutes


def minutes_of(notebook):
    """The minutes of a lesson as a multiple of five, from its notebook with solutions; outputs do not count."""
    cells = notebook.cells
    words = sum(count_words(cell.source) for cell in cells if cell.cell_type == "markdown")
    shown = [stub(cell.source) if is_exercise(cell) else cell.source for cell in cells if cell.cell_type == "code"]
    exercises = [cell for cell in cells if is_exercise(cell)]
    written = sum(not line.startswith("#") for cell in exercises for line in solution_lines(cell.source))
    minutes = words / WORDS + count_lines(shown) / LINES + EXERCISE * len(exercises) + SOLUTION_LINE * written
    return STEP * round(minutes / STEP)


def count_words(markdown):
    """The words of a text: what has a letter or a digit, without the targets of links and the tags of HTML."""
    text = re.sub(r"\]\([^)\s]*\)|<[^>]+>", " ", markdown)
    return sum(bool(re.search(r"\w", word)) for word in text.split())


def count_lines(sources):
    """The lines of code that are not blank."""
    return sum(bool(line.strip()) for source in sources for line in source.split("\n"))
