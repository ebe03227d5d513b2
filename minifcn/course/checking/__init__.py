"""Checking: an answer is asked all questions, and a Report holds the result. Start at check.py."""
