"""Updating the parameters while backward is still under way, so that not all gradients exist at the same time.

The gradients of VGG16 take as much memory as its weights, 540 MB. Once a gradient is complete, nothing else in backward
needs it or the weight, so the update need not wait. Read lr_scheduler.py next.
"""

import contextlib


@contextlib.contextmanager
def step_in_backward(optimizer):
    """Inside this `with`, train_step updates each parameter as soon as its gradient is complete, and drops the gradient.

    The updates are those of optimizer.step(), to the bit. Not for gradients that are added up over several backward
    passes or over several ranks. PyTorch has a tutorial instead, "How to save memory by fusing an optimizer step into the
    backward pass".
    """
    optimizer.in_backward = True
    try:
        yield
    finally:
        optimizer.in_backward = False


def update_and_drop(optimizer):
    """A function for backward's `on_leaf` that updates a parameter of the optimizer and drops its gradient."""

    def update(parameter):
        optimizer.step()
        parameter.grad = None

    return update
