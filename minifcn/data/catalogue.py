"""The data sets by name, as `--data NAME` or `--data NAME:PATH` asks for them. Read ../models/__init__.py next."""

from .landcover import LandCoverData
from .shapes import ShapesData

DATA = {data.name: data for data in (LandCoverData, ShapesData)}


def open_data(text, size=96, samples=800):
    """The DataModule that "landcover", or "NAME:PATH", names; size and samples as there. ValueError if there is none."""
    name, _, path = text.partition(":")
    if name not in DATA:
        raise ValueError(f"data is {text!r}, expected one of {', '.join(DATA)}")
    return DATA[name](size, samples, path or None)
