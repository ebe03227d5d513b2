"""Augmentation: random transforms applied to an image and its label map together.

Each transform is called as `transform(image, label, rng)` with image float32 (C, H, W) and label int64 (H, W), and
returns the new pair. It is determined by the state of `rng`, never modifies its input (but may return a view of it),
and introduces no new value into a label map, except 255 for unknown pixels. Read dataset.py before, landcover.py after.

`fill` is the image's value where the label map is 255. After `Normalize`, the default 0 is the mean colour of the data
set. Read augment.py next.
"""

import numpy as np

from .dataset import IGNORE_INDEX


class Compose:
    """Apply transforms one after the other."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, image, label, rng):
        for transform in self.transforms:
            image, label = transform(image, label, rng)
        return image, label


class RandomHorizontalFlip:
    """Flip left to right with probability p."""

    def __init__(self, p=0.5):
        self.p = _check_probability("RandomHorizontalFlip", p)

    def __call__(self, image, label, rng):
        return (image[..., ::-1], label[..., ::-1]) if rng.random() < self.p else (image, label)


class RandomVerticalFlip:
    """Flip top to bottom with probability p."""

    def __init__(self, p=0.5):
        self.p = _check_probability("RandomVerticalFlip", p)

    def __call__(self, image, label, rng):
        return (image[..., ::-1, :], label[..., ::-1, :]) if rng.random() < self.p else (image, label)


class RandomShift:
    """Shift by whole pixels, up to max_shift each way; pixels from outside are `fill` and ignored.

    The paper's jitter, section 4.3, where max_shift is 32.
    """

    def __init__(self, max_shift, ignore_index=IGNORE_INDEX, fill=0.0):
        if max_shift < 0:
            raise ValueError(f"RandomShift: max_shift is {max_shift} but must be 0 or more")
        self.max_shift, self.ignore_index, self.fill = max_shift, ignore_index, fill

    def __call__(self, image, label, rng):
        dy, dx = rng.integers(-self.max_shift, self.max_shift, size=2, endpoint=True)
        size = label.shape
        return crop_window(image, -dy, -dx, size, self.fill), crop_window(label, -dy, -dx, size, self.ignore_index)


class RandomCrop:
    """A window of `size`, a number or (height, width), at a random position; a smaller image is placed inside it."""

    def __init__(self, size, ignore_index=IGNORE_INDEX, fill=0.0):
        self.size, self.ignore_index, self.fill = size_pair("RandomCrop", size), ignore_index, fill

    def corner(self, shape, rng):
        """The random (top, left) of the window in an image of this shape (H, W); negative where it must be padded."""
        slack = [have - want for have, want in zip(shape, self.size, strict=True)]
        return tuple(int(rng.integers(min(0, s), max(0, s), endpoint=True)) for s in slack)

    def __call__(self, image, label, rng):
        top, left = self.corner(label.shape, rng)
        return (crop_window(image, top, left, self.size, self.fill),
                crop_window(label, top, left, self.size, self.ignore_index))


class RandomScale:
    """Resize by a factor drawn from [low, high]: the image bilinearly, the label map by nearest neighbour.

    For both, output pixel i of m has its centre at (i + 1/2) n/m - 1/2 of the n input pixels.
    """

    def __init__(self, low, high):
        if not 0 < low <= high:
            raise ValueError(f"RandomScale: the factors are {low} and {high} but must be 0 < low <= high")
        self.low, self.high = low, high

    def __call__(self, image, label, rng):
        factor = rng.uniform(self.low, self.high)
        for axis in (0, 1):
            n = label.shape[axis]
            m = max(1, round(n * factor))
            centre = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)
            image = _linear(image, axis + 1, centre)
            label = label.take(np.floor(centre + 0.5).astype(int), axis)
        return image, label


class RandomRotation:
    """Turn about the centre by an angle drawn from [-degrees, degrees], or from a pair (low, high), counter-clockwise.

    The size stays. The image is sampled bilinearly, the label map by nearest neighbour; outside they are `fill` and
    ignored.
    """

    def __init__(self, degrees, ignore_index=IGNORE_INDEX, fill=0.0):
        low, high = (-degrees, degrees) if np.ndim(degrees) == 0 else degrees
        if not -np.inf < low <= high < np.inf:
            raise ValueError(f"RandomRotation: degrees is {degrees} but must be 0 or more, or a pair in rising order")
        self.degrees, self.ignore_index, self.fill = (low, high), ignore_index, fill

    def __call__(self, image, label, rng):
        angle = np.deg2rad(rng.uniform(*self.degrees))
        dy, dx = (np.arange(n) - (n - 1) / 2 for n in label.shape)           # of the output's pixels from the centre
        y = np.sin(angle) * dx + np.cos(angle) * dy[:, None] + (label.shape[0] - 1) / 2
        x = np.cos(angle) * dx - np.sin(angle) * dy[:, None] + (label.shape[1] - 1) / 2
        return _sample(image, y, x, self.fill), _take(label, np.rint(y), np.rint(x), self.ignore_index)


class ColorJitter:
    """Change brightness, contrast and saturation by random factors, in random order; the label map is unchanged.

    brightness, contrast, saturation: at least 0; a factor is drawn from [max(0, 1 - value), 1 + value]
    mean, std: how the images are normalised; the colours are changed in the scale (0, 1) of rgb = image * std + mean, and
               clipped to it, or to the image's own range if that is larger
    Brightness multiplies the values. Contrast changes their distance to the mean grey value of the image, saturation that
    to the grey value of each pixel, which only images of three channels have. There is no hue.
    """

    def __init__(self, brightness=0.0, contrast=0.0, saturation=0.0, mean=0.0, std=1.0):
        self.strengths = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        for name, value in self.strengths.items():
            if not 0 <= value < np.inf:
                raise ValueError(f"ColorJitter: {name} is {value} but must be 0 or more")
        self.mean, self.std = (np.asarray(values, np.float32).reshape(-1, 1, 1) for values in (mean, std))

    def __call__(self, image, label, rng):
        rgb = image * self.std + self.mean
        low, high = min(0, rgb.min(initial=0)), max(1, rgb.max(initial=1))
        for name in rng.permutation([*self.strengths]):
            factor = np.float32(rng.uniform(max(0, 1 - self.strengths[name]), 1 + self.strengths[name]))
            grey = _grey(rgb) if len(rgb) == 3 or name != "saturation" else rgb
            towards = {"brightness": 0, "contrast": grey.mean(), "saturation": grey}[name]
            rgb = np.clip(factor * rgb + (1 - factor) * towards, low, high)
        return ((rgb - self.mean) / self.std).astype(image.dtype), label


class Normalize:
    """(image - mean) / std for each channel; the label map is unchanged."""

    def __init__(self, mean, std):
        if len(mean) != len(std) or min(std) <= 0:
            raise ValueError(f"Normalize: mean is {mean} and std is {std} but they must be as many, and std above 0")
        self.mean, self.std = mean, std

    def __call__(self, image, label, rng):
        return normalize(image, self.mean, self.std), label


def normalize(image, mean, std):
    """(image - mean) / std for each channel of a float32 (C, H, W); TypeError for an integer image."""
    if image.dtype.kind != "f":
        raise TypeError(f"Normalize: the image is {image.dtype} but must be float32; divide it by 255 first")
    mean, std = (np.asarray(values, image.dtype).reshape(-1, 1, 1) for values in (mean, std))
    return (image - mean) / std


def crop_window(array, top, left, size, fill):
    """The (..., h, w) window at (top, left) of an array (..., H, W); `fill` outside the array."""
    (H, W), (h, w) = array.shape[-2:], size
    y0, x0 = max(0, top), max(0, left)
    inside = array[..., y0:max(y0, min(H, top + h)), x0:max(x0, min(W, left + w))]
    result = np.full(array.shape[:-2] + (h, w), fill, array.dtype)
    result[..., y0 - top:y0 - top + inside.shape[-2], x0 - left:x0 - left + inside.shape[-1]] = inside
    return result


def size_pair(name, size):
    """A number or a pair -> (height, width), checked."""
    pair = (size, size) if np.ndim(size) == 0 else tuple(size)
    if len(pair) != 2 or any(not isinstance(n, (int, np.integer)) or n < 1 for n in pair):
        raise ValueError(f"{name}: size is {size!r} but must be one whole number of at least 1, or (height, width)")
    return int(pair[0]), int(pair[1])


def _linear(array, axis, centre):
    """Sample an array along one axis at fractional positions: (1 - t) * lower + t * upper neighbour."""
    lower = np.floor(centre).astype(int)
    upper = np.minimum(lower + 1, array.shape[axis] - 1)
    t = (centre - lower).astype(array.dtype).reshape(-1, *[1] * (array.ndim - 1 - axis))
    return array.take(lower, axis) * (1 - t) + array.take(upper, axis) * t


def _sample(image, y, x, fill):
    """Sample (C, H, W) bilinearly at the positions y, x, both (h, w); `fill` stands for the pixels outside."""
    top, left = np.floor(y), np.floor(x)
    v, u = (y - top).astype(image.dtype), (x - left).astype(image.dtype)
    corners = [(1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u]
    places = [(top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)]
    return sum(weight * _take(image, *place, fill) for weight, place in zip(corners, places))


def _take(array, y, x, fill):
    """array (..., H, W) at whole positions y, x, both (h, w); `fill` outside."""
    (H, W), y, x = array.shape[-2:], y.astype(np.intp), x.astype(np.intp)
    inside = (0 <= y) & (y < H) & (0 <= x) & (x < W)
    found = array[..., y.clip(0, H - 1), x.clip(0, W - 1)]
    return np.where(inside, found, np.asarray(fill, array.dtype))


def _grey(rgb):
    """The luminance of three channels, or the mean of other numbers of channels: (H, W)."""
    return (np.float32([0.299, 0.587, 0.114])[:, None, None] * rgb).sum(0) if len(rgb) == 3 else rgb.mean(0)


def _check_probability(name, p):
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p is {p} but must lie between 0 and 1")
    return p
