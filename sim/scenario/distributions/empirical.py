"""Measured durations, drawn again as they are.

values  [2ms, 3ms, 3ms, 40ms]      each draw is one of them, all equally likely,
weights [10, 5, 5, 1]              or as often as its weight says
"""

from itertools import accumulate
from math import fsum
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Number
from sim.scenario.units import Duration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats

VALUES_MAX = 1_000_000


class Empirical(DistributionModel):
    """Resampling of ``values`` (no interpolation), optionally with ``weights``.

    Example: {kind: empirical, values: [4ms, 5ms, 40ms], weights: [6, 3, 1]}
    Source: A. Law, "Simulation Modeling and Analysis", 5th edition, chapter 6.
    """

    kind: Literal["empirical"] = Field(default="empirical", description="Always 'empirical'.")
    values: tuple[Duration, ...] = Field(
        min_length=1, max_length=VALUES_MAX, description="The durations to draw from, in any order, with repetitions."
    )
    weights: tuple[Number, ...] | None = Field(
        default=None, description="One weight per value, zero or more, need not sum to 1; default: all equal."
    )

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights is None:
            return self
        if len(self.weights) != len(self.values):
            message = f"{len(self.weights)} weights for {len(self.values)} values; give one weight per value"
            raise ValueError(message)
        if not all(0.0 <= weight <= 1e15 for weight in self.weights) or fsum(self.weights) <= 0.0:  # noqa: PLR2004
            message = (
                "weights must be from 0 to 1e15 and not all zero; leave weights out if all values are equally likely"
            )
            raise ValueError(message)
        return self

    def shares(self) -> list[float]:
        """Return the probability of each value, in the order of ``values``."""
        if self.weights is None:
            return [1.0 / len(self.values)] * len(self.values)
        total = fsum(self.weights)
        return [weight / total for weight in self.weights]

    @property
    def mean_ns(self) -> float:
        """Return the (weighted) mean of the values."""
        if self.weights is None:
            return sum(self.values) / len(self.values)
        total = fsum(self.weights)
        return fsum(weight * value for weight, value in zip(self.weights, self.values, strict=True)) / total

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":  # noqa: ARG002 - steps, so no tail to be careful about
        """Return the smallest value that at least a share p of the draws does not exceed."""
        order = sorted(range(len(self.values)), key=self.values.__getitem__)
        shares = self.shares()
        reached = np.array(list(accumulate(shares[i] for i in order)), dtype=np.float64)
        ordered = np.array([self.values[i] for i in order], dtype=np.float64)
        return ordered[np.minimum(np.searchsorted(reached, p), len(ordered) - 1)]

    def atoms(self) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
        """Return the values and weights as declared."""
        return self.values, self.weights
