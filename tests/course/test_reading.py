"""Whatever is handed in, reading it ends: with chunks, or with one sentence that says why not, in linear time."""

import ast
import json
import os
import socket
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from reading_curve import KINDS

from minifcn.course.answers import cells, reading, source, statements
from minifcn.course.answers.source import BrokenAnswer, Chunk, NoAnswer, extract, foreign_imports, read_chunks, readings
from minifcn.course.answers.submission import count_stubs
from minifcn.course.show.text import stub

TWICE = "def answer(x):\n    return 2 * x\n"


def in_notebook(*sources):
    return json.dumps({"cells": [{"cell_type": "code", "source": text} for text in sources]}).encode()


def read(tmp_path, name, data):
    """What comes of a file: "answer", "no answer", or the sentence that says why not."""
    (tmp_path / name).write_bytes(data)
    try:
        for found in readings(read_chunks(tmp_path / name), "answer"):
            foreign_imports(found), count_stubs(found), stub(SimpleNamespace(exercise="06.answer", source=found.text))
            assert [found.place_of(line) for line in (0, 10**9)] == ["", ""] and found.place_of(1)
        return "answer"
    except NoAnswer:
        return "no answer"
    except BrokenAnswer as error:
        said = error.msg
    except ValueError as error:
        said = str(error)
    assert said.isprintable() and len(said) < 300
    return said


# Files ----------------------------------------------------------------------------------------------------------------


def refusal(path):
    with pytest.raises(ValueError) as error:
        read_chunks(path)
    return str(error.value)


def test_a_link_is_refused_even_to_a_good_file(tmp_path):
    (tmp_path / "good.py").write_text(TWICE)
    try:
        (tmp_path / "link.py").symlink_to(tmp_path / "good.py")
        (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere.py")
    except OSError:
        pytest.skip("this system makes no links")
    assert refusal(tmp_path / "link.py") == "link.py is a link; hand in the file itself"
    assert refusal(tmp_path / "dangling.py") == "dangling.py is a link; hand in the file itself"


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "a.py").mkdir()
    assert refusal(tmp_path / "a.py") == "a.py is a folder; hand in the file itself"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_or_a_socket_is_refused_without_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "a.py")
    assert refusal(tmp_path / "a.py") == "a.py is a pipe or a device; hand in the file itself"
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("b.py")
        assert "is a pipe or a device" in refusal("b.py")


def test_a_missing_file_is_pythons_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_chunks(tmp_path / "a.py")


def test_a_large_file_is_refused_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 2 * 10**6)
    (tmp_path / "a.py").write_bytes(b"#" * 2_000_001)
    assert refusal(tmp_path / "a.py") == "a.py has 3 MB; an answer file may have at most 2 MB"
    (tmp_path / "a.ipynb").write_bytes(b" " * 2_500_000)
    assert refusal(tmp_path / "a.ipynb").endswith("at most 2 MB: clear the outputs of its cells and save it")
    (tmp_path / "a.py").write_bytes(TWICE.encode().ljust(2_000_000))
    assert extract(read_chunks(tmp_path / "a.py"), "answer").text == TWICE


def test_names_are_printable_in_what_is_said(tmp_path):
    name = "a\x1b[31m\u202e.py" if os.name != "nt" else "a\u202e.py"
    assert read(tmp_path, name, b"def answer(:").isprintable()
    assert refusal(tmp_path / f"{name}x").isprintable()


# Contents -------------------------------------------------------------------------------------------------------------

DEEP = {
    "signs": f"x = {'-' * 7000}1",
    "elif": "if a: pass\n" + "elif a: pass\n" * 7000,
    "attributes": f"x = a{'.b' * 20_000}",
    "sum": f"x = {'a+' * 20_000}a",
    "brackets": f"x = {'[' * 500}{']' * 500}",
    "lambdas": f"x = {'lambda:' * 5000}1",
    "f-strings": f"x = {'f{' * 100}a{'}' * 100}",
    "digits": f"x = {'9' * 5000}",
    "null": "x = 1\0",
    "surrogate": "x = '\ud800'",
    "magic": "get_ipython().run_cell_magic('time', '', 'x = " + "-" * 7000 + "1')",
    "no magic": "get_ipython().run_cell_magic(1, 2, 3)",
    "no timing": "get_ipython().run_line_magic('time')",
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_pythons_parser_cannot_read_is_said_in_a_sentence(tmp_path, kind):
    for text in DEEP[kind], f"{DEEP[kind]}\n{TWICE}", f"{TWICE}{DEEP[kind]}", f"{TWICE}    {DEEP[kind]}":
        read(tmp_path, "a.py", text.encode("utf-8", "surrogatepass"))
        assert read(tmp_path, "a.ipynb", in_notebook(text, TWICE)) == "answer", "in a cell of its own"


def test_a_line_of_python_may_be_as_deep_as_python_reads_it():
    for text in f"K = {'1+' * 900}1", f"K = {'-' * 900}1", f"K = a{'.b' * 900}", "K = 0x" + "f" * 9000:
        assert extract([Chunk(f"{text}\ndef answer(x):\n    return K", "")], "answer").text.startswith(text)


@pytest.mark.parametrize("value", [1, None, True, [1], [None], {}, [[]], ["a", 1], {"a": 1}, float("nan")], ids=repr)
def test_a_notebook_of_strange_types_is_one_sentence(tmp_path, value):
    good = {"cell_type": "code", "source": TWICE}
    for notebook in value, {"cells": value}, *([] if isinstance(value, dict) else [{"cells": [value, good]}]):
        assert read(tmp_path, "a.ipynb", json.dumps(notebook).encode()).startswith("a.ipynb cannot be read as ipynb: ")
    said = read(tmp_path, "a.ipynb", json.dumps({"cells": [good | {"source": value}, good]}).encode())
    assert said.startswith("a.ipynb cannot be read as ipynb: found ") and "in the source of cell 1" in said
    cells = [good, {"source": value}, good | {"cell_type": value}]
    assert read(tmp_path, "a.ipynb", json.dumps({"cells": cells, "metadata": value}).encode()) == "answer"


@pytest.mark.parametrize("data", [b"", b"NaN", b'{"cells": ' + b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"\xff"])
def test_a_damaged_notebook_is_one_sentence(tmp_path, data):
    assert read(tmp_path, "a.ipynb", data).startswith("a.ipynb cannot be read as ipynb: ")


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_unicode_with_and_without_a_byte_order_mark(tmp_path, encoding, mark):
    for name, data in ("a.py", TWICE.encode()), ("a.ipynb", in_notebook(TWICE)):
        text = ("\ufeff" if mark else "") + data.decode()
        for order in ("",) if encoding == "utf-8" else ("-le", "-be"):
            assert read(tmp_path, name, text.encode(encoding + order)) == "answer"


@pytest.mark.parametrize("cookie", ["zlib", "rot13", "punycode", "idna", "undefined", "x" * 1000, "utf-16"])
def test_a_coding_cookie_that_names_no_encoding_of_text_is_passed_over(tmp_path, cookie):
    assert read(tmp_path, "a.py", f"# coding: {cookie}\n{TWICE}".encode()) == "answer"


def test_a_broken_line_is_named_as_it_is_counted_in_the_file(tmp_path):
    assert read(tmp_path, "a.py", f"\n\n{TWICE}\nnonlocal x\n".encode()).startswith("a.py, line 6: nonlocal")
    exported = f"# %%\nx = 1\n# %%\n1 +\n# %%\n{TWICE}    nonlocal y\n"
    assert read(tmp_path, "a.py", exported.encode()).startswith("a.py, line 8: no binding for nonlocal")


# Time -----------------------------------------------------------------------------------------------------------------


def steps(text, path):
    """How many steps Python's interpreter takes to read an answer; nothing is measured."""
    path = path.with_suffix(".ipynb" if text.startswith('{"cells"') else ".py")
    path.write_text(text)
    statements.parse.cache_clear(), source.index_of.cache_clear()
    counted, before = Counter(), sys.gettrace()

    def step(frame, event, arg):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counted[event] += 1
        return step

    sys.settrace(step)
    try:
        for found in readings(read_chunks(path), "answer"):
            foreign_imports(found)
    except BrokenAnswer:
        pass
    finally:
        sys.settrace(before)
    return counted["opcode"]


def test_a_file_of_cells_is_parsed_once(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text(f"# %%\nx = 1\n# %% [markdown]\n# An answer.\n# %%\n{TWICE}")
    parsed, parse = [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda text: parsed.append(text) or parse(text))
    assert "2 * x" in extract(read_chunks(tmp_path / "a.py"), "answer").text and len(parsed) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_file_takes_at_most_twice_the_steps(tmp_path, monkeypatch, kind):
    monkeypatch.setitem(sys.modules, "minifcn.course.answers.magics", None)  # limited by magics.MAX_CHARACTERS
    monkeypatch.setattr(cells, "TRIES", 1)
    steps(KINDS[kind](2), tmp_path / "a")  # fills the caches of re
    some, twice = (steps(KINDS[kind](n), tmp_path / "a") for n in (30, 60))
    assert twice < 2.1 * some


@pytest.mark.parametrize("text", ["!ls\n" * 300, "np.pad?\n" * 300, "%%time\n" * 300, ";" * 500, "%time x = [\n" * 300])
def test_the_characters_that_ipython_goes_through_are_limited(monkeypatch, text):
    magics = pytest.importorskip("minifcn.course.answers.magics")
    monkeypatch.setattr(magics, "MAX_CHARACTERS", 5000)
    seen, real = [], magics.TransformerManager.do_one_token_transform
    monkeypatch.setattr(magics.TransformerManager, "do_one_token_transform",
                        lambda self, lines: [seen.append(sum(map(len, lines))), real(self, lines)][1])  # fmt: skip
    cells.strip_magics(text)
    assert sum(seen) <= 5000


MIXED = [
    "!echo it's", "np.pad?", "x = 'why?'", "x = '''\n%time 1\n!ls?\n'''", "# is it?", "y = (1\n  % 3)", "y = 5 \\\n  % 3",
    "pip install x", "a = !ls", "!pip \\\n  a", "x != 3  # so?", "for i in x:\n    !ls\n    i?", "%time x = 3", "f'{x}?'",
    '"""it\'s\n!ls"""',
]  # fmt: skip


@pytest.mark.parametrize("start", range(len(MIXED)))
def test_many_magics_are_replaced_as_a_few_are(monkeypatch, start):
    text = "\n".join([*MIXED[start:], *MIXED[:start]])
    monkeypatch.setattr(cells, "TRIES", len(MIXED))
    one_by_one = cells.replace_magic_lines(text)
    ast.parse(one_by_one)
    monkeypatch.setattr(cells, "TRIES", 1)
    assert cells.replace_magic_lines(text) == one_by_one
