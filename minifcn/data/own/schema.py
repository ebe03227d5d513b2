"""The keys of a dataset.toml and their types. Read template.py next."""

import math
import tomllib

from ...files import printable, read_text
from ...suggest import did_you_mean
from ..palette import parse_colour

MOST_BYTES = 2**20  # of a dataset.toml; one with 255 classes has about 10,000
MOST_CHANNELS = 1000
SECTIONS = ("split", "pixels")


def read_toml(path):
    """{key: value} of a dataset.toml, a key of a section as "split.train"; each value has the type of its key.

    ValueError, naming the file, if it cannot be read, and for an unknown key or a value of another type.
    """
    values = {}
    for key, value in _parse(path).items():
        if key in SECTIONS and isinstance(value, dict):
            values |= {f"{key}.{inner}": each for inner, each in value.items()}
        else:
            values[key] = value
    for key, value in values.items():
        if key not in KEYS:
            name = printable(key.rpartition(".")[2])
            raise ValueError(f"{printable(path)}: there is no key {key!r:.60}{did_you_mean(name, _names(key))}")
        suits, expected = KEYS[key]
        if not suits(value):
            raise ValueError(f"{printable(path)}: {key} is {shown(value)}, expected {expected}")
    return values


def _parse(path):
    """The tables of a TOML file; Notepad's byte-order mark is tolerated."""
    content = read_text(path, MOST_BYTES, "which no description of a data set needs", "write one, or choose another folder")
    try:
        return tomllib.loads(content.replace("\r\n", "\n"))
    except RecursionError:
        raise ValueError(f"{printable(path)}: it is nested too deeply; the values are lists of numbers or texts") from None
    except ValueError as error:
        raise ValueError(f"{printable(path)}: it is not TOML: {printable(error)}; correct that line") from None


def _names(key):
    """The names of the keys in the section of a key."""
    section = key.rpartition(".")[0]
    return [name.rpartition(".")[2] for name in KEYS if name.rpartition(".")[0] == section]


def shown(value):
    """A value as text of at most 60 characters, for an error."""
    text = printable(repr(list(value) if isinstance(value, tuple) else value))
    return text if len(text) <= 60 else f"{text[:57]}..."


# The types ------------------------------------------------------------------------------------------------------------


def is_text(value):
    """Printable text that is not empty; a folder, a name."""
    return isinstance(value, str) and value != "" and value.isprintable()


def is_ending(value):
    return isinstance(value, str) and (value == "" or is_text(value)) and "/" not in value


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30 and math.isfinite(value)


def is_list(suits):
    """Whether a value is a list whose entries all suit."""
    return lambda value: isinstance(value, list) and all(map(suits, value))


def is_value(value):
    """A whole number, or a list of some: what stands for one class."""
    return is_whole(value) or (is_list(is_whole)(value) and len(value) > 0)


def is_colour(value):
    try:
        return parse_colour(value) is not None
    except ValueError:
        return False


def is_share(value):
    """A folder, a list, or a share of the images."""
    return is_text(value) or (is_number(value) and 0 <= value < 1)


def one_of(*words):
    """The type, and its description, of a key whose value is one of some words."""
    return lambda value: value in words, "one of " + ", ".join(f'"{word}"' for word in words)


FOLDER = is_text, "the name of a folder"
START = is_ending, 'text such as "mask_"'
ENDING = is_ending, 'text such as "_mask"'
NUMBERS = is_list(is_number), "a list of numbers"
SHARE = is_share, 'a folder, a list such as "val.txt", or a share such as 0.15'

KEYS = {
    "classes": (is_list(is_text), 'a list of names such as ["background", "crack"]'),
    "colours": (is_list(is_colour), 'a list of colours such as ["#000000", "#ff0000"]'),
    "images": FOLDER,
    "masks": FOLDER,
    "image_start": START,
    "mask_start": START,
    "image_ending": ENDING,
    "mask_ending": ENDING,
    "encoding": one_of("values", "colours", "alpha"),
    "values": (is_list(is_value), "a list of whole numbers, or of lists of them, such as [0, [7, 8]]"),
    "ignore": (is_list(lambda value: is_whole(value) or is_colour(value)), 'a list such as [255], or ["#ffffff"] for colours'),
    "unknown": one_of("error", "ignore", "nearest"),
    "class_weights": one_of("none", "median", "sqrt-median", "inverse-log"),
    "undecided": (is_text, "a question in quotes"),
    "split.train": (is_text, 'a folder, or a list such as "train.txt"'),
    "split.validation": SHARE,
    "split.test": SHARE,
    "split.seed": (lambda value: is_whole(value) and value >= 0, "a whole number of at least 0"),
    "split.group": (is_text, '"video", "folder", "none" or a regular expression'),
    "pixels.channels": (lambda value: is_whole(value) and 1 <= value <= MOST_CHANNELS, f"1 to {MOST_CHANNELS}"),
    "pixels.range": (lambda value: is_list(is_number)(value) and len(value) == 2, "two numbers such as [0, 255]"),
    "pixels.mean": NUMBERS,
    "pixels.std": (lambda value: is_list(is_number)(value) and all(number > 0 for number in value), "a list of numbers above 0"),
}  # fmt: skip
