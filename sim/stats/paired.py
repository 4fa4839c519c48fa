"""Two designs under the same random numbers: compare them replication by replication.

    a:  a1  a2  ...  an
    b:  b1  b2  ...  bn      differences b - a: what the two have in common cancels out

Common random numbers make the pairs alike, so the interval of the difference is far shorter than those of the means.
How much shorter is measured, not promised: the variance reduction factor.

A pair has both an interval and a p value, of different statistics. The interval is skewness-adjusted, for it must cover a
long-tailed mean; it is what a table shows, one row by itself. The p value is Student's: differences of equals are symmetric,
whatever their tails, and there Student's t errs on the safe side, also far out, where a family of claims needs it. It claims
a difference of 3 standard errors as often as a t test can (reports/validation/power.md); the adjusted one with n = 10 is ten
points short of that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.stats.figures import format_number, rounded
from sim.stats.intervals import LEVEL, N_MIN, Estimate, estimate, levelled, moments, skew_adjusted, t_quantile, widening

if TYPE_CHECKING:
    from collections.abc import Sequence

Statistic = Literal["student", "skew"]
ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Paired:
    """What n pairs say.

    Attributes:
        difference: of b minus a, with its interval; not estimable when a value is not finite.
        ratio: of b to a (geometric mean over the pairs), None unless all values are above 0.
        vrf: variance reduction factor: how many times as many replications unpaired runs would have needed; nan when
            it cannot be measured.
        a_lower, b_lower, ties: in how many pairs a, or b, or neither is the lower one; infinite counts as highest.
        lower: ``a`` or ``b`` when it is proven to be the lower one, else ''. By the interval of the difference; by a sign
            test over the pairs where values are infinite, and where all differences are equal: then there is no spread, and
            the interval, a point, would prove anything from three pairs on.
        p: two-sided probability of a difference at least this clear when there is none; what a family of claims goes by. 1
            where nothing can be told. Where it is not given it follows from the rest: from the interval, taken for Student's,
            or from the signs.
    """

    difference: Estimate
    ratio: Estimate | None
    vrf: float
    a_lower: int
    b_lower: int
    ties: int
    lower: str
    p: float = math.nan

    def __post_init__(self) -> None:
        """Work out the p value where none is given."""
        if math.isnan(self.p):
            object.__setattr__(self, "p", self._implied())

    def _implied(self) -> float:
        """The p value of an interval that is Student's; without one, or without spread, that of the signs."""
        found = self.difference
        if found.estimable and found.low < found.high:
            return two_sided(found.mean / found.half_width * t_quantile(found.n - 1, found.level), found.n - 1)
        if found.n < N_MIN or found.missing or not (found.estimable or found.infinite):
            return 1.0
        return sign_test(self.a_lower, self.b_lower)

    @property
    def leaning(self) -> Literal["a", "b", ""]:
        """Which side the pairs lean to as the lower one, proven or not: by the mean difference, else by the pairs."""
        mean = self.difference.mean
        score = mean if math.isfinite(mean) else float(self.a_lower - self.b_lower)
        return "a" if score > 0.0 else "b" if score < 0.0 else ""

    @property
    def open(self) -> bool:
        """Whether the interval of the difference reaches both sides of 0."""
        return self.difference.estimable and self.difference.low <= 0.0 <= self.difference.high

    @property
    def told(self) -> bool:
        """Whether some pair has a difference; none has where a value is missing or where neither side has an end."""
        return self.difference.missing < self.difference.n

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "difference": self.difference.to_dict(),
            "ratio": None if self.ratio is None else self.ratio.to_dict(),
            "vrf": rounded(self.vrf),
            "a_lower": self.a_lower,
            "b_lower": self.b_lower,
            "ties": self.ties,
            "lower": self.lower,
            "p": rounded(self.p),
        }


def compare_pairs(
    a: Sequence[float],
    b: Sequence[float],
    *,
    unit: str = "1",
    level: float = LEVEL,
    infinite: str = "infinite",
    missing: str = "without a value",
) -> Paired:
    """Compare values of the same replications of two designs; ``infinite`` and ``missing`` as `estimate` has them.

    Raises ``ValueError`` when there are not as many of one as of the other.
    """
    if len(a) != len(b):
        message = f"{len(a)} values cannot be paired with {len(b)}; run both with the same number of replications"
        raise ValueError(message)
    both = sum(1 for x, y in zip(a, b, strict=True) if math.isinf(x) and math.isinf(y))
    gone = f"{infinite} in both" if both else missing
    difference = estimate(differences(a, b), unit=unit, level=level, infinite=f"{infinite} in one of them", missing=gone)
    signs = [(x < y) - (y < x) for x, y in zip(a, b, strict=True) if not (math.isnan(x) or math.isnan(y))]
    a_lower, b_lower = signs.count(1), signs.count(-1)
    return Paired(
        difference=difference,
        ratio=_ratio(a, b, level),
        vrf=variance_reduction(a, b),
        a_lower=a_lower,
        b_lower=b_lower,
        ties=signs.count(0),
        lower=_lower(len(a), difference, (a_lower, b_lower)),
        p=pairs_p_value(a, b),
    )


def standing(better: str, named: tuple[str, str], ties: int, difference: Estimate, *, sided: bool = True) -> str:
    """Return who is better in a word for tables: a name, ``equal``, ``not proven``, ``neither``, or ``cannot be told``.

    ``better`` is ``a``, ``b`` or '', and ``ties`` in how many pairs both are equal, which is no finding below 3 pairs.
    ``sided``: whether one way is better than the other at all.
    """
    if difference.missing == difference.n:
        return "cannot be told"
    if better:
        return named["ab".index(better)]
    if ties == difference.n >= N_MIN:
        return "equal"
    return "not proven" if sided else "neither"


def variance_reduction(a: Sequence[float], b: Sequence[float]) -> float:
    """Return (variance of a + variance of b) / variance of the differences; nan when there is nothing to measure."""
    if len(a) < N_MIN or not all(map(math.isfinite, (*a, *b))):
        return math.nan
    _, deviation_a, _ = moments(a)
    _, deviation_b, _ = moments(b)
    _, deviation, _ = moments(differences(a, b))
    if deviation == 0.0:
        return math.nan
    return (deviation_a * deviation_a + deviation_b * deviation_b) / (deviation * deviation)


def variance_reduction_words(factors: Sequence[float], what: str) -> str:
    """Return in one sentence what common random numbers saved over many comparisons; '' when none can be measured.

    A reduction of 8: unpaired runs would have needed 8 times as many replications.
    """
    known = sorted(factor for factor in factors if math.isfinite(factor))
    if not known:
        return ""
    middle = estimate(known).median
    spread = f", from {format_number(known[0])} to {format_number(known[-1])}" if len(known) > 1 else ""
    return f"variance reduction by common random numbers: {format_number(middle)} in the median of {len(known)} {what}{spread}"


def p_value(differences: Sequence[float], statistic: Statistic = "student") -> float:
    """Return the two-sided p value of finite differences against a mean of 0.

    ``student`` or ``skew`` (the p at which the skewness-adjusted interval ends at 0). Differences that are all equal have
    no spread to judge by: their signs count. 1 with fewer than 3.
    """
    n = len(differences)
    if n < N_MIN:
        return 1.0
    mean, deviation, skewness = moments(differences)
    if deviation == 0.0:
        return sign_test(n, 0) if mean else 1.0
    z = mean / (deviation / math.sqrt(n))
    if statistic == "skew":
        a = skewness / (6.0 * math.sqrt(n))
        z = a + z + 2.0 * a * z * z + 4.0 / 3.0 * a * a * z**3  # the inverse of Willink's G
        z /= widening(skewness, n)
    return two_sided(z, n - 1)


def pairs_p_value(a: Sequence[float], b: Sequence[float], statistic: Statistic = "student") -> float:
    """Return the p value of paired values; by a sign test where some are infinite, and 1 where some are missing."""
    if any(map(math.isnan, (*a, *b))) or len(a) < N_MIN:
        return 1.0
    if all(map(math.isfinite, (*a, *b))):
        return p_value(differences(a, b), statistic)
    signs = [(x < y) - (y < x) for x, y in zip(a, b, strict=True)]
    return sign_test(signs.count(1), signs.count(-1))


def two_sided(t: float, freedom: int) -> float:
    """Return the probability of a t at least this far from 0 on either side."""
    from scipy.special import stdtr  # importing sim must not load SciPy

    return min(1.0, 2.0 * float(stdtr(freedom, -abs(t))))


def sign_test(successes: int, failures: int) -> float:
    """Return the two-sided exact probability of a split at least this uneven when both ways are equally likely."""
    n = successes + failures
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(max(successes, failures), n + 1))
    return min(1.0, 2 * tail / (1 << n))


def prove_by_signs(successes: int, failures: int, level: float) -> bool:
    """Return whether the signs of pairs prove something at a two-sided ``level``: six of six at 95 %, five of five at 90 %.

    What is left to judge by where differences have no mean, or no spread: an interval that is a point would prove anything
    from three pairs on.
    """
    return sign_test(successes, failures) <= 1.0 - level + ROUNDING


def differences(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Return b - a, pair by pair; those that differ only by rounding are equal."""
    return levelled([_difference(x, y) for x, y in zip(a, b, strict=True)], *a, *b)


def _difference(x: float, y: float) -> float:
    """The difference y - x; equal infinities have none that could be told."""
    return math.nan if math.isinf(x) and math.isinf(y) else y - x


def _ratio(a: Sequence[float], b: Sequence[float], level: float) -> Estimate | None:
    """Geometric mean of the ratios, with the interval of the mean of their logarithms."""
    if len(a) < N_MIN or not all(math.isfinite(value) and value > 0.0 for value in (*a, *b)):
        return None
    logs = levelled([math.log(y / x) for x, y in zip(a, b, strict=True)], 1.0)
    low, high = skew_adjusted(logs, level)
    mean = math.exp(math.fsum(logs) / len(logs))
    ratios = sorted(y / x for x, y in zip(a, b, strict=True))
    median = estimate(ratios).median
    return Estimate(mean=mean, low=math.exp(low), high=math.exp(high), median=median, n=len(a), unit="1", level=level)


def _lower(n: int, difference: Estimate, pairs: tuple[int, int]) -> str:
    """Who is proven lower: by the interval; where some value is infinite, or nothing varies, by the sign test."""
    if difference.estimable and difference.low < difference.high:
        return "a" if difference.low > 0.0 else "b" if difference.high < 0.0 else ""
    if n < N_MIN or difference.missing == n or not (difference.infinite or difference.estimable):
        return ""
    if not prove_by_signs(*pairs, difference.level):
        return ""
    return "a" if pairs[0] > pairs[1] else "b"
