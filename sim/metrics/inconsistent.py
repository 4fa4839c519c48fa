"""For how long others may see a business transaction half done: from a saga's first effect to its end.

    step 1 done |----- step 2 ----- step 3 ----| completed        until then stock is reserved for what is not paid for

From the answer to the first step that is done, or whose outcome is unknown. One that is parked is inconsistent without end.
"""

from __future__ import annotations

from sim.metrics.base import Family, Metric
from sim.metrics.sagas import lasting

MEANING = "the time from a saga's first effect to its end, those parked as infinite"


def inconsistent(detail: str) -> Metric:
    """Return the metric of a detail: ``mean``, ``max``, ``p50``, ``p99.9``."""
    return lasting("inconsistent", f"inconsistent {detail}", detail, MEANING, exposed=True)


INCONSISTENT = Family(name="inconsistent", unit="s", shown=("p50", "p95", "p99", "mean"), member=inconsistent)
