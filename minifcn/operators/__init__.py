"""The Functions behind Tensor's operators and methods: arithmetic, reductions and shape operations.

Start with arithmetic.py, then reduce.py, shape.py and dtypes.py. tensor.py maps `+`, `.sum()` and `[...]` to them.
"""
