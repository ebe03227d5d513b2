"""Functions that only compiled code calls: compiled into their callers, and not on their own.

Numba optimises a function and turns it into machine code, and does so again with each caller, which contains it: a
function two calls below a kernel is compiled three times.  Here LLVM, the compiler under Numba, sees it only in the
kernels.  Read cache.py next.
"""

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.registry import CPUDispatcher
from numba.core.runtime import rtsys
from numba.core.typed_passes import NativeLowering


def compiler_with(lowering):
    """Numba's compiler with another `lowering`, the last of its steps, from its own instructions to LLVM's."""

    class ChangedCompiler(Compiler):
        def define_pipelines(self):
            (pipeline,) = super().define_pipelines()
            pipeline.passes = [(lowering if step is NativeLowering else step, name) for step, name in pipeline.passes]
            return [pipeline]

    return ChangedCompiler


@register_pass(mutates_CFG=True, analysis_only=False)
class InlinedLowering(NativeLowering):
    """Lowering that leaves everything after it to the callers."""

    _name = "inlined_lowering"

    def run_pass(self, state):
        state.library = LinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().run_pass(state)


InlinedCompiler = compiler_with(InlinedLowering)


class LinkedLibrary(JITCodeLibrary):
    """LLVM's instructions for a function and for those that it calls, as they are linked into its callers."""

    def finalize(self):
        for library in dict.fromkeys(self._linking_libraries):
            if library is not rtsys.library:  # Numba's memory management, which every caller links itself
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name):
        self._ensure_finalized()
        return 0  # there is no machine code

    @property
    def codegen(self):
        return self

    def set_env(self, name, environment):
        """Numba would write an address into the machine code."""


class Inlined(CPUDispatcher):
    """A function that only compiled code calls.  From Python, it runs as Python."""

    def __init__(self, function, options):
        options = options | {"nopython": True, "no_cpython_wrapper": True}
        super().__init__(function, targetoptions=options, pipeline_class=InlinedCompiler)

    def __call__(self, *arguments):
        return self.py_func(*arguments)
