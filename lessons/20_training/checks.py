"""What lesson 20's answers must do: cut the same window out of image and labels, set the learning rate, train.

Crops are random, so the questions are about the places that many of them come from. `fit` trains a small model whose
gradients are written out here; its scores are given, so that the best epoch is known. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# --- random_crop -----------------------------------------------------------------------------------------------------


def one_place(random_crop, image, labels, size):
    return random_crop(image, labels, size, np.random.default_rng(0))


def dtypes(random_crop, image, labels, size):
    """The names of the dtypes of a crop: integers of another width count as right elsewhere."""
    return [part.dtype.name for part in random_crop(image, labels, size, np.random.default_rng(0))]


def places(random_crop, C, shape, size, seed, draws=150):
    """Where many crops come from: [image and labels fit, [places]]. The first label of a crop tells its place."""
    H, W = shape
    labels = np.arange(H * W).reshape(H, W)
    image = 1.0 + np.arange(C * H * W).reshape(C, H, W)
    whole_h, whole_w = max(H, size[0]), max(W, size[1])
    padded_image, padded_labels = np.zeros((C, whole_h, whole_w)), np.full((whole_h, whole_w), 255)
    padded_image[:, :H, :W], padded_labels[:H, :W] = image, labels
    rng, fits, found = np.random.default_rng(seed), True, set()
    for _ in range(draws):
        part, of_labels = random_crop(image, labels, size, rng)
        top, left = divmod(int(of_labels[0, 0]), W)
        window = np.s_[..., top : top + size[0], left : left + size[1]]
        fits = fits and np.array_equal(of_labels, padded_labels[window])
        fits = fits and np.array_equal(part, padded_image[window])
        found.add((top, left))
    return [fits, [list(place) for place in sorted(found)]]


def evenly(random_crop, shape, size, seed, draws):
    """Whether each place, row and column by themselves and together, comes about equally often."""
    H, W = shape
    labels, image, rng = np.arange(H * W).reshape(H, W), np.zeros((1, H, W)), np.random.default_rng(seed)
    counts = np.zeros((H - size[0] + 1, W - size[1] + 1))
    for _ in range(draws):
        counts[divmod(int(random_crop(image, labels, size, rng)[1][0, 0]), W)] += 1
    expected = draws / counts.size
    return bool((abs(counts - expected) < 5 * expected**0.5).all())


def same_seed(random_crop, image, labels, size, seeds):
    """Whether two generators of the same seed give the same crops, whatever NumPy's global one does."""
    same = []
    for seed in seeds:
        first = [random_crop(image, labels, size, rng)[1] for rng in [np.random.default_rng(seed)] for _ in range(3)]
        np.random.seed(seed + 1)
        again = [random_crop(image, labels, size, rng)[1] for rng in [np.random.default_rng(seed)] for _ in range(3)]
        same.append(all(np.array_equal(a, b) for a, b in zip(first, again)))
    return same


def numbered(rng, C, H, W, dtype=np.float64, label_dtype=np.int64):
    return signed(rng, C, H, W).astype(dtype), rng.integers(1, 9, (H, W)).astype(label_dtype)


def padded(image, labels, size):
    (C, H, W), (height, width) = image.shape, size
    whole = np.zeros((C, height, width), image.dtype), np.full((height, width), 255, labels.dtype)
    whole[0][:, :H, :W], whole[1][:H, :W] = image, labels
    return whole


def crop_by_hand(rng):
    image, labels = np.array([[[1.0, 2, 3], [4, 5, 6]]]), np.array([[1, 0, 2], [0, 1, 1]])
    lines_to_type = """image = np.array([[[1.0, 2, 3], [4, 5, 6]]])
labels = np.array([[1, 0, 2], [0, 1, 1]])
random_crop(image, labels, {}, np.random.default_rng(0))"""
    note = "a window as large as the image: there is one place"
    yield Case((image, labels, (2, 3)), (image, labels), note=note, typed=lines_to_type.format("(2, 3)"))
    wide = np.array([[[1.0, 2, 3, 0], [4, 5, 6, 0], [0, 0, 0, 0]]])
    ignored = np.array([[1, 0, 2, 255], [0, 1, 1, 255], [255, 255, 255, 255]])
    note = "one row and one column too small"
    yield Case((image, labels, (3, 4)), (wide, ignored), note=note, typed=lines_to_type.format("(3, 4)"))


def too_small(rng):
    for C, shape, size in ((1, (1, 1), (2, 3)), (3, (2, 4), (5, 4)), (2, (3, 2), (3, 6)), (3, (2, 3), (6, 4))):
        image, labels = numbered(rng, C, *shape)
        yield Case((image, labels, size), padded(image, labels, size), note=f"{shape} is filled up to {size}")


def all_places(settings):
    def cases(rng):
        for C, (H, W), size in settings:
            tops, lefts = max(H - size[0], 0) + 1, max(W - size[1], 0) + 1
            right = [True, [list(place) for place in np.ndindex(tops, lefts)]]
            note = f"an image of {H} x {W}, windows of {size[0]} x {size[1]}: do they fit, and where do they begin?"
            yield Case((C, (H, W), size, int(rng.integers(1000))), right, note=note)

    return cases


def even(rng):
    for shape, size, draws in (((4, 2), (2, 2), 600), ((3, 5), (2, 3), 900)):
        yield Case((shape, size, int(rng.integers(1000)), draws), True, note=f"windows {size} out of {shape}")


def from_rng(rng):
    image, labels = numbered(rng, 1, 9, 11)
    labels = np.arange(99).reshape(9, 11)
    yield Case((image, labels, (2, 3), [3, 14, 15]), [True] * 3, note="generators of the same seed, the same crops")


def kept_types(rng):
    for dtype, label_dtype in ((np.float32, np.uint8), (np.float64, np.int32), (np.float32, np.int64)):
        image, labels = numbered(rng, 2, 2, 3, dtype, label_dtype)
        names = [np.dtype(dtype).name, np.dtype(label_dtype).name]
        note = f"{names[0]} and {names[1]} stay what they are"
        for size in (2, 3), (3, 3):
            yield Case((image, labels, size), names, note=note)


# --- schedule --------------------------------------------------------------------------------------------------------


def falls(rng):
    for step, right in ((0, 0.1), (1, 0.09), (5, 0.05), (9, 0.01)):
        yield Case((step, 10, 0.1), right, {"power": 1}, f"a straight fall: {10 - step} tenths are left")
    yield Case((2, 8, 0.5), 0.28125, {"power": 2}, "0.5 * (3/4) ** 2")


def ramps(rng):
    for step, right in enumerate((0.25, 0.45, 0.6, 0.7, 0.6, 0.5)):
        yield Case((step, 10, 1.0), right, {"warmup": 4, "power": 1}, f"step {step}, a ramp of 4 steps")
    yield Case((0, 6, 0.3), 0.3, {"warmup": 1, "power": 1}, "a ramp of one step is none")


def usual_fall(rng):
    for step, steps, lr in ((0, 7, 0.3), (3, 6, 1.0), (99, 100, 0.02)):
        yield Case((step, steps, lr), lr * ((steps - step) / steps) ** 0.9, note="no warmup, power 0.9")


def both(rng):
    for _ in range(4):
        steps, warmup, lr, power = int(rng.integers(20, 40)), int(rng.integers(3, 9)), rng.uniform(0.1, 2), 0.7
        for step in (0, 1, warmup - 1, warmup, steps - 1):
            right = lr * min(warmup, step + 1) / warmup * ((steps - step) / steps) ** power
            yield Case((step, steps, lr), right, {"warmup": warmup, "power": power}, f"warmup {warmup}, power {power}")


def ends(rng):
    for step, steps in ((5, 5), (6, 5), (23, 7)):
        yield Case((step, steps, 0.1), 0.0, note="the training is over")
    yield Case((4, 4, 0.1), 0.0, {"warmup": 2, "power": 1}, "the training is over")
    yield Case((3, 4, 0.1), 0.1 * (4 / 9) * 0.25, {"warmup": 9, "power": 1}, "a ramp longer than the training")


# --- fit -------------------------------------------------------------------------------------------------------------

TYPED = """class Net(Module):
    def forward(self, x):
        layer.mean[...] = (layer.mean + x.data.mean(axis=0)) / 2
        return (x @ layer.weight + layer.bias) * rest.debias + self.bias

def loss_of(y, target):
    difference = y + Tensor(-target)
    return (difference * difference).mean()

def one(number):
    return Tensor(np.full(1, number), requires_grad=True)

net, layer, rest = Net(), Module(), Module()
layer.weight, layer.bias, layer.mean = Tensor(np.ones((1, 1)), requires_grad=True), one(0.0), np.zeros(1)
rest.debias, net.layers, net.biases, net.bias{unused} = one(1.0), [layer], rest, one(0.0){seven}
epochs, scores = [], iter({scores})
def batches(epoch):
    epochs.append(epoch)
    return [(Tensor(np.full((1, 1), {x})), np.full((1, 1), {target}))]{times}
history = fit(net, loss_of, batches, lambda net: next(scores), {count}, lambda step: {rate}{options})"""


def one_training(fit, start, data, scores, rates, options, wanted):
    """Train y = (x @ weight + bias) * scale + bias; return what is wanted: "history", "state", "scored" or "epochs".

    start: the parameters layers.0.weight, layers.0.bias, biases.debias, bias and unused, the last of which may be
        missing; the model also keeps a running mean of x, a plain array
    scored: the parameters each time that the score was asked for
    """

    class Net(Module):  # noqa: F821
        def __init__(self):
            layer, rest = type("Layer", (Module,), {})(), type("Rest", (Module,), {})()  # noqa: F821
            layer.weight, layer.bias, rest.debias, last, *unused = (
                Tensor(a.copy(), requires_grad=True)  # noqa: F821
                for a in start
            )
            layer.mean = np.zeros_like(start[0][:, 0])
            self.layers, self.biases, self.bias, self.unused = [layer], rest, last, unused

        def forward(self, x):
            layer = self.layers[0]
            layer.mean[...] = (layer.mean + x.data.mean(axis=0)) / 2
            return (x @ layer.weight + layer.bias) * self.biases.debias + self.bias

    def loss_of(y, target):
        difference = y + Tensor(-target)  # noqa: F821
        return (difference * difference).mean()

    def batches(epoch):
        epochs.append(epoch)
        return ((Tensor(x), target) for x, target in data[epoch])  # noqa: F821

    def score_of(model):
        scored.append([p.data.copy() for p in model.parameters()])
        return scores[min(len(epochs), len(scores)) - 1]

    epochs, scored, net = [], [], Net()
    for p in net.parameters():
        p.grad = np.full_like(p.data, 3.0)  # what somebody left there
    history = fit(net, loss_of, batches, score_of, len(data), lambda step: rates[step], **options)
    if wanted != "state":
        return {wanted: {"history": history, "scored": scored, "epochs": epochs}[wanted]}
    layer = net.layers[0]
    found = {"layer.weight.data": layer.weight, "layer.bias.data": layer.bias, "rest.debias.data": net.biases.debias}
    found |= {"net.bias.data": net.bias} | dict(zip(["net.unused.data"], net.unused))
    return {name: p.data for name, p in found.items()} | {"layer.mean": layer.mean}


def trained(start, data, scores, rates, options, wanted):
    """What `one_training` must return, with every gradient written out."""
    momentum, decay, bias_rate = (options.get(k, v) for k, v in DEFAULTS)
    values, velocities = [a.copy() for a in start], [np.zeros_like(a) for a in start]
    mean, rates = np.zeros_like(start[0][:, 0]), iter(rates)
    history, scored, states = [], [], []
    for number, epoch in enumerate(data):
        losses = []
        for x, target in epoch:
            mean = (mean + x.mean(axis=0)) / 2
            weight, bias, scale, last = values[:4]
            inner = x @ weight + bias
            difference = inner * scale + last - target
            losses.append((difference**2).mean())
            back = 2 * difference / difference.size
            grads = x.T @ (back * scale), (back * scale).sum(axis=0), (back * inner).sum(axis=0), back.sum(axis=0)
            rate = next(rates)
            for i, grad in enumerate(grads):
                is_bias = i in (1, 3)
                velocities[i] = momentum * velocities[i] + grad + (0 if is_bias else decay) * values[i]
                values[i] = values[i] - rate * (bias_rate if is_bias else 1) * velocities[i]
        history.append({"loss": float(np.mean(losses)), "score": scores[number]})
        scored.append(list(values))
        states.append(dict(zip(STATE, values)) | {"layer.mean": mean})
        best = scores.index(max(scores[: number + 1]))
        if options.get("patience") is not None and number - best >= options["patience"]:
            break
    if wanted == "state":
        return states[best]
    return {wanted: {"history": history, "scored": scored, "epochs": list(range(len(states)))}[wanted]}


STATE = "layer.weight.data", "layer.bias.data", "rest.debias.data", "net.bias.data", "net.unused.data"
DEFAULTS = ("momentum", 0.9), ("decay", 0.0), ("bias_rate", 1.0)


def simple(*unused):
    """A start that makes the model y = x, with numbers in place of arrays; perhaps a parameter that is not used."""
    return [np.ones((1, 1)), *(np.array([number]) for number in (0.0, 1.0, 0.0, *unused))]


def lines(rate, scores=(0.5,), x=1.0, target=0.0, times="", options=None, unused=False):
    """What to type for a training of a model with simple()'s parameters; rate, x and times are Python text."""
    names = {"unused": ", net.unused", "seven": ", one(7.0)"} if unused else {"unused": "", "seven": ""}
    text = "".join(f", {name}={value}" for name, value in (options or {}).items())
    names |= {"scores": list(scores), "count": len(scores), "rate": rate, "options": text}
    return TYPED.format(x=x, target=target, times=times, **names)


def fit_by_hand(rng):
    """A weight of 1, x = 1, target 0: the loss is w * w, its slope 2 w; but scale and biases have slopes, too."""
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    data = [[(one, zero), (one, zero)]]
    note = "two steps with rate 0: both losses are 1, and nothing moves"
    typed = lines("0.0", times=" * 2")
    for wanted in "history", "state":
        yield training_case(simple(), data, [0.5], [0.0, 0.0], {}, wanted, note, typed)
    note = "one step with rate 1/4: every slope is 2, so each parameter loses 1/2"
    names, mean = STATE, {"layer.mean": np.array([0.5])}
    right = dict(zip(names, [np.array([[0.5]]), *(np.array([n]) for n in (-0.5, 0.5, -0.5, 7.0))])) | mean
    typed = lines("0.25", unused=True)
    yield Case((simple(7.0), [[(one, zero)]], [0.5], [0.25], {}, "state"), right, note=note, typed=typed)
    decayed = dict(zip(names, [np.array([[0.25]]), *(np.array([n]) for n in (-1.0, 0.25, -1.0, 7.0))])) | mean
    note = "decay 1 makes the weights' slopes 2 + 1; bias_rate 2 doubles the biases' steps"
    options = {"decay": 1.0, "bias_rate": 2.0}
    typed = lines("0.25", options=options, unused=True)
    yield Case((simple(7.0), [[(one, zero)]], [0.5], [0.25], options, "state"), decayed, note=note, typed=typed)


def training_case(start, data, scores, rates, options, wanted, note="", typed=""):
    arguments = start, data, scores, rates, options, wanted
    return Case(arguments, trained(*arguments), note=note, rtol=1e-9, typed=typed)


def random_training(rng, sizes, dtype=np.float64):
    """A start and data; sizes: for each epoch the number of its batches."""
    n_in, n_out = 3, 2
    start = [0.5 * signed(rng, *shape).astype(dtype) for shape in ((n_in, n_out), (n_out,), (n_out,), (n_out,), (2,))]
    data = [
        [(signed(rng, N, n_in).astype(dtype), signed(rng, N, n_out).astype(dtype)) for N in (2, 1, 3)[:count]]
        for count in sizes
    ]
    return start, data


def rates_for(data):
    """A different rate for each step, and none for a step that is not there."""
    return [0.02 + 0.01 * (7 * step % 5) for step in range(sum(map(len, data)))]


def training(sizes, scores, wanted, note, options=None, dtype=np.float64):
    """A property's cases: one for each of the wanted things."""

    def cases(rng):
        start, data = random_training(rng, sizes, dtype)
        for thing in wanted:
            yield training_case(start, data, scores, rates_for(data), options or {}, thing, note)

    return cases


def scored_training(scores, wanted, note, options=None):
    """A property's cases, one for each of the wanted things: a batch an epoch, and its score."""

    def cases(rng):
        data = [[(np.full((1, 1), 0.5 + epoch % 2), np.full((1, 1), -1.0))] for epoch in range(len(scores))]
        typed = lines("0.02 + 0.01 * (7 * step % 5)", scores, "0.5 + epoch % 2", "-1.0", options=options)
        for thing in wanted:
            yield training_case(simple(), data, scores, rates_for(data), options or {}, thing, note, typed)

    return cases


def several(*parts):
    """The cases of several properties, one after the other."""

    def cases(rng):
        for part in parts:
            yield from part(rng)

    return cases


RISING = [0.1, 0.2, 0.3, 0.4]
best_epoch = several(
    scored_training([0.1, 0.5, 0.3], ("state",), "scores 0.1, 0.5, 0.3: the second is the best"),
    scored_training([0.4, 0.1, 0.3], ("state",), "scores 0.4, 0.1, 0.3: the first is the best"),
    scored_training([-3.0, -1.0, -2.0], ("state",), "scores -3, -1, -2: the second is the best"),
    scored_training([0.2, 0.4, 0.4], ("state",), "scores 0.2, 0.4, 0.4: the first of the two best counts"),
    training((1, 2, 1), [0.2, 0.4, 0.3], ("state",), "scores 0.2, 0.4, 0.3: the second is the best"),
)
patience = several(
    scored_training([0.3, 0.2, 0.4, 0.1], ("epochs", "state"), "patience 1", {"patience": 1}),
    scored_training([0.3, 0.2, 0.4, 0.1, 0.2, 0.1, 0.3, 0.9], ("history", "state"), "patience 2", {"patience": 2}),
    scored_training([0.1, 0.3, 0.2, 0.4, 0.35, 0.2, 0.1], ("epochs",), "patience 2, better twice", {"patience": 2}),
    scored_training([0.3, 0.1, 0.2, 0.3, 0.9], ("epochs",), "an equal score is no better", {"patience": 3}),
    scored_training([0.5, 0.4, 0.3, 0.2, 0.1], ("epochs",), "no patience given: all epochs"),
    scored_training([0.5, 0.4, 0.3, 0.2], ("epochs",), "patience 4 of 4 epochs", {"patience": 4}),
)


EXERCISES = [
    Exercise(
        "random_crop",
        (
            Property("the worked examples", crop_by_hand, 2, one_place),
            Property("an image that is too small is filled up, below and to the right", too_small, 2, one_place),
            Property(
                "image and labels come from the same place, and every place is reached",
                all_places([(1, (3, 3), (2, 2)), (2, (4, 5), (2, 3)), (3, (5, 3), (1, 1)), (1, (2, 7), (2, 4))]),
                3,
                places,
            ),
            Property(
                "too small in one direction, with a choice in the other",
                all_places([(1, (2, 5), (3, 2)), (2, (6, 2), (4, 3))]),
                2,
                places,
            ),
            Property("every place has the same probability", even, 1, evenly),
            Property("all chance comes from rng", from_rng, 1, same_seed),
            Property("dtypes stay what they are", kept_types, 1, dtypes),
        ),
        hints=(
            "Draw the place once, then use it twice. In a row of 5, how many places has a window of 3?",
            "Fill up first (np.pad, with constant_values=255 for the labels). Then `top` is one of H - height + 1"
            + " numbers, H being the padded height.",
            "top = rng.integers(H - height + 1), left likewise; the windows are"
            + " image[:, top : top + height, left : left + width] and labels[top : top + height, left : left + width].",
        ),
    ),
    Exercise(
        "schedule",
        (
            Property("the fall, worked by hand", falls, 2),
            Property("the ramp, worked by hand", ramps, 2),
            Property("unless told otherwise: no ramp, power 0.9", usual_fall, 1),
            Property("ramp and fall together", both, 2),
            Property("at the end, and after it", ends, 1),
        ),
        hints=(
            "Two factors, multiplied with lr: one for the ramp, one for the fall. The fall begins at step 0.",
            "The ramp's factor is (step + 1) / warmup, but at most 1. And if warmup is 0?",
            "if step >= steps: return 0.0. Otherwise lr * ramp * (1 - step / steps) ** power.",
        ),
    ),
    Exercise(
        "fit",
        (
            Property("the worked examples", fit_by_hand, 2, one_training),
            Property(
                "trains: a step for each batch, with the rate of that step",
                training((2, 3, 1), RISING[:3], ("state",), "2, 3 and 1 batches; the last epoch is the best"),
                2,
                one_training,
            ),
            Property(
                "the history: each epoch's mean loss and its score",
                training((2, 3, 1), RISING[:3], ("history",), "2, 3 and 1 batches"),
                2,
                one_training,
            ),
            Property(
                "asks for the score once an epoch, after its last step",
                training((2, 1), RISING[:2], ("scored",), "the parameters when score_of is called"),
                1,
                one_training,
            ),
            Property("restores the best epoch, with the running mean", best_epoch, 3, one_training),
            Property(
                "decay: weights only",
                training((2, 2), RISING[:2], ("state",), "decay 0.3", {"decay": 0.3}),
                2,
                one_training,
            ),
            Property(
                "bias_rate: biases only",
                training((2, 2), RISING[:2], ("state",), "bias_rate 2.5", {"bias_rate": 2.5}),
                2,
                one_training,
            ),
            Property(
                "all options together; several momenta",
                several(
                    training((2, 1), RISING[:2], ("state",), "no momentum", {"momentum": 0.0, "decay": 0.5}),
                    training(
                        (1, 2, 2),
                        RISING[:3],
                        ("state",),
                        "momentum 0.5, decay 0.2, bias_rate 2",
                        {"momentum": 0.5, "decay": 0.2, "bias_rate": 2.0},
                    ),
                ),
                1,
                one_training,
            ),
            Property("patience: stops in time, and not before", patience, 2, one_training),
            Property(
                "float32 stays float32",
                training((1, 1), [0.2, 0.1], ("state",), "float32", {"decay": 0.1}, np.float32),
                1,
                one_training,
            ),
        ),
        uses=("03.Tensor", "04.Module", "04.SGD"),
        hints=(
            "Write the loop of lesson 4 first: epochs, and in each the batches. Then the two groups, then the best epoch.",
            "Two SGDs, one for the weights and one for the biases. Before a step, set their lr, and add decay * p.data to"
            + " the gradients of the weights that have one.",
            "Best so far? Keep [a.copy() for a in state_of(model)]. At the end, copy these into the arrays of"
            + " state_of(model), one by one: array[...] = best_array.",
        ),
    ),
]
