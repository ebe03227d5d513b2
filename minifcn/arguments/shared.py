"""The options that several commands share. Read training.py next."""

import argparse

from ..parsing import at_least, at_least_or, each, positive


def backbone_option(add, default="small"):
    from ..models.catalogue import BACKBONES

    add("--backbone", choices=(*BACKBONES, "paper"), default=default, metavar="NAME",
        help="feature extractor: one of the backbones that `minifcn models` lists, or paper for that of the network's"
        " paper. With small, the rest of the network is small too; one without a backbone is small or as in its paper")


def fusion_option(add):
    add("--fusion", choices=("early", "late"), default="early",
        help="of images with more channels than red, green and blue, such as depth: one net whose first layer sees them all,"
        " or two nets, for the colours and for the rest, whose scores are averaged")


def weights_option(add):
    add("--weights", metavar="FILE",
        help="file with the weights: torchvision's .pth, Caffe's .caffemodel, .safetensors or .npz")


def checkpoint_option(add):
    add("--checkpoint", default="runs/demo/fcn8s/checkpoint.npz", metavar="FILE",
        help="checkpoint of the trained network, or its folder")


def data_options(add, data, whole=False):
    from ..models.catalogue import SEGMENTATION

    *others, last = (name for name, net in SEGMENTATION.items() if net.least_batch > 1)
    add("--data", type=data_name, default="landcover", metavar="NAME", help=f"data set, one of {names_of(data)}")
    add("--size", type=at_least_or(16, {"whole": 0}) if whole else at_least(16), metavar="N",
        help=f"side of a training crop, in pixels{', or whole for whole images' * whole} (default: the data set's, such as 96)")
    default = " (default: 8, or 1 with whole images of any sizes)" if whole else ""
    add("--batch", type=at_least(1), default=8, metavar="N", help=f"crops per batch; {', '.join(others)} and {last} need two{default}")


def names_of(data):
    """The names of the data sets, for a help text."""
    return ", ".join(f"{name}:PATH" if kind.takes_path else name for name, kind in data.items())


def data_name(text):
    """The name of a data set, NAME or NAME:PATH."""
    from ..data.catalogue import kind_of_data

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


def size_option(add):
    add("--size", type=at_least(1), default=224, metavar="N", help="side of the image, in pixels")


def max_pixels_option(add):
    from ..data.images import MAX_PIXELS

    add("--max-pixels", type=at_least(1), default=MAX_PIXELS, metavar="N",
        help="refuse larger images without decoding them; a pixel takes up to 16 bytes of memory")


def seed_option(add, text="random seed"):
    add("--seed", type=at_least(0), default=0, metavar="N", help=text)


def quiet_option(add, text="show no progress bar"):
    add("-q", "--quiet", action="store_true", help=text)
