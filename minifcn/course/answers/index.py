"""An index of the statements of all cells by name, and the program slice that an answer needs.

An answer needs the statements that give values to the names it reads, and so on for the names those read. Each look-up
is a binary search and no statement is visited twice, so the time is close to linear in the length of the file. Read
source.py next.
"""

import ast
import builtins
import copy
import dataclasses
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from .cells import PARSE_ERRORS, why_unparsable
from .effects import DECORATED, NOTHING, effects_of_call
from .statements import is_star, parse


@dataclass(frozen=True)
class Uses:
    """The numbers of the statements that touch, define, bind and delete one name, each list in ascending order."""

    touching: list = field(default_factory=list)
    defining: list = field(default_factory=list)
    binding: list = field(default_factory=list)
    dropping: list = field(default_factory=list)


UNUSED = Uses()


class Index:
    """The top-level statements of some chunks, in order, and the chunks that are not Python.

    statements: a list of Statement
    broken:     [(number of statements above, chunk, what is wrong with it)]
    """

    def __init__(self, chunks):
        self.statements, self.broken = [], []
        for chunk in chunks:
            try:
                self.statements += parse(chunk)
            except PARSE_ERRORS as error:
                self.broken.append((len(self.statements), chunk, fault_sentence(chunk, error)))
        self.tabulate()

    def tabulate(self):
        """File all statements under the names they touch and delete."""
        self.names = {}
        for number, statement in enumerate(self.statements):
            self.enter(number, statement)
        self.stars = [i for i, s in enumerate(self.statements) if is_star(s.node)]
        self.numpy_stars = [i for i in self.stars if self.statements[i].imports("numpy")]

    @cached_property
    def with_effects(self):
        """An Index of the same statements that counts the side effects of the functions they call."""
        other, functions = copy.copy(self), {}
        other.statements = []
        for statement in self.statements:
            found = [effects_of_call(call, functions) for call in statement.calls]
            if any(map(any, found)):
                binds, changes = (frozenset().union(*names) for names in zip(*found))
                more = {"binds": statement.binds | binds, "changes": statement.changes | changes}
                statement = dataclasses.replace(statement, **more)
            other.statements.append(statement)
            functions |= dict.fromkeys(statement.binds, statement.effects) if statement.effects != NOTHING else {}
        other.tabulate()
        return other

    def defined_here(self, names):
        """The subset of `names` defined here, rather than imported or taken from an earlier lesson."""
        return {name for name in names for i in self.uses(name).binding if self.statements[i].writes(name)}

    def borrows(self, name):
        """Whether the last definition of an answer takes the course's own by borrow()."""
        making = [s for s in map(self.statements.__getitem__, answer_statements(self, name)) if name in s.binds]
        return bool(making) and making[-1].borrows and not self.fault_of(name)

    def enter(self, number, statement):
        """File one statement under the names it touches and deletes."""
        for name in statement.binds | statement.changes:
            uses = self.names.setdefault(name, Uses())
            uses.touching.append(number)
            if name in statement.binds:
                uses.binding.append(number)
            if statement.defines(name):
                uses.defining.append(number)
        for name in statement.drops:
            self.names.setdefault(name, Uses()).dropping.append(number)

    def uses(self, name):
        return self.names.get(name, UNUSED)

    def fault_of(self, name):
        """What is wrong with the last chunk that defines `name` but is not Python; "" if a later one defines it."""
        head = re.compile(rf"^[^\S\n]*(?:def|class)\s+{re.escape(name)}\b", re.MULTILINE)
        last = max(self.uses(name).binding, default=-1)
        for above, chunk, fault in reversed(self.broken):
            if last >= above:
                return ""
            if head.search(chunk.text):
                return fault
        return ""


def fault_sentence(chunk, error):
    """One sentence on where a chunk is not Python, and why."""
    line = getattr(error, "lineno", None)
    place = f"{chunk.place}, line {chunk.above + line}" if line else chunk.place
    return f"{place}: {why_unparsable(error)}"


# What an answer needs -------------------------------------------------------------------------------------------------


def answer_statements(index, name):
    """The answer's last definition and what later decorates or changes it; without one, all that binds the name."""
    uses, statements = index.uses(name), index.statements
    making = [i for i in uses.touching if name in statements[i].changes or statements[i].redefines(name)]
    if uses.defining:
        return [uses.defining[-1], *(i for i in making if i > uses.defining[-1])]
    return making if any(name in statements[i].binds for i in making) else uses.touching


class Slicer:
    """Computes the backward slice of an answer: the statements it needs, by the names they read.

    moment:  the statement number at which the names that functions read are resolved: where the answer is defined, or
             the number of all statements if the last definition of each name counts
    reached: {(name, first statement of a value): end of the statements chosen so far among those that touch the name};
             under "*", the first name that may come from a star import
    """

    def __init__(self, index, name, given, last):
        self.index, self.chosen, self.waiting, self.reached = index, set(), [], {}
        self.seen, self.name = set(), name
        self.choose(answer_statements(index, name))
        binding = (i for i in self.chosen if name in index.statements[i].binds)
        self.moment = len(index.statements) if last else max(binding)
        self.left_out = {name, *given}

    def slice(self):
        """The numbers of the statements in the slice, in ascending order."""
        while self.waiting:
            number = self.waiting.pop()
            statement = self.index.statements[number]
            above = {self.name} if statement.defines(self.name) else set()  # class answer(answer): ...
            for name in statement.reads - (self.left_out - above):
                self.choose(self.value(name, number))
            for name in statement.later - self.left_out - self.seen:
                self.seen.add(name)
                self.choose(self.value(name, self.moment))
        return sorted(self.chosen)

    def choose(self, numbers):
        for number in numbers:
            if number not in self.chosen:
                self.chosen.add(number)
                self.waiting.append(number)

    def value(self, name, when):
        """What gives a name its value when statement `when` runs; if nothing has yet, at `moment`, else below it."""
        uses = self.index.uses(name)
        if when == len(self.index.statements):
            found = last_definition(self.index, name)
            return found or self.stars(name)
        span = definition_before(uses, when) or definition_before(uses, self.moment)
        span = span or first_definition_after(uses, self.moment)
        if not span or (hasattr(builtins, name) and span[0] > self.moment):
            return self.stars(name)
        return self.rest_of(name, *span)

    def rest_of(self, name, first, end):
        """The statements in [first, end) that touch a name, except those already chosen."""
        touching = self.index.uses(name).touching
        low = max(self.reached.get((name, first), 0), bisect_left(touching, first))
        high = bisect_left(touching, end)
        self.reached[name, first] = max(low, high)
        return [i for i in touching[low:high] if may_change(self.index.statements, first, i)]

    def stars(self, name):
        """The star imports a name may come from; NumPy's shadow builtins."""
        is_builtin = hasattr(builtins, name)
        if self.reached.setdefault(("*", is_builtin), name) != name:
            return []  # chosen for another name
        return self.index.numpy_stars if is_builtin else self.index.stars


def definition_before(uses, when):
    """(first, end) of what gives a name its value before statement `when`: its last definition and what changes it."""
    drops = bisect_left(uses.dropping, when)
    start = uses.dropping[drops - 1] + 1 if drops else 0
    number = bisect_left(uses.defining, when)
    if number and uses.defining[number - 1] >= start:
        return uses.defining[number - 1], when
    number = bisect_left(uses.binding, start)
    return (uses.binding[number], when) if number < bisect_left(uses.binding, when) else None


def first_definition_after(uses, moment):
    """(first, end) of the first definition of a name below `moment`: a helper may be defined below its caller."""
    number = bisect_right(uses.defining, moment)
    if number < len(uses.defining):
        first = uses.defining[number]
        after = bisect_right(uses.binding, first)
        return first, uses.binding[after] if after < len(uses.binding) else float("inf")
    number = bisect_right(uses.binding, moment)
    return (uses.binding[number], float("inf")) if number < len(uses.binding) else None


def last_definition(index, name):
    """The last definition of a name and what changes it, ignoring later reuse of the name."""
    uses, statements = index.uses(name), index.statements
    if not uses.defining:
        first = bisect_left(uses.touching, uses.binding[0]) if uses.binding else len(uses.touching)
        return [] if hasattr(builtins, name) else uses.touching[first:]
    first = uses.defining[-1]
    after = uses.touching[bisect_right(uses.touching, first) :]
    making = [i for i in after if name in statements[i].changes or statements[i].redefines(name)]
    return [first, *(i for i in making if may_change(statements, first, i))]


def may_change(statements, first, number):
    """Whether a statement may mutate the value bound by statement `first`; np.random.seed(0) mutates no module."""
    is_module = isinstance(statements[first].node, (ast.Import, ast.ImportFrom))
    return not (is_module and isinstance(statements[number].node, (ast.Expr, *DECORATED)))
