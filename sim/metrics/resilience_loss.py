r"""How many seconds' worth of goodput is lost for good from the first fault on: the integral of 1 - Q.

    Q = goodput / offered   1 |-----.      ,--.---   what is caught up within its deadline is given back
                              |      \____/    '
                            0 +-------------------   the area below 1, less the area above
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import flow_count, share
from sim.metrics.spans import from_first_fault, seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Loss of one flow, or of all flows together, in seconds."""
    begin = from_first_fault(record.network, first)
    offered, good = (flow_count(record, flow, field, begin, stop) for field in (f.FLOW_OFFERED, f.FLOW_GOOD))
    return share(offered - good, offered) * seconds(record.network, begin, stop)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Loss of all flows together, in seconds."""
    return of_flow(record, None, first, stop)


RESILIENCE_LOSS = Metric(
    name="resilience_loss",
    label="resilience loss",
    unit="s",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    meaning="seconds' worth of goodput lost for good from the first fault on: the integral of 1 - goodput / offered",
    missing="without any offered request",
    least=-math.inf,
)
