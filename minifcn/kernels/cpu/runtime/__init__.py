"""How kernels are compiled, run on all threads, and given memory: what every other file of kernels/cpu/ stands on.

Read compile.py next.
"""
