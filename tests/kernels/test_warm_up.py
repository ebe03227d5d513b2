"""After warm_up nothing is left to compile: it calls every kernel of the registry, in each form that training needs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minifcn.kernels import compile_kernels, cpu
from minifcn.kernels.cpu import warm_up
from minifcn.kernels.cpu.convolution.conv import IMPLEMENTATIONS
from minifcn.kernels.cpu.runtime.cache import announce_compilation, drop_stale_cache, warm_marker
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.cpu.warm_up import tiny_calls, tiny_convolutions

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
from minifcn import models, optim, tensor
from minifcn.functional import cross_entropy

images, labels = np.ones((2, 3, 96, 96), np.float32), np.zeros((2, 96, 96), np.int64)
for backbone, optimizer in (models.SmallVGG(), optim.SGD), (models.ResNet18(width=0.25), optim.AdamW):
    net = models.FCN8s(backbone, 4, "learned")
    cross_entropy(net(tensor(images)), labels).backward()
    optimizer(net.parameters(), lr=1e-3).step()
print(*late, sep="\\n", end="")
"""


def test_every_kernel_is_warmed():
    calls = tiny_calls(np.dtype(np.float32)) + tiny_convolutions(np.dtype(np.float32))
    assert {name for name, _, _ in calls} == set(cpu.__all__)


def test_every_algorithm_is_warmed_in_a_convolution_that_it_fits():
    calls = tiny_convolutions(np.dtype(np.float32))
    assert {forced for _, _, forced in calls} == set(IMPLEMENTATIONS)
    for name, arguments, forced in calls:
        if name == "conv_forward" and simd():
            x, weight, geometry = arguments
            assert IMPLEMENTATIONS[forced].fits("forward", weight.shape, geometry, x.dtype), forced


@pytest.mark.slow
def test_a_first_step_of_training_compiles_nothing_more():
    command = [sys.executable, "-c", STEPS]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_kernels_are_compiled_once_per_dtype_and_again_after_a_change_of_their_source(tmp_path, monkeypatch):
    (tmp_path / "source.py").write_text("one")
    drop_stale_cache(tmp_path, tmp_path)
    dtypes = []
    monkeypatch.setattr(warm_up, "CACHE", tmp_path)
    monkeypatch.setattr(warm_up, "tiny_calls", lambda dtype: dtypes.append(str(dtype)) or [])
    monkeypatch.setattr(warm_up, "tiny_convolutions", lambda dtype: [])
    for dtype in "float32", "float64", "float32":
        compile_kernels(np.empty(0, dtype))
    assert dtypes == ["float32", "float64"]
    (tmp_path / "source.py").write_text("two")
    drop_stale_cache(tmp_path, tmp_path)
    compile_kernels(np.empty(0, np.float32))
    assert dtypes == ["float32", "float64", "float32"]


@pytest.mark.parametrize("watched, warm", [(True, False), (True, True), (False, False)])
def test_whoever_waits_for_the_compiler_reads_why_once(tmp_path, monkeypatch, capsys, watched, warm):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched, raising=False)
    if warm:
        warm_marker(tmp_path, "float32").touch()
    announce_compilation(tmp_path)
    announce_compilation(tmp_path)
    assert capsys.readouterr().err.count("compiling the kernels") == (watched and not warm)
