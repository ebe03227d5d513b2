"""Opinion, the result of looking at masks: a sentence, what it means for dataset.toml, or a question with its answers.

Read peaks.py next.
"""

from dataclasses import dataclass, field


@dataclass
class Opinion:
    """An opinion on what masks mean.

    kind:      a word for it, such as "labels" or "colours"
    sentence:  what was found, and what it means
    fields:    the keys of dataset.toml that follow: {name: value}
    question:  what the files leave open; None if the opinion is certain
    choices:   its answers, a list of (meaning, {key of dataset.toml: value})
    trainable: whether masks of this kind can be trained on
    shown:     the values to list, if not all that occur
    """

    kind: str
    sentence: str
    fields: dict = field(default_factory=dict)
    question: str | None = None
    choices: list = field(default_factory=list)
    trainable: bool = True
    shown: list | None = None

    def __post_init__(self):
        """What all answers share is no question."""
        if len(self.choices) > 1:
            first, *others = [keys for _, keys in self.choices]
            shared = {key: value for key, value in first.items() if all(each.get(key) == value for each in others)}
            self.fields = self.fields | shared
            self.choices = [(meaning, {k: v for k, v in keys.items() if k not in shared}) for meaning, keys in self.choices]

    @property
    def certain(self):
        """Whether the files leave no question open."""
        return self.trainable and self.question is None


def one_value(value, ignored=""):
    """The opinion on masks that hold a single value."""
    rest = f" beside the ignored {ignored}" if ignored else ""
    return Opinion("one value", f"Every mask holds only {value}{rest}: there is nothing to tell apart.", trainable=False)


def not_classes(found):
    """The opinion on masks with too many values. found: how many, a phrase"""
    sentence = f"The masks hold {found}: these are no classes, but perhaps ids of objects, a depth map or photographs."
    return Opinion("no classes", f"{sentence} Convert them with `minifcn data convert`.", trainable=False)


def lost_in_jpeg(lossy, found):
    """The opinion on JPEG masks whose classes can no longer be told apart. lossy: how many; found: what they hold."""
    sentence = f"{lossy} of the masks are JPEG files and hold {found}: JPEG changes values. Use masks saved as PNG."
    return Opinion("no classes", sentence, trainable=False)


def percent(share):
    """A share as text: "12.3 %"; with two digits if it is small."""
    return f"{100 * share:.1f} %" if share >= 0.001 or not share else f"{100 * share:.1g} %"


def listed(items, most=8):
    """'1, 2 and 3'; of many, the first few and the last: '0, 1, 2, ..., 40'."""
    items = [str(item) for item in items]
    if len(items) > most:
        items = [*items[: most - 3], "...", items[-1]]
        return ", ".join(items)
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def hexadecimal(colour):
    """0xff0000 -> "#ff0000"."""
    return f"#{colour:06x}"
