"""Training runs: one from its options, several compared for equal time, the three of the demo.

Read options.py next.
"""
