"""Optimizers: SGD, Adam and AdamW; lr_scheduler changes the learning rate during training.

Read optimizers.py first.
"""

from . import lr_scheduler
from .optimizers import SGD, Adam, AdamW, Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
