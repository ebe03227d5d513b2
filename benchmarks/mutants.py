"""Small changes to a Python text, one at a time: the slips that people make, without anybody's opinion of which they make.

mutants(text) gives every text in which one operator, constant, name, argument, index, condition or statement is another one.
course_mutants.py, which puts them to the checks of the course, is the file to read next.
"""

import ast
import os
import re
from dataclasses import dataclass

OPERATORS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div], ast.Mod: [ast.FloorDiv], ast.Pow: [ast.Mult], ast.MatMult: [ast.Mult],
}  # fmt: skip
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
}  # fmt: skip
CALLS = {
    "zeros": ["ones", "empty"], "zeros_like": ["ones_like", "empty_like"], "ones": ["zeros"],
    "max": ["min", "mean", "sum"], "min": ["max"], "sum": ["mean", "max"], "mean": ["sum"], "maximum": ["minimum"],
    "minimum": ["maximum"], "floor": ["ceil", "round"], "ceil": ["floor"], "argmax": ["argmin"], "all": ["any"], "any": ["all"],
    "isfinite": ["isnan"], "standard_normal": ["ones"], "append": ["remove"], "float": ["int"], "outer": ["multiply"],
}  # fmt: skip
GIVEN = {"np", "math", "self", "range", "len", "zip", "enumerate", "slice", "tuple", "list", "isinstance"}


@dataclass(frozen=True)
class Mutant:
    """A changed text, what kind of change it is, and the line that has changed: as it is now, and as it was."""

    text: str
    kind: str
    now: str
    was: str

    def __str__(self):
        return f"{self.kind}: {self.now}    # was {self.was}"


def mutants(text):
    """Every Mutant of a text, each once."""
    tree = ast.parse(text)
    original = ast.unparse(tree)
    seen = {original}
    for parent, field, number, scope in list(places(tree, ())):
        node = getattr(parent, field) if number is None else getattr(parent, field)[number]
        for kind, new in changes(node, parent, field, scope):
            put(parent, field, number, new)
            changed = ast.unparse(ast.fix_missing_locations(tree))
            put(parent, field, number, node)
            if changed not in seen:
                seen.add(changed)
                yield Mutant(changed, kind, *first_difference(changed, original))


def put(parent, field, number, node):
    if number is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[number] = node


def first_difference(now, was):
    """The first line of `now` that is another one in `was`, and of that line the part that is not in both."""
    pairs = zip(now.splitlines() + [""], was.splitlines() + [""])
    new, old = next((a.strip(), b.strip()) for a, b in pairs if a != b)
    start = len(os.path.commonprefix([new, old]))
    end = len(os.path.commonprefix([new[start:][::-1], old[start:][::-1]]))
    return new, old if end == 0 else f"...{old[max(0, start - 8) : len(old) - max(0, end - 8)]}..."


def places(node, scope):
    """(parent, field, place in the field's list or None, enclosing functions) of everything that may be changed."""
    inner = (*scope, node) if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) else scope
    for field, value in ast.iter_fields(node):
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for number, child in children:
            if not isinstance(child, ast.AST) or is_text(child):
                continue
            yield node, field, number, inner
            yield from places(child, inner)


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) or isinstance(node, ast.JoinedStr)


# What a node may become -----------------------------------------------------------------------------------------------


def changes(node, parent, field, scope):
    """(kind, new node) for everything that `node` may be mistaken for."""
    if isinstance(node, ast.stmt):
        yield from statement_changes(node)
    elif isinstance(node, ast.operator):
        yield from (("operator", new()) for new in OPERATORS.get(type(node), ()))
    elif isinstance(node, ast.cmpop):
        yield from (("comparison", new()) for new in COMPARISONS.get(type(node), ()))
    elif isinstance(node, ast.Constant):
        yield from (("constant", ast.Constant(new)) for new in constants(node.value))
    elif isinstance(node, (ast.Name, ast.Attribute)) and not (isinstance(parent, ast.Call) and field == "func"):
        if getattr(parent, "attr", "") != "dtype":  # an exercise has one dtype, whosever it is asked of
            yield from name_changes(node, scope)
    elif isinstance(node, ast.Call):
        yield from call_changes(node)
    elif isinstance(node, (ast.Tuple, ast.List)) and not (isinstance(parent, ast.keyword) and parent.arg == "axis"):
        yield from (("order", type(node)(items, node.ctx)) for items in swapped(node.elts))
    elif isinstance(node, ast.comprehension):
        yield from (("condition", ast.comprehension(node.target, node.iter, [], node.is_async)) for _ in node.ifs[:1])
    else:
        yield from expression_changes(node)
    if field == "test" or isinstance(parent, ast.comprehension) and field == "ifs":
        yield "condition", ast.Constant(False)
        if not isinstance(parent, ast.While):
            yield "condition", ast.Constant(True)
            yield "condition", ast.UnaryOp(ast.Not(), node)


def statement_changes(node):
    """A statement left out, = for +=, another sign, fewer values returned."""
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)):
        yield "statement", ast.Pass()
    if isinstance(node, ast.AugAssign):
        target = node.target
        yield "assignment", ast.Assign([target], node.value, lineno=node.lineno)
        if isinstance(node.op, ast.Add):
            yield "assignment", ast.AugAssign(target, ast.Sub(), node.value)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Subscript, ast.Attribute)):
        yield "assignment", ast.AugAssign(node.targets[0], ast.Add(), node.value)
    if isinstance(node, (ast.Return, ast.Assign)) and is_number(node.value):
        yield "sign", replaced(node, value=ast.UnaryOp(ast.USub(), node.value))
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for item in node.value.elts:
            yield "return", ast.Return(item)


def is_number(node):
    """Whether something may have a wrong sign: no tuple, no text, and no array that is yet to be filled."""
    could_be = isinstance(node, (ast.BinOp, ast.Call, ast.Subscript, ast.Name))  # a bare `return` has no value
    return could_be and not re.match(r"np\.(zeros|empty|full)", ast.unparse(node))


def constants(value):
    """What a constant may be mistaken for; of a text, only the letters of an einsum."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [0.0, value + 1, 2 * value, -value]
    if isinstance(value, str) and "->" in value:
        pairs = re.finditer(r"(?=([a-z])([a-z]))", value)
        return [value[: m.start()] + m[2] + m[1] + value[m.start() + 2 :] for m in pairs]
    return []


def call_changes(node):
    """Another function, arguments in another order or left out, no call at all."""
    function = node.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    for other in CALLS.get(name, ()):
        named = ast.Attribute(function.value, other) if isinstance(function, ast.Attribute) else ast.Name(other)
        yield "call", replaced(node, func=named)
    if name not in ("max", "min", "maximum", "minimum", "isinstance"):
        yield from (("argument", replaced(node, args=args)) for args in swapped(node.args))
    else:
        yield from (("call", argument) for argument in node.args[1:])
    if len(node.args) > 1:
        yield "argument", replaced(node, args=node.args[:-1])
    for i in range(len(node.keywords)):
        yield "argument", replaced(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
    if isinstance(function, ast.Attribute) and ast.unparse(function.value) not in ("np", "math", "np.lib.stride_tricks"):
        yield "call", function.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield "call", node.args[0]
    if name in ("range", "arange", "ndindex", "indices") and node.args:
        for i, bound in enumerate(node.args):
            if not isinstance(bound, ast.Starred):
                yield "loop", replaced(node, args=[*node.args[:i], plus(bound, -1), *node.args[i + 1 :]])
                yield "loop", replaced(node, args=[*node.args[:i], plus(bound, 1), *node.args[i + 1 :]])
        if name == "range" and len(node.args) == 1:
            yield "loop", replaced(node, args=[ast.Constant(1), *node.args])


def expression_changes(node):
    """Terms left out, sides swapped, bounds of slices moved, signs and transposes dropped."""
    if isinstance(node, ast.BinOp):
        yield "term", node.left
        yield "term", node.right
        if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.MatMult, ast.Pow)):
            yield "order", ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp):
        yield "sign", node.operand
    elif isinstance(node, ast.BoolOp):
        yield "condition", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from (("condition", value) for value in node.values)
    elif isinstance(node, ast.IfExp):
        yield "order", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "index", node.value
    elif isinstance(node, ast.Slice):
        yield from slice_changes(node)


def slice_changes(node):
    bounds = {"lower": node.lower, "upper": node.upper, "step": node.step}
    for name, bound in bounds.items():
        if bound is not None:
            yield "slice", ast.Slice(**bounds | {name: None})
            if name != "step" and not isinstance(bound, ast.Constant):
                yield "slice", ast.Slice(**bounds | {name: plus(bound, 1)})
                yield "slice", ast.Slice(**bounds | {name: plus(bound, -1)})
    if not any(bounds.values()):
        yield "slice", ast.Slice(None, ast.Constant(1))
        yield "slice", ast.Slice(None, None, ast.Constant(-1))


def name_changes(node, scope):
    """A name's neighbours in place of it; .T and the like left out."""
    if isinstance(node, ast.Attribute):
        if node.attr in ("T", "data", "dtype"):
            yield "transpose" if node.attr == "T" else "attribute", node.value
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            yield from (("name", ast.Attribute(node.value, other, node.ctx)) for other in neighbours(node.attr, scope, owned))
    elif node.id not in GIVEN | {"_"}:
        yield from (("name", ast.Name(other, node.ctx)) for other in neighbours(node.id, scope, called))


def neighbours(name, scope, kind):
    """Names that are bound together with this one: parameters, parts of one tuple, assignments one after the other."""
    found = set()
    for function in scope[-2:]:
        for group in groups(function, kind):
            if name in group:
                found |= group
    return sorted(found - {name} - GIVEN - {"_"})


def groups(function, kind):
    """Sets of names that one may mistake for one another in a function or class."""
    before = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arguments) and kind is called:
            yield {a.arg for a in (*node.args, *node.kwonlyargs)}
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        bound = {n for target in targets if target is not None for part in ast.walk(target) for n in kind(part)}
        if bound:
            yield bound
            if isinstance(node, ast.Assign):
                if len(bound | before) <= 4:
                    yield bound | before
                before = bound


def called(node):
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


def owned(node):
    of_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return [node.attr] if of_self else []


def swapped(items):
    """The list with two neighbours swapped, for every two."""
    return [[*items[:i], items[i + 1], items[i], *items[i + 2 :]] for i in range(len(items) - 1)]


def replaced(node, **fields):
    return type(node)(**dict(ast.iter_fields(node)) | fields, lineno=getattr(node, "lineno", 0))


def plus(node, number):
    return ast.BinOp(node, ast.Add() if number > 0 else ast.Sub(), ast.Constant(abs(number)))
