"""The 3D U-Net: against one in PyTorch with the same weights, of any size, and flat."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.functional import cross_entropy
from minifcn.models import UNet3d
from minifcn.models.catalogue import Zeros

torch = pytest.importorskip("torch")


class Twin(torch.nn.Module):
    """The network of Çiçek et al. in PyTorch, written for itself: three levels, sizes that are multiples of four."""

    def __init__(self, classes, a, b, c):
        super().__init__()
        layers = {
            "down1": self.twice(1, a // 2, a), "down2": self.twice(a, b // 2, b), "down3": self.twice(b, c // 2, c),
            "up2": torch.nn.ConvTranspose3d(c, c, 2, 2), "fuse2": self.twice(b + c, b, b),
            "up1": torch.nn.ConvTranspose3d(b, b, 2, 2), "fuse1": self.twice(a + b, a, a),
            "score": torch.nn.Conv3d(a, classes, 1),
        }  # fmt: skip
        for name, layer in layers.items():
            self.add_module(name, layer)

    def twice(self, before, middle, after):
        parts = torch.nn.Module()
        parts.conv1, parts.bn1 = torch.nn.Conv3d(before, middle, 3, padding=1, bias=False), torch.nn.BatchNorm3d(middle)
        parts.conv2, parts.bn2 = torch.nn.Conv3d(middle, after, 3, padding=1, bias=False), torch.nn.BatchNorm3d(after)
        return parts

    def forward(self, x):
        def apply(parts, x):
            return torch.relu(parts.bn2(parts.conv2(torch.relu(parts.bn1(parts.conv1(x))))))

        one = apply(self.down1, x)
        two = apply(self.down2, torch.nn.functional.max_pool3d(one, 2))
        three = apply(self.down3, torch.nn.functional.max_pool3d(two, 2))
        two = apply(self.fuse2, torch.cat([two, self.up2(three)], 1))
        return self.score(apply(self.fuse1, torch.cat([one, self.up1(two)], 1)))


def narrow(**options):
    return UNet3d(3, widths=(4, 6, 8), generator=np.random.default_rng(0), **options)


def test_it_has_the_scores_gradients_and_statistics_of_pytorchs():
    net, twin, rng = narrow().to("float64"), Twin(3, 4, 6, 8).double(), np.random.default_rng(1)
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()})
    x, labels = rng.standard_normal((2, 1, 8, 4, 12)), rng.integers(0, 3, (2, 8, 4, 12))
    scores, expected = net(minifcn.tensor(x)), twin(torch.from_numpy(x))
    np.testing.assert_allclose(scores.data, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
    cross_entropy(scores, labels).backward()
    torch.nn.functional.cross_entropy(expected, torch.from_numpy(labels)).backward()
    theirs = dict(twin.named_parameters())
    assert theirs.keys() == {name for name, _ in net.named_parameters()}
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(parameter.grad, theirs[name].grad.numpy(), rtol=1e-8, atol=1e-9, err_msg=name)
    for name, array in twin.state_dict().items():
        np.testing.assert_allclose(net.state_dict()[name], array.numpy(), rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 5, 6), (4, 8, 4)])
def test_it_takes_volumes_of_any_size(size):
    with minifcn.no_grad(), nn.evaluating():
        assert narrow()(minifcn.tensor(np.ones((2, 1, *size), np.float32))).shape == (2, 3, *size)


def seen(net, at):
    """Which images of the stack change the scores of image `at` of a volume of eight, in evaluation mode."""
    x, found = np.random.default_rng(2).standard_normal((1, 1, 8, 8, 8)), []
    with minifcn.no_grad(), nn.evaluating():
        before = net(minifcn.tensor(x)).data[:, :, at]
        for d in range(8):
            changed = x.copy()
            changed[:, :, d] += 1
            found += [d] * bool(np.abs(net(minifcn.tensor(changed)).data[:, :, at] - before).max() > 1e-12)
    return found


def test_flat_it_sees_one_image_and_else_those_above_and_below():
    assert seen(narrow(flat=True).to("float64"), 3) == [3]
    assert seen(narrow().to("float64"), 3) == list(range(8))


def test_the_papers_net_has_its_19_million_weights():
    """19,069,955, says the paper: all weights, and the biases of the convolutions, which batch norm makes redundant."""
    net = UNet3d(3, in_channels=3, generator=Zeros())
    weights = sum(parameter.size for parameter in net.parameters() if parameter.ndim == 5)
    assert weights + sum(layer.out_channels for layer in net.modules() if isinstance(layer, nn.Conv3d)) == 19_069_955


def test_images_are_refused():
    with pytest.raises(ValueError, match=r"unet3d: input has shape \(1, 1, 8, 8\), expected \(N, 1, D, H, W\)"):
        narrow()(minifcn.tensor(np.ones((1, 1, 8, 8), np.float32)))
