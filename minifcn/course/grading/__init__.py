"""Grading: a judge process reads and grades submissions, one at a time or a whole class. Start at supervisor.py."""
