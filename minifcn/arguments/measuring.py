"""The options of the commands that measure. Read course.py next."""

from ..parsing import Parser, at_least
from .shared import quiet_option, seed_option


def study(command):
    from ..studies.catalogue import STUDIES

    command.epilog = "examples: minifcn study weighting --quick, minifcn study (lists all)"
    command.set_defaults(study=None)
    parts = command.add_subparsers(metavar="[NAME]", parser_class=StudyParser, help="one of those that `minifcn study` lists")
    for name in STUDIES:
        parts.add_parser(name).set_defaults(study=name)


class StudyParser(Parser):
    """The parser of one study, whose file is imported only when that study is named."""

    described = False

    def parse_known_args(self, args=None, namespace=None):
        if not self.described:
            self.described = True
            self.describe(self.get_default("study"))
        return super().parse_known_args(args, namespace)

    def describe(self, name):
        from ..studies.catalogue import study_of

        study, add = study_of(name), self.add_argument
        self.description = study.question
        add("--seeds", type=at_least(1), default=study.seeds, metavar="N", help="number of seeds, counted from 0")
        add("--quick", action="store_true", help="a rehearsal in seconds, whose numbers mean nothing")
        add("--out", default=f"runs/studies/{name}", metavar="FOLDER",
            help="folder for results.json, the picture and what the runs keep; those that it has are not repeated")
        add("--markdown", action="store_true", help="only print the table of the runs in --out, as Markdown")
        study.add_options(add)
        quiet_option(add, "print nothing but the table")


def bench(command):
    command.epilog = "example: minifcn bench --only conv,memory --quick --threads 1"
    add = command.add_argument
    add("--only", default="", metavar="NAMES", help="one or more of step, inference, conv, op, memory, start, accuracy,"
        " scaling, or parts of names of rows, separated by commas; ranks alone: a step on two processes; with --profile,"
        " part of the name of a step, such as small")
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
