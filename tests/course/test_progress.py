"""The progress file: a pass stays a pass, and no file, however broken, stops a check."""

import json
import os
import re
from types import SimpleNamespace

import pytest

from minifcn.course.checking.verdict import BORROWED, CRASHED, NOT_WRITTEN, RIGHT, WRONG, PropertyState, Report
from minifcn.course.progress import DAMAGED, NAME, OLD_NAME, load, record
from minifcn.course.show.overview import ladder_text


def report(verdict, points, out_of=4, exercise="06.im2col"):
    properties = [PropertyState(f"property {i}", 1, i < points) for i in range(out_of)]
    return Report(exercise, verdict, tuple(properties))


def test_what_is_recorded(tmp_path):
    assert load(tmp_path) == {}
    assert record(report(WRONG, 1), tmp_path) == ""
    assert record(report(RIGHT, 2, 2, "07.conv_forward"), tmp_path) == ""
    progress = json.loads((tmp_path / NAME).read_text())
    assert progress == load(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", progress["06.im2col"].pop("when"))
    assert progress["06.im2col"] == {"verdict": "wrong", "points": 1, "out_of": 4}
    assert progress["07.conv_forward"]["verdict"] == "right"
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize("first, then, kept", [
    ((RIGHT, 4), (WRONG, 1), (RIGHT, 4)),
    ((RIGHT, 4), (NOT_WRITTEN, 0), (RIGHT, 4)),
    ((WRONG, 3), (CRASHED, 1), (WRONG, 3)),
    ((WRONG, 1), (CRASHED, 3), (CRASHED, 3)),
    ((CRASHED, 0), (WRONG, 0), (WRONG, 0)),
    ((WRONG, 3), (RIGHT, 4), (RIGHT, 4)),
    ((WRONG, 3), (BORROWED, 0), (BORROWED, 0)),
    ((RIGHT, 4), (BORROWED, 0), (RIGHT, 4)),
    ((BORROWED, 0), (WRONG, 0), (WRONG, 0)),
    ((BORROWED, 0), (RIGHT, 4), (RIGHT, 4)),
])  # fmt: skip
def test_a_later_answer_takes_nothing_away(tmp_path, first, then, kept):
    record(report(*first), tmp_path)
    record(report(*then), tmp_path)
    entry = load(tmp_path)["06.im2col"]
    assert (entry["verdict"], entry["points"]) == kept


def test_the_day_of_the_first_pass_stays(tmp_path):
    record(report(RIGHT, 4), tmp_path)
    path = tmp_path / NAME
    path.write_text(re.sub(r"\d{4}-\d\d-\d\d", "2001-02-03", path.read_text()))
    record(report(RIGHT, 4), tmp_path)
    assert load(tmp_path)["06.im2col"]["when"] == "2001-02-03"


def test_a_file_of_an_older_version_gets_the_hidden_name(tmp_path):
    record(report(RIGHT, 4), tmp_path)
    (tmp_path / NAME).rename(tmp_path / OLD_NAME)
    assert NAME.startswith(".") and load(tmp_path)["06.im2col"]["verdict"] == "right"
    (tmp_path / NAME).rename(tmp_path / OLD_NAME)
    assert record(report(WRONG, 1), tmp_path) == "" and load(tmp_path)["06.im2col"]["verdict"] == "right"
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"null", b"\xff\xfe", b"[" * 100000, b'{"06.im2col": {'])
def test_a_damaged_file_is_told_kept_and_begun_anew(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    assert load(tmp_path) == {}
    sentence = record(report(RIGHT, 4), tmp_path)
    assert "damaged" in sentence
    assert "\n" not in sentence
    assert (tmp_path / DAMAGED).read_bytes() == content
    assert load(tmp_path)["06.im2col"]["verdict"] == "right"
    assert record(report(RIGHT, 4), tmp_path) == ""


@pytest.mark.parametrize("entry", [None, 3, [], {}, {"verdict": "right"}, {"verdict": "great", "points": 1},
                                   {"verdict": "right", "points": "4", "out_of": 4, "when": "2026-11-21"},
                                   {"verdict": ["right"], "points": 4, "out_of": 4, "when": "2026-11-21"},
                                   {"verdict": "right", "points": -1, "out_of": 4, "when": "2026-11-21"}])  # fmt: skip
def test_an_unsound_entry_counts_for_nothing(tmp_path, entry):
    sound = {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}
    (tmp_path / NAME).write_text(json.dumps({"06.im2col": entry, "06.col2im": sound}))
    assert load(tmp_path) == {"06.col2im": sound}
    assert record(report(WRONG, 1), tmp_path) == ""
    assert load(tmp_path)["06.col2im"] == sound


def test_a_file_that_cannot_be_written_or_read_is_told(tmp_path):
    assert "not saved" in record(report(RIGHT, 4), tmp_path / "missing")
    (tmp_path / NAME).mkdir()
    assert "not saved" in record(report(RIGHT, 4), tmp_path)
    assert load(tmp_path) == {}


def test_a_link_is_neither_read_nor_written(tmp_path):
    mine = tmp_path / "mine.json"
    mine.write_text('{"06.im2col": {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}}')
    kept, folder = mine.read_bytes(), tmp_path / "student"
    folder.mkdir()
    try:
        (folder / NAME).symlink_to(mine)
    except OSError:
        pytest.skip("this system makes no links")
    assert load(folder) == {}
    assert record(report(WRONG, 1), folder) == f"your progress is not saved: {folder / NAME} is a link; remove it"
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(tmp_path / "nowhere.json")
    assert "is a link" in record(report(WRONG, 1), folder)
    assert mine.read_bytes() == kept and sorted(os.listdir(tmp_path)) == ["mine.json", "student"]


def test_a_damaged_file_replaces_a_link_rather_than_what_it_points_to(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / NAME).write_text("{")
    try:
        (tmp_path / DAMAGED).symlink_to(tmp_path / "mine")
    except OSError:
        pytest.skip("this system makes no links")
    assert "the old file is now" in record(report(RIGHT, 4), tmp_path)
    assert (tmp_path / "mine").read_text() == "mine" and (tmp_path / DAMAGED).read_text() == "{"


def test_a_damaged_file_that_cannot_be_kept_is_not_said_to_be_kept(tmp_path):
    (tmp_path / NAME).write_text("{")
    (tmp_path / DAMAGED).mkdir()
    assert record(report(RIGHT, 4), tmp_path).endswith("was damaged and has been started afresh")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_neither_waited_for_nor_replaced(tmp_path):
    os.mkfifo(tmp_path / NAME)
    assert load(tmp_path) == {} and "is a pipe or a device; remove it" in record(report(RIGHT, 4), tmp_path)
    assert os.listdir(tmp_path) == [NAME]


def test_a_huge_file_is_damaged(tmp_path):
    (tmp_path / NAME).write_bytes(b"{}".ljust(10**6 + 1))
    assert load(tmp_path) == {} and "damaged" in record(report(RIGHT, 4), tmp_path)
    assert load(tmp_path)["06.im2col"]["points"] == 4


def test_what_else_an_entry_holds_is_left_out_however_deep(tmp_path):
    sound = '{"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"'
    (tmp_path / NAME).write_text(f'{{"06.col2im": {sound}, "more": {"[" * 500}{"]" * 500}}}, "06.big": {sound}}}}}')
    assert record(report(WRONG, 1), tmp_path) == ""
    assert load(tmp_path)["06.col2im"] == json.loads(sound + "}")


def lesson(number, title, **exercises):
    points = {name: SimpleNamespace(points=value, optional=name == "AvgPool2d") for name, value in exercises.items()}
    return SimpleNamespace(number=f"{number:02}", name=f"{number:02}_name", title=title, exercises=points)


LESSONS = [lesson(0, "A tour"), lesson(1, "A derivative", Value=6), lesson(5, "Convolution", conv2d=6, conv2d_backward=8),
           lesson(6, "im2col", im2col=6, col2im=10)]  # fmt: skip


def entry(verdict, points):
    return {"verdict": verdict, "points": points, "out_of": 6, "when": "2026-11-21"}


def test_the_ladder():
    progress = {"01.Value": entry(RIGHT, 5), "05.conv2d": entry(RIGHT, 6), "05.conv2d_backward": entry(CRASHED, 1),
                "06.im2col": entry(NOT_WRITTEN, 0), "99.gone": entry(RIGHT, 9)}  # fmt: skip
    assert ladder_text(LESSONS, progress) == """\
2 of 5 exercises passed, 13 of 36 points   (✓ passed   ~ tried   ○ open)

  1  A derivative   ██████████ 6 of 6 points
     ✓ Value
  5  Convolution    █████░░░░░ 7 of 14 points
     ✓ conv2d   ~ conv2d_backward
  6  im2col         ░░░░░░░░░░ 0 of 16 points
     ○ im2col   ○ col2im

next: lesson 5, conv2d_backward: jupyter lab notebooks/student/05_name.ipynb"""


def test_a_borrowed_exercise_is_listed_as_such_and_comes_next_only_at_the_end():
    progress = {"01.Value": entry(BORROWED, 0), "05.conv2d": entry(RIGHT, 6), "05.conv2d_backward": entry(RIGHT, 8)}
    shown = ladder_text(LESSONS, progress)
    assert "(✓ passed   ~ tried   = borrowed   ○ open)" in shown and "     = Value\n" in shown and "░ 0 of 6 points\n" in shown
    assert "2 of 5 exercises passed, 14 of 36 points" in shown and "next: lesson 6, im2col:" in shown
    progress |= {"06.im2col": entry(RIGHT, 6), "06.col2im": entry(RIGHT, 10)}
    assert "next: lesson 1, Value:" in ladder_text(LESSONS, progress)


def test_an_optional_part_has_its_number():
    part = lesson(5, "More of it", more=2)
    part.number, part.name = "05b", "05b_more"
    shown = ladder_text([*LESSONS[:3], part], {})
    assert " 5b  More of it   " in shown and "next: lesson 1, Value:" in shown


def test_optional_exercises_are_in_brackets():
    shown = ladder_text([*LESSONS, lesson(10, "Pooling", max_pool2d=2, AvgPool2d=2)], {})
    assert "○ max_pool2d   ○ (AvgPool2d)" in shown and "\nExercises in brackets are optional.\n" in shown


def test_optional_exercises_are_next_when_all_others_are_passed_or_borrowed():
    lessons = [lesson(8, "Numba", parallel=2), lesson(10, "Pooling", max_pool2d=2, AvgPool2d=2)]
    lessons[0].exercises["parallel"].optional = True
    progress = {}
    for name in "10.max_pool2d", "08.parallel", "10.AvgPool2d":
        assert f"next: lesson {int(name[:2])}, {name[3:]}:" in ladder_text(lessons, progress)
        progress[name] = entry(RIGHT, 2)
    assert ladder_text(lessons, progress).endswith("All exercises passed.")


def test_the_ladder_in_colour_says_the_same():
    progress = {"01.Value": entry(RIGHT, 6)}
    coloured = ladder_text(LESSONS, progress, colour=True)
    assert "\x1b[1;32m✓ Value\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == ladder_text(LESSONS, progress)


def test_the_end_of_the_ladder_and_no_ladder():
    assert ladder_text(LESSONS[:2], {"01.Value": entry(RIGHT, 6)}).endswith("All exercises passed.")
    assert ladder_text([], {}) == "There are no lessons with exercises here."
