"""Commits that were acknowledged, and that their store lost when it failed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.written import NO_STORE, by, counted
from sim.record.fields.failovers import FAILOVER_COMMITS
from sim.record.fields.stores import STORE_ASKED, STORE_IN_USE_AREA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_stores(record: Record, stores: Sequence[int], first: int, stop: int) -> float:
    """Those of some stores; a store that never fails over has lost none."""
    touched = [counted(record, "stores", column, stores, first, stop) for column in (STORE_ASKED, STORE_IN_USE_AREA)]
    rows = [number for number, one in enumerate(record.network.failovers) if one.store in stores]
    lost = counted(record, "failovers", FAILOVER_COMMITS, rows, first, stop)
    return float(lost) if lost or any(touched) else float("nan")


COMMITS_LOST = Metric(
    name="commits_lost",
    label="lost commits",
    unit="1",
    direction="lower",
    measures=by("store", "stores", of_stores),
    meaning="commits that a store had acknowledged and lost when it failed over, in the windows of the failovers",
    missing=NO_STORE,
)
