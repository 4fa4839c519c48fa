"""A store is not there for a while: nothing that was not committed before is.

    up ----- at: who waits for a connection is refused, what is open cannot commit any more ----- at + for: up again
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Fault


class StoreDown(Fault):
    """New transactions fail at once, open ones at the end of their commit; relays find and mark no rows.

    Source: F. Schneider, "Byzantine Generals in Action: Implementing Fail-Stop Processors", 1984.
    """

    strikes: ClassVar[tuple[str, ...]] = ("store",)
    kind: Literal["store_down"] = Field(default="store_down", description="Always 'store_down'.")

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: down for the whole window."""
        return (Down(self.at, self.end, 0, silent=False),)
