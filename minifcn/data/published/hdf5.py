"""NYUDv2's nyu_depth_v2_labeled.mat, a MATLAB file of version 7.3, which is an HDF5 file; h5py reads it.

HDF5's dimensions are MATLAB's in reverse: images are (N, 3, W, H), labels and depths (N, W, H).
"""

import contextlib
import math

from ...extras import require
from ...files import printable, require_regular
from ..images import MAX_PIXELS

DIMENSIONS = {"images": 4, "labels": 3, "depths": 3, "scenes": 2}
NUMBERS = {"images": ("iu", "integers"), "labels": ("iu", "integers"), "depths": ("f", "metres")}
LONGEST_NAME = 100


class LabelledFile:
    """The images, labels, depths and scenes of the file; len() is the number of images. Each is read when it is asked for.

    Raises RuntimeError without h5py, and ValueError, naming the file, if an array is missing or does not fit the others.
    """

    def __init__(self, path):
        require(f"reading {printable(path)}", "hdf5", "h5py")
        self.path = path
        with self.open("images") as images, self.open("labels") as labels:
            shapes = images.shape, labels.shape
        (self.count, channels, *size), (count, *size_of_labels) = shapes
        self.shape = (count, *size_of_labels)
        if channels != 3 or count != self.count or size != size_of_labels:
            raise ValueError(f"{printable(path)} has images of {shapes[0]} and labels of {shapes[1]}, expected (N, 3, W, H) "
                             "and (N, W, H)")

    def __len__(self):
        return self.count

    def image(self, index):
        """uint8 (H, W, 3)."""
        with self.open("images") as images:
            return images[index].transpose(2, 1, 0)

    def label(self, index):
        """The published labels, 0 (none) to 894: integers (H, W)."""
        with self.open("labels") as labels:
            return labels[index].T

    def depth(self, index):
        """The distance of each pixel from the camera's plane, in metres, filled in where the sensor saw none: (H, W)."""
        with self.open("depths") as depths:
            if depths.shape != self.shape:
                raise OSError(f"it is of {depths.shape}, expected {self.shape}, as the labels")
            return depths[index].T

    def scenes(self):
        """The scene of each image, such as kitchen_0004; the images of one scene are frames of one video."""
        with self.open("scenes") as scenes:
            letters = [scenes.file[reference] for reference in scenes[...].ravel()]
            return ["".join(map(chr, word[:LONGEST_NAME].ravel().tolist())) for word in letters]

    @contextlib.contextmanager
    def open(self, name):
        """Yield an array of the file. What h5py raises becomes a ValueError."""
        import h5py

        try:
            require_regular(self.path)
            with h5py.File(self.path, "r") as file:
                yield checked(file, name, h5py)
        except (OSError, KeyError, IndexError, TypeError, RuntimeError, AttributeError) as error:
            raise ValueError(f"cannot read {name} in {printable(self.path)}: {error}; is the file whole?") from error


def checked(file, name, h5py):
    """An array of an HDF5 file, if it is in that file itself and has the expected dimensions; otherwise OSError.

    An array may also be a link to other files, which a stranger's file has no reason to open.
    """
    if name not in file:
        raise OSError(f"it has no {name}")
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise OSError("it is a link to another file")
    array = file[name]
    if not isinstance(array, h5py.Dataset) or array.ndim != DIMENSIONS[name]:
        raise OSError(f"it is not an array of {DIMENSIONS[name]} dimensions")
    if array.is_virtual or array.external:
        raise OSError("its numbers are in another file")
    kinds, words = NUMBERS.get(name, (array.dtype.kind, ""))
    if name in NUMBERS and (array.dtype.kind not in kinds or max(math.prod(array.shape[1:]), math.prod(array.chunks or ())) > MAX_PIXELS):
        raise OSError(f"it is {array.dtype} of {array.shape}, expected {words}, and images of at most {MAX_PIXELS:,} pixels")
    return array
