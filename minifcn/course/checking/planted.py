"""What the planted mistakes of an exercise do: each is asked its questions, as many as are needed, once on a computer.

To recognise a wrong answer, hints.py compares it with all of them, and asking them everything takes seconds. So a
mistake that differs at the question which the report shows is asked no more, and what was asked is kept in the user's
cache folder, under a hash of everything it depends on. The file is only a convenience: if it is missing, damaged or
cannot be written, they are asked again. Read verdict.py next.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import platform
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np

from ...files import atomic_write, read_regular, user_cache_folder
from .. import ladder
from ..answers.solutions import planted_sources
from ..sandbox import wire
from ..sandbox.needs import NUMBA
from ..sandbox.process import AnswerProcess, Outcome, process_for
from .comparison import compare
from .trial import Trial, first_questions, imports_for, probe_of, questions, run_trial
from .verdict import Difference

SECONDS = 2.0  # time limit of a planted mistake per question, in seconds, unless it needs a compiler
FOLDER = "MINIFCN_CACHE"  # the environment variable that names another cache folder; if it is empty, nothing is kept
MAX_BYTES = 50 * 10**6  # bytes of a file
MAX_FILES = 4  # per exercise: the newest are kept
DIFFERS = Difference("differs from the expected result")

_helped = set()  # the exercises and seeds for which this process has started helpers


def behaviours(lesson, name, seed=0, enough=None, helpers=(), first=None):
    """[(Mistake, Trial)] of an exercise, for every way of writing a mistake.

    enough: whether a Trial, which may have been broken off, is as much as the caller needs; None: it must be whole
    helpers: what start_helpers returned, if it has been called
    first:  the number of a question that is asked alone before all others, since the answer to it may be enough
    """
    path, found = known(lesson, name, seed)
    enough = enough or is_whole
    if lacking := [i for i, (_, trial) in enumerate(found) if trial is None or not enough(trial)]:
        asked = [ways(lesson, name)[i] for i in lacking]
        trials = ask_all(lesson.exercises[name], [source for _, source in asked], seed, enough, helpers, first)
        for i, (mistake, _), trial in zip(lacking, asked, trials):
            before = found[i][1].alone if found[i][1] else {}
            found[i] = mistake, dataclasses.replace(trial, alone=before | trial.alone)
        save(path, found)
    return found


@lru_cache
def ways(lesson, name):
    """[(Mistake, Source)] of an exercise, for every way of writing a mistake."""
    return [(mistake, source) for mistake in lesson.mistakes.get(name, ())
            for source in planted_sources(lesson, name, mistake)]  # fmt: skip


@lru_cache
def known(lesson, name, seed):
    """(the file of an exercise, what `behaviours` has asked so far: [(Mistake, Trial or None)], which it completes)."""
    path = path_of(lesson, name, seed)
    found = load(path, lesson, name, seed)
    return path, [(mistake, None) for mistake, _ in ways(lesson, name)] if found is None else found


def is_whole(trial):
    """Whether a mistake has been asked all questions."""
    return trial.whole


def start_helpers(lesson, exercise, seed=0):
    """Two AnswerProcesses to ask mistakes in, which get ready meanwhile; none if the mistakes have been asked before."""
    folder, key = cache_folder(), f"{lesson.number}.{exercise.name}-"
    if (key, seed) in _helped or folder and any(folder.glob(f"{key}*")):
        return []
    _helped.add((key, seed))
    helpers = [process_for(exercise) for _ in range(2)]
    for helper in helpers:
        helper.start()
    return helpers


def time_limit(exercise):
    """Seconds that a mistake gets for a question: few, since some never end, but compilation takes long."""
    return exercise.seconds if exercise.needs else SECONDS


def ask_all(exercise, sources, seed, enough=is_whole, helpers=(), first=None):
    """The Trials of some Sources, in two processes side by side. enough, helpers, first: as for behaviours."""
    questions(exercise, seed)  # made once, before the second thread starts
    found, waiting = [None] * len(sources), deque(enumerate(sources))
    seconds = time_limit(exercise)
    imports = imports_for(exercise, sources)

    def work(helper):
        with helper or AnswerProcess(imports, needs=exercise.needs) as process, contextlib.suppress(IndexError):
            process.admit(imports)
            while True:
                number, source = waiting.popleft()
                found[number] = ask_one(process, exercise, source, seed, seconds, enough, first)

    one, two = helpers or (None, None)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(work, one)
        try:
            work(two)
        finally:
            waiting.clear()
        other.result()
    return found


def ask_one(process, exercise, source, seed, seconds, enough, first):
    """The Trial of a Source. first: as for behaviours."""
    if first is None:
        return run_trial(process, exercise, source, seed, seconds, enough)
    one = run_trial(process, exercise, source, seed, seconds, lambda so_far: True, first)
    glance = Trial(questions(exercise, seed), one.loaded, whole=False, alone={first: one})
    if enough(glance):
        return glance
    return dataclasses.replace(run_trial(process, exercise, source, seed, seconds, enough), alone=glance.alone)


# On disk --------------------------------------------------------------------------------------------------------------


def path_of(lesson, name, seed):
    """The file of an exercise, named after everything that determines its content; None if nothing is to be kept."""
    folder = cache_folder()
    return folder and folder / f"{lesson.number}.{name}-{fingerprint(lesson, name, seed)[:40]}"


def cache_folder():
    """The folder of these files, in the user's cache folder for minifcn; None if nothing is to be kept, or nowhere to."""
    if (named := os.environ.get(FOLDER)) is not None:
        return Path(named) if named else None
    with contextlib.suppress(RuntimeError):  # this user has no home folder
        return user_cache_folder() / "mistakes"
    return None


def fingerprint(lesson, name, seed):
    """The hex hash of the questions and their right answers, the lessons and the course's code, and what runs them."""
    exercise, package = lesson.exercises[name], Path(__file__).parents[1]
    about = [name, np.__version__, sys.version, platform.machine(), sys.platform]
    if exercise.needs == NUMBA:
        from importlib.metadata import version  # slow to import, and rarely needed

        about.append(version(NUMBA))
    digest = hashlib.sha256(json.dumps(about).encode())
    lessons = [path for one in ladder.with_dependencies([lesson]) for path in sorted(one.folder.glob("*.py"))]
    for path in [*lessons, *sorted(package.rglob("*.py"))]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for question in questions(exercise, seed):
        case = question.case
        digest.update(wire.encode([case.args, case.kwargs, case.expected, case.rtol, probe_of(question.property)]))
    return digest.hexdigest()


def load(path, lesson, name, seed):
    """What a file holds, [(Mistake, Trial)]; None if there is no such file, or a damaged one."""
    if path is None:
        return None
    try:
        stream, known = BytesIO(read_regular(path, MAX_BYTES)), {one.name: one for one in lesson.mistakes.get(name, ())}
        asked = questions(lesson.exercises[name], seed)
        count = wire.receive(stream)
        return [trial_of(wire.receive(stream), known, asked) for _ in range(count)]
    except (OSError, EOFError, LookupError, TypeError, ValueError, MemoryError):
        return None


def save(path, kept):
    """Write a file for `load`, if possible, and delete the oldest ones of the exercise."""
    trials = [one for _, trial in kept for one in (trial, *trial.alone.values())]
    if path is None or any(o.kind == "died" for one in trials for o in (one.loaded, *one.outcomes)):
        return  # a process that died may have been killed, and would do better next time
    with contextlib.suppress(OSError, ValueError):
        path.parent.mkdir(parents=True, exist_ok=True)
        content = [wire.encode(len(kept)), *(wire.encode(plain(mistake, trial)) for mistake, trial in kept)]
        with atomic_write(path) as temporary:
            temporary.write_bytes(b"".join(content))
        others = path.parent.glob(f"{path.name.rpartition('-')[0]}-*")
        for old in sorted(others, key=lambda other: other.stat().st_mtime, reverse=True)[MAX_FILES:]:
            old.unlink()


def plain(mistake, trial):
    """A Trial as plain data, without what its questions determine."""
    asked = [trial.questions[i].case for i in first_questions(trial.questions)]
    return {
        "mistake": mistake.name,
        "whole": trial.whole,
        "loaded": plain_outcome(trial.loaded),
        "outcomes": [None if is_plainly_right(trial, i) else plain_outcome(o) for i, o in enumerate(trial.outcomes)],
        "wrong": [i for i in range(len(trial.outcomes)) if trial.wrong(i)],
        "again": [None if is_right(o, case) else plain_outcome(o) for o, case in zip(trial.again, asked)],
        "alone": [[i, plain(mistake, one)] for i, one in trial.alone.items()],
    }


def is_plainly_right(trial, i):
    return not trial.wrong(i) and not trial.outcomes[i].changed


def is_right(outcome, case):
    """Whether a repeated question was answered right, and no argument modified."""
    return outcome.kind == "value" and not outcome.changed and compare(outcome.value, case.expected, case.rtol) is None


def plain_outcome(outcome):
    return [outcome.kind, outcome.value, list(outcome.changed), outcome.type, outcome.message, outcome.own]


def trial_of(data, known, asked):
    """(Mistake, Trial) from plain data; for a right answer stands the expected one."""
    first = [asked[i] for i in first_questions(asked)]
    outcomes = tuple(outcome_of(one, question) for one, question in zip(data["outcomes"], asked))
    again = tuple(outcome_of(one, question) for one, question in zip(data["again"], first))
    wrong = set(data["wrong"])
    differences = tuple(DIFFERS if i in wrong else None for i in range(len(outcomes)))
    alone = {i: trial_of(one, known, asked[i : i + 1])[1] for i, one in data["alone"]}
    trial = Trial(asked, outcome_of(data["loaded"], None), outcomes, differences, again, data["whole"], alone)
    return known[data["mistake"]], trial


def outcome_of(data, question):
    if data is None:
        return Outcome("value", question.case.expected)
    kind, value, changed, error, message, own = data
    return Outcome(kind, value, tuple(changed), error, message, own=own)
