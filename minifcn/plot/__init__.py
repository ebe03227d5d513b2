"""All the package's figures: each function returns a matplotlib Figure, `save` writes it.

No pyplot and no global state: it works without a display, in threads and in notebooks. Read panels.py first; for the
figures of teaching material, cells.py.
"""

from .autograd_graph import graph, value_graph, value_graphs
from .broadcasts import broadcasting
from .charts import bands, bars, dots, lines, scatter
from .copies import stamps
from .curves import step_curve, training_curves
from .data_sheet import data_sheet
from .heat import heatmap
from .images import brighten, pictures, regions
from .matrices import confusion_matrix, filters
from .numbers import grids, matrix, windows
from .panels import land_map, panel
from .panes import panes
from .receptive_fields import receptive_fields
from .ruler import ruler
from .speed import speed_ratios, speed_scaling
from .style import save, use_style
from .threads import thread_reads, thread_scaling

__all__ = [
    "bands",
    "bars",
    "brighten",
    "broadcasting",
    "confusion_matrix",
    "data_sheet",
    "dots",
    "filters",
    "graph",
    "grids",
    "heatmap",
    "land_map",
    "lines",
    "matrix",
    "panel",
    "panes",
    "pictures",
    "receptive_fields",
    "regions",
    "ruler",
    "save",
    "scatter",
    "speed_ratios",
    "speed_scaling",
    "stamps",
    "step_curve",
    "thread_reads",
    "thread_scaling",
    "training_curves",
    "use_style",
    "value_graph",
    "value_graphs",
    "windows",
]
