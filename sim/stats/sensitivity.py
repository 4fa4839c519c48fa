"""Which input matters: Morris' effects to screen many, Sobol's indices to say how much of the variance each is to blame for.

    Morris   r paths, one input moved at a time      x-->x              effect = change over the input's whole range
                                                         |
                                                         x-->x
    Sobol    A, B, and A with one column of B        V = V1 + V2 + V12     first: by itself, V1 / V    total: (V1 + V12) / V

Inputs are shares from 0 to 1 of their ranges. Values come from replications, with noise of their own. Replications share their
random numbers between points, so most of it cancels. What is left is stated for Morris' effects; from Sobol's variances it is
subtracted, by multiplying values of different replications only: their noise has nothing in common.

Source: Morris (1991), mean of absolute effects after Campolongo et al. (2007); Saltelli et al. (2010) for the first index,
Jansen (1999) for the total one. `scipy.stats.sobol_indices` gives the same for one replication, which a test holds; it has no
noise to subtract, and its bootstrap no seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.draws import below, below_many, bits, bits_many, stream_key
from sim.stats.figures import rounded
from sim.stats.intervals import LEVEL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

LEVELS = 4
"""Levels of each input in Morris' paths: 0, 1/3, 2/3 and 1."""
STEP = LEVELS / (2.0 * (LEVELS - 1))
"""How far an input is moved, as a share of its range: 2/3, so that all levels come up equally often."""
PATHS_MIN = 20
BASE_MIN = 1024
"""Base points that Sobol's indices should have."""
RESAMPLES = 500
_MEAN_ABSOLUTE = math.sqrt(2.0 / math.pi)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A value with the interval of its bootstrap."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"value": rounded(self.value), "low": rounded(self.low), "high": rounded(self.high)}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one input does, after Morris; all in the unit of the values.

    Attributes:
        mu: mean change when the input goes through its whole range: with its sign.
        mu_star: mean of the absolute changes, with its interval over the paths: how much it matters.
        sigma: standard deviation of the changes: how much they depend on where all inputs are.
        noise: the mean absolute change that the replications' noise alone would show; nan with a single one, and then nothing
            stands out of it.
    """

    mu: float
    mu_star: Bar
    sigma: float
    noise: float

    @property
    def matters(self) -> bool:
        """Whether the effect stands out of the noise."""
        return self.mu_star.low > self.noise

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "mu": rounded(self.mu),
            "mu_star": self.mu_star.to_dict(),
            "sigma": rounded(self.sigma),
            "noise": rounded(self.noise),
            "matters": self.matters,
        }


@dataclass(frozen=True, kw_only=True)
class Index:
    """Of the variance, the share that one input is to blame for: by itself (``first``), with all interactions (``total``).

    ``noisy``: whether noise may be in it that a single replication cannot tell apart.
    """

    first: Bar
    total: Bar
    noisy: bool = False

    @property
    def matters(self) -> bool:
        """Whether the total index is proven to be above 0, and not of noise."""
        return self.total.low > 0.0 and not self.noisy

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"first": self.first.to_dict(), "total": self.total.to_dict(), "matters": self.matters}


@dataclass(frozen=True, kw_only=True)
class Indices:
    """Sobol's indices of all inputs.

    Attributes:
        rows: one for each input.
        variance: of the values over the inputs, without the noise.
        noise: share of the variance of the means that was noise, and is subtracted; nan with a single replication.
    """

    rows: tuple[Index, ...]
    variance: float
    noise: float


def morris_design(inputs: int, paths: int, seed: int) -> Floats:
    """Return the points of Morris' paths, shape (paths, inputs + 1, inputs): each step of a path moves one input."""
    key = stream_key(seed, 0, "sensitivity:morris")
    design = np.empty((paths, inputs + 1, inputs))
    for path in range(paths):
        point = []
        ups = []
        for one in range(inputs):
            low = below(bits(key, path, one), LEVELS // 2) / (LEVELS - 1)
            up = below(bits(key, path, inputs + one), 2) == 0
            point.append(low if up else low + STEP)
            ups.append(up)
        design[path, 0] = point
        for step, one in enumerate(_shuffled(inputs, key, path), 1):
            design[path, step] = design[path, step - 1]
            design[path, step, one] += STEP if ups[one] else -STEP
    return np.clip(design, 0.0, 1.0)


def saltelli_design(inputs: int, base: int, seed: int) -> Floats:
    """Return Saltelli's points, shape (base, inputs + 2, inputs): A, B, then A with each column of B; ``base`` a power of 2."""
    from scipy.stats import qmc  # importing sim must not load SciPy

    both = qmc.Sobol(2 * inputs, scramble=True, seed=seed).random(base)
    one, other = both[:, :inputs], both[:, inputs:]
    design = np.repeat(one[:, None, :], inputs + 2, axis=1)
    design[:, 1] = other
    for at in range(inputs):
        design[:, 2 + at, at] = other[:, at]
    return design


def morris(
    design: ArrayLike, values: ArrayLike, *, taken: ArrayLike | None = None, seed: int = 1, level: float = LEVEL
) -> tuple[Effect, ...]:
    """Return the effect of each input from the values at the points of `morris_design`, (replications, paths, inputs + 1).

    ``taken``: the points that were taken in fact, of the design's shape, where inputs are rounded to whole numbers or are of a
    list: a change is scaled by how far the input went. An input that did not move at all has no effect.

    Raises ``ValueError`` for another shape, or a value that is not finite.
    """
    points = np.asarray(design, dtype=np.float64)
    paths, _, inputs = points.shape
    found = _checked(values, (paths, inputs + 1))
    moved = np.diff(points, axis=1)
    which = np.abs(moved).argmax(axis=2)
    gone = moved if taken is None else np.diff(np.asarray(taken, dtype=np.float64), axis=1)
    steps = np.take_along_axis(gone, which[:, :, None], axis=2)[:, :, 0]
    changes = np.diff(found, axis=2) / np.where(steps == 0.0, math.inf, steps)  # (replications, paths, steps)
    effects = np.empty((len(found), paths, inputs))
    np.put_along_axis(effects, np.broadcast_to(which, changes.shape), changes, axis=2)
    means = effects.mean(axis=0)
    stars = np.abs(means)
    resampled = _resampled(stars, seed)
    n = len(found)
    errors = effects.std(axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(means.shape, math.nan)
    return tuple(
        Effect(
            mu=_mean(means[:, one]),
            mu_star=_bar(_mean(stars[:, one]), resampled[:, one], level),
            sigma=float(means[:, one].std(ddof=1)) if paths > 1 else math.nan,
            noise=_MEAN_ABSOLUTE * math.sqrt(_mean(errors[:, one] ** 2)),  # the mean deviation of few replications is too low
        )
        for one in range(inputs)
    )


def sobol(values: ArrayLike, *, seed: int = 1, level: float = LEVEL) -> Indices:
    """Return the indices from the values at the points of `saltelli_design`, shape (replications, base, inputs + 2).

    Raises ``ValueError`` for another shape, or a value that is not finite.
    """
    shape = np.shape(values)
    found = _checked(values, tuple(shape[1:]))
    inputs = found.shape[2] - 2
    found = found - found[:, :, :2].mean(axis=(1, 2), keepdims=True)  # what a replication adds everywhere tells nothing
    a, b = found[:, :, 0], found[:, :, 1]
    spread = (_product(a, a) + _product(b, b)) / 2.0  # of each base point, shape (base,)
    mixed = [found[:, :, 2 + one] for one in range(inputs)]
    firsts = np.array([_product(b, one - a) for one in mixed])
    totals = np.array([_product(one - a, one - a) / 2.0 for one in mixed])
    variance = _mean(spread)
    drawn = _resampled(np.vstack([spread, firsts, totals]).T, seed)
    whole = np.where(drawn[:, 0] > 0.0, drawn[:, 0], math.nan)
    rows = tuple(
        Index(
            first=_share_bar(firsts[one], variance, drawn[:, 1 + one] / whole, level),
            total=_share_bar(totals[one], variance, drawn[:, 1 + inputs + one] / whole, level),
        )
        for one in range(inputs)
    )
    means = found[:, :, :2].mean(axis=0)
    raw = _mean((means * means).ravel())
    noise = 1.0 - variance / raw if len(found) > 1 and raw > 0.0 else math.nan
    return Indices(rows=rows, variance=variance, noise=noise)


def _product(x: Floats, y: Floats) -> Floats:
    """Mean product over pairs of different replications, at each base point; of the one there is when there is one."""
    n = len(x)
    if n == 1:
        single: Floats = x[0] * y[0]
        return single
    crossed: Floats = (x.sum(axis=0) * y.sum(axis=0) - (x * y).sum(axis=0)) / (n * (n - 1))
    return crossed


def _share_bar(parts: Floats, variance: float, resampled: Floats, level: float) -> Bar:
    """A part of the variance as a share of it; nan where there is no variance beyond the noise."""
    if not variance > 0.0:
        return Bar(value=math.nan, low=math.nan, high=math.nan)
    return _bar(_mean(parts) / variance, resampled, level)


def _bar(value: float, resampled: Floats, level: float) -> Bar:
    """A value with the middle ``level`` of what resampling gives."""
    kept = resampled[np.isfinite(resampled)]
    if len(kept) < len(resampled) * level:
        return Bar(value=value, low=math.nan, high=math.nan)
    low, high = (float(one) for one in np.quantile(kept, [0.5 - level / 2.0, 0.5 + level / 2.0]))
    return Bar(value=value, low=low, high=high)


def _resampled(rows: Floats, seed: int) -> Floats:
    """Means of the columns over as many rows drawn with replacement, shape (resamples, columns)."""
    n = len(rows)
    key = stream_key(seed, 0, "sensitivity:bootstrap")
    places = np.arange(n, dtype=np.int64)
    means = np.empty((RESAMPLES, rows.shape[1]))
    for at in range(RESAMPLES):
        means[at] = rows[below_many(bits_many(key, places + at * n), n)].mean(axis=0)
    return means


def _shuffled(n: int, key: int, path: int) -> list[int]:
    """The numbers 0 to n - 1 in an order that is as likely as any other."""
    order = list(range(n))
    for last in range(n - 1, 0, -1):
        other = below(bits(key, path, 2 * n + last), last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def _checked(values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 3 or found.shape[1:] != shape or not len(found) or 0 in shape:  # noqa: PLR2004 - and replications
        raise ValueError(f"values have the shape {found.shape}; they need one row a replication, of {shape} points")
    strays = np.argwhere(~np.isfinite(found))
    if len(strays):
        where = f"replication {strays[0][0]} at point {strays[0][1] * shape[1] + strays[0][2]}"
        raise ValueError(f"{where} has no finite value; use a metric that every run has")
    return found


def _mean(values: Floats) -> float:
    return math.fsum(values.tolist()) / len(values)
