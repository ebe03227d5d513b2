"""NYUDv2 in its two layouts: the paper's authors' folders, and the published HDF5 file."""

import sys

import numpy as np
import pytest
from published_data import check, indices_of, names_of, write_mat, write_names, write_picture

from minifcn.__main__ import main
from minifcn.data.catalogue import open_data
from minifcn.data.hha import hha
from minifcn.data.published.nyud import CAMERA
from minifcn.models.late_fusion import LateFusion
from minifcn.runs.options import load_facts
from minifcn.runs.start import load_model

LISTS = {"train": ["5001", "5003"], "val": ["5002"], "test": ["5004"]}


def write_lists(root):
    for name, numbers in LISTS.items():
        write_names(root / f"{name}.txt", numbers)


@pytest.fixture
def folders(tmp_path):
    for number in range(5001, 5005):
        write_picture(tmp_path / "data" / "images" / f"img_{number}.png", number)
        write_mat(tmp_path / "segmentation" / f"img_{number}.mat", segmentation=indices_of(0, 1, 40, 2).astype(np.uint8))
    write_lists(tmp_path)
    return tmp_path


def test_the_authors_folders_have_their_lists_and_count_classes_from_one(folders):
    data = open_data(f"nyud:{folders}", size=8)
    assert [len(split) for split in (data.train(), data.validation(), data.test())] == [2, 1, 1]
    assert data.test()[0][1][0, :4].tolist() == [255, 0, 39, 1] and names_of(data.train()) == ["img_5001", "img_5003"]
    assert len(data.classes) == 40 and data.classes[0] == "wall" and "by scene" not in data.describe()
    check(data)


def test_what_the_folders_lack_is_named(folders):
    (folders / "segmentation" / "img_5002.mat").unlink()
    data = open_data(f"nyud:{folders}")
    with pytest.raises(ValueError, match="/segmentation has no mask for 1 of 1 names, the first is img_5002"):
        data.validation()
    (folders / "test.txt").unlink()
    with pytest.raises(ValueError, match=r"nyud: there is no file \S+/test.txt; expected data/images/img_"):
        data.test()
    (folders / "data").rename(folders / "elsewhere")
    with pytest.raises(ValueError, match=r"nyud: there is no folder \S+/data/images; expected data/images/img_"):
        data.train()


@pytest.fixture
def published(tmp_path):
    """Ten images of five scenes, 12 x 16, whose label k is of class k + 1."""
    h5py = pytest.importorskip("h5py")
    images = np.random.default_rng(0).integers(0, 256, (10, 3, 16, 12), np.uint8)
    labels = np.stack([indices_of(0, 1, 39, image).T for image in range(10)]).astype(np.uint16)
    with h5py.File(tmp_path / "nyu_depth_v2_labeled.mat", "w", userblock_size=512) as file:
        file["images"], file["labels"] = images, labels
        file["depths"] = np.tile(np.linspace(1, 3, 12, dtype=np.float32), (10, 16, 1))  # (N, W, H): farther, the farther down
        words = [f"kitchen_{image // 2:04}" for image in range(10)]
        file["scenes"] = np.empty((1, 10), h5py.ref_dtype)
        for image, word in enumerate(words):
            file[f"#refs#/{image}"] = np.array([[ord(letter)] for letter in word], np.uint16)
            file["scenes"][0, image] = file[f"#refs#/{image}"].ref
    write_mat(tmp_path / "classMapping40.mat", mapClass=np.arange(2, 896).clip(1, 40)[None])
    write_mat(tmp_path / "splits.mat", trainNdxs=np.arange(1, 9)[:, None], testNdxs=np.array([[9], [10]]))
    return tmp_path, images


def test_the_published_file_is_turned_upright_and_mapped_to_forty_classes(published):
    path, images = published
    data = open_data(f"nyud:{path}").rescaled((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    image, label = data.test()[1]
    np.testing.assert_allclose(image * 255, images[9].transpose(0, 2, 1), atol=1e-4)
    assert label[0, :4].tolist() == [255, 1, 39, 9] and label.shape == (12, 16)
    check(data)


def test_depth_comes_as_three_further_channels(published):
    path, images = published
    data = open_data(f"nyud-hha:{path}")
    image, label = data.rescaled((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).test()[1]
    assert image.shape == (6, 12, 16) and data.channels == len(data.mean) == 6 and image.dtype == np.float32
    np.testing.assert_allclose(image[:3] * 255, images[9].transpose(0, 2, 1), atol=1e-4)
    np.testing.assert_allclose(image[3:], (hha(np.tile(np.linspace(1, 3, 12)[:, None], 16), CAMERA) / 255 - 0.5) / 0.25, atol=1e-4)
    assert (np.diff(image[3], axis=0) <= 0).all() and label.shape == (12, 16)


@pytest.mark.parametrize("fusion", ["late", pytest.param("early", marks=pytest.mark.slow)])
def test_a_net_with_depth_is_trained_and_scored_by_the_commands(published, fusion, tmp_path):
    path, _ = published
    run = ["train", "--data", f"nyud-hha:{path}", "--model", "pixelwise", "--fusion", fusion, "--size", "16", "--batch", "2"]
    assert main([*run, "--epochs", "1", "--out", str(tmp_path / "run"), "-q"]) == 0
    net, options = load_model(tmp_path / "run")
    assert isinstance(net, LateFusion) == (fusion == "late") and load_facts(options).channels == 6
    assert main(["evaluate", "--checkpoint", str(tmp_path / "run"), "--out", str(tmp_path / "scores"), "-q"]) == 0


def test_without_the_published_file_there_is_no_depth(folders):
    with pytest.raises(ValueError, match=r"nyud-hha: there is no file \S+labeled.mat; expected"):
        open_data(f"nyud-hha:{folders}")


@pytest.mark.parametrize(("depths", "reason"), [
    (np.ones((10, 12, 16), np.float32), r"it is of \(10, 12, 16\), expected \(10, 16, 12\), as the labels"),
    (np.ones((10, 16, 12), np.uint16), "it is uint16 of .*, expected metres"),
])  # fmt: skip
def test_depth_of_another_shape_or_kind_is_refused(published, depths, reason):
    import h5py

    path, _ = published
    with h5py.File(path / "nyu_depth_v2_labeled.mat", "r+") as file:
        del file["depths"]
        file["depths"] = depths
    with pytest.raises(ValueError, match=rf"cannot read depths in .*: {reason}"):
        open_data(f"nyud-hha:{path}").test()[0]


def test_the_published_file_is_split_by_scene_or_by_lists(published):
    path, _ = published
    data = open_data(f"nyud:{path}")
    train, validation = names_of(data.train()), names_of(data.validation())
    assert len(validation) == 2 and sorted(train + validation) == [f"img_{5001 + index}" for index in range(8)]
    assert int(validation[0][-1]) % 2 == 1 and int(validation[1][-1]) == int(validation[0][-1]) + 1
    assert names_of(data.test()) == ["img_5009", "img_5010"] and "by scene, is the validation split" in data.describe()
    write_lists(path)
    assert [names_of(split) for split in (data.train(), data.validation(), data.test())] == [
        [f"img_{number}" for number in numbers] for numbers in LISTS.values()]  # fmt: skip
    write_names(path / "test.txt", ["6000"])
    with pytest.raises(ValueError, match="nyu_depth_v2_labeled.mat has no image for 1 of 1 names, the first is img_6000"):
        data.test()


def test_what_the_published_file_lacks_is_named(published, monkeypatch):
    import h5py

    path, _ = published
    file = path / "nyu_depth_v2_labeled.mat"
    for name in "classMapping40.mat", "splits.mat":
        (path / name).rename(path / "elsewhere")
        with pytest.raises(ValueError, match=rf"nyud: there is no file \S+/{name}; expected data/images/img_"):
            open_data(f"nyud:{path}").test()[0]
        (path / "elsewhere").rename(path / name)
    write_mat(path / "classMapping40.mat", mapClass=np.array([[41]]))
    with pytest.raises(ValueError, match=r"classMapping40.mat has the value 41 at"):
        open_data(f"nyud:{path}").test()[0]
    with h5py.File(file, "r+") as content:
        del content["labels"]
    with pytest.raises(ValueError, match=r"cannot read labels in \S+labeled.mat: .*it has no labels"):
        open_data(f"nyud:{path}")
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"cannot read images in \S+labeled.mat: .*; is the file whole\?"):
        open_data(f"nyud:{path}")
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.setattr("minifcn.extras.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"reading \S+labeled.mat needs h5py, which is not installed; run: pip install h5py"):
        open_data(f"nyud:{path}")


def test_an_array_that_is_elsewhere_or_of_another_shape_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "nyu_depth_v2_labeled.mat"
    images, labels = np.zeros((2, 3, 4, 5), np.uint8), np.zeros((2, 4, 5), np.uint16)

    def refuse(change, reason):
        with h5py.File(path, "w") as file:
            file["images"], file["labels"] = images, labels
            del file["images"]
            change(file)
        with pytest.raises(ValueError, match=reason):
            open_data(f"nyud:{tmp_path}")

    refuse(lambda file: file.__setitem__("images", h5py.ExternalLink("other.mat", "/images")), "it is a link to another file")
    refuse(lambda file: file.create_group("images"), "it is not an array of 4 dimensions")
    refuse(lambda file: file.__setitem__("images", images[:, 0]), "it is not an array of 4 dimensions")
    refuse(lambda file: file.__setitem__("images", images.astype(float)), "it is float64 of .*, expected integers")
    refuse(lambda file: file.__setitem__("images", images[:, :2]), r"has images of \(2, 2, 4, 5\) and labels of \(2, 4, 5\)")
    refuse(lambda file: file.create_dataset("images", (2, 3, 2**14, 2**14), "u1", chunks=(1, 1, 8, 8)), "images of at most")
    outside = {"external": [(str(tmp_path / "raw"), 0, 120)]}
    refuse(lambda file: file.create_dataset("images", images.shape, "u1", **outside), "its numbers are in another file")
