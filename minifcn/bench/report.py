"""The benchmark's table: text during the run, JSON on disk, Markdown for the README. Read pictures.py next."""

import json
import re
import statistics

from ..files import FileError, atomic_write
from .case import Row

SECTIONS = {
    "step": "one training step (ms)",
    "inference": "inference (ms)",
    "conv": "3x3, dilated and grouped convolutions (ms)",
    "op": "the other operations (ms)",
    "memory": "peak memory of two steps (MB)",
    "start": "the first start (s)",
    "accuracy": "relative error against float64",
    "scaling": "time against size (ms)",
}
COLUMNS = ("torch", "ch. last", "compiled", "minifcn", "default", "ratio", "at least", "aim", "")
FORMATS = {"ms": ".2f", "MB": ".0f", "s": ".2f", "error": ".1e"}
MARKS = {"++": "++", "+": "+", "-": "SHORT", "": ""}
FAMILIES = {  # groups of similar rows: (section, regular expression for the start of their names)
    "3x3 convolutions of VGG16, batch 1": ("conv", r"conv 3x3 \S+ @\d+ batch 1$"),
    "3x3 convolutions of VGG16, batch 4": ("conv", r"conv 3x3 \S+ @\d+ batch 4$"),
    "3x3 convolutions of the small FCN": ("conv", r"conv 3x3 \S+ @\d+ batch 8$"),
    "dilated convolutions, 3x3": ("conv", r"conv 3x3 d"),
    "AlexNet's convolutions in two groups": ("conv", r"conv \dx\d g"),
    "3x3 convolution with stride 2": ("conv", r"conv 3x3 s"),
    "fc6, 7x7 on 7 x 7 maps": ("op", "conv 7x7"),
    "1x1 convolutions": ("op", "conv 1x1"),
    "the first layers, 3 channels in": ("op", "conv 3x3 "),
    "3x3x3 convolutions of volumes": ("op", "conv 3x3x3 "),
    "transposed convolutions, 21 classes": ("op", "upsampling"),
    "bilinear interpolation": ("op", "bilinear"),
    "max pooling": ("op", "max pool"),
    "batch norm": ("op", "batch norm"),
    "cross entropy": ("op", "cross entropy"),
    "ReLU": ("op", "relu"),
}
LEGEND = (
    "torch: PyTorch by default; 'ch. last' is its other order of memory, where that is faster, 'compiled' is torch.compile,\n"
    "which does nothing for a single convolution. ratio: the fastest one's time / ours, so above 1 is faster; of memory ours /\n"
    "PyTorch's. 'default': the same for the first column. ++ the aim is reached, + the least, SHORT neither."
)


def row_cells(row):
    """The cells of a row."""
    number = FORMATS[row.unit]
    last = row.channels_last if row.channels_last and row.torch and row.channels_last < row.torch else None
    ratio = row.value if row.value != row.ours else None
    sign = "" if row.goal is None or row.goal.larger else "<= "
    goals = (None, None) if row.value is None or row.goal is None else (row.goal.least, row.goal.aim)
    return [
        *("" if x is None else f"{x:{number}}" for x in (row.torch, last)),
        f"{row.compiled:{number}}" if row.compiled else "-" if row.default else "",
        f"{row.ours:{number}}",
        *("" if x is None else f"{x:.2f}" for x in (row.default, ratio)),
        *("" if x is None else f"{sign}{x:g}" for x in goals),
        MARKS[row.verdict],
    ]


def heading(section):
    """The line above a section's rows."""
    return f"\n{SECTIONS[section]:52}" + "".join(f"{column:>10}" for column in COLUMNS)


def row_line(row):
    """A row as text."""
    return f"{row.title:52}" + "".join(f"{cell:>10}" for cell in row_cells(row)) + (f"  {row.note}" if row.note else "")


def summary(rows):
    """Yield lines on how many rows reach their goals, and which fall short."""
    judged = [row for row in rows if row.verdict]
    short = [row for row in judged if row.verdict == "-"]
    aims = sum(row.verdict == "++" for row in judged)
    if judged:
        yield f"\n{len(judged) - len(short)} of {len(judged)} rows reach what they have to, {aims} the aim"
    if short:
        yield "\nwhat falls short:"
        yield from (row_line(row) for row in short)


def machine_lines(machine):
    """Yield lines on the machine and the versions."""
    torch = f"PyTorch {machine['torch']}" if machine["torch"] else "PyTorch is not installed: our own figures only"
    threads = f"{machine['threads']} threads ({machine['threading layer']}, GOMP_SPINCOUNT {machine['spins']})"
    yield f"{machine['cpu']}, {machine['cores']} cores; {threads}, {machine['simd']}"
    yield (
        f"{torch}; NumPy {machine['numpy']}, Numba {machine['numba']}, Python {machine['python']},"
        f" {machine['system']}; {machine['date']}"
    )
    if machine.get("torch.compile"):
        yield f"no times of torch.compile: {machine['torch.compile']}"


def curve_lines(curve, exponent):
    """Yield lines on a measured curve: one column per size, and how our time grows."""
    yield f"\n{curve['title'][:51]:52}" + "".join(f"{x:>10}" for x in curve["x"]) + f"   {curve['x_name']}"
    for name in ("torch", "ours"):
        if name in curve:
            label = "minifcn" if name == "ours" else name
            yield f"{label:>52}" + "".join(f"{t:10.2f}" for t in curve[name])
    yield f"{'':52}our time grows as {curve['x_name']}^{exponent:.2f}, the work as ^{curve['power']}"


# JSON and Markdown ----------------------------------------------------------------------------------------------------


def save(path, machine, rows, curves):
    """Write the results atomically."""
    with atomic_write(path) as temporary:
        results = {"machine": machine, "rows": [row.to_json() for row in rows], "curves": curves}
        temporary.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def load(path):
    """(machine, rows, curves) as `save` wrote them. Raises FileError if unreadable, ValueError if not ours."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        list(machine_lines(results["machine"]))  # raises KeyError if a field is missing
        return results["machine"], [Row.from_json(row) for row in results["rows"]], results["curves"]
    except OSError as error:
        reason = f"{error.strerror}; run `minifcn bench` with the same options first"
        raise FileError(f"cannot read {path}: {reason}") from None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} holds no results of `minifcn bench`; delete it and measure again") from None


def markdown(machine, rows):
    """Yield the lines of the whole table in Markdown."""
    yield " ".join(machine_lines(machine)) + "."
    for section, title in SECTIONS.items():
        own = [row for row in rows if row.section == section]
        if own:
            yield f"\n| {title} | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}"
            yield from (f"| {' | '.join([row.title, *row_cells(row)])} |" for row in own)
    yield from family_lines(rows)


def family_lines(rows):
    """Yield the lines of a table of the measured FAMILIES."""
    lines = []
    for title, (section, start) in FAMILIES.items():
        ratios = [row.value for row in rows if row.section == section and row.value and re.match(start, row.name)]
        if ratios:
            median, least, most = statistics.median(ratios), min(ratios), max(ratios)
            lines.append(f"| {title} | {len(ratios)} | {median:.2f} ({least:.2f} to {most:.2f}) |")
    if lines:
        yield "\n| median ratio (smallest to largest) of rows that are alike | rows | |\n|---|---:|---:|"
        yield from lines
