"""The house stands on its floors: imports only point down, no two files import each other, and files stay readable."""

import ast
import functools
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "minifcn"
MAPS = re.findall(r"^```\n(.+?)^```", (PACKAGE.parent / "docs" / "design.md").read_text(), re.MULTILINE | re.DOTALL)


def floors_of(text, folder):
    """{room: floor} from a map of docs/design.md: a line starts with its floor; rooms stand apart, as name/ or name.py."""
    rooms = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    floors, floor = {}, None
    for line in text.splitlines():
        number, *cells = re.split(r"\s{2,}", line)
        floor = int(number) if number else floor
        names = [cell.removesuffix("/").removesuffix(".py") for cell in cells if re.fullmatch(r"\w+(/|\.py)", cell)]
        floors |= dict.fromkeys([name for name in names if name in rooms], floor)
    assert floors.keys() == rooms - {"__init__"}, f"docs/design.md maps other rooms than {folder} has"
    return floors


FLOOR = floors_of(MAPS[0], PACKAGE)
FLOOR_OF_THE_COURSE = floors_of(MAPS[1], PACKAGE / "course")
RIVALS = [PACKAGE / "bench" / name for name in ("rival.py", "rival_networks.py")]  # these two alone may import PyTorch
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def module_of(path):
    """minifcn/nn/__init__.py -> ('nn',);  minifcn/nn/layers.py -> ('nn', 'layers')."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


@functools.cache
def tree_of(path):
    """The syntax tree of a file, which many tests here walk."""
    return ast.parse(path.read_text())


def imports_of(path):
    """Every module of the package that a file imports, anywhere in it, as a tuple of names."""
    package = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + tuple((node.module or "").split(".") if node.module else ())
            for alias in node.names:
                target = PACKAGE.joinpath(*base, alias.name)
                is_module = target.with_suffix(".py").exists() or (target / "__init__.py").exists()
                yield base + (alias.name,) if is_module else base
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                assert name.split(".")[0] != "minifcn", f"{path.name}: import the package's own modules relatively"
                is_rival = path in RIVALS
                assert is_rival or name.split(".")[0] != "torch", f"{path.name}: PyTorch is no dependency of the package"


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(module_of(p)))
def test_imports_point_down(path):
    room = module_of(path)[0]
    for target in imports_of(path):
        assert target, f"{path.name} imports the whole package; import the module it needs"
        assert FLOOR[target[0]] <= FLOOR[room], f"{'/'.join(module_of(path))} imports {'.'.join(target)}, a floor above"


def test_imports_within_the_course_point_down():
    for path in set((PACKAGE / "course").rglob("*.py")) - {PACKAGE / "course" / "__init__.py"}:
        room = module_of(path)[1]
        for target in imports_of(path):
            if target[0] == "course" and target[1] != room:
                there, here = FLOOR_OF_THE_COURSE[target[1]], FLOOR_OF_THE_COURSE[room]
                assert there <= here, f"{'/'.join(module_of(path))} imports {'.'.join(target)}, a floor above"


def test_tests_that_need_pytorch_are_skipped_without_it():
    """An import of it at the top of a file, ahead of the importorskip, would stop the whole run, not one file."""
    texts = {path: path.read_text() for path in sorted(Path(__file__).parent.rglob("*.py"))}
    imports_torch = re.compile(r"^(?:import|from) torch\b", re.MULTILINE)
    twins = [path.stem for path, text in texts.items() if imports_torch.search(text) and not path.name.startswith("test_")]
    assert "torch_twins" in twins
    needs_torch = re.compile(rf"^(?:import|from) (?:torch|\S*\b(?:{'|'.join(twins)}))\b.*", re.MULTILINE)
    for path, text in texts.items():
        early = needs_torch.search(text.partition('importorskip("torch")')[0])
        assert path.stem in twins or not early, f"{path.name}: {early[0]}"


def test_no_imports_in_a_circle():
    graph = {module_of(p): set(imports_of(p)) for p in FILES}
    done = set()

    def visit(module, trail):
        assert module not in trail, "imports in a circle: " + " -> ".join(".".join(m) for m in (*trail, module))
        if module not in done:
            for target in graph.get(module, ()):
                if target != module[: len(target)]:  # a package and its own parts are one room
                    visit(target, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


WALKS = (PACKAGE.parent / "docs" / "reading.md").read_text(encoding="utf-8").split("\n## ")[1:]


def files_of(walk):
    """[(path, name up to which it is read, or "")] of a walk of docs/reading.md: a folder in backticks, or none, precedes files."""
    files, folder = [], ""
    for line in walk.splitlines():
        folder = "" if line.startswith(("|", "- ")) else folder
        for name, end in re.findall(r"`([\w/]+(?:/|\.py))`(?:, up to `(\w+)`)?", line):
            if name.endswith("/"):
                folder = name
            else:
                files.append((PACKAGE / (folder + name), end))
    return files


def read_next(path):
    """The files that a file's docstring says to read next."""
    named = re.findall(r"[Rr]ead\s+(\S+\.py)\s+next\b", ast.get_docstring(tree_of(path)))
    return [(path.parent / name).resolve() for name in named]


def test_every_file_is_on_one_walk_of_the_reading_order():
    listed = [path for walk in WALKS for path, _ in files_of(walk)]
    assert sorted(listed) == [path for path in FILES if path.name != "__init__.py"]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.partition("\n")[0])
def test_each_file_names_the_one_to_read_next(walk):
    paths = [path for path, _ in files_of(walk)]
    for path, following in zip(paths, [[path] for path in paths[1:]] + [[]]):
        assert read_next(path) == following, f"{path}: docs/reading.md has another order"


def test_the_first_file_that_a_folder_names_exists():
    for path in FILES:
        if path.name == "__init__.py":
            assert all(file.exists() for file in read_next(path)), path


def test_from_tensor_to_fcn8s_is_an_evening():
    lines = 0
    for path, end in files_of(WALKS[0]):
        text = path.read_text()
        named = [node.lineno - 1 for node in ast.walk(tree_of(path)) if getattr(node, "name", None) == end]
        lines += named[0] if end else text.count("\n")
    assert lines <= 2500
    assert f"{lines:,} lines" in WALKS[0], f"docs/reading.md says another number than {lines:,}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(module_of(p)))
def test_every_file_says_what_it_is_for(path):
    assert ast.get_docstring(tree_of(path)), f"{path} opens without a docstring"


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(module_of(p)))
def test_files_and_functions_stay_short(path):
    text = path.read_text()
    assert text.count("\n") <= 360, f"{path}: two ideas in one file"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            code = node.end_lineno - node.lineno + 1 - (ast.get_docstring(node) or "").count("\n")
            assert code <= 45, f"{path}: {node.name} is {code} lines long"


def test_no_test_gives_a_busy_machine_too_little_time():
    """A limit ends what hangs. One that a slow start may reach decides by chance; a glance, of 0.1 s at most, decides nothing."""
    limits = re.compile(r"(?:\btimeout=|\.join\(|\.wait\()(\d[\d.]*)[,)]")
    tests = [path for path in Path(__file__).parent.rglob("*.py") if "redteam" not in path.parts and "natural" not in path.parts]
    found = {path: limits.findall(path.read_text()) for path in tests}
    assert sum(map(len, found.values())) > 10, "it finds those that are there"
    assert {path.name: short for path, all_of in found.items() if (short := [x for x in all_of if 0.1 < float(x) < 60])} == {}
