"""What the kernel is made of: its entry, its IR, and the hash by which machine code that was made of it is known again.

    loop.run --lowered--> IR            sources of sim, files of policies --SHA-256--> source_hash()
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

import sim
from sim.semantics.hooks import BALANCES, BUDGETS, DISCIPLINES, GUARDS, LIMITS, PICKS, RETRIES, SHEDDING

KERNEL_SOURCES = (
    *("engine", "lowering", "policies", "brokers", "stores", "projections", "semantics", "record", "network"),
    *("draws.py", "rows.py", "shared.py", "scenario/kinds.py", "scenario/outliers.py", "scenario/health.py"),
    "scenario/admission.py",
)
SYMBOL = "eventflow_run"
PARTS = 2
"""In how many parts machine code is made on the spot: as many as there are processors almost everywhere."""


def source_hash() -> str:
    """SHA-256 over the sources that the kernel is made of, 64 hex digits.

    A policy counts wherever its file lies: a kernel that was made without it would ask another one in its place.
    """
    digest = hashlib.sha256()
    root = Path(sim.__file__).parent
    for name in KERNEL_SOURCES:
        for path in sorted([root / name] if name.endswith(".py") else (root / name).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    for kind in (*RETRIES, *BUDGETS, *BALANCES, *PICKS, *DISCIPLINES, *GUARDS, *LIMITS, *SHEDDING):
        digest.update(f"{kind.__module__}.{kind.__name__}".encode())
        digest.update(Path(inspect.getfile(kind)).read_bytes())
    return digest.hexdigest()


def ir() -> str:
    """The kernel in LLVM's language: the same bytes on every machine."""
    from sim.engine.compiled_engine.loop import run  # the kernel's source is only needed here
    from sim.lowering.module import lowered  # the same

    return lowered(run, SYMBOL)
