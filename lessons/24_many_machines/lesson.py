# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 24: More than one machine
#
# How can four machines train one net, and end with the weights that one machine would have?
#
# Give each machine a quarter of the batch. The gradient of a sum is the sum of the gradients, so all they have to do is
# add up. This lesson is about that addition: how to do it without a machine in the middle that everybody waits for, and
# what must be added so that the result does not depend on the number of machines. It can go wrong without any error
# message; you will see how in a figure.
#
# *Section 4.3 of the paper (Optimization: minibatches) · builds on lessons 4, 15 and 20 · an elective · 80 minutes*
#
# 1. [Programs that talk](#1.-Programs-that-talk)
# 2. [Around the ring](#2.-Around-the-ring)
# 3. [Who waits for whom?](#3.-Who-waits-for-whom?)
# 4. [One step on many ranks](#4.-One-step-on-many-ranks)
# 5. [What is not a sum](#5.-What-is-not-a-sum)
# 6. [How long does it take?](#6.-How-long-does-it-take?)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect
from collections import defaultdict, deque

import numpy as np

from minifcn import plot
from minifcn.bench.machine import cpu_model
from minifcn.bench.ranks import SUMS, mpiexec, start
from minifcn.course import check, hint
from minifcn.extras import installed

rng = np.random.default_rng(0)

# %% [markdown]
# Stuck? `hint("24.ring_all_reduce")` gives a nudge, and one more each time you call it.
#
# ## 1. Programs that talk
#
# All machines run *the same program*. What differs is a number, the **rank**: 0, 1, ..., $p - 1$ for $p$ machines. They
# share no memory. They can do two things: send an array to another rank, and wait for an array from another rank. Others
# call this *message passing*; its best-known library is MPI.
#
# Here the ranks are simulated, in one process. Python has just what is needed, a function that can be paused:
#
# ```python
# send(2, x)           # puts a copy of x into the mail for rank 2, and goes on
# y = yield 1          # waits for a message from rank 1; y is that message
# ```
#
# A function with `yield` in it is a *generator*. At each `yield` it stops, says whom it waits for, and is continued when a
# message is there. `run_ranks` is the post office: it continues whichever rank has mail, and counts what is sent. If
# nobody can go on, it names those that wait.


# %%
def run_ranks(program, inputs):
    """Run program(*inputs[rank], rank, ranks, send) on all ranks: ([what each returns], [(messages, bytes) that each sent])."""
    ranks, mail = len(inputs), defaultdict(deque)
    sent = np.zeros((ranks, 2), int)

    def sender(rank):
        def send(to, array):
            mail[rank, range(ranks)[to]].append(np.array(array))  # IndexError if there is no such rank
            sent[rank] += 1, np.array(array).nbytes

        return send

    programs = [program(*given, rank, ranks, sender(rank)) for rank, given in enumerate(inputs)]
    results, waits = [None] * ranks, {}
    ready = [(rank, None) for rank in range(ranks)]
    while ready:
        for rank, message in ready:
            try:
                waits[rank] = programs[rank].send(message)  # on to the next yield
            except StopIteration as end:
                results[rank] = end.value
                waits.pop(rank, None)
        ready = [(rank, mail[source, rank].popleft()) for rank, source in waits.items() if mail[source, rank]]
    if waits:
        raise RuntimeError("; ".join(f"rank {rank} waits for rank {source}" for rank, source in sorted(waits.items())))
    if unread := [pair for pair, letters in mail.items() if letters]:
        raise RuntimeError("; ".join(f"rank {to} has not read all mail of rank {source}" for source, to in unread))
    return results, sent.tolist()


# %% [markdown]
# A first program. Every rank has an array, and all want the sum: an **all-reduce**. The obvious way goes through rank 0.
# All others send it their arrays; it adds them up and sends the sum back.


# %%
def sum_through_rank_0(x, rank, ranks, send):
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


# %% [markdown]
# **What do you expect?** Four ranks have 1,000 numbers of 8 bytes each. How many bytes does rank 0 send, and how many
# does each of the others?

# %% tags=["expected"]
results, sent = run_ranks(sum_through_rank_0, [(np.full(1000, 10.0**rank),) for rank in range(4)])
print("the sums begin with", [float(result[0]) for result in results])
for rank, (messages, size) in enumerate(sent):
    print(f"rank {rank} sends {messages} messages, {size:,} bytes")

# %% [markdown]
# The sum is right, but the work is not shared: rank 0 sends $p - 1$ arrays and receives as many, while the others wait. With
# 64 ranks and VGG16's 134 million weights, 34 GB would have to leave rank 0 in every step.
#
# ## 2. Around the ring
#
# Put the ranks in a circle. Each sends only to its right neighbour, rank $+ 1$, and hears only from the left; rank $p - 1$
# sends to rank 0. Cut every array into $p$ parts, 0 to $p - 1$. Three ranks by hand, with one number in each part:
#
# | | part 0 | part 1 | part 2 |
# |---|---|---|---|
# | rank 0 | $1$ | $2$ | $3$ |
# | rank 1 | $10$ | $20$ | $30$ |
# | rank 2 | $100$ | $200$ | $300$ |
#
# **First round: reduce-scatter.** In step 0, rank $r$ sends its part $r$ to the right, where it is *added* to that rank's part
# $r$. In step 1 it passes on the part that it has just added to, and so on, $p - 1$ times.
#
# | after step | rank 0 | rank 1 | rank 2 |
# |---|---|---|---|
# | 0 | $1, 2, \mathbf{303}$ | $\mathbf{11}, 20, 30$ | $100, \mathbf{220}, 300$ |
# | 1 | $1, \mathbf{222}, 303$ | $11, 20, \mathbf{333}$ | $\mathbf{111}, 220, 300$ |
#
# Part 0 went from rank 0 over 1 to 2, and has collected $1 + 10 + 100$. Now each part is complete on exactly one rank: rank $r$
# has the sum of part $r + 1$.
#
# **Second round: all-gather.** Now complete parts travel, in the same direction, and *replace* what is there. In step 0, rank
# $r$ sends part $r + 1$; after that it passes on what it has just received. After $p - 1$ steps everybody has everything:
#
# | after step | rank 0 | rank 1 | rank 2 |
# |---|---|---|---|
# | 0 | $\mathbf{111}, 222, 303$ | $11, \mathbf{222}, 333$ | $111, 220, \mathbf{333}$ |
# | 1 | $111, 222, \mathbf{333}$ | $\mathbf{111}, 222, 333$ | $111, \mathbf{222}, 333$ |
#
# (All numbers of parts are to be taken modulo $p$: part $r + 1$ of the last rank is part 0.)
#
# **What does it cost?** Each rank sends $2(p - 1)$ parts, each $1/p$ of the array:
#
# $$ 2\,\frac{p - 1}{p} \cdot \text{the bytes of the array.} $$
#
# For 2 ranks that is one array, for 4 it is $1.5$, for 1,000 it is $1.998$. **It never exceeds two arrays, whatever the
# number of ranks**, and no algorithm can do with fewer bytes. Patarasuk and Yuan (2009) prove it.
#
# If the length is not divisible by $p$, some parts are one number longer than others; if it is smaller than $p$, some are
# empty. `np.array_split` cuts in this way. Do not write into the array that you are given.
#
# ### Exercise 1: the sum around the ring


# %%
def ring_all_reduce(x, rank, ranks, send):
    """The sum of all ranks' arrays, on every rank, around a ring. The program of one rank: a generator.

    x:    this rank's array, of any shape and length, 0 included; the same shape and dtype on all ranks
    rank: the number of this rank, 0 to ranks - 1
    send: send(to, array) mails a copy; `array = yield source` waits for one from rank `source`
    Returns the sum: a new array of the shape and dtype of x, the same to the last bit on all ranks.
    Messages go to one neighbour only, 2 * (ranks - 1) of them, each of about x.size / ranks numbers.

    Three ranks with [1, 2, 3], [10, 20, 30] and [100, 200, 300]: each returns [111, 222, 333].
    """
    ### BEGIN SOLUTION
    parts = [part.copy() for part in np.array_split(x.ravel(), ranks)]
    left, right = (rank - 1) % ranks, (rank + 1) % ranks
    for step in range(ranks - 1):  # reduce-scatter
        send(right, parts[(rank - step) % ranks])
        parts[(rank - step - 1) % ranks] += yield left
    for step in range(ranks - 1):  # all-gather
        send(right, parts[(rank - step + 1) % ranks])
        parts[(rank - step) % ranks] = yield left
    return np.concatenate(parts).reshape(x.shape)
    ### END SOLUTION


# %%
check("24.ring_all_reduce", ring_all_reduce)

# %% [markdown]
# **What do you expect?** Which column of the table below hardly changes from 4 ranks to 64?

# %% tags=["expected"]
print("ranks   the busiest rank sends: through rank 0              ring")
for ranks in 2, 4, 8, 16, 64:
    inputs = [(rng.standard_normal(6400),) for _ in range(ranks)]
    most = [max(run_ranks(program, inputs)[1]) for program in (sum_through_rank_0, ring_all_reduce)]
    print(f"{ranks:5}", *(f"{messages:12} messages, {size / 51200:5.2f} arrays" for messages, size in most))

# %% [markdown]
# Less than two arrays, as promised. What grows is the number of messages. Each costs some time before its first byte
# arrives, the *latency*; section 6 weighs the two.
#
# ## 3. Who waits for whom?
#
# Here is a ring whose ranks first wait, and then send. It looks harmless.
#
# **What do you expect?** What does the post office say?


# %% tags=["expected"]
def polite(x, rank, ranks, send):
    from_the_left = yield (rank - 1) % ranks
    send((rank + 1) % ranks, x)
    return from_the_left


try:
    run_ranks(polite, [(np.ones(1),)] * 3)
except RuntimeError as error:
    print(error)

# %% [markdown]
# Everybody waits, nobody sends: a **deadlock**. No program has crashed, none of them contains a wrong number. On real
# machines this is a job that hangs until somebody looks. It also happens when one rank leaves early, with an exception, or
# because an `if` spared it a call: a collective operation must be called by *all* ranks, in the same order.
#
# > **Often misunderstood.** Our `send` never waits; MPI's may. `MPI_Send` is allowed to return only when the other side has
# > taken the message, and with large arrays it does wait. Then a ring in which everybody sends first is a deadlock, too,
# > one that does not show in tests with small arrays. Therefore MPI has `Isend`, which returns immediately, and `Sendrecv`.
#
# ## 4. One step on many ranks
#
# The loss of a batch is a mean over its $n$ examples. Let rank $r$ have $n_r$ of them, and let $g_r$ be the gradient of
# *its* mean. The gradient of the whole batch is
#
# $$ g = \frac{\sum_r n_r\, g_r}{\sum_r n_r}. $$
#
# By hand: one rank has 3 examples and the gradient $1$, another has 1 example and the gradient $5$. Together that is
# $(3 \cdot 1 + 1 \cdot 5)/4 = 2$. The mean of the two gradients would be $3$: the single example would count three times as
# much as each of the others. With equal parts the mistake does not show, and parts are equal in all batches but the last.
#
# For labelled pixels it is worse. FCN's loss is a mean over *labelled* pixels (lesson 14), and their number differs from image
# to image. So $n_r$ must count what the mean counts.
#
# A rank may be left without an example, when the last batch is small. A mean over nothing is no number, yet this rank
# must take part in the sum, or the others wait for it forever.
#
# Inside a generator, call another one with `yield from`: `total = yield from ring_all_reduce(x, rank, ranks, send)`.
#
# ### Exercise 2: a step on many ranks


# %%
def data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send):
    """One step of gradient descent on the batch of all ranks together. The program of one rank: a generator.

    weight: (D,), the same on all ranks; not modified
    x, y:   this rank's examples and their labels; len(x) may differ from rank to rank, and may be 0
    gradient: gradient(weight, x, y) is the gradient (D,) of the MEAN loss of these examples; not to be
              called without examples. The batch as a whole has at least one
    lr:     the learning rate
    Returns the new weight (D,), of its dtype: on every rank that of one process with the whole batch.
    You may call ring_all_reduce.
    """
    ### BEGIN SOLUTION
    mine = len(x) * gradient(weight, x, y) if len(x) else np.zeros_like(weight)
    total = yield from ring_all_reduce(np.append(mine, len(x)), rank, ranks, send)
    return weight - (lr * total[:-1] / total[-1]).astype(weight.dtype)
    ### END SOLUTION


# %%
check("24.data_parallel_step", data_parallel_step)

# %% [markdown]
# Fifty steps of logistic regression, in one process and on four ranks. The batches of 30 are divided into 9, 9, 6 and 6.


# %% tags=["expected"]
def gradient(weight, x, y):
    """Of the mean cross-entropy of a classifier with two classes: x (n, D), y (n,) of 0 and 1."""
    probability = 1 / (1 + np.exp(-x @ weight))
    return x.T @ (probability - y) / len(x)


def train(ranks, steps, step_of):
    """The weights of all ranks after each step: (steps + 1, ranks, D)."""
    weights, history = [np.zeros(8)] * ranks, []
    draw, direction = np.random.default_rng(1), np.linspace(-2, 2, 8)
    for step in range(steps + 1):
        history.append(np.stack(weights))
        x = draw.standard_normal((30, 8))
        y = (draw.random(30) < 1 / (1 + np.exp(-x @ direction))).astype(float)
        parts = [np.s_[0:9], np.s_[9:18], np.s_[18:24], np.s_[24:30]] if ranks == 4 else [np.s_[:]]
        inputs = [(w, x[part], y[part], gradient, 0.5) for w, part in zip(weights, parts)]
        weights, _ = run_ranks(step_of(step), inputs)
    return np.stack(history)


alone = train(1, 50, lambda step: data_parallel_step)
four = train(4, 50, lambda step: data_parallel_step)
print("largest weight:", abs(alone).max().round(3))
print("four ranks against one:", "equal to 1e-12" if abs(four - alone).max() < 1e-12 else "different")
print("rank against rank:", "equal to the bit" if (four == four[:, :1]).all() else "different")

# %% [markdown]
# The ranks agree *to the bit*, since all of them received the same sums. With one process they agree up to rounding: four
# partial sums are added in another order.
#
# Now the mistake that gave this section its place. Rank 2 takes part in the sum, so nobody hangs. But it updates its weights
# with its own gradient: somebody has written the average into the wrong variable. Once it does so at step 20 only, once in
# every step.
#
# **What do you expect?** After step 20 rank 2 behaves again. Does the distance between its weights and those of rank 0 fall
# to zero, stay, or grow?


# %% tags=["expected"]
def forgetful(wrong):
    """A function of the step: the program in which rank 2 uses its own gradient in those steps."""

    def program(weight, x, y, gradient, lr, rank, ranks, send):
        new = yield from data_parallel_step(weight, x, y, gradient, lr, rank, ranks, send)
        return weight - lr * gradient(weight, x, y) if rank == 2 else new

    return lambda step: program if wrong(step) else data_parallel_step


def distance(history):
    """Of rank 2's weights from rank 0's, after each step."""
    return np.linalg.norm(history[:, 2] - history[:, 0], axis=1)


once = distance(train(4, 100, forgetful(lambda step: step == 20)))
always = distance(train(4, 100, forgetful(lambda step: True)))
print(f"once: {once[20]:.3f} before, {once[21]:.3f} after, {once[-1]:.3f} at the end")

# %% [markdown]
# It stays as it is. From step 21 on both ranks add *the same* average to weights that differ, so the difference never
# changes. Nothing pulls the copies together: data-parallel training averages gradients, not weights. From then on rank 2 sends
# gradients that belong to weights of its own, and the others apply them to theirs. No curve of the loss shows it, because rank 0
# reports its own. And if the mistake is made in every step, rank 2 trains alone, on its six examples. You will see both in
# the figure of section 6. The cure is a test that compares the ranks' weights to the bit.
#
# Three more ways to get it wrong look fine on one rank. *Summing* instead of averaging multiplies the learning rate by $p$.
# *Averaging the means* is right only for equal parts. And starting from different weights, with a random generator whose seed
# depends on the rank, is the forgotten average at step 0.
#
# ## 5. What is not a sum
#
# The gradient of a batch is a sum over its images as long as each image is computed by itself. Two layers need more than that.
#
# **Batch norm** subtracts the mean of the batch and divides by its standard deviation (lesson 15). On four ranks, whose
# mean? With statistics of its own, a rank with two images normalises by two images. To get what one process gets, the ranks must
# share them. Others call this *synchronised batch norm*.
#
# The mean is a sum and a count. The variance is not the mean of the ranks' variances. By hand: rank 0 has the numbers
# $0, 2$, rank 1 has $10, 12$. Both have variance 1. Together the mean is 6, and the variance
# $\frac14(36 + 16 + 16 + 36) = 26$. Each rank must measure distances from the *common* mean. That takes two sums, one after
# the other.
#
# Could one sum do, of $x$ and of $x^2$, since the variance is the mean of $x^2$ minus the squared mean? On paper. If the mean is
# $10^6$ and the spread 1, the two terms are $10^{12}$ and their difference is 1: of 16 digits 12 are lost.
#
# ### Exercise 3: the statistics of a batch on many ranks


# %%
def batch_statistics(x, rank, ranks, send):
    """Mean and variance of each channel over the images of all ranks. The program of one rank: a generator.

    x: (n, C, H, W), this rank's images, floats; n may differ from rank to rank, and may be 0
    Returns (mean, variance), each (C,), of the dtype of x, over the images and pixels of all ranks. The
    variance divides by their number, as batch norm's does. It must not lose its digits where the mean is
    far from 0. You may call ring_all_reduce.
    """
    ### BEGIN SOLUTION
    mine = np.append(x.sum(axis=(0, 2, 3)), x[:, 0].size)
    total = yield from ring_all_reduce(mine, rank, ranks, send)
    mean = total[:-1] / total[-1]
    squares = ((x - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))
    squares = yield from ring_all_reduce(squares, rank, ranks, send)
    return mean.astype(x.dtype), (squares / total[-1]).astype(x.dtype)
    ### END SOLUTION


# %%
check("24.batch_statistics", batch_statistics)

# %% [markdown]
# The backward pass of batch norm needs two sums over the batch as well, and so two more calls.
#
# **Dropout** draws at random. If every rank starts with the same seed, all of them draw the *same* mask for different
# images.
#
# **What do you expect?** A batch of 8 images is trained with a mask for each. On four ranks with the same seed, how many
# different masks are there?

# %% tags=["expected"]
one_process = np.random.default_rng(7).random((8, 16)) < 0.5
same_seed = np.concatenate([np.random.default_rng(7).random((2, 16)) < 0.5 for _ in range(4)])
for name, masks in ("one process", one_process), ("four ranks, one seed", same_seed):
    print(f"{name}: {len(np.unique(masks, axis=0))} different masks")
    print("\n".join("  " + "".join(".#"[int(kept)] for kept in mask) for mask in masks))

# %% [markdown]
# A seed for each rank repairs this, and the training is as good as that of one process, but not equal to it. To be equal, each
# rank draws the masks of the whole batch, and takes those of its own images. minifcn does that.
#
# ## 6. How long does it take?
#
# Let $\alpha$ be the latency of a message in seconds, $B$ the bytes that a link carries in a second, $A$ the bytes that a
# processor adds in a second, and $S$ the bytes of the gradients. Then a sum over $p$ ranks takes about
#
# | | |
# |---|---|
# | through rank 0 | $2(p-1)\bigl(\alpha + \frac SB\bigr) + (p-1)\frac SA$ |
# | ring | $2(p-1)\,\alpha + 2\,\frac{p-1}{p}\,\frac SB + \frac{p-1}{p}\,\frac SA$ |
# | halving | $2 \log_2(p)\,\alpha + 2\,\frac{p-1}{p}\,\frac SB + \frac{p-1}{p}\,\frac SA$ |
#
# *Halving* is another algorithm: exchange half of the array with a partner, then a quarter with another, and so on. It
# sends as few bytes as the ring, in fewer messages.
#
# **What do you expect?** FCN-8s on VGG16 has 537 MB of gradients, a small net 1.3 MB. On 512 ranks, does the ring's latency
# matter for the one, for the other, or for both?


# %% tags=["expected"]
def seconds(algorithm, ranks, size, latency=30e-6, link=10e9 / 8, additions=9.1e9):
    """The time of a sum of `size` bytes over all ranks."""
    if algorithm == "through rank 0":
        return (ranks - 1) * (2 * latency + 2 * size / link + size / additions)
    steps = 2 * (ranks - 1) if algorithm == "ring" else 2 * np.log2(ranks)
    part = (ranks - 1) / ranks * size
    return steps * latency + 2 * part / link + part / additions


ranks = 2 ** np.arange(1, 10)
charts = [
    {
        "title": f"{name}: {size / 1e6:.1f} MB",
        "curves": {each: (ranks, seconds(each, ranks, size)) for each in ("through rank 0", "ring", "halving")},
        "x": "ranks",
        "y": "a sum (s)",
        "log": "xy",
        "markers": True,
        "low": 8e-4,
        "high": 1e3,
    }
    for name, size in (("VGG16", 537.5e6), ("a small net", 1.3e6))
]
gap = {"once, at step 20": once, "in every step": always}
charts.append(
    {
        "title": "rank 2 forgets to average",
        "curves": {name: (np.arange(len(curve)), curve) for name, curve in gap.items()},
        "x": "step",
        "y": "its distance from rank 0",
    }
)
plot.panes(charts)

# %% [markdown]
# The two charts on the left are computed, not measured: for links of 10 Gb/s with a latency of 30 µs, which are assumed, and
# for additions at 9.1 GB/s, measured on an AMD EPYC ([docs/scale.md](../../docs/scale.md); `benchmarks/scale.py` has this
# model). For VGG16, ring and halving coincide and are nearly flat: the bytes matter, not the number of ranks. The sum takes 0.9 s,
# beside a step of 1.5 s. For the small net, the ring's 1,022 messages take 31 ms on 512 ranks, and halving wins. MPI
# chooses by the size of the array.
#
# The chart on the right is section 4's mistake. Forgotten once, the gap stays as it is; forgotten always, rank 2 wanders.
#
# And on your machine? Two processes, started by `mpiexec`, can measure their own latency and bandwidth, if mpi4py is
# installed.

# %% tags=["volatile"]
if installed("mpi4py") and mpiexec():
    measured = start(2, 1, SUMS)
    print(f"{cpu_model()}, a sum over 2 ranks: {1e6 * measured['latency']:.0f} us for one number,", end=" ")
    print(f"{measured['bandwidth'] / 1e9:.2f} GB/s for 64 MB")
else:
    print("to measure it, run: pip install mpi4py mpich")

# %% [markdown]
# Your own function runs on real processes, too, without a change. `run_here` is the post office of one rank: MPI carries the
# mail. (`isend` does not wait; at the end somebody must make sure that all mail has left.)

# %% tags=["volatile"]
HERE = """
import json
import numpy as np
from mpi4py import MPI

def run_here(program, *given):
    comm, leaving, message = MPI.COMM_WORLD, [], None
    running = program(*given, comm.rank, comm.size, lambda to, array: leaving.append(comm.isend(array.copy(), to)))
    while True:
        try:
            message = comm.recv(source=running.send(message))
        except StopIteration as end:
            MPI.Request.waitall(leaving)
            return end.value

total = run_here(ring_all_reduce, np.arange(5.0) * 10**MPI.COMM_WORLD.rank)
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps(total.tolist()))
"""

if installed("mpi4py") and mpiexec():
    yours = "".join(inspect.getsourcelines(ring_all_reduce)[0])
    print("four processes:", start(4, 1, f"import numpy as np\n{yours}\n{HERE}"))

# %% [markdown]
# Inside one machine nothing has to leave the processor, and still the sum costs: each byte is read, copied and added. That is
# why data parallelism pays only if a step computes for much longer than it sums.
#
# Two remedies are in use everywhere. Backward finishes the last layers first, so their sum can *start while it goes on* with
# the others; by the end most of it is done. And many small arrays are joined to *buckets* of some 25 MB, so that the latency
# is paid once for each bucket.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `run_ranks` | `mpiexec -n 4 minifcn train ...`: real processes, on one machine or several |
# | `ring_all_reduce` | `all_reduce` in `distributed.py`, which lets MPI choose the algorithm |
# | `data_parallel_step` | `GradientSum` (buckets, sent during backward) and `share_of_loss` (labelled pixels of all ranks) in `parallel.py` |
# | `batch_statistics` | `SyncBatchNorm` in `nn/sync_norm.py` |
# | masks of the whole batch | `part_of_batch` in `random.py` |
#
# The names are those of `torch.distributed`. `tests/distributed/` starts up to four processes and compares their weights
# with those of one.
#
# ## Three questions
#
# **1.** In the ring's first round, could every rank send part $r + 1$ first, instead of part $r$?
#
# <details><summary>Answer</summary>
#
# Yes. The parts are only renamed, as long as every rank starts with a different one: rank $r$ then ends the first round with the
# sum of part $r + 2$. If all started with the same part, all would hold the same sum at the end, and nobody the others.
#
# </details>
#
# **2.** Why is the result of the ring the same *to the bit* on all ranks, although floating-point addition depends on the
# order?
#
# <details><summary>Answer</summary>
#
# Each part is added up once, along one way around the ring, and finished on one rank; the others receive copies. If each
# rank added all arrays itself, beginning with its own, the orders would differ, and so would the last bits. Then the
# weights would drift apart slowly, as in the figure.
#
# </details>
#
# **3.** With 8 times as many ranks and the same images on each, a batch is 8 times as large. May the learning rate be 8
# times as large, too?
#
# <details><summary>Answer</summary>
#
# Often, up to a point. Eight steps in nearly the same direction are about one step eight times as long, and the mean of a
# larger batch is less noisy. It fails where the loss curves within one such step: at the beginning (hence *warm-up*), and for
# very large batches. Goyal et al. (2017) found it to hold for ImageNet up to about 8,000 images.
#
# </details>
#
# ## Two open problems
#
# **A.** Write the sum by halving, for a power of two: in step $k$, exchange with the rank whose number differs in bit $k$. Compare
# its messages with the ring's in `run_ranks`. What would you do with 6 ranks?
#
# **B.** Send gradients in float16, half of the bytes. What happens to the sum of many small numbers? Keep what rounding has cut
# off, and add it in the next step: does the training of lesson 20 notice the difference?
#
# ## The paper
#
# Section 4.3: the paper trains with minibatches of 20 images, on one GPU. What you have built changes none of that: data
# parallelism computes *the same step* on several machines, and with 20 images there is little to divide. The authors' later
# version of the paper goes the other way and trains with single images and a high momentum. A batch must be large before many
# machines help.
#
# Further reading: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations" (2009); Goyal et
# al., "Accurate, large minibatch SGD" (2017); Li et al., "PyTorch Distributed" (2020).
