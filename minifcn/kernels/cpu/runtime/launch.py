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
kernels share one compiled loop, `parallel_loop`, which takes only the address of a function, the task, and that of a
block of memory.  Two small functions are added to each kernel's code: `launch` packs the arguments into such a block and
calls the loop; the task unpacks them and calls the kernel.  From Python to the kernel it goes:

    call -> Numba's wrapper, which unboxes the arguments -> launch -> parallel_loop -> task, on each thread -> kernel

Read memory.py next.
"""

import contextlib
import contextvars
import functools

import numpy as np
from llvmlite import ir
from numba import config, get_num_threads, prange, types
from numba.core import cgutils
from numba.core.callwrapper import PyCallWrapper
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering
from numba.extending import intrinsic

from .blas import turns
from .compile import kernel as compiled
from .inlined import compiler_with
from .threads import MOST, run

WORTH_SHARING = 1 << 15  # numbers; fewer are computed before another thread is awake
TASK = (types.intp, types.intp)  # a task's arguments: the thread's index, the address of the block
LOOP = (types.intp, types.intp, types.intp)  # a loop's: the address of the task, that of the block, the number of threads

# Numba would also parallelise whole-array expressions; limiting it to `prange` compiles faster.
AUTOMATIC = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion")

_calls = contextvars.ContextVar("calls", default=None)  # the list that recording() fills


def parallel(function):
    """Compile a kernel(thread, threads, ...) and make the function(...) that runs it on all threads.

    Where threads cannot be started (see threads.py), the shares run one after the other, with identical results.  The
    same if the function is called with the keyword `size`, how many numbers there are to compute, and they are few.
    """
    if config.DISABLE_JIT:
        return in_plain_python(function)
    kernel = compiled(function, pipeline_class=ParallelCompiler)

    @functools.wraps(function)
    def call(*arguments, size=WORTH_SHARING):
        threads = thread_count()
        loop = on_all_threads if size >= WORTH_SHARING and threads > 1 else one_after_the_other
        given = kernel, loop, one_after_the_other, (threads, *arguments)
        run(*given)
        if (calls := _calls.get()) is not None and not turns.limited():
            calls.append(given)

    return call


@contextlib.contextmanager
def recording():
    """Inside this `with`, the list that it yields gets each call of a parallel kernel by this Python thread.

    run(*call) repeats it, with the same arrays.  Calls inside blas_on_one_thread() are left out.
    """
    calls = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


def thread_count():
    """The number of threads of the parallel loops; the same in every Python thread that has not set its own."""
    return min(get_num_threads() if config.DISABLE_JIT else threads_of_caller(), MOST)


@compiled
def threads_of_caller():
    """numba.get_num_threads(), without the two locks that it takes when it is called from Python, before every kernel."""
    return numba_threads()


def in_plain_python(function):
    """What `parallel` returns for a debugger: nothing is compiled."""

    @functools.wraps(function)
    def call(*arguments, size=None):
        threads = thread_count()
        for thread in range(threads):
            function(thread, threads, *arguments)

    return call


@register_pass(mutates_CFG=True, analysis_only=False)
class ParallelLowering(NativeLowering):
    """Lowering that adds `launch` and the task to a kernel's code."""

    _name = "parallel_lowering"

    @property
    def lowering_class(self):
        return ParallelLower


ParallelCompiler = compiler_with(ParallelLowering)


class ParallelLower(Lower):
    def create_cpython_wrapper(self, release_gil=False):
        """Emits the function that is called from Python, as Numba does, but it calls `launch` in place of the kernel."""
        context, description = self.context, self.fndesc
        module = context.create_module("launch")
        kind = context.call_conv.get_function_type(description.restype, description.argtypes)
        kernel = ir.Function(module, kind, description.llvm_func_name)
        launch = emit_launch(context, kernel, description)
        PyCallWrapper(context, module, launch, description, self.env, self.call_helper, release_gil).build()
        self.library.add_ir_module(module)


def emit_launch(context, kernel, description):
    """launch(loop, threads, ...), which has the kernel's type: the address of the loop takes the place of the thread."""
    launch = ir.Function(kernel.module, kernel.function_type, description.llvm_func_name + ".launch")
    launch.linkage = "internal"
    builder = ir.IRBuilder(launch.append_basic_block())
    values = context.get_arg_packer(description.argtypes).from_arguments(builder, context.call_conv.get_arguments(launch))
    loop, threads = values[:2]
    block = cgutils.alloca_once_value(builder, cgutils.pack_struct(builder, values[1:]))
    task = emit_task(context, kernel, description, block.type)
    addresses = [builder.ptrtoint(value, loop.type) for value in (task, block)]
    emit_call(context, builder, loop, LOOP, [*addresses, threads])
    context.call_conv.return_value(builder, context.get_dummy_value())
    return launch


def emit_task(context, kernel, description, block_type):
    """task(thread, block): calls the kernel with the arguments in the block."""
    kind = context.call_conv.get_function_type(types.none, TASK)
    task = ir.Function(kernel.module, kind, description.llvm_func_name + ".task")
    task.linkage = "internal"
    builder = ir.IRBuilder(task.append_basic_block())
    thread, block = context.call_conv.get_arguments(task)
    arguments = cgutils.unpack_tuple(builder, builder.load(builder.inttoptr(block, block_type)))
    values = [thread, *arguments]
    context.call_conv.call_function(
        builder, kernel, description.restype, description.argtypes, values, attrs=("noinline",)
    )
    context.call_conv.return_value(builder, context.get_dummy_value())
    return task


def emit_call(context, builder, address, kinds, arguments):
    """Emits a call of a compiled function(*kinds) that returns nothing, by its address."""
    function = context.call_conv.get_function_type(types.none, kinds)
    context.call_conv.call_function(
        builder, builder.inttoptr(address, function.as_pointer()), types.none, kinds, arguments
    )


def on_all_threads():
    """The address of the loop that runs on all threads."""
    return address_of(parallel_loop)


def one_after_the_other():
    """The address of the loop that runs on the calling thread."""
    return address_of(plain_loop)


@functools.cache
def address_of(loop):
    """The address of a loop's machine code, which is compiled when it is first needed."""
    code = loop.get_compile_result(types.void(*LOOP))
    return code.library.get_pointer_to_function(code.fndesc.llvm_func_name)


@functools.partial(compiled, parallel={"prange": True, **dict.fromkeys(AUTOMATIC, False)})
def parallel_loop(task, block, threads):
    """task(thread, block) for every thread, on all threads."""
    for thread in prange(threads):
        call_task(task, np.int64(thread), block)


@compiled
def plain_loop(task, block, threads):
    """task(thread, block) for every thread, one after the other."""
    for thread in range(threads):
        call_task(task, np.int64(thread), block)


@intrinsic
def numba_threads(typing):
    """numba.get_num_threads() by its name in the library of Numba's threads.  With its address, code could not be cached."""

    def codegen(context, builder, signature, arguments):
        kind = ir.FunctionType(context.get_value_type(signature.return_type), ())
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "get_num_threads"), ())

    return types.intc(), codegen


@intrinsic
def call_task(typing, task, thread, block):
    """task(thread, block), for the address of a task."""

    def codegen(context, builder, signature, arguments):
        emit_call(context, builder, arguments[0], TASK, arguments[1:])
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp), codegen
