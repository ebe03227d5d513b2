"""Threads: how many there are, who else may run kernels (forked processes, Python threads), and BLAS left as it was."""

import ast
import contextvars
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import numba
import numpy as np
import pytest
from cases import normal

import minifcn
from minifcn import functional, tensor
from minifcn.kernels import algorithm, cpu
from minifcn.kernels.cpu.runtime import blas, launch
from minifcn.kernels.geometry import conv_geometry

PROGRAM = Path(__file__).parent / "program_of_threads.py"
VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_DISABLE_JIT",
             "OPENBLAS_THREAD_TIMEOUT")  # fmt: skip
CORES = numba.config.NUMBA_DEFAULT_NUM_THREADS


def python(*arguments, **variables):
    """What a new Python process prints, with only these of the VARIABLES set."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {"PYTHONPATH": str(PROGRAM.parents[2]), "MINIFCN_ALGORITHM": "im2col"} | variables
    done = subprocess.run(
        [sys.executable, *arguments], check=False, env=environment, capture_output=True, text=True, timeout=600
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
    assert python("-c", "from minifcn.kernels.cpu.runtime import launch; print(launch.thread_count())", **variables) == f"{count}\n"


def test_omp_num_threads_counts_also_if_numba_was_imported_first():
    code = "import numba; from minifcn.kernels.cpu.runtime.launch import thread_count; print(thread_count())"
    assert python("-c", code, OMP_NUM_THREADS="1") == "1\n"


def test_every_python_thread_has_the_number_that_omp_num_threads_asks_for():
    code = (
        "import numba; from concurrent.futures import ThreadPoolExecutor;"
        "from minifcn.kernels.cpu.runtime.launch import thread_count; print(ThreadPoolExecutor(1).submit(thread_count).result())"
    )
    assert python("-c", code, OMP_NUM_THREADS="1") == "1\n"


def test_kernels_are_tested_on_two_threads_whatever_the_number_of_cores():
    assert launch.thread_count() == 2


def test_few_numbers_are_not_worth_another_thread(monkeypatch):
    @launch.parallel
    def nothing(thread, threads):
        pass

    loops = []
    monkeypatch.setattr(launch, "run", lambda kernel, threaded, alone, arguments: loops.append(threaded))
    nothing()
    for size in (launch.WORTH_SHARING, launch.WORTH_SHARING - 1):
        nothing(size=size)
    assert loops == [launch.on_all_threads, launch.on_all_threads, launch.one_after_the_other]


def test_set_num_threads_counts():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    assert launch.thread_count() == 1
    numba.set_num_threads(before)
    assert launch.thread_count() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("place", ["fork", "pool", pytest.param("loader", marks=pytest.mark.slow)])
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
    return [get_count() for get_count, _ in blas.blas_libraries()]


@pytest.fixture
def two_blas_threads():
    """Every BLAS on two threads, for a machine on which it has only one."""
    before = blas_counts()
    for _, set_count in blas.blas_libraries():
        set_count(2)
    yield
    for (_, set_count), count in zip(blas.blas_libraries(), before, strict=True):
        set_count(count)


def test_blas_has_one_thread_inside_and_all_behind(two_blas_threads):
    with blas.blas_on_one_thread():
        assert set(blas_counts()) == {1}
    assert set(blas_counts()) == {2}


def test_blas_has_its_threads_again_after_an_error(two_blas_threads):
    with pytest.raises(ZeroDivisionError), blas.blas_on_one_thread():
        1 / 0  # noqa: B018
    assert set(blas_counts()) == {2}


def test_blas_stays_held_until_the_last_block_ends(two_blas_threads):
    first, second = blas.blas_on_one_thread(), blas.blas_on_one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_counts()) == {1}
    second.__exit__(None, None, None)
    assert set(blas_counts()) == {2}


def test_python_threads_leave_blas_as_it_was(two_blas_threads):
    def hold(_):
        with blas.blas_on_one_thread():
            return set(blas_counts())

    with ThreadPoolExecutor(8) as pool:
        assert all(counts == {1} for counts in pool.map(hold, range(500)))
    assert set(blas_counts()) == {2}


WIDE, NARROW = normal(0, 64, 1000), normal(1, 1000, 150)  # OpenBLAS cuts this product, and the cut shows in its bits
IMAGES, FILTERS = normal(2, 2, 112, 10, 15), normal(3, 64, 112, 3, 3)
FEATURES, SCORES, WEIGHT = normal(4, 150, 1000), normal(5, 150, 64), normal(6, 64, 1000)
CONV = conv_geometry(3, padding=1)


def gradients_of(function, *inputs):
    inputs = [tensor(array, requires_grad=True) for array in inputs]
    function(*inputs).sum().backward()
    return [leaf.grad for leaf in inputs]


PRODUCTS = {
    "kernel": lambda: cpu.matmul(WIDE, NARROW),
    "conv_forward": lambda: cpu.conv_forward(IMAGES, FILTERS, CONV),
    "conv_backward_input": lambda: cpu.conv_backward_input(normal(7, 2, 64, 10, 15), FILTERS, CONV, (10, 15)),
    "conv_backward_weight": lambda: cpu.conv_backward_weight(IMAGES, normal(7, 2, 64, 10, 15), CONV),
    "matmul": lambda: (tensor(WIDE) @ tensor(NARROW)).data,
    "linear": lambda: functional.linear(tensor(FEATURES), tensor(WEIGHT)).data,
    "gradients of matmul": lambda: gradients_of(lambda a, b: a @ b, WIDE, NARROW),
    "gradients of linear": lambda: gradients_of(functional.linear, FEATURES, WEIGHT),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_waits_while_another_thread_holds_blas(two_blas_threads, name):
    with ThreadPoolExecutor(1) as pool, algorithm("im2col"):
        product = pool.submit(contextvars.copy_context().run, PRODUCTS[name])
        product.result()  # what is compiled or imported at the first call is there now
        with blas.blas_on_one_thread():
            product = pool.submit(contextvars.copy_context().run, PRODUCTS[name])
            assert not wait([product], timeout=0.05).done
        product.result()


def test_a_product_next_to_a_holder_has_the_bits_of_one_alone(two_blas_threads):
    beside_nobody = cpu.matmul(WIDE, NARROW)
    with ThreadPoolExecutor(1) as pool:
        with blas.blas_on_one_thread():
            product = pool.submit(cpu.matmul, WIDE, NARROW)
            wait([product], timeout=0.05)
        assert np.array_equal(product.result(), beside_nobody)


def test_those_who_hold_blas_and_those_who_use_all_of_it_take_turns(two_blas_threads):
    kinds = {1: blas.blas_on_one_thread, 2: blas.blas_on_all_threads}

    def take(threads):
        with kinds[threads]():
            return set(blas_counts()) == {threads}

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(take, [1, 1, 2, 1, 2, 2] * 50))


def test_a_thread_that_waits_is_not_overtaken(two_blas_threads):
    order = []

    def take(name, block):
        with block():
            order.append(name)

    with ThreadPoolExecutor(2) as pool:
        with blas.blas_on_one_thread():
            waiting = pool.submit(take, "product", blas.blas_on_all_threads)
            while not blas.turns.queue:
                time.sleep(0.001)
            late = pool.submit(take, "kernel", blas.blas_on_one_thread)
            assert not wait([waiting, late], timeout=0.05).done
        wait([waiting, late])
    assert order == ["product", "kernel"]


def test_several_threads_may_hold_blas_together(two_blas_threads):
    together = threading.Barrier(2, timeout=300)

    def hold(_):
        with blas.blas_on_one_thread():
            together.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hold, range(2)))


@pytest.mark.parametrize("outer", [blas.blas_on_one_thread, blas.blas_on_all_threads])
@pytest.mark.parametrize("inner", [blas.blas_on_one_thread, blas.blas_on_all_threads])
def test_a_block_within_a_block_does_not_wait_for_itself(two_blas_threads, outer, inner):
    with outer(), inner():
        pass
    assert set(blas_counts()) == {2}
    assert not blas.turns.running


def test_ctrl_c_ends_the_wait_and_leaves_nobody_in_the_queue(two_blas_threads, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    blas.turns.begin(alone=True)
    blas.turns.mine.depth = 0  # as if another thread had begun
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(blas.turns.changed, "wait_for", interrupted)
        cpu.matmul(WIDE, NARROW)
    blas.turns.mine.depth = 1
    blas.turns.end()
    assert not blas.turns.queue and not blas.turns.running


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_forked_while_another_thread_holds_blas_computes(two_blas_threads):
    begun, over = threading.Event(), threading.Event()

    def hold():
        with blas.blas_on_one_thread():
            begun.set()
            over.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        begun.wait()
        child = os.fork()
        if child == 0:
            with blas.blas_on_all_threads():
                os._exit(0 if set(blas_counts()) == {2} else 1)
        over.set()
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_fork_waits_while_another_thread_computes_a_product_on_all_threads(two_blas_threads):
    begun, ended = threading.Event(), threading.Event()

    def multiply():
        with blas.blas_on_all_threads():
            begun.set()
            time.sleep(0.1)
            ended.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(multiply)
        begun.wait()
        child = os.fork()
        if child == 0:
            os._exit(0 if ended.is_set() else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert not blas.turns.queue


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_forked_inside_a_block_can_hold_blas_after_it(two_blas_threads):
    with blas.blas_on_one_thread():
        child = os.fork()
    if child == 0:
        with blas.blas_on_one_thread():
            counts = set(blas_counts())
        os._exit(0 if counts == {1} and set(blas_counts()) == {2} else 1)
    assert os.waitpid(child, 0)[1] == 0


CALLS_BLAS = {"dot", "vdot", "inner", "matmul", "tensordot", "linalg", "polyfit", "cov", "corrcoef", "convolve", "correlate"}
MAY_CALL_BLAS = {  # and why
    "kernels/cpu/runtime/blas.py": "takes its turn",
    "kernels/cpu/convolution/im2col_blocks.py": "np.dot in compiled code, inside blas_on_one_thread",
    "kernels/gpu/matmul.py": "cuBLAS",
    "tensor.py": "@ of tensors",
    "gradcheck/catalogue.py": "@ of tensors",
    "bench/machine.py": "times BLAS itself",
    "bench/scaling.py": "a straight line through a dozen points",
    "crf/lattice.py": "a sum of the numbers of a point, and the norms of five columns",
    "data/hha.py": "3 x 3 matrices, and their products with one direction",
    "studies/approximation.py": "@ of tensors, and least squares with a few hidden units",
}


def calls_blas(path):
    """The lines of a source file that multiply matrices with NumPy."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield node.lineno
        numpy = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("np", "xp")
        if numpy and node.attr in CALLS_BLAS:
            yield node.lineno


def test_nothing_else_in_the_package_calls_blas():
    package = Path(blas.__file__).parents[3]
    found = {path.relative_to(package).as_posix(): list(calls_blas(path)) for path in sorted(package.rglob("*.py"))}
    assert {name: lines for name, lines in found.items() if lines and name not in MAY_CALL_BLAS} == {}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_forked_inside_a_block_of_another_thread_has_its_blas(two_blas_threads):
    with blas.blas_on_one_thread():
        child = os.fork()
        if child == 0:
            os._exit(0 if set(blas_counts()) == {2} else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_kernels_leave_numpy_its_blas(two_blas_threads):
    with algorithm("im2col"):
        cpu.conv_forward(np.ones((1, 2, 8, 8), np.float32), np.ones((2, 2, 3, 3), np.float32), conv_geometry(3))
    assert set(blas_counts()) == {2}


NUMPY_FIRST = """
import json, numpy, threadpoolctl
numpy.ones((300, 300)) @ numpy.ones((300, 300))
import minifcn.kernels.cpu
product = numpy.ones((300, 300)) @ numpy.ones((300, 300))
(blas,) = threadpoolctl.ThreadpoolController().select(internal_api="openblas").lib_controllers or (None,)
timeout = getattr(blas and blas.dynlib, "openblas_thread_timeout", None)
print(json.dumps([timeout and timeout(), float(product.min()), float(product.max())]))
"""


@pytest.mark.skipif(os.name == "nt", reason="OpenBLAS starts its threads in another way there")
def test_openblas_sleeps_early_also_if_numpy_was_imported_first():
    timeout, *entries = json.loads(python("-c", NUMPY_FIRST, OPENBLAS_NUM_THREADS="2"))
    if timeout is None:
        pytest.skip("NumPy's BLAS has no such timeout")
    assert timeout == 14 and entries == [300, 300]


def test_importing_the_package_is_light():
    code = "import minifcn, sys; print([m for m in ('numpy', 'numba', 'scipy', 'matplotlib', 'torch', 'tqdm') if m in sys.modules])"
    assert python("-c", code) == "[]\n"


def test_two_functions_have_the_names_of_their_modules():
    code = "import minifcn.tensor, minifcn.gradcheck; print(minifcn.tensor(2.0).item(), minifcn.gradcheck.__name__)"
    assert python("-c", code) == "2.0 gradcheck\n"
    code = "from minifcn import tensor; import minifcn.tensor as same; print(tensor is same, callable(same))"
    assert python("-c", code) == "True True\n"


def test_editors_see_the_names_that_programs_import():
    (block,) = [node for node in ast.parse(Path(minifcn.__file__).read_text()).body if isinstance(node, ast.If) and "TYPE" in ast.unparse(node.test)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert sorted(seen) == minifcn.__all__ and seen == dict.fromkeys(minifcn.__all__) | minifcn.NAMES


def test_importing_the_kernels_leaves_scipy_to_those_that_need_it():
    assert python("-c", "import minifcn.kernels.cpu, sys; print('scipy.linalg' in sys.modules)") == "False\n"


@pytest.mark.parametrize("use", ["minifcn.plot", "getattr(minifcn, 'plot')"])
def test_plot_is_there_when_it_is_used(use):
    code = f"import minifcn, sys; assert 'plot' in dir(minifcn); {use}.save; print('matplotlib' in sys.modules)"
    assert python("-c", code) == "True\n"


def test_plot_can_be_imported_from_the_package():
    assert python("-c", "from minifcn import plot; import minifcn.plot as same; print(plot is same)") == "True\n"
