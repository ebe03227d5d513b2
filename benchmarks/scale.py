"""How training would scale to many machines, on paper: python benchmarks/scale.py, after minifcn bench --only ranks.

Every rank has the same number of images, whatever the number of ranks p, so that the batch grows with p, and a step costs
the time t of one rank's images plus a sum of n bytes of gradients over all ranks. With a latency of a seconds a message,
B bytes a second of each machine's link, and additions at A bytes a second, such a sum takes

    ring       2 (p - 1) a + 2 (p - 1)/p n/B + (p - 1)/p n/A      Patarasuk and Yuan 2009
    halving    2 log2(p) a + 2 (p - 1)/p n/B + (p - 1)/p n/A      Rabenseifner's, in Thakur, Rabenseifner and Gropp 2005

t and n are those of bench-ranks.json, A is measured here, and a and B are assumed; cable.py measures two
ranks over a cable. Efficiency is t over t plus the quicker sum; "if hidden", the sum goes on entirely during the step.
"""

import json
import math
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

RANKS = (8, 64, 512)
LINKS = {"10 Gb/s": 10e9 / 8, "100 Gb/s": 100e9 / 8}  # bytes a second
LATENCY = 30e-6  # seconds a message, assumed: an Ethernet switch and two operating systems


def sum_seconds(ranks, n, bandwidth, additions, messages, latency=LATENCY):
    """The seconds of a sum of n bytes over all ranks, in which each sends this number of messages one after the other."""
    part = (ranks - 1) / ranks * n
    return messages * latency + 2 * part / bandwidth + part / additions


def measure_additions(n=2**26):
    """The bytes a second at which this processor adds one array to another."""
    x, y = np.ones(n // 4, np.float32), np.ones(n // 4, np.float32)
    times = []
    for _ in range(9):
        began = time.perf_counter()
        x += y
        times.append(time.perf_counter() - began)
    return n / median(times)


def main(path):
    found = json.loads(Path(path).read_text())
    additions = measure_additions()
    print(f"measured on {found['machine']['cpu']}: additions {additions / 1e9:.1f} GB/s;"
          f" between two processes, latency {1e6 * found['sums']['latency']:.0f} us"
          f" and {found['sums']['bandwidth'] / 1e9:.2f} GB/s of sums")  # fmt: skip
    print(f"assumed: latency {1e6 * LATENCY:.0f} us, links of {' and '.join(LINKS)}")
    for row in found["rows"]:
        t, n = row["one"] / 1e3, 4 * row["parameters"]
        print(f"\n{row['name']} on each rank: {1e3 * t:.0f} ms; gradients {n / 1e6:.1f} MB")
        print(f"{'':12}{'ranks':>6}{'ring (ms)':>12}{'halving (ms)':>14}{'efficiency':>12}{'if hidden':>11}")
        for link, bandwidth in LINKS.items():
            for p in RANKS:
                ring, halving = (sum_seconds(p, n, bandwidth, additions, m) for m in (2 * (p - 1), 2 * math.log2(p)))
                best = min(ring, halving)
                print(f"{link:12}{p:6}{1e3 * ring:12.1f}{1e3 * halving:14.1f}{t / (t + best):12.0%}{t / max(t, best):11.0%}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "benchmarks/results/bench-ranks.json")
