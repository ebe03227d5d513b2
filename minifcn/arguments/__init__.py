"""The command-line options of each command: names, defaults, help and an example. commands/ has what they do.

A function adds the options of one command to its parser, and imports the networks and data sets whose names it needs.
Read shared.py first.
"""

from . import course, data, measuring, shell, training, using

# The functions that add a command's options, by the name of its function in commands/.
OPTIONS = vars(training) | vars(data) | vars(using) | vars(measuring) | vars(course) | vars(shell)
