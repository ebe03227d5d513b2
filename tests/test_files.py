"""atomic_write: the new file complete, or the old one untouched, and no temporary file left behind.

`read_regular`: what somebody else has made, if it is a file and not too large. And `printable`, for the names of files
in messages.
"""

import errno
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minifcn
from minifcn import files
from minifcn.files import (
    FileError,
    TooLarge,
    Unsuitable,
    atomic_write,
    printable,
    read_regular,
    read_text,
    remove_abandoned,
)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_file_appears_with_its_content(tmp_path):
    with atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert names(tmp_path) == [temporary.name], "nothing under the final name before the block ends"
    assert (tmp_path / "a.txt").read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_the_temporary_file_keeps_the_suffix_and_the_folder(tmp_path):
    with atomic_write(tmp_path / "a.npz") as temporary:
        assert temporary.suffix == ".npz" and temporary.parent == tmp_path
        np.savez(temporary, x=np.arange(3))
    assert np.load(tmp_path / "a.npz")["x"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_an_error_in_the_block_leaves_what_was_there(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises((type(error), FileError)), atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("half of the n")
        raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_one_sentence_with_path_and_reason(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(files.os, "fsync", full)
    refusal = pytest.raises(FileError, match=r"cannot write .*a\.txt: No space left on device$")
    with refusal, atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path):
    refusal = pytest.raises(FileError, match=r"the folder .*nowhere does not exist; create it first")
    with refusal, atomic_write(tmp_path / "nowhere" / "a.txt"):
        pytest.fail("the block must not run")


def test_a_name_that_is_too_long_is_one_sentence(tmp_path):
    refusal = pytest.raises(FileError, match="^cannot write .*x.png: .* too long$")
    with refusal, atomic_write(tmp_path / f"{'x' * 300}.png") as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == []


def test_of_files_that_are_written_together_the_one_that_fails_is_named(tmp_path):
    with pytest.raises(FileError) as error, atomic_write(tmp_path / "a.txt"), atomic_write(tmp_path / "b.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(error.value) == f"cannot write {tmp_path / 'b.txt'}: {os.strerror(errno.ENOSPC)}"


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(FileError, match="it is a folder"), atomic_write(tmp_path):
        pytest.fail("the block must not run")


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("old")
    refusal = pytest.raises(FileError, match="cannot write .*Not a directory")
    with refusal, atomic_write(tmp_path / "file" / "a.txt"):
        pytest.fail("the block must not run")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="Permission denied"), atomic_write(tmp_path / "a.txt"):
            pytest.fail("the block must not run")
    finally:
        tmp_path.chmod(0o700)


def test_an_error_over_another_file_passes_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "a.txt"):
        (tmp_path / "input.txt").read_text()
    assert not isinstance(caught.value, FileError)
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX has them")
def test_permissions_are_those_of_any_new_file_and_links_stay(tmp_path):
    (tmp_path / "plain").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with atomic_write(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_link_is_replaced_where_it_is_not_to_be_followed(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with atomic_write(tmp_path / "link", follow=False) as temporary:
        temporary.write_text("new")
    assert not (tmp_path / "link").is_symlink() and (tmp_path / "link").read_text() == "new"
    assert (tmp_path / "target").read_text() == "old" and names(tmp_path) == ["link", "target"]


# Abandoned temporary files --------------------------------------------------------------------------------------------

WRITER = """
import sys
from minifcn.files import atomic_write
with atomic_write(sys.argv[1]) as temporary:
    temporary.write_text("half of the n")
    print(temporary.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of a save, and the path of its temporary file."""
    environment = os.environ | {"PYTHONPATH": str(Path(minifcn.__file__).parent.parent)}
    command = [sys.executable, "-c", WRITER, str(tmp_path / "theirs.txt")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    yield process, tmp_path / process.stdout.readline().strip()
    process.kill()
    process.communicate()


def untouched_for(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def save(path, text):
    remove_abandoned.cache_clear()                                           # as in a new process
    with atomic_write(path) as temporary:
        temporary.write_text(text)


def test_what_a_killed_process_left_is_removed_by_a_later_save(tmp_path, writer):
    process, left = writer
    process.kill()
    process.wait()
    save(tmp_path / "ours.txt", "new")
    assert names(tmp_path) == sorted([left.name, "ours.txt"]), "it is too young to be sure"
    untouched_for(left, 61)
    save(tmp_path / "ours.txt", "newer")
    assert names(tmp_path) == ["ours.txt"]


def test_the_file_of_a_live_writer_is_left_alone_however_old(tmp_path, writer):
    process, left = writer
    untouched_for(left, 10**6)
    save(tmp_path / "ours.txt", "new")
    assert left.exists()
    process.communicate("")
    assert process.returncode == 0 and (tmp_path / "theirs.txt").read_text() == "half of the n"
    assert names(tmp_path) == ["ours.txt", "theirs.txt"]


def test_only_temporary_files_are_removed(tmp_path):
    others = [tmp_path / name for name in (".minifcn-notes", ".minifcn-0123456789ab0", "minifcn-0123456789ab.txt")]
    for path in others:
        path.write_text("mine")
        untouched_for(path, 10**6)
    (tmp_path / ".minifcn-0123456789ab.d").mkdir()
    save(tmp_path / "a.txt", "new")
    assert len(names(tmp_path)) == len(others) + 2


def test_a_folder_is_searched_once_a_process(tmp_path, monkeypatch):
    searched = []
    monkeypatch.setattr(files.os, "scandir", lambda folder, scan=os.scandir: searched.append(folder) or scan(folder))
    save(tmp_path / "a.txt", "new")
    with atomic_write(tmp_path / "b.txt") as temporary:
        temporary.write_text("new")
    assert searched == [tmp_path]


# What somebody else has made -----------------------------------------------------------------------------------------


def test_a_file_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"\r\n\0\x1a" * 100)
    assert read_regular(tmp_path / "a", 400) == b"\r\n\0\x1a" * 100
    with pytest.raises(TooLarge, match="has 1 MB, expected a file") as error:
        read_regular(tmp_path / "a", 399)
    assert error.value.found == "has 1 MB"


def test_no_more_is_read_than_the_limit_however_the_file_grows(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"1")
    status = os.stat(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"1" * 10_000)
    monkeypatch.setattr(files.os, "fstat", lambda number: status)
    with pytest.raises(TooLarge, match="has 1 MB"):
        read_regular(tmp_path / "a", 9000)


@pytest.mark.skipif(not getattr(os, "O_NOFOLLOW", 0), reason="this system cannot open without following links")
def test_a_file_that_becomes_a_link_or_a_pipe_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    status = os.lstat(tmp_path / "a")
    monkeypatch.setattr(files.os, "lstat", lambda path: status)
    for name, found in ("link", "is a link"), ("pipe", "is a pipe or a device"), (".", "is a folder"):
        with pytest.raises(Unsuitable, match=found):
            read_regular(tmp_path / name, 100)


def test_a_text_that_a_user_names_is_read_or_refused_in_one_sentence(tmp_path):
    path = tmp_path / "a\x1b.txt"
    path.write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9\r\n")
    assert read_text(path, 10, "expected less", "name another") == "caf\u00e9\r\n"
    shown = re.escape(printable(path))
    with pytest.raises(ValueError, match=rf"^{shown}: it has more than 8 bytes, expected less$"):
        read_text(path, 8, "expected less", "name another")
    path.write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match=rf"^{shown}: byte 3 is not UTF-8; save the file as UTF-8$"):
        read_text(path, 8, "expected less", "name another")
    path.unlink()
    with pytest.raises(ValueError, match=rf"^cannot read {shown}: No such file or directory; name another$"):
        read_text(path, 8, "expected less", "name another")


# Names in messages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, shown", [
    ("photo 1.png", "photo 1.png"), ("Žluťoučký 写真.png", "Žluťoučký 写真.png"),
    ("a\x1b[31m.png", r"a\x1b[31m.png"), ("a\nb", r"a\nb"), ("a\rb\x7f", r"a\rb\x7f"), ("gpj.\u202eexe", r"gpj.\u202eexe"),
    ("a\udcff.png", r"a\udcff.png"), ("a\x9b31m", r"a\x9b31m"), (Path("a\tb"), r"a\tb"),
])  # fmt: skip
def test_a_name_is_shown_without_control_characters(name, shown):
    assert printable(name) == shown
    printable(name).encode()                                                 # and has no lone surrogate
