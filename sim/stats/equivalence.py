"""Not whether two designs differ, but whether they differ by more than matters.

    b lower than a                     limit        b higher than a
    ------------------ 0 --------------|-----------------------
              [----- difference -----] |             no worse
                          [------------|----]        unsure
                                       | [-----]     worse

An interval that contains 0 proves nothing: too few runs contain 0 always. So the claim "no worse than 5 %" is what has to
be proven, by a one-sided test of the pairs against the limit; "the same within 5 %" takes two of them, one on each side.
A limit in percent is of the mean of a, and is tested as the mean of b - 1.05 a: that it is estimated too is counted in.

Pairs that are all equally far from the limit have no spread, and their interval is a point: then their number counts, by the
rule for equal differences of `sim.stats.paired`. At the 5 % of a one-sided test five pairs are enough, three or four are not.

Source: Schuirmann (1987), two one-sided tests; Fieller (1954) for a limit relative to an estimated mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sim.stats.figures import format_number, format_value
from sim.stats.intervals import LEVEL, N_MIN, Estimate, estimate, levelled, skew_adjusted
from sim.stats.paired import compare_pairs, prove_by_signs

if TYPE_CHECKING:
    from collections.abc import Sequence

Better = Literal["lower", "higher"]
Claim = Literal["no worse", "the same"]
Outcome = Literal["proven", "refuted", "unsure"]


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Whether b is no worse than a, or the same as a, within a limit.

    Attributes:
        claim: ``no worse`` or ``the same``.
        outcome: ``proven``; ``refuted`` when b is proven to be beyond the limit; ``unsure``.
        limit: in words, such as ``5 %`` or ``10 ms``.
        a, b: both sides with their intervals, at the level the claim is tested at.
        difference: of b minus a over the pairs, with its interval.
        level: confidence of the one-sided test (of both together, for ``the same``).
    """

    claim: Claim
    outcome: Outcome
    limit: str
    a: Estimate
    b: Estimate
    difference: Estimate
    level: float

    def __str__(self) -> str:
        """Return one sentence with the difference and its n."""
        return self.sentence()

    def sentence(self, a: str = "a", b: str = "b", of: str = "") -> str:
        """Return the same with other names for the two; ``of`` says in what, such as `` in goodput``."""
        one_sided = self.claim == "no worse"
        within = f"no worse than {a}{of} by more than {self.limit}" if one_sided else f"within {self.limit} of {a}{of}"
        beyond = f"worse than {a}{of} by more than {self.limit}" if one_sided else f"more than {self.limit} away from {a}{of}"
        head = {
            "proven": f"{b} is {within}",
            "refuted": f"{b} is {beyond}",
            "unsure": f"it is not proven that {b} is {within}, nor that it is {beyond}",
        }[self.outcome]
        means = f"{format_value(self.b.mean, self.b.unit)} against {format_value(self.a.mean, self.a.unit)}"
        difference = replace(self.difference, unit="points") if self.difference.unit == "share" else self.difference
        tests = "a one-sided test" if one_sided else "two one-sided tests"
        levels = [f"{format_number(100 * level)} %" for level in (1.0 - self.level, self.difference.level)]
        return f"{head} ({means}, difference {difference}; {tests} at {levels[0]}: the {levels[1]} interval)"


def non_inferiority(
    a: Sequence[float],
    b: Sequence[float],
    *,
    share: float | None = None,
    margin: float | None = None,
    better: Better = "lower",
    level: float = LEVEL,
    unit: str = "1",
) -> Equivalence:
    """Judge whether b is no worse than a by more than ``share`` of a's mean, or by more than ``margin`` in ``unit``.

    Values are paired by replication; exactly one of ``share`` and ``margin`` is given, 0 or more. Unsure with fewer than 3
    pairs (5 where all differences are equal), or a value that is not finite. Raises ``ValueError`` for another limit or
    level, or pairs of unequal number.
    """
    _check_arguments(share, margin, level)
    worse = 1.0 if better == "lower" else -1.0
    low, high = _bounds(_beyond(a, b, worse, share, margin), level)
    outcome: Outcome = "proven" if high <= 0.0 else "refuted" if low > 0.0 else "unsure"
    return _judge("no worse", outcome, (a, b), _limit(share, margin, unit), level, unit)


def equivalence(
    a: Sequence[float],
    b: Sequence[float],
    *,
    share: float | None = None,
    margin: float | None = None,
    level: float = LEVEL,
    unit: str = "1",
) -> Equivalence:
    """Judge whether b is within ``share`` of a's mean, or within ``margin``, on both sides; otherwise as `non_inferiority`."""
    _check_arguments(share, margin, level)
    sides = [_bounds(_beyond(a, b, sign, share, margin), level) for sign in (1.0, -1.0)]
    outcome: Outcome = "unsure"
    if all(high <= 0.0 for _, high in sides):
        outcome = "proven"
    elif any(low > 0.0 for low, _ in sides):
        outcome = "refuted"
    return _judge("the same", outcome, (a, b), _limit(share, margin, unit), level, unit)


def _beyond(a: Sequence[float], b: Sequence[float], worse: float, share: float | None, margin: float | None) -> list[float]:
    """How far each b is beyond the limit on the side ``worse``: below 0 is within."""
    pairs = _pairs(a, b)
    if share is None:
        return levelled([worse * (y - x) - (margin or 0.0) for x, y in pairs], margin or 0.0, *a, *b)
    size = math.copysign(share, math.fsum(a) if all(map(math.isfinite, a)) else 1.0)
    return levelled([worse * (y - x) - size * x for x, y in pairs], *a, *b)


def _pairs(a: Sequence[float], b: Sequence[float]) -> list[tuple[float, float]]:
    if len(a) != len(b):
        raise ValueError(f"{len(a)} values cannot be paired with {len(b)}; run both with the same number of replications")
    return list(zip(a, b, strict=True))


def _bounds(beyond: Sequence[float], level: float) -> tuple[float, float]:
    """One-sided bounds of the mean, each at ``level``: the ends of the two-sided interval at 1 - 2 (1 - level)."""
    both = _both(level)
    if len(beyond) < N_MIN or not all(map(math.isfinite, beyond)):
        return -math.inf, math.inf
    low, high = skew_adjusted(beyond, both)
    if low == high and not prove_by_signs(len(beyond), 0, both):
        return -math.inf, math.inf
    return low, high


def _both(level: float) -> float:
    """Level of the interval whose ends are one-sided bounds at ``level``: 90 % of 95 %."""
    return round(2.0 * level - 1.0, 12)


def _check_arguments(share: float | None, margin: float | None, level: float) -> None:
    given = [value for value in (share, margin) if value is not None]
    if len(given) != 1 or not 0.0 <= given[0] < math.inf:
        raise ValueError("give either share, such as 0.05 of a's mean, or margin, in the metric's unit; 0 or more")
    if not 0.5 < level < 1.0:  # noqa: PLR2004 - a coin is right half the time
        raise ValueError(f"a level of {level:g} proves nothing; use one between 0.5 and 1, such as 0.95")


def _limit(share: float | None, margin: float | None, unit: str) -> str:
    """In words; a margin of shares is in percentage points, which are not percent of a's mean."""
    if share is not None:
        return format_value(share, "share")
    if unit == "share":
        points = format_number(100 * (margin or 0.0))
        return f"{points} percentage point{'' if points == '1' else 's'}"
    return format_value(margin or 0.0, unit)


def _judge(
    claim: Claim, outcome: Outcome, sides: tuple[Sequence[float], Sequence[float]], limit: str, level: float, unit: str
) -> Equivalence:
    a, b = sides
    both = _both(level)
    return Equivalence(
        claim=claim,
        outcome=outcome,
        limit=limit,
        a=estimate(a, unit=unit, level=both),
        b=estimate(b, unit=unit, level=both),
        difference=compare_pairs(a, b, unit=unit, level=both).difference,
        level=level,
    )
