"""Two places cannot reach each other: all that would cross between them is lost, and nobody is told.

    zone a   replica 1  --x   x--  replica 2   zone b         direction: both
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.links import CUT, FIRST, SECOND, LinkChange, places_of
from sim.scenario.targets import Target

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Place = Annotated[Target, Field(description="Replicas: a zone, a service, or those with labels.")]


class Partition(LinkChange):
    """Requests and answers between the replicas of two places are lost; what is under way when it begins arrives.

    Clients of flows stand in no place. Calls within a place go on.

    Example: {kind: partition, between: [{service: shop}, {service: payment}], direction: both, at: 30s, for: 10s}
    Source: Chaos Mesh, NetworkChaos `partition`, with its directions to, from and both.
    """

    kind: Literal["partition"] = Field(default="partition", description="Always 'partition'.")
    at_key: ClassVar[str] = "between"
    between: Annotated[tuple[Place, ...], Field(min_length=2, max_length=2)] = Field(
        description="The two places, such as [{zone: a}, {zone: b}]."
    )
    direction: Literal["both", "to", "from"] = Field(
        default="both", description="What is lost: what goes 'to' the second place, what comes 'from' it, or 'both'."
    )
    does: ClassVar[int] = CUT

    @property
    def aim(self) -> str:
        """The two places, in words."""
        return " | ".join(map(str, self.between))

    def sides(self, scenario: Scenario) -> dict[tuple[str, int], int] | None:
        """Return on which sides each replica stands, by service and place."""
        first, second = (places_of(scenario, place) for place in self.between)
        return {one: (FIRST if one in first else 0) | (SECOND if one in second else 0) for one in first | second}
