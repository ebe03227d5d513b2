"""Every picture that the package draws: each function returns a matplotlib Figure, `save` writes it.

No pyplot and no state anywhere: it works without a screen, in threads and in notebooks. Read panels.py first.
"""

from .autograd_graph import graph
from .curves import step_curve, training_curves
from .matrices import confusion_matrix, filters
from .panels import land_map, panel
from .speed import speed_ratios, speed_scaling
from .style import save

__all__ = [
    "confusion_matrix",
    "filters",
    "graph",
    "land_map",
    "panel",
    "save",
    "speed_ratios",
    "speed_scaling",
    "step_curve",
    "training_curves",
]
