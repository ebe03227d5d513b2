"""Tables of other libraries' names for the layers of this library's nets.

Torchvision numbers most layers; Caffe uses the papers' names, and so do the nets here. A Caffe net takes BGR from 0 to
255 minus a mean; its first convolution is converted to RGB when it is read, so that all nets here take (rgb / 255 -
mean) / std, with the mean and std given next to the names. wrapped.py and translate.py use the tables; read them next.
Read wrapped.py next.
"""

from dataclasses import dataclass

from ..models import BACKBONES

IMAGENET  = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}                 # torchvision's training
CAFFE_VGG = {"mean": tuple(v / 255 for v in (123.68, 116.779, 103.939)), "std": (1 / 255,) * 3}
CAFFENET  = {"mean": tuple(v / 255 for v in (122.678919, 116.668767, 104.006988)), "std": (1 / 255,) * 3}
GOOGLE    = {"mean": tuple(v / 255 for v in (123, 117, 104)), "std": (1 / 255,) * 3}
CAFFE_RESNET = {                                                 # the mean over its file's per-pixel means
    "mean": tuple(v / 255 for v in (123.151631, 115.902883, 103.062624)), "std": (1 / 255,) * 3
}  # fmt: skip
HALVES    = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}    # torchvision's GoogLeNet, by its transform_input


@dataclass(frozen=True)
class Names:
    """One source's names for one net.

    source: who wrote the weights, for errors
    layers: {their layer: ours}, in order; the first one sees the image
    scale:  {"mean": ..., "std": ...}, for data.images.to_input
    bgr:    the first layer's channels are blue, green, red
    others: prefixes of layers that some files have and no net here
    norms:  prefixes of layers that hold only the statistics of a batch norm, as Caffe splits it
    """

    source: str
    layers: dict
    scale: dict
    bgr: bool = False
    others: tuple = ()
    norms: tuple = ()


# VGG ------------------------------------------------------------------------------------------------------------------

VGG_DEPTHS = {name: BACKBONES[name].depths for name in ("vgg11", "vgg13", "vgg16", "vgg19")}
VGG_HEAD = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}


def vgg_convolutions(depths):
    """("conv1_1", "conv1_2", "conv2_1", ...)."""
    return [f"conv{stage}_{i}" for stage, depth in enumerate(depths, start=1) for i in range(1, depth + 1)]


def torchvision_vgg(depths, batch_norm=False):
    """Torchvision numbers convolutions, batch norms, ReLUs and pooling: features.0, .2, (pool is 4) .5, .7, ..."""
    pools = [stage for stage, depth in enumerate(depths) for _ in range(depth)]           # those before a convolution
    names, step = {}, 3 if batch_norm else 2
    for i, (pool, conv) in enumerate(zip(pools, vgg_convolutions(depths))):
        names[f"features.{step * i + pool}"] = conv
        if batch_norm:
            names[f"features.{step * i + pool + 1}"] = conv.replace("conv", "bn")
    return Names("torchvision with batch norm" if batch_norm else "torchvision", names | VGG_HEAD, IMAGENET)


def caffe_vgg(depths):
    names = (*vgg_convolutions(depths), "fc6", "fc7", "fc8")
    return Names("Caffe", {name: name for name in names}, CAFFE_VGG, bgr=True)


# AlexNet --------------------------------------------------------------------------------------------------------------

CAFFENET_LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
TORCHVISION_ALEXNET = dict(zip([*(f"features.{i}" for i in (0, 3, 6, 8, 10)), *(f"classifier.{i}" for i in (1, 4, 6))],
                               CAFFENET_LAYERS))


# GoogLeNet and SqueezeNet ---------------------------------------------------------------------------------------------

INCEPTIONS = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
BRANCHES = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
GOOGLENET = {
    "conv1/7x7_s2":     "conv1",
    "conv2/3x3_reduce": "conv2_reduce",
    "conv2/3x3":        "conv2",
    **{f"inception_{block}/{branch}": f"inception_{block}.{branch}" for block in INCEPTIONS for branch in BRANCHES},
    "loss3/classifier": "loss3_classifier",
}  # fmt: skip

TORCHVISION_BRANCHES = ("branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1")
TORCHVISION_GOOGLENET = {
    f"{theirs}.{part}": f"{ours}.{part}"
    for theirs, ours in (
        ("conv1", "conv1"), ("conv2", "conv2_reduce"), ("conv3", "conv2"),
        *((f"inception{block}.{theirs}", f"inception_{block}.{ours}")
          for block in INCEPTIONS for theirs, ours in zip(TORCHVISION_BRANCHES, BRANCHES)),
    )
    for part in ("conv", "bn")
} | {"fc": "fc"}  # fmt: skip

FIRES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}                               # ours: torchvision's number
PARTS = ("squeeze1x1", "expand1x1", "expand3x3")
SQUEEZENET = ("conv1", *(f"fire{n}/{part}" for n in FIRES for part in PARTS), "conv10")
TORCHVISION_SQUEEZENET = {
    "features.0": "conv1",
    **{f"features.{m}.{part.removesuffix('1x1') if part[0] == 's' else part}": f"fire{n}.{part}"
       for n, m in FIRES.items() for part in PARTS},
    "classifier.1": "conv10",
}  # fmt: skip


# ResNet ---------------------------------------------------------------------------------------------------------------

BOTTLENECKS = ("resnet50", "resnet101", "resnet152")                                      # three convolutions per block
RESNET_DEPTHS = {name: BACKBONES[name].depths for name in ("resnet18", "resnet34", *BOTTLENECKS)}


def resnet(net):
    """Torchvision's names, which this library uses too."""
    parts = ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3")[: 6 if net in BOTTLENECKS else 4]
    names = ["conv1", "bn1"]
    for stage, depth in enumerate(RESNET_DEPTHS[net], start=1):
        for block in range(depth):
            shortcut = block == 0 and (stage > 1 or net in BOTTLENECKS)                   # where the channels change
            names += [f"layer{stage}.{block}.{part}" for part in parts]
            names += [f"layer{stage}.{block}.downsample.{i}" for i in (0, 1) if shortcut]
    return Names("torchvision", {name: name for name in (*names, "fc")}, IMAGENET)


def caffe_resnet(net):
    """Caffe splits a batch norm into two layers: bn2a_branch1 holds its statistics, scale2a_branch1 weight and bias.

    Blocks are a, b, c, ...; in the deeper nets, where a stage has more than three, a, b1, b2, ...
    """
    layers = {"conv1": "conv1", "bn_conv1": "bn1", "scale_conv1": "bn1"}
    for stage, depth in enumerate(RESNET_DEPTHS[net], start=1):
        for block in range(depth):
            letter = "abcdef"[block] if net == "resnet50" or depth == 3 else f"b{block}" if block else "a"
            branches = {f"branch2{'abc'[i]}": (f"conv{i + 1}", f"bn{i + 1}") for i in range(3)}
            if block == 0:
                branches["branch1"] = ("downsample.0", "downsample.1")
            for branch, (conv, norm) in branches.items():
                theirs, ours = f"{stage + 1}{letter}_{branch}", f"layer{stage}.{block}"
                layers[f"res{theirs}"] = f"{ours}.{conv}"
                layers[f"bn{theirs}"] = layers[f"scale{theirs}"] = f"{ours}.{norm}"
    return Names("Caffe", layers | {"fc1000": "fc"}, CAFFE_RESNET, bgr=True, norms=("bn",))


# FCN, as its authors released it: VGG16's or CaffeNet's layers are the backbone's here -------------------------------

FCN_ENDS = {
    "fcn32s": ("score_fr", "upscore"),
    "fcn16s": ("score_fr", "upscore2", "score_pool4", "upscore16"),
    "fcn8s":  ("score_fr", "upscore2", "score_pool4", "upscore_pool4", "score_pool3", "upscore8"),
}  # fmt: skip
FCN_ENDS |= {"fcn8s-atonce": FCN_ENDS["fcn8s"], "fcn-alexnet": FCN_ENDS["fcn32s"]}


def fcn(net):
    """The scale_pool3 and scale_pool4 of fcn8s-atonce are constants, not layers, here."""
    convolutions = CAFFENET_LAYERS[:5] if net == "fcn-alexnet" else vgg_convolutions(VGG_DEPTHS["vgg16"])
    backbone = {name: f"backbone.{name}" for name in (*convolutions, "fc6", "fc7")}
    return Names("Caffe", backbone | {name: name for name in FCN_ENDS[net]}, CAFFENET, bgr=True, others=("scale_",))


# Torchvision's FCN and DeepLab v3, whose names the nets here have too ---------------------------------------------------

HEAD = ("0", "1", "4")                                           # 3x3 convolution, batch norm, 1x1; ReLU and dropout between
TORCHVISION_HEADS = {
    "fcn-torchvision": HEAD,
    "deeplab-v3-torchvision": (
        *(f"0.convs.{branch}.{i}" for branch in range(4) for i in (0, 1)), "0.convs.4.1", "0.convs.4.2",
        "0.project.0", "0.project.1", "1", "2", "4",
    ),
}  # fmt: skip


def torchvision_segmentation(net, backbone):
    layers = [f"backbone.{layer}" for layer in resnet(backbone).layers if layer != "fc"]
    layers += [f"classifier.{part}" for part in TORCHVISION_HEADS[net]] + [f"aux_classifier.{part}" for part in HEAD]
    source = "torchvision" if backbone == "resnet50" else f"torchvision over {backbone}"
    return Names(source, {layer: layer for layer in layers}, IMAGENET)


# HED, in Keras -------------------------------------------------------------------------------------------------------

KERAS_HED = {                                                    # a block's convolutions are conv2d, conv2d_1, conv2d_2
    f"block{stage}.layers.conv2d" + f"_{i}" * (i > 0): f"backbone.conv{stage}_{i + 1}"
    for stage, depth in enumerate(VGG_DEPTHS["vgg16"], start=1) for i in range(depth)
} | {f"dsn{i}": f"side{i}" for i in range(1, 6)} | {"fuse": "fuse"}  # fmt: skip


# All ------------------------------------------------------------------------------------------------------------------

NAMES_OF = {
    **{net: (torchvision_vgg(depths), caffe_vgg(depths), torchvision_vgg(depths, batch_norm=True))
       for net, depths in VGG_DEPTHS.items()},
    "alexnet": (Names("Caffe", {name: name for name in CAFFENET_LAYERS}, CAFFENET, bgr=True),),
    "alexnet-owt": (Names("torchvision", TORCHVISION_ALEXNET, IMAGENET),),
    "googlenet": (Names("Caffe", GOOGLENET, GOOGLE, bgr=True, others=("loss1/", "loss2/")),),
    "googlenet-bn": (Names("torchvision", TORCHVISION_GOOGLENET, HALVES, others=("aux1.", "aux2.")),),
    "squeezenet": (
        Names("torchvision", TORCHVISION_SQUEEZENET, IMAGENET),
        Names("Caffe", {name: name.replace("/", ".") for name in SQUEEZENET}, GOOGLE, bgr=True),
    ),
    **{net: (resnet(net),) for net in RESNET_DEPTHS},
    **{f"{net}-caffe": (caffe_resnet(net),) for net in BOTTLENECKS},
    **{net: (fcn(net),) for net in FCN_ENDS},
    **{net: tuple(torchvision_segmentation(net, name) for name in BOTTLENECKS[:2]) for net in TORCHVISION_HEADS},
}  # fmt: skip

# Different nets with the same name as ours: {net: (a key that identifies them, what they are)}.
STRANGERS = {
    "alexnet": ("features.0.weight", ("torchvision's AlexNet, one tower that begins with 64 channels, expected the"
                                      " paper's, two that begin with 96: use the net alexnet-owt, or"
                                      " bvlc_reference_caffenet.caffemodel")),
    "googlenet": ("conv1.bn.weight", ("torchvision's GoogLeNet, with batch norm and 3x3 windows for 5x5, expected the"
                                      " paper's, without: use the net googlenet-bn, or bvlc_googlenet.caffemodel")),
    **{net: ("bn_conv1.weight", ("the Caffe net of ResNet's authors, with its strides in 1x1 convolutions, expected"
                                 f" torchvision's, with them in 3x3: use the net {net}-caffe")) for net in BOTTLENECKS},
    **{f"{net}-caffe": ("bn1.weight", ("torchvision's ResNet, with its strides in 3x3 convolutions, expected its"
                                       f" authors', with them in 1x1: use the net {net}")) for net in BOTTLENECKS},
}  # fmt: skip

# Fully connected layers as convolutions: {net: {layer: the channels and the window of its input}}.
ONE = {"fc7": (4096, 1, 1), "fc8": (4096, 1, 1)}
WINDOWS = {
    **{net: {"fc6": (512, 7, 7), **ONE} for net in VGG_DEPTHS},
    **{net: {"fc6": (256, 6, 6), **ONE} for net in ("alexnet", "alexnet-owt")},
    "googlenet": {"loss3_classifier": (1024, 1, 1)},
    "googlenet-bn": {"fc": (1024, 1, 1)},
    **{net: {"fc": (512, 1, 1)} for net in ("resnet18", "resnet34")},
    **{net: {"fc": (2048, 1, 1)} for name in BOTTLENECKS for net in (name, f"{name}-caffe")},
}
