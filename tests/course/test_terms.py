"""A term's own conventions: its solutions are right, public ones fail, mistakes keep their hints, nothing leaks."""

import base64
import re
import zlib

import pytest

from minifcn.course import ladder
from minifcn.course.answers.solutions import solution, variant
from minifcn.course.checking.check import check_file, report_of
from minifcn.course.checking.planted import behaviours, ways
from minifcn.course.checking.trial import run_trial
from minifcn.course.checking.verdict import RIGHT
from minifcn.course.publish import assignment, handout, stubs, terms
from minifcn.course.sandbox.process import AnswerProcess

WORDS, NAME = ["06", "07"], "channels-last"
PUBLIC = {f"{lesson.number}.{name}": solution(lesson, name) for lesson in ladder.select(WORDS) for name in lesson.exercises if not terms.is_check(name)}
QUICK = "06.col2im", "07.conv_forward"
names = pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PUBLIC])


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A folder with the lessons of a term in `lessons`, and those to hand out in `given`."""
    folder = tmp_path_factory.mktemp("term")
    terms.write_lessons(ladder.select(WORDS), [NAME], folder / "lessons")
    with assignment.lessons_of(folder / "lessons"):
        terms.write_handed_out(ladder.select(WORDS), [NAME], folder / "lessons", folder / "given")
    return folder


@names
def test_the_terms_answers_are_right_and_the_public_one_is_not(term, name):
    with assignment.lessons_of(term / "lessons"):
        lesson, exercise = ladder.find_exercise(name)
        answers = [variant(lesson, exercise.name, one) for one in lesson.variants[exercise.name]]
        with AnswerProcess(exercise.imports, needs=exercise.needs) as process:
            for source in [solution(lesson, exercise.name), *answers]:
                report = report_of(lesson, exercise, source, run_trial(process, exercise, source))
                assert report.verdict == RIGHT, f"{source.name}: {report.failure}"
            report = report_of(lesson, exercise, PUBLIC[name], run_trial(process, exercise, PUBLIC[name]))
            assert report.points <= 2 and report.mistake in (terms.PUBLIC, "channels_last")
            assert "hannels" in report.hint and "last" in report.hint


@names
def test_every_mistake_is_rejected_with_its_own_hint(term, name):
    with assignment.lessons_of(term / "lessons"):
        lesson, exercise = ladder.find_exercise(name)
        for (mistake, source), (_, trial) in zip(ways(lesson, name), behaviours(lesson, name), strict=True):
            assert not [o for o in trial.outcomes if o.type in ("NameError", "UnboundLocalError")], mistake.name
            report = report_of(lesson, exercise, source, trial)
            assert (report.verdict != RIGHT, report.mistake) == (True, mistake.name)


def test_the_text_and_the_hints_say_what_the_checks_ask(term):
    text = (term / "lessons" / "06_im2col" / "lesson.py").read_text()
    assert "(i*kw + j)*C + c" in text and "C*kh*kw" not in text and "reads channel, row, column" not in text
    with assignment.lessons_of(term / "lessons"):
        lessons = ladder.select(WORDS)
        hints = [hint for one in lessons for exercise in one.exercises.values() for hint in exercise.hints]
        hints += [mistake.hint for one in lessons for mistakes in one.mistakes.values() for mistake in mistakes]
    assert not [hint for hint in hints if "C*kh*kw" in hint or "(N, C, kh, kw, oh, ow)" in hint]
    assert all(20 <= len(hint) <= 240 for hint in hints)


def test_what_is_handed_out_checks_as_the_graders_do_and_shows_no_solution(term):
    """Whoever is asked lesson 7 gets lesson 6's answers for its checks: packed."""
    answers = term / "lessons" / "07_matrix_product" / "lesson.py"
    with assignment.lessons_of(term / "given"):
        assert check_file("07.conv_forward", answers).verdict == RIGHT
    lines = [line for path in (term / "lessons").glob("0[67]*/lesson.py") for line in stubs.solution_lines(path.read_text()) if "rng." not in line]
    for path in (term / "given").glob("0[67]*/*.py"):
        text = path.read_text()
        assert path.name in ("lesson.py", "checks.py", "conventions.py")
        assert not [line for line in lines if len(line) >= 15 and line in text], path
    packs = re.findall(r'unpacked\("(.+?)"', (term / "given" / "06_im2col" / "lesson.py").read_text())
    assert len(packs) >= 2 and b"np.empty((N, kh, kw, C, oh, ow)" in zlib.decompress(base64.b64decode(packs[0]))


def test_a_term_needs_a_convention_that_exists(tmp_path):
    with pytest.raises(ValueError, match="no convention rows-first; they have channels-last"):
        assignment.make(ladder.select(["07"]), tmp_path / "hw", variant=["rows-first"])
    assert not (tmp_path / "hw").exists()
    with pytest.raises(ValueError, match="no convention channels-last; they have none"):
        terms.changed_lessons(ladder.select(["05"]), [NAME])


# A whole assignment of a term -----------------------------------------------------------------------------------------

CONVENTIONS = """\
from minifcn.course.conventions import Convention, Translation


def negative(result, x, factor=2.0):
    return -result


CONVENTIONS = {
    "negative": Convention(
        says="Everything is negative.",
        text=(("factor * x", "-factor * x"), ("scale(np.array", "-scale(np.array")),
        hint="Negative, this term.",
        translations={"scale": Translation(tell=negative, untell=negative)},
    )
}
"""


def test_an_assignment_of_a_term(tiny_course, tmp_path):
    """Its notebooks, run, are those of the term; the counter, which calls scale, is wrapped, too."""
    pytest.importorskip("ipykernel")
    (tiny_course.folder / "conventions.py").write_text(CONVENTIONS)
    part = ladder.select(["06.scale"])
    given, keep = assignment.make(part, tmp_path / "hw", variant=["negative"])
    readme = (given / "README.md").read_text()
    assert "**negative**: Everything is negative." in readme and 'MINIFCN_LESSONS="$PWD/lessons"' in readme
    book = handout.load(given / "06_tiny.ipynb")
    first = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    assert first["source"] == terms.BESIDE and "return -factor * x" not in (given / "06_tiny.ipynb").read_text()
    solved = handout.load(keep / "solutions" / "06_tiny.ipynb")
    assert any("return -factor * x" in cell["source"] for cell in solved["cells"])
    assert "- **negative**: Everything is negative." in (keep / "TA.md").read_text()
    (tmp_path / "public.py").write_text("def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n")
    (tmp_path / "term.py").write_text("def scale(x, factor=2.0):\n    return -x * x.dtype.type(factor)\n")
    for folder in (given / "lessons", keep / "lessons"):
        with assignment.lessons_of(folder):
            assert check_file("06.scale", tmp_path / "term.py").verdict == RIGHT
            assert check_file("06.scale", tmp_path / "public.py").verdict != RIGHT
