r"""How many seconds' worth of goodput is lost for good from the first fault on: the integral of 1 - Q.

    Q = goodput / offered   1 |-----.      ,--.---   what is caught up within its deadline is given back
                              |      \____/    '
                            0 +-------------------   the area below 1, less the area above

Only of what is offered from then on: what was under way before, and is done after, gives nothing back. How many of these ended
is counted; how many of them were done well is not. The value takes it that they were, first come first done; the bounds take as
many of them, and as few, as there can be, and an objective whose limit lies between stays open.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import all_flows_or, flow_count, share
from sim.metrics.exercised import NOTHING_MET, exercised
from sim.metrics.recovery import AT_RANDOM, WITHOUT_FAULT
from sim.metrics.spans import from_first_fault, measured, seconds, within_warmup
from sim.metrics.strikes import first_strike
from sim.network.lower.faults import is_random
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_GOOD, FLOW_OFFERED, FLOW_SPOILED, FLOW_UNFINISHED

if TYPE_CHECKING:
    from sim.metrics.base import Subject
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

WITHIN_WARMUP = "could not be seen: a fault begins within the warm-up, and what was lost there is not measured"
WITHOUT_REQUEST = f"without any offered request from the first fault on, or with {NOTHING_MET}"


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Loss of one flow, or of all flows together, in seconds; nan where nothing can be told."""
    return bounds_of_flow(record, flow, first, stop)[1]


def bounds_of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
    """The loss if as few, and as many, as can be of the flows that were under way before are among those done well."""
    if not exercised(record) or _in_warmup(record):
        return math.nan, math.nan
    begin = from_first_fault(record, first)
    offered, good = (flow_count(record, flow, field, begin, stop) for field in (FLOW_OFFERED, FLOW_GOOD))
    earlier = [_done_from_before(record, number, begin, stop) for number in all_flows_or(record, flow)]
    few, many = (share(offered - good + sum(done), offered) for done in zip(*earlier, strict=True))
    lasted = seconds(record.network, begin, stop)
    return few * lasted, many * lasted


def _in_warmup(record: Record) -> bool:
    """Whether a fault struck before the first measured window, so that some of what it did is not measured."""
    begin = first_strike(record)
    return begin is not None and begin < measured(record.network)[0] * record.network.window


def _done_from_before(record: Record, flow: int, begin: int, stop: int) -> tuple[int, int]:
    """How many flows done well from window ``begin`` on were offered before it, at least and at most.

    Of those offered before, all have ended before, or do so later, or are under way when the run ends.
    """
    windows = record.network.windows
    ended_before, ended = (
        sum(flow_count(record, flow, field, *part) for field in (FLOW_COMPLETED, FLOW_SPOILED))
        for part in ((0, begin), (begin, windows))
    )
    offered_before, open_still = (flow_count(record, flow, field, 0, begin) for field in (FLOW_OFFERED, FLOW_UNFINISHED))
    later = max(0, offered_before - ended_before - open_still)
    good = flow_count(record, flow, FLOW_GOOD, begin, stop)
    return min(good, max(0, later - (ended - good))), min(good, later)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Loss of all flows together, in seconds."""
    return of_flow(record, None, first, stop)


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


def told(metric: Metric, scenario: Scenario, _: Subject) -> Metric:
    """Return the metric with the one reason why there may be no value."""
    if within_warmup(scenario):
        return replace(metric, missing=WITHIN_WARMUP)
    missing = WITHOUT_REQUEST if scenario.faults else WITHOUT_FAULT
    return replace(metric, missing=f"{missing}, or {AT_RANDOM}" if is_random(scenario) else missing)


RESILIENCE_LOSS = Metric(
    name="resilience_loss",
    label="resilience loss",
    unit="s",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="seconds' worth of goodput lost for good from the first fault on: the integral of 1 - goodput / offered, of what "
    "is offered from then on",
    missing=f"{WITHOUT_FAULT}, or with one within the warm-up, or {WITHOUT_REQUEST}",
    fit=told,
)
