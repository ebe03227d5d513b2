"""A command on several ranks: what `mpiexec -n 4 minifcn train ...` does beyond `minifcn train ...`.

Rank 0 alone prints. An error that all ranks meet alike, such as a missing file, is reported once, as in one process; one
that a rank meets alone ends all of them, with a sentence that names it. Without that, the others would wait for its
gradients, and mpiexec for the others.
"""

import os
import platform
import sys
import time
import traceback
from importlib import metadata

from .. import distributed, lifelines
from ..files import printable
from ..guard import rank_here, rank_of_mpiexec, say, split, wait_until_heard
from .errors import EXPECTED, sentence_about

COMMANDS = ("train", "compare", "evaluate", "predict", "grade")  # those that divide their work
TOGETHER = 5.0  # seconds within which all ranks meet the same error
FAILED = 1000  # the tag of the messages about that


def hush():
    """Discard what this process prints, unless it is rank 0."""
    if rank_of_mpiexec():
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (until the process ends)


def run_on_ranks(name, command, options):
    """Run a command on this rank, and return its exit code. Raises, on rank 0, what all ranks raise alike.

    ValueError for a command that does not divide its work: every rank would do all of it, and write the same files.
    """
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise ValueError(f"{name} does not divide its work between ranks, as {known} do; start it without mpiexec")
    split()
    distributed.init_process_group("nccl" if getattr(options, "device", "cpu") == "cuda" else None)
    try:
        check_versions()
        lifelines.connect()
        return command(options)
    except BaseException as error:
        joined, finished = distributed.is_initialized(), isinstance(error, SystemExit) and error.code in (0, None)
        alike = all_failed() if joined else isinstance(error, KeyboardInterrupt)  # Ctrl-C reaches all ranks
        if alike or finished:
            raise
        stop(error)


def check_versions():
    """ValueError if the ranks are not the same programs, as on machines that were set up separately."""
    version = sys.modules[__name__.partition(".")[0]].__version__
    ours = {"minifcn": version, "Python": platform.python_version(), "NumPy": metadata.version("numpy")}
    (_, first), *others = distributed.collect((rank_here(), ours))
    for name, theirs in others:
        if differ := [program for program in ours if theirs[program] != first[program]]:
            theirs, first = (" and ".join(f"{program} {found[program]}" for program in differ) for found in (theirs, first))
            raise ValueError(f"{name} has {theirs}, and rank 0 has {first}; install the same versions on all machines")


def all_failed():
    """Whether all ranks have come here: each sends a message to each, and waits a moment for those of the others."""
    world = distributed.load_mpi().COMM_WORLD
    others = set(range(world.size)) - {world.rank}
    for other in others:
        world.isend(world.rank, other, FAILED)
    deadline = time.monotonic() + TOGETHER
    while others and time.monotonic() < deadline:
        for other in [other for other in others if world.iprobe(other, FAILED)]:
            others.remove(world.recv(source=other, tag=FAILED))
        time.sleep(0.01)
    return not others


def stop(error):
    """Say why this rank stops. If the others need it, end them too, else exit."""
    sentence = sentence_about(error)
    if not isinstance(error, (*EXPECTED, KeyboardInterrupt, SystemExit)):
        traceback.print_exception(error, file=sys.__stderr__)
        sentence = f"{type(error).__name__}: {error}"
    say(f"{rank_here()} stopped: {printable(sentence)}")
    if distributed.is_initialized():
        wait_until_heard()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # MPI's own message says less
        distributed.load_mpi().COMM_WORLD.Abort(1)
    sys.exit(1)
