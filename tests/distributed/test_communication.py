"""minifcn.distributed: what ranks tell each other, and one process alone, which needs no MPI."""

import re
import subprocess
import sys

import numpy as np
import pytest
from ranks import environment, needs_ranks, run

import minifcn
from minifcn import Tensor
from minifcn import distributed as dist
from minifcn.extras import MissingPackage

THREE = """
    found = {"rank": rank, "size": size, "local": dist.get_node_local_rank(), "joined": dist.is_initialized()}
    for op in ("sum", "prod", "max", "min"):
        array = np.array([rank + 1, -rank, 2], np.float32)
        dist.all_reduce(array, op)
        found[op] = array.tolist()
    whole = np.array(rank)
    dist.all_reduce(whole)
    found["zero axes"] = whole.item()
    array = np.full((2, 3), rank, np.float64)
    dist.broadcast(array, 1)
    found["broadcast"] = array.tolist()
    first, second = np.ones(5), np.ones(2) * rank
    works = [dist.all_reduce(array, async_op=True) for array in (first, second)]
    while not all([work.is_completed() for work in works]):
        pass
    works[0].wait()
    found["async"] = [first.tolist(), second.tolist()]
    rng = np.random.default_rng(rank)
    array = rng.standard_normal(100_000).astype(np.float32)
    dist.all_reduce(array)
    found["bytes"] = array.tobytes().hex()[:4000]
    found["collect"] = dist.collect({"rank": rank})
    found["object"] = dist.broadcast_object(f"from {rank}", 2)
    dist.barrier()
    try:
        dist.init_process_group()
    except RuntimeError as error:
        found["twice"] = str(error)
"""


@pytest.fixture(scope="module")
def three():
    """What three ranks found in all functions."""
    return run(3, THREE)


@needs_ranks
def test_each_rank_has_its_number(three):
    assert [found["rank"] for found in three] == [found["local"] for found in three] == [0, 1, 2]
    assert all(found["size"] == 3 and found["joined"] for found in three)


@needs_ranks
@pytest.mark.parametrize(
    ("op", "expected"), [("sum", [6, -3, 6]), ("prod", [6, 0, 8]), ("max", [3, 0, 2]), ("min", [1, -2, 2])]
)
def test_every_rank_gets_the_result_of_a_reduction(op, expected, three):
    assert [found[op] for found in three] == [expected] * 3


@needs_ranks
def test_an_array_of_no_axes_is_reduced(three):
    assert [found["zero axes"] for found in three] == [3] * 3


@needs_ranks
def test_a_sum_has_the_same_bits_on_every_rank(three):
    assert three[0]["bytes"] == three[1]["bytes"] == three[2]["bytes"]


@needs_ranks
def test_reductions_under_way_end_in_any_order(three):
    assert [found["async"] for found in three] == [[[3] * 5, [3] * 2]] * 3


@needs_ranks
def test_broadcasting_gives_all_the_array_and_the_object_of_one(three):
    assert [found["broadcast"] for found in three] == [[[1] * 3] * 2] * 3
    assert [found["object"] for found in three] == ["from 2"] * 3


@needs_ranks
def test_objects_are_collected_in_the_order_of_the_ranks(three):
    assert [found["collect"] for found in three] == [[{"rank": 0}, {"rank": 1}, {"rank": 2}]] * 3


def read_only(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        ([1.0], "found a list, expected an array"),
        (Tensor(np.ones(2)), "found a Tensor, expected an array, such as a Tensor's .data; for other objects use collect()"),
        (np.float32(1), "found a float32, expected an array"),
        (np.array(["a"]), "the array has the dtype <U1; convert it to one of numbers"),
        (np.array([None]), "the array has the dtype object; convert it"),
        (np.ones(3, ">f4"), "the array has the dtype >f4; convert it"),
        (np.ones((3, 3))[:, 1], "the array of shape (3,) is not contiguous; pass array.copy()"),
        (read_only(np.ones(3)), "the array of shape (3,) is read-only; pass array.copy()"),
    ],
)
def test_what_cannot_be_received_into_is_refused_on_one_rank_too(array, sentence):
    for function in (dist.all_reduce, dist.broadcast):
        with pytest.raises((TypeError, ValueError), match=re.escape(f"{function.__name__}: {sentence}")):
            function(array)


def test_booleans_have_no_sum_but_can_be_sent():
    dist.broadcast(np.array([True]))
    with pytest.raises(ValueError, match="all_reduce: the array has the dtype bool; convert it to one of numbers, such as int64"):
        dist.all_reduce(np.array([True]))


@pytest.mark.parametrize("function", [dist.broadcast, dist.broadcast_object])
@pytest.mark.parametrize("src", [-1, 1])
def test_a_source_that_is_no_rank_is_refused(function, src):
    with pytest.raises(ValueError, match=f"^{function.__name__}: src is {src}, expected a rank from 0 to 0$"):
        function(np.ones(3), src)


@needs_ranks
def test_joining_twice_is_refused(three):
    assert "exists already" in three[0]["twice"]


def test_a_process_alone_is_rank_0_of_1_and_imports_no_mpi():
    program = (
        "import sys; import numpy as np; from minifcn import distributed as d; d.init_process_group()\n"
        "array = np.ones(3); d.all_reduce(array); d.broadcast(array); d.barrier()\n"
        "work = d.all_reduce(array, async_op=True); work.wait()\n"
        "print(d.get_rank(), d.get_world_size(), d.is_initialized(), d.collect(5), array.tolist(), work.is_completed())\n"
        "d.destroy_process_group(); print('mpi4py' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    assert ended.stdout.splitlines() == ["0 1 False [5] [1.0, 1.0, 1.0] True", "False"]


@needs_ranks
def test_a_reduction_keeps_its_array_until_it_ends():
    program = """
    for _ in range(50):
        works = [dist.all_reduce(np.ones(300_000, np.float32), async_op=True) for _ in range(2)]
        for work in works:
            work.wait()
    found = works[0].array[:1].tolist()
    """
    assert run(2, program) == [[2.0]] * 2


def test_an_unknown_backend_and_an_unknown_operation_are_refused():
    with pytest.raises(ValueError, match="backend is 'gloo', expected one of mpi, nccl"):
        dist.init_process_group("gloo")
    with pytest.raises(ValueError, match="op is 'mean', expected one of sum, prod, max, min"):
        dist.all_reduce(np.ones(3), "mean")


@pytest.mark.parametrize("error", [ImportError("No module named 'mpi4py'"), RuntimeError("cannot load MPI library")])
def test_under_mpiexec_without_mpi_a_sentence_says_what_to_install(error, monkeypatch):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.startswith("mpi4py"):
                raise error

    monkeypatch.setenv("PMI_SIZE", "2")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    for name in [name for name in sys.modules if name.startswith("mpi4py")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingPackage, match=re.escape(f"({error}); run: pip install mpi4py mpich")):
        dist.init_process_group()


@needs_ranks
def test_the_mpiexec_of_another_mpi_is_told():
    program = "from minifcn import distributed; distributed.init_process_group()"
    by_another = environment() | {"OMPI_COMM_WORLD_SIZE": "3"}  # as Open MPI's mpiexec says, while mpi4py uses MPICH
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=by_another, check=False)
    assert ended.returncode and "mpiexec started 3 processes, but mpi4py sees 1; use the mpiexec" in ended.stderr


@needs_ranks
def test_ranks_on_one_machine_share_its_cores():
    program = "import os, numba; found = [int(os.environ['OMP_NUM_THREADS']), numba.config.NUMBA_NUM_THREADS]"
    unset = {name: value for name, value in environment().items() if not name.endswith("_NUM_THREADS")}
    assert run(2, program, env=unset) == [[minifcn.share_of_cores(2)] * 2] * 2
    assert minifcn.share_of_cores(10**6) == 1
