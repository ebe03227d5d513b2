"""SIFT Flow: outdoor scenes of 256 x 256, labelled twice, with 33 things and with 3 directions. Liu et al. 2011.

Tighe and Lazebnik 2010 added the directions. There are three data sets here: the things, the directions, and both
together, for a net with two heads (models/two_heads.py). Read nyud.py next.
"""

import numpy as np

from ...files import printable
from ..palette import voc_palette
from .base import Published
from .listing import files_by_stem, hold_out, pair_up, read_names
from .masks import counted_from, relabel
from .mat import read_mat

NAMES = """
awning balcony bird boat bridge building bus car cow crosswalk desert door fence field grass moon mountain person
plant pole river road rock sand sea sidewalk sign sky staircase streetlight sun tree window
"""
SEMANTIC = tuple(NAMES.split())
GEOMETRIC = ("sky", "horizontal", "vertical")
SCENES = "spatial_envelope_256x256_static_8outdoorcategories"
HELD = 0.1


class SiftFlowData(Published):
    """2,486 / 200 images, the lists of the paper's authors: trainval.txt and test.txt.

    A tenth of the first list is the validation set, by a hash of the names. cow, desert and moon are not in the test set.
    """

    name, folder_of_labels = "siftflow", "SemanticLabels"
    classes, palette = SEMANTIC, voc_palette(len(SEMANTIC) + 1)[1:]
    values = counted_from(1, len(SEMANTIC), 0)
    uniform, crop = True, 0                                                   # whole images
    layout = f"Images, SemanticLabels and GeoLabels, each with {SCENES}, and trainval.txt and test.txt"

    def pairs(self, split):
        names = read_names(self.file(self.root / ("test.txt" if split == "test" else "trainval.txt")))
        if split != "test":
            held = hold_out(names, HELD)
            names = [name for name in names if (name in held) == (split == "validation")]
        folders = [self.folder(self.root / kind / SCENES) for kind in ("Images", self.folder_of_labels)]
        return pair_up(names, files_by_stem(folders[0]), files_by_stem(folders[1], suffixes=(".mat",)), folders)

    def read_label(self, path):
        return relabel(read_mat(path, "S"), self.values, path)

    def describe(self):
        return f"{super().describe()}; a tenth of trainval.txt, by a hash of the names, is the validation split"


class SiftFlowGeometricData(SiftFlowData):
    """The same images, and where a surface faces."""

    name, folder_of_labels = "siftflow-geometric", "GeoLabels"
    classes, palette = GEOMETRIC, np.array([(70, 130, 180), (128, 64, 128), (70, 70, 70)], np.uint8)
    values = counted_from(1, len(GEOMETRIC), 0, -1)


class SiftFlowBothData(SiftFlowData):
    """The same images with both labels: a sample's label is (2, H, W), the thing and the direction of each pixel.

    `classes` and `palette` are those of the things; `heads` are the two data sets. For models.two_heads.TwoHeads, and from
    Python only: the commands train nets of one head.
    """

    name = "siftflow-both"

    def __init__(self, size=None, samples=None, path=None):
        super().__init__(size, samples, path)
        self.heads = SiftFlowData(size, samples, path), SiftFlowGeometricData(size, samples, path)

    def split(self, name):
        dataset = super().split(name)
        self.counts = None  # of both kinds of labels together
        return dataset

    def read_label(self, path):
        """A file in SemanticLabels, and that of the same name in GeoLabels -> their classes, int64 (2, H, W)."""
        files = [path, self.file(self.root / SiftFlowGeometricData.folder_of_labels / SCENES / path.name)]
        things, directions = (head.read_label(file) for head, file in zip(self.heads, files))
        if things.shape != directions.shape:
            sizes = " and ".join(f"{width} x {height}" for height, width in (things.shape, directions.shape))
            raise ValueError(
                f"{self.name}: {printable(path.name)} has {sizes} pixels in the two folders of labels, expected equal"
                " sizes; replace one of them"
            )
        return np.stack([things, directions])

    def class_frequencies(self):
        """Those of both heads: float64 (33,) and (3,)."""
        return tuple(head.class_frequencies() for head in self.heads)

    def class_weights(self, method=None):
        """The weights of both heads' classes, float32 (33,) and (3,), as TwoHeads.loss() takes them; None for equal ones."""
        weights = tuple(head.class_weights(method) for head in self.heads)
        return None if weights[0] is None else weights
