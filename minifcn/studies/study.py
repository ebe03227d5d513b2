"""What a study says of itself: its question, its cases, the columns of its table, its picture.

To add one: a file with a subclass of Study, and a line in catalogue.py. Read results.py next.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .. import plot
from ..files import make_folder

DRAWN = 3  # columns of the table in the picture that a study without one of its own gets


class Column(NamedTuple):
    """A column of a study's table: which result it shows, its heading, a factor, and the digits after the point."""

    key: str
    heading: str
    factor: float = 1.0
    digits: int = 1


def percent(key, heading, digits=1):
    """The Column of a fraction, printed in percent."""
    return Column(key, f"{heading}, %", 100.0, digits)


class Study:
    """One question. A subclass sets the attributes, and defines cases and run, draw for a picture of its own, and check if an
    option names a folder.

    name      in the catalogue
    question  one sentence that ends in a question mark
    columns   of the table, a tuple of Columns
    row       the heading of the table's first column
    seeds     the default of --seeds; 1 for a study without randomness
    minutes   that the default seeds take on 2 cores, about
    needs     what it needs that not everybody has, such as a data set, as text; "" for nothing
    more      what it has further cases for, in the same way
    """

    name, question, needs, more, row = "", "", "", "", "case"
    columns = ()
    seeds, minutes = 3, 1

    def add_options(self, add):
        """Add the study's own options to the command; `add` is argparse's add_argument. None by default."""

    def check(self, options):
        """Raise an error of one sentence if the options name data that are not there. Called once, before the first run."""

    def cases(self, options):
        """The names of the cases, in the order of the table. options: a namespace of the study's own, and `quick`."""
        raise NotImplementedError(f"{type(self).__name__} does not define cases(options)")

    def run(self, trial):
        """One run of one case: {row: {key: a number, a text, or a list of numbers}}; most cases are one row, trial.case.

        It is called once for each case and seed, unless --out has the results already. With trial.quick it takes a
        second or two, and its numbers mean nothing.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define run(trial)")

    def draw(self, results):
        """The figure, from Results (results.py), which may lack cases and seeds; here, the first columns, a dot for each run.

        None for no figure.
        """
        panes = {}
        for column in self.columns[:DRAWN]:
            values = {row: results.values(row, column.key) for row in results.rows()}
            panes[column.heading] = {row: column.factor * found for row, found in values.items() if found.dtype.kind in "iuf"}
        return plot.dots(panes)


@dataclass
class Trial:
    """One run of a study: its case and seed, its options, and a folder of its own for whatever it wants to keep.

    The folder exists once `keep()` was called; results.keep(...) finds it again. What a study only needs to draw
    belongs there; numbers belong into the results.
    """

    case: str
    seed: int
    options: argparse.Namespace
    folder: Path

    @property
    def quick(self):
        """Whether this is only a rehearsal, which must end in seconds."""
        return self.options.quick

    def keep(self):
        """The folder, made if it does not exist."""
        return make_folder(self.folder)


def own_options(study, given=None):
    """A namespace of a study's options and `quick`, with their defaults unless `given`, a dict, has others."""
    parser = argparse.ArgumentParser()
    study.add_options(parser.add_argument)
    options = vars(parser.parse_args([])) | {"quick": False}
    return argparse.Namespace(**options | {name: value for name, value in (given or {}).items() if name in options})
