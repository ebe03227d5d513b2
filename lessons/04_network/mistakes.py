"""Wrong answers to lesson 4 that students really write, each with the hint that it must get."""

import numpy as np

from minifcn.course.exercise import Mistake


class ModuleOwnFirst:
    def named_parameters(self):
        own = [(name, x) for name, x in vars(self).items() if getattr(x, "requires_grad", False)]
        for name, x in vars(self).items():
            own += ModuleOwnFirst.below(name, x)
        first = {}
        for name, p in own:
            first.setdefault(id(p), (name, p))
        return list(first.values())

    @staticmethod
    def below(name, x):
        if isinstance(x, ModuleOwnFirst):
            return [(f"{name}.{rest}", p) for rest, p in x.named_parameters()]
        found = []
        for i, part in enumerate(x) if isinstance(x, (list, tuple)) else ():
            learned = getattr(part, "requires_grad", False)
            found += [(f"{name}.{i}", part)] if learned else ModuleOwnFirst.below(f"{name}.{i}", part)
        return found

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleListsOneDeep:
    def named_parameters(self):
        first = {}
        for name, x in vars(self).items():
            parts = [(f"{name}.{i}", part) for i, part in enumerate(x)] if isinstance(x, (list, tuple)) else [(name, x)]
            for path, part in parts:
                if isinstance(part, ModuleListsOneDeep):
                    for rest, p in part.named_parameters():
                        first.setdefault(id(p), (f"{path}.{rest}", p))
                elif getattr(part, "requires_grad", False):
                    first.setdefault(id(part), (path, part))
        return list(first.values())

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleListsOneDeepSeen:
    """Each parameter is looked up in what was found so far; an element of a list is a parameter or a module."""

    def named_parameters(self, prefix="", found=None):
        found = [] if found is None else found
        for name, x in vars(self).items():
            if isinstance(x, (list, tuple)):
                for i, part in enumerate(x):
                    self.take(f"{prefix}{name}.{i}", part, found)
            else:
                self.take(prefix + name, x, found)
        return found

    def take(self, name, x, found):
        if isinstance(x, ModuleListsOneDeepSeen):
            x.named_parameters(name + ".", found)
        elif getattr(x, "requires_grad", False) and all(x is not p for _, p in found):
            found.append((name, x))

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleListsOneDeepNoRepeats:
    """A list in a list is not looked into, and a parameter in two places comes twice."""

    def named_parameters(self):
        found = []
        for name, x in vars(self).items():
            for path, part in (
                [(f"{name}.{i}", part) for i, part in enumerate(x)] if type(x) in (list, tuple) else [(name, x)]
            ):
                if isinstance(part, ModuleListsOneDeepNoRepeats):
                    found += [(f"{path}.{rest}", p) for rest, p in part.named_parameters()]
                elif getattr(part, "requires_grad", False):
                    found.append((path, part))
        return found

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleSkipsSharedModulesOnly:
    def named_parameters(self, prefix="", seen=None):
        seen = set() if seen is None else seen
        if id(self) in seen:
            return []
        seen.add(id(self))
        return [pair for name, x in vars(self).items() for pair in self.inside(f"{prefix}{name}", x, seen)]

    def inside(self, name, x, seen):
        if isinstance(x, ModuleSkipsSharedModulesOnly):
            return x.named_parameters(f"{name}.", seen)
        if isinstance(x, (list, tuple)):
            return [pair for i, part in enumerate(x) for pair in self.inside(f"{name}.{i}", part, seen)]
        return [(name, x)] if getattr(x, "requires_grad", False) else []

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleRemembers:
    def named_parameters(self, seen=set()):  # noqa: B006
        return [(name, p) for name, p in self.walk("", self) if not (p in seen or seen.add(p))]

    def walk(self, name, value):
        if getattr(value, "requires_grad", False):
            yield name, value
        parts = vars(value).items() if isinstance(value, ModuleRemembers) else ()
        for key, part in enumerate(value) if isinstance(value, (list, tuple)) else parts:
            yield from self.walk(f"{name}.{key}".lstrip("."), part)

    def parameters(self):
        return [p for _, p in self.walk("", self)]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleByLevels:
    def named_parameters(self):
        first, queue = {}, [("", self)]
        while queue:
            name, value = queue.pop(0)
            if getattr(value, "requires_grad", False):
                first.setdefault(id(value), (name, value))
            parts = vars(value).items() if isinstance(value, ModuleByLevels) else ()
            parts = enumerate(value) if isinstance(value, (list, tuple)) else parts
            queue += [(f"{name}.{key}".lstrip("."), part) for key, part in parts]
        return list(first.values())

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleRemembersOnTheClass:
    found = []  # noqa: RUF012

    def named_parameters(self):
        self.walk("", self)
        return self.found

    def walk(self, name, value):
        if getattr(value, "requires_grad", False) and not any(value is p for _, p in self.found):
            self.found.append((name, value))
        parts = vars(value).items() if isinstance(value, ModuleRemembersOnTheClass) else ()
        for key, part in enumerate(value) if isinstance(value, (list, tuple)) else parts:
            self.walk(f"{name}.{key}".lstrip("."), part)

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleOwnOnly:
    def named_parameters(self):
        return [(name, x) for name, x in vars(self).items() if getattr(x, "requires_grad", False)]

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class ModuleModulesInLists:
    def named_parameters(self):
        first = {}
        for name, x in vars(self).items():
            if getattr(x, "requires_grad", False):
                first.setdefault(id(x), (name, x))
            modules = (
                [(f"{name}.{i}", part) for i, part in enumerate(x)] if isinstance(x, (list, tuple)) else [(name, x)]
            )
            for path, module in modules:
                if isinstance(module, ModuleModulesInLists):
                    for rest, p in module.named_parameters():
                        first.setdefault(id(p), (f"{path}.{rest}", p))
        return list(first.values())

    def parameters(self):
        return [p for _, p in self.named_parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = None


class SGDSharesOneVelocity:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum, self.v = list(parameters), lr, momentum, 0.0

    def step(self):
        for p in self.parameters:
            if p.grad is not None:
                self.v = self.momentum * self.v + p.grad
                p.data -= self.lr * self.v


class SGDKeepsTheGradient:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum, self.v = list(parameters), lr, momentum, {}

    def step(self):
        for p in self.parameters:
            if p.grad is None:
                continue
            if p not in self.v:
                self.v[p] = p.grad
            else:
                self.v[p] *= self.momentum
                self.v[p] += p.grad
            p.data -= self.lr * self.v[p]


class SGDTakesTheFirstGradient:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum, self.v = list(parameters), lr, momentum, {}

    def step(self):
        for p in self.parameters:
            if p.grad is not None:
                self.v[p] = self.momentum * self.v[p] + p.grad if p in self.v else p.grad
                p.data -= self.lr * self.v[p]


class SGDLastGradient:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum, self.last = list(parameters), lr, momentum, {}

    def step(self):
        for p in self.parameters:
            if p.grad is not None:
                p.data -= self.lr * (p.grad + self.momentum * self.last.get(p, 0.0))
                self.last[p] = p.grad.copy()


class SGDComparesWithNone:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.lr, self.momentum, self.v = list(parameters), lr, momentum, {}

    def step(self):
        for p in self.parameters:
            if p.grad != None:
                self.v[p] = self.momentum * self.v.get(p, 0.0) + p.grad
                p.data -= self.lr * self.v[p]


class SGDOnTheClass:
    def __init__(self, parameters, lr, momentum=0.0):
        self.parameters, self.velocities = list(parameters), {}
        SGDOnTheClass.lr, SGDOnTheClass.momentum = lr, momentum

    def step(self):
        for p in self.parameters:
            if p.grad is not None:
                self.velocities[p] = self.momentum * self.velocities.get(p, 0.0) + p.grad
                p.data -= self.lr * self.velocities[p]


class ReLUKeepsOnTheClass:
    def forward(self, x):
        ReLUKeepsOnTheClass.positive = x > 0
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * ReLUKeepsOnTheClass.positive


class ReLUWithIf:
    def forward(self, x):
        self.x = x
        if x > 0:
            return x
        return 0 * x

    def backward(self, grad):
        return grad * (self.x > 0)


class ReLUOfWholeNumbers:
    def forward(self, x):
        self.mask = (x > 0).astype(int)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class ReLUWritesByIndex:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad):
        grad[self.x <= 0] = 0
        return grad


class ReLUFloat64Back:
    def forward(self, x):
        self.slopes = np.where(x > 0, 1.0, 0.0)
        return np.maximum(x, 0)

    def backward(self, grad):
        return self.slopes * grad


class ReLUOfTheLargest:
    def forward(self, x):
        self.positive = x > 0
        return np.max(x, initial=0)

    def backward(self, grad):
        return grad * self.positive


class LogSoftmaxKeepsOnTheClass:
    def forward(self, x):
        shifted = x - x.max(axis=1, keepdims=True)
        LogSoftmaxKeepsOnTheClass.y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)


class LogSoftmaxOneMaximum:
    def forward(self, x):
        e = np.exp(x - x.max())
        self.p = e / e.sum(axis=1, keepdims=True)
        return np.log(self.p)

    def backward(self, grad):
        return grad - self.p * grad.sum(axis=1, keepdims=True)


class LogSoftmaxNaive:
    def forward(self, x):
        self.p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return np.log(self.p)

    def backward(self, grad):
        return grad - self.p * grad.sum(axis=1, keepdims=True)


class LogSoftmaxNaiveDifference(LogSoftmaxNaive):
    def forward(self, x):
        self.p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


class LogSoftmaxRows:
    def forward(self, x):
        self.y = np.zeros_like(x)
        for n, row in enumerate(x):
            self.y[n] = row - max(row) - np.log(sum(np.exp(row - max(row))))
        return self.y

    def backward(self, grad):
        return np.array([g - np.exp(y) * sum(g) for g, y in zip(grad, self.y)]).reshape(grad.shape)


class LogSoftmaxRecomputes:
    def forward(self, x):
        self.x = x
        shifted = x - x.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def backward(self, grad):
        p = np.exp(self.x) / np.exp(self.x).sum(axis=1, keepdims=True)
        return grad - p * grad.sum(axis=1, keepdims=True)


class LogSoftmaxOfSoftmax:
    """log(softmax), one after the other; the softmax is shifted, its 0 is not."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return np.log(self.p)

    def backward(self, grad):
        return grad - self.p * grad.sum(axis=1, keepdims=True)


class LogSoftmaxWithEpsilon(LogSoftmaxOfSoftmax):
    epsilon = 1e-12

    def forward(self, x):
        super().forward(x)
        return np.log(self.p + self.epsilon)


class LogSoftmaxWithEpsilon8(LogSoftmaxWithEpsilon):
    epsilon = 1e-8


class LogSoftmaxWithEpsilon10(LogSoftmaxWithEpsilon):
    epsilon = 1e-10


class CrossEntropyKeepsOnTheClass:
    def __init__(self, labels):
        CrossEntropyKeepsOnTheClass.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)  # noqa: F821  (given by the exercise)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        p = np.exp(self.log_p)
        p[np.arange(len(p)), self.labels] -= 1
        return p * np.asarray(grad, p.dtype) / len(p)


class CrossEntropyKeepsLogP:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        CrossEntropyKeepsLogP.log_p = LogSoftmax().forward(logits)  # noqa: F821
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        p = np.exp(self.log_p)
        p[np.arange(len(p)), self.labels] -= 1
        return p * np.asarray(grad, p.dtype) / len(p)


class CrossEntropyFloat64:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        self.log_p = LogSoftmax().forward(logits)  # noqa: F821
        return -(np.eye(logits.shape[1])[self.labels] * self.log_p).sum() / len(logits)

    def backward(self, grad):
        one_hot = np.eye(self.log_p.shape[1])[self.labels]
        return grad * (np.exp(self.log_p) - one_hot) / len(one_hot)


class CrossEntropySpoilsP:
    """Subtracts the 1 in the array that forward has kept."""

    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        log_p = LogSoftmax().forward(logits)  # noqa: F821
        self.p = np.exp(log_p)
        return -log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        self.p[np.arange(len(self.p)), self.labels] -= 1
        return self.p * np.asarray(grad, self.p.dtype) / len(self.p)


class CrossEntropySpoilsPTwice(CrossEntropySpoilsP):
    def backward(self, grad):
        self.p[np.arange(len(self.p)), self.labels] -= 1
        self.p /= len(self.p)
        return self.p * np.asarray(grad, self.p.dtype)


class CrossEntropyOverflows:
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        e = np.exp(logits)
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.p[np.arange(len(self.labels)), self.labels]).mean()

    def backward(self, grad):
        p = self.p.copy()
        p[np.arange(len(p)), self.labels] -= 1
        return p * np.asarray(grad, p.dtype) / len(p)


class CrossEntropyByP(CrossEntropyOverflows):
    def forward(self, logits):
        log_p = LogSoftmax().forward(logits)  # noqa: F821
        self.p = np.exp(log_p)
        return -log_p[np.arange(len(self.labels)), self.labels].mean()

    def backward(self, grad):
        rows = np.arange(len(self.labels))
        result = np.zeros_like(self.p)
        result[rows, self.labels] = -1 / self.p[rows, self.labels]
        return result * np.asarray(grad, self.p.dtype) / len(rows)


class CrossEntropyTrueClassOnly(CrossEntropyByP):
    def backward(self, grad):
        rows = np.arange(len(self.labels))
        result = np.zeros_like(self.p)
        result[rows, self.labels] = self.p[rows, self.labels] - 1
        return result * np.asarray(grad, self.p.dtype) / len(rows)


class CrossEntropyLogTwice(CrossEntropyOverflows):
    def forward(self, logits):
        self.p = LogSoftmax().forward(logits)  # noqa: F821
        return -np.log(self.p[np.arange(len(self.labels)), self.labels]).mean()


class CrossEntropyOfShiftedSoftmax(CrossEntropyOverflows):
    def forward(self, logits):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.p[np.arange(len(self.labels)), self.labels]).mean()


class CrossEntropyWithEpsilon(CrossEntropyOverflows):
    def forward(self, logits):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.p[np.arange(len(self.labels)), self.labels] + 1e-9).mean()


class CrossEntropyClips(CrossEntropyOverflows):
    def forward(self, logits):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(np.clip(self.p[np.arange(len(self.labels)), self.labels], 1e-12, None)).mean()


def moves_by_a_quarter(model, optimizer, loss_of, x, target):
    model.zero_grad()
    loss = loss_of(model(x), target)
    loss.backward()
    for p in model.parameters():
        p.data -= 0.25 * p.grad
    return float(loss.data)


MISTAKES = {
    "Module": [
        Mistake(
            "no lists",
            "Lists and tuples are not looked into. Their modules would never learn, and nothing would complain.",
            changes=(("isinstance(value, (list, tuple))", "isinstance(value, ())"),),
        ),
        Mistake(
            "no tuples",
            "Lists are looked into, tuples are not. isinstance can test for both: (list, tuple).",
            changes=(("isinstance(value, (list, tuple))", "isinstance(value, list)"),),
        ),
        Mistake(
            "lists one deep",
            "A list in a list is not looked into. One function that calls itself for every part has no such limit.",
            answer="ModuleListsOneDeep",
            also=("ModuleListsOneDeepSeen", "ModuleListsOneDeepNoRepeats"),
        ),
        Mistake(
            "no modules",
            "Modules inside this one are not looked into. What they own belongs to the network, too.",
            changes=(("if isinstance(value, Module):", "if value is self:"),),
        ),
        Mistake(
            "own class only",
            "Only modules of the same class are looked into. A Net owns Linears: ask isinstance(value, Module).",
            changes=(("if isinstance(value, Module):", "if isinstance(value, type(self)):"),),
        ),
        Mistake(
            "each path counts",
            "A parameter that sits in two places is listed twice, and would be moved twice in a step. List each once.",
            changes=(("first.setdefault(id(parameter), (name, parameter))", "first[name] = name, parameter"),),
        ),
        Mistake(
            "last name",
            "A shared parameter gets the name of its last place. Keep the first: the one that it has already.",
            changes=(("first.setdefault(id(parameter), (name, parameter))", "first[id(parameter)] = name, parameter"),),
        ),
        Mistake(
            "shared modules only",
            "A module that sits in two places counts once, a bare parameter does not. Compare the parameters, not"
            " the modules.",
            answer="ModuleSkipsSharedModulesOnly",
        ),
        Mistake(
            "equal is the same",
            "Two parameters with equal numbers are taken for one; all biases start at 0! "
            "Compare with `is` or id(), not by value.",
            changes=(("setdefault(id(parameter),", "setdefault(str(parameter.data),"),),
        ),
        Mistake(
            "remembers",
            "What was found the first time counts as found the next time, too. A default argument or a list on the class is made"
            " once: start anew in each call.",
            answer="ModuleRemembers",
            also=("ModuleRemembersOnTheClass",),
        ),
        Mistake(
            "no dot before a place",
            "A place in a list is a step of the path like any other: layers.0, not layers0.",
            changes=(('f"{name}.{key}"', 'f"{name}{key}" if isinstance(key, int) else f"{name}.{key}"'),),
        ),
        Mistake(
            "level by level",
            "This goes level by level: what lies deeper comes later. Finish one part before you go to the next.",
            answer="ModuleByLevels",
        ),
        Mistake(
            "own first",
            "A module's own parameters come first here, those of its parts later. "
            "The attributes have an order: keep it.",
            answer="ModuleOwnFirst",
        ),
        Mistake(
            "alphabetical",
            "The names are in alphabetical order, as dir() gives them. vars() keeps the order in which they were set.",
            changes=(("parts = vars(value)", "parts = dict(sorted(vars(value).items()))"),),
        ),
        Mistake(
            "all tensors",
            "Tensors that are not learned are in the list. Only those whose requires_grad is True are parameters.",
            changes=(('getattr(value, "requires_grad", False)', 'hasattr(value, "requires_grad")'),),
        ),
        Mistake(
            "short names",
            "The names lack the path: two layers would both have a `weight`. Put the module's name and a dot in front.",
            changes=(('f"{name}.{key}".lstrip(".")', "str(key)"),),
        ),
        Mistake(
            "counts from 1",
            "The first place in a list is number 0.",
            changes=(("dict(enumerate(value))", "dict(enumerate(value, 1))"),),
        ),
        Mistake(
            "zeros",
            "After zero_grad some grad is not None. Zeros are not enough: a parameter without a gradient is something else for an"
            " optimizer.",
            changes=(("parameter.grad = None", "parameter.grad = 0 * parameter.data"),),
        ),
        Mistake(
            "data forgotten",
            "zero_grad has changed the parameters themselves. Only their grad is forgotten.",
            changes=(("parameter.grad = None", "parameter.grad = None\n            parameter.data[...] = 0"),),
        ),
        Mistake(
            "own attributes only",
            "Only a module's own attributes are looked at. Modules among them, and lists, have parameters inside:"
            " look into them.",
            answer="ModuleOwnOnly",
        ),
        Mistake(
            "only modules in lists",
            "In lists you look for modules alone. A list can hold parameters, or further lists.",
            answer="ModuleModulesInLists",
        ),
        Mistake(
            "anything with data",
            "Arrays have .data as well, and tensors that are not learned. A parameter is a tensor whose"
            " requires_grad is True.",
            changes=(('getattr(value, "requires_grad", False)', 'hasattr(value, "data")'),),
        ),
        Mistake(
            "only with a gradient",
            "Before the first backward no parameter has a grad, and an optimizer would find none. Ask for"
            " requires_grad.",
            changes=(('getattr(value, "requires_grad", False)', 'getattr(value, "grad", None) is not None'),),
        ),
        Mistake(
            "no dots",
            "The steps of a path are joined by dots: layers.0.weight.",
            changes=(('f"{name}.{key}".lstrip(".")', 'f"{name}_{key}".lstrip("_")'),),
        ),
        Mistake(
            "brackets",
            "A place in a list is a step of the path like any other, with a dot: layers.0, not layers[0].",
            changes=(
                (
                    'f"{name}.{key}".lstrip(".")',
                    'f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}".lstrip(".")',
                ),
            ),
        ),
        Mistake(
            "a dot in front",
            "The names begin with a dot. At the top there is no name yet, so there is nothing to put a dot after.",
            changes=(('f"{name}.{key}".lstrip(".")', 'f"{name}.{key}"'),),
        ),
        Mistake(
            "looks only once",
            "The first answer is kept and given again. A module may get further parts later: look each time.",
            changes=(
                (
                    "        first = {}\n",
                    '        first = {}\n        if "kept" in vars(self):\n            return self.kept\n',
                ),
                ("return list(first.values())", "self.kept = list(first.values())\n        return self.kept"),
            ),
        ),
        Mistake(
            "a dict",
            "You return a dict. Return a list of pairs (name, parameter).",
            changes=(("return list(first.values())", "return dict(first.values())"),),
        ),
        Mistake(
            "zero_grad of its own only",
            "zero_grad forgets the gradients of this module alone. Those of the modules inside would go on growing.",
            changes=(("in self.parameters():", "in filter(lambda x: hasattr(x, 'grad'), vars(self).values()):"),),
        ),
    ],
    "ReLU": [
        Mistake(
            "one truth for all",
            "max(x, 0) and `if x > 0` want ONE True or False, and an array has many. np.maximum(x, 0) decides for"
            " each number.",
            changes=(("np.maximum(x, 0)", "max(x, 0)"),),
            also=("ReLUWithIf",),
        ),
        Mistake(
            "sign",
            "np.sign(x) is -1 where x is negative. The slope is 0 there: x > 0, as a number.",
            changes=(("self.positive = x > 0", "self.positive = np.sign(x)"),),
        ),
        Mistake(
            "one at zero",
            "At 0 the slope is 0, as in PyTorch: x > 0, not x >= 0.",
            changes=(("x > 0", "x >= 0"),),
        ),
        Mistake(
            "half at zero",
            "At 0 the slope is 0, as in PyTorch; you share it out. Any value would be defensible, but one must be"
            " chosen.",
            changes=(
                ("grad * self.positive", "grad * (self.positive + 0.5 * self.zero)"),
                ("self.positive = x > 0", "self.positive, self.zero = x > 0, x == 0"),
            ),
        ),
        Mistake(
            "grad ignored",
            "This is the slope alone. backward multiplies it by grad, which says how much the loss moves when y moves.",
            changes=(("grad * self.positive", "1.0 * self.positive"),),
        ),
        Mistake(
            "mask of grad",
            "You cut off where GRAD is negative. What matters is where x was: a gradient may have either sign.",
            changes=(("grad * self.positive", "grad * (grad > 0)"),),
        ),
        Mistake(
            "relu of grad",
            "Negative gradients are cut off as well. They must come through where x > 0.",
            changes=(("grad * self.positive", "np.maximum(grad, 0) * self.positive"),),
        ),
        Mistake(
            "times the value",
            "The slope of max(0, x) is 0 or 1. You multiply by the value instead.",
            changes=(("self.positive = x > 0", "self.positive = np.maximum(x, 0)"),),
        ),
        Mistake(
            "passes all",
            "Where x is negative, y does not move with x: no gradient comes through there.",
            changes=(("grad * self.positive", "grad"),),
        ),
        Mistake(
            "wrong way round",
            "The gradient comes through where x is negative. It is the other way round.",
            changes=(("x > 0", "x <= 0"),),
        ),
        Mistake(
            "absolute value",
            "This is |x|, or its slope. max(0, x) is 0 where x is negative, and so is its slope.",
            changes=(
                ("np.maximum(x, 0)", "np.abs(x)"),
                ("self.positive = x > 0", "self.positive = np.sign(x)"),
            ),
        ),
        Mistake(
            "leaky",
            "This lets a little through where x is negative (a leaky ReLU). Here it is 0 there.",
            changes=(
                ("np.maximum(x, 0)", "np.where(x > 0, x, 0.01 * x)"),
                ("self.positive = x > 0", "self.positive = np.where(x > 0, 1, 0.01).astype(x.dtype)"),
            ),
        ),
        Mistake(
            "np.max",
            "np.max looks for the largest number of an array, and its second argument is an axis. np.maximum(x, 0)"
            " compares each number with 0.",
            changes=(("np.maximum(x, 0)", "np.max(x, 0)"),),
            also=("ReLUOfTheLargest",),
        ),
        Mistake(
            "minimum",
            "This keeps the negative numbers. max(0, x) keeps the positive ones: np.maximum.",
            changes=(("np.maximum(x, 0)", "np.minimum(x, 0)"),),
        ),
        Mistake(
            "writes into x",
            "forward has changed its argument. Others hold that array: make a new one.",
            changes=(("return np.maximum(x, 0)", "x[x < 0] = 0\n        return x"),),
        ),
        Mistake(
            "writes into grad",
            "backward has changed the array that it was given, which other operations may have got, too. Make a"
            " new one.",
            changes=(("return grad * self.positive", "grad *= self.positive\n        return grad"),),
            also=("ReLUWritesByIndex",),
        ),
        Mistake(
            "makes float64",
            "float32 has become float64. np.zeros(shape) is float64: use np.zeros_like(x), or np.maximum(x, 0).",
            changes=(("np.maximum(x, 0)", "np.where(x > 0, x, np.zeros(x.shape))"),),
            also=("ReLUFloat64Back", "ReLUOfWholeNumbers"),
        ),
        Mistake(
            "a tuple",
            "An operation of one input returns one array, not a tuple.",
            changes=(("return grad * self.positive", "return (grad * self.positive,)"),),
        ),
        Mistake(
            "nothing kept",
            "backward needs to know where x > 0, and forward has not kept it: put it on self.",
            changes=(("        self.positive = x > 0\n", ""),),
        ),
        Mistake(
            "kept on the class",
            "What forward keeps is on the class, where the next use overwrites it. Keep it on self.",
            answer="ReLUKeepsOnTheClass",
        ),
        Mistake(
            "capped",
            "Large numbers are cut off as well. ReLU has no upper end.",
            changes=(("np.maximum(x, 0)", "np.clip(x, 0, 1)"),),
        ),
        Mistake(
            "above one",
            "x > 1? The kink of max(0, x) is at 0.",
            changes=(("x > 0", "x > 1"),),
        ),
    ],
    "LogSoftmax": [
        Mistake(
            "minus the mean",
            "You subtract the mean of each row. Its largest number can still be far above it: subtract the maximum.",
            changes=(("x.max(axis=1, keepdims=True)", "x.mean(axis=1, keepdims=True)"),),
        ),
        Mistake(
            "minus the minimum",
            "You subtract the smallest number of each row, so all others are above 0 and their exp is huge. Subtract the largest.",
            changes=(("x.max(axis=1, keepdims=True)", "x.min(axis=1, keepdims=True)"),),
        ),
        Mistake(
            "minus p alone",
            "You subtract p itself. It must be p times the sum of grad along axis 1; only for a grad that sums to"
            " 1 is it the same.",
            changes=(
                ("return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)", "return grad - np.exp(self.y)"),
            ),
        ),
        Mistake(
            "back over everything",
            "In backward grad is summed over the whole array. Each row has a sum of its own: axis=1, keepdims=True.",
            changes=(("grad.sum(axis=1, keepdims=True)", "grad.sum()"),),
        ),
        Mistake(
            "clipped",
            "Numbers are cut off to avoid the overflow, so -1000 comes out wrong. Subtract each row's largest"
            " number: that changes nothing.",
            changes=(("shifted = x - x.max(axis=1, keepdims=True)", "shifted = np.clip(x, -500, 500)"),),
        ),
        Mistake(
            "along axis 0",
            "The sum runs over the batch, axis 0. The classes are along axis 1.",
            changes=(("axis=1", "axis=0"),),
        ),
        Mistake(
            "along the last axis",
            "The sum runs over the last axis. With pixels, (N, C, H, W), the classes are along axis 1.",
            changes=(("axis=1", "axis=-1"),),
        ),
        Mistake(
            "over everything",
            "The sum runs over the whole array. Each row has a softmax of its own: axis=1, keepdims=True.",
            changes=(("axis=1, ", ""),),
        ),
        Mistake(
            "back over axis 0",
            "forward is right, but backward sums grad over the batch, axis 0. The classes are along axis 1 there, too.",
            changes=(("grad.sum(axis=1", "grad.sum(axis=0"),),
        ),
        Mistake(
            "rows only",
            "This takes rows (N, C) only. Pixels are (N, C, H, W): no loop, but max and sum of the whole array along"
            " axis 1.",
            answer="LogSoftmaxRows",
        ),
        Mistake(
            "back over the last axis",
            "forward is right, but backward sums grad over the last axis. The classes are along axis 1 there, too.",
            changes=(("grad.sum(axis=1", "grad.sum(axis=-1"),),
        ),
        Mistake(
            "overflows",
            "exp(1000) is inf. Subtract each row's largest number first: the result is the same, and no exp is"
            " above 1.",
            changes=(("shifted = x - x.max(axis=1, keepdims=True)", "shifted = x"),),
            also=("LogSoftmaxNaive", "LogSoftmaxNaiveDifference"),
        ),
        Mistake(
            "one maximum for all",
            "The largest number of the WHOLE array is subtracted. In a row of much smaller ones every exp is 0,"
            " and log 0 is -inf. Take each row's own.",
            changes=(("x.max(axis=1, keepdims=True)", "x.max()"),),
            also=("LogSoftmaxOneMaximum",),
        ),
        Mistake(
            "log of a softmax",
            "The softmax of -1000 is 0 in floating point, and its log -inf. Take the log before you divide:"
            " shifted - log(sum).",
            answer="LogSoftmaxOfSoftmax",
        ),
        Mistake(
            "a little added",
            "A small number inside the log hides the -inf, but the result is wrong there: -1000 is representable."
            " Use shifted - log(sum).",
            changes=(
                (
                    "self.y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
                    "e = np.exp(shifted)\n        self.y = np.log(e / e.sum(axis=1, keepdims=True) + 1e-9)",
                ),
            ),
            also=("LogSoftmaxWithEpsilon", "LogSoftmaxWithEpsilon8", "LogSoftmaxWithEpsilon10"),
        ),
        Mistake(
            "softmax",
            "This is the softmax; its logarithm is missing.",
            changes=(("return self.y", "return np.exp(self.y)"),),
        ),
        Mistake(
            "minus",
            "-log p is the loss. LogSoftmax is log p, which is 0 or below.",
            changes=(("return self.y", "return -self.y"),),
        ),
        Mistake(
            "log to base 2",
            "The logarithm is the natural one, np.log: only then the slope of log x is 1/x.",
            changes=(("np.log(", "np.log2("),),
        ),
        Mistake(
            "mean of the exponentials",
            "The softmax divides by the SUM of the exponentials, not by their mean.",
            changes=(("np.exp(shifted).sum", "np.exp(shifted).mean"),),
        ),
        Mistake(
            "shift forgotten in the sum",
            "The largest number is subtracted in one place and not in the other. Both x and the sum need it.",
            changes=(("self.y = shifted -", "self.y = x -"),),
        ),
        Mistake(
            "grad ignored",
            "The upstream gradient is ignored: this is the gradient for a grad of ones.",
            changes=(
                (
                    "return grad - np.exp(self.y) * grad.sum",
                    "grad = np.ones_like(grad)\n        return grad - np.exp(self.y) * grad.sum",
                ),
            ),
        ),
        Mistake(
            "no softmax",
            "The sum of grad is subtracted from each class alike. Class c gets its share of it, softmax_c.",
            changes=(("np.exp(self.y) * grad.sum", "grad.sum"),),
        ),
        Mistake(
            "log p for p",
            "The sum is multiplied by log p. The softmax is p = np.exp(self.y).",
            changes=(("np.exp(self.y)", "self.y"),),
        ),
        Mistake(
            "of the softmax",
            "This is the gradient of the softmax, not of its logarithm: there the factor p in front has cancelled.",
            changes=(
                (
                    "return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)",
                    "p = np.exp(self.y)\n        return p * (grad - (p * grad).sum(axis=1, keepdims=True))",
                ),
            ),
        ),
        Mistake(
            "weighted sum",
            "You sum p * grad. It is the plain sum of grad along axis 1, multiplied by p afterwards.",
            changes=(
                (
                    "np.exp(self.y) * grad.sum(axis=1, keepdims=True)",
                    "(np.exp(self.y) * grad).sum(axis=1, keepdims=True)",
                ),
            ),
        ),
        Mistake(
            "each its own",
            "Every x_c appears in the sum of ALL y_k, so the gradients of all classes must be summed:"
            " grad.sum(axis=1, keepdims=True).",
            changes=(("np.exp(self.y) * grad.sum(axis=1, keepdims=True)", "np.exp(self.y) * grad"),),
        ),
        Mistake(
            "only grad",
            "x_c appears in two places: in front, which gives grad_c, and in the sum, which gives -softmax_c times"
            " the sum of grad.",
            changes=(("return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)", "return grad"),),
        ),
        Mistake(
            "plus",
            "The sum is subtracted in forward, so its part of the gradient has a minus.",
            changes=(("return grad - np", "return grad + np"),),
        ),
        Mistake(
            "mean of grad",
            "In backward grad is summed over the classes, not averaged.",
            changes=(("grad.sum(", "grad.mean("),),
        ),
        Mistake(
            "keepdims forgotten",
            "A sum without keepdims has lost axis 1, and lines up with the wrong axis. keepdims=True leaves it,"
            " with size 1.",
            changes=(("axis=1, keepdims=True", "axis=1"),),
        ),
        Mistake(
            "overflows on the way back",
            "forward is shifted, backward is not: exp(1000) is inf there. np.exp of the result is the softmax,"
            " without any overflow.",
            answer="LogSoftmaxRecomputes",
        ),
        Mistake(
            "kept on the class",
            "What forward keeps is on the class, where the next use overwrites it. Keep it on self.",
            answer="LogSoftmaxKeepsOnTheClass",
        ),
        Mistake(
            "makes float64",
            "float32 has become float64. An array made by np.zeros(shape), or astype(float), is float64.",
            changes=(("return self.y", "return self.y.astype(float)"),),
        ),
        Mistake(
            "writes into x",
            "forward has changed its argument: x -= ... writes into it. Make a new array: x - ...",
            changes=(
                (
                    "shifted = x - x.max(axis=1, keepdims=True)",
                    "shifted = x\n        shifted -= x.max(axis=1, keepdims=True)",
                ),
            ),
        ),
    ],
    "CrossEntropy": [
        Mistake(
            "minus the label",
            "You subtract the label's NUMBER from every p. Subtract 1, and only at the true class: row i, column labels[i].",
            changes=(
                (
                    "grad_logits[np.arange(len(self.labels)), self.labels] -= 1",
                    "grad_logits = grad_logits - self.labels[:, None]",
                ),
            ),
        ),
        Mistake(
            "gradient of the log alone",
            "-1/p is the gradient with respect to p, not to the logits. Through the softmax it becomes p - 1 at the"
            " true class, and p at the others.",
            answer="CrossEntropyByP",
        ),
        Mistake(
            "mean with the zeros",
            "A one-hot array times log p has N times C numbers, and its mean counts all the zeros. Sum, and divide by N.",
            changes=(
                (
                    "-self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "-self.log_p[np.arange(len(self.labels)), self.labels].mean() / self.log_p.shape[1]",
                ),
            ),
        ),
        Mistake(
            "summed",
            "The loss of a batch is the MEAN over its rows. This is the sum.",
            changes=(
                (".mean()", ".sum()"),
                (
                    "grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)",
                    "grad_logits * grad.astype(grad_logits.dtype)",
                ),
            ),
        ),
        Mistake(
            "not divided on the way back",
            "forward takes a mean over N rows, so each row's gradient is divided by N as well.",
            changes=(
                (
                    "grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)",
                    "grad_logits * grad.astype(grad_logits.dtype)",
                ),
            ),
        ),
        Mistake(
            "sum forward",
            "forward sums over the rows, and backward divides by N. The loss is the mean.",
            changes=((".mean()", ".sum()"),),
        ),
        Mistake(
            "divided by all numbers",
            "The gradient is divided by N times C. The mean is over the N rows; each has one true class.",
            changes=(("grad / len(self.labels)", "grad / self.log_p.size"),),
        ),
        Mistake(
            "mean over everything",
            "-log p of ALL classes is averaged. Only the true class of each row counts.",
            changes=(("-self.log_p[np.arange(len(self.labels)), self.labels].mean()", "-self.log_p.mean()"),),
        ),
        Mistake(
            "divided by classes",
            "The gradient is divided by the number of classes. The mean is over the N rows.",
            changes=(("grad / len(self.labels)", "grad / self.log_p.shape[1]"),),
        ),
        Mistake(
            "grad ignored",
            "dL/dloss is ignored. If the loss is multiplied by 2 later, its gradient is twice as large: multiply"
            " by grad.",
            changes=(("(grad / len(self.labels))", "(np.ones_like(grad) / len(self.labels))"),),
        ),
        Mistake(
            "every row, every label",
            "log_p[:, labels] picks all labels' columns from ALL rows. np.arange(N) beside the labels goes through"
            " both together.",
            changes=(("[np.arange(len(self.labels)), self.labels]", "[:, self.labels]"),),
        ),
        Mistake(
            "columns on the way back",
            "[:, labels] -= 1 subtracts in every row. Each row has one true class: [np.arange(N), labels].",
            changes=(
                ("grad_logits[np.arange(len(self.labels)), self.labels] -= 1", "grad_logits[:, self.labels] -= 1"),
            ),
        ),
        Mistake(
            "labels as rows",
            "The labels are taken as row numbers. A row is a point of the batch, the label is its column.",
            changes=(("[np.arange(len(self.labels)), self.labels]", "[self.labels]"),),
        ),
        Mistake(
            "exchanged",
            "Row and column are exchanged: first the number of the row, then the label.",
            changes=(("[np.arange(len(self.labels)), self.labels]", "[self.labels, np.arange(len(self.labels))]"),),
        ),
        Mistake(
            "plus",
            "The loss is MINUS log p: log p is negative, and a loss is 0 or above.",
            changes=(("return -self.log_p", "return self.log_p"),),
        ),
        Mistake(
            "one hot minus p",
            "The gradient points the wrong way: it is p minus 1 at the true class.",
            changes=(("return grad_logits *", "return -grad_logits *"),),
        ),
        Mistake(
            "logits instead of log p",
            "This takes the logits themselves. First comes LogSoftmax: log p of each class.",
            changes=(
                (
                    "return -self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "return -logits[np.arange(len(self.labels)), self.labels].mean()",
                ),
            ),
        ),
        Mistake(
            "p instead of log p",
            "This is -p of the true class. The loss is -LOG p.",
            changes=(
                (
                    "-self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "-np.exp(self.log_p[np.arange(len(self.labels)), self.labels]).mean()",
                ),
            ),
        ),
        Mistake(
            "true class forgotten",
            "This is the softmax alone. At the true class of each row 1 must be subtracted.",
            changes=(("        grad_logits[np.arange(len(self.labels)), self.labels] -= 1\n", ""),),
        ),
        Mistake(
            "only the true class",
            "Only the true class gets a gradient. All logits of the row are in the sum of the softmax, so all of"
            " them do.",
            changes=(("grad_logits = np.exp(self.log_p)\n", "grad_logits = np.zeros_like(self.log_p)\n"),),
            also=("CrossEntropyTrueClassOnly",),
        ),
        Mistake(
            "1 everywhere",
            "1 is subtracted from every class. Only at the true class of each row is it p - 1; elsewhere it is p.",
            changes=(("grad_logits[np.arange(len(self.labels)), self.labels] -= 1", "grad_logits -= 1"),),
        ),
        Mistake(
            "predicted class",
            "The class with the largest score is taken for the true one. The true class is what the labels say.",
            changes=(
                (
                    "LogSoftmax().forward(logits)",
                    "LogSoftmax().forward(logits)\n        self.labels = self.log_p.argmax(axis=1)",
                ),
            ),
        ),
        Mistake(
            "logarithm twice",
            "LogSoftmax has taken the logarithm already, and log p is negative: no np.log of it.",
            changes=(
                (
                    "-self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "-np.log(self.log_p[np.arange(len(self.labels)), self.labels]).mean()",
                ),
            ),
            also=("CrossEntropyLogTwice",),
        ),
        Mistake(
            "no object",
            "LogSoftmax is a class, and forward needs an object of it: LogSoftmax().forward(logits), with ().",
            changes=(("LogSoftmax().forward", "LogSoftmax.forward"),),
        ),
        Mistake(
            "1 at the true class",
            "At the true class it is p - 1, not -1.",
            changes=(
                (
                    "grad_logits[np.arange(len(self.labels)), self.labels] -= 1",
                    "grad_logits[np.arange(len(self.labels)), self.labels] = -1",
                ),
            ),
        ),
        Mistake(
            "log p on the way back",
            "The gradient is p minus 1 at the true class, and p is np.exp(log_p).",
            changes=(("np.exp(self.log_p)", "self.log_p.copy()"),),
        ),
        Mistake(
            "overflows",
            "exp(1000) is inf. LogSoftmax takes care of that: use its result.",
            answer="CrossEntropyOverflows",
            also=("CrossEntropyOfShiftedSoftmax",),
        ),
        Mistake(
            "a little added",
            "A small number inside the log changes every loss, and a loss of 1000 becomes 20. LogSoftmax needs no"
            " such help.",
            answer="CrossEntropyWithEpsilon",
            also=("CrossEntropyClips",),
        ),
        Mistake(
            "spoils what it kept",
            "backward changes the array that forward has kept: asked a second time, it subtracts once more. Work"
            " on a copy, or a new array.",
            answer="CrossEntropySpoilsP",
            also=("CrossEntropySpoilsPTwice",),
        ),
        Mistake(
            "kept on the class",
            "What belongs to one loss is on the class, where the next one overwrites it. Keep it on self.",
            answer="CrossEntropyKeepsOnTheClass",
            also=("CrossEntropyKeepsLogP",),
        ),
        Mistake(
            "one loss a row",
            "These are the losses of the rows, one each. The loss is one number, their mean.",
            changes=(
                (
                    "-self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "-self.log_p[np.arange(len(self.labels)), self.labels]",
                ),
            ),
        ),
        Mistake(
            "two gradients",
            "The labels are not an input of forward: backward returns one array, dL/dlogits.",
            changes=(
                (
                    "return grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)",
                    "return grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype), None",
                ),
            ),
        ),
        Mistake(
            "makes float64",
            "float32 has become float64: a one-hot array from np.zeros or np.eye is float64, unless it is given"
            " dtype=logits.dtype.",
            changes=(
                (
                    "return grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)",
                    "return (grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)).astype(float)",
                ),
            ),
            also=("CrossEntropyFloat64",),
        ),
        Mistake(
            "softmax twice",
            "The logits go through a softmax twice. LogSoftmax takes the logits as they are.",
            changes=(("LogSoftmax().forward(logits)", "LogSoftmax().forward(np.exp(LogSoftmax().forward(logits)))"),),
        ),
        Mistake(
            "counts from 1",
            "The classes are numbered from 0: label 0 is the first column.",
            changes=(("self.labels = labels", "self.labels = labels - 1"),),
        ),
        Mistake(
            "squared error",
            "This is a squared error. The cross-entropy of a row is -log p of its true class.",
            changes=(
                (
                    "return -self.log_p[np.arange(len(self.labels)), self.labels].mean()",
                    "return ((1 - np.exp(self.log_p[np.arange(len(self.labels)), self.labels])) ** 2).mean()",
                ),
            ),
        ),
    ],
    "SGD": [
        Mistake(
            "uphill",
            "The parameters move WITH their gradient. It points uphill; subtract.",
            changes=(("p.data -= self.lr * v", "p.data += self.lr * v"),),
        ),
        Mistake(
            "lr in the velocity",
            "lr is part of the velocity here. Then a new lr leaves the old steps in v as they were: "
            "multiply when p moves.",
            changes=(("v += p.grad", "v += self.lr * p.grad"), ("p.data -= self.lr * v", "p.data -= v")),
        ),
        Mistake(
            "new array",
            "p.data = p.data - ... makes a new array. Whoever holds the old one never sees the step; use p.data -= ...",
            changes=(("p.data -= self.lr * v", "p.data = p.data - self.lr * v"),),
        ),
        Mistake(
            "no momentum",
            "The velocity is not carried over to the next step: the momentum changes nothing.",
            changes=(("v *= self.momentum", "v *= 0"),),
        ),
        Mistake(
            "running mean",
            "This is a running mean, v = m v + (1 - m) grad. Momentum adds the whole gradient: v = m v + grad.",
            changes=(("v += p.grad", "v += (1 - self.momentum) * p.grad"),),
        ),
        Mistake(
            "moves first",
            "The step is made with the old velocity. First bring in the new gradient, then move.",
            changes=(
                ("                p.data -= self.lr * v\n", ""),
                ("v *= self.momentum", "p.data -= self.lr * v\n                v *= self.momentum"),
            ),
        ),
        Mistake(
            "nesterov",
            "This is Nesterov's momentum: it moves by grad + momentum * v. Here it is the plain kind, p - lr * v.",
            changes=(("p.data -= self.lr * v", "p.data -= self.lr * (p.grad + self.momentum * v)"),),
        ),
        Mistake(
            "one velocity",
            "All parameters share one velocity. Each needs its own, of its own shape.",
            answer="SGDSharesOneVelocity",
        ),
        Mistake(
            "keeps the gradient",
            "v = p.grad makes no copy: the velocity IS the gradient's array, and writing into one changes the other.",
            answer="SGDKeepsTheGradient",
            also=("SGDTakesTheFirstGradient",),
        ),
        Mistake(
            "no list",
            "model.parameters() may be a generator, which is empty after its first walk. "
            "Make a list of it in __init__.",
            changes=(("self.parameters = list(parameters)", "self.parameters = parameters"),),
        ),
        Mistake(
            "None crashes",
            "A parameter that the loss does not use has grad None. Skip it.",
            changes=(("if p.grad is not None:", "if True:"),),
        ),
        Mistake(
            "None is zero",
            "A parameter without a gradient keeps rolling on its old velocity. "
            "Without a gradient it must stay where it is.",
            changes=(("v += p.grad", "v += 0 if p.grad is None else p.grad"), ("if p.grad is not None:", "if True:")),
        ),
        Mistake(
            "None slows down",
            "A parameter without a gradient keeps its velocity as it is; here the velocity shrinks, as if grad were 0.",
            changes=(
                ("self.velocities):\n", "self.velocities):\n            v *= self.momentum\n"),
                ("                v *= self.momentum\n", ""),
            ),
        ),
        Mistake(
            "momentum on all",
            "v = m (v + grad) shrinks the new gradient as well. Only the old velocity is multiplied: v = m v + grad.",
            changes=(("v += p.grad", "v += self.momentum * p.grad"),),
        ),
        Mistake(
            "grad is the velocity",
            "The velocity is written into p.grad. Keep it elsewhere: the gradient is not the optimizer's to change.",
            changes=(("p.data -= self.lr * v", "p.grad = v\n                p.data -= self.lr * v"),),
        ),
        Mistake(
            "zero is None",
            "A gradient of zeros is a gradient: the parameter rolls on with what is left of its velocity. "
            "Only None is none.",
            changes=(("if p.grad is not None:", "if p.grad is not None and p.grad.any():"),),
        ),
        Mistake(
            "stops at None",
            "The loop ends at the first parameter without a gradient. The ones after it must still move: "
            "continue, not return.",
            changes=(("if p.grad is not None:", "if p.grad is None:\n                return\n            else:"),),
        ),
        Mistake(
            "forgets the gradients",
            "step() sets grad to None. That is the business of zero_grad(): "
            "a second look at the gradients must find them.",
            changes=(("p.data -= self.lr * v", "p.data -= self.lr * v\n                p.grad = None"),),
        ),
        Mistake(
            "on the class",
            "lr and momentum are on the class, so that a second optimizer changes the first. Keep them on self.",
            answer="SGDOnTheClass",
        ),
        Mistake(
            "default 0.9",
            "Without a momentum given, it must be 0: plain gradient descent.",
            changes=(("momentum=0.0", "momentum=0.9"),),
        ),
        Mistake(
            "moves a copy",
            "`data = data - ...` makes a new array that p never sees: nothing moves. Write into p.data itself,"
            " with -=.",
            changes=(("p.data -= self.lr * v", "data = p.data\n                data = data - self.lr * v"),),
        ),
        Mistake(
            "last gradient only",
            "Momentum adds the gradient of the step before, and no older one. v = m v + grad keeps all of them,"
            " fading.",
            answer="SGDLastGradient",
        ),
        Mistake(
            "starts from data",
            "The velocity is 0 before the first step, not the parameter's own numbers.",
            changes=(("np.zeros_like(p.data)", "p.data.copy()"),),
        ),
        Mistake(
            "first lr",
            "lr is read once, when the optimizer is made. It may change later: use self.lr in every step.",
            changes=(
                ("self.lr, self.momentum = lr, momentum", "self.lr, self.momentum, self.first = lr, momentum, lr"),
                ("self.lr * v", "self.first * v"),
            ),
        ),
        Mistake(
            "truth of an array",
            "`if p.grad` and `p.grad != None` ask each number of an array. Ask for the object: p.grad is not None.",
            changes=(("if p.grad is not None:", "if p.grad:"),),
            also=("SGDComparesWithNone",),
        ),
        Mistake(
            "momentum times grad",
            "The momentum belongs to the OLD velocity, not to the gradient: v = m v + grad.",
            changes=(("v *= self.momentum\n                v += p.grad", "v += self.momentum * p.grad"),),
        ),
        Mistake(
            "nothing fades",
            "The old velocity must be multiplied by the momentum before the gradient is added. Here nothing ever"
            " fades.",
            changes=(("                v *= self.momentum\n", ""),),
        ),
        Mistake(
            "None forgets",
            "A parameter without a gradient keeps its velocity as it is. Here it is set back to 0.",
            changes=(("if p.grad is not None:", "if p.grad is None:\n                v *= 0\n            else:"),),
        ),
    ],
    "train_step": [
        Mistake(
            "no zero_grad",
            "The old gradients are never forgotten. "
            "backward() adds, so each step goes along the sum of all gradients so far.",
            changes=(("    model.zero_grad()\n", ""),),
        ),
        Mistake(
            "zero_grad too late",
            "The gradients are forgotten between backward() and step(), so there is nothing left to move by.",
            changes=(("    model.zero_grad()\n", ""), ("optimizer.step()", "model.zero_grad()\n    optimizer.step()")),
        ),
        Mistake(
            "zero_grad at the end only",
            "The gradients are forgotten after the step. What was there before the first step still counts.",
            changes=(("    model.zero_grad()\n", ""), ("optimizer.step()", "optimizer.step()\n    model.zero_grad()")),
        ),
        Mistake(
            "step before backward",
            "step() comes before backward(): it finds no gradients, or those of the step before.",
            changes=(("    loss.backward()\n    optimizer.step()\n", "    optimizer.step()\n    loss.backward()\n"),),
        ),
        Mistake(
            "no step",
            "Nothing moves: optimizer.step() is missing.",
            changes=(("    optimizer.step()\n", ""),),
        ),
        Mistake(
            "no backward",
            "There are no gradients: loss.backward() is missing.",
            changes=(("    loss.backward()\n", ""),),
        ),
        Mistake(
            "swapped",
            "loss_of takes the answer first, then the target.",
            changes=(("loss_of(model(x), target)", "loss_of(target, model(x))"),),
        ),
        Mistake(
            "loss after the step",
            "This is the loss after the step. Return the one before, which has been computed anyway.",
            changes=(("return float(loss.data)", "return float(loss_of(model(x), target).data)"),),
        ),
        Mistake(
            "a tensor",
            "The loss comes back as a Tensor, which keeps its whole graph in memory. float(loss.data) is the number.",
            changes=(("return float(loss.data)", "return loss"),),
        ),
        Mistake(
            "an array",
            "loss.data is an array with one element. Return a Python number: float(loss.data).",
            changes=(("return float(loss.data)", "return loss.data"),),
        ),
        Mistake(
            "computed twice",
            "The loss is computed twice, once for the number and once for the gradients. Keep the tensor of the first.",
            changes=(("    loss.backward()", "    loss_of(model(x), target).backward()"),),
        ),
        Mistake(
            "returns nothing",
            "The step is right, but the loss is not returned.",
            changes=(("    return float(loss.data)\n", ""),),
        ),
        Mistake(
            "two steps",
            "The optimizer moves twice along one gradient.",
            changes=(("    optimizer.step()\n", "    optimizer.step()\n    optimizer.step()\n"),),
        ),
        Mistake(
            "two backwards",
            "backward() runs twice, and the second call adds the same gradients once more: the step is twice as long.",
            changes=(("    loss.backward()\n", "    loss.backward()\n    loss.backward()\n"),),
        ),
        Mistake(
            "item()",
            "item() is a method of arrays: loss is a Tensor, and its array is loss.data. float(loss.data) is the"
            " number.",
            changes=(("float(loss.data)", "loss.item()"),),
        ),
        Mistake(
            "the optimizer's zero_grad",
            "The optimizer of this lesson has no zero_grad(). The model forgets its gradients: model.zero_grad().",
            changes=(("model.zero_grad()", "optimizer.zero_grad()"),),
        ),
        Mistake(
            "backward of a number",
            "float(loss.data) is a plain number, which knows no graph. Call backward() on the Tensor, and turn it"
            " into a number at the end.",
            changes=(
                ("loss_of(model(x), target)", "float(loss_of(model(x), target).data)"),
                ("float(loss.data)", "loss"),
            ),
        ),
        Mistake(
            "loss of the input",
            "The loss compares the model's ANSWER with the target: loss_of(model(x), target).",
            changes=(("loss_of(model(x), target)", "loss_of(x, target)"),),
        ),
        Mistake(
            "moves by itself",
            "How the parameters move is the optimizer's business, with its lr and its momentum: call optimizer.step().",
            changes=(("optimizer.step()", "for p in model.parameters():\n        p.data -= 0.1 * p.grad"),),
            also=("moves_by_a_quarter",),
        ),
        Mistake(
            "rounded",
            "The loss is rounded. Return it as it is, and round when you print.",
            changes=(("return float(loss.data)", "return round(float(loss.data), 3)"),),
        ),
        Mistake(
            "a loop",
            "One call is ONE step. The loop around it belongs to the training.",
            changes=(
                (
                    "    model.zero_grad()\n    loss = ",
                    "    for _ in range(10):\n        model.zero_grad()\n        loss = ",
                ),
                ("    loss.backward()\n    optimizer.step()", "        loss.backward()\n        optimizer.step()"),
            ),
        ),
        Mistake(
            "computed for the number",
            "The loss is computed a second time for the number that is returned. Keep the Tensor, and take the"
            " number from its data.",
            changes=(
                ("loss.backward()\n", "loss.backward()\n    value = float(loss_of(model(x), target).data)\n"),
                ("return float(loss.data)", "return value"),
            ),
        ),
    ],
}
