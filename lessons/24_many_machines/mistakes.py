"""Wrong answers to lesson 24 that people really write, each with what to tell them. Read variants.py next."""
# ruff: noqa: F821  (ring_all_reduce, which later exercises may call, is given, as in the lesson)

import numpy as np

from minifcn.course.exercise import Mistake

# --- ring_all_reduce -------------------------------------------------------------------------------------------------

CUT = "parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]"
SEND_SUMS = "send(right, parts[(rank - step) % ranks])"
ADD = "parts[(rank - step - 1) % ranks] += yield left"
SEND_WHOLE = "send(right, parts[(rank - step + 1) % ranks])"
REPLACE = "parts[(rank - step) % ranks] = yield left"
FIRST = "for step in range(ranks - 1):  # reduce-scatter"
SECOND = "for step in range(ranks - 1):  # all-gather"
JOIN = "return np.concatenate(parts).reshape(x.shape)"


def through_rank_0(x, rank, ranks, send):
    if rank:
        send(0, x)
        total = yield 0
        return total
    total = np.array(x)
    for source in range(1, ranks):
        total = total + (yield source)
    for to in range(1, ranks):
        send(to, total)
    return total


def to_all_others(x, rank, ranks, send):
    """Everybody sends everything to everybody; added up in the order of the ranks."""
    for to in range(ranks):
        if to != rank:
            send(to, x)
    arrays = []
    for source in range(ranks):
        arrays.append(x if source == rank else (yield source))
    return sum(arrays[1:], arrays[0].copy())


def whole_array_around(x, rank, ranks, send):
    """The arrays go around the ring uncut."""
    total, message = np.array(x), x
    for _ in range(ranks - 1):
        send((rank + 1) % ranks, message)
        message = yield (rank - 1) % ranks
        total = total + message
    return total


def running_sum_around(x, rank, ranks, send):
    """Rank 0 begins; the sum goes around once, and the result a second time."""
    total = np.array(x)
    if rank:
        total = total + (yield rank - 1)
    if ranks > 1:
        send((rank + 1) % ranks, total)
    if rank < ranks - 1:
        total = yield (rank - 1) % ranks
        if rank < ranks - 2:
            send(rank + 1, total)
    return total


def cut_and_send_to_owner(x, rank, ranks, send):
    """Each part goes straight to the rank that adds it up, and from there straight to all others."""
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    for to in range(ranks):
        if to != rank:
            send(to, parts[to])
    for source in range(ranks):
        if source != rank:
            parts[rank] = parts[rank] + (yield source)
    for to in range(ranks):
        if to != rank:
            send(to, parts[rank])
    for source in range(ranks):
        if source != rank:
            parts[source] = yield source
    return np.concatenate(parts).reshape(x.shape)


def rest_dropped(x, rank, ranks, send):
    """Parts of len // ranks numbers: the rest is not summed."""
    n = x.size // ranks
    flat = x.ravel().copy()
    parts = [flat[i * n : (i + 1) * n].copy() for i in range(ranks)]
    parts = yield from around(parts, rank, ranks, send)
    flat[: n * ranks] = np.concatenate(parts)
    return flat.reshape(x.shape)


def rest_cut_off(x, rank, ranks, send):
    n = x.size // ranks
    parts = [x.ravel()[i * n : (i + 1) * n].copy() for i in range(ranks)]
    parts = yield from around(parts, rank, ranks, send)
    return np.concatenate(parts)


def must_be_divisible(x, rank, ranks, send):
    parts = [part.copy() for part in np.split(x.ravel(), ranks)]
    parts = yield from around(parts, rank, ranks, send)
    return np.concatenate(parts).reshape(x.shape)


def filled_with_zeros(x, rank, ranks, send):
    """The array is made divisible by zeros, which travel along."""
    n = -(-x.size // ranks)
    flat = np.zeros(n * ranks, x.dtype)
    flat[: x.size] = x.ravel()
    parts = yield from around(list(flat.reshape(ranks, n).copy()), rank, ranks, send)
    return np.concatenate(parts)[: x.size].reshape(x.shape)


def around(parts, rank, ranks, send):
    """The right answer, for parts that are cut already."""
    for step in range(ranks - 1):
        send((rank + 1) % ranks, parts[(rank - step) % ranks])
        parts[(rank - step - 1) % ranks] += yield (rank - 1) % ranks
    for step in range(ranks - 1):
        send((rank + 1) % ranks, parts[(rank - step + 1) % ranks])
        parts[(rank - step) % ranks] = yield (rank - 1) % ranks
    return parts


def waits_first(x, rank, ranks, send):
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    for step in range(ranks - 1):
        received = yield (rank - 1) % ranks
        send((rank + 1) % ranks, parts[(rank - step) % ranks])
        parts[(rank - step - 1) % ranks] += received
    for step in range(ranks - 1):
        received = yield (rank - 1) % ranks
        send((rank + 1) % ranks, parts[(rank - step + 1) % ranks])
        parts[(rank - step) % ranks] = received
    return np.concatenate(parts).reshape(x.shape)


def whole_array_in_the_second_round(x, rank, ranks, send):
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    for step in range(ranks - 1):
        send((rank + 1) % ranks, parts[(rank - step) % ranks])
        parts[(rank - step - 1) % ranks] += yield (rank - 1) % ranks
    for step in range(ranks - 1):
        send((rank + 1) % ranks, np.concatenate(parts))
        received = np.array_split((yield (rank - 1) % ranks), ranks)
        parts[(rank - step) % ranks] = received[(rank - step) % ranks]
    return np.concatenate(parts).reshape(x.shape)


def no_generator(x, rank, ranks, send):
    return x * ranks


def the_same_parts_in_each_step(x, rank, ranks, send):
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    right, left = (rank + 1) % ranks, (rank - 1) % ranks
    for _ in range(ranks - 1):
        send(right, parts[rank])
        parts[left] += yield left
    for _ in range(ranks - 1):
        send(right, parts[right])
        parts[rank] = yield left
    return np.concatenate(parts).reshape(x.shape)


def own_sum_returned(x, rank, ranks, send):
    """Each rank keeps its own part of the sum, and zeros elsewhere."""
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    for step in range(ranks - 1):
        send((rank + 1) % ranks, parts[(rank - step) % ranks])
        parts[(rank - step - 1) % ranks] += yield (rank - 1) % ranks
    return np.concatenate([part if i == (rank + 1) % ranks else 0 * part for i, part in enumerate(parts)]).reshape(x.shape)


RING = [
    Mistake(
        "no second round",
        "Each part is complete on one rank only, and nobody passes it on: the second round, all-gather, is missing.",
        changes=((SECOND, "for step in range(0):"),),
        also=("own_sum_returned",),
    ),
    Mistake(
        "no first round",
        "The parts are passed on, but never added up: the first round, reduce-scatter, is missing.",
        changes=((FIRST, "for step in range(0):"),),
    ),
    Mistake(
        "one step too many",
        "The first round makes one step too many: after p - 1 steps each part has been on all p ranks, and one more adds a rank"
        " twice.",
        changes=((FIRST, "for step in range(ranks):"),),
    ),
    Mistake(
        "one step too few",
        "The first round makes one step too few: p ranks need p - 1 steps, so that each part visits all of them.",
        changes=((FIRST, "for step in range(ranks - 2):"),),
    ),
    Mistake(
        "second round one too few",
        "The second round makes one step too few: p ranks need p - 1 steps, and one part is old on each.",
        changes=((SECOND, "for step in range(ranks - 2):"),),
    ),
    Mistake(
        "overwrites",
        "The sums of the first round are lost: either what is received replaces a part instead of being added, or the second round"
        " begins with another part than the complete one, r + 1.",
        changes=((ADD, ADD.replace("+=", "=")),),
    ),
    Mistake(
        "adds in both rounds",
        "In the second round, what is received is added to a part. Those sums are complete: they must replace it.",
        changes=((REPLACE, REPLACE.replace("] =", "] +=")),),
    ),
    Mistake(
        "always the own part",
        "In each step of the first round the same part is sent, the rank's own. After step 0 it must pass on the part that it has just"
        " added to.",
        changes=((SEND_SUMS, "send(right, parts[rank])"),),
        also=("the_same_parts_in_each_step",),
    ),
    Mistake(
        "second round one part off",
        "The second round begins with part r, which is not complete on rank r. Rank r has completed part r + 1.",
        changes=((SEND_WHOLE, "send(right, parts[(rank - step) % ranks])"),),
    ),
    Mistake(
        "parts rotated",
        "The right sums, in the wrong order: the result must begin with part 0 on every rank.",
        changes=((JOIN, "parts = parts[rank:] + parts[:rank]\n    " + JOIN),),
    ),
    Mistake(
        "averages",
        "The result is the mean over the ranks. An all-reduce returns the sum.",
        changes=((JOIN, "return (np.concatenate(parts) / ranks).reshape(x.shape).astype(x.dtype)"),),
    ),
    Mistake(
        "through one rank",
        "The sums are right, but everything goes through rank 0, which sends far more than the others. Send parts, around the ring.",
        answer="through_rank_0",
    ),
    Mistake(
        "everything to everybody",
        "The sums are right, but every rank sends its whole array to all others. Send parts, and to one neighbour only.",
        answer="to_all_others",
    ),
    Mistake(
        "uncut",
        "The sums are right, but whole arrays go around the ring: p - 1 arrays from each rank. Cut them into p parts; then it is less"
        " than two.",
        answer="whole_array_around",
    ),
    Mistake(
        "one after the other",
        "The sums are right, but one array goes around while all ranks but one wait. Cut it into p parts, so that all send in every"
        " step.",
        answer="running_sum_around",
    ),
    Mistake(
        "straight to the owner",
        "The sums and the bytes are right, but every rank sends to all others. In a ring each sends to one neighbour only.",
        answer="cut_and_send_to_owner",
    ),
    Mistake(
        "waits for the wrong side",
        "Everybody sends to the right and waits for the right, from where nothing comes. Wait for the left neighbour.",
        changes=((ADD, ADD.replace("left", "right")), (REPLACE, REPLACE.replace("left", "right"))),
    ),
    Mistake(
        "waits before it sends",
        "Every rank waits before it sends: a deadlock. Send first, then yield.",
        answer="waits_first",
    ),
    Mistake(
        "no way around",
        "The last rank's right neighbour is rank 0: take the numbers modulo the number of ranks.",
        changes=(("(rank + 1) % ranks\n", "rank + 1\n"),),
    ),
    Mistake(
        "rest dropped",
        "All parts have len // p numbers, and what is left at the end is not summed. np.array_split cuts any length.",
        answer="rest_dropped",
    ),
    Mistake(
        "rest cut off",
        "All parts have len // p numbers, and the result lacks what is left. np.array_split cuts any length; reshape to x.shape at"
        " the end.",
        answer="rest_cut_off",
    ),
    Mistake(
        "must be divisible",
        "np.split wants parts of equal length. np.array_split does not.",
        answer="must_be_divisible",
    ),
    Mistake(
        "filled with zeros",
        "The sums are right, but zeros that fill up the last part are sent along. np.array_split cuts any length.",
        answer="filled_with_zeros",
    ),
    Mistake(
        "flat",
        "The result is a vector. Give it the shape of x.",
        changes=((JOIN, "return np.concatenate(parts)"),),
    ),
    Mistake(
        "writes into x",
        "The parts are views of x, so adding to them changes the array that was given. Copy them.",
        changes=((CUT, "parts = np.array_split(x.ravel(), ranks)"),),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the arrays are float32.",
        changes=((CUT, "parts = [part.astype(float) for part in np.array_split(x.ravel(), ranks)]"),),
    ),
    Mistake(
        "no generator",
        "This function has no yield, so it returns immediately, and nobody can talk to it. Use send, and `received = yield source`.",
        answer="no_generator",
    ),
    Mistake(
        "too many steps in both rounds",
        "Both rounds make one step too many: p ranks need p - 1 steps in each.",
        changes=((FIRST, "for step in range(ranks):"), (SECOND, "for step in range(ranks):")),
    ),
    Mistake(
        "too few steps in both rounds",
        "Both rounds make one step too few: p ranks need p - 1 steps in each.",
        changes=((FIRST, "for step in range(ranks - 2):"), (SECOND, "for step in range(ranks - 2):")),
    ),
    Mistake(
        "cut along the first axis",
        "np.array_split cuts along the first axis, which a single number does not have. Cut x.ravel(), and reshape at the end.",
        changes=((CUT, "parts = [part.copy() for part in np.array_split(x, ranks)]"), (JOIN, "return np.concatenate(parts)")),
    ),
    Mistake(
        "whole arrays in the second round",
        "The sums are right, but in the second round whole arrays travel. One part in each step is enough.",
        answer="whole_array_in_the_second_round",
    ),
]  # fmt: skip

# --- data_parallel_step ----------------------------------------------------------------------------------------------

MINE = "mine = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)"
TOTAL = "total = yield from ring_all_reduce(np.append(mine, len(x)), rank, ranks, send)"
STEP = "return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype)"


def averages_of_weights(weight, x, y, gradient, lr, rank, ranks, send):
    """Every rank makes a step of its own, and the weights are averaged."""
    new = weight - lr * gradient(weight, x, y) if len(x) else weight
    total = yield from ring_all_reduce(new.astype(weight.dtype), rank, ranks, send)
    return (total / ranks).astype(weight.dtype)


def mean_of_busy_ranks(weight, x, y, gradient, lr, rank, ranks, send):
    """The average of the averages, over the ranks that have examples."""
    mine = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(mine, len(x) > 0), rank, ranks, send)
    return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype)


def leaves_early(weight, x, y, gradient, lr, rank, ranks, send):
    """A rank without examples returns its weight."""
    if len(x) == 0:
        return weight.copy()
    total = yield from ring_all_reduce(np.append(len(x) * gradient(weight, x, y), len(x)), rank, ranks, send)
    return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype)


def idle_keeps_its_weight(weight, x, y, gradient, lr, rank, ranks, send):
    """A rank without examples takes part, but makes no step."""
    mine = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(mine, len(x)), rank, ranks, send)
    return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype) if len(x) else weight.copy()


def last_rank_forgets(weight, x, y, gradient, lr, rank, ranks, send):
    mine = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(len(x) * mine, len(x)), rank, ranks, send)
    mean = mine if rank == ranks - 1 else total[:-1] / total[-1]
    return weight - (lr * mean).astype(weight.dtype)


def rank_0_forgets(weight, x, y, gradient, lr, rank, ranks, send):
    mine = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(len(x) * mine, len(x)), rank, ranks, send)
    mean = mine if rank == 0 else total[:-1] / total[-1]
    return weight - (lr * mean).astype(weight.dtype)


def on_its_own(weight, x, y, gradient, lr, rank, ranks, send):
    """The sum is made, and not used."""
    mine = gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    yield from ring_all_reduce(mine, rank, ranks, send)
    return weight - (lr * mine).astype(weight.dtype)


def of_rank_0(weight, x, y, gradient, lr, rank, ranks, send):
    """Everybody uses the gradient of rank 0."""
    mine = gradient(weight, x, y) if len(x) and rank == 0 else np.zeros_like(weight)
    total = yield from ring_all_reduce(mine, rank, ranks, send)
    return weight - (lr * total).astype(weight.dtype)


PARALLEL = [
    Mistake(
        "mean of means",
        "The ranks' gradients, or weights, are averaged, however many examples each has. Weight each with its number of examples: the single"
        " example of a small part counts too much here.",
        changes=((MINE, MINE.replace("len(x) * gradient", "gradient")), (STEP, STEP.replace("total[-1]", "ranks"))),
        also=("averages_of_weights",),
    ),
    Mistake(
        "mean of the busy ranks",
        "The gradients of the ranks that have examples are averaged, however many each has. Weight them with the number of examples.",
        answer="mean_of_busy_ranks",
    ),
    Mistake(
        "sum of means",
        "The means of the ranks are added and not divided: with p ranks the step is about p times too long.",
        changes=((MINE, MINE.replace("len(x) * gradient", "gradient")), (STEP, STEP.replace(" / total[-1]", ""))),
    ),
    Mistake(
        "means divided by all examples",
        "The means of the ranks are added and divided by the number of all examples. gradient gives a mean: multiply it by len(x)"
        " first.",
        changes=((MINE, MINE.replace("len(x) * gradient", "gradient")),),
    ),
    Mistake(
        "sum over all examples",
        "The sum over all examples is not divided by their number: the step grows with the batch.",
        changes=((STEP, STEP.replace(" / total[-1]", "")),),
    ),
    Mistake(
        "sum divided by the ranks",
        "The sum over all examples is divided by the number of ranks. Divide it by the number of examples.",
        changes=((STEP, STEP.replace("total[-1]", "ranks")),),
    ),
    Mistake(
        "divided by the own count",
        "Each rank divides the sum by its own number of examples, so weights differ from rank to rank. Divide by the number of all.",
        changes=((STEP, STEP.replace("total[-1]", "max(len(x), 1)")),),
    ),
    Mistake(
        "own count times ranks",
        "The number of all examples is taken for the own number times the ranks. The ranks' numbers differ: add them up.",
        changes=((STEP, STEP.replace("total[-1]", "max(len(x) * ranks, 1)")),),
    ),
    Mistake(
        "the last rank forgets",
        "The last rank uses its own gradient, all others the average: from here on its weights are others.",
        answer="last_rank_forgets",
    ),
    Mistake(
        "rank 0 forgets",
        "Rank 0 uses its own gradient, all others the average: from here on its weights are others, and it is the one that is saved.",
        answer="rank_0_forgets",
    ),
    Mistake(
        "each on its own",
        "Each rank uses its own gradient: the sum is made, and not used, so their weights drift apart.",
        answer="on_its_own",
    ),
    Mistake(
        "no yield from",
        "ring_all_reduce is called without `yield from`: that makes a generator, and runs none of it. Write"
        " `total = yield from ring_all_reduce(...)`.",
        changes=((TOTAL, TOTAL.replace("yield from ", "")),),
    ),
    Mistake(
        "the gradient of rank 0",
        "All ranks use the gradient of rank 0. The examples of the others have no effect.",
        answer="of_rank_0",
    ),
    Mistake(
        "leaves early",
        "A rank without examples returns before the sum, and the others wait for it forever. It must take part, with zeros.",
        answer="leaves_early",
    ),
    Mistake(
        "idle rank makes no step",
        "A rank without examples keeps its old weight. It must make the same step as all others.",
        answer="idle_keeps_its_weight",
    ),
    Mistake(
        "gradient of nothing",
        "gradient is called without examples, where a mean is no number. A rank without examples adds zeros.",
        changes=((MINE, "mine = len(x) * gradient(weight, x, y)"),),
    ),
    Mistake(
        "uphill",
        "The step goes uphill: subtract the gradient.",
        changes=((STEP, STEP.replace("weight -", "weight +")),),
    ),
    Mistake(
        "lr forgotten",
        "The learning rate has no effect.",
        changes=((STEP, STEP.replace("lr * ", "")),),
    ),
    Mistake(
        "lr times ranks",
        "The learning rate is multiplied by the number of ranks. That is a choice for larger batches; here the batch is the same.",
        changes=((STEP, STEP.replace("lr * ", "ranks * lr * ")),),
    ),
    Mistake(
        "lr divided by ranks",
        "The step is divided by the number of ranks once too often: the mean over all examples is a mean already.",
        changes=((STEP, STEP.replace("lr * ", "lr / ranks * ")),),
    ),
    Mistake(
        "writes into the weight",
        "The weight that was given is modified. Return a new array.",
        changes=((STEP, "weight -= (lr * total[:-1] / total[-1]).astype(weight.dtype)\n    return weight"),),
    ),
    Mistake(
        "returns the gradient",
        "This is the gradient. Return the new weight: the old one minus lr times it.",
        changes=((STEP, STEP.replace("weight - (lr * ", "("),),),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the weight is float32.",
        changes=((STEP, STEP.replace(".astype(weight.dtype)", "")),),
    ),
    Mistake(
        "yield for yield from",
        "A plain `yield` waits for a message from a rank. To let another generator do its work, write `yield from`.",
        changes=((TOTAL, TOTAL.replace("yield from", "yield")),),
    ),
]

# --- batch_statistics ------------------------------------------------------------------------------------------------

SUMS = "mine = np.append(x.sum(axis=(0, 2, 3)), x[:, 0].size)"
SQUARES = "squares = ((x - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))"
ADD_SQUARES = "squares = yield from ring_all_reduce(squares, rank, ranks, send)"
ANSWER = "return mean.astype(x.dtype), (squares / total[-1]).astype(x.dtype)"


def own(x):
    """The statistics of one rank; zeros without images."""
    if not len(x):
        return np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    return x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))


def mean_of_statistics(x, rank, ranks, send):
    mean, variance = own(x)
    mean = yield from ring_all_reduce(mean, rank, ranks, send)
    variance = yield from ring_all_reduce(variance, rank, ranks, send)
    return mean / x.dtype.type(ranks), variance / x.dtype.type(ranks)


def mean_of_busy_statistics(x, rank, ranks, send):
    mean, variance = own(x)
    busy = yield from ring_all_reduce(np.array([float(len(x) > 0)]), rank, ranks, send)
    mean = yield from ring_all_reduce(mean, rank, ranks, send)
    variance = yield from ring_all_reduce(variance, rank, ranks, send)
    return (mean / busy).astype(x.dtype), (variance / busy).astype(x.dtype)


def weighted_variances(x, rank, ranks, send):
    """The right mean; the variance is the weighted mean of the ranks' variances."""
    mean, variance = own(x)
    count = x[:, 0].size
    total = yield from ring_all_reduce(np.concatenate([count * mean, count * variance, [count]]), rank, ranks, send)
    return tuple((part / total[-1]).astype(x.dtype) for part in np.split(total[:-1], 2))


def mean_of_means(x, rank, ranks, send):
    """The mean of the ranks' means; squared distances from it, with the right count."""
    mean, _ = own(x)
    busy = yield from ring_all_reduce(np.array([float(len(x) > 0), x[:, 0].size]), rank, ranks, send)
    mean = yield from ring_all_reduce(mean, rank, ranks, send)
    mean = mean / busy[0]
    squares = ((x - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), (squares / busy[1]).astype(x.dtype)


def of_the_own_images(x, rank, ranks, send):
    mean, variance = own(x)
    yield from ring_all_reduce(mean, rank, ranks, send)
    return mean, variance


def of_rank_0_statistics(x, rank, ranks, send):
    mean, variance = own(x) if rank == 0 else (0 * one for one in own(x))
    mean = yield from ring_all_reduce(mean, rank, ranks, send)
    variance = yield from ring_all_reduce(variance, rank, ranks, send)
    return mean, variance


def of_squares(x, rank, ranks, send):
    """The mean of the squares minus the square of the mean."""
    sums = np.concatenate([x.sum(axis=(0, 2, 3)), (x**2).sum(axis=(0, 2, 3)), [x[:, 0].size]])
    total = yield from ring_all_reduce(sums, rank, ranks, send)
    mean, square = np.split(total[:-1] / total[-1], 2)
    return mean.astype(x.dtype), (square - mean**2).astype(x.dtype)


def of_squares_in_three_sums(x, rank, ranks, send):
    total = yield from ring_all_reduce(x.sum(axis=(0, 2, 3)), rank, ranks, send)
    squares = yield from ring_all_reduce((x**2).sum(axis=(0, 2, 3)), rank, ranks, send)
    count = yield from ring_all_reduce(np.array([x[:, 0].size]), rank, ranks, send)
    return (total / count).astype(x.dtype), (squares / count - (total / count) ** 2).astype(x.dtype)


def of_the_own_images_alone(x, rank, ranks, send):
    return x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    yield


def over_images_only(x, rank, ranks, send):
    """Statistics of each pixel, and then their means."""
    count = yield from ring_all_reduce(np.array([len(x)]), rank, ranks, send)
    mean = (yield from ring_all_reduce(x.sum(axis=0), rank, ranks, send)) / count
    variance = (yield from ring_all_reduce(((x - mean) ** 2).sum(axis=0), rank, ranks, send)) / count
    return mean.mean(axis=(1, 2)).astype(x.dtype), variance.mean(axis=(1, 2)).astype(x.dtype)


def leaves_without_images(x, rank, ranks, send):
    if len(x) == 0:
        return own(x)
    total = yield from ring_all_reduce(np.append(x.sum(axis=(0, 2, 3)), x[:, 0].size), rank, ranks, send)
    mean = total[:-1] / total[-1]
    squares = ((x - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), (squares / total[-1]).astype(x.dtype)


def mean_of_nothing(x, rank, ranks, send):
    """Means times counts: without images that is nan times 0."""
    count = x[:, 0].size
    with np.errstate(all="ignore"):
        sums = np.full(x.shape[1], np.nan) if not count else count * x.mean(axis=(0, 2, 3))
    total = yield from ring_all_reduce(np.append(sums, count), rank, ranks, send)
    mean = total[:-1] / total[-1]
    squares = ((x - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), (squares / total[-1]).astype(x.dtype)


def from_the_own_mean(x, rank, ranks, send):
    total = yield from ring_all_reduce(np.append(x.sum(axis=(0, 2, 3)), x[:, 0].size), rank, ranks, send)
    mean = total[:-1] / total[-1]
    near = x - x.mean(axis=(0, 2, 3), keepdims=True) if len(x) else x
    squares = yield from ring_all_reduce((near**2).sum(axis=(0, 2, 3)), rank, ranks, send)
    return mean.astype(x.dtype), (squares / total[-1]).astype(x.dtype)


STATISTICS = [
    Mistake(
        "mean of the statistics",
        "The ranks' means and variances are averaged. A rank with more images must count more, and the distance between the ranks'"
        " means belongs to the variance.",
        answer="mean_of_statistics",
        also=("mean_of_busy_statistics",),
    ),
    Mistake(
        "weighted mean of variances",
        "The mean is right, but the variance is a mean of the ranks' variances. The distance between the ranks' means is missing"
        " in it: measure from the common mean.",
        answer="weighted_variances",
        also=("from_the_own_mean",),
    ),
    Mistake(
        "mean of means",
        "The common mean is the mean of the ranks' means. A rank with more pixels must count more: add sums, and divide once.",
        answer="mean_of_means",
    ),
    Mistake(
        "own images only",
        "These are the statistics of the rank's own images, which differ from rank to rank.",
        answer="of_the_own_images",
        also=("of_the_own_images_alone",),
    ),
    Mistake(
        "rank 0's statistics",
        "All ranks have the statistics of rank 0. The images of the others have no effect.",
        answer="of_rank_0_statistics",
    ),
    Mistake(
        "loses digits",
        "The mean of the squares minus the square of the mean: right on paper, but where the mean is large, two nearly equal numbers"
        " are subtracted. Subtract the mean first.",
        answer="of_squares",
        also=("of_squares_in_three_sums",),
    ),
    Mistake(
        "mean of squares",
        "The mean is not subtracted before squaring: this is the mean of the squares.",
        changes=((SQUARES, "squares = (x**2).sum(axis=(0, 2, 3))"),),
    ),
    Mistake(
        "divides by n - 1",
        "The variance divides by n - 1. Batch norm divides by n, the number of pixels.",
        changes=((ANSWER, ANSWER.replace("total[-1]", "(total[-1] - 1)")),),
    ),
    Mistake(
        "standard deviation",
        "This is the standard deviation. The variance is asked for, without a root.",
        changes=((ANSWER, "return mean.astype(x.dtype), np.sqrt(squares / total[-1]).astype(x.dtype)"),),
    ),
    Mistake(
        "sum of squares",
        "The squared distances are added up, but not divided by their number.",
        changes=((ANSWER, "return mean.astype(x.dtype), squares.astype(x.dtype)"),),
    ),
    Mistake(
        "counts images",
        "The sums are divided by the number of images. Each image has H * W pixels of a channel.",
        changes=((SUMS, SUMS.replace("x[:, 0].size", "len(x)")),),
    ),
    Mistake(
        "counts channels, too",
        "The count is x.size, which includes the channels. A channel has x.size / C pixels.",
        changes=((SUMS, SUMS.replace("x[:, 0].size", "x.size")),),
    ),
    Mistake(
        "squares not added up",
        "The squared distances of the own images only: the second sum over the ranks is missing.",
        changes=((ADD_SQUARES, "yield from ring_all_reduce(squares, rank, ranks, send)"),),
    ),
    Mistake(
        "no yield from",
        "ring_all_reduce is called without `yield from`: that makes a generator, and runs none of it. Write"
        " `total = yield from ring_all_reduce(...)`.",
        changes=(("total = yield from ", "total = "), ("squares = yield from ", "squares = ")),
    ),
    Mistake(
        "variance first",
        "The variance comes first here. Return (mean, variance).",
        changes=((ANSWER, "return (squares / total[-1]).astype(x.dtype), mean.astype(x.dtype)"),),
    ),
    Mistake(
        "leaves without images",
        "A rank without images returns before the sums, and the others wait for it forever. It must take part, with zeros.",
        answer="leaves_without_images",
    ),
    Mistake(
        "mean of nothing",
        "A rank without images adds a mean of nothing, which is nan. Add sums: a sum of nothing is 0.",
        answer="mean_of_nothing",
    ),
    Mistake(
        "one number for all channels",
        "Mean and variance run over the channels, too. Each channel has its own.",
        changes=((SUMS, "mine = np.append(np.full(x.shape[1], x.sum()), x.size)"),
                 (SQUARES, "squares = np.full(x.shape[1], ((x - mean[:, None, None]) ** 2).sum())")),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the images are float32.",
        changes=((ANSWER, "return mean.astype(float), (squares / total[-1]).astype(float)"),),
    ),
    Mistake(
        "yield for yield from",
        "A plain `yield` waits for a message from a rank. To let another generator do its work, write `yield from`.",
        changes=(("total = yield from", "total = yield"), ("squares = yield from", "squares = yield")),
    ),
    Mistake(
        "each pixel by itself",
        "Each place of the map has statistics of its own here, which are then averaged. A channel's are over images and pixels together.",
        answer="over_images_only",
    ),
    Mistake(
        "axes kept",
        "Mean and variance have axes of length 1 left. They are (C,): leave out keepdims, or take [0, :, 0, 0].",
        changes=((ANSWER, "return mean[None, :, None, None].astype(x.dtype), (squares / total[-1])[None, :, None, None].astype(x.dtype)"),),
    ),
    Mistake(
        "subtracted along the width",
        "The channels' means are subtracted along the last axis, the width. Give them axes for the pixels: mean[:, None, None].",
        changes=((SQUARES, SQUARES.replace("mean[:, None, None]", "mean")),),
    ),
]  # fmt: skip


MISTAKES = {"ring_all_reduce": RING, "data_parallel_step": PARALLEL, "batch_statistics": STATISTICS}
