"""The kernel as machine code: as it came with the installation, or from its cache, or made once on this machine and put there.

    came ready-made, and fits? --yes--> load
         | no
    in the cache, and whole? --yes--> load
         | no
    loop.run --lowered--> IR --cut in parts, LLVM for both at once--> file in the cache, load

What came is known by a hash of the sources that the kernel is made of (`ready_made.py`), the cache by that hash, the version of
LLVM and the processor; an edit in any source makes a new kernel. ``EVENTFLOW_CACHE`` moves the cache; ``EVENTFLOW_UNLOWERED=1``
runs the same kernel as plain Python.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engine.compiled_engine import ready_made
from sim.engine.compiled_engine.sources import PARTS, SYMBOL, ir, source_hash
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST_SIZE, LENGTH_SIZE = 32, 8
_making = threading.Lock()
UNLOWERED = os.environ.get("EVENTFLOW_UNLOWERED", "0") not in {"", "0"}


def cache_folder() -> Path:
    """Where kernels of exactly these sources and this version of LLVM are kept."""
    base = os.environ.get("EVENTFLOW_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eventflow"
    return Path(base) / hashlib.sha256(f"{source_hash()} {version('llvmlite')}".encode()).hexdigest()[:16]


def is_there() -> bool:
    """Whether nothing needs to be made: the kernel came with the installation, or was made before, for this processor."""
    return ready_made.find(ready_made.FOLDER).code is not None or _stored(_file()) is not None


def in_use() -> str:
    """Which machine code a run takes here, and what is against that which came with the installation, if it is another."""
    if UNLOWERED:
        return "none: EVENTFLOW_UNLOWERED is set, and the kernel runs as plain Python"
    came, said = ready_made.find(ready_made.FOLDER)
    if came is not None:
        return f"machine code that came with the installation: {said}"
    made = "made on this machine" if _stored(_file()) is not None else "not made yet: the first run makes it, once"
    return f"machine code {made} ({said})"


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

    came = ready_made.find(ready_made.FOLDER).code
    return loaded(_kept() if came is None else [came], SYMBOL, memories=2)


def _kept() -> list[bytes]:
    """The machine code in the cache; where there is none, it is made and put there."""
    file = _file()
    codes = _stored(file)
    if codes is None:
        codes = _made()
        _store(file, codes)
    return codes


def _file() -> Path:
    """The file of the kernel for this processor."""
    from sim.lowering.machine import processor  # loads LLVM

    return cache_folder() / f"kernel-{hashlib.sha256(processor().encode()).hexdigest()[:16]}.o"


def _stored(file: Path) -> list[bytes] | None:
    """The parts of the machine code in a file; None when there is none, or it is not whole: that would crash the process."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, rest = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    codes = []
    while rest:
        end = LENGTH_SIZE + int.from_bytes(rest[:LENGTH_SIZE], "little")
        codes.append(rest[LENGTH_SIZE:end])
        rest = rest[end:]
    return codes


def _store(file: Path, codes: list[bytes]) -> None:
    """Keep machine code in a file, under its final name only when it is whole; a disk that refuses costs only time."""
    content = b"".join(len(code).to_bytes(LENGTH_SIZE, "little") + code for code in codes)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, hashlib.sha256(content).digest() + content, durable=False)


def _made() -> list[bytes]:
    """Make the kernel for this processor: a second or two."""
    from sim.lowering.at_once import object_codes  # loads LLVM
    from sim.lowering.parts import parted  # only needed here

    return object_codes(parted(ir(), PARTS))
