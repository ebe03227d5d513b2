"""Compiled kernels are kept on disk, are dropped when a source file changes, and work where nothing can be written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core import event

from minifcn import kernels
from minifcn.kernels.cpu.runtime import compile
from minifcn.kernels.cpu.runtime.cache import FilesNamedByKey, KernelCache, drop_stale_cache
from minifcn.kernels.cpu.runtime.compile import inlined, kernel
from minifcn.kernels.cpu.runtime.launch import parallel

NOWHERE = "/proc/nonexistent"  # not even root can make it
COPIES = """
import warnings
import numpy as np
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from kernels.cpu.convolution import tile
    from kernels.cpu.runtime import compile, simd
source, target = np.arange(3.0), np.zeros(3)
compile.copy(source, target)
assert target.tolist() == [0, 1, 2]
assert compile.CACHE or simd.simd() is None or tile.strip_address(np.float32)
print(compile.CACHE)
print(*[warning.message for warning in caught if issubclass(warning.category, RuntimeWarning)], sep="\\n")
"""


@pytest.fixture
def installed(tmp_path):
    """The package `kernels` in a folder where Numba can keep nothing, because a file takes the place of __pycache__."""
    package = tmp_path / "kernels"
    shutil.copytree(Path(kernels.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "cpu" / "runtime" / "__pycache__").touch()
    return tmp_path


def run(folder, **variables):
    """What COPIES prints, line by line, in a process that has a home folder only where `variables` name one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "XDG_"))}
    environment = kept | {"HOME": NOWHERE, "PYTHONPATH": str(folder), "NUMBA_THREADING_LAYER": "default"} | variables
    command = [sys.executable, "-c", COPIES]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the home folder is moved into /proc")
def test_kernels_work_where_nothing_can_be_written_and_name_the_fix_once(installed):
    cache, warning = run(installed)
    assert cache == "None"
    assert str(installed) in warning and "set NUMBA_CACHE_DIR to a writable folder" in warning


def test_compiled_kernels_are_kept_in_the_folder_that_numba_cache_dir_names(installed, tmp_path):
    cache, warning = run(installed, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert Path(cache).parent == tmp_path / "cache" and warning == ""
    assert (Path(cache) / "sources.sha256").exists() and list(Path(cache).glob("*.nbc"))


def test_compiled_kernels_are_dropped_when_any_source_file_has_changed(tmp_path):
    source, compiled = tmp_path / "im2col.py", tmp_path / "conv.nbi"
    source.write_text("one")
    drop_stale_cache(tmp_path, tmp_path)
    compiled.touch()
    drop_stale_cache(tmp_path, tmp_path)
    assert compiled.exists()
    source.write_text("two")
    drop_stale_cache(tmp_path, tmp_path)
    assert not compiled.exists()


def test_two_processes_that_compile_together_keep_each_its_own_code(tmp_path):
    files = [FilesNamedByKey(str(tmp_path), "share-1", "stamp") for _ in range(2)]
    for file, dtype in zip(files, ("float32", "float64"), strict=True):
        file.save(dtype, f"code for {dtype}")
    for file in files:
        assert [file.load(dtype) for dtype in ("float32", "float64")] == ["code for float32", "code for float64"]


def test_code_for_another_version_of_the_source_is_not_loaded(tmp_path):
    FilesNamedByKey(str(tmp_path), "share-1", "stamp").save("float32", "code")
    assert FilesNamedByKey(str(tmp_path), "share-1", "later").load("float32") is None


def test_a_kernel_that_cannot_be_kept_is_computed_all_the_same(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    cache = KernelCache(test_a_kernel_that_cannot_be_kept_is_computed_all_the_same, tmp_path)
    monkeypatch.setattr(cache, "_save_overload", full)
    cache.save_overload("float32", "code")


LOADED = """
import numpy as np, sys
from minifcn.kernels import cpu
cpu.relu_forward(np.ones(3, np.float32), 0.0)
print(*[name for name in ("numba.np.arraymath", "scipy.linalg") if name in sys.modules])
"""


def test_a_kernel_on_disk_is_loaded_without_what_the_compiler_needs(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_NUM_THREADS": "1"}
    for expected in "numba.np.arraymath scipy.linalg\n", "\n":
        command = [sys.executable, "-c", LOADED]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=600)
        assert done.stdout == expected, done.stderr


@pytest.fixture
def compiled_functions(monkeypatch):
    """The names of the functions that are compiled, once for each time; nothing is read from disk."""
    monkeypatch.setattr(compile, "CACHE", None)
    names = []

    class Compilations(event.Listener):
        def on_start(self, event):
            if event.data["name"].startswith("translate_bytecode"):
                names.append(event.data["qualname"].rpartition(".")[2])

        def on_end(self, event):
            pass

    with event.install_listener("numba:run_pass", Compilations()):
        yield names


def test_a_parallel_kernel_is_compiled_once(compiled_functions):
    def fill(thread, threads, x):
        for t in range(thread, x.size, threads):
            x[t] = threads

    x = np.zeros(5)
    parallel(fill)(x)
    assert x.tolist() == [2] * 5
    assert compiled_functions.count("fill") == 1


def test_an_inlined_function_is_part_of_its_caller(compiled_functions):
    @inlined
    def double(x):
        return 2 * x

    quadruple = kernel(lambda x: double(double(x)))
    assert quadruple(3) == 12
    (code,) = double.overloads.values()
    assert not code.library.get_pointer_to_function(code.fndesc.llvm_func_name)


def test_an_inlined_function_that_python_calls_runs_as_python():
    @inlined
    def kind(x):
        return type(x)

    assert kind("text") is str
