"""Hangs: code that never comes back, at the top, in a call, or while its process ends. Each gets a verdict, and nothing
of it runs on. Read submissions.py next.
"""

from .attack import Answer

HANGS = []
CALL = """\
import itertools, math, os, random, re, select, signal, sys, threading, time
import numpy as np

def scale(x, factor=2.0):
    {deed}
"""


def hang(name, *lines):
    """Add an answer that hangs when it is called."""
    HANGS.append(Answer("hangs", name, CALL.format(deed="\n    ".join(lines))))


def hang_above(name, text):
    """Add an answer that hangs when it is loaded."""
    HANGS.append(Answer("hangs", name, f"{text}\ndef scale(x, factor=2.0): return x\n"))


hang("loops", "while True: pass")
hang("loops_in_numpy", "while True: np.linalg.svd(np.ones((60, 60)))")
hang("loops_within_one_call_of_numpy", "np.arange(2 * 10**8)[::-1].reshape(-1, 2).T.ravel().argsort(kind='heapsort')")
hang("loops_within_a_regular_expression", "re.match('(a+)+$', 'a' * 60 + 'b')")
hang("loops_within_a_power", "return 7 ** (10 ** 8)")
hang("loops_within_a_conversion_to_text", "sys.set_int_max_str_digits(0)", "return str(7 ** 10 ** 7)")
hang("loops_within_an_iterator", "sum(itertools.repeat(0))")
hang("loops_within_a_search", "'a' * 10 in itertools.cycle('b')")
hang("loops_within_a_factorial", "math.factorial(10**8)")
hang("loops_and_catches_everything", "while True:", "    try:", "        while True: pass", "    except BaseException: pass")
hang("loops_and_ignores_signals", "for n in range(1, 65):", "    try: signal.signal(n, signal.SIG_IGN)",
     "    except (OSError, ValueError): pass", "while True: pass")  # fmt: skip
hang("sleeps", "time.sleep(1000)")
hang("waits_for_input", "os.read(0, 1) or input() if False else sys.__stdin__.read() or time.sleep(1000)")
hang("waits_for_a_lock", "lock = threading.Lock()", "lock.acquire()", "lock.acquire()")
hang("waits_for_an_event", "threading.Event().wait()")
hang("waits_for_a_signal", "while True: signal.pause()")
hang("waits_for_a_pipe", "os.read(os.pipe()[0], 1)")
hang("waits_for_nothing", "while True: select.select([], [], [])")
hang("waits_for_its_own_thread", "def run():", "    while True: pass", "thread = threading.Thread(target=run)",
     "thread.start()", "thread.join()")  # fmt: skip
hang("fills_a_pipe", "write = os.pipe()[1]", "while True: os.write(write, bytes(2**16))")
hang("loops_in_str", "class Bad(Exception):", "    def __str__(self):", "        while True: pass", "raise Bad")
hang("loops_in_an_iteration_of_its_result", "class Bad(list):", "    def __iter__(self):", "        while True: pass", "return Bad([1])")
hang("loops_in_an_attribute_of_its_result", "class Bad(np.ndarray):", "    @property", "    def nbytes(self):",
     "        while True: pass", "return np.ones(3).view(Bad)")  # fmt: skip
hang("loops_in_its_length", "class Bad(list):", "    def __len__(self):", "        while True: pass", "return Bad([1])")
hang("loops_in_a_finaliser", "class Bad:", "    def __del__(self):", "        while True: pass", "Bad()", "return x")
hang("loops_in_a_trace", "def trace(*given):", "    while True: pass", "sys.settrace(trace)", "return len(x) and (lambda: 1)()")
hang("deadlocks_the_collector", "import gc", "def callback(*given):", "    while True: pass",
     "gc.callbacks.append(callback)", "gc.collect()")  # fmt: skip
hang("keeps_python_s_lock", "sys.setswitchinterval(1000)", "threading.Thread(target=time.sleep, args=(9,)).start()", "while True: pass")
hang_above("loops_at_the_top", "x = [i for i in iter(int, 1)]")
hang_above("sleeps_at_the_top", "import time\nscale = time.sleep(1000)")
hang_above("loops_in_a_decorator", "def forever(f):\n    while True: pass\n@forever")
hang_above("loops_in_a_default", "import itertools\nONE = sum(itertools.repeat(0))\ndef helper(a=ONE): pass\nscale = helper")
hang_above("loops_in_a_class", "class Helper:\n    while True: pass\nscale = Helper")
hang_above("loops_while_it_is_compiled", "x = " + "+".join(["1"] * 3) + "\ny = eval('9' * 10 + '**9' * 3 + '**9')\nscale = y")

# These come back, and go on in the background or when the process ends; the next question gets its answer or a verdict.
LINGERING = {
    "a_thread_that_computes": "import threading\ndef run():\n    while True: pass\nthreading.Thread(target=run).start()\n",
    "an_exit_that_never_ends": "import atexit, time\natexit.register(time.sleep, 1000)\n",
    "a_thread_that_waits": "import threading\nthreading.Thread(target=threading.Event().wait).start()\n",
    "a_process_that_sleeps": "import os, time\nif os.fork() == 0: time.sleep(20), os._exit(0)\n",
    "a_process_in_a_session_of_its_own": "import os, time\nif os.fork() == 0: os.setsid(), time.sleep(20), os._exit(0)\n",
    "a_signal_that_is_ignored": "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n",
}
