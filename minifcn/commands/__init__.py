"""The commands: each a function of the parsed options that returns the exit code. Read errors.py first."""
