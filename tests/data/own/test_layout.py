"""Where images and masks are: found out in the layouts that people have, and paired by name."""

import os
import unicodedata

import pytest

from minifcn.data.own.description import Description
from minifcn.data.own.layout import find_layout
from minifcn.data.own.pairs import find_pairs

LAYOUTS = {
    "images/a.jpg images/b.jpg masks/a.png": ("images", "masks", "", "", {}, ["a"]),
    "JPEGImages/a.jpg SegmentationClass/a.png SegmentationObject/a.png Annotations/a.xml ImageSets/Segmentation/train.txt": (
        "JPEGImages", "SegmentationClass", "", "", {"train": "ImageSets/Segmentation/train.txt"}, ["a"]),
    "train/images/a.jpg train/masks/a_mask.png test/images/b.jpg": (
        "{split}/images", "{split}/masks", "", "_mask", {"train": "train"}, ["train/a"]),
    "images/train/a.jpg labels/train/a.png images/val/b.jpg labels/val/b.png": (
        "images", "labels", "", "", {"train": "train", "validation": "val"}, ["train/a", "val/b"]),
    "img/a.jpg ann/a.png": ("img", "ann", "", "", {}, ["a"]),
    "Train/a.png Trainannot/a.png Valid/b.png Validannot/b.png": (
        "{split}", "{split}annot", "", "", {"train": "Train", "validation": "Valid"}, ["Train/a", "Valid/b"]),
    "train_images/a.jpg train_masks/a.png": ("{split}_images", "{split}_masks", "", "", {"train": "train"}, ["train/a"]),
    "a.jpg a.png b.jpg b.png": (".", ".", ".jpg", ".png", {}, ["a", "b"]),
    "a.jpg a_L.png": (".", ".", "", "_L", {}, ["a"]),
    "x/119_sat.jpg x/119_mask.png": (".", ".", "_sat", "_mask", {}, ["x/119"]),
    "train/1_sat.jpg train/1_mask.png valid/2_sat.jpg test/3_sat.jpg": (
        ".", ".", "_sat", "_mask", {"train": "train"}, ["train/1"]),
    "test/3_sat.jpg test/3_mask.png train/1_sat.jpg": (".", ".", "_sat", "_mask", {}, ["test/3"]),
    "train/a.jpg train/a_mask.png val/b.jpg val/b_mask.png": (
        ".", ".", "", "_mask", {"train": "train", "validation": "val"}, ["train/a", "val/b"]),
    "images/c_1.jpg images/c_2.jpg gt/c_1_gland_area.png gt/c_2_gland_area.png": (
        "images", "gt", "", "_gland_area", {}, ["c_1", "c_2"]),
    "images/a.npy masks/a.npy train.txt val.txt": (
        "images", "masks", "", "", {"train": "train.txt", "validation": "val.txt"}, ["a"]),
    "frames/a_1.jpg frames/b_1.jpg labels/a_1.png labels/b_1.png": ("frames", "labels", "", "", {}, ["a_1", "b_1"]),
    "Kvasir-SEG/images/a.jpg Kvasir-SEG/masks/a.jpg Kvasir-SEG/boxes.json __MACOSX/Kvasir-SEG/images/b.jpg": (
        "Kvasir-SEG/images", "Kvasir-SEG/masks", "", "", {}, ["a"]),
    "data/set/train/a.png data/set/train_labels/a_L.png data/set/val/b.png data/set/val_labels/b_L.png": (
        "data/set/{split}", "data/set/{split}_labels", "", "_L", {"train": "train", "validation": "val"}, ["train/a", "val/b"]),
    "data/images/a.jpg data/masks/a.png data/train.txt": (
        "data/images", "data/masks", "", "", {"train": "data/train.txt"}, ["a"]),
    "ISIC_Training_Input/I_1.jpg ISIC_Training_Input/I_2.jpg ISIC_Training_GroundTruth/I_1_segmentation.png": (
        "ISIC_Training_Input", "ISIC_Training_GroundTruth", "", "_segmentation", {}, ["I_1"]),
    "img_dir/train/a.jpg img_dir/val/b.jpg ann_dir/train/a.png ann_dir/val/b.png": (
        "img_dir", "ann_dir", "", "", {"train": "train", "validation": "val"}, ["train/a", "val/b"]),
    "images/a.jpg annotations/trimaps/a.png annotations/trimaps/._a.png annotations/list.txt annotations/xmls/a.xml": (
        "images", "annotations/trimaps", "", "", {}, ["a"]),
    "imagesTr/a_0000.png imagesTr/b_0000.png labelsTr/a.png labelsTr/b.png imagesTs/c_0000.png dataset.json": (
        "images{split}", "labels{split}", "_0000", "", {"train": "Tr"}, ["Tr/a", "Tr/b"]),
    "training/images/21_training.tif training/1st_manual/21_manual1.gif training/mask/21_training_mask.gif"
    " test/images/01_test.tif test/1st_manual/01_manual1.gif test/mask/01_test_mask.gif": (
        "{split}/images", "{split}/1st_manual", "_{split}", "_manual1", {"train": "training", "test": "test"},
        ["test/01", "training/21"]),
    "Train/Urban/images_png/1.png Train/Urban/masks_png/1.png Train/Rural/images_png/1.png Train/Rural/masks_png/1.png"
    " Val/Rural/images_png/2.png Val/Rural/masks_png/2.png Test/Rural/images_png/3.png": (
        "{split}/*/images_png", "{split}/*/masks_png", "", "", {"train": "Train", "validation": "Val"},
        ["Train/Rural/1", "Train/Urban/1", "Val/Rural/2"]),
    "set/aachen/images/a.jpg set/aachen/gt/a_L.png set/bonn/images/b.jpg set/bonn/gt/b_L.png set/notes/c.jpg": (
        "set/*/images", "set/*/gt", "", "_L", {}, ["aachen/a", "bonn/b"]),
}  # fmt: skip

STARTS = {
    "images/image_0.npy images/image_1.npy masks/mask_0.npy masks/mask_1.npy": ("images", "masks", "image_", "mask_", ["0", "1"]),
    "x/img_01.png x/img_02.png x/lbl_01.png": (".", ".", "img_", "lbl_", ["x/01"]),
    "a.jpg b.jpg mask_a.png mask_b.png": (".", ".", "", "mask_", ["a", "b"]),
    "train/image1.png train/mask1.png": (".", ".", "image", "mask", ["train/1"]),
    "train/images/img-1.png train/masks/1.png": ("{split}/images", "{split}/masks", "img-", "", ["train/1"]),
}


def write(folder, names):
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize("files", LAYOUTS, ids=LAYOUTS)
def test_a_layout_is_found_and_its_files_are_paired(tmp_path, files):
    write(tmp_path, files)
    *places, named, names = LAYOUTS[files]
    layout = find_layout(tmp_path)
    assert [layout.images, layout.masks, layout.image_ending, layout.mask_ending] == places
    assert layout.split.named() == named
    pairs = find_pairs(tmp_path, Description(["a"], **vars(layout)).check()).pairs
    assert [pair.name for pair in pairs] == names


@pytest.mark.parametrize("files", STARTS, ids=STARTS)
def test_names_that_differ_at_the_start_are_paired(tmp_path, files):
    write(tmp_path, files)
    *places, names = STARTS[files]
    layout = find_layout(tmp_path)
    assert [layout.images, layout.masks, layout.image_start, layout.mask_start] == places
    assert layout.image_ending == layout.mask_ending == ""
    pairs = find_pairs(tmp_path, Description(["a"], **vars(layout)).check())
    assert [pair.name for pair in pairs.pairs] == names and not pairs.without_image


def test_starts_are_not_guessed_where_names_only_differ(tmp_path):
    write(tmp_path, "cat_1.jpg cat_2.jpg dog_1.png dog_2.png")
    with pytest.raises(ValueError, match="found no images with masks"):
        find_layout(tmp_path)


def test_starts_and_endings_are_those_of_file_names_and_both_count(tmp_path):
    write(tmp_path, "m_x/i_1_a.png m_x/m_1_b.png i_x/i_2.png m_1_b.png other.png i__a.png")
    description = Description(["a"], images=".", masks=".", image_start="I_", image_ending="_a", mask_start="m_", mask_ending="_b")
    found = find_pairs(tmp_path, description.check())
    assert [pair.name for pair in found.pairs] == ["m_x/1"] and not found.without_mask
    assert [path.name for path in found.without_image] == ["m_1_b.png"]


def test_in_one_folder_the_longer_start_decides(tmp_path):
    write(tmp_path, "1.png mask_1.png")
    found = find_pairs(tmp_path, Description(["a"], images=".", masks=".", mask_start="mask_").check())
    assert [(pair.image.name, pair.mask.name) for pair in found.pairs] == [("1.png", "mask_1.png")] and not found.without_mask


def test_a_folder_without_a_layout_and_one_with_two_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found no images with masks; looked for the folders images/ and masks/"):
        find_layout(tmp_path)
    with pytest.raises(ValueError, match=r"none is not a folder"):
        find_layout(tmp_path / "none")
    write(tmp_path, "1_image.png 1_mask.png 1_annotation.png")
    with pytest.raises(ValueError, match=r'the endings "_mask" and "_annotation" fit equally many masks; .*mask_ending = '):
        find_layout(tmp_path)


def test_folders_with_the_usual_words_in_their_names_must_pair_their_files(tmp_path):
    write(tmp_path, "old_images/a.jpg my_labels/b.png")
    with pytest.raises(ValueError, match="found no images with masks"):
        find_layout(tmp_path)


def test_a_folder_further_down_is_named_where_the_whole_has_no_layout(tmp_path):
    write(tmp_path, "Train/Urban/images_png/1.png Train/Urban/masks_png/1.png Train/Rural/img/2.png Train/Rural/gt/2.png")
    with pytest.raises(ValueError, match="no images with masks for the whole folder, but some in .*Rural; name that folder"):
        find_layout(tmp_path)


def test_a_folder_for_each_image_with_masks_of_other_names_is_not_advised(tmp_path):
    write(tmp_path, "stage1/6c2f/images/6c2f.png stage1/6c2f/masks/77aa.png stage1/91ab/images/91ab.png stage1/91ab/masks/5.png")
    with pytest.raises(ValueError, match="found no images with masks; looked for"):
        find_layout(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_star_stands_for_a_folder_that_holds_both_and_no_link(tmp_path):
    write(tmp_path, "a/img/1.png a/gt/1.png b/img/2.png .c/img/3.png .c/gt/3.png")
    (tmp_path / "d").symlink_to(tmp_path / "a")
    found = find_pairs(tmp_path, Description(["x"], images="*/img", masks="*/gt").check())
    assert [pair.name for pair in found.pairs] == ["a/1"] and not found.without_mask
    for images, masks in (("*/img", "gt"), ("*/*/img", "*/gt"), ("img", "*")):
        with pytest.raises(ValueError, match="stands for the same folder, so give it in both, once, or in neither"):
            Description(["x"], images=images, masks=masks).check()
    with pytest.raises(ValueError, match=r"no folder holds both \*/photos and \*/gt; found the folders a, b, d; correct"):
        find_pairs(tmp_path, Description(["x"], images="*/photos", masks="*/gt"))


def test_a_part_is_named_in_an_ending_only_where_the_folders_have_parts():
    description = Description(["a"], image_ending="_{split}")
    with pytest.raises(ValueError, match='image_ending has "{split}", but neither images nor masks has; leave it out'):
        description.check()


def test_files_without_a_partner_and_names_that_clash_are_listed(tmp_path):
    composed = unicodedata.normalize("NFC", "가é")
    write(tmp_path, f"images/a.jpg images/A.png images/b.jpg images/{composed}.jpg images/.c.png masks/b.png masks/d.png")
    write(tmp_path, f"masks/{unicodedata.normalize('NFD', composed)}.png images/notes.txt")
    found = find_pairs(tmp_path, Description(["a"]))
    assert [pair.name for pair in found.pairs] == ["b", composed]
    assert [path.name for path in found.without_image] == ["d.png"] and not found.without_mask
    assert [[path.name for path in paths] for paths in found.duplicates] == [["A.png", "a.jpg"]]
    (tmp_path / "images" / "A.png").unlink()
    assert [path.name for path in find_pairs(tmp_path, Description(["a"])).without_mask] == ["a.jpg"]


def test_masks_below_the_images_are_not_images(tmp_path):
    write(tmp_path, "a.jpg b.jpg masks/a.png")
    found = find_pairs(tmp_path, Description(["a"], images=".", masks="masks"))
    assert [pair.name for pair in found.pairs] == ["a"] and [path.name for path in found.without_mask] == ["b.jpg"]


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_cycle_of_links_ends(tmp_path):
    write(tmp_path, "images/a.jpg masks/a.png")
    (tmp_path / "images" / "again").symlink_to(tmp_path / "images")
    (tmp_path / "images" / "b.jpg").symlink_to(tmp_path / "images" / "a.jpg")
    found = find_pairs(tmp_path, Description(["a"]))
    assert [pair.name for pair in found.pairs] == ["a"] and [path.name for path in found.without_mask] == ["b.jpg"]


def test_a_missing_folder_is_named_with_what_is_there(tmp_path):
    write(tmp_path, "photos/a.jpg masks/a.png")
    with pytest.raises(ValueError, match=r"the folder of the images, images, is not there; found the folders masks, photos; "):
        find_pairs(tmp_path, Description(["a"]))
