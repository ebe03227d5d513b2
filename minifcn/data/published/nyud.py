"""NYUDv2, rooms in 40 classes (Silberman et al. 2012; Gupta et al. 2013), in the form of the paper's authors or as published.

Two data sets: nyud has the colours, nyud-hha also the depth, as HHA (data/hha.py). Read hdf5.py next.
"""

from functools import cached_property

import numpy as np

from ..hha import hha
from ..palette import voc_palette
from .base import Published
from .hdf5 import LabelledFile
from .listing import files_by_stem, hold_out, pair_up, read_names
from .masks import counted_from, relabel
from .mat import read_mat

CLASSES = (
    "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture", "counter", "blinds",
    "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat", "clothes", "ceiling", "books", "refrigerator",
    "television", "paper", "towel", "shower curtain", "box", "whiteboard", "person", "night stand", "toilet", "sink", "lamp",
    "bathtub", "bag", "other structure", "other furniture", "other prop",
)  # fmt: skip
LISTS = {"train": "train.txt", "validation": "val.txt", "test": "test.txt"}
PUBLISHED, MAPPING, SPLITS = "nyu_depth_v2_labeled.mat", "classMapping40.mat", "splits.mat"
HELD = 0.2
CAMERA = (518.86, 519.47, 325.58, 253.74)  # (fx, fy, cx, cy) of the colour camera, pixels: camera_params.m of the data set's toolbox


class NyudData(Published):
    """381 / 414 / 654 images of 640 x 480, the lists train.txt, val.txt and test.txt of the paper's authors.

    Their layout has data/images/img_5001.png and segmentation/img_5001.mat. The data set itself is published as one
    file, nyu_depth_v2_labeled.mat, with 894 labels, which classMapping40.mat (Gupta's) makes 40 classes. Without lists
    splits.mat divides it, and a fifth of its training images, of the scenes with the smallest hashes, is the validation set.
    """

    name = "nyud"
    classes, palette = CLASSES, voc_palette(len(CLASSES) + 1)[1:]
    values = counted_from(1, len(CLASSES), 0)
    layout = (f"data/images/img_*.png, segmentation/img_*.mat, train.txt, val.txt and test.txt, or {PUBLISHED}, {MAPPING} and"
              f" {SPLITS}")

    def find_root(self, path):
        self.published = None
        if (path / PUBLISHED).is_file():
            self.published = LabelledFile(path / PUBLISHED)
        return path

    def pairs(self, split):
        names = self.names(split)
        if self.published:
            numbers = {f"img_{5001 + index}": index for index in range(len(self.published))}
            return pair_up(names, numbers, numbers, (self.published.path, self.published.path))
        folders = self.folder(self.root / "data" / "images"), self.folder(self.root / "segmentation")
        return pair_up(names, files_by_stem(folders[0]), files_by_stem(folders[1], suffixes=(".mat",)), folders)

    def names(self, split):
        """The names of a split, such as img_5001: Gupta numbers the published images from 5001."""
        if self.published and not (self.root / LISTS[split]).is_file():
            return self.names_by_scene(split)
        return [f"img_{name.removeprefix('img_')}" for name in read_names(self.file(self.root / LISTS[split]))]

    def names_by_scene(self, split):
        """The names by splits.mat, and for training and validation also by scene."""
        variable = "testNdxs" if split == "test" else "trainNdxs"
        numbers = read_mat(self.file(self.root / SPLITS), variable).ravel().astype(int).tolist()
        names = [f"img_{5000 + number}" for number in numbers]
        if split == "test":
            return names
        scenes = self.published.scenes()
        scene = {name: scenes[number - 1] for name, number in zip(names, numbers) if 1 <= number <= len(scenes)}
        held = hold_out(names, HELD, lambda name: scene.get(name, ""))
        return [name for name in names if (name in held) == (split == "validation")]

    @cached_property
    def mapping(self):
        """{published label: class}."""
        path = self.file(self.root / MAPPING)
        numbers = np.append(0, read_mat(path, "mapClass"))[None]              # label 0 means none
        return dict(enumerate(relabel(numbers, self.values, path)[0].tolist()))

    def read_image(self, path):
        return self.published.image(path) if self.published else super().read_image(path)

    def read_label(self, path):
        if self.published:
            return relabel(self.published.label(path), self.mapping, self.published.path)
        return relabel(read_mat(path, "segmentation"), self.values, path)

    def describe(self):
        own = self.published and not (self.root / LISTS["validation"]).is_file()
        return super().describe() + "; a fifth of the training images, by scene, is the validation split" * bool(own)


class NyudHhaData(NyudData):
    """The same rooms with depth: six channels, the colours and HHA, for `--fusion late` as in the paper, or early.

    Only the published file has the depth. HHA is computed whenever an image is read, which takes about as long as a step.
    """

    name, channels = "nyud-hha", 6
    mean, std = (*NyudData.mean, 0.5, 0.5, 0.5), (*NyudData.std, 0.25, 0.25, 0.25)

    def find_root(self, path):
        root = super().find_root(path)
        if not self.published:
            raise self.missing("file", path / PUBLISHED)
        return root

    def read_image(self, path):
        encoded = hha(self.published.depth(path), CAMERA).transpose(1, 2, 0)
        return np.concatenate([super().read_image(path), encoded], axis=2, dtype=np.float32)
