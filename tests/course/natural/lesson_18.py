"""Lesson 18 as students might answer it: ANSWERS, all of them wrong, and RIGHT, in unusual styles.

They were written from the student's notebook alone, before anybody looked at the planted mistakes.
"""

from textwrap import dedent, indent

from . import Natural

INIT = {
    "FCN32s": """
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)

""",
    "FCN8s": """
    def __init__(self, trunk, classes):
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)
        self.score_pool3 = score_layer(trunk.channels[0], classes)

""",
}
FORWARD = {
    "FCN32s": """
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        scores = upscore(self.score_fr(fc7), 32)
        return crop(scores, 0, x.data.shape[2:])
""",
    "FCN8s": """
    def forward(self, x):
        pool3, pool4, fc7 = self.trunk(x)
        at_16 = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        at_8 = fuse(at_16, pool3, self.score_pool3)
        return crop(upscore(at_8, 8), 0, x.data.shape[2:])
""",
}


def net(exercise, about, init="", forward="", hint=""):
    """An answer whose class has the right __init__ or the right forward, unless another is given."""
    init = indent(dedent(init), "    ") if init else INIT[exercise]
    forward = indent(dedent(forward), "    ") if forward else FORWARD[exercise]
    return Natural(f"18.{exercise}", about, f"\nclass {exercise}(Module):{init}{forward}", hint)


def net32(about, init="", forward="", hint=""):
    return net("FCN32s", about, init, forward, hint)


def net8(about, init="", forward="", hint=""):
    return net("FCN8s", about, init, forward, hint)


def fuses(about, source, hint=""):
    """An answer to 18.fuse, of which only the body is given."""
    head = "\ndef fuse(coarse, skip, score, offset=0, padding=1):"
    return Natural("18.fuse", about, head + indent(dedent(source), "    "), hint)


ANSWERS = [
    # FCN32s -----------------------------------------------------------------------------------------------------------
    net32("no crop: scores of the padded image", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            return upscore(self.score_fr(fc7), 32)
    """, hint="no_crop"),
    net32("crops in the middle", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            big = upscore(self.score_fr(fc7), 32)
            h, w = x.data.shape[2:]
            offset = (big.data.shape[2] - h) // 2
            return crop(big, offset, (h, w))
    """, hint="crop_in_the_middle"),
    net32("crops at 19, as the paper's net does", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = upscore(self.score_fr(fc7), 32, padding=0)
            return crop(scores, 19, x.data.shape[2:])
    """, hint="the_papers_crop"),
    net32("enlarges without padding, so everything lies 16 pixels too far down", forward="""
        def forward(self, x):
            fc7 = self.trunk(x)[-1]
            return crop(upscore(self.score_fr(fc7), 32, 0), 0, x.data.shape[2:])
    """, hint="padding_zero"),
    net32("five enlargements by 2 in place of one by 32", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            scores = self.score_fr(fc7)
            for _ in range(5):
                scores = upscore(scores, 2)
            return crop(scores, 0, x.data.shape[2:])
    """, hint="two_steps"),
    net32("enlarges the features, then scores them: another border, and a bias that does not fade", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            return crop(self.score_fr(upscore(fc7, 32)), 0, x.data.shape[2:])
    """, hint="scores_last"),
    net32("takes the maps in the other order, fc7 first", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score_fr = score_layer(trunk.channels[0], classes)
    """, forward="""
        def forward(self, x):
            fc7, pool4, pool3 = self.trunk(x)
            return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])
    """, hint="pool3_for_fc7"),
    net32("the factor from the sizes, which is right only for multiples of 32", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            H, W = x.data.shape[2:]
            factor = H // fc7.data.shape[2]
            return crop(upscore(self.score_fr(fc7), factor), 0, (H, W))
    """, hint="factor_from_the_sizes"),
    net32("a score layer that starts at random numbers", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score_fr = Conv(trunk.channels[2], classes, 1, np.random.default_rng(0))
    """, hint="random_start"),
    net32("a new score layer in every forward", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.classes = classes
    """, forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            score_fr = score_layer(self.trunk.channels[2], self.classes)
            return crop(upscore(score_fr(fc7), 32), 0, x.data.shape[2:])
    """, hint="another_name"),
    net32("the score layer has another name", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score = score_layer(trunk.channels[2], classes)
    """, forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            return crop(upscore(self.score(fc7), 32), 0, x.data.shape[2:])
    """, hint="another_name"),
    net32("sets the score layer before the trunk", init="""
        def __init__(self, trunk, classes):
            self.score_fr = score_layer(trunk.channels[2], classes)
            self.trunk = trunk
    """, hint="trunk_last"),
    net32("keeps its parts on the class", init="""
        def __init__(self, trunk, classes):
            FCN32s.trunk = trunk
            FCN32s.score_fr = score_layer(trunk.channels[2], classes)
    """, hint="on_the_class"),
    net32("cuts with NumPy and makes a new Tensor: no gradient comes back", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            H, W = x.data.shape[2:]
            scores = upscore(self.score_fr(fc7), 32)
            return Tensor(scores.data[:, :, :H, :W])
    """, hint="no_gradient"),
    net32("runs the trunk once for each map", forward="""
        def forward(self, x):
            pool3 = self.trunk(x)[0]
            pool4 = self.trunk(x)[1]
            fc7 = self.trunk(x)[2]
            return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])
    """, hint="trunk_twice"),
    net32("hands over the whole shape as the size", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape)
    """, hint="arguments_of_crop"),
    net32("asks the Tensor for its shape", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            return crop(upscore(self.score_fr(fc7), 32), 0, x.shape[2:])
    """, hint="read_the_message"),
    net32("a ReLU behind the scores", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            scores = Tensor.apply(ReLU(), self.score_fr(fc7))
            return crop(upscore(scores, 32), 0, x.data.shape[2:])
    """, hint="relu_after_the_scores"),
    net32("channels and classes exchanged", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score_fr = score_layer(classes, trunk.channels[-1])
    """, hint="channels_exchanged"),
    net32("height and width exchanged", forward="""
        def forward(self, x):
            _, _, fc7 = self.trunk(x)
            N, C, W, H = x.data.shape
            return crop(upscore(self.score_fr(fc7), 32), 0, (H, W))
    """, hint="height_for_width"),
    # fuse -------------------------------------------------------------------------------------------------------------
    fuses("adds the skip itself, without its scores", """
        enlarged = upscore(coarse, 2, padding)
        return enlarged + crop(skip, offset, enlarged.data.shape[2:])
    """, hint="raw_skip"),
    fuses("does not enlarge the coarse scores", """
        scores = score(skip)
        scores = crop(scores, offset, coarse.data.shape[2:])
        return coarse + scores
    """, hint="not_enlarged"),
    fuses("adds first and enlarges the sum", """
        size = coarse.data.shape[2:]
        return upscore(coarse + crop(score(skip), offset, size), 2, padding)
    """, hint="enlarged_too_late"),
    fuses("crops the enlarged scores instead of the skip's", """
        skip_scores = score(skip)
        enlarged = upscore(coarse, 2, padding)
        return skip_scores + crop(enlarged, offset, skip_scores.data.shape[2:])
    """, hint="skip_not_cut"),
    fuses("ignores the offset", """
        enlarged = upscore(coarse, 2, padding)
        return enlarged + crop(score(skip), 0, enlarged.data.shape[2:])
    """, hint="offset_ignored"),
    fuses("ignores the padding", """
        up = upscore(coarse, 2)
        return up + crop(score(skip), offset, up.data.shape[2:])
    """, hint="padding_ignored"),
    fuses("a padding of 0 is taken for none given", """
        up = upscore(coarse, 2, padding or None)
        return up + crop(score(skip), offset, up.data.shape[2:])
    """, hint="padding_ignored"),
    fuses("the size is 2h x 2w whatever the padding is", """
        h, w = coarse.data.shape[2:]
        return upscore(coarse, 2, padding) + crop(score(skip), offset, (2 * h, 2 * w))
    """, hint="crop_to_twice_the_size"),
    fuses("crops in the middle", """
        up, fine = upscore(coarse, 2, padding), score(skip)
        size = up.data.shape[2:]
        middle = (fine.data.shape[2] - size[0]) // 2
        return up + crop(fine, middle, size)
    """, hint="centre_crop"),
    fuses("offset and padding exchanged", """
        enlarged = upscore(coarse, 2, offset)
        return enlarged + crop(score(skip), padding, enlarged.data.shape[2:])
    """, hint="offset_and_padding_exchanged"),
    fuses("the size is the whole rest of the skip", """
        H, W = skip.data.shape[2:]
        return upscore(coarse, 2, padding) + crop(score(skip), offset, (H - offset, W - offset))
    """, hint="skip_not_cut"),
    fuses("crops the same offset off both sides", """
        fine = score(skip)
        H, W = fine.data.shape[2:]
        return upscore(coarse, 2, padding) + crop(fine, offset, (H - 2 * offset, W - 2 * offset))
    """, hint="cut_at_both_ends"),
    fuses("concatenates, as U-Net does", """
        enlarged = upscore(coarse, 2, padding)
        cut = crop(score(skip), offset, enlarged.data.shape[2:])
        return Tensor(np.concatenate([enlarged.data, cut.data], axis=1))
    """, hint="concatenates"),
    fuses("the larger of the two instead of the sum", """
        enlarged = upscore(coarse, 2, padding)
        cut = crop(score(skip), offset, enlarged.data.shape[2:])
        return Tensor(np.maximum(enlarged.data, cut.data))
    """, hint="takes_the_larger"),
    fuses("adds arrays: no gradient comes back", """
        enlarged = upscore(coarse, 2, padding).data
        h, w = enlarged.shape[2:]
        cut = score(skip).data[:, :, offset:offset + h, offset:offset + w]
        return Tensor(enlarged + cut)
    """, hint="arrays_only"),
    fuses("each pixel four times instead of the bilinear kernel", """
        big = np.repeat(np.repeat(coarse.data, 2, axis=2), 2, axis=3)
        enlarged = Tensor(big, requires_grad=coarse.requires_grad)
        return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])
    """, hint="repeats_pixels"),
    fuses("scores the coarse scores once more", """
        enlarged = upscore(score(coarse), 2, padding)
        return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])
    """, hint="score_of_the_coarse"),
    fuses("the mean of the two", """
        enlarged = upscore(coarse, 2, padding)
        total = enlarged + crop(score(skip), offset, enlarged.data.shape[2:])
        return total * Tensor(0.5)
    """, hint="averages"),
    fuses("no return", """
        enlarged = upscore(coarse, 2, padding)
        result = enlarged + crop(score(skip), offset, enlarged.data.shape[2:])
    """, hint="pattern"),
    fuses("the gradient stops at the skip's scores", """
        enlarged = upscore(coarse, 2, padding)
        h, w = enlarged.data.shape[2:]
        fine = Tensor(score(skip).data[:, :, offset:offset + h, offset:offset + w])
        return enlarged + fine
    """, hint="added_in_the_array"),
    # FCN8s ------------------------------------------------------------------------------------------------------------
    net8("pool3 first, then pool4", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool3, self.score_pool3)
            scores = fuse(scores, pool4, self.score_pool4)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="maps_do_not_fit"),
    net8("the second skip starts at the coarse scores again", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            coarse = self.score_fr(fc7)
            at_16 = fuse(coarse, pool4, self.score_pool4)
            at_8 = fuse(coarse, pool3, self.score_pool3)
            return crop(upscore(at_8, 8), 0, x.data.shape[2:])
    """, hint="second_fusion_forgets_the_first"),
    net8("pool4's score layer for both skips", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = fuse(scores, pool3, self.score_pool4)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="what_fuse_takes one_layer_for_both"),
    net8("the channels in the other order", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score_fr = score_layer(trunk.channels[0], classes)
            self.score_pool4 = score_layer(trunk.channels[1], classes)
            self.score_pool3 = score_layer(trunk.channels[2], classes)
    """, hint="order_of_the_channels"),
    net8("the maps in the other order", forward="""
        def forward(self, x):
            fc7, pool4, pool3 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = fuse(scores, pool3, self.score_pool3)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="maps_do_not_fit"),
    net8("enlarges the last scores by 32", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = fuse(scores, pool3, self.score_pool3)
            return crop(upscore(scores, 32), 0, x.data.shape[2:])
    """, hint="times_32"),
    net8("no crop", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = fuse(scores, pool3, self.score_pool3)
            return upscore(scores, 8)
    """, hint="no_crop"),
    net8("stops at pool4, as FCN-16s", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            return crop(upscore(scores, 16), 0, x.data.shape[2:])
    """, hint="no_pool3"),
    net8("scores the skips and lets fuse score them again", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            s4, s3 = self.score_pool4(pool4), self.score_pool3(pool3)
            scores = fuse(self.score_fr(fc7), s4, self.score_pool4)
            scores = fuse(scores, s3, self.score_pool3)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="what_fuse_takes"),
    net8("each map straight to the image's size, then the sum", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            s32 = upscore(self.score_fr(fc7), 32)
            s16 = upscore(self.score_pool4(pool4), 16)
            s8 = upscore(self.score_pool3(pool3), 8)
            return crop(s32 + s16 + s8, 0, x.data.shape[2:])
    """, hint="sums_at_the_pixels"),
    net8("the paper's offsets in this geometry", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4, offset=5, padding=0)
            scores = fuse(scores, pool3, self.score_pool3, offset=9, padding=0)
            return crop(upscore(scores, 8, 0), 31, x.data.shape[2:])
    """, hint="maps_do_not_fit"),
    net8("the last crop is the paper's 31", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)
            return crop(upscore(scores, 8), 31, x.data.shape[2:])
    """, hint="the_papers_crop"),
    net8("score layers in another order", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            self.score_pool3 = score_layer(trunk.channels[0], classes)
            self.score_pool4 = score_layer(trunk.channels[1], classes)
            self.score_fr = score_layer(trunk.channels[2], classes)
    """, hint="order_of_the_layers"),
    net8("the score layers in a dict, where Module does not find them", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            names = "pool3", "pool4", "fr"
            self.score = {name: score_layer(C, classes) for name, C in zip(names, trunk.channels)}
    """, forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score["fr"](fc7), pool4, self.score["pool4"])
            scores = fuse(scores, pool3, self.score["pool3"])
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="another_name"),
    net8("a ReLU between the two skips", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = Tensor.apply(ReLU(), scores)
            scores = fuse(scores, pool3, self.score_pool3)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="relu_between"),
    net8("three enlargements by 2 in place of the last one by 8", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
            scores = fuse(scores, pool3, self.score_pool3)
            scores = upscore(upscore(upscore(scores, 2), 2), 2)
            return crop(scores, 0, x.data.shape[2:])
    """, hint="last_step_in_steps"),
    net8("score layers that start at random numbers", init="""
        def __init__(self, trunk, classes):
            rng = np.random.default_rng(0)
            self.trunk = trunk
            self.score_fr = Conv(trunk.channels[2], classes, 1, rng)
            self.score_pool4 = Conv(trunk.channels[1], classes, 1, rng)
            self.score_pool3 = Conv(trunk.channels[0], classes, 1, rng)
    """, hint="random_start"),
    net8("the skips are only read: no gradient into pool4 and pool3", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(self.score_fr(fc7), Tensor(pool4.data), self.score_pool4)
            scores = fuse(scores, Tensor(pool3.data), self.score_pool3)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="skips_cut_off"),
    net8("enlarged twice: before fuse, and in it", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            scores = fuse(upscore(self.score_fr(fc7), 2), pool4, self.score_pool4)
            scores = fuse(upscore(scores, 2), pool3, self.score_pool3)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """, hint="maps_do_not_fit"),
    net8("the parts are kept on the class", init="""
        def __init__(self, trunk, classes):
            cls = type(self)
            cls.trunk = trunk
            cls.score_fr = score_layer(trunk.channels[2], classes)
            cls.score_pool4 = score_layer(trunk.channels[1], classes)
            cls.score_pool3 = score_layer(trunk.channels[0], classes)
    """, hint="on_the_class"),
]

RIGHT = [
    net32("enlarges without padding and cuts the 16 off itself", forward="""
        def forward(self, x):
            fc7 = self.trunk(x)[-1]
            return crop(upscore(self.score_fr(fc7), 32, 0), 16, x.data.shape[2:])
    """),
    net32("calls Module's __init__, unpacks the shape, keeps more than it needs", init="""
        def __init__(self, trunk, classes):
            super().__init__()
            self.classes, self.factor = classes, 32
            self.trunk = trunk
            *_, C = trunk.channels
            self.score_fr = score_layer(C, classes)
    """, forward="""
        def forward(self, x):
            *_, fc7 = self.trunk.forward(x)
            N, C, H, W = x.data.shape
            scores = self.score_fr.forward(fc7)
            scores = upscore(scores, factor=self.factor)
            return crop(scores, offset=0, size=(H, W))
    """),
    net32("a Conv of its own, set to 0", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            layer = Conv(trunk.channels[2], classes, 1, np.random.default_rng(7))
            layer.weight.data = np.zeros_like(layer.weight.data)
            self.score_fr = layer
    """),
    fuses("cuts the skip before it is scored, which is the same for a 1 x 1 convolution", """
        h, w = coarse.data.shape[2:]
        size = 2 * h + 2 - 2 * padding, 2 * w + 2 - 2 * padding
        return score(crop(skip, offset, size)) + upscore(coarse, 2, padding)
    """),
    fuses("enlarges without padding and cuts, applies the operations itself", """
        big = Tensor.apply(Upscore(2, 0), coarse)
        height, width = (n - 2 * padding for n in big.data.shape[2:])
        big = Tensor.apply(Crop(padding, (height, width)), big)
        fine = Tensor.apply(Crop(offset, (height, width)), score(skip))
        return fine + big
    """),
    fuses("early return where nothing is to be cut", """
        scores, enlarged = score(skip), upscore(coarse, 2, padding)
        if scores.data.shape == enlarged.data.shape and offset == 0:
            return enlarged + scores
        return enlarged + crop(scores, offset, enlarged.data.shape[-2:])
    """),
    net8("without fuse", forward="""
        def forward(self, x):
            pool3, pool4, fc7 = self.trunk(x)
            s = upscore(self.score_fr(fc7), 2) + self.score_pool4(pool4)
            s = upscore(s, 2) + self.score_pool3(pool3)
            return crop(upscore(s, 8), 0, x.data.shape[2:])
    """),
    net8("a loop over the skips", init="""
        def __init__(self, trunk, classes):
            self.trunk = trunk
            for name, C in zip(("score_fr", "score_pool4", "score_pool3"), trunk.channels[::-1]):
                setattr(self, name, score_layer(C, classes))
    """, forward="""
        def forward(self, x):
            maps = list(self.trunk(x))
            scores = self.score_fr(maps.pop())
            for score in self.score_pool4, self.score_pool3:
                scores = fuse(scores, maps.pop(), score)
            return crop(upscore(scores, 8), 0, x.data.shape[2:])
    """),
    net8("the skips scored before, and fuse with nothing left to score", forward="""
        def forward(self, x):
            same = lambda scores: scores
            pool3, pool4, fc7 = self.trunk(x)
            s4, s3 = self.score_pool4(pool4), self.score_pool3(pool3)
            at_8 = fuse(fuse(self.score_fr(fc7), s4, same), s3, same)
            return crop(upscore(at_8, 8, 4), 0, tuple(x.data.shape[-2:]))
    """),
    Natural("18.FCN8s", "FCN-32s with two more layers, and a method for the scores of stride 8", f"""
class FCN32s(Module):{INIT["FCN32s"]}{FORWARD["FCN32s"]}

class FCN8s(FCN32s):
    def __init__(self, trunk, classes):
        super().__init__(trunk, classes)
        self.score_pool4, self.score_pool3 = (score_layer(C, classes) for C in trunk.channels[1::-1])

    def at_8(self, pool3, pool4, fc7):
        return fuse(fuse(self.score_fr(fc7), pool4, self.score_pool4), pool3, self.score_pool3)

    def forward(self, x):
        return crop(upscore(self.at_8(*self.trunk(x)), 8), 0, x.data.shape[2:])
"""),
]
