"""Who is admitted by a replica: refused, admit, over, learn; forget.

    comes --> refused: shed, or beyond the limit
      '-----> admit: in flight --> over: answered, or dropped by the queue --> learn: the limit is another one
                               '-> over: called back, or its replica went down
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import bits
from sim.policies.limits import _windows as windows
from sim.policies.limits._exact import TIME_MAX
from sim.record import limiters as recorder
from sim.record.fields.limiters import LIMITER_ANSWERED, LIMITER_DROPPED, LIMITER_IGNORED, LIMITER_LOST
from sim.record.outcomes import CANCELLED, LIMIT, OK, SHED
from sim.semantics.hooks import LIMITS, SHEDDING

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Limiter, Network


class LimiterAtWork:
    """The limit of a replica: its rules, what it has learnt, and who is in flight, since when and as which of how many."""

    __slots__ = ("in_flight", "kind", "limit", "number", "settings", "spec", "state", "window", "window_settings")

    def __init__(self, number: int, spec: Limiter, network: Network) -> None:
        self.number, self.spec = number, spec
        self.kind: Any = LIMITS[spec.code]
        self.settings = network.settings[spec.settings]
        self.window_settings = network.settings.get(spec.window)
        self.in_flight: dict[int, tuple[int, int]] = {}
        self.limit = 0
        self.begin()

    def begin(self) -> None:
        """It knows nothing yet, or no more."""
        self.state: Any = self.kind.State.plain()
        self.window: Any = windows.WindowState.plain()
        self.limit = self.kind.begin(self.settings, self.state)


def begin(run: Run) -> None:
    """At time 0: replicas have the limits that are declared, and those are so large."""
    for number, limiter in enumerate(run.network.limiters):
        for replica in (one for one in run.replicas if one.service == limiter.service):
            replica.limiter, replica.admits = LimiterAtWork(number, limiter, run.network), True
            recorder.changed(run.r, 0, number, 0, replica.limiter.limit)


def refused(run: Run, attempt: Span) -> int:
    """Why a request is not admitted; or OK."""
    replica = attempt.replica
    limiter, shedding = replica.limiter, replica.spec.shedding
    if shedding is not None:
        of_limit = shedding.of_limit
        held, most = (len(limiter.in_flight), limiter.limit) if of_limit else (sum(map(len, replica.lines)), shedding.most)
        rank = run.network.flows[attempt.trace.flow].rank
        if SHEDDING[shedding.code].sheds(run.settings[shedding.settings], held, most, rank, shedding.last):
            return SHED
    if limiter is not None and len(limiter.in_flight) >= limiter.limit:
        return LIMIT
    return OK


def admit(run: Run, attempt: Span) -> None:
    """A request is let in: it is in flight now."""
    limiter, now = attempt.replica.limiter, run.clock.now
    if limiter is not None:
        limiter.in_flight[attempt.ident] = (now, len(limiter.in_flight) + 1)
        recorder.admitted(run.r, now, limiter.number)


def answered(run: Run, attempt: Span) -> None:
    """A handler has ended, in any way: that is a sample."""
    over(run, attempt, LIMITER_ANSWERED)


def dropped(run: Run, attempt: Span) -> None:
    """The queue has given a request up: that is a sample, which was dropped."""
    over(run, attempt, LIMITER_DROPPED)


def left(run: Run, attempt: Span, outcome: int) -> None:
    """A request has been called back, or its replica went down: nothing is learnt."""
    over(run, attempt, LIMITER_IGNORED if outcome == CANCELLED else LIMITER_LOST)


def over(run: Run, attempt: Span, how: int) -> None:
    """A request is in flight no more, if it was; ``how`` is what that says."""
    limiter = attempt.replica.limiter
    if limiter is None or attempt.ident not in limiter.in_flight:
        return
    since, in_flight = limiter.in_flight.pop(attempt.ident)
    recorder.over(run.r, run.clock.now, limiter.number, how)
    if how in {LIMITER_ANSWERED, LIMITER_DROPPED}:
        elapsed = min(max(run.clock.now - since, 1), TIME_MAX)
        learn(run, attempt, elapsed, in_flight, how == LIMITER_DROPPED)


def learn(run: Run, attempt: Span, elapsed: int, in_flight: int, dropped: bool) -> None:  # noqa: FBT001
    """A limit has one more sample, unless that waits for others."""
    limiter: Any = attempt.replica.limiter
    now, window, before = run.clock.now, limiter.window, limiter.limit
    if limiter.window_settings is not None:
        if not windows.took(limiter.window_settings, window, now, elapsed, in_flight, dropped):
            return
        elapsed, in_flight, dropped = max(window.time // window.count, 1), window.in_flight, window.dropped != 0
        windows.emptied(limiter.window_settings, window, now)
    u = 0
    if limiter.spec.draws:
        stream = run.network.operations[attempt.operation].limit_stream
        u = bits(run.keys[stream], attempt.trace.key, attempt.occurrence)
    limiter.limit = limiter.kind.sample(limiter.settings, limiter.state, elapsed, in_flight, dropped, u)
    recorder.learnt(run.r, now, limiter.number)
    recorder.changed(run.r, now, limiter.number, before, limiter.limit)


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing any more: its limit begins anew."""
    limiter = replica.limiter
    if limiter is not None:
        before = limiter.limit
        limiter.begin()
        recorder.changed(run.r, run.clock.now, limiter.number, before, limiter.limit)


def count_limiter(run: Run, replica: Replica) -> None:
    """The limit of a replica, and who is in flight there, at the horizon."""
    limiter = replica.limiter
    if limiter is not None:
        run.recording.inside["limiters"][limiter.number] += (limiter.limit, len(replica.residents))
