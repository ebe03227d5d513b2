"""`minifcn bench --only ranks`: a training step in one process with all threads, and on two ranks with half of them each.

The batch is the same, so the ranks have half of the images each, and add up their gradients. What that adds is the
difference to the same step before the ranks join: each then computes its half alone, at the same time as the other.
The table ends with what a sum over two ranks costs here: docs/scale.md has what follows for many. Read networks.py next.
"""

import json
import shutil
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from .. import distributed
from ..extras import INSTALL, MissingPackage, installed
from ..files import atomic_write, make_folder, printable
from ..parallel import over_all_ranks
from .alone import run_child
from .machine import machine
from .net_cases import DEMO, make_net, our_net, step_name
from .report import machine_lines

SETTINGS = [("small", DEMO.batch, DEMO.size), ("vgg16", 2, 224)]
REPEATS = 2  # of both programs, one after the other in turn
ROUNDS = {"small": 15, "vgg16": 3}  # steps in each
TWO_SUMS = 1, 2**24  # numbers: the latency of a sum, and, with 64 MB, its bandwidth
STEP = "from minifcn.bench.ranks import print_step; print_step({!r}, {}, {}, {})"
SUMS = "from minifcn.bench.ranks import print_sums; print_sums()"


def run_benchmark(threads, out, quick=False):
    """Measure, print the table, and write bench-ranks.json into the folder `out`; returns its path."""
    if not installed("mpi4py") or mpiexec() is None:
        raise MissingPackage(f"bench: measuring ranks needs mpi4py and mpiexec; run: {INSTALL['mpi']}")
    facts, rows, half = machine(threads), [], max(1, threads // 2)
    print("\n".join(machine_lines(facts)))
    columns = f"{f'1 rank x {threads}':>14}{f'2 ranks x {half}':>14}{'ratio':>8}{'of it, sums':>14}"
    print(f"\n{'one training step (ms), ranks x threads':44}{columns}")
    for setting in SETTINGS:
        rows.append(measure(setting, threads, half, 1 if quick else REPEATS))
        print(row_line(rows[-1]), flush=True)
    sums = start(2, half, SUMS)
    print(f"\na sum over 2 ranks: {1e6 * sums['latency']:.0f} us, and {sums['bandwidth'] / 1e9:.2f} GB/s for {4 * TWO_SUMS[1] >> 20} MB")
    path = make_folder(out) / "bench-ranks.json"
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps({"machine": facts, "rows": rows, "sums": sums}, indent=1))
    print(f"\nwritten: {printable(path)}")
    return path


def measure(setting, threads, half, repeats):
    """{name, parameters, one, two, alone}: a step's milliseconds in one process, on two ranks, and of their halves alone."""
    backbone, N, side = setting
    found = [(start(1, threads, STEP.format(backbone, N, side, ROUNDS[backbone])),
              start(2, half, STEP.format(backbone, N // 2, side, ROUNDS[backbone]))) for _ in range(repeats)]  # fmt: skip
    one, two = zip(*found)
    times = {"one": [run["alone"] for run in one], "two": [run["joined"] for run in two], "alone": [run["alone"] for run in two]}
    parameters = sum(parameter.size for parameter in make_net(backbone).parameters() if parameter.requires_grad)
    return {"name": step_name(*setting), "parameters": parameters} | {name: median(values) for name, values in times.items()}


def row_line(row):
    share = max(0.0, 1 - row["alone"] / row["two"])
    return f"{row['name']:44}{row['one']:14.1f}{row['two']:14.1f}{row['one'] / row['two']:8.2f}{share:14.0%}"


def mpiexec():
    """The mpiexec that was installed beside this Python, else the first on the PATH; None without either."""
    return shutil.which("mpiexec", path=Path(sys.executable).parent) or shutil.which("mpiexec")


def start(ranks, threads, code):
    """The JSON that rank 0 prints when `code` runs on several ranks; on one, without mpiexec."""
    launcher = [mpiexec(), "-n", str(ranks)] if ranks > 1 else []
    return run_child(code, threads, launcher, f"{ranks} ranks")


# On a rank ------------------------------------------------------------------------------------------------------------


def print_step(backbone, N, side, rounds):
    """Print, from rank 0, a step's milliseconds with N images on each rank: "alone" before the ranks join, and "joined"."""
    net = make_net(backbone)
    found = {"alone": milliseconds(our_net(backbone, N, side, net=net)["step"], rounds)}
    distributed.init_process_group()
    if distributed.is_initialized():
        net = over_all_ranks(net)
        found["joined"] = milliseconds(our_net(backbone, N, side, net=net)["step"], rounds)
    if distributed.get_rank() == 0:
        print(json.dumps(found))


def print_sums():
    """Print, from rank 0, the seconds that the sum of one number takes, and the bytes a second of the sum of many."""
    distributed.init_process_group()
    small, large = (np.ones(count, np.float32) for count in TWO_SUMS)
    latency = milliseconds(lambda: distributed.all_reduce(small), 1000) / 1e3
    seconds = milliseconds(lambda: distributed.all_reduce(large), 9) / 1e3
    if distributed.get_rank() == 0:
        print(json.dumps({"latency": latency, "bandwidth": large.nbytes / seconds}))


def milliseconds(function, rounds):
    """The median time of a call, after one that is not counted."""
    function()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - began))
    return median(times)
