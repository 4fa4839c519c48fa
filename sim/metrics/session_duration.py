"""How long sessions take, from their first request to their last answer; those that were abandoned count as infinitely long.

    request ==answer--think--step 1==answer--think--step 2==answer|     all of it, think times too
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.beside import Kept, duration_of
from sim.metrics.sessions import NO_SESSION
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.metrics.base import Scope
    from sim.metrics.beside import Rows

KEPT = Kept(
    family=f.sessions.SESSIONS.name,
    behind=("flows", "sagas", "follow_ups", "projections"),
    histogram=f.header.HIST_COMPLETIONS,
    open_histogram=f.header.HIST_FLOWS_OPEN,
    count=f.sessions.SESSION_WELL,
    done=f.sessions.SESSION_TIME,
    least=f.sessions.SESSION_LEAST,
    most=f.sessions.SESSION_MOST,
    left=f.sessions.SESSION_OPEN_TIME,
    oldest=f.sessions.LEVEL_OLDEST_SESSION,
    failures=(f.sessions.SESSION_ABANDONED,),
)
ALL = "the time from the first request of a session to its last answer, think times included, those abandoned as infinite"
ROWS: Mapping[Scope, Rows] = {"session": lambda _network, number: (number,)}


def session_duration(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration_of("session_duration", f"session {detail}", detail, ALL, KEPT, ROWS, NO_SESSION)


SESSION_DURATION = Family(name="session_duration", unit="s", shown=("p50", "p99", "mean"), member=session_duration)
