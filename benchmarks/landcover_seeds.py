"""The demo over several seeds: mean and spread of every score, in minifcn and, with --torch, in PyTorch as well.

Run `python benchmarks/landcover_seeds.py [--seeds 3] [--torch]`. PyTorch trains the same nets from the same initial weights
on the same crops with the same schedule; only the masks of dropout and the order of additions differ.
"""

import argparse
import tempfile
import time

import numpy as np

from minifcn.runs.demo import STAGES, predict_all, score, test_tiles, train_stages
from minifcn.runs.options import Options

SCORES = ("pixel_accuracy", "mean_accuracy", "mean_iou", "frequency_weighted_iou", "edge_accuracy")


def in_minifcn(seed):
    """{name: scores on the held-out bands} of the demo's nets."""
    images, truth = test_tiles()
    with tempfile.TemporaryDirectory() as folder:
        nets, _ = train_stages(folder, seed, quiet=True)
    return {name: score(truth, predict_all(net, images)) for name, net in nets.items()}


def in_torch(seed):
    """The same for the FCNs, trained by PyTorch."""
    from landcover_torch import train_stage  # PyTorch is loaded only when it is asked for

    images, truth = test_tiles()
    results, before = {}, None
    for name, stage in STAGES.items():
        if stage.model != "pixelwise":
            options = Options(**{**vars(stage), "seed": seed})
            before, prediction = train_stage(options, before, images)
            results[name] = score(truth, prediction)
    return results


def summary(title, runs):
    """Print the mean and the standard deviation of every score over the runs, in percent."""
    print(f"\n{title:<20}" + "".join(f"{name.replace('_', ' ').replace('frequency weighted', 'f.w.'):>16}" for name in SCORES))
    for name in runs[0]:
        values = 100 * np.array([[run[name][key] for key in SCORES] for run in runs])
        cells = zip(values.mean(0), values.std(0, ddof=1) if len(runs) > 1 else np.zeros(len(SCORES)))
        print(f"{name:<20}" + "".join(f"{mean:9.1f} +- {spread:3.1f}" for mean, spread in cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--torch", action="store_true", help="train in PyTorch too")
    arguments = parser.parse_args()
    rivals = {"minifcn": in_minifcn} | ({"PyTorch": in_torch} if arguments.torch else {})
    runs = {rival: [] for rival in rivals}
    for seed in range(arguments.seeds):
        for rival, train in rivals.items():
            began = time.perf_counter()
            runs[rival].append(train(seed))
            scores = "  ".join(f"{name} {100 * result['mean_iou']:.1f}" for name, result in runs[rival][-1].items())
            print(f"seed {seed}  {rival}  mean IoU: {scores}  ({time.perf_counter() - began:.0f} s)", flush=True)
    for rival, results in runs.items():
        summary(f"{rival}, {arguments.seeds} seeds", results)


if __name__ == "__main__":
    main()
