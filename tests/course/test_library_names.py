"""What the lessons and the documents use of the library exists, and takes the arguments given; nothing is run to know that.

The notebooks of other languages have the cells of the English ones.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from minifcn.course import ladder

ROOT = Path(__file__).parents[2]
PROGRAMS = {lesson.folder.name: (lesson.folder / "lesson.py").read_text(encoding="utf-8") for lesson in ladder.lessons()}
for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
    if blocks := re.findall(r"^```python\n(.+?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        PROGRAMS[path.name] = "\n".join(blocks)


def imported(tree):
    """{name: object} of what the cells import from minifcn, without names that they also give to something else."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "minifcn":
            for alias in node.names:
                found[alias.asname or alias.name] = part_of(importlib.import_module(node.module), alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "minifcn":
                    module = importlib.import_module(alias.name)
                    found[alias.asname or "minifcn"] = module if alias.asname else importlib.import_module("minifcn")
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return {name: value for name, value in found.items() if name not in own}


def part_of(whole, name):
    """The attribute of a module or a class, or the submodule; AttributeError if there is none."""
    if inspect.ismodule(whole) and not hasattr(whole, name):
        try:
            return importlib.import_module(f"{whole.__name__}.{name}")
        except ModuleNotFoundError:
            pass
    return getattr(whole, name)


def meaning(node, names):
    """The object that an expression such as F.relu stands for; None if that is known only when it runs."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        whole = meaning(node.value, names)
        if inspect.ismodule(whole) or inspect.isclass(whole):
            return part_of(whole, node.attr)
    return None


def check_call(call, function):
    """TypeError if the function does not take a call's arguments, or is a module, as of a file whose function has gone."""
    if inspect.ismodule(function):
        raise TypeError("a module cannot be called")
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return
    if callable(function) and (function.__module__ or "").startswith("minifcn"):
        inspect.signature(function).bind(*call.args, **{k.arg: k.value for k in call.keywords})


def check_names(text):
    """AttributeError, ImportError or TypeError, with the line, for a use of minifcn that cannot work."""
    tree = ast.parse(text)
    names = imported(tree)
    for node in ast.walk(tree):
        try:
            if isinstance(node, ast.Call):
                check_call(node, meaning(node.func, names))
            elif isinstance(node, ast.Attribute):
                meaning(node, names)
        except (AttributeError, TypeError) as error:
            raise type(error)(f"line {node.lineno}: {ast.unparse(node)}: {error}") from None


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_lesson_or_document_uses_of_the_library_exists(name):
    check_names(PROGRAMS[name])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("from minifcn.functional import relu_", AttributeError),
        ("from minifcn import functional as F\n\ndef f(x):\n    return F.relu_(x)", AttributeError),
        ("import minifcn\nminifcn.nn.Conv2D", AttributeError),
        ("from minifcn import nn\nnn.Module.state", AttributeError),
        ("from minifcn import functional as F\nF.relu(x, inplace=True)", TypeError),
        ("from minifcn.functional import cross_entropy\ncross_entropy(x, y, w, 255)", TypeError),
        ("from minifcn.plot import layers\nlayers()", TypeError),
        ("from minifcn.nowhere import thing", ImportError),
    ],
)
def test_a_use_that_cannot_work_is_found(text, error):
    with pytest.raises(error):
        check_names(text)
