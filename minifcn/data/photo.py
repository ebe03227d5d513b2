"""One real photograph that needs no download: the sample picture that comes with matplotlib.

It is James S. Davis' portrait of Rear Admiral Grace Hopper, who wrote one of the first compilers; US Navy, 1984, in
the public domain. Read hha.py next.
"""

import numpy as np
from PIL import Image


def photograph(side=None):
    """James S. Davis' portrait of Rear Admiral Grace Hopper (US Navy, public domain), float64 (H, W, 3) in [0, 1].

    side: the central square of the picture, resized to side x side pixels; None: the whole picture, 600 x 512
    """
    from matplotlib.cbook import get_sample_data  # here, so that importing minifcn does not load matplotlib

    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False), formats=["JPEG"]) as image:
        image = image.convert("RGB")
    if side is not None:
        if side < 1:
            raise ValueError(f"photograph: the side is {side}, expected at least one pixel")
        left, top = (image.width - min(image.size)) // 2, (image.height - min(image.size)) // 2
        square = (left, top, left + min(image.size), top + min(image.size))
        image = image.resize((side, side), Image.Resampling.BOX, box=square)
    return np.asarray(image, np.float64) / 255
