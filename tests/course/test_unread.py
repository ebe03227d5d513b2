"""What a submission has besides answers: links, pipes and thousands of files are passed over, and named."""

import os

import pytest

from minifcn.course.answers import submission as submissions
from minifcn.course.answers.reading import read_chunks
from minifcn.course.answers.submission import SubmittedFile, find_answer, scan_submission

GOOD = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n\n\nclass Counter:\n    pass\n"


def hand_in(folder, files):
    """A folder with these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names(found):
    return [file.name for file in found.files]


def test_links_are_named_and_not_followed(tiny_course, tmp_path):
    own = hand_in(tmp_path / "submission", {"b.py": ""})
    hand_in(tmp_path / "elsewhere", {"06_tiny.py": GOOD})
    try:
        (own / "06_tiny.py").symlink_to(tmp_path / "elsewhere" / "06_tiny.py")
        (own / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    found = scan_submission(own)
    assert names(found) == ["b.py"] and found.unread == ["06_tiny.py (a link)", "folder (a link)"]
    with pytest.raises(ValueError, match="06_tiny.py is a link; hand in the file itself"):
        read_chunks(scan_submission(own / "06_tiny.py").files[0].path)
    with pytest.raises(ValueError, match=r"found no notebook and no Python file; not read: 06_tiny.py \(a link\)"):
        find_answer(tiny_course, tiny_course.exercises["scale"], [], found.unread)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_are_named_and_not_opened(tmp_path):
    os.mkfifo(hand_in(tmp_path, {"b.py": GOOD}) / "a.py")
    found = scan_submission(tmp_path)
    assert names(found) == ["b.py"] and found.unread == ["a.py (a pipe or a device)"]


def test_of_a_huge_submission_the_outer_files_are_read_and_the_report_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "FILES", 2)
    found = scan_submission(hand_in(tmp_path, {"z.py": "", "y.py": "", "a/b.py": "", "c.txt": ""}))
    assert names(found) == ["y.py", "z.py"] and found.unread == ["a/b.py (only 2 files and 50 MB are read)"]
    monkeypatch.setattr(submissions, "ENTRIES", 3)
    assert scan_submission(tmp_path).unread == [". (only 3 names are read)"]
    monkeypatch.setattr(submissions, "ENTRIES", 4)
    assert scan_submission(tmp_path).unread == ["a (only 4 names are read)"]
    monkeypatch.undo()
    monkeypatch.setattr(submissions, "BYTES", 100)
    found = scan_submission(hand_in(tmp_path / "large", {"a.py": "#" * 60, "b.py": "#" * 60}))
    assert names(found) == ["a.py"] and "b.py (only" in found.unread[0]


def test_folders_within_folders_end_somewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "DEPTH", 3)
    found = scan_submission(hand_in(tmp_path, {"a/b/c/x.py": "", "a/b/c/d/y.py": ""}))
    assert names(found) == ["a/b/c/x.py"] and found.unread == ["a/b/c/d (more than 3 folders deep)"]


def test_a_file_is_parsed_once_for_all_exercises(tiny_course, tmp_path, monkeypatch):
    count, real = [], submissions.Index
    monkeypatch.setattr(submissions, "Index", lambda chunks: count.append(1) or real(chunks))
    file = SubmittedFile(hand_in(tmp_path, {"a.py": GOOD}) / "a.py", "a.py")
    assert [file.state(tiny_course, exercise) for exercise in tiny_course.exercises.values()] == [0, 0]
    assert len(count) == 1


def test_a_file_that_cannot_be_parsed_has_a_broken_answer(tiny_course, tmp_path):
    deep = f"{GOOD}x = {'-' * 7000}1\n"
    assert SubmittedFile(hand_in(tmp_path, {"a.py": deep}) / "a.py", "a.py").state(
        tiny_course, tiny_course.exercises["scale"]) == submissions.BROKEN  # fmt: skip
