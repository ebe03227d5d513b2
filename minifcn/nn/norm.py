"""The normalisation layers: BatchNorm2d, alone or with its ReLU, and AlexNet's LocalResponseNorm.

The arithmetic is in functional/norm.py, the running statistics are here. Read layers.py next.
"""

import numpy as np

from .. import functional as F
from ..kernels.geometry import whole
from ..tensor import Tensor
from ..utils.checkpoint import is_recomputing
from .module import Module, Parameter


class BatchNorm2d(Module):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, channel by channel: x (N, C, H, W) -> (N, C, H, W).

    mean and var are the batch's in training and the running statistics in evaluation; if running_mean and running_var
    are None, as without track_running_stats, they are always the batch's.
    running = (1 - momentum) * running + momentum * batch, with the unbiased variance; momentum None means
    1 / (number of batches so far), which makes `running` the mean over all batches.
    Raises ValueError when the input is not (N, num_features, H, W). Ioffe and Szegedy 2015, algorithm 1.
    """

    relu = False  # whether forward() returns max(y, 0)
    normalize = staticmethod(F.batch_norm)  # what SyncBatchNorm replaces
    axes = "H, W"  # of the input, after the channels

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        self.num_features = whole(num_features, "num_features", 1, type(self).__name__)
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_features, np.float32)) if affine else None
        self.running_mean = self.running_var = None
        if track_running_stats:
            self.register_buffer("running_mean", Tensor(np.zeros(num_features, np.float32)))
            self.register_buffer("running_var", Tensor(np.ones(num_features, np.float32)))
            self.register_buffer("num_batches_tracked", Tensor(np.array(0)))

    def forward(self, x):
        if x.ndim != 3 + self.axes.count(",") or x.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__}: input has shape {x.shape}, expected (N, {self.num_features}, {self.axes});"
                " check num_features"
            )
        tracks = self.training and self.track_running_stats
        by_batch = self.training or self.running_mean is None and self.running_var is None
        running = (None, None) if by_batch and not tracks else (self.running_mean, self.running_var)
        momentum = self.momentum
        if momentum is None and tracks:
            momentum = 1 / (self.num_batches_tracked.item() + 1)
        y = self.normalize(x, *running, self.weight, self.bias, by_batch, momentum, self.eps, relu=self.relu)
        if tracks and not is_recomputing():
            self.num_batches_tracked.data += 1
        return y

    def extra_repr(self):
        names = ("eps", "momentum", "affine", "track_running_stats")
        return f"{self.num_features}, " + ", ".join(f"{name}={getattr(self, name)}" for name in names)


class BNReLU2d(BatchNorm2d):
    """BatchNorm2d and the ReLU after it as one layer, in one pass over memory; the parameters are BatchNorm2d's.

    The name is that of torch.ao.nn.intrinsic, where the layer is a Sequential of the two.
    """

    relu = True


class LocalResponseNorm(Module):
    """y = x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta: (N, C, H, W) -> (N, C, H, W).

    Krizhevsky et al. 2012, section 3.3, with alpha divided by `size` as in Caffe and PyTorch.
    """

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        self.size = whole(size, "size", 1, "LocalResponseNorm")
        self.alpha, self.beta, self.k = alpha, beta, k

    def forward(self, x):
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
