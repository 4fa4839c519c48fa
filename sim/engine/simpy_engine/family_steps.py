"""The steps of families of mechanics, each in a file of its own: generators that give the outcome of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import network
from sim.engine.simpy_engine import (
    around_calls,
    caches,
    choreography,
    dual_writes,
    effects,
    failures,
    forks,
    key_locks,
    leaving,
    locks,
    projections,
    relays,
    sagas,
    stores,
    streams,
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


def branch_over(_run: Run, span: Span, failed: int, _b: int) -> Steps:
    """A branch has come to its end, or one of its steps has failed."""
    return span.failed_with if failed else OK
    yield


FAMILY_STEPS: dict[int, Callable[[Run, Span, int, int], Steps]] = {
    network.EFFECT: apply,
    network.STRUCK: failures.strike,
    network.HANG: failures.hang,
    network.FELL_BACK: around_calls.fall_back,
    network.RECOVERED: around_calls.recovered,
    network.FALLEN: around_calls.fallen,
    network.FORK: forks.fork,
    network.BRANCH_OVER: branch_over,
    network.WAIT: around_calls.wait,
    network.YIELD: leaving.give_way,
    network.SAGA: sagas.begin,
    network.SAGA_STATE: sagas.state,
    network.SAGA_FAILED: sagas.failed,
    network.SAGA_SEEN: sagas.seen,
    network.SAGA_LOCK: locks.lock,
    network.SAGA_END: sagas.end,
    network.SAGA_REFUSED: sagas.refused,
    network.SAGA_TELL: choreography.tell,
    network.SAGA_TOLD: choreography.told,
    network.SAGA_ASK: choreography.ask,
    network.SAGA_TRIED: choreography.tried,
    network.SAGA_NOTE: choreography.note,
    network.SAGA_OVER: choreography.over,
    network.BEGIN: stores.begin,
    network.WRITE: stores.write,
    network.OUTBOX: relays.outbox,
    network.PAIR: dual_writes.pair,
    network.COMMIT: stores.commit,
    network.ROLL_BACK: stores.roll_back,
    network.LOCK: key_locks.take,
    network.UNLOCK: key_locks.unlock,
    network.UNLOCK_FAILED: key_locks.unlock_failed,
    network.LOAD: streams.load,
    network.APPEND: streams.append,
    network.RELOAD: streams.reload,
    network.PROJECT: projections.project,
    network.READ: projections.read,
    network.LOOK: caches.look,
    network.MISSED: caches.missed,
    network.FILLED: caches.filled,
    network.LOST: caches.lost,
}
"""What an instruction's code means: what is done with its two operands."""
