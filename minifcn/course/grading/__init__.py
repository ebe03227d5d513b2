"""Grading: submissions are read and graded by a judge process, one at a time or a whole class. Start at supervisor.py."""
