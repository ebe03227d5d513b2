"""What a lesson's checks.py and mistakes.py are written in: an Exercise has properties, a property asks cases.

A case is a question together with its right answer, both plain data. The student's process gets the question only; the
answer stays here, so nothing that an answer does to its own process can change the verdict. Read expect.py next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

UNCHANGED = "leaves its arguments as they are"
AGAIN = "the same question again gets the same answer"


@dataclass(frozen=True)
class Case:
    """One question to an answer.

    args, kwargs: what the answer is called with
    expected:     what it must return
    note:         what is special about this one, in a few words: "stride 3, wider than the kernel"
    rtol:         relative tolerance for float64; float32 numbers get at least 1e-5

    All of it is plain data: None, bool, int, float, str, bytes-free arrays, and tuples, lists and dicts (with str keys)
    of these. Arrays must be equal in shape and dtype; a 0-d array or a NumPy scalar passes for a number.
    """

    args: tuple
    expected: object
    kwargs: dict = field(default_factory=dict)
    note: str = ""
    rtol: float = 1e-9


@dataclass(frozen=True)
class Property:
    """Something that a right answer does.

    says:   the property in one line, as the report prints it: "windows that overlap add"
    cases:  function (rng) -> iterable of Case, small ones first; rng is a seeded numpy Generator
    points: of the exercise's points, the share of this property
    probe:  None: the answer is called with the case's arguments. Else a function `probe(answer, *args, **kwargs)` that
            returns plain data; its source is sent to the student's process and runs there, so it may use nothing but
            its arguments, `np`, `math`, and imports of its own.
    """

    says: str
    cases: Callable
    points: int = 1
    probe: Callable | None = None


@dataclass(frozen=True)
class Exercise:
    """One thing to write.

    name:        of the function or class that the student writes: "im2col"; with its lesson's number, "06.im2col"
    properties:  in the order in which they are checked, worked numbers first
    uses:        answers of other exercises that this one may call, as "06.im2col"; the checks give it the course's own,
                 so a mistake there is not counted twice
    imports:     modules that an answer may import; `numpy`, and the standard library, are always allowed
    in_place:    True where the answer is meant to change its arguments; else doing so is a mistake of its own
    seconds:     how long one case may take
    hints:       from a nudge to nearly the code; `hint("06.im2col")` shows them one by one
    """

    name: str
    properties: tuple
    uses: tuple = ()
    imports: tuple = ()
    in_place: bool = False
    seconds: float = 10.0
    hints: tuple = ()

    def graded(self):
        """[(what it says, points)] of all properties: those above, and the two that every answer must have."""
        common = [AGAIN] if self.in_place else [UNCHANGED, AGAIN]
        return [(p.says, p.points) for p in self.properties] + [(says, 1) for says in common]

    @property
    def points(self):
        """The points of all properties together."""
        return sum(points for _, points in self.graded())


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students really write, and what to tell them.

    name:    a few words: "overwrites"
    hint:    one or two sentences: "Windows that overlap overwrite each other here; col2im must add (+=)."
    changes: (old, new) pairs of text: the mistake is the solution with each `old`, which must be there, made `new`
    answer:  or the name of a function or class in mistakes.py that makes it, where a change of the solution cannot
    also:    names of other functions or classes there that make the same mistake with other wrong numbers: the last
             window wins in one, the last tap of the kernel in another
    """

    name: str
    hint: str
    changes: tuple = ()
    answer: str = ""
    also: tuple = ()
