"""Which image files are found in files and folders, what is left out, and the names of what is made of them."""

import os
from pathlib import Path

import numpy as np
import pytest

from minifcn.data.folders import PREDICT, find_images, names_of_inputs, output_names
from minifcn.data.images import write_image, write_label

PICTURE = np.zeros((4, 5, 3), np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Photos in two folders, among files that nobody wants to predict; the test runs there."""
    for name in ("b.png", "a.jpg", "price_label.jpg", "own_label.png", "sub/deep/a.JPG", "._a.jpg", ".hidden/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / name, PICTURE)
    write_label(tmp_path / "a_label.png", PICTURE[..., 0], PICTURE[0], PREDICT)
    write_image(tmp_path / "sub" / "a_overlay.png", PICTURE, PREDICT)
    (tmp_path / "notes.txt").write_text("no image")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(found):
    return [path.as_posix() for path in found.images]


def test_a_folder_means_the_images_in_it_and_its_subfolders(folder):
    found = find_images(["."])
    assert names(found) == ["a.jpg", "b.png", "own_label.png", "price_label.jpg", "sub/deep/a.JPG"]
    assert [below.as_posix() for below in found.images.values()] == [".", ".", ".", ".", "sub/deep"]


def test_what_is_left_out_is_counted_by_its_kind(folder):
    kinds = {"hidden file": 1, "hidden folder": 1, "other file": 1, "output of minifcn": 2}
    assert find_images([folder]).skipped == kinds


@pytest.mark.parametrize("name", [".hidden", "._a.jpg", "a_label.png"])
def test_a_file_that_is_named_explicitly_is_taken(folder, name):
    assert len(find_images([name]).images) == 1


def test_a_file_named_twice_is_taken_once(folder):
    assert names(find_images(["b.png", "./b.png", "."])) == names(find_images(["b.png", "."]))
    assert names(find_images(["sub", "sub/deep"])) == ["sub/deep/a.JPG"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")
def test_links_in_a_circle_and_pipes_are_left_out(folder):
    (folder / "sub" / "back").symlink_to(folder)
    os.mkfifo(folder / "sub" / "pipe.png")
    (folder / "sub" / "link.png").symlink_to(folder / "b.png")
    found = find_images(["sub"])
    assert names(found) == ["sub/link.png", "sub/deep/a.JPG"]
    assert found.skipped == {"linked folder": 1, "other file": 1, "output of minifcn": 1}


def test_a_folder_that_cannot_be_read_is_reported_and_the_others_are_searched(folder, monkeypatch):
    scan = os.scandir

    def guarded(path):
        if os.path.basename(path) == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = find_images(["."])
    assert len(found.images) == 4 and found.failures == ["cannot read the folder ./sub/deep: Permission denied"]


@pytest.mark.parametrize("path, words", [("none.png", "does not exist"), ("nothing", "the folder nothing has no images")])
def test_paths_without_images_are_reported_in_one_sentence(folder, path, words):
    (folder / "nothing" / "at" / "all").mkdir(parents=True)
    with pytest.raises(ValueError, match=f"predict: .*{words}"):
        find_images([path])


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paths, expected", [
    (["a.png", "b.png", "a.jpg", "x/a.png"], ["a_png", "b", "a_jpg", "a_png_2"]),
    (["A.png", "a.jpg"], ["A_png", "a_jpg"]),
    (["x/Tree.png", "y/tree.png"], ["Tree_png", "tree_png_2"]),
    (["x/\u00e9.png", "y/e\u0301.png"], ["\u00e9_png", "e\u0301_png_2"]),   # one letter, two ways to write it
    (["a.png", "a.jpg", "a_png.gif"], ["a_png", "a_jpg", "a_png_2"]),
])  # fmt: skip
def test_names_differ_also_where_upper_and_lower_case_are_one(paths, expected):
    assert output_names(map(Path, paths)) == expected


def test_names_keep_the_folders_below_and_repeat_only_within_one():
    paths = ["in/a.png", "in/x/a.png", "in/x/a.jpg", "in/X/A.jpg"]
    assert output_names(map(Path, paths), [".", "x", "x", "X"]) == ["a", "x/a_png", "x/a_jpg", "X/A_jpg_2"]


def test_no_output_has_the_place_of_an_image(folder):
    photos = [folder / name for name in ("price.jpg", "price_label.png", "sub/x_overlay.png")]
    assert names_of_inputs(photos, folder) == ["price", "sub/x"]
    assert output_names(photos, [".", ".", "sub"], ["price", "sub/x"]) == ["price_2", "price_label", "sub/x_overlay"]
