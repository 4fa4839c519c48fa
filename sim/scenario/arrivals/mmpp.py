r"""Bursts: a rate that jumps among states, in each of which it stays for a time that is exponential.

    300/s |        ___               __
          |       |   |             |  |        Markov-modulated Poisson process: the first state is drawn, as if it had
    20/s  |_______|   |_____________|  |___     gone on for ever; the next one is the next of the list, after the last the first
          +------------------------------>
"""

from math import fsum
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim import exact_math
from sim.draws import bits, bits_many
from sim.scenario.arrivals.base import ArrivalsModel, Piece
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Model
from sim.scenario.units import PositiveDuration, Rate

Integers = NDArray[np.int64]

STATES_MAX = 100
STAYS_AT_A_TIME = 1024
STAYS_MAX = 10_000_000
TIME_NS_MAX = 1 << 62
AREA_MAX = 1 << 62


class State(Model):
    """A rate, and for how long it lasts on average."""

    rate: Rate = Field(description="The arrivals per second in this state; 0/s means that nobody comes.")
    stay: PositiveDuration = Field(description="Mean time in this state until the next one; exponential.")


class Mmpp(ArrivalsModel):
    """Poisson arrivals at a rate that jumps from state to state at random.

    Example: {kind: mmpp, states: [{rate: 50/s, stay: 10s}, {rate: 400/s, stay: 1s}]}
    Source: W. Fischer, K. Meier-Hellstern, "The Markov-Modulated Poisson Process (MMPP) Cookbook", 1993.
    """

    kind: Literal["mmpp"] = Field(default="mmpp", description="Always 'mmpp'.")
    states: Annotated[tuple[State, ...], Field(min_length=2, max_length=STATES_MAX)] = Field(
        description="The states, each after the one before it, and the first after the last."
    )

    def gaps(self) -> DistributionModel:
        """Return exponential gaps."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return no pieces: they are drawn."""
        return ()

    def clock(self, key: int, until: int) -> "_Stays":
        """Return the area below the rate, whose stays are drawn from the flow's stream of arrivals."""
        return _Stays(self.states, key, until)

    @property
    def level(self) -> bool:
        """No time is likelier to have a burst than another."""
        return True

    @property
    def peak_rate(self) -> float:
        """Rate of the busiest state, per second."""
        return max(state.rate for state in self.states)

    def mean_rate(self, horizon_ns: int) -> float:  # noqa: ARG002 - it is the same from any time to any other
        """Return the expected arrivals per second."""
        return fsum(one.rate * one.stay for one in self.states) / fsum(one.stay for one in self.states)

    def too_much(self, horizon_ns: int) -> str:
        """Return that the states change too often, if they do."""
        stays = horizon_ns * len(self.states) / fsum(one.stay for one in self.states)
        if stays <= STAYS_MAX:
            return ""
        message = f"the states change about {stays:.2g} times in a run, and {STAYS_MAX} fit"
        return f"{message}; write longer stays, or a shorter run.horizon"


class _Stays:
    """Stays as far as they have been asked for: when each begins, and the area until then."""

    def __init__(self, states: tuple[State, ...], key: int, until: int) -> None:
        self._key, self._until = key, until
        self._rates = np.array([one.rate for one in states])
        self._means = np.array([float(one.stay) for one in states])
        share = bits(key, 1, 0) * 2.0**-63 * float(self._means.sum())
        self._first = min(int(np.searchsorted(np.cumsum(self._means), share, side="right")), len(states) - 1)
        self._at = np.zeros(1, dtype=np.int64)
        self._area = np.zeros(1, dtype=np.int64)
        self._rate = np.zeros(0)

    def area(self, at: int) -> int:
        """Return the expected nano-arrivals until a time."""
        while self._at[-1] <= at:
            self._extend()
        stay = int(np.searchsorted(self._at, at, side="right")) - 1
        return int(self._area[stay]) + round(float(self._rate[stay]) * (at - int(self._at[stay])))

    def times(self, work: Integers) -> Integers:
        """Return when the area reaches each of ``work``."""
        if not len(work) or not self._rates.any():
            return work[:0]
        while self._area[-1] <= work[-1] and self._at[-1] < self._until:
            self._extend()
        work = work[: np.searchsorted(work, self._area[-1])]
        stay = np.searchsorted(self._area, work, side="right") - 1  # one without arrivals shares its area with the next
        elapsed = np.rint((work - self._area[stay]).astype(np.float64) / self._rate[stay]).astype(np.int64)
        found: Integers = np.minimum(self._at[stay] + elapsed, self._at[stay + 1])
        return found

    def _extend(self) -> None:
        """Draw more stays: the k-th is a function of the key and of k."""
        begun = len(self._rate)
        number = np.arange(begun, begun + max(STAYS_AT_A_TIME, begun), dtype=np.int64)
        state = (number + self._first) % len(self._rates)
        uniform = (bits_many(self._key, 1, number + 1).astype(np.float64) + 0.5) * 2.0**-63
        stay = np.rint(exact_math.log(uniform) * -self._means[state])
        room = float(TIME_NS_MAX - int(self._at[-1]))
        stay = np.minimum(stay, np.maximum(room - (np.cumsum(stay) - stay), 0.0))
        rate = self._rates[state]
        area = np.rint(rate * stay)
        left = float(AREA_MAX - int(self._area[-1]))
        area = np.minimum(area, np.maximum(left - (np.cumsum(area) - area), 0.0))
        self._at = np.concatenate([self._at, self._at[-1] + np.cumsum(stay.astype(np.int64))])
        self._area = np.concatenate([self._area, self._area[-1] + np.cumsum(area.astype(np.int64))])
        self._rate = np.concatenate([self._rate, rate])
