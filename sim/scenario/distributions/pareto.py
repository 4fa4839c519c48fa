r"""A heavy tail: twice as long is 2**alpha times rarer, however long it already is.

    density |  |\
            |  | \___
            |  |     \______________
            +--|------------------------> duration      P(longer than x) = (minimum / x)**alpha
            minimum
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from sim import exact_math
from sim.scenario.distributions.base import DistributionModel, exactly_one
from sim.scenario.model import Number
from sim.scenario.units import PositiveDuration

if TYPE_CHECKING:
    from sim.scenario.distributions.base import Floats


class Pareto(DistributionModel):
    """Pareto durations (type I) with tail index ``alpha``, given by their ``minimum`` or by their ``mean``.

    Example: {kind: pareto, alpha: 2.5, mean: 10ms}
    Source: M. Crovella, A. Bestavros, "Self-Similarity in World Wide Web Traffic", 1997.
    """

    kind: Literal["pareto"] = Field(default="pareto", description="Always 'pareto'.")
    alpha: Number = Field(
        gt=1, le=1_000, description="Tail index, without unit; above 1, since the mean is infinite below."
    )
    minimum: PositiveDuration | None = Field(default=None, description="The shortest duration; instead of mean.")
    mean: PositiveDuration | None = Field(default=None, description="The mean duration; instead of minimum.")

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        exactly_one("a pareto", minimum=self.minimum, mean=self.mean)
        return self

    @property
    def mean_ns(self) -> float:
        """Return the mean: the one given, or minimum * alpha / (alpha - 1)."""
        if self.minimum is None:
            return float(self.mean or 0)
        return self.minimum * self.alpha / (self.alpha - 1.0)

    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Return ``minimum * q**(-1 / alpha)``."""
        minimum = self.mean_ns * (self.alpha - 1.0) / self.alpha
        return exact_math.exp(exact_math.log_complement(p, q) * (-1.0 / self.alpha)) * minimum
