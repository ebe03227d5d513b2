"""What the answers of lesson 24 must do. All ranks run in one process, by a post office like that of the lesson.

The right answers come from all arrays, examples or images in one place. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.convolutions import numbers
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# --- The probe: it runs in the student's process, so it brings its post office with it --------------------------------


def on_ranks(program, inputs, wanted="results"):
    """Run the program on all ranks. RuntimeError if they wait for each other, or leave mail unread.

    inputs: a list of its first arguments on each rank; "gradient" among them stands for a function
    wanted: "results", or "bits": whether they are the same on all ranks to the last bit, or "messages": {messages: of each
            rank, bytes: of each, neighbours: to how many others each sends}, or "bytes": the bytes of all together
    """
    ranks, mail, sent, to_whom = len(inputs), {}, [[] for _ in inputs], [set() for _ in inputs]

    def sender(rank):
        def send(to, array):
            mail.setdefault((rank, range(ranks)[to]), []).append(np.array(array))
            sent[rank].append(np.array(array).nbytes)
            to_whom[rank].add(range(ranks)[to])

        return send

    def gradient(weight, x, y):
        if not len(x):
            raise ValueError("gradient is called without examples")
        return x.T @ (x @ weight - y) / len(x)

    given = [[gradient if isinstance(one, str) else one for one in arguments] for arguments in inputs]
    programs = [program(*given[rank], rank, ranks, sender(rank)) for rank in range(ranks)]
    for one in programs:
        if not hasattr(one, "send"):
            raise TypeError("the function returned a value instead of a generator: it has no yield")
    results, waits, ready = [None] * ranks, {}, [(rank, None) for rank in range(ranks)]
    while ready:
        for rank, message in ready:
            try:
                waits[rank] = programs[rank].send(message)
            except StopIteration as end:
                results[rank] = end.value
                waits.pop(rank, None)
        ready = [(rank, mail[source, rank].pop(0)) for rank, source in waits.items() if mail.get((source, rank))]
    if waits:
        raise RuntimeError("; ".join(f"rank {rank} waits for rank {source}" for rank, source in sorted(waits.items())))
    unread = sorted(pair for pair, letters in mail.items() if letters)
    if unread:
        raise RuntimeError("; ".join(f"rank {to} has not read all mail of rank {source}" for source, to in unread))
    if wanted == "bits":
        return [np.array(result).tobytes() == np.array(results[0]).tobytes() for result in results]
    if wanted == "messages":
        neighbours = [len(others) for others in to_whom]
        return {"messages": [len(one) for one in sent], "bytes": [sum(one) for one in sent], "neighbours": neighbours}
    return sum(map(sum, sent)) if wanted == "bytes" else results


def call(name, inputs):
    """The line that a student would type."""
    return f"run_ranks({name}, [{', '.join(inputs)}])[0]"


# --- ring_all_reduce -------------------------------------------------------------------------------------------------


def ring_by_hand(rng):
    for rows, note in (
        ([[1, 2, 3], [10, 20, 30], [100, 200, 300]], "the three ranks of section 2"),
        ([[1, 2], [10, 20]], "two ranks: the left neighbour is the right one, too"),
        ([[5, 6, 7]], "one rank: nobody to talk to"),
        ([[1, 2, 3, 4], [10, 20, 30, 40], [0, 0, 0, 0], [-1, -2, -3, -4]], "four ranks"),
    ):
        line = call("ring_all_reduce", [f"(np.array({row}),)" for row in rows])
        right = np.sum(rows, axis=0)
        yield Case(([[np.array(row)] for row in rows],), [right] * len(rows), note=note, typed=line)


def summed(settings, dtype=np.float64, wanted="results"):
    """A property's cases: (ranks, shape of the arrays), what is special."""

    def cases(rng):
        for (ranks, shape), note in settings:
            arrays = [numbers(rng, *shape).astype(dtype) for _ in range(ranks)]
            inputs = [[array] for array in arrays]
            if wanted == "bits":
                yield Case((inputs, wanted), [True] * ranks, note=f"{note}: are the results those of rank 0, bit by bit?")
            else:
                yield Case((inputs,), [np.sum(arrays, axis=0, dtype=dtype)] * ranks, note=note)

    return cases


EVEN = [
    ((2, (4,)), "two ranks, four numbers"),
    ((3, (6,)), "three ranks, six numbers"),
    ((4, (8,)), "four ranks, eight numbers"),
    ((5, (40,)), "five ranks, forty numbers"),
]
SHAPES = [
    ((2, (2, 3)), "a matrix"),
    ((3, (2, 3, 4)), "three axes"),
    ((4, (3, 5)), "15 numbers on four ranks"),
    ((6, (7, 2)), "14 numbers on six ranks"),
]
LENGTHS = [
    ((2, (3,)), "three numbers on two ranks"),
    ((3, (7,)), "seven numbers on three ranks"),
    ((4, (2,)), "two numbers on four ranks: some parts are empty"),
    ((5, (1,)), "one number on five ranks"),
    ((3, (0,)), "no numbers"),
    ((3, ()), "a single number, of no axis"),
]
BITS = [((3, (30,)), "thirty numbers"), ((5, (31,)), "31 numbers on five ranks")]


def counted(rng):
    for ranks, length in ((2, 6), (3, 6), (4, 8), (5, 10)):
        inputs = [[numbers(rng, length)] for _ in range(ranks)]
        steps = 2 * (ranks - 1)
        right = {"messages": [steps] * ranks, "bytes": [8 * length // ranks * steps] * ranks, "neighbours": [1] * ranks}
        yield Case((inputs, "messages"), right, note=f"what each of {ranks} ranks sends of {length} float64")


def counted_together(rng):
    for ranks, length in ((3, 7), (4, 10), (5, 3)):
        inputs = [[numbers(rng, length)] for _ in range(ranks)]
        note = f"the bytes that all {ranks} ranks send, of {length} float64 each: 2 * (ranks - 1) arrays"
        yield Case((inputs, "bytes"), 2 * (ranks - 1) * 8 * length, note=note)


# --- data_parallel_step ----------------------------------------------------------------------------------------------


def mean_gradient(weight, x, y):
    return x.T @ (x @ weight - y) / len(x)


def step_of_one(weight, parts, lr):
    x, y = (np.concatenate(arrays) for arrays in zip(*parts))
    return (weight - lr * mean_gradient(weight, x, y)).astype(weight.dtype)


def step_by_hand(rng):
    # with x = 1 and weight 0 the gradient is -y: the mean of the labels, negative
    for labels, lr, note in (
        ([[-1.0, -1, -1], [-5]], 1.0, "gradient 1 of three examples, 5 of one: together 2"),
        ([[-2.0], [-4]], 0.5, "equal parts, lr 0.5"),
        ([[-3.0, 1]], 1.0, "one rank"),
        ([[-6.0, -6], [], [-3]], 1.0, "the second rank has no examples: (6 + 6 + 3) / 3 = 5"),
    ):
        inputs = [[np.zeros(1), np.ones((len(y), 1)), np.array(y), "gradient", lr] for y in labels]
        mean = np.mean(np.concatenate(labels))
        yield Case((inputs,), [np.array([lr * mean])] * len(labels), note=note, typed=step_line(labels, lr))


def step_line(labels, lr):
    examples = ", ".join(f"(np.zeros(1), np.ones(({len(y)}, 1)), np.array({list(map(float, y))}), gradient, {lr})" for y in labels)
    return f"gradient = lambda weight, x, y: x.T @ (x @ weight - y) / len(x)\nrun_ranks(data_parallel_step, [{examples}])[0]"


def steps(settings, dtype=np.float64, wanted="results"):
    """A property's cases: the number of examples on each rank, D, lr; what is special."""

    def cases(rng):
        for (counts, D, lr), note in settings:
            weight = signed(rng, D).astype(dtype)
            parts = [(signed(rng, n, D).astype(dtype), signed(rng, n).astype(dtype)) for n in counts]
            inputs = [[weight.copy(), x, y, "gradient", lr] for x, y in parts]
            if wanted == "bits":
                yield Case((inputs, wanted), [True] * len(counts), note="are the weights those of rank 0, bit by bit?")
            else:
                yield Case((inputs,), [step_of_one(weight, parts, lr)] * len(counts), note=note)

    return cases


EQUAL = [
    (((2, 2), 2, 1.0), "two ranks, two examples each"),
    (((3, 3, 3), 4, 0.1), "three ranks, three examples each"),
    (((5,), 3, 0.25), "one rank"),
]
UNEQUAL = [
    (((3, 1), 1, 1.0), "three examples and one"),
    (((1, 4, 2), 3, 0.5), "one example, four, two"),
    (((9, 9, 6, 6), 5, 0.2), "a batch of 30 on four ranks"),
    (((1, 2, 3, 4, 5), 2, 0.01), "five ranks"),
]
EMPTY = [
    (((2, 0), 2, 1.0), "the last rank has no examples"),
    (((0, 3), 3, 0.5), "the first rank has no examples"),
    (((0, 2, 0, 1), 2, 0.1), "two of four ranks have no examples"),
]

# --- batch_statistics ------------------------------------------------------------------------------------------------


def statistics_by_hand(rng):
    for rows, mean, variance, note in (
        ([[0.0, 2], [10, 12]], 6.0, 26.0, "two ranks with one image of 1 x 2 each: the numbers of section 5"),
        ([[1.0, 3]], 2.0, 1.0, "one rank"),
        ([[2.0, 2, 2], [6]], 3.0, 3.0, "three pixels and one"),
        ([[4.0, 8], []], 6.0, 4.0, "the second rank has no images"),
    ):
        images = [np.array(row, float).reshape(min(len(row), 1), 1, 1, len(row) or 2) for row in rows]
        shapes = [f"(np.array({row}, float).reshape({image.shape}),)" for row, image in zip(rows, images)]
        right = [(np.array([mean]), np.array([variance]))] * len(rows)
        yield Case(([[image] for image in images],), right, note=note, typed=call("batch_statistics", shapes))


def statistics(settings, dtype=np.float64, offset=0.0, spread=1.0):
    """A property's cases: the number of images on each rank, C, H, W; what is special. Each rank has another mean."""

    def cases(rng):
        for (counts, C, H, W), note in settings:
            parts = []
            for rank, n in enumerate(counts):
                x = spread * (signed(rng, n, C, H, W) + 2 * rank - np.arange(C)[:, None, None]) + offset
                parts.append(x.astype(dtype))
            whole = np.concatenate(parts).astype(np.float64)
            right = tuple(f(whole, axis=(0, 2, 3)).astype(dtype) for f in (np.mean, np.var))
            yield Case(([[x] for x in parts],), [right] * len(counts), note=note, rtol=1e-5 if offset else 1e-9)

    return cases


SAME_COUNTS = [
    (((1, 1), 1, 1, 2), "one image each"),
    (((2, 2, 2), 3, 2, 4), "two images each, three channels"),
]
OTHER_COUNTS = [
    (((1, 3), 1, 2, 2), "one image and three"),
    (((2, 1, 4), 2, 3, 2), "two, one, four images of two channels"),
    (((1, 2, 3, 1), 5, 2, 3), "four ranks, five channels"),
]
NO_IMAGES = [
    (((2, 0), 2, 2, 3), "the last rank has no images"),
    (((0, 1, 0), 3, 1, 2), "only the second rank has one"),
]

EXERCISES = [
    Exercise(
        "ring_all_reduce",
        (
            Property("worked by hand", ring_by_hand, 2, on_ranks),
            Property("sums arrays whose length the ranks divide", summed(EVEN), 1, on_ranks),
            Property("returns the shape of x", summed(SHAPES), 1, on_ranks),
            Property("any length: not divisible, shorter than the ranks, empty", summed(LENGTHS), 2, on_ranks),
            Property("2 (p - 1) messages of 1/p of the array, to one neighbour", counted, 2, on_ranks),
            Property("no byte more than 2 (p - 1) arrays, all ranks together", counted_together, 1, on_ranks),
            Property("the same to the last bit on all ranks", summed(BITS, wanted="bits"), 1, on_ranks),
            Property("float32 stays float32", summed((EVEN[2], LENGTHS[1]), np.float32), 1, on_ranks),
        ),
        optional=True,
        hints=(
            "Cut x into copies of parts with np.array_split, and play the tables of section 2 through for rank 0: which part does"
            + " it send in each step, and which does it receive?",
            "In step s of the first round, rank r sends part r - s and adds what it receives to part r - s - 1, all modulo the"
            + " number of ranks.",
            "In the second round it sends part r + 1 - s, and what it receives replaces part r - s. Join the parts with"
            + " np.concatenate, and reshape.",
            "The middle of both loops: send(right, parts[(rank - step) % ranks]), then `received = yield left`.",
        ),
    ),
    Exercise(
        "data_parallel_step",
        (
            Property("worked by hand", step_by_hand, 2, on_ranks),
            Property("equals one process for equal parts", steps(EQUAL), 1, on_ranks),
            Property("equals one process for unequal parts", steps(UNEQUAL), 2, on_ranks),
            Property("ranks without examples take part", steps(EMPTY), 2, on_ranks),
            Property("all ranks have the same weights, to the last bit", steps(UNEQUAL[1:3], wanted="bits"), 1, on_ranks),
            Property("float32 stays float32", steps(UNEQUAL[1:3], np.float32), 1, on_ranks),
        ),
        uses=("24.ring_all_reduce",),
        optional=True,
        hints=(
            "The mean over all examples is the sum over all examples, divided by their number. Which two sums do you need?",
            "gradient gives a mean; len(x) times it is a sum. A rank without examples adds zeros.",
            "Append len(x) to the sum of gradients, and one call of `yield from ring_all_reduce(...)` adds both.",
        ),
    ),
    Exercise(
        "batch_statistics",
        (
            Property("worked by hand", statistics_by_hand, 2, on_ranks),
            Property("equals one process for equal numbers of images", statistics(SAME_COUNTS), 1, on_ranks),
            Property("equals one process for unequal numbers of images", statistics(OTHER_COUNTS), 2, on_ranks),
            Property("ranks without images take part", statistics(NO_IMAGES), 2, on_ranks),
            Property("keeps its digits where the mean is large", statistics(OTHER_COUNTS[:2], offset=2e7, spread=1e-2), 1, on_ranks),
            Property("float32 stays float32", statistics(OTHER_COUNTS[1:], np.float32), 1, on_ranks),
        ),
        uses=("24.ring_all_reduce",),
        optional=True,
        hints=(
            "First the mean of all ranks: which sum, and which count? Only then can anybody measure a distance from it.",
            "The count of a channel is x[:, 0].size: images times pixels. Append it to x.sum(axis=(0, 2, 3)).",
            "Sum (x - mean[:, None, None]) ** 2 over the same axes, add it up around the ring, and divide by the same count.",
        ),
    ),
]
