"""Coloured, binary and transparent masks, MATLAB's files and ADE20K's."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from minifcn.data.convert.tables import read_colours

from .miniatures import converted, write_json, write_photo, write_png

BLACK, RED, ROAD = (0, 0, 0), (255, 0, 0), (128, 64, 128)
COLOURED = np.array([[BLACK, RED, ROAD], [ROAD, ROAD, BLACK]], np.uint8)
INSIDE = np.array([[0, 1, 0], [0, 1, 1]], np.uint8)


def pair(folder, mask, images="images", masks="masks", name="a", mode=None):
    write_photo(folder / images / f"{name}.jpg", 2, 3)
    return write_png(folder / masks / f"{name}.png", mask, mode)


# Colours --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "text"), [
    ("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\nred car:255,0,0::\n"),
    ("class_dict.csv", "name,r,g,b\r\nbackground,0,0,0\r\nroad,128,64,128\r\nred car,255,0,0\r\n"),
    ("label_colors.txt", "0 0 0\tbackground\n128 64 128\t\troad\n255 0 0\tred car\n"),
    ("colours.txt", "background #000000\nroad #804080\nred car #FF0000\n"),
])  # fmt: skip
def test_tables_of_colours_in_four_ways_of_writing(tmp_path, name, text):
    pair(tmp_path / "in", COLOURED)
    (tmp_path / "in" / name).write_text(text, newline="")
    assert read_colours(tmp_path / "in" / name) == {BLACK: "background", ROAD: "road", RED: "red car"}
    masks, description, lines = converted(tmp_path / "in", tmp_path / "out")
    assert description.classes == ("background", "road", "red car") and description.colours == ("#000000", "#804080", "#ff0000")
    np.testing.assert_array_equal(masks["a"], [[0, 2, 1], [1, 1, 0]])
    assert "colours (detected" in lines[0]


def test_a_colour_called_void_is_ignored(tmp_path):
    pair(tmp_path / "in", COLOURED)
    (tmp_path / "t.txt").write_text("Void 0 0 0\nroad 128 64 128\n")
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "colours", colours=str(tmp_path / "t.txt"), others="ignore")
    assert description.classes == ("road",)
    np.testing.assert_array_equal(masks["a"], [[255, 255, 0], [0, 0, 255]])


def test_colours_are_found_where_no_table_names_them(tmp_path):
    pair(tmp_path / "in", COLOURED)
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "colours")
    assert description.classes == description.colours == ("#000000", "#ff0000", "#804080")
    assert any("soil #000000" in line for line in converted(tmp_path / "in", tmp_path / "2", "colours", classes="soil,a,b")[2])
    np.testing.assert_array_equal(masks["a"], [[0, 1, 2], [2, 2, 0]])


def test_palette_masks_are_taken_by_their_colours(tmp_path):
    path = pair(tmp_path / "in", COLOURED)
    with Image.open(path) as image:
        palette = image.quantize(4)
    palette.save(path)
    masks, _, _ = converted(tmp_path / "in", tmp_path / "out", "colours")
    np.testing.assert_array_equal(masks["a"], [[0, 1, 2], [2, 2, 0]])


def test_an_unknown_colour_is_refused_with_its_pixels(tmp_path):
    pair(tmp_path / "in", COLOURED)
    (tmp_path / "t.txt").write_text("background 0 0 0\nred 255 0 0\n")
    with pytest.raises(ValueError, match="a.png: 3 of its pixels have the colour #804080, which is no class"):
        converted(tmp_path / "in", tmp_path / "out", "colours", colours=str(tmp_path / "t.txt"))


def test_parts_of_a_split_stay_parts(tmp_path):
    for part in ("train", "val"):
        pair(tmp_path / "in", COLOURED, f"images/{part}", f"masks/{part}", name=part)
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "colours")
    assert list(masks) == ["train/train", "val/val"]
    assert (description.images, description.split.train, description.split.validation) == ("images/{split}", "train", "val")


def test_lists_of_a_split_are_kept(tmp_path):
    pair(tmp_path / "in", COLOURED)
    for part in ("train", "val"):
        (tmp_path / "in" / f"{part}.txt").write_text("a\n")
    _, description, _ = converted(tmp_path / "in", tmp_path / "out", "colours")
    assert (description.split.train, description.split.validation) == ("train.txt", "validation.txt")
    assert (tmp_path / "out" / "validation.txt").read_text() == "a\n"


# One class a mask -----------------------------------------------------------------------------------------------------


def test_a_folder_of_masks_for_each_class_and_overlaps_are_counted(tmp_path):
    write_photo(tmp_path / "in" / "images" / "a.jpg", 2, 3)
    write_png(tmp_path / "in" / "masks" / "cat" / "a.png", INSIDE * 255)
    write_png(tmp_path / "in" / "masks" / "dog" / "a.png", np.array([[0, 0, 0], [7, 7, 0]], np.uint8))
    masks, description, lines = converted(tmp_path / "in", tmp_path / "out", "binary")
    assert description.classes == ("background", "cat", "dog")
    np.testing.assert_array_equal(masks["a"], [[0, 1, 0], [2, 2, 1]])
    assert any(line.startswith("  1 x pixel in masks of several classes") for line in lines)
    masks, description, _ = converted(tmp_path / "in", tmp_path / "2", "binary", classes="dog,cat")
    np.testing.assert_array_equal(masks["a"], [[0, 2, 0], [1, 2, 2]])


def test_an_ending_for_each_class(tmp_path):
    for name in ("a", "a_b"):
        write_photo(tmp_path / "in" / "images" / f"{name}.jpg", 2, 3)
        write_png(tmp_path / "in" / "masks" / f"{name}_cat.png", INSIDE == 1)
    write_png(tmp_path / "in" / "masks" / "a_b_big dog.png", INSIDE == 0)
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "binary")
    assert description.classes == ("background", "big dog", "cat")
    np.testing.assert_array_equal(masks["a"], INSIDE * 2)
    np.testing.assert_array_equal(masks["a_b"], INSIDE + 1)


def test_one_mask_for_each_image_has_one_class_which_is_named(tmp_path):
    pair(tmp_path / "in", INSIDE * 255)
    with pytest.raises(ValueError, match="with one mask for each image there is one class; name it, as in --classes crack"):
        converted(tmp_path / "in", tmp_path / "out", "binary")
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "binary", classes="crack")
    assert description.classes == ("background", "crack")
    np.testing.assert_array_equal(masks["a"], INSIDE)


def test_a_mask_of_several_values_is_not_binary(tmp_path):
    pair(tmp_path / "in", np.array([[0, 1, 2], [0, 0, 0]], np.uint8))
    with pytest.raises(ValueError, match="a.png: it has the values 0, 1, 2, expected 0 and one other"):
        converted(tmp_path / "in", tmp_path / "out", "binary", classes="crack")


def test_jpeg_masks_are_split_at_half(tmp_path):
    write_photo(tmp_path / "in" / "images" / "a.png", 2, 3)
    path = tmp_path / "in" / "masks" / "a.jpg"
    path.parent.mkdir()
    Image.fromarray(INSIDE * 200 + 20).resize((48, 32), Image.NEAREST).save(path, quality=60)
    write_photo(tmp_path / "in" / "images" / "a.png", 32, 48)
    masks, _, _ = converted(tmp_path / "in", tmp_path / "out", "binary", classes="crack")
    assert (masks["a"] == np.kron(INSIDE, np.ones((16, 16)))).mean() > 0.98


def test_what_is_opaque_is_the_class(tmp_path):
    alpha = np.array([[0, 128, 255], [127, 0, 0]], np.uint8)
    pair(tmp_path / "in", np.dstack([np.zeros((2, 3, 3), np.uint8), alpha]))
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "alpha", classes="person")
    assert description.classes == ("background", "person")
    np.testing.assert_array_equal(masks["a"], [[0, 1, 1], [0, 0, 0]])
    pair(tmp_path / "b", COLOURED)
    with pytest.raises(ValueError, match="a.png: it has no transparency"):
        converted(tmp_path / "b", tmp_path / "2", "alpha")


# MATLAB and ADE20K ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contents", [
    {"groundTruth": {"Segmentation": INSIDE + 1, "Boundaries": INSIDE}},
    {"GTcls": {"Segmentation": INSIDE + 1, "CategoriesPresent": np.array([[1], [2]])}},
    {"S": (INSIDE + 1).astype(np.float64), "name": "x"},
])  # fmt: skip
@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_files_of_three_kinds(tmp_path, contents, compressed):
    write_photo(tmp_path / "in" / "a.jpg", 2, 3)
    savemat(tmp_path / "in" / "a.mat", contents, do_compression=compressed)
    masks, description, lines = converted(tmp_path / "in", tmp_path / "out", classes="background,crack")
    assert description.classes == ("background", "crack")
    np.testing.assert_array_equal(masks["a"], INSIDE)
    assert "  1 in the files is taken to be background; otherwise say --first" in lines


def test_matlab_maps_from_0_with_ignored_pixels(tmp_path):
    write_photo(tmp_path / "in" / "a.jpg", 2, 3)
    savemat(tmp_path / "in" / "a.mat", {"GTcls": {"Segmentation": np.array([[0, 1, 255], [0, 2, 2]], np.uint8)}})
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out")
    assert description.classes == ("class 0", "class 1", "class 2")
    np.testing.assert_array_equal(masks["a"], [[0, 1, 255], [0, 2, 2]])


def test_all_of_ade20ks_classes(tmp_path):
    write_photo(tmp_path / "in" / "street" / "ADE_1.jpg", 2, 3)
    codes = np.array([[0, 976, 2836], [2836, 976, 0]])
    rgb = np.stack([codes // 256 * 10, codes % 256, np.arange(6).reshape(2, 3)], axis=-1).astype(np.uint8)
    write_png(tmp_path / "in" / "street" / "ADE_1_seg.png", rgb)
    names = {976: "façade, front", 2836: "traffic light, signal"}
    content = {"annotation": {"object": [{"name_ndx": number, "name": name} for number, name in names.items()]}}
    (tmp_path / "in" / "street" / "ADE_1.json").write_bytes(json.dumps(content, ensure_ascii=False).encode("latin-1"))
    masks, description, lines = converted(tmp_path / "in", tmp_path / "out")
    assert description.classes == ("façade", "traffic light") and "ADE20K with all classes (detected" in lines[0]
    np.testing.assert_array_equal(masks["ADE_1"], [[255, 0, 1], [1, 0, 255]])
    masks, _, _ = converted(tmp_path / "in", tmp_path / "2", classes="traffic light", others="ignore")
    np.testing.assert_array_equal(masks["ADE_1"], [[255, 255, 0], [0, 255, 255]])


def test_what_is_not_certain_is_asked(tmp_path):
    pair(tmp_path / "in", COLOURED)
    with pytest.raises(ValueError, match="in: it is not clear what to convert; name one folder or file, and say .* --from: labelme, coco"):
        converted(tmp_path / "in", tmp_path / "out")
    write_json(tmp_path / "in" / "1.json", {"annotations": [], "categories": []})
    write_json(tmp_path / "in" / "2.json", {"shapes": []})
    with pytest.raises(ValueError, match=r"it holds .*in \(labelme\) and .*1.json \(coco\); name one"):
        converted(tmp_path / "in", tmp_path / "out")
