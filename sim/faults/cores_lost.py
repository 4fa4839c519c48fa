"""Replicas have fewer cores for a while: neighbours take them, or a limit is set too low.

    cores 4   #### | at: ## | at + for: ####      work that needs one waits longer, or gets a smaller share

Work that has a core of those that are lost keeps it to its end, where work waits for cores (`fifo`); where it shares them, the
share of all is smaller at once. One core always stays.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.faults.effects import CoresLost as Lost
from sim.faults.effects import Effect
from sim.scenario.kinds import Fault
from sim.scenario.model import Integer
from sim.scenario.pace import cores_of

CORES_MAX = 10_000


class CoresLost(Fault):
    """Each struck replica has `count` cores less; its service says `cores`.

    Source: Chaos Mesh, StressChaos `cpu`: cores that others keep busy.
    """

    kind: Literal["cores_lost"] = Field(default="cores_lost", description="Always 'cores_lost'.")
    count: Annotated[Integer, Field(ge=1, le=CORES_MAX)] = Field(
        description="How many cores each replica loses; fewer than it has. Together with other faults one stays."
    )

    def refuses(self, name: str, service: Any) -> tuple[str, str] | None:
        """A service without cores, or with no more than are lost."""
        cores, _ = cores_of(service.cores)
        if cores == 0:
            return "target", f"'{name}' declares no cores; write services.{name}.cores, or a slowdown"
        if self.count >= cores:
            return "count", f"'{name}' has {cores} cores, of which one must stay; write at most {cores - 1}, or a crash"
        return None

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: so many cores less for the whole window."""
        return (Lost(self.at, self.end, self.count),)
