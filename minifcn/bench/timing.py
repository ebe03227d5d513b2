"""How two libraries are timed side by side: in turn, round by round, so that a machine that slows down slows both.

A round times every contender once, and every round begins with another, so that no one always comes first. What counts
is the median over the rounds: of each contender's times, and of the ratio of two times of one round. Between two
contenders the clock waits until the threads of the one have gone to sleep: after a parallel loop they spin for some
milliseconds, in case there is more work, and would take the cores away from the other. (On Linux both libraries run on
the threads of one OpenMP, which is the same for both; how long they spin is GOMP_SPINCOUNT.) Read conv_cases.py next.
"""

import time
from statistics import median

SHORT = 2e-3  # seconds: a sample lasts at least as long, of as many calls as it takes
REST = 5e-3  # seconds between two contenders
ENOUGH = 1.0  # seconds a row: beyond it no more rounds than have to be
MOST = 31  # rounds


def compare(contenders, rounds):
    """{contender: [seconds a call, one a round]} of functions without arguments, in at least `rounds` rounds."""
    calls = {name: calls_for(function) for name, function in contenders.items()}
    times, names, began = {name: [] for name in contenders}, list(contenders), time.perf_counter()
    while (done := len(times[names[0]])) < rounds or (done < MOST and time.perf_counter() - began < ENOUGH):
        first = done % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(sample(contenders[name], calls[name]))
    return times


def calls_for(function):
    """How many calls make one sample; the first call, which may compile, counts for nothing."""
    function()
    start = time.perf_counter()
    function()
    return max(1, round(SHORT / max(time.perf_counter() - start, 1e-7)))


def sample(function, calls):
    """Seconds a call, after a rest and, for what is short, after calls that bring its arrays back into the cache."""
    time.sleep(REST)
    if calls > 1:
        function()
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def medians(times):
    """({contender: median milliseconds}, the median ratio of PyTorch's time to ours, None without PyTorch)."""
    milliseconds = {name: 1e3 * median(samples) for name, samples in times.items()}
    if "torch" not in times:
        return milliseconds, None
    return milliseconds, median(theirs / ours for theirs, ours in zip(times["torch"], times["ours"]))
