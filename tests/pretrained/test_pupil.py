"""benchmarks/pupil.py: somebody's U-Net, rebuilt from this library's layers, gives what PyTorch's layers give."""

import importlib.metadata

import numpy as np
import pupil
import pytest

from minifcn import no_grad, tensor
from minifcn.pretrained import load_pretrained, read_weights

torch = pytest.importorskip("torch")
WIDTHS = 2, 3, 4


class DoubleConv(torch.nn.Module):
    def __init__(self, a, b):
        super().__init__()
        layers = [(torch.nn.Conv2d(n, b, 3, padding=1), torch.nn.BatchNorm2d(b), torch.nn.ReLU()) for n in (a, b)]
        self.double_conv = torch.nn.Sequential(*layers[0], *layers[1])

    def forward(self, x):
        return self.double_conv(x)


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x):
        return x * self.conv(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)).sigmoid()


class UNet(torch.nn.Module):
    def __init__(self, a, b, c):
        super().__init__()
        self.inc, self.att, self.outc = DoubleConv(1, a), Attention(), torch.nn.Conv2d(a, 1, 1)
        self.down1 = torch.nn.Sequential(torch.nn.MaxPool2d(2), DoubleConv(a, b))
        self.down2 = torch.nn.Sequential(torch.nn.MaxPool2d(2), DoubleConv(b, c))
        self.up1, self.conv1 = torch.nn.ConvTranspose2d(c, b, 2, 2), DoubleConv(2 * b, b)
        self.up2, self.conv2 = torch.nn.ConvTranspose2d(b, a, 2, 2), DoubleConv(2 * a, a)

    def forward(self, x):
        fine = self.inc(x)
        middle = self.down1(fine)
        x = self.conv1(torch.cat([self.up1(self.att(self.down2(middle))), middle], 1))
        return self.outc(self.conv2(torch.cat([self.up2(x), fine], 1)))


def scores(net, x):
    with no_grad():
        return net(tensor(x)).numpy()


def test_a_pth_of_the_packages_net_gives_pytorchs_scores(tmp_path):
    torch.manual_seed(0)
    theirs, ours = UNet(*WIDTHS).double(), pupil.PupilUNet(WIDTHS).to("float64").eval()
    x = np.random.default_rng(0).random((2, 1, 20, 28))
    theirs(torch.from_numpy(x))  # in training, so that the batch norms have statistics
    torch.save(theirs.eval().state_dict(), tmp_path / "x.pth")
    load_pretrained(ours, read_weights(tmp_path / "x.pth"))
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(scores(ours, x), expected, rtol=1e-9, atol=1e-9)


def has_weights():
    try:
        return bool(importlib.metadata.version("mouse-pupil-analysis"))
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.mark.skipif(not has_weights(), reason="needs: pip install --no-deps mouse-pupil-analysis==0.3.0")
def test_the_real_weights_find_a_drawn_pupil_and_give_pytorchs_scores():
    net, theirs = pupil.trained(), UNet(32, 64, 128)
    theirs.load_state_dict({key: torch.from_numpy(array) for key, array in net.state_dict().items()})
    picture, truth = pupil.drawn_eye(np.random.default_rng(0))
    with torch.no_grad():
        expected = theirs.eval()(torch.from_numpy(picture[None, None])).sigmoid().numpy()[0, 0]
    found = pupil.find_pupil(net, picture)
    print(f"largest difference: {abs(found - expected).max():.1e}")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert ((found > 0.5) & truth).sum() > 0.7 * ((found > 0.5) | truth).sum()
