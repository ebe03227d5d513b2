"""Two backbones that are small on purpose, for the tests of the heads: a row of layers, and blocks with two branches.

With them, what a head needs from PyTorch: layers of this library, run by torch's functions.
"""

import numpy as np

from minifcn import functional as F
from minifcn import nn
from minifcn.models.backbone import Backbone, Block
from minifcn.models.dilation import DilatedMaxPool


class TinyRow(Backbone):
    """conv1, relu1, pool1, ...: the strides are 2, 4, 8."""

    geometry, stages = "aligned", ("pool1", "pool2", "pool3")

    def __init__(self, widths=(2, 3, 4), seed=0):
        self.channels, rng = dict(zip(self.stages, widths)), np.random.default_rng(seed)
        for i, (before, width) in enumerate(zip((3, *widths), widths), start=1):
            setattr(self, f"conv{i}", nn.Conv2d(before, width, 3, padding=1, generator=rng))
            setattr(self, f"relu{i}", nn.ReLU())
            setattr(self, f"pool{i}", nn.MaxPool2d(2, stride=2, ceil_mode=True))


class TinyResidual(Backbone):
    """Strides by convolutions, in two branches at once: 2, 4, 8; a stage has two blocks."""

    geometry, stages = "aligned", ("layer1", "layer2", "layer3")

    def __init__(self, widths=(2, 3, 4), seed=0):
        self.channels, rng = dict(zip(self.stages, widths)), np.random.default_rng(seed)
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, generator=rng)
        for i, (before, width) in enumerate(zip((widths[0], *widths), widths), start=1):
            blocks = TinyBlock(before, width, 2, rng), TinyBlock(width, width, 1, rng)
            setattr(self, f"layer{i}", nn.Sequential(*blocks))


class TinyBlock(Block):
    """Two 3x3 convolutions, the first with the stride, beside a 1x1 convolution; added."""

    def __init__(self, in_channels, out_channels, stride, generator):
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, generator=generator)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, generator=generator)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, generator=generator)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))

    def widest(self):
        return [self.conv1, self.conv2]


# The same in PyTorch --------------------------------------------------------------------------------------------------


def by_torch(torch, module, x):
    """What `module` makes of the torch tensor x: a layer, a Sequential or one of these backbones ({name: tensor})."""
    T = torch.nn.functional
    if isinstance(module, Backbone):
        results = {}
        for name, child in module.named_children():
            x = results[name] = by_torch(torch, child, x)
        return results
    if isinstance(module, nn.Sequential):
        for child in module:
            x = by_torch(torch, child, x)
        return x
    if isinstance(module, TinyBlock):
        inner = by_torch(torch, module.conv2, T.relu(by_torch(torch, module.conv1, x)))
        return T.relu(inner + by_torch(torch, module.shortcut, x))
    state = {name: torch.from_numpy(array) for name, array in module.state_dict().items()}
    if isinstance(module, nn.Conv2d):
        return T.conv2d(x, state["weight"], state.get("bias"), module.stride, module.padding, module.dilation)
    if isinstance(module, nn.BatchNorm2d):
        y = T.batch_norm(x, state["running_mean"], state["running_var"], state["weight"], state["bias"])
        return T.relu(y) if module.relu else y
    if isinstance(module, DilatedMaxPool):
        x = T.pad(x, (module.padding,) * 4, value=-torch.inf)
        return T.max_pool2d(x, module.kernel_size, 1, 0, module.dilation)
    if isinstance(module, nn.MaxPool2d):
        return T.max_pool2d(x, module.kernel_size, module.stride, module.padding, ceil_mode=module.ceil_mode)
    if isinstance(module, nn.ReLU):
        return T.relu(x)
    assert isinstance(module, (nn.Dropout, nn.Identity)) and not module.training
    return x


def torch_on_image(torch, x, centre, stride, size):
    """Bilinear values at the image's pixels, by grid_sample; unit i of x is over pixel stride * i + centre."""
    lines = []
    for pixels, units in zip(size, x.shape[2:]):
        source = (torch.arange(pixels, dtype=x.dtype) - centre) / stride
        lines.append(2 * source / max(units - 1, 1) - 1)
    rows, columns = torch.meshgrid(*lines, indexing="ij")
    grid = torch.stack([columns, rows], -1).expand(len(x), -1, -1, -1)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=True)


def randomised(net, seed=0):
    """`net` in float64 and evaluation, with biases, batch norm and its statistics away from where they start."""
    rng = np.random.default_rng(seed)
    net.to("float64").eval()
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        if tensor.ndim == 1:
            normal = 0.3 * rng.standard_normal(tensor.shape)
            tensor.data[...] = 0.5 + normal**2 if "var" in name else normal
    return net
