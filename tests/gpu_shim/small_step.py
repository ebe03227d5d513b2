"""A training step of a small FCN-8s on either device; test_whole_step.py and ../test_gpu.py run it."""

import numpy as np

from minifcn import Tensor, manual_seed
from minifcn.functional import cross_entropy
from minifcn.kernels import to_device
from minifcn.models import FCN8s, SmallVGG
from minifcn.optim import SGD


class SmallStep:
    """A small FCN-8s with batch norm and dropout, and two images whose size is no multiple of 32."""

    def __init__(self, device, upsampling="learned"):
        manual_seed(0)
        rng = np.random.default_rng(0)
        self.model = FCN8s(SmallVGG(widths=(4, 4, 4, 4, 4), head=8), 4, upsampling).train().to(device)
        self.optimizer = SGD(self.model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
        self.images = to_device(rng.standard_normal((2, 3, 20, 28), np.float32), device)
        labels = rng.integers(0, 4, (2, 20, 28))
        labels[:, :3] = 255
        self.labels = to_device(labels, device)

    def step(self):
        """Forward, loss, backward, update; the loss, a tensor."""
        self.optimizer.zero_grad()
        loss = cross_entropy(self.model(Tensor(self.images)), self.labels, ignore_index=255)
        loss.backward()
        self.optimizer.step()
        return loss
