"""Optimizers: SGD, Adam and AdamW; lr_scheduler changes the learning rate during training.

Read optimizers.py first.
"""

from . import lr_scheduler
from .adam import Adam, AdamW
from .optimizers import SGD, Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
