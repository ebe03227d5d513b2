"""The script for the first machine with a GPU, without one: what it says then, its table, and its profile on the shim."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import gpu_facts
import gpu_profile
import pytest
from gpu_shim.fake_cupy import FakeCupy, fake_gpu
from gpu_shim.shim import HAS_COMPILER
from gpu_shim.small_step import SmallStep

from minifcn.kernels import gpu

CHECK = Path(__file__).parent.parent / "benchmarks" / "gpu_check.sh"
FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *gpu_facts.py*) echo "2026-12-01, a card, driver 1" ;;
  *pytest*) echo "12 passed"; echo ;;
  *--tf32*) echo "ratio 1.5" ;;
  *gpu_step.py*) echo "a | b" ;;
  *gpu_profile.py*) {profile} ;;
  *gpu_nccl.py*) echo "the sum is right" ;;
esac
"""
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def check(python):
    environment = os.environ | {"PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["bash", CHECK, python], capture_output=True, text=True, check=False, env=environment)


def table(tmp_path, profile):
    """(exit code, rows of the table) of the script, run by a stand-in for Python that has a GPU."""
    python, mpiexec = tmp_path / "python", tmp_path / "mpiexec"
    python.write_text(FAKE_PYTHON.format(profile=profile))
    mpiexec.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    for file in (python, mpiexec):
        file.chmod(0o755)
    result = check(str(python))
    return result.returncode, [line for line in result.stdout.splitlines() if line.startswith("| ")][1:]


@needs_bash
def test_without_a_gpu_the_script_says_so_in_one_line_and_fails():
    if gpu_facts.missing() is None:
        pytest.skip("there is a GPU")
    result = check(sys.executable)
    assert result.returncode == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith("no GPU was used: ")


@needs_bash
def test_the_table_has_a_row_for_every_part(tmp_path):
    code, rows = table(tmp_path, "echo 5 ms; echo 80 %")
    assert code == 0
    assert [row.split(" | ")[1] for row in rows] == [
        "12 passed",
        "a \\| b",  # or the bar would begin a cell
        "ratio 1.5",
        "80 %",
        "the sum is right",
        "the sum is right",
    ]


@needs_bash
@pytest.mark.parametrize(
    "profile, reason",
    [
        ("echo no memory >&2; exit 1", "failed: no memory"),
        ("exit 3", "failed: exit code 3, without a word"),
        ("exit 124", "stopped after its limit of 90 s"),  # what `timeout` answers
    ],
)
def test_a_part_that_fails_says_why_and_the_others_run(tmp_path, profile, reason):
    code, rows = table(tmp_path, profile)
    assert code == 1 and len(rows) == 6
    assert rows[3].startswith(f"| profile of the step | {reason} |")


@pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")
def test_the_profile_counts_every_kernel_of_a_step(monkeypatch):
    """On a clock that advances by one at each event."""
    clock = iter(range(10**6))

    class Event:
        def record(self):
            self.time = next(clock)

        def synchronize(self):
            pass

    cuda = SimpleNamespace(is_available=lambda: True, Event=Event, get_elapsed_time=lambda a, b: b.time - a.time)
    monkeypatch.setattr(FakeCupy, "cuda", cuda)
    kernels = [getattr(gpu, name) for name in gpu.__all__]
    with fake_gpu():
        small = SmallStep("cuda")
        step, totals = gpu_profile.profile(FakeCupy("cupy"), small.step)
    calls = sum(count for _, count in totals.values())
    assert step == 2 * calls + 1 and all(milliseconds == count for milliseconds, count in totals.values())
    assert {"conv_forward", "conv_backward_weight", "relu_backward", "sgd_step"} <= {name for name, _ in totals}
    assert [getattr(gpu, name) for name in gpu.__all__] == kernels
    *_, summary = gpu_profile.lines(step, totals)
    assert summary.startswith(f"{step:.1f} ms, of which 50 % in minifcn's kernels; most in ")
