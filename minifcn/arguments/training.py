"""The options of the commands that train: `train`, in groups, `compare`, `demo` and `warm-up`. Read data.py next."""

from ..parsing import at_least, at_least_0, each, positive, probability, seconds
from .shared import backbone_option, data_options, fusion_option, quiet_option, run_options, seed_option, weights_option


def train(command):
    from ..data.augment import STRENGTHS
    from ..data.catalogue import DATA
    from ..models.backbone import GEOMETRIES
    from ..models.catalogue import NETS, SEGMENTATION

    command.epilog = "example: minifcn train --model unet --data shapes --epochs 3 --out runs/unet"
    add = command.add_argument_group("network").add_argument
    add("--model", choices=SEGMENTATION, default="fcn8s", metavar="NAME", help=f"one of {', '.join(SEGMENTATION)}")
    backbone_option(add)
    fusion_option(add)
    add = command.add_argument_group(f"only for FCNs ({', '.join(NETS)})").add_argument
    add("--upsampling", choices=("frozen", "learned"), default="frozen", help="bilinear upsampling, fixed or trained")
    others = ", ".join(name for name, net in SEGMENTATION.items() if net.uses_fc7 and name not in NETS)
    add = command.add_argument_group(f"only for FCNs and {others}").add_argument
    add("--geometry", choices=GEOMETRIES, default="aligned", help="how feature maps of different sizes are aligned")
    add("--head", type=at_least(1), metavar="N",
        help="channels of fc6 and fc7, in backbones that have them (default: the backbone's own; 256 with a package's"
        " weights)")
    pretrained_options(command.add_argument_group("only for networks with a backbone").add_argument)
    add = command.add_argument_group("data").add_argument
    data_options(add, DATA, whole=True)
    add("--samples", type=at_least(1), metavar="N",
        help="training crops per epoch (default: 800, or one from each image of a folder)")
    add("--augment", metavar="NAMES",
        help=f"random changes of the training images, separated by commas: {', '.join(STRENGTHS)}, each with its strength"
        " after a colon or without, such as mirror,scale:0.75-1.5,rotate:15; or none (default: the data set's)")
    add("--workers", type=at_least(0), default=1, metavar="N",
        help="number of threads that prepare batches while the network computes")
    learning_options(command.add_argument_group("learning").add_argument)
    rank_options(command.add_argument_group("only on several ranks: mpiexec -n 4 minifcn train ...").add_argument)
    running_options(command.add_argument_group("run").add_argument)
    command.set_defaults(batch=None, lr=None)  # the recipe's, or those that the help names


def running_options(add):
    add("--start", metavar="FILE",
        help="start from this checkpoint (or its folder), of the same network or of an FCN with one skip fewer")
    add("--epochs", type=at_least(1), metavar="N", help="number of epochs (default: 10); with --resume, as many or more")
    add("--stages", type=each(at_least(1)), metavar="N,N,N",
        help="train FCN-32s, then FCN-16s from it, then FCN-8s, for these numbers of epochs, each in its folder in --out")
    add("--plan", action="store_true",
        help="train nothing; check the data and the weights, and print each stage beside the FCN paper's")
    add("--patience", type=at_least(1), metavar="N", help="stop after N epochs without a better mean IoU on the validation set")
    run_options(add, "runs/train", "folder for checkpoint.npz, best.npz (of the best mean IoU), history.csv and curves.png",
        several=True)
    add("--resume", action="store_true",
        help="resume from the checkpoint in --out, with the same options: the weights are bit-identical to those of an"
        " uninterrupted run. Only --epochs may be larger; the learning rate then follows the longer run's schedule, so the"
        " weights differ from those of a run with that number of epochs from the start")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where the network runs")
    add("--recompute", action="store_true",
        help="take less memory and more time: compute feature maps again for the gradients instead of keeping them, and update"
        " each weight as soon as its gradient is known; the results are the same to the bit (of hypercolumn over a resnet: up to rounding)")
    quiet_option(add, "print nothing but where the results are")


def pretrained_options(add):
    from ..imagenet import PRETRAINED_BACKBONES
    from ..pretrained import PACKED_BACKBONES

    add("--pretrained", choices=PRETRAINED_BACKBONES, metavar="NAME",
        help=f"start this backbone from ImageNet weights: {', '.join(PACKED_BACKBONES)}, or another one with --weights")
    weights_option(add)
    add("--freeze", nargs="?", const=True, default=False, metavar="LAYER",
        help="keep the pretrained layers fixed, running statistics included; up to LAYER, such as pool3, if it is given")
    add("--backbone-rate", type=positive, default=1.0, metavar="FACTOR",
        help="learning rate of the pretrained layers, as a multiple of --lr")


def learning_options(add):
    """The options of the optimiser and the loss; None stands for the recipe's value, or for the one in the help."""
    from ..data.balance import METHODS
    from ..functional.criterion import PER_AREA, PER_PIXEL
    from ..runs.optimizer import OPTIMIZERS, SCHEDULES
    from ..runs.plan import RECIPES

    add("--recipe", choices=tuple(RECIPES), metavar="NAME",
        help="the FCN authors' settings for the options below, --lr, --batch and --size: paper (one image per update,"
        " momentum 0.99, summed loss) or accumulate (20 images per update, momentum 0.9); those that are given win")
    add("--loss", default="cross-entropy", metavar="NAME",
        help=f"one of {', '.join((*PER_PIXEL, *PER_AREA))}, or a sum, such as cross-entropy+0.5*lovasz")
    add("--class-weights", metavar="NAME",
        help=f"weights of the classes in the loss: {', '.join(METHODS)}, or a file with a line for each class, its name and"
        " weight (default: the data set's)")
    add("--sampling", type=probability, default=1.0, metavar="P",
        help="probability with which each pixel counts in the loss, which the FCN paper calls patchwise training")
    add("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=f"one of {', '.join(OPTIMIZERS)} (default: adamw)")
    add("--momentum", type=at_least_0, metavar="FACTOR", help="sgd's momentum (default: 0.9)")
    add("--weight-decay", type=at_least_0, metavar="FACTOR", help="weight decay (default: 0.001)")
    add("--bias-rate", type=positive, metavar="FACTOR",
        help="learning rate of biases, as a multiple of --lr; with another than 1 they do not decay (default: 1)")
    add("--schedule", choices=SCHEDULES, metavar="NAME",
        help="learning rate: poly and cosine decay to 0, step is divided by 10 twice, or constant (default: poly)")
    add("--accumulate", type=at_least(1), metavar="N", help="batches per update, whose gradients are averaged (default: 1)")
    add("--reduction", choices=("mean", "sum"), help="of the loss over the pixels of a batch (default: mean)")


def rank_options(add):
    add("--batch-norm", choices=("all", "each"),
        help="whether batch norm's statistics are those of the images of all ranks or of each rank's own (default: all)")
    add("--lr-scale", action="store_true", help="multiply the learning rate by the number of ranks")


def compare(command):
    from ..data.catalogue import DATA

    command.epilog = "example: minifcn compare --models fcn8s,unet --data shapes --budget 60 --seeds 3"
    add = command.add_argument
    add("--models", default="fcn8s,unet,deeplab-v3", metavar="NAMES",
        help="segmentation networks that `minifcn models` lists, separated by commas")
    backbone_option(add)
    fusion_option(add)
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
    command.epilog = "example: minifcn warm-up --profile"
    add = command.add_argument
    add("--profile", action="store_true", help="compile them anew, without keeping them, and print where the time goes")
    quiet_option(add)
