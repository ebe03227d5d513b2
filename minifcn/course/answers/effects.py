"""Side effects of statements and functions: methods added to a class, lists filled, globals set.

Everything is read off syntax trees; nothing runs. Read statements.py next.
"""

import ast
import builtins
from dataclasses import dataclass

MAX_NAMES = 100  # names a function may change; one that changes more is assumed to change none
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECORATED = (*FUNCTIONS, ast.ClassDef)
FIRST = {"setattr", "delattr"}  # builtins that change their first argument
TYPES = {"list", "dict", "set", "type", "object", "heapq", "bisect"}  # types and modules whose functions do


@dataclass(frozen=True)
class Effects:
    """What calling a function changes.

    binds, changes: names of globals that it assigns, and of globals whose value it mutates
    parameters:     the names of its parameters, in order
    arguments:      the parameters whose value it mutates
    """

    binds: frozenset
    changes: frozenset
    parameters: tuple
    arguments: frozenset


NOTHING = Effects(frozenset(), frozenset(), (), frozenset())


def root_name(node):
    """The name at the root of a.b[c].d: "a"."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def changed_names(nodes):
    """The names whose values nodes mutate: x.a = 1, x[0] = 1, x.append(1), setattr(x, "a", 1), list.append(x, 1)."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    statements = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    called = {id(call.func) for call in calls if id(call) in statements}
    parts = (node for node in nodes if isinstance(node, (ast.Attribute, ast.Subscript)))
    found = {root_name(node) for node in parts if id(node) in called or not isinstance(node.ctx, ast.Load)}
    changing = (call for call in calls if call.args and changes_first_argument(call, id(call) in statements))
    found |= {root_name(call.args[0]) for call in changing}
    return found - {""}


def changes_first_argument(call, is_statement):
    """Whether a call is known to mutate its first argument."""
    if isinstance(call.func, ast.Attribute):
        return is_statement and root_name(call.func) in TYPES
    return root_name(call.func) in FIRST


def effects_of(function):
    """The Effects of a function, from its syntax tree; nested functions count as part of it."""
    nodes = list(ast.walk(function))
    if not isinstance(function, FUNCTIONS):
        return NOTHING
    globals_ = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    local = {node.arg for node in nodes if isinstance(node, ast.arg)}
    local |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} - globals_
    arguments = function.args
    parameters = tuple(one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
    changed = changed_names(nodes)
    found = Effects(frozenset(globals_), frozenset(changed - local), parameters, frozenset(changed & set(parameters)))
    return found if max(map(len, (found.binds, found.changes, found.arguments))) <= MAX_NAMES else NOTHING


def calls_in(node):
    """[(function name, root of each positional argument, {keyword: root})] of a statement's calls for side effects.

    A definition's decorators are such calls, too.
    """
    if isinstance(node, DECORATED):
        calls = [one if isinstance(one, ast.Call) else ast.Call(one, [], []) for one in node.decorator_list]
    else:
        found = (part.value for part in ast.walk(node) if isinstance(part, ast.Expr))
        calls = [one for one in found if isinstance(one, ast.Call)]
    return [
        (call.func.id, tuple(map(root_name, call.args)), {k.arg: root_name(k.value) for k in call.keywords if k.arg})
        for call in calls
        if isinstance(call.func, ast.Name) and not hasattr(builtins, call.func.id)
    ]


def changed_by_decorators(node):
    """The names whose methods decorate a definition, as in @area.register, and so record it."""
    found = (one.func if isinstance(one, ast.Call) else one for one in getattr(node, "decorator_list", ()))
    return {root_name(one) for one in found if isinstance(one, ast.Attribute)} - {""}


def effects_of_call(call, functions):
    """(names bound, names changed) by a call to one of `functions`, {name: Effects}."""
    name, positional, named = call
    effects = functions.get(name)
    if effects is None:
        return frozenset(), frozenset()
    given = dict(zip(effects.parameters, positional)) | named
    return effects.binds, effects.changes | {given[one] for one in effects.arguments if given.get(one)}
