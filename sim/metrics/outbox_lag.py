"""How long rows wait in an outbox: from their commit until the broker has confirmed them for the first time, on average."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.spans import SECOND
from sim.metrics.unanswered import open_at
from sim.metrics.written import NO_ROW, by, counted
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record


def of_relays(record: Record, relays: Sequence[int], first: int, stop: int) -> float:
    """Mean delay of the rows that were published, in seconds."""
    total = counted(record, "relays", f.relays.RELAY_DELAY, relays, first, stop)
    return share(total, counted(record, "relays", f.relays.RELAY_PUBLISHED, relays, first, stop)) / SECOND


def bounds_of_relays(record: Record, relays: Sequence[int], first: int, stop: int) -> tuple[float, float]:
    """The mean if what is not published were published now, or as late as any row was, if none has waited longer than that."""
    total = counted(record, "relays", f.relays.RELAY_DELAY, relays, first, stop)
    published = counted(record, "relays", f.relays.RELAY_PUBLISHED, relays, first, stop)
    levels = record.levels["relays"][list(relays)]
    left = open_at(record, stop, int(levels[:, f.relays.LEVEL_UNPUBLISHED].sum()))
    ages = open_at(record, stop, int(levels[:, f.relays.LEVEL_OPEN_DELAY].sum()))
    slowest = int(record.tables["relays"][:, list(relays), f.relays.RELAY_OLDEST].max(initial=0))
    hanging = left and int(levels[:, f.relays.LEVEL_OLDEST_ROW].max(initial=0)) > slowest
    most = math.inf if hanging else share(total + left * slowest, published + left) / SECOND
    return share(total + ages, published + left) / SECOND, most


def _bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_relays(record, range(len(record.network.relays)), first, stop)


def _bounds_of_relay(record: Record, relay: int, first: int, stop: int) -> tuple[float, float]:
    return bounds_of_relays(record, [relay], first, stop)


OUTBOX_LAG = Metric(
    name="outbox_lag",
    label="outbox lag",
    unit="s",
    direction="lower",
    measures=by("relay", "relays", of_relays),
    bounds={"system": _bounds_of_system, "relay": _bounds_of_relay},
    meaning="mean time from the commit of a row of an outbox until the broker has confirmed it for the first time",
    missing=NO_ROW,
)
