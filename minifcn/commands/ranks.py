"""A command on several ranks: what `mpiexec -n 4 minifcn train ...` does beyond `minifcn train ...`.

Rank 0 alone prints. An error that all ranks meet alike, such as a missing file, is reported once, as in one process; one
that a rank meets alone ends all of them, with a sentence that names it. Without that, the others would wait for its
gradients, and mpiexec for the others.
"""

import atexit
import platform
import sys
import time
import traceback
from importlib import metadata

from .. import distributed, guard, lifelines
from ..files import printable
from ..guard import rank_here, rank_of_mpiexec, say
from .errors import EXPECTED, sentence_about

COMMANDS = ("train", "compare", "evaluate", "predict", "grade")  # those that divide their work
TOGETHER = 5.0  # seconds within which all ranks meet the same error
FAILED = 1000  # the tag of the messages about that


def run_on_ranks(name, parse):
    """Run a command on this rank, and return its exit code. Raises, on rank 0, what all ranks raise alike.

    parse: a function that returns the parsed options
    ValueError for a command that does not divide its work: every rank would do all of it, and write the same files.
    """
    try:
        options = parse()
        if name and name not in COMMANDS:
            known = ", ".join(COMMANDS)
            raise ValueError(f"{name} does not divide its work between ranks, as {known} do; start it without mpiexec")
        distributed.init_process_group("nccl" if getattr(options, "device", "cpu") == "cuda" else None)
    except BaseException as error:
        if not finished(error):
            end_before_joining(error)
        raise
    guard.joined()
    try:
        check_versions()
        lifelines.connect()
        return options.command(options)
    except BaseException as error:
        joined = distributed.is_initialized()
        alike = all_failed() if joined else isinstance(error, KeyboardInterrupt)  # Ctrl-C reaches all ranks
        if not (alike or finished(error)):
            stop(error)
        sys.excepthook = sys.__excepthook__  # from here on, each rank ends by itself
        atexit.register(distributed.mute)
        raise


def finished(error):
    """Whether an exception is the end of a program that has done what it was to do, as after --help."""
    return isinstance(error, SystemExit) and error.code in (0, None)


def end_before_joining(error):
    """Have all ranks end with this one: it has not joined them yet, and they would wait for it in MPI's start for ever.

    What all ranks meet alike, such as a wrong option, rank 0 says, and ends the others. If a moment later it has not, this
    rank has met the error alone.
    """
    if rank_of_mpiexec():
        time.sleep(TOGETHER)
        say_why(error)
    code = error.code if isinstance(error, SystemExit) else 130 if isinstance(error, KeyboardInterrupt) else 1
    atexit.register(guard.end_all_ranks, code)  # before MPI's own end, which would wait for them, too


def check_versions():
    """ValueError if the ranks are not the same programs, as on machines that were set up separately."""
    version = sys.modules[__name__.partition(".")[0]].__version__
    libraries = {name: metadata.version(name) for name in ("NumPy", "Numba")}  # which compute: others round differently
    ours = {"minifcn": version, "Python": platform.python_version()} | libraries
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
    say_why(error)
    if distributed.is_initialized():
        distributed.abort()
    sys.exit(1)


def say_why(error):
    """Say which rank stops with an exception, in a sentence; before it, the traceback of one that nobody expected."""
    sentence = sentence_about(error)
    if isinstance(error, SystemExit):
        wrong = "it does not understand the command line; install the same versions on all machines"
        sentence = wrong if error.code == 2 else f"exit code {error.code}"
    elif isinstance(error, KeyboardInterrupt):
        sentence = "interrupted"
    elif not isinstance(error, EXPECTED):
        traceback.print_exception(error, file=sys.__stderr__)
        sentence = f"{type(error).__name__}: {error}"
    say(f"{rank_here()} stopped: {printable(sentence)}")
