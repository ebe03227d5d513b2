"""Checking: an answer is asked all questions, and a Report says what came of it. Start at check.py."""
