"""The Functions behind Tensor's operators and methods: arithmetic, reductions, and changes of shape.

Start with arithmetic.py; reduce.py, shape.py and dtypes.py follow. tensor.py maps `+`, `.sum()` and `[...]` to them.
"""
