"""Threads: how many there are, who else may run kernels (forked processes, Python threads), and BLAS left as it was."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest

from minifcn.kernels.cpu import threads

PROGRAM = Path(__file__).parent / "program_of_threads.py"
VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_DISABLE_JIT")
CORES = numba.config.NUMBA_DEFAULT_NUM_THREADS


def python(*arguments, **variables):
    """What a new Python process prints, with only these of the VARIABLES set."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {"PYTHONPATH": str(PROGRAM.parents[2]), "MINIFCN_ALGORITHM": "im2col"} | variables
    done = subprocess.run(
        [sys.executable, *arguments], check=False, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def program(place, **variables):
    return json.loads(python(PROGRAM, place, **variables))


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({}, CORES),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"NUMBA_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": str(CORES + 3)}, CORES + 3),
        ({"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "2"}, 2),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value),
)
def test_the_number_of_threads_can_be_set_from_outside(variables, count):
    assert program("here", **variables)["threads"] == count


def test_omp_num_threads_counts_also_if_numba_was_imported_first():
    code = "import numba; from minifcn.kernels.cpu.threads import thread_count; print(thread_count())"
    assert python("-c", code, OMP_NUM_THREADS="1") == "1\n"


def test_set_num_threads_counts():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    assert threads.thread_count() == 1
    numba.set_num_threads(before)
    assert threads.thread_count() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("place", ["fork", "pool", "loader"])
def test_a_forked_process_computes_the_same_bits(place):
    if place == "loader":
        pytest.importorskip("torch")
    result = program(place)
    assert result["there"] == result["here"]


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_python_threads_may_compute_at_once(layer):
    if layer == "omp":
        pytest.importorskip("numba.np.ufunc.omppool")
    result = program("threads", NUMBA_THREADING_LAYER=layer)
    assert result["there"] == result["here"]


def test_slow_threads_are_told_of_once_with_the_fix():
    (message,) = program("here", NUMBA_THREADING_LAYER="workqueue")["warnings"]
    assert "slow" in message
    assert "libgomp1" in message


def test_kernels_run_in_a_debugger():
    code = "import numpy as np; from minifcn.kernels import cpu; print(cpu.relu_forward(np.array([-1.0, 2.0]), 0.5))"
    assert python("-c", code, NUMBA_DISABLE_JIT="1") == "[-0.5  2. ]\n"


def blas_counts():
    return [get_count() for get_count, _ in threads.blas_libraries()]


@pytest.fixture
def two_blas_threads():
    """Every BLAS on two threads, for a machine on which it has only one."""
    before = blas_counts()
    for _, set_count in threads.blas_libraries():
        set_count(2)
    yield
    for (_, set_count), count in zip(threads.blas_libraries(), before, strict=True):
        set_count(count)


def test_blas_has_one_thread_inside_and_all_behind(two_blas_threads):
    with threads.blas_on_one_thread():
        assert set(blas_counts()) == {1}
    assert set(blas_counts()) == {2}


def test_blas_has_its_threads_again_after_an_error(two_blas_threads):
    with pytest.raises(ZeroDivisionError), threads.blas_on_one_thread():
        1 / 0  # noqa: B018
    assert set(blas_counts()) == {2}


def test_blas_stays_held_until_the_last_block_ends(two_blas_threads):
    first, second = threads.blas_on_one_thread(), threads.blas_on_one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_counts()) == {1}
    second.__exit__(None, None, None)
    assert set(blas_counts()) == {2}


def test_python_threads_leave_blas_as_it_was(two_blas_threads):
    def hold(_):
        with threads.blas_on_one_thread():
            return set(blas_counts())

    with ThreadPoolExecutor(8) as pool:
        assert all(counts == {1} for counts in pool.map(hold, range(500)))
    assert set(blas_counts()) == {2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_forked_inside_a_block_of_another_thread_has_its_blas(two_blas_threads):
    with threads.blas_on_one_thread():
        child = os.fork()
        if child == 0:
            os._exit(0 if set(blas_counts()) == {2} else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_kernels_leave_numpy_its_blas(two_blas_threads, monkeypatch):
    from minifcn.kernels import cpu
    from minifcn.kernels.geometry import conv_geometry

    monkeypatch.setenv("MINIFCN_ALGORITHM", "im2col")
    cpu.conv_forward(np.ones((1, 2, 8, 8), np.float32), np.ones((2, 2, 3, 3), np.float32), conv_geometry(3))
    assert set(blas_counts()) == {2}


def test_importing_the_package_is_light():
    code = "import minifcn, sys; print([m for m in ('numba', 'scipy', 'matplotlib', 'torch') if m in sys.modules])"
    assert python("-c", code) == "[]\n"


def test_importing_the_kernels_leaves_scipy_to_those_that_need_it():
    assert python("-c", "import minifcn.kernels.cpu, sys; print('scipy.linalg' in sys.modules)") == "False\n"


@pytest.mark.parametrize("use", ["minifcn.plot", "getattr(minifcn, 'plot')"])
def test_plot_is_there_when_it_is_used(use):
    code = f"import minifcn, sys; assert 'plot' in dir(minifcn); {use}.save; print('matplotlib' in sys.modules)"
    assert python("-c", code) == "True\n"


def test_plot_can_be_imported_from_the_package():
    assert python("-c", "from minifcn import plot; import minifcn.plot as same; print(plot is same)") == "True\n"
