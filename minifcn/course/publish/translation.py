"""Makes the notebooks of another language, notebooks/ko/, from the English ones and the texts in lessons/NN/ko.md.

A text in ko.md follows a comment with the key of the English cell that it translates, `<!-- 1a2b3c4d -->`. If that cell
changes, so does its key: the notebook shows it in English until somebody has read the Korean again. Code, numbers and
pictures come from the English notebook, so nothing runs, and both show the same. README.ko.md has the same form. Read
stubs.py next.
"""

import copy
import hashlib
import re

from ..checking.verdict import RIGHT, PropertyState, Report
from ..languages import speaking
from ..show.html import html
from .stubs import CHECK, fingerprint

KEY = re.compile(r"^<!-- ([0-9a-f]{8}) -->$", re.MULTILINE)
WHERE = re.compile(r"In \[\d+\], line \d+")


def key_of(text):
    """The key of an English text, eight digits: another text has another key."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]


def texts_in(path):
    """{key: text} of a file of translations; {} if there is none."""
    if not path.exists():
        return {}
    _, *parts = KEY.split(path.read_text(encoding="utf-8"))  # what precedes the first key, key, text, key, text, ...
    return {key: text.strip() for key, text in zip(parts[::2], parts[1::2])}


def problems(english, path, where):
    """What is wrong with a file of translations of some English texts, one sentence each.

    path: of the file, ko.md;  where: its name in the sentences: "13_interpolation/ko.md"
    """
    found, wanted = texts_in(path), {key_of(text): text for text in english}
    lacking = [f"{where} lacks the cell that begins {beginning(text)!r}; translate it below <!-- {key} -->"
               for key, text in wanted.items() if key not in found]  # fmt: skip
    stale = [f"{where}: <!-- {key} -->, which begins {beginning(text)!r}, translates no cell that is there now; compare it with"
             " the English, and give it that cell's key or delete it" for key, text in found.items() if key not in wanted]  # fmt: skip
    return lacking + stale


def beginning(text):
    return text.strip().splitlines()[0][:40] if text.strip() else ""


def prose_of(notebook):
    """The texts to translate: those of the markdown cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def sections_of(path):
    """The texts to translate of a README: its head, and each section from "## " to the next."""
    return re.split(r"^(?=## )", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def translate(english, lesson, into):
    """A lesson's notebook with solutions in the language `into`, from the English one, as built."""
    notebook, texts = copy.deepcopy(english), texts_in(lesson.folder / f"{into}.md")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = texts.get(key_of(cell.source), cell.source).replace("](../", "](../../")  # a folder deeper
    notebook.metadata.minifcn["language"] = into
    if lesson.exercises:
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source += f'\n\nfrom minifcn.course import language\n\nlanguage("{into}")'
        translate_reports(notebook, lesson, into)
    else:
        notebook.metadata.minifcn["cells"] = fingerprint(notebook)
    return notebook


def translate_reports(notebook, lesson, into):
    """Replace the reports that the checks show. All answers are right, so that checks.py determines every word."""
    for cell in notebook.cells:
        match = CHECK.fullmatch(cell.source) if cell.cell_type == "code" else None
        if match and match[2] in lesson.exercises:
            for output in cell.outputs:
                shown = output.get("data", {}).get("text/html", "")
                name = f"{match[1]}.{match[2]}"
                report = right_report(lesson, name, WHERE.search(shown))
                with speaking("en"):
                    english = html(report)
                if shown != english:
                    raise ValueError(f"{lesson.name}: the report of {name} is not that of a right answer; build it again")
                with speaking(into):
                    output.data["text/html"] = html(report)


def right_report(lesson, name, place):
    """The Report of a right answer, found at a place in the notebook, a match of WHERE or None."""
    graded = lesson.exercises[name.partition(".")[2]].graded_properties()
    return Report(name, RIGHT, tuple(PropertyState(says, points, True) for says, points in graded), where=place[0] if place else "")
