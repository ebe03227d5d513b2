"""A network plugs in at one place: a subclass of SegmentationNet and its name serve every command."""

import json

import numpy as np
import pytest

from minifcn import functional as F
from minifcn import nn
from minifcn.__main__ import main
from minifcn.data.images import write_image
from minifcn.models import SEGMENTATION, SegmentationNet
from minifcn.models.upsampling import on_image


class Plain(SegmentationNet):
    """Scores of the last map, interpolated; a network as somebody else would write it."""

    paper = "vgg16"

    def __init__(self, backbone, num_classes, *, generator=None):
        self.backbone = backbone
        self.score = nn.Conv2d(backbone.channels[backbone.last], num_classes, 1, generator=generator)

    def head_stages(self):
        return {"score": self.backbone.last}

    def forward(self, x):
        least = self.backbone.stride(self.backbone.last)
        padded = F.pad(x, (0, max(0, least - x.shape[3]), 0, max(0, least - x.shape[2])))
        scores = self.score(self.backbone(padded)[self.backbone.last])
        return on_image(scores, self.backbone.layers_to(self.backbone.last), x.shape[2:])


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setitem(SEGMENTATION, "plain", Plain)


def test_it_is_listed_and_described(plain, capsys):
    assert main(["models", "--only", "plain"]) == 0
    assert "plain over vgg16" in capsys.readouterr().out
    assert main(["describe", "plain", "--backbone", "small"]) == 0
    out = capsys.readouterr().out
    assert "backbone.conv1_1" in out and "score" in out


def test_it_is_trained_compared_and_predicts(plain, tmp_path):
    size = ["--data", "shapes", "--size", "32", "--batch", "2"]
    assert main(["train", "--model", "plain", *size, "--epochs", "1", "--samples", "2", "--out", str(tmp_path / "run")]) == 0
    write_image(tmp_path / "a.png", np.zeros((40, 40, 3), np.uint8))
    words = ["predict", str(tmp_path / "a.png"), "--checkpoint", str(tmp_path / "run"), "--out", str(tmp_path / "labels")]
    assert main(words) == 0
    words = ["compare", "--models", "plain,pixelwise", *size, "--budget", "0.01", "--out", str(tmp_path / "compare")]
    assert main(words) == 0
    assert set(json.loads((tmp_path / "compare" / "scores.json").read_text())["networks"]) == {"plain", "pixelwise"}


def test_its_gradients_are_checked(plain, capsys):
    assert main(["gradcheck", "--only", "plain"]) == 0
    assert "plain" in capsys.readouterr().out
