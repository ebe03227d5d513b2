"""The library's weights in your net: `python -m myfcn.weights CHECKPOINT` scores a picture with both.

Given by the course. A checkpoint is what `minifcn train --model fcn8s` writes, checkpoint.npz. It is copied by order:
the library's net and yours have the same layers.
"""

import argparse
import json

import numpy as np

from .nets import copy_arrays, make_net, scores_of

FIXED = "upscore", "num_batches_tracked"  # of the library's arrays: bilinear kernels, which you compute, and counters


def read_library(path):
    """(name of the net, its arrays in order) from a checkpoint of the library. Raises ValueError for another one."""
    with np.load(path) as file:
        names = [name for name in file.files if name.startswith("model.") and not any(part in name for part in FIXED)]
        config = json.loads(str(file["__minifcn__"])).get("config", {})
        arrays = [file[name] for name in names]
    if config.get("backbone", "small") != "small" or config.get("geometry", "aligned") != "aligned":
        raise ValueError(f"{path} is of another trunk than yours; train it with --backbone small --geometry aligned")
    return config.get("model", "fcn8s"), arrays


def load_library(path):
    """Your net with the library's weights."""
    name, arrays = read_library(path)
    net = make_net(name, np.random.default_rng(0), classes=len(arrays[-1]))
    copy_arrays(net, arrays, str(path))
    return net


def library_scores(path, images):
    """The scores that the library's own net computes, to compare with."""
    from minifcn.autograd import no_grad
    from minifcn.runs.start import load_model
    from minifcn.tensor import Tensor

    net, _ = load_model(path)
    with no_grad():
        return net(Tensor(images)).numpy()


def main():
    parser = argparse.ArgumentParser(prog="python -m myfcn.weights", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="checkpoint.npz of the library's fcn32s, fcn16s or fcn8s")
    path = parser.parse_args().checkpoint
    images = np.random.default_rng(1).standard_normal((2, 3, 90, 70)).astype(np.float32)
    ours, theirs = scores_of(load_library(path), images), library_scores(path, images)
    difference, largest = abs(ours - theirs).max(), abs(theirs).max()
    print(f"scores of two pictures of 90 x 70: they differ by {difference:.1e} at most; the largest is {largest:.1f}")
    raise SystemExit(int(difference > 1e-5 * max(1, largest)))


if __name__ == "__main__":
    main()
