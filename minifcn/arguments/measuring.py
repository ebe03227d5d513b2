"""The options of the commands that measure. Read course.py next."""

from ..parsing import at_least
from .shared import quiet_option, seed_option


def bench(command):
    command.epilog = "example: minifcn bench --only conv,memory --quick --threads 1"
    add = command.add_argument
    add("--only", default="", metavar="NAMES", help="one or more of step, inference, conv, op, memory, start, accuracy,"
        " scaling, or parts of names of rows, separated by commas; ranks alone: a step on two processes; with --profile,"
        " small is the demo's network")
    add("--quick", action="store_true", help="only three rounds per row and no torch.compile: rough figures, fast")
    add("--threads", type=at_least(1), metavar="N", help="number of threads for both libraries (default: all cores)")
    add("--profile", action="store_true", help="profile one training step, operation by operation")
    add("--markdown", action="store_true", help="print the last results with these options as Markdown")
    add("--out", default="benchmarks/results", metavar="FOLDER", help="folder for the results and the pictures")
    quiet_option(add)


def gradcheck(command):
    command.epilog = "example: minifcn gradcheck --only conv2d"
    add = command.add_argument
    add("--only", default="", metavar="NAME", help="only operations with this in their names")
    seed_option(add)
    add("--plot", metavar="FILE", help="also draw the error against the step size, as PNG, PDF or SVG")
    quiet_option(add)
