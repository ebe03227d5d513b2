"""From the command line to the Options of a run, or of each of its stages: what is given, then the recipe, then defaults.

Read paper.py next.
"""

from dataclasses import replace

from ..data.catalogue import kind_of_data
from .options import Options

LADDER = ("fcn32s", "fcn16s", "fcn8s")  # the stages of the FCN paper, section 4.2
EPOCHS = 10

# The recipes' numbers are those of the paper, section 4.3, and of the solver files that its authors published.
PAPER_RATES = {"fcn32s": 1e-10, "fcn16s": 1e-12, "fcn8s": 1e-14, "fcn8s-atonce": 1e-10}  # for a loss that is a sum
MEAN_RATES = {"alexnet": 1e-3, "alexnet-owt": 1e-3, "googlenet": 5e-5}  # for a loss that is a mean; others have VGG16's
VGG16_RATE = 1e-4
STAGE_RATES = {"fcn16s": 1e-2, "fcn8s": 1e-4}  # each stage's rate is a hundredth of the one before
COMMON = {
    "optimizer": "sgd", "weight_decay": 5e-4, "bias_rate": 2.0, "schedule": "constant", "batch": 1, "class_weights": "none",
    "augment": "none",
}  # fmt: skip


def paper_recipe(model, backbone):
    """Heavy learning: one whole image per update, momentum 0.99, and a loss summed over its pixels.

    The net over AlexNet has a solver of its own: 20 images per update, momentum 0.9, and the mean.
    """
    if backbone == "alexnet":
        return COMMON | {"lr": 1e-4, "momentum": 0.9, "accumulate": 20, "reduction": "mean"}
    return COMMON | {"lr": PAPER_RATES.get(model), "momentum": 0.99, "reduction": "sum"}


def accumulate_recipe(model, backbone):
    """Gradients of 20 whole images averaged per update, momentum 0.9, and a loss that is the mean over the pixels."""
    lr = MEAN_RATES.get(backbone, VGG16_RATE) * STAGE_RATES.get(model, 1)
    return COMMON | {"lr": lr, "momentum": 0.9, "accumulate": 20, "reduction": "mean"}


RECIPES = {"paper": paper_recipe, "accumulate": accumulate_recipe}


def plan(given, recipe=None, stages=None, scale=1):
    """The Options of the stages of a run; of one stage, the run itself, unless `stages` is given.

    given:  {option: value}; None stands for the recipe's value or the default; lr is a tuple of rates, one for each stage
            or one for all
    recipe: a name of RECIPES, or None
    stages: the epochs of each stage that leads to the net given["model"], or None
    scale:  a factor of all learning rates
    ValueError if the numbers of epochs or rates are not those of the stages, or if the net has no stages.
    """
    model, rates = given["model"], given.get("lr")
    nets, epochs = [model], [given.get("epochs") or EPOCHS]
    if stages is not None:
        if model not in LADDER:
            raise ValueError(f"train: stages lead to {', '.join(LADDER)}, but the model is {model}; leave out --stages")
        if given.get("epochs") is not None:
            raise ValueError("train: both --epochs and --stages are given; --stages has the epochs of each stage")
        nets, epochs = LADDER[: LADDER.index(model) + 1], stages
        check_count("--stages", stages, nets)
    if rates is not None:
        rates = rates * len(nets) if len(rates) == 1 else rates
        check_count("--lr", rates, nets)
    explicit = {name: value for name, value in given.items() if value is not None}
    planned = [
        stage_options(explicit | {"model": net, "epochs": n} | ({"lr": rates[i]} if rates else {}), recipe)
        for i, (net, n) in enumerate(zip(nets, epochs))
    ]
    return [replace(stage, lr=stage.lr * scale) for stage in planned]


def stage_options(explicit, recipe):
    """The Options with these values, then the recipe's, then the data set's sizes, then the defaults."""
    kind = kind_of_data(explicit.get("data", Options.data))
    chosen = {}
    if recipe is not None:
        chosen = RECIPES[recipe](explicit["model"], explicit.get("backbone", Options.backbone))
    sizes = {"size": 0 if recipe and kind.takes_path else kind.crop, "samples": kind.epoch}
    values = sizes | chosen | explicit
    if values.get("lr", 0) is None:
        known = ", ".join(PAPER_RATES)
        raise ValueError(f"train: the recipe {recipe} has no learning rate for {values['model']}, only for {known}; give --lr")
    if not values["size"] and not kind.uniform:
        values = {"batch": 1} | values  # whole images may differ in size
    return Options(**values)


def describe_recipe(name, options):
    """What a recipe, or what was given in its place, amounts to: a line."""
    images = "whole images" if not options.size else f"crops of {options.size}"
    decay = f"weight decay {options.weight_decay:g}, biases {options.bias_rate:g} times the rate"
    momentum = f", momentum {options.momentum:g}" if options.optimizer == "sgd" else ""
    update = f"{options.batch * options.accumulate} {images} per update"
    return (
        f"{options.model}: recipe {name}: {options.optimizer}, lr {options.lr:g} ({options.schedule}){momentum}, {decay},"
        f" {options.reduction} of the loss over the pixels, {update}"
    )


def check_count(option, numbers, nets):
    """ValueError unless there are as many numbers as nets."""
    if len(numbers) != len(nets):
        several = f"{len(nets)}, one for each of {', '.join(nets)}" if len(nets) > 1 else "1; --stages takes one for each stage"
        raise ValueError(f"train: {option} has {len(numbers)} numbers, expected {several}")
