"""What ImageNet's weights are worth on land cover: frozen, trained on, or none, over several seeds.

Run `python benchmarks/pretrained_landcover.py [--backbone vgg16] [--minutes 240] [--seeds 3]`. All runs train the same
net, once over the same number of crops: as many as fit into the minutes, judged by a few short runs. Scores are those on
the validation bands.
"""

import argparse
import sys
import tempfile
import time

import numpy as np

from minifcn.runs.options import Options
from minifcn.runs.run import run

WAYS = {
    "pretrained, frozen": {"freeze": True, "lr": 1e-3},
    "pretrained, trained on": {"lr": 1e-4},
    "from scratch": {"pretrained": None, "lr": 1e-3},
}
HEAD = {"vgg16": 256, "alexnet-owt": 256, "squeezenet": None}
SHORT, LONG = 1, 4  # batches of the two runs that are timed


def options_of(way, arguments, samples, seed=0):
    """The Options of one run; from scratch too, the net has the narrow head."""
    name = arguments.backbone
    common = {"model": arguments.model, "backbone": name, "pretrained": name, "head": HEAD[name], "epochs": 1}
    return Options(**{**common, "samples": samples, "seed": seed, **WAYS[way]})


def trained(options):
    """(mean IoU on the validation bands, seconds) of one run."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        _, history = run(options, folder, quiet=True)
    return history[-1]["mean_iou"], time.perf_counter() - began


def crops_that_fit(arguments, began):
    """How many crops each run can have, so that all end in time; the program ends if that is not even one batch.

    A run's time is fixed + batches * seconds_a_batch, both from a short and a longer run; the first is not timed, since it
    compiles the kernels. From scratch costs what training on does.
    """
    batch, fixed, per_batch = Options().batch, 0.0, 0.0
    trained(options_of("pretrained, trained on", arguments, batch))
    for way, runs in (("pretrained, frozen", 1), ("pretrained, trained on", 2)):
        short, long = (trained(options_of(way, arguments, n * batch))[1] for n in (SHORT, LONG))
        seconds = max(long - short, 0.01 * long) / (LONG - SHORT)
        fixed, per_batch = fixed + runs * max(short - SHORT * seconds, 0.0), per_batch + runs * seconds
        print(f"{way}: {seconds:.2f} s a batch of {batch}, and {short - SHORT * seconds:.1f} s a run", flush=True)
    left = 60 * arguments.minutes - (time.perf_counter() - began)
    batches = int((left / arguments.seeds - fixed) / per_batch)
    if batches < 1:
        needed = (time.perf_counter() - began + arguments.seeds * (fixed + per_batch)) / 60
        sys.exit(f"pretrained_landcover: --minutes is {arguments.minutes:g}, expected at least {needed:.1f} here")
    return min(batches * batch, arguments.most)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", choices=tuple(HEAD), default="vgg16")
    parser.add_argument("--model", default="fcn8s")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=240.0, help="for everything, about")
    parser.add_argument("--most", type=int, default=8000, help="crops of a run, if there is time for more")
    arguments, began = parser.parse_args(), time.perf_counter()
    crops = crops_that_fit(arguments, began)
    scores = {way: [] for way in WAYS}
    for seed in range(arguments.seeds):
        for way in WAYS:
            score, seconds = trained(options_of(way, arguments, crops, seed))
            scores[way].append(100 * score)
            print(f"seed {seed}  {way:<24}{100 * score:5.1f}  ({seconds:.0f} s)", flush=True)
    title = f"{arguments.model} over {arguments.backbone}, {crops} crops a run, {arguments.seeds} seeds"
    print(f"\n{title}: mean IoU in percent\n")
    print("| start | mean IoU | deviation |\n| --- | ---: | ---: |")
    for way, values in scores.items():
        deviation = f"{np.std(values, ddof=1):.1f}" if len(values) > 1 else "-"
        print(f"| {way} | {np.mean(values):.1f} | {deviation} |")
    print(f"\n{(time.perf_counter() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
