"""Image and label move together. The proof: the image IS the label, so the two must be equal after any chain of
transforms.
"""

import numpy as np
import pytest

from minifcn.data import (
    Compose,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomScale,
    RandomShift,
    RandomVerticalFlip,
)

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


@pytest.mark.parametrize("transform", [*MOVES.values(), RandomScale(0.5, 2)])
def test_labels_get_no_new_values_but_255(transform):
    image, label = twins()
    label = label // 60 * 3                                              # 0, 3, 6, 9: nothing in between may appear
    for seed in range(20):
        moved = transform(image, label, np.random.default_rng(seed))[1]
        assert set(np.unique(moved)) <= {*np.unique(label), 255}


@pytest.mark.parametrize("transform", [*MOVES.values(), RandomScale(0.5, 2), Normalize((1, 2, 3), (4, 5, 6))])
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
    (lambda: Normalize((0, 0, 0), (1, 0, 1)), "Normalize: mean is"),
    (lambda: Normalize((0, 0), (1, 1, 1)),    "Normalize: mean is"),
])
def test_wrong_arguments_are_told(make, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        make()
