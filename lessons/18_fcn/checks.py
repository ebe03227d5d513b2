"""What right answers to lesson 18 do. The nets run over maps that are given, so that every number can be recomputed.

The right answers come from plain stamping and from sums over channels; the gradients from collecting what was stamped,
and in a few places from finite differences. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

PARTS = (
    "03.Tensor", "04.Module", "04.ReLU", "07.conv_forward", "12.conv_transpose2d", "13.bilinear_kernel", "15.Conv2d",
    "15.he"
)  # fmt: skip
STRIDES = {"score_fr": 32, "score_pool4": 16, "score_pool3": 8}
MAPS = "pool3", "pool4", "fc7"
Tensor = Module = Conv2d = None  # where the probes run, these names are the course's classes

# --- The simple twins ------------------------------------------------------------------------------------------------


def triangle(factor):
    return 1 - abs(np.arange(2 * factor) - factor + 0.5) / factor


def stamp(x, factor, cut):
    """Every pixel of x (N, C, H, W) stamps a pyramid, times its value; then `cut` pixels are cut off on every side."""
    N, C, H, W = x.shape
    pyramid = np.outer(triangle(factor), triangle(factor)).astype(x.dtype)
    canvas = np.zeros((N, C, factor * (H + 1), factor * (W + 1)), x.dtype)
    for i, j in np.ndindex(H, W):
        top, left = i * factor, j * factor
        canvas[:, :, top : top + 2 * factor, left : left + 2 * factor] += x[:, :, i, j, None, None] * pyramid
    return canvas[:, :, cut : factor * (H + 1) - cut, cut : factor * (W + 1) - cut]


def collect(grad, factor, cut):
    """The transpose of `stamp`: every pixel collects what its pyramid has stamped."""
    padded = np.pad(grad, ((0, 0), (0, 0), (cut, cut), (cut, cut)))
    H, W = (n // factor - 1 for n in padded.shape[2:])
    x = np.zeros((*grad.shape[:2], H, W), grad.dtype)
    for i, j in np.ndindex(H, W):
        window = padded[:, :, i * factor : (i + 2) * factor, j * factor : (j + 2) * factor]
        x[:, :, i, j] = np.einsum("nchw,h,w->nc", window, triangle(factor), triangle(factor))
    return x


def score(x, weight, bias):
    """Each class's score is a sum over the channels, with its own weights, plus its bias."""
    return np.einsum("kc,nchw->nkhw", weight[:, :, 0, 0], x) + bias[:, None, None]


def score_backward(grad, x, weight):
    """The gradients of `score` by x, weight and bias."""
    grad_weight = np.einsum("nkhw,nchw->kc", grad, x)[:, :, None, None]
    return np.einsum("kc,nkhw->nchw", weight[:, :, 0, 0], grad), grad_weight, grad.sum(axis=(0, 2, 3))


def scores_by_stamping(maps, layers, size):
    """The net's scores: `layers` has the (weight, bias) of fc7's score layer, and for FCN-8s of pool4's and pool3's."""
    pool3, pool4, fc7 = maps
    scores, stride = score(fc7, *layers[0]), 32
    for skip, layer in zip((pool4, pool3), layers[1:]):
        scores, stride = stamp(scores, 2, 1) + score(skip, *layer), stride // 2
    return stamp(scores, stride, stride // 2)[:, :, : size[0], : size[1]]


def gradients_by_collecting(maps, layers, size, grad):
    """{what a student would type: the gradient by that map, weight or bias, or None}."""
    pool3, pool4, fc7 = maps
    stride = 32 >> len(layers) - 1
    whole = np.zeros((*grad.shape[:2], *(32 * -(-n // 32) for n in size)), grad.dtype)
    whole[:, :, : size[0], : size[1]] = grad
    grad, by_map, by_layer = collect(whole, stride, stride // 2), [], []
    for skip, layer in reversed(list(zip((fc7, pool4, pool3), layers))):
        grad_skip, *grad_layer = score_backward(grad, skip, layer[0])
        by_map, by_layer = [*by_map, grad_skip], [grad_layer, *by_layer]
        if skip is not fc7:
            grad = collect(grad, 2, 1)
    found = {f"{name}.grad": g for name, g in zip(MAPS, [None] * (3 - len(by_map)) + by_map)}
    for name, (weight, bias) in zip(STRIDES, by_layer):
        found |= {f"net.{name}.weight.grad": weight, f"net.{name}.bias.grad": bias}
    return found


# --- Probes: the trunk returns the maps that it is given -------------------------------------------------------------


def forward(Net, maps, layers, size):
    class Trunk(Module):
        channels = tuple(m.shape[1] for m in maps)

        def forward(self, x):
            return tuple(Tensor(m) for m in maps)

    net = Net(Trunk(), len(layers[0][1]))
    for name, (weight, bias) in zip(("score_fr", "score_pool4", "score_pool3"), layers):
        layer = getattr(net, name)
        layer.weight.data, layer.bias.data = weight, bias
    x = np.zeros((len(maps[0]), 3, *size), maps[0].dtype)
    return net(Tensor(x)).data


def backward(Net, maps, layers, size, grad):
    leaves = [Tensor(m, requires_grad=True) for m in maps]

    class Trunk(Module):
        channels = tuple(m.shape[1] for m in maps)

        def forward(self, x):
            return tuple(leaves)

    net = Net(Trunk(), len(layers[0][1]))
    scored = [getattr(net, name) for name, _ in zip(("score_fr", "score_pool4", "score_pool3"), layers)]
    for layer, (weight, bias) in zip(scored, layers):
        layer.weight.data, layer.bias.data = weight, bias
    net(Tensor(np.zeros((len(grad), 3, *size)))).backward(grad)
    found = {f"{name}.grad": leaf.grad for name, leaf in zip(("pool3", "pool4", "fc7"), leaves)}
    for name, layer in zip(("score_fr", "score_pool4", "score_pool3"), scored):
        found[f"net.{name}.weight.grad"], found[f"net.{name}.bias.grad"] = layer.weight.grad, layer.bias.grad
    return found


def parameters(Net, channels, classes):
    class Trunk(Module):
        pass

    trunk = Trunk()
    trunk.channels, trunk.w = channels, Tensor(np.zeros(5), requires_grad=True)
    return [(name, p.data.shape) for name, p in Net(trunk, classes).named_parameters()]


def start(Net, channels, classes):
    class Trunk(Module):
        pass

    trunk = Trunk()
    trunk.channels = channels
    return {f"net.{name}.data.any()": bool(p.data.any()) for name, p in Net(trunk, classes).named_parameters()}


def calls_of_the_trunk(Net, maps, size):
    seen = []

    class Trunk(Module):
        channels = tuple(m.shape[1] for m in maps)

        def forward(self, x):
            seen.append(x.data.shape)
            return tuple(Tensor(m) for m in maps)

    net = Net(Trunk(), 2)
    before = len(seen)
    net(Tensor(np.zeros((len(maps[0]), 3, *size))))
    return before, seen


def first_of_two(Net, maps, layers, size):
    class Trunk(Module):
        channels = tuple(m.shape[1] for m in maps)

        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return tuple(Tensor(self.factor * m) for m in maps)

    first, _ = Net(Trunk(1.0), len(layers[0][1])), Net(Trunk(2.0), len(layers[0][1]))
    for name, (weight, bias) in zip(("score_fr", "score_pool4", "score_pool3"), layers):
        layer = getattr(first, name)
        layer.weight.data, layer.bias.data = weight, bias
    return first(Tensor(np.zeros((len(maps[0]), 3, *size)))).data


def fused(fuse, coarse, skip, weight, bias, offset=0, padding=1, grad=None):
    leaves = [Tensor(a, requires_grad=True) for a in (coarse, skip, weight, bias)]
    calls = []

    def score(x):
        calls.append(1)
        return Tensor.apply(Conv2d(), x, *leaves[2:])

    y = fuse(leaves[0], leaves[1], score, offset, padding)
    if grad is None:
        return y.data
    y.backward(grad)
    names = "coarse", "skip", "score.weight", "score.bias"
    return {f"{name}.grad": leaf.grad for name, leaf in zip(names, leaves)}


def fused_as_usual(fuse, coarse, skip, weight, bias):
    layer = type("Score", (Module,), {})()
    layer.forward = lambda x: Tensor.apply(Conv2d(), x, Tensor(weight), Tensor(bias))
    return fuse(Tensor(coarse), Tensor(skip), layer).data


def calls_of_the_score(fuse, coarse, skip):
    seen = []

    def score(x):
        seen.append(x.data.shape[1])
        return Tensor(np.zeros((len(coarse), coarse.shape[1], *x.data.shape[2:])))

    y = fuse(Tensor(coarse), Tensor(skip), score)
    return seen, y.data


# --- What a student could type to see the same; GivenMaps is the lesson's -------------------------------------------


def as_typed(dtype):
    return ".astype(np.float32)" if dtype == np.float32 else ""


def lines_of_maps(maps, more=""):
    shapes = ", ".join(str(m.shape) for m in maps)
    return f"pool3, pool4, fc7 = (Tensor(rng.normal(size=s){as_typed(maps[0].dtype)}{more}) for s in [{shapes}])"


def lines_of_net(layers, which="net"):
    """A net over the maps, and random numbers for its score layers that are not zero."""
    net, names = "FCN32s" if len(layers) == 1 else "FCN8s", list(zip(STRIDES, layers))
    lines = [f"{which} = {net}(GivenMaps(pool3, pool4, fc7), classes={len(layers[0][1])})"]
    scoring = [name for name, (weight, _) in names if weight.any()]
    part = which if len(scoring) == len(layers) else f"{which}.{scoring[0]}"
    dtype = as_typed(layers[0][0].dtype)
    return [*lines, f"for p in {part}.parameters(): p.data = rng.normal(size=p.data.shape){dtype}"]


def lines_of_image(N, size, dtype=np.float64):
    return f"x = Tensor(np.zeros(({N}, 3, {size[0]}, {size[1]}){', np.float32' if dtype == np.float32 else ''}))"


def lines_of_scores(maps, layers, size):
    lines = [lines_of_maps(maps), *lines_of_net(layers), lines_of_image(len(maps[0]), size, maps[0].dtype)]
    return "\n".join([*lines, "net(x).data"])


def lines_of_slopes(maps, layers, size):
    lines = [lines_of_maps(maps, ", requires_grad=True"), *lines_of_net(layers), lines_of_image(len(maps[0]), size)]
    return "\n".join([*lines, "net(x).backward(rng.normal(size=net(x).data.shape))"])


def lines_of_parameters(rungs, channels, classes, last):
    trunk = f"trunk = GivenMaps(*(Tensor(np.zeros((1, C, 1, 1))) for C in {channels}))"
    more = "trunk.w = Tensor(np.zeros(5), requires_grad=True)"
    return "\n".join([trunk, more, f"net = {'FCN32s' if rungs == 1 else 'FCN8s'}(trunk, {classes})", last])


def lines_of_fuse(coarse, skip, weight, bias, *settings, last="{}.data"):
    """`last` is the last line, with {} where fuse is called."""
    array = f"rng.normal(size=s){as_typed(coarse.dtype)}"
    call = "fuse(coarse, skip, score" + (", offset={}, padding={})".format(*settings) if settings else ")")
    return "\n".join([
        f"coarse, skip = (Tensor({array}, requires_grad=True) for s in [{coarse.shape}, {skip.shape}])",
        f"score = score_layer({skip.shape[1]}, {coarse.shape[1]})",
        f"for p in score.parameters(): p.data = rng.normal(size=p.data.shape){as_typed(coarse.dtype)}",
        last.format(call),
    ])  # fmt: skip


# --- The nets --------------------------------------------------------------------------------------------------------


def random_maps(rng, size, N=1, channels=(2, 3, 4), dtype=np.float64):
    units = [-(-n // 32) for n in size]
    strides = zip(channels, (4, 2, 1))
    return [signed(rng, N, C, *(more * n for n in units)).astype(dtype) for C, more in strides]


def random_layers(rng, nets, classes=2, channels=(2, 3, 4), dtype=np.float64):
    """The score layers of a net with `nets` of them, fc7's first."""
    return [
        (signed(rng, classes, C, 1, 1).astype(dtype), signed(rng, classes).astype(dtype)) for C in channels[::-1][:nets]
    ]


def net_case(rng, rungs, size, N=1, classes=2, channels=(2, 3, 4), dtype=np.float64, note=""):
    maps = random_maps(rng, size, N, channels, dtype)
    layers = random_layers(rng, rungs, classes, channels, dtype)
    typed = lines_of_scores(maps, layers, size)
    return Case((maps, layers, size), scores_by_stamping(maps, layers, size).astype(dtype), note=note, typed=typed)


def one_unit(rng):
    maps = [np.zeros((1, 1, 4, 4)), np.zeros((1, 1, 2, 2)), np.full((1, 1, 1, 1), 3.0)]
    layer = np.full((1, 1, 1, 1), 2.0), np.array([1.0])
    height = 1 - abs(np.arange(32) - 15.5) / 32
    note = "fc7 is [[3]], the weight 2, the bias 1: a pyramid of height 7"
    typed = (
        "pool3, pool4 = Tensor(np.zeros((1, 1, 4, 4))), Tensor(np.zeros((1, 1, 2, 2)))\n"
        "fc7 = Tensor(np.array([[[[3.0]]]]))\n"
        "net = FCN32s(GivenMaps(pool3, pool4, fc7), classes=1)\n"
        "net.score_fr.weight.data[...], net.score_fr.bias.data[...] = 2, 1\n"
        "net(Tensor(np.zeros((1, 3, 32, 32)))).data"
    )
    yield Case((maps, [layer], (32, 32)), 7 * np.outer(height, height)[None, None], note=note, typed=typed)


def whole_units(rungs, sizes):
    def cases(rng):
        for size in sizes:
            yield net_case(rng, rungs, size, note=f"{size[0]} x {size[1]} pixels")

    return cases


def odd_nets(rungs, size):
    def cases(rng):
        several = {"N": 2, "classes": 3, "channels": (4, 2, 5)}
        yield net_case(rng, rungs, size, **several, dtype=np.float32, note="2 images, 3 classes, float32 stays float32")
        yield net_case(rng, rungs, size, N=0, classes=1, channels=(1, 1, 1), note="no image at all, one class")

    return cases


def net_gradients(rungs, size, N=2):
    def cases(rng):
        maps, layers = random_maps(rng, size, N), random_layers(rng, rungs)
        grad = signed(rng, N, 2, *size)
        expected = gradients_by_collecting(maps, layers, size, grad)
        note, typed = f"{size[0]} x {size[1]} pixels", lines_of_slopes(maps, layers, size)
        yield Case((maps, layers, size, grad), expected, note=note, typed=typed)

    return cases


def names(rungs):
    def cases(rng):
        for channels, classes in ((2, 3, 4), 2), ((7, 5, 6), 4):
            found = [("trunk.w", (5,))]
            for name, C in list(zip(STRIDES, channels[::-1]))[:rungs]:
                found += [(f"{name}.weight", (classes, C, 1, 1)), (f"{name}.bias", (classes,))]
            last = "[(name, p.data.shape) for name, p in net.named_parameters()]"
            typed = lines_of_parameters(rungs, channels, classes, last)
            yield Case((channels, classes), found, note=f"channels {channels}, {classes} classes", typed=typed)

    return cases


def zeros_at_the_start(rungs):
    def cases(rng):
        channels = (2, 3, 4)
        found = {f"net.{name}.{part}.data.any()": False for name in [*STRIDES][:rungs] for part in ("weight", "bias")}
        typed = lines_of_parameters(rungs, channels, 3, "[p.data.any() for p in net.parameters()]")
        yield Case((channels, 3), found, note="is any number not 0?", typed=typed)

    return cases


def one_call(rungs, size):
    def cases(rng):
        maps, net = random_maps(rng, size), "FCN32s" if rungs == 1 else "FCN8s"
        typed = "\n".join([
            lines_of_maps(maps),
            "trunk, seen = GivenMaps(pool3, pool4, fc7), []",
            "trunk.forward = lambda x: seen.append(x.data.shape) or trunk.maps",
            f"net = {net}(trunk, 2); before = len(seen)",
            f"net(Tensor(np.zeros((1, 3, {size[0]}, {size[1]}))))",
            "before, seen",
        ])  # fmt: skip
        yield Case((maps, size), (0, [(1, 3, *size)]), typed=typed)

    return cases


def side_by_side(rungs, size):
    def cases(rng):
        maps, layers = random_maps(rng, size), random_layers(rng, rungs)
        lines = [lines_of_maps(maps), *lines_of_net(layers, "first"), lines_of_image(1, size)]
        net, others = "FCN32s" if rungs == 1 else "FCN8s", "*(Tensor(2 * m.data) for m in (pool3, pool4, fc7))"
        lines[2:2] = [f"second = {net}(GivenMaps({others}), classes=2)"]
        typed, note = "\n".join([*lines, "first(x).data"]), "another net was made after it"
        yield Case((maps, layers, size), scores_by_stamping(maps, layers, size), note=note, typed=typed)

    return cases


def one_skip_only(rng):
    """FCN-8s with one score layer that is not zero: which map ends where."""
    size = 32, 64
    maps = random_maps(rng, size)
    for i, name in enumerate(STRIDES):
        layers = [(w * (i == j), b * (i == j)) for j, (w, b) in enumerate(random_layers(rng, 3))]
        note = f"only {name} is not zero"
        typed = lines_of_scores(maps, layers, size)
        yield Case((maps, layers, size), scores_by_stamping(maps, layers, size), note=note, typed=typed)


def eight_by_hand(rng):
    """One class; the scores at stride 16 are 16 x [[9, 9], [9, 9]] / 16 + 1 = 10 each, and so on."""
    maps = [np.zeros((1, 1, 4, 4)), np.ones((1, 1, 2, 2)), np.full((1, 1, 1, 1), 16.0)]
    maps[0][0, 0, 1, 2] = 1.0
    one, nothing = np.ones((1, 1, 1, 1)), np.zeros(1)
    layers = [(one, nothing), (one, nothing), (one, nothing)]
    rows = np.outer([7.5, 10, 10, 7.5], [0.75, 1, 1, 0.75])
    rows[1, 2] += 1
    right = stamp(rows[None, None], 8, 4)
    typed = (
        "pool3, pool4 = Tensor(np.zeros((1, 1, 4, 4))), Tensor(np.ones((1, 1, 2, 2)))\n"
        "pool3.data[0, 0, 1, 2], fc7 = 1, Tensor(np.array([[[[16.0]]]]))\n"
        "net = FCN8s(GivenMaps(pool3, pool4, fc7), classes=1)\n"
        "for layer in net.score_fr, net.score_pool4, net.score_pool3: layer.weight.data[...] = 1\n"
        "net(Tensor(np.zeros((1, 3, 32, 32)))).data"
    )
    note = "at stride 16 all scores are 16 * 9/16 + 1 = 10"
    yield Case((maps, layers, (32, 32)), right, note=note, typed=typed)


# --- fuse ------------------------------------------------------------------------------------------------------------


SLOPES = "coarse.grad", "skip.grad", "score.weight.grad", "score.bias.grad"


def fuse_by_hand(rng):
    coarse = np.array([[16.0, 32]])[None, None]
    skip = np.array([[[1.0, 0, 2, 1], [0, 1, 1, 3]], [[0, 1, 1, 0], [1, 0, 2, 1]]])[None]
    weight, bias = np.array([3.0, -1]).reshape(1, 2, 1, 1), np.array([2.0])
    right = np.array([[14.0, 16, 28, 23], [10, 20, 24, 28]])[None, None]
    typed = (
        "coarse = Tensor(np.array([[[[16.0, 32]]]]))\n"
        "skip = Tensor(np.array([[[[1.0, 0, 2, 1], [0, 1, 1, 3]], [[0, 1, 1, 0], [1, 0, 2, 1]]]]))\n"
        "score = score_layer(2, 1)\n"
        "score.weight.data[...], score.bias.data[...] = np.reshape([3, -1], (1, 2, 1, 1)), 2\n"
        "fuse(coarse, skip, score).data"
    )
    note = "[[9, 15, 21, 18], ...] + [[5, 1, 7, 5], ...]"
    yield Case((coarse, skip, weight, bias), right, note=note, typed=typed)


def fuse_case(rng, coarse, C, offset=0, padding=1, spare=(0, 0), dtype=np.float64, note=""):
    N, classes, h, w = coarse
    size = [2 * n + 2 - 2 * padding + offset + more for n, more in zip((h, w), spare)]
    x, skip = signed(rng, *coarse).astype(dtype), signed(rng, N, C, *size).astype(dtype)
    weight, bias = signed(rng, classes, C, 1, 1).astype(dtype), signed(rng, classes).astype(dtype)
    arguments = (x, skip, weight, bias, offset, padding)
    return Case(arguments, fuse_by_stamping(*arguments).astype(dtype), note=note, typed=lines_of_fuse(*arguments))


def fuse_by_stamping(coarse, skip, weight, bias, offset, padding):
    enlarged = stamp(coarse, 2, padding)
    h, w = enlarged.shape[2:]
    return enlarged + score(skip, weight, bias)[:, :, offset : offset + h, offset : offset + w]


def same_sizes(rng):
    for coarse, C in ((1, 1, 1, 1), 1), ((1, 1, 2, 3), 2), ((2, 3, 3, 2), 4), ((3, 2, 1, 4), 2):
        yield fuse_case(rng, coarse, C, note=f"{C} channels, {coarse[1]} classes")


def fuse_defaults(rng):
    case = fuse_case(rng, (1, 2, 2, 3), 3)
    yield Case(case.args[:4], case.expected, typed=lines_of_fuse(*case.args[:4]))


def crops(rng):
    settings = (
        (5, 0, (2, 3)),
        (9, 0, (0, 1)),
        (2, 0, (3, 0)),
        (3, 1, (1, 2)),
        (1, 1, (0, 0)),
        (0, 1, (2, 1)),
        (2, 0, (2, 2)),
    )
    for offset, padding, spare in settings:
        note = f"offset {offset}, padding {padding}, {spare[0]} rows and {spare[1]} columns too many at the end"
        yield fuse_case(rng, (1, 2, 2, 3), 3, offset, padding, spare, note=note)


def fuse_odd(rng):
    yield fuse_case(rng, (2, 3, 1, 1), 2, note="one unit")
    yield fuse_case(rng, (0, 2, 2, 1), 3, note="no image at all")
    yield fuse_case(rng, (1, 2, 3, 2), 2, 1, 0, (1, 2), dtype=np.float32, note="float32 stays float32")


def fuse_gradients(rng):
    settings = ((1, 1, 1, 2), 2, 0, 1, (0, 0)), ((2, 2, 2, 1), 3, 0, 1, (0, 0)), ((2, 2, 2, 3), 3, 5, 0, (2, 1))
    for coarse, C, offset, padding, spare in settings:
        arguments = fuse_case(rng, coarse, C, offset, padding, spare).args
        grad = signed(rng, *fuse_by_stamping(*arguments).shape)
        typed = lines_of_fuse(*arguments, last=f"{{}}.backward(rng.normal(size={grad.shape}))")
        note = f"offset {offset}, padding {padding}"
        yield Case((*arguments, grad), slopes_of_fuse(arguments, grad), note=note, typed=typed)


def slopes_of_fuse(arguments, grad):
    _, skip, weight, _, offset, padding = arguments
    h, w = grad.shape[2:]
    whole = np.zeros((*grad.shape[:2], *skip.shape[2:]))
    whole[:, :, offset : offset + h, offset : offset + w] = grad
    return dict(zip(SLOPES, [collect(grad, 2, padding), *score_backward(whole, skip, weight)]))


def fuse_differences(rng):
    arguments = fuse_case(rng, (1, 2, 1, 2), 2, 1, 0, (1, 0)).args
    grad = signed(rng, *fuse_by_stamping(*arguments).shape)

    def slope(i):
        return numerical_gradient(
            lambda a: fuse_by_stamping(*arguments[:i], a, *arguments[i + 1 :]), arguments[i], grad
        )

    typed = lines_of_fuse(*arguments, last=f"{{}}.backward(rng.normal(size={grad.shape}))")
    yield Case((*arguments, grad), {name: slope(i) for i, name in enumerate(SLOPES)}, rtol=1e-7, typed=typed)


def zero_skip(rng):
    for coarse, C in ((1, 2, 2, 3), 4), ((2, 1, 3, 1), 3):
        x = signed(rng, *coarse)
        skip = signed(rng, coarse[0], C, 2 * coarse[2], 2 * coarse[3])
        yield Case((x, skip), ([C], stamp(x, 2, 1)), note="the score layer, called once, returns zeros")


EXERCISES = [
    Exercise(
        "FCN32s",
        (
            Property("the worked example: one unit becomes a pyramid", one_unit, 2, forward),
            Property(
                "any size: the scores begin at the image's corner and are as large as it",
                whole_units(1, [(32, 64), (33, 20)]),
                3,
                forward,
            ),
            Property("calls the trunk once, with the image", one_call(1, (20, 33)), 1, calls_of_the_trunk),
            Property("its parameters: the trunk's, score_fr.weight, score_fr.bias", names(1), 1, parameters),
            Property("the score layer starts at 0", zeros_at_the_start(1), 1, start),
            Property(
                "gradients reach fc7 and the score layer, and nothing else", net_gradients(1, (9, 40), 1), 2, backward
            ),
            Property("two nets keep their parts to themselves", side_by_side(1, (20, 32)), 1, first_of_two),
            Property("several images and classes; float32; no image", odd_nets(1, (9, 40)), 2, forward),
        ),
        uses=PARTS,
        hints=(
            "Keep the trunk in self, and make self.score_fr a score layer. How many channels has fc7?",
            "forward: the trunk's third map; its scores; enlarged 32 times; cropped. Each is one call.",
            "The last line: crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:]).",
        ),
    ),
    Exercise(
        "fuse",
        (
            Property("the worked example", fuse_by_hand, 2, fused),
            Property("maps that fit: offset 0, padding 1", same_sizes, 2, fused),
            Property("offset is 0 and padding 1 unless given", fuse_defaults, 1, fused_as_usual),
            Property("the paper's way: the skip is larger, and cut at the offset", crops, 2, fused),
            Property("a skip that scores 0 changes nothing", zero_skip, 1, calls_of_the_score),
            Property("gradients reach the coarse scores, the skip and the score layer", fuse_gradients, 2, fused),
            Property("the gradients equal finite differences", fuse_differences, 1, fused),
            Property("odd cases: one unit, no image, float32", fuse_odd, 1, fused),
        ),
        uses=PARTS,
        hints=(
            "Two things are added, of the same shape. What has to be done to each, before they fit?",
            "The coarse scores are enlarged with upscore, by 2. The skip goes through score, and then crop.",
            "The size for crop is that of the enlarged scores: enlarged.data.shape[2:].",
        ),
    ),
    Exercise(
        "FCN8s",
        (
            Property("the worked example", eight_by_hand, 2, forward),
            Property("each map takes its own way up: one skip at a time", one_skip_only, 2, forward),
            Property("all three together", whole_units(3, [(32, 32), (64, 32), (64, 96)]), 2, forward),
            Property(
                "any size: the scores begin at the image's corner and are as large as it",
                whole_units(3, [(1, 1), (33, 20), (31, 65)]),
                2,
                forward,
            ),
            Property("calls the trunk once, with the image", one_call(3, (20, 33)), 1, calls_of_the_trunk),
            Property("its parameters: the trunk's, then fc7's scores, pool4's, pool3's", names(3), 1, parameters),
            Property("the score layers start at 0", zeros_at_the_start(3), 1, start),
            Property("gradients reach all maps and all score layers", net_gradients(3, (33, 20)), 2, backward),
            Property("two nets keep their parts to themselves", side_by_side(3, (20, 40)), 1, first_of_two),
            Property("several images and classes; float32; no image", odd_nets(3, (9, 40)), 2, forward),
        ),
        uses=(*PARTS, "18.fuse"),
        hints=(
            "Start from your FCN32s. Three score layers, and two calls of fuse before the last enlargement.",
            "fuse(self.score_fr(fc7), pool4, self.score_pool4) has stride 16. Fuse it with pool3: stride 8.",
            "From stride 8 to the pixels: upscore(scores, 8), cropped at 0 to the size of x.",
        ),
    ),
]
