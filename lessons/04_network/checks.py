"""What the answers of lesson 4 must do: find parameters, move them, and put one step of learning together.

The parameters are tensors of the package, or bare objects with data and grad; the right answers come from hand and from
loops over numbers. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# Module: the networks are plain data, which the probe makes into modules and tensors ----------------------------------


def parameters_of(Module, net):
    from minifcn import tensor

    learned = {}

    def make(x):  # dict: a module; float: a parameter (equal floats: the same one); int: a tensor that is not learned
        if isinstance(x, dict):
            m = Module()
            for name in x:
                setattr(m, name, make(x[name]))
            return m
        if isinstance(x, (list, tuple)):
            return type(x)(map(make, x))
        fixed = tensor(x) if type(x) is int else x
        return learned.setdefault(x, tensor(x, requires_grad=True)) if type(x) is float else fixed

    return [(name, p.item()) for name, p in make(net).named_parameters()]


def shared_block(Module):
    from minifcn import tensor

    net, block = Module(), Module()
    block.weight, block.bias = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    net.layers, net.head = [block, block], block
    return [(name, p.item()) for name, p in net.named_parameters()]


def modules_of_other_classes(Module):
    from minifcn import tensor

    net, block = type("Net", (Module,), {})(), type("Block", (Module,), {})()
    block.w, block.plain = tensor(1.0, requires_grad=True), Module()
    net.block, block.plain.w = block, tensor(2.0, requires_grad=True)
    return [(name, p.item()) for name, p in net.named_parameters()]


def equal_numbers(Module):
    from minifcn import tensor

    net = Module()
    net.a, net.b, net.c = (tensor([5.0, 5.0], requires_grad=True) for _ in range(3))
    found = [p for _, p in net.named_parameters()]
    return [name for name, _ in net.named_parameters()], found[0] is net.a, found[-1] is net.c


def what_was_given(Module):
    from minifcn import tensor

    net = Module()
    net.w, net.forward = tensor(3.0, requires_grad=True), lambda x, y: x - y
    return net(5.0, 3.0), [p is net.w for p in net.parameters()]


def asked_twice(Module):
    from minifcn import tensor

    net = type("Net", (Module,), {})()
    net.w, net.layers = tensor(1.0, requires_grad=True), []
    before = [name for name, _ in net.named_parameters()]
    net.layers.append(tensor(2.0, requires_grad=True))
    return before, [name for name, _ in net.named_parameters()]


def gradients_forgotten(Module):
    from minifcn import tensor

    net, net.inner = Module(), Module()
    net.w, net.inner.parts = tensor([1.0, 2.0], requires_grad=True), [tensor(3.0, requires_grad=True)]
    net.w.grad, net.inner.parts[0].grad = np.array([5.0, 6.0]), np.array(7.0)
    net.zero_grad()
    return net.w.grad is None, net.inner.parts[0].grad is None, net.w.data.tolist()


def names_by_walking(value, name="", found=None):
    """The parameters of a network of plain data, as parameters_of gives them; each number once."""
    found = {} if found is None else found
    if type(value) is float:
        found.setdefault(value, name)
    elif isinstance(value, (dict, list, tuple)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            names_by_walking(part, f"{name}.{key}" if name else str(key), found)
    return [(name, number) for number, name in found.items()]


def networks(*nets):
    """A function that yields a case for every network."""
    return lambda rng: (Case((net,), names_by_walking(net)) for net in nets)


def fixed(expected):
    """A function that yields the one case of a probe without arguments."""
    return lambda rng: [Case((), expected)]


def random_networks(rng):
    for count in range(2, 14):
        numbers = iter([*map(float, rng.permutation(count)), *map(float, rng.integers(0, count, count))])
        yield Case((net := random_network(rng, numbers, 3),), names_by_walking(net), note="a random network")


def random_network(rng, numbers, depth):
    """A module of some parts, which are parameters (some of them used twice), modules, lists, or something else."""
    parts = {}
    for name in rng.permutation(list("abcxyz"))[: rng.integers(1, 5)].tolist():
        kind = rng.integers(6) if depth else 0
        inner = random_network(rng, numbers, depth - 1) if kind in (2, 3) else None
        odd = [None, "relu", 3, np.ones(2)][rng.integers(4)]
        parts[name] = [next(numbers, odd), odd, inner, [inner, next(numbers, odd)], (next(numbers, odd),), []][kind]
    return parts


OWN = networks({"weight": 1.0, "bias": 2.0}, {"z": 1.0, "b": 2.0, "m": 3.0, "a": 0.0}, {}, {"w": 5.0})
INNER = networks(
    {"inner": {"w": 1.0}},
    {"z": 1.0, "inner": {"y": 3.0, "x": 5.0}, "a": 4.0},
    {"a": {"b": {"c": {"d": 1.0}, "e": 2.0}}, "f": {}, "g": {"b": 3.0}},
)
LISTED = networks(
    {"layers": [1.0, 2.0]},
    {"layers": [{"w": 1.0, "b": 2.0}, {"w": 3.0, "b": 4.0}], "last": 5.0},
    {"pair": (1.0, {"w": 2.0}), "empty": [], "none": ()},
    {"grid": [[1.0, {"parts": [2.0]}], (), [[3.0]]]},
    {"layers": [float(i) for i in range(12)]},
)
NO_PARAMETERS = networks(
    {"width": "3", "w": 1.0, "mean": np.ones(2)},
    {"fixed": 7, "w": 1.0, "nothing": None},
    {"sizes": ["relu", 8, 1.0, np.ones(3), None], "inner": {"fixed": 9, "name": "inner"}},
    {"fixed": 7, "inner": {}, "layers": [[]]},
)
TIED = networks(
    {"first": 1.0, "again": 1.0, "other": 2.0},
    {"first": 1.0, "inner": {"tied": 1.0, "own": 3.0}, "other": 2.0},
    {"inner": {"w": 1.0}, "layers": [2.0, 1.0, 2.0], "w": 1.0},
)

MODULE = Exercise(
    "Module",
    (
        Property("finds its own parameters, in the order in which they were set", OWN, 2, parameters_of),
        Property("looks into modules in modules", INNER, 1, parameters_of),
        Property(
            "looks into modules of any class",
            fixed([("block.w", 1.0), ("block.plain.w", 2.0)]),
            probe=modules_of_other_classes,
        ),
        Property("looks into lists and tuples", LISTED, 1, parameters_of),
        Property("leaves out what is no parameter", NO_PARAMETERS, 1, parameters_of),
        Property("a parameter in several places counts once", TIED, 1, parameters_of),
        Property(
            "a module in several places counts once",
            fixed([("layers.0.weight", 1.0), ("layers.0.bias", 2.0)]),
            probe=shared_block,
        ),
        Property("equal numbers are still several parameters", fixed((["a", "b", "c"], True, True)), 1, equal_numbers),
        Property("finds all of it in random networks", random_networks, probe=parameters_of),
        Property(
            "looks again each time",
            fixed((["w"], ["w", "layers.0"])),
            probe=asked_twice,
        ),
        Property("can still be called, and has parameters()", fixed((2.0, [True])), probe=what_was_given),
        Property("zero_grad sets every grad to None", fixed((True, True, [1.0, 2.0])), probe=gradients_forgotten),
    ),
    imports=("minifcn",),
    hints=(
        "vars(self) is a dict of a module's attributes, in the order in which they were set.",
        "Write walk(name, value) for three kinds of values: a parameter, a module, a list or tuple. It calls itself.",
        "To count a parameter once, keep the id() of those you have: tensors of equal numbers are not one tensor.",
    ),
)

# SGD: a probe makes parameters of bare objects, and returns where they are after each step ----------------------------


def path(SGD, start, grads, lr, momentum):
    p = type("Parameter", (), {})()
    p.data, p.grad, places = start.copy(), None, []
    sgd = SGD([p], lr=lr, momentum=momentum)
    for grad in grads:
        p.grad = grad
        sgd.step()
        places.append(p.data.copy())
    return places


def paths_of_several(SGD, starts, grads, lr, momentum):
    ps = [type("Parameter", (), {"data": start.copy(), "grad": None})() for start in starts]
    sgd = SGD(iter(ps), lr, momentum)  # an iterator can be walked through only once
    for step in grads:
        for p, grad in zip(ps, step):
            p.grad = grad
        sgd.step()
    return [p.data for p in ps]


def path_with_new_rates(SGD, start, grads, rates, momentum):
    p = type("Parameter", (), {"data": start.copy(), "grad": None})()
    sgd = SGD([p], lr=rates[0], momentum=momentum)
    for p.grad, sgd.lr in zip(grads, rates):
        sgd.step()
    return p.data


def in_place(SGD, start, grad, momentum):
    p = type("Parameter", (), {"data": start.copy(), "grad": None})()
    array, sgd = p.data, SGD([p], 0.5, momentum)
    for p.grad in grad.copy(), grad.copy():
        sgd.step()
    return p.data is array, array


def gradients_after(SGD, start, first, second):
    p = type("Parameter", (), {"data": start.copy(), "grad": first.copy()})()
    sgd, kept = SGD([p], 0.5, momentum=0.5), p.grad
    sgd.step()
    p.grad = second.copy()
    sgd.step()
    return kept, p.grad


def same_array_again(SGD, start, grads, momentum):
    p = type("Parameter", (), {"data": start.copy(), "grad": np.zeros_like(start)})()
    sgd = SGD([p], 0.5, momentum)
    for grad in grads:
        p.grad[...] = grad  # the same array each time, filled with new numbers
        sgd.step()
    return p.data


def without_momentum(SGD, start, grad):
    p = type("Parameter", (), {"data": start.copy(), "grad": None})()
    sgd = SGD([p], 0.5)
    for p.grad in grad.copy(), grad.copy():
        sgd.step()
    return p.data


def two_optimizers(SGD, start, grad):
    ps = [type("Parameter", (), {"data": start.copy(), "grad": None})() for _ in range(2)]
    slow, fast = SGD(ps[:1], 0.125, momentum=0.5), SGD(ps[1:], 1.0, momentum=0.0)
    for i in 0, 1, 0, 1:
        ps[i].grad = grad.copy()
        [slow, fast][i].step()
    return [p.data for p in ps]


def sgd_by_loops(start, grads, rates, momentum):
    """Where one parameter is after each step, element by element; a gradient of None is no step."""
    data, v, places = np.array(start), np.zeros_like(start), []
    for grad, lr in zip(grads, rates):
        if grad is not None:
            for i in np.ndindex(start.shape):
                v[i] = momentum * v[i] + grad[i]
                data[i] = data[i] - lr * v[i]
        places.append(data.copy())
    return places


def sgd_by_hand(rng):
    grads = [np.array([2.0])] * 3
    expected = [np.array([0.8]), np.array([0.5]), np.array([0.15])]
    yield Case((np.array([1.0]), grads, 0.1, 0.5), expected, note="v = 2, 3, 3.5")


def sgd_plain(rng):
    for shape in [(1,), (2, 3), ()]:
        start, grads = np.array(signed(rng, *shape)), [np.array(signed(rng, *shape)) for _ in range(3)]
        yield Case((start, grads, 0.1, 0.0), sgd_by_loops(start, grads, [0.1] * 3, 0.0), note="momentum 0")


def sgd_momentum(rng):
    settings = [((1,), 1, 0.1, 0.9), ((1,), 2, 0.1, 0.9), ((2,), 4, 0.3, 0.5), ((2, 3), 6, 2.0, 0.99)]
    for shape, steps, lr, momentum in settings:
        start, grads = signed(rng, *shape), [signed(rng, *shape) for _ in range(steps)]
        expected = sgd_by_loops(start, grads, [lr] * steps, momentum)
        yield Case((start, grads, lr, momentum), expected, note=f"{steps} steps")
    start, grads = signed(rng, 2), [signed(rng, 2), np.zeros(2), np.zeros(2)]
    yield Case((start, grads, 0.5, 0.5), sgd_by_loops(start, grads, [0.5] * 3, 0.5), note="gradients of 0: it rolls on")


def sgd_several(rng):
    for shapes, momentum in [([(1,), (1,)], 0.5), ([(2,), (3,), (2, 2)], 0.9), ([(2, 2)] * 3, 0.0)]:
        starts = [signed(rng, *shape) for shape in shapes]
        steps = [[signed(rng, *shape) for shape in shapes] for _ in range(3)]
        each = [sgd_by_loops(start, grads, [0.2] * 3, momentum)[-1] for start, grads in zip(starts, zip(*steps))]
        yield Case((starts, steps, 0.2, momentum), each, note=f"{len(shapes)} parameters")


def sgd_none(rng):
    a, b, c = (signed(rng, 2) for _ in range(3))
    for steps in [[[a, None]], [[a, b], [None, c]], [[a, b], [None, b], [c, a]], [[None, b], [a, None], [b, c]]]:
        starts = [signed(rng, 2), signed(rng, 2)]
        each = [sgd_by_loops(start, grads, [0.2] * 4, 0.5)[-1] for start, grads in zip(starts, zip(*steps))]
        yield Case((starts, steps, 0.2, 0.5), each, note="a gradient is None")


def sgd_rates(rng):
    for rates in [(1.0, 0.1), (0.1, 0.2, 0.4), (0.5, 0.0, 0.5)]:
        start, grads = signed(rng, 2), [signed(rng, 2) for _ in rates]
        expected = sgd_by_loops(start, grads, rates, 0.5)[-1]
        yield Case((start, grads, rates, 0.5), expected, note=f"lr = {', '.join(map(str, rates))}")


def sgd_in_place(rng):
    for momentum in 0.0, 0.5:
        start, grad = signed(rng, 3), signed(rng, 3)
        yield Case((start, grad, momentum), (True, sgd_by_loops(start, [grad] * 2, [0.5] * 2, momentum)[-1]))


def sgd_leaves_gradients(rng):
    start, first, second = (signed(rng, 2) for _ in range(3))
    yield Case((start, first, second), (first, second))


def sgd_same_array(rng):
    for momentum in 0.5, 0.9:
        start, grads = signed(rng, 2), [signed(rng, 2) for _ in range(3)]
        yield Case((start, grads, momentum), sgd_by_loops(start, grads, [0.5] * 3, momentum)[-1])


def sgd_float32(rng):
    for momentum in 0.0, 0.5:
        start, grads = signed(rng, 3).astype(np.float32), [signed(rng, 3).astype(np.float32) for _ in range(3)]
        expected = sgd_by_loops(start, grads, [np.float32(0.25)] * 3, momentum)
        yield Case((start, grads, 0.25, momentum), expected, note="float32")


def sgd_defaults(rng):
    yield Case((np.array([1.0, 2.0]), np.array([1.0, -2.0])), np.array([0.0, 4.0]), note="lr 0.5, two steps")


def sgd_two(rng):
    expected = [np.array([1.0 - 0.125 * (1.0 + 1.5)]), np.array([-1.0])]
    yield Case((np.array([1.0]), np.array([1.0])), expected)


OPTIMIZER = Exercise(
    "SGD",
    (
        Property("the worked numbers: three steps with momentum 0.5", sgd_by_hand, probe=path),
        Property("without momentum, p = p - lr grad", sgd_plain, probe=path),
        Property("with momentum, on random gradients", sgd_momentum, 2, path),
        Property("momentum is 0 unless it is given", sgd_defaults, probe=without_momentum),
        Property("several parameters, each with a velocity of its own", sgd_several, 2, paths_of_several),
        Property("a parameter without a gradient stays where it is", sgd_none, 1, paths_of_several),
        Property("lr may change between steps and is no part of v", sgd_rates, 1, path_with_new_rates),
        Property("changes the array in place", sgd_in_place, 1, in_place),
        Property("leaves the gradients alone", sgd_leaves_gradients, 1, gradients_after),
        Property("does not keep the gradient's array", sgd_same_array, 1, same_array_again),
        Property("float32 stays float32", sgd_float32, 1, path),
        Property("two optimizers do not mix", sgd_two, 1, two_optimizers),
    ),
    hints=(
        "What must outlive a step? The parameters, lr, momentum, and one velocity for each parameter.",
        "Make the velocities in __init__, zeros of the shape of p.data. Walk over (parameter, velocity) pairs in step.",
        "p.data -= ... changes the array in place; p.data = p.data - ... makes a new one, which others do not see.",
    ),
)

# train_step: a model with one weight, whose training can be followed with paper and pencil ----------------------------


def losses_and_weight(train_step, w, x, target, steps):
    from minifcn import nn

    net, sgd = nn.Module(), nn.Module()
    net.w, net.forward = nn.Parameter(w.copy()), lambda x: x * net.w
    sgd.step = lambda: net.w.grad is None or net.w.data.__isub__(0.25 * net.w.grad)
    loss_of = lambda answer, target: (answer * (answer - target)).sum()
    return [train_step(net, sgd, loss_of, x, target) for _ in range(steps)], net.w.data


def weight_after_old_gradient(train_step, w, x, target, old):
    from minifcn import nn

    net, sgd = nn.Module(), nn.Module()
    net.w, net.forward = nn.Parameter(w.copy()), lambda x: x * net.w
    net.w.grad = old.copy()  # left over from something else
    sgd.step = lambda: net.w.grad is None or net.w.data.__isub__(0.25 * net.w.grad)
    train_step(net, sgd, lambda y, t: (y * (y - t)).sum(), x, target)
    return net.w.data


def what_is_called(train_step):
    calls, say = [], lambda name, value=None: lambda *args: (calls.append(name), value)[1]
    seven = {"item": lambda self: 7.0, "__float__": lambda self: 7.0, "data": np.array(7.0)}
    loss = type("Loss", (), {"backward": say("backward"), **seven})()
    answers = {"__call__": say("model"), "forward": say("model"), "zero_grad": say("zero_grad")}
    answers["parameters"] = lambda self: []
    model, sgd = type("Model", (), answers)(), type("SGD", (), {"step": say("step")})()
    value = train_step(model, sgd, say("loss", loss), 0.0, 0.0)
    return [name for name in calls if name != "zero_grad"], value, isinstance(value, float)


def train_by_numbers(w, x, target, steps):
    """The losses and the weight of losses_and_weight, by the formula: dL/dw = sum of x (2 w x - target)."""
    w, losses = w.copy(), []
    for _ in range(steps):
        losses.append(float(sum(w[i] * x[i] * (w[i] * x[i] - target[i]) for i in range(len(w)))))
        w = w - 0.25 * x * (2 * w * x - target)
    return losses, w


def training(sizes):
    """A function that yields a case for each (size, steps)."""

    def cases(rng):
        for size, steps in sizes:
            w, x, target = (signed(rng, size) for _ in range(3))
            yield Case((w, x, target, steps), train_by_numbers(w, x, target, steps), note=f"{steps} steps")

    return cases


def training_by_hand(rng):
    w, x, target = np.array([2.0]), np.array([1.0]), np.array([1.0])
    yield Case((w, x, target, 1), ([2.0], np.array([1.25])), note="loss 2 (2 - 1), slope 2 * 2 - 1, 2 - 0.25 * 3")


def training_stale(rng):
    for size in 1, 3:
        w, x, target, old = (signed(rng, size) for _ in range(4))
        yield Case((w, x, target, old), train_by_numbers(w, x, target, 1)[1])


STEP = Exercise(
    "train_step",
    (
        Property("the worked numbers: one weight, one step", training_by_hand, probe=losses_and_weight),
        Property("one step on random numbers", training([(1, 1), (2, 1), (3, 1), (4, 1)]), 1, losses_and_weight),
        Property("several steps in a row", training([(1, 2), (2, 3), (3, 5), (4, 2)]), 2, losses_and_weight),
        Property("gradients from before do not count", training_stale, 1, weight_after_old_gradient),
        Property(
            "one loss, one way back, one step; the loss as a Python number",
            fixed((["model", "loss", "backward", "step"], 7.0, True)),
            1,
            what_is_called,
        ),
    ),
    imports=("minifcn",),
    hints=(
        "Five lines: forget, compute the loss, go back, move, return. Which of them must come before which?",
        "backward() adds to the gradients that are there, so zero_grad() must come before it.",
        "optimizer.step() reads the gradients, so it comes after backward(). loss.item() is the loss as a number.",
    ),
)

EXERCISES = [
    MODULE,
    Exercise("ReLU", ()),
    Exercise("LogSoftmax", ()),
    Exercise("CrossEntropy", (), uses=("04.LogSoftmax",)),
    OPTIMIZER,
    STEP,
]
