"""What is Python in a cell or a file, whatever surrounds it: odd line ends, encodings, magics, prompts, exports."""

import ast
import json
import sys
from pathlib import Path

import nbformat
import pytest

from minifcn.course.answers import source
from minifcn.course.answers.cells import translate_first_lines, translate_with_ipython
from minifcn.course.answers.source import BrokenAnswer, Chunk, extract, read_chunks
from minifcn.course.answers.statements import parse

CUTS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]  # where str.splitlines() cuts too
TWICE = "def answer(x):\n    return 2 * x\n"


@pytest.fixture(params=["with IPython", "without IPython"])
def ipython(request, monkeypatch):
    """Both ways to read magics."""
    parse.cache_clear()
    source.index_of.cache_clear()
    if request.param == "without IPython":
        monkeypatch.setitem(sys.modules, "minifcn.course.answers.magics", None)
    yield
    parse.cache_clear()  # the other way reads the same cells differently
    source.index_of.cache_clear()


def take(*cells):
    return extract([Chunk(text, f"cell {n}") for n, text in enumerate(cells, 1)], "answer")


def run(found):
    names = {"get_ipython": lambda: sys}
    exec(found.text, names)  # noqa: S102
    return names["answer"]


def in_file(tmp_path, data, name="answers.py"):
    (tmp_path / name).write_bytes(data)
    return extract(read_chunks(tmp_path / name), "answer")


# Lines and encodings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS, ids=ascii)
def test_lines_end_where_pythons_lines_end(cut):
    found = take(f"# a{cut}b\nK = 'a{cut}b'  # c{cut}d\n{TWICE}    # {cut}\n")
    assert found.text == TWICE and found.place == "cell 1, line 3"
    assert found.place_of(2) == "cell 1, line 4: return 2 * x"


def test_a_form_feed_within_an_answer_cuts_nothing():
    found = take("import numpy as np\n\x0c\ndef answer(x):\n    y = 2\n\x0c\n    return y * x\n")
    assert run(found)(3) == 6 and found.place_of(4) == "cell 1, line 6: return y * x"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end(tmp_path, end):
    text = f"K = 2\n\n{TWICE}".replace("\n", end)
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": text}]})
    for found in in_file(tmp_path, text.encode()), in_file(tmp_path, notebook.encode(), "a.ipynb"):
        assert found.text == TWICE and found.place.endswith("line 3")


def test_no_file_of_the_course_cuts_text_by_splitlines():
    for path in Path(source.__file__).parent.glob("*.py"):
        assert ".splitlines(" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1", "cp1252", "euc_jp", "shift_jis"])
def test_encodings(tmp_path, encoding):
    word = "窓" if "j" in encoding else "é"
    cookie = "" if encoding.startswith("utf") else f"# -*- coding: {encoding} -*-\n"
    found = in_file(tmp_path, f"{cookie}def answer(x):\n    return '{word}' * x\n".encode(encoding))
    assert run(found)(2) == word * 2


def test_an_accent_in_a_comment_of_another_encoding_than_the_file_says(tmp_path):
    assert run(in_file(tmp_path, b"# caf\xe9\n" + TWICE.encode()))(2) == 4
    assert run(in_file(tmp_path, b"# coding: no-such-thing\n" + TWICE.encode()))(2) == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_notebooks_with_a_byte_order_mark(tmp_path, encoding):
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": TWICE}]})
    assert run(in_file(tmp_path, notebook.encode(encoding), "a.ipynb"))(2) == 4


def test_endings_in_capitals(tmp_path):
    assert run(in_file(tmp_path, TWICE.encode(), "ANSWERS.PY"))(2) == 4
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": TWICE}]})
    assert run(in_file(tmp_path, notebook.encode(), "A.IPYNB"))(2) == 4


# Magics ---------------------------------------------------------------------------------------------------------------

ABOVE = [
    "%matplotlib inline",
    "%load_ext autoreload\n%autoreload 2",
    "!pip install numpy",
    "!echo it's",
    "!pip install \\\n    numpy \\\n    pandas",
    "here = !pwd",
    "a, b = !ls",
    "t = %timeit -o sum([1])",
    "%time sum([1])",
    "np.pad?",
    "?np.pad",
    "import numpy as np\nnp.pad??",
    "%%time",
    "\n\n%%timeit -n 3",
    "%%capture out\n%%time",
    "%%time\n%matplotlib inline",
    "pip install numpy",
]


@pytest.mark.parametrize("above", ABOVE)
def test_an_answer_below_a_magic(ipython, above):
    found = take(f"{above}\n{TWICE}")
    assert found.text == TWICE and found.place == f"cell 1, line {above.count(chr(10)) + 2}"


def test_lines_that_only_look_like_magics_stay(ipython):
    body = [
        '    """Is it so?',
        "",
        "    %time is no magic here, nor is",
        "    !ls, or this?",
        '    """',
        "    y = (5 * x  # is it?",
        "         % 3)",
        "    y = y \\",
        "        % 100",
        "    # why?",
        "    return y + len('''",
        "%x?",
        "''')",
    ]
    answer = "\n".join(["def answer(x):", *body]) + "\n"
    assert take(f"%matplotlib inline\n{answer}answer?").text == answer


def test_a_name_bound_by_a_timed_statement_is_bound(ipython, tmp_path):
    answer = "\ndef answer(x):\n    return K * x\n"
    assert run(take("%time K = 2" + answer))(2) == 4
    assert run(in_file(tmp_path, f"get_ipython().run_line_magic('time', 'K = 2'){answer}".encode()))(2) == 4


def test_a_broken_cell_below_a_magic_costs_no_other_cell_of_an_export(tmp_path):
    assert run(in_file(tmp_path, f"get_ipython().run_cell_magic('time', '', '1 +')\n{TWICE}".encode()))(2) == 4


def test_a_cell_that_ipython_cannot_read_is_read_without_it(ipython):
    assert run(take(f"%time 1\n{TWICE}    # a\u2028b\n    # c\n"))(2) == 4


@pytest.mark.parametrize("magic", ["bash", "writefile a.py", "script false", "html", "python3", "!"])
def test_what_another_program_reads_is_not_an_answer(ipython, magic):
    assert run(take(TWICE, f"%%{magic}\ndef answer(x):\n    return 3\n"))(2) == 4


@pytest.mark.parametrize(
    "cell",
    [
        "    def answer(x):\n        return 2 * x\n    %time answer(1)",
        "\n  %%time\n  def answer(x):\n    return 2 * x",
        ">>> def answer(x):\n...     return 2 * x\n...\n>>> answer(1)\n",
        "In [1]: def answer(x):\n   ...:     return 2 * x\n   ...: ",
        "In [1]: %%time\n   ...: def answer(x):\n   ...:     return 2 * x\n",
    ],
)
def test_indented_cells_and_prompts(ipython, cell):
    assert run(take(cell))(2) == 4


def test_a_mistake_next_to_a_magic_is_reported_with_its_line(ipython):
    with pytest.raises(BrokenAnswer, match="cell 1, line 4"):
        take("%time 1\n!ls\ndef answer(x):\n    return (2 * \n")


# Exports --------------------------------------------------------------------------------------------------------------

CELLS = [
    "%matplotlib inline\nimport numpy as np\n!ls\nhere = !pwd\nnp.pad?",
    "%%time\ndef helper(x):\n    '''Is it so?\n\n    Yes.\n    '''\n    return 2 * x\n",
    "%%bash\nls",
    "def answer(x):\n    return helper(x)\n",
]


def test_nbconverts_script(tmp_path):
    exporter = pytest.importorskip("nbconvert").PythonExporter()
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    text, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    found = in_file(tmp_path, text.encode())
    assert run(found)(2) == 4 and "below %%time, line 1" in found.places[0] and "answers.py, line" in found.places[0]


MARKS = ["# In[3]:", "# In[ ]:", "# %%", "# %% [markdown]", "#%%", "#%%title", "#  %%", "# %%\t", "# <codecell>", "# COMMAND ----------"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_broken_cell_of_an_export_costs_no_other(tmp_path, mark):
    text = f"# coding: utf-8\n{mark}\nK = 1\n{mark}\nthis is no Python\n{mark}\n%time 1\n{TWICE}{mark}\n1 +\n"
    found = in_file(tmp_path, text.encode())
    assert found.text == TWICE and found.place == "answers.py, line 8"
    with pytest.raises(BrokenAnswer, match="answers.py, line 9"):
        in_file(tmp_path, text.replace("2 * x", "2 *").encode())


def test_jupytexts_script(tmp_path):
    jupytext = pytest.importorskip("jupytext")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    for form in "py:percent", "py:light":
        text = jupytext.writes(nbformat.v4.new_notebook(cells=cells), form)
        assert run(in_file(tmp_path, text.encode()))(2) == 4


MARK = "# Commented out IPython magic to ensure Python compatibility."


def test_colabs_script(tmp_path):
    """Colab comments out magics, the rest of an expression that begins with %, and whole cells below a cell magic."""
    text = f'''# -*- coding: utf-8 -*-
"""06_im2col.ipynb

Automatically generated by Colab.
"""

{MARK}
# %matplotlib inline
import numpy as np
!pip install numpy

{MARK}
# %%time
# def helper(x):
#     # twice?
# 
#     return 2 * x

{MARK}
# %%writefile helpers.py
# def helper(x):
#     return 7

def answer(x):
    y = (helper(x)
#        % 3)
    return y
'''
    assert run(in_file(tmp_path, text.encode()))(2) == 1


def test_the_last_cell_of_colabs_script():
    commented = "# ".join(["", *TWICE.strip().splitlines(True)])
    assert take(f"{MARK}\n# %%time\n{commented}").text == TWICE


def test_comments_that_are_no_colab_magics_stay_comments():
    text = f"{MARK}\n# %%time\n# \n# For each window, a column.\ndef answer(x):\n# % of it\n    return 2 * x\n"
    assert run(take(text))(2) == 4
    assert run(take("# %%time\n# def answer(x):\n#     return 3\n\n" + TWICE))(2) == 4


SETTINGS = '%matplotlib inline\n%config InlineBackend.print_figure_kwargs = {"dpi": 90}\n'


@pytest.mark.parametrize("text", [SETTINGS, SETTINGS[:-1], f"{SETTINGS}\nimport numpy as np\n{TWICE}", f"%time  K = 2 \n%pwd\n{TWICE}"])
def test_the_first_cell_is_read_without_ipython_as_ipython_reads_it(text, monkeypatch):
    theirs = pytest.importorskip("IPython.core.inputtransformer2").TransformerManager().transform_cell(text)
    monkeypatch.setitem(sys.modules, "minifcn.course.answers.magics", None)
    assert translate_with_ipython(text) == theirs


@pytest.mark.parametrize("text", ["%timeit \\\n2 + 2\n", "%pwd?\n", "%pwd\n!ls\n", "%pwd\nx = %pwd\n", "%%time\nx\n", "x = 1\n%pwd\n", "x = 1\n"])
def test_other_cells_are_left_to_ipython(text):
    assert translate_first_lines(text) == ""


def test_magics_are_read_as_ipython_reads_them():
    """The lines that are not IPython's own become what IPython makes of them."""
    manager = pytest.importorskip("IPython.core.inputtransformer2").TransformerManager()
    for above in ABOVE[:12]:
        text = f"{above}\n{TWICE}"
        ours = [ast.unparse(s.node) for s in parse(Chunk(text, "cell 1"))]
        theirs = [ast.unparse(node) for node in ast.parse(manager.transform_cell(text)).body]
        assert ours == [line for line in theirs if not line.startswith("get_ipython()") and not line.startswith("np.")]
