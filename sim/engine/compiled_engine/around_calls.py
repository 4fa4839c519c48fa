"""The steps that stand around calls: fallbacks, waits, parallel calls of which not all are waited for, and branches."""

from sim import network
from sim.engine.compiled_engine import fallbacks, forks, quorums
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.calls import sample
from sim.engine.compiled_engine.codes import WAITS, WORKING
from sim.engine.compiled_engine.halted import later
from sim.engine.compiled_engine.state import Span, World
from sim.record.fields.hangs import HANG_OVER
from sim.record.leaks import hangs_no_more
from sim.record.outcomes import OK
from sim.semantics.order import WAITED, rank_of
from sim.semantics.processors import HANGS, HERE
from sim.shared import Words


def step(m: World, r: Words, span: Span, code: int, a: int, b: int) -> int:
    """Do a step, or begin it."""
    if code == network.FELL_BACK:
        return fallbacks.fall_back(m, r, span, a)
    if code == network.RECOVERED:
        return fallbacks.recovered(r, span, a, b)
    if code == network.FALLEN:
        return fallbacks.fallen(r, span, a, b)
    if code == network.WAIT:
        after(m, sample(m, a, b, span.key, span.occurrence), rank_of(WAITED, span.ident), span.at)
    elif code == network.QUORUM:
        quorums.begin(m, span, a, b)
    elif code == network.FORK:
        forks.begin(m, span, a, b)
    else:
        forks.over(m, r, span, a)
    return WAITS


def waited(m: World, r: Words, span: Span, ident: int) -> int:
    """A wait is over, unless its handler was killed, or its replica is halted: OK, or `WAITS`."""
    if span.ident != ident or span.state != WORKING:
        return WAITS
    if later(m, span.replica, rank_of(WAITED, ident), span.at):
        return WAITS
    if span.place == HANGS:
        span.place = HERE
        hangs_no_more(r, m.now, span.replica.service.hang, HANG_OVER)
    return OK
