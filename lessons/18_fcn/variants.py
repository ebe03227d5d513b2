"""Right answers to lesson 18, each written in another way. The checks must accept them all."""

import numpy as np

from minifcn.course import earlier

Tensor, Module = earlier("03.Tensor", "04.Module")
conv_forward, conv_transpose2d = earlier("07.conv_forward", "12.conv_transpose2d")
bilinear_kernel, Conv2d = earlier("13.bilinear_kernel", "15.Conv2d")

VARIANTS = {
    "FCN32s": ["LastMap", "PaddingCroppedAway", "OwnOperations", "ChannelByChannel"],
    "fuse": ["crop_first", "by_operations", "same_crop_on_both", "one_operation"],
    "FCN8s": ["WithALoop", "FromTheSixteen", "SkipsFirst", "InheritsTheCoarseNet"],
}

# --- The lesson's parts, in short ------------------------------------------------------------------------------------


class Crop:
    def __init__(self, offset, size):
        height, width = size
        self.window = (..., slice(offset, offset + height), slice(offset, offset + width))

    def forward(self, x):
        self.shape = x.shape
        return x[self.window]

    def backward(self, grad):
        whole = np.zeros(self.shape, grad.dtype)
        whole[self.window] = grad
        return whole


class Upscore:
    def __init__(self, factor, padding):
        self.factor, self.padding = factor, padding

    def forward(self, x):
        return self.each_channel(conv_transpose2d, x)

    def backward(self, grad):
        return self.each_channel(conv_forward, grad)

    def each_channel(self, function, x):
        N, C, H, W = x.shape
        weight = bilinear_kernel(self.factor).astype(x.dtype)[None, None]
        y = function(x.reshape(N * C, 1, H, W), weight, stride=self.factor, padding=self.padding)
        return y.reshape(N, C, *y.shape[2:])


class Score(Module):
    def __init__(self, C, classes):
        self.weight = Tensor(np.zeros((classes, C, 1, 1), np.float32), requires_grad=True)
        self.bias = Tensor(np.zeros(classes, np.float32), requires_grad=True)

    def forward(self, x):
        return Tensor.apply(Conv2d(), x, self.weight, self.bias)


def crop(x, offset, size):
    return Tensor.apply(Crop(offset, size), x)


def upscore(x, factor, padding=None):
    return Tensor.apply(Upscore(factor, factor // 2 if padding is None else padding), x)


def score_layer(C, classes):
    return Score(C, classes)


def fuse(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])


# --- FCN32s ----------------------------------------------------------------------------------------------------------


class LastMap(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[-1], classes)

    def forward(self, x):
        H, W = x.data.shape[-2:]
        coarse = self.score_fr(self.trunk(x)[-1])
        enlarged = upscore(coarse, 32, padding=16)
        return crop(enlarged, 0, (H, W))


class PaddingCroppedAway(Module):
    """Enlarges without padding, and leaves it to the crop to begin 16 pixels in."""

    def __init__(self, trunk, classes):
        self.trunk, self.score_fr = trunk, score_layer(trunk.channels[2], classes)

    def forward(self, x):
        maps = self.trunk(x)
        return crop(upscore(self.score_fr(maps[2]), 32, 0), 16, x.data.shape[2:])


class Enlarge:
    """Enlargement and crop as one operation, written with matrices: rows R and columns C, y = R x C'."""

    def __init__(self, size, units):
        self.rows, self.columns = (Enlarge.matrix(n, m) for n, m in zip(size, units))

    @staticmethod
    def matrix(n, m):
        distance = abs(np.arange(n)[:, None] + 0.5 - 32 * (np.arange(m) + 0.5))
        return np.maximum(1 - distance / 32, 0)

    def forward(self, x):
        return (self.rows @ x @ self.columns.T).astype(x.dtype)

    def backward(self, grad):
        return (self.rows.T @ grad @ self.columns).astype(grad.dtype)


class OwnOperations(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        scores = self.score_fr(self.trunk(x)[2])
        return Tensor.apply(Enlarge(x.data.shape[2:], scores.data.shape[2:]), scores)


class EachByItself:
    """One stamp after the other, channel by channel."""

    def __init__(self, size):
        self.size = size
        self.pyramid = bilinear_kernel(32)

    def places(self, h, w):
        for i, j in np.ndindex(h, w):
            yield i, j, slice(32 * i, 32 * i + 64), slice(32 * j, 32 * j + 64)

    def forward(self, x):
        (*self.first, h, w), (H, W) = x.shape, self.size
        y = np.zeros((*self.first, 32 * h + 32, 32 * w + 32), x.dtype)
        for i, j, rows, columns in self.places(h, w):
            y[:, :, rows, columns] += x[:, :, i : i + 1, j : j + 1] * self.pyramid.astype(x.dtype)
        self.shape = h, w
        return y[:, :, 16 : 16 + H, 16 : 16 + W]

    def backward(self, grad):
        (H, W), (h, w) = self.size, self.shape
        whole = np.zeros((*self.first, 32 * h + 32, 32 * w + 32), grad.dtype)
        whole[:, :, 16 : 16 + H, 16 : 16 + W] = grad
        x = np.zeros((*self.first, h, w), grad.dtype)
        for i, j, rows, columns in self.places(h, w):
            x[:, :, i, j] = (whole[:, :, rows, columns] * self.pyramid).sum(axis=(2, 3))
        return x


class ChannelByChannel(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return Tensor.apply(EachByItself(x.data.shape[2:]), self.score_fr(fc7))


# --- fuse ------------------------------------------------------------------------------------------------------------


def crop_first(coarse, skip, score, offset=0, padding=1):
    """A score needs only its own place, so it does not matter whether the skip is cut before or after."""
    h, w = coarse.data.shape[2:]
    size = 2 * (h + 1 - padding), 2 * (w + 1 - padding)
    return score(crop(skip, offset, size)) + upscore(coarse, 2, padding)


def by_operations(coarse, skip, score, offset=0, padding=1):
    up = Tensor.apply(Upscore(2, padding), coarse)
    down = Tensor.apply(Crop(offset, up.data.shape[-2:]), score(skip))
    return down + up


def same_crop_on_both(coarse, skip, score, offset=0, padding=1):
    whole = upscore(coarse, 2, 0)
    H, W = whole.data.shape[2:]
    size = H - 2 * padding, W - 2 * padding
    return crop(whole, padding, size) + crop(score(skip), offset, size)


class Fuse:
    """Both inputs at once: enlarges the first, cuts the second, adds."""

    def __init__(self, offset, padding):
        self.offset, self.up = offset, Upscore(2, padding)

    def forward(self, coarse, scores):
        y = self.up.forward(coarse)
        self.shape, o = scores.shape, self.offset
        return y + scores[:, :, o : o + y.shape[2], o : o + y.shape[3]]

    def backward(self, grad):
        end = [n - self.offset - m for n, m in zip(self.shape[2:], grad.shape[2:])]
        borders = [(0, 0), (0, 0), (self.offset, end[0]), (self.offset, end[1])]
        return self.up.backward(grad), np.pad(grad, borders)


def one_operation(coarse, skip, score, offset=0, padding=1):
    return Tensor.apply(Fuse(offset, padding), coarse, score(skip))


# --- FCN8s -----------------------------------------------------------------------------------------------------------


class WithALoop(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        for name, C in zip(("score_fr", "score_pool4", "score_pool3"), reversed(trunk.channels)):
            setattr(self, name, score_layer(C, classes))

    def forward(self, x):
        *skips, fc7 = self.trunk(x)
        scores = self.score_fr(fc7)
        for layer in (self.score_pool4, self.score_pool3):
            scores = fuse(scores, skips.pop(), layer)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class FromTheSixteen(Module):
    """All steps spelled out, without fuse."""

    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)

    def forward(self, x):
        maps = dict(zip(("pool3", "pool4", "fc7"), self.trunk(x)))
        upscore2 = upscore(self.score_fr(maps["fc7"]), 2)
        fuse_pool4 = upscore2 + self.score_pool4(maps["pool4"])
        upscore_pool4 = upscore(fuse_pool4, 2)
        fuse_pool3 = upscore_pool4 + self.score_pool3(maps["pool3"])
        return crop(upscore(fuse_pool3, 8, 0), 4, x.data.shape[2:])


class SkipsFirst(Module):
    """Enlargement is linear: every map may take its own way up, if it takes the same steps."""

    def __init__(self, trunk, classes):
        self.trunk = trunk
        C3, C4, C7 = trunk.channels
        self.score_fr, self.score_pool4 = score_layer(C7, classes), score_layer(C4, classes)
        self.score_pool3 = score_layer(C3, classes)

    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        from_fc7 = upscore(upscore(upscore(self.score_fr(fc7), 2), 2), 8)
        from_pool4 = upscore(upscore(self.score_pool4(pool4), 2), 8)
        from_pool3 = upscore(self.score_pool3(pool3), 8)
        return crop(from_fc7 + (from_pool4 + from_pool3), 0, x.data.shape[2:])


class CoarseNet(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)


class InheritsTheCoarseNet(CoarseNet):
    def __init__(self, trunk, classes):
        super().__init__(trunk, classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)

    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        at_16 = fuse(coarse=self.score_fr(fc7), skip=pool4, score=self.score_pool4)
        at_8 = fuse(coarse=at_16, skip=pool3, score=self.score_pool3, offset=0, padding=1)
        whole = Tensor.apply(Upscore(8, 4), at_8)
        return Tensor.apply(Crop(0, x.data.shape[-2:]), whole)
