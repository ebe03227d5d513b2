"""Pretrained weights: read from any format, safely, and translated to this library's names.

Start with unpickle.py, which explains why reading weights can be dangerous; then read.py, names.py, wrapped.py and
packages.py.
"""

from .classes import class_names
from .packages import PACKED, PACKED_BACKBONES, pretrained
from .read import read_weights
from .translate import load_pretrained, source_of, translate
from .wrapped import unwrap

__all__ = ["PACKED", "PACKED_BACKBONES", "class_names", "load_pretrained", "pretrained", "read_weights", "source_of", "translate", "unwrap"]
