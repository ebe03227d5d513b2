"""In a video, how seldom may a net compute its deep stages? Clockwork (Shelhamer et al. 2016) on street scenes and on a globe.

CamVid was filmed at 30 frames a second. Of its validation frames every second one is labelled, of the others every 30th, so
there are videos of 15 frames and of one frame a second. A window that moves over the land cover is a third, whose speed is
known: what is late by k frames is off by k times as many pixels. Read large.py next.
"""

import re
import time

import numpy as np

from .. import plot, tensor
from ..autograd import no_grad
from ..data.landcover import whole_region
from ..metrics import ConfusionMatrix
from ..models.catalogue import Zeros, build
from ..models.clockwork import Changed, Every, clockwork
from ..models.crops import fit_image
from ..nn import evaluating
from ..predict import class_scores, likeliest
from ..utils.checkpoint import in_turn
from .nets import OnCamVidToo
from .study import percent

PERIODS = (1, 2, 4, 8)
SCHEDULES = {f"deep every {k}": {"pool5": Every(k)} for k in PERIODS} | {
    "pool4 every 2, deep every 4": {"pool4": Every(2), "pool5": Every(4)},
    "deep when pool4 has changed by 60 %": {"pool5": Changed(0.6)},
}
STREETS = {"CamVid, 15 frames a second": ("validation", 2), "CamVid, 1 frame a second": ("test", 30)}  # frames apart
GLOBES = {"land cover, 2 px a frame": 2, "land cover, 8 px a frame": 8}
WINDOW, FRAMES = 192, 120


class Clockwork(OnCamVidToo):
    """The scores of every frame, and the time of a frame, for some schedules."""

    name, minutes, row = "clockwork", 12, "video: schedule"
    question = "In a video, how seldom may FCN-8s compute its deep stages, and what does it save?"
    columns = (
        percent("mean_iou", "mean IoU"),
        percent("computed", "deep stages computed", 0),
        percent("time", "time, small", 0),
        percent("time_vgg16", "time, over VGG16", 0),
    )

    def run(self, trial):
        net, data = self.trained_net(trial)
        if trial.case == "CamVid":
            scenes = {name: street_videos(getattr(data, split)(), apart) for name, (split, apart) in STREETS.items()}
        else:
            scenes = {name: [globe_video(speed, 3 if trial.quick else FRAMES)] for name, speed in GLOBES.items()}
        frame = next(iter(scenes.values()))[0][0][0]
        paper = build("fcn8s", len(data.classes), backbone="small" if trial.quick else "vgg16", generator=Zeros())
        times = {"time": stage_seconds(net, frame), "time_vgg16": stage_seconds(paper, frame)}
        rows = {}
        for scene, videos in scenes.items():
            for name, clocks in SCHEDULES.items():
                matrix, computed = watch(clockwork(net, clocks), videos, len(data.classes))
                shares = {key: relative_time(seconds, computed) for key, seconds in times.items()}
                rows[f"{scene}: {name}"] = {"mean_iou": matrix.mean_iou, "computed": computed["pool5"], **shares}
        return rows

    def draw(self, results):
        """The points of mean IoU lost, over the period."""
        charts = []
        for scenes in (GLOBES, STREETS):
            curves = {}
            for scene in scenes:
                rows = [f"{scene}: deep every {k}" for k in PERIODS]
                if rows[0] in results.rows():
                    scores = np.stack([100 * results.values(row, "mean_iou") for row in rows], axis=1)
                    curves[scene] = PERIODS, scores - scores[:, :1]
            texts = {"x": "deep stages computed for every k-th frame", "y": "change in mean IoU, points"}
            charts += [{"curves": curves, "log": "x", "markers": True, **texts}] if curves else []
        figure = plot.panes(charts)
        for axes in figure.axes:
            axes.set_xticks(PERIODS, map(str, PERIODS))
            axes.minorticks_off()
        return figure


# Videos: lists of frames (image, truth) -------------------------------------------------------------------------------


def street_videos(images, apart):
    """The frames of a CamVid split as videos; one ends where the next frame is not `apart` frames later."""
    videos, before = [], None
    for index in range(len(images)):
        sequence, number = re.search(r"(\w+)_f?(\d+)", images.name(index)).groups()
        if before != (sequence, int(number) - apart):
            videos.append([])
        videos[-1].append(images[index])
        before = sequence, int(number)
    return videos


def globe_video(speed, frames):
    """A window that moves south over a band of the test split, `speed` pixels a frame."""
    image, truth = whole_region("test", 3)  # from Norway to South Africa
    tops = range(0, frames * speed, speed)
    return [(image[:, top : top + WINDOW], truth[top : top + WINDOW]) for top in tops]


def watch(net, videos, classes):
    """(the ConfusionMatrix of all frames, {stage: the fraction of frames for which it was computed})."""
    matrix, counts, frames = ConfusionMatrix(classes), dict.fromkeys(net.backbone.stages, 0), 0
    for video in videos:
        net.backbone.reset()
        for image, truth in video:
            matrix.update(truth, likeliest(class_scores(net, image)))
        frames += len(video)
        counts = {stage: count + net.backbone.computed[stage] for stage, count in counts.items()}
    return matrix, {stage: count / frames for stage, count in counts.items()}


# Time -----------------------------------------------------------------------------------------------------------------


@no_grad()
@evaluating()
def stage_seconds(net, image, repeats=7):
    """{stage: the median of its seconds for an image (C, H, W)}, and that of the head under ""."""
    frame, backbone = tensor(image[None]), net.backbone
    head = clockwork(net, {backbone.stages[0]: Changed(np.inf)})  # after the first frame, the backbone does nothing
    taken = {stage: [] for stage in (*backbone.stages, "")}
    for _ in range(1 + repeats):
        x = fit_image(frame, net.ladder, backbone.geometry, "fcn8s", backbone.in_channels)
        for stage, layers in backbone.segments():
            taken[stage].append(time.perf_counter())
            x = in_turn(layers, x)
            taken[stage][-1] = time.perf_counter() - taken[stage][-1]
        taken[""].append(time.perf_counter())
        head(frame)
        taken[""][-1] = time.perf_counter() - taken[""][-1]
    return {stage: float(np.median(times[1:])) for stage, times in taken.items()}


def relative_time(seconds, computed):
    """The time of a frame as a fraction of the net's own, if each stage is computed for a fraction of the frames."""
    return sum(second * computed.get(stage, 1) for stage, second in seconds.items()) / sum(seconds.values())
