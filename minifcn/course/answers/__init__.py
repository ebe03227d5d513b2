"""Answers: what students hand in, and how an answer is extracted from it. Start at submission.py."""
