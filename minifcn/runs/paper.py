"""`minifcn train --plan`: every stage of a run beside the paper's; it checks data and weights, and trains nothing.

`paper` are the solver and net files that the FCN authors published (voc-fcn32s, 16s and 8s); `accumulate` is the paper's
section 4.3. A line that differs is marked. Read stages.py next.
"""

from ..imagenet import input_scale
from ..models.catalogue import Zeros
from .options import load_data, make_model, resolve

IMAGES = {"training images": "8,498", "validation images": "736"}   # SBD's, and seg11valid's
COMMON = {
    "geometry": "caffe, upsampling frozen",
    "fc6, fc7": "4096 channels",
    "pixel mean": "122.7, 116.7, 104.0",
    "augmentation": "none",
    "weight decay": "0.0005; biases none, at 2 times the rate",
    "class weights": "none",
}
PUBLISHED = {
    "paper": COMMON | {"update": "sgd, momentum 0.99, 1 whole image", "loss": "cross-entropy, sum over the pixels", "updates": "100,000"},
    "accumulate": COMMON | {"update": "sgd, momentum 0.9, 20 whole images", "loss": "cross-entropy, mean over the pixels"},
}
RATES = {
    "paper": {"fcn32s": 1e-10, "fcn16s": 1e-12, "fcn8s": 1e-14},
    "accumulate": {"fcn32s": 1e-4, "fcn16s": 1e-6, "fcn8s": 1e-8},
}
STARTS = {"fcn32s": "ImageNet's vgg16", "fcn16s": "fcn32s", "fcn8s": "fcn16s"}


def rehearse(stages, recipe=None, start=None):
    """The lines that describe the stages of plan(), in order, beside the paper's where it has them.

    recipe: a name of PUBLISHED; None stands for 'paper'
    start:  the checkpoint from which the first stage starts, or None
    Opens the data, reads the weights and builds every net, and so raises what a run would raise before its first step.
    """
    lines, recipe = [], recipe or "paper"
    for i, options in enumerate(stages):
        options = resolve(options)
        begins = stages[i - 1].model if i else start or beginning(options)
        lines += ["", f"{options.model} over {options.backbone}", *side_by_side(ours(options, begins), theirs(options, recipe))]
    return lines[1:]


def beginning(options):
    """What the first stage starts from, in words."""
    return f"ImageNet's {options.pretrained}" if options.pretrained else "random weights"


def ours(options, begins):
    """{what: text} of a stage with these resolved Options."""
    data = load_data(options)
    train, validation = len(data.train(options.augment)), len(data.validation())
    net = make_model(options, len(data.classes), Zeros(), data.channels)
    mean = (input_scale(options) or {"mean": data.mean})["mean"]
    updates = options.epochs * -(-train // (options.batch * options.accumulate))
    images = options.batch * options.accumulate
    kind = (f"crop{{}} of {options.size}" if options.size else "whole image{}").format("s" * (images > 1))
    momentum = f", momentum {options.momentum:g}" if options.optimizer == "sgd" else ""
    biases = "biases as well" if options.bias_rate == 1 else f"biases none, at {options.bias_rate:g} times the rate"
    channels = getattr(getattr(net, "backbone", None), "channels", {})
    return {
        "training images": f"{train:,}",
        "validation images": f"{validation:,}",
        "starts from": begins,
        "geometry": f"{options.geometry}, upsampling {options.upsampling}",
        "fc6, fc7": f"{channels['head']} channels" if "head" in channels else "none",
        "pixel mean": ", ".join(f"{255 * m:.1f}" for m in mean),
        "augmentation": options.augment or "the data set's",
        "update": f"{options.optimizer}{momentum}, {images} {kind}",
        "learning rate": f"{options.lr:g}, {options.schedule}",
        "weight decay": f"{options.weight_decay:g}; {biases}",
        "loss": f"{options.loss}, {options.reduction} over the pixels",
        "class weights": str(options.class_weights or "the data set's"),
        "updates": f"{updates:,}",
    }


def theirs(options, recipe):
    """The same of the paper's net; {} for a net that has no solver there."""
    if options.model not in STARTS or recipe not in PUBLISHED:
        return {}
    rate = {"starts from": STARTS[options.model], "learning rate": f"{RATES[recipe][options.model]:g}, constant"}
    return IMAGES | PUBLISHED[recipe] | rate


def side_by_side(ours, theirs):
    """Lines with three columns: what, the run's, the paper's; '=' or '≠' between the last two, '-' where it says nothing."""
    rows = [("", "this run", "", "the paper")]
    for what, text in ours.items():
        other = theirs.get(what, "-")
        rows.append((what, text, " " if other == "-" else "=" if other == text else "≠", other))
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return [f"  {a:{widths[0]}}  {b:{widths[1]}}  {mark:1} {c}".rstrip() for a, b, mark, c in rows]
