"""The universal scalability law: what is at work queues up for what is shared, and all of them keep each other up to date.

    n at work, each    1 + serial (n - 1) + crosstalk n (n - 1)    times as long

So that n do ``n / (1 + serial (n - 1) + crosstalk n (n - 1))`` times as much as one: most at
``sqrt((1 - serial) / crosstalk)``, and less again beyond it (N. J. Gunther, Guerrilla Capacity Planning, Springer 2007,
chapter 4; arXiv:0808.1431).
"""

from typing import Literal

from pydantic import Field

from sim.scenario.kinds import Contention
from sim.scenario.pace import Part


class Universal(Contention):
    """Work takes ``1 + serial (n - 1) + crosstalk n (n - 1)`` times as long while n are at work at a replica.

    Example: {kind: universal, serial: 0.02, crosstalk: 0.0005}
    Source: N. Gunther, "Guerrilla Capacity Planning", 2007: the universal scalability law.
    """

    kind: Literal["universal"] = Field(default="universal", description="Always 'universal'.")
    serial: Part = Field(description="The share of work that only one can do at a time (sigma), such as 2%.")
    crosstalk: Part = Field(description="How much each pair keeps each other up (kappa), such as 0.05%.")

    @property
    def parts(self) -> tuple[float, float]:
        """Both."""
        return self.serial, self.crosstalk
