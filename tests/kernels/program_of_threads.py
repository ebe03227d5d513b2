"""Not a test but what test_threads.py runs in processes of their own: some kernels, called from the place it is told.

    python program_of_threads.py here | fork | pool | loader | threads

prints one line of JSON: the bits of the result here and of those from there, and the warnings.
"""

import hashlib
import json
import multiprocessing
import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def bits(seed):
    """A fingerprint of what kernels make of random images: the algorithm asked for, np.dot inside one, plain loops.

    The deep images make a matrix product (im2col) of which OpenBLAS shows in its bits how many threads have cut it.
    """
    from minifcn.kernels import algorithm, cpu
    from minifcn.kernels.geometry import conv_geometry

    rng = np.random.default_rng(seed)
    x, weight = rng.standard_normal((2, 16, 40, 30), np.float32), rng.standard_normal((16, 16, 3, 3), np.float32)
    y = cpu.relu_forward(cpu.conv_forward(x, weight, conv_geometry(3, padding=1)), 0.1)
    with algorithm("im2col_blocks"):
        y = cpu.conv_forward(y, weight, conv_geometry(3, padding=1))
    deep, weight = rng.standard_normal((2, 112, 10, 15), np.float32), rng.standard_normal((64, 112, 3, 3), np.float32)
    product = cpu.conv_forward(deep, weight, conv_geometry(3, padding=1))
    return hashlib.md5(np.ascontiguousarray(y).tobytes() + np.ascontiguousarray(product).tobytes()).hexdigest()


def give_blas_two_threads():
    """Also where the machine has one core, or the environment asks for one: else no product would be cut."""
    from minifcn.kernels.cpu.runtime import blas

    for _, set_count in blas.blas_libraries():
        set_count(2)


class Samples:
    """A data set for PyTorch's DataLoader whose samples are made by kernels."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return bits(index)


def from_fork():
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(outlet, json.dumps([bits(seed) for seed in range(4)]).encode())
        os._exit(0)
    os.close(outlet)
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the forked process ended with status {status}"
    with open(inlet) as text:
        return json.load(text)


def from_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(bits, range(4))


def from_loader():
    from torch.utils.data import DataLoader

    loader = DataLoader(Samples(), batch_size=1, num_workers=2, multiprocessing_context="fork")
    return [batch[0] for batch in loader]


def from_threads():
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(bits, seed % 4) for seed in range(40)]
        return sorted({future.result() for future in rounds}, key=[bits(seed) for seed in range(4)].index)


PLACES = {"here": list, "fork": from_fork, "pool": from_pool, "loader": from_loader, "threads": from_threads}

if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if sys.argv[1] == "threads":
            give_blas_two_threads()
        here = [bits(seed) for seed in range(4)]
        there = PLACES[sys.argv[1]]()
    told = [str(warning.message) for warning in caught if issubclass(warning.category, RuntimeWarning)]
    print(json.dumps({"here": here, "there": there, "warnings": told}))
