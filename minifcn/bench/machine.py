"""The machine the figures were measured on, and its limits: peak arithmetic throughput and memory bandwidth.

Read profile.py next.
"""

import datetime
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import threadpoolctl

from ..kernels.cpu.runtime.simd import simd
from . import rival


def machine(threads):
    """The processor, the versions and the settings, as a dict of strings and numbers."""
    kind = simd()
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": threads,
        "simd": "plain" if kind is None else f"{kind.name}, {8 * kind.bytes} bits",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "threading layer": numba.threading_layer(),
        "spins": os.environ.get("GOMP_SPINCOUNT", "the default number"),
        "torch": rival.load(threads),
        "date": datetime.datetime.now().astimezone().isoformat(timespec="minutes"),
    }


def cpu_model():
    """The processor's name as the system reports it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def arithmetic_peak(threads, n=1536):
    """float32 GFLOP/s of `threads` cores: one core's best in a matrix product of NumPy's BLAS, times `threads`."""
    a, b = np.ones((n, n), np.float32), np.ones((n, n), np.float32)
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        return threads * 2e-9 * n**3 / shortest(lambda: a @ b)


def memory_peak(threads, megabytes=256):
    """GB/s read and written by `threads` threads copying arrays too large for any cache: the best of several runs."""
    pieces = [np.ones(megabytes * 10**6 // threads, np.uint8) for _ in range(threads)]
    copies = [np.empty_like(piece) for piece in pieces]
    with ThreadPoolExecutor(threads) as pool:
        return 2e-9 * sum(p.nbytes for p in pieces) / shortest(lambda: list(pool.map(np.copyto, copies, pieces)))


def shortest(function, times=25):
    """The shortest time of `times` calls, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return min(taken)
