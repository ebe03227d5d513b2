"""The other operations of FCN-8s, forward and backward, and the weight update.

Our functions have PyTorch's names and arguments, so one line of code is the operation in both libraries. Read
net_cases.py next.
"""

import functools

import numpy as np

from .. import functional as F
from ..kernels.geometry import conv_geometry
from ..optim import SGD
from ..tensor import Tensor
from . import rival
from .case import Case, normal, normal_images
from .conv_cases import OTHERS, chosen_algorithm

SGD_OPTIONS = {"lr": 1e-3, "momentum": 0.9, "weight_decay": 5e-4}  # momentum and decay are the paper's
VGG16_CONVS = [(64, 3), (64, 64), (128, 64), (128, 128), (256, 128), *[(256, 256)] * 2, (512, 256), *[(512, 512)] * 5]


def op_cases():
    """All of them; the sizes are those in VGG16 at 224 x 224 and in the demo's net, the only one with batch norm."""
    for name, call, make_inputs, sizes in OPS:
        for N, C, side in sizes:
            note = algorithm_for_images(C, side) if call is conv_of_volume else ""
            yield op_case(f"{name} {C} @{side} batch {N}", call, make_inputs, (N, C, side, side), note)
    yield Case("op", "SGD step of VGG16's 14.7 M weights", ("update",), OTHERS, sgd_work)


def op_case(name, call, make_inputs, shape, note=""):
    """One operation, forward and backward."""
    parts = "forward", "backward"
    return Case("op", name, parts, OTHERS, lambda dtype: op_work(call, make_inputs(*shape, dtype)), lambda part: note)


def algorithm_for_images(C, side):
    """The name of the algorithm that convolves the images of a cube."""
    return chosen_algorithm("forward", side, (C, C, 3, 3), (side, side), conv_geometry(3, padding=1))


# The operations, where f is minifcn.functional or torch.nn.functional, and their inputs -------------------------------


def relu(f, x):
    return f.relu(x)


def max_pool(f, x):
    return f.max_pool2d(x, 2)


def batch_norm(f, x, weight, bias):
    return f.batch_norm(x, None, None, weight, bias, training=True)


def bilinear_8(f, x):
    return f.interpolate(x, scale_factor=8, mode="bilinear", align_corners=False)


def bilinear_32(f, x):
    return f.interpolate(x, scale_factor=32, mode="bilinear", align_corners=False)


def cross_entropy(f, x, target):
    return f.cross_entropy(x, target, ignore_index=255)


def conv_of_volume(f, x, weight):
    return f.conv3d(x, weight, padding=1)


def images(N, C, H, W, dtype):
    return [normal_images(N, C, H, W, dtype=dtype)]


def batch_norm_inputs(N, C, H, W, dtype):
    return [normal_images(N, C, H, W, dtype=dtype), normal(C, dtype=dtype, seed=1), normal(C, dtype=dtype, seed=2)]


def coarse_scores(N, C, H, W, dtype):
    return [normal(N, C, H, W, dtype=dtype)]


def scores_and_labels(N, C, H, W, dtype):
    labels = np.random.default_rng(1).integers(0, C, (N, H, W))
    labels[:, :3] = 255  # some pixels are ignored
    return [normal(N, C, H, W, dtype=dtype), labels]


def volume_and_weight(N, C, H, W, dtype):
    """A volume as deep as it is high, its images channels last, as our layers return it."""
    x = np.moveaxis(normal(N, H, H, W, C, dtype=dtype), -1, 1)
    return [x, normal(C, C, 3, 3, 3, dtype=dtype, seed=1)]


OPS = [  # (name, operation, inputs, [(N, C, side), ...])
    ("relu", relu, images, [(1, 64, 224), (1, 512, 14), (8, 16, 96)]),
    ("max pool 2x2", max_pool, images, [(1, 64, 224), (1, 256, 56), (1, 512, 14), (8, 16, 96)]),
    ("batch norm", batch_norm, batch_norm_inputs, [(8, 16, 96), (8, 32, 48), (8, 64, 12)]),
    ("bilinear x8", bilinear_8, coarse_scores, [(1, 21, 28)]),
    ("bilinear x32", bilinear_32, coarse_scores, [(1, 21, 7)]),
    ("conv 3x3x3", conv_of_volume, volume_and_weight, [(1, 8, 48), (1, 16, 48), (1, 32, 24), (1, 64, 12)]),
    ("cross entropy", cross_entropy, scores_and_labels, [(1, 21, 224), (4, 21, 224), (8, 8, 96)]),
]


# The work -------------------------------------------------------------------------------------------------------------


def op_work(call, inputs):
    """call(functional, *inputs) in both libraries, forward and backward."""
    floats = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y = call(F, *floats)
    grad = np.empty_like(y.data)  # in the memory format of the result
    grad[...] = normal(*y.shape, dtype=y.dtype, seed=3)
    ours = {"forward": lambda: call(F, *floats).data, "backward": lambda: gradients(y, grad)}
    return {"ours": ours, **rival.contenders(functools.partial(rival.operation, call, inputs, grad), compiles=True)}


def gradients(y, grad):
    """The gradients of the leaves, backward along the chain of operations that computed y.

    Tensor.backward would also copy them into each leaf's .grad; inside a net, the inputs of these operations are other
    layers' results, not leaves.
    """
    while y.grad_fn is not None:
        grads = y.grad_fn.gradients(grad)
        y, grad = y.grad_fn.inputs[0], grads[0]
    return tuple(grad for grad in grads if grad is not None)


def sgd_work(dtype, shapes=VGG16_CONVS):
    """One update of all weights of VGG16's 3x3 convolutions, with fixed gradients."""
    weights = [normal(K, C, 3, 3, dtype=dtype, seed=1) for K, C in shapes]
    grads = [normal(K, C, 3, 3, dtype=dtype, seed=2) for K, C in shapes]
    params = [Tensor(weight.copy(), requires_grad=True) for weight in weights]
    for p, grad in zip(params, grads):
        p.grad = grad
    optimizer = SGD(params, **SGD_OPTIONS)

    def update():
        optimizer.step()
        return tuple(p.data for p in params)

    theirs = {"torch": rival.sgd(weights, grads, SGD_OPTIONS)} if rival.installed() else {}
    return {"ours": {"update": update}, **theirs}
