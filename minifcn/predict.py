"""From an image to its label map: `predict` in one piece, `predict_tiled` in tiles, `predict_files` from file to file.

Tiles work because the net is local: a pixel's scores depend only on the image within `margin` pixels of it. Each tile
is predicted with a margin that is then discarded, and the remaining parts fit together seamlessly. Read classify.py
next.
"""

from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from .autograd import no_grad
from .data.dataset import IGNORE_INDEX
from .data.folders import PREDICT, find_images, names_of_inputs, output_names
from .data.images import MAX_PIXELS, overlay, read_first_page, to_input, write_image, write_label
from .files import make_folder
from .kernels import compile_kernels
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
    scores = class_scores(model, image, mean, std)
    if len(scores) > IGNORE_INDEX:
        raise ValueError(f"predict: the net has {len(scores)} classes, expected at most {IGNORE_INDEX}, because a label"
                         " map is uint8; take the argmax of class_scores instead")
    return scores.argmax(0).astype(np.uint8)


def class_scores(model, image, mean=None, std=None):
    """The scores whose argmax `predict` returns, an array (classes, H, W)."""
    x = to_network_input(image, mean, std)
    first = next(iter(model.parameters()))
    with no_grad(), evaluating():
        return model(tensor(x[None], dtype=first.dtype, device=first.device)).numpy()[0]


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
    tile, margin = choose_tiling(model, tile, margin)
    picture = image.dtype == np.uint8
    height, width = image.shape[:2] if picture else image.shape[1:]
    label = np.empty((height, width), np.uint8)
    jobs = [(y, x) for y in tile_spans(height, tile, margin) for x in tile_spans(width, tile, margin)]
    for (y, keep_y), (x, keep_x) in tqdm(jobs, desc="tiles", unit="tile", leave=False, delay=2, disable=quiet or None):
        part = predict(model, image[y, x] if picture else image[:, y, x], mean, std)
        label[keep_y, keep_x] = part[relative_slice(keep_y, y), relative_slice(keep_x, x)]
    return label


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


# Files ----------------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """The outcome for the files: how many succeeded, a sentence for each failure, and notes; str() is a summary."""

    done: int = 0
    failures: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    verb: str = "predicted"
    noun: str = "image"

    def __str__(self):
        done = f"{self.verb} {count_noun(self.done, self.noun)}"
        failed = f", but failed on {len(self.failures)}: {'; '.join(self.failures)}" if self.failures else ""
        return done + failed + (f" ({'; '.join(self.notes)})" if self.notes else "")


def count_noun(number, noun):
    """"1 image", "2 images", "2 outputs of minifcn"."""
    first, *others = noun.split(" of ")
    return " of ".join([f"{number} {first}{'s' * (number != 1)}", *others])


def predict_files(
    model, paths, out_folder, palette, mean, std, tile=None, margin=None, max_pixels=MAX_PIXELS, quiet=False
):
    """For each image NAME write NAME_label.png (classes, with a palette) and NAME_overlay.png; return an Outcome.

    paths: files, and folders to search, see find_images; their subfolders are kept in the output
    max_pixels: of an image, see read_image
    quiet: show no progress bars
    An image that cannot be read is noted in the Outcome, and the others are still processed. Existing files are
    replaced, but never an input image: if NAME_label.png is one, the outputs get another name. The Outcome notes what
    was skipped, files of which only the first page was read, and how many files were replaced.
    Raises ValueError for a path that does not exist or a folder without images, FileError for an output that cannot be
    written.
    """
    found = find_images(paths)
    compile_kernels(next(model.parameters()).data, quiet)
    outcome, replaced, first_pages = Outcome(failures=found.failures), 0, []
    folder = make_folder(out_folder)
    names = output_names(found.images, found.images.values(), names_of_inputs(found.images, folder))
    for path, name in tqdm(list(zip(found.images, names)), desc="predict", unit="image", disable=quiet or None):
        try:
            picture, pages = read_first_page(path, max_pixels)
        except ValueError as error:
            outcome.failures.append(str(error))
            continue
        label = predict_tiled(model, picture, mean, std, tile, margin, quiet)
        replaced += write_outputs(folder / name, picture, label, palette)
        outcome.done += 1
        if pages > 1:
            first_pages.append(f"{path} ({pages} pages)")
    if first_pages:
        outcome.notes.append(f"only the first page of {', '.join(first_pages)}")
    if found.skipped:
        outcome.notes.append(f"skipped {', '.join(count_noun(n, kind) for kind, n in sorted(found.skipped.items()))}")
    if replaced:
        outcome.notes.append(f"replaced {count_noun(replaced, 'file')}")
    return outcome


def write_outputs(name, picture, label, palette):
    """Write name_label.png and name_overlay.png; return how many of them existed before."""
    make_folder(name.parent)
    outputs = [name.with_name(f"{name.name}_{kind}.png") for kind in ("label", "overlay")]
    before = sum(path.exists() for path in outputs)
    write_label(outputs[0], label, palette, PREDICT)
    write_image(outputs[1], overlay(picture, label, palette), PREDICT)
    return before
