"""How long it takes from the publishing of an event until a read model has it, or a newer one of its key.

Events that are missing when the run ends: see `sim.metrics.quantiles`. One that is lost is missing until a newer one comes.
"""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.beside import Kept, duration_of
from sim.metrics.projected import BEHIND, ROWS
from sim.record import fields as f

KEPT = Kept(
    family=f.projections.PROJECTIONS.name,
    behind=BEHIND,
    histogram=f.header.HIST_COMPLETIONS,
    open_histogram=f.header.HIST_FLOWS_OPEN,
    count=f.projections.VIEW_THERE,
    done=f.projections.VIEW_DELAY,
    least=f.projections.VIEW_DELAY_LEAST,
    most=f.projections.VIEW_DELAY_MOST,
    left=f.projections.VIEW_MISSING_TIME,
    oldest=f.projections.LEVEL_OLDEST_MISSING,
)
ALL = "the time from the publishing of an event until a projection has it, or a newer one of its key"


def event_delay(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration_of("event_delay", f"event delay {detail}", detail, ALL, KEPT, ROWS, "where nothing is published for one")


EVENT_DELAY = Family(name="event_delay", unit="s", shown=("p50", "p99", "mean"), member=event_delay)
