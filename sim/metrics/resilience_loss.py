r"""How many seconds' worth of goodput is lost for good from the first fault on: the integral of 1 - Q.

    Q = goodput / offered   1 |-----.      ,--.---   what is caught up within its deadline is given back
                              |      \____/    '
                            0 +-------------------   the area below 1, less the area above
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import flow_count, share
from sim.metrics.exercised import NOTHING_MET, exercised
from sim.metrics.recovery import WITHOUT_FAULT
from sim.metrics.spans import from_first_fault, seconds, within_warmup
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Subject
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

WITHIN_WARMUP = "could not be seen: a fault begins within the warm-up, and what was lost there is not measured"
WITHOUT_REQUEST = f"without any offered request from the first fault on, or with {NOTHING_MET}"


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Loss of one flow, or of all flows together, in seconds; nan where nothing can be told."""
    if not exercised(record) or within_warmup(record.network.scenario):
        return math.nan
    begin = from_first_fault(record.network, first)
    offered, good = (flow_count(record, flow, field, begin, stop) for field in (f.FLOW_OFFERED, f.FLOW_GOOD))
    return share(offered - good, offered) * seconds(record.network, begin, stop)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Loss of all flows together, in seconds."""
    return of_flow(record, None, first, stop)


def told(metric: Metric, scenario: Scenario, _: Subject) -> Metric:
    """Return the metric with the one reason why there may be no value."""
    if within_warmup(scenario):
        return replace(metric, missing=WITHIN_WARMUP)
    return replace(metric, missing=WITHOUT_REQUEST if scenario.faults else WITHOUT_FAULT)


RESILIENCE_LOSS = Metric(
    name="resilience_loss",
    label="resilience loss",
    unit="s",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    meaning="seconds' worth of goodput lost for good from the first fault on: the integral of 1 - goodput / offered",
    missing=f"{WITHOUT_FAULT}, or with one within the warm-up, or {WITHOUT_REQUEST}",
    least=-math.inf,
    fit=told,
)
