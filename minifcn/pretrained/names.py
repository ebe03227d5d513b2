"""What other libraries call the layers of this library's nets: tables, and nothing else.

Torchvision numbers most layers, Caffe has the papers' names, and so have the nets here. A Caffe net reads BGR from 0 to
255 minus a mean; its first convolution is turned to RGB when it is read, so that all nets here take
(rgb / 255 - mean) / std, with the mean and std that stand beside the names. translate.py uses the tables; read it next.
"""

from dataclasses import dataclass

IMAGENET  = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}                 # torchvision's training
CAFFE_VGG = {"mean": tuple(v / 255 for v in (123.68, 116.779, 103.939)), "std": (1 / 255,) * 3}
CAFFENET  = {"mean": tuple(v / 255 for v in (122.678919, 116.668767, 104.006988)), "std": (1 / 255,) * 3}
GOOGLE    = {"mean": tuple(v / 255 for v in (123, 117, 104)), "std": (1 / 255,) * 3}


@dataclass(frozen=True)
class Names:
    """One source's names for one net.

    source: who wrote the weights, for errors
    layers: {their layer: ours}, in order; the first of them sees the image
    scale:  {"mean": ..., "std": ...}, for data.images.to_input
    bgr:    the first layer's channels are blue, green, red
    others: layers of theirs that stand in some files and that no net here has, by how their names begin
    """

    source: str
    layers: dict
    scale: dict
    bgr: bool = False
    others: tuple = ()


# VGG ------------------------------------------------------------------------------------------------------------------

VGG_DEPTHS = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2, 2, 2, 2, 2), "vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
VGG_HEAD = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}


def vgg_convolutions(depths):
    """("conv1_1", "conv1_2", "conv2_1", ...)."""
    return [f"conv{stage}_{i}" for stage, depth in enumerate(depths, start=1) for i in range(1, depth + 1)]


def torchvision_vgg(depths):
    """Torchvision counts convolutions, ReLUs and poolings: features.0, .2, (pool is 4) .5, .7, ..."""
    pools = [stage for stage, depth in enumerate(depths) for _ in range(depth)]           # those before a convolution
    names = {f"features.{2 * i + pool}": conv for i, (pool, conv) in enumerate(zip(pools, vgg_convolutions(depths)))}
    return Names("torchvision", names | VGG_HEAD, IMAGENET)


def caffe_vgg(depths):
    names = (*vgg_convolutions(depths), "fc6", "fc7", "fc8")
    return Names("Caffe", {name: name for name in names}, CAFFE_VGG, bgr=True)


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

RESNET_DEPTHS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3)}


def resnet(net):
    """Torchvision's names, which this library has taken over."""
    parts = ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3")[: 6 if net == "resnet50" else 4]
    names = ["conv1", "bn1"]
    for stage, depth in enumerate(RESNET_DEPTHS[net], start=1):
        for block in range(depth):
            shortcut = block == 0 and (stage > 1 or net == "resnet50")                    # where the channels change
            names += [f"layer{stage}.{block}.{part}" for part in parts]
            names += [f"layer{stage}.{block}.downsample.{i}" for i in (0, 1) if shortcut]
    return Names("torchvision", {name: name for name in (*names, "fc")}, IMAGENET)


# FCN, as its authors released it: VGG16's or CaffeNet's layers are the backbone's here -------------------------------

CAFFENET_LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
FCN_ENDS = {
    "fcn32s": ("score_fr", "upscore"),
    "fcn16s": ("score_fr", "upscore2", "score_pool4", "upscore16"),
    "fcn8s":  ("score_fr", "upscore2", "score_pool4", "upscore_pool4", "score_pool3", "upscore8"),
}  # fmt: skip
FCN_ENDS |= {"fcn8s-atonce": FCN_ENDS["fcn8s"], "fcn-alexnet": FCN_ENDS["fcn32s"]}


def fcn(net):
    """The scale_pool3 and scale_pool4 of fcn8s-atonce are constants, and no layers here."""
    convolutions = CAFFENET_LAYERS[:5] if net == "fcn-alexnet" else vgg_convolutions(VGG_DEPTHS["vgg16"])
    backbone = {name: f"backbone.{name}" for name in (*convolutions, "fc6", "fc7")}
    return Names("Caffe", backbone | {name: name for name in FCN_ENDS[net]}, CAFFENET, bgr=True, others=("scale_",))


# All ------------------------------------------------------------------------------------------------------------------

SOURCES = {
    **{net: (torchvision_vgg(depths), caffe_vgg(depths)) for net, depths in VGG_DEPTHS.items()},
    "alexnet": (Names("Caffe", {name: name for name in CAFFENET_LAYERS}, CAFFENET, bgr=True),),
    "googlenet": (Names("Caffe", GOOGLENET, GOOGLE, bgr=True, others=("loss1/", "loss2/")),),
    "squeezenet": (
        Names("torchvision", TORCHVISION_SQUEEZENET, IMAGENET),
        Names("Caffe", {name: name.replace("/", ".") for name in SQUEEZENET}, GOOGLE, bgr=True),
    ),
    **{net: (resnet(net),) for net in RESNET_DEPTHS},
    **{net: (fcn(net),) for net in FCN_ENDS},
}

# Nets of torchvision's that have a name of ours and are other nets: {net: (a key that tells them, what they are)}.
STRANGERS = {
    "alexnet": ("features.0.weight", ("torchvision's AlexNet, one tower that begins with 64 channels, expected the"
                                      " paper's, two that begin with 96: use bvlc_reference_caffenet.caffemodel")),
    "googlenet": ("conv1.bn.weight", ("torchvision's GoogLeNet, with batch norm and 3x3 windows for 5x5, expected the"
                                      " paper's, without: use bvlc_googlenet.caffemodel")),
}  # fmt: skip

# Full connections as convolutions: {net: {layer: the channels and the window that its inputs were}}.
ONE = {"fc7": (4096, 1, 1), "fc8": (4096, 1, 1)}
WINDOWS = {
    **{net: {"fc6": (512, 7, 7), **ONE} for net in VGG_DEPTHS},
    "alexnet": {"fc6": (256, 6, 6), **ONE},
    "googlenet": {"loss3_classifier": (1024, 1, 1)},
    **{net: {"fc": (2048 if net == "resnet50" else 512, 1, 1)} for net in RESNET_DEPTHS},
}
