"""Right answers to lesson 1, written in other ways: the checks must accept them all. See also mistakes.py."""

import math
from collections import deque

VARIANTS = {
    "Value": ["ValueByUnary", "ValueDirect", "ValueByRules"],
    "topological_order": ["by_counting_users", "by_iterators", "by_heights"],
    "backward": ["by_table", "by_counting", "by_pulling"],
}


class ValueByUnary:
    """Everything from one helper; a number beside a Value is no input at all."""

    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes, self.grad = float(data), list(inputs), list(slopes), 0.0

    def unary(self, y, slope):
        return ValueByUnary(y, [self], [slope])

    def __add__(self, other):
        if isinstance(other, (int, float)):
            return self.unary(self.data + other, 1)
        return ValueByUnary(self.data + other.data, [self, other], [1, 1])

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            return self.unary(self.data * other, other)
        return ValueByUnary(self.data * other.data, [self, other], [other.data, self.data])

    def __pow__(self, n):
        return self.unary(self.data**n, n * self.data ** (n - 1))

    def exp(self):
        return self.unary(math.exp(self.data), math.exp(self.data))

    def tanh(self):
        return self.unary(math.tanh(self.data), (1 - math.tanh(self.data)) * (1 + math.tanh(self.data)))

    def relu(self):
        return self.unary(self.data, 1) if self.data > 0 else self.unary(0, 0)

    def __neg__(self):
        return self.unary(-self.data, -1)

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__


class ValueDirect:
    """Minus and division have nodes and slopes of their own."""

    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes, self.grad = data, inputs, slopes, 0.0

    @staticmethod
    def of(x):
        return x if isinstance(x, ValueDirect) else ValueDirect(x)

    def __add__(self, other):
        other = self.of(other)
        return ValueDirect(self.data + other.data, (self, other), (1, 1))

    def __sub__(self, other):
        other = self.of(other)
        return ValueDirect(self.data - other.data, (self, other), (1, -1))

    def __mul__(self, other):
        other = self.of(other)
        return ValueDirect(self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other):
        other = self.of(other)
        return ValueDirect(self.data / other.data, (self, other), (1 / other.data, -self.data / other.data**2))

    def __radd__(self, other):
        return self.of(other) + self

    def __rsub__(self, other):
        return self.of(other) - self

    def __rmul__(self, other):
        return self.of(other) * self

    def __rtruediv__(self, other):
        return self.of(other) / self

    def __neg__(self):
        return ValueDirect(-self.data, (self,), (-1,))

    def __pow__(self, n):
        return ValueDirect(math.pow(self.data, n), (self,), (n * math.pow(self.data, n - 1),))

    def exp(self):
        y = math.e**self.data
        return ValueDirect(y, (self,), (y,))

    def tanh(self):
        slope = 1 / math.cosh(self.data) ** 2 if abs(self.data) < 300 else 0.0
        return ValueDirect(math.tanh(self.data), (self,), (slope,))

    def relu(self):
        positive = self.data > 0
        return ValueDirect(self.data * positive, (self,), (int(positive),))


RULES = {
    "add": (lambda a, b: a + b, lambda a, b: (1.0, 1.0)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
    "exp": (math.exp, lambda a: (math.exp(a),)),
    "tanh": (math.tanh, lambda a: (1.0 - math.tanh(a) ** 2,)),
    "relu": (lambda a: max(0.0, a), lambda a: (1.0 if a > 0 else 0.0,)),
}


class ValueByRules:
    """A table of rules, and one method that applies them; a difference is a sum with -1 times the other."""

    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes, self.grad = data, inputs, slopes, 0.0

    def apply(self, rule, *others):
        inputs = (self, *(x if isinstance(x, ValueByRules) else ValueByRules(x) for x in others))
        formula, slopes = RULES[rule]
        numbers = [x.data for x in inputs]
        return ValueByRules(formula(*numbers), inputs, slopes(*numbers))

    def __add__(self, other):
        return self.apply("add", other)

    def __mul__(self, other):
        return self.apply("mul", other)

    def __pow__(self, n):
        return ValueByRules(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        return self.apply("exp")

    def tanh(self):
        return self.apply("tanh")

    def relu(self):
        return self.apply("relu")

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + other * -1

    def __rsub__(self, other):
        return self * -1 + other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1


def by_counting_users(root):
    """Kahn's way: a node is ready when all its users are done; from the root down, then turned round."""
    nodes, users = [root], {root: 0}
    for node in nodes:  # grows while we go through it
        for x in node.inputs:
            if x not in users:
                users[x] = 0
                nodes.append(x)
            users[x] += 1
    order, ready = [], deque([root])
    while ready:
        node = ready.popleft()
        order.append(node)
        for x in node.inputs:
            users[x] -= 1
            if not users[x]:
                ready.append(x)
    return order[::-1]


def by_iterators(root):
    """Recursion by hand: a stack of nodes, each with what is left of its inputs."""
    order, seen = [], {id(root)}
    stack = [(root, iter(root.inputs))]
    while stack:
        node, rest = stack[-1]
        for x in rest:
            if id(x) not in seen:
                seen.add(id(x))
                stack.append((x, iter(x.inputs)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def by_heights(root):
    """Sorted by height: a leaf has 0, a result one more than its highest input."""
    height, stack = {}, [root]
    while stack:
        node = stack[-1]
        missing = [x for x in node.inputs if x not in height]
        if missing:
            stack += missing
        else:
            height[node] = 1 + max((height[x] for x in node.inputs), default=-1)
            stack.pop()
    return sorted(height, key=height.get)


def by_table(root):
    """Gradients in a dict beside the graph, put into the nodes at the end."""
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    table = {node: 0.0 for node in order}
    table[root] = 1.0
    while order:
        node = order.pop()
        grad = table.pop(node)
        node.grad = grad if node.inputs else node.grad + grad
        for x, slope in zip(node.inputs, node.slopes):
            table[x] += grad * slope


def by_counting(root):
    """Without topological_order: a node goes on when as many gradients have come as it has users."""
    nodes, waiting = [root], {root: 0}
    for node in nodes:
        for x in node.inputs:
            if x not in waiting:
                waiting[x] = 0
                nodes.append(x)
            waiting[x] += 1
    for node in nodes:
        node.grad = node.grad if len(node.inputs) == 0 else 0.0
    root.grad += 1.0
    ready = [root]
    while ready:
        node = ready.pop()
        for i in range(len(node.inputs)):
            x = node.inputs[i]
            x.grad = x.grad + node.slopes[i] * node.grad
            waiting[x] -= 1
            if waiting[x] == 0:
                ready.append(x)


def by_pulling(root):
    """Each node collects from its users."""
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    users = {id(node): [] for node in order}
    for node in order:
        for x, slope in zip(node.inputs, node.slopes):
            users[id(x)].append((node, slope))
    new = {id(root): 1.0}
    for node in order[-2::-1]:
        new[id(node)] = sum(new[id(user)] * slope for user, slope in users[id(node)])
    for node in order:
        node.grad = new[id(node)] + (0.0 if node.inputs else node.grad)
