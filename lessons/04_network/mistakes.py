"""Wrong answers to lesson 4 that students really write, each with the hint that it must get."""

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


class ModuleAsksIn:
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
            modules = [(f"{name}.{i}", part) for i, part in enumerate(x)] if isinstance(x, (list, tuple)) else [(name, x)]
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


def moves_by_a_quarter(model, optimizer, loss_of, x, target):
    model.zero_grad()
    loss = loss_of(model(x), target)
    loss.backward()
    for p in model.parameters():
        p.data -= 0.25 * p.grad
    return loss.item()


MISTAKES = {
    "Module": [
        Mistake(
            "no lists",
            "Lists and tuples are not looked into. Their modules would never learn, and nothing would complain.",
            changes=(("isinstance(value, (list, tuple))", "isinstance(value, ())"),),
        ),
        Mistake(
            "no tuples",
            "Lists are looked into, tuples are not. isinstance takes both at once: (list, tuple).",
            changes=(("isinstance(value, (list, tuple))", "isinstance(value, list)"),),
        ),
        Mistake(
            "lists one deep",
            "A list in a list is not looked into. One function that calls itself for every part has no such limit.",
            answer="ModuleListsOneDeep",
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
            "A parameter that hangs in two places comes twice, and would be moved twice in a step. Give each once.",
            changes=(("first.setdefault(id(parameter), (name, parameter))", "first[name] = name, parameter"),),
        ),
        Mistake(
            "last name",
            "A shared parameter gets the name of its last place. Keep the first: the one that it has already.",
            changes=(("first.setdefault(id(parameter), (name, parameter))", "first[id(parameter)] = name, parameter"),),
        ),
        Mistake(
            "shared modules only",
            "A module that hangs in two places counts once, a bare parameter does not. "
            "Compare the parameters, not the modules.",
            answer="ModuleSkipsSharedModulesOnly",
        ),
        Mistake(
            "equal is the same",
            "Two parameters with equal numbers are taken for one; all biases start at 0! "
            "Compare with `is` or id(), not by value.",
            changes=(("setdefault(id(parameter),", "setdefault(str(parameter.data),"),),
        ),
        Mistake(
            "in a list",
            "`p in found` asks `==`, which compares a tensor's numbers, one by one. Compare with `is`, or keep id(p).",
            answer="ModuleAsksIn",
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
            "Asked for is the order of the attributes.",
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
            "Only a module's own attributes are asked. Modules among them, and lists, have parameters inside: look into them.",
            answer="ModuleOwnOnly",
        ),
        Mistake(
            "only modules in lists",
            "In lists you look for modules alone. A list can hold parameters, or further lists.",
            answer="ModuleModulesInLists",
        ),
        Mistake(
            "anything with data",
            "Arrays have .data as well, and tensors that are not learned. A parameter is a tensor whose requires_grad is True.",
            changes=(('getattr(value, "requires_grad", False)', 'hasattr(value, "data")'),),
        ),
        Mistake(
            "only with a gradient",
            "Before the first backward no parameter has a grad, and an optimizer would find none. Ask for requires_grad.",
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
                ('f"{name}.{key}".lstrip(".")', 'f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}".lstrip(".")'),
            ),
        ),
        Mistake(
            "a dot in front",
            "The names begin with a dot. At the top there is no name yet, so nothing to put a dot behind.",
            changes=(('f"{name}.{key}".lstrip(".")', 'f"{name}.{key}"'),),
        ),
        Mistake(
            "looks only once",
            "The first answer is kept and given again. A module may get further parts later: look each time.",
            changes=(
                ("        first = {}\n", '        first = {}\n        if "kept" in vars(self):\n            return self.kept\n'),
                ("return list(first.values())", "self.kept = list(first.values())\n        return self.kept"),
            ),
        ),
        Mistake(
            "a dict",
            "You return a dict. Asked for is a list of pairs (name, parameter).",
            changes=(("return list(first.values())", "return dict(first.values())"),),
        ),
        Mistake(
            "zero_grad of its own only",
            "zero_grad forgets the gradients of this module alone. Those of the modules inside would go on growing.",
            changes=(("in self.parameters():", "in filter(lambda x: hasattr(x, 'grad'), vars(self).values()):"),),
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
            "This is Nesterov's momentum: it moves by grad + momentum * v. Asked for is the plain kind, p - lr * v.",
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
            "lr and momentum stand on the class, so that a second optimizer changes the first. Keep them on self.",
            answer="SGDOnTheClass",
        ),
        Mistake(
            "default 0.9",
            "Without a momentum given, it must be 0: plain gradient descent.",
            changes=(("momentum=0.0", "momentum=0.9"),),
        ),
        Mistake(
            "moves a copy",
            "`data = data - ...` makes a new array that p never sees: nothing moves. Write into p.data itself, with -=.",
            changes=(("p.data -= self.lr * v", "data = p.data\n                data = data - self.lr * v"),),
        ),
        Mistake(
            "last gradient only",
            "Momentum adds the gradient of the step before, and no older one. v = m v + grad keeps all of them, fading.",
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
            "The old velocity must be multiplied by the momentum before the gradient is added. Here nothing ever fades.",
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
            "This is the loss after the step. Asked for is the one before, which has been computed anyway.",
            changes=(("return loss.item()", "return loss_of(model(x), target).item()"),),
        ),
        Mistake(
            "a tensor",
            "The loss comes back as a tensor, which keeps its whole graph in memory. loss.item() is the number.",
            changes=(("return loss.item()", "return loss"),),
        ),
        Mistake(
            "an array",
            "loss.data is an array with one element. A Python number is asked for: loss.item().",
            changes=(("return loss.item()", "return loss.data"),),
        ),
        Mistake(
            "computed twice",
            "The loss is computed twice, once for the number and once for the gradients. Keep the tensor of the first.",
            changes=(("    loss.backward()", "    loss_of(model(x), target).backward()"),),
        ),
        Mistake(
            "returns nothing",
            "The step is right, but the loss is not returned.",
            changes=(("    return loss.item()\n", ""),),
        ),
        Mistake(
            "two steps",
            "The optimizer moves twice along one gradient.",
            changes=(("    optimizer.step()\n", "    optimizer.step()\n    optimizer.step()\n"),),
        ),
        Mistake(
            "two backwards",
            "backward() runs twice. The first one frees the graph, so the second one has nothing to walk through.",
            changes=(("    loss.backward()\n", "    loss.backward()\n    loss.backward()\n"),),
        ),
        Mistake(
            "the optimizer's zero_grad",
            "The optimizer of this lesson has no zero_grad(). The model forgets its gradients: model.zero_grad().",
            changes=(("model.zero_grad()", "optimizer.zero_grad()"),),
        ),
        Mistake(
            "backward of a number",
            "loss.item() is a plain number, which knows no graph. Call backward() on the tensor, and take item() at the end.",
            changes=(("target)\n", "target).item()\n"), ("loss.item()", "loss")),
        ),
        Mistake(
            "loss of the input",
            "The loss compares the model's ANSWER with the target: loss_of(model(x), target).",
            changes=(("loss_of(model(x), target)", "loss_of(x, target)"),),
        ),
        Mistake(
            "moves by itself",
            "How the parameters move is the optimizer's business, with its lr and its momentum: call optimizer.step().",
            changes=(
                ("optimizer.step()", "for p in model.parameters():\n        p.data -= 0.1 * p.grad"),
            ),
            also=("moves_by_a_quarter",),
        ),
        Mistake(
            "rounded",
            "The loss is rounded. Return it as it is, and round when you print.",
            changes=(("return loss.item()", "return round(loss.item(), 3)"),),
        ),
        Mistake(
            "a loop",
            "One call is ONE step. The loop around it is in the training.",
            changes=(
                ("    model.zero_grad()\n    loss = ", "    for _ in range(10):\n        model.zero_grad()\n        loss = "),
                ("    loss.backward()\n    optimizer.step()", "        loss.backward()\n        optimizer.step()"),
            ),
        ),
        Mistake(
            "computed for the number",
            "The loss is computed a second time for the number that is returned. Keep the tensor, and take item() of it.",
            changes=(
                ("loss.backward()\n", "loss.backward()\n    value = loss_of(model(x), target).item()\n"),
                ("return loss.item()", "return value"),
            ),
        ),
    ],
}
