"""Volumes on the GPU's path, through the shim: a step of a 3D U-Net is that of the CPU, and the host never waits."""

import numpy as np
import pytest

from gpu_shim.fake_cupy import fake_gpu
from gpu_shim.shim import HAS_COMPILER
from minifcn import Tensor
from minifcn.functional import cross_entropy
from minifcn.kernels import to_device
from minifcn.models import UNet3d

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")


def loss_and_net(device):
    rng = np.random.default_rng(0)
    net = UNet3d(3, widths=(2, 4), generator=rng).to(device)
    volume = to_device(rng.standard_normal((2, 1, 3, 4, 6), np.float32), device)
    loss = cross_entropy(net(Tensor(volume)), to_device(rng.integers(0, 3, (2, 3, 4, 6)), device))
    loss.backward()
    return loss, net


def test_a_step_of_a_3d_u_net_gives_the_gradients_of_the_cpu_and_nobody_waits():
    loss, net = loss_and_net("cpu")
    with fake_gpu() as waits:
        again, twin = loss_and_net("cuda")
        assert waits == []
        assert again.item() == pytest.approx(loss.item(), rel=1e-5)
        found = {name: to_device(parameter.grad, "cpu") for name, parameter in twin.named_parameters()}
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(found[name], parameter.grad, rtol=1e-3, atol=1e-5, err_msg=name)
