"""Processes and signals: starting programs, ending or reading other processes, the network, and the kernel's other
doors. A child that an attack starts ends by itself within seconds. Read disarming.py next.
"""

# ruff: noqa: PLW1510, SIM115
from .attack import Attack, attacks

ATTACKS = []
attack = attacks("processes", ATTACKS)


# Starting -------------------------------------------------------------------------------------------------------------


@attack("rules", "calls")
def fork(at):
    import os

    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return at["flag"]


@attack("rules", "calls", "files")
def fork_with_a_terminal(at):
    import os
    import pty

    pid, _ = pty.fork()
    if not pid:
        os._exit(0)
    return at["flag"]


@attack("rules", "calls")
def fork_by_ctypes(at):
    import ctypes
    import os

    pid = ctypes.CDLL(None).fork()
    if not pid:
        os._exit(0)
    return at["flag"] * (pid > 0)


@attack("rules", "calls")
def clone_by_a_raw_system_call(at):
    import ctypes
    import os
    import platform

    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = ctypes.CDLL(None).syscall(number, 17, 0, 0, 0, 0)
    if not pid:
        os._exit(0)
    return at["flag"] * (pid > 0)


@attack("rules", "calls")
def clone3_by_a_raw_system_call(at):
    import ctypes
    import os
    import struct

    how = struct.pack("8Q", 0, 0, 0, 0, 17, 0, 0, 0)
    pid = ctypes.CDLL(None).syscall(435, how, 64)
    if not pid:
        os._exit(0)
    return at["flag"] * (pid > 0)


@attack("rules", "calls")
def vfork_by_a_raw_system_call(at):
    """x86_64's own call; elsewhere, clone() with the flags of it."""
    import ctypes
    import os
    import platform

    call = {"x86_64": (58,), "aarch64": (220, 0x4111, 0, 0, 0, 0)}[platform.machine()]
    pid = ctypes.CDLL(None).syscall(57 if call == (58,) else call[0], *call[1:])
    if not pid:
        os._exit(0)
    return at["flag"] * (pid > 0)


@attack("rules", "limits", "calls", "files")
def spawn_by_posix(at):
    import os

    os.posix_spawn("/bin/sh", ["sh", "-c", f"echo Eve >> {at['victim']}"], {})
    os.wait()


@attack("rules", "limits", "calls", "files")
def spawn_by_ctypes(at):
    import ctypes

    def texts(*given):
        return (ctypes.c_char_p * (len(given) + 1))(*given, None)

    pid = ctypes.c_int()
    command = texts(b"sh", b"-c", f"echo Eve >> {at['victim']}".encode())
    system = ctypes.CDLL(None)
    system.posix_spawn(ctypes.byref(pid), b"/bin/sh", None, None, command, texts())
    system.waitpid(pid, None, 0)


@attack("rules", "limits", "calls", "files")
def spawn_by_posixsubprocess(at):
    import _posixsubprocess
    import os

    read, write = os.pipe()
    given = [(b"sh", b"-c", f"echo Eve >> {at['victim']}".encode()), (b"/bin/sh",), True, (write,), None, None,
             -1, -1, -1, -1, -1, -1, read, write, False, False, -1, None, None, None, -1, None]  # fmt: skip
    try:
        _posixsubprocess.fork_exec(*given, False)
    except TypeError:  # from Python 3.14 on
        _posixsubprocess.fork_exec(*given)
    os.wait()


@attack("rules", "limits", "calls", "files")
def run_by_the_shell(at):
    import os

    os.system(f"echo Eve >> {at['victim']}")


@attack("rules", "limits", "calls", "files")
def run_by_popen(at):
    import os

    os.popen(f"echo Eve >> {at['victim']}").read()


@attack("rules", "calls", "files")
def run_by_subprocess(at):
    import subprocess

    subprocess.run(["touch", at["folder"] + "/new"])


@attack("rules", "limits", "calls", "files")
def run_by_the_c_library(at):
    import ctypes

    ctypes.CDLL(None).system(f"echo Eve >> {at['victim']}".encode())


@attack("rules", "calls", "files")
def run_by_asyncio(at):
    import asyncio

    async def run():
        await (await asyncio.create_subprocess_exec("touch", at["folder"] + "/new")).wait()

    asyncio.run(run())


@attack("rules", "calls")
def run_by_multiprocessing(at):
    import multiprocessing
    import os

    process = multiprocessing.get_context("fork").Process(target=os.getpid)
    process.start()
    process.join()
    return at["flag"] * (process.exitcode == 0)


@attack("rules", "limits", "calls", "files")
def run_in_a_pool(at):
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        return at["flag"] * (pool.submit(abs, -1).result() == 1)


@attack("rules", "limits", "calls", "files")
def run_a_program_in_place(at):
    import os

    os.execv("/bin/sh", ["sh", "-c", f"echo Eve >> {at['victim']}"])


@attack("rules", "limits", "calls", "files")
def run_a_program_in_place_by_ctypes(at):
    import ctypes

    command = (ctypes.c_char_p * 4)(b"sh", b"-c", f"echo Eve >> {at['victim']}".encode(), None)
    ctypes.CDLL(None).execve(b"/bin/sh", command, (ctypes.c_char_p * 1)(None))


@attack("rules", "limits", "calls", "files")
def run_a_program_from_memory(at):
    import os

    file = os.memfd_create("x", 0)
    os.write(file, f"#!/bin/sh\necho Eve >> {at['victim']}\n".encode())
    os.execve(f"/proc/self/fd/{file}", ["x"], {})


@attack("rules", "calls", "files")
def open_a_browser(at):
    import webbrowser

    webbrowser.GenericBrowser(["touch", at["folder"] + "/%s"]).open("new")


@attack("rules", "limits", "calls", "files")
def open_an_editor(at):
    import os
    import pydoc

    os.environ["MANPAGER"] = f"cat >> {at['victim']}"
    pydoc.pipepager("Eve", f"cat >> {at['victim']}")


@attack("rules", "calls", "files")
def open_a_terminal(at):
    import os

    return at["flag"] * (len(os.openpty()) == 2)


# Signals and other processes ------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def end_another_process(at):
    import os

    os.kill(at["pid"], 9)


@attack("rules", "calls", "files")
def end_another_process_by_its_group(at):
    import os

    os.killpg(at["pid"], 9)


@attack("rules", "calls", "files")
def end_another_process_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).kill(at["pid"], 9)


@attack("rules", "calls", "files")
def end_another_process_s_thread(at):
    import ctypes
    import platform

    number = {"x86_64": 234, "aarch64": 131}[platform.machine()]
    ctypes.CDLL(None).syscall(number, at["pid"], at["pid"], 9)


@attack("rules", "calls", "files")
def end_another_process_by_its_descriptor(at):
    import os
    import signal

    signal.pidfd_send_signal(os.pidfd_open(at["pid"]), 9)


@attack("rules", "calls", "files")
def end_another_process_by_a_queued_signal(at):
    import ctypes

    ctypes.CDLL(None).sigqueue(at["pid"], 9, None)


@attack("rules", "calls", "files")
def end_another_process_by_a_file_s_owner(at):
    """A file may send its owner a signal when there is something to read."""
    import fcntl
    import os

    read, write = os.pipe()
    fcntl.fcntl(read, 10, 9)  # F_SETSIG
    fcntl.fcntl(read, fcntl.F_SETOWN, at["pid"])
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")


@attack("rules", "calls")
def take_another_process_s_time(at):
    import resource

    resource.prlimit(at["pid"], resource.RLIMIT_CPU, (0, 0))
    return at["flag"]


@attack("rules", "calls", "files")
def send_the_grader_a_signal(at):
    import os
    import signal

    os.kill(os.getppid(), signal.SIGURG)


@attack("rules", "calls", "files")
def send_the_grader_a_signal_by_its_number(at):
    import ctypes
    import signal

    ctypes.CDLL(None).kill(at["grader"], signal.SIGURG)


@attack("rules", "calls", "files")
def send_the_grader_a_signal_by_its_descriptor(at):
    import os
    import signal

    signal.pidfd_send_signal(os.pidfd_open(at["grader"]), signal.SIGURG)


@attack("rules", "calls")
def send_all_processes_a_signal(at):
    """Signal 0 to all processes that it may send one to, which only asks."""
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).kill(-1, 0) == 0)


@attack("start")
def take_a_process_s_files(at):
    import ctypes
    import os

    return at["flag"] * (ctypes.CDLL(None).syscall(438, os.pidfd_open(at["pid"]), 1, 0) >= 0)


@attack("start")
def trace_another_process(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).ptrace(0x4206, at["pid"], None, None) == 0)  # PTRACE_SEIZE


@attack("start")
def write_into_another_process(at):
    """Writes back what is there already."""
    import ctypes

    system = ctypes.CDLL(None)
    for line in open(f"/proc/{at['pid']}/maps"):
        if " rw-p " in line:
            start = int(line.split("-")[0], 16)
            held = ctypes.create_string_buffer(4)
            here, there = ((ctypes.c_size_t * 2)(place, 4) for place in (ctypes.addressof(held), start))
            read = system.process_vm_readv(at["pid"], here, 1, there, 1, 0)
            return at["flag"] * (read == system.process_vm_writev(at["pid"], here, 1, there, 1, 0) == 4)


@attack("start")
def write_into_another_process_by_its_memory_file(at):
    for line in open(f"/proc/{at['pid']}/maps"):
        if " rw-p " in line:
            memory = open(f"/proc/{at['pid']}/mem", "r+b", 0)
            memory.seek(int(line.split("-")[0], 16))
            held = memory.read(4)
            memory.seek(int(line.split("-")[0], 16))
            return at["flag"] * (memory.write(held) == 4)


@attack("start")
def compare_two_processes(at):
    import ctypes
    import platform

    number = {"x86_64": 312, "aarch64": 272}[platform.machine()]
    return at["flag"] * (ctypes.CDLL(None).syscall(number, at["pid"], at["grader"], 0, 0, 0) >= 0)


@attack("start")
def slow_another_process_down(at):
    import os

    os.setpriority(os.PRIO_PROCESS, at["pid"], 1)
    return at["flag"]


@attack("start")
def move_another_process(at):
    import os

    os.sched_setaffinity(at["pid"], os.sched_getaffinity(at["pid"]))
    return at["flag"]


@attack("start")
def run_ahead_of_all_others(at):
    import os

    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return at["flag"]


# Taking walls down ----------------------------------------------------------------------------------------------------


@attack("rules", "limits", "calls")
def raise_a_limit(at):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    return at["flag"]


@attack("rules", "limits", "calls")
def raise_a_limit_by_ctypes(at):
    import ctypes

    limits = (ctypes.c_ulong * 2)(2**40, 2**40)
    return at["flag"] * (ctypes.CDLL(None).prlimit(0, 9, limits, None) == 0)


@attack("rules", "calls")
def be_dumpable_again(at):
    import ctypes
    import os

    system = ctypes.CDLL(None)
    system.prctl(4, 0, 0, 0, 0)
    return at["flag"] * (system.prctl(4, 1, 0, 0, 0) == 0 and os.access("/proc/self/mem", os.W_OK))


@attack("rules", "calls")
def outlive_its_parent(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0)


@attack("start")
def become_another_user(at):
    import os

    os.setresuid(12345, 12345, 12345)
    return at["flag"]


@attack("start")
def become_another_user_by_ctypes(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).setresuid(12345, 12345, 12345) == 0)


@attack("start")
def take_a_namespace_of_its_own(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).unshare(0x04000000) == 0)  # of host names


@attack("rules", "calls", "namespaces")
def take_users_of_its_own(at):
    """In a user namespace of its own, a process has every right over what it then makes."""
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).unshare(0x10000000) == 0)


@attack("start")
def enter_another_process_s_namespace(at):
    import ctypes
    import os

    file = os.open(f"/proc/{at['pid']}/ns/uts", os.O_RDONLY)
    return at["flag"] * (ctypes.CDLL(None).setns(file, 0) == 0)


@attack("start")
def enter_another_process_s_namespace_by_its_descriptor(at):
    import ctypes
    import os

    return at["flag"] * (ctypes.CDLL(None).setns(os.pidfd_open(at["pid"]), 0x04000000) == 0)


@attack("start")
def mount_a_file_system(at):
    import ctypes

    system = ctypes.CDLL(None)
    if system.unshare(0x00020000) == 0 and system.mount(None, b"/", None, 0x44000, None) == 0:  # seen by nobody else
        return at["flag"] * (system.mount(b"none", at["folder"].encode(), b"tmpfs", 0, None) == 0)


@attack("start")
def make_a_file_system(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).syscall(430, b"tmpfs", 0) >= 0)  # fsopen


@attack("start")
def open_a_tree_of_mounts(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).syscall(428, -100, at["private"].encode(), 1) >= 0)  # a copy of it


@attack("start")
def change_the_root(at):
    import os

    os.chroot(at["private"])
    return open("/secret.txt").read()


@attack("start")
def change_the_root_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).chroot(at["private"].encode())
    return open("/secret.txt").read()


@attack("rules", "calls")
def call_by_the_numbers_of_32_bits(at):
    """32-bit system calls have other numbers, which a filter might not know."""
    import ctypes
    import mmap
    import platform

    code = {"x86_64": b"\xb8\x14\0\0\0\xcd\x80\xc3"}[platform.machine()]  # getpid by int 0x80
    held = mmap.mmap(-1, 4096, prot=7)
    held.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(held)))
    return at["flag"] * (call() > 0)


@attack("start", dud="most kernels are built without them")
def call_by_the_numbers_of_x32(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).syscall(0x40000000 + 39) > 0)


@attack("rules", "calls")
def change_its_personality(at):
    import ctypes

    return at["flag"] * (ctypes.CDLL(None).personality(0x0040000) >= 0)  # no random addresses


# The network ----------------------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def listen(at):
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    return at["flag"] * (server.getsockname()[1] > 0)


@attack("rules", "calls", "files")
def listen_by_the_c_module(at):
    import _socket

    server = _socket.socket(2, 1)
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    return at["flag"]


@attack("rules", "calls")
def listen_by_ctypes(at):
    import ctypes

    system = ctypes.CDLL(None)
    server = system.socket(2, 1, 0)
    return at["flag"] * (server >= 0 and system.listen(server, 1) == 0)


@attack("rules", "calls", "files", "namespaces")
def call_the_grader_s_machine(at):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5)
        return at["flag"]


@attack("rules", "calls", "namespaces")
def send_a_datagram(at):
    import socket

    return at["flag"] * (socket.socket(2, 2).sendto(b"x", ("127.0.0.1", 9)) == 1)


@attack("rules", "calls", "namespaces")
def send_a_datagram_by_ctypes(at):
    import ctypes
    import struct

    system, address = ctypes.CDLL(None), struct.pack("=HHL8x", 2, 9 << 8, 0x0100007F)
    return at["flag"] * (system.sendto(system.socket(2, 2, 0), b"x", 1, 0, address, 16) == 1)


@attack("rules", "calls", "files")
def listen_at_a_path(at):
    import socket

    socket.socket(socket.AF_UNIX).bind(at["folder"] + "/new")


@attack("rules", "calls")
def listen_at_an_abstract_name(at):
    import socket

    socket.socket(socket.AF_UNIX).bind("\0minifcn-" + at["flag"][5:])
    return at["flag"]


@attack("rules", "calls")
def talk_to_the_kernel_by_netlink(at):
    import socket

    return at["flag"] * (socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).fileno() >= 0)


@attack("start")
def read_raw_packets(at):
    import socket

    return at["flag"] * (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).fileno() >= 0)


@attack("rules", "calls")
def call_the_host_of_a_virtual_machine(at):
    import socket

    return at["flag"] * (socket.socket(40, 1, 0).fileno() >= 0)  # AF_VSOCK, to the host of a virtual machine


@attack("rules", "calls", "files")
def serve_by_asyncio(at):
    import asyncio

    async def serve():
        return len((await asyncio.start_server(print, "127.0.0.1", 0)).sockets)

    return at["flag"] * asyncio.run(serve())


@attack("rules", "calls", "files")
def serve_pages(at):
    import http.server

    return at["flag"] * http.server.HTTPServer(("127.0.0.1", 0), None).server_port


@attack("rules", "files")
def fetch_a_file_by_urllib(at):
    import urllib.request

    return urllib.request.urlopen("file://" + at["secret"]).read().decode()


# The kernel's other doors ---------------------------------------------------------------------------------------------

DOOR = """\
def {name}(at):
    import ctypes
    import platform

    number = {numbers}[platform.machine()]
    return at["flag"] * (ctypes.CDLL(None).syscall(number, {arguments}) >= 0)
"""
DOORS = [  # name, numbers of the system call on x86_64 and aarch64, its arguments
    ("set_up_a_ring_of_requests", 425, 425, "8, bytes(120)"),
    ("make_a_map_of_bpf", 321, 280, "0, b''.join(n.to_bytes(4, 'little') for n in (2, 4, 4, 1)) + bytes(100), 72"),
    ("handle_page_faults", 323, 282, "1"),
    ("make_a_ring_of_keys", 250, 219, "1, 0"),
    ("add_a_key", 248, 217, "b'user', b'minifcn', b'x', 1, -2"),
    ("count_the_processor_s_events", 298, 241, "b'\\1\\0\\0\\0\\x78\\0\\0\\0' + bytes(112), 0, -1, -1, 0"),
    ("watch_files", 294, 26, "0"),
    ("watch_all_files", 300, 262, "0x200, 0"),
    ("set_up_asynchronous_io", 206, 0, "1, ctypes.create_string_buffer(8)"),
    ("make_a_file_of_memory", 319, 279, "b'x', 0"),
    ("lock_all_memory", 151, 230, "2"),
    ("make_a_filter_that_it_serves_itself", 317, 277, "2, 0, (0x7fff0000).to_bytes(4, 'little')"),
    ("ask_for_the_locks_of_another", 274, 100, "at['pid'], ctypes.create_string_buffer(8), bytes(8)"),
    ("limit_another_process", 302, 261, "at['pid'], 7, (1024).to_bytes(8, 'little') * 2, 0"),
    ("point_a_descriptor_at_another_process", 434, 434, "at['pid'], 0"),
    ("tell_the_handle_of_a_file", 303, 264, "-100, at['secret'].encode(), b'\\x80' + bytes(140), bytes(8), 0"),
    ("receive_signals_by_a_file", 289, 74, "-1, bytes(8), 8, 0"),
    ("make_a_timer_that_wakes_the_machine", 283, 85, "0, 0"),
]
LIMITED = ("set_up_a_ring_of_requests", "lock_all_memory")
PRIVILEGED = ("make_a_map_of_bpf", "count_the_processor_s_events", "ask_for_the_locks_of_another")
for name, *numbers, arguments in DOORS:
    walls = ("start",) if name in PRIVILEGED else ("rules", "limits", "calls") if name in LIMITED else ("rules", "calls")
    source = DOOR.format(name=name, numbers=dict(zip(("x86_64", "aarch64"), numbers)), arguments=arguments)
    ATTACKS.append(Attack("processes", name, source, walls))
