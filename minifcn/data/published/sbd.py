"""SBD, the Semantic Boundaries Dataset: labels for 11,355 photographs of VOC 2011. Hariharan et al. 2011.

The paper's networks are trained on it and scored on VOC. Read context.py next.
"""

from .listing import files_by_stem, pair_up, read_names
from .masks import relabel
from .mat import read_mat
from .voc import VocData

PLACES = ("benchmark_RELEASE/dataset", "SBD/benchmark_RELEASE/dataset", "SBD/dataset", "sbdd/dataset", "dataset", "SBD")
SEG11VALID = "seg11valid.txt"


class SbdData(VocData):
    """SBD's 8,498 training photographs, and the photographs of VOC's validation set that are not among them.

    Those are the paper's splits: 736 of VOC 2011 remain, the names in its authors' seg11valid.txt. If PATH holds that
    file it is used, so that VOC 2012, which has more, can stand in for VOC 2011. Whatever is in the validation set
    is left out of training.
    """

    name = "sbd"
    layout = "benchmark_RELEASE (SBD) and VOCdevkit (VOC 2011 or 2012) in one folder, or SBD's beside VOC's"

    def find_root(self, path):
        self.path_given, bases = path, (path, *path.absolute().parents[:2])
        found = [base / place for base in bases for place in PLACES if (base / place / "cls").is_dir()]
        if not found:
            raise self.missing("folder", path / PLACES[0] / "cls")
        self.sbd = found[0]
        return super().find_root(path)

    def pairs(self, split):
        return self.training_pairs() if split == "train" else self.validation_pairs()

    def training_pairs(self):
        folders = self.folder(self.sbd / "img"), self.folder(self.sbd / "cls")
        held = {pair.name for pair in self.validation_pairs()}
        names = [name for name in read_names(self.file(self.sbd / "train.txt")) if name not in held]
        return pair_up(names, files_by_stem(folders[0]), files_by_stem(folders[1], suffixes=(".mat",)), folders)

    def validation_pairs(self):
        chosen = self.path_given / SEG11VALID
        if chosen.is_file():
            return self.labelled_by_voc(read_names(chosen))
        trained = set(read_names(self.file(self.sbd / "train.txt")))
        return [pair for pair in super().pairs("validation") if pair.name not in trained]

    def read_label(self, path):
        if path.suffix == ".mat":
            return relabel(read_mat(path, "GTcls", "Segmentation"), self.values, path)
        return super().read_label(path)
