"""A class of made-up students: right, wrong, unfinished, hostile and broken submissions, the same for the same seed.

`Grading` runs `minifcn grade` on them, which may end on the way; `left_running` says what outlives it. Read
test_classroom.py next.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from minifcn.course import ladder
from minifcn.course.answers import solutions
from minifcn.course.answers.source import Chunk
from minifcn.course.checking.check import check_chunks

from .submissions import link_to, notebook

PROGRESS = re.compile(r"\[\d+/\d+\] (.*?): ")  # a line about a submission that has been graded


@dataclass(frozen=True)
class Student:
    """One submission.

    files:  {name: text, bytes, or a function that makes the file at a path}
    answers: {exercise: the bare source that must get the same points, or "" for none}
    """

    name: str
    sort: str
    files: dict
    answers: dict = field(default_factory=dict)

    def write(self, folder):
        place = folder / self.name
        place.mkdir(parents=True)
        for name, held in self.files.items():
            path = place / name
            path.parent.mkdir(exist_ok=True)
            if callable(held):
                held(path)
            else:
                path.write_bytes(held if isinstance(held, bytes) else held.encode())


class Classroom:
    """Makes Students for a lesson of two exercises, as `a_lesson` finds one: the first of them is a function."""

    def __init__(self, lesson, seed=0):
        self.lesson, self.random = lesson, random.Random(seed)
        self.first, self.second = lesson.exercises
        self.right = {name: unmarked(solutions.solution(lesson, name).text) for name in lesson.exercises}
        self.file, self.sorts = lesson.name, {}
        for sorts in self.right_ones(), self.wrong_ones(), self.hostile_ones(), self.broken_ones():
            self.sorts |= sorts

    def students(self, count):
        """`count` Students, equally many of every sort, shuffled."""
        names = [*self.sorts] * (count // len(self.sorts) + 1)
        made = [self.student(name, number) for number, name in enumerate(names[:count])]
        self.random.shuffle(made)
        return made

    def student(self, sort, number):
        files, answers = self.sorts[sort]()
        return Student(f"{self.random.randrange(1000):03}-{sort}-{number}", sort, files, answers)

    def both(self, **instead):
        """The bare sources of both exercises, right ones unless given."""
        return self.right | instead

    def script(self, answers):
        return "import numpy as np\n\n" + "\n\n".join(answers.values())

    def handed(self, answers, name=None):
        """(files, answers) of a Python file or notebook with some bare sources."""
        if name or self.random.random() < 0.5:
            return {name or f"{self.file}.py": self.script(answers)}, answers
        return {f"{self.file}.ipynb": notebook("import numpy as np", *answers.values())}, answers

    # Right ----------------------------------------------------------------------------------------------------------

    def right_ones(self):
        right = self.right
        return {
            "right": lambda: self.handed(right),
            "right-in-two-files": lambda: (
                {"a.py": self.script({1: right[self.first]}), "b.ipynb": notebook("import numpy as np", right[self.second])}, right),
            "right-with-magics": lambda: (
                {f"{self.file}.ipynb": notebook("%matplotlib inline\nimport numpy as np", "!ls\n" + right[self.first], "1 +",
                                                "%%time\n" + right[self.second], "print?")}, right),
            "right-beside-an-old-copy": lambda: (
                {f"{self.file}.py": self.script(right), f"old/{self.file}.py": "def scale(x):\n    raise NotImplementedError\n"}, right),
            "right-in-another-encoding": lambda: (
                {f"{self.file}.py": self.script(right).replace("\n", "\r\n").encode("utf-8-sig"),
                 "notes.ipynb": notebook("x = 1").encode("utf-16")}, right),
            "right-with-names-bound-again": lambda: (
                {f"{self.file}.ipynb": notebook("import numpy as np", *right.values(), "np = 3\nx = 4\ndel x")}, right),
        }  # fmt: skip

    # Wrong ----------------------------------------------------------------------------------------------------------

    def mistake(self, name):
        """The bare source of a planted mistake of an exercise, at random."""
        planted = [m for m in self.lesson.mistakes[name] if m.changes]
        return unmarked(solutions.planted_sources(self.lesson, name, self.random.choice(planted))[0].text)

    def instead(self, body):
        """(files, answers) with the first exercise's body replaced, which is worth nothing, and the second right."""
        head = re.search(rf"def {self.first}\(.*?\):\n", self.right[self.first], re.DOTALL)[0]
        hostile = head + "".join(f"    {line}\n" for line in body.split("\n"))
        return self.handed(self.both(**{self.first: hostile}))[0], self.both(**{self.first: ""})

    def wrong_ones(self):
        first, second = self.first, self.second
        return {
            "wrong": lambda: self.handed(self.both(**{first: self.mistake(first)})),
            "wrong-and-crashing": lambda: self.instead("return 1 / 0"),
            "wrong-and-printing": lambda: self.instead("print('\\x1b[2Jright'); return None"),
            "unfinished": lambda: self.instead("raise NotImplementedError('write it')"),
            "half": lambda: ({f"{self.file}.py": self.script({1: self.right[second]})}, self.both(**{first: ""})),
            "nothing": lambda: ({f"{self.file}.py": "import numpy as np\n"}, {first: "", second: ""}),
        }

    # Hostile --------------------------------------------------------------------------------------------------------

    def hostile_ones(self):
        return {
            "kills-its-grader": lambda: self.instead("import os\nos.kill(os.getppid(), 9)"),
            "leaves": lambda: self.instead("import os\nos._exit(0)"),
            "forks": lambda: self.instead("import os, time\nif os.fork() == 0: time.sleep(60)"),
            "reads-the-solution": lambda: self.instead(
                "import glob, os\nfor path in glob.glob('/proc/*/cwd/lessons/*/lesson.py') + glob.glob(os.getcwd() + '/../*'):\n"
                "    exec(open(path).read(), globals())"),
            "writes-results": lambda: self.instead("for name in 'results.json', 'grades.csv': open(name, 'w').write('8')"),
            "forges": lambda: self.instead(
                "import os\nfor n in range(3, 30):\n    try: os.write(n, bytes(10**5))\n    except OSError: pass"),
            "fills-memory": lambda: self.instead("return [bytearray(2**28) for _ in range(100)]"),
            "hides-from-python": lambda: self.instead("import sys\nsys.modules.clear(); sys.settrace(lambda *a: 1 / 0)\nreturn x"),
        }  # fmt: skip

    # Broken ---------------------------------------------------------------------------------------------------------

    def broken_ones(self):
        none = {self.first: "", self.second: ""}
        return {
            "no-python": lambda: ({f"{self.file}.py": f"def {self.first}(:\n    return\n"}, none),
            "no-notebook": lambda: ({f"{self.file}.ipynb": '{"cells": [' + "[" * 10**5}, none),
            "branches": lambda: ({f"{self.file}.py": f"def {self.first}(x): pass\nif 1: pass\n" + "elif 1: pass\n" * 20_000}, none),
            "too-large": lambda: ({f"{self.file}.py": b"#" * 12 * 2**20}, none),
            "a-link": lambda: ({f"{self.file}.py": link_to(self.lesson.folder / "lesson.py")}, none),
            "a-pipe": lambda: ({f"{self.file}.ipynb": os.mkfifo}, none),
            "an-empty-folder": lambda: ({}, none),
        }  # fmt: skip


def a_lesson():
    """Two exercises of the course, as a Lesson: the first two of the first lesson that begins with a function."""
    for lesson in ladder.lessons():
        two = [*lesson.exercises][:2]
        if len(two) == 2 and solutions.solution(lesson, two[0]).text.startswith("def "):
            return ladder.part_of(lesson, two)
    raise LookupError("the course has no lesson with two exercises, the first of which is a function")


def unmarked(text):
    """A solution without the marks by which a file is recognised as the course's own."""
    return re.sub(r"^ *### (BEGIN|END) SOLUTION\n", "", text, flags=re.MULTILINE)


def expected_points(students, lesson, seed):
    """{name of a student: points}, by checking the bare sources within this process, each once."""
    known = {}

    def points(exercise, source):
        if source and (exercise, source) not in known:
            chunk = Chunk("import numpy as np\n" + source, "bare")
            known[exercise, source] = check_chunks(f"{lesson.number}.{exercise}", [chunk], seed=seed).points
        return known[exercise, source] if source else 0

    return {s.name: sum(points(*answer) for answer in s.answers.items()) for s in students}


# Grading --------------------------------------------------------------------------------------------------------------


# `minifcn WORDS...`, which sends itself a signal when it has said of some submissions that they are graded.
INTERRUPTED = """
import os, sys
from minifcn.__main__ import main
from minifcn.course.grading import classroom
number, left, real = int(sys.argv[1]), int(sys.argv[2]), classroom.say

def say(sentence):
    global left
    real(sentence)
    left -= sentence.startswith("[")
    if left == 0:
        os.kill(os.getpid(), number)

classroom.say = say
sys.exit(main(sys.argv[3:]))
"""


class Grading:
    """One run of `minifcn grade` for a Lesson, in a process of its own.

    interrupted: a signal, and after how many submissions the process sends it to itself
    lines: what it has printed;  graded: the names of the submissions that it said it has graded
    """

    def __init__(self, folder, lesson, lessons=None, jobs=2, interrupted=None):
        (folder / "tmp").mkdir(exist_ok=True)
        env = os.environ | {"TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        if lessons:
            env["MINIFCN_LESSONS"] = str(lessons)
        program = ["-c", INTERRUPTED, *map(str, map(int, interrupted))] if interrupted else ["-m", "minifcn"]
        command = [sys.executable, *program, "grade", *ladder.words_of([lesson]), "--submissions", str(folder / "class"),
                   "--out", str(folder / "results"), "--jobs", str(jobs)]  # fmt: skip
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        root = Path(ladder.__file__).parents[2]
        self.process = subprocess.Popen(command, env=env, cwd=root, text=True, errors="replace", **pipes)
        self.lines = []

    @property
    def graded(self):
        return [found[1] for line in self.lines if (found := PROGRESS.match(line))]

    def finish(self):
        """Let it run to its end; returns the exit code."""
        self.lines += [line.rstrip("\n") for line in self.process.stdout]
        self.process.stdout.close()
        return self.process.wait()


def left_running(folder):
    """The processes, other than this one, that are in a folder or have its name in their command or environment."""
    found, name = [], os.fsencode(str(folder))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            where = os.fsencode(os.readlink(process / "cwd"))
        except OSError:
            continue
        if int(process.name) != os.getpid() and name in held + where:
            found.append(f"{process.name}: {(process / 'cmdline').read_bytes()[:200]}")
    return found


def results_of(folder):
    """{file name: its bytes} of the submissions that are finished. Every file must be whole."""
    found = {path.name: path.read_bytes() for path in (folder / "results").glob("*.json")}
    for text in found.values():
        json.loads(text)
    return found


def points_of(folder):
    """{name: points} of all results."""
    results = [json.loads(text) for text in results_of(folder).values()]
    return {one["name"]: one["points"] for one in results}


TERM, KILL = signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)
