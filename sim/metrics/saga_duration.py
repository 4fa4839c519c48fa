"""How long a saga takes from its begin until it has completed, or everything is undone."""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.sagas import lasting

MEANING = "the time from a saga's begin to its end, those parked as infinite"


def duration(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return lasting("duration", f"duration {detail}", detail, MEANING, exposed=False)


DURATION = Family(name="duration", unit="s", shown=("p50", "p95", "p99", "mean"), member=duration)
