"""The command-line options of each command: names, defaults and help. The commands are in __main__.py.

Each function here adds the options of one command to its parser. Read __main__.py next.
"""

import argparse
import textwrap

from .data.catalogue import DATA
from .data.images import MAX_PIXELS
from .files import printable
from .imagenet import STARTS
from .models import BACKBONES, CLASSIFIERS, NETS, SEGMENTATION
from .models.backbone import GEOMETRIES
from .pretrained import PACKED


class Parser(argparse.ArgumentParser):
    """A parser whose errors quote the command line without its control characters."""

    def error(self, message):
        super().error(printable(message))


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows the default of each option that has one, and never breaks the name of a network."""

    def _get_help_string(self, action):
        none = action.default in (None, "") or action.default is False
        return action.help if none else super()._get_help_string(action)

    def _split_lines(self, text, width):
        return textwrap.wrap(text, width, break_on_hyphens=False)


def demo(command):
    command.add_argument("--out", default="runs/demo", help="folder for checkpoints, pictures and scores")
    command.add_argument("--seed", type=at_least(0), default=0, help="of everything random")


# train and compare ----------------------------------------------------------------------------------------------------


def train(command):
    add = command.add_argument_group("the network").add_argument
    add("--model", choices=SEGMENTATION, default="fcn8s", metavar="NAME", help=f"one of {', '.join(SEGMENTATION)}")
    backbone_option(add)
    add = command.add_argument_group(f"only for FCNs ({', '.join(NETS)})").add_argument
    add("--upsampling", choices=("frozen", "learned"), default="frozen", help="bilinear upsampling, fixed or trained")
    others = ", ".join(name for name, net in SEGMENTATION.items() if net.uses_fc7 and name not in NETS)
    add = command.add_argument_group(f"only for FCNs and {others}").add_argument
    add("--geometry", choices=GEOMETRIES, default="aligned", help="how maps of different sizes are aligned")
    add("--head", type=at_least(1), metavar="N",
        help="channels of fc6 and fc7, in backbones that have them; their own if left out, 256 with a package's weights")
    add = command.add_argument_group("only for nets with a backbone").add_argument
    add("--pretrained", choices=STARTS, metavar="BACKBONE",
        help=f"start the backbone of this name from ImageNet's weights; {', '.join(PACKED)}, or another one with --weights")
    add("--weights", metavar="FILE", help="the weights: torchvision's .pth, Caffe's .caffemodel, .safetensors, .npz")
    add("--freeze", action="store_true", help="keep the pretrained layers fixed, running statistics included")
    add = command.add_argument_group("the data").add_argument
    data_options(add)
    add("--samples", type=at_least(1), default=800, metavar="N", help="training crops per epoch")
    add("--workers", type=at_least(0), default=0, metavar="N", help="threads that prepare batches")
    add = command.add_argument_group("the run").add_argument
    add("--start", metavar="CHECKPOINT",
        help="start from this checkpoint (or its folder), of the same net or of an FCN with one skip fewer")
    add("--epochs", type=at_least(1), default=10, metavar="N", help="epochs to train; with --resume, as many or more")
    run_options(add, "runs/train", "folder for the checkpoint and the curves")
    add("--resume", action="store_true",
        help="resume from the checkpoint in --out, with the same options: the weights are bit-identical to those of an"
        " uninterrupted run. Only --epochs may be larger; the learning rate then follows the longer run's schedule, so the"
        " weights differ from those of a run with that number of epochs from the start")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where the network runs")


def compare(command):
    add = command.add_argument
    add("--models", default="fcn8s,unet,deeplab-v3", metavar="NAMES",
        help="the segmentation networks that `minifcn models` lists, or some of them, separated by commas")
    backbone_option(add)
    add("--budget", type=seconds, default="300s", metavar="TIME", help="training time of each, in seconds")
    add("--seeds", type=at_least(1), default=1, metavar="N",
        help="how many times to train each, with consecutive seeds from --seed on")
    data_options(add)
    run_options(add, "runs/compare", "folder for panel.png and scores.json")
    add("--resume", action="store_true", help="continue the comparison in --out; networks and seeds may be added")


def backbone_option(add, default="small"):
    add("--backbone", choices=(*BACKBONES, "paper"), default=default, metavar="NAME",
        help="the feature extractor: one of the backbones that `minifcn models` lists; or paper, the one used in the"
        " network's paper. Over small the rest is small too. A network without one is small or as in its paper")


def data_options(add):
    least = " and ".join(name for name, net in SEGMENTATION.items() if net.least_batch > 1)
    add("--data", choices=tuple(DATA), default="landcover", help="the data set")
    add("--size", type=at_least(16), default=96, metavar="N", help="side of a training crop in pixels")
    add("--batch", type=at_least(1), default=8, metavar="N", help=f"crops per batch; {least} need two")


def run_options(add, folder, use):
    add("--lr", type=positive, default=3e-3, metavar="RATE", help="initial learning rate; it decays to 0")
    add("--seed", type=at_least(0), default=0, metavar="N", help="of everything random")
    add("--out", default=folder, metavar="FOLDER", help=use)


# The other commands ---------------------------------------------------------------------------------------------------


def predict(command):
    add = command.add_argument
    add("images", nargs="+", help="image files, or folders to search, subfolders included")
    add("--checkpoint", default="runs/demo/fcn8s/checkpoint.npz", help="of the trained network, or its folder")
    add("--out", default="runs/predict", help="folder for NAME_label.png and NAME_overlay.png, replacing older ones")
    add("--tile", type=at_least(32), help="side of the square that the net sees at a time, in pixels")
    add("--margin", type=at_least(0), help="width of a tile's border that is discarded, in pixels")
    max_pixels_option(add)


def classify(command):
    add = command.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="image files")
    add("--model", choices=tuple(CLASSIFIERS), default="squeezenet", metavar="NAME",
        help=f"one of {', '.join(CLASSIFIERS)}; all but squeezenet need --weights")
    add("--weights", metavar="FILE", help="the net's weights: torchvision's .pth, Caffe's .caffemodel, .safetensors, .npz")
    add("--top", type=at_least(1), default=5, metavar="N", help="how many classes to name")
    add("--heatmap", action="store_true", help="also draw where the likeliest class is seen")
    add("--out", default="runs/classify", metavar="FOLDER", help="for NAME_heatmap.png")
    max_pixels_option(add)


def max_pixels_option(add):
    add("--max-pixels", type=at_least(1), default=MAX_PIXELS, metavar="N",
        help="refuse larger images without decoding them; a pixel takes up to 16 bytes of memory")


def gradcheck(command):
    command.add_argument("--only", default="", help="only operations with this in their name")
    command.add_argument("--seed", type=at_least(0), default=0, help="of the random inputs")
    command.add_argument("--plot", metavar="FILE", help="also draw the error against the step size, as PNG, PDF or SVG")


def bench(command):
    add = command.add_argument
    add("--only", default="", help="some of: step, inference, conv, op, memory, start, accuracy, scaling, or part of a"
        " row's name, with commas between them; with --profile, 'small' is the demo's net")  # fmt: skip
    add("--quick", action="store_true", help="three rounds per row: rough figures, quickly")
    add("--threads", type=at_least(1), help="of both libraries, instead of all cores")
    add("--profile", action="store_true", help="where the time of one training step goes, operation by operation")
    add("--markdown", action="store_true", help="measure nothing, print the last results with these options as Markdown")
    add("--out", default="benchmarks/results", help="folder for the results and the pictures")


def models(command):
    add = command.add_argument
    add("--only", default="", help="only networks with this in their name")
    add("--size", type=at_least(1), default=224, help="side of the image in pixels")
    add("--time", action="store_true", help="measure a forward pass and a training step too")
    add("--markdown", action="store_true", help="print the table as Markdown")


def describe(command):
    add = command.add_argument
    add("model", metavar="NAME", help="a name that `minifcn models` lists")
    backbone_option(add, "paper")
    add("--size", type=at_least(1), default=224, help="side of the image in pixels")
    add("--geometry", choices=(*GEOMETRIES, "valid"), default="aligned",
        help="how maps of different sizes are aligned: of backbones, FCNs and hypercolumn, caffe is the paper's; valid"
        " is for unet, the paper's without padding")
    add("--plot", metavar="FILE", help="also draw the receptive fields of the stages, as PNG, PDF or SVG")


def lessons(command):
    command.set_defaults(build=False)
    command.add_argument("--notebooks", metavar="FOLDER", help="where your notebooks are; notebooks/student if left out")
    text = "make the notebooks from the lessons"
    build = command.add_subparsers(metavar="[build]").add_parser("build", help=text, description=text)
    build.set_defaults(build=True)
    build.add_argument("lessons", nargs="*", metavar="LESSON", help="only these, by number")
    build.add_argument("--check", action="store_true", help="change nothing, say which notebooks are not as their lessons")
    build.add_argument("--force", action="store_true", help="run every lesson again, and overwrite answers")


def check(command):
    add = command.add_argument
    add("exercise", nargs="?", help="a lesson, 06, or one of its exercises, 06.im2col")
    add("--answers", metavar="FILE", help="your notebook or Python file; notebooks/student/NN_*.ipynb if left out")
    add("--json", action="store_true", help="print the reports as JSON")
    add("--hint", action="store_true", help="check nothing, print the hints")
    add("--sandbox", action="store_true", help="check nothing, print the walls around an answer and what this system lacks")
    seed = command.add_mutually_exclusive_group().add_argument
    seed("--seed", type=at_least(0), default=0, help="of the random questions")
    seed("--seed-file", metavar="FILE", help="a file of random text that stands for the seed")


def grade(command):
    add = command.add_argument
    add("lessons", nargs="+", metavar="LESSON", help="numbers of lessons: 06 07")
    add("--submissions", required=True, metavar="FOLDER",
        help="what was handed in: a folder, a notebook or a Python file for each student")
    add("--out", required=True, metavar="RESULTS", help="folder for NAME.json of each submission, and grades.csv; the same"
        " command again grades what is missing or has changed")  # fmt: skip
    add("--seed-file", metavar="FILE", help="a file of random text that stands for the seed of the questions, as"
        " `minifcn assignment` writes one; without it the questions can be known beforehand")  # fmt: skip
    add("--jobs", type=at_least(1), metavar="N", help="how many submissions to grade at a time; as many as cores if left out")


def assignment(command):
    add = command.add_argument
    add("lessons", nargs="+", help="numbers of lessons: 06 07")
    add("--out", required=True, metavar="FOLDER", help="a new folder for the assignment")
    add("--seed-file", metavar="FILE", help="the seed of another assignment, for the same questions; a new one if left out")


# Numbers --------------------------------------------------------------------------------------------------------------


def at_least(least):
    """A parser of integers of at least `least`."""

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


def seconds(text):
    """A number above 0, with or without an s."""
    return positive(text.removesuffix("s"))
