"""Arrays as images: the confusion matrix of a classification, and the filters of a first layer. Read images.py next."""

import numpy as np

from .style import add_axes, new_figure, show_image, styled


@styled
def confusion_matrix(matrix, classes):
    """A confusion matrix, each row in percent of that true class's pixels, with its fraction of all pixels.

    matrix: (C, C) counts, rows = truth, columns = prediction; classes: C names
    """
    matrix = np.asarray(matrix, float)
    n = len(classes)
    if matrix.shape != (n, n):
        raise ValueError(f"confusion_matrix: the matrix is {matrix.shape} but {n} classes need {(n, n)}")
    total = matrix.sum(1, keepdims=True)
    percent = 100 * np.divide(matrix, total, out=np.full_like(matrix, np.nan), where=total > 0)
    cell = 0.38 if n > 12 else max(0.5, 2.2 / n)
    figure = new_figure(max(4.4, n * cell + 1.9), n * cell + 1.3, layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.nan_to_num(percent), cmap="Blues", vmin=0, vmax=100)
    write_cells(axes, percent, fontsize=8 if n <= 12 else 6.5)
    shares = 100 * total[:, 0] / max(1, total.sum())
    axes.set_yticks(range(n), [f"{name}  {share:.1f} %" for name, share in zip(classes, shares)])
    axes.set_xticks(range(n), classes, rotation=45, ha="right", rotation_mode="anchor")
    axes.set(xlabel="prediction", ylabel="truth, and its share of pixels")
    axes.set_title("Percent of each true class's pixels; blank: under 0.5 %", pad=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def write_cells(axes, percent, fontsize):
    """Write integer percentages; cells below 0.5 stay empty, rows of absent classes show a dash."""
    for i, j in np.ndindex(percent.shape):
        value = percent[i, j]
        text = "–" if np.isnan(value) else f"{value:.0f}" if value >= 0.5 else ""
        axes.text(j, i, text, ha="center", va="center", fontsize=fontsize, color="white" if value > 55 else "#222222")


@styled
def filters(weight):
    """The filters of a convolution: coloured tiles for weights (K, 3, kh, kw), grey ones for any other (K, C, kh, kw).

    0 is mid-grey; the weight of largest magnitude is black or white, on one scale for all tiles.
    weight: a tensor or an array; with C other than 1 and 3, each filter is a row of C tiles
    """
    array = weight.numpy() if hasattr(weight, "grad_fn") else np.asarray(weight)
    if array.ndim != 4 or not array.size:
        raise ValueError(f"filters: the weight has the shape {array.shape}, expected (filters, channels, kh, kw)")
    K, C, kh, kw = array.shape
    largest = np.abs(array).max()
    tiles = 0.5 + 0.5 * array / (largest or 1)
    if C in (1, 3):
        tiles, ncols = np.broadcast_to(tiles.transpose(0, 2, 3, 1), (K, kh, kw, 3)), int(np.ceil(np.sqrt(K * 1.6)))
    else:
        tiles, ncols = np.repeat(tiles.reshape(K * C, kh, kw, 1), 3, axis=3), C
    picture = mosaic(tiles, min(ncols, len(tiles)))
    pixel = min(0.12, 6 / max(picture.shape[:2]))                              # inches
    height, width = pixel * picture.shape[0], pixel * picture.shape[1]
    figure = new_figure(max(3.8, width + 0.2), height + 0.4)
    show_image(add_axes(figure, (figure.get_figwidth() - width) / 2, 0.3, width, height), picture, frame=False)
    figure.text(0.5, 1 - 0.15 / figure.get_figheight(), f"{K} filters {C}x{kh}x{kw}: grey is 0, black -{largest:.2g}, "
                f"white +{largest:.2g}", ha="center", va="center")
    return figure


def mosaic(tiles, ncols):
    """Tiles (n, h, w, 3) side by side, `ncols` in a row, one white pixel between them."""
    n, h, w, _ = tiles.shape
    nrows = -(-n // ncols)
    picture = np.ones((nrows * (h + 1) - 1, ncols * (w + 1) - 1, 3))
    for k, tile in enumerate(tiles):
        y, x = k // ncols * (h + 1), k % ncols * (w + 1)
        picture[y : y + h, x : x + w] = tile
    return picture
