"""Runs code of strangers: an answer gets a process of its own, which can neither hang nor hurt the one that checks it."""
