"""Let the calls of a caller share so many connections: an attempt takes one before it leaves, or waits for one in a short line.

    services: {shop: {pools: {payment: {size: 20, wait_max: 250ms, queue_max: 40}}}}     - call: payment.charge
                                                                                            pool: payment

Each replica of the service has the pool for itself, and all its calls that name it share it, those of other operations too. A
connection is taken until the attempt is over for its caller: answered, or timed out, when it is closed and another one may be
opened. Who finds none free waits; where so many wait already, it is refused at once (the pool is full), and who has waited too
long is refused then (timed out). Retries wait again, at the end of the line. The timeout of an attempt begins when it has its
connection, as that of the request does in HTTP clients; what a pool itself may wait for is `wait_max`.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.policies.guards import _places as rules
from sim.scenario.kinds import NO_WAIT_MAX, Guard
from sim.scenario.model import Integer
from sim.scenario.units import Duration


class ConnectionPool(Guard):
    """Let calls share so many connections, and wait for one.

    Example: {size: 10, wait_max: 30s}
    Source: HikariCP: 10 connections, 30 s.
    """

    kind: Literal["connections"] = Field(default="connections", description="Always 'connections'; the default.")
    size: Annotated[Integer, Field(ge=1, le=rules.PLACES_MAX)] = Field(
        description="Connections of each replica: attempts that may be under way at once; 1 to 1,000,000."
    )
    wait_max: Duration | None = Field(
        default=None,
        description="How long an attempt waits for a connection before it is refused; default: as long as it takes.",
    )
    queue_max: Annotated[Integer, Field(ge=0, le=rules.WAITING_MAX)] | None = Field(
        default=None, description="How many may wait; more are refused at once. Default: no bound."
    )

    slot: ClassVar[str] = "pool"
    named: ClassVar[bool] = True
    place: ClassVar[int] = 90
    per_caller: ClassVar[bool] = True
    by_default: ClassVar[bool] = True
    Settings: ClassVar[Any] = rules.PlacesSettings
    State: ClassVar[Any] = rules.PlacesState
    admit: ClassVar[Any] = staticmethod(rules.admit)
    withdraw: ClassVar[Any] = staticmethod(rules.withdraw)
    settle: ClassVar[Any] = staticmethod(rules.settle)
    engaged: ClassVar[Any] = staticmethod(rules.engaged)
    admit_next: ClassVar[Any] = staticmethod(rules.admit_next)
    leave: ClassVar[Any] = staticmethod(rules.leave)
    lose: ClassVar[Any] = staticmethod(rules.lose)

    @model_validator(mode="after")
    def _has_a_room(self) -> Self:
        rules.check_room(self.wait_max, self.queue_max)
        return self

    @property
    def places(self) -> int:
        """How many connections there are."""
        return self.size

    @property
    def waiting_max(self) -> int:
        """How many may wait; -1: any number."""
        if self.wait_max == 0:
            return 0
        return NO_WAIT_MAX if self.queue_max is None else self.queue_max

    @property
    def longest_wait(self) -> int:
        """As declared, unless nobody may wait."""
        if self.waiting_max == 0:
            return 0
        return NO_WAIT_MAX if self.wait_max is None else self.wait_max
