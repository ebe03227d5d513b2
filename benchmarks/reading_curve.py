"""How the time to read an answer grows with its file, for files built to be slow: a table of seconds and exponents.

    python benchmarks/reading_curve.py [--sizes 1000 2000 4000 8000] [--only magics]

Each row is a kind of file, of n lines, cells or names; "exponent" is the slope of log seconds over log n between the
two largest sizes: 1 is linear, 2 is quadratic. Reading is all that happens to a file before the answer runs: its
cells, the two readings of the answer, and what they import. Nothing of the file runs.
"""

import argparse
import json
import math
import tempfile
import time
import warnings
from pathlib import Path

from minifcn.course.answers import source, statements
from minifcn.course.answers.cells import COLAB
from minifcn.course.answers.source import BrokenAnswer, extract, foreign_imports, read_chunks, readings

ANSWER = "def answer(x):\n    return {} * x\n"


def lines(pattern, n, end="\n"):
    return end.join(pattern.format(i, i + 1) for i in range(n))


def notebook(cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


def chain(n):
    """x1 = x0, x2 = x1, ..."""
    return "x0 = 2\n" + lines("x{1} = x{0}", n) + "\n" + ANSWER.format(f"x{n}")


def functions(n):
    return lines("def f{0}(x):\n    return f{1}(x)", n) + f"\ndef f{n}(x):\n    return x\n" + ANSWER.format("f0(1)")


def methods(n):
    return "class A:\n" + lines("    def m{0}(self):\n        return self.m{1}()", n) + "\n" + ANSWER.format("A()")


KINDS = {
    "a chain of assignments": chain,
    "a chain upwards": lambda n: ANSWER.format("f0()") + lines("def f{0}():\n    return f{1}()", n),
    "functions that call the next": functions,
    "a class of methods": methods,
    "one name bound again": lambda n: lines("x = {0}", n) + "\n" + ANSWER.format("x"),
    "one list changed": lambda n: "x = [1]\n" + lines("x.append(x[-1])", n) + "\n" + ANSWER.format("x[0]"),
    "the answer decorated": lambda n: ANSWER.format(2) + lines("answer = wrap(answer)", n),
    "the answer's decorators": lambda n: lines("@wrap", n) + "\n" + ANSWER.format(2),
    "imports": lambda n: lines("import a{0}", n) + "\n" + ANSWER.format(" + ".join(["a0", f"a{n - 1}"])),
    "imports in one statement": lambda n: "import " + lines("a{0}", n, ", ") + "\n" + ANSWER.format("a0"),
    "star imports": lambda n: lines("from a{0} import *", n) + "\n" + ANSWER.format(f"[{lines('x{0}', n, ', ')}]"),
    "imports from __future__": lambda n: lines("from __future__ import annotations", n) + "\n" + ANSWER.format(2),
    "statements on one line": lambda n: lines("x{1} = x{0}", n, "; ") + "\n" + ANSWER.format(f"x{n}"),
    "names deleted": lambda n: lines("x = {0}\ndel x", n) + "\nx = 2\n" + ANSWER.format("x"),
    "names of one function": lambda n: lines("x{0} = {0}", n) + "\n" + ANSWER.format(f"[{lines('x{0}', n, ', ')}][0]"),
    "functions in one list": lambda n: f"x = [{lines('lambda: a{0}', n, ', ')}]\n" + ANSWER.format("x[0]()"),
    "calls in one statement": lambda n: "if x:\n" + lines("    x.append(y{0})", n) + "\n" + ANSWER.format("x"),
    "blank lines above an error": lambda n: "\n" * n + "1 +\n" + ANSWER.format(2),
    "spaces above an error": lambda n: lines(" " * 40, n) + "\n1 +\n" + ANSWER.format(2),
    "magics": lambda n: lines("!ls {0}", n) + "\n" + ANSWER.format(2),
    "magics among Python": lambda n: lines("x = [{0},\n     1]\n%time x", n) + "\n" + ANSWER.format("x[0]"),
    "magics in a function": lambda n: "def f():\n" + lines("    x = '''\n%a?'''\n    !ls", n) + "\n" + ANSWER.format(2),
    "questions": lambda n: lines("np.pad?", n) + "\n" + ANSWER.format(2),
    "cell magics": lambda n: lines("%%time", n) + "\n" + ANSWER.format(2),
    "one line of spaces": lambda n: "1 +" + " " * 20 * n + "x\n" + ANSWER.format(2),
    "one magic of spaces": lambda n: " " * 20 * n + "x !\n" + ANSWER.format(2),
    "an export with a broken cell": lambda n: lines("# In[{0}]:\nx{1} = x{0}", n) + "\n# %%\n1 +\n# %%\n"
    + ANSWER.format(f"x{n}"),
    "cells that Colab commented out": lambda n: f"{COLAB}\n" + lines("# %%time\n# x{1} = x{0}\n", n) + ANSWER.format(2),
    "the cells of a notebook": lambda n: notebook([*lines("x{1} = x{0}", n).split("\n"), ANSWER.format(f"x{n}")]),
    "broken cells of a notebook": lambda n: notebook([*lines("x{1} = (", n).split("\n"), ANSWER.format(2)]),
}


def seconds(text, path):
    """Seconds of processor time to read a file; nothing is remembered from the last one."""
    path = path.with_suffix(".ipynb" if text.startswith('{"cells"') else ".py")
    path.write_text(text, encoding="utf-8")
    statements.parse.cache_clear()
    source.index_of.cache_clear()
    start = time.process_time()
    try:
        chunks = read_chunks(path)
        for found in readings(chunks, "answer"):
            foreign_imports(found)
        extract(chunks, "answer")
    except BrokenAnswer:  # which takes its time, too
        pass
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 2000, 4000, 8000], help="numbers of lines")
    parser.add_argument("--only", default="", help="kinds with this in their names")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'':34}" + "".join(f"{f'n = {n}':>12}" for n in options.sizes) + f"{'exponent':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in (kind for kind in KINDS if options.only in kind):
            taken = [seconds(KINDS[kind](n), Path(folder, "answer")) for n in options.sizes]
            slope = math.log(taken[-1] / taken[-2]) / math.log(options.sizes[-1] / options.sizes[-2])
            print(f"{kind:34}" + "".join(f"{s:10.3f} s" for s in taken) + f"{slope:12.2f}", flush=True)


if __name__ == "__main__":
    main()
