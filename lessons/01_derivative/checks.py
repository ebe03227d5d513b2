"""What lesson 1's answers must do: record slopes (Value), put a graph in order (topological_order), walk it back (backward).

Derivatives are compared with those of Dual numbers, which carry their slope forward and know nothing of graphs. A graph is
plain data: for each node the names of its inputs, {"a": "", "b": "a", "c": "bb"} for b = f(a), c = g(b, b). Read mistakes.py next.
"""

import math

from minifcn.course.exercise import Case, Exercise, Property


class Dual:
    """A number and its slope, both computed forward: the simple twin of Value."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __pow__(self, n):
        return Dual(self.value**n, n * self.value ** (n - 1) * self.slope)

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __sub__(self, other):
        return self + -dual(other)

    def __truediv__(self, other):
        return self * dual(other) ** -1

    def __rsub__(self, other):
        return dual(other) - self

    def __rtruediv__(self, other):
        return dual(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Dual(math.exp(self.value), math.exp(self.value) * self.slope)

    def tanh(self):
        return Dual(math.tanh(self.value), self.slope / math.cosh(self.value) ** 2)

    def relu(self):
        return self if self.value > 0 else Dual(0.0)


def dual(x):
    return x if isinstance(x, Dual) else Dual(x)


def derive(expression, numbers):
    """The value of an expression and its slope by each name, by one forward pass for each."""
    passes = {n: eval(expression, {}, {m: Dual(x, float(m == n)) for m, x in numbers.items()}) for n in numbers}
    return {"y": next(iter(passes.values())).value} | {f"dy/d{n}": y.slope for n, y in passes.items()}


# Value ------------------------------------------------------------------------------------------------------------


def slopes(Value, expression, **numbers):
    def slope(node, x):  # the sum over all paths from node down to x
        return 1.0 if node is x else sum(s * slope(a, x) for a, s in zip(node.inputs, node.slopes))

    values = {name: Value(number) for name, number in numbers.items()}
    y = eval(expression, {}, values)
    return {"y": y.data} | {f"dy/d{name}": float(slope(y, x)) for name, x in values.items()}


def record(Value, expression, **numbers):
    values = {name: Value(number) for name, number in numbers.items()}
    y = eval(expression, {}, values)
    inputs = [name for x in y.inputs for name, value in values.items() if value is x]
    return {"inputs": sorted(inputs), "number of inputs": len(y.inputs), "number of slopes": len(y.slopes)}


def kept(Value, expression, **numbers):
    values = {name: Value(number) for name, number in numbers.items()}
    eval(expression, {}, values)
    return {name: x.data for name, x in values.items()} | {"inputs": [len(x.inputs) for x in values.values()]}


def asked(expression, note="", **numbers):
    return Case((expression,), derive(expression, numbers), numbers, note, typed=lines_of(expression, numbers))


def lines_of(expression, numbers, last="y.data, y.inputs, y.slopes  # dy/da: slopes multiply along a path, paths add"):
    """What a student could type to see the same."""
    values = "; ".join(f"{name} = Value({round(number, 4)!r})" for name, number in numbers.items())
    return f"{values}\ny = {expression}\n{last}"


def product_and_sum(rng):
    numbers = {"a": 3.0, "b": -2.0}
    expected = {"y": -3.0, "dy/da": -1.0, "dy/db": 3.0}
    yield Case(("a * b + a",), expected, numbers, typed=lines_of("a * b + a", numbers))


def records(rng):
    for expression in "a + b", "a * b":
        expected = {"inputs": ["a", "b"], "number of inputs": 2, "number of slopes": 2}
        numbers = {"a": 3.0, "b": -2.0}
        typed = lines_of(expression, numbers, "y.inputs == (a, b), len(y.inputs), len(y.slopes)")
        yield Case((expression,), expected, numbers, typed=typed)
    for expression in "a ** 3", "a.exp()", "a.tanh()", "a.relu()":
        expected = {"inputs": ["a"], "number of inputs": 1, "number of slopes": 1}
        typed = lines_of(expression, {"a": 3.0}, "y.inputs == (a,), len(y.inputs), len(y.slopes)")
        yield Case((expression,), expected, {"a": 3.0}, typed=typed)


def sums_and_products(rng):
    yield asked("a + b", a=2.0, b=5.0)
    yield asked("a * b", a=2.0, b=5.0)
    yield asked("a - b", a=2.0, b=5.0)
    yield asked("a * b", a=-1.5, b=0.0)
    yield asked("a * b * c + b", a=float(rng.uniform(1, 2)), b=float(rng.uniform(-2, -1)), c=3.0)


def plain_numbers(rng):
    for expression in "a + 2", "a * 3", "2 + a", "3 * a", "5 - a", "a - 5", "2 * a + 1":
        yield asked(expression, a=4.0)


def powers(rng):
    for n in 2, 3, 1, -1, -2, 0.5, 5:
        yield asked(f"a ** {n}", a=1.5)
    yield asked("a ** 3", a=-2.0)
    yield asked("a ** 1", "x itself: the slope is 1, at 0 as well", a=0.0)
    yield asked("a ** 2", "flat at 0", a=0.0)
    yield asked("a / b", a=3.0, b=-2.0)
    yield asked("1 / a", a=4.0)
    yield asked("a / 4", a=3.0)


def curves(rng):
    for function in "exp", "tanh", "relu":
        for x in 0.5, -0.7, 2.0, -1.25:
            yield asked(f"a.{function}()", a=x)
    yield asked("a.relu()", "the slope at 0 is 0", a=0.0)
    yield asked("a.exp()", a=0.0)
    yield asked("a.exp()", a=20.0)
    yield asked("a.tanh()", a=0.0)
    yield Case(
        ("a.tanh()",),
        {"y": 1.0, "dy/da": 0.0},
        {"a": 400.0},
        "exp(800) is too large for a float",
        typed=lines_of("a.tanh()", {"a": 400.0}),
    )
    yield Case(
        ("a.tanh()",),
        {"y": -1.0, "dy/da": 0.0},
        {"a": -400.0},
        "exp(800) is too large for a float",
        typed=lines_of("a.tanh()", {"a": -400.0}),
    )


def used_again(rng):
    for expression in "a + a", "a * a", "a * a * a", "a * a + a", "a - a", "a / a", "a.exp() * a":
        yield asked(expression, a=1.5)


def compositions(rng):
    for expression in (
        "(a * b - c).tanh()",
        "(a + b * 0.5).exp() / (c * c + 1)",
        "2 / (a * a + b ** 2) - c",
        "(a * b + c).relu() + (c - a * b).relu() * 3",
        "((a - b) ** 2 + (b - c) ** 2) / 2",
        "(a * a.tanh() - b).exp() * c.relu()",
        "1 - (1 + (-a * c).exp()) ** -1 * b",
    ):
        for _ in range(2):
            yield asked(expression, **{name: float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.6)) for name in "abc"})


def inputs_as_they_were(rng):
    numbers = {"a": 1.5, "b": -0.5}
    expected = {"a": 1.5, "b": -0.5, "inputs": [0, 0]}
    for expression in "a + b", "a * b", "a ** 2", "a.exp()", "a.tanh()", "a.relu()", "b.relu()", "a + 2", "2 * a":
        typed = lines_of(expression, numbers, "a.data, b.data, a.inputs, b.inputs")
        yield Case((expression,), expected, numbers, typed=typed)


# Graphs as plain data ---------------------------------------------------------------------------------------------

GRAPHS = (
    ({"a": "", "b": "a"}, "one step"),
    ({"a": "", "b": "", "c": "ab"}, "two inputs"),
    ({"a": "", "b": "a", "c": "b"}, "a chain"),
    ({"a": "", "b": "aa"}, "the same input twice, as in a * a"),
    ({"a": "", "b": "a", "c": "bb"}, "an inner node used twice"),
    ({"a": "", "b": "a", "c": "ab"}, "a short path to a, and a longer one"),
    ({"a": "", "b": "a", "c": "ba"}, "the same, the longer path first"),
    ({"a": "", "b": "a", "c": "a", "d": "bc"}, "two paths of equal length"),
    ({"a": "", "b": "a", "c": "b", "d": "ac"}, "paths of length 1 and 3"),
    ({"a": "", "b": "a", "c": "b", "d": "ca"}, "paths of length 3 and 1"),
    ({"a": "", "b": "a", "c": "b", "d": "bc"}, "an inner node with a short and a long path"),
    ({"a": "", "b": "a", "c": "ab", "d": "bc", "e": "cda"}, "many paths"),
    ({"a": "", "b": "a", "c": "b", "d": "c", "e": "bd", "f": "ec"}, "an inner node waits"),
    ({"a": "", "b": "", "c": "a", "d": "bc", "e": "add", "f": "ce"}, "two leaves"),
)


def random_graph(rng, size):
    """Two leaves, then nodes that take one to three of the earlier ones."""
    graph = {"a": "", "b": ""}
    for name in "cdefghijklmnopqrst"[: size - 2]:
        graph[name] = "".join(rng.choice(list(graph), rng.integers(1, 4)))
    return graph


def reachable(graph, root):
    """The names of all nodes that `root` was computed from, and its own."""
    found = {root}
    for name in reversed(graph):
        found |= set(graph[name]) if name in found else set()
    return found


# topological_order ------------------------------------------------------------------------------------------------


def ordered(topological_order, graph, root, calls=1):
    nodes = {}
    for name, inputs in graph.items():
        nodes[name] = type("Node", (), {"inputs": tuple(nodes[x] for x in inputs)})()
    for _ in range(calls):
        order = [name for node in topological_order(nodes[root]) for name in nodes if nodes[name] is node]
    early = [f"{name} before {x}" for k, name in enumerate(order) for x in graph[name] if x not in order[:k]]
    return {"nodes": "".join(sorted(order)), "the last": "".join(order[-1:]), "too early": ", ".join(early)}


def long_chain(topological_order, length):
    Node, sys = type("Node", (), {"inputs": ()}), __import__("sys")
    nodes = [Node() for _ in range(length)]
    for k in range(1, length):
        nodes[k].inputs = (nodes[k - 1],)  # each has the one before it as its input
    limits, set_limit = [], sys.setrecursionlimit
    set_limit(1000)
    sys.setrecursionlimit = lambda limit: (limits.append(limit), set_limit(limit))
    order = list(topological_order(nodes[-1]))
    limits, sys.setrecursionlimit = limits + [sys.getrecursionlimit()], set_limit
    return {"nodes": len(order), "in order": all(a is b for a, b in zip(order, nodes)), "recursion limit": max(limits)}


def ladder(topological_order, length):
    def look(node):
        node.looks.append(1)
        if len(node.looks) > 200_000:
            raise RuntimeError(f"the inputs of {length} nodes have been looked at 200 000 times")
        return node.below

    Node = type("Node", (), {"below": (), "looks": [], "inputs": property(look)})
    nodes = [Node() for _ in range(length)]
    for k in range(1, length):
        nodes[k].below = (nodes[k - 1], nodes[k - 1])  # each is the one before it, added to itself
    order = list(topological_order(nodes[-1]))
    return {"nodes": len(order), "in order": all(a is b for a, b in zip(order, nodes))}


def order_of(graph, root=None, note="", **options):
    root = root or max(graph)
    expected = {"nodes": "".join(sorted(reachable(graph, root))), "the last": root, "too early": ""}
    lines = [f"{name} = Value(0.0{tuples(inputs, ['1.0'] * len(inputs))})" for name, inputs in graph.items()]
    calls = [f"topological_order({root})"] * options.get("calls", 1)
    return Case((graph, root), expected, options, note, typed="\n".join(lines + calls))


def tuples(inputs, slopes):
    """What follows the number in Value(7.0, (a, b), (1.0, 2.0)); nothing for a leaf."""
    inputs, slopes = list(inputs), list(slopes)
    comma = "," if len(inputs) == 1 else ""
    return f", ({', '.join(inputs)}{comma}), ({', '.join(slopes)}{comma})" if inputs else ""


def alone(rng):
    yield order_of({"a": ""}, note="a leaf is its own graph")
    yield order_of({"a": "", "b": "a", "c": "b"}, note="a chain of three")


def several_paths(rng):
    for graph, note in GRAPHS:
        yield order_of(graph, note=note)


def only_its_own(rng):
    yield order_of({"a": "", "b": "a", "c": "b"}, "b", "c was computed from the root b: it is not part of it")
    yield order_of({"a": "", "b": "", "c": "a", "d": "bc", "e": "a"}, "d", "e shares a leaf, no more")
    yield order_of({"a": "", "b": "a", "c": "ab"}, "a")


def asked_again(rng):
    yield order_of({"a": ""}, note="asked twice for one leaf", calls=2)
    yield order_of({"a": "", "b": "a", "c": "bb"}, note="asked twice for the same graph", calls=2)
    yield order_of({"a": "", "b": "a", "c": "b", "d": "ca"}, note="asked three times for the same graph", calls=3)


def random_orders(rng):
    for size in 5, 6, 7, 8, 9, 10, 12, 14, 16, 20:
        yield order_of(random_graph(rng, size))


def long_chains(rng):
    for length in 2, 500, 2000:
        expected = {"nodes": length, "in order": True, "recursion limit": 1000}
        yield Case((length,), expected, note=f"{length} nodes in a row")


def ladders(rng):
    for length in 3, 8, 40:
        yield Case((length,), {"nodes": length, "in order": True}, note=f"2**{length - 1} paths, {length} nodes")


# backward ---------------------------------------------------------------------------------------------------------


def grads(backward, graph, roots, before=0.0):
    nodes = {}
    for name, inputs in graph.items():  # for each input of a node its name and its slope
        fields = {"inputs": tuple(nodes[x] for x, _ in inputs), "slopes": tuple(s for _, s in inputs)}
        nodes[name] = type("Node", (), fields | {"data": 7.0 - len(inputs), "grad": before})()
    for root in roots:
        backward(nodes[root])
    return {f"{name}.grad": node.grad for name, node in nodes.items()}


def chain_grad(backward, length):
    Node = type("Node", (), {"inputs": (), "slopes": (), "data": 7.0, "grad": 0.0})
    nodes = [Node() for _ in range(length)]
    for k in range(1, length):  # a chain whose slopes are 2, 1/2, 2, 1/2, ...
        nodes[k].inputs, nodes[k].slopes = (nodes[k - 1],), (2.0 if k % 2 else 0.5,)
    backward(nodes[-1])
    return {"the leaf": nodes[0].grad, "the next": nodes[1].grad, "the root": nodes[-1].grad}


def ladder_grad(backward, length):
    def look(node):
        node.looks.append(1)
        if len(node.looks) > 200_000:
            raise RuntimeError(f"the inputs of {length} nodes have been looked at 200 000 times")
        return node.below

    fields = {"below": (), "slopes": (), "data": 7.0, "grad": 0.0, "looks": []}
    Node = type("Node", (), fields | {"inputs": property(look)})
    nodes = [Node() for _ in range(length)]
    for k in range(1, length):  # each is the one before it, added to itself
        nodes[k].below, nodes[k].slopes = (nodes[k - 1], nodes[k - 1]), (1.0, 1.0)
    backward(nodes[-1])
    return {"the leaf": nodes[0].grad, "the root": nodes[-1].grad}


def expected_grads(graph, roots, before=0.0):
    """Leaves add up what every call gives them, other nodes have what the last call that reached them gave."""
    result = dict.fromkeys(graph, before)
    for root in roots:
        for name in reachable({n: [x for x, _ in inputs] for n, inputs in graph.items()}, root):
            slope = slope_by(graph, root, name)
            result[name] = slope if graph[name] else result[name] + slope
    return {f"{name}.grad": grad for name, grad in result.items()}


def slope_by(graph, root, name):
    """d(root)/d(name), forward: this node has slope 1, and every later one the sum over its inputs."""
    d = {}
    for node, inputs in graph.items():
        d[node] = 1.0 if node == name else sum((slope * d[x] for x, slope in inputs), 0.0)
    return d[root]


def grads_of(graph, roots=None, note="", **options):
    roots = roots or max(graph)
    return Case(
        (graph, roots),
        expected_grads(graph, roots, **options),
        options,
        note,
        typed=walk_lines(graph, roots, **options),
    )


def walk_lines(graph, roots, before=0.0):
    """What a student could type to see the same."""
    lines = [
        f"{name} = Value(7.0{tuples((x for x, _ in inputs), (str(slope) for _, slope in inputs))})"
        for name, inputs in graph.items()
    ]
    if before:
        lines.append(f"for node in ({', '.join(graph)}{',' * (len(graph) == 1)}): node.grad = {before}")
    lines += [f"backward({root})" for root in roots]
    return "\n".join([*lines, ", ".join(f"{name}.grad" for name in graph)])


def with_slopes(rng, graph):
    """The graph with a random slope for each input."""
    return {
        name: [(x, round(float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.5)), 2)) for x in inputs]
        for name, inputs in graph.items()
    }


CHAIN = {"a": [], "u": [("a", 3.0)], "z": [("u", 2.0)]}


def one_path(rng):
    yield Case(
        (CHAIN, "z"),
        {"a.grad": 6.0, "u.grad": 2.0, "z.grad": 1.0},
        {},
        "u = 3a, z = 2u: dz/da = 6",
        typed=walk_lines(CHAIN, "z"),
    )
    yield grads_of({"a": [], "b": [("a", -4.0)]})
    yield grads_of({"a": [], "b": [], "c": [("a", 5.0), ("b", -2.0)]}, note="two inputs")
    yield grads_of({"a": [], "b": [("a", 0.5)], "c": [("b", -3.0)], "d": [("c", 4.0)]})


def paths_add(rng):
    yield grads_of({"a": [], "b": [("a", 3.0), ("a", 3.0)]}, note="b = a * a at a = 3: each use gives 3")
    for graph, note in GRAPHS:
        yield grads_of(with_slopes(rng, graph), note=note)


def random_grads(rng):
    for size in 5, 6, 7, 8, 10, 12, 15:
        yield grads_of(with_slopes(rng, random_graph(rng, size)))


def second_call(rng):
    yield Case(
        (CHAIN, "zz"),
        {"a.grad": 12.0, "u.grad": 2.0, "z.grad": 1.0},
        {},
        "u = 3a, z = 2u, from z twice: 12, not 18",
        typed=walk_lines(CHAIN, "zz"),
    )
    yield grads_of({"a": [], "b": [("a", -4.0)]}, "bbb", "three calls: the leaf has it three times")
    for graph, note in GRAPHS[3:]:
        yield grads_of(with_slopes(rng, graph), 2 * max(graph), f"two calls; {note}")
    yield grads_of({"a": [], "b": [("a", 3.0)], "c": [("b", 2.0)], "d": [("b", 5.0)]}, "cd", "two results of one graph")
    yield grads_of({"a": [], "b": [], "c": [("a", 5.0), ("b", -2.0)]}, note="every grad was 1.5 before", before=1.5)
    yield grads_of(
        {"a": [], "b": [("a", 5.0)], "c": [("a", -1.0), ("b", 2.0)]}, note="every grad was -0.5 before", before=-0.5
    )


def any_root(rng):
    yield grads_of(CHAIN, "u", "the root is in the middle: z takes no part")
    yield grads_of({"a": []}, note="a leaf: dL/dL = 1 is added to it")
    yield grads_of({"a": []}, "aa", "a leaf, twice")


def deep(rng):
    for length in 2, 500, 2000:
        expected = {"the leaf": 2.0, "the next": 1.0, "the root": 1.0}
        yield Case((length,), expected, note=f"{length} nodes in a row")


def many_paths(rng):
    for length in 3, 8, 40:
        yield Case((length,), {"the leaf": 2.0 ** (length - 1), "the root": 1.0}, note=f"2**{length - 1} paths")


EXERCISES = [
    Exercise(
        "Value",
        (
            Property("the worked example: a * b + a at a = 3, b = -2", product_and_sum, 1, slopes),
            Property("a result records the values it was computed from, and a slope for each", records, 1, record),
            Property("sums and products", sums_and_products, 2, slopes),
            Property("plain numbers on either side", plain_numbers, 1, slopes),
            Property("powers, and the quotients made from them", powers, 1, slopes),
            Property("exp, tanh and relu", curves, 2, slopes),
            Property("a value may be used several times", used_again, 1, slopes),
            Property("an operator leaves its inputs as they were", inputs_as_they_were, 1, kept),
            Property("whole expressions, compared with slopes computed forward", compositions, 1, slopes),
        ),
        hints=(
            (
                "Each operator returns Value(result, inputs, slopes): inputs is a tuple of Values, slopes a tuple of numbers, one"
                " for each input. How much does y move when that input moves by a little and the other stays?"
            ),
            (
                "a + b has the slopes 1 and 1. a * b has the slopes b and a: the OTHER factor's data. x ** n has n * x ** (n - 1)."
                " exp and tanh have slopes that are shortest when written with their own result y: y, and 1 - y * y."
            ),
            (
                "`a + 2` calls a.__add__(2). Make the 2 a Value first: if not isinstance(other, Value): other = Value(other)."
                " Then for the product: Value(self.data * other.data, (self, other), (other.data, self.data))."
            ),
        ),
    ),
    Exercise(
        "topological_order",
        (
            Property("a leaf, and a chain of three", alone, 1, ordered),
            Property(
                "every node once, after all of its inputs, however many paths lead to it", several_paths, 2, ordered
            ),
            Property("only what the root was computed from", only_its_own, 1, ordered),
            Property("the same graph again, the same order again", asked_again, 1, ordered),
            Property("random graphs", random_orders, 1, ordered),
            Property("a chain of 2000 nodes, longer than Python lets calls nest", long_chains, 1, long_chain),
            Property("40 nodes with 2**39 paths: no node is visited twice", ladders, 1, ladder),
        ),
        seconds=3.0,
        hints=(
            (
                "A node may be put into the list only when all its inputs are in it. So at the first visit to a node,"
                " send its inputs ahead, and come back to the node later."
            ),
            (
                "Keep a list as a stack of things to do, and put two kinds of things on it: `visit this node` and"
                " `all inputs of this node are done`. A pair (node, False) or (node, True) tells them apart. What is"
                " put on last is done first."
            ),
            (
                "Pop a pair. If it is (node, True), append the node to the order. If it is (node, False) and the node was not seen:"
                " mark it as seen, push (node, True), then push (x, False) for each of its inputs x."
            ),
        ),
    ),
    Exercise(
        "backward",
        (
            Property("one path: the slopes multiply", one_path, 1, grads),
            Property("several paths: what they bring adds up", paths_add, 2, grads),
            Property("random graphs, compared with slopes computed forward", random_grads, 1, grads),
            Property("a second call: leaves add, all other nodes start anew", second_call, 2, grads),
            Property("any node can be the root, even a leaf", any_root, 1, grads),
            Property("a chain of 2000 nodes, longer than Python lets calls nest", deep, 1, chain_grad),
            Property("40 nodes with 2**39 paths", many_paths, 1, ladder_grad),
        ),
        uses=("01.topological_order",),
        seconds=3.0,
        hints=(
            (
                "Walk through topological_order(root) from its end, the root, to its beginning. Each node hands its own grad, times"
                " the slope, to each of its inputs."
            ),
            (
                "An input may receive something from several nodes, so each part is ADDED to its grad. The root"
                " starts with 1, since dL/dL = 1. And before the walk, the grads of nodes that have inputs must be 0:"
                " nothing of an earlier call may remain."
            ),
            (
                "First loop: node.grad = 0.0 for every node with inputs. Then add 1.0 to root.grad. Second loop, over the reversed"
                " order: for x, slope in zip(node.inputs, node.slopes), add slope * node.grad to x.grad."
            ),
        ),
    ),
]
