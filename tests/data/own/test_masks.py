"""A mask means what its description says, whatever its file holds; anything else is named with its place."""

import numpy as np
import pytest
from PIL import Image

from minifcn.data.own.description import Description
from minifcn.data.own.masks import distinct, read_codes, read_mask, to_labels

LABELS = np.array([[0, 1, 2], [2, 1, 255]], np.uint8)
ABC = Description(["a", "b", "c"], ignore=[255])
COLOURS = Description(["a", "b"], ["#000000", "#ff0000"], encoding="colours", ignore=["#00ff00"])


def saved(path, array, palette=None, **options):
    image = Image.fromarray(array)
    if palette is not None:
        image.putpalette(palette)
    image.save(path, **options)
    return path


def test_a_palette_file_holds_classes_and_not_colours(tmp_path):
    path = saved(tmp_path / "m.png", LABELS, [255, 0, 0, 1, 1, 1, 0, 0, 0] + [7] * (256 * 3 - 9))
    assert read_mask(path, ABC).tolist() == LABELS.tolist()
    red = Description(["red", "grey"], ["#ff0000", "#010101"], encoding="colours", unknown="ignore")
    assert read_mask(path, red).tolist() == [[0, 1, 255], [255, 1, 255]]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
def test_values_of_any_size_stand_for_classes(tmp_path, kind):
    codes = np.array([0, 100, 7], kind) if kind == np.uint8 else np.array([0, 40000, 300], kind)
    array = codes[[[0, 1], [2, 1]]]
    description = Description(["a", "b"], values=[0, [int(codes[1]), 9]], ignore=[int(codes[2])])
    path = saved(tmp_path / ("m.tif" if kind == np.int32 else "m.png"), array)
    assert read_mask(path, description).tolist() == [[0, 1], [255, 1]]
    np.save(tmp_path / "m.npy", array.astype(np.int64)[..., None])
    assert read_mask(tmp_path / "m.npy", description).tolist() == [[0, 1], [255, 1]]


def test_one_bit_a_grey_rgb_file_whole_floats_and_huge_or_negative_numbers_are_values(tmp_path):
    assert read_mask(saved(tmp_path / "1.png", LABELS > 0), ABC).tolist() == (LABELS > 0).tolist()
    assert read_mask(saved(tmp_path / "rgb.png", np.stack([LABELS] * 3, 2)), ABC).tolist() == LABELS.tolist()
    np.save(tmp_path / "f.npy", LABELS.astype(np.float32))
    assert read_mask(tmp_path / "f.npy", ABC).tolist() == LABELS.tolist()
    np.save(tmp_path / "n.npy", np.array([[-1, 10**9]]))
    assert read_mask(tmp_path / "n.npy", Description(["a"], values=[-1], ignore=[10**9])).tolist() == [[0, 255]]


def test_colours_are_looked_up_and_may_be_ignored_or_rounded(tmp_path):
    rgb = np.array([[[0, 0, 0], [255, 0, 0]], [[0, 255, 0], [200, 30, 9]]], np.uint8)
    path = saved(tmp_path / "m.png", rgb)
    with pytest.raises(ValueError, match=r"m.png: the colour #c81e09 at row 1, column 1 is no class \(1 pixel, 25 %\); add it"):
        read_mask(path, COLOURS)
    for unknown, label in (("ignore", 255), ("nearest", 1)):
        description = Description(["a", "b"], COLOURS.colours, encoding="colours", ignore=["#00ff00"], unknown=unknown)
        assert read_mask(path, description).tolist() == [[0, 1], [255, label]]


def test_a_jpeg_is_rounded_to_the_nearest_value(tmp_path):
    truth = np.kron(np.array([[0, 255], [255, 0]]), np.ones((8, 8))).astype(np.uint8)
    path = saved(tmp_path / "m.jpg", np.roll(truth, 3, 1), quality=60)
    assert len(np.unique(read_codes(path))) > 2
    nearest = Description(["a", "b"], values=[0, 255], unknown="nearest")
    assert (read_mask(path, nearest) == np.roll(truth, 3, 1) // 255).all()


def test_transparency_is_a_mask(tmp_path):
    alpha = np.array([[0, 255], [255, 0]], np.uint8)
    path = saved(tmp_path / "m.png", np.dstack([np.full((2, 2, 3), 9, np.uint8), alpha]))
    assert read_mask(path, Description(["a", "b"], encoding="alpha")).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match=r'o.png: it has no transparency \(mode L\); correct dataset.toml, .*"values"'):
        read_mask(saved(tmp_path / "o.png", alpha), Description(["a", "b"], encoding="alpha"))


def test_an_unknown_value_is_named_with_its_place_and_share(tmp_path):
    with pytest.raises(ValueError) as caught:
        read_mask(saved(tmp_path / "m.png", LABELS), Description(["a", "b"]))
    assert str(caught.value).startswith(
        f"{tmp_path / 'm.png'}: the value 2 at row 0, column 2 is no class (2 pixels, 33.3 %), like 1 other value; add it"
    )


def test_labels_that_begin_with_1_are_told_from_an_unknown_value(tmp_path):
    for count, first, values in [(3, 1, "[1, 2, 3]"), (19, 1, "[1, 2, ..., 19]"), (3, 2, None)]:
        path = saved(tmp_path / "m.png", np.arange(first, count + first, dtype=np.uint8)[None])
        with pytest.raises(ValueError, match="is no class") as caught:
            read_mask(path, Description([f"c{k}" for k in range(count)]))
        wanted = f"ignore in dataset.toml, or if the labels begin with 1, say values = {values}"
        assert str(caught.value).endswith(wanted) == (values is not None)


def test_a_file_of_another_kind_is_refused_with_what_it_has(tmp_path):
    rgb = saved(tmp_path / "m.png", np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    with pytest.raises(ValueError, match=r'it has 3 channels \(RGB\), so not one value a pixel; .*encoding = "colours"'):
        read_mask(rgb, ABC)
    np.save(tmp_path / "half.npy", LABELS + 0.5)
    with pytest.raises(ValueError, match=r"half.npy: it holds numbers that are not whole"):
        read_mask(tmp_path / "half.npy", ABC)
    np.save(tmp_path / "big.npy", LABELS.astype(np.int64) * 1000)
    with pytest.raises(ValueError, match=r"big.npy: it holds int64 .*, so no colours of 8 bits"):
        read_mask(tmp_path / "big.npy", COLOURS)
    (tmp_path / "cut.png").write_bytes(rgb.read_bytes()[:45])
    with pytest.raises(ValueError, match=r"cannot read .*cut.png"):
        read_mask(tmp_path / "cut.png", ABC)


def test_a_turned_mask_is_upright(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    assert read_mask(saved(tmp_path / "m.png", LABELS, exif=exif), ABC).tolist() == np.rot90(LABELS, -1).tolist()


def test_every_number_of_255_classes_is_found_both_by_table_and_by_search():
    rng = np.random.default_rng(0)
    for most in (2**16, 2**40):
        values = rng.choice(most, 255, replace=False)
        labels = rng.integers(0, 255, (9, 11))
        description = Description([str(n) for n in range(255)], values=values.tolist())
        assert (to_labels(values[labels], description, "m") == labels).all()
        assert (distinct(values[labels]) == np.unique(values[labels])).all()
