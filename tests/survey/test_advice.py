"""What is said about a folder that has annotations, but no masks, or masks of other names."""

import json

import pytest
from PIL import Image

from minifcn.__main__ import main
from minifcn.data.convert import Wishes, convert
from minifcn.survey.advice import layout_of
from minifcn.survey.command import open_question

COCO = {"images": [], "annotations": [], "categories": []}
VIA = {"a.jpg9": {"filename": "a.jpg", "regions": []}}
OTHERS = {
    "train/labels/a.txt": ("YOLO", "0 0.5 0.25 1 0 0.125 0.75\n"),
    "labels/a.txt": ("YOLO", "12 0.5 0.5 0.25 0.25"),
    "via.json": ("VGG Image Annotator", json.dumps(VIA)),
    "project.json": ("VGG Image Annotator", json.dumps({"_via_settings": {}, "_via_img_metadata": VIA})),
    "ds/ann/a.jpg.json": ("Supervisely", json.dumps({"size": {}, "objects": []})),
    "annotations.xml": ("CVAT", '<?xml version="1.0"?>\n<annotations><version>1.1</version></annotations>'),
    "Annotations/a.xml": ("PASCAL VOC's boxes", "<annotation><object><bndbox></bndbox></object></annotation>"),
    "project-1.json": ("Label Studio", json.dumps([{"id": 1, "annotations": [], "data": {}}])),
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(("file", "content"), [("_annotations.coco.json", COCO), ("a.json", {"shapes": []})])
def test_annotations_that_can_be_converted_lead_to_the_command(tmp_path, capsys, file, content):
    write(tmp_path / "photos" / "x" / file, json.dumps(content))
    assert main(["data", "check", str(tmp_path / "photos"), "-q", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "found no masks, but annotations (" in said and f"run minifcn data convert {tmp_path}/photos --out FOLDER" in said


@pytest.mark.parametrize("file", OTHERS)
def test_annotations_that_cannot_be_converted_are_named(tmp_path, file):
    tool, content = OTHERS[file]
    write(tmp_path / file, content)
    with pytest.raises(ValueError, match=f"found no masks, but files of {tool} such as .*{file}, which minifcn does not read; export"):
        layout_of(tmp_path)
    with pytest.raises(ValueError, match=f": found files of {tool} such as .*{file}, which minifcn does not read; export"):
        convert(tmp_path, tmp_path / "out", Wishes())


@pytest.mark.parametrize(("file", "text"), [("a.json", "{"), ("a.json", "[" * 100_000), ("a.json", "[1]"), ("a.json", "{}"), ("a.json", "7"), ("a.xml", "<html>"),
                                            ("notes.txt", "12 photos of 1 cat"), ("train.txt", "0 1"), ("a.txt", "")])  # fmt: skip
def test_other_files_change_nothing(tmp_path, file, text):
    write(tmp_path / file, text)
    with pytest.raises(ValueError, match="found no images with masks; looked for"):
        layout_of(tmp_path)


@pytest.mark.parametrize(("names", "advice"), [
    (("a_cat", "a_dog"), "each mask is of one class: run minifcn data convert {root} --from binary --out FOLDER"),
    (("cat_a", "dog_a"), "no image has a mask of its name: rename them, or say in a dataset.toml where the folders are, and how")])  # fmt: skip
def test_masks_of_other_names_lead_to_what_helps(tmp_path, capsys, names, advice):
    root, advice = tmp_path / "set", advice.format(root=tmp_path / "set")
    for path in (root / "images" / "a.png", *(root / "masks" / f"{name}.png" for name in names)):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(path)
    assert main(["data", "check", str(root), "-q", "--out", str(tmp_path / "out")]) == 1
    assert "".join(advice.split()) in "".join(capsys.readouterr().out.split())  # in lines
    assert open_question(root).startswith(f"{root}: {advice}")
