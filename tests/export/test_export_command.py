"""`minifcn export`: from a checkpoint to files, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors

from minifcn.__main__ import main
from minifcn.checkpoint import save_checkpoint
from minifcn.data.catalogue import open_data
from minifcn.predict import class_scores
from minifcn.runs.options import Options, as_config, make_model
from minifcn.runs.start import load_model

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

OPTIONS = Options(model="pixelwise", data="shapes")
CLASSES = open_data("shapes", 32, 1).facts().classes


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """The name of a checkpoint as `minifcn train` writes it, in the folder where the test runs."""
    monkeypatch.chdir(tmp_path)
    save_checkpoint("run.safetensors", model=make_model(OPTIONS, len(CLASSES)), config=as_config(OPTIONS))
    return "run.safetensors"


def test_both_files_are_written_and_described(checkpoint, capsys):
    assert main(["export", "--checkpoint", checkpoint, "--onnx", "net.onnx", "--safetensors", "net.safetensors"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"saved net.onnx: image (N, 3, H, W) -> scores of {len(CLASSES)} classes"
    assert lines[1].startswith("onnxruntime's scores differ from this network's by ")
    assert lines[2] == "saved net.safetensors: 4 arrays"
    with safetensors.safe_open("net.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["classes"]) == list(CLASSES)
    assert {p.key: p.value for p in onnx.load("net.onnx").metadata_props}["model"] == "pixelwise"


def test_the_scores_are_those_of_predict_for_the_image_that_the_metadata_describe(checkpoint):
    assert main(["export", "--checkpoint", checkpoint, "--onnx", "net.onnx"]) == 0
    facts = {p.key: json.loads(p.value) for p in onnx.load("net.onnx").metadata_props if p.value[0] in "[{"}
    picture = np.random.default_rng(0).integers(0, 256, (9, 14, 3), np.uint8)
    low, high = facts["value_range"]
    image = (((picture - low) / (high - low) - facts["mean"]) / facts["std"]).transpose(2, 0, 1)[None].astype(np.float32)
    (scores,) = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"image": image})
    expected = class_scores(load_model(checkpoint)[0], picture, facts["mean"], facts["std"])
    np.testing.assert_allclose(scores[0], expected, rtol=1e-4, atol=1e-5)


def test_one_size_and_probabilities(checkpoint, capsys):
    assert main(["export", "--checkpoint", checkpoint, "--onnx", "net.onnx", "--size", "6,9", "--softmax"]) == 0
    assert f"image (N, 3, 6, 9) -> probabilities of {len(CLASSES)} classes" in capsys.readouterr().out


REFUSED = {
    "nothing to write": ("", 1, "found nothing to write; add --onnx FILE"),
    "the checkpoint itself": ("--safetensors ./run.safetensors", 1, "is the checkpoint itself"),
    "another suffix": ("--onnx net.pb", 1, "--onnx is net.pb, expected a name that ends in .onnx"),
    "a size without a graph": ("--safetensors net.safetensors --size 9", 1, "for the ONNX file, found no --onnx"),
    "a missing folder": ("--onnx none/net.onnx", 1, "cannot write none/net.onnx: the folder"),
    "three sides": ("--onnx net.onnx --size 1,2,3", 2, "found '1,2,3', expected two numbers"),
    "no side": ("--onnx net.onnx --size 0", 2, "found 0, expected at least 1"),
    "no number": ("--onnx net.onnx --size wide", 2, "found 'wide', expected a whole number"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_meant_is_one_sentence_and_writes_nothing(what, checkpoint, capsys):
    words, code, sentence = REFUSED[what]
    before = Path(checkpoint).read_bytes()
    try:
        found = main(["export", "--checkpoint", checkpoint, *words.split()])
    except SystemExit as stop:
        found = stop.code
    (line,) = capsys.readouterr().err.splitlines()
    assert found == code and sentence in line
    assert [path.name for path in Path().iterdir()] == [checkpoint] and Path(checkpoint).read_bytes() == before
