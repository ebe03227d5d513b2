"""Data sets and input pipelines: samples, batches, augmentation, image files.

Read dataset.py first, then shapes.py (the shortest data set), transforms.py, loader.py and landcover.py.
"""

from .balance import class_frequencies, class_weights
from .dataset import IGNORE_INDEX, Dataset
from .images import colorize, overlay, read_image, to_input, to_picture, write_image, write_label
from .landcover import LandCover
from .loader import DataLoader
from .photo import photograph
from .shapes import Shapes
from .transforms import (
    ColorJitter,
    Compose,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomScale,
    RandomShift,
    RandomVerticalFlip,
)

__all__ = [
    "IGNORE_INDEX", "ColorJitter", "Compose", "DataLoader", "Dataset", "LandCover", "Normalize", "RandomCrop",
    "RandomHorizontalFlip", "RandomRotation", "RandomScale", "RandomShift", "RandomVerticalFlip", "Shapes",
    "class_frequencies", "class_weights", "colorize", "overlay", "photograph", "read_image", "to_input", "to_picture",
    "write_image", "write_label",
]
