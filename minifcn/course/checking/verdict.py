"""What a check concludes, as plain data: a Report has a verdict, the state of every property, and the first failure.

comparison.py and check.py fill these in; show/ renders them in a terminal, in a notebook and as JSON. Read
../show/evidence.py next.
"""

from dataclasses import dataclass, field

VERDICTS = ("right", "wrong", "crashed", "timed out", "borrowed", "not yet written")
RIGHT, WRONG, CRASHED, TIMED_OUT, BORROWED, NOT_WRITTEN = VERDICTS


@dataclass(frozen=True)
class Difference:
    """The first difference between a result and the expected one.

    sentence: if there are no numbers to compare: "returned None, expected 3", "has shape (2, 3), expected (3, 2)"
    path:     where in nested data, as text: "" or "[1]" or "['grad']"; below lines to type, the expression: "a.grad"
    index:    of the first wrong entry of an array, or None
    found, expected: the two values there, as Python numbers or text
    wrong, size:     how many entries differ, out of how many
    found_array, expected_array: the whole arrays if their shapes agree, else None
    """

    sentence: str = ""
    path: str = ""
    index: tuple | None = None
    found: object = None
    expected: object = None
    wrong: int = 0
    size: int = 0
    found_array: object = None
    expected_array: object = None

    @property
    def ratio(self):
        """found / expected, or None where it is undefined."""
        numbers = isinstance(self.found, (int, float)) and isinstance(self.expected, (int, float))
        return self.found / self.expected if numbers and self.expected else None


@dataclass(frozen=True)
class Failure:
    """The first thing that went wrong.

    says:       the property that failed
    question:   the call as text, "im2col(x, (2, 2), stride=2)", lines that the student could type, or the body of a probe
    given:      the arguments named in the question, as text: {"x": "3x3 array", ...}; small arrays in full
    note:       what is special about the case
    difference: for a wrong answer
    error:      for a crash: "IndexError: index 3 is out of bounds ..."; for a timeout: "no answer after 10 seconds"
    line:       for a crash: "line 7: x[3] = 1", in the student's own source, or ""
    focus:      the line of the question that matters most, counted from 0; None for the first ones
    """

    says: str
    question: str
    given: dict
    note: str = ""
    difference: Difference | None = None
    error: str = ""
    line: str = ""
    focus: int | None = None


@dataclass(frozen=True)
class PropertyState:
    """One line of the report. holds: True, False, or None if the check did not get that far."""

    says: str
    points: int
    holds: bool | None


class Scored:
    """Mixin that adds up the points of `properties`, a tuple of PropertyState."""

    @property
    def points(self):
        return sum(p.points for p in self.properties if p.holds)

    @property
    def out_of(self):
        return sum(p.points for p in self.properties)


@dataclass(frozen=True)
class Report(Scored):
    """The outcome of one exercise.

    exercise: "06.im2col";  verdict: one of VERDICTS
    where:    where the answer was found: "06_im2col.ipynb, cell 14" or "answers.py, line 3"
    source:   the student's source as it was run
    hint:     for the planted mistake the answer behaves like, else a general one, else ""
    mistake:  the name of that planted mistake, or ""
    printed:  what the answer printed, truncated
    """

    exercise: str
    verdict: str
    properties: tuple = ()
    failure: Failure | None = None
    hint: str = ""
    mistake: str = ""
    where: str = ""
    source: str = field(default="", repr=False)
    printed: str = field(default="", repr=False)
