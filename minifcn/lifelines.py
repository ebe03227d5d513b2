"""Notice that another machine, or the network to it, has failed: MPI would wait for its ranks for ever.

Each rank on another machine than rank 0's connects to rank 0, says who it is, and then nothing is ever sent. On an idle
connection the operating systems ask each other whether they are still there (TCP's keepalive), and need no process for
it: a rank may compute, wait or be stopped. One that ends closes its connection, which is no failure of the network: its
guard says what happened. Read commands/ranks.py next.
"""

import contextlib
import os
import selectors
import socket
import struct
import sys
import threading

from . import distributed, guard

IDLE, BETWEEN, PROBES = 10, 5, 4  # seconds until the first question, seconds between questions, how many without an answer
KEEPALIVE = {"TCP_KEEPIDLE": IDLE, "TCP_KEEPINTVL": BETWEEN, "TCP_KEEPCNT": PROBES}
CONNECTING = 5.0  # seconds for each address of rank 0's machine
PORTS = "MPIEXEC_PORT_RANGE"  # "50000:50100", for mpiexec too: the ports that a firewall lets through
GET_ADDRESS = 0x8915  # Linux's number for: the IPv4 address of a network interface


def connect():
    """Connect the other machines with rank 0's, and watch them in a thread. All ranks call this together, once."""
    ranks = distributed.collect((socket.gethostname(), guard.rank_here()))
    machines, names = zip(*ranks)
    rank, elsewhere = distributed.get_rank(), [number for number, machine in enumerate(machines) if machine != machines[0]]
    if not elsewhere or sys.platform != "linux":  # other systems have other names for the options below
        return
    listening = listen(len(ranks)) if rank == 0 else None
    places, port = distributed.broadcast_object((addresses(), listening.getsockname()[1]) if rank == 0 else None)
    line = reach(places, port, rank) if rank in elsewhere else None
    connected = [number for number, found in enumerate(distributed.collect(line is not None)) if found]
    lines = {line: names[0]} if line else {}
    if rank == 0:
        lines = {line: names[number] for line, number in (accept(listening) for _ in connected)}
        listening.close()
        if unwatched := [names[number] for number in elsewhere if number not in connected]:
            guard.say(
                f"{' and '.join(unwatched)} cannot connect to port {port} of {machines[0]}, as if a firewall stood between"
                " them, so the ranks will wait for ever for a machine that fails"
            )
    if lines:
        threading.Thread(target=watch, args=(lines,), daemon=True).start()


def listen(backlog):
    """A socket at a port that is free, of those that PORTS names."""
    first, _, last = os.environ.get(PORTS, "0:0").partition(":")
    for port in range(int(first), int(last) + 1):
        with contextlib.suppress(OSError):
            return socket.create_server(("", port), backlog=backlog)
    raise OSError(f"all ports of {PORTS}={first}:{last} are taken; name more of them")


def addresses():
    """The IPv4 addresses of this machine: whoever asks for it by name may hear 127.0.1.1."""
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # one without an address
                answer = fcntl.ioctl(any_socket, GET_ADDRESS, struct.pack("256s", name.encode()))
                found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if not address.startswith("127.")]


def reach(places, port, rank):
    """A connection to rank 0 at one of its addresses, over which this rank has said its number; None if none answers."""
    for place in places:
        with contextlib.suppress(OSError):
            line = socket.create_connection((place, port), CONNECTING)
            line.sendall(struct.pack("!I", rank))
            return kept_alive(line)


def accept(listening):
    """(the connection, the rank at its other end)."""
    line, _ = listening.accept()
    return kept_alive(line), *struct.unpack("!I", line.recv(4, socket.MSG_WAITALL))


def kept_alive(line):
    """The socket; its recv() raises an OSError after 30 seconds, IDLE + BETWEEN * PROBES, without an answer."""
    line.settimeout(None)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return line


def watch(lines):
    """Wait until a connection fails, and say so. lines: {socket: how sentences name the rank at its other end}."""
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                try:
                    key.fileobj.recv(1)  # b"": the other process has ended
                except OSError as error:
                    lose(lines[key.fileobj], error)
                selector.unregister(key.fileobj)


def lose(name, error):
    """End all ranks, since one of them cannot be reached any more."""
    guard.say(
        f"{name} cannot be reached any more ({error.strerror}): its machine or the network has failed, so all ranks end;"
        " the files written so far are complete"
    )
    os._exit(guard.end_all_ranks(1))
