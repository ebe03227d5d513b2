"""Names of classes in the text files that data sets come with; anything else is ignored."""

import pytest

from minifcn.data.own.description import SplitRule
from minifcn.data.own.layout import Layout
from minifcn.survey.names import find_names

FILES = {
    "labelme": ("class_names.txt", "__ignore__\n_background_\ncar\n", ["_background_", "car"], None),
    "Windows": ("classes.txt", "\ufeffroad\r\ntraffic light\r\n", ["road", "traffic light"], None),
    "CamVid": ("class_dict.csv", "name,r,g,b\nTraffic light,0,128,64\nVoid,0,0,0\n", ["Traffic light", "Void"], [0x008040, 0]),
    "CVAT": (
        "labelmap.txt",
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\nold car:128,0,64:wheel:drive\n",
        ["background", "old car"],
        [0, 0x800040],
    ),
    "Roboflow": ("_classes.csv", "Pixel Value, Class\n0, tabby cat\n1, dog\n", ["tabby cat", "dog"], None),
    "numbers first": ("label_colors.txt", "64 128 64\tAnimal\n192 0 128\tArchway\n", ["Animal", "Archway"], [0x408040, 0xC00080]),
}


@pytest.mark.parametrize(("file", "text", "names", "colours"), FILES.values(), ids=FILES)
def test_names_and_colours_are_found(tmp_path, file, text, names, colours):
    (tmp_path / file).write_bytes(text.encode())
    found = find_names(tmp_path)
    assert (found.names, found.colours, found.file) == (names, colours, file)


@pytest.mark.parametrize(("images", "file"), [
    ("set/{split}", "set/classes.txt"), ("set/images", "set/classes.txt"), ("set/images", "set/images/classes.txt"),
    (".", "training/_classes.csv"), ("set/{split}/images", "set/training/classes.txt")])  # fmt: skip
def test_names_are_also_found_in_the_folders_of_the_images(tmp_path, images, file):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("Pixel Value, Class\n0, cat\n" if "csv" in file else "cat")
    layout = Layout(images, "masks", split=SplitRule(train="training"))
    found = find_names(tmp_path, layout)
    assert (found.names, found.file) == (["cat"], file)
    assert found.from_zero == ("csv" in file)


@pytest.mark.parametrize("rows", ["1, cat\n2, dog\n", "0, cat\n2, dog\n", "0, cat\n1\n", "zero, cat\n", ""])
def test_numbered_names_that_do_not_count_from_0_are_ignored(tmp_path, rows):
    (tmp_path / "_classes.csv").write_text(f"Pixel Value, Class\n{rows}")
    assert find_names(tmp_path) is None


OTHER = {
    "empty": b"",
    "not text": b"\xff\xfe\x00\x01",
    "an essay": b"word " * 50,
    "the same name twice": b"car\ncar\n",
    "too long": b"\n".join(b"class %d" % k for k in range(20_000)),
}


@pytest.mark.parametrize("content", OTHER.values(), ids=OTHER)
def test_a_file_of_something_else_is_ignored(tmp_path, content):
    (tmp_path / "classes.txt").write_bytes(content)
    assert find_names(tmp_path) is None


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("car\nroad\n")
    (tmp_path / "classes.txt").symlink_to(tmp_path / "secret")
    assert find_names(tmp_path) is None
