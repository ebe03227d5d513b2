"""Several networks, each trained for the same wall-clock time on the same data: what `minifcn compare` does.

Epochs would favour large networks, whose steps take longer; here every network has the same seconds, and makes of them
as many steps as it can. The data, their order, the loss weights, the optimiser and the schedule are the same for all. One
seed and a few minutes rank networks for that time only: try more seeds before you believe in a small difference.
Read models/catalogue.py next, which has the networks as their papers have them.
"""

import itertools
import json
import math
import time
from dataclasses import asdict, dataclass

from tqdm import tqdm

from . import plot
from .data import DataLoader, LandCover, Shapes, to_picture
from .demo import most_varied
from .experiment import datasets, loss_weights, make_optimizer
from .files import atomic_write, make_folder
from .functional.loss import cross_entropy
from .metrics import SCORES
from .models import BACKBONES, NETS, PixelClassifier, chosen
from .models.attention import AttentionUNet
from .models.catalogue import KINDS, Zeros
from .models.deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from .models.hypercolumn import Hypercolumn
from .models.pspnet import PSPNet, auxiliary_loss
from .models.summary import count_parameters
from .models.unet import UNet
from .predict import predict
from .random import manual_seed
from .tensor import tensor
from .train import evaluate

SAMPLES = 800  # training crops in an epoch
HEADS = {"deeplab-largefov": DeepLabLargeFOV, "deeplab-aspp": DeepLabASPP, "deeplab-v3": DeepLabV3, "pspnet": PSPNet}
UNETS = {"unet": UNet, "attention-unet": AttentionUNet}
# With the small backbone the rest is small too. A crop of 96 pixels has 12 x 12 units of stride 8, far fewer than the
# papers' crops, and the dilations are smaller in proportion: beyond the map they would see nothing but padding.
SMALL = {
    "deeplab-largefov": {"width": 128, "rate": 3},
    "deeplab-aspp": {"width": 128, "rates": (2, 4, 6, 8)},
    "deeplab-v3": {"width": 64, "rates": (2, 4, 6)},
    "unet": {"widths": (16, 32, 64, 64, 64)},
    "attention-unet": {"widths": (16, 32, 64, 64, 64)},
}
COLUMNS = ("parameters", "steps", "ms a step", "pixel accuracy", "mean accuracy", "mean IoU", "f.w. IoU")
BAR = "{desc} |{bar}| {n:.0f}/{total:.0f} s, {postfix}"


@dataclass
class Conditions:
    """What all networks get alike."""

    data: str = "landcover"
    budget: float = 300.0  # seconds of training
    backbone: str = "small"
    size: int = 96  # of a training crop, pixels
    batch: int = 8
    lr: float = 3e-3
    seed: int = 0


def compare_networks(names, out, options):
    """The command: `options` has what Conditions has. Returns 0."""
    conditions = Conditions(**{name: getattr(options, name) for name in Conditions.__dataclass_fields__})
    run_comparison(names, conditions, out)
    print(f"panel.png and scores.json are in {out}")
    return 0


def run_comparison(names, conditions, out, *, quiet=False):
    """Train the networks `names` one after the other, score them; write scores.json after each, and panel.png.

    Returns what scores.json holds. ValueError for a network, backbone or data set that there is not, and for a loss
    that is NaN or infinite.
    """
    names = list(dict.fromkeys(names))
    train, _ = datasets(conditions.data, conditions.size, max(SAMPLES, conditions.batch))
    test = held_out(conditions.data, conditions.size)
    for name in names:
        make_network(name, conditions.backbone, len(train.classes), Zeros())  # what cannot be built is told at once
    out = make_folder(out)
    truth = next(DataLoader(test, len(test)).batches(0))[1]
    shown = most_varied(truth) if conditions.data == "landcover" else range(6)
    rows = [[to_picture(test[i][0], test.mean, test.std), truth[i]] for i in shown]
    report = {**asdict(conditions), "test_images": len(test), "networks": {}}
    if not quiet:
        print(f"{conditions.budget:g} s of training each; scores in percent, on {len(test)} held-out images")
        print(line("network", COLUMNS))
    for name in names:
        net, result = train_network(name, conditions, train, quiet)
        result |= evaluate(net, DataLoader(test, 16))[0].scores()
        report["networks"][name] = result
        for row, i in zip(rows, shown):
            row.append(predict(net, test[i][0]))
        with atomic_write(out / "scores.json") as path:
            path.write_text(json.dumps(report, indent=1))
        if not quiet:
            print(line(title(name, conditions.backbone), cells(result)), flush=True)
    plot.save(plot.panel(rows, ["image", "truth", *names], test.palette, test.classes), out / "panel.png")
    return report


def held_out(data, size):
    """What no network is trained on: the demo's held-out bands, or drawn shapes of another seed."""
    return LandCover("test", size) if data == "landcover" else Shapes(64, size, seed=1)


def make_network(name, backbone, num_classes, generator=None):
    """A fresh network that labels pixels; over `backbone`, if it stands on one."""
    if name not in KINDS["segmentation"]:
        known = ", ".join(KINDS["segmentation"])
        raise ValueError(f"compare: the network is {name!r}, expected one of {known}, with commas between them")
    base, options = chosen("backbone", backbone, BACKBONES), SMALL.get(name, {}) if backbone == "small" else {}
    if name == "pixelwise":
        return PixelClassifier(num_classes, generator=generator)
    if name in UNETS:
        padded = {"padded": True} if name == "unet" else {}  # the other one always is
        return UNETS[name](num_classes, generator=generator, **padded, **options)
    base = base(generator=generator)
    if name in NETS:
        return NETS[name](base, num_classes)
    if name == "hypercolumn":
        return Hypercolumn(base, num_classes, (base.skips[8], base.skips[16], base.last), generator=generator)
    return HEADS[name](base, num_classes, generator=generator, **options)


# Training -------------------------------------------------------------------------------------------------------------


def train_network(name, conditions, dataset, quiet=False):
    """(the network, {parameters, steps, ms_per_step, loss of the last step}) after `budget` seconds of training.

    The learning rate falls to 0 over the budget as (1 - share of it that is over)^0.9. The clock starts after a step of
    a network that is thrown away: what has to be compiled is compiled then. A step that has begun is finished.
    """
    weight, budget = loss_weights(dataset), conditions.budget
    loader = DataLoader(dataset, conditions.batch, shuffle=True, drop_last=True, seed=conditions.seed)
    loss_of(make_network(name, conditions.backbone, len(dataset.classes)), *next(iter(loader)), weight).backward()
    manual_seed(conditions.seed)
    net = make_network(name, conditions.backbone, len(dataset.classes))
    optimizer, schedule = make_optimizer(net, conditions.lr, 1)  # the one step of the schedule is the whole budget
    batches = itertools.chain.from_iterable(loader.batches(epoch) for epoch in itertools.count())
    steps, elapsed, began = 0, 0.0, time.perf_counter()
    with tqdm(total=budget, desc=name, leave=False, disable=quiet or None, bar_format=BAR) as bar:
        while elapsed < budget:
            schedule.last_epoch = elapsed / budget
            schedule.set_rates()
            loss = loss_of(net, *next(batches), weight)
            if not math.isfinite(loss.item()):
                raise ValueError(
                    f"compare: the loss of {name} is {loss.item()} in step {steps + 1}; training has diverged,"
                    " so start again with a smaller --lr"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps, elapsed = steps + 1, time.perf_counter() - began
            bar.set_postfix_str(f"step {steps}, loss {loss.item():.3f}", refresh=False)
            bar.update(min(elapsed, budget) - bar.n)
    figures = {"parameters": count_parameters(net), "steps": steps, "ms_per_step": 1e3 * elapsed / steps}
    return net, figures | {"loss": loss.item()}


def loss_of(net, images, labels, weight):
    """The loss of one batch in training; PSPNet's has a second part."""
    net.train()
    if isinstance(net, PSPNet):
        return auxiliary_loss(net, tensor(images), labels, weight=weight)
    return cross_entropy(net(tensor(images)), labels, weight)


# What is printed ------------------------------------------------------------------------------------------------------


def line(name, cells):
    """One line of the table."""
    return f"{name:<31}" + "".join(f"{cell:>{max(len(column) + 2, 9)}}" for cell, column in zip(cells, COLUMNS))


def title(name, backbone):
    """The network's name, with its backbone's if it has one."""
    return f"{name} over {backbone}" if name in (*NETS, *HEADS, "hypercolumn") else name


def cells(result):
    """The texts of a network's line."""
    figures = [f"{result['parameters']:,}", f"{result['steps']:,}", f"{result['ms_per_step']:,.0f}"]
    return figures + [f"{100 * result[score]:.1f}" for score in SCORES]
