"""Who is admitted by a replica: refused, admit, over, learn; forget. The readable engine's verbs, in its order."""

from sim.draws import bits
from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Admission, Replica, Span, World
from sim.lowering.language import Hook
from sim.policies.limits import _windows as windows
from sim.policies.limits._exact import TIME_MAX
from sim.policies.limits._windows import WindowSettings, WindowState
from sim.record import limiters as recorder
from sim.record.fields.limiters import (
    HELD_IN_FLIGHT,
    HELD_LIMIT,
    LIMITER_ANSWERED,
    LIMITER_DROPPED,
    LIMITER_IGNORED,
    LIMITER_LOST,
    LIMITERS,
)
from sim.record.outcomes import CANCELLED, LIMIT, OK, SHED
from sim.rows import NOWHERE
from sim.semantics.hooks import LIMITS, SHEDDING
from sim.shared import Words, entrance, rare

begin_rule = Hook(tuple(kind.begin for kind in LIMITS))
sample_rule = Hook(tuple(kind.sample for kind in LIMITS))
sheds_rule = Hook(tuple(kind.sheds for kind in SHEDDING))
LIMITERS_HELD = len(LIMITERS.holdings)


@entrance
def refused(m: World, span: Span) -> int:
    """Why a request is not admitted; or OK."""
    replica = span.replica
    limiter, shedding = replica.limiter, replica.service.shedding
    if shedding:
        held, most = replica.queue_length, shedding.most
        if shedding.of_limit != 0:
            held, most = limiter.in_flight, limiter.limit
        if sheds_rule(shedding.code, m, shedding.settings, held, most, span.trace.flow.rank, shedding.last):
            return SHED
    if limiter and limiter.in_flight >= limiter.limit:
        return LIMIT
    return OK


@entrance
def admit(m: World, r: Words, span: Span) -> None:
    """A request is let in: it is in flight now."""
    limiter = span.replica.limiter
    if limiter:
        limiter.in_flight += 1
        one = Admission(m, take_row(m, m.admissions))
        one.since = m.now
        one.in_flight = limiter.in_flight
        span.admission = one
        recorder.admitted(r, m.now, limiter.number)


def answered(m: World, r: Words, span: Span) -> None:
    """A handler has ended, in any way: that is a sample."""
    over(m, r, span, LIMITER_ANSWERED)


def dropped(m: World, r: Words, span: Span) -> None:
    """The queue has given a request up: that is a sample, which was dropped."""
    over(m, r, span, LIMITER_DROPPED)


def left(m: World, r: Words, span: Span, outcome: int) -> None:
    """A request has been called back, or its replica went down: nothing is learnt."""
    over(m, r, span, LIMITER_IGNORED if outcome == CANCELLED else LIMITER_LOST)


@entrance
def over(m: World, r: Words, span: Span, how: int) -> None:
    """A request is in flight no more, if it was; ``how`` is what that says."""
    one = span.admission
    if not one:
        return
    limiter = span.replica.limiter
    limiter.in_flight -= 1
    since, in_flight = one.since, one.in_flight
    release_row(m, m.admissions, one.at)
    span.admission = NOWHERE
    recorder.over(r, m.now, limiter.number, how)
    if how == LIMITER_ANSWERED or how == LIMITER_DROPPED:  # noqa: PLR1714, SIM109 - no sets here
        learn(m, r, span, min(max(m.now - since, 1), TIME_MAX), in_flight, how == LIMITER_DROPPED)


def learn(m: World, r: Words, span: Span, elapsed: int, in_flight: int, dropped: bool) -> None:  # noqa: FBT001
    """A limit has one more sample, unless that waits for others."""
    limiter = span.replica.limiter
    before = limiter.limit
    if limiter.window_settings != 0:
        settings, window = WindowSettings(m, limiter.window_settings), WindowState(m, limiter.window)
        if not windows.took(settings, window, m.now, elapsed, in_flight, dropped):
            return
        elapsed = max(window.time // window.count, 1)
        in_flight = window.in_flight
        dropped = window.dropped != 0
        windows.emptied(settings, window, m.now)
    u = bits(m.keys[span.operation.limit_stream], span.key, span.occurrence) if limiter.draws != 0 else 0
    limiter.limit = sample_rule(limiter.code, m, limiter.settings, limiter.state, elapsed, in_flight, dropped, u)
    recorder.learnt(r, m.now, limiter.number)
    recorder.changed(r, m.now, limiter.number, before, limiter.limit)


@rare
def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing any more: its limit begins anew."""
    limiter = replica.limiter
    if limiter:
        before = limiter.limit
        blank(m, limiter.state, limiter.size)
        blank(m, limiter.window, WindowState.SIZE)
        limiter.limit = begin_rule(limiter.code, m, limiter.settings, limiter.state)
        recorder.changed(r, m.now, limiter.number, before, limiter.limit)


@rare
def count_limiter(m: World, replica: Replica) -> None:
    """The limit of a replica, and who is in flight there, at the horizon."""
    limiter = replica.limiter
    if not limiter:
        return
    at = m.inside[LIMITERS.number] + LIMITERS_HELD * limiter.number
    m[at + HELD_LIMIT] += limiter.limit
    span = replica.resident_head
    while span:
        m[at + HELD_IN_FLIGHT] += 1
        span = span.resident_next
