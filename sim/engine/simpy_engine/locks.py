"""Locks of two-phase commits: one for each service and key, held by a saga from before it prepares until it has ended.

    ask --free--> granted --> give all back --> the next one has it
      '-- waits, first come, first served ------------^          leave: who led it went down, or its deadline is over
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.simpy_engine.state import Lock
from sim.record import locks as recorder
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Saga, Span


def lock(run: Run, span: Span, service: int, _b: int) -> Steps:
    """A coordinator wants the lock of a service for the key of its trace, unless it has it."""
    saga: Any = span.saga
    key = (service, saga.trace.partition_key)
    one = run.locks.get(key)
    if one is not None and one.holder is saga:
        return OK
    recorder.lock_asked(run.r, run.clock.now, saga.number)
    saga.wanted_since = run.clock.now
    if one is None:
        one = run.locks[key] = Lock(key)
        grant(run, one, saga)
        return OK
    one.waiting.append(saga)
    saga.wanted, saga.granted = one, Event(run.clock)
    yield saga.granted
    return OK


def grant(run: Run, one: Lock, saga: Saga) -> None:
    """A saga has a lock."""
    now = run.clock.now
    one.holder, one.since = saga, now
    saga.locks.append(one)
    recorder.lock_granted(run.r, now, saga.number, now - saga.wanted_since)


def give_back(run: Run, saga: Saga) -> None:
    """A saga has ended: whoever waits first for a lock of it has that now, the last one that it got first."""
    now = run.clock.now
    while saga.locks:
        one = saga.locks.pop()
        recorder.lock_released(run.r, now, saga.number, now - one.since)
        if one.waiting:
            following = one.waiting.popleft()
            following.wanted = None
            grant(run, one, following)
            following.granted.succeed()
        else:
            del run.locks[one.key]


def leave(run: Run, saga: Saga) -> None:
    """A saga waits for no lock any more."""
    if saga.wanted is not None:
        saga.wanted.waiting.remove(saga)
        saga.wanted = None
        recorder.lock_left(run.r, run.clock.now, saga.number, run.clock.now - saga.wanted_since)


def count_locks(run: Run, saga: Saga) -> None:
    """What a saga has, and waits for, at the horizon."""
    horizon = run.network.horizon
    for one in saga.locks:
        recorder.lock_still_held(run.r, saga.number, horizon - one.since)
    if saga.wanted is not None:
        recorder.lock_still_wanted(run.r, saga.number, horizon - saga.wanted_since)
    run.recording.inside["sagas"][saga.number] += (0, 0, saga.wanted is not None, len(saga.locks))
