"""The benchmark: what a step, an operation, a start and a megabyte cost, beside PyTorch where it is installed.

`minifcn bench` runs it. case.py says what is measured, timing.py how; conv_cases.py, op_cases.py and net_cases.py list
the work, rival.py does the same work in PyTorch, and run.py puts all of it into one table. Read case.py next.
"""
