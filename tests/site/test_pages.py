"""What the site's pages are made of: notebooks with folds, links that arrive, pictures with commands, docstrings."""

import ast
import importlib
import inspect
import json
import re
from pathlib import Path

import pytest
from pages import code_links, documents, first, gallery, lessons, reference, source
from pages.alt import alt_text
from pages.docstrings import as_rst
from pages.links import Links, slug
from pages.notebooks import lesson_page
from pages.words import WORDS, with_theme_in

import minifcn
from minifcn.course.ladder import BEGIN, END

ROOT = Path(__file__).parents[2]
ENGLISH, KOREAN = lessons.EDITIONS


def markdown(text, number=0):
    return {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": text}


def code(source, number, outputs=(), **metadata):
    printed = [{"output_type": "stream", "name": "stdout", "text": text} for text in outputs]
    cell = {"cell_type": "code", "id": f"cell-{number}", "metadata": metadata, "source": source}
    return cell | {"outputs": printed, "execution_count": None}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


SOLVED = f"def f(x):\n    {BEGIN}\n    return x\n    {END}"
STUDENT = notebook(
    markdown("# Lesson 1: Much\n\nHow much?\n\n*builds on nothing · 5 minutes*"),
    code("print(1)", 1),
    code('def f(x):\n    raise NotImplementedError("write f")', 2),
    code('check("01.f", f)', 3, nbgrader={"grade": True}),
    markdown("**What do you expect?** More?", 4),
    code("print(2)", 5),
    code("print(3)", 6, tags=["expected"]),
    markdown("<details><summary>What you should see</summary>\n\n3\n\n</details>") | {"id": "cell-6-expected"},
)
SOLUTION = notebook(
    *STUDENT["cells"][:1],
    code("print(1)", 1, ["1"]),
    code(SOLVED, 2),
    code('check("01.f", f)', 3, ["right"]),
    STUDENT["cells"][4],
    code("print(2)", 5, ["2"]),
    code("print(3)", 6, ["3"]),
)


def checkout(folder, *editions):
    """A miniature of the repository, with one lesson in each of these editions."""
    for edition in editions:
        for path, content in (edition.student("01_much"), STUDENT), (edition.solved("01_much"), SOLUTION):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(json.dumps(content))
    (folder / "minifcn").mkdir()
    return folder


def written(root, target, page, repository=""):
    """The cells of a page, and the Links of its site."""
    links = Links(root, lessons.pages(root))
    lessons.write(root, target, links, repository)
    return json.loads((target / f"{page}.ipynb").read_text())["cells"], links


# Lessons --------------------------------------------------------------------------------------------------------------


def test_what_students_are_to_predict_or_to_write_is_folded():
    cells = lesson_page(STUDENT, SOLUTION, WORDS["en"])["cells"]
    folds = {cell["id"]: (cell["metadata"].get("tags"), cell["metadata"].get("mystnb", {})) for cell in cells}
    assert folds.keys() == {"cell-0", "cell-1", "cell-2", "cell-2-solution", "cell-3", "cell-4", "cell-5", "cell-6"}
    assert [name for name, (tags, _) in folds.items() if tags == ["hide-output"]] == ["cell-3", "cell-5", "cell-6"]
    assert folds["cell-2-solution"][0] == ["hide-input"]
    assert folds["cell-2-solution"][1]["code_prompt_show"] == "A solution"
    assert folds["cell-3"][1]["code_prompt_show"] == "What a right answer gets"
    assert folds["cell-6"][1]["code_prompt_show"] == "What you should see"


def test_a_page_shows_the_task_then_the_solution_without_its_marks_and_all_outputs():
    cells = {cell["id"]: cell for cell in lesson_page(STUDENT, SOLUTION, WORDS["en"])["cells"]}
    assert cells["cell-2"]["source"] == STUDENT["cells"][2]["source"]
    assert cells["cell-2-solution"]["source"] == "def f(x):\n    return x"
    assert [cells[f"cell-{number}"]["outputs"][0]["text"] for number in (1, 3, 5, 6)] == ["1", "right", "2", "3"]


@pytest.mark.parametrize("name", ENGLISH.names(ROOT))
def test_every_lesson_becomes_a_page_whose_figures_have_a_description(name):
    student, solved = (lessons.load(ROOT, path) for path in (ENGLISH.student(name), ENGLISH.solved(name)))
    page = lesson_page(student, solved, WORDS["en"])
    tasks = sum(cell["metadata"].get("nbgrader", {}).get("solution", False) for cell in student["cells"])
    assert sum(cell["id"].endswith("-solution") for cell in page["cells"]) == tasks > 0
    for cell in page["cells"]:
        text = "".join(cell["source"])
        assert BEGIN not in text and END not in text and "attachment:" not in text
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ())):
            assert len(cell["metadata"]["mystnb"]["image"]["alt"]) > 10


def test_a_new_lesson_appears_by_itself(tmp_path):
    root = checkout(tmp_path / "root", ENGLISH)
    cells, links = written(root, tmp_path / "pages", "lessons/01_much")
    assert cells[0]["source"].startswith("# Lesson 1: Much")
    assert links.files == {"notebooks/student/01_much.ipynb"}
    row = "| [Lesson 1: Much](01_much.ipynb) | How much? | 5 |"
    assert lessons.table(root, ENGLISH, "lessons/index") == row


def test_a_page_that_has_both_languages_links_to_the_other(tmp_path):
    root = checkout(tmp_path / "root", ENGLISH, KOREAN)
    cells, links = written(root, tmp_path / "pages", "lessons/01_much")
    assert '<a href="../ko/lessons/01_much.html" lang="ko" hreflang="ko">한국어</a>' in cells[1]["source"]
    cells = json.loads((tmp_path / "pages/ko/lessons/01_much.ipynb").read_text())["cells"]
    assert '<a href="../../lessons/01_much.html" lang="en" hreflang="en">English</a>' in cells[1]["source"]
    assert {cell["metadata"]["mystnb"]["code_prompt_show"] for cell in cells if "mystnb" in cell["metadata"]} == {
        WORDS["ko"][word] for word in ("expected", "solution", "verdict")
    }
    first.write(root, tmp_path / "pages", links)
    assert "ko/index" in (tmp_path / "pages/index.md").read_text()
    assert "](lessons/01_much.ipynb) | How much? | 5 |" in (tmp_path / "pages/ko/index.md").read_text()


def test_without_a_second_language_no_page_speaks_of_it(tmp_path):
    cells, links = written(checkout(tmp_path / "root", ENGLISH), tmp_path / "pages", "lessons/01_much")
    first.write(tmp_path / "root", tmp_path / "pages", links)
    assert "lang=" not in cells[1]["source"] and "ko/" not in (tmp_path / "pages/index.md").read_text()


def test_the_theme_speaks_the_language_of_a_page_and_leaves_its_article_alone():
    page = """<input placeholder="Search"><span>\n Next </span><article title="Link to this heading"><p>Next</p></article><p>Menu</p>
              <button aria-label="Toggle Light / Dark / Auto color theme">Use it</button>"""
    assert with_theme_in("ko", page) == (
        """<input placeholder="검색"><span>\n 다음 </span><article title="이 제목으로 가는 링크"><p>Next</p></article><p>메뉴</p>
              <button aria-label="화면 밝기 바꾸기: 밝게, 어둡게, 자동">Use it</button>"""
    )


def test_colab_opens_a_lesson_where_the_repository_has_an_address(tmp_path):
    root = checkout(tmp_path / "root", ENGLISH)
    path = "github/someone/minifcn/blob/main/notebooks/student/01_much.ipynb"
    for ending in "", "/", ".git":  # as one copies it from the browser, or from git
        cells, _ = written(root, tmp_path / "pages", "lessons/01_much", f"https://github.com/someone/minifcn{ending}")
        assert f'href="https://colab.research.google.com/{path}"' in cells[1]["source"]
        assert "%pip install git+https://github.com/someone/minifcn</code>" in cells[1]["source"]
    with pytest.raises(ValueError, match="MINIFCN_REPOSITORY is 'git@github.com:someone/minifcn', expected an address such as"):
        written(root, tmp_path / "pages", "lessons/01_much", "git@github.com:someone/minifcn")
    cells, _ = written(root, tmp_path / "pages", "lessons/01_much")
    assert "Colab" not in cells[1]["source"]


def test_a_figure_is_described_by_its_title_or_by_the_function_that_draws_it():
    assert alt_text('plot.matrix(A, title="`A` transposed")', "The adjoint") == "A transposed. The adjoint"
    drawn = minifcn.plot.windows.__doc__.partition("\n")[0].rstrip(".")
    assert alt_text("%matplotlib inline\nplot.windows(x)", "1. Columns") == f"{drawn}. 1. Columns"
    assert alt_text("draw()", "1. Columns") == "Figure: 1. Columns"


# Links and documents --------------------------------------------------------------------------------------------------


def test_links_of_the_repository_become_links_of_the_site(tmp_path):
    for name in "docs/a.md", "docs/b.md", "docs/numbers.json", "docs/a.png":
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    pages = {"docs/a.md": "docs/a", "lessons/README.md": "lessons/about", "notebooks/1.ipynb": "lessons/1"}
    links = Links(tmp_path, pages)
    rewrite = {
        "[x](../lessons/README.md#The-way)": "[x](../lessons/about.md#the-way)",
        "[x](../notebooks/1.ipynb)": "[x](../lessons/1.ipynb)",
        "[x](#1.-A-way:-b)": "[x](#1-a-way-b)",
        "[x](https://example.com/a)": "[x](https://example.com/a)",
        "[x](numbers.json)": '<a href="../files/docs/numbers.json">x</a>',
        "![x](a.png)": "![x](../pictures/docs/a.png)",
        "```\n[x](none)\n```": "```\n[x](none)\n```",
        "`kernel[blocks](x)`, [`x`](numbers.json)": '`kernel[blocks](x)`, <a href="../files/docs/numbers.json">`x`</a>',
    }
    assert {text: links.rewrite(text, "docs/a.md", "docs/a") for text in rewrite} == rewrite
    assert links.pictures == {"docs/a.png"} and links.files == {"docs/numbers.json"}
    with pytest.raises(FileNotFoundError, match=r"docs/a.md links to none.md, which does not exist"):
        links.rewrite("[x](none.md)", "docs/a.md", "docs/a")


def test_headings_have_github_s_anchors():
    assert slug("The paper's scores, on PASCAL VOC") == "the-papers-scores-on-pascal-voc"
    assert slug("1.-보간은-무엇인가?") == slug("1. 보간은 무엇인가?") == "1-보간은-무엇인가"


def test_every_document_is_a_page():
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == {
        Path(path).name for path in documents.pages(ROOT) if path.startswith("docs/")
    }


def test_names_of_files_link_to_their_source():
    link = '<a href="../code/kernels/cpu/pool.py.html"><code>minifcn/kernels/cpu/pool.py</code></a>'
    files = code_links.source_files(ROOT)
    assert code_links.link_files("`minifcn/kernels/cpu/pool.py`", "docs/a", files) == link
    assert code_links.link_files("`none.py`, ```pool.py```", "docs/a", files) == "`none.py`, ```pool.py```"


def test_the_reading_order_links_to_every_file():
    text = code_links.link_walks((ROOT / documents.READING).read_text(), "docs/reading")
    linked = set(re.findall(r'href="\.\./code/([^"]+)\.html"', text))
    files = {name for name in code_links.source_files(ROOT) if name.endswith(".py")}
    assert linked == {name for name in files if not name.endswith("__init__.py")}


def test_settings_of_the_explorer_are_links_to_it():
    text = "Open `site/explorer/index.html`. | `#im2col?size=6&kernel=2` | `#no`"
    links = ["../explorer/index.html", "../explorer/index.html#im2col?size=6&amp;kernel=2"]
    assert re.findall('href="([^"]+)"', documents.link_settings(text, "docs/explorer")) == links


def test_a_page_of_source_names_the_file_to_read_next_and_the_kernel_beside_it():
    files = set(code_links.source_files(ROOT))
    html = source.body(ROOT / "minifcn", "functional/conv.py", files)
    assert '<a href="pool.py.html"><code>functional/pool.py</code></a>' in html.replace("../../code/functional/", "")
    assert 'id="line-1"' in html or 'name="line-1"' in html
    assert "Beside it:" in source.body(ROOT / "minifcn", "kernels/gpu/pool.py", files)


# Pictures -------------------------------------------------------------------------------------------------------------


def test_every_picture_has_a_command_and_a_description():
    shown = {picture.path for picture in gallery.pictures(ROOT)}
    there = [path for folder in ("docs", "benchmarks") for path in (ROOT / folder).rglob("*.png")]
    assert shown == {path.relative_to(ROOT).as_posix() for path in there}


def test_a_new_picture_must_say_what_draws_it(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/new.png").touch()
    (tmp_path / "docs/new.md").write_text("# New\n\n![Something](new.png)\n")
    with pytest.raises(ValueError, match=r"docs/new.png has no command; add it to site/pages/gallery.py"):
        list(gallery.pictures(tmp_path))
    (tmp_path / "docs/new.md").write_text("# New\n\n```\nminifcn study new\n```\n\n![Something](new.png)\n")
    assert [picture.command for picture in gallery.pictures(tmp_path)] == ["minifcn study new"]


# The API reference ----------------------------------------------------------------------------------------------------

SAME_NAMES = {"minifcn.kernels.cpu", "minifcn.kernels.gpu"}  # those of minifcn.kernels.reference


def test_every_package_that_lists_its_public_names_is_in_the_reference():
    files = (ROOT / "minifcn").rglob("__init__.py")
    files = [path for path in files if "\n__all__ =" in path.read_text(encoding="utf-8")]
    listing = {".".join(path.relative_to(ROOT).parent.parts) for path in files}
    assert listing - SAME_NAMES <= reference.MODULES.keys()
    modules = {name for name in minifcn.__all__ if inspect.ismodule(getattr(minifcn, name))}
    assert {f"minifcn.{name}" for name in modules} <= reference.MODULES.keys()


def documented():
    """The objects in the reference."""
    modules = [importlib.import_module(name) for name in reference.MODULES]
    return {id(getattr(module, name)) for module in modules for name in reference.public_names(module)}


def imports_in(text):
    """(module, name) of everything that Python code in a text imports from minifcn."""
    for module, names in re.findall(r"^from (minifcn[\w.]*) import (\([^)]*\)|[^\n#]+)", text, re.MULTILINE):
        tree = ast.parse(f"from {module} import {names}").body[0]
        yield from ((module, alias.name) for alias in tree.names)


def test_what_documents_and_lessons_import_is_in_the_reference():
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("lessons/*/lesson.py")]
    known, missing = documented(), set()
    for module, name in {pair for path in texts for pair in imports_in(path.read_text(encoding="utf-8"))}:
        value = getattr(importlib.import_module(module), name, None)
        if callable(value) and id(value) not in known and "kernels.cpu" not in module:
            missing.add(f"{module}.{name}")
    assert not missing


def test_docstrings_keep_their_lines_and_lose_no_character():
    text = """A sum.

    y = a*b_ + |c|

    input:  (N, C), where the line
        goes on
    stride (s), *args: `(1, 1)`
    Returns (N,).

        typed   as it is
    """
    assert as_rst(text) == [
        "A sum.", "",
        r"y = a\*b\_ + \|c\|", "",
        "| ``input``: (N, C), where the line goes on",
        r"| stride (s), \*args: \ ``(1, 1)``\ ",
        "| Returns (N,).", "",
        "::", "",
        "    typed   as it is",
    ]  # fmt: skip


def test_the_reference_has_no_private_name():
    for name in reference.MODULES:
        names = reference.public_names(importlib.import_module(name))
        assert names and not [public for public in names if public.startswith("_")]
