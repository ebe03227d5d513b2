"""Files mutated at random, of every format that is read: a result or one sentence, and neither hours nor gigabytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fuzz
import pytest

FEW = 300 // len(fuzz.FORMATS)
MANY = 1_400                                                     # of each format: 21,000 in all


@pytest.mark.parametrize("kind", fuzz.FORMATS)
def test_a_mutated_file_gives_a_result_or_one_sentence(kind, tmp_path, capfd):
    assert list(fuzz.run(kind, 0, FEW, tmp_path)) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs getrusage")
@pytest.mark.parametrize("kind", fuzz.FORMATS)
def test_thousands_of_mutated_files_cost_little_time_and_memory(kind):
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here.parent), str(here)])
    command = [sys.executable, str(here / "fuzz.py"), kind, "1", str(MANY)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths})
    assert result.returncode == 0, result.stderr[-2_000:]
    assert [json.loads(line) for line in result.stdout.splitlines()] == []
