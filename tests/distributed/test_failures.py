"""A rank that dies, raises or is stopped: the others end, one sentence names it, and what is on disk is whole."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest
from ranks import LIMIT, MPIEXEC, environment, needs_ranks, start

from minifcn import distributed, guard, train
from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint
from minifcn.commands import ranks
from minifcn.progress import Progress

pytestmark = needs_ranks

COMMAND = """
import os, signal, sys
import numpy as np
from minifcn import __main__, distributed as dist
from minifcn.commands import ranks
from minifcn.progress import Progress

def train(options):
    rank = dist.get_rank()
    ranks.TOGETHER = {together}
    {happens}
    while True:
        dist.all_reduce(np.ones(1000, np.float32))

commands = __main__.COMMANDS["train"]
__main__.COMMANDS["train"] = tuple((name, train if name == "train" else function, text) for name, function, text in commands)
sys.exit(__main__.main(["train"]))
"""


def end_of(happens, ranks=2, together=0.5):
    """(exit code, the lines of standard error) of a command on several ranks in which something happens; it ends by itself.

    together: seconds that a rank with an error waits for the others to meet it, too
    """
    ended = start(ranks, "-c", COMMAND.format(happens=happens, together=together))
    return ended.returncode, [line for line in ended.stderr.splitlines() if line]


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_rank_is_named_and_all_ranks_end(rank):
    code, lines = end_of(f"if rank == {rank}: os.kill(os.getpid(), signal.SIGKILL)")
    assert lines == [f"minifcn: rank {rank} was killed (SIGKILL), so all ranks end; the files written so far are complete"]
    assert code == 128 + signal.SIGKILL


@pytest.mark.parametrize("rank", [0, 1])
def test_an_error_of_one_rank_ends_all_and_names_it(rank):
    code, lines = end_of(f"if rank == {rank}: raise OSError('cannot write x.npz: the disk is full')")
    assert (code, lines) == (1, [f"minifcn: rank {rank} stopped: cannot write x.npz: the disk is full"])


def test_a_rank_is_named_with_its_machine_where_there_are_several(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "two")
    for name, value in {"PMI_RANK": "3", "PMI_SIZE": "4", "MPI_LOCALNRANKS": "4"}.items():
        monkeypatch.setenv(name, value)
    assert guard.rank_here() == "rank 3"
    monkeypatch.setenv("MPI_LOCALNRANKS", "2")
    assert guard.rank_here() == "rank 3 on two"


def test_other_versions_on_another_machine_are_refused(monkeypatch):
    def collect(ours):
        return [ours, ("rank 1 on two", ours[1] | {"Numba": "0.1", "Python": "2.7"})]

    monkeypatch.setattr(distributed, "collect", collect)
    with pytest.raises(ValueError, match=r"^rank 1 on two has Python 2\.7 and Numba 0\.1, and rank 0 has Python .* and Numba "):
        ranks.check_versions()


def test_a_rank_ends_the_others_only_when_mpiexec_has_read_why(monkeypatch):
    monkeypatch.setattr(guard, "READING", 600.0)  # however busy the machine is
    reading, writing = os.pipe()
    os.write(writing, b"why")
    waiting = threading.Thread(target=guard.wait_until_heard, args=(writing,))
    waiting.start()
    waiting.join(2 * guard.HEARD)
    assert waiting.is_alive()
    os.read(reading, 10)
    waiting.join()
    os.close(reading)
    os.close(writing)


def test_an_unexpected_error_of_one_rank_has_its_traceback_and_the_sentence():
    code, lines = end_of("if rank == 1: {}['a']")
    assert code == 1 and lines[0].startswith("Traceback") and lines[-1] == "minifcn: rank 1 stopped: KeyError: 'a'"


def test_an_error_that_all_ranks_meet_is_reported_once_as_by_one_process():
    assert end_of("raise ValueError('there is no x; name another')", together=600) == (1, ["minifcn: there is no x; name another"])


@pytest.mark.parametrize("words", [["train", "--no-such-option"], []])
def test_a_wrong_command_line_is_reported_as_by_one_process(words, capsys):
    with pytest.raises(SystemExit):
        main(words)
    ended = start(2, "-m", "minifcn", *words)
    assert (ended.returncode, ended.stderr) == (2, capsys.readouterr().err)


BEFORE_JOINING = """
import os, signal, sys
from minifcn import __main__, distributed, guard
from minifcn.commands import ranks
from minifcn.extras import MissingPackage

def load_mpi():
    raise MissingPackage("no MPI is installed")

def parser(*given, **options):
    os.kill(os.getpid(), signal.{name})

if guard.rank_of_mpiexec() in {on}:
    {happens}
ranks.TOGETHER = {together}
sys.exit(__main__.main(["train"]))
"""


@pytest.mark.parametrize(
    ("on", "happens", "name", "code", "sentence"),
    [
        ((1,), "distributed.load_mpi = load_mpi", "SIGKILL", 1, "rank 1 stopped: no MPI is installed"),
        ((0, 1), "distributed.load_mpi = load_mpi", "SIGKILL", 1, "no MPI is installed"),
        ((1,), "__main__.parser = parser", "SIGINT", 130, "rank 1 stopped: interrupted"),
        ((1,), "__main__.parser = parser", "SIGKILL", 137,
         "rank 1 was killed (SIGKILL), so all ranks end; the files written so far are complete"),
    ],
)  # fmt: skip
def test_a_rank_that_ends_before_it_has_joined_the_others_ends_them(on, happens, name, code, sentence):
    """They wait for it in MPI's start, for ever, and mpiexec lets them."""
    together = 0.5 if len(on) == 1 else 600
    ended = start(2, "-c", BEFORE_JOINING.format(on=on, happens=happens, name=name, together=together))
    assert (ended.returncode, ended.stderr) == (code, f"minifcn: {sentence}\n")


def test_a_rank_ends_with_its_guard_even_if_that_has_not_read_all(monkeypatch):
    codes = []
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(guard, "_guard", theirs)
    monkeypatch.setattr(guard.os, "_exit", codes.append)
    with theirs:
        guard.joined()
        ours.close()
        guard.end_with_the_guard()
    assert codes == [1]


def test_an_error_in_a_program_of_ones_own_ends_all_ranks():
    program = """
from minifcn import distributed
distributed.init_process_group()
if distributed.get_rank() == 1:
    {}["a"]
distributed.barrier()
"""
    ended = start(2, "-c", program)
    lines = ended.stderr.splitlines()
    assert ended.returncode == 1 and lines[0].startswith("Traceback")
    assert lines[-2:] == ["KeyError: 'a'", "minifcn: rank 1 stopped: KeyError, so all ranks end"]


def test_a_command_that_does_not_divide_its_work_is_refused():
    ended = start(2, "-m", "minifcn", "gradcheck")
    expected = (
        "minifcn: gradcheck does not divide its work between ranks, as train, compare, evaluate, predict, grade do;"
    )
    assert ended.returncode == 1 and ended.stderr == f"{expected} start it without mpiexec\n"


def test_a_stopped_rank_is_named_and_goes_on_when_it_is_continued():
    stops = "if rank == 1: os.kill(os.getpid(), signal.SIGSTOP)\n    dist.barrier()\n    return 0"
    command = [MPIEXEC, "-n", "2", sys.executable, "-c", COMMAND.format(happens=stops, together=600)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        sentence = process.stderr.readline()
        assert sentence.startswith("minifcn: rank 1 was stopped (SIGSTOP), and the others wait for it; ")
        os.kill(int(re.search(r"kill -CONT (\d+)", sentence)[1]), signal.SIGCONT)
        assert process.wait(timeout=LIMIT) == 0


# A real run -----------------------------------------------------------------------------------------------------------

TRAIN = ["train", "--model", "pixelwise", "--data", "shapes", "--size", "32", "--samples", "16", "--batch", "4"]
SEVENTH_STEP = """
import os, signal, sys
from minifcn import __main__, distributed as dist, train
step, steps = train.train_step, 0

def train_step(*given, **options):
    global steps
    steps += 1
    if steps == 7 and dist.get_rank() == 1:
        {happens}
    return step(*given, **options)

train.train_step = train_step
sys.exit(__main__.main(sys.argv[1:]))
"""


def position(folder):
    """(epoch, step within it) of a run's checkpoint."""
    progress = load_checkpoint(folder / "checkpoint.npz").progress
    return progress["epoch"], progress["step"]


def test_the_checkpoint_of_a_killed_run_is_whole_and_another_number_of_ranks_continues_it(tmp_path):
    words = [*TRAIN, "--epochs", "3", "--out", str(tmp_path)]
    ended = start(2, "-c", SEVENTH_STEP.format(happens="os.kill(os.getpid(), signal.SIGKILL)"), *words)
    assert ended.returncode == 128 + signal.SIGKILL and "rank 1 was killed" in ended.stderr
    assert position(tmp_path) == (1, 0)
    ended = start(3, "-m", "minifcn", *words, "--resume")
    assert ended.returncode == 0, ended.stderr
    assert position(tmp_path) == (3, 0)


def test_checkpoints_of_different_steps_are_not_continued(tmp_path, monkeypatch, capsys):
    """As on machines that share no folder, if the run of one was copied to the other some time ago."""
    words = [*TRAIN, "--quiet", "--out", str(tmp_path), "--epochs"]
    assert main([*words, "1"]) == 0
    collect = train.collect
    monkeypatch.setattr(train, "collect", lambda obj: [obj, Progress(7, 1)] if isinstance(obj, Progress) else collect(obj))
    assert main([*words, "2", "--resume"]) == 1
    expected = "has (epochs, steps) (1, 0) on rank 0 and (7, 1) on rank 1; copy rank 0's folder to all machines"
    assert expected in capsys.readouterr().err


def test_ctrl_c_once_ends_all_ranks_after_the_same_step_and_saves_it(tmp_path):
    says = "os.write(2, b'at step 7\\n')"  # in one piece
    words = [*TRAIN, "--epochs", "1000", "--out", str(tmp_path)]
    command = [MPIEXEC, "-n", "2", sys.executable, "-c", SEVENTH_STEP.format(happens=says), *words]
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "env": environment()}
    with subprocess.Popen(command, **options) as process:
        assert process.stderr.readline() == "at step 7\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=LIMIT) == 130
        said = process.stderr.read()
    assert said.count("minifcn: ") == 1 and f"saved in {tmp_path / 'checkpoint.npz'}" in said
    epoch, step = position(tmp_path)
    assert 4 * epoch + step >= 7
