"""Torchvision's FCN and DeepLab v3: its names, shapes, strides and dilations, its scores, a checkpoint as it saves them."""

import numpy as np
import pytest

import minifcn
from minifcn.functional import cross_entropy
from minifcn.models.catalogue import Zeros, build
from minifcn.models.receptive_field import receptive_field
from minifcn.models.resnet import ResNet50
from minifcn.models.torchvision import TorchvisionDeepLabV3, TorchvisionFCN
from minifcn.pretrained import load_pretrained, read_weights, translate, unwrap

from .narrow_networks import moved

# The heads' arrays, without num_batches_tracked, as in torchvision/models/segmentation/fcn.py and deeplabv3.py.
NORM = ("weight", "bias", "running_mean", "running_var")
FCN_HEADS = {
    "classifier.0.weight": (512, 2048, 3, 3), **{f"classifier.1.{name}": (512,) for name in NORM},
    "classifier.4.weight": (21, 512, 1, 1), "classifier.4.bias": (21,),
}  # fmt: skip
AUX_HEAD = {
    "aux_classifier.0.weight": (256, 1024, 3, 3), **{f"aux_classifier.1.{name}": (256,) for name in NORM},
    "aux_classifier.4.weight": (21, 256, 1, 1), "aux_classifier.4.bias": (21,),
}  # fmt: skip
DEEPLAB_HEADS = {
    **{f"classifier.0.convs.{i}.0.weight": (256, 2048, k, k) for i, k in enumerate((1, 3, 3, 3))},
    **{f"classifier.0.convs.{i}.1.{name}": (256,) for i in range(4) for name in NORM},
    "classifier.0.convs.4.1.weight": (256, 2048, 1, 1), **{f"classifier.0.convs.4.2.{name}": (256,) for name in NORM},
    "classifier.0.project.0.weight": (256, 1280, 1, 1), **{f"classifier.0.project.1.{name}": (256,) for name in NORM},
    "classifier.1.weight": (256, 256, 3, 3), **{f"classifier.2.{name}": (256,) for name in NORM},
    "classifier.4.weight": (21, 256, 1, 1), "classifier.4.bias": (21,),
}  # fmt: skip
NETS = {"fcn-torchvision": (FCN_HEADS, 35_322_218), "deeplab-v3-torchvision": (DEEPLAB_HEADS, 42_004_074)}


@pytest.mark.parametrize("name", NETS)
def test_names_shapes_and_parameters_are_torchvisions(name):
    """The numbers of parameters are those that torchvision's documentation gives for the weights."""
    heads, count = NETS[name]
    net = build(name, backbone="paper", generator=Zeros())
    shapes = {key: array.shape for key, array in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    assert {key: shape for key, shape in shapes.items() if not key.startswith("backbone.")} == heads | AUX_HEAD
    backbone = {f"backbone.{key}": array.shape for key, array in ResNet50(generator=Zeros()).state_dict().items()}
    assert {key: shape for key, shape in shapes.items() if key.startswith("backbone.")}.items() <= backbone.items()
    assert sum(p.size for p in net.parameters()) == count


def test_strides_become_dilations_as_with_replace_stride_with_dilation():
    """[False, True, True]: the first block of layer3 and of layer4 still has the dilation of the stage before."""
    net = build("deeplab-v3-torchvision", backbone="paper", generator=Zeros())
    steps = {stage: [(block.conv2.stride[0], block.conv2.dilation[0]) for block in getattr(net.backbone, stage)]
             for stage in ("layer2", "layer3", "layer4")}
    assert steps == {"layer2": [(2, 1), *3 * [(1, 1)]], "layer3": [(1, 1), *5 * [(1, 2)]], "layer4": [(1, 2), *2 * [(1, 4)]]}
    assert [net.backbone.layer3[0].downsample[0].stride, net.backbone.layer4[0].downsample[0].stride] == 2 * [(1, 1)]
    convs = [branch[0] for branch in net.classifier[0].convs][1:4]
    assert [(conv.dilation, conv.padding) for conv in convs] == [((n, n), (n, n)) for n in (12, 24, 36)]


def test_the_units_are_not_where_resizing_takes_them_to_be():
    """3.5 pixels away, as the file says."""
    net = build("fcn-torchvision", backbone="paper", generator=Zeros())
    field = receptive_field(net.backbone.layers_to("layer4"))
    assert (field.stride, field.centre) == (8, 0)


def narrow(net, seed=0):
    rng = np.random.default_rng(seed)
    options = {"width": 4, "rates": (1, 2, 3)} if net is TorchvisionDeepLabV3 else {}
    return moved(net(ResNet50(width=1 / 32, generator=rng), 5, generator=rng, **options), seed)


@pytest.mark.parametrize("net, name", [(TorchvisionFCN, "fcn-torchvision"), (TorchvisionDeepLabV3, "deeplab-v3-torchvision")])
def test_a_training_checkpoint_of_torchvisions_gives_the_torch_nets_scores(net, name, tmp_path):
    torch = pytest.importorskip("torch")
    from .torch_networks import twin

    theirs = twin(narrow(net)).double().eval()
    theirs.load_state_dict({key: torch.from_numpy(array) for key, array in narrow(net, seed=1).state_dict().items()})
    torch.save({"model": theirs.state_dict(), "epoch": 29, "lr_scheduler": {"last_epoch": 1}}, tmp_path / "model_29.pth")
    found, ours = unwrap(read_weights(tmp_path / "model_29.pth"), name), narrow(net, seed=2).eval()
    load_pretrained(ours, translate(found, name))
    assert found.note.startswith("stripped model.; left out ")
    x = np.random.default_rng(3).standard_normal((2, 3, 41, 64))
    with torch.no_grad(), minifcn.no_grad():
        for expected, scores in zip(theirs(torch.from_numpy(x)), ours.forward_both(minifcn.tensor(x)), strict=True):
            assert expected.shape == scores.shape == (2, 5, 41, 64) and np.ptp(expected.numpy()) > 1e-3
            np.testing.assert_allclose(scores.numpy(), expected.numpy(), rtol=1e-9, atol=1e-9)


def test_half_of_the_auxiliary_loss_is_added():
    net, x = narrow(TorchvisionFCN).eval(), minifcn.tensor(np.random.default_rng(0).standard_normal((1, 3, 32, 32)))
    labels = np.ones((1, 32, 32), int)
    scores, aux = net.forward_both(x)
    expected = cross_entropy(scores, labels).item() + 0.5 * cross_entropy(aux, labels).item()
    assert net.loss(x, labels).item() == pytest.approx(expected, rel=1e-12)
