"""The command-line options of each command: names, defaults, help and an example. The commands are in __main__.py.

Each function here adds the options of one command to its parser, and imports the networks and data sets whose names it
needs. Read arguments_train.py next.
"""

import argparse

from .parsing import at_least, at_least_or, each, height_width, positive, seconds

# compare, demo and what training shares with them ---------------------------------------------------------------------


def compare(command):
    from .data.catalogue import DATA

    command.epilog = "example: minifcn compare --models fcn8s,unet --data shapes --budget 60 --seeds 3"
    add = command.add_argument
    add("--models", default="fcn8s,unet,deeplab-v3", metavar="NAMES",
        help="segmentation networks that `minifcn models` lists, separated by commas")
    backbone_option(add)
    add("--budget", type=seconds, default="300s", metavar="SECONDS", help="training time of each network")
    add("--seeds", type=at_least(1), default=1, metavar="N", help="number of seeds per network, counted from --seed")
    data_options(add, DATA)
    run_options(add, "runs/compare", "folder for panel.png and scores.json")
    add("--resume", action="store_true", help="resume the comparison in --out; networks and seeds may be added")
    quiet_option(add, "print nothing but where the results are")


def demo(command):
    command.epilog = "example: minifcn demo --out runs/second --seed 1"
    add = command.add_argument
    seed_option(add)
    add("--out", default="runs/demo", metavar="FOLDER", help="folder for checkpoints, pictures and scores")
    quiet_option(add, "print nothing but where the results are")


def warm_up(command):
    command.epilog = "example: minifcn warm-up"
    quiet_option(command.add_argument)


def backbone_option(add, default="small"):
    from .models.catalogue import BACKBONES

    add("--backbone", choices=(*BACKBONES, "paper"), default=default, metavar="NAME",
        help="feature extractor: one of the backbones that `minifcn models` lists, or paper for that of the network's"
        " paper. With small, the rest of the network is small too; one without a backbone is small or as in its paper")


def data_options(add, data, whole=False):
    from .models.catalogue import SEGMENTATION

    least = " and ".join(name for name, net in SEGMENTATION.items() if net.least_batch > 1)
    add("--data", type=data_name, default="landcover", metavar="NAME", help=f"data set, one of {names_of(data)}")
    add("--size", type=at_least_or(16, {"whole": 0}) if whole else at_least(16), metavar="N",
        help=f"side of a training crop, in pixels{', or whole for whole images' * whole} (default: the data set's, such as 96)")
    default = " (default: 8, or 1 with whole images of any sizes)" if whole else ""
    add("--batch", type=at_least(1), default=8, metavar="N", help=f"crops per batch; {least} need two{default}")


def names_of(data):
    """The names of the data sets, for a help text."""
    return ", ".join(f"{name}:PATH" if kind.takes_path else name for name, kind in data.items())


def data_name(text):
    """The name of a data set, NAME or NAME:PATH."""
    from .data.catalogue import kind_of_data

    try:
        kind_of_data(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(error) from None
    return text


def run_options(add, folder, use, several=False):
    add("--lr", type=each(positive) if several else positive, default=3e-3, metavar="RATE",
        help="initial learning rate, or one for each of the --stages, separated by commas (default: 0.003)" if several else
        "initial learning rate; it decays to 0")  # fmt: skip
    seed_option(add)
    add("--out", default=folder, metavar="FOLDER", help=use)


def seed_option(add, text="random seed"):
    add("--seed", type=at_least(0), default=0, metavar="N", help=text)


def quiet_option(add, text="show no progress bar"):
    add("-q", "--quiet", action="store_true", help=text)


# Your own data --------------------------------------------------------------------------------------------------------


def data(command):
    command.epilog = "examples: minifcn data check photos, minifcn data convert annotated --out photos"
    parts = command.add_subparsers(metavar="[check | convert]", required=True)
    check_data(parts)
    convert_data(parts)


def check_data(parts):
    text = "look at a folder of images and masks, say what it holds, and propose or check its dataset.toml"
    check = parts.add_parser("check", help=text, description=text, epilog="example: minifcn data check photos --write")
    add = check.add_argument
    add("path", metavar="PATH", help="folder with images and masks, or its dataset.toml")
    add("--out", default="runs/data-check", metavar="FOLDER", help="folder for sheet.png and the proposed dataset.toml")
    add("--write", action="store_true", help="write dataset.toml into PATH, unless there is one")
    quiet_option(add)
    check.set_defaults(part=check_data_folder)


def check_data_folder(options):
    from .survey.command import check_data

    return check_data(options.path, options.out, options.write, options.quiet)


def convert_data(parts):
    from .data.convert import OTHERS, READERS

    text = "turn annotations of other tools into a folder of images and masks with its dataset.toml"
    example = "example: minifcn data convert annotated --out photos --classes cat,dog"
    convert = parts.add_parser("convert", help=text, description=text, epilog=example)
    add = convert.add_argument
    add("source", metavar="SOURCE", help="folder, or file of annotations")
    add("--from", dest="kind", choices=READERS, metavar="KIND",
        help=f"what it holds, one of {', '.join(READERS)} (default: detected where that is certain)")
    add("--out", required=True, metavar="FOLDER", help="new folder for images/, masks/ and dataset.toml")
    add("--classes", metavar="NAMES",
        help="the classes in the order of their labels, separated by commas, or a file with one on each line, which may"
        " begin with its number (default: as named in the annotations)")
    add("--others", choices=OTHERS, default="error", help="what to do with annotations of other classes")
    add("--images", metavar="FOLDER", help="where the images are, if not with the annotations")
    add("--masks", metavar="FOLDER", help="where the masks are, if not in the usual folders")
    add("--image-ending", default="", metavar="TEXT", help="how the names of images end, as in _image")
    add("--mask-ending", default="", metavar="TEXT", help="how the names of masks end, as in _mask")
    add("--colours", metavar="FILE", help="for coloured masks: a table with lines such as: road 128 64 128")
    add("--crowd", action="store_true", help="for COCO: give crowds the class of their objects, rather than ignore them")
    add("--first", type=at_least(0), metavar="N", help="for maps of numbers: the number of the first class")
    quiet_option(add)
    convert.set_defaults(part=convert_data_set)


def convert_data_set(options):
    from .data.convert import Wishes, convert

    wishes = Wishes(**{name: getattr(options, name) for name in Wishes.__dataclass_fields__ if hasattr(options, name)})
    print(*convert(options.source, options.out, wishes, options.kind, options.quiet), sep="\n")
    return 0


# Using and describing networks ----------------------------------------------------------------------------------------


def evaluate(command):
    from .data.catalogue import DATA

    command.epilog = "example: minifcn evaluate --checkpoint runs/train --split test --out runs/scores"
    add = command.add_argument
    checkpoint_option(add)
    add("--data", type=data_name, metavar="NAME",
        help=f"data set, one of {names_of(DATA)} (default: the one that the network was trained on)")
    add("--split", choices=("validation", "test"), default="test", help="which part of the data set")
    add("--tile", type=at_least(32), metavar="N",
        help="side of the square that the network sees at a time, in pixels, without seams also where the data set cuts large"
        " images (default: the whole image or piece, up to a million pixels)")
    add("--out", default="runs/evaluate", metavar="FOLDER",
        help="folder for scores.json, confusion.csv, confusion.png, trimap.png and worst.png; existing files are replaced")
    quiet_option(add, "print nothing but where the results are")


def predict(command):
    command.epilog = "example: minifcn predict photo.jpg --checkpoint runs/train --out labels"
    add = command.add_argument
    add("images", nargs="+", metavar="FILE", help="image, or folder to search for images, subfolders included")
    checkpoint_option(add)
    add("--out", default="runs/predict", metavar="FOLDER",
        help="folder for NAME_label.png and NAME_overlay.png, and for classes.json; existing files are replaced")
    add("--probabilities", choices=("png", "npy"),
        help="also write those of all classes: png, a picture of 16 bits for each; npy, one float32 array, classes first")
    add("--tile", type=at_least(32), metavar="N",
        help="side of the square that the network sees at a time, in pixels (default: 512 and twice the margin)")
    add("--margin", type=at_least(0), metavar="N",
        help="width of the border of a tile that is discarded, in pixels (default: as far as the network sees)")
    max_pixels_option(add)
    quiet_option(add)


def checkpoint_option(add):
    add("--checkpoint", default="runs/demo/fcn8s/checkpoint.npz", metavar="FILE",
        help="checkpoint of the trained network, or its folder")


def classify(command):
    from .models.classifier import CLASSIFIERS

    command.epilog = "example: minifcn classify photo.jpg --top 3 --heatmap"
    add = command.add_argument
    add("photos", nargs="+", metavar="FILE", help="image")
    add("--model", choices=tuple(CLASSIFIERS), default="squeezenet", metavar="NAME",
        help=f"one of {', '.join(CLASSIFIERS)}; all but squeezenet need --weights")
    weights_option(add)
    add("--top", type=at_least(1), default=5, metavar="N", help="number of classes to print")
    add("--heatmap", action="store_true", help="also draw where the network sees the likeliest class")
    add("--out", default="runs/classify", metavar="FOLDER", help="folder for NAME_heatmap.png")
    max_pixels_option(add)


def export(command):
    command.epilog = "example: minifcn export --checkpoint runs/train --onnx net.onnx"
    add = command.add_argument
    add("--checkpoint", default="runs/demo/fcn8s/checkpoint.npz", metavar="FILE",
        help="checkpoint of the trained network, or its folder")
    add("--onnx", metavar="FILE", help="file for the network's graph and weights, which ONNX runtimes run; ends in .onnx")
    add("--safetensors", metavar="FILE", help="file for its weights with PyTorch's names; ends in .safetensors")
    add("--size", type=height_width, metavar="N,N",
        help="height and width of the only images that the ONNX file takes, in pixels (default: any)")
    add("--softmax", action="store_true", help="the ONNX file returns probabilities, not scores")


def weights_option(add):
    add("--weights", metavar="FILE",
        help="file with the weights: torchvision's .pth, Caffe's .caffemodel, .safetensors or .npz")


def max_pixels_option(add):
    from .data.images import MAX_PIXELS

    add("--max-pixels", type=at_least(1), default=MAX_PIXELS, metavar="N",
        help="refuse larger images without decoding them; a pixel takes up to 16 bytes of memory")


def describe(command):
    from .models.backbone import GEOMETRIES

    command.epilog = "example: minifcn describe fcn8s --size 384 --plot fields.png"
    add = command.add_argument
    add("model", metavar="NAME", help="network that `minifcn models` lists")
    backbone_option(add, "paper")
    size_option(add)
    add("--geometry", choices=(*GEOMETRIES, "valid"), default="aligned",
        help="how feature maps of different sizes are aligned: caffe, for backbones, FCNs and hypercolumn, is the"
        " paper's; valid, for unet, is its paper's, without padding")
    add("--plot", metavar="FILE", help="also draw the receptive fields of the stages, as PNG, PDF or SVG")


def models(command):
    command.epilog = "example: minifcn models --only resnet --time"
    add = command.add_argument
    add("--only", default="", metavar="NAME", help="only networks with this in their names")
    size_option(add)
    add("--time", action="store_true", help="also measure a forward pass and a training step")
    add("--markdown", action="store_true", help="print the table as Markdown")


def size_option(add):
    add("--size", type=at_least(1), default=224, metavar="N", help="side of the image, in pixels")


# Measuring ------------------------------------------------------------------------------------------------------------


def bench(command):
    command.epilog = "example: minifcn bench --only conv,memory --quick --threads 1"
    add = command.add_argument
    add("--only", default="", metavar="NAMES", help="one or more of step, inference, conv, op, memory, start, accuracy,"
        " scaling, or parts of names of rows, separated by commas; with --profile, small is the demo's network")
    add("--quick", action="store_true", help="only three rounds per row: rough figures, fast")
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


# The command line itself ----------------------------------------------------------------------------------------------


def help_(command):
    command.epilog = "example: minifcn help lessons build"
    command.add_argument("names", nargs="*", metavar="COMMAND", help="command to describe (default: list them all)")


def completion(command):
    command.epilog = 'for bash or zsh, put this into ~/.bashrc or ~/.zshrc: eval "$(minifcn completion)"'
