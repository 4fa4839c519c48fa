"""How long the users of a flow wait for the answers to what they ask later; failed follow-ups count as infinitely long.

    checkout.follow_up.p99     half a second; or infinite, when more than 1 % of the follow-ups failed

Follow-ups are no requests of the flow: its latency, its errors and its goodput know nothing of them.
"""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.beside import Kept, duration_of
from sim.metrics.following import FAILED, NO_FOLLOW_UP, ROWS
from sim.record import fields as f

KEPT = Kept(
    family=f.follow_ups.FOLLOW_UPS.name,
    behind=("flows", "sagas"),
    histogram=f.header.HIST_REPLIES,
    open_histogram=f.header.HIST_REQUESTS_OPEN,
    count=f.follow_ups.FOLLOW_UP_SETTLED,
    done=f.follow_ups.FOLLOW_UP_REPLY_TIME,
    least=f.follow_ups.FOLLOW_UP_REPLY_LEAST,
    most=f.follow_ups.FOLLOW_UP_REPLY_MOST,
    left=f.follow_ups.FOLLOW_UP_UNANSWERED_TIME,
    oldest=f.follow_ups.LEVEL_OLDEST_ASKING,
    failures=FAILED,
)
ALL = "the time from a follow-up to its answer, all attempts included, failures as infinite"


def follow_up(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration_of("follow_up", f"follow-up {detail}", detail, ALL, KEPT, ROWS, NO_FOLLOW_UP)


FOLLOW_UP = Family(name="follow_up", unit="s", shown=("p50", "p99", "mean"), member=follow_up)
