"""A lesson's notebook for reading: as students see it, with results and solutions that unfold.

The student's notebook has the tasks, the solved one the outputs and the solutions; cells have the same ids in both.
Read lessons.py next.
"""

import copy
import re

from minifcn.course.ladder import BEGIN, END

from .alt import alt_text

HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def lesson_page(student, solved, words):
    """The notebook (a dict) of a lesson's page.

    student, solved: notebooks as dicts; words: of this language, from words.py
    """
    answers = {cell["id"]: cell for cell in solved["cells"] if cell["cell_type"] == "code"}
    cells, heading, asks = [], "", False
    for cell in copy.deepcopy(student["cells"]):
        if cell["id"].endswith("-expected"):
            continue  # a copy of outputs which are shown below
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            heading, asks = (HEADING.findall(text) or [heading])[-1], words["prediction"] in text
            cells.append(cell)
            continue
        answer = answers[cell["id"]]
        cell["outputs"] = answer["outputs"]
        cells.append(folded_outputs(cell, words, asks))
        describe(cell, heading)
        if BEGIN in "".join(answer["source"]):
            cells.append(folded_solution(answer, words))
    return finished(student, cells)


def tour_page(notebook):
    """The notebook of a page without exercises: everything is shown."""
    cells, heading = copy.deepcopy(notebook["cells"]), ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            heading = (HEADING.findall("".join(cell["source"])) or [heading])[-1]
        else:
            describe(cell, heading)
    return finished(notebook, cells)


def folded_outputs(cell, words, asks):
    """Fold the outputs that students are to predict, and the verdicts on answers."""
    is_verdict = cell["metadata"].get("nbgrader", {}).get("grade")
    if cell["outputs"] and (is_verdict or asks or "expected" in cell["metadata"].get("tags", ())):
        summary = words["verdict" if is_verdict else "expected"]
        cell["metadata"] |= {"tags": ["hide-output"], "mystnb": prompts(summary)}
    return cell


def folded_solution(answer, words):
    """A cell with the solution, without its marks, folded."""
    lines = "".join(answer["source"]).split("\n")
    source = "\n".join(line for line in lines if line.strip() not in (BEGIN, END))
    metadata = {"tags": ["hide-input"], "mystnb": prompts(words["solution"])}
    return answer | {"id": f"{answer['id']}-solution", "source": source, "outputs": [], "metadata": metadata}


def prompts(summary):
    """The summary of a fold, closed and open."""
    return {"code_prompt_show": summary, "code_prompt_hide": summary}


def describe(cell, heading):
    """Give the figures of a cell an alternative text."""
    if any("image/png" in output.get("data", {}) for output in cell["outputs"]):
        alt = alt_text("".join(cell["source"]), heading)
        cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": alt}


def finished(notebook, cells):
    """A notebook of these cells, whose code Sphinx reads as IPython's: it knows %matplotlib."""
    language = {"name": "python", "pygments_lexer": "ipython3"}
    metadata = {"kernelspec": notebook["metadata"]["kernelspec"], "language_info": language}
    return notebook | {"cells": cells, "metadata": metadata}
