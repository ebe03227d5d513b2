"""What masks of numbers mean: labels from 0 or from 1, grey levels, or 0 and 255. Read opinion.py next."""

import itertools
import math

from .names import VOID
from .peaks import near_levels, smeared
from .verdict import Opinion, hexadecimal, listed, lost_in_jpeg, not_classes, one_value, percent

FEW = 40  # labels up to here need no other evidence that they are labels
IGNORED = 255
BINARY = ["background", "foreground"]


def judge_numbers(values, palette, lossy=0, names=None):
    """The Opinion on masks of numbers.

    values: their Values; palette: {index: 0xRRGGBB} of palette files; lossy: the number of JPEG files
    names:  the Names that the data set came with
    """
    found = values.found
    if not palette and (lossy or found[-1] > 100) and (cleaned := smeared(values, near_levels, lossy)):
        return judge_smeared(values, *cleaned, lossy)
    if lossy and len(found) > 2:
        return lost_in_jpeg(lossy, f"{len(found)} values from {found[0]} to {found[-1]}, few of which stand out")
    if not values.complete or len(found) > 255:
        return not_classes("more than 255 different values")
    if len(found) == 1:
        return one_value(found[0])
    if len(found) == 2 and not (names and len(names.names) > 2):
        return judge_two(values, *found)
    ignored = [value for value in found if value < 0 or value == IGNORED]
    labels = [value for value in found if value not in ignored]
    if len(labels) <= 1 and not names:
        return one_value(listed(labels), listed(ignored))
    if not (palette or are_labels(labels, names)):
        return judge_levels(found)
    opinion = judge_labels(values, labels, ignored, palette, names)
    return judge_objects(values, opinion) if values.restart and not names and opinion.certain else opinion


def judge_objects(values, labels):
    """Masks that count from 1, without a gap and up to different numbers. labels: the opinion that these are classes"""
    runs = values.runs
    sentence = f"{runs.total()} masks count from 1 without a gap, some up to {min(runs)}, others up to {max(runs)}."
    question = "Is each number a class, or are these the objects in an image? The masks of classes may be in another folder."
    return Opinion("ids", f"{labels.sentence} {sentence}", {}, question, [("each number is a class", labels.fields)])


def judge_smeared(values, peaks, between, lossy):
    """Masks with values between those that were drawn."""
    why = f"{lossy} of the masks are JPEG files" if lossy else "the masks were probably resized smoothly"
    opinion = judge_two(values, *peaks) if len(peaks) == 2 else judge_levels(peaks)
    opinion.kind, opinion.shown = "smeared", peaks
    opinion.fields["unknown"] = "nearest"
    drawn = f"{percent(between)} of the pixels lie between {listed(peaks)}: {why}, and each gets the nearest of these values."
    opinion.sentence = f"{drawn} {opinion.sentence}"
    return opinion


def judge_two(values, low, high):
    """Masks with two values."""
    share = f"{percent(values.share([high]))} of the pixels"
    fields = {"classes": BINARY}
    if high != IGNORED:
        plain = {} if (low, high) == (0, 1) else {"values": [low, high]}
        sentence = f"Two values: {low} is taken for the background and {high}, {share}, for the foreground."
        return Opinion("two values", sentence, fields | plain)
    others = [0, low] if low else [0, 1]
    choices = [(f"{high} is the foreground", {"values": [low, high]}),
               (f"{high} marks pixels without a label", {"values": others, "ignore": [high]})]  # fmt: skip
    sentence = f"{low} and {high} are the only values; {high} has {share}."
    question = f"Is {high} the foreground, or does it mark pixels without a label, which are ignored?"
    return Opinion("0 or 255", sentence, fields, question, choices)


def are_labels(labels, names):
    """Whether numbers count classes, rather than being grey levels."""
    top = labels[-1]
    if names and top <= len(names.names):
        return True
    if len(labels) > 2 and math.gcd(*labels) >= 5:
        return False
    return top <= FEW or 2 * len(labels) > top


def judge_levels(found):
    """Masks with three or more values that do not count up."""
    fields = {"classes": [f"value {value}" for value in found], "values": found}
    steps = {high - low for low, high in itertools.pairwise(found)}
    even = max(steps) - min(steps) <= 1
    sentence = f"The values {listed(found)} are {'evenly spaced' if even else 'not those of a count'}."
    if found[-1] == IGNORED and len(found) == 3:
        low, middle, high = found
        two = {"classes": BINARY}
        choices = [("three classes", fields),
                   (f"{high} marks pixels without a label", two | {"values": [low, middle], "ignore": [high]}),
                   (f"{middle} marks pixels without a label", two | {"values": [low, high], "ignore": [middle]})]  # fmt: skip
        return Opinion("levels", sentence, {}, "Are these three classes, or does one mark pixels without a label?", choices)
    if even:
        return Opinion("levels", f"{sentence} Each is a class.", fields)
    choices = [("each value is a class", fields)]
    if 0 < found[-1] < IGNORED:
        choices.append(("labels of which some do not occur", {"classes": [f"class {k}" for k in range(found[-1] + 1)]}))
    return Opinion("levels", sentence, {}, "Is each value found a class, or are these labels of a longer list?", choices)


def judge_labels(values, labels, ignored, palette, names):
    """Masks with labels: 0, 1, 2, ..., or 1, 2, 3, ..., and perhaps a mark for pixels without one."""
    top, kind = labels[-1], "palette" if palette else "labels"
    named = names.names if names else []
    zero = range(top + 1 if not named else max(top + 1, len(named)))
    one = range(1, max(top, len(named)) + 1)
    with_zero, without = (described(part, palette, named, ignored) for part in (zero, one))
    void_zero = described(one, palette, named, [*ignored, 0])
    marks = [mark_sentence(values, value) for value in ignored]
    if labels[0] >= 1 and len(named) <= top:
        return Opinion(kind, " ".join([f"Labels from 1 to {top}; 0 does not occur.", *marks]), without)
    found = f"Labels from 0 to {top}" + (f", {len(labels)} of which occur." if len(labels) <= top else ".")
    if named and names.from_zero or len(named) == top + 1 or labels[0]:
        return Opinion(kind, " ".join([f"{found} {names.file} names them.", *marks]), with_zero)
    if len(named) == top:
        why = f"{names.file} has {len(named)} names, one for each label but 0, which is ignored."
        return Opinion(kind, " ".join([found, why, *marks]), void_zero)
    choices = [("0 is a class", with_zero), ("0 marks pixels without a label", void_zero)]
    if named:
        question = f"Does {names.file}, with {len(named)} names, begin with the label 0, or with 1?"
        return Opinion(kind, " ".join([found, *marks]), {}, question, choices)
    if values.tallies[0].thin:
        sentence = f"0 only occurs as thin lines between other values, {percent(values.share([0]))} of the pixels."
        return Opinion(kind, " ".join([found, sentence, *marks]), {}, "Is 0 a class, or ignored?", choices)
    advice = "If one of them marks pixels without a label, move it from values to ignore."
    return Opinion(kind, " ".join([found, *marks, *([] if ignored else [advice])]), with_zero)


def described(labels, palette, named, ignored):
    """The fields for consecutive labels: classes, colours, values, ignore. A label named "void" is ignored too."""
    name_of = dict(zip(labels, named)) if named else {}
    void = [label for label, name in name_of.items() if VOID.fullmatch(name)]
    kept = [label for label in labels if label not in void]
    fields = {"classes": [name_of.get(label, f"class {label}") for label in kept]}
    if kept and all(label in palette for label in kept) and len({palette[label] for label in kept}) == len(kept):
        fields["colours"] = [hexadecimal(palette[label]) for label in kept]
    if kept != list(range(len(kept))):
        fields["values"] = kept
    if void or ignored:
        fields["ignore"] = sorted({*void, *ignored})
    return fields


def mark_sentence(values, mark):
    """What is known of the value that marks pixels without a label."""
    tally = values.tallies[mark]
    share = f"{percent(values.share([mark]))} of the pixels"
    if tally.thin:
        lines = 1 - tally.thick / tally.searched
        return f"{mark} marks pixels without a label: {share}, {percent(lines)} of them in thin lines between other values."
    return f"{mark}, {share}, stands apart from the labels, and marks pixels without one."
