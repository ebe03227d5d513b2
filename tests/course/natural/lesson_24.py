"""Natural answers to the exercises of lesson 24."""

from . import Natural

NUMPY = "import numpy as np\n\n"


def ring(about, source, hint=""):
    return Natural("24.ring_all_reduce", about, NUMPY + source, hint)


def step(about, source, hint=""):
    return Natural("24.data_parallel_step", about, NUMPY + source, hint)


def statistics(about, source, hint=""):
    return Natural("24.batch_statistics", about, NUMPY + source, hint)


ANSWERS = [
    ring(
        "rank + 1 without the modulo",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    for s in range(ranks - 1):
        send(rank + 1, parts[(rank - s) % ranks])
        got = yield rank - 1
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(rank + 1, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield rank - 1
    return np.concatenate(parts).reshape(x.shape)
""",
        "no_way_around",
    ),
    ring(
        "the second round begins with part r, which is not complete",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        parts[(rank - s - 1) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "overwrites",
    ),
    ring(
        "adds in the second round, too",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        got = yield left
        parts[(rank - s) % ranks] += got
    return np.concatenate(parts).reshape(x.shape)
""",
        "adds_in_both_rounds",
    ),
    ring(
        "whole arrays go around, each rank adds them up",
        """
def ring_all_reduce(x, rank, ranks, send):
    total = x.copy()
    passing = x
    for s in range(ranks - 1):
        send((rank + 1) % ranks, passing)
        passing = yield (rank - 1) % ranks
        total += passing
    return total
""",
        "uncut",
    ),
    ring(
        "adds into the array that it was given",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = np.array_split(x.ravel(), ranks)
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "writes_into_x",
    ),
    ring(
        "parts of size // ranks: the rest is not added",
        """
def ring_all_reduce(x, rank, ranks, send):
    flat = x.flatten()
    size = len(flat) // ranks
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        k = (rank - s) % ranks
        send(right, flat[k * size : (k + 1) * size])
        k = (rank - s - 1) % ranks
        flat[k * size : (k + 1) * size] += yield left
    for s in range(ranks - 1):
        k = (rank + 1 - s) % ranks
        send(right, flat[k * size : (k + 1) * size])
        k = (rank - s) % ranks
        flat[k * size : (k + 1) * size] = yield left
    return flat.reshape(x.shape)
""",
        "rest_dropped",
    ),
    ring(
        "np.split, which wants equal parts",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "must_be_divisible",
    ),
    ring(
        "waits before it sends",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        got = yield left
        send(right, parts[(rank - s) % ranks])
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        got = yield left
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = got
    return np.concatenate(parts).reshape(x.shape)
""",
        "waits_before_it_sends",
    ),
    ring(
        "waits for the right neighbour",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right = (rank + 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield right
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield right
    return np.concatenate(parts).reshape(x.shape)
""",
        "waits_for_the_wrong_side",
    ),
    ring(
        "one step too many in each round",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "too_many_steps_in_both_rounds",
    ),
    ring(
        "one step too few in each round",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 2):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 2):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "too_few_steps_in_both_rounds",
    ),
    ring(
        "the result is flat",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts)
""",
        "flat",
    ),
    ring(
        "splits the first axis only",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x, ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts)
""",
        "cut_along_the_first_axis",
    ),
    ring(
        "through rank 0",
        """
def ring_all_reduce(x, rank, ranks, send):
    if rank > 0:
        send(0, x)
        total = yield 0
        return total
    total = x.copy()
    for source in range(1, ranks):
        total += yield source
    for to in range(1, ranks):
        send(to, total)
    return total
""",
        "through_one_rank",
    ),
    ring(
        "float64 parts",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel().astype(float), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "always_float64",
    ),
    ring(
        "the part that arrives replaces instead of being added",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        parts[(rank - s - 1) % ranks] = yield left
    for s in range(ranks - 1):
        send(right, parts[(rank + 1 - s) % ranks])
        parts[(rank - s) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "overwrites",
    ),
    ring(
        "always the same part: the step is forgotten",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[rank])
        got = yield left
        parts[left] += got
    for s in range(ranks - 1):
        send(right, parts[right])
        parts[rank] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
        "always_the_own_part",
    ),
    ring(
        "reduces only: no second round",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    return np.concatenate(parts).reshape(x.shape)
""",
        "no_second_round",
    ),
    ring(
        "a large array of all parts, sent whole in the second round",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = [p.copy() for p in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for s in range(ranks - 1):
        send(right, parts[(rank - s) % ranks])
        got = yield left
        parts[(rank - s - 1) % ranks] += got
    ends = np.cumsum([len(p) for p in parts])
    for s in range(ranks - 1):
        send(right, np.concatenate(parts))
        everything = yield left
        k = (rank - s) % ranks
        parts[k] = everything[ends[k] - len(parts[k]) : ends[k]]
    return np.concatenate(parts).reshape(x.shape)
""",
        "whole_arrays_in_the_second_round",
    ),
    step(
        "the mean of the ranks' gradients",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    return weight - lr * total / ranks
""",
        "mean_of_means",
    ),
    step(
        "the sum of the gradients",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = gradient(weight, x, y) if len(x) > 0 else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    return weight - lr * total
""",
        "sum_of_means",
    ),
    step(
        "weighted sum, not divided by the number of examples",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    return weight - lr * total
""",
        "sum_over_all_examples",
    ),
    step(
        "divides by its own number of examples",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    return weight - lr * total / max(len(x), 1)
""",
        "divided_by_the_own_count",
    ),
    step(
        "takes its own number for everybody's",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    return weight - lr * total / max(len(x) * ranks, 1)
""",
        "own_count_times_ranks",
    ),
    step(
        "leaves early without examples",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    if len(x) == 0:
        return weight
    n = len(x)
    total = yield from ring_all_reduce(n * gradient(weight, x, y), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([float(n)]), rank, ranks, send)
    return weight - lr * total / count[0]
""",
    ),
    step(
        "calls gradient without examples",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    total = yield from ring_all_reduce(n * gradient(weight, x, y), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([float(n)]), rank, ranks, send)
    return weight - lr * total / count[0]
""",
    ),
    step(
        "modifies the weight",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    count = yield from ring_all_reduce(np.array([float(n)]), rank, ranks, send)
    weight -= (lr * total / count[0]).astype(weight.dtype)
    return weight
""",
        "writes_into_the_weight",
    ),
    step(
        "steps uphill",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros_like(weight)
    total = yield from ring_all_reduce(g, rank, ranks, send)
    count = yield from ring_all_reduce(np.array([float(n)]), rank, ranks, send)
    return weight + (lr * total / count[0]).astype(weight.dtype)
""",
        "uphill",
    ),
    step(
        "yield for yield from",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros_like(weight)
    total = yield ring_all_reduce(np.append(g, n), rank, ranks, send)
    return weight - lr * total[:-1] / total[-1]
""",
        "yield_for_yield_from",
    ),
    step(
        "calls the other generator as if it were a function",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros_like(weight)
    total = ring_all_reduce(np.append(g, n), rank, ranks, send)
    return weight - lr * total[:-1] / total[-1]
""",
        "no_yield_from",
    ),
    step(
        "its own gradient in the update",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = gradient(weight, x, y) if n else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(n * g, n), rank, ranks, send)
    average = total[:-1] / total[-1]
    return weight - lr * g
""",
        "each_on_its_own",
    ),
    step(
        "averages only the ranks that have examples, each alike",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    g = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(g, float(len(x) > 0)), rank, ranks, send)
    return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype)
""",
        "mean_of_the_busy_ranks",
    ),
    step(
        "the learning rate times the number of ranks",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(g, n), rank, ranks, send)
    return weight - (lr * ranks * total[:-1] / total[-1]).astype(weight.dtype)
""",
        "lr_times_ranks",
    ),
    step(
        "float64 weights out of float32",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    g = n * gradient(weight, x, y) if n else np.zeros(len(weight))
    total = yield from ring_all_reduce(np.append(g, n).astype(np.float64), rank, ranks, send)
    return weight - lr * total[:-1] / total[-1]
""",
        "always_float64",
    ),
    step(
        "the mean of the weights of all ranks, each alike",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    new = weight - lr * gradient(weight, x, y) if len(x) else weight.copy()
    total = yield from ring_all_reduce(new, rank, ranks, send)
    return total / ranks
""",
        "mean_of_means",
    ),
    statistics(
        "the mean of the ranks' means and variances",
        """
def batch_statistics(x, rank, ranks, send):
    C = x.shape[1]
    mean = x.mean(axis=(0, 2, 3)) if len(x) else np.zeros(C, x.dtype)
    var = x.var(axis=(0, 2, 3)) if len(x) else np.zeros(C, x.dtype)
    mean = yield from ring_all_reduce(mean, rank, ranks, send)
    var = yield from ring_all_reduce(var, rank, ranks, send)
    return mean / ranks, var / ranks
""",
        "mean_of_the_statistics",
    ),
    statistics(
        "the right mean, and the weighted mean of the variances",
        """
def batch_statistics(x, rank, ranks, send):
    N, C, H, W = x.shape
    n = N * H * W
    total = yield from ring_all_reduce(np.append(x.sum(axis=(0, 2, 3)), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    mine = n * x.var(axis=(0, 2, 3)) if N else np.zeros(C)
    var = yield from ring_all_reduce(mine, rank, ranks, send)
    return mean.astype(x.dtype), (var / total[-1]).astype(x.dtype)
""",
        "weighted_mean_of_variances",
    ),
    statistics(
        "the mean of the squares minus the square of the mean",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    s1 = yield from ring_all_reduce(x.sum(axis=axes), rank, ranks, send)
    s2 = yield from ring_all_reduce((x**2).sum(axis=axes), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    mean = s1 / count
    return mean.astype(x.dtype), (s2 / count - mean**2).astype(x.dtype)
""",
        "loses_digits",
    ),
    statistics(
        "n - 1 for n",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    s1 = yield from ring_all_reduce(x.sum(axis=axes), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    mean = s1 / count
    s2 = yield from ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / (count - 1)).astype(x.dtype)
""",
        "divides_by_n_-_1",
    ),
    statistics(
        "counts the images, not the pixels",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    s1 = yield from ring_all_reduce(x.sum(axis=axes), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([len(x)]), rank, ranks, send)
    mean = s1 / count
    s2 = yield from ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / count).astype(x.dtype)
""",
        "counts_images",
    ),
    statistics(
        "distances from its own mean",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    s1 = yield from ring_all_reduce(x.sum(axis=axes), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    own = x.sum(axis=axes) / max(n, 1)
    s2 = yield from ring_all_reduce(((x - own[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return (s1 / count).astype(x.dtype), (s2 / count).astype(x.dtype)
""",
        "weighted_mean_of_variances",
    ),
    statistics(
        "only the statistics of its own images",
        """
def batch_statistics(x, rank, ranks, send):
    mean = x.mean(axis=(0, 2, 3))
    variance = x.var(axis=(0, 2, 3))
    return mean, variance
    yield
""",
        "own_images_only",
    ),
    statistics(
        "a rank without images does not take part",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    if len(x) == 0:
        return np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    total = yield from ring_all_reduce(np.append(x.sum(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    s2 = yield from ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / total[-1]).astype(x.dtype)
""",
        "leaves_without_images",
    ),
    statistics(
        "means of nothing on a rank without images",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    total = yield from ring_all_reduce(np.append(n * x.mean(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    mine = n * ((x - mean[:, None, None]) ** 2).mean(axis=axes)
    s2 = yield from ring_all_reduce(mine, rank, ranks, send)
    return mean.astype(x.dtype), (s2 / total[-1]).astype(x.dtype)
""",
        "mean_of_nothing",
    ),
    statistics(
        "the standard deviation",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    total = yield from ring_all_reduce(np.append(x.sum(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    s2 = yield from ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), np.sqrt(s2 / total[-1]).astype(x.dtype)
""",
        "standard_deviation",
    ),
    statistics(
        "for each pixel: sums over the images only",
        """
def batch_statistics(x, rank, ranks, send):
    n = len(x)
    s1 = yield from ring_all_reduce(x.sum(axis=0), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    mean = s1 / count
    s2 = yield from ring_all_reduce(((x - mean) ** 2).sum(axis=0), rank, ranks, send)
    return mean.mean(axis=(1, 2)).astype(x.dtype), (s2 / count).mean(axis=(1, 2)).astype(x.dtype)
""",
        "each_pixel_by_itself",
    ),
    statistics(
        "keeps the axes: (1, C, 1, 1)",
        """
def batch_statistics(x, rank, ranks, send):
    n = x.shape[0] * x.shape[2] * x.shape[3]
    s1 = yield from ring_all_reduce(x.sum(axis=(0, 2, 3), keepdims=True), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    mean = s1 / count[0]
    s2 = yield from ring_all_reduce(((x - mean) ** 2).sum(axis=(0, 2, 3), keepdims=True), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / count[0]).astype(x.dtype)
""",
        "axes_kept",
    ),
    statistics(
        "one number for all channels",
        """
def batch_statistics(x, rank, ranks, send):
    mine = np.array([x.sum(), x.size])
    s1, count = yield from ring_all_reduce(mine, rank, ranks, send)
    mean = s1 / count
    s2 = yield from ring_all_reduce(np.array([((x - mean) ** 2).sum()]), rank, ranks, send)
    C = x.shape[1]
    return np.full(C, mean, x.dtype), np.full(C, s2[0] / count, x.dtype)
""",
        "one_number_for_all_channels",
    ),
    statistics(
        "float64 statistics out of float32",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    x = x.astype(np.float64)
    total = yield from ring_all_reduce(np.append(x.sum(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    s2 = yield from ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean, s2 / total[-1]
""",
        "always_float64",
    ),
    statistics(
        "yield for yield from",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    total = yield ring_all_reduce(np.append(x.sum(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    s2 = yield ring_all_reduce(((x - mean[:, None, None]) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / total[-1]).astype(x.dtype)
""",
        "yield_for_yield_from",
    ),
    statistics(
        "subtracts the mean along the width",
        """
def batch_statistics(x, rank, ranks, send):
    axes = (0, 2, 3)
    n = x.shape[0] * x.shape[2] * x.shape[3]
    total = yield from ring_all_reduce(np.append(x.sum(axis=axes), n), rank, ranks, send)
    mean = total[:-1] / total[-1]
    s2 = yield from ring_all_reduce(((x - mean) ** 2).sum(axis=axes), rank, ranks, send)
    return mean.astype(x.dtype), (s2 / total[-1]).astype(x.dtype)
""",
        "subtracted_along_the_width",
    ),
]

RIGHT = [
    ring(
        "slices of a copy, one loop for both rounds",
        """
def ring_all_reduce(x, rank, ranks, send):
    flat = x.flatten()
    cuts = [len(flat) * k // ranks for k in range(ranks + 1)]
    right, left = (rank + 1) % ranks, rank - 1 if rank else ranks - 1
    for step in range(2 * ranks - 2):
        out, into = (rank - step) % ranks, (rank - step - 1) % ranks
        send(right, flat[cuts[out] : cuts[out + 1]])
        arrived = yield left
        if step < ranks - 1:
            flat[cuts[into] : cuts[into + 1]] += arrived
        else:
            flat[cuts[into] : cuts[into + 1]] = arrived
    return flat.reshape(x.shape)
""",
    ),
    ring(
        "the parts renamed: begins with part r + 1",
        """
def ring_all_reduce(x, rank, ranks, send):
    parts = np.array_split(np.array(x).reshape(-1), ranks)
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    k = (rank + 1) % ranks
    for _ in range(ranks - 1):
        send(right, parts[k])
        k = (k - 1) % ranks
        parts[k] = parts[k] + (yield left)
    for _ in range(ranks - 1):
        send(right, parts[k])
        k = (k - 1) % ranks
        parts[k] = yield left
    return np.concatenate(parts).reshape(x.shape)
""",
    ),
    ring(
        "around the other way",
        """
def ring_all_reduce(x, rank, ranks, send):
    if ranks == 1:
        return x.copy()
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    to, source = (rank - 1) % ranks, (rank + 1) % ranks
    for step in range(ranks - 1):
        send(to, parts[(rank + step) % ranks])
        part = yield source
        parts[(rank + step + 1) % ranks] += part
    for step in range(ranks - 1):
        send(to, parts[(rank + step - 1) % ranks])
        parts[(rank + step) % ranks] = yield source
    total = np.empty(x.shape, x.dtype)
    total.reshape(-1)[:] = np.concatenate(parts)
    return total
""",
    ),
    step(
        "two sums, a loop-free early case",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    if n == 0:
        mine = np.zeros(weight.shape, weight.dtype)
    else:
        mine = gradient(weight, x, y) * n
    total = yield from ring_all_reduce(mine, rank, ranks, send)
    count = yield from ring_all_reduce(np.array([n]), rank, ranks, send)
    new = weight - lr * (total / count[0])
    return new.astype(weight.dtype)
""",
    ),
    step(
        "weights of all ranks, averaged by the number of examples",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    n = len(x)
    new = weight - lr * gradient(weight, x, y) if n else weight
    message = np.concatenate([n * new.astype(float), [n]])
    total = yield from ring_all_reduce(message, rank, ranks, send)
    return (total[:-1] / total[-1]).astype(weight.dtype)
""",
    ),
    step(
        "asks for the number first, then sums shares",
        """
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    examples = (yield from ring_all_reduce(np.array(len(x)), rank, ranks, send)).item()
    share = np.zeros_like(weight)
    if len(x):
        share += len(x) / examples * gradient(weight, x, y)
    average = yield from ring_all_reduce(x=share, rank=rank, ranks=ranks, send=send)
    new = weight.copy()
    new -= lr * average
    return new
""",
    ),
    statistics(
        "three sums, the sums in float64",
        """
def batch_statistics(x, rank, ranks, send):
    N, C, H, W = x.shape
    flat = x.astype(np.float64).transpose(1, 0, 2, 3).reshape(C, N * H * W)
    count = yield from ring_all_reduce(np.array([N * H * W]), rank, ranks, send)
    mean = (yield from ring_all_reduce(flat.sum(axis=1), rank, ranks, send)) / count
    flat = flat - mean[:, None]
    variance = (yield from ring_all_reduce((flat * flat).sum(axis=1), rank, ranks, send)) / count
    return mean.astype(x.dtype), variance.astype(x.dtype)
""",
    ),
    statistics(
        "the ranks' variances, and the distances of their means",
        """
def batch_statistics(x, rank, ranks, send):
    N, C, H, W = x.shape
    n = N * H * W
    own_mean = x.mean(axis=(0, 2, 3), dtype=float) if N else np.zeros(C)
    own_var = x.var(axis=(0, 2, 3), dtype=float) if N else np.zeros(C)
    total = yield from ring_all_reduce(np.append(n * own_mean, n), rank, ranks, send)
    mean = total[:C] / total[C]
    squares = yield from ring_all_reduce(n * (own_var + (own_mean - mean) ** 2), rank, ranks, send)
    return mean.astype(x.dtype), (squares / total[C]).astype(x.dtype)
""",
    ),
    statistics(
        "channel by channel, einsum",
        """
def batch_statistics(x, rank, ranks, send):
    C = x.shape[1]
    sums = np.zeros(C + 1)
    for c in range(C):
        sums[c] = x[:, c].sum(dtype=float)
    sums[C] = x[:, 0].size
    everyones = yield from ring_all_reduce(sums, rank, ranks, send)
    mean = everyones[:C] / everyones[C]
    away = x - mean.reshape(1, C, 1, 1)
    squares = np.einsum("nchw,nchw->c", away, away)
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), np.divide(squares, everyones[C]).astype(x.dtype)
""",
    ),
]
