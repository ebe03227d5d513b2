"""The data sets by name: "NAME" or "NAME:PATH". Read ../files.py next."""

from .landcover import LandCoverData
from .shapes import ShapesData

DATA = {data.name: data for data in (LandCoverData, ShapesData)}


def open_data(text, size=96, samples=800):
    """The DataModule named by "landcover" or "NAME:PATH"; size and samples are passed on. ValueError if none is."""
    name, _, path = text.partition(":")
    if name not in DATA:
        raise ValueError(f"data is {text!r}, expected one of {', '.join(DATA)}")
    return DATA[name](size, samples, path or None)
