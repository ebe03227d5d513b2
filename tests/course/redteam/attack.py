"""What an attack is: a record with the code of a hostile answer, which a function of this package's lists is made into.

Attacks of the kinds in the table (reads, writes, processes, disarming, exhaustion) are functions of one argument `at`, a
dict that tells where the decoys are. They return what they found, or `at["flag"]` where they hold in their hands what
they wanted. world.py sets up the decoys and sees who has won. Read world.py next.
"""

import inspect
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """A hostile function, to be run in an answer's process and to be stopped there.

    walls:  the names of the walls that stop it, each of them alone; "start" where none is needed, because of how the
            process is started
    dud:    why it fails on an ordinary Linux even where no wall stands, or ""
    memory: bytes that its process may use, the usual number if 0
    needs:  what its process is prepared for, as in an Exercise
    """

    kind: str
    name: str
    source: str
    walls: tuple = ()
    dud: str = ""
    memory: int = 0
    needs: str = ""


@dataclass(frozen=True)
class Answer:
    """A hostile answer to 06.scale of the tiny course, which must get no points and a verdict."""

    kind: str
    name: str
    source: str


def attacks(kind, into):
    """A decorator that appends an Attack with the function's source to a list: @attack("calls", "files")."""

    def attack(*walls, **about):
        def register(function):
            text = textwrap.dedent(inspect.getsource(function))
            source = text[text.index("def ") :]
            into.append(Attack(kind, function.__name__, source, walls, **about))
            return function

        return register

    return attack
