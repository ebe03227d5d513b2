"""dataset.toml: what is written is read again, and what is wrong in one is one sentence with the file and the key."""

import numpy as np
import pytest

from minifcn.data.own.description import Description, SplitRule
from minifcn.data.palette import hex_colours, parse_colour, voc_palette

DESCRIPTIONS = [
    Description(["background", "crack"], values=[0, [7, 8]], ignore=[255], unknown="ignore", class_weights="median"),
    Description(["하늘 🙂", 'a "b" \\ c'], ["#000000", "#ff0000"], encoding="colours", ignore=["#ffffff"], unknown="nearest"),
    Description(["a", "b"], encoding="alpha", images=".", masks=".", mask_ending="_L.png", image_ending=".jpg"),
    Description(["a"], images=".", masks=".", image_start="img_", mask_start="lbl_"),
    Description(["a"], images="{split}", masks="{split}annot", split=SplitRule("train", "val", 0.1, 3, r"(clip\d+)_")),
    Description(["a"], channels=5, value_range=[0, 10000.5], mean=[0.1] * 5, std=[1e-3] * 5, split=SplitRule("t.txt")),
]


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=range(len(DESCRIPTIONS)))
def test_what_is_written_is_read_again(tmp_path, description):
    description.check().write(tmp_path / "dataset.toml")
    assert Description.read(tmp_path / "dataset.toml") == description


def test_a_short_file_gets_its_defaults(tmp_path):
    (tmp_path / "d.toml").write_bytes('\ufeffclasses = ["a", "b", "c"]\r\n[pixels]\r\nchannels = 4\r\n'.encode())
    read = Description.read(tmp_path / "d.toml")
    assert read.values == (0, 1, 2) and read.encoding == "values" and read.unknown == "error" and read.ignore == ()
    assert read.split == SplitRule(None, 0.15, 0.15, 0, "video") and read.class_weights == "none"
    assert len(read.mean) == len(read.std) == read.channels == 4
    assert read.palette.tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0]]


def test_a_split_that_names_a_part_draws_a_validation_part_but_no_test_part():
    assert (SplitRule("train").validation, SplitRule("train").test) == (0.15, 0.0)
    assert (SplitRule().validation, SplitRule().test) == (0.15, 0.15)
    assert SplitRule("train", "val.txt").folders() == {"train": "train"}


def test_an_open_question_is_written_with_its_answers_as_comments_and_refused_when_read(tmp_path):
    lines = ["values = [0, 255]", "ignore = [255]"]
    open_question = Description(["a", "b"], undecided="is 255 the foreground, or ignored?", choices=lines)
    open_question.write(tmp_path / "d.toml")
    written = (tmp_path / "d.toml").read_text().splitlines()
    assert all(f"# {line}" in written and line not in written for line in lines)
    assert not any(line.startswith(("values", "ignore")) for line in written)
    with pytest.raises(ValueError, match=r"d.toml: is 255 the foreground, or ignored\?$"):
        Description.read(tmp_path / "d.toml")


def test_every_key_that_an_answer_sets_is_left_to_it(tmp_path):
    lines = ['encoding = "alpha"  # where it is opaque', 'encoding = "colours"', 'unknown = "nearest"']
    Description(["a", "b"], undecided="which?", choices=lines).write(tmp_path / "d.toml")
    written = (tmp_path / "d.toml").read_text()
    assert not any(line.startswith(("encoding", "unknown")) for line in written.splitlines())
    (tmp_path / "d.toml").write_text(written.replace('undecided = "which?"\n', "").replace(f"# {lines[0]}", lines[0]))
    assert Description.read(tmp_path / "d.toml").encoding == "alpha"


CLASSES = 'classes = ["a", "b"]\n'
BAD = {
    "": "it names no classes; add a line such as",
    "classes = [": "it is not TOML: .*; correct that line",
    CLASSES + "x = " + "[" * 5000: "it is (nested too deeply|not TOML)",
    CLASSES + "colors = []": "there is no key 'colors'; did you mean colours",
    CLASSES + "[split]\nval = 0.1": "there is no key 'split.val', expected one of train, validation",
    CLASSES + "[pixels]\nstdev = [1]": "there is no key 'pixels.stdev'; did you mean std",
    CLASSES + "[other]\na = 1": "there is no key 'other'",
    CLASSES + "split = 1": "there is no key 'split'",
    'classes = "a"': "classes is 'a', expected a list of names",
    "classes = [1]": "classes is .1., expected a list of names",
    'classes = ["a", "a"]': 'two classes are named "a"',
    'classes = ["a", "b\\u001b"]': "classes is .*expected a list of names",
    f"classes = {[str(n) for n in range(256)]}": "it has 256 classes, expected at most 255",
    CLASSES + 'colours = ["red", "blue"]': "colours is .*, expected a list of colours",
    CLASSES + 'colours = ["#000000"]': "colours has 1 entries but there are 2 classes",
    CLASSES + "values = [0]": "values has 1 entries but there are 2 classes",
    CLASSES + "values = [0, true]": "values is .*, expected a list of whole numbers",
    CLASSES + "values = [0, []]": "values is .*, expected a list of whole numbers",
    CLASSES + "values = [0, 0]": 'the value 0 stands for "a" and for "b"',
    CLASSES + "values = [0, [1, 1]]": 'the value 1 stands for "b" and for "b"',
    CLASSES + "ignore = [1]": 'the value 1 stands for "b" and for ignored',
    CLASSES + 'ignore = ["#ffffff"]': "ignore holds '#ffffff', but encoding is \"values\", so expected whole numbers",
    CLASSES + 'encoding = "rgb"': "encoding is 'rgb', expected one of",
    CLASSES + 'encoding = "colours"': 'encoding is "colours", but it has no colours',
    CLASSES + 'encoding = "colours"\ncolours = ["#000000", "#000000"]': "the colour #000000 stands for",
    CLASSES + 'encoding = "colours"\ncolours = ["#000000", "#111111"]\nvalues = [0, 1]': "values is given, but encoding",
    CLASSES + 'encoding = "colours"\ncolours = ["#000000", "#111111"]\nignore = [255]': "ignore holds 255, but encoding",
    CLASSES + 'images = ""': "images is '', expected the name of a folder",
    CLASSES + 'images = "x\\u0000"': "images is .*, expected the name of a folder",
    CLASSES + 'images = "m"\nmasks = "m"': 'images and masks are both in "m", with the same ending',
    CLASSES + 'images = "m"\nmasks = "m"\nimage_start = "a"\nmask_start = "a"': 'with the same start "a" and the same ending ""',
    CLASSES + 'mask_start = "a/b"': "mask_start is 'a/b', expected text such as \"mask_\"",
    CLASSES + 'mask_start = "{split}_"': 'mask_start has "{split}", but neither images nor masks has',
    CLASSES + 'images = "{split}"': 'images has "{split}", but no part of .split. is a folder',
    CLASSES + "[split]\nvalidation = 0.5\ntest = 0.5": "validation and test have all the images",
    CLASSES + "[split]\nvalidation = 0": "validation is 0, but a run is scored",
    CLASSES + "[split]\nvalidation = 1.5": "split.validation is 1.5, expected a folder, a list",
    CLASSES + "[split]\nseed = -1": "split.seed is -1",
    CLASSES + '[split]\ntrain = "a"\nvalidation = "a"': "two parts of .split. are the same",
    CLASSES + '[split]\ngroup = "("': "group is .*, expected .*or a regular expression",
    CLASSES + '[split]\ngroup = "(a+)+b"': "a group must not be repeated",
    CLASSES + '[split]\ngroup = ".*.*.*.*b"': "a group must not be repeated",
    CLASSES + "[pixels]\nrange = [255, 0]": "range is .255, 0., expected two numbers, the smaller one first",
    CLASSES + "[pixels]\nrange = [0, inf]": "pixels.range is .*, expected two numbers",
    CLASSES + "[pixels]\nmean = [0.5]": "mean has 1 numbers but channels is 3",
    CLASSES + "[pixels]\nstd = [1, 1, 0]": "pixels.std is .*, expected a list of numbers above 0",
    CLASSES + "[pixels]\nchannels = 0": "pixels.channels is 0, expected 1 to",
    CLASSES + 'class_weights = "mean"': "class_weights is 'mean', expected one of",
}


@pytest.mark.parametrize("text", BAD, ids=BAD.values())
def test_what_is_wrong_is_one_sentence_with_the_file(tmp_path, text):
    path = tmp_path / "dataset.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=BAD[text]) as caught:
        Description.read(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"cannot read .*none.toml: No such file"):
        Description.read(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'classes = ["stra\xdfe"]')
    with pytest.raises(ValueError, match=r"latin.toml: byte 16 is not UTF-8"):
        Description.read(tmp_path / "latin.toml")
    (tmp_path / "long.toml").write_text("#" * 2**21)
    with pytest.raises(ValueError, match=r"long.toml: it has more than 1,048,576 bytes"):
        Description.read(tmp_path / "long.toml")


def test_the_palette_is_that_of_pascal_voc_and_its_colours_differ():
    palette = voc_palette(256)
    assert palette[[0, 1, 2, 15, 20]].tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [192, 128, 128], [0, 64, 128]]
    assert len(np.unique(palette, axis=0)) == 256
    assert [parse_colour(text) for text in hex_colours(palette)] == [tuple(colour) for colour in palette.tolist()]
