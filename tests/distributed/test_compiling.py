"""On a second machine, each command that divides its work says that the others wait for the compiler there."""

import re

import numpy as np
import pytest
from PIL import Image

from minifcn import parallel
from minifcn.__main__ import main
from minifcn.commands.ranks import COMMANDS
from minifcn.kernels.cpu import warm_up

DATA = ["--data", "shapes", "--size", "32"]


class Compiling(Exception):
    """Raised where a command would begin to compile: what follows is not tested here."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a checkpoint and a picture."""
    folder = tmp_path_factory.mktemp("run")
    options = ["--samples", "4", "--batch", "2", "--epochs", "1", "--quiet", "--out", str(folder)]
    assert main(["train", "--model", "pixelwise", *DATA, *options]) == 0
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / "picture.png")
    return folder


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"grade"}))  # which computes in processes of its own
def test_a_rank_on_another_machine_says_that_the_others_wait_for_its_compiler(command, trained, tmp_path, monkeypatch, capfd):
    def warm_up_once(dtype, before):
        before()
        raise Compiling

    words = {
        "train": ["--model", "pixelwise", *DATA],
        "compare": ["--models", "pixelwise", *DATA],
        "evaluate": ["--checkpoint", str(trained)],
        "predict": ["--checkpoint", str(trained), str(trained / "picture.png")],
    }
    monkeypatch.setattr(warm_up, "warm_up_once", warm_up_once)
    monkeypatch.setattr(parallel, "get_rank", lambda: 1)
    with pytest.raises(Compiling):
        main([command, *words[command], "--out", str(tmp_path)])
    assert re.search("rank .* is compiling the kernels for its machine, once; the other ranks wait\n", capfd.readouterr().err)
