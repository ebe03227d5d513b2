"""Programs on several ranks, for the tests: real processes, started by the mpiexec that pip installs with mpich.

A test file says `pytestmark = needs_ranks`, which skips it where no rank can be started.
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from minifcn.extras import installed

TESTS = Path(__file__).parent
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
LIMIT = 600  # seconds, after which a program is taken to hang: kernels may have to be compiled on a busy machine
HEAD = """
import json, sys
import numpy as np
from minifcn import distributed as dist
dist.init_process_group()
rank, size = dist.get_rank(), dist.get_world_size()
"""
TAIL = """
found = dist.collect(found)
if rank == 0: print(json.dumps(found))
"""

needs_ranks = pytest.mark.skipif(
    MPIEXEC is None or not installed("mpi4py"), reason="needs mpi4py and mpiexec: pip install -r requirements-mpi.txt"
)


def environment():
    """The environment of a rank: this checkout, and one thread."""
    return os.environ | {"PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}", "NUMBA_NUM_THREADS": "1"}


def start(ranks, *command, **options):
    """subprocess.run of `python COMMAND...` on several ranks; its output as text."""
    options = {"capture_output": True, "text": True, "timeout": LIMIT, "env": environment()} | options
    return subprocess.run([MPIEXEC, "-n", str(ranks), sys.executable, *command], check=False, **options)


def run(ranks, program, *arguments, **options):
    """What each rank of `program` has in its variable `found` at the end, which JSON can hold: a list, rank by rank.

    The program knows np, dist (joined already), rank and size; sys.argv[1:] are the arguments, and the options are for
    subprocess.run. Only rank 0 prints: mpiexec mixes what two ranks print, and Python may print a line in pieces.
    """
    ended = start(ranks, "-c", HEAD + textwrap.dedent(program) + TAIL, *arguments, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])
