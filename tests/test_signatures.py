"""A call that PyTorch accepts means the same here: arguments given by position are PyTorch's, in PyTorch's order.

Arguments that only minifcn has, and those that follow one which it lacks, can be given by name only.
"""

import inspect
import re

import pytest

import minifcn
from minifcn import data, distributed, functional, nn, optim
from minifcn.nn import fusion, init
from minifcn.optim import lr_scheduler
from minifcn.utils import checkpoint

torch = pytest.importorskip("torch")
from torch.nn.utils import fusion as torch_fusion
from torch.utils import checkpoint as torch_checkpoint
from torch.utils import data as torch_data

ROOMS = {
    "minifcn": (minifcn, torch),
    "Tensor": (minifcn.Tensor, torch.Tensor),
    "functional": (functional, torch.nn.functional),
    "nn": (nn, torch.nn),
    "Module": (nn.Module, torch.nn.Module),
    "init": (init, torch.nn.init),
    "fusion": (fusion, torch_fusion),
    "optim": (optim, torch.optim),
    "SGD": (optim.SGD, torch.optim.SGD),
    "lr_scheduler": (lr_scheduler, torch.optim.lr_scheduler),
    "StepLR": (lr_scheduler.StepLR, torch.optim.lr_scheduler.StepLR),
    "distributed": (distributed, torch.distributed),
    "checkpoint": (checkpoint, torch_checkpoint),
    "data": (data, torch_data),
}
OTHERWISE = {  # and why
    "minifcn.Tensor": "PyTorch's makes tensors without values; its own users call tensor()",
    "Tensor.matmul": "only the documentation calls it tensor2",
    "distributed.Work": "PyTorch's users make none",
    "distributed.all_reduce": "it takes arrays, so its argument is no tensor",
    "distributed.broadcast": "it takes arrays, so its argument is no tensor",
}


def counterparts():
    """(name, ours, PyTorch's) of all public functions, classes and methods that PyTorch has, too."""
    for room, (ours, theirs) in ROOMS.items():
        for name, value in inspect.getmembers(ours, callable):
            public = not name.startswith("_") and (value.__module__ or "").startswith("minifcn") and name != "forward"
            if public and f"{room}.{name}" not in OTHERWISE and hasattr(theirs, name):
                yield pytest.param(value, getattr(theirs, name), id=f"{room}.{name}")


def by_position(function):
    """The names of the arguments that may be given by position; None if the function takes any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C++; its documentation begins with its signature
        found = re.match(r"\s*\w+\((.*?)\) ->", function.__doc__ or "")
        return found and ("*args" not in found[1] or None) and re.findall(r"(?:^|, )(\w+)", found[1].partition("*")[0])
    kinds = {p.kind for p in parameters}
    if {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL} <= kinds:
        return None
    return [p.name for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD and p.name != "self"]


@pytest.mark.parametrize("ours, theirs", list(counterparts()))
def test_arguments_given_by_position_are_pytorchs(ours, theirs):
    expected = by_position(theirs)
    if expected is not None:
        names = by_position(ours)
        assert names == expected[: len(names)]
