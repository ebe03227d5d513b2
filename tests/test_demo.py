"""The demo writes every file that it promises, and prints a table of all scores. Its numbers are for the benchmarks."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from minifcn.data import LandCover, landcover
from minifcn.data.globe import load_globe
from minifcn.predict import predict
from minifcn.runs import demo
from minifcn.runs.start import load_model
from minifcn.runs.tables import percent_row, scores_by_class

try:
    load_globe()
except ValueError as error:
    pytest.skip(str(error), allow_module_level=True)

NETS = ["pixelwise", "FCN-32s", "FCN-16s", "FCN-8s"]
ROWS = ["majority class", *NETS]
SCORES = ["pixel_accuracy", "mean_accuracy", "mean_iou", "frequency_weighted_iou", "edge_accuracy", "class_iou"]
FILES = ["confusion.png", "curves.png", "filters.png", "map.png", "panel.png", "scores.json"]


def few_tiles(split, size, all_tiles=landcover.grid_tiles):
    """Three tiles of each held-out band and eight for validation; for training, all."""
    tiles, taken = all_tiles(split, size), []
    if split == "test":
        for band in landcover.SPLITS["test"]:
            taken += [tile for tile in tiles if tile[1] // landcover.BAND_WIDTH == band][:3]
    return {"train": tiles, "val": tiles[:8], "test": taken}[split]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder, report) of a demo of one epoch a net, few tiles, and an eighth of the map's rows."""
    out, region = tmp_path_factory.mktemp("demo"), demo.whole_region
    stages = {name: demo.Options(**{**vars(stage), "epochs": 1}) for name, stage in demo.STAGES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "STAGES", stages)
        patch.setattr(landcover, "grid_tiles", few_tiles)
        patch.setattr(demo, "whole_region", lambda *which: tuple(array[..., ::8, :] for array in region(*which)))
        return out, demo.run_demo(out, shorten=100, quiet=True)


def test_every_picture_and_checkpoint_is_written(made):
    folders = [stage.model for stage in demo.STAGES.values()]
    assert sorted(p.name for p in made[0].iterdir()) == sorted([*FILES, *folders])
    for name in FILES[:-1]:
        with Image.open(made[0] / name) as image:
            image.load()
            assert min(image.size) > 200
    for folder in folders:
        assert load_model(made[0] / folder / "checkpoint.npz")[1].model == folder


def test_scores_json_has_every_net_with_every_score(made):
    report = json.loads((made[0] / "scores.json").read_text())
    assert report == made[1] and report["seed"] == 0 and report["test_tiles"] > 0
    assert list(report["scores"]) == ROWS
    for values in report["scores"].values():
        assert list(values) == SCORES
        assert list(values["class_iou"]) == list(LandCover.classes)
        numbers = [v for k, v in values.items() if k != "class_iou"] + list(values["class_iou"].values())
        assert all(0 <= v <= 1 or math.isnan(v) for v in numbers)


def test_a_net_labels_each_tile_as_it_would_alone(made):
    images, net = demo.test_tiles()[0], load_model(made[0] / "fcn8s")[0]
    some = images[: demo.BATCH + 1]
    np.testing.assert_array_equal(demo.predict_all(net, some), [predict(net, image) for image in some])


def test_the_time_of_each_part_is_named_and_all_of_it_summed(monkeypatch):
    times = iter([100.0, 109.0, 165.0])
    monkeypatch.setattr(demo.time, "perf_counter", lambda: next(times))
    parts = demo.Parts()
    parts.end("pixelwise")
    parts.end("FCN-32s")
    assert parts.describe() == "1 min 5 s: pixelwise 9 s, FCN-32s 56 s"


def test_the_majority_class_is_one_class_everywhere(made):
    values = made[1]["scores"]["majority class"]
    assert values["mean_accuracy"] == pytest.approx(1 / len(LandCover.classes), rel=0.2)
    assert sum(v > 0 for v in values["class_iou"].values()) == 1


def test_the_table_has_a_line_for_each_net_and_aligned_columns(made):
    lines = scores_by_class(made[1]["scores"], demo.COLUMNS, LandCover.classes).splitlines()
    upper, lower = lines[:6], lines[7:]
    assert lines[6] == "" and len(lower) == 6
    for block in upper, lower:
        assert len({len(line) for line in block}) == 1
        assert [line[:26].strip() for line in block[1:]] == ROWS
        assert all(np.isfinite([float(cell) for cell in line[26:].split()]).sum() >= 5 for line in block[1:])
    assert max(map(len, lines)) <= 120


def test_scores_of_a_perfect_prediction_are_one():
    truth = np.arange(8).repeat(8).reshape(1, 8, 8)
    values = demo.score(truth, truth)
    assert [values[name] for name in SCORES[:-1]] == [1] * 5 and set(values["class_iou"].values()) == {1.0}


def test_a_score_that_does_not_exist_is_printed_as_nan():
    assert percent_row("net", [0.5, float("nan")], 6) == "net" + " " * 23 + "   50.0    nan"


def test_the_panel_shows_the_most_varied_tile_of_each_band():
    bands = np.array([left // landcover.BAND_WIDTH for _, left in landcover.grid_tiles("test", (96, 96))])
    truth = np.zeros((len(bands), 96, 96), int)
    chosen = [int(np.flatnonzero(bands == band)[-1]) for band in landcover.SPLITS["test"]]
    truth[chosen] = np.arange(96) % 8
    assert [int(i) for i in landcover.most_varied_tiles(truth)] == chosen


def test_the_map_covers_the_degrees_that_the_demo_names():
    assert demo.extent(demo.MAP_REGION) == (20, 40, -56, 72)


@pytest.mark.slow
def test_the_demo_as_it_is_with_few_crops(tmp_path, capsys):
    report = demo.run_demo(tmp_path, shorten=100)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == FILES
    assert list(report["scores"]) == ROWS
    assert scores_by_class(report["scores"], demo.COLUMNS, LandCover.classes) in capsys.readouterr().out
