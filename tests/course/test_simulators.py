"""The simulators of lessons 8 and 9: every race is found, on any computer, and nothing else is taken for one."""

import inspect
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from numba import njit, prange

from minifcn.course import ladder
from minifcn.course.answers.solutions import solution
from minifcn.course.exercise import Case
from minifcn.course.sandbox import walls
from minifcn.course.sandbox.process import AnswerProcess
from minifcn.course.simulators.card import MOST, cuda, launch
from minifcn.course.simulators.loops import watch_loops
from minifcn.course.simulators.watched import Log

# Arrays that take notes ----------------------------------------------------------------------------------------------


def a_log():
    return Log(lambda a, b: a != b, lambda worker: f"worker {worker}")


def deeds(first, second):
    """The race, or "", if worker 0 does the first deed to an array x of shape (2, 3), and worker 1 the second."""
    log = a_log()
    x = log.array(np.arange(6.0).reshape(2, 3), "x")
    for log.worker, deed in enumerate((first, second)):
        deed(x)
    return log.race


def setting(key, value=1.0):
    return lambda x: x.__setitem__(key, value)


@pytest.mark.parametrize("first, second, race", [
    (setting((0, 1)), setting((0, 1)), "worker 0 writes and worker 1 writes x[0, 1]"),
    (setting((0, 1)), lambda x: x[0, 1], "worker 0 writes and worker 1 reads x[0, 1]"),
    (lambda x: x[0, 1], setting((0, 1)), "worker 0 reads and worker 1 writes x[0, 1]"),
    (setting(1), lambda x: x[1][2], "worker 0 writes and worker 1 reads x[1, 2]"),
    (setting((slice(None), 0)), lambda x: x.sum(), "worker 0 writes and worker 1 reads x[0, 0]"),
    (lambda x: x.reshape(6).__setitem__(4, 0.0), lambda x: x.T[1, 1], "worker 0 writes and worker 1 reads x[1, 1]"),
    (lambda x: np.add(x[0], 1, out=x[0]), lambda x: x[0, 2], "worker 0 writes and worker 1 reads x[0, 2]"),
    (setting((0, -1)), lambda x: list(x[0]), "worker 0 writes and worker 1 reads x[0, 2]"),
    (lambda x: x[[0, 1], [2, 0]], setting((1, 0)), "worker 0 reads and worker 1 writes x[1, 0]"),
    (lambda x: np.dot(x, x.T), setting((1, 1)), "worker 0 reads and worker 1 writes x[1, 1]"),
    (lambda x: x.fill(0.0), lambda x: x[0, 0], "worker 0 writes and worker 1 reads x[0, 0]"),
    (lambda x: x[0, 1], lambda x: x[0, 1], ""),
    (setting(0), setting(1), ""),
    (setting((0, 1)), lambda x: x[0, 2], ""),
    (lambda x: x.shape, setting(0), ""),
])  # fmt: skip
def test_two_workers_clash_where_one_writes_what_the_other_touches(first, second, race):
    assert deeds(first, second) == race


def test_what_everybody_has_finished_clashes_with_nothing():
    log = a_log()
    x = log.array(np.zeros(3), "x")
    log.worker, x[0] = 0, 1.0
    log.forget()
    log.worker, x[0] = 1, 2.0
    assert log.race == "" and x.store.writes.tolist() == [2, 0, 0]


def test_a_watched_array_computes_as_numpy_does():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 4))
    x = a_log().array(a)
    assert isinstance(x + 1, np.ndarray) and np.array_equal(2 * x[1] - x[:, 0][0], 2 * a[1] - a[0, 0])
    assert np.array_equal(np.concatenate([x, a]), np.concatenate([a, a])) and x.mean() == a.mean()
    x[1:] += a[1:]
    x[0] = x[2]
    a[1:] *= 2
    a[0] = a[2]
    assert np.array_equal(x.values, a) and len(x) == 3 and np.array_equal(x.swapaxes(0, 1).values, a.T)


# Parallel loops ------------------------------------------------------------------------------------------------------


@njit(parallel=True)
def histogram(x, counts):
    """Racing: two numbers may fall into the same bin."""
    for i in prange(len(x)):
        counts[x[i]] += 1


@njit(parallel=True)
def doubled(x):
    y = np.empty_like(x)
    for i in prange(len(x)):
        y[i] = twice(x[i])
    return y


@njit
def twice(number):
    return 2 * number


@njit(parallel=True)
def with_scratch(x):
    shared = np.zeros(2)
    y = np.zeros(len(x))
    for i in prange(len(x)):
        own = np.zeros(2)
        own[0] = x[i]
        shared[1] = own[0]
        y[i] = own[0]
    return y


@njit
def one_core(x):
    total = np.zeros(1)
    for i in prange(len(x)):
        total[0] += x[i]
    return total


def test_a_race_is_found_and_named_whatever_the_numbers_say():
    x, counts = np.array([2, 0, 2]), np.zeros(3, int)
    watched = watch_loops(histogram, x, counts)
    assert watched.race == "iteration 0 writes and iteration 2 reads counts[2]"
    assert counts.tolist() == [1, 0, 2] and watched.raced["counts"].tolist() == [False, False, True]
    assert watch_loops(histogram, np.array([2, 0, 1]), np.zeros(3, int)).race == ""


def test_an_array_made_before_the_loop_is_shared_and_one_made_inside_is_not():
    assert watch_loops(with_scratch, np.ones(3)).race == "iteration 0 writes and iteration 1 writes shared[1]"


def test_compiled_helpers_run_as_python_and_np_empty_is_full_of_nan():
    watched = watch_loops(doubled, np.array([1.0, 3.0]))
    assert watched.value.tolist() == [2.0, 6.0] and watched.loops == (2,) and not watched.race and watched.largest == 0
    with pytest.raises(ZeroDivisionError):
        watch_loops(lambda x: 1 / 0, np.ones(1))
    assert np.isnan(watch_loops(lambda x: np.empty(2), np.ones(1)).value).all()


def test_a_loop_is_parallel_only_where_numba_would_make_it_so():
    watched = watch_loops(one_core, np.ones(3))
    assert watched.loops == () and watched.race == "" and watched.value.tolist() == [3.0]


@njit(parallel=True)
def two_loops(x):
    y = np.zeros(len(x))
    for i in prange(len(x)):
        y[i] = x[i]
    for i in prange(len(x) - 1):
        x[i] = y[i + 1]
    return y


def test_loops_one_after_the_other_do_not_race():
    watched = watch_loops(two_loops, np.arange(3.0))
    assert watched.race == "" and watched.loops == (3, 2)


# A card --------------------------------------------------------------------------------------------------------------


def launched(kernel, blocks, threads, *args):
    """(the last argument afterwards, the race)."""
    race = launch(kernel, blocks, threads, *args).race
    return args[-1].tolist(), race


def numbered(y):
    i = cuda.grid(1)
    y[i] = 100 * cuda.blockIdx.x + 10 * cuda.threadIdx.x + cuda.blockDim.x + cuda.gridDim.x


def test_threads_know_their_places():
    assert launched(numbered, 2, 3, np.zeros(6)) == ([5, 15, 25, 105, 115, 125], "")


def in_two_axes(y):
    x, row = cuda.grid(2)
    y[row, x] = 10 * cuda.threadIdx.y + cuda.blockIdx.x


def test_x_comes_first():
    assert launched(in_two_axes, (2, 1), (2, 2), np.zeros((2, 4))) == ([[0, 0, 1, 1], [10, 10, 11, 11]], "")


def turned(x, y):
    tile = cuda.shared.array(4, np.float64)
    i = cuda.threadIdx.x
    tile[i] = x[i]
    cuda.syncthreads()
    y[i] = tile[3 - i]


def turned_without_a_barrier(x, y):
    tile = cuda.shared.array(4, np.float64)
    i = cuda.threadIdx.x
    tile[i] = x[i]
    y[i] = tile[3 - i]


def test_a_barrier_orders_the_threads_of_a_block_and_without_one_they_race():
    x = np.arange(4.0)
    assert launched(turned, 1, 4, x, np.zeros(4)) == ([3, 2, 1, 0], "")
    found, race = launched(turned_without_a_barrier, 1, 4, x, np.zeros(4))
    assert race == "thread 1 reads and thread 2 writes tile[2]" and np.isnan(found[0])


def one_counter(x):
    x[0] += 1


def over_blocks(x, y):
    i = cuda.grid(1)
    x[i] = 1.0
    cuda.syncthreads()
    y[i] = x[3 - i]


def test_a_barrier_orders_nothing_between_blocks():
    assert launched(over_blocks, 2, 2, np.zeros(4), np.zeros(4))[1] == "thread 1 of block 0 reads and thread 0 of block 1 writes x[2]"
    assert launched(over_blocks, 1, 4, np.zeros(4), np.zeros(4)) == ([1, 1, 1, 1], "")
    assert launched(one_counter, 1, 2, np.zeros(1))[1] == "thread 0 writes and thread 1 reads x[0]"


def shifted(x, y):
    i = cuda.grid(1)
    y[i] = x[i + 1]


def into_the_past(x, y):
    y[cuda.grid(1) - 1] = x[0]


@pytest.mark.parametrize("kernel, size, error", [
    (shifted, 3, "ReadBeyond: thread 2 reads x[3], and its shape is (3,)"),
    (shifted, 4, "WriteBeyond: thread 2 writes y[2], and its shape is (2,)"),
    (into_the_past, 3, "NegativeIndex: thread 0 writes y[-1], and its shape is (2,)"),
])  # fmt: skip
def test_an_index_that_is_not_there_is_named(kernel, size, error):
    with pytest.raises(IndexError) as raised:
        launch(kernel, 1, 3, np.zeros(size), np.zeros(2 if size != 3 or kernel is into_the_past else 3))
    assert f"{type(raised.value).__name__}: {raised.value}" == error


def careless(x, y):
    try:
        y[cuda.grid(1)] = x[cuda.grid(1)]
    except IndexError:
        pass


def test_a_kernel_cannot_catch_an_index_that_is_not_there():
    with pytest.raises(IndexError, match=r"thread 3 of block 0 reads x\[3\]"):
        launch(careless, 2, 4, np.zeros(3), np.zeros(3))


def half_waits(y):
    if cuda.threadIdx.x < 2:
        cuda.syncthreads()
    y[cuda.threadIdx.x] = 1.0


def one_fails(y):
    cuda.syncthreads()
    y[cuda.threadIdx.x // 3 * 5] = 1.0


@pytest.mark.parametrize("kernel, error", [(half_waits, RuntimeError), (one_fails, IndexError)])
def test_a_kernel_that_fails_leaves_no_thread_behind(kernel, error):
    before = threading.active_count()
    with pytest.raises(error):
        launch(kernel, 1, 4, np.zeros(4))
    assert threading.active_count() == before


def test_the_simulator_refuses_more_waiting_threads_than_it_can_start():
    with pytest.raises(ValueError, match=f"a block has {MOST + 1} threads"):
        launch(turned, 1, MOST + 1, np.zeros(4), np.zeros(4))


def test_reads_and_writes_are_counted():
    done = launch(turned, 1, 4, np.zeros(4), np.zeros(4))
    assert done.reads["x"].tolist() == [1, 1, 1, 1] and done.writes["y"].tolist() == [1, 1, 1, 1]
    assert done.reads["y"].sum() == done.writes["x"].sum() == 0 and done.shared == (4, 4)
    assert done.seen["x"] == {((0, 0, 0), (i, 0, 0)): [i] for i in range(4)}


def twice_by_one_and_once_by_two(y):
    y[0 if cuda.threadIdx.x == 0 else 1] = 1.0
    if cuda.threadIdx.x == 0:
        y[0] = 2.0


def test_threads_that_write_are_counted_not_their_writes():
    done = launch(twice_by_one_and_once_by_two, 1, 3, np.zeros(2))
    assert done.writes["y"].tolist() == [2, 2] and done.writers["y"].tolist() == [1, 2]


NUMBAS_OWN = """
import sys
import numpy as np
from numba import cuda
source, THREADS, SIDE = sys.stdin.read(), 8, 4
exec(compile(source, "kernels", "exec"))
x, y = np.arange(18.0), np.zeros(16)
sum_of_three[3, 8](x, y)
assert np.array_equal(y, x[:-2] + x[1:-1] + x[2:])
z, picture, weight = np.zeros((5, 6)), np.arange(56.0).reshape(7, 8), np.arange(9.0).reshape(3, 3)
conv_tiled[(2, 2), (4, 4)](picture, weight, z)
assert np.array_equal(z, sum(weight[i, j] * picture[i : i + 5, j : j + 6] for i in range(3) for j in range(3)))
back = np.zeros((3, 4))
col2im_gather[(1, 1), (4, 4)](np.ones((4, 6)), 2, 2, 1, back)
assert back.tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]
relu_map[1, 18](x - 9, x)
relu_guarded[3, 8](x, x)
add_bias[(2, 2), (4, 2)](np.ones((3, 5)), np.ones(3), np.ones((3, 5)))
"""


@pytest.mark.slow
def test_the_solutions_run_unchanged_on_numbas_own_simulator():
    lesson = ladder.find_lesson("09")
    source = "\n".join(solution(lesson, name).text for name in lesson.exercises)
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run([sys.executable, "-c", NUMBAS_OWN], input=source, text=True, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


# In the process of an answer -----------------------------------------------------------------------------------------

KERNEL = """
from numba import njit, prange

@njit(parallel=True, cache=True)
def f(x):
    for i in prange(len(x)):
        x[0] += x[i]
    return x
"""


def probe(f, x):
    from numba import njit

    watched = watch_loops(f, x.copy())
    return watched.race, njit(f.py_func)(x.copy()), f(x)


@pytest.mark.parametrize("standing", [walls.NAMES, ("limits", "files"), ("rules",)], ids=", ".join)
def test_behind_the_walls_numba_compiles_and_a_race_is_seen(standing):
    with AnswerProcess(needs="numba", walls=standing) as process:
        assert process.load("f", KERNEL).kind == "value"
        source = "def probe(f, x):" + inspect.getsource(probe).partition(":")[2].replace("  # noqa: F821", "")
        outcome = process.ask(Case((np.ones(3),), None), ("probe", source), 60.0)
    assert outcome.kind == "value", outcome.message
    race, compiled, parallel = outcome.value
    assert race == "iteration 0 writes and iteration 1 reads x[0]"
    assert compiled.tolist() == parallel.tolist() == [4.0, 1.0, 1.0]  # one thread: the check has no second one


def test_an_ordinary_answer_finds_no_compiler():
    with AnswerProcess() as process:
        assert process.load("f", "import numba\nf = 1").type == "ModuleNotFoundError"


def test_with_a_compiler_an_answer_still_may_not_use_ctypes():
    with AnswerProcess(needs="numba") as process:
        outcome = process.load("f", "import ctypes\nf = ctypes.CDLL(None).unlink")
    assert outcome.type == "PermissionError" and "ctypes" in outcome.message


def test_a_card_needs_no_other_door():
    kernel = "def f(x):\n    cuda.syncthreads()\n    x[cuda.threadIdx.x] = cuda.blockDim.x"
    with AnswerProcess(needs="cuda") as process:
        assert process.load("f", kernel).kind == "value"
        outcome = process.ask(Case((np.zeros(40),), None), ("probe", "def probe(f, x):\n    return launch(f, 1, 40, x).race, x"))
        assert outcome.value[0] == "" and set(outcome.value[1].tolist()) == {40.0}
        assert process.load("f", "import numba\nf = 1").type == "ModuleNotFoundError"
