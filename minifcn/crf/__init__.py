"""A fully connected CRF, which moves the outlines of a prediction to those of the picture. Read mean_field.py first."""

from .mean_field import Kernels, dense_crf

__all__ = ["Kernels", "dense_crf"]
