"""Clockwork: in a video, a net's deep maps change more slowly than its pixels, so they need not be computed for every frame.

Shelhamer, Rakelly, Hoffman and Darrell 2016, "Clockwork convnets for video semantic segmentation". A net over a backbone asks
it for maps and does not notice that some of them are of an earlier frame: the scores of fc7 are then late, and those of the
skips, in which the outlines are, are of this frame. Read hypercolumn.py next.
"""

import copy

from ..utils.checkpoint import in_turn
from .backbone import Backbone


class Every:
    """A clock that ticks at every `period`-th frame, the first one included: the paper's fixed schedule."""

    def __init__(self, period):
        if not isinstance(period, int) or period < 1:
            raise ValueError(f"clockwork: the period is {period!r}, expected a whole number of at least 1")
        self.period = period

    def ticks(self, frame, x, before):
        """Whether a stage is due at `frame`, counted from 0. x, before: its input now and when it was last computed."""
        return frame % self.period == 0


class Changed:
    """A clock that ticks when the stage's input has changed by more than `threshold` since the last time.

    Measured is the mean of |x - before|, as a fraction of that of |before|. The paper's adaptive schedule compares scores
    of pool4 in this way.
    """

    def __init__(self, threshold):
        if not threshold >= 0:
            raise ValueError(f"clockwork: the threshold is {threshold!r}, expected a number of at least 0")
        self.threshold = threshold

    def ticks(self, frame, x, before):
        return float(abs(x.data - before.data).mean()) > self.threshold * float(abs(before.data).mean())


class ClockedBackbone(Backbone):
    """A backbone with the layers of another, which computes a stage anew only when its clock ticks.

    clocks: {stage: Every or Changed}. A stage without a clock is due at every frame. When a stage is not due, nor are
        those after it.
    computed: {stage: how many times it was computed}, since the last reset()
    A frame is one call. It remembers, so threads cannot share it, and it is for prediction only.
    """

    def __init__(self, backbone, clocks):
        vars(self).update(vars(backbone))                            # the same layers, under the same names
        self.clocks = clocks
        self.reset()

    def reset(self):
        """Begin another video: at the next frame everything is due."""
        self.frame, self.size, self.inputs, self.maps = 0, None, {}, {}
        self.computed = dict.fromkeys(self.stages, 0)

    def forward(self, x):
        if x.shape != self.size:
            self.reset()
            self.size = x.shape
        due = True
        for stage, layers in self.segments():
            due = due and self.is_due(stage, x)
            if due:
                self.inputs[stage], self.maps[stage] = x if stage in self.clocks else None, in_turn(layers, x)
                self.computed[stage] += 1
            x = self.maps[stage]
        self.frame += 1
        return dict(self.maps)

    def is_due(self, stage, x):
        return stage not in self.maps or stage not in self.clocks or self.clocks[stage].ticks(self.frame, x, self.inputs[stage])


def clockwork(net, clocks):
    """A net for the frames of a video, in their order, one call each: `net`, whose deep stages follow clocks.

    net:    of the catalogue, over a backbone, such as FCN8s; it stays as it is, and shares its layers with the new one
    clocks: a number, the period of all stages deeper than stride 16, or {stage: Every or Changed}, see ClockedBackbone
    With the period 1 its scores are those of `net`, bit for bit. `net.backbone.reset()` begins another video.
    Raises ValueError for a net without a backbone, and for an unknown stage.
    """
    backbone = getattr(net, "backbone", None)
    if not hasattr(backbone, "segments"):
        raise ValueError(f"clockwork: {type(net).__name__} has no backbone, expected a net such as FCN8s; minifcn models lists them")
    if not isinstance(clocks, dict):
        clocks = {deep_stage(backbone): Every(clocks)}
    for stage in clocks:
        if stage not in backbone.stages:
            raise ValueError(f"clockwork: found a clock for {stage!r}, expected one of the stages {', '.join(backbone.stages)}")
    net = copy.copy(net)
    net.backbone = ClockedBackbone(backbone, clocks)
    return net


def deep_stage(backbone):
    """The first stage after the skip of stride 16; the last one, if the backbone has no such skip."""
    stages = backbone.stages
    before = stages.index(backbone.skips[16]) if 16 in backbone.skips else len(stages) - 2
    return stages[min(before + 1, len(stages) - 1)]
