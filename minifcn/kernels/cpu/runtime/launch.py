"""How a kernel runs on all threads.

A parallel kernel is a function of its thread's index, the number of threads, and its arguments; it does that thread's
share of the work:

    @parallel
    def scale(thread, threads, x, factor, y):
        first, last = share(x.size, thread, threads)
        for t in range(first, last):
            y[t] = factor * x[t]

    scale(x, factor, y)              # called without the first two, which are filled in

Numba can generate the loop over the threads itself (`prange`), but compiles the body three times for it.  Instead, all
kernels share one compiled loop, `launch`, which takes only the address of a function and that of a block of memory;
`pack` generates, for each kernel, the small function that unpacks the arguments from the block.  Read memory.py next.
"""

import functools
from types import FunctionType

import numpy as np
from llvmlite import ir
from numba import config, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from .compile import kernel as compiled
from .threads import run, thread_count

TASK = (types.intp, types.intp)  # the small function's arguments: the thread's index, the address of the block

# Numba would also parallelise whole-array expressions; limiting it to `prange` compiles faster.
AUTOMATIC = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion")


def parallel(function):
    """Compile a kernel(thread, threads, ...) and make the function(...) that runs it on all threads.

    Where threads cannot be started (see threads.py), the shares run one after the other, with identical results.
    """
    kernel = compiled(function)

    def one_after_the_other(threads, *arguments):
        for thread in range(threads):
            kernel(thread, threads, *arguments)

    # NUMBA_DISABLE_JIT=1, for a debugger, compiles nothing
    threaded = one_after_the_other if config.DISABLE_JIT else on_all_threads(kernel, function)

    @functools.wraps(function)
    def call(*arguments):
        threads = thread_count()
        run(threaded, one_after_the_other, (threads, *arguments))

    return call


def on_all_threads(kernel, function):
    """`together`, compiled for one kernel; Numba caches the code under the name and the file given here."""
    code = together.__code__.replace(co_filename=function.__code__.co_filename)
    twin = FunctionType(code, globals() | {"kernel": kernel}, function.__name__ + "_together")
    twin.__module__, twin.__qualname__ = function.__module__, twin.__name__
    return compiled(twin)


def together(threads, *arguments):
    """Run `kernel`, a name that on_all_threads defines, once per thread."""
    address, block = pack(kernel, (threads, *arguments))  # noqa: F821
    launch(address, block, threads)


@functools.partial(compiled, parallel={"prange": True, **dict.fromkeys(AUTOMATIC, False)})
def launch(address, block, threads):
    """The one parallel loop: function(thread, block) for every thread."""
    for thread in prange(threads):
        call_task(address, np.int64(thread), block)


@intrinsic
def call_task(typing, address, thread, block):
    """Call the compiled function at `address`."""

    def codegen(context, builder, signature, arguments):
        function = context.call_conv.get_function_type(types.none, TASK)
        pointer = builder.inttoptr(arguments[0], function.as_pointer())
        context.call_conv.call_function(builder, pointer, types.none, TASK, arguments[1:])
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp), codegen


@intrinsic
def pack(typing, kernel, arguments):
    """(address, block): a function(thread, block) that calls kernel(thread, *arguments), and the packed arguments."""
    kernel_signature = typing.resolve_function_type(kernel, (types.intp, *arguments.types), {})

    def codegen(context, builder, signature, values):
        block = cgutils.alloca_once_value(builder, values[1])
        kind = context.call_conv.get_function_type(types.none, TASK)
        task = ir.Function(builder.module, kind, name=builder.module.get_unique_name("task"))
        context.call_conv.decorate_function(task, ("thread", "block"), TASK, noalias=False)
        task.linkage = "internal"
        _, _, thread, address = task.args  # through the first two, Numba returns a result or an error
        inside = ir.IRBuilder(task.append_basic_block("entry"))
        packed = inside.load(inside.inttoptr(address, block.type))
        unpacked = [inside.extract_value(packed, i) for i in range(len(arguments.types))]
        context.get_function(kernel, kernel_signature)(inside, [thread, *unpacked])
        context.call_conv.return_value(inside, context.get_dummy_value())
        addresses = [builder.ptrtoint(task, ir.IntType(64)), builder.ptrtoint(block, ir.IntType(64))]
        return context.make_tuple(builder, signature.return_type, addresses)

    return types.UniTuple(types.intp, 2)(kernel, arguments), codegen
