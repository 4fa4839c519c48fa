"""The quantile of all replications' answers together, and how far it can be trusted.

    share of answers at or below x, over replications:  P(x) [lower(x), upper(x)]
    interval of the q-quantile:  from the first x with upper(x) >= q  to the first x with lower(x) >= q

    1 |                 .---- upper      "The p99 of the system" is the p99 of everything that it answers. The mean of the
    q |.......:....:....:........        p99 of short runs is another number: where 0.9 % of the answers take 50 times as
      |     :     :  .-'                 long as the others, runs have now one, now the other for their p99. Runs with
      |   -'  P  :.-'  lower             more answers weigh more, as they do in the system.
      +-----[ low  high ]--> x

P(x) is a ratio of sums over replications, and its interval is that of a mean of n values: the skewness-adjusted Student's t
of `sim.stats.intervals`, of the differences c_i(x) - P(x) N_i of what a replication has at or below x to what it would have.
So the interval of the quantile holds both sides of a jump exactly when that of the share at or below the jump contains q.
Failures are infinite. What is still open when a replication ends may yet end at or below x: for the lower end it counts as if
it did, for the upper one as if it never did.

Answers are known to their cells only (at most 0.4 % wide). Where those next to an end are as full as its own cell, answers are
spread, and the end is where they reach q if they are so within the cell too; else many of them may be one value, a jump, and
the interval begins or ends with the cell. So does one that lies within a single cell. ``floor`` and ``ceiling`` are the bounds
of the end cells in any case: what a limit is told apart from.

How often it holds the quantile is measured in `reports/validation/coverage.md`.

Source: Woodruff (1952) for inverting the interval of a share; Cochran, Sampling Techniques, 6.3, for the ratio.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.stats.intervals import LEVEL, N_MIN, SKEWLESS, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.stats.sample import Sample

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TAIL_MIN = 10
"""Answers of all replications that must lie beyond a quantile: a 99 % quantile takes 1000 of them."""
ROUNDING = 1e-6
SECOND = 1e9
ALIKE = 2
"""How many times as full as those next to it a cell may be for its answers to count as spread."""
MIDDLE = 0.5
"""Of the interval of a share: over which part the steepness of the pooled curve is measured."""
NEIGHBOURHOOD = 0.02
"""Shares around q that are looked at first; widened as long as the interval does not end within."""


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A quantile of the answers of n replications; all times in seconds.

    Attributes:
        q: which quantile.
        value: of all answers together; infinite among failures and what hangs; nan with too few answers.
        least, most: bounds of the cell that it lies in.
        low, high: its interval; high is infinite where it may be among what failed or hangs; nan below 3 replications.
        floor, ceiling: bounds of the cells that ``low`` and ``high`` lie in, for those who ask on which side a limit is.
        values: one for each replication, whose mean is ``value``, and that spread as it does: what is paired in comparisons.
        total: how many answers there are, with failures and what is open.
        jump: whether a jump makes up most of the interval: then chance decides on which side of it ``value`` is.
        best, worst: the quantile if all that is open ends now, and if none of it ever does.
        level: confidence level.
    """

    q: float
    value: float
    least: float
    most: float
    low: float
    high: float
    floor: float
    ceiling: float
    values: tuple[float, ...]
    total: int
    jump: bool = False
    best: float = math.nan
    worst: float = math.nan
    level: float = LEVEL

    @property
    def n(self) -> int:
        """How many replications there are."""
        return len(self.values)

    def surely_below(self, other: Pooled) -> bool:
        """Whether this quantile is the smaller one however what is open turns out, of both."""
        return self.worst < other.value and self.value < other.best

    def astride(self, other: Pooled) -> bool:
        """Whether the other lies within this one's interval, across a jump of it: both may well be on the same side."""
        jump = self.jump or math.isinf(self.value) or math.isinf(other.value)
        return jump and self.floor <= other.most and other.least <= self.ceiling

    def overlaps(self, other: Pooled) -> bool:
        """Whether the cells of two quantiles overlap, so that nobody can tell which is the larger one."""
        return self.least <= other.most and other.least <= self.most


def pooled_quantile(samples: Sequence[Sample], q: float, level: float = LEVEL) -> Pooled:
    """Return the q-quantile (0 < q < 1) of the answers of all replications, with its interval at ``level``."""
    n = len(samples)
    total, known = sum(one.total for one in samples), sum(one.total - one.waiting for one in samples)
    if known == 0 or known * (1.0 - q) < TAIL_MIN - ROUNDING:
        gone = math.nan
        bounds: dict[str, Any] = dict.fromkeys(("value", "least", "most", "low", "high", "floor", "ceiling"), gone)
        return Pooled(q=q, **bounds, values=(gone,) * n, total=total, level=level)
    grid = _Grid.of(samples)
    value, least, most, at = _point(grid, q, known)
    low = high = math.nan
    floor = ceiling = math.nan
    if n >= N_MIN:
        begin, end = _interval(grid, q, level)
        floor, ceiling = min(begin.bound, least), max(end.bound, most)
        low, high = floor, ceiling
        if begin.at < end.at:
            low, high = (min(begin.even, value) if begin.spread else floor), (max(end.even, value) if end.spread else ceiling)
    best, worst = grid.at_rank(grid.possible, q * total), grid.at_rank(grid.reached, q * total)
    share = _Share.near(grid, at, q, level)
    values = _values(grid, value, share) if math.isfinite(value) else _endless(samples, q, low)
    seconds = [figure / SECOND for figure in (value, least, most, low, high, floor, ceiling, best, worst)]
    scaled = tuple(one / SECOND for one in values)
    names = ("value", "least", "most", "low", "high", "floor", "ceiling", "best", "worst")
    found: dict[str, Any] = dict(zip(names, seconds, strict=True))
    return Pooled(q=q, **found, values=scaled, total=total, jump=share.jumps(grid), level=level)


@dataclass(frozen=True)
class _Grid:
    """The cells of all replications on common points, and what each replication has at or below them."""

    samples: Sequence[Sample]
    lows: Ints
    points: Ints
    reached: Ints
    possible: Ints
    totals: Floats

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> _Grid:
        points = np.unique(np.concatenate([one.highs for one in samples]))
        lows = points.copy()
        sums = np.zeros((2, len(points)), dtype=np.int64)
        for one in samples:
            places = points.searchsorted(one.highs)
            np.minimum.at(lows, places, one.lows)
            np.add.at(sums[0], places, np.diff(one.reached, prepend=0))
            np.add.at(sums[1], places, np.diff(one.possible, prepend=0))
        lows = np.minimum.accumulate(lows[::-1])[::-1]  # cells of different replications that are cut differently overlap
        totals = np.array([one.total for one in samples], dtype=np.float64)
        return cls(samples, lows, points, sums[0].cumsum(), sums[1].cumsum(), totals)

    def near(self, q: float, width: float) -> slice:
        """The points at which a share within ``width`` of q may be reached, and one more on either side."""
        whole = float(self.totals.sum())
        first = int(self.possible.searchsorted((q - width) * whole, side="left"))
        last = int(self.reached.searchsorted((q + width) * whole, side="left"))
        return slice(max(0, first - 1), min(len(self.points), last + 2))

    def at_rank(self, curve: Ints, rank: float) -> float:
        """The upper end, in ns, of the cell at which a curve reaches a rank; infinite where it never does."""
        at = int(curve.searchsorted(max(1, math.ceil(rank - 1e-9))))
        return float(self.points[at]) if at < len(self.points) else math.inf

    def inverse(self, share: float, whole: float) -> float:
        """The time in ns at which a share of ``whole`` answers is reached, as if they were spread evenly over cells."""
        rank = max(0.0, share * whole)
        at = int(self.reached.searchsorted(rank, side="left" if rank > 0.0 else "right"))
        if at == len(self.points):
            return math.inf
        before = float(self.reached[at - 1]) if at else 0.0
        place = (rank - before) / (float(self.reached[at]) - before)
        return float(self.lows[at]) + min(1.0, max(0.0, place)) * float(self.points[at] - self.lows[at])

    def counts(self, part: slice, *, possible: bool) -> Floats:
        """What each replication has at or below some points, (n, points)."""
        points = self.points[part]
        rows = [
            np.concatenate([[0], one.possible if possible else one.reached])[one.highs.searchsorted(points, side="right")]
            for one in self.samples
        ]
        return np.array(rows, dtype=np.float64)

    def spread(self, at: int) -> bool:
        """Whether a cell and those next to it are about equally full: no value in it is many answers' own."""
        if not 0 < at < len(self.points) - 1 or (self.lows[at : at + 2] != self.points[at - 1 : at + 1] + 1).any():
            return False
        part = slice(at - 1, at + 2)
        widths = (self.points[part] - self.lows[part] + 1).tolist()
        before = int(self.reached[at - 2]) if at > 1 else 0
        counts = np.diff(self.reached[part], prepend=before).tolist()
        return bool(counts[1] * (widths[0] + widths[2]) <= ALIKE * widths[1] * (counts[0] + counts[2]))


@dataclass(frozen=True)
class _End:
    """One end of an interval: its cell, the outer bound of that, and where it is if answers are spread evenly; in ns."""

    bound: float
    even: float
    at: int
    spread: bool


def _point(grid: _Grid, q: float, known: int) -> tuple[float, float, float, int]:
    """The quantile in ns, bounds of its cell, and its place among the points."""
    rank = max(1, math.ceil(q * known - 1e-9))
    if not len(grid.points) or rank > int(grid.reached[-1]):
        return math.inf, math.inf, math.inf, len(grid.points) - 1
    at = int(grid.reached.searchsorted(rank))
    below = int(grid.reached[at - 1]) if at else 0
    place = (rank - below - 0.5) / (int(grid.reached[at]) - below)
    low, high = int(grid.lows[at]), int(grid.points[at])
    return low + place * (high - low), float(low), float(high), at


def _interval(grid: _Grid, q: float, level: float) -> tuple[_End, _End]:
    """Both ends of the interval."""
    width = NEIGHBOURHOOD
    while True:
        part = grid.near(q, width)
        upper = _share_bounds(grid.counts(part, possible=True), grid.totals, level)[1]
        lower = _share_bounds(grid.counts(part, possible=False), grid.totals, level)[0]
        whole = (part.start == 0, part.stop == len(grid.points))
        if (whole[0] or not upper[:1].max(initial=0.0) >= q) and (whole[1] or lower[-1:].max(initial=0.0) >= q):
            break
        width *= 2.0
    return _end(grid, part, upper, q, grid.lows), _end(grid, part, lower, q, grid.points)


def _end(grid: _Grid, part: slice, share: Floats, q: float, bounds: Ints) -> _End:
    """Where a bound of the share at or below each point of a part first reaches q."""
    reached = np.flatnonzero(share >= q)
    if not len(reached):
        return _End(math.inf, math.inf, len(grid.points), spread=False)
    first = int(reached[0])
    at = part.start + first
    before = float(share[first - 1]) if first else 0.0
    rise = float(share[first]) - before
    place = min(1.0, max(0.0, (q - before) / rise)) if rise > 0.0 else 1.0
    low, high = int(grid.lows[at]), int(grid.points[at])
    return _End(float(bounds[at]), low + place * (high - low), at, spread=grid.spread(at))


def _share_bounds(counts: Floats, totals: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper limits of the share at or below each point, (points,): of a ratio of sums over n replications."""
    n, whole = len(totals), float(totals.sum())
    share = counts.sum(axis=0) / whole
    off = counts - share * totals[:, None]
    deviation = np.sqrt(_summed(off * off) / (n - 1))
    safe = np.where(deviation > 0.0, deviation, 1.0)
    far = off / safe
    skewness = _summed(far * far * far) * n / ((n - 1) * (n - 2))
    t = t_quantile(n - 1, level) * (1.0 + skewness * skewness / (2.0 * n))
    a = skewness / (6.0 * math.sqrt(n))
    error = deviation * math.sqrt(n) / whole
    lower, upper = share - _adjusted(t, a) * error, share - _adjusted(-t, a) * error
    return np.minimum(lower, share), np.maximum(upper, share)


def _summed(values: Floats) -> Floats:
    """The sum over replications, to the bit the same in whatever order they come."""
    total: Floats = np.sort(values, axis=0).sum(axis=0)
    return total


def _adjusted(z: Floats, a: Floats) -> Floats:
    """Willink's G(z), as `sim.stats.intervals` has it, for many at once."""
    safe = np.where(np.abs(a) < SKEWLESS, 1.0, a)
    return np.where(np.abs(a) < SKEWLESS, z, (np.cbrt(1.0 + 6.0 * safe * (z - safe)) - 1.0) / (2.0 * safe))


@dataclass(frozen=True)
class _Share:
    """The share of answers at or below a point next to a quantile.

    Attributes:
        q: the quantile's level, which is about that share.
        off: what each replication has less at or below the point than its size would have it, (n,).
        half: half the width of the share's interval, as if q were its middle; 0 without one.
        whole: how many answers are known.
    """

    q: float
    off: Floats
    half: float
    whole: float

    @classmethod
    def near(cls, grid: _Grid, at: int, q: float, level: float) -> _Share:
        """The share at the end of the ``at``-th cell, or where it begins if q is nearer to that: at the top of a jump."""
        known = np.array([one.total - one.waiting for one in grid.samples], dtype=np.float64)
        whole, n = float(known.sum()), len(known)
        if at < 0:
            return cls(q, np.zeros(n), 0.0, whole)
        ends = grid.counts(slice(max(0, at - 1), at + 1), possible=False)
        shares = ends.sum(axis=0) / whole
        side = int(np.abs(shares - q).argmin())
        off = float(shares[side]) * known - ends[:, side]
        deviation = float(np.sqrt(_summed(off * off) / max(1, n - 1)))
        half = t_quantile(n - 1, level) * deviation * math.sqrt(n) / whole if n >= N_MIN else 0.0
        return cls(q, off, half, whole)

    def jumps(self, grid: _Grid) -> bool:
        """Whether the times of one of ten equal parts of the share's interval take more than half of all of them."""
        if self.half == 0.0:
            return False
        parts = [grid.inverse(self.q + self.half * step / 5.0, self.whole) for step in range(-5, 6)]
        times = [time for time in parts if math.isfinite(time)]
        steps = [after - before for before, after in itertools.pairwise(times)]
        return 2.0 * max(steps, default=0.0) > times[-1] - times[0] if times else False


def _values(grid: _Grid, value: float, found: _Share) -> list[float]:
    """A value for each replication, in ns: the quantile, moved by how much less the replication has at or below it.

    A share is worth as many ns as the pooled curve takes to rise by it, over the middle half of the interval of the share at
    the quantile; over all of it a tail bends, and the values of a p99 in a queue spread too much. So the values of
    two designs under the same random numbers differ by what the designs do.
    """
    n = len(grid.samples)
    if found.half == 0.0:
        return [value] * n
    low, high = (grid.inverse(found.q + side * MIDDLE * found.half, found.whole) for side in (-1, 1))
    wide = ((high - low) / 2.0 if math.isfinite(high) else max(0.0, value - low)) / (MIDDLE * found.half)
    moved = found.off * (wide * n / found.whole)
    return [value + one for one in (moved - math.fsum(moved) / n).tolist()]


def _endless(samples: Sequence[Sample], q: float, low: float) -> list[float]:
    """A value for each replication where the quantile of all is infinite: infinite, or its own where it has one."""
    if math.isinf(low) or math.isnan(low):
        return [math.inf] * len(samples)
    values = []
    for one in samples:
        rank = max(1, math.ceil(q * (one.total - one.waiting) - 1e-9))
        at = int(one.reached.searchsorted(rank)) if len(one.reached) else 0
        values.append(float(one.highs[at]) if at < len(one.reached) else math.inf)
    return values if any(map(math.isinf, values)) else [math.inf] * len(samples)
