"""Explicit SIMD vectors in LLVM, the building blocks of tile.py and transform.py.

A core adds and multiplies a whole vector of numbers (16 float32 with AVX-512, 8 with AVX2) in one instruction.  Numba
vectorises simple loops by itself; elsewhere we do it explicitly.  LLVM, the compiler under Numba, has a vector type,
and `intrinsic` lets us emit its instructions into a function.

Such a function is compiled once and called through its address: inlined into each of its callers, as Numba would do,
its hundreds of instructions would be compiled again and again.

MINIFCN_SIMD=avx512, avx2 or plain overrides what is detected on this processor.  With 'plain', and on an unknown
processor, there are no such functions, and convolutions use im2col and BLAS.  Read ../convolution/tile.py next.
"""

import functools
import os
from contextlib import contextmanager
from dataclasses import dataclass

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils

from .memory import LINE

INDEX = ir.IntType(64)
READ, WRITE, TO_L2, TO_L1, DATA = 0, 1, 2, 3, 1  # LLVM's numbers for a prefetch: what for, into which cache, not code


@dataclass(frozen=True)
class Simd:
    """A kind of processor: its vectors have `bytes`, and its registers hold a tile of heights[0] rows by 2 vectors."""

    name: str
    bytes: int
    heights: tuple  # of the tiles that a strip is cut into, tallest first
    odd: int  # the height of one more tile, the first of a strip that would otherwise end in a single row
    needs: tuple  # the CPU features that identify it

    def lanes(self, dtype):
        """The number of elements in a vector."""
        return self.bytes // np.dtype(dtype).itemsize


KINDS = {
    "avx512": Simd("avx512", 64, (8, 4, 3, 2, 1), 9, ("avx512f",)),  # 32 registers
    "avx2": Simd("avx2", 32, (6, 4, 3, 2, 1), 0, ("avx2", "fma")),  # 16 registers
}


@functools.cache
def simd():
    """The Simd of this processor, or the one that MINIFCN_SIMD names; None for 'plain' and for unknown processors."""
    wanted = os.environ.get("MINIFCN_SIMD") or "auto"
    if wanted not in ("auto", "plain", *KINDS):
        raise ValueError(f"MINIFCN_SIMD is {wanted!r}, expected one of auto, plain, {', '.join(KINDS)}")
    if config.DISABLE_JIT:  # a debugger steps through Python, not through these
        return None
    features = llvmlite.binding.get_host_cpu_features()
    possible = [name for name, kind in KINDS.items() if all(features.get(feature) for feature in kind.needs)]
    if wanted in KINDS and wanted not in possible:
        raise ValueError(f"MINIFCN_SIMD is {wanted!r}, which this processor lacks; use {', '.join(possible)} or plain")
    return KINDS.get((possible or ["plain"])[0] if wanted == "auto" else wanted)


class Vectors:
    """Emits the instructions for vectors of `lanes` numbers of an LLVM type, float or double."""

    def __init__(self, builder, number, lanes):
        self.builder, self.lanes, self.type = builder, lanes, ir.VectorType(number, lanes)
        self.align = 4 if isinstance(number, ir.FloatType) else 8  # as for scalars: vectors may start anywhere
        self.bytes = lanes * self.align

    @classmethod
    def of(cls, builder, kind, number):
        """For the processor `kind` (a literal string type of Numba) and float32 or float64."""
        llvm = ir.FloatType() if number == types.float32 else ir.DoubleType()
        return cls(builder, llvm, KINDS[kind.literal_value].bytes * 8 // number.bitwidth)

    def at(self, pointer, *steps):
        """The pointer advanced by a number of elements, or by count * stride for each pair."""
        for step in steps:
            step = self.builder.mul(*step) if isinstance(step, tuple) else step
            pointer = self.builder.gep(pointer, [INDEX(step) if isinstance(step, int) else step])
        return pointer

    def variable(self):
        """Storage for one vector, which the compiler keeps in a register unless its address is used."""
        return cgutils.alloca_once(self.builder, self.type)

    def constant(self, value):
        return ir.Constant(self.type, [float(value)] * self.lanes)

    def load(self, pointer):
        vector = self.builder.load(self.builder.bitcast(pointer, self.type.as_pointer()))
        vector.align = self.align
        return vector

    def store(self, vector, pointer):
        done = self.builder.store(vector, self.builder.bitcast(pointer, self.type.as_pointer()))
        done.align = self.align

    def prefetch(self, pointer, count, purpose=(READ, TO_L2)):
        """Ask for `count` vectors, which come into a cache meanwhile; the address may be outside of all arrays."""
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        signature = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(self.builder.module, signature, "llvm.prefetch.p0i8")
        for v in range(0, count, max(1, LINE // self.bytes)):
            address = self.builder.bitcast(self.at(pointer, v * self.lanes), byte)
            self.builder.call(function, [address, *map(number, (*purpose, DATA))])

    def spread(self, number):
        """A vector with `number` in every lane."""
        undefined = ir.Constant(self.type, ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.IntType(32)(0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, undefined, lanes)

    def multiply_add(self, a, b, c):
        """a * b + c, fused: one instruction, rounded once."""
        number = "f32" if isinstance(self.type.element, ir.FloatType) else "f64"
        signature = ir.FunctionType(self.type, [self.type] * 3)
        fma = cgutils.get_or_insert_function(self.builder.module, signature, f"llvm.fma.v{self.lanes}{number}")
        return self.builder.call(fma, [a, b, c])


@contextmanager
def rolled(builder, count):
    """A loop of `count` rounds, a known number, that the compiler does not unroll; yields the round as an LLVM value."""
    with cgutils.for_range(builder, INDEX(count)) as loop:
        yield loop.index
        end = builder.block
    module = builder.module
    hint = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
    identity = ir.MDValue(module, [hint], str(len(module.metadata)))  # add_metadata would give two loops the same one
    identity.operands = identity, hint  # a loop's description begins with itself
    end.terminator.set_metadata("llvm.loop", identity)


def call_address(context, builder, signature, arguments):
    """The code of an intrinsic: calls the compiled function at an address.

    The intrinsic's arguments are the address, arrays and integers.  After each array in C order comes where to begin in
    it, as an index or as a tuple of an index and strides, all counted in elements of the flat array.  (Tuples with the
    arrays inside would cost time: Numba counts the references to them.)  The function gets a pointer into each array,
    then all strides, then the integers.
    """
    pointers, strides, integers = [], [], []
    following = zip(signature.args[1:], arguments[1:])
    for kind, value in following:
        if not isinstance(kind, types.Array):
            integers.append(value)
            continue
        place_kind, place = next(following)
        start, *steps = cgutils.unpack_tuple(builder, place) if isinstance(place_kind, types.BaseTuple) else [place]
        pointers.append(builder.gep(context.make_array(kind)(context, builder, value).data, [start]))
        strides += steps
    values = pointers + strides + integers
    function = ir.FunctionType(ir.VoidType(), [value.type for value in values])
    builder.call(builder.inttoptr(arguments[0], function.as_pointer()), values)
    return context.get_dummy_value()
