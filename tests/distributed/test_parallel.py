"""Data parallelism: on any number of ranks, training is what it is in one process with the same batches."""


import numpy as np
import pytest
from rank_steps import VARIANTS, train
from ranks import TESTS, needs_ranks, run, start
from small_run import SmallRun

from minifcn import parallel
from minifcn.checkpoint import load_checkpoint
from minifcn.data import DataLoader, Shapes
from minifcn.parallel import check_loader
from minifcn.runs import run as run_module
from minifcn.runs.options import Options
from minifcn.runs.run import batches_of

pytestmark = needs_ranks

# Single steps ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[2, pytest.param(3, marks=pytest.mark.slow)])
def on_ranks(request):
    """{variant: [losses, weights]} of each rank."""
    return run(
        request.param,
        """
        from rank_steps import VARIANTS, train
        found = {name: train(**options) for name, options in VARIANTS.items()}
        found |= {"kept": train(steps=3), "computed again": train(steps=3, recompute=True)}
        """,
    )


@pytest.fixture(scope="module")
def alone():
    """{variant: [losses, weights]} of one process."""
    return {name: train(**options) for name, options in VARIANTS.items()}


@pytest.mark.parametrize("name", VARIANTS)
def test_ranks_have_the_losses_and_weights_of_one_process(name, on_ranks, alone):
    losses, weights = on_ranks[0][name]
    scale = max(1, *alone[name][0])  # a loss that is a sum over pixels is large
    of_losses, of_weights = (1e-6, 1e-4) if name == "float32" else (1e-12, 1e-12)
    assert np.abs(np.subtract(losses, alone[name][0])).max() <= of_losses * scale
    assert np.abs(np.subtract(weights, alone[name][1])).max() <= of_weights


def test_ranks_that_compute_maps_again_have_the_same_bits(on_ranks):
    """Batch norm's sums over all ranks, too, are computed a second time, while gradients are under way."""
    for found in on_ranks:
        assert found["computed again"] == found["kept"]


def test_all_ranks_have_the_same_bits(on_ranks):
    assert all(found == on_ranks[0] for found in on_ranks)


def test_variants_differ_so_that_each_tests_something(alone):
    assert len({losses[1] for losses, _ in alone.values()}) == len(VARIANTS)


# Whole runs -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_process():
    """A run in this process."""
    return SmallRun().fit()


def small_run(ranks, path):
    """The Checkpoint after a run of small_run.py on several ranks, new or resumed."""
    ended = start(ranks, str(TESTS / "small_run.py"), str(path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("train epoch 3/3") == 1, "rank 0 alone prints"
    return load_checkpoint(path)


@pytest.fixture(scope="module")
def two_ranks(tmp_path_factory):
    """The checkpoint of a run on two ranks."""
    return small_run(2, tmp_path_factory.mktemp("two") / "run.npz")


def assert_alike(checkpoint, expected):
    """The checkpoint is that of the run `expected`, up to rounding; what is not rounded is the same."""
    for name, array in expected.model.state_dict().items():
        assert np.abs(checkpoint.model[name] - array).max() <= 1e-4, name
    for record, other in zip(checkpoint.progress["history"], expected.history, strict=True):
        assert record.keys() == other.keys()
        for name in ("loss", "val_loss", "pixel_accuracy", "mean_iou"):
            assert record[name] == pytest.approx(other[name], abs=1e-5 if "loss" in name else 1e-3), name
        assert record["lr"] == other["lr"]


def test_a_run_on_two_ranks_is_that_of_one_process(two_ranks, one_process):
    assert_alike(two_ranks, one_process)


@pytest.mark.slow
def test_three_ranks_of_which_one_has_no_validation_image_of_a_batch_run_alike(one_process, tmp_path):
    assert_alike(small_run(3, tmp_path / "run.npz"), one_process)


@pytest.mark.slow
def test_the_same_ranks_give_the_same_bits(two_ranks, tmp_path):
    again = small_run(2, tmp_path / "run.npz")
    assert again.progress == two_ranks.progress and again.rng == two_ranks.rng
    assert all(np.array_equal(array, two_ranks.model[name]) for name, array in again.model.items())


STOPPED = """
from small_run import SmallRun
from minifcn.train import TrainingStopped
try:
    SmallRun(ctrl_c_at=6 if rank == 1 else None).fit(sys.argv[1])
except TrainingStopped as stop:
    found = str(stop)
"""


def test_ctrl_c_on_one_rank_stops_all_after_the_same_step_and_another_number_resumes(one_process, tmp_path):
    path = tmp_path / "run.npz"
    stopped = run(2, STOPPED, str(path))
    assert stopped == ["stopped in epoch 2 after step 2"] * 2
    assert load_checkpoint(path).progress["step"] == 2
    SmallRun().fit(path, resume=True)  # on one; test_failures.py resumes on three
    assert_alike(load_checkpoint(path), one_process)


# What is refused ------------------------------------------------------------------------------------------------------

REFUSED = """
from small_run import SmallRun
from minifcn.data import DataLoader, Shapes
found = []

def sentence(change):
    small = SmallRun()
    try:
        change(small)
        small.fit()
    except ValueError as error:
        return str(error)

class Sizes(Shapes):
    def sample(self, index, rng):
        image, label = super().sample(index, rng)
        return (image, label) if rank == 0 else (image[:, :16], label[:16])

class Broken(Shapes):
    def sample(self, index, rng):
        image, label = super().sample(index, rng)
        return (image if rank == 0 else image * np.nan), label

def loader(dataset, batch, part=(rank, size)):
    def change(small):
        small.loader = DataLoader(dataset, batch, rank=part[0], num_replicas=part[1])
    return change

found = [sentence(loader(Shapes(4, 32), 1)), sentence(loader(Shapes(4, 32), 2, (0, 1))),
         sentence(loader(Sizes(4, 32), 2)), sentence(loader(Broken(4, 32), 2))]
"""


def test_what_cannot_be_divided_is_refused_in_the_same_sentence_on_all_ranks():
    found, other = run(2, REFUSED)
    assert found == other
    small, undivided, sizes, broken = found
    assert small.startswith("train: a batch of 1 cannot be divided among 2 ranks; use a --batch of at least 2, with --size")
    assert "has num_replicas=1, but there are 2 ranks" in undivided
    assert "different sizes, (3, 32, 32) on rank 0, (3, 16, 32) on rank 1; crop all" in sizes
    assert "because the images of the batch hold NaN" in broken


@pytest.fixture
def as_on_three(monkeypatch):
    """This process believes to be one of three ranks."""
    for module in parallel, run_module:
        monkeypatch.setattr(module, "get_world_size", lambda: 3)


@pytest.mark.parametrize(
    ("images", "batch", "sentence"),
    [
        (2, 8, "the data set has 2 samples, too few for 3 ranks; start fewer"),
        (9, 2, "a batch of 2 cannot be divided among 3 ranks; use a --batch of at least 3"),
        (9, 8, "the last batch, of 1, cannot be divided among 3 ranks; give the DataLoader drop_last=True"),
    ],
)
def test_the_sentence_says_what_cannot_be_divided_and_by_which_command(images, batch, sentence, as_on_three):
    with pytest.raises(ValueError, match=f"^compare: {sentence}"):
        check_loader(DataLoader(Shapes(images, 32), batch, num_replicas=3), "compare")


def test_a_batch_without_an_image_for_each_rank_is_refused_before_its_norms_are_considered(as_on_three):
    with pytest.raises(ValueError, match="^train: a batch of 2 cannot be divided among 3 ranks"):
        batches_of(Shapes(9, 32), Options(batch=2, batch_norm="each"), workers=0)


def test_a_sum_goes_on_while_backward_computes():
    """MPI goes on with a sum only when somebody calls it, and a layer's backward does not."""
    program = """
    import threading
    from minifcn import Tensor
    from minifcn.parallel import GradientSum
    parameters, done, gradients = [Tensor(np.zeros(10**6, np.float32)) for _ in range(2)], threading.Event(), GradientSum(limit=1)
    for parameter in parameters:
        parameter.grad = np.full(10**6, rank + 1, np.float32)
    gradients.add(parameters[0])
    gradients.add(parameters[1])
    work = gradients.works[0]
    ask = work.is_completed
    work.is_completed = lambda: ask() and not done.set()
    found = [done.wait(120)]
    gradients.wait()
    found += [float(parameter.grad[0]) for parameter in parameters]
    """
    assert run(2, program) == [[True, 3.0, 3.0]] * 2
