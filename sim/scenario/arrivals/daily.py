r"""A rate that rises and falls as the days do: a sine around its mean.

    rate |    .-.           .-.
    mean |---/---\---------/---\---       rate(t) = mean * (1 + swing * sin(2 pi t / period))
         |        `-.___.-'     `-       Poisson arrivals in this rate; it begins at the mean, and rises
         +---------------------->

The area below it is known in closed form, ``mean * (t + swing * period / 2 pi * (1 - cos(2 pi t / period)))``, and inverted
exactly: bracketed by knots, then by Newton's steps, and by halving where the rate is almost zero.
"""

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.exact_math import cos_of_turns, sin_of_turns
from sim.scenario.arrivals.base import ArrivalsModel, Piece
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.units import PositiveDuration, Rate, Share

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

TURN = 6.283185307179586
KNOTS = 1024
NEWTON_STEPS = 3
HALVINGS = 52
SETTLED = 1e-15
"""Of a period: what is nearer is the time."""
TIME_NS_MAX = 1 << 62


class Daily(ArrivalsModel):
    """Poisson arrivals at a rate that swings around its mean, again and again.

    Example: {kind: daily, mean: 100/s, swing: 60%, period: 24h}
    Source: L. Green, P. Kolesar, "The Pointwise Stationary Approximation for Queues with Nonstationary Arrivals", 1991.
    """

    kind: Literal["daily"] = Field(default="daily", description="Always 'daily'.")
    mean: Rate = Field(description="The arrivals per second on average over a period.")
    swing: Annotated[Share, Field(ge=0.0, le=1.0)] = Field(
        description="How far the rate goes up and down, as a share of the mean: with 80% from 0.2 to 1.8 times the mean."
    )
    period: PositiveDuration = Field(description="How long a day is: the time from one peak to the next.")

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return no pieces: the rate is no line."""
        return ()

    def clock(self, key: int, until: int) -> "_Sine":  # noqa: ARG002 - nothing is drawn
        """Return the area below the sine."""
        return _Sine(self.mean, self.swing, self.period)

    @property
    def level(self) -> bool:
        """Only without a swing."""
        return self.swing == 0.0

    @property
    def peak_rate(self) -> float:
        """Rate at the height of the day, per second."""
        return self.mean * (1.0 + self.swing)

    def mean_rate(self, horizon_ns: int) -> float:
        """Return the expected arrivals per second from 0 to ``horizon_ns``."""
        turns = np.array([horizon_ns / self.period % 1.0])
        extra = self.swing * self.period / TURN * (1.0 - float(cos_of_turns(turns)[0]))
        return self.mean * (1.0 + extra / horizon_ns)


class _Sine:
    """The area below ``mean * (1 + swing * sin)``: whole periods are counted in integers, the rest is a share of one."""

    def __init__(self, mean: float, swing: float, period: int) -> None:
        self._swing, self._period = swing, period
        self._whole = min(round(mean * period), TIME_NS_MAX)

    def area(self, at: int) -> int:
        """Return the expected nano-arrivals until a time."""
        periods, rest = divmod(at, self._period)
        share = float(_share_done(self._swing, np.array([rest / self._period]))[0])
        return min(periods * self._whole + round(share * self._whole), TIME_NS_MAX)

    def times(self, work: Integers) -> Integers:
        """Return when the area reaches each of ``work``."""
        if self._whole == 0:  # less than 1e-9 of an arrival in a period
            return work[:0]
        periods, rest = np.divmod(work, self._whole)
        far = int(np.searchsorted(periods, TIME_NS_MAX // self._period - 1))
        turns = _turns_at(self._swing, rest[:far].astype(np.float64) / self._whole)
        return periods[:far] * self._period + np.rint(turns * self._period).astype(np.int64)


def _share_done(swing: float, turns: Floats) -> Floats:
    """Which share of a period's arrivals has come after a share of it."""
    return turns + (swing / TURN) * (1.0 - cos_of_turns(turns))


@lru_cache(maxsize=16)
def _knots(swing: float) -> Floats:
    return _share_done(swing, np.arange(KNOTS + 1) / KNOTS)


def _turns_at(swing: float, share: Floats) -> Floats:
    """The inverse of `_share_done` on [0, 1)."""
    knots = _knots(swing)
    cell = np.searchsorted(knots[1:-1], share, side="right")
    low, high = cell / KNOTS, (cell + 1) / KNOTS
    left, right = knots[cell], knots[cell + 1]
    turns = low + (share - left) / np.maximum(right - left, np.finfo(float).tiny) / KNOTS
    for _ in range(NEWTON_STEPS):
        slope = 1.0 + swing * sin_of_turns(turns)
        step = (share - _share_done(swing, turns)) / np.maximum(slope, 1e-9)
        turns = np.minimum(np.maximum(turns + step, low), high)
    off = np.abs(step) > SETTLED * 8
    if off.any():
        turns[off] = _halved(swing, share[off], low[off], high[off])
    return turns


def _halved(swing: float, share: Floats, low: Floats, high: Floats) -> Floats:
    """The same where the rate is almost zero, and Newton's steps are slow."""
    for _ in range(HALVINGS):
        middle = (low + high) * 0.5
        below = _share_done(swing, middle) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high
