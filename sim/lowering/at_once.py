"""Machine code of the parts of a module at once: of the first one in this process, of each other in one of its own.

    parts of IR --first--> LLVM here ----------------------------> machine code
               --others--> python machine.py, standard input ---> machine code, and its digest

llvmlite lets one thread of a process into LLVM at a time, so that threads would win nothing. A process that cannot be started
or fails costs only time: its part is made here. The machine code is the same either way.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from sim.lowering import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 60.0
"""Seconds until a process is given up."""


def object_codes(parts: Sequence[str]) -> list[bytes]:
    """Machine code of modules of IR, for exactly this processor."""
    alone = (os.cpu_count() or 1) == 1 or getattr(sys, "frozen", False) or not sys.executable  # a frozen program is no Python
    if alone or len(parts) == 1:
        return [machine.object_code(part) for part in parts]
    with ThreadPoolExecutor(len(parts) - 1) as waiting:
        others = [waiting.submit(_in_a_process, part) for part in parts[1:]]
        first = machine.object_code(parts[0])
        made = [other.result() for other in others]
    return [first, *(machine.object_code(part) if code is None else code for part, code in zip(parts[1:], made, strict=True))]


def _in_a_process(part: str) -> bytes | None:
    """What another process makes of a part; None if it does not."""
    command = [sys.executable, "-P", machine.__file__]  # by its file: nothing else of the package is loaded
    try:
        done = subprocess.run(command, input=part.encode(), capture_output=True, check=True, timeout=PATIENCE)  # noqa: S603 - ourselves
    except (OSError, subprocess.SubprocessError):
        return None
    digest, code = done.stdout[: hashlib.sha256().digest_size], done.stdout[hashlib.sha256().digest_size :]
    return code if hashlib.sha256(code).digest() == digest else None
