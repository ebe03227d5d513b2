"""The simulated ranks of lesson 24: what is sent is copied and counted, and waiting for each other is an error, not a hang.

The lesson's post office, which students read, and the one that its checks take along must do the same.
"""

import numpy as np
import pytest

from minifcn.course import ladder
from minifcn.course.answers.solutions import solution
from minifcn.course.answers.source import extract, read_chunks

LESSON = ladder.find_lesson("24")


@pytest.fixture(scope="module")
def of_the_lesson():
    names = {}
    exec(extract(read_chunks(LESSON.folder / "lesson.py"), "run_ranks").text, names)  # noqa: S102
    return lambda program, inputs: names["run_ranks"](program, inputs)[0]


@pytest.fixture(params=["lesson", "checks"])
def results(request, of_the_lesson):
    """A function (program, inputs) -> [what the program returns on each rank], of both post offices."""
    return of_the_lesson if request.param == "lesson" else LESSON.module("checks").on_ranks


def pass_on(x, rank, ranks, send):
    """Each rank gets what its left neighbour has, although that one writes into it after it is sent."""
    send((rank + 1) % ranks, x)
    x += 100
    received = yield (rank - 1) % ranks
    return received.tolist()


def test_a_message_is_a_copy(results):
    assert results(pass_on, [[np.array([1.0])], [np.array([2.0])], [np.array([3.0])]]) == [[3.0], [1.0], [2.0]]


def test_messages_of_one_rank_come_in_order_and_those_of_others_wait(results):
    def program(rank, ranks, send):
        if rank < 2:
            send(2, np.array([rank, 1]))
            send(2, np.array([rank, 2]))
            return None
        second = [(yield 1).tolist(), (yield 1).tolist()]
        return second + [(yield 0).tolist(), (yield 0).tolist()]

    assert results(program, [[], [], []])[2] == [[1, 1], [1, 2], [0, 1], [0, 2]]


def test_ranks_that_wait_for_each_other_are_named(results):
    def polite(rank, ranks, send):
        yield 1 - rank
        send(1 - rank, np.ones(1))

    with pytest.raises(RuntimeError, match="^rank 0 waits for rank 1; rank 1 waits for rank 0$"):
        results(polite, [[], []])


def test_mail_that_nobody_reads_is_an_error(results):
    def talkative(rank, ranks, send):
        if rank == 0:
            send(1, np.ones(1))
        yield from ()

    with pytest.raises(RuntimeError, match="^rank 1 has not read all mail of rank 0$"):
        results(talkative, [[], []])


def test_there_is_no_rank_after_the_last(results):
    def program(rank, ranks, send):
        send(rank + 1, np.ones(1))
        yield rank - 1

    with pytest.raises(IndexError):
        results(program, [[], []])


def test_the_ring_of_the_solution_sends_two_arrays_less_two_parts():
    names = {}
    exec(solution(LESSON, "ring_all_reduce").text, names)  # noqa: S102
    found = LESSON.module("checks").on_ranks(names["ring_all_reduce"], [[np.ones(12)] for _ in range(4)], "messages")
    assert found == {"messages": [6] * 4, "bytes": [6 * 3 * 8] * 4, "neighbours": [1] * 4}
