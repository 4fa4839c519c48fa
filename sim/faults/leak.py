"""Places are lost one by one, as threads or connections that are never given back, until the fault ends.

    workers 4   #### | at + every: ### | ## | # | at + for: ####        a restart gives back what had leaked, too

Of a service its workers, or the connections of one of its pools to a callee; of a store its connections. The next one that is
free is lost; where none is, the next that becomes free.
"""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Leaked
from sim.scenario.kinds import Fault
from sim.scenario.model import Name
from sim.scenario.pools import pools_named
from sim.scenario.problems import did_you_mean
from sim.scenario.targets import OF_REPLICAS, Target
from sim.scenario.units import PositiveDuration

TIMES_MAX = 10_000
WORKERS, CONNECTIONS = "workers", "connections"


class Leak(Fault):
    """Each struck replica, or the store, loses one of its places `every` so long, and has them back when the fault ends.

    Source: Y. Huang et al., "Software Rejuvenation: Analysis, Module and Applications", FTCS 1995.
    """

    strikes: ClassVar[tuple[str, ...]] = (*OF_REPLICAS, "store")
    kind: Literal["leak"] = Field(default="leak", description="Always 'leak'.")
    pool: Name = Field(
        default=WORKERS,
        description="What leaks: 'workers', or the name of one of the service's pools; of a store 'connections'.",
    )
    every: PositiveDuration = Field(description="One place is lost each so long, the first one so long after the begin.")

    @model_validator(mode="after")
    def _not_too_often(self) -> Self:
        length = self.random.mttr if self.random is not None else self.end - self.at
        if length > TIMES_MAX * self.every:
            message = "more than {most} places; write a longer time"
            raise PydanticCustomError("leak", message, {"at": "every", "most": TIMES_MAX})
        if self._of_store and self.pool != CONNECTIONS:
            message = "a store has no {pool}; write pool: connections"
            raise PydanticCustomError("leak", message, {"at": "pool", "pool": self.pool})
        return self

    @property
    def _of_store(self) -> bool:
        return isinstance(self.target, Target) and self.target.store is not None

    def refuses(self, name: str, service: Any) -> tuple[str, str] | None:
        """Refuse a pool that a service does not have, or that none of its calls uses."""
        if self.pool == WORKERS:
            return None
        if self.pool not in service.pools:
            known = did_you_mean(self.pool, [WORKERS, *service.pools], noun="there are")
            return "pool", f"'{name}' has no pool '{self.pool}'; {known}"
        if self.pool not in {pool for _, pool in pools_named(service.model_dump(include={"operations"}, by_alias=True), ())}:
            return "pool", f"no call of '{name}' uses its pool '{self.pool}'; write pool: {self.pool} at a call"
        return None

    def effects(self) -> tuple[Effect, ...]:
        """Return one place less from each time on, to the end of the fault."""
        pool = "" if self._of_store or self.pool == WORKERS else self.pool
        return tuple(Leaked(begin, self.end, 1, pool) for begin in range(self.at + self.every, self.end, self.every))
