"""Times two libraries in interleaved rounds, so that a machine that slows down slows both.

A round times every contender once, starting with a different one each round. The figures are medians over the rounds:
of each contender's times, and of the ratio of the fastest rival's time to ours within a round. Between contenders there is a pause until
the threads of the last one are asleep: after a parallel loop they spin for some milliseconds, waiting for more work,
and would take cores from the next one. (On Linux both libraries run on the threads of the same OpenMP runtime, and
GOMP_SPINCOUNT sets how long they spin.) Read rival.py next.
"""

import time
from statistics import median

SHORT = 2e-3  # the least duration of a sample in seconds; fast functions are called several times
IN_A_ROW = 0.1  # seconds; contenders that take less follow a call of themselves, as a training step follows another
REST = 5e-3  # seconds between two contenders
ENOUGH = 1.0  # seconds per row after which no extra rounds are added
MOST = 31  # rounds
LONG, FEWEST = 30.0, 3  # seconds per row after which this many rounds are enough


def compare(contenders, rounds):
    """{contender: [seconds per call, one per round]} for functions without arguments, in `rounds` rounds or more.

    There are more if they are short, and fewer if they take minutes, as a compiled network's training steps may.
    """
    seconds = {name: duration(function) for name, function in contenders.items()}
    before = int(max(seconds.values()) < IN_A_ROW)
    times, names, start = {name: [] for name in contenders}, list(contenders), time.perf_counter()
    while (done := len(times[names[0]])) < wanted(rounds, time.perf_counter() - start):
        first = done % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(sample(contenders[name], before, max(1, round(SHORT / seconds[name]))))
    return times


def wanted(rounds, seconds):
    """The number of rounds of a row that has taken `seconds` until now."""
    if seconds < ENOUGH:
        return MOST
    return rounds if seconds < LONG else min(rounds, FEWEST)


def duration(function):
    """Seconds of the second call, roughly; the first may compile."""
    function()
    start = time.perf_counter()
    function()
    return max(time.perf_counter() - start, 1e-7)


def sample(function, before, calls):
    """Seconds per call, after a rest and `before` calls, which bring the function's code and arrays back into the cache."""
    time.sleep(REST)
    for _ in range(before):
        function()
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def medians(times):
    """({contender: median milliseconds}, median ratio of the fastest rival's time to ours, or None without rivals)."""
    milliseconds = {name: 1e3 * median(samples) for name, samples in times.items()}
    rivals = times.keys() - {"ours"}
    if not rivals or "ours" not in times:
        return milliseconds, None
    fastest = min(rivals, key=milliseconds.get)
    return milliseconds, median(theirs / ours for theirs, ours in zip(times[fastest], times["ours"]))
