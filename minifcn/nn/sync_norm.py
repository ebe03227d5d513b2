"""SyncBatchNorm: batch norm whose statistics are those of the images of all ranks.

In training every rank sends the others its count, mean and variance, and in backward two sums for each channel. With it
a batch gives the same on any number of ranks, up to rounding.
"""

from ..distributed import all_reduce, collect, get_world_size
from ..functional.common import flat_pixels
from ..functional.norm import BatchNorm, batch_norm, update_running
from ..kernels import array_module, kernels_for
from ..tensor import Tensor, apply, values
from .norm import BatchNorm2d


class BatchNormOfRanks(BatchNorm):
    """y = weight * x_hat + bias,  x_hat = (x - mean) * invstd;  mean and invstd are functions of the x of all ranks:

    grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)), with means over all ranks. BatchNorm's
    has means over this rank alone. The difference is a scale and a shift of x_hat, which a forward pass computes.
    """

    def forward(self, x, weight, bias, *, mean, invstd, count, total, relu):
        self.count, self.total, self.relu = count, total, relu  # values per channel, on this rank and on all
        return super().forward(x, weight, bias, mean=mean, invstd=invstd)

    def backward(self, grad):
        grad_x, grad_weight, grad_bias = super().backward(grad)
        sums = array_module(grad).stack([grad_weight, grad_bias])  # of grad * x_hat, and of grad
        own = sums / self.count
        all_reduce(sums)
        scale, shift = self.weight * self.invstd * (own - sums / self.total)
        flat = flat_pixels(self.x)
        grad_x += kernels_for(grad).batch_norm_forward(flat, self.mean, self.invstd, scale, shift).reshape(grad_x.shape)
        return grad_x, grad_weight, grad_bias


def sync_batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5, *, relu=False
):
    """functional.batch_norm with the statistics of all ranks' inputs, in training; otherwise batch_norm itself.

    input: (N, C, ...), with any number of values on each rank but 0. The other arguments, the result and the errors are
    those of batch_norm. PyTorch's is torch.nn.SyncBatchNorm.
    """
    if not training or get_world_size() == 1:
        return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps, relu=relu)
    xp, C = array_module(input.data), input.shape[1]
    weight = Tensor(xp.ones(C, input.dtype)) if weight is None else weight
    bias = Tensor(xp.zeros(C, input.dtype)) if bias is None else bias
    count = input.size // C
    total, mean, var = moments_of_ranks(count, *kernels_for(input.data).channel_moments(flat_pixels(input.data)))
    update_running(values(running_mean), values(running_var), mean, var, total, momentum, input.shape)
    statistics = {"mean": mean, "invstd": 1 / xp.sqrt(var + eps), "count": count, "total": total}
    return apply(BatchNormOfRanks, input, weight, bias, relu=relu, **statistics)


def moments_of_ranks(count, mean, var):
    """(count, mean, biased variance) of the values of all ranks, from those of each; mean and var (C,).

    The variance is the mean of those of the ranks, plus that of the ranks' means: no large squares are subtracted.
    """
    xp = array_module(mean)
    counts, means, variances = zip(*collect((count, mean, var)))
    total = sum(counts)
    shares = (xp.array(counts) / total)[:, None]  # (ranks, 1)
    centre = (shares * xp.stack(means)).sum(0)  # (C,), float64
    spread = (shares * (xp.stack(variances) + (xp.stack(means) - centre) ** 2)).sum(0)
    return total, centre.astype(mean.dtype), spread.astype(mean.dtype)


class SyncBatchNorm(BatchNorm2d):
    """BatchNorm2d with the statistics of all ranks; on one rank, BatchNorm2d. The same arguments, buffers and errors."""

    normalize = staticmethod(sync_batch_norm)

    @classmethod
    def convert_sync_batchnorm(cls, module):
        """Put a SyncBatchNorm, with the same parameters and buffers, in place of each batch norm inside; return `module`.

        A BatchNorm2d or BNReLU2d itself is not changed; the SyncBatchNorm for it is returned, with its ReLU.
        """
        if isinstance(module, BatchNorm2d):
            converted = cls.__new__(cls)
            vars(converted).update(vars(module), relu=module.relu, axes=module.axes)
            return converted
        for name, child in module.named_children():
            setattr(module, name, cls.convert_sync_batchnorm(child))
        return module
