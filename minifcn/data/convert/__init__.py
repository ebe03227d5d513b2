"""Annotations as other tools write them, turned into a data set of one's own: `minifcn data convert`.

Read reading.py first.
"""

from .convert import READERS, convert
from .labels import OTHERS
from .source import Wishes

__all__ = ["OTHERS", "READERS", "Wishes", "convert"]
