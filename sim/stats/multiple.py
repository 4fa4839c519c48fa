"""Many comparisons at once: what is proven of each when all are to be right together.

    p of each comparison, in order     0.001   0.011   0.04    0.2
    times how many are still open      x 4     x 3     x 2     x 1
    adjusted (never falling)           0.004   0.033   0.08    0.2      at 5 %: the first two are proven

Of 100 equal designs five would be "better" at 5 % by chance. Holm's rule keeps the chance of even one false proof in the
whole family below 5 %, whatever the comparisons have in common, so it suits common random numbers and one baseline.

The p value is Student's by default. The skewness-adjusted one goes with the intervals of `sim.stats.intervals`, but is too
bold far out in the tails, where a large family needs it. Measured on sweeps of 100 equal designs with n = 20, share of sweeps
with a false proof: Student's 3.5 % for normal and 1.6 % for exponential values, the adjusted one 5.0 and 8.5 %.

Source: Holm (1979); Willink (2005) for the adjustment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.stats.figures import format_number
from sim.stats.intervals import LEVEL, N_MIN
from sim.stats.paired import ROUNDING, compare_pairs, pairs_p_value, two_sided
from sim.stats.sequential import N_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.stats.intervals import Estimate
    from sim.stats.paired import Statistic

P_SHOWN_MIN = 1e-4


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One comparison of a family.

    Attributes:
        name: which comparison.
        difference: of b minus a over the pairs, with its own interval (not adjusted for the family).
        p: two-sided probability of a difference at least this clear when there is none.
        adjusted: the same for the family as a whole, after Holm; what the verdict goes by.
        lower: ``a`` or ``b`` when it is proven to be the lower one, with all others of the family; else ''.
    """

    name: str
    difference: Estimate
    p: float
    adjusted: float
    lower: Literal["a", "b", ""]

    def __str__(self) -> str:
        """Return one sentence: which way it differs, or that nothing is proven."""
        words = {"a": "higher", "b": "lower", "": "not proven to differ"}[self.lower]
        return f"{self.name}: {words}, difference {self.difference}, {format_p(self.adjusted)} in the family"


@dataclass(frozen=True, kw_only=True)
class Family:
    """All comparisons, in the order given; ``alpha`` is the chance allowed of even one false proof among them."""

    rows: tuple[Judged, ...]
    alpha: float

    @property
    def proven(self) -> tuple[Judged, ...]:
        """The comparisons with a proven difference."""
        return tuple(row for row in self.rows if row.lower)

    def __str__(self) -> str:
        """Return one sentence: how many of how many differ, and which."""
        head = f"{len(self.proven)} of {len(self.rows)} comparisons"
        names = ", ".join(f"{row.name} ({'lower' if row.lower == 'b' else 'higher'})" for row in self.proven)
        tail = f"are proven to differ, at {format_number(100 * self.alpha)} % for all together"
        return f"{head} {tail}: {names}" if names else f"{head} {tail}"


def format_p(p: float) -> str:
    """Return ``p = 0.034``, or ``p < 0.0001`` where the digits say nothing more."""
    return f"p = {format_number(p, 2)}" if p >= P_SHOWN_MIN else f"p < {P_SHOWN_MIN:.4f}"


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p values, in the same order: compare each with alpha to be right about all together."""
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for place, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        reached = max(reached, min(1.0, (len(p_values) - place) * p_values[at]))
        adjusted[at] = reached
    return tuple(adjusted)


def enough(p: float, n: int, goal: float, *, spread: bool = True, most: int = N_MAX) -> int:
    """Return how many replications bring a p value of n of them down to a goal, if the differences stay as clear as they are.

    As clear: with the same mean in standard deviations; without ``spread`` all are alike, and their signs count. A rough
    figure, as that ratio is only known as well as n replications tell it. 0 where ``most`` are not enough, or nothing is known.
    """
    if not spread or n < N_MIN:
        found = math.ceil(1.0 - math.log2(goal) - ROUNDING)
        return max(n, found) if found <= most and (not spread or p >= 1.0) else 0
    if p >= 1.0:
        return 0
    from scipy.special import stdtrit  # importing sim must not load SciPy

    clear = -float(stdtrit(n - 1, p / 2.0)) / math.sqrt(n)
    low, high = n, most
    if two_sided(clear * math.sqrt(most), most - 1) > goal:
        return 0
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if two_sided(clear * math.sqrt(middle), middle - 1) <= goal else (middle + 1, high)
    return low


def compare_family(
    pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    alpha: float = 1.0 - LEVEL,
    statistic: Statistic = "student",
    unit: str = "1",
) -> Family:
    """Judge many comparisons together: name -> (values of a, values of b), paired by replication.

    Raises ``ValueError`` for pairs of unequal length.
    """
    compared = {name: compare_pairs(a, b, unit=unit, level=1.0 - alpha) for name, (a, b) in pairs.items()}
    raw = [pairs_p_value(a, b, statistic) for a, b in pairs.values()]
    rows = []
    for (name, pair), p, adjusted in zip(compared.items(), raw, holm(raw), strict=True):
        lower: Literal["a", "b", ""] = "" if adjusted > alpha or pair.open else pair.leaning
        rows.append(Judged(name=name, difference=pair.difference, p=p, adjusted=adjusted, lower=lower))
    return Family(rows=tuple(rows), alpha=alpha)


def compare_with_baseline(
    baseline: Sequence[float],
    others: Mapping[str, Sequence[float]],
    *,
    alpha: float = 1.0 - LEVEL,
    statistic: Statistic = "student",
    unit: str = "1",
) -> Family:
    """Judge each of ``others`` (b) against one baseline (a), all together; otherwise as `compare_family`."""
    pairs = {name: (baseline, values) for name, values in others.items()}
    return compare_family(pairs, alpha=alpha, statistic=statistic, unit=unit)
