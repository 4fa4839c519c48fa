"""A store goes down, and the one that takes over has not got the last of its commits: it was so far behind.

    commits   a  b  c  d | e  f     at: down; e and f are lost, though whoever wrote them was told that they are there
              at - loses ^     ^ at ----- at + for: up again, with a to d
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Down, Effect, Loss
from sim.scenario.kinds import Fault
from sim.scenario.units import PositiveDuration


class StoreFailover(Fault):
    """The store is down as with ``store_down``, and is back without what was committed in the last ``loses`` before that.

    Source: PostgreSQL, "Log-Shipping Standby Servers": what an asynchronous standby has not received is lost.
    """

    strikes: ClassVar[tuple[str, ...]] = ("store",)
    kind: Literal["store_failover"] = Field(default="store_failover", description="Always 'store_failover'.")
    loses: PositiveDuration = Field(
        description="How far behind is what takes over: commits of the last so long before the fault begins are lost."
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return both effects: down for the whole window, and what is lost as it begins."""
        return Down(self.at, self.end, 0, silent=False), Loss(self.at, self.end, self.loses)
