"""labelme and COCO: shapes, classes and images, and what of them is left out."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from minifcn.data.own.pairs import find_pairs

from .miniatures import box, coco, converted, labelme, shape, square, write_json, write_photo, write_png


def counts(label):
    return dict(zip(*(each.tolist() for each in np.unique(label, return_counts=True))))


# labelme --------------------------------------------------------------------------------------------------------------


def test_labels_are_sorted_and_later_shapes_are_on_top(tmp_path):
    labelme(tmp_path / "in", "a", [square("dog", 0, 0, 4), square("cat", 2, 2, 4)])
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out")
    assert description.classes == ("background", "cat", "dog") and description.ignore == (255,)
    assert counts(masks["a"]) == {0: 80 - 28, 1: 16, 2: 12} and masks["a"][3, 3] == 1
    assert (tmp_path / "out" / "images" / "a.jpg").read_bytes() == (tmp_path / "in" / "a.jpg").read_bytes()


def test_the_mask_is_a_palette_png(tmp_path):
    labelme(tmp_path / "in", "a", [square("cat", 0, 0, 2)])
    _, description, _ = converted(tmp_path / "in", tmp_path / "out")
    mask = Image.open(tmp_path / "out" / "masks" / "a.png")
    assert mask.mode == "P" and tuple(mask.getpalette()[3:6]) == tuple(description.palette[1])


def test_labels_txt_gives_the_order_and_what_is_ignored(tmp_path):
    shapes = [square("dog", 0, 0, 2), square("__ignore__", 4, 0, 2), square("cat", 0, 4, 2)]
    labelme(tmp_path / "in", "a", shapes)
    (tmp_path / "labels.txt").write_text("__ignore__\r\n_background_\r\ndog\r\nbird\r\ncat", newline="")
    masks, description, lines = converted(tmp_path / "in", tmp_path / "out")
    assert description.classes == ("background", "dog", "bird", "cat")
    assert f"  the classes are those of {tmp_path / 'labels.txt'}" in lines
    assert counts(masks["a"]) == {0: 68, 1: 4, 3: 4, 255: 4}


def test_other_shapes_than_polygons(tmp_path):
    picture = io.BytesIO()
    Image.fromarray(np.array([[0, 255], [255, 255]], np.uint8)).save(picture, "PNG")
    shapes = [
        shape("a", (0, 0), (3, 2), kind="rectangle"), shape("b", (6, 2), (6, 0), kind="circle"),
        shape("c", (1, 5), (2, 6), kind="mask", mask=base64.b64encode(picture.getvalue()).decode()),
        shape("a", (9, 6), kind="point"), shape("a", (0, 0), (9, 7), kind="line"), shape("a", (0, 0), (9, 7), kind="linestrip"),
    ]  # fmt: skip
    labelme(tmp_path / "in", "x", shapes)
    masks, _, lines = converted(tmp_path / "in", tmp_path / "out")
    assert counts(masks["x"]) == {0: 80 - 6 - 12 - 3, 1: 6, 2: 12, 3: 3}
    assert [masks["x"][y, x] for y, x in [(5, 1), (5, 2), (6, 1), (6, 2)]] == [0, 3, 3, 3]
    assert all(any(f"1 x {kind} without an area" in line for line in lines) for kind in ("point", "line", "linestrip"))


def test_old_files_without_sizes_and_kinds_of_shapes(tmp_path):
    plain = {"label": "cat", "points": [[0, 0], [4, 0], [4, 4], [0, 4]]}
    labelme(tmp_path / "in", "a", [plain], imageHeight=None, imageWidth=None)
    masks, _, _ = converted(tmp_path / "in", tmp_path / "out")
    assert counts(masks["a"]) == {0: 64, 1: 16}


def test_shapes_outside_the_image_are_cut_off_and_counted(tmp_path):
    labelme(tmp_path / "in", "a", [square("cat", -2, -2, 4), square("cat", 50, 50, 4), square("cat", 7.1, 7.1, 0.2)])
    masks, _, lines = converted(tmp_path / "in", tmp_path / "out")
    assert counts(masks["a"]) == {0: 76, 1: 4}
    assert "  2 x shape that reaches beyond its image, clipped" in lines
    labelme(tmp_path / "circle", "a", [shape("cat", (0, 0), (2, 0), kind="circle"), shape("cat", (4, 4), (4, 6), kind="circle")])
    assert "  1 x shape that reaches beyond its image, clipped" in converted(tmp_path / "circle", tmp_path / "2")[2]
    assert "  2 x shape without a single pixel's centre in it" in lines


def test_the_image_is_found_by_its_path_by_its_name_or_in_the_file(tmp_path):
    folder = tmp_path / "in"
    labelme(folder, "a", [square("cat", 0, 0, 2)], imagePath="..\\elsewhere\\a.jpg")
    picture = write_photo(tmp_path / "b.png").read_bytes()
    write_json(folder / "b.json", {"shapes": [], "imagePath": "C:\\x\\b.png", "imageData": base64.b64encode(picture).decode()})
    write_photo(tmp_path / "photos" / "c.jpg")
    write_json(folder / "c.json", {"shapes": [], "imagePath": "c.jpg", "imageData": None})
    masks, _, _ = converted(folder, tmp_path / "out", images=str(tmp_path / "photos"))
    assert list(masks) == ["a", "b", "c"] and counts(masks["b"]) == {0: 80}
    assert (tmp_path / "out" / "images" / "b.png").read_bytes() == picture
    assert sorted(path.name for path in (tmp_path / "out" / "images").iterdir()) == ["a.jpg", "b.png", "c.jpg"]


def test_files_in_folders_keep_their_folders_only_where_names_repeat(tmp_path):
    for place in ("x", "y"):
        labelme(tmp_path / "in" / place, "a", [square("cat", 0, 0, 2)])
    assert list(converted(tmp_path / "in", tmp_path / "out")[0]) == ["x/a", "y/a"]
    (tmp_path / "in" / "y" / "a.json").rename(tmp_path / "in" / "y" / "b.json")
    assert list(converted(tmp_path / "in", tmp_path / "out2")[0]) == ["a", "b"]


def test_a_photo_that_its_camera_turned_is_annotated_upright(tmp_path):
    path = labelme(tmp_path / "in", "a", [square("cat", 0, 0, 4)], imageHeight=10, imageWidth=8)
    with Image.open(tmp_path / "in" / "a.jpg") as photo:
        turned = photo.copy()
    turned.getexif()[0x0112] = 6  # 10 x 8 pixels, to be turned by 90 degrees
    turned.save(tmp_path / "in" / "a.jpg", exif=turned.getexif())
    assert converted(path, tmp_path / "out")[0]["a"].shape == (10, 8)


def test_chosen_classes_and_others(tmp_path):
    labelme(tmp_path / "in", "a", [square("cat", 0, 0, 2), square("dog", 4, 4, 2)])
    source = tmp_path / "in"
    with pytest.raises(ValueError, match="a.json: shape 2: 'dog' is none of the classes background, cat; add it to --classes"):
        converted(source, tmp_path / "1", classes="cat")
    assert not (tmp_path / "1").exists()
    assert counts(converted(source, tmp_path / "2", classes="cat", others="ignore")[0]["a"]) == {0: 72, 1: 4, 255: 4}
    assert counts(converted(source, tmp_path / "3", classes="cat", others="background")[0]["a"]) == {0: 76, 1: 4}


# COCO -----------------------------------------------------------------------------------------------------------------


def test_categories_become_labels_in_the_order_of_their_ids(tmp_path):
    path = coco(tmp_path, [{"category_id": 7, "segmentation": box(0, 0, 2, 2)}, {"category_id": 1, "segmentation": box(5, 0, 1, 3)}])
    masks, description, lines = converted(path, tmp_path / "out")
    assert description.classes == ("background", "cat", "dog") and counts(masks["a"]) == {0: 73, 1: 3, 2: 4}
    assert "COCO objects (detected" in lines[0]


def test_a_category_called_background_is_class_0(tmp_path):
    path = coco(tmp_path, [{"category_id": 3, "segmentation": box(0, 0, 2, 2)}], [(0, "_background_"), (3, "cat")])
    masks, description, _ = converted(path, tmp_path / "out")
    assert description.classes == ("background", "cat") and counts(masks["a"]) == {0: 76, 1: 4}


@pytest.mark.parametrize("order", [1, -1])
def test_smaller_objects_are_on_top_in_any_order(tmp_path, order):
    annotations = [{"category_id": 1, "segmentation": box(0, 0, 6, 6)}, {"category_id": 7, "segmentation": box(1, 1, 2, 2)}]
    masks, _, _ = converted(coco(tmp_path, annotations[::order]), tmp_path / "out")
    assert counts(masks["a"]) == {0: 44, 1: 32, 2: 4}


def test_an_object_may_have_several_polygons_or_run_lengths(tmp_path):
    pieces = box(0, 0, 2, 2) + box(1, 1, 2, 2)
    runs = {"size": [8, 10], "counts": [64, 16]}  # the last two columns
    path = coco(tmp_path, [{"category_id": 1, "segmentation": pieces}, {"category_id": 7, "segmentation": runs}])
    masks, _, _ = converted(path, tmp_path / "out")
    assert counts(masks["a"]) == {0: 57, 1: 7, 2: 16} and (masks["a"][:, 8:] == 2).all()


def test_crowds_are_ignored_but_for_single_objects_in_them(tmp_path):
    annotations = [
        {"category_id": 1, "segmentation": box(1, 1, 2, 2)},
        {"category_id": 1, "iscrowd": 1, "segmentation": {"size": [8, 10], "counts": [0, 80]}},
    ]
    path = coco(tmp_path, annotations)
    assert counts(converted(path, tmp_path / "out")[0]["a"]) == {1: 4, 255: 76}
    assert counts(converted(path, tmp_path / "out2", crowd=True)[0]["a"]) == {1: 80}


def test_what_has_no_segmentation_is_counted(tmp_path):
    path = coco(tmp_path, [{"category_id": 1, "segmentation": []}, {"category_id": 1, "bbox": [0, 0, 1, 1]}])
    masks, _, lines = converted(path, tmp_path / "out")
    assert counts(masks["a"]) == {0: 80} and "  2 x annotation without a segmentation, left out" in lines


def test_a_folder_with_one_file_of_coco_stands_for_it(tmp_path):
    coco(tmp_path, [{"category_id": 7, "segmentation": box(0, 0, 2, 2)}])
    for number, kind in enumerate((None, "coco")):
        assert counts(converted(tmp_path, tmp_path / f"out{number}", kind)[0]["a"]) == {0: 76, 2: 4}


@pytest.mark.parametrize("kind", [None, "coco"])
def test_a_file_in_each_parts_folder_is_one_data_set_with_that_split(tmp_path, kind):
    for number, part in enumerate(("train", "valid", "test")):
        coco(tmp_path / "export" / part, [{"category_id": 7, "segmentation": box(0, 0, number + 1, 1)}] * 2)
    masks, description, lines = converted(tmp_path / "export", tmp_path / "out", kind)
    assert {name: counts(mask) for name, mask in masks.items()} == {
        "train/a": {0: 79, 2: 1}, "valid/a": {0: 78, 2: 2}, "test/a": {0: 77, 2: 3}}  # fmt: skip
    assert description.split.named() == {"train": "train", "validation": "valid", "test": "test"}
    assert len(find_pairs(tmp_path / "out", description).pairs) == 3 and "3 images, 3 classes" in lines[1]


def test_what_is_counted_in_each_part_is_summed(tmp_path):
    for part in ("train", "val"):
        coco(tmp_path / "export" / part, [{"category_id": 1, "segmentation": []}, {"category_id": 7, "segmentation": box(0, 0, 1, 1)}])
    assert "  2 x annotation without a segmentation, left out" in converted(tmp_path / "export", tmp_path / "out")[2]


def test_parts_of_other_classes_and_files_outside_the_parts_are_refused(tmp_path):
    for part in ("train", "val"):
        coco(tmp_path / part, [], [(1, f"cat of {part}")])
    with pytest.raises(ValueError, match="val/annotations.json: its classes are not those of .*train/annotations.json; choose"):
        converted(tmp_path, tmp_path / "out")
    coco(tmp_path / "more", [])
    with pytest.raises(ValueError, match="it is not clear what to convert; it holds"):
        converted(tmp_path, tmp_path / "out")


def named_file(folder, name, height, categories=((1, "cat"),)):
    """A file of COCO under this name, of one image of this height and one object of one pixel."""
    path = coco(folder, [{"category_id": 1, "segmentation": box(0, 0, 1, 1)}], categories, size=(height, 10))
    (folder / "images" / "a.jpg").unlink()
    (folder / "annotations").mkdir(exist_ok=True)
    return path.rename(folder / "annotations" / name)


@pytest.mark.parametrize("kind", [None, "coco"])
@pytest.mark.parametrize("place", ["{}2017", "images/{}2017"])
@pytest.mark.parametrize("start", ["", "annotations"])
def test_the_files_of_coco_itself_are_one_data_set_with_that_split(tmp_path, kind, place, start):
    root = tmp_path / "coco"
    for height, part in ((4, "train"), (5, "val")):
        named_file(root, f"instances_{part}2017.json", height)
        write_photo(root / place.format(part) / "a.jpg", height)
        write_json(root / "annotations" / f"captions_{part}2017.json", {"images": [], "annotations": []})
        write_json(root / "annotations" / f"person_keypoints_{part}2017.json", {"annotations": [], "categories": []})
    masks, description, lines = converted(root / start, tmp_path / "out", kind)
    assert {name: counts(mask) for name, mask in masks.items()} == {"train2017/a": {0: 39, 1: 1}, "val2017/a": {0: 49, 1: 1}}
    assert description.split.named() == {"train": "train2017", "validation": "val2017"}
    assert "  train from instances_train2017.json; validation from instances_val2017.json" in lines


def test_files_that_are_named_for_the_parts_find_images_below_the_folder_that_is_given(tmp_path):
    for height, part in ((4, "train"), (5, "test")):
        named_file(tmp_path / "in", f"{part}.json", height)
        write_photo(tmp_path / "photos" / f"{part}.jpg", height)
    text = (tmp_path / "in" / "annotations" / "test.json").read_text()
    (tmp_path / "in" / "annotations" / "test.json").write_text(text.replace("a.jpg", "test.jpg"))
    write_photo(tmp_path / "photos" / "a.jpg", 4)
    masks, description, _ = converted(tmp_path / "in" / "annotations", tmp_path / "out", images=str(tmp_path / "photos"))
    assert {name: mask.shape for name, mask in masks.items()} == {"train/a": (4, 10), "test/test": (5, 10)}
    assert description.split.named() == {"train": "train", "test": "test"}


@pytest.mark.parametrize("names", ["train2017 train2014 val2017", "train2017 minival2014", "val2017 test2017"])
def test_files_of_which_it_is_not_clear_that_they_are_the_parts_are_refused(tmp_path, names):
    for name in names.split():
        named_file(tmp_path, f"instances_{name}.json", 4)
    with pytest.raises(ValueError, match="it is not clear what to convert; it holds"):
        converted(tmp_path, tmp_path / "out")


def test_the_heading_of_the_categories_is_no_class_unless_objects_have_it(tmp_path):
    parents = {"animals": "none", "cat": "animals", "dog": "animals"}
    categories = [{"id": n, "name": name, "supercategory": above} for n, (name, above) in enumerate(parents.items())]
    for number, names in ((1, ("background", "cat", "dog")), (0, ("background", "animals", "cat", "dog"))):
        path = coco(tmp_path / str(number), [{"category_id": number, "segmentation": box(0, 0, 2, 2)}])
        write_json(path, json.loads(path.read_text()) | {"categories": categories})
        masks, description, _ = converted(path, tmp_path / f"out{number}")
        assert description.classes == names and counts(masks["a"]) == {0: 76, 1: 4}


def test_images_are_found_by_the_ends_of_their_paths(tmp_path):
    images = [{"id": n, "file_name": f"{place}/a.jpg", "height": 8, "width": 10} for n, place in enumerate(("x", "y"))]
    path = coco(tmp_path / "annotations", [], images=images)
    for place in ("x", "y"):
        write_photo(tmp_path / "train2017" / place / "a.jpg")
    masks, _, lines = converted(path, tmp_path / "out")
    assert list(masks) == ["x/a", "y/a"] and "  2 x image without annotations, all background" in lines


# Panoptic, and maps of things and stuff -------------------------------------------------------------------------------


def panoptic(folder, segments, pixels):
    rgb = np.stack([pixels % 256, pixels // 256 % 256, pixels // 65536], axis=-1).astype(np.uint8)
    write_png(folder / "panoptic" / "a.png", rgb)
    write_png(folder / "other" / "a.png", rgb // 2)
    categories = [{"id": 1, "name": "person", "isthing": 1, "color": [9, 8, 7]},
                  {"id": 200, "name": "sky", "isthing": 0, "color": [1, 2, 3]}]  # fmt: skip
    annotation = {"file_name": "a.png", "segments_info": segments}
    path = coco(folder, [annotation], [(each["id"], each["name"]) for each in categories])
    return write_json(path.with_name("panoptic.json"), json.loads(path.read_text()) | {"categories": categories})


PIXELS = np.zeros((8, 10), np.int64)
PIXELS[:2], PIXELS[2:4], PIXELS[4] = 3 + 256 * 2 + 65536 * 7, 9, 300


def test_things_and_stuff_are_classes_and_what_is_unlabelled_is_ignored(tmp_path):
    segments = [{"id": 459267, "category_id": 200}, {"id": 9, "category_id": 1}, {"id": 300, "category_id": 1, "iscrowd": 1}]
    path = panoptic(tmp_path, segments, PIXELS)
    masks, description, _ = converted(path, tmp_path / "out")
    assert description.classes == ("person", "sky") and description.colours == ("#090807", "#010203")
    assert counts(masks["a"]) == {0: 20, 1: 20, 255: 40}
    assert counts(converted(path, tmp_path / "out2", crowd=True)[0]["a"]) == {0: 30, 1: 20, 255: 30}


def test_a_segment_that_the_json_lacks_is_refused_and_one_that_the_png_lacks_is_counted(tmp_path):
    known = [{"id": 459267, "category_id": 200}, {"id": 300, "category_id": 1}]
    with pytest.raises(ValueError, match=r"a.png: some of its pixels are of the segment 9, which its JSON file does not have"):
        converted(panoptic(tmp_path, known, PIXELS), tmp_path / "out")
    path = panoptic(tmp_path / "2", known + [{"id": 9, "category_id": 1}, {"id": 10, "category_id": 1}], PIXELS)
    assert "  1 x segment without a pixel" in converted(path, tmp_path / "out")[2]


@pytest.mark.parametrize(("values", "first"), [([[0, 1, 3], [3, 3, 255]], None), ([[255, 0, 2], [2, 2, 255]], 0)])
def test_maps_of_things_and_stuff_count_from_1_or_from_0(tmp_path, values, first):
    write_photo(tmp_path / "in" / "images" / "a.jpg", 2, 3)
    write_png(tmp_path / "in" / "masks" / "a.png", np.array(values, np.uint8))
    (tmp_path / "in" / "labels.txt").write_text("0: unlabeled\n1: person\n2: bicycle\n3: car\n")
    masks, description, _ = converted(tmp_path / "in", tmp_path / "out", "coco-stuff", first=first)
    assert description.classes == ("person", "bicycle", "car")
    np.testing.assert_array_equal(masks["a"], [[255, 0, 2], [2, 2, 255]])


def test_json_of_a_windows_editor_is_read(tmp_path):
    path = coco(tmp_path, [{"category_id": 1, "segmentation": box(0, 0, 2, 2)}])
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(json.loads(path.read_text()), indent=1).replace("\n", "\r\n").encode())
    assert counts(converted(path, tmp_path / "out")[0]["a"]) == {0: 76, 1: 4}
