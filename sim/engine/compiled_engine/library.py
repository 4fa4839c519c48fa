"""The kernel as machine code: taken from its cache, or made once on this machine and put there.

    sources, processor, version --key--> file there and whole? --yes--> load
                                                               --no---> loop.run --lowered--> IR --LLVM--> file, load

The cache is keyed by a hash of the sources that the kernel is made of, so an edit in any of them makes a new kernel.
``EVENTFLOW_CACHE`` moves it; ``EVENTFLOW_UNLOWERED=1`` runs the same kernel as plain Python.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.semantics.hooks import BALANCES, DISCIPLINES, GUARDS, RETRIES
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

KERNEL_SOURCES = (
    *("engine", "lowering", "policies", "brokers", "semantics", "record", "network"),
    *("draws.py", "rows.py", "shared.py", "scenario/kinds.py"),
)
SYMBOL = "eventflow_run"
DIGEST_SIZE = 32
_making = threading.Lock()
UNLOWERED = os.environ.get("EVENTFLOW_UNLOWERED", "0") not in {"", "0"}


def source_hash() -> str:
    """SHA-256 over the sources that the kernel is made of and the version of what makes it, 16 hex digits.

    A policy counts wherever its file lies: a kernel that was made without it would ask another one in its place.
    """
    digest = hashlib.sha256(version("llvmlite").encode())
    root = Path(sim.__file__).parent
    for name in KERNEL_SOURCES:
        for path in sorted([root / name] if name.endswith(".py") else (root / name).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    for kind in (*RETRIES, *BALANCES, *DISCIPLINES, *GUARDS):
        digest.update(f"{kind.__module__}.{kind.__name__}".encode())
        digest.update(Path(inspect.getfile(kind)).read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where kernels of exactly these sources are kept."""
    base = os.environ.get("EVENTFLOW_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eventflow"
    return Path(base) / source_hash()


def is_cached() -> bool:
    """Whether a kernel of these sources was made before, for this processor."""
    return _stored(_file()) is not None


def kernel() -> Callable[[Any, Any], None]:
    """The kernel's entry: ``run(memory, recording)``, of two addresses; it lets go of Python's lock while it runs.

    Un-lowered it is plain Python, of two sequences of words.
    """
    if _kernel.cache_info().currsize:
        return _kernel()
    with _making:  # two threads must not make the same kernel at once
        return _kernel()


@functools.cache
def _kernel() -> Callable[[Any, Any], None]:
    if UNLOWERED:
        from sim.engine.compiled_engine.loop import run  # the kernel's source is only needed here
        from sim.engine.compiled_engine.state import World

        return lambda memory, recording: run(World(memory), recording)
    from sim.lowering.machine import loaded  # loads LLVM

    file = _file()
    code = _stored(file)
    if code is None:
        code = _made()
        _store(file, code)
    return loaded(code, SYMBOL, memories=2)


def _file() -> Path:
    """The file of the kernel for this processor."""
    from sim.lowering.machine import processor  # loads LLVM

    return cache_folder() / f"kernel-{hashlib.sha256(processor().encode()).hexdigest()[:16]}.o"


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
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, hashlib.sha256(code).digest() + code, durable=False)


def _made() -> bytes:
    """Make the kernel for this processor: a second or two."""
    from sim.engine.compiled_engine.loop import run  # the kernel's source is only needed here
    from sim.lowering.machine import object_code  # loads LLVM
    from sim.lowering.module import lowered

    return object_code(lowered(run, SYMBOL))
