"""The world that attacks aim at: a secret, a victim file and a victim process, all of them decoys.

Whether an attack has won is seen here, from outside: the secret has come back, the victim has changed or died, or
something runs on. An attack's own words count only where it returns the flag, having checked what it holds. Nothing
here is of any worth, so an attack that wins does no harm. Read reads.py next.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np

import minifcn
from minifcn.course.exercise import Case
from minifcn.course.sandbox.process import AnswerProcess

BYSTANDER = "import sys\nheld = sys.argv[1]\nprint(flush=True)\nfor line in sys.stdin: print(flush=True)"
COMPILING = 60.0  # seconds that an attack may take which has to be compiled first
GENTLE = getattr(signal, "SIGURG", None)  # a signal that nobody minds by default


class World:
    """The decoys in a new folder, until the `with` ends.

    at: what an attack is told: paths of decoys, process ids, and the flag to return
    """

    def __init__(self, folder):
        self.folder, self.token = Path(folder), secrets.token_hex(8)
        self.secret, self.flag = f"secret-{self.token}", f"flag-{self.token}"
        self.signals = 0

    def __enter__(self):
        self.private, self.victim = self.folder / "private", self.folder / "victim"
        write_private(self.private, self.secret)
        self.before_env = dict(os.environ)
        os.environ |= {"MINIFCN_DECOY": self.secret, "MINIFCN_PROGRESS": ""}
        self.start_bystander()
        if GENTLE:
            self.handler = signal.signal(GENTLE, self.count)
        self.renew()
        return self

    def __exit__(self, *exception):
        self.bystander.kill()
        self.bystander.communicate()
        if GENTLE:
            signal.signal(GENTLE, self.handler)
        os.environ.clear()
        os.environ.update(self.before_env)

    def count(self, *signal):
        self.signals += 1

    def start_bystander(self):
        """A process with the secret in its memory, command line and environment, which answers each line with a line."""
        command = [sys.executable, "-I", "-S", "-c", BYSTANDER, self.secret]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.bystander = subprocess.Popen(command, start_new_session=True, **pipes)
        self.bystander.stdout.readline()

    def bystander_answers(self):
        """Whether it still runs: a process does not end at the moment at which it is killed, but it answers no more."""
        with contextlib.suppress(BrokenPipeError):
            self.bystander.stdin.write(b"\n")
            self.bystander.stdin.flush()
        return self.bystander.stdout.readline() != b""

    def renew(self):
        """A victim as it was at first."""
        with contextlib.suppress(FileNotFoundError):
            self.victim.chmod(0o755)
            shutil.rmtree(self.victim)
        self.victim.mkdir()
        (self.victim / "grades.csv").write_text("name,points\nAda,5\n")
        (self.victim / "grades.json").write_text("{}")
        with contextlib.closing(sqlite3.connect(self.victim / "grades.db")) as base:
            base.execute("create table grades (name, points)")
            base.commit()
        self.untouched, self.signals = snapshot(self.victim), 0

    @property
    def at(self):
        course = Path(minifcn.__file__).parent
        return {
            "flag": self.flag,
            "secret": str(self.private / "secret.txt"),
            "private": str(self.private),
            "victim": str(self.victim / "grades.csv"),
            "base": str(self.victim / "grades.db"),
            "folder": str(self.victim),
            "pid": self.bystander.pid,
            "grader": os.getpid(),
            "checkout": str(course),
            "lesson": str(course.parent / "lessons" / "06_im2col" / "lesson.py"),
        }

    def run(self, attack, process, seconds=5.0):
        """Run an Attack in an AnswerProcess; returns in what it has won, [] if in nothing."""
        seconds = COMPILING if attack.needs else seconds
        outcome = process.load(attack.name, attack.source, seconds=seconds)
        if outcome.kind == "value":
            outcome = process.ask(Case((self.at,), None), seconds=seconds)
        return self.gains(outcome)

    def gains(self, outcome):
        """What an attack has won, as sentences; the decoys are then as they were at first."""
        told, gains = f"{outcome.value!r}\n{outcome.message}\n{outcome.printed}", []
        if self.secret in told:
            gains.append("it read the secret")
        if self.flag in told:
            gains.append("it raised the flag")
        if snapshot(self.victim) != self.untouched:
            gains.append("it changed the victim's files")
        if self.signals:
            gains.append("it sent the grader a signal")
        if not self.bystander_answers():
            gains.append("it ended another process")
            self.bystander.communicate()
            self.start_bystander()
        if gains:
            self.renew()
        return gains


def write_private(folder, secret):
    """Files with the secret in them, in formats that Python's and NumPy's readers know."""
    folder.mkdir(parents=True)
    code = f'"""A solution."""\nSECRET = "{secret}"\n\n\ndef solve():\n    return "{secret}"\n'
    for name in "secret.txt", "twin.txt":
        (folder / name).write_text(f"{secret}\n")
    (folder / "hidden.py").write_text(code)
    (folder / "broken.py").write_text(f"{secret} = =\n")
    (folder / "hidden.json").write_text(json.dumps({"secret": secret}))
    (folder / "hidden.csv").write_text(f"name,{secret}\n")
    np.save(folder / "hidden.npy", np.frombuffer(secret.encode(), np.uint8))
    np.savez(folder / "hidden.npz", secret=np.frombuffer(secret.encode(), np.uint8))
    with zipfile.ZipFile(folder / "hidden.zip", "w") as archive:
        archive.writestr("zipped.py", code)
    with contextlib.closing(sqlite3.connect(folder / "hidden.db")) as base:
        base.execute("create table secrets (secret)")
        base.execute("insert into secrets values (?)", (secret,))
        base.commit()


def snapshot(folder):
    """All that can be told of a folder's files: names, kinds, permissions, times, links, contents, attributes."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))] if folder.exists() else ():
        about = path.lstat()
        held = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
        marks = os.listxattr(path, follow_symlinks=False) if hasattr(os, "listxattr") else []
        found[str(path)] = (about.st_mode, about.st_uid, about.st_mtime_ns, about.st_nlink, held, tuple(marks))
    return found


def is_running(pid):
    """Whether a process is there and not a zombie that waits to be collected."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return not Path("/proc").exists()


def wait_until(holds, seconds=30.0):
    """Whether something comes to hold within some seconds; it is asked every hundredth of one."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def process_for(attack, **about):
    """A fresh AnswerProcess for an Attack."""
    about = {"needs": attack.needs} | ({"memory": attack.memory} if attack.memory else {}) | about
    return AnswerProcess(**about)
