"""Whether NCCL works from here, with one rank: a sum over all ranks must then give back what it was given.

Run `python benchmarks/gpu_nccl.py` for CuPy's own cupyx.distributed, and `mpiexec -n 1 python benchmarks/gpu_nccl.py
--ours` for minifcn.distributed on top of it.
"""

import argparse
import sys
import time

import gpu_facts

NUMBERS = 25_000_000  # 100 MB of float32
REPEATS = 10


def cupyx_sum():
    """A function that sums an array over all ranks, in place."""
    from cupyx.distributed import init_process_group

    group = init_process_group(1, 0, backend="nccl")
    return lambda array: group.all_reduce(array, array, "sum")


def our_sum():
    """The same, of minifcn.distributed."""
    try:
        from minifcn import distributed
    except ImportError:
        sys.exit("this minifcn has no minifcn.distributed")
    distributed.init_process_group("nccl")
    if not distributed.is_initialized():
        sys.exit("minifcn.distributed joined no ranks; start this with mpiexec -n 1")
    return distributed.all_reduce


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", action="store_true", help="through minifcn.distributed, under mpiexec")
    options = parser.parse_args()
    if reason := gpu_facts.missing():
        sys.exit(reason)
    import cupy

    all_reduce = our_sum() if options.ours else cupyx_sum()
    array = cupy.arange(NUMBERS, dtype="float32")
    expected = array.copy()
    all_reduce(array)
    if not bool((array == expected).all()):
        sys.exit("the sum over one rank is not the array itself")
    start = time.perf_counter()
    for _ in range(REPEATS):
        all_reduce(array)
    cupy.cuda.Device().synchronize()
    milliseconds = (time.perf_counter() - start) / REPEATS * 1e3
    print(f"the sum of {4 * NUMBERS / 1e6:.0f} MB is right, {milliseconds:.2f} ms each")


if __name__ == "__main__":
    main()
