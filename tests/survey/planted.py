"""Miniature data sets, written to a folder: images of noise, and masks of known values."""

import numpy as np
from PIL import Image

from minifcn.data.palette import voc_palette

SIDE = 24


def regions(values, side=SIDE, shift=0):
    """A mask (side, side) of vertical bands of these values; `shift` exchanges them, so that masks differ."""
    places = (np.arange(side) * len(values) // side + shift) % len(values)
    return np.broadcast_to(np.array(values)[places], (side, side)).copy()


def outlined(values, mark, side=SIDE, width=2):
    """Bands of values with a line of `mark` where two meet, as in PASCAL VOC."""
    mask = regions(values, side)
    for edge in np.flatnonzero(np.diff(mask[0])):
        mask[:, edge + 1 - width // 2 : edge + 1 + width // 2] = mark
    return mask


def painted(colours, side=SIDE, shift=0):
    """A mask (side, side, 3) of vertical bands of colours 0xRRGGBB."""
    return unpacked(regions(colours, side, shift))


def unpacked(mask):
    """Colours 0xRRGGBB (H, W) as uint8 (H, W, 3)."""
    return np.stack([mask >> 16, mask >> 8 & 255, mask & 255], axis=-1).astype(np.uint8)


def save_mask(path, mask, palette=None, **options):
    """Write a mask: (H, W) as grey or, with a palette, as indices; (H, W, 3 or 4) as colours; .npy as it is."""
    if path.suffix == ".npy":
        np.save(path, mask)
        return
    image = Image.fromarray(mask.astype(np.uint16 if mask.max() > 255 else np.uint8))
    if palette is not None:
        image.putpalette(np.asarray(palette, np.uint8).tobytes())
    image.save(path, **options)


def noise(number, shape=(SIDE, SIDE, 3)):
    """The pixels of image `number`; no two images are alike."""
    return np.random.default_rng(number).integers(0, 256, shape).astype(np.uint8)


def plant(root, masks, suffix=".png", palette=None, **options):
    """Write images/NN.png and masks/NN.png into a folder; returns it. palette: for files of indices, "voc" for VOC's."""
    palette = voc_palette(256) if isinstance(palette, str) else palette
    for folder in "images", "masks":
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number, mask in enumerate(masks):
        Image.fromarray(noise(number, (*mask.shape[:2], 3))).save(root / "images" / f"{number:02}.png")
        save_mask(root / "masks" / f"{number:02}{suffix}", mask, palette, **options)
    return root
