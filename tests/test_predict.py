"""Prediction: label maps of any image, tiles without seams. labelling/ has the tests of files."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest
from PIL import Image

from minifcn import nn
from minifcn.functional import pad
from minifcn.models.catalogue import SEGMENTATION, Zeros, build
from minifcn.models.footprint import footprint
from minifcn.models.summary import coarsest_field
from minifcn.predict import (
    choose_tiling,
    class_scores,
    predict,
    predict_tiled,
    relative_slice,
    tile_spans,
)
from minifcn.tensor import tensor

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.2, 0.3)
SIZES = [(1, 1), (33, 70), (500, 300)]


class SmallNet(nn.Module):
    """Two stages with batch norm, stride 4, bilinear upsampling; pads and crops to take any size."""

    def __init__(self, seed=0):
        g = np.random.default_rng(seed)
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, generator=g)
        self.bn1 = nn.BatchNorm2d(4)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1, generator=g)
        self.bn2 = nn.BatchNorm2d(6)
        self.pool2 = nn.MaxPool2d(2, 2)
        self.drop = nn.Dropout(0.5)
        self.score = nn.Conv2d(6, 5, 3, padding=1, generator=g)
        self.upscore = nn.ConvTranspose2d(5, 5, 8, stride=4, padding=2, bias=False, generator=g)
        for bn in (self.bn1, self.bn2):
            bn.running_mean.data[:] = g.normal(size=bn.num_features)
            bn.running_var.data[:] = g.uniform(0.5, 2, size=bn.num_features)
        self.seen = []                                                        # the sizes of its inputs

    def forward(self, x):
        h, w = x.shape[2:]
        self.seen.append((h, w))
        x = pad(x, (0, -w % 4, 0, -h % 4))
        x = self.pool1(self.bn1(self.conv1(x)))
        x = self.pool2(self.bn2(self.conv2(x)))
        return self.upscore(self.score(self.drop(x)))[:, :, :h, :w]


def picture(size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def agree(label, scores):
    """Equal labels, except where the two best scores are equal up to rounding."""
    best = np.sort(scores, axis=0)[-2:]
    clear = best[1] - best[0] > 1e-4
    assert clear.mean() > 0.95
    np.testing.assert_array_equal(label[clear], scores.argmax(0)[clear])


# One piece ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_of_any_size_gets_a_label_map_of_its_size(size):
    label = predict(SmallNet(), picture(size), MEAN, STD)
    assert label.shape == size and label.dtype == np.uint8 and label.max() < 5


def test_a_normalised_array_and_its_picture_give_the_same():
    image = picture((33, 70))
    x = ((image / 255 - MEAN) / STD).transpose(2, 0, 1)                       # float64
    np.testing.assert_allclose(class_scores(SmallNet(), x), class_scores(SmallNet(), image, MEAN, STD), atol=1e-5)


def test_the_net_is_in_evaluation_mode_and_gets_every_mode_back():
    net = SmallNet().train()
    net.bn2.eval()                                                            # frozen by its owner
    first = class_scores(net, picture((20, 20)), MEAN, STD)
    np.testing.assert_array_equal(first, class_scores(net, picture((20, 20)), MEAN, STD))  # no dropout, no moments
    assert net.training and net.bn1.training and not net.bn2.training


def test_modes_come_back_after_an_error():
    net = SmallNet().train()
    with pytest.raises(ValueError):
        predict(net, np.zeros((4, 20, 20), np.float32))                       # 4 channels
    assert net.training


class Gate(nn.Module):
    """Lets an image through when all threads that share the net, `parties` of them, have come here; twice."""

    def __init__(self, parties):
        self.barrier = threading.Barrier(parties, timeout=300)

    def forward(self, x):
        for _ in range(2):
            self.barrier.wait()
        return x


def test_while_threads_predict_no_module_changes_its_mode():
    net, image = SmallNet().train(), picture((8, 8))
    net.bn2.eval()
    gated = nn.Sequential(Gate(3), net)
    modes = {name: module.training for name, module in gated.named_modules()}
    threads = [threading.Thread(target=predict, args=(gated, image, MEAN, STD)) for _ in range(2)]
    for thread in threads:
        thread.start()
    gated[0].barrier.wait()                                                   # now both are inside of predict
    during = {name: module.training for name, module in gated.named_modules()}
    gated[0].barrier.wait()
    for thread in threads:
        thread.join()
    assert during == modes == {name: module.training for name, module in gated.named_modules()}


def test_threads_that_share_a_training_net_get_the_scores_of_one_alone():
    net, images = SmallNet().train(), [picture((20, 20), seed) for seed in range(4)]
    expected, before = [class_scores(net, image, MEAN, STD) for image in images], net.state_dict()
    same = {"initializer": numba.set_num_threads, "initargs": (numba.get_num_threads(),)}
    with ThreadPoolExecutor(4, **same) as pool:                               # the number is each Python thread's own
        found = list(pool.map(lambda image: class_scores(net, image, MEAN, STD), 25 * images))
    assert all(np.array_equal(scores, expected[k % 4]) for k, scores in enumerate(found))
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items()) and net.training


def test_a_float64_net_predicts_in_float64():
    assert class_scores(SmallNet().to("float64"), picture((5, 6)), MEAN, STD).dtype == np.float64


@pytest.mark.parametrize("image, words", [
    (np.zeros((8, 8), np.uint8), "expected uint8 (H, W, 3)"),
    (np.zeros((8, 8, 4), np.uint8), "expected uint8 (H, W, 3)"),
    (np.zeros((3, 8, 8), int), "expected uint8 (H, W, 3)"),
    (np.zeros((0, 8, 3), np.uint8), "has no pixels"),
    (np.full((3, 8, 8), np.nan, np.float32), "192 values that are NaN"),
    (np.zeros((8, 8, 3), np.uint8), "mean and std are needed"),
])
@pytest.mark.parametrize("function", [predict, predict_tiled])
def test_a_wrong_image_is_reported_in_one_sentence(function, image, words):
    with pytest.raises(ValueError) as error:
        function(SmallNet(), image)
    assert words in str(error.value)


@pytest.mark.parametrize("image", [Image.new("RGB", (8, 8)), tensor(np.zeros((3, 8, 8))), [[[0.0]]], "photo.jpg"])
@pytest.mark.parametrize("function", [predict, predict_tiled])
def test_an_image_that_is_not_an_array_is_reported_in_one_sentence(function, image):
    with pytest.raises(TypeError, match=f"predict: the image is {type(image).__name__}, expected a NumPy array"):
        function(SmallNet(), image, MEAN, STD)


@pytest.mark.parametrize("classes, fits", [(255, True), (256, False)])
def test_a_net_with_more_classes_than_a_label_map_can_hold_is_reported(classes, fits):
    net = nn.Conv2d(3, classes, 1)
    net.bias.data[-1] = 1e9
    if fits:
        assert (predict(net, picture((2, 2)), MEAN, STD) == classes - 1).all()
        return
    with pytest.raises(ValueError, match="predict: the net has 256 classes, expected at most 255"):
        predict(net, picture((2, 2)), MEAN, STD)


# Tiles ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [*SIZES, (64, 65), (129, 40)])
def test_tiles_give_the_labels_of_the_whole_image(size):
    net, image = SmallNet(), picture(size)
    label = predict_tiled(net, image, MEAN, STD, tile=64)
    agree(label, class_scores(net, image, MEAN, STD))


def test_the_scores_of_every_tile_are_those_of_the_whole_image_also_at_its_borders():
    net, image = SmallNet(), picture((131, 90))
    whole = class_scores(net, image, MEAN, STD)
    tile, margin = choose_tiling(net, 64, None)
    for y, keep_y in tile_spans(131, tile, margin):
        for x, keep_x in tile_spans(90, tile, margin):
            part = class_scores(net, image[y, x], MEAN, STD)[:, relative_slice(keep_y, y), relative_slice(keep_x, x)]
            np.testing.assert_allclose(part, whole[:, keep_y, keep_x], atol=1e-5)


def test_without_a_margin_there_are_seams():
    net, image = SmallNet(), picture((128, 128))
    whole = predict(net, image, MEAN, STD)
    assert (predict_tiled(net, image, MEAN, STD, tile=32, margin=0) != whole).any()


def test_tiles_of_a_normalised_array():
    net = SmallNet()
    x = np.random.default_rng(0).standard_normal((3, 100, 150)).astype(np.float32)
    agree(predict_tiled(net, x, tile=64), class_scores(net, x))


def test_the_net_never_sees_more_than_a_tile():
    net = SmallNet()
    predict_tiled(net, picture((500, 300)), MEAN, STD, tile=64)
    assert max(max(size) for size in net.seen) == 64


def test_a_small_image_is_one_tile():
    net = SmallNet()
    predict_tiled(net, picture((500, 300)), MEAN, STD)
    assert net.seen == [(500, 300)]


@pytest.mark.parametrize("length", [1, 7, 63, 64, 65, 100, 1000])
@pytest.mark.parametrize("tile, margin", [(64, 16), (64, 0), (36, 16)])
def test_tiles_start_on_the_grid_and_keep_every_pixel_once(length, tile, margin):
    kept = []
    for seen, keep in tile_spans(length, tile, margin):
        assert seen.start % 4 == 0 and 0 < seen.stop - seen.start <= tile and seen.stop <= length
        assert keep.start - seen.start >= margin or seen.start == 0
        assert seen.stop - keep.stop >= margin or seen.stop == length
        kept += range(keep.start, keep.stop)
    assert kept == list(range(length))


def test_the_footprint_bounds_what_a_pixel_sees():
    net = SmallNet()
    stride, margin = footprint(net)
    image = np.zeros((3, 128, 128), np.float32)
    before = class_scores(net, image)
    image[:, 62, 67] = 50
    _, ys, xs = np.nonzero(class_scores(net, image) != before)
    reach = max(np.abs(ys - 62).max(), np.abs(xs - 67).max())
    assert stride == 4
    assert reach <= margin <= reach + 2 * stride                              # and is not much larger


def random_fcn8s(geometry):
    """A narrow FCN-8s whose score layers are not zero, as if it were trained."""
    rng = np.random.default_rng(0)
    net = build("fcn8s", 4, geometry=geometry, widths=(4, 4, 4, 4, 4), head=8, generator=rng)
    for layer in (net.score_fr, net.score_pool4, net.score_pool3):
        nn.init.kaiming_normal_(layer.weight, generator=rng)
    return net


@pytest.mark.parametrize("geometry, margin", [("aligned", 160), ("caffe", 224)])
def test_tiles_of_a_real_net_have_no_seams_in_either_geometry(geometry, margin):
    net, image = random_fcn8s(geometry), picture((2 * margin + 200, 50))
    assert footprint(net) == (32, margin)                                     # caffe: fc6 is 7x7
    whole = class_scores(net, image, MEAN, STD)
    for rows, keep in tile_spans(len(image), 2 * margin + 64, margin):
        part = class_scores(net, image[rows], MEAN, STD)[:, relative_slice(keep, rows)]
        np.testing.assert_allclose(part, whole[:, keep], atol=1e-5)


def test_a_smaller_margin_than_the_footprint_has_seams():
    net, image = random_fcn8s("aligned"), picture((400, 50))
    whole = class_scores(net, image, MEAN, STD)
    errors = [np.abs(class_scores(net, image[rows], MEAN, STD)[:, relative_slice(keep, rows)] - whole[:, keep]).max()
              for rows, keep in tile_spans(400, 192, 64)]
    assert max(errors) > 1e-3


def random_net(name, backbone="small", **options):
    """A net of the catalogue none of whose scores are zero."""
    rng = np.random.default_rng(0)
    if name == "fcn8s":
        net = build(name, 4, backbone=backbone, generator=rng, **options)
    else:
        net = build(name, 4, backbone=backbone, generator=rng)
    for key, parameter in net.named_parameters():
        if key.startswith("score"):
            parameter.data[...] = rng.standard_normal(parameter.shape)
    return net.eval()


LOCAL = ("hypercolumn", "deeplab-largefov", "deeplab-aspp", "unet", "attention-unet", "pixelwise")


local_nets = pytest.mark.parametrize("net", [
    *(pytest.param(lambda name=name: random_net(name), id=name) for name in LOCAL),
    pytest.param(lambda: random_net("fcn8s", "resnet18", width=0.05), id="fcn8s over resnet18"),
    pytest.param(lambda: random_net("fcn8s", "squeezenet", width=0.05), id="fcn8s over squeezenet"),
])  # fmt: skip


@local_nets
def test_the_margin_is_how_far_a_pixel_of_the_net_sees(net):
    net = net().to("float64")
    for parameter in net.parameters():
        parameter.data[...] = np.abs(parameter.data)                          # nothing cancels
    stride, margin = footprint(net)
    image, reach = np.ones((3, 2 * margin + 64, 16)), 0
    before = class_scores(net, image)
    for row in range(margin + 16, margin + 16 + stride, max(1, stride // 16)):
        changed = image.copy()
        changed[:, row] += 1
        rows = np.flatnonzero((class_scores(net, changed) != before).any((0, 2)))
        reach = max(reach, row - rows[0], rows[-1] - row)
    assert reach <= margin <= reach + 2 * stride


@local_nets
def test_tiles_of_every_local_net_have_no_seams(net):
    net = net()
    tile, margin = choose_tiling(net, None, None)
    image = picture((2 * margin + 150, 20))
    whole = class_scores(net, image, MEAN, STD)
    for rows, keep in tile_spans(len(image), tile - 512 + 64, margin):
        part = class_scores(net, image[rows], MEAN, STD)[:, relative_slice(keep, rows)]
        np.testing.assert_allclose(part, whole[:, keep], atol=1e-5 * max(1, np.abs(whole).max()))


@pytest.mark.parametrize("name", SEGMENTATION)
def test_tiles_start_on_the_grid_of_the_coarsest_map(name):
    net = build(name, 4, backbone="small", generator=Zeros())
    stride, margin = footprint(net)
    field = coarsest_field(net)
    sees = 0 if field.size == math.inf else field.size                        # no margin replaces a mean over all
    assert stride == field.stride and margin >= sees / 2 - 1 and margin % stride == 0


def test_a_net_whose_layers_do_not_add_up_must_be_given_sizes():
    net = nn.Sequential(nn.Conv2d(3, 5, 3, stride=2, padding=1))
    with pytest.raises(ValueError, match="end with a stride of 2"):
        predict_tiled(net, picture((8, 8)), MEAN, STD)
    assert choose_tiling(net, 9, 3) == (9, 3)


class OwnNet(nn.Module):
    """Layers in a part of a kind that is not the library's."""

    def __init__(self, part):
        self.backbone, self.score = part, nn.Conv2d(3, 5, 1)


def test_the_footprint_of_ones_own_net_needs_no_backbone_of_the_librarys():
    assert footprint(OwnNet(nn.Sequential(nn.Conv2d(3, 3, 5, padding=2), nn.ReLU()))) == (1, 2)
    assert footprint(OwnNet(nn.Conv2d(3, 3, 3, padding=1))) == (1, 1)


@pytest.mark.parametrize("part", [nn.ModuleList([nn.Conv2d(3, 3, 5)]), nn.Sequential(OwnNet(nn.ReLU()))], ids=["list", "own"])
def test_a_net_that_hides_layers_in_parts_of_its_own_must_be_given_sizes(part):
    net = OwnNet(part)
    with pytest.raises(ValueError, match=r"footprint: how \w+ uses its layers is not known; give tile and margin yourself"):
        predict_tiled(net, picture((8, 8)), MEAN, STD)
    assert choose_tiling(net, 9, 3) == (9, 3)


def test_a_backbone_with_no_layers_behind_it_has_a_footprint_too():
    net = build("deeplab-v3", 4, backbone="small", generator=Zeros())
    bare = nn.Module()
    bare.backbone = net.backbone
    assert footprint(bare)[0] == footprint(net)[0]


@pytest.mark.parametrize("tile, margin, words", [
    (66, None, "expected multiples of 4"),
    (66, 16, "tile is 66 and margin is 16, expected multiples of 4"),
    (64, 10, "tile is 64 and margin is 10, expected multiples of 4"),
    (None, 10, "expected multiples of 4"),
    (64, 32, "more than two margins"),
    (64, -4, "margin of at least 0"),
    (16, None, "more than two margins"),
])
def test_impossible_tiles_are_reported_in_one_sentence(tile, margin, words):
    with pytest.raises(ValueError, match=words):
        predict_tiled(SmallNet(), picture((8, 8)), MEAN, STD, tile, margin)
