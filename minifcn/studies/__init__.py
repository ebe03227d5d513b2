"""Studies: one question each, answered by trainings or measurements with several seeds, as a table and a picture.

`minifcn study NAME` runs one. Read study.py next.
"""
