"""How Winograd's method divides its work: every tile and every channel is somebody's, and whatever is stored has room."""

import pytest
from cases import FEW
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels.cpu.convolution.winograd_plan import LARGE_WEIGHTS, Plan, plan_convolution, plan_correlation
from minifcn.kernels.cpu.runtime.compile import share

TWO_THREADS = {"lanes": 16, "itemsize": 4, "threads": 2}


def test_the_plan_of_many_tiles_has_as_many_blocks_for_every_thread():
    plan = plan_convolution(4, 6, (1, 56, 56, 64), 64, **TWO_THREADS)
    assert plan == Plan(
        m=4, side=6, rows=14, columns=14, tiles=196, lanes=16, panels=2, splits=10, groups=1, block=20,
        row_x=64, row_y=64, plane_x=20 * 64 + 16, plane_y=20 * 64 + 16, plane_w=64 * 64 + 16,
    )  # fmt: skip


def test_threads_share_a_single_block_by_output_channels():
    plan = plan_convolution(2, 4, (1, 6, 5, 96), 256, **TWO_THREADS)
    assert (plan.tiles, plan.splits, plan.groups) == (9, 1, 2)
    assert plan.row_x == 256 + 16 and plan.row_y == 2 * 32  # two of three panels; 256 channels would conflict


def test_the_gradient_is_divided_by_tiles_unless_its_sums_are_large():
    by_tiles = plan_correlation(4, 6, (2, 56, 56, 64), 64, **TWO_THREADS)
    assert (by_tiles.splits, by_tiles.groups) == (2, 1)
    by_channels = plan_correlation(4, 6, (2, 28, 28, 512), 512, **TWO_THREADS)
    assert 36 * 4 * by_channels.plane_w > LARGE_WEIGHTS and (by_channels.splits, by_channels.groups) == (1, 2)


@pytest.mark.parametrize("plan_for", [plan_convolution, plan_correlation])
@FEW
@given(
    m=st.sampled_from([2, 4]),
    side=st.sampled_from([4, 6]),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 70), st.integers(1, 70), st.integers(1, 40)),
    C=st.integers(1, 40),
    lanes=st.sampled_from([4, 8, 16]),
    threads=st.integers(1, 64),
)
def test_the_tasks_cover_the_work_and_fit_into_the_scratch_arrays(plan_for, m, side, shape, C, lanes, threads):
    N, height, width, K = *shape[:3], shape[3] * lanes
    plan = plan_for(m, side, (N, height, width, K), C * lanes, lanes, 64 // lanes, threads)
    assert plan.rows * m >= height > (plan.rows - 1) * m and plan.columns * m >= width > (plan.columns - 1) * m
    assert plan.tiles == N * plan.rows * plan.columns
    assert 2 * lanes * plan.panels >= K > 2 * lanes * (plan.panels - 1)
    assert 1 <= plan.groups <= plan.panels  # no task without channels
    tiles = [share(plan.tiles, split, plan.splits) for split in range(plan.splits)]
    panels = [share(plan.panels, group, plan.groups) for group in range(plan.groups)]
    outputs = max(min(K, 2 * lanes * last) - 2 * lanes * first for first, last in panels)
    assert plan.row_x >= C * lanes and plan.plane_x >= plan.block * plan.row_x
    assert plan.row_y >= outputs and plan.plane_y >= plan.block * plan.row_y
    assert plan.plane_w >= plan.panels * C * lanes * 2 * lanes
    if plan_for is plan_convolution:
        assert all(0 < last - first <= plan.block for first, last in tiles)  # a split is one block
    else:
        assert plan.splits * plan.groups <= threads  # a thread has at most one task
