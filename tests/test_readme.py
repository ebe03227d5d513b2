"""The README's first lines of code run as they stand, and what it links to is there."""

import re
import runpy
from pathlib import Path

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


def test_every_file_that_is_linked_to_exists():
    for link in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / link).exists(), link
