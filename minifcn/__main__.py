"""The command line: `minifcn demo`, `train`, `predict`, `lessons`, `check`, ...; the same as `python -m minifcn ...`.

Each command is a function that takes the parsed options and returns the exit code; arguments/ has the options.
User errors end as one sentence on standard error. Each command does its own imports, and only its own options are
built, so that `--help` is quick: Numba, which is slow to load, is imported only when something is computed.
"""

import argparse
import contextlib
import itertools
import os
import sys
from pathlib import Path

from . import parsing
from .arguments import OPTIONS
from .files import printable

BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells report a program killed by this signal


def main(argv=None):
    """Run one command; return 0 on success, 1 after an error, 130 after Ctrl-C.

    Returns 141, silently, when its output is closed early, as in `minifcn models | head -1`.
    """
    try:
        return run(argv)
    except BrokenPipeError:
        return BROKEN_PIPE
    except (ValueError, TypeError, OSError, RuntimeError, MemoryError) as error:
        complain(sentence_about(error), *getattr(error, "__notes__", ()))
        return 1
    except KeyboardInterrupt:
        complain("interrupted")
        return 130


def sentence_about(error):
    """The message of an error; of one about a folder without dataset.toml, the question that its masks leave open."""
    if folder := getattr(error, "undescribed", None):
        from .survey.command import open_question

        with contextlib.suppress(ValueError, RuntimeError, OSError):  # then the first error says enough
            return open_question(folder)
    return str(error) or type(error).__name__


def run(argv):
    """Parse the options and run their command; its output is flushed before this returns, or an OSError is raised."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for marks such as ✓ on a terminal that lacks them
    argv = sys.argv[1:] if argv is None else argv
    name = next((word for word in argv if not word.startswith("-")), "")
    try:
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


def complain(sentence, *notes):
    """Print a line on standard error, and one for each note, control characters escaped: file names may contain any."""
    print(f"minifcn: {printable(sentence)}", *map(printable, notes), sep="\n  ", file=sys.stderr)


# Commands -------------------------------------------------------------------------------------------------------------


def data(options):
    """`minifcn data check` or `convert`; each part sets `part` to its function, of the parsed options."""
    return options.part(options)


def demo(options):
    from .runs.demo import run_demo
    from .train import TrainingStopped

    try:
        run_demo(options.out, options.seed, quiet=options.quiet)
    except TrainingStopped as stop:
        complain(f"{stop}; the demo is not finished, start it again")
        return 130
    print(f"pictures, scores.json and checkpoints are in {printable(options.out)}")
    return 0


def train(options):
    from .files import make_folder
    from .runs.options import Options
    from .runs.plan import describe_recipe, plan
    from .runs.run import run
    from .runs.stages import run_stages
    from .train import TrainingStopped

    given = {name: value for name, value in vars(options).items() if name in Options.__dataclass_fields__}
    stages, out = plan(given, options.recipe, options.stages), Path(options.out)
    folders = [out] if options.stages is None else [out / stage.model for stage in stages]
    first, last = folders[0] / "checkpoint.npz", folders[-1] / "checkpoint.npz"
    if first.exists() and not options.resume:
        raise ValueError(f"{first} already exists; continue with --resume, or choose another --out")
    for stage in stages if options.recipe and not options.quiet else ():
        print(describe_recipe(options.recipe, stage))
    how = {name: getattr(options, name) for name in ("start", "resume", "patience", "device", "workers", "quiet")}
    try:
        if options.stages is None:
            run(stages[0], out, curves=True, **how)
        else:
            run_stages(stages, make_folder(out), curves=True, **how)
    except TrainingStopped as stop:
        complain(f"{stop}; saved in {first if first == last else out}; continue with the same command and --resume")
        return 130
    print(f"saved {printable(last)}")
    return 0


def compare(options):
    from .data.catalogue import kind_of_data
    from .runs.compare import Conditions, run_comparison

    options.size = kind_of_data(options.data).crop if options.size is None else options.size
    conditions = Conditions(**{name: getattr(options, name) for name in Conditions.__dataclass_fields__})
    how = {name: getattr(options, name) for name in ("seeds", "resume", "quiet")}
    run_comparison(options.models.split(","), conditions, options.out, **how)
    print(f"panel.png and scores.json are in {printable(options.out)}")
    return 0


def predict(options):
    from .labelling import predict_files
    from .runs.options import load_facts
    from .runs.start import load_model

    model, trained = load_model(options.checkpoint)
    names = ("tile", "margin", "max_pixels", "probabilities", "quiet")
    how = {name: getattr(options, name) for name in names}
    outcome = predict_files(model, options.images, options.out, load_facts(trained), **how)
    if outcome.failures:
        complain(outcome)
        return 1
    print(printable(f"{outcome}; written to {options.out}"))
    return 0


def evaluate(options):
    from .runs.evaluation import run_evaluation

    names = ("checkpoint", "data", "split", "out", "tile", "quiet")
    run_evaluation(**{name: getattr(options, name) for name in names})
    print(f"scores.json, confusion.csv and pictures are in {printable(options.out)}")
    return 0


def classify(options):
    from .classify import classify_photos

    folder = options.out if options.heatmap else None
    classify_photos(options.photos, options.top, folder, options.model, options.weights, options.max_pixels)
    return 0


def export(options):
    from .checkpoint import find_checkpoint
    from .export.command import export_files
    from .runs.options import load_facts
    from .runs.start import load_model

    checkpoint = find_checkpoint(options.checkpoint)
    model, trained = load_model(checkpoint)
    wanted = {name: getattr(options, name) for name in ("onnx", "safetensors", "size", "softmax")}
    export_files(model, load_facts(trained), trained, checkpoint=checkpoint, **wanted)
    return 0


def gradcheck(options):
    import numba

    from . import plot
    from .gradcheck.catalogue_network import CASES, step_errors_of_a_convolution
    from .gradcheck.table import run_table
    from .models.gradcheck_case import network_cases

    cases = [case for case in [*CASES, *network_cases()] if options.only in case.name]
    if not cases:
        raise ValueError(f"gradcheck: no operation has {options.only!r} in its name; leave out --only to see them all")
    if options.plot:
        plot.save(plot.step_curve(step_errors_of_a_convolution()), options.plot)
        print(f"drew the error against the step size in {printable(options.plot)}")
    threads = numba.get_num_threads()
    numba.set_num_threads(1)  # the arrays are tiny: threads would only wait for each other
    try:
        return 0 if run_table(cases, options.seed, progress=not options.quiet) else 1
    finally:
        numba.set_num_threads(threads)


def warm_up(options):
    from .kernels.cpu.warm_up import compilation_bar, warm_up

    warm_up(progress=None if options.quiet else compilation_bar)
    return 0


def bench(options):
    from .bench import run

    if options.markdown:
        run.print_markdown(options.only, options.quick, options.out)
    elif options.profile:
        run.print_profile(options.only, options.threads)
    else:
        run.run_benchmark(options.only, options.quick, options.threads, options.out, quiet=options.quiet)
    return 0


def models(options):
    from .bench import networks

    return networks.list_networks(options.only, options.size, options.time, options.markdown)


def describe(options):
    from .bench import networks

    return networks.describe(options.model, options.backbone, options.size, options.geometry, options.plot)


def lessons(options):
    from .course import command

    if options.start:
        return command.start_lessons(options.folder)
    if options.build:
        return command.build_lessons(options.lessons, options.check, options.force)
    return command.list_lessons(options.notebooks)


def check(options):
    from .course import command

    if options.sandbox:
        return command.show_walls()
    if options.exercise is None:
        raise ValueError("nothing to check was named; name a lesson, 06, or one of its exercises, 06.im2col")
    if options.hint:
        return command.show_hints(options.exercise, options.answers)
    return command.check_answers(options.exercise, options.answers, options.json, options.seed, options.seed_file)


def assemble(options):
    from .course import command

    return command.assemble_package(options.out, options.answers, options.name, options.missing)


def grade(options):
    from .course import command

    return command.grade_class(options.lessons, options.submissions, options.out, options.seed_file, options.jobs)


def assignment(options):
    from .course import command

    return command.make_assignment(options.lessons, options.out, options.seed_file, options.quiz, options.variant)


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
        ("lessons", lessons, "start the course; list the lessons and what you have passed"),
        ("check", check, "check your answers to the exercises of a lesson; print hints"),
        ("assemble", assemble, "make a package of your own from all your answers"),
    ),
    "train": (
        ("data", data, "check or convert images and masks to train on"),
        ("demo", demo, "train FCN-32s, 16s and 8s on satellite images"),
        ("train", train, "train one network"),
        ("compare", compare, "train several networks for the same time, and score them"),
    ),
    "look": (
        ("evaluate", evaluate, "score a trained network, class by class, and draw where it fails"),
        ("predict", predict, "label images with a trained network"),
        ("classify", classify, "name what is in a photo, by ImageNet's 1000 classes"),
        ("export", export, "write a trained network for other programs: ONNX, PyTorch"),
        ("describe", describe, "print the layers of a network, and draw its receptive fields"),
        ("models", models, "list the networks with their parameters, multiply-adds, ..."),
    ),
    "measure": (
        ("bench", bench, "measure speed, memory and accuracy, also of PyTorch"),
        ("gradcheck", gradcheck, "check every derivative against finite differences"),
        ("warm-up", warm_up, "compile the CPU kernels now rather than on first use"),
    ),
    "teach": (
        ("grade", grade, "grade the submissions of a class"),
        ("assignment", assignment, "make an assignment: what to hand out, what to grade with"),
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
        command = commands.add_parser(name, description=text, formatter_class=parsing.Help)
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
