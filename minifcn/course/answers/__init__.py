"""Answers: what students hand in, and how an answer is taken out of it. Start at submission.py."""
