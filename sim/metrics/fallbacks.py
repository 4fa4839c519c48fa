"""How often something else was done where a call, or steps that are tried, had failed: what looks well and is not the same.

Of a service: in its own handlers, whichever service failed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.record.fields.fallbacks import FALLBACK_TAKEN

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Those of all handlers; nan where there are none."""
    return _taken(record, range(len(record.network.fallbacks)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Those of the handlers of one service."""
    rows = [number for number, one in enumerate(record.network.fallbacks) if one.service == service]
    return _taken(record, rows, first, stop)


def _taken(record: Record, rows: range | list[int], first: int, stop: int) -> float:
    return float(record.tables["fallbacks"][first:stop, list(rows), FALLBACK_TAKEN].sum()) if len(rows) else math.nan


FALLBACKS = Metric(
    name="fallbacks",
    label="fallbacks",
    unit="1",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="times that a fallback, or a catch, was begun as a call, or a step that is tried, had failed",
    missing="where no handler has a fallback",
)
