"""What must be measured in a fresh process: start-up time, and the memory a step needs.

Each measurement is a run of `python -c`, which prints one line of JSON. Read compile_profile.py next.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from . import rival
from .case import Goal, Row
from .net_cases import DEMO, step_name

OUR_START = """
import json, time
began = time.perf_counter()
from minifcn import tensor
imported = time.perf_counter()
from minifcn.bench.net_cases import DEMO, our_net
our_net("small", DEMO.batch, DEMO.size)["step"]()
print(json.dumps([imported - began, time.perf_counter() - imported]))
"""
THEIR_START = f"""
import json, runpy, time
began = time.perf_counter()
import torch
imported = time.perf_counter()
TorchFCN = runpy.run_path({str(Path(__file__).with_name("rival_networks.py"))!r})["TorchFCN"]
net, x, labels = TorchFCN(8), torch.randn({DEMO.batch}, 3, 96, 96), torch.randint(0, 8, ({DEMO.batch}, 96, 96))
optimizer = torch.optim.AdamW(net.parameters())
torch.nn.functional.cross_entropy(net(x), labels).backward()
optimizer.step()
print(json.dumps([imported - began, time.perf_counter() - imported]))
"""
STEP_MEMORY = "from minifcn.bench.alone import print_step_memory; print_step_memory({!r}, {!r}, {}, {}, {})"
MEGABYTE = 1e6


def start_rows(threads, repeats):
    """The import and the demo net's first step, without compiled code and with the code cached on disk."""
    theirs = [run_child(THEIR_START, threads) for _ in range(repeats)] if rival.installed() else []
    their_import, their_step = (median(times) for times in zip(*theirs)) if theirs else (None, None)
    with tempfile.TemporaryDirectory() as cache:
        cold = run_child(OUR_START, threads, NUMBA_CACHE_DIR=cache)
        warm = [run_child(OUR_START, threads, NUMBA_CACHE_DIR=cache) for _ in range(repeats)]
    our_import, our_step = (median(times) for times in zip(*warm))
    for name, ours, torch, goal in (
        ("import", our_import, their_import, Goal(0.35, 0.25, larger=False)),
        ("first step, nothing compiled", cold[1], their_step, Goal(15, 8, larger=False)),
        ("first step, compiled code on disk", our_step, their_step, Goal(1, 0.6, larger=False)),
    ):
        yield Row("start", name, "", "s", ours, torch, value=ours, goal=goal)


def memory_row(threads, backbone, N, side, recompute=False):
    """The peak memory of two training steps, beyond what the libraries themselves need. recompute: ours, as our_net()."""
    megabytes = {
        name: run_child(STEP_MEMORY.format(name, backbone, N, side, recompute), threads) / MEGABYTE
        for name in (("ours", "torch") if rival.installed() else ("ours",))
    }
    ours, torch = megabytes["ours"], megabytes.get("torch")
    value = ours / torch if torch else None
    goal = Goal(0.6, 0.5, larger=False) if recompute else Goal(1.1, 0.8, larger=False)
    return Row("memory", step_name(backbone, N, side, recompute), "", "MB", ours, torch, value=value, goal=goal)


def run_child(code, threads, launcher=(), name="a child process", **environment):
    """The JSON that `code` prints in a new Python process; RuntimeError, with its `name`, if it fails.

    launcher: words of the command before Python's, such as mpiexec's
    """
    path = os.pathsep.join([str(Path(__file__).parent.parent.parent), os.environ.get("PYTHONPATH", "")])
    settings = {"NUMBA_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), "PYTHONPATH": path}
    command, environment = [*launcher, sys.executable, "-c", code], os.environ | settings | environment
    result = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RuntimeError(f"bench: {name} ended with exit code {result.returncode}: {reason}")
    return json.loads(result.stdout.splitlines()[-1])


# In the child ---------------------------------------------------------------------------------------------------------


def print_step_memory(contender, backbone, N, side, recompute):
    """Print the bytes by which two steps raise this process's peak memory above its level after a tiny net's step."""
    from .net_cases import our_net, their_net

    make = functools.partial(our_net, recompute=recompute) if contender == "ours" else their_net
    make("small", 1, 32)["step"]()  # loads the code that steps run
    before = resident_bytes()
    step = make(backbone, N, side)["step"]
    step()  # allocates the optimizer's state
    step()
    print(resident_bytes(peak=True) - before)


def resident_bytes(peak=False):
    """The resident memory of this process in bytes, or its peak.

    Without /proc, the peak serves for both. On Linux, getrusage's peak would include the parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM" if peak else "VmRSS")]
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
