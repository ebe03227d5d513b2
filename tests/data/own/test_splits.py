"""Splits by folders, lists and draws: nothing leaks, videos stay whole, and the same seed gives the same parts."""

from pathlib import Path

import pytest

from minifcn.data.own.description import Description, SplitRule
from minifcn.data.own.pairs import Pair
from minifcn.data.own.splits import PARTS, draw, group_pairs, split_pairs


def pairs_of(names, folder=Path("nowhere")):
    return [Pair(name, folder / f"{name}.jpg", folder / f"{name}.png") for name in sorted(names)]


def described(**rule):
    return Description(["a"], split=SplitRule(**rule), path="dataset.toml")


def names_of(split):
    return [[pair.name for pair in split.part(part)] for part in PARTS]


VIDEOS = {"0001TP": 124, "0006R0_f": 101, "0016E5": 305, "Seq05VD_f": 171}
FRAMES = [f"{video}_{30 * k:05}" for video, count in VIDEOS.items() for k in range(count)]


def test_frames_of_a_video_are_kept_together_and_that_is_said():
    split = split_pairs(".", described(), pairs_of(FRAMES))
    videos = [{name.rpartition("_")[0] for name in names} for names in names_of(split)]
    assert sorted(video for part in videos for video in part) == sorted(VIDEOS)
    assert [len(names) for names in names_of(split)] == [476, 124, 101]
    assert split.kept.startswith("701 images in 4 groups that look like videos, each kept together: 0001TP, 0006R0_f, ")


def test_numbered_photographs_are_drawn_in_runs_and_unrelated_numbers_one_by_one():
    split = split_pairs(".", described(), pairs_of(f"IMG_{n:04}" for n in range(200)))
    assert [len(names) for names in names_of(split)] == [140, 30, 30] and "in runs of 10" in split.kept
    tests = {int(name[4:]) // 10 for name in names_of(split)[2]}
    assert len(tests) == 3
    squares = split_pairs(".", described(), pairs_of(f"2007_{n * n:06}" for n in range(100)))
    assert squares.kept == "" and [len(names) for names in names_of(squares)] == [70, 15, 15]


def test_a_draw_depends_on_the_seed_and_the_names_but_not_on_their_order():
    names = [f"photo {chr(97 + n)}{n * n}x" for n in range(20)]
    first = names_of(split_pairs(".", described(), pairs_of(names)))
    assert first == names_of(split_pairs(".", described(), pairs_of(names)[::-1]))
    assert first != names_of(split_pairs(".", described(seed=1), pairs_of(names)))
    assert [len(part) for part in first] == [14, 3, 3]


@pytest.mark.parametrize("group, count", [("none", 6), ("folder", 2), (r"\w/(\w)", 3), (r"\w", 2), ("none of them", 6)])
def test_groups_are_folders_or_what_an_expression_finds(group, count):
    groups, kept = group_pairs(pairs_of(["p/a1", "p/a2", "p/b1", "q/b2", "q/c1", "q/c2"]), group, 0.7)
    assert len(groups) == count and bool(kept) == (group != "none")


def test_no_part_stays_empty_while_there_are_groups():
    groups = {"a": pairs_of(f"a{n}" for n in range(90)), "b": pairs_of(["b1", "b2"]), "c": pairs_of("c")}
    parts = draw(groups, {"train": 0.98, "validation": 0.01, "test": 0.01}, 0)
    assert [len(members) for members in parts.values()] == [90, 2, 1]
    assert [len(part) for part in names_of(split_pairs(".", described(), pairs_of("ab")))] == [1, 1, 0]
    with pytest.raises(ValueError, match=r"dataset.toml: no image is left for validation of 1 image with masks; add images"):
        split_pairs(".", described(), pairs_of("a"))
    with pytest.raises(ValueError, match=r'no image is left for validation of 3 .* in 1 group; .*group = "none"'):
        split_pairs(".", described(group="folder"), pairs_of(["p/a", "p/b", "p/c"]))


def test_folders_are_parts_and_a_share_is_drawn_from_the_training_folder():
    pairs = pairs_of(["train/a", "train/b", "train/c", "val/d", "test/e", "train2/f"])
    split = split_pairs(".", described(train="train", validation="val", test="./test/"), pairs)
    assert names_of(split) == [["train/a", "train/b", "train/c"], ["val/d"], ["test/e"]]
    drawn = split_pairs(".", described(train="train", test="test", validation=0.3), pairs)
    assert [len(names) for names in names_of(drawn)] == [2, 1, 1] and names_of(drawn)[2] == ["test/e"]
    rest = split_pairs(".", described(validation="val"), pairs)
    assert names_of(rest)[0] == ["test/e", "train/a", "train/b", "train/c", "train2/f"]
    with pytest.raises(ValueError, match=r"the folder valid of the split has no image with a mask"):
        split_pairs(".", described(validation="valid"), pairs)


LISTS = {
    "plain": "a b\nc\n",
    "windows": "\ufeffa b\r\nc\r\n\r\n",
    "suffixes": "images/a b.jpg\nC.PNG\n",
    "both files": "/x/c.jpg /x/masks/c.png\na b",
    "of one class": "a b  1\nc  0\nd -1\n",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_lists_name_images_in_the_ways_that_data_sets_do(tmp_path, text):
    (tmp_path / "train.txt").write_bytes(text.encode())
    split = split_pairs(tmp_path, described(train="train.txt", validation=0.5), pairs_of(["a b", "c", "d"]))
    assert sorted(names_of(split)[0] + names_of(split)[1]) == ["a b", "c"]


def test_lists_may_name_the_image_files_where_these_have_more_than_the_name_of_the_pair(tmp_path):
    (tmp_path / "train.txt").write_text("img_1_sat.jpg\nx/IMG_2_sat\n3\n")
    pairs = [Pair(f"x/{k}", Path(f"x/img_{k}_sat.jpg"), Path(f"x/lbl_{k}.png")) for k in range(5)]
    split = split_pairs(tmp_path, described(train="train.txt", validation=0.3, group="none"), pairs)
    assert sorted(names_of(split)[0] + names_of(split)[1]) == ["x/1", "x/2", "x/3"]


def test_a_wrong_list_is_one_sentence_with_the_line(tmp_path):
    path = tmp_path / "val.txt"
    rule, pairs = described(validation="val.txt"), pairs_of("abc")
    for content, sentence in {
        b"a\nx\ny\n": "val.txt: line 2 names 'x', which is no image with a mask \\(2 of its lines name none\\)",
        b"\n": "val.txt: it names no image",
        b"\xff": "val.txt: byte 0 is not UTF-8",
    }.items():
        path.write_bytes(content)
        with pytest.raises(ValueError, match=sentence):
            split_pairs(tmp_path, rule, pairs)
    path.unlink()
    with pytest.raises(ValueError, match=r"cannot read .*val.txt: No such file or directory"):
        split_pairs(tmp_path, rule, pairs)


def test_an_image_in_two_parts_is_refused(tmp_path):
    (tmp_path / "t.txt").write_text("a\nb\n")
    (tmp_path / "v.txt").write_text("b\nc\n")
    with pytest.raises(ValueError, match=r"dataset.toml: b is in train and in validation; take it out"):
        split_pairs(tmp_path, described(train="t.txt", validation="v.txt"), pairs_of("abc"))


@pytest.mark.parametrize("beginning", [b"", b"x" * 2**17], ids=["small", "alike at first"])
def test_the_same_content_under_two_names_is_refused_only_across_parts(tmp_path, beginning):
    pairs = pairs_of(["train_a", "train_b", "val_c"], tmp_path)
    for pair, end in zip(pairs, (b"1", b"1", b"2")):
        pair.image.write_bytes(beginning + end)
    (tmp_path / "v.txt").write_text("val_c")
    rule = described(validation="v.txt")
    assert len(split_pairs(tmp_path, rule, pairs).train) == 2
    pairs[2].image.write_bytes(beginning + b"1")
    with pytest.raises(ValueError, match=r"train_a.jpg in train and .*val_c.jpg in validation have the same content \(1 such"):
        split_pairs(tmp_path, rule, pairs)
