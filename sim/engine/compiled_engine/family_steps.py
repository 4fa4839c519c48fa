"""The steps of families of mechanics, each in a file of its own: what they answer says how the handler goes on.

    OK, an outcome   the step is done, or has failed with that: `steps` goes on at once
    WAITS            something will put `DO_GO_ON` with the outcome on the agenda when the step is done
"""

from sim import network
from sim.engine.compiled_engine import (
    around_calls,
    caches,
    choreography,
    dual_writes,
    effects,
    failures,
    key_locks,
    leaving,
    locks,
    projections,
    relays,
    sagas,
    stores,
    streams,
)
from sim.engine.compiled_engine.codes import WAITS
from sim.engine.compiled_engine.state import Span, World
from sim.record.outcomes import OK
from sim.shared import Words, entrance


@entrance
def family_step(m: World, r: Words, span: Span, code: int, a: int, b: int) -> int:
    """Do a step of a family of mechanics, or begin it."""
    if code == network.EFFECT:
        effects.apply(m, r, span, a, b)
    elif code == network.YIELD:
        if leaving.give_way(m, r, span):
            return WAITS
    elif code == network.STRUCK:
        return failures.strike(m, span, a, b)
    elif code == network.HANG:
        return failures.hang(m, r, span, a, b)
    elif code < network.BEGIN:
        return around_calls.step(m, r, span, code, a, b)
    elif code == network.SAGA:
        return sagas.begin(m, r, span, a, b)
    elif code == network.SAGA_STATE:
        return sagas.state(m, r, span, a, b)
    elif code == network.SAGA_FAILED:
        return sagas.failed(m, r, span)
    elif code == network.SAGA_LOCK:
        return locks.lock(m, r, span, a)
    elif code == network.SAGA_SEEN:
        return sagas.seen(m, r, span)
    elif code == network.SAGA_END:
        return sagas.end(m, r, span, b)
    elif code == network.SAGA_REFUSED:
        return sagas.refused(m, span)
    elif code >= network.LOOK:
        return caches.step(m, r, span, code, a, b)
    elif code >= network.SAGA_TELL:
        return choreography.step(m, r, span, code, a, b)
    elif code == network.BEGIN:
        return stores.begin(m, r, span, a, b)
    elif code == network.WRITE:
        return stores.write(m, r, span, a, b)
    elif code == network.PAIR:
        dual_writes.pair(m, r, span, a)
    elif code == network.OUTBOX:
        relays.outbox(m, span, a, b)
    elif code == network.COMMIT:
        stores.commit(m, span, a, b)
        return WAITS
    elif code == network.ROLL_BACK:
        return stores.roll_back(m, r, span)
    elif code == network.LOCK:
        return key_locks.take(m, r, span, a, b)
    elif code == network.UNLOCK:
        return key_locks.unlock(m, r, span, OK)
    elif code == network.UNLOCK_FAILED:
        return key_locks.unlock(m, r, span, span.failed_with)
    elif code == network.LOAD:
        return streams.load(m, r, span, a)
    elif code == network.APPEND:
        return streams.append(m, span, a)
    elif code == network.RELOAD:
        return streams.reload(m, r, span, a)
    elif code == network.PROJECT:
        projections.project(m, r, span, a)
    elif code == network.READ:
        return projections.read(m, r, span, a, b)
    return OK
