"""Random settings of the explorer, and what the library makes of them."""

import functools

import numpy as np

from minifcn import functional as F
from minifcn import nn, tensor
from minifcn.functional.resize import bilinear_kernel
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.models.crops import build_ladder
from minifcn.models.receptive_field import length_after, map_of, receptive_field
from minifcn.models.vgg import VGG

SKIPS = {"fcn32s": [], "fcn16s": ["pool4"], "fcn8s": ["pool4", "pool3"]}


def random_settings(rng, small=False):
    """One of each group. Some are impossible. small: the numbers of its figures can be read on the page."""

    def number(low, high):
        return int(rng.integers(low, high, endpoint=True))

    def window(largest):
        return {"kernel": number(1, largest), "stride": number(1, 4), "padding": number(0, 3), "dilation": number(1, 3)}

    geometry = str(rng.choice(["caffe", "aligned"]))
    return {
        "convolution": {"size": number(1, 5 if small else 10), **window(3 if small else 5)},
        "transposed": {
            "size": number(1, 3 if small else 6), **window(3 if small else 6), "outputPadding": number(0, 3),
        },
        "bilinear": {"factor": number(1, 4 if small else 16), "row": rng.integers(-9, 9, number(1, 6)).tolist()},
        "fcn": {
            "net": str(rng.choice([*SKIPS])), "geometry": geometry, "size": number(1, 1000),
            "fc6": 2 * number(0, 4) + 1,
            "firstPadding": int(rng.choice([0, 65, 81, 97, 100, 150])) if geometry == "caffe" else 100,
        },
    }  # fmt: skip


def drawn(count, seed, **options):
    rng = np.random.default_rng(seed)
    return [random_settings(rng, **options) for _ in range(count)]


def pictures(array):
    """An array with channels and a batch axis before its two axes, as a tensor of float64."""
    return tensor(np.asarray(array, float)[None, None])


def sentence_of(call):
    """The error that a call raises, or ""."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return ""


def convolution_of(size, kernel, stride, padding, dilation, x, weight, **_):
    """What a convolution of the square picture x makes, or {"error": sentence}."""
    x, weight = np.reshape(x, (size, size)), np.reshape(weight, (kernel, kernel))
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    if error := sentence_of(lambda: F.conv2d(pictures(x), pictures(weight), **options)):
        return {"error": error}
    geometry = conv_geometry(kernel, **options)
    columns = reference.im2col(x[None, None].astype(float), geometry)
    ones = tensor(np.eye(size**2).reshape(-1, 1, size, size))
    matrix = F.conv2d(ones, pictures(weight), **options).numpy().reshape(size**2, -1).T
    return {
        "error": "", "side": geometry.output_size((size, size))[0], "columns": columns[0], "matrix": matrix,
        "y": matrix @ x.ravel(), "counts": reference.col2im(np.ones_like(columns), geometry, (size, size)).ravel(),
    }  # fmt: skip


def transposed_of(size, kernel, stride, padding, dilation, outputPadding, x, weight, **_):
    """What a transposed convolution of the square map x makes, or {"error": sentence}."""

    def result(x, weight):
        images = pictures(np.reshape(x, (size, size))), pictures(np.reshape(weight, (kernel, kernel)))
        return F.conv_transpose2d(*images, None, stride, padding, outputPadding, 1, dilation).numpy()[0, 0]

    if error := sentence_of(lambda: result(x, weight)):
        return {"error": error}
    y = result(x, weight)
    overlaps = result(np.ones(size**2), np.ones(kernel**2))
    return {"error": "", "side": len(y), "y": y.ravel(), "overlaps": overlaps.ravel()}


def bilinear_of(factor, row, **_):
    """The triangle, and a row upsampled in both ways."""
    kernel = bilinear_kernel(factor, np.float64)
    weight = nn.init.bilinear_(tensor(np.zeros((1, 1, 1, len(kernel)))))
    by_stamps = F.conv_transpose2d(pictures([row]), weight, None, (1, factor), (0, factor // 2))
    signal = tensor(np.array(row, float)[None, None])
    smooth = F.interpolate(signal, scale_factor=factor, mode="linear", align_corners=False)
    triangle = weight.numpy().ravel()
    assert np.allclose(np.outer(triangle, triangle), kernel)
    return {"triangle": triangle, "stamped": by_stamps.numpy().ravel(), "smooth": smooth.numpy().ravel()}


class VGG16(VGG):
    """The layers of VGG16, with one channel each."""


@functools.cache
def ladder_of(net, geometry, first_padding, fc6):
    """(ladder, "") of a net, or (None, sentence)."""
    padding = first_padding if geometry == "caffe" else None
    backbone = VGG16((1,) * 5, (2, 2, 3, 3, 3), 1, fc6, geometry, padding, False, 0.0, np.random.default_rng(0))
    try:
        ladder = build_ladder(backbone, SKIPS[net], net)
        assert ladder.offsets  # which raise the error
        return ladder, ""
    except ValueError as error:
        return None, str(error)


def fcn_of(net, geometry, size, firstPadding, fc6, **_):
    """Sizes, receptive fields and crops of a net, or {"error": sentence}."""
    ladder, error = ladder_of(net, geometry, firstPadding, fc6)
    if ladder is None or geometry == "caffe" and (error := sentence_of(lambda: ladder.check(size, net))):
        return {"error": error}
    added = ladder.padding(size) if geometry == "aligned" else 0
    paths = [ladder.deep[: i + 1] for i in range(len(ladder.deep))]
    up = [ladder.deep + ladder.upscores[: i + 1] for i in range(len(ladder.upscores))]
    fields = [receptive_field(path) for path in paths]
    return {
        "error": "", "crops": ladder.offsets, "added": added, "slack": ladder.slack(size + added),
        "sizes": [length_after(path, size + added) for path in (*paths, *up, *ladder.skips)],
        "fields": [[field.size, field.stride, float(field.centre)] for field in fields],
        "firsts": [float(map_of(path).inverse().shift) for path in (*up, *ladder.skips)],
    }  # fmt: skip
