"""What the masks of a data set probably mean, or the question that their files leave open.

An opinion is certain only where the files allow a single reading. Read legend.py next.
"""

from .colours import judge_colours
from .numbers import judge_numbers
from .values import GREY
from .verdict import Opinion, percent


def opinion_of(masks, names=None):
    """The Opinion on some Masks; names: the Names that the data set came with."""
    coloured = masks.colours.masks - masks.painted
    if not masks.numbers.masks + coloured:
        return Opinion("none", "No mask could be read.", trainable=False)
    if masks.numbers.masks and coloured:
        found = f"The masks are of two kinds, {masks.numbers.masks} of numbers and {coloured} of colours"
        return Opinion("mixed", f"{found}: convert them to one kind.", trainable=False)
    if len(masks.alphas.found) > 1:
        return judge_alpha(masks)
    if masks.clash:
        opinion = judge_colours(masks.colours, masks.lossy, names)
        opinion.sentence = f"The palettes of {masks.clash} differ, so only the colours count. {opinion.sentence}"
        return opinion
    grey = masks.colours.as_grey() if coloured else masks.numbers
    if grey is None:
        return judge_colours(masks.colours, masks.lossy, names)
    opinion = judge_numbers(grey, masks.palette, masks.lossy, names)
    if coloured and opinion.shown:
        opinion.shown = [GREY * level for level in opinion.shown]  # as the masks have them
    return opinion


def judge_alpha(masks):
    """Masks with an alpha channel that is not the same everywhere."""
    partly = 1 - masks.alphas.share([0, 255])
    sentence = f"The alpha channel varies: {percent(masks.alphas.share([0]))} of the pixels are transparent"
    sentence += f" and {percent(partly)} partly transparent." if partly else "."
    fields = {"classes": ["background", "foreground"]}
    if masks.numbers.masks:
        return Opinion("alpha", f"{sentence} The mask is where it is opaque.", fields | {"encoding": "alpha"})
    question = "Is the class in the alpha channel, opaque where the foreground is, or in the colours?"
    colours = judge_colours(masks.colours, masks.lossy)
    if len(masks.colours.found) <= 2 or not colours.trainable:
        return Opinion("alpha", f"{sentence} The mask is where it is opaque.", fields | {"encoding": "alpha"})
    choices = [("the alpha channel", fields | {"encoding": "alpha"}), ("the colours", colours.fields)]
    return Opinion("alpha", sentence, {}, question, choices)
