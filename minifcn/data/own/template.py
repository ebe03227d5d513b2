"""Write a dataset.toml, with a comment on every key. Read description.py next."""

import json

from ...files import atomic_write

HEAD = """\
# A data set of your own: `minifcn train --data folder:PATH` reads this file, and `minifcn data check PATH` checks the
# images and masks against it. Change what is wrong. All folders are relative to this file.
"""


def write_description(description, path):
    """Write a Description to a file; FileError if it cannot be written."""
    with atomic_write(path) as temporary:
        temporary.write_text(description_as_toml(description), encoding="utf-8")


def description_as_toml(description):
    """The text of a dataset.toml."""
    parts = [HEAD, *_question(description), *_classes(description), *_places(description), *_masks(description)]
    return "\n".join([*parts, *_split(description.split), *_pixels(description)])


def _question(it):
    """What is still to be decided; the answers are comments, so that none is taken by accident."""
    if it.undecided:
        yield "# Choose: remove the line `undecided`, and the # before the lines that are right."
        yield f"undecided = {text(it.undecided)}"
        yield from (f"# {line}" for line in it.choices)
        yield ""


def _classes(it):
    decided = {line.partition("=")[0].strip() for line in it.choices} if it.undecided else set()
    if it.classes and "classes" not in decided:
        yield "# The classes, in the order of their labels 0, 1, 2, ..."
        yield f"classes = {listed(it.classes)}"
        yield f"# Their colours in pictures{', and in the masks' if it.encoding == 'colours' else ''}."
        yield f"colours = {listed(it.colours)}"
        yield ""
    yield "# The default of --class-weights, weights of rare classes in the loss: none, median, sqrt-median or inverse-log."
    yield f"class_weights = {text(it.class_weights)}\n"


def _places(it):
    yield "# The folders. A mask has the name of its image, but for these starts and endings; the suffixes may differ."
    yield f"images = {text(it.images)}"
    yield f"masks = {text(it.masks)}"
    yield f"image_start = {text(it.image_start)}"
    yield f"mask_start = {text(it.mask_start)}"
    yield f"image_ending = {text(it.image_ending)}"
    yield f"mask_ending = {text(it.mask_ending)}\n"


def _masks(it):
    decided = {line.partition("=")[0].strip() for line in it.choices} if it.undecided else set()
    yield "# What the masks hold: values, colours (those above), or alpha (transparency)."
    if "encoding" not in decided:
        yield f"encoding = {text(it.encoding)}"
    if it.encoding != "colours" and it.values and "values" not in decided:
        yield "# The value of each class in turn; [7, 8] is a class with two."
        yield f"values = {listed(it.values)}"
    if "ignore" not in decided:
        yield "# What is ignored, in training and in scores."
        yield f"ignore = {listed(it.ignore)}"
    yield "# What happens to anything else: error, ignore, or nearest (the class of the nearest value, for JPEG masks)."
    yield f"unknown = {text(it.unknown)}\n" if "unknown" not in decided else ""


def _split(rule):
    yield "# For each part a folder, a list of names such as train.txt, or a share. Shares are drawn by seed, and groups stay"
    yield "# together: video (names that look like frames of one), folder, none, or a regular expression on the names."
    yield "[split]"
    for part, place in (("train", rule.train), ("validation", rule.validation), ("test", rule.test)):
        if place is not None:
            yield f"{part} = {text(place) if isinstance(place, str) else place}"
    yield f"seed = {rule.seed}"
    yield f"group = {text(rule.group)}\n"


def _pixels(it):
    yield "# The raw values in range become 0 to 1; then the mean is subtracted, and the result divided by std."
    yield "[pixels]"
    yield f"channels = {it.channels}"
    yield f"range = {listed(it.value_range)}"
    yield f"mean = {listed(it.mean)}"
    yield f"std = {listed(it.std)}\n"


def text(value):
    """Text in TOML's quotes, which are JSON's, except that TOML wants DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(values):
    """A list in TOML: of texts, numbers, or lists of numbers."""
    entries = (text(value) if isinstance(value, str) else listed(value) if isinstance(value, list | tuple) else repr(value)
               for value in values)  # fmt: skip
    return f"[{', '.join(entries)}]"
