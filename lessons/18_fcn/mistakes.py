"""Wrong answers to lesson 18 that people really write, each with the hint that they should read."""

import numpy as np

from minifcn.course import earlier
from minifcn.course.exercise import Mistake

Tensor, Module = earlier("03.Tensor", "04.Module")
conv_forward, conv_transpose2d = earlier("07.conv_forward", "12.conv_transpose2d")
bilinear_kernel, Conv2d, he = earlier("13.bilinear_kernel", "15.Conv2d", "15.he")

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


# --- FCN32s: answers that are no small change of the solution --------------------------------------------------------


class Coarse(Module):
    """The beginning that most of the wrong answers share."""

    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)


class RepeatsByKron(Coarse):
    def forward(self, x):
        scores = self.score_fr(self.trunk(x)[2])
        large = Tensor(np.kron(scores.data, np.ones((32, 32), scores.data.dtype)))
        return crop(large, 0, x.data.shape[2:])


class PadsFirst(Coarse):
    def forward(self, x):
        H, W = x.data.shape[2:]
        size = H + -H % 32, W + -W % 32
        x = Tensor(np.pad(x.data, ((0, 0), (0, 0), (0, size[0] - H), (0, size[1] - W))))
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, size)


class CropsToTheMap(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, fc7.data.shape[2:])


class FitsTheFactor(Coarse):
    """Enlarges by H // h, which is 32 only if the image needs no zeros."""

    def forward(self, x):
        fc7 = self.trunk(x)[2]
        factor = max(2, x.data.shape[2] // fc7.data.shape[2] // 2 * 2)
        return crop(upscore(self.score_fr(fc7), factor), 0, x.data.shape[2:])


class FloorsTheFactor(Coarse):
    """The same without a care for odd factors."""

    axis = 2

    def forward(self, x):
        fc7 = self.trunk(x)[2]
        factor = x.data.shape[self.axis] // fc7.data.shape[self.axis]
        return crop(upscore(self.score_fr(fc7), factor), 0, x.data.shape[2:])


class FloorsTheFactorOfTheWidth(FloorsTheFactor):
    axis = 3


class TrunkForEachMap(Coarse):
    def forward(self, x):
        _, _, fc7 = self.trunk(x)[0], self.trunk(x)[1], self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])


class OneClassAtATime(Coarse):
    """Sums the classes while enlarging: one weight for all pairs of channels."""

    def forward(self, x):
        scores = self.score_fr(self.trunk(x)[2])
        total = Tensor(np.broadcast_to(scores.data.sum(axis=1, keepdims=True), scores.data.shape).copy())
        return crop(upscore(total, 32), 0, x.data.shape[2:])


class StretchesToTheImage:
    """Interpolates between the picture's own ends, so that 33 rows are stretched over two units."""

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        (h, w), (H, W) = x.shape[2:], self.size
        rows, columns = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in ((H, h), (W, w)))
        down, right = (np.maximum(1 - abs(at[:, None] - np.arange(m)), 0) for at, m in ((rows, h), (columns, w)))
        self.down, self.right = down.astype(x.dtype), right.astype(x.dtype)
        return self.down @ x @ self.right.T

    def backward(self, grad):
        return self.down.T @ grad @ self.right


class Stretches(Coarse):
    def forward(self, x):
        return Tensor.apply(StretchesToTheImage(x.data.shape[2:]), self.score_fr(self.trunk(x)[2]))


class HidesTheTrunk(Coarse):
    def __init__(self, trunk, classes):
        self.features = lambda x: trunk(x)[2]
        self.score_fr = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.features(x)), 32), 0, x.data.shape[2:])


class KeepsTheTrunkInADict(Coarse):
    def __init__(self, trunk, classes):
        self.parts = {"trunk": trunk}
        self.score_fr = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.parts["trunk"](x)[2]), 32), 0, x.data.shape[2:])


class AnotherName(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class ScoresInAList(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.layers = [score_layer(trunk.channels[2], classes)]

    def forward(self, x):
        return crop(upscore(self.layers[0](self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class Softmax:
    def forward(self, x):
        self.p = np.exp(x - x.max(axis=1, keepdims=True))
        self.p /= self.p.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, grad):
        return self.p * (grad - (grad * self.p).sum(axis=1, keepdims=True))


class EndsWithSoftmax(Coarse):
    def forward(self, x):
        scores = crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])
        return Tensor.apply(Softmax(), scores)


class Positive:
    def forward(self, x):
        self.positive = x > 0
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * self.positive


class ClipsTheScores(Coarse):
    def forward(self, x):
        coarse = Tensor.apply(Positive(), self.score_fr(self.trunk(x)[2]))
        return crop(upscore(coarse, 32), 0, x.data.shape[2:])


# --- fuse ------------------------------------------------------------------------------------------------------------


def repeats(coarse, skip, score, offset=0, padding=1):
    size = 2 * (coarse.data.shape[2] + 1 - padding), 2 * (coarse.data.shape[3] + 1 - padding)
    large = coarse.data.repeat(2, axis=2).repeat(2, axis=3)
    large = np.pad(large, ((0, 0), (0, 0), (1 - padding, 1 - padding), (1 - padding, 1 - padding)))
    return Tensor(large) + crop(score(skip), offset, size)


def repeats_for_learning(coarse, skip, score, offset=0, padding=1):
    large = Tensor(coarse.data.repeat(2, axis=2).repeat(2, axis=3), requires_grad=coarse.requires_grad)
    return large + crop(score(skip), offset, large.data.shape[2:])


def repeats_and_forgets(coarse, skip, score, offset=0, padding=1):
    large = Tensor(np.kron(coarse.data, np.ones((2, 2), coarse.data.dtype)))
    return large + crop(score(skip), offset, large.data.shape[2:])


class Maximum:
    def forward(self, a, b):
        self.first = a >= b
        return np.maximum(a, b)

    def backward(self, grad):
        return grad * self.first, grad * ~self.first


def takes_the_larger(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return Tensor.apply(Maximum(), enlarged, crop(score(skip), offset, enlarged.data.shape[2:]))


class Concatenate:
    def forward(self, a, b):
        self.at = a.shape[1]
        return np.concatenate([a, b], axis=1)

    def backward(self, grad):
        return grad[:, : self.at], grad[:, self.at :]


def concatenates(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return Tensor.apply(Concatenate(), enlarged, crop(score(skip), offset, enlarged.data.shape[2:]))


def in_the_array(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    enlarged.data += crop(score(skip), offset, enlarged.data.shape[2:]).data
    return enlarged


def arrays_only(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding).data
    h, w = enlarged.shape[2:]
    return Tensor(enlarged + score(skip).data[:, :, offset : offset + h, offset : offset + w])


def factor_from_the_sizes(coarse, skip, score, offset=0, padding=1):
    factor = max(1, skip.data.shape[2] // coarse.data.shape[2]) // 2 * 2
    enlarged = upscore(coarse, factor, padding)
    return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])


def cuts_the_coarse_scores(coarse, skip, score, offset=0, padding=1):
    fine = score(skip)
    return crop(upscore(coarse, 2, padding), offset, fine.data.shape[2:]) + fine


def skip_added_before(coarse, skip, score, offset=0, padding=1):
    h, w = coarse.data.shape[2:]
    return upscore(coarse + crop(score(skip), offset, (h, w)), 2, padding)


def scores_in_the_sum(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return score(enlarged + crop(skip, offset, enlarged.data.shape[2:]))


def coarse_scored_again(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(score(coarse), 2, padding)
    return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])


# --- FCN8s -----------------------------------------------------------------------------------------------------------


class Eight(Module):
    """The beginning that the wrong answers share."""

    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)


class SumsAtThePixels(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        whole = upscore(self.score_fr(fc7), 32) + upscore(self.score_pool4(pool4), 16)
        return crop(whole + upscore(self.score_pool3(pool3), 8), 0, x.data.shape[2:])


class JumpsToEight(Eight):
    """fc7's scores go up by 4 in one step, and pool4's by 2; then all are added."""

    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        at_8 = upscore(self.score_fr(fc7), 4) + upscore(self.score_pool4(pool4), 2) + self.score_pool3(pool3)
        return crop(upscore(at_8, 8), 0, x.data.shape[2:])


class ForgetsTheFirstFusion(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        coarse = self.score_fr(fc7)
        fuse(coarse, pool4, self.score_pool4)
        return crop(upscore(fuse(upscore(coarse, 2), pool3, self.score_pool3), 8), 0, x.data.shape[2:])


class FusesTheCoarseTwice(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        fuse(self.score_fr(fc7), pool4, self.score_pool4)
        return crop(upscore(fuse(self.score_fr(fc7), pool3, self.score_pool3), 8), 0, x.data.shape[2:])


class LayersInADict(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score = {name: score_layer(C, classes) for name, C in zip(("pool3", "pool4", "fc7"), trunk.channels)}

    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score["fc7"](fc7), pool4, self.score["pool4"])
        return crop(upscore(fuse(scores, pool3, self.score["pool3"]), 8), 0, x.data.shape[2:])


class LastStepByFourAndTwo(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(upscore(scores, 4), 2), 0, x.data.shape[2:])


class CoarseOnly(Eight):
    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class StopsAtSixteen(Eight):
    def forward(self, x):
        _, pool4, fc7 = self.trunk(x)
        return crop(upscore(fuse(self.score_fr(fc7), pool4, self.score_pool4), 16), 0, x.data.shape[2:])


class OneLayerForBoth(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score = score_layer(trunk.channels[1], classes)

    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score), pool3, self.score)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class LayersInAList(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.layers = [score_layer(C, classes) for C in reversed(trunk.channels)]

    def forward(self, x):
        *skips, scores = self.trunk(x)
        scores = self.layers[0](scores)
        for layer in self.layers[1:]:
            scores = fuse(scores, skips.pop(), layer)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class HidesTheTrunkOfEight(Eight):
    def __init__(self, trunk, classes):
        super().__init__(trunk, classes)
        self.features = [lambda x: trunk(x)]
        del self.trunk

    def forward(self, x):
        pool3, pool4, fc7 = self.features[0](x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class PadsTheImage(Eight):
    def forward(self, x):
        H, W = x.data.shape[2:]
        size = H + -H % 32, W + -W % 32
        x = Tensor(np.pad(x.data, ((0, 0), (0, 0), (0, size[0] - H), (0, size[1] - W))))
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class ClipsBetween(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        at_16 = Tensor.apply(Positive(), fuse(self.score_fr(fc7), pool4, self.score_pool4))
        return crop(upscore(fuse(at_16, pool3, self.score_pool3), 8), 0, x.data.shape[2:])


class EightWithSoftmax(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return Tensor.apply(Softmax(), crop(upscore(scores, 8), 0, x.data.shape[2:]))


class CallsThreeTimes(Eight):
    def forward(self, x):
        fc7, pool4, pool3 = self.trunk(x)[2], self.trunk(x)[1], self.trunk(x)[0]
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


CROP_32 = "crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])"
CROP_8 = "crop(upscore(scores, 8), 0, x.data.shape[2:])"
FUSED = "enlarged + crop(score(skip), offset, enlarged.data.shape[2:])"
CENTRE = "(fc7.data.shape[2] * 32 - x.data.shape[2]) // 2"
FIRST, SECOND = "scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)", "fuse(scores, pool3, self.score_pool3)"
HALF = "0.5 * np.random.default_rng(0).standard_normal(layer.weight.data.shape)"

MISTAKES = {
    "FCN32s": [
        Mistake(
            "no_crop",
            "The enlarged scores are as large as the image with its zeros, a multiple of 32. Crop them to the height"
            " and width of x.",
            changes=((CROP_32, "upscore(self.score_fr(fc7), 32)"),),
        ),
        Mistake(
            "pads_too",
            "The trunk pads the image itself. If you pad x as well, its size is no longer that of the image when you"
            " crop.",
            answer="PadsFirst",
        ),
        Mistake(
            "crop_in_the_middle",
            "You cut the same on all sides. But the zeros were added below and to the right only, so the image begins"
            " at row 0.",
            changes=((CROP_32, CROP_32.replace("0, x", f"{CENTRE}, x")),),
        ),
        Mistake(
            "crop_to_the_map",
            "You crop to the size of fc7's map. The result must be as large as the image: x.data.shape[2:].",
            answer="CropsToTheMap",
        ),
        Mistake(
            "height_for_width",
            "Height and width are exchanged in the crop: x.data.shape is (N, C, H, W), and a size is (height, width).",
            changes=((CROP_32, CROP_32.replace("shape[2:]", "shape[:1:-1]")),),
        ),
        Mistake(
            "pool3_for_fc7",
            "The trunk returns (pool3, pool4, fc7): the coarsest map comes last. trunk.channels has the same order.",
            changes=(("_, _, fc7 = self", "fc7, _, _ = self"), ("trunk.channels[2]", "trunk.channels[0]")),
        ),
        Mistake(
            "pool4_for_fc7",
            "You score pool4, the map of stride 16. FCN-32s scores fc7, the last of the three maps.",
            changes=(("_, _, fc7 = self", "_, fc7, _ = self"), ("trunk.channels[2]", "trunk.channels[1]")),
        ),
        Mistake(
            "not_scored",
            "You enlarge the features of fc7. A score layer must first make one score for each class of them.",
            changes=((CROP_32, CROP_32.replace("self.score_fr(fc7)", "fc7")),),
        ),
        Mistake(
            "not_enlarged",
            "The scores are still those of fc7's map, one for 32 x 32 pixels. Enlarge them 32 times.",
            changes=((CROP_32, CROP_32.replace("upscore(self.score_fr(fc7), 32)", "self.score_fr(fc7)")),),
            also=("ReturnsTheCoarseScores",),
        ),
        Mistake(
            "read_the_message",
            "Read what the message names: a tuple (the trunk returns three maps: score the last one), a Tensor's shape"
            " (it is x.data.shape), or an array where a Tensor is expected.",
            changes=(("        _, _, fc7 = self", "        fc7 = self"),),
            also=(
                "ShapeOfATensor",
                "LayerOnAnArray",
            ),
        ),
        Mistake(
            "padding_zero",
            "Without padding the enlarged scores begin 16 pixels before the image: everything is 16 pixels too far"
            " down and right.",
            changes=((CROP_32, CROP_32.replace("32)", "32, 0)")),),
        ),
        Mistake(
            "the_papers_crop",
            "19 is the crop of the paper's geometry, which pads the image by 100. This trunk's units lie 16 pixels"
            " from the edge:"
            " a padding of 16, then a crop at 0.",
            changes=((CROP_32, CROP_32.replace("32), 0", "32, 0), 19")),),
            also=("CropsAt19",),
        ),
        Mistake(
            "two_steps",
            "You enlarge in several steps. That is nearly the same, but each step cuts the corners of the one before;"
            " FCN-32s has one step of 32.",
            changes=(
                (
                    CROP_32,
                    CROP_32.replace("upscore(self.score_fr(fc7), 32)", "upscore(upscore(self.score_fr(fc7), 2), 16)"),
                ),
            ),
            also=("EightTimesFour", "FiveSteps"),
        ),
        Mistake(
            "repeats_pixels",
            "You repeat each score 32 times. upscore interpolates between them, and lets the gradient through.",
            answer="RepeatsByKron",
        ),
        Mistake(
            "stretched",
            "You stretch the map to the size of the image. One unit stands for exactly 32 pixels; enlarge by 32 and"
            " cut off what is"
            " too much.",
            answer="Stretches",
        ),
        Mistake(
            "factor_from_the_sizes",
            "You compute the factor from the sizes of image and map. The trunk has padded the image, so that is too"
            " small: the factor is 32 for every image.",
            answer="FitsTheFactor",
            also=("FloorsTheFactor", "FloorsTheFactorOfTheWidth"),
        ),
        Mistake(
            "no_gradient",
            "Tensor(y.data) is a new leaf: the numbers are right, but no gradient finds its way back. Pass Tensors on"
            " as they are.",
            changes=((CROP_32, "Tensor(" + CROP_32 + ".data)"),),
            also=("ScoresWithoutGradient",),
        ),
        Mistake(
            "random_start",
            "The score layer starts from random numbers. In the paper it starts at 0, and score_layer does that.",
            changes=(("layer.weight.data[...] = 0", f"layer.weight.data[...] = {HALF}"),),
            also=("ConvAsItIs",),
        ),
        Mistake(
            "another_name",
            "The score layer must be self.score_fr, and be made in __init__. A layer that is made in forward is new in"
            " each call"
            " and never learns.",
            answer="AnotherName",
            also=("ScoresInAList", "MadeInForward", "LocalLayer"),
        ),
        Mistake(
            "made_in_every_call",
            "forward makes a new score layer, whose weights are 0 again: all that was learned is lost. Make it once,"
            " in __init__.",
            changes=(
                (
                    "        _, _, fc7 = self.trunk(x)",
                    "        _, _, fc7 = self.trunk(x)\n        self.score_fr = score_layer(fc7.data.shape[1], 2)",
                ),
            ),
            also=("MadeAgain",),
        ),
        Mistake(
            "trunk_hidden",
            "named_parameters does not find the trunk, so it would never learn. Keep the module itself in an"
            " attribute: self.trunk.",
            answer="HidesTheTrunk",
            also=("KeepsTheTrunkInADict",),
        ),
        Mistake(
            "on_the_class",
            "The parts are kept on the class, and a second net takes them away from the first. Keep them in self.",
            changes=(("self.trunk = trunk", "FCN32s.trunk = trunk"),),
            also=("ScoreOnTheClass", "BothOnTheClass"),
        ),
        Mistake(
            "trunk_twice",
            "trunk(x) runs the whole trunk each time. Call it once, and keep what it returns: another call draws"
            " another dropout.",
            changes=(
                (
                    "        _, _, fc7 = self.trunk(x)",
                    "        shape = self.trunk(x)[2].data.shape\n        _, _, fc7 = self.trunk(x)",
                ),
            ),
            also=("TrunkForEachMap",),
        ),
        Mistake(
            "scores_last",
            "You enlarge fc7 and score then. That costs 1024 times as much, and the bias no longer fades at the edge:"
            " score first.",
            changes=((CROP_32, "crop(self.score_fr(upscore(fc7, 32)), 0, x.data.shape[2:])"),),
        ),
        Mistake(
            "channels_exchanged",
            "score_layer(C, classes) goes from C channels to a score for each class; yours has the two numbers in the"
            " other order.",
            changes=(("score_layer(trunk.channels[2], classes)", "score_layer(classes, trunk.channels[2])"),),
        ),
        Mistake(
            "no_bias",
            "The score layer has no bias that learns. score_layer makes one with a bias for each class.",
            changes=(
                (
                    "Conv(C, classes, 1, np.random.default_rng(0))",
                    "Conv(C, classes, 1, np.random.default_rng(0), bias=False)",
                ),
            ),
        ),
        Mistake(
            "classes_mixed",
            "Each class is enlarged by itself. In your result the scores of one class contain those of another.",
            answer="OneClassAtATime",
        ),
        Mistake(
            "softmax_at_the_end",
            "The net returns scores of any sign and size. Softmax belongs to the loss, and argmax to the prediction.",
            answer="EndsWithSoftmax",
        ),
        Mistake(
            "relu_after_the_scores",
            "No ReLU after a score layer: a negative score is how a net says no.",
            answer="ClipsTheScores",
            also=("ClipsAtTheEnd",),
        ),
        Mistake(
            "wrong_factor",
            "fc7 has one unit for 32 x 32 pixels, so its scores must be enlarged 32 times.",
            changes=((CROP_32, CROP_32.replace("32)", "16)")),),
            also=(
                "EnlargesBy64",
                "EnlargesBy8",
            ),
        ),
        Mistake(
            "crop_at_16",
            "You cut 16 pixels off twice: the padding of upscore has done so already. Then the crop begins at 0.",
            changes=((CROP_32, CROP_32.replace("32), 0", "32), 16")),),
        ),
        Mistake(
            "returns_an_array",
            "Return the Tensor, not its array: without the Tensor nothing remembers how the scores were computed.",
            changes=((CROP_32, CROP_32 + ".data"),),
        ),
        Mistake(
            "returns_labels",
            "The net returns the scores of all classes. Which one is the largest is asked later, by whoever wants"
            " labels.",
            answer="ReturnsLabels",
        ),
        Mistake(
            "score_of_3_x_3",
            "The score layer is a convolution of 1 x 1: each unit is scored by itself.",
            answer="ScoresThreeByThree",
        ),
        Mistake(
            "fixed_numbers",
            "The numbers of channels and classes differ from net to net: take trunk.channels[2] and classes.",
            changes=(("score_layer(trunk.channels[2], classes)", "score_layer(128, classes)"),),
            also=("AlwaysTwentyOne",),
        ),
        Mistake(
            "trunk_last",
            "Parameters are listed in the order in which the attributes are set. Set self.trunk first, then"
            " self.score_fr.",
            answer="SetsTheTrunkLast",
        ),
        Mistake(
            "trunk_not_kept",
            "forward needs the trunk: keep it in self.trunk when the net is made.",
            changes=(("        self.trunk = trunk\n", ""),),
        ),
        Mistake(
            "odd_padding",
            "Half of the factor is cut off on every side, 16 pixels, which is what upscore does by default. You give"
            " it another padding.",
            changes=((CROP_32, CROP_32.replace("32)", "32, 31)")),),
            also=("PaddedBy15",),
        ),
        Mistake(
            "square",
            "You crop to a square. The result has the height and the width of the image.",
            answer="CropsToASquare",
            also=(
                "CropsToTheShorterSide",
                "CropsToTheWidth",
            ),
        ),
        Mistake(
            "arguments_of_crop",
            "crop(x, offset, size) takes a number and then a pair, (height, width): 0 and x.data.shape[2:].",
            answer="CropsWithFourNumbers",
            also=(
                "CropsWithOneNumber",
                "CropArgumentsExchanged",
            ),
        ),
    ],
    "fuse": [
        Mistake(
            "raw_skip",
            "You add the skip's features, not its scores. Only score(skip) has a number for each class.",
            changes=((FUSED, "enlarged + crop(skip, offset, enlarged.data.shape[2:])"),),
        ),
        Mistake(
            "not_enlarged",
            "The coarse scores have half the resolution of the skip. Enlarge them by 2 before you add.",
            changes=(("upscore(coarse, 2, padding)", "coarse"),),
            also=("not_enlarged_at_all",),
        ),
        Mistake(
            "padding_ignored",
            "You enlarge with a padding of 1, whatever is asked for. Pass `padding` on to upscore.",
            changes=(("upscore(coarse, 2, padding)", "upscore(coarse, 2)"),),
        ),
        Mistake(
            "padding_always_zero",
            "You enlarge without padding even if it is 1: the result has a row and a column too many on every side.",
            changes=(("upscore(coarse, 2, padding)", "upscore(coarse, 2, 0)"),),
        ),
        Mistake(
            "offset_ignored",
            "You cut the skip at row and column 0. In the paper's geometry its first rows lie outside; begin at"
            " `offset`.",
            changes=((FUSED, FUSED.replace("offset", "0")),),
        ),
        Mistake(
            "centre_crop",
            "You cut the same on both sides. The skip is to begin at `offset`, whatever is left over at the other end.",
            changes=((FUSED, FUSED.replace("offset", "(skip.data.shape[2] - enlarged.data.shape[2]) // 2")),),
        ),
        Mistake(
            "from_the_end",
            "You count the offset from the bottom right. It counts the rows and columns to leave out at the top and at"
            " the left.",
            answer="counts_from_the_end",
        ),
        Mistake(
            "cut_at_both_ends",
            "You cut `offset` off at both ends. What is left over at the end may differ: crop to the size of the"
            " enlarged scores.",
            answer="cuts_to_the_end",
        ),
        Mistake(
            "crop_to_twice_the_size",
            "You crop the skip to 2h x 2w. Without padding the enlarged scores are larger, (2h + 2) x (2w + 2): take their"
            " own size.",
            changes=((FUSED, FUSED.replace("enlarged.data.shape[2:]", "[2 * n for n in coarse.data.shape[2:]]")),),
        ),
        Mistake(
            "crop_to_the_coarse_size",
            "You crop the skip to the size that the coarse scores have before they are enlarged. Take the size"
            " afterwards.",
            changes=((FUSED, FUSED.replace("enlarged.data", "coarse.data")),),
        ),
        Mistake(
            "skip_not_cut",
            "The skip's scores can be larger than the enlarged ones. Cut them, and only them, from `offset` on, to the"
            " size of the enlarged scores.",
            changes=((FUSED, "enlarged + score(skip)"),),
            also=(
                "cuts_the_coarse_scores",
                "cuts_the_sum",
                "cuts_to_the_skip",
                "cuts_both",
            ),
        ),
        Mistake(
            "offset_and_padding_exchanged",
            "offset and padding are exchanged: the padding belongs to upscore, the offset to crop.",
            changes=(
                ("upscore(coarse, 2, padding)", "upscore(coarse, 2, offset)"),
                ("crop(score(skip), offset", "crop(score(skip), padding"),
            ),
        ),
        Mistake(
            "repeats_pixels",
            "You repeat each score. upscore interpolates between them, and lets the gradient through.",
            answer="repeats",
            also=("repeats_for_learning", "repeats_and_forgets"),
        ),
        Mistake(
            "takes_the_larger",
            "You take the larger of the two. The paper tried it and found it hard to train; FCN adds.",
            answer="takes_the_larger",
        ),
        Mistake(
            "concatenates",
            "You put the two beside each other, as U-Net does. FCN adds them: the result has one score for each class.",
            answer="concatenates",
        ),
        Mistake(
            "averages",
            "You take the mean. FCN adds the two scores as they are.",
            changes=((FUSED, f"({FUSED}) * Tensor(np.array(0.5, enlarged.data.dtype))"),),
        ),
        Mistake(
            "multiplies",
            "You multiply the two, so a skip of zeros wipes everything out. FCN adds them.",
            changes=((FUSED, FUSED.replace("enlarged + ", "enlarged * ")),),
        ),
        Mistake(
            "subtracts",
            "One of the two has the wrong sign: the skip's scores are added.",
            changes=((FUSED, "enlarged + " + FUSED[11:] + " * Tensor(np.array(-1.0, enlarged.data.dtype))"),),
        ),
        Mistake(
            "skip_left_out",
            "The skip's scores are computed and then forgotten: the result is the enlarged coarse scores alone.",
            changes=((f"return {FUSED}", f"{FUSED}\n    return enlarged"),),
            also=("skip_not_used",),
        ),
        Mistake(
            "coarse_left_out",
            "The coarse scores are missing: the result is the skip's scores alone.",
            changes=((FUSED, FUSED[11:]),),
            also=("skip_twice",),
        ),
        Mistake(
            "added_in_the_array",
            "The numbers are right, but the skip gets no gradient: its scores are added as an array. Use + on Tensors,"
            " not on their .data.",
            answer="in_the_array",
            also=("new_tensor_of_the_skip",),
        ),
        Mistake(
            "arrays_only",
            "The numbers are right, but you add arrays: no gradient gets back. Add Tensors, and take only the shape"
            " from .data.",
            answer="arrays_only",
        ),
        Mistake(
            "height_for_width",
            "Height and width are exchanged in the crop: a size is (height, width), as in shape[2:].",
            changes=((FUSED, FUSED.replace("shape[2:]", "shape[:1:-1]")),),
        ),
        Mistake(
            "enlarged_too_late",
            "You add at the coarse resolution and enlarge the sum: the skip's detail is thrown away. Enlarge first,"
            " then add.",
            answer="skip_added_before",
        ),
        Mistake(
            "skip_enlarged",
            "You enlarge the skip's scores instead of the coarse ones.",
            changes=(("upscore(coarse, 2, padding)", "upscore(score(skip), 2, padding)"), (FUSED, "enlarged + coarse")),
        ),
        Mistake(
            "score_of_the_coarse",
            "`coarse` holds scores already. The score layer belongs to the skip alone.",
            answer="coarse_scored_again",
            also=("scores_in_the_sum",),
        ),
        Mistake(
            "factor_from_the_sizes",
            "You compute the factor from the two sizes. It is always 2; in the paper's geometry the skip is larger"
            " than twice the"
            " coarse map.",
            answer="factor_from_the_sizes",
        ),
        Mistake(
            "relu_after_the_scores",
            "No ReLU after a score layer: with negative scores a skip says where a class ends.",
            answer="clips_the_skip",
            also=("clips_the_sum",),
        ),
        Mistake(
            "scored_twice",
            "The numbers are right, but you call the score layer twice. Keep what it returns.",
            answer="scores_twice",
        ),
        Mistake(
            "enlarged_4_times",
            "The coarse scores have half the resolution of the skip: enlarge them by 2, once, and the skip not at all.",
            changes=(("upscore(coarse, 2, padding)", "upscore(coarse, 4, padding)"),),
            also=("enlarges_twice", "enlarges_both"),
        ),
        Mistake(
            "factor_and_padding_exchanged",
            "upscore(x, factor, padding): the factor comes first, and it is 2.",
            changes=(("upscore(coarse, 2, padding)", "upscore(coarse, padding, 2)"),),
        ),
        Mistake(
            "array_for_a_tensor",
            "Layers, crop and + take Tensors. You pass an array, x.data, where the Tensor x is expected.",
            changes=((FUSED, FUSED + ".data"),),
            also=("scores_an_array",),
        ),
        Mistake(
            "another_offset",
            "The cut begins at row and column `offset` of the skip's scores, not before and not after it.",
            changes=((FUSED, FUSED.replace("offset", "offset + 1")),),
            also=(
                "offset_minus_one",
                "offset_negative",
                "offset_doubled",
            ),
        ),
        Mistake(
            "padding_for_offset",
            "You begin the cut at `padding`. It begins at `offset`; the padding is for the enlargement.",
            changes=((FUSED, FUSED.replace("offset", "padding")),),
            also=("both_offsets",),
        ),
        Mistake(
            "coarse_without_gradient",
            "The numbers are right, but the coarse scores get no gradient: they are made into a new Tensor.",
            changes=(("upscore(coarse, 2, padding)", "Tensor(upscore(coarse, 2, padding).data)"),),
        ),
        Mistake(
            "skip_without_gradient",
            "The numbers are right, but the skip itself gets no gradient: score a Tensor that remembers where it came"
            " from.",
            answer="scores_a_new_tensor",
        ),
        Mistake(
            "coarse_twice",
            "The enlarged scores are added twice.",
            changes=((FUSED, FUSED + " + enlarged"),),
        ),
    ],
    "FCN8s": [
        Mistake(
            "no_crop",
            "The enlarged scores are as large as the image with its zeros, a multiple of 32. Crop them to the height"
            " and width of x.",
            changes=((CROP_8, "upscore(scores, 8)"),),
        ),
        Mistake(
            "pads_too",
            "The trunk pads the image itself. If you pad x as well, its size is no longer that of the image when you"
            " crop.",
            answer="PadsTheImage",
        ),
        Mistake(
            "crop_in_the_middle",
            "You cut the same on all sides. But the zeros were added below and to the right only, so the image begins"
            " at row 0.",
            changes=((CROP_8, CROP_8.replace("0, x", f"{CENTRE}, x")),),
        ),
        Mistake(
            "height_for_width",
            "Height and width are exchanged in the crop: x.data.shape is (N, C, H, W), and a size is (height, width).",
            changes=((CROP_8, CROP_8.replace("shape[2:]", "shape[:1:-1]")),),
        ),
        Mistake(
            "times_32",
            "After two fusions the scores have a stride of 8: the last step enlarges 8 times.",
            changes=((CROP_8, CROP_8.replace("8)", "32)")),),
            also=("TimesFour",),
        ),
        Mistake(
            "times_16",
            "16 is FCN-16s's last step. After the second fusion the scores have a stride of 8: enlarge 8 times.",
            changes=((CROP_8, CROP_8.replace("8)", "16)")),),
            also=("TwiceAndEight",),
        ),
        Mistake(
            "last_padding_zero",
            "Without padding the last enlargement begins 4 pixels before the image: everything is 4 pixels too far"
            " down and right.",
            changes=((CROP_8, CROP_8.replace("8)", "8, 0)")),),
        ),
        Mistake(
            "the_papers_crop",
            "31 is the last crop of the paper's geometry, which pads the image by 100. Here the scores begin with the"
            " image, at 0.",
            changes=((CROP_8, CROP_8.replace("8), 0", "8, 0), 31")),),
            also=("EightAt31",),
        ),
        Mistake(
            "no_pool3",
            "This is FCN-16s: pool3 is missing. Fuse once more, and enlarge by 8.",
            answer="StopsAtSixteen",
            also=(
                "NoSecondFusion",
                "EnlargedInsteadOfFused",
            ),
        ),
        Mistake(
            "no_skips",
            "This is FCN-32s: neither pool4 nor pool3 is used.",
            answer="CoarseOnly",
        ),
        Mistake(
            "second_fusion_forgets_the_first",
            "The second fusion starts from fc7's scores again, so pool4's are lost. It must start from the result of"
            " the first.",
            answer="ForgetsTheFirstFusion",
            also=("FusesTheCoarseTwice",),
        ),
        Mistake(
            "another_name",
            "The score layers must be attributes of these names: self.score_fr, self.score_pool4, self.score_pool3. A"
            " Module does not look for parameters in a dict.",
            answer="LayersInADict",
        ),
        Mistake(
            "last_step_in_steps",
            "The last step is one enlargement by 8. Several short ones give nearly the same, but each cuts the corners of"
            " the one before.",
            changes=((CROP_8, CROP_8.replace("upscore(scores, 8)", "upscore(upscore(upscore(scores, 2), 2), 2)")),),
            also=("LastStepByFourAndTwo",),
        ),
        Mistake(
            "maps_do_not_fit",
            "The maps do not fit. trunk(x) is (pool3, pool4, fc7). fuse goes from stride 32 to 16 by itself: fc7's"
            " scores with pool4;"
            " then the result with pool3. Offset and padding stay as they are.",
            changes=(
                (FIRST, "scores = fuse(self.score_fr(fc7), pool3, self.score_pool3)"),
                (SECOND, "fuse(scores, pool4, self.score_pool4)"),
            ),
            also=("MapsReversed", "MapsExchanged", "EnlargesBefore", "PapersNumbers", "FirstWithPool3"),
        ),
        Mistake(
            "what_fuse_takes",
            "fuse takes scores, then an unscored map, then that map's own layer: fuse(self.score_fr(fc7), pool4,"
            " self.score_pool4); then pool3 with self.score_pool3.",
            changes=((FIRST, FIRST.replace("pool4, self", "self.score_pool4(pool4), self")),),
            also=("ScoresBefore", "NotScored"),
        ),
        Mistake(
            "read_the_message",
            "Read what the message names. fuse takes Tensors (self.score_fr(fc7), not self.score_fr), and a Tensor's"
            " shape is x.data.shape.",
            changes=((CROP_8, CROP_8.replace("x.data", "x")),),
            also=("LayerForScores",),
        ),
        Mistake(
            "order_of_the_channels",
            "trunk.channels is (pool3's, pool4's, fc7's), as the trunk's maps are. Your score layers have the channels"
            " of other maps.",
            changes=(("pool3, pool4, fc7 = trunk.channels", "fc7, pool4, pool3 = trunk.channels"),),
            also=("SameChannels", "ChannelsOfPool3"),
        ),
        Mistake(
            "order_of_the_layers",
            "The three score layers are all there, but set in another order. Set score_fr first, then score_pool4,"
            " then score_pool3:"
            " weights are copied in this order.",
            changes=(
                ("        self.score_fr = score_layer(fc7, classes)\n", ""),
                (
                    "        self.score_pool3 = score_layer(pool3, classes)",
                    (
                        "        self.score_pool3 = score_layer(pool3, classes)\n"
                        "        self.score_fr = score_layer(fc7, classes)"
                    ),
                ),
            ),
            also=("FinestFirst", "TrunkLast"),
        ),
        Mistake(
            "trunk_three_times",
            "trunk(x) runs the whole trunk each time. Call it once and unpack the three maps: another call draws"
            " another dropout.",
            answer="CallsThreeTimes",
        ),
        Mistake(
            "one_layer_for_both",
            "Each map needs a score layer of its own: self.score_fr, self.score_pool4 and self.score_pool3, made in"
            " __init__.",
            answer="OneLayerForBoth",
            also=("LayersInAList", "NoThirdLayer", "SharedLayer"),
        ),
        Mistake(
            "sums_at_the_pixels",
            "You enlarge each map to the pixels and add there. Nearly the same, but FCN-8s goes up step by step: 2, 2,"
            " then 8,"
            " adding on the way.",
            answer="SumsAtThePixels",
        ),
        Mistake(
            "four_in_one_step",
            "You enlarge fc7's scores 4 times in one step. FCN-8s goes by 2, adds pool4's scores, and then by 2 again.",
            answer="JumpsToEight",
        ),
        Mistake(
            "random_start",
            "The score layers start from random numbers. In the paper they start at 0, so that a new skip changes"
            " nothing.",
            changes=(("layer.weight.data[...] = 0", f"layer.weight.data[...] = {HALF}"),),
            also=("ConvsAsTheyAre",),
        ),
        Mistake(
            "no_gradient",
            "Tensor(y.data) is a new leaf: the numbers are right, but no gradient finds its way back. Pass Tensors on"
            " as they are.",
            changes=((CROP_8, "Tensor(" + CROP_8 + ".data)"),),
        ),
        Mistake(
            "gradient_ends_halfway",
            "The numbers are right, but the gradient ends between the two fusions: fc7 and pool4 would never learn.",
            changes=((SECOND, SECOND.replace("scores", "Tensor(scores.data)")),),
        ),
        Mistake(
            "skips_cut_off",
            "The numbers are right, but the skips' maps get no gradient: they are made into new Tensors.",
            changes=(
                (
                    "        pool3, pool4, fc7 = self.trunk(x)",
                    (
                        "        pool3, pool4, fc7 = self.trunk(x)\n        pool3, pool4 = Tensor(pool3.data),"
                        " Tensor(pool4.data)"
                    ),
                ),
            ),
            also=(
                "Pool3CutOff",
                "Pool4CutOff",
            ),
        ),
        Mistake(
            "on_the_class",
            "The parts are kept on the class, and a second net takes them away from the first. Keep them in self.",
            changes=(("self.trunk = trunk", "FCN8s.trunk = trunk"),),
            also=("LayersOnTheClass", "AllOnTheClass"),
        ),
        Mistake(
            "trunk_hidden",
            "named_parameters does not find the trunk, so it would never learn. Keep the module itself in an"
            " attribute: self.trunk.",
            answer="HidesTheTrunkOfEight",
        ),
        Mistake(
            "skips_scaled",
            "You scale the skips before they are scored. Only the authors' net that is trained at once does that; here"
            " they are used"
            " as they are.",
            changes=(
                (
                    "        pool3, pool4, fc7 = self.trunk(x)",
                    (
                        "        pool3, pool4, fc7 = self.trunk(x)\n        pool3, pool4 = pool3 *"
                        " Tensor(np.float32(1e-4)), pool4 * Tensor(np.float32(1e-2))"
                    ),
                ),
            ),
        ),
        Mistake(
            "relu_between",
            "No ReLU between the fusions: a negative score is how a net says no.",
            answer="ClipsBetween",
            also=("ClipsEverywhere",),
        ),
        Mistake(
            "softmax_at_the_end",
            "The net returns scores of any sign and size. Softmax belongs to the loss, and argmax to the prediction.",
            answer="EightWithSoftmax",
        ),
        Mistake(
            "crop_at_4",
            "You cut 4 pixels off twice: the padding of upscore has done so already. Then the crop begins at 0.",
            changes=((CROP_8, CROP_8.replace("8), 0", "8), 4")),),
        ),
        Mistake(
            "returns_an_array",
            "Return the Tensor, not its array: without the Tensor nothing remembers how the scores were computed.",
            changes=((CROP_8, CROP_8 + ".data"),),
        ),
        Mistake(
            "returns_labels",
            "The net returns the scores of all classes. Which one is the largest is asked later, by whoever wants"
            " labels.",
            answer="EightLabels",
        ),
        Mistake(
            "fixed_numbers",
            "The number of classes differs from net to net: pass `classes` on.",
            answer="EightTwentyOne",
        ),
    ],
}


# --- More ways of writing them ---------------------------------------------------------------------------------------


class ShapeOfATensor(Coarse):
    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.shape[2:])


class ReturnsTheCoarseScores(Coarse):
    def forward(self, x):
        return self.score_fr(self.trunk(x)[2])


class CropsAt19(Coarse):
    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 19, x.data.shape[2:])


class EightTimesFour(Coarse):
    def forward(self, x):
        return crop(upscore(upscore(self.score_fr(self.trunk(x)[2]), 4), 8), 0, x.data.shape[2:])


class FiveSteps(Coarse):
    def forward(self, x):
        scores = self.score_fr(self.trunk(x)[2])
        for _ in range(5):
            scores = upscore(scores, 2)
        return crop(scores, 0, x.data.shape[2:])


class ScoresWithoutGradient(Coarse):
    def forward(self, x):
        fc7 = Tensor(self.trunk(x)[2].data)
        return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])


class RandomScore(Score):
    def __init__(self, C, classes):
        super().__init__(C, classes)
        self.weight.data = he((classes, C, 1, 1), np.random.default_rng(0)).astype(np.float32)


class ConvAsItIs(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = RandomScore(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class MadeInForward(Module):
    def __init__(self, trunk, classes):
        self.trunk, self.classes = trunk, classes

    def forward(self, x):
        fc7 = self.trunk(x)[2]
        score = score_layer(fc7.data.shape[1], self.classes)
        return crop(upscore(score(fc7), 32), 0, x.data.shape[2:])


class MadeAgain(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        score = score_layer(fc7.data.shape[1], len(self.score_fr.bias.data))
        return crop(upscore(score(fc7), 32), 0, x.data.shape[2:])


class ScoreOnTheClass(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        ScoreOnTheClass.score_fr = score_layer(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class BothOnTheClass(Module):
    def __init__(self, trunk, classes):
        BothOnTheClass.trunk, BothOnTheClass.score_fr = trunk, score_layer(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class ClipsAtTheEnd(Coarse):
    def forward(self, x):
        scores = crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])
        return Tensor.apply(Positive(), scores)


def not_enlarged_at_all(coarse, skip, score, offset=0, padding=1):
    return coarse + score(skip)


def counts_from_the_end(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    H, W = skip.data.shape[2:]
    h, w = enlarged.data.shape[2:]
    window = (..., slice(H - offset - h, H - offset), slice(W - offset - w, W - offset))
    part = Crop(0, (h, w))
    part.window = window
    return enlarged + Tensor.apply(part, score(skip))


def cuts_to_the_end(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    H, W = skip.data.shape[2:]
    return enlarged + crop(score(skip), offset, (H - 2 * offset, W - 2 * offset))


def skip_not_used(coarse, skip, score, offset=0, padding=1):
    return upscore(coarse, 2, padding)


def clips_the_skip(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + Tensor.apply(Positive(), crop(score(skip), offset, enlarged.data.shape[2:]))


def clips_the_sum(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return Tensor.apply(Positive(), enlarged + crop(score(skip), offset, enlarged.data.shape[2:]))


def scores_twice(coarse, skip, score, offset=0, padding=1):
    if score(skip).data.shape[1] != coarse.data.shape[1]:
        raise ValueError("the score layer has another number of classes")
    return fuse(coarse, skip, score, offset, padding)


class EightAt31(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 31, x.data.shape[2:])


class MapsReversed(Eight):
    def forward(self, x):
        fc7, pool4, pool3 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class PapersNumbers(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4, 5, 0)
        scores = fuse(scores, pool3, self.score_pool3, 9, 0)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class NotScored(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(fc7, pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class EnlargesBefore(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(upscore(self.score_fr(fc7), 2), pool4, self.score_pool4)
        scores = fuse(upscore(scores, 2), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class ScoresBefore(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), self.score_pool4(pool4))
        scores = fuse(scores, self.score_pool3(pool3))
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class MapsExchanged(Eight):
    def forward(self, x):
        pool4, pool3, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class ComputesRight(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class SameChannels(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[2], classes)
        self.score_pool3 = score_layer(trunk.channels[2], classes)


class FinestFirst(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_pool3 = score_layer(trunk.channels[0], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_fr = score_layer(trunk.channels[2], classes)


class TrunkLast(ComputesRight):
    def __init__(self, trunk, classes):
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)
        self.trunk = trunk


class NoThirdLayer(Module):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)

    def forward(self, x):
        _, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        return crop(upscore(scores, 16), 0, x.data.shape[2:])


class ConvsAsTheyAre(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = RandomScore(trunk.channels[2], classes)
        self.score_pool4 = RandomScore(trunk.channels[1], classes)
        self.score_pool3 = RandomScore(trunk.channels[0], classes)


class LayersOnTheClass(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        LayersOnTheClass.score_fr = score_layer(trunk.channels[2], classes)
        LayersOnTheClass.score_pool4 = score_layer(trunk.channels[1], classes)
        LayersOnTheClass.score_pool3 = score_layer(trunk.channels[0], classes)


class AllOnTheClass(ComputesRight):
    def __init__(self, trunk, classes):
        cls = type(self)
        cls.trunk = trunk
        cls.score_fr = score_layer(trunk.channels[2], classes)
        cls.score_pool4 = score_layer(trunk.channels[1], classes)
        cls.score_pool3 = score_layer(trunk.channels[0], classes)


class ClipsEverywhere(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = Tensor.apply(Positive(), self.score_fr(fc7))
        scores = Tensor.apply(Positive(), fuse(scores, pool4, self.score_pool4))
        scores = Tensor.apply(Positive(), fuse(scores, pool3, self.score_pool3))
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class LayerOnAnArray(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7.data), 32), 0, x.data.shape[2:])


class EnlargesBy64(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 64), 0, x.data.shape[2:])


class EnlargesBy8(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 8), 0, x.data.shape[2:])


class ReturnsLabels(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        scores = crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])
        return Tensor(scores.data.argmax(axis=1))


class PaddedBy15(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32, 15), 0, x.data.shape[2:])


class CropsToASquare(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, (x.data.shape[2], x.data.shape[2]))


class CropsToTheWidth(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, (x.data.shape[3], x.data.shape[3]))


class CropsToTheShorterSide(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, (min(x.data.shape[2:]),) * 2)


class CropsWithFourNumbers(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape)


class CropsWithOneNumber(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[-1])


class CropArgumentsExchanged(Coarse):
    def forward(self, x):
        fc7 = self.trunk(x)[2]
        return crop(upscore(self.score_fr(fc7), 32), x.data.shape[2:], 0)


class LocalLayer(Coarse):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        score_fr = score_layer(trunk.channels[2], classes)  # noqa: F841

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class ThreeByThree(Module):
    def __init__(self, C, classes):
        self.weight = Tensor(np.zeros((classes, C, 3, 3), np.float32), requires_grad=True)
        self.bias = Tensor(np.zeros(classes, np.float32), requires_grad=True)

    def forward(self, x):
        return Tensor.apply(Conv2d(1, 1), x, self.weight, self.bias)


class ScoresThreeByThree(Coarse):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = ThreeByThree(trunk.channels[2], classes)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class AlwaysTwentyOne(Coarse):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], 21)

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


class SetsTheTrunkLast(Coarse):
    def __init__(self, trunk, classes):
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.trunk = trunk

    def forward(self, x):
        return crop(upscore(self.score_fr(self.trunk(x)[2]), 32), 0, x.data.shape[2:])


def cuts_the_sum(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return crop(enlarged + score(skip), offset, enlarged.data.shape[2:])


def cuts_to_the_skip(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), offset, skip.data.shape[2:])


def cuts_both(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return crop(enlarged, offset, enlarged.data.shape[2:]) + crop(score(skip), offset, enlarged.data.shape[2:])


def new_tensor_of_the_skip(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + Tensor(crop(score(skip), offset, enlarged.data.shape[2:]).data)


def skip_twice(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return crop(score(skip), offset, enlarged.data.shape[2:]) + crop(score(skip), offset, enlarged.data.shape[2:])


def enlarges_twice(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(upscore(coarse, 2, padding), 2, padding)
    return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])


def scores_an_array(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip.data), offset, enlarged.data.shape[2:])


def offset_minus_one(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), max(offset - 1, 0), enlarged.data.shape[2:])


def offset_negative(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), -offset, enlarged.data.shape[2:])


def offset_doubled(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), 2 * offset, enlarged.data.shape[2:])


def both_offsets(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), offset + padding, enlarged.data.shape[2:])


def enlarges_both(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + upscore(crop(score(skip), offset, enlarged.data.shape[2:]), 2)


def scores_a_new_tensor(coarse, skip, score, offset=0, padding=1):
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(Tensor(skip.data)), offset, enlarged.data.shape[2:])


class LayerForScores(Eight):
    def forward(self, x):
        pool3, pool4, _ = self.trunk(x)
        scores = fuse(self.score_fr, pool4, self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class TimesFour(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(scores, 4), 0, x.data.shape[2:])


class TwiceAndEight(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(upscore(scores, 2), 8), 0, x.data.shape[2:])


class NoSecondFusion(Eight):
    def forward(self, x):
        _, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class EnlargedInsteadOfFused(Eight):
    def forward(self, x):
        _, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        return crop(upscore(upscore(scores, 2), 8), 0, x.data.shape[2:])


class FirstWithPool3(Eight):
    def forward(self, x):
        pool3, _, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool3, self.score_pool3)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class Pool3CutOff(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        scores = fuse(scores, Tensor(pool3.data), self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class Pool4CutOff(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), Tensor(pool4.data), self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])


class EightLabels(Eight):
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return Tensor(crop(upscore(scores, 8), 0, x.data.shape[2:]).data.argmax(axis=1))


class ChannelsOfPool3(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[0], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)


class SharedLayer(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = self.score_pool3 = score_layer(trunk.channels[1], classes)


class EightTwentyOne(ComputesRight):
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], 21)
        self.score_pool4 = score_layer(trunk.channels[1], 21)
        self.score_pool3 = score_layer(trunk.channels[0], 21)
