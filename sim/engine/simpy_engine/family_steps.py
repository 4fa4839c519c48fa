"""The steps of families of mechanics, each in a file of its own: generators that give the outcome of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import choreography, dual_writes, effects, locks, projections, relays, sagas, stores, streams
from sim.network import (
    APPEND,
    BEGIN,
    COMMIT,
    EFFECT,
    LOAD,
    OUTBOX,
    PAIR,
    PROJECT,
    READ,
    RELOAD,
    ROLL_BACK,
    SAGA,
    SAGA_ASK,
    SAGA_END,
    SAGA_FAILED,
    SAGA_LOCK,
    SAGA_NOTE,
    SAGA_OVER,
    SAGA_SEEN,
    SAGA_STATE,
    SAGA_TELL,
    SAGA_TRIED,
    WRITE,
)
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def apply(run: Run, span: Span, a: int, b: int) -> Steps:
    """Apply an effect."""
    effects.apply(run, span, a, b)
    return OK
    yield


FAMILY_STEPS: dict[int, Callable[[Run, Span, int, int], Steps]] = {
    EFFECT: apply,
    SAGA: sagas.begin,
    SAGA_STATE: sagas.state,
    SAGA_FAILED: sagas.failed,
    SAGA_SEEN: sagas.seen,
    SAGA_LOCK: locks.lock,
    SAGA_END: sagas.end,
    SAGA_TELL: choreography.tell,
    SAGA_ASK: choreography.ask,
    SAGA_TRIED: choreography.tried,
    SAGA_NOTE: choreography.note,
    SAGA_OVER: choreography.over,
    BEGIN: stores.begin,
    WRITE: stores.write,
    OUTBOX: relays.outbox,
    PAIR: dual_writes.pair,
    COMMIT: stores.commit,
    ROLL_BACK: stores.roll_back,
    LOAD: streams.load,
    APPEND: streams.append,
    RELOAD: streams.reload,
    PROJECT: projections.project,
    READ: projections.read,
}
"""What an instruction's code means: what is done with its two operands."""
