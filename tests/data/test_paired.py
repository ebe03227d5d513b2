"""Samples of pairs of files: crops, whole images and windows show the pixels of the files, each with its label."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from minifcn.data.dataset import sample_rng
from minifcn.data.images import ImageError, to_input, write_image
from minifcn.data.module import DataModule
from minifcn.data.own.description import Description
from minifcn.data.own.masks import read_mask
from minifcn.data.paired import PairDataset, windows
from minifcn.data.transforms import RandomCrop

DESCRIPTION = Description([str(n) for n in range(200)])
RNG = np.random.default_rng(0)


def read_label(path):
    return read_mask(path, DESCRIPTION)


def data(**attributes):
    return type("Mine", (DataModule,), {"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.4)} | attributes)()


@pytest.fixture
def pairs(tmp_path):
    """Two pairs of 20 x 30 and 50 x 40 pixels, whose labels are the red of their pixels."""
    made = []
    for name, size in (("a", (20, 30)), ("b", (50, 40))):
        picture = RNG.integers(0, 200, (*size, 3)).astype(np.uint8)
        pair = SimpleNamespace(name=name, image=tmp_path / f"{name}.png", mask=tmp_path / f"{name}_mask.png")
        write_image(pair.image, picture)
        Image.fromarray(picture[..., 0]).save(pair.mask)
        pair.picture = picture
        made.append(pair)
    return made


def red(image):
    return np.rint((image[0] * 0.2 + 0.4) * 255).astype(int)


def test_whole_images_are_what_to_input_makes_of_them(pairs):
    it = PairDataset(pairs, data(), read_label)
    assert len(it) == 2
    for pair, (image, label) in zip(pairs, it):
        assert image.tobytes() == to_input(pair.picture, it.mean, it.std).tobytes() and label.dtype == np.int64
        assert np.array_equal(label, pair.picture[..., 0])


def test_a_crop_is_random_crops_and_what_is_outside_is_mean_and_ignored(pairs):
    it = PairDataset(pairs, data(), read_label, crop=32)
    for index, whole in enumerate(PairDataset(pairs, data(), read_label)):
        rng = sample_rng(3, 4, index)
        image, label = it.sample(index, rng)
        expected = RandomCrop(32)(*whole, sample_rng(3, 4, index))
        assert np.array_equal(image, expected[0]) and np.array_equal(label, expected[1])
        assert (red(image) == label)[label != 255].all() and (image[:, label == 255] == 0).all()
    assert (it.sample(0, sample_rng(0, 0, 0))[1] == 255).any(), "an image of 20 x 30 does not fill the crop"


def test_an_epoch_has_a_sample_of_each_pair_or_as_many_random_ones_as_are_wanted(pairs):
    it = PairDataset(pairs, data(), read_label, crop=8, length=50)
    assert len(it) == 50
    it.read_label, seen = lambda path: (seen.append(path.name), read_label(path))[1], []
    for index in range(50):
        it.sample(index, sample_rng(0, 0, index))
    assert 10 < seen.count("a_mask.png") < 40


def test_windows_cover_each_pixel_once_and_are_read_from_one_file(pairs):
    it = PairDataset(pairs, data(), read_label, window=32)
    reads = []
    it.read_label = lambda path: (reads.append(path.name), read_label(path))[1]
    samples = [it[k] for k in range(len(it))]
    assert [label.shape for _, label in samples] == [(20, 30), (25, 20), (25, 20), (25, 20), (25, 20)]
    assert reads == ["a_mask.png", "b_mask.png"], "each file is read once"
    assert [it.name(k) for k in range(5)] == ["a", "b (1)", "b (2)", "b (3)", "b (4)"]
    rows = [np.hstack([samples[k][1], samples[k + 1][1]]) for k in (1, 3)]
    assert np.array_equal(np.vstack(rows), pairs[1].picture[..., 0])


@pytest.mark.parametrize("size", [(1, 1), (1024, 1025), (3000, 7)])
def test_windows_are_a_grid_of_nearly_equal_parts(size):
    count, sizes = np.zeros(size, int), []
    for window in windows(size, 1024):
        count[window] += 1
        sizes.append(count[window].shape)
    assert (count == 1).all() and np.ptp(sizes, axis=0).max() <= 1 and np.max(sizes) <= 1024


def test_the_transform_comes_last_and_sees_only_the_generator(pairs):
    it = PairDataset(pairs, data(), read_label, transform=lambda image, label, rng: (image, label * 0 + rng.integers(9)))
    assert (it.sample(0, np.random.default_rng(5))[1] == np.random.default_rng(5).integers(9)).all()


def test_a_mask_of_another_size_is_named_with_both_sizes_and_the_reason(pairs, tmp_path):
    Image.fromarray(pairs[0].picture[:10, :, 0]).save(pairs[0].mask)
    it = PairDataset(pairs, data(), read_label)
    with pytest.raises(ValueError, match=r"a.png has 30 x 20 pixels, but its mask .*a_mask.png has 30 x 10; resize the mask"):
        it[0]
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(pairs[1].picture).save(pairs[1].image, exif=exif)
    with pytest.raises(ValueError, match=r"b.png has 50 x 40 pixels, .* has 40 x 50; the EXIF data of the image turn it"):
        it[1]


def test_sixteen_bits_with_the_range_of_eight_are_refused(pairs):
    Image.fromarray(pairs[0].picture[..., 0].astype(np.uint16) * 9).save(pairs[0].image)
    grey = {"channels": 1, "mean": (0.5,), "std": (0.5,)}
    with pytest.raises(ValueError, match=r"a.png: its values reach 1,\d\d\d, but range is \[0, 255\]; correct range"):
        PairDataset(pairs, data(**grey), read_label)[0]
    image, _ = PairDataset(pairs, data(**grey, value_range=(0, 1800)), read_label)[0]
    assert image.shape == (1, 20, 30) and np.allclose(image[0], (pairs[0].picture[..., 0] / 200 - 0.5) / 0.5, atol=1e-6)


def test_eight_bits_in_the_range_of_sixteen_are_refused(pairs):
    with pytest.raises(ValueError, match=r"a.png: its values have 8 bits, so in the range \[0, 4095\] it is nearly black; correct range"):
        PairDataset(pairs, data(value_range=(0, 4095)), read_label)[0]


def test_a_check_reads_all_headers_and_whole_pairs_evenly_apart_until_it_has_read_enough(pairs, monkeypatch):
    it, read = PairDataset(pairs[:1] * 100, data(), read_label), []
    monkeypatch.setattr(it, "_read", lambda number: (read.append(number), (None, np.zeros((20, 30), np.uint8)))[1])
    assert it.check(most=600 * 10) == ({"0": 6000}, False)
    assert len(read) == 10 and max(np.diff(sorted(read))) <= 20 and min(read) < 20 and max(read) >= 80
    assert it.check() == ({"0": 60_000}, True)
    it.pairs = pairs[:1] * 99 + [SimpleNamespace(name="c", image=pairs[0].image, mask=pairs[1].mask)]
    read.clear()
    it.check(most=0)
    assert read == [99], "only the headers of the others"
    it.check(headers=False, most=0)
    assert read == [99]


def test_a_check_says_what_a_sample_would(pairs):
    it = PairDataset(pairs, data(), read_label)
    counts, all_read = it.check()
    assert all_read and sum(counts.values()) == 20 * 30 + 50 * 40
    pairs[1].image.write_bytes(pairs[1].image.read_bytes()[:-2000])
    for make in it.check, lambda: it[1]:
        with pytest.raises(ImageError, match=r"cannot read .*b.png"):
            make()
