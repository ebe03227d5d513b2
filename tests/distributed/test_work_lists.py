"""Lists of work on several ranks: every item is done once, and a rank that dies loses what it was working on, no more."""

import json
import re
import signal

import numpy as np
import pytest
from ranks import environment, needs_ranks, run, start

from minifcn.__main__ import main
from minifcn.data.images import write_image

pytestmark = needs_ranks

TAKE_ALL = """
import json, sys
from pathlib import Path
from minifcn import distributed
from minifcn.worklist import share
distributed.init_process_group()
rank = distributed.get_rank()
work, mine = share([f"item {k} of rank {rank}" for k in range(40)], sys.argv[1]), []
while (number := work.take()) is not None:
    mine.append(number)
    work.finish(number, work.items[number])
outcomes = sorted(work.outcomes())
(Path(sys.argv[1]) / f"{rank}.json").write_text(json.dumps([mine, outcomes]))
"""
# `minifcn WORDS...`, but a rank is killed, once, when it comes to the item that is called b.
DIE_AT_B = """
import os, sys
from pathlib import Path
from minifcn import __main__
from minifcn.course.grading.classroom import Pool
from minifcn.labelling.files import Job

def deadly(cls, name, name_of):
    real = getattr(cls, name)

    def method(self, *given, **options):
        if name_of(given) == "b" and not options:
            os.kill(os.getpid(), 9)
        return real(self, *given, **options)

    setattr(cls, name, method)

deadly(Job, "predict", lambda given: given[1].name)
deadly(Pool, "grade", lambda given: given[0].name)
sys.exit(__main__.main(sys.argv[1:]))
"""


def files_in(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_each_item_is_taken_once_and_rank_0_hears_of_all(tmp_path):
    ended = start(3, "-c", TAKE_ALL, str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    found = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(3)]
    assert sorted(number for mine, _ in found for number in mine) == list(range(40))
    assert found[0][1] == [[k, f"item {k} of rank 0"] for k in range(40)]
    assert all([k for k, _ in outcomes] == mine for mine, outcomes in found[1:])


def test_a_folder_that_a_machine_does_not_see_is_refused_by_all_and_left_empty(tmp_path):
    program = """
    from pathlib import Path
    from minifcn.worklist import share
    if rank == 1:
        Path.exists = lambda path: False  # as on a machine that has another disk
    try:
        share(["item"], sys.argv[1])
    except ValueError as error:
        found = str(error)
    """
    expected = f"rank 1 cannot see what rank 0 writes into {tmp_path}; choose a folder that all machines share"
    assert run(2, program, str(tmp_path)) == [expected] * 2
    assert not list(tmp_path.iterdir())


# predict --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a net trained for a moment."""
    folder = tmp_path_factory.mktemp("run")
    words = "--model pixelwise --data shapes --size 32 --samples 8 --batch 4 --epochs 1 --quiet"
    assert main(["train", *words.split(), "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def images(tmp_path):
    """A folder of five images and a broken one."""
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    for name in "abcde":
        write_image(folder / f"{name}.png", rng.integers(0, 256, (20, 30, 3), dtype=np.uint8))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def test_predict_writes_and_says_what_one_process_does(trained, images, tmp_path, capsys):
    words = ["predict", str(images), "--checkpoint", str(trained), "--out"]
    assert main([*words, str(tmp_path / "one")]) == 1
    ended = start(2, "-m", "minifcn", *words, str(tmp_path / "two"))
    assert (ended.returncode, ended.stderr) == (1, capsys.readouterr().err)
    assert files_in(tmp_path / "two") == files_in(tmp_path / "one")


def test_a_rank_that_dies_while_it_predicts_loses_that_image(trained, images, tmp_path):
    """Whichever rank it is: if it is rank 0, the others predict the rest, and the summary is missing."""
    (images / "broken.png").unlink()
    ended = start(
        2, "-c", DIE_AT_B, "predict", str(images), "--checkpoint", str(trained), "--out", str(tmp_path / "out")
    )
    assert ended.returncode != 0 and "was killed (SIGKILL), and what it was working on is lost" in ended.stderr
    if "rank 0 was killed" in ended.stderr:
        assert ended.returncode == 128 + signal.SIGKILL and "start the same command again" in ended.stderr
    else:
        failed = r"predicted 4 images, but failed on 1: rank \d died while it predicted \S+b\.png; predict it again"
        assert re.search(failed, ended.stderr)
    labels = {path.stem.removesuffix("_label") for path in (tmp_path / "out").glob("*_label.png")}
    assert labels == {*"acde"} and not list((tmp_path / "out").glob(".work-*"))


# grade ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def submissions(tmp_path):
    folder = tmp_path / "submissions"
    for name in "abc":
        (folder / name).mkdir(parents=True)
        (folder / name / "notes.txt").write_text("")  # nothing that would take time to check
    (tmp_path / "seed.txt").write_text("one")
    return folder


def grading(folder, out):
    return [
        "grade",
        "03",
        "--submissions",
        str(folder),
        "--out",
        str(out),
        "--seed-file",
        str(folder.parent / "seed.txt"),
    ]


def test_grade_writes_what_one_process_does_and_grades_nothing_twice(submissions, tmp_path, capsys):
    assert main(grading(submissions, tmp_path / "one")) == 0
    for expected in "3 graded, 0 unchanged", "0 graded, 3 unchanged":
        ended = start(2, "-m", "minifcn", *grading(submissions, tmp_path / "two"))
        assert ended.returncode == 0 and expected in ended.stdout, ended.stderr
    one, two = files_in(tmp_path / "one"), files_in(tmp_path / "two")
    assert {name for name in one if name.startswith((".", "a"))} <= two.keys()
    assert {name: two[name] for name in ("grades.csv", "index.html")} == {
        name: one[name] for name in ("grades.csv", "index.html")
    }


def test_a_rank_that_dies_while_it_grades_loses_that_submission_and_the_same_command_grades_it(submissions, tmp_path):
    words = grading(submissions, tmp_path / "out")
    place = {"TMPDIR": str(tmp_path)}  # of its judge, which a killed rank leaves behind
    ended = start(2, "-c", DIE_AT_B, *words, "--jobs", "1", env=environment() | place)
    assert ended.returncode != 0 and "was killed (SIGKILL), and what it was working on is lost" in ended.stderr
    done = {path.stem for path in (tmp_path / "out").glob("?.json")}
    if "rank 0 was killed" not in ended.stderr:
        lost = json.loads((tmp_path / "out" / "b.json").read_text())
        assert lost["failed"] and "died while it graded this" in lost["note"]
        done.remove("b")
    assert done == {*"ac"}
    again = start(2, "-m", "minifcn", *words)
    assert again.returncode == 0 and "1 graded, 2 unchanged" in again.stdout


# evaluate, compare ----------------------------------------------------------------------------------------------------


def test_evaluate_writes_and_prints_what_one_process_does(trained, tmp_path, capsys):
    """To the byte: counts of pixels have one sum in any order."""
    words = ["evaluate", "--checkpoint", str(trained), "--quiet", "--out"]
    assert main([*words, str(tmp_path / "one")]) == 0
    ended = start(2, "-m", "minifcn", *words, str(tmp_path / "two"))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == capsys.readouterr().out.replace("/one", "/two")
    assert files_in(tmp_path / "two") == files_in(tmp_path / "one")


def test_compare_trains_each_network_on_all_ranks_and_rank_0_reports(tmp_path):
    words = "compare --models pixelwise --data shapes --size 32 --batch 4 --budget 0.2 --out"
    ended = start(2, "-m", "minifcn", *words.split(), str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("seed 0   pixelwise") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"scores.json", "labels.npz", "panel.png"}
