"""What the warm-up left: flows that arrived in it and were still under way when measuring began.

    arrivals   ||||||||||||||||   |  |   |   |        many in the warm-up, then few
    done            |  |  |  |  | (|  |  |  |  |)     of the measured span: mostly what came before it

Where they are few, they are about as many as the span leaves behind itself, and make no difference. Where they are more than a
twentieth of what was offered since, shares of what was done are shares of something else, and are bounded by what these may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.counts import flow_count, share
from sim.metrics.once import once
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_OFFERED, FLOW_SPOILED

if TYPE_CHECKING:
    from sim.record.record import Record

CARRIED_MAX = 0.05
"""Share of what was offered since, up to which they make no difference."""


@once
def carried(record: Record, flow: int | None, first: int, stop: int) -> int:
    """Return how many flows of one kind, or of all, were under way when window ``first`` began; 0 where they are few."""
    before = [flow_count(record, flow, field, 0, first) for field in (FLOW_OFFERED, FLOW_COMPLETED, FLOW_SPOILED)]
    left = before[0] - before[1] - before[2]
    return left if left > CARRIED_MAX * flow_count(record, flow, FLOW_OFFERED, first, stop) else 0


def without_carried(bad: tuple[int, int], whole: int, left: int) -> tuple[float, float]:
    """Return the least and the most that a share can be, if ``left`` of the whole do not belong to it.

    ``bad``: how many are at least and at most, of the whole.
    """
    least, most = bad
    fewer = min(left, least)
    lower = share(least - fewer, whole - fewer) if fewer < whole else 0.0
    return lower, share(most, whole - min(left, whole - most))
