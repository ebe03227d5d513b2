"""Data sets as they are distributed: `--data camvid:PATH`, with the folders, files and labels of the original.

Read base.py first, then camvid.py, the shortest.
"""
