"""Several networks, each trained for the same wall-clock time on the same data.

Equal epochs would favour large networks, whose steps take longer; here every network has the same time, and makes as
many steps as it can. The data, their order, the loss weights, the optimiser and the schedule are the same for all. A
few minutes rank networks for that time only, and one seed proves little: trust only differences larger than the
deviation over seeds. On several ranks the networks still train one after the other, each on all ranks, as `train` does
it: side by side they would compete for memory and cores, and their times would mean little. Read demo.py next.
"""

import itertools
import json
import math
import time
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..data import DataLoader, to_picture
from ..data.catalogue import open_data
from ..distributed import broadcast_object, get_rank, get_world_size
from ..files import atomic_write, make_folder, open_to_read
from ..models.catalogue import SEGMENTATION, Zeros, backbone_of, build, check_batch
from ..models.summary import count_parameters
from ..parallel import check_loader, compile_on_each_machine, over_all_ranks
from ..plot import save as save_figure
from ..predict import predict
from ..pretrained.archive import read_npz
from ..random import manual_seed
from ..step import REPORTED, NotFinite, evaluate, pixel_loss, train_step
from ..tensor import tensor
from ..train import find_non_finite
from .examples import example_panel
from .optimizer import make_optimizer
from .run import divided
from .tables import comparison_table

SAMPLES = 800  # training crops per epoch
BAR = "{desc} |{bar}| {n:.0f}/{total:.0f} s, {postfix}"


@dataclass
class Conditions:
    """The conditions shared by all networks."""

    data: str = "landcover"
    budget: float = 300.0  # seconds of training
    backbone: str = "small"
    size: int = 96  # of a training crop, pixels
    batch: int = 8
    lr: float = 3e-3
    seed: int = 0  # the first one
    fusion: str = "early"  # of more channels than the colours, as for models.catalogue.build


def run_comparison(names, conditions, out, *, seeds=1, resume=False, quiet=False):
    """Train the networks `names` one after the other, with the first seed, then with the next, and score them.

    out:    the folder for panel.png, of the first seed, and for scores.json and labels.npz, written after each run
    resume: skip the runs already in `out`, made under the same conditions
    Returns the contents of scores.json: the conditions, and the results of each network's runs.
    ValueError for an unknown network, backbone or data set, for an `out` that already holds a comparison (with resume:
    one under other conditions), and for a loss or a weight that is NaN or infinite.
    """
    names, leads = list(dict.fromkeys(names)), get_rank() == 0
    quiet = quiet or not leads
    for name in names:                                           # before any training: check that all can be trained
        backbone_for(name, conditions)
        check_batch(name, conditions.batch)
    data = open_data(conditions.data, conditions.size, max(SAMPLES, conditions.batch))
    test, shown = data.test(), data.examples()
    check_loader(divided(data.train(), conditions.batch, drop_last=True), "compare")
    for name in names:
        make_network(name, conditions, data, Zeros())
    compile_on_each_machine(np.empty(0, np.float32), quiet)
    report, labels = broadcast_object(initial_results(conditions, out, resume))  # another machine may have no copy of `out`
    report["test_images"], out = len(test), make_folder(out)
    truth = next(DataLoader(test, len(test)).batches(0))[1]
    if not quiet:
        print(format_heading(conditions, len(names), seeds))
    for seed, name in itertools.product(range(conditions.seed, conditions.seed + seeds), names):
        runs = report["networks"].setdefault(name, [])
        if any(run["seed"] == seed for run in runs):
            continue
        net, result = train_network(name, replace(conditions, seed=seed), data, quiet)
        runs.append(result | score(name, net, test))
        if seed == conditions.seed:
            labels[name] = np.stack([predict(net, test[i][0]) for i in shown])
        if leads:
            save(report, labels, out)
        if not quiet:
            print(format_run(name, runs[-1]), flush=True)
    if not quiet:
        print("\n" + comparison_table(report, names))
    pictures = [to_picture(test[i][0], data.mean, data.std) for i in shown]
    figure = example_panel(data, pictures, truth[shown], {name: labels[name] for name in names}, data.example_names())
    if leads:
        save_figure(figure, out / "panel.png")
    return report


def make_network(name, conditions, data, generator=None):
    """A new network for these data."""
    more = {"in_channels": data.channels, "fusion": conditions.fusion}
    return build(name, len(data.classes), backbone=backbone_for(name, conditions), generator=generator, **more)


def backbone_for(name, conditions):
    """The backbone of a network; one that has none gets its paper's size unless the others are small.

    ValueError for an unknown network or backbone.
    """
    backbone = conditions.backbone
    if backbone != "small" and name in SEGMENTATION and SEGMENTATION[name].paper is None:
        backbone = "paper"
    return backbone_of(name, backbone)


# Training -------------------------------------------------------------------------------------------------------------


@np.errstate(**REPORTED)
def train_network(name, conditions, data, quiet=False):
    """(the network, {seed, parameters, steps, ms_per_step, loss of the last step}) after `budget` seconds of training.

    The learning rate decays to 0 over the budget as (1 - fraction elapsed)^0.9. The clock starts after a step of a
    discarded network, which compiles the kernels. A step that has started is finished.
    """
    weight, budget = data.class_weights(), conditions.budget
    loader = divided(data.train(), conditions.batch, shuffle=True, num_workers=1, drop_last=True, seed=conditions.seed)
    warm_up(name, conditions, data, next(iter(loader)))
    net, optimizer, schedule = make_run(name, conditions, data)
    batches = itertools.chain.from_iterable(loader.batches(epoch) for epoch in itertools.count())
    steps, elapsed, began = 0, 0.0, time.perf_counter()
    with tqdm(total=budget, desc=name, leave=False, disable=quiet or None, bar_format=BAR) as bar:
        while elapsed < budget:
            schedule.step(elapsed / budget)
            try:
                loss = step(name, net, optimizer, next(batches), weight)
            except NotFinite as error:
                raise diverged(f"the loss of {name} is {error.loss} in step {steps + 1}") from None
            steps, elapsed = steps + 1, broadcast_object(time.perf_counter() - began)  # one clock for all ranks
            bar.set_postfix_str(f"step {steps}, loss {loss:.3f}", refresh=False)
            bar.update(min(elapsed, budget) - bar.n)
    if weight := find_non_finite(net):
        raise diverged(f"{weight} of {name} is NaN or infinite after step {steps}")
    figures = {"steps": steps, "ms_per_step": 1e3 * elapsed / steps, "loss": loss}
    return net, {"seed": conditions.seed, "parameters": count_parameters(net), **figures}


@np.errstate(**REPORTED)
def score(name, net, dataset):
    """The scores of the network `name` on held-out data."""
    matrix, loss = evaluate(net, divided(dataset, 16 * get_world_size(), num_workers=1))
    if not math.isfinite(loss):  # as the last step may make it
        raise diverged(f"the loss of {name} on the held-out images is {loss}")
    return matrix.scores()


def diverged(what):
    return ValueError(f"compare: {what}; training has diverged, so start again with a smaller --lr")


def make_run(name, conditions, data):
    """A new (network, optimizer, schedule), where one step of the schedule is the whole budget."""
    manual_seed(conditions.seed)
    net = over_all_ranks(make_network(name, conditions, data))
    return net, *make_optimizer(net, conditions.lr, 1)


def warm_up(name, conditions, data, batch):
    """Compile the kernels of a step: forward and backward of a network that is then discarded."""
    images, labels = batch
    net = make_network(name, conditions, data)
    pixel_loss(net, tensor(images), labels, weight=data.class_weights(), ignore_index=255).backward()


def step(name, net, optimizer, batch, weight):
    """One update of the network `name` on its own loss, which is returned."""
    return train_step(net, optimizer, pixel_loss, *batch, weight=weight, ignore_index=255)


# Results --------------------------------------------------------------------------------------------------------------


def initial_results(conditions, out, resume):
    """The initial (report, {network: its label maps in the panel}): without runs, or with those in `out`."""
    path = Path(out) / "scores.json"
    if not path.exists():
        return {**asdict(conditions), "networks": {}}, {}
    if not resume:
        raise ValueError(f"{path} already exists; continue with --resume, or choose another --out")
    try:
        report = asdict(Conditions()) | json.loads(path.read_text())  # which an older version wrote with fewer conditions
        differ = [name for name, now in asdict(conditions).items() if report[name] != now]
        seeds = [run["seed"] for runs in report["networks"].values() for run in runs]
        with open_to_read(path.with_name("labels.npz")) as file:
            labels = read_npz(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile):
        sentence = f"compare: {path} and labels.npz are not a comparison that can be resumed; choose another --out"
        raise ValueError(sentence) from None
    if differ and seeds:
        name = differ[0]
        found, now = report[name], getattr(conditions, name)
        raise ValueError(f"compare: {path} has {name} {found!r}, but {now!r} was requested; use the same")
    return report, labels


def save(report, labels, out):
    """Write scores.json and labels.npz."""
    with atomic_write(out / "labels.npz") as path:
        np.savez(path, **labels)
    with atomic_write(out / "scores.json") as path:
        path.write_text(json.dumps(report, indent=1))


# Output ---------------------------------------------------------------------------------------------------------------


def format_run(name, run):
    """The line printed when a run ends."""
    speed = f"{run['steps']:>6,} steps of {run['ms_per_step']:>6,.0f} ms"
    return f"seed {run['seed']}   {name:<17}{speed}   loss {run['loss']:.3f}   mean IoU {100 * run['mean_iou']:.1f}"


def format_heading(conditions, networks, seeds):
    """The line printed before the runs."""
    over = "its paper's backbone" if conditions.backbone == "paper" else f"the backbone {conditions.backbone}"
    what = f"{networks} network{'s' * (networks > 1)}, {seeds} seed{'s' * (seeds > 1)}"
    fused = ", with late fusion" * (conditions.fusion == "late")
    return f"{what}: {conditions.budget:g} s of training each, over {over}{fused}"
