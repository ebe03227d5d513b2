"""A brain as a volume: the MNI152 template, T1-weighted and without its skull, the average of 152 healthy people.

The package nilearn has it in three files of 189 x 233 x 197 voxels of 1 mm: the brightness, and how much of each voxel
is grey and white matter. They are NIfTI files, the format of brain scans: a header of 352 bytes, then the voxels. The
template is its own mirror image, so a network must not be tested on one half after training on the other. Read
../studies/volumes.py next.
"""

import functools
import gzip

import numpy as np

from .globe import package_file

CLASSES = ("outside", "fluid and rest", "grey matter", "white matter")
PALETTE = np.array([(0, 0, 0), (84, 48, 168), (222, 120, 52), (250, 240, 200)], np.uint8)
SIZE = (189, 233, 197)
FILE = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
FILES = {  # kind: the sha256 of its file
    "t1": "421a10e872fd6cadae7f61d358dffbcc1795a497d61ee76c5dda2503e1a1e9e6",
    "gm": "97a5ca69bd24db37a9cb7b32525e1733a209af904129bf1cd36da06d24243bed",
    "wm": "382d92812de4744f9c86c7a0e4f680dc317a0a50e4da1f0153618a6798c7b7db",
}


@functools.cache
def load_brain(factor=1):
    """The brain -> (brightness float32, from 0 to 1; labels int64, numbers of CLASSES), both (D, H, W).

    The axes go from the back to the front, upwards, and from side to side: an image [d] is a coronal section.
    factor: the mean of blocks of factor^3 voxels; what does not fill a block is left out. Cut to the box of the brain.
    A voxel that is more than half grey or white matter has that label. ValueError if the package is missing or damaged.
    """
    t1, grey, white = (shrink(read_nifti(kind), factor) / 255 for kind in FILES)
    labels = np.select([white > 0.5, grey > 0.5, t1 > 0], [3, 2, 1], 0)
    box = tuple(slice(places.min(), places.max() + 1) for places in np.nonzero(labels))
    return t1[box].astype(np.float32), labels[box]


def read_nifti(kind):
    """The voxels of one of FILES, uint8: (D, H, W) with the axes of load_brain."""
    path = package_file("nilearn", FILE.format(kind), FILES[kind], "brain", "brain")
    voxels = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=352)
    return voxels.reshape(SIZE).swapaxes(0, 1)  # in the file, from below to above, from the back to the front


def shrink(volume, factor):
    """The means of blocks of factor^3 voxels."""
    d, h, w = (n // factor for n in volume.shape)
    blocks = volume[: d * factor, : h * factor, : w * factor].reshape(d, factor, h, factor, w, factor)
    return blocks.mean((1, 3, 5))
