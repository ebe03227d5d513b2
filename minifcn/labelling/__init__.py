"""From image files to label maps in files. Read outcome.py first."""

from .files import predict_files

__all__ = ["predict_files"]
