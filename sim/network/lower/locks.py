"""Locks that handlers take: what is done behind one stands between two instructions, and its failures let go of it too.

    LOCK  steps ... UNLOCK  JUMP  UNLOCK_FAILED
            '-- fails ---------------^   fails in turn, as the step did; the jump leads behind it

An append that stands behind leads its conflicts back to the lock, where its load stands in there: it is taken again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lock_rows import KeyLock
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.model import INSTRUCTION, JUMP, LOCK, UNLOCK, UNLOCK_FAILED
from sim.scenario.steps import Lock
from sim.stores.transactions import NO_WAIT_MAX

if TYPE_CHECKING:
    from sim.network.compiler import Compiler


@lower.register(Lock)
def _lock(step: Lock, compiler: Compiler, operation: str) -> None:
    service = operation.partition(".")[0]
    number = compiler.key_locks.setdefault(f"{service}.{step.lock.name}", len(compiler.key_locks))
    wait_max = NO_WAIT_MAX if step.lock.wait_max is None else step.lock.wait_max
    begin = compiler.emit(LOCK, 2 * number + (step.lock.key == "flow"), wait_max)
    first = begin + INSTRUCTION
    lower_all(step.steps, compiler, operation)
    last = compiler.emit(UNLOCK)
    jump = compiler.emit(JUMP)
    lead_failures(compiler, first, last, compiler.emit(UNLOCK_FAILED))
    compiler.program[jump + 1] = len(compiler.program)
    for stream, at in compiler.loaded_at.items():
        if at > begin:
            compiler.loaded_at[stream] = begin


def key_lock_rows(compiler: Compiler) -> tuple[KeyLock, ...]:
    """Return the rows of all locks that handlers take."""
    return tuple(KeyLock(name, compiler.service_of(name)) for name in compiler.key_locks)
