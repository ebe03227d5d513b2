"""The red team: every attack of this folder's lists is stopped, gets its verdict, and leaves nothing behind.

attack.py says what an attack is, world.py how it is seen who has won. Attacks that leave the answer's process as it was
share one; the others get their own.
"""

import contextlib
import importlib
import json
import sys

import numpy as np
import pytest

from minifcn.course.check import check_chunks
from minifcn.course.exercise import Case
from minifcn.course.report import as_json, text
from minifcn.course.report_html import html
from minifcn.course.sandbox.process import AnswerProcess
from minifcn.course.source import Chunk
from minifcn.course.verdict import VERDICTS

from . import answers, disarming, exhaustion, hangs, processes, reads, writes
from .world import World, is_running, process_for, wait_until

check = importlib.import_module("minifcn.course.check")  # the package has a function of this name
RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
QUICK = 0.2  # seconds of processor time that an answer may take here
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls that stop these are Linux's")


def named(attacks):
    """A parametrization by the attacks' names."""
    return pytest.mark.parametrize("attack", attacks, ids=lambda attack: attack.name)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("world") / "w") as world:
        yield world


@pytest.fixture(scope="module")
def shared(world):
    """An answer's process for attacks that do not change it."""
    with AnswerProcess() as process:
        yield process


def alone(world, attack):
    """What an attack wins in a process of its own."""
    with process_for(attack) as process:
        return world.run(attack, process)


@named(reads.ATTACKS)
def test_an_answer_reads_nothing(world, shared, attack):
    assert world.run(attack, shared) == []


@named(writes.ATTACKS)
def test_an_answer_writes_nothing(world, shared, attack):
    assert world.run(attack, shared) == []


@named(processes.ATTACKS)
def test_an_answer_starts_and_touches_no_process(world, shared, attack):
    assert world.run(attack, shared) == []


@named(disarming.ATTACKS)
def test_an_answer_cannot_disarm_what_watches_it(world, attack):
    assert alone(world, attack) == []


@named(exhaustion.ATTACKS)
def test_an_answer_gets_no_more_than_its_share(world, attack):
    assert alone(world, attack) == []


def test_a_process_that_has_been_attacked_still_knows_right_answers(world, shared):
    for attack in reads.ATTACKS[:20] + writes.ATTACKS[:20]:
        world.run(attack, shared)
    assert shared.load("scale", RIGHT).kind == "value"
    assert shared.ask(Case((np.ones(3),), None)).value.tolist() == [2.0, 2.0, 2.0]


# Verdicts -------------------------------------------------------------------------------------------------------------


def report_of(answer):
    """The Report of an Answer, of which every view can be made."""
    report = check_chunks("06.scale", [Chunk(answer.source, "cell 1")])
    assert report.verdict in VERDICTS
    shown = text(report, colour=False)
    assert shown.isprintable() or all(c.isprintable() or c == "\n" for c in shown)
    assert html(report).startswith("<div") and json.dumps(as_json(report), allow_nan=False)
    return report


@named(answers.CHEATS)
def test_a_cheat_gets_no_points(tiny_course, attack):
    assert report_of(attack).points <= attack.points


@named([a for a in answers.FORGED if not a.name.endswith("_and_leaves")])
def test_a_forged_reply_gets_no_points(tiny_course, attack):
    assert report_of(attack).points <= attack.points


@pytest.mark.slow
@named([a for a in answers.FORGED if a.name.endswith("_and_leaves")])
def test_a_forged_reply_before_leaving_gets_no_points(tiny_course, attack):
    assert report_of(attack).points <= attack.points


@named(hangs.HANGS)
def test_a_hang_gets_a_verdict_and_ends(attack):
    with AnswerProcess() as process:
        outcome = process.load("scale", attack.source, seconds=QUICK)
        pid = process.child.process.pid if process.child else None
        if outcome.kind == "value":
            outcome = process.ask(Case((np.ones((2, 2)),), None), seconds=QUICK)
        assert outcome.kind in ("timed out", "died", "raised")
    assert pid is None or wait_until(lambda: not is_running(pid))


@pytest.mark.parametrize("name", hangs.LINGERING)
def test_what_goes_on_in_the_background_changes_no_verdict_and_ends(name):
    with AnswerProcess() as process:
        process.load("scale", hangs.LINGERING[name] + RIGHT, seconds=QUICK)
        pid = process.child and process.child.process.pid
        if pid:
            with contextlib.suppress(AttributeError):
                process.ask(Case((np.ones(3),), None), seconds=QUICK)
    assert not pid or wait_until(lambda: not is_running(pid))
    with AnswerProcess() as process:
        assert process.load("scale", RIGHT).kind == "value", "the next answer is right as ever"
