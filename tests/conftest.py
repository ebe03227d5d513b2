"""How many threads the tests compute on: the same number on every machine, alone or next to another pytest worker.

Numba starts two threads. Most arrays here are tiny, and waking a second thread costs more than it saves: tests use
one. Where several threads are part of what is tested, a folder or a file overrides the fixture `thread_count`.
"""

import os

THREADS = {"NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ |= THREADS  # libraries read these once, when they are loaded; processes that tests start inherit them
os.environ["MINIFCN_CACHE"] = ""  # no test takes from an earlier run what planted mistakes do, nor keeps it for a later one

import numba
import pytest

import minifcn.kernels.cpu  # noqa: F401  (starts Numba's threads)

numba.set_num_threads(1)  # for fixtures of the whole session, which come before those of a module


def pytest_generate_tests(metafunc):
    """Refuse a set as the parameters of a test: pytest's workers would each collect the tests in an order of their own."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        names, values = mark.args[:2] if len(mark.args) > 1 else (mark.args[0], mark.kwargs["argvalues"])
        if isinstance(values, (set, frozenset)):
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: {names} is parametrized by a set; sort it")


def pytest_terminal_summary(terminalreporter):
    """Without PyTorch, say how many comparisons with it were skipped: tests, and whole files of them."""
    reports = [r for r in terminalreporter.stats.get("skipped", ()) if "could not import 'torch'" in str(r.longrepr)]
    tests = {report.nodeid for report in reports if report.when == "call" or report.when == "setup"}
    files = {report.nodeid for report in reports} - tests
    if reports:
        skipped = f"{len(tests)} comparisons with it, and {len(files)} files of them"
        terminalreporter.write_line(f"PyTorch is not installed: skipped {skipped}")


@pytest.fixture(autouse=True, scope="session")
def terminal():
    """80 columns, whatever the terminal: argparse wraps the help to what the environment says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        yield


@pytest.fixture(autouse=True, scope="module")
def thread_count():
    """How many threads the kernels use in this module: one, unless a folder or a file overrides this fixture."""
    numba.set_num_threads(1)
    yield 1
    numba.set_num_threads(1)
