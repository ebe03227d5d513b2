"""Writes the package: modules, the course's given files around them, and parts.json, which says whose each part is.

Nothing is written unless every answer is right, and nothing that the student has changed is written over. Read
../command.py next.
"""

import ast
import hashlib
import json
import keyword
import re
from pathlib import Path

from ...files import atomic_write, make_folder, printable
from .. import ladder
from ..answers.submission import join_names
from ..checking.verdict import BORROWED, NOT_WRITTEN, RIGHT
from ..show.text import SAYS
from .collect import borrow, collect
from .modules import make_modules, module_text
from .topics import GIVEN, HOME

RECORD = "parts.json"
TAKEN = {"minifcn", "numpy", "pytest", "test", "tests"}  # names that would hide another package


def assemble(answers, out, title="", borrowing=False, say=print):
    """Check all answers, and write the package `out`. Returns whether it was written; `say` gets each line to print.

    answers:   a folder of notebooks and Python files, or one of them
    title:     the student's name for the package, if not that of its folder
    borrowing: whether the course's answers replace those that are not written
    Raises ValueError if `out` cannot be a package, is something else already, or holds files that were edited.
    """
    out = Path(out)
    before = read_record(out)
    parts = collect(answers, GIVEN, watch=lambda exercise, verdict: say(f"{exercise} {SAYS[verdict]}"))
    wrong = [part for part in parts if part.verdict not in (RIGHT, NOT_WRITTEN, BORROWED)]
    missing = [part for part in parts if part.verdict == NOT_WRITTEN]
    if wrong or missing and not borrowing:
        for line in complaints(wrong, missing, answers, borrowing):
            say(line)
        return False
    parts = [part if part.verdict == RIGHT else borrow(part) for part in parts]
    modules, homes = make_modules(parts)
    texts = {f"{name}.py": module_text(module, homes) for name, module in modules.items()}
    for path, text in texts.items():
        compile(text, path, "exec")
    title = title or before.get("title") or out.resolve().name
    texts |= given_files(out.resolve().name, title)
    record = record_of(title, parts, modules, homes)
    write(out, texts, record, before)
    for line in summary(out, record["parts"], texts):
        say(line)
    return True


def read_record(out):
    """The record in a package's folder, {} if the folder is empty or missing. Raises ValueError for any other folder."""
    name = out.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name) or name in TAKEN:
        raise ValueError(
            f"{printable(name)} cannot be the name of a package of yours; choose another --out: letters, digits and _, such as myfcn"
        )
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {}
    try:
        found = json.loads((out / RECORD).read_text(encoding="utf-8"))
        if isinstance(found["files"], dict) and isinstance(found["title"], str):
            return found
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise ValueError(f"{printable(out)} exists, and `minifcn assemble` did not make it; choose another --out")


def complaints(wrong, missing, answers, borrowing):
    """Lines on what keeps the package from being written."""
    for part in wrong:
        yield f"\n{part.exercise} {SAYS[part.verdict]}, in {printable(part.file)}"
        if part.hint:
            yield f"  hint: {part.hint}"
        yield f"  see the report: minifcn check {part.exercise} --answers {printable(Path(answers) / part.file if Path(answers).is_dir() else answers)}"
    if missing and not borrowing:
        names = join_names([part.exercise for part in missing], 100)
        yield f"\nnot written yet: {names}"
        yield "  write them, or take the course's in their place: --missing borrow"
    yield "\nnothing was written"


# The given files ------------------------------------------------------------------------------------------------------


def given_files(name, title):
    """{path: text} of the files that lesson 21 gives, for a package called `name`."""
    folder = ladder.find_lesson(HOME).folder / "package"
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".md") and "__pycache__" not in path.parts:
            text = re.sub(r"\bmyfcn\b", name, path.read_text(encoding="utf-8")).replace("TITLE OF THE PACKAGE", title)
            texts[path.relative_to(folder).as_posix()] = text
    return texts


def record_of(title, parts, modules, homes):
    """What parts.json says, but for the files' digests. Given code does not count among an answer's lines."""
    pieces = {part.exercise: piece for module in modules.values() for part, piece in module.pieces}
    entries = [
        {
            "exercise": part.exercise,
            "module": homes[part.exercise],
            "lines": count_lines("\n".join(s.code for s in pieces[part.exercise])),
            "file": part.file,
            "borrowed": part.borrowed,
        }
        for part in parts
        if not part.given
    ]
    return {"made by": "minifcn assemble", "title": title, "parts": entries}


def count_lines(text):
    """The lines of code of a text: no docstrings, no comments, no empty lines."""
    tree, lines = ast.parse(text), set()
    for node in ast.walk(tree):
        is_text = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if isinstance(node, (ast.expr, ast.stmt)) and not is_text:
            lines |= {node.lineno, node.end_lineno}
    strings = {line for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
               for line in range(node.lineno, node.end_lineno + 1) if node.end_lineno > node.lineno}  # fmt: skip
    return len(lines - strings)


def write(out, texts, record, before):
    """Write all files and the record. Raises ValueError, and writes nothing, if the student has edited one of them.

    Markdown files are the student's own once they exist: those that were edited are kept.
    """
    edited = [path for path in texts if is_edited(out, path, texts[path], before.get("files", {}))]
    code = [path for path in edited if not path.endswith(".md")]
    if code:
        raise ValueError(
            f"{join_names(code)} in {printable(out)} would be written over, and you have edited them; rename them, or choose another --out"
        )
    make_folder(out)
    digests = {path: before["files"][path] for path in edited if path in before.get("files", {})}
    for path, text in texts.items():
        if path not in edited:
            make_folder((out / path).parent)
            with atomic_write(out / path) as temporary:
                temporary.write_text(text, encoding="utf-8")
            digests[path] = digest(text)
    for path in before.get("files", {}).keys() - texts.keys():
        if (out / path).is_file() and digest((out / path).read_text(encoding="utf-8")) == before["files"][path]:
            (out / path).unlink()  # a module that this assembly no longer has
    with atomic_write(out / RECORD) as temporary:
        temporary.write_text(json.dumps(record | {"files": digests}, indent=1) + "\n", encoding="utf-8")


def is_edited(out, path, text, digests):
    """Whether a file is there and is neither what was written last time nor what would be written now."""
    try:
        found = (out / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True
    return found != text and digest(found) != digests.get(path)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def summary(out, entries, texts):
    """Lines on what was written, and what to do next. entries: the record's, one for each answer."""
    own = [entry for entry in entries if not entry["borrowed"]]
    lines = sum(entry["lines"] for entry in own)
    yield f"\n{printable(out)}: {len(texts)} files; {len(own)} of {len(entries)} answers are yours, {lines} lines of code"
    if len(own) < len(entries):
        yield f"borrowed: {join_names([entry['exercise'] for entry in entries if entry['borrowed']], 100)}"
    name, where = out.resolve().name, printable(out.parent)
    yield f"test it:  {'' if where == '.' else f'cd {where} && '}python -m pytest {name}"
    yield f"train it: python -m {name}.train"
    yield f"report:   python -m {name}.report"
