r"""A training step of two ranks beside the formula of scale.py, over whatever joins them: a cable, or the memory of one machine.

    mpiexec -n 2 python benchmarks/cable.py
    sudo .venv/bin/python benchmarks/two_machines.py --cores 0/1 --rate 1gbit \
        .venv/bin/mpiexec -n 2 -hosts one,two .venv/bin/python benchmarks/cable.py --rate 1

"alone" is the step before the ranks join, with half of the batch; "together" the same step with its sum. "the sum" is the
sum of as many bytes with nothing else to do, in the same buckets, and "hidden" the share of it by which the step together is
shorter than the step alone and the sum, one after the other. --rate, in Gb/s, is what the formula is to assume; without it,
there is no prediction.
"""

import argparse

import numpy as np
from scale import measure_additions, sum_seconds

from minifcn import distributed
from minifcn.bench.net_cases import make_net, our_net, step_name
from minifcn.bench.ranks import SETTINGS, TWO_SUMS, milliseconds
from minifcn.parallel import BUCKET, over_all_ranks

ROUNDS = {"small": 15, "vgg16": 2}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, help="of the cable, in Gb/s")
    rate = parser.parse_args().rate
    nets = {backbone: make_net(backbone) for backbone, _, _ in SETTINGS}
    halves = [(backbone, N // 2, side) for backbone, N, side in SETTINGS]
    alone = [milliseconds(our_net(*half, net=nets[half[0]])["step"], ROUNDS[half[0]]) for half in halves]
    additions = measure_additions()
    distributed.init_process_group()
    one, many = (np.ones(count, np.float32) for count in TWO_SUMS)
    latency = milliseconds(lambda: distributed.all_reduce(one), 1000) / 1e3
    speed = many.nbytes / milliseconds(lambda: distributed.all_reduce(many), 3) * 1e3
    say(f"a sum over 2 ranks: {1e6 * latency:.0f} us, and {speed / 1e9:.2f} GB/s for {many.nbytes >> 20} MB")
    say(f"{'one step of 2 ranks (ms)':44}{'alone':>9}{'the sum':>9}{'together':>10}{'hidden':>8}{'predicted':>11}")
    for half, before in zip(halves, alone):
        net = over_all_ranks(nets[half[0]])
        after = milliseconds(our_net(*half, net=net)["step"], ROUNDS[half[0]])
        n = 4 * sum(parameter.size for parameter in net.parameters() if parameter.requires_grad)
        summing = milliseconds(lambda n=n: sum_in_buckets(n), 2)
        hidden = min(1.0, max(0.0, 1 - (after - before) / summing))
        predicted = before + 1e3 * sum_seconds(2, n, rate * 1e9 / 8, additions, 1, latency) if rate else None
        say(f"{step_name(half[0], 2 * half[1], half[2]):44}{before:9.1f}{summing:9.1f}{after:10.1f}{hidden:8.0%}" + (f"{predicted:11.1f}" if rate else f"{'-':>11}"))


def sum_in_buckets(n):
    """Sum n bytes, as GradientSum does: all buckets are under way together."""
    sizes = [BUCKET] * (n // BUCKET) + [n % BUCKET]
    arrays = [np.ones(size // 4, np.float32) for size in sizes]
    for work in [distributed.all_reduce(array, async_op=True) for array in arrays]:
        work.wait()


def say(line):
    if distributed.get_rank() == 0:
        print(line, flush=True)


if __name__ == "__main__":
    main()
