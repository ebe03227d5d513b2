"""The examples of CONTRIBUTING.md work as they are printed."""

import re
from pathlib import Path

import numpy as np

from minifcn import gradcheck, tensor
from minifcn.data import DataLoader
from minifcn.models import SEGMENTATION, build
from minifcn.studies.run import run_study

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


def names_after(title):
    """What the examples of a section define."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]
    names = {}
    for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        lines = code.strip().split("\n")
        lines[-1] = f"last = {lines[-1]}" if lines[-1].startswith("Case(") else lines[-1]
        exec("\n".join(lines), names)  # noqa: S102
    return names


def test_the_operation_has_the_right_gradient():
    names = names_after("An operation")
    case = names["last"]
    assert gradcheck(case.function, case.make_inputs(np.random.default_rng(0)))
    assert names["softsign"](tensor([-3.0, -3.0])).numpy().tolist() == [-0.75, -0.75]


def test_the_network_is_built_by_its_name(monkeypatch):
    monkeypatch.setitem(SEGMENTATION, "last-map", names_after("A network")["LastMap"])
    net = build("last-map", 3, generator=np.random.default_rng(0))
    assert net(tensor(np.zeros((1, 3, 40, 48), np.float32))).shape == (1, 3, 40, 48)


def test_the_data_set_gives_batches():
    data = names_after("A data set")["StripesData"](size=32)
    images, labels = next(iter(DataLoader(data.train(), 4)))
    assert images.shape == (4, 3, 32, 32) and set(np.unique(labels)) == {0, 1}


def test_the_lesson_has_right_answers():
    (exercise,) = names_after("A lesson")["EXERCISES"]
    cases = [case for prop in exercise.properties for case in prop.cases(np.random.default_rng(0))]
    assert all(np.isclose(case.args[0] ** 2, case.expected) for case in cases)


def test_the_study_fills_its_table(tmp_path):
    study = names_after("A study")["Average"]()
    results = run_study(study, tmp_path, quiet=True)
    errors = [results.mean(row, "error") for row in ("10", "100", "1000")]
    assert errors[0] > errors[2] and errors[2] < 0.1 and (tmp_path / "average.png").exists()
