"""Communication between processes that compute together: `mpiexec -n 4 python train.py` starts four, the ranks 0 to 3.

Every rank runs the same program and makes the same calls in the same order; whatever differs follows from get_rank().
The names are those of torch.distributed, and MPI does the work (mpi4py). A process that mpiexec did not start is rank 0
of 1: it imports no MPI, and every function here works and returns immediately.

    init_process_group()
    grad = np.full(3, get_rank(), np.float32)
    all_reduce(grad)                               # on 4 ranks: 0 + 1 + 2 + 3 = 6, on every one of them
    destroy_process_group()

Read parallel.py next, which trains a network this way.
"""

import os
import sys
import time

from .extras import INSTALL, MissingPackage
from .guard import LOCAL_RANKS, rank_here, ranks_of_mpiexec, said_by_mpiexec, say, wait_until_heard

OPERATIONS = ("sum", "prod", "max", "min")
BACKENDS = ("mpi", "nccl")

_mpi = None  # MPI's communicator of all ranks; None: one rank, which needs none
_nccl = None  # the communicator of arrays on GPUs, if there is one


def init_process_group(backend=None):
    """Join the other processes that mpiexec started; a process that it did not start is rank 0 of 1.

    backend: None or 'mpi'; 'nccl' has arrays on GPUs summed by NCCL, from GPU to GPU (one GPU for each rank; through
        cupyx.distributed, which has not been run on a GPU yet)
    Raises MissingPackage if mpi4py or an MPI library is not installed; RuntimeError if the group exists already, or if
    mpiexec belongs to another MPI than mpi4py uses: each process would then believe to be alone.
    """
    global _mpi, _nccl
    if backend not in (None, *BACKENDS):
        raise ValueError(f"init_process_group: backend is {backend!r}, expected one of {', '.join(BACKENDS)}")
    if is_initialized():
        raise RuntimeError("init_process_group: the group exists already; call destroy_process_group() before")
    started = ranks_of_mpiexec()
    if started is None:
        return
    comm = load_mpi().COMM_WORLD
    if comm.size != started:
        raise RuntimeError(
            f"init_process_group: mpiexec started {started} processes, but mpi4py sees {comm.size}; use the mpiexec of the"
            " MPI that mpi4py uses, such as the one that pip installs with mpich"
        )
    _mpi = comm
    sys.excepthook = stop_all_ranks
    if backend == "nccl":
        _nccl = connect_gpus()


def load_mpi():
    """mpi4py's module MPI, whose import starts MPI, such that several Python threads may call it."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # mpi4py is missing, or finds no MPI library
        sentence = f"running under mpiexec needs mpi4py and an MPI library ({error}); run: {INSTALL['mpi']}"
        raise MissingPackage(sentence) from None
    return MPI


def connect_gpus():
    """NCCL's communicator; each rank uses the GPU of its own number among the ranks of its machine."""
    import cupy
    import cupyx.distributed

    cupy.cuda.Device(get_node_local_rank()).use()
    return cupyx.distributed.init_process_group(get_world_size(), get_rank(), backend="nccl", use_mpi=True)


def destroy_process_group():
    """Leave the group, once all ranks have come this far; from here on, this process is rank 0 of 1."""
    global _mpi, _nccl
    barrier()
    _mpi = _nccl = None
    sys.excepthook = sys.__excepthook__


def stop_all_ranks(kind, error, trace):
    """End all ranks with an error that this one does not handle: they would wait for it for ever. For sys.excepthook."""
    sys.__excepthook__(kind, error, trace)
    say(f"{rank_here()} stopped: {kind.__name__}, so all ranks end")
    abort()


def abort():
    """End all ranks, with exit code 1, once mpiexec has passed on what this one has said."""
    wait_until_heard()
    mute()
    load_mpi().COMM_WORLD.Abort(1)


def mute():
    """Discard standard error from here on: what MPI itself says of an end that was no regular one helps nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def is_initialized():
    """Whether this process has joined others: False in one that mpiexec did not start."""
    return _mpi is not None


def get_rank():
    """The number of this process, from 0."""
    return 0 if _mpi is None else _mpi.rank


def get_world_size():
    """The number of processes."""
    return 1 if _mpi is None else _mpi.size


def get_node_local_rank():
    """The number of this process among those on its machine, from 0."""
    return said_by_mpiexec(LOCAL_RANKS, 0)


# Arrays ---------------------------------------------------------------------------------------------------------------


class Work:
    """A reduction under way. MPI goes on with it whenever it is called, so ask is_completed() from time to time."""

    def __init__(self, request=None, array=None):
        self.request = request
        self.array = array  # kept until the end: MPI writes into its memory, even if nobody else needs it

    def is_completed(self):
        return self.request is None or self.request.Test()

    def wait(self):
        """Return when the array holds the result; until then nobody may touch it."""
        if self.request is not None:
            self.request.Wait()


def all_reduce(array, op="sum", *, async_op=False):
    """Replace `array`, in place, by its sum over all ranks, which is the same to the bit on each of them.

    array: of numbers, of the same shape and dtype on all ranks, contiguous; NumPy's, or CuPy's with the backend 'nccl'
    op: 'sum', 'prod', 'max' or 'min', element by element
    async_op: return a Work before the result is there; else None
    The same ranks on the same machines give the same bits in every run; another number of ranks adds in another order.
    Raises TypeError for what is no array, ValueError for an array that nothing can be written into; on one rank, too.
    """
    if op not in OPERATIONS:
        raise ValueError(f"all_reduce: op is {op!r}, expected one of {', '.join(OPERATIONS)}")
    check_array("all_reduce", array, "iuf")
    work = Work()
    if on_gpu("all_reduce", array):
        _nccl.all_reduce(array, array, op)
    elif _mpi is not None:
        MPI = load_mpi()
        work = Work(_mpi.Iallreduce(MPI.IN_PLACE, array, getattr(MPI, op.upper())), array)
    if async_op:
        return work
    work.wait()


def broadcast(array, src=0):
    """Replace `array`, in place, by that of rank `src`. Raises as all_reduce() does, whose array may hold no booleans."""
    check_rank("broadcast", src)
    check_array("broadcast", array, "iufb")
    if on_gpu("broadcast", array):
        _nccl.broadcast(array, src)
    elif _mpi is not None:
        _mpi.Bcast(array, src)


def barrier():
    """Return once all ranks have called it.

    Whoever waits for longer than a millisecond sleeps: MPI's own wait would keep a core busy, perhaps that of the rank
    for which it waits.
    """
    if _mpi is None:
        return
    request, impatient = _mpi.Ibarrier(), time.perf_counter() + 1e-3
    while not request.Test():
        if time.perf_counter() > impatient:
            time.sleep(1e-4)


def check_array(op, array, kinds):
    """TypeError or ValueError unless `array` is one that can be received into, of a kind of dtype in `kinds`."""
    if not (hasattr(array, "flags") and hasattr(array, "__setitem__")):  # which numbers of NumPy's do not have
        kind = type(array).__name__
        raise TypeError(f"{op}: found a {kind}, expected an array, such as a Tensor's .data; for other objects use collect()")
    if array.dtype.kind not in kinds or not array.dtype.isnative:
        raise ValueError(f"{op}: the array has the dtype {array.dtype}; convert it to one of numbers, such as int64 or float32")
    if not array.flags.c_contiguous:
        raise ValueError(f"{op}: the array of shape {array.shape} is not contiguous; pass array.copy()")
    if not getattr(array.flags, "writeable", True):  # CuPy's always are
        raise ValueError(f"{op}: the array of shape {array.shape} is read-only; pass array.copy()")


def check_rank(op, src):
    """ValueError unless `src` is a rank."""
    if not 0 <= src < get_world_size():
        raise ValueError(f"{op}: src is {src}, expected a rank from 0 to {get_world_size() - 1}")


def on_gpu(op, array):
    """Whether NCCL has to move `array`; ValueError if nothing can."""
    if _mpi is None:
        return False
    from .kernels import device_of  # with it comes NumPy, for which a command that computes nothing need not wait

    if device_of(array) == "cpu":
        return False
    if _nccl is None:
        raise ValueError(f"{op}: the array is on a GPU; start with init_process_group('nccl')")
    return True


# Python objects -------------------------------------------------------------------------------------------------------


def collect(obj):
    """[the object of rank 0, that of rank 1, ...], on every rank; PyTorch's all_gather_object, which fills a list.

    obj: anything that can be pickled. sum(collect(x)) adds numbers in the order of the ranks, any(collect(x)) is what
    all ranks agree on. For large arrays use all_reduce.
    """
    barrier()  # the place to wait for the slowest rank
    return [obj] if _mpi is None else _mpi.allgather(obj)


def broadcast_object(obj, src=0):
    """The object of rank `src`, on every rank; PyTorch's broadcast_object_list, of one. ValueError for no rank."""
    check_rank("broadcast_object", src)
    barrier()
    return obj if _mpi is None else _mpi.bcast(obj, src)
