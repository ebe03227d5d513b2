"""Optimizers: SGD, Adam and AdamW; lr_scheduler changes the learning rate during training.

Read optimizers.py first.
"""

from . import lr_scheduler
from .adam import Adam, AdamW
from .in_backward import step_in_backward, update_and_drop
from .optimizers import SGD, Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler", "step_in_backward", "update_and_drop"]
