"""From an image to its label map: `predict` in one piece, `predict_tiled` in tiles.

Tiles work because the net is local: a pixel's scores depend only on the image within `margin` pixels of it. Each tile
is predicted with a margin that is then discarded, and the remaining parts fit together seamlessly. Files of images are
in labelling/. Read crf/mean_field.py next.
"""

import numpy as np
from tqdm import tqdm

from .autograd import no_grad
from .data.dataset import IGNORE_INDEX
from .data.images import to_input
from .models.footprint import footprint
from .nn import evaluating
from .tensor import tensor


def predict(model, image, mean=None, std=None):
    """The most likely class of each pixel, uint8 (H, W).

    image: a picture, uint8 (H, W, 3), which is normalised to (rgb / 255 - mean) / std; or a float array (C, H, W)
           already normalised, as in data sets, which needs no mean and std
    The model runs in evaluation mode, without a graph; its own mode is unchanged, so threads can share it.
    Raises TypeError for an image that is not an array; ValueError for another shape or dtype, for an empty image, for
    NaN or infinity, and for a net with more classes than a label map can hold.
    """
    return likeliest(class_scores(model, image, mean, std))


def likeliest(scores):
    """The class with the largest of the scores (classes, H, W) at each pixel, uint8 (H, W)."""
    if len(scores) > IGNORE_INDEX:
        raise ValueError(f"predict: the net has {len(scores)} classes, expected at most {IGNORE_INDEX}, because a label"
                         " map is uint8; take the argmax of class_scores instead")
    return scores.argmax(0).astype(np.uint8)


def probabilities_of(scores):
    """The softmax of the scores (classes, H, W) over the classes, float32."""
    powers = np.exp(scores - scores.max(0))
    return (powers / powers.sum(0)).astype(np.float32, copy=False)


def class_scores(model, image, mean=None, std=None):
    """The scores whose argmax `predict` returns, an array (classes, H, W)."""
    x = to_network_input(image, mean, std)
    like = {"dtype": np.float32, "device": "cpu"}                             # for a net without parameters
    for first in model.parameters():
        like = {"dtype": first.dtype, "device": first.device}
        break
    with no_grad(), evaluating():
        return model(tensor(x[None], **like)).numpy()[0]


def to_network_input(image, mean, std):
    """A picture or a network input as a network input (C, H, W); checked."""
    check_image(image)
    if image.dtype == np.uint8:
        if mean is None or std is None:
            raise ValueError("predict: the picture is uint8, so mean and std are needed; pass those of the data set")
        return to_input(image, mean, std)
    if not np.isfinite(image).all():
        count = np.count_nonzero(~np.isfinite(image))
        raise ValueError(f"predict: the image has {count} values that are NaN or infinite, expected none; replace them")
    return image


def check_image(image):
    """TypeError or ValueError unless the image is a non-empty array, uint8 (H, W, 3) or float (C, H, W)."""
    if not isinstance(image, np.ndarray):
        raise TypeError(f"predict: the image is {type(image).__name__}, expected a NumPy array; read a file with"
                        " read_image, or convert a Pillow image with np.asarray")
    picture = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    if not picture and not (image.dtype.kind == "f" and image.ndim == 3):
        raise ValueError(f"predict: the image is {image.dtype} of shape {image.shape}, expected uint8 (H, W, 3) or"
                         " float (channels, H, W)")
    if not image.size:
        raise ValueError(f"predict: the image of shape {image.shape} has no pixels, expected at least one")


# Tiles ----------------------------------------------------------------------------------------------------------------


def predict_tiled(model, image, mean=None, std=None, tile=None, margin=None, quiet=False):
    """The label map of `predict`, uint8 (H, W), in overlapping tiles: it needs memory for only one tile.

    tile:   the side of the square that the net sees at a time, in pixels (default: 2 margin + 512)
    margin: the distance within which the image influences a pixel's scores (default: `footprint(model)`)
    quiet:  show no progress bar, which appears after two seconds
    tile and margin are multiples of the net's stride, so that every tile starts on its grid. Scores agree with those of
    the whole image up to rounding, also at its borders, because the tiles there end where the image ends.
    Raises ValueError as `predict` does, for a tile or a margin off the grid, for a tile no larger than its margins, and
    for a net that `footprint` cannot analyse, which needs both arguments; they are then not checked against its grid.
    """
    check_image(image)
    picture = image.dtype == np.uint8
    size = image.shape[:2] if picture else image.shape[1:]

    def scores(rows, columns):
        return class_scores(model, image[rows, columns] if picture else image[:, rows, columns], mean, std)

    label = np.empty(size, np.uint8)
    for rows, band, _ in predict_bands(scores, size, *choose_tiling(model, tile, margin), quiet=quiet):
        label[rows] = band
    return label


def predict_bands(scores, size, tile, margin, probabilities=False, quiet=False):
    """For each row of tiles, from the top: (rows, a slice; label (h, W) uint8; probabilities (classes, h, W) or None).

    scores: a function of rows and columns, the slices that the net sees, that returns its scores (classes, h, w)
    size:   (H, W) of the image; tile, margin: see choose_tiling
    """
    height, width = size
    down, across = tile_spans(height, tile, margin), tile_spans(width, tile, margin)
    with tqdm(total=len(down) * len(across), desc="tiles", unit="tile", leave=False, delay=2, disable=quiet or None) as bar:
        for y, keep_y in down:
            label, shares = np.empty((keep_y.stop - keep_y.start, width), np.uint8), None
            for x, keep_x in across:
                part = scores(y, x)[:, relative_slice(keep_y, y), relative_slice(keep_x, x)]
                label[:, keep_x] = likeliest(part)
                if probabilities:
                    shares = np.empty((len(part), *label.shape), np.float32) if shares is None else shares
                    shares[:, :, keep_x] = probabilities_of(part)
                bar.update()
            yield keep_y, label, shares


def choose_tiling(model, tile, margin):
    """`tile` and `margin`, with defaults for None, checked."""
    try:
        stride, reach = footprint(model)
    except ValueError:                                                        # a net that it cannot analyse
        if tile is None or margin is None:
            raise
        stride, reach = 1, margin
    margin = reach if margin is None else margin
    tile = 2 * margin + 512 if tile is None else tile
    if tile % stride or margin % stride:
        raise ValueError(f"predict_tiled: tile is {tile} and margin is {margin}, expected multiples of {stride}, the"
                         " net's stride")
    if margin < 0 or tile <= 2 * margin:
        raise ValueError(f"predict_tiled: tile is {tile} and margin is {margin}, expected a margin of at least 0 and a"
                         " tile of more than two margins")
    return tile, margin


def tile_spans(length, tile, margin):
    """Tiles along one axis: pairs of slices (what the net sees, the part kept). Every pixel is kept once.

            |<------ tile ------>|
            |margin| kept |margin|
                          |margin| kept |margin|
    """
    result, start, done = [], 0, 0
    while done < length:
        last = start + tile >= length
        end = length if last else start + tile
        kept = length if last else end - margin
        result.append((slice(start, end), slice(done, kept)))
        start, done = start + tile - 2 * margin, kept
    return result


def relative_slice(inner, outer):
    """The slice `inner` relative to the start of `outer`."""
    return slice(inner.start - outer.start, inner.stop - outer.start)
