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
from sim.stats.paired import compare_pairs, prove_by_signs
from sim.stats.pooled import Pooled, pooled_quantile
from sim.stats.survival import censored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric, Subject
    from sim.record.record import Record
    from sim.stats.paired import Paired


@dataclasses.dataclass(frozen=True)
class Bounded:
    """One value for each replication, and what it can turn out to be once what is open when the replication ends has ended.

    Attributes:
        values: as the replications ended.
        least, most: of each value.
    """

    values: tuple[float, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float], bounds: Sequence[tuple[float, float]]) -> Bounded:
        """Return values with their bounds, (least, most) of each."""
        return cls(tuple(values), tuple(least for least, _ in bounds), tuple(most for _, most in bounds))


Figures: TypeAlias = "Sequence[float] | Bounded | Pooled"
"""One value for each replication, with bounds where something open has a part in it, or a quantile of all answers together."""


def figures_from(records: Sequence[Record], metric: Metric, subject: Subject) -> Figures:
    """Return what estimates of a metric are made of, of records after their warm-up: a value each, or a pooled quantile."""
    first, stop = measured(records[0].network)
    if metric.samples is None or metric.quantile is None:
        values = [metric.measures[subject.scope](record, subject.index, first, stop) for record in records]
        if metric.bounds is None:
            return values
        bounded = metric.bounds[subject.scope]
        return Bounded.of(values, [bounded(record, subject.index, first, stop) for record in records])
    sampled = metric.samples[subject.scope]
    return pooled_quantile([sampled(record, subject.index, first, stop).sample for record in records], metric.quantile)


def numbers(values: Figures) -> Sequence[float]:
    """Return one number for each replication: of a pooled quantile those that spread as it does."""
    return values.values if isinstance(values, Bounded | Pooled) else values


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
        numbers(values),
        unit=metric.unit,
        level=level,
        least=metric.least,
        most=metric.most,
        infinite=metric.infinite,
        missing=missing or metric.missing,
    )
    if metric.watched is None or not found.infinite or found.missing:
        return found
    known = censored(numbers(values), watched, unit=metric.unit, level=level)
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

    Where nobody can tell which is the larger one (`untold`), neither is.
    """
    one = metrics[0]
    pair = compare_pairs(numbers(a), numbers(b), unit=one.unit, infinite=one.infinite, missing=missing or one.missing)
    pair = dataclasses.replace(pair, difference=difference_within(metrics, pair.difference))
    return dataclasses.replace(pair, lower="", p=1.0) if untold(a, b) else pair


def untold(a: Figures, b: Figures) -> bool:
    """Whether nobody can tell which of two is the larger one, though their values may seem to.

    Quantiles that are in one bucket, or that chance has put on either side of a jump (from answers to failures is one); and
    whatever hangs on how what is open when the runs end turns out.
    """
    if isinstance(a, Pooled) and isinstance(b, Pooled):
        if a.overlaps(b) or a.astride(b) or b.astride(a):
            return True
        return not (a.surely_below(b) or b.surely_below(a))
    if not isinstance(a, Bounded) and not isinstance(b, Bounded):
        return False
    (least_a, most_a), (least_b, most_b) = ranges(a), ranges(b)
    return not (_surely_below(most_a, least_b) or _surely_below(most_b, least_a))


def _surely_below(most: Sequence[float], least: Sequence[float]) -> bool:
    """Whether one is below the other at its most, the other at its least: in the mean, or by signs where some have no end."""
    if all(map(math.isfinite, (*most, *least))):
        return math.fsum(most) / len(most) < math.fsum(least) / len(least)
    if len(most) != len(least):
        return False
    pairs = list(zip(most, least, strict=True))
    below, above = sum(one < other for one, other in pairs), sum(one > other for one, other in pairs)
    return below > above and prove_by_signs(below, above, LEVEL)


def ranges(figures: Figures) -> tuple[Sequence[float], Sequence[float]]:
    """Return values at their least and at their most: by what is open, and of a quantile by the bucket that it is in."""
    if isinstance(figures, Bounded):
        return figures.least, figures.most
    if not isinstance(figures, Pooled):
        return figures, figures
    if not math.isfinite(figures.value):
        return figures.values, figures.values
    ends = min(figures.least, figures.best), max(figures.most, figures.worst)
    least, most = ([one + end - figures.value for one in figures.values] for end in ends)
    return least, most


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
