"""The contact sheet: the pairs that show the most, all names and shares in the picture, nothing clipped."""

import numpy as np
import pytest
from PIL import Image
from test_plot import overhang, texts

from minifcn import plot
from minifcn.__main__ import main
from minifcn.data.palette import voc_palette
from minifcn.survey.sheet import varied
from survey.planted import noise, plant, regions


def test_the_chosen_pairs_show_every_value_and_are_spread_over_all():
    found = {f"{k:03}": [0, 1] for k in range(100)} | {"rare": [0, 7], "rarer": [9]}
    chosen = varied(found, 6)
    assert {"rare", "rarer"} < set(chosen) and len(chosen) == 6 and chosen == sorted(chosen)
    numbers = [int(name) for name in chosen if name[0] != "r"]
    assert max(numbers) - min(numbers) > 40
    assert varied({"only": [0]}) == ["only"] and varied({}) == []


def sheet(count, classes, ignored=0.0, shape=(24, 30)):
    pairs = [(f"photo {k}", noise(k, (*shape, 3)), np.full(shape, k % classes)) for k in range(count)]
    shares = np.arange(classes, dtype=float)
    names = [f"class {k}" for k in range(classes)]
    return plot.data_sheet(pairs, shares / max(1, shares.sum()), voc_palette(classes), names, "leaves", ignored)


ALL_SHEETS = [pytest.param(count, classes, marks=pytest.mark.slow) for count in (1, 2, 5, 12) for classes in (1, 3, 21, 150)]


@pytest.mark.parametrize("count, classes", [(1, 1), (2, 21), (5, 3), (12, 150), *ALL_SHEETS])
def test_nothing_is_clipped(count, classes):
    assert overhang(sheet(count, classes, ignored=0.1, shape=(80, 20) if count == 2 else (24, 30))) <= 0


def test_every_class_has_its_share_and_its_colour():
    figure = sheet(3, 4, ignored=0.25)
    assert {"leaves", "photo 0", "class 0", "class 3", "ignored"} <= texts(figure)
    assert {"none", "16.7 %", "50.0 %", "25.0 %"} <= texts(figure)


@pytest.mark.parametrize(("toml", "called"), [("", "other values"), ("ignore = [2]", "ignored"), ("ignore = [3]", "ignored and other values")])
def test_values_that_are_no_class_are_called_ignored_only_if_they_are(tmp_path, monkeypatch, toml, called):
    root = plant(tmp_path / "set", [regions([0, 1, 2, *[3] * ("3" in toml)], shift=k) for k in range(3)])
    (root / "dataset.toml").write_text(f'classes = ["a", "b"]\n{toml}')
    said = []
    monkeypatch.setattr("minifcn.survey.sheet.data_sheet", lambda *about: said.append(about[-1]))
    monkeypatch.setattr("minifcn.survey.sheet.save", lambda *about, **more: None)
    main(["data", "check", "-q", str(root), "--out", str(tmp_path)])
    assert said == [called]


def test_names_may_be_anything():
    pairs = [("도로 🚗 $x_1$ " + "long " * 40, noise(0), regions([0, 1]))]
    figure = plot.data_sheet(pairs, [0.5, 0.5], voc_palette(2), ["$\\frac$", "車" * 50])
    assert overhang(figure) <= 0
    with pytest.raises(ValueError, match="found no pairs"):
        plot.data_sheet([], [], voc_palette(0), [])


def test_a_large_pair_is_reduced_and_its_labels_are_not_mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = plant(tmp_path / "large", [regions([0, 2], 700, shift=k) for k in range(3)])
    assert main(["data", "check", "-q", str(root)]) == 0
    with Image.open("runs/data-check/sheet.png") as picture:
        assert picture.width > 900
