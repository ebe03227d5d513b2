"""--data folder:PATH, from the command line: a folder of one's own is trained on, or refused in one sentence."""

import os

import numpy as np
import pytest
from PIL import Image

from minifcn.__main__ import main
from minifcn.data.catalogue import open_data
from minifcn.data.own.description import Description, SplitRule
from minifcn.data.own.folder import FolderData
from minifcn.data.paired import PairDataset
from minifcn.runs.options import Options
from minifcn.runs.run import introduction

RNG = np.random.default_rng(0)


def write_data_set(folder, count=8, size=(20, 24), **fields):
    """Pictures whose red half is labelled 255; names with spaces, Hangul and an emoji."""
    for n in range(count):
        label = (RNG.integers(0, 2, (size[0] // 4, size[1] // 4)) * 255).astype(np.uint8).repeat(4, 0).repeat(4, 1)
        picture = RNG.integers(0, 100, (*label.shape, 3)).astype(np.uint8)
        picture[..., 0] += label // 2
        for place, array, suffix in (("images", picture, "jpg"), ("masks", label, "png")):
            (folder / place).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(folder / place / f"길 {chr(97 + n)} 🙂.{suffix}")
    fields = {"classes": ["background", "wall"], "values": [0, 255], "class_weights": "median"} | fields
    description = Description(**fields)
    description.write(folder / "dataset.toml")
    return folder


def test_a_folder_is_trained_on_from_the_command_line(tmp_path, capsys):
    write_data_set(tmp_path / "my data")
    words = f"train --model pixelwise --size 16 --epochs 1 --batch 2 --out {tmp_path}/run --quiet --data".split()
    assert main([*words, f"folder:{tmp_path}/my data"]) == 0
    assert (tmp_path / "run" / "checkpoint.npz").exists()


def test_what_the_file_says_is_what_the_data_set_is(tmp_path):
    data = open_data(f"folder:{write_data_set(tmp_path, ignore=[7], colours=['#010203', '#ffffff'])}")
    assert data.classes == ("background", "wall") and data.palette.tolist() == [[1, 2, 3], [255, 255, 255]]
    assert (data.size, data.samples, data.weighting, data.uniform) == (224, 0, "median", False)
    assert [len(part) for part in (data.train(), data.validation(), data.test())] == [6, 1, 1]
    image, label = data.train()[0]
    assert image.shape == (3, 224, 224) and set(np.unique(label)) <= {0, 1, 255}
    assert data.validation()[0][0].shape == (3, 20, 24) and data.facts().classes == data.classes
    assert data.example_names() == [data.parts.test[0].name] and data.examples() == [0]
    assert data.describe() == "folder: 2 classes, background, wall; 6 train, 1 validation, 1 test images"


def test_training_samples_are_crops_mirrored_whole_images_or_as_many_as_wanted(tmp_path):
    write_data_set(tmp_path)
    whole = open_data(f"folder:{tmp_path}", size=0).train()
    assert {whole[k][1].shape for k in range(len(whole))} == {(20, 24)}
    assert len(open_data(f"folder:{tmp_path}", samples=30).train()) == 30


def test_frequencies_are_those_of_the_training_masks(tmp_path, monkeypatch):
    data = open_data(f"folder:{write_data_set(tmp_path)}")
    labels = np.stack([data.read_label(pair.mask) for pair in data.parts.train])
    assert data.class_frequencies() == pytest.approx([(labels == c).mean() for c in (0, 1)])
    with monkeypatch.context() as patch:
        patch.setattr(data, "read_label", None)
        assert data.class_frequencies().sum() == pytest.approx(1), "counted once"
    (tmp_path / "void").mkdir()
    void = open_data(f"folder:{write_data_set(tmp_path / 'void', values=[1, 2], ignore=[0, 255])}")
    with pytest.raises(ValueError, match=r"dataset.toml: all pixels of the training masks are ignored"):
        void.class_frequencies()


def test_classes_that_no_training_mask_has_are_named_as_soon_as_all_were_counted(tmp_path, monkeypatch):
    absent = [f"class {n}" for n in range(2, 12)]
    write_data_set(tmp_path, classes=["background", "wall", *absent], values=[0, 255, *range(2, 12)])
    names = ", ".join(absent[:8])
    data = open_data(f"folder:{tmp_path}")
    assert data.absent_classes() == [], "not known yet"
    data.train()
    line = f"no training mask has the classes {names} and 2 more; their IoU will be 0, or undefined"
    assert introduction(Options(), data, "weights") == [data.describe(), line, "weights"]
    large = open_data(f"folder:{tmp_path}")
    monkeypatch.setattr(PairDataset, "check", lambda self: ({"0": 1}, False))
    large.train()
    assert introduction(Options(), large, None) == [large.describe()], "only some masks were read"
    large.class_frequencies()
    assert introduction(Options(), large, None) == [large.describe(), line]


def test_stages_print_once_what_is_the_same_for_all(tmp_path, capsys):
    write_data_set(tmp_path, classes=["background", "wall", "roof"], values=[0, 255, 7])
    words = f"train --stages 1,1,1 --size 32 --batch 2 --out {tmp_path}/run --data folder:{tmp_path}".split()
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    for start in ("folder: 3 classes, ", "no training mask has the class roof; its IoU", "class weights median, from "):
        assert sum(line.startswith(start) for line in lines) == 1, start
    assert sum(" epoch 1/1 " in line for line in lines) == 3


def test_a_file_under_another_name_describes_the_folder_that_it_is_in(tmp_path):
    write_data_set(tmp_path)
    (tmp_path / "dataset.toml").rename(tmp_path / "two classes.toml")
    assert len(open_data(f"folder:{tmp_path / 'two classes.toml'}").train()) == 6


def test_files_without_a_partner_are_left_out_and_counted(tmp_path):
    (write_data_set(tmp_path) / "masks" / "길 a 🙂.png").unlink()
    assert "; left out 1 file without a partner" in open_data(f"folder:{tmp_path}").describe()


def refusal(tmp_path, capsys, data):
    """What training says on stderr; it must be one line, and nothing must be written."""
    out = tmp_path / "out"
    code = main(["train", "--model", "pixelwise", "--size", "16", "--epochs", "1", "--out", str(out), "--data", f"folder:{data}"])
    assert code == 1 and not (out / "checkpoint.npz").exists()
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_without_a_description_the_error_has_the_folder_and_the_lines_that_are_needed(tmp_path, capsys):
    folder = write_data_set(tmp_path / "d")
    (folder / "dataset.toml").unlink()
    with pytest.raises(ValueError, match="has no dataset.toml") as error:
        FolderData(path=folder)
    line = str(error.value)
    assert error.value.undescribed == folder and f"run minifcn data check {folder}" in line
    assert 'classes = ["background", "crack"]' in line and "values = [0, 255]" in line
    assert "none is not there, or not a folder" in refusal(tmp_path, capsys, tmp_path / "none")


def test_clashes_no_pairs_and_no_test_images_are_one_sentence_each(tmp_path, capsys):
    folder = write_data_set(tmp_path / "d")
    (folder / "images" / "길 A 🙂.png").write_bytes(b"")
    assert "have the same name but for suffix or case" in refusal(tmp_path, capsys, folder)
    (folder / "images" / "길 A 🙂.png").unlink()
    Description(["a", "b"], mask_ending="_x").write(folder / "dataset.toml")
    assert "no image has a mask of its name (the first image without one is" in refusal(tmp_path, capsys, folder)
    Description(["a", "b"], values=[0, 255], split=SplitRule(test=0.0)).write(folder / "dataset.toml")
    with pytest.raises(ValueError, match=r"dataset.toml: it has no test images; before training, add test = 0.15, .*, or .* --split validation"):
        open_data(f"folder:{folder}").test()


def test_a_damaged_image_and_an_unknown_value_are_named_when_they_are_read(tmp_path, capsys):
    folder = write_data_set(tmp_path / "d", values=[0, 254])
    assert "the value 255 at row" in refusal(tmp_path, capsys, folder)
    folder = write_data_set(tmp_path / "e")
    for path in (folder / "images").iterdir():
        path.write_bytes(path.read_bytes()[:-200])
    assert "cannot read" in (line := refusal(tmp_path, capsys, folder)) and str(folder / "images") in line


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user without all permissions")
def test_a_folder_without_permission_is_named(tmp_path, capsys):
    folder = write_data_set(tmp_path / "d")
    (folder / "images" / "closed").mkdir(mode=0)
    assert f"cannot read the folder {folder}/images/closed: Permission denied" in refusal(tmp_path, capsys, folder)
