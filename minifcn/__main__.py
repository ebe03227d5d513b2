"""The command line: `minifcn demo`, `train`, `predict`, `lessons`, `check`, ...; the same as `python -m minifcn ...`.

Each command is a function that takes the parsed options and returns the exit code; arguments.py has the options.
User errors end as one sentence on standard error. Each command does its own imports, so that Numba, which is slow to
load, is imported only when something is computed.
"""

import os
import sys
from pathlib import Path

from . import arguments
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
        complain(str(error) or type(error).__name__)
        return 1
    except KeyboardInterrupt:
        complain("interrupted")
        return 130


def run(argv):
    """Parse the options and run their command; its output is flushed before this returns, or an OSError is raised."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for marks such as ✓ on a terminal that lacks them
    try:
        options = parser().parse_args(argv)
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


def complain(sentence):
    """Print one line on standard error, control characters escaped, since file names may contain anything."""
    print(f"minifcn: {printable(sentence)}", file=sys.stderr)


# Commands -------------------------------------------------------------------------------------------------------------


def demo(options):
    from .runs.demo import run_demo
    from .train import TrainingStopped

    try:
        run_demo(options.out, options.seed)
    except TrainingStopped as stop:
        complain(f"{stop}; the demo is not finished, start it again")
        return 130
    print(f"pictures, scores.json and checkpoints are in {printable(options.out)}")
    return 0


def train(options):
    from . import plot
    from .runs.options import Options
    from .runs.run import run
    from .train import TrainingStopped

    checkpoint = Path(options.out) / "checkpoint.npz"
    if checkpoint.exists() and not options.resume:
        raise ValueError(f"{checkpoint} already exists; continue with --resume, or choose another --out")
    chosen = Options(**{name: value for name, value in vars(options).items() if name in Options.__dataclass_fields__})
    try:
        _, history = run(
            chosen,
            options.out,
            start=options.start,
            resume=options.resume,
            device=options.device,
            workers=options.workers,
        )
    except TrainingStopped as stop:
        complain(f"{stop}; saved in {checkpoint}; continue with the same command and --resume")
        return 130
    plot.save(plot.training_curves({options.model: history}), Path(options.out) / "curves.png")
    print(f"saved {printable(checkpoint)}")
    return 0


def compare(options):
    from .runs.compare import Conditions, run_comparison

    conditions = Conditions(**{name: getattr(options, name) for name in Conditions.__dataclass_fields__})
    run_comparison(options.models.split(","), conditions, options.out, seeds=options.seeds, resume=options.resume)
    print(f"panel.png and scores.json are in {printable(options.out)}")
    return 0


def predict(options):
    from .predict import predict_files
    from .runs.options import data_of
    from .runs.start import load_model

    model, trained = load_model(options.checkpoint)
    data = data_of(trained)
    sizes = options.tile, options.margin, options.max_pixels
    outcome = predict_files(model, options.images, options.out, data.palette, data.mean, data.std, *sizes)
    if outcome.failures:
        complain(outcome)
        return 1
    print(printable(f"{outcome}; written to {options.out}"))
    return 0


def classify(options):
    from .classify import classify_photos

    folder = options.out if options.heatmap else None
    classify_photos(options.photos, options.top, folder, options.model, options.weights, options.max_pixels)
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
        return 0 if run_table(cases, options.seed) else 1
    finally:
        numba.set_num_threads(threads)


def warm_up(options):
    from .kernels.cpu.warm_up import compilation_bar, warm_up

    warm_up(progress=compilation_bar)
    return 0


def bench(options):
    from .bench import run

    if options.markdown:
        run.print_markdown(options.only, options.quick, options.out)
    elif options.profile:
        run.print_profile(options.only, options.threads)
    else:
        run.run_benchmark(options.only, options.quick, options.threads, options.out)
    return 0


def models(options):
    from .bench import networks

    return networks.list_networks(options.only, options.size, options.time, options.markdown)


def describe(options):
    from .bench import networks

    return networks.describe(options.model, options.backbone, options.size, options.geometry, options.plot)


def lessons(options):
    from .course import command

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
        return command.show_hints(options.exercise)
    return command.check_answers(options.exercise, options.answers, options.json, options.seed, options.seed_file)


def grade(options):
    from .course import command

    return command.grade_class(options.lessons, options.submissions, options.out, options.seed_file, options.jobs)


def assignment(options):
    from .course import command

    return command.make_assignment(options.lessons, options.out, options.seed_file)


# Options --------------------------------------------------------------------------------------------------------------


def parser():
    """The parser of all commands; each sets `command` to its function."""
    root = arguments.Parser(prog="minifcn", description="fully convolutional networks, from scratch")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for name, function, add_options, text in (
        ("demo", demo, arguments.demo, "train FCN-32s, 16s and 8s on satellite images and show what they learned"),
        ("train", train, arguments.train, "train one network"),
        ("compare", compare, arguments.compare, "train several networks for the same time each, and score them"),
        ("predict", predict, arguments.predict, "label images with a trained network"),
        ("classify", classify, arguments.classify, "name what is in a photo by ImageNet's 1000 classes, and show where"),
        ("gradcheck", gradcheck, arguments.gradcheck, "check every derivative against finite differences"),
        ("warm-up", warm_up, lambda command: None, "compile the CPU kernels now instead of at their first use"),
        ("bench", bench, arguments.bench, "measure speed, memory and accuracy, beside PyTorch where it is installed"),
        ("models", models, arguments.models, "list the networks: parameters, receptive field, multiply-adds, time"),
        ("describe", describe, arguments.describe, "print the layers of a network, and draw its receptive fields"),
        ("lessons", lessons, arguments.lessons, "the course: what you have passed, what is next; or build its notebooks"),
        ("check", check, arguments.check, "check your answers to a lesson's exercises"),
        ("grade", grade, arguments.grade, "grade what a class has handed in"),
        ("assignment", assignment, arguments.assignment, "make an assignment of lessons: to hand out and to grade with"),
    ):
        command = commands.add_parser(name, help=text, description=text, formatter_class=arguments.Help)
        command.set_defaults(command=function)
        add_options(command)
    return root


if __name__ == "__main__":
    sys.exit(main())
