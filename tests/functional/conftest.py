"""These images are far too small to share among threads, which would spend the time waiting for each other."""

import numba
import pytest


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)
