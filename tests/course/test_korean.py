"""The Korean edition: nothing is missing, stale or changed in meaning that a machine can see, and its words are one set."""

import ast
import re
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext")
markdown_it = pytest.importorskip("markdown_it")  # jupytext needs it

from minifcn.__main__ import main
from minifcn.course import ladder, languages
from minifcn.course.checking.trial import questions
from minifcn.course.checking.verdict import RIGHT, WRONG, Difference, Failure, PropertyState, Report
from minifcn.course.languages import BLANK, pattern_of, speaking, translated
from minifcn.course.publish import build, translation
from minifcn.course.show.html import html
from minifcn.course.show.lines import columns
from minifcn.course.show.text import LINES, SAYS, text

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "minifcn" / "course"
LESSONS = [lesson for lesson in ladder.lessons() if (lesson.folder / "ko.md").exists()]
PROMISED = {"00", "01", "05", "06", "12", "13", "14", "17", "18"}
SHARED = tomllib.loads((COURSE / "ko.toml").read_text(encoding="utf-8"))
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


@lru_cache
def pairs_of(lesson):
    """[(English cell, Korean cell)] of a lesson, and of the README, whose sections are its cells."""
    folder, found = (ROOT, "README.ko.md") if lesson is None else (lesson.folder, "ko.md")
    korean = translation.texts_in(folder / found)
    english = translation.sections_of(ROOT / "README.md") if lesson is None else translation.prose_of(build.read(lesson))
    return [(cell, korean[translation.key_of(cell)]) for cell in english if translation.key_of(cell) in korean]


def catalogue_of(lesson):
    path = lesson.folder / "ko.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


# The texts ============================================================================================================


def test_what_was_promised_is_there():
    assert {lesson.number for lesson in LESSONS} >= PROMISED


@each_lesson
def test_no_cell_is_missing_or_stale(lesson):
    """The sentences name the lesson, the first words, and the key."""
    english = translation.prose_of(build.read(lesson))
    assert translation.problems(english, lesson.folder / "ko.md", f"{lesson.name}/ko.md") == []


BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def marks(cell):
    """What a translation must keep: {kind: what there is of it}."""
    prose = BLOCK.sub("", cell)
    code = re.findall(r"`[^`\n]+`", prose)
    maths = re.findall(r"\$\$.+?\$\$|\$[^$]+\$", re.sub(r"`[^`\n]+`", "", prose), re.DOTALL)
    maths = [re.sub(r"[.,](?=\$\$)", "", "".join(formula.split())) for formula in maths]  # a sentence may end elsewhere
    maths = [formula for formula in maths if r"\text" not in formula]
    return {
        "code": set(code),
        "formulas": set(maths),
        "blocks": [re.sub(r" +# .+$", "", block, flags=re.MULTILINE) for block in BLOCK.findall(cell)],
        "links": set(re.findall(r"\]\(((?!#)[^)]+)\)", prose)) - {"README.md", "README.ko.md"},  # which link to each other
        "headings": [mark.count("#") for mark in re.findall(r"^#+ ", prose, re.MULTILINE)],
        "rows": len(re.findall(r"^\|", prose, re.MULTILINE)),
        "bullets": len(re.findall(r"^(?:[-*]|1\.) ", prose, re.MULTILINE)),
        "quotes": bool(re.search(r"^> ", prose, re.MULTILINE)),
        "answers": prose.count("<details>"),
        "questions": len(re.findall(r"^\*\*[\dA-Z]\.\*\*", prose, re.MULTILINE)),
        "minutes": re.findall(r"(\d+) minutes\*|(\d+)분\*", prose) and re.findall(r"(\d+)(?: minutes|분)\*", prose),
    }


@pytest.mark.parametrize("lesson", [None, *LESSONS], ids=lambda lesson: lesson.name if lesson else "README")
def test_a_translation_keeps_formulas_code_links_and_structure(lesson):
    for english, korean in pairs_of(lesson):
        wanted, found = marks(english), marks(korean)
        assert found["code"] >= wanted["code"] if lesson is None else found["code"] == wanted["code"]  # README: --language
        for kind in wanted.keys() - {"code"}:
            assert found[kind] == wanted[kind], f"{translation.beginning(korean)!r} has other {kind} than the English"


def test_no_section_of_the_readme_is_missing_or_stale():
    english = translation.sections_of(ROOT / "README.md")
    assert translation.problems(english, ROOT / "README.ko.md", "README.ko.md") == []


@each_lesson
def test_the_contents_lead_to_the_headings(lesson):
    texts = [korean for _, korean in pairs_of(lesson)]
    anchors = {heading.replace(" ", "-") for cell in texts for heading in re.findall(r"^##+ (.+)$", cell, re.MULTILINE)}
    for title, target in re.findall(r"\[([^]]+)\]\(#([^)]+)\)", "\n".join(texts)):
        assert target in anchors, f"no heading has the anchor #{target}"
        assert target.endswith(title.replace(" ", "-"))


def stray_stars(text):
    """What a Markdown reader shows with a literal *, because it sees no end of the emphasis: in *보간(interpolation)*은, say."""
    text = re.sub(r"\$\$.+?\$\$|\$[^$]+\$", "@", text, flags=re.DOTALL)  # Jupyter takes formulas out first, too
    parts = [part for token in markdown_it.MarkdownIt().enable("table").parse(text) for part in token.children or ()]
    return [part.content for part in parts if part.type == "text" and "*" in part.content.replace(" * ", "")]


@pytest.mark.parametrize("lesson", [None, *LESSONS], ids=lambda lesson: lesson.name if lesson else "README")
def test_emphasis_ends_where_it_should(lesson):
    for _, korean in pairs_of(lesson):
        assert stray_stars(korean) == []


FORBIDDEN = [word.strip() for line in re.findall(r"^\|.+\|$", (ROOT / "lessons/ko.md").read_text(encoding="utf-8"), re.MULTILINE)[2:]
             for word in line.split("|")[3].split(",") if word.strip()]  # fmt: skip
PARTICLES = re.compile(r"[은을이가와과로](?:\(\S\)|/[는를가와과로])|\([은을이가와과으]\)")


def faults(korean):
    """What is wrong with a Korean text: words that the glossary rules out, doubled particles, English left over."""
    yield from [f"{word}: see lessons/ko.md" for word in FORBIDDEN if word in korean]
    yield from [f"a doubled particle: {found}" for found in PARTICLES.findall(korean)]
    if not re.search("[가-힣]", korean):
        yield "no Korean in it"


@pytest.mark.parametrize("lesson", [None, *LESSONS], ids=lambda lesson: lesson.name if lesson else "README")
def test_the_words_are_those_of_the_glossary(lesson):
    texts = [korean for _, korean in pairs_of(lesson)] + list(catalogue_of(lesson).values() if lesson else ())
    for korean in [*texts, *SHARED.values()]:
        if re.search("[a-zA-Z]{3}|[가-힣]", re.sub(r"`[^`]*`|\$[^$]*\$", "", korean)):
            assert list(faults(korean)) == [], korean[:80]


def test_a_fault_would_be_found():
    assert list(faults("컨볼루션을 한다")) and list(faults("커널은(는) 크다")) and list(faults("a kernel"))
    assert stray_stars("*보간(interpolation)*은") and not stray_stars("*보간*(interpolation)은 N * C")
    assert marks("`a` and $x$")["formulas"] == {"$x$"} and marks("`$a` b")["formulas"] == set()


# The catalogues =======================================================================================================


def messages(lesson):
    """Every sentence that the reports and hints of a lesson can show."""
    for exercise in lesson.exercises.values():
        yield from [prop.says for prop in exercise.properties]
        yield from exercise.hints
        yield from [question.case.note for question in questions(exercise) if question.case.note]
    yield from [mistake.hint for mistakes in lesson.mistakes.values() for mistake in mistakes]
    yield from catalogue_of(lesson).keys() & {lesson.title}


@each_lesson
def test_every_message_of_a_lesson_has_its_korean_and_none_is_stale(lesson):
    used, known = set(messages(lesson)), catalogue_of(lesson)
    quoting = [key for key in SHARED if key.startswith("the hint for whoever")]  # a check of one's own shows it
    patterns = {key: pattern_of(key) for key in [*known, *quoting] if BLANK.search(key)}
    found = {message: [key for key, pattern in patterns.items() if pattern.fullmatch(message)] for message in used}
    for message in used & known.keys():
        found[message].append(message)
    assert [message for message, keys in found.items() if not keys] == []
    assert set(known) - {key for keys in found.values() for key in keys} == set()


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson.exercises], ids=lambda lesson: lesson.name)
def test_the_list_of_lessons_has_the_titles_of_the_notebooks(lesson):
    heading = re.search(r"^# \d+강: (.+)$", (lesson.folder / "ko.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert translated(lesson.title, "ko") == heading[1]


@pytest.mark.parametrize("name", ["", *(lesson.name for lesson in LESSONS if lesson.exercises)])
def test_a_translation_has_the_blanks_of_its_sentence(name):
    for sentence, korean in (tomllib.loads((ROOT / "lessons" / name / "ko.toml").read_text()) if name else SHARED).items():
        assert sorted(BLANK.findall(korean)) == sorted(BLANK.findall(sentence)), sentence


def test_one_sentence_has_one_translation():
    seen = {}
    for lesson in LESSONS:
        for sentence, korean in catalogue_of(lesson).items():
            assert seen.setdefault(sentence, korean) == korean, f"{lesson.name}: {sentence}"


SPEAKING = ("show/text.py", "show/html.py", "show/evidence.py", "show/overview.py", "checking/check.py",
            "checking/comparison.py", "checking/hints.py", "checking/trial.py", "sandbox/process.py",
            "sandbox/child.py", "answers/source.py", "answers/reading.py", "api.py", "command.py", "publish/start.py", "progress.py",
            "check_writing.py", "exercise.py", "publish/stubs.py", "../gradcheck/diagnose.py")  # fmt: skip


def sentences_in(path):
    """Regular expressions of all the texts in a file; what an f-string fills in may be anything."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ".*" for part in node.values]
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)


def test_what_every_report_says_is_still_said_somewhere():
    said = [re.compile(text, re.DOTALL) for path in SPEAKING for text in sentences_in(COURSE / path) if len(text) > 2]
    said = [pattern for pattern in said if re.search("[a-z]{2}", pattern.pattern.replace(".*", ""))]
    said += [re.compile(f".* {words}") for words in [*SAYS.values(), "(property|properties) (holds?|failed|were not checked)"]]
    words = {"the result": "the gradient", "are 0 and should not be, the others are right":
             "are 0 though the function depends on them, the others right"}  # fmt: skip
    for sentence in SHARED:
        forms = [sentence, BLANK.sub("7", sentence)]
        for ours, theirs in words.items():  # hints.py puts ours in place of gradcheck's
            forms.append(forms[-1].replace(ours, theirs))
        assert any(pattern.fullmatch(form) for pattern in said for form in forms), f"nothing says {sentence!r} any more"


def translated_calls(path):
    """Examples of the sentences that a file gives to translated() as text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("translated", "Difference") and node.args:
            text = node.args[0]
            if isinstance(text, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in text.values)
            elif isinstance(text, ast.Constant):
                yield text.value


@pytest.mark.parametrize("path", SPEAKING)
def test_every_sentence_that_is_looked_up_is_in_the_catalogue(path):
    for sentence in translated_calls(COURSE / path):
        if re.search("[a-z]{2}", sentence):
            whole = [sentence]
            for old, new in ("point7", "points"), ("fail7", "fails"), ("7 7 7", "7 properties hold"), ("7 7 ent", "7 of 7 ent"):
                whole.append(sentence.replace(old, new))
            assert any(translated(one, "ko") != one for one in whole), f"{path} says {sentence!r}, and ko.toml does not"


# Reports ==============================================================================================================

NOTHING = Failure("", "", {})
PROPERTIES = (PropertyState("volumes: three axes", 2, True), PropertyState("images: rows, then columns", 1, False),
              PropertyState("leaves its arguments as they are", 1, None))  # fmt: skip
SENTENCES = {
    "has shape (2, 3), expected (3, 2)": "결과: 형상이 (2, 3)입니다. 정답의 형상은 (3, 2)입니다",
    "returned None, expected 3": "결과: None을 반환했습니다. 정답은 3입니다",
    "is a list, expected an array of shape (2,)": "결과: list입니다. 정답은 형상이 (2,)인 배열입니다",
}


def wrong(difference, **about):
    failure = Failure("images: rows, then columns", "interpolate(x, 3)", {"x": "[[[0., 9.]]]"}, difference=difference, **about)
    hint = "Your kernel is turned by 180 degrees. A transposed convolution stamps it as it is."
    return Report("13.interpolate", WRONG, PROPERTIES, failure, f"Perhaps this: {hint}", where="answers.py, line 18")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_report_is_korean_in_a_terminal_and_in_a_notebook(sentence):
    report = wrong(Difference(sentence))
    with speaking("ko"):
        shown = {text(report), re.sub("<[^>]+>", "", html(report))}
    for one in shown:
        assert "13.interpolate 오답" in one and "4점 중 2점" in one and "answers.py, 18행" in one
        assert "볼륨: 축 세 개" in one and SENTENCES[sentence] in one
        assert "아마 이 때문일 것입니다. 커널이 180도 돌아가 있습니다." in one


def test_korean_lines_are_as_wide_as_asked_for_and_not_half():
    report = wrong(Difference("returned None"))
    with speaking("ko"):
        for width in 60, 80, 100:
            lines = text(report, width=width).splitlines()
            assert len(lines) <= LINES and max(map(columns, lines)) <= width
            assert lines[-1].endswith("찍습니다.") and not [line for line in lines if line.endswith("…")]  # nothing cut off
    assert max(map(columns, lines)) > 80


def test_without_a_translation_or_a_choice_a_report_is_english():
    report = Report("99.nothing", RIGHT, (PropertyState("does what nobody translated", 1, True),))
    plain = text(report)
    assert plain.startswith("✓ 99.nothing is right: 1 of 1 point")
    with speaking("ko"):
        assert "does what nobody translated" in html(report) and "99.nothing 정답" in text(report)
    assert text(report) == plain


def test_a_language_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="no language 'kr'; choose from en, ko|no language 'kr'; did you mean"):
        languages.language("kr")


def test_the_command_line_speaks_korean(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MINIFCN_LANGUAGE", "en")
    (tmp_path / "answers.py").write_text("def bilinear_kernel(factor):\n    return None\n")
    assert main(["check", "13.bilinear_kernel", "--answers", str(tmp_path / "answers.py"), "--language", "ko"]) == 1
    shown = capsys.readouterr().out
    assert "13.bilinear_kernel 오답" in shown and "None을 반환했습니다" in shown and "1문제 중 0문제 정답" in shown
    assert main(["check", "13.bilinear_kernel", "--hint", "--answers", str(tmp_path / "answers.py"), "--language", "ko"]) == 0
    assert "힌트 1/3: 먼저 종이에" in capsys.readouterr().out


def test_an_empty_variable_chooses_no_language(monkeypatch):
    monkeypatch.setenv("MINIFCN_LANGUAGE", "")
    with speaking(None):
        assert translated("found") == "found"


def test_the_list_of_lessons_is_korean_with_its_bars_below_each_other(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MINIFCN_LANGUAGE", "ko")
    monkeypatch.chdir(tmp_path)
    assert main(["lessons"]) == 0
    shown = capsys.readouterr().out
    bars = [line for line in shown.splitlines() if "░" in line]
    assert len({columns(line.partition("░")[0]) for line in bars}) == 1 and len(bars) > len(LESSONS)
    assert "문제 중 0문제 통과" in shown and "보간은 전치 합성곱이다" in shown and "다음: 1강 " in shown
    english = re.sub("|".join(re.escape(lesson.title) for lesson in ladder.lessons()), "", shown)
    assert not {"exercises", "passed", "open", "points", "next"} & set(re.findall("[a-z]+", english))
    assert main(["lessons", "--language", "en"]) == 0
    assert "next: lesson 1, " in capsys.readouterr().out


# Notebooks ============================================================================================================

LESSON = """\
# %% [markdown]
# # A tour

# %% tags=["expected"]
print(6 * 7)

# %% [markdown]
# It is 42.
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A tiny lesson with its English notebook, made without running, and a translation of its first cell."""
    folder = tmp_path / "lessons" / "00_tour"
    folder.mkdir(parents=True)
    (folder / "lesson.py").write_text(LESSON)
    (folder / "ko.md").write_text(f"<!-- {translation.key_of('# A tour')} -->\n# 둘러보기\n")

    def execute(notebook, lesson):
        for number, cell in enumerate([cell for cell in notebook.cells if cell.cell_type == "code"], 1):
            cell.execution_count = number

    monkeypatch.setattr(build, "execute", execute)
    return tmp_path


def problems(course):
    return build.check((), course / "lessons", course / "notebooks")


def test_a_cell_without_a_translation_stays_english_and_is_named(course):
    changed = build.build((), False, course / "lessons", course / "notebooks")
    assert changed == [course / "notebooks" / "00_tour.ipynb", course / "notebooks" / "ko" / "00_tour.ipynb"]
    assert [cell.source for cell in build.load(changed[1]).cells] == ["# 둘러보기", "print(6 * 7)", "It is 42."]
    (problem,) = problems(course)
    assert problem == f"00_tour/ko.md lacks the cell that begins 'It is 42.'; translate it below <!-- {translation.key_of('It is 42.')} -->"


def test_a_changed_english_cell_makes_its_translation_stale(course):
    lesson = course / "lessons" / "00_tour"
    with (lesson / "ko.md").open("a") as file:
        file.write(f"\n<!-- {translation.key_of('It is 42.')} -->\n42입니다.\n")
    build.build((), False, course / "lessons", course / "notebooks")
    assert problems(course) == []
    (lesson / "lesson.py").write_text(LESSON.replace("It is 42.", "It is forty-two."))
    build.build((), False, course / "lessons", course / "notebooks")
    lacking, stale = problems(course)
    assert "'It is forty-two.'" in lacking and "'42입니다.', translates no cell that is there now" in stale
    assert build.load(course / "notebooks" / "ko" / "00_tour.ipynb").cells[2].source == "It is forty-two."


def test_a_translated_notebook_that_is_out_of_date_is_named(course):
    build.build((), False, course / "lessons", course / "notebooks")
    path = course / "notebooks" / "ko" / "00_tour.ipynb"
    (course / "lessons" / "00_tour" / "ko.md").write_text(f"<!-- {translation.key_of('# A tour')} -->\n# 구경\n")
    assert "notebooks/ko/00_tour.ipynb is stale; run `minifcn lessons build` --language ko" in problems(course)
    path.rename(path.with_name("01_other.ipynb"))
    assert "notebooks/ko/01_other.ipynb has no lesson; delete it" in problems(course)


@each_lesson
def test_a_korean_notebook_has_the_results_of_the_english_one_and_korean_reports(lesson):
    english = build.load(build.notebook_paths(lesson)[0])
    korean = build.load(build.notebook_paths(lesson, ROOT / "notebooks" / "ko")[0])
    reports = 0
    for one, other in zip(english.cells, korean.cells, strict=True):
        if one.cell_type == "code" and one.outputs != other.outputs:
            assert translation.CHECK.fullmatch(one.source) and "정답" in other.outputs[0].data["text/html"]
            reports += 1
    assert reports == len(lesson.exercises)


def test_students_start_with_the_korean_notebooks_where_there_are_some(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIFCN_LANGUAGE", "ko")
    assert main(["lessons", "start", "mine"]) == 0
    assert "13강" in (tmp_path / "mine" / "13_interpolation.ipynb").read_text(encoding="utf-8")
    assert "# Lesson 2" in (tmp_path / "mine" / "02_finite_differences.ipynb").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "mine에 복사했습니다: 노트북 " in said and "\n열기: " in said and "\n검사: " in said
    assert main(["lessons", "start", "mine", "--language", "en"]) == 0
    assert "# Lesson 13" in (tmp_path / "mine" / "13_interpolation.ipynb").read_text(encoding="utf-8")
    assert "renewed" in capsys.readouterr().out
