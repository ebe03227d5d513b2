"""The red team: every attack of this folder's lists is stopped, gets its verdict, and leaves nothing behind.

attack.py says what an attack is, world.py how it is seen who has won. Attacks that leave the answer's process as it was
share one; the others get their own, and since each of these takes a third of a second, most of them are slow tests.
"""

import contextlib
import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from minifcn.course import progress
from minifcn.course.answers.source import Chunk
from minifcn.course.checking import check
from minifcn.course.checking.check import check_chunks
from minifcn.course.checking.verdict import RIGHT as RIGHT_VERDICT
from minifcn.course.checking.verdict import VERDICTS, Report
from minifcn.course.exercise import Case
from minifcn.course.sandbox import walls
from minifcn.course.sandbox.process import AnswerProcess, Outcome
from minifcn.course.show.html import html
from minifcn.course.show.text import as_json, text
from minifcn.files import printable

from . import answers, compilers, disarming, exhaustion, hangs, injection, processes, reads, submissions, table, writes
from .world import World, is_running, process_for, wait_until

RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
QUICK = 0.2  # seconds of processor time that an answer may take here
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls that stop these are Linux's")


def named(attacks, every=1):
    """A parametrization by the attacks' names; the first of `every` so many is quick, the others are slow."""
    marks = [[pytest.mark.slow] * bool(number % every) for number in range(len(attacks))]
    return pytest.mark.parametrize("attack", [pytest.param(a, id=a.name, marks=m) for a, m in zip(attacks, marks)])


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


@named(disarming.ATTACKS, every=4)
def test_an_answer_cannot_disarm_what_watches_it(world, attack):
    assert alone(world, attack) == []


@named(exhaustion.ATTACKS, every=3)
def test_an_answer_gets_no_more_than_its_share(world, attack):
    assert alone(world, attack) == []


@named(compilers.ATTACKS, every=3)
def test_an_answer_with_a_compiler_does_no_harm(world, attack):
    assert alone(world, attack) == []


@named(compilers.ATTACKS, every=10)
def test_a_wall_stops_what_is_compiled_and_without_walls_it_wins(world, attack):
    for name in set(attack.walls) - set(walls.missing()):
        assert won_behind(world, attack, (name,)) == [], name
    assert attack.dud or won_behind(world, attack, ()) != []


def won_behind(world, attack, standing):
    """What an attack wins behind some walls."""
    with process_for(attack, walls=standing) as process:
        return world.run(attack, process, seconds=20.0)


def test_a_compiler_opens_no_other_door(world):
    with AnswerProcess(needs="numba") as process:
        assert [a.name for a in (reads.ATTACKS + writes.ATTACKS + processes.ATTACKS)[::5] if world.run(a, process)] == []


@pytest.mark.slow
def test_a_compiler_opens_no_door_at_all(world):
    for attack in reads.ATTACKS + writes.ATTACKS + processes.ATTACKS + disarming.ATTACKS + exhaustion.ATTACKS:
        with process_for(attack, needs="numba") as process:
            assert world.run(attack, process) == [], attack.name


def test_a_process_that_has_been_attacked_still_knows_right_answers(world, shared):
    for attack in reads.ATTACKS[:20] + writes.ATTACKS[:20]:
        world.run(attack, shared)
    assert shared.load("scale", RIGHT).kind == "value"
    assert shared.ask(Case((np.ones(3),), None)).value.tolist() == [2.0, 2.0, 2.0]


ALL = [attack for kind in (reads, writes, processes, disarming, exhaustion) for attack in kind.ATTACKS]


@pytest.mark.slow
@named(ALL[::12])
def test_every_wall_that_an_attack_names_stops_it_alone(world, attack):
    here = set(walls.NAMES) - set(walls.missing()) | {"start"}
    for name in here & set(attack.walls):
        assert won_behind(world, attack, (name,) if name != "start" else ()) == [], name


@pytest.mark.slow
@named([a for a in reads.ATTACKS + writes.ATTACKS if "start" not in a.walls and not a.dud][::8])
def test_an_attack_wins_where_no_wall_stands(world, attack):
    assert won_behind(world, attack, ()) != [], "an attack that never wins proves nothing"


# Verdicts -------------------------------------------------------------------------------------------------------------


def report_of(answer, place="cell 1"):
    """The Report of an Answer, all views of which are harmless."""
    report = check_chunks("06.scale", [Chunk(answer.source, place)])
    assert report.verdict in VERDICTS
    shown = text(report)
    assert all(c.isprintable() or c == "\n" for c in shown) and shown.count("\n") < 15
    assert Page.of(html(report)).strange == []
    assert json.loads(json.dumps(as_json(report), allow_nan=False))["points"] == report.points
    return report


class Page(HTMLParser):
    """What of a report's HTML is not as report_html.py writes it: other tags, other attributes, a tag left open."""

    TAGS = frozenset(["div", "span", "table", "tbody", "tr", "td", "th", "pre", "b", "i", "p", "br", "code", "details", "summary"])

    def __init__(self):
        super().__init__()
        self.strange, self.open = [], []

    @classmethod
    def of(cls, shown):
        page = cls()
        page.feed(shown)
        page.close()
        page.strange += page.open
        return page

    def handle_starttag(self, tag, attributes):
        self.strange += [tag] * (tag not in self.TAGS) + [name for name, _ in attributes if name not in ("style", "colspan")]
        self.strange += [style for _, style in attributes if "url" in (style or "") or "position" in (style or "")]
        self.open += [tag] * (tag != "br")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.strange.append(f"/{tag}")

    def handle_comment(self, data):
        self.strange.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data):
        self.strange += [c for c in data if not c.isprintable() and c not in "\n\xa0"]


@pytest.mark.parametrize("shown", ["<script>", "<b onclick='x'>y</b>", "<!-- -->", "</div>", "<b>", "\x1b[31m", "<img src=x>"])
def test_the_page_reader_sees_what_is_strange(shown):
    assert Page.of(f"<div>{shown}</div>").strange != []


@named([a for a in answers.CHEATS if "main = sys" not in a.source])
def test_what_only_looks_right_gets_no_points(tiny_course, one_process, attack):
    assert report_of(attack).points == 0


@named([a for a in answers.CHEATS if "main = sys" in a.source], every=5)
def test_who_changes_the_process_around_it_gets_no_points(tiny_course, attack):
    assert report_of(attack).points == 0


@named(answers.FORGED, every=8)
def test_a_forged_reply_gets_no_points(tiny_course, attack):
    assert report_of(attack).points == 0


@named(hangs.HANGS, every=4)
def test_a_hang_gets_a_verdict_and_ends(attack):
    with AnswerProcess() as process:
        assert process.load("scale", RIGHT).kind == "value"  # it has started, so the time is the attack's
        outcome = process.load("scale", attack.source, seconds=QUICK)
        pid = process.child.process.pid if process.child else None
        if outcome.kind == "value":
            outcome = process.ask(Case((np.ones((2, 2)),), None), seconds=QUICK)
        assert outcome.kind in ("timed out", "died", "raised")
    assert pid is None or wait_until(lambda: not is_running(pid))


@pytest.mark.parametrize("name", hangs.LINGERING)
def test_what_goes_on_in_the_background_changes_no_verdict_and_ends(name):
    with AnswerProcess() as process:
        assert process.load("scale", RIGHT).kind == "value"
        process.load("scale", hangs.LINGERING[name] + RIGHT, seconds=QUICK)
        pid = process.child and process.child.process.pid
        if pid:
            with contextlib.suppress(AttributeError):
                process.ask(Case((np.ones(3),), None), seconds=QUICK)
    assert not pid or wait_until(lambda: not is_running(pid))
    with AnswerProcess() as process:
        assert process.load("scale", RIGHT).kind == "value", "the next answer is right as ever"


# Injection ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_process(monkeypatch, shared):
    """All answers that are checked here run in one process."""
    monkeypatch.setattr(check, "AnswerProcess", lambda imports, needs: contextlib.nullcontext(shared))


@named([injection.answer(*pair) for pair in injection.PAIRS], every=len(injection.PLACES) + 1)
def test_nothing_that_a_student_writes_acts_on_a_terminal_or_browser(tiny_course, one_process, attack):
    assert report_of(attack, injection.PAYLOADS[attack.name.partition('.')[0]]).points == 0


# The file of progress -------------------------------------------------------------------------------------------------

PROGRESS = {
    "a_link_to_a_file": lambda path, victim: path.symlink_to(victim),
    "a_link_to_a_file_of_its_kind": lambda path, victim: path.symlink_to(victim.with_name("grades.json")),
    "a_link_to_a_file_that_is_not_there": lambda path, victim: path.symlink_to(victim.with_name("new")),
    "a_link_to_zeros": lambda path, victim: path.symlink_to("/dev/zero"),
    "a_link_to_itself": lambda path, victim: path.symlink_to(path),
    "a_pipe": lambda path, victim: os.mkfifo(path),
    "a_folder": lambda path, victim: path.mkdir(),
    "deep_lists": lambda path, victim: path.write_text("[" * 10**5),
    "two_megabytes": lambda path, victim: path.write_text('{"x": "' + "x" * 2**21 + '"}'),
    "bytes_that_are_no_text": lambda path, victim: path.write_bytes(b"\xff\xfe\0"),
    "a_name_with_escapes": lambda path, victim: path.write_text('{"\\u001b[31m": {"verdict": "right", "points": 1e999}}'),
    "points_of_another_kind": lambda path, victim: path.write_text('{"06.scale": {"verdict": "right", "points": true}}'),
}


@pytest.mark.parametrize("held", PROGRESS)
def test_no_file_of_progress_stops_a_check_or_changes_another_file(world, tmp_path, monkeypatch, held):
    monkeypatch.delenv("MINIFCN_PROGRESS", raising=False)
    victim = world.victim / "grades.csv"
    PROGRESS[held](tmp_path / progress.NAME, victim)
    said = progress.record(Report("06.scale", RIGHT_VERDICT), tmp_path)
    assert isinstance(said, str) and printable(said) == said
    assert all(one["verdict"] == RIGHT_VERDICT for one in progress.load(tmp_path).values())
    assert world.gains(Outcome("value")) == []


# The account ----------------------------------------------------------------------------------------------------------


def test_the_account_of_the_defences_counts_every_attack():
    account = (Path(__file__).parents[3] / "docs" / "grading.md").read_text(encoding="utf-8")
    counted = {kind: int(number) for kind, number in re.findall(r"^\| ([\w ]+) \| (\d+) \|", account, re.MULTILINE)}
    attacks = {kind: len(module.ATTACKS) for kind, module in table.KINDS.items()}
    assert counted == attacks | {
        "total": sum(attacks.values()),
        "answers that only look right": len(answers.CHEATS),
        "forged replies": len(answers.FORGED),
        "hangs": len(hangs.HANGS) + len(hangs.LINGERING),
        "files": len(submissions.SUBMISSIONS) + 1,  # and shadowing()
        "injections": len(injection.PAIRS),
        "progress files": len(PROGRESS),
    }
