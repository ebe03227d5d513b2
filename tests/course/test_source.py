"""Taking an answer out of a notebook or file: all that it needs, and nothing else."""

import json

import pytest

from minifcn.course.source import BrokenAnswer, Chunk, NoAnswer, extract, foreign_imports, read_chunks


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
    with pytest.raises(ValueError, match="no file of answers"):
        read_chunks(tmp_path / "a.txt")
    (tmp_path / "a.ipynb").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="cannot be read as ipynb: RecursionError"):
        read_chunks(tmp_path / "a.ipynb")
