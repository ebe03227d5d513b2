"""A rank is two processes: the one that mpiexec started only waits for its child, which computes, and says how it ended.

When a rank is killed, mpiexec (MPICH's) kills the others in the same instant, so none of them can say which it was,
and what mpiexec itself prints names the first rank of the machine, whichever died. A process that does nothing
survives what kills the one that computes: it names the rank and has mpiexec end the others. Read worklist.py next.
"""

import contextlib
import os
import shutil
import signal
import socket
import stat
import sys
import threading
import time
from pathlib import Path

RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK")  # the number of this process, as MPICH's and Open MPI's mpiexec say it
SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")  # the number of processes
LOCAL_RANKS = ("MPI_LOCALRANKID", "OMPI_COMM_WORLD_LOCAL_RANK")  # the number of this one among those on its machine
LOCAL_SIZES = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE")  # the number of those
HEARD = 0.3  # seconds that mpiexec has to pass on what it has read, before it ends
READING = 10.0  # seconds that it has to read it
ENDING = 5.0  # seconds that mpiexec has to end all ranks
PAUSE = 0.1  # seconds between two looks into a folder
JOINED = b"\0"  # which is in no path

_guard = None  # in the process that computes: a socket to the one that waits


def rank_of_mpiexec():
    """The rank of this process, known before any MPI is loaded; 0 without mpiexec."""
    return said_by_mpiexec(RANKS, 0)


def ranks_on_this_machine():
    """The number of processes that mpiexec started on this machine; 1 without it."""
    return said_by_mpiexec(LOCAL_SIZES, 1)


def ranks_of_mpiexec():
    """The number of processes that mpiexec started, known before any MPI is loaded; None without it."""
    return said_by_mpiexec(SIZES, None)


def said_by_mpiexec(names, otherwise):
    """The number in the first of these environment variables that is set."""
    return next((int(os.environ[name]) for name in names if name in os.environ), otherwise)


def rank_here():
    """This rank as sentences name it: "rank 1", or "rank 1 on HOST" if not all ranks are on this machine."""
    several = (ranks_of_mpiexec() or 1) > ranks_on_this_machine()
    return f"rank {rank_of_mpiexec()}" + (f" on {socket.gethostname()}" if several else "")


def split():
    """Start the process that computes, and return in it. This one becomes its guard, and exits as it does.

    The guard is this file run as a program: small, and in a list of processes easily told from the one that computes.
    Windows cannot divide a process; there, no guard names a rank that is killed.
    """
    global _guard
    if not hasattr(os, "fork"):
        return
    ours, _guard = socket.socketpair()
    child = os.fork()
    if child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both processes; the child decides
        os.set_inheritable(ours.fileno(), True)
        os.execv(sys.executable, [sys.executable, "-ES", __file__, str(child), str(ours.fileno())])
    ours.close()
    threading.Thread(target=end_with_the_guard, daemon=True).start()


def hush():
    """Discard what this process prints, unless it is rank 0."""
    if rank_of_mpiexec():
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (until the process ends)


def end_with_the_guard():
    """End this process when its guard ends, which is when recv returns: the guard never sends anything."""
    with contextlib.suppress(OSError):  # it has not read all that it was sent
        _guard.recv(1)
    os._exit(1)


def joined():
    """Say that this rank has joined the others. Until then they wait for it in MPI's start, however it ends."""
    if _guard is not None:
        _guard.sendall(JOINED)


def outlive(folder):
    """From here on, let the other ranks go on if this one dies: its guard then leaves word of that in `folder`."""
    if _guard is not None:
        _guard.sendall(os.fsencode(folder))


# The guard ------------------------------------------------------------------------------------------------------------


def watch(child, ours):
    """Wait until the child ends, and return the exit code. If it is killed, or fails before it has joined, end all ranks."""
    rank = rank_here()
    _, status = os.waitpid(child, os.WUNTRACED)
    while os.WIFSTOPPED(status):
        how = f"`kill -CONT {child}`{' there' if ' on ' in rank else ''} continues it"
        say(f"{rank} was stopped ({name_of(os.WSTOPSIG(status))}), and the others wait for it; {how}")
        _, status = os.waitpid(child, os.WUNTRACED)
    code = os.waitstatus_to_exitcode(status)
    joined, folder = said_by_child(ours)
    if folder is not None:
        return leave_to_the_others(folder, rank_of_mpiexec(), code)
    if code < 0:
        say(f"{rank} was killed ({name_of(-code)}), so all ranks end; the files written so far are complete")
        return end_all_ranks(128 - code)
    return code if joined or code == 0 else end_all_ranks(code)


def said_by_child(ours):
    """(whether the child has called joined(), the folder that it passed to outlive(), or None)."""
    ours.setblocking(False)
    said = b""
    with contextlib.suppress(BlockingIOError):  # a process of the child's still holds the other end
        said = ours.recv(10_000)
    path = said.removeprefix(JOINED)
    return said.startswith(JOINED), Path(os.fsdecode(path)) if path else None


def end_all_ranks(code):
    """End all ranks, with an exit code, by what MPI_Abort sends to mpiexec. One that is not MPICH's ends them by itself."""
    wait_until_heard()
    if tell_mpiexec(f"cmd=abort exitcode={code}\n"):
        time.sleep(ENDING)
    return code


def wait_until_heard(stderr=2):
    """Wait until mpiexec has read what this process wrote to standard error: once it ends all ranks, it reads no more."""
    with contextlib.suppress(ImportError):  # on Windows
        import fcntl
        import termios

        deadline = time.monotonic() + READING
        while stat.S_ISFIFO(os.fstat(stderr).st_mode) and time.monotonic() < deadline:
            if not any(fcntl.ioctl(stderr, termios.FIONREAD, bytes(4))):
                break
            time.sleep(0.01)
    time.sleep(HEARD)


def tell_mpiexec(message):
    """Send a message in the protocol between MPICH's mpiexec and a rank (PMI-1); returns whether it could be sent."""
    with contextlib.suppress(KeyError, OSError):
        return os.write(int(os.environ["PMI_FD"]), message.encode()) > 0
    return False


def leave_to_the_others(folder, rank, code):
    """Note in `folder` that this rank takes no more work. Rank 0's guard waits for all, and removes the folder."""
    with contextlib.suppress(OSError):
        (folder / f"gone-{rank}").touch()
    if code < 0:
        rest = "go on" if rank else "go on, but it was to write the summary: start the same command again"
        say(f"{rank_here()} was killed ({name_of(-code)}), and what it was working on is lost; the other ranks {rest}")
        if tell_mpiexec("cmd=finalize\n"):  # what the child can no longer say, and without which mpiexec would end all
            os.read(int(os.environ["PMI_FD"]), 100)
    if rank:
        return 0  # rank 0 reports what is lost
    ranks = int((folder / "ranks").read_text())
    while len(list(folder.glob("gone-*"))) < ranks:
        time.sleep(PAUSE)
    shutil.rmtree(folder, ignore_errors=True)
    return code if code >= 0 else 128 - code


def name_of(number):
    """ "SIGKILL" for 9."""
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def say(sentence):
    """Write a line in one piece, so that mpiexec does not mix it with another rank's: print may write its end apart."""
    sys.__stderr__.write(f"minifcn: {sentence}\n")
    sys.__stderr__.flush()


if __name__ == "__main__":
    sys.exit(watch(int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))))
