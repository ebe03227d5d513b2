"""Natural answers to lesson 20: a random crop, a learning rate schedule and the whole training.

Most answers to `fit` are one student's loop with a line or two changed; `loop` makes them.
"""

from . import Natural

STATE_OF = '''
def state_of(model):
    """All arrays that training changes: the parameters' data, and plain arrays such as running means, each once."""
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

'''

LOOP = """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    weights, biases = [], []
    for name, p in model.named_parameters():
        if name.split(".")[-1] == "bias":
            biases.append(p)
        else:
            weights.append(p)
    sgd_w = SGD(weights, 0.0, momentum)
    sgd_b = SGD(biases, 0.0, momentum)
    history = []
    best_score, best_epoch, best_state = -np.inf, 0, None
    step = 0
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for p in weights:
                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
            sgd_w.lr = rate(step)
            sgd_b.lr = bias_rate * rate(step)
            sgd_w.step()
            sgd_b.step()
            step += 1
            losses.append(float(loss.data))
        score = float(score_of(model))
        history.append({"loss": sum(losses) / len(losses), "score": score})
        if score > best_score:
            best_score, best_epoch = score, epoch
            best_state = [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best_epoch >= patience:
            break
    for a, b in zip(state_of(model), best_state):
        a[...] = b
    return history
"""


def answer(name, about, source, hint=""):
    given = STATE_OF if name == "fit" else ""
    return Natural(f"20.{name}", about, f"import numpy as np\n{given}{source}", hint)


def loop(about, *changes, hint=""):
    """An answer to `fit`: LOOP with each pair (old, new) of changes made."""
    source = LOOP
    for old, new in changes:
        assert source.count(old) == 1, (about, old)
        source = source.replace(old, new)
    return answer("fit", about, source, hint)


def second_crop(about, hint, *changes):
    """One student's random_crop with some lines changed."""
    return answer("random_crop", about, with_changes(SECOND_CROP, changes), hint)


def second_fit(about, hint, *changes):
    """One student's fit with some lines changed."""
    return answer("fit", about, with_changes(SECOND_FIT, changes), hint)


def with_changes(text, changes):
    for old, new in changes:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


SECOND_CROP = """
def random_crop(image, labels, size, rng):
    th, tw = size
    c, H, W = image.shape
    if H < th or W < tw:
        dh = max(th - H, 0)
        dw = max(tw - W, 0)
        image = np.pad(image, ((0, 0), (0, dh), (0, dw)), constant_values=0)
        labels = np.pad(labels, ((0, dh), (0, dw)), constant_values=255)
    H, W = labels.shape
    top = rng.integers(0, H - th + 1)
    left = rng.integers(0, W - tw + 1)
    return image[:, top:top + th, left:left + tw], labels[top:top + th, left:left + tw]
"""

SECOND_FIT = """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    params = model.named_parameters()
    biases = [p for n, p in params if n.split(".")[-1] == "bias"]
    weights = [p for n, p in params if n.split(".")[-1] != "bias"]
    opt_w = SGD(weights, rate(0), momentum)
    opt_b = SGD(biases, bias_rate * rate(0), momentum)
    history = []
    step = 0
    best, best_epoch, saved = None, 0, None
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            opt_w.lr = rate(step)
            opt_b.lr = rate(step) * bias_rate
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for p in weights:
                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
            opt_w.step()
            opt_b.step()
            losses.append(float(loss.data))
            step += 1
        score = score_of(model)
        history.append({"loss": np.mean(losses), "score": score})
        if best is None or score > best:
            best, best_epoch = score, epoch
            saved = [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best_epoch >= patience:
            break
    if saved is not None:
        for a, s in zip(state_of(model), saved):
            a[...] = s
    return history
"""

ANSWERS = [
    # A random crop ----------------------------------------------------------------------------------------------------
    answer(
        "random_crop",
        "the last place is never drawn: the + 1 is missing, with a way out where the image just fits",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    if H < h or W < w:
        image = np.pad(image, ((0, 0), (0, max(0, h - H)), (0, max(0, w - W))))
        labels = np.pad(labels, ((0, max(0, h - H)), (0, max(0, w - W))), constant_values=255)
        H, W = labels.shape
    i = rng.integers(0, H - h) if H > h else 0
    j = rng.integers(0, W - w) if W > w else 0
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="one-place-too-few",
    ),
    answer(
        "random_crop",
        "rng.integers(0, H - h): crashes where the image just fits",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    pad_h = max(0, h - image.shape[1])
    pad_w = max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, pad_h), (0, pad_w)))
    labels = np.pad(labels, ((0, pad_h), (0, pad_w)), constant_values=255)
    i = rng.integers(0, image.shape[1] - h)
    j = rng.integers(0, image.shape[2] - w)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="one-place-too-few",
    ),
    answer(
        "random_crop",
        "another place is drawn for the labels",
        """
def crop(a, h, w, rng):
    i = rng.integers(0, a.shape[-2] - h + 1)
    j = rng.integers(0, a.shape[-1] - w + 1)
    return a[..., i:i + h, j:j + w]


def random_crop(image, labels, size, rng):
    h, w = size
    below, right = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    return crop(image, h, w, rng), crop(labels, h, w, rng)
""",
        hint="drawn-twice",
    ),
    answer(
        "random_crop",
        "np.random instead of rng",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    if H < h:
        image = np.concatenate([image, np.zeros((C, h - H, W), image.dtype)], axis=1)
        labels = np.concatenate([labels, np.full((h - H, W), 255, labels.dtype)], axis=0)
    if W < w:
        image = np.concatenate([image, np.zeros((C, image.shape[1], w - W), image.dtype)], axis=2)
        labels = np.concatenate([labels, np.full((labels.shape[0], w - W), 255, labels.dtype)], axis=1)
    C, H, W = image.shape
    top = np.random.randint(0, H - h + 1)
    left = np.random.randint(0, W - w + 1)
    return image[:, top:top + h, left:left + w], labels[top:top + h, left:left + w]
""",
        hint="other-generator",
    ),
    answer(
        "random_crop",
        "a new generator with a fixed seed: always the same place",
        """
def random_crop(image, labels, size, rng):
    rng = np.random.default_rng(0)
    h, w = size
    below, right = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="new-generator-each-time",
    ),
    answer(
        "random_crop",
        "the labels are filled up with 0 as well",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    below, right = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, below), (0, right)), mode="constant")
    labels = np.pad(labels, ((0, below), (0, right)), mode="constant")
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="labels-filled-with-0",
    ),
    answer(
        "random_crop",
        "the image is filled up with 255 as well",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    below, right = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, below), (0, right)), constant_values=255)
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="image-filled-with-255",
    ),
    answer(
        "random_crop",
        "no filling up at all",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="not-filled-at-all",
    ),
    answer(
        "random_crop",
        "a small image is returned as it is, not filled up",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    if H <= h and W <= w:
        return image, labels
    i = rng.integers(0, max(H - h, 0) + 1)
    j = rng.integers(0, max(W - w, 0) + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="not-filled",
    ),
    answer(
        "random_crop",
        "filled up above and left",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    dh, dw = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (dh, 0), (dw, 0)))
    labels = np.pad(labels, ((dh, 0), (dw, 0)), constant_values=255)
    i = rng.integers(image.shape[1] - h + 1)
    j = rng.integers(image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="filled-above",
    ),
    answer(
        "random_crop",
        "filled up on both sides, the image in the middle",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    dh, dw = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (dh // 2, dh - dh // 2), (dw // 2, dw - dw // 2)))
    labels = np.pad(labels, ((dh // 2, dh - dh // 2), (dw // 2, dw - dw // 2)), constant_values=255)
    i = rng.integers(image.shape[1] - h + 1)
    j = rng.integers(image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="filled-around",
    ),
    answer(
        "random_crop",
        "filled up into a new array of zeros: the image becomes float64, the labels too",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    big_image = np.zeros((C, max(h, H), max(w, W)))
    big_image[:, :H, :W] = image
    big_labels = np.full((max(h, H), max(w, W)), 255.0)
    big_labels[:H, :W] = labels
    i = rng.integers(0, max(h, H) - h + 1)
    j = rng.integers(0, max(w, W) - w + 1)
    return big_image[:, i:i + h, j:j + w], big_labels[i:i + h, j:j + w]
""",
        hint="another-dtype",
    ),
    answer(
        "random_crop",
        "labels made int64: their dtype is lost when they are filled up",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    full = np.ones((max(h, H), max(w, W)), dtype=int) * 255
    full[:H, :W] = labels
    padded = np.zeros((C, max(h, H), max(w, W)), dtype=image.dtype)
    padded[:, :H, :W] = image
    i = rng.integers(0, max(h, H) - h + 1)
    j = rng.integers(0, max(w, W) - w + 1)
    return padded[:, i:i + h, j:j + w], full[i:i + h, j:j + w]
""",
        hint="another-dtype",
    ),
    answer(
        "random_crop",
        "height and width of the window exchanged",
        """
def random_crop(image, labels, size, rng):
    w, h = size
    below, right = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="size-exchanged",
    ),
    answer(
        "random_crop",
        "an image (H, W, C) is expected",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    below, right = max(0, h - H), max(0, w - W)
    image = np.pad(image, ((0, below), (0, right), (0, 0)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = rng.integers(0, H + below - h + 1)
    j = rng.integers(0, W + right - w + 1)
    return image[i:i + h, j:j + w, :], labels[i:i + h, j:j + w]
""",
        hint="channels-last",
    ),
    answer(
        "random_crop",
        "one random number for both directions: only windows on the diagonal",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    below, right = max(0, h - H), max(0, w - W)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    r = rng.random()
    i = int(r * (H + below - h + 1))
    j = int(r * (W + right - w + 1))
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="one-draw-for-both",
    ),
    answer(
        "random_crop",
        "always the window in the middle",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    below, right = max(0, h - H), max(0, w - W)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = (H + below - h) // 2
    j = (W + right - w) // 2
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="no-chance",
    ),
    answer(
        "random_crop",
        "the window may begin anywhere, and what reaches out is filled up",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    image = np.pad(image, ((0, 0), (0, h), (0, w)))
    labels = np.pad(labels, ((0, h), (0, w)), constant_values=255)
    i = rng.integers(0, H)
    j = rng.integers(0, W)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="any-pixel-is-a-place",
    ),
    answer(
        "random_crop",
        "rounds a uniform number: the first and the last place come half as often",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    below, right = max(0, h - H), max(0, w - W)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = int(round(rng.uniform(0, H + below - h)))
    j = int(round(rng.uniform(0, W + right - w)))
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="uneven",
    ),
    answer(
        "random_crop",
        "mirrored half of the time, as a bonus",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    below, right = max(0, h - H), max(0, w - W)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    i = rng.integers(0, H + below - h + 1)
    j = rng.integers(0, W + right - w + 1)
    image, labels = image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
    if rng.random() < 0.5:
        image, labels = image[:, :, ::-1], labels[:, ::-1]
    return image, labels
""",
        hint="mirrored",
    ),
    answer(
        "random_crop",
        "fills up only if both directions are too small",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    if H < h and W < w:
        image = np.pad(image, ((0, 0), (0, h - H), (0, w - W)))
        labels = np.pad(labels, ((0, h - H), (0, w - W)), constant_values=255)
    H, W = labels.shape
    i = rng.integers(0, H - h + 1)
    j = rng.integers(0, W - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="filled-if-both-are-too-small",
    ),
    answer(
        "random_crop",
        "returns the image only",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    H, W = labels.shape
    image = np.pad(image, ((0, 0), (0, max(0, h - H)), (0, max(0, w - W))))
    i = rng.integers(0, max(H - h, 0) + 1)
    j = rng.integers(0, max(W - w, 0) + 1)
    return image[:, i:i + h, j:j + w]
""",
        hint="labels-not-returned",
    ),
    answer(
        "random_crop",
        "np.resize to fill up: the image repeats itself",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    if H < h or W < w:
        image = np.resize(image, (C, max(h, H), max(w, W)))
        labels = np.resize(labels, (max(h, H), max(w, W)))
    i = rng.integers(0, image.shape[1] - h + 1)
    j = rng.integers(0, image.shape[2] - w + 1)
    return image[:, i:i + h, j:j + w], labels[i:i + h, j:j + w]
""",
        hint="filled-by-np-resize",
    ),
    # The schedule -----------------------------------------------------------------------------------------------------
    answer(
        "schedule",
        "the ramp begins at 0: step / warmup",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    factor = (1 - step / steps) ** power
    if step < warmup:
        factor *= step / warmup
    return lr * factor
""",
        hint="ramp-from-0",
    ),
    answer(
        "schedule",
        "the fall begins after the warmup only",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    if step < warmup:
        return lr * (step + 1) / warmup
    return lr * (1 - step / steps) ** power
""",
        hint="ramp-alone",
    ),
    answer(
        "schedule",
        "the fall is counted from the end of the warmup",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min(1.0, (step + 1) / warmup) if warmup > 0 else 1.0
    fall = (1 - max(0, step - warmup) / (steps - warmup)) ** power
    return lr * ramp * fall
""",
        hint="fall-counts-from-the-ramp",
    ),
    answer(
        "schedule",
        "divides by a warmup of 0",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0
    return lr * min(1, (step + 1) / warmup) * (1 - step / steps) ** power
""",
        hint="division-by-0",
    ),
    answer(
        "schedule",
        "the fall is 1 - (step / steps) ** power",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return lr * ramp * (1 - (step / steps) ** power)
""",
        hint="power-of-the-share-done",
    ),
    answer(
        "schedule",
        "nothing is done after the end: a negative base gives a complex number",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    ramp = 1 if warmup == 0 else min(1, (step + 1) / warmup)
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="no-end",
    ),
    answer(
        "schedule",
        "the absolute value after the end: the rate rises again",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    ramp = 1 if warmup == 0 else min(1, (step + 1) / warmup)
    return lr * ramp * abs(1 - step / steps) ** power
""",
        hint="rises-after-the-end",
    ),
    answer(
        "schedule",
        "steps - 1 instead of steps: 0 is reached a step early",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return lr * ramp * (1 - step / (steps - 1)) ** power
""",
        hint="reaches-0-in-the-last-step",
    ),
    answer(
        "schedule",
        "step + 1 in the fall, too",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    step = step + 1
    if step > steps:
        return 0.0
    ramp = min(step / warmup, 1) if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="falls-a-step-early",
    ),
    answer(
        "schedule",
        "integer division",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) // warmup, 1) if warmup else 1
    return lr * ramp * (1 - step // steps) ** power
""",
        hint="whole-division-in-both",
    ),
    answer(
        "schedule",
        "the power is forgotten",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return lr * ramp * (1 - step / steps)
""",
        hint="power-ignored",
    ),
    answer(
        "schedule",
        "0.9 written into the formula instead of power",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return lr * ramp * (1 - step / steps) ** 0.9
""",
        hint="power-fixed",
    ),
    answer(
        "schedule",
        "the smaller of both factors, not their product",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    fall = (1 - step / steps) ** power
    if warmup == 0:
        return lr * fall
    return lr * min(fall, (step + 1) / warmup)
""",
        hint="smaller-of-both",
    ),
    answer(
        "schedule",
        "the ramp goes on above 1",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = (step + 1) / warmup if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="ramp-without-end",
    ),
    answer(
        "schedule",
        "lr is inside the power",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return (lr * ramp * (1 - step / steps)) ** power
""",
        hint="lr-to-the-power",
    ),
    answer(
        "schedule",
        "the factor without lr",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup else 1
    return ramp * (1 - step / steps) ** power
""",
        hint="lr-forgotten",
    ),
    answer(
        "schedule",
        "no ramp",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    return lr * (1 - step / steps) ** power
""",
        hint="no-ramp",
    ),
    answer(
        "schedule",
        "prints the rate and returns nothing",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        rate = 0
    else:
        ramp = min((step + 1) / warmup, 1) if warmup else 1
        rate = lr * ramp * (1 - step / steps) ** power
    print(rate)
""",
        hint="pattern",
    ),
    # The training -----------------------------------------------------------------------------------------------------
    loop("the gradients are not set to zero", ("            model.zero_grad()\n", ""), hint="gradients-added-up"),
    loop(
        "the gradients are set to zero once an epoch",
        ("            model.zero_grad()\n", ""),
        ("        losses = []\n", "        losses = []\n        model.zero_grad()\n"),
        hint="zero-grad-once-an-epoch",
    ),
    loop(
        "the checkpoint is no copy", ("[a.copy() for a in state_of(model)]", "state_of(model)"), hint="never-restored"
    ),
    loop(
        "the list is copied, the arrays are not",
        ("[a.copy() for a in state_of(model)]", "list(state_of(model))"),
        hint="never-restored",
    ),
    loop(
        "the checkpoint holds the parameters only, not the running means",
        ("[a.copy() for a in state_of(model)]", "[p.data.copy() for p in model.parameters()]"),
        (
            "    for a, b in zip(state_of(model), best_state):\n        a[...] = b\n",
            "    for p, b in zip(model.parameters(), best_state):\n        p.data[...] = b\n",
        ),
        hint="parameters-only",
    ),
    loop(
        "the best state is never put back",
        ("    for a, b in zip(state_of(model), best_state):\n        a[...] = b\n", ""),
        hint="never-restored",
    ),
    loop("a = b puts nothing back", ("        a[...] = b\n", "        a = b\n"), hint="never-restored"),
    loop(
        "puts back new arrays: p.data = b, and the running means stay",
        ("[a.copy() for a in state_of(model)]", "[p.data.copy() for p in model.parameters()]"),
        (
            "    for a, b in zip(state_of(model), best_state):\n        a[...] = b\n",
            "    for p, b in zip(model.parameters(), best_state):\n        p.data = b\n",
        ),
        hint="parameters-only",
    ),
    loop("the last of equal epochs counts", ("if score > best_score", "if score >= best_score"), hint="last-of-equals"),
    loop(
        "a smaller score is better",
        ("best_score, best_epoch, best_state = -np.inf", "best_score, best_epoch, best_state = np.inf"),
        ("if score > best_score", "if score < best_score"),
        hint="smaller-is-better",
    ),
    loop(
        "starts with a best score of 0: with negative scores no epoch is ever kept",
        ("best_score, best_epoch, best_state = -np.inf, 0, None", "best_score, best_epoch, best_state = 0, 0, []"),
        hint="best-starts-at-0-and-keeps-nothing",
    ),
    loop(
        "the best epoch by the training loss",
        (
            "        if score > best_score:\n            best_score, best_epoch = score, epoch\n",
            "        if -history[-1]['loss'] > best_score:\n            best_score, best_epoch = -history[-1]['loss'], epoch\n",
        ),
        hint="best-by-the-loss",
    ),
    loop(
        "decay for the biases, too",
        ("            for p in weights:\n", "            for p in model.parameters():\n"),
        hint="biases-decay",
    ),
    loop(
        "decay has the wrong sign",
        ("p.grad + decay * p.data", "p.grad - decay * p.data"),
        hint="decay-with-the-wrong-sign",
    ),
    loop(
        "decay shrinks the weights directly, without the learning rate",
        (
            "                if p.grad is not None:\n                    p.grad = p.grad + decay * p.data\n",
            "                if p.grad is not None:\n                    p.data -= decay * p.data\n",
        ),
        hint="decay-past-the-rate",
    ),
    loop(
        "decay shrinks the weights directly (as AdamW does): it does not go through the momentum",
        (
            "            for p in weights:\n                if p.grad is not None:\n"
            + "                    p.grad = p.grad + decay * p.data\n",
            "",
        ),
        (
            "            sgd_w.step()\n",
            "            for p in weights:\n                if p.grad is not None:\n"
            + "                    p.data -= rate(step) * decay * p.data\n            sgd_w.step()\n",
        ),
        hint="decay-beside-the-gradient",
    ),
    loop(
        "decay crashes with a parameter without a gradient",
        (
            "                if p.grad is not None:\n                    p.grad = p.grad + decay * p.data\n",
            "                p.grad = p.grad + decay * p.data\n",
        ),
        hint="none-plus-number",
    ),
    loop(
        "a parameter without a gradient decays",
        (
            "                if p.grad is not None:\n                    p.grad = p.grad + decay * p.data\n",
            "                g = 0 if p.grad is None else p.grad\n                p.grad = g + decay * p.data\n",
        ),
        hint="unused-weights-decay",
    ),
    loop(
        "the decay is added to the loss's gradient twice over: 2 * decay * p, the slope of decay * p ** 2",
        ("p.grad + decay * p.data", "p.grad + 2 * decay * p.data"),
        hint="decay-doubled",
    ),
    loop(
        "a bias is any parameter whose name contains bias",
        ('if name.split(".")[-1] == "bias":', 'if "bias" in name:'),
        hint="bias-anywhere-in-the-name",
    ),
    loop(
        "a bias is any parameter whose name ends with bias",
        ('if name.split(".")[-1] == "bias":', 'if name.endswith("bias"):'),
        hint="bias-anywhere-in-the-name",
    ),
    loop(
        "a bias is recognized by its one axis",
        ('if name.split(".")[-1] == "bias":', "if p.data.ndim == 1:"),
        hint="bias-anywhere-in-the-name",
    ),
    loop(
        "only a parameter called bias at the top is a bias",
        ('if name.split(".")[-1] == "bias":', 'if name == "bias":'),
        hint="whole-name",
    ),
    loop(
        "the step starts again in every epoch",
        ("    step = 0\n", ""),
        ("        losses = []\n", "        losses, step = [], 0\n"),
        hint="steps-begin-anew",
    ),
    loop(
        "the rate of the epoch, not of the step",
        ("sgd_w.lr = rate(step)", "sgd_w.lr = rate(epoch)"),
        ("bias_rate * rate(step)", "bias_rate * rate(epoch)"),
        hint="rate-of-the-epoch",
    ),
    loop(
        "the step is counted before the rate is asked for",
        ("            step += 1\n", ""),
        ("            sgd_w.lr = rate(step)\n", "            step += 1\n            sgd_w.lr = rate(step)\n"),
        hint="steps-from-1",
    ),
    loop("steps count from 1", ("    step = 0\n", "    step = 1\n"), hint="steps-from-1"),
    loop(
        "bias_rate is the biases' learning rate itself",
        ("bias_rate * rate(step)", "bias_rate"),
        hint="bias-rate-as-the-rate",
    ),
    loop("bias_rate is forgotten", ("bias_rate * rate(step)", "rate(step)"), hint="bias-rate-forgotten"),
    loop(
        "new optimizers in every step: the velocity is lost",
        (
            "            sgd_w.lr = rate(step)\n            sgd_b.lr = bias_rate * rate(step)\n",
            "            sgd_w = SGD(weights, rate(step), momentum)\n"
            + "            sgd_b = SGD(biases, bias_rate * rate(step), momentum)\n",
        ),
        hint="no-momentum",
    ),
    loop(
        "new optimizers in every epoch",
        ("    sgd_w = SGD(weights, 0.0, momentum)\n    sgd_b = SGD(biases, 0.0, momentum)\n", ""),
        (
            "        losses = []\n",
            "        losses = []\n        sgd_w, sgd_b = SGD(weights, 0, momentum), SGD(biases, 0, momentum)\n",
        ),
        hint="momentum-lost",
    ),
    loop(
        "momentum stays at SGD's default",
        ("SGD(weights, 0.0, momentum)", "SGD(weights, 0.0)"),
        ("SGD(biases, 0.0, momentum)", "SGD(biases, 0.0)"),
        hint="no-momentum",
    ),
    loop(
        "patience is off by one: one epoch too many",
        ("epoch - best_epoch >= patience", "epoch - best_epoch > patience"),
        hint="too-patient",
    ),
    loop(
        "patience counts the epochs without a better score and is never set back",
        ("    step = 0\n", "    step = 0\n    bad = 0\n"),
        (
            "        if patience is not None and epoch - best_epoch >= patience:\n            break\n",
            "        else:\n            bad += 1\n        if patience is not None and bad >= patience:\n            break\n",
        ),
        hint="patience-never-set-back",
    ),
    loop(
        "patience: stops when the score is worse than in the epoch before",
        ("epoch - best_epoch >= patience", "epoch >= patience and score <= history[-1 - patience]['score']"),
        hint="patience-compares-two-epochs",
    ),
    loop(
        "patience is ignored",
        ("        if patience is not None and epoch - best_epoch >= patience:\n            break\n", ""),
        hint="never-stops",
    ),
    loop("patience None crashes", ("if patience is not None and epoch", "if epoch"), hint="pattern"),
    loop("the loss of the last batch only", ("sum(losses) / len(losses)", "losses[-1]"), hint="loss-of-the-last-batch"),
    loop("the sum of the losses", ("sum(losses) / len(losses)", "sum(losses)"), hint="sum-of-losses"),
    loop(
        "the losses of all epochs go into the mean",
        ("        losses = []\n", ""),
        ("    step = 0\n", "    step = 0\n    losses = []\n"),
        hint="mean-since-the-beginning",
    ),
    loop(
        "the score before the epoch",
        ("        losses = []\n", "        losses = []\n        score = float(score_of(model))\n"),
        (
            "            losses.append(float(loss.data))\n        score = float(score_of(model))\n",
            "            losses.append(float(loss.data))\n",
        ),
        hint="scored-before-training",
    ),
    loop(
        "the score is asked for twice (a score may be random, and costs a validation)",
        (
            "        if score > best_score:\n            best_score, best_epoch = score, epoch\n",
            "        if score > best_score:\n            best_score, best_epoch = score_of(model), epoch\n",
        ),
        hint="scored-twice",
    ),
    loop("returns the model", ("    return history\n", "    return model\n"), hint="returns-the-net"),
    loop(
        "returns the best epoch's dict",
        ("    return history\n", "    return history[best_epoch]\n"),
        hint="returns-the-best",
    ),
    loop(
        "a history of pairs",
        ('{"loss": sum(losses) / len(losses), "score": score}', "(sum(losses) / len(losses), score)"),
        hint="returns-pairs",
    ),
    loop(
        "`return history` is inside the loop",
        ("            break\n    for a, b in", "            break\n    if True:\n      for a, b in"),
        ("        a[...] = b\n    return history\n", "        a[...] = b\n        return history\n"),
        hint="restores-one-array",
    ),
    loop("batches without the epoch", ("batches(epoch)", "batches(0)"), hint="always-the-first-epoch"),
    loop("batches(epoch + 1): epochs count from 1", ("batches(epoch)", "batches(epoch + 1)"), hint="epochs-from-1"),
    loop("batches is taken as a list", ("in batches(epoch):", "in batches[epoch]:"), hint="batches-as-a-list"),
    answer(
        "fit",
        "half finished: the plain loop, without groups and without a checkpoint",
        """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    optimizer = SGD(model.parameters(), 0.0, momentum)
    history, step = [], 0
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            optimizer.lr = rate(step)
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            optimizer.step()
            losses.append(float(loss.data))
            step += 1
        history.append({"loss": np.mean(losses), "score": score_of(model)})
    return history
""",
        hint="plain-loop",
    ),
    answer(
        "fit",
        "one group: the gradient of a bias times bias_rate is right, but the decay is added to all",
        """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    sgd = SGD(model.parameters(), 0.0, momentum)
    history, best, t = [], None, 0
    for epoch in range(epochs):
        total, n = 0.0, 0
        for x, target in batches(epoch):
            sgd.lr = rate(t)
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for name, p in model.named_parameters():
                if p.grad is None:
                    continue
                p.grad = p.grad + decay * p.data
                if name.split(".")[-1] == "bias":
                    p.grad = p.grad * bias_rate
            sgd.step()
            total, n, t = total + float(loss.data), n + 1, t + 1
        score = float(score_of(model))
        history.append({"loss": total / n, "score": score})
        if best is None or score > best[0]:
            best = score, epoch, [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best[1] >= patience:
            break
    for a, kept in zip(state_of(model), best[2]):
        a[...] = kept
    return history
""",
        hint="biases-decay",
    ),
    answer(
        "fit",
        "state on the function: the velocities go on in the next training",
        """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None,
        velocity={}, history=[]):
    t, best, best_epoch = 0, -float("inf"), 0
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
                g = p.grad if bias else p.grad + decay * p.data
                velocity[name] = momentum * velocity.get(name, 0) + g
                p.data -= (bias_rate if bias else 1) * rate(t) * velocity[name]
            losses.append(float(loss.data))
            t += 1
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if history[-1]["score"] > best:
            best, best_epoch, kept = history[-1]["score"], epoch, [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best_epoch >= patience:
            break
    for a, b in zip(state_of(model), kept):
        a[...] = b
    return history
""",
        hint="none",
    ),
    # A second examiner: the crop, the schedule and the training once more -----------------------------------------------
    second_crop(
        "padded above and to the left instead of below and to the right",
        "filled-above",
        ("((0, 0), (0, dh), (0, dw))", "((0, 0), (dh, 0), (dw, 0))"),
        ("np.pad(labels, ((0, dh), (0, dw))", "np.pad(labels, ((dh, 0), (dw, 0))"),
    ),
    second_crop(
        "the padding is shared between both sides, as torchvision's CenterCrop does",
        "filled-around",
        ("((0, 0), (0, dh), (0, dw))", "((0, 0), (dh // 2, dh - dh // 2), (dw // 2, dw - dw // 2))"),
        ("np.pad(labels, ((0, dh), (0, dw))", "np.pad(labels, ((dh // 2, dh - dh // 2), (dw // 2, dw - dw // 2))"),
    ),
    second_crop("size is read as (width, height)", "size-exchanged", ("th, tw = size", "tw, th = size")),
    second_crop(
        "the place comes from np.random, not from rng",
        "other-generator",
        ("top = rng.integers", "top = np.random.randint"),
        ("left = rng.integers", "left = np.random.randint"),
    ),
    second_crop(
        "only rows come from rng, columns from another generator made inside",
        "none",
        ("left = rng.integers", "left = np.random.default_rng(0).integers"),
    ),
    answer(
        "random_crop",
        "a float place, rounded: the first and the last place are half as likely",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    pad_h, pad_w = max(0, h - image.shape[1]), max(0, w - image.shape[2])
    image = np.pad(image, [(0, 0), (0, pad_h), (0, pad_w)])
    labels = np.pad(labels, [(0, pad_h), (0, pad_w)], constant_values=255)
    u = int(round(rng.random() * (labels.shape[0] - h)))
    v = int(round(rng.random() * (labels.shape[1] - w)))
    return image[:, u:u + h, v:v + w], labels[u:u + h, v:v + w]
""",
        hint="uneven",
    ),
    answer(
        "random_crop",
        "places beyond the last are set to the last: it comes too often",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    out = np.zeros((C, h, w), image.dtype)
    lab = np.full((h, w), 255, labels.dtype)
    y = min(rng.integers(0, H), max(H - h, 0))
    x = min(rng.integers(0, W), max(W - w, 0))
    a = image[:, y:y + h, x:x + w]
    out[:, :a.shape[1], :a.shape[2]] = a
    lab[:a.shape[1], :a.shape[2]] = labels[y:y + h, x:x + w]
    return out, lab
""",
        hint="uneven",
    ),
    answer(
        "random_crop",
        "any pixel is a place, and what sticks out is filled up",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    y, x = rng.integers(H), rng.integers(W)
    a, b = image[:, y:y + h, x:x + w], labels[y:y + h, x:x + w]
    dh, dw = h - a.shape[1], w - a.shape[2]
    return np.pad(a, ((0, 0), (0, dh), (0, dw))), np.pad(b, ((0, dh), (0, dw)), constant_values=255)
""",
        hint="any-pixel-is-a-place",
    ),
    answer(
        "random_crop",
        "fills the caller's arrays of zeros with the default dtype: float64 out",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    H2, W2 = max(H, h), max(W, w)
    canvas = np.zeros((C, H2, W2))
    canvas[:, :H, :W] = image
    ignore = np.ones((H2, W2)) * 255
    ignore[:H, :W] = labels
    u = rng.integers(H2 - h + 1)
    v = rng.integers(W2 - w + 1)
    return canvas[:, u:u + h, v:v + w], ignore[u:u + h, v:v + w]
""",
        hint="another-dtype",
    ),
    second_crop(
        "the place is drawn before the image is filled up, with abs",
        "none",
        (
            """    if H < th or W < tw:
""",
            """    top = rng.integers(0, abs(H - th) + 1)
    left = rng.integers(0, abs(W - tw) + 1)
    if H < th or W < tw:
""",
        ),
        (
            """    top = rng.integers(0, H - th + 1)
    left = rng.integers(0, W - tw + 1)
    return""",
            "    return",
        ),
    ),
    second_crop(
        "fills up only if both directions are too small",
        "filled-if-both-are-too-small",
        ("H < th or W < tw", "H < th and W < tw"),
    ),
    answer(
        "random_crop",
        "fills up a small image, and returns its corner without a choice in the other direction",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    _, H, W = image.shape
    if H >= h and W >= w:
        u = rng.integers(0, H - h, endpoint=True)
        v = rng.integers(0, W - w, endpoint=True)
        return image[:, u:u+h, v:v+w], labels[u:u+h, v:v+w]
    new_image = np.zeros((image.shape[0], h, w), dtype=image.dtype)
    new_labels = np.full((h, w), 255, dtype=labels.dtype)
    hh, ww = min(h, H), min(w, W)
    new_image[:, :hh, :ww] = image[:, :hh, :ww]
    new_labels[:hh, :ww] = labels[:hh, :ww]
    return new_image, new_labels
""",
        hint="no-choice-if-small",
    ),
    second_crop("labels are filled with 0", "labels-filled-with-0", ("constant_values=255", "constant_values=0")),
    second_crop(
        "the image is mirrored in half of the cases, as everybody does",
        "mirrored",
        (
            "    th, tw = size\n",
            """    th, tw = size
    if rng.random() < 0.5:
        image, labels = image[:, :, ::-1], labels[:, ::-1]
""",
        ),
    ),
    second_crop(
        "the image is (H, W, C) in mind",
        "shape-with-the-channels-last",
        ("c, H, W = image.shape", "H, W, c = image.shape"),
    ),
    second_crop(
        "one random number for both directions",
        "one-draw-for-both",
        ("left = rng.integers(0, W - tw + 1)", "left = min(top, W - tw)"),
    ),
    second_crop(
        "one fraction for both directions",
        "one-draw-for-both",
        (
            """    top = rng.integers(0, H - th + 1)
    left = rng.integers(0, W - tw + 1)
""",
            """    t = rng.random()
    top, left = int(t * (H - th + 1)), int(t * (W - tw + 1))
""",
        ),
    ),
    second_crop("padding repeats the edge", "filled-by-repeating", (", constant_values=0)", ", mode='edge')")),
    answer(
        "schedule",
        "the fall begins only after the warmup",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0
    if step < warmup:
        return lr * (step + 1) / warmup
    return lr * (1 - (step - warmup) / (steps - warmup)) ** power
""",
        hint="fall-counts-from-the-ramp",
    ),
    answer(
        "schedule",
        "either ramp or fall, not both",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps: return 0.0
    if warmup and step < warmup:
        return lr * (step + 1) / warmup
    return lr * (1 - step / steps) ** power
""",
        hint="ramp-alone",
    ),
    answer(
        "schedule",
        "the ramp begins at 0",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    fall = max(0, 1 - step / steps) ** power
    ramp = min(1, step / warmup) if warmup > 0 else 1
    return lr * ramp * fall
""",
        hint="ramp-from-0",
    ),
    answer(
        "schedule",
        "divides by warmup + 1",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min(1.0, (step + 1) / (warmup + 1))
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="ramp-too-long",
    ),
    answer(
        "schedule",
        "beyond the end: a negative number to a power is complex",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="no-end",
    ),
    answer(
        "schedule",
        "the fall counts steps - 1, so that the last step has 0",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    f = (1 - step / (steps - 1)) ** power
    if step < warmup:
        f *= (step + 1) / warmup
    return lr * f
""",
        hint="reaches-0-in-the-last-step",
    ),
    answer(
        "schedule",
        "power also for the ramp",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup > 0 else 1
    return lr * (ramp * (1 - step / steps)) ** power
""",
        hint="power-of-the-ramp",
    ),
    answer(
        "schedule",
        "the power binds the quotient only",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup > 0 else 1
    return lr * ramp * (1 - (step / steps) ** power)
""",
        hint="power-of-the-share-done",
    ),
    answer(
        "schedule",
        "integer division in the ramp",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) // warmup, 1) if warmup > 0 else 1
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="whole-division-in-both",
    ),
    answer(
        "schedule",
        "the fall counts from step + 1",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min((step + 1) / warmup, 1) if warmup > 0 else 1
    return lr * ramp * (1 - (step + 1) / steps) ** power
""",
        hint="falls-a-step-early",
    ),
    answer(
        "schedule",
        "no ramp: divides by zero",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    return lr * min(1, (step + 1) / warmup) * (1 - step / steps) ** power
""",
        hint="division-by-0",
    ),
    answer(
        "schedule",
        "the warmup's default value is truth: any warmup ramps over 4 steps, as in the table",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    ramp = min(1, (step + 1) / 4) if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
""",
        hint="none",
    ),
    second_fit(
        "the learning rate is set once an epoch",
        "rate-set-once-an-epoch",
        ("            opt_w.lr = rate(step)\n            opt_b.lr = rate(step) * bias_rate\n", ""),
        (
            "        losses = []\n",
            "        losses = []\n        opt_w.lr = rate(step)\n        opt_b.lr = rate(step) * bias_rate\n",
        ),
    ),
    second_fit(
        "rate of the epoch, not of the step",
        "rate-of-the-epoch",
        ("opt_w.lr = rate(step)", "opt_w.lr = rate(epoch)"),
        ("opt_b.lr = rate(step)", "opt_b.lr = rate(epoch)"),
    ),
    second_fit(
        "the rate is that of the next step",
        "steps-from-1",
        ("            opt_w.lr = rate(step)\n", "            step += 1\n            opt_w.lr = rate(step)\n"),
        (
            "            losses.append(float(loss.data))\n            step += 1\n",
            "            losses.append(float(loss.data))\n",
        ),
    ),
    second_fit(
        "the step starts anew in each epoch",
        "steps-begin-anew",
        ("        losses = []\n", "        losses = []\n        step = 0\n"),
    ),
    second_fit(
        "a bias is a name with bias in it",
        "bias-anywhere-in-the-name",
        ("""n.split(".")[-1] == "bias\"""", '"bias" in n'),
        ("""n.split(".")[-1] != "bias\"""", '"bias" not in n'),
    ),
    second_fit(
        "a bias is a name that ends with bias",
        "bias-anywhere-in-the-name",
        ("""n.split(".")[-1] == "bias\"""", 'n.endswith("bias")'),
        ("""n.split(".")[-1] != "bias\"""", 'not n.endswith("bias")'),
    ),
    second_fit(
        "a bias is a parameter with one axis",
        "bias-anywhere-in-the-name",
        ("""n.split(".")[-1] == "bias\"""", "p.data.ndim == 1"),
        ("""n.split(".")[-1] != "bias\"""", "p.data.ndim != 1"),
    ),
    second_fit(
        "decay shrinks the weights after the step, by lr (decoupled, AdamW's)",
        "decay-beside-the-gradient",
        (
            """            for p in weights:
                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
            opt_w.step()
""",
            """            opt_w.step()
            for p in weights:
                if p.grad is not None:
                    p.data *= 1 - opt_w.lr * decay
""",
        ),
    ),
    second_fit(
        "decay of a weight without a gradient, too",
        "unused-weights-decay",
        (
            """                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
""",
            """                if p.grad is None:
                    p.grad = np.zeros_like(p.data)
                p.grad = p.grad + decay * p.data
""",
        ),
    ),
    second_fit(
        "crashes where a parameter has no gradient",
        "none-plus-number",
        (
            """                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
""",
            """                p.grad += decay * p.data
""",
        ),
    ),
    second_fit(
        "twice the decay", "decay-doubled", ("p.grad = p.grad + decay * p.data", "p.grad += 2 * decay * p.data")
    ),
    second_fit("the last of equal scores counts", "last-of-equals", ("score > best:", "score >= best:")),
    second_fit(
        "the best score begins at 0: negative scores never count",
        "best-starts-at-0-and-keeps-nothing",
        ("best, best_epoch, saved = None, 0, None", "best, best_epoch, saved = 0, 0, None"),
        ("if best is None or score > best", "if score > best"),
    ),
    second_fit(
        "the checkpoint is of the parameters only",
        "parameters-only",
        ("saved = [a.copy() for a in state_of(model)]", "saved = [p.data.copy() for p in model.parameters()]"),
        (
            "for a, s in zip(state_of(model), saved):\n            a[...] = s",
            "for p, s in zip(model.parameters(), saved):\n            p.data[...] = s",
        ),
    ),
    second_fit(
        "the checkpoint is a list, not a copy",
        "never-restored",
        ("[a.copy() for a in state_of(model)]", "list(state_of(model))"),
    ),
    second_fit(
        "puts new arrays into the parameters, running means are forgotten",
        "zipped-with-the-parameters",
        (
            "for a, s in zip(state_of(model), saved):\n            a[...] = s",
            "for p, s in zip(model.parameters(), saved):\n            p.data = s",
        ),
    ),
    second_fit(
        "patience one epoch too long",
        "too-patient",
        ("epoch - best_epoch >= patience", "epoch - best_epoch > patience"),
    ),
    second_fit(
        "counts the epochs since the last score that was worse than the one before",
        "patience-from-the-epoch-before",
        (
            "        history.append(",
            "        worse = worse + 1 if history and score <= history[-1]['score'] else 0\n        history.append(",
        ),
        ("    step = 0\n", "    step = 0\n    worse = 0\n"),
        ("epoch - best_epoch >= patience", "worse >= patience"),
    ),
    second_fit(
        "stops early without restoring the best",
        "not-restored-when-stopped",
        ("            break\n", "            return history\n"),
    ),
    second_fit("loss of the last batch only", "loss-of-the-last-batch", ("np.mean(losses)", "losses[-1]")),
    second_fit(
        "the history keeps the loss as an array that is a Tensor",
        "batches-as-a-list",
        ("losses.append(float(loss.data))", "losses.append(loss)"),
        ("np.mean(losses)", "sum(losses) * (1 / len(losses))"),
    ),
    second_fit("the gradient is never put to zero", "gradients-added-up", ("            model.zero_grad()\n", "")),
    second_fit(
        "score asked twice an epoch",
        "scored-twice",
        (
            '        history.append({"loss": np.mean(losses), "score": score})',
            '        history.append({"loss": np.mean(losses), "score": score_of(model)})',
        ),
    ),
    second_fit(
        "momentum of the biases is forgotten",
        "momentum-for-the-weights-only",
        ("opt_b = SGD(biases, bias_rate * rate(0), momentum)", "opt_b = SGD(biases, bias_rate * rate(0))"),
    ),
    second_fit(
        "new optimizers in each epoch: the velocity is lost",
        "momentum-lost",
        (
            "        losses = []\n",
            "        losses = []\n        opt_w = SGD(weights, rate(step), momentum)\n        opt_b = SGD(biases, rate(step), momentum)\n",
        ),
    ),
    second_fit(
        "zero_grad of the parameters after the step, none before",
        "forgets-too-late",
        ("            model.zero_grad()\n", ""),
        ("            step += 1\n", "            step += 1\n            model.zero_grad()\n"),
    ),
    second_fit(
        "batches is asked once, before the loop",
        "batches-asked-once",
        ("    step = 0\n", "    step = 0\n    data = list(batches(0))\n"),
        ("in batches(epoch):", "in data:"),
    ),
    second_fit(
        "keeps an epoch's mean weighted by the batch size",
        "mean-over-images",
        ("losses.append(float(loss.data))", "losses.append(float(loss.data) * len(target)); sizes.append(len(target))"),
        ("        losses = []\n", "        losses, sizes = [], []\n"),
        ("np.mean(losses)", "sum(losses) / sum(sizes)"),
    ),
    second_fit(
        "a running mean of the loss through all epochs",
        "mean-since-the-beginning",
        ("        losses = []\n", ""),
        ("    step = 0\n", "    step = 0\n    losses = []\n"),
    ),
    second_fit(
        "no decay where the name of the weight is not 'weight'",
        "decay-by-the-name-weight",
        (
            "            for p in weights:\n                if",
            "            for n, p in params:\n                if n.split('.')[-1] == 'weight' and",
        ),
    ),
]

RIGHT = [
    answer(
        "random_crop",
        "a canvas of the right dtype, and slices",
        """
def random_crop(image, labels, size, rng):
    h, w = size
    C, H, W = image.shape
    big = np.zeros((C, max(h, H), max(w, W)), image.dtype)
    truth = np.full(big.shape[1:], 255, labels.dtype)
    big[:, :H, :W], truth[:H, :W] = image, labels
    top = int(rng.integers(0, big.shape[1] - h, endpoint=True))
    left = int(rng.integers(0, big.shape[2] - w, endpoint=True))
    return big[:, top:top + h, left:left + w], truth[top:top + h, left:left + w]
""",
    ),
    answer(
        "random_crop",
        "one number for the place, taken apart by divmod; rows and columns by np.ix_",
        """
def random_crop(image, labels, size, rng):
    C, H, W = image.shape
    h, w = size
    rows, cols = max(H - h, 0) + 1, max(W - w, 0) + 1
    u, v = divmod(int(rng.random() * rows * cols), cols)
    a = np.zeros((C, h, w), dtype=image.dtype)
    b = np.zeros((h, w), dtype=labels.dtype) + labels.dtype.type(255)
    piece, truth = image[:, u:u + h, v:v + w], labels[u:u + h, v:v + w]
    a[:, :piece.shape[1], :piece.shape[2]] = piece
    b[:truth.shape[0], :truth.shape[1]] = truth
    return a, b
""",
    ),
    answer(
        "random_crop",
        "rng.choice over all places, in loops, copies",
        """
def random_crop(image, labels, size, rng):
    height, width = size
    H, W = labels.shape
    top = rng.choice(max(1, H - height + 1))
    left = rng.choice(max(1, W - width + 1))
    out = np.zeros((len(image), height, width), image.dtype)
    truth = np.full(size, 255, labels.dtype)
    for i in range(height):
        for j in range(width):
            if top + i < H and left + j < W:
                out[:, i, j] = image[:, top + i, left + j]
                truth[i, j] = labels[top + i, left + j]
    return out, truth
""",
    ),
    answer(
        "schedule",
        "one expression",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    return lr * min(step + 1, warmup or 1) / (warmup or 1) * max(0, 1 - step / steps) ** power
""",
    ),
    answer(
        "schedule",
        "np.clip and np.interp",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    ramp = np.interp(step + 1, [0, warmup], [0, 1]) if warmup else 1.0
    return float(lr * ramp * np.clip(1 - step / steps, 0, None) ** power)
""",
    ),
    answer(
        "schedule",
        "if and else, in the order of the text",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    rate = lr
    if warmup > 0 and step < warmup:
        rate = rate * (step + 1) / warmup
    if step < steps:
        rate = rate * ((steps - step) / steps) ** power
    else:
        rate = 0
    return rate
""",
    ),
    loop("the loop that the wrong answers change"),
    loop(
        "no patience for None, nor for 0, which nobody gives",
        ("if patience is not None and epoch", "if patience and epoch"),
    ),
    loop(
        "patience in an elif",
        ("        if patience is not None and epoch", "        elif patience is not None and epoch"),
    ),
    loop(
        "rates asked for once; in-place gradients; np.copyto",
        (
            "            sgd_w.lr = rate(step)\n            sgd_b.lr = bias_rate * rate(step)\n",
            "            sgd_w.lr = lr = rate(step)\n            sgd_b.lr = lr * bias_rate\n",
        ),
        ("p.grad = p.grad + decay * p.data", "p.grad += decay * p.data"),
        ("        a[...] = b\n", "        np.copyto(a, b)\n"),
    ),
    answer(
        "fit",
        "an SGD for each parameter, and the checkpoint by pickle",
        """
import copy


def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    groups = [(p, name.rpartition(".")[2] == "bias", SGD([p], 0.0, momentum)) for name, p in model.named_parameters()]
    history, step = [], -1
    kept, best = None, None
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            step += 1
            model.zero_grad()
            loss = loss_of(model(x), target)
            losses.append(loss.data.item())
            loss.backward()
            for p, is_bias, sgd in groups:
                if p.grad is None:
                    continue
                if not is_bias:
                    p.grad = p.grad + decay * p.data
                sgd.lr = rate(step) * (bias_rate if is_bias else 1.0)
                sgd.step()
        history.append(dict(loss=float(np.mean(losses)), score=float(score_of(model))))
        scores = [h["score"] for h in history]
        if scores.index(max(scores)) == epoch:
            kept = copy.deepcopy(state_of(model))
        if patience is not None and len(scores) - 1 - scores.index(max(scores)) >= patience:
            break
    for array, old in zip(state_of(model), kept):
        array[:] = old
    return history
""",
    ),
    answer(
        "fit",
        "no SGD: the velocities in a dict",
        """
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    velocity = {}
    t, best, best_epoch, history = 0, None, 0, []
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
                g = p.grad if bias else p.grad + decay * p.data
                velocity[name] = momentum * velocity.get(name, 0) + g
                p.data -= (bias_rate if bias else 1) * rate(t) * velocity[name]
            losses.append(float(loss.data))
            t += 1
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if best is None or history[-1]["score"] > best:
            best, best_epoch, kept = history[-1]["score"], epoch, [a.copy() for a in state_of(model)]
        if patience is not None and epoch - best_epoch >= patience:
            break
    for a, b in zip(state_of(model), kept):
        a[...] = b
    return history
""",
    ),
    answer(
        "schedule",
        "no end of its own: 0 to the power is 0",
        """
def schedule(step, steps, lr, warmup=0, power=0.9):
    fall = max(0.0, 1 - step / steps) ** power
    ramp = 1.0 if warmup == 0 else min(1.0, (step + 1) / warmup)
    return lr * ramp * fall
""",
    ),
]
