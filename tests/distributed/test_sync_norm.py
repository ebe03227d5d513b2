"""SyncBatchNorm: on several ranks, batch norm of the images of all of them."""

import numpy as np
import pytest
from rank_steps import BATCH, norm_step
from ranks import needs_ranks, run

from minifcn import nn, tensor
from minifcn.models import FCN8s, SmallVGG

ON_RANKS = """
from minifcn import nn
from rank_steps import BATCH, norm_step
first, last = (BATCH * r // size for r in (rank, rank + 1))
found = {name: array.tolist() for name, array in norm_step(nn.SyncBatchNorm(3), first, last).items()}
"""


@pytest.fixture(scope="module")
def alone():
    """What BatchNorm2d computes from the whole batch."""
    return norm_step(nn.BatchNorm2d(3), 0, BATCH)


@pytest.fixture(scope="module", params=[2, pytest.param(3, marks=pytest.mark.slow)])
def on_ranks(request):
    """What each rank computes from its part."""
    return [{name: np.array(array) for name, array in found.items()} for found in run(request.param, ON_RANKS)]


@needs_ranks
@pytest.mark.parametrize("name", ["y", "grad"])
def test_each_image_gets_what_batch_norm_of_the_whole_batch_gives_it(name, on_ranks, alone):
    np.testing.assert_allclose(np.concatenate([found[name] for found in on_ranks]), alone[name], rtol=0, atol=1e-10)


@needs_ranks
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_the_gradients_of_the_parameters_add_up_over_the_ranks(name, on_ranks, alone):
    np.testing.assert_allclose(sum(found[name] for found in on_ranks), alone[name], rtol=0, atol=1e-10)


@needs_ranks
@pytest.mark.parametrize("name", ["mean", "var"])
def test_the_running_statistics_are_those_of_all_ranks(name, on_ranks, alone):
    for found in on_ranks:
        np.testing.assert_allclose(found[name], alone[name], rtol=1e-12)


GRADCHECK = """
from minifcn import Tensor, gradcheck, nn
from minifcn.function import Function
from minifcn.nn.sync_norm import sync_batch_norm
from minifcn.tensor import apply

class Copies(Function):  # one tensor, used by every rank: the gradient is the sum of theirs
    def forward(self, x):
        return x.copy()
    def backward(self, grad):
        grad = grad.copy()
        dist.all_reduce(grad)
        return grad

class Total(Function):  # the sum of what the ranks have; each has the same gradient
    def forward(self, x):
        total = x.copy()
        dist.all_reduce(total)
        return total
    def backward(self, grad):
        return grad

def whole(x, weight, bias):
    "Batch norm of a batch that the ranks share, squared and summed as an asymmetric function of it."
    x, weight, bias = (apply(Copies, tensor) for tensor in (x, weight, bias))
    first, last = (5 * r // size for r in (rank, rank + 1))
    y = sync_batch_norm(x[first:last], None, None, weight, bias, training=True)
    slope = Tensor(np.linspace(-1, 1, 5 * 3 * 4).reshape(5, 3, 2, 2)[first:last])
    return apply(Total, (y * y * slope).sum())

rng = np.random.default_rng(0)
inputs = [Tensor(rng.standard_normal(shape), requires_grad=True) for shape in ((5, 3, 2, 2), 3, 3)]
found = bool(gradcheck(whole, inputs, max_entries=0))
"""


@needs_ranks
def test_the_gradient_over_two_ranks_agrees_with_finite_differences():
    assert run(2, GRADCHECK) == [True, True]


def test_converting_keeps_parameters_buffers_and_modes_and_the_names_of_the_state():
    net = FCN8s(SmallVGG(widths=(2,) * 5, head=4), 3)
    before, parameters = net.state_dict(), list(net.parameters())
    norm = next(module for module in net.modules() if isinstance(module, nn.BatchNorm2d))
    norm.freeze()
    assert nn.SyncBatchNorm.convert_sync_batchnorm(net) is net
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms and all(type(module) is nn.SyncBatchNorm for module in norms)
    assert norms[0].frozen and not norms[0].training and not norms[1].frozen
    assert list(net.parameters()) == parameters and net.state_dict().keys() == before.keys()
    assert type(nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm2d(2))) is nn.SyncBatchNorm


def test_on_one_rank_it_is_batch_norm():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 4)).astype(np.float32)
    assert np.array_equal(nn.SyncBatchNorm(3)(tensor(x)).data, nn.BatchNorm2d(3)(tensor(x)).data)
