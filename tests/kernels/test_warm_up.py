"""After warm_up nothing is left to compile: it calls every kernel of the registry, in each form that networks need."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from llvmlite.binding import FeatureMap

from minifcn.kernels import compile_kernels, cpu
from minifcn.kernels.cpu import warm_up
from minifcn.kernels.cpu.convolution.conv import IMPLEMENTATIONS
from minifcn.kernels.cpu.runtime import cache, helpers
from minifcn.kernels.cpu.runtime.cache import begin_compilation, drop_stale_cache, warm_marker
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.cpu.warm_up import all_calls, help_to_compile

STEPS = """
from numba.core.dispatcher import Dispatcher
from minifcn.kernels.cpu.warm_up import warm_up

warm_up()
compile, late = Dispatcher.compile, []


def watch(kernel, signature):
    if tuple(signature) not in kernel.overloads:
        late.append(f"{kernel.py_func.__qualname__}{signature}")
    return compile(kernel, signature)


Dispatcher.compile = watch

import numpy as np
from minifcn import models, no_grad, optim, tensor
from minifcn.functional import cross_entropy

images, labels = np.ones((2, 3, 96, 96), np.float32), np.zeros((2, 96, 96), np.int64)
for backbone, optimizer in (models.SmallVGG(), optim.SGD), (models.ResNet18(width=0.25), optim.AdamW):
    net = models.FCN8s(backbone, 4, "learned")
    cross_entropy(net(tensor(images)), labels).backward()
    optimizer(net.parameters(), lr=1e-3).step()
    with no_grad():
        net.fuse()(tensor(images))
print(*late, sep="\\n", end="")
"""


def test_every_kernel_is_warmed():
    assert {name for name, _, _ in all_calls(np.dtype(np.float32))} == set(cpu.__all__)


def test_every_algorithm_is_warmed_in_a_convolution_that_it_fits():
    calls = all_calls(np.dtype(np.float32))
    assert {forced for _, _, forced in calls} == {"auto", *IMPLEMENTATIONS}
    for name, arguments, forced in calls:
        if name == "conv_forward" and simd():
            x, weight, geometry, *_ = arguments
            assert IMPLEMENTATIONS[forced].fits("forward", weight.shape, geometry, x.dtype), forced


@pytest.mark.skipif(simd() is None, reason="there are no vectors for these algorithms")
def test_the_relu_and_the_pooling_of_a_fused_network_are_warmed():
    fused = [call for call in all_calls(np.dtype(np.float32)) if call[0] == "conv_forward" and call[1][4:5] == (True,)]
    for pooled in (False, True):
        found = {forced for _, arguments, forced in fused if (arguments[-1] is not None) == pooled}
        assert found == {"direct", "winograd2", "winograd3", "winograd4"}


@pytest.mark.slow
def test_a_first_step_of_training_and_a_first_prediction_compile_nothing_more():
    command = [sys.executable, "-c", STEPS]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_kernels_are_compiled_once_per_dtype_and_again_after_a_change_of_their_source(tmp_path, monkeypatch):
    (tmp_path / "source.py").write_text("one")
    drop_stale_cache(tmp_path, tmp_path)
    dtypes = []
    monkeypatch.setattr(warm_up, "CACHE", tmp_path)
    monkeypatch.setattr(cache, "start_helpers", lambda dtype: None)
    monkeypatch.setattr(warm_up, "all_calls", lambda dtype: dtypes.append(str(dtype)) or [])
    for dtype in "float32", "float64", "float32":
        compile_kernels(np.empty(0, dtype))
    assert dtypes == ["float32", "float64"]
    (tmp_path / "source.py").write_text("two")
    drop_stale_cache(tmp_path, tmp_path)
    compile_kernels(np.empty(0, np.float32))
    assert dtypes == ["float32", "float64", "float32"]


@pytest.mark.parametrize("watched, warm", [(True, False), (True, True), (False, False)])
def test_whoever_waits_for_the_compiler_reads_why_once_and_has_helpers(tmp_path, monkeypatch, capsys, watched, warm):
    started = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched, raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # which another test may have imported
    monkeypatch.setattr(cache, "start_helpers", started.append)
    for dtype in ("float32", "float64") if warm else ():
        warm_marker(tmp_path, dtype).touch()
    for dtype in "float32", "float32", "float64":
        begin_compilation(tmp_path, dtype)
    assert capsys.readouterr().err.count("compiling the kernels") == (watched and not warm)
    assert started == ([] if warm else ["float32"])


@pytest.mark.parametrize(
    "changed, other",
    [
        ("sys.implementation.cache_tag", "cpython-399"),
        ("numba.__version__", "99.0"),
        ("get_host_cpu_name", lambda: "another"),
        ("get_host_cpu_features", lambda: FeatureMap(another=True)),
        ("simd", lambda: "another"),
    ],
)
def test_kernels_of_another_program_or_processor_do_not_count_as_compiled(tmp_path, monkeypatch, changed, other):
    started = []
    monkeypatch.setattr(cache, "start_helpers", started.append)
    warm_marker(tmp_path, "float32").touch()
    begin_compilation(tmp_path)
    assert not started
    monkeypatch.setattr(f"{cache.__name__}.{changed}", other)
    begin_compilation(tmp_path)
    assert started == ["float32"]


@pytest.mark.parametrize("threads, parts", [(1, []), (2, ["1.0"]), (3, ["0.5", "1.0"]), (64, ["0.33", "0.66", "1.0"])])
def test_a_helper_is_started_for_each_further_core_up_to_three(monkeypatch, threads, parts):
    started = []
    monkeypatch.setattr(helpers, "MOST", threads)
    monkeypatch.setattr(helpers, "running", started)
    monkeypatch.setattr(helpers.subprocess, "Popen", lambda command, **_: command[-1])
    monkeypatch.setattr(helpers.atexit, "register", lambda *_: None)
    helpers.start_helpers("float64")
    assert [code.rpartition("('float64', ")[2][: len(part)] for code, part in zip(started, parts, strict=True)] == parts


def test_where_no_process_may_be_started_there_are_no_helpers(monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError

    monkeypatch.setattr(helpers, "MOST", 2)
    monkeypatch.setattr(helpers, "running", [])
    monkeypatch.setattr(helpers.subprocess, "Popen", forbidden)
    helpers.start_helpers("float32")
    assert not helpers.running


@pytest.mark.parametrize("part, made", [(1.0, "dcba, all"), (0.5, "ba")])
def test_a_helper_begins_with_the_last_calls_of_its_part_and_records_when_it_has_made_all(monkeypatch, part, made):
    names = []
    monkeypatch.setattr(warm_up, "mark", lambda dtype: names.append(", all"))
    monkeypatch.setattr(warm_up, "all_calls", lambda dtype: [(name, (), "auto") for name in "abcd"])
    monkeypatch.setattr(warm_up, "make", lambda name, arguments, forced: names.append(name))
    help_to_compile("float32", part)
    assert "".join(names) == made


def test_a_helper_ends_when_the_process_that_started_it_has_ended(monkeypatch):
    names, parents = [], iter([7, 7, 7, 1])
    monkeypatch.setattr(warm_up, "mark", lambda dtype: names.append("all"))
    monkeypatch.setattr(warm_up, "all_calls", lambda dtype: [(name, (), "auto") for name in "abcd"])
    monkeypatch.setattr(warm_up, "make", lambda name, arguments, forced: names.append(name))
    monkeypatch.setattr(warm_up.os, "getppid", lambda: next(parents))
    help_to_compile("float32", 1.0)
    assert names == ["d", "c"]


FIRST_KERNEL = """
import numpy as np, time
from minifcn.kernels.cpu.runtime import compile
compile.copy(np.ones(3), np.ones(3))
while not list(compile.CACHE.glob("depthwise.*")):  # this process compiles no convolution
    time.sleep(0.05)
"""


@pytest.mark.slow
def test_a_helper_compiles_what_the_process_that_started_it_has_not(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_NUM_THREADS": "2"}
    command = [sys.executable, "-c", FIRST_KERNEL]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
