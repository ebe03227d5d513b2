"""The lessons and the tour: a page for each notebook there is, in each language there is, and a table of them.

Nothing here knows a lesson by name: what stands in notebooks/ appears. Read gallery.py next.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .code_links import link_files, source_files
from .links import Links
from .notebooks import lesson_page, tour_page
from .words import WORDS

TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
QUESTION = re.compile(r".*?\?|.+", re.DOTALL)  # the first question of a paragraph
REPOSITORY = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
MINUTES = re.compile(r"(\d+) *(?:minutes|분)\*?$", re.MULTILINE)


@dataclass(frozen=True)
class Edition:
    """The notebooks in one language. `notebooks`: their folder; `prefix`: where the site has them, "" or "ko/"."""

    language: str
    notebooks: str
    prefix: str

    def student(self, name):
        return f"{self.notebooks}/student/{name}.ipynb"

    def solved(self, name):
        return f"{self.notebooks}/solutions/{name}.ipynb"

    @property
    def tour(self):
        return f"{self.notebooks}/00_tour.ipynb"

    def page(self, name):
        return f"{self.prefix}tour" if name == "tour" else f"{self.prefix}lessons/{name}"

    def names(self, root):
        """The lessons that this edition has, in their order."""
        return sorted(path.stem for path in (Path(root) / self.notebooks / "student").glob("*.ipynb"))

    def has_tour(self, root):
        return (Path(root) / self.tour).exists()


EDITIONS = Edition("en", "notebooks", ""), Edition("ko", "notebooks/ko", "ko/")


def pages(root):
    """{path in the repository: page} of all notebooks, those with solutions included: a lesson has one page."""
    found = {}
    for edition in EDITIONS:
        for name in edition.names(root):
            found |= dict.fromkeys([edition.student(name), edition.solved(name)], edition.page(name))
        if edition.has_tour(root):
            found[edition.tour] = edition.page("tour")
    return found


def write(root, target, links, repository=""):
    """Write the notebooks of all pages into `target`. repository: the project's address, for Colab; "" for none."""
    for edition in EDITIONS:
        sources = [(name, edition.student(name)) for name in edition.names(root)]
        sources += [("tour", edition.tour)] if edition.has_tour(root) else []
        for name, source in sources:
            words, student = WORDS[edition.language], load(root, source)
            whole = name == "tour"
            notebook = tour_page(student) if whole else lesson_page(student, load(root, edition.solved(name)), words)
            notebook["cells"].insert(1, top_line(root, edition, name, source, words, repository))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "markdown" and not cell["id"].startswith("site-"):
                    text = links.rewrite("".join(cell["source"]), source, edition.page(name))
                    cell["source"] = link_files(text, edition.page(name), source_files(root))
            links.files.add(source)
            path = Path(target) / f"{edition.page(name)}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def load(root, path):
    return json.loads((Path(root) / path).read_text(encoding="utf-8"))


def top_line(root, edition, name, source, words, repository):
    """A cell with what a reader can do: take the notebook along, open it in Colab, read it in another language."""
    page = edition.page(name)
    parts = [f'<a href="{Links.between(page, "files/" + source)}" download>{words["download"]}</a>']
    if repository:
        project = project_of(repository)
        colab = f"https://colab.research.google.com/github/{project}/blob/main/{source}"
        command = f"<code>%pip install git+https://github.com/{project}</code>"
        parts.append(f'<a href="{colab}">{words["colab"]}</a>, {words["install"]}: {command}')
    for other in EDITIONS:
        there = other.has_tour(root) if name == "tour" else name in other.names(root)
        if other != edition and there:
            href = Links.between(page, other.page(name)) + ".html"
            parts.append(f'<a href="{href}" lang="{other.language}" hreflang="{other.language}">{words["other"]}</a>')
    text = '<p class="page-links">' + " · ".join(parts) + "</p>"
    return {"cell_type": "markdown", "id": "site-links", "metadata": {}, "source": text}


def project_of(repository):
    """ "someone/minifcn" of the project's address on GitHub. Raises ValueError for anything else, which Colab cannot open."""
    if match := REPOSITORY.fullmatch(repository):
        return match[1]
    raise ValueError(f"MINIFCN_REPOSITORY is {repository!r}, expected an address such as https://github.com/someone/minifcn")


def table(root, edition, page):
    """Rows of markdown, one for each lesson: its title, its question, its minutes."""
    rows = []
    for name in edition.names(root):
        text = "".join(load(root, edition.student(name))["cells"][0]["source"])
        question = QUESTION.search(text.split("\n\n")[1]).group().replace("\n", " ")
        minutes = (MINUTES.findall(text) or [""])[-1]
        link = Links.between(page, edition.page(name))
        rows.append(f"| [{TITLE.search(text).group(1)}]({link}.ipynb) | {question} | {minutes} |")
    return "\n".join(rows)
