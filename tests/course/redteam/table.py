"""Which wall stops which attack: runs every attack behind each wall alone, and prints a Markdown table.

    python -m tests.course.redteam.table [--kinds reads writes] [--json FILE]

In the column `start` no wall stands: what is stopped there is stopped by how the process is started, with no privileges,
a small environment and an empty folder of its own. `kernel` is all walls but the rules, which code that writes into its
own memory can silence. Read classroom.py next.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from pathlib import Path

from minifcn.course.sandbox import walls

from . import compilers, disarming, exhaustion, processes, reads, writes
from .world import World, process_for

KINDS = {
    "reads": reads,
    "writes": writes,
    "processes": processes,
    "disarming": disarming,
    "exhaustion": exhaustion,
    "compilers": compilers,
}


def columns():
    """{name of a column: the walls that stand}."""
    kernel = tuple(name for name in walls.NAMES if name != "rules")
    return {"start": (), **{name: (name,) for name in walls.NAMES}, "kernel": kernel, "all": walls.NAMES}


def stopped_by(attack, world, names=None):
    """The columns in which an attack wins nothing."""
    stopped = []
    for column, standing in columns().items():
        if names is None or column in names:
            with process_for(attack, walls=standing) as process:
                if not world.run(attack, process):
                    stopped.append(column)
    return stopped


def measure(kinds, say=lambda line: None):
    """{attack: names of the columns that stop it} of all attacks of some kinds."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, World(Path(folder) / "w") as world:
        for kind in kinds:
            for attack in KINDS[kind].ATTACKS:
                found[attack] = stopped_by(attack, world)
                say(f"{kind:<10} {attack.name:<60} {' '.join(found[attack])}")
    return found


def markdown(found):
    """The table of how many attacks of each kind each wall stops, and the lists of those that few walls stop."""
    names = list(columns())
    lines = ["| | attacks | " + " | ".join(names) + " |", "|---|" + "---:|" * (len(names) + 1)]
    kinds = list(dict.fromkeys(attack.kind for attack in found))
    for kind in [*kinds, "total"]:
        chosen = [stopped for attack, stopped in found.items() if kind in (attack.kind, "total")]
        counts = [sum(name in stopped for stopped in chosen) for name in names]
        lines.append(f"| {kind} | {len(chosen)} | " + " | ".join(map(str, counts)) + " |")
    lines += ["", "Stopped by one wall alone, so that it must stand:", ""]
    for wall in walls.NAMES:
        lines.append(listed(f"- `{wall}`", found, lambda stopped, wall=wall: standing(stopped) == [wall]))
    lines.append(listed("- several of them together", found, lambda stopped: not standing(stopped) and "all" in stopped))
    lines += ["", listed("Stopped by the rules, but not by the kernel", found, lambda s: "all" in s and "kernel" not in s)]
    return "\n".join([*lines, "", listed("Stopped by nothing", found, lambda stopped: "all" not in stopped)])


def standing(stopped):
    """The walls among the columns that stop an attack."""
    return [name for name in stopped if name in walls.NAMES]


def listed(title, found, chosen):
    """A title, and the names of the attacks whose columns are chosen."""
    names = [attack.name.replace("_", " ") for attack, stopped in found.items() if chosen(stopped)]
    return f"{title} ({len(names)}): {', '.join(names) or 'none'}"


def main(argv=None):
    """Print the table; returns the exit code: 0 if all walls together stop every attack, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.course.redteam.table", description="which wall stops what")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", metavar="FILE", help="also write {attack: walls} there")
    options = parser.parse_args(argv)
    start = time.monotonic()
    found = measure(options.kinds, lambda line: print(line, file=sys.stderr, flush=True))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()};", end=" ")
    print(f"{len(found)} attacks, {(time.monotonic() - start) / 60:.0f} minutes")
    for name, why in walls.missing().items():
        print(f"The wall `{name}` is missing here: {why}.")
    print("\n" + markdown(found))
    if options.json:
        plain = {f"{attack.kind}.{attack.name}": stopped for attack, stopped in found.items()}
        Path(options.json).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0 if all("all" in stopped for stopped in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
