"""Times two libraries in interleaved rounds, so that a machine that slows down slows both.

A round times every contender once, starting with a different one each round. The figures are medians over the rounds:
of each contender's times, and of the ratio of the fastest rival's time to ours within a round. Between contenders there is a pause until
the threads of the last one are asleep: after a parallel loop they spin for some milliseconds, waiting for more work,
and would take cores from the next one. (On Linux both libraries run on the threads of the same OpenMP runtime, and
GOMP_SPINCOUNT sets how long they spin.) Read rival.py next.
"""

import time
from statistics import median

SHORT = 1e-2  # the least duration of a sample in seconds; fast functions are called several times
AWAKE = 3e-3  # seconds of calls before a sample: until then, some cores may still be asleep
IN_A_ROW = 0.1  # seconds; contenders that take less follow calls of themselves, as a training step follows another
REST = 5e-3  # seconds between two contenders
ENOUGH = 1.0  # seconds per row after which no extra rounds are added
MOST = 31  # rounds
LONG, FEWEST = 30.0, 3  # seconds per row after which this many rounds are enough


def compare(contenders, rounds):
    """{contender: [seconds per call, one per round]} for functions without arguments, in `rounds` rounds or more.

    There are more if they are short, and fewer if they take minutes, as a compiled network's training steps may.
    """
    seconds = {name: duration(function) for name, function in contenders.items()}
    short = max(seconds.values()) < IN_A_ROW
    before = {name: max(1, round(AWAKE / seconds[name])) if short else 0 for name in contenders}
    times, names, start = {name: [] for name in contenders}, list(contenders), time.perf_counter()
    while (done := len(times[names[0]])) < wanted(rounds, time.perf_counter() - start):
        first = done % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(sample(contenders[name], before[name], max(1, round(SHORT / seconds[name]))))
    return times


def wanted(rounds, seconds):
    """The number of rounds of a row that has taken `seconds` until now."""
    if seconds < ENOUGH:
        return MOST
    return rounds if seconds < LONG else min(rounds, FEWEST)


def duration(function):
    """Seconds of a call, roughly: the second, since the first may compile, or the fastest of ten if they are short."""
    function()
    seconds = timed(function)
    if seconds < SHORT:
        seconds = min(timed(function) for _ in range(9))
    return max(seconds, 1e-7)


def timed(function, calls=1):
    """Seconds per call."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def sample(function, before, calls):
    """Seconds per call, after a rest and `before` calls.

    Those bring the function's code and arrays back into the cache, and wake the cores up: on a virtual machine, an operation
    of 0.1 ms takes 0.8 ms in the first two milliseconds after a rest.
    """
    time.sleep(REST)
    for _ in range(before):
        function()
    return timed(function, calls)


def medians(times):
    """({contender: median milliseconds}, median ratio of the fastest rival's time to ours, or None without rivals)."""
    milliseconds = {name: 1e3 * median(samples) for name, samples in times.items()}
    rivals = times.keys() - {"ours"}
    if not rivals or "ours" not in times:
        return milliseconds, None
    fastest = min(rivals, key=milliseconds.get)
    return milliseconds, median(theirs / ours for theirs, ours in zip(times[fastest], times["ours"]))
