"""PASCAL VOC 2011 and 2012, photographs from Flickr in twenty classes and the background. Everingham et al. 2010.

Read sbd.py next.
"""

from ...files import printable
from ..palette import voc_palette
from .base import Published
from .listing import files_by_stem, pair_up, read_names
from .masks import counted_from

CLASSES = ("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
           "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor")
LISTS = {"train": "train", "validation": "val", "test": "val"}                # the labels of VOC's test set are secret


class VocData(Published):
    """1,464 / 1,449 photographs in 2012; the validation set is also the test set.

    PATH is the folder VOC2012 or VOC2011, or one above: VOCdevkit, or the folder that holds it.
    """

    name = "voc"
    classes, palette = CLASSES, voc_palette(len(CLASSES))
    values = counted_from(0, len(CLASSES), 255)                               # 255: borders and difficult objects
    layout = "JPEGImages, SegmentationClass and ImageSets/Segmentation of VOCdevkit/VOC2012 or VOC2011"

    def find_root(self, path):
        return find_year(self, path, "VOC2012", "VOC2011")

    def pairs(self, split):
        return self.labelled_by_voc(read_names(self.file(self.root / "ImageSets/Segmentation" / f"{LISTS[split]}.txt")))

    def labelled_by_voc(self, names):
        """The pairs with these names."""
        folders = self.folder(self.root / "JPEGImages"), self.folder(self.root / "SegmentationClass")
        return pair_up(names, *map(files_by_stem, folders), folders)

    def describe(self):
        return f"{super().describe()}; the test split is the validation split, as VOC's test labels are not public"


def find_year(data, path, *years):
    """The folder of one year of VOC in `path` or in its VOCdevkit, or `path` itself; ValueError for several, or none."""
    if (path / "JPEGImages").is_dir():
        return path
    places = [path, path / "VOCdevkit", path / "TrainVal" / "VOCdevkit"]      # the last one is how 2011 unpacks
    found = [place / year for year in years for place in places if (place / year / "JPEGImages").is_dir()]
    if not found:
        raise data.missing("folder", path / years[0] / "JPEGImages")
    if len(found) > 1:
        raise ValueError(f"{data.name}: found both {printable(found[0])} and {printable(found[1])}; give the path of one")
    return found[0]
