"""Attention gates: the features of a skip are weighted, pixel by pixel, according to the coarser map.

Oktay et al. 2018, section 2. Their inputs are volumes, ours images. Their gate ends in one more convolution of the
weighted map; here, that is the one that follows the skip anyway. Their net has batch norm and a loss on every level;
ours has neither, for a fair comparison with the plain U-Net. Read dilation.py next.
"""

import itertools

from .. import functional as F
from .. import nn
from .unet import UNet


class AttentionGate(nn.Module):
    """skip (N, C, H, W), coarse (N, G, h, w) -> skip * alpha: the additive gate,

        alpha = sigmoid(psi relu(theta_x skip + phi_g coarse))         (N, 1, H, W), between 0 and 1

    theta_x: 2x2 convolution of stride 2, to `hidden` channels, no bias;  phi_g: 1x1, to `hidden`;  psi: 1x1, to 1.
    phi_g's map is resized to theta_x's, and alpha to the skip's, both bilinearly.
    `alpha` of the last call is kept for inspection.
    """

    def __init__(self, skip_channels, coarse_channels, hidden, *, generator=None):
        self.theta_x = nn.Conv2d(skip_channels, hidden, 2, stride=2, bias=False, generator=generator)
        self.phi_g = nn.Conv2d(coarse_channels, hidden, 1, generator=generator)
        self.psi = nn.Conv2d(hidden, 1, 1, generator=generator)
        self.alpha = None

    def forward(self, skip, coarse):
        size = skip.shape[2:]
        even = F.pad(skip, (0, size[1] % 2, 0, size[0] % 2))
        seen = self.theta_x(even)
        asked = F.interpolate(self.phi_g(coarse), seen.shape[2:], mode="bilinear")
        alpha = F.sigmoid(self.psi(F.relu(seen + asked)))
        alpha = F.interpolate(alpha, even.shape[2:], mode="bilinear")[:, :, : size[0], : size[1]]
        self.alpha = alpha.detach()
        return skip * alpha


class AttentionUNet(UNet):
    """A padded U-Net with a gate on every skip except the finest, whose features are too simple to select from.

    gate2, gate3, ... are named after their levels. The options are UNet's.
    """

    title = "Attention U-Net"

    geometries = ("aligned",)

    def __init__(self, num_classes, *, generator=None, **options):
        super().__init__(num_classes, padded=True, generator=generator, **options)
        for i, (fine, coarse) in enumerate(itertools.pairwise(self.widths[1:]), start=2):
            setattr(self, f"gate{i}", AttentionGate(fine, coarse, max(1, fine // 2), generator=generator))

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator, **options):
        return cls(num_classes, generator=generator, **options)

    def gate_skip(self, i, skip, coarse):
        return getattr(self, f"gate{i}")(skip, coarse) if i > 1 else skip
