r"""Two or more machines in one computer, joined by a cable: sudo python benchmarks/two_machines.py [options] COMMAND...

    sudo .venv/bin/python benchmarks/two_machines.py --rate 1gbit \
        .venv/bin/mpiexec -n 2 -hosts one,two .venv/bin/minifcn train --model fcn8s

The command runs on the machine `one`; the others are `two`, `three` and `four`. Each is a set of Linux namespaces, with
a name, an address, processes, /tmp, /dev/shm and a home folder of its own, so MPI takes them for different computers,
and sends its bytes through the network. They see this project and this Python, which have the same path everywhere, as
MPI asks for; a machine may write there, but what it writes, such as compiled kernels, the others do not see. Every
--shared folder is the same on all. mpiexec reaches the machines through this file, which does what ssh would.

What the machines do not have of their own is the processor: they divide its cores, by --cores. The latency is that of
the operating system, some 20 us, since --rate limits only the bytes a second.

Everything happens in one process's namespaces, and vanishes with it, also after Ctrl-C or kill -9. Linux, and root.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

NAMES = "one", "two", "three", "four"
SUBNET = "10.77.0."
TOOLS = "unshare", "nsenter", "setpriv", "mount", "ip", "tc", "taskset"
APART = "--net", "--uts", "--mount", "--ipc"  # what unshare and nsenter separate
PROCESSES = "--pid", "--fork", "--kill-child", "--mount-proc"  # and processes, which end with the first of them
DIES_WITH_THIS = "setpriv", "--pdeathsig", "KILL"
PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = "MINIFCN_MACHINES"  # for this file as mpiexec's ssh: the names, processes and cores of the machines
PRIVATE = "/tmp", "/var/tmp", "/dev/shm"  # and the home folder


def main(arguments):
    if arguments[:1] in (["inside"], ["settle"], ["reach"]):  # this file, started by itself
        return globals()[arguments[0]](*arguments[1:])
    parse(arguments)  # so that a wrong option is reported before anything is made
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if sys.platform != "linux" or os.geteuid() != 0 or missing:
        need = f"installed: {', '.join(missing)}" if missing else "Linux, and root: start it with sudo"
        sys.exit(f"two_machines.py: making machines out of namespaces needs {need}")
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches the command, too, which decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    words = [*DIES_WITH_THIS, "unshare", *APART, *PROCESSES, sys.executable, __file__, "inside", *arguments]
    return subprocess.run(words, check=False).returncode


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=2, choices=range(2, 5), help="how many (default: 2)")
    parser.add_argument("--rate", help="limit each machine's sending, as tc writes it: 1gbit, 100mbit (default: no limit)")
    parser.add_argument("--cores", default="", help="of each machine, as taskset writes them, between slashes: 0/1 or 0-3/4,5")
    parser.add_argument("--shared", action="append", default=[], help="a folder that all machines see; may be repeated")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run on the machine `one`")
    options = parser.parse_args(arguments)
    if not options.command:
        parser.error("there is no command to run")
    return options


# The machines ---------------------------------------------------------------------------------------------------------


def inside(*arguments):
    """Make the machines, run the command on the first, say what went through its cable, and return the exit code.

    This process has namespaces of its own, and is the switch: a bridge, with a cable to each machine.
    """
    options = parse(arguments)
    run("mount", "-t", "tmpfs", "machines", "/mnt")
    run("ip", "link", "add", "switch", "type", "bridge")
    run("ip", "link", "set", "switch", "up")
    names, cores = NAMES[: options.machines], options.cores.split("/")
    hosts = "".join(f"{SUBNET}{number} {name}\n" for number, name in enumerate(names, 1))
    Path("/mnt/hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
    ssh, settings = Path("/mnt/ssh"), []
    ssh.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(__file__)} reach "$@"\n')
    ssh.chmod(0o755)
    for number, name in enumerate(names):
        holder = start_machine(name, [str(Path(folder).resolve()) for folder in options.shared], own=number > 0)
        connect(name, number + 1, holder, options.rate)
        settings.append(f"{name} {holder} {cores[number % len(cores)] or every_core()}")
    environment = os.environ | {SETTINGS: "/".join(settings), "HYDRA_LAUNCHER": "ssh", "HYDRA_LAUNCHER_EXEC": str(ssh)}
    signal.signal(signal.SIGINT, lambda *_: None)
    code = subprocess.run([*enter(*settings[0].split()), *options.command], env=environment, check=False).returncode
    seen = json.loads(subprocess.check_output(["ip", "-json", "-statistics", "link", "show", "one"]))
    sent = seen[0]["stats64"]["rx"]["bytes"]  # received by the switch
    print(f"two_machines.py: {sent / 1e6:.1f} MB went from one to the others", file=sys.stderr)
    return code


def start_machine(name, shared, own):
    """The process that holds a machine's namespaces. own: it has processes of its own, too; the first has this one's."""
    kept = [str(PROJECT), *dict.fromkeys((sys.prefix, sys.base_prefix))]
    words = [name, str(Path.home()), "\n".join(shared), "\n".join(kept)]
    command = ["unshare", *APART, *(PROCESSES if own else ()), sys.executable, __file__, "settle", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        sys.exit(f"two_machines.py: the machine {name} could not be made")
    if not own:
        return process.pid
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())


def settle(name, home, shared, kept):
    """In the new namespaces: give them a name, and folders of their own; then stay."""
    run("hostname", name)
    run("ip", "link", "set", "lo", "up")
    run("mount", "--bind", "/mnt/hosts", "/etc/hosts")
    places = {}  # a path under which the machines will see something, and where it is meanwhile
    for number, path in enumerate(kept.splitlines()):
        layer = f"/mnt/{name}/layer{number}"
        for part in ("upper", "work", "merged"):
            Path(layer, part).mkdir(parents=True)
        lower = f"lowerdir={path},upperdir={layer}/upper,workdir={layer}/work"
        run("mount", "-t", "overlay", "overlay", "-o", lower, f"{layer}/merged")
        places[path] = f"{layer}/merged"
    for number, path in enumerate(shared.splitlines()):
        place = f"/mnt/{name}/shared{number}"
        Path(place).mkdir(parents=True)
        run("mount", "--bind", path, place)
        places[path] = place
    for path in (*PRIVATE, home):
        run("mount", "-t", "tmpfs", "private", path)
    for path, place in places.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        run("mount", "--bind", place, path)
    print("ready", flush=True)
    signal.pause()


def connect(name, number, holder, rate):
    """Lay a cable from the switch to a machine, which gets an address."""
    there = ["nsenter", f"--target={holder}", "--net"]
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(holder))
    run("ip", "link", "set", name, "master", "switch", "up")
    run(*there, "ip", "address", "add", f"{SUBNET}{number}/24", "dev", "eth0")
    run(*there, "ip", "link", "set", "eth0", "up")
    if rate:
        run(*there, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "128kb", "latency", "100ms")


def run(*command):
    subprocess.run(command, check=True)


def every_core():
    return ",".join(map(str, sorted(os.sched_getaffinity(0))))


# On a machine ---------------------------------------------------------------------------------------------------------


def enter(name, holder, cores):
    """The command line that starts a command on a machine."""
    return ["nsenter", f"--target={holder}", "--pid", *APART, f"--wdns={os.getcwd()}", "taskset", "-c", cores]


def reach(_, name, *command):
    """What `ssh -x two COMMAND...` does: run the command on that machine, in a shell that knows nothing of this one's variables."""
    machines = {machine.split()[0]: machine.split() for machine in os.environ[SETTINGS].split("/")}
    if name not in machines:
        sys.exit(f"two_machines.py: there is no machine {name}, only {', '.join(machines)}")
    shell = ["env", "-i", f"HOME={Path.home()}", "PATH=/usr/local/bin:/usr/bin:/bin", "sh", "-c", " ".join(command)]
    words = [*enter(*machines[name]), *shell]
    os.execvp(words[0], words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
