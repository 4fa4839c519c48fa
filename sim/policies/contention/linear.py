"""Work queues up for something that only one can have at a time: each that is at work beside it adds the same.

    n at work, each    1 + serial (n - 1)    times as long        together at most 1 / serial times as much as one
"""

from typing import Literal

from pydantic import Field

from sim.scenario.kinds import Contention
from sim.scenario.pace import Part


class Linear(Contention):
    """Work takes ``1 + serial (n - 1)`` times as long while n are at work at a replica: Amdahl's law.

    Example: {kind: linear, serial: 0.05}
    Source: G. Amdahl, "Validity of the Single Processor Approach", AFIPS 1967.
    """

    kind: Literal["linear"] = Field(default="linear", description="Always 'linear'.")
    serial: Part = Field(description="How much longer work takes for each other that is at work: 2% is 1.02 times as long.")

    @property
    def parts(self) -> tuple[float, float]:
        """The serial part; there is no crosstalk."""
        return self.serial, 0.0
