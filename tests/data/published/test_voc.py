"""PASCAL VOC, SBD and PASCAL-Context on miniatures in their layouts."""

import numpy as np
import pytest
from published_data import (
    TRAIN,
    VALIDATION,
    check,
    indices_of,
    make_voc,
    names_of,
    write_mat,
    write_names,
    write_picture,
)

from minifcn.data.catalogue import DATA, open_data
from minifcn.data.published import context
from minifcn.data.published.voc import CLASSES


@pytest.fixture
def voc(tmp_path):
    return make_voc(tmp_path / "VOCdevkit")


@pytest.fixture
def sbd(voc, tmp_path):
    """SBD beside VOC; one of its training images is in VOC's validation set."""
    dataset = tmp_path / "benchmark_RELEASE" / "dataset"
    for number, name in enumerate(["2008_000008", *TRAIN, "2007_000042"]):
        write_picture(dataset / "img" / f"{name}.jpg", number)
        fields = {"Boundaries": np.zeros((20, 1)), "Segmentation": indices_of(0, 15).astype(np.uint8), "CategoriesPresent": 15}
        write_mat(dataset / "cls" / f"{name}.mat", GTcls=fields)
    write_names(dataset / "train.txt", ["2008_000008", *TRAIN, "2007_000042"])
    return tmp_path


def test_voc_is_found_from_each_of_its_folders_and_labels_are_indices_not_colours(voc, tmp_path):
    for path in voc, voc.parent, tmp_path:
        data = open_data(f"voc:{path}", size=8)
        assert [names_of(split) for split in (data.train(), data.validation(), data.test())] == [TRAIN, VALIDATION, VALIDATION]
        assert data.validation()[0][1][0, :4].tolist() == [0, 20, 255, 2]
    assert data.train()[0][0].shape == (3, 8, 8) and data.validation()[0][0].shape == (3, 12, 16)
    assert "the test split is the validation split" in data.describe()
    check(data)


def test_the_colours_of_voc_are_the_published_ones():
    colours = dict(zip(CLASSES, DATA["voc"].palette.tolist()))
    assert colours["aeroplane"] == [128, 0, 0] and colours["person"] == [192, 128, 128]
    assert colours["tvmonitor"] == [0, 64, 128] and colours["background"] == [0, 0, 0]


def test_two_years_of_voc_in_one_folder_are_a_question(voc):
    make_voc(voc.parent, "VOC2011")
    with pytest.raises(ValueError, match=r"voc: found both \S+VOC2012 and \S+VOC2011; give the path of one"):
        open_data(f"voc:{voc.parent}")
    assert len(open_data(f"voc:{voc.parent}/VOC2011").train()) == 2


@pytest.mark.parametrize("missing, kind", [("SegmentationClass", "folder"), ("ImageSets/Segmentation/train.txt", "file")])
def test_what_voc_lacks_is_named(voc, missing, kind):
    data = open_data(f"voc:{voc}")
    (voc / missing).rename(voc / "elsewhere")
    with pytest.raises(ValueError, match=rf"voc: there is no {kind} \S+{missing}; expected JPEGImages, SegmentationClass"):
        data.train()


def test_a_folder_that_is_not_voc_and_a_missing_mask_are_named(voc, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"voc: there is no folder \S+empty/VOC2012/JPEGImages; expected JPEGImages"):
        open_data(f"voc:{tmp_path}/empty")
    (voc / "SegmentationClass" / "2007_000039.png").unlink()
    with pytest.raises(ValueError, match="SegmentationClass has no mask for 1 of 2 names, the first is 2007_000039; unpack"):
        open_data(f"voc:{voc}").train()


def test_sbd_trains_on_its_own_list_and_validates_on_the_rest_of_voc(sbd, voc):
    for path in sbd, voc.parent, voc:
        data = open_data(f"sbd:{path}", size=0)
        assert names_of(data.train()) == ["2008_000008", *TRAIN, "2007_000042"]
        assert names_of(data.validation()) == names_of(data.test()) == ["2007_000033", "2008_000003"]
    assert set(np.unique(data.train()[0][1])) == {0, 15} and set(np.unique(data.test()[0][1])) == {0, 2, 20, 255}
    check(data)


def test_a_list_of_validation_images_is_used_and_left_out_of_training(sbd):
    write_names(sbd / "seg11valid.txt", ["2007_000042", "2007_000033"])
    data = open_data(f"sbd:{sbd}")
    assert names_of(data.validation()) == ["2007_000042", "2007_000033"]
    assert names_of(data.train()) == ["2008_000008", *TRAIN]
    write_names(sbd / "seg11valid.txt", ["2007_000000"])
    with pytest.raises(ValueError, match="JPEGImages has no image for 1 of 1 names, the first is 2007_000000"):
        data.validation()


def test_what_sbd_lacks_is_named(sbd, voc, tmp_path):
    dataset = sbd / "benchmark_RELEASE" / "dataset"
    (dataset / "cls" / "2007_000032.mat").write_bytes(b"MATLAB 5.0")
    data = open_data(f"sbd:{sbd}")
    with pytest.raises(ValueError, match=r"cannot read GTcls.Segmentation in \S+2007_000032.mat: it is not a MATLAB file"):
        data.train()[1]
    (dataset / "train.txt").unlink()
    with pytest.raises(ValueError, match=r"sbd: there is no file \S+dataset/train.txt; expected benchmark_RELEASE"):
        data.train()
    dataset.rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"sbd: there is no folder \S+benchmark_RELEASE/dataset/cls; expected benchmark"):
        open_data(f"sbd:{sbd}")


FULL = ["accordion", "bed clothes", "table", "cloth", *sorted({*context.CLASSES[1:]} - {"bedcloth", "clothes"})]


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(TRAIN + VALIDATION):
        write_picture(tmp_path / "VOC2010" / "JPEGImages" / f"{name}.jpg", number)
        numbers = [FULL.index(word) + 1 for word in ("accordion", "bed clothes", "table", "cloth", "wood")]
        write_mat(tmp_path / "trainval" / f"{name}.mat", LabelMap=indices_of(*numbers).astype(np.uint16))
    write_names(tmp_path / "VOC2010/ImageSets/Main/train.txt", TRAIN)
    write_names(tmp_path / "VOC2010/ImageSets/Main/val.txt", VALIDATION)
    write_names(tmp_path / "labels.txt", [f"{number}: {name}" for number, name in enumerate(FULL, 1)])
    return tmp_path


def test_context_finds_its_59_classes_by_name_and_the_rest_is_background(folder):
    data = open_data(f"context:{folder}")
    assert len(data.classes) == 60 and len(data.train()) == 2 and len(data.test()) == 3
    names = [data.classes[label] for label in data.test()[0][1][0, :5]]
    assert names == ["background", "bedcloth", "diningtable", "clothes", "wood"]
    check(data)


def test_what_context_lacks_is_named(folder):
    lines = [f"{number}: {name}" for number, name in enumerate(FULL[:-1], 1)]  # sorted: wood is last
    write_names(folder / "labels.txt", lines)
    with pytest.raises(ValueError, match=r"labels.txt has no wood, expected all 59 classes"):
        open_data(f"context:{folder}")
    write_names(folder / "labels.txt", ["wood"])
    with pytest.raises(ValueError, match=r"labels.txt has the line 'wood', expected a number, a colon, a name"):
        open_data(f"context:{folder}")
    (folder / "labels.txt").unlink()
    with pytest.raises(ValueError, match=r"context: there is no file \S+/labels.txt; expected trainval"):
        open_data(f"context:{folder}")
    (folder / "VOC2010").rename(folder / "elsewhere")
    with pytest.raises(ValueError, match=r"context: there is no folder \S+/VOC2010/JPEGImages; expected trainval"):
        open_data(f"context:{folder}")
