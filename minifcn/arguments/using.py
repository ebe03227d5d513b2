"""The options of the commands that use and describe networks. Read measuring.py next."""

from ..parsing import at_least, height_width
from .shared import (
    backbone_option,
    checkpoint_option,
    data_name,
    max_pixels_option,
    names_of,
    quiet_option,
    size_option,
    weights_option,
)

DEEPLAB = "4,49,5,3,3"  # the CRF's kernels


def evaluate(command):
    from ..data.catalogue import DATA

    command.epilog = "example: minifcn evaluate --checkpoint runs/train --split test --out runs/scores"
    add = command.add_argument
    checkpoint_option(add)
    add("--data", type=data_name, metavar="NAME",
        help=f"data set, one of {names_of(DATA)} (default: the one that the network was trained on)")
    add("--split", choices=("validation", "test"), default="test", help="which part of the data set")
    add("--tile", type=at_least(32), metavar="N",
        help="side of the square that the network sees at a time, in pixels, without seams also where the data set cuts large"
        " images (default: the whole image or piece, up to a million pixels)")
    crf_options(add, "move the outlines of predictions to those of the images, with a fully connected CRF")
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
    crf_options(add, "move the outlines to those of the image, with a fully connected CRF; for images of up to 4 million pixels")
    add("--clockwork", type=at_least(1), metavar="N",
        help="a folder's images are the frames of a video: compute the network's deep layers for every N-th only")
    add("--tile", type=at_least(32), metavar="N",
        help="side of the square that the network sees at a time, in pixels (default: 512 and twice the margin)")
    add("--margin", type=at_least(0), metavar="N",
        help="width of the border of a tile that is discarded, in pixels (default: as far as the network sees)")
    max_pixels_option(add)
    quiet_option(add)


def import_(command):
    from ..runs.published import PUBLISHED

    command.epilog = "example: minifcn import fcn8s-heavy-pascal.caffemodel --model fcn8s --out runs/fcn8s"
    add = command.add_argument
    add("file", metavar="FILE", help="weights: the FCN authors' .caffemodel, torchvision's .pth, or one of them as .safetensors or .npz")
    add("--model", choices=tuple(PUBLISHED), default="fcn8s", metavar="NAME", help=f"whose weights: {', '.join(PUBLISHED)}")
    add("--out", default="runs/import", metavar="FOLDER", help="folder for checkpoint.npz; an existing file is replaced")


def crf_options(add, words):
    """Add --crf and --crf-kernels, whose value is that of Kernels.from_text."""
    add("--crf", action="store_const", const=DEEPLAB, help=words)
    add("--crf-kernels", dest="crf", metavar="N,N,N,N,N",
        help="--crf with these kernels: the weight of appearance, its widths in pixels and in colours (0 to 255), the weight of"
        f" smoothness, its width in pixels (--crf alone: DeepLab's, {DEEPLAB}; for small images 1,15,10,1,1)")


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


def classify(command):
    from ..models.classifier import CLASSIFIERS

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


def edges(command):
    command.epilog = "example: minifcn edges photo.jpg --out edges"
    add = command.add_argument
    add("photos", nargs="+", metavar="FILE", help="image")
    add("--side", type=at_least(1), default=640, metavar="N",
        help="reduce photos whose longer side has more pixels; the network learned on photographs of 481 x 321")
    add("--out", default="runs/edges", metavar="FOLDER",
        help="folder for NAME_edges.png, and for NAME_sides.png, the outputs of the five stages; existing files are replaced")
    max_pixels_option(add)


def describe(command):
    from ..models.backbone import GEOMETRIES

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
