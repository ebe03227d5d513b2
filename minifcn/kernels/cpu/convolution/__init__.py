"""Convolution on the CPU: nine algorithms behind three maps.  conv.py lists them, choose.py picks.

Read im2col.py next: the algorithm that fits every convolution, and that the lessons teach.
"""
