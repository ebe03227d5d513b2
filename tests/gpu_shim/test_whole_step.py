"""A whole training step on the GPU's path, through the shim: right, and the host never waits for the GPU in it."""

import numpy as np
import pytest

from gpu_shim.fake_cupy import fake_gpu
from gpu_shim.shim import HAS_COMPILER
from gpu_shim.small_step import SmallStep
from minifcn import Tensor
from minifcn.functional.norm import BatchNorm
from minifcn.kernels import to_device

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")


@pytest.fixture(scope="module")
def gpu_run():
    """What two steps give: (what the host waited for, the losses, the net's states after them)."""
    with fake_gpu() as waits:
        small, waited, losses, states = SmallStep("cuda"), [], [], []
        for _ in range(2):
            waits.clear()
            loss = small.step()
            waited += waits
            losses.append(loss.item())
            states.append(small.model.state_dict())
        return waited, losses, states


def test_a_training_step_never_makes_the_host_wait(gpu_run):
    waited, _, _ = gpu_run
    assert waited == []


def test_two_steps_give_the_loss_and_the_weights_that_the_cpu_gives(gpu_run):
    _, losses, (_, state) = gpu_run
    cpu = SmallStep("cpu")
    np.testing.assert_allclose(losses, [cpu.step().item() for _ in range(2)], rtol=1e-5)
    for name, array in cpu.model.state_dict().items():
        np.testing.assert_allclose(state[name], array, rtol=1e-3, atol=1e-4, err_msg=name)


def test_a_step_that_computes_maps_again_gives_the_same_bits_and_never_waits(gpu_run):
    _, losses, (state, _) = gpu_run
    with fake_gpu() as waits:
        small = SmallStep("cuda")
        small.model.recompute_()
        loss = small.step()
        assert waits == []
        assert loss.item() == losses[0]
        found = small.model.state_dict()
    assert all(np.array_equal(found[name], array) for name, array in state.items())


def test_a_planted_wait_is_seen_and_named(monkeypatch):
    forward = BatchNorm.forward
    monkeypatch.setattr(BatchNorm, "forward", lambda self, x, *more, **options: forward(self, x * x.max().item(), *more, **options))
    with fake_gpu() as waits:
        SmallStep("cuda", "frozen").step()
        assert sum(line.startswith("item in ") for line in waits) == 10  # one for each batch norm of the net


def test_a_wrong_label_makes_the_loss_nan_and_nobody_wait():
    with fake_gpu() as waits:
        small = SmallStep("cuda", "frozen")
        small.labels[0, 5, 5] = 4
        loss = small.step()
        assert waits == []
        assert np.isnan(loss.item())


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: float(x.sum()),
        lambda x: int(x.sum()),
        lambda x: bool((x > 1).any()),
        lambda x: x.get(),
        lambda x: to_device(x, "cpu"),
        lambda x: x.tolist(),
        lambda x: x.nonzero(),
        lambda x: x[x > 1],
        lambda x: Tensor(x).numpy(),
        lambda x: [1, 2, 3][(x > 5).sum()],
    ],
)
def test_every_way_to_read_a_value_is_a_wait(read):
    with fake_gpu() as waits:
        read(to_device(np.arange(3.0), "cuda"))
        assert len(waits) == 1


@pytest.mark.parametrize("mix", [lambda x: x + np.ones(3), lambda x: np.ones(3) + x, np.asarray])
def test_arrays_of_host_and_device_do_not_mix(mix):
    with fake_gpu(), pytest.raises(TypeError):
        mix(to_device(np.arange(3.0), "cuda"))
