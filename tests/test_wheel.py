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


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    assert in_wheel(wheel) == tracked("minifcn")


def test_the_source_distribution_is_the_repository_and_builds_the_same_wheel(source, tmp_path):
    private = source / "notebooks" / "student" / ".ipynb_checkpoints"
    private.mkdir()
    (private / "06_im2col.ipynb").touch()
    (private.parent / "minifcn-progress.json").touch()
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    successful(sys.executable, "-c", build, cwd=source)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        files = {name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()}
    made = {name for name in files if name in ("PKG-INFO", "setup.cfg") or name.startswith("minifcn.egg-info/")}
    assert files - made == tracked()
    assert in_wheel(wheel_of(path, tmp_path)) == tracked("minifcn")


# Installed ------------------------------------------------------------------------------------------------------------


def dependencies(distribution):
    """The distributions that one requires without extras, and those that these require."""
    for requirement in map(Requirement, distribution.requires or []):
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            found = importlib.metadata.distribution(requirement.name)
            yield from [found, *dependencies(found)]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs a command of the new environment in an empty folder."""
    folder, empty, cache = (tmp_path_factory.mktemp(name) for name in ("venv", "empty", "cache"))
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    successful(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    (dist_info,) = folder.glob("lib/python*/site-packages/minifcn-*.dist-info")
    for dependency in dependencies(importlib.metadata.PathDistribution(dist_info)):
        for top in {file.parts[0] for file in dependency.files} - {"..", "__pycache__"}:
            if not (dist_info.parent / top).exists():
                (dist_info.parent / top).symlink_to(dependency.locate_file(top))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MINIFCN"))}
    environment |= {"XDG_CACHE_HOME": str(cache)}

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
    ("train --model pixelwise --data shapes --size 32 --samples 8 --batch 4 --epochs 1 --out run", "saved run"),
])  # fmt: skip
def test_a_command_works(installed, arguments, printed):
    done = installed("minifcn", *arguments.split())
    assert done.returncode == 0 and printed in done.stdout, done.stderr


@pytest.mark.parametrize("arguments, sentence", [
    ("demo", f"run: {INSTALL['data']}"),
    ("classify none.png", f"run: {INSTALL['weights']}"),
    ("train --device cuda --data shapes --epochs 1", f"run: {INSTALL['gpu']}"),
    ("lessons", "run this in a checkout of minifcn"),
    ("lessons build", f"run: {INSTALL['lessons']}"),
    ("check 06", "run this in a checkout of minifcn"),
])  # fmt: skip
def test_a_command_that_needs_more_says_in_one_line_how_to_get_it(installed, arguments, sentence):
    done = installed("minifcn", *arguments.split())
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and line.startswith("minifcn: ") and sentence in line


def test_the_lessons_of_a_checkout_serve_an_installed_wheel(installed):
    answers = ROOT / "lessons" / "06_im2col" / "lesson.py"
    done = installed("minifcn", "check", "06.im2col", "--answers", answers, MINIFCN_LESSONS=str(ROOT / "lessons"))
    assert "1 of 1 right" in done.stdout, done.stdout + done.stderr
