"""Handlers that give their workers back while they wait, as on an event loop.

    a step waits --suspend--> away: the worker goes to who is next --answer--> take_up: a worker, or waits for one
                                                                                hand_over: one is free
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.simpy_engine.attempts import hand_on
from sim.engine.simpy_engine.resuming import take
from sim.network import RELOAD
from sim.record import event_loops as record
from sim.record.outcomes import OK
from sim.semantics.processors import AWAY, HERE, WANTS_WORKER

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def unheld(run: Run, span: Span, step: Generator[Event, Any, Any], failure: int = 0) -> Generator[Event, Any, Any]:
    """A step of a handler, during which it holds no worker if its service says so; ``failure`` is where that of it leads."""
    return step if span.replica.loop is None or not span.running else away(run, span, step, failure)


def away(run: Run, span: Span, step: Generator[Event, Any, Any], failure: int) -> Generator[Event, Any, Any]:
    """A step: from where it waits on without the worker, which is taken again when it is over.

    What an append does after a conflict needs none: it is away until its events are loaded again.
    """
    outcome, waits = advanced(step, None)
    if waits is not None and span.place == HERE:
        suspend(run, span)
    while waits is not None:
        heard = yield waits
        outcome, waits = advanced(step, heard)
    goes_on = failure and outcome != OK and run.instructions[failure][0] == RELOAD
    if span.place == AWAY and not span.dead and not goes_on:
        yield from take_up(run, span)
    return outcome


def advanced(step: Generator[Event, Any, Any], heard: Any) -> tuple[Any, Event | None]:
    """What a step ends with, or what it waits for next."""
    try:
        return None, step.send(heard)
    except StopIteration as over:
        return over.value, None


def suspend(run: Run, span: Span) -> None:
    """A handler waits: its worker is free."""
    replica, now = span.replica, run.clock.now
    loop: Any = replica.loop
    span.place, span.place_since = AWAY, now
    loop.without += 1
    replica.busy -= 1
    record.suspended(run.r, now, loop.number, span.ident)
    hand_on(run, replica)


def take_up(run: Run, span: Span) -> Generator[Event, Any, None]:
    """A handler has what it waited for, and wants a worker to go on."""
    replica, now = span.replica, run.clock.now
    loop: Any = replica.loop
    record.resuming(run.r, now, loop.number, span.ident, now - span.place_since)
    span.place, span.place_since = WANTS_WORKER, now
    if replica.busy < replica.spec.workers:
        take(run, replica, span)
        return
    loop.resuming.append(span)
    span.resumed = Event(run.clock)
    yield span.resumed


def leave(run: Run, span: Span) -> None:
    """A handler without a worker goes down, or is given up."""
    if span.place not in {AWAY, WANTS_WORKER}:
        return
    loop: Any = span.replica.loop
    was_away = span.place == AWAY
    if not was_away:
        loop.resuming.remove(span)
    span.place = HERE
    loop.without -= 1
    record.suspended_no_more(run.r, run.clock.now, loop.number, was_away, run.clock.now - span.place_since)


def count_loop(run: Run, replica: Any) -> None:
    """Handlers of a replica that are without a worker."""
    loop = replica.loop
    if loop is None:
        return
    run.recording.inside["event_loops"][loop.number] += (loop.without - len(loop.resuming), len(loop.resuming))
    for span in replica.residents.values():
        if span.place in {AWAY, WANTS_WORKER}:
            record.still_suspended(run.r, loop.number, span.place == AWAY, run.network.horizon - span.place_since)
