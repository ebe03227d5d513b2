"""How a command line is parsed: errors of one sentence with a suggestion, help that shows defaults, numbers in a range.

Read arguments/shared.py next.
"""

import argparse
import math
import textwrap

from .files import printable
from .suggest import did_you_mean

SHORT = 50  # characters of a list of choices that an error quotes whole


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows the default of each option that has one, and never breaks the name of a network or a command."""

    def _get_help_string(self, action):
        none = action.default in (None, "", []) or action.default is False
        return action.help if none else super()._get_help_string(action)

    def _split_lines(self, text, width):
        return textwrap.wrap(text, width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence with a suggestion, quoting the command line without control characters."""

    def __init__(self, *args, formatter_class=Help, **kwargs):
        super().__init__(*args, formatter_class=formatter_class, **kwargs)

    def error(self, message):
        self.exit(2, f"{self.prog}: {printable(message)}\n")

    def parse_known_args(self, args=None, namespace=None):
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            tip = did_you_mean(unknown[0].partition("=")[0], self._option_string_actions, self.see_help())
            self.error(f"unrecognized arguments: {' '.join(unknown)}{tip}")
        return options, unknown

    def _check_value(self, action, value):
        if action.choices is not None and value not in action.choices:
            listed = f", expected one of {', '.join(action.choices)}"
            tip = listed if len(listed) <= SHORT else did_you_mean(value, action.choices, self.see_help())
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{tip}")

    def see_help(self):
        return f"; see `{self.prog} --help`"


# Numbers --------------------------------------------------------------------------------------------------------------


def at_least(least):
    """A parser of integers of at least `least`."""

    def whole_number(text):
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"found {number}, expected at least {least}")
        return number

    return whole_number


def at_least_or(least, words):
    """A parser of integers of at least `least`, or of one of some words: {word: its number}."""
    parse = at_least(least)
    return lambda text: words[text] if text in words else parse(text)


def height_width(text):
    """(H, W), from `480,640` or from one number for both."""
    sides = tuple(map(at_least(1), text.split(",")))
    if len(sides) > 2:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected two numbers, the height and the width")
    return sides if len(sides) == 2 else sides * 2


def finite(text, fits, expected):
    """A number that `fits`, a function, accepts; `expected` says in words which those are."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number") from None
    if not (math.isfinite(number) and fits(number)):
        raise argparse.ArgumentTypeError(f"found {text}, expected {expected}")
    return number


def positive(text):
    """A finite number above 0."""
    return finite(text, lambda number: number > 0, "a number above 0")


def at_least_0(text):
    """A finite number of at least 0."""
    return finite(text, lambda number: number >= 0, "a number of at least 0")


def probability(text):
    """A number above 0, at most 1."""
    number = positive(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected a probability, at most 1")
    return number


def each(parse):
    """A parser of a list, separated by commas, of what `parse` parses; returns a tuple."""
    return lambda text: tuple(parse(part.strip()) for part in text.split(","))


def seconds(text):
    """A number above 0, with or without an s."""
    return positive(text.removesuffix("s"))
