"""From the end of a fault until all is as it was before; the worst of all faults. See `sim.metrics.recovery`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.exercised import NOTHING_MET
from sim.metrics.recovery import WITHOUT_FAULT, fit_hold, recoveries, worst, worst_watched

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """Worst recovery of requests and backlogs of the whole system, in seconds."""
    return worst(recoveries(record))


def of_flow(record: Record, flow: int, _first: int, _stop: int) -> float:
    """Worst recovery of one flow's requests, in seconds."""
    return worst(recoveries(record, flow))


def watched_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """How long the recovery of the whole system was watched, in seconds."""
    return worst_watched(recoveries(record))


def watched_flow(record: Record, flow: int, _first: int, _stop: int) -> float:
    """How long the recovery of one flow was watched, in seconds."""
    return worst_watched(recoveries(record, flow))


TIME_TO_RECOVER = Metric(
    name="time_to_recover",
    label="time to recover",
    unit="s",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    meaning="from the end of a fault to the first window from which, for 5 windows and at least 5 s, at most 1 % more requests "
    "of every flow fail (of these together) than before the faults, at most 1 % more messages of every group are given up or "
    "lost, and every backlog is at its level before, which is its peak there or one second's worth of arrivals, if that is "
    "more, though no more than leave room in the queue of every replica; of a flow: its requests, and the messages that they "
    "may lead to; the worst fault counts",
    infinite="not within the run",
    missing=f"{WITHOUT_FAULT}, or with one that is followed by less than 5 windows or 5 s, or with no window before the first, "
    f"or with {NOTHING_MET}",
    watched={"system": watched_system, "flow": watched_flow},
    fit=lambda metric, scenario, _subject: fit_hold(metric, scenario),
)
