r"""From the end of a fault until a group's lag is back at its level before, and stays; the worst fault and group count.

    lag   ______/|\____/\_____    level before: the peak before the first fault, or one second's worth of messages
               end |<----->|

It stays when it is back for 5 windows and at least 5 s, and no relapse follows before the next fault or the end of the run: a
stretch of as many windows above the level, between which it is never back for as long (`sim.metrics.recovery.drains`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.exercised import NOTHING_MET
from sim.metrics.recovery import WITHOUT_FAULT, Recovery, drains, fit_hold, worst, worst_watched

if TYPE_CHECKING:
    from sim.record.record import Record


def of_group(record: Record, group: int, _first: int, _stop: int) -> float:
    """Worst drain time of one group, in seconds."""
    return worst(drains(record, group))


def of_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """Worst drain time of any group, in seconds; 0 where there is no group, hence nothing to drain."""
    if not record.network.scenario.faults:
        return math.nan
    return worst(_all_drains(record)) if record.network.groups else 0.0


def watched_group(record: Record, group: int, _first: int, _stop: int) -> float:
    """How long the drain of one group was watched, in seconds."""
    return worst_watched(drains(record, group))


def watched_system(record: Record, _subject: int, _first: int, _stop: int) -> float:
    """How long the longest drain of any group was watched, in seconds."""
    return worst_watched(_all_drains(record)) if record.network.groups else 0.0


def _all_drains(record: Record) -> list[Recovery]:
    return [one for group in range(len(record.network.groups)) for one in drains(record, group)]


DRAIN_TIME = Metric(
    name="drain_time",
    label="drain time",
    unit="s",
    direction="lower",
    measures={"system": of_system, "group": of_group},
    meaning="from the end of a fault to the first window from which a group's lag is back at its level before the faults for 5 "
    "windows and at least 5 s, after the last relapse of as long",
    infinite="not drained within the run",
    missing=f"{WITHOUT_FAULT}, or with one that is followed by less than 5 windows or 5 s, or with no window before the first, "
    f"or with {NOTHING_MET}",
    watched={"system": watched_system, "group": watched_group},
    fit=lambda metric, scenario, _subject: fit_hold(metric, scenario),
)
