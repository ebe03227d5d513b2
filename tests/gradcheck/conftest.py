"""The arrays here are tiny: one thread is faster than waking several."""

import numba
import pytest

import minifcn.kernels.cpu  # noqa: F401  (starts Numba's threads)


@pytest.fixture(autouse=True)
def one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)
