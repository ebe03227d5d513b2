"""Attacks on the grader, by kind, each with what it must get; table.py shows which wall stops which. Read attack.py next."""
