"""Runs the benchmark: lists all rows, selects the requested ones, measures them, and saves the results.

../arguments/measuring.py has its options. Read ranks.py next.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from tqdm import tqdm

from ..files import make_folder, printable
from ..kernels.cpu.runtime.threads import threads_each
from . import pictures, report, rival
from .accuracy import accuracy_rows
from .alone import memory_row, start_rows
from .case import Row
from .conv_cases import conv_cases
from .machine import arithmetic_peak, machine, memory_peak
from .net_cases import DEMO, net_cases, our_net, step_name
from .op_cases import op_cases
from .profile import profile_lines, profile_step
from .scaling import curves, growth_exponent
from .timing import compare, medians

ROUNDS = {"step": 9, "inference": 9, "conv": 9, "op": 9, "scaling": 5}  # the least number of timing rounds
QUICK = 3  # rounds with --quick
STEPS = [("vgg16", 1, 224), ("vgg16", 4, 224), ("small", DEMO.batch, DEMO.size)]
MEMORY = [*STEPS, ("vgg16", 1, 500, True)]


@dataclass(frozen=True)
class Job:
    """One measurement: the names of its rows, or of its curve, and the function that yields them."""

    section: str
    names: tuple
    run: object  # selected names -> Rows; in section 'scaling', a list of one curve

    def select(self, only):
        """The names selected by `only`: 'conv' is a whole section, 'relu' every name that contains it."""
        if not only or self.section in only:
            return self.names
        return tuple(name for name in self.names if any(text in name for text in only))


def jobs(threads, quick):
    """Every Job, in the order of the table."""
    rounds = dict.fromkeys(ROUNDS, QUICK) if quick else ROUNDS
    timed = [*net_cases(), *conv_cases(), *op_cases()]
    for case in timed:
        yield case_job(case.section, case, lambda parts, case=case: timed_rows(case, parts, rounds[case.section], quick))
    for setting in MEMORY:
        yield Job("memory", (step_name(*setting),), lambda names, setting=setting: [memory_row(threads, *setting)])
    yield Job("start", ("start",), lambda names: start_rows(threads, QUICK))
    for case in timed:
        if case.section in ("conv", "op"):
            yield case_job("accuracy", case, lambda parts, case=case: accuracy_rows(case, parts))
    for curve in curves():
        yield Job("scaling", (curve.title,), lambda names, curve=curve: [curve.measure(rounds["scaling"])])


def case_job(section, case, measure):
    """The Job for a case, with one name per part."""
    parts = {f"{case.name} {case.label(part)}".strip(): part for part in case.parts}
    return Job(section, tuple(parts), lambda names: measure([parts[name] for name in names]))


def timed_rows(case, parts, rounds, quick=False):
    """Yield a Row for each of the case's `parts`, with all contenders; without "compiled" if that takes too long."""
    work = case.make(np.float32)
    if "compiled" in work and (quick or rival.no_compiler()):
        del work["compiled"]
    for part in parts:
        milliseconds, ratio = medians(compare({name: functions[part] for name, functions in work.items()}, rounds))
        times = (milliseconds.get(name) for name in ("ours", "torch", "channels last", "compiled"))
        yield Row(case.section, case.name, case.label(part), "ms", *times, ratio, case.goal, case.note(part))


def run_benchmark(only="", quick=False, threads=None, out="benchmarks/results", quiet=False):
    """Measure, print the table as it grows, and write STEM.json, STEM-ratios.png and STEM-scaling.png, see stem().

    only:    comma-separated words, each a section (report.SECTIONS) or part of a row's name; '' for everything
    quick:   three rounds per row, and no torch.compile; the figures are rough
    threads: of both libraries; Numba's current number if None
    quiet:   show no progress bar
    Returns the path of the JSON file. Raises ValueError if nothing matches `only`.
    """
    words = [word for word in only.split(",") if word]
    threads = numba.get_num_threads() if threads is None else threads
    chosen = [(job, names) for job in jobs(threads, quick) if (names := job.select(words))]
    if not chosen:
        sections = ", ".join(report.SECTIONS)
        raise ValueError(f"bench: nothing is called {only!r}; expected {sections}, or part of a row's name")
    path = make_folder(out) / f"{stem(only, quick)}.json"
    with threads_each(threads):
        facts = machine(threads) | {"torch.compile": without_compile(chosen, quick)}
        print("\n".join(report.machine_lines(facts)) + f"\n{report.LEGEND}")
        rows, lines = measure(chosen, lambda *results: report.save(path, facts, *results), quiet)
    print("\n".join(report.summary(rows)))
    print(f"\nwritten: {', '.join(map(printable, [path, *pictures.draw(facts, rows, lines, path)]))}")
    return path


def without_compile(chosen, quick):
    """Why the rows of the chosen jobs have no times of torch.compile; '' if they have, or would have none anyway."""
    if not rival.installed() or not {job.section for job, _ in chosen} & {"step", "inference", "op"}:
        return ""
    return "not with --quick" if quick else rival.no_compiler()


def measure(chosen, save, quiet=False):
    """(rows, curves) of the chosen Jobs, printed as they are measured and saved after each."""
    rows, lines, section = [], [], None
    with tqdm(chosen, disable=quiet or None, leave=False, unit="row") as bar:
        for job, names in bar:
            bar.set_description(names[0][:40], refresh=True)
            if job.section == "scaling":
                lines += job.run(names)
                bar.write("\n".join(report.curve_lines(lines[-1], growth_exponent(lines[-1]))))
            for row in () if job.section == "scaling" else job.run(names):
                if row.section != section:
                    section = row.section
                    bar.write(report.heading(section))
                rows.append(row)
                bar.write(report.row_line(row))
            save(rows, lines)
    return rows, lines


def stem(only, quick):
    """The stem of the files' names: 'bench' for the whole table, 'bench-conv-quick' for --only conv --quick."""
    words = re.sub(r"[^a-zA-Z0-9]+", "-", only).strip("-")[:60]
    return "-".join(filter(None, ("bench", words, "quick" if quick else "")))


def print_profile(only="", threads=None):
    """Print the profile of one training step: that of `setting_of(only)`."""
    setting, threads = setting_of(only), numba.get_num_threads() if threads is None else threads
    with threads_each(threads):
        print("\n".join(report.machine_lines(machine(threads))))
        peak, bandwidth = arithmetic_peak(threads), memory_peak(threads)
        print(f"peaks: {peak:.0f} GFLOP/s in a matrix product, {bandwidth:.1f} GB/s in a copy (read and written)")
        print(f"profile of a {step_name(*setting)}; Winograd convolutions can exceed the peak: they multiply less")
        print("of roof: the time at the peak or at the copy's speed, whichever is longer, as a share of the time taken")
        print("\n".join(profile_lines(profile_step(our_net(*setting)["step"]), peak, bandwidth)))


def setting_of(only):
    """(backbone, batch, side) of the first step in STEPS whose name contains `only`. Raises ValueError if none does."""
    names = [step_name(*setting) for setting in STEPS]
    for setting, name in zip(STEPS, names):
        if only in name:
            return setting
    raise ValueError(f"bench: no step to profile is called {only!r}; expected part of {', or of '.join(names)}")


def print_markdown(only="", quick=False, out="benchmarks/results"):
    """Print the table of the last run with these options, for the README."""
    found, rows, _ = report.load(Path(out) / f"{stem(only, quick)}.json")
    print("\n".join(report.markdown(found, rows)))
