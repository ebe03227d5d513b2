"""The statements of all cells by the names they touch, and what an answer needs of them.

An answer needs the statements that give the names it reads their values, and what these read in turn. Each look-up is
a binary search, and no statement is looked at twice, so the time grows with the length of the file and no faster. Read
source.py next, which makes a text of the statements chosen here.
"""

import ast
import builtins
import copy
import dataclasses
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from .cells import UNPARSABLE, reason
from .effects import DECORATED, NOTHING, effects_of_call
from .statements import is_star, parse


@dataclass(frozen=True)
class Uses:
    """The numbers of the statements that touch, define, bind and drop one name, each list in ascending order."""

    touching: list = field(default_factory=list)
    defining: list = field(default_factory=list)
    binding: list = field(default_factory=list)
    dropping: list = field(default_factory=list)


NONE = Uses()


class Index:
    """The statements at the top of some chunks, in their order, and the chunks that are not Python.

    statements: a list of Statement
    broken:     [(how many statements are above it, the chunk, what is wrong with it)]
    """

    def __init__(self, chunks):
        self.statements, self.broken = [], []
        for chunk in chunks:
            try:
                self.statements += parse(chunk)
            except UNPARSABLE as error:
                self.broken.append((len(self.statements), chunk, fault(chunk, error)))
        self.tabulate()

    def tabulate(self):
        """Put all statements under the names that they touch and drop."""
        self.names = {}
        for number, statement in enumerate(self.statements):
            self.enter(number, statement)
        self.stars = [i for i, s in enumerate(self.statements) if is_star(s.node)]
        self.numpy_stars = [i for i in self.stars if self.statements[i].imports("numpy")]

    @cached_property
    def with_effects(self):
        """An Index of the same statements, each with what the functions that it calls bind and change as well."""
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

    def written(self, names):
        """Those of some names that are defined here, rather than imported or taken from an earlier lesson."""
        return {name for name in names for i in self.uses(name).binding if self.statements[i].writes(name)}

    def enter(self, number, statement):
        """Put one statement under the names that it touches and drops."""
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
        return self.names.get(name, NONE)

    def fault_of(self, name):
        """What is wrong with the last chunk that defines `name` but is not Python; "" if it is defined below that."""
        head = re.compile(rf"^[^\S\n]*(?:def|class)\s+{re.escape(name)}\b", re.MULTILINE)
        last = max(self.uses(name).binding, default=-1)
        for above, chunk, fault in reversed(self.broken):
            if last >= above:
                return ""
            if head.search(chunk.text):
                return fault
        return ""


def fault(chunk, error):
    """Where a chunk is not Python, and why, in one sentence."""
    line = getattr(error, "lineno", None)
    place = f"{chunk.place}, line {chunk.above + line}" if line else chunk.place
    return f"{place}: {reason(error)}"


# What an answer needs -------------------------------------------------------------------------------------------------


def answer(index, name):
    """The last definition of the answer, and what decorates or changes it below; without one, all that binds it."""
    uses, statements = index.uses(name), index.statements
    making = [i for i in uses.touching if name in statements[i].changes or statements[i].redefines(name)]
    if uses.defining:
        return [uses.defining[-1], *(i for i in making if i > uses.defining[-1])]
    return making if any(name in statements[i].binds for i in making) else uses.touching


class Needs:
    """The search for the statements that an answer needs, by the names that they read.

    moment:  the number of the statement when the names that functions read get their meaning: when the answer was
             defined, or the number of all statements, if the last definition of each name counts
    reached: {(name, first statement of a value): up to where the statements that touch the name have been chosen}, and
             under "*" the first name that may come from a star import
    """

    def __init__(self, index, name, given, last):
        self.index, self.chosen, self.waiting, self.reached = index, set(), [], {}
        self.seen, self.name = set(), name
        self.choose(answer(index, name))
        binding = (i for i in self.chosen if name in index.statements[i].binds)
        self.moment = len(index.statements) if last else max(binding)
        self.left_out = {name, *given}

    def found(self):
        """The numbers of the statements, in ascending order."""
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
        """What gives a name its value when statement `when` runs; if nothing has yet, at `moment`, or else below it."""
        uses = self.index.uses(name)
        if when == len(self.index.statements):
            found = settled(self.index, name)
            return found or self.stars(name)
        span = standing(uses, when) or standing(uses, self.moment) or below(uses, self.moment)
        if not span or (hasattr(builtins, name) and span[0] > self.moment):
            return self.stars(name)
        return self.rest_of(name, *span)

    def rest_of(self, name, first, end):
        """The statements from `first` to `end`, exclusive, that touch a name, but for those that are chosen already."""
        touching = self.index.uses(name).touching
        low = max(self.reached.get((name, first), 0), bisect_left(touching, first))
        high = bisect_left(touching, end)
        self.reached[name, first] = max(low, high)
        return [i for i in touching[low:high] if changes_it(self.index.statements, first, i)]

    def stars(self, name):
        """The star imports that a name may come from; numpy's replace builtins."""
        is_builtin = hasattr(builtins, name)
        if self.reached.setdefault(("*", is_builtin), name) != name:
            return []  # chosen for another name
        return self.index.numpy_stars if is_builtin else self.index.stars


def standing(uses, when):
    """(first, end) of what gives a name its value before statement `when`: its last definition, and what changes it."""
    drops = bisect_left(uses.dropping, when)
    start = uses.dropping[drops - 1] + 1 if drops else 0
    number = bisect_left(uses.defining, when)
    if number and uses.defining[number - 1] >= start:
        return uses.defining[number - 1], when
    number = bisect_left(uses.binding, start)
    return (uses.binding[number], when) if number < bisect_left(uses.binding, when) else None


def below(uses, moment):
    """(first, end) of what first gives a name its value below `moment`, since a helper may be below its caller."""
    number = bisect_right(uses.defining, moment)
    if number < len(uses.defining):
        first = uses.defining[number]
        after = bisect_right(uses.binding, first)
        return first, uses.binding[after] if after < len(uses.binding) else float("inf")
    number = bisect_right(uses.binding, moment)
    return (uses.binding[number], float("inf")) if number < len(uses.binding) else None


def settled(index, name):
    """The last definition of a name, and what changes it; what else it is used for below is passed over."""
    uses, statements = index.uses(name), index.statements
    if not uses.defining:
        first = bisect_left(uses.touching, uses.binding[0]) if uses.binding else len(uses.touching)
        return [] if hasattr(builtins, name) else uses.touching[first:]
    first = uses.defining[-1]
    after = uses.touching[bisect_right(uses.touching, first) :]
    making = [i for i in after if name in statements[i].changes or statements[i].redefines(name)]
    return [first, *(i for i in making if changes_it(statements, first, i))]


def changes_it(statements, first, number):
    """Whether a statement may change the value that statement `first` gives; np.random.seed(0) changes no module."""
    is_module = isinstance(statements[first].node, (ast.Import, ast.ImportFrom))
    return not (is_module and isinstance(statements[number].node, (ast.Expr, *DECORATED)))
