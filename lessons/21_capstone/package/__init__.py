"""TITLE OF THE PACKAGE: FCN-8s, from the derivative of a number upwards, in NumPy. README.md says how to use it."""

import os

# One thread for matrix products: those of one picture are so small that two threads mostly wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
