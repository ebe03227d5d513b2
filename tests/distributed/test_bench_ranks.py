"""`minifcn bench --only ranks`: what it reports, and what it says if a rank fails."""

import pytest
from ranks import needs_ranks

from minifcn.bench import ranks as bench


def test_the_share_of_sums_is_what_the_halves_alone_do_not_take():
    row = {"name": "a step", "one": 100.0, "two": 80.0, "alone": 60.0}
    assert bench.row_line(row).split() == ["a", "step", "100.0", "80.0", "1.25", "25%"]


@needs_ranks
def test_sums_are_measured_on_two_ranks():
    assert all(value > 0 for value in bench.start(2, 1, bench.SUMS).values())


@needs_ranks
def test_a_program_that_fails_is_reported_with_its_last_line():
    with pytest.raises(RuntimeError, match=r"^bench: 2 ranks ended with exit code 3: no luck$"):
        bench.start(2, 1, r"import os, sys; os.write(2, b'no luck\n'); sys.exit(3)")  # in one piece, or two ranks' mix
