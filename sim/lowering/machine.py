"""From IR to machine code and into this process: the only place that knows LLVM.

    IR --calls expanded, optimised--> object code --linked into the process--> an address to call

The code asks for nothing but itself: it has no data beside it, calls no library, and lies anywhere in memory. So that of
another kind of machine is made like that of this one, and LLVM of any version can load it.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.lowering.targets import Target

SPEED = 1
WINDOWS = sys.platform == "win32"  # where the linker within a process takes files of ELF only, as elsewhere but on macOS


def processor() -> str:
    """What machine code is made for here: the system, the processor and all that it can do."""
    llvm = _llvm()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def triple() -> str:
    """The system and the architecture of this process, as LLVM calls them."""
    return str(_llvm().get_process_triple())


def features() -> dict[str, bool]:
    """What the processor of this machine can do, by LLVM's names."""
    return dict(_llvm().get_host_cpu_features())


def object_code(text: str, target: Target | None = None) -> bytes:
    """Machine code of IR: for a kind of machine, or for exactly this processor."""
    llvm = _llvm() if target is None else _every_llvm()
    machine = _machine(target)
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    passes = _pass_builder(machine)
    expanding = llvm.create_new_module_pass_manager()
    expanding.add_sroa_pass()
    expanding.add_simplify_cfg_pass()
    expanding.add_always_inliner_pass()
    expanding.add_global_dead_code_eliminate_pass()
    expanding.add_jump_threading_pass()  # which SPEED has not, and the kernel's chains of tests gain by
    expanding.run(module, passes)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def _pass_builder(machine: Any) -> Any:
    """What makes LLVM's passes: few, as what the others would win is little, and they take a third of the time (ADR 15)."""
    llvm = _llvm()
    options = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    # loops of the kernel run a few times each: what widens them costs time to compile, and none is won
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = options.loop_interleaving = False
    options.inlining_threshold = 0  # `expansion` has decided: LLVM adds what stands at one place and is large
    return llvm.create_pass_builder(machine, options)


def loaded(codes: Sequence[bytes], symbol: str, memories: int) -> Callable[..., None]:
    """A function in machine code, of so many addresses of memories, callable from Python; it lets go of Python's lock.

    ``codes``: that of the module's parts, which are linked to each other.
    """
    llvm = _llvm()
    linker = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    for code in codes:
        linker.add_object_file(llvm.ObjectFileRef.from_data(code))
    linker.finalize_object()
    entry = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * memories)(linker.get_function_address(symbol))

    def call(*addresses: int, _keep: Any = linker) -> None:
        entry(*addresses)

    return call


def _machine(target: Target | None = None) -> Any:
    """LLVM's maker of code that lies anywhere in memory."""
    llvm = _llvm()
    if target is None:
        of, cpu, can = triple() + ("-elf" if WINDOWS else ""), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    else:
        of, cpu, can = target.triple, target.cpu, ""
    return llvm.Target.from_triple(of).create_target_machine(
        cpu=cpu, features=can, opt=3, reloc="pic", codemodel="small", jit=target is None
    )


@functools.cache
def _llvm() -> Any:
    """LLVM; only loaded when a run needs it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@functools.cache
def _every_llvm() -> Any:
    """LLVM that makes code for other machines, too."""
    llvm = _llvm()
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm


def main() -> None:
    """Machine code of what stands on standard input, after its digest: `at_once` asks another process for it."""
    code = object_code(sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(hashlib.sha256(code).digest() + code)


if __name__ == "__main__":
    main()
