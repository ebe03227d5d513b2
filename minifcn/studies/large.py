"""How much memory and time does one large image take? `minifcn predict` on a file of the globe, from window to window.

Each size is a file of its own and a process of its own, whose peak the system reports; the image is at no time in memory as
a whole (data/windows.py). The file shows the Earth over and over, mirrored at the seams. The net has taken two steps: what it
sees makes no difference to its time.
"""

import math
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import plot
from ..data.globe import load_globe
from ..labelling import predict_files
from ..parsing import at_least, each
from ..runs.options import load_facts
from ..runs.start import load_model
from .study import Column, Study
from .training import QUICK, options_of, train

AT_A_TIME = 256  # rows


class Large(Study):
    """`minifcn predict` on square images; the file and the outputs are removed afterwards."""

    name, seeds, minutes, row = "large", 1, 15, "pixels"
    question = "How much memory does minifcn predict take for an image of 20,000 x 20,000 pixels?"
    columns = (
        Column("file", "file, MB", digits=0),
        Column("peak", "peak of the memory, MB", digits=0),
        Column("seconds", "seconds"),
        Column("rate", "million pixels a second", digits=2),
    )

    def add_options(self, add):
        add("--sizes", type=each(at_least(1)), default="2500,5000,10000,20000", metavar="N,N,...", help="sides of the square images, in pixels")

    def cases(self, options):
        sizes = [64, 128] if options.quick else dict.fromkeys(options.sizes)
        return [f"{size:,} x {size:,}" for size in sizes]

    def run(self, trial):
        folder, size = trial.keep(), int(trial.case.split(" ")[0].replace(",", ""))
        train(trial, replace(options_of(trial, **QUICK), model="fcn8s"))
        image = folder / "globe.npy"
        try:
            write_globe(image, size)
            seconds, peak = measure(image, folder, folder / "out")
            megabytes = image.stat().st_size / 1e6
        finally:
            for path in (image, *(folder / "out").glob("globe*")):
                path.unlink(missing_ok=True)
        return {trial.case: {"file": megabytes, "peak": peak / 1e6, "seconds": seconds, "rate": size**2 / seconds / 1e6}}

    def draw(self, results):
        rows = results.rows()
        sides = [math.sqrt(results.mean(row, "file") * 1e6 / 3) for row in rows]
        curves = {key: (sides, [results.mean(row, name) for row in rows])
                  for key, name in {"peak of the memory": "peak", "the image alone": "file"}.items()}  # fmt: skip
        figure = plot.lines(curves, "side of the image, pixels", "MB", "xy", markers=True)
        ticks = [10, 30, 100, 300, 1000, 3000]
        figure.axes[0].set_xticks(sides, [f"{side:,.0f}" for side in sides])
        figure.axes[0].set_yticks(ticks, [f"{tick:,}" for tick in ticks])
        figure.axes[0].minorticks_off()
        return figure


def write_globe(path, size):
    """Write the globe as a .npy file of size x size pixels, a few rows at a time."""
    picture, _ = load_globe()
    rows, columns = (mirrored(size, n) for n in picture.shape[:2])
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (size, size, 3)})
        file.writelines(picture[rows[top : top + AT_A_TIME]][:, columns].tobytes() for top in range(0, size, AT_A_TIME))


def mirrored(size, n):
    """`size` indices that go up and down through range(n)."""
    there_and_back = np.arange(size) % (2 * n)
    return np.minimum(there_and_back, 2 * n - 1 - there_and_back)


PROGRAM = f"import sys; from {__name__} import predict_alone; predict_alone(*sys.argv[1:])"


def measure(image, checkpoint, out):
    """(seconds, peak memory in bytes) of `minifcn predict IMAGE --checkpoint ... --out ...`, in a process of its own.

    RuntimeError if that process fails, with the last line that it printed.
    """
    began = time.perf_counter()
    command = [sys.executable, "-c", PROGRAM, *map(str, (image, checkpoint, out))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = ended.stderr.strip().rpartition("\n")[2]
        raise RuntimeError(f"study: the process that labels {image} ended with status {ended.returncode}{last and f': {last}'}")
    return time.perf_counter() - began, int(ended.stdout)


def predict_alone(image, checkpoint, out):
    """Predict the image, and print the peak of this process's memory in bytes."""
    model, options = load_model(checkpoint)
    outcome = predict_files(model.fuse(), [image], out, load_facts(options), quiet=True)
    if outcome.failures:
        raise RuntimeError(str(outcome))
    print(peak())


def peak():
    """The largest memory that this process has had, in bytes.

    On Linux getrusage would count that of the process which started this one, too.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read_text()).group(1))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
