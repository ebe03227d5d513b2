"""Runs a study: every case with every seed, unless its result is in the folder already; then the table and the picture.

Results are written after each run, so Ctrl-C loses only the run that it interrupts. Read catalogue.py next.
"""

import datetime
import itertools
import os
import time
from pathlib import Path

from tqdm import tqdm

from ..bench.machine import cpu_model
from ..files import printable
from ..kernels.cpu.runtime.simd import simd
from ..plot import save
from .results import Run, defined, describe, read_results, settings_of, table
from .study import Trial, own_options

DPI = 110  # of the picture: 900 pixels for most, and few enough bytes for the docs


def run_study(study, out, *, seeds=None, quiet=False, **given):
    """Run what is missing of a study; return its Results, and write out/results.json and out/NAME.png.

    out:   the folder
    seeds: their number, counted from 0; None: the study's own
    given: the study's own options, and quick=True for a rehearsal in seconds
    Runs that the folder has, made with the same options, are not repeated.
    """
    options = own_options(study, given)
    results = read_results(study, options, out)
    wanted = itertools.product(range(study.seeds if seeds is None else seeds), study.cases(options))
    missing = [(case, seed) for seed, case in wanted if results.find(case, seed) is None]
    if missing:
        study.check(options)
    with tqdm(missing, desc=study.name, unit="run", leave=False, disable=quiet or None) as bar:
        for case, seed in bar:
            results.add(one_run(study, Trial(case, seed, options, results.folder(case, seed))))
            if not quiet:
                bar.write(line(results.find(case, seed), study))
    figure = study.draw(results)
    if figure is not None:
        save(figure, Path(out) / f"{study.name}.png", dpi=DPI)
    return results


def one_run(study, trial):
    """The Run of a Trial, timed."""
    began = time.perf_counter()
    rows = defined(study.run(trial))
    seconds, date = round(time.perf_counter() - began, 1), datetime.date.today().isoformat()
    return Run(trial.case, trial.seed, settings_of(trial.options), rows, seconds, machine(), date)


def machine():
    """The processor, in words."""
    kind = simd()
    vectors = f" with {kind.name.upper().replace('AVX512', 'AVX-512')}" if kind else ""
    return f"{os.cpu_count()} cores of an {cpu_model()}{vectors}"


def line(run, study):
    """The line printed after a run: its rows and, of each, the numbers in the table."""
    lines = []
    for row, values in run.rows.items():
        shown = [column for column in study.columns if isinstance(values.get(column.key), int | float)]
        cells = (f"{c.heading} {c.factor * values[c.key]:,.{c.digits}f}" for c in shown)
        lines.append(f"seed {run.seed}  {printable(row)}  {run.seconds:.0f} s  " + "  ".join(cells))
    return "\n".join(lines)


def report(results, markdown=False):
    """What is printed in the end: the question, the conditions, and the table."""
    if not results.runs:
        raise ValueError(f"study: {printable(results.out)} has no runs of {results.study.name} with these options; run it first")
    return "\n".join([describe(results), "", table(results, markdown)])
