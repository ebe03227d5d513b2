"""Submissions that are hostile as files: what they hold, what they are, and what they are called.

Each is a folder for lesson 06 of the tiny course. A right one has 8 points. Read injection.py next.
"""

import codecs
import gzip
import io
import json
import os
import socket
import zipfile
from dataclasses import dataclass

SCALE = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
COUNTER = """\
class Counter:
    def __init__(self, start): self.n = start
    def up(self):
        self.n += 1
        return float(self.n)
"""
RIGHT, FULL = f"import numpy as np\n{SCALE}\n{COUNTER}", 8
ALL = list(range(FULL + 1))


@dataclass(frozen=True)
class Submission:
    """A folder of files, and the points that it may get.

    files:  {name: bytes, text, or a function that makes the file at a path}
    points: a list of those it may get
    entry:  the folder's name, if not the submission's
    slow:   whether reading it takes seconds
    """

    name: str
    files: dict
    points: tuple = (0,)
    entry: str = ""
    slow: bool = False

    def write(self, folder):
        """Make the submission in a folder."""
        place = folder / (self.entry or self.name)
        place.mkdir()
        for name, held in self.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(held):
                held(path)
            else:
                path.write_bytes(held if isinstance(held, bytes) else held.encode("utf-8", "surrogatepass"))


SUBMISSIONS = []


def submit(name, held, file="06_tiny.py", points=(0,), **about):
    """Add a submission of one file."""
    SUBMISSIONS.append(Submission(name, {file: held}, tuple(points), **about))


def notebook(*sources, **rest):
    """A notebook of code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]} | rest)


# What Python's parser chokes on ---------------------------------------------------------------------------------------

submit("right", RIGHT, points=[FULL])
submit("right_in_a_notebook", notebook(SCALE, COUNTER), "06_tiny.ipynb", points=[FULL])
QUICK = ("thousands_of_signs", "twenty_thousand_branches", "a_long_sum", "nested_lambdas", "a_huge_number", "null_characters")
PYTHON = {
    "thousands_of_signs": "x = " + "-" * 7000 + "1\n",
    "twenty_thousand_branches": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "deep_brackets": "x = " + "(" * 10_000 + ")" * 10_000 + "\n",
    "ninety_brackets": "x = " + "(" * 90 + ")" * 90 + "\n",
    "a_long_sum": "x = " + "+".join(["1"] * 100_000) + "\n",
    "a_long_chain_of_attributes": "x = a" + ".b" * 50_000 + "\n",
    "a_long_chain_of_calls": "x = a" + "()" * 50_000 + "\n",
    "a_long_chain_of_comparisons": "x = 1" + " < 1" * 50_000 + "\n",
    "a_long_chain_of_nots": "x = " + "not " * 20_000 + "1\n",
    "nested_lambdas": "x = " + "lambda: " * 5000 + "1\n",
    "nested_functions": "".join(" " * i + "def f():\n" for i in range(99)) + " " * 99 + "pass\n",
    "nested_conditions": "x = " + "1 if a else " * 20_000 + "1\n",
    "nested_powers": "x = " + "2**" * 5000 + "1\n",
    "nested_f_strings": "x = " + "f'{" * 5 + "1" + "}'" * 5 + "\n",
    "a_huge_number": "x = " + "9" * 10**6 + "\n",
    "a_huge_hexadecimal_number": "x = 0x" + "f" * 10**6 + "\n",
    "a_huge_string": "x = '" + "a" * 5 * 10**6 + "'\n",
    "an_open_string": "x = '''" + "a\n" * 10**5,
    "one_line_of_nine_megabytes": "x = 1;" * 1_500_000 + "\n",
    "a_long_name": "a" * 10**6 + " = 1\n",
    "null_characters": "x = 1\0\n",
    "form_feeds": "\x0c" * 10**5 + "x = 1\n",
    "carriage_returns": "x = 1\r" * 10**4,
    "backslashes": "x = 1 + \\\n" * 10**4 + "1\n",
    "twenty_thousand_blank_lines_and_an_error": "\n" * 20_000 + "def f(:\n",
    "twenty_thousand_spaces_and_an_error": " " * 10**5 + "\n" * 10 + "def f(:\n",
    "a_thousand_magics": "%matplotlib inline\n" * 1000,
    "a_thousand_questions": "x?\n" * 1000,
    "a_thousand_shells": "!ls\n" * 1000,
    "twenty_thousand_comments": "# %%\n# x\n" * 20_000,
    "a_chain_of_names": "x0 = 1\n" + "".join(f"x{i + 1} = x{i}\n" for i in range(5000)),
    "one_name_ten_thousand_times": "x = 1\n" + "x = x\n" * 10_000,
    "five_thousand_functions": "".join(f"def f{i}(): return f{i + 1}()\n" for i in range(5000)),
    "five_thousand_imports": "import os\n" * 5000,
    "five_thousand_star_imports": "from numpy import *\n" * 5000,
    "five_thousand_decorators": "@len\n" * 5000 + "def f(): pass\n",
    "a_class_of_five_thousand_methods": "class A:\n" + "".join(f"    def f{i}(self): pass\n" for i in range(5000)),
    "ten_thousand_statements_on_a_line": "x = 1; " * 10_000 + "\n",
    "ten_thousand_deletions": "x = 1\ndel x\n" * 5000,
    "type_comments": "x = 1 # type: ignore\n" * 5000,
    "a_match_of_thousands": "match 1:\n" + "    case 1: pass\n" * 5000,
    "deep_patterns": "match 1:\n    case " + "[" * 500 + "]" * 500 + ": pass\n",
    "tabs_and_spaces": "if 1:\n\tx = 1\n        y = 2\n",
    "names_in_other_letters": "ѕcale = 1\n\u202ex = 1\n",
    "a_name_that_is_normalised": "\u017fcale = 7\n",
}  # fmt: skip
for name, text in PYTHON.items():
    submit(f"py_{name}", text, points=ALL, slow=name not in QUICK)
    submit(f"py_{name}_below", RIGHT + text, points=ALL, slow=True)
    submit(f"py_{name}_above", text + RIGHT, points=ALL, slow=True)
    submit(f"nb_{name}", notebook(SCALE, text, COUNTER), "06_tiny.ipynb", points=ALL, slow=True)
WORKING = {  # the answer is right, so it must get its points, however it is written
    "a_chain_that_is_used": ("x0 = 1\n" + "".join(f"x{i + 1} = x{i}\n" for i in range(1500)), "x1500"),
    "a_thousand_functions_that_are_used": ("".join(f"def f{i}(): return f{i + 1}\n" for i in range(1500)) + "f1500 = 1\n", "f1500"),
    "one_name_bound_often": ("x0 = 1\n" + "x0 = x0 * 1\n" * 3000, "x0"),
    "many_imports": ("import math\n" * 2000, "int(math.cos(0))"),
    "many_blank_lines": ("\n" * 20_000 + "ONE = 1\n", "ONE"),
    "a_big_table": ("ONE = [" + "1, " * 50_000 + "]\n", "ONE[7]"),
}
for name, (above, value) in WORKING.items():
    submit(f"right_with_{name}", above + SCALE.replace("x * ", f"{value} * x * ") + COUNTER, points=[FULL], slow=True)


# What is no Python file at all ----------------------------------------------------------------------------------------


def zipped(count, name="a", inner=b"\0" * 10**6):
    """A zip whose contents are large."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"{name}{number}", inner)
    return held.getvalue()


BYTES = {
    "no_bytes": b"",
    "zeros": bytes(10**6),
    "all_bytes": bytes(range(256)) * 1000,
    "a_program": b"\x7fELF\2\1\1" + bytes(10**4),
    "a_zip_of_zeros": zipped(50),
    "gzip": gzip.compress(RIGHT.encode() + b"\n" * 10**7),
    "utf_16": RIGHT.encode("utf-16"),
    "utf_16_without_a_mark": RIGHT.encode("utf-16-le"),
    "utf_32": codecs.BOM_UTF32_LE + RIGHT.encode("utf-32-le"),
    "utf_8_twice_marked": codecs.BOM_UTF8 * 2 + RIGHT.encode(),
    "half_a_character": RIGHT.encode() + "é".encode()[:1],
    "lone_surrogates": RIGHT.encode() + b"x = '\xed\xa0\x80'\n",
    "an_encoding_that_there_is_not": b"# coding: there-is-none\n" + RIGHT.encode(),
    "an_encoding_that_turns_letters": b"# coding: rot13\n" + RIGHT.encode(),
    "an_encoding_that_unpacks": b"# coding: zlib\n" + RIGHT.encode(),
    "an_encoding_that_runs_escapes": b"# coding: unicode_escape\n" + RIGHT.encode(),
    "an_encoding_of_names": b"# coding: idna\n" + RIGHT.encode(),
    "an_encoding_that_is_undefined": b"# coding: undefined\n" + RIGHT.encode(),
    "an_encoding_with_a_long_name": b"# coding: " + b"a" * 10**5 + b"\n" + RIGHT.encode(),
    "twenty_megabytes": b"# " + b"x" * 20 * 2**20 + b"\n" + RIGHT.encode(),
}
for name, data in BYTES.items():
    submit(f"py_of_{name}", data, points=[0] if name == "twenty_megabytes" else ALL, slow=RIGHT.encode() in data)
    submit(f"nb_of_{name}", data, "06_tiny.ipynb")


# Notebooks that are none ----------------------------------------------------------------------------------------------

CELL = {"cell_type": "code", "source": RIGHT}
NOTEBOOKS = {
    "deep_lists": '{"cells": ' + "[" * 10**5,
    "deep_lists_that_are_closed": '{"cells": ' + "[" * 10**5 + "]" * 10**5 + "}",
    "deep_dicts": '{"cells": ' + '{"a": ' * 10**5 + "1" + "}" * 10**5 + "}",
    "a_number": "7",
    "nothing": "null",
    "a_list": "[]",
    "no_cells": "{}",
    "cells_that_are_a_dict": '{"cells": {"cell_type": "code", "source": "x"}}',
    "cells_that_are_text": '{"cells": "code"}',
    "cells_that_are_numbers": '{"cells": [1, 2, 3]}',
    "cells_that_are_none": '{"cells": [null]}',
    "cells_without_a_type": json.dumps({"cells": [{"source": RIGHT}]}),
    "cells_of_a_strange_type": json.dumps({"cells": [{"cell_type": ["code"], "source": RIGHT}]}),
    "a_source_that_is_a_number": '{"cells": [{"cell_type": "code", "source": 7}]}',
    "a_source_that_is_none": '{"cells": [{"cell_type": "code", "source": null}]}',
    "a_source_that_is_a_dict": '{"cells": [{"cell_type": "code", "source": {"a": "scale"}}]}',
    "a_source_of_numbers": '{"cells": [{"cell_type": "code", "source": [1, 2]}]}',
    "a_source_of_lists": '{"cells": [{"cell_type": "code", "source": [["x"]]}]}',
    "nan": '{"cells": NaN}',
    "a_huge_number": '{"cells": ' + "9" * 10**5 + "}",
    "a_huge_exponent": '{"cells": 1e999999999}',
    "doubled_keys": json.dumps({"cells": []})[:-1] + ', "cells": [{"cell_type": "code", "source": "x"}]}',
    "surrogates": '{"cells": [{"cell_type": "code", "source": "scale = \'\\ud800\'"}]}',
    "ten_thousand_cells": json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}] * 10_000}),
    "a_million_lines": json.dumps({"cells": [{"cell_type": "code", "source": ["\n"] * 10**6}]}),
    "a_version_of_long_ago": json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": RIGHT}]}]}),
    "html": "<script>alert(1)</script>",
}
for name, text in NOTEBOOKS.items():
    submit(f"nb_with_{name}", text, "06_tiny.ipynb", points=ALL, slow="_million_" in name)
submit("nb_with_outputs_that_claim_a_pass", notebook("print('x')", metadata={"points": 100, "verdict": "right"}), "06_tiny.ipynb")


# What is no file ------------------------------------------------------------------------------------------------------


def link_to(target):
    return lambda path: os.symlink(target, path)


def socket_at(path):
    with socket.socket(socket.AF_UNIX) as held, _working_in(path.parent):
        held.bind(path.name)


class _working_in:
    """A with-block in another working folder: the path of a socket must be short."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.before = os.getcwd()
        os.chdir(self.folder)

    def __exit__(self, *exception):
        os.chdir(self.before)


def many(count):
    def write(path):
        for number in range(count):
            (path.parent / f"{number}.py").write_text("x = 1\n")

    return write


def nested(depth):
    def write(path):
        folder = path.parent.joinpath(*["a"] * depth)
        folder.mkdir(parents=True)
        (folder / "06_tiny.py").write_text(RIGHT)

    return write


NO_FILES = {
    "a_link_to_the_solution": {"06_tiny.py": link_to("../../lessons/06_tiny/lesson.py")},
    "a_link_to_another_s_answer": {"06_tiny.py": link_to("../right/06_tiny.py")},
    "a_link_to_the_folder_of_another": {"homework": link_to("../right")},
    "a_link_to_the_folder_of_lessons": {"homework": link_to("../../lessons")},
    "a_link_to_itself": {"06_tiny.py": link_to("06_tiny.py")},
    "a_link_to_nothing": {"06_tiny.py": link_to("there-is-none")},
    "a_link_to_zeros_without_end": {"06_tiny.py": link_to("/dev/zero")},
    "a_link_to_random_bytes": {"06_tiny.ipynb": link_to("/dev/random")},
    "a_link_to_a_terminal": {"06_tiny.py": link_to("/dev/tty")},
    "a_link_to_the_grader_s_input": {"06_tiny.py": link_to("/dev/stdin")},
    "a_link_to_the_root": {"all": link_to("/")},
    "a_link_to_its_own_folder": {"loop": link_to(".")},
    "a_pipe": {"06_tiny.py": os.mkfifo if hasattr(os, "mkfifo") else b""},
    "a_pipe_as_a_notebook": {"06_tiny.ipynb": os.mkfifo if hasattr(os, "mkfifo") else b""},
    "a_socket": {"06_tiny.py": socket_at if hasattr(socket, "AF_UNIX") else b""},
    "a_folder_as_a_file": {"06_tiny.ipynb/x": b""},
    "a_folder_as_a_python_file": {"06_tiny.py/x": b""},
    "ten_thousand_files": {"x.py": many(10_000)},
    "a_hundred_folders_deep": {"x.py": nested(100)},
    "nothing": {},
}
for name, files in NO_FILES.items():
    about = {"slow": True} if name == "ten_thousand_files" else {}
    SUBMISSIONS.append(Submission(name, files, tuple(ALL) if "hundred" in name else (0,), **about))
    if files and not about and "right" not in name:
        beside = {"sub/06_tiny.py": RIGHT, **files}
        SUBMISSIONS.append(Submission(f"{name}_beside_a_right_answer", beside, tuple(ALL), slow=True))

# Files that a grader might run or read as its own.
DEED = "import pathlib\npathlib.Path({victim!r}).write_text('Eve')\n"
SHADOWS = ("numpy.py", "json.py", "sitecustomize.py", "usercustomize.py", "conftest.py", "minifcn/__init__.py", "ast.py",
           "minifcn.py", "__init__.py", "__main__.py", "setup.py", "wire.py", "06_tiny/__init__.py", "encodings/utf_8.py")  # fmt: skip
OWN = {
    ".minifcn-progress.json": '{"06.scale": {"verdict": "right", "points": 5, "out_of": 5, "when": "2026-11-30"}}',
    "results.json": '{"tests": [], "score": 8}',
    "grades.csv": "name,total\nEve,8\n",
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "pyvenv.cfg": "home = /tmp\n",
    "lessons/06_tiny/checks.py": "EXERCISES = []\n",
}


def shadowing(victim):
    """A wrong answer beside files that are called as modules of the grader, each of which would change a victim."""
    files = dict.fromkeys(SHADOWS, DEED.format(victim=str(victim))) | OWN
    return Submission("shadows", {"06_tiny.py": "def scale(x): return 7\n", **files})


# What they are called -------------------------------------------------------------------------------------------------

NAMES = {
    "a_line_break": "two\nlines",
    "a_carriage_return": "over\rwritten",
    "a_tab": "\ttab",
    "an_escape": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "letters_from_right_to_left": "abc\u202egpj.exe",
    "a_bell": "ring\x07",
    "no_text": os.fsdecode(b"\xff\xfe\x80"),
    "wide_letters": "宽" * 60,
    "accents_without_letters": "a" + "\u0301" * 100,
    "a_formula": "=cmd|' C calc'!A0",
    "a_formula_with_a_plus": "+1+1",
    "a_formula_with_an_at": "@SUM(1)",
    "a_formula_behind_a_space": " =1+1",
    "a_formula_in_wide_letters": "\uff1d1+1",
    "quotes": "\"quoted\",'and',more",
    "html": "<script>alert(1)<",
    "an_option": "--help",
    "a_way_up": "x..%2f..%2fup",
    "three_dots": "x...",
    "a_semicolon_for_the_shell": "$(touch x);`touch y`",
    "the_name_of_the_gradebook": "grades.csv",
    "the_name_of_a_result": "right.json",
    "a_name_of_255_bytes": "n" * 255,
    "a_name_of_another_system_s_device": "con",
    "nothing_but_spaces": "   ",
    "a_percent": "%s%d%n",
    "braces": "{0}{name}",
}
for name, entry in NAMES.items():
    SUBMISSIONS.append(Submission(f"called_{name}", {"06_tiny.py": "x = 1\n"}, (0,), entry))
FILE_NAMES = ("\x1b[31m06_tiny.py", "06_tiny\n.py", "06\u202e_tiny.py", "=06_tiny.py", "<b>06_tiny.py", "-06_tiny.py", "é" * 100 + ".py")
for number, name in enumerate(FILE_NAMES):
    SUBMISSIONS.append(Submission(f"file_{number}", {name: "def scale(x): return 7\n"}))
