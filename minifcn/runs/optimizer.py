"""The optimiser of a run and its schedule, by name, with learning rates of their own for biases and pretrained layers.

Read less_memory.py next.
"""

from ..imagenet import pretrained_layers
from ..optim import SGD, Adam, AdamW
from ..optim.lr_scheduler import CosineAnnealingLR, PolyLR, StepLR
from ..suggest import did_you_mean

OPTIMIZERS = ("adamw", "sgd", "adam")
SCHEDULES = ("poly", "cosine", "step", "constant")
WEIGHT_DECAY = 1e-3


def make_optimizer(model, lr, steps, weight_decay=WEIGHT_DECAY):
    """AdamW on the parameters that are not frozen, with a learning rate decaying to 0 as (1 - t / steps)^0.9."""
    optimizer = AdamW([p for p in model.parameters() if p.requires_grad], lr, weight_decay=weight_decay)
    return optimizer, PolyLR(optimizer, steps)


def optimizer_of(model, options, steps):
    """(optimizer, scheduler) of a run of `steps` batches; the scheduler is None for a constant rate.

    poly decays to 0 as (1 - t / steps)^0.9, cosine as half a period of the cosine; step divides the rate by 10 after a
    third and after two thirds of the run.
    """
    for name, known in ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES):
        if getattr(options, name) not in known:
            raise ValueError(f"train: {name} is {getattr(options, name)!r}{did_you_mean(getattr(options, name), known)}")
    groups, decay = parameter_groups(model, options), {"weight_decay": options.weight_decay}
    match options.optimizer:
        case "adamw":
            optimizer = AdamW(groups, options.lr, **decay)
        case "adam":
            optimizer = Adam(groups, options.lr, **decay)
        case "sgd":
            optimizer = SGD(groups, options.lr, options.momentum, **decay)
    match options.schedule:
        case "poly":
            return optimizer, PolyLR(optimizer, steps)
        case "cosine":
            return optimizer, CosineAnnealingLR(optimizer, steps)
        case "step":
            return optimizer, StepLR(optimizer, -(-steps // 3))
        case "constant":
            return optimizer, None


def parameter_groups(model, options):
    """The parameters that are not frozen, in groups of equal rates; a list of them alone if all rates are equal.

    Biases have bias_rate times the rate and then no weight decay, as in the nets of the FCN paper; pretrained layers
    have backbone_rate times the rate. The first group has the rate itself, unless it is empty.
    """
    layers = pretrained_layers(model, options).values() if options.backbone_rate != 1 else ()
    pretrained = {p for streams in layers for layer in streams for p in layer.parameters()}
    groups = {}
    for name, p in model.named_parameters():
        if p.requires_grad:
            bias = options.bias_rate != 1 and name.endswith("bias")
            groups.setdefault((p in pretrained, bias), []).append(p)
    if groups.keys() == {(False, False)}:
        return groups[False, False]
    return [
        {
            "params": groups[slow, bias],
            "lr": options.lr * (options.backbone_rate if slow else 1) * (options.bias_rate if bias else 1),
            "weight_decay": 0 if bias else options.weight_decay,
        }
        for slow, bias in sorted(groups)
    ]
