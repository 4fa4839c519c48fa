"""Replicas whose world stops, that have fewer cores, or lose workers: halt, set cores, leak, workers back, take up; heard.

The readable engine's verbs, in its order.
"""

from sim import network
from sim.engine.compiled_engine import processors, watched
from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.calls import heard_as
from sim.engine.compiled_engine.codes import LEFT, SETTLED
from sim.engine.compiled_engine.hedge_rows import drop
from sim.engine.compiled_engine.leaving import free
from sim.engine.compiled_engine.serving import hand_on
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import fields, recorder
from sim.record.leaks import leaked, restarted
from sim.semantics.leaks import change
from sim.shared import Words, rare


@rare
def alter(m: World, r: Words, replica: Replica, verb: int, value: int) -> None:
    """A change of the environment takes place at a replica that neither goes down nor works at another pace."""
    if verb == network.HALT:
        halt(m, r, replica, value)
    elif verb == network.CORES:
        recorder.note(r, m.now, fields.facts.FACT_CORES_LOST, replica.number, value)
        processors.set_cores(m, r, replica.processor, value)
    else:
        leak(m, r, replica, value)


def halt(m: World, r: Words, replica: Replica, until: int) -> None:
    """A replica stops until then, and takes up nothing that comes; or goes on: 0."""
    recorder.note(r, m.now, fields.facts.FACT_HALTED, replica.number, until)
    replica.halted_until = until
    replica.opens = 1 if replica.up != 0 and until == 0 else 0


@rare
def heard(m: World, r: Words, span: Span, ident: int) -> None:
    """A handler that stood still hears how an attempt ended, if it needs that still."""
    if span.ident != ident:
        return
    if span.caller == LEFT:
        if span.hedge:
            drop(m, r, span)
        free(m, span)
    elif span.caller == SETTLED:  # and not given up by a saga
        then(m, heard_as(span), span.at, span.outcome)


def leak(m: World, r: Words, replica: Replica, total: int) -> None:
    """So many workers of a replica are to be taken by nobody: one more is lost, or some are given back."""
    more = change(total, replica.leak, replica.leaked, replica.service.workers, replica.up != 0)
    replica.leak = total
    recorder.note(r, m.now, fields.facts.FACT_LEAKED, replica.number, total)
    replica.leaked += more
    replica.busy += more
    leaked(r, m.now, replica.service.leak, more)
    watched.took(m, replica, more)
    if more < 0:
        take_up(m, r, replica)


@rare
def workers_back(m: World, r: Words, replica: Replica) -> None:
    """A replica went down: the workers that it lost are there again."""
    if replica.leaked > 0:
        restarted(r, m.now, replica.service.leak, replica.leaked)
        replica.leaked = 0


@rare
def take_up(m: World, r: Words, replica: Replica) -> None:
    """There may be free workers at a replica where somebody waits for one: they have them."""
    while replica.busy < replica.service.workers and (replica.queue_length > 0 or (replica.loop and replica.loop.resuming > 0)):
        hand_on(m, r, replica)
