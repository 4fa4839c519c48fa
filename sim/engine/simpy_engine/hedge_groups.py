"""Hedged calls under way, and what the replicas that call know: states, elsewhere, drop, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.record import around_calls as recorder
from sim.semantics.hedging import HedgeState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.quorums import Together
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span, Trace
    from sim.network import Hedge, Network, Site

    Send = Callable[[Run, Span, Trace, Site, int, int, "Hedged | None"], Span]


class Hedged:
    """A hedged call under way: its attempts that have not ended, in the order in which they left."""

    __slots__ = (
        *("caller", "deadline", "done", "due", "first", "live", "number", "over", "send", "sent_at", "site", "spec", "state"),
        *("together", "turns"),
    )

    first: Span
    send: Send

    def __init__(self, run: Run, caller: Span, site: Site, number: int, deadline: int, together: Together | None) -> None:
        self.caller, self.site, self.number, self.together = caller, site, number, together
        self.deadline, self.sent_at = deadline, run.clock.now
        self.spec: Hedge = run.network.hedges[site.hedge]
        self.state = run.hedges[site.hedge][caller.replica.number - self.spec.first]
        self.live: list[Span] = []
        self.turns, self.due = 1, -1
        self.over = False
        self.done = Event(run.clock)

    @property
    def closed(self) -> bool:
        """Whether nobody needs an answer any more."""
        return self.over or self.caller.dead or (self.together is not None and self.together.over)


def states(network: Network) -> list[list[Any]]:
    """What each replica that calls knows, by hedge."""
    return [[HedgeState.plain() for _ in range(hedge.states)] for hedge in network.hedges]


def elsewhere(run: Run, attempt: Span, replica: Replica) -> Replica:
    """The replica that was chosen, or the next one in the list where no attempt of the call is."""
    group: Hedged = attempt.hedge
    if not group.spec.elsewhere or attempt.view is not None:
        return replica
    listed = run.listed[replica.service]
    used = [getattr(one, "replica", None) for one in group.live if one is not attempt]
    at = listed.index(replica)
    return next((one for one in [*listed[at:], *listed[:at]] if one not in used), replica)


def drop(run: Run, attempt: Span) -> None:
    """An attempt is none of its hedged call any more, which is over with the last one."""
    group: Hedged = attempt.hedge
    if not group.over:
        group.live.remove(attempt)
        if not group.live:
            group.over = True
            recorder.hedge_gone(run.r, group.site.hedge)


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    for number, hedge in enumerate(run.network.hedges):
        if hedge.service == replica.service:
            run.hedges[number][replica.number - hedge.first] = HedgeState.plain()
