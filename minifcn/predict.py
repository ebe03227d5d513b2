"""From an image to its label map: `predict` in one piece, `predict_tiled` in tiles, `predict_files` from file to file.

Tiles work because the net is local: a pixel's scores depend on the image within `margin` pixels of it, on nothing else.
So each tile is predicted with a margin that is thrown away, and the parts that are kept fit together without a seam.
Read plot/panels.py next, which shows the result.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .autograd import no_grad
from .data.images import overlay, read_image, to_input, write_image, write_label
from .files import make_folder
from .models.footprint import footprint
from .nn import evaluating
from .tensor import tensor

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
OUTPUTS = ("_label", "_overlay")


def predict(model, image, mean=None, std=None):
    """The most likely class of each pixel, uint8 (H, W).

    image: a picture, uint8 (H, W, 3), which is brought to (rgb / 255 - mean) / std; or a float array (C, H, W) that has
           been, as data sets give it, which needs no mean and std
    The model computes as in evaluation, without a graph; its own mode stays as it is, so threads can share it.
    Raises ValueError for another shape or dtype, for an empty image, for NaN or infinity.
    """
    return class_scores(model, image, mean, std).argmax(0).astype(np.uint8)


def class_scores(model, image, mean=None, std=None):
    """The scores behind `predict`, an array (classes, H, W)."""
    x = as_input(image, mean, std)
    first = next(iter(model.parameters()))
    with no_grad(), evaluating():
        return model(tensor(x[None], dtype=first.dtype, device=first.device)).numpy()[0]


def as_input(image, mean, std):
    """A picture or a network's input -> a network's input (C, H, W); checked."""
    check_image(image)
    if image.dtype == np.uint8:
        if mean is None or std is None:
            raise ValueError("predict: the picture is uint8, so mean and std are needed; pass those of the data set")
        return to_input(image, mean, std)
    if not np.isfinite(image).all():
        count = np.count_nonzero(~np.isfinite(image))
        raise ValueError(f"predict: the image has {count} values that are NaN or infinite, expected none; mend it")
    return image


def check_image(image):
    """uint8 (H, W, 3) or float (C, H, W), at least one pixel."""
    picture = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    if not picture and not (image.dtype.kind == "f" and image.ndim == 3):
        raise ValueError(f"predict: the image is {image.dtype} of shape {image.shape}, expected uint8 (H, W, 3) or"
                         " float (channels, H, W)")
    if not image.size:
        raise ValueError(f"predict: the image of shape {image.shape} has no pixels, expected at least one")


# Tiles ----------------------------------------------------------------------------------------------------------------


def predict_tiled(model, image, mean=None, std=None, tile=None, margin=None):
    """The label map that `predict` gives, uint8 (H, W), in overlapping tiles: memory for one tile is enough.

    tile:   the side of the square that the net sees at a time, in pixels (default: 2 margin + 512)
    margin: how far from a pixel the image may matter for its scores (default: `footprint(model)`)
    Both are multiples of the net's stride, so that every tile starts on its grid. Scores agree with those of the whole
    image up to rounding, also at its borders, because the tiles there end where the image ends.
    Raises ValueError as `predict` does, for a tile or a margin off the grid, for a tile that leaves nothing between its
    margins, and for a net whose layers do not add up to a stride, which must be given both and whose grid is not known.
    """
    check_image(image)
    tile, margin = tile_sizes(model, tile, margin)
    picture = image.dtype == np.uint8
    height, width = image.shape[:2] if picture else image.shape[1:]
    label = np.empty((height, width), np.uint8)
    jobs = [(y, x) for y in spans(height, tile, margin) for x in spans(width, tile, margin)]
    for (y, keep_y), (x, keep_x) in tqdm(jobs, desc="tiles", unit="tile", leave=False, delay=2, disable=None):
        part = predict(model, image[y, x] if picture else image[:, y, x], mean, std)
        label[keep_y, keep_x] = part[within(keep_y, y), within(keep_x, x)]
    return label


def tile_sizes(model, tile, margin):
    """`tile` and `margin`, chosen where they are None, and checked."""
    try:
        stride, reach = footprint(model)
    except (ValueError, AttributeError):                                      # a net of a kind that it does not know
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


def spans(length, tile, margin):
    """Tiles along one axis: pairs of slices (what the net sees, what is kept of it). Every pixel is kept once.

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


def within(inner, outer):
    """The slice `inner`, counted from the start of `outer`."""
    return slice(inner.start - outer.start, inner.stop - outer.start)


# Files ----------------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What became of the files: how many were done, and a sentence for each that was not; as text, a sentence."""

    done: int = 0
    failures: list = field(default_factory=list)
    verb: str = "predicted"
    noun: str = "image"

    def __str__(self):
        done = f"{self.verb} {self.done} {self.noun}{'s' * (self.done != 1)}"
        if not self.failures:
            return done
        return f"{done}, but failed on {len(self.failures)}: {'; '.join(self.failures)}"


def predict_files(model, paths, out_folder, palette, mean, std, tile=None, margin=None):
    """For each image NAME write NAME_label.png (classes, with a palette) and NAME_overlay.png; returns an Outcome.

    paths: files, and folders of which every image is taken (not what this function wrote there)
    An image that cannot be read is noted in the Outcome, and the others are still done. What was there is replaced.
    Raises ValueError for a path that does not exist or a folder without images, FileError for an output that cannot be
    written.
    """
    images = find_images(paths)
    folder = make_folder(out_folder)
    outcome = Outcome()
    for path, name in tqdm(list(zip(images, output_names(images))), desc="predict", unit="image", disable=None):
        try:
            picture = read_image(path)
        except ValueError as error:
            outcome.failures.append(str(error))
            continue
        label = predict_tiled(model, picture, mean, std, tile, margin)
        write_label(folder / f"{name}_label.png", label, palette)
        write_image(folder / f"{name}_overlay.png", overlay(picture, label, palette))
        outcome.done += 1
    return outcome


def find_images(paths):
    """The image files in some files and folders, each once, in order."""
    found = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.exists():
                raise ValueError(f"predict: {path} does not exist; give an image file or a folder of images")
            found.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and not p.stem.endswith(OUTPUTS))
        if not inside:
            raise ValueError(f"predict: the folder {path} has no images, expected files in {' '.join(SUFFIXES)}")
        found += inside
    return list(dict.fromkeys(found))


def output_names(paths):
    """A name for each path, all different: its stem; with its suffix where stems repeat; with a number if need be."""
    stems = Counter(path.stem for path in paths)
    names, used = [], set()
    for path in paths:
        name = path.stem if stems[path.stem] == 1 else path.name.replace(".", "_")
        number = 2
        unique = name
        while unique in used:
            unique, number = f"{name}_{number}", number + 1
        used.add(unique)
        names.append(unique)
    return names
