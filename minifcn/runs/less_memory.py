"""Training in less memory and more time, with the same results: what `minifcn train --recompute` does.

Read run.py next.
"""

import contextlib

from ..distributed import get_world_size
from ..kernels.cpu.runtime.memory import returning_freed_memory
from ..optim import step_in_backward


@contextlib.contextmanager
def less_memory(model, optimizer, accumulate=1):
    """Inside this `with`, a training step of the SegmentationNet `model` takes less memory.

    Backward computes feature maps again instead of keeping them. Where one batch on one rank makes an update, each weight
    is updated as soon as its gradient is complete. Freed memory is not kept for the next step.
    ValueError if the network has no stages.
    """
    model.recompute_()
    alone = accumulate == get_world_size() == 1
    try:
        with returning_freed_memory(), step_in_backward(optimizer) if alone else contextlib.nullcontext():
            yield
    finally:
        model.recompute_(False)
