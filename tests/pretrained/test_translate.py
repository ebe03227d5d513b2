"""Other people's weights under this library's names, and into its nets: nothing is lost or taken in silence."""

import numpy as np
import pytest

from minifcn.models.alexnet import AlexNet
from minifcn.models.catalogue import Zeros, build
from minifcn.models.classifier import CLASSIFIERS, build_classifier
from minifcn.models.fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from minifcn.models.vgg import VGG16
from minifcn.pretrained import load_pretrained, read_weights, source_of, translate
from minifcn.pretrained.names import NAMES_OF

from .protobuf import caffemodel, old_blob, old_layer

RNG = np.random.default_rng(0)
TORCHVISIONS = ["fcn-torchvision", "deeplab-v3-torchvision"]
FCN_NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s, "fcn8s-atonce": FCN8sAtOnce, "fcn-alexnet": FCN32s}
NARROW = {"widths": (2, 3, 4, 5, 6), "head": 7}
FC = {"resnet18": 512, "resnet34": 512, "googlenet-bn": 1024}    # what the layer fc sees; 2048 in the other nets


def backbone_of(net):
    return AlexNet("caffe", widths=(2,) * 5, head=3) if net == "fcn-alexnet" else VGG16("caffe", **NARROW)


def numbers(*shape):
    return RNG.standard_normal(shape).astype("f4")


def made_up(net, source):
    """One small weight and bias for each layer of a table, under their names; a full connection of the true width."""
    arrays = {}
    for theirs, ours in next(names for names in NAMES_OF[net] if names.source == source).layers.items():
        inputs = {"fc6": 25088 if net.startswith("vgg") else 9216, "fc7": 4096, "fc8": 4096,
                  "fc": FC.get(net, 2048), "loss3_classifier": 1024}.get(ours)
        arrays[f"{theirs}.weight"] = numbers(2, inputs) if inputs else numbers(2, 3, 1, 1)
        arrays[f"{theirs}.bias"] = numbers(2)
        if theirs.startswith("bn") and net.endswith("-caffe"):
            arrays[f"{theirs}.blob2"] = np.array([4], "f4")
    return arrays


def ours_of(names):
    """Our layers of a table, in order, each once; without the second half of those that Caffe splits in two."""
    return [ours for theirs, ours in names.layers.items() if not theirs.startswith(names.norms or ("\0",))]


# ----------------------------------------------------------------------------------------------------------- the names


@pytest.mark.parametrize("depths, keys", [
    ("vgg11", [0, 3, 6, 8, 11, 13, 16, 18]),
    ("vgg13", [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]),
    ("vgg16", [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]),
    ("vgg19", [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]),
])  # fmt: skip
def test_torchvisions_vgg_numbers(depths, keys):
    layers = NAMES_OF[depths][0].layers
    assert list(layers)[:-3] == [f"features.{i}" for i in keys]
    assert layers["features.0"] == "conv1_1" and layers[f"features.{keys[-1]}"].startswith("conv5_")


def test_torchvisions_vgg_numbers_with_batch_norm():
    layers = NAMES_OF["vgg11"][2].layers
    assert list(layers)[:-3] == [f"features.{i}" for i in (0, 1, 4, 5, 8, 9, 11, 12, 15, 16, 18, 19, 22, 23, 25, 26)]
    assert [layers[f"features.{i}"] for i in (0, 1, 11, 26)] == ["conv1_1", "bn1_1", "conv3_2", "bn5_2"]


def test_torchvisions_alexnet_numbers():
    layers = NAMES_OF["alexnet-owt"][0].layers
    assert {theirs.replace("features", "conv").replace("classifier", "fc"): ours for theirs, ours in layers.items()} == {
        "conv.0": "conv1", "conv.3": "conv2", "conv.6": "conv3", "conv.8": "conv4", "conv.10": "conv5",
        "fc.1": "fc6", "fc.4": "fc7", "fc.6": "fc8",
    }  # fmt: skip


def test_torchvisions_googlenet_names():
    layers = NAMES_OF["googlenet-bn"][0].layers
    assert len(layers) == 2 * (3 + 9 * 6) + 1
    for theirs, ours in {
        "conv1.bn": "conv1.bn", "conv2.conv": "conv2_reduce.conv", "conv3.conv": "conv2.conv", "fc": "fc",
        "inception3a.branch1.conv": "inception_3a.1x1.conv", "inception3b.branch2.0.bn": "inception_3b.3x3_reduce.bn",
        "inception4a.branch2.1.conv": "inception_4a.3x3.conv", "inception4b.branch3.0.bn": "inception_4b.5x5_reduce.bn",
        "inception4e.branch3.1.conv": "inception_4e.5x5.conv", "inception5b.branch4.1.bn": "inception_5b.pool_proj.bn",
    }.items():  # fmt: skip
        assert layers[theirs] == ours


@pytest.mark.parametrize("net, some_blocks", [
    ("resnet50-caffe", {0: "2a", 1: "2b", 2: "2c", 3: "3a", 6: "3d", 7: "4a", 12: "4f", 13: "5a", 15: "5c"}),
    ("resnet101-caffe", {2: "2c", 3: "3a", 4: "3b1", 6: "3b3", 7: "4a", 8: "4b1", 29: "4b22", 30: "5a", 32: "5c"}),
    ("resnet152-caffe", {2: "2c", 3: "3a", 4: "3b1", 10: "3b7", 11: "4a", 46: "4b35", 47: "5a", 49: "5c"}),
])  # fmt: skip
def test_caffes_resnet_blocks_are_letters_and_in_the_deeper_nets_numbers(net, some_blocks):
    found = [name for name in NAMES_OF[net][0].layers if name.startswith("res") and name.endswith("branch2a")]
    assert len(found) == max(some_blocks) + 1
    assert {i: found[i] for i in some_blocks} == {i: f"res{block}_branch2a" for i, block in some_blocks.items()}


@pytest.mark.parametrize("net, count", [
    ("resnet18", 62), ("resnet34", 110), ("resnet50", 161), ("resnet101", 314), ("resnet152", 467),
])  # fmt: skip
def test_torchvisions_resnet_has_so_many_parameters(net, count):
    """torchvision's resnet18().parameters() are 62 arrays: two for each batch norm and for fc, one a convolution."""
    layers = NAMES_OF[net][0].layers
    norms = [layer for layer in layers if "bn" in layer or layer.endswith("downsample.1")]
    assert len(layers) + len(norms) + 1 == count


@pytest.mark.parametrize("net", NAMES_OF)
def test_no_two_layers_get_one_name_and_both_sources_fill_the_same(net):
    names = [ours_of(source) for source in NAMES_OF[net]]
    assert all(len(set(layers)) == len(layers) for layers in names)
    assert all([layer for layer in layers if layer in names[0]] == names[0] for layers in names)


@pytest.mark.parametrize("net", CLASSIFIERS)
def test_the_names_are_those_of_the_classifiers(net):
    options = {"widths": (2,) * 5, "head": 2} if net.startswith(("vgg", "alexnet")) else {"width": 0.1}
    assert sorted(ours_of(NAMES_OF[net][0])) == sorted(layers_with_state(build_classifier(net, 3, **options)))


@pytest.mark.parametrize("net", ["vgg11", "vgg13", "vgg16", "vgg19"])
def test_the_names_with_batch_norm_are_those_of_vgg_with_batch_norm(net):
    classifier = build_classifier(net, 3, widths=(2,) * 5, head=2, batch_norm=True)
    assert ours_of(NAMES_OF[net][2]) == layers_with_state(classifier)


def layers_with_state(net):
    return list(dict.fromkeys(key.rpartition(".")[0] for key in net.state_dict()))


def test_every_classifier_has_its_table():
    assert CLASSIFIERS.keys() | FCN_NETS.keys() | set(TORCHVISIONS) == NAMES_OF.keys()


@pytest.mark.parametrize("net", TORCHVISIONS)
def test_the_names_are_those_of_torchvisions_nets(net):
    """Over either ResNet, as `minifcn import` builds them."""
    for backbone, names in zip(("resnet50", "resnet101"), NAMES_OF[net]):
        narrow = build(net, 3, backbone=backbone, width=1 / 64, generator=Zeros())
        assert list(names.layers) == ours_of(names) and sorted(names.layers) == sorted(layers_with_state(narrow))


@pytest.mark.parametrize("net", FCN_NETS)
def test_the_names_are_those_of_the_papers_nets(net):
    keys = FCN_NETS[net](backbone_of(net), 3).state_dict()
    assert sorted(NAMES_OF[net][0].layers.values()) == sorted({key.rpartition(".")[0] for key in keys})


@pytest.mark.parametrize("net, source", [
    (net, names.source) for net in CLASSIFIERS for names in NAMES_OF[net] if not names.norms
])  # fmt: skip
def test_every_array_arrives_once_and_with_its_numbers(net, source):
    arrays = made_up(net, source)
    assert source_of(arrays, net).source == source
    found = translate(arrays, net)
    assert len(found) == len(arrays)
    for (key, array), (_, theirs) in zip(list(found.items())[1:], list(arrays.items())[1:], strict=True):
        np.testing.assert_array_equal(array.ravel(), theirs.ravel(), err_msg=key)


# ---------------------------------------------------------------------------------------------------------- the shapes


def test_full_connections_become_convolutions():
    found = translate(made_up("vgg16", "torchvision"), "vgg16")
    assert found["fc6.weight"].shape == (2, 512, 7, 7) and found["fc8.weight"].shape == (2, 4096, 1, 1)
    assert translate(made_up("alexnet", "Caffe"), "alexnet")["fc6.weight"].shape == (2, 256, 6, 6)
    assert translate(made_up("alexnet-owt", "torchvision"), "alexnet-owt")["fc6.weight"].shape == (2, 256, 6, 6)


def test_fc6_reads_its_inputs_in_the_order_in_which_pytorch_flattens():
    arrays = made_up("vgg16", "torchvision")
    pool5 = numbers(1, 512, 7, 7)
    found = translate(arrays, "vgg16")["fc6.weight"]
    np.testing.assert_allclose((found * pool5).sum((1, 2, 3)), arrays["classifier.0.weight"] @ pool5.ravel(), rtol=1e-3)


def test_caffes_first_convolution_is_turned_from_bgr_to_rgb_and_torchvisions_is_not():
    bgr, rgb = made_up("vgg16", "Caffe"), made_up("vgg16", "torchvision")
    np.testing.assert_array_equal(translate(bgr, "vgg16")["conv1_1.weight"], bgr["conv1_1.weight"][:, [2, 1, 0]])
    np.testing.assert_array_equal(translate(bgr, "vgg16")["conv1_2.weight"], bgr["conv1_2.weight"])
    np.testing.assert_array_equal(translate(rgb, "vgg16")["conv1_1.weight"], rgb["features.0.weight"])


def test_an_old_caffe_file_arrives_with_the_shapes_of_a_new_one(tmp_path):
    arrays = made_up("alexnet", "Caffe")
    (tmp_path / "x").write_bytes(caffemodel(arrays, old_layer, old_blob))
    found, wanted = translate(read_weights(tmp_path / "x"), "alexnet"), translate(arrays, "alexnet")
    for key, array in wanted.items():
        np.testing.assert_array_equal(found[key], array, strict=True)


def test_caffes_mean_is_pytorchs_scale_in_another_form():
    scale = source_of(made_up("vgg16", "Caffe"), "vgg16").scale
    rgb = RNG.integers(0, 256, (5, 3))
    np.testing.assert_allclose((rgb / 255 - scale["mean"]) / scale["std"], rgb - [123.68, 116.779, 103.939])


@pytest.mark.parametrize("net", FCN_NETS)
def test_the_authors_nets_go_into_this_librarys_and_back_out_of_a_caffemodel(tmp_path, net):
    """A whole net as Caffe would write it: BGR, and dense upsampling weights of which only the diagonal counts."""
    wanted = FCN_NETS[net](backbone_of(net), 3)
    arrays, first = {}, "conv1" if net == "fcn-alexnet" else "conv1_1"
    for key, array in wanted.state_dict().items():
        key = key.removeprefix("backbone.")
        if key.startswith("upscore"):
            array = np.einsum("ij, ikl -> ijkl", np.eye(3, dtype="f4"), array[:, 0])
        arrays[key] = array[:, ::-1] if key == f"{first}.weight" else array
    arrays["scale_pool3.weight"] = np.full(1, 0.0001, "f4")
    (tmp_path / "x").write_bytes(caffemodel(arrays))
    net_again = FCN_NETS[net](backbone_of(net), 3)
    load_pretrained(net_again, translate(read_weights(tmp_path / "x"), net))
    for key, array in wanted.state_dict().items():
        np.testing.assert_array_equal(net_again.state_dict()[key], array, err_msg=key)


def test_an_upsampling_that_mixes_classes_is_refused():
    arrays = {f"{layer}.weight": np.zeros((2, 2, 4, 4)) for layer in NAMES_OF["fcn32s"][0].layers}
    arrays["upscore.weight"] = np.ones((2, 2, 4, 4))
    with pytest.raises(ValueError, match="upscore.weight.* mixes classes"):
        translate(arrays, "fcn32s")


# ---------------------------------------------------------------------------------------------------- what does not fit


def test_a_missing_layer_is_named():
    arrays = made_up("vgg16", "torchvision")
    del arrays["features.12.weight"], arrays["features.12.bias"]
    with pytest.raises(ValueError, match=r"weights of vgg16 from torchvision: missing: features\.12; surplus: none"):
        translate(arrays, "vgg16")


def test_a_surplus_layer_is_named():
    arrays = made_up("googlenet", "Caffe") | {"loss1/fc.weight": numbers(1), "extra.weight": numbers(1)}
    with pytest.raises(ValueError, match="missing: none; surplus: extra;"):
        translate(arrays, "googlenet")


def test_the_other_heads_of_googlenet_are_left_out():
    arrays = made_up("googlenet", "Caffe")
    more = {"loss1/fc.weight": numbers(1), "loss2/classifier.bias": numbers(1)}
    assert translate(arrays | more, "googlenet").keys() == translate(arrays, "googlenet").keys()


def test_another_vgg_is_refused_by_the_names_of_its_layers():
    with pytest.raises(ValueError, match=r"missing: conv3_4, conv4_4, conv5_4"):
        translate(made_up("vgg16", "Caffe"), "vgg19")
    with pytest.raises(ValueError, match=r"of vgg16 from torchvision or Caffe or torchvision with batch norm, as feat"):
        translate({"encoder.weight": numbers(1)}, "vgg16")
    with pytest.raises(ValueError, match="net is 'vgg17'"):
        translate({}, "vgg17")


STRANGE = [
    ("alexnet-owt", "alexnet", "torchvision's AlexNet.*use the net alexnet-owt, or bvlc_reference_caffenet"),
    ("googlenet-bn", "googlenet", "torchvision's GoogLeNet.*use the net googlenet-bn, or bvlc_googlenet"),
    ("resnet50-caffe", "resnet50", "the Caffe net of ResNet's authors.*use the net resnet50-caffe"),
    ("resnet101", "resnet101-caffe", "torchvision's ResNet.*use the net resnet101"),
]


@pytest.mark.parametrize("net, asked, message", STRANGE, ids=[case[1] for case in STRANGE])
def test_a_net_of_the_same_name_is_refused_with_the_name_of_the_right_one(net, asked, message):
    with pytest.raises(ValueError, match=message):
        translate(made_up(net, NAMES_OF[net][0].source), asked)


@pytest.mark.parametrize("net, missing", [
    ("alexnet-owt", "features.8"), ("googlenet-bn", "inception4c.branch3.1.bn"), ("resnet152", "layer3.35.bn2"),
    ("resnet50-caffe", "scale4f_branch2c"), ("resnet101-caffe", "bn4b22_branch2b"),
])  # fmt: skip
def test_a_missing_and_a_surplus_layer_of_the_new_nets_are_named(net, missing):
    arrays = made_up(net, NAMES_OF[net][0].source) | {"extra.weight": numbers(1)}
    arrays = {key: array for key, array in arrays.items() if key.rpartition(".")[0] != missing}
    with pytest.raises(ValueError, match=f"missing: {missing}; surplus: extra;"):
        translate(arrays, net)


def test_a_vgg_with_batch_norm_is_told_from_one_without_and_its_missing_layer_named():
    arrays = made_up("vgg16", "torchvision with batch norm")
    assert "bn5_3.weight" in translate(arrays, "vgg16")
    del arrays["features.41.weight"], arrays["features.41.bias"]
    with pytest.raises(ValueError, match=r"weights of vgg16 from torchvision with batch norm: missing: features\.41; surplus: n"):
        translate(arrays, "vgg16")
    with pytest.raises(ValueError, match=r"missing: none; surplus: bn1_1\.weight"):
        load_pretrained(VGG16(**NARROW), VGG16(batch_norm=True, **NARROW).state_dict())


def test_the_other_heads_of_torchvisions_googlenet_are_left_out():
    arrays = made_up("googlenet-bn", "torchvision")
    more = {"aux1.conv.conv.weight": numbers(1), "aux2.fc2.bias": numbers(1)}
    assert translate(arrays | more, "googlenet-bn").keys() == translate(arrays, "googlenet-bn").keys()


def test_a_full_connection_of_another_size_is_refused():
    arrays = made_up("vgg16", "torchvision") | {"classifier.0.weight": numbers(2, 100)}
    with pytest.raises(ValueError, match=r"fc6\.weight has the shape \(2, 100\), expected \(n, 512 \* 7 \* 7\)"):
        translate(arrays, "vgg16")


# --------------------------------------------------------------------------------------------------------- into a net


def test_weights_go_into_a_backbone_and_the_classes_are_dropped():
    net, other = VGG16(**NARROW), VGG16(**NARROW)
    load_pretrained(net, other.state_dict() | {"fc8.weight": numbers(1), "fc8.bias": numbers(1)}, drop=("fc8",))
    for key, array in other.state_dict().items():
        np.testing.assert_array_equal(net.state_dict()[key], array)


def test_a_classifier_takes_convolutions_as_full_connections():
    backbone, classifier = VGG16(**NARROW), build_classifier("vgg16", 4, **NARROW)
    fc8 = {"fc8.weight": numbers(4, 7, 1, 1), "fc8.bias": numbers(4)}
    load_pretrained(classifier, backbone.state_dict() | fc8)
    assert classifier.fc6.weight.shape == (7, 6 * 7 * 7)
    np.testing.assert_array_equal(classifier.fc6.weight.data.ravel(), backbone.fc6.weight.data.ravel())
    load_pretrained(backbone, classifier.state_dict(), drop=("fc8",))
    assert backbone.fc6.weight.shape == (7, 6, 7, 7)


def test_layers_that_nobody_has_weights_for_are_kept():
    net, before = VGG16(**NARROW), VGG16(**NARROW).state_dict()
    net.load_state_dict(before)
    convolutions = {key: array + 1 for key, array in before.items() if key.startswith("conv")}
    load_pretrained(net, convolutions, keep=("fc6", "fc7"))
    for key, array in net.state_dict().items():
        np.testing.assert_array_equal(array, convolutions.get(key, before[key]))


def test_how_many_batches_a_batch_norm_has_seen_may_be_missing_and_nothing_else_of_it():
    net, other = VGG16(batch_norm=True, **NARROW), VGG16(batch_norm=True, **NARROW)
    arrays = {key: array for key, array in other.state_dict().items() if not key.endswith("num_batches_tracked")}
    load_pretrained(net, arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(net.state_dict()[key], array)
    del arrays["bn2_1.running_var"]
    with pytest.raises(ValueError, match=r"missing: bn2_1\.running_var; surplus: none"):
        load_pretrained(net, arrays)


@pytest.mark.parametrize("options, change, message", [
    ({}, ("fc7.bias", None), "missing: fc7.bias; surplus: none"),
    ({}, ("fc8.bias", numbers(1)), "missing: none; surplus: fc8.bias"),
    ({"keep": ("fc6",)}, ("fc7.bias", None), "missing: fc7.bias; surplus: fc6.weight, fc6.bias"),
    ({}, ("conv1_1.weight", numbers(2, 3, 5, 5)), "conv1_1.weight"),
])  # fmt: skip
def test_what_does_not_fit_a_net_is_named_and_nothing_is_loaded(options, change, message):
    net = VGG16(**NARROW)
    before = net.state_dict()
    arrays = {key: array + 1 for key, array in before.items()} | {change[0]: change[1]}
    with pytest.raises(ValueError, match=message):
        load_pretrained(net, {key: array for key, array in arrays.items() if array is not None}, **options)
    for key, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[key])
