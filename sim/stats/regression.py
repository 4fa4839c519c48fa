"""Whether a metric became worse than a baseline, proven by the replications and not by a flat percentage.

    now - before, in the metric's worse direction

    better  ------ -tolerance ------ 0 ------ +tolerance ------  worse
                 |                                |
       [-------] |            [-------]           | [-------]        the interval of the difference
       improved  |            no change           | regressed        anything across a tolerance: unsure

Same seed and settings: replication by replication (*paired*), which is what common random numbers are for. Otherwise
*independent* samples, after Welch (1947). A tolerance of 2 % is of the baseline's mean, whose own error is counted in
(Fieller, 1954).

The interval of the paired difference is adjusted for skewness as everywhere; p values are Student's, which hold further out in
the tails, where a family of many metrics needs them (measured: see `sim.stats.multiple`). A verdict takes both, so that it
never contradicts the interval beside it. Where some values have no end there is no mean: then signs of the pairs count, or,
of independent samples, how many have no end (Fisher's exact test).

Measured on 10 000 families of ten unchanged metrics, n = 10: a false regression in 2.4 % (paired) and 2.3 % (independent) of
them for normal values, 1.2 and 1.2 % for exponential ones; with 30 against 10 independent ones 3.1 and 4.6 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.stats.intervals import LEVEL, N_MIN, Estimate, levelled, moments, skew_adjusted, t_quantile
from sim.stats.paired import compare_pairs, p_value, prove_by_signs, sign_test

if TYPE_CHECKING:
    from collections.abc import Sequence

Design = Literal["paired", "independent"]
Outcome = Literal["regressed", "improved", "no change", "unsure"]


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How much worse is accepted: ``share`` of the baseline's mean, plus ``margin`` in the metric's unit."""

    share: float = 0.0
    margin: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Side:
    """How far beyond the tolerance on one side: its interval, and twice the one-sided p value of not being beyond it."""

    low: float
    high: float
    p: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What two samples of a metric say.

    Attributes:
        design: ``paired`` or ``independent``.
        difference: of now minus before, with its interval.
        worse, better: beyond the tolerance on the worse side, and on the better one; above 0 is beyond.
        equal: whether every pair is equal (or all values, of independent samples), infinite ones included.
        why: why nothing can be judged; '' when it can.
    """

    design: Design
    difference: Estimate
    worse: Side
    better: Side
    equal: bool = False
    why: str = ""

    def outcome(self, p_worse: float, p_better: float, alpha: float = 1.0 - LEVEL) -> Outcome:
        """Return the verdict, with p values that were adjusted for the family this metric is judged in."""
        if self.why:
            return "unsure"
        if p_worse <= alpha and not self.worse.low <= 0.0:
            return "regressed"
        if p_better <= alpha and not self.better.low <= 0.0:
            return "improved"
        return "no change" if self.equal or (self.worse.high <= 0.0 and self.better.high <= 0.0) else "unsure"


NOTHING = Side(low=math.nan, high=math.nan, p=1.0)


def paired_evidence(
    before: Sequence[float],
    now: Sequence[float],
    *,
    worse: Literal["higher", "lower"],
    tolerance: Tolerance,
    unit: str = "1",
    infinite: str = "infinite",
    missing: str = "without a value",
) -> Evidence:
    """Judge values of the same replications. Raises ``ValueError`` when there are not as many of one as of the other."""
    difference = compare_pairs(before, now, unit=unit, infinite=infinite, missing=missing).difference
    why = _why(before, now, missing, infinite)
    if 0 < len(before) < N_MIN and not any(map(math.isnan, (*before, *now))):
        pairs_found = "one pair of replications" if len(before) == 1 else f"{len(before)} pairs of replications"
        why = f"there {'is' if len(before) == 1 else 'are'} only {pairs_found}; at least {N_MIN} are needed"
    if why:
        return Evidence(design="paired", difference=difference, worse=NOTHING, better=NOTHING, why=why)
    sign = 1.0 if worse == "higher" else -1.0
    size = _size(before, tolerance)
    pairs = list(zip(before, now, strict=True))
    beyond = [[_beyond(x, y, way, size, tolerance.margin) for x, y in pairs] for way in (sign, -sign)]
    sides = [_paired_side(levelled(side, tolerance.margin, *before, *now)) for side in beyond]
    equal = all(x == y for x, y in pairs)
    return Evidence(design="paired", difference=difference, worse=sides[0], better=sides[1], equal=equal)


def independent_evidence(
    before: Sequence[float],
    now: Sequence[float],
    *,
    worse: Literal["higher", "lower"],
    tolerance: Tolerance,
    unit: str = "1",
    infinite: str = "infinite",
    missing: str = "without a value",
) -> Evidence:
    """Judge two samples that have nothing in common, each of at least 3 values."""
    difference = _welch_difference(before, now, unit)
    why = _why(before, now, missing, infinite)
    if why:
        return Evidence(design="independent", difference=difference, worse=NOTHING, better=NOTHING, why=why)
    sign = 1.0 if worse == "higher" else -1.0
    if not all(map(math.isfinite, (*before, *now))):
        sides = [_endless_side(before, now) if way > 0.0 else _endless_side(now, before) for way in (sign, -sign)]
    else:
        size = _size(before, tolerance)
        sides = [_welch_side(before, now, way, size, tolerance.margin) for way in (sign, -sign)]
    equal = len({*before, *now}) == 1
    return Evidence(design="independent", difference=difference, worse=sides[0], better=sides[1], equal=equal)


def _why(before: Sequence[float], now: Sequence[float], missing: str, infinite: str) -> str:
    """Why two samples cannot be judged; '' when they can: values that have no end on either side are not alike for that."""
    for name, values in (("the baseline", before), ("this run", now)):
        gone = sum(map(math.isnan, values))
        if gone:
            return f"{gone} of {len(values)} replications of {name} {missing}"
        if len(values) < N_MIN:
            count = f"{len(values)} replication{'' if len(values) == 1 else 's'}"
            return f"{name} has {count}; at least {N_MIN} are needed"
    if all(map(math.isinf, (*before, *now))):
        return f"all {len(before)} replications of the baseline and all {len(now)} of this run {infinite}"
    return ""


def _size(before: Sequence[float], tolerance: Tolerance) -> float:
    """The share, signed as the baseline's mean, so that a tolerance is never below 0."""
    return math.copysign(tolerance.share, math.fsum(before)) if all(map(math.isfinite, before)) else 0.0


def _beyond(x: float, y: float, way: float, size: float, margin: float) -> float:
    """How far y is beyond the tolerance around x on one side: infinitely, when one is infinite; nan when both are."""
    if math.isinf(x) or math.isinf(y):
        return way * (y - x)
    return way * (y - x) - size * x - margin


def _paired_side(beyond: Sequence[float]) -> Side:
    if not all(map(math.isfinite, beyond)):
        above, below = sum(one > 0.0 for one in beyond), sum(one < 0.0 for one in beyond)
        return Side(low=math.nan, high=math.nan, p=sign_test(above, below) if above > below else 1.0)
    p = p_value(beyond) if math.fsum(beyond) > 0.0 else 1.0
    low, high = skew_adjusted(beyond)
    if low == high and not prove_by_signs(len(beyond), 0, LEVEL):
        low, high = -math.inf, math.inf
    return Side(low=low, high=high, p=p)


def _welch_side(before: Sequence[float], now: Sequence[float], way: float, size: float, margin: float) -> Side:
    """Interval and p of way * (mean now - mean before) - size * mean before - margin."""
    factor = way + size
    (old, old_deviation, _), (new, new_deviation, _) = moments(before), moments(now)
    mean = way * new - factor * old - margin
    error, freedom = _welch_error(factor * old_deviation, len(before), new_deviation, len(now))
    if error == 0.0:
        chance = 2.0 / math.comb(len(before) + len(now), len(now))
        low, high = (mean, mean) if chance <= 1.0 - LEVEL else (-math.inf, math.inf)
        return Side(low=low, high=high, p=chance if mean > 0.0 else 1.0)
    half = _t_quantile(freedom) * error
    p = 2.0 * _upper_tail(mean / error, freedom) if mean > 0.0 else 1.0
    return Side(low=mean - half, high=mean + half, p=min(1.0, p))


def _welch_difference(before: Sequence[float], now: Sequence[float], unit: str) -> Estimate:
    """The mean of now minus that of before, with Welch's interval."""
    n = min(len(before), len(now))
    mean = low = high = math.nan
    endless = sum(map(math.isinf, (*before, *now)))
    if n and all(map(math.isfinite, (*before, *now))):
        mean = math.fsum(now) / len(now) - math.fsum(before) / len(before)
        if n >= N_MIN:
            error, freedom = _welch_error(moments(before)[1], len(before), moments(now)[1], len(now))
            half = _t_quantile(freedom) * error if error else 0.0
            low, high = mean - half, mean + half
    note = f"independent samples of {len(before)} and {len(now)}"
    return Estimate(mean=mean, low=low, high=high, median=mean, n=n, unit=unit, infinite=endless, note=note)


def _welch_error(old: float, old_n: int, new: float, new_n: int) -> tuple[float, float]:
    """Standard error of a difference of means, and its degrees of freedom after Welch and Satterthwaite."""
    a, b = old * old / old_n, new * new / new_n
    if a + b == 0.0:
        return 0.0, math.inf
    return math.sqrt(a + b), (a + b) ** 2 / (a * a / (old_n - 1) + b * b / (new_n - 1))


def _t_quantile(freedom: float) -> float:
    whole = int(freedom)
    if whole == freedom:
        return t_quantile(whole)
    from scipy.special import stdtrit  # importing sim must not load SciPy

    return float(stdtrit(freedom, 0.5 + LEVEL / 2.0))


def _upper_tail(t: float, freedom: float) -> float:
    from scipy.special import stdtr  # importing sim must not load SciPy

    return float(stdtr(freedom, -t))


def _endless_side(few: Sequence[float], many: Sequence[float]) -> Side:
    """Twice Fisher's p that so many more of ``many`` have no end than of ``few`` by chance."""
    endless, others = sum(map(math.isinf, many)), sum(map(math.isinf, few))
    total, drawn = len(few) + len(many), len(many)
    marked = endless + others
    if endless * len(few) <= others * len(many):
        return Side(low=math.nan, high=math.nan, p=1.0)
    tail = sum(
        math.comb(marked, k) * math.comb(total - marked, drawn - k) for k in range(endless, min(marked, drawn) + 1)
    )
    return Side(low=math.nan, high=math.nan, p=min(1.0, 2.0 * tail / math.comb(total, drawn)))
