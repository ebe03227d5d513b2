"""Taking an answer out of a notebook or file: all that it needs, and nothing else."""

import json

import pytest

from minifcn.course.answers.source import BrokenAnswer, Chunk, NoAnswer, extract, foreign_imports, read_chunks, readings


def take(*cells, name="answer", given=()):
    return extract([Chunk(text, f"cell {n}") for n, text in enumerate(cells, 1)], name, given)


def run(source):
    names = {}
    exec(source.text, names)  # noqa: S102
    return names["answer"]


def test_only_what_is_needed_is_taken():
    source = take(
        "import numpy as np\nimport os",
        "data = slow()",
        "def helper(x):\n    return np.abs(x)",
        "plot(data)",
        "def answer(x):\n    return helper(x)",
        "print(answer(1))",
    )
    assert (
        source.text
        == "import numpy as np\ndef helper(x):\n    return np.abs(x)\ndef answer(x):\n    return helper(x)\n"
    )
    assert source.place == "cell 5, line 1" and source.place_of(5) == "cell 5, line 2: return helper(x)"


def test_parameters_and_locals_do_not_pull_in_globals_of_the_same_name():
    source = take("x = load_a_large_file()\nw = train()", "def answer(x):\n    w = x\n    return [w for w in x]")
    assert "load" not in source.text and "train" not in source.text


def test_constants_and_what_changes_them_are_taken():
    source = take("K = {}", "K['a'] = 1\nK['b'] = 2", "def answer():\n    return K")
    assert run(source)() == {"a": 1, "b": 2}


def test_a_global_that_is_only_counted_up_is_taken():
    assert run(take("calls = 0", "def answer(x):\n    global calls\n    calls += 1\n    return 2 * x"))(2) == 4


def test_methods_added_to_a_class_are_taken():
    source = take("class answer:\n    pass", "def add(a, b):\n    return 5", "answer.__add__ = add")
    assert run(source)() + 1 == 5


def test_the_last_definition_counts():
    source = take("def answer():\n    return 1", "def answer():\n    return 2")
    assert "return 2" in source.text and "return 1" not in source.text


def test_decorators_and_base_classes_are_taken():
    source = take(
        "def twice(f):\n    return lambda: 2 * f()",
        "class Base:\n    pass",
        "class Thing(Base):\n    pass",
        "@twice\ndef answer():\n    return Thing",
    )
    assert source.text.count("def twice") == 1 and "class Base" in source.text and "@twice" in source.text


def test_compound_statements_that_bind_a_needed_name_are_taken_whole():
    source = take(
        "try:\n    import nothing_like_it as lib\nexcept ImportError:\n    lib = None",
        "for i in range(3):\n    table = i",
        "def answer():\n    return lib, table",
    )
    assert run(source)() == (None, 2)


def test_what_is_given_is_left_out():
    assert (
        "def im2col"
        not in take("def im2col(x):\n    return 1", "def answer(x):\n    return im2col(x)", given={"im2col"}).text
    )


def test_two_statements_on_a_line():
    assert take("a = 1; b = 2", "def answer():\n    return a + b").text.count("a = 1; b = 2") == 1


def test_magics_and_shell_lines_are_passed_over():
    assert (
        take("%matplotlib inline\n!ls\n%%time\ndef answer():\n    return 1\nanswer?").text.strip().endswith("return 1")
    )


def test_a_broken_cell_elsewhere_does_not_matter():
    assert take("def other(:", "def answer():\n    return 1").place == "cell 2, line 1"


def test_the_broken_cell_of_the_answer_is_told():
    with pytest.raises(BrokenAnswer, match="cell 2, line 2"):
        take("def answer():\n    return 1", "def answer():\n    return (\n")


def test_nothing_of_the_name():
    with pytest.raises(NoAnswer):
        take("answers = 3")


def test_imports_beyond_numpy_and_the_standard_library():
    source = take(
        "import torch.nn\nimport numpy as np\nfrom math import pi",
        "def answer():\n    from scipy import signal\n    return torch, np, pi",
    )
    assert foreign_imports(source) == ["scipy", "torch"] and foreign_imports(source, ("torch", "scipy")) == []


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_file_saved_by_windows_is_read(tmp_path, suffix):
    text = "def answer():\r\n    return 1\r\n"
    text = text if suffix == ".py" else json.dumps({"cells": [{"cell_type": "code", "source": [text]}]})
    (tmp_path / f"a{suffix}").write_bytes(b"\xef\xbb\xbf" + text.encode())        # a byte order mark, as Notepad writes
    assert extract(read_chunks(tmp_path / f"a{suffix}"), "answer").text == "def answer():\n    return 1\n"


def test_notebooks_and_files(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["def answer(): text"]},
        {"cell_type": "code", "source": "def answer():\n    return 1"},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert extract(read_chunks(tmp_path / "a.ipynb"), "answer").place == "a.ipynb, code cell 1, line 1"
    (tmp_path / "a.py").write_text("# %%\ndef answer():\n    return 1\n")
    assert extract(read_chunks(tmp_path / "a.py"), "answer").place == "a.py, line 2"
    with pytest.raises(ValueError, match="not an answer file"):
        read_chunks(tmp_path / "a.txt")
    (tmp_path / "a.ipynb").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="cannot be read as ipynb: it is nested too deeply"):
        read_chunks(tmp_path / "a.ipynb")


# Names that are bound again -------------------------------------------------------------------------------------------

HELPER = "def helper(x):\n    return 2 * x"
ANSWER = "def answer(x):\n    return helper(x)"


@pytest.mark.parametrize(
    "below",
    [
        "for helper in range(3):\n    print(helper)",
        "helper = 3",
        "helper = helper(3)",
        "del helper",
        "with open('a') as helper:\n    pass",
        "def helper(x, y, z):\n    return 'for another exercise'",
        "class helper:\n    pass",
        "import math as helper",
        "if (helper := 3):\n    pass",
        "[helper, K] = 1, 2",
    ],
)
def test_a_helper_rebound_or_deleted_below_is_what_it_was_when_the_answer_was_defined(below):
    assert run(take(HELPER, ANSWER, below))(2) == 4
    assert run(take(f"{HELPER}\n\n{ANSWER}\n\n{below}"))(2) == 4


@pytest.mark.parametrize("below", ["K = 7", "K += 1", "del K", "for K in range(9):\n    pass", "def K():\n    pass"])
def test_a_constant_rebound_below_is_what_it_was_when_the_answer_was_defined(below):
    assert run(take("K = 2", "def answer(x):\n    return K * x", below))(2) == 4


def test_an_imported_name_that_is_rebound_below_stays_an_import():
    assert run(take("import numpy as np", "def answer(x):\n    return np.abs(x)", "np = 3"))(-2) == 2


def test_a_builtin_that_is_shadowed_below_stays_a_builtin():
    assert run(take("def answer(x):\n    return sum(x)", "sum = 0\nfor x in range(3):\n    sum += x"))([1, 2]) == 3
    assert run(take("sum = 3", "del sum", "def answer(x):\n    return sum(x)"))([1, 2]) == 3


def test_a_name_that_is_shadowed_above_and_defined_again_before_the_answer():
    assert run(take("helper = 3", HELPER, ANSWER))(2) == 4
    assert run(take(HELPER, "del helper", HELPER.replace("2", "3"), ANSWER))(2) == 6


def test_a_helper_may_be_defined_below_the_answer():
    assert run(take(ANSWER, HELPER))(2) == 4
    assert run(take(ANSWER, HELPER, "for helper in range(3):\n    pass"))(2) == 4
    assert run(take("def answer(x):\n    return TABLE['a'] * x", "TABLE = {}", "TABLE['a'] = 2"))(2) == 4


def test_what_runs_immediately_has_the_names_defined_above_it():
    text = "def helper():\n    return 2\nK = helper()\ndef helper(x):\n    return K * x"
    assert run(take(text, ANSWER, "K = 9"))(2) == 4


def test_lists_and_dicts_filled_by_their_methods():
    fill = "for i in range(3):\n    squares.append(i * i)"
    assert run(take("squares = []", fill, "def answer(x):\n    return squares[x]", "squares.clear()"))(2) == 4
    assert run(take("table = {}\ntable.update(a=2)", "def answer(x):\n    return table['a'] * x"))(2) == 4
    seeded = take("import numpy as np\nnp.random.seed(0)", "def answer(x):\n    return np.abs(x)")
    assert "seed" not in seeded.text


def test_the_answer_overwritten_below_by_something_that_is_not_a_function():
    for below in "answer = answer(3)", "for answer in range(3):\n    pass", "answer = None", "del answer":
        assert run(take("def answer(x):\n    return 2 * x", below))(2) == 4, below
        assert run(take("answer = lambda x: 2 * x", below))(2) == 4, below
        assert run(take("answer: object = lambda x: 2 * x", below))(2) == 4, below


def test_the_answer_decorated_or_renamed_below():
    answer, stub = "def answer(x):\n    return 2 * x", "def answer(x):\n    raise NotImplementedError"
    assert run(take("import functools", answer, "answer = functools.cache(answer)"))(2) == 4
    assert run(take(stub, answer.replace("answer", "fast"), "answer = fast"))(2) == 4
    assert run(take("answer = lambda x: 2 * x"))(2) == 4


def test_a_helper_corrected_below_is_the_second_reading():
    chunks = [Chunk(text, "") for text in (HELPER.replace("2", "3"), ANSWER, HELPER)]
    first, second = readings(chunks, "answer")
    assert (run(first)(2), run(second)(2)) == (6, 4)
    chunks[2] = Chunk("for helper in range(3): pass", "")
    assert len(list(readings(chunks, "answer"))) == 1


# Imports --------------------------------------------------------------------------------------------------------------


def test_future_imports_come_first_wherever_they_are():
    answer = "def answer(x: Array) -> Array:\n    return K * x"
    checking = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from numpy.typing import NDArray as Array"
    for cells in (
        [f"from __future__ import annotations\n{checking}\nK = 2\n{answer}"],
        ["K = 2", "from __future__ import annotations", checking, answer],
    ):
        found = take(*cells)
        assert found.text.startswith("from __future__ import annotations\n") and run(found)(2) == 4


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_imports_for_type_checkers_are_not_foreign(test):
    imports = f"from __future__ import annotations\nimport typing\nfrom typing import TYPE_CHECKING\nif {test}:\n"
    answer = "def answer(x: Tensor):\n    return 2 * x"
    assert foreign_imports(take(f"{imports}    from torch import Tensor\n{answer}")) == []
    assert foreign_imports(take(f"{imports}    Tensor = 1\nelse:\n    from torch import Tensor\n{answer}")) == ["torch"]


@pytest.mark.parametrize(
    "imports",
    [
        "import numpy as np, matplotlib.pyplot as plt",
        "import numpy as np; import matplotlib.pyplot as plt; plt.figure()",
        "from numpy import (abs,\n    sum); import torch\nimport numpy as np",
        "import torch; K = 3; import numpy as np; K = 4",
    ],
)
def test_only_the_imports_that_are_needed_are_taken_from_a_line(imports):
    found = take(imports + "\ndef answer(x):\n    return np.abs(x)")
    assert foreign_imports(found) == [] and run(found)(-2) == 2 and "K" not in found.text


def test_numpys_star_may_replace_builtins():
    found = take("from numpy import *", "def answer(x):\n    return sum(x, axis=0)")
    assert run(found)([[1, 2], [3, 4]]).tolist() == [4, 6]


def test_a_cell_with_await_is_read():
    assert run(take("await sleep(1)\ndef answer(x):\n    return 2 * x"))(2) == 4


# Written over several cells -------------------------------------------------------------------------------------------


def test_a_class_that_extends_itself_in_a_later_cell():
    source = take("class answer:\n    def one(self): return 1", "class answer(answer):\n    def two(self): return self.one() + 1")
    assert run(source)().two() == 2


def test_an_untouched_answer_above_is_not_taken_unless_the_later_one_reads_it():
    assert take("def answer(x):\n    return 1", "def answer(x):\n    return answer(x - 1)").text.count("def ") == 1


@pytest.mark.parametrize("above", ["[K := k for k in (1, 2)]", "print([[K := k] for k in (1, 2)])", "print(K := 2)"])
def test_a_name_bound_within_an_expression_is_taken(above):
    assert run(take(above, "def answer(x):\n    return K * x"))(2) == 4


@pytest.mark.parametrize(
    "above, foreign",
    [
        ("try:\n    from numba import njit\nexcept ImportError:\n    def njit(f): return f", []),
        ("try:\n    import cupy as njit\nexcept (ValueError, ModuleNotFoundError):\n    njit = abs", []),
        ("try:\n    import cupy as njit\nexcept:\n    njit = abs", []),
        ("import contextlib\nnjit = abs\nwith contextlib.suppress(ImportError):\n    from numba import njit", []),
        ("try:\n    import cupy as njit\nexcept ImportError:\n    import torch as njit", ["torch"]),
        ("try:\n    import cupy as njit\nexcept ValueError:\n    njit = abs", ["cupy"]),
        ("import torch as njit", ["torch"]),
    ],
)
def test_an_import_that_may_fail_is_not_foreign(above, foreign):
    assert foreign_imports(take(above, "@njit\ndef answer(x):\n    return 2 * x")) == foreign


@pytest.mark.parametrize(
    "cells",
    [
        ["def up(self): return 2", "setattr(K, 'up', up)"],
        ["for name in 'up', 'down':\n    setattr(K, name, lambda self: 2)"],
        ["def add_to(cls):\n    return lambda f: setattr(cls, f.__name__, f)", "@add_to(K)\ndef up(self):\n    return 2"],
        ["def add_to(cls):\n    def add(f):\n        setattr(cls, f.__name__, f)\n    return add", "@add_to(cls=K)\ndef up(self): return 2"],
        ["def install(cls, f):\n    cls.up = f", "install(K, lambda self: 2)"],
    ],
)
def test_a_class_changed_from_outside(cells):
    assert any(run(one)(3) == 2 for one in read("class K: pass", *cells, "def answer(x):\n    return K().up()") if works(one))


@pytest.mark.parametrize(
    "cells",
    [
        ["T = []", "def fill(n):\n    for i in range(n): T.append(2)", "fill(3)"],
        ["T = []", "def fill(t):\n    t.append(2)", "fill(T)"],
        ["T = []\nlist.append(T, 2)"],
        ["import heapq", "T = []\nheapq.heappush(T, 2)"],
        ["def start():\n    global T\n    T = [2]", "start()"],
        ["T = {}", "def register(n):\n    def add(f):\n        T[n] = f()\n        return f\n    return add", "@register(0)\ndef two(): return 2"],
    ],
)
def test_what_functions_fill_when_they_are_called(cells):
    assert any(run(one)(3) == 2 for one in read(*cells, "def answer(x):\n    return T[0]") if works(one))


def test_functions_registered_with_a_helper_are_taken():
    cells = "from functools import singledispatch", "@singledispatch\ndef two(x): return 1", "@two.register\ndef _(x: int): return 2"
    assert run(take(*cells, "def answer(x):\n    return two(x)"))(3) == 2


def test_what_functions_change_is_no_part_of_the_first_reading():
    cells = "T = [2]", "def show(t):\n    t.append(plot(t))", "show(T)", "def answer(x):\n    return T[0]"
    first, *others = read(*cells)
    assert "show" not in first.text and ["show" in one.text for one in others] == [True]


def test_a_given_name_that_is_written_here_is_the_last_reading():
    first, last = read("def helper(x): return 2", "def answer(x): return helper(x)", given=("helper",))
    assert "def helper" not in first.text and run(last)(3) == 2
    for taken in "from lesson import helper", "helper = earlier('05.helper')":
        assert len(read(taken, "def answer(x): return helper(x)", given=("helper",))) == 1


def read(*cells, given=()):
    return list(readings([Chunk(text, f"cell {n}") for n, text in enumerate(cells, 1)], "answer", given))


def works(source):
    try:
        return run(source)(3) is not None
    except (AttributeError, LookupError, NameError):
        return False
