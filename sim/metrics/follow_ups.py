"""How many follow-ups a user who follows up makes, on average: what polling costs.

    answered --think--> asks --think--> asks --| horizon     it asks so often in all; or until it knows, and nobody knows when

A user who polls when the run ends does so until its deadline at most. None asks for longer than those did who know by now, as
long as none has been asking for longer than that: see `sim.metrics.quantiles`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.base import Metric
from sim.metrics.following import NO_FOLLOW_UP, ROWS, share_of, total
from sim.record import fields as f
from sim.record.histogram import bucket_bounds

if TYPE_CHECKING:
    from sim.metrics.base import Bounded
    from sim.metrics.beside import Rows
    from sim.record.record import Record


def _asked(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    columns = (f.follow_ups.FOLLOW_UP_ASKED, f.follow_ups.FOLLOW_UP_BEGUN)
    asked, begun = (total(record, rows, (column,), first, stop) for column in columns)
    return asked, begun


def _bounds(rows: Rows) -> Bounded:
    """How many if nobody asks any more, and if all who follow up ask as often as they can."""

    def bounds(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
        which = rows(record.network, subject)
        asked, users = _asked(record, which, first, stop)
        if not users:
            return math.nan, math.nan
        more = sum(_to_come(record, row) for row in which) if stop == record.network.windows else 0
        return asked / users, (asked + more) / users

    return bounds


def _to_come(record: Record, row: int) -> float:
    """How many more follow-ups those may make who follow up when the run ends, at most; infinite where nobody knows."""
    spec, totals = record.network.follow_ups[row], record.tables[f.follow_ups.FOLLOW_UPS.name][:, row].sum(axis=0)
    if spec.times > 0:
        left = spec.times * totals[f.follow_ups.FOLLOW_UP_BEGUN] - totals[f.follow_ups.FOLLOW_UP_ASKED]
        following = record.levels[f.follow_ups.FOLLOW_UPS.name][row, f.follow_ups.LEVEL_FOLLOWING]
        return float(min(left, spec.times * following))
    network = record.network
    every = network.scenario.workload[network.flows[spec.flow].name].follow_ups[max(0, spec.step)].every or 1
    buckets, reached = record.flows_open.cells((len(network.flows) + len(network.sagas) + row,), 0, network.windows)
    longest = _longest(record, row)
    if longest is None:
        return math.inf if len(buckets) else 0.0
    geometry = record.flows_open.geometry
    ages, users = bucket_bounds(*geometry)[0][buckets], np.diff(reached, prepend=0)
    return float((users * np.where(ages <= longest, (longest - ages) // every + 1, 0)).sum())


def _longest(record: Record, row: int) -> int | None:
    """How long after its arrival a user who polls still asks, in ns; None: nobody knows."""
    deadline = record.network.flows[record.network.follow_ups[row].flow].deadline
    slowest = int(record.tables[f.follow_ups.FOLLOW_UPS.name][:, row, f.follow_ups.FOLLOW_UP_KNOW_MOST].max(initial=0))
    if record.levels[f.follow_ups.FOLLOW_UPS.name][row, f.follow_ups.LEVEL_OLDEST_FOLLOWING] <= slowest:
        return slowest if deadline < 0 else min(slowest, deadline)
    return None if deadline < 0 else deadline


FOLLOW_UPS = Metric(
    name="follow_ups",
    label="follow-ups per user",
    unit="1",
    direction="lower",
    measures=share_of(_asked),
    bounds={scope: _bounds(rows) for scope, rows in ROWS.items()},
    meaning="follow-ups that left, for each user that was answered well and follows up",
    missing=NO_FOLLOW_UP,
)
