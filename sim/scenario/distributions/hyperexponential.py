"""Mostly quick, sometimes slow: a mixture of exponential durations.

          +-- 90% --> [mean 1ms]  --+
start ----+                         +--> end        cv > 1: cache hits and misses, light and heavy requests
          +-- 10% --> [mean 20ms] --+
"""

from math import fsum, sqrt
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Model, Number
from sim.scenario.units import PositiveDuration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class ExponentialBranch(Model):
    """One of the exponential durations of the mixture."""

    weight: Number = Field(gt=0, le=1e9, description="How often relative to the other branches; need not sum to 1.")
    mean: PositiveDuration = Field(description="The mean duration of this branch.")


class Hyperexponential(DistributionModel):
    """Mixture of exponential durations, given by ``branches``, or as two of them by ``mean`` and ``cv``.

    With mean and cv the two branches contribute equally to the mean ("balanced means").

    Example: {kind: hyperexponential, mean: 10ms, cv: 3}
    Source: P. Morse, "Queues, Inventories and Maintenance", 1958.
    """

    kind: Literal["hyperexponential"] = Field(default="hyperexponential", description="Always 'hyperexponential'.")
    branches: tuple[ExponentialBranch, ...] | None = Field(
        default=None, min_length=1, max_length=16, description="The exponential durations; instead of mean and cv."
    )
    mean: PositiveDuration | None = Field(default=None, description="The mean duration; goes with cv.")
    cv: Number | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Standard deviation over mean, at least 1, without unit; goes with mean.",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("branches", "mean", "cv") if getattr(self, name) is not None]
        if given not in (["branches"], ["mean", "cv"]):
            found = ", ".join(given) if given else "none of them"
            message = (
                f"a hyperexponential needs either branches, or mean and cv, and got {found}; give exactly one form"
            )
            raise ValueError(message)
        return self

    def mixture(self) -> list[tuple[float, float]]:
        """Return ``(probability, mean in nanoseconds)`` of each branch."""
        if self.branches is not None:
            total = fsum(branch.weight for branch in self.branches)
            return [(branch.weight / total, float(branch.mean)) for branch in self.branches]
        assert self.mean is not None  # noqa: S101 - the validator has seen to it
        assert self.cv is not None  # noqa: S101 - the validator has seen to it
        square = self.cv * self.cv
        often = (1.0 + sqrt((square - 1.0) / (square + 1.0))) / 2.0
        rare = 1.0 / ((square + 1.0) * 2.0 * often)  # = 1 - often, without cancellation
        return [(often, self.mean / (2.0 * often)), (rare, self.mean / (2.0 * rare))]

    @property
    def mean_ns(self) -> float:
        """Return the mean: the one given, or the weighted mean of the branches."""
        return fsum(share * mean for share, mean in self.mixture())

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return the duration that the mixture exceeds with probability q, by bisection and Newton's method."""
        return exact_math.mixture_quantile(tuple(self.mixture()), p, q)
