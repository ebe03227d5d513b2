"""A label map as a GeoTIFF, which lies where its image lies on Earth. Needs tifffile. Read files.py next.

Of the image's tags, those that give the place are carried over. GDAL's own (42112, statistics of the bands, and 42113,
the value for no data) speak of the image's numbers, and would be wrong of classes.
"""

import numpy as np

from ..data.folders import PREDICT

PLACE = (33550, 33922, 34264, 34735, 34736, 34737)         # pixel scale, tie points, transformation; keys, numbers, text
TILE = 256                                                 # side, in pixels


def place_tags(path, page):
    """The tags that say where page `page` of a TIFF lies, as tifffile takes them."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            tags = [file.pages[page].tags.get(code) for code in PLACE]
            return [(tag.code, int(tag.dtype), tag.count, tag.value, True) for tag in tags if is_sound(tag)]
    except Exception as error:                             # tifffile raises many kinds
        raise ValueError(f"predict: cannot read where {path} lies: {error}; is it whole?") from error


def is_sound(tag):
    """Whether a tag is there and can be written again: text, or numbers of 16 bits or of double precision."""
    if tag is None or tag.dtype not in (2, 3, 12) or not 0 < tag.count < 2**16:
        return False
    return isinstance(tag.value, str if tag.dtype == 2 else tuple | int | float)


def write_geotiff(path, bands, size, palette, tags):
    """Write a label map as a GeoTIFF in the colours of a palette. bands: its rows, uint8 (h, W), from the top."""
    import tifffile

    colours = np.zeros((3, 256), np.uint16)
    colours[:, : len(palette)] = 257 * palette.T.astype(np.uint16)            # 65535 is white
    options = {"shape": size, "dtype": np.uint8, "photometric": "palette", "colormap": colours, "tile": (TILE, TILE)}
    with tifffile.TiffWriter(path, bigtiff=size[0] * size[1] >= 2**32 - 2**25) as file:
        file.write(
            tiles(bands), **options, compression="adobe_deflate", maxworkers=1, software=PREDICT, metadata=None, extratags=tags
        )


def tiles(bands):
    """The tiles of the image whose rows are in the bands, row by row; those at the right and below are smaller."""
    rest = None
    for band in bands:
        rest = band if rest is None else np.concatenate([rest, band])
        while len(rest) >= TILE:
            yield from row_of_tiles(rest[:TILE])
            rest = rest[TILE:]
    if len(rest):
        yield from row_of_tiles(rest)


def row_of_tiles(rows):
    return (np.ascontiguousarray(rows[:, left : left + TILE]) for left in range(0, rows.shape[1], TILE))
