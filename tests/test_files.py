"""atomic_write: the new file whole, or the old one untouched, and never a temporary file left behind."""

import errno
import os
import stat

import numpy as np
import pytest

from minifcn import files
from minifcn.files import FileError, atomic_write


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
