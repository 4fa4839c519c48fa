"""Callees that hear that nobody waits any more: has left, call back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import links
from sim.record import waiting as waits
from sim.semantics.links import later
from sim.semantics.order import CANCEL, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def has_left(attempt: Span) -> bool:
    """Whether an attempt is on its way, or there: no guard keeps it back."""
    return attempt.admitted or attempt.held_back is None


def call_back(run: Run, attempt: Span) -> None:
    """Nobody waits for an attempt any more: its callee will hear so, if the call says that."""
    site = attempt.site
    if site.cancel_stream < 0:
        return
    way, more = site.hop, 0
    if site.crossing >= 0:
        if links.cut_off(run, attempt):
            return
        way, more = links.way(run, attempt), links.added(run, attempt, answer=False)
    hop = later(more, run.sample(way, site.cancel_stream, attempt.trace, attempt.occurrence))
    waits.called_back(run.r, run.clock.now, attempt.ident, hop)
    run.clock.after(hop, rank_of(CANCEL, attempt.ident), run.cancel, attempt)
