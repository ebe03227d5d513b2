"""Image and label move together. The proof: the image IS the label, so the two must be equal after any chain of
transforms.
"""

import re

import numpy as np
import pytest

from minifcn.data import (
    ColorJitter,
    Compose,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomScale,
    RandomShift,
    RandomVerticalFlip,
)
from minifcn.data.augment import STRENGTHS, augmentation
from minifcn.data.catalogue import open_data

H, W = 13, 18


def twins(height=H, width=W):
    """A label map with every pixel its own number, and an image whose three channels are that map."""
    label = np.arange(height * width).reshape(height, width) % 255
    return np.repeat(label[None].astype(np.float32), 3, axis=0), label


MOVES = {
    "mirror left-right": RandomHorizontalFlip(),
    "mirror top-bottom": RandomVerticalFlip(),
    "shift":             RandomShift(5, fill=255),
    "shift far":         RandomShift(40, fill=255),
    "crop":              RandomCrop((7, 9), fill=255),
    "crop, padded":      RandomCrop((30, 10), fill=255),
    "all": Compose([RandomVerticalFlip(), RandomShift(4, fill=255), RandomCrop(16, fill=255), RandomHorizontalFlip()]),
}


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("seed", range(20))
def test_image_and_label_move_together(name, seed):
    image, label = MOVES[name](*twins(), np.random.default_rng(seed))
    assert image.shape == (3, *label.shape) and image.dtype == np.float32 and label.dtype == np.int64
    assert (image == label).all()


@pytest.mark.parametrize("seed", range(20))
def test_scaled_image_and_label_agree_to_half_a_pixel(seed):
    x = np.tile(np.arange(W), (H, 1))
    y = np.tile(np.arange(H)[:, None], (1, W))
    for ramp in x, y:
        image, label = RandomScale(0.4, 2.5)(ramp[None].astype(np.float32), ramp, np.random.default_rng(seed))
        assert abs(image[0] - label).max() <= 0.5 + 1e-5


def test_scaled_image_is_bilinear_as_in_torch():
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(0).random((3, H, W), np.float32)
    for factor in 0.5, 0.7, 1.0, 1.6, 2.0:
        ours, label = RandomScale(factor, factor)(image, twins()[1], np.random.default_rng(0))
        resized = torch.nn.functional.interpolate(torch.tensor(image)[None], label.shape, mode="bilinear")[0]
        assert label.shape == (round(H * factor), round(W * factor))
        assert np.allclose(ours, resized.numpy(), atol=1e-6)


@pytest.mark.parametrize("transform", [*MOVES.values(), RandomScale(0.5, 2), RandomRotation(180)])
def test_labels_get_no_new_values_but_255(transform):
    image, label = twins()
    label = label // 60 * 3                                              # 0, 3, 6, 9: nothing in between may appear
    for seed in range(20):
        moved = transform(image, label, np.random.default_rng(seed))[1]
        assert set(np.unique(moved)) <= {*np.unique(label), 255}


@pytest.mark.parametrize("transform", [*MOVES.values(), RandomScale(0.5, 2), RandomRotation(180),
                                       ColorJitter(0.5, 0.5, 0.5, (1, 2, 3), (4, 5, 6)),
                                       Normalize((1, 2, 3), (4, 5, 6))])  # fmt: skip
def test_a_transform_is_fixed_by_the_generator_and_never_writes_its_input(transform):
    image, label = twins()
    image.flags.writeable = label.flags.writeable = False
    for seed in range(5):
        first  = transform(image, label, np.random.default_rng(seed))
        second = transform(image, label, np.random.default_rng(seed))
        assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert (image == twins()[0]).all() and (label == twins()[1]).all()


def test_a_shift_is_at_most_max_shift_and_reaches_it():
    image, label = np.zeros((3, 9, 9), np.float32), np.zeros((9, 9), int)
    label[4, 4] = 1
    places = {tuple(np.argwhere(RandomShift(2)(image, label, np.random.default_rng(s))[1] == 1)[0]) for s in range(400)}
    assert places == {(y, x) for y in range(2, 7) for x in range(2, 7)}


def test_a_crop_reaches_every_place():
    image, label = twins(5, 6)
    corners = {RandomCrop((3, 3))(image, label, np.random.default_rng(s))[1][0, 0] for s in range(300)}
    assert corners == set(label[:3, :4].ravel())


def test_a_padded_crop_keeps_the_whole_image():
    image, label = twins()
    for seed in range(10):
        crop = RandomCrop((20, 25))(image, label, np.random.default_rng(seed))[1]
        assert crop.shape == (20, 25) and (crop[crop != 255] == label.ravel()).all()


def test_normalize_gives_mean_0_and_deviation_1():
    image = np.random.default_rng(0).random((3, 40, 50), np.float32) * 7 + 3
    normal, _ = Normalize(image.mean((1, 2)), image.std((1, 2)))(image, None, None)
    assert normal.dtype == np.float32
    assert np.allclose(normal.mean((1, 2)), 0, atol=1e-5) and np.allclose(normal.std((1, 2)), 1, atol=1e-5)


def test_normalize_refuses_whole_numbers_in_which_std_would_become_0():
    with pytest.raises(TypeError, match="^Normalize: the image is uint8 but must be float32; divide it by 255 first"):
        Normalize((0.4, 0.4, 0.4), (0.2, 0.2, 0.2))(np.full((3, 2, 2), 128, np.uint8), None, None)


@pytest.mark.parametrize("make, sentence", [
    (lambda: RandomHorizontalFlip(1.5),       "RandomHorizontalFlip: p is 1.5"),
    (lambda: RandomVerticalFlip(-1),          "RandomVerticalFlip: p is -1"),
    (lambda: RandomShift(-3),                 "RandomShift: max_shift is -3"),
    (lambda: RandomCrop(0),                   "RandomCrop: size is 0"),
    (lambda: RandomCrop((3, 4, 5)),           "RandomCrop: size is"),
    (lambda: RandomCrop(2.5),                 "RandomCrop: size is 2.5"),
    (lambda: RandomCrop("large"),             "RandomCrop: size is 'large'"),
    (lambda: RandomScale(0, 1),               "RandomScale: the factors are 0 and 1"),
    (lambda: RandomScale(2, 1),               "RandomScale: the factors are 2 and 1"),
    (lambda: RandomRotation(-1),              "RandomRotation: degrees is -1"),
    (lambda: RandomRotation((3, 1)),          r"RandomRotation: degrees is \(3, 1\)"),
    (lambda: ColorJitter(contrast=-0.1),      "ColorJitter: contrast is -0.1"),
    (lambda: Normalize((0, 0, 0), (1, 0, 1)), "Normalize: mean is"),
    (lambda: Normalize((0, 0), (1, 1, 1)),    "Normalize: mean is"),
])
def test_wrong_arguments_are_told(make, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        make()


# Rotation and colour --------------------------------------------------------------------------------------------------


def turned(degrees, image, label, **options):
    return RandomRotation((degrees, degrees), **options)(image, label, np.random.default_rng(0))


def test_a_quarter_turn_is_numpys_and_counter_clockwise():
    image, label = twins(13, 13)
    for k in range(4):
        moved, truth = turned(90 * k, image, label)
        np.testing.assert_array_equal(truth, np.rot90(label, k))
        np.testing.assert_allclose(moved[0], np.rot90(image[0], k), atol=1e-3)


def test_a_turned_image_is_bilinear_as_in_torch():
    torch = pytest.importorskip("torch")
    image, a = np.random.default_rng(0).random((3, H, W)), np.deg2rad(20)
    ours, label = turned(20, image, np.zeros((H, W), int))
    matrix = torch.tensor([[np.cos(a), -np.sin(a) * H / W, 0], [np.sin(a) * W / H, np.cos(a), 0]])[None]
    grid = torch.nn.functional.affine_grid(matrix, (1, 3, H, W), align_corners=False)
    for found, mode, given in (ours, "bilinear", image), (1.0 * (label == 0), "nearest", np.ones((1, H, W))):
        theirs = torch.nn.functional.grid_sample(torch.tensor(given)[None], grid, mode, align_corners=False)[0]
        np.testing.assert_allclose(found, theirs.numpy().reshape(found.shape), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_turned_image_and_its_label_agree_to_a_pixel_and_outside_is_ignored(seed):
    x, y = np.tile(np.arange(W), (H, 1)), np.tile(np.arange(H)[:, None], (1, W))
    for ramp in x, y:
        both = np.stack([ramp, np.ones((H, W))]).astype(np.float32)
        (image, share), label = RandomRotation(180)(both, ramp, np.random.default_rng(seed))
        whole = share > 1 - 1e-5                                         # the rest is blended with the fill
        assert abs(image - label)[whole].max() <= 0.5 + 1e-4
        assert not image[share == 0].any() and (label[share < 0.2] == 255).all() and (label[whole] != 255).all()
        assert 0 < whole.mean() < 1


RGB, SCALE = np.random.default_rng(0).random((3, H, W)).astype(np.float32), {"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.4)}


def normal(rgb):
    return Normalize(**SCALE)(rgb, None, None)[0]


@pytest.mark.parametrize(("strength", "expected"), [
    ({"brightness": 1}, lambda f, grey: f * RGB),
    ({"contrast": 1}, lambda f, grey: f * RGB + (1 - f) * grey.mean()),
    ({"saturation": 1}, lambda f, grey: f * RGB + (1 - f) * grey),
])  # fmt: skip
def test_colours_change_in_the_scale_of_the_picture_by_a_factor_around_1(strength, expected):
    grey = 0.299 * RGB[0] + 0.587 * RGB[1] + 0.114 * RGB[2]
    for seed in range(5):
        ours, _ = ColorJitter(**strength, **SCALE)(normal(RGB), None, np.random.default_rng(seed))
        rgb = ours * np.reshape(SCALE["std"], (3, 1, 1)) + np.reshape(SCALE["mean"], (3, 1, 1))
        fits = [np.abs(rgb - np.clip(expected(f, grey), 0, 1)).max() for f in np.linspace(0, 2, 2001)]
        assert min(fits) < 2e-3 and ours.dtype == np.float32
    assert ColorJitter()(RGB, None, np.random.default_rng(0))[0] == pytest.approx(RGB, abs=1e-6)


@pytest.mark.parametrize("channels", [1, 4])
def test_images_of_other_channels_have_no_saturation_to_change(channels):
    image = np.random.default_rng(0).random((channels, 5, 4)).astype(np.float32)
    same, _ = ColorJitter(saturation=1)(image, None, np.random.default_rng(0))
    np.testing.assert_allclose(same, image, atol=1e-6)
    assert not np.allclose(ColorJitter(0.9, 0.9)(image, None, np.random.default_rng(0))[0], image, atol=1e-3)


# By name --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 8, 30])
def test_whatever_is_done_the_size_stays(size):
    image, label = twins()
    for text in *STRENGTHS, "none", ",".join(STRENGTHS), "scale:0.3-0.3", "scale:3-3,rotate:90":
        moved, truth = augmentation(text, size)(image, label, np.random.default_rng(0))
        assert truth.shape == ((size, size) if size else label.shape) and moved.shape == (3, *truth.shape)
        assert moved.dtype == np.float32 and truth.dtype == np.int64


def test_names_make_the_transforms_with_their_strengths_in_one_order():
    moves = augmentation("colour:0.2, mirror,shift:5,scale:0.75-1.5,rotate,flip", 8, 0.5, 0.25).transforms
    assert [type(move).__name__ for move in moves] == [
        "RandomScale", "RandomRotation", "RandomShift", "RandomHorizontalFlip", "RandomVerticalFlip", "ColorJitter"
    ]  # fmt: skip
    assert (moves[0].low, moves[0].high, moves[1].degrees, moves[2].max_shift) == (0.75, 1.5, (-10, 10), 5)
    assert moves[5].strengths == dict.fromkeys(("brightness", "contrast", "saturation"), 0.2) and moves[5].mean == 0.5


@pytest.mark.parametrize(("text", "sentence"), [
    ("miror", "augment is 'miror', but there is no 'miror'; did you mean mirror?"),
    ("mirror,", "but there is no '', expected one of scale, rotate, shift, mirror, flip, colour, none"),
    ("flip,flip", "which has flip twice"), ("flip:2", "but flip has no strength; leave out :2"),
    ("scale:2", "but the strength of scale is two factors such as 0.5-2, not '2'"),
    ("scale:2-1", "the factors of scale must rise"), ("scale:0-1", "the factors of scale must rise"),
    ("rotate:-5", "the strength of rotate is the largest angle, in degrees, not '-5'"), ("shift:x", "not 'x'"),
    ("colour:1.5", "from 0 to 1, not '1.5'"), ("shift:inf", "not 'inf'"), ("none,flip", "none stands alone"),
])  # fmt: skip
def test_names_that_are_no_augmentation_are_told(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        augmentation(text, 8)


def test_an_augmentation_replaces_the_one_of_the_data_set():
    data = open_data("shapes", 32, 4)
    plain, flipped = data.train("none"), data.train("flip")
    changed = []
    for i in range(4):
        (a, label), (b, mirrored) = plain[i], flipped[i]
        changed.append(not np.array_equal(label, mirrored))
        assert np.array_equal(a, b[:, ::-1] if changed[-1] else b)
    assert any(changed) and np.array_equal(data.train()[0][1], plain[0][1])
    colour = data.train("colour").transform.transforms[0]
    np.testing.assert_allclose([colour.mean.ravel(), colour.std.ravel()], [data.mean, data.std], rtol=1e-6)
