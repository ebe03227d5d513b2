"""What masks of colours mean: one colour a class, ids of objects, or photographs. Read numbers.py next."""

from PIL import ImageColor

from .names import VOID
from .peaks import BLURRED, COVERED, groups, near_colours, smeared
from .verdict import Opinion, hexadecimal, listed, lost_in_jpeg, not_classes, one_value, percent

BLACK, WHITE, VOC_BORDER = 0x000000, 0xFFFFFF, 0xE0E0C0
MANY = 12  # fewer colours than this are no ids
ALIKE = 6  # as many colours as this that differ in one channel only count something
NAME_OF = {value.lower(): name for name, value in reversed(ImageColor.colormap.items()) if isinstance(value, str)}


def judge_colours(values, lossy=0, names=None):
    """The Opinion on masks of colours.

    values: their Values; lossy: the number of JPEG files; names: the Names that the data set came with
    """
    table = dict(zip(names.colours, names.names)) if names and names.colours else {}
    cleaned = smeared(values, near_colours, lossy, BLURRED if lossy else COVERED)
    colours, between = cleaned if cleaned else (values.found, 0)
    if not cleaned and lossy:
        return lost_in_jpeg(lossy, "more colours than were drawn, few of which stand out")
    if not cleaned and (not values.complete or len(colours) > 255):
        return not_classes(f"more than {min(255, len(colours) - 1)} different colours")
    if len(colours) == 1:
        return one_value(hexadecimal(colours[0]))
    colours = sorted(colours, key=lambda colour: (colour != BLACK, -values.tallies[colour].pixels, colour))
    if table:
        opinion = judge_table(values, colours, table, names.file)
    elif ids := look_like_ids(values, colours):
        fields = in_colours(colours)
        choices = [("each colour is a class", fields)]
        question = "Is each colour a class, or are these ids of objects, which `minifcn data convert` turns into classes?"
        opinion = Opinion("ids", ids, {}, question, choices)
    else:
        opinion = judge_set(values, colours)
    return note_between(values, opinion, colours, between) if cleaned else opinion


def note_between(values, opinion, colours, between):
    """The opinion, on masks that also hold colours between those drawn; whether more were drawn is a question."""
    opinion.kind, opinion.shown = "smeared", colours
    opinion.fields["unknown"] = "nearest"
    opinion.sentence = f"{percent(between)} of the pixels have colours between these, and get the nearest. {opinion.sentence}"
    more = groups(values, near_colours, colours)
    if between > 1 - COVERED and more and opinion.question is None:
        listing = listed(f"{hexadecimal(colour)} with at least {percent(share)}" for colour, share in more)
        wider = in_colours([*colours, *(colour for colour, _ in more)])
        choices = [("no other colours were drawn", opinion.fields), ("others were drawn: keep those", opinion.fields | wider)]
        opinion = Opinion("smeared", opinion.sentence, {}, f"Were other colours drawn, such as {listing}?", choices)
        opinion.shown = colours
    return opinion


def look_like_ids(values, colours):
    """Why these are probably ids of objects, a sentence; "" if nothing suggests it."""
    others = [colour for colour in colours if colour != BLACK]
    if len(others) < MANY:
        return ""
    once = sum(values.tallies[colour].masks == 1 for colour in others)
    if values.masks > 1 and once > 0.5 * len(others):
        return f"{once} of {len(others)} colours occur in one mask only, as ids of objects do."
    for shift in (0, 8, 16):
        rest = [colour & ~(255 << shift) for colour in others]
        most = max(rest, key=rest.count)
        if rest.count(most) >= ALIKE:
            alike = [hexadecimal(colour) for colour, other in zip(others, rest) if other == most]
            return f"{len(alike)} of {len(others)} colours differ in one channel only, as ids do: {listed(sorted(alike), 5)}."
    return ""


def judge_table(values, colours, table, file):
    """Colours that a file of the data set names."""
    unknown = [colour for colour in colours if colour not in table]
    void = [colour for colour, name in table.items() if VOID.fullmatch(name)]
    kept = [colour for colour in table if colour not in void]
    fields = {"classes": [table[colour] for colour in kept], "colours": [hexadecimal(colour) for colour in kept],
              "encoding": "colours"}  # fmt: skip
    if void:
        fields["ignore"] = [hexadecimal(colour) for colour in void]
    if not unknown:
        return Opinion("colours", f"Each colour is a class, named in {file}.", fields)
    share = f"{percent(values.share(unknown))} of the pixels"
    sentence = f"{file} does not name {listed(map(hexadecimal, unknown))}, {share}."
    choices = [("other colours are ignored", {"unknown": "ignore"}),
               ("other colours are read as the nearest class", {"unknown": "nearest"})]  # fmt: skip
    return Opinion("colours", sentence, fields, "What do the colours mean that have no name?", choices)


def judge_set(values, colours):
    """A few colours without names."""
    sentence = f"{len(colours)} colours, each a class: {listed(map(colour_name, colours))}."
    if VOC_BORDER in colours and BLACK in colours:
        rest = [colour for colour in colours if colour != VOC_BORDER]
        border = f"{hexadecimal(VOC_BORDER)} is the border of PASCAL VOC, {percent(values.share([VOC_BORDER]))} of the pixels,"
        sentence = f"{len(rest)} colours, each a class: {listed(map(colour_name, rest))}. {border} and is ignored."
        return Opinion("colours", sentence, in_colours(rest, [VOC_BORDER]))
    for mark in (BLACK, WHITE):
        if mark in colours and len(colours) > 2 and values.tallies[mark].thin:
            name, rest = colour_name(mark), [colour for colour in colours if colour != mark]
            thin = f"{name.capitalize()} only occurs as thin lines between others, {percent(values.share([mark]))} of the pixels."
            choices = [(f"{name} is a class", in_colours(colours)),
                       (f"{name} marks pixels without a label", in_colours(rest, [mark]))]  # fmt: skip
            return Opinion("colours", f"{sentence} {thin}", {}, f"Is {name} a class, or ignored?", choices)
    return Opinion("colours", sentence, in_colours(colours))


def in_colours(colours, ignored=()):
    """The fields of dataset.toml for classes that are colours."""
    names = [colour_name(colour) for colour in colours]
    if colours[0] == BLACK:
        names[0] = "background"
    fields = {"classes": names, "colours": [hexadecimal(colour) for colour in colours], "encoding": "colours"}
    return fields | ({"ignore": [hexadecimal(colour) for colour in ignored]} if ignored else {})


def colour_name(colour):
    """CSS's name of a colour, or "#rrggbb"."""
    return NAME_OF.get(hexadecimal(colour), hexadecimal(colour))
