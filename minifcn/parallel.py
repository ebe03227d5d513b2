"""Data parallelism: every rank takes its part of each batch, and the gradients are summed over the ranks.

The loss of a batch is a sum over its pixels, divided by their number. Its gradient is therefore a sum too: what the
images of rank 0 contribute, plus what those of rank 1 contribute, and so on. If all ranks start from the same weights
and add up their gradients before each update, they make the same update, that of one process with the whole batch, and
their weights stay equal. Only what depends on several images at a time needs a word between ranks before the sum:

    the divisor of the mean    share_of_loss, for labelled pixels are not spread evenly
    dropout's random numbers   whole_batch, so that a rank draws what one process would draw for its images
    batch norm's statistics    over_all_ranks, which puts nn.SyncBatchNorm into a network

On one rank everything here does nothing. Goyal et al. 2017, section 2, is about large batches; Li et al. 2020 ("PyTorch
Distributed", section 3) about buckets. Read nn/sync_norm.py next.
"""

import contextlib
import threading

from .distributed import (
    all_reduce,
    barrier,
    broadcast,
    broadcast_object,
    collect,
    get_node_local_rank,
    get_rank,
    get_world_size,
)
from .function import Function
from .functional.loss import mean_of_sum, total_weight
from .guard import rank_here, say
from .kernels import array_module, compile_kernels
from .nn import SyncBatchNorm
from .random import part_of_batch
from .tensor import apply

BUCKET = 25 * 2**20  # bytes; PyTorch's: fewer have the latency paid more often, more have the first sum start later
PAUSE = 3e-4  # seconds between two calls of MPI while backward computes


# The network ----------------------------------------------------------------------------------------------------------


def over_all_ranks(model):
    """The model with batch norms whose statistics are those of all ranks; on one rank, the model itself."""
    return SyncBatchNorm.convert_sync_batchnorm(model) if get_world_size() > 1 else model


# The gradient ---------------------------------------------------------------------------------------------------------


class GradientSum:
    """The sum of the gradients over all ranks, begun while backward is still busy with earlier layers.

        gradients = GradientSum()
        backward(loss, on_leaf=gradients.add)
        gradients.wait()                       # now every parameter's .grad is the sum, the same on all ranks

    Gradients come in the order of the graph, the same on all ranks, and are sent in buckets of consecutive ones: the
    sum of a bucket costs the latency of the network only once.
    """

    def __init__(self, limit=BUCKET):
        self.limit, self.bucket, self.bytes, self.works = limit, [], 0, []
        self.mover, self.waiting = None, threading.Event()

    def add(self, parameter):
        """Take a parameter whose .grad is complete; nobody may touch it until wait() has returned."""
        if get_world_size() == 1:
            return
        if self.bytes + parameter.grad.nbytes > self.limit:
            self.send()
            if self.works and self.mover is None:
                self.mover = threading.Thread(target=self.move, daemon=True)
                self.mover.start()
        self.bucket.append(parameter)
        self.bytes += parameter.grad.nbytes

    def move(self):
        """Call MPI again and again until wait() does: a sum goes on only then, and what is sent by one call is little."""
        while not self.waiting.wait(PAUSE):
            for work in tuple(self.works):
                work.is_completed()

    def send(self):
        """Begin to sum the gradients of the bucket, which become parts of one array."""
        if not self.bucket:
            return
        flat = [parameter.grad.reshape(-1) for parameter in self.bucket]
        whole, start = flat[0] if len(flat) == 1 else array_module(flat[0]).concatenate(flat), 0
        for parameter in self.bucket:
            parameter.grad = whole[start : start + parameter.size].reshape(parameter.shape)
            start += parameter.size
        self.works.append(all_reduce(whole, async_op=True))
        self.bucket, self.bytes = [], 0

    def wait(self):
        """Return when all sums are there."""
        self.send()
        if self.mover is not None:
            self.waiting.set()
            self.mover.join()
        for work in self.works:
            work.wait()
        self.works, self.mover = [], None
        self.waiting.clear()


# The loss -------------------------------------------------------------------------------------------------------------


def share_of_loss(criterion, areas=False):
    """The criterion as a rank computes it: the results of all ranks add up to the loss of the whole batch.

    criterion: a function like cross_entropy, of scores and labels
    areas: it is no sum over pixels, as dice_loss is not: then every rank computes it from the scores of all images
    """
    if get_world_size() == 1:
        return criterion

    def of_pixels(scores, labels, *, weight=None, ignore_index=-100, reduction="mean"):
        loss = criterion(scores, labels, weight=weight, ignore_index=ignore_index, reduction="sum")
        if reduction == "sum":
            return loss
        total = total_weight(labels, weight, ignore_index, loss.dtype)
        all_reduce(total)
        return mean_of_sum(loss, total)

    def of_areas(scores, labels, **options):
        labels = array_module(labels).concatenate(collect(labels))
        return criterion(apply(AllImages, scores), labels, **options) / get_world_size()

    return of_areas if areas else of_pixels


class AllImages(Function):
    """The scores of all ranks' images, one after the other, on every rank.

    The ranks compute the same from them, so the sum of their gradients is that of one rank, times their number.
    """

    def forward(self, x):
        parts = collect(x)
        self.first, self.images = sum(map(len, parts[: get_rank()])), len(x)
        return array_module(x).concatenate(parts)

    def backward(self, grad):
        return grad[self.first : self.first + self.images] * get_world_size()


def whole_batch(images):
    """`with whole_batch(images):` dropout draws for the images of all ranks, and takes the part of these, (N, C, H, W).

    ValueError if the images of the ranks differ in size, since one process could not stack them.
    """
    if get_world_size() == 1:
        return contextlib.nullcontext()
    shapes = collect(images.shape)
    if len({shape[1:] for shape in shapes}) > 1:
        sizes = ", ".join(f"{shape[1:]} on rank {rank}" for rank, shape in enumerate(shapes))
        raise ValueError(
            f"train: the images of a batch have different sizes, {sizes}; crop all samples to one size (RandomCrop, --size N)"
        )
    counts = [shape[0] for shape in shapes]
    return part_of_batch(sum(counts[: get_rank()]), len(images), sum(counts))


# The ranks as a whole -------------------------------------------------------------------------------------------------


def check_loader(loader, command="train"):
    """ValueError unless a DataLoader divides every batch among all ranks, with an image for each.

    command: the name with which the sentence begins
    """
    ranks, images, batch = get_world_size(), len(loader.dataset), loader.batch_size
    rest = images % batch
    if loader.num_replicas != ranks:
        raise ValueError(
            f"{command}: the DataLoader has num_replicas={loader.num_replicas}, but there are {ranks} ranks; give it"
            " rank=get_rank() and num_replicas=get_world_size()"
        )
    if images < ranks:
        raise ValueError(f"{command}: the data set has {images} samples, too few for {ranks} ranks; start fewer of them")
    if batch < ranks:
        raise ValueError(
            f"{command}: a batch of {batch} cannot be divided among {ranks} ranks; use a --batch of at least {ranks}, with"
            " --size if images differ in size, or start fewer ranks"
        )
    if 0 < rest < ranks and not loader.drop_last:
        raise ValueError(
            f"{command}: the last batch, of {rest}, cannot be divided among {ranks} ranks; give the DataLoader drop_last=True"
        )


def copy_from_rank_0(tensors):
    """Give these tensors, parameters or buffers, the values that they have on rank 0."""
    for tensor in tensors if get_world_size() > 1 else ():
        array = array_module(tensor.data).array(tensor.data, order="C")
        broadcast(array)
        tensor.data[...] = array


@contextlib.contextmanager
def first_on_each_machine():
    """`with first_on_each_machine() as first:` a machine's other ranks begin when the first has ended, and find its files.

    first: whether this rank is the first on its machine
    """
    first = get_node_local_rank() == 0
    if not first:
        barrier()
    yield first
    if first:
        barrier()


def compile_on_each_machine(array, quiet):
    """compile_kernels in the first rank of each machine, while its others wait. Rank 0 shows a bar, other machines a line.

    quiet: whether to show nothing, and to compile only what is called, when it is; rank 0's counts
    """
    quiet = broadcast_object(quiet)
    with first_on_each_machine() as first:
        compile_kernels(array, quiet or not first, say_who_compiles)


def say_who_compiles():
    """What rank 0 shows as a progress bar, for other machines."""
    if get_rank() > 0:
        say(f"{rank_here()} is compiling the kernels for its machine, once; the other ranks wait")


def add_up(matrix, *numbers):
    """The sums over all ranks of a ConfusionMatrix, None on a rank without an image, and of numbers."""
    parts = collect((matrix, *numbers))
    total, *others = [part[0] for part in parts if part[0] is not None] or [None]
    for other in others:
        total.matrix += other.matrix
    return total, *(sum(column) for column in list(zip(*parts))[1:])
