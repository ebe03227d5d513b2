"""The data sets by name: "NAME" or "NAME:PATH". Read ../files.py next."""

from pathlib import Path

from ..files import printable
from ..suggest import did_you_mean
from .landcover import LandCoverData
from .own.folder import FolderData
from .published.ade20k import Ade20kData
from .published.camvid import CamVidData
from .published.cityscapes import CityscapesData
from .published.context import ContextData
from .published.nyud import NyudData, NyudHhaData
from .published.sbd import SbdData
from .published.siftflow import SiftFlowData, SiftFlowGeometricData
from .published.voc import VocData
from .relief import LandCoverReliefData, ShapesDepthData
from .shapes import ShapesData

KINDS = (LandCoverData, ShapesData, FolderData, CamVidData, VocData, SbdData, ContextData, CityscapesData, Ade20kData,
         SiftFlowData, SiftFlowGeometricData, NyudData, NyudHhaData, LandCoverReliefData, ShapesDepthData)
DATA = {kind.name: kind for kind in KINDS}


def kind_of_data(text):
    """The DataModule's class named by "landcover" or "NAME:PATH". ValueError if none is."""
    name = text.partition(":")[0]
    if name not in DATA and is_place(text):
        raise ValueError(f"data is {text!r}, a path; for images and masks of your own, say folder:{printable(text)}")
    if name not in DATA:
        raise ValueError(f"data is {text!r}{did_you_mean(name, DATA)}")
    return DATA[name]


def is_place(text):
    """Whether a text is the path of a folder, or of a dataset.toml."""
    try:
        return Path(text).is_dir() or text.endswith(".toml")
    except (OSError, ValueError):  # too long for a path, or a NUL in it
        return False


def open_data(text, size=None, samples=None):
    """The DataModule named by "landcover" or "NAME:PATH"; size and samples are passed on."""
    return kind_of_data(text)(size, samples, text.partition(":")[2] or None)
