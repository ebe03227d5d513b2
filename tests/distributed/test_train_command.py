"""`mpiexec -n 2 minifcn train ...`: one run, one set of files, one voice."""

import csv

import numpy as np
import pytest
from ranks import needs_ranks, start

from minifcn.__main__ import main
from minifcn.checkpoint import load_checkpoint

pytestmark = needs_ranks
# SGD, since Adam divides by the size of a gradient, and a gradient that is nearly 0 is all rounding
OPTIONS = ["train", "--optimizer", "sgd", "--data", "shapes", "--size", "32", "--samples", "8", "--batch", "4", "--epochs", "2", "--model"]


def train_on_two(out, *options, model="unet"):
    """What `minifcn train` prints on two ranks."""
    ended = start(2, "-m", "minifcn", *OPTIONS, model, *options, "--out", str(out))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def read_history(folder):
    with open(folder / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_two_ranks_write_what_one_process_writes_and_rank_0_alone_speaks(tmp_path, capsys):
    output = train_on_two(tmp_path / "two")
    assert output.splitlines()[0] == "2 ranks share each batch of 4; batch norm's statistics are taken over all ranks"
    assert output.count("unet epoch 1/2") == output.count("saved") == 1
    assert main([*OPTIONS, "unet", "--out", str(tmp_path / "one")]) == 0
    assert "ranks share" not in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {path.name for path in (tmp_path / "two").iterdir()} == names
    one, two = (load_checkpoint(tmp_path / name) for name in ("one", "two"))
    assert one.config == two.config and one.rng == two.rng
    assert all(np.abs(array - two.model[name]).max() <= 1e-4 for name, array in one.model.items())
    for row, other in zip(*(read_history(tmp_path / name) for name in ("one", "two")), strict=True):
        assert float(row["loss"]) == pytest.approx(float(other["loss"]), abs=1e-5)


def test_statistics_of_each_rank_alone_and_a_rate_for_all_are_options(tmp_path):
    output = train_on_two(tmp_path / "run", "--batch-norm", "each", "--lr-scale", "--lr", "0.001", model="fcn8s")
    assert output.splitlines()[0].endswith("batch norm's statistics are taken on each rank alone")
    config = load_checkpoint(tmp_path / "run").config
    assert config["lr"] == 0.002 and config["batch_norm"] == "each"
