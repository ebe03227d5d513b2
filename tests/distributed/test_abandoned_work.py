"""What killed ranks left in a folder is removed by the next command that writes there; what others use is not."""

import os
import time

import pytest

from minifcn.worklist import SharedWorkList, share

OLD = time.time() - 1000


@pytest.fixture
def left(tmp_path):
    """The folder of a list of work whose ranks have been killed a while ago."""
    folder = tmp_path / ".work-abcdefgh"
    folder.mkdir()
    (folder / "ranks").write_text("2")
    (folder / "taken-0").symlink_to("1")
    os.utime(folder, (OLD, OLD))
    return folder


def test_the_folders_of_killed_ranks_are_removed(left, tmp_path):
    (tmp_path / ".work-stuvwxyz").mkdir()  # killed before it had written anything
    os.utime(tmp_path / ".work-stuvwxyz", (OLD, OLD))
    share(["item"], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_changed_a_moment_ago_is_not_removed(left, tmp_path):
    (left / "done-0").touch()
    share(["item"], tmp_path)
    assert left.exists()


def test_a_folder_that_a_rank_uses_is_not_removed(left, tmp_path):
    first, second = (SharedWorkList(["item"], left, rank) for rank in range(2))
    with second.held:
        first.held.close()
        share(["item"], tmp_path)
        assert left.exists()
    share(["item"], tmp_path)
    assert not left.exists()


def test_other_folders_and_links_are_not_removed(left, tmp_path):
    left.rename(tmp_path / "work-abcdefgh")
    left.symlink_to(tmp_path / "work-abcdefgh")
    share(["item"], tmp_path)
    assert (tmp_path / "work-abcdefgh" / "ranks").exists()
