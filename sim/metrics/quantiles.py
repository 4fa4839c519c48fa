"""Means and quantiles of what a histogram counted, with failures as the longest of all.

    replies:  ||||||||||||||||||||||||||||||||||||||  ok      xxx failed      ooo open for longer than any answer took
              p50 ^                           p95 ^    p99 = infinite when more than 1 % failed or hang

Leaving failures out would flatter a system that fails fast: the slowest answers are those that never came. What is open
when the run ends has taken longer than it has been open, and no more is known of it. In the value of one run, what has been
open for longer than the slowest answer took counts as infinite in a quantile, and in a mean and a maximum for as long as it
has been open; what has been open for less says nothing yet, and is left out. Objectives bound it both ways
(`sim.stats.sample`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.metrics.spans import SECOND

if TYPE_CHECKING:
    from sim.stats.sample import Sample

TAIL_MIN = 10
"""Observations that must lie beyond a quantile in each replication: a 99 % quantile takes 1000 of them."""

ROUNDING = 1e-6
"""Of 1 - q, in observations."""


def level(detail: str) -> float | None:
    """Return the quantile that a detail means: 0.99 of ``p99``, 1 of ``max``, None of ``mean``."""
    if detail == "mean":
        return None
    return 1.0 if detail == "max" else float(detail[1:]) / 100.0


@dataclass(frozen=True)
class Exact:
    """What is known of durations beside their cells, in ns.

    Attributes:
        done: the sum of the answers.
        left: for how long all that is open has been, together.
        oldest: for how long the oldest of it has been.
    """

    done: int = 0
    left: int = 0
    oldest: int = 0


def summarise(sample: Sample, exact: Exact, q: float | None) -> float:
    """Return the mean (q None) or the q-quantile of one run in seconds; nan when there are too few observations.

    The quantile is the smallest value with at least a share q of all at or below it;
    the values of a cell are taken as spread evenly over it. ``inf`` when it lies among failures and what was never answered.
    """
    answered, known = sample.answered, sample.total - sample.waiting
    if known == 0:
        return math.nan
    if q is None or q == 1.0:
        if sample.total > answered + sample.open:
            return math.inf
        hanging = exact.left - sample.waited if sample.open > sample.waiting else 0
        return (max(sample.most, exact.oldest) if q is not None else (exact.done + hanging) / known) / SECOND
    if known * (1.0 - q) < TAIL_MIN - ROUNDING:
        return math.nan
    rank = max(1, math.ceil(q * known - 1e-9))
    if rank > answered:
        return math.inf
    cell = int(sample.reached.searchsorted(rank))
    below = int(sample.reached[cell - 1]) if cell else 0
    place = (rank - below - 0.5) / (int(sample.reached[cell]) - below)
    low, high = int(sample.lows[cell]), int(sample.highs[cell])
    return (low + place * (high - low)) / SECOND


def bounded(sample: Sample, exact: Exact, q: float | None) -> tuple[float, float]:
    """Return the least and the most that a mean (q None) or a maximum can turn out to be in seconds, by what is still open.

    In a mean, what has been open for less than the slowest answer took is taken to take no longer than that.
    """
    answered, left = sample.answered, sample.open
    if answered + left == 0:
        return math.nan, math.nan
    if sample.total > answered + left:
        return math.inf, math.inf
    if q is not None:
        least = max(sample.most, exact.oldest) / SECOND
        return least, math.inf if left else least
    least = (exact.done + exact.left) / (answered + left) / SECOND
    if left > sample.waiting:
        return least, math.inf
    return least, (exact.done + left * max(0, sample.most)) / (answered + left) / SECOND


def pooled_level(q: float | None) -> float | None:
    """Return the level of a quantile that is one of all replications together; None of a mean and of a maximum."""
    return None if q is None or q == 1.0 else q


def of_which(detail: str, *, of_runs: bool) -> str:
    """Return a detail in words: a quantile of all answers together, or of each run by itself."""
    if pooled_level(level(detail)) is None:
        return detail
    return f"mean over runs of each run's {detail}" if of_runs else f"{detail}, over the answers of all runs together,"


def words(detail: str) -> tuple[str, str]:
    """Return what an infinite value and a missing one mean for a detail, in words that follow "2 of 10"."""
    q = level(detail)
    if q is None or q == 1.0:
        return "with failures, which count as infinite", "without a request"
    return (
        f"with more than {(1.0 - q) * 100:.6g} % failed or without an answer, which count as infinite",
        f"with too few requests for {detail}, which takes {math.ceil(TAIL_MIN / (1.0 - q) - ROUNDING)}",
    )
