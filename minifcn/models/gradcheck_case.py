"""Every family of networks as small cases for the gradient checker, which checks the image and every parameter.

They are here because the checker knows nothing of networks. Though narrow, each has all the branches of its family, and
batch norm and dropout run in training mode.
"""

from functools import partial

import numpy as np

from .. import functional as F
from .. import nn
from ..gradcheck.catalogue import Case
from ..tensor import tensor
from .alexnet import AlexNet
from .attention import AttentionUNet
from .catalogue import SEGMENTATION, build
from .deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from .fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from .googlenet import GoogLeNet
from .hed import HED
from .hypercolumn import Hypercolumn
from .late_fusion import LateFusion
from .pixelwise import PixelClassifier
from .pspnet import PSPNet, auxiliary_loss
from .resnet import BasicBlock, Bottleneck, ResNet
from .squeezenet import SqueezeNet
from .torchvision import TorchvisionDeepLabV3, TorchvisionFCN
from .two_heads import TwoHeads
from .unet import UNet
from .unet3d import UNet3d
from .upsampling import UPSAMPLINGS, Upsampling
from .vgg import SmallVGG

CLASSES = 3
IMAGE = (33, 41)
HEADS = {Hypercolumn, DeepLabLargeFOV, DeepLabASPP, DeepLabV3, PSPNet, TorchvisionFCN, TorchvisionDeepLabV3, UNet, AttentionUNet, PixelClassifier}
OWN_CASES = {FCN32s, FCN16s, FCN8s, FCN8sAtOnce, *HEADS}
VGG_WIDTHS = {"widths": (3, 3, 3, 3, 3), "head": 8}
ALEXNET_WIDTHS = {"widths": (4, 4, 6, 6, 6), "head": 6}


class SmallGoogLeNet(GoogLeNet):
    """Four inception blocks of nine, two of them consecutive; at this width, each fits after the one before."""

    def __init__(self, geometry="aligned", *, generator):
        super().__init__(geometry, width=0.02, generator=generator)
        for block in ("4a", "4b", "4c", "4d", "5a"):
            delattr(self, f"inception_{block}")


class SmallResNet(ResNet):
    """Both kinds of block, and a shortcut without a convolution, that of layer1."""

    depths = (1, 1, 1, 1)

    def block(self, in_channels, middle, stride, generator):
        kind = Bottleneck if in_channels < middle else BasicBlock
        return kind(in_channels, middle, stride, generator)


def network_cases():
    """All cases of this file."""
    return [*fcn_cases(), *backbone_cases(), *other_cases(), *joined_cases(), *further_cases(), *upsampling_cases()]


def fcn_cases():
    """FCN-8s in both geometries, then the coarser nets."""
    return [
        fcn("FCN-8s, batch norm", FCN8s, SmallVGG, (2, 3, 33, 20), **VGG_WIDTHS),
        fcn("FCN-8s, caffe", FCN8s, SmallVGG, (1, 3, 21, 18), 6, geometry="caffe", batch_norm=False, **VGG_WIDTHS),
        fcn("FCN-32s, AlexNet", FCN32s, AlexNet, (1, 3, 35, 30), **ALEXNET_WIDTHS),
        fcn("FCN-16s, AlexNet", FCN16s, AlexNet, (1, 3, 35, 30), **ALEXNET_WIDTHS),
        fcn("FCN-8s at once, AlexNet", FCN8sAtOnce, AlexNet, (1, 3, 35, 30), **ALEXNET_WIDTHS),
    ]


def backbone_cases():
    """An FCN over a narrow backbone of each of the other families; 'caffe' has no FCN-8s over two of them."""
    return [
        fcn("FCN-8s, AlexNet", FCN8s, AlexNet, (1, 3, 35, 30), **ALEXNET_WIDTHS),
        fcn("FCN-8s, AlexNet, caffe", FCN8s, AlexNet, (1, 3, 21, 18), 5, geometry="caffe", **ALEXNET_WIDTHS),
        fcn("FCN-8s, GoogLeNet", FCN8s, SmallGoogLeNet, (1, 3, 35, 30), 3),
        fcn("FCN-8s, SqueezeNet", FCN8s, SqueezeNet, (1, 3, 18, 15), 5, width=0.05),
        fcn("FCN-8s, ResNet", FCN8s, SmallResNet, (3, 3, 35, 30), width=0.03),
        fcn("FCN-8s, ResNet, caffe", FCN8s, SmallResNet, (2, 3, 7, 10), geometry="caffe", first_padding=50, width=0.03),
    ]


def other_cases():
    """FCN's predecessors and successors."""

    def over_alexnet(head, **options):
        widths = (2, 4, 4, 4, 4)
        return lambda rng: head(AlexNet(widths=widths, head=None, generator=rng), CLASSES, generator=rng, **options)

    def unet(net, **options):
        return lambda rng: net(CLASSES, dropout=0.3, generator=rng, **options)

    labels = np.random.default_rng(0).integers(0, CLASSES, (3, *IMAGE))
    return [
        network_case("pixelwise", lambda rng: PixelClassifier(CLASSES, 4, generator=rng), (1, 3, 4, 5)),
        network_case("hypercolumn", over_alexnet(Hypercolumn, stages=("pool1", "pool2", "pool5")), (1, 3, *IMAGE)),
        network_case("HED, its sides and their sum", lambda rng: HED(widths=(3, 3, 3, 3, 3), generator=rng), (1, 3, 17, 18),
                     call=lambda net, x: F.cat(net.forward_all(x), dim=1)),
        network_case("U-Net, valid", unet(UNet, widths=(2, 3)), (1, 3, 20, 22)),
        network_case("U-Net, padded", unet(UNet, widths=(2, 3, 4), padded=True), (1, 3, 7, 9)),
        network_case("attention U-Net", unet(AttentionUNet, widths=(2, 4, 4)), (1, 3, 7, 9)),
        network_case("3D U-Net", lambda rng: UNet3d(CLASSES, widths=(2, 4), generator=rng), (2, 1, 2, 3, 4)),
        network_case("DeepLab v1, LargeFOV", over_alexnet(DeepLabLargeFOV, width=3, rate=2), (1, 3, *IMAGE)),
        network_case("DeepLab v2, ASPP", over_alexnet(DeepLabASPP, width=3, rates=(1, 2, 3, 4)), (1, 3, *IMAGE)),
        network_case("DeepLab v3", over_alexnet(DeepLabV3, width=3, rates=(1, 2, 3)), (3, 3, *IMAGE)),
        network_case("PSPNet and auxiliary loss", over_alexnet(PSPNet), (3, 3, *IMAGE),
                     call=lambda net, x: auxiliary_loss(net, x, labels)),
        network_case("torchvision's FCN and auxiliary loss", over_alexnet(TorchvisionFCN), (3, 3, *IMAGE),
                     call=lambda net, x: net.loss(x, labels)),
        network_case("torchvision's DeepLab v3", over_alexnet(TorchvisionDeepLabV3, width=3, rates=(1, 2, 3)), (3, 3, *IMAGE),
                     call=lambda net, x: net.loss(x, labels)),
    ]  # fmt: skip


def joined_cases():
    """Two FCNs on one backbone, and two nets with one result."""
    labels = np.random.default_rng(0).integers(0, CLASSES, (2, 17, 20))
    labels[0, :3] = 255

    def two_heads(rng):
        backbone = SmallVGG(generator=rng, batch_norm=False, **VGG_WIDTHS)
        return TwoHeads(FCN16s(backbone, CLASSES), FCN16s(backbone, 2), second_class=(0, 1, 1))

    def late(rng):
        return LateFusion(*(PixelClassifier(CLASSES, 4, in_channels=n, generator=rng) for n in (3, 2)), 5)

    def joint_loss(net, x):
        return net.loss(x, labels, ignore_index=255)

    return [
        network_case("two heads, the sum of their losses", two_heads, (2, 3, 17, 20), call=joint_loss),
        network_case("late fusion", late, (1, 5, 4, 5)),
    ]


def further_cases():
    """The networks of the catalogue that have no case of their own above, over a narrow VGG."""

    def over_vgg(name, net):
        used = ("widths", "head") if net.uses_fc7 else ("widths",) if net.paper else ()
        backbone = {option: VGG_WIDTHS[option] for option in used}
        return network_case(name, lambda rng: build(name, CLASSES, generator=rng, **backbone), (2, 3, *IMAGE))

    return [over_vgg(name, net) for name, net in SEGMENTATION.items() if net not in OWN_CASES]


def upsampling_cases():
    """Each of the upsampling layers."""
    before = tensor(np.random.default_rng(0).standard_normal((2, CLASSES, 6, 8)))
    _, indices = F.max_pool2d(before, 2, return_indices=True)

    def case(kind):
        def make(rng):
            return Upsampling(kind, 2, CLASSES, generator=rng)

        return network_case(f"upsampling, {kind}", make, (2, 2, 3, 4), call=lambda layer, x: layer(x, indices))

    return [case(kind) for kind in UPSAMPLINGS]


def fcn(title, net, backbone, shape, seed=0, **options):
    """The Case of an FCN whose upsampling is learned. options: the backbone's.

    seed: of the weights; with some seeds, a net this narrow has dead ReLUs
    """
    return network_case(title, lambda rng: net(backbone(generator=rng, **options), CLASSES, "learned"), shape, seed)


def network_case(title, make, shape, seed=0, call=None):
    """A Case in float64: the net that `make` builds with a generator, on images of `shape`.

    call: function of the net and the images; None means the net's own result
    """
    rng = np.random.default_rng(seed)
    net = make(rng).to("float64")
    for parameter in net.parameters():
        parameter.data[...] += 0.1 * rng.standard_normal(parameter.shape)  # score layers are initially zero
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            module.bias.data += 0.5  # so that no ReLU is dead
        if isinstance(module, nn.Dropout):
            module.generator = None  # the default one, which gradcheck reseeds before each call
    function = partial(call, net) if call else net
    parameters = dict(net.named_parameters())
    return Case(title, function, lambda rng: [rng.standard_normal(shape)], parameters, max_entries=0, step=1e-4)
