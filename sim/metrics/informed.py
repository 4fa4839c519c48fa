"""How long it takes until a user who polls knows what it waits for; one that gave up at its deadline counts as infinite.

    request --> answer .. poll, no .. poll, no .. poll --> yes          informed: from the request's arrival to the last answer

The work may be done long before: a poll finds out up to one interval later. Users who still poll when the run ends: see
`sim.metrics.quantiles`.
"""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.beside import Kept, duration_of
from sim.metrics.following import POLLS
from sim.record import fields as f

KEPT = Kept(
    family=f.follow_ups.FOLLOW_UPS.name,
    behind=("flows", "sagas"),
    histogram=f.header.HIST_COMPLETIONS,
    open_histogram=f.header.HIST_FLOWS_OPEN,
    count=f.follow_ups.FOLLOW_UP_SATISFIED,
    done=f.follow_ups.FOLLOW_UP_KNOW_TIME,
    least=f.follow_ups.FOLLOW_UP_KNOW_LEAST,
    most=f.follow_ups.FOLLOW_UP_KNOW_MOST,
    left=f.follow_ups.FOLLOW_UP_UNKNOWING_TIME,
    oldest=f.follow_ups.LEVEL_OLDEST_FOLLOWING,
    failures=(f.follow_ups.FOLLOW_UP_GAVE_UP,),
)
ALL = "the time from a request's arrival until its user, who polls, is told that it is so; who gave up as infinite"


def informed(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration_of("informed", f"informed {detail}", detail, ALL, KEPT, POLLS, "where no user polls")


INFORMED = Family(name="informed", unit="s", shown=("p50", "p99", "mean"), member=informed)
