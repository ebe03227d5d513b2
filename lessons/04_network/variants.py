"""Right answers to lesson 4, each written in another way. The checks must accept them all."""

import numpy as np

VARIANTS = {
    "Module": ["ModuleByLists", "ModuleByStack", "ModuleByChildren", "ModuleByReturns", "ModuleAsksIn"],
    "ReLU": ["ReLUByWhere", "ReLUOfResult", "ReLUByIndex", "ReLUByNumbers"],
    "LogSoftmax": ["LogSoftmaxByReduce", "LogSoftmaxOfRows", "LogSoftmaxMoved", "LogSoftmaxKeepsP"],
    "CrossEntropy": ["CrossEntropyOneHot", "CrossEntropyByRows", "CrossEntropyThrough", "CrossEntropyTakes"],
    "SGD": ["SGDByDict", "SGDInPlace", "SGDByNumbers", "SGDOnParameters"],
    "train_step": ["step_with_names", "step_forward_first", "step_by_hand"],
}


class ModuleByLists:
    """Collects into one list that is handed down."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        found = []
        self.collect(self, [], found)
        return found

    def collect(self, value, path, found):
        if getattr(value, "requires_grad", False):
            if not any(value is p for _, p in found):
                found.append((".".join(path), value))
        elif isinstance(value, ModuleByLists):
            for name, part in value.__dict__.items():
                self.collect(part, [*path, name], found)
        elif isinstance(value, (list, tuple)):
            for i, part in enumerate(value):
                self.collect(part, [*path, str(i)], found)

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for _, p in self.named_parameters():
            p.grad = None


class ModuleByStack:
    """No recursion: a stack of what is still to be looked at, the next on top."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        result, seen, stack = [], set(), [("", self)]
        while stack:
            name, value = stack.pop()
            start = name + "." if name else ""
            if isinstance(value, ModuleByStack):
                stack.extend(reversed([(start + key, part) for key, part in vars(value).items()]))
            elif isinstance(value, (list, tuple)):
                stack.extend(reversed([(start + str(i), part) for i, part in enumerate(value)]))
            elif hasattr(value, "requires_grad") and value.requires_grad and id(value) not in seen:
                seen.add(id(value))
                result.append((name, value))
        return result

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        [setattr(p, "grad", None) for p in self.parameters()]


class ModuleByChildren:
    """Asks every part for its own parameters, and puts its name in front."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        once = {}
        for name, p in ModuleByChildren.inside(vars(self).items()):
            if p not in once:  # tensors hash and compare as keys by what they are, not by their numbers
                once[p] = name
        return [(name, p) for p, name in once.items()]

    @staticmethod
    def inside(parts):
        for name, part in parts:
            if isinstance(part, ModuleByChildren):
                yield from ((f"{name}.{rest}", p) for rest, p in ModuleByChildren.inside(vars(part).items()))
            elif isinstance(part, (list, tuple)):
                yield from ((f"{name}.{rest}", p) for rest, p in ModuleByChildren.inside(enumerate(part)))
            elif getattr(part, "requires_grad", False):
                yield str(name), part

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleByReturns:
    """A generator, and a set of those that it has given."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self, prefix="", seen=None, parts=None):
        seen = set() if seen is None else seen
        for name, part in (vars(self) if parts is None else parts).items():
            full = f"{prefix}{name}"
            if isinstance(part, ModuleByReturns):
                yield from part.named_parameters(full + ".", seen)
            elif isinstance(part, (list, tuple)):
                yield from self.named_parameters(full + ".", seen, dict(enumerate(part)))
            elif getattr(part, "requires_grad", None) and part not in seen:
                seen.add(part)
                yield full, part

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class SGDByDict:
    """Velocities in a dict, made when they are first needed."""

    def __init__(self, parameters, lr, momentum=0.0):
        self.params, self.lr, self.momentum, self.v = [*parameters], lr, momentum, {}

    def step(self):
        for p in self.params:
            if p.grad is None:
                continue
            self.v[p] = p.grad.copy() if p not in self.v else self.momentum * self.v[p] + p.grad
            p.data -= self.lr * self.v[p]


class SGDInPlace:
    """Writes into p.data by an index, and makes the velocities at the first step."""

    def __init__(self, parameters, lr, momentum=0.0):
        self.pairs = [[p, None] for p in parameters]
        self.lr, self.momentum = lr, momentum

    def step(self):
        for pair in self.pairs:
            p, v = pair
            if p.grad is not None:
                pair[1] = p.grad + (0 if v is None else self.momentum * v)
                p.data[...] = p.data - self.lr * pair[1]


class SGDByNumbers:
    """One number after the other."""

    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum = tuple(parameters), lr, momentum
        self.velocity = [np.zeros(p.data.shape, p.data.dtype) for p in self.parameters]

    def step(self):
        for k, p in enumerate(self.parameters):
            if p.grad is None:
                continue
            for i in np.ndindex(p.data.shape):
                self.velocity[k][i] = self.momentum * self.velocity[k][i] + p.grad[i]
                p.data[i] -= self.lr * self.velocity[k][i]


class SGDOnParameters:
    """Keeps each velocity under the id of its parameter, and lets NumPy write into the arrays."""

    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters = {id(p): p for p in parameters}
        self.momentum, self.lr = momentum, lr
        self.velocities = {key: 0 * p.data for key, p in self.parameters.items()}

    def step(self):
        for key, p in self.parameters.items():
            if p.grad is not None:
                self.velocities[key] = np.add(self.momentum * self.velocities[key], p.grad)
                np.subtract(p.data, self.lr * self.velocities[key], out=p.data)


def step_with_names(model, optimizer, loss_of, x, target):
    model.zero_grad()
    answer = model(x)
    loss = loss_of(answer, target)
    value = float(loss.data)
    loss.backward()
    optimizer.step()
    return value


def step_forward_first(model, optimizer, loss_of, x, target):
    loss = loss_of(model(x), target)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    model.zero_grad()
    return loss.data.item()


def step_by_hand(model, optimizer, loss_of, x, target):
    for parameter in model.parameters():
        parameter.grad = None
    loss = loss_of(model.forward(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.data)


class ModuleAsksIn:
    """`in` compares Tensors by what they are: they have no == of their own."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        found = []
        self.collect("", self, found)
        return found

    def collect(self, name, value, found):
        parts = vars(value).items() if isinstance(value, ModuleAsksIn) else ()
        parts = enumerate(value) if isinstance(value, (list, tuple)) else parts
        for key, part in parts:
            self.collect(f"{name}.{key}".lstrip("."), part, found)
        if getattr(value, "requires_grad", False) and value not in [p for _, p in found]:
            found.append((name, value))

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ReLUByWhere:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, np.zeros_like(x))

    def backward(self, grad):
        return np.where(self.x > 0, grad, np.zeros_like(grad))


class ReLUOfResult:
    """The result is above 0 exactly where the input is."""

    def forward(self, x):
        self.y = x * (x > 0)
        return self.y

    def backward(self, grad):
        return (self.y > 0).astype(grad.dtype) * grad


class ReLUByIndex:
    def forward(self, x):
        self.off = x <= 0
        y = np.array(x)
        y[self.off] = 0
        return y

    def backward(self, grad):
        result = np.array(grad)
        result[self.off] = 0
        return result


class ReLUByNumbers:
    def forward(self, x):
        self.slopes = np.zeros(x.shape, x.dtype)
        for i in np.ndindex(x.shape):
            self.slopes[i] = 1 if x[i] > 0 else 0
        return (np.abs(x) + x) / 2

    def backward(self, grad):
        return self.slopes * grad


class LogSoftmaxByReduce:
    """The sum of exponentials in NumPy's own stable way, two numbers at a time."""

    def forward(self, x):
        self.y = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * np.sum(grad, axis=1, keepdims=True)


class LogSoftmaxOfRows:
    """Makes rows of everything, and goes back to the old shape at the end."""

    def forward(self, x):
        rows = np.moveaxis(x, 1, -1)
        self.y = np.zeros_like(rows)
        for i in np.ndindex(rows.shape[:-1]):
            row = rows[i] - max(rows[i])
            self.y[i] = row - np.log(sum(np.exp(row)))
        return np.moveaxis(self.y, -1, 1)

    def backward(self, grad):
        rows = np.moveaxis(grad, 1, -1)
        result = np.zeros_like(rows)
        for i in np.ndindex(rows.shape[:-1]):
            result[i] = rows[i] - np.exp(self.y[i]) * sum(rows[i])
        return np.moveaxis(result, -1, 1)


class LogSoftmaxMoved:
    def forward(self, x):
        self.x = x
        top = np.expand_dims(np.max(x, axis=1), 1)
        return x - (top + np.log(np.expand_dims(np.exp(x - top).sum(1), 1)))

    def backward(self, grad):
        e = np.exp(self.x - self.x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return grad - np.einsum("nc...,nk...->nc...", p, grad)


class LogSoftmaxKeepsP:
    def forward(self, x):
        x = x - np.amax(x, 1, keepdims=True)
        e = np.exp(x)
        total = np.sum(e, 1, keepdims=True)
        self.p = e / total
        return x - np.log(total)

    def backward(self, grad):
        return grad + (-grad.sum(axis=1, keepdims=True)) * self.p


class CrossEntropyOneHot:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[self.labels]
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        log_p = LogSoftmax().forward(logits)  # noqa: F821  (given by the exercise)
        return -(self.one_hot * log_p).sum() / len(logits)

    def backward(self, grad):
        return grad * (self.p - self.one_hot) / len(self.p)


class CrossEntropyByRows:
    """One row after the other."""

    def __init__(self, labels):
        self.labels = [int(label) for label in labels]

    def forward(self, logits):
        self.logits, losses = logits, []
        for row, label in zip(logits, self.labels):
            top = row.max()
            losses.append(top + np.log(np.exp(row - top).sum()) - row[label])
        return np.mean(np.array(losses))

    def backward(self, grad):
        result = np.zeros_like(self.logits)
        for i, label in enumerate(self.labels):
            e = np.exp(self.logits[i] - self.logits[i].max())
            result[i] = e / e.sum()
            result[i, label] -= 1
        return result * np.asarray(grad, result.dtype) / len(self.labels)


class CrossEntropyThrough:
    """Goes back through LogSoftmax, step by step, as the graph would."""

    def __init__(self, labels):
        self.where = np.arange(len(labels)), labels

    def forward(self, logits):
        self.inner = LogSoftmax()  # noqa: F821
        self.log_p = self.inner.forward(logits)
        return -self.log_p[self.where].mean()

    def backward(self, grad):
        picked = np.zeros_like(self.log_p)
        picked[self.where] = -grad / len(self.log_p)
        return self.inner.backward(picked)


class CrossEntropyTakes:
    def __init__(self, labels):
        self.labels = np.asarray(labels).astype(np.intp)[:, None]

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)  # noqa: F821
        return 0 - np.take_along_axis(self.log_p, self.labels, 1).sum() / len(self.labels)

    def backward(self, grad):
        p = np.exp(self.log_p)
        true = self.labels == np.arange(p.shape[1])
        return ((p - true) * grad / len(self.labels)).astype(p.dtype)
