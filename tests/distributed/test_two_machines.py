"""Several machines, which benchmarks/two_machines.py makes of namespaces: their bits, and what is said when one fails."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from ranks import LIMIT, MPIEXEC, TESTS, environment, needs_ranks, start
from test_failures import SEVENTH_STEP, TRAIN, position
from two_machines import TOOLS

import minifcn
from minifcn.__main__ import main

pytestmark = [
    needs_ranks,
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or any(shutil.which(tool) is None for tool in TOOLS),
        reason="making machines out of namespaces needs Linux, root, util-linux and iproute2",
    ),
]
SCRIPT = TESTS.parent / "benchmarks" / "two_machines.py"
SHELL = "/mnt/ssh -x two "  # COMMAND on the other machine
PRIVATE = "/tmp/private"  # a folder that each machine has for itself


def on_two_machines(*words, shared=(), before="true", ranks=2):
    """(exit code, output, megabytes through the cable) of `python WORDS...` on ranks of two machines with a core each."""
    program = f'{before}; exec "$@"'
    command = [MPIEXEC, "-n", str(ranks), "-hosts", "one,two", sys.executable, *words]
    options = [word for folder in shared for word in ("--shared", str(folder))]
    machines = [sys.executable, SCRIPT, *options, "sh", "-c", program, "sh", *command]
    ended = subprocess.run(
        machines, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, env=environment()
    )
    sent = re.search(r"two_machines.py: (.*) MB went from one to the others\n", ended.stdout)
    return ended.returncode, ended.stdout.replace(sent[0], ""), float(sent[1])


@pytest.fixture
def trained(tmp_path):
    """The folder of a net trained for a moment."""
    assert main([*TRAIN, "--quiet", "--epochs", "1", "--out", str(tmp_path / "trained")]) == 0
    return tmp_path / "trained"


def test_two_machines_compute_the_bits_of_two_ranks_and_send_them_through_the_cable(tmp_path):
    words = ["-m", "minifcn", *TRAIN, "--model", "fcn8s", "--epochs", "2", "--out"]
    code, output, sent = on_two_machines(*words, str(tmp_path / "two"), shared=[tmp_path])
    assert code == 0 and "saved" in output, output
    assert start(2, *words, str(tmp_path / "one")).returncode == 0
    assert (tmp_path / "two" / "best.npz").read_bytes() == (tmp_path / "one" / "best.npz").read_bytes()
    assert sent > 8 * 1.3  # eight steps' gradients


def test_predict_names_the_machine_that_does_not_see_the_folder(trained):
    shutil.copy(trained / "curves.png", trained / "image.png")
    words = ["predict", "--checkpoint", str(trained), str(trained / "image.png"), "--out", PRIVATE]
    code, output, _ = on_two_machines("-m", "minifcn", *words, shared=[trained])
    assert code == 1 and f"minifcn: rank 1 on two cannot see what rank 0 writes into {PRIVATE}; " in output


def test_training_needs_no_shared_folder_but_continuing_does():
    words = ["-m", "minifcn", *TRAIN, "--out", PRIVATE, "--epochs"]
    once = " ".join([MPIEXEC, "-n", "2", "-hosts", "one,two", sys.executable, *words, "1"])
    code, output, _ = on_two_machines(*words, "2", "--resume", before=once)
    assert code == 1 and f"saved {PRIVATE}" in output
    assert f"rank 1 on two stopped: cannot read {PRIVATE}/checkpoint.npz: No such file" in output


def test_another_version_on_a_machine_is_named():
    changes = f"{SHELL} sed -i s/{minifcn.__version__}/9.9/ {minifcn.__file__}"
    code, output, _ = on_two_machines("-m", "minifcn", *TRAIN, "--out", PRIVATE, before=changes)
    assert code == 1 and "minifcn: rank 1 on two has minifcn 9.9, and rank 0 has minifcn " in output


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "rank 1 on two was killed (SIGKILL), so all ranks end;"),
        ("raise OSError('the disk is full')", "rank 1 on two stopped: the disk is full"),
        ("os.system('ip link set eth0 down')", "rank 1 on two cannot be reached any more (Connection timed out): "),
    ],
    ids=["killed", "error", "cable"],
)
def test_a_rank_that_fails_on_another_machine_is_named_with_it_and_the_checkpoint_is_whole(happens, sentence, tmp_path):
    words = [*TRAIN, "--epochs", "3", "--out", str(tmp_path)]
    code, output, _ = on_two_machines("-c", SEVENTH_STEP.format(happens=happens), *words, shared=[tmp_path])
    assert code != 0 and f"minifcn: {sentence}" in output, output
    assert position(tmp_path) == (1, 0)
