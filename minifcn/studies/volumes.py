"""Does a U-Net for volumes label a brain better than one that sees each of its images by itself?

The brain is the MNI152 template, with grey and white matter as labels. Being an average of 152 people it has hardly any
noise, so that its brightness alone tells most labels. As in a quick scan, noise is added here, and neighbours help. It
is ONE brain: blocks of images are held out, and nothing follows for patients.
"""

import functools
import itertools

import numpy as np

from .. import plot
from ..autograd import no_grad
from ..data.brain import CLASSES, PALETTE, load_brain
from ..extras import INSTALL
from ..metrics import ConfusionMatrix
from ..models.unet3d import UNet3d
from ..nn import evaluating
from ..optim import Adam
from ..optim.lr_scheduler import PolyLR
from ..parsing import at_least_0
from ..step import pixel_loss, train_step
from ..tensor import Tensor
from .study import Column, Study, percent

ALONE, FLAT, WIDER, DEEP = "brightness alone", "2-D U-Net", "2-D U-Net, wider", "3-D U-Net"
NETS = {  # case: the options of UNet3d
    FLAT: {"widths": (8, 16, 32), "flat": True},
    WIDER: {"widths": (14, 28, 56), "flat": True},  # as many weights as in 3-D
    DEEP: {"widths": (8, 16, 32)},
}
BLOCK = 12  # images; one block in three is held out
STEPS, RATE = 200, 1e-2
FACTOR = 2  # voxels of 2 mm


class Volumes(Study):
    """The same U-Net with windows of 3 x 3 x 3 and of 1 x 3 x 3 voxels."""

    name, minutes, row = "volumes", 6, "what sees the brain"
    question = "Does a third axis help a U-Net to label a noisy brain scan?"
    needs = f"the template brain of nilearn ({INSTALL['brain']})"
    columns = (
        Column("weights", "weights, thousands", 1e-3),
        percent("grey", "IoU of grey matter"),
        percent("white", "IoU of white matter"),
        percent("mean_iou", "mean IoU"),
        percent("pixel_accuracy", "accuracy"),
    )

    def add_options(self, add):
        add("--noise", type=at_least_0, default=0.15, metavar="SD", help="the noise's standard deviation; the brightest voxel is 1")

    def cases(self, options):
        return [ALONE, *NETS]

    def run(self, trial):
        brain, labels = load_brain(4 if trial.quick else FACTOR)
        rng, noise = np.random.default_rng(trial.seed), trial.options.noise
        learned, held_out = blocks(len(brain))
        if trial.case == ALONE:
            weights, predict = 0, table_of_brightness(brain, labels, learned, noise, rng)
        else:
            net = UNet3d(len(CLASSES), generator=rng, **NETS[trial.case])
            train(net, brain, labels, learned, noise, rng, 2 if trial.quick else STEPS)
            weights, predict = sum(p.size for p in net.parameters()), functools.partial(predict_block, net)
        matrix, shown = ConfusionMatrix(len(CLASSES)), []
        noisy = noisy_copy(brain, noise, np.random.default_rng([trial.seed, 1]))  # the same for all cases
        for block in held_out:
            found, middle = predict(noisy[block]), BLOCK // 2
            matrix.update(labels[block], found)
            shown.append([noisy[block][middle], labels[block][middle], found[middle]])
        np.save(trial.keep() / "images.npy", np.array(shown, np.float32))  # (blocks, 3, H, W)
        iou = dict(zip(CLASSES, matrix.class_iou))
        own = {"weights": weights, "grey": iou["grey matter"], "white": iou["white matter"]}
        return {trial.case: own | matrix.scores()}

    def draw(self, results):
        """The middle image of each block that was held out: noisy, its labels, and what each net of seed 0 says.

        And out/scores.png, the scores of all seeds.
        """
        charts = [
            {"title": name, "dots": {row: 100 * results.values(row, key) for row in results.rows()}, "x": "IoU, %"}
            for key, name in (("grey", "Grey matter"), ("white", "White matter"))
        ]
        plot.save(plot.panes(charts), results.out / "scores.png")
        cases = [case for case in (ALONE, FLAT, DEEP) if results.find(case, 0)]
        kept = [np.load(results.folder(case, 0) / "images.npy")[:, :, ::-1] for case in cases]  # what is above, on top
        if not kept:
            return None
        rows = []
        for row in zip(*kept):
            grey = np.repeat((255 * row[0][0].clip(0, 1)).astype(np.uint8)[..., None], 3, 2)
            rows.append([grey, *(a.astype(np.int64) for a in (row[0][1], *(images[2] for images in row)))])
        return plot.panel(rows, ["image", "truth", *cases], PALETTE, CLASSES)


def blocks(count):
    """(slices of the stack for training, slices held out): of every three blocks of images, the second is held out.

    Images side by side are nearly the same, so a split by single images would test what was trained on. What lies
    between two blocks that are held out is one slice.
    """
    held_out = [slice(start, start + BLOCK) for start in range(BLOCK, count - BLOCK + 1, 3 * BLOCK)]
    edges = [0, *itertools.chain.from_iterable((block.start, block.stop) for block in held_out), count]
    learned = [slice(start, stop) for start, stop in zip(edges[::2], edges[1::2]) if stop - start >= BLOCK]
    return learned, held_out


def noisy_copy(brain, noise, rng):
    return brain + np.float32(noise) * rng.standard_normal(brain.shape, np.float32)


def train(net, brain, labels, learned, noise, rng, steps):
    """Train on batches of blocks, one out of each of the slices `learned`, with new noise each time.

    So every batch has something of the whole brain, and batch norm's statistics are those of the whole brain, about.
    """
    optimizer = Adam(net.parameters(), lr=RATE)
    schedule = PolyLR(optimizer, steps)
    for _ in range(steps):
        starts = [rng.integers(part.start, part.stop - BLOCK, endpoint=True) for part in learned]
        batch = np.array(starts)[:, None] + np.arange(BLOCK)  # (blocks, BLOCK): the numbers of images
        train_step(net, optimizer, pixel_loss, noisy_copy(brain[batch], noise, rng)[:, None], labels[batch])
        schedule.step()


def predict_block(net, block):
    """The labels of a block of images (D, H, W), of which the net sees nothing else."""
    with no_grad(), evaluating():
        return net(Tensor(block[None, None])).data.argmax(1)[0]


def table_of_brightness(brain, labels, learned, noise, rng):
    """The function that gives every voxel the label that is the most frequent one at its brightness."""

    def level(image):
        return np.rint(100 * image.clip(-1, 2)).astype(np.int64) + 100

    noisy, counts = noisy_copy(brain, noise, rng), np.zeros((301, len(CLASSES)), np.int64)
    for part in learned:
        np.add.at(counts, (level(noisy[part]), labels[part]), 1)
    return lambda block: counts.argmax(1)[level(block)]
