"""Means and quantiles of what a histogram counted, with failures as the longest of all.

    replies:  ||||||||||||||||||||||||||||||||||||||  ok      xxx failed, infinitely late
              p50 ^                           p95 ^    p99 = infinite when more than 1 % failed

Leaving failures out would flatter a system that fails fast: the slowest answers are those that never came.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.spans import SECOND
from sim.record.histogram import quantile_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TAIL_MIN = 10
"""Observations that must lie beyond a quantile in each replication: a 99 % quantile takes 1000 of them."""

ROUNDING = 1e-6
"""Of 1 - q, in observations."""


def level(detail: str) -> float | None:
    """Return the quantile that a detail means: 0.99 of ``p99``, 1 of ``max``, None of ``mean``."""
    if detail == "mean":
        return None
    return 1.0 if detail == "max" else float(detail[1:]) / 100.0


def summarise(reached: NDArray[np.int64], total_ns: int, failures: int, q: float | None) -> float:
    """Return the mean (q None) or the q-quantile in seconds; nan when there are too few observations.

    ``reached``: how many succeeded by bucket, cumulated, as `Histograms.reached` has them.
    """
    succeeded = int(reached[-1])
    if q is None:
        if succeeded + failures == 0:
            return math.nan
        return math.inf if failures else total_ns / succeeded / SECOND
    beyond = (succeeded + failures) * (1.0 - q)
    if succeeded + failures == 0 or (q < 1.0 and beyond < TAIL_MIN - ROUNDING):
        return math.nan
    return quantile_of(reached, q, failures) / SECOND


def words(detail: str) -> tuple[str, str]:
    """Return what an infinite value and a missing one mean for a detail, in words that follow "2 of 10"."""
    q = level(detail)
    if q is None or q == 1.0:
        return "with failures, which count as infinite", "without a request"
    return (
        f"with more than {(1.0 - q) * 100:.6g} % failed, which count as infinite",
        f"with too few requests for {detail}, which takes {math.ceil(TAIL_MIN / (1.0 - q) - ROUNDING)}",
    )
