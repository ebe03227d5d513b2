"""Connections between machines: what is noticed when one fails, here between sockets of one process."""

import socket
import struct

import pytest
from ranks import needs_ranks, run

from minifcn import lifelines


@pytest.fixture
def ends(monkeypatch):
    """(rank 0's end, the other end) of the connection of rank 7."""
    monkeypatch.delenv(lifelines.PORTS, raising=False)
    with lifelines.listen(1) as listening:
        theirs = lifelines.reach(["127.0.0.1"], listening.getsockname()[1], 7)
        ours, rank = lifelines.accept(listening)
    assert rank == 7
    with ours, theirs:
        yield ours, theirs


def reset(line):
    """Close a connection in the way of a machine that was started again and knows nothing of it."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def test_the_operating_system_asks_whether_the_other_machine_is_there(ends):
    for end in ends:
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert {name: end.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in lifelines.KEEPALIVE} == lifelines.KEEPALIVE


@pytest.mark.parametrize(("close", "lost"), [(socket.socket.close, []), (reset, ["rank 7 on two"])])
def test_a_failed_connection_is_reported_and_a_closed_one_is_not(close, lost, ends, monkeypatch):
    named = []
    monkeypatch.setattr(lifelines, "lose", lambda name, error: named.append(name))
    close(ends[1])
    lifelines.watch({ends[0]: "rank 7 on two"})
    assert named == lost


def test_a_rank_listens_at_a_port_of_the_range_that_is_free(monkeypatch):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv(lifelines.PORTS, f"{port}:{port}")
        with pytest.raises(OSError, match=f"all ports of {lifelines.PORTS}={port}:{port} are taken"):
            lifelines.listen(1)
    with lifelines.listen(1) as listening:
        assert listening.getsockname()[1] == port


def test_an_address_where_nobody_listens_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert lifelines.reach(["127.0.0.1"], port, 0) is None


@needs_ranks
@pytest.mark.parametrize(("places", "watching"), [(["127.0.0.1"], [2, 0, 1, 1]), ([], [0] * 4)])
def test_each_rank_of_another_machine_is_connected_with_rank_0(places, watching):
    """How many connections each of four ranks watches; the machines have two ranks, or rank 0 cannot be reached."""
    found = run(4, f"""
    from minifcn import lifelines
    lifelines.socket.gethostname = lambda: "ab"[rank // 2]
    lifelines.addresses = lambda: {places}
    watched = []
    lifelines.watch = watched.extend
    lifelines.connect()
    import threading
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()
    found = len(watched)
    """)
    assert found == watching
