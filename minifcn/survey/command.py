"""`minifcn data check`: looks at a folder of images and masks, says what it holds, and proposes or checks a dataset.toml.

It is the last file of its walk.
"""

import contextlib
import shlex
from pathlib import Path

from ..data.folders import SHEET
from ..data.own.description import FILE, Description
from ..data.own.folder import FolderData
from ..data.own.splits import PARTS, split_pairs
from ..files import make_folder, printable
from . import report
from .advice import advice_on_names, layout_of
from .columns import fitted, wrapped
from .legend import legend_of, legend_of_values
from .names import find_names
from .opinion import opinion_of
from .proposal import propose, question_in_one_line
from .raw import read_raw
from .scan import scan_folder
from .sheet import draw_sheet
from .values import Values

UNNAMED = ("class ", "value ", "#")
FEW = 8  # values listed of masks that show no classes
GLANCE = 40  # pairs looked at for the question of a training run


def check_data(path, out, write=False, quiet=False):
    """Check the data set at a folder or dataset.toml. Returns 0 if a network can be trained on it, else 1."""
    path = Path(path)
    root, file = (path.parent, path) if path.suffix == ".toml" else (path, path / FILE)
    described = file.exists()
    layout = None if described else layout_of(root)
    description = Description.read(file) if described else Description(**vars(layout))
    scan = scan_folder(root, description, quiet, checked=described)
    opinion = None if described else opinion_of(scan.masks, find_names(root, layout))
    if not described:
        if not scan.pairs.pairs:
            scan.problems.sentences["pairs"] = [advice_on_names(root, layout, scan.pairs)]  # which says more than the scan
        description = propose(scan, layout, opinion)
        description.path = str(file)
        note_swapped(scan, opinion)
    decided = described or opinion.certain
    split = try_split(root, scan, description) if decided and scan.pairs.pairs else None
    if described and not scan.problems.fatal:
        ask_training(file, scan)
    legend = legend_of(description, scan.masks) if decided else open_legend(scan.masks, opinion)
    print_report(root, scan, description, split, legend, opinion)
    make_folder(out)
    sheet = Path(out) / SHEET
    if drawn := draw_sheet(scan, legend, description.value_range, sheet, title(root, scan)):
        say(f"drew {drawn} of the pairs, and how frequent each class is, in {printable(sheet)}")
    if described:
        say(printable(file) + (" stays as it is" if write else " was checked") + next_step(scan))
        if not scan.problems.fatal:
            print(train_command(path))
    elif opinion.trainable:
        save_proposal(description, opinion, file, out, write, scan.problems.fatal)
    return 0 if decided and not scan.problems.fatal else 1


def try_split(root, scan, description):
    """The Split of the pairs; None, with a problem noted, if there is none."""
    try:
        return split_pairs(root, description.check(), scan.pairs.pairs)
    except ValueError as error:
        scan.problems.add("the split into training, validation and test images", str(error))
        return None


def ask_training(file, scan):
    """Note what training would refuse of a described folder in which nothing else is wrong, in its words."""
    try:
        data = FolderData(path=file)
        for part in PARTS:
            if data.parts.part(part):
                data.split(part)  # which checks its files
    except (ValueError, RuntimeError) as error:
        scan.problems.add("what training refuses", str(error))


def note_swapped(scan, opinion):
    """If the masks look like photographs, see whether the images look like masks."""
    if opinion.kind == "no classes" and scan.pairs.pairs:
        first, values = scan.pairs.pairs[0].image, Values()
        with contextlib.suppress(ValueError, RuntimeError):
            values.add(read_raw(first).values)
            if values.complete and len(values.found) <= FEW:
                opinion.sentence += f" But {first.name} holds only {len(values.found)} colours: are images and masks swapped?"


def open_legend(masks, opinion):
    """The Legend of masks on which there is no certain opinion; of masks that show no classes, of a few values."""
    return legend_of_values(masks, opinion.shown) if opinion.trainable else legend_of_values(masks, most=FEW)


def print_report(root, scan, description, split, legend, opinion):
    """Everything that was found, in paragraphs."""
    values = getattr(scan.masks, legend.holds)
    parts = {title(root, scan): report.overview(scan, description, split)}
    if values.masks:
        parts["what the masks hold"] = report.classes(legend, values)
    if scan.problems.counts:
        parts["problems"] = report.problems(scan.problems)
    if opinion:
        parts["what the masks mean"] = report.opinion(opinion)
    for heading, lines in parts.items():
        print(fitted(printable(heading), 98), *lines, "", sep="\n")


def title(root, scan):
    """The name of the data set, and how many pairs it has."""
    count = len(scan.pairs.pairs)
    return f"{root.resolve().name}: {count:,} image{'s' * (count != 1)} with masks"


def save_proposal(description, opinion, file, out, write, problems):
    """Write the proposed dataset.toml, into the folder of the data set only if asked to. problems: those that stop training"""
    place = file if write else Path(out) / FILE
    description.write(place)
    unnamed = any(name.startswith(UNNAMED) for name in description.classes)
    todo = "answer the question in it" if opinion.question else "name the classes in it" if unnamed else "read it"
    todo += ", solve the problems above" * bool(problems)
    there = place.resolve() == file.resolve()
    rest = ", then train on it with" if there else f", then put it into {printable(file.parent)}, or repeat this with --write"
    say(f"wrote {printable(place)}: {todo}{rest}")
    if there:
        print(train_command(file.parent))


def next_step(scan):
    """What comes after a check of a dataset.toml."""
    return "; first solve the problems above" if scan.problems.fatal else "; train on it with"


def train_command(path):
    """The command that trains on a data set, on a line of its own, to be copied."""
    return f"  minifcn train --data folder:{shlex.quote(printable(path))}"


def say(sentence):
    """Print a sentence in lines; the paths in it stay whole, to be copied."""
    print(*wrapped(sentence, "", shorten=False), sep="\n")


def open_question(root):
    """Why a network cannot yet be trained on a folder without dataset.toml: a sentence, from a glance at some pairs."""
    layout = layout_of(root)
    scan = scan_folder(root, Description(**vars(layout)), quiet=True, most=GLANCE)
    if not scan.pairs.pairs:
        return f"{printable(root)}: {advice_on_names(root, layout, scan.pairs)}"
    opinion = opinion_of(scan.masks, find_names(root, layout))
    run = f"run minifcn data check {printable(root)} --write"
    if opinion.question:
        question = question_in_one_line(opinion)
        return f"{printable(root)} has no {FILE}, and its masks leave a question open: {question}; {run}, and answer in that file"
    if not opinion.trainable:
        return f"{printable(root)}: {opinion.sentence}"
    return f"{printable(root)} has no {FILE}, which says what its masks mean; {run}, and read what it wrote"
