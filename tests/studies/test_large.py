"""The study of large images: the file is the globe, and the memory that predicting it takes hardly grows with its size."""

import subprocess
import sys

import numpy as np
import pytest

from minifcn.data.globe import load_globe
from minifcn.studies import large
from minifcn.studies.catalogue import study_of
from minifcn.studies.large import AT_A_TIME, mirrored, peak, write_globe
from minifcn.studies.run import run_study


def test_the_file_is_the_globe_mirrored_at_its_edges(tmp_path):
    size = AT_A_TIME + 44
    write_globe(tmp_path / "globe.npy", size)
    np.testing.assert_array_equal(np.load(tmp_path / "globe.npy"), load_globe()[0][:size, :size])
    np.testing.assert_array_equal(mirrored(8, 3), [0, 1, 2, 2, 1, 0, 0, 1])


def test_the_peak_is_that_of_the_process_itself():
    held = np.ones(2 * 10**8, np.uint8)                                       # not the other process's
    program = "import numpy; from minifcn.studies.large import peak; before = peak(); numpy.ones(2 * 10**8, 'u1'); print(before, peak())"
    before, after = map(int, subprocess.check_output([sys.executable, "-c", program]).split())
    assert 0 < before < peak() - held.nbytes / 2 and after - before > 1.5e8


@pytest.mark.parametrize("fails", ["write_globe", "PROGRAM"])
def test_what_fails_leaves_no_image_behind(fails, tmp_path, monkeypatch):
    def stop(path, size):
        path.write_bytes(b"half an image")
        raise OSError("No space left on device")

    monkeypatch.setattr(large, fails, {"write_globe": stop, "PROGRAM": "raise ValueError('the reason')"}[fails])
    sentence = {"write_globe": "^No space left", "PROGRAM": "^study: the process .* ended with status 1: ValueError: the reason$"}
    with pytest.raises((OSError, RuntimeError), match=sentence[fails]):
        run_study(study_of("large"), tmp_path, quiet=True, quick=True)
    assert list(tmp_path.rglob("globe*")) == []


@pytest.mark.slow
def test_the_memory_hardly_grows_with_the_image(tmp_path):
    results = run_study(study_of("large"), tmp_path, quiet=True, sizes=(5000, 20000))
    less, most = (results.mean(row, "peak") for row in results.rows())
    assert most - less < 0.25 * results.mean(results.rows()[1], "file")                     # the image has 1,200 MB
    assert list(tmp_path.rglob("globe*")) == []
