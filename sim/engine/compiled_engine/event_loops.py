"""Handlers that give their workers back while they wait, as on an event loop. The readable engine's verbs, in its order.

A handler that wants a worker keeps in `Span.work` with which outcome it goes on.
"""

from sim.engine.compiled_engine.codes import WAITS, WORKING
from sim.engine.compiled_engine.resuming import take, want, want_no_more
from sim.engine.compiled_engine.serving import hand_on
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.engine.compiled_engine.watched import took
from sim.network import FAILURE, INSTRUCTION, RELOAD
from sim.record import event_loops as record
from sim.record.fields.event_loops import EVENT_LOOPS, HELD_AWAY, HELD_RESUMING
from sim.record.outcomes import OK
from sim.semantics.processors import AWAY, HERE, WANTS_WORKER
from sim.shared import Words, entrance, rare

LOOPS_HELD = len(EVENT_LOOPS.holdings)


@entrance
def held_up(m: World, r: Words, span: Span, outcome: int) -> bool:
    """Whether a handler goes no further now: its step WAITS, and the worker is given back; or there is none to go on with.

    What an append does after a conflict needs none: it is away until its events are loaded again.
    """
    if outcome == WAITS:
        if span.place == HERE and span.site and span.replica.loop:
            suspend(m, r, span)
        return True
    if span.place != AWAY:
        return False
    failure = m.program[span.pc - INSTRUCTION + FAILURE] if outcome != OK else 0
    if failure != 0 and m.program[failure] == RELOAD:
        return False
    return not take_up(m, r, span, outcome)


def suspend(m: World, r: Words, span: Span) -> None:
    """A handler waits: its worker is free."""
    replica = span.replica
    span.place = AWAY
    span.place_since = m.now
    replica.loop.without += 1
    replica.busy -= 1
    took(m, replica, -1)
    record.suspended(r, m.now, replica.loop.number, span.ident)
    hand_on(m, r, replica)


def take_up(m: World, r: Words, span: Span, outcome: int) -> bool:
    """A handler has what it waited for, and wants a worker to go on; whether there is one."""
    replica = span.replica
    record.resuming(r, m.now, replica.loop.number, span.ident, m.now - span.place_since)
    span.place = WANTS_WORKER
    span.place_since = m.now
    if replica.busy < replica.service.workers:
        take(m, r, replica, span)
        return True
    span.work = outcome
    want(replica.loop, span)
    return False


def works_on(span: Span, ident: int) -> bool:
    """Whether the handler that has a worker again is still there."""
    return span.ident == ident and span.state == WORKING


@entrance
def leave(m: World, r: Words, span: Span) -> None:
    """A handler without a worker goes down, or is given up."""
    was_away = span.place == AWAY
    if not was_away and span.place != WANTS_WORKER:
        return
    loop = span.replica.loop
    if not was_away:
        want_no_more(loop, span)
    span.place = HERE
    loop.without -= 1
    record.suspended_no_more(r, m.now, loop.number, was_away, m.now - span.place_since)


@rare
def count_loop(m: World, at: int, replica: Replica) -> int:
    """Handlers of a replica that are without a worker; returns how many."""
    loop = replica.loop
    if not loop:
        return 0
    at += LOOPS_HELD * loop.number
    m[at + HELD_AWAY] += loop.without - loop.resuming
    m[at + HELD_RESUMING] += loop.resuming
    return loop.without


@rare
def count_handler(m: World, r: Words, span: Span) -> None:
    """How long a handler has been without a worker."""
    if span.place == AWAY or span.place == WANTS_WORKER:  # noqa: PLR1714 - no sets here
        record.still_suspended(r, span.replica.loop.number, span.place == AWAY, m.horizon - span.place_since)
