"""A broker is down for a while: nothing comes to it and nothing comes from it; what it keeps is there when it is back.

    publisher  --x  waits, and tries on   ...  at + for: all that waited arrives, in order
    consumer   <-x  gets nothing          ...  at + for: goes on where it was
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Down, Effect
from sim.scenario.kinds import Fault


class BrokerOutage(Fault):
    """The broker takes nothing, hands out nothing and hears no acknowledgement until the fault ends.

    Source: Apache Kafka, whose producers try again until `delivery.timeout.ms`, 2 minutes, is over.
    """

    kind: Literal["broker_outage"] = Field(default="broker_outage", description="Always 'broker_outage'.")
    strikes: ClassVar[tuple[str, ...]] = ("broker",)
    together: ClassVar[bool] = True

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: down for the whole window."""
        return (Down(self.at, self.end, 0, silent=False),)
