"""Turns a built notebook into that of an assignment, as plain JSON: no Jupyter is needed.

An exercise that is not assigned becomes the course's own answer, taken by `earlier`. Each written question gets a cell
to answer it in, which nbgrader leaves to be graded by hand, and loses the answer printed below it. Read ta.py next.
"""

import json
import re
from dataclasses import dataclass

from .stubs import fingerprint

POINTS = 2  # of a question with a known answer; an open problem earns only what the instructor adds
SECTION = re.compile(r"^## (?P<title>Three questions|Two open problems)$", re.MULTILINE)
QUESTION = re.compile(r"^\*\*(?P<number>\w+)\.\*\*\s", re.MULTILINE)
ANSWER = re.compile(r"\s*<details><summary>Answer</summary>\s*(?P<text>.*?)\s*</details>", re.DOTALL)
ITEM = re.compile(r"^(\d+)\. +", re.MULTILINE)  # some lessons number the questions as a list, with the answers in one block
ANSWERS = re.compile(r"\s*<details><summary>Answers</summary>\s*(.*?)\s*</details>", re.DOTALL)


@dataclass(frozen=True)
class Written:
    """A question to answer in words: its name "question-1", its text, the printed answer or "", its points."""

    name: str
    text: str
    answer: str
    points: int


def load(path):
    """A notebook as plain JSON, with the source of each cell as one string."""
    return plain(json.loads(path.read_text(encoding="utf-8")))


def plain(notebook):
    """A notebook as plain JSON, from nbformat's own or from plain JSON."""
    notebook = json.loads(json.dumps(notebook))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def write(notebook, path):
    """Write a notebook as Jupyter does, with the record of its cells renewed if it has one."""
    about = notebook["metadata"].get("minifcn", {})
    if "cells" in about:
        about["cells"] = fingerprint(notebook)
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    text = json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def assigned(notebook, lesson, answered=False):
    """The notebook with only the Lesson's exercises to write, and cells for the written questions.

    answered: for the instructor, with the printed answers in these cells
    """
    cells = [kept for cell in notebook["cells"] for kept in given_or_kept(cell, lesson)]
    cells = [part for cell in cells for part in with_answer_cells(cell, answered)]
    return {**notebook, "cells": cells}


# Exercises ------------------------------------------------------------------------------------------------------------


def given_or_kept(cell, lesson):
    """[cell]; for an exercise that is not assigned, a cell with the course's answer, and nothing for its check."""
    name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    exercise = name.removeprefix("check-")
    if not lesson.only or not name or exercise in lesson.only:
        return [cell]
    if name != exercise:
        return []
    source = "# not part of this assignment: the course's own\nfrom minifcn.course import earlier\n\n"
    source += f'{exercise} = earlier("{lesson.number}.{exercise}")'
    metadata = {key: value for key, value in cell["metadata"].items() if key != "nbgrader"}
    return [{**cell, "source": source, "metadata": metadata}]


# Written questions ----------------------------------------------------------------------------------------------------


def questions(notebook):
    """The Written questions of a notebook, in order."""
    return [written for cell in notebook["cells"] for written, _ in parts_of(cell) if written]


def questions_text(title, books):
    """QUESTIONS.md: the written questions of an assignment, with the printed answers.

    books: {Lesson: (its notebook with solutions, the student's)}
    """
    lines = [f"# {title}: the written questions", ""]
    lines += [f"{POINTS} points each. An open problem has none; give some to an answer that surprises you.", ""]
    for lesson, (solution, _) in books.items():
        lines += [f"## Lesson {lesson.number}: {lesson.title}", ""]
        for written in questions(solution):
            lines += [f"### {written.name}", "", written.text, ""]
            lines += ["*Answer.*", "", written.answer, ""] if written.answer else []
    return "\n".join(lines)


def with_answer_cells(cell, answered):
    """The cells that a cell becomes: itself, or its text cut below every question, with a cell for each answer."""
    if not any(written for written, _ in parts_of(cell)):
        return [cell]
    cells = []
    for number, (written, text) in enumerate(parts_of(cell)):
        cells.append({**cell, "id": f"{cell['id']}-{number}", "source": text})
        if written:
            cells.append(answer_cell(cell, written, answered))
    return cells


def answer_cell(cell, written, answered):
    """The markdown cell in which a question is answered."""
    source = written.answer if answered and written.answer else f"*Your answer to {written.name.replace('-', ' ')}:*"
    marks = {"grade": True, "solution": True, "locked": False, "task": False, "schema_version": 3}
    marks |= {"grade_id": written.name, "points": written.points}
    return {"cell_type": "markdown", "id": f"{cell['id']}-{written.name}", "metadata": {"nbgrader": marks}, "source": source}


def parts_of(cell):
    """[(the Written question that a part of a cell's text ends with, or None; the part without the printed answer)]."""
    text = cell["source"]
    if cell["cell_type"] != "markdown" or not SECTION.search(text):
        return [(None, text)]
    text = re.sub(r"^## .*?(?=^## |\Z)", in_one_form, text, flags=re.MULTILINE | re.DOTALL)
    parts, begin = [], 0
    for section in SECTION.finditer(text):
        end = text.find("\n## ", section.end())
        end = len(text) if end < 0 else end
        found = list(QUESTION.finditer(text, section.end(), end))
        for question, following in zip(found, [*found[1:], None]):
            stop = following.start() if following else end
            parts.append((written_question(section["title"], question, text[question.start() : stop]),
                          ANSWER.sub("", text[begin:stop]).strip()))  # fmt: skip
            begin = stop
    return [*parts, (None, text[begin:].strip())] if text[begin:].strip() else parts


def in_one_form(section):
    """A section of questions in a list as one of questions each with its own answer; another section as it is."""
    text = section[0]
    if not SECTION.match(text) or QUESTION.search(text):
        return text
    block = ANSWERS.search(text)
    answers = dict(items(block[1])) if block else {}
    asked = items(ANSWERS.sub("", text))
    found = [f"**{number}.** {question}" + (f"\n\n<details><summary>Answer</summary>\n\n{answers[number]}\n</details>"
             if number in answers else "") for number, question in asked]  # fmt: skip
    return "\n\n".join([SECTION.match(text)[0], *found]) + "\n\n"


def items(text):
    """[(number, text)] of a numbered list in Markdown."""
    _, *parts = ITEM.split(text)
    return [(number, re.sub(r"\n {3}", "\n", item).strip()) for number, item in zip(parts[::2], parts[1::2])]


def written_question(title, match, text):
    """The Written question in a part of a section with this title."""
    answer, known = ANSWER.search(text), title == "Three questions"
    name = f"{'question' if known else 'problem'}-{match['number']}"
    return Written(name, ANSWER.sub("", text).strip(), answer["text"] if answer else "", POINTS if known else 0)
