"""Right answers to lesson 20, each written in another way. The checks must accept them all."""

import copy

import numpy as np

from minifcn.course import earlier

Module, SGD = earlier("04.Module", "04.SGD")

VARIANTS = {
    "random_crop": ["by_windows", "pixel_by_pixel", "one_draw", "filled_by_hand"],
    "schedule": ["by_cases", "with_numpy", "by_logarithms", "from_a_list"],
    "fit": ["step_by_step", "keeps_a_model", "one_velocity_each", "in_functions"],
}

# --- random_crop -----------------------------------------------------------------------------------------------------


def by_windows(image, labels, size, rng):
    missing = [(0, max(wanted - there, 0)) for wanted, there in zip(size, labels.shape)]
    image, labels = np.pad(image, [(0, 0), *missing]), np.pad(labels, missing, "constant", constant_values=255)
    windows = np.lib.stride_tricks.sliding_window_view(labels, size)
    top, left = rng.integers(0, windows.shape[:2])
    return np.lib.stride_tricks.sliding_window_view(image, size, axis=(1, 2))[:, top, left], windows[top, left]


def pixel_by_pixel(image, labels, size, rng):
    (C, H, W), (height, width) = image.shape, size
    left = int(rng.random() * (max(W - width, 0) + 1))
    top = int(rng.random() * (max(H - height, 0) + 1))
    part, of_labels = np.zeros((C, height, width), image.dtype), np.full((height, width), 255, labels.dtype)
    for u in range(min(height, H)):
        for v in range(min(width, W)):
            part[:, u, v], of_labels[u, v] = image[:, top + u, left + v], labels[top + u, left + v]
    return part, of_labels


def one_draw(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    rows, columns = max(H - h, 0) + 1, max(W - w, 0) + 1
    top, left = np.unravel_index(rng.integers(rows * columns), (rows, columns))
    image, labels = image[:, top : top + h, left : left + w], labels[top : top + h, left : left + w]
    more = (0, h - labels.shape[0]), (0, w - labels.shape[1])
    return np.pad(image, ((0, 0), *more)), np.pad(labels, more, constant_values=255)


def filled_by_hand(image, labels, size, rng):
    if labels.shape[0] < size[0]:
        rows = size[0] - labels.shape[0]
        image = np.concatenate([image, np.zeros_like(image, shape=(image.shape[0], rows, image.shape[2]))], axis=1)
        labels = np.concatenate([labels, np.full_like(labels, 255, shape=(rows, labels.shape[1]))])
    if labels.shape[1] < size[1]:
        columns = size[1] - labels.shape[1]
        image = np.concatenate([image, np.zeros_like(image, shape=(*image.shape[:2], columns))], axis=2)
        labels = np.concatenate([labels, np.full_like(labels, 255, shape=(labels.shape[0], columns))], axis=1)
    top = rng.choice(labels.shape[0] - size[0] + 1)
    left = rng.permutation(labels.shape[1] - size[1] + 1)[0]
    return image[:, top:, left:][:, : size[0], : size[1]].copy(), labels[top:, left:][: size[0], : size[1]].copy()


# --- schedule --------------------------------------------------------------------------------------------------------


def by_cases(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    rate = lr * ((steps - step) / steps) ** power
    if step + 1 < warmup:
        rate *= (step + 1) / warmup
    return rate


def with_numpy(step, steps, lr, warmup=0, power=0.9):
    left = np.clip(1 - step / steps, 0, 1)
    return lr * np.clip((step + 1) / max(warmup, 1), 0, 1) * left**power


def by_logarithms(step, steps, lr, warmup=0, power=0.9):
    if steps - step <= 0:
        return 0.0
    ramp = 1.0 if step >= warmup else (step + 1) / warmup
    return float(lr * ramp * np.exp(power * (np.log(steps - step) - np.log(steps))))


def from_a_list(step, steps, lr, warmup=0, power=0.9):
    rates = [lr * (1 - number / steps) ** power for number in range(steps)]
    for number in range(min(warmup, steps)):
        rates[number] = rates[number] * (number + 1) / warmup
    return rates[step] if step < len(rates) else 0


# --- fit -------------------------------------------------------------------------------------------------------------


def state_of(model):
    """The lesson's."""
    found = {}

    def walk(value):
        if isinstance(value, np.ndarray):
            found[id(value)] = value
        elif getattr(value, "requires_grad", False):
            walk(value.data)
        elif isinstance(value, (Module, list, tuple)):
            for part in vars(value).values() if isinstance(value, Module) else value:
                walk(part)

    walk(model)
    return list(found.values())


def step_by_step(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """With an optimizer for every parameter, and -inf for the best score."""
    optimizers = {name: SGD([p], 1.0, momentum) for name, p in model.named_parameters()}
    history, top, waited, kept, step = [], -np.inf, 0, None, 0
    for epoch in range(epochs):
        total, count = 0.0, 0
        for x, target in batches(epoch):
            model.zero_grad()
            loss = loss_of(model.forward(x), target)
            loss.backward()
            total, count = total + float(loss.data), count + 1
            lr = rate(step)
            for name, p in model.named_parameters():
                is_bias = name == "bias" or name.endswith(".bias")
                if not is_bias and p.grad is not None:
                    p.grad = p.grad + decay * p.data
                optimizers[name].lr = lr * bias_rate if is_bias else lr
                optimizers[name].step()
            step += 1
        score = score_of(model)
        history.append({"loss": total / count, "score": score})
        if score > top:
            top, waited, kept = score, 0, [np.array(a) for a in state_of(model)]
        else:
            waited += 1
        if patience is not None and waited == patience:
            break
    for array, best in zip(state_of(model), kept):
        np.copyto(array, best)
    return history


def keeps_a_model(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """With a deep copy of the whole model."""
    names = dict(model.named_parameters())
    biases = [p for name, p in names.items() if name.rpartition(".")[2] == "bias"]
    weights = [p for name, p in names.items() if name.rpartition(".")[2] != "bias"]
    for_weights, for_biases = SGD(weights, 0, momentum), SGD(biases, 0, momentum)
    history, scores, number = [], [], 0
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            for_weights.lr = rate(number)
            for_biases.lr = for_weights.lr * bias_rate
            number += 1
            for p in names.values():
                p.grad = None
            loss = loss_of(model(x), target)
            losses.append(loss.data.item())
            loss.backward()
            for p in weights:
                p.grad = None if p.grad is None else p.grad + p.data * decay
            for_weights.step()
            for_biases.step()
        scores.append(score_of(model))
        history.append({"score": scores[-1], "loss": sum(losses) / len(losses)})
        if int(np.argmax(scores)) == epoch:
            best = copy.deepcopy(model)
        if patience is not None and epoch - int(np.argmax(scores)) == patience:
            break
    for array, kept in zip(state_of(model), state_of(best)):
        array[:] = kept
    return history


def one_velocity_each(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                      patience=None):  # fmt: skip
    """Without SGD: the formula written out."""
    velocity, history, step, best = {}, [], 0, None
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for name, p in model.named_parameters():
                if p.grad is None:
                    continue
                bias = name.split(".")[-1] == "bias"
                grad = p.grad if bias else p.grad + decay * p.data
                velocity[name] = momentum * velocity.get(name, 0) + grad
                p.data = p.data - rate(step) * (bias_rate if bias else 1) * velocity[name]
            step += 1
            losses.append(float(loss.data))
        score = score_of(model)
        history.append({"loss": np.mean(losses), "score": score})
        if best is None or score > best[0]:
            best = score, epoch, [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best[1] >= patience:
            break
    for array, kept in zip(state_of(model), best[2]):
        array[...] = kept
    return history


class Groups:
    """Two optimizers that look like one."""

    def __init__(self, model, momentum, decay, bias_rate):
        self.decay, self.bias_rate = decay, bias_rate
        is_bias = {id(p): ("." + name).endswith(".bias") for name, p in model.named_parameters()}
        self.weights = SGD([p for p in model.parameters() if not is_bias[id(p)]], 0.0, momentum)
        self.biases = SGD((p for p in model.parameters() if is_bias[id(p)]), 0.0, momentum)
        self.decayed = [p for p in model.parameters() if not is_bias[id(p)]]

    def step(self, lr):
        for p in self.decayed:
            if p.grad is not None:
                p.grad = p.grad + self.decay * p.data
        self.weights.lr, self.biases.lr = lr, self.bias_rate * lr
        self.weights.step()
        self.biases.step()


def in_functions(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """With a class of its own for the groups, and an iterator over the steps."""
    optimizer, number, history, kept = Groups(model, momentum, decay, bias_rate), iter(range(10**9)), [], []

    def train_on(x, target):
        model.zero_grad()
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step(rate(next(number)))
        return float(loss.data)

    def best_epoch():
        return max(range(len(history)), key=lambda i: history[i]["score"])

    while len(history) < epochs:
        loss = np.mean([train_on(*pair) for pair in batches(len(history))])
        history.append({"loss": loss, "score": score_of(model)})
        kept.append([a.copy() for a in state_of(model)])
        if patience is not None and len(history) - 1 - best_epoch() >= patience:
            break
    for array, best in zip(state_of(model), kept[best_epoch()]):
        array[...] = best
    return history
