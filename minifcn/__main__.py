"""The command line: `minifcn demo`, `train`, `predict`, `lessons`, `check`, ...; the same as `python -m minifcn ...`.

commands/ has a function for each command, which takes the parsed options and returns the exit code; arguments/ has
the options. User errors end as one sentence on standard error. Each command does its own imports, and only its own
options are built, so that `--help` is quick: Numba, which is slow to load, is imported only when something is computed.
"""

import argparse
import atexit
import gc
import itertools
import os
import sys

from . import parsing
from .arguments import OPTIONS
from .commands import course, measuring, training, using
from .commands.errors import EXPECTED, complain, sentence_about
from .guard import hush, ranks_of_mpiexec, split

BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells report a program killed by this signal

atexit.register(gc.freeze)  # or Python would search all that is alive for garbage, for a tenth of a second after a check


def main(argv=None):
    """Run one command; return 0 on success, 1 after an error, 130 after Ctrl-C.

    Returns 141, silently, when its output is closed early, as in `minifcn models | head -1`.
    """
    try:
        return run(argv)
    except BrokenPipeError:
        return BROKEN_PIPE
    except EXPECTED as error:
        complain(sentence_about(error), *getattr(error, "__notes__", ()))
        return 1
    except KeyboardInterrupt:
        complain("interrupted")
        return 130


def run(argv):
    """Parse the options and run their command; its output is flushed before this returns, or an OSError is raised."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for marks such as ✓ on a terminal that lacks them
    argv, ranks = sys.argv[1:] if argv is None else argv, ranks_of_mpiexec() or 1
    name = next((word for word in argv if not word.startswith("-")), "")
    try:
        if ranks > 1:
            split()  # before anything slow: nobody names a rank that is killed earlier
            hush()
            from .commands.ranks import run_on_ranks

            return run_on_ranks(name, lambda: parser(name).parse_args(argv))
        options = parser(name).parse_args(argv)
        return options.command(options)
    finally:
        flush_output()


def flush_output():
    """Flush standard output. If that fails, discard the rest, or Python would retry at exit and report an error."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def help_(options):
    name = options.names[0] if options.names else ""
    parser(name).parse_args([*options.names, "--help"])  # which ends the program


def completion(options):
    from .completion import script

    print(script(parser()))
    return 0


# Options --------------------------------------------------------------------------------------------------------------

COMMANDS = {
    "learn": (
        ("lessons", course.lessons, "start the course; list the lessons and what you have passed"),
        ("check", course.check, "check your answers to the exercises of a lesson; print hints"),
        ("assemble", course.assemble, "make a package of your own from all your answers"),
        ("explore", course.explore, "play with convolutions and crops, on a page in the browser"),
    ),
    "train": (
        ("data", training.data, "check or convert images and masks to train on"),
        ("demo", training.demo, "train FCN-32s, 16s and 8s on satellite images"),
        ("train", training.train, "train one network"),
        ("compare", training.compare, "train several networks for the same time, and score them"),
    ),
    "look": (
        ("evaluate", using.evaluate, "score a trained network, class by class, and draw where it fails"),
        ("predict", using.predict, "label images with a trained network"),
        ("classify", using.classify, "name what is in a photo, by ImageNet's 1000 classes"),
        ("edges", using.edges, "draw the edges in a photo, and those of each stage"),
        ("import", using.import_, "make a checkpoint of the FCN authors' or torchvision's weights"),
        ("export", using.export, "write a trained network for other programs: ONNX, PyTorch"),
        ("describe", measuring.describe, "print the layers of a network, and draw its receptive fields"),
        ("models", measuring.models, "list the networks with their parameters, multiply-adds, ..."),
    ),
    "measure": (
        ("study", measuring.study, "answer one question by several short trainings, with spreads"),
        ("bench", measuring.bench, "measure speed, memory and accuracy, also of PyTorch"),
        ("gradcheck", measuring.gradcheck, "check every derivative against finite differences"),
        ("warm-up", measuring.warm_up, "compile the CPU kernels now rather than on first use"),
    ),
    "teach": (
        ("grade", course.grade, "grade the submissions of a class"),
        ("assignment", course.assignment, "make an assignment: what to hand out, what to grade with"),
    ),
    "shell": (
        ("help", help_, "show the options of a command"),
        ("completion", completion, "print a script that completes commands in bash and zsh"),
    ),
}


def parser(only=None):
    """The parser of all commands; each sets `command` to its function. `only`: the one that gets its options."""
    usage, layout = "minifcn [-h] [--version] COMMAND ...", argparse.RawDescriptionHelpFormatter
    root = parsing.Parser(prog="minifcn", usage=usage, description=overview(), formatter_class=layout)
    version = f"minifcn {sys.modules[__package__].__version__}"
    root.add_argument("--version", action="version", version=version, help="show the version and exit")
    root.set_defaults(command=lambda options: root.exit(2, root.format_help()))  # where no command is named
    commands = root.add_subparsers(prog="minifcn", metavar="COMMAND", help=argparse.SUPPRESS)
    for name, function, text in itertools.chain(*COMMANDS.values()):
        command = commands.add_parser(name, description=text)
        command.set_defaults(command=function)
        if only in (None, name):
            OPTIONS[function.__name__](command)
    return root


def overview():
    """The commands in their groups, a line each."""
    lines = ["fully convolutional networks, from scratch"]
    for group, commands in COMMANDS.items():
        lines += ["", f"{group}:"]
        lines += [f"  {name:12}{text}" for name, _, text in commands]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
