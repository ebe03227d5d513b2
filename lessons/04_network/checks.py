"""What the answers of lesson 4 must do: find parameters, measure a loss, move, and put one step of learning together.

The parameters are Tensors of lesson 3, or bare objects with data and grad; the right answers come from hand and from
loops over numbers. Read mistakes.py next.
"""

# ruff: noqa: F821  (a probe runs in the student's process, where Tensor and Module are given)

import math

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

# Module: the networks are plain data, which the probe makes into modules and tensors ----------------------------------


def parameters_of(Module, net):
    learned = {}

    def make(x):  # dict: a module; float: a parameter (equal floats: the same one); int: a tensor that is not learned
        if isinstance(x, dict):
            m = Module()
            for name in x:
                setattr(m, name, make(x[name]))
            return m
        if isinstance(x, (list, tuple)):
            return type(x)(map(make, x))
        fixed = Tensor(x) if type(x) is int else x
        return learned.setdefault(x, Tensor(x, requires_grad=True)) if type(x) is float else fixed

    return [(name, float(p.data)) for name, p in make(net).named_parameters()]


def shared_block(Module):
    net, block = Module(), Module()
    block.weight, block.bias = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    net.layers, net.head = [block, block], block
    return [(name, float(p.data)) for name, p in net.named_parameters()]


def modules_of_other_classes(Module):
    net, block = type("Net", (Module,), {})(), type("Block", (Module,), {})()
    block.w, block.plain = Tensor(1.0, requires_grad=True), Module()
    net.block, block.plain.w = block, Tensor(2.0, requires_grad=True)
    return [(name, float(p.data)) for name, p in net.named_parameters()]


def equal_numbers(Module):
    net = Module()
    net.a, net.b, net.c = (Tensor([5.0, 5.0], requires_grad=True) for _ in range(3))
    found = [p for _, p in net.named_parameters()]
    return [name for name, _ in net.named_parameters()], found[0] is net.a, found[-1] is net.c


def what_was_given(Module):
    net = Module()
    net.w, net.forward = Tensor(3.0, requires_grad=True), lambda x, y: x - y
    return net(5.0, 3.0), [p is net.w for p in net.parameters()]


def asked_twice(Module):
    net = type("Net", (Module,), {})()
    net.w, net.layers = Tensor(1.0, requires_grad=True), []
    before = [name for name, _ in net.named_parameters()]
    net.layers.append(Tensor(2.0, requires_grad=True))
    return before, [name for name, _ in net.named_parameters()]


def gradients_forgotten(Module):
    net, net.inner = Module(), Module()
    net.w, net.inner.parts = Tensor([1.0, 2.0], requires_grad=True), [Tensor(3.0, requires_grad=True)]
    net.w.grad, net.inner.parts[0].grad = np.array([5.0, 6.0]), np.array(7.0)
    net.zero_grad()
    return net.w.grad is None, net.inner.parts[0].grad is None, net.w.data.tolist()


def two_networks(Module):
    one, two = Module(), Module()
    one.w = Tensor(1.0, requires_grad=True)
    two.a, two.b = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    return [[name for name, _ in net.named_parameters()] for net in (one, two, one)]


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
    return lambda rng: (Case((net,), names_by_walking(net), typed=lines_of(net)) for net in nets)


def lines_of(net):
    """What a student could type to make a network of plain data: p1 is the parameter of the number 1."""
    lines, numbers, modules = [], {}, []

    def make(x):
        if type(x) is float:
            return numbers.setdefault(x, f"p{x:g}")
        if isinstance(x, dict):
            name = f"m{len(modules)}" if modules else "net"
            modules.append(name)
            parts = [f"{name}.{key} = {make(part)}" for key, part in x.items()]
            lines.append("; ".join([f"{name} = Module()", *parts]))
            return name
        if isinstance(x, (list, tuple)):
            inside = ", ".join(map(make, x))
            return f"[{inside}]" if isinstance(x, list) else f"({inside}{',' * (len(x) == 1)})"
        return f"Tensor({x})" if type(x) is int else repr(x)

    make(net)
    parameters = [f"{name} = Tensor({number}, requires_grad=True)" for number, name in numbers.items()]
    return "\n".join([*parameters, *lines, "net.named_parameters()"])


def fixed(expected, typed=""):
    """A function that yields the one case of a probe without arguments."""
    return lambda rng: [Case((), expected, typed=typed)]


def random_networks(rng):
    for count in range(2, 14):
        numbers = iter([*map(float, rng.permutation(count)), *map(float, rng.integers(0, count, count))])
        yield Case(
            (net := random_network(rng, numbers, 3),),
            names_by_walking(net),
            note="a random network",
            typed=lines_of(net),
        )


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

ANY_CLASS = """class Net(Module): pass
class Block(Module): pass
net = Net(); net.block = Block(); net.block.plain = Module()
net.block.w = Tensor(1.0, requires_grad=True)
net.block.plain.w = Tensor(2.0, requires_grad=True)
net.named_parameters()"""
SHARED_BLOCK = """block = Module()
block.weight, block.bias = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
net = Module(); net.layers = [block, block]; net.head = block
net.named_parameters()"""
EQUAL_NUMBERS = """net = Module()
net.a, net.b, net.c = (Tensor([5.0, 5.0], requires_grad=True) for _ in range(3))
found = [p for _, p in net.named_parameters()]
[name for name, _ in net.named_parameters()], found[0] is net.a, found[-1] is net.c"""
ASKED_TWICE = """net = Module(); net.w = Tensor(1.0, requires_grad=True); net.layers = []
net.named_parameters()
net.layers.append(Tensor(2.0, requires_grad=True))
net.named_parameters()"""
GIVEN = """net = Module(); net.w = Tensor(3.0, requires_grad=True)
net.forward = lambda x, y: x - y
net(5.0, 3.0), [p is net.w for p in net.parameters()]"""
TWO = """one, two = Module(), Module()
one.w = Tensor(1.0, requires_grad=True)
two.a, two.b = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
one.named_parameters(); two.named_parameters(); one.named_parameters()"""
FORGOTTEN = """net = Module(); net.inner = Module()
net.w = Tensor([1.0, 2.0], requires_grad=True)
net.inner.parts = [Tensor(3.0, requires_grad=True)]
net.w.grad, net.inner.parts[0].grad = np.array([5.0, 6.0]), np.array(7.0)
net.zero_grad()
net.w.grad is None, net.inner.parts[0].grad is None, net.w.data.tolist()"""

MODULE = Exercise(
    "Module",
    (
        Property("finds its own parameters, in the order in which they were set", OWN, 2, parameters_of),
        Property("looks into modules in modules", INNER, 1, parameters_of),
        Property(
            "looks into modules of any class",
            fixed([("block.w", 1.0), ("block.plain.w", 2.0)], ANY_CLASS),
            probe=modules_of_other_classes,
        ),
        Property("looks into lists and tuples", LISTED, 1, parameters_of),
        Property("leaves out what is not a parameter", NO_PARAMETERS, 1, parameters_of),
        Property("a parameter in several places counts once", TIED, 1, parameters_of),
        Property(
            "a module in several places counts once",
            fixed([("layers.0.weight", 1.0), ("layers.0.bias", 2.0)], SHARED_BLOCK),
            probe=shared_block,
        ),
        Property(
            "equal numbers are still several parameters",
            fixed((["a", "b", "c"], True, True), EQUAL_NUMBERS),
            1,
            equal_numbers,
        ),
        Property("finds all of it in random networks", random_networks, probe=parameters_of),
        Property(
            "looks again each time",
            fixed((["w"], ["w", "layers.0"]), ASKED_TWICE),
            probe=asked_twice,
        ),
        Property("can still be called, and has parameters()", fixed((2.0, [True]), GIVEN), probe=what_was_given),
        Property("two networks do not mix", fixed([["w"], ["a", "b"], ["w"]], TWO), probe=two_networks),
        Property(
            "zero_grad sets every grad to None", fixed((True, True, [1.0, 2.0]), FORGOTTEN), probe=gradients_forgotten
        ),
    ),
    uses=("03.Tensor",),
    hints=(
        "vars(self) is a dict of a module's attributes, in the order in which they were set.",
        "Write walk(name, value) for three kinds of values: a parameter, a module, a list or tuple. It calls itself.",
        "To count a parameter once, keep the id() of those you have: tensors of equal numbers are not one tensor.",
    ),
)

# Operations: ReLU, LogSoftmax, CrossEntropy ---------------------------------------------------------------------------


def there(Operation, x):
    return Operation().forward(x)


def there_and_back(Operation, x, grad):
    f = Operation()
    return f.forward(x), f.backward(grad)


def back_twice(Operation, x, grad):
    f = Operation()
    f.forward(x)
    first = np.array(f.backward(grad))
    return first, f.backward(-2 * grad)


def two_at_once(Operation, x, y, grad):
    f, g = Operation(), Operation()
    f.forward(x)
    g.forward(y)
    return f.backward(grad), g.backward(2 * grad)


def in_a_walk(Operation, x, grad):
    t = Tensor(x, requires_grad=True)
    y = Tensor.apply(Operation(), t)
    y.backward(grad)
    return y.data, t.grad


def relu_of(x, grad):
    """The result and the gradient, number by number."""
    y, back = np.zeros_like(x), np.zeros_like(grad)
    for i in np.ndindex(x.shape):
        if x[i] > 0:
            y[i], back[i] = x[i], grad[i]
    return y, back


def relu_by_hand(rng):
    x, grad = np.array([-2.0, 3.0, 0.5, -1.0]), np.array([10.0, 10.0, -4.0, -4.0])
    typed = "f = ReLU()\nf.forward(np.array([-2.0, 3, 0.5, -1])), f.backward(np.array([10.0, 10, -4, -4]))"
    yield Case((x, grad), (np.array([0.0, 3.0, 0.5, 0.0]), np.array([0.0, 10.0, -4.0, 0.0])), typed=typed)


def relu_forward(rng):
    for shape in (3,), (2, 3), (2, 3, 4), (2, 3, 2, 5), (1, 1):
        x = signed(rng, *shape)
        yield Case((x,), relu_of(x, x)[0], note=f"x of shape {shape}")
    yield Case((np.array([-1e300, 1e300, -1e-300, 1e-300]),), np.array([0.0, 1e300, 0.0, 1e-300]), note="huge, tiny")


def relu_backward(rng):
    for shape in (3,), (2, 3), (2, 3, 4), (2, 2, 3, 5), (4, 4), (1, 1):
        x, grad = signed(rng, *shape), signed(rng, *shape)
        yield Case((x, grad), relu_of(x, grad), note=f"x of shape {shape}")
    x, grad = -abs(signed(rng, 2, 3)), signed(rng, 2, 3)
    yield Case((x, grad), relu_of(x, grad), note="all negative")
    yield Case((-x, grad), relu_of(-x, grad), note="all positive")


def relu_ties(rng):
    x, grad = np.array([0.0, -0.0, 1.0, -1.0, 0.0]), np.array([5.0, -3.0, 2.0, 2.0, -7.0])
    yield Case(
        (x, grad), (np.array([0.0, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 2.0, 0.0, 0.0])), note="slope 0 at 0"
    )


def relu_small(rng):
    yield Case((np.array(2.0), np.array(-3.0)), (2.0, -3.0), note="an array without axes")
    for shape in (0,), (0, 3), (2, 0, 3):
        yield Case((np.zeros(shape), np.zeros(shape)), (np.zeros(shape), np.zeros(shape)), note=f"shape {shape}")


def in_float32(f, *shapes):
    """A function that yields float32 cases of an operation whose result and gradient are f(x, grad)."""

    def cases(rng):
        for shape in shapes:
            x, grad = signed(rng, *shape).astype(np.float32), signed(rng, *shape).astype(np.float32)
            expected = tuple(part.astype(np.float32) for part in f(x.astype(float), grad.astype(float)))
            yield Case((x, grad), expected, note="float32", rtol=1e-5)

    return cases


def twice(f, *shapes):
    """A function that yields the cases of `back_twice`."""

    def cases(rng):
        for shape in shapes:
            x, grad = signed(rng, *shape), signed(rng, *shape)
            yield Case((x, grad), (f(x, grad)[1], f(x, -2 * grad)[1]), note="backward(grad), then backward(-2 grad)")

    return cases


def two_of(f, *shapes):
    """A function that yields the cases of `two_at_once`."""

    def cases(rng):
        for shape in shapes:
            x, y, grad = signed(rng, *shape), signed(rng, *shape), signed(rng, *shape)
            yield Case((x, y, grad), (f(x, grad)[1], f(y, 2 * grad)[1]))

    return cases


def walks_of(f, *shapes):
    """A function that yields the cases of `in_a_walk`."""

    def cases(rng):
        for shape in shapes:
            x, grad = signed(rng, *shape), signed(rng, *shape)
            yield Case((x, grad), f(x, grad))

    return cases


RELU = Exercise(
    "ReLU",
    (
        Property("the worked numbers", relu_by_hand, probe=there_and_back),
        Property("forward is max(0, x), of any shape", relu_forward, 2, there),
        Property("backward lets grad through where x > 0", relu_backward, 2, there_and_back),
        Property("at 0 the slope is 0", relu_ties, 1, there_and_back),
        Property("no axes, no elements", relu_small, 1, there_and_back),
        Property("float32 stays float32", in_float32(relu_of, (3,), (2, 3)), 1, there_and_back),
        Property("backward can be asked twice", twice(relu_of, (2, 3)), 1, back_twice),
        Property("two of them in use at once do not mix", two_of(relu_of, (2, 3), (3,)), 1, two_at_once),
        Property("works in a Tensor's walk", walks_of(relu_of, (2, 3)), 1, in_a_walk),
    ),
    uses=("03.Tensor",),
    hints=(
        "If x moves by a little, by how much does max(0, x) move? There are two answers, depending on x.",
        "backward does not get x. forward must leave on self what backward needs: where x > 0.",
        "x > 0 is an array of True and False. grad * (x > 0) keeps grad where it is True, and is 0 elsewhere.",
    ),
)


def log_softmax_of(x, grad):
    """The result and the gradient of a log softmax along axis 1, from sums over single numbers."""
    y, back = np.zeros_like(x), np.zeros_like(x)
    for place in np.ndindex(x.shape[:1] + x.shape[2:]):
        row = (place[0], slice(None), *place[1:])
        largest = max(x[row].tolist())
        log_sum = largest + math.log(sum(math.exp(v - largest) for v in x[row].tolist()))
        y[row] = [v - log_sum for v in x[row].tolist()]
        total = sum(grad[row].tolist())
        back[row] = [g - math.exp(v) * total for g, v in zip(grad[row].tolist(), y[row].tolist())]
    return y, back


LOG = np.log([3.0, 4.0])
ROWS = [(1, 2), (2, 3), (4, 3), (3, 3), (3, 1)]
PIXELS = [(2, 3, 4), (2, 3, 2, 4), (3, 3, 3, 3), (1, 4, 1, 1)]


def log_softmax_by_hand(rng):
    x, grad = np.array([[0.0, 0.0], [LOG[0], 0.0]]), np.array([[1.0, 0.0], [0.0, 4.0]])
    y = np.array([[-math.log(2), -math.log(2)], [LOG[0] - LOG[1], -LOG[1]]])
    typed = "f = LogSoftmax()\nf.forward(np.array([[0, 0], [np.log(3), 0]])), f.backward(np.array([[1.0, 0], [0, 4]]))"
    yield Case((x, grad), (y, np.array([[0.5, -0.5], [-3.0, 3.0]])), note="p = (1/2, 1/2) and (3/4, 1/4)", typed=typed)


def log_softmax_forward(shapes):
    def cases(rng):
        for shape in shapes:
            x = 2 * signed(rng, *shape)
            yield Case((x,), log_softmax_of(x, x)[0], note=f"x of shape {shape}")

    return cases


def log_softmax_backward(shapes):
    def cases(rng):
        for shape in shapes:
            x, grad = signed(rng, *shape), signed(rng, *shape)
            yield Case((x, grad), log_softmax_of(x, grad), note=f"x of shape {shape}")

    return cases


def log_softmax_large(rng):
    typed = "LogSoftmax().forward(np.array([[1000.0, 0.0]]))"
    yield Case((np.array([[1000.0, 0.0]]),), np.array([[0.0, -1000.0]]), note="exp(1000) is inf", typed=typed)
    x = np.array([[-1000.0, -1000.0]])
    yield Case((x,), np.array([[-math.log(2)] * 2]), note="exp(-1000) is 0, log 0 is -inf")
    x = np.array([[1000.0, 999.0, 0.0], [0.0, 1.0, -1.0], [-800.0, -801.0, -1000.0]])
    yield Case((x,), log_softmax_of(x, x)[0], note="rows of very different size")
    x = np.array([[3000.0, 0.0, 0.0], [0.0, -3000.0, 0.0]])
    yield Case((x,), log_softmax_of(x, x)[0], note="one number far from the others")
    x = np.array([[800.0, 0.0, 810.0], [-5.0, -900.0, 3.0]])
    yield Case((x + 1e4,), log_softmax_of(x + 1e4, x)[0], note="all numbers above 9000")


def log_softmax_large_back(rng):
    x, grad = np.array([[1000.0, 1000.0, 0.0], [0.0, -900.0, 0.0]]), signed(rng, 2, 3)
    yield Case((x, grad), log_softmax_of(x, grad), note="logits of 1000")
    x = np.array([[3000.0, 0.0, 0.0], [0.0, -3000.0, 0.0]])
    yield Case((x, grad), log_softmax_of(x, grad), note="one number far from the others")


def log_softmax_differences(rng):
    for shape in (2, 3), (2, 3, 2):
        x, grad = signed(rng, *shape), signed(rng, *shape)
        formula = lambda v: np.log(np.exp(v) / np.exp(v).sum(axis=1, keepdims=True))  # fine for small numbers
        yield Case((x, grad), (formula(x), numerical_gradient(formula, x, grad)), rtol=1e-6)


def log_softmax_small(rng):
    for shape in (0, 3), (0, 3, 2, 2), (2, 3, 0):
        yield Case((np.zeros(shape), np.zeros(shape)), (np.zeros(shape), np.zeros(shape)), note=f"shape {shape}")


LOG_SOFTMAX = Exercise(
    "LogSoftmax",
    (
        Property("the worked numbers: probabilities 1/2, 1/2 and 3/4, 1/4", log_softmax_by_hand, probe=there_and_back),
        Property("forward of rows (N, C)", log_softmax_forward(ROWS), 1, there),
        Property("forward of pixels (N, C, ...): along axis 1", log_softmax_forward(PIXELS), 1, there),
        Property("no overflow, no log of 0", log_softmax_large, 2, there),
        Property("backward of rows (N, C)", log_softmax_backward(ROWS), 2, there_and_back),
        Property("backward of pixels (N, C, ...)", log_softmax_backward(PIXELS), 1, there_and_back),
        Property("backward of large numbers", log_softmax_large_back, 1, there_and_back),
        Property("equals finite differences", log_softmax_differences, 1, there_and_back),
        Property("no rows, no pixels", log_softmax_small, 1, there_and_back),
        Property("float32 stays float32", in_float32(log_softmax_of, (2, 3), (2, 3, 2)), 1, there_and_back),
        Property("backward can be asked twice", twice(log_softmax_of, (2, 3)), 1, back_twice),
        Property("two of them in use at once do not mix", two_of(log_softmax_of, (2, 3), (3, 2)), 1, two_at_once),
        Property("works in a Tensor's walk", walks_of(log_softmax_of, (2, 3)), 1, in_a_walk),
    ),
    uses=("03.Tensor",),
    hints=(
        (
            "log(e^x / sum) is x - log(sum). And if all the numbers of a row fall by the same amount, nothing changes: by which"
            " amount would you let them fall?"
        ),
        (
            "Subtract the largest number of each row (x.max(axis=1, keepdims=True)): then no exp is above 1, and their sum is at"
            " least 1. keepdims lets it broadcast."
        ),
        (
            "In backward: grad - softmax * (sum of grad along axis 1, kept), and the softmax is np.exp of the result that you"
            " left on self."
        ),
    ),
)


def loss_there(CrossEntropy, logits, labels):
    return CrossEntropy(labels).forward(logits)


def loss_and_back(CrossEntropy, logits, labels, grad):
    f = CrossEntropy(labels)
    return f.forward(logits), f.backward(grad)


def loss_back_twice(CrossEntropy, logits, labels, grad):
    f = CrossEntropy(labels)
    f.forward(logits)
    first = np.array(f.backward(grad))
    return first, f.backward(-3 * grad)


def two_losses(CrossEntropy, logits, labels, other_labels, grad):
    f, g = CrossEntropy(labels), CrossEntropy(other_labels)
    f.forward(logits)
    g.forward(-logits)
    return f.backward(grad), g.backward(grad)


def loss_in_a_walk(CrossEntropy, logits, labels, weight):
    x = Tensor(logits, requires_grad=True)
    loss = Tensor.apply(CrossEntropy(labels), x) * Tensor(np.array(weight))
    loss.backward()
    return float(loss.data), x.grad


def cross_entropy_of(logits, labels, grad=1.0):
    """The loss and its gradient, row by row."""
    back, loss, n = np.zeros_like(logits), 0.0, len(labels)
    for i, label in enumerate(labels.tolist()):
        row = logits[i].tolist()
        log_sum = max(row) + math.log(sum(math.exp(v - max(row)) for v in row))
        loss += (log_sum - row[label]) / n
        for c, v in enumerate(row):
            back[i, c] = float(grad) * (math.exp(v - log_sum) - (c == label)) / n
    return loss, back


def random_rows(rng, n, c):
    return signed(rng, n, c), rng.integers(0, c, n)


SIZES = [(1, 2), (2, 3), (3, 2), (4, 4), (5, 3), (3, 5), (6, 1)]


def cross_entropy_by_hand(rng):
    logits, labels = np.array([[LOG[0], 0.0], [0.0, 0.0]]), np.array([0, 1])
    back = np.array([[-0.25, 0.25], [0.5, -0.5]]) / 2
    loss = (LOG[1] - LOG[0] + math.log(2)) / 2
    typed = (
        "f = CrossEntropy(np.array([0, 1]))\nf.forward(np.array([[np.log(3), 0], [0, 0]])), f.backward(np.array(1.0))"
    )
    yield Case((logits, labels, np.array(1.0)), (loss, back), note="p of the true class: 3/4 and 1/2", typed=typed)


def cross_entropy_forward(rng):
    for n, c in SIZES:
        logits, labels = random_rows(rng, n, c)
        yield Case((logits, labels), cross_entropy_of(logits, labels)[0], note=f"{n} rows, {c} classes")
    yield Case((np.zeros((4, 5)), np.array([0, 4, 2, 2])), math.log(5), note="all logits 0, five classes: log 5")


def cross_entropy_backward(rng):
    for n, c in SIZES:
        logits, labels = random_rows(rng, n, c)
        expected = cross_entropy_of(logits, labels)
        yield Case((logits, labels, np.array(1.0)), expected, note=f"{n} rows, {c} classes")


def cross_entropy_upstream(rng):
    for grad in 2.0, -0.5, 0.0:
        logits, labels = random_rows(rng, 3, 4)
        expected = cross_entropy_of(logits, labels, grad)
        yield Case((logits, labels, np.array(grad)), expected, note=f"dL/dloss = {grad:g}")


def cross_entropy_large(rng):
    logits, labels = np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([0, 0])
    expected = cross_entropy_of(logits, labels)
    typed = "CrossEntropy(np.array([0, 0])).forward(np.array([[1000.0, 0], [0, 1000]]))"
    yield Case((logits, labels, np.array(1.0)), expected, note="sure and right: 0; sure and wrong: 1000", typed=typed)
    logits, labels = np.array([[3000.0, 0.0, 0.0], [-1000.0, -1001.0, -1000.0], [800.0, 0.0, 1.0]]), np.array([1, 1, 2])
    yield Case((logits, labels, np.array(1.0)), cross_entropy_of(logits, labels))


def cross_entropy_differences(rng):
    for n, c in (2, 3), (4, 2):
        logits, labels = random_rows(rng, n, c)
        formula = lambda x, t=labels: np.mean([-x[i, k] + np.log(np.exp(x[i]).sum()) for i, k in enumerate(t)])
        expected = formula(logits), numerical_gradient(formula, logits, -1.5)
        yield Case((logits, labels, np.array(-1.5)), expected, rtol=1e-6)


def cross_entropy_labels(rng):
    for dtype in np.uint8, np.int32:
        logits, labels = random_rows(rng, 5, 3)
        expected = cross_entropy_of(logits, labels, 2.0)
        yield Case(
            (logits, labels.astype(dtype), np.array(2.0)), expected, note=f"labels are {dtype.__name__}, as in images"
        )


def cross_entropy_float32(rng):
    for n, c in (2, 3), (4, 2):
        logits, labels = random_rows(rng, n, c)
        logits = logits.astype(np.float32)
        loss, back = cross_entropy_of(logits.astype(float), labels, 2.0)
        expected = np.float32(loss), back.astype(np.float32)
        yield Case((logits, labels, np.array(2.0, np.float32)), expected, note="float32", rtol=1e-5)


def cross_entropy_twice(rng):
    logits, labels = random_rows(rng, 3, 4)
    first, second = (cross_entropy_of(logits, labels, grad)[1] for grad in (1.0, -3.0))
    yield Case((logits, labels, np.array(1.0)), (first, second), note="backward(1), then backward(-3)")


def cross_entropy_two(rng):
    logits, labels = random_rows(rng, 3, 4)
    other = (labels + 1) % 4
    expected = cross_entropy_of(logits, labels, 2.0)[1], cross_entropy_of(-logits, other, 2.0)[1]
    yield Case((logits, labels, other, np.array(2.0)), expected)


def cross_entropy_walk(rng):
    logits, labels = random_rows(rng, 4, 3)
    loss, back = cross_entropy_of(logits, labels, 2.5)
    yield Case((logits, labels, 2.5), (2.5 * loss, back), note="2.5 times the loss")


CROSS_ENTROPY = Exercise(
    "CrossEntropy",
    (
        Property("the worked numbers: probabilities 3/4 and 1/2", cross_entropy_by_hand, probe=loss_and_back),
        Property("forward is the mean of -log p of the true class", cross_entropy_forward, 2, loss_there),
        Property("backward is (softmax - one hot) / N", cross_entropy_backward, 2, loss_and_back),
        Property("backward uses dL/dloss", cross_entropy_upstream, 1, loss_and_back),
        Property("logits of 1000", cross_entropy_large, 1, loss_and_back),
        Property("equals finite differences", cross_entropy_differences, 1, loss_and_back),
        Property("labels of any whole numbers", cross_entropy_labels, 1, loss_and_back),
        Property("float32 stays float32", cross_entropy_float32, 1, loss_and_back),
        Property("backward can be asked twice", cross_entropy_twice, 1, loss_back_twice),
        Property("two losses in use at once do not mix", cross_entropy_two, 1, two_losses),
        Property("works in a Tensor's walk", cross_entropy_walk, 1, loss_in_a_walk),
    ),
    uses=("03.Tensor", "04.LogSoftmax"),
    hints=(
        (
            "LogSoftmax().forward(logits) has log p of every class, for any size of logits. Which one of each row do"
            " you need?"
        ),
        "log_p[np.arange(N), labels] picks one number from each row: row 0 with its label, row 1 with its label, ...",
        (
            "In backward: np.exp(log_p), a new array; subtract 1 at the true class of each row; divide by N; multiply"
            " by grad."
        ),
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
        Property("lr may change between steps and is not part of v", sgd_rates, 1, path_with_new_rates),
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
    net, sgd = Module(), type("SGD", (), {})()
    net.w, net.forward = Tensor(w.copy(), requires_grad=True), lambda x: Tensor(x) * net.w
    sgd.step = lambda: net.w.grad is None or net.w.data.__isub__(0.25 * net.w.grad)
    loss_of = lambda answer, target: (answer * (answer + Tensor(-target))).mean()
    return [train_step(net, sgd, loss_of, x, target) for _ in range(steps)], net.w.data


def weight_after_old_gradient(train_step, w, x, target, old):
    net, sgd = Module(), type("SGD", (), {})()
    net.w, net.forward = Tensor(w.copy(), requires_grad=True), lambda x: Tensor(x) * net.w
    net.w.grad = old.copy()  # left over from something else
    sgd.zero_grad = lambda: None  # that of the optimizer is not the model's
    sgd.step = lambda: net.w.grad is None or net.w.data.__isub__(0.25 * net.w.grad)
    train_step(net, sgd, lambda y, t: (y * (y + Tensor(-t))).mean(), x, target)
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
    """The losses and the weights of losses_and_weight, by the formula: dL/dw = x (2 w x - target) / n."""
    w, losses, n = w.copy(), [], len(w)
    for _ in range(steps):
        losses.append(float(sum(w[i] * x[i] * (w[i] * x[i] - target[i]) for i in range(n)) / n))
        w = w - 0.25 * x * (2 * w * x - target) / n
    return losses, w


def training(sizes):
    """A function that yields a case for each (size, steps)."""

    def cases(rng):
        for size, steps in sizes:
            w, x, target = (signed(rng, size) for _ in range(3))
            yield Case((w, x, target, steps), train_by_numbers(w, x, target, steps), note=f"{steps} steps")

    return cases


ONE_STEP = """net = Module(); net.w = Tensor(np.array([2.0]), requires_grad=True)
net.forward = lambda x: Tensor(x) * net.w
loss_of = lambda y, t: (y * (y + Tensor(-t))).mean()
sgd = SGD([net.w], lr=0.25)
[train_step(net, sgd, loss_of, np.array([1.0]), np.array([1.0]))], net.w.data"""


def training_by_hand(rng):
    w, x, target = np.array([2.0]), np.array([1.0]), np.array([1.0])
    yield Case(
        (w, x, target, 1),
        ([2.0], np.array([1.25])),
        note="loss 2 (2 - 1), slope 2 * 2 - 1, 2 - 0.25 * 3",
        typed=ONE_STEP,
    )


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
    uses=("03.Tensor", "04.Module"),
    hints=(
        "Five lines: forget, compute the loss, go back, move, return. Which of them must come before which?",
        "backward() adds to the gradients that are there, so zero_grad() must come before it.",
        "optimizer.step() reads the gradients, so it comes after backward(). float(loss.data) is the loss as a number.",
    ),
)

EXERCISES = [
    MODULE,
    RELU,
    LOG_SOFTMAX,
    CROSS_ENTROPY,
    OPTIMIZER,
    STEP,
]
