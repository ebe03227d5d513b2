"""The README's first lines of code run as they stand, what it links to is there, and its numbers are those of today."""

import re
import runpy
from pathlib import Path

import pytest

from minifcn.course.ladder import lessons
from minifcn.gradcheck.catalogue_network import CASES
from minifcn.models.gradcheck_case import network_cases

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_first_lines_of_code_run(tmp_path, capsys):
    path = tmp_path / "first_lines.py"
    path.write_text(CODE, encoding="utf-8")
    runpy.run_path(path)
    printed = capsys.readouterr().out
    assert printed.startswith("[2. 4. 6.]")
    assert "right" in printed
    assert float(printed.split()[-1]) > 0.25, "the net learned nothing"


def test_the_first_lines_are_twenty():
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_numbers_that_the_commands_print_are_those_of_today(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    cases = sum("conv" in case.name for case in [*CASES, *network_cases()])
    assert f"\n{cases} of {cases} right; " in text
    source = (ROOT / "lessons" / "06_im2col" / "lesson.py").read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(source, 1) if line.startswith("def col2im("))
    assert f"answers.py, line {place}\n" in text
    course = [lesson for lesson in lessons() if lesson.exercises]
    mistakes = sum(len(planted) for lesson in course for planted in lesson.mistakes.values())
    numbers = set(re.findall(r"[\d,]+", text))
    assert {str(len(course)), str(sum(len(lesson.exercises) for lesson in course)), f"{mistakes:,}"} <= numbers


def test_every_file_that_is_linked_to_exists():
    for link in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / link).exists(), link
