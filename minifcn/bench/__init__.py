"""The benchmark: training steps, operations, start-up time and memory, next to PyTorch if it is installed.

`minifcn bench` runs it. case.py says what is measured, timing.py how; conv_cases.py, op_cases.py and net_cases.py list
the work, rival.py does the same work in PyTorch, and run.py collects everything in one table. Read case.py next.
"""
