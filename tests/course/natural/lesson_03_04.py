"""Natural answers to the exercises of lessons 3 and 4 that came later: Tensor, ReLU, LogSoftmax and CrossEntropy."""

from textwrap import indent

from . import Natural

NUMPY = "import numpy as np\n\n"

BEFORE = '''
class Add:
    def forward(self, a, b):
        self.shapes = a.shape, b.shape
        return a + b

    def backward(self, grad):
        return tuple(unbroadcast(grad, shape) for shape in self.shapes)


class Tensor:
    def __init__(self, data, requires_grad=False, operation=None, inputs=()):
        self.data, self.requires_grad = np.asarray(data), requires_grad
        self.operation, self.inputs = operation, inputs
        self.grad = None

    @staticmethod
    def apply(operation, *inputs, **options):
        data = operation.forward(*(x.data for x in inputs), **options)
        return Tensor(data, any(x.requires_grad for x in inputs), operation, inputs)

'''

AFTER = '''
    def __add__(self, other):
        return Tensor.apply(Add(), self, other)

    def __mul__(self, other):
        return Tensor.apply(Mul(), self, other)

    def __matmul__(self, other):
        return Tensor.apply(MatMul(), self, other)

    def mean(self, axis=None, keepdims=False):
        return Tensor.apply(Mean(), self, axis=axis, keepdims=keepdims)
'''


def tensor(about, backward, hint=""):
    """An answer to 03.Tensor; `backward` is the method alone."""
    return Natural("03.Tensor", about, NUMPY + BEFORE + indent(backward.strip("\n"), "    ") + "\n" + AFTER, hint)


def relu(about, source, hint=""):
    return Natural("04.ReLU", about, NUMPY + source, hint)


def log_softmax(about, source, hint=""):
    return Natural("04.LogSoftmax", about, NUMPY + source, hint)


def cross_entropy(about, source, hint=""):
    return Natural("04.CrossEntropy", about, NUMPY + source, hint)


ANSWERS = [
    tensor(
        "a second call overwrites what the leaf has",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        g = grads[node]
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy()
            continue
        parts = node.operation.backward(g)
        if not isinstance(parts, tuple):
            parts = (parts,)
        for x, part in zip(node.inputs, parts):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "leaves_overwrite",
    ),
    tensor(
        "+= writes into arrays that operations share",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        g = grads.get(node)
        if g is None:
            continue
        if not node.inputs:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
        else:
            parts = node.operation.backward(g)
            if len(node.inputs) == 1:
                parts = [parts]
            for x, part in zip(node.inputs, parts):
                if part is None or not x.requires_grad:
                    continue
                if x in grads:
                    grads[x] += part
                else:
                    grads[x] = part
""",
        "adds_in_place",
    ),
    tensor(
        "loops over the rows of an operation's only array",
        """
def backward(self, grad=None):
    if grad is None:
        grad = np.ones_like(self.data)
    grads = {self: grad}
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
        else:
            for x, part in zip(node.inputs, node.operation.backward(grads[node])):
                if part is not None and x.requires_grad:
                    grads[x] = part if x not in grads else grads[x] + part
""",
        "never_a_tuple_of_one",
    ),
    tensor(
        "recursion: asks an operation once for every path",
        """
def backward(self, grad=None):
    if grad is None:
        grad = np.ones_like(self.data)
    if self.operation is None:
        if self.requires_grad:
            self.grad = grad.copy() if self.grad is None else self.grad + grad
        return
    parts = self.operation.backward(grad)
    if not isinstance(parts, tuple):
        parts = (parts,)
    for x, part in zip(self.inputs, parts):
        if part is not None and x.requires_grad:
            x.backward(part)
""",
        "passes_on_each_part",
    ),
    tensor(
        "keeps gradients on the nodes in between, and a second call finds the old ones",
        """
def backward(self, grad=None):
    self.grad = np.ones_like(self.data) if grad is None else grad
    for node in reversed(topological_order(self)):
        if node.operation is None or node.grad is None:
            continue
        parts = node.operation.backward(node.grad)
        if not isinstance(parts, tuple):
            parts = (parts,)
        for x, part in zip(node.inputs, parts):
            if part is not None and x.requires_grad:
                x.grad = part.copy() if x.grad is None else x.grad + part
""",
        "inner_grads_stay inner_grads_add",
    ),
    tensor(
        "a part that is None is added",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        g = grads[node]
        if node.operation is None:
            node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        parts = parts if isinstance(parts, tuple) else (parts,)
        for x, part in zip(node.inputs, parts):
            if x.requires_grad:
                grads[x] = grads.get(x, 0) + part
""",
        "None_is_a_gradient",
    ),
    tensor(
        "requires_grad is never looked at",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        if node.operation is None:
            node.grad = grads[node].copy() if node.grad is None else node.grad + grads[node]
            continue
        parts = node.operation.backward(grads[node])
        if not isinstance(parts, tuple):
            parts = (parts,)
        for x, part in zip(node.inputs, parts):
            if part is not None:
                grads[x] = part if x not in grads else grads[x] + part
""",
        "requires_grad_ignored",
    ),
    tensor(
        "`grad or ones`: an array has no truth",
        """
def backward(self, grad=None):
    grads = {self: grad or np.ones_like(self.data)}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "truth_of_an_array",
    ),
    tensor(
        "starts with np.ones(shape), which is float64",
        """
def backward(self, grad=None):
    if grad is None:
        grad = np.ones(self.data.shape)
    grads = {self: grad}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "starts_in_float64",
    ),
    tensor(
        "walks from the leaves to the root",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in topological_order(self):
        g = grads.get(node)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "wrong_way_round",
    ),
    tensor(
        "an all-zero gradient counts as none",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        if node not in grads or not np.any(grads[node]):
            continue
        g = grads[node]
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "zeros_skipped",
    ),
    tensor(
        "a leaf keeps the very array that it was handed",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "no_copy_for_a_leaf",
    ),
    tensor(
        "tensors in between keep a grad as well",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None or not node.requires_grad:
            continue
        node.grad = g.copy() if node.grad is None else node.grad + g
        if node.operation is not None:
            parts = node.operation.backward(g)
            for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
                if part is not None:
                    grads[x] = grads[x] + part if x in grads else part
""",
        "inner_grads_stay",
    ),
    tensor(
        "a queue in place of the topological order: a node may be asked before all has arrived",
        """
def backward(self, grad=None):
    queue = [(self, np.ones_like(self.data) if grad is None else grad)]
    while queue:
        node, g = queue.pop(0)
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        if not isinstance(parts, tuple):
            parts = (parts,)
        for x, part in zip(node.inputs, parts):
            if part is not None and x.requires_grad:
                queue.append((x, part))
""",
        "passes_on_each_part",
    ),
    tensor(
        "the dict of gradients is a default argument and outlives the call",
        """
def backward(self, grad=None, grads={}):
    grads[self] = np.ones_like(self.data) if grad is None else grad
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        g = grads[node]
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "default_argument",
    ),
    tensor(
        "multiplies by the upstream gradient again",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        if node not in grads:
            continue
        g = grads[node]
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                part = g * part
                grads[x] = grads[x] + part if x in grads else part
""",
        "times_the_gradient_again",
    ),
    tensor(
        "starts with the Python number 1.0, which has no ndim and no copy",
        """
def backward(self, grad=None):
    if grad is None:
        grad = 1.0
    grads = {self: grad}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "starts_with_a_number",
    ),
    tensor(
        "return at the first leaf, where continue was meant",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            return
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "stops_at_the_first_leaf",
    ),
    tensor(
        "the leaves' old gradients are cleared first, as lesson 1 cleared those in between",
        """
def backward(self, grad=None):
    order = topological_order(self)
    for node in order:
        node.grad = None
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(order):
        g = grads.pop(node, None)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy()
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = grads[x] + part if x in grads else part
""",
        "leaves_overwrite",
    ),
    tensor(
        "lesson 1's code: a Tensor has no slopes",
        """
def backward(self, grad=None):
    order = topological_order(self)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    self.grad = 1.0 if grad is None else grad
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad = x.grad + slope * node.grad
""",
        "slopes_of_lesson_1",
    ),
    tensor(
        "the last path wins: parts replace each other",
        """
def backward(self, grad=None):
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    for node in reversed(topological_order(self)):
        g = grads.get(node)
        if g is None:
            continue
        if node.operation is None:
            if node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
            continue
        parts = node.operation.backward(g)
        for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else [parts]):
            if part is not None and x.requires_grad:
                grads[x] = part
""",
        "paths_overwrite",
    ),
    relu(
        "the sign of grad decides",
        """
class ReLU:
    def forward(self, x):
        return np.maximum(0, x)

    def backward(self, grad):
        return np.maximum(0, grad)
""",
        "mask_of_grad",
    ),
    relu(
        "slope 1 at 0",
        """
class ReLU:
    def forward(self, x):
        self.mask = x >= 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask
""",
        "one_at_zero",
    ),
    relu(
        "everything comes through",
        """
class ReLU:
    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad
""",
        "passes_all",
    ),
    relu(
        "the slope alone, without grad",
        """
class ReLU:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0)

    def backward(self, grad):
        return np.where(self.x > 0, 1.0, 0.0)
""",
        "grad_ignored",
    ),
    relu(
        "writes zeros into x",
        """
class ReLU:
    def forward(self, x):
        self.negative = x < 0
        x[self.negative] = 0
        return x

    def backward(self, grad):
        out = grad.copy()
        out[self.negative] = 0
        return out
""",
        "one_at_zero writes_into_x",
    ),
    relu(
        "the mask is on the class",
        """
class ReLU:
    mask = None

    def forward(self, x):
        ReLU.mask = x > 0
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * ReLU.mask
""",
        "kept_on_the_class",
    ),
    relu(
        "np.max reduces: the second argument is an axis",
        """
class ReLU:
    def forward(self, x):
        self.x = x
        return np.max(x, 0)

    def backward(self, grad):
        return grad * (self.x > 0)
""",
        "np.max",
    ),
    relu(
        "writes zeros into grad",
        """
class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0.0)

    def backward(self, grad):
        grad[self.x <= 0] = 0
        return grad
""",
        "writes_into_grad",
    ),
    relu(
        "Python's max cannot compare arrays",
        """
class ReLU:
    def forward(self, x):
        self.x = x
        return max(0, x)

    def backward(self, grad):
        if self.x > 0:
            return grad
        return 0
""",
        "one_truth_for_all",
    ),
    relu(
        "times y, not times the slope",
        """
class ReLU:
    def forward(self, x):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, grad):
        return grad * self.y
""",
        "times_the_value",
    ),
    relu(
        "zeros of float64 take in float32 numbers",
        """
class ReLU:
    def forward(self, x):
        self.mask = x > 0
        y = np.zeros(x.shape)
        y[self.mask] = x[self.mask]
        return y

    def backward(self, grad):
        dx = np.zeros(grad.shape)
        dx[self.mask] = grad[self.mask]
        return dx
""",
        "makes_float64",
    ),
    relu(
        "a leak of 0.01",
        """
class ReLU:
    def forward(self, x):
        self.slope = np.where(x > 0, 1, 0.01).astype(x.dtype)
        return x * self.slope

    def backward(self, grad):
        return grad * self.slope
""",
        "leaky",
    ),
    relu(
        "np.sign as the slope: -1 on the left",
        """
class ReLU:
    def forward(self, x):
        self.s = np.sign(x)
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * self.s
""",
        "sign",
    ),
    relu(
        "negative grad is stopped, too",
        """
class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * (self.x > 0) * (grad > 0)
""",
        "relu_of_grad",
    ),
    log_softmax(
        "the formula as it is: exp overflows",
        """
class LogSoftmax:
    def forward(self, x):
        e = np.exp(x)
        self.p = e / e.sum(axis=1, keepdims=True)
        return x - np.log(e.sum(axis=1, keepdims=True))

    def backward(self, grad):
        return grad - self.p * grad.sum(axis=1, keepdims=True)
""",
        "overflows pattern",
    ),
    log_softmax(
        "one largest number for the whole array",
        """
class LogSoftmax:
    def forward(self, x):
        x = x - x.max()
        self.y = x - np.log(np.sum(np.exp(x), axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)
""",
        "one_maximum_for_all",
    ),
    log_softmax(
        "along the last axis: wrong for pixels",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=-1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=-1, keepdims=True)
""",
        "along_the_last_axis",
    ),
    log_softmax(
        "one sum over the whole batch",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max()
        self.out = z - np.log(np.exp(z).sum())
        return self.out

    def backward(self, grad):
        return grad - np.exp(self.out) * grad.sum()
""",
        "over_everything",
    ),
    log_softmax(
        "the backward of softmax, not of its logarithm",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(1, keepdims=True)
        e = np.exp(z)
        total = e.sum(1, keepdims=True)
        self.p = e / total
        return z - np.log(total)

    def backward(self, grad):
        return self.p * (grad - (grad * self.p).sum(1, keepdims=True))
""",
        "of_the_softmax",
    ),
    log_softmax(
        "p times grad, without the sum",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad
""",
        "each_its_own",
    ),
    log_softmax(
        "no keepdims",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1)
        self.y = z - np.log(np.exp(z).sum(axis=1))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1)
""",
        "keepdims_forgotten",
    ),
    log_softmax(
        "a stable softmax, then its logarithm: log 0",
        """
class LogSoftmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.p = e / np.sum(e, axis=1, keepdims=True)
        return np.log(self.p)

    def backward(self, grad):
        return grad - self.p * np.sum(grad, axis=1, keepdims=True)
""",
        "log_of_a_softmax",
    ),
    log_softmax(
        "log(p + 1e-12)",
        """
class LogSoftmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.p = e / np.sum(e, axis=1, keepdims=True)
        return np.log(self.p + 1e-12)

    def backward(self, grad):
        return grad - self.p * np.sum(grad, axis=1, keepdims=True)
""",
        "a_little_added",
    ),
    log_softmax(
        "backward sums over the rows, axis 0",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=0, keepdims=True)
""",
        "back_over_axis_0",
    ),
    log_softmax(
        "y where the softmax should be",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - self.y * grad.sum(axis=1, keepdims=True)
""",
        "log_p_for_p",
    ),
    log_softmax(
        "the softmax itself",
        """
class LogSoftmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, grad):
        return grad - self.p * grad.sum(axis=1, keepdims=True)
""",
        "softmax",
    ),
    log_softmax(
        "the shift is missing in front",
        """
class LogSoftmax:
    def forward(self, x):
        m = x.max(axis=1, keepdims=True)
        self.y = x - np.log(np.exp(x - m).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)
""",
        "shift_forgotten_in_the_sum",
    ),
    log_softmax(
        "changes x in place",
        """
class LogSoftmax:
    def forward(self, x):
        x -= x.max(axis=1, keepdims=True)
        self.softmax = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    def backward(self, grad):
        return grad - self.softmax * grad.sum(axis=1, keepdims=True)
""",
        "writes_into_x",
    ),
    log_softmax(
        "backward computes the softmax anew, without the shift",
        """
class LogSoftmax:
    def forward(self, x):
        self.x = x
        z = x - x.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    def backward(self, grad):
        e = np.exp(self.x)
        return grad - e / e.sum(axis=1, keepdims=True) * grad.sum(axis=1, keepdims=True)
""",
        "overflows_on_the_way_back",
    ),
    log_softmax(
        "plus in backward",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad + np.exp(self.y) * grad.sum(axis=1, keepdims=True)
""",
        "plus",
    ),
    log_softmax(
        "clips x against the overflow",
        """
class LogSoftmax:
    def forward(self, x):
        x = np.clip(x, -500, 500)
        self.y = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)
""",
        "clipped",
    ),
    log_softmax(
        "a loop over rows, for two axes only",
        """
class LogSoftmax:
    def forward(self, x):
        self.y = np.zeros_like(x)
        for n, row in enumerate(x):
            m = max(row)
            self.y[n] = row - m - np.log(sum(np.exp(v - m) for v in row))
        return self.y

    def backward(self, grad):
        dx = np.zeros_like(grad)
        for n in range(len(grad)):
            dx[n] = grad[n] - np.exp(self.y[n]) * sum(grad[n])
        return dx
""",
        "rows_only",
    ),
    log_softmax(
        "the mean of grad in place of its sum",
        """
class LogSoftmax:
    def forward(self, x):
        z = x - x.max(axis=1, keepdims=True)
        self.y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.mean(axis=1, keepdims=True)
""",
        "mean_of_grad",
    ),
    cross_entropy(
        "the upstream gradient is left out",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        p = np.exp(self.log_p)
        p[np.arange(len(self.labels)), self.labels] -= 1
        return p / len(self.labels)
""",
        "grad_ignored",
    ),
    cross_entropy(
        "backward is not divided by N",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        self.rows = np.arange(logits.shape[0])
        return -np.mean(self.log_p[self.rows, self.labels])

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[self.rows, self.labels] -= 1
        return grad * d
""",
        "not_divided_on_the_way_back",
    ),
    cross_entropy(
        "the sum over the batch, forward and backward",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -sum(self.log_p[i, t] for i, t in enumerate(self.labels))

    def backward(self, grad):
        d = np.exp(self.log_p)
        for i, t in enumerate(self.labels):
            d[i, t] -= 1
        return grad * d
""",
        "summed",
    ),
    cross_entropy(
        "[:, labels] takes all rows",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[:, self.labels].mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[:, self.labels] -= 1
        return grad * d / len(self.labels)
""",
        "every_row,_every_label",
    ),
    cross_entropy(
        "forward has no minus",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[np.arange(len(self.labels)), self.labels] -= 1
        return grad * d / len(self.labels)
""",
        "plus",
    ),
    cross_entropy(
        "backward changes the stored softmax, so that a second backward is wrong",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        log_p = LogSoftmax().forward(logits)
        self.p = np.exp(log_p)
        return -log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        self.p[np.arange(len(self.labels)), self.labels] -= 1
        return self.p * grad.astype(self.p.dtype) / len(self.labels)
""",
        "spoils_what_it_kept",
    ),
    cross_entropy(
        "divides by the size, N * C",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        self.index = np.arange(len(self.labels)), self.labels
        return -self.log_p[self.index].mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[self.index] -= 1
        return grad * d / d.size
""",
        "divided_by_all_numbers",
    ),
    cross_entropy(
        "1 is subtracted everywhere",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        return grad * (np.exp(self.log_p) - 1) / len(self.labels)
""",
        "1_everywhere",
    ),
    cross_entropy(
        "its own softmax, which overflows",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        e = np.exp(logits)
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.p[np.arange(len(logits)), self.labels]).mean()

    def backward(self, grad):
        d = self.p.copy()
        d[np.arange(len(d)), self.labels] -= 1
        return (d * grad / len(d)).astype(d.dtype)
""",
        "overflows",
    ),
    cross_entropy(
        "only the true class gets a gradient",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        rows = np.arange(len(self.labels))
        d = np.zeros_like(self.log_p)
        d[rows, self.labels] = np.exp(self.log_p[rows, self.labels]) - 1
        return d * grad / len(rows)
""",
        "only_the_true_class pattern",
    ),
    cross_entropy(
        "one-hot minus p: uphill",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        one_hot = np.zeros_like(self.log_p)
        one_hot[np.arange(len(self.labels)), self.labels] = 1
        return grad * (one_hot - np.exp(self.log_p)) / len(self.labels)
""",
        "one_hot_minus_p",
    ),
    cross_entropy(
        "np.eye makes the gradient float64",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        self.one_hot = np.eye(logits.shape[1])[self.labels]
        return -(self.one_hot * self.log_p).sum(axis=1).mean()

    def backward(self, grad):
        return grad * (np.exp(self.log_p) - self.one_hot) / len(self.labels)
""",
        "makes_float64",
    ),
    cross_entropy(
        "LogSoftmax is called without an object",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax.forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[np.arange(len(self.labels)), self.labels] -= 1
        return grad * d / len(self.labels)
""",
        "no_object",
    ),
    cross_entropy(
        "the logarithm twice",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.p = LogSoftmax().forward(logits)
        return -np.log(self.p[np.arange(len(self.labels)), self.labels]).mean()

    def backward(self, grad):
        d = self.p.copy()
        d[np.arange(len(self.labels)), self.labels] -= 1
        return grad * d / len(self.labels)
""",
        "logarithm_twice",
    ),
    cross_entropy(
        "the predicted class in place of the true one",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p.max(axis=1).mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[np.arange(len(d)), d.argmax(axis=1)] -= 1
        return grad * d / len(d)
""",
        "predicted_class",
    ),
    cross_entropy(
        "backward returns a pair, with None for the labels",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        d[np.arange(len(self.labels)), self.labels] -= 1
        return grad * d / len(self.labels), None
""",
        "two_gradients",
    ),
]

RIGHT = [
    tensor(
        "gradients in a dict by id, parts by the number of inputs",
        """
def backward(self, grad=None):
    held = {id(self): np.ones_like(self.data) if grad is None else np.array(grad)}
    for node in topological_order(self)[::-1]:
        if id(node) not in held:
            continue
        g = held[id(node)]
        if node.inputs:
            parts = node.operation.backward(g)
            parts = [parts] if len(node.inputs) == 1 else list(parts)
            for i in range(len(parts)):
                x = node.inputs[i]
                if parts[i] is not None and x.requires_grad:
                    held[id(x)] = held.get(id(x), 0) + parts[i]
        elif node.requires_grad:
            node.grad = np.array(g) if node.grad is None else node.grad + g
""",
    ),
    tensor(
        "lists of all that arrives, summed when a node's turn comes",
        """
def backward(self, grad=None):
    from collections import defaultdict
    arrived = defaultdict(list)
    arrived[self].append(np.ones_like(self.data) if grad is None else grad)
    for node in reversed(topological_order(self)):
        if not arrived[node]:
            continue
        total = arrived[node][0].copy()
        for more in arrived[node][1:]:
            total = total + more
        if node.operation is None:
            if node.requires_grad:
                node.grad = total if node.grad is None else node.grad + total
            continue
        parts = node.operation.backward(total)
        if type(parts) is not tuple:
            parts = parts,
        for x, part in zip(node.inputs, parts):
            if part is not None and x.requires_grad:
                arrived[x].append(part)
""",
    ),
    tensor(
        "counts the users of each tensor in place of a topological order",
        """
def backward(self, grad=None):
    waiting, stack, seen = {}, [self], {self}
    while stack:
        for x in stack.pop().inputs:
            waiting[x] = waiting.get(x, 0) + 1
            if x not in seen:
                seen.add(x)
                stack.append(x)
    grads = {self: np.ones_like(self.data) if grad is None else grad}
    ready = [self]
    while ready:
        node = ready.pop()
        g = grads.pop(node, None)
        parts = [None] * len(node.inputs)
        if node.operation is None:
            if g is not None and node.requires_grad:
                node.grad = g.copy() if node.grad is None else node.grad + g
        elif g is not None:
            parts = node.operation.backward(g)
            if len(node.inputs) == 1:
                parts = [parts]
        for x, part in zip(node.inputs, parts):
            if part is not None and x.requires_grad:
                grads[x] = part if x not in grads else np.add(grads[x], part)
            waiting[x] -= 1
            if waiting[x] == 0:
                ready.append(x)
""",
    ),
    relu(
        "half of x + |x|, and the slope from y",
        """
class ReLU:
    def forward(self, x):
        self.y = (x + abs(x)) / 2
        return self.y

    def backward(self, grad):
        return np.where(self.y > 0, grad, 0)
""",
    ),
    relu(
        "copies and zeros",
        """
class ReLU:
    def forward(self, x):
        self.off = ~(x > 0)
        y = x.copy()
        y[self.off] = 0
        return y

    def backward(self, grad):
        dx = np.array(grad)
        dx[self.off] = 0
        return dx
""",
    ),
    relu(
        "np.clip and a slope by np.heaviside",
        """
class ReLU:
    def forward(self, x):
        self.slope = np.heaviside(x, 0).astype(x.dtype)
        return np.clip(x, 0, None)

    def backward(self, grad):
        return self.slope * grad
""",
    ),
    log_softmax(
        "np.logaddexp.reduce",
        """
class LogSoftmax:
    def forward(self, x):
        self.y = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)
""",
    ),
    log_softmax(
        "classes moved to the front and back",
        """
class LogSoftmax:
    def forward(self, x):
        z = np.moveaxis(x, 1, 0)
        z = z - z.max(axis=0)
        log_sum = np.log(np.exp(z).sum(axis=0))
        self.p = np.moveaxis(np.exp(z - log_sum), 0, 1)
        return np.moveaxis(z - log_sum, 0, 1)

    def backward(self, grad):
        return grad - np.einsum("nc...,nk...->nc...", self.p, grad)
""",
    ),
    cross_entropy(
        "through LogSoftmax's own backward",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = np.asarray(labels)

    def forward(self, logits):
        self.log_softmax = LogSoftmax()
        y = self.log_softmax.forward(logits)
        self.pick = np.zeros_like(y)
        self.pick[range(len(y)), self.labels] = -1 / len(y)
        return (y * self.pick).sum()

    def backward(self, grad):
        return self.log_softmax.backward(self.pick * np.asarray(grad, self.pick.dtype))
""",
    ),
    cross_entropy(
        "loops",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.dtype = logits.dtype
        self.log_p = LogSoftmax().forward(logits)
        total = 0
        for n, t in enumerate(self.labels):
            total = total - self.log_p[n, t]
        return total / len(self.labels)

    def backward(self, grad):
        N, C = self.log_p.shape
        dx = np.empty((N, C), self.dtype)
        for n in range(N):
            for c in range(C):
                dx[n, c] = (np.exp(self.log_p[n, c]) - (c == self.labels[n])) * grad / N
        return dx
""",
    ),
    cross_entropy(
        "take_along_axis",
        """
class CrossEntropy:
    def __init__(self, labels):
        self.index = labels[:, None]

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)
        return -np.take_along_axis(self.log_p, self.index, axis=1).mean()

    def backward(self, grad):
        d = np.exp(self.log_p)
        at = np.take_along_axis(d, self.index, axis=1)
        np.put_along_axis(d, self.index, at - 1, axis=1)
        return (d * (grad / len(d))).astype(self.log_p.dtype)
""",
    ),
]
