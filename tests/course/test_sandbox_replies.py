"""The grader's side of the pipe: whatever the process of an answer sends, or does not send, there is a verdict.

Programs that forge take the worker's place. They need no NumPy, so they start soon.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from minifcn.course.answers.source import Chunk
from minifcn.course.checking import hints
from minifcn.course.checking.check import check_chunks
from minifcn.course.checking.verdict import RIGHT
from minifcn.course.exercise import Case
from minifcn.course.sandbox import child as child_module
from minifcn.course.sandbox import process as process_module
from minifcn.course.sandbox import wire
from minifcn.course.sandbox.child import IDLE, STARVED, Child, Ended, Hung, Stopwatch
from minifcn.course.sandbox.process import AnswerProcess

FORGER = """
import json, os, struct, sys, time
questions, answers = sys.stdin.buffer, sys.stdout.buffer
number = 0

def question():
    questions.read(struct.unpack("<Q", questions.read(8))[0])

def say(text, tail=b""):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    body = struct.pack("<Q", len(text)) + text + tail
    answers.write(struct.pack("<Q", len(body)) + body)
    answers.flush()

def pairs(number, **other):
    fields = {"value": None, "changed": ["list"], "printed": "", "number": number} | other
    return ["dict", *([key, value] for key, value in fields.items() if value is not ...)]

question()  # the limits
"""


def raised(**other):
    """Arguments of pairs() for a reply that tells of an exception."""
    return {"raised": "E", "message": "m", "line": 1, "not_written": False} | other


@pytest.fixture
def forger(tmp_path, monkeypatch):
    """forger(lines): an AnswerProcess with this program in place of the worker."""

    def made(lines):
        (tmp_path / "forger.py").write_text(FORGER + lines)
        monkeypatch.setattr(process_module, "WORKER", tmp_path / "forger.py")
        return AnswerProcess()

    return made


def reply_with(**fields):
    """A program that loads the answer, and gives one reply with other fields."""
    return f"question(); say(pairs(1)); question(); say(pairs(2, **{fields!r})); questions.read()"


def outcome_of(process):
    """What an answer's first question comes to; x is its one argument."""
    with process:
        loaded = process.load("f", "")
        return loaded if loaded.kind != "value" else process.ask(Case((np.zeros(3),), None), seconds=20)


def test_a_proper_reply_counts(forger):
    assert outcome_of(forger(reply_with(value=3, changed=["list", 0]))).value == 3
    assert outcome_of(forger(reply_with(**raised(message="so")))).message == "so"


SHAPE = ["array", "<f8", [2], "C"]
FIELDS = {
    "a line at infinity": raised(line=float("inf")),
    "a line that is no number": raised(line=float("nan")),
    "a negative line": raised(line=-1),
    "a line beyond all lines": raised(line=10**30),
    "a line that is True": raised(line=True),
    "no line": raised(line=...),
    "a message that is a list": raised(message=["list"]),
    "a message without end": raised(message="x" * 100_000),
    "an exception without a name": raised(raised=None),
    "an argument that was not given": {"changed": ["list", 10**9]},
    "an argument before the first": {"changed": ["list", -1]},
    "more arguments than were given": {"changed": ["list", *[0] * 100]},
    "arguments that are no numbers": {"changed": ["list", 0.0]},
    "arguments that are True": {"changed": ["list", True]},
    "arguments in a tuple": {"changed": ["tuple"]},
    "no arguments": {"changed": ...},
    "printed numbers": {"printed": 3},
    "another number": {"number": 7},
    "the number before": {"number": 1},
    "no number": {"number": ...},
    "a number that is a float": {"number": 2.0},
    "numbers in an array": {"number": ["array", "<i8", [0], "C"]},
    "a number in text": {"number": "2"},
    "an array without bytes": {"value": SHAPE},
    "an array of objects": {"value": ["array", "|O8", [0], "C"]},
    "an array of negative size": {"value": ["array", "<f8", [-1], "C"]},
    "an array of huge shape": {"value": ["array", "<f8", [2**39] * 30, "C"]},
    "an array of huge and empty shape": {"value": ["array", "<f8", [0, *[2**39] * 5], "C"]},
    "an array of too many axes": {"value": ["array", "<f8", [1] * 65, "C"]},
    "an array of shape True": {"value": ["array", "<f8", [True], "C"]},
    "an array in no order": {"value": ["array", "<f8", [0], "K"]},
    "a kind of its own": {"value": ["function", "exit"]},
    "a list without its kind": {"value": [1, 2]},
    "an object": {"value": {"a": 1}},
    "a dict of threes": {"value": ["dict", ["a", 1, 2]]},
    "a dict with numbers as keys": {"value": ["dict", [1, 2]]},
}


@pytest.mark.parametrize("what", FIELDS)
def test_a_forged_field_ends_the_process(forger, what):
    fields = ", ".join(f"{key}={source(value)}" for key, value in FIELDS[what].items())
    lines = f"question(); say(pairs(1)); question(); say(pairs(2, {fields})); questions.read()"
    outcome = outcome_of(forger(lines))
    assert outcome.kind == "died" and outcome.value is None and "ended" in outcome.message


def source(value):
    """A value as a literal of a program."""
    return f"float({str(value)!r})" if isinstance(value, float) and value != 0 else repr(value).replace("Ellipsis", "...")


MESSAGES = {
    "one reply without end": "while True: say(pairs(1, value='x' * 100000))",
    "a flood of nothing": "while True: os.write(1, b'\\0' * 65536)",
    "half a message": "question(); os.write(1, struct.pack('<Q', 1000) + b'x'); os._exit(0)",
    "a message of exabytes": "question(); os.write(1, struct.pack('<Q', 2**60)); time.sleep(1000)",
    "JSON of exabytes": "question(); os.write(1, struct.pack('<QQ', 8, 2**60)); time.sleep(1000)",
    "no JSON": "question(); say(b'passed'); time.sleep(1000)",
    "JSON in no encoding": "question(); say(b'[\"list\", \"\\xff\"]'); time.sleep(1000)",
    "a number of too many digits": "question(); say(b'1' * 5000); time.sleep(1000)",
    "a deep list": "question(); say(b'[\"list\",' * 200000 + b'0' + b']' * 200000); time.sleep(1000)",
    "a deep list of nothing": "question(); say(b'[' * 1000000); time.sleep(1000)",
    "many small lists": "question(); say(b'[\"list\"' + b',[\"list\"]' * 450000 + b']'); time.sleep(1000)",
    "too much JSON": "question(); say(b' ' * (5 * 2**20) + b'1'); time.sleep(1000)",
    "bytes that belong to nothing": "question(); say(pairs(1), b'more'); time.sleep(1000)",
    "an array as a reply": "question(); say(['array', '<f8', [1], 'C'], bytes(8)); time.sleep(1000)",
    "a list as a reply": "question(); say(['list']); time.sleep(1000)",
    "nothing, with its pipe closed": "os.close(1); questions.read()",
    "nothing, with both pipes closed": "os.close(0); os.close(1); time.sleep(1000)",
}


@pytest.mark.parametrize("what", MESSAGES)
def test_a_forged_message_ends_the_process(forger, what):
    process = forger(MESSAGES[what])
    with process:
        outcomes = [process.load("f", ""), *(process.ask(Case((), None), seconds=20) for _ in range(3))]
        assert outcomes[-1].kind == "died" and process.child is None


def test_an_answer_that_ends_when_it_is_asked_again_gets_its_verdict(tiny_course):
    lines = "import os\nasked = []\ndef scale(x, factor=2.0):\n    asked.append(1)\n    return os._exit(0) if len(asked) > 6 else x * factor"
    assert check_chunks("06.scale", [Chunk(lines, "cell 1")]).verdict != RIGHT


@pytest.mark.parametrize("most", [3, 200])
def test_replies_that_are_ahead_of_their_questions_come_to_an_end(forger, most):
    with forger(f"for n in range(1, {most} + 1): say(pairs(n))\ntime.sleep(1000)") as process:
        outcomes = [process.load("f", "", seconds=0.5)]
        while outcomes[-1].kind == "value" and len(outcomes) <= most:
            outcomes.append(process.ask(Case((), None), seconds=0.05))
        assert outcomes[-1].kind in ("died", "timed out")


def test_a_program_that_never_reads_is_not_waited_for(forger):
    process = forger("question(); say(pairs(1)); time.sleep(1000)")
    with process:
        assert process.load("f", "").kind == "value"
        large = np.zeros(10**6)
        assert process.ask(Case((large, large), None), seconds=0.05).kind == "timed out"


def test_a_program_that_sends_half_a_message_is_not_waited_for(forger):
    process = forger("question(); say(pairs(1)); os.write(1, struct.pack('<Q', 1000) + b'x'); time.sleep(1000)")
    with process:
        assert process.load("f", "").kind == "value"
        assert process.ask(Case((), None), seconds=0.05).kind == "timed out"


@pytest.mark.parametrize("program", ["for n in range(1, 201): say(pairs(n, value=2.0))\ntime.sleep(1000)",
                                     "question(); say(['list']); time.sleep(1000)"])  # fmt: skip
def test_a_forgery_gets_its_verdict_and_the_next_answer_too(tiny_course, forger, program, monkeypatch):
    answer = [Chunk("def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n", "cell 1")]
    with monkeypatch.context() as patched:
        patched.setattr(hints, "hint_for", lambda *about: ("", ""))  # which asks processes of its own
        forger(program)
        report = check_chunks("06.scale", answer)
        assert report.verdict != RIGHT and report.points == 0
        patched.setattr(process_module, "WORKER", Path(process_module.__file__).with_name("worker.py"))
        assert check_chunks("06.scale", answer).verdict == RIGHT


def child_of(program):
    """A Child that runs a program."""
    return Child([sys.executable, "-I", "-S", "-c", FORGER.replace("question()  # the limits", "") + program], {})


def all_end(threads):
    """Whether these threads come to their ends; `close` waits a second for them, which a busy machine may take longer for."""
    for thread in threads:
        thread.join(60)
    return not any(thread.is_alive() for thread in threads)


def test_a_child_that_ends_between_two_questions_says_how():
    with child_of("question(); say(pairs(1)); os._exit(3)") as child:
        assert child.ask({}, 20) == {"value": None, "changed": [], "printed": ""}
        child.threads[0].join(60)  # the end of the pipe was read
        with pytest.raises(Ended, match="exit code 3") as caught:
            child.ask({}, 20)
    assert caught.value.code == 3


def test_a_child_that_does_not_answer_is_ended():
    with child_of("time.sleep(1000)") as child:
        with pytest.raises(Hung):
            child.ask({}, 0.05)
        assert child.process.returncode is not None and all_end(child.threads)


def test_a_flood_is_held_back():
    with child_of("question(); say(pairs(1))\nwhile True: say(pairs(2))") as child:
        child.ask({}, 20)
        with pytest.raises(Ended, match="without being asked|not a reply to the request"):
            for _ in range(3):
                child.ask({}, 20)
        assert all_end(child.threads) and child.process.stdout.closed


@pytest.mark.parametrize("value", [10**5000, [0] * 200_000, {"a" * 10_000_000: 1}], ids=["int", "list", "key"])
def test_what_is_too_large_to_travel_is_refused_or_named(value):
    try:
        assert isinstance(wire.decode(wire.encode(value)[8:]), wire.Other)
    except ValueError as error:
        assert str(error)


def test_the_forged_messages_are_framed_as_the_true_ones_are():
    body = wire.encode({"number": 1})[8:]
    (length,) = struct.unpack("<Q", body[:8])
    assert json.loads(body[8 : 8 + length]) == ["dict", ["number", 1]]


# Threads --------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell how many threads a process has")
def test_a_program_with_too_many_threads_is_ended(monkeypatch):
    monkeypatch.setattr(child_module, "MAX_THREADS", 20)
    lines = ["import threading", "def f(count):", "    stop = threading.Event()",
             "    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(count)]",
             "    [thread.start() for thread in threads]", "    return stop.wait()"]  # fmt: skip
    with AnswerProcess() as process:
        process.load("f", "\n".join(lines))
        outcome = process.ask(Case((40,), None))
    assert outcome.kind == "died" and "more than 20 threads" in outcome.message


# Time ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elapsed, used, delay, over", [
    (500.0, 9.0, 490.0, False),                     # a busy machine
    (11.0, 11.0, 0.0, True),                        # a loop
    (10.0 * IDLE + 1, 0.0, 0.0, True),              # a sleep
    (10.0 * IDLE - 1, 0.0, 0.0, False),
    (10.0 * IDLE + 5, 1.0, 6.0, False),             # a short sleep on a busy machine
    (10.0 * STARVED - 1, 1.0, None, False),         # a system that does not say what a process waits for
    (10.0 * STARVED + 1, 1.0, None, True),
])  # fmt: skip
def test_computing_and_sleeping_count_and_waiting_for_the_processor_does_not(elapsed, used, delay, over, monkeypatch):
    now = {"elapsed": 0.0, "used": 0.0, "delay": None if delay is None else 0.0}
    monkeypatch.setattr(child_module.time, "monotonic", lambda: 1000 + now["elapsed"])
    monkeypatch.setattr(child_module, "cpu_time", lambda pid: now["used"])
    monkeypatch.setattr(child_module, "delay", lambda pid: now["delay"])
    watch = Stopwatch(1)
    now |= {"elapsed": elapsed, "used": used, "delay": delay}
    assert watch.over(10.0) is over


@pytest.mark.parametrize("state, over", [(b"R", False), (b"S", True), (b"T", True)])
def test_a_wait_for_the_processor_that_goes_on_is_no_sleep(state, over, monkeypatch):
    """Linux adds it to what a process has waited only when it gets the processor. Who stops itself sleeps."""
    now = iter([0.0, 10.0 * IDLE + 1])
    monkeypatch.setattr(child_module.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(child_module, "cpu_time", lambda pid: 0.0)
    monkeypatch.setattr(child_module, "delay", lambda pid: 0.0)
    monkeypatch.setattr(child_module, "status_of", lambda pid: [state])
    assert Stopwatch(1).over(10.0) is over
