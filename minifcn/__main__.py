"""The command line: `minifcn demo`, `train`, `predict`, `lessons`, `check`, ...; the same as `python -m minifcn ...`.

Each command is a function that takes the parsed options and returns the exit code. Mistakes of the user end as one sentence
on standard error. A command imports what it needs itself: Numba, which is slow to load, waits for the first computation.
"""

import argparse
import sys
from pathlib import Path

from .models import BACKBONES, NETS
from .models.backbone import GEOMETRIES


def main(argv=None):
    """Run one command; returns 0 when it did what it was asked, 1 after a mistake, 130 after Ctrl-C."""
    options = parser().parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # marks such as ✓ on a terminal that has none
    try:
        return options.command(options)
    except (ValueError, TypeError, OSError, RuntimeError, MemoryError) as error:
        print(f"minifcn: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("minifcn: interrupted", file=sys.stderr)
        return 130


# Commands -------------------------------------------------------------------------------------------------------------


def demo(options):
    from .demo import run_demo
    from .train import TrainingStopped

    try:
        run_demo(options.out, options.seed)
    except TrainingStopped as stop:
        print(f"minifcn: {stop}; the demo is not finished, start it again", file=sys.stderr)
        return 130
    print(f"pictures, scores.json and checkpoints are in {options.out}")
    return 0


def train(options):
    from . import plot
    from .experiment import Options, run
    from .train import TrainingStopped

    checkpoint = Path(options.out) / "checkpoint.npz"
    if checkpoint.exists() and not options.resume:
        raise ValueError(f"{checkpoint} is there already; go on with it by --resume, or choose another --out")
    chosen = Options(**{name: getattr(options, name) for name in Options.__dataclass_fields__})
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
        print(f"minifcn: {stop}; saved in {checkpoint}; go on with the same command and --resume", file=sys.stderr)
        return 130
    plot.save(plot.training_curves({options.model: history}), Path(options.out) / "curves.png")
    print(f"saved {checkpoint}")
    return 0


def compare(options):
    from .compare import compare_networks

    return compare_networks(options.models.split(","), options.out, options)


def predict(options):
    from .experiment import load_model, scale, source
    from .predict import predict_files

    model, trained = load_model(options.checkpoint)
    palette = source(trained.data).palette
    outcome = predict_files(model, options.images, options.out, palette, *scale(trained), options.tile, options.margin)
    if outcome.failures:
        print(f"minifcn: {outcome}", file=sys.stderr)
        return 1
    print(f"{outcome}; written to {options.out}")
    return 0


def classify(options):
    from .classify import classify_photos

    classify_photos(options.photos, options.top, options.out if options.heatmap else None)
    return 0


def gradcheck(options):
    import numba

    from . import plot
    from .gradcheck.catalogue_network import CASES
    from .gradcheck.table import run_table
    from .models.gradcheck_case import network_cases

    cases = [case for case in [*CASES, *network_cases()] if options.only in case.name]
    if not cases:
        raise ValueError(f"gradcheck: no operation has {options.only!r} in its name; leave out --only to see them all")
    if options.plot:
        plot.save(plot.step_curve(step_errors_of_a_convolution()), options.plot)
        print(f"drew the error against the step size in {options.plot}")
    threads = numba.get_num_threads()
    numba.set_num_threads(1)  # the arrays are tiny: threads would only wait for each other
    try:
        return 0 if run_table(cases, options.seed) else 1
    finally:
        numba.set_num_threads(threads)


def warm_up(options):
    from tqdm import tqdm

    from .kernels.cpu.warm_up import warm_up

    warm_up(progress=lambda jobs: tqdm(jobs, desc="compiling the kernels, once", unit="kernel"))
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

    return networks.describe(options.model, options.backbone, options.size, options.plot)


def lessons(options):
    from .course import command

    return command.list_lessons(options.notebooks)


def build_lessons(options):
    from .course import command

    return command.build_lessons(options.lessons, options.check, options.force)


def check(options):
    from .course import command

    if options.hint:
        return command.show_hints(options.exercise)
    return command.check_answers(options.exercise, options.answers, options.json, options.seed)


def assignment(options):
    from .course import command

    return command.make_assignment(options.lessons, options.out)


def step_errors_of_a_convolution():
    """{name: (steps, errors)}: how the error of finite differences depends on their step, for one smooth convolution."""
    import numpy as np

    from . import functional as F
    from .gradcheck import step_errors

    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape) for shape in ((1, 2, 5, 5), (3, 2, 3, 3))]
    return step_errors(lambda x, weight: F.tanh(F.conv2d(x, weight)), inputs, np.logspace(-11, 0, 45))


# Options --------------------------------------------------------------------------------------------------------------


def parser():
    """The parser of all commands; each sets `command` to its function."""
    root = argparse.ArgumentParser(prog="minifcn", description="fully convolutional networks, from scratch")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for name, function, add_options, text in (
        ("demo", demo, demo_options, "train FCN-32s, 16s and 8s on satellite images and show what they learned"),
        ("train", train, train_options, "train one network"),
        ("compare", compare, compare_options, "train several networks for the same time each, and score them"),
        ("predict", predict, predict_options, "label images with a trained network"),
        ("classify", classify, classify_options, "name what is in a photo with ImageNet's 1000 classes, and show where"),
        ("gradcheck", gradcheck, gradcheck_options, "check every derivative against finite differences"),
        ("warm-up", warm_up, lambda command: None, "compile the CPU kernels now instead of at their first use"),
        ("bench", bench, bench_options, "measure speed, memory and accuracy, beside PyTorch where it is installed"),
        ("models", models, models_options, "list the networks: parameters, what a unit sees, multiply-adds, time"),
        ("describe", describe, describe_options, "print the layers of a network, and draw what its stages see"),
        ("lessons", lessons, lessons_options, "the course: what you have passed and what is next; or build its notebooks"),
        ("check", check, check_options, "check your answers to a lesson's exercises"),
        ("assignment", assignment, assignment_options, "make an assignment of lessons: to hand out, and to grade with"),
    ):
        command = commands.add_parser(
            name, help=text, description=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        command.set_defaults(command=function)
        add_options(command)
    return root


def demo_options(command):
    command.add_argument("--out", default="runs/demo", help="folder for checkpoints, pictures and scores")
    command.add_argument("--seed", type=at_least(0), default=0, help="of everything random")


def train_options(command):
    add = command.add_argument
    add("--model", choices=(*NETS, "pixelwise"), default="fcn8s", help="the network")
    add("--geometry", choices=GEOMETRIES, default="aligned", help="how its maps are laid on each other")
    add("--upsampling", choices=("frozen", "learned"), default="frozen", help="bilinear upsampling, fixed or trained")
    add("--pretrained", choices=("vgg16", "squeezenet"), help="start the backbone of this name from ImageNet's weights")
    add("--freeze", action="store_true", help="leave the pretrained layers as they are")
    add("--head", type=at_least(1), help="channels of fc6 and fc7; the backbone's own if left out, 256 if --pretrained")
    add("--start", metavar="CHECKPOINT", help="start from this net, which may have one skip fewer")
    add("--samples", type=at_least(1), default=800, help="training crops in an epoch")
    add("--epochs", type=at_least(1), default=10, help="epochs to train")
    add("--workers", type=at_least(0), default=0, help="threads that prepare batches")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where the network runs")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    run_options(add, "runs/train", "folder for the checkpoint and the curves")


def compare_options(command):
    command.add_argument("--models", default="fcn8s,unet,deeplab-v3", help="names of nets, with commas between them")
    command.add_argument("--budget", type=lambda t: positive(t.removesuffix("s")), default="300s", help="seconds each")
    run_options(command.add_argument, "runs/compare", "folder for panel.png and scores.json")


def run_options(add, folder, use):
    add("--backbone", choices=tuple(BACKBONES), default="small", help="what the features come from")
    add("--data", choices=("landcover", "shapes"), default="landcover", help="the data set")
    add("--size", type=at_least(16), default=96, help="side of a training crop in pixels")
    add("--batch", type=at_least(1), default=8, help="crops in a batch")
    add("--lr", type=positive, default=3e-3, help="learning rate at the start; it falls to 0")
    add("--seed", type=at_least(0), default=0, help="of everything random")
    add("--out", default=folder, help=use)


def predict_options(command):
    add = command.add_argument
    add("images", nargs="+", help="image files, or folders of them, of any size")
    add("--checkpoint", default="runs/demo/fcn8s/checkpoint.npz", help="of the trained network")
    add("--out", default="runs/predict", help="folder for NAME_label.png and NAME_overlay.png")
    add("--tile", type=at_least(32), help="side of the square that the net sees at a time, in pixels")
    add("--margin", type=at_least(0), help="how much of a tile's border is thrown away, in pixels")


def classify_options(command):
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="image files, of any size")
    command.add_argument("--heatmap", action="store_true", help="also draw where the likeliest class is seen")
    command.add_argument("--out", default="runs/classify", help="folder for NAME_heatmap.png")
    command.add_argument("--top", type=at_least(1), default=5, help="how many classes to name")


def gradcheck_options(command):
    command.add_argument("--only", default="", help="only operations with this in their name")
    command.add_argument("--seed", type=at_least(0), default=0, help="of the random inputs")
    command.add_argument("--plot", metavar="FILE", help="also draw the error against the step size, as PNG, PDF or SVG")


def bench_options(command):
    add = command.add_argument
    add("--only", default="", help="some of: step, inference, conv, op, memory, start, accuracy, scaling, or part of a"
        " row's name, with commas between them; with --profile, 'small' is the demo's net")  # fmt: skip
    add("--quick", action="store_true", help="three rounds a row: rough figures, soon")
    add("--threads", type=at_least(1), help="of both libraries, instead of all cores")
    add("--profile", action="store_true", help="where the time of one training step goes, operation by operation")
    add("--markdown", action="store_true", help="measure nothing, print the last results with these options as Markdown")
    add("--out", default="benchmarks/results", help="folder for the results and the pictures")


def models_options(command):
    add = command.add_argument
    add("--only", default="", help="only networks with this in their name")
    add("--size", type=at_least(1), default=224, help="side of the image in pixels")
    add("--time", action="store_true", help="measure a forward pass and a training step too")
    add("--markdown", action="store_true", help="print the table as Markdown")


def describe_options(command):
    add = command.add_argument
    add("model", metavar="MODEL", help="a name that `minifcn models` lists")
    add("--backbone", choices=tuple(BACKBONES), help="under a net that labels pixels; its paper's if left out")
    add("--size", type=at_least(1), default=224, help="side of the image in pixels")
    add("--plot", metavar="FILE", help="also draw what the stages see, as PNG, PDF or SVG")


def lessons_options(command):
    command.add_argument("--notebooks", metavar="FOLDER", help="where your notebooks are; notebooks/student if left out")
    text = "make the notebooks from the lessons"
    build = command.add_subparsers(metavar="[build]").add_parser("build", help=text, description=text)
    build.set_defaults(command=build_lessons)
    build.add_argument("lessons", nargs="*", metavar="LESSON", help="only these, by number")
    build.add_argument("--check", action="store_true", help="change nothing, say which notebooks are not as their lessons")
    build.add_argument("--force", action="store_true", help="run every lesson again, and overwrite answers")


def check_options(command):
    add = command.add_argument
    add("exercise", help="a lesson, 06, or one of its exercises, 06.im2col")
    add("--answers", metavar="FILE", help="your notebook or Python file; notebooks/student/NN_*.ipynb if left out")
    add("--json", action="store_true", help="print the reports as JSON")
    add("--hint", action="store_true", help="check nothing, print the hints")
    add("--seed", type=at_least(0), default=0, help="of the random questions")


def assignment_options(command):
    command.add_argument("lessons", nargs="+", help="numbers of lessons: 06 07")
    command.add_argument("--out", required=True, metavar="FOLDER", help="a new folder for the assignment")


def at_least(least):
    """A parser of whole numbers from `least` on."""

    def whole_number(text):
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"found {number}, expected at least {least}")
        return number

    return whole_number


def positive(text):
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number") from None
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"found {text}, expected a number above 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
