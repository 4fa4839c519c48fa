"""The kernel as machine code: taken from its cache, or compiled once on this machine and put there.

    sources, CPU, versions --key--> file there and whole? --yes--> load, a tenth of a second, without Numba
                                                          --no---> loop.run --Numba--> assembly --LLVM--> file, load

The cache is keyed by a hash of the sources that the kernel is made of, so an edit in any of them makes a new kernel.
``EVENTFLOW_CACHE`` moves it; ``NUMBA_DISABLE_JIT=1`` runs the same kernel as plain Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import os
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim

if TYPE_CHECKING:
    from collections.abc import Callable

KERNEL_SOURCES = ("engine", "policies", "record", "draws.py", "network.py", "shared.py")
MAKERS = ("numba", "llvmlite")
SYMBOL = "eventflow_run"
DIGEST_SIZE = 32
_making = threading.Lock()
JIT_IS_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


def source_hash() -> str:
    """SHA-256 over the sources that the kernel is made of and the versions of what compiles it, 16 hex digits."""
    digest = hashlib.sha256(" ".join(version(maker) for maker in MAKERS).encode())
    root = Path(sim.__file__).parent
    for name in KERNEL_SOURCES:
        for path in sorted([root / name] if name.endswith(".py") else (root / name).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels of exactly these sources are kept."""
    base = os.environ.get("EVENTFLOW_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eventflow"
    return Path(base) / source_hash()


def is_cached() -> bool:
    """Whether a kernel of these sources was compiled before, for this processor."""
    return _stored(_file()) is not None


def kernel() -> Callable[[Any, Any], None]:
    """The kernel's entry: ``run(memory, recording)``, of two addresses; it lets go of Python's lock while it runs.

    With the JIT off it is plain Python, of two sequences of words.
    """
    if _kernel.cache_info().currsize:
        return _kernel()
    with _making:  # two threads must not compile the same kernel at once
        return _kernel()


@functools.cache
def _kernel() -> Callable[[Any, Any], None]:
    if JIT_IS_OFF:
        from sim.engine.compiled_engine.loop import run  # noqa: PLC0415 - the kernel's source is only needed here

        plain: Callable[[Any, Any], None] = run
        return plain
    file = _file()
    code = _stored(file)
    if code is None:
        code = _compiled()
        _store(file, code)
    return _loaded(code)


def _file() -> Path:
    """The file of the kernel for this processor."""
    llvm = _llvm()
    processor = f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    return cache_folder() / f"kernel-{hashlib.sha256(processor.encode()).hexdigest()[:16]}.o"


def _stored(file: Path) -> bytes | None:
    """The machine code of a file; None when there is none, or the file is not whole: it would crash the process."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, code = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    return code if hashlib.sha256(code).digest() == digest else None


def _store(file: Path, code: bytes) -> None:
    """Keep machine code in a file, under its final name only when it is whole; a disk that refuses costs only time."""
    partial = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(code).digest() + code)
        partial.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()


def _compiled() -> bytes:
    """Compile the kernel for this processor: half a minute."""
    from sim.engine.compiled_engine.jit import assembly  # noqa: PLC0415 - loads Numba
    from sim.engine.compiled_engine.loop import run  # noqa: PLC0415 - the same

    llvm = _llvm()
    module = llvm.parse_assembly(assembly(run))
    visible = [one for one in module.functions if not one.is_declaration and one.linkage == llvm.Linkage.external]
    if [str(argument.type) for argument in visible[0].arguments][2:] != ["i64", "i64"] or len(visible) > 1:
        message = f"Numba {version('numba')} hands over arguments in a way that is not known here; install an older one"
        raise RuntimeError(message)
    visible[0].name = SYMBOL
    return bytes(_machine(llvm).emit_object(module))


def _loaded(code: bytes) -> Callable[[int, int], None]:
    """The entry in machine code, callable from Python."""
    llvm = _llvm()
    linker = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(llvm))
    linker.add_object_file(llvm.ObjectFileRef.from_data(code))
    linker.finalize_object()
    # as Numba compiles a function that returns nothing: (place of the value, place of the error, arguments...) -> status
    word, place = ctypes.c_int64, ctypes.c_void_p
    entry = ctypes.CFUNCTYPE(ctypes.c_int32, place, place, word, word)(linker.get_function_address(SYMBOL))

    def run(memory: int, recording: int, _keep: Any = linker) -> None:
        nothing = (ctypes.c_void_p * 2)()
        entry(ctypes.addressof(nothing), ctypes.addressof(nothing) + ctypes.sizeof(ctypes.c_void_p), memory, recording)

    return run


def _machine(llvm: Any) -> Any:
    """This processor, with all that it can do, as Numba compiles for it."""
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


@functools.cache
def _llvm() -> Any:
    """LLVM, as Numba brings it; only loaded when a run needs it."""
    import llvmlite.binding as llvm  # noqa: PLC0415

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm
