"""A data set plugs in at one place: a subclass of DataModule and its name serve training, comparison and prediction."""

import json

import numpy as np
import pytest

from minifcn.__main__ import main
from minifcn.data import Shapes, catalogue
from minifcn.data.catalogue import DATA, open_data
from minifcn.data.facts import DataFacts
from minifcn.data.images import write_image
from minifcn.data.module import DataModule


class Halves(DataModule):
    """Three classes of shapes; a data set as somebody else would write it."""

    name, classes = "halves", ("ground", "circle", "square")
    palette = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0)], np.uint8)
    mean, std = Shapes.mean, Shapes.std

    def split(self, name):
        return Shapes(min(self.samples, 4), self.size, num_classes=3, seed=("train", "validation", "test").index(name))

    def class_weights(self):
        return np.array([0.5, 1, 1], np.float32)


def test_a_data_set_of_ten_lines_is_trained_on_compared_on_and_predicted_with(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(catalogue.DATA, "halves", Halves)
    size = ["--data", "halves", "--size", "32", "--batch", "2"]
    assert main(["train", "--model", "fcn32s", *size, "--epochs", "1", "--samples", "4", "--out", str(tmp_path / "run")]) == 0
    write_image(tmp_path / "a.png", np.zeros((40, 40, 3), np.uint8))
    words = ["predict", str(tmp_path / "a.png"), "--checkpoint", str(tmp_path / "run"), "--out", str(tmp_path / "labels")]
    assert main(words) == 0
    out = str(tmp_path / "compare")
    assert main(["compare", "--models", "pixelwise", *size, "--budget", "0.01", "--out", out]) == 0
    assert json.loads((tmp_path / "compare" / "scores.json").read_text())["test_images"] == 4


@pytest.mark.parametrize("name", [name for name, kind in DATA.items() if not kind.takes_path])
def test_every_data_set_says_what_it_is_without_opening_a_file(name, monkeypatch):
    monkeypatch.setattr("minifcn.data.globe.load_globe", None)
    data = open_data(name)
    assert data.palette.shape == (len(data.classes), 3) and len(data.mean) == len(data.std) == data.channels
    assert data.describe().startswith(f"{name}: {len(data.classes)} classes, ")


def test_a_name_that_is_no_data_set_is_refused():
    with pytest.raises(ValueError, match="data is 'imagenet', expected one of landcover, shapes"):
        open_data("imagenet")
    with pytest.raises(ValueError, match="shapes: found the path 'here', but this data set has none"):
        open_data("shapes:here")


def test_the_path_of_a_folder_without_its_kind_is_completed(tmp_path):
    for path in (tmp_path, "mine/dataset.toml"):
        with pytest.raises(ValueError, match=f"for images and masks of your own, say folder:{path}$"):
            open_data(str(path))
    for other in ("imagenet", "x" * 5000, "a\0b"):
        with pytest.raises(ValueError, match="expected one of landcover"):
            open_data(other)


def test_the_facts_of_a_data_set_survive_json_and_damaged_ones_are_refused():
    facts = open_data("shapes").facts()
    values = json.loads(json.dumps(facts.as_json()))
    again = DataFacts.from_json(values)
    assert again.as_json() == facts.as_json() and again.classes == facts.classes and again.palette.dtype == np.uint8
    damaged = [{"classes": []}, {"classes": [1, 2, 3, 4]}, {"palette": [[0, 0, 300]] * 4}, {"palette": "red"}, {"std": [0, 1, 1]},
               {"mean": [float("nan")] * 3}, {"channels": 2}, {"value_range": [255, 0]}, {"more": 1}, {"mean": None}]  # fmt: skip
    for change in damaged:
        with pytest.raises(ValueError, match="the facts about its data are not"):
            DataFacts.from_json(values | change)


@pytest.mark.parametrize("own, expected", [
    ((0.5,) * 3, (0.2, 0.4, 0.9)), ((0.7,), (0.5,)), ((0.7,) * 5, (0.2, 0.4, 0.9, 0.7, 0.7)), ((0.6, 0.7), (0.6, 0.7))])  # fmt: skip
def test_a_pretrained_nets_scale_is_given_to_the_channels_that_it_knows(own, expected):
    kind = type("Mine", (DataModule,), {"channels": len(own), "mean": own, "std": own})
    data = kind().rescaled((0.2, 0.4, 0.9), (0.2, 0.4, 0.9))
    assert data.mean == pytest.approx(expected) and data.std == pytest.approx(expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_a_trained_nets_scale_of_every_channel_is_taken_as_it_is(channels):
    own, trained = (0.5,) * channels, tuple(0.1 * (k + 1) for k in range(channels))
    data = type("Mine", (DataModule,), {"channels": channels, "mean": own, "std": own})().rescaled(trained, trained)
    assert data.mean == data.std == trained


def test_a_data_set_without_its_path_is_refused():
    with pytest.raises(ValueError, match="shapes: found the path 'here'"):
        open_data("shapes:here")
    kind = type("Mine", (DataModule,), {"name": "mine", "takes_path": True})
    with pytest.raises(ValueError, match="mine: found no path; name the folder of the data set: mine:PATH"):
        kind()
