"""How old the answers of a read model are: how long ago the oldest event that is missing in one was published; 0 when none is.

    published   v1      v2    v3              read: v2 and v3 are missing, the answer is as old as v2
    there       v1                   |<---- staleness ---->| 0 once both are there

The reader of a key of which everything is there has an answer that is not old, whenever it was published.
"""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.beside import Kept, duration_of
from sim.metrics.projected import BEHIND, NOT_READ, ROWS
from sim.record import fields as f

KEPT = Kept(
    family=f.projections.PROJECTIONS.name,
    behind=BEHIND,
    histogram=f.header.HIST_REPLIES,
    open_histogram=-1,
    count=f.projections.VIEW_READS,
    done=f.projections.VIEW_STALENESS,
    least=f.projections.VIEW_STALENESS_LEAST,
    most=f.projections.VIEW_STALENESS_MOST,
)
ALL = "how long ago the oldest event was published that was missing when a key was read, 0 when none was"


def staleness(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return duration_of("staleness", f"staleness {detail}", detail, ALL, KEPT, ROWS, NOT_READ)


STALENESS = Family(name="staleness", unit="s", shown=("p50", "p99", "mean"), member=staleness)
