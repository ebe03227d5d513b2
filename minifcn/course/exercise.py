"""The vocabulary of a lesson's checks.py and mistakes.py: an Exercise has properties, and a property has cases.

A case is a question with its right answer, both plain data. The student's process gets only the question; the right
answer stays here, so nothing the student's code does to its own process can change the verdict. Read expect.py next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

UNCHANGED = "leaves its arguments as they are"
AGAIN = "the same question again gets the same answer"
CHECK = "check_"  # how the names of exercises begin whose answer is itself a check: "check_im2col"


@dataclass(frozen=True)
class Case:
    """One question put to an answer.

    args, kwargs: the arguments of the call
    expected:     what it must return
    note:         what is special about this case, in a few words: "stride 3, wider than the kernel"
    rtol:         relative tolerance for float64; for float32 it is at least 1e-5
    typed:        lines that the student could type to see the same; the report shows them instead of the probe's source

    All of it is plain data: None, bool, int, float, str, numeric arrays, and tuples, lists and dicts (with str keys) of
    these. Arrays must agree in shape and dtype; a 0-d array or a NumPy scalar is accepted as a number.
    """

    args: tuple
    expected: object
    kwargs: dict = field(default_factory=dict)
    note: str = ""
    rtol: float = 1e-9
    typed: str = ""


@dataclass(frozen=True)
class Property:
    """Something every right answer does.

    says:   the property in one line, as the report prints it: "windows that overlap add"
    cases:  function (rng) -> iterable of Case, small ones first; rng is a seeded numpy Generator
    points: how many of the exercise's points it is worth
    probe:  None to call the answer with the case's arguments. Otherwise a function `probe(answer, *args, **kwargs)`
            that returns plain data; its source is sent to the student's process and runs there, so it may use only its
            arguments, `np`, `math`, the answers that the exercise `uses`, directly or not, by their names, and imports
            of its own.
    last:   asked only if all questions before it are answered right, since it takes long and would add nothing; else
            it counts as not checked
    """

    says: str
    cases: Callable
    points: int = 1
    probe: Callable | None = None
    last: bool = False


@dataclass(frozen=True)
class Exercise:
    """A function or class for the student to write.

    name:        its name: "im2col"; with the lesson's number, "06.im2col"
    properties:  in the order in which they are checked, worked examples first
    uses:        other exercises whose answers this one may call, as "06.im2col"; the checks supply the course's own, so
                 a mistake there is not counted twice
    imports:     modules the answer may import besides `numpy` and the standard library
    needs:       what its answers need besides: "numba", a compiler; "cuda", a simulated card, as the name `cuda`; "" for nothing.
                 See sandbox/needs.py
    in_place:    True if the answer is meant to modify its arguments; otherwise doing so is a mistake
    seconds:     time limit of one case
    optional:    whether the rest of the course, and the package that `minifcn assemble` makes, can do without it
    hints:       from a nudge to nearly the code; `hint("06.im2col")` shows them one by one
    """

    name: str
    properties: tuple
    uses: tuple = ()
    imports: tuple = ()
    needs: str = ""
    in_place: bool = False
    seconds: float = 10.0
    optional: bool = False
    hints: tuple = ()

    def graded_properties(self):
        """[(says, points)] of all graded properties: the exercise's own and the two required of every answer."""
        common = [AGAIN] if self.in_place else [UNCHANGED, AGAIN]
        return [(p.says, p.points) for p in self.properties] + [(says, 1) for says in common]

    @property
    def points(self):
        """The sum of the points of all properties."""
        return sum(points for _, points in self.graded_properties())


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students really write, and the hint for it.

    name:    a few words: "overwrites"
    hint:    one or two sentences: "Windows that overlap overwrite each other here; col2im must add (+=)."
    changes: (old, new) pairs of text: the mistake is the solution with each `old`, which must occur, replaced by `new`
    answer:  instead of `changes`, the name of a function or class in mistakes.py that makes the mistake
    also:    names of other functions or classes there that make the same mistake with different wrong numbers: in one
             the last window wins, in another the last tap of the kernel
    """

    name: str
    hint: str
    changes: tuple = ()
    answer: str = ""
    also: tuple = ()
