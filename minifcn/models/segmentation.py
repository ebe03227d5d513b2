"""The interface of a segmentation network, so that no other file has to know any by name.

To add one: a file with a subclass of SegmentationNet, and a line in catalogue.py. Read fcn.py next.
"""

from .. import nn
from ..functional import cross_entropy


class SegmentationNet(nn.Module):
    """x (N, C, H, W) -> scores (N, num_classes, H, W). A subclass overrides what differs.

    title        its name in print; None: its name in the catalogue
    paper        the backbone used in its paper; None if it has none
    small        the options that make it small, for small crops and over the backbone 'small'
    geometries   how its maps may be aligned, see Backbone
    uses_fc7     whether it uses the whole backbone; if not, fc6 and fc7 are left out
    upsamplings  how it may upsample
    least_batch  the smallest batch that it can be trained on
    pooled       the parts of its head that see means over the whole image
    """

    title, paper, small = None, None, {}
    geometries = ("aligned",)
    uses_fc7 = False
    upsamplings = ("frozen",)
    least_batch = 1
    pooled = ()

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator, **options):
        """Build the net over a backbone, None if it has none. options: those in `small`, or none."""
        return cls(backbone, num_classes, generator=generator, **options)

    def loss(self, x, labels, criterion=cross_entropy, **options):
        """The training loss; x (N, C, H, W), labels (N, H, W). criterion: a loss of scores; options: its own."""
        return criterion(self(x), labels, **options)

    def streams(self):
        """The nets of which each has a backbone of its own; see LateFusion, which has two. with_streams() replaces them."""
        return [self]

    def with_streams(self, streams):
        """The net with other nets in the place of its streams()."""
        return streams[0]

    def recompute_(self, recompute=True):
        """Have backward compute the maps of the backbone's or the net's stages again, instead of keeping them.

        The results stay the same; utils/checkpoint.py says what it saves and what it costs. Returns the network.
        ValueError if it has no stages.
        """
        stages = [module for module in self.modules() if hasattr(module, "recompute")]
        if not stages:
            raise ValueError(f"recompute: {type(self).__name__} has no stages to compute again, one at a time; leave it out")
        for module in stages:
            module.recompute = recompute
        return self

    def head_stages(self):
        """{name of a part of the head: the backbone's stage that it takes}, in the order of the parts."""
        return {}

    def downsampling_path(self):
        """The modules from the image to the coarsest map, in order; None for the backbone's, or all without one."""

    def layers_to_scores(self):
        """The receptive_field.Layers from the image to the scores; None: footprint.py derives them from the modules."""
