"""What the package says of itself agrees: its version everywhere."""

import re
import tomllib
from pathlib import Path

import minifcn

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_has_one_source_and_is_the_changelogs_latest():
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "minifcn.__version__"}
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased", "what follows a release has no place in the changelog"
    assert re.fullmatch(re.escape(minifcn.__version__) + r" - \d{4}-\d\d-\d\d", headings[1]), headings[1]
