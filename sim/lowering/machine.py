"""From IR to machine code and into this process: the only place that knows LLVM.

    IR --optimised--> object code --linked into the process--> an address to call

The object is one section, code: functions call each other directly, over at most 2 GiB (the small code model), and a switch is
branches instead of a table, which would lie in another section that a linker may put further away.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SPEED = 2


def processor() -> str:
    """What machine code is made for here: the system, the processor and all that it can do."""
    llvm = _llvm()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def object_code(text: str) -> bytes:
    """Machine code of IR, for this processor."""
    llvm = _llvm()
    machine = _machine()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)
    module.verify()
    # loops of the kernel run a few times each: what widens them costs time to compile, and none is won
    options = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = options.loop_interleaving = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def loaded(code: bytes, symbol: str, memories: int) -> Callable[..., None]:
    """A function in machine code, of so many addresses of memories, callable from Python; it lets go of Python's lock."""
    llvm = _llvm()
    linker = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    linker.add_object_file(llvm.ObjectFileRef.from_data(code))
    linker.finalize_object()
    entry = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * memories)(linker.get_function_address(symbol))

    def call(*addresses: int, _keep: Any = linker) -> None:
        entry(*addresses)

    return call


def _machine() -> Any:
    llvm = _llvm()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="small",
        jit=True,
    )


@functools.cache
def _llvm() -> Any:
    """LLVM; only loaded when a run needs it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm
