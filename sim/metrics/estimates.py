"""A metric's values over replications as a figure with its interval, in the metric's own words.

    values of n replications + metric (unit, bounds, what inf and nan mean, how long it was watched)  ->  Estimate
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, TypeAlias

from sim.metrics.spans import measured
from sim.stats.figures import format_value
from sim.stats.intervals import LEVEL, N_MIN, Estimate, estimate
from sim.stats.paired import compare_pairs
from sim.stats.pooled import Pooled, pooled_quantile
from sim.stats.survival import censored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric, Subject
    from sim.record.record import Record
    from sim.stats.paired import Paired

Figures: TypeAlias = "Sequence[float] | Pooled"
"""One value for each replication, or a quantile of what all replications answered."""


def figures_from(records: Sequence[Record], metric: Metric, subject: Subject) -> Figures:
    """Return what estimates of a metric are made of, of records after their warm-up: a value each, or a pooled quantile."""
    first, stop = measured(records[0].network)
    if metric.samples is None or metric.quantile is None:
        return [metric.measures[subject.scope](record, subject.index, first, stop) for record in records]
    sampled = metric.samples[subject.scope]
    return pooled_quantile([sampled(record, subject.index, first, stop).sample for record in records], metric.quantile)


def numbers(values: Figures) -> Sequence[float]:
    """Return one number for each replication: of a pooled quantile those that spread as it does."""
    return values.values if isinstance(values, Pooled) else values


def estimate_of(
    metric: Metric,
    values: Figures,
    *,
    watched: Sequence[float] | None = None,
    missing: str = "",
    level: float = LEVEL,
) -> Estimate:
    """Return the mean of a metric over replications with its interval; of a pooled quantile that quantile with its own.

    Of a time that some runs ended before (see ``Metric.watched``), also a survival estimate; ``watched`` is for how long
    each run was watched, where that is known. ``missing`` are other words than the metric's for what nan means.
    """
    if isinstance(values, Pooled):
        return _of_pooled(metric, values, missing)
    found = estimate(
        values,
        unit=metric.unit,
        level=level,
        least=metric.least,
        most=metric.most,
        infinite=metric.infinite,
        missing=missing or metric.missing,
    )
    if metric.watched is None or not found.infinite or found.missing:
        return found
    known = censored(values, watched, unit=metric.unit, level=level)
    return dataclasses.replace(found, survival=known, median=known.median)


def _of_pooled(metric: Metric, found: Pooled, missing: str) -> Estimate:
    """A pooled quantile as an estimate: infinite, and missing, are one word about all replications together."""
    n, gone, endless = found.n, math.isnan(found.value), math.isinf(found.value)
    note = ""
    if gone:
        note = missing or metric.missing.removeprefix("with ")
    elif endless:
        note = metric.infinite.removeprefix("with ")
    elif n < N_MIN:
        note = f"no interval below {N_MIN} replications"
    elif math.isinf(found.high):
        note = f"at least {format_value(found.low, metric.unit)}; {metric.infinite.removeprefix('with ')} may be"
    elif found.low == found.high:
        note = "all equal"
    return Estimate(
        mean=math.nan if endless else found.value,
        low=found.low,
        high=found.high,
        median=found.value,
        n=n,
        unit=metric.unit,
        infinite=n if endless else 0,
        missing=n if gone else 0,
        level=found.level,
        note=note,
    )


def compare_of(metrics: tuple[Metric, Metric], a: Figures, b: Figures, *, missing: str = "") -> Paired:
    """Compare a metric's values of the same replications of two designs; ``metrics``: as it is of a, and of b.

    Of two pooled quantiles in one bucket nobody can tell which is the larger one, nor where that hangs on what is still open.
    """
    one = metrics[0]
    pair = compare_pairs(numbers(a), numbers(b), unit=one.unit, infinite=one.infinite, missing=missing or one.missing)
    pair = dataclasses.replace(pair, difference=difference_within(metrics, pair.difference))
    if isinstance(a, Pooled) and isinstance(b, Pooled) and untold(a, b):
        return dataclasses.replace(pair, lower="", p=1.0)
    return pair


def untold(a: Pooled, b: Pooled) -> bool:
    """Whether nobody can tell which of two quantiles is the larger one.

    They are in one bucket, or it hangs on what is open when runs end, or on which side of a jump chance has put them; from
    answers to failures is a jump.
    """
    if math.isinf(a.value) or math.isinf(b.value):
        return a.astride(b) or b.astride(a)
    return a.overlaps(b) or a.astride(b) or b.astride(a) or not (a.surely_below(b) or b.surely_below(a))


def difference_within(metrics: tuple[Metric, Metric], found: Estimate) -> Estimate:
    """Return a difference, b minus a, with its interval cut at what it can be, as the metric is of a and of b."""
    one, other = metrics
    return found.within(other.least - one.most, other.most - one.least)


def seen_by_both(
    metrics: tuple[Metric, Metric], one: Sequence[float], other: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Return the values of a metric, as it is of both; of times, those are unseen that not every run of both could see.

    "Not within 10 s" of one scenario and 30 s of another, which ran longer, do not tell which is longer.
    """
    limits = [metric.watched_min for metric in metrics]
    if metrics[0].watched is None or any(map(math.isnan, limits)) or not some_unseen(one, other):
        return list(one), list(other)
    limit = min(limits)
    return [math.inf if value > limit else value for value in one], [math.inf if value > limit else value for value in other]


def some_unseen(*sides: Sequence[float]) -> bool:
    """Whether some value has no end, and none is missing."""
    values = [value for side in sides for value in side]
    return any(map(math.isinf, values)) and not any(map(math.isnan, values))
