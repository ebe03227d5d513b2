"""The results of a study: its runs in results.json, and the table of their means and spreads.

A run is stored with everything that determines it, so a finished one is never repeated, and a table can be printed
again, as text or Markdown, without running anything. Read run.py next.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..files import atomic_write, make_folder, printable

FILE = "results.json"


@dataclass
class Run:
    """One finished run. rows: {row: {key: value}}; settings: the study's options with which it was made."""

    case: str
    seed: int
    settings: dict
    rows: dict
    seconds: float
    machine: str
    date: str


class Results:
    """The runs of a study with the same options: `runs`, in the order in which they were made.

    options: the study's own options, and `quick`; out: the folder
    """

    def __init__(self, study, options, out, runs=()):
        self.study, self.options, self.out, self.everything = study, options, Path(out), list(runs)

    @property
    def runs(self):
        return [run for run in self.everything if run.settings == settings_of(self.options)]

    def find(self, case, seed):
        """The Run of a case and a seed; None if it has not been made."""
        return next((run for run in self.runs if (run.case, run.seed) == (case, seed)), None)

    def rows(self):
        """The names of the table's rows: case by case, in the study's order, then those that it cannot run on this machine."""
        order = {case: i for i, case in enumerate(self.study.cases(self.options))}
        runs = sorted(self.runs, key=lambda run: order.get(run.case, len(order)))
        return list(dict.fromkeys(row for run in runs for row in run.rows))

    def values(self, row, key):
        """The results under `key` in a row: an array with one number, text or list for each seed, in order of the seeds."""
        runs = sorted(self.runs, key=lambda run: run.seed)
        found = [run.rows[row][key] for run in runs if key in run.rows.get(row, ())]
        return np.array([np.nan if value is None else value for value in found])

    def mean(self, row, key):
        """The mean of the results over the seeds; of lists, element by element."""
        return self.values(row, key).mean(0)

    def folder(self, case, seed):
        """The folder in which a run may keep files."""
        digest = hashlib.sha256(json.dumps(settings_of(self.options), sort_keys=True).encode()).hexdigest()
        return self.out / f"{re.sub(r'[^a-z0-9.-]+', '-', case.lower()).strip('-')}-seed{seed}-{digest[:6]}"

    def add(self, run):
        """Add a Run and write results.json."""
        self.everything = [old for old in self.everything if not same_run(old, run)] + [run]
        report = {"study": self.study.name, "runs": [asdict(run) for run in self.everything]}
        with atomic_write(make_folder(self.out) / FILE) as path:
            path.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_results(study, options, out):
    """The Results in the folder `out`, none if it has no results.json. ValueError for one of something else."""
    path = Path(out) / FILE
    if not path.exists():
        return Results(study, options, out)
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        name, runs = report["study"], [Run(**run) for run in report["runs"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"study: {printable(path)} is damaged; remove it, or choose another --out") from None
    if name != study.name:
        raise ValueError(f"study: {printable(path)} is of {printable(name)!r}, not of {study.name!r}; choose another --out")
    return Results(study, options, out, runs)


def settings_of(options):
    """A study's options as JSON reads them back."""
    return json.loads(json.dumps(vars(options), default=str))


def same_run(a, b):
    return (a.case, a.seed, a.settings) == (b.case, b.seed, b.settings)


def defined(value):
    """A result as JSON can store it: NumPy's numbers and arrays as Python's, and None for a number that is not defined."""
    if isinstance(value, dict):
        return {name: defined(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [defined(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


# Tables ---------------------------------------------------------------------------------------------------------------


def table(results, markdown=False):
    """The table: a row for each case, the mean and the standard deviation over the seeds of each column."""
    study = results.study
    lines = [[study.row, *(column.heading for column in study.columns)]]
    for row in results.rows():
        lines.append([row, *(cell(results.values(row, column.key), column) for column in study.columns)])
    if markdown:
        lines = [[text.replace("|", "\\|") for text in line] for line in lines]
        lines.insert(1, ["---", *["---:"] * len(study.columns)])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines)


def cell(values, column):
    """The text of a cell: 41.2 ± 0.8; 41.2 for one seed, or where all are equal; a dash where no run has it."""
    if not len(values):
        return "–"
    if values.dtype.kind not in "iuf":
        return "; ".join(dict.fromkeys(map(str, values)))
    varies = values.min() < values.max()
    spread = f" ± {column.factor * values.std(ddof=1):,.{column.digits}f}" if varies else ""
    return f"{column.factor * values.mean():,.{column.digits}f}{spread}"


def describe(results):
    """Two lines above a table: the question; the seeds, the machine, the dates."""
    runs = results.runs
    seeds = len({run.seed for run in runs})
    over = f"{seeds} seeds, mean ± standard deviation" if seeds > 1 else "1 run of each"
    machines, dates = ("; ".join(dict.fromkeys(getattr(run, name) for run in runs)) for name in ("machine", "date"))
    minutes, rough = sum(run.seconds for run in runs) / 60, "; --quick: the numbers mean nothing" * results.options.quick
    return f"{results.study.question}\n{over}; {minutes:.1f} minutes in all on {machines}, {dates}{rough}"
