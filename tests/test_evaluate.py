"""`minifcn evaluate`: the scores are those of all images, the pictures are drawn, other data are refused and nothing is written."""

import csv
import json

import numpy as np
import pytest

from minifcn.__main__ import main
from minifcn.crf import Kernels, dense_crf
from minifcn.data import Dataset, catalogue
from minifcn.data.images import read_image
from minifcn.data.module import DataModule
from minifcn.metrics import ConfusionMatrix, boundary_mask
from minifcn.predict import class_scores, predict
from minifcn.runs import evaluation
from minifcn.runs.evaluation import run_evaluation
from minifcn.runs.options import Options
from minifcn.runs.run import run
from minifcn.runs.start import load_model

FILES = ["confusion.csv", "confusion.png", "scores.json", "trimap.png", "worst.png"]
CLASSES = ("sky", "a, $b$", "하늘")


class Stripes(Dataset):
    """Vertical stripes of two classes; the third is never there; every image has another height."""

    classes, palette = CLASSES, np.array([(0, 0, 0), (255, 255, 255), (255, 0, 0)], np.uint8)

    def name(self, index):
        return f"name{index}.png"

    def __len__(self):
        return 4

    def sample(self, index, rng):
        label = np.zeros((16 + index, 16), np.int64)
        label[:, index * 4 :] = 1
        image = np.repeat(label[None], 3, 0) + rng.normal(0, 0.1, (3, *label.shape))
        label[0] = 255
        if index == 3:
            label[:] = 255
        return image.astype(np.float32), label


class StripesData(DataModule):
    name, classes, palette, uniform = "stripes", CLASSES, Stripes.palette, False

    def split(self, name):
        return Stripes()


def others(**changes):
    """A data set like StripesData, but for these attributes."""
    return type("OtherData", (StripesData,), {"name": "others"} | changes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a net trained on stripes for a moment."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue.DATA, "stripes", StripesData)
        run(Options(model="pixelwise", data="stripes", samples=4, epochs=2, batch=1, lr=0.05), folder, quiet=True)
    return folder


@pytest.fixture(autouse=True)
def stripes(monkeypatch):
    monkeypatch.setitem(catalogue.DATA, "stripes", StripesData)


def test_the_scores_are_those_of_every_image_of_the_split(trained, tmp_path):
    report = run_evaluation(trained, out=tmp_path, quiet=True)
    model, _ = load_model(trained)
    matrix, near, worst = ConfusionMatrix(3), ConfusionMatrix(3), {}
    for k in range(4):
        image, truth = Stripes()[k]
        prediction, own = predict(model, image), ConfusionMatrix(3)
        matrix.update(truth, prediction)
        own.update(truth, prediction)
        worst[f"name{k}.png"] = own.mean_iou
        edge = boundary_mask(truth, 2)
        near.update(truth[edge], prediction[edge])
    assert {name: report[name] for name in matrix.scores()} == matrix.scores()
    assert [row["IoU"] for row in report["classes"]] == [matrix.class_iou[0], matrix.class_iou[1], None]
    assert report["near_boundaries"][1]["within"] == 2 and report["near_boundaries"][1]["pixel_accuracy"] == near.pixel_accuracy
    order = sorted((name for name in worst if name != "name3.png"), key=worst.get)
    assert [row["name"] for row in report["worst"]] == order                  # of name3.png nothing is labelled
    assert report == json.loads((tmp_path / "scores.json").read_text(encoding="utf-8")) and report["images"] == 4
    with open(tmp_path / "confusion.csv", encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head[1:]) == CLASSES == tuple(row[0] for row in rows)
    assert np.array_equal(np.array([row[1:] for row in rows], int), matrix.matrix)


def test_the_files_and_a_table_of_every_class_come_from_the_command(trained, tmp_path, capsys):
    out = tmp_path / "deep" / "out"
    assert main(["evaluate", "--checkpoint", str(trained), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == FILES
    for name in ("confusion", "trimap", "worst"):
        assert read_image(out / f"{name}.png").shape[1] > 300
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "stripes, test: 4 images, 768 labelled pixels; all scores in %"
    assert next(line for line in lines if line.startswith("2 하늘")).split()[2:] == ["-", "-", "0.0"]
    assert main(["evaluate", "--checkpoint", str(trained), "--out", str(out), "-q", "--split", "validation"]) == 0
    assert capsys.readouterr().out == f"scores.json, confusion.csv and pictures are in {out}\n"
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["split"] == "validation"


def test_tiles_give_the_scores_of_the_whole_and_large_images_get_them_unasked(trained, tmp_path, monkeypatch):
    whole = run_evaluation(trained, out=tmp_path, quiet=True)
    seen = []
    tiled = evaluation.predict_tiled
    monkeypatch.setattr(evaluation, "predict_tiled", lambda *args, **options: seen.append(options["tile"]) or tiled(*args, **options))
    assert run_evaluation(trained, out=tmp_path, tile=32, quiet=True) == whole and seen == [32] * 4
    monkeypatch.setattr(evaluation, "WHOLE", 16 * 17)
    assert run_evaluation(trained, out=tmp_path, quiet=True) == whole and seen[4:] == [None] * 2


def test_with_a_crf_the_scores_are_those_after_it_of_whole_images_only(trained, tmp_path):
    report = run_evaluation(trained, out=tmp_path, crf=Kernels(w1=2), quiet=True)
    model, _ = load_model(trained)
    matrix = ConfusionMatrix(3)
    for image, truth in Stripes():
        shown = evaluation.picture_of(image, StripesData().facts())
        matrix.update(truth, dense_crf(class_scores(model.fuse(), image), shown, Kernels(w1=2)).argmax(0))
    assert report["mean_iou"] == matrix.mean_iou
    with pytest.raises(ValueError, match="--crf needs a whole image"):
        run_evaluation(trained, out=tmp_path, crf=Kernels(), tile=32, quiet=True)


def test_at_most_so_many_images_are_drawn_and_reduced(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "WORST", 2)
    monkeypatch.setattr(evaluation, "DRAWN", 6)
    model, options = load_model(trained)
    scores = evaluation.score_images(model, Stripes(), StripesData().facts(), quiet=True)
    assert len(scores.worst) == 2 and all(array.shape[:2] <= (6, 6) for score in scores.worst for array in score.row)
    assert scores.worst[0].goodness() <= scores.worst[1].goodness()
    assert options.data == "stripes"


def test_a_sample_without_a_name_has_its_number():
    assert Stripes().name(2) == "name2.png" and Dataset().name(2) == "image 2"


def test_with_a_tile_images_that_the_data_set_cuts_are_scored_in_one_piece(trained, tmp_path, monkeypatch):
    pieces = others(split=lambda self, name: Pieces())
    monkeypatch.setitem(catalogue.DATA, "others", pieces)
    assert run_evaluation(trained, "others", out=tmp_path, quiet=True)["images"] == 8
    assert run_evaluation(trained, "others", out=tmp_path, tile=32, quiet=True)["images"] == 4


class Pieces(Stripes):
    """Stripes whose images are cut into left and right halves."""

    def __len__(self):
        return 8

    def sample(self, index, rng):
        image, label = Stripes().sample(index // 2, rng)
        half = slice(8 * (index % 2), 8 + 8 * (index % 2))
        return image[..., half], label[..., half]

    def whole(self):
        return Stripes()


class Scaled(Stripes):
    """The same images, normalised by another mean and deviation."""

    mean, std, transform = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), None

    def sample(self, index, rng):
        image, label = super().sample(index, rng)
        image = (image - np.float32(0.5)) / np.float32(0.25)
        return self.transform(image, label, rng) if self.transform else (image, label)


def test_the_images_are_normalised_as_the_net_was_trained(trained, tmp_path, monkeypatch):
    kind = others(split=lambda self, name: Scaled(), mean=Scaled.mean, std=Scaled.std)
    monkeypatch.setitem(catalogue.DATA, "others", kind)
    expected = run_evaluation(trained, out=tmp_path, quiet=True)
    found = run_evaluation(trained, "others", out=tmp_path, quiet=True)
    assert found["classes"] == expected["classes"]


@pytest.mark.parametrize("kind, words", [
    (others(classes=("sky", "road", "하늘")), "class 1 is 'road' in others, but 'a, $b$' in the data"),
    (others(classes=("a, $b$", "sky", "하늘")), "class 0 is 'a, $b$' in others, but 'sky' in the data"),
    (others(classes=("sky", "road"), palette=Stripes.palette[:2]), "others has 2 classes (sky, road), but the network was trained on 3"),
    (others(channels=5), "the images of others have 5 channels, but the network was trained on images of 3"),
    (others(split=lambda self, name: type("Empty", (Stripes,), {"__len__": lambda self: 0})()), "the test part of others has no images"),
])  # fmt: skip
def test_data_that_do_not_fit_the_checkpoint_are_refused_by_name_and_nothing_is_written(
    trained, tmp_path, capsys, monkeypatch, kind, words
):
    monkeypatch.setitem(catalogue.DATA, "others", kind)
    command = ["evaluate", "--checkpoint", str(trained), "--data", "others", "--out", str(tmp_path / "out")]
    assert main(command) == 1
    error = capsys.readouterr().err
    assert words in error and error.startswith("minifcn: evaluate: ") and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words, message", [
    (["--split", "train"], "invalid choice: 'train'"), (["--tile", "31"], "found 31, expected at least 32"),
    (["--data", "nothing"], "data is 'nothing'"),
])  # fmt: skip
def test_a_wrong_option_is_reported_in_one_sentence(words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", *words])
    error = capsys.readouterr().err
    assert stop.value.code == 2 and message in error and error.count("\n") == 1
