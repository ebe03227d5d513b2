"""Right answers to lesson 24, each written in another way: the checks must accept them all."""
# ruff: noqa: F821  (ring_all_reduce, which later exercises may call, is given, as in the lesson)

import numpy as np

VARIANTS = {
    "ring_all_reduce": ["ring_with_bounds", "ring_to_the_left", "ring_by_two_generators", "ring_in_one_loop"],
    "data_parallel_step": ["step_with_two_sums", "step_of_weighted_weights", "step_by_columns", "step_from_shares"],
    "batch_statistics": ["statistics_by_channels", "statistics_by_chan", "statistics_about_a_guess"],
}

# --- ring_all_reduce -------------------------------------------------------------------------------------------------


def ring_with_bounds(x, rank, ranks, send):
    """Slices of one array, with bounds of one's own."""
    total = x.reshape(-1).copy()
    bounds = [total.size * r // ranks for r in range(ranks + 1)]

    def part(number):
        number %= ranks
        return slice(bounds[number], bounds[number + 1])

    right = rank + 1 if rank + 1 < ranks else 0
    left = rank - 1 if rank else ranks - 1
    for s in range(ranks - 1):
        send(right, total[part(rank - s)])
        received = yield left
        total[part(rank - s - 1)] = total[part(rank - s - 1)] + received
    for s in range(ranks - 1):
        send(right, total[part(rank + 1 - s)])
        total[part(rank - s)] = yield left
    return total.reshape(x.shape)


def ring_to_the_left(x, rank, ranks, send):
    """The other way round, and with parts numbered otherwise."""
    parts = np.array_split(x.flatten(), ranks)
    for s in range(1, ranks):
        send((rank - 1) % ranks, parts[(rank + s) % ranks])
        received = yield (rank + 1) % ranks
        number = (rank + s + 1) % ranks
        parts[number] = parts[number] + received
    for s in range(1, ranks):
        send((rank - 1) % ranks, parts[(rank + s - 1) % ranks])
        parts[(rank + s) % ranks] = yield (rank + 1) % ranks
    return np.hstack(parts).reshape(x.shape)


def scatter(parts, rank, ranks, send):
    for step in range(ranks - 1):
        send((rank + 1) % ranks, parts[(rank - step) % ranks])
        received = yield (rank + ranks - 1) % ranks
        parts[(rank - 1 - step) % ranks] = received + parts[(rank - 1 - step) % ranks]
    return parts[(rank + 1) % ranks]


def gather(mine, rank, ranks, send):
    found = {(rank + 1) % ranks: mine}
    for step in range(ranks - 1):
        send((rank + 1) % ranks, found[(rank + 1 - step) % ranks])
        found[(rank - step) % ranks] = yield (rank + ranks - 1) % ranks
    return [found[number] for number in range(ranks)]


def ring_by_two_generators(x, rank, ranks, send):
    mine = yield from scatter(np.array_split(np.ravel(x), ranks), rank, ranks, send)
    parts = yield from gather(mine, rank, ranks, send)
    return np.concatenate(parts).reshape(np.shape(x))


def ring_in_one_loop(x, rank, ranks, send):
    """Both rounds are the same: pass on what has just been received."""
    parts = [np.array(part) for part in np.array_split(x.ravel(), ranks)]
    number = rank
    for step in range(2 * (ranks - 1)):
        send((rank + 1) % ranks, parts[number])
        number = (number - 1) % ranks
        message = yield (rank - 1) % ranks
        parts[number] = parts[number] + message if step < ranks - 1 else message
    return np.concatenate(parts).reshape(x.shape)


# --- data_parallel_step ----------------------------------------------------------------------------------------------


def step_with_two_sums(weight, x, y, gradient, lr, rank, ranks, send):
    total = np.zeros(weight.shape, weight.dtype)
    if len(x) > 0:
        total += gradient(weight, x, y) * len(x)
    total = yield from ring_all_reduce(total, rank, ranks, send)
    count = yield from ring_all_reduce(np.array([len(x)]), rank, ranks, send)
    return weight - weight.dtype.type(lr) * (total / count[0]).astype(weight.dtype)


def step_of_weighted_weights(weight, x, y, gradient, lr, rank, ranks, send):
    """Each rank makes its own step; the new weights are averaged, weighted by the numbers of examples."""
    mine = weight - lr * gradient(weight, x, y) if len(x) else weight
    total = yield from ring_all_reduce(np.append(len(x) * mine, float(len(x))), rank, ranks, send)
    return (total[:-1] / total[-1]).astype(weight.dtype)


def step_by_columns(weight, x, y, gradient, lr, rank, ranks, send):
    """The gradients of single examples, added up."""
    total = np.zeros(weight.size + 1, np.float64)
    for i in range(len(x)):
        total[:-1] += gradient(weight, x[i : i + 1], y[i : i + 1])
        total[-1] += 1
    total = yield from ring_all_reduce(total, rank, ranks, send)
    return (weight - lr * total[:-1] / total[-1]).astype(weight.dtype)


def step_from_shares(weight, x, y, gradient, lr, rank, ranks, send):
    """The count first; then each rank sends its share of the mean."""
    counts = np.zeros(ranks)
    counts[rank] = len(x)
    counts = yield from ring_all_reduce(counts, rank, ranks, send)
    share = counts[rank] / counts.sum()
    mine = share * gradient(weight, x, y) if share else 0 * weight
    mean = yield from ring_all_reduce(mine.astype(weight.dtype), rank, ranks, send)
    new = weight.copy()
    new -= lr * mean
    return new


# --- batch_statistics ------------------------------------------------------------------------------------------------


def statistics_by_channels(x, rank, ranks, send):
    rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], x.size // x.shape[1])
    count = yield from ring_all_reduce(np.array(rows.shape[1]), rank, ranks, send)
    total = yield from ring_all_reduce(np.array([row.sum() for row in rows], x.dtype), rank, ranks, send)
    mean = total / count
    squares = np.array([np.square(row - m).sum() for row, m in zip(rows, mean)])
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), (squares / count).astype(x.dtype)


def statistics_by_chan(x, rank, ranks, send):
    """Chan's formula: counts, means and squared distances of all ranks, on every rank, joined one by one."""
    C = x.shape[1]
    table = np.zeros((ranks, 3, C))
    table[rank, 0] = x[:, 0].size
    if len(x):
        table[rank, 1] = x.mean(axis=(0, 2, 3), dtype=float)
        table[rank, 2] = x.var(axis=(0, 2, 3), dtype=float) * x[:, 0].size
    table = yield from ring_all_reduce(table, rank, ranks, send)
    count, mean, squares = np.zeros((3, C))
    for n, m, s in table:
        if n[0]:
            delta, whole = m - mean, count + n
            squares = squares + s + delta**2 * count * n / whole
            mean, count = mean + delta * n / whole, whole
    return mean.astype(x.dtype), (squares / count).astype(x.dtype)


def statistics_about_a_guess(x, rank, ranks, send):
    """The mean first; then the mean squared distance from it."""
    count = float(x.size // x.shape[1])
    sums = yield from ring_all_reduce(np.stack([x.sum((0, 2, 3), dtype=float), np.full(x.shape[1], count)]), rank, ranks, send)
    mean = sums[0] / sums[1]
    near = x - mean.reshape(1, -1, 1, 1)
    squares = yield from ring_all_reduce(np.einsum("nchw,nchw->c", near, near), rank, ranks, send)
    return [mean.astype(x.dtype), (squares / sums[1]).astype(x.dtype)]
